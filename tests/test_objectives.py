"""Every objective against SciPy's logarithms and numbers worked out by hand; both penalties against closed forms."""

import keras
import numpy as np
import pytest
from keras import layers, ops
from scipy.special import expit, log_expit, logit
from scipy.stats import kstest

from gan_course import networks, objectives, theory
from gan_course.backend import TrainStep, input_gradient
from gan_course.gan import GAN
from gan_course.objectives import (
    OBJECTIVES,
    energy_based,
    gradient_penalty,
    one_sided_label_smoothing,
    pulling_away,
    r1_penalty,
)

pytestmark = pytest.mark.backends

LOG_2 = np.log(2.0)
REAL, FAKE = [-5.0, 1.4, 12.5], [1.4, -5.0]  # three real samples, two generated


def minus_v(real, fake):
    return -np.mean(log_expit(real)) - np.mean(log_expit(-fake))


BY_HAND = {
    "non_saturating": (minus_v, lambda fake: -np.mean(log_expit(fake))),
    "minimax": (minus_v, lambda fake: np.mean(log_expit(-fake))),
    "least_squares": (
        lambda real, fake: np.mean((real - 1) ** 2) / 2 + np.mean(fake**2) / 2,
        lambda fake: np.mean((fake - 1) ** 2) / 2,
    ),
    "hinge": (
        lambda real, fake: np.mean(np.clip(1 - real, 0, None)) + np.mean(np.clip(1 + fake, 0, None)),
        lambda fake: -np.mean(fake),
    ),
    "wasserstein": (lambda real, fake: np.mean(fake) - np.mean(real), lambda fake: -np.mean(fake)),
}
# The same on REAL and FAKE with pencil and paper: D's loss, G's.
NUMBERS = {
    "non_saturating": (
        (5.006715 + 0.220417 + 0.000004) / 3 + (1.620417 + 0.006715) / 2,
        (0.220417 + 5.006715) / 2,
    ),
    "minimax": ((5.006715 + 0.220417 + 0.000004) / 3 + (1.620417 + 0.006715) / 2, -(1.620417 + 0.006715) / 2),
    "least_squares": ((36 + 0.16 + 132.25) / 6 + (1.96 + 25) / 4, (0.16 + 36) / 4),
    "hinge": (6 / 3 + 2.4 / 2, 3.6 / 2),
    "wasserstein": (-3.6 / 2 - 8.9 / 3, 3.6 / 2),
}
objective = pytest.fixture(params=OBJECTIVES)(lambda request: (request.param, *OBJECTIVES[request.param]))


class Plain:
    """A function that passes for a network without weights."""

    variables = ()

    def __init__(self, function):
        self.function = function

    def __call__(self, x, training):
        assert training
        return self.function(x)


def scores(values):
    return ops.convert_to_tensor(np.reshape(values, (-1, 1)).astype("float32"))


def number(tensor):
    value = ops.convert_to_numpy(tensor)
    assert value.shape == ()
    return float(value)


def slopes(loss, values):
    """Gradient of a loss with respect to every score."""
    return ops.convert_to_numpy(input_gradient(Plain(loss), scores(values))).ravel()


# ------------------------------------------------------------------------------------------------- objectives


def test_every_objective_has_its_oracle():
    assert set(BY_HAND) == set(NUMBERS) == set(OBJECTIVES)


SAVED_NAMES = {
    "cross_entropy": objectives.cross_entropy,
    "saturating": objectives.saturating,
    "non_saturating": objectives.non_saturating,
    "least_squares_d": objectives.least_squares_d,
    "least_squares_g": objectives.least_squares_g,
    "hinge_d": objectives.hinge_d,
    "wasserstein_d": objectives.wasserstein_d,
    "raise_scores": objectives.wasserstein_g,
    "fall": objectives.energy_based_g,
    "Margin": objectives.EnergyMargin,
    "SmoothedCrossEntropy": objectives.SmoothedCrossEntropy,
}


@pytest.mark.parametrize("name", SAVED_NAMES)
def test_the_names_in_saved_files_stay(name):
    assert keras.saving.get_registered_object(f"gan_course>{name}") is SAVED_NAMES[name]
    assert keras.saving.get_registered_name(SAVED_NAMES[name]) == f"gan_course>{name}"


def test_losses_are_those_computed_by_hand(objective):
    name, d_loss, g_loss = objective
    d, g = BY_HAND[name]
    for real, fake in [(REAL, FAKE), ([0.0], [0.3, -0.7, 30.0]), (np.linspace(-9, 20, 17), [-12.5])]:
        expected = d(np.array(real), np.array(fake)), g(np.array(fake))
        assert abs(number(d_loss(scores(real), scores(fake))) - expected[0]) < 1e-5 * (1 + abs(expected[0]))
        assert abs(number(g_loss(scores(fake))) - expected[1]) < 1e-5 * (1 + abs(expected[1]))
    assert abs(number(d_loss(scores(REAL), scores(FAKE))) - NUMBERS[name][0]) < 1e-5
    assert abs(number(g_loss(scores(FAKE))) - NUMBERS[name][1]) < 1e-5


def test_losses_do_not_depend_on_the_shape_of_the_scores(objective):
    _, d_loss, g_loss = objective
    flat = ops.convert_to_tensor(np.array(REAL, "float32")), ops.convert_to_tensor(np.array(FAKE, "float32"))
    assert abs(number(d_loss(*flat)) - number(d_loss(scores(REAL), scores(FAKE)))) < 1e-6
    assert abs(number(g_loss(flat[1])) - number(g_loss(scores(FAKE)))) < 1e-6


def test_real_is_1_and_fake_is_0(objective):
    """D's loss falls when scores of real samples rise and those of fakes fall; G's falls when those of fakes rise."""
    _, d_loss, g_loss = objective
    near = [-0.9, -0.2, 0.0, 0.6, 0.9]  # where no objective is flat
    assert (slopes(lambda s: d_loss(s, scores(FAKE)), near) < 0).all()
    assert (slopes(lambda s: d_loss(scores(REAL), s), np.add(near, 1)) > 0).all()
    assert (slopes(g_loss, near) < 0).all()


def test_no_score_overflows(objective):
    name, d_loss, g_loss = objective
    d, g = BY_HAND[name]
    for real, fake in [(1000.0, -1000.0), (-1000.0, 1000.0)]:
        expected = d(np.array([real]), np.array([fake])), g(np.array([fake]))
        found = number(d_loss(scores(real), scores(fake))), number(g_loss(scores(fake)))
        assert np.abs(np.subtract(found, expected)).max() < 1e-6 * (1 + np.abs(expected).max())
        gradients = [slopes(lambda s: d_loss(s, s), [real, fake]), slopes(g_loss, [real, fake])]
        assert np.isfinite(gradients).all()


@pytest.mark.parametrize("name", ["minimax", "non_saturating"])
def test_a_discriminator_that_knows_nothing(name):
    d_loss, g_loss = OBJECTIVES[name]
    assert abs(number(d_loss(scores([0, 0, 0]), scores([0, 0]))) - 2 * LOG_2) < 1e-6
    expected = {"minimax": -LOG_2, "non_saturating": LOG_2}[name]
    assert abs(number(g_loss(scores([0, 0]))) - expected) < 1e-6


@pytest.mark.parametrize("probability", [0.001, 0.5, 0.999])
def test_where_minimax_stops_pushing_and_non_saturating_does_not(probability):
    """Slopes with respect to the score: −D(G(z)) and −(1 − D(G(z)))."""
    score = [logit(probability)]
    assert abs(slopes(OBJECTIVES["minimax"].g_loss, score)[0] + probability) < 1e-6
    assert abs(slopes(OBJECTIVES["non_saturating"].g_loss, score)[0] + (1 - probability)) < 1e-6


@pytest.mark.parametrize("name", ["minimax", "non_saturating"])
def test_cross_entropy_is_minus_the_value_function(name):
    """Data and model uniform on [0, 1], D any function: the mean over a fine grid is the integral."""
    x = np.linspace(0, 1, 20_001)
    raw = 3 * np.sin(5 * x) + x
    value = theory.value_function(expit(raw), np.ones_like(x), np.ones_like(x), x)
    assert abs(number(OBJECTIVES[name].d_loss(scores(raw), scores(raw))) + value) < 1e-3


def test_the_minimax_generator_minimizes_what_the_discriminator_maximizes():
    d_loss, g_loss = OBJECTIVES["minimax"]
    fixed = number(d_loss(scores(REAL), scores(FAKE))) + number(g_loss(scores(FAKE)))
    other = number(d_loss(scores(REAL), scores([7.0]))) + number(g_loss(scores([7.0])))
    assert abs(fixed - other) < 1e-5


# -------------------------------------------------------------------------------------------------- penalties

SHAPES = [(6,), (3, 2, 1)]  # points, and images of rank 4 with their batch


def samples(shape, count=5, seed=0):
    return np.random.default_rng(seed).normal(size=(count, *shape)).astype("float32")


def linear_critic(shape, norm):
    """A network with score w·x: its gradient is w everywhere. Returns it and w."""
    network = keras.Sequential([keras.Input(shape), layers.Flatten(), layers.Dense(1, use_bias=False)])
    w = np.random.default_rng(1).normal(size=network.layers[-1].kernel.shape).astype("float32")
    w *= norm / np.linalg.norm(w)
    network.layers[-1].kernel.assign(w)
    return network, w


def half_square(x):
    """A critic with score ½‖x‖²: its gradient is x."""
    return 0.5 * ops.sum(ops.square(x), axis=tuple(range(1, len(x.shape))))


def norms(x):
    return np.linalg.norm(x.reshape(len(x), -1).astype(float), axis=1)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("norm", [0.2, 1.0, 3.5])
def test_gradient_penalty_of_a_linear_critic(shape, norm):
    """(‖w‖ − 1)² wherever it is asked, and so 0 for a norm of 1."""
    critic, _ = linear_critic(shape, norm)
    found = number(gradient_penalty(critic, samples(shape), samples(shape, seed=1), seed=3))
    assert abs(found - (norm - 1) ** 2) < 1e-5


@pytest.mark.parametrize("shape", SHAPES)
def test_gradient_penalty_takes_each_samples_own_norm(shape):
    """Real and fake the same, so that every point between them is too."""
    x = samples(shape) * np.arange(1, 6).reshape(-1, *[1] * len(shape)).astype("float32")
    found = number(gradient_penalty(Plain(half_square), x, x, seed=0))
    expected = np.mean((norms(x) - 1) ** 2)
    assert abs(expected - (np.sqrt(np.sum(norms(x) ** 2)) - 1) ** 2) > 1  # what the batch's norm would give
    assert abs(found - expected) < 1e-4 * expected


def between(count, seed, shape=(400,)):
    """Penalty where the gradient's norm is 1 − weight: the mean of weight²."""
    real, fake = np.zeros((count, *shape), "float32"), np.ones((count, *shape), "float32")
    fake /= np.sqrt(np.prod(shape))
    return number(gradient_penalty(Plain(half_square), real, fake, seed))


@pytest.mark.parametrize("shape", [(400,), (20, 20, 1)])
def test_interpolation_weights_are_uniform(shape):
    """One weight a sample: with one a pixel, the norms of 400 pixels would all be near 0.58."""
    seed = keras.random.SeedGenerator(5)
    weights = np.sqrt([between(1, seed, shape) for _ in range(400)])
    assert weights.min() >= 0
    assert weights.max() <= 1 + 1e-6
    assert kstest(weights, "uniform").pvalue > 1e-3


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_each_sample_has_an_interpolation_weight_of_its_own(seed):
    """Otherwise the mean of weight² over the batch would be one weight², and not 1/3."""
    assert abs(between(3000, seed, (4,)) - 1 / 3) < 0.03


def test_real_and_fake_are_interpolated_and_not_extrapolated():
    """Every point lies between 2 and 4, so that every penalty does between (2 − 1)² and (4 − 1)²."""
    real, fake = np.full((1, 1), 2.0, "float32"), np.full((1, 1), 4.0, "float32")
    seed = keras.random.SeedGenerator(0)
    points = [1 + np.sqrt(number(gradient_penalty(Plain(half_square), real, fake, seed))) for _ in range(100)]
    assert 2 - 1e-5 < min(points) < 2.3
    assert 3.7 < max(points) < 4 + 1e-5


def test_an_integer_seed_gives_the_same_points_every_time():
    assert between(3, 7) == between(3, 7)
    assert between(3, 7) != between(3, 8)


@pytest.mark.parametrize("shape", SHAPES)
def test_r1_penalty_by_hand(shape):
    x = samples(shape)
    critic, _ = linear_critic(shape, 3.5)
    assert abs(number(r1_penalty(critic, x)) - 0.5 * 3.5**2) < 1e-4
    assert abs(number(r1_penalty(Plain(half_square), x)) - 0.5 * np.mean(norms(x) ** 2)) < 1e-4


def test_penalties_of_a_flat_critic():
    """Its norm is 0 everywhere: no R1, a gradient penalty of 1, and no NaN in the slope of the norm at 0."""
    critic, _ = linear_critic((6,), 0.0)
    assert number(r1_penalty(critic, samples((6,)))) == 0.0
    assert abs(number(gradient_penalty(critic, samples((6,)), samples((6,)), seed=0)) - 1) < 1e-4
    step(critic, lambda: gradient_penalty(critic, samples((6,)), samples((6,)), seed=0))
    assert np.abs(critic.get_weights()[0]).max() == 0.0


class Stepper(TrainStep, keras.Model):
    """Nothing but `minimize` for one network."""

    def __init__(self, network):
        super().__init__()
        self.network = network


def step(network, loss, rate=0.1):
    """One SGD step down a loss."""
    optimizer = keras.optimizers.SGD(rate)
    optimizer.build(network.trainable_variables)
    Stepper(network).minimize(loss, network, optimizer)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("penalty", ["gradient_penalty", "r1_penalty"])
def test_penalties_are_differentiable_in_the_critics_weights(shape, penalty):
    """Gradients 2 (‖w‖ − 1) w / ‖w‖ and w, for a linear critic."""
    critic, w = linear_critic(shape, 3.5)
    real, fake = samples(shape), samples(shape, seed=1)
    if penalty == "gradient_penalty":
        loss, gradient = (lambda: gradient_penalty(critic, real, fake, seed=0)), 2 * (3.5 - 1) * w / 3.5
    else:
        loss, gradient = (lambda: r1_penalty(critic, real)), w
    step(critic, loss, rate=0.1)
    assert np.abs(critic.get_weights()[0] - (w - 0.1 * gradient)).max() < 1e-5


def test_penalties_leave_the_critics_statistics_alone():
    """Moving averages, and the kernel that SpectralNormalization rescales in every call with training=True."""
    normalized = layers.SpectralNormalization(layers.Dense(4))
    critic = keras.Sequential([keras.Input((6,)), normalized, layers.BatchNormalization(), layers.Dense(1)])
    before = critic.get_weights()
    gradient_penalty(critic, samples((6,)), samples((6,), seed=1), seed=0)
    r1_penalty(critic, samples((6,)))
    assert all((a == b).all() for a, b in zip(before, critic.get_weights(), strict=True))


# ------------------------------------------------------------------------------------- one-sided label smoothing


@pytest.mark.parametrize("label", [0.9, 0.7, 1])
def test_smoothing_gives_real_samples_a_smaller_label_and_generated_ones_none(label):
    d_loss, g_loss = one_sided_label_smoothing(label)
    for real, fake in [(REAL, FAKE), ([0.0], [0.3, -0.7, 30.0])]:
        expected = -np.mean(label * log_expit(real) + (1 - label) * log_expit(-np.array(real)))
        expected -= np.mean(log_expit(-np.array(fake)))
        assert abs(number(d_loss(scores(real), scores(fake))) - expected) < 1e-5
        assert abs(number(g_loss(scores(fake))) - np.mean(-log_expit(fake))) < 1e-5


def test_the_best_smoothed_discriminator_is_the_papers():
    """Where both densities are known, the score at which D's loss is flat gives D = label · p / (p + q)."""
    d_loss, _ = one_sided_label_smoothing(0.8)
    for p, q in [(1.0, 1.0), (3.0, 1.0), (1.0, 5.0)]:
        best = [logit(0.8 * p / (p + q))]
        slope = p * slopes(lambda s: d_loss(s, s) - d_loss(ops.zeros_like(s), s), best)  # of the real term
        slope = slope + q * slopes(lambda s: d_loss(ops.zeros_like(s), s), best)
        assert abs(slope[0]) < 1e-5


@pytest.mark.parametrize("label", [0, -0.1, 1.1, np.nan, "0.9", None, True])
def test_other_labels_are_refused(label):
    with pytest.raises(ValueError, match=r"Invalid label. Expected.+Received: .+\. \w"):
        one_sided_label_smoothing(label)


def test_a_smoothed_gan_comes_back_whole(tmp_path):
    gan = GAN(networks.mlp_generator((2,), 3, units=(4,)), networks.mlp_discriminator((2,), units=(4,)), seed=0)
    gan.compile(objective=one_sided_label_smoothing(0.8))
    gan.save(tmp_path / "gan.keras")
    copy = keras.models.load_model(tmp_path / "gan.keras")
    assert copy.objective.d_loss.label == 0.8
    expected = number(gan.objective.d_loss(scores(REAL), scores(FAKE)))
    assert number(copy.objective.d_loss(scores(REAL), scores(FAKE))) == expected


# ------------------------------------------------------------------------------------------------ energy-based

ENERGIES = [0.25, 1.0, 0.5], [0.5, 3.0]  # of three real samples and two generated ones


@pytest.mark.parametrize(("margin", "d_loss"), [(1.0, 1.75 / 3 + 0.5 / 2), (4.0, 1.75 / 3 + 4.5 / 2), (0.25, 1.75 / 3)])
def test_energies_beyond_the_margin_cost_nothing(margin, d_loss):
    objective = energy_based(margin)
    assert abs(number(objective.d_loss(*map(scores, ENERGIES))) - d_loss) < 1e-6
    assert abs(number(objective.g_loss(scores(ENERGIES[1]))) - 1.75) < 1e-6


def test_energies_are_low_where_the_data_is():
    """D lowers those of real samples and raises those of fakes below the margin; G lowers its own."""
    objective = energy_based(1.0)
    assert (slopes(lambda s: objective.d_loss(s, scores([0.5])), [0.1, 2.0]) > 0).all()
    assert (slopes(lambda s: objective.d_loss(scores([0.5]), s), [0.1, 0.9]) < 0).all()
    assert (slopes(lambda s: objective.d_loss(scores([0.5]), s), [1.1, 2.0]) == 0).all()
    assert (slopes(objective.g_loss, [0.1, 2.0]) > 0).all()


@pytest.mark.parametrize("margin", [0, -1.0, np.inf, np.nan, "1", None, True])
def test_other_margins_are_refused(margin):
    with pytest.raises(ValueError, match=r"Invalid margin\. Expected .* Received: .* Try"):
        energy_based(margin)


def pulling_away_by_the_formula(codes):
    """The paper's double sum, pair by pair."""
    count = len(codes)
    pairs = [(i, j) for i in range(count) for j in range(count) if i != j]
    cosines = [codes[i] @ codes[j] / np.linalg.norm(codes[i]) / np.linalg.norm(codes[j]) for i, j in pairs]
    return sum(np.square(cosines)) / (count * (count - 1))


@pytest.mark.parametrize(
    ("codes", "expected"),
    [
        ([[1, 0], [0, 1]], 0.0),
        ([[1, 0], [1, 1]], 0.5),
        ([[3, 0], [-2, 0], [1, 0]], 1.0),
        ([[1, 0], [0, 2], [5, 5]], (0 + 0.5 + 0.5) / 3),
    ],
)
def test_pulling_away_by_hand(codes, expected):
    assert abs(number(pulling_away(np.array(codes, "float32"))) - expected) < 1e-6
    assert abs(pulling_away_by_the_formula(np.array(codes, "float64")) - expected) < 1e-12


@pytest.mark.parametrize("seed", range(3))
def test_pulling_away_is_the_papers_sum_whatever_the_length_of_the_codes(seed):
    codes = samples((4,), count=7, seed=seed)
    assert abs(number(pulling_away(codes)) - pulling_away_by_the_formula(codes)) < 1e-6
    longer = codes * np.arange(1, 8, dtype="float32")[:, None]
    assert abs(number(pulling_away(longer)) - number(pulling_away(codes))) < 1e-6


def test_a_code_of_zeros_gives_numbers():
    codes = np.array([[0, 0], [1, 0]], "float32")
    assert abs(number(pulling_away(codes))) < 1e-6
    gradient = ops.convert_to_numpy(input_gradient(Plain(pulling_away), ops.convert_to_tensor(codes)))
    assert np.isfinite(gradient).all()


@pytest.mark.parametrize("count", [0, 1])
def test_codes_without_pairs_have_nothing_to_pull_apart(count):
    """A sum over no pairs is 0, and so is its gradient: the last batch of an epoch may be that small."""
    codes = ops.convert_to_tensor(samples((3,), count=count))
    assert number(pulling_away(codes)) == 0.0
    assert (ops.convert_to_numpy(input_gradient(Plain(pulling_away), codes)) == 0.0).all()


@pytest.mark.parametrize("shape", [(4,), (4, 2, 2)])
def test_codes_of_another_shape_are_refused(shape):
    with pytest.raises(ValueError, match=r"Invalid codes\. Expected .* Received: .* Flatten"):
        pulling_away(np.ones(shape, "float32"))
