"""Points, boundaries, contours and balls are where they should be, in the course's colors."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.collections import EllipseCollection
from matplotlib.colors import to_hex

from gan_course import plots

RNG = np.random.default_rng(0)
POINTS = RNG.normal(size=(40, 2)) * [1.0, 3.0] + [2.0, -1.0]
LABELS = np.arange(40) % 2


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
