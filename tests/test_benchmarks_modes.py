"""The benchmarks of modes and of Parzen windows: made-up numbers, PacGAN's networks by hand, a tiny run of each."""

import json

import keras
import numpy as np
import pytest

from gan_course import data

pytest.importorskip("tensorflow")
if keras.config.backend() != "tensorflow":
    pytest.skip("the benchmarks run on TensorFlow", allow_module_level=True)

from benchmarks import judges, modes, parzen, report, stacked


def is_read(path):
    return json.loads(path.read_text("utf-8"))


# Made-up numbers


def a_run(problem, contender, seed, found, quality, steps=4_000):
    run = {"problem": problem, "contender": contender, "seed": seed, "steps": steps, "seconds": 10.0 + seed}
    return {**run, "modes": found, "high_quality": quality, "drawn": "0.000 1.000"}


def test_means_over_seeds_and_their_spread():
    runs = [
        a_run("grid", "recipe", 1, 25, 0.9),
        a_run("grid", "recipe", 0, 22, 0.8),
        a_run("ring", "recipe", 0, 8, 1.0),
    ]
    found = modes.summary(runs, "grid", "recipe")
    assert abs(found["modes"] - 23.5) < 1e-9
    assert abs(found["high_quality"] - 0.85) < 1e-9
    assert abs(found["seconds"] - 10.5) < 1e-9
    assert abs(found["spread"] - 3 / np.sqrt(2)) < 1e-9
    assert [run["seed"] for run in found["runs"]] == [0, 1]
    assert modes.summary(runs, "ring", "recipe")["spread"] == 0.0
    assert modes.summary(runs, "ring", "gan") is None


def test_a_table_of_modes_from_made_up_numbers():
    runs = [
        a_run("grid", "recipe", 0, 25, 0.95),
        a_run("grid", "recipe", 1, 24, 0.935),
        a_run("grid", "gan", 0, 3, 0.25),
    ]
    about = {"samples": 2_500, "machine": report.machine("keras")}
    text = modes.markdown(runs, about, modes.CONTENDERS)
    assert "| the course's recipe | 24.5 ± 0.7 | 94.2% | 25, 24 | 95.0%, 93.5% | 4,000 | 1.0% | 10 |" in text
    assert "| GAN (ours) | 3.0 | 25.0% | 3 | 25.0% | 4,000 | 1.0% | 10 |" in text
    assert "| PacGAN2 (its paper) | 23.8 ± 0.7 | 91.3% |  |  | 400,000 | 100.0% |  |" in text
    assert "A perfect sampler has 98.9%" in text
    assert text.count("Target of the recipe") == 1  # the ring has no run of it
    assert "Missed: 24.5 modes and 94.2%." in text


@pytest.mark.parametrize(
    ("found", "quality", "word"), [(24.8, 0.936, "Reached"), (24.6, 0.99, "Missed"), (25.0, 0.93, "Missed")]
)
def test_a_target_is_reached_when_both_numbers_are(found, quality, word):
    assert word in modes.verdict({"modes": found, "high_quality": quality}, "grid")


def test_a_perfect_sampler_finds_all_modes():
    for problem, mixture in modes.PROBLEMS.items():
        found = modes.count(mixture.points(modes.SAMPLES, 1), mixture)
        assert found["modes"] == {"ring": 8, "grid": 25}[problem]
        assert abs(found["high_quality"] - (1 - np.exp(-4.5))) < 0.01
        assert modes.drawn(found).shape == (modes.DRAWN, 2)
    lines = modes.count(np.repeat([[4.0, 4.0], [0.0, 2.15], [1.0, 1.0]], 2, axis=0), modes.PROBLEMS["grid"])
    assert (lines["modes"], lines["high_quality"]) == (2, 0.6667)  # 0.15 away is just near enough
    np.testing.assert_array_equal(modes.drawn(lines)[2:4], [[0, 2.15], [0, 2.15]])


def test_a_table_of_stacked_mnist_from_made_up_numbers():
    points = [
        {"step": 10_000, "seconds": 99.6, "modes": 900, "reverse_kl": 0.5},
        {"step": 25_000, "seconds": 250.0, "modes": 990, "reverse_kl": 0.1234},
    ]
    runs = [{"contender": "defaults", "seed": 0, "steps": 25_000, "batch": 16, "points": points}]
    real = {"modes": 1_000, "reverse_kl": 0.019}
    about = {"samples": 26_000, "machine": report.machine("keras"), "judge": {"accuracy": 0.99}, "real": real}
    text = stacked.markdown(runs, about, stacked.CONTENDERS)
    assert "| the course's DCGAN | 0 | 900 | 0.500 | 16 | 10,000 | 10% | 100 |" in text
    assert "| the course's DCGAN | 0 | 990 | 0.123 | 16 | 25,000 | 25% | 250 |" in text
    assert "| real stacks |  | 1,000 | 0.019 |" in text
    assert "seed 0: the target, more than 990 modes, was missed: 990." in text
    points[1]["modes"] = 991
    assert "was reached: 991." in stacked.markdown(runs, about, stacked.CONTENDERS)


class Reader:
    """A judge that reads the digit off a picture's only level of gray."""

    accuracy = 1.0

    def look(self, images):
        assert images.shape[1:] == (2, 2, 1)
        return None, np.round((images[:, 0, 0, 0] + 1) * 4.5).astype(int)


def test_modes_of_stacks_are_three_digits():
    digits = np.array([[0, 0, 0], [1, 2, 3], [9, 9, 9], [1, 2, 3]])
    stacks = np.broadcast_to(digits[:, None, None, :] / 4.5 - 1, (4, 2, 2, 3)).astype("float32")
    assert stacked.modes_of(stacks, Reader()).tolist() == [0, 123, 999, 123]
    found = stacked.count(stacks, Reader())
    assert found["modes"] == 3
    assert abs(found["reverse_kl"] - (0.5 * np.log(500) + 0.5 * np.log(250))) < 1e-9
    assert found["often"][:4] == [2, 1, 1, 0]
    assert len(found["often"]) == 1_000


def test_stacks_are_independent_images_of_the_training_set():
    images = np.arange(50, dtype="float32").reshape(50, 1, 1, 1) / 25 - 1
    stacks = stacked.stack(images, 20_000, seed=0)
    assert stacks.shape == (20_000, 1, 1, 3)
    assert np.isin(stacks, images).all()
    assert np.abs(np.corrcoef(stacks.reshape(-1, 3).T) - np.eye(3)).max() < 0.03
    assert not np.array_equal(stacks, stacked.stack(images, 20_000, seed=1))


def test_images_survive_as_text():
    images = np.random.default_rng(0).integers(0, 256, (3, 4, 4, 3)) / 127.5 - 1
    text = report.to_text(images)
    assert "\n" not in text
    np.testing.assert_allclose(report.from_text(text, (4, 4, 3)), images, atol=1e-6)


def test_a_table_of_parzen_windows_from_made_up_numbers():
    common = {"seed": 0, "error": 2.04, "sigma": 0.2154, "samples": 10_000, "seconds": 60.0, "shown": ""}
    runs = [{**common, "contender": name, "mean": mean} for name, mean in (("k_means", 260.0), ("digits", 243.96))]
    runs += [{**common, "contender": "gan", "seed": seed, "mean": mean} for seed, mean in ((0, 230.0), (1, 218.0))]
    about = {"test": 10_000, "machine": report.machine("keras")}
    text = parzen.markdown(runs, about, parzen.CONTENDERS)
    assert "| training images | 0 | 244.0 ± 2.0 | 0.215 | 10,000 | 60 |" in text
    assert "| Adversarial nets (2014 paper) |  | 225 ± 2 |" in text
    assert f"- {parzen.CONTENDERS['gan'].title}: 224 nats, -1 from the paper's 225." in text
    assert f"Above real training images (244): {parzen.CONTENDERS['k_means'].title}." in text
    assert [(run["contender"], run["seed"]) for run in report.in_order(runs, parzen.CONTENDERS)] == [
        *[("gan", 0), ("gan", 1)],
        *[("digits", 0), ("k_means", 0)],
    ]


# PacGAN's setting


@pytest.mark.parametrize("pack", [1, 2, 4])
def test_pacgans_networks_have_the_weights_that_one_counts_by_hand(pack):
    generator, discriminator = modes.pacgan_networks(pack)
    normalization = 4 * 400  # of each layer: scale, shift, and two moving averages that are not trained
    dense = 2 * 400 + 3 * 400 * 400 + (400 * 2 + 2)  # no bias where BatchNormalization shifts
    assert generator.count_params() == dense + 4 * normalization
    assert sum(int(np.prod(w.shape)) for w in generator.trainable_variables) == dense + 4 * normalization // 2
    first, others, last = 2 * pack * 1000 + 1000, 2 * (200 * 1000 + 1000), 200 + 1
    assert discriminator.count_params() == first + others + last
    assert discriminator(np.zeros((8, 2))).shape == (8 // pack, 1)
    kernel = keras.ops.convert_to_numpy(generator.layers[3].kernel)
    assert abs(kernel.std() - 0.02) < 0.001
    assert not np.array_equal(kernel, keras.ops.convert_to_numpy(generator.layers[6].kernel))


def test_maxout_takes_the_largest_of_its_pieces():
    network = keras.Sequential([keras.Input((2,)), *modes.maxout(3, 5)])
    kernel, bias = np.random.default_rng(0).normal(size=(2, 15)), np.arange(15.0)
    network.layers[0].set_weights([kernel, bias])
    x = np.array([[0.5, -1.4], [12.5, 3.0]])
    by_hand = [[max(x[n] @ kernel[:, 3 * p + u] + bias[3 * p + u] for p in range(5)) for u in range(3)] for n in (0, 1)]
    np.testing.assert_allclose(network(x), by_hand, rtol=1e-5)


@pytest.mark.parametrize(("name", "pack"), [("gan", 1), ("pacgan2", 2), ("pacgan4", 4)])
def test_pacgans_players_learn_as_the_paper_says(name, pack):
    contender = modes.CONTENDERS[name]
    assert contender.batch == 100 * pack  # 100 packs
    gan = contender.build(data.grid(100), 0, 100)
    assert gan.latent_dim == 2
    for optimizer in gan.optimizer.optimizers:
        assert abs(float(optimizer.learning_rate) - 1e-4) < 1e-9
        assert optimizer.beta_1 == 0.8
    packs = [layer.size for layer in gan.discriminator.layers if type(layer).__name__ == "Packing"]
    assert packs == [pack] * (pack > 1)


# The recipe


def test_the_recipe_measures_in_units_of_the_data():
    real, z = data.grid(1_000), np.array([[0.5, -1.4], [2.0, 0.1]], "float32")
    gans = []
    for factor in (1, 10):
        keras.utils.set_random_seed(0)
        gans.append(modes.recipe(factor * real, 0, 100))
    small, large = gans
    np.testing.assert_allclose(large.generator(z), 10 * np.asarray(small.generator(z)), rtol=1e-4)
    np.testing.assert_allclose(large.discriminator(10 * z), small.discriminator(z), rtol=1e-4)
    assert abs(large.r1_weight / small.r1_weight - 100) < 1e-3
    assert abs(small.r1_weight - 0.002 * 8) < 1e-3  # a grid of ±4 and ±2 and 0 has a variance of 8
    assert small.generator.count_params() == (2 * 128 + 128) + 2 * (128 * 128 + 128) + (2 * 128 + 2)
    assert small.discriminator.count_params() == (2 * 128 + 128) + 2 * (128 * 128 + 128) + (128 + 1)


def test_the_recipes_learning_rates_fade_to_nothing():
    gan = modes.recipe(data.ring(100), 0, 100)
    for optimizer in gan.optimizer.optimizers:
        rates = []
        for step in (0, 50, 100):
            optimizer.iterations.assign(step)
            rates.append(float(optimizer.learning_rate))
        np.testing.assert_allclose(rates, [2e-3, 1e-3, 0], atol=1e-9)


# Tiny runs


@pytest.mark.usefixtures("without_graphs")
def test_a_tiny_run_of_modes(tmp_path, is_a_picture):
    tiny = {
        name: contender._replace(steps=dict.fromkeys(contender.steps, 3), seeds=(0,))
        for name, contender in modes.CONTENDERS.items()
    }
    modes.run(tmp_path, tiny, points=1_000)
    stored = is_read(tmp_path / "modes.json")
    assert [(run["problem"], run["contender"]) for run in stored["runs"]] == [
        (problem, name) for problem in modes.PROBLEMS for name in tiny if problem in tiny[name].steps
    ]
    assert all(0 <= run["modes"] <= 25 and 0 <= run["high_quality"] <= 1 for run in stored["runs"])
    assert all(modes.drawn(run).shape == (modes.DRAWN, 2) for run in stored["runs"])
    text = (tmp_path / "modes.md").read_text("utf-8")
    assert text.count("| PacGAN2 (ours) |") == 2
    assert text.count("| PacGAN4 (ours) |") == 1
    assert is_a_picture(tmp_path / "modes.png")

    modes.run(tmp_path, {"gan": tiny["gan"]._replace(build=None)})  # it is there: nobody trains
    assert is_read(tmp_path / "modes.json") == stored
    assert (tmp_path / "modes.md").read_text("utf-8") == text


def test_training_ends_after_the_steps_that_were_asked_for():
    contender = modes.CONTENDERS["recipe"]._replace(steps={"ring": 100})
    run = modes.train("ring", "recipe", contender, 0, points=70 * contender.batch)
    assert run["steps"] == 120  # at the end of the 50 steps at once, or of what an epoch of 70 leaves of them


def a_tiny_judge(folder):
    images, labels = data.load("digits")
    return images[:300], judges.Judge(images[:300], labels[:300], images[300:400], labels[300:400], folder, 1, 100)


@pytest.mark.usefixtures("without_graphs")
def test_a_tiny_run_of_stacked_mnist(tmp_path, monkeypatch, is_a_picture):
    monkeypatch.setattr(judges, "judge_network", small_judge)
    images, judge = a_tiny_judge(tmp_path / "cache")
    options = {"samples": 50, "stacks": 64, "looks": 2}
    tiny = {name: contender._replace(steps=6) for name, contender in stacked.CONTENDERS.items()}
    stacked.run(tmp_path, tiny, [0], images, judge, **options)
    stored = is_read(tmp_path / "stacked_mnist.json")
    assert [run["contender"] for run in stored["runs"]] == [*tiny]
    for run in stored["runs"]:
        assert [point["step"] for point in run["points"]] == [3, 6]
        assert sum(map(int, run["often"].split())) == 50
        assert run["points"][-1]["modes"] == sum(number != "0" for number in run["often"].split())
        assert report.from_text(run["shown"], (8, 8, 3)).shape == (stacked.SHOWN, 8, 8, 3)
    text = (tmp_path / "stacked_mnist.md").read_text("utf-8")
    assert text.count("| the course's DCGAN | 0 |") == 2
    assert is_a_picture(tmp_path / "stacked_mnist.png")

    untrained = {"defaults": tiny["defaults"]._replace(build=None)}
    stacked.run(tmp_path, untrained, [0], images, judge, **options)  # it is there: nobody trains
    assert is_read(tmp_path / "stacked_mnist.json") == stored
    with pytest.raises(TypeError):  # other steps: another run
        stacked.run(tmp_path, {"defaults": untrained["defaults"]._replace(steps=4)}, [0], images, judge, **options)


def test_a_packed_discriminator_sees_two_stacks_as_one_of_six_channels():
    gan = stacked.packed((8, 8, 3), 0, 100)
    packing, first = gan.discriminator.layers[:2]
    assert packing.size == 2
    assert first.kernel.shape == (4, 4, 6, 32)
    assert gan.discriminator(np.zeros((6, 8, 8, 3), "float32")).shape == (3, 1)


def small_judge(shape, seed=0):
    keras.utils.set_random_seed(seed)
    stack = [keras.Input(shape), keras.layers.Flatten(), keras.layers.Dense(8, activation="relu")]
    return keras.Sequential([*stack, keras.layers.Dense(10, activation="softmax")])


def test_a_tiny_run_of_parzen(tmp_path, is_a_picture):
    images, test = (data.load("digits", split)[0] for split in ("train", "test"))
    tiny = {
        "gan": parzen.Contender("GAN", lambda *arguments: parzen.gan(*arguments, steps=4)),
        "smooth_gan": parzen.Contender("R1", lambda *arguments: parzen.smooth_gan(*arguments, steps=4)),
        "digits": parzen.CONTENDERS["digits"],
        "k_means": parzen.Contender("k-means", lambda *arguments: parzen.k_means(*arguments, centers=20)),
        "mixture": parzen.Contender(
            "mixture", lambda *arguments: parzen.mixture(*arguments, components=5, gaussians=3)
        ),
    }
    options = {"count": 300, "held_out": 400, "widths_on": 100}
    parzen.run(tmp_path, tiny, images, test, **options)
    stored = is_read(tmp_path / "parzen.json")
    assert [run["contender"] for run in stored["runs"]] == [*tiny]
    assert [run["samples"] for run in stored["runs"]] == [300, 300, 300, 20, 300]
    means = {run["contender"]: run["mean"] for run in stored["runs"]}
    assert means["digits"] > means["gan"] + 10  # four steps teach a GAN little
    assert report.from_text(stored["runs"][0]["shown"], (8, 8, 1)).shape == (parzen.SHOWN, 8, 8, 1)
    text = (tmp_path / "parzen.md").read_text("utf-8")
    assert text.count("| k-means | 0 |") == 1
    assert is_a_picture(tmp_path / "parzen.png")

    parzen.run(tmp_path, {"gan": tiny["gan"]._replace(sample=None)}, images, test)  # it is there: nobody trains
    assert is_read(tmp_path / "parzen.json") == stored


def test_what_is_held_out_is_not_trained_on():
    images = np.linspace(-1, 1, 50, dtype="float32").reshape(50, 1, 1, 1) * np.ones((1, 2, 2, 1), "float32")
    seen = []
    contender = parzen.Contender("", lambda known, count, seed: seen.append(known) or known[:count])
    parzen.measure("x", contender, 0, images, images[:5], count=10, held_out=20, widths_on=5)
    np.testing.assert_array_equal(seen[0], images[:30])
