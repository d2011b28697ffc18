"""Sample grids and films of a run."""

import io

import matplotlib.pyplot as plt
import numpy as np
import pytest
from PIL import Image

from gan_course.train.samples import Samples, grid_png


@pytest.mark.parametrize(("side", "channels"), [(8, 1), (64, 3)])
def test_a_grid_is_large_enough_for_every_pixel(side, channels):
    images = np.random.default_rng(0).uniform(-1, 1, size=(16, side, side, channels))
    sizes = set()
    for title in ("step 1", "step 1,000"):
        with Image.open(io.BytesIO(grid_png(images, title))) as grid:
            sizes.add(grid.size)
            assert grid.width > 8 * side
            green = np.array([0, 158, 115])  # `plots.GENERATED`
            framed = (np.abs(np.asarray(grid.convert("RGB")).astype(int) - green).sum(axis=2) < 30).any(axis=0)
            assert framed.sum() > 0.9 * grid.width  # the frame fills the picture
    assert len(sizes) == 1
    assert not plt.get_fignums()


def test_a_film_has_at_most_so_many_frames_the_first_and_the_last_among_them(tmp_path):
    for step in range(0, 1100, 100):
        grid = Image.new("RGB", (1200, 8), "white")
        grid.paste((step // 5, 0, 0), (0, 0, 600, 8))
        grid.save(tmp_path / f"step_{step:06d}.png")
    Samples(tmp_path).film(frames=4)
    with Image.open(tmp_path / "film.png") as film:
        assert film.size == (600, 4)
        reds = []
        for number in range(film.n_frames):
            film.seek(number)
            reds.append(np.asarray(film.convert("RGB"))[0, 0, 0])
    assert np.abs(np.array(reds, float) - [0, 60, 140, 200]).max() < 20


def test_without_grids_there_is_no_film(tmp_path):
    Samples(tmp_path).film()
    assert not [*tmp_path.iterdir()]
