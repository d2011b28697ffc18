"""The VAE: its bounds lie below the probability computed on a grid, the KL's closed form by SciPy, three backends."""

import keras
import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import chisquare, norm

from gan_course.family.vae import DrawCode, PixelVAE, kl_divergence, negative_log_likelihood

THREE_PARTS = r"Expected.+Received: .+\. \w"
LEVELS = np.array([[0, 1, 16, 3], [4, 4, 4, 4]])


@pytest.fixture(scope="module")
def run_probe(ask_probe):
    return lambda backend: ask_probe("family", "vae", backend=backend)


def test_training_raises_the_bound(probe):
    assert probe["losses"][-1] < probe["losses"][0] - 0.1


def test_the_bounds_lie_below_the_probability_and_rise_to_it(probe):
    true, elbo, few, many = (np.array(probe[k]) for k in ("true", "elbo", "importance_5", "importance_800"))
    assert abs(np.exp(true).sum() - 1) < 1e-4
    assert (elbo < true + 0.2).all()  # a mean over few draws each; on average over pictures there is less noise
    assert (few < true + 0.1).all()
    np.testing.assert_allclose(many, true, atol=0.1)
    assert elbo.mean() < true.mean() + 0.02
    assert elbo.mean() - 0.03 < few.mean() < true.mean() + 0.03


def test_the_loss_that_is_trained_is_minus_the_bound(probe):
    assert abs(probe["loss_of_all"] + probe["elbo_of_all"]) < 0.05


def test_samples_follow_the_probability(probe):
    expected = np.exp(probe["true"])
    assert chisquare(probe["counted"], 20_000 * expected / expected.sum()).pvalue > 1e-4


def test_kl_divergence_by_quadrature_and_by_hand():
    def integrand(x, mean, deviation):
        return norm.pdf(x, mean, deviation) * (norm.logpdf(x, mean, deviation) - norm.logpdf(x))

    mean, deviation = np.array([[0.7, -1.5]]), np.array([[0.5, 2.0]])
    expected = sum(
        quad(integrand, -30, 30, args=(m, s), points=[m])[0] for m, s in zip(mean[0], deviation[0], strict=True)
    )
    found = keras.ops.convert_to_numpy(kl_divergence(mean, np.log(deviation**2)))
    np.testing.assert_allclose(found, [expected], rtol=1e-5)
    np.testing.assert_allclose(keras.ops.convert_to_numpy(kl_divergence(np.zeros((1, 3)), np.zeros((1, 3)))), [0])
    np.testing.assert_allclose(keras.ops.convert_to_numpy(kl_divergence(np.ones((1, 2)), np.zeros((1, 2)))), [1.0])


def test_negative_log_likelihood_by_hand():
    logits = np.log([[[0.25, 0.75], [0.5, 0.5]]]).astype("float32")
    found = keras.ops.convert_to_numpy(negative_log_likelihood(np.array([[1, 0]]), logits))
    np.testing.assert_allclose(found, [-np.log(0.375)], rtol=1e-5)


def test_codes_are_drawn_with_their_mean_and_deviation():
    mean, log_variance = np.full((4000, 1), 2.0, "float32"), np.full((4000, 1), 2 * np.log(0.3), "float32")
    layer = DrawCode(seed=0)
    codes = keras.ops.convert_to_numpy(layer([mean, log_variance]))
    assert abs(codes.mean() - 2) < 0.02
    assert abs(codes.std() - 0.3) < 0.02
    np.testing.assert_allclose([float(loss) for loss in layer.losses], [(0.09 + 4 - 1 - np.log(0.09)) / 2], rtol=1e-5)


def test_beta_weighs_the_divergence():
    mean, log_variance = np.ones((6, 2), "float32"), np.zeros((6, 2), "float32")
    layer = DrawCode(beta=0.25, seed=0)
    layer([mean, log_variance])
    np.testing.assert_allclose([float(loss) for loss in layer.losses], [0.25], rtol=1e-6)
    assert DrawCode.from_config(layer.get_config()).beta == 0.25
    losses = {beta: PixelVAE(pixels=4, hidden=8, latent_dim=2, beta=beta, seed=3) for beta in (1e-6, 1.0, 2.0)}
    for beta, model in losses.items():
        model.network.compile(loss=negative_log_likelihood, jit_compile=False)
        losses[beta] = model.network.evaluate(LEVELS, LEVELS, verbose=0)
    divergence = losses[1.0] - losses[1e-6]  # the three models have the same weights and draw the same codes
    assert divergence > 1e-3
    assert abs(losses[2.0] - losses[1.0] - divergence) < 1e-4


def test_mean_pictures_are_expected_levels():
    model = PixelVAE(pixels=4, levels=3, hidden=8, latent_dim=2)
    model.fit(LEVELS[1:] // 8 + 1, epochs=30, learning_rate=1e-2)
    codes = np.random.default_rng(0).normal(size=(5, 2))
    logits = keras.ops.convert_to_numpy(model.decoder.predict_on_batch(codes.astype("float32"))).astype("float64")
    shares = np.exp(logits) / np.exp(logits).sum(axis=-1, keepdims=True)
    found = model.decode(codes)
    assert found.dtype == "int64"
    np.testing.assert_array_equal(found, np.rint(shares[..., 1] + 2 * shares[..., 2]))


def test_the_reparameterized_gradient_is_right_and_scatters_less_than_the_score_function():
    """The gradient of E[−log p(x|z)] by the mean of z, by both estimators, and by an integral over a fine grid."""
    model = PixelVAE(pixels=4, levels=3, hidden=8, latent_dim=1)
    picture = np.array([[0, 1, 2, 1]])
    model.fit(np.concatenate([picture, 2 - picture]), epochs=60, learning_rate=1e-2)
    mean, deviation, h = 0.3, 0.5, 1e-2

    def cost(codes):
        logits = model.decoder.predict_on_batch(codes.astype("float32"))
        return keras.ops.convert_to_numpy(negative_log_likelihood(np.repeat(picture, len(codes), axis=0), logits))

    def drawn(at):
        given = np.full((4000, 1), at, "float32"), np.full((4000, 1), 2 * np.log(deviation), "float32")
        return keras.ops.convert_to_numpy(DrawCode(seed=1)([*given])).astype("float64")

    grid = np.linspace(mean - 8 * deviation, mean + 8 * deviation, 4001)[:, None]
    weights = norm.pdf(grid[:, 0], mean, deviation) * (grid[1] - grid[0])
    expected = (weights * cost(grid) * (grid[:, 0] - mean)).sum() / deviation**2
    codes = drawn(mean)
    reparameterized = (cost(drawn(mean + h)) - cost(drawn(mean - h))) / (2 * h)  # the same noise, another mean
    score_function = cost(codes) * (codes[:, 0] - mean) / deviation**2
    assert abs(expected) > 0.1
    for gradient in (reparameterized, score_function):
        assert abs(gradient.mean() - expected) < 4 * gradient.std() / np.sqrt(len(gradient)) + 1e-3
    assert score_function.var() > 4 * reparameterized.var()


def test_bad_input_is_refused():
    fitted = PixelVAE(pixels=4, hidden=4, latent_dim=2)
    fitted.fit(LEVELS, epochs=1)
    for call in (
        lambda: PixelVAE(latent_dim=2.5),
        lambda: PixelVAE(beta=0),
        lambda: PixelVAE(pixels=4, latent_dim=2).decode(np.zeros((1, 2))),
        lambda: fitted.decode(np.zeros((1, 3))),
        lambda: PixelVAE(pixels=4).elbo(LEVELS),
        lambda: fitted.fit(LEVELS, epochs=0),
        lambda: fitted.fit(LEVELS, learning_rate=0),
        lambda: fitted.elbo(np.full((1, 4), np.nan)),
        lambda: fitted.elbo(LEVELS, draws=0),
        lambda: fitted.elbo(LEVELS, seed=-1),
        lambda: fitted.log_likelihood_bound(LEVELS, draws=0),
    ):
        with pytest.raises(ValueError, match=THREE_PARTS):
            call()
