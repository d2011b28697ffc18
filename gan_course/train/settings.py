"""What one can choose for a run: the settings, their checks, and how they are written into a file and read again."""

import dataclasses
import json
from pathlib import Path

from gan_course.arguments import require_count, require_number, require_one_of, require_seed
from gan_course.runtime import BACKENDS, PRECISIONS
from gan_course.train.files import write_whole

NETWORKS = ("mlp", "dcgan", "residual")
"""Names of the kinds of networks."""

AUGMENTATIONS = {
    "color": ("brightness", "saturation", "contrast"),
    "translation": ("translation",),
    "cutout": ("cutout",),
}
"""Dictionary from the policies of DiffAugment (Zhao et al. 2020) to the transformations of `variants.augment`."""

ADAPTIVE = "adaptive"
"""Stands among the policies for a probability that follows D's overfitting, as in ADA (Karras et al. 2020)."""

CONFIG = "config.json"
"""Name of the file in the folder of a run that holds its settings."""


@dataclasses.dataclass(frozen=True)
class Settings:
    """The settings of a run. They are checked when they are made. None stands for a default that `players` chooses.

    Attributes:
        data: name of a data set of `gan_course.data`, or path of a folder of images.
        size: height and width to which the images are scaled, or None. None means 64 for a folder, and the size that
            they have for a data set.
        gray: whether the images of a folder are read without color.
        conditional: whether the networks are told the class of each image.
        networks: one of `NETWORKS`.
        width: how many times as many channels, or units, the networks have.
        latent_dim: size of the noise.
        objective: a name in `objectives.OBJECTIVES`.
        gradient_penalty: weight of the gradient penalty.
        r1: weight of the R1 penalty, or None.
        augment: what is done with all images that D sees: names of `AUGMENTATIONS` with commas between them, in the
            order in which they are done. With `ADAPTIVE` among them, as often as is needed; that name alone stands for
            all of them. None for no augmentation.
        d_steps: steps of the discriminator for each step of the generator.
        learning_rate: learning rate of both players, or None.
        batch: number of real images per step.
        steps: number of steps of the whole run.
        minutes: minutes of training after which the run stops, or None.
        every: number of steps from one sample grid, measurement and checkpoint to the next.
        seed: integer from 0 to 2³² − 1.
        precision: one of `runtime.PRECISIONS`.
        devices: number of devices that share each batch.
        backend: one of `runtime.BACKENDS`, or None for the one that Keras takes.

    Raises:
        ValueError: for a value out of its range, or settings that do not fit each other.
    """

    data: str
    size: int | None = None
    gray: bool = False
    conditional: bool = False
    networks: str = "dcgan"
    width: int = 1
    latent_dim: int = 64
    objective: str = "non_saturating"
    gradient_penalty: float = 0.0
    r1: float | None = None
    augment: str | None = None
    d_steps: int = 1
    learning_rate: float | None = None
    batch: int = 16
    steps: int = 10_000
    minutes: float | None = None
    every: int = 500
    seed: int = 0
    precision: str = "float32"
    devices: int = 1
    backend: str | None = None

    def __post_init__(self):
        if not isinstance(self.data, str) or not self.data:
            raise ValueError(
                f"Invalid data. Expected the name of a data set, or a folder. Received: {self.data!r}. Try 'mnist_5k'."
            )
        require_one_of(NETWORKS, networks=self.networks)
        require_one_of(PRECISIONS, precision=self.precision)
        require_one_of([*BACKENDS, None], backend=self.backend)
        if self.augment is not None:
            _require_policies(self.augment)
        require_one_of([True, False], gray=self.gray, conditional=self.conditional)
        require_count(1, width=self.width, d_steps=self.d_steps, devices=self.devices)
        require_count(64, latent_dim=self.latent_dim, size=64 if self.size is None else self.size)
        require_count(500, batch=self.batch, steps=self.steps, every=self.every)
        require_number(1.0, at_least=0, gradient_penalty=self.gradient_penalty, r1=self.r1 or 0)
        require_number(0.001, above=0, learning_rate=1 if self.learning_rate is None else self.learning_rate)
        require_number(60, above=0, minutes=1 if self.minutes is None else self.minutes)
        require_seed(self.seed)
        if self.seed is None:
            raise ValueError(
                "Invalid seed. Expected an integer, so that the run can be resumed. Received: None. Try 0."
            )
        if self.batch % self.d_steps:
            raise ValueError(
                f"Invalid batch. Expected a multiple of d_steps, {self.d_steps}, since each step of D takes its part "
                f"of the batch. Received: {self.batch}. Try batch={self.d_steps * -(-self.batch // self.d_steps)}."
            )

    @property
    def transformations(self):
        """Names of the transformations of `variants.augment` that the images get, in order. Empty for none."""
        policies = [name for name in (self.augment or "").split(",") if name in AUGMENTATIONS]
        policies = policies or ([*AUGMENTATIONS] if self.augment else [])
        return tuple(name for policy in policies for name in AUGMENTATIONS[policy])

    @property
    def is_adaptive(self):
        """Whether the probability of the transformations follows D's overfitting."""
        return ADAPTIVE in (self.augment or "").split(",")


def _require_policies(augment):
    """Raise a ValueError for text that is no list of policies."""
    known = [*AUGMENTATIONS, ADAPTIVE]
    names = augment.split(",") if isinstance(augment, str) else [None]
    if any(name not in known for name in names) or len({*names}) < len(names):
        raise ValueError(
            f"Invalid augment. Expected some of {known}, each once, with commas between them and no spaces. Received: "
            f"{augment!r}. Try 'color,translation,cutout'."
        )


def save_config(folder: Path, settings: Settings, facts: dict) -> None:
    """Write the settings of a run into its folder, as `CONFIG`.

    Args:
        folder: the folder of the run.
        settings: the `Settings`.
        facts: what else is to be kept, under the name "facts"; JSON must know its values.
    """
    text = json.dumps({**dataclasses.asdict(settings), "facts": facts}, indent=2)
    write_whole(folder / CONFIG, f"{text}\n".encode())


def read_config(path: Path) -> tuple[dict, dict]:
    """Read what `save_config` wrote, or a file with some of the settings.

    Args:
        path: path of the file.

    Returns:
        Tuple of the settings and the facts, two dictionaries.

    Raises:
        ValueError: if there is no such file, or if it is not JSON, or holds something that is not a setting.
    """
    try:
        found = json.loads(Path(path).read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise ValueError(
            f"Invalid config. Expected a JSON file such as the {CONFIG} of a run. Received: {str(path)!r}, which "
            f"cannot be read: {error}. Check the path."
        ) from error
    names = [field.name for field in dataclasses.fields(Settings)]
    unknown = [*found] if not isinstance(found, dict) else [name for name in found if name not in (*names, "facts")]
    if unknown or not isinstance(found, dict):
        raise ValueError(
            f"Invalid config. Expected an object with some of these names: {names}. Received: {unknown[:5]} in "
            f"{str(path)!r}. Remove what is not a setting."
        )
    facts = found.pop("facts", {})
    return found, facts


def read_run(folder: Path) -> tuple[dict, dict]:
    """Read the config of a run.

    Args:
        folder: the folder of the run.

    Returns:
        Tuple of the settings and the facts, two dictionaries.

    Raises:
        ValueError: if the folder is not that of a run.
    """
    found, facts = read_config(Path(folder) / CONFIG)
    if "data" not in found or "checksum" not in facts:
        raise ValueError(
            f"Not a run. Expected a {CONFIG} with the facts of a run, as `train` has written it. Received: that of "
            f"{str(folder)!r}, which has none. To begin a run with its settings, give it to --config."
        )
    return found, facts
