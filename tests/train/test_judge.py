"""What is measured on the way, compared with the metrics called by hand."""

import keras
import numpy as np
import pytest
from scipy.linalg import sqrtm

from gan_course import data, networks
from gan_course.gan import GAN
from gan_course.train.judge import Judge
from gan_course.train.pictures import Pictures


@pytest.fixture
def gan():
    keras.utils.set_random_seed(0)
    gan = GAN(networks.mlp_generator((8, 8, 1), 3, 4), networks.mlp_discriminator((8, 8, 1), 4), seed=0)
    gan.compile()
    return gan


def pictures(labels=True):
    images, classes = data.load("digits")
    halves = (images[:200], classes[:200], images[200:300], classes[200:300])
    train, train_labels, held_out, held_out_labels = halves
    return Pictures(train, train_labels * labels, held_out, held_out_labels if labels else None, (), "")


def test_without_classes_the_features_are_principal_components(gan):
    judge = Judge(pictures(labels=False))
    assert judge.features == "50 principal components of the held-out images"
    assert judge.real.shape == (100, 50)
    flat = data.load("digits")[0][200:300].reshape(100, -1)
    variances = np.linalg.svd(flat - flat.mean(axis=0), compute_uv=False)[:50] ** 2 / 99
    assert np.abs(judge.real.var(axis=0, ddof=1) - variances).max() < 1e-4
    assert np.abs(judge.real.mean(axis=0)).max() < 1e-5


def test_the_distance_is_that_of_the_formula(gan):
    judge = Judge(pictures(labels=False))
    found = judge.measure(gan)
    flat = data.load("digits")[0][200:300].reshape(100, -1)
    axes = np.linalg.svd(flat - flat.mean(axis=0))[2][:50]
    real, fake = ((x.reshape(100, -1) - flat.mean(axis=0)) @ axes.T for x in (flat, gan.generate(100, seed=0)))
    c, d = np.cov(real.T), np.cov(fake.T)
    expected = np.sum((real.mean(0) - fake.mean(0)) ** 2) + np.trace(c + d - 2 * sqrtm(c @ d).real)
    assert abs(found["frechet"] - expected) < 0.02 * expected
    scores = gan.discriminator.predict(gan.generate(100, seed=0), verbose=0)
    assert abs(found["d_fake"] - scores.mean()) < 1e-5
    assert abs(found["d_held_out"] - gan.discriminator.predict(pictures().held_out, verbose=0).mean()) < 1e-5
    assert 0 <= found["precision"] <= 1
    assert [*found] == ["frechet", "precision", "recall", "d_train", "d_held_out", "d_fake"]


def test_with_classes_another_half_trains_a_classifier(gan, monkeypatch, tmp_path):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    judge = Judge(pictures())
    assert judge.features == "64 features of a classifier of 50 held-out images"
    assert (judge.held_out == pictures().held_out[50:]).all()
    assert judge.real.shape == (50, 64)


def test_held_out_images_as_samples_have_precision_and_recall_of_one(gan):
    judge = Judge(pictures(labels=False))
    gan.generate = lambda count, seed, labels: judge.held_out
    found = judge.measure(gan)
    assert abs(found["frechet"]) < 1e-6
    assert (found["precision"], found["recall"]) == (1, 1)


def test_measuring_changes_nothing(gan):
    before = gan.get_weights()
    Judge(pictures(labels=False)).measure(gan)
    assert all((a == b).all() for a, b in zip(before, gan.get_weights(), strict=True))


def test_samples_that_are_not_finite_have_no_distance(gan):
    judge = Judge(pictures(labels=False))
    gan.generate = lambda count, seed, labels: np.full((count, 8, 8, 1), np.nan, "float32")
    found = judge.measure(gan)
    assert np.isnan(found["frechet"])
    assert (found["precision"], found["recall"]) == (0, 0)


def test_large_images_are_averaged_over_squares(gan):
    from gan_course.train.judge import _small

    images = np.random.default_rng(0).uniform(-1, 1, size=(2, 64, 64, 3))
    assert np.abs(_small(images)[0, 3, 5] - images[0, 6:8, 10:12].mean(axis=(0, 1))).max() < 1e-12
    assert _small(images).shape == (2, 32, 32, 3)
    assert _small(np.ones((1, 100, 100, 1))).shape == (1, 25, 25, 1)
