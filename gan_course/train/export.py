"""The generator of a run as a file that needs neither gan_course nor Keras: the command `export`."""

from pathlib import Path

from gan_course.arguments import require_one_of
from gan_course.train import runs

FORMATS = {"tf_saved_model": "generator", "onnx": "generator.onnx", "litert": "generator.tflite"}
"""Dictionary from the name of each format in `keras.Model.export` to the name of the file, or folder, in the run."""


def export(run: str | Path, form: str, path: str | Path | None = None, say=print) -> int:
    """Write the generator of a run as it was at the last checkpoint, with the averages of its weights.

    Args:
        run: folder of the run.
        form: one of `FORMATS`.
        path: where to write. Defaults to None: into the folder of the run, under the name in `FORMATS`.
        say: function that prints a line. Defaults to `print`.

    Returns:
        0, the exit status.

    Raises:
        ValueError: for a folder that is not that of a run, an unknown format, and one that this backend cannot write.
        ImportError: if a package for the format is missing. The message says which.
        OSError: if the file cannot be written.
    """
    require_one_of(FORMATS, format=form)
    gan, classes = runs.load(run)
    path = Path(run) / FORMATS[form] if path is None else Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    gan.generate(1, seed=0, labels=[0] if classes else None)  # Keras exports to ONNX only what was called before
    gan.generator.export(path, format=form, verbose=False)
    labels = f", and the numbers of classes, (n,) from 0 to {len(classes) - 1}" if classes else ""
    say(f"The generator of step {gan.steps_behind():,} is in {path}")
    say(f"It takes normal noise, (n, {gan.latent_dim}) float32{labels}, and returns images in [-1, 1].")
    return 0
