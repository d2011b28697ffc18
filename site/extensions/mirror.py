"""Copies the files that become pages into `site/`, in the folders that they have in the project.

Sphinx reads only what is in its own folder. Since the copies have the same places, links between them, written for
GitHub and JupyterLab, lead to the right pages. Git ignores the copies, and the tag in each folder of made files tells
`notebooks/build.py` to pass over it.
"""

import os
import shutil
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGES = ("notebooks/*.ipynb", "notebooks/*.md", "notebooks/homework/*.md", "assets/*.md")
PICTURES = ("assets/*.png",)


def mirror(app, config):
    """Bring the copies up to date. A file that did not change stays, so that Sphinx does not read it again."""
    sources = {path.relative_to(ROOT): path for pattern in PAGES + PICTURES for path in ROOT.glob(pattern)}
    copies = {path.relative_to(app.srcdir): path for pattern in PAGES + PICTURES for path in app.srcdir.glob(pattern)}
    for name in copies.keys() - sources.keys():
        copies[name].unlink()
    for name, source in sources.items():
        copy = Path(app.srcdir) / name
        if not copy.exists() or copy.read_bytes() != source.read_bytes():
            copy.parent.mkdir(parents=True, exist_ok=True)
            unfinished = copy.with_name(f".{copy.name}.{os.getpid()}")
            shutil.copyfile(source, unfinished)
            unfinished.replace(copy)
    for folder in (app.srcdir / "notebooks", app.srcdir / "assets", app.outdir, app.outdir.parent / "jupyter_execute"):
        tag(Path(folder))


def tag(folder):
    """Mark a folder as one that can be made again (https://bford.info/cachedir)."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "CACHEDIR.TAG").write_text("Signature: 8a477f597d28d172789f06886806bc55\n", "utf-8")


def add_plot(app, name, text):
    """Show a benchmark's plot below the title of its page: `source-read` of Sphinx."""
    if name.startswith("assets/"):
        title, _, rest = text[0].partition("\n")
        plot = f"![The plot of this benchmark: {title.lstrip('# ')}]({Path(name).name}.png)"
        text[0] = f"{title}\n\n{plot}\n{rest}"


def setup(app):
    app.connect("config-inited", mirror)
    app.connect("source-read", add_plot)
    return {"parallel_read_safe": True}
