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
# [07](https://github.com/gan-course/gan-course/blob/main/notebooks/07_measuring_a_gan.ipynb). Plan seven hours. (In two trial runs, made from this notebook alone,
# the time that a student needs was estimated at
# five and a half to nine hours. No students were timed.) Everything runs on scikit-learn's digits of
# 8 × 8 pixels, on a CPU. One training takes about ten seconds; please stay **below 15 seconds on two idle cores**, since
# your notebook is run once more when it is graded.
#
# | exercise | points |
# |---|---|
# | 1 · Pixels that the generator can reach | 3 + 2 |
# | 2 · Two networks to a specification | 4 + 2 + 2 + 3 + 3 |
# | 3 · The average of the weights | 4 + 2 |
# | 4 · Your networks, your round, your training | 4 + 3 + 9 + 7 |
# | 5 · A walk in latent space | 4 + 2 |
# | 6 · Two measures by hand | 6 + 3 + 4 + 2 |
# | 7 · Four suspects, and your own generator | 4 + 5 + 4 |
# | 8 · What do you claim? (written answer) | 18 |
#
# **How it is graded.** The cells below each exercise are tests. They say what is wrong, and you may run them as
# often as you like. Each test is a function, so the names inside it do not touch yours. When your work is graded, hidden tests run the same functions on other inputs: other
# shapes, other seeds, odd cases. So write functions that do what the text says, not what one test asks. Where an exercise has
# several numbers of points, each is for a test of its own: the first for the
# function itself, the others for harder cases or for a second function, as the text says.
#
# **What is allowed.** `data`, `plots`, `runtime` and `metrics` of the course, NumPy, SciPy, scikit-learn, Keras and
# TensorFlow. What an exercise asks for, write yourself: the course's own networks, its `GAN` and its combined model are
# locked away while the tests run. The training of exercise 4 takes your networks of exercise 2; your report (exercise 8) and a
# part of exercise 7 take the generator that you trained. No other exercise needs the answer to an earlier one.
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

from gan_course import data, metrics, plots, runtime

plots.use_style()
runtime.select_backend("tensorflow")  # this homework takes gradients with TensorFlow
print(runtime.configure(seed=0))

# %% [markdown]
# Two piles of real pictures: `images`, from which a generator may learn, and `unseen`, which it never sees. And a
# judge: a small classifier of digits, whose hidden layer gives 64 features per picture (lesson 07).

# %%
import keras
import tensorflow as tf
from keras import layers

images, labels = data.load("digits")
unseen, unseen_labels = data.load("digits", split="test")
judge = metrics.feature_classifier(images, labels)
print(
    f"{len(images):,} pictures to learn from, {len(unseen)} to compare with, of shape {images.shape[1:]}"
)
print(f"pixels from {images.min():g} to {images.max():g}, digits {np.unique(labels)}")


# %% [markdown]
# ## Exercise 1: Pixels that the generator can reach (3 + 2 points)
#
# `data.load` has done this for you; here you do it yourself. scikit-learn's digits come as **rows of 64 numbers
# from 0 (black) to 16 (white)**, without a shape and without channels. Your generator will end in tanh.
#
# Write `prepare(raw)`:
#
# * `raw`: an array `(n, 64)` of floats, each value from 0 to 16;
# * returns `(n, 8, 8, 1)`, **float32**, where 0 has become −1 and 16 has become 1, and the values between them are rescaled linearly. The same gray must
#   come out the same, whatever else is in the batch (3 points);
# * it works for integers and floats of any dtype, and `raw` itself stays as it was (2 points).


# %% nbgrader={"grade": false, "grade_id": "prepare", "locked": false, "schema_version": 3, "solution": true, "task": false}
def prepare(raw):
    """raw: (n, 64), from 0 to 16, any dtype. Return pictures (n, 8, 8, 1), float32, from -1 to 1."""
    ### BEGIN SOLUTION
    return np.asarray(raw, "float32").reshape(-1, 8, 8, 1) / 8 - 1
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_prepare", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
def test_prepare():
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
    ### END HIDDEN TESTS


test_prepare()


# %% nbgrader={"grade": true, "grade_id": "test_prepare_dtypes", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
def test_prepare_dtypes():
    import numpy as np

    def convert(dtype):
        ramp = np.arange(64).reshape(1, 64) % 17
        came = np.asarray(prepare(ramp.astype(dtype)))
        kind = np.shape(came), str(came.dtype)
        assert kind == ((1, 8, 8, 1), "float32"), (
            f"{dtype}: expected (1, 8, 8, 1) in float32; came {kind}"
        )
        assert np.allclose(came.ravel(), ramp.ravel() / 8 - 1, atol=1e-6), (
            f"pixels that come as {dtype} come out wrong: can {dtype} hold the values in between?"
        )

    convert("uint8")
    ### BEGIN HIDDEN TESTS
    convert("int64")
    convert("float16")
    raw = np.arange(128.0).reshape(2, 64) % 17
    kept = raw.copy()
    prepare(kept)
    assert np.array_equal(kept, raw), "prepare changed its input. Make a new array"
    ### END HIDDEN TESTS


test_prepare_dtypes()

# %% [markdown]
# ## Exercise 2: Two networks to a specification (4 + 2 + 2 + 3 + 3 points)
#
# Now build them. How many layers and how wide is up to you. (It pays to start at 4 × 4 pixels and to double once: a generator that starts at 2 × 2 needs more than the 600 rounds of exercise 4.) What they must keep is this.
#
# **The generator**, `make_generator(latent_dim)`:
#
# * a new Sequential or functional `keras.Model` at every call, from noise `(n, latent_dim)` to pictures `(n, 8, 8, 1)`, with at most
#   80,000 weights (`count_params()`) for a `latent_dim` up to 32. It grows the picture with at least one `Conv2DTranspose` of
#   stride 2 (4 points);
# * its pixels can come close to −1 and to 1, but never go beyond. BatchNormalization
# is welcome between the layers, but not at the output (lesson 05 says why) (2 points);
# * it does not begin with a checkerboard pattern: every `Conv2DTranspose` writes each pixel away from the border equally often. So
#   the size of its kernel must be a multiple of its stride (2 points; Odena, Dumoulin and Olah 2016, [Deconvolution and checkerboard
#   artifacts](https://distill.pub/2016/deconv-checkerboard/)).
#
# **The discriminator**, `make_discriminator()`:
#
# * a new Sequential or functional `keras.Model` at every call, from `(n, 8, 8, 1)` to one score per picture, `(n, 1)`, with at
#   most 80,000 weights and at least one `Conv2D` (3 points);
# * the score is **raw**: the last layer with weights makes it, and nothing after it squashes it.
# (A test makes these weights 1000 times as large, and expects scores 1000 times as large.) G's gradient comes through: no activation that is 0 for all negative inputs, such as ReLU; no
#   BatchNormalization on the pictures that come in, or on the score that goes out (3 points).


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


# %% nbgrader={"grade": true, "grade_id": "test_make_generator", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
def test_make_generator():
    from unittest import mock

    import keras
    import numpy as np

    from gan_course import networks

    class Locked:
        def __getattr__(self, name):
            raise AssertionError(
                "this is a network of the course. Here, build your own from Keras' layers"
            )

    def all_layers(model):
        """Layers in the order of the data, those of nested models included."""
        parts = [all_layers(layer) if hasattr(layer, "layers") else [layer] for layer in model.layers]
        return [layer for part in parts for layer in part]

    def made(latent_dim):
        with (
            mock.patch.object(networks, "keras", Locked()),
            mock.patch.object(networks, "layers", Locked()),
        ):
            model = make_generator(latent_dim)
        assert isinstance(model, keras.Model), f"expected a keras.Model; came {type(model).__name__}"
        takes, gives = model.input_shape, model.output_shape
        assert takes == (None, latent_dim), f"expected noise (None, {latent_dim}); it takes {takes}"
        assert gives == (None, 8, 8, 1), f"expected pictures (None, 8, 8, 1); it makes {gives}"
        return model

    def draw(model, noise):
        return keras.ops.convert_to_numpy(model(np.asarray(noise, "float32"), training=False))

    model = made(16)
    count = model.count_params()
    assert count <= 80_000, f"expected at most 80,000 weights; came {count:,}. Fewer channels?"
    stamps = [layer for layer in all_layers(model) if isinstance(layer, keras.layers.Conv2DTranspose)]
    grows = any(max(layer.strides) > 1 for layer in stamps)
    assert grows, "expected a Conv2DTranspose of stride 2 that grows the picture; found none"
    ### BEGIN HIDDEN TESTS
    noise = np.random.default_rng(0).normal(size=(50, 16))
    pictures = draw(model, noise)
    same = np.array_equal(pictures, draw(model, noise))
    assert same, "the same noise gave two different pictures with training=False"
    differ = np.abs(pictures[:25] - pictures[25:]).max()
    assert differ > 1e-4, "different noise gives the same picture: is the noise used?"
    assert made(16) is not model, "two calls returned the same model; make a new one each time"
    for size in (3, 32):
        other = made(size)
        one = draw(other, np.ones((1, size))).shape
        assert one == (1, 8, 8, 1), f"latent_dim={size}: expected one picture (1, 8, 8, 1); came {one}"
        count = other.count_params()
        assert count <= 80_000, f"latent_dim={size}: at most 80,000 weights; came {count:,}"
    ### END HIDDEN TESTS


test_make_generator()


# %% nbgrader={"grade": true, "grade_id": "test_make_generator_pixels", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
def test_make_generator_pixels():
    from unittest import mock

    import keras
    import numpy as np

    from gan_course import networks

    class Locked:
        def __getattr__(self, name):
            raise AssertionError(
                "this is a network of the course. Here, build your own from Keras' layers"
            )

    def all_layers(model):
        """Layers in the order of the data, those of nested models included."""
        parts = [all_layers(layer) if hasattr(layer, "layers") else [layer] for layer in model.layers]
        return [layer for part in parts for layer in part]

    def made(latent_dim):
        with (
            mock.patch.object(networks, "keras", Locked()),
            mock.patch.object(networks, "layers", Locked()),
        ):
            model = make_generator(latent_dim)
        assert isinstance(model, keras.Model), f"expected a keras.Model; came {type(model).__name__}"
        takes, gives = model.input_shape, model.output_shape
        assert takes == (None, latent_dim), f"expected noise (None, {latent_dim}); it takes {takes}"
        assert gives == (None, 8, 8, 1), f"expected pictures (None, 8, 8, 1); it makes {gives}"
        return model

    def draw(model, noise):
        return keras.ops.convert_to_numpy(model(np.asarray(noise, "float32"), training=False))

    model, noise = made(16), np.random.default_rng(0).normal(size=(50, 16))
    pixels = draw(model, noise)
    low, high = pixels.min(), pixels.max()
    assert max(-low, high) <= 1.0001, f"pixels leave [-1, 1]: {low:.3g} to {high:.3g}"
    assert low < 0, f"the darkest of 3,200 pixels is {low:.3g}: can it be negative at all?"
    ### BEGIN HIDDEN TESTS
    weighted = [layer for layer in all_layers(model) if layer.trainable_weights]
    is_norm = isinstance(weighted[-1], keras.layers.BatchNormalization)
    assert not is_norm, "BatchNormalization at G's exit forces every pixel to vary, in the corners too"
    sizes = [1000 * w for w in weighted[-1].get_weights()]
    weighted[-1].set_weights(sizes)  # as if training had made the last layer very sure
    low, high = draw(model, noise).min(), draw(model, noise).max()
    assert max(-low, high) <= 1.0001, (
        f"with large weights pixels leave [-1, 1]: {low:.3g} to {high:.3g}"
    )
    assert high > 0.99, f"with large weights the whitest pixel is {high:.3g}: it cannot reach 1"
    assert low < -0.99, f"with large weights the blackest pixel is {low:.3g}: it cannot reach -1"
    ### END HIDDEN TESTS


test_make_generator_pixels()


# %% nbgrader={"grade": true, "grade_id": "test_make_generator_even", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
def test_make_generator_even():
    from unittest import mock

    import keras
    import numpy as np

    from gan_course import networks

    class Locked:
        def __getattr__(self, name):
            raise AssertionError(
                "this is a network of the course. Here, build your own from Keras' layers"
            )

    def all_layers(model):
        """Layers in the order of the data, those of nested models included."""
        parts = [all_layers(layer) if hasattr(layer, "layers") else [layer] for layer in model.layers]
        return [layer for part in parts for layer in part]

    def made(latent_dim):
        with (
            mock.patch.object(networks, "keras", Locked()),
            mock.patch.object(networks, "layers", Locked()),
        ):
            model = make_generator(latent_dim)
        assert isinstance(model, keras.Model), f"expected a keras.Model; came {type(model).__name__}"
        takes, gives = model.input_shape, model.output_shape
        assert takes == (None, latent_dim), f"expected noise (None, {latent_dim}); it takes {takes}"
        assert gives == (None, 8, 8, 1), f"expected pictures (None, 8, 8, 1); it makes {gives}"
        return model

    def draw(model, noise):
        return keras.ops.convert_to_numpy(model(np.asarray(noise, "float32"), training=False))

    stamps = [
        layer for layer in all_layers(made(16)) if isinstance(layer, keras.layers.Conv2DTranspose)
    ]
    assert stamps, "expected at least one Conv2DTranspose; found none"
    ### BEGIN HIDDEN TESTS
    for layer in stamps:
        options = {"padding": layer.padding, "use_bias": False, "kernel_initializer": "ones"}
        twin = keras.layers.Conv2DTranspose(1, layer.kernel_size, strides=layer.strides, **options)
        side = 20 + 4 * max(layer.kernel_size)
        written = draw(twin, np.ones((1, side, side, 1)))[
            0, :, :, 0
        ]  # a kernel of ones counts how often
        border = 2 * max(layer.kernel_size)
        uneven = np.ptp(written[border:-border, border:-border])
        assert uneven < 1e-4, (
            f"kernel {layer.kernel_size} with stride {layer.strides} begins with a checkerboard"
        )
    ### END HIDDEN TESTS


test_make_generator_even()


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


# %% nbgrader={"grade": true, "grade_id": "test_make_discriminator", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
def test_make_discriminator():
    from unittest import mock

    import keras
    import numpy as np

    from gan_course import data, networks

    class Locked:
        def __getattr__(self, name):
            raise AssertionError(
                "this is a network of the course. Here, build your own from Keras' layers"
            )

    def inner_layers(model):
        """Layers in the order of the data, those of nested models included."""
        parts = [inner_layers(layer) if hasattr(layer, "layers") else [layer] for layer in model.layers]
        return [layer for part in parts for layer in part]

    def made():
        with (
            mock.patch.object(networks, "keras", Locked()),
            mock.patch.object(networks, "layers", Locked()),
        ):
            model = make_discriminator()
        assert isinstance(model, keras.Model), f"expected a keras.Model; came {type(model).__name__}"
        gives = model.output_shape
        assert gives == (None, 1), f"expected one score a picture, (None, 1); it makes {gives}"
        return model

    def scores_of(model, pictures):
        return keras.ops.convert_to_numpy(model(pictures, training=False))

    model, pictures = made(), data.load("digits")[0][:64]
    scores = scores_of(model, pictures)
    assert scores.shape == (64, 1), f"expected one score a picture, (64, 1); came {scores.shape}"
    count = model.count_params()
    assert count <= 80_000, f"expected at most 80,000 weights; came {count:,}"
    kinds = [type(layer).__name__ for layer in inner_layers(model)]
    assert any("Conv2D" in kind or "Spectral" in kind for kind in kinds), (
        f"expected at least one Conv2D; came {kinds}"
    )
    ### BEGIN HIDDEN TESTS
    assert np.ptp(scores) > 1e-6, (
        "every picture gets the same score: what squashes it, or is the picture not used?"
    )
    assert made() is not model, "two calls returned the same model; make a new one each time"
    one = scores_of(made(), pictures[:1]).shape
    assert one == (1, 1), f"one picture should get one score, (1, 1); came {one}"
    ### END HIDDEN TESTS


test_make_discriminator()


# %% nbgrader={"grade": true, "grade_id": "test_make_discriminator_score", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
def test_make_discriminator_score():
    from unittest import mock

    import keras
    import numpy as np

    from gan_course import data, networks

    class Locked:
        def __getattr__(self, name):
            raise AssertionError(
                "this is a network of the course. Here, build your own from Keras' layers"
            )

    def inner_layers(model):
        """Layers in the order of the data, those of nested models included."""
        parts = [inner_layers(layer) if hasattr(layer, "layers") else [layer] for layer in model.layers]
        return [layer for part in parts for layer in part]

    def made():
        with (
            mock.patch.object(networks, "keras", Locked()),
            mock.patch.object(networks, "layers", Locked()),
        ):
            model = make_discriminator()
        assert isinstance(model, keras.Model), f"expected a keras.Model; came {type(model).__name__}"
        gives = model.output_shape
        assert gives == (None, 1), f"expected one score a picture, (None, 1); it makes {gives}"
        return model

    def scores_of(model, pictures):
        return keras.ops.convert_to_numpy(model(pictures, training=False))

    model, pictures = made(), data.load("digits")[0][:64]
    scores = scores_of(model, pictures)
    weighted = [layer for layer in inner_layers(model) if layer.trainable_weights]
    sizes = [1000 * w for w in weighted[-1].get_weights()]
    weighted[-1].set_weights(sizes)  # a raw score grows with the last layer's weights
    clear = np.abs(scores) > 1e-3
    assert np.allclose(scores_of(model, pictures)[clear] / scores[clear], 1000, rtol=0.02), (
        "with a last layer 1000 times as large the scores should be 1000 times as large. "
        "Expected a raw score: what squashes it at the end?"
    )
    ### BEGIN HIDDEN TESTS
    for layer, end in ((weighted[0], "entrance"), (weighted[-1], "exit")):
        is_norm = isinstance(layer, keras.layers.BatchNormalization)
        assert not is_norm, (
            f"BatchNormalization at D's {end} wipes out how bright, or how real, a batch is"
        )
    for layer in inner_layers(model):
        name = getattr(getattr(layer, "activation", None), "__name__", "")
        flat = isinstance(layer, keras.layers.ReLU) and not layer.negative_slope
        steep = name not in ("relu", "relu6") and not flat
        assert steep, f"layer {layer.name} is flat below 0: no gradient reaches G through it there"
    ### END HIDDEN TESTS


test_make_discriminator_score()

# %% [markdown]
# ## Exercise 3: The average of the weights (4 + 2 points)
#
# The players never come to rest, so the generator of any single step is a bit off. An average over steps is calmer
# (lesson 05). After each step of training it takes in a little of the live weights w:
#
# $$\bar w \leftarrow \text{decay} \cdot \bar w + (1 - \text{decay}) \cdot w$$
#
# Write `update_average(averaged, live, decay)`:
#
# * `averaged` and `live`: two `keras.Model`s of the same architecture, `live` the one that is being trained;
# * the **trainable** weights of `averaged` move as above. `live` stays as it is, and nothing is returned (4 points);
# * the **non-trainable** weights of `averaged` (the moving means and variances of BatchNormalization) are averages
#   already: they become equal to those of `live` (2 points).
#
# If exercise 4 is to call it inside a `tf.function`, change the weights by `assign`: `get_weights` and `set_weights` do not
# work there.


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


# %% nbgrader={"grade": true, "grade_id": "test_update_average", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
def test_update_average():
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
    averaged, live = small_model(1.0), small_model(0.0)
    expected = [np.ones(w.shape) for w in averaged.get_weights()]
    for _ in range(4):
        live.set_weights([rng.uniform(0.5, 2.0, w.shape) for w in live.get_weights()])
        expected = [0.9 * e + 0.1 * w for e, w in zip(expected, live.get_weights(), strict=True)]
        moved_by(update_average, averaged, live, 0.9)

    def check_weights(what):
        for e, w in zip(expected, averaged.get_weights(), strict=True):
            assert np.allclose(e, w, atol=1e-5), (
                f"{what}: expected {e.ravel()[0]:.4f} first; came {w.ravel()[0]:.4f}"
            )

    check_weights("after four updates with decay 0.9")
    moved_by(update_average, averaged, live, 1.0)
    check_weights("decay 1 should leave trainable weights where they are")
    moved_by(update_average, averaged, live, 0.0)
    for a, w in zip(averaged.get_weights(), live.get_weights(), strict=True):
        assert np.allclose(a, w, atol=1e-6), "decay 0 should make the average equal to the live weights"
    live.set_weights([w + 1 for w in live.get_weights()])
    shared = np.allclose(averaged.get_weights()[0], live.get_weights()[0])
    assert not shared, "the two models now share their weights: what trains the one moves the other"
    ### END HIDDEN TESTS


test_update_average()


# %% nbgrader={"grade": true, "grade_id": "test_update_average_of_statistics", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
def test_update_average_of_statistics():
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

    averaged, live = small_model(10.0, norm=True), small_model(2.0, norm=True)
    moved_by(update_average, averaged, live, 0.75)
    came = [w.ravel()[0] for w in averaged.get_weights()[4:]]
    assert np.allclose(came, 2), (
        f"the live moving mean and variance are 2, and so should be those of the average; came {came[0]:.4g}, {came[1]:.4g}"
    )
    ### BEGIN HIDDEN TESTS
    came = [w.ravel()[0] for w in averaged.get_weights()[:4]]
    assert np.allclose(came, 8), (
        f"kernel, bias, scale and shift: 0.75 of 10 and 0.25 of 2 are 8; came {np.round(came, 3)}"
    )
    ### END HIDDEN TESTS


test_update_average_of_statistics()

# %% [markdown]
# ## Exercise 4: Your networks, your round, your training (4 + 3 + 9 + 7 points)
#
# Now train, and by your own hands. First **one round**: a step of D, then a step of G. Write `play_round(generator,
# discriminator, g_optimizer, d_optimizer, real, z_for_d, z_for_g)`:
#
# * `real`: pictures `(n, …)`; `z_for_d`, `z_for_g`: noise `(n, latent_dim)`, float32 tensors; the networks are Keras models, and
#   D gives raw scores; the optimizers are Keras', one for each network (`optimizer.apply(gradients, weights)` takes a step);
# * D takes one step on the sum of its two cross-entropies, means over the batch: real pictures are 1, those that G makes from
#   `z_for_d` are 0. It moves D alone;
# * then G takes one step against this new D on the **non-saturating** loss −log D(G(z)), with `z_for_g`. It moves G alone
#   (moving averages of BatchNormalization do not count);
# * returns the pair `(d_loss, g_loss)`, each as it was before its own step, as scalar tensors. Where you
# do not call it inside a `tf.function`, numbers will do, too (4 points);
# * both networks may have BatchNormalization, and are called with `training=True`; D gets real and generated pictures as two
#   batches, each by itself. Freeze nothing by `trainable = False`: a frozen BatchNormalization works in inference mode,
#   whatever `training` says. Ask the tape for the gradient of one player's weights alone (3 points).
#
# (Homework 2 builds these steps one by one. If you did it, take yours.)


# %% nbgrader={"grade": false, "grade_id": "play_round", "locked": false, "schema_version": 3, "solution": true, "task": false}
def play_round(generator, discriminator, g_optimizer, d_optimizer, real, z_for_d, z_for_g):
    """A step of D, then a step of G. Returns (d_loss, g_loss), each before its step."""
    ### BEGIN SOLUTION
    fake = generator(z_for_d, training=True)
    with tf.GradientTape() as tape:
        on_real, on_fake = discriminator(real, training=True), discriminator(fake, training=True)
        d_loss = tf.reduce_mean(tf.nn.softplus(-on_real)) + tf.reduce_mean(tf.nn.softplus(on_fake))
    weights = discriminator.trainable_variables
    d_optimizer.apply(tape.gradient(d_loss, weights), weights)
    with tf.GradientTape() as tape:
        scores = discriminator(generator(z_for_g, training=True), training=True)
        g_loss = tf.reduce_mean(tf.nn.softplus(-scores))
    weights = generator.trainable_variables
    g_optimizer.apply(tape.gradient(g_loss, weights), weights)
    return d_loss, g_loss
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_play_round", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
def test_play_round():
    import keras
    import numpy as np
    import tensorflow as tf

    def compare_round(n, seed, rate=0.05, rounds=1):
        """The same rounds twice, by play_round and by hand."""
        rng, teams = np.random.default_rng(seed), []
        for _ in range(2):
            G = keras.Sequential(
                [keras.Input((3,)), keras.layers.Dense(4, "tanh"), keras.layers.Dense(2)]
            )
            D = keras.Sequential(
                [keras.Input((2,)), keras.layers.Dense(4, "tanh"), keras.layers.Dense(1)]
            )
            teams.append((G, D, keras.optimizers.SGD(rate), keras.optimizers.SGD(rate)))
        for one, other in zip(teams[0][:2], teams[1][:2], strict=True):
            one.set_weights([rng.normal(size=w.shape) for w in one.get_weights()])
            other.set_weights(one.get_weights())
        for number in range(1, rounds + 1):
            real, z, z2 = (tf.constant(rng.normal(size=(n, k)), "float32") for k in (2, 3, 3))
            came = play_round(*teams[0], real, z, z2)
            (G, D, g_sgd, d_sgd), right = teams[1], []
            for player, optimizer in ((D, d_sgd), (G, g_sgd)):
                with tf.GradientTape() as tape:
                    loss = tf.reduce_mean(tf.nn.softplus(-D(real)))
                    loss += tf.reduce_mean(tf.nn.softplus(D(G(z))))
                    loss = loss if player is D else tf.reduce_mean(tf.nn.softplus(-D(G(z2))))
                right.append(float(loss))
                optimizer.apply(
                    tape.gradient(loss, player.trainable_variables), player.trainable_variables
                )
            what = f"round {number} with {n} samples"
            parts = [np.shape(part) for part in came] if hasattr(came, "__len__") else came
            assert parts == [(), ()], f"expected a pair of numbers (d_loss, g_loss); came {came!r}"
            pair = tuple(map(float, came))
            assert np.allclose(pair, right, atol=1e-4), (
                f"{what}: losses {np.round(right, 4)}; came {np.round(pair, 4)}"
            )
            for name, mine, other in zip("GD", teams[0][:2], (G, D), strict=True):
                pairs = zip(mine.get_weights(), other.get_weights(), strict=True)
                off = max(np.abs(a - b).max() for a, b in pairs)
                assert off < 1e-5, (
                    f"{what}: {name} is off by {off:.1e}. Loss, sign, order, whose weights, which noise?"
                )

    compare_round(8, seed=0)
    ### BEGIN HIDDEN TESTS
    compare_round(1, seed=1)
    compare_round(16, seed=2, rate=0.2, rounds=3)
    ### END HIDDEN TESTS


test_play_round()


# %% nbgrader={"grade": true, "grade_id": "test_play_round_normalization", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
def test_play_round_normalization():
    import keras
    import numpy as np
    import tensorflow as tf

    def normalized_round(n, seed, rate=0.1):
        """A round by play_round and one by hand, of networks with BatchNormalization."""
        rng, teams = np.random.default_rng(seed), []
        for _ in range(2):
            dense, norm = keras.layers.Dense, keras.layers.BatchNormalization
            parts = [[dense(5), norm(), keras.layers.LeakyReLU(0.2)] for _ in "GD"]
            G = keras.Sequential([keras.Input((3,)), *parts[0], keras.layers.Dense(2)])
            D = keras.Sequential([keras.Input((2,)), *parts[1], keras.layers.Dense(1)])
            teams.append((G, D, keras.optimizers.SGD(rate), keras.optimizers.SGD(rate)))
        for one, other in zip(teams[0][:2], teams[1][:2], strict=True):
            one.set_weights(
                [
                    rng.uniform(0.5, 2, w.shape) * rng.choice([1, 1, -1]) ** (w.ndim - 1)
                    for w in one.get_weights()
                ]
            )
            other.set_weights(one.get_weights())
        real, z, z2 = (tf.constant(rng.normal(0.5, 2, size=(n, k)), "float32") for k in (2, 3, 3))
        play_round(*teams[0], real, z, z2)
        G, D, g_sgd, d_sgd = teams[1]
        for player, optimizer in ((D, d_sgd), (G, g_sgd)):
            with tf.GradientTape() as tape:
                loss = tf.reduce_mean(tf.nn.softplus(-D(real, training=True)))
                loss += tf.reduce_mean(tf.nn.softplus(D(G(z, training=True), training=True)))
                if player is G:
                    loss = tf.reduce_mean(tf.nn.softplus(-D(G(z2, training=True), training=True)))
            optimizer.apply(tape.gradient(loss, player.trainable_variables), player.trainable_variables)
        for name, mine, other in zip("GD", teams[0][:2], (G, D), strict=True):
            for a, b in zip(mine.trainable_variables, other.trainable_variables, strict=True):
                off = np.abs(a.numpy() - b.numpy()).max()
                assert off < 1e-4, (
                    f"{n} samples, BatchNormalization: {name}'s {a.name} is off by {off:.1e}. "
                    "Training mode, two batches, nothing frozen by trainable = False?"
                )

    normalized_round(16, seed=3)
    ### BEGIN HIDDEN TESTS
    normalized_round(7, seed=4)
    normalized_round(32, seed=5)
    ### END HIDDEN TESTS


test_play_round_normalization()

# %% [markdown]
# And now all of it. Write `train(pictures, steps, seed)`:
#
# * `pictures`: what to learn from, `(m, 8, 8, 1)` in [−1, 1]; `steps`: how many rounds of D and G to play, of at most 32 pictures
#   each; `seed`: for your weights, your batches and your noise;
# * the two players are **your networks of exercise 2**, new ones at each call, with `latent_dim` 16. (If a test of exercise 2
#   still complains about yours, they may play all the same; it costs the points there, not here.) The round is yours, too: `play_round`,
#   or whatever you write in its place;
# * returns a trained generator: a `keras.Model` that `make_generator(16)` made. Live weights or an average of them, as you
#   like. Lesson 05 shows what an average is worth; if its memory is long, then after so short a training it still holds the
#   weights that G began with.
#
# The cell after your code calls `train(images, 600, seed=0)` and names the result `generator`. The tests read this name, so use it for nothing else. The training **must take less than 15 seconds on two idle cores**: a slower one may be stopped when your work is graded. Put a whole round into one
# `tf.function`, and `build` the optimizers before the first. (A `tf.function` runs Python only once: draw what is to be new in each
# round with TensorFlow, or pass it as an argument.) The settings of lesson 05 are a good start. Begin without the minibatch standard deviation, lesson 05's look at the whole batch (the course's layer for
# it is locked away, too). On pictures as small as these, our own networks do not need it. Change one thing at a time, and look at the
# samples, not at the losses.
#
# The tests draw 1,000 pictures, several times and from other noise, with `training=False`. They ask for
#
# * **quality (9 points)**: a Fréchet distance to `unseen` of at most 12, on the features of `judge`, 360
#   pictures each; and at most 0.6 stray pixels per picture. A stray pixel is one above −0.5 that has no neighbor above −0.5
#   (above, below, left or right of it). Only the hidden tests count them: copy `stray_pixels` from lesson 05 to count yours;
# * **variety (7 points)**: each of the ten digits at least 5 times among 1,000.
#
# Both also refuse copies of real pictures, and a few pictures drawn over and over; variety counts only up to a Fréchet distance of
# 40. In hidden tests, with other noise, the limit of quality is 14. And both first call your `train` for 200 rounds on other pictures,
# digits in negative, to see that it learns from what it is given and
# with which networks. Training is run again when your work is graded, so aim well below the limits. First, what is 12? Here are two
# ends of the scale:

# %%
untrained = np.clip(np.random.default_rng(0).normal(0, 0.5, (360, 8, 8, 1)), -1, 1).astype("float32")
ends = {"noise": untrained, "real pictures": images[:360]}
ends = {
    name: metrics.frechet_distance(judge.features(unseen), judge.features(x))
    for name, x in ends.items()
}
print(f"noise: above 100: {ends['noise'] > 100}")
print(f"real pictures: below 3: {ends['real pictures'] < 3}")


# %% nbgrader={"grade": false, "grade_id": "train", "locked": false, "schema_version": 3, "solution": true, "task": false}
def train(pictures, steps, seed):
    """Play `steps` rounds with your two networks. Return the generator, a keras.Model (n, 16) → (n, 8, 8, 1)."""
    ### BEGIN SOLUTION
    keras.utils.set_random_seed(seed)
    generator, averaged, discriminator = make_generator(16), make_generator(16), make_discriminator()
    averaged.set_weights(generator.get_weights())
    adams = [keras.optimizers.Adam(1e-3, beta_1=0.5) for _ in range(2)]
    adams[0].build(generator.trainable_variables), adams[1].build(discriminator.trainable_variables)

    @tf.function
    def one_step(real):
        play_round(generator, discriminator, *adams, real, *tf.unstack(tf.random.normal((2, 16, 16))))
        update_average(averaged, generator, 0.98)

    for batch in np.random.default_rng(seed).integers(len(pictures), size=(steps, 16)):
        one_step(tf.constant(pictures[batch]))
    return averaged
    ### END SOLUTION


# %% nbgrader={"grade": false, "grade_id": "trained", "locked": true, "schema_version": 3, "solution": false, "task": false} tags=["nbval-ignore-output"]
generator = train(images, 600, seed=0)
z = np.random.default_rng(1).normal(size=(1000, 16)).astype("float32")
samples = keras.ops.convert_to_numpy(generator(z, training=False))
figure, axes = plt.subplots(2, 1, figsize=(9, 3))
plots.image_grid(unseen[:24], "real, never seen by G", columns=12, ax=axes[0])
plots.image_grid(samples[:24], "generated", columns=12, generated=True, ax=axes[1])
plt.show()


# %% nbgrader={"grade": true, "grade_id": "test_quality", "locked": true, "points": 9, "schema_version": 3, "solution": false, "task": false}
def test_quality():
    from unittest import mock

    import keras
    import numpy as np

    from gan_course import combined, data, metrics, networks
    from gan_course.gan import GAN

    class Locked:
        def __getattr__(self, name):
            raise AssertionError(
                "this is a network of the course. Train the two that you built in exercise 2"
            )

    def require_own_training(steps, seed):
        """A short training on digits in negative, with the course's networks and training locked away."""

        def locked(self, *arguments, **options):
            raise AssertionError("this is the course's training. Train by a round of your own")

        watch = {
            name: mock.Mock(side_effect=globals()[name])
            for name in ("make_generator", "make_discriminator")
        }
        with (
            mock.patch.object(networks, "keras", Locked()),
            mock.patch.object(networks, "layers", Locked()),
            mock.patch.object(GAN, "__init__", locked),
            mock.patch.object(combined, "build_combined", locked),
            mock.patch.dict(globals(), watch),
        ):
            model = train(-data.load("digits")[0], steps, seed)
        for name, asked in watch.items():
            assert asked.called, (
                f"train did not ask {name} for a new network. Train your two networks of exercise 2"
            )
        assert isinstance(model, keras.Model), f"expected a keras.Model; came {type(model).__name__}"
        z = np.random.default_rng(seed).normal(size=(200, 16)).astype("float32")
        mean = float(keras.ops.convert_to_numpy(model(z, training=False)).mean())
        assert mean > 0.05, (
            f"{steps} rounds on digits in negative, whose pixels are 0.39 on average: yours are {mean:.2f} on average. "
            "Does it learn from `pictures`, for `steps` rounds?"
        )

    def draw_from(model, seed):
        assert isinstance(model, keras.Model), f"expected a keras.Model `generator`; came {type(model)}"
        sizes = [w.shape for w in model.weights], [w.shape for w in make_generator(16).weights]
        assert sizes[0] == sizes[1], "`generator` is not a network that make_generator(16) makes"
        z = np.random.default_rng(seed).normal(size=(1000, 16)).astype("float32")
        made, again = (keras.ops.convert_to_numpy(model(z, training=False)) for _ in range(2))
        assert made.shape == (1000, 8, 8, 1), f"expected pictures (1000, 8, 8, 1); came {made.shape}"
        low, high = made.min(), made.max()
        assert -1.001 < low < high < 1.001, f"expected pixels in [-1, 1]; came {low:.2f} to {high:.2f}"
        assert np.allclose(made, again, atol=1e-5), "the same noise gave two different pictures"
        return made

    pictures = draw_from(globals().get("generator"), seed=7)
    real, judged = (
        data.load("digits", split="test")[0],
        metrics.feature_classifier(*data.load("digits")),
    )

    def distance_to_real(pictures):
        return metrics.frechet_distance(judged.features(real), judged.features(pictures[: len(real)]))

    distance = distance_to_real(pictures)
    assert distance <= 12, f"expected a Fréchet distance of at most 12; came {distance:.1f}"
    require_own_training(200, seed=5)
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
    ### END HIDDEN TESTS


test_quality()


# %% nbgrader={"grade": true, "grade_id": "test_variety", "locked": true, "points": 7, "schema_version": 3, "solution": false, "task": false}
def test_variety():
    from unittest import mock

    import keras
    import numpy as np

    from gan_course import combined, data, metrics, networks
    from gan_course.gan import GAN

    class Locked:
        def __getattr__(self, name):
            raise AssertionError(
                "this is a network of the course. Train the two that you built in exercise 2"
            )

    def require_own_training(steps, seed):
        """A short training on digits in negative, with the course's networks and training locked away."""

        def locked(self, *arguments, **options):
            raise AssertionError("this is the course's training. Train by a round of your own")

        watch = {
            name: mock.Mock(side_effect=globals()[name])
            for name in ("make_generator", "make_discriminator")
        }
        with (
            mock.patch.object(networks, "keras", Locked()),
            mock.patch.object(networks, "layers", Locked()),
            mock.patch.object(GAN, "__init__", locked),
            mock.patch.object(combined, "build_combined", locked),
            mock.patch.dict(globals(), watch),
        ):
            model = train(-data.load("digits")[0], steps, seed)
        for name, asked in watch.items():
            assert asked.called, (
                f"train did not ask {name} for a new network. Train your two networks of exercise 2"
            )
        assert isinstance(model, keras.Model), f"expected a keras.Model; came {type(model).__name__}"
        z = np.random.default_rng(seed).normal(size=(200, 16)).astype("float32")
        mean = float(keras.ops.convert_to_numpy(model(z, training=False)).mean())
        assert mean > 0.05, (
            f"{steps} rounds on digits in negative, whose pixels are 0.39 on average: yours are {mean:.2f} on average. "
            "Does it learn from `pictures`, for `steps` rounds?"
        )

    def draw_from(model, seed):
        assert isinstance(model, keras.Model), f"expected a keras.Model `generator`; came {type(model)}"
        sizes = [w.shape for w in model.weights], [w.shape for w in make_generator(16).weights]
        assert sizes[0] == sizes[1], "`generator` is not a network that make_generator(16) makes"
        z = np.random.default_rng(seed).normal(size=(1000, 16)).astype("float32")
        made, again = (keras.ops.convert_to_numpy(model(z, training=False)) for _ in range(2))
        assert made.shape == (1000, 8, 8, 1), f"expected pictures (1000, 8, 8, 1); came {made.shape}"
        low, high = made.min(), made.max()
        assert -1.001 < low < high < 1.001, f"expected pixels in [-1, 1]; came {low:.2f} to {high:.2f}"
        assert np.allclose(made, again, atol=1e-5), "the same noise gave two different pictures"
        return made

    pictures = draw_from(globals().get("generator"), seed=7)
    real, judged = (
        data.load("digits", split="test")[0],
        metrics.feature_classifier(*data.load("digits")),
    )

    def check_digits(pictures):
        counts = np.bincount(judged.classes(pictures), minlength=10)
        assert counts.min() >= 5, f"expected each digit at least 5 times of 1,000; came {counts}"

    check_digits(pictures)
    require_own_training(200, seed=6)
    ### BEGIN HIDDEN TESTS
    pictures = draw_from(generator, seed=2028)
    check_digits(pictures)
    distance = metrics.frechet_distance(judged.features(real), judged.features(pictures[: len(real)]))
    assert distance <= 40, f"variety counts only of digits: the Fréchet distance is {distance:.1f}"
    flat, learned = pictures.reshape(-1, 64), data.load("digits")[0]
    known = np.concatenate([learned, real]).reshape(-1, 64)
    first, second = metrics.nearest_neighbors(flat, known, k=2).distances.T
    copies = np.mean((first < 1.2) | (first < 0.8 * second))
    assert copies < 0.25, f"{copies:.0%} are far nearer to one real picture than new ones are: copies"
    twin = np.median(metrics.nearest_neighbors(flat, flat, k=2).distances[:, 1])
    assert twin > 0.8, f"half of 1,000 pictures have a twin within {twin:.2f}: too few different ones"
    ### END HIDDEN TESTS


test_variety()

# %% [markdown]
# ## Exercise 5: A walk in latent space (4 + 2 points)
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
#   0; the straight line does the same walk there (2 points). Opposite directions are not tested.


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


# %% nbgrader={"grade": true, "grade_id": "test_walk", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
def test_walk():
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
    norm = keras.layers.BatchNormalization(center=False, scale=False, epsilon=0.0)
    model = keras.Sequential([keras.Input((64,)), norm, keras.layers.Reshape((8, 8, 1))])
    norm.set_weights([np.full(64, 3.0), np.full(64, 4.0)])
    assert np.allclose(walk(model, a, b, 2)[0].ravel(), (a - 3) / 2, atol=1e-3), (
        "not drawn in inference mode"
    )
    ### END HIDDEN TESTS


test_walk()


# %% nbgrader={"grade": true, "grade_id": "test_walk_straight_on", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
def test_walk_straight_on():
    import keras
    import numpy as np

    # A generator whose picture is its noise
    shows_z = keras.Sequential([keras.Input((64,)), keras.layers.Reshape((8, 8, 1))])

    def along(a, b, stops):
        way = walk(shows_z, a, b, stops)
        assert isinstance(way, np.ndarray), f"expected a NumPy array; came {type(way).__name__}"
        assert way.shape == (stops, 8, 8, 1), f"expected ({stops}, 8, 8, 1); came {way.shape}"
        return way.reshape(stops, 64)

    a = 8 * np.eye(64)[3]
    way = along(a, a, 3)
    assert np.allclose(way, a, atol=1e-3), (
        f"from a to a itself all stops are a; came {way[1, :4].round(2)}, …"
    )
    ### BEGIN HIDDEN TESTS
    b = np.random.default_rng(12).normal(size=64)
    for start, end, name in ((a, 2 * a, "b = 2a"), (b, b, "b = a"), (b, 3 * b, "b = 3a")):
        way = along(start, end, 5)
        assert np.isfinite(way).all(), f"{name}: there are NaNs on the way"
        halfway = np.allclose(way[2], (start + end) / 2, atol=1e-3)
        assert halfway, f"{name}: the middle should be halfway between the two"
    ### END HIDDEN TESTS


test_walk_straight_on()

# %% [markdown]
# ## Exercise 6: Two measures by hand (6 + 3 + 4 + 2 points)
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
# * three arrays of features, one row per picture: two piles of real ones, and generated ones.
# They have the same columns, but their numbers of rows may differ. Compare sets of equal size: take the first rows of each, as many as the smallest set
#   has;
# * returns two floats: $d^2$ between `real` and `fake`, and $d^2$ between `real` and `other`. Covariances as
#   `np.cov` has them by default, divided by the number of rows − 1;
# * there may be fewer rows than features, or features that never vary, so the root may be of a singular matrix (lesson
#   07), and rounding may make eigenvalues that should be 0 negative (3 points).


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


# %% nbgrader={"grade": true, "grade_id": "test_distance_and_floor", "locked": true, "points": 6, "schema_version": 3, "solution": false, "task": false}
def test_distance_and_floor():
    from unittest import mock

    import numpy as np
    from scipy.linalg import sqrtm

    from gan_course import metrics

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
    mix = rng.normal(size=(3, 5, 5))
    real, other, fake = rng.normal(size=(3, 300, 5)) @ mix + rng.normal(size=(3, 1, 5))
    for case in (
        (real, other, fake, "five correlated features"),
        (real, other[:40], fake, "sets of 300, 40 and 300"),
        (real[:250], other, fake[:90].astype("float32"), "sets of 250, 300 and 90"),
    ):
        compare_distances(*case)
    ### END HIDDEN TESTS


test_distance_and_floor()


# %% nbgrader={"grade": true, "grade_id": "test_distance_of_few", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
def test_distance_of_few():
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

    rng = np.random.default_rng(1)
    compare_distances(*rng.normal(size=(3, 6, 20)), "6 pictures of 20 features", twin)
    ### BEGIN HIDDEN TESTS
    real, other, fake = rng.normal(size=(3, 300, 5)) @ rng.normal(size=(3, 5, 5)) + rng.normal(
        size=(3, 1, 5)
    )
    for case in (
        (real * [1, 1, 1, 0, 0], other, fake, "two features that never vary", twin),
        (real, real, real[::-1], "the same pictures in another order", twin),
        (*rng.normal(size=(3, 10, 40)), "10 pictures of 40 features", twin),
    ):
        compare_distances(*case)
    ### END HIDDEN TESTS


test_distance_of_few()

# %% [markdown]
# ### Is it memory?
#
# A distance to the nearest training picture says nothing by itself. How near is near? Honest newcomers tell: real
# pictures that were not learned from. Take the distance of each picture to its nearest training picture. A sample is called
# *suspicious* if its distance is smaller than the distances of 95 % of the newcomers.
#
# Write `suspicious_share(samples, training, held_out, level=0.05)`:
#
# * three arrays of pictures, `(n, 8, 8, 1)`; distances are Euclidean, over all pixels;
# * the limit is the `level`-quantile (`np.quantile`) of the newcomers' (`held_out`'s) distances to their
#   nearest training picture;
# * returns the share of `samples` whose distance to their nearest training picture is **below** the limit, a
#   float from 0 to 1 (4 points);
# * it works for pictures of any shape `(n, h, w, c)` and any `level` (2 points).
#
# An honest generator gets about `level`, or less. This share also finds a generator that copies only now and then. A median of the distances would not.


# %% nbgrader={"grade": false, "grade_id": "suspicious_share", "locked": false, "schema_version": 3, "solution": true, "task": false}
def suspicious_share(samples, training, held_out, level=0.05):
    """Return the share of samples that are nearer to the training set than honest newcomers are."""

    ### BEGIN SOLUTION
    def nearest(pictures):
        flat = (np.reshape(x, (len(x), -1)) for x in (pictures, training))
        return metrics.nearest_neighbors(*flat).distances[:, 0]

    return float(np.mean(nearest(samples) < np.quantile(nearest(held_out), level)))
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_suspicious_share", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
def test_suspicious_share():
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
    for case in (
        (partly, known, new[:200], "60 of 200 pictures stolen"),
        (partly[::-1], known, new[:50], "the same in another order, 50 newcomers"),
        (new[:1], known, new[1:], "one picture"),
    ):
        compare_shares(*case)
    came = suspicious_share(partly, known, new[:200])
    assert np.isclose(came, expected_share(partly, known, new[:200], 0.05)), (
        "without a level it should be 0.05"
    )
    ### END HIDDEN TESTS


test_suspicious_share()


# %% nbgrader={"grade": true, "grade_id": "test_suspicious_share_of_others", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
def test_suspicious_share_of_others():
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
    compare_shares(new[180:], known, new[:180], "180 honest pictures, level 0.3", 0.3)
    ### BEGIN HIDDEN TESTS
    rng = np.random.default_rng(4)
    for case in (
        (0.5 * new[:100], known[:300], new[100:200], "gray pictures, 300 to learn from", 0.5),
        (*rng.uniform(-1, 1, (3, 40, 4, 6, 3)), "color pictures of 4 × 6", 0.5),
    ):
        compare_shares(*case)
    ### END HIDDEN TESTS


test_suspicious_share_of_others()

# %% [markdown]
# ## Exercise 7: Four suspects, and your own generator (4 + 5 + 4 points)
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
#   that it never saw, perhaps more or fewer than `samples`; `judge`: a trained classifier (it may know `held_out`), with `judge.features(pictures)` and
#   `judge.classes(pictures)`;
# * returns one of the words `"good"`, `"collapsed"`, `"blurry"`, `"memorizing"`.
#
# The first test has a panel like this one (4 points). The second brings other suspects of the same four kinds (5 points): other pictures, other ways to collapse (onto one picture, or onto at most ten), to lose
# detail (a lens, coarse blocks), to steal (all pictures, with noise or without). So ask yourself what *defines* each illness and which
# measure sees it, and where the limit lies **compared with the held-out pictures**, since a number that was
# right for this panel may be wrong for the next. One measure is not enough: lesson 07's panel shows who catches
# whom. Whoever draws a few pictures over and over is `"collapsed"`, wherever these come from.
#
# The third test brings a generator that *was* trained: **yours**, of exercise 4 (4 points). Its Fréchet distance to `unseen` must be below 60, since there is nothing to diagnose otherwise. As it is, it must not be called
# collapsed or memorizing; whether it is good or blurry, you decide. Then it is spoiled in three ways: it gets the same few
# noise vectors over and over, its samples are smeared, and its samples are replaced by training pictures.


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
def test_diagnose():
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


test_diagnose()


# %% nbgrader={"grade": true, "grade_id": "test_diagnose_others", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
def test_diagnose_others():
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


test_diagnose_others()


# %% nbgrader={"grade": true, "grade_id": "test_diagnose_your_own", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
def test_diagnose_your_own():
    import keras
    import numpy as np

    from gan_course import data, metrics

    known, new = data.load("digits")[0], data.load("digits", split="test")[0]
    judged = metrics.feature_classifier(*data.load("digits"))
    trained = globals().get("generator")
    assert isinstance(trained, keras.Model), (
        "expected your trained `generator` of exercise 4; found none"
    )

    def drawn(z):
        return np.clip(keras.ops.convert_to_numpy(trained(z.astype("float32"), training=False)), -1, 1)

    def verdict_on(samples, truth, what):
        said = diagnose(samples.astype("float32"), known, new, judged)
        assert str(said) in truth, f"{what}: you say {said!r}; expected {' or '.join(truth)}"

    rng = np.random.default_rng(61)
    made = drawn(rng.normal(size=(300, 16)))
    blur = metrics.frechet_distance(judged.features(new[:300]), judged.features(made))
    assert blur < 60, (
        f"your generator's Fréchet distance is {blur:.0f}: there is nothing to diagnose yet"
    )
    verdict_on(made, ("good", "blurry"), "your generator as it is")
    ### BEGIN HIDDEN TESTS
    few = drawn(np.repeat(rng.normal(size=(6, 16)), 50, axis=0))
    verdict_on(
        few + rng.normal(0, 0.02, few.shape), ("collapsed",), "your generator with six noise vectors"
    )
    wide = np.pad(made, ((0, 0), (1, 1), (1, 1), (0, 0)), mode="edge")
    box = sum(wide[:, i : i + 8, j : j + 8] for i in range(3) for j in range(3)) / 9
    verdict_on(box, ("blurry",), "your generator's samples, smeared over 3 × 3 pixels")
    stolen = known[rng.permutation(len(known))[:300]] + rng.normal(0, 0.03, made.shape)
    verdict_on(np.clip(stolen, -1, 1), ("memorizing",), "training pictures with a trace of noise")
    ### END HIDDEN TESTS


test_diagnose_your_own()

# %% [markdown]
# ## Exercise 8: What do you claim? (18 points, written)
#
# Two questions about evidence. First, a report of *your* generator. It compares piles of 360 pictures each: your samples and
# other real pictures, both with `unseen`. The package's measures make the table. (The judge has learned from these other real pictures, so their distance is a little lower than that of pictures that are new to it.) The last line is the word of your `diagnose`.

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
print("your diagnosis of your generator:", diagnose(samples[:size], images, unseen, judge))

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
# pictures; in each, **one thing** was done differently. This is what their logs say. *Fréchet, live* was measured during training, with the
# weights of that step, in inference mode; *delivered* is the generator that `fit` left at the
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
# Write about 400 to 500 words, two thirds of them for (a).
#
# **(a) Your generator.** What would you claim about it in a report, and what not?
#
# | points | for |
# |---|---|
# | 3 | quality: a number *with its protocol* (which features, which real pictures, how many) and its floor |
# | 2 | variety: what recall and the counts of digits show, and one kind of missing variety that they would not show |
# | 3 | memory and diagnosis: a number next to that of honest newcomers, and a kind of copying that this distance misses; what your `diagnose` said, and why you believe it or not |
# | 2 | one thing that you do *not* claim, and the experiment that would decide it |
#
# **(b) One of the runs A, B, C**, whichever you like.
#
# | points | for |
# |---|---|
# | 3 | what went wrong: a likely cause, named precisely. For run B several fit; the argument counts |
# | 3 | the evidence: at least two numbers of the log that speak for this cause, and one reason why it is not another one |
# | 2 | the remedy, and the number that should change, and how, if you are right |

# %% [markdown] nbgrader={"grade": true, "grade_id": "answer_claims", "locked": false, "points": 18, "schema_version": 3, "solution": true, "task": false}
# **(a)** *Quality.* I compared 360 samples with the 360 unseen pictures, on the features of the course's small
# classifier of digits (trained on the training pictures). The Fréchet distance of my generator is several times
# that of 360 real training pictures, which is the floor here. So its digits are near to real ones (noise
# is above 100) and can still be told from them; precision, well below that of real pictures, says the
# same. The number belongs to this judge and this number of samples: it is no FID, and I compare it with none.
#
# *Variety.* All ten digits come, none in less than two percent. Recall is about that of real pictures, so no large part
# of the variety is missing. Counts of digits would not show that all its sevens lack
# the bar: a style missing within a class. Recall, too, does not see *how often* something is drawn.
#
# *Memory.* The median distance to the nearest training picture is no smaller than that of unseen real pictures,
# and far above the thief's; the twelve nearest pairs are alike but not the same. So it does not copy whole
# pictures. Training pictures moved by a pixel would be far away in this distance, and would have escaped me. My `diagnose`
# says the same. It has only four words, though: a generator with strokes in wrong places is "good" to it.
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
# * Does every test cell run through without an error? A test that fails costs its own points only, but Run All stops
#   there: run the cells after it by hand.
# * Is the written answer in its cell, (a) and (b)?
# * Nothing deleted, renamed or moved; then save, and hand in the `.ipynb`.
