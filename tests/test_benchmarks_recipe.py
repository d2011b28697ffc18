"""The benchmark of the default recipe with one choice changed at a time: what is changed, and a tiny run."""

import json

import keras
import numpy as np
import pytest

pytest.importorskip("tensorflow")
if keras.config.backend() != "tensorflow":
    pytest.skip("the benchmarks run on TensorFlow", allow_module_level=True)

from benchmarks import judges, recipe
from gan_course.gan import GAN
from gan_course.optimizers import AveragingAdam


def kinds(network):
    return [type(layer).__name__ for layer in network.layers]


@pytest.fixture(scope="module")
def games():
    """A compiled GAN for each contender, and the one that nobody changed."""
    plain = GAN(*recipe.networks_of())
    plain.compile()
    return {name: recipe.game(one, 0, 100) for name, one in recipe.CONTENDERS.items()}, plain


def rates(optimizer):
    schedule = optimizer._learning_rate
    at = [0, 50, 100]
    constant = not isinstance(schedule, keras.optimizers.schedules.LearningRateSchedule)
    return [float(optimizer.learning_rate if constant else schedule(step)) for step in at]


def test_the_settings_of_the_recipe_are_those_of_the_package(games):
    games, plain = games
    untouched = GAN(*recipe.networks_of())
    untouched.compile(**recipe.optimizers())
    for player in ("d", "g"):
        default, written = getattr(plain.optimizer, player), getattr(untouched.optimizer, player)
        settings = [
            {**one.get_config(), "name": ""} for one in (default, written, getattr(games["recipe"].optimizer, player))
        ]
        assert settings[0] == pytest.approx(settings[1])
        assert settings[0] == pytest.approx(settings[2])


def test_each_contender_changes_what_its_title_says(games):
    games, plain = games
    np.testing.assert_allclose(rates(games["cosine"].optimizer.d), [1e-3, 5e-4, 0], atol=1e-9)
    np.testing.assert_allclose(rates(games["fast_cosine"].optimizer.g), [2e-3, 1e-3, 0], atol=1e-9)
    both = {name: (rates(gan.optimizer.d)[0], rates(gan.optimizer.g)[0]) for name, gan in games.items()}
    expected = {"fast": (2e-3, 2e-3), "slow": (5e-4, 5e-4), "fast_d": (2e-3, 1e-3), "fast_g": (1e-3, 2e-3)}
    expected |= {"fast_cosine": (2e-3, 2e-3), "large_fast": (2e-3, 2e-3), "no_norm_fast": (2e-3, 2e-3)}
    for name, pair in both.items():
        assert pair == pytest.approx(expected.get(name, (1e-3, 1e-3))), name
    assert [name for name, gan in games.items() if gan.optimizer.d.beta_2 != 0.999] == ["beta_2"]
    assert [name for name, gan in games.items() if not gan.optimizer.g.use_ema] == ["live"]
    assert isinstance(games["long"].optimizer.g, AveragingAdam)
    penalized = {name: gan.r1_weight for name, gan in games.items() if gan.r1_weight}
    assert penalized == {"r1": 0.1, "no_norm_r1": 0.1, "no_norm_r1_falling": 0.1}
    shapes = {name: [w.shape for w in gan.trainable_variables] for name, gan in games.items()}
    without = ["no_norm_r1", "no_norm_fast", "no_norm_falling", "no_norm_r1_falling"]
    other = ["narrow", "wide_g", "wide_d", "more_noise", "pixels", "alone", "no_norm", *without]
    default = [w.shape for w in plain.trainable_variables]
    assert [name for name in games if shapes[name] != default] == other
    assert "MinibatchStandardDeviation" not in kinds(games["alone"].discriminator)
    assert not any("BatchNormalization" in kinds(games[name].discriminator) for name in ("no_norm", *without))
    assert "Conv2DTranspose" not in kinds(games["pixels"].generator)
    assert [one.batch for one in recipe.CONTENDERS.values() if one.batch != 16] == [8, 32, 64, 64]


def test_channels_become_pixels_as_in_tensorflow():
    import tensorflow as tf

    generator = recipe.shuffled_pixels()[0]
    x = np.random.default_rng(0).normal(size=(2, 7, 7, 128)).astype("float32")
    first = kinds(generator).index("Permute") - 1
    y = x
    for layer in generator.layers[first : first + 3]:
        y = layer(y)
    np.testing.assert_array_equal(y, tf.nn.depth_to_space(x, 2))


@pytest.mark.usefixtures("without_graphs")
def test_a_tiny_run(tmp_path, is_a_picture, monkeypatch):
    rng = np.random.default_rng(0)
    images, labels = rng.uniform(-1, 1, (160, 28, 28, 1)).astype("float32"), rng.integers(10, size=160)
    judge = judges.Judge(images[:60], labels[:60], images[60:], labels[60:], tmp_path / "cache", 1, samples=60)
    monkeypatch.setattr(recipe, "cost_of_a_step", lambda contender, images: 2.0)
    chosen = {name: recipe.CONTENDERS[name] for name in ("recipe", "batch_32")}
    recipe.run(tmp_path, chosen, [0], images[:64], judge, budgets=(2, 4), samples=20)
    stored = json.loads((tmp_path / "recipe.json").read_text("utf-8"))
    assert [[p["step"] for p in run["points"]] for run in stored["runs"]] == [[2, 4], [1, 2]]  # twice the cost: half
    assert all(np.isfinite(p["distance"]) for run in stored["runs"] for p in run["points"])
    assert f"| {chosen['batch_32'].title} | 1 | 2.00 |" in (tmp_path / "recipe.md").read_text("utf-8")
    assert is_a_picture(tmp_path / "recipe.png")


@pytest.mark.usefixtures("without_graphs")
def test_the_recipe_costs_as_much_as_itself():
    images = np.zeros((64, 28, 28, 1), "float32")
    assert 0.3 < recipe.cost_of_a_step(recipe.CONTENDERS["recipe"], images, rounds=3, steps=2) < 3


def test_verdicts_by_hand():
    def run(name, distance):
        return {"contender": name, "seed": 0, "cost": 1.0, "points": [{"distance": distance, "rarest": 0.1}]}

    runs = [run("recipe", 2.0), run("recipe", 4.0), run("r1", 1.0), run("r1", 2.0), run("slow", 1.9), run("fast", 4.1)]
    lines = recipe.verdicts([*runs, run("long", 3.0)])
    assert lines == [
        "- The recipe's own seeds end between 2.00 and 4.00.",
        "- R1 with γ = 0.1: the recipe's mean distance divided by 2.00.",
        "- One seed, below all of the recipe's: half of both rates.",
        "- One seed, above all of the recipe's: twice both rates.",
    ]
