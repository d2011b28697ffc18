"""Densities have the colors of the paper, and a game its lines; a flow points where its field points."""

import numpy as np
from matplotlib.collections import LineCollection
from matplotlib.colors import to_hex

from gan_course import plots

X = np.linspace(-3, 3, 61)
P, Q = np.exp(-(X**2)), np.exp(-((X - 1) ** 2))


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
    ax = plots.legend_above(plots.clouds(np.ones((3, 2)), np.zeros((3, 2))))
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["data", "generated"]


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


def test_a_landscape_is_a_surface_and_a_map():
    x, y = np.meshgrid(np.linspace(-1, 1, 9), np.linspace(0, 2, 7))
    solid, flat = plots.landscape(x, y, x * y, label="height")
    assert solid.name == "3d"
    assert (flat.get_xlim(), flat.get_ylim()) == ((-1, 1), (0, 2))
    assert flat.figure is solid.figure
    assert "height" in {ax.get_ylabel() for ax in flat.figure.axes}
