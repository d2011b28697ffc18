"""Sets of points in the plane: two classes and the boundary between them, real and generated samples, balls."""

from collections.abc import Callable

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import EllipseCollection
from matplotlib.colors import ListedColormap

from gan_course.plots.style import CLASSES, GENERATED, REAL


def two_classes(points: np.ndarray, labels: np.ndarray, names=("0", "1"), ax: Axes | None = None) -> Axes:
    """Scatter the points of two classes, which differ in color and in marker.

    Args:
        points: points of shape `(count, 2)`.
        labels: class of each point, 0 or 1, shape `(count,)`.
        names: names of class 0 and class 1. Call `ax.legend()` to show them. Defaults to ("0", "1").
        ax: Axes to draw on. Defaults to `None`: a new figure.

    Returns:
        The Axes.
    """
    ax = ax or plt.figure().add_subplot()
    for label, marker in enumerate("os"):
        chosen = points[np.asarray(labels) == label]
        ax.scatter(*chosen.T, s=18, marker=marker, color=CLASSES[label], edgecolor="white", lw=0.4, label=names[label])
    return ax


def decision_regions(
    probability: Callable,
    points: np.ndarray,
    labels: np.ndarray,
    names=("0", "1"),
    title: str = "",
    ax: Axes | None = None,
) -> Axes:
    """Shade the two regions in which a classifier predicts each class, and draw the boundary and the points.

    Args:
        probability: function from points `(count, 2)` to the probabilities of class 1, `(count,)`. The boundary is
            drawn at 0.5.
        points: points of shape `(count, 2)`.
        labels: class of each point, 0 or 1, shape `(count,)`.
        names: names of class 0 and class 1. Call `ax.legend()` to show them. Defaults to ("0", "1").
        title: text above the plot. Defaults to "": none.
        ax: Axes to draw on. Defaults to `None`: a new figure.

    Returns:
        The Axes.
    """
    ax = two_classes(points, labels, names, ax)
    xx, yy, mesh = _mesh(points)
    values = np.reshape(probability(mesh), xx.shape)
    ax.contourf(xx, yy, values, levels=[-1, 0.5, 2], cmap=ListedColormap(CLASSES), alpha=0.18, zorder=0)
    ax.contour(xx, yy, values, levels=[0.5], colors="#444444", linewidths=1.5)
    ax.set(xticks=[], yticks=[], title=title, xlim=(xx.min(), xx.max()), ylim=(yy.min(), yy.max()))
    return ax


def density_contours(density: Callable, points: np.ndarray, color: str, ax: Axes) -> Axes:
    """Draw four lines of equal density, at 5, 20, 50 and 85 % of the largest density that the plot has.

    Args:
        density: function from points `(count, 2)` to densities `(count,)`.
        points: points of shape `(count, 2)`. The lines are drawn over the range of the points, and beyond it by
            a quarter of this range on each side.
        color: color of the lines.
        ax: Axes to draw on.

    Returns:
        The Axes.
    """
    xx, yy, mesh = _mesh(points, margin=0.25)
    values = np.reshape(density(mesh), xx.shape)
    ax.contour(xx, yy, values, levels=values.max() * np.array([0.05, 0.2, 0.5, 0.85]), colors=color, linewidths=1.3)
    return ax


def clouds(
    real: np.ndarray | None = None, generated: np.ndarray | None = None, ax: Axes | None = None, title: str = ""
) -> Axes:
    """Scatter real points in black and generated points in green.

    Args:
        real: points of shape `(count, 2)`. Defaults to `None`: none.
        generated: points of shape `(other count, 2)`. Defaults to `None`: none.
        ax: Axes to draw on. Defaults to `None`: a new figure.
        title: text above the plot. Defaults to "": none.

    Returns:
        The Axes, with equal scales.
    """
    ax = ax or plt.figure(figsize=(4, 4)).add_subplot()
    for points, color, name in ((real, REAL, "data"), (generated, GENERATED, "generated")):
        if points is not None:
            ax.scatter(*np.asarray(points).T, s=5, color=color, alpha=0.6, lw=0, label=name)
    ax.set(aspect="equal", title=title)
    return ax


def balls(centers: np.ndarray, radii: np.ndarray, color: str, ax: Axes | None = None) -> Axes:
    """Draw points in the plane with a ball around each: the region of a set, as precision and recall define it.

    Args:
        centers: points of shape `(count, 2)`.
        radii: radius of each ball, `(count,)`, in units of the axes.
        color: color of the points and the balls.
        ax: Axes to draw on. Defaults to `None`: a new figure.

    Returns:
        The Axes, with equal scales.
    """
    ax = ax or plt.figure(figsize=(4, 4)).add_subplot()
    widths = 2 * np.asarray(radii)
    options = {"units": "xy", "offset_transform": ax.transData, "facecolor": color, "alpha": 0.13}
    ax.add_collection(EllipseCollection(widths, widths, np.zeros_like(widths), offsets=centers, **options))
    ax.scatter(*np.asarray(centers).T, s=10, color=color, lw=0)
    ax.set(aspect="equal")
    return ax


def _mesh(points, margin=0.12, steps=160):
    """A grid over the range of some points: x and y of shape `(steps, steps)`, and all grid points, `(steps², 2)`."""
    low, high = np.min(points, axis=0), np.max(points, axis=0)
    pad = margin * (high - low)
    xx, yy = np.meshgrid(*(np.linspace(a, b, steps) for a, b in zip(low - pad, high + pad, strict=True)))
    return xx, yy, np.stack([xx.ravel(), yy.ravel()], axis=1)
