"""The commands `train`, `generate` and `export` of `python -m gan_course`: their options and their help."""

import argparse
import contextlib
import sys
from pathlib import Path

from gan_course import data, runtime
from gan_course.train.settings import CONFIG, Settings, read_config, read_run

DESCRIPTION = """\
Train a GAN on a data set, or on a folder of images of any size, and write into a folder what it learns.

    python -m gan_course train mnist_5k --out digits
    python -m gan_course train my_photos/ --size 64 --networks residual --steps 100000 --out photos
    python -m gan_course train few_photos/ --augment color,translation,cutout --out few
    python -m gan_course train --resume photos
    python -m gan_course train --config photos/config.json --seed 1 --out photos_1
    python -m gan_course generate photos --count 64
    python -m gan_course export photos --format onnx"""

EPILOG = f"""\
images:
  DATA is the name of a data set: {", ".join(data.names())}.
  Its test split is held out.
  Or DATA is a folder. From the middle of each image the largest square is cut out and scaled to --size. Images with
  a palette, in gray, in CMYK or with 16 bits per channel become 8-bit RGB, or 8-bit gray with --gray. Transparent
  parts become white. Photos are turned as the camera says (EXIF). Of an animated GIF the first picture is taken. A file
  that cannot be read is named, with the reason, and left out; if more than half are like this, nothing is trained.
  A fifth of the images is held out, at most 2,000. With --conditional the folders inside are the classes.
  All images are kept in memory, with 4 bytes for each number: 10,000 images of 64×64×3 take 0.5 GB.

what is written, into the folder of --out:
  samples/              a grid of samples every --every steps, always of the same noise, and a film of the grids
  history.jsonl         losses (means over the epoch so far), images per second, Fréchet distance, precision, recall,
                        and D's mean scores of training, held-out and generated images; tensorboard/ has the same,
                        where TensorBoard is installed. The features that are compared are named at the start. They
                        are not those of Inception. The time of measuring and drawing is not counted as training.
  checkpoint.weights.h5 everything that --resume needs. On TensorFlow and a CPU a run that was killed and resumed ends
                        with exactly the weights that it would have had.
  gan.keras             at the end: the GAN, for keras.saving.load_model
  config.json           all settings, for --config

Ctrl-C, and SIGTERM, end the run after the current step, with a checkpoint. If a file cannot be written, for example
because the disk is full, it is named, older files are kept, and training goes on.

several machines:
  Start the same command on each of them. On TensorFlow the environment variable TF_CONFIG names the machines. On JAX
  JAX_COORDINATOR_ADDRESS, JAX_NUM_PROCESSES and JAX_PROCESS_ID do. --batch counts all images of a step. Each machine
  takes a part of them, and all GPUs that it sees. Only the first machine writes files. All of them read the images and,
  with --resume, the folder of the run: it must lie on a disk that they share. If one machine fails, all of them end.
  Then start all again, with --resume.

exit status:
  0   the run came to its last step
  1   it ended earlier (by Ctrl-C, by --minutes, at a loss that is not finite), or a file could not be written
  2   nothing was trained: the command line is wrong, or the images cannot be used
"""

_NETWORKS = (
    "mlp: dense layers; dcgan: convolutions, for sides divisible by 4; residual: residual blocks, for 16, 32, 64 or "
    "128 pixels. Default: dcgan"
)

OPTIONS = {
    "images": {
        "size": {"type": int, "metavar": "PIXELS", "help": "scale images to this height and width. Default: 64 for a "
                 "folder, and for a data set the size that it has"},
        "gray": {"action": "store_true", "help": "read the images of a folder without color"},
        "conditional": {"action": "store_true", "help": "tell both networks the class of each image"},
    },
    "players": {
        "networks": {"metavar": "KIND", "help": _NETWORKS},
        "width": {"type": int, "metavar": "N", "help": "N times as many channels, or units. Default: 1"},
        "latent_dim": {"type": int, "metavar": "N", "help": "size of the noise. Default: 64"},
        "objective": {"metavar": "NAME", "help": "non_saturating, minimax, least_squares, hinge or wasserstein. "
                      "Default: non_saturating"},
        "gradient_penalty": {"type": float, "metavar": "WEIGHT", "help": "weight of the gradient penalty (Gulrajani "
                             "2017). Default: 0"},
        "r1": {"type": float, "metavar": "WEIGHT", "help": "weight of the R1 penalty (Mescheder 2018). Default: 0, "
               "and 1 for residual networks"},
        "augment": {"metavar": "NAMES", "help": "for few images: change all images that D sees at random, in ways with "
                    "commas between them (DiffAugment, Zhao 2020): color, translation, cutout. With adaptive among "
                    "them, or alone for all three, only as often as D overfits (ADA, Karras 2020)"},
        "d_steps": {"type": int, "metavar": "K", "help": "steps of D for each step of G. Default: 1"},
        "learning_rate": {"type": float, "metavar": "RATE", "help": "of both players' Adam. Default: 0.001, and "
                          "0.0002 for residual networks"},
    },
    "training": {
        "batch": {"type": int, "metavar": "N", "help": "real images per step. Default: 16; on a GPU try 64 or more"},
        "steps": {"type": int, "metavar": "N", "help": "steps of the whole run. Default: 10000"},
        "minutes": {"type": float, "metavar": "M", "help": "end earlier, after M minutes of training, with "
                    "those before --resume"},
        "every": {"type": int, "metavar": "N", "help": "a sample grid, measurements and a checkpoint every N steps. "
                  "Default: 500"},
        "seed": {"type": int, "metavar": "N", "help": "seed of everything random. Default: 0"},
        "precision": {"metavar": "POLICY", "help": f"{', '.join(runtime.PRECISIONS)}. Default: float32; the others "
                      "are faster on a GPU only"},
        "devices": {"type": int, "metavar": "N", "help": "share each batch between so many GPUs. Default: 1"},
        "backend": {"metavar": "NAME", "help": f"{', '.join(runtime.BACKENDS)}. Default: that of Keras"},
    },
}  # fmt: skip
"""Dictionary from the title of a group to the options for the fields of `Settings`, with what argparse is told."""

CHANGEABLE = ("steps", "minutes", "every")
"""The settings that may change when a run goes on."""


class Parser(argparse.ArgumentParser):
    """A parser that points to the help where the command line is wrong, rather than to print all of it."""

    def error(self, message):
        self.exit(2, f"{self.prog}: {message}\n`{self.prog} --help` explains all options.\n")


def command_line():
    """The parser of `train`."""
    form = argparse.RawDescriptionHelpFormatter
    usage = "%(prog)s DATA [options] | --resume RUN [options] | --config FILE [options]"
    parser = Parser("python -m gan_course train", usage, DESCRIPTION, EPILOG, formatter_class=form, allow_abbrev=False)
    parser.add_argument("data", nargs="?", default=argparse.SUPPRESS, metavar="DATA", help="a data set, or a folder")
    parser.add_argument("--out", metavar="FOLDER", help="folder of the run, new or empty. Default: run")
    parser.add_argument("--resume", metavar="RUN", help="go on with the run in this folder, from its last checkpoint")
    parser.add_argument("--config", metavar="FILE", help=f"take the settings from the {CONFIG} of a run")
    for title, options in OPTIONS.items():
        group = parser.add_argument_group(title)
        for name, details in options.items():
            group.add_argument(f"--{name.replace('_', '-')}", default=argparse.SUPPRESS, **details)
    return parser


def train(arguments: list) -> int:
    """Do what `python -m gan_course train` is asked for.

    Args:
        arguments: list of strings.

    Returns:
        The exit status: see `EPILOG`.

    Raises:
        SystemExit: with status 2 for a wrong command line, and 0 after the help.
    """
    parser = command_line()
    given = vars(parser.parse_args(arguments))
    out, resumed, config = (given.pop(name) for name in ("out", "resume", "config"))
    with _mistakes(parser):
        if resumed is not None:
            return _resume(resumed, given, out or config)
        found = read_config(config)[0] if config is not None else {}
        if "data" not in {**found, **given}:
            parser.error("what to train on is missing. Expected a data set or a folder, such as: train mnist_5k")
        settings = Settings(**{**found, **given})
        _import_keras(settings.backend)
        from gan_course.train import runs

        return runs.start(settings, out or "run")


def _resume(folder, given, other):
    """Go on with a run."""
    refused = [name for name in given if name not in CHANGEABLE]
    if refused or other:
        raise ValueError(
            f"Invalid options. Expected at most {', '.join(f'--{name}' for name in CHANGEABLE)} with --resume, since "
            f"the run keeps its other settings. Received: {', '.join(refused) or other}. Leave it out."
        )
    _import_keras_of(folder)
    from gan_course.train import runs

    return runs.resume(folder, given)


def generate(arguments: list) -> int:
    """Do what `python -m gan_course generate` is asked for.

    Args:
        arguments: list of strings.

    Returns:
        The exit status: 0, or 2 if there is no run, or a wrong command line.

    Raises:
        SystemExit: with status 2 for a wrong command line, and 0 after the help.
    """
    parser = _parser_of_run(
        "generate",
        "Draw with the GAN of a run, as it was at its last checkpoint: one PNG file for each image, and "
        "grid.png with the first 64.",
    )
    parser.add_argument("--count", type=int, default=64, metavar="N", help="how many images. Default: 64")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="seed of the noise. Default: 0")
    parser.add_argument("--label", metavar="CLASS", help="draw this class alone (of a conditional GAN). Default: all")
    parser.add_argument("--out", metavar="FOLDER", help="where to write. Default: RUN/generated")
    given = parser.parse_args(arguments)
    with _mistakes(parser):
        _import_keras_of(given.run)
        from gan_course.train.drawing import draw

        return draw(given.run, given.count, given.seed, given.label, given.out or Path(given.run) / "generated")


def export(arguments: list) -> int:
    """Do what `python -m gan_course export` is asked for.

    Args:
        arguments: list of strings.

    Returns:
        The exit status: 0, or 2 if there is no run, or a wrong command line.

    Raises:
        SystemExit: with status 2 for a wrong command line, and 0 after the help.
    """
    parser = _parser_of_run(
        "export",
        "Write the generator of a run, as it was at its last checkpoint, into a file that needs neither "
        "gan_course nor Keras.",
    )
    parser.add_argument(
        "--format",
        default="tf_saved_model",
        metavar="NAME",
        help="tf_saved_model, for TensorFlow and its servers; onnx, for ONNX Runtime, which needs the package tf2onnx; "
        "or litert, for phones, on TensorFlow only. Default: tf_saved_model",
    )
    parser.add_argument("--out", metavar="PATH", help="where to write. Default: RUN/generator, with the usual ending")
    given = parser.parse_args(arguments)
    with _mistakes(parser):
        _import_keras_of(given.run)
        from gan_course.train.export import export as write

        return write(given.run, given.format, given.out)


def _parser_of_run(command, description):
    """The parser of a command whose first argument is the folder of a run."""
    parser = Parser(f"python -m gan_course {command}", description=description, allow_abbrev=False)
    parser.add_argument("run", metavar="RUN", help="folder that `train` has written")
    return parser


def _import_keras_of(folder):
    """Import Keras on the backend of the run in a folder."""
    _import_keras(read_run(folder)[1]["backend"])


def _import_keras(backend):
    """Import Keras on this backend, or on its own choice for None, without the messages that it prints at its start."""
    if backend is not None:
        runtime.select_backend(backend)
    runtime.import_keras()


@contextlib.contextmanager
def _mistakes(parser):
    """An error in what the user gave ends the command with its message and status 2; Ctrl-C ends it with status 1."""
    try:
        yield
    except (ValueError, OSError, ImportError, RuntimeError) as error:
        sys.stdout.flush()
        parser.error(str(error))
    except KeyboardInterrupt:
        parser.exit(1, "Stopped at once. Earlier checkpoints are kept.\n")
