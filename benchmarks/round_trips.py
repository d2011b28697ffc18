"""What comes back from a translation: after noise on the way, and after its faint pixels were wiped out."""

import numpy as np

NOISES, FAINT = (0.0, 0.01, 0.03, 0.1, 0.3), 0.1
"""Standard deviations of the noise on translations that are translated back, and the one whose pictures are drawn."""

BORDER, WIPED = -0.9, -0.5
"""A translation is on black if the mean of its border is below the first. Below the second, pixels are wiped out."""


def there_and_back(gan, made, to, seed=0):
    """Translate translations back, with each of `NOISES` on the way.

    Args:
        gan: the `CycleGAN`.
        made: translations.
        to: "a" or "b", the kind that they were translated from.
        seed: integer seed of the noise. Defaults to 0.

    Returns:
        A list of arrays of pictures.
    """
    noise = np.random.default_rng(seed).normal(size=made.shape).astype("float32")
    return [gan.translate(np.clip(made + strength * noise, -1, 1), to=to) for strength in NOISES]


def wiped_out(made):
    """Pictures whose pixels below `WIPED` are black: strokes stay, and faint dots are gone."""
    return np.where(made < WIPED, -1, made).astype("float32")


def on_black(made):
    """Which pictures `(n, height, width, 1)` have a black border, so that no background is left in plain sight."""
    rows, columns = made[:, [0, -1]], made[:, 1:-1, [0, -1]]
    return np.concatenate([side.reshape(len(made), -1) for side in (rows, columns)], axis=1).mean(axis=1) < BORDER
