# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Homework 4 · WGAN-GP and EBGAN
#
# **The one idea: a discriminator need not say real or fake. It can measure how far the samples have to walk, or how
# much energy they cost. But then somebody has to keep it honest, and that somebody is you.**
#
# It belongs to lessons [08](https://github.com/gan-course/gan-course/blob/main/notebooks/08_other_objectives.ipynb)
# and [09](https://github.com/gan-course/gan-course/blob/main/notebooks/09_energy_based_gans.ipynb); for the tape, `optimizer.apply` and `tf.function` look again at lessons 03 and 04. Plan six hours. (In two trial runs, made from this notebook
# alone, the time that a student needs was
# estimated at five to nine hours. No students were timed.) Everything runs on a CPU; only exercises 7 and 10 train for more than a moment.
#
# | exercise | points |
# |---|---|
# | 1 · Two losses without a logarithm | 4 |
# | 2 · How far the earth has to go | 3 + 4 + 2 |
# | 3 · Where the penalty looks | 4 + 2 |
# | 4 · A slope for each sample | 6 + 4 + 3 |
# | 5 · A critic that looks at its neighbors | 5 + 3 |
# | 6 · Two steps | 7 + 6 + 4 |
# | 7 · Islands, by your own hands | 7 + 5 |
# | 8 · Energy | 3 |
# | 9 · Pulling apart, for a large batch | 4 + 3 |
# | 10 · An EBGAN, by your own hands | 7 + 4 |
# | 11 · What does the critic's loss tell you? (written answer) | 10 |
#
# **How it is graded.** The cells below each exercise are tests. They say what is wrong, and you may run them as often
# as you like. Each test is a function, so the names inside it do not touch yours. When your work is graded, hidden tests run the same functions on other inputs: other shapes, other
# seeds, odd cases. So write functions that do what the text says, not what one test asks. Where an exercise has several
# numbers of points, each is for a test of its own: the first for the formula, the others for harder cases or for a second function, as the text says.
#
# **What is allowed.** NumPy, SciPy, TensorFlow and Keras; `data`, `plots`, `runtime` and `metrics` of the course.
# What an exercise asks for, write yourself: the course's `GAN` and its networks are locked away while the tests run. The two
# trainings are made of steps that you wrote before, or wrote anew; no exercise needs that the answer to an earlier one is right.
#
# **Conventions of the course.** Scores are raw numbers, *higher* for what looks real. Energies are the other way
# round, *lower* for what looks real. In every shape the batch comes first.
#
# **How to hand in.** Fill in the cells that say `YOUR CODE HERE`, and leave all cells in their places: none deleted,
# none renamed. Then Kernel > Restart and Run All, save, and hand in this `.ipynb` (in Colab: File > Download >
# Download .ipynb).

# %% tags=["nbval-ignore-output"]
# Where the course package is missing, on Colab for example, this cell installs it first.
import importlib.util

if importlib.util.find_spec("gan_course") is None:
    print("Installing gan_course from https://github.com/gan-course/gan-course")
    # %pip install --quiet git+https://github.com/gan-course/gan-course

import matplotlib.pyplot as plt
import numpy as np

from gan_course import data, plots, runtime, theory

plots.use_style()
runtime.select_backend("tensorflow")  # this homework takes gradients with TensorFlow
print(runtime.configure(seed=0))

# %%
import keras
import tensorflow as tf
from keras import layers

# %% [markdown]
# ## Exercise 1: Two losses without a logarithm (4 points)
#
# A Wasserstein critic f gives scores without a sigmoid. It is to make
#
# $$\mathbb{E}_{x \sim p_{data}}[f(x)] - \mathbb{E}_z[f(G(z))]$$
#
# as **large** as it can ([Arjovsky, Chintala and Bottou 2017](https://arxiv.org/abs/1701.07875), equation 3; the
# rule that holds f back comes in exercise 3). The generator wants the scores of its samples to rise. And an optimizer
# only ever minimizes.
#
# Write `wasserstein_losses(real_scores, fake_scores)`:
#
# * `real_scores`, `fake_scores`: float32 tensors of raw scores, `(n,)` or `(n, 1)`. The two may have different sizes;
# * returns the pair `(critic_loss, generator_loss)`: two scalar tensors through which gradients flow, each to be
#   *minimized* by its player. (There is no penalty yet.)


# %% nbgrader={"grade": false, "grade_id": "wasserstein_losses", "locked": false, "schema_version": 3, "solution": true, "task": false}
def wasserstein_losses(real_scores, fake_scores):
    """The critic's loss and the generator's, both to be minimized: two scalar tensors."""
    ### BEGIN SOLUTION
    return tf.reduce_mean(fake_scores) - tf.reduce_mean(real_scores), -tf.reduce_mean(fake_scores)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_wasserstein_losses", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
def test_wasserstein_losses():
    import numpy as np
    import tensorflow as tf

    def losses_of(real, fake):
        came = wasserstein_losses(*(tf.convert_to_tensor(scores, "float32") for scores in (real, fake)))
        kind = type(came).__name__
        assert isinstance(came, tuple | list), (
            f"expected a pair (critic_loss, generator_loss); came {kind}"
        )
        assert len(came) == 2, f"expected a pair (critic_loss, generator_loss); came {len(came)} values"
        for name, value in zip(("critic", "generator"), came, strict=True):
            assert tf.is_tensor(value), f"{name}: expected a scalar tensor; came {type(value).__name__}"
            assert value.shape == (), f"{name}: expected one number; came shape {value.shape}"
        return came

    critic_loss, generator_loss = map(float, losses_of([3.0, 5.0], [1.0, 0.0, -4.0]))
    assert abs(critic_loss + 5) < 1e-5, (
        "real scores 3, 5 and generated 1, 0, −4: the critic tells them apart by 4 − (−1) = 5, so its loss is −5; "
        f"came {critic_loss:g}"
    )
    assert abs(generator_loss - 1) < 1e-5, (
        f"generated scores 1, 0, −4: the generator's loss falls when they rise, and is 1; came {generator_loss:g}"
    )
    ### BEGIN HIDDEN TESTS
    rng = np.random.default_rng(41)
    for n, m in ((1, 1), (8, 3), (5, 60)):
        for tail in ((), (1,)):
            real, fake = 9 * rng.normal(size=(n, *tail)), 9 * rng.normal(size=(m, *tail)) - 3
            critic_loss, generator_loss = map(float, losses_of(real, fake))
            expected = fake.mean() - real.mean()
            assert abs(critic_loss - expected) < 1e-4, (
                f"scores of shapes {real.shape} and {fake.shape}: the critic's loss is {expected:.4f}; "
                f"came {critic_loss:.4f}. A mean over each batch?"
            )
            assert abs(generator_loss + fake.mean()) < 1e-4, (
                f"the generator's loss is {-fake.mean():.4f}; came {generator_loss:.4f}"
            )
    real, fake = tf.Variable([1.0, 2.0, 30.0, -30.0]), tf.Variable([20.0, -30.0])
    with tf.GradientTape(persistent=True) as tape:
        critic_loss, generator_loss = losses_of(real, fake)
    for name, loss, scores, slope in (
        ("critic's", critic_loss, real, -1 / 4),
        ("critic's", critic_loss, fake, 1 / 2),
        ("generator's", generator_loss, fake, -1 / 2),
    ):
        came = tape.gradient(loss, scores)
        assert came is not None, f"the {name} loss has no gradient in the scores. What cut it?"
        assert np.allclose(came, slope, atol=1e-6), (
            f"the {name} loss should have slope {slope:g} in each of {scores.shape[0]} scores, however large they "
            f"are; came {came.numpy()}"
        )
    ### END HIDDEN TESTS


test_wasserstein_losses()

# %% [markdown]
# ## Exercise 2: How far the earth has to go (3 + 4 + 2 points)
#
# What does a perfect critic measure? On the line there is a formula, and no training. The p-th power of the
# **Wasserstein distance** is
#
# $$W_p^p(a, b) = \int_0^1 \big|F_a^{-1}(t) - F_b^{-1}(t)\big|^p \, dt$$
#
# with the quantile functions $F^{-1}$ (Villani 2003, *Topics in Optimal Transportation*, section 2.2; Peyré and Cuturi 2019,
# [Computational optimal transport](https://arxiv.org/abs/1803.00567), remark 2.30). In words:
# sort both heaps, and carry what lies leftmost to the leftmost place. In lesson 08 both lists had the same length.
# Here they need not, so a grain may be *split* among several places.
#
# Write `earth_movers(a, b, power=1)`:
#
# * `a`, `b`: float arrays `(n,)` and `(m,)`, in any order. Each grain of `a` weighs 1/n, each place in `b` takes 1/m;
# * returns $W_p^p$, one number, for the power p = 1 and two lists of the same length (3 points);
# * also for two lists of different lengths (4 points). It is exact: no random draws, and no grid of t that merely comes close. Lists of a
#   thousand numbers take less than a second;
# * also for any other `power` ≥ 1, for lists of the same length or of different lengths (2 points).
#
# You may compare your results with SciPy's `wasserstein_distance`, which knows only p = 1. Your function must not call it.


# %% nbgrader={"grade": false, "grade_id": "earth_movers", "locked": false, "schema_version": 3, "solution": true, "task": false}
def earth_movers(a, b, power=1):
    """The p-th power of the Wasserstein distance of two samples on the line: one number."""
    ### BEGIN SOLUTION
    a, b = np.sort(a), np.sort(b)
    cuts = np.union1d(np.arange(len(a) + 1) / len(a), np.arange(len(b) + 1) / len(b))
    middle, share = (cuts[1:] + cuts[:-1]) / 2, np.diff(cuts)
    gaps = np.abs(a[(middle * len(a)).astype(int)] - b[(middle * len(b)).astype(int)])
    return np.sum(share * gaps**power)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_earth_movers", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
def test_earth_movers():
    import numpy as np

    def cost_of(a, b, *power, **named):
        try:
            came = earth_movers(np.array(a, float), np.array(b, float), *power, **named)
        except (ValueError, IndexError) as error:
            raise AssertionError(f"{len(a)} and {len(b)} grains: it stops. {error}") from error
        assert came is not None, "it returned nothing. Is there a return?"
        assert np.shape(came) == (), f"expected one number; came shape {np.shape(came)}"
        return float(came)

    came = cost_of([3, 1], [2, 4])
    assert abs(came - 1) < 1e-9, f"from 1, 3 to 2, 4 every grain goes 1 to the right: 1; came {came:g}"
    came = cost_of([5, 0, 1], [0, 1, 2])
    assert abs(came - 1) < 1e-9, f"from 0, 1, 5 to 0, 1, 2 one grain of three goes 3: 1; came {came:g}"
    ### BEGIN HIDDEN TESTS
    from scipy.stats import wasserstein_distance

    rng = np.random.default_rng(42)
    for n in (1, 5, 300):
        a, b = rng.normal(size=n), rng.normal(1, 2, size=n)
        came, right = cost_of(a, b), wasserstein_distance(a, b)
        assert abs(came - right) < 1e-9, (
            f"{n} and {n} grains: the distance is {right:.6f}; came {came:.6f}"
        )
        came = cost_of(b - 1000, a - 1000)
        assert abs(came - right) < 1e-8, (
            f"{n} grains, there and back, far left of 0: the distance is still {right:.6f}; came {came:.6f}"
        )
    came = cost_of(a, a)
    assert abs(came) < 1e-12, f"from a heap to itself nothing has to move; came {came:.3g}"
    ### END HIDDEN TESTS


test_earth_movers()


# %% nbgrader={"grade": true, "grade_id": "test_earth_movers_split", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
def test_earth_movers_split():
    import numpy as np

    def cost_of(a, b, *power, **named):
        try:
            came = earth_movers(np.array(a, float), np.array(b, float), *power, **named)
        except (ValueError, IndexError) as error:
            raise AssertionError(f"{len(a)} and {len(b)} grains: it stops. {error}") from error
        assert came is not None, "it returned nothing. Is there a return?"
        assert np.shape(came) == (), f"expected one number; came shape {np.shape(came)}"
        return float(came)

    came = cost_of([0], [1, 2, 6])
    assert abs(came - 3) < 1e-9, (
        f"a grain at 0 is split in three, which go 1, 2 and 6: expected 3; came {came:g}"
    )
    ### BEGIN HIDDEN TESTS
    from scipy.stats import wasserstein_distance

    rng = np.random.default_rng(42)
    for n, m in ((7, 4), (1, 9), (300, 200), (64, 1000)):
        a, b = rng.normal(size=n), rng.normal(1, 2, size=m)
        came, right = cost_of(a, b), wasserstein_distance(a, b)
        assert abs(came - right) < 1e-9, (
            f"{n} and {m} grains: the distance is {right:.6f}; came {came:.6f}"
        )
    came = cost_of([1.0, 1.0, 5.0], [1.0, 5.0])
    assert abs(came - 2 / 3) < 1e-9, (
        f"grains on top of each other: from 1, 1, 5 to 1, 5 a sixth of the earth goes 4, which is 2/3; came {came:.4g}"
    )
    ### END HIDDEN TESTS


test_earth_movers_split()


# %% nbgrader={"grade": true, "grade_id": "test_earth_movers_power", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
def test_earth_movers_power():
    import numpy as np

    def cost_of(a, b, *power, **named):
        try:
            came = earth_movers(np.array(a, float), np.array(b, float), *power, **named)
        except (ValueError, IndexError) as error:
            raise AssertionError(f"{len(a)} and {len(b)} grains: it stops. {error}") from error
        assert came is not None, "it returned nothing. Is there a return?"
        assert np.shape(came) == (), f"expected one number; came shape {np.shape(came)}"
        return float(came)

    came = cost_of([3, 0], [1, 5], power=2)
    assert abs(came - 2.5) < 1e-9, f"from 0, 3 to 1, 5 with power 2: (1 + 4)/2 = 2.5; came {came:.4g}"
    ### BEGIN HIDDEN TESTS
    rng = np.random.default_rng(43)
    for power in (1.5, 2, 3):
        a, b = rng.normal(size=50), rng.normal(2, 3, size=50)
        came, right = (
            cost_of(a, b, power),
            sum(abs(x - y) ** power for x, y in zip(sorted(a), sorted(b), strict=True)) / 50,
        )
        assert abs(came - right) < 1e-6, (
            f"50 and 50 grains, power {power}: {right:.4f}; came {came:.4f}"
        )
    ### END HIDDEN TESTS


test_earth_movers_power()

# %% [markdown]
# ## Exercise 3: Where the penalty looks (4 + 2 points)
#
# The critic has to be 1-Lipschitz: nowhere steeper than 1. WGAN-GP ([Gulrajani et al.
# 2017](https://arxiv.org/abs/1704.00028), algorithm 1) asks for that on the lines between real samples and generated
# ones, at points
#
# $$\hat x = \varepsilon\, x + (1 - \varepsilon)\, \tilde x, \qquad \varepsilon \sim U[0, 1]$$
#
# Write `points_between(real, fake)`:
#
# * `real`, `fake`: float32 tensors of one shape, points `(n, k)`;
# * returns a float32 tensor of that shape. Every pair has an ε of its own, and one ε serves all numbers of a sample. Every
#   call draws anew (4 points);
# * also for samples of any other shape `(n, ...)`: numbers, pictures (2 points).
#
# Draw with TensorFlow or Keras. You will compile your training with `tf.function`. There Python, and so
# NumPy, runs only once, and would draw only once. And `len(real)` may be an error there: write `real.shape[0]` or `tf.shape(real)[0]`. This holds for exercises 4, 6, 8, 9 and 10, too.


# %% nbgrader={"grade": false, "grade_id": "points_between", "locked": false, "schema_version": 3, "solution": true, "task": false}
def points_between(real, fake):
    """A random point on the line between each real sample and its generated partner: (n, ...)."""
    ### BEGIN SOLUTION
    share = tf.random.uniform([tf.shape(real)[0]] + [1] * (len(real.shape) - 1))
    return share * real + (1 - share) * fake
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_points_between", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
def test_points_between():
    import numpy as np
    import tensorflow as tf

    def shares_of(shape):
        """Where on its line each number lies: 0 at the generated end, 1 at the real one. Returns (n, numbers)."""
        try:
            came = points_between(tf.fill(shape, 3.0), tf.fill(shape, -1.0))
        except (TypeError, ValueError, NotImplementedError, tf.errors.InvalidArgumentError) as error:
            raise AssertionError(
                f"samples of shape {shape}: it stops. {str(error).rpartition('}} ')[2][:200]}"
            ) from error
        assert came is not None, "it returned nothing. Is there a return?"
        assert np.shape(came) == shape, f"expected points of shape {shape}; came {np.shape(came)}"
        kind = np.asarray(came).dtype
        assert kind == "float32", f"expected float32; came {kind}"
        shares = (np.asarray(came).reshape(len(came), -1) + 1) / 4
        low, high = shares.min(), shares.max()
        on_it = low > -1e-5 and high < 1 + 1e-5
        assert on_it, f"points lie off the lines: ε from {low:.2f} to {high:.2f}; expected 0 to 1"
        return shares

    shares = shares_of((2000, 2))
    assert np.ptp(shares[:, 0]) > 0.9, (
        f"every pair needs an ε of its own; among 2,000 pairs came {shares[:, 0].min():.3f} to {shares[:, 0].max():.3f}"
    )
    ### BEGIN HIDDEN TESTS
    from scipy.stats import kstest

    shares = shares_of((4000, 2))
    assert np.abs(shares - shares[:, :1]).max() < 1e-5, (
        "numbers of one sample lie at different places of its line. One ε for the whole sample"
    )
    gap = kstest(
        shares[:, 0], "uniform"
    ).statistic  # by chance above 0.05 once in a hundred million times
    assert gap < 0.05, f"the ε are not uniform on [0, 1]: the share below some ε is off by {gap:.2f}"
    real, fake = np.random.default_rng(43).normal(size=(2, 6, 5)).astype("float32")
    came = np.asarray(points_between(tf.constant(real), tf.constant(fake)))
    along = ((came - fake) * (real - fake)).sum(axis=1) / ((real - fake) ** 2).sum(axis=1)
    off = np.abs(came - fake - along[:, None] * (real - fake)).max()
    assert off < 1e-4, f"a point lies {off:.3f} off the line between its real and its generated sample"
    first, second = shares_of((500, 2)), shares_of((500, 2))
    assert np.abs(first - second).max() > 0.1, "two calls gave the same ε. Who draws them, and when?"
    for size in (1, 3):
        shares_of((size, 2))
    ### END HIDDEN TESTS


test_points_between()


# %% nbgrader={"grade": true, "grade_id": "test_points_between_pictures", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
def test_points_between_pictures():
    import numpy as np
    import tensorflow as tf

    def shares_of(shape):
        """Where on its line each number lies: 0 at the generated end, 1 at the real one. Returns (n, numbers)."""
        try:
            came = points_between(tf.fill(shape, 3.0), tf.fill(shape, -1.0))
        except (TypeError, ValueError, NotImplementedError, tf.errors.InvalidArgumentError) as error:
            raise AssertionError(
                f"samples of shape {shape}: it stops. {str(error).rpartition('}} ')[2][:200]}"
            ) from error
        assert came is not None, "it returned nothing. Is there a return?"
        assert np.shape(came) == shape, f"expected points of shape {shape}; came {np.shape(came)}"
        kind = np.asarray(came).dtype
        assert kind == "float32", f"expected float32; came {kind}"
        shares = (np.asarray(came).reshape(len(came), -1) + 1) / 4
        low, high = shares.min(), shares.max()
        on_it = low > -1e-5 and high < 1 + 1e-5
        assert on_it, f"points lie off the lines: ε from {low:.2f} to {high:.2f}; expected 0 to 1"
        return shares

    shares = shares_of((2000, 4, 4, 1))
    assert np.ptp(shares[:, 0]) > 0.9, (
        f"every pair needs an ε of its own; among 2,000 pairs came {shares[:, 0].min():.3f} to {shares[:, 0].max():.3f}"
    )
    ### BEGIN HIDDEN TESTS
    for shape in ((2000, 4, 4, 2), (2000, 3, 2), (2000,), (1, 4, 4, 1)):
        shares = shares_of(shape)
        assert np.abs(shares - shares[:, :1]).max() < 1e-5, (
            f"{shape}: numbers of one sample lie at different places of its line. One ε for the whole sample"
        )
        assert len(shares) == 1 or np.ptp(shares[:, 0]) > 0.9, (
            f"{shape}: every pair needs an ε of its own"
        )
    ### END HIDDEN TESTS


test_points_between_pictures()

# %% [markdown]
# ## Exercise 4: A slope for each sample (6 + 4 + 3 points)
#
# Now look how steep the critic is at those points. Write `slopes(critic, points)`:
#
# * `critic`: a Keras model, or any function, from `(n, ...)` to scores `(n, 1)` or `(n,)`;
# * `points`: a float32 tensor `(n, ...)`;
# * returns a tensor `(n,)`: for each sample the length (Euclidean norm) of the gradient of *its* score with respect
#   to *its* numbers, all of them together;
# * the slopes will be part of a loss, so their own gradient with respect to the critic's weights has to be right;
# * all samples at once: exercise 6 hands in 20,000, too many for a loop over them. (A tape can stand inside another one: the test takes the gradient of your slopes.)
# * where the critic is flat, the slope is 0 (1e-3 is near enough), and the gradient of the slope with respect to the critic's weights is finite (4 points).


# %% nbgrader={"grade": false, "grade_id": "slopes", "locked": false, "schema_version": 3, "solution": true, "task": false}
def slopes(critic, points):
    """How steep the critic is at each point: (n,)."""
    ### BEGIN SOLUTION
    with tf.GradientTape() as tape:
        tape.watch(points)
        scores = critic(points)
    gradients = tape.gradient(scores, points)
    squares = tf.reduce_sum(gradients**2, axis=list(range(1, len(points.shape))))
    return tf.sqrt(tf.maximum(squares, 1e-12))
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_slopes", "locked": true, "points": 6, "schema_version": 3, "solution": false, "task": false}
def test_slopes():
    import numpy as np
    import tensorflow as tf

    def half_square(x):
        """|x|²/2 of each sample: its gradient is x itself."""
        return tf.reduce_sum(tf.reshape(x, (tf.shape(x)[0], -1)) ** 2, axis=1) / 2

    def slopes_of(critic, points):
        came = slopes(critic, tf.convert_to_tensor(points, "float32"))
        assert came is not None, "it returned nothing. Is there a return?"
        expected = (len(points),)
        assert np.shape(came) == expected, (
            f"{len(points)} samples have as many slopes: expected shape {expected}; came {np.shape(came)}"
        )
        return came

    weights = tf.constant([[3.0], [4.0]])
    came = slopes_of(lambda x: x @ weights, [[0.0, 0.0], [1.0, 2.0], [5.0, -5.0]])
    assert np.allclose(came, 5, atol=1e-3), f"f(x, y) = 3x + 4y is 5 steep everywhere; came {came}"
    came = slopes_of(half_square, [[3.0, 4.0], [0.0, 2.0]])
    assert np.allclose(came, [5, 2], atol=1e-3), (
        f"f(x) = |x|²/2 is as steep at x as x is long: expected 5 and 2; came {came}"
    )
    ### BEGIN HIDDEN TESTS
    rng = np.random.default_rng(44)
    for shape in ((7, 3), (4, 5, 5, 2), (1, 6), (9, 2, 3)):
        x = rng.normal(size=shape)
        lengths = np.linalg.norm(x.reshape(len(x), -1), axis=1)
        for batch, right in ((x, lengths), (x[:1], lengths[:1]), (1000 * x, 1000 * lengths)):
            came = np.asarray(slopes_of(half_square, batch))
            assert np.allclose(came, right, rtol=1e-4), (
                f"points of shape {batch.shape}, f(x) = |x|²/2: expected {right.round(3)}; came {came.round(3)}. "
                "All numbers of a sample, and of no other, belong to its gradient"
            )
    steep, bend = tf.Variable([[2.0], [0.0]]), tf.Variable(0.5)
    with tf.GradientTape() as tape:
        total = tf.reduce_sum(slopes_of(lambda x: x @ steep + bend, np.zeros((3, 2))))
    came = tape.gradient(total, steep)
    assert came is not None, "f = 2x: the slope has no gradient in the weights. What cut it?"
    assert np.allclose(came, [[3], [0]], atol=1e-3), (
        f"f = 2x: the sum of three slopes has the gradient [[3], [0]] in the weights; came {came.numpy().tolist()}"
    )
    ### END HIDDEN TESTS


test_slopes()


# %% nbgrader={"grade": true, "grade_id": "test_slopes_flat", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
def test_slopes_flat():
    import numpy as np
    import tensorflow as tf

    def flat_somewhere(name, critic, variable, points, right):
        """The slopes of a critic that is flat, and their own gradient in its weights."""
        with tf.GradientTape() as tape:
            came = slopes(critic, tf.convert_to_tensor(points, "float32"))
            assert np.shape(came) == (len(points),), (
                f"{name}: expected shape {(len(points),)}; came {np.shape(came)}"
            )
            total = tf.reduce_sum(came)
        assert np.allclose(came, right, atol=2e-3), f"{name}: expected slopes {right}; came {came}"
        came = tape.gradient(total, variable)
        assert came is not None, f"{name}: the slope has no gradient in the weights. What cut it?"
        assert np.isfinite(came).all(), f"{name}: the slope's own gradient is {came.numpy().ravel()}"
        return came

    flat, edge = tf.Variable([[0.0], [0.0]]), tf.Variable([[3.0], [4.0]])
    flat_somewhere("f = 0", lambda x: x @ flat, flat, np.zeros((3, 2)), 0)
    ### BEGIN HIDDEN TESTS
    came = flat_somewhere(
        "f = max(0, 3x + 4y)", lambda x: tf.nn.relu(x @ edge), edge, [[-1, -1], [1, 1]], [0, 5]
    )
    assert np.allclose(came, [[0.6], [0.8]], atol=1e-3), (
        f"f = max(0, 3x + 4y): the sum of slopes has the gradient [[0.6], [0.8]] in the weights; came {came.numpy().tolist()}"
    )
    ### END HIDDEN TESTS


test_slopes_flat()

# %% [markdown]
# And the penalty. Write `gradient_penalty(slopes, weight=10.0)`:
#
# * `slopes`: a tensor `(n,)`, the slopes at the points between; `weight`: the paper's λ;
# * returns a scalar tensor: the second term of the paper's equation 3, λ times the mean of (slope − 1)².
#
# Mind that a critic that is too *flat* pays, too.


# %% nbgrader={"grade": false, "grade_id": "gradient_penalty", "locked": false, "schema_version": 3, "solution": true, "task": false}
def gradient_penalty(slopes, weight=10.0):
    """The penalty for slopes (n,) that are not 1: a scalar tensor."""
    ### BEGIN SOLUTION
    return weight * tf.reduce_mean((slopes - 1) ** 2)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_gradient_penalty", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
def test_gradient_penalty():
    import numpy as np
    import tensorflow as tf

    def penalty_of(slopes, *weight):
        came = gradient_penalty(tf.convert_to_tensor(slopes, "float32"), *weight)
        assert tf.is_tensor(came), f"expected a scalar tensor; came {type(came).__name__}"
        assert came.shape == (), f"expected one number; came shape {came.shape}"
        return came

    for slope, expected in ((5.0, 160.0), (1.0, 0.0), (0.1, 8.1)):
        came = float(penalty_of([slope] * 3))
        assert abs(came - expected) < 1e-3, (
            f"a critic of slope {slope} everywhere pays 10·({slope} − 1)² = {expected}; came {came:.4g}"
        )
    ### BEGIN HIDDEN TESTS
    rng = np.random.default_rng(45)
    for n in (1, 2, 50):
        s = rng.uniform(0, 3, size=n)
        for weight in (10.0, 0.1, 3.0, 0.0):
            came, right = float(penalty_of(s, weight)), weight * ((s - 1) ** 2).mean()
            assert abs(came - right) < 1e-4 * (1 + right), (
                f"{n} slopes, weight {weight}: expected {right:.5f}; came {came:.5f}. In which order do you square and average?"
            )
    s = tf.Variable([0.5, 2.0])
    with tf.GradientTape() as tape:
        loss = penalty_of(s)
    came = tape.gradient(loss, s)
    assert came is not None, "the penalty has no gradient in the slopes. What cut it?"
    assert np.allclose(came, [-5, 10], atol=1e-4), (
        f"slopes ½ and 2: the penalty pulls the first up and the second down, [−5, 10]; came {came.numpy()}"
    )
    ### END HIDDEN TESTS


test_gradient_penalty()

# %% [markdown]
# ## Exercise 5: A critic that looks at its neighbors (5 + 3 points)
#
# "The slope of a sample" makes sense only if its score is its own. In some critics it is not: the score of one
# picture changes with what else is in the batch. Then your `slopes` mixes up gradients of different samples, without
# a word. So test critics before you penalize them.
#
# Write `sees_neighbors(critic, x)`:
#
# * `critic`: a Keras model from `(n, ...)` to scores `(n, 1)`, without dropout or other chance;
# * `x`: a float32 tensor `(n, ...)` of at least two different samples;
# * returns `True` if, **in training**, the score of at least one sample changes by more than 0.001
# when the critic gets this sample alone, as a batch of one, and `False` otherwise (5 points);
# * some layers change their own weights in each call in training, so that the same samples get other scores in the next
#   call. Put the weights back (`get_weights`, `set_weights`) before each call and at the end, so that all calls are compared from the same weights (3 points).
#
# Ask the critic itself. What its layers are called is no proof: some that
# sound guilty are innocent, and some that sound innocent are guilty.


# %% nbgrader={"grade": false, "grade_id": "sees_neighbors", "locked": false, "schema_version": 3, "solution": true, "task": false}
def sees_neighbors(critic, x):
    """Whether a score depends, in training, on the other samples of the batch: True or False."""
    ### BEGIN SOLUTION
    before = critic.get_weights()

    def scores_of(batch):
        critic.set_weights(before)  # SpectralNormalization has rescaled its kernel in the call before
        return np.asarray(critic(batch, training=True))

    together, alone = scores_of(x), [scores_of(x[i : i + 1])[0] for i in range(len(x))]
    critic.set_weights(before)
    return bool(np.abs(together - alone).max() > 1e-3)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_sees_neighbors", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
def test_sees_neighbors():
    import keras
    import numpy as np

    def verdict_on(inside, shape=(6, 3), seed=0):
        """What sees_neighbors says about a critic with the layers `inside` in its middle."""
        dense = {"kernel_initializer": keras.initializers.RandomNormal(stddev=1.0, seed=seed)}
        layers = [
            keras.layers.Flatten(),
            keras.layers.Dense(8, **dense),
            *inside,
            keras.layers.Dense(1, **dense),
        ]
        critic = keras.Sequential([keras.Input(shape[1:]), *layers])
        x = np.random.default_rng(seed).normal(size=shape).astype("float32")
        came = sees_neighbors(critic, keras.ops.convert_to_tensor(x))
        kind = np.shape(came), np.asarray(came).dtype.kind
        assert kind == ((), "b"), f"expected True or False; came {came!r}"
        return bool(came)

    came = verdict_on([keras.layers.LeakyReLU(0.2)])
    assert not came, "Dense and LeakyReLU treat each sample by itself: expected False; came True"
    came = verdict_on([keras.layers.BatchNormalization()])
    assert came, "BatchNormalization takes the mean over the batch: expected True; came False"
    ### BEGIN HIDDEN TESTS
    frozen = keras.layers.BatchNormalization()
    frozen.trainable = False  # it then runs in inference mode, even with training=True

    class Centered(keras.layers.Layer):
        def call(self, x, training=None):
            return x - keras.ops.mean(x, axis=0) if training else x

    class FirstOneLeads(keras.layers.Layer):
        def call(self, x):
            return x - x[:1]

    class Spread(keras.layers.Layer):
        def call(self, x):
            return keras.ops.concatenate([x, 0 * x[:, :1] + keras.ops.std(x)], axis=1)

    nested = keras.Sequential([keras.layers.BatchNormalization(), keras.layers.ReLU()])
    for name, inside, expected in (
        ("LayerNormalization", [keras.layers.LayerNormalization()], False),
        ("GroupNormalization", [keras.layers.GroupNormalization(2)], False),
        ("a frozen BatchNormalization", [frozen], False),
        ("a BatchNormalization inside another model", [nested], True),
        ("a layer that takes the batch's mean away, in training only", [Centered()], True),
        ("a layer that compares all samples with the first", [FirstOneLeads()], True),
        ("a layer that adds the batch's standard deviation", [Spread()], True),
    ):
        for shape in ((6, 3), (2, 4, 4, 1)):
            came = verdict_on(inside, shape, seed=46)
            assert came == expected, f"{name}, x of shape {shape}: expected {expected}; came {came}"
    ### END HIDDEN TESTS


test_sees_neighbors()


# %% nbgrader={"grade": true, "grade_id": "test_sees_neighbors_from_the_same_weights", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
def test_sees_neighbors_from_the_same_weights():
    import keras
    import numpy as np

    def verdict_on(inside, shape=(6, 3), seed=0):
        """What sees_neighbors says about a critic with the layers `inside` in its middle."""
        dense = {"kernel_initializer": keras.initializers.RandomNormal(stddev=1.0, seed=seed)}
        layers = [
            keras.layers.Flatten(),
            keras.layers.Dense(8, **dense),
            *inside,
            keras.layers.Dense(1, **dense),
        ]
        critic = keras.Sequential([keras.Input(shape[1:]), *layers])
        x = np.random.default_rng(seed).normal(size=shape).astype("float32")
        came = sees_neighbors(critic, keras.ops.convert_to_tensor(x))
        kind = np.shape(came), np.asarray(came).dtype.kind
        assert kind == ((), "b"), f"expected True or False; came {came!r}"
        return bool(came)

    came = verdict_on([keras.layers.SpectralNormalization(keras.layers.Dense(8))])
    assert not came, (
        "SpectralNormalization rescales its kernel in each call in training, but treats each sample by itself: expected "
        "False; came True. Are all calls compared from the same weights?"
    )

    ### BEGIN HIDDEN TESTS
    class CallsAreCounted(keras.layers.Layer):
        def build(self, shape):
            self.calls = self.add_weight(shape=(), initializer="zeros", trainable=False)

        def call(self, x, training=None):
            if training:
                self.calls.assign_add(1.0)
            return x * (1 + self.calls)

    def spectral():
        wide = keras.initializers.RandomNormal(stddev=1.0, seed=47)
        return keras.layers.SpectralNormalization(keras.layers.Dense(8, kernel_initializer=wide))

    mixed = [spectral(), keras.layers.BatchNormalization()]
    for name, inside, expected in (
        ("SpectralNormalization", [spectral()], False),
        ("two layers with SpectralNormalization", [spectral(), keras.layers.ReLU(), spectral()], False),
        ("SpectralNormalization inside another model", [keras.Sequential([spectral()])], False),
        ("a layer that counts its calls", [CallsAreCounted()], False),
        ("SpectralNormalization, then BatchNormalization", mixed, True),
    ):
        for shape in ((6, 3), (2, 4, 4, 1)):
            came = verdict_on(inside, shape, seed=46)
            assert came == expected, f"{name}, x of shape {shape}: expected {expected}; came {came}"
    ### END HIDDEN TESTS


test_sees_neighbors_from_the_same_weights()

# %% [markdown]
# ## Exercise 6: Two steps (7 + 6 + 4 points)
#
# All of it together, once: the inner loop of the paper's algorithm 1. Write `critic_step(critic, generator,
# optimizer, real, z, weight=10.0)`:
#
# * `critic`, `generator`: Keras models, called with `training=True` wherever they are called;
# * `real`: samples `(n, ...)`; `z`: noise `(n, k)`, from which the generator makes the partners of `real`;
# * takes **one** step of `optimizer`, by `optimizer.apply(gradients, variables)`, on the critic's Wasserstein loss
#   plus the gradient penalty with λ = `weight`;
# * moves the critic, and nothing else (moving averages, of BatchNormalization for example, do not count);
# * returns the whole loss before the step, a scalar tensor.
#
# Call your functions from above, or write it all in one place. The first test takes a linear critic, for which
# everything can be computed by hand; the second one looks where and how the penalty is taken.


# %% nbgrader={"grade": false, "grade_id": "critic_step", "locked": false, "schema_version": 3, "solution": true, "task": false}
def critic_step(critic, generator, optimizer, real, z, weight=10.0):
    """One step of the critic on its loss with penalty. Returns the loss before the step."""
    ### BEGIN SOLUTION
    fake = generator(z, training=True)
    points = points_between(real, fake)
    with tf.GradientTape() as tape:
        steep = slopes(lambda x: critic(x, training=True), points)
        scores = critic(real, training=True), critic(fake, training=True)
        loss = wasserstein_losses(*scores)[0] + gradient_penalty(steep, weight)
    gradients = tape.gradient(loss, critic.trainable_variables)
    optimizer.apply(gradients, critic.trainable_variables)
    return loss
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_critic_step", "locked": true, "points": 7, "schema_version": 3, "solution": false, "task": false}
def test_critic_step():
    import keras
    import numpy as np
    import tensorflow as tf

    def linear_step(k, d, n, seed, weight, rate=0.05):
        """A step of a linear critic, compared with what a step does to it by hand."""
        rng = np.random.default_rng(seed)
        critic = keras.Sequential([keras.Input((d,)), keras.layers.Dense(1)])
        generator = keras.Sequential([keras.Input((k,)), keras.layers.Dense(d)])
        for network in (critic, generator):
            network.set_weights([rng.normal(size=w.shape) for w in network.get_weights()])
        real, z = (rng.normal(size=size).astype("float32") for size in ((n, d), (n, k)))
        (w, _), kept = critic.get_weights(), generator.get_weights()
        gap = (z @ kept[0] + kept[1]).mean(axis=0)[:, None] - real.mean(axis=0)[:, None]
        length = np.sqrt((w**2).sum())
        expected = (gap * w).sum() + weight * (length - 1) ** 2
        optimizer = keras.optimizers.SGD(rate)
        loss = critic_step(critic, generator, optimizer, tf.constant(real), tf.constant(z), weight)
        what = f"a linear critic of slope {length:.3f}, {n} samples, λ = {weight}"
        assert loss is not None, "it returned nothing. Is there a return?"
        assert np.shape(loss) == (), f"expected the loss, a scalar; came shape {np.shape(loss)}"
        assert abs(float(loss) - expected) < 1e-3 * (1 + abs(expected)), (
            f"{what}: loss and penalty are {expected:.4f} by hand; came {float(loss):.4f}"
        )
        same = all(np.array_equal(a, b) for a, b in zip(kept, generator.get_weights(), strict=True))
        assert same, "the critic's step moved the generator"
        steps = int(optimizer.iterations)
        assert steps == 1, f"expected one step of the optimizer; came {steps}"
        right, came = w - rate * (gap + 2 * weight * (length - 1) * w / length), critic.get_weights()[0]
        assert np.abs(came - right).max() < 1e-3, (
            f"{what}: after a step of SGD the weights should be {right.ravel().round(4)}; came {came.ravel().round(4)}"
        )

    linear_step(3, 2, 16, seed=0, weight=10.0)
    ### BEGIN HIDDEN TESTS
    for k, d, n, seed, weight in (
        (2, 5, 9, 1, 10.0),
        (4, 1, 30, 2, 0.1),
        (3, 3, 1, 3, 2.5),
        (2, 2, 50, 4, 0.0),
    ):
        linear_step(k, d, n, seed, weight)
    ### END HIDDEN TESTS


test_critic_step()


# %% nbgrader={"grade": true, "grade_id": "test_critic_step_penalty", "locked": true, "points": 6, "schema_version": 3, "solution": false, "task": false}
def test_critic_step_penalty():
    import keras
    import numpy as np
    import tensorflow as tf

    calls = []

    class Bowl(keras.layers.Layer):
        """f(x) = size·|x|²/2, with the slope size·|x|. Remembers how it was called."""

        def build(self, shape):
            self.size = self.add_weight(shape=(), initializer="ones")

        def call(self, x, training=None):
            calls.append(training)
            return (
                self.size
                * tf.reduce_sum(tf.reshape(x, (tf.shape(x)[0], -1)) ** 2, axis=1, keepdims=True)
                / 2
            )

    def bowl_step(shape, n, weight, rate):
        """All real samples have length 1, all generated ones are 0. Returns the loss, and the critic's size after it."""
        critic = keras.Sequential([keras.Input(shape), Bowl()])
        numbers = int(np.prod(shape))
        nought = keras.layers.Dense(numbers, kernel_initializer="zeros")
        generator = keras.Sequential([keras.Input((3,)), nought, keras.layers.Reshape(shape)])
        optimizer = keras.optimizers.SGD(rate)
        optimizer.build(critic.trainable_variables)
        calls.clear()
        real, z = tf.fill((n, *shape), numbers**-0.5), tf.ones((n, 3))
        loss = critic_step(critic, generator, optimizer, real, z, weight)
        assert np.shape(loss) == (), f"expected the loss, a scalar; came shape {np.shape(loss)}"
        assert loss is not None, "it returned nothing. Is there a return?"
        return float(loss), float(critic.layers[-1].size)

    for _ in range(3):
        loss, _ = bowl_step((2,), 20_000, weight=3.0, rate=0.1)
        assert abs(loss - 0.5) < 0.06, (
            "f(x) = |x|²/2, real samples of length 1, generated ones at 0: the Wasserstein loss is −½. At ε of the way the "
            f"slope is ε, and the mean of (ε − 1)² is 1/3, so with λ = 3 the whole loss is ½; came {loss:.3f}"
        )
    assert all(calls), "a critic was called without training=True"
    ### BEGIN HIDDEN TESTS
    for shape in ((2,), (4, 4, 1)):
        loss, size = bowl_step(shape, 20_000, weight=3.0, rate=0.1)
        assert abs(loss - 0.5) < 0.06, (
            f"samples of shape {shape}: expected the loss 0.5; came {loss:.3f}"
        )
        assert abs(size - 1.15) < 0.02, (
            f"samples of shape {shape}, f(x) = size·|x|²/2: a step of SGD makes size 1.15, of which the penalty's part is 0.10; "
            f"came {size:.3f}"
        )
    ### END HIDDEN TESTS


test_critic_step_penalty()

# %% [markdown]
# Now the other player. Write `generator_step(critic, generator, optimizer, z)`:
#
# * takes one step of `optimizer` on the generator's Wasserstein loss, with both networks called with `training=True`;
# * moves the generator, and nothing else (again, moving averages do not count);
# * returns the loss before the step, a scalar tensor.


# %% nbgrader={"grade": false, "grade_id": "generator_step", "locked": false, "schema_version": 3, "solution": true, "task": false}
def generator_step(critic, generator, optimizer, z):
    """One step of the generator. Returns the loss before the step."""
    ### BEGIN SOLUTION
    with tf.GradientTape() as tape:
        loss = -tf.reduce_mean(critic(generator(z, training=True), training=True))
    gradients = tape.gradient(loss, generator.trainable_variables)
    optimizer.apply(gradients, generator.trainable_variables)
    return loss
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_generator_step", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
def test_generator_step():
    import keras
    import numpy as np
    import tensorflow as tf

    def check_generator_step(k, d, n, seed, rate=0.05):
        rng = np.random.default_rng(seed)
        critic = keras.Sequential([keras.Input((d,)), keras.layers.Dense(1)])
        generator = keras.Sequential([keras.Input((k,)), keras.layers.Dense(d)])
        for network in (critic, generator):
            network.set_weights([rng.normal(size=w.shape) for w in network.get_weights()])
        z = rng.normal(size=(n, k)).astype("float32")
        kept, (w, b) = critic.get_weights(), generator.get_weights()
        expected = -((z @ w + b) @ kept[0] + kept[1]).mean()
        right = w + rate * z.mean(axis=0)[:, None] * kept[0].T, b + rate * kept[0].ravel()
        loss = generator_step(critic, generator, keras.optimizers.SGD(rate), tf.constant(z))
        assert loss is not None, "it returned nothing. Is there a return?"
        assert np.shape(loss) == (), f"expected the loss, a scalar; came shape {np.shape(loss)}"
        same = all(np.array_equal(a, b) for a, b in zip(kept, critic.get_weights(), strict=True))
        assert same, "the generator's step moved the critic"
        assert abs(float(loss) - expected) < 1e-3, (
            f"{n} samples, linear players: the loss is {expected:.4f} by hand; came {float(loss):.4f}"
        )
        off = max(np.abs(a - b).max() for a, b in zip(right, generator.get_weights(), strict=True))
        assert off < 1e-4, (
            f"{n} samples, linear players: after one step of SGD the generator's weights are off by up to {off:.4f}"
        )

    check_generator_step(3, 2, 8, seed=5)
    ### BEGIN HIDDEN TESTS
    for k, d, n, seed in ((1, 4, 1, 6), (5, 2, 40, 7), (2, 2, 3, 8)):
        check_generator_step(k, d, n, seed)
    critic = keras.Sequential([keras.Input((2,)), keras.layers.Dense(4, "tanh"), keras.layers.Dense(1)])
    normed = [keras.Input((3,)), keras.layers.Dense(2), keras.layers.BatchNormalization()]
    generator = keras.Sequential(normed)
    z = np.random.default_rng(9).normal(3, 2, size=(64, 3)).astype("float32")
    generator_step(critic, generator, keras.optimizers.SGD(0.0), tf.constant(z))
    moved = np.abs(np.asarray(generator.layers[-1].moving_mean)).max()
    assert moved > 0, (
        "the generator's BatchNormalization saw no batch: was it called with training=True?"
    )
    ### END HIDDEN TESTS


test_generator_step()

# %% [markdown]
# ## Exercise 7: Islands, by your own hands (7 + 5 points)
#
# Islands in the plane, each a Gaussian of standard deviation 0.05. Train a Wasserstein GAN with gradient penalty, so
# that its generator lands on all of them. Write `train_wgan_gp(points, rounds, seed)`:
#
# * `points`: the data, a float32 array `(n, 2)`; `seed`: for your weights and your noise;
# * trains for `rounds` steps of the generator, with some steps of the critic before each of them (the paper takes
#   five);
# * returns the generator, a **Keras model** from normal noise `(n, 2)` to points `(n, 2)`.
#
# Networks and settings are yours. Build new ones at each call. The test hands you a ring of eight islands and 600
# rounds, draws 2,500 points with noise of its own, and wants **at least 35 %** of the points within three standard deviations of a center, and at least one such point on **at least 6 islands** (7
# points). A second test has five islands elsewhere, about as far from the origin as here, and wants at least 4 of them and 35 % of the
# points; after only two rounds it wants less than 30 % (5 points). In both, a tiny change of the noise must move most points only a little.
#
# Three things decide. The first is λ: islands this narrow need a steep critic, and a large λ forbids one. (Lesson 08 chose λ for its ring, with Adam's β₁ =
# 0 and β₂ = 0.9.) The second is the learning rate: the paper's 10⁻⁴ is far too slow for 600 rounds. (If your learning rate falls during the training,
# remember that the critic takes more steps than G.) The third is the time of a round. There will be several trainings, so **600 rounds must take less than 10 seconds on two idle cores**: put a whole round into one `tf.function`,
# and `build` the optimizers before the first. If one of your steps of exercise 6 does not work, write the round in full here: the points
# of exercise 6 are lost, those of this one are not. The course's `GAN` is locked away while the tests run.


# %%
def dense(inputs, outputs, width=64):
    """A small network with two hidden layers. You may use it."""
    hidden = [layers.Dense(width, activation="relu"), layers.Dense(width, activation="relu")]
    return keras.Sequential([keras.Input((inputs,)), *hidden, layers.Dense(outputs)])


# %% nbgrader={"grade": false, "grade_id": "train_wgan_gp", "locked": false, "schema_version": 3, "solution": true, "task": false}
def train_wgan_gp(points, rounds, seed):
    """points: (n, 2). Return a generator from noise (n, 2) to points (n, 2), trained for `rounds` steps of its own."""
    ### BEGIN SOLUTION
    keras.utils.set_random_seed(seed)
    rng, critic, generator = np.random.default_rng(seed), dense(2, 1), dense(2, 2)
    c_adam, g_adam = (keras.optimizers.Adam(1e-3, beta_1=0.0, beta_2=0.9) for _ in range(2))
    c_adam.build(critic.trainable_variables), g_adam.build(generator.trainable_variables)

    @tf.function
    def one_round(real):
        for batch in tf.unstack(real):
            critic_step(critic, generator, c_adam, batch, tf.random.normal((64, 2)), 0.3)
        generator_step(critic, generator, g_adam, tf.random.normal((64, 2)))

    for _ in range(rounds):
        one_round(tf.constant(points[rng.integers(len(points), size=(5, 64))]))
    return generator
    ### END SOLUTION


# %%
islands = data.ring(20_000, modes=8, std=0.05, seed=0)
generator = train_wgan_gp(islands, 600, seed=0)
drawn = np.asarray(generator(np.random.default_rng(1).normal(size=(1000, 2)).astype("float32")))
ax = plots.clouds(islands[:1000], drawn, title="Eight islands, and where your generator lands")
ax.set(xlabel="$x_1$", ylabel="$x_2$")
ax.legend(loc="center", markerscale=3)
plt.show()


# %% nbgrader={"grade": true, "grade_id": "test_train_wgan_gp", "locked": true, "points": 7, "schema_version": 3, "solution": false, "task": false}
def test_train_wgan_gp():
    from unittest import mock

    import keras
    import numpy as np

    from gan_course import data, metrics
    from gan_course.gan import GAN

    def landed(points, centers, rounds, seed):
        """Train, draw 2,500 points. Returns them, the islands that they reach, and the share on islands."""

        def locked(self, *arguments, **options):
            raise AssertionError("this is the course's GAN. Train by steps of your own")

        with mock.patch.object(GAN, "__init__", locked):
            made = train_wgan_gp(points.copy(), rounds, seed)
        assert isinstance(made, keras.Model), f"expected a Keras model; came {type(made).__name__}"
        z = np.random.default_rng(51).normal(size=(2500, 2)).astype("float32")
        drawn, again, near = (
            keras.ops.convert_to_numpy(made(noise, training=False)) for noise in (z, z, z + 1e-4)
        )
        assert drawn.shape == (2500, 2), f"expected points of shape (2500, 2); came {drawn.shape}"
        assert np.isfinite(drawn).all(), "some points are not finite: the training blew up"
        assert np.allclose(drawn, again, atol=1e-5), "the same noise gives other points each time"
        thrown = np.median(np.abs(near - drawn)) / max(1, drawn.std())
        assert thrown < 0.01, "a touch on the noise throws most points far away"
        modes, good = metrics.mode_coverage(drawn, centers, 0.05)
        return drawn, modes, good

    islands = data.ring(20_000, modes=8, std=0.05, seed=3)
    drawn, modes, good = landed(islands, data.ring_centers(8), rounds=600, seed=1)
    assert modes >= 6, f"your generator reaches {modes} of 8 islands; expected at least 6"
    assert good >= 0.35, f"{good:.0%} of the points land on an island; expected at least 35 %"
    ### BEGIN HIDDEN TESTS
    stored = np.mean(metrics.nearest_neighbors(drawn, islands).distances < 1e-6)
    assert stored < 0.05, f"{stored:.0%} of the points are points of the data: copied, not generated"
    different = len(np.unique(drawn.round(4), axis=0))
    assert different > 2000, f"among 2,500 points only {different} are different"
    _, _, good = landed(islands, data.ring_centers(8), rounds=2, seed=2)
    assert good < 0.3, (
        f"after only two rounds {good:.0%} of the points land on an island already: does it learn for `rounds`?"
    )
    ### END HIDDEN TESTS


test_train_wgan_gp()


# %% nbgrader={"grade": true, "grade_id": "test_train_wgan_gp_elsewhere", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
def test_train_wgan_gp_elsewhere():
    from unittest import mock

    import keras
    import numpy as np

    from gan_course import data, metrics
    from gan_course.gan import GAN

    def landed_elsewhere(points, centers, rounds, seed):
        """Train, draw 2,500 points. Returns the number of islands that they reach, and the share on islands."""

        def locked(self, *arguments, **options):
            raise AssertionError("this is the course's GAN. Train by steps of your own")

        with mock.patch.object(GAN, "__init__", locked):
            made = train_wgan_gp(points.copy(), rounds, seed)
        assert isinstance(made, keras.Model), f"expected a Keras model; came {type(made).__name__}"
        z = np.random.default_rng(51).normal(size=(2500, 2)).astype("float32")
        drawn, near = (
            keras.ops.convert_to_numpy(made(noise, training=False)) for noise in (z, z + 1e-4)
        )
        assert drawn.shape == (2500, 2), f"expected points of shape (2500, 2); came {drawn.shape}"
        thrown = np.median(np.abs(near - drawn)) / max(1, drawn.std())
        assert thrown < 0.01, "a touch on the noise throws most points far away"
        return metrics.mode_coverage(drawn, centers, 0.05)

    shift = np.array([0.5, -0.3], "float32")
    islands = data.ring(20_000, modes=5, radius=1.3, std=0.05, seed=4) + shift
    centers = data.ring_centers(5, 1.3) + shift
    _, good = landed_elsewhere(islands, centers, rounds=2, seed=2)
    assert good < 0.3, (
        f"after only two rounds {good:.0%} of the points land on an island already: does it learn from `points`, for `rounds`?"
    )
    ### BEGIN HIDDEN TESTS
    modes, good = landed_elsewhere(islands, centers, rounds=600, seed=2)
    assert modes >= 4, f"five islands elsewhere: your generator reaches {modes}; expected at least 4"
    assert good >= 0.35, (
        f"five islands elsewhere: {good:.0%} of the points land on one; expected at least 35 %"
    )
    ### END HIDDEN TESTS


test_train_wgan_gp_elsewhere()

# %% [markdown]
# ## Exercise 8: Energy (3 points)
#
# Another discriminator, another reading. In an EBGAN ([Zhao, Mathieu and LeCun
# 2016](https://arxiv.org/abs/1609.03126)) D is an auto-encoder, and the **energy** of a sample is its reconstruction
# error: low for what D has learned to copy. We take the mean square, as lesson 09 does. Write `energy(autoencoder,
# x)`:
#
# * `autoencoder`: a Keras model, or any function, from `(n, ...)` to the same shape;
# * `x`: a float32 tensor `(n, ...)`;
# * returns a tensor `(n,)`: for each sample the mean, over all its numbers, of the squared error. Gradients flow
#   through it.


# %% nbgrader={"grade": false, "grade_id": "energy", "locked": false, "schema_version": 3, "solution": true, "task": false}
def energy(autoencoder, x):
    """Mean squared error of the reconstruction, for each sample: (n,)."""
    ### BEGIN SOLUTION
    return tf.reduce_mean((autoencoder(x) - x) ** 2, axis=list(range(1, len(x.shape))))
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_energy", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
def test_energy():
    import keras
    import numpy as np
    import tensorflow as tf

    def energy_of(autoencoder, x):
        x = tf.convert_to_tensor(x, "float32")
        came = energy(autoencoder, x)
        assert tf.is_tensor(came), f"expected a tensor; came {type(came).__name__}"
        expected = (len(x),)
        assert came.shape == expected, (
            f"{len(x)} samples have as many energies: expected shape {expected}; came {came.shape}"
        )
        return came

    came = energy_of(lambda x: x / 2, [[1.0, 3.0], [0.0, -2.0], [4.0, 4.0]])
    assert np.allclose(came, [1.25, 0.5, 4], atol=1e-5), (
        "an auto-encoder that halves everything is off by ½ and 1½ at [1, 3]: its energy is (0.25 + 2.25)/2 = 1.25. "
        f"Expected 1.25, 0.5 and 4; came {came}"
    )
    ### BEGIN HIDDEN TESTS
    rng = np.random.default_rng(47)
    for shape in ((4, 6), (3, 8, 8, 1), (1, 5), (5, 2, 3)):
        x, shift = rng.normal(size=shape).astype("float32"), keras.layers.Dense(shape[-1])
        autoencoder = keras.Sequential([keras.Input(shape[1:]), shift])
        autoencoder.set_weights([rng.normal(size=w.shape) for w in autoencoder.get_weights()])
        came, error = np.asarray(energy_of(autoencoder, x)), x - np.asarray(autoencoder(x))
        right = (error.reshape(len(x), -1) ** 2).mean(axis=1)
        assert np.allclose(came, right, rtol=1e-4), (
            f"samples of shape {shape}: expected {right.round(4)}; came {came.round(4)}"
        )
    x = tf.Variable([[1.0, 2.0], [3.0, 0.0]])
    with tf.GradientTape() as tape:
        value = energy_of(lambda x: x / 2, x)
    came = tape.gradient(value, x)
    assert came is not None, "no gradient in the samples: how would the generator learn from it?"
    assert np.allclose(came, [[0.25, 0.5], [0.75, 0]], atol=1e-5), (
        f"the gradient in the samples should flow through the auto-encoder and past it; came {came.numpy().tolist()}"
    )
    ### END HIDDEN TESTS


test_energy()

# %% [markdown]
# ## Exercise 9: Pulling apart, for a large batch (4 + 3 points)
#
# Nothing in the energy forbids the generator to make one good sample over and over. The **pulling-away term** does
# (the paper's section 2.4). For the codes S of a batch, one row for each sample,
#
# $$f_{PT}(S) = \frac{1}{N(N-1)} \sum_i \sum_{j \ne i} \left(\frac{S_i^\top S_j}{\lVert S_i \rVert \, \lVert S_j \rVert}\right)^{\!2}$$
#
# Lesson 09 makes a table of all pairs. For 100,000 codes it would have ten billion entries, 40 GB. There is no need
# for it: for any matrix U, the sum of the squares of *all* entries of $UU^\top$, N × N, is also that of $U^\top U$,
# which is only k × k.
#
# Write `pulling_away(codes)`:
#
# * `codes`: a float32 tensor `(N, k)`, N ≥ 2, no row of zeros;
# * returns a scalar tensor with gradients, from 0 (all codes at right angles) to 1 (all along one line) (4 points);
# * without any tensor of N × N numbers, and without a loop over the rows or pairs (3 points): the second test hands in 100,000
#   codes, and looks for both. For this it runs your function inside a `tf.function`, as exercise 10 will do: there `len(codes)` may be an
# error, and `codes.shape[0]` is not. (And N (N − 1) is then 10¹⁰, too large for an int32: count in float32.)


# %% nbgrader={"grade": false, "grade_id": "pulling_away", "locked": false, "schema_version": 3, "solution": true, "task": false}
def pulling_away(codes):
    """Mean squared cosine over all pairs of different rows, without a table of all pairs: a scalar."""
    ### BEGIN SOLUTION
    rows = codes / tf.norm(codes, axis=1, keepdims=True)
    count = tf.cast(tf.shape(codes)[0], codes.dtype)
    every_pair = tf.reduce_sum(tf.matmul(rows, rows, transpose_a=True) ** 2)
    return (every_pair - count) / (count * (count - 1))
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_pulling_away", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
def test_pulling_away():
    import numpy as np
    import tensorflow as tf

    def pulled(codes):
        came = pulling_away(tf.convert_to_tensor(codes, "float32"))
        assert tf.is_tensor(came), f"expected a scalar tensor; came {type(came).__name__}"
        assert came.shape == (), f"expected one number; came shape {came.shape}"
        return came

    came = float(pulled([[1.0, 0.0], [0.0, 5.0]]))
    assert abs(came) < 1e-5, f"two codes at a right angle: expected 0; came {came:.4f}"
    came = float(pulled([[1.0, 1.0], [2.0, 2.0], [-3.0, -3.0]]))
    assert abs(came - 1) < 1e-5, (
        f"three codes along one line, one turned around: expected 1; came {came:.4f}"
    )
    came = float(pulled([[1.0, 0.0], [1.0, 1.0], [0.0, 1.0]]))
    assert abs(came - 1 / 3) < 1e-5, (
        f"three pairs, whose squared cosines are ½, 0 and ½: the mean is 1/3; came {came:.4f}"
    )
    ### BEGIN HIDDEN TESTS
    rng = np.random.default_rng(49)
    for n, k in ((2, 3), (7, 2), (40, 16), (5, 30)):
        codes = rng.normal(0.3, 1, size=(n, k)) * rng.uniform(0.1, 9, size=(n, 1))
        rows = codes / np.linalg.norm(codes, axis=1, keepdims=True)
        right, came = ((rows @ rows.T)[~np.eye(n, dtype=bool)] ** 2).mean(), float(pulled(codes))
        assert abs(came - right) < 1e-4, (
            f"{n} codes of {k} numbers: the mean squared cosine of different codes is {right:.4f}; came {came:.4f}"
        )
    codes = tf.Variable([[1.0, 0.0], [1.0, 1.0]])
    with tf.GradientTape() as tape:
        loss = pulled(codes)
    came = tape.gradient(loss, codes)
    assert came is not None, "no gradient in the codes: what would pull them apart?"
    assert np.allclose(came, [[0, 1], [0.5, -0.5]], atol=1e-4), (
        f"two codes at 45°: expected the gradient [[0, 1], [½, −½]], which turns them apart; came {came.numpy().tolist()}"
    )
    ### END HIDDEN TESTS


test_pulling_away()


# %% nbgrader={"grade": true, "grade_id": "test_pulling_away_without_a_table", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
def test_pulling_away_without_a_table():
    import numpy as np
    import tensorflow as tf

    def pulled(codes):
        came = pulling_away(tf.convert_to_tensor(codes, "float32"))
        assert tf.is_tensor(came), f"expected a scalar tensor; came {type(came).__name__}"
        assert came.shape == (), f"expected one number; came shape {came.shape}"
        return came

    compiled = tf.function(pulling_away)(tf.constant([[1.0, 1.0], [2.0, 2.0]]))
    assert compiled.shape == (), (
        f"inside a tf.function: expected one number; came shape {compiled.shape}"
    )
    rows = np.random.default_rng(50).normal(size=(2000, 8))
    came = float(pulled(rows))
    assert abs(came - 1 / 8) < 0.02, (
        f"2,000 random directions in 8 dimensions: squared cosines are 1/8 on average; came {came:.4f}"
    )

    ### BEGIN HIDDEN TESTS
    def recipe(n):
        """The steps of the calculation for n codes, and the most numbers that any of them makes."""
        traced = tf.function(pulling_away).get_concrete_function(tf.TensorSpec((n, 3), "float32"))
        steps = traced.graph.get_operations()
        made = [out.shape for step in steps for out in step.outputs if out.shape.rank is not None]
        return len(steps), max(shape.num_elements() or 0 for shape in made)

    (few, _), (many, largest) = recipe(12), recipe(24)
    assert few == many, f"12 codes take {few} steps of calculation and 24 take {many}: a loop?"
    assert largest < 24 * 24, f"for 24 codes of 3 numbers a tensor of {largest} numbers is made"
    came = float(pulled(np.random.default_rng(50).normal(size=(100_000, 8))))
    assert abs(came - 1 / 8) < 0.01, (
        f"100,000 random directions in 8 dimensions: squared cosines are 1/8 on average; came {came:.4f}"
    )
    ### END HIDDEN TESTS


test_pulling_away_without_a_table()

# %% [markdown]
# ## Exercise 10: An EBGAN, by your own hands (7 + 4 points)
#
# The two losses of an EBGAN (the paper's equations 1 and 2, with the pulling-away term of its section 2.4) are those of lesson 09's exercise 3. Here 𝔼 is a mean, and E an energy: D lowers the energy of real
# samples, and raises that of generated ones as far as a margin m,
#
# $$L_D = \mathbb{E}\,E(x) + \mathbb{E} \max(0,\; m - E(G(z))), \qquad L_G = \mathbb{E}\,E(G(z)) + 0.1\, f_{PT}.$$
#
# $f_{PT}$ is computed from the codes that D's encoder gives to the generated pictures, and only G learns from it.
#
# Now let them play, on scikit-learn's digits of 8 × 8 pixels. Write `train_ebgan(pictures, rounds, seed)`; put a whole round
# into one `tf.function`, as in exercise 7:
#
# * `pictures`: what to learn from, float32 `(count, 8, 8, 1)` in [−1, 1]; `seed`: for your weights, your batches and your noise;
# * plays `rounds` rounds, each a step of D and a step of G, with at most 32 pictures in a batch;
# * returns the pair `(generator, autoencoder)`, two **Keras models**: from normal noise `(n, 16)` to pictures, and from pictures
#   to their reconstructions. Settings are yours, and so are the networks, if you do not take those below; build new ones at each call.
#
# The cell after your code calls it for 800 rounds and names the results `painter` and `autoencoder`, which the tests read. This **must take less than 10 seconds on two idle cores**. The first test asks whether G has learned to
# draw: a Fréchet distance of at most 20 from the unseen digits, on the features of the course's classifier, and at least 9 of the ten digits,
# each at least 5 times among 1,000 pictures (7 points). The second asks whether D is a landscape: unseen digits cost at most half
# the energy of the same digits with shuffled pixels, and a gray picture costs less than 3, since D must not raise energies
# without end (4 points). Both also
# call `train_ebgan` for 200 rounds on digits in negative (−`pictures`). By then G's pictures must be light
# on average (above 0.05), and unseen negatives must cost D less than 0.7 of what digits cost. To count your digits: `metrics.feature_classifier(*data.load("digits")).classes(pictures)`.
#
# What decides is the margin. D pushes up only what lies below it, and pulls the real digits down as far as it can copy them.
# Look at both energies as you train: what must be true of them if the margin is to push at all?


# %%
def new_networks():
    """A generator (n, 16) → (n, 8, 8, 1), an encoder to codes (n, 16), and the auto-encoder. You may use it."""
    hidden = [layers.Dense(128), layers.BatchNormalization(), layers.ReLU(), layers.Dense(128, "relu")]
    last = [layers.Dense(64, "tanh"), layers.Reshape((8, 8, 1))]
    down = [layers.Flatten(), layers.Dense(64, "leaky_relu"), layers.Dense(16)]
    up = [layers.Dense(64, "leaky_relu"), layers.Dense(64), layers.Reshape((8, 8, 1))]
    generator = keras.Sequential([keras.Input((16,)), *hidden, *last])
    encoder = keras.Sequential([keras.Input((8, 8, 1)), *down])
    decoder = keras.Sequential([keras.Input((16,)), *up])
    return generator, encoder, keras.Sequential([encoder, decoder])


# %% [markdown]
# The first of the next two cells is for your round, in whatever form you like: no test calls it.


# %% nbgrader={"grade": false, "grade_id": "ebgan_round", "locked": false, "schema_version": 3, "solution": true, "task": false}
def ebgan_round(networks, d_optimizer, g_optimizer, real, margin):
    """A step of D and a step of G. networks: generator, encoder, auto-encoder."""
    ### BEGIN SOLUTION
    generator, encoder, autoencoder = networks
    z = tf.random.normal((2, real.shape[0], 16))
    fake = generator(z[0], training=True)
    with tf.GradientTape() as tape:
        pushed = tf.reduce_mean(tf.maximum(margin - energy(autoencoder, fake), 0.0))
        d_loss = tf.reduce_mean(energy(autoencoder, real)) + pushed
    weights = autoencoder.trainable_variables
    d_optimizer.apply(tape.gradient(d_loss, weights), weights)
    with tf.GradientTape() as tape:
        fake = generator(z[1], training=True)
        g_loss = tf.reduce_mean(energy(autoencoder, fake)) + 0.1 * pulling_away(encoder(fake))
    weights = generator.trainable_variables
    g_optimizer.apply(tape.gradient(g_loss, weights), weights)
    ### END SOLUTION


# %% nbgrader={"grade": false, "grade_id": "train_ebgan", "locked": false, "schema_version": 3, "solution": true, "task": false}
def train_ebgan(pictures, rounds, seed):
    """Play `rounds` rounds. Return (generator, autoencoder): (n, 16) → (n, 8, 8, 1), and (n, 8, 8, 1) → the same."""
    ### BEGIN SOLUTION
    keras.utils.set_random_seed(seed)
    generator, encoder, autoencoder = new_networks()
    adams = [keras.optimizers.Adam(1e-3, beta_1=0.5) for _ in range(2)]
    adams[0].build(autoencoder.trainable_variables), adams[1].build(generator.trainable_variables)

    @tf.function
    def one_round(real):
        ebgan_round((generator, encoder, autoencoder), *adams, real, margin=0.1)

    for batch in np.random.default_rng(seed).integers(len(pictures), size=(rounds, 32)):
        one_round(tf.constant(pictures[batch]))
    return generator, autoencoder
    ### END SOLUTION


# %% nbgrader={"grade": false, "grade_id": "trained_ebgan", "locked": true, "schema_version": 3, "solution": false, "task": false} tags=["nbval-ignore-output"]
digits, unseen = (data.load("digits", split=part)[0] for part in ("train", "test"))
painter, autoencoder = train_ebgan(digits, 800, seed=0)
drawn = keras.ops.convert_to_numpy(
    painter(np.random.default_rng(1).normal(size=(24, 16)).astype("float32"))
)
shuffled = np.random.default_rng(0).permuted(unseen.reshape(-1, 64), axis=1).reshape(unseen.shape)
for name, x in (("unseen digits", unseen), ("your digits", drawn), ("shuffled digits", shuffled)):
    error = (keras.ops.convert_to_numpy(autoencoder(x)) - x) ** 2
    print(f"energy of {name:16} {error.mean():.3f}")
plots.image_grid(drawn, "what your EBGAN draws", columns=12, generated=True)
plt.show()


# %% nbgrader={"grade": true, "grade_id": "test_train_ebgan", "locked": true, "points": 7, "schema_version": 3, "solution": false, "task": false}
def test_train_ebgan():
    from unittest import mock

    import keras
    import numpy as np

    from gan_course import data, metrics, networks
    from gan_course.gan import GAN

    class Locked:
        def __getattr__(self, name):
            raise AssertionError("this is a network of the course. Build your own from Keras' layers")

    def on_negatives(rounds, seed):
        """The two networks after a short training on digits in negative, with the course's GAN locked away."""

        def locked(self, *arguments, **options):
            raise AssertionError("this is the course's GAN. Train by steps of your own")

        with (
            mock.patch.object(GAN, "__init__", locked),
            mock.patch.object(networks, "keras", Locked()),
            mock.patch.object(networks, "layers", Locked()),
        ):
            came = train_ebgan(-data.load("digits")[0], rounds, seed)
        parts = [isinstance(part, keras.Model) for part in came] if hasattr(came, "__len__") else []
        assert parts == [True, True], (
            f"expected a pair of Keras models (generator, autoencoder); came {came!r}"
        )
        return came

    def pictures_of(model, seed):
        assert isinstance(model, keras.Model), (
            f"expected a Keras model `painter`; came {type(model).__name__}"
        )
        z = np.random.default_rng(seed).normal(size=(1000, 16)).astype("float32")
        made, again = (keras.ops.convert_to_numpy(model(z, training=False)) for _ in range(2))
        assert made.shape == (1000, 8, 8, 1), f"expected pictures (1000, 8, 8, 1); came {made.shape}"
        assert np.allclose(made, again, atol=1e-5), "the same noise gave two different pictures"
        return made

    new, judged = data.load("digits", split="test")[0], metrics.feature_classifier(*data.load("digits"))
    pictures = pictures_of(globals().get("painter"), seed=7)
    distance = metrics.frechet_distance(judged.features(new), judged.features(pictures[: len(new)]))
    assert distance <= 20, f"expected a Fréchet distance of at most 20; came {distance:.1f}"
    mean = float(pictures_of(on_negatives(200, seed=5)[0], seed=9).mean())
    assert mean > 0.05, (
        f"200 rounds on digits in negative, whose pixels are 0.39 on average: yours are {mean:.2f} on average. "
        "Does it learn from `pictures`, for `rounds`?"
    )
    ### BEGIN HIDDEN TESTS
    pictures = pictures_of(painter, seed=2027)
    distance = metrics.frechet_distance(judged.features(new), judged.features(pictures[: len(new)]))
    assert distance <= 24, (
        f"with other noise the Fréchet distance is {distance:.1f}; expected 20, at most 24"
    )
    counts = np.bincount(judged.classes(pictures), minlength=10)
    assert (counts >= 5).sum() >= 9, f"expected at least 9 digits, each 5 times of 1,000; came {counts}"
    flat, known = (
        pictures.reshape(-1, 64),
        np.concatenate([data.load("digits")[0], new]).reshape(-1, 64),
    )
    first, second = metrics.nearest_neighbors(flat, known, k=2).distances.T
    copies = np.mean((first < 0.8) | (first < 0.7 * second))
    assert copies < 0.25, f"{copies:.0%} are far nearer to one real picture than new ones are: copies"
    ### END HIDDEN TESTS


test_train_ebgan()


# %% nbgrader={"grade": true, "grade_id": "test_train_ebgan_energy", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
def test_train_ebgan_energy():
    from unittest import mock

    import keras
    import numpy as np

    from gan_course import data
    from gan_course.gan import GAN

    def energies(model, x):
        assert isinstance(model, keras.Model), (
            f"expected a Keras model `autoencoder`; came {type(model).__name__}"
        )
        copy = keras.ops.convert_to_numpy(model(x, training=False))
        assert copy.shape == x.shape, f"expected reconstructions {x.shape}; came {copy.shape}"
        return float(((copy - x) ** 2).mean())

    new = data.load("digits", split="test")[0]
    mixed = np.random.default_rng(71).permuted(new.reshape(-1, 64), axis=1).reshape(new.shape)
    low, high = (energies(globals().get("autoencoder"), x) for x in (new, mixed))
    assert low < high / 2, (
        f"unseen digits cost {low:.3f}, shuffled ones {high:.3f}; expected at most half of it"
    )

    ### BEGIN HIDDEN TESTS
    def locked(self, *arguments, **options):
        raise AssertionError("this is the course's GAN. Train by steps of your own")

    with mock.patch.object(GAN, "__init__", locked):
        _, other = train_ebgan(-data.load("digits")[0], 200, 6)
    low, high = energies(other, -new), energies(other, new)
    assert low < 0.7 * high, (
        f"200 rounds on digits in negative: unseen negatives cost {low:.3f}, digits {high:.3f}; expected that it learns from `pictures`"
    )
    gray = energies(autoencoder, np.zeros_like(new))
    assert gray < 3, (
        f"gray pictures cost {gray:.1f}: has D raised the energy without end? What is the margin for?"
    )
    ### END HIDDEN TESTS


test_train_ebgan_energy()

# %% [markdown]
# ## Exercise 11: What does the critic's loss tell you? (10 points)
#
# Real samples lie around 0, generated ones around θ, both with standard deviation 0.1. The table has two numbers for each θ. The
# first is the loss of D* (lesson 02), the best D that there is. The second is the Wasserstein distance. The best 1-Lipschitz
# critic has minus this distance as its loss.

# %%
x = np.linspace(-2, 10, 24_001)
print("θ      D's loss at its best   Wasserstein distance")
for theta in (0.0, 0.1, 0.3, 1.0, 3.0, 8.0):
    p, q = (theory.gaussian(x, mean, 0.1) for mean in (0, theta))
    d_loss = np.log(4) - 2 * theory.jensen_shannon(p, q, x)
    print(f"{theta:3.1f} {d_loss:18.4f} {theta:22.1f}")

# %% [markdown]
# What does the critic's loss tell you that D's loss could not? Write 150 to 230 words.
#
# | points | for |
# |---|---|
# | 3 | what each of the two losses measures at its best, and what becomes of both when real and generated samples no longer overlap, with at least one number of each column |
# | 2 | how you would read the critic's loss while you train: which term of the sum that `critic_step` returns, and what it says about G when it rises or falls |
# | 3 | two things that it does *not* tell you, each with a reason |
# | 2 | D's loss in your EBGAN of exercise 10: what does it say when it is far below the margin, and what when it stays at the margin? (Lesson 09) |

# %% [markdown] nbgrader={"grade": true, "grade_id": "answer_critic_loss", "locked": false, "points": 10, "schema_version": 3, "solution": true, "task": false}
# **At their best.** D's loss is log 4 − 2·JSD, minus the critic's the Wasserstein distance. Once the piles no longer overlap, D's
# loss is 0 and stays there: 0.0000 at θ = 1 and at θ = 8. D knows that G is wrong, and not how far. The distance is 1.0 and 8.0: it
# still says which of two bad generators is nearer.
#
# **Reading it.** I take the Wasserstein part alone, without the penalty, and turn its sign: an estimate of the distance, on a mean over
# batches. If it falls while the critic keeps up, the samples come nearer. If it rises, they go away, or the critic has just learned more.
#
# **What it does not tell.** (1) No absolute distance: the penalty only asks for slopes near 1, and λ and the network decide how steep
# the critic is. So two runs with other critics cannot be compared. (2) A small number can mean a weak critic that has not been trained enough:
# any critic that is 1-Lipschitz gives a lower bound only. (Also: it does not see that samples are copies.)
#
# **EBGAN.** D's loss is at most the margin if D is the best of all; total variation is at least 1 − loss/m. Far below the margin: D
# tells the piles apart, so G is bad. At the margin nothing is proved: G may be good, or D weak. In this it is like D's loss.

# %% [markdown]
# ## Before you hand in
#
# * Kernel > Restart and Run All: does everything run from the top, in less than a minute?
# * Does every test cell run through without an error? A test that fails costs its own points only, but Run All stops
#   there: run the cells after it by hand.
# * Does one training of exercises 7 and 10 take less than 10 seconds? A slow one may be stopped when it is graded.
# * Is the written answer in its cell?
# * Nothing deleted, renamed or moved; then save, and hand in the `.ipynb`.
