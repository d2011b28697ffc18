"""The project's home on GitHub: the one place that names it, links that lead elsewhere, and the move to a fork.

`python notebooks/build.py --home https://github.com/OWNER/NAME` moves every badge, link and set-up cell.
"""

import re
import tomllib
from pathlib import Path

_HOST = r"github\.com[/:]|colab\.research\.google\.com/github/|raw\.githubusercontent\.com/"
_NAME = r"[\w-]+(?:\.(?!git\b)[\w-]+)*"  # without the ".git" or the full stop that may stand behind it
_HOME = re.compile(rf"https://github\.com/({_NAME}/{_NAME})")
_OURS = r"\S*?/(?:notebooks|assets|gan_course)/"
_LINK = re.compile(rf"(?P<pip>git\+\S*?)?(?:{_HOST})(?P<home>{_NAME}/(?P<name>{_NAME}))(?P<folder>{_OURS})?")


def owner_and_name(root):
    """The project's home on GitHub as OWNER/NAME. It is read from pyproject.toml, the one place that keeps it."""
    with open(Path(root) / "pyproject.toml", "rb") as file:
        return _parsed(tomllib.load(file)["project"]["urls"]["Homepage"])


def _parsed(url):
    """OWNER/NAME of the address of a repository on GitHub."""
    if match := _HOME.fullmatch(url):
        return match[1]
    raise ValueError(
        f"Invalid home. Expected https://github.com/OWNER/NAME. Received: {url!r}. "
        "Give the address of the repository's page, without .git or a slash at its end."
    )


def strays(text, root):
    """Links in a text that look like this project's but lead elsewhere, for example to the home before a move.

    Args:
        text: the text of a file.
        root: the project's folder.

    Returns:
        A sorted list of links. A link looks like the project's if it has the project's name or one of its folders, or
        if pip installs from it.
    """
    here = owner_and_name(root)
    names = {"gan-course", here.split("/")[1]}
    ours = [link for link in _LINK.finditer(text) if link["pip"] or link["folder"] or link["name"] in names]
    return sorted({link[0] for link in ours if link["home"] != here})


def move(root, url):
    """Put a new address in place of the home in every text file of the project.

    Args:
        root: the project's folder.
        url: the new home, `https://github.com/OWNER/NAME`.

    Returns:
        A list of the paths that changed.

    Raises:
        ValueError: for another form of address, or if the project links to the new home already.
    """
    old, new = owner_and_name(root), _parsed(url)
    if old == new:
        return []
    texts = {path: path.read_bytes() for path in own_files(Path(root))}
    texts = {path: text for path, text in texts.items() if b"\0" not in text}  # a NUL byte: data, not text
    for path, text in texts.items():
        if _links_to(new).search(text):
            raise ValueError(
                "Invalid home. Expected one that the project does not link to yet, so that it can move back. "
                f"Received: {new!r}, to which {path.relative_to(root).as_posix()} links. Take that link out first."
            )
    changed = {path: _links_to(old).sub(rb"\g<1>" + new.encode(), text) for path, text in texts.items()}
    changed = {path: text for path, text in changed.items() if text != texts[path]}
    for path, text in changed.items():
        path.write_bytes(text)
    return list(changed)


def _links_to(home):
    """A pattern for the links to a home. It does not match a longer name that begins with the same letters."""
    return re.compile(rf"({_HOST}){re.escape(home)}(?![\w-]|\.(?!git\b)\w)".encode())


def own_files(folder):
    """Files of the project, found without Git, so that a copy that was downloaded as an archive can move, too."""
    for path in sorted(folder.iterdir()):
        if path.is_file() and not path.is_symlink():
            yield path
        elif path.is_dir() and not path.is_symlink() and not _is_foreign(path):
            yield from own_files(path)


def _is_foreign(folder):
    """Whether a folder is hidden, made by a tool, or a Python environment."""
    hidden = folder.name.startswith(".") and folder.name not in (".ci", ".github")
    made = folder.name in ("build", "dist", "__pycache__") or folder.suffix == ".egg-info"
    made = made or (folder / "CACHEDIR.TAG").exists()  # what the build of the site makes, for example
    return hidden or made or (folder / "pyvenv.cfg").exists() or (folder / "conda-meta").exists()
