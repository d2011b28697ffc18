"""Figures of the lessons: functions that take arrays and return Matplotlib Axes. They never train and never show.

Colors mean the same in every lesson, as in figure 1 of Goodfellow et al. 2014: real data is black, generated samples
are green, the discriminator is blue.
"""

from gan_course.plots.curves import densities, flow, game, landscape, legend_above
from gan_course.plots.diagrams import boxes_and_arrows, model_map
from gan_course.plots.films import animated_png, film
from gan_course.plots.images import image_grid
from gan_course.plots.points import balls, clouds, decision_regions, density_contours, two_classes
from gan_course.plots.style import ACCENT, CLASSES, DISCRIMINATOR, GENERATED, MUTED, REAL, use_style

__all__ = [
    "ACCENT",
    "CLASSES",
    "DISCRIMINATOR",
    "GENERATED",
    "MUTED",
    "REAL",
    "animated_png",
    "balls",
    "boxes_and_arrows",
    "clouds",
    "decision_regions",
    "densities",
    "density_contours",
    "film",
    "flow",
    "game",
    "image_grid",
    "landscape",
    "legend_above",
    "model_map",
    "two_classes",
    "use_style",
]
