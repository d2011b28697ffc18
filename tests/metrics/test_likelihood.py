"""The Parzen window against scikit-learn's."""

import doctest

import numpy as np
import pytest
from sklearn.neighbors import KernelDensity

from gan_course import metrics
from gan_course.metrics import likelihood

THREE_PARTS = r"(?s)Expected.+Received: .+\. \w"


def normal(count, size=2, seed=0, mean=0.0, std=1.0):
    return np.random.default_rng(seed).normal(mean, std, (count, size))


def test_the_examples_of_the_docstrings():
    assert doctest.testmod(likelihood) == (0, 1)


def test_parzen_log_likelihood_is_that_of_scikit_learn():
    samples, test = normal(400, 6), normal(150, 6, 1)
    logs = KernelDensity(bandwidth=0.4).fit(samples).score_samples(test)
    found = metrics.parzen_log_likelihood(samples, test, sigma=0.4)
    assert found == pytest.approx((logs.mean(), logs.std(ddof=1) / np.sqrt(150), 0.4), abs=1e-6)


def test_parzen_chooses_the_width_on_the_validation_set():
    samples, validation, test = normal(400, 3), normal(200, 3, 1), normal(200, 3, 2)
    scores = [KernelDensity(bandwidth=s).fit(samples).score_samples(validation).mean() for s in metrics.PARZEN_SIGMAS]
    found = metrics.parzen_log_likelihood(samples, test, validation)
    assert found.sigma == metrics.PARZEN_SIGMAS[int(np.argmax(scores))]
    assert 0.1 < found.sigma < 1
    assert found == metrics.parzen_log_likelihood(samples, test, sigma=found.sigma)


@pytest.mark.parametrize(
    "call",
    [
        lambda: metrics.parzen_log_likelihood(normal(4), normal(4)),
        lambda: metrics.parzen_log_likelihood(normal(4), normal(4), normal(4), sigma=1),
        lambda: metrics.parzen_log_likelihood(normal(4), normal(4), sigma=-1),
    ],
)
def test_arguments_out_of_range_are_refused(call):
    with pytest.raises(ValueError, match=THREE_PARTS):
        call()
