# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 03 · The combined model
#
# [![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)](https://colab.research.google.com/github/gan-course/gan-course/blob/main/notebooks/03_the_combined_model.ipynb)
#
# **The one idea: to train the generator, stack it under the discriminator and ask for label 1, with the
# discriminator held still for exactly that step.**
#
# After this lesson you will be able to
#
# * stack generator and discriminator into one model, and say which weights it trains;
# * say what the classic Keras recipe does on today's Keras, why, and how to catch such things in a minute;
# * write the step that works, with the combined model and with gradients, and show that both do the same.
#
# It takes about 40 minutes to read; its cells run in about 40 seconds on two CPU cores. You should know what
# V(D, G) is ([lesson 02](02_the_objective_function.ipynb)).

# %% tags=["nbval-ignore-output"]
# Where the course package is missing, on Colab for example, this cell installs it first.
import importlib.util

if importlib.util.find_spec("gan_course") is None:
    print("Installing gan_course from https://github.com/gan-course/gan-course")
    # %pip install --quiet git+https://github.com/gan-course/gan-course

import warnings

import matplotlib.pyplot as plt
import numpy as np

from gan_course import data, plots, runtime
from gan_course.checks import lesson_03 as check

plots.use_style()
runtime.select_backend("tensorflow")  # this lesson takes gradients with TensorFlow
print(runtime.configure(seed=0))

# %% [markdown]
# ## Two networks
#
# The generator turns 16 numbers of noise into a picture of 8 × 8 pixels. It ends in tanh, so its pixels lie in
# [−1, 1] like those of the data. The discriminator turns a picture into one raw score; positive means "real".
# The sigmoid that would make it a probability lives in the loss, `from_logits=True`, where it is safe (lesson
# 02, exercise 4).

# %%
import keras
from keras import layers

LATENT = 16


def make_generator():
    hidden = [layers.Dense(128), layers.LeakyReLU(0.2), layers.Dense(128), layers.LeakyReLU(0.2)]
    last = [layers.Dense(64, activation="tanh"), layers.Reshape((8, 8, 1))]
    return keras.Sequential([keras.Input((LATENT,)), *hidden, *last], name="generator")


# %%
def make_discriminator():
    hidden = [layers.Dense(128), layers.LeakyReLU(0.2), layers.Dense(64), layers.LeakyReLU(0.2)]
    return keras.Sequential(
        [keras.Input((8, 8, 1)), layers.Flatten(), *hidden, layers.Dense(1)], name="discriminator"
    )


loss = keras.losses.BinaryCrossentropy(from_logits=True)
images, _ = data.load("digits")

# %% [markdown]
# ## A teacher for the generator
#
# Training D is ordinary: pictures in, labels 1 and 0, cross-entropy. But how do you train G? There is no right
# answer to compare its pictures with. All there is, is D's opinion.
#
# So let the opinion be the loss. Put D on top of G; the stack takes noise and returns a score. Ask that stack
# for the label **1, always**: "D should say real". The gradient flows from the loss down through D into G, and
# tells each pixel which way to change to look more real. With label 1 the cross-entropy is −log D(G(z)): the
# non-saturating loss of lesson 02.

# %%
boxes = {
    "z": (0, 0, "noise z", plots.MUTED),
    "G": (1.4, 0, "generator\n(learns)", plots.GENERATED),
    "D": (2.9, 0, "discriminator\n(held still)", plots.DISCRIMINATOR),
    "L": (4.4, 0, "cross-entropy\nwith label 1", plots.ACCENT),
}
arrows = [("z", "G", ""), ("G", "D", "picture"), ("D", "L", "score")]
plots.boxes_and_arrows(boxes, arrows, size=(8, 1.8)).set_title(
    "The combined model: one stack, one learner"
)
plt.show()

# %% [markdown]
# D has to be *held still* in this step, or it would be trained to call fakes real. Keras has a flag for that,
# `trainable`. Here is what it does to the number of weights that may be trained.
#
# **Predict before you run:** what happens to the *discriminator's own* counts when we lower its flag?

# %%
generator, discriminator = make_generator(), make_discriminator()
combined = keras.Sequential([generator, discriminator], name="combined")


def count(weights):
    return int(sum(np.prod(w.shape) for w in weights))


for flag in (True, False):
    discriminator.trainable = flag
    print(f"discriminator.trainable = {flag}")
    for model in (generator, discriminator, combined):
        moving, still = count(model.trainable_weights), count(model.non_trainable_weights)
        print(f"  {model.name:13} {moving:6} trainable  {still:6} not trainable")

# %% [markdown]
# The stack keeps 26,944 weights to train, the generator's. That is what we wanted. But look at the middle line:
# the discriminator itself has **none left**. It is one object, in the stack and outside it; there is no second
# copy with a flag of its own.

# %% [markdown]
# ### Exercise 1: the weighing scale
#
# To see who learns we need a scale. Write it: the largest absolute change between two lists of arrays, as
# `get_weights()` returns them. (We go on with our own, a few cells below; try yours first.)


# %%
def movement(before, after):
    return ...  # your lines here


check.movement(movement)
# check.movement.hint()
# check.movement.solution()

# %% [markdown]
# ## The classic recipe
#
# These are the moves of a recipe that was copied for years, here after a well-known collection, Keras-GAN,
# comment included; only the loss takes raw scores. Compile D. Lower its flag. Build the stack, compile it. Then
# take turns.


# %%
def classic_build(generator, discriminator):
    discriminator.compile(keras.optimizers.Adam(2e-4, beta_1=0.5), loss)
    discriminator.trainable = False  # "for the combined model we will only train the generator"
    combined = keras.Sequential([generator, discriminator])
    combined.compile(keras.optimizers.Adam(2e-4, beta_1=0.5), loss)
    return combined


# %%
def classic_round(generator, discriminator, combined, real, z):
    ones, zeros = np.ones((len(real), 1)), np.zeros((len(real), 1))
    discriminator.train_on_batch(real, ones)
    d_loss = discriminator.train_on_batch(generator.predict_on_batch(z), zeros)
    g_loss = combined.train_on_batch(z, ones)
    return d_loss, g_loss


# %% [markdown]
# **Predict before you run:** 300 rounds. How far will the discriminator's weights move? And the generator's?


# %%
def train(build, one_round, rounds, seed=0):
    """Fresh players, some rounds; returns the players, the losses, and what was warned about."""
    keras.utils.set_random_seed(seed)
    rng = np.random.default_rng(seed)
    players = make_generator(), make_discriminator()
    combined, losses = build(*players), []
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for _ in range(rounds):
            for model in (players[1], combined):
                model.reset_metrics()  # before Keras 3.15 losses are means since the last reset
            real = images[rng.integers(len(images), size=64)]
            z = rng.normal(size=(64, LATENT)).astype("float32")
            losses.append(one_round(*players, combined, real, z))
    return *players, np.array(losses), {str(w.message).splitlines()[0] for w in caught}


# %%
def moved(network, before):
    return max(np.abs(new - old).max() for old, new in zip(before, network.get_weights(), strict=True))


keras.utils.set_random_seed(0)
g_start = make_generator().get_weights()  # what seed 0 begins with
d_start = make_discriminator().get_weights()
classic_g, classic_d, classic_losses, complaints = train(classic_build, classic_round, rounds=300)
print(f"after 300 rounds the discriminator has moved by {moved(classic_d, d_start)}")
print(f"and the generator by more than 0.01: {moved(classic_g, g_start) > 0.01}")

# %% [markdown]
# **Exactly 0.0.** Not one of the discriminator's weights has changed in any digit. The police have slept
# through the whole film; the counterfeiter has spent 300 rounds pleasing a random network. And the program ran
# to its end, printed losses, and could have saved its pictures.
#
# Did nobody say anything? Here is what Keras had to say on this backend:

# %% tags=["nbval-ignore-output"]
print(f"backend: {keras.config.backend()}, Keras {keras.__version__}")
print("\n".join(complaints) or "not a word")

# %% [markdown]
# One warning, easily lost among the lines that a training run prints. (On JAX there is none at all.)
#
# ## Why
#
# In Keras 2 `compile` took a snapshot of the weights to train. D was compiled with its flag up, so its own
# `train_on_batch` trained it, whatever happened to the flag later; the stack was compiled with the flag down.
# One object, two snapshots. The recipe lived on that side effect.
#
# Keras 3 takes no snapshot. The flag counts **when training runs**, and when D's own `train_on_batch` runs, the
# flag has been down for long. When exactly it is read depends on the backend. JAX and PyTorch look at every
# call. TensorFlow looks when it *traces* the step, that is, turns it into a graph: at a model's first call, and
# again for a batch of another size. In between it remembers.
#
# **Predict before you run (on TensorFlow):** D's flag is down at its first step. Then we raise it and take
# another step. Then one with a smaller batch. Which steps move D?

# %%
real, ones = images[:64], np.ones((64, 1))


def d_step(network, size=64):
    before = network.get_weights()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        network.train_on_batch(real[:size], ones[:size])
    return moved(network, before)


# %%
sleeper = make_discriminator()
sleeper.compile(keras.optimizers.SGD(0.1), loss)
sleeper.trainable = False
print(f"flag down, batch of 64:               moved by {d_step(sleeper)}")
sleeper.trainable = True
print(f"flag up again, batch of 64:           moved by {d_step(sleeper)}")
print(f"flag up, batch of 32:                 moved: {d_step(sleeper, 32) > 0}")
print(f"flag up, batch of 64 as before:       moved by {d_step(sleeper)}")
sleeper.compile(keras.optimizers.SGD(0.1), loss)
print(f"compiled again, batch of 64:          moved: {d_step(sleeper) > 0}")

# %% [markdown]
# Did you expect the second line? And the third and fourth, where the size of the batch decides who learns? (JAX
# and PyTorch stop with an error at the second line: the optimizer was built for no weights at all.) So the rule
# that is right on every backend and in every order is:
#
# > **The flag has to be right around every single training call, from the first one on.**
#
# ## How to notice in a minute
#
# Three habits, each a line or two, would have caught this.
#
# 1. **Count.** `len(discriminator.trainable_weights)` just before the loop. 0 means that it will not learn.
# 2. **Compare.** Keep `get_weights()`, take one step, look at the largest change.
# 3. **Look at D's loss** (we plot it below), and at the true one: before Keras 3.15 `train_on_batch` returns the
#    *mean since the last* `reset_metrics()`, over all rounds if you never call it; and in `fit` every version logs
#    the mean since the epoch began. Such a mean looks calm whatever happens.

# %%
before = [len(network.trainable_weights) for network in (make_discriminator(), classic_d)]
print(f"weight arrays that D will train: {before[0]} in a fresh one, {before[1]} in the classic recipe")

# %% [markdown]
# ## The right way
#
# Nothing is frozen when the models are built. The flag goes down for the one line that must not move D, and up
# again right after it, even if that line fails. Python has a construct for such things: a context manager.


# %%
import contextlib


@contextlib.contextmanager
def frozen(network):
    network.trainable = False
    try:
        yield
    finally:
        network.trainable = True


# %%
def build(generator, discriminator):
    discriminator.compile(keras.optimizers.Adam(2e-4, beta_1=0.5), loss)
    combined = keras.Sequential([generator, discriminator])
    combined.compile(keras.optimizers.Adam(2e-4, beta_1=0.5), loss)
    return combined


# %%
def right_round(generator, discriminator, combined, real, z):
    ones, zeros = np.ones((len(real), 1)), np.zeros((len(real), 1))
    discriminator.train_on_batch(real, ones)
    d_loss = discriminator.train_on_batch(generator.predict_on_batch(z), zeros)
    with frozen(discriminator):
        g_loss = combined.train_on_batch(z, ones)
    return d_loss, g_loss


# %% [markdown]
# One line is new. Who moves now? We take the two halves of a round apart.

# %%
keras.utils.set_random_seed(0)
generator, discriminator = make_generator(), make_discriminator()
combined = build(generator, discriminator)
z = np.random.default_rng(0).normal(size=(64, LATENT)).astype("float32")

g_before, d_before = generator.get_weights(), discriminator.get_weights()
discriminator.train_on_batch(real, ones)
discriminator.train_on_batch(generator.predict_on_batch(z), 0 * ones)
d_moved, g_moved = moved(discriminator, d_before), moved(generator, g_before)
print(f"D's step:        D moved: {d_moved > 0},  G moved by {g_moved}")

# %%
g_before, d_before = generator.get_weights(), discriminator.get_weights()
with frozen(discriminator):
    combined.train_on_batch(z, ones)
d_moved, g_moved = moved(discriminator, d_before), moved(generator, g_before)
print(f"combined step:   G moved: {g_moved > 0},  D moved by {d_moved}")

# %% [markdown]
# Each step moves its own player and leaves the other alone, to the last digit. Now 1,500 rounds of both
# recipes, from the same weights, the same noise, the same pictures.
#
# **Predict before you run:** the classic recipe's generator is trained against a random D. What do its pictures
# look like?

# %%
classic_g, classic_d, classic_losses, _ = train(classic_build, classic_round, rounds=1500)
right_g, right_d, right_losses, _ = train(build, right_round, rounds=1500)
print(f"classic recipe:  discriminator moved by {moved(classic_d, d_start)}")
print(f"with frozen:     discriminator moved by more than 0.01: {moved(right_d, d_start) > 0.01}")

# %%
noise = np.random.default_rng(1).normal(size=(256, LATENT)).astype("float32")
made = {
    "the classic recipe": classic_g.predict_on_batch(noise),
    "with frozen": right_g.predict_on_batch(noise),
}

figure, axes = plt.subplots(3, 1, figsize=(8, 3.6))
plots.image_grid(images[:12], "real digits", columns=12, ax=axes[0])
for ax, (name, pictures) in zip(axes[1:], made.items(), strict=True):
    plots.image_grid(
        pictures[:12], f"generated, {name}, 1,500 rounds", columns=12, generated=True, ax=ax
    )
plt.show()


# %%
def distance_to_data(pictures):
    """Mean distance of each picture to the nearest real one: root mean square over its pixels."""
    flat, known = pictures.reshape(-1, 64), images.reshape(-1, 64)
    squares = ((flat[:, None] - known[None]) ** 2).mean(axis=2)
    return np.sqrt(squares.min(axis=1)).mean()


far, near = (distance_to_data(pictures) for pictures in made.values())
same, varied = (pictures.std(axis=0).mean() for pictures in made.values())
print(f"the classic recipe's pictures are more than 1.5 times as far from the data: {far > 1.5 * near}")
print(f"and vary less than a fifth as much from one to the next: {same < 0.2 * varied}")

# %% [markdown]
# The upper generated row is the answer to a random network's whims: one pattern, whatever the noise. The lower
# one is young, but it is made of strokes, it is dark where digits are dark, and each z gives another picture.
# Given more rounds, and in lesson 05 convolutions, it will write.
#
# And the losses? **Predict before you run:** a player that sleeps, and one that learns: whose loss goes to
# zero, and does that look like failure or like success?

# %%
figure, axes = plt.subplots(1, 2, figsize=(10, 3.4), sharey=True)
for ax, (name, losses) in zip(
    axes,
    {"the classic recipe: no fight": classic_losses, "with frozen: a fight": right_losses}.items(),
    strict=True,
):
    ax.plot(losses[:, 0], color=plots.DISCRIMINATOR, lw=1, label="D's loss")
    ax.plot(losses[:, 1], color=plots.GENERATED, lw=1, label="G's loss")
    ax.axhline(np.log(2), color=plots.MUTED, ls="--", lw=1)
    ax.set(xlabel="round", title=name, yscale="log", ylim=(0.003, 10))
axes[0].set_ylabel("cross-entropy in nats, log scale")
axes[0].legend(loc="center right")
plt.show()

# %%
classic_last, right_last = classic_losses[-100:].mean(axis=0), right_losses[-100:].mean(axis=0)
print("the last 100 rounds of the classic recipe:", end=" ")
print(f"G's loss below 0.1: {classic_last[1] < 0.1}, D's above 2: {classic_last[0] > 2}")
print(f"with frozen, both between 0.4 and 1.4: {right_last.min() > 0.4 and right_last.max() < 1.4}")

# %% [markdown]
# On the left, G's loss goes to zero: an easy win over a sleeping opponent, and to a hurried eye it looks like
# *success*. D's loss grows, and nobody answers. On the right, a fight that neither wins; both stay near log 2
# (dashed), the loss of a D that always says ½. **A GAN in which one loss goes smoothly to zero is not doing
# well: one of the two is not playing.**
#
# ## The BatchNormalization trap
#
# `trainable = False` does one more thing, to one kind of layer. BatchNormalization normalizes with the
# statistics of the batch while it trains, and with its moving averages afterwards. A *frozen* one counts as
# being afterwards, even when called with `training=True`. We feed one a batch of mean 3 and deviation 2.

# %%
rng = np.random.default_rng(0)
batch = rng.normal(3, 2, size=(4000, 1)).astype("float32")
layer = layers.BatchNormalization()
layer.build(batch.shape)


def output(description, **how):
    out = keras.ops.convert_to_numpy(layer(batch, **how))
    print(f"{description:28} mean {np.round(out.mean(), 2) + 0.0:.2f}, deviation {out.std():.2f}")


output("training=False, fresh", training=False)
layer.trainable = False
output("training=True, but frozen", training=True)
layer.trainable = True
output("training=True", training=True)

# %% [markdown]
# The middle line is the trap: asked to train, and frozen, the layer lets the batch through as if it were not
# there, because its moving averages are still at 0 and 1.
#
# So a discriminator with BatchNormalization is *a different function* in its own step and, frozen, in the
# combined step. Here is one, with its scores for the very same pictures in both modes:

# %%
keras.utils.set_random_seed(0)
parts = [
    layers.Flatten(),
    layers.Dense(64),
    layers.BatchNormalization(),
    layers.LeakyReLU(0.2),
    layers.Dense(1),
]
normalized = keras.Sequential([keras.Input((8, 8, 1)), *parts])
normalized.compile(keras.optimizers.Adam(2e-4, beta_1=0.5), loss)
for _ in range(20):  # twenty steps on real and on generated pictures
    normalized.train_on_batch(images[rng.integers(len(images), size=64)], ones)
    normalized.train_on_batch(
        generator.predict_on_batch(rng.normal(size=(64, LATENT)).astype("float32")), 0 * ones
    )

# %%
fakes = generator(rng.normal(size=(256, LATENT)).astype("float32"))
own_step = keras.ops.convert_to_numpy(normalized(fakes, training=True))
with frozen(normalized):
    combined_step = keras.ops.convert_to_numpy(normalized(fakes, training=True))
print("mean score of the same 256 fakes:", end=" ")
print(f"{own_step.mean():.2f} in D's own step, {combined_step.mean():.2f} in the combined step")

# %%
figure, ax = plt.subplots(figsize=(7, 3))
bins = np.linspace(-3, 1.5, 46)
ax.hist(own_step.ravel(), bins, color=plots.DISCRIMINATOR, alpha=0.7, label="awake, in D's own step")
ax.hist(
    combined_step.ravel(), bins, color=plots.ACCENT, alpha=0.7, label="frozen, in the combined step"
)
ax.set(
    xlabel="score that D gives a generated picture",
    ylabel="pictures",
    title="One discriminator, one batch, two opinions",
)
ax.legend(loc="upper left")
plt.show()

# %% [markdown]
# The generator is sent to please a discriminator that it never meets in the other half of the round. Pleasing
# the one need not please the other. What to do about it:
#
# * leave BatchNormalization out of D (as we do here), or use LayerNormalization, which knows no batch and has
#   no two modes;
# * or write the step with gradients, as below, where nothing has to be frozen and `training=True` means what it
#   says (though D's moving averages then move in G's step, too).
#
# ## One optimizer cannot serve two models
#
# A tempting economy: make one optimizer and hand it to both `compile` calls. In Keras 3 an optimizer is built
# for the weights that it first sees.

# %%
generator, discriminator = make_generator(), make_discriminator()
shared = keras.optimizers.Adam(2e-4)
discriminator.compile(shared, loss)
combined = keras.Sequential([generator, discriminator])
combined.compile(shared, loss)

discriminator.train_on_batch(real, ones)
try:
    with frozen(discriminator):
        combined.train_on_batch(z, ones)
    print("no error")
except (ValueError, KeyError) as error:
    print(f"{type(error).__name__}: {str(error).split(':')[0]} ...")

# %% [markdown]
# It refuses the other model's variables. At least it says so. Two models, two optimizers.
#
# ## The same step with gradients
#
# The `trainable` flag exists because `train_on_batch` decides which weights to move. If we take the gradients
# ourselves, we name the weights, and there is no flag to forget. Inside a `keras.Model` this is called
# `train_step`, and lesson 04 makes `fit` run it. Here are both halves, in plain TensorFlow; softplus(−s) is
# −log σ(s), as in lesson 02.

# %%
import tensorflow as tf


def discriminator_step(generator, discriminator, optimizer, real, z):
    fake = generator(z, training=True)
    with tf.GradientTape() as tape:
        d_loss = tf.reduce_mean(tf.nn.softplus(-discriminator(real, training=True)))
        d_loss += tf.reduce_mean(tf.nn.softplus(discriminator(fake, training=True)))
    weights = discriminator.trainable_variables  # these, and no others
    optimizer.apply(tape.gradient(d_loss, weights), weights)
    return d_loss


# %% [markdown]
# The generator's half does its own drawing inside the tape: that is how the gradient finds its way from D's
# score back into G.


# %%
def generator_step(generator, discriminator, optimizer, z):
    with tf.GradientTape() as tape:
        g_loss = tf.reduce_mean(
            tf.nn.softplus(-discriminator(generator(z, training=True), training=True))
        )
    weights = generator.trainable_variables
    optimizer.apply(tape.gradient(g_loss, weights), weights)
    return g_loss


# %% [markdown]
# A `keras.Model` with a `train_step` is all that `fit` needs. (We hand the noise in where labels usually go,
# the same in every epoch. Lesson 04 draws it afresh.)


# %%
class GradientGAN(keras.Model):
    """Both steps, where `fit` looks for them."""

    def __init__(self, generator, discriminator, d_optimizer, g_optimizer):
        super().__init__()
        self.players = generator, discriminator
        self.d_optimizer, self.g_optimizer = d_optimizer, g_optimizer

    def train_step(self, data):
        real, z = data
        d_loss = discriminator_step(*self.players, self.d_optimizer, real, z)
        return {"d_loss": d_loss, "g_loss": generator_step(*self.players, self.g_optimizer, z)}


# %%
trained = GradientGAN(
    make_generator(), make_discriminator(), keras.optimizers.Adam(), keras.optimizers.Adam()
)
trained.compile()
pairs = images[:640], np.random.default_rng(0).normal(size=(640, LATENT)).astype("float32")
history = trained.fit(*pairs, batch_size=64, epochs=2, verbose=0)
print("fit has trained two epochs and kept:", sorted(history.history))

# %% [markdown]
# Is it the same step? We start twice from the same weights and take a round of both kinds, with plain SGD. One
# thing has to be made equal first. Two calls of `train_on_batch`, real pictures and then generated ones, are
# two steps, one after the other; the gradient version takes one step on the sum. So here D sees both kinds in
# one batch of 128, whose mean is half the sum of the two means of 64, with twice the learning rate.


# %%
def twins():
    keras.utils.set_random_seed(3)
    return make_generator(), make_discriminator()


g1, d1 = twins()
stack = keras.Sequential([g1, d1])
stack.compile(keras.optimizers.SGD(0.1), loss)
d1.compile(keras.optimizers.SGD(0.2), loss)
d1.train_on_batch(np.concatenate([real, g1.predict_on_batch(z)]), np.concatenate([ones, 0 * ones]))
with frozen(d1):
    stack.train_on_batch(z, ones)

g2, d2 = twins()
both = GradientGAN(g2, d2, keras.optimizers.SGD(0.1), keras.optimizers.SGD(0.1))
losses = both.train_step((real, tf.constant(z)))

# %%
started, _ = twins()
print(f"the round moved the generator by more than 0.0005: {moved(g1, started.get_weights()) > 0.0005}")
print(f"largest difference between the two generators below 1e-6: {moved(g1, g2.get_weights()) < 1e-6}")
print(f"and between the two discriminators below 1e-6: {moved(d1, d2.get_weights()) < 1e-6}")

# %% tags=["nbval-ignore-output"]
print(f"largest differences: {moved(g1, g2.get_weights()):.1e} and {moved(d1, d2.get_weights()):.1e}")

# %% [markdown]
# The same round. The combined model is a way to *say* it in Keras, without a line of calculus, and a good one
# to understand; the gradient version is what we build on from lesson 04.
#
# ## Your turn: repair three broken GANs
#
# Each of these has faults that this lesson has shown. Look at the symptom, then write the repaired function.
# The check builds small players, runs your code, and watches who moves.
#
# ### Exercise 2: the round
#
# One round of training, with two faults.


# %%
def broken_1(generator, discriminator, combined, real, z):
    ones, zeros = np.ones((len(real), 1)), np.zeros((len(real), 1))
    discriminator.trainable = False  # so that the combined model trains the generator only
    discriminator.train_on_batch(real, ones)
    discriminator.train_on_batch(generator.predict_on_batch(z), zeros)
    combined.train_on_batch(z, zeros)  # generated samples are 0
    return 0.0, 0.0


# %%
broken_g, broken_d, _, _ = train(build, broken_1, rounds=50)
print(f"symptom 1: after 50 rounds the discriminator has moved by {moved(broken_d, d_start)}")
score = float(broken_d(broken_g(noise)).numpy().mean())
print(f"symptom 2: it finds the samples less real than chance, mean score below 0: {score < 0}")


# %%
def repair_1(generator, discriminator, combined, real, z):
    return ...  # copy broken_1 here and mend it


check.repair_1(repair_1)
# check.repair_1.hint()
# check.repair_1.solution()

# %% [markdown]
# ### Exercise 3: the build
#
# `build` compiles both models and returns the combined one. This one has three faults; each alone breaks it.


# %%
def broken_2(generator, discriminator):
    optimizer = keras.optimizers.SGD(0.1)
    discriminator.compile(optimizer, "binary_crossentropy")
    discriminator.trainable = False
    combined = keras.Sequential([generator, discriminator])
    combined.compile(optimizer, "binary_crossentropy")
    return combined


# %%
broken_g, broken_d = twins()
broken_2(broken_g, broken_d)
says = float(keras.losses.binary_crossentropy([[1.0]], [[3.0]])[0])
print(f"symptom: D has {len(broken_d.trainable_weights)} weight arrays to train, and its loss says")
print(f"{says:.3f} for a raw score of 3, where −log σ(3) is {np.log1p(np.exp(-3)):.3f}")


# %%
def repair_2(generator, discriminator):
    return ...  # copy broken_2 here and mend it


check.repair_2(repair_2)
# check.repair_2.hint()
# check.repair_2.solution()

# %% [markdown]
# ### Exercise 4: the step with gradients
#
# The generator's step, with two faults. After one step D should find the samples *more* real than before.


# %%
def broken_3(generator, discriminator, optimizer, z):
    with tf.GradientTape() as tape:
        scores = discriminator(generator(z, training=True), training=True)
        loss = tf.reduce_mean(tf.nn.softplus(scores))
    weights = generator.trainable_variables + discriminator.trainable_variables
    optimizer.apply(tape.gradient(loss, weights), weights)


# %%
broken_g, broken_d = twins()
score, kept = float(tf.reduce_mean(broken_d(broken_g(z)))), broken_d.get_weights()
broken_3(broken_g, broken_d, keras.optimizers.SGD(0.1), tf.constant(z))
rose = float(tf.reduce_mean(broken_d(broken_g(z)))) > score
print(f"symptom: D's mean score of the samples rose: {rose}; D moved, too: {moved(broken_d, kept) > 0}")


# %%
def repair_3(generator, discriminator, optimizer, z):
    return ...  # copy broken_3 here and mend it


check.repair_3(repair_3)
# check.repair_3.hint()
# check.repair_3.solution()

# %% [markdown]
# ## The same from the package
#
# `gan_course.gan` has both pieces: `build_combined`, which checks that the networks fit and that D returns raw
# scores, and `frozen`, which also remembers layers that were frozen before. They take the same step as our own:

# %%
from gan_course import gan

(g3, d3), (g4, d4) = twins(), twins()
packaged = gan.build_combined(g3, d3, keras.optimizers.SGD(0.1))
with gan.frozen(d3):
    packaged.train_on_batch(z, ones)
with frozen(d4):
    ours = keras.Sequential([g4, d4])
    ours.compile(keras.optimizers.SGD(0.1), loss)
    ours.train_on_batch(z, ones)
difference = moved(g4, g3.get_weights())
print(f"largest difference between our step and the package's below 1e-6: {difference < 1e-6}")

# %% [markdown]
# ## What can go wrong
#
# | you see | likely cause | test | remedy |
# |---|---|---|---|
# | D's weights never change | its flag is down when it trains | compare weights before and after one step | `with frozen(discriminator):` around the combined step only |
# | still nothing after raising the flag | TensorFlow remembers what it traced | compile again, step again | the right flag around every call, from the first on |
# | D gets worse in G's step | it was never frozen | D's movement in the combined step | `frozen` again |
# | G's loss falls smoothly to 0 | D sleeps, or cannot see | the first line of this table | wake it |
# | "Unknown variable" | one optimizer for two models | `a.optimizer is b.optimizer` | one each |
# | D and G never seem to meet | frozen BatchNormalization | scores of one batch in both modes | no BatchNormalization in D, or gradients |
#
# ## Summary in five lines
#
# 1. The combined model G → D, asked for label 1, trains G with the non-saturating loss.
# 2. D must be still in that step and awake in its own; it is one object with one flag.
# 3. The classic recipe lowers the flag once; on Keras 3 its discriminator moves by exactly 0.0.
# 4. Have the flag right around every call, from the first on: `with frozen(discriminator):`.
# 5. The step with gradients names the weights it moves, gives the same result, and has no flag to forget.
#
# ## References
#
# * I. Goodfellow et al., [Generative adversarial nets](https://arxiv.org/abs/1406.2661), NIPS 2014, algorithm
#   1.
# * E. Linder-Norén, [Keras-GAN](https://github.com/eriklindernoren/Keras-GAN), where the recipe was copied from
#   for years; [issue 22](https://github.com/eriklindernoren/Keras-GAN/issues/22) asks, in 2018, whether the
#   discriminator is frozen forever, and [issue 91](https://github.com/eriklindernoren/Keras-GAN/issues/91)
#   shows Keras 2's warning about the discrepancy that the recipe lived on.
# * A. Radford, L. Metz, S. Chintala, [Unsupervised representation learning with deep convolutional generative
#   adversarial networks](https://arxiv.org/abs/1511.06434), ICLR 2016: Adam with β₁ = 0.5, LeakyReLU, and where
#   (not) to put BatchNormalization.
# * Keras, [Transfer learning and fine-tuning](https://keras.io/guides/transfer_learning/): what `trainable`
#   means, and BatchNormalization's special case.
# * Keras, [Customizing what happens in `fit()` with
#   TensorFlow](https://keras.io/guides/custom_train_step_in_tensorflow/).
#
# **Next lesson:** [04 · The training algorithm](04_the_training_algorithm.ipynb): the whole game, from noise to
# equilibrium.
