"""Functions of one or two variables: densities and D(x), a GAN on the line, a landscape, a phase portrait."""

from collections.abc import Callable

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection

from gan_course.plots.style import DISCRIMINATOR, GENERATED, MUTED, REAL


def densities(
    x: np.ndarray,
    p_data: np.ndarray,
    p_model: np.ndarray,
    discriminator: np.ndarray | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw the density of the data (black, dotted), of the model (green) and, on an axis of its own, D(x) (blue).

    Args:
        x: grid of points, `(points,)`.
        p_data: density of the data on the grid, `(points,)`.
        p_model: density of the generated samples on the grid, `(points,)`.
        discriminator: D(x) on the grid, in [0, 1], `(points,)`. Defaults to `None`: not drawn.
        ax: Axes to draw on. Defaults to `None`: a new figure.

    Returns:
        The Axes of the densities. Their attribute `child_axes_d` is the Axes of D(x), if it is drawn.
    """
    ax = ax or plt.figure().add_subplot()
    ax.plot(x, p_data, color=REAL, ls=":", lw=2.5, label=r"$p_{data}$")
    ax.plot(x, p_model, color=GENERATED, label=r"$p_{model}$")
    ax.set(xlabel="x", ylabel="density", ylim=(0, None))
    if discriminator is not None:
        twin = ax.child_axes_d = ax.twinx()
        twin.plot(x, discriminator, color=DISCRIMINATOR, label=r"$D(x)$")
        twin.set(ylim=(0, 1.05), ylabel="D(x)", yticks=[0, 0.5, 1])
        twin.yaxis.label.set_color(DISCRIMINATOR)
        twin.spines.right.set_visible(True)
    return ax


def legend_above(ax: Axes, **options) -> Axes:
    """Put one legend for all curves above the plot, on the right, where it hides none of them.

    Args:
        ax: Axes to draw on, for example from `densities`. The legend also names the curve of D(x).
        **options: further options of Matplotlib's `Axes.legend`.

    Returns:
        The Axes.
    """
    handles, labels = ax.get_legend_handles_labels()
    if hasattr(ax, "child_axes_d"):
        more = ax.child_axes_d.get_legend_handles_labels()
        handles, labels = handles + more[0], labels + more[1]
    ax.legend(handles, labels, loc="lower right", bbox_to_anchor=(1, 1), ncols=len(labels), **options)
    return ax


def game(
    x: np.ndarray,
    p_data: np.ndarray,
    p_model: np.ndarray,
    discriminator: np.ndarray,
    z: np.ndarray,
    generated: np.ndarray,
    ax: Axes | None = None,
) -> Axes:
    """Draw a GAN on the line: the densities and D(x), and below them lines that lead from each z up to x = G(z).

    Args:
        x: grid of points, `(points,)`.
        p_data: density of the data on the grid, `(points,)`.
        p_model: density of the generated samples on the grid, `(points,)`.
        discriminator: D(x) on the grid, in [0, 1], `(points,)`.
        z: noise, `(samples,)`.
        generated: the sample G(z) for each z, `(samples,)`. Lines that leave the grid are cut off.
        ax: Axes to draw on. Defaults to `None`: a new figure.

    Returns:
        The Axes of the densities. Their attribute `child_axes_d` is the Axes of D(x), in which D(x) = ½ is marked.

    Reference: figure 1 of Goodfellow et al. 2014.
    """
    ax = densities(x, p_data, p_model, discriminator, ax)
    top, depth = 1.9 * np.max(p_data), 0.55
    ax.fill_between(x, p_model, color=GENERATED, alpha=0.12, lw=0)
    paths = [[(start, -depth * top), (end, 0)] for start, end in zip(z, generated, strict=True)]
    ax.add_collection(LineCollection(paths, colors=GENERATED, linewidths=0.9, alpha=0.75))
    for name, height in (("x", 0), ("z", -depth * top)):
        ax.axhline(height, color=REAL, lw=1)
        ax.text(np.max(x), height + 0.03 * top, name, ha="right", va="bottom", style="italic")
    # Both Axes have their zero on the line of x.
    ax.set(xlim=(np.min(x), np.max(x)), ylim=(-(depth + 0.02) * top, top), xlabel="", ylabel="", xticks=[], yticks=[])
    _place_discriminator(ax.child_axes_d, depth)
    for side in ("left", "right", "bottom", "top"):
        ax.spines[side].set_visible(False)
        ax.child_axes_d.spines[side].set_visible(False)
    return ax


def _place_discriminator(twin, depth):
    """Move the axis of D(x) up, so that its zero is on the line of x, and mark ½."""
    twin.axhline(0.5, color=DISCRIMINATOR, lw=0.8, ls="--", alpha=0.5)
    twin.set(ylim=(-(depth + 0.02) * 1.1, 1.1), yticks=[0, 0.5, 1], yticklabels=["0", "½", "1"])
    twin.set_ylabel("D(x)", y=(depth + 0.5) / (depth + 1), labelpad=4)
    twin.tick_params(length=0, colors=DISCRIMINATOR)


def landscape(x: np.ndarray, y: np.ndarray, height: np.ndarray, label: str = "V") -> tuple[Axes, Axes]:
    """Draw a function of two variables as a surface and, beside it, as a map.

    Args:
        x: first coordinates from `numpy.meshgrid`, `(rows, columns)`.
        y: second coordinates from `numpy.meshgrid`, `(rows, columns)`.
        height: values of the function there, `(rows, columns)`.
        label: name of the function, beside the color bar. Defaults to "V".

    Returns:
        Tuple of two Axes on one new figure: the surface, in three dimensions, and the map.
    """
    figure = plt.figure(figsize=(10, 4.2))
    solid = figure.add_subplot(1, 2, 1, projection="3d", elev=28, azim=-60)
    solid.plot_surface(x, y, height, cmap="cividis", rstride=3, cstride=3, lw=0, alpha=0.95)
    solid.set_box_aspect(None, zoom=0.85)
    flat = figure.add_subplot(1, 2, 2)
    figure.colorbar(flat.contourf(x, y, height, 22, cmap="cividis"), ax=flat, label=label)
    return solid, flat


def flow(field: Callable, reach: float = 2.0, ax: Axes | None = None) -> Axes:
    """Draw the phase portrait of a game in which each player has one parameter: lines of their movement.

    Args:
        field: function from two arrays `(steps, steps)`, values of D's parameter ψ and of G's parameter θ, to two
            arrays `(steps, steps)`, the speeds of both.
        reach: the plot shows positions from −reach to reach. Defaults to 2.0.
        ax: Axes to draw on. Defaults to `None`: a new figure.

    Returns:
        The Axes, with equal scales. A star marks the equilibrium at 0.
    """
    ax = ax or plt.figure(figsize=(4, 4)).add_subplot()
    x, y = np.meshgrid(*[np.linspace(-reach, reach, 25)] * 2)
    ax.streamplot(x, y, *field(x, y), color=MUTED, density=0.6, linewidth=0.7, arrowsize=0.8, zorder=1)
    ax.plot(0, 0, "*", color="#555555", ms=11, zorder=4)
    ax.set(aspect="equal", xlim=(-reach, reach), ylim=(-reach, reach), xlabel="ψ (D's weight)", ylabel="θ (G's point)")
    return ax
