"""What was measured during a run: a line of JSON for each look, and the same for TensorBoard, where it is installed."""

import contextlib
import importlib.util
import json
import math
from pathlib import Path

from gan_course.train.files import write_whole


class History:
    """The lines of the file `history.jsonl`.

    Args:
        folder: the folder of the run, a `Path`. Lines that are there already are read.
        last_step: lines of later steps are dropped, since the run goes on from here. Defaults to 0.

    Attributes:
        path: path of the file.
        lines: list of dictionaries, one for each look: `step`, the losses, the measurements.
    """

    def __init__(self, folder: Path, last_step: int = 0):
        self.path, self.lines = folder / "history.jsonl", []
        if self.path.exists():
            lines = [json.loads(line) for line in self.path.read_text("utf-8").splitlines()]
            self.lines = [line for line in lines if line["step"] <= last_step]
        self._board = _tensorboard_writer(folder / "tensorboard")

    @property
    def seconds(self):
        """Seconds of training up to the last line."""
        return self.lines[-1]["seconds"] if self.lines else 0.0

    def add(self, step: int, values: dict) -> None:
        """Add a line, and write the file.

        Args:
            step: number of the step.
            values: dictionary from names to numbers. NaN and infinity are written as null.

        Raises:
            OSError: if the file cannot be written.
        """
        rounded = {name: float(f"{value:.6g}") if math.isfinite(value) else None for name, value in values.items()}
        self.lines.append({"step": step, **rounded})
        write_whole(self.path, "".join(f"{json.dumps(line)}\n" for line in self.lines).encode())
        if self._board is not None:
            for name, value in values.items():
                self._board.add_scalar(name, value, step)
            self._board.flush()


def _tensorboard_writer(folder):
    """TensorBoard's own writer, which needs no TensorFlow, or None where TensorBoard is not installed."""
    if importlib.util.find_spec("tensorboard") is None:
        return None
    with contextlib.suppress(ImportError):
        from tensorboard.summary import Writer

        return Writer(str(folder))
    return None
