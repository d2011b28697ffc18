# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Homework 3 · Train, diagnose and measure an image GAN
#
# **The one idea: a page of fine digits proves little. Build the two networks with a reason for each layer,
# train them, and then be the hardest judge of your own generator: say what your numbers show, and what they
# cannot show.**
#
# It belongs to lessons [05](https://github.com/gan-course/gan-course/blob/main/notebooks/05_gans_for_images.ipynb), [06](https://github.com/gan-course/gan-course/blob/main/notebooks/06_when_training_fails.ipynb) and
# [07](https://github.com/gan-course/gan-course/blob/main/notebooks/07_measuring_a_gan.ipynb), and takes about two hours. Everything runs on scikit-learn's digits of
# 8 × 8 pixels, on a CPU. Training takes about ten seconds; please stay **below 20 seconds on two cores**, since
# your notebook is run once more when it is graded.
#
# | exercise | points |
# |---|---|
# | 1 · Pixels that the generator can reach | 6 |
# | 2 · Read a blueprint | 6 |
# | 3 · Two networks to a specification | 8 + 6 |
# | 4 · The average of the weights, seen from the same noise | 6 + 4 |
# | 5 · Train | 8 + 8 |
# | 6 · A walk in latent space | 6 |
# | 7 · Two measures by hand | 8 + 6 |
# | 8 · Four suspects | 4 + 4 |
# | 9 · What do you claim? (written answer) | 20 |
#
# **How it is graded.** The cells below each exercise are tests. They say what is wrong, and you may run them as
# often as you like. When your work is graded, hidden tests run the same functions on other inputs: other
# shapes, other seeds, odd cases. So write functions that do what the text says, not what one test asks.
#
# **What is allowed.** `data`, `plots`, `runtime` and `metrics` of the course, NumPy, SciPy, scikit-learn and
# Keras. In exercise 5 also `networks`, `GAN`, `callbacks` and `doctor`. What an exercise asks for, write yourself. No
# exercise needs the answer to an earlier one, except for the figures in between and your report of exercise 9.
#
# **How to hand in.** Fill in the cells that say `YOUR CODE HERE`, and leave all cells in their places. Then
# Kernel > Restart and Run All, save, and hand in this `.ipynb` (in Colab: File > Download > Download .ipynb).

# %% tags=["nbval-ignore-output"]
# Where the course package is missing, on Colab for example, this cell installs it first.
import importlib.util

if importlib.util.find_spec("gan_course") is None:
    print("Installing gan_course from https://github.com/gan-course/gan-course")
    # %pip install --quiet git+https://github.com/gan-course/gan-course

import matplotlib.pyplot as plt
import numpy as np

from gan_course import data, metrics, networks, plots, runtime

plots.use_style()
print(runtime.configure(seed=0))

# %% [markdown]
# Two piles of real pictures: `images`, from which a generator may learn, and `unseen`, which it never sees. And a
# judge: a small classifier of digits, whose hidden layer gives 64 features a picture (lesson 07).

# %%
import keras
from keras import layers

from gan_course.gan import GAN

images, labels = data.load("digits")
unseen, unseen_labels = data.load("digits", split="test")
judge = metrics.feature_classifier(images, labels)
print(
    f"{len(images):,} pictures to learn from, {len(unseen)} to compare with, of shape {images.shape[1:]}"
)
print(f"pixels from {images.min():g} to {images.max():g}, digits {np.unique(labels)}")


# %% [markdown]
# ## Exercise 1: Pixels that the generator can reach (6 points)
#
# `data.load` has done this for you; here you do it yourself. scikit-learn's digits come as **rows of 64 numbers
# from 0 (black) to 16 (white)**, without a shape and without channels. Your generator will end in tanh.
#
# Write `prepare(raw)`:
#
# * `raw`: an array `(n, 64)`, integers or floats of any dtype, each value from 0 to 16;
# * returns `(n, 8, 8, 1)`, **float32**, where 0 has become −1 and 16 has become 1, on a straight line.
#
# The same gray must come out the same, whatever else is in the batch. `raw` itself stays as it was.


# %% nbgrader={"grade": false, "grade_id": "prepare", "locked": false, "schema_version": 3, "solution": true, "task": false}
def prepare(raw):
    """raw: (n, 64), from 0 to 16, any dtype. Return pictures (n, 8, 8, 1), float32, from -1 to 1."""
    ### BEGIN SOLUTION
    return np.asarray(raw, "float32").reshape(-1, 8, 8, 1) / 8 - 1
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_prepare", "locked": true, "points": 6, "schema_version": 3, "solution": false, "task": false}
import numpy as np
from sklearn.datasets import load_digits

raw = load_digits().data[:100]
made = prepare(raw.copy())
assert made is not None, "prepare returned nothing. Is there a return?"
assert np.shape(made) == (100, 8, 8, 1), (
    f"expected shape (100, 8, 8, 1): channels last, one of them; came {np.shape(made)}"
)
assert np.asarray(made).dtype == "float32", (
    f"expected float32, as Keras takes it; came {np.asarray(made).dtype}"
)
low, high = np.min(made), np.max(made)
assert np.allclose([low, high], [-1, 1]), (
    f"expected pixels from -1 to 1, all that tanh can reach and no more; came {low:.3g} to {high:.3g}"
)
### BEGIN HIDDEN TESTS
made = np.asarray(made)
assert np.allclose(made[7, :, :, 0], raw[7].reshape(8, 8) / 8 - 1, atol=1e-6), (
    "picture 7 is not the raw one: gray levels on a straight line from -1 to 1, rows and columns in their places?"
)
faint = np.asarray(prepare(np.full((2, 64), 4.0)))
assert np.shape(faint) == (2, 8, 8, 1), (
    f"two pictures should come out as (2, 8, 8, 1); came {np.shape(faint)}"
)
assert np.allclose(faint, -0.5, atol=1e-6), (
    f"a batch in which every pixel is 4 should be -0.5 everywhere; came {faint.ravel()[0]:.3g}. "
    "The scale must not depend on the batch"
)
for dtype in ("uint8", "int64", "float16"):
    ramp = np.arange(64).reshape(1, 64) % 17
    came = np.asarray(prepare(ramp.astype(dtype)))
    kind = np.shape(came), str(came.dtype)
    assert kind == ((1, 8, 8, 1), "float32"), f"{dtype}: expected (1, 8, 8, 1) in float32; came {kind}"
    assert np.allclose(came.ravel(), ramp.ravel() / 8 - 1, atol=1e-6), (
        f"pixels that come as {dtype} come out wrong: can {dtype} hold the values in between?"
    )
kept = raw.copy()
prepare(kept)
assert np.array_equal(kept, raw), "prepare changed its input. Make a new array"
### END HIDDEN TESTS

# %% [markdown]
# ## Exercise 2: Read a blueprint (6 points)
#
# A generator is a chain of transposed convolutions. Before you build one, learn to read a plan: **how large is the
# picture at the end, and will it begin life with a checkerboard?**
#
# Each input pixel presses a stamp `kernel` pixels wide onto the output, `stride` pixels apart. With
# `padding="valid"` everything that was stamped is kept, and with `padding="same"` it is cut to stride × side. A
# layer is *even* if every output pixel away from the border is written equally often (Odena, Dumoulin and Olah
# 2016, [Deconvolution and checkerboard artifacts](https://distill.pub/2016/deconv-checkerboard/)).
#
# Write `read_blueprint(side, blueprint)`:
#
# * `side`: how many pixels wide the first picture is; `blueprint`: a list of `(kernel, stride, padding)`, one
#   for each layer, with kernel ≥ stride;
# * returns `(side_at_the_end, even)`: an integer, and `True` if *all* layers are even.


# %% nbgrader={"grade": false, "grade_id": "read_blueprint", "locked": false, "schema_version": 3, "solution": true, "task": false}
def read_blueprint(side, blueprint):
    """blueprint: list of (kernel, stride, padding). Return (side at the end, whether all layers are even)."""
    ### BEGIN SOLUTION
    even = True
    for kernel, stride, padding in blueprint:
        side = stride * side if padding == "same" else stride * (side - 1) + kernel
        even = even and kernel % stride == 0
    return side, even
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_read_blueprint", "locked": true, "points": 6, "schema_version": 3, "solution": false, "task": false}
import numpy as np


def ask_keras(side, blueprint):
    """Each layer with a kernel of ones, on a picture of ones: what it writes, it counts."""
    even = True
    for kernel, stride, padding in blueprint:
        options = {
            "strides": stride,
            "padding": padding,
            "use_bias": False,
            "kernel_initializer": "ones",
        }
        counts = keras.layers.Conv1DTranspose(1, kernel, **options)(np.ones((1, 30, 1), "float32"))
        even = even and np.ptp(keras.ops.convert_to_numpy(counts)[0, 2 * kernel : -2 * kernel]) == 0
        side = keras.layers.Conv1DTranspose(1, kernel, **options).compute_output_shape((1, side, 1))[1]
    return side, bool(even)


def compare(side, blueprint):
    came, expected = read_blueprint(side, list(blueprint)), ask_keras(side, blueprint)
    parts = len(came) if hasattr(came, "__len__") else 0
    assert parts == 2, f"expected a pair (side, even); came {came!r}"
    assert came[0] == expected[0], (
        f"{side} pixels through {blueprint}: Keras makes {expected[0]} of them, you say {came[0]}"
    )
    assert came[1] == expected[1], f"{blueprint}: even by Keras: {expected[1]}; you say {came[1]}"


for case in ((2, [(4, 2, "same"), (4, 2, "same")]), (3, [(3, 2, "valid")]), (7, [])):
    compare(*case)
### BEGIN HIDDEN TESTS
for case in (
    (2, [(5, 2, "same"), (4, 2, "same")]),
    (4, [(4, 2, "same"), (5, 2, "same"), (2, 2, "same")]),
    (5, [(4, 3, "same")]),
    (5, [(3, 3, "valid"), (6, 3, "valid")]),
    (1, [(4, 1, "valid"), (4, 2, "valid"), (3, 1, "same")]),
    (6, [(5, 1, "same")]),
    (3, [(8, 4, "valid"), (6, 4, "same")]),
):
    compare(*case)
### END HIDDEN TESTS

# %% [markdown]
# ## Exercise 3: Two networks to a specification (8 + 6 points)
#
# Now build them. How many layers and how wide is up to you; what they must keep is this.
#
# **The generator**, `make_generator(latent_dim)`:
#
# * a new `keras.Model` at every call, from noise `(n, latent_dim)` to pictures `(n, 8, 8, 1)`, with at most
#   80,000 weights (`count_params()`) for a `latent_dim` up to 32;
# * its pixels come close to −1 and to 1 if need be, and never go beyond;
# * it grows the picture with at least one `Conv2DTranspose` of stride 2, and all that it has are even (exercise
#   2);
# * BatchNormalization is welcome, but not where lesson 05 warns of it.
#
# **The discriminator**, `make_discriminator()`:
#
# * a new `keras.Model` at every call, from `(n, 8, 8, 1)` to one **raw score** a picture, `(n, 1)`, with at
#   most 80,000 weights;
# * at least one `Conv2D`; no activation that is 0 for all negative inputs, such as ReLU, since G's gradient comes through it;
# * no BatchNormalization on the pictures that come in, or on the score that goes out.


# %% nbgrader={"grade": false, "grade_id": "make_generator", "locked": false, "schema_version": 3, "solution": true, "task": false}
def make_generator(latent_dim):
    """Return a new keras.Model from noise (n, latent_dim) to pictures (n, 8, 8, 1) in [-1, 1]."""
    ### BEGIN SOLUTION
    return keras.Sequential(
        [
            keras.Input((latent_dim,)),
            layers.Dense(2 * 2 * 64, use_bias=False),
            layers.Reshape((2, 2, 64)),
            layers.BatchNormalization(),
            layers.ReLU(),
            layers.Conv2DTranspose(32, 4, strides=2, padding="same", use_bias=False),
            layers.BatchNormalization(),
            layers.ReLU(),
            layers.Conv2DTranspose(1, 4, strides=2, padding="same", activation="tanh"),
        ]
    )
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_make_generator", "locked": true, "points": 8, "schema_version": 3, "solution": false, "task": false}
import numpy as np


def all_layers(model):
    """Layers in the order of the data, those of nested models included."""
    parts = [all_layers(layer) if hasattr(layer, "layers") else [layer] for layer in model.layers]
    return [layer for part in parts for layer in part]


def draw(model, noise):
    return keras.ops.convert_to_numpy(model(np.asarray(noise, "float32"), training=False))


model = make_generator(16)
assert isinstance(model, keras.Model), f"expected a keras.Model; came {type(model).__name__}"
assert model.input_shape == (None, 16), f"expected noise (None, 16); it takes {model.input_shape}"
noise = np.random.default_rng(0).normal(size=(50, 16))
pictures = draw(model, noise)
assert pictures.shape == (50, 8, 8, 1), f"expected pictures (50, 8, 8, 1); came {pictures.shape}"
count = model.count_params()
assert count <= 80_000, f"expected at most 80,000 weights; came {count:,}. Fewer channels?"
stamps = [layer for layer in all_layers(model) if isinstance(layer, keras.layers.Conv2DTranspose)]
grows = any(max(layer.strides) > 1 for layer in stamps)
assert grows, "expected a Conv2DTranspose of stride 2 that grows the picture; found none"
### BEGIN HIDDEN TESTS
for layer in stamps:
    even = all(k % s == 0 for k, s in zip(layer.kernel_size, layer.strides, strict=True))
    assert even, f"kernel {layer.kernel_size} with stride {layer.strides} begins with a checkerboard"
weighted = [layer for layer in all_layers(model) if layer.trainable_weights]
is_norm = isinstance(weighted[-1], keras.layers.BatchNormalization)
assert not is_norm, "BatchNormalization at G's exit forces every pixel to vary, in the corners too"
same = np.array_equal(pictures, draw(model, noise))
assert same, "the same noise gave two different pictures with training=False"
differ = np.abs(pictures[:25] - pictures[25:]).max()
assert differ > 1e-4, "different noise gives the same picture: is the noise used?"
sizes = [1000 * w for w in weighted[-1].get_weights()]
weighted[-1].set_weights(sizes)  # as if training had made the last layer very sure
low, high = draw(model, noise).min(), draw(model, noise).max()
assert max(-low, high) <= 1.0001, f"with large weights pixels leave [-1, 1]: {low:.3g} to {high:.3g}"
assert high > 0.99, f"with large weights the whitest pixel is {high:.3g}: it cannot reach 1"
assert low < -0.99, f"with large weights the blackest pixel is {low:.3g}: it cannot reach -1"
assert make_generator(16) is not model, "two calls returned the same model; make a new one each time"
for size in (3, 32):
    other = make_generator(size)
    assert other.input_shape == (None, size), f"latent_dim={size}: it takes {other.input_shape}"
    one = draw(other, np.ones((1, size))).shape
    assert one == (1, 8, 8, 1), f"latent_dim={size}: expected one picture (1, 8, 8, 1); came {one}"
    count = other.count_params()
    assert count <= 80_000, f"latent_dim={size}: at most 80,000 weights; came {count:,}"
### END HIDDEN TESTS


# %% nbgrader={"grade": false, "grade_id": "make_discriminator", "locked": false, "schema_version": 3, "solution": true, "task": false}
def make_discriminator():
    """Return a new keras.Model from pictures (n, 8, 8, 1) to raw scores (n, 1), positive for real."""
    ### BEGIN SOLUTION
    return keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            layers.Conv2D(32, 4, strides=2, padding="same"),
            layers.LeakyReLU(0.2),
            layers.Conv2D(64, 4, strides=2, padding="same", use_bias=False),
            layers.BatchNormalization(),
            layers.LeakyReLU(0.2),
            layers.Flatten(),
            layers.Dense(1),
        ]
    )
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_make_discriminator", "locked": true, "points": 6, "schema_version": 3, "solution": false, "task": false}
import numpy as np

from gan_course import data


def inner_layers(model):
    """Layers in the order of the data, those of nested models included."""
    parts = [inner_layers(layer) if hasattr(layer, "layers") else [layer] for layer in model.layers]
    return [layer for part in parts for layer in part]


def scores_of(model, pictures):
    return keras.ops.convert_to_numpy(model(pictures, training=False))


model, pictures = make_discriminator(), data.load("digits")[0][:64]
assert isinstance(model, keras.Model), f"expected a keras.Model; came {type(model).__name__}"
scores = scores_of(model, pictures)
assert scores.shape == (64, 1), f"expected one score a picture, (64, 1); came {scores.shape}"
count = model.count_params()
assert count <= 80_000, f"expected at most 80,000 weights; came {count:,}"
kinds = [type(layer).__name__ for layer in inner_layers(model)]
assert "Conv2D" in kinds, f"expected at least one Conv2D; came {kinds}"
### BEGIN HIDDEN TESTS
weighted = [layer for layer in inner_layers(model) if layer.trainable_weights]
for layer, end in ((weighted[0], "entrance"), (weighted[-1], "exit")):
    is_norm = isinstance(layer, keras.layers.BatchNormalization)
    assert not is_norm, f"BatchNormalization at D's {end} wipes out how bright, or how real, a batch is"
for layer in inner_layers(model):
    name = getattr(getattr(layer, "activation", None), "__name__", "")
    flat = isinstance(layer, keras.layers.ReLU) and not layer.negative_slope
    steep = name not in ("relu", "relu6") and not flat
    assert steep, f"layer {layer.name} is flat below 0: no gradient reaches G through it there"
assert np.ptp(scores) > 1e-6, (
    "every picture gets the same score: what squashes it, or is the picture not used?"
)
sizes = [1000 * w for w in weighted[-1].get_weights()]
weighted[-1].set_weights(sizes)  # a raw score grows with the last layer's weights
clear = np.abs(scores) > 1e-3
assert np.allclose(scores_of(model, pictures)[clear] / scores[clear], 1000, rtol=0.02), (
    "with a last layer 1000 times as large the scores should be 1000 times as large. "
    "Expected a raw score: what squashes it at the end?"
)
assert make_discriminator() is not model, "two calls returned the same model; make a new one each time"
one = scores_of(make_discriminator(), pictures[:1]).shape
assert one == (1, 1), f"one picture should get one score, (1, 1); came {one}"
### END HIDDEN TESTS

# %% [markdown]
# ## Exercise 4: The average of the weights, seen from the same noise (6 + 4 points)
#
# The players never come to rest, so the generator of any single step is a bit off. An average over steps is calmer
# (lesson 05). After each step of training it takes in a little of the live weights w:
#
# $$\bar w \leftarrow \text{decay} \cdot \bar w + (1 - \text{decay}) \cdot w$$
#
# Write `update_average(averaged, live, decay)`:
#
# * `averaged` and `live`: two `keras.Model`s of the same architecture, `live` the one that is being trained;
# * the **trainable** weights of `averaged` move as above. Its **non-trainable** ones (the moving means and
#   variances of BatchNormalization) are averages already: they become equal to those of `live`;
# * `live` stays as it is. Nothing is returned.


# %% nbgrader={"grade": false, "grade_id": "update_average", "locked": false, "schema_version": 3, "solution": true, "task": false}
def update_average(averaged, live, decay):
    """Take a step of the moving average: `averaged` moves towards `live`, which stays as it is."""
    ### BEGIN SOLUTION
    for mean, weight in zip(averaged.trainable_variables, live.trainable_variables, strict=True):
        mean.assign(decay * mean + (1 - decay) * weight)
    for mean, weight in zip(
        averaged.non_trainable_variables, live.non_trainable_variables, strict=True
    ):
        mean.assign(weight)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_update_average", "locked": true, "points": 6, "schema_version": 3, "solution": false, "task": false}
import keras
import numpy as np


def small_model(value, norm=False):
    """A dense layer, with or without BatchNormalization behind it, all of whose weights are `value`."""
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
    if norm:
        model.add(keras.layers.BatchNormalization())
    model.set_weights([np.full(w.shape, value, "float32") for w in model.get_weights()])
    return model


def moved_by(change, averaged, live, decay):
    kept = live.get_weights()
    change(averaged, live, decay)
    same = all(np.array_equal(a, b) for a, b in zip(kept, live.get_weights(), strict=True))
    assert same, "the live weights have moved. Only `averaged` may"


averaged, live = small_model(10.0), small_model(2.0)
moved_by(update_average, averaged, live, 0.75)
came = averaged.get_weights()[0].ravel()[0]
assert np.isclose(came, 8), (
    f"0.75 of 10 and 0.25 of 2 are 8; `averaged` has {came:.4g}. Which keeps the larger part?"
)
### BEGIN HIDDEN TESTS
rng = np.random.default_rng(5)
averaged, live = small_model(1.0, norm=True), small_model(0.0, norm=True)
trained, expected = (
    slice(0, 4),
    [np.ones(w.shape) for w in averaged.get_weights()[:4]],
)  # kernel, bias, scale, shift
for _ in range(4):
    live.set_weights([rng.uniform(0.5, 2.0, w.shape) for w in live.get_weights()])
    expected = [0.9 * e + 0.1 * w for e, w in zip(expected, live.get_weights()[trained], strict=True)]
    moved_by(update_average, averaged, live, 0.9)


def check_trained(what):
    for e, w in zip(expected, averaged.get_weights()[trained], strict=True):
        assert np.allclose(e, w, atol=1e-5), (
            f"{what}: expected {e.ravel()[0]:.4f} first; came {w.ravel()[0]:.4f}"
        )


check_trained("after four updates with decay 0.9, trainable weights are wrong")
for a, w in zip(averaged.get_weights()[4:], live.get_weights()[4:], strict=True):
    assert np.allclose(a, w), (
        "BatchNormalization's moving mean or variance is not that of the live model"
    )
moved_by(update_average, averaged, live, 1.0)
check_trained("decay 1 should leave trainable weights where they are")
moved_by(update_average, averaged, live, 0.0)
for a, w in zip(averaged.get_weights(), live.get_weights(), strict=True):
    assert np.allclose(a, w, atol=1e-6), "decay 0 should make the average equal to the live weights"
live.set_weights([w + 1 for w in live.get_weights()])
shared = np.allclose(averaged.get_weights()[0], live.get_weights()[0])
assert not shared, "the two models now share their weights: what trains the one moves the other"
### END HIDDEN TESTS

# %% [markdown]
# To see what an average does, or how training goes, draw every time **from the same noise**: then each
# picture can be followed.
#
# Write `watch(generators, count, seed)`:
#
# * `generators`: a list of `keras.Model`s that take noise of one size, `(n, latent_dim)`: one generator at
#   several times, or live and averaged;
# * returns a NumPy array `(len(generators), count, 8, 8, 1)`: one row of pictures for each generator, all from
#   the same standard normal noise, which depends on `seed` alone;
# * in inference mode: what a picture looks like must not depend on which others are drawn beside it.


# %% nbgrader={"grade": false, "grade_id": "watch", "locked": false, "schema_version": 3, "solution": true, "task": false}
def watch(generators, count, seed):
    """Return pictures (len(generators), count, 8, 8, 1), every row from the same noise."""
    ### BEGIN SOLUTION
    size = generators[0].input_shape[-1]
    noise = np.random.default_rng(seed).normal(size=(count, size)).astype("float32")
    return np.stack([keras.ops.convert_to_numpy(g(noise, training=False)) for g in generators])
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_watch", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
import keras
import numpy as np


def mirror(norm=False):
    """A generator that shows its noise: 64 numbers become a picture. With `norm`: (noise - 3) / 2."""
    model = keras.Sequential([keras.Input((64,)), keras.layers.Reshape((8, 8, 1))])
    if norm:
        model.add(keras.layers.BatchNormalization(center=False, scale=False, epsilon=0.0))
        model.layers[-1].set_weights([np.array([3.0]), np.array([4.0])])
    return model


def rows_of(generators, count, seed):
    size = generators[0].input_shape[-1]
    try:
        rows = watch(generators, count, seed)
    except ValueError as error:
        raise AssertionError(
            f"generators that take {size} numbers of noise could not be drawn"
        ) from error
    assert isinstance(rows, np.ndarray), f"expected a NumPy array; came {type(rows).__name__}"
    expected = (len(generators), count, 8, 8, 1)
    assert rows.shape == expected, f"expected rows of pictures, {expected}; came {rows.shape}"
    return rows


rows = rows_of([mirror(), mirror()], 6, 0)
assert np.array_equal(rows[0], rows[1]), (
    "two equal generators drew different pictures: not the same noise"
)
### BEGIN HIDDEN TESTS
row = rows_of([mirror()], 400, 3)[0]
mean, deviation = row.mean(), row.std()
assert np.abs(row[0] - row[1]).max() > 0.1, (
    "all pictures of a row come from one z. Draw one for each picture"
)
assert max(abs(mean), abs(deviation - 1)) < 0.05, (
    f"expected standard normal noise, mean 0 and deviation 1; came {mean:.2f} and {deviation:.2f}"
)
far = (np.abs(row) > 2).mean()
assert abs(far - 0.0455) < 0.02, (
    f"normal noise is beyond 2 in 4.6 % of cases; came {far:.1%}: not normal"
)
assert np.array_equal(row, rows_of([mirror()], 400, 3)[0]), (
    "the same seed gave other noise at the second call"
)
assert not np.allclose(row, rows_of([mirror()], 400, 4)[0]), (
    "another seed gave the same noise: is `seed` used?"
)
plain, normed = rows_of([mirror(), mirror(norm=True)], 9, 1)
assert np.allclose(normed, (plain - 3) / 2, atol=1e-4), (
    "with BatchNormalization in the generator, a picture depends on its neighbors in the batch: "
    "it was not drawn in inference mode"
)
layers_of_other = [keras.Input((5,)), keras.layers.Dense(64), keras.layers.Reshape((8, 8, 1))]
other = rows_of([keras.Sequential(layers_of_other)], 2, 0)
assert np.ptp(other) > 0, "a generator that takes 5 numbers of noise drew nothing but gray"
### END HIDDEN TESTS

# %% [markdown]
# ## Exercise 5: Train (8 + 8 points)
#
# Now train. Your cell must leave a trained `generator`: a `keras.Model` from standard normal noise `(n, 16)` to
# pictures `(n, 8, 8, 1)` in [−1, 1], with at most 80,000 weights. How you do it is your choice: your own
# networks or those of `networks`, `GAN(...).fit(...)` or your own loop, any optimizer, any objective.
#
# **The budget:** at most 2,000 steps of at most 32 pictures, and 20 seconds on two cores. You need not use it
# up: 1,000 steps of 16 with an average of the weights are plenty. Two hints: `np.resize(images, (16_000, 8, 8, 1))` goes through the
# pictures again and again until there are 16,000, and lesson 05 says what an average of the weights is worth in
# so short a training.
#
# The tests draw 1,000 pictures, several times and from other noise, with `training=False`. Training is run
# again, too, so aim well below the limits: at 8 rather than at 12. They ask for
#
# * **quality (8 points)**: a Fréchet distance to `unseen` of at most 12, on the features of `judge`, 360
#   pictures each; and at most 0.6 stray pixels (lesson 05) a picture, which only
#   the hidden tests count;
# * **variety (8 points)**: each of the ten digits at least 5 times among 1,000.
#
# Both also ask whether the pictures are new ones that come out of the noise and of learned weights. Pictures of
# the data set, with or without noise on them, are found out. First, what is 12? Here are two ends of the scale:

# %%
untrained = networks.dcgan_generator((8, 8, 1), latent_dim=16)
noise = np.random.default_rng(0).normal(size=(360, 16)).astype("float32")
ends = {
    "an untrained generator": keras.ops.convert_to_numpy(untrained(noise)),
    "real pictures": images[:360],
}
ends = {
    name: metrics.frechet_distance(judge.features(unseen), judge.features(x))
    for name, x in ends.items()
}
print(f"an untrained generator: above 100: {ends['an untrained generator'] > 100}")
print(f"real pictures: below 3: {ends['real pictures'] < 3}")

# %% [markdown]
# Change one thing at a time, and look at the samples, not at the losses.
#
# If only noise comes out, ask the package's doctor (lesson 06): `from gan_course import doctor`, then some hundred
# steps of your training inside of `with doctor.watch(generator=g, discriminator=d, real=images) as visit:`, and
# `print(visit)`. Take these lines out again before you hand in.

# %% nbgrader={"grade": false, "grade_id": "train", "locked": false, "schema_version": 3, "solution": true, "task": false} tags=["nbval-ignore-output"]
### BEGIN SOLUTION
shape = images.shape[1:]
gan = GAN(networks.dcgan_generator(shape, latent_dim=16), networks.dcgan_discriminator(shape), seed=0)
gan.compile()  # Adam 1e-3 with β₁ = 0.5, and an average of G's weights
gan.fit(np.resize(images, (600 * 16, *shape)), batch_size=16, verbose=0)
generator = gan.generator
### END SOLUTION

# %%
z = np.random.default_rng(1).normal(size=(1000, 16)).astype("float32")
samples = keras.ops.convert_to_numpy(generator(z, training=False))
figure, axes = plt.subplots(2, 1, figsize=(9, 3))
plots.image_grid(unseen[:24], "real, never seen by G", columns=12, ax=axes[0])
plots.image_grid(samples[:24], "generated", columns=12, generated=True, ax=axes[1])
plt.show()

# %% nbgrader={"grade": true, "grade_id": "test_quality", "locked": true, "points": 8, "schema_version": 3, "solution": false, "task": false}
import keras
import numpy as np

from gan_course import data, metrics


def draw_from(model, seed):
    assert isinstance(model, keras.Model), f"expected a keras.Model `generator`; came {type(model)}"
    takes, count = getattr(model, "input_shape", (None, 16)), model.count_params()
    assert takes == (None, 16), f"expected a generator that takes noise (n, 16); it takes {takes}"
    assert count <= 80_000, f"expected at most 80,000 weights; came {count:,}"
    z = np.random.default_rng(seed).normal(size=(1000, 16)).astype("float32")
    made, again = (keras.ops.convert_to_numpy(model(z, training=False)) for _ in range(2))
    assert made.shape == (1000, 8, 8, 1), f"expected pictures (1000, 8, 8, 1); came {made.shape}"
    low, high = made.min(), made.max()
    assert -1.001 < low < high < 1.001, f"expected pixels in [-1, 1]; came {low:.2f} to {high:.2f}"
    assert np.allclose(made, again, atol=1e-5), "the same noise gave two different pictures"
    return made


pictures = draw_from(globals().get("generator"), seed=7)
real, judged = data.load("digits", split="test")[0], metrics.feature_classifier(*data.load("digits"))


def distance_to_real(pictures):
    return metrics.frechet_distance(judged.features(real), judged.features(pictures[: len(real)]))


distance = distance_to_real(pictures)
assert distance <= 12, f"expected a Fréchet distance of at most 12; came {distance:.1f}"
### BEGIN HIDDEN TESTS
pictures = draw_from(generator, seed=2027)
distance = distance_to_real(pictures)
assert distance <= 14, (
    f"with other noise the Fréchet distance is {distance:.1f}; expected 12, at most 14"
)
bright = np.pad(pictures[..., 0] > -0.5, ((0, 0), (1, 1), (1, 1)))
beside = bright[:, :-2, 1:-1] | bright[:, 2:, 1:-1] | bright[:, 1:-1, :-2] | bright[:, 1:-1, 2:]
lonely = (bright[:, 1:-1, 1:-1] & ~beside).sum(axis=(1, 2)).mean()
assert lonely <= 0.6, f"{lonely:.2f} bright pixels a picture stand alone; expected at most 0.6"
flat, learned = pictures.reshape(-1, 64), data.load("digits")[0]
known = np.concatenate([learned, real]).reshape(-1, 64)
first, second = metrics.nearest_neighbors(flat, known, k=2).distances.T
copies = np.mean((first < 1.2) | (first < 0.8 * second))
assert copies < 0.25, f"{copies:.0%} are far nearer to one real picture than new ones are: copies"
twin = np.median(metrics.nearest_neighbors(flat, flat, k=2).distances[:, 1])
assert twin > 0.8, f"half of 1,000 pictures have a twin within {twin:.2f}: too few different ones"
kept, z = generator.get_weights(), np.random.default_rng(3).normal(size=(50, 16)).astype("float32")
generator.set_weights([0 * w for w in kept])
stored = np.ptp(keras.ops.convert_to_numpy(generator(z, training=False)), axis=0).max()
generator.set_weights(kept)
assert stored < 1e-3, "with weights of 0 it still draws different pictures: stored ones, not learned"
### END HIDDEN TESTS

# %% nbgrader={"grade": true, "grade_id": "test_variety", "locked": true, "points": 8, "schema_version": 3, "solution": false, "task": false}
import keras
import numpy as np

from gan_course import data, metrics


def draw_from(model, seed):
    assert isinstance(model, keras.Model), f"expected a keras.Model `generator`; came {type(model)}"
    takes, count = getattr(model, "input_shape", (None, 16)), model.count_params()
    assert takes == (None, 16), f"expected a generator that takes noise (n, 16); it takes {takes}"
    assert count <= 80_000, f"expected at most 80,000 weights; came {count:,}"
    z = np.random.default_rng(seed).normal(size=(1000, 16)).astype("float32")
    made, again = (keras.ops.convert_to_numpy(model(z, training=False)) for _ in range(2))
    assert made.shape == (1000, 8, 8, 1), f"expected pictures (1000, 8, 8, 1); came {made.shape}"
    low, high = made.min(), made.max()
    assert -1.001 < low < high < 1.001, f"expected pixels in [-1, 1]; came {low:.2f} to {high:.2f}"
    assert np.allclose(made, again, atol=1e-5), "the same noise gave two different pictures"
    return made


pictures = draw_from(globals().get("generator"), seed=8)
real, judged = data.load("digits", split="test")[0], metrics.feature_classifier(*data.load("digits"))


def check_digits(pictures):
    counts = np.bincount(judged.classes(pictures), minlength=10)
    assert counts.min() >= 5, f"expected each digit at least 5 times of 1,000; came {counts}"


check_digits(pictures)
### BEGIN HIDDEN TESTS
pictures = draw_from(generator, seed=2028)
check_digits(pictures)
flat, learned = pictures.reshape(-1, 64), data.load("digits")[0]
known = np.concatenate([learned, real]).reshape(-1, 64)
first, second = metrics.nearest_neighbors(flat, known, k=2).distances.T
copies = np.mean((first < 1.2) | (first < 0.8 * second))
assert copies < 0.25, f"{copies:.0%} are far nearer to one real picture than new ones are: copies"
twin = np.median(metrics.nearest_neighbors(flat, flat, k=2).distances[:, 1])
assert twin > 0.8, f"half of 1,000 pictures have a twin within {twin:.2f}: too few different ones"
distance = metrics.frechet_distance(judged.features(real), judged.features(pictures[: len(real)]))
assert distance <= 30, f"variety counts only of digits: the Fréchet distance is {distance:.1f}"
kept, z = generator.get_weights(), np.random.default_rng(3).normal(size=(50, 16)).astype("float32")
generator.set_weights([0 * w for w in kept])
stored = np.ptp(keras.ops.convert_to_numpy(generator(z, training=False)), axis=0).max()
generator.set_weights(kept)
assert stored < 1e-3, "with weights of 0 it still draws different pictures: stored ones, not learned"
### END HIDDEN TESTS

# %% [markdown]
# ## Exercise 6: A walk in latent space (6 points)
#
# If a generator has learned digits and not stored them, there are digits *between* its digits. Noise lies in a
# shell, so walk along the shell (lesson 05; White 2016, [Sampling generative
# networks](https://arxiv.org/abs/1609.04468)). With ω the angle between a and b, and t from 0 to 1:
#
# $$z(t) = \frac{\sin((1-t)\,\omega)\,a + \sin(t\,\omega)\,b}{\sin\omega}$$
#
# Write `walk(generator, a, b, stops)`:
#
# * `generator`: a `keras.Model`; `a`, `b`: noise vectors `(latent_dim,)`, of any length; `stops`: how many
#   pictures, at least 2;
# * returns a NumPy array `(stops, 8, 8, 1)`, drawn in inference mode, at equal steps of t, **from a to b, both
#   included**;
# * where a and b point in the same direction (the angle may be tiny, and not exactly 0) the formula divides by
#   0; the straight line does the same walk
#   there.


# %% nbgrader={"grade": false, "grade_id": "walk", "locked": false, "schema_version": 3, "solution": true, "task": false}
def walk(generator, a, b, stops):
    """Return pictures (stops, 8, 8, 1) along the arc from a to b, both included."""
    ### BEGIN SOLUTION
    a, b = np.asarray(a, "float64"), np.asarray(b, "float64")
    t = np.linspace(0, 1, stops)[:, None]
    cosine = a @ b / (np.linalg.norm(a) * np.linalg.norm(b))
    angle = np.arccos(np.clip(cosine, -1, 1))
    if angle < 1e-4:
        z = (1 - t) * a + t * b
    else:
        z = (np.sin((1 - t) * angle) * a + np.sin(t * angle) * b) / np.sin(angle)
    return keras.ops.convert_to_numpy(generator(z.astype("float32"), training=False))
    ### END SOLUTION


# %%
stops = [walk(generator, z[i], z[i + 1], 12) for i in (0, 2, 4)]
plots.image_grid(np.concatenate(stops), "from one digit to another", columns=12, generated=True)
plt.show()

# %% nbgrader={"grade": true, "grade_id": "test_walk", "locked": true, "points": 6, "schema_version": 3, "solution": false, "task": false}
import keras
import numpy as np

# A generator whose picture is its noise
shows_z = keras.Sequential([keras.Input((64,)), keras.layers.Reshape((8, 8, 1))])


def along(a, b, stops):
    way = walk(shows_z, a, b, stops)
    assert isinstance(way, np.ndarray), f"expected a NumPy array; came {type(way).__name__}"
    assert way.shape == (stops, 8, 8, 1), f"expected ({stops}, 8, 8, 1); came {way.shape}"
    return way.reshape(stops, 64)


a, b = np.zeros(64), np.zeros(64)
a[0], b[1] = 8.0, 8.0
way = along(a, b, 4)
assert np.allclose(way[0], a, atol=1e-4), "the walk should begin at a"
assert np.allclose(way[-1], b, atol=1e-4), "the walk should end at b, which is included"
lengths = np.linalg.norm(way, axis=1)
assert np.allclose(lengths, 8, atol=1e-3), (
    f"a and b have length 8, and so should all stops; came {lengths.round(2)}"
)
### BEGIN HIDDEN TESTS
assert np.allclose(way[1, :2], [8 * np.cos(np.pi / 6), 8 * np.sin(np.pi / 6)], atol=1e-3), (
    "a third of a quarter turn is 30 degrees; your second of four stops is elsewhere: equal steps of t?"
)
rng = np.random.default_rng(11)
a, b = rng.normal(size=(2, 64))
a, b = 5 * a / np.linalg.norm(a), 5 * b / np.linalg.norm(b)
b = 5 * (a + 0.7 * b) / np.linalg.norm(a + 0.7 * b)  # less than a quarter turn away
way = along(a, b, 7)
turns = np.degrees(np.arccos(np.clip((way[1:] * way[:-1]).sum(axis=1) / 25, -1, 1)))
assert np.allclose(np.linalg.norm(way, axis=1), 5, atol=1e-3), (
    "between vectors of length 5 some stops have another length"
)
assert np.ptp(turns) < 0.1, (
    f"the turns from stop to stop should be equal; came {turns.round(1)} degrees"
)
long = along(a, 3 * b, 3)[1]
omega = np.arccos(a @ b / 25)
assert np.allclose(long, np.sin(omega / 2) * (a + 3 * b) / np.sin(omega), atol=1e-3), (
    "with a of length 5 and b of length 15, the middle is not where the formula puts it: the angle needs both lengths"
)
a = 8 * np.eye(64)[3]
for end, name in ((a, "b = a"), (2 * a, "b = 2a")):
    way = along(a, end, 5)
    assert np.isfinite(way).all(), f"{name}: there are NaNs on the way"
    halfway = np.allclose(way[2], (a + end) / 2, atol=1e-3)
    assert halfway, f"{name}: the middle should be halfway between the two"
norm = keras.layers.BatchNormalization(center=False, scale=False, epsilon=0.0)
model = keras.Sequential([keras.Input((64,)), norm, keras.layers.Reshape((8, 8, 1))])
norm.set_weights([np.full(64, 3.0), np.full(64, 4.0)])
assert np.allclose(walk(model, a, b, 2)[0].ravel(), (a - 3) / 2, atol=1e-3), (
    "not drawn in inference mode"
)
### END HIDDEN TESTS

# %% [markdown]
# ## Exercise 7: Two measures by hand (8 + 6 points)
#
# ### A distance and its floor
#
# The Fréchet distance (Heusel et al. 2017, [GANs trained by a two time-scale update
# rule](https://arxiv.org/abs/1706.08500)) takes each set of features as a Gaussian:
#
# $$d^2 = \|\mu_r - \mu_g\|^2 + \mathrm{tr}\left(\Sigma_r + \Sigma_g - 2\,(\Sigma_r \Sigma_g)^{1/2}\right)$$
#
# It is too large for few samples, so a number alone says little. It needs its *floor*: the distance of real
# from other real pictures, of the same number.
#
# Write `distance_and_floor(real, other, fake)`:
#
# * three arrays of features, `(n, d)`, `(m, d)`, `(k, d)`, one row a picture: two piles of real ones, and
#   generated ones. There may be fewer rows than features, so the root may be of a singular matrix (lesson 07);
# * n, m and k may differ. Compare sets of one size: take the first rows of each, as many as the smallest set
#   has;
# * returns two floats: $d^2$ between `real` and `fake`, and $d^2$ between `real` and `other`. Covariances as
#   `np.cov` has them by default, divided by the number of rows − 1.


# %% nbgrader={"grade": false, "grade_id": "distance_and_floor", "locked": false, "schema_version": 3, "solution": true, "task": false}
def distance_and_floor(real, other, fake):
    """Return the squared Fréchet distances (real to fake, real to other), all at the size of the smallest."""
    ### BEGIN SOLUTION
    size = min(len(real), len(other), len(fake))

    def frechet(a, b):
        cov_a, cov_b = (np.atleast_2d(np.cov(x, rowvar=False)) for x in (a, b))
        eigenvalues = np.linalg.eigvals(cov_a @ cov_b).real.clip(0)  # rounding makes some negative
        shift = np.sum((a.mean(axis=0) - b.mean(axis=0)) ** 2)
        return float(shift + np.trace(cov_a + cov_b) - 2 * np.sqrt(eigenvalues).sum())

    real, other, fake = (np.asarray(x, "float64")[:size] for x in (real, other, fake))
    return frechet(real, fake), frechet(real, other)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_distance_and_floor", "locked": true, "points": 8, "schema_version": 3, "solution": false, "task": false}
from unittest import mock

import numpy as np
from scipy.linalg import sqrtm

from gan_course import metrics

twin = metrics.frechet_distance
ban = {"side_effect": AssertionError("This is the package's distance. Here, write it yourself")}


def by_scipy(a, b):
    cov_a, cov_b = np.cov(a, rowvar=False), np.cov(b, rowvar=False)
    shift = np.sum((a.mean(axis=0) - b.mean(axis=0)) ** 2)
    return shift + np.trace(cov_a) + np.trace(cov_b) - 2 * np.trace(np.real(sqrtm(cov_a @ cov_b)))


def compare_distances(real, other, fake, what, oracle=by_scipy):
    size = min(len(real), len(other), len(fake))
    with mock.patch.object(metrics, "frechet_distance", **ban):
        came = distance_and_floor(real.copy(), other.copy(), fake.copy())
    parts = len(came) if hasattr(came, "__len__") else 0
    assert parts == 2, f"{what}: expected two numbers, the distance and its floor; came {came!r}"
    single = np.ndim(came[0]) == np.ndim(came[1]) == 0
    fine = single and not np.iscomplexobj(came) and np.isfinite(came).all()
    assert fine, f"{what}: expected two single numbers, real and finite; came {came!r}"
    for number, made, name in ((came[0], fake, "distance"), (came[1], other, "floor")):
        expected = oracle(np.asarray(real, "float64")[:size], np.asarray(made, "float64")[:size])
        assert abs(number - expected) <= 1e-3 * max(1, expected), (
            f"{what}: expected {expected:.4f} for the {name}; came {number:.4f}"
        )


rng = np.random.default_rng(0)
real, other, fake = rng.normal(size=(3, 200, 2))
for case in [(real, other, 2 * fake + [3, 0], "two features")]:
    compare_distances(*case)
### BEGIN HIDDEN TESTS
mix, few = rng.normal(size=(3, 5, 5)), rng.normal(size=(3, 6, 20))
real, other, fake = rng.normal(size=(3, 300, 5)) @ mix + rng.normal(size=(3, 1, 5))
for case in (
    (real, other, fake, "five correlated features"),
    (real, real, real[::-1], "the same pictures in another order"),
    (real, other[:40], fake, "sets of 300, 40 and 300"),
    (real[:250], other, fake[:90].astype("float32"), "sets of 250, 300 and 90"),
    (real * [1, 1, 1, 0, 0], other, fake, "two features that never vary", twin),
    (*few, "6 pictures of 20 features", twin),
):
    compare_distances(*case)
### END HIDDEN TESTS

# %% [markdown]
# ### Is it memory?
#
# A distance to the nearest training picture says nothing by itself. How near is near? Honest newcomers tell: real
# pictures that were not learned from. A sample is called *suspicious* if it is nearer to its nearest training
# picture than all but the nearest 5 % of the newcomers are to theirs.
#
# Write `suspicious_share(samples, training, held_out, level=0.05)`:
#
# * three arrays of pictures, `(n, h, w, c)`; distances are Euclidean, over all pixels;
# * the limit is the `level`-quantile (`np.quantile`) of the newcomers' (`held_out`'s) distances to their
#   nearest training picture;
# * returns the share of `samples` whose distance to their nearest training picture is **below** the limit, a
#   float from 0 to 1.
#
# An honest generator gets about `level`, or less. One that copies only now and then shows, too, as no median would.


# %% nbgrader={"grade": false, "grade_id": "suspicious_share", "locked": false, "schema_version": 3, "solution": true, "task": false}
def suspicious_share(samples, training, held_out, level=0.05):
    """Return the share of samples that are nearer to the training set than honest newcomers are."""

    ### BEGIN SOLUTION
    def nearest(pictures):
        flat = (np.reshape(x, (len(x), -1)) for x in (pictures, training))
        return metrics.nearest_neighbors(*flat).distances[:, 0]

    return float(np.mean(nearest(samples) < np.quantile(nearest(held_out), level)))
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_suspicious_share", "locked": true, "points": 6, "schema_version": 3, "solution": false, "task": false}
import numpy as np
from scipy.spatial.distance import cdist

from gan_course import data


def expected_share(samples, training, held_out, level):
    near = [
        cdist(x.reshape(len(x), -1), training.reshape(len(training), -1)).min(axis=1)
        for x in (samples, held_out)
    ]
    return np.mean(near[0] < np.quantile(near[1], level))


def compare_shares(samples, training, held_out, what, level=0.05):
    came = suspicious_share(samples, training, held_out, level=level)
    assert came is not None, f"{what}: nothing was returned"
    assert np.ndim(came) == 0, f"{what}: expected one number; came {came!r}"
    expected = expected_share(samples, training, held_out, level)
    assert abs(came - expected) < 1e-6, (
        f"{what}: expected a share of {expected:.3f}; came {float(came):.3f}"
    )


known, new = data.load("digits")[0], data.load("digits", split="test")[0]
for case in (
    (known[:80], known, new[:180], "a thief's 80 pictures"),
    (new[180:], known, new[:180], "180 honest pictures"),
):
    compare_shares(*case)
### BEGIN HIDDEN TESTS
rng = np.random.default_rng(4)
stolen = known[rng.permutation(len(known))[:60]]
partly = np.concatenate([np.clip(stolen + rng.normal(0, 0.05, stolen.shape), -1, 1), new[200:340]])
wide = rng.uniform(-1, 1, (3, 40, 4, 6, 3))
for case in (
    (partly, known, new[:200], "60 of 200 pictures stolen"),
    (partly, known, new[:200], "60 of 200 pictures stolen, level 0.3", 0.3),
    (partly[::-1], known, new[:50], "the same in another order, 50 newcomers"),
    (new[:1], known, new[1:], "one picture"),
    (0.5 * new[:100], known[:300], new[100:200], "gray pictures, 300 to learn from", 0.5),
    (*wide, "color pictures of 4 × 6", 0.5),
):
    compare_shares(*case)
came = suspicious_share(partly, known, new[:200])
assert np.isclose(came, expected_share(partly, known, new[:200], 0.05)), (
    "without a level it should be 0.05"
)
### END HIDDEN TESTS

# %% [markdown]
# ## Exercise 8: Four suspects (4 + 4 points)
#
# Four generators, and only one of them is honest. Here are samples of each; nobody trained them, we made them
# by hand.


# %%
def make_panel(training, new, rng):
    """Samples of four suspects, as many of each as there are pictures in `new`."""
    count = len(new)
    stolen = training[rng.permutation(len(training))[:count]]
    few = new[rng.permutation(count)[:10]]
    heads, tails = np.pad(new, ((0, 0), (1, 1), (1, 1), (0, 0)), mode="edge"), [0, 1, 2]
    smeared = sum(heads[:, i : i + 8, j : j + 8] for i in tails for j in tails) / 9
    return {
        "good": new,
        "collapsed": np.clip(few[np.arange(count) % 10] + rng.normal(0, 0.02, new.shape), -1, 1),
        "blurry": smeared,
        "memorizing": np.clip(stolen + rng.normal(0, 0.03, new.shape), -1, 1),
    }


# %%
panel = make_panel(images, unseen[180:], np.random.default_rng(0))
figure, axes = plt.subplots(4, 1, figsize=(9, 5.4))
for ax, (name, pictures) in zip(axes, panel.items(), strict=True):
    plots.image_grid(pictures[:12], name, columns=12, generated=True, ax=ax)
plt.show()


# %% [markdown]
# Write `diagnose(samples, training, held_out, judge)`:
#
# * `samples`: pictures of a suspect `(n, 8, 8, 1)`; `training`: what it learned from; `held_out`: real pictures
#   that it never saw; `judge`: a classifier as above, with `judge.features(pictures)` and
#   `judge.classes(pictures)`;
# * returns one of the words `"good"`, `"collapsed"`, `"blurry"`, `"memorizing"`.
#
# The hidden tests bring other suspects of the same four kinds: other pictures, other ways to collapse
# (onto one picture, onto a handful), to lose detail (a lens, coarse blocks), to steal. So ask yourself what *defines* each illness and which
# measure sees it, and where the limit lies **compared with the held-out pictures**, since a number that was
# right for this panel may be wrong for the next. One measure is not enough: lesson 07's panel shows who catches
# whom. Whoever draws a few pictures over and over is `"collapsed"`, wherever these come from.


# %% nbgrader={"grade": false, "grade_id": "diagnose", "locked": false, "schema_version": 3, "solution": true, "task": false}
def diagnose(samples, training, held_out, judge):
    """Return "good", "collapsed", "blurry" or "memorizing"."""
    ### BEGIN SOLUTION
    count = min(len(samples), len(held_out))  # neighbors among more pictures are nearer
    made, learned, new = (np.reshape(x, (len(x), -1)) for x in (samples, training, held_out))
    made, new = made[:count], new[:count]

    def gap(pictures, others, k=1):
        return np.median(metrics.nearest_neighbors(pictures, others, k=k).distances[:, -1])

    if gap(made, made, k=2) < gap(new, new, k=2) / 4:  # the nearest is each picture itself
        return "collapsed"
    if gap(made, learned) < gap(new, learned) / 2:
        return "memorizing"
    contrast = np.abs(made).mean() / np.abs(new).mean()  # ink is black or white; what blurs is gray
    return "blurry" if contrast < 0.93 else "good"
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_diagnose", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
import numpy as np

from gan_course import data, metrics

known = data.load("digits")[0]
new, names = data.load("digits", split="test")
judged = metrics.feature_classifier(*data.load("digits"))
words = ("good", "collapsed", "blurry", "memorizing")


def trial(samples, truth, what):
    said = diagnose(samples.copy(), known, new[:180], judged)
    assert str(said) in words, f"expected one of {words}; came {said!r}"
    assert said == truth, f"{what}: you say {said!r}, and it is {truth!r}"


rng = np.random.default_rng(1)
fresh, names = new[180:], names[180:]
thief = np.clip(known[rng.permutation(len(known))[:180]] + rng.normal(0, 0.03, fresh.shape), -1, 1)
one_each = fresh[[np.flatnonzero(names == digit)[0] for digit in range(10)]]
ten = np.clip(one_each[np.arange(180) % 10] + rng.normal(0, 0.02, fresh.shape), -1, 1)
wide = np.pad(fresh, ((0, 0), (1, 1), (1, 1), (0, 0)), mode="edge")
box = sum(wide[:, i : i + 8, j : j + 8] for i in range(3) for j in range(3)) / 9
line_up = [
    (fresh, "good", "180 new real pictures"),
    (ten, "collapsed", "ten pictures, one of each digit, over and over"),
    (box, "blurry", "pictures smeared over 3 × 3 pixels"),
    (thief, "memorizing", "training pictures with a trace of noise"),
]
for suspect in line_up:
    trial(*suspect)
### BEGIN HIDDEN TESTS
for number in (3, 1, 0, 2, 0, 3, 2, 1):
    pictures, truth, what = line_up[number]
    trial(rng.permutation(pictures), truth, f"{what}, in another order")
### END HIDDEN TESTS

# %% nbgrader={"grade": true, "grade_id": "test_diagnose_others", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
import numpy as np

from gan_course import data, metrics

pairs = data.load("digits"), data.load("digits", split="test")
every, names = (np.concatenate(parts) for parts in zip(*pairs, strict=True))
judged = metrics.feature_classifier(every, names)


def verdict(samples, truth, what):
    said = diagnose(np.clip(samples, -1, 1).astype("float32"), known, held_out, judged)
    assert str(said) in ("good", "collapsed", "blurry", "memorizing"), (
        f"expected one of four words; came {said!r}"
    )
    assert said == truth, f"{what}: you say {said!r}, and it is {truth!r}"


known, held_out, fresh = np.split(
    every[np.random.default_rng(100).permutation(len(every))], [1100, 1450]
)
for suspect in [(fresh[:300], "good", "300 new real pictures of another split")]:
    verdict(*suspect)
### BEGIN HIDDEN TESTS
from scipy.ndimage import gaussian_filter

for seed in (101, 102):
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(every))
    known, held_out, fresh = np.split(every[order], [1100, 1450])
    grain, turn, count = rng.normal(size=fresh.shape), np.arange(len(fresh)), len(fresh)
    stolen_ten = known[[np.flatnonzero(names[order] == digit)[0] for digit in range(10)]]
    coarse = fresh.reshape(-1, 4, 2, 4, 2, 1).mean(axis=(2, 4)).repeat(2, axis=1).repeat(2, axis=2)
    for suspect in (
        (fresh, "good", "new real pictures"),
        (fresh[:120], "good", "only 120 new real pictures"),
        (fresh + 0.05 * grain, "good", "new real pictures with a trace of noise"),
        (np.repeat(fresh[:1], 300, axis=0), "collapsed", "one new picture, always the same"),
        (fresh[turn % 5] + 0.03 * grain, "collapsed", "five new pictures with a trace of noise"),
        (
            stolen_ten[turn % 10] + 0.03 * grain,
            "collapsed",
            "ten training pictures with a trace of noise",
        ),
        (gaussian_filter(fresh, (0, 0.8, 0.8, 0)), "blurry", "new pictures through a soft lens"),
        (coarse, "blurry", "new pictures of which only blocks of 2 × 2 are left"),
        (known[:300], "memorizing", "training pictures, untouched"),
        (
            known[300 : 300 + count] + 0.06 * grain,
            "memorizing",
            "training pictures with a little noise",
        ),
        (rng.permutation(known)[:150], "memorizing", "only 150 training pictures"),
    ):
        verdict(*suspect)
### END HIDDEN TESTS

# %% [markdown]
# ## Exercise 9: What do you claim? (20 points, written)
#
# Two questions about evidence. First, a report of *your* generator: the two piles of real pictures have 360
# each, and so has the pile of samples. (All with the package's measures, so that it runs without your answers.)

# %% tags=["nbval-ignore-output"]
rng, size = np.random.default_rng(0), len(unseen)
features = {
    "yours": judge.features(samples[:size]),
    "real": judge.features(images[rng.permutation(len(images))[:size]]),
}
print(f"{'against ' + str(size) + ' unseen':20}{'Fréchet':>9}{'precision':>11}{'recall':>8}")
for name, values in features.items():
    distance = metrics.frechet_distance(judge.features(unseen), values)
    both = metrics.precision_recall(judge.features(unseen), values)
    print(f"{name:20}{distance:9.1f}{both.precision:11.2f}{both.recall:8.2f}")
print("digits among 1,000 of yours:", np.bincount(judge.classes(samples), minlength=10))

# %% tags=["nbval-ignore-output"]
piles = {"yours": samples[:size], "unseen": unseen, "thief": panel["memorizing"]}
near = {
    name: metrics.nearest_neighbors(x.reshape(-1, 64), images.reshape(-1, 64))
    for name, x in piles.items()
}
for name, found in near.items():
    print(f"{name:8} median distance to the nearest training picture {np.median(found.distances):.2f}")
figure, axes = plt.subplots(2, 1, figsize=(9, 2.6))
closest = np.argsort(near["yours"].distances[:, 0])[:12]
plots.image_grid(samples[closest], "your 12 nearest", columns=12, generated=True, ax=axes[0])
plots.image_grid(
    images[near["yours"].indices[closest, 0]], "theirs in training", columns=12, ax=axes[1]
)
plt.show()

# %% [markdown]
# Second, three runs that went wrong. All three are lesson 05's DCGAN on these digits, 1,000 steps of 16
# pictures; in each, **one thing** was done differently. This is what their logs say. *Fréchet, live* was, in inference mode as for "delivered",
# measured during training, with the weights of that step; *delivered* is the generator that `fit` left at the
# end: 360 samples against `unseen`, and the digits that came at least ten times among 1,000. The losses are
# means over the hundred steps before.

# %%
print("""
                      run A              run B              run C
step             100   500  1000    100   500  1000    100   500  1000
D's loss        0.83  0.55  0.53   0.32  0.03  0.02   0.79  0.84  0.57
G's loss        2.16  2.37  2.47   3.88  6.83  6.83   2.55  1.79  2.18
Fréchet, live    186   151   146    176    71   138    104    18    29

delivered        Fréchet   precision   recall   digits   pixels from   to   mean
run A              145        0.00      0.00       9        -0.26     1.00   0.28
run B              138        0.84      0.00       4        -1.00     1.00  -0.39
run C              183        0.00      0.00       7        -0.80     0.72  -0.07""")
print(
    f"unseen pictures: pixels from {unseen.min():.2f} to {unseen.max():.2f}, mean {unseen.mean():.2f}"
)

# %% [markdown]
# Write about 200 to 300 words.
#
# **(a) Your generator.** What would you claim about it in a report, and what not?
#
# | points | for |
# |---|---|
# | 3 | quality: a number *with its protocol* (which features, which real pictures, how many) and its floor |
# | 3 | variety: what recall and the counts of digits show, and a lack that they would not show |
# | 3 | memory: a number next to that of honest newcomers, and a kind of copying that this distance misses |
# | 3 | one thing that you do *not* claim, and the experiment that would decide it |
#
# **(b) One of the runs A, B, C**, whichever you like.
#
# | points | for |
# |---|---|
# | 3 | what went wrong: a likely cause, named precisely. For run B several fit; the argument counts |
# | 3 | the evidence: at least two numbers of the log that speak for this cause, and one reason why it is not another one |
# | 2 | the remedy, and the number that should change, and how, if you are right |

# %% [markdown] nbgrader={"grade": true, "grade_id": "answer_claims", "locked": false, "points": 20, "schema_version": 3, "solution": true, "task": false}
# **(a)** *Quality.* I compared 360 samples with the 360 unseen pictures, on the features of the course's small
# classifier of digits (trained on the training pictures). The Fréchet distance of my generator is several times
# that of 360 real training pictures, which is the floor here. So its digits are near to real ones (an untrained
# generator is above 100) and can still be told from them; precision, well below that of real pictures, says the
# same. The number belongs to this judge and this number of samples: it is no FID, and I compare it with none.
#
# *Variety.* All ten digits come, none in less than two percent. Recall is below that of real pictures, so some
# of the variety is missing, but no large part of it. Counts of digits would not show that all its sevens lack
# the bar: a style missing within a class. Recall, too, does not see *how often* something is drawn.
#
# *Memory.* The median distance to the nearest training picture is no smaller than that of unseen real pictures,
# and far above the thief's; the twelve nearest pairs are alike but not the same. So it does not copy whole
# pictures. Training pictures moved by a pixel would be far away in this distance, and would have escaped me.
#
# *Not claimed:* that my settings are better than others. It was one seed. Five seeds of each setting, at the
# same number of steps, with mean and spread of the distance, would decide it.
#
# **(b)** Run C. The weights' average has too long a memory for so short a training: a decay near 0.9999 from
# the first step on, so that after 1,000 steps most of the average is still the random start. Evidence: live,
# the Fréchet distance falls from 104 to 18 and 29, while the delivered generator has 183; its pixels reach only
# −0.80 to 0.72 with a mean near 0, a gray mix, though the live ones must reach further to come so near to real
# pictures. The losses are in balance (D 0.57, G 2.18), so D did not win as in run B; and pixels prepared as [0,
# 1] would not give live samples that good. Remedy: a shorter memory (0.99, or one that grows with the steps),
# or an average begun later. Then the delivered distance should fall below the live one; if it stays at 183, I
# am wrong.
#
# *For graders:* run A learned from pixels in [0, 1] (mean 0.28 instead of −0.39, few values below 0, precision
# 0, while the losses look healthy, as in run C; remedy: `prepare`, and the distance falls below 12). Run B had
# Adam's β₁ at 0.9 in both players: momentum, so collapse (precision 0.84 with recall 0 and 4 digits; D's loss
# near 0, G's near 7; remedy: β₁ = 0.5, and recall rises). Another remedy against collapse that is argued from
# the log, such as a look at the whole batch or R1, is right, too.

# %% [markdown]
# ## Before you hand in
#
# * Kernel > Restart and Run All: does everything run from the top, in about a minute?
# * Does every test cell run through without an error? A test that fails costs its own points only.
# * Is the written answer in its cell, (a) and (b)?
# * Nothing deleted, renamed or moved; then save, and hand in the `.ipynb`.
