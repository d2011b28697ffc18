"""Figures of the lessons: functions that take arrays and return Matplotlib Axes. They never train and never show.

Colors are those of figure 1 of Goodfellow et al. 2014, in every lesson: data black, the generator's samples green, the
discriminator blue. They come from palettes made for color-blind readers (Okabe and Ito 2008; Tol 2021).
"""

import io

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.collections import EllipseCollection, LineCollection
from matplotlib.colors import ListedColormap
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch

REAL = "#111111"
GENERATED = "#009E73"
DISCRIMINATOR = "#0072B2"
CLASSES = ("#E69F00", "#882255")
ACCENT = "#D55E00"
MUTED = "#8A8A8A"


def use_style():
    """Set Matplotlib's defaults for the lessons: sizes that read well in a notebook, no box around a plot."""
    plt.rcParams.update(
        {
            "figure.figsize": (7.0, 3.6),
            "figure.dpi": 100,
            "figure.constrained_layout.use": True,
            "font.size": 11,
            "axes.titlesize": 12,
            "axes.titlelocation": "left",
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.prop_cycle": plt.cycler(color=[DISCRIMINATOR, ACCENT, GENERATED, CLASSES[1], CLASSES[0], REAL]),
            "legend.frameon": False,
            "lines.linewidth": 2,
        }
    )


def image_grid(images, title="", columns=8, generated=False, ax=None):
    """Draw images side by side, framed in the color of real or of generated data.

    Args:
        images: `(n, height, width, channels)` with 1 or 3 channels, in [-1, 1]; values beyond are clipped.
        title: text above the grid. columns: images in a row. Defaults to 8.
        generated: whether a model made them. Defaults to False: real data.
        ax: Axes to draw on. Defaults to `None`: a new figure that fits.

    Returns:
        The Axes.

    Raises:
        ValueError: if the images are none, or have another shape.
    """
    images = np.asarray(images)
    if images.ndim != 4 or not len(images) or images.shape[3] not in (1, 3):
        raise ValueError(
            "Invalid images. Expected at least one, of shape (n, height, width, 1 or 3). "
            f"Received: shape {images.shape}. Add the missing axis, for example with images[..., None]."
        )
    count, height, width, channels = images.shape
    columns = min(columns, count)
    rows = -(-count // columns)
    gap = max(1, height // 8)
    sheet = np.ones((rows * (height + gap) + gap, columns * (width + gap) + gap, channels))
    for index, image in enumerate(images):
        top, left = (gap + i * (s + gap) for i, s in zip(divmod(index, columns), (height, width), strict=True))
        sheet[top : top + height, left : left + width] = (np.clip(image, -1, 1) + 1) / 2
    if ax is None:
        ax = plt.figure(figsize=(0.8 * columns + 0.2, 0.8 * rows + 0.4)).add_subplot()
    ax.imshow(sheet.squeeze(-1) if channels == 1 else sheet, cmap="gray", vmin=0, vmax=1)
    ax.set(xticks=[], yticks=[])
    ax.set_title(title)
    for spine in ax.spines.values():
        spine.set(visible=True, color=GENERATED if generated else REAL, linewidth=3)
    return ax


def two_classes(points, labels, names=("0", "1"), ax=None):
    """Scatter points of two classes, told apart by color and by marker.

    Args:
        points: `(n, 2)`. labels: `(n,)` of 0 and 1. names: what the classes are called. ax: as in `image_grid`.

    Returns:
        The Axes.
    """
    ax = ax or plt.figure().add_subplot()
    for label, marker in enumerate("os"):
        chosen = points[np.asarray(labels) == label]
        ax.scatter(*chosen.T, s=18, marker=marker, color=CLASSES[label], edgecolor="white", lw=0.4, label=names[label])
    return ax


def decision_regions(probability, points, labels, names=("0", "1"), title="", ax=None):
    """Shade where a classifier says which class, and draw its boundary, under the points.

    Args:
        probability: function from `(n, 2)` points to `(n,)` scores in [0, 1]; the boundary is at 0.5.
        points, labels, names: as in `two_classes`. title: text above. ax: as in `image_grid`.

    Returns:
        The Axes.
    """
    ax = two_classes(points, labels, names, ax)
    xx, yy, mesh = _mesh(points)
    values = np.reshape(probability(mesh), xx.shape)
    ax.contourf(xx, yy, values, levels=[-1, 0.5, 2], cmap=ListedColormap(CLASSES), alpha=0.18, zorder=0)
    ax.contour(xx, yy, values, levels=[0.5], colors=REAL, linewidths=1.5)
    ax.set(xticks=[], yticks=[], title=title, xlim=(xx.min(), xx.max()), ylim=(yy.min(), yy.max()))
    return ax


def density_contours(density, points, color, ax):
    """Draw lines of equal density over the range of some points.

    Args:
        density: function from `(n, 2)` points to `(n,)` densities. points: `(n, 2)`, for the range.
        color: color of the lines. ax: Axes to draw on.

    Returns:
        The Axes.
    """
    xx, yy, mesh = _mesh(points, margin=0.25)
    values = np.reshape(density(mesh), xx.shape)
    ax.contour(xx, yy, values, levels=values.max() * np.array([0.05, 0.2, 0.5, 0.85]), colors=color, linewidths=1.3)
    return ax


def clouds(real=None, generated=None, ax=None, title=""):
    """Scatter two sets of points: data in black, a generator's samples in green.

    Args:
        real: `(n, 2)` or None. generated: `(m, 2)` or None. title: text above. ax: as in `image_grid`.

    Returns:
        The Axes, with equal scales.
    """
    ax = ax or plt.figure(figsize=(4, 4)).add_subplot()
    for points, color, name in ((real, REAL, "data"), (generated, GENERATED, "generated")):
        if points is not None:
            ax.scatter(*np.asarray(points).T, s=5, color=color, alpha=0.6, lw=0, label=name)
    ax.set(aspect="equal", title=title)
    return ax


def densities(x, p_data, p_model, discriminator=None, ax=None):
    """Draw p_data dotted black, p_model green and, on an axis of its own, D(x) blue.

    Args:
        x: grid `(n,)`. p_data, p_model: densities on it. discriminator: D(x) in [0, 1] on it, or None.
        ax: as in `image_grid`.

    Returns:
        The Axes of the densities; that of D, where drawn, is its `.child_axes_d`.
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


def legend_above(ax, **options):
    """Put one legend for an Axes and its twin above the plot, on the right, where it hides no curve."""
    handles, labels = ax.get_legend_handles_labels()
    if hasattr(ax, "child_axes_d"):
        more = ax.child_axes_d.get_legend_handles_labels()
        handles, labels = handles + more[0], labels + more[1]
    ax.legend(handles, labels, loc="lower right", bbox_to_anchor=(1, 1), ncols=len(labels), **options)
    return ax


def game(x, p_data, p_model, discriminator, z, made, ax=None):
    """Draw a GAN on the line: densities and D(x) above, and below them the lines that lead from z up to x = G(z).

    Args:
        x, p_data, p_model, discriminator: as in `densities`. z: noise, `(m,)`, in increasing order.
        made: where the generator puts it, `(m,)`; lines that leave the grid are cut off. ax: as in `image_grid`.

    Returns:
        The Axes of the densities; that of D is its `.child_axes_d`, with its middle, D = ½, marked.

    Reference: figure 1 of Goodfellow et al. 2014.
    """
    ax = densities(x, p_data, p_model, discriminator, ax)
    twin, top, depth = ax.child_axes_d, 1.9 * np.max(p_data), 0.55
    ax.fill_between(x, p_model, color=GENERATED, alpha=0.12, lw=0)
    paths = [[(start, -depth * top), (end, 0)] for start, end in zip(z, made, strict=True)]
    ax.add_collection(LineCollection(paths, colors=GENERATED, linewidths=0.9, alpha=0.75))
    for name, height in (("x", 0), ("z", -depth * top)):
        ax.axhline(height, color=REAL, lw=1)
        ax.text(np.max(x), height + 0.03 * top, name, ha="right", va="bottom", style="italic")
    twin.axhline(0.5, color=DISCRIMINATOR, lw=0.8, ls="--", alpha=0.5)
    # Both axes have their zero on the line of x.
    ax.set(xlim=(np.min(x), np.max(x)), ylim=(-(depth + 0.02) * top, top), xlabel="", ylabel="", xticks=[], yticks=[])
    twin.set(ylim=(-(depth + 0.02) * 1.1, 1.1), yticks=[0, 0.5, 1], yticklabels=["0", "½", "1"])
    twin.set_ylabel("D(x)", y=(depth + 0.5) / (depth + 1), labelpad=4)
    twin.tick_params(length=0, colors=DISCRIMINATOR)
    for side in ("left", "right", "bottom", "top"):
        ax.spines[side].set_visible(False)
        twin.spines[side].set_visible(False)
    return ax


def film(draw, frames, size=(6.0, 3.4), dpi=80, fps=4, colors=64):
    """Make a film that plays wherever a picture is shown: an animated PNG, without JavaScript or a trusted notebook.

    Args:
        draw: function `(number, ax)` that draws the frame of that number, from 0, on empty Axes.
        frames: how many frames there are, at least one.
        size: width and height in inches. Defaults to (6.0, 3.4).
        dpi: pixels per inch. Defaults to 80.
        fps: frames per second, above 0; the last frame stays for two seconds before the film begins again.
            Defaults to 4.
        colors: how many colors the whole film may use, at most 256. Fewer colors make a smaller file. Defaults to 64:
            about 8 kB for a frame with a few curves.

    Returns:
        `IPython.display.Image`, which a notebook shows when it is the last value of a cell. The same frames give the
        same bytes.

    Raises:
        ValueError: for no frames, or a speed that is not above 0.
    """
    from IPython.display import Image

    if frames < 1 or not fps > 0:
        raise ValueError(
            "Invalid film. Expected at least one frame and a speed above 0. Received: "
            f"frames={frames}, fps={fps}. Try frames=20, fps=4."
        )
    figure = plt.figure(figsize=size, dpi=dpi)
    pictures = []
    try:
        for number in range(frames):
            figure.clear()
            draw(number, figure.add_subplot())
            figure.canvas.draw()
            pictures.append(np.asarray(figure.canvas.buffer_rgba())[..., :3].copy())
    finally:
        plt.close(figure)
    return Image(data=_animated_png(pictures, fps, colors), format="png")


def _animated_png(pictures, fps, colors):
    """The bytes of an animated PNG of RGB pictures `(height, width, 3)`, which all share one palette."""
    from PIL import Image

    palette = Image.fromarray(np.concatenate(pictures)).quantize(colors)
    first, *rest = (
        Image.fromarray(picture).quantize(palette=palette, dither=Image.Dither.NONE) for picture in pictures
    )
    milliseconds = [1000 / fps] * len(rest) + [2000]
    file = io.BytesIO()
    first.save(file, "png", save_all=True, append_images=rest, duration=milliseconds, loop=0, optimize=True)
    return file.getvalue()


def landscape(x, y, height, label="V"):
    """Draw a function of two variables side by side as a surface and as a map.

    Args:
        x, y: grids from `numpy.meshgrid`, `(m, n)`. height: values on them, `(m, n)`.
        label: what the height is. Defaults to "V".

    Returns:
        Tuple of Axes: the surface (3-D) and the map, on one new figure.
    """
    figure = plt.figure(figsize=(10, 4.2))
    solid = figure.add_subplot(1, 2, 1, projection="3d", elev=28, azim=-60)
    solid.plot_surface(x, y, height, cmap="cividis", rstride=3, cstride=3, lw=0, alpha=0.95)
    solid.set_box_aspect(None, zoom=0.85)
    flat = figure.add_subplot(1, 2, 2)
    figure.colorbar(flat.contourf(x, y, height, 22, cmap="cividis"), ax=flat, label=label)
    return solid, flat


def flow(field, reach=2.0, ax=None):
    """Draw the phase portrait of a game with one knob a player: the lines along which the players are pushed.

    Args:
        field: function from two arrays `(m, m)`, D's knob and G's, to two arrays `(m, m)`, the speeds of both.
        reach: the picture shows knobs from −reach to reach. ax: as in `image_grid`.

    Returns:
        The Axes, with equal scales and the equilibrium at 0 marked.
    """
    ax = ax or plt.figure(figsize=(4, 4)).add_subplot()
    x, y = np.meshgrid(*[np.linspace(-reach, reach, 25)] * 2)
    ax.streamplot(x, y, *field(x, y), color=MUTED, density=0.6, linewidth=0.7, arrowsize=0.8, zorder=1)
    ax.plot(0, 0, "o", color=REAL, ms=7, zorder=4)
    ax.set(aspect="equal", xlim=(-reach, reach), ylim=(-reach, reach), xlabel="D's knob ψ", ylabel="G's knob θ")
    return ax


def boxes_and_arrows(boxes, arrows, size=(7.5, 2.6), ax=None):
    """Draw a diagram of labeled boxes and arrows.

    Args:
        boxes: dictionary name → (x, y, text, color), with positions in units of box widths and heights.
        arrows: tuples (from, to, text); names of boxes, and a label for the arrow or "".
        size: width and height of a new figure, in inches. ax: as in `image_grid`.

    Returns:
        The Axes, without ticks.
    """
    ax = ax or plt.figure(figsize=size).add_subplot()
    half = np.array([0.42, 0.32])
    for x, y, text, color in boxes.values():
        corner = (x - half[0], y - half[1])
        ax.add_patch(FancyBboxPatch(corner, *(2 * half), boxstyle="round,pad=0.02", fc=color + "22", ec=color, lw=1.6))
        ax.text(x, y, text, ha="center", va="center", fontsize=10)
    for start, end, text in arrows:
        a, b = (np.array(boxes[name][:2], float) for name in (start, end))
        reach = half + 0.04
        step = b - a
        scale = min(reach[i] / abs(step[i]) for i in (0, 1) if step[i])
        a, b = a + step * scale, b - step * scale
        ax.add_patch(FancyArrowPatch(a, b, arrowstyle="-|>", mutation_scale=14, color="#444444", lw=1.4))
        ax.text(*((a + b) / 2 + [0, 0.12]), text, ha="center", va="bottom", fontsize=9, color="#444444")
    xs, ys = zip(*(box[:2] for box in boxes.values()), strict=True)
    ax.set(xlim=(min(xs) - 0.55, max(xs) + 0.55), ylim=(min(ys) - 0.45, max(ys) + 0.45))
    ax.axis("off")
    return ax


def model_map(ax=None):
    """Draw the family tree of generative models: explicit or implicit density, exact or not.

    Args:
        ax: as in `image_grid`.

    Returns:
        The Axes.

    Reference: after figure 9 of Goodfellow 2016, NIPS tutorial.
    """
    explicit, implicit = DISCRIMINATOR, GENERATED
    boxes = {
        "root": (2.5, 3, "generative\nmodels", REAL),
        "explicit": (1.5, 2, "explicit\ndensity", explicit),
        "implicit": (4, 2, "implicit\ndensity", implicit),
        "exact": (0.5, 1, "p(x) exact", explicit),
        "approximate": (2.5, 1, "p(x) bounded or\nunnormalized", explicit),
        "mixture": (-0.5, 0, "mixture,\nnaive Bayes", MUTED),
        "hmm": (0.5, 0, "hidden Markov\nmodel", MUTED),
        "gpt": (1.5, 0, "autoregressive:\nGPT-2", MUTED),
        "vae": (2.5, 0, "VAE,\ndiffusion model", MUTED),
        "rbm": (3.5, 0, "Boltzmann\nmachine", MUTED),
        "gan": (4.5, 0, "GAN", implicit),
    }
    children = {
        "root": ("explicit", "implicit"),
        "explicit": ("exact", "approximate"),
        "implicit": ("gan",),
        "exact": ("mixture", "hmm", "gpt"),
        "approximate": ("vae", "rbm"),
    }
    arrows = [(parent, child, "") for parent, several in children.items() for child in several]
    return boxes_and_arrows(boxes, arrows, size=(9, 4.2), ax=ax)


def balls(centers, radii, color, ax=None):
    """Draw points in the plane, each with a ball around it: where a set is, for precision and recall.

    Args:
        centers: `(n, 2)`. radii: `(n,)`, in units of the axes. color: of points and balls. ax: as in `image_grid`.

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
    """A rectangle of grid points around a cloud: x, y of shape (steps, steps), and all of them as (steps², 2)."""
    low, high = np.min(points, axis=0), np.max(points, axis=0)
    pad = margin * (high - low)
    xx, yy = np.meshgrid(*(np.linspace(a, b, steps) for a, b in zip(low - pad, high + pad, strict=True)))
    return xx, yy, np.stack([xx.ravel(), yy.ravel()], axis=1)
