"""A diagram has its boxes, its texts and its arrows."""

import doctest

from matplotlib.colors import to_hex
from matplotlib.patches import FancyArrowPatch

from gan_course import plots
from gan_course.plots import diagrams


def test_the_examples_of_the_docstrings():
    assert doctest.testmod(diagrams) == (0, 3)


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


def test_the_family_tree_has_one_arrow_to_each_box_but_the_first():
    ax = plots.model_map()
    texts = [text.get_text() for text in ax.texts if text.get_text()]
    arrows = [patch for patch in ax.patches if isinstance(patch, FancyArrowPatch)]
    assert len(texts) == 15
    assert len(arrows) == 14
    assert {"GAN", "VAE", "normalizing\nflow", "diffusion\nmodel", "score model"} <= set(texts)
