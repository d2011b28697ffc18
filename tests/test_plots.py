"""Figures: each function returns Axes, draws what it was given in the course's colors, never shows."""

import io

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.collections import EllipseCollection, LineCollection
from matplotlib.colors import to_hex, to_rgb

from gan_course import plots

RNG = np.random.default_rng(0)
POINTS = RNG.normal(size=(40, 2)) * [1.0, 3.0] + [2.0, -1.0]
LABELS = np.arange(40) % 2
X = np.linspace(-3, 3, 61)
P, Q = np.exp(-(X**2)), np.exp(-((X - 1) ** 2))


@pytest.fixture(autouse=True)
def figures(monkeypatch):
    """Nothing may be shown; figures and style settings do not outlive a test."""
    monkeypatch.setattr(plt, "show", lambda *args, **options: pytest.fail("a plot function called show()"))
    with plt.rc_context():
        yield
    plt.close("all")


def images(count, height=4, width=8, channels=1):
    return RNG.uniform(-1, 1, size=(count, height, width, channels))


CALLS = {
    "image_grid": lambda ax=None: plots.image_grid(images(5), ax=ax),
    "two_classes": lambda ax=None: plots.two_classes(POINTS, LABELS, ax=ax),
    "decision_regions": lambda ax=None: plots.decision_regions(lambda p: p[:, 0] > 2, POINTS, LABELS, ax=ax),
    "clouds": lambda ax=None: plots.clouds(POINTS, POINTS + 1, ax=ax),
    "densities": lambda ax=None: plots.densities(X, P, Q, P / (P + Q), ax=ax),
    "game": lambda ax=None: plots.game(X, P, Q, P / (P + Q), [-1.0, 1.0], [-2.0, 2.0], ax=ax),
    "boxes_and_arrows": lambda ax=None: plots.boxes_and_arrows(
        {"a": (0, 0, "A", plots.REAL), "b": (2, 0, "B", plots.GENERATED)}, [("a", "b", "to")], ax=ax
    ),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_axes_are_returned_on_a_new_figure_or_on_those_given(call):
    first, second = call(), call()
    assert isinstance(first, plt.Axes)
    assert first.figure is not second.figure
    given = plt.figure().add_subplot()
    assert call(given) is given
    assert len(plt.get_fignums()) == 3
    given.figure.canvas.draw()  # nothing in it fails or warns when it is drawn


def test_real_and_generated_data_have_two_colors_far_apart_in_brightness():
    """What color-blind readers and gray prints can tell apart."""
    brightness = [np.dot(to_rgb(color), (0.2126, 0.7152, 0.0722)) for color in (plots.REAL, plots.GENERATED)]
    assert brightness[0] < 0.1
    assert brightness[1] > 0.4


def test_style_sets_the_defaults():
    plots.use_style()
    assert plt.rcParams["figure.constrained_layout.use"]
    assert not plt.rcParams["axes.spines.top"]
    assert plt.rcParams["font.size"] >= 10


# ----------------------------------------------------------------------------------------------------- images


@pytest.mark.parametrize(("generated", "color"), [(False, plots.REAL), (True, plots.GENERATED)])
def test_the_frame_of_images_says_whether_they_are_real(generated, color):
    ax = plots.image_grid(images(3), title="three", generated=generated)
    assert {to_hex(spine.get_edgecolor()).upper() for spine in ax.spines.values()} == {color.upper()}
    assert all(spine.get_visible() for spine in ax.spines.values())
    assert ax.get_title() == "three"
    assert len(ax.get_xticks()) == len(ax.get_yticks()) == 0


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize(("count", "columns", "rows"), [(5, 8, 1), (8, 8, 1), (9, 8, 2), (7, 3, 3)])
def test_every_image_is_on_the_sheet_in_its_place(channels, count, columns, rows):
    height, width, gap = 4, 8, 1
    pictures = images(count, height, width, channels)
    sheet = plots.image_grid(pictures, columns=columns).images[0].get_array()
    columns = min(columns, count)
    assert sheet.shape[:2] == (rows * (height + gap) + gap, columns * (width + gap) + gap)
    for i, picture in enumerate(pictures):
        top, left = gap + (i // columns) * (height + gap), gap + (i % columns) * (width + gap)
        shown = sheet[top : top + height, left : left + width].reshape(picture.shape)
        assert np.abs(shown - (picture + 1) / 2).max() < 1e-6


def test_minus_one_is_black_one_is_white_and_values_beyond_are_clipped(caplog):
    image = np.array([-3.0, -1.0, 0.0, 1.0, 3.0]).reshape(1, 1, 5, 1)
    ax = plots.image_grid(image)
    drawn = ax.images[0]
    colors = drawn.cmap(drawn.norm(drawn.get_array()[1, 1:6]))[:, :3]
    assert np.abs(colors - np.array([0, 0, 0.5, 1, 1])[:, None]).max() < 0.01
    colored = plots.image_grid(np.repeat(image, 3, axis=-1)).images[0].get_array()
    assert np.abs(colored[1, 1:6] - np.array([0, 0, 0.5, 1, 1])[:, None]).max() < 1e-6
    assert not caplog.records  # Matplotlib logs a warning where it has to clip itself


# ----------------------------------------------------------------------------------------------------- points


def test_two_classes_differ_in_color_and_in_marker():
    ax = plots.two_classes(POINTS, LABELS, names=("no", "yes"))
    assert [c.get_label() for c in ax.collections] == ["no", "yes"]
    for label, cloud in enumerate(ax.collections):
        assert np.array_equal(cloud.get_offsets(), POINTS[label::2])
        assert to_hex(cloud.get_facecolor()[0]).upper() == plots.CLASSES[label]
    circle, square = (cloud.get_paths()[0].vertices for cloud in ax.collections)
    assert len(circle) != len(square)


def test_the_boundary_is_where_the_probability_is_one_half():
    ax = plots.decision_regions(lambda p: 1 / (1 + np.exp(2.0 - p[:, 0])), POINTS, LABELS, title="x = 2")
    line = ax.collections[-1]
    assert np.abs(np.concatenate([path.vertices for path in line.get_paths()])[:, 0] - 2).max() < 1e-2
    (left, right), (bottom, top) = ax.get_xlim(), ax.get_ylim()
    assert left < POINTS[:, 0].min() < POINTS[:, 0].max() < right
    assert bottom < POINTS[:, 1].min() < POINTS[:, 1].max() < top
    assert ax.get_title() == "x = 2"


def test_contours_lie_at_their_densities():
    """Of exp(−r²/2) the line at a share s of the peak is a circle of radius √(−2 log s)."""
    ax = plt.figure().add_subplot()
    points = np.array([[-4.0, -4.0], [4.0, 4.0]])
    density = lambda p: np.exp(-0.5 * (p**2).sum(axis=1))  # noqa: E731
    assert plots.density_contours(density, points, plots.CLASSES[0], ax) is ax
    (lines,) = ax.collections
    radii = [np.linalg.norm(path.vertices, axis=1) for path in lines.get_paths()]
    expected = np.sqrt(-2 * np.log([0.05, 0.2, 0.5, 0.85]))
    assert all(np.abs(r - e).max() < 0.02 for r, e in zip(radii, expected, strict=True))
    assert to_hex(lines.get_edgecolor()[0]).upper() == plots.CLASSES[0]


def test_clouds_are_black_for_data_and_green_for_samples():
    ax = plots.clouds(POINTS, POINTS + 1, title="both")
    real, generated = ax.collections
    assert (real.get_label(), generated.get_label()) == ("data", "generated")
    assert to_hex(real.get_facecolor()[0]).upper() == plots.REAL
    assert to_hex(generated.get_facecolor()[0]).upper() == plots.GENERATED
    assert np.array_equal(real.get_offsets(), POINTS)
    assert np.array_equal(generated.get_offsets(), POINTS + 1)
    assert ax.get_aspect() == 1


def test_a_cloud_that_is_not_given_is_not_drawn():
    (generated,) = plots.clouds(generated=POINTS).collections
    assert generated.get_label() == "generated"


# ------------------------------------------------------------------------------------- densities and diagrams


def test_densities_have_the_colors_of_the_paper():
    ratio = P / (P + Q)
    ax = plots.densities(X, P, Q, ratio)
    data, model = ax.lines
    (discriminator,) = ax.child_axes_d.lines
    expected = [
        (data, P, plots.REAL),
        (model, Q, plots.GENERATED),
        (discriminator, ratio, plots.DISCRIMINATOR),
    ]
    for line, values, color in expected:
        assert np.array_equal(line.get_ydata(), values)
        assert np.array_equal(line.get_xdata(), X)
        assert to_hex(line.get_color()).upper() == color
    assert data.get_linestyle() == ":"
    assert (ax.get_xlabel(), ax.get_ylabel(), ax.child_axes_d.get_ylabel()) == ("x", "density", "D(x)")
    assert ax.get_ylim()[0] == ax.child_axes_d.get_ylim()[0] == 0


def test_densities_without_a_discriminator_have_no_second_axis():
    ax = plots.densities(X, P, Q)
    assert len(ax.lines) == 2
    assert ax.figure.axes == [ax]


def test_one_legend_names_the_curves_of_both_axes():
    ax = plots.legend_above(plots.densities(X, P, Q, P / (P + Q)))
    names = [text.get_text() for text in ax.get_legend().get_texts()]
    assert names == ["$p_{data}$", "$p_{model}$", "$D(x)$"]
    ax = plots.legend_above(plots.clouds(POINTS, POINTS + 1))
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["data", "generated"]


def test_a_diagram_has_its_boxes_texts_and_arrows():
    boxes = {"g": (0, 0, "generator", plots.GENERATED), "d": (2, 1, "discriminator", plots.DISCRIMINATOR)}
    ax = plots.boxes_and_arrows(boxes, [("g", "d", "sample"), ("d", "g", "")])
    assert {"generator", "discriminator", "sample"} <= {text.get_text() for text in ax.texts}
    assert len(ax.patches) == 4
    edges = [to_hex(patch.get_edgecolor()).upper() for patch in ax.patches[:2]]
    assert edges == [plots.GENERATED, plots.DISCRIMINATOR]
    for x, y, *_ in boxes.values():
        assert ax.get_xlim()[0] < x < ax.get_xlim()[1]
        assert ax.get_ylim()[0] < y < ax.get_ylim()[1]


# --------------------------------------------------------------------------------------- the game on the line


def test_a_game_has_its_lines_from_z_up_to_x():
    z, made = np.array([-1.0, 0.0, 1.0]), np.array([-2.0, 0.5, 2.5])
    ax = plots.game(X, P, Q, P / (P + Q), z, made)
    (lines,) = (c for c in ax.collections if isinstance(c, LineCollection))
    starts, ends = np.array(lines.get_segments()).transpose(1, 0, 2)
    assert np.array_equal(starts[:, 0], z)
    assert np.array_equal(ends[:, 0], made)
    assert np.all(starts[:, 1] < 0)
    assert np.all(ends[:, 1] == 0)
    assert to_hex(lines.get_edgecolor()[0][:3]).upper() == plots.GENERATED
    assert {"x", "z"} == {text.get_text() for text in ax.texts}


def test_both_axes_of_a_game_have_their_zero_on_the_line_of_x():
    ax = plots.game(X, P, Q, P / (P + Q), [0.0], [0.0])
    levels = [side.transData.transform((0, 0))[1] for side in (ax, ax.child_axes_d)]
    assert abs(levels[0] - levels[1]) < 1e-6
    assert ax.get_ylim()[1] > P.max()
    assert ax.child_axes_d.get_ylim()[1] > 1


def test_a_film_is_a_picture_that_moves_without_a_script():
    from PIL import Image

    def draw(number, ax):
        drawn.append(number)
        ax.plot([0, number], color=plots.GENERATED)

    drawn = []
    first, again = (plots.film(draw, 3, size=(2, 1), dpi=50, fps=8) for _ in range(2))
    assert drawn == [0, 1, 2] * 2
    assert first.data == again.data
    assert [*first._repr_mimebundle_()[0]] == ["image/png"]
    movie = Image.open(io.BytesIO(first.data))
    assert (movie.n_frames, movie.size) == (3, (100, 50))
    frames, durations = [], []
    for number in range(3):
        movie.seek(number)
        frames.append(np.asarray(movie.convert("RGB")))
        durations.append(movie.info["duration"])
    assert durations == [125, 125, 2000]
    assert all(np.any(frames[i] != frames[j]) for i, j in ((0, 1), (1, 2), (0, 2)))
    green = np.array([0, 158, 115])  # `plots.GENERATED`
    assert all(np.abs(frame.astype(int) - green).sum(axis=2).min() < 30 for frame in frames), "colors stay"
    assert not plt.get_fignums()


def test_a_film_of_curves_is_small():
    film = plots.film(lambda number, ax: ax.plot(np.sin(np.linspace(0, number, 200))), 20)
    assert len(film.data) < 20 * 10_000


@pytest.mark.parametrize("options", [{"frames": 0}, {"frames": 2, "fps": 0}, {"frames": 2, "fps": -1}])
def test_a_film_of_nothing_is_refused(options):
    with pytest.raises(ValueError, match=r"Invalid film\. Expected .+ Received: .+ Try "):
        plots.film(lambda number, ax: None, **options)


# ------------------------------------------------------------------------------------ where a set of points is


def test_balls_have_their_radii_in_units_of_the_axes():
    radii = np.linspace(0.1, 0.5, len(POINTS))
    ax = plots.balls(POINTS, radii, plots.GENERATED)
    (circles,) = (c for c in ax.collections if isinstance(c, EllipseCollection))
    assert np.allclose(circles.get_widths(), 2 * radii)
    assert np.allclose(circles.get_heights(), 2 * radii)
    assert np.allclose(circles.get_offsets(), POINTS)
    assert to_hex(circles.get_facecolor()[0][:3]).upper() == plots.GENERATED
    assert ax.get_aspect() == 1
    assert plots.balls(POINTS, radii, plots.REAL, ax=ax) is ax


def test_a_flow_points_where_the_field_points():
    """A field that turns to the left everywhere: so does every line."""
    ax = plots.flow(lambda x, y: (-y, x), reach=3.0)
    assert ax.get_xlim() == ax.get_ylim() == (-3, 3)
    assert ax.get_aspect() == 1
    (lines,) = (c for c in ax.collections if isinstance(c, LineCollection))
    paths = lines.get_segments()
    assert len(paths) > 20
    for x, y in (path.T for path in paths):
        assert np.sum(x[:-1] * np.diff(y) - y[:-1] * np.diff(x)) > 0
