"""Quadrature on grids against closed forms, SciPy's adaptive integrals and SciPy's optimizer."""

import doctest
import math

import numpy as np
import pytest
from scipy import integrate, optimize, stats

from gan_course import theory

LOG_2, LOG_4 = math.log(2), math.log(4)
X = np.linspace(-15, 15, 3001)
PAIRS = [
    ((-1, 1), (1, 1)),
    ((0, 1), (0, 2)),
    ((-2, 0.5), (2, 0.5)),
    ((0.3, 0.7), (-1.2, 1.6)),
    ((-6, 1), (6, 1)),
]
THREE_PARTS = r"Expected .+Received: .+\. \w"


def bump(center, width=1.0):
    """A smooth density, (1 + cos(π u)) / 2 with u the distance in widths, that is exactly 0 beyond."""
    u = (X - center) / width
    return np.where(np.abs(u) < 1, (1 + np.cos(np.pi * u)) / (2 * width), 0.0)


def jsd_by_quad(first, second):
    """The Jensen-Shannon divergence of two Gaussians from SciPy's densities and adaptive integration."""
    p, q = stats.norm(*first), stats.norm(*second)

    def integrand(x):
        log_p, log_q = p.logpdf(x), q.logpdf(x)
        log_m = np.logaddexp(log_p, log_q) - LOG_2
        return 0.5 * math.exp(log_p) * (log_p - log_m) + 0.5 * math.exp(log_q) * (log_q - log_m)

    return integrate.quad(integrand, -15, 15, points=[first[0], second[0]], epsabs=1e-12, limit=500)[0]


def test_the_examples_of_the_docstrings():
    assert doctest.testmod(theory) == (0, 10)


@pytest.mark.parametrize(("mean", "std"), [(0.0, 1.0), (-1.3, 0.4), (5.0, 12.5)])
def test_gaussian_is_the_normal_density(mean, std):
    assert np.abs(theory.gaussian(X, mean, std) - stats.norm.pdf(X, mean, std)).max() < 1e-14


def test_gaussian_mixture_is_the_weighted_sum():
    got = theory.gaussian_mixture(X, means=(-3, 0.5, 2), stds=(0.3, 1, 2), weights=(0.2, 0.3, 0.5))
    want = 0.2 * stats.norm.pdf(X, -3, 0.3) + 0.3 * stats.norm.pdf(X, 0.5) + 0.5 * stats.norm.pdf(X, 2, 2)
    assert np.abs(got - want).max() < 1e-14


def test_gaussian_mixture_weighs_all_components_alike_unless_told():
    want = (stats.norm.pdf(X, -1.5, 0.5) + stats.norm.pdf(X, 1.5, 0.5)) / 2
    assert np.abs(theory.gaussian_mixture(X) - want).max() < 1e-14


@pytest.mark.parametrize("density", [theory.gaussian(X, 1.0, 0.5), theory.gaussian_mixture(X), bump(0.0)])
def test_equal_densities_give_minus_log_4_and_no_divergence(density):
    best = theory.optimal_discriminator(density, density)
    assert np.nanmax(np.abs(best - 0.5)) == 0
    assert abs(theory.value_function(best, density, density, X) + LOG_4) < 1e-6
    assert abs(theory.jensen_shannon(density, density, X)) < 1e-12


def test_disjoint_densities_give_zero_and_log_2():
    p, q = bump(-4), bump(3, width=2.0)
    best = theory.optimal_discriminator(p, q)
    assert abs(theory.value_function(best, p, q, X)) < 1e-6
    assert abs(theory.jensen_shannon(p, q, X) - LOG_2) < 1e-6
    assert theory.kullback_leibler(p, q, X) == math.inf


@pytest.mark.parametrize(("first", "second"), PAIRS)
def test_jensen_shannon_of_two_gaussians_is_the_fine_integral(first, second):
    p, q = theory.gaussian(X, *first), theory.gaussian(X, *second)
    assert abs(theory.jensen_shannon(p, q, X) - jsd_by_quad(first, second)) < 1e-6
    assert abs(theory.jensen_shannon(p, q, X) - theory.jensen_shannon(q, p, X)) < 1e-12


@pytest.mark.parametrize(("first", "second"), PAIRS)
def test_value_at_the_optimum_is_twice_the_divergence_minus_log_4(first, second):
    """Also for densities so far apart that D* rounds to 0 and 1 although neither density is 0 there."""
    p, q = theory.gaussian(X, *first), theory.gaussian(X, *second)
    best = theory.optimal_discriminator(p, q)
    assert abs(theory.value_function(best, p, q, X) - (2 * jsd_by_quad(first, second) - LOG_4)) < 1e-6


@pytest.mark.parametrize(("first", "second"), [((0, 1), (1, 1)), ((0, 1), (0.5, 1.5)), ((-1, 0.8), (0, 1))])
def test_kullback_leibler_of_two_gaussians_is_the_closed_form(first, second):
    (mean_p, std_p), (mean_q, std_q) = first, second
    closed = math.log(std_q / std_p) + (std_p**2 + (mean_p - mean_q) ** 2) / (2 * std_q**2) - 0.5
    p, q = theory.gaussian(X, *first), theory.gaussian(X, *second)
    assert abs(theory.kullback_leibler(p, q, X) - closed) < 1e-6


def test_a_grid_wide_enough_for_densities_to_underflow_changes_nothing():
    x = np.linspace(-50, 50, 20001)
    p, q = theory.gaussian(x), theory.gaussian(x, 1.0)
    assert ((p > 0) & (p < np.finfo(float).tiny)).any()
    assert abs(theory.jensen_shannon(p, q, x) - jsd_by_quad((0, 1), (1, 1))) < 1e-6


@pytest.mark.parametrize(("p", "q"), [(0.3, 0.1), (0.05, 0.9), (12.5, 1.4), (0.7, 0.7)])
def test_no_discriminator_beats_the_optimal_one(p, q):
    found = optimize.minimize_scalar(
        lambda d: -(p * math.log(d) + q * math.log(1 - d)),
        bounds=(1e-9, 1 - 1e-9),
        method="bounded",
        options={"xatol": 1e-10},
    )
    assert abs(theory.optimal_discriminator(p, q) - found.x) < 1e-6


@pytest.mark.parametrize("shift", [-0.3, -0.01, 0.01, 0.3])
def test_any_other_discriminator_has_a_lower_value(shift):
    p, q = theory.gaussian(X, -1), theory.gaussian(X, 1)
    best = theory.optimal_discriminator(p, q)
    other = np.clip(best + shift * best * (1 - best), 0, 1)
    gap = theory.value_function(best, p, q, X) - theory.value_function(other, p, q, X)
    assert 1e-6 < gap < 1


def test_optimal_discriminator_is_undefined_where_nothing_ever_falls():
    best = theory.optimal_discriminator([0.0, 0.2, 0.0], [0.0, 0.0, 0.4])
    assert np.isnan(best[0])
    assert best[1:].tolist() == [1.0, 0.0]


def test_value_of_a_blind_discriminator():
    """D = 0.7 everywhere: V = log 0.7 + log 0.3, whatever the densities."""
    value = theory.value_function(np.full(X.shape, 0.7), theory.gaussian(X, -1), theory.gaussian(X, 1), X)
    assert abs(value - (math.log(0.7) + math.log(0.3))) < 1e-6


@pytest.mark.parametrize("certain", [0.0, 1.0])
def test_being_certain_and_wrong_costs_everything(certain):
    p = theory.gaussian(X)
    assert theory.value_function(np.full(X.shape, certain), p, p, X) == -math.inf


P = theory.gaussian(X)
HALF = np.full(X.shape, 0.5)
BAD_DENSITIES = {
    "negative": np.where(np.abs(X) < 0.1, -0.01, P),
    "nan": np.where(np.abs(X) < 0.1, np.nan, P),
    "infinite": np.where(np.abs(X) < 0.1, np.inf, P),
    "integral of two": 2 * P,
    "integral of 0.99": 0.99 * P,
    "other shape": P[:-1],
}


@pytest.mark.parametrize("bad", BAD_DENSITIES.values(), ids=BAD_DENSITIES)
@pytest.mark.parametrize("place", [0, 1])
@pytest.mark.parametrize("function", ["value_function", "kullback_leibler", "jensen_shannon"])
def test_a_bad_density_is_refused(function, place, bad):
    densities = [P, P]
    densities[place] = bad
    before = [HALF] if function == "value_function" else []
    with pytest.raises(ValueError, match=THREE_PARTS):
        getattr(theory, function)(*before, *densities, X)


@pytest.mark.parametrize("bad", ["negative", "nan", "infinite", "other shape"])
def test_optimal_discriminator_refuses_a_bad_density(bad):
    with pytest.raises(ValueError, match=THREE_PARTS):
        theory.optimal_discriminator(BAD_DENSITIES[bad], P)
    with pytest.raises(ValueError, match=THREE_PARTS):
        theory.optimal_discriminator(P, BAD_DENSITIES[bad])


@pytest.mark.parametrize("x", [X[::-1], X[:-1], np.append(X[:-1], np.nan)], ids=["decreasing", "other shape", "nan"])
def test_a_bad_grid_is_refused(x):
    with pytest.raises(ValueError, match=THREE_PARTS):
        theory.jensen_shannon(P, P, x)


@pytest.mark.parametrize("discriminator", [HALF - 0.51, HALF + 0.51, HALF[:-1], 0.5])
def test_a_discriminator_that_gives_no_probabilities_is_refused(discriminator):
    with pytest.raises(ValueError, match="discriminator.+" + THREE_PARTS):
        theory.value_function(discriminator, P, P, X)


@pytest.mark.parametrize("std", [0, -1.4, math.nan])
def test_a_deviation_that_is_not_positive_is_refused(std):
    with pytest.raises(ValueError, match=THREE_PARTS):
        theory.gaussian(X, 0, std)


@pytest.mark.parametrize("parts", [{"stds": (1,)}, {"weights": (1,)}, {"means": (0, 1, 2)}])
def test_mixture_parts_that_do_not_match_are_refused(parts):
    with pytest.raises(ValueError, match=THREE_PARTS):
        theory.gaussian_mixture(X, **parts)


@pytest.mark.parametrize("grid", [X[::-1], X[:1], None, np.ones_like(X), np.stack([X, X])])
def test_a_grid_that_does_not_increase_is_refused(grid):
    density = theory.gaussian(X)
    with pytest.raises(ValueError, match="grid.+" + THREE_PARTS):
        theory.jensen_shannon(density, density, grid)


def test_a_discriminator_that_is_nan_where_samples_fall_is_refused():
    density = theory.gaussian(X)
    with pytest.raises(ValueError, match="discriminator.+" + THREE_PARTS):
        theory.value_function(np.full_like(X, np.nan), density, density, X)


@pytest.mark.parametrize("weights", [(1, 1), (2, -1), (0.5, np.nan)])
def test_mixture_weights_that_are_no_probabilities_are_refused(weights):
    with pytest.raises(ValueError, match="weights.+" + THREE_PARTS):
        theory.gaussian_mixture(X, weights=weights)
