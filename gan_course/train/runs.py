"""A run from its first step to its last: `start` begins one, `resume` goes on with one, `load` takes its GAN out."""

import contextlib
import math
import tempfile
from pathlib import Path

import keras

from gan_course import __version__, runtime
from gan_course.cluster import join, worker
from gan_course.devices import data_parallel
from gan_course.train.files import Failures, replacing
from gan_course.train.history import History
from gan_course.train.judge import Judge
from gan_course.train.observers import CHECKPOINT, Observer, Stop, Stopwatch
from gan_course.train.pictures import load_pictures
from gan_course.train.players import adaptation, build_gan
from gan_course.train.samples import Samples
from gan_course.train.settings import Settings, read_run, save_config

TRAINED = "gan.keras"
"""Name of the file in the folder of a run that holds the trained GAN."""


def start(settings: Settings, folder: str | Path, say=print) -> int:
    """Train from the first step.

    Args:
        settings: the `Settings`.
        folder: the folder of the run. It must be empty, or not exist yet.
        say: function that prints a line. Defaults to `print`.

    Returns:
        The exit status: 0 if the run came to its last step and all of its files are written, 1 otherwise.

    Raises:
        ValueError: for a folder that holds something, and for data or networks that do not fit.
        OSError: if the folder cannot be made or written to.
    """
    folder = Path(folder)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ValueError(
            f"Invalid output folder. Expected an empty folder, or a new one. Received: {str(folder)!r}, which holds "
            "something. Choose another one with --out, or go on with that run with --resume."
        )
    return _run(settings, folder, None, say)


def resume(folder: str | Path, changes: dict | None = None, say=print) -> int:
    """Go on with a run from its last checkpoint. It ends as it would have ended without the interruption.

    Args:
        folder: the folder of the run.
        changes: other values for some of the settings, such as `steps`. Defaults to None.
        say: as in `start`.

    Returns:
        The exit status, as of `start`.

    Raises:
        ValueError: for a folder that is not that of a run, data that is not what it was, or a step that is not ahead.
    """
    folder = Path(folder)
    found, facts = read_run(folder)
    return _run(Settings(**{**found, **(changes or {})}), folder, facts, say)


def load(folder: str | Path):
    """The GAN of a run as it was at the last checkpoint, with the averages of its weights in place.

    Args:
        folder: the folder of a run that has written a checkpoint.

    Returns:
        Tuple of the `GAN` and the names of its classes. They are an empty tuple where it is not conditional.

    Raises:
        ValueError: for a folder that is not that of a run, or a run without a checkpoint.
    """
    folder = Path(folder)
    found, facts = read_run(folder)
    settings = Settings(**found)
    _require_checkpoint(folder)
    runtime.configure(settings.seed, settings.precision)
    gan = build_gan(settings, tuple(facts["shape"]), len(facts["classes"]))
    gan.load_weights(folder / CHECKPOINT)
    gan.optimizer.assign_averages()
    return gan, tuple(facts["classes"]) if settings.conditional else ()


def _run(settings, folder, facts, say):
    """Train: a new run if `facts` is None, otherwise the rest of a run that has written these facts."""
    say = say if join().is_chief else lambda line: None
    say(runtime.configure(settings.seed, settings.precision))
    if worker().count > 1:
        say(f"{worker().count} machines train together. This one, the first, writes the files.")
    pictures = load_pictures(settings)
    say(pictures.report)
    if facts is not None and facts["checksum"] != pictures.checksum:
        raise ValueError(
            f"The images are not those of the run. Expected the checksum {facts['checksum']}. Received: "
            f"{pictures.checksum}. Bring the images back as they were, or begin a new run."
        )
    with data_parallel(settings.devices), _output(folder) as output:
        gan = build_gan(settings, pictures.train.shape[1:], len(pictures.classes))
        if facts is not None and (folder / CHECKPOINT).exists():
            gan.load_weights(folder / CHECKPOINT)
        if gan.steps_behind() >= settings.steps and (folder / TRAINED).exists():
            raise ValueError(
                f"Nothing to do. Expected more steps than the {gan.steps_behind()} that the run has made. Received: "
                f"{settings.steps}. Choose more with --steps."
            )
        output.mkdir(parents=True, exist_ok=True)
        save_config(output, settings, _facts(pictures))
        return _train(gan, settings, output, pictures, say)


@contextlib.contextmanager
def _output(folder):
    """Context manager: where this worker writes. The chief writes into the folder of the run.

    All others write into a folder that is deleted. They have to do all that the chief does, since on TensorFlow some
    values are read by all workers together.
    """
    if worker().is_chief:
        yield folder
    else:
        with tempfile.TemporaryDirectory() as temporary:
            yield Path(temporary)


def _train(gan, settings, folder, pictures, say):
    """Call `fit` with the observer, and write the trained GAN."""
    failures, history = Failures(say), History(folder, gan.steps_behind())
    judge, samples = Judge(pictures), Samples(folder / "samples", len(pictures.classes) * settings.conditional)
    say(f"Measured on {len(judge.held_out)} held-out images: {judge.features}. Output: {folder}")
    position = gan.position.save() if gan.steps_behind() else None
    with Stop(say) as stop:
        watch = Stopwatch(history.seconds)
        observer = Observer(settings, folder, judge, samples, history, failures, stop, watch, position)
        if gan.steps_behind() < settings.steps:
            _fit(gan, settings, pictures, observer)
        else:  # the run came to its end, but could not write the trained GAN
            gan.optimizer.assign_averages()
    if observer.finite:
        with failures.kept(folder / TRAINED, f"Free some space, and then: {_resume_command(folder)}"):
            _save(gan, folder / TRAINED)
    return _conclude(observer, history, failures, say)


def _fit(gan, settings, pictures, observer):
    """Call `GAN.fit`. An error in the middle of the training says how to go on."""
    labels = pictures.train_labels if settings.conditional else None
    try:
        gan.fit(
            pictures.train,
            labels,
            batch_size=settings.batch,
            epochs=math.ceil(settings.steps / (len(pictures.train) // settings.batch)),
            initial_epoch=max(gan.position.epoch, 0),
            verbose=0,
            callbacks=[*adaptation(gan, settings, pictures.train, labels), observer],
        )
    except Exception as error:
        if observer.progress is None:
            raise  # `fit` did not accept what it was given
        raise BrokenTraining(
            f"The training broke at step {observer.step:,}: {error}. The last checkpoint is kept. "
            f"To go on: {_resume_command(observer.folder)}"
        ) from error


class BrokenTraining(Exception):
    """An error in the middle of a training, such as too little memory."""


def _resume_command(folder):
    """The command that goes on with a run."""
    return f"python -m gan_course train --resume {folder}"


def _save(gan, path):
    """Save the trained GAN, whole or not at all."""
    with replacing(path, path.with_name(f"new_{path.name}")) as part:  # Keras asks for the ending .keras
        gan.save(part)


def _conclude(observer, history, failures, say):
    """Say how the run ended, and return the exit status."""
    if history.lines:
        last = history.lines[-1]
        say(", ".join(f"{name} {value}" for name, value in last.items()))
    if observer.ending is not None:
        say(f"Stopped at step {observer.step:,} {observer.ending}. To go on: {_resume_command(observer.folder)}")
    for path in sorted(failures.paths):
        say(f"Not written: {path}")
    return 1 if observer.ending is not None or failures.paths else 0


def _facts(pictures):
    """What the config of a run tells besides the settings."""
    return {
        "gan_course": __version__,
        "keras": keras.__version__,
        "backend": keras.config.backend(),
        "shape": list(pictures.train.shape[1:]),
        "classes": list(pictures.classes),
        "checksum": pictures.checksum,
    }


def _require_checkpoint(folder):
    """Raise a ValueError for a run that has not written a checkpoint yet."""
    if not (folder / CHECKPOINT).exists():
        raise ValueError(
            f"No checkpoint. Expected the file {CHECKPOINT} in the folder of a run. Received: {str(folder)!r} without "
            "it. Go on with the run with --resume until it has written one."
        )
