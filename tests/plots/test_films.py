"""A film is an animated picture, small, with the frames that were drawn."""

import doctest
import io

import matplotlib.pyplot as plt
import numpy as np
import pytest

from gan_course import plots
from gan_course.plots import films


def test_the_examples_of_the_docstrings():
    assert doctest.testmod(films) == (0, 1)


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


@pytest.mark.parametrize(
    "options",
    [
        {"frames": 0},
        {"frames": 2.5},
        {"frames": 2, "fps": 0},
        {"frames": 2, "fps": -1},
        {"frames": 2, "colors": 0},
        {"frames": 2, "colors": 257},
    ],
)
def test_a_film_without_frames_speed_or_colors_is_refused(options):
    with pytest.raises(ValueError, match=r"Invalid (frames|fps|colors)\. Expected .+ Received: .+ Try "):
        plots.film(lambda number, ax: None, **options)


def test_a_film_of_pictures_has_their_colors():
    from PIL import Image

    colors = [(255, 0, 0), (0, 0, 255), (255, 255, 255)]
    pictures = [np.full((4, 6, 3), color, "uint8") for color in colors]
    with Image.open(io.BytesIO(plots.animated_png(pictures, fps=8))) as movie:
        assert (movie.n_frames, movie.size) == (3, (6, 4))
        for number, color in enumerate(colors):
            movie.seek(number)
            assert np.abs(np.asarray(movie.convert("RGB")).astype(int) - color).max() < 10
    with pytest.raises(ValueError, match=r"Invalid frames\. Expected .+ Received: 0\."):
        plots.animated_png([])
