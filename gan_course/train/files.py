"""Writing files of a run: whole or not at all; what cannot be written is named, and training goes on."""

import contextlib
import os
from pathlib import Path


def write_whole(path: Path, content: bytes) -> None:
    """Write a file, or leave what was there before: a kill or a full disk leaves no half file.

    Args:
        path: path of the file. Its folder is made if it does not exist.
        content: what the file is to hold.

    Raises:
        OSError: if it cannot be written.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path, path.with_name(f"{path.name}.part")) as part:
        part.write_bytes(content)


@contextlib.contextmanager
def replacing(path: Path, part: Path):
    """Context manager: the file that is written in the block takes the place of another one, whole or not at all.

    Args:
        path: path of the file that is to be replaced. It need not exist.
        part: path of the file that is written, in the same folder. It is gone afterwards.

    Yields:
        `part`.

    Raises:
        OSError: if the file cannot be put in its place.
    """
    try:
        yield part
        os.replace(part, path)
    finally:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)


class Failures:
    """Files that could not be written.

    Args:
        say: function that prints a line.

    Attributes:
        paths: set of the paths of files that are missing, or old, because they could not be written.
    """

    def __init__(self, say=print):
        self.say, self.paths = say, set()

    @contextlib.contextmanager
    def kept(self, path, consequence: str = ""):
        """Context manager for the writing of a file: an OSError is said, and kept in `paths` until a later success.

        Args:
            path: path of the file.
            consequence: a sentence on what that means. Defaults to "".
        """
        try:
            yield
        except OSError as error:
            self.paths.add(str(path))
            self.say(f"Could not write {path}: {error.strerror or error}. {consequence or 'Training goes on.'}")
        else:
            self.paths.discard(str(path))
