# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Homework 5 · Conditional and image-to-image GANs
#
# **The one idea: say what you want, with a label or with a picture, and check that you get it. Each loss checks one
# thing only, and what no loss checks, nobody has promised.**
#
# It belongs to lessons [10](https://github.com/gan-course/gan-course/blob/main/notebooks/10_conditional_gans.ipynb)
# and [13](https://github.com/gan-course/gan-course/blob/main/notebooks/13_images_from_images.ipynb). Plan eight hours. (In two trial runs, made from
# this notebook alone, the time that
# a student needs was estimated at
# five to eleven hours. No students were timed.) Everything runs on a CPU, with digits of 28 × 28 pixels; only exercises 4 and 8 train for more than a
# moment.
#
# | exercise | points |
# |---|---|
# | 1 · A label beside the numbers | 3 + 2 + 2 |
# | 2 · The projection, and what it can say | 5 + 4 |
# | 3 · Two steps, with labels | 6 + 4 + 4 |
# | 4 · As asked for, by your own networks | 9 + 5 |
# | 5 · What one score sees | 4 + 5 |
# | 6 · A U-Net | 3 + 3 + 4 |
# | 7 · The two losses of pix2pix | 4 + 2 |
# | 8 · Fill the hole | 7 + 4 |
# | 9 · The cycle, and how to cheat it | 3 + 2 + 5 |
# | 10 · What was promised? (written answer) | 10 |
#
# **How it is graded.** The cells below each exercise are tests. They say what is wrong, and you may run them as often
# as you like. Each test is a function, so the names inside it do not touch yours. When your work is graded, hidden tests call your functions with other inputs: other shapes, other
# seeds, odd cases. So write functions that do what the text says, not what one test asks. Where an exercise has
# several numbers of points, each is for a test of its own: the first for
# the formula, the others for harder cases or for a second function, as the text says.
#
# **What is allowed.** NumPy, SciPy, TensorFlow and Keras; `data`, `plots`, `runtime` and `metrics` of the course.
# What an exercise asks for, write yourself: the course's `GAN` and its networks are locked away while the tests run.
# The two trainings may use the functions that you wrote before, or write everything anew; no exercise needs that the
# answer to an earlier one is right.
#
# **Conventions of the course.** Scores are raw numbers, before the sigmoid, *higher* for what looks real. Pixels go
# from −1 (black) to 1 (white). In every shape the batch comes first, and the channels last. A discriminator gets the
# picture first, and then what was asked for: `discriminator([pictures, labels])`. A generator gets the noise first:
# `generator([z, labels])`.
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

from gan_course import data, metrics, plots, runtime

plots.use_style()
runtime.select_backend("tensorflow")  # this homework takes gradients with TensorFlow
print(runtime.configure(seed=0))

# %% [markdown]
# As in the lessons, there are three piles of digits: 3,000 for your networks, 1,000 for the judge, and 1,000 for the
# test. The judge is a small classifier. It is no relative of your networks: it has never seen what they learn from.

# %%
import keras
import tensorflow as tf
from keras import layers

images, labels = data.load("mnist_5k")
learned, learned_labels = images[:3000], labels[:3000]  # for your networks
judge = metrics.feature_classifier(images[3000:], labels[3000:])
unseen, unseen_labels = data.load("mnist_5k", split="test")  # for neither
fair = 100 * np.mean(judge.classes(unseen) == unseen_labels)
print(f"The judge names ≈ {fair:.0f} % of {len(unseen):,} unseen digits correctly.")

# %% [markdown]
# ## Exercise 1: A label beside the numbers (3 + 2 + 2 points)
#
# The simplest way to show a label to a network is to put it beside the numbers that the network gets anyway (Mirza
# and Osindero 2014, [Conditional generative adversarial nets](https://arxiv.org/abs/1411.1784), section 3.2), written
# as a one-hot vector.
#
# Write `with_label(x, labels, classes=10)`:
#
# * `x`: a float32 tensor, latent vectors `(n, k)` or pictures `(n, height, width, channels)`; `labels`: integers
#   `(n,)`, from 0 to `classes` − 1, a NumPy array or a tensor of any integer dtype;
# * for latent vectors it returns a float32 tensor `(n, k + classes)`: first the row of `x`, then the one-hot vector
#   of its label (3 points);
# * for pictures it returns `(n, height, width, channels + classes)`. Each number of the one-hot vector fills one more
#   channel, which has the same value at every pixel (2 points);
# * a label for which there is no class raises an error: ValueError, or TensorFlow's InvalidArgumentError (2 points).
#
# There is a good reason for this error. `tf.one_hot` makes a row of zeros out of a wrong label, and NumPy's `np.eye(10)[labels]`
# takes −1 for the last class, both without a word. (From 10 on, NumPy stops
# by an IndexError. That is neither of the two errors above, so it does not count.)


# %% nbgrader={"grade": false, "grade_id": "with_label", "locked": false, "schema_version": 3, "solution": true, "task": false}
def with_label(x, labels, classes=10):
    """x: (n, k) or (n, height, width, channels). Return it with `classes` more numbers at the end of its last axis."""
    ### BEGIN SOLUTION
    labels = tf.cast(labels, "int32")
    tf.debugging.assert_non_negative(labels, "a label below 0")
    tf.debugging.assert_less(labels, classes, "a label without a class")
    one_hot = tf.one_hot(labels, classes)
    if len(x.shape) == 4:
        one_hot = one_hot[:, None, None, :] + tf.zeros_like(x[..., :1])
    return tf.concat([x, one_hot], axis=-1)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_with_label", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
def test_with_label():
    import numpy as np
    import tensorflow as tf

    def labeled(x, labels, *classes):
        came = with_label(tf.convert_to_tensor(x, "float32"), np.array(labels), *classes)
        assert tf.is_tensor(came), f"expected a tensor; came {type(came).__name__}"
        assert came.dtype == tf.float32, f"expected float32; came {came.dtype.name}"
        return came.numpy()

    came = labeled([[0.5, -2.0], [7.0, 3.0]], [2, 0], 3)
    assert came.shape == (2, 5), f"two numbers and three classes: expected (2, 5); came {came.shape}"
    expected = [[0.5, -2, 0, 0, 1], [7, 3, 1, 0, 0]]
    assert np.allclose(came, expected), (
        f"labels 2 and 0 of three: expected {expected}; came {came.tolist()}"
    )
    ### BEGIN HIDDEN TESTS
    rng = np.random.default_rng(61)
    for n, k, classes in ((1, 3, 10), (8, 1, 4), (40, 32, 26)):
        vectors, y = rng.normal(size=(n, k)).astype("float32"), rng.integers(classes, size=n)
        came = labeled(vectors, y, classes)
        expected = np.concatenate([vectors, np.eye(classes)[y]], axis=1)
        assert came.shape == expected.shape, f"expected shape {expected.shape}; came {came.shape}"
        assert np.allclose(came, expected), f"{n} rows of {k} numbers, {classes} classes: wrong numbers"
    came = labeled(np.zeros((2, 4)), [9, 9])
    assert came.shape == (2, 14), (
        f"ten classes where none are named: expected (2, 14); came {came.shape}"
    )
    ### END HIDDEN TESTS


test_with_label()


# %% nbgrader={"grade": true, "grade_id": "test_with_label_pictures", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
def test_with_label_pictures():
    import numpy as np
    import tensorflow as tf

    def labeled(x, labels, classes):
        shape = (*np.shape(x)[:3], np.shape(x)[3] + classes)
        try:
            came = with_label(tf.convert_to_tensor(x, "float32"), np.array(labels), classes)
        except (ValueError, TypeError, tf.errors.InvalidArgumentError) as error:
            said = str(error).rpartition("}} ")[2].partition(" [Op:")[0]  # without TensorFlow's places
            raise AssertionError(
                f"pictures {np.shape(x)}, {classes} classes: expected a tensor {shape}; it stops: {said}"
            ) from error
        assert tf.is_tensor(came), f"expected a tensor; came {type(came).__name__}"
        return came.numpy()

    squares = np.arange(18.0).reshape(1, 3, 3, 2)
    came = labeled(squares, [1], 2)
    assert came.shape == (1, 3, 3, 4), (
        f"two channels, two classes: expected (1, 3, 3, 4); came {came.shape}"
    )
    assert np.allclose(came[..., :2], squares), "the picture itself should come first, unchanged"
    assert np.allclose(came[..., 2:], [0, 1]), (
        f"label 1 of two: 0 and 1 at every pixel; came {came[0, 0, 0, 2:]}"
    )
    ### BEGIN HIDDEN TESTS
    rng = np.random.default_rng(62)
    for shape, classes in (((5, 4, 6, 1), 10), ((3, 2, 2, 3), 4), ((4, 1, 1, 1), 3)):
        noise, y = rng.normal(size=shape), rng.integers(classes, size=shape[0])
        came = labeled(noise, y, classes)
        planes = np.broadcast_to(np.eye(classes)[y][:, None, None], (*shape[:3], classes))
        expected = np.concatenate([noise, planes], axis=-1)
        assert came.shape == expected.shape, f"expected shape {expected.shape}; came {came.shape}"
        assert np.allclose(came, expected, atol=1e-6), f"pictures {shape}, labels {y}: wrong numbers"
    ### END HIDDEN TESTS


test_with_label_pictures()


# %% nbgrader={"grade": true, "grade_id": "test_with_label_wrong", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
def test_with_label_wrong():
    import numpy as np
    import tensorflow as tf

    def refused(labels, classes, shape=(2, 3)):
        """Whether labels are refused by an error that says so."""
        try:
            came = with_label(tf.zeros(shape), labels, classes)
        except (ValueError, tf.errors.InvalidArgumentError):
            return True
        except Exception as error:
            raise AssertionError(
                f"labels {np.asarray(labels)}, {classes} classes: expected ValueError or InvalidArgumentError; came "
                f"{type(error).__name__}: {error}"
            ) from error
        assert came is not None, "it returned nothing. Is there a return?"
        return False

    assert not refused(np.array([0, 2]), 3), (
        "labels 0 and 2 of three classes are right; it refuses them"
    )
    assert refused(np.array([3, 0]), 3), "three classes and a label 3: expected an error; came none"
    ### BEGIN HIDDEN TESTS
    for kind in ("int64", "int32", "uint8"):
        good, bad = np.array([9, 0]).astype(kind), np.array([1, 10]).astype(kind)
        for make in (np.asarray, tf.convert_to_tensor):
            what = f"{kind}, as {'a tensor' if make is tf.convert_to_tensor else 'an array'}"
            assert not refused(make(good), 10), f"labels 9 and 0 ({what}) are right; it refuses them"
            assert refused(make(bad), 10), (
                f"ten classes and a label 10 ({what}): expected an error; came none"
            )
    assert refused(np.array([-1, 0]), 10), "a label −1: expected an error; came none"
    assert refused(np.array([0, -10]), 10, (2, 4, 4, 1)), (
        "pictures, a label −10: expected an error; came none"
    )
    assert refused(np.array([1, 300]), 26), "26 classes and a label 300: expected an error; came none"
    ### END HIDDEN TESTS


test_with_label_wrong()

# %% [markdown]
# ## Exercise 2: The projection, and what it can say (5 + 4 points)
#
# The projection discriminator (Miyato and Koyama 2018, [cGANs with projection
# discriminator](https://arxiv.org/abs/1802.05637), equation 3, with a linear ψ as in lesson 10) gives a pair the
# score
#
# $$\text{score}(x, y) = w \cdot f(x) + b + v_y \cdot f(x).$$
#
# What can such a score say? Take points x of d numbers. Real points of the class y are normal with mean m_y, and
# generated ones with mean g_y. Each of the d numbers has the same variance, `variance`, in every class, for real and for generated points. The numbers of a point are
# independent. The best score of a pair is $\log (p_{data}(x, y) / p_{model}(x, y))$. Here a projection on the
# features f(x) = (x, 1), the point and a 1, **is** the best score, and needs neither w
# nor b: there is one table for which $v_y \cdot f(x)$ equals it for every x and y.
#
# Write `best_table(real_means, fake_means, variance, real_counts=None, fake_counts=None)`:
#
# * `real_means`, `fake_means`: arrays `(classes, d)`, with m_y and g_y in their rows; `variance`: a positive number;
# * returns this table, an array `(classes, d + 1)`. Without counts, all classes are equally frequent in both piles (5
#   points);
# * `real_counts`, `fake_counts`, given both or not at all: how many points of each class the real and the generated
#   pile have, positive integers `(classes,)`. The piles may be of different sizes, but D is shown equally many points of both piles, so
# only the shares of the classes within each pile count (4 points).
#
# Write log p(x, y) = log p(y) + log p(x | y) for both, and sort the terms: what stands beside x, and what beside the
# 1?


# %% nbgrader={"grade": false, "grade_id": "best_table", "locked": false, "schema_version": 3, "solution": true, "task": false}
def best_table(real_means, fake_means, variance, real_counts=None, fake_counts=None):
    """The table (classes, d + 1) with which v_y · (x, 1) is the best score."""
    ### BEGIN SOLUTION
    real, fake = np.asarray(real_means, float), np.asarray(fake_means, float)
    constant = ((fake**2).sum(axis=1) - (real**2).sum(axis=1)) / (2 * variance)
    if real_counts is not None:
        p, q = (np.asarray(counts) / np.sum(counts) for counts in (real_counts, fake_counts))
        constant = constant + np.log(p / q)
    return np.column_stack([(real - fake) / variance, constant])
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_best_table", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
def test_best_table():
    import numpy as np

    def table_of(real_means, fake_means, variance, *counts):
        came = best_table(np.array(real_means, float), np.array(fake_means, float), variance, *counts)
        assert came is not None, "it returned nothing. Is there a return?"
        shape = (len(real_means), np.shape(real_means)[1] + 1)
        assert np.shape(came) == shape, f"expected a table {shape}; came shape {np.shape(came)}"
        return np.asarray(came, float)

    came = table_of([[1], [0]], [[-1], [2]], 1.0)
    assert np.allclose(came, [[2, 0], [-2, 2]]), (
        "real points around 1 and 0, generated ones around −1 and 2, variance 1: the best scores are 2x and 2 − 2x, so the "
        f"table is [[2, 0], [-2, 2]]; came {came.round(4).tolist()}"
    )
    ### BEGIN HIDDEN TESTS
    from scipy.stats import multivariate_normal

    rng = np.random.default_rng(65)
    for classes, d, variance in ((3, 1, 0.25), (10, 4, 2.0), (2, 7, 1.5)):
        real, fake = rng.normal(size=(classes, d)), rng.normal(1, 2, size=(classes, d))
        table = table_of(real, fake, variance)
        for y in range(classes):
            points = rng.normal(scale=2, size=(5, d))
            came = np.column_stack([points, np.ones(5)]) @ table[y]
            p, q = (
                multivariate_normal(mean[y], variance * np.eye(d)).logpdf(points).ravel()
                for mean in (real, fake)
            )
            assert np.allclose(came, p - q, atol=1e-6), (
                f"{classes} classes, {d} numbers, variance {variance}: for class {y} the best scores are "
                f"{(p - q).round(3)}; came {came.round(3)}"
            )
    ### END HIDDEN TESTS


test_best_table()


# %% nbgrader={"grade": true, "grade_id": "test_best_table_counts", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
def test_best_table_counts():
    import numpy as np

    def table_of(real_means, fake_means, variance, *counts):
        given = (np.array(counts[0]), np.array(counts[1])) if counts else ()
        came = best_table(np.array(real_means, float), np.array(fake_means, float), variance, *given)
        assert came is not None, "it returned nothing. Is there a return?"
        shape = (len(real_means), np.shape(real_means)[1] + 1)
        assert np.shape(came) == shape, f"expected a table {shape}; came shape {np.shape(came)}"
        return np.asarray(came, float)

    came = table_of([[0], [0]], [[0], [0]], 1.0, [30, 10], [50, 50])
    expected = [[0, np.log(1.5)], [0, np.log(0.5)]]
    assert np.allclose(came, expected), (
        "all means 0; 75 % of the real points and half of the generated ones have the label 0: the best scores are log 1.5 "
        f"and log 0.5; came {came.round(4).tolist()}"
    )
    ### BEGIN HIDDEN TESTS
    rng = np.random.default_rng(66)
    for classes, d, variance in ((2, 3, 0.5), (10, 2, 3.0)):
        real, fake = rng.normal(size=(classes, d)), rng.normal(size=(classes, d))
        n, m = rng.integers(1, 90, size=classes), rng.integers(1, 900, size=classes)
        came, plain = table_of(real, fake, variance, n, m), table_of(real, fake, variance)
        expected = np.log(n / n.sum()) - np.log(m / m.sum())
        assert np.allclose(came[:, :-1], plain[:, :-1]), (
            "counts should change only what stands beside the 1"
        )
        gained = (came - plain)[:, -1]
        assert np.allclose(gained, expected, atol=1e-8), (
            f"counts {n} and {m}: they should add {expected.round(3)}; came {gained.round(3)}"
        )
        equal = table_of(real, fake, variance, np.full(classes, 7), np.full(classes, 500))
        assert np.allclose(equal, plain), "equal counts in each pile should change nothing"
    ### END HIDDEN TESTS


test_best_table_counts()

# %% [markdown]
# ## Exercise 3: Two steps, with labels (6 + 4 + 4 points)
#
# The rule of the game (Mirza and Osindero 2014, equation 2; lesson 10): a real picture comes with its label, and a
# generated one with the label that was asked for. In a step, G is asked for the labels of the real batch. Write
# `discriminator_step(discriminator, generator, optimizer, pictures, labels, z)`:
#
# * `discriminator`, `generator`: Keras models, called as `discriminator([pictures, labels])` and `generator([z,
#   labels])`, with `training=True` wherever they are called; `pictures`, `labels`, `z`: a batch of each, with n rows;
# * takes **one** step of `optimizer`, by `optimizer.apply(gradients, variables)`, on this loss: the mean of −log D(x, y), plus the mean of
# −log(1 − D(G(z, y), y)), where D is the sigmoid of the score. It returns the loss before the step, a scalar
#   tensor (6 points);
# * moves the discriminator and nothing else (moving averages do not count). It works for batches of one, and stays
#   exact for scores of any size, such as ±300, where a sigmoid rounds to 0 or 1 (4 points).


# %% nbgrader={"grade": false, "grade_id": "discriminator_step", "locked": false, "schema_version": 3, "solution": true, "task": false}
def discriminator_step(discriminator, generator, optimizer, pictures, labels, z):
    """One step of D on real and generated pairs. Returns the loss before the step."""
    ### BEGIN SOLUTION
    fake = generator([z, labels], training=True)
    with tf.GradientTape() as tape:
        real_loss = tf.nn.softplus(-discriminator([pictures, labels], training=True))
        fake_loss = tf.nn.softplus(discriminator([fake, labels], training=True))
        loss = tf.reduce_mean(real_loss) + tf.reduce_mean(fake_loss)
    weights = discriminator.trainable_variables
    optimizer.apply(tape.gradient(loss, weights), weights)
    return loss
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_discriminator_step", "locked": true, "points": 6, "schema_version": 3, "solution": false, "task": false}
def test_discriminator_step():
    import keras
    import numpy as np
    import tensorflow as tf

    def bilinear_step(d, k, n, seed, rate=0.3, classes=4):
        """A step of D(x, y) = w·x + b + v_y·x against G(z, y) = A z + u_y, compared with what it is by hand."""
        rng = np.random.default_rng(seed)
        x, y = keras.Input((d,)), keras.Input((), dtype="int32")
        fits = keras.layers.Dot(axes=1)([keras.layers.Embedding(classes, d)(y), x])
        judge = keras.Model([x, y], keras.layers.Add()([keras.layers.Dense(1)(x), fits]))
        z, y = keras.Input((k,)), keras.Input((), dtype="int32")
        made = keras.layers.Add()([keras.layers.Dense(d)(z), keras.layers.Embedding(classes, d)(y)])
        painter = keras.Model([z, y], made)
        for network in (judge, painter):
            network.set_weights([0.4 * rng.normal(size=w.shape) for w in network.get_weights()])
        (v,), (w, b) = (layer.get_weights() for layer in judge.layers if layer.get_weights())
        parts = {len(ws): ws for layer in painter.layers if (ws := layer.get_weights())}
        real, noise = (rng.normal(size=(n, size)).astype("float32") for size in (d, k))
        y = rng.integers(classes, size=n)
        fake = noise @ parts[2][0] + parts[2][1] + parts[1][0][y]
        scores = [(x * (w[:, 0] + v[y])).sum(axis=1) + b for x in (real, fake)]
        expected = np.logaddexp(0, -scores[0]).mean() + np.logaddexp(0, scores[1]).mean()
        slope = [-1 / (1 + np.exp(scores[0])) / n, 1 / (1 + np.exp(-scores[1])) / n]
        new_w = w[:, 0] - rate * (slope[0] @ real + slope[1] @ fake)
        new_v = v.copy()
        np.add.at(new_v, y, -rate * (slope[0][:, None] * real + slope[1][:, None] * fake))
        optimizer, kept = keras.optimizers.SGD(rate), painter.get_weights()
        given = (tf.constant(real), tf.constant(y, "int32"), tf.constant(noise))
        loss = discriminator_step(judge, painter, optimizer, *given)
        assert loss is not None, "it returned nothing. Is there a return?"
        assert np.shape(loss) == (), f"expected the loss, a scalar; came shape {np.shape(loss)}"
        assert abs(float(loss) - expected) < 1e-3, (
            f"{n} pairs, labels {y[:6]}: the loss is {expected:.4f} by hand; came {float(loss):.4f}"
        )
        (v,), (w, _) = (layer.get_weights() for layer in judge.layers if layer.get_weights())
        assert np.allclose(w[:, 0], new_w, atol=1e-3), (
            f"after a step of SGD w should be {new_w.round(3)}; came {w[:, 0].round(3)}"
        )
        assert np.allclose(v, new_v, atol=1e-3), (
            f"labels {y[:6]}: after a step of SGD the label's table should be {new_v.round(3).tolist()}; came {v.round(3).tolist()}"
        )
        assert int(optimizer.iterations) == 1, f"expected one step; came {int(optimizer.iterations)}"
        same = all(np.array_equal(a, b) for a, b in zip(kept, painter.get_weights(), strict=True))
        assert same, "the discriminator's step moved the generator"

    bilinear_step(2, 3, 8, seed=0)
    ### BEGIN HIDDEN TESTS
    for d, k, n, seed in ((5, 2, 30, 1), (1, 4, 6, 2), (3, 3, 2, 3)):
        bilinear_step(d, k, n, seed)
    ### END HIDDEN TESTS


test_discriminator_step()


# %% nbgrader={"grade": true, "grade_id": "test_discriminator_step_harder", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
def test_discriminator_step_harder():
    # Expected: moves the discriminator and nothing else, works for batches of one, and is exact for scores of any size.
    import keras
    import numpy as np
    import tensorflow as tf

    class Listening(keras.layers.Layer):
        """Hands on what it gets, and remembers in which mode it was called."""

        def __init__(self, modes):
            super().__init__()
            self.remember = modes.append

        def call(self, x, training=None):
            self.remember(training)
            return x

    def table_step(n, real_score, fake_score, normalized=False):
        """D(x, y) = v_y·x for pictures of one pixel: real ones 1, generated ones −1. Returns the loss, and the change of v."""
        modes = []
        x, y = keras.Input((1, 1, 1)), keras.Input((), dtype="int32")
        flat = keras.layers.Flatten()(Listening(modes)(x))
        table = keras.layers.Embedding(3, 1)
        judge = keras.Model([x, y], keras.layers.Dot(axes=1)([table(y), flat]))
        z, y = keras.Input((2,)), keras.Input((), dtype="int32")
        h = keras.layers.BatchNormalization()(z) if normalized else z
        size = keras.layers.Dense(
            1, kernel_initializer="zeros", bias_initializer=keras.initializers.Constant(fake_score)
        )
        painter = keras.Model([z, y], keras.layers.Reshape((1, 1, 1))(Listening(modes)(size(h))))
        table.set_weights([np.ones((3, 1))])
        kept = [w.numpy() for w in painter.trainable_variables]
        optimizer = keras.optimizers.SGD(1.0)
        given = tf.fill((n, 1, 1, 1), real_score), tf.fill((n,), 1), tf.random.normal((n, 2), seed=1)
        modes.clear()
        loss = discriminator_step(judge, painter, optimizer, *given)
        assert loss is not None, "it returned nothing. Is there a return?"
        assert np.shape(loss) == (), f"expected the loss, a scalar; came shape {np.shape(loss)}"
        assert modes, "neither network was called"
        assert all(modes), "a network was called without training=True"
        same = all(np.array_equal(a, b) for a, b in zip(kept, painter.trainable_variables, strict=True))
        assert same, "the discriminator's step moved weights of the generator"
        return float(loss), table.get_weights()[0][:, 0] - 1

    loss, moved = table_step(4, real_score=-300.0, fake_score=-300.0)
    assert abs(loss - 300) < 0.01, (
        f"all scores −300, so the real ones cost 300 and the others 0; came {loss:.4g}"
    )
    ### BEGIN HIDDEN TESTS
    for n in (1, 5):
        for real_score, fake_score, expected in (
            (-300.0, 300.0, 600),
            (300.0, -300.0, 0),
            (-300.0, -20.0, 300),
        ):
            loss, moved = table_step(n, real_score, fake_score, normalized=n > 1)
            assert abs(loss - expected) < 0.01, (
                f"{n} pairs, real scores {real_score:g}, generated ones {fake_score:g}: expected the loss {expected}; came {loss:.4g}"
            )
            assert abs(moved[0]) + abs(moved[2]) == 0, (
                "all labels are 1, but rows 0 or 2 of the table moved"
            )
            step = -300.0 * (real_score < 0) - 300.0 * (fake_score > 0)
            assert abs(moved[1] - step) < 0.01, (
                f"{n} pairs, real scores {real_score:g}, generated ones {fake_score:g}: row 1 of the table should move by {step:g}; "
                f"came {moved[1]:.4g}"
            )
    ### END HIDDEN TESTS


test_discriminator_step_harder()

# %% [markdown]
# Now the other player. Write `generator_step(discriminator, generator, optimizer, labels, z)`:
#
# * takes one step of `optimizer` on the non-saturating loss, mean −log D(G(z, y), y), with both networks called with
#   `training=True`;
# * moves the generator, and nothing else (again, moving averages do not count);
# * returns the loss before the step, a scalar tensor.


# %% nbgrader={"grade": false, "grade_id": "generator_step", "locked": false, "schema_version": 3, "solution": true, "task": false}
def generator_step(discriminator, generator, optimizer, labels, z):
    """One step of G. Returns the loss before the step."""
    ### BEGIN SOLUTION
    with tf.GradientTape() as tape:
        fake = generator([z, labels], training=True)
        loss = tf.reduce_mean(tf.nn.softplus(-discriminator([fake, labels], training=True)))
    weights = generator.trainable_variables
    optimizer.apply(tape.gradient(loss, weights), weights)
    return loss
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_generator_step", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
def test_generator_step():
    # Expected: takes one step of G on the non-saturating loss, moves G and nothing else, and returns the loss before the step.
    import keras
    import numpy as np
    import tensorflow as tf

    class Listening(keras.layers.Layer):
        """Hands on what it gets, and remembers in which mode it was called."""

        def __init__(self, modes):
            super().__init__()
            self.remember = modes.append

        def call(self, x, training=None):
            self.remember(training)
            return x

    def check_generator_step(d, k, n, seed, rate=0.3, classes=4):
        """G(z, y) = A z + u_y against D(x, y) = v_y·x, compared with what a step is by hand."""
        rng, modes = np.random.default_rng(seed), []
        x, y = keras.Input((d,)), keras.Input((), dtype="int32")
        fits = keras.layers.Dot(axes=1)([keras.layers.Embedding(classes, d)(y), Listening(modes)(x)])
        judge = keras.Model([x, y], fits)
        z, y = keras.Input((k,)), keras.Input((), dtype="int32")
        dense, table = keras.layers.Dense(d, use_bias=False), keras.layers.Embedding(classes, d)
        painter = keras.Model([z, y], Listening(modes)(keras.layers.Add()([dense(z), table(y)])))
        a, u, v = (0.5 * rng.normal(size=size) for size in ((k, d), (classes, d), (classes, d)))
        dense.set_weights([a]), table.set_weights([u]), judge.set_weights([v])
        noise, y = rng.normal(size=(n, k)).astype("float32"), rng.integers(classes, size=n)
        scores = ((noise @ a + u[y]) * v[y]).sum(axis=1)
        expected = np.logaddexp(0, -scores).mean()
        slope = -1 / (1 + np.exp(scores)) / n
        new_u = u.copy()
        np.add.at(new_u, y, -rate * slope[:, None] * v[y])
        modes.clear()
        loss = generator_step(
            judge, painter, keras.optimizers.SGD(rate), tf.constant(y, "int32"), tf.constant(noise)
        )
        assert loss is not None, "it returned nothing. Is there a return?"
        assert np.shape(loss) == (), f"expected the loss, a scalar; came shape {np.shape(loss)}"
        assert abs(float(loss) - expected) < 1e-3 * (1 + expected), (
            f"{n} labels {y[:6]}: the loss is {expected:.4f} by hand; came {float(loss):.4f}"
        )
        assert len(modes) >= 2, "expected that both networks are called"
        assert all(modes), "a network was called without training=True"
        assert np.allclose(judge.get_weights()[0], v, atol=1e-6), (
            "the generator's step moved the discriminator"
        )
        came = table.get_weights()[0]
        assert np.allclose(came, new_u, atol=1e-3), (
            f"labels {y[:6]}: after a step of SGD the generator's table should be {new_u.round(3).tolist()}; came {came.round(3).tolist()}"
        )
        came, right = dense.get_weights()[0], a - rate * noise.T @ (slope[:, None] * v[y])
        assert np.allclose(came, right, atol=1e-3), (
            f"after a step of SGD its matrix should be {right.round(3).tolist()}; came {came.round(3).tolist()}"
        )

    check_generator_step(2, 3, 8, seed=0)
    ### BEGIN HIDDEN TESTS
    for d, k, n, seed in ((5, 2, 30, 1), (1, 4, 1, 2), (4, 2, 20, 3)):
        check_generator_step(d, k, n, seed)
    ### END HIDDEN TESTS


test_generator_step()

# %% [markdown]
# ## Exercise 4: As asked for, by your own networks (9 + 5 points)
#
# Now build two networks and let them play. Write `train_conditional(pictures, labels, rounds, seed)`:
#
# * `pictures`: float32 `(m, 28, 28, 1)` in [−1, 1]; `labels`: integers `(m,)` from 0 to 9; `seed`: for your weights,
#   your batches and your noise;
# * plays `rounds` rounds, each a step of D and a step of G, with at most 64 pictures in a batch;
# * returns the generator, a **Keras model** from `[z, labels]`, normal noise `(n, 32)` and integers `(n,)`, to
#   pictures `(n, 28, 28, 1)`. Networks and settings are yours; build new ones at each call.
#
# The cell after your code calls it for 300 rounds and names the result `painter`, which the tests read. This **must take less than 10 seconds** on two cores. Two dense hidden
# layers in each network are enough, and faster than convolutions. Put a whole round into one `tf.function`, and call `optimizer.build(network.trainable_variables)` for both networks, each with its own optimizer, before the first round, since a `tf.function` may not make variables later. (TensorFlow functions such as `tf.one_hot` do not accept a `keras.Input`. Where you build a model, take `layers.Embedding` for the label, as in lesson 10, or `keras.ops.one_hot`.) The tests train with other
# seeds than the cell below, so try your code with at least three seeds. If G draws the same picture again and again for some of them, put BatchNormalization into G (lesson 05). If the digits are fine, but not the ones that were asked for, D ignores the label: 10 numbers beside 784 pixels have little effect.
# With a projection (exercise 2) D learns sooner to use the label.
#
# The first test asks your generator for 1,000 pictures, a hundred of each digit (9 points):
#
# * the judge must see the digit that was asked for in **at least 60 %** of all pictures, and in at least 20 % of those of each digit;
# * with `training=False`, the same noise and the same label must give the same picture again;
# * the pictures of one digit must differ: their standard deviation, as a mean over pixels and digits, must be at least 0.05;
# * in all pictures together there must be black and white pixels (below −0.8 and above 0.5);
# * fewer than a quarter may be copies. A picture counts as a copy if its distance to the nearest training digit
#   is less than half of its distance to the second nearest.
#
# The second test asks **who decides what is drawn**. It trains anew, for 300 rounds, on the same pictures with
# renamed labels (what was a 3 is called 7, and so on). At least 40 % must be right by their new names. And if the
# labels are mixed up at random, so that they say nothing about the pictures, the share must be near that of guessing,
# below 25 %. The test also looks whether your function plays as many rounds as it is asked for (5 points).
#
# The next two cells are for your networks, in whatever form you like: no test calls them.


# %% nbgrader={"grade": false, "grade_id": "new_generator", "locked": false, "schema_version": 3, "solution": true, "task": false}
def new_generator():
    """A Keras model [(n, 32), (n,)] → (n, 28, 28, 1)."""
    ### BEGIN SOLUTION
    z, asked = keras.Input((32,)), keras.Input((), dtype="int32")
    loud = keras.initializers.RandomNormal(stddev=1.0)  # a label as loud as the noise
    row = layers.Embedding(10, 16, embeddings_initializer=loud)(asked)
    h = layers.Concatenate()([z, row])
    for width in (128, 256):
        h = layers.LeakyReLU(0.2)(layers.BatchNormalization()(layers.Dense(width)(h)))
    return keras.Model([z, asked], layers.Reshape((28, 28, 1))(layers.Dense(784, "tanh")(h)))
    ### END SOLUTION


# %% nbgrader={"grade": false, "grade_id": "new_discriminator", "locked": false, "schema_version": 3, "solution": true, "task": false}
def new_discriminator():
    """A Keras model [(n, 28, 28, 1), (n,)] → scores (n, 1)."""
    ### BEGIN SOLUTION
    picture, label = keras.Input((28, 28, 1)), keras.Input((), dtype="int32")
    h = layers.LeakyReLU(0.2)(layers.Dense(256)(layers.Flatten()(picture)))
    features = layers.LeakyReLU(0.2)(layers.Dense(128)(layers.Dropout(0.3)(h)))
    fits = layers.Dot(axes=1)([layers.Embedding(10, 128)(label), features])
    return keras.Model([picture, label], layers.Add()([layers.Dense(1)(features), fits]))
    ### END SOLUTION


# %% nbgrader={"grade": false, "grade_id": "train_conditional", "locked": false, "schema_version": 3, "solution": true, "task": false}
def train_conditional(pictures, labels, rounds, seed):
    """Play `rounds` rounds. Return the generator: [(n, 32), (n,)] → (n, 28, 28, 1)."""
    ### BEGIN SOLUTION
    keras.utils.set_random_seed(seed)
    generator, discriminator = new_generator(), new_discriminator()
    d_adam, g_adam = (keras.optimizers.Adam(1e-3, beta_1=0.5) for _ in range(2))
    d_adam.build(discriminator.trainable_variables), g_adam.build(generator.trainable_variables)

    @tf.function
    def one_round(x, y):
        z = tf.random.normal((2, 64, 32))
        discriminator_step(discriminator, generator, d_adam, x, y, z[0])
        generator_step(discriminator, generator, g_adam, y, z[1])

    for batch in np.random.default_rng(seed).integers(len(pictures), size=(rounds, 64)):
        one_round(tf.constant(pictures[batch]), tf.constant(labels[batch], "int32"))
    return generator
    ### END SOLUTION


# %% nbgrader={"grade": false, "grade_id": "trained_conditional", "locked": true, "schema_version": 3, "solution": false, "task": false} tags=["nbval-ignore-output"]
painter = train_conditional(learned, learned_labels, 300, seed=0)
wanted = np.tile(np.arange(10), 20)
z = np.random.default_rng(1).normal(size=(200, 32)).astype("float32")
drawn = keras.ops.convert_to_numpy(painter([z, wanted], training=False))
share = np.mean(judge.classes(drawn) == wanted)
title = f"Your digits, {share:.0%} of 200 as asked for"
plots.image_grid(drawn[:20], title, columns=10, generated=True)
plt.show()


# %% nbgrader={"grade": true, "grade_id": "test_train_conditional", "locked": true, "points": 9, "schema_version": 3, "solution": false, "task": false}
def test_train_conditional():
    import keras
    import numpy as np

    from gan_course import data, metrics

    asked = np.repeat(np.arange(10), 100)

    def drawn_by(model, seed):
        """1,000 pictures of a model, a hundred for each digit."""
        assert isinstance(model, keras.Model), f"expected a Keras model; came {type(model).__name__}"
        z = np.random.default_rng(seed).normal(size=(1000, 32)).astype("float32")
        made, again = (keras.ops.convert_to_numpy(model([z, asked], training=False)) for _ in range(2))
        assert made.shape == (1000, 28, 28, 1), (
            f"expected pictures (1000, 28, 28, 1); came {made.shape}"
        )
        assert np.allclose(made, again, atol=1e-5), (
            "the same noise and label gave two different pictures"
        )
        return made

    digits = drawn_by(globals().get("painter"), seed=7)
    pool, names = data.load("mnist_5k")
    examiner = metrics.feature_classifier(pool[3000:], names[3000:])
    right = (examiner.classes(digits) == asked).reshape(10, 100).mean(axis=1)
    assert right.mean() >= 0.6, f"{right.mean():.0%} are as asked for; expected at least 60 %"
    assert right.min() >= 0.2, (
        f"of the digit {right.argmin()} only {right.min():.0%} are right; expected at least 20 %"
    )
    variety = digits.reshape(10, 100, -1).std(axis=1).mean()
    assert variety >= 0.05, f"pictures of one digit differ by {variety:.3f}; expected at least 0.05"
    ### BEGIN HIDDEN TESTS
    digits = drawn_by(painter, seed=2027)
    right = (examiner.classes(digits) == asked).reshape(10, 100).mean(axis=1)
    assert right.mean() >= 0.57, (
        f"with other noise {right.mean():.0%} are as asked for; expected 60 %, at least 57 %"
    )
    black, white = digits.min(), digits.max()
    assert black < -0.8, f"the darkest pixel is {black:.2f}. Where is black?"
    assert white > 0.5, f"the brightest pixel is {white:.2f}. Where is white?"
    near = metrics.nearest_neighbors(
        digits.reshape(1000, -1), pool.reshape(len(pool), -1), k=2
    ).distances.T
    copies = np.mean(near[0] < 0.5 * near[1])
    assert copies < 0.25, f"{copies:.0%} are far nearer to one real picture than to all others: copies"
    ### END HIDDEN TESTS


test_train_conditional()


# %% nbgrader={"grade": true, "grade_id": "test_train_conditional_labels", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
def test_train_conditional_labels():
    # Expected: draws what the labels say, also after the labels were renamed, and after as many rounds as it was asked for.
    from unittest import mock

    import keras
    import numpy as np

    from gan_course import data, metrics, networks
    from gan_course.gan import GAN

    class Locked:
        def __getattr__(self, name):
            raise AssertionError("this is a network of the course. Build your own from Keras' layers")

    def drawn_after(given, rounds, seed):
        """500 pictures, 50 for each digit, after a training on the labels `given`."""

        def locked(self, *arguments, **options):
            raise AssertionError("this is the course's GAN. Train by steps of your own")

        with (
            mock.patch.object(GAN, "__init__", locked),
            mock.patch.object(networks, "keras", Locked()),
            mock.patch.object(networks, "layers", Locked()),
        ):
            model = train_conditional(pool[:3000].copy(), given, rounds, seed)
        assert isinstance(model, keras.Model), f"expected a Keras model; came {type(model).__name__}"
        z = np.random.default_rng(71).normal(size=(500, 32)).astype("float32")
        return keras.ops.convert_to_numpy(model([z, np.repeat(np.arange(10), 50)], training=False))

    pool, names = data.load("mnist_5k")
    renamed = (3 * names[:3000] + 8) % 10  # the digit d is called 3d + 8
    drawings = drawn_after(renamed, 300, seed=5)
    examiner = metrics.feature_classifier(pool[3000:], names[3000:])
    seen = examiner.classes(drawings).reshape(10, 50)
    hits = np.mean((3 * seen + 8) % 10 == np.arange(10)[:, None])
    assert hits >= 0.4, (
        f"labels renamed, 300 rounds: {hits:.0%} right by their new names; expected at least 40 %"
    )
    ### BEGIN HIDDEN TESTS
    mixed = np.random.default_rng(72).permutation(names[:3000])
    seen = examiner.classes(drawn_after(mixed, 60, seed=6)).reshape(10, 50)
    hits = np.mean(seen == np.arange(10)[:, None])
    assert hits < 0.25, (
        f"labels mixed up at random: {hits:.0%} are right; expected that nobody can know, so below 25 %"
    )
    seen = examiner.classes(drawn_after(names[:3000], 2, seed=7)).reshape(10, 50)
    hits = np.mean(seen == np.arange(10)[:, None])
    assert hits < 0.35, f"after two rounds {hits:.0%} are right: does it learn for `rounds`?"
    ### END HIDDEN TESTS


test_train_conditional_labels()

# %% [markdown]
# ## Exercise 5: What one score sees (4 + 5 points)
#
# A discriminator of patches gives a grid of scores. Lesson 13 computed how many pixels a score sees, from side to
# side. Here you say *which* pixels each one sees. Take one side of the picture, since rows and columns work alike.
# The pixels are numbered 0 to `size` − 1, and the scores from 0 on.
#
# Layer by layer, a convolution with kernel k and stride s reads n numbers, its inputs 0 to n − 1. Output j reads from
# j·s − p to j·s − p + k − 1. What lies below 0 (p numbers) or above n − 1 is padding: zeros that stand for no pixel.
#
# * `"valid"`: no padding, p = 0. There are as many outputs as fit: $\lfloor (n - k)/s \rfloor + 1$.
# * `"same"`: there are $\lceil n/s \rceil$ outputs. The padding has
#   $\max((\lceil n/s \rceil - 1)\,s + k - n, 0)$ zeros in all. Half of them, rounded down, are at the left. This is p.
#
# (Dumoulin and Visin 2016, [A guide to convolution arithmetic](https://arxiv.org/abs/1603.07285), section 2;
# for the ends of a patch Araujo, Norris and Sim 2019, [Computing receptive
# fields](https://distill.pub/2019/computing-receptive-fields), whose formulas do not cut at the border. Yours do.)
#
# Write `seen_by(score, size, kernels, strides, padding)`:
#
# * `score`: the number of a score; `size`: pixels along the side; `kernels`, `strides`: sequences of integers of one
#   length, first layer first; `padding`: `"valid"` or `"same"`, for all layers;
# * returns the pair (first, last): the numbers of the first and the last pixel that the score depends on, for
#   `"valid"` (4 points);
# * it does the same for `"same"`. Padding depends on no pixel, and this is also true of the padding between two layers. So at the border you must cut off
#   the padding in every layer, and not only at the picture (5 points).


# %% nbgrader={"grade": false, "grade_id": "seen_by", "locked": false, "schema_version": 3, "solution": true, "task": false}
def seen_by(score, size, kernels, strides, padding):
    """The numbers of the first and the last pixel that a score depends on."""
    ### BEGIN SOLUTION
    sizes = [size]
    for kernel, stride in zip(kernels, strides, strict=True):
        n = sizes[-1]
        sizes.append(-(-n // stride) if padding == "same" else (n - kernel) // stride + 1)
    first = last = score
    for kernel, stride, n, m in reversed([*zip(kernels, strides, sizes[:-1], sizes[1:], strict=True)]):
        zeros = max((m - 1) * stride + kernel - n, 0) if padding == "same" else 0
        first = max(first * stride - zeros // 2, 0)
        last = min(last * stride - zeros // 2 + kernel - 1, n - 1)
    return first, last
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_seen_by", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
def test_seen_by():
    import operator

    def ends_of(score, size, kernels, strides, padding="valid"):
        came = seen_by(score, size, kernels, strides, padding)
        try:
            first, last = came
            return operator.index(first), operator.index(last)
        except (TypeError, ValueError) as error:
            raise AssertionError(f"expected a pair of integers (first, last); came {came!r}") from error

    came = ends_of(2, 28, (4, 4, 3), (2, 2, 1))
    assert came == (8, 25), (
        f"kernels 4, 4, 3, strides 2, 2, 1, valid: score 2 reads 2 to 4, those read 4 to 11, those read pixels 8 to 25; came {came}"
    )
    ### BEGIN HIDDEN TESTS
    for size, kernels, strides in (
        (40, (5, 3, 2), (3, 2, 1)),
        (17, (3,), (4,)),
        (30, (2, 2, 2, 2), (1, 2, 1, 2)),
    ):
        side, step = 1, 1
        for k, s in zip(kernels, strides, strict=True):
            side, step = side + (k - 1) * step, step * s
        for score in range((size - side) // step + 1):
            came, right = (
                ends_of(score, size, kernels, strides),
                (score * step, score * step + side - 1),
            )
            assert came == right, (
                f"kernels {kernels}, strides {strides}, valid: score {score} sees pixels {right}; came {came}"
            )
    ### END HIDDEN TESTS


test_seen_by()


# %% nbgrader={"grade": true, "grade_id": "test_seen_by_border", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
def test_seen_by_border():
    import operator

    import keras
    import numpy as np
    import tensorflow as tf

    def ends_of(score, size, kernels, strides, padding="same"):
        came = seen_by(score, size, kernels, strides, padding)
        try:
            first, last = came
            return operator.index(first), operator.index(last)
        except (TypeError, ValueError) as error:
            raise AssertionError(f"expected a pair of integers (first, last); came {came!r}") from error

    came = ends_of(0, 28, (4, 4, 3), (2, 2, 1))
    assert came == (0, 10), (
        f"kernels 4, 4, 3, strides 2, 2, 1, same: score 0 reads 0 and 1, those read 0 to 4, those read pixels 0 to 10; came {came}"
    )

    ### BEGIN HIDDEN TESTS
    def by_gradient(size, kernels, strides):
        """The first and the last pixel of each score, from the gradients of a network whose weights are all 1."""
        row = tf.Variable(tf.zeros((1, size, 1)))
        with tf.GradientTape(persistent=True) as tape:
            h = row
            for k, s in zip(kernels, strides, strict=True):
                h = keras.layers.Conv1D(1, k, strides=s, padding="same", kernel_initializer="ones")(h)
        slopes = tape.jacobian(h, row, experimental_use_pfor=False).numpy().reshape(-1, size)
        return [(int(np.flatnonzero(slope)[0]), int(np.flatnonzero(slope)[-1])) for slope in slopes]

    for size, kernels, strides in (
        (28, (4, 4, 3), (2, 2, 1)),
        (15, (3, 5), (3, 1)),
        (9, (2, 2, 2), (2, 1, 1)),
        (13, (4, 4), (3, 2)),
    ):
        for score, right in enumerate(by_gradient(size, kernels, strides)):
            came = ends_of(score, size, kernels, strides)
            assert came == right, (
                f"{size} pixels, kernels {kernels}, strides {strides}, same: score {score} sees pixels {right}; came {came}"
            )
    ### END HIDDEN TESTS


test_seen_by_border()

# %% [markdown]
# ## Exercise 6: A U-Net (3 + 3 + 4 points)
#
# Write `unet(source_channels=1, target_channels=1)`, a network like the U-Net of lesson 13 (Ronneberger et al. 2015). Build
# it as there, by `keras.Model(source, drawn)`, of layers of your choice. Do not call a Sequential or a Model inside it. Exercise 8
# trains two of them for 250 rounds each in 20 seconds, so keep it small.
#
# * returns a new Keras model from `(n, 28, 28, source_channels)` to `(n, 28, 28, target_channels)`, with values from
#   −1 to 1, also for other numbers of channels (3 points);
# * the way down halves the picture twice, to 14 × 14 and to 7 × 7, and the network sees far: a pixel in the middle of
#   the output depends on source pixels that lie at least 10 pixels away from it, on each of its four sides. Halving alone is not enough for that; one more convolution of 3 × 3 at 7 × 7 helps (3 points);
# * the way up has two skip connections. One hands on what was computed at 14 × 14, and the other one what was given
#   or computed at 28 × 28. So each pixel of the source reaches the same pixel of the output without passing the 7 × 7
#   layers, and even without the 14 × 14 layers (4 points).
#
# The test of the skips looks at the gradient of an output pixel with respect to the same pixel of the source. First it sets to 0 the weights of all layers that read or make
# pictures of 7 × 7. Then it sets to 0 those of the layers of 14 × 14, too. Each of these two steps must change the gradient, but must not make it 0. (So the skip of 14 × 14 must pass through at least one layer with weights that
# reads or makes pictures of 14 × 14. Otherwise the second step changes nothing. Pooling has no weights. Layers that read or make no pictures, such as Dense, are set to 0 as well.)


# %% nbgrader={"grade": false, "grade_id": "unet", "locked": false, "schema_version": 3, "solution": true, "task": false}
def unet(source_channels=1, target_channels=1):
    """A Keras model (n, 28, 28, source_channels) → (n, 28, 28, target_channels), down to 7 × 7 and up."""

    ### BEGIN SOLUTION
    def normal(layer, h):
        return layers.LeakyReLU(0.2)(layers.GroupNormalization(groups=-1)(layer(h)))

    source = keras.Input((28, 28, source_channels))
    half = layers.LeakyReLU(0.2)(layers.Conv2D(16, 4, strides=2, padding="same")(source))
    h = normal(layers.Conv2D(32, 4, strides=2, padding="same"), half)
    h = normal(layers.Conv2D(32, 3, padding="same"), h)
    h = normal(layers.Conv2DTranspose(16, 4, strides=2, padding="same"), h)
    h = layers.Concatenate()([h, half])
    h = layers.LeakyReLU(0.2)(layers.Conv2DTranspose(8, 4, strides=2, padding="same")(h))
    h = layers.Concatenate()([h, source])
    drawn = layers.Conv2D(target_channels, 3, padding="same", activation="tanh")(h)
    return keras.Model(source, drawn)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_unet", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
def test_unet():
    import keras
    import numpy as np

    def answer_of(model, n, channels, seed):
        assert isinstance(model, keras.Model), f"expected a Keras model; came {type(model).__name__}"
        x = np.random.default_rng(seed).uniform(-1, 1, size=(n, 28, 28, channels)).astype("float32")
        try:
            return keras.ops.convert_to_numpy(model(x, training=False))
        except ValueError as error:
            taken = getattr(model, "input_shape", "others")
            raise AssertionError(
                f"expected a model for sources (n, 28, 28, {channels}); yours takes {taken}"
            ) from error

    output = answer_of(unet(), 2, 1, seed=0)
    assert output.shape == (2, 28, 28, 1), f"expected pictures (2, 28, 28, 1); came {output.shape}"
    assert np.abs(output).max() <= 1, f"expected values from −1 to 1; came {np.abs(output).max():.2f}"
    ### BEGIN HIDDEN TESTS
    for source, target in ((3, 1), (1, 3), (4, 2)):
        network = unet(source, target)
        output = answer_of(network, 3, source, seed=73)
        assert output.shape == (3, 28, 28, target), f"{source} → {target} channels: came {output.shape}"
        network.set_weights([30 * w for w in network.get_weights()])
        largest = np.abs(answer_of(network, 2, source, seed=74)).max()
        assert largest <= 1, (
            f"weights 30 times as large: values up to {largest:.1f}; expected at most 1"
        )
    first, second = unet(), unet()
    before = answer_of(second, 2, 1, seed=75)
    first.set_weights([np.zeros_like(w) for w in first.get_weights()])
    assert np.allclose(answer_of(second, 2, 1, seed=75), before, atol=1e-6), (
        "other weights in the model of one call changed the model of another. Is it new at each call?"
    )
    ### END HIDDEN TESTS


test_unet()


# %% nbgrader={"grade": true, "grade_id": "test_unet_sees_far", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
def test_unet_sees_far():
    import keras
    import numpy as np
    import tensorflow as tf

    def sees(model, row, column, channels=1):
        """Which source pixels an output pixel depends on, for any of a few sources: (28, 28)."""
        assert isinstance(model, keras.Model), f"expected a Keras model; came {type(model).__name__}"
        x = np.random.default_rng(76).uniform(-1, 1, size=(8, 28, 28, channels)).astype("float32")
        x = tf.Variable(x)
        with tf.GradientTape() as tape:
            try:
                pixel = tf.reduce_sum(model(x, training=False)[:, row, column])
            except ValueError as error:
                taken = getattr(model, "input_shape", "others")
                raise AssertionError(
                    f"expected a model for sources (n, 28, 28, {channels}); yours takes {taken}"
                ) from error
        slope = tape.gradient(pixel, x)
        assert slope is not None, "the output does not depend on the source at all"
        return np.abs(np.asarray(slope)).max(axis=(0, 3)) > 0

    def sides(model):
        try:
            shapes = [getattr(layer.output, "shape", ()) for layer in model.layers]
        except AttributeError as error:
            raise AssertionError(
                "build the model as in lesson 13, by keras.Model(source, drawn)"
            ) from error
        return {shape[1] for shape in shapes if len(shape) == 4 and shape[1] == shape[2]}

    network = unet()
    assert {28, 14, 7} <= sides(network), (
        f"expected layers of 28, 14 and 7 pixels a side; came {sorted(sides(network))}"
    )
    seen = sees(network, 14, 14)
    assert seen[:5].any(), "a pixel in the middle of the output sees nothing 10 pixels above it"
    ### BEGIN HIDDEN TESTS
    for row, column in ((14, 14), (13, 12)):
        seen = sees(unet(2, 1), row, column, channels=2)
        for where, part in (
            ("above", seen[: row - 9]),
            ("below", seen[row + 10 :]),
            ("left of", seen[:, : column - 9]),
            ("right of", seen[:, column + 10 :]),
        ):
            assert part.any(), f"the output pixel ({row}, {column}) sees nothing 10 pixels {where} it"
    ### END HIDDEN TESTS


test_unet_sees_far()


# %% nbgrader={"grade": true, "grade_id": "test_unet_skips", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
def test_unet_skips():
    import keras
    import numpy as np
    import tensorflow as tf

    def without(model, sides):
        """Set the weights of all layers to 0 that read or make something of so many pixels a side, or no picture at all."""
        for layer in model.layers:
            assert hasattr(layer, "output"), (
                "build the model as in lesson 13, by keras.Model(source, drawn)"
            )
            ends = [
                part
                for part in (layer.input, layer.output)
                for part in (part if isinstance(part, list) else [part])
            ]
            if any(len(end.shape) != 4 or end.shape[1] in sides for end in ends):
                layer.set_weights([np.zeros_like(w) for w in layer.get_weights()])

    def own_slopes(model, places, channels=1):
        """How strongly output pixels depend on the same pixels of the source, for any of a few sources."""
        x = np.random.default_rng(77).uniform(-1, 1, size=(8, 28, 28, channels)).astype("float32")
        x, found = tf.Variable(x), []
        for row, column in places:
            with tf.GradientTape() as tape:
                try:
                    pixel = tf.reduce_sum(model(x, training=False)[:, row, column])
                except ValueError as error:
                    taken = getattr(model, "input_shape", "others")
                    raise AssertionError(
                        f"expected a model for sources (n, 28, 28, {channels}); yours takes {taken}"
                    ) from error
            slope = tape.gradient(pixel, x)
            found.append(0.0 if slope is None else float(np.abs(slope[:, row, column]).max()))
        return found

    network = unet()
    assert isinstance(network, keras.Model), f"expected a Keras model; came {type(network).__name__}"
    without(network, {7})
    assert min(own_slopes(network, [(5, 20)])) > 0, (
        "without the layers of 7 × 7, the output pixel (5, 20) does not depend on the source pixel (5, 20). Where is a skip?"
    )
    ### BEGIN HIDDEN TESTS
    places = [(3, 3), (14, 9), (26, 21)]
    for source, target in ((1, 1), (2, 3)):
        network = unet(source, target)
        without(network, {14, 7})
        assert min(own_slopes(network, places, source)) > 0, (
            "without the layers of 14 × 14 and 7 × 7, output pixels do not depend on the same pixels of the source: "
            "is the skip at 28 × 28 missing?"
        )
        network = unet(source, target)
        sources = tf.Variable(tf.random.stateless_uniform((8, 28, 28, source), (7, 8), -1.0, 1.0))
        slopes = []
        for removed in ({7}, {14, 7}):
            without(network, removed)
            with tf.GradientTape() as tape:
                pixel = tf.reduce_sum(network(sources, training=False)[:, 13, 13])
            slopes.append(np.asarray(tape.gradient(pixel, sources)))
        assert np.abs(slopes[0] - slopes[1]).max() > 1e-6, (
            "without the layers of 7 × 7, an output pixel depends on the source as if those of 14 × 14 were taken away, too: is the "
            "skip at 14 × 14 missing?"
        )
    ### END HIDDEN TESTS


test_unet_skips()

# %% [markdown]
# ## Exercise 7: The two losses of pix2pix (4 + 2 points)
#
# pix2pix (Isola et al. 2017, [Image-to-image translation with conditional adversarial
# networks](https://arxiv.org/abs/1611.07004), equations 3 and 4) plays with scores of patches. Each patch of each
# picture has its own loss, and all of them count alike. G minimizes −log D (section 3.3), and the L1 distance from
# its target,
#
# $$\mathcal L_{L1} = \mathbb E\, \lVert y - G(x) \rVert_1,$$
#
# here as a mean over all pixels and channels, times λ. D's loss is the mean of −log D over the patches of real pictures plus the mean of −log(1 − D) over the patches of generated ones. This sum is divided by 2, "which slows down the rate at which
# D learns relative to G" (section 3.3).
#
# Write `pix2pix_losses(real_scores, fake_scores, made, targets, weight=100.0)`:
#
# * `real_scores`, `fake_scores`: float32 tensors of raw scores `(n, height, width, 1)`; `made`, `targets`: float32
#   tensors of pictures of one shape; `weight`: λ;
# * returns the pair `(discriminator_loss, generator_loss)`, two scalar tensors (4 points);
# * both stay exact for scores of any size, such as ±500, and each wrong patch keeps its gradient there (2 points).


# %% nbgrader={"grade": false, "grade_id": "pix2pix_losses", "locked": false, "schema_version": 3, "solution": true, "task": false}
def pix2pix_losses(real_scores, fake_scores, made, targets, weight=100.0):
    """The discriminator's loss and the generator's: two scalar tensors."""
    ### BEGIN SOLUTION
    real_loss = tf.reduce_mean(tf.nn.softplus(-real_scores))
    fake_loss = tf.reduce_mean(tf.nn.softplus(fake_scores))
    looks_real = tf.reduce_mean(tf.nn.softplus(-fake_scores))
    keeps_close = tf.reduce_mean(tf.abs(targets - made))
    return (real_loss + fake_loss) / 2, looks_real + weight * keeps_close
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_pix2pix_losses", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
def test_pix2pix_losses():
    import numpy as np
    import tensorflow as tf

    def losses_of(real, fake, made, targets, *weight):
        came = pix2pix_losses(
            *(tf.constant(part, "float32") for part in (real, fake, made, targets)), *weight
        )
        kind = type(came).__name__
        assert isinstance(came, tuple | list), f"expected a pair of losses; came {kind}"
        assert len(came) == 2, f"expected a pair of losses; came {len(came)} values"
        for name, value in zip(("discriminator", "generator"), came, strict=True):
            assert tf.is_tensor(value), f"{name}: expected a scalar tensor; came {type(value).__name__}"
            assert value.shape == (), f"{name}: expected one number; came shape {value.shape}"
        return [float(value) for value in came]

    nought, white = np.zeros((2, 7, 7, 1)), np.ones((2, 28, 28, 1))
    d_loss, g_loss = losses_of(nought, nought, white, white / 2, 3.0)
    assert abs(d_loss - np.log(2)) < 1e-4, (
        f"all scores 0: D's loss is log 2 = 0.6931; came {d_loss:.4f}"
    )
    assert abs(g_loss - np.log(2) - 1.5) < 1e-4, (
        f"all scores 0, each pixel ½ too bright, λ = 3: G's loss is log 2 + 1.5 = 2.1931; came {g_loss:.4f}"
    )
    ### BEGIN HIDDEN TESTS
    rng = np.random.default_rng(78)
    for shape, weight in (((1, 7, 7, 1), 100.0), ((5, 3, 4, 1), 0.7), ((4, 1, 1, 1), 10.0)):
        real, fake = rng.normal(1, 3, size=shape), rng.normal(-1, 3, size=shape)
        drawings, targets = rng.uniform(-1, 1, size=(2, shape[0], 9, 6, 3))
        options = () if weight == 100.0 else (weight,)
        d_loss, g_loss = losses_of(real, fake, drawings, targets, *options)
        right = (np.logaddexp(0, -real).mean() + np.logaddexp(0, fake).mean()) / 2
        assert abs(d_loss - right) < 1e-3, (
            f"scores {shape}: D's loss is half of the sum of two means over all patches, {right:.4f}; came {d_loss:.4f}"
        )
        right = np.logaddexp(0, -fake).mean() + weight * np.abs(drawings - targets).mean()
        assert abs(g_loss - right) < 1e-3 * (1 + right), (
            f"scores {shape}, λ = {weight}: G's loss is {right:.4f}; came {g_loss:.4f}"
        )
    ### END HIDDEN TESTS


test_pix2pix_losses()


# %% nbgrader={"grade": true, "grade_id": "test_pix2pix_losses_large", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
def test_pix2pix_losses_large():
    import numpy as np
    import tensorflow as tf

    real, fake = tf.Variable([[[[-500.0], [500.0]]]]), tf.Variable([[[[-500.0], [500.0]]]])
    drawing = tf.Variable(tf.ones((1, 8, 8, 1)))
    with tf.GradientTape(persistent=True) as tape:
        d_loss, g_loss = pix2pix_losses(real, fake, drawing, tf.zeros((1, 8, 8, 1)), 2.0)
    assert abs(float(d_loss) - 250) < 0.1, (
        f"scores −500 and 500 in both batches: half of the patches are wrong by 500, so D's loss is 250; came {float(d_loss):.4g}"
    )
    ### BEGIN HIDDEN TESTS
    assert abs(float(g_loss) - 252) < 0.1, (
        f"scores −500 and 500, each pixel wrong by 1, λ = 2: G's loss is 250 + 2; came {float(g_loss):.4g}"
    )
    for what, loss, part, slope in (
        ("D's loss, real patches", d_loss, real, [-0.25, 0]),
        ("D's loss, generated patches", d_loss, fake, [0, 0.25]),
        ("G's loss, generated patches", g_loss, fake, [-0.5, 0]),
        ("G's loss, its pixels", g_loss, drawing, [2 / 64] * 64),
    ):
        came = tape.gradient(loss, part)
        assert came is not None, f"{what}: no gradient. What cut it?"
        came = came.numpy().ravel()
        assert np.allclose(came, slope, atol=1e-5), (
            f"{what}: expected the slopes {slope[:2]}; came {came[:2]}"
        )
    ### END HIDDEN TESTS


test_pix2pix_losses_large()

# %% [markdown]
# ## Exercise 8: Fill the hole (7 + 4 points)
#
# In the middle of each digit 16 × 16 pixels are missing. They are gray, 0. Train a generator to fill the hole, once
# with the L1 distance alone and once with a discriminator of patches as well. The loop is given:
# `train_pix2pix(sources, targets, rounds, weight, seed)` takes your `unet` of exercise 6, and a discriminator that
# sees a picture and its source. Write `pix2pix_round(networks, optimizers, source, target, weight)`:
#
# * `networks`: the pair (G, D); `optimizers`: the pair of their optimizers, in the same order; D is called as `discriminator([picture, source])`; `source`, `target`: 16 pictures each, `(16, 28, 28, 1)`; `weight`:
#   λ;
# * takes a step of D and a step of G on the losses of exercise 7, in whatever order, with `training=True`. If `weight`
#   is None, there is no game: it takes a step of G on the L1 distance alone. It need not return anything.
#
# The given cells are locked. But you may define other networks and `train_pix2pix` again, for example if
# your U-Net does not work. Do it in the cell of `pix2pix_round`,
# which comes after the given cells. Your `train_pix2pix` must keep its arguments, uses at most 16 pairs in a round, and returns a new generator at each call, a Keras model from sources
# `(n, 28, 28, 1)` to pictures `(n, 28, 28, 1)`.
#
# A cell below calls `train_pix2pix` twice for 250 rounds, which **must take less than 20 seconds together** on two
# cores. Then it measures both on the 1,000 unseen digits, in the hole alone: the PSNR, and how *gray* the pixels are, the mean of
# 1 − |pixel|. A stroke that fades away is gray, and a clear stroke is not. The tests take the first 500 of these digits, so their numbers differ a little. They use the two generators that this cell makes: `closer` (L1 alone) and `sharper` (L1 and D).
#
# The first test looks at L1 alone (7 points):
#
# * the PSNR must be at least **8.1 dB**. (The cell after this one computes what the mean of all digits reaches.)
# * G must use its source. If G is given the picture of another digit, with its hole, the PSNR must be at least 1.5 dB lower;
# * the test also trains for 60 rounds on negatives of the digits (black strokes on white). Then the pixels in the holes must be above
#   0 on average, and the PSNR above 5 dB.
#
# The second test looks at what the discriminator changes, with λ = 10 (4 points):
#
# * the hole must be at most **0.85 times** as gray as with L1 alone. Its grayness may lie below that of true digits, but by at most 0.05;
# * the PSNR may be at most 2 dB lower than with L1 alone;
# * this test trains on negatives for 60 rounds, too, and asks of them what the first test asks.
#
# If L1 alone draws all holes black, G's tanh is stuck at −1. Put normalization between the layers of
# your U-Net (lesson 13: instance normalization). Or take a smaller learning rate; for that, define `train_pix2pix` again, as said above.


# %%
def with_hole(pictures):
    """Pictures whose middle, 16 × 16 pixels, is gray."""
    given = pictures.copy()
    given[:, 6:22, 6:22] = 0.0
    return given


def in_the_hole(made):
    """Of pictures for the unseen digits: the PSNR in dB and the mean of 1 − |pixel|, both in the hole alone."""
    inside, true = made[:, 6:22, 6:22], unseen[:, 6:22, 6:22]
    return 10 * np.log10(4 / np.mean((inside - true) ** 2)), np.mean(1 - np.abs(inside))


mean = np.broadcast_to(learned.mean(axis=0), unseen.shape)
for name, pictures in (("the mean of all digits", mean), ("the true digits", unseen)):
    with np.errstate(divide="ignore"):
        print("{}: PSNR {:.2f} dB, gray {:.3f}".format(name, *in_the_hole(pictures)))


# %% nbgrader={"grade": false, "grade_id": "new_patches", "locked": true, "schema_version": 3, "solution": false, "task": false}
def new_patches():
    """A Keras model from [pictures, sources], both (n, 28, 28, 1), to scores (n, 7, 7, 1). You may use it."""
    picture, source = keras.Input((28, 28, 1)), keras.Input((28, 28, 1))
    h = layers.Concatenate()([picture, source])
    for filters in (16, 32):
        h = layers.LeakyReLU(0.2)(layers.Conv2D(filters, 4, strides=2, padding="same")(h))
    return keras.Model([picture, source], layers.Conv2D(1, 3, padding="same")(h))


# %% nbgrader={"grade": false, "grade_id": "pix2pix_loop", "locked": true, "schema_version": 3, "solution": false, "task": false}
def train_pix2pix(sources, targets, rounds, weight, seed):
    """Play `rounds` rounds. Return the generator: sources (n, 28, 28, 1) → pictures (n, 28, 28, 1)."""
    keras.utils.set_random_seed(seed)
    networks = unet(), new_patches()
    adams = [keras.optimizers.Adam(rate, beta_1=0.5) for rate in (2e-3, 1e-3)]
    for adam, network in zip(adams, networks, strict=True):
        adam.build(network.trainable_variables)
    one_round = tf.function(lambda x, y: pix2pix_round(networks, adams, x, y, weight))
    for batch in np.random.default_rng(seed).integers(len(targets), size=(rounds, 16)):
        one_round(tf.constant(sources[batch]), tf.constant(targets[batch]))
    return networks[0]


# %% nbgrader={"grade": false, "grade_id": "pix2pix_round", "locked": false, "schema_version": 3, "solution": true, "task": false}
def pix2pix_round(networks, optimizers, source, target, weight):
    """A step of G and a step of D; of G alone, on the L1 distance, if weight is None. networks: G and D."""
    ### BEGIN SOLUTION
    with tf.GradientTape(persistent=True) as tape:
        made = networks[0](source, training=True)
        if weight is None:
            losses = [tf.reduce_mean(tf.abs(made - target))]
        else:
            scores = [networks[1]([x, source], training=True) for x in (target, made)]
            losses = pix2pix_losses(*scores, made, target, weight)[::-1]
    weights = [network.trainable_variables for network in networks]
    gradients = [tape.gradient(*pair) for pair in zip(losses, weights, strict=False)]
    for step, change, moved in zip(optimizers, gradients, weights, strict=False):
        step.apply(change, moved)
    ### END SOLUTION


# %% nbgrader={"grade": false, "grade_id": "trained_pix2pix", "locked": true, "schema_version": 3, "solution": false, "task": false} tags=["nbval-ignore-output"]
given = with_hole(unseen)
closer, sharper = (train_pix2pix(with_hole(learned), learned, 250, λ, seed=0) for λ in (None, 10.0))
rows = [given[:10]]
for name, model in (("L1 alone", closer), ("L1 and D", sharper)):
    made = keras.ops.convert_to_numpy(model(given, training=False))
    print("{}: PSNR {:.2f} dB, gray {:.3f}".format(name, *in_the_hole(made)))
    rows.append(np.where(given[:10] == 0, made[:10], given[:10]))
rows.append(unseen[:10])
plots.image_grid(
    np.concatenate(rows), "Given, L1 alone, L1 and D, true digits", columns=10, generated=True
)
plt.show()


# %% nbgrader={"grade": true, "grade_id": "test_train_pix2pix", "locked": true, "points": 7, "schema_version": 3, "solution": false, "task": false}
def test_train_pix2pix():
    # Expected: fills the hole from the source, with a PSNR of at least 8.1 dB for the L1 distance alone.
    from unittest import mock

    import keras
    import numpy as np

    from gan_course import data, networks
    from gan_course.gan import GAN

    hole = np.s_[:, 6:22, 6:22]

    class Locked:
        def __getattr__(self, name):
            raise AssertionError("this is a network of the course. Build your own from Keras' layers")

    def trained(sources, targets, rounds, weight, seed):
        """What train_pix2pix returns, with the course's GAN and networks locked away."""

        def locked(self, *arguments, **options):
            raise AssertionError("this is the course's GAN. Train by steps of your own")

        with (
            mock.patch.object(GAN, "__init__", locked),
            mock.patch.object(networks, "keras", Locked()),
            mock.patch.object(networks, "layers", Locked()),
        ):
            return train_pix2pix(sources, targets, rounds, weight, seed)

    def fill(model, given):
        assert isinstance(model, keras.Model), f"expected a Keras model; came {type(model).__name__}"
        try:
            made = keras.ops.convert_to_numpy(model(given, training=False))
        except ValueError as error:
            taken = getattr(model, "input_shape", "others")
            raise AssertionError(
                f"expected a model for sources (n, 28, 28, 1); yours takes {taken}"
            ) from error
        assert made.shape == given.shape, f"expected pictures {given.shape}; came {made.shape}"
        return made[hole]

    def psnr(made, true):
        return 10 * np.log10(4 / np.mean((made - true) ** 2))

    pool, fresh = data.load("mnist_5k")[0][:3000], data.load("mnist_5k", split="test")[0][:500]
    holed = fresh.copy()
    holed[hole] = 0
    close = psnr(fill(globals().get("closer"), holed), fresh[hole])
    assert close >= 8.1, f"L1 alone: {close:.2f} dB in the hole; expected at least 8.1 dB"
    ### BEGIN HIDDEN TESTS
    other = np.roll(fresh, 1, axis=0)
    other[hole] = 0
    strange = psnr(fill(closer, other), fresh[hole])
    assert strange < close - 1.5, (
        f"with the source of another digit {strange:.2f} dB, with the right one {close:.2f} dB: does it look at the source?"
    )
    negatives, rest = -pool, -pool
    rest[hole] = 0
    filled = fill(trained(rest.copy(), negatives, 60, None, seed=3), -holed)
    assert filled.mean() > 0, (
        f"60 rounds on digits in negative, whose holes are 0.34 on average: yours are {filled.mean():.2f}. Does it learn from `targets`?"
    )
    near = psnr(filled, -fresh[hole])
    assert near > 5, f"60 rounds on digits in negative: {near:.2f} dB; expected more than 5 dB"
    ### END HIDDEN TESTS


test_train_pix2pix()


# %% nbgrader={"grade": true, "grade_id": "test_train_pix2pix_sharper", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
def test_train_pix2pix_sharper():
    # Expected: with the discriminator the hole is at most 0.85 times as gray, and the PSNR at most 2 dB lower.
    from unittest import mock

    import keras
    import numpy as np

    from gan_course import data, networks
    from gan_course.gan import GAN

    hole = np.s_[:, 6:22, 6:22]

    class Locked:
        def __getattr__(self, name):
            raise AssertionError("this is a network of the course. Build your own from Keras' layers")

    def trained(sources, targets, rounds, weight, seed):
        """What train_pix2pix returns, with the course's GAN and networks locked away."""

        def locked(self, *arguments, **options):
            raise AssertionError("this is the course's GAN. Train by steps of your own")

        with (
            mock.patch.object(GAN, "__init__", locked),
            mock.patch.object(networks, "keras", Locked()),
            mock.patch.object(networks, "layers", Locked()),
        ):
            return train_pix2pix(sources, targets, rounds, weight, seed)

    def measured(model, given, true):
        """The PSNR in the hole, the mean of 1 − |pixel|, and the mean brightness."""
        assert isinstance(model, keras.Model), f"expected a Keras model; came {type(model).__name__}"
        try:
            made = keras.ops.convert_to_numpy(model(given, training=False))
        except ValueError as error:
            taken = getattr(model, "input_shape", "others")
            raise AssertionError(
                f"expected a model for sources (n, 28, 28, 1); yours takes {taken}"
            ) from error
        assert made.shape == given.shape, f"expected pictures {given.shape}; came {made.shape}"
        inside = made[hole]
        psnr = 10 * np.log10(4 / np.mean((inside - true[hole]) ** 2))
        return psnr, np.mean(1 - np.abs(inside)), inside.mean()

    pool, fresh = data.load("mnist_5k")[0][:3000], data.load("mnist_5k", split="test")[0][:500]
    holed = fresh.copy()
    holed[hole] = 0
    closer_psnr, closer_grayness, _ = measured(globals().get("closer"), holed, fresh)
    psnr, grayness, _ = measured(globals().get("sharper"), holed, fresh)
    assert grayness <= 0.85 * closer_grayness, (
        f"gray {grayness:.3f} with D and {closer_grayness:.3f} without; expected at most 0.85 times as much"
    )
    assert psnr >= closer_psnr - 2, (
        f"PSNR {psnr:.2f} dB with D and {closer_psnr:.2f} dB without; expected at most 2 dB less"
    )
    ### BEGIN HIDDEN TESTS
    true_grayness = np.mean(1 - np.abs(fresh[hole]))
    assert grayness >= true_grayness - 0.05, (
        f"gray {grayness:.3f}, true digits {true_grayness:.3f}: are the pixels rounded?"
    )
    negatives, rest = -pool, -pool
    rest[hole] = 0
    psnr, _, bright = measured(trained(rest, negatives, 60, 10.0, seed=4), -holed, -fresh)
    assert bright > 0, (
        f"60 rounds with λ = 10 on digits in negative, whose holes are 0.34 on average: yours are {bright:.2f}"
    )
    assert psnr > 5, (
        f"60 rounds with λ = 10 on digits in negative: {psnr:.2f} dB; expected more than 5 dB"
    )
    ### END HIDDEN TESTS


test_train_pix2pix_sharper()

# %% [markdown]
# ## Exercise 9: The cycle, and how to cheat it (3 + 2 + 5 points)
#
# Without pairs, CycleGAN (Zhu et al. 2017, [Unpaired image-to-image translation](https://arxiv.org/abs/1703.10593),
# equation 2) asks that a picture comes back from its translation. With two kinds of pictures A and B, and two
# translators,
#
# $$\mathcal L_{cyc} = \mathbb E_a\, \lVert \text{to}_A(\text{to}_B(a)) - a \rVert_1 + \mathbb E_b\, \lVert \text{to}_B(\text{to}_A(b)) - b \rVert_1.$$
#
# Write `cycle_loss(a, b, to_a, to_b)`:
#
# * `a`, `b`: float32 tensors of pictures of kind A and of kind B; `to_a`, `to_b`: functions or Keras models from
#   pictures of the other kind to pictures of kind A, and of kind B;
# * returns the loss, a scalar tensor. Each norm is a mean over all pixels and channels of its own batch (3 points);
# * also where `a` and `b` differ in the number of pictures, the size and the channels. Gradients flow to both translators from
# both parts of the loss (2 points).


# %% nbgrader={"grade": false, "grade_id": "cycle_loss", "locked": false, "schema_version": 3, "solution": true, "task": false}
def cycle_loss(a, b, to_a, to_b):
    """How far pictures are from what comes back of them: a scalar tensor."""
    ### BEGIN SOLUTION
    back_in_a = tf.reduce_mean(tf.abs(to_a(to_b(a)) - a))
    back_in_b = tf.reduce_mean(tf.abs(to_b(to_a(b)) - b))
    return back_in_a + back_in_b
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_cycle_loss", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
def test_cycle_loss():
    import numpy as np
    import tensorflow as tf

    def cycle(a, b, to_a, to_b):
        came = cycle_loss(tf.constant(a, "float32"), tf.constant(b, "float32"), to_a, to_b)
        assert tf.is_tensor(came), f"expected a scalar tensor; came {type(came).__name__}"
        assert came.shape == (), f"expected one number; came shape {came.shape}"
        return float(came)

    a, b = np.full((2, 4, 4, 1), 0.5), np.full((2, 4, 4, 1), -1.0)
    came = cycle(a, b, lambda x: x / 2, lambda x: 2 * x + 1)
    assert abs(came - 1.5) < 1e-5, (
        "to_b doubles and adds 1, to_a halves. a: ½ → 2 → 1 is off by ½. b: −1 → −½ → 0 is off by 1. "
        f"Expected the loss 1.5; came {came:g}"
    )
    ### BEGIN HIDDEN TESTS
    rng = np.random.default_rng(79)
    for shape, m in (((3, 5, 4, 2), 3), ((6, 2, 2, 1), 6), ((1, 7, 7, 3), 1)):
        a, b = rng.uniform(-1, 1, size=shape), rng.uniform(-1, 1, size=(m, *shape[1:]))
        forth, shift = rng.uniform(0.5, 2), rng.normal()
        to_b, to_a = (lambda x, c=forth, d=shift: c * x + d), (lambda x: x**2)
        came = cycle(a, b, to_a, to_b)
        expected = np.abs((forth * a + shift) ** 2 - a).mean() + np.abs(forth * b**2 + shift - b).mean()
        assert abs(came - expected) < 1e-3 * (1 + expected), (
            f"pictures {shape}, to_b(x) = {forth:.2f}x + {shift:.2f}, to_a(x) = x²: expected {expected:.4f}; came {came:.4f}"
        )
    came = cycle(a, b, lambda x: -x, lambda x: -x)
    assert abs(came) < 1e-6, f"two negatives undo each other: expected 0; came {came:g}"
    ### END HIDDEN TESTS


test_cycle_loss()


# %% nbgrader={"grade": true, "grade_id": "test_cycle_loss_shapes", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
def test_cycle_loss_shapes():
    import tensorflow as tf

    def scaled(n, m, size=(4, 4), to_size=(4, 4)):
        """A loss of gray pictures a and color pictures b with two translators of one weight each, and its gradients."""
        up, down = tf.Variable(2.0), tf.Variable(3.0)
        a, b = tf.fill((n, *size, 1), 0.1), tf.fill((m, *to_size, 3), 0.2)

        def to_b(x):
            return up * tf.repeat(tf.image.resize(x, to_size), 3, axis=-1)

        def to_a(x):
            return down * tf.reduce_mean(tf.image.resize(x, size), axis=-1, keepdims=True)

        with tf.GradientTape() as tape:
            try:
                loss = cycle_loss(a, b, to_a, to_b)
            except (ValueError, TypeError, tf.errors.InvalidArgumentError) as error:
                said = (
                    str(error).rpartition("}} ")[2].partition(" [Op:")[0]
                )  # without TensorFlow's places
                raise AssertionError(
                    f"{n} gray pictures {size} and {m} color ones {to_size}: expected one number, the loss; it stops: {said}"
                ) from error
        return loss, tape.gradient(loss, [up, down])

    loss, slopes = scaled(5, 2)
    assert abs(float(loss) - 1.5) < 1e-4, (
        f"gray 0.1 and color 0.2 both come back six times as large: expected 0.5 + 1.0 = 1.5; came {float(loss):.4g}"
    )
    ### BEGIN HIDDEN TESTS
    for n, m, size, to_size in ((5, 2, (4, 4), (4, 4)), (1, 9, (2, 6), (4, 4)), (3, 3, (8, 8), (2, 2))):
        loss, slopes = scaled(n, m, size, to_size)
        assert abs(float(loss) - 1.5) < 1e-4, (
            f"{n} gray pictures {size}, {m} color ones {to_size}: expected 1.5; came {float(loss):.4g}"
        )
        for who, slope, right in (("to_b", slopes[0], 0.9), ("to_a", slopes[1], 0.6)):
            assert slope is not None, f"no gradient reaches {who}. What cut it?"
            assert abs(float(slope) - right) < 1e-4, (
                f"the loss is 0.3·(u·d − 1) for to_b's weight u = 2 and to_a's weight d = 3: the slope in {who} is {right}; "
                f"came {float(slope):.4g}. Does each way count?"
            )
    ### END HIDDEN TESTS


test_cycle_loss_shapes()

# %% [markdown]
# What does a cycle loss of 0 prove? Let us look for two translators that keep the rule and break its spirit. Kind A
# are color pictures, and kind B are gray pictures, where gray is the mean of the three colors. From the gray alone
# nobody can know the colors. But to_B may **hide** them in it (Chu, Zhmoginov and Sandler 2017, [CycleGAN, a master
# of steganography](https://arxiv.org/abs/1712.02950)).
#
# Write `hide(colors)` and `reveal(gray)` (5 points), for NumPy arrays:
#
# * `colors`: float32 `(n, height, width, 3)`, and each number is one of four: −1, −1/3, 1/3 or 1;
# * the function `hide` returns gray pictures `(n, height, width, 1)`, float32. No pixel differs from the mean over the channels
#   by more than 0.02. So the gray may lie outside −1 to 1, by up to 0.02;
# * the function `reveal` gets such gray pictures, or parts cut out of them. They can come from any call of `hide`. It returns the colors
#   `(n, height, width, 3)`, each number right to within 0.01.
#
# A pixel has 64 possible colors, but their means have only ten values, 2/9 apart. How many gray values do you need
# around each of them?


# %% nbgrader={"grade": false, "grade_id": "hide", "locked": false, "schema_version": 3, "solution": true, "task": false}
def hide(colors):
    """Gray pictures (n, height, width, 1), near the mean of the colors, from which `reveal` gets the colors back."""
    ### BEGIN SOLUTION
    levels = np.round((np.asarray(colors, float) + 1) * 1.5)  # 0 to 3
    code = levels @ [16, 4, 1]  # 0 to 63
    return (np.mean(colors, axis=-1) + (code - 31.5) / 31.5 * 0.015)[..., None].astype("float32")
    ### END SOLUTION


# %% nbgrader={"grade": false, "grade_id": "reveal", "locked": false, "schema_version": 3, "solution": true, "task": false}
def reveal(gray):
    """The colors (n, height, width, 3) that are hidden in gray pictures."""
    ### BEGIN SOLUTION
    gray = np.asarray(gray, float)[..., 0]
    mean = np.round((gray + 1) * 4.5) / 4.5 - 1  # the mean of three of the four values: steps of 2/9
    code = np.round((gray - mean) / 0.015 * 31.5 + 31.5).astype(int)
    levels = np.stack([code // 16, code // 4 % 4, code % 4], axis=-1)
    return (levels / 1.5 - 1).astype("float32")
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_hide", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
def test_hide():
    # Expected: gray pictures within 0.02 of the mean of the colors, from which the colors come back to 0.01.
    import numpy as np

    def hidden_in(colors):
        gray = np.asarray(hide(colors.copy()))
        expected = (*colors.shape[:3], 1)
        assert gray.shape == expected, f"hide: expected gray pictures {expected}; came {gray.shape}"
        assert gray.dtype == np.float32, f"hide: expected float32; came {gray.dtype}"
        off = np.abs(gray[..., 0] - colors.mean(axis=-1)).max()
        assert off <= 0.02 + 1e-6, (
            f"hide: the gray differs from the mean of the colors by {off:.3f}; expected at most 0.02"
        )
        return gray

    def revealed(gray):
        came = np.asarray(reveal(gray.copy()))
        expected = (*gray.shape[:3], 3)
        assert came.shape == expected, f"reveal: expected colors {expected}; came {came.shape}"
        return came

    four = np.array([-1, -1 / 3, 1 / 3, 1], "float32")
    painted = four[np.random.default_rng(80).integers(4, size=(2, 5, 5, 3))]
    wrong = np.abs(revealed(hidden_in(painted)) - painted).max()
    assert abs(wrong) < 0.01, f"the colors come back wrong by up to {wrong:.2f}; expected at most 0.01"
    ### BEGIN HIDDEN TESTS
    rng = np.random.default_rng(81)
    first, second = (four[rng.integers(4, size=(n, 6, 4, 3))] for n in (3, 7))
    grays = [hidden_in(part) for part in (first, second)]
    for which, one, right in (
        ("of an earlier call", grays[0], first),
        ("in another order", grays[1][::-1], second[::-1]),
        ("one row of one of them", grays[1][2:3, 1:2], second[2:3, 1:2]),
        ("pictures of two calls together", np.concatenate(grays), np.concatenate([first, second])),
    ):
        wrong = np.abs(revealed(one) - right).max()
        assert abs(wrong) < 0.01, f"gray pictures, {which}: wrong by up to {wrong:.2f}"
    every = four[np.indices((4, 4, 4)).reshape(3, 64).T][None, None]
    wrong = np.abs(revealed(hidden_in(every)) - every).max()
    assert abs(wrong) < 0.01, f"all 64 colors in one row: wrong by up to {wrong:.2f}"
    for color in every[0, 0, ::7]:
        plain = np.broadcast_to(color, (1, 2, 2, 3)).copy()
        wrong = np.abs(revealed(hidden_in(plain)) - plain).max()
        assert abs(wrong) < 0.01, (
            f"a picture of one color, {color.round(2)}: wrong by up to {wrong:.2f}"
        )
    ### END HIDDEN TESTS


test_hide()

# %% [markdown]
# A gray picture in a file has 256 levels. What is left of the hidden colors when it is stored, and what of the gray?

# %% nbgrader={"grade": false, "grade_id": "stored_gray", "locked": true, "schema_version": 3, "solution": false, "task": false}
levels = np.array([-1, -1 / 3, 1 / 3, 1], "float32")
colors = levels[np.random.default_rng(0).integers(4, size=(50, 28, 28, 3))]
gray = hide(colors)
stored = np.round((gray + 1) * 127.5) / 127.5 - 1  # as in a file, with 256 levels
for name, x in (("as it is", gray), ("as stored", stored)):
    back, honest = reveal(x.astype("float32")), colors.mean(axis=-1, keepdims=True)
    print(f"{name:10} gray off by {np.abs(x - honest).mean():.4f}   ", end="")
    print(f"colors that come back off by {np.abs(back - colors).mean():.4f}")

# %% [markdown]
# ## Exercise 10: What was promised? (10 points)
#
# You have met four losses and measures that each check one thing: the share of pictures that are as asked for,
# the PSNR, the loss of patches, the cycle loss. What does each one promise, and what not? Write 250 to 320 words.
#
# | points | for |
# |---|---|
# | 3 | exercise 8: which of your two networks has the higher PSNR, and which one is less gray, with your four numbers from one run; why the strokes of the first one fade or break, and why PSNR does not punish it |
# | 2 | what a D of 18 × 18 patches checks in a picture of 28 × 28, what it cannot see, and why it gets the source, too |
# | 3 | what a cycle loss of 0 proves, and what your `hide` shows that it does not, with the numbers after storing; one test that would have found the hidden colors |
# | 2 | exercise 4: what does a share of 60 % and more not say about your pictures, and why is the training with mixed labels a part of the test? |

# %% [markdown] nbgrader={"grade": true, "grade_id": "answer_promises", "locked": false, "points": 10, "schema_version": 3, "solution": true, "task": false}
# **PSNR.** L1 alone has 8.6 dB and a gray of 0.19. With D it is 8.0 dB and 0.14, and true digits have 0.13. The first one
# is closer, the second one looks more like a digit. Several digits fit one frame. L1 is smallest at the median of the
# answers, pixel by pixel, and a network that is not sure draws something in between. PSNR cannot punish this: it is best
# at the mean of the answers, which is gray, too. Neither asks whether the pixels fit each other.
#
# **Patches.** A score sees 18 × 18 of 28 × 28 pixels: edges and strokes. It cannot see whether distant parts make one
# digit. Without the source D would accept any stroke that looks real, also one that does not go on outside of the hole.
#
# **The cycle.** A loss of 0 proves that the way back is possible, for this pair of translators. It does not prove that
# the gray picture holds only what one sees: mine holds the colors, in differences below 0.02. Stored with 256 levels, the
# gray is off by 0.008, as before, but the colors come back off by 0.62. So rounding finds me out, and so does noise, or
# an honest gray picture.
#
# **The share.** 60 % do not say that the pictures look real, or that they differ: one clear picture for each digit would
# do. And the judge is wrong about real digits, too. With mixed labels nobody can know the right digit. A share above that
# of guessing would mean that the digits come from elsewhere, and not from the labels that were given.

# %% [markdown]
# ## Before you hand in
#
# * Kernel > Restart and Run All: does everything run from the top, in one to two minutes?
# * Does every test cell run through without an error? A test that fails costs its own points only, but Run All stops there: run the cells after it by hand.
# * Do the trainings of exercises 4 and 8 keep to their times? A slow one may be stopped when it is graded.
# * Is the written answer in its cell?
# * Nothing deleted, renamed or moved; then save, and hand in the `.ipynb`.
