"""Every figure returns its Axes, on a new figure or on the one that was given."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from gan_course import plots

RNG = np.random.default_rng(0)
POINTS = RNG.normal(size=(40, 2)) * [1.0, 3.0] + [2.0, -1.0]
LABELS = np.arange(40) % 2
X = np.linspace(-3, 3, 61)
P, Q = np.exp(-(X**2)), np.exp(-((X - 1) ** 2))


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
