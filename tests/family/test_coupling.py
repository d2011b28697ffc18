"""The layers of a flow: log-determinants by numerical Jacobians and by SciPy's quantiles, inverses, masks, dropout."""

import keras
import numpy as np
import pytest
from scipy.stats import norm

from gan_course.family.coupling import AffineCoupling, Gaussianize, coupling_masks, coupling_network, log_normal
from gan_course.family.training import seeded_layers


@pytest.fixture(scope="module")
def run_probe(ask_probe):
    return lambda backend: ask_probe("family", "coupling", backend=backend)


def written_out(points, weights):
    """z of a network of couplings over four features, by NumPy in float64."""
    for number, mask in enumerate(coupling_masks(4, len(weights) // 4)):
        first, biases, second, last_biases = map(np.array, weights[4 * number : 4 * number + 4])
        raw, shift = np.split(np.maximum(points * mask @ first + biases, 0) @ second + last_biases, 2, axis=1)
        points = points * np.exp(2 * np.tanh(raw / 2) * (1 - mask)) + shift * (1 - mask)
    return points


def test_the_log_determinant_is_that_of_a_numerical_jacobian(probe):
    points, step = np.array(probe["points"]), 1e-6 * np.eye(4)
    columns = [written_out(points + s, probe["weights"]) - written_out(points - s, probe["weights"]) for s in step]
    expected = np.linalg.slogdet(np.stack(columns, axis=2) / 2e-6)
    np.testing.assert_allclose(probe["latent"], written_out(points, probe["weights"]), atol=1e-4)
    np.testing.assert_allclose(probe["log_det"], expected.logabsdet, atol=1e-4)
    assert (expected.sign == 1).all()
    assert np.std(probe["log_det"]) > 0.1  # it is no constant


def test_the_inverse_leads_back(probe):
    np.testing.assert_allclose(probe["there_and_back"], probe["points"], atol=1e-5)


def test_gray_levels_become_normal_by_their_ranks(probe):
    levels, noise = np.array(probe["levels"]), np.array(probe["noise"])
    counts = np.array([np.bincount(pixel, minlength=3) for pixel in levels.T]) + 1 / 3
    table = counts / counts.sum(axis=1, keepdims=True)
    mass = np.take_along_axis(table, levels.T, axis=1).T
    rank = np.take_along_axis(table.cumsum(axis=1), levels.T, axis=1).T - mass * (1 - noise)
    normal = norm.ppf(rank)
    np.testing.assert_allclose(probe["normal"], normal, atol=1e-4)
    np.testing.assert_allclose(probe["change"], (np.log(mass) - norm.logpdf(normal)).sum(axis=1), atol=1e-3)
    assert probe["levels_back"] == probe["levels"]


def test_a_new_network_is_the_identity():
    points = np.random.default_rng(0).normal(size=(5, 3)).astype("float32")
    latent, log_det = coupling_network(3, 4, 8).predict_on_batch(points)
    np.testing.assert_array_equal(latent, points)
    np.testing.assert_array_equal(log_det, np.zeros((5, 1)))


def test_a_coupling_leaves_its_mask_alone_and_scales_within_its_bounds():
    coupling = AffineCoupling([1, 0, 1, 0], hidden=8)
    coupling.build((None, 4))
    rng = np.random.default_rng(0)
    coupling.set_weights([rng.normal(0, 20, size=weight.shape) for weight in coupling.get_weights()])
    points = rng.normal(size=(200, 4)).astype("float32")
    latent, log_det = map(keras.ops.convert_to_numpy, coupling(points))
    np.testing.assert_array_equal(latent[:, ::2], points[:, ::2])
    assert (latent[:, 1::2] != points[:, 1::2]).all()
    assert 3.9 < np.abs(log_det).max() <= 4.0001  # two features, and at most 2 for each


def test_masks_by_hand_and_any_two_features_are_parted():
    assert coupling_masks(3, 4).tolist() == [[1, 0, 1], [0, 1, 0], [1, 1, 0], [0, 0, 1]]
    assert coupling_masks(2, 4).tolist() == [[1, 0], [0, 1], [1, 0], [0, 1]]
    masks = coupling_masks(64, 12)
    parted = (masks[:, :, None] > masks[:, None, :]).any(axis=0)
    assert (parted | np.eye(64, dtype=bool)).all()
    np.testing.assert_array_equal(masks.sum(axis=1), [32] * 12)


def test_dropout_is_seeded_and_only_for_training():
    points, found = np.ones((4, 2), "float32"), []
    for _ in range(2):
        with seeded_layers(3):
            coupling = AffineCoupling([1, 0], hidden=64, dropout=0.5)
        coupling.build((None, 2))
        rng = np.random.default_rng(0)
        coupling.set_weights([rng.normal(size=weight.shape) for weight in coupling.get_weights()])
        found.append([keras.ops.convert_to_numpy(coupling(points, training=t)[0]) for t in (True, False, False)])
    np.testing.assert_array_equal(found[0], found[1])
    trained, tested, again = found[0]
    np.testing.assert_array_equal(tested, again)
    assert np.ptp(trained[:, 1]) > 0.01
    assert np.ptp(tested[:, 1]) < 1e-5


def test_noise_is_drawn_anew_and_seeded():
    levels, drawn = np.zeros((50, 2)), []
    for _ in range(2):
        layer = Gaussianize(3, seed=1)
        drawn.append([keras.ops.convert_to_numpy(layer(levels)[0]) for _ in range(2)])
    np.testing.assert_array_equal(drawn[0], drawn[1])
    assert (drawn[0][0] != drawn[0][1]).all()
    assert drawn[0][0].max() < norm.ppf(1 / 3) + 1e-5  # before `count` all levels are equally likely


def test_log_normal_by_scipy():
    latent = np.array([[0.0, 0.0], [1.5, -2.0]], "float32")
    found = keras.ops.convert_to_numpy(log_normal(latent))
    np.testing.assert_allclose(found[:, 0], norm.logpdf(latent).sum(axis=1), rtol=1e-5)
