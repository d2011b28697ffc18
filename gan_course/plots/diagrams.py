"""Diagrams of boxes and arrows, and the family tree of generative models."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch

from gan_course.plots.style import GENERATED, MUTED

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
        >>> from gan_course.plots import DISCRIMINATOR, GENERATED
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
    _draw_arrow(ax, start, end)
    ax.text(*((start + end) / 2 + [0, 0.12]), text, ha="center", va="bottom", fontsize=9, color="#444444")


def _draw_arrow(ax, start, end):
    ax.add_patch(FancyArrowPatch(start, end, arrowstyle="-|>", mutation_scale=14, color="#444444", lw=1.4))


_LEAVES = {
    "exact": ("mixture,\nnaive Bayes", "hidden Markov\nmodel", "autoregressive\nmodel: GPT-2", "normalizing\nflow"),
    "bound": ("VAE", "diffusion\nmodel"),
    "constant": ("Boltzmann\nmachine", "score model"),
    "implicit": ("GAN",),
}
_LEAF_ROWS = np.array([0, 0.8, 1.6, 2.4, 3.3, 4.1, 5, 5.8, 6.7])  # from the top, with gaps between the groups
_INNER = {"exact": "p(x) exact", "bound": "a lower bound\non p(x)", "constant": "p(x) up to\na constant"}


def model_map(ax: Axes | None = None) -> Axes:
    """Draw the family tree of generative models, from left to right: what each one can say about p(x).

    The branch of implicit densities, which ends in the GAN, has the color `GENERATED`.

    Args:
        ax: Axes to draw on. Defaults to `None`: a new figure.

    Returns:
        The Axes.

    Reference: after figure 9 of Goodfellow 2016, NIPS tutorial, with newer models added.
    """
    boxes, arrows, rows = {}, [], iter(-_LEAF_ROWS)
    for parent, leaves in _LEAVES.items():
        color = GENERATED if parent == "implicit" else MUTED
        heights = [next(rows) for _ in leaves]
        boxes |= {leaf: (3.9, height, leaf, color) for leaf, height in zip(leaves, heights, strict=True)}
        arrows += [(parent, leaf) for leaf in leaves]
        if parent in _INNER:
            boxes[parent] = (2.6, np.mean(heights), _INNER[parent], MUTED)
            arrows.append(("explicit", parent))
    boxes["explicit"] = (1.3, boxes["bound"][1], "explicit\ndensity", MUTED)
    boxes["implicit"] = (1.3, boxes["GAN"][1], "implicit\ndensity", GENERATED)
    boxes["root"] = (0, (boxes["explicit"][1] + boxes["implicit"][1]) / 2, "generative\nmodels", MUTED)
    arrows += [("root", "explicit"), ("root", "implicit")]
    ax = boxes_and_arrows(boxes, [], size=(7, 4.6), ax=ax)
    side = np.array([_HALF_BOX[0] + 0.02, 0])  # from a right side to a left side: no arrow points between two leaves
    for start, end in arrows:
        _draw_arrow(ax, boxes[start][:2] + side, boxes[end][:2] - side)
    return ax
