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
# and [09](https://github.com/gan-course/gan-course/blob/main/notebooks/09_energy_based_gans.ipynb), and takes
# two hours, or a little more. Everything runs on a CPU; only exercise 9 trains for more than a moment.
#
# | exercise | points |
# |---|---|
# | 1 · Two losses without a logarithm | 6 |
# | 2 · How far the earth has to go | 10 |
# | 3 · Where the penalty looks | 12 |
# | 4 · A slope for each sample | 10 + 6 |
# | 5 · A critic that looks at its neighbors | 6 |
# | 6 · Two steps | 8 + 4 + 6 |
# | 7 · Energy, and a margin | 6 + 8 |
# | 8 · Pulling apart, for a large batch | 8 |
# | 9 · Islands, by your own hands | 10 |
#
# **How it is graded.** The cells below each exercise are tests. They say what is wrong, and you may run them as often
# as you like. When your work is graded, hidden tests run the same functions on other inputs: other shapes, other
# seeds, odd cases. So write functions that do what the text says, not what one test asks.
#
# **What is allowed.** NumPy, SciPy, TensorFlow and Keras; `data`, `plots`, `runtime` and `metrics` of the course.
# What an exercise asks for, write yourself. Exercise 9 is made of exercise 6, and says what to take if yours does not
# work; no other exercise needs the answer to an earlier one.
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

from gan_course import data, plots, runtime

plots.use_style()
runtime.select_backend("tensorflow")  # this homework takes gradients with TensorFlow
print(runtime.configure(seed=0))

# %%
import keras
import tensorflow as tf
from keras import layers

# %% [markdown]
# ## Exercise 1: Two losses without a logarithm (6 points)
#
# A Wasserstein critic f gives scores without a sigmoid. It is to make
#
# $$\mathbb{E}_{x \sim p_{data}}[f(x)] - \mathbb{E}_z[f(G(z))]$$
#
# as **large** as it can ([Arjovsky, Chintala and Bottou 2017](https://arxiv.org/abs/1701.07875), equation 2; the
# rule that holds f back comes in exercise 3). The generator wants the scores of its samples to rise. And an optimizer
# only ever minimizes.
#
# Write `wasserstein_losses(real_scores, fake_scores)`:
#
# * `real_scores`, `fake_scores`: float32 tensors of raw scores, `(n,)` or `(n, 1)`, of any two sizes;
# * returns the pair `(critic_loss, generator_loss)`: two scalar tensors through which gradients flow, each to be
#   *minimized* by its player. (There is no penalty yet.)


# %% nbgrader={"grade": false, "grade_id": "wasserstein_losses", "locked": false, "schema_version": 3, "solution": true, "task": false}
def wasserstein_losses(real_scores, fake_scores):
    """The critic's loss and the generator's, both to be minimized: two scalar tensors."""
    ### BEGIN SOLUTION
    return tf.reduce_mean(fake_scores) - tf.reduce_mean(real_scores), -tf.reduce_mean(fake_scores)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_wasserstein_losses", "locked": true, "points": 6, "schema_version": 3, "solution": false, "task": false}
import numpy as np
import tensorflow as tf


def losses_of(real, fake):
    came = wasserstein_losses(*(tf.convert_to_tensor(scores, "float32") for scores in (real, fake)))
    kind = type(came).__name__
    assert isinstance(came, tuple | list), f"expected a pair (critic_loss, generator_loss); came {kind}"
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
real, fake = tf.Variable([1.0, 2.0, 1000.0, -1000.0]), tf.Variable([40.0, -1000.0])
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

# %% [markdown]
# ## Exercise 2: How far the earth has to go (10 points)
#
# What does a perfect critic measure? On the line there is a formula, and no training. The p-th power of the
# **Wasserstein distance** is
#
# $$W_p^p(a, b) = \int_0^1 \big|F_a^{-1}(t) - F_b^{-1}(t)\big|^p \, dt$$
#
# with the quantile functions $F^{-1}$ (Villani 2003, *Topics in Optimal Transportation*, theorem 2.18). In words:
# sort both heaps, and carry what lies leftmost to the leftmost place. In lesson 08 both lists had the same length.
# Here they need not, so a grain may be *split* among several places.
#
# Write `earth_movers(a, b, power=1)`:
#
# * `a`, `b`: float arrays `(n,)` and `(m,)`, in any order. Each grain of `a` weighs 1/n, each place in `b` takes 1/m;
# * `power`: p, a number ≥ 1;
# * returns $W_p^p$, one number. It is exact: no random draws, and no grid of t that merely comes close;
# * lists of a thousand numbers take less than a second.


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
    came = earth_movers(np.array(a, float), np.array(b, float), *power, **named)
    assert came is not None, "it returned nothing. Is there a return?"
    assert np.shape(came) == (), f"expected one number; came shape {np.shape(came)}"
    return float(came)


came = cost_of([3, 1], [2, 4])
assert abs(came - 1) < 1e-9, f"from 1, 3 to 2, 4 every grain goes 1 to the right: 1; came {came:g}"
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
    came = cost_of(b - 1000, a - 1000)
    assert abs(came - right) < 1e-8, (
        f"{m} and {n} grains, there and back, far left of 0: the distance is still {right:.6f}; came {came:.6f}"
    )
for power in (1.5, 2, 3):
    a, b = rng.normal(size=4), rng.normal(2, 3, size=6)
    # The transport problem itself, solved as a linear program: what goes from each grain to each place
    costs = np.abs(a[:, None] - b[None]) ** power
    sums = [np.kron(np.eye(4), np.ones(6)), np.kron(np.ones(4), np.eye(6))]
    plan = linprog(costs.ravel(), A_eq=np.vstack(sums), b_eq=[1 / 4] * 4 + [1 / 6] * 6)
    came = cost_of(a, b, power)
    assert abs(came - plan.fun) < 1e-6, (
        f"4 and 6 grains, power {power}: the cheapest plan costs {plan.fun:.4f}; came {came:.4f}"
    )
came = cost_of(a, a)
assert abs(came) < 1e-12, f"from a heap to itself nothing has to move; came {came:.3g}"
came = cost_of([1.0, 1.0, 5.0], [1.0, 5.0])
assert abs(came - 2 / 3) < 1e-9, (
    f"grains on top of each other: from 1, 1, 5 to 1, 5 a sixth of the earth goes 4, which is 2/3; came {came:.4g}"
)
### END HIDDEN TESTS

# %% [markdown]
# ## Exercise 3: Where the penalty looks (12 points)
#
# The critic has to be 1-Lipschitz: nowhere steeper than 1. WGAN-GP ([Gulrajani et al.
# 2017](https://arxiv.org/abs/1704.00028), algorithm 1) asks for that on the lines between real samples and generated
# ones, at points
#
# $$\hat x = \varepsilon\, x + (1 - \varepsilon)\, \tilde x, \qquad \varepsilon \sim U[0, 1]$$
#
# Write `points_between(real, fake)`:
#
# * `real`, `fake`: float32 tensors of one shape `(n, ...)`: numbers, points of a plane, pictures;
# * returns a float32 tensor of that shape. Every pair has an ε of its own, and one ε serves all numbers of a sample;
# * every call draws anew. It has to work inside a `tf.function`, too, where Python runs only once.


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
    """Where on its line each number lies: 0 at the generated end, 1 at the real one. Returns (n, numbers)."""
    where = f"{shape}, in a tf.function" if call else f"{shape}"
    try:
        came = (call or points_between)(tf.fill(shape, 3.0), tf.fill(shape, -1.0))
    except (TypeError, ValueError, NotImplementedError, tf.errors.InvalidArgumentError) as error:
        raise AssertionError(
            f"samples of shape {where}: it stops. {str(error).rpartition('}} ')[2][:200]}"
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

for shape in ((4000, 2), (4000, 3, 2), (4000, 4, 4, 1), (4000,)):
    shares = shares_of(shape)
    assert np.abs(shares - shares[:, :1]).max() < 1e-5, (
        f"{shape}: numbers of one sample lie at different places of its line. One ε for the whole sample"
    )
    gap = kstest(
        shares[:, 0], "uniform"
    ).statistic  # by chance above 0.05 once in a hundred million times
    assert gap < 0.05, (
        f"{shape}: the ε are not uniform on [0, 1]: the share below some ε is off by {gap:.2f}"
    )
real, fake = np.random.default_rng(43).normal(size=(2, 6, 5)).astype("float32")
came = np.asarray(points_between(tf.constant(real), tf.constant(fake)))
along = ((came - fake) * (real - fake)).sum(axis=1) / ((real - fake) ** 2).sum(axis=1)
off = np.abs(came - fake - along[:, None] * (real - fake)).max()
assert off < 1e-4, f"a point lies {off:.3f} off the line between its real and its generated sample"
compiled = tf.function(points_between)
first, second = shares_of((500, 2), compiled), shares_of((500, 2), compiled)
assert np.abs(first - second).max() > 0.1, (
    "compiled with tf.function, every call gives the same ε. Who draws them, and when?"
)
for size in (1, 3):
    shares_of((size, 2), compiled)
### END HIDDEN TESTS

# %% [markdown]
# ## Exercise 4: A slope for each sample (10 + 6 points)
#
# Now look how steep the critic is at those points. Write `slopes(critic, points)`:
#
# * `critic`: a Keras model, or any function, from `(n, ...)` to scores `(n, 1)` or `(n,)`;
# * `points`: a float32 tensor `(n, ...)`;
# * returns a tensor `(n,)`: for each sample the length (Euclidean norm) of the gradient of *its* score with respect
#   to *its* numbers, all of them together;
# * the slopes will be part of a loss, so their own gradient with respect to the critic's weights has to be right.
#   Where the critic is flat the slope is 0 (1e-3 is near enough), and that gradient must be finite.


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


def half_square(x):
    """|x|²/2 of each sample: its gradient is x itself."""
    return tf.reduce_sum(tf.reshape(x, (len(x), -1)) ** 2, axis=1) / 2


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
flat, edge = tf.Variable([[0.0], [0.0]]), tf.Variable([[3.0], [4.0]])
sides = [[-1, -1], [1, 1]]
for name, critic, variable, points, right, pull in (
    ("f = 2x", lambda x: x @ steep + bend, steep, np.zeros((3, 2)), 2, [[3], [0]]),
    ("f = 0", lambda x: x @ flat, flat, np.zeros((3, 2)), 0, None),
    ("f = max(0, 3x + 4y)", lambda x: tf.nn.relu(x @ edge), edge, sides, [0, 5], [[0.6], [0.8]]),
):
    with tf.GradientTape() as tape:
        came = slopes_of(critic, points)
        total = tf.reduce_sum(came)
    assert np.allclose(came, right, atol=2e-3), f"{name}: expected slopes {right}; came {came}"
    came = tape.gradient(total, variable)
    assert came is not None, f"{name}: the slope has no gradient in the weights. What cut it?"
    assert np.isfinite(came).all(), f"{name}: the slope's own gradient is {came.numpy().ravel()}"
    assert pull is None or np.allclose(came, pull, atol=1e-3), (
        f"{name}: the sum of slopes has the gradient {pull} in the weights; came {came.numpy().tolist()}"
    )
### END HIDDEN TESTS

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


# %% nbgrader={"grade": true, "grade_id": "test_gradient_penalty", "locked": true, "points": 6, "schema_version": 3, "solution": false, "task": false}
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

# %% [markdown]
# ## Exercise 5: A critic that looks at its neighbors (6 points)
#
# "The slope of a sample" makes sense only if its score is its own. In some critics it is not: the score of one
# picture changes with what else is in the batch. Then your `slopes` mixes up gradients of different samples, without
# a word. So test critics before you penalize them.
#
# Write `sees_neighbors(critic, x)`:
#
# * `critic`: a Keras model from `(n, ...)` to scores `(n, 1)`, without dropout or other chance;
# * `x`: a float32 tensor `(n, ...)` of at least two different samples;
# * returns `True` if, **in training**, the score of at least one sample changes by more than 0.001 when the others
#   are taken away, and `False` otherwise. Mind that some layers change their own weights in each call
#   in training, so that the same samples get other scores in the next call. Put the weights back before each call, so
#   that all calls are compared from the same weights.
#
# Ask the critic itself. What its layers are called is no proof: some that sound guilty are innocent, and the other
# way round.


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


# %% nbgrader={"grade": true, "grade_id": "test_sees_neighbors", "locked": true, "points": 6, "schema_version": 3, "solution": false, "task": false}
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
came = verdict_on([keras.layers.SpectralNormalization(keras.layers.Dense(8))])
assert not came, (
    "SpectralNormalization rescales its kernel in each call in training, but treats each sample by itself: expected "
    "False; came True. Are all calls compared from the same weights?"
)
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


nested = keras.Sequential([keras.layers.BatchNormalization(), keras.layers.ReLU()])
for name, inside, expected in (
    ("LayerNormalization", [keras.layers.LayerNormalization()], False),
    ("GroupNormalization", [keras.layers.GroupNormalization(2)], False),
    ("a frozen BatchNormalization", [frozen], False),
    ("SpectralNormalization", [spectral()], False),
    ("two layers with SpectralNormalization", [spectral(), keras.layers.ReLU(), spectral()], False),
    ("SpectralNormalization inside another model", [keras.Sequential([spectral()])], False),
    ("a layer that counts its calls", [CallsAreCounted()], False),
    (
        "SpectralNormalization, then BatchNormalization",
        [spectral(), keras.layers.BatchNormalization()],
        True,
    ),
    ("a BatchNormalization inside another model", [nested], True),
    ("a layer that takes the batch's mean away, in training only", [Centered()], True),
    ("a layer that compares all samples with the first", [FirstOneLeads()], True),
    ("a layer that adds the batch's standard deviation", [Spread()], True),
):
    for shape in ((6, 3), (2, 4, 4, 1)):
        came = verdict_on(inside, shape, seed=46)
        assert came == expected, f"{name}, x of shape {shape}: expected {expected}; came {came}"
### END HIDDEN TESTS

# %% [markdown]
# ## Exercise 6: Two steps (8 + 4 + 6 points)
#
# All of it together, once: the inner loop of the paper's algorithm 1. Write `critic_step(critic, generator,
# optimizer, real, z, weight=10.0)`:
#
# * `critic`, `generator`: Keras models, called with `training=True` wherever they are called;
# * `real`: samples `(n, ...)`; `z`: noise `(n, k)`, from which the generator makes the partners of `real`;
# * takes **one** step of `optimizer`, by `optimizer.apply(gradients, variables)`, on the critic's Wasserstein loss
#   plus the gradient penalty with λ = `weight`;
# * moves the critic, and nothing else (moving averages, of BatchNormalization for example, do not count);
# * returns the whole loss before the step, a scalar tensor. It works inside a `tf.function`, too.
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


# %% nbgrader={"grade": true, "grade_id": "test_critic_step", "locked": true, "points": 8, "schema_version": 3, "solution": false, "task": false}
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

# %% nbgrader={"grade": true, "grade_id": "test_critic_step_penalty", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
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


def bowl_step(shape, n, weight, rate, step=None):
    """All real samples have length 1, all generated ones are 0. Returns the loss, and the critic's size after it."""
    critic = keras.Sequential([keras.Input(shape), Bowl()])
    numbers = int(np.prod(shape))
    nought = keras.layers.Dense(numbers, kernel_initializer="zeros")
    generator = keras.Sequential([keras.Input((3,)), nought, keras.layers.Reshape(shape)])
    optimizer = keras.optimizers.SGD(rate)
    optimizer.build(critic.trainable_variables)
    calls.clear()
    real, z = tf.fill((n, *shape), numbers**-0.5), tf.ones((n, 3))
    loss = (step or critic_step)(critic, generator, optimizer, real, z, weight)
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
    assert abs(loss - 0.5) < 0.06, f"samples of shape {shape}: expected the loss 0.5; came {loss:.3f}"
    assert abs(size - 1.15) < 0.02, (
        f"samples of shape {shape}, f(x) = size·|x|²/2: a step of SGD makes size 1.15, of which the penalty's part is 0.10; "
        f"came {size:.3f}"
    )
loss, size = bowl_step((2,), 20_000, 3.0, 0.1, step=tf.function(critic_step))
assert abs(loss - 0.5) < 0.06, f"inside tf.function: expected the loss 0.5; came {loss:.3f}"
assert abs(size - 1.15) < 0.02, (
    f"inside tf.function: expected size 1.15 after the step; came {size:.3f}"
)
### END HIDDEN TESTS

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


# %% nbgrader={"grade": true, "grade_id": "test_generator_step", "locked": true, "points": 6, "schema_version": 3, "solution": false, "task": false}
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
assert moved > 0, "the generator's BatchNormalization saw no batch: was it called with training=True?"
### END HIDDEN TESTS

# %% [markdown]
# ## Exercise 7: Energy, and a margin (6 + 8 points)
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


# %% nbgrader={"grade": true, "grade_id": "test_energy", "locked": true, "points": 6, "schema_version": 3, "solution": false, "task": false}
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

# %% [markdown]
# The two losses (the paper's equations 1 and 2, for a batch). D lowers the energy of real samples, and raises that of
# generated ones, but only up to a margin m:
#
# $$L_D = \mathbb{E}\,E(x) + \mathbb{E} \max(0,\; m - E(G(z))), \qquad L_G = \mathbb{E}\,E(G(z))$$
#
# Write `margin_losses(real_energies, fake_energies, margin)`:
#
# * energies: float32 tensors `(n,)` and `(m,)`; `margin`: a number above 0;
# * returns the pair `(d_loss, g_loss)` of scalar tensors, through which gradients flow.
#
# The margin decides to whom D listens. So write `still_taught(fake_energies, margin)`, too:
#
# * returns booleans `(n,)`: for each generated sample, whether D's loss changes when the energy of this sample
#   changes a little. (No energy will be exactly at the margin.)


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
    real, fake = (tf.convert_to_tensor(energies, "float32") for energies in (real, fake))
    came = margin_losses(real, fake, margin)
    kind = type(came).__name__
    assert isinstance(came, tuple | list), f"expected a pair (d_loss, g_loss); came {kind}"
    assert len(came) == 2, f"expected a pair (d_loss, g_loss); came {len(came)} values"
    for name, value in zip(("D", "G"), came, strict=True):
        assert tf.is_tensor(value), f"{name}: expected a scalar tensor; came {type(value).__name__}"
        assert value.shape == (), f"{name}: expected one number; came shape {value.shape}"
    return came


def check_taught(fake, margin, right):
    came = np.asarray(still_taught(tf.constant(fake, "float32"), margin))
    kind = came.shape, came.dtype.kind
    assert kind == (np.shape(right), "b"), f"still_taught: expected {len(right)} booleans; came {came}"
    assert np.array_equal(came, right), (
        f"energies {np.round(fake[:4], 2)}, margin {margin}: still_taught {right[:4]}; came {came[:4]}"
    )


d_loss, g_loss = map(float, margin_of([0.1, 0.3], [0.5, 2.0], 1.0))
assert abs(d_loss - 0.45) < 1e-5, (
    "real energies 0.1, 0.3; generated 0.5, 2; margin 1: D pays 0.2 for the real ones and (0.5 + 0)/2 for the others, "
    f"0.45; came {d_loss:g}"
)
assert abs(g_loss - 1.25) < 1e-5, f"G lowers the mean energy of its samples, 1.25; came {g_loss:g}"
check_taught([0.5, 2.0], 1.0, [True, False])
### BEGIN HIDDEN TESTS
rng = np.random.default_rng(48)
for n, m, margin in ((1, 1, 1.0), (8, 3, 0.5), (2, 40, 7.0), (6, 6, 4.0)):
    real, fake = rng.uniform(0, 9, n), rng.uniform(0, 9, m)
    d_loss, g_loss = map(float, margin_of(real, fake, margin))
    right = real.mean() + np.clip(margin - fake, 0, None).mean()
    assert abs(d_loss - right) < 1e-4, (
        f"{n} real and {m} generated energies, margin {margin}: D's loss is {right:.4f}; came {d_loss:.4f}. "
        "Whom is the margin for?"
    )
    assert abs(g_loss - fake.mean()) < 1e-4, f"G's loss is {fake.mean():.4f}; came {g_loss:.4f}"
    check_taught(fake, margin, fake < margin)
real, fake = tf.Variable([0.2, 4.0]), tf.Variable([0.4, 3.0, 0.9, 5.0])
with tf.GradientTape(persistent=True) as tape:
    d_loss, g_loss = margin_of(real, fake, 1.0)
for name, loss, energies, right in (
    ("D's", d_loss, real, [0.5, 0.5]),
    ("D's", d_loss, fake, [-0.25, 0, -0.25, 0]),
    ("G's", g_loss, fake, [0.25] * 4),
):
    came = tape.gradient(loss, energies)
    assert came is not None, f"{name} loss has no gradient in the energies. What cut it?"
    assert np.allclose(came, right, atol=1e-6), f"{name} slopes: expected {right}; came {came.numpy()}"
### END HIDDEN TESTS

# %% [markdown]
# ## Exercise 8: Pulling apart, for a large batch (8 points)
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
# * returns a scalar tensor with gradients, from 0 (all codes at right angles) to 1 (all along one line);
# * without any tensor of N × N numbers, and without a loop over the rows or pairs. It works inside a `tf.function`,
#   too.


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

# %% [markdown]
# ## Exercise 9: Islands, by your own hands (10 points)
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
# rounds, draws 2,500 points with noise of its own, and wants **at least 6 islands** reached, and **at least 35 %** of
# the points within three standard deviations of a center. Hidden tests move the islands elsewhere, about as far from the origin as here.
#
# Two things decide. How tight a rein may λ be? (Lesson 08 tried it on its ring, with Adam's β₁ = 0 and β₂ = 0.9.) And how fast is a round? There will
# be several trainings, so **600 rounds must take less than 10 seconds**: put a whole round into one `tf.function`,
# and `build` the optimizers before the first. If your two steps of exercise 6 do not work, take the course's `GAN`
# instead (`from gan_course.gan import GAN`; `compile(..., "wasserstein", d_steps=5, gradient_penalty_weight=...)`, then `fit` with a
# `batch_size` that holds the samples of all five steps together).


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

# %% nbgrader={"grade": true, "grade_id": "test_train_wgan_gp", "locked": true, "points": 10, "schema_version": 3, "solution": false, "task": false}
import keras
import numpy as np

from gan_course import data, metrics


def landed(points, centers, rounds, seed):
    """Train, draw 2,500 points. Returns them, the islands that they reach, and the share on islands."""
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
shift = np.array([0.5, -0.3], "float32")
islands = data.ring(20_000, modes=5, radius=1.3, std=0.05, seed=4) + shift
centers = data.ring_centers(5, 1.3) + shift
_, _, good = landed(islands, centers, rounds=2, seed=2)
assert good < 0.3, (
    f"after only two rounds {good:.0%} of the points land on an island already: does it learn from `points`, for `rounds`?"
)
_, modes, good = landed(islands, centers, rounds=600, seed=2)
assert modes >= 4, f"five islands elsewhere: your generator reaches {modes}; expected at least 4"
assert good >= 0.35, (
    f"five islands elsewhere: {good:.0%} of the points land on one; expected at least 35 %"
)
### END HIDDEN TESTS

# %% [markdown]
# ## Before you hand in
#
# * Kernel > Restart and Run All: does everything run from the top, in less than a minute?
# * Does every test cell run through without an error? A test that fails costs its own points only.
# * Does one training of exercise 9 take less than 10 seconds? A slow one may be stopped when it is graded.
# * Nothing deleted, renamed or moved; then save, and hand in the `.ipynb`.
