"""Colors of the course and Matplotlib's settings for the lessons.

The colors come from palettes that were made for color-blind readers (Okabe and Ito 2008; Tol 2021).
"""

import matplotlib.pyplot as plt

REAL = "#111111"
"""Color of real data."""

GENERATED = "#009E73"
"""Color of what a generator makes."""

DISCRIMINATOR = "#0072B2"
"""Color of the discriminator."""

CLASSES = ("#999933", "#882255")
"""Colors of two classes of real data."""

ACCENT = "#D55E00"
"""Color of the one thing that a figure points out."""

MUTED = "#8A8A8A"
"""Color of what stays in the background."""


def use_style() -> None:
    """Set Matplotlib's defaults for the lessons: sizes that read well in a notebook, and no box around a plot."""
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
