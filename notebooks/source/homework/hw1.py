# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Homework 1 · The objective function and its theory
#
# **The one idea: everything that a GAN does, it does for one number, V(D, G). Compute that number so that nothing
# breaks it, follow its slope as either player, and then find out how little of it shows in a loss curve.**
#
# It belongs to lessons [01](https://github.com/gan-course/gan-course/blob/main/notebooks/01_generative_vs_discriminative.ipynb),
# [02](https://github.com/gan-course/gan-course/blob/main/notebooks/02_the_objective_function.ipynb) and the equilibrium of lesson
# [04](https://github.com/gan-course/gan-course/blob/main/notebooks/04_the_training_algorithm.ipynb). Plan four hours. (In two trial runs, made from this notebook alone, the
# time that a student needs was estimated at three and
# a quarter to five and a half hours. No students were timed.) It is NumPy throughout: no network, no
# download, a few seconds.
#
# | exercise | points |
# |---|---|
# | 1 · V from raw scores | 3 + 2 + 2 |
# | 2 · Two losses for G, and how hard they push | 5 + 7 |
# | 3 · The best D when classes are not half and half | 6 + 3 |
# | 4 · What a sample tells: the divergence behind V | 8 + 4 |
# | 5 · Train D by hand | 8 + 5 + 4 |
# | 6 · The slope that is left for G | 9 + 5 |
# | 7 · What a pair of losses proves | 5 + 12 |
# | 8 · "The losses are flat, so we are done" (written answer) | 12 |
#
# **How it is graded.** The cells below each exercise are tests. They say what is wrong, and print nothing when
# all is well. Run them as often as you like. You may add imports and helper functions to your own cells. Each test is a function, so the names inside it do not touch yours. When your work is graded, hidden tests call your functions with other inputs: other shapes,
# other numbers, odd cases. So write functions that do what the text says, not what one test asks. Where an exercise has
# several numbers of points, each is for a test of its own. In exercises 1, 3, 4 and 6 the first is for the formula, and the
# others are for the odd cases that the text names, so a right formula gets its points in any case. In 2, 5 and 7 there are two
# functions, and the last 4 points of exercise 5 are for when `ascend` stops.
#
# **What is allowed.** NumPy, SciPy, and the course's `data`, `plots`, `runtime` and `metrics`. What an exercise
# asks for, write yourself (helpers such as `np.logaddexp` or `scipy.special.expit` are fine). No exercise needs the answer to an earlier one, except for the pictures in between.
#
# **Conventions of the course.** Real is 1, generated is 0. A *score* s is any real number, and D = σ(s) =
# 1 / (1 + e^(−s)). Logarithms are natural, so everything is in nats.
#
# **How to hand in.** Fill in the cells that say `YOUR CODE HERE`, and leave all cells in their places: none
# deleted, none renamed. Then Kernel > Restart and Run All, save, and hand in this `.ipynb` (in Colab: File > Download >
# Download .ipynb).

# %% tags=["nbval-ignore-output"]
# Where the course package is missing, on Colab for example, this cell installs it first.
import importlib.util

if importlib.util.find_spec("gan_course") is None:
    print("Installing gan_course from https://github.com/gan-course/gan-course")
    # %pip install --quiet git+https://github.com/gan-course/gan-course

import matplotlib.pyplot as plt
import numpy as np

from gan_course import plots

plots.use_style()
np.set_printoptions(precision=4, suppress=True)
print("ready")

# %% [markdown]
# ## Exercise 1: V from raw scores (3 + 2 + 2 points)
#
# In lesson 02 you wrote V for probabilities. A network that is to be trained gives *scores*, and an early
# discriminator can be very, very sure of itself. Write
#
# $$V(D, G) = \mathbb{E}_{x \sim p_{data}}[\log D(x)] + \mathbb{E}_z[\log(1 - D(G(z)))]$$
#
# (Goodfellow et al. 2014, equation 1) as `value_from_scores(real_scores, fake_scores)`:
#
# * `real_scores`, `fake_scores`: arrays of raw scores, float32 or float64, of shape `(n,)` or `(n, 1)`;
# * returns one number, V, estimated from these samples (3 points);
# * the two batches need not be of the same size, nor of the same shape (2 points);
# * its error is below 1e-4 for every score between −1000 and 1000 (2 points). Convert float32 scores to float64 first: near 2,000 two
#   neighboring float32 numbers are more than 1e-4 apart. Only in this exercise do your functions get such large scores. In the others, scores lie between −30 and 30.


# %% nbgrader={"grade": false, "grade_id": "value_from_scores", "locked": false, "schema_version": 3, "solution": true, "task": false}
def value_from_scores(real_scores, fake_scores):
    """V(D, G) from raw scores of real and of generated samples: one number, in nats."""
    ### BEGIN SOLUTION
    return -np.mean(np.logaddexp(0, -real_scores)) - np.mean(np.logaddexp(0, fake_scores))
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_value_from_scores", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
def test_value_from_scores():
    import numpy as np

    def value_of(real, fake):
        try:
            came = value_from_scores(np.array(real), np.array(fake))
        except ValueError as error:
            shapes = f"{np.shape(real)} and {np.shape(fake)}"
            raise AssertionError(
                f"scores of shapes {shapes} do not go together in it: {error}"
            ) from error
        assert came is not None, "value_from_scores returned nothing. Is there a return?"
        kind = np.shape(came), np.asarray(came).dtype.kind
        assert kind == ((), "f"), (
            f"expected one number, a float; came {type(came).__name__} of shape {np.shape(came)}"
        )
        return float(came)

    came = value_of(np.zeros(4), np.zeros(4))
    assert abs(came + np.log(4)) < 1e-6, (
        f"scores of 0 mean D = ½ for everything, and V = −log 4 = −1.3863; came {came:.4f}"
    )
    sure = np.log([[3.0], [3.0]])  # D = ¾
    came = value_of(sure, -sure)
    assert abs(came - 2 * np.log(3 / 4)) < 1e-6, (
        f"¾ for each real and ¼ for each generated sample make V = 2·log ¾ = −0.5754; came {came:.4f}"
    )
    came = value_of(-sure, sure)
    assert abs(came - 2 * np.log(1 / 4)) < 1e-6, (
        f"¼ for each real and ¾ for each generated sample make V = 2·log ¼ = −2.7726; came {came:.4f}"
    )
    ### BEGIN HIDDEN TESTS
    from scipy.special import log_expit

    rng = np.random.default_rng(11)
    for n in (1, 5, 50):
        real, fake = rng.normal(0.5, 1.5, (n, 1)), rng.normal(-0.5, 1.5, (n, 1))
        expected = log_expit(real).mean() + log_expit(-fake).mean()
        for name, a, b in (
            (f"{n} real and {n} generated samples", real, fake),
            ("scores of shape (n,)", real.ravel(), fake.ravel()),
            ("float32 scores", real.astype("float32"), fake.astype("float32")),
        ):
            came = value_of(a, b)
            assert abs(came - expected) < 1e-4, f"{name}: V = {expected:.4f}; came {came:.4f}"
    ### END HIDDEN TESTS


test_value_from_scores()


# %% nbgrader={"grade": true, "grade_id": "test_value_from_two_batches", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
def test_value_from_two_batches():
    import numpy as np

    def value_of(real, fake):
        try:
            came = value_from_scores(np.array(real), np.array(fake))
        except ValueError as error:
            shapes = f"{np.shape(real)} and {np.shape(fake)}"
            raise AssertionError(
                f"scores of shapes {shapes} do not go together in it: {error}"
            ) from error
        assert came is not None, "value_from_scores returned nothing. Is there a return?"
        kind = np.shape(came), np.asarray(came).dtype.kind
        assert kind == ((), "f"), (
            f"expected one number, a float; came {type(came).__name__} of shape {np.shape(came)}"
        )
        return float(came)

    came = value_of(np.full(4, np.log(3)), np.zeros(6))
    assert abs(came - np.log(3 / 8)) < 1e-6, (
        f"¾ for each of 4 real and ½ for each of 6 generated samples make V = log ¾ + log ½ = −0.9808; came {came:.4f}"
    )
    ### BEGIN HIDDEN TESTS
    from scipy.special import log_expit

    rng = np.random.default_rng(11)
    for n, m in ((7, 3), (2, 50), (1, 4), (5, 5)):
        real, fake = rng.normal(0.5, 1.5, (n, 1)), rng.normal(-0.5, 1.5, (m, 1))
        expected = log_expit(real).mean() + log_expit(-fake).mean()
        for name, a, b in (
            (f"{n} real and {m} generated samples", real, fake),
            ("every real sample shown five times", np.tile(real, (5, 1)), fake),
            ("scores (n,) next to scores (m, 1)", real.ravel(), fake),
            ("scores (n, 1) next to scores (m,)", real, fake.ravel()),
        ):
            came = value_of(a, b)
            assert abs(came - expected) < 1e-4, (
                f"{name}: V = {expected:.4f}; came {came:.4f}. Each expectation has a batch, and a size, of its own"
            )
    ### END HIDDEN TESTS


test_value_from_two_batches()


# %% nbgrader={"grade": true, "grade_id": "test_value_from_sure_scores", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
def test_value_from_sure_scores():
    import numpy as np

    def value_of(real, fake):
        try:
            came = value_from_scores(np.array(real), np.array(fake))
        except ValueError as error:
            shapes = f"{np.shape(real)} and {np.shape(fake)}"
            raise AssertionError(
                f"scores of shapes {shapes} do not go together in it: {error}"
            ) from error
        assert came is not None, "value_from_scores returned nothing. Is there a return?"
        kind = np.shape(came), np.asarray(came).dtype.kind
        assert kind == ((), "f"), (
            f"expected one number, a float; came {type(came).__name__} of shape {np.shape(came)}"
        )
        return float(came)

    came = value_of(np.array([40.0]), np.array([40.0]))
    assert abs(came + 40) < 1e-4, (
        f"a score of 40 for a real and for a generated sample makes V = −40; came {came}. What is rounded, what overflows?"
    )
    ### BEGIN HIDDEN TESTS
    for dtype in ("float32", "float64"):
        for r, f, expected in (
            (1000, -1000, 0),
            (-1000, 1000, -2000),
            (-300, -300, -300),
            (40, 40, -40),
        ):
            came = value_of(np.array([r], dtype), np.array([f], dtype))
            assert abs(came - expected) < 1e-4, (
                f"score {r} for a real, {f} for a generated sample, {dtype}: V = {expected}; came {came}"
            )
    ### END HIDDEN TESTS


test_value_from_sure_scores()

# %% [markdown]
# ## Exercise 2: Two losses for G, and how hard they push (5 + 7 points)
#
# G only sees what D says about its samples. Lesson 02 has two losses for it: the **saturating** one, which is G's
# part of V itself, and the **non-saturating** one, −log D(G(z)), of the last paragraph of the paper's section 3.
#
# Write `generator_losses(scores)`:
#
# * `scores`: the raw scores of a batch of generated samples, an array of any shape;
# * returns a pair `(saturating, non_saturating)` of numbers, each the **mean over the batch**, each with the sign
#   with which an optimizer *minimizes* it.


# %% nbgrader={"grade": false, "grade_id": "generator_losses", "locked": false, "schema_version": 3, "solution": true, "task": false}
def generator_losses(scores):
    """G's losses from raw scores of generated samples: the pair (saturating, non-saturating)."""
    ### BEGIN SOLUTION
    return -np.mean(np.logaddexp(0, scores)), np.mean(np.logaddexp(0, -scores))
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_generator_losses", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
def test_generator_losses():
    import numpy as np

    def losses_of(scores):
        came = generator_losses(np.array(scores))
        kind = type(came).__name__
        assert isinstance(came, tuple | list), (
            f"expected a pair (saturating, non_saturating); came {kind}"
        )
        assert len(came) == 2, f"expected a pair (saturating, non_saturating); came {len(came)} values"
        for name, value in zip(("saturating", "non-saturating"), came, strict=True):
            assert np.shape(value) == (), (
                f"{name}: expected one number for the batch; came shape {np.shape(value)}"
            )
        return tuple(map(float, came))

    saturating, non_saturating = losses_of([np.log(3), np.log(3)])  # D(G(z)) = ¾
    assert abs(saturating - np.log(1 / 4)) < 1e-6, (
        f"D(G(z)) = ¾: the saturating loss is log ¼ = −1.3863; came {saturating:.4f}"
    )
    assert abs(non_saturating + np.log(3 / 4)) < 1e-6, (
        f"D(G(z)) = ¾: the non-saturating loss is −log ¾ = 0.2877; came {non_saturating:.4f}"
    )
    ### BEGIN HIDDEN TESTS
    from scipy.special import log_expit

    names = ("saturating", "non-saturating")
    rng = np.random.default_rng(12)
    for shape in ((1,), (9, 1), (4, 5), (300,)):
        scores = rng.normal(-1, 2, shape)
        for kind, tolerance in (("float64", 1e-4), ("float32", 1e-3)):
            expected = log_expit(-scores).mean(), -log_expit(scores).mean()
            for name, right, came in zip(names, expected, losses_of(scores.astype(kind)), strict=True):
                assert abs(came - right) < tolerance * (1 + abs(right)), (
                    f"{kind} scores of shape {shape}: the {name} loss is {right:.4f}; came {came:.4f}. "
                    "A mean over all samples?"
                )
    lower, higher = losses_of(np.full(3, 0.5)), losses_of(np.full(3, 0.7))
    for name, worse, better in zip(names, lower, higher, strict=True):
        assert better < worse, f"{name}: a higher score is better for G, and its loss should fall"
    ### END HIDDEN TESTS


test_generator_losses()

# %% [markdown]
# A loss is only as good as its slope. Now differentiate both, with pencil and paper, and write
# `generator_pushes(scores)`:
#
# * `scores`: as above, n numbers in an array of any shape;
# * returns a pair of arrays **of the same shape**: the derivative of the saturating, and of the non-saturating loss
#   above with respect to each score. (These are the numbers that backpropagation would start with. Mind that the
#   loss is a mean.)


# %% nbgrader={"grade": false, "grade_id": "generator_pushes", "locked": false, "schema_version": 3, "solution": true, "task": false}
def generator_pushes(scores):
    """d loss / d score, for each score: a pair of arrays (saturating, non-saturating)."""
    ### BEGIN SOLUTION
    believed = np.exp(-np.logaddexp(0, -scores))  # D(G(z)), without overflow
    return -believed / scores.size, -(1 - believed) / scores.size
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_generator_pushes", "locked": true, "points": 7, "schema_version": 3, "solution": false, "task": false}
def test_generator_pushes():
    import numpy as np

    def pushes_of(scores):
        scores = np.array(scores, float)
        came = generator_pushes(scores.copy())
        kind = type(came).__name__
        assert isinstance(came, tuple | list), (
            f"expected a pair (saturating, non_saturating); came {kind}"
        )
        assert len(came) == 2, f"expected a pair (saturating, non_saturating); came {len(came)} values"
        for name, value in zip(("saturating", "non-saturating"), came, strict=True):
            assert np.shape(value) == scores.shape, (
                f"{name}: scores of shape {scores.shape} need as many derivatives; came {np.shape(value)}"
            )
        return tuple(np.asarray(value, float) for value in came)

    saturating, non_saturating = pushes_of([np.log(3)])  # one sample, D(G(z)) = ¾
    assert abs(saturating[0] + 3 / 4) < 1e-6, (
        f"one sample, D(G(z)) = ¾: the saturating loss has slope −0.75; came {saturating[0]:.4f}"
    )
    assert abs(non_saturating[0] + 1 / 4) < 1e-6, (
        f"one sample, D(G(z)) = ¾: the non-saturating loss has slope −0.25; came {non_saturating[0]:.4f}"
    )
    ### BEGIN HIDDEN TESTS
    from scipy.special import log_expit

    names = ("saturating", "non-saturating")
    losses = (lambda s: log_expit(-s).mean(), lambda s: -log_expit(s).mean())
    rng = np.random.default_rng(13)
    for shape in ((2,), (6, 1), (3, 4)):
        scores = rng.normal(-1, 3, shape)
        for name, loss, came in zip(names, losses, pushes_of(scores), strict=True):
            for index in np.ndindex(shape):
                step = np.zeros(shape)
                step[index] = 1e-4
                slope = (loss(scores + step) - loss(scores - step)) / 2e-4
                assert abs(came[index] - slope) < 1e-6, (
                    f"{name}, scores of shape {shape}: when the score {scores[index]:.3f} moves a bit, the mean "
                    f"loss moves {slope:.5f} times as far; came {came[index]:.5f}"
                )
    ### END HIDDEN TESTS


test_generator_pushes()

# %% [markdown]
# The next picture shows your derivatives, the pushes, for scores from −8 to 8. They are multiplied by n, the number of scores, so each curve shows the push in a batch of one sample. Which scores does a good D give to the samples of an untrained generator, and which curve would you rather have there?

# %%
s = np.linspace(-8, 8, 400)
figure, ax = plt.subplots()
for push, color, name in zip(
    generator_pushes(s),
    (plots.CLASSES[0], plots.GENERATED),
    ("saturating", "non-saturating"),
    strict=True,
):
    ax.plot(s, len(s) * push, color=color, label=name)
ax.set(xlabel="score s of a generated sample", ylabel="slope of its loss", title="Who pushes where?")
ax.legend()
plt.show()

# %% [markdown]
# ## Exercise 3: The best D when classes are not half and half (6 + 3 points)
#
# D* = p_data / (p_data + p_model) holds when D sees as many real samples as generated ones. Many loops do something
# else: three batches of fakes for one of real samples, say. Let a share `prior` of all samples that D sees be
# real. Then D ascends
#
# $$\int \big[\,\pi\,p_{data}(x) \log D(x) + (1 - \pi)\,p_{model}(x) \log(1 - D(x))\,\big]\,dx, \qquad \pi = \text{prior}.$$
#
# Find the D that makes this largest, as the paper's proposition 1 does for π = ½, and write
# `best_discriminator(p_data, p_model, prior=0.5)`:
#
# * `p_data`, `p_model`: float arrays of one shape, any shape, the two densities at some points. They stay as they are;
# * `prior`: a number, 0 < prior < 1;
# * returns D's best answers, an array of that shape, in [0, 1] (6 points);
# * densities can be 0, and far out they can be as small as 1e-200, but not smaller. Where *both* are 0 no sample ever falls, and
#   every answer is as good as any other; return `prior` there, which is what one would say before looking (3 points).


# %% nbgrader={"grade": false, "grade_id": "best_discriminator", "locked": false, "schema_version": 3, "solution": true, "task": false}
def best_discriminator(p_data, p_model, prior=0.5):
    """The D that no other beats, where a share `prior` of the samples is real; `prior` where none falls."""
    ### BEGIN SOLUTION
    real, fake = prior * p_data, (1 - prior) * p_model
    seen = real + fake > 0
    return np.where(seen, real / np.where(seen, real + fake, 1), prior)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_best_discriminator", "locked": true, "points": 6, "schema_version": 3, "solution": false, "task": false}
def test_best_discriminator():
    import numpy as np

    def best_of(p_data, p_model, *prior, **named):
        p_data, p_model = np.array(p_data, float), np.array(p_model, float)
        came = best_discriminator(p_data.copy(), p_model.copy(), *prior, **named)
        assert np.shape(came) == p_data.shape, (
            f"densities of shape {p_data.shape} need as many answers; came {np.shape(came)}"
        )
        return np.asarray(came, float)

    came = best_of([0.3, 0.1, 0.1], [0.1, 0.1, 0.3])
    assert np.allclose(came, [0.75, 0.5, 0.25], atol=1e-9), (
        f"half and half: expected [0.75, 0.5, 0.25]; came {came}. Which share of the samples at x is real?"
    )
    came = best_of([0.2, 0.7], [0.2, 0.7], prior=0.9)
    assert np.allclose(came, 0.9, atol=1e-9), (
        f"equal densities, 9 of 10 samples real: D should say 0.9 everywhere; came {came}"
    )
    kept = np.array([0.5, 1.0]), np.array([0.5, 3.0])
    best_discriminator(*kept, 0.5)
    assert [*kept[0], *kept[1]] == [0.5, 1, 0.5, 3], "it changed its inputs. Make new arrays"
    ### BEGIN HIDDEN TESTS
    rng = np.random.default_rng(14)
    answers = np.linspace(0.0005, 0.9995, 1000)
    for prior in (0.1, 0.25, 0.8):
        p, q = rng.uniform(0.01, 2, (2, 3, 4))
        came = best_of(p, q, prior)
        for index in np.ndindex(p.shape):
            gain = prior * p[index] * np.log(answers) + (1 - prior) * q[index] * np.log(1 - answers)
            top = answers[gain.argmax()]
            assert abs(came[index] - top) < 0.0011, (
                f"prior {prior}, p_data {p[index]:.2f}, p_model {q[index]:.2f}: the integrand is largest at "
                f"D = {top:.3f}; came {came[index]:.3f}"
            )
    ### END HIDDEN TESTS


test_best_discriminator()


# %% nbgrader={"grade": true, "grade_id": "test_best_discriminator_of_nothing", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
def test_best_discriminator_of_nothing():
    import numpy as np

    def best_of(p_data, p_model, *prior, **named):
        p_data, p_model = np.array(p_data, float), np.array(p_model, float)
        came = best_discriminator(p_data.copy(), p_model.copy(), *prior, **named)
        assert np.shape(came) == p_data.shape, (
            f"densities of shape {p_data.shape} need as many answers; came {np.shape(came)}"
        )
        return np.asarray(came, float)

    came = best_of([0.0, 0.4, 0.0], [0.0, 0.0, 0.2])
    assert np.allclose(came, [0.5, 1, 0], atol=1e-9), (
        f"where both densities are 0, expected the prior, ½; where only p_data is not, 1; where only p_model is not, 0; came {came}"
    )
    ### BEGIN HIDDEN TESTS
    for prior in (0.1, 0.25, 0.8):
        came = best_of([[0.0], [0.0], [3.0]], [[0.0], [5.0], [0.0]], prior)
        assert np.allclose(came, [[prior], [0], [1]], atol=1e-9), (
            f"prior {prior}, no sample, only fakes, only real ones: expected {prior}, 0, 1; came {came.ravel()}"
        )
    came = best_of([3e-200, 1e-13, 4e5], [1e-200, 1e-13, 1e5])
    assert np.allclose(came, [0.75, 0.5, 0.8], atol=1e-9), (
        f"very small and very large densities: expected [0.75, 0.5, 0.8]; came {came}. "
        "Only their ratio should count"
    )
    ### END HIDDEN TESTS


test_best_discriminator_of_nothing()

# %% [markdown]
# ## Exercise 4: What a sample tells (8 + 4 points)
#
# If you put the best D of exercise 3 back into its integral, you get a divergence plus a constant. With
# $m = \pi\,p + (1 - \pi)\,q$ it is the **Jensen–Shannon divergence with weights** (J. Lin 1991, [Divergence measures based on the Shannon
# entropy](https://doi.org/10.1109/18.61115), section IV)
#
# $$\mathrm{JSD}_\pi(p, q) = \pi\,\mathrm{KL}(p \,\|\, m) + (1 - \pi)\,\mathrm{KL}(q \,\|\, m), \qquad
# \mathrm{KL}(p \,\|\, m) = \int p(x) \log \frac{p(x)}{m(x)}\,dx .$$
#
# In words: how many nats one look at a sample tells, on average, about whether it is real. For π = ½ it is the JSD of
# lesson 02.
#
# Write `jensen_shannon(p, q, x, prior=0.5)`:
#
# * `x`: a grid, increasing, shape `(n,)`. Its points can lie closer together in one place than in another;
# * `p`, `q`: two densities on the grid, each of which integrates to 1;
# * returns one number, in nats (8 points). Integrate with `np.trapezoid`, as in lesson 02;
# * densities can be 0 in places, and 0 · log 0 counts as 0 (4 points). Where they are not 0, they are above 1e-300.


# %% nbgrader={"grade": false, "grade_id": "jensen_shannon", "locked": false, "schema_version": 3, "solution": true, "task": false}
def jensen_shannon(p, q, x, prior=0.5):
    """Jensen–Shannon divergence of two densities on the grid x, with weights prior and 1 − prior, in nats."""
    ### BEGIN SOLUTION
    m = prior * p + (1 - prior) * q

    def kl(density):
        inside = (density > 0) & (m > 0)
        ratio = np.divide(density, m, out=np.ones_like(m), where=inside)
        return np.trapezoid(density * np.log(ratio), x)

    return prior * kl(p) + (1 - prior) * kl(q)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_jensen_shannon", "locked": true, "points": 8, "schema_version": 3, "solution": false, "task": false}
def test_jensen_shannon():
    import numpy as np

    def divergence(p, q, x, *prior, **named):
        came = jensen_shannon(p.copy(), q.copy(), x.copy(), *prior, **named)
        assert came is not None, "it returned nothing. Is there a return?"
        assert np.shape(came) == (), f"expected one number; came an array of shape {np.shape(came)}"
        return float(came)

    x = np.linspace(-8, 8, 1601)
    left, right = (np.exp(-((x - mean) ** 2) / 0.5) / np.sqrt(0.5 * np.pi) for mean in (-4, 4))
    came = divergence(left, left, x)
    assert abs(came) < 1e-6, f"a density compared with itself: expected 0; came {came:.6f}"
    came = divergence(left, right, x)
    assert abs(came - np.log(2)) < 1e-4, f"two distant hills: expected log 2 = 0.6931; came {came:.4f}"
    came = divergence(left, right, x, prior=0.2)
    coin = -0.2 * np.log(0.2) - 0.8 * np.log(0.8)
    assert abs(came - coin) < 1e-4, (
        f"two distant hills, prior 0.2: one look tells all that there is, −0.2·log 0.2 − 0.8·log 0.8 = {coin:.4f}; "
        f"came {came:.4f}"
    )
    ### BEGIN HIDDEN TESTS
    from scipy.integrate import quad
    from scipy.stats import norm

    near, far = norm(0, 1), norm(1.2, 0.6)

    def surprise(t, prior):
        """−m log m, whose integral is the entropy of the mixture m."""
        mixed = prior * near.pdf(t) + (1 - prior) * far.pdf(t)
        return -mixed * np.log(mixed)

    bent = 8 * np.sinh(np.linspace(-3, 3, 2001)) / np.sinh(3)  # close together in the middle
    halves = np.concatenate([np.linspace(-8, 0.5, 300, endpoint=False), np.linspace(0.5, 8, 4000)])
    for prior in (0.5, 0.1, 0.7):
        entropy = quad(surprise, -9, 9, args=(prior,), limit=200)[0]
        exact = entropy - prior * near.entropy() - (1 - prior) * far.entropy()
        for name, grid in (("even", x), ("bent", bent), ("coarse left, fine right", halves)):
            came = divergence(near.pdf(grid), far.pdf(grid), grid, prior)
            assert abs(came - exact) < 2e-4, (
                f"N(0, 1) and N(1.2, 0.6²), prior {prior}, a grid that is {name}: {exact:.4f}; came {came:.4f}"
            )
    one, other = (
        divergence(near.pdf(x), far.pdf(x), x, 0.3),
        divergence(far.pdf(x), near.pdf(x), x, 0.7),
    )
    assert abs(one - other) < 1e-6, (
        "prior belongs to p: (q, p) with 1 − prior should be the same number"
    )
    ### END HIDDEN TESTS


test_jensen_shannon()


# %% nbgrader={"grade": true, "grade_id": "test_jensen_shannon_of_boxes", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
def test_jensen_shannon_of_boxes():
    import numpy as np

    def divergence(p, q, x, *prior, **named):
        came = jensen_shannon(p.copy(), q.copy(), x.copy(), *prior, **named)
        assert came is not None, "it returned nothing. Is there a return?"
        assert np.shape(came) == (), f"expected one number; came an array of shape {np.shape(came)}"
        return float(came)

    x = np.linspace(-2, 2, 4000)  # no point of the grid lies on an edge
    left, right = np.where(x < 0, 0.5, 0.0), np.where(x > 0, 0.5, 0.0)
    came = divergence(left, right, x)
    assert abs(came - np.log(2)) < 2e-3, (
        f"two boxes side by side, each 0 where the other is not: expected log 2 = 0.6931; came {came:.4f}"
    )
    ### BEGIN HIDDEN TESTS
    steps = np.linspace(-1, 3, 8001) + 2.5e-4  # no point of the grid lies on an edge
    narrow = np.where((steps > 0) & (steps < 1), 1.0, 0.0)
    wide = np.where((steps > 0) & (steps < 2), 0.5, 0.0)
    for prior in (0.5, 0.3):
        m1, m2 = prior + (1 - prior) / 2, (1 - prior) / 2  # heights of m where both are, where one is
        exact = prior * np.log(1 / m1) + (1 - prior) * 0.5 * (np.log(0.5 / m1) + np.log(0.5 / m2))
        came = divergence(narrow, wide, steps, prior)
        assert abs(came - exact) < 2e-3, (
            f"uniform on [0, 1] and on [0, 2], prior {prior}: {exact:.4f}; came {came:.4f}. Where is a density 0?"
        )
    ### END HIDDEN TESTS


test_jensen_shannon_of_boxes()

# %% [markdown]
# Exercises 3 and 4 belong together. For a generator that walks away from the data, here is V(D*, G) with your D*
# (dots), and twice your divergence minus log 4 (line). If both are right, the dots lie on the line, all the way from
# −log 4 to 0.


# %%
def gaussian(x, mean, std):
    """Density of N(mean, std²) at x. You may use it in your answers, too."""
    return np.exp(-0.5 * ((x - mean) / std) ** 2) / (std * np.sqrt(2 * np.pi))


# %%
x = np.linspace(-7, 14, 2101)
shifts, at_best, from_jsd = np.linspace(0, 7, 29), [], []
p = gaussian(x, 0, 1)
for shift in shifts:
    q = gaussian(x, shift, 1)
    best = best_discriminator(p, q)
    at_best.append(np.trapezoid(p * np.log(best) + q * np.log(best_discriminator(q, p)), x))
    from_jsd.append(2 * jensen_shannon(p, q, x) - np.log(4))

# %%
figure, ax = plt.subplots()
ax.plot(shifts, from_jsd, color=plots.GENERATED, label="2·JSD − log 4")
ax.plot(shifts, at_best, "o", ms=4, color=plots.DISCRIMINATOR, label="V(D*, G)")
ax.set(xlabel="shift of p_model from p_data, in standard deviations", ylabel="V, in nats")
ax.set_title("The best D turns V into a divergence, and the divergence goes flat")
ax.legend()
plt.show()
print(f"V(D*, G) from {at_best[0]:.4f} to {at_best[-1]:.4f}")

# %% [markdown]
# ## Exercise 5: Train D by hand (8 + 5 + 4 points)
#
# In this exercise you have samples only, and no densities. The discriminator is very small. Its score is a weighted
# sum of given features of x, so D(x) = σ(w · φ(x)). With φ(x) = (1, x, x²) it can represent the D* of any two Gaussians.
#
# You train it as line 5 of the paper's algorithm 1 says (lesson 04 prints it): **ascend** V. For that you need the gradient of V. Write
# `value_gradient(w, real, fake)`:
#
# * `w`: weights `(k,)`; `real`: features of real samples `(n, k)`; `fake`: features of generated ones `(m, k)`, with m
#   not always equal to n;
# * returns ∂V/∂w, shape `(k,)`, where V is what exercise 1 makes of the scores.


# %% nbgrader={"grade": false, "grade_id": "value_gradient", "locked": false, "schema_version": 3, "solution": true, "task": false}
def value_gradient(w, real, fake):
    """The gradient of V in the weights w of D = σ(features · w): an array (k,)."""
    ### BEGIN SOLUTION
    doubt_of_real = np.exp(-np.logaddexp(0, real @ w))  # 1 − D(x)
    trust_in_fake = np.exp(-np.logaddexp(0, -(fake @ w)))  # D(G(z))
    return doubt_of_real @ real / len(real) - trust_in_fake @ fake / len(fake)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_value_gradient", "locked": true, "points": 8, "schema_version": 3, "solution": false, "task": false}
def test_value_gradient():
    import numpy as np

    def gradient_of(w, real, fake):
        w, real, fake = (np.array(values, float) for values in (w, real, fake))
        came = value_gradient(w.copy(), real.copy(), fake.copy())
        assert np.shape(came) == w.shape, (
            f"{len(w)} weights need a gradient of shape {w.shape}; came {np.shape(came)}"
        )
        return np.asarray(came, float)

    came = gradient_of([0.0, 0.0], [[1, 2], [1, 4], [1, 3]], [[1, -3], [1, 0], [1, 0]])
    assert np.allclose(came, [0, 2], atol=1e-6), (
        "w = 0 says ½ to everything: the gradient is half the difference of the mean features, "
        f"½·([1, 3] − [1, −1]) = [0, 2]; came {came}"
    )
    came = gradient_of([np.log(3)], [[1.0]], [[1.0]])
    assert np.allclose(came, [-0.5], atol=1e-6), (
        f"one sample of each kind, both at D = ¾: ∂V/∂w = (1 − ¾) − ¾ = −0.5; came {came}"
    )
    ### BEGIN HIDDEN TESTS
    from scipy.optimize import minimize
    from scipy.special import expit, log_expit

    def V(w, real, fake):
        return log_expit(real @ w).mean() + log_expit(-(fake @ w)).mean()

    rng = np.random.default_rng(15)
    for n, m, k in ((1, 1, 1), (4, 9, 3), (30, 5, 5), (3, 3, 3)):
        w, real, fake = rng.normal(size=k), rng.normal(1, 2, (n, k)), rng.normal(-1, 2, (m, k))
        slopes = [(V(w + h, real, fake) - V(w - h, real, fake)) / 2e-5 for h in 1e-5 * np.eye(k)]
        came = gradient_of(w, real, fake)
        assert np.allclose(came, slopes, atol=1e-6), (
            f"{n} real and {m} generated samples, {k} features: V's slopes are {np.round(slopes, 4)}, "
            f"measured by moving each weight a bit; came {np.round(came, 4)}"
        )
    # D* of N(0, 1) against N(1, 1) has the score ½ − x. The best weights for 20,000 samples of each kind differ from it
    # by chance, with the inverse of these samples' Fisher information as variance. We allow five deviations.
    real, fake = (np.stack([np.ones(20_000), rng.normal(mean, 1, 20_000)], axis=1) for mean in (0, 1))
    found = minimize(
        lambda w: -V(w, real, fake),
        np.zeros(2),
        jac=lambda w: -gradient_of(w, real, fake),
        method="BFGS",
    )
    seen = np.concatenate([real, fake])
    doubt = expit(seen @ [0.5, -1]) * expit(-(seen @ [0.5, -1]))
    allowed = 5 * np.sqrt(np.diag(np.linalg.inv((seen * doubt[:, None]).T @ seen)))
    assert (np.abs(found.x - [0.5, -1]) < allowed).all(), (
        f"climbing with your gradient ends at weights {np.round(found.x, 3)}; D* has [0.5, −1], give or take "
        f"{np.round(allowed, 3)} for the luck of the samples"
    )
    ### END HIDDEN TESTS


test_value_gradient()

# %% [markdown]
# And now climb. Write `ascend(gradient, start, rate, tolerance, most=10_000)`:
#
# * `gradient`: a function that takes weights `(k,)` and returns the gradient `(k,)` there; `start`: the first weights,
#   float, `(k,)`, which must stay as they are;
# * each step is plain gradient **ascent** with the learning rate `rate`;
# * returns the whole path, an array `(steps + 1, k)`: the start, and the weights after each step, so that the last row is
#   where you stopped (5 points);
# * look at the gradient before each step, also before the first one. If *every* component of it is smaller than `tolerance` in absolute value,
#   stop without this step. After `most` steps, stop in any case (4 points).


# %% nbgrader={"grade": false, "grade_id": "ascend", "locked": false, "schema_version": 3, "solution": true, "task": false}
def ascend(gradient, start, rate, tolerance, most=10_000):
    """Plain gradient ascent until |gradient| < tolerance in every component. Returns the path (steps + 1, k)."""
    ### BEGIN SOLUTION
    path = [np.array(start)]
    for _ in range(most):
        slope = gradient(path[-1])
        if np.abs(slope).max() < tolerance:
            break
        path.append(path[-1] + rate * slope)
    return np.array(path)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_ascend", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
def test_ascend():
    import numpy as np

    def path_of(gradient, start, *arguments, **named):
        calls, start = [], np.array(start, float)
        kept = start.copy()

        def counted(w):
            calls.append(1)
            assert len(calls) < 60_000, (
                "still climbing after 60,000 gradients. What should have stopped it?"
            )
            return gradient(np.array(w))

        came = ascend(counted, start, *arguments, **named)
        shape = np.shape(came)
        assert (len(shape), *shape[1:]) == (2, *start.shape), (
            f"expected the path, an array (steps + 1, {len(start)}); came shape {shape}"
        )
        assert np.array_equal(start, kept), (
            f"`start` was {kept} and is {start} now. It must stay as it was"
        )
        return np.asarray(came, float)

    came = path_of(lambda w: 3 - w, [-1.0], 0.5, 0.3).ravel()
    assert [*came.round(9)] == [-1, 1, 2, 2.5, 2.75], (
        f"slope 3 − w, start −1, rate 0.5, tolerance 0.3: the path is −1, 1, 2, 2.5, 2.75; came {came[:8]}"
    )
    ### BEGIN HIDDEN TESTS
    rng = np.random.default_rng(16)
    for k, rate, tolerance in ((2, 0.2, 1e-3), (4, 0.1, 1e-5), (1, 0.05, 1e-2)):
        turn = np.linalg.qr(rng.normal(size=(k, k)))[0]
        bend = turn @ np.diag(np.linspace(0.5, 3, k)) @ turn.T
        top, start = rng.normal(size=(2, k))
        came = path_of(lambda w: bend @ (top - w), start, rate, tolerance)  # noqa: B023
        assert np.allclose(came[0], start), f"the path begins at {came[0]}; expected the start, {start}"
        for step in (1, len(came) // 2, len(came) - 1):
            by_formula = np.linalg.matrix_power(np.eye(k) - rate * bend, step) @ (start - top) + top
            assert np.allclose(came[step], by_formula, atol=1e-9), (
                f"after {step} steps up a bowl turned over, expected {by_formula}; came {came[step]}"
            )
    ### END HIDDEN TESTS


test_ascend()


# %% nbgrader={"grade": true, "grade_id": "test_ascend_stops", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
def test_ascend_stops():
    import numpy as np

    calls = [0]

    def end_of(gradient, start, *arguments, **named):
        """How many rows the path has, and the last of them."""
        calls[0] = 0

        def counted(w):
            calls[0] += 1
            assert calls[0] < 60_000, (
                "still climbing after 60,000 gradients. What should have stopped it?"
            )
            return gradient(np.array(w))

        came = ascend(counted, np.array(start, float), *arguments, **named)
        assert np.ndim(came) == 2, (
            f"expected the path, an array (steps + 1, k); came shape {np.shape(came)}"
        )
        return len(came), np.asarray(came[-1], float)

    rows, _ = end_of(lambda w: 3 - w, [-1.0], 0.5, 0.0, most=2)
    assert rows == 3, f"most=2 allows two steps, so three rows; came {rows}"
    rows, _ = end_of(lambda w: 3 - w, [3.0], 0.5, 0.1)
    assert rows == 1, f"no slope at the start: expected a path of one row; came {rows}"
    ### BEGIN HIDDEN TESTS
    from scipy.special import expit

    rows, _ = end_of(lambda w: np.array([0.0, -5.0]) - w, [0.0, 0.0], 1.0, 0.1)
    assert rows == 2, f"slopes 0 and −5 are not *all* small: one step and two rows; came {rows} rows"
    for tolerance in (0.3, 0.05, 1e-6):  # at step t the slope is 2⁻ᵗ
        rows, _ = end_of(lambda w: -w, [1.0, -1.0, 1.0], 0.5, tolerance)
        steps = int(np.floor(-np.log2(tolerance))) + 1
        assert rows == steps + 1, (
            f"slopes ±1, ±½, ±¼, … in each component: the first below {tolerance} come after {steps} steps; came {rows - 1} steps"
        )
    rows, _ = end_of(lambda w: 0 * w + 1, [0.0], 0.1, 0.5)
    assert rows == 10_001, (
        f"a slope that never ends: 10,000 steps unless told otherwise; came {rows - 1}"
    )
    points, weights = np.polynomial.hermite_e.hermegauss(
        60
    )  # exact expectations over N(0, 1) and N(1, 1)
    real, fake = np.stack([np.ones(60), points], 1), np.stack([np.ones(60), points + 1], 1)
    weights = weights / weights.sum()

    def slope(w):
        return (weights * expit(-real @ w)) @ real - (weights * expit(fake @ w)) @ fake

    rows, last = end_of(slope, [0.0, 0.0], 0.5, 1e-6)
    assert np.allclose(last, [0.5, -1], atol=1e-4), (
        f"up V it ends at {last}; D* has the weights [0.5, −1]"
    )
    ### END HIDDEN TESTS


test_ascend_stops()

# %% [markdown]
# Put your two functions together: 4,000 samples of each kind, features 1, x and x², and a D that climbs until no slope is
# above 0.0005. Has it found D*?


# %%
def features(x):
    """φ(x) = (1, x, x²) for each x: an array (n, 3)."""
    return np.stack([np.ones_like(x), x, x**2], axis=1)


rng = np.random.default_rng(0)
real, fake = features(rng.normal(0, 1, 4000)), features(rng.normal(1.5, 0.8, 4000))
path = ascend(lambda w: value_gradient(w, real, fake), np.zeros(3), 0.3, 5e-4)

x = np.linspace(-4, 4, 401)
p_data, p_model = gaussian(x, 0, 1), gaussian(x, 1.5, 0.8)
learned = 1 / (1 + np.exp(-features(x) @ path[-1]))
gap = np.abs(learned - best_discriminator(p_data, p_model)).max()
print(f"D within 0.05 of D* everywhere on the grid: {gap < 0.05}")

# %%
ax = plots.densities(x, p_data, p_model, discriminator=learned)
best = best_discriminator(p_data, p_model)
ax.child_axes_d.plot(x, best, "--", color=plots.ACCENT, lw=1.6, label=r"$D^*$ by formula")
ax.set_title("Climbing V on samples finds D*", pad=28)
plots.legend_above(ax)
plt.show()

# %% [markdown]
# ## Exercise 6: The slope that is left for G (9 + 5 points)
#
# Now it is G's turn. G makes N(θ, std²), and D answers every move of G with D*, for prior ½. So G is at a point of the curve
# V(D*, G) = 2·JSD − log 4, which you saw after exercise 4. The slope of this curve in θ is all that G learns from D. It looks
# hard to compute, since D* changes with θ, too. It is not hard: D* is at the *top* of V, so to first order a small change of D does not change V (the envelope
# theorem). Only p_model in the second term has to be differentiated:
#
# $$\frac{d}{d\theta} V(D^*, G_\theta) = \int \frac{\partial p_{model}(x)}{\partial \theta} \, \log\big(1 - D^*(x)\big)\,dx .$$
#
# Work out ∂p_model/∂θ by hand and write `generator_slope(p_data, theta, std, x)`:
#
# * `x`: an increasing grid, `(n,)`, not always even; `p_data`: a density on it;
# * `theta`, `std`: mean and standard deviation of G's Gaussian, numbers;
# * returns the slope, one number, within 1e-5 of what `np.trapezoid` gives for this integral on this grid (9 points). You can
#   check it on a grid that holds nearly all of both densities: move θ a bit to both sides and see how far 2·JSD moves;
# * it is right, and finite, in three hard cases, too: `p_data` is 0 in places, or G is so far away that its density at the data is
#   rounded to 0, or D* is rounded to 1, so that 1 − D* would be 0 (5 points). The smallest positive floats need care as well: 5e-324 / 2 is rounded to 0, and 1 /
#   5e-324 is infinite. You avoid both if you subtract logarithms of densities and do not divide densities.


# %% nbgrader={"grade": false, "grade_id": "generator_slope", "locked": false, "schema_version": 3, "solution": true, "task": false}
def generator_slope(p_data, theta, std, x):
    """d/dθ of V(D*, G) = 2·JSD − log 4 for a generator that makes N(theta, std²)."""
    ### BEGIN SOLUTION
    p_model = np.exp(-0.5 * ((x - theta) / std) ** 2) / (std * np.sqrt(2 * np.pi))
    moved = p_model * (x - theta) / std**2
    # 1 − D* as a share of its own: 1 minus a D* that was rounded to 1 would be 0.
    share = np.divide(p_model, p_data + p_model, out=np.ones_like(x), where=p_model > 0)
    return np.trapezoid(moved * np.log(share), x)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_generator_slope", "locked": true, "points": 9, "schema_version": 3, "solution": false, "task": false}
def test_generator_slope():
    import numpy as np

    def bell(x, mean, std):
        return np.exp(-0.5 * ((x - mean) / std) ** 2) / (std * np.sqrt(2 * np.pi))

    def slope_of(p_data, theta, std, x):
        came = generator_slope(p_data.copy(), theta, std, x.copy())
        assert came is not None, "it returned nothing. Is there a return?"
        assert np.shape(came) == (), f"expected one number; came an array of shape {np.shape(came)}"
        assert np.isfinite(came), f"theta {theta}, std {std}: expected a finite slope; came {came}"
        return float(came)

    x = np.linspace(-12, 12, 2401)
    came = slope_of(bell(x, 0, 1), 0.0, 1.0, x)
    assert abs(came) < 1e-6, (
        f"G makes the data itself, the bottom of the curve: slope 0; came {came:.6f}"
    )
    uphill = slope_of(bell(x, 0, 1), 1.0, 1.0, x)
    assert uphill > 0, (
        f"at θ = 1 a step to the right makes V larger: expected a slope above 0; came {uphill:.4f}"
    )
    downhill = slope_of(bell(x, 0, 1), -1.0, 1.0, x)
    assert abs(uphill + downhill) < 1e-6, (
        f"at θ = −1 expected the opposite of {uphill:.4f}; came {downhill:.4f}"
    )
    ### BEGIN HIDDEN TESTS
    from gan_course.theory import jensen_shannon as divergence_of

    def measured(p_data, theta, std, x, h=1e-3):
        """Four values of 2·JSD around theta, and from them the slope."""
        v = [2 * divergence_of(p_data, bell(x, theta + i * h, std), x) for i in (-2, -1, 1, 2)]
        return (v[0] - 8 * v[1] + 8 * v[2] - v[3]) / (12 * h)

    bent = 12 * np.sinh(np.linspace(-2, 2, 3001)) / np.sinh(2)

    for grid in (x, bent):
        hills = 0.3 * bell(grid, -2, 0.8) + 0.7 * bell(grid, 1.5, 0.9)
        for name, p, theta, std in (
            ("N(0, 1)", bell(grid, 0, 1), 0.5, 1.0),
            ("N(0, 1)", bell(grid, 0, 1), -1.3, 1.2),
            ("N(0, 1)", bell(grid, 0, 1), 1.0, 1.7),
            ("two hills", hills, 0.5, 1.5),
            ("two hills", hills, -2.0, 1.3),
        ):
            expected, came = measured(p, theta, std, grid), slope_of(p, theta, std, grid)
            assert abs(came - expected) < 1e-5, (
                f"{name}, G makes N({theta}, {std}²): 2·JSD − log 4, measured to both sides of θ, has the slope "
                f"{expected:.5f}; came {came:.5f}"
            )
    ### END HIDDEN TESTS


test_generator_slope()


# %% nbgrader={"grade": true, "grade_id": "test_generator_slope_far_away", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
def test_generator_slope_far_away():
    import numpy as np

    def far_slope(p_data, theta, std, x):
        came = generator_slope(p_data.copy(), theta, std, x.copy())
        assert came is not None, "it returned nothing. Is there a return?"
        assert np.shape(came) == (), f"expected one number; came an array of shape {np.shape(came)}"
        assert np.isfinite(came), f"theta {theta}, std {std}: expected a finite slope; came {came}"
        return float(came)

    x = np.linspace(-60, 60, 12_001)
    needle = np.exp(-0.5 * (x / 0.25) ** 2) / (0.25 * np.sqrt(2 * np.pi))
    came = far_slope(needle, 9.0, 0.5, x)
    assert abs(came) < 1e-6, (
        f"data around 0, G around 9: nothing overlaps, so the slope is 0; came {came:.6f}"
    )
    ### BEGIN HIDDEN TESTS
    bent = 60 * np.sinh(np.linspace(-4, 4, 8001)) / np.sinh(4)
    sharp = np.exp(-0.5 * (bent / 0.25) ** 2) / (0.25 * np.sqrt(2 * np.pi))
    inside = np.where(np.abs(bent) < 2, 1.0, 0.0)
    for theta in (5.0, -9.0, -25.0, 45.0):
        for p, grid in ((needle, x), (sharp, bent), (inside / np.trapezoid(inside, bent), bent)):
            came = far_slope(p, theta, 0.2, grid)
            assert abs(came) < 1e-6, (
                f"data around 0, G at {theta}: nothing overlaps, slope 0; came {came:.6f}"
            )
    from gan_course.theory import jensen_shannon as divergence_of

    def bell(x, mean, std):
        return np.exp(-0.5 * ((x - mean) / std) ** 2) / (std * np.sqrt(2 * np.pi))

    box = np.where(np.abs(x) < 2, 1.0, 0.0)
    box = box / np.trapezoid(box, x)
    for name, p, theta, std in (
        ("a box from −2 to 2", box, -1.3, 0.6),
        ("a box from −2 to 2", box, 0.5, 1.0),
        ("a needle at 1", bell(x, 1, 0.1), 0.0, 1.5),
        ("N(0, 1) under a narrow G", bell(x, 0, 1), 0.5, 0.2),
    ):
        v = [2 * divergence_of(p, bell(x, theta + i * 1e-3, std), x) for i in (-2, -1, 1, 2)]
        expected, came = (v[0] - 8 * v[1] + 8 * v[2] - v[3]) / 12e-3, far_slope(p, theta, std, x)
        assert abs(came - expected) < 1e-4, (
            f"{name}, G makes N({theta}, {std}²): the slope is {expected:.5f}; came {came:.5f}"
        )
    # Where nothing but the tails meet, the slope is small, and it is not 0.
    x = x[np.abs(x) < 30]  # farther out, densities are too small for a float with all its digits
    p = np.exp(-0.5 * x**2) / np.sqrt(2 * np.pi)
    near, far = far_slope(p, 4.0, 1.0, x), far_slope(p, 6.0, 1.0, x)
    assert 0 < far < near, (
        f"from θ = 4 to θ = 6 the slope shrinks and stays above 0; came {near:.2g}, {far:.2g}"
    )
    ### END HIDDEN TESTS


test_generator_slope_far_away()

# %% [markdown]
# Here is plain gradient descent on θ with your slope, from four starts. The data is N(0, 1), and G makes N(θ, 1).
#
# **Predict before you run:** which of the four arrive within 60 steps?

# %%
x = np.linspace(-20, 20, 4001)
figure, ax = plt.subplots()
for start, color in zip((1, 3, 5, 8), (*plots.CLASSES, plots.GENERATED, plots.ACCENT), strict=True):
    thetas = [float(start)]
    for _ in range(60):
        thetas.append(thetas[-1] - generator_slope(gaussian(x, 0, 1), thetas[-1], 1, x))
    ax.plot(thetas, color=color, label=f"from θ = {start}")
    slope = abs(generator_slope(gaussian(x, 0, 1), start, 1, x))
    print(
        f"from θ = {start}: first slope {slope:.1e}, after 60 steps θ = {round(thetas[-1], 2) + 0.0:.2f}"
    )
ax.set(xlabel="step", ylabel="θ", title="The farther from the data, the less G is told")
ax.legend()
plt.show()

# %% [markdown]
# Three arrive, the nearest first. The fourth, from θ = 8, hardly moves, because the curve is nearly flat there. D* is right about nearly every
# sample of this generator, and just for that reason it cannot show G a direction.
#
# ## Exercise 7: What a pair of losses proves (5 + 12 points)
#
# Your training loop prints two numbers. The first is D's loss: it is −V, the sum of D's two cross-entropies. The second is G's non-saturating
# loss. At equilibrium they are 2·log 2 = 1.386 and log 2 = 0.693 (lesson 04). What can you conclude from them?
#
# First from D's loss. Your D is *some* discriminator, not D*. No discriminator has a larger V than D*, and V(D*, G) is
# 2·JSD − log 4. So a loss says something about the JSD of your generator, for **any** D. Write
# `jsd_at_least(d_loss)`:
#
# * `d_loss`: D's expected loss, a number ≥ 0. (Expected: over all of p_data and p_model. On a few samples that D has
#   learned by heart it would prove nothing.)
# * returns the best lower bound: the largest number b such that the JSD of p_data and
# p_model is *certainly* at least b, whichever D has this loss. It depends on `d_loss` alone. (A JSD is never negative.)


# %% nbgrader={"grade": false, "grade_id": "jsd_at_least", "locked": false, "schema_version": 3, "solution": true, "task": false}
def jsd_at_least(d_loss):
    """The best lower bound of the JSD that follows from D's loss −V alone, in nats."""
    ### BEGIN SOLUTION
    return max(0.0, np.log(2) - d_loss / 2)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_jsd_at_least", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
def test_jsd_at_least():
    import numpy as np

    def bound_of(d_loss):
        came = jsd_at_least(d_loss)
        assert came is not None, "it returned nothing. Is there a return?"
        assert np.shape(came) == (), f"expected one number; came an array of shape {np.shape(came)}"
        return float(came)

    came = bound_of(0.0)
    assert abs(came - np.log(2)) < 1e-9, (
        f"a loss of 0 means that D is never wrong: the JSD is log 2 = 0.6931, the most there is; came {came:.4f}"
    )
    ### BEGIN HIDDEN TESTS
    from scipy.special import log_expit

    from gan_course import theory

    x = np.linspace(-12, 12, 2401)
    p = theory.gaussian_mixture(x, (-1.5, 1.5), (0.5, 0.5))
    rng = np.random.default_rng(17)
    for mean, std in ((0, 1.5), (1, 0.5), (-3, 1), (5, 0.7)):
        q = theory.gaussian(x, mean, std)
        truth, best = theory.jensen_shannon(p, q, x), theory.optimal_discriminator(p, q)
        came = bound_of(-theory.value_function(best, p, q, x))
        assert abs(came - truth) < 1e-6, (
            f"this is the loss of D* itself, so the JSD is known: {truth:.4f}; you are certain of {came:.4f}"
        )
        for a, b, c in rng.normal(0, 0.7, (20, 3)):
            score = a + b * x + c * np.cos(x)
            d_loss = -np.trapezoid(p * log_expit(score) + q * log_expit(-score), x)
            came = bound_of(d_loss)
            assert 0 <= came <= truth + 1e-6, (
                f"a D of loss {d_loss:.4f} and a generator of JSD {truth:.4f}: you were certain of {came:.4f}"
            )
    for d_loss, expected in ((1.0, np.log(2) - 0.5), (np.log(4), 0), (5.0, 0), (300.0, 0)):
        came = bound_of(d_loss)
        assert abs(came - expected) < 1e-9, (
            f"a loss of {d_loss:.4g}: {'you were certain of too much' if came > expected else 'more is certain'}; "
            f"came {came:.4f}"
        )
    ### END HIDDEN TESTS


test_jsd_at_least()

# %% [markdown]
# Now from the pair. Surely, when D's loss is 2·log 2 *and* G's loss is log 2, D must say ½ to everything?
#
# Show that it need not. Suppose that D says `d_real`, more than ½, to every real sample. Find scores of generated samples for
# which the two losses are those of equilibrium nevertheless. Write `fakes_that_hide(d_real)`:
#
# * `d_real`: what D says to each real sample, a number from 0.52 to 0.98;
# * returns an array of as many raw scores of generated samples as you like, shape `(n,)`, for which D's loss is 2·log 2
#   and G's non-saturating loss is log 2, both within 1e-6.
#
# Two distinct scores are enough. Write down, for one generated sample of score s, its part of D's loss and its part of G's
# loss, and look at their difference. What must the mean score be? You may search for the rest with a root finder of
# `scipy.optimize` (a minimizer of squared errors stops too early for 1e-6), or by halving an interval.


# %% nbgrader={"grade": false, "grade_id": "fakes_that_hide", "locked": false, "schema_version": 3, "solution": true, "task": false}
def fakes_that_hide(d_real):
    """Scores (n,) of generated samples that make both losses look like equilibrium, though D says d_real."""
    ### BEGIN SOLUTION
    from scipy.optimize import brentq

    middle = np.log(
        2 * d_real
    )  # the two parts differ by s itself, so this is what s must be on average

    def too_much(apart):
        return np.mean(np.logaddexp(0, [-middle - apart, -middle + apart])) - np.log(2)

    apart = brentq(too_much, 0, 50, xtol=1e-12)  # the wider apart, the larger G's loss
    return np.array([middle - apart, middle + apart])
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_fakes_that_hide", "locked": true, "points": 12, "schema_version": 3, "solution": false, "task": false}
def test_fakes_that_hide():
    import numpy as np

    def hides(d_real):
        came = fakes_that_hide(d_real)
        assert came is not None, "it returned nothing. Is there a return?"
        assert np.ndim(came) == 1, f"expected scores of shape (n,); came shape {np.shape(came)}"
        assert len(came) > 0, "expected at least one score; came an empty array"
        scores = np.asarray(came, float)
        assert np.isfinite(scores).all(), f"expected finite scores; came {scores[:5]}"
        g_loss = np.logaddexp(0, -scores).mean()
        d_loss = -np.log(d_real) + np.logaddexp(0, scores).mean()
        assert abs(g_loss - np.log(2)) < 1e-6, (
            f"d_real = {d_real}: G's loss is {g_loss:.7f}; expected log 2 = {np.log(2):.7f}"
        )
        assert abs(d_loss - 2 * np.log(2)) < 1e-6, (
            f"d_real = {d_real}: D's loss is {d_loss:.7f}; expected 2·log 2 = {2 * np.log(2):.7f}"
        )

    for d_real in (0.75, 0.9):
        hides(d_real)
    ### BEGIN HIDDEN TESTS
    for d_real in (0.52, 0.6, 0.83, 0.9, 0.97, *np.random.default_rng(18).uniform(0.53, 0.97, 5)):
        hides(float(d_real))
    ### END HIDDEN TESTS


test_fakes_that_hide()

# %% [markdown]
# Here is one of your impostors, seen the way a training log sees it, and then the way you should look at it.

# %%
scores = fakes_that_hide(0.9)
d_loss = -np.log(0.9) + np.logaddexp(0, scores).mean()
print(f"log:  D's loss {d_loss:.4f}   G's loss {np.logaddexp(0, -scores).mean():.4f}")
print("what D says to each real sample: 0.90")
print("what D says to the generated ones:", np.unique(np.round(1 / (1 + np.exp(-scores)), 2)))

# %% [markdown]
# ## Exercise 8: "The losses are flat, so we are done" (12 points)
#
# A classmate shows you the log of a GAN: over the last 2,000 steps D's loss is 1.386 and G's loss 0.693 (take them for
# 2·log 2 and log 2), without a wobble. "Equilibrium," she says. "Lesson 02 proves that V = −log 4 is reached only where p_model = p_data. So
# the generator is perfect, and I need not look at the samples."
#
# Answer her, in 200 to 300 words.
#
# | points | for |
# |---|---|
# | 3 | the gap in her proof: what the theorem assumes and her log does not show, and what exercise 7's bound says about her generator at this loss |
# | 3 | two *different* causes that give a bad generator this flat pair (lesson 04 and exercise 7 may help; two Ds that say ½ for different reasons, such as a blind one and a dead one, are two causes) |
# | 3 | what D's loss *can* prove: that a generator is good, or that it is bad? And why not the other? |
# | 3 | one experiment that would decide, besides looking at samples: what she holds fixed, what she trains, which number she reads, and on which data |

# %% [markdown] nbgrader={"grade": true, "grade_id": "answer_flat_losses", "locked": false, "points": 12, "schema_version": 3, "solution": true, "task": false}
# **The gap.** The theorem is about V(D*, G), the value of the *best* discriminator. Her log shows V of *her* D. Since V(D, G) ≤ V(D*, G) =
# 2·JSD − log 4, a loss of 2·log 2 gives JSD ≥ log 2 − log 2 = 0, which was known before. Her generator can be anything.
#
# **Two ways.** (1) A blind D: it has too little capacity, a single linear layer for instance, and once the means agree it can do no
# better than ½ although shapes differ. (2) A dead D: after an explosion its units are all off. It says ½ to everything and
# passes no gradient to G, so nothing moves: that is why the curve is so flat. (Also: a mean over the batch can hide a D that
# does not say ½ at all, as in exercise 7.)
#
# **What a loss proves.** A low loss of D on fresh samples proves that the generator is bad, because each D gives a lower bound of the
# JSD. No loss proves that it is good: for that one would have to know that no other D does better.
#
# **Experiment.** Freeze G. Train a new, larger D from scratch on real against generated samples until it stops improving, and read its
# loss on held-out samples of both kinds. Clearly below 2·log 2: the generator is not perfect, with JSD at least log 2 − loss/2. If several
# such D all stay at 2·log 2, that is evidence, and still no proof.

# %% [markdown]
# ## Before you hand in
#
# * Kernel > Restart and Run All: does everything run from the top, in less than a minute?
# * Does every test cell run through without an error? A test that fails costs its own points only. (Could not solve
#   one? Run All stops there; run the cells below it by hand. They are graded all the same.)
# * Is the written answer in its cell?
# * Nothing deleted, renamed or moved; then save, and hand in the `.ipynb`.
