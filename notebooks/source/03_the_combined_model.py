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
# **The one idea: to train the generator, put the discriminator on top of it
# and ask for label 1, with the discriminator held still for exactly that step.**
#
# After this lesson you will be able to
#
# * say what the discriminator tells the generator, and draw it as a picture;
# * say what a much copied GAN recipe for Keras does on today's Keras, why, and how to notice it in a minute;
# * write the step that works, with the combined model and with gradients, and show that both do the same.
#
# It takes about 90 minutes to read, and about 40 more for exercises 1 to 4. Its cells run in about 80 seconds
# on two CPU cores. You should know V(D, G) and the non-saturating loss ([lesson
# 02](02_the_objective_function.ipynb)), and how Keras trains a classifier.

# %% tags=["nbval-ignore-output"]
# Where the course package is missing, on Colab for example, this cell installs it first.
import importlib.util

if importlib.util.find_spec("gan_course") is None:
    print("Installing gan_course from https://github.com/gan-course/gan-course")
    # %pip install --quiet git+https://github.com/gan-course/gan-course

import warnings

import matplotlib.pyplot as plt
import numpy as np

from gan_course import data, metrics, plots, runtime
from gan_course.checks import lesson_03 as check
from gan_course.claims import answer, claim

runtime.select_backend("tensorflow")  # this lesson takes gradients with TensorFlow
print(runtime.configure(seed=0))

# %% [markdown]
# ## Two networks
#
# The [generator](glossary.md#generator) G turns 32 numbers of noise, its
# [latent vector](glossary.md#latent-vector) z, into a picture of 28 × 28 pixels. It ends in
# [tanh](glossary.md#tanh), so its pixels lie between −1 (black) and 1 (white: ink), like those of the data.

# %%
import keras
import tensorflow as tf
from keras import layers

plots.use_style()
LATENT = 32
images, _ = data.load("mnist_5k")  # 4,000 handwritten digits
images, held_out = images[:3000], images[3000:]  # the second part only for exercise 5


def make_generator():
    hidden = [layers.Dense(128), layers.LeakyReLU(0.2), layers.Dense(256), layers.LeakyReLU(0.2)]
    last = [layers.Dense(784, activation="tanh"), layers.Reshape((28, 28, 1))]
    return keras.Sequential([keras.Input((LATENT,)), *hidden, *last], name="generator")


# %% [markdown]
# The [discriminator](glossary.md#discriminator) D turns a picture into one raw [score](glossary.md#score).
# A positive score means "real". Another word for a raw score is [logit](glossary.md#logit). With `from_logits=True` the loss itself applies the
# sigmoid that turns a score into a probability. The loss computes this in a numerically safe way, as in lesson 02. In formulas D(x) is the
# probability, as before: D(x) = σ(s), where s is the score of x.


# %%
def make_discriminator():
    hidden = [layers.Dense(256), layers.LeakyReLU(0.2), layers.Dense(128), layers.LeakyReLU(0.2)]
    return keras.Sequential(
        [keras.Input((28, 28, 1)), layers.Flatten(), *hidden, layers.Dense(1)], name="discriminator"
    )


loss = keras.losses.BinaryCrossentropy(from_logits=True)

# %% [markdown]
# ## A teacher for the generator
#
# Training D is ordinary classification: pictures in, labels 1 and 0, [cross-entropy](glossary.md#cross-entropy).
# But how do you train G? There is no right picture to compare its pictures with. All we have is D's opinion.
#
# So we turn this opinion into the loss. Put D on top of G: this stack, the [combined
# model](glossary.md#combined-model), takes noise and returns a score. Train the stack with the label **1,
# always**: "D should say real". The pictures are generated, so 1 is not the truth about them. It is the answer that G wants to
# hear from D. (In D's own step, generated pictures have the label 0.) During G's step D's weights must not change. Otherwise D
# itself would learn to say "real" to generated pictures. With label 1 the cross-entropy is −log D(G(z)), the [non-saturating
# loss](glossary.md#non-saturating-loss) of lesson 02.

# %%
boxes = {
    "z": (0, 0, "noise z", plots.MUTED),
    "G": (1.4, 0, "generator:\nits weights θ\nlearn by ∂L/∂θ", plots.GENERATED),
    "D": (2.9, 0, "discriminator\n(held still)", plots.DISCRIMINATOR),
    "L": (4.4, 0, "cross-entropy\nwith label 1:\nloss L", plots.MUTED),
}
ax = plots.boxes_and_arrows(boxes, [], size=(7.5, 1.9))
arrow = {"arrowstyle": "-|>", "lw": 1.4, "shrinkA": 0, "shrinkB": 0}
links = (0.46, 0.94, "", ""), (1.86, 2.44, "picture x", "∂L/∂x"), (3.36, 3.94, "score s", "∂L/∂s")
for left, right, value, slope in links:
    ax.annotate("", (right, 0.1), (left, 0.1), arrowprops={**arrow, "color": "#444444"})
    ax.text((left + right) / 2, 0.15, value, ha="center", va="bottom", fontsize=10)
    if slope:
        dashed = {**arrow, "ls": "--", "color": plots.ACCENT}
        ax.annotate("", (left, -0.1), (right, -0.1), arrowprops=dashed)
        ax.text((left + right) / 2, -0.15, slope, ha="center", va="top", fontsize=10)
ax.set_title("Solid: the values, forward. Dashed: the gradient, back through D to G")
plt.show()

# %% [markdown]
# ### What D tells G
#
# In the diagram, L is the loss, s the score, x the picture, and θ stands for G's weights. The solid arrows show how the
# loss is computed, from left to right. Its [gradient](glossary.md#gradient) goes back from right to left, along the dashed arrows. It passes through D first, and it reaches G at the pixels of the picture.
#
# **Predict before you run.** For one generated picture, how many numbers does G get from D? Only one, because
# D gives only one score?
#
# (The code below asks one `GradientTape` for gradients three times. A tape normally answers only once. With
# `persistent=True` it can be asked again.)

# %%
# Your prediction, a number:
prediction = None

# %%
generator, discriminator = make_generator(), make_discriminator()
noise = np.random.default_rng(1).normal(size=(1000, LATENT)).astype("float32")

with tf.GradientTape(persistent=True) as tape:
    picture = generator(noise[:1])
    g_loss = loss(tf.ones((1, 1)), discriminator(picture))
message = tape.gradient(g_loss, picture)

with answer(prediction):
    claim("numbers that G gets from D for one picture", int(tf.size(message)))

# %% [markdown]
# G gets one number for each pixel: ∂L/∂xᵢ, "how would the loss L change if the pixel xᵢ had a little more
# ink?" And that is *all* that G gets. The [chain rule](glossary.md#chain-rule) turns these numbers into the gradient
# of the loss for G's own weights θ. Here s is D's raw score for the picture, and σ is the
# [sigmoid](glossary.md#sigmoid):
#
# $$\frac{\partial L}{\partial \theta} = \sum_{i=1}^{784} \frac{\partial L}{\partial x_i}\,
# \frac{\partial x_i}{\partial \theta}, \qquad
# \frac{\partial L}{\partial x_i} = -\,\sigma(-s)\, \frac{\partial s}{\partial x_i}.$$
#
# <details><summary>Where does the factor −σ(−s) come from?</summary>
#
# With label 1 the cross-entropy of a raw score s is L = −log σ(s) = log(1 + e⁻ˢ). Its derivative is dL/ds =
# −e⁻ˢ / (1 + e⁻ˢ) = −1 / (1 + eˢ) = −σ(−s). The score depends on the pixel xᵢ, so the chain rule multiplies
# this by ∂s/∂xᵢ. The factor is close to −1 for a picture that D confidently calls fake (s far below 0), and close
# to 0 for a picture that D already believes. So its size is largest where G is worst, as lesson 02
# has shown.
#
# </details>
#
# Let us check the sum. We compute the gradient for G's weights directly from the loss, and then once more from
# D's 784 numbers alone. (`output_gradients` hands these numbers to the tape. The tape multiplies each of them
# by ∂xᵢ/∂θ and adds everything up, as in the formula. For a batch of pictures, the loss is a mean, so the gradient is the
# mean of such sums.)

# %%
weights = generator.trainable_variables
direct = tape.gradient(g_loss, weights)
relayed = tape.gradient(picture, weights, output_gradients=message)
gap = max(float(tf.reduce_max(tf.abs(a - b))) for a, b in zip(direct, relayed, strict=True))
largest = max(float(tf.reduce_max(tf.abs(a))) for a in direct)
claim("largest number in the direct gradient", largest, above=1e-4)
claim("largest difference of the two gradients", gap, near=0, within=1e-6)


# %% [markdown]
# ### The message as a picture
#
# An untrained D has nothing useful to say. So we first train one, called `inspector` in the code, on a simple
# kind of fake: copies of real digits, each with a gap (a missing piece of a stroke) and a blot (a spot of ink). We train it
# with `train_on_batch`, which takes a single training step on the one batch that it is given. (`fit` takes many
# such steps.) The setting `beta_1=0.5` of [Adam](glossary.md#adam) lets it remember past gradients for a shorter time than the
# usual 0.9. Many GANs use 0.5, and many newer ones use 0. Lesson 05 compares 0.5 with 0.9, and lesson 06 also tries 0.
#
# All pictures in this training are disturbed by noise. Then a single pixel tells D little. We expect that D therefore looks at larger regions, and that its message is smoother than without the noise.


# %%
def spoil(pictures, rng):
    """Copies with a gap of 7 × 7 pixels around a pixel with ink, and a blot of 4 × 4."""
    copies = pictures.copy()
    for copy in copies:
        row, column = np.maximum(rng.choice(np.argwhere(copy[..., 0] > 0)) - 3, 0)
        copy[row : row + 7, column : column + 7] = -1
        row, column = rng.integers(2, 22, size=2)
        copy[row : row + 4, column : column + 4] = 1
    return copies


# %%
keras.utils.set_random_seed(0)
inspector, rng = make_discriminator(), np.random.default_rng(0)
inspector.compile(keras.optimizers.Adam(1e-3, beta_1=0.5), loss)
for _ in range(1200):
    some, others = (images[rng.integers(len(images), size=32)] for _ in range(2))
    both, labels = np.concatenate([some, spoil(others, rng)]), np.repeat([1.0, 0.0], 32)[:, None]
    noisy = np.clip(both + rng.normal(0, 0.6, both.shape), -1, 1)
    inspector.train_on_batch(noisy, labels)

# %% [markdown]
# Now we take a digit that this D has not seen, a 5, spoil it by hand, and ask for D's message about it. Here we add no noise. We draw −∂L/∂xᵢ,
# the direction that lowers the loss: D's *wish*. By the formula above it equals σ(−s) ∂s/∂xᵢ. So it is positive at a pixel
# where more ink raises D's score. Orange pixels should get more ink, and purple ones less. Dashed frames mark
# the gap and the blot.

# %%
unseen, _ = data.load("mnist_5k", split="test")
fake = unseen[60:61].copy()
fake[0, 5:12, 13:20], fake[0, 21:25, 3:7] = -1, 1  # the gap, and then the blot


def wish(pictures, network=inspector):
    with tf.GradientTape() as tape:
        pictures = tf.constant(pictures)
        tape.watch(pictures)
        value = loss(tf.ones((len(pictures), 1)), network(pictures))
    return -tape.gradient(value, pictures).numpy()


def draw_wish(ax, values):
    limit = np.abs(values).max()
    return ax.imshow(values, cmap="PuOr_r", vmin=-limit, vmax=limit)


# %%
wishes = wish(fake)[0, ..., 0]
limit = np.abs(wishes).max()
figure, axes = plt.subplots(1, 3, figsize=(7.5, 2.9))
axes[0].imshow(unseen[60], cmap="gray")
axes[1].imshow(fake[0], cmap="gray")
drawn = draw_wish(axes[2], wishes)
names = "A real digit", "The fake: a gap, a blot", "D's wish for each pixel"
for ax, title in zip(axes, names, strict=True):
    ax.set(title=title, xticks=[], yticks=[])
for corner, side in (((12.5, 4.5), 7), ((2.5, 20.5), 4)):
    axes[2].add_patch(plt.Rectangle(corner, side, side, fill=False, color="0.35", lw=1.5, ls="--"))
bar = figure.colorbar(drawn, ticks=[-limit, 0, limit], shrink=0.8)
bar.ax.set_yticklabels(["less ink", "as it is", "more ink"])
plt.show()

# %%
gap, blot = wishes[5:12, 13:20].mean(), wishes[21:25, 3:7].mean()
claim("mean wish in the gap, in units of the largest", gap / limit, above=0.2)
claim("mean wish in the blot, in the same units", blot / limit, below=0)

many = spoil(unseen, rng)
many_wishes = wish(many)


def mean_wish(mask):
    """The mean wish of each fake inside of a mask."""
    return (many_wishes * mask).sum(axis=(1, 2, 3)) / np.maximum(mask.sum(axis=(1, 2, 3)), 1)


in_gap, in_blot = mean_wish(many < unseen), mean_wish(many > unseen)
claim("share of 1,000 fakes with a larger wish in the gap", np.mean(in_gap > in_blot), above=0.7)


# %% [markdown]
# D asks for more ink in the gap, most strongly where the stroke is missing, and nearly as strongly to the right of the gap, where the stroke is still there. It asks for less ink in the blot. But it asks for this in a broad region around the blot as well, most strongly just above the blot and to the right of it, where nothing is wrong. So the map is rough, and it is not a picture of a digit. It only
# says which small changes would raise D's score for this picture. (We chose this 5 because its map is easy to read. The last number is about fakes made from all
# 1,000 test digits: for nearly all of them, too, D's mean wish is larger in the gap than in the blot.)
#
# What happens if we move all the pixels along the wish? The strip shows the fake after larger and larger moves,
# with D's score. A move of 1 changes the pixel with the strongest wish by 1, and all others in proportion. Pixels
# stay between −1 and 1.


# %%
def moved_fake(move):
    return np.clip(fake + move * wishes[None, ..., None] / limit, -1, 1)


def draw(move=1.0, ax=None):
    ax = ax or plt.figure(figsize=(2.6, 2.8)).add_subplot()
    ax.imshow(moved_fake(move)[0], cmap="gray", vmin=-1, vmax=1)
    score = inspector(moved_fake(move)).numpy().item()
    ax.set_title(f"move {move:.2g}\nscore {score:+.1f}")
    ax.axis("off")
    return score


# %%
_, axes = plt.subplots(1, 4, figsize=(7.5, 2.5))
scores = [draw(move, ax) for move, ax in zip((0, 0.5, 1, 2), axes, strict=True)]
plt.show()
claim("D's score of the fake", scores[0], below=0)
claim("a move of 0.5 raises it by", scores[1] - scores[0], above=3)

# %% [markdown]
# The first moves fill the gap with gray, turn the blot from white to light gray, and raise the score. After a move of 0.5 the score is already positive, so D says "real", but
# you still see at once what is wrong. This picture was changed in such a way that one fixed network judges it wrongly. Such a picture is called an [adversarial example](glossary.md#adversarial-example). Usually the change is small. After a move of 2 the score is even lower than
# at the start. The message is a slope: it is true only near the picture for which it was computed, and a large move leaves this neighborhood.
#
# So G has to take small steps, and it needs a new message after each of them. Between two steps of G, D has to learn, so
# that it finds out G's last trick. **A D that has stopped learning is soon no teacher any more.** Remember this for the rest of the
# lesson. If you run this notebook, the slider moves the fake:

# %% tags=["interactive", "nbval-ignore-output"]
from ipywidgets import interact

interact(lambda move: f"D's score: {draw(move):+.1f}", move=(0.0, 4.0, 0.25))

# %% [markdown]
# ## Who is trained?
#
# D has to be *held still* in the combined step, or it would be trained to call fakes real. To hold a network still is called
# [freezing](glossary.md#freezing). Keras has an attribute for it, `trainable`. We call it the *flag*: the flag is *up* if
# `trainable` is `True`, and *down* if it is `False`.
#
# **Predict before you run.** The stack has G's 238,736 weights and D's 233,985. We set `discriminator.trainable
# = False`. How many weights can be trained in the *discriminator itself* after that?

# %%
# Your prediction, a number:
prediction = None

# %%
generator, discriminator = make_generator(), make_discriminator()
combined = keras.Sequential([generator, discriminator], name="combined")


def count(model):
    return sum(int(np.prod(weight.shape)) for weight in model.trainable_weights)


with answer(prediction):
    for flag in (True, False):
        discriminator.trainable = flag
        for model in (generator, discriminator, combined):
            print(f"flag {flag!s:5}  trainable weights of the {model.name:14} {count(model):7,}")


# %% [markdown]
# <details><summary>Why?</summary>
#
# The stack keeps only G's weights to train. That is what we wanted. But the discriminator itself has **none
# left**. It is one object, inside the stack and outside of it: there is no second copy with a flag of its own.
#
# </details>
#
# ### Exercise 1: measure the movement (five minutes)
#
# To see who learns, we measure how far the weights of a network move. Write the function for it. It gets two lists
# of arrays, as `get_weights()` returns them, and returns the largest absolute change of any single number.


# %%
def movement(before, after):
    return ...  # your lines here


check.movement(movement)
# check.movement.hint()
# check.movement.solution()

# %% [markdown]
# From here on, `moved` uses the solution of this exercise:

# %%
largest_change = check.movement.answer


def moved(network, before):
    return largest_change(before, network.get_weights())


# %% [markdown]
# ## The published classic
#
# For years, many GANs in Keras followed the pattern of the file `gan.py` in the collection
# [Keras-GAN](https://github.com/eriklindernoren/Keras-GAN). Here are its steps, with our networks and raw scores. (The file itself stops on Keras 3 at an import, because the module `keras.layers.advanced_activations` no longer exists.) **One** optimizer serves both models. D is compiled, *then* its flag is lowered, "for the combined
# model", and then the stack is compiled.


# %%
def classic_build(generator, discriminator):
    optimizer = keras.optimizers.Adam(2e-4, beta_1=0.5)  # as in the file
    discriminator.compile(optimizer, loss)
    discriminator.trainable = False
    combined = keras.Sequential([generator, discriminator])
    combined.compile(optimizer, loss)
    return combined


# %% [markdown]
# One round has three parts. It trains D on real pictures and then on generated ones, it averages the two losses of D in order to print
# them, and it trains G with *fresh* noise. (An older version of the file gave each kind half a batch. The file calls
# `predict` for the generated pictures. We call `predict_on_batch`, which returns the same pictures for one
# batch in much less time; lesson 04 measures this.)


# %%
def classic_round(generator, discriminator, combined, real, z):
    ones, zeros = np.ones((len(real), 1)), np.zeros((len(real), 1))
    d_loss_real = discriminator.train_on_batch(real, ones)
    d_loss_fake = discriminator.train_on_batch(generator.predict_on_batch(z), zeros)
    d_loss = (d_loss_real + d_loss_fake) / 2
    fresh = keras.random.normal(z.shape)
    g_loss = combined.train_on_batch(fresh, ones)
    return d_loss, g_loss


# %% [markdown]
# The function `train` below plays the rounds. We do not use the numbers that `train_on_batch` returns, because they depend
# on the version of Keras. In Keras 3 before 3.15 such a number is a *mean over all calls* since the last `reset_metrics()`. From
# 3.15 on it is the loss of this batch alone. Before every tenth round, we compute three losses ourselves, from the scores: D's on real pictures,
# D's on fakes, and G's. Every 200 rounds, we also keep twelve generated pictures and D's weights. A film below shows them.


# %%
def true_losses(generator, discriminator, real, z):
    on_real, on_fake = discriminator(real), discriminator(generator(z))
    one, zero = tf.ones_like(on_real), tf.zeros_like(on_fake)
    return [float(value) for value in (loss(one, on_real), loss(zero, on_fake), loss(one, on_fake))]


# %%
def train(build, one_round, rounds=1200, seed=0):
    keras.utils.set_random_seed(seed)
    rng, players = np.random.default_rng(seed), (make_generator(), make_discriminator())
    combined, losses, film = build(*players), [], []
    for number in range(rounds + 1):
        real = images[rng.integers(len(images), size=64)]
        z = rng.normal(size=(64, LATENT)).astype("float32")
        if number % 10 == 0:
            losses.append(true_losses(*players, real, z))
        if number % 200 == 0:
            film.append((players[0].predict_on_batch(noise[:12]), players[1].get_weights()))
        if number < rounds:
            one_round(*players, combined, real, z)
    return *players, np.array(losses), film


# %% [markdown]
# **Predict before you run.** Think of the one weight of D that changes most. By how much has it changed after
# 1,200 rounds?

# %%
# Your prediction, a number:
prediction = None

# %%
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    classic_g, classic_d, classic_losses, classic_film = train(classic_build, classic_round)
start = classic_film[0]  # before the first round

with answer(prediction):
    claim("the discriminator has moved by", moved(classic_d, start[1]))
    claim(
        "largest change of a pixel that G draws, of a range from −1 to 1",
        largest_change(start[:1], [classic_film[-1][0]]),
        above=0.5,
    )

# %% [markdown]
# <details><summary>What has happened?</summary>
#
# **Exactly 0.** No weight of the discriminator has changed at all, not even in its last decimal place. D slept the whole time, like police who never look at the money, and G (the counterfeiter of lesson 01) spent 1,200
# rounds on pleasing a network with random weights. Yet
# the program ran to its end without an error.
#
# </details>
#
# Did Keras not warn us? Here are all the messages of the 1,200 rounds, and how many there were:

# %% tags=["nbval-ignore-output"]
print(f"backend: {keras.config.backend()}, Keras {keras.__version__}")
print(f"{len(caught)} ×", *{str(item.message).splitlines()[0] for item in caught})

# %% [markdown]
# There is one message. It is easily lost among the lines that a training prints, and it does not say which model is meant,
# or that this is a mistake. (On JAX and PyTorch the program stops with an error, because of its shared optimizer.)
#
# ## Why D sleeps
#
# In Keras 2, `compile` remembered which weights were to be trained. D was compiled with its flag up, so D was
# trained, even though its flag went down later. The stack was compiled with D's flag down, so the stack trained only G. The recipe
# depended on that. In Keras 3, the value of the flag matters **when training runs**, and by then the recipe has already lowered
# it. (Keras' [transfer-learning
# guide](https://keras.io/guides/transfer_learning/) still says that `compile` is meant to "freeze" the behavior of a model, so that the values of `trainable` should be preserved until the
# next `compile`. **Do not rely on that.**)
#
# TensorFlow looks at the flag only when it *traces* a step: at the first training call after `compile`, it
# runs the Python code once and records the operations as a graph. Later calls with the same batch size replay this graph. On JAX and PyTorch, Keras looks at the flag at
# every call. (The extra at the end of the lesson has the details.) But one rule is right on all of them:
#
# > **The flag has to be right around every single training call, from the first one on: up when D takes its step,
# > down when the combined model takes its step.**
#
# Here are the first two rounds, first without this rule and then with it. A dot marks the moment when TensorFlow traces a step.

# %%
lanes = {
    "The classic: the flag is down when D's step is traced": (0, 0, 0, 0),
    "The rule: up for D, down for G": (1, 0, 1, 0),
}
steps = ("D's step", plots.DISCRIMINATOR), ("G's step", plots.GENERATED)
_, axes = plt.subplots(2, 1, figsize=(7, 3.6), sharex=True)
for ax, (title, flags) in zip(axes, lanes.items(), strict=True):
    for number, flag in enumerate(flags):
        name, color = steps[number % 2]
        text = "moves nothing" if name == "D's step" and not flag else f"moves {name[0]}"
        ax.axvspan(number + 0.02, number + 0.98, color=color, alpha=0.15, lw=0)
        ax.text(number + 0.5, 0.5, f"{name}\n{text}", ha="center", va="center", fontsize=10)
    ax.step(range(5), [*flags, flags[-1]], where="post", color="0.2", lw=2)
    ax.plot((0.06, 1.06), flags[:2], "o", color=plots.ACCENT, ms=9)
    ax.set(title=title, ylim=(-0.25, 1.25), yticks=(0, 1), yticklabels=("flag down", "flag up"))
ax.set(xticks=(1, 3), xticklabels=("round 1", "round 2"), xlim=(0, 4))
plt.show()


# %% [markdown]
# The black line is D's flag. In the classic it is down all the time, so TensorFlow records a step of D that trains nothing,
# and replays this step in every round. With the rule, each step is recorded while the flag is right for it. So it does no harm
# that TensorFlow does not look at the flag again.
#
# ## The right way
#
# We freeze nothing when we build the models, and each model gets its own optimizer. (The reason follows below.) So D can have
# a larger learning rate than G. We chose a rate five times as large as G's. Of the few pairs of rates that we tried, on other seeds, this
# pair gave the cleanest pictures. In the classic, D's rate makes no difference, because its D does not move.


# %%
def build(generator, discriminator, d_rate=1e-3):
    discriminator.compile(keras.optimizers.Adam(d_rate, beta_1=0.5), loss)
    combined = keras.Sequential([generator, discriminator])
    combined.compile(keras.optimizers.Adam(2e-4, beta_1=0.5), loss)
    return combined


# %% [markdown]
# The flag goes down for the one line that must not move D, and up again right after it, even if that line
# fails. Python has a construct for this: a context manager. The code before `yield` runs at the start of a
# `with` block, and the code after it at the end.

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
def right_round(generator, discriminator, combined, real, z):
    ones, zeros = np.ones((len(real), 1)), np.zeros((len(real), 1))
    discriminator.train_on_batch(real, ones)
    discriminator.train_on_batch(generator.predict_on_batch(z), zeros)
    with frozen(discriminator):
        combined.train_on_batch(z, ones)


# %% [markdown]
# Who moves now? We play one round. After each half of it we measure how far the weights of both players have
# moved.

# %%
keras.utils.set_random_seed(0)
generator, discriminator = make_generator(), make_discriminator()
combined, z = build(generator, discriminator), noise[:64]
real, ones = images[:64], np.ones((64, 1))

for half in ("D's half", "G's half"):
    g_before, d_before = generator.get_weights(), discriminator.get_weights()
    if half == "D's half":
        discriminator.train_on_batch(real, ones)
        discriminator.train_on_batch(generator.predict_on_batch(z), 0 * ones)
    else:
        with frozen(discriminator):
            combined.train_on_batch(z, ones)
    d_moved, g_moved = moved(discriminator, d_before), moved(generator, g_before)
    print(f"{half}: D moved by {d_moved:.2g}, G moved by {g_moved:.2g}")


# %% [markdown]
# Each half moves its own player and leaves the other exactly where it was.
#
# And why two optimizers? **Keras builds an optimizer for one list of weights.** In the next cell one optimizer serves both models, and D's flag is up when D takes its step. So D's step
# builds the optimizer for D's weights. In the combined step the optimizer then gets G's weights, which it does not know, and it stops with an error. (On TensorFlow the classic does not stop, for a bad reason: its D has nothing to train, so the optimizer is built only in the combined step, for G's weights.) Here is the error:


# %%
def try_one_round(discriminator, combined):
    discriminator.trainable = True
    discriminator.train_on_batch(real, ones)
    try:
        with frozen(discriminator):
            combined.train_on_batch(z, ones)
        print("Both steps run.")
    except (ValueError, KeyError) as error:
        print(f"{type(error).__name__}: {str(error).split(':')[0]} ...")


g, d = make_generator(), make_discriminator()
stack, shared = keras.Sequential([g, d]), keras.optimizers.Adam(2e-4)
for model in (d, stack):
    model.compile(shared, loss)
try_one_round(d, stack)

# %% [markdown]
# ### Both recipes side by side
#
# We play 1,200 rounds with `frozen`, from the same weights and with the same real pictures. (Besides the flag, three things differ from the classic. There are two optimizers. D has a larger learning rate. And `right_round` uses one noise for both halves, while the classic draws fresh noise for G. None of the three could wake the D of the classic, because its flag is down in all its steps. The extra at the end tries two optimizers.) The film shows twelve pictures of
# each generator, always from the same noise.

# %%
right_g, right_d, right_losses, right_film = train(build, right_round)
claim("with frozen, the discriminator has moved by", moved(right_d, start[1]), above=0.01)


# %%
def frame(number, ax):
    sheet = np.concatenate([classic_film[number][0], right_film[number][0]])
    plots.image_grid(sheet, columns=6, generated=True, ax=ax)
    far = [largest_change(start[1], film[number][1]) for film in (classic_film, right_film)]
    ax.set_title(f"After {200 * number} rounds", fontsize=13)
    for place, name, change in zip((0.75, 0.25), ("the classic", "with frozen"), far, strict=True):
        text = f"{name}\nD moved: {change:.3f}"
        ax.text(-0.02, place, text, transform=ax.transAxes, ha="right", va="center", fontsize=11)


plots.film(frame, frames=len(right_film), size=(7.5, 4.1), dpi=93, fps=1.5, colors=32)

# %% [markdown]
# If the film does not move where you read this, look at this strip. It shows the fourth picture of each generator, always
# from the same noise.

# %%
_, axes = plt.subplots(2, len(right_film), figsize=(7.5, 2.5))
films = {"the classic": classic_film, "with frozen": right_film}
for row, (name, film) in zip(axes, films.items(), strict=True):
    row[0].set_ylabel(name, fontsize=11)
    for ax, (pictures, _) in zip(row, film, strict=True):
        ax.imshow(pictures[3], cmap="gray", vmin=-1, vmax=1)
        ax.set(xticks=[], yticks=[])
for number, ax in enumerate(axes[0]):
    ax.set_title(f"round {200 * number}", fontsize=10, loc="center")
plt.show()

# %% [markdown]
# With the classic, the pictures stay noise, made to please a random network. In the first 200 rounds this noise gets much more
# contrast, and later it hardly changes. With `frozen`, the margin becomes black, a gray cloud is left in the middle, and strokes come out of it. After
# 1,200 rounds you can read some pictures as digits, such as the last three in the upper row with `frozen`. Others are not
# digits yet, and all have spots. Lesson 05 draws much better digits.
#
# What does D ask of G now? Here are six of these pictures with D's wish for each of them, in the colors of the first map:

# %%
own = right_film[-1][0][:6]
_, axes = plt.subplots(2, 6, figsize=(7.5, 2.9))
for column, values in zip(axes.T, wish(own, right_d)[..., 0], strict=True):
    draw_wish(column[1], values)
for ax, picture in zip(axes[0], own, strict=True):
    ax.imshow(picture, cmap="gray", vmin=-1, vmax=1)
for ax in axes.flat:
    ax.set(xticks=[], yticks=[])
axes[0, 0].set_ylabel("G's picture", fontsize=11)
axes[1, 0].set_ylabel("D's wish", fontsize=11)
plt.show()


# %% [markdown]
# The margin is pale: there D asks for little. (Each map has its own scale of colors, so you can compare the pixels of
# one map, but not two maps.) Orange and purple lie close together, on the strokes and
# beside them. This D is another network than the inspector. It asks for changes of small patches, while the inspector asked for changes of large regions.
#
# Here is a number for the quality of the pictures. We average each of them over blocks of 4 × 4 pixels, and compare 1,000 pictures
# with 1,000 digits of the [test set](glossary.md#test-set) by the [Fréchet
# distance](glossary.md#frechet-distance). It compares the means of the two sets, and how their numbers vary together (their covariances). It is 0 if these are
# equal; smaller is better. Lesson 07 explains it. (The
# averaging removes most of the noise of single pixels, so this number is kinder to our pictures than your eye is.) The
# last number compares real digits of the training set with those of the test set. It shows about how small the distance can
# get with 1,000 pictures.


# %%
def distance(pictures, real=unseen):
    coarse = (a.reshape(-1, 7, 4, 7, 4).mean(axis=(2, 4)).reshape(-1, 49) for a in (real, pictures))
    return metrics.frechet_distance(*coarse)


classic_pictures, right_pictures = (g.predict_on_batch(noise) for g in (classic_g, right_g))
claim("Fréchet distance of the classic's pictures", distance(classic_pictures), above=8)
claim("Fréchet distance of the pictures with frozen", distance(right_pictures), below=6)
claim("Fréchet distance of other real digits", distance(images[:1000]), below=1)

# %% [markdown]
# ## Do the losses show it?
#
# Would the losses have told us that D sleeps? Here they are, in [nats](glossary.md#nat), the unit of the natural logarithm. The vertical axis is logarithmic: each
# labeled mark is ten times the one below. The gray dashed line is log 2 ≈ 0.69. If D always says ½, each of the three losses has this
# value.

# %%
rounds = 10 * np.arange(len(right_losses))


def show_losses(runs):
    figure, axes = plt.subplots(1, 2, figsize=(7.5, 3.8), sharey=True)
    for ax, (name, losses) in zip(axes, runs.items(), strict=True):
        ax.plot(rounds, losses[:, 0], color=plots.DISCRIMINATOR, ls=":", label="D, on real pictures")
        ax.plot(rounds, losses[:, 1], color=plots.DISCRIMINATOR, lw=1.5, label="D, on fakes")
        ax.plot(rounds, losses[:, 2], color=plots.GENERATED, ls="-.", label="G")
        ax.axhline(np.log(2), color=plots.MUTED, ls="--", lw=1, label="log 2: D says ½")
        ax.set(xlabel="round", title=name, yscale="log", ylim=(3e-6, 50))
    axes[0].set_ylabel("loss in nats, log scale")
    figure.legend(*ax.get_legend_handles_labels(), loc="outside lower center", ncols=4, fontsize=10)


# %%
show_losses({"The classic: D sleeps": classic_losses, "With frozen: D is awake": right_losses})
plt.show()

# %%
classic_end, right_end = (losses[-20:].mean(axis=0) for losses in (classic_losses, right_losses))
claim("the classic at the end: G's loss", classic_end[2], below=0.1, unit="nats")
claim("its D's loss on fakes alone", classic_end[1], above=2, unit="nats")
claim("its D's loss on both kinds, averaged", classic_end[:2].mean(), above=1, unit="nats")
claim("with frozen: G's loss", right_end[2], above=0.4, unit="nats")
after_start = right_losses[41:]
claim("with frozen, after 400 rounds: the smallest loss", after_start.min(), above=1e-3, unit="nats")
claim("with frozen, after 400 rounds: the largest loss", after_start.max(), below=20, unit="nats")

# %% [markdown]
# On the left, G's loss goes smoothly toward zero. This looks like success. D's loss on fakes grows, while its loss on real
# pictures stays where it began. The average of the two, which the classic prints, grows as well,
# and hides that one of them stands still. So look at D's two losses separately. If the loss on fakes grows while the loss on real pictures stands still, this is a strong hint that D does not learn, or learns far too slowly.
#
# On the right, D's loss on real pictures falls below the edge of the figure in the restless first 100 rounds. After 400
# rounds, all three curves stay between about 0.01 and 5 nats. D is ahead: nearly always its losses are below the dashed
# line, and G's loss is above it. But after round 400, none of the curves keeps falling toward 0 or keeps growing.
#
# **Predict before you run.** So is a loss that goes smoothly to zero a *proof* that D sleeps? We now train, with the
# right recipe, a D that is awake but learns slowly: its [learning rate](glossary.md#learning-rate) is
# 1e-6 instead of 1e-3. Where will G's loss be after 200 rounds: near 0, as with the sleeping D, or above 0.5, as with `frozen` and the
# larger rate?

# %%
# Your prediction, a number:
prediction = None


# %%
def slow_build(generator, discriminator):
    return build(generator, discriminator, d_rate=1e-6)


slow_g, slow_d, slow_losses, _ = train(slow_build, right_round, rounds=200)
with answer(prediction):
    claim("G's loss against the slow D", slow_losses[-10:, 2].mean(), below=0.1, unit="nats")
    claim("the slow D has moved by", moved(slow_d, start[1]), above=1e-5)
    claim("the sleeping D has moved by", moved(classic_d, start[1]))

# %% [markdown]
# <details><summary>What is a proof, then?</summary>
#
# The slow D is awake, and yet G's loss ends near 0, as with the sleeping D. A loss shows *that* one player
# loses, not *why*. The weights tell the two apart: one D has moved a little, the other by exactly 0.
# **Weights that do not move at all prove that a network does not learn.** (The reason can be a flag that is down,
# as here, or a gradient that is 0, or steps that are too small for the decimal places of the computer.)
#
# </details>
#
# Here are the two curves for the first 200 rounds. Without the legend, nobody could tell which D sleeps:

# %%
figure, ax = plt.subplots(figsize=(7, 3))
end = len(slow_losses)
runs = ("D sleeps", "-.", classic_losses), ("D is awake, but slow", "-", slow_losses)
for name, style, losses in runs:
    ax.plot(rounds[:end], losses[:end, 2], color=plots.GENERATED, ls=style, label=name)
ax.set(xlabel="round", ylabel="G's loss in nats, log scale", yscale="log")
ax.set_title("G's loss: which D sleeps? The curves do not tell")
ax.legend(fontsize=10)
plt.show()


# %% [markdown]
# Three habits, each of a line or two, find a sleeper in a minute:
#
# 1. **Count**: `len(discriminator.trainable_weights)` before the first step. If the count is 0, a step that TensorFlow traces now will train nothing.
# 2. **Measure**: keep `get_weights()`, take one step of D, and compute the largest change.
# 3. **Plot true losses**: those of one batch, on real pictures and on fakes separately. The number that `fit` prints for a loss given to `compile` is something else: in Keras 3, also from 3.15 on, it is the mean over the epoch so far. Such a mean hides most of the ups and downs, and late in an epoch it hardly moves any more.
#
# Only the second habit gives a proof. The losses can only make you suspicious, and so can the count: after a step has been
# traced, TensorFlow does not look at the flag again while the batch size stays the same, as the extra at the end shows.
#
# ### Exercise 2: repair the build (five minutes)
#
# Our `build` compiles both models and returns the combined one. The version below has three faults, and each of them
# alone breaks it.


# %%
def broken_build(generator, discriminator):
    optimizer = keras.optimizers.Adam(2e-4, beta_1=0.5)
    discriminator.compile(optimizer, "binary_crossentropy")
    discriminator.trainable = False
    combined = keras.Sequential([generator, discriminator])
    combined.compile(optimizer, "binary_crossentropy")
    return combined


# %%
g, d = make_generator(), make_discriminator()
broken_combined = broken_build(g, d)
claim("symptom 1: weight arrays that its D can train", len(d.trainable_weights))
stated = float(keras.losses.binary_crossentropy([[1.0]], [[3.0]])[0])
claim("symptom 2: its loss of a raw score of 3", stated, near=0, within=1e-4)
claim("the right one, −log σ(3)", np.log1p(np.exp(-3)), near=0.0486, within=1e-4)
print("symptom 3, after its flag has been raised:", end=" ")
try_one_round(d, broken_combined)


# %%
def repair_build(generator, discriminator):
    return ...  # copy broken_build here and mend it


check.repair_build(repair_build)
# check.repair_build.hint()
# check.repair_build.solution()

# %% [markdown]
# ### Exercise 3: repair the round (ten minutes)
#
# Here is one round of training with two faults. The check builds small players, runs your code, and watches who moves.


# %%
def broken_round(generator, discriminator, combined, real, z):
    ones, zeros = np.ones((len(real), 1)), np.zeros((len(real), 1))
    discriminator.trainable = False  # so that the combined model trains the generator only
    discriminator.train_on_batch(real, ones)
    discriminator.train_on_batch(generator.predict_on_batch(z), zeros)
    combined.train_on_batch(z, zeros)  # generated samples are 0


# %%
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    broken_g, broken_d, _, broken_film = train(build, broken_round, rounds=40)
claim("symptom 1: D has moved by", moved(broken_d, broken_film[0][1]))
scores = broken_d.predict_on_batch(broken_g.predict_on_batch(noise))
claim("symptom 2: the mean score of its samples", scores.mean(), below=0)


# %%
def repair_round(generator, discriminator, combined, real, z):
    return ...  # copy broken_round here and mend it


check.repair_round(repair_round)
# check.repair_round.hint()
# check.repair_round.solution()

# %% [markdown]
# ## The BatchNormalization trap
#
# `trainable = False` does one more thing, to one kind of layer. [Batch
# normalization](glossary.md#batch-normalization) uses the mean and the standard deviation of the batch in [training
# mode](glossary.md#training-mode), and its moving averages of them otherwise. A *frozen* BatchNormalization always uses
# the moving averages, even when it is called with `training=True`.
#
# So a discriminator with BatchNormalization is *one function* in its own step (it normalizes with the batch) and *another* in
# the combined step (it normalizes with the moving averages). We do not expect more training to remove the difference, because its cause stays: in its own step D gets a batch of fakes alone, but
# the moving averages mix real pictures and fakes. We train such a D for 100 rounds, and ask it for the scores of the same fakes in both
# modes. (We use `momentum=0.8`, so that the moving averages have long forgotten their initial values. With Keras' default
# of 0.99, a part of the difference would come from them.)

# %%
keras.utils.set_random_seed(0)
normalization = layers.BatchNormalization(momentum=0.8)
first = [layers.Flatten(), layers.Dense(256), normalization, layers.LeakyReLU(0.2)]
second = [layers.Dense(128), layers.LeakyReLU(0.2), layers.Dense(1)]
normalized = keras.Sequential([keras.Input((28, 28, 1)), *first, *second])
normalized.compile(keras.optimizers.Adam(1e-3, beta_1=0.5), loss)
fakes, rng = right_pictures, np.random.default_rng(0)
for _ in range(100):
    normalized.train_on_batch(images[rng.integers(len(images), size=64)], ones)
    normalized.train_on_batch(fakes[rng.integers(len(fakes) - 256, size=64)], 0 * ones)

own_step = normalized(fakes[-256:], training=True).numpy()
with frozen(normalized):
    combined_step = normalized(fakes[-256:], training=True).numpy()
difference = np.abs(own_step - combined_step).mean()
claim("mean size of the difference of the two scores of a fake", difference, above=0.4)

# %%
own, combined_scores = own_step.ravel(), combined_step.ravel()
_, ax = plt.subplots(figsize=(4.8, 4.4))
ax.scatter(own, combined_scores, s=14, color=plots.DISCRIMINATOR, alpha=0.6)
ends = [min(own.min(), combined_scores.min()), max(own.max(), combined_scores.max())]
ax.plot(ends, ends, color=plots.MUTED, ls="--", label="the two scores agree")
ax.set(xlabel="score in D's own step (trainable)", ylabel="score in the combined step (frozen)")
ax.set(title="One dot per fake: D has two opinions", aspect="equal")
ax.legend(fontsize=10)
plt.show()


# %% [markdown]
# Where the two scores of a fake agree, its dot lies on the dashed line. Here all the dots lie above it: the frozen D
# gives the fakes higher scores than the D of its own step, about 2 higher on average. So the function that teaches G is not the function
# that has learned to tell G's pictures from real ones, although both have the same weights. What can you do?
#
# * Leave BatchNormalization out of D, as in the rest of this lesson, or use LayerNormalization, which normalizes each picture by
#   itself and computes the same in both modes.
# * Or write the step with gradients, where nothing has to be frozen. Then D uses the mean and the standard deviation of
#   the batch in both steps. (In the plain version below, D's moving averages change in G's step, too, because D is called with `training=True`. The package's `GAN` keeps them still in G's step.)
#
# ## The same step with gradients
#
# We need the flag because `train_on_batch` moves every weight whose flag is up. If we take the gradients ourselves,
# we *name* the weights, and there is no flag to forget. Here is D's half in plain TensorFlow.
# [softplus](glossary.md#softplus)(−s) is −log σ(s), and softplus(s) is −log(1 − σ(s)).


# %%
def discriminator_step(generator, discriminator, optimizer, real, z):
    fake = generator(z, training=True)
    with tf.GradientTape() as tape:
        d_loss = tf.reduce_mean(tf.nn.softplus(-discriminator(real, training=True)))
        d_loss += tf.reduce_mean(tf.nn.softplus(discriminator(fake, training=True)))
    weights = discriminator.trainable_variables  # these, and no others
    optimizer.apply(tape.gradient(d_loss, weights), weights)
    return d_loss


# %% [markdown]
# ### Exercise 4: the generator's half (twenty minutes)
#
# Now write G's half. Below is a draft with three faults; the check will name them one after the other. After
# a correct step, D's scores of the samples are higher than before, G's weights have moved, and D's have not.


# %%
def broken_step(generator, discriminator, optimizer, z):
    fake = generator(z, training=True)
    with tf.GradientTape() as tape:
        g_loss = tf.reduce_mean(tf.nn.softplus(discriminator(fake, training=True)))
    weights = generator.trainable_variables + discriminator.trainable_variables
    optimizer.apply(tape.gradient(g_loss, weights), weights)


# %%
g, d = make_generator(), make_discriminator()
g_before, d_before = g.get_weights(), d.get_weights()
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    broken_step(g, d, keras.optimizers.SGD(0.1), tf.constant(z))
claim("the draft has moved the generator by", moved(g, g_before))
claim("and the discriminator by", moved(d, d_before), above=1e-5)


# %%
def repair_step(generator, discriminator, optimizer, z):
    return ...  # write G's half here


check.repair_step(repair_step)
# check.repair_step.hint()
# check.repair_step.solution()

# %% [markdown]
# ### Both halves in `fit`
#
# On TensorFlow and PyTorch, a `keras.Model` with a method `train_step(data)` is all that `fit` needs, after one call of
# `compile()`. (Our two halves use TensorFlow's `GradientTape`, so this class needs TensorFlow. On JAX,
# `train_step` also gets and returns the state of the model.) Here we pass the noise to `fit` in the place of the labels, so it is
# the same in every epoch. Lesson 04 draws new noise for every step. G's half is the solution of exercise 4. You can put yours in its
# place.

# %%
generator_step = check.repair_step.answer


class GradientGAN(keras.Model):
    def __init__(self, generator, discriminator, d_optimizer, g_optimizer):
        super().__init__()
        self.players = generator, discriminator
        self.d_optimizer, self.g_optimizer = d_optimizer, g_optimizer

    def train_step(self, data):
        real, z = data
        d_loss = discriminator_step(*self.players, self.d_optimizer, real, z)
        generator_step(*self.players, self.g_optimizer, z)
        return {"d_loss": d_loss}


# %%
adams = keras.optimizers.Adam(), keras.optimizers.Adam()
trained = GradientGAN(make_generator(), make_discriminator(), *adams)
trained.compile()
history = trained.fit(images[:640], noise[:640], batch_size=64, epochs=2, verbose=0)
print("fit has trained", len(history.history["d_loss"]), "epochs")


# %% [markdown]
# Is it the same step as with the combined model? We start twice from the same weights. We take one round with the combined
# model and one round with gradients, both with plain SGD (one step against the gradient, without Adam's memory), and compare the weights.
#
# <details><summary>One thing has to be made equal first.</summary>
#
# Two calls of `train_on_batch`, first with real pictures and then with generated ones, are two steps, one after
# the other. The gradient version takes one step on the sum of both losses. So here D sees both kinds in one
# batch of 128. The mean over 128 is half the sum of the two means over 64, so this D gets twice the learning
# rate. (This is true for plain SGD. Adam divides by the size of the gradient, so a factor of 2 in the loss changes
# almost nothing.)
#
# </details>


# %%
def twins():
    keras.utils.set_random_seed(3)
    return make_generator(), make_discriminator()


g1, d1 = twins()
g_start = g1.get_weights()
stack = keras.Sequential([g1, d1])
stack.compile(keras.optimizers.SGD(0.1), loss)
d1.compile(keras.optimizers.SGD(0.2), loss)
d1.train_on_batch(np.concatenate([real, g1.predict_on_batch(z)]), np.concatenate([ones, 0 * ones]))
with frozen(d1):
    stack.train_on_batch(z, ones)

# %%
g2, d2 = twins()
both = GradientGAN(g2, d2, keras.optimizers.SGD(0.1), keras.optimizers.SGD(0.1))
both.train_step((tf.constant(real), tf.constant(z)))

claim("the round has moved G by", moved(g1, g_start), above=1e-4)
claim("largest difference of the two generators", moved(g1, g2.get_weights()), near=0, within=1e-5)
claim("largest difference of the discriminators", moved(d1, d2.get_weights()), near=0, within=1e-5)

# %% [markdown]
# Up to rounding, it is the same round. The combined model needs no code for gradients, and its diagram shows who teaches whom.
# The gradient version needs no flag. From lesson 04 on, we use the gradient version.
#
# The package has both pieces of the combined version: `build_combined`, which checks that the networks fit, and
# `frozen`, which also remembers layers that were frozen before. They take the same step as ours:

# %%
from gan_course import gan

(g3, d3), (g4, d4) = twins(), twins()
packaged = gan.build_combined(g3, d3, keras.optimizers.SGD(0.1))
with gan.frozen(d3):
    packaged.train_on_batch(z, ones)
ours = keras.Sequential([g4, d4])
ours.compile(keras.optimizers.SGD(0.1), loss)
with frozen(d4):
    ours.train_on_batch(z, ones)
claim("largest difference of the two generators", moved(g4, g3.get_weights()), near=0, within=1e-6)


# %% [markdown]
# ### Exercise 5: an open experiment
#
# Change the round or the build: several D steps per round, other learning rates, or labels of 0.9 for real
# pictures. (For other layers, define `make_generator` or `make_discriminator` again: `train` calls them by these names. Keep
# z at 32 numbers, because the distance is computed with this noise.) **Beat the recipe with `frozen` in 1,200 rounds of 64 pictures**: reach a smaller
# distance to the 1,000 digits in `held_out`, as the mean over the seeds 0 and 1. (Two seeds are few. Before you believe in a
# small lead, train both recipes with more seeds.)
#
# Why not the test digits? If you try many recipes and keep the one that is best on some digits, it is best partly by luck,
# and these digits can no longer judge it fairly. So choose with `held_out`, and compute the distance to the test digits
# only once, for your winner.


# %%
def mean_distance(generators):
    """The mean distance of their pictures to the digits that were held out."""
    return np.mean([distance(generator.predict_on_batch(noise), held_out) for generator in generators])


second_g = train(build, right_round, seed=1)[0]
claim("number to beat", mean_distance([right_g, second_g]), below=6)
# claim("yours", mean_distance([train(my_build, my_round, seed=seed)[0] for seed in range(2)]))

# %% [markdown]
# ## Extra: when does each backend look at the flag?
#
# Read this part if you want to know *why* the rule is as it is, or if you use JAX or PyTorch. You can skip it otherwise.
#
# We ran the file's steps on each backend (Keras 3.15.1). A cell below repeats them on a tiny model for JAX and PyTorch, where these are
# installed. (The [tests of this
# course](https://github.com/gan-course/gan-course/blob/main/tests/probes/backend.py) repeat the variant with
# two optimizers, too.)
#
# | backend | the classic, one optimizer | the variant with two optimizers |
# |---|---|---|
# | TensorFlow | runs; D moves by 0.0; one warning | runs; D moves by 0.0; one warning |
# | JAX | stops in the first round: the optimizer "was built with 0 variables" | runs; D moves by 0.0; **no warning** |
# | PyTorch | stops in the first round: "Unknown variable" | runs; D moves by 0.0; the same warning in every step of D (by default Python shows it once) |
#
# <details><summary>Why does the shared optimizer stop JAX and PyTorch, but not TensorFlow?</summary>
#
# An optimizer is built for a list of weights. On JAX and PyTorch the first call of `train_on_batch` builds it. This
# call is D's, and D has nothing to train, so the list is empty, and G's weights are then unknown. On TensorFlow a step
# without trainable weights leaves the optimizer unbuilt, and the combined step builds it for G's weights.
#
# </details>
#
# On TensorFlow, is the shared optimizer the reason why D sleeps? We give each model its own, and play 20 rounds.


# %%
def two_optimizers(generator, discriminator):
    discriminator.compile(keras.optimizers.Adam(2e-4, beta_1=0.5), loss)
    discriminator.trainable = False
    combined = keras.Sequential([generator, discriminator])
    combined.compile(keras.optimizers.Adam(2e-4, beta_1=0.5), loss)
    return combined


# %%
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    _, other_d, _, other_film = train(two_optimizers, classic_round, rounds=20)
claim("with two optimizers, D has moved by", moved(other_d, other_film[0][1]))

# %% [markdown]
# D sleeps with two optimizers as well. So on TensorFlow the flag alone is to blame. What matters is the value of the flag at the moment
# that the table below names. (Keras 3.15 does note the flags in `compile`, in order to warn when one of them has changed. But in
# 3.15.1 this warning never appears: the line that calls it stands after a `raise`, so it is never reached.)
#
# | backend | when the flag is read |
# |---|---|
# | PyTorch | at every training call; but the optimizer refuses weights that it was not built for |
# | JAX | at every training call; but the optimizer refuses another set of weights than it was built for |
# | TensorFlow | when it traces the step: at the first training call after `compile`, and once more at the first call with a second batch size (that graph then serves all other sizes) |
#
# You can check the lines for JAX and PyTorch yourself. A Python process has only one backend. So the program below runs in a process of its own, once for JAX and once for PyTorch, if
# they are installed. Its players have one layer each, and it plays the classic with
# one optimizer and with two. Then it lets a fresh D take two steps, the first with the flag up and the second with the flag down. Another fresh D takes its first step with the flag down and its second with the flag up.

# %%
program = """
import warnings, keras, numpy as np
x, ones = np.ones((8, 4), "float32"), np.ones((8, 1), "float32")

def report(title, d, step, rounds=2):
    before = d.get_weights()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            for _ in range(rounds):
                step()
        except ValueError as error:
            print(f"  {title}: stops,", str(error).split(": <")[0].split("Received ")[-1].split(".")[0])
            return
    far = max(np.abs(a - b).max() for a, b in zip(d.get_weights(), before))
    warned = sum("trainable" in str(item.message) for item in caught)
    print(f"  {title}: D has moved by {far:.2g}, {warned} warnings")
"""

# %%
program += """
def network(units):
    keras.utils.set_random_seed(0)
    return keras.Sequential([keras.Input((4,)), keras.layers.Dense(units)])

def one_round():
    d.train_on_batch(x, ones)
    combined.train_on_batch(x, ones)

for count in (1, 2):
    g, d, first = network(4), network(1), keras.optimizers.SGD(0.01)
    second = first if count == 1 else keras.optimizers.SGD(0.01)
    d.compile(first, "mse")
    d.trainable = False
    combined = keras.Sequential([g, d])
    combined.compile(second, "mse")
    report(f"the classic, optimizers: {count}", d, one_round)
"""

# %%
program += """
def one_step():
    d.train_on_batch(x, ones)

for flags in ((True, False), (False, True)):
    d = network(1)
    d.compile(keras.optimizers.SGD(0.01), "mse")
    for number, flag in enumerate(flags, 1):
        d.trainable = flag
        position = "up" if flag else "down"
        report(f"step {number}, flag {position}", d, one_step, rounds=1)
"""

# %% tags=["nbval-ignore-output"]
import os
import subprocess
import sys

for backend in ("jax", "torch"):
    print(backend if importlib.util.find_spec(backend) else f"{backend} is not installed here")
    if importlib.util.find_spec(backend):
        environment = {**os.environ, "KERAS_BACKEND": backend}
        command = [sys.executable, "-c", program]
        print(subprocess.run(command, env=environment, capture_output=True, text=True).stdout)

# %% [markdown]
# Compare the lines with the two tables. Both backends stop the classic with one optimizer in the first round. With two
# optimizers D sleeps, and only PyTorch warns. In the last four lines of each backend, step 1 does what its flag says. Where the flag is up in step 1 and down in step 2, PyTorch obeys the flag, and JAX stops. Where it is down in step 1 and up in step 2, both stop.
#
# **Predict before you run (on TensorFlow).** Two fresh discriminators are compiled with the flag up. Before each of
# three steps we set the flag as the table says. The batches have 64, again 64, and then 32 pictures. In which steps
# do the weights move?
#
# | | step 1, batch of 64 | step 2, batch of 64 | step 3, batch of 32 |
# |---|---|---|---|
# | first discriminator | flag down | flag up | flag up |
# | second discriminator | flag up | flag down | flag down |

# %%
# Your prediction, six answers:
prediction = None

# %%
with answer(prediction), warnings.catch_warnings():
    warnings.simplefilter("ignore")
    for name, flags in {"first": (False, True, True), "second": (True, False, False)}.items():
        keras.utils.set_random_seed(0)
        network = make_discriminator()
        network.compile(keras.optimizers.SGD(0.01), loss)  # the flag is up
        for number, (flag, size) in enumerate(zip(flags, (64, 64, 32), strict=True), 1):
            network.trainable, before = flag, network.get_weights()
            network.train_on_batch(real[:size], ones[:size])
            how_far = round(float(moved(network, before)), 4)
            up_or_down = "up" if flag else "down"
            claim(f"{name} D, step {number}, batch of {size}, flag {up_or_down}: moved by", how_far)

# %% [markdown]
# <details><summary>What the six lines say</summary>
#
# Step 1 follows the flag of that moment, although both were compiled with the flag up: `compile` has frozen
# nothing. Step 2 does what step 1 did, *against* its flag, because TensorFlow remembers the step that it has
# traced. Only the second batch size in step 3 makes it look at the flag again. Going back to 64 would bring
# the old behavior back, until the next `compile`. (A third batch size would not help: from the second one on,
# TensorFlow keeps one graph for all other sizes.)
#
# </details>

# %% [markdown]
# ## What can go wrong
#
# | you see | likely cause | test | remedy |
# |---|---|---|---|
# | D's weights never change | its flag is down when it trains | compare weights before and after one step | `with frozen(discriminator):` around the combined step only |
# | still nothing after raising the flag | TensorFlow remembers what it traced | compile again, step again | the right flag around every call, from the first on |
# | D gets worse in G's step | it was never frozen | D's movement in the combined step | the same `with frozen(discriminator):` |
# | G's loss falls to 0 | D sleeps, or learns too slowly, or is too simple | do D's weights move? | wake it, or raise its learning rate |
# | "Unknown variable", "built with 0 variables" | one optimizer for two models, or a flag that has changed since the first step | `a.optimizer is b.optimizer`; print the flag before each step | one optimizer each, and the right flag around every call |
# | a printed loss that is very smooth | a running mean | compute the loss of one batch | your own losses; for `train_on_batch` also Keras 3.15 or later |
# | D scores the same fakes differently in its two steps | frozen BatchNormalization | scores of one batch in both modes | no BatchNormalization in D, or gradients |
#
# ## Summary in five lines
#
# 1. D tells G one number per pixel; the chain rule turns these numbers into the gradient of G's weights.
# 2. Trained with label 1, the combined model G → D minimizes G's non-saturating loss; D is held still in it.
# 3. The published classic lowers the flag once. On Keras 3 with TensorFlow its discriminator moves by exactly 0; on JAX and
#    PyTorch its shared optimizer stops the program.
# 4. `compile` freezes nothing: have the flag right around every call, with `with frozen(discriminator):`. Or take the
#    gradients yourself: then there is no flag to forget.
# 5. A loss curve cannot prove that D does not learn; weights that do not move prove it.
#
# ## References
#
# * I. Goodfellow et al., [Generative adversarial nets](https://arxiv.org/abs/1406.2661), NIPS 2014, algorithm
#   1, and section 3 for the non-saturating loss.
# * E. Linder-Norén, [Keras-GAN](https://github.com/eriklindernoren/Keras-GAN), `gan/gan.py`; [issue
#   22](https://github.com/eriklindernoren/Keras-GAN/issues/22) reports in 2018 that the discriminator is frozen
#   forever. The author of the collection answers, rightly for Keras 2, that it is not.
# * C. Szegedy et al., [Intriguing properties of neural networks](https://arxiv.org/abs/1312.6199), ICLR 2014:
#   where adversarial examples got their name.
# * I. Goodfellow, J. Shlens, C. Szegedy, [Explaining and harnessing adversarial
#   examples](https://arxiv.org/abs/1412.6572), ICLR 2015: one step along the sign of the gradient makes them.
# * A. Radford, L. Metz, S. Chintala, [Unsupervised representation learning with deep convolutional generative
#   adversarial networks](https://arxiv.org/abs/1511.06434), ICLR 2016: Adam with β₁ = 0.5, LeakyReLU, and where
#   (not) to put BatchNormalization.
# * Keras, [Transfer learning and fine-tuning](https://keras.io/guides/transfer_learning/): what `trainable`
#   means, and BatchNormalization's special case. For its sentence on `compile`, see "Why D sleeps" above.
# * Keras, [pull request 22617](https://github.com/keras-team/keras/pull/22617): `train_on_batch` returns the
#   loss of the batch instead of a running mean.
#
# **Next lesson:** [04 · The training algorithm](04_the_training_algorithm.ipynb): the whole game, from noise to
# equilibrium.
