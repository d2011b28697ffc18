"""The benchmark of conditional GANs: its judge, its measures and its networks, and that a tiny run is written."""

import json

import keras
import numpy as np
import pytest

from benchmarks import conditional
from gan_course import results

pytestmark = pytest.mark.skipif(keras.config.backend() != "tensorflow", reason="the benchmarks run on TensorFlow")


def test_no_digit_is_in_two_piles():
    pile = conditional.piles()
    assert [len(images) for images, _ in pile.values()] == [3000, 1000, 1000]
    pictures = [image.tobytes() for images, _ in pile.values() for image in images]
    assert len(set(pictures)) == 5000


def test_halved_pictures_are_means_of_squares():
    pictures = np.random.default_rng(0).normal(size=(2, 28, 28, 1))
    halved = conditional.halved(pictures).reshape(2, 14, 14)
    assert np.isclose(halved[1, 3, 5], pictures[1, 6:8, 10:12].mean())


@pytest.mark.parametrize("name", [*conditional.CONTENDERS])
def test_only_the_discriminator_that_judges_one_at_a_time_has_scores_that_do_not_depend_on_the_batch(name):
    keras.utils.set_random_seed(0)
    gan = conditional.build(conditional.CONTENDERS[name], seed=0)
    pictures = np.random.default_rng(0).uniform(-1, 1, (6, *conditional.SHAPE)).astype("float32")
    labels = np.arange(6)
    whole = keras.ops.convert_to_numpy(gan.discriminator([pictures, labels], training=True))[:3]
    part = keras.ops.convert_to_numpy(gan.discriminator([pictures[:3], labels[:3]], training=True))
    assert (np.abs(whole - part).max() < 1e-5) == (name == "per_sample")


def test_the_class_loss_of_the_auxiliary_gan_trains_the_generator():
    keras.utils.set_random_seed(0)
    gan = conditional.build(conditional.CONTENDERS["auxiliary"], seed=0)
    gan.objective = gan.objective._replace(g_loss=lambda scores: 0.0 * keras.ops.sum(scores))
    before = [keras.ops.convert_to_numpy(w) for w in gan.generator.trainable_variables]
    pictures = np.zeros((16, *conditional.SHAPE), "float32")
    gan.generator_step(pictures, keras.ops.convert_to_tensor(np.arange(16) % 10, "int32"))
    after = [keras.ops.convert_to_numpy(w) for w in gan.generator.trainable_variables]
    assert all(np.abs(a - b).max() > 0 for a, b in zip(after, before, strict=True))


@pytest.mark.usefixtures("without_graphs")
def test_a_tiny_run_is_written_and_found_again(tmp_path):
    contenders = {"auxiliary": conditional.CONTENDERS["auxiliary"]}
    for _ in range(2):
        conditional.run(tmp_path, contenders, seeds=(0,), steps=2)
    assert len(json.loads((tmp_path / "conditional.json").read_text("utf-8"))["runs"]) == 1
    assert (tmp_path / "conditional.md").read_text("utf-8").count("auxiliary classifier") == 1
    assert (tmp_path / "conditional.png").stat().st_size > 10_000


def test_all_contenders_are_stored_with_three_seeds():
    stored = results.load("conditional")["runs"]
    assert sorted((run["contender"], run["seed"]) for run in stored) == sorted(
        (name, seed) for name in conditional.CONTENDERS for seed in conditional.SEEDS
    )
