# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Homework 2 · The combined model and the step
#
# **The one idea: in every line of a GAN's loop, know who moves. Build what tells you, repair loops in which the wrong
# one moves, and write steps in which no other can.**
#
# It belongs to lessons [03](https://github.com/gan-course/gan-course/blob/main/notebooks/03_the_combined_model.ipynb) and
# [04](https://github.com/gan-course/gan-course/blob/main/notebooks/04_the_training_algorithm.ipynb). Plan five hours. (In two trial runs, made from this notebook alone, the
# time that a student needs was estimated at three and
# three quarters to six and a half hours. No students were timed.) The networks are tiny, so everything runs
# in seconds.
#
# | exercise | points |
# |---|---|
# | 1 · The detective: who moved, and how | 7 + 3 |
# | 2 · Held still, and put back | 5 + 4 |
# | 3 · The repair shop: three loops from a forum | 4 + 3 + 5 + 2 + 4 + 3 |
# | 4 · D's step with gradients | 8 + 4 |
# | 5 · G's step, past BatchNormalization | 7 + 6 |
# | 6 · A round of algorithm 1, with k | 4 + 2 |
# | 7 · The classic round, translated | 8 + 9 |
# | 8 · "G has won" (written answer) | 12 |
#
# **How it is graded.** The cells below each exercise are tests. They say what is wrong, and you may run them as
# often as you like. Each test is a function, so the names inside it do not touch yours. When your work is graded, hidden tests call your functions with other networks and other
# batches: other sizes, other numbers, odd cases. Many of them compare weights after a few steps, mostly of plain SGD. So write functions
# that do what the text says, not what one test asks. Where an exercise has two numbers of points, each is for a test of its
# own: the first for the main task, the second for the harder cases that the text names. (Exercise 3 has two numbers for each of its three repairs.)
#
# **What is allowed.** NumPy, Keras with its losses and optimizers, TensorFlow, and the course's `data`, `plots`, `runtime` and
# `metrics`. What the course's package has beyond these (its losses, its `GAN`, its `frozen`), write yourself.
# No exercise needs the answer to another one, except for the cells in
# between that show something.
#
# **Conventions of the course.** Real is 1, generated is 0. D returns *raw scores*; the sigmoid is in the loss. A loss is
# a mean over the batch.
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

import warnings

import matplotlib.pyplot as plt

from gan_course import plots, runtime

plots.use_style()
runtime.select_backend("tensorflow")  # this homework takes gradients with TensorFlow
print(runtime.configure(seed=0))
warnings.filterwarnings("ignore", "The model does not have any trainable weights")  # we know: see below

# %% [markdown]
# Two small players to try things on. G turns 3 numbers of noise into a point of the plane, D gives each point a raw score.
# And `gap` says how far apart two networks are. The tests use both, so leave these cells as they are.

# %% nbgrader={"grade": false, "grade_id": "players", "locked": true, "schema_version": 3, "solution": false, "task": false}
import keras
import numpy as np
import tensorflow as tf


def make_players(seed=0, normalized="", shift=0.0):
    """G and D, weights from a seed; those of "GD" that `normalized` names have BatchNormalization."""
    rng, networks = np.random.default_rng(seed), []
    for name, size, out in (("G", 3, 2), ("D", 2, 1)):
        between = [keras.layers.BatchNormalization(momentum=0.7)] if name in normalized else []
        parts = keras.layers.Dense(5), *between, keras.layers.LeakyReLU(0.2), keras.layers.Dense(out)
        networks.append(keras.Sequential([keras.Input((size,)), *parts], name=name))
        for weight in networks[-1].weights:
            value = rng.normal(size=weight.shape)
            weight.assign(np.exp(value / 2) if weight.name == "moving_variance" else value)
    networks[1].layers[-1].bias.assign([shift])  # shifts all of D's scores
    return networks


# %% nbgrader={"grade": false, "grade_id": "gap", "locked": true, "schema_version": 3, "solution": false, "task": false}
def gap(one, other):
    """The largest absolute difference between two networks, or two lists of weights."""
    lists = [map(keras.ops.convert_to_numpy, getattr(part, "weights", part)) for part in (one, other)]
    return max(float(np.abs(a - b).max()) for a, b in zip(*lists, strict=True))


# %%
generator, discriminator = make_players()
z = tf.constant(np.zeros((5, 3), "float32"))
print("scores of five generated points:", keras.ops.shape(discriminator(generator(z))))

# %% [markdown]
# ## Exercise 1: The detective (7 + 3 points)
#
# A round of training has been played. Who moved? A single number that says how far two lists of weights are apart does not
# tell a detective enough. A BatchNormalization layer has two kinds of numbers: `gamma` and `beta`, which an optimizer trains, and
# `moving_mean` and `moving_variance`, which drift along whenever the layer runs in training mode, without any optimizer. (A
# weight's `name` tells you which one it is.) A change of what an optimizer trains is *learning*, a change of the moving statistics is *drift*. Each can happen without the
# other.
#
# Write `who_moved(one_round, networks)`:
#
# * `one_round`: a function without arguments that does something to the networks. Call it once;
# * `networks`: a dictionary from names to Keras models;
# * returns a dictionary from the same names to pairs of floats `(learned, drifted)`: `learned` is the largest absolute change of a single number among all of the
# network's weights except the moving statistics, and `drifted` the largest among the moving statistics. 0.0 where nothing moved, or where there is
#   nothing of that kind;
# * a change, after minus before, that is not a finite number counts as `inf`. So a NaN that was NaN before this round counts
#   as `inf` again: an exploded network has moved, and its detective must not miss it (3 points).
#
# Do not trust a network's *flag*, its attribute `trainable`: a network that is marked as frozen may have moved all the same.


# %% nbgrader={"grade": false, "grade_id": "who_moved", "locked": false, "schema_version": 3, "solution": true, "task": false}
def who_moved(one_round, networks):
    """How far each network learned and drifted in one round: {name: (learned, drifted)}."""
    ### BEGIN SOLUTION
    before = {name: network.get_weights() for name, network in networks.items()}
    one_round()
    report = {}
    for name, network in networks.items():
        far = {"learned": [0.0], "drifted": [0.0]}
        pairs = zip(before[name], network.get_weights(), network.weights, strict=True)
        for old, new, weight in pairs:
            kind = "drifted" if weight.name.startswith("moving_") else "learned"
            change = np.abs(new - old).max()
            far[kind].append(float(change) if np.isfinite(change) else np.inf)
        report[name] = max(far["learned"]), max(far["drifted"])
    return report
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_who_moved", "locked": true, "points": 7, "schema_version": 3, "solution": false, "task": false}
def test_who_moved():
    import keras
    import numpy as np

    parts = [keras.layers.Dense(3), keras.layers.BatchNormalization(), keras.layers.Dense(2)]
    a = keras.Sequential([keras.Input((2,)), *parts])
    b = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    suspects = {"a": a, "b": b}

    def judge(what, one_round, a=(0, 0), b=(0, 0), networks=suspects):
        right, calls = {"a": a, "b": b}, []
        came = who_moved(lambda: [calls.append(1), one_round()][0], dict(networks))
        assert isinstance(came, dict), f"expected a dictionary; came {type(came).__name__}"
        assert set(came) == set(networks), f"expected the names {sorted(networks)}; came {sorted(came)}"
        assert len(calls) == 1, f"{what}: call one_round once; it was called {len(calls)} times"
        for name, pair in came.items():
            assert np.shape(pair) == (2,), (
                f"expected a pair (learned, drifted) for {name!r}; came {pair!r}"
            )
            assert np.allclose(np.array(pair, float), right[name], rtol=0, atol=1e-5), (
                f"{what}: (learned, drifted) of network {name!r} should be {right[name]}; came {pair}"
            )

    def add(change, layer, weight, index=0):
        """A round in which one number changes."""
        value = getattr(layer, weight).numpy()
        value.flat[index] += change
        getattr(layer, weight).assign(value)

    first, normalization, last = a.layers
    judge("nothing happened", lambda: None)
    judge("a bias rose", lambda: add(0.5, b.layers[0], "bias"), b=(0.5, 0))
    judge("a moving mean rose", lambda: add(3.0, normalization, "moving_mean", 1), a=(0, 3))
    ### BEGIN HIDDEN TESTS
    judge("a number of a kernel fell", lambda: add(-0.75, b.layers[0], "kernel", 1), b=(0.75, 0))
    judge("a number of the last kernel fell", lambda: add(-0.25, last, "kernel", 5), a=(0.25, 0))
    judge("gamma rose", lambda: add(0.5, normalization, "gamma", 2), a=(0.5, 0))
    judge("beta fell", lambda: add(-0.5, normalization, "beta", 2), a=(0.5, 0))
    judge("a moving variance fell", lambda: add(-0.5, normalization, "moving_variance", 1), a=(0, 0.5))

    def much():
        add(0.25, first, "kernel", 0), add(-0.5, first, "kernel", 3), add(0.125, last, "bias", 1)
        add(-2.0, normalization, "moving_mean", 0), add(-1.5, b.layers[0], "bias")

    judge("much moved", much, a=(0.5, 2), b=(1.5, 0))
    a.trainable = False
    judge("a is frozen, and moved", much, a=(0.5, 2), b=(1.5, 0))
    assert (a.trainable, b.trainable) == (False, True), "the detective changed a flag"
    judge("a was frozen and is thawed in the round", lambda: setattr(a, "trainable", True))
    judge("a layer is frozen in the round", lambda: setattr(first, "trainable", False))
    whole = {"a": keras.Sequential([keras.Input((2,)), a, b])}
    judge("a model in a model", much, a=(1.5, 2), networks=whole)
    ### END HIDDEN TESTS


test_who_moved()


# %% nbgrader={"grade": true, "grade_id": "test_who_moved_explosion", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
def test_who_moved_explosion():
    import keras
    import numpy as np

    parts = [keras.layers.Dense(3), keras.layers.BatchNormalization(), keras.layers.Dense(2)]
    a = keras.Sequential([keras.Input((2,)), *parts])
    b = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    suspects = {"a": a, "b": b}

    def judge(what, one_round, a=(0, 0), b=(0, 0), networks=suspects):
        right, calls = {"a": a, "b": b}, []
        came = who_moved(lambda: [calls.append(1), one_round()][0], dict(networks))
        assert isinstance(came, dict), f"expected a dictionary; came {type(came).__name__}"
        assert set(came) == set(networks), f"expected the names {sorted(networks)}; came {sorted(came)}"
        assert len(calls) == 1, f"{what}: call one_round once; it was called {len(calls)} times"
        for name, pair in came.items():
            assert np.shape(pair) == (2,), (
                f"expected a pair (learned, drifted) for {name!r}; came {pair!r}"
            )
            assert np.allclose(np.array(pair, float), right[name], rtol=0, atol=1e-5), (
                f"{what}: (learned, drifted) of network {name!r} should be {right[name]}; came {pair}"
            )

    def add(change, layer, weight, index=0):
        """A round in which one number changes."""
        value = getattr(layer, weight).numpy()
        value.flat[index] += change
        getattr(layer, weight).assign(value)

    _, normalization, last = a.layers
    judge("a weight became nan", lambda: add(np.nan, b.layers[0], "kernel"), b=(np.inf, 0))
    ### BEGIN HIDDEN TESTS
    judge("its bias, too", lambda: add(np.nan, b.layers[0], "bias"), b=(np.inf, 0))
    judge(
        "a mean became nan", lambda: add(np.nan, normalization, "moving_mean"), (0, np.inf), (np.inf, 0)
    )
    judge("a number became infinite", lambda: add(np.inf, last, "bias"), (np.inf, np.inf), (np.inf, 0))
    ### END HIDDEN TESTS


test_who_moved_explosion()

# %% [markdown]
# Try your detective on the trap of lesson 03. Here D is merely *asked* for scores in training mode; no optimizer is
# anywhere near.

# %%
generator, discriminator = make_players(normalized="D")
points = np.random.default_rng(0).normal(3, 1, size=(64, 2)).astype("float32")
report = who_moved(lambda: discriminator(points, training=True), {"discriminator": discriminator})
learned, drifted = report["discriminator"]
print(f"learned {learned:.1f}, drifted more than 0.01: {drifted > 0.01}")

# %% [markdown]
# ## Exercise 2: Held still, and put back (5 + 4 points)
#
# The `frozen` of lesson 03 lowers the flag, and raises it afterwards. Now imagine a discriminator whose first layers
# come from a pretrained network and *stay* frozen while the rest of it trains. Setting `network.trainable` sets the flag of every
# layer inside it as well. So after the first combined step all of its layers can be trained, the pretrained ones, too, and no message says so.
#
# Write the context manager `held_still(network)`:
#
# * `network`: a `keras.Sequential`;
# * inside the `with` block nothing in the network is trainable: `network.trainable_weights` is empty;
# * after the block the network, and every layer and every model in it, has the flag that it had before the block, up or down.
#   **This must be so when the block ends in an error, too.** The error itself must go on to the caller;
# * the layers can be `keras.Sequential` models themselves, to any depth; and `with` blocks can stand inside each other, for the same network or for a part of it (4 points).


# %% nbgrader={"grade": false, "grade_id": "held_still", "locked": false, "schema_version": 3, "solution": true, "task": false}
import contextlib


@contextlib.contextmanager
def held_still(network):
    """Freeze a network for the length of a `with` block, and put every flag back as it was."""
    ### BEGIN SOLUTION
    parts = [network]
    for part in parts:  # the list grows while we read it: the outermost first
        parts.extend(getattr(part, "layers", []))
    flags = [part.trainable for part in parts]
    network.trainable = False
    try:
        yield
    finally:
        for part, flag in zip(parts, flags, strict=True):
            part.trainable = flag
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_held_still", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
def test_held_still():
    import keras

    def stack(*parts, size=2):
        return keras.Sequential([keras.Input((size,)), *parts])

    def flags(part):
        inside = [flag for layer in getattr(part, "layers", []) for flag in flags(layer)]
        return [(part.name, part.trainable), *inside]

    def judge(what, network):
        before, entered = flags(network), False
        with held_still(network):
            entered, count = True, len(network.trainable_weights)
            assert count == 0, f"{what}: {count} weight arrays can be trained inside the block"
        assert entered, f"{what}: the block was not entered"
        off = [
            name for (name, was), (_, flag) in zip(before, flags(network), strict=True) if was != flag
        ]
        assert not off, f"{what}: after the block the flags of {off} are not what they were before"

    dense = keras.layers.Dense
    network = stack(dense(4, name="first"), dense(3, name="second"), dense(1, name="third"))
    judge("all flags up", network)
    network.layers[0].trainable = False
    judge("a frozen first layer", network)
    ### BEGIN HIDDEN TESTS
    went_on, before = False, flags(network)
    try:
        with held_still(network):
            raise ZeroDivisionError("from inside the block")
    except ZeroDivisionError:
        went_on = True
    assert went_on, "an error inside the block should go on to the caller; it was swallowed"
    assert flags(network) == before, f"after an error, expected flags {before}; came {flags(network)}"
    held_still(network)
    assert network.trainable, "the network froze before the with block began"
    ### END HIDDEN TESTS


test_held_still()


# %% nbgrader={"grade": true, "grade_id": "test_held_still_deep", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
def test_held_still_deep():
    import keras

    def stack(*parts, size=2):
        return keras.Sequential([keras.Input((size,)), *parts])

    def flags(part):
        inside = [flag for layer in getattr(part, "layers", []) for flag in flags(layer)]
        return [(part.name, part.trainable), *inside]

    def judge(what, network):
        before, entered = flags(network), False
        with held_still(network):
            entered, count = True, len(network.trainable_weights)
            assert count == 0, f"{what}: {count} weight arrays can be trained inside the block"
        assert entered, f"{what}: the block was not entered"
        off = [
            name for (name, was), (_, flag) in zip(before, flags(network), strict=True) if was != flag
        ]
        assert not off, f"{what}: after the block the flags of {off} are not what they were before"

    dense = keras.layers.Dense
    inner = stack(dense(4), keras.layers.BatchNormalization(), dense(3), size=4)
    deep = stack(stack(dense(4), inner), dense(1))
    judge("models in a model", deep)
    inner.layers[0].trainable = False
    judge("a frozen layer deep inside", deep)
    ### BEGIN HIDDEN TESTS
    inner.trainable = False
    judge("a frozen model inside", deep)
    inner.layers[2].trainable = True
    judge("an awake layer in a frozen model", deep)
    deep.trainable = False
    judge("all frozen before", deep)
    deep.layers[1].trainable = True
    judge("an awake layer in a frozen network", deep)
    other = stack(dense(4), dense(1))
    other.layers[1].trainable = False
    before = flags(other)
    with held_still(other):
        judge("a block in a block", other)
        assert not other.trainable_weights, "the inner block thawed what the outer one holds still"
    assert flags(other) == before, (
        f"after two nested blocks, expected flags {before}; came {flags(other)}"
    )
    ### END HIDDEN TESTS


test_held_still_deep()

# %% [markdown]
# ## Exercise 3: The repair shop (4 + 3 + 5 + 2 + 4 + 3 points)
#
# Three loops that somebody asked about in a forum. Each cell below runs without an error. Read the loop, look at the symptom, and write the
# repaired function. The first gives 4 + 3 points, the second 5 + 2, the third 4 + 3. (You may use your `held_still`, or just set
# the flag.)
#
# ### Late to the party
#
# "I trained D for a while, and only then built the combined model. From then on D learns differently. I have not
# touched it!"


# %%
def broken_attach(generator, discriminator, learning_rate):
    optimizer = keras.optimizers.SGD(learning_rate)
    discriminator.compile(optimizer, "binary_crossentropy")
    combined = keras.Sequential([generator, keras.models.clone_model(discriminator)])
    combined.compile(optimizer, "binary_crossentropy")
    return combined


# %%
generator, discriminator = make_players()
discriminator.compile(keras.optimizers.Adam(), keras.losses.BinaryCrossentropy(from_logits=True))
discriminator.train_on_batch(np.ones((8, 2)), np.ones((8, 1)))
before = discriminator.optimizer
combined = broken_attach(generator, discriminator, 0.1)
says = float(keras.losses.binary_crossentropy([[1.0]], [[-3.0]])[0])
print(f"symptom 1: D still has its own optimizer: {discriminator.optimizer is before}")
print(f"symptom 2: the combined model's D is D: {combined.layers[-1] is discriminator}")
print(f"symptom 3: the loss for a score of −3 is {says:.2f}; −log σ(−3) is {np.logaddexp(0, 3):.2f}")

# %% [markdown]
# Write `attach(generator, discriminator, learning_rate)`, which can be called **at any point of D's training**:
#
# * `discriminator` returns raw scores. It is compiled and may have taken steps; its flag may be up or down;
# * returns the combined model, a compiled Keras model of these very two networks, without copies. D goes on as if nothing had
#   happened: its weights, its flag, its optimizer and what that optimizer remembers are as they were (4 points);
# * a step of the combined model is a step of plain `SGD(learning_rate)` on the cross-entropy of raw scores (3 points).
#
# Freezing D around the combined step is left to the loop that will use it.


# %% nbgrader={"grade": false, "grade_id": "attach", "locked": false, "schema_version": 3, "solution": true, "task": false}
def attach(generator, discriminator, learning_rate):
    """The compiled combined model; D is left as it was."""
    ### BEGIN SOLUTION
    combined = keras.Sequential([generator, discriminator])
    own = keras.optimizers.SGD(learning_rate)
    combined.compile(own, keras.losses.BinaryCrossentropy(from_logits=True))
    return combined
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_attach", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
def test_attach():
    import keras
    import numpy as np

    def prepared(seed, shift=0.0, steps=1):
        """G, a D that has taken steps with Adam, samples for D, and noise."""
        (G, D), rng = make_players(seed, shift=shift), np.random.default_rng(seed)
        loss = keras.losses.BinaryCrossentropy(from_logits=True)
        D.compile(keras.optimizers.Adam(0.05), loss, jit_compile=False)
        x, z = (rng.normal(size=(6, width)).astype("float32") for width in (2, 3))
        for _ in range(steps):
            D.train_on_batch(x, np.ones((6, 1)))
        return G, D, x, z

    def attached(G, D, rate=0.1):
        optimizer, before, flag = D.optimizer, D.get_weights(), D.trainable
        combined = attach(G, D, rate)
        kind = type(combined).__name__
        assert isinstance(combined, keras.Model), f"expected the combined model; came {kind}"
        assert combined.compiled, "the combined model is not compiled"
        parts = {id(w) for w in (*G.weights, *D.weights)}
        came = {id(w) for w in combined.weights}
        assert came == parts, "the combined model should hold these two networks, no copies"
        assert D.optimizer is optimizer, "D has another optimizer now. Was D compiled again?"
        assert combined.optimizer is not optimizer, (
            "it took D's optimizer, which knows D's weights only"
        )
        assert D.trainable == flag, f"D's flag was {flag}; now it is {D.trainable}"
        assert gap(D, before) == 0, "D's weights have changed"
        return combined

    _ = attached(*prepared(0)[:2])
    ### BEGIN HIDDEN TESTS
    G, D, x, _ = prepared(1)
    attached(G, D)
    twin = prepared(1)[1]
    for network in (D, twin):
        network.train_on_batch(x, np.zeros((6, 1)))
    off = gap(D, twin)
    assert off < 1e-6, f"D's next step is off by {off:.1e} from that of a D without combined model"
    G, D, _, _ = prepared(3, steps=0)
    D.trainable = False
    attached(G, D)
    ### END HIDDEN TESTS


test_attach()


# %% nbgrader={"grade": true, "grade_id": "test_attach_step", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
def test_attach_step():
    import keras
    import numpy as np
    import tensorflow as tf

    def prepared(seed, shift=0.0, steps=1):
        """G, a D that has taken steps with Adam, samples for D, and noise."""
        (G, D), rng = make_players(seed, shift=shift), np.random.default_rng(seed)
        loss = keras.losses.BinaryCrossentropy(from_logits=True)
        D.compile(keras.optimizers.Adam(0.05), loss, jit_compile=False)
        x, z = (rng.normal(size=(6, width)).astype("float32") for width in (2, 3))
        for _ in range(steps):
            D.train_on_batch(x, np.ones((6, 1)))
        return G, D, x, z

    def step_of(seed, rate, shift):
        """A step of the combined model, compared with one that is taken by hand."""
        G, D, _, z = prepared(seed, shift)
        what = f"rate {rate}, scores near {shift}"
        combined = attach(G, D, rate)
        kind = type(combined).__name__
        assert isinstance(combined, keras.Model), f"expected the combined model; came {kind}"
        assert combined.compiled, "the combined model is not compiled"
        with tf.GradientTape() as tape:
            scores = D(G(z))
            loss = tf.reduce_mean(tf.nn.softplus(-scores))
        off = gap([combined(z)], [scores])
        assert off < 1e-4, f"{what}: it should return D's scores of G's samples; off by {off:.1e}"
        slopes = tape.gradient(loss, G.weights)
        expected = [w.numpy() - rate * slope for w, slope in zip(G.weights, slopes, strict=True)]
        D.trainable = False
        try:
            combined.train_on_batch(z, np.ones((6, 1)))
        except (KeyError, ValueError) as error:
            raise AssertionError(f"{what}: the combined step stopped with {error}") from error
        off = gap(expected, G)
        assert off < 1e-5, f"{what}: G is off by {off:.1e} after a step. Loss, optimizer, rate?"

    step_of(0, 0.1, 0)
    ### BEGIN HIDDEN TESTS
    step_of(1, 0.5, 0)
    step_of(2, 0.25, -10)
    ### END HIDDEN TESTS


test_attach_step()

# %% [markdown]
# ### The last batch
#
# "My D learns, I have checked it, round after round. But at the end of each epoch, when the batch is smaller because the data
# is used up, it does not move at all."


# %%
def broken_round(generator, discriminator, combined, real, z):
    ones, zeros = np.ones((len(real), 1)), np.zeros((len(real), 1))
    discriminator.train_on_batch(real, ones)
    discriminator.train_on_batch(generator.predict_on_batch(z), zeros)
    discriminator.trainable = False  # the combined step is G's
    combined.train_on_batch(z, ones)


# %%
def play_epoch(one_round, sizes=(16, 16, 16, 5)):
    """A round with a batch of each size; yields how far D moved."""
    players, rng = make_players(), np.random.default_rng(0)
    combined = keras.Sequential(players)
    for model in (players[1], combined):
        model.compile(keras.optimizers.SGD(0.1), keras.losses.BinaryCrossentropy(from_logits=True))
    for size in sizes:
        before = players[1].get_weights()
        one_round(*players, combined, rng.normal(size=(size, 2)), rng.normal(size=(size, 3)))
        yield gap(players[1], before)


print("D moved, round by round:", [moved > 0 for moved in play_epoch(broken_round)])

# %% [markdown]
# Write `repaired_round(generator, discriminator, combined, real, z)`: the same three calls of `train_on_batch` with the
# same labels in the same order, and nothing returned.
#
# * in both of D's own steps D moves, and G moves by exactly 0.0. In the combined step G
#   moves, and D moves by exactly 0.0. This is so for any size of batch, in any round, **whatever D's flag is when the round begins** (5 points);
# * D's flag is up when the round is over, even if the combined step ends in an error. This error goes on to the caller (2
#   points).


# %% nbgrader={"grade": false, "grade_id": "repaired_round", "locked": false, "schema_version": 3, "solution": true, "task": false}
def repaired_round(generator, discriminator, combined, real, z):
    """Two steps of D, then the combined step, with the flag right around each."""
    ### BEGIN SOLUTION
    ones, zeros = np.ones((len(real), 1)), np.zeros((len(real), 1))
    discriminator.trainable = True
    discriminator.train_on_batch(real, ones)
    discriminator.train_on_batch(generator.predict_on_batch(z), zeros)
    try:
        discriminator.trainable = False
        combined.train_on_batch(z, ones)
    finally:
        discriminator.trainable = True
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_repaired_round", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
def test_repaired_round():
    import keras
    import numpy as np
    import tensorflow as tf

    def play_rounds(seed, sizes, awake=True, judge=lambda *args: None):
        (G, D), rng, moved = make_players(seed), np.random.default_rng(seed), []
        combined = keras.Sequential([G, D])
        for model in (D, combined):
            loss = keras.losses.BinaryCrossentropy(from_logits=True)
            model.compile(keras.optimizers.SGD(0.05), loss, jit_compile=False)

        def watched(*args, train=combined.train_on_batch, **kwargs):
            before = D.get_weights()
            train(*args, **kwargs)
            moved.append(gap(D, before))

        combined.train_on_batch, D.trainable = watched, awake
        for number, size in enumerate(sizes, 1):
            real, z = (rng.normal(size=(size, width)).astype("float32") for width in (2, 3))
            before, flag = (G.get_weights(), D.get_weights()), "up" if D.trainable else "down"
            where = f"round {number}, {size} samples, flag {flag} before it"
            repaired_round(G, D, combined, real, z)
            assert len(moved) == number, f"{where}: expected one combined.train_on_batch a round"
            assert moved[-1] == 0, f"{where}: the combined step moved D by {moved[-1]:.2g}"
            assert gap(G, before[0]) > 0, f"{where}: G moved by 0.0"
            assert gap(D, before[1]) > 0, f"{where}: D moved by 0.0"
            assert D.trainable, f"{where}: D's flag is down when the round is over"
            judge(where, (G, D), before, real, z)
        return G, D, combined, real, z

    _ = play_rounds(0, (6, 3))

    ### BEGIN HIDDEN TESTS
    def compare(where, networks, before, real, z):
        twins = G, D = make_players()
        G.set_weights(before[0]), D.set_weights(before[1])
        made = G(z)
        for samples, sign, learner in ((real, -1, D), (made, 1, D), (None, -1, G)):
            with tf.GradientTape() as tape:
                scores = D(G(z) if samples is None else samples)
                loss = tf.reduce_mean(tf.nn.softplus(sign * scores))
            keras.optimizers.SGD(0.05).apply(tape.gradient(loss, learner.weights), learner.weights)
        for name, network, right in zip("GD", networks, twins, strict=True):
            off = gap(network, right)
            assert off < 1e-5, f"{where}: {name} is off by {off:.1e}. Labels, order, number of steps?"

    play_rounds(1, (6, 6, 3), awake=False, judge=compare)
    play_rounds(2, (4, 7, 4), judge=compare)
    ### END HIDDEN TESTS


test_repaired_round()


# %% nbgrader={"grade": true, "grade_id": "test_repaired_round_error", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
def test_repaired_round_error():
    import keras
    import numpy as np

    def after_an_error(seed, size, awake=True):
        """Whether D's flag is up after a round whose combined step ended in an error."""
        (G, D), rng = make_players(seed), np.random.default_rng(seed)
        combined = keras.Sequential([G, D])
        for model in (D, combined):
            loss = keras.losses.BinaryCrossentropy(from_logits=True)
            model.compile(keras.optimizers.SGD(0.05), loss, jit_compile=False)
        real, z = (rng.normal(size=(size, width)).astype("float32") for width in (2, 3))
        combined.train_on_batch, D.trainable, stopped = (
            None,
            awake,
            False,
        )  # calling None is a TypeError
        try:
            repaired_round(G, D, combined, real, z)
        except TypeError:
            stopped = True
        assert stopped, "expected that the error of the combined step goes on to the caller; none came"
        return D.trainable

    assert after_an_error(0, 6), "the combined step ended in an error, and D's flag stayed down"
    ### BEGIN HIDDEN TESTS
    for seed, size, awake in ((1, 3, False), (2, 5, True)):
        up = after_an_error(seed, size, awake)
        assert up, f"{size} samples: the combined step ended in an error, and D's flag stayed down"
    ### END HIDDEN TESTS


test_repaired_round_error()

# %% [markdown]
# ### Too calm
#
# "I want D's loss at every single batch, so I wrote a callback. It draws a beautiful, calm line. But from one batch to the
# next, my samples turn to garbage. Should I not see that in the loss?"


# %%
class BrokenLosses(keras.callbacks.Callback):
    def on_train_begin(self, logs=None):
        self.losses = []

    def on_train_batch_end(self, batch, logs=None):
        self.losses.append(logs["loss"])


# %%
def losses_by(callback):
    """D is shown 40 batches of real points; one in ten is garbage."""
    discriminator = make_players()[1]
    loss = keras.losses.BinaryCrossentropy(from_logits=True)
    discriminator.compile(keras.optimizers.SGD(1e-4), loss)
    points = np.random.default_rng(0).normal(size=(40, 16, 2))
    points[9::10] *= 50
    batches = {"batch_size": 16, "shuffle": False, "verbose": 0}
    discriminator.fit(points.reshape(640, 2), np.ones((640, 1)), callbacks=[callback], **batches)
    return callback.losses


calm = losses_by(BrokenLosses())
print(f"symptom: the last garbage lifts the line by {calm[39] - calm[38]:.2f}, to {calm[39]:.2f}")

# %% [markdown]
# (In Keras 3 before 3.15 the loss that `train_on_batch` returns has the same fault: it is a mean over all calls since the last `reset_metrics()`.)
#
# Write the callback `StepLosses`:
#
# * after `fit` its attribute `losses` is a list of floats, one for each batch of that `fit`, all epochs in a row;
# * each is the loss of **its own batch alone**, with the weights that the model had before that step (4 points);
# * it works for a model that was compiled with further `metrics`, when the last batch of an epoch is smaller, and when the same
#   object is used for a second `fit`, whose losses then take the place of the first one's (3 points);
# * it does not change what the model learns. (What `fit` shows and returns as its loss may change.)


# %% nbgrader={"grade": false, "grade_id": "step_losses", "locked": false, "schema_version": 3, "solution": true, "task": false}
class StepLosses(keras.callbacks.Callback):
    """Keeps the loss of every batch, by itself, in `losses`."""

    ### BEGIN SOLUTION
    def on_train_begin(self, logs=None):
        self.losses = []

    def on_train_batch_begin(self, batch, logs=None):
        self.model.reset_metrics()  # a new mean, over one batch

    def on_train_batch_end(self, batch, logs=None):
        self.losses.append(float(logs["loss"]))

    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_step_losses", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
def test_step_losses():
    import keras
    import numpy as np

    def judge(what, seed, count, epochs=1, fits=1, metrics=()):
        """One layer and SGD, batches of 4, in order: NumPy can follow."""
        rng, loss = np.random.default_rng(seed), keras.losses.BinaryCrossentropy(from_logits=True)
        model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
        model.set_weights([rng.normal(size=(2, 1)), rng.normal(size=1)])
        model.compile(keras.optimizers.SGD(0.1), loss, metrics=list(metrics), jit_compile=False)
        x, y = rng.normal(0, 4, (count, 2)), rng.integers(0, 2, (count, 1)).astype(float)
        (kernel, bias), callback = model.get_weights(), StepLosses()
        for _ in range(fits):
            options = {"batch_size": 4, "epochs": epochs, "shuffle": False, "verbose": 0}
            model.fit(x, y, callbacks=[callback], **options)
            expected = []
            for first in [*range(0, count, 4)] * epochs:
                some, labels = x[first : first + 4], y[first : first + 4]
                scores = some @ kernel + bias
                expected.append((np.logaddexp(0, scores) - labels * scores).mean())
                slope = (np.exp(-np.logaddexp(0, -scores)) - labels) / len(some)
                kernel, bias = kernel - 0.1 * some.T @ slope, bias - 0.1 * slope.sum(axis=0)
        came = getattr(callback, "losses", None)
        assert isinstance(came, list), f"expected a list `losses`; came {type(came).__name__}"
        assert len(came) == len(expected), f"{what}: expected {len(expected)} losses; came {len(came)}"
        for number, (right, got) in enumerate(zip(expected, came, strict=True), 1):
            assert isinstance(got, float | np.floating), f"expected floats; came {type(got).__name__}"
            off = abs(got - right)
            assert off < 1e-4, f"{what}: batch {number} alone has a loss of {right:.4f}; came {got:.4f}"
        off = gap(model, (kernel, bias))
        assert off < 1e-4, f"{what}: the model has learned something else; it is off by {off:.1e}"

    judge("three batches", 0, 12)
    ### BEGIN HIDDEN TESTS
    judge("two epochs", 1, 12, epochs=2)
    judge("one batch", 4, 4)
    ### END HIDDEN TESTS


test_step_losses()


# %% nbgrader={"grade": true, "grade_id": "test_step_losses_again", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
def test_step_losses_again():
    import keras
    import numpy as np

    def judge(what, seed, count, epochs=1, fits=1, metrics=()):
        """One layer and SGD, batches of 4, in order: NumPy can follow."""
        rng, loss = np.random.default_rng(seed), keras.losses.BinaryCrossentropy(from_logits=True)
        model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
        model.set_weights([rng.normal(size=(2, 1)), rng.normal(size=1)])
        model.compile(keras.optimizers.SGD(0.1), loss, metrics=list(metrics), jit_compile=False)
        x, y = rng.normal(0, 4, (count, 2)), rng.integers(0, 2, (count, 1)).astype(float)
        (kernel, bias), callback = model.get_weights(), StepLosses()
        for _ in range(fits):
            options = {"batch_size": 4, "epochs": epochs, "shuffle": False, "verbose": 0}
            model.fit(x, y, callbacks=[callback], **options)
            expected = []
            for first in [*range(0, count, 4)] * epochs:
                some, labels = x[first : first + 4], y[first : first + 4]
                scores = some @ kernel + bias
                expected.append((np.logaddexp(0, scores) - labels * scores).mean())
                slope = (np.exp(-np.logaddexp(0, -scores)) - labels) / len(some)
                kernel, bias = kernel - 0.1 * some.T @ slope, bias - 0.1 * slope.sum(axis=0)
        came = getattr(callback, "losses", None)
        assert isinstance(came, list), f"expected a list `losses`; came {type(came).__name__}"
        assert len(came) == len(expected), f"{what}: expected {len(expected)} losses; came {len(came)}"
        for number, (right, got) in enumerate(zip(expected, came, strict=True), 1):
            assert isinstance(got, float | np.floating), f"expected floats; came {type(got).__name__}"
            off = abs(got - right)
            assert off < 1e-4, f"{what}: batch {number} alone has a loss of {right:.4f}; came {got:.4f}"
        off = gap(model, (kernel, bias))
        assert off < 1e-4, f"{what}: the model has learned something else; it is off by {off:.1e}"

    judge("two fits with the same callback", 2, 8, fits=2)
    ### BEGIN HIDDEN TESTS
    judge("two epochs, a smaller last batch", 1, 10, epochs=2)
    judge("compiled with metrics", 3, 9, epochs=2, metrics=["mae"])
    ### END HIDDEN TESTS


test_step_losses_again()

# %% [markdown]
# The same batches, told by your callback.

# %%
honest = losses_by(StepLosses())
figure, ax = plt.subplots(figsize=(7, 3))
ax.plot(honest, color=plots.DISCRIMINATOR, marker=".", label="each batch alone")
ax.plot(calm, color=plots.ACCENT, ls="--", label="the forum's callback")
title = "Four alarms, and a line that hears less and less of them"
ax.set(xlabel="step", ylabel="D's loss, in nats", title=title)
ax.legend()
plt.show()


# %% [markdown]
# ## Exercise 4: D's step with gradients (8 + 4 points)
#
# From here on there is no flag. You take the gradients yourself and name the weights that move.
#
# Write `discriminator_step(generator, discriminator, optimizer, real, z)`, **one** step of the optimizer on
#
# $$-\frac1n \sum_{i=1}^n \log D(x^{(i)}) \;-\; \frac1m \sum_{j=1}^m \log\big(1 - D(G(z^{(j)}))\big), \qquad D = \sigma(\text{score})$$
#
# (line 5 of algorithm 1 with the sign that an optimizer minimizes):
#
# * `real`: float32 `(n, …)`; `z`: float32 `(m, latent)`; tensors or arrays. n and m need not be the same;
# * `optimizer`: a Keras optimizer that belongs to D. `optimizer.apply(gradients, weights)` takes a step;
# * moves D and nothing else: G stays as it is, to the last digit. (G has no BatchNormalization here);
# * returns that loss, as it was before the step: a number or a scalar tensor;
# * D may have BatchNormalization (4 points): both networks run in training mode. D gets first the real, then the
#   generated samples, as **two batches**, each by itself: its BatchNormalization must not average over both kinds, because in
#   G's step D gets generated samples alone, and should normalize them there as it does here.


# %% nbgrader={"grade": false, "grade_id": "discriminator_step", "locked": false, "schema_version": 3, "solution": true, "task": false}
def discriminator_step(generator, discriminator, optimizer, real, z):
    """One step of D on real samples and on samples that G makes from z; returns D's loss."""
    ### BEGIN SOLUTION
    fake = generator(z, training=True)
    with tf.GradientTape() as tape:
        on_real = discriminator(real, training=True)
        on_fake = discriminator(fake, training=True)
        loss = tf.reduce_mean(tf.nn.softplus(-on_real)) + tf.reduce_mean(tf.nn.softplus(on_fake))
    weights = discriminator.trainable_variables
    optimizer.apply(tape.gradient(loss, weights), weights)
    return loss
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_discriminator_step", "locked": true, "points": 8, "schema_version": 3, "solution": false, "task": false}
def test_discriminator_step():
    import keras
    import numpy as np
    import tensorflow as tf

    def take_step(what, networks, optimizer, real, z):
        """The loss that came, and how far D moved."""
        g, d = (network.get_weights() for network in networks)
        try:
            loss = discriminator_step(*networks, optimizer, real, z)
        except ValueError as error:
            raise AssertionError(f"{what}: the step stopped with {error}") from error
        assert loss is not None, "it returned nothing. Is there a return?"
        assert np.size(loss) == 1, f"{what}: expected the loss, one number; came shape {np.shape(loss)}"
        moved = gap(networks[0], g)
        assert moved == 0, f"{what}: D's step moved G by {moved:.2g}"
        return float(loss), gap(networks[1], d)

    def batches(seed, n, m):
        rng = np.random.default_rng(seed)
        return [tf.constant(rng.normal(0.5, 1, size), "float32") for size in ((n, 2), (m, 3))]

    (G, D), (real, z) = make_players(0), batches(0, 8, 5)
    scores = D(real).numpy(), D(G(z)).numpy()
    loss, moved = take_step("a first step", (G, D), keras.optimizers.SGD(0.001), real, z)
    assert moved > 0, "D moved by 0.0"
    after = np.logaddexp(0, -D(real).numpy()).mean() + np.logaddexp(0, D(G(z)).numpy()).mean()
    expected = np.logaddexp(0, -scores[0]).mean() + np.logaddexp(0, scores[1]).mean()
    rose = after - expected
    assert rose < 0, (
        f"after D's step its loss for these samples should be lower; it changed by {rose:+.1g}"
    )
    assert abs(loss - expected) < 1e-4, f"D's loss for these scores is {expected:.4f}; came {loss:.4f}"
    ### BEGIN HIDDEN TESTS
    for what, seed, n, m in (
        ("9 real and 2 generated samples", 2, 9, 2),
        ("1 real and 5 generated samples", 12, 1, 5),
        ("8 of each", 27, 8, 8),
    ):
        mine, (G, D) = make_players(seed), make_players(seed)
        optimizer, (real, z) = keras.optimizers.SGD(0.02), batches(seed, n, m)
        for number in (1, 2):
            loss, _ = take_step(f"{what}, step {number}", mine, optimizer, real, z)
            ours, theirs = D.trainable_variables, mine[1].trainable_variables
            with tf.GradientTape() as tape:
                right = tf.reduce_mean(tf.nn.softplus(-D(real, training=True)))
                right += tf.reduce_mean(tf.nn.softplus(D(G(z), training=True)))
            keras.optimizers.SGD(0.02).apply(tape.gradient(right, ours), ours)
            near = abs(loss - right) < 1e-3 * (1 + right)
            assert near, f"{what}: D's loss is {right:.5f}; came {loss:.5f}"
            off = gap(ours, theirs)
            assert off < 2e-4, (
                f"{what}: the loss is right, but after step {number} D is off by {off:.1e}"
            )
    ### END HIDDEN TESTS


test_discriminator_step()


# %% nbgrader={"grade": true, "grade_id": "test_discriminator_step_normalization", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
def test_discriminator_step_normalization():
    import keras
    import numpy as np
    import tensorflow as tf

    def take_step(what, networks, optimizer, real, z):
        """The loss that came, and how far D moved."""
        g, d = (network.get_weights() for network in networks)
        try:
            loss = discriminator_step(*networks, optimizer, real, z)
        except ValueError as error:
            raise AssertionError(f"{what}: the step stopped with {error}") from error
        assert loss is not None, "it returned nothing. Is there a return?"
        assert np.size(loss) == 1, f"{what}: expected the loss, one number; came shape {np.shape(loss)}"
        moved = gap(networks[0], g)
        assert moved == 0, f"{what}: D's step moved G by {moved:.2g}"
        return float(loss), gap(networks[1], d)

    def batches(seed, n, m):
        rng = np.random.default_rng(seed)
        return [tf.constant(rng.normal(0.5, 1, size), "float32") for size in ((n, 2), (m, 3))]

    normalized, what = "D", "D with BatchNormalization in training mode"
    mine, (real, z) = make_players(0, normalized), batches(0, 8, 8)
    take_step(what, mine, keras.optimizers.SGD(0.02), real, z)
    drifted = np.abs(
        mine[1].layers[1].moving_mean.numpy()
        - make_players(0, normalized)[1].layers[1].moving_mean.numpy()
    ).max()
    assert drifted > 0, "D's moving averages saw no batch: was it called with training=True?"
    ### BEGIN HIDDEN TESTS
    for seed, n, m in ((6, 6, 6), (7, 8, 4)):
        mine, (G, D) = make_players(seed, normalized), make_players(seed, normalized)
        optimizer, (real, z) = keras.optimizers.SGD(0.02), batches(seed, n, m)
        for number in (1, 2):
            loss, _ = take_step(f"{what}, step {number}", mine, optimizer, real, z)
            ours, theirs = D.trainable_variables, mine[1].trainable_variables
            with tf.GradientTape() as tape:
                right = tf.reduce_mean(tf.nn.softplus(-D(real, training=True)))
                right += tf.reduce_mean(tf.nn.softplus(D(G(z), training=True)))
            keras.optimizers.SGD(0.02).apply(tape.gradient(right, ours), ours)
            near = abs(loss - right) < 1e-4 * (1 + right)
            assert near, f"{what}: D's loss is {right:.5f}; came {loss:.5f}"
            off = gap(ours, theirs)
            assert off < 1e-5, (
                f"{what}: the loss is right, but after step {number} D is off by {off:.1e}"
            )
    ### END HIDDEN TESTS


test_discriminator_step_normalization()

# %% [markdown]
# ## Exercise 5: G's step, past BatchNormalization (7 + 6 points)
#
# Lesson 03 shows a dilemma for a D with BatchNormalization. If you freeze D in G's step, it normalizes with its moving averages. That is another
# function than the one that D trains. If you do not freeze D, it normalizes with the batch, as it should. But then its
# moving averages drift towards the generated samples, in a step that is not D's.
#
# Your step avoids both faults. Write `generator_step(generator, discriminator, optimizer, z)`, one step of the optimizer on the
# **non-saturating** loss
#
# $$-\frac1m \sum_{j=1}^m \log D(G(z^{(j)})), \qquad D = \sigma(\text{score})$$
#
# (Goodfellow et al. 2014, end of section 3):
#
# * `z`: float32 `(m, latent)`; `optimizer`: a Keras optimizer that belongs to G;
# * G moves by one step, and D does not move at all; D's flag is up when the step begins, and when it is over;
# * returns that loss, as it was before the step: a number or a scalar tensor;
# * both networks may have BatchNormalization (6 points), and both normalize with the statistics
# of this batch. G's moving averages move by one batch. D's do not: every one of its numbers is afterwards what it
#   was before. You can put them back afterwards, or call D in a way that does not write them.
#
# It need not run inside a `tf.function`.


# %% nbgrader={"grade": false, "grade_id": "generator_step", "locked": false, "schema_version": 3, "solution": true, "task": false}
def generator_step(generator, discriminator, optimizer, z):
    """One step of G on noise z; D is the same afterwards, to the last digit. Returns G's loss."""
    ### BEGIN SOLUTION
    kept = discriminator.get_weights()
    with tf.GradientTape() as tape:
        scores = discriminator(generator(z, training=True), training=True)
        loss = tf.reduce_mean(tf.nn.softplus(-scores))
    discriminator.set_weights(kept)  # the averages have moved; nothing else has
    weights = generator.trainable_variables
    optimizer.apply(tape.gradient(loss, weights), weights)
    return loss
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_generator_step", "locked": true, "points": 7, "schema_version": 3, "solution": false, "task": false}
def test_generator_step():
    import keras
    import numpy as np
    import tensorflow as tf

    def take_step(what, G, D, optimizer, z):
        before, flags = D.get_weights(), [layer.trainable for layer in (D, *D.layers)]
        try:
            loss = generator_step(G, D, optimizer, z)
        except ValueError as error:
            raise AssertionError(f"{what}: the step stopped with {error}") from error
        assert loss is not None, "it returned nothing. Is there a return?"
        assert np.size(loss) == 1, f"{what}: expected the loss, one number; came shape {np.shape(loss)}"
        for weight, old in zip(D.weights, before, strict=True):
            far = np.abs(weight.numpy() - old).max()
            assert far == 0, f"{what}: G's step moved D's {weight.name} by {far:.2g}"
        assert [layer.trainable for layer in (D, *D.layers)] == flags, (
            f"{what}: a flag of D has changed"
        )
        return float(loss)

    def noise(seed, m):
        return tf.constant(np.random.default_rng(seed).normal(size=(m, 3)), "float32")

    (G, D), z = make_players(0), noise(0, 16)
    scores, before = D(G(z)).numpy(), G.get_weights()
    loss = take_step("a first step", G, D, keras.optimizers.SGD(0.001), z)
    assert gap(G, before) > 0, "G moved by 0.0"
    expected = np.logaddexp(0, -scores).mean()
    rose = np.logaddexp(0, -D(G(z)).numpy()).mean() - expected
    assert rose < 0, (
        f"after G's step its loss for this noise should be lower; it changed by {rose:+.1g}"
    )
    assert abs(loss - expected) < 1e-4, f"G's loss for these scores is {expected:.4f}; came {loss:.4f}"
    ### BEGIN HIDDEN TESTS
    for what, seed, m in (("plain networks", 2, 7), ("one sample", 11, 1), ("20 samples", 27, 20)):
        mine, (G, D) = make_players(seed), make_players(seed)
        optimizer = keras.optimizers.SGD(0.02)
        for number in (1, 2):
            z = noise(10 * seed + number, m)
            loss, kept = take_step(f"{what}, step {number}", *mine, optimizer, z), D.get_weights()
            with tf.GradientTape() as tape:
                right = tf.reduce_mean(tf.nn.softplus(-D(G(z, training=True), training=True)))
            D.set_weights(kept)
            ours = G.trainable_variables
            keras.optimizers.SGD(0.02).apply(tape.gradient(right, ours), ours)
            near = abs(loss - right) < 1e-3 * (1 + right)
            assert near, f"{what}: G's loss is {right:.5f}; came {loss:.5f}"
            for weight, came in zip(G.weights, mine[0].weights, strict=True):
                off = gap([weight], [came])
                assert off < 2e-4, f"{what}, step {number}: G's {weight.name} is off by {off:.1e}"
    ### END HIDDEN TESTS


test_generator_step()


# %% nbgrader={"grade": true, "grade_id": "test_generator_step_normalization", "locked": true, "points": 6, "schema_version": 3, "solution": false, "task": false}
def test_generator_step_normalization():
    import keras
    import numpy as np
    import tensorflow as tf

    def take_step(what, G, D, optimizer, z):
        before, flags = D.get_weights(), [layer.trainable for layer in (D, *D.layers)]
        try:
            loss = generator_step(G, D, optimizer, z)
        except ValueError as error:
            raise AssertionError(f"{what}: the step stopped with {error}") from error
        assert loss is not None, "it returned nothing. Is there a return?"
        assert np.size(loss) == 1, f"{what}: expected the loss, one number; came shape {np.shape(loss)}"
        for weight, old in zip(D.weights, before, strict=True):
            far = np.abs(weight.numpy() - old).max()
            assert far == 0, f"{what}: G's step moved D's {weight.name} by {far:.2g}"
        assert [layer.trainable for layer in (D, *D.layers)] == flags, (
            f"{what}: a flag of D has changed"
        )
        return float(loss)

    def noise(seed, m):
        return tf.constant(np.random.default_rng(seed).normal(size=(m, 3)), "float32")

    _ = take_step(
        "D with BatchNormalization", *make_players(0, "D"), keras.optimizers.SGD(0.001), noise(0, 16)
    )
    ### BEGIN HIDDEN TESTS
    for what, seed, m, normalized in (
        ("G with BatchNormalization in training mode", 5, 8, "G"),
        ("D with BatchNormalization in training mode", 6, 8, "D"),
        ("both with BatchNormalization in training mode", 7, 9, "GD"),
    ):
        mine, (G, D) = make_players(seed, normalized), make_players(seed, normalized)
        optimizer = keras.optimizers.SGD(0.02)
        for number in (1, 2):
            z = noise(10 * seed + number, m)
            loss, kept = take_step(f"{what}, step {number}", *mine, optimizer, z), D.get_weights()
            with tf.GradientTape() as tape:
                right = tf.reduce_mean(tf.nn.softplus(-D(G(z, training=True), training=True)))
            D.set_weights(kept)
            ours = G.trainable_variables
            keras.optimizers.SGD(0.02).apply(tape.gradient(right, ours), ours)
            near = abs(loss - right) < 1e-4 * (1 + right)
            assert near, f"{what}: G's loss is {right:.5f}; came {loss:.5f}"
            for weight, came in zip(G.weights, mine[0].weights, strict=True):
                off = gap([weight], [came])
                assert off < 1e-5, f"{what}, step {number}: G's {weight.name} is off by {off:.1e}"
    ### END HIDDEN TESTS


test_generator_step_normalization()

# %% [markdown]
# ## Exercise 6: A round of algorithm 1, with k (4 + 2 points)
#
# One iteration of algorithm 1 (Goodfellow et al. 2014; lesson 04 prints it) from one batch of data: k steps of D, each on samples
# of its own, then a step of G.
#
# Write `one_round(d_step, g_step, noise, real, k)`. You are handed the steps:
#
# * `d_step(x, z)` takes a step of D on real samples x and noise z, `g_step(z)` a step of G on noise z; each returns its loss;
# * `noise(count)` draws fresh noise, `(count, latent)`;
# * `real`: an array of real samples, `(k·m, …)`. Each of D's k steps gets m of them, and all of them are used, each once;
# * every step, D's or G's, gets fresh noise of its own, m of it: G is not trained on what D has just seen;
# * returns a pair of floats: the mean of D's k losses, and G's loss;
# * where k is not at least 1, or does not divide the number of real samples, it raises a `ValueError` that says so, **before**
#   any step is taken (2 points). `k` is a whole number.


# %% nbgrader={"grade": false, "grade_id": "one_round", "locked": false, "schema_version": 3, "solution": true, "task": false}
def one_round(d_step, g_step, noise, real, k):
    """k steps of D on parts of `real`, one step of G, fresh noise for each; the mean D loss and G's."""
    ### BEGIN SOLUTION
    if k < 1 or len(real) % k:
        raise ValueError(f"Expected k ≥ 1 that divides {len(real)} samples. Received: k = {k}.")
    m = len(real) // k
    d_losses = [float(d_step(real[i * m : (i + 1) * m], noise(m))) for i in range(k)]
    return float(np.mean(d_losses)), float(g_step(noise(m)))
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_one_round", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
def test_one_round():
    import numpy as np

    def play_round(n, k, shape=(2,)):
        """A round whose steps write down what they get. Samples and noise are numbered."""
        steps, drawn = [], []
        real = (np.arange(n).reshape(n, *[1 for _ in shape]) * np.ones(shape)).astype("float32")

        def noise(count):
            drawn.extend(range(len(drawn), len(drawn) + count))
            return np.outer(drawn[len(drawn) - count :], np.ones(3))

        def d_step(x, z):
            steps.append(("D", np.array(x), np.array(z)))
            return np.float32(len(steps) ** 2)

        def g_step(z):
            steps.append(("G", None, np.array(z)))
            return np.float32(0.25)

        return one_round(d_step, g_step, noise, real, k), steps

    def judge(n, k, shape=(2,)):
        (came, steps), m, what = play_round(n, k, shape), n // k, f"{n} real samples, k = {k}"
        names = "".join(name for name, _, _ in steps)
        assert isinstance(came, tuple | list | np.ndarray), (
            f"expected a pair; came {type(came).__name__}"
        )
        assert names == "D" * k + "G", (
            f"{what}: expected the steps {'D' * k + 'G'}; came {names or 'none'}"
        )
        for number, (_, x, z) in enumerate(steps, 1):
            assert z.shape == (m, 3), (
                f"{what}: step {number} needs noise of shape {(m, 3)}; came {z.shape}"
            )
            good = x is None or x.shape == (m, *shape)
            assert good, f"{what}: step {number} needs samples {(m, *shape)}; came {np.shape(x)}"
        seen = [number for _, _, z in steps for number in z[:, 0]]
        assert len(set(seen)) == len(seen), f"{what}: some noise was given to two steps"
        shown = sorted(int(number) for _, x, _ in steps[:-1] for number in x.reshape(m, -1)[:, 0])
        assert shown == [*range(n)], f"{what}: D should see each sample once; it saw number {shown[:9]}"
        shapes = [np.shape(part) for part in came]
        assert shapes == [(), ()], (
            f"{what}: expected two numbers, D's mean loss and G's loss; came {came!r}"
        )
        right, pair = (float(np.mean(np.arange(1, k + 1) ** 2)), 0.25), tuple(map(float, came))
        assert np.allclose(pair, right), (
            f"{what}: D's losses are 1, 4, …, G's 0.25: {right}; came {pair}"
        )

    judge(4, 1)
    judge(6, 2)
    ### BEGIN HIDDEN TESTS
    for n, k, shape in ((20, 5, (2,)), (4, 4, (2,)), (1, 1, (3,)), (6, 3, (4, 4, 1)), (12, 3, (1,))):
        judge(n, k, shape)
    ### END HIDDEN TESTS


test_one_round()


# %% nbgrader={"grade": true, "grade_id": "test_one_round_refuses", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
def test_one_round_refuses():
    import numpy as np

    def refused(n, k):
        """A round with a k that does not fit."""
        steps, said = [], "no error"

        def step(*args, steps=steps):
            steps.append(args)

        try:
            one_round(step, step, lambda count: np.zeros((abs(count), 3)), np.zeros((n, 2)), k)
        except Exception as error:  # whatever it was, its name goes into the message
            said = "ValueError" if isinstance(error, ValueError) else type(error).__name__
        assert not steps, f"{n} samples, k = {k}: {len(steps)} steps were taken before the end"
        assert said == "ValueError", f"{n} samples, k = {k}: expected a ValueError; came {said}"

    refused(7, 2)
    ### BEGIN HIDDEN TESTS
    for n, k in ((3, 5), (4, 0), (4, -2)):
        refused(n, k)
    ### END HIDDEN TESTS


test_one_round_refuses()

# %% [markdown]
# All together: your round with your two steps, k = 1, on a D with BatchNormalization, against the package's `GAN`, which lesson
# 04 trained with `fit`. Same weights, same data, same noise, plain SGD, three rounds. (The noise is the same if you call
# `noise` once for each step, in the order of the steps. If you draw it otherwise, this cell says False, and that is no fault.)

# %%
from gan_course.gan import GAN

sgd = [keras.optimizers.SGD(0.05) for _ in range(4)]
(G, D), twins = make_players(1, "D"), make_players(1, "D")
package, dice = GAN(*twins, seed=5), GAN(*make_players(), seed=5)
package.compile(*sgd[:2])
points = np.random.default_rng(0).normal(size=(3, 8, 2)).astype("float32")
package.fit(points.reshape(24, 2), batch_size=8, shuffle=False, verbose=0)
for batch in points:
    one_round(
        lambda x, z: discriminator_step(G, D, sgd[2], x, z),
        lambda z: generator_step(G, D, sgd[3], z),
        *(dice.noise, batch, 1),
    )

# %%
print(
    f"largest gap, moving averages included, below 1e-5: {gap(G, twins[0]) < 1e-5}, {gap(D, twins[1]) < 1e-5}"
)

# %% [markdown]
# ## Exercise 7: The classic round, translated (8 + 9 points)
#
# Here is the classic round as it should be, with the combined model.


# %%
def classic_round(generator, discriminator, combined, real, z):
    ones, zeros = np.ones((len(real), 1)), np.zeros((len(z), 1))
    discriminator.trainable = True
    discriminator.train_on_batch(real, ones)
    discriminator.train_on_batch(generator.predict_on_batch(z), zeros)
    discriminator.trainable = False
    combined.train_on_batch(z, np.ones((len(z), 1)))
    discriminator.trainable = True


# %% [markdown]
# Translate it. Write `translated_round(generator, discriminator, d_optimizer, g_optimizer, real, z)`, which does the same with gradients: **no `compile`, no `train_on_batch`, no combined model, and the flag is never touched.** If both rounds start from the same weights, then all weights must be the same at the end, to within
# 1e-5, and the moving averages, too. (With BatchNormalization the tests use SGD. A bias just before BatchNormalization has a gradient of 0, and Adam
# would make large steps of its rounding errors.)
#
# * `real`: float32 `(n, …)`, `z`: float32 `(m, latent)`, n and m need not be the same;
# * `d_optimizer`, `g_optimizer`: Keras optimizers, one for each network: what the two `compile` calls had;
# * both flags are up when the round begins; nothing is returned.
#
# The networks of the first test have no BatchNormalization: count the steps, and ask for each step which samples and which labels it uses. In the
# second test both networks have it. Then look at each place where `classic_round` calls a network: does the network normalize with its batch there, or with its moving averages?


# %% nbgrader={"grade": false, "grade_id": "translated_round", "locked": false, "schema_version": 3, "solution": true, "task": false}
def translated_round(generator, discriminator, d_optimizer, g_optimizer, real, z):
    """What classic_round does, with gradients."""
    ### BEGIN SOLUTION
    fake = generator(z, training=False)  # predict_on_batch
    weights = discriminator.trainable_variables
    for samples, sign in ((real, -1), (fake, 1)):
        with tf.GradientTape() as tape:
            scores = discriminator(samples, training=True)
            loss = tf.reduce_mean(tf.nn.softplus(sign * scores))
        d_optimizer.apply(tape.gradient(loss, weights), weights)
    weights = generator.trainable_variables
    with tf.GradientTape() as tape:  # a frozen BatchNormalization is in inference mode
        scores = discriminator(generator(z, training=True), training=False)
        loss = tf.reduce_mean(tf.nn.softplus(-scores))
    g_optimizer.apply(tape.gradient(loss, weights), weights)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_translated_round", "locked": true, "points": 8, "schema_version": 3, "solution": false, "task": false}
def test_translated_round():
    import keras
    import numpy as np
    import tensorflow as tf

    def judge(what, seed, n, m, make=lambda: keras.optimizers.SGD(0.05), rounds=1):
        """The same rounds twice, by Keras' combined model and by the translation."""
        (G, D), mine, rng = make_players(seed), make_players(seed), np.random.default_rng(seed)
        combined, optimizers = keras.Sequential([G, D]), (make(), make())
        for model in (D, combined):
            model.compile(make(), keras.losses.BinaryCrossentropy(from_logits=True), jit_compile=False)
        for _ in range(rounds):
            real, z = (rng.normal(size=size).astype("float32") for size in ((n, 2), (m, 3)))
            try:
                translated_round(*mine, *optimizers, tf.constant(real), tf.constant(z))
            except ValueError as error:
                raise AssertionError(f"{what}: the round stopped with {error}") from error
            assert all(network.trainable for network in mine), f"{what}: a flag is down after the round"
            assert not any(network.compiled for network in mine), f"{what}: a network was compiled"
            D.train_on_batch(real, np.ones((n, 1)))
            D.train_on_batch(G.predict_on_batch(z), np.zeros((m, 1)))
            D.trainable = False
            combined.train_on_batch(z, np.ones((m, 1)))
            D.trainable = True
        came = [int(optimizer.iterations) for optimizer in optimizers]
        assert came == [2 * rounds, rounds], (
            f"{what}: D's and G's optimizer should take {2 * rounds} and {rounds} steps; came {came}"
        )
        hint = "Which samples, which label, which order?"
        for name, right, network in zip("DG", (D, G), reversed(mine), strict=True):
            for weight, got in zip(right.weights, network.weights, strict=True):
                off = gap([weight], [got])
                assert off < 1e-5, f"{what}: {name}'s {weight.name} is off by {off:.1e}. {hint}"

    judge("8 real and 8 generated samples", 0, 8, 8)
    ### BEGIN HIDDEN TESTS
    momentum = {"learning_rate": 0.02, "momentum": 0.9}
    judge(
        "7 real and 3 generated samples, momentum", 2, 7, 3, lambda: keras.optimizers.SGD(**momentum), 3
    )
    judge("Adam", 3, 6, 6, lambda: keras.optimizers.Adam(0.01, epsilon=1e-3))
    ### END HIDDEN TESTS


test_translated_round()


# %% nbgrader={"grade": true, "grade_id": "test_translated_normalization", "locked": true, "points": 9, "schema_version": 3, "solution": false, "task": false}
def test_translated_normalization():
    import keras
    import numpy as np
    import tensorflow as tf

    def judge(what, seed, n, m, make=lambda: keras.optimizers.SGD(0.05), rounds=1):
        """The same rounds twice, by Keras' combined model and by the translation."""
        (G, D), mine, rng = (
            make_players(seed, "GD"),
            make_players(seed, "GD"),
            np.random.default_rng(seed),
        )
        combined, optimizers = keras.Sequential([G, D]), (make(), make())
        for model in (D, combined):
            model.compile(make(), keras.losses.BinaryCrossentropy(from_logits=True), jit_compile=False)
        for _ in range(rounds):
            real, z = (rng.normal(size=size).astype("float32") for size in ((n, 2), (m, 3)))
            try:
                translated_round(*mine, *optimizers, tf.constant(real), tf.constant(z))
            except ValueError as error:
                raise AssertionError(f"{what}: the round stopped with {error}") from error
            assert all(network.trainable for network in mine), f"{what}: a flag is down after the round"
            assert not any(network.compiled for network in mine), f"{what}: a network was compiled"
            D.train_on_batch(real, np.ones((n, 1)))
            D.train_on_batch(G.predict_on_batch(z), np.zeros((m, 1)))
            D.trainable = False
            combined.train_on_batch(z, np.ones((m, 1)))
            D.trainable = True
        came = [int(optimizer.iterations) for optimizer in optimizers]
        assert came == [2 * rounds, rounds], (
            f"{what}: D's and G's optimizer should take {2 * rounds} and {rounds} steps; came {came}"
        )
        hint = "In which mode did each call run?"
        for name, right, network in zip("DG", (D, G), reversed(mine), strict=True):
            for weight, got in zip(right.weights, network.weights, strict=True):
                off = gap([weight], [got])
                assert off < 1e-5, f"{what}: {name}'s {weight.name} is off by {off:.1e}. {hint}"

    judge("8 real and 8 generated samples, BatchNormalization in both", 10, 8, 8)
    ### BEGIN HIDDEN TESTS
    judge("9 real and 4 generated samples, BatchNormalization in both, two rounds", 11, 9, 4, rounds=2)
    ### END HIDDEN TESTS


test_translated_normalization()

# %% [markdown]
# So that is what the combined model does to a discriminator with BatchNormalization, line by line. The step of exercise 5 is the
# cure, and `gan_course.gan.GAN` takes it: there a step changes its own network alone.
#
# ## Exercise 8: "G has won" (12 points)
#
# A classmate follows a tutorial from 2017, with Keras 3 on TensorFlow. He compiles D, sets `discriminator.trainable = False`
# once, builds and compiles the combined model, and then starts his loop: `train_on_batch` of D on real samples, of D on
# generated ones, of the combined model. D has BatchNormalization. In 2,000 rounds D's loss, the sum of both its steps,
# rises from 1.4 to 3.7, and G's loss falls from 0.7 to 0.05. "G has won," he says. "D is wrong nearly always, so the samples
# must be excellent."
#
# Answer him, in 200 to 300 words.
#
# | points | for |
# |---|---|
# | 3 | who learns in each of the three calls of a round, and which moment decides it: the line with the flag, `compile`, or another |
# | 3 | why both losses move as they do although one player never plays, and why this says nothing about the samples |
# | 3 | one measurement that proves it in a single round, with what you expect for D and for G, learned and drifted: 0.0, or more than 0 (his G has no BatchNormalization); and the repair |
# | 3 | the repaired loop: with which statistics does D's BatchNormalization work in the combined step, is this the D that its own steps train, and what does the step of exercise 5 do instead |

# %% [markdown] nbgrader={"grade": true, "grade_id": "answer_g_has_won", "locked": false, "points": 12, "schema_version": 3, "solution": true, "task": false}
# **Who learns.** Keras 3 reads `trainable` when a model trains, not when it was compiled; on TensorFlow, when the step is traced, at
# the model's first call with a batch of this size. The flag was down by then, and it is D's own. So both calls of D change
# none of its weights. The combined step changes G alone. One player plays.
#
# **The losses.** D is a random function that stays as it was. G climbs it: its loss −log D(G(z)) falls to 0.05, so D says 0.95 to
# the samples. D's loss on them is then −log 0.05 = 3.0, and about 0.7 remains for the real ones: 3.7. The samples lie where a
# *random* D happens to be high. Nothing in D knows the data, so G has heard nothing of it.
#
# **The measurement.** `who_moved` around one round: D (0, 0), learned and drifted, since a frozen BatchNormalization runs in inference
# mode; G learned more than 0. Or compare D's `get_weights` before and after: the same to the last digit. Repair: raise the
# flag before D's two calls, lower it around the combined step alone.
#
# **BatchNormalization.** In the combined step D is frozen, so it normalizes with its moving averages. D itself trains with the
# statistics of each batch. So G's loss is one against another function than the one that D has learned to be, and the more so
# the faster G's samples move. Exercise 5 calls D in training mode, takes only G's gradient, and puts D's averages back.

# %% [markdown]
# ## Before you hand in
#
# * Kernel > Restart and Run All: does everything run from the top, in less than a minute?
# * Does every test cell run through without an error? A test that fails costs its own points only, but Run All stops
#   there: run the cells after it by hand.
# * Is the written answer in its cell?
# * Nothing deleted, renamed or moved; then save, and hand in the `.ipynb`.
