"""The membership attack: SciPy's Kolmogorov–Smirnov statistic and scikit-learn's curve as oracles, and by hand."""

import doctest

import numpy as np
import pytest
from scipy.stats import ks_2samp
from sklearn.metrics import roc_auc_score

from gan_course.metrics import membership, membership_attack, nearest_neighbors


def normal(count, mean=0.0, seed=0):
    return np.random.default_rng(seed).normal(mean, size=count)


def test_the_example_of_the_docstring():
    assert doctest.testmod(membership) == (0, 1)


@pytest.mark.parametrize("decimals", [0, 1, 16])  # with ties, many and few, and without
@pytest.mark.parametrize(("count", "other_count", "mean"), [(40, 40, 0.0), (250, 90, 0.7), (7, 300, -1.5), (1, 1, 0.0)])
def test_scipy_and_scikit_learn_agree(count, other_count, mean, decimals):
    members, others = normal(count, mean).round(decimals), normal(other_count, seed=1).round(decimals)
    found = membership_attack(members, others)
    assert abs(found.advantage - ks_2samp(members, others, alternative="less").statistic) < 1e-12
    labels = np.repeat([1, 0], [count, other_count])
    assert abs(found.auc - roc_auc_score(labels, np.concatenate([members, others]))) < 1e-12
    at_threshold = (members >= found.threshold).mean() - (others >= found.threshold).mean()
    assert abs(at_threshold - found.advantage) < 1e-12


def test_the_advantage_of_a_normal_shift_is_its_closed_form():
    """Between N(1, 1) and N(0, 1) the best threshold is ½, and the advantage is 2 Φ(½) − 1 = 0.3829."""
    found = membership_attack(normal(200_000, 1.0), normal(200_000, seed=1))
    assert abs(found.advantage - 0.38292) < 0.006
    assert abs(found.threshold - 0.5) < 0.1
    assert abs(found.auc - 0.76025) < 0.003  # Φ(1 / √2)


@pytest.mark.parametrize(
    ("members", "others", "advantage", "auc"),
    [([2, 3], [0, 1], 1.0, 1.0), ([0, 1], [2, 3], 0.0, 0.0), ([1, 1], [1], 0.0, 0.5), ([1, 0], [0, 1], 0.0, 0.5)],
)
def test_extremes_by_hand(members, others, advantage, auc):
    found = membership_attack(members, others)
    assert (found.advantage, found.auc) == (advantage, auc)


def test_a_generator_that_copies_is_found_out():
    training, held_out = (np.random.default_rng(seed).normal(size=(60, 5)) for seed in (0, 1))
    copies = training[np.random.default_rng(2).integers(60, size=30)]
    values = [-nearest_neighbors(samples, copies).distances[:, 0] for samples in (training, held_out)]
    share = len(np.unique(copies, axis=0)) / 60
    assert membership_attack(*values).advantage >= share


@pytest.mark.parametrize("bad", [[], [[1.0]], 1.0, [np.nan], ["a"], [1j]])
def test_what_is_no_list_of_numbers_is_refused(bad):
    for pair, name in (((bad, [1.0]), "members"), (([1.0], bad), "others")):
        with pytest.raises(ValueError, match=rf"Invalid {name}\. Expected.+Received: .+\. \w"):
            membership_attack(*pair)
