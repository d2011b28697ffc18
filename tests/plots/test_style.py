"""The colors of the course and Matplotlib's defaults."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import to_rgb

from gan_course import plots


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
