"""The RBM against sums over all its states, scikit-learn's, and data whose structure is known."""

import itertools
import math

import numpy as np
import pytest
from scipy.special import logsumexp
from sklearn.neural_network import BernoulliRBM

from gan_course import data
from gan_course.family.boltzmann import RBM


def machine(visible, hidden, trials=1, seed=0, scale=1.0):
    """A machine with weights and biases large enough to matter."""
    rbm, rng = RBM(visible, hidden, trials + 1, seed=seed), np.random.default_rng(seed)
    rbm.set_parameters(*(rng.normal(0, scale, size) for size in ((visible, hidden), visible, hidden)))
    return rbm


def states(size, trials=1):
    return np.array([*itertools.product(range(trials + 1), repeat=size)])


def log_weight(rbm, v, h):
    """log of exp(−E(v, h)) times the number of ways to draw v, with plain loops."""
    minus_energy = sum(rbm.visible_bias * v) + sum(rbm.hidden_bias * h)
    for i, j in itertools.product(range(len(v)), range(len(h))):
        minus_energy += v[i] * rbm.weights[i, j] * h[j]
    return minus_energy + sum(math.log(math.comb(rbm.trials, k)) for k in v)


def joint(rbm):
    """Table of log weights, `(visible states, hidden states)`."""
    visible, hidden = rbm.weights.shape
    return np.array([[log_weight(rbm, v, h) for h in states(hidden)] for v in states(visible, rbm.trials)])


def exact_gradient(rbm, levels):
    """∂/∂(W, a, b) of the mean log-likelihood, from the joint table."""
    visible, hidden = rbm.weights.shape
    table, all_v, all_h = joint(rbm), states(visible, rbm.trials), states(hidden)
    p = np.exp(table - logsumexp(table))
    h_given_v = np.exp(table - logsumexp(table, axis=1, keepdims=True))
    rows = [int(np.flatnonzero((all_v == v).all(axis=1))[0]) for v in levels]
    data_v, data_h = all_v[rows], h_given_v[rows] @ all_h
    return (
        data_v.T @ data_h / len(levels) - all_v.T @ p @ all_h,
        data_v.mean(0) - p.sum(1) @ all_v,
        data_h.mean(0) - p.sum(0) @ all_h,
    )


def cosine(a, b):
    a, b = (np.concatenate([np.ravel(part) for part in parts]) for parts in (a, b))
    return a @ b / np.linalg.norm(a) / np.linalg.norm(b)


# Energies and probabilities


@pytest.mark.parametrize(("visible", "hidden", "trials"), [(6, 6, 1), (5, 4, 2), (3, 4, 5), (1, 1, 1), (2, 1, 16)])
def test_free_energy_is_the_sum_over_all_hidden_states(visible, hidden, trials):
    rbm = machine(visible, hidden, trials)
    expected = -logsumexp(joint(rbm), axis=1)
    assert np.abs(rbm.free_energy(states(visible, trials)) - expected).max() < 1e-5


@pytest.mark.parametrize("trials", [1, 2])
def test_conditional_probabilities_are_those_of_the_joint_table(trials):
    rbm = machine(4, 3, trials)
    table, all_v, all_h = joint(rbm), states(4, trials), states(3)
    h_given_v = np.exp(table - logsumexp(table, axis=1, keepdims=True)) @ all_h
    v_given_h = np.exp(table - logsumexp(table, axis=0)).T @ all_v
    assert np.abs(rbm.hidden_probabilities(all_v) - h_given_v).max() < 1e-12
    assert np.abs(trials * rbm.visible_probabilities(all_h) - v_given_h).max() < 1e-12


def test_it_agrees_with_scikit_learn():
    rbm = machine(7, 5)
    theirs = BernoulliRBM(n_components=5, random_state=0)
    theirs.components_, theirs.n_features_in_ = rbm.weights.T, 7
    theirs.intercept_hidden_, theirs.intercept_visible_ = rbm.hidden_bias, rbm.visible_bias
    all_v = states(7)
    assert np.abs(theirs.transform(all_v.astype(float)) - rbm.hidden_probabilities(all_v)).max() < 1e-12
    # Its score of v is 7 · log σ(F(v with one unit flipped) − F(v)), for a unit that it draws.
    flipped = np.stack([rbm.free_energy(np.abs(all_v - unit)) for unit in np.eye(7, dtype=int)], axis=1)
    scores = -7 * np.logaddexp(0, rbm.free_energy(all_v)[:, None] - flipped)
    nearest = np.abs(theirs.score_samples(all_v.astype(float))[:, None] - scores).min(axis=1)
    assert nearest.max() < 1e-8


# Z and likelihood


@pytest.mark.parametrize(("visible", "hidden", "trials"), [(6, 4, 1), (4, 7, 1), (3, 6, 2), (4, 3, 2), (2, 6, 16)])
def test_log_partition_is_the_sum_over_either_layer(visible, hidden, trials):
    rbm = machine(visible, hidden, trials)
    assert abs(rbm.log_partition() - logsumexp(-rbm.free_energy(states(visible, trials)))) < 1e-9
    assert abs(rbm.log_partition() - logsumexp(joint(rbm))) < 1e-9


def test_log_partition_goes_through_many_states_in_blocks():
    rbm = machine(20, 16)
    rbm.weights[:] = 0  # then Z is a product
    expected = np.logaddexp(0, rbm.visible_bias).sum() + np.logaddexp(0, rbm.hidden_bias).sum()
    assert abs(rbm.log_partition() - expected) < 1e-8


@pytest.mark.parametrize("trials", [1, 2])
def test_likelihoods_sum_to_one(trials):
    rbm = machine(5, 4, trials)
    total = np.exp(rbm.log_likelihood(states(5, trials))).sum()
    assert abs(total - 1) < 1e-9
    given = rbm.log_likelihood(states(5, trials), rbm.log_partition() + 2)
    np.testing.assert_allclose(given, rbm.log_likelihood(states(5, trials)) - 2)


@pytest.mark.parametrize("trials", [1, 4])
@pytest.mark.parametrize("seed", range(3))
def test_annealed_importance_sampling_is_within_its_error(trials, seed):
    rbm = machine(12, 10, trials, seed, scale=0.5)
    levels = rbm.sample(200, steps=50, seed=seed)
    value, error = rbm.log_partition_ais(levels, chains=200, temperatures=500, seed=seed)
    assert 0 < error < 0.2
    assert abs(value - rbm.log_partition()) < 4 * error


def test_annealing_of_a_machine_without_weights_is_exact_and_seeded():
    rbm = machine(6, 5)
    rbm.weights[:] = 0
    levels = states(6)
    value, error = rbm.log_partition_ais(levels, chains=500, temperatures=300)
    assert abs(value - rbm.log_partition()) < 0.01 + 4 * error
    assert rbm.log_partition_ais(levels, chains=5, temperatures=10, seed=3) == rbm.log_partition_ais(
        levels, chains=5, temperatures=10, seed=3
    )
    assert rbm.log_partition_ais(levels, chains=5, temperatures=10, seed=3) != rbm.log_partition_ais(
        levels, chains=5, temperatures=10, seed=4
    )
    assert rbm.log_partition_ais(levels, chains=1).standard_error == math.inf


# Sampling


@pytest.mark.parametrize("trials", [1, 2])
def test_samples_come_with_the_machines_own_probabilities(trials):
    rbm = machine(3, 3, trials, scale=0.7)
    all_v = states(3, trials)
    expected = np.exp(rbm.log_likelihood(all_v))
    samples = rbm.sample(40_000, steps=40, seed=1)
    shares = (samples[:, None] == all_v).all(axis=2).mean(axis=0)
    assert np.abs(shares - expected).max() < 0.012  # more than four standard deviations of a share


def test_samples_are_whole_seeded_and_leave_the_training_alone():
    rbm, twin = machine(5, 4, 3), machine(5, 4, 3)
    first = rbm.sample(50, steps=3, seed=1)
    assert first.shape == (50, 5)
    assert first.dtype.kind == "i"
    assert 0 <= first.min() < first.max() <= 3
    assert np.array_equal(first, rbm.sample(50, steps=3, seed=1))
    assert not np.array_equal(first, rbm.sample(50, steps=3, seed=2))
    assert np.array_equal(rbm.gibbs(first, steps=2, seed=5), rbm.gibbs(first, steps=2, seed=5))
    assert not np.array_equal(rbm.sample(50, seed=None), rbm.sample(50, seed=None))
    twin.sample(50, seed=None), twin.sample(50, seed=None)
    assert np.array_equal(rbm.sample(50, seed=None), twin.sample(50, seed=None))


# Learning


@pytest.mark.parametrize("trials", [1, 2])
@pytest.mark.parametrize("seed", range(4))
def test_contrastive_divergence_points_the_way_of_the_exact_gradient(trials, seed):
    rbm = machine(6, 4, trials, seed, scale=0.3)
    levels = machine(6, 4, trials, seed + 100).sample(300, steps=50, seed=seed)
    exact = exact_gradient(rbm, levels)
    assert cosine(rbm.contrastive_divergence(levels), exact) > 0.5
    assert cosine(rbm.contrastive_divergence(levels, steps=20), exact) > 0.9


def test_a_long_chain_gives_the_exact_gradient():
    rbm = machine(5, 4, 2, scale=0.3)
    levels = np.repeat(machine(5, 4, 2, 7).sample(200, steps=50, seed=0), 100, axis=0)
    exact = exact_gradient(rbm, levels[::100])
    for found, wanted in zip(rbm.contrastive_divergence(levels, steps=30), exact, strict=True):
        assert found.shape == wanted.shape
        assert np.abs(found - wanted).max() < 0.03


@pytest.mark.parametrize("seed", range(3))
def test_training_learns_which_states_are_there(seed):
    """Two states of the eight. (How much each of two distant states weighs, CD's short chains hardly learn.)"""
    levels = np.array([[0, 0, 1], [1, 1, 0]] * 200)
    rbm = RBM(3, 4, seed=seed)
    rbm.fit(levels, epochs=100, learning_rate=0.05)
    p = np.exp(rbm.log_likelihood(states(3)))
    assert set(np.argsort(p)[-2:]) == {1, 6}
    assert p[[1, 6]].sum() > 0.95
    assert p[[1, 6]].min() > 0.15


@pytest.mark.parametrize("trials", [1, 16])
def test_held_out_digits_have_less_free_energy_than_shuffled_ones(trials):
    train, test = (
        np.round((data.load("digits", split)[0].reshape(-1, 64) + 1) / 2 * 16) for split in ("train", "test")
    )
    if trials == 1:
        train, test = train > 8, test > 8
    rbm = RBM(64, 64, trials + 1, seed=0)
    rbm.fit(train, epochs=15)
    shuffled = np.random.default_rng(0).permuted(test, axis=1)
    energy, other = rbm.free_energy(test), rbm.free_energy(shuffled)
    assert energy.mean() < other.mean() - 20
    assert np.mean(energy < other) > 0.95


def test_training_is_seeded_and_goes_on_where_it_was():
    levels = machine(5, 4).sample(100, steps=20, seed=0)
    machines = [RBM(5, 4, seed=seed) for seed in (0, 0, 1)]
    for rbm, runs in zip(machines, ([4], [1, 3], [4]), strict=True):
        for epochs in runs:
            rbm.fit(levels, epochs=epochs, batch_size=30)
    once, twice, other = (rbm.weights for rbm in machines)
    assert np.array_equal(once, twice)
    assert not np.array_equal(once, other)


# Errors


@pytest.mark.parametrize("bad", [0, -1, 2.5, True, "3", None])
@pytest.mark.parametrize("name", ["pixels", "hidden", "levels"])
def test_sizes_must_be_positive_integers(name, bad):
    with pytest.raises(ValueError, match=rf"Invalid {name}\. Expected an integer of at least 1\. Received: "):
        RBM(**{"pixels": 2, "hidden": 2, "levels": 2, name: bad})


def test_one_level_is_too_few():
    with pytest.raises(ValueError, match=r"Invalid levels\. Expected a number of at least 2\. Received: 1\."):
        RBM(2, 2, levels=1)


@pytest.mark.parametrize(
    ("levels", "message"),
    [
        (np.zeros(4), r"shape \(batch, 4\).*shape \(4,\)"),
        (np.zeros((2, 3)), r"shape \(batch, 4\).*shape \(2, 3\)"),
        (np.zeros((2, 2, 2, 1)), r"to_levels\(images, count=3\)"),
        (np.zeros((0, 4)), r"shape \(0, 4\)"),
        ([[0, 1, 2, 3]], "Received: values from 0 to 3"),
        ([[0, 1, 2, -1]], "Received: values from -1 to 2"),
        ([[0, 1, 2, np.nan]], "Received: values from nan to nan"),
        ([[0, 1, 2, np.inf]], "Received: values from 0 to inf"),
        ([[0, 1, 2, 0.5]], "whole numbers from 0 to 2, .* Received: fractions such as 0.5"),
        ([["a", "b", "c", "d"]], "Received: dtype <U1"),
        ([[0, 1], [0, 1, 2, 0]], "Received: dtype object"),
    ],
)
@pytest.mark.parametrize(
    "use",
    [
        lambda rbm, x: rbm.free_energy(x),
        lambda rbm, x: rbm.hidden_probabilities(x),
        lambda rbm, x: rbm.gibbs(x),
        lambda rbm, x: rbm.contrastive_divergence(x),
        lambda rbm, x: rbm.fit(x),
        lambda rbm, x: rbm.log_partition_ais(x),
        lambda rbm, x: rbm.log_likelihood(x, 0.0),
    ],
)
def test_levels_that_are_none_are_refused(use, levels, message):
    rbm = machine(4, 3, trials=2)
    before = rbm.weights.copy()
    with pytest.raises(ValueError, match=message):
        use(rbm, levels)
    assert np.array_equal(rbm.weights, before)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"epochs": 0}, "Invalid epochs"),
        ({"batch_size": 2.5}, "Invalid batch_size"),
        ({"steps": -1}, "Invalid steps"),
        ({"learning_rate": 0}, "Invalid learning_rate. Expected a number above 0. Received: 0"),
        ({"learning_rate": math.nan}, "Invalid learning_rate"),
        ({"learning_rate": "fast"}, "Invalid learning_rate"),
        ({"momentum": 1.0}, "Invalid momentum. Expected a number of at least 0 and below 1. Received: 1.0"),
        ({"momentum": -0.1}, "Invalid momentum"),
    ],
)
def test_choices_that_cannot_be_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        RBM(4, 3).fit(np.zeros((2, 4)), **options)


def test_other_arguments_are_checked_at_the_door():
    rbm = RBM(4, 3)
    with pytest.raises(ValueError, match=r"Invalid hidden values.*from 0 to 1, .* Received: values from 0 to 2"):
        rbm.visible_probabilities([[0, 1, 2]])
    with pytest.raises(ValueError, match=r"shape \(batch, 3\)"):
        rbm.visible_probabilities([[0, 1]])
    rbm.fit(np.zeros((2, 4)), epochs=1)
    for name, call in (
        ("count", lambda: rbm.sample(0)),
        ("log_partition", lambda: rbm.log_likelihood(np.zeros((1, 4)), rbm.log_partition_ais(np.zeros((1, 4))))),
        ("steps", lambda: rbm.sample(1, steps=0)),
        ("steps", lambda: rbm.gibbs(np.zeros((1, 4)), steps=0)),
        ("steps", lambda: rbm.contrastive_divergence(np.zeros((1, 4)), steps=0)),
        ("seed", lambda: rbm.gibbs(np.zeros((1, 4)), seed=-1)),
        ("chains", lambda: rbm.log_partition_ais(np.zeros((1, 4)), chains=0)),
        ("temperatures", lambda: rbm.log_partition_ais(np.zeros((1, 4)), temperatures=0)),
    ):
        with pytest.raises(ValueError, match=f"Invalid {name}"):
            call()


def test_too_large_a_machine_names_the_estimate():
    large = machine(64, 21)
    for call in (large.log_partition, lambda: large.log_likelihood(np.zeros((1, 64)))):
        with pytest.raises(ValueError, match=r"at most 1,048,576 .* Received: 21 hidden .* log_partition_ais"):
            call()
    assert np.isfinite(large.log_likelihood(np.zeros((1, 64)), 40.0)).all()


@pytest.mark.parametrize(
    ("name", "bad"), [("weights", np.zeros((3, 4))), ("visible_bias", np.full(4, np.nan)), ("hidden_bias", 0.0)]
)
def test_parameters_of_another_shape_are_refused(name, bad):
    given = {"weights": np.zeros((4, 3)), "visible_bias": np.zeros(4), "hidden_bias": np.zeros(3), name: bad}
    with pytest.raises(ValueError, match=rf"Invalid {name}\. Expected finite numbers of shape .*Received: "):
        RBM(4, 3).set_parameters(**given)


def test_training_begins_with_the_parameters_that_were_given():
    rbm = machine(4, 3)
    before = rbm.visible_bias.copy()
    rbm.fit(np.zeros((8, 4)), epochs=1, learning_rate=1e-9)
    np.testing.assert_allclose(rbm.visible_bias, before, atol=1e-6)
