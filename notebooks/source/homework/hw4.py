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
# **The one idea: a discriminator need not say real or fake. It can measure how far the samples have to walk, or how much
# energy they cost; but then somebody has to keep it honest, and that somebody is you.**
#
# It belongs to lessons [08](https://github.com/gan-course/gan-course/blob/main/notebooks/08_other_objectives.ipynb) and [09](https://github.com/gan-course/gan-course/blob/main/notebooks/09_energy_based_gans.ipynb), and takes
# about two hours. Everything runs on a CPU. The training in exercise 6 takes about ten seconds; please stay **below 20
# seconds on two cores**, since your notebook is run once more when it is graded.
#
# | exercise | points |
# |---|---|
# | 1 · Two losses without a logarithm | 8 |
# | 2 · How far the earth has to go | 10 |
# | 3 · Where the penalty looks | 12 |
# | 4 · A slope for each sample | 10 + 8 |
# | 5 · Two steps | 14 + 6 |
# | 6 · A ring, by your own hands | 10 |
# | 7 · Energy, and a margin | 6 + 8 |
# | 8 · Pulling apart, for a large batch | 8 |
#
# **How it is graded.** The cells below each exercise are tests. They say what is wrong, and you may run them as
# often as you like. When your work is graded, hidden tests run the same functions on other inputs: other shapes, other
# seeds, odd cases. So write functions that do what the text says, not what one test asks.
#
# **What is allowed.** NumPy, SciPy, TensorFlow and Keras; `data`, `plots`, `runtime` and `metrics` of the course, and in
# exercise 6 `networks` and `GAN`, too. What an exercise asks for, write yourself. No exercise needs the answer to an earlier one.
#
# **Conventions of the course.** Scores are raw numbers, higher for what looks real; energies are the other way round, lower
# for what looks real. A batch comes first in every shape.
#
# **How to hand in.** Fill in the cells that say `YOUR CODE HERE`, and leave all cells in their places: none deleted, none
# renamed. Then Kernel > Restart and Run All, save, and hand in this `.ipynb` (in Colab: File > Download > Download .ipynb).

# %% tags=["nbval-ignore-output"]
# Where the course package is missing, on Colab for example, this cell installs it first.
import importlib.util

if importlib.util.find_spec("gan_course") is None:
    print("Installing gan_course from https://github.com/gan-course/gan-course")
    # %pip install --quiet git+https://github.com/gan-course/gan-course

import matplotlib.pyplot as plt
import numpy as np

from gan_course import data, metrics, plots, runtime

plots.use_style()
runtime.select_backend("tensorflow")  # this homework takes gradients with TensorFlow
print(runtime.configure(seed=0))

# %%
import keras
import tensorflow as tf
from keras import layers

# %% [markdown]
# ## Exercise 1: Two losses without a logarithm (8 points)
#
# A Wasserstein critic f gives scores without a sigmoid. It is to make
#
# $$\mathbb{E}_{x \sim p_{data}}[f(x)] - \mathbb{E}_z[f(G(z))]$$
#
# as **large** as it can (Arjovsky et al. 2017, equation 2); the generator wants the samples' scores to rise. Optimizers only ever minimize.
#
# Write `wasserstein_losses(real_scores, fake_scores)`:
#
# * `real_scores`, `fake_scores`: float tensors of raw scores, `(n,)` or `(n, 1)`, of any two sizes;
# * returns the pair `(critic_loss, generator_loss)`, two scalar tensors, each to be *minimized* by its player, and each with
#   gradients. (There is no penalty yet.)


# %% nbgrader={"grade": false, "grade_id": "wasserstein_losses", "locked": false, "schema_version": 3, "solution": true, "task": false}
def wasserstein_losses(real_scores, fake_scores):
    """The critic's loss and the generator's, both to be minimized: two scalar tensors."""
    ### BEGIN SOLUTION
    return tf.reduce_mean(fake_scores) - tf.reduce_mean(real_scores), -tf.reduce_mean(fake_scores)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_wasserstein_losses", "locked": true, "points": 8, "schema_version": 3, "solution": false, "task": false}
import numpy as np
import tensorflow as tf


def losses_of(real, fake):
    came = wasserstein_losses(tf.constant(real, "float32"), tf.constant(fake, "float32"))
    kind = type(came).__name__
    assert isinstance(came, tuple | list), f"expected a pair (critic_loss, generator_loss); came {kind}"
    assert len(came) == 2, f"expected a pair (critic_loss, generator_loss); came {len(came)} values"
    for name, value in zip(("critic", "generator"), came, strict=True):
        assert np.shape(value) == (), f"{name}: expected one number; came shape {np.shape(value)}"
    return tuple(float(value) for value in came)


critic_loss, generator_loss = losses_of([3.0, 5.0], [1.0, 0.0, -4.0])
assert abs(critic_loss + 5) < 1e-5, (
    f"real scores 3, 5 and generated 1, 0, −4: the critic tells them apart by 4 − (−1) = 5, and its loss is −5; came {critic_loss:g}"
)
assert abs(generator_loss - 1) < 1e-5, (
    f"generated scores 1, 0, −4: the generator's loss falls when they rise, and is 1; came {generator_loss:g}"
)
### BEGIN HIDDEN TESTS
rng = np.random.default_rng(41)
for n, m in ((1, 1), (8, 3), (5, 60)):
    for tail in ((), (1,)):
        real, fake = 9 * rng.normal(size=(n, *tail)), 9 * rng.normal(size=(m, *tail)) - 3
        critic_loss, generator_loss = losses_of(real, fake)
        expected = fake.mean() - real.mean()
        assert abs(critic_loss - expected) < 1e-4, (
            f"{n} real and {m} generated scores of shape (n{', 1' if tail else ''}): the critic's loss is {expected:.4f}; "
            f"came {critic_loss:.4f}. A mean over each batch?"
        )
        assert abs(generator_loss + fake.mean()) < 1e-4, (
            f"the generator's loss is {-fake.mean():.4f}; came {generator_loss:.4f}"
        )
real, fake = tf.Variable([1.0, 2.0, 60.0, -500.0]), tf.Variable([40.0, -700.0])
with tf.GradientTape(persistent=True) as tape:
    critic_loss, generator_loss = wasserstein_losses(real, fake)
for name, loss, scores, slope in (
    ("critic's", critic_loss, real, -1 / 4),
    ("critic's", critic_loss, fake, 1 / 2),
    ("generator's", generator_loss, fake, -1 / 2),
):
    came = tape.gradient(loss, scores)
    assert came is not None, (
        f"the {name} loss has no gradient in the scores. Did a NumPy function cut it?"
    )
    assert np.allclose(came, slope, atol=1e-6), (
        f"the {name} loss should have slope {slope:g} in each of {len(scores)} scores, however large they are; came {came.numpy()}"
    )
### END HIDDEN TESTS

# %% [markdown]
# ## Exercise 2: How far the earth has to go (10 points)
#
# What does a perfect critic measure? On the line there is a formula, and no training: the p-th power of the **Wasserstein
# distance** is
#
# $$W_p^p(a, b) = \int_0^1 \big|F_a^{-1}(t) - F_b^{-1}(t)\big|^p \, dt ,$$
#
# with the quantile functions F⁻¹ (Villani 2003, theorem 2.18). In words: both heaps are sorted, and grains go from left to left, and
# right to right. With lists of *different* lengths a grain of one heap is split among several of the other.
#
# Write `earth_movers(a, b, power=1)`:
#
# * `a`, `b`: arrays `(n,)` and `(m,)` of numbers in any order; each grain of `a` weighs 1/n, each of `b` 1/m;
# * returns W_p^p, one number, exact. (So no simulation, and no grid.)


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


# %% nbgrader={"grade": true, "grade_id": "test_earth_movers", "locked": true, "points": 10, "schema_version": 3, "solution": false, "task": false}
import numpy as np


def cost_of(a, b, *power, **named):
    a, b = np.array(a, float), np.array(b, float)
    came = earth_movers(a.copy(), b.copy(), *power, **named)
    assert np.shape(came) == (), f"expected one number; came shape {np.shape(came)}"
    return float(came)


came = cost_of([3, 1], [2, 4])
assert abs(came - 1) < 1e-9, (
    f"from 1, 3 to 2, 4 every grain goes 1 to the right: expected 1; came {came:g}"
)
came = cost_of([0], [1, 2, 6])
assert abs(came - 3) < 1e-9, (
    f"a grain at 0 is split in three, which go 1, 2 and 6: expected 3; came {came:g}"
)
came = cost_of([0], [1, 2, 6], power=2)
assert abs(came - 41 / 3) < 1e-9, f"the same with power 2: (1 + 4 + 36)/3 = 13.67; came {came:.4g}"
### BEGIN HIDDEN TESTS
from scipy.optimize import linprog
from scipy.stats import wasserstein_distance

rng = np.random.default_rng(42)
for n, m in ((5, 5), (7, 4), (1, 9), (300, 200), (64, 1000)):
    a, b = rng.normal(size=n), rng.normal(1, 2, size=m)
    came, right = cost_of(a, b), wasserstein_distance(a, b)
    assert abs(came - right) < 1e-9, f"{n} and {m} grains: the distance is {right:.6f}; came {came:.6f}"
    came = cost_of(a - 1000, b - 1000)
    assert abs(came - right) < 1e-8, "the distance should not care where both heaps lie"
for power in (2, 3):
    a, b = rng.normal(size=4), rng.normal(2, 3, size=6)
    costs = (
        np.abs(a[:, None] - b[None]) ** power
    )  # the transport problem itself, solved as a linear program
    sums = [np.kron(np.eye(4), np.ones(6)), np.kron(np.ones(4), np.eye(6))]
    plan = linprog(costs.ravel(), A_eq=np.vstack(sums), b_eq=[1 / 4] * 4 + [1 / 6] * 6)
    came = cost_of(a, b, power)
    assert abs(came - plan.fun) < 1e-6, (
        f"4 and 6 grains, power {power}: the cheapest plan costs {plan.fun:.4f}; came {came:.4f}"
    )
assert abs(cost_of(a, a)) < 1e-12, "from a heap to itself nothing has to move"
assert abs(cost_of([1.0, 1.0, 5.0], [1.0, 5.0]) - 2 / 3) < 1e-9, (
    "grains on top of each other: from 1, 1, 5 to 1, 5 a sixth of the earth goes 4, which is 2/3"
)
### END HIDDEN TESTS

# %% [markdown]
# ## Exercise 3: Where the penalty looks (12 points)
#
# The critic has to be 1-Lipschitz: nowhere steeper than 1. WGAN-GP (Gulrajani et al. 2017, algorithm 1) asks for that on the
# lines between real samples and generated ones, at points
#
# $$\hat x = \varepsilon\, x + (1 - \varepsilon)\, \tilde x, \qquad \varepsilon \sim U[0, 1] .$$
#
# Write `points_between(real, fake)`:
#
# * `real`, `fake`: float32 tensors of one shape, `(n, ...)`: points on a plane, pictures, anything;
# * returns points of that shape, float32. Every pair has an ε of its own, and shares it among all its numbers. Every call draws anew,
#   inside a `tf.function`, too.


# %% nbgrader={"grade": false, "grade_id": "points_between", "locked": false, "schema_version": 3, "solution": true, "task": false}
def points_between(real, fake):
    """A random point on the line between each real sample and its generated partner: (n, ...)."""
    ### BEGIN SOLUTION
    share = tf.random.uniform([tf.shape(real)[0]] + [1] * (len(real.shape) - 1))
    return share * real + (1 - share) * fake
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_points_between", "locked": true, "points": 12, "schema_version": 3, "solution": false, "task": false}
import numpy as np
import tensorflow as tf


def shares_of(shape, call=None):
    """Where on its line each number lies: 0 at the generated end, 1 at the real one."""
    real, fake = tf.fill(shape, 3.0), tf.fill(shape, -1.0)
    came = (call or points_between)(real, fake)
    assert np.shape(came) == tuple(shape), (
        f"{shape}: expected points of that shape; came {np.shape(came)}"
    )
    assert came.dtype == tf.float32, f"expected float32; came {came.dtype}"
    return (np.asarray(came).reshape(shape[0], -1) + 1) / 4


shares = shares_of((2000, 2))
assert shares.min() >= -1e-6 and shares.max() <= 1 + 1e-6, (  # noqa: PT018
    f"points lie off the lines: ε from {shares.min():.2f} to {shares.max():.2f}; expected 0 to 1"
)
assert np.ptp(shares[:, 0]) > 0.9, "every pair needs an ε of its own, from all of [0, 1]"
### BEGIN HIDDEN TESTS
from scipy.stats import kstest

for shape in ((4000, 2), (4000, 3, 2), (4000, 4, 4, 1), (4000,)):
    shares = shares_of(shape)
    assert np.abs(shares - shares[:, :1]).max() < 1e-5, (
        f"{shape}: the numbers of one sample lie at different places of its line. One ε for the whole sample"
    )
    assert shares.min() >= -1e-6 and shares.max() <= 1 + 1e-6, (  # noqa: PT018
        f"{shape}: ε from {shares.min():.2f} to {shares.max():.2f}; expected 0 to 1"
    )
    gap = kstest(shares[:, 0], "uniform").statistic  # by chance above 0.05 once in ten million times
    assert gap < 0.05, (
        f"{shape}: the ε are not uniform on [0, 1]: their distribution is off by {gap:.2f} somewhere"
    )
real = tf.random.stateless_normal((6, 5), seed=(1, 2))
fake = tf.random.stateless_normal((6, 5), seed=(3, 4))
came = np.asarray(points_between(real, fake))
ratio = (came - fake.numpy()) / (real.numpy() - fake.numpy())
assert np.abs(ratio - ratio[:, :1]).max() < 1e-3, "a point is off the line between its two samples"
compiled = tf.function(points_between)
first, second = shares_of((500, 2), compiled), shares_of((500, 2), compiled)
assert np.abs(first - second).max() > 0.1, (
    "compiled with tf.function, every call gives the same ε. Draw with TensorFlow, not with NumPy"
)
for size in (1, 3):  # another batch size: nothing may be remembered
    shares_of((size, 2), compiled)
### END HIDDEN TESTS

# %% [markdown]
# ## Exercise 4: A slope for each sample (10 + 8 points)
#
# Now look how steep the critic is at those points. Write `slopes(critic, points)`:
#
# * `critic`: a function, or a Keras model, from `(n, ...)` to scores `(n, 1)` or `(n,)`;
# * `points`: a float32 tensor `(n, ...)`;
# * returns `(n,)`: for each sample the length (Euclidean norm) of the gradient of *its* score with respect to *its* numbers,
#   all of them together;
# * where the critic is flat the slope is 0, and its own gradient with respect to the critic's weights must stay finite: the penalty will
#   be differentiated, too.


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


# %% nbgrader={"grade": true, "grade_id": "test_slopes", "locked": true, "points": 10, "schema_version": 3, "solution": false, "task": false}
import numpy as np
import tensorflow as tf


def slopes_of(critic, points):
    points = tf.constant(points, "float32")
    came = slopes(critic, points)
    assert came is not None, "it returned nothing. Is there a return?"
    assert np.shape(came) == (len(points),), (
        f"{len(points)} samples have as many slopes, shape ({len(points)},); came {np.shape(came)}"
    )
    return np.asarray(came)


weights = tf.constant([[3.0], [4.0]])
came = slopes_of(lambda x: x @ weights, [[0.0, 0.0], [1.0, 2.0], [5.0, -5.0]])
assert np.allclose(came, 5, atol=1e-4), f"f(x) = 3x + 4y is 5 steep everywhere; came {came}"
came = slopes_of(lambda x: tf.reduce_sum(x**2, axis=1, keepdims=True) / 2, [[3.0, 4.0], [0.0, 2.0]])
assert np.allclose(came, [5, 2], atol=1e-4), (
    f"f(x) = |x|²/2 is as steep at x as x is long: expected 5 and 2; came {came}"
)
### BEGIN HIDDEN TESTS
rng = np.random.default_rng(43)
for shape in ((7, 3), (4, 5, 5, 2), (1, 6), (9, 2, 3)):
    x = rng.normal(size=shape)
    lengths = np.sqrt((x.reshape(len(x), -1) ** 2).sum(axis=1))
    inner = tuple(range(1, len(shape)))
    came = slopes_of(lambda x: tf.reduce_sum(x**2, axis=inner) / 2, x)  # noqa: B023
    assert np.allclose(came, lengths, atol=1e-4), (
        f"points of shape {shape}, f(x) = |x|²/2: expected {lengths.round(3)}; came {came.round(3)}. "
        "All numbers of a sample belong to one gradient"
    )
    assert np.allclose(
        slopes_of(lambda x: tf.reduce_sum(x**2, axis=inner) / 2, x[:1]), came[:1], atol=1e-4
    ), "a sample's slope should not depend on the others in its batch"
a = tf.Variable([[2.0], [0.0]])
with tf.GradientTape() as tape:
    total = tf.reduce_sum(slopes(lambda x: x @ a + 0.5, tf.zeros((3, 2))))
came = tape.gradient(total, a)
assert came is not None, (
    "the slope has no gradient in the critic's weights. What does your tape not see?"
)
assert np.allclose(came, [[3], [0]], atol=1e-4), (
    f"three samples, f(x) = 2x: the sum of slopes has gradient [[3], [0]] in the weights; came {came.numpy().tolist()}"
)
flat = tf.Variable([[0.0], [0.0]])
with tf.GradientTape() as tape:
    came = slopes(lambda x: x @ flat, tf.zeros((3, 2)))
    total = tf.reduce_sum(came)
assert np.allclose(came, 0, atol=1e-3), f"a flat critic has slope 0; came {came.numpy()}"
came = tape.gradient(total, flat)
assert came is None or np.isfinite(came).all(), (
    f"where the critic is flat, the slope's own gradient is {came.numpy().ravel()}: the square root has no slope at 0"
)
### END HIDDEN TESTS

# %% [markdown]
# And the penalty. Write `gradient_penalty(slopes, weight=10.0)`:
#
# * `slopes`: `(n,)`, the slopes at the points between;
# * returns a scalar: `weight` times the mean of (slope − 1)², as in the paper's equation 3. A critic that is too flat pays, too.
#
# And, with it, `too_steep(slopes)`: the share of samples at which the critic breaks the 1-Lipschitz rule, slopes above 1.01, a number from
# 0 to 1.


# %% nbgrader={"grade": false, "grade_id": "gradient_penalty", "locked": false, "schema_version": 3, "solution": true, "task": false}
def gradient_penalty(slopes, weight=10.0):
    """weight · mean of (slope − 1)²: a scalar."""
    ### BEGIN SOLUTION
    return weight * tf.reduce_mean((slopes - 1) ** 2)
    ### END SOLUTION


def too_steep(slopes):
    """The share of slopes above 1.01: a number from 0 to 1."""
    ### BEGIN SOLUTION
    return float(np.mean(np.asarray(slopes) > 1.01))
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_gradient_penalty", "locked": true, "points": 8, "schema_version": 3, "solution": false, "task": false}
import numpy as np
import tensorflow as tf


def penalty_of(slopes, *weight):
    came = gradient_penalty(tf.constant(slopes, "float32"), *weight)
    assert np.shape(came) == (), f"expected one number; came shape {np.shape(came)}"
    return float(came)


for slope, expected in ((5.0, 160.0), (1.0, 0.0), (0.1, 8.1)):
    came = penalty_of([slope] * 3)
    assert abs(came - expected) < 1e-3, (
        f"a critic of slope {slope} everywhere pays 10·({slope} − 1)² = {expected}; came {came:.4g}"
    )
assert too_steep(tf.constant([0.2, 3.0])) == 0.5, "slopes 0.2 and 3: half of them are too steep"
### BEGIN HIDDEN TESTS
rng = np.random.default_rng(44)
for n in (1, 2, 50):
    s = rng.uniform(0, 3, size=n).astype("float32")
    for weight in (10.0, 0.1, 3.0):
        came, right = penalty_of(s, weight), weight * ((s - 1) ** 2).mean()
        assert abs(came - right) < 1e-4 * (1 + right), (
            f"{n} slopes, weight {weight}: expected {right:.5f}; came {came:.5f}. First the square of each, then the mean"
        )
    share = too_steep(tf.constant(s))
    assert np.shape(share) == () and abs(float(share) - (s > 1.01).mean()) < 1e-6, (  # noqa: PT018
        f"slopes {s[:5].round(2)} …: a share of {(s > 1.01).mean():.3f} is above 1.01; came {share}"
    )
s = tf.Variable([0.5, 2.0])
with tf.GradientTape() as tape:
    loss = gradient_penalty(s)
came = tape.gradient(loss, s)
assert came is not None, "the penalty has no gradient in the slopes. Did a NumPy function cut it?"
assert np.allclose(came, [-5, 10], atol=1e-4), (
    f"slopes ½ and 2: the penalty pushes the first up and the second down, [−5, 10]; came {came.numpy()}"
)
### END HIDDEN TESTS

# %% [markdown]
# ## Exercise 5: Two steps (14 + 6 points)
#
# All of it together, once. Write `critic_step(critic, generator, optimizer, real, z, weight=10.0)`:
#
# * `critic`, `generator`: Keras models; `real`: `(n, ...)`; `z`: `(n, k)`, the noise for the generated partners of `real`;
# * takes **one** step of `optimizer` (`optimizer.apply(gradients, variables)`) on the Wasserstein loss plus `weight` times the gradient
#   penalty, and returns that whole loss, a scalar tensor;
# * moves the critic and nothing else. Networks are called with `training=True`.
#
# Write it in full, or call your functions from above.


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


# %% nbgrader={"grade": true, "grade_id": "test_critic_step", "locked": true, "points": 14, "schema_version": 3, "solution": false, "task": false}
import keras
import numpy as np
import tensorflow as tf


def linear_players(k, d, seed):
    """A linear critic and a linear generator: what a step does to them can be computed by hand."""
    rng = np.random.default_rng(seed)
    critic = keras.Sequential([keras.Input((d,)), keras.layers.Dense(1)])
    generator = keras.Sequential([keras.Input((k,)), keras.layers.Dense(d)])
    for network in (critic, generator):
        network.set_weights([rng.normal(size=w.shape) for w in network.get_weights()])
    return critic, generator


def step_of(k, d, n, seed, weight, rate=0.05):
    """Take a step; compare the critic's weights and the loss with those by hand."""
    rng = np.random.default_rng(seed + 1)
    critic, generator = linear_players(k, d, seed)
    real, z = (rng.normal(size=size).astype("float32") for size in ((n, d), (n, k)))
    w, kept = critic.get_weights()[0], generator.get_weights()
    fake = z @ kept[0] + kept[1]
    length = np.sqrt((w**2).sum())
    gap = (fake.mean(axis=0) - real.mean(axis=0))[:, None]
    right_loss = (gap * w).sum() + weight * (length - 1) ** 2
    right = w - rate * (gap + 2 * weight * (length - 1) * w / length)
    optimizer = keras.optimizers.SGD(rate)
    loss = critic_step(critic, generator, optimizer, tf.constant(real), tf.constant(z), weight)
    assert all(np.array_equal(a, b) for a, b in zip(kept, generator.get_weights(), strict=True)), (
        "the critic's step moved the generator. Whose gradients do you take, and whose do you apply?"
    )
    assert int(optimizer.iterations) == 1, (
        f"expected one step of the optimizer; came {int(optimizer.iterations)}"
    )
    assert loss is not None and np.shape(loss) == (), f"expected the loss, a scalar; came {loss}"  # noqa: PT018
    return critic.get_weights()[0], right, float(loss), right_loss


came, right, loss, right_loss = step_of(3, 2, 16, seed=0, weight=10.0)
assert abs(loss - right_loss) < 1e-3, (
    f"a linear critic: Wasserstein loss plus penalty is {right_loss:.4f} by hand; came {loss:.4f}"
)
assert np.abs(came - right).max() < 1e-4, (
    f"after one step of SGD the critic's weights should be {right.ravel().round(4)}; came {came.ravel().round(4)}"
)
### BEGIN HIDDEN TESTS
for k, d, n, seed, weight in (
    (2, 5, 9, 1, 10.0),
    (4, 1, 30, 2, 0.1),
    (3, 3, 1, 3, 2.5),
    (2, 2, 50, 4, 0.0),
):
    came, right, loss, right_loss = step_of(k, d, n, seed, weight)
    assert abs(loss - right_loss) < 1e-3 * (1 + abs(right_loss)), (
        f"weight {weight}, {n} samples in {d} dimensions: the loss is {right_loss:.4f} by hand; came {loss:.4f}"
    )
    assert np.abs(came - right).max() < 1e-3, (
        f"weight {weight}, {n} samples in {d} dimensions: the step went elsewhere, by up to {np.abs(came - right).max():.3g}"
    )
asked = []


class Remembers(keras.layers.Layer):
    def call(self, x, training=False):
        asked.append(training)
        return x


inner = [keras.layers.Flatten(), keras.layers.Dense(8, "tanh"), Remembers(), keras.layers.Dense(1)]
critic = keras.Sequential([keras.Input((4, 4, 1)), *inner])
generator = keras.Sequential(
    [keras.Input((3,)), keras.layers.Dense(16), keras.layers.Reshape((4, 4, 1))]
)
asked.clear()
before = critic.get_weights()
critic_step(critic, generator, keras.optimizers.SGD(0.1), tf.zeros((5, 4, 4, 1)), tf.ones((5, 3)))
assert asked and all(asked), "the critic was called without training=True"  # noqa: PT018
assert any(np.abs(a - b).max() > 0 for a, b in zip(before, critic.get_weights(), strict=True)), (
    "on pictures the critic's step did not move it"
)
compiled = tf.function(lambda real, z: critic_step(critic, generator, optimizer, real, z))
optimizer = keras.optimizers.SGD(0.01)
optimizer.build(critic.trainable_variables)
value = compiled(tf.zeros((5, 4, 4, 1)), tf.ones((5, 3)))
assert np.isfinite(value), "inside tf.function the loss is not a number"
### END HIDDEN TESTS

# %% [markdown]
# Now the other player. Write `generator_step(critic, generator, optimizer, z)`: one step of `optimizer` on the generator's Wasserstein
# loss; it moves the generator and nothing else, and returns the loss before the step, a scalar tensor. Again with `training=True`.


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


# %% nbgrader={"grade": true, "grade_id": "test_generator_step", "locked": true, "points": 6, "schema_version": 3, "solution": false, "task": false}
import keras
import numpy as np
import tensorflow as tf


def generator_step_of(k, d, n, seed, rate=0.05):
    rng = np.random.default_rng(seed)
    critic = keras.Sequential([keras.Input((d,)), keras.layers.Dense(1)])
    generator = keras.Sequential([keras.Input((k,)), keras.layers.Dense(d)])
    for network in (critic, generator):
        network.set_weights([rng.normal(size=w.shape) for w in network.get_weights()])
    z = rng.normal(size=(n, k)).astype("float32")
    kept, (weights, bias) = critic.get_weights(), generator.get_weights()
    right_loss = -((z @ weights + bias) @ kept[0] + kept[1]).mean()
    right = weights + rate * z.mean(axis=0)[:, None] * kept[0].T, bias + rate * kept[0].ravel()
    loss = generator_step(critic, generator, keras.optimizers.SGD(rate), tf.constant(z))
    assert all(np.array_equal(a, b) for a, b in zip(kept, critic.get_weights(), strict=True)), (
        "the generator's step moved the critic"
    )
    assert loss is not None and np.shape(loss) == (), f"expected the loss, a scalar; came {loss}"  # noqa: PT018
    assert abs(float(loss) - right_loss) < 1e-3, (
        f"expected the loss {right_loss:.4f}; came {float(loss):.4f}"
    )
    off = max(np.abs(a - b).max() for a, b in zip(right, generator.get_weights(), strict=True))
    assert off < 1e-4, f"one step of SGD raises the scores; your weights are off by up to {off:.4f}"


generator_step_of(3, 2, 8, seed=5)
### BEGIN HIDDEN TESTS
for k, d, n, seed in ((1, 4, 1, 6), (5, 2, 40, 7), (2, 2, 3, 8)):
    generator_step_of(k, d, n, seed)
critic = keras.Sequential([keras.Input((2,)), keras.layers.Dense(4, "tanh"), keras.layers.Dense(1)])
normed = [keras.Input((3,)), keras.layers.Dense(2), keras.layers.BatchNormalization()]
generator = keras.Sequential(normed)
z = tf.constant(np.random.default_rng(9).normal(3, 2, size=(64, 3)), "float32")
generator_step(critic, generator, keras.optimizers.SGD(0.0), z)
moved = np.abs(generator.layers[-1].moving_mean.numpy()).max()
assert moved > 0, "the generator's BatchNormalization saw no batch. Was it called with training=True?"
### END HIDDEN TESTS

# %% [markdown]
# ## Exercise 6: A ring, by your own hands (10 points)
#
# Eight islands on a circle, each a Gaussian of standard deviation 0.05. Train a Wasserstein GAN with gradient penalty on
# them, so that `generator` is a **Keras model** from noise `(n, 2)`, normally distributed, to points `(n, 2)`. With your own
# steps, or with the course's `GAN`; networks and settings are yours. A round of one critic step and one generator step,
# compiled with `tf.function`, takes about a millisecond.
#
# Two things that lesson 08 found out help here: the weight of the penalty that suits pictures does not suit points,
# and rates that fade end in calmer places.
#
# The test draws 2,500 points with noise of its own, and asks for **at least 6 of the 8 islands**, and for **at least
# 20 %** of the points within three standard deviations of an island's center.

# %%
islands = data.ring(20_000, modes=8, std=0.05, seed=0)


def dense(inputs, outputs, width=128):
    """A small network with two hidden layers. You may use it."""
    hidden = [layers.Dense(width), layers.LeakyReLU(0.2), layers.Dense(width), layers.LeakyReLU(0.2)]
    return keras.Sequential([keras.Input((inputs,)), *hidden, layers.Dense(outputs)])


# %% tags=["nbval-ignore-output"] nbgrader={"grade": false, "grade_id": "ring", "locked": false, "schema_version": 3, "solution": true, "task": false}
### BEGIN SOLUTION
keras.utils.set_random_seed(0)
critic, generator = dense(2, 1), dense(2, 2)
rates = keras.optimizers.schedules.CosineDecay(4e-3, 1400)
for_critic, for_generator = (keras.optimizers.Adam(rates, beta_1=0.0, beta_2=0.9) for _ in range(2))
for_critic.build(critic.trainable_variables)
for_generator.build(generator.trainable_variables)


@tf.function
def one_round(real):
    critic_step(critic, generator, for_critic, real, tf.random.normal((64, 2)), weight=0.1)
    generator_step(critic, generator, for_generator, tf.random.normal((64, 2)))


for chosen in np.random.default_rng(0).integers(len(islands), size=(1400, 64)):
    one_round(tf.constant(islands[chosen]))
### END SOLUTION

# %%
noise = np.random.default_rng(1).normal(size=(1000, 2)).astype("float32")
drawn = np.asarray(generator(noise))
ax = plots.clouds(islands[:1000], drawn)
ax.set_title("Eight islands, and what your generator makes of them")
plt.show()

# %% nbgrader={"grade": true, "grade_id": "test_ring", "locked": true, "points": 10, "schema_version": 3, "solution": false, "task": false}
import keras
import numpy as np

from gan_course import data, metrics

assert isinstance(generator, keras.Model), f"expected a Keras model; came {type(generator).__name__}"
noise = np.random.default_rng(2).normal(size=(2500, 2)).astype("float32")
drawn = np.asarray(generator(noise))
assert drawn.shape == (2500, 2), f"expected points of shape (2500, 2); came {drawn.shape}"
modes, good = metrics.mode_coverage(drawn, data.ring_centers(8), 0.05)
assert modes >= 6, f"your generator reaches {modes} of 8 islands; expected at least 6"
assert good >= 0.2, f"{good:.0%} of the points lie near an island; expected at least 20 %"
### BEGIN HIDDEN TESTS
noise = np.random.default_rng(45).normal(size=(2500, 2)).astype("float32")
drawn = np.asarray(generator(noise))
modes, good = metrics.mode_coverage(drawn, data.ring_centers(8), 0.05)
assert modes >= 6 and good >= 0.2, (  # noqa: PT018
    f"with other noise it reaches {modes} islands with {good:.0%} of the points. Was it made for one sample?"
)
again = np.asarray(generator(noise))
assert np.allclose(drawn, again, atol=1e-5), (
    "the same noise gives other points each time: the generator draws its own"
)
near = np.asarray(generator(noise + 1e-4))
assert np.median(np.abs(near - drawn)) < 0.01, (
    "a touch on the noise throws most points far: a lookup, not a learned map"
)
assert len(np.unique(drawn.round(4), axis=0)) > 2000, "many points come twice: stored ones?"
### END HIDDEN TESTS

# %% [markdown]
# ## Exercise 7: Energy, and a margin (6 + 8 points)
#
# Another discriminator, another reading. In an EBGAN (Zhao et al. 2016) D is an auto-encoder, and the **energy** of a sample is its
# reconstruction error: low for what it has learned to copy. Write `energy(autoencoder, x)`:
#
# * `autoencoder`: a function or Keras model from `(n, ...)` to the same shape; `x`: a float32 tensor `(n, ...)`;
# * returns `(n,)`: for each sample the mean over all its numbers of the squared error.


# %% nbgrader={"grade": false, "grade_id": "energy", "locked": false, "schema_version": 3, "solution": true, "task": false}
def energy(autoencoder, x):
    """Mean squared error of the reconstruction, for each sample: (n,)."""
    ### BEGIN SOLUTION
    return tf.reduce_mean((autoencoder(x) - x) ** 2, axis=list(range(1, len(x.shape))))
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_energy", "locked": true, "points": 6, "schema_version": 3, "solution": false, "task": false}
import numpy as np
import tensorflow as tf

x = tf.constant([[1.0, 3.0], [0.0, -2.0], [4.0, 4.0]])
came = energy(lambda x: x / 2, x)
assert np.shape(came) == (3,), f"three samples have three energies, shape (3,); came {np.shape(came)}"
assert np.allclose(came, [1.25, 0.5, 4], atol=1e-5), (
    f"an auto-encoder that halves [1, 3] is off by ½ and 1½: energy (0.25 + 2.25)/2 = 1.25; came {np.asarray(came)}"
)
### BEGIN HIDDEN TESTS
rng = np.random.default_rng(46)
for shape in ((4, 6), (3, 8, 8, 1), (1, 5), (5, 2, 3)):
    x, factor = rng.normal(size=shape).astype("float32"), rng.uniform(0.2, 0.8)
    came = np.asarray(energy(lambda x: factor * x, tf.constant(x)))  # noqa: B023
    right = (1 - factor) ** 2 * (x.reshape(len(x), -1) ** 2).mean(axis=1)
    assert came.shape == right.shape, f"{shape}: expected {right.shape}; came {came.shape}"
    assert np.allclose(came, right, atol=1e-5), (
        f"{shape}: expected {right.round(4)}; came {came.round(4)}"
    )
x = tf.Variable([[1.0, 2.0]])
with tf.GradientTape() as tape:
    value = energy(lambda x: tf.stop_gradient(x) * 0, x)
came = tape.gradient(value, x)
assert came is not None and np.allclose(came, [[1, 2]], atol=1e-5), (  # noqa: PT018
    "the energy needs a gradient in the sample: the generator learns from it"
)
### END HIDDEN TESTS

# %% [markdown]
# The two losses (the paper's equations 1 and 2, for a batch): D lowers the energy of real samples, and raises that of generated ones, **but only up to a margin m**:
#
# $$L_D = \mathbb{E}[E(x)] + \mathbb{E}\big[\max(0,\, m - E(G(z)))\big], \qquad L_G = \mathbb{E}[E(G(z))] .$$
#
# Write `margin_losses(real_energies, fake_energies, margin)`, which returns the pair `(d_loss, g_loss)` of scalar tensors, and
# `still_taught(fake_energies, margin)`: a boolean array `(n,)`, which says of each generated sample whether D's loss still changes when its energy changes a
# little.


# %% nbgrader={"grade": false, "grade_id": "margin_losses", "locked": false, "schema_version": 3, "solution": true, "task": false}
def margin_losses(real_energies, fake_energies, margin):
    """D's loss and G's from energies (n,) and (m,): two scalar tensors."""
    ### BEGIN SOLUTION
    pushed = tf.reduce_mean(tf.maximum(margin - fake_energies, 0.0))
    return tf.reduce_mean(real_energies) + pushed, tf.reduce_mean(fake_energies)
    ### END SOLUTION


def still_taught(fake_energies, margin):
    """Whether D's loss still depends on each energy: booleans (n,)."""
    ### BEGIN SOLUTION
    return np.asarray(fake_energies) < margin
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_margin_losses", "locked": true, "points": 8, "schema_version": 3, "solution": false, "task": false}
import numpy as np
import tensorflow as tf


def margin_of(real, fake, margin):
    came = margin_losses(tf.constant(real, "float32"), tf.constant(fake, "float32"), margin)
    assert isinstance(came, tuple | list) and len(came) == 2, "expected a pair (d_loss, g_loss)"  # noqa: PT018
    for name, value in zip(("D", "G"), came, strict=True):
        assert np.shape(value) == (), f"{name}: expected one number; came shape {np.shape(value)}"
    return tuple(float(value) for value in came)


d_loss, g_loss = margin_of([0.1, 0.3], [0.5, 2.0], 1.0)
assert abs(d_loss - 0.45) < 1e-5, (
    f"real 0.1, 0.3; generated 0.5, 2; margin 1: 0.2 for the real ones and (0.5 + 0)/2 for the others are 0.45; came {d_loss:g}"
)
assert abs(g_loss - 1.25) < 1e-5, (
    f"the generator lowers the mean energy of its samples, 1.25; came {g_loss:g}"
)
assert np.array_equal(still_taught(tf.constant([0.5, 2.0]), 1.0), [True, False]), (
    "margin 1: D still pushes the sample of energy 0.5, and no longer the one of energy 2"
)
### BEGIN HIDDEN TESTS
rng = np.random.default_rng(47)
for n, m, margin in ((1, 1, 1.0), (8, 3, 0.5), (2, 40, 7.0)):
    real, fake = rng.uniform(0, 9, n), rng.uniform(0, 9, m)
    d_loss, g_loss = margin_of(real, fake, margin)
    right = real.mean() + np.clip(margin - fake, 0, None).mean()
    assert abs(d_loss - right) < 1e-4, (
        f"{n} real and {m} generated energies, margin {margin}: D's loss is {right:.4f}; came {d_loss:.4f}. "
        "The margin is for generated samples, each by itself"
    )
    assert abs(g_loss - fake.mean()) < 1e-4, (
        f"G's loss is {fake.mean():.4f}, without a margin; came {g_loss:.4f}"
    )
    taught = np.asarray(still_taught(tf.constant(fake, "float32"), margin))
    assert taught.shape == (m,) and np.array_equal(taught, fake < margin), (  # noqa: PT018
        f"energies {fake[:4].round(2)} …, margin {margin}: expected {(fake < margin)[:4]} …; came {taught[:4]} …"
    )
real, fake = tf.Variable([0.2, 4.0]), tf.Variable([0.4, 3.0, 0.9, 5.0])
with tf.GradientTape(persistent=True) as tape:
    d_loss, g_loss = margin_losses(real, fake, 1.0)
for name, loss, energies, right in (
    ("D's", d_loss, real, [0.5, 0.5]),
    ("D's", d_loss, fake, [-0.25, 0, -0.25, 0]),
    ("G's", g_loss, fake, [0.25] * 4),
):
    came = tape.gradient(loss, energies)
    assert came is not None, f"{name} loss has no gradient in the energies"
    assert np.allclose(came, right, atol=1e-6), (
        f"{name} loss: expected slopes {right}; came {came.numpy()}"
    )
### END HIDDEN TESTS

# %% [markdown]
# ## Exercise 8: Pulling apart, for a large batch (8 points)
#
# Nothing in the energy forbids the generator to make one good sample over and over. The **pulling-away term** does (the paper's
# section 2.4): for the codes S of a batch, one row for each sample,
#
# $$f_{PT}(S) = \frac{1}{N(N-1)} \sum_i \sum_{j \ne i} \left(\frac{S_i^\top S_j}{\lVert S_i \rVert \, \lVert S_j \rVert}\right)^{\!2} .$$
#
# Lesson 09 has it with an N × N table of all pairs. For 100,000 samples that table would have ten billion entries. It is not needed: for unit rows
# U, the sum of *all* squared products is also $\lVert U^\top U \rVert_F^2$, and that is a table of k × k.
#
# Write `pulling_away(codes)`:
#
# * `codes`: float32 tensor `(N, k)`, N ≥ 2, no row of zeros;
# * returns a scalar tensor with gradients, from 0 (all at right angles) to 1 (all along one line);
# * without any table of N × N.


# %% nbgrader={"grade": false, "grade_id": "pulling_away", "locked": false, "schema_version": 3, "solution": true, "task": false}
def pulling_away(codes):
    """Mean squared cosine over all pairs of different rows, without a table of all pairs: a scalar."""
    ### BEGIN SOLUTION
    rows = codes / tf.norm(codes, axis=1, keepdims=True)
    count = tf.cast(tf.shape(codes)[0], codes.dtype)
    every_pair = tf.reduce_sum(tf.matmul(rows, rows, transpose_a=True) ** 2)
    return (every_pair - count) / (count * (count - 1))
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_pulling_away", "locked": true, "points": 8, "schema_version": 3, "solution": false, "task": false}
import numpy as np
import tensorflow as tf


def pulled(codes):
    came = pulling_away(tf.constant(codes, "float32"))
    assert np.shape(came) == (), f"expected one number; came shape {np.shape(came)}"
    return float(came)


came = pulled([[1.0, 0.0], [0.0, 5.0]])
assert abs(came) < 1e-5, f"two codes at a right angle: expected 0; came {came:.4f}"
came = pulled([[1.0, 1.0], [2.0, 2.0], [-3.0, -3.0]])
assert abs(came - 1) < 1e-5, (
    f"three codes along one line, whatever their length and direction: expected 1; came {came:.4f}"
)
came = pulled([[1.0, 0.0], [1.0, 1.0], [0.0, 1.0]])
assert abs(came - 1 / 3) < 1e-5, f"cosines² of ½, 0 and ½: the mean over pairs is 1/3; came {came:.4f}"
### BEGIN HIDDEN TESTS
rng = np.random.default_rng(48)
for n, k in ((2, 3), (7, 2), (40, 16), (5, 30)):
    codes = rng.normal(0.3, 1, size=(n, k)) * rng.uniform(0.1, 9, size=(n, 1))
    rows = codes / np.sqrt((codes**2).sum(axis=1, keepdims=True))
    cosines = rows @ rows.T
    right = (cosines[~np.eye(n, dtype=bool)] ** 2).mean()
    came = pulled(codes)
    assert abs(came - right) < 1e-4, (
        f"{n} codes of {k} numbers: the mean squared cosine of different rows is {right:.4f}; came {came:.4f}"
    )
codes = tf.Variable([[1.0, 0.0], [1.0, 1.0]])
with tf.GradientTape() as tape:
    loss = pulling_away(codes)
came = tape.gradient(loss, codes)
assert came is not None, "no gradient in the codes: the generator cannot be pulled apart by it"
assert np.allclose(came, [[0, 1], [0.5, -0.5]], atol=1e-4), (
    f"two codes at 45°: the gradient turns them apart, [[0, 1], [½, −½]]; came {came.numpy().tolist()}"
)
large = np.random.default_rng(49).normal(size=(100_000, 8))
came = pulled(large)
assert abs(came - 1 / 8) < 0.01, (
    f"100,000 random directions in 8 dimensions: squared cosines average 1/8; came {came:.4f}"
)
### END HIDDEN TESTS

# %% [markdown]
# ## Before you hand in
#
# * Does the notebook run from top to bottom after Kernel > Restart and Run All?
# * Does every test cell run through without an error? A test that fails costs its own points only.
# * Does the training of exercise 6 take less than 20 seconds?
# * Are all cells still in their places? Then save, and hand in the `.ipynb`.
