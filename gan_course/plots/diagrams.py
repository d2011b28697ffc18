"""Diagrams of boxes and arrows, and the family tree of generative models."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch

from gan_course.plots.style import DISCRIMINATOR, GENERATED, MUTED, REAL

_HALF_BOX = np.array([0.42, 0.32])


def boxes_and_arrows(boxes: dict, arrows: list, size=(7.5, 2.6), ax: Axes | None = None) -> Axes:
    """Draw a diagram of boxes with text, and of arrows between them.

    Args:
        boxes: dictionary from a name to `(x, y, text, color)`. Neighboring boxes are one unit apart.
        arrows: list of `(from, to, text)`: the names of two boxes, and a label for the arrow, or "" for none.
        size: width and height of a new figure, in inches. Defaults to (7.5, 2.6).
        ax: Axes to draw on. Defaults to `None`: a new figure.

    Returns:
        The Axes, without ticks.

    Example:
        >>> boxes = {"g": (0, 0, "generator", GENERATED), "d": (2, 0, "discriminator", DISCRIMINATOR)}
        >>> ax = boxes_and_arrows(boxes, [("g", "d", "samples")])
    """
    ax = ax or plt.figure(figsize=size).add_subplot()
    for x, y, text, color in boxes.values():
        shape = {"boxstyle": "round,pad=0.02", "fc": color + "22", "ec": color, "lw": 1.6}
        ax.add_patch(FancyBboxPatch((x - _HALF_BOX[0], y - _HALF_BOX[1]), *(2 * _HALF_BOX), **shape))
        ax.text(x, y, text, ha="center", va="center", fontsize=10)
    for start, end, text in arrows:
        _arrow(ax, *(np.array(boxes[name][:2], float) for name in (start, end)), text)
    xs, ys = zip(*(box[:2] for box in boxes.values()), strict=True)
    ax.set(xlim=(min(xs) - 0.55, max(xs) + 0.55), ylim=(min(ys) - 0.45, max(ys) + 0.45))
    ax.axis("off")
    return ax


def _arrow(ax, start, end, text):
    """Draw an arrow from the edge of the box around `start` to the edge of the box around `end`, with a label."""
    reach = _HALF_BOX + 0.04
    step = end - start
    scale = min(reach[i] / abs(step[i]) for i in (0, 1) if step[i])
    start, end = start + step * scale, end - step * scale
    ax.add_patch(FancyArrowPatch(start, end, arrowstyle="-|>", mutation_scale=14, color="#444444", lw=1.4))
    ax.text(*((start + end) / 2 + [0, 0.12]), text, ha="center", va="bottom", fontsize=9, color="#444444")


_MODELS = {
    "root": (2.5, 3, "generative\nmodels", REAL),
    "explicit": (1.5, 2, "explicit\ndensity", DISCRIMINATOR),
    "implicit": (4, 2, "implicit\ndensity", GENERATED),
    "exact": (0.5, 1, "p(x) exact", DISCRIMINATOR),
    "approximate": (2.5, 1, "p(x) bounded or\nunnormalized", DISCRIMINATOR),
    "mixture": (-0.5, 0, "mixture,\nnaive Bayes", MUTED),
    "hmm": (0.5, 0, "hidden Markov\nmodel", MUTED),
    "gpt": (1.5, 0, "autoregressive:\nGPT-2", MUTED),
    "vae": (2.5, 0, "VAE,\ndiffusion model", MUTED),
    "rbm": (3.5, 0, "Boltzmann\nmachine", MUTED),
    "gan": (4.5, 0, "GAN", GENERATED),
}
_CHILDREN = {
    "root": ("explicit", "implicit"),
    "explicit": ("exact", "approximate"),
    "implicit": ("gan",),
    "exact": ("mixture", "hmm", "gpt"),
    "approximate": ("vae", "rbm"),
}


def model_map(ax: Axes | None = None) -> Axes:
    """Draw the family tree of generative models: with an explicit or an implicit density, exact or not.

    Args:
        ax: Axes to draw on. Defaults to `None`: a new figure.

    Returns:
        The Axes.

    Reference: after figure 9 of Goodfellow 2016, NIPS tutorial.
    """
    arrows = [(parent, child, "") for parent, children in _CHILDREN.items() for child in children]
    return boxes_and_arrows(_MODELS, arrows, size=(9, 4.2), ax=ax)
