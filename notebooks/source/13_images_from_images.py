# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#       format_version: '1.3'
#       jupytext_version: 1.19.6
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 13 · Images from images
#
# [![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)](https://colab.research.google.com/github/gan-course/gan-course/blob/main/notebooks/13_images_from_images.ipynb)
#
# **The one idea: one loss says what has to be kept, and a discriminator says what looks real. Neither of the two is
# enough.**
#
# After this lesson you will be able to
#
# * say why a network that is trained to be close draws a blur, and derive which blur;
# * build a U-Net and a discriminator of patches, and train them on pairs of pictures (pix2pix);
# * explain why the blurred pictures win by PSNR and lose by the eye;
# * write the loss of two translators that learn without any pairs (CycleGAN), and test what their cycle promises and what it does not.
#
# It takes about 90 minutes to read, without exercise 3 and the open experiment. Its cells run in about 60 seconds on
# two CPU cores. You should know the conditional GAN of [lesson 10](10_conditional_gans.ipynb), and the Fréchet
# distance of [lesson 07](07_measuring_a_gan.ipynb).

# %% tags=["nbval-ignore-output"]
# Where the course package is missing, on Colab for example, this cell installs it first.
import importlib.util

if importlib.util.find_spec("gan_course") is None:
    print("Installing gan_course from https://github.com/gan-course/gan-course")
    # %pip install --quiet git+https://github.com/gan-course/gan-course

import matplotlib.pyplot as plt
import numpy as np

from gan_course import data, metrics, plots, results, runtime
from gan_course.checks import lesson_13 as check
from gan_course.claims import answer, claim

plots.use_style()
plt.rcParams["image.interpolation"] = "nearest"  # each pixel as it is
print(runtime.configure(seed=0))

# %% [markdown]
# ## A torn digit
#
# In lesson 10 somebody gave the generator a label, "a 7, please". Now somebody gives it a *picture*. Many tasks have
# this form: a gray photograph becomes a colored one, a small picture a large one, a sketch a drawing, a map an aerial
# photograph. Our first task is small. Somebody has torn off the lower part of a digit. Of its
# 28 rows only the upper twelve are left, and G has to complete it.
#
# We call the picture that is given the **source**, and the one that is wanted the **target**. As in lesson 10 we make
# three piles of digits: 3,000 for the networks, 1,000 for the judges, and 1,000 for the test. The judges must not learn from the pictures
# that the networks learn from.

# %%
images, labels = data.load("mnist_5k")
learned = images[:3000]  # for the networks
judged_by, judged_by_labels = images[3000:], labels[3000:]  # for the judges
unseen, unseen_labels = data.load("mnist_5k", split="test")  # for neither


def torn(pictures):
    """Pictures whose rows from the thirteenth on are gray: 0, the middle between black (−1) and white (1)."""
    given = pictures.copy()
    given[:, 12:] = 0.0
    return given


given = torn(unseen)
ax = plots.image_grid(
    np.concatenate([given[:10], unseen[:10]]), "Sources, and their targets", columns=10
)
plt.show()


# %% [markdown]
# Look at the first row alone. How would you complete the second picture? **There is more than one right answer.** Let
# us look at some. We look up the training digits whose upper twelve rows are most like those of a given digit.


# %%
def lookalikes(pictures, count):
    """For each picture, the training digits with the nearest upper twelve rows, (pictures, count, 28, 28, 1)."""
    rows, tops = learned[:, :12].reshape(len(learned), -1), pictures[:, :12].reshape(len(pictures), -1)
    # |row − top|² without |top|², which is the same for all rows and does not change their order:
    gaps = np.square(rows).sum(axis=1) - 2 * tops @ rows.T
    return learned[np.argsort(gaps, axis=1)[:, :count]]


alike = lookalikes(unseen, 15)

# %%
chosen = (1, 6, 10)
mean, median = alike.mean(axis=1), np.median(alike, axis=1)
rows = [[unseen[i], *alike[i, :6], mean[i], median[i]] for i in chosen]
ax = plots.image_grid(np.concatenate(rows), "What begins alike can end differently", columns=9)
ax.set_xticks(3 + 14 + 31 * np.arange(9), ["the digit", *"123456", "mean", "median"])
ax.tick_params(length=0)
plt.show()

# %% [markdown]
# On the left stands a digit, then come the six training digits that begin most like it. On the right are the mean and
# the median of the 15 that begin most like it. The first row begins with the second picture of the figure above, an 8. Of the
# six digits that begin most like it, only one is an 8, and five are 2s. What begins like the 0 ends as a 9 or as a 0,
# and what begins like the 4 ends as a 4 or as a 1. The last two pictures of a row are guesses. The mean
# shows all answers at once, each of them pale. The median is sharper, but where the answers disagree, it loses parts of
# the stroke: the second one looks like a question mark. Of the 4 it keeps little more than a piece of one stroke.
#
# ### Which guess is the closest?
#
# We compare three guesses for the missing part: the single most similar training digit, the mean of 15, and the median of
# 15. How close is a guess? Engineers like to answer with the [PSNR](glossary.md#psnr), the peak signal-to-noise ratio.
# It divides the largest possible squared difference by the mean squared difference, and puts the result on a
# logarithmic scale. The range of our values is 2, from
# −1 to 1:
#
# $$\text{PSNR} = 10 \log_{10} \frac{2^2}{\text{mean squared difference}}.$$
#
# It is measured in decibels (dB), and larger is closer: 10 dB more mean a tenth of the squared difference. (We take the
# mean over the pixels of all pictures. Many papers compute one PSNR for each picture, and then the mean of those. The
# numbers differ a little.) In this lesson we always take the PSNR of the *whole* picture. Each of our three guesses
# gets the true upper rows, which were given. So 12 of 28 rows are right. The mean squared difference is 16/28 of that of
# the missing part alone, and the number is 10 log₁₀ (28/16) ≈ 2.4 dB higher.
#
# **Predict before you run:** one of the three guesses is a real digit, and the other two are each made of 15 digits. Which has the
# highest PSNR? And which has the smallest mean absolute difference?

# %%
# Your prediction, two of "one digit", "mean", "median":
prediction = None


# %%
def psnr(made, wanted):
    return 10 * np.log10(4 / np.mean((made - wanted) ** 2))


guesses = {"one digit": alike[:, 0], "mean": mean, "median": median}
bounds = {"one digit": (12.4, 13.5, 0.131), "mean": (14.7, 15.7, 0.126), "median": (13.6, 14.6, 0.11)}
with answer(prediction):
    for name, guess in guesses.items():
        made = np.concatenate([unseen[:, :12], guess[:, 12:]], axis=1)
        low, high, gap = bounds[name]
        claim(f"{name:10} PSNR", psnr(made, unseen), above=low, below=high, unit="dB")
        miss = np.abs(made - unseen).mean()
        claim(f"{name:10} absolute difference", miss, above=gap, below=gap + 0.015)


# %% [markdown]
# <details><summary>What this means</summary>
#
# The real digit wins by neither measure. The mean wins by PSNR, and the median by the absolute difference. These two
# pictures do not look right. They are close because in each pixel they lie *between* the answers.
#
# </details>
#
# This is no accident. Take one pixel, and one source x. The target y has some distribution, given x. We have to
# guess y, and may name only one number g, whatever y will be.
#
# * The expected squared difference E (y − g)², also called the L2 loss, is smallest at the **mean**, g = E[y | x].
# * The expected absolute difference E |y − g|, also called the L1 loss, is smallest at a **median** g: at most half of the probability lies below
#   g, and at most half lies above it.
#
# <details><summary>The proof</summary>
#
# *Squares.* Write m = E[y | x]. Then E (y − g)² = E (y − m)² + 2 (m − g) E (y − m) + (m − g)². The middle term is 0,
# since E (y − m) = 0. The first term does not depend on g. So the smallest value is reached at g = m, and only there.
#
# *Absolute differences.* Move g up by a small step h, so small that it jumps over no value that y can take. Every y above
# g comes closer by h. Every other y, a y equal to g too, gets further away by h. So the expected difference changes by
# h · (P(y ≤ g) − P(y > g)). This is negative as long as more than half of the probability lies above g: then it pays to
# go up. In the same way it pays to go down as long as more than half lies below g. Where neither is true, g is a median,
# and no step helps. (With a density p one can also take the derivative
# of ∫ |y − g| p(y) dy, which is P(y < g) − P(y > g), and set it to 0.)
#
# A loss over a whole picture is the sum over its pixels, and a network that is large enough can choose each pixel
# freely for each source. So the loss is smallest when each pixel gets its own mean (for squares), or its own median
# (for absolute differences). **Whether the pixels fit each other plays no role.** Isola et al. (2017, section 4.2) say
# it of colors: L1 chooses the median of the possible colors, and this is often a grayish one.
#
# </details>
#
# ### Exercise 1: the two best guesses
#
# A pixel can have a few values, each with its probability. Write the guess with the smallest expected squared
# difference, and the one with the smallest expected absolute difference.


# %%
def best_guesses(values, probabilities):
    """values, probabilities: (n,), in any order. Return two numbers: best for squares, best for absolutes."""
    return ...


check.best_guesses(best_guesses)
# check.best_guesses.hint()
# check.best_guesses.solution()

# %% [markdown]
# Here is the expected loss of every guess, for a pixel that is black in 55 of 100 pictures, gray in 10, white in 35.

# %%
values, probabilities = np.array([-1.0, 0.0, 1.0]), np.array([0.55, 0.1, 0.35])
g = np.linspace(-1.2, 1.2, 241)
figure, ax = plt.subplots(figsize=(6.4, 3.4))
for power, style, name in (
    (2, "-", "squared: best at the mean"),
    (1, "--", "absolute: best at the median"),
):
    loss = (np.abs(g[:, None] - values) ** power) @ probabilities
    ax.plot(g, loss, style, color="black", label=name)
    ax.plot(g[loss.argmin()], loss.min(), "o", color="black")
ax.set(xlabel="guess, from black (−1) to white (1)", ylabel="expected difference", ylim=(0, 2.6))
ax.set_title("The best guess is gray, or simply black")
ax.legend()
plt.show()

# %% [markdown]
# The mean, −0.2, is a gray that occurs in no picture. The median is black, although the pixel is white in more than a
# third of the pictures. So the best network for the L1 loss would draw a stroke only where at least half of the answers have one.
#
# ## A U-Net
#
# Enough guessing by hand. Which network turns a picture into a picture? It should see the whole source, so it makes the
# picture smaller twice, with convolutions of stride 2. Then it makes it larger again. But an edge has to come out
# at the same pixel where it went in, and it is hard for the small picture in the middle to say exactly where that was. A
# [U-Net](glossary.md#u-net) (Ronneberger et al. 2015) has [skip connections](glossary.md#skip-connection): on the way
# up, each size also gets what the way down has computed at this size.

# %%
import keras
from keras import layers


def down(h, filters):
    return layers.LeakyReLU(0.2)(layers.Conv2D(filters, 4, strides=2, padding="same")(h))


def up(h, filters):
    return layers.ReLU()(layers.Conv2DTranspose(filters, 4, strides=2, padding="same")(h))


# %%
source = keras.Input((28, 28, 1))
half = down(source, 16)
quarter = down(half, 32)
h = up(quarter, 16)
h = up(layers.Concatenate()([h, half]), 8)  # the skip connection of 14 × 14
h = layers.Concatenate()([h, source])  # and that of 28 × 28
drawn = layers.Conv2D(1, 3, padding="same", activation="tanh")(h)
small_unet = keras.Model(source, drawn)
print(half.shape[1:], "to", quarter.shape[1:], "to", drawn.shape[1:])

# %% [markdown]
# The package's `unet_generator` is this network with two more parts. In the middle there are two *residual blocks* of
# two convolutions each, which compute a change and add it to their input. So one pixel of the output can
# depend on nearly the whole source. And in the middle each channel of each
# picture is normalized for itself ([instance normalization](glossary.md#instance-normalization)). So no picture depends
# on the others in its batch, as it would with batch normalization.
# `paired_generator` is the same network with a second input, noise z, as in the GANs of the earlier lessons. Each of the four numbers of z fills one more channel of the source. We will see below what G
# does with it.
#
# First we train G **without any game**: it just minimizes the L1 distance from the target, the mean absolute
# difference. This is ordinary regression. The optimizer is the one that the GAN will have, Adam with an average of G's
# weights (lesson 05), so the comparison is fair.

# %%
from gan_course.optimizers import AveragingAdam
from gan_course.variants.translation import Pix2Pix, paired_discriminator, paired_generator


def batches(steps, size=8):
    """Targets and sources for so many steps, over and over the same 3,000."""
    targets = np.resize(learned, (steps * size, *learned.shape[1:]))
    return targets, torn(targets)


targets, sources = batches(2000)
regression = paired_generator()
regression.compile(AveragingAdam(), "mae", jit_compile=False)
noise = np.random.default_rng(0).normal(size=(len(sources), 4)).astype("float32")
_ = regression.fit([noise, sources], targets, batch_size=8, verbose=0)

# %%
z = np.random.default_rng(1).normal(size=(len(unseen), 4)).astype("float32")
by_l1 = regression.predict([z, given], verbose=0)
figure, axes = plt.subplots(2, 1, figsize=(8, 2.5))
plots.image_grid(given[:10], "Given", columns=10, ax=axes[0])
title = "L1 alone: the top is right, the rest fades where there is doubt"
plots.image_grid(by_l1[:10], title, columns=10, generated=True, ax=axes[1])
plt.show()

# %% [markdown]
# ## A discriminator of patches
#
# Look at the second row of the figure: the lower ring of the 8 is gray, the small loop of the 2 (the eighth) is filled in, and the 0 has a gap. But should the best guess for L1 not be the median, which is mostly black or white? It should. But look again at the dashed line of the figure before: where the answers are almost equally frequent, the loss is nearly flat, so gray costs hardly more than black. A small network that has trained for a short time need not decide there. (This is a likely reason, which we have not tested.) Such a blur is easy to recognize: hardly any real digit has strokes that fade away. A network that recognizes it can punish it.
# So let a discriminator look at the pictures.
#
# What is left for it to do? The L1 loss already says roughly where the stroke has to go. D only has to say whether a stroke
# looks like a stroke, and this can be seen in a small part of the picture. So the D of pix2pix, the
# [PatchGAN](glossary.md#patchgan), returns not one score but a grid of them, one for each **patch**. It is the usual
# stack of convolutions, without the dense layer at the end. Each score has its own loss, and the loss of D is the mean
# of all of them. Such a D has fewer weights than a D of the whole picture, and its weights fit pictures of any size.

# %%
source, picture = keras.Input((28, 28, 1)), keras.Input((28, 28, 1))
h = layers.Concatenate()([picture, source])
h = layers.LeakyReLU(0.2)(layers.Conv2D(16, 4, strides=2, padding="same")(h))
h = layers.Conv2D(32, 4, strides=2, padding="same", use_bias=False)(h)
h = layers.LeakyReLU(0.2)(layers.GroupNormalization(groups=-1)(h))  # instance normalization
scores = layers.Conv2D(1, 3, padding="same")(h)
patches = keras.Model([picture, source], scores)
print(patches.input_shape, "becomes", patches.output_shape)

twin = paired_discriminator()  # the one of the package
twin.set_weights(patches.get_weights())
ours, its = (network.predict([unseen[:10], given[:10]], verbose=0) for network in (patches, twin))
claim(
    "largest difference from the package's discriminator, same weights",
    np.abs(ours - its).max(),
    below=1e-4,
)


# %% [markdown]
# D gets the source, too, as the D of lesson 10 got the label: D can then refuse a perfect digit that does not fit its
# source. (The code takes the picture first, the formulas of the paper the source first.)
#
# ### Exercise 2: the side of a patch
#
# How many pixels does one score see, from side to side? (Papers call this the *receptive field* of the score.) Begin
# with one pixel. A convolution looks at `kernel` neighbors in a row. One of them is
# already counted, so the patch grows by `kernel − 1` neighbors. But how far apart are two neighbors? In the picture
# itself, one pixel. After a layer with stride 2 they lie two pixels of the picture apart, and after two such layers
# four.


# %%
def patch_side(kernels, strides):
    """kernels, strides: sequences of integers, one for each layer, first layer first. Return an integer."""
    return ...


check.patch_side(patch_side)
# check.patch_side.hint()
# check.patch_side.solution()

# %% [markdown]
# We can also ask the network itself. The gradient of one score with respect to the pixels is 0 where the score does not
# look. There is one trap: instance normalization subtracts the mean over the whole picture. Through it each score
# depends a little on every pixel. So for this measurement we build the convolutions alone, without normalization and
# activations, and with all weights 1.

# %%
from gan_course.backend import input_gradient

bare = keras.Sequential([keras.Input((28, 28, 1))])
for kernel, stride in ((4, 2), (4, 2), (3, 1)):
    bare.add(layers.Conv2D(1, kernel, strides=stride, padding="same", kernel_initializer="ones"))


def seen_by(row, column):
    """Which pixels one of the 7 × 7 scores depends on: the size of its gradient, (28, 28)."""
    score = keras.Model(bare.inputs, bare.outputs[0][:, row, column])
    return np.abs(keras.ops.convert_to_numpy(input_gradient(score, unseen[:1])))[0, ..., 0]


seen = seen_by(3, 3)  # by the score in the middle

# %%
places = {"the score in the middle": (3, 3), "a score at the border": (3, 0)}
figure, axes = plt.subplots(1, 2, figsize=(6.8, 3.6))
for ax, (title, place) in zip(axes, places.items(), strict=True):
    patch = seen_by(*place)
    ax.imshow(unseen[0, ..., 0], cmap="gray", alpha=0.6)
    ax.imshow(patch, cmap="Blues", alpha=0.6 * (patch > 0))
    (top, left), (bottom, right) = (np.argwhere(patch > 0)[end] for end in (0, -1))
    corners = (left - 0.5, top - 0.5), right - left + 1, bottom - top + 1
    color = plots.style.DISCRIMINATOR
    ax.add_patch(plt.Rectangle(*corners, fill=False, color=color, linewidth=3, clip_on=False))
    ax.set(title=f"What {title} sees", xticks=[], yticks=[])
plt.show()

# %%
claim(
    "side of the patch, by the gradient",
    (seen.sum(axis=0) > 0).sum(),
    near=18,
    within=0.1,
    unit="pixels",
)
claim("by the rule of exercise 2", check.patch_side.answer((4, 4, 3), (2, 2, 1)), near=18, within=0.1)


# %% [markdown]
# So a score sees 18 × 18 of 28 × 28 pixels, about 41 % of the picture, apart from the faint influence of the
# normalization. At the border the frame of the picture cuts the
# patch off. The middle of a patch is darker in the figure, because more paths lead from there to the score. The paper's
# patches have 70 × 70 pixels of 256 × 256, which is only 7.5 % of a picture (section 4.4, and appendix 6.1.2; section
# 3.2.2 has the idea). So our D sees more of the shape of a digit than the D of the paper sees of a street.
#
# ## The game: pix2pix
#
# Now we put the parts together: [pix2pix](glossary.md#pix2pix) (Isola et al. 2017, equations 1, 3 and 4). x is a
# source, y its target, and D says whether *the pair* is real:
#
# $$\min_G \max_D\; \mathbb E_{x,y} \log D(x, y) + \mathbb E_{x,z} \log\big(1 - D(x, G(x, z))\big)
# + \lambda\, \mathbb E_{x,y,z} \lVert y - G(x, z) \rVert_1.$$
#
# The first two terms are the objective of lesson 10, with a picture in place of the label. The third is the L1
# distance. In practice G minimizes −log D in place of log(1 − D) (lesson 02). Here is all that G minimizes, written
# for one batch:


# %%
def generator_loss(scores, made, targets, weight):
    """scores: D's raw scores of the patches of what G made."""
    looks_real = keras.ops.mean(keras.ops.softplus(-scores))  # −log σ(score), lesson 02
    keeps_close = keras.ops.mean(keras.ops.abs(targets - made))
    return looks_real + weight * keeps_close


# %% [markdown]
# The paper takes λ = 100 for its photographs. We take λ = 3, so that the adversarial term has much more say: our
# question is what it can do. (The norm in the formula is a sum
# over all pixels. Our code takes the mean over them, as the paper's code does. So our λ and the paper's λ mean the same.) And D pays the [R1
# penalty](glossary.md#r1-penalty) of lesson 06, which pix2pix did not have.
#
# And what does the discriminator do **alone**, with λ = 0? It sees the source, so it could refuse what does not fit. A
# benchmark in the course's repository, `python -m benchmarks translation`, has trained this third kind, and the other
# two again, with three seeds each. Its numbers and its pictures are stored in the package. The third row below comes
# from there.
#
# **Predict before you run:** now train with both terms, L1 and a discriminator. Compared with L1 alone, does the PSNR
# rise or fall? And does a judge, which is a classifier of digits, recognize the right digit more often, less often, or
# equally often?

# %%
# Your prediction, for example ("rises", "more often"):
prediction = None

# %%
gan = Pix2Pix(paired_generator(), paired_discriminator(), l1_weight=3.0, seed=0)
gan.compile(r1_weight=0.3, jit_compile=False)
_ = gan.fit(targets, sources, batch_size=8, verbose=0)

# %%
by_both = gan.translate(given, seed=1)
scores = gan.discriminator([by_both[:100], given[:100]], training=False)
ours = generator_loss(scores, by_both[:100], unseen[:100], weight=3.0)
its = gan.objective.g_loss(scores) + gan.generator_penalty(unseen[:100], by_both[:100], None)
claim("difference of our loss from the package's", abs(float(ours - its)), below=1e-5)

# %%
stored = results.load("translation")


def over_seeds(name, column):
    """A number of each stored run of one kind, one per seed."""
    return np.array([run[column] for run in stored["runs"] if run["contender"] == name])


def shown(name):
    """Stored pictures of the first seed: for pix2pix the sources, what was made, and the targets."""
    run = next(run for run in stored["runs"] if run["contender"] == name and run["seed"] == 0)
    gray, color = (28, 28, 1), (28, 28, 3)
    shapes = (gray, color, color, gray, color, color, color) if "cycle" in name else (gray,) * 3
    return [results.images(text, shape) for text, shape in zip(run["shown"], shapes, strict=False)]


# %%
figure, axes = plt.subplots(5, 1, figsize=(7, 5.6))
rows = {
    "Given": (given, False),
    "L1 alone": (by_l1, True),
    "A discriminator alone (stored)": (shown("torn_adversarial")[1], True),
    "L1 and a discriminator": (by_both, True),
    "The true digits": (unseen, False),
}
for ax, (title, (pictures, generated)) in zip(axes, rows.items(), strict=True):
    plots.image_grid(pictures[:10], title, columns=10, generated=generated, ax=ax)
plt.show()

# %% [markdown]
# Look at the lower parts. Where the strokes of L1 alone fade, the fourth row decides for one answer: its 8 (the second picture) gets a lower ring with a whiter edge, although some
# gray is left in it, and the gap of its 0 (the seventh) is nearly closed, by a gray line. It does not always decide well. The third
# digit is a 2, and both networks take it for something else. The 5 (fourth) gets a closed ring that L1 alone did not draw, and the lower bow of the 3 (ninth) is nearly closed.
#
# The third row, a discriminator alone, also has white strokes, and they begin as the source does. This may be due to D, which sees the source, or to the skip
# connections of G, which make it easy to copy the given rows. But no term compares a picture with its target. The first 9 has become a 0, the 5 a 6, and the 7 a 0. Most of
# these pictures end in a closed ring, however they begin. Each patch of these pictures may look real, and fit the same patch of the source. A D of patches hardly asks for more than that. At the bottom it cannot even ask whether a picture
# fits: the patches of its lowest scores begin below the rows that were given. Apart from the faint influence of the normalization, these scores see nothing of the source but gray.
#
# Four numbers say how good the pictures are. The PSNR and the mean absolute difference say how close they are to the
# targets. The [Fréchet distance](glossary.md#frechet-distance) says how much they look like real digits, all together;
# its features are those of a small classifier. And a judge says how often the digit is still the one that it was. Judge
# and classifier have learned from the pile that no other network has seen. The judge is the support vector machine of
# lesson 10.

# %%
from sklearn.svm import SVC


def halved(pictures):
    """Pictures of 14 × 14 pixels, each flattened into one row."""
    return pictures.reshape(len(pictures), 14, 2, 14, 2).mean(axis=(2, 4)).reshape(len(pictures), -1)


moves = ((0, 0), (1, 0), (-1, 0), (0, 1), (0, -1))  # each digit five times, moved by a pixel
moved = np.concatenate([halved(np.roll(judged_by, move, axis=(1, 2))) for move in moves])
judge = SVC(C=10, gamma=0.04).fit(moved, np.tile(judged_by_labels, len(moves)))
eye = metrics.feature_classifier(judged_by, judged_by_labels)
real_features = eye.features(unseen)


def measured(made):
    kept = 100 * np.mean(judge.predict(halved(made)) == unseen_labels)
    return psnr(made, unseen), metrics.frechet_distance(real_features, eye.features(made)), kept


# %%
floor = metrics.frechet_distance(real_features, eye.features(learned[:1000]))
claim("Fréchet distance of 1,000 other real digits", floor, below=5)
fair = 100 * judge.score(halved(unseen), unseen_labels)
claim("real digits that the judge names correctly", fair, above=92, unit="%")

# %%
with answer(prediction):
    l1_psnr, l1_distance, l1_kept = measured(by_l1)
    both_psnr, both_distance, both_kept = measured(by_both)
    claim("PSNR, L1 alone", l1_psnr, above=14, below=15.4, unit="dB")
    claim("the adversarial term changes the PSNR by", both_psnr - l1_psnr, below=-0.1, unit="dB")
    for name, made in (("L1 alone", by_l1), ("with the adversarial term", by_both)):
        claim(f"absolute difference, {name}", np.abs(made - unseen).mean(), above=0.07, below=0.13)
    claim("Fréchet distance, L1 alone", l1_distance, above=5.5, below=9.5)
    claim("Fréchet distance, with the adversarial term", both_distance, above=2.4, below=4.8)
    claim("digits kept, L1 alone", l1_kept, above=70, below=88, unit="%")
    claim("digits kept, with the adversarial term", both_kept, above=70, below=88, unit="%")

# %% [markdown]
# <details><summary>What this means</summary>
#
# **The PSNR falls, and the Fréchet distance falls**, toward the distance that two sets of real digits have. The blurred
# pictures are closer to the targets, and the sharp ones look more like digits. There is no contradiction. PSNR asks:
# how far are you from the one answer that was the true one this time? For PSNR it is best to stay in the middle of all
# likely answers. The Fréchet distance
# asks: do your pictures, taken together, look like the real ones? For this one has to choose an answer, and it may be
# another one than the one that happened. Blau and Michaeli (2018) prove that this is a law: there is a bound, and a
# method that has reached it can come closer to the targets only by looking less real, and look more real only by moving
# away from the targets. A method far from the bound can improve both.
#
# The absolute difference, which both networks were asked to keep small, is smaller with L1 alone. And the mean of 15
# digits from the beginning of this lesson has a PSNR of 15.2 dB, more than either network. It was no trained network,
# but it is a mean, and the mean is what PSNR asks for. L1 asks for the median. (The comparison is not quite fair. We
# gave the mean the true upper rows. The networks have to draw these rows themselves, and each small error there
# costs them PSNR.)
#
# The judge sees hardly a difference. Which digit it was can only be learned from the upper rows, and a discriminator
# adds nothing to what they say.
#
# </details>

# %% [markdown]
# ### Three seeds, and a second task
#
# One training is not enough for a comparison. The benchmark has trained all three kinds with three seeds each. It also
# solved a second task, again with three seeds: the source has only **4 × 4 pixels**, and G has to enlarge it to 28 × 28. (The recipe of this task is another one: λ is smaller, R1 weighs more, and there are fewer steps with larger batches. So a difference between the two tasks may also come from the recipe.)

# %%
names = {
    "torn_l1": "torn digits, L1 alone",
    "torn_adversarial": "  adversarial alone",
    "torn_both": "  L1 and adversarial",
    "enlarge_l1": "4 × 4 pixels, L1 alone",
    "enlarge_both": "  L1 and adversarial",
}
print(f"{'':30}{'seeds':>6}{'PSNR':>8}{'Fréchet':>9}{'kept':>8}")
for name, title in names.items():
    psnrs, distances, shares = (over_seeds(name, column) for column in ("psnr", "frechet", "kept"))
    means = f"{psnrs.mean():8.1f}{distances.mean():9.2f}{100 * shares.mean():7.1f}%"
    print(f"{title:30}{len(psnrs):6}{means}")
# %%
print("seed by seed, L1 alone and then with the adversarial term:")
for task, title in (("torn", "torn digits"), ("enlarge", "4 × 4 pixels")):
    for column, name in (("frechet", "Fréchet distance"), ("kept", "share kept")):
        both = (over_seeds(f"{task}_{way}", column) for way in ("l1", "both"))
        print(f"{title}, {name}:", *(" ".join(f"{x:6.3f}" for x in way) for way in both), sep="  ")
ratios = over_seeds("torn_both", "frechet") / over_seeds("torn_l1", "frechet")
print("torn digits, Fréchet distance with both over that with L1 alone:", *ratios.round(2))
losses = over_seeds("torn_l1", "psnr") - over_seeds("torn_both", "psnr")
print("torn digits, PSNR that the adversarial term costs, in dB:", *losses.round(2))


# %%
small, by_l1_alone, true_digits = shown("enlarge_l1")
rows = {
    "Given: 4 × 4 pixels": (small, False),
    "L1 alone": (by_l1_alone, True),
    "L1 and a discriminator": (shown("enlarge_both")[1], True),
    "The true digits": (true_digits, False),
}
figure, axes = plt.subplots(4, 1, figsize=(7, 4.6))
for ax, (title, (pictures, generated)) in zip(axes, rows.items(), strict=True):
    plots.image_grid(pictures, title, columns=10, generated=generated, ax=ax)
plt.show()

# %% [markdown]
# For the torn digits the table repeats what you saw. With every seed the adversarial term costs 0.6 to 0.7 dB of PSNR.
# And with every seed the Fréchet distance falls, to between 0.46 and 0.60 of what it was with L1 alone. This is a good
# part of the way down to the distance of other real digits, which is about 2. The judge names about as many digits
# correctly as with L1 alone.
#
# **A discriminator alone is the worst of the three, by every number.** The judge names only half of its digits correctly, and
# its Fréchet distance is more than three times that of L1 alone, although its strokes are white. The distance compares whole
# sets of pictures, and a set with too many closed rings is not like the real one. (This is what the ten pictures above
# suggest. We have not counted the rings.) So the two terms need each other: L1 leads to the place, and the
# discriminator makes it look like a stroke.
#
# The second task teaches caution. Sixteen gray squares become a digit, and the judge names 75 to 80 of 100 of these digits
# correctly. The discriminator makes some strokes whiter: look at the ring of the 0. But now the judge recognizes
# *fewer* digits than with L1 alone, with every seed: about 75 of 100 in place of 80. And the Fréchet distance falls
# only with two of the three seeds. With the other one it rises. Look at the third digit, a 2. L1 left it half open, and
# the other network has closed it, almost to an 8. **A sharp picture is not a true one.** L1 often shows its doubt as a pale place. (Not always: the lower ring that it gave to the third torn digit was wrong, and white.) A GAN is pushed to decide for one answer, and may hide that there was a doubt. Think of this 2 before you enlarge the
# photograph of a license plate, or of a lung.
#
# ### What became of the noise?
#
# G gets noise z besides the source, so it *could* draw a 3 for one z and an 8 for another. Does it? We translate the
# same sources with two different z.

# %%
other = gan.translate(given, seed=2)
change = np.abs(by_both - other)[:, 12:].mean()
miss = np.abs(by_both - unseen)[:, 12:].mean()
claim("missing part: mean difference of two pictures of one source", change, below=0.08)
claim("for comparison: mean difference from the target", miss, above=0.12, below=0.3)

# %% [markdown]
# Two pictures of one source are nearly the same. **G has learned to ignore the noise.** Isola et al. (section 3.1) saw
# the same. They then used dropout as noise, and the pictures of one source still differed only a little. In theory the adversarial
# terms do ask for variety: by lesson 10 their equilibrium is reached only where the pictures of one source vary as the
# real targets do. (A D of patches asks this of the patches only.) In practice this demand is weak. Each source of the training set has only one target, so D never sees
# that several answers are right, and it judges one picture at a time. And L1 punishes all variety, because any change away from the median costs. The place of the noise may play a role, too: each number of z has one
# value for the whole picture, so at first it shifts all pixels alike, and in the middle of the network instance normalization takes much of such a shift away again. (The skip connections carry z past the normalization, but there, too, it enters with the same value at every pixel.) We have not tested what happens if z enters the network at another place. BicycleGAN (Zhu et al. 2017b) adds terms that force G to use z.
#
# ## Without pairs
#
# Pairs are rare. Nobody has a photograph of a horse and of the same horse, in the same pose, as a zebra. But there
# are many photographs of horses, and many of zebras. Is this enough?
#
# Our two kinds are digits on black, **A**, and other digits on color photographs, **B** (the `photo_digits` of lesson
# 10). On a photograph a stroke has the inverted colors: it is light on dark green, and black on a white sky. We give
# one half of the digits that are for the networks to A and the other half to B, so there are no pairs. The test
# pictures of B show a part of the photographs that no training picture shows. There one sees mostly dark green and dark blue, white sky and leaves; the orange petals and the roofs are missing.

# %%
photos, photo_labels = data.load("photo_digits")
kinds = np.repeat(images[:10], 3, axis=-1), photos[1500:1510]
sheet = np.concatenate(kinds)
plots.image_grid(sheet, "Two kinds: A, and B. No picture belongs to another", columns=10)
plt.show()

# %% [markdown]
# CycleGAN (Zhu et al. 2017a) plays two games at once. One generator makes pictures of B from pictures of A, and its
# discriminator compares them with real pictures of B. The other generator and its discriminator do the same the other
# way round. We call the generators `to_b` and `to_a`.
#
# **Predict before you run:** suppose that both games are at an equilibrium, and all pictures look perfectly real. Must
# a 7 on black then become a 7 on a photograph?

# %%
# Your prediction, "yes" or "no", and why:
prediction = None

# %%
kept_by_chance = 100 * np.mean(unseen_labels == np.random.default_rng(0).permutation(unseen_labels))
with answer(prediction):
    print("No. The discriminators see each picture alone, and never the source that it came from.")
    print("Suppose that every 7 becomes a perfect 1, and every 1 a perfect 7. No D could object.")
    claim(
        "digits kept, if every picture became any real one", kept_by_chance, above=7, below=13, unit="%"
    )


# %% [markdown]
# In pix2pix the L1 term, and a D that sees the source, tie a picture to its source. Here nobody knows the right answer.
# But one thing can be asked for without knowing it: **a picture that is translated there and back should be the picture that it was.** This is
# the [cycle loss](glossary.md#cycle-loss) (equation 2 of the paper), for a picture a of A and a picture b of B:
#
# $$\mathcal L_{cycle} = \mathbb E_a \lVert \text{to\_a}(\text{to\_b}(a)) - a \rVert_1
# + \mathbb E_b \lVert \text{to\_b}(\text{to\_a}(b)) - b \rVert_1.$$
#
# A to_b that draws some digit without looking at its source has thrown away what to_a would need to find the way back.
# So to_b must not make the same picture of two different digits. But note what this does not say: if to_b turned every 7 into a 1 and every 1 into a 7, to_a could undo it,
# and the cycle loss would be 0. **The cycle loss asks that a translation can be undone. It does not ask that a 7 stays
# a 7** (Moriakov, Adler and Teuwen 2020 prove it in general). If the digit is kept in practice, as most digits are below on the way to a photograph, this is probably also due to
# the network: its skip connections make it easiest to copy the strokes. Both generators are trained together. Their common
# loss is the sum of the losses of their two games, plus λ times the cycle loss. The paper takes λ = 10, and least squares for the games: (score − 1)²
# for the generators. (The losses of lesson 08, and of the package, have a factor of ½. So the package's λ = 10
# weighs as much as λ = 20 in the paper.)
#
# ### Exercise 3: the loss of the two translators (about twenty minutes)
#
# Write what `to_a` and `to_b` minimize together, for one batch. Least squares: the score of a made picture should be 1,
# and the loss is the mean of (score − 1)², over all pictures and patches, for both games added up. The cycle loss takes
# means over all pixels, and is added up over both directions, too.


# %%
def translators_loss(a, b, to_a, to_b, d_a, d_b, weight):
    """a, b: (n, pixels), not paired. The other four are functions of pictures. Return one number."""
    return ...


check.translators_loss(translators_loss)
# check.translators_loss.hint()
# check.translators_loss.solution()

# %% [markdown]
# An exchange of digits passes all of this. To see it, let a "picture" be its class alone, and let both translators
# exchange 1 and 7.

# %%
exchange = np.arange(10)
exchange[[1, 7]] = 7, 1  # entry k: what becomes of a k
there = exchange[unseen_labels]
claim("cycle loss, in classes", np.abs(exchange[there] - unseen_labels).mean(), near=0, within=0.1)
before, after = (
    100 * np.bincount(classes, minlength=10)[[1, 7]] / len(there) for classes in (unseen_labels, there)
)
print("ones and sevens, before:", before.round(1), "%, after:", after.round(1), "%")
still = np.mean((there == unseen_labels)[np.isin(unseen_labels, (1, 7))])
claim("share of the ones and sevens that are still the same digit", still, near=0, within=0.1)

# %% [markdown]
# Everything comes back, and the shares of the digits are the same as before. (For this the two digits must be equally
# frequent. If there were twice as many ones as sevens, a discriminator could notice the exchange.) So neither the cycle loss nor a
# discriminator has a reason to complain. But each 1 has become a 7, and each 7 a 1.
#
# The package has this game as `gan_course.variants.cycle.CycleGAN`. Its losses have the factor ½, as said above. So
# twice its loss is that of exercise 3 with twice the λ. We check it, with untrained networks.

# %%
from gan_course.variants.cycle import CycleGAN
from gan_course.variants.translation import patch_discriminator, unet_generator

gray, color = (28, 28, 1), (28, 28, 3)
judges = patch_discriminator(gray), patch_discriminator(color)
cycle_gan = CycleGAN(unet_generator(color, gray), unet_generator(gray, color), *judges, cycle_weight=10)
cycle_gan.compile()
few = images[:8], photos[1500:1508]


def as_function(network):
    """The network as exercise 3 wants it: NumPy in, NumPy out."""
    return lambda pictures: keras.ops.convert_to_numpy(network(pictures, training=False))


# %%
networks = map(as_function, (cycle_gan.to_a, cycle_gan.to_b, *judges))
ours = check.translators_loss.answer(*few, *networks, weight=20)
its = float(cycle_gan.generator_loss(*few, training=False))
claim(
    "exercise 3 with λ = 20, minus twice the package with λ = 10",
    ours - 2 * its,
    above=-1e-3,
    below=1e-3,
)

# %% [markdown]
# ### With the cycle loss, and without it
#
# Four networks train at once, and we want three seeds and a control, so a benchmark has done this in advance. It has trained
# for 1,000 steps of 8 pictures of each kind, with the package's λ = 10 (20 in the paper's terms) and with λ = 0,
# without the cycle loss. Both discriminators pay R1. The training with λ = 0 is the control: all else is equal. All numbers and pictures are those of the test
# digits, and the pictures come from seed 0 alone. In the test set both kinds show the same 1,000 digits, in the same order, once
# on black and once on a photograph. No network has learned from these pairs, but we can use them to compare. Two judges
# name the digits, one for each kind. Both have learned from the pile of 1,000 digits that no GAN has seen.
#
# **Predict before you run:** of 100 digits, how many are still the same digit after the translation, with the cycle
# loss, and without it?

# %%
# Your prediction, two percentages:
prediction = None


# %%
def row(name, ending):
    """The shares of digits kept, in percent, and the Fréchet distances, seed by seed."""
    kept = [f"{100 * share:6.1f}" for share in over_seeds(name, "kept" + ending)]
    distances = [f"{distance:7.1f}" for distance in over_seeds(name, "frechet" + ending)]
    return "".join([*kept, "  ", *distances])


with answer(prediction):
    print(f"{'':37}{'kept, in %':>18}  {'Fréchet distance':>21}")
    print(f"{'':37}{'seed 0     1     2':>18}  {'0      1      2':>21}")
    for ending, way in (("", "to a photograph"), ("_a", "to black")):
        print(f"{way:17}{'with the cycle loss':20}{row('cycle', ending)}")
        print(f"{way:17}{'without it':20}{row('no_cycle', ending)}")
    right, right_a = over_seeds("cycle", "judge")[0], stored["about"]["judge"]
    print(
        f"real digits, named correctly: {100 * right:.1f} % on photographs, {100 * right_a:.1f} % on black"
    )

# %%
digits, on_photos, real_photos, on_black, back, _, back_wiped = shown("cycle")
rows = {
    "Digits on black": (digits, False),
    "on photographs, with the cycle loss": (on_photos, True),
    "on photographs, without it": (shown("no_cycle")[1], True),
    "Digits on photographs": (real_photos, False),
    "on black, with the cycle loss": (on_black, True),
    "on black, without it": (shown("no_cycle")[3], True),
}
figure, axes = plt.subplots(6, 1, figsize=(7, 6.8))
for ax, (title, (pictures, generated)) in zip(axes, rows.items(), strict=True):
    plots.image_grid(pictures, title, columns=10, generated=generated, ax=ax)
plt.show()

# %% [markdown]
# Look at the first three rows of pictures and the first two rows of the table. On the way to a photograph the cycle loss
# does what it should: with it, the judge recognizes about as many digits as
# among real ones. (But in the ten pictures shown, all digits stand on nearly the same easy background, and many real photographs are harder to read. So the comparison is too kind to the translator.) The
# Fréchet distance is 4 to 6. (Its features come from the judge of colored digits, which has learned to name the digit
# whatever the background is. So it need not notice that the backgrounds are nearly the same. Besides, many of the test photographs are dark green or dark blue themselves.) Without it, clearly fewer digits survive, the distance is at least 26, and the third row
# shows why: strokes have got shadows or have come apart, as in the two 9s, and around them there is colored noise in
# place of a photograph.
#
# Two things may surprise you.
#
# **Even without the cycle loss most digits survive.** Nothing in the loss of the control asks for it. A likely reason is the architecture: the skip connections of the U-Net hand on
# the strokes of the source, so it is easiest for the network to use them. (To test this, one would have
# to train without the skip connections. We have not done so.) If it is true, the architecture, too, says what should be kept.
#
# **On the way to black the cycle loss does harm here, with every seed.** The judge recognizes fewer digits with it than
# without it, with one seed only a quarter. The Fréchet distance is above 150 in place of about 10. So what the
# discriminator of A asks for has been outweighed by the cycle loss. Compare the last two rows. Without it, to_a wipes out the white sky and the leaves, but it also
# damages digits: see the 6 and the 7. With it, both backgrounds are still there. (On a white sky the strokes are black,
# because a digit on a photograph has the inverted colors. So to_a has to turn light and dark around, too.) This result
# fits the loss: a to_a that wipes out the background makes the way back harder, and the cycle loss makes it pay for
# this. With this λ, the total loss seems to be smaller if the background stays and the discriminator notices it. (This λ weighs twice as much as the λ of the paper. We have not tested a smaller one.)
# **The cycle loss wants to keep everything. It does not know that for us the digit is the content, which should stay,
# and the background is the style, which should change.**
#
# And in these ten pictures of seed 0 all backgrounds that to_b paints are dark green, some a little lighter than others. In the photographs this is only one background of several. to_b gets no noise, so it has only one answer for each digit. It could still give different digits
# different backgrounds, as the photographs do. It hardly does, and its discriminator has not forced it to: a kind of [mode
# collapse](glossary.md#mode-collapse), once more.
#
# ## What the cycle does not promise
#
# Think about the way from a photograph to black and back. On black there should be a digit and nothing else, and then
# nobody can know what the background was: dark or bright, blue or green. An honest to_b could only guess. But the cycle
# loss punishes every wrong guess.
#
# **Predict before you run:** the picture comes back from black. Does it have its own background, or another one?

# %%
# Your prediction, "its own" or "another":
prediction = None


# %%
def brightened(pictures):
    """Values from −1 to −0.7 stretched to the whole range, from −1 to 1. What is brighter becomes white."""
    return np.clip((pictures + 1) / 0.3 * 2 - 1, -1, 1)


# %%
rows = {
    "From a photograph": (real_photos, False),
    "to black": (on_black, True),
    "The same pictures on black, brightened": (brightened(on_black), True),
    "For comparison: the true digits on black, brightened": (brightened(digits), False),
    "From black back to a photograph": (back, True),
    "and back, after the faint pixels were wiped out": (back_wiped, True),
    "For comparison: a photograph made of the true digit": (on_photos, True),
}
figure, axes = plt.subplots(7, 1, figsize=(7, 8))
for number, (title, (pictures, generated)) in enumerate(rows.items()):
    title = f"{number + 1}. {title}"
    plots.image_grid(pictures, title, columns=10, generated=generated, ax=axes[number])
plt.show()

# %%
border = np.ones((28, 28), bool)
border[2:-2, 2:-2] = False  # a frame of two pixels: hardly any stroke, only background


def color_miss(made, chosen=range(10)):
    """How far the mean color of the background is from the right one: mean over the chosen pictures."""
    colors, right = made[:, border].mean(axis=1), real_photos[:, border].mean(axis=1)
    return np.abs(colors - right)[list(chosen)].mean()


with answer(prediction):
    print("Mostly its own. How far the color of the background is from the right one:")
    claim("back from black", color_miss(back), near=0.065, within=0.002)
    claim("made of the true digit on black", color_miss(on_photos), near=0.308, within=0.002)
    print("The same without the white picture and the leaves:")
    others = [i for i in range(10) if i not in (2, 9)]
    claim("back from black", color_miss(back, others), near=0.065, within=0.002)
    claim("made of the true digit on black", color_miss(on_photos, others), near=0.131, within=0.002)

# %% [markdown]
# Most come back with their own kind of background. For the six dark green ones this says little: dark green is what
# to_b paints anyway. But the white one is white, the leaves are leaves again, though browner than before, and the
# seventh is bluer than its neighbors. (The fourth was nearly black, and comes back dark green.) The 0.308 of the photographs made of the true digits is mostly due
# to two pictures, the white one and
# the leaves. Without them, the two numbers are 0.065 and 0.131, so the way back is still closer. How does to_b know?
#
# The first way is simple. White and leaves were **never removed**, as we saw.
#
# The second is a **code**. Look at the third row, where all dark values are made brighter. The 0 stands in a grid of
# dots. Look also at the first two digits: they have fainter dots around them. No true digit has such dots (fourth row). Do they carry the color? We test
# it by removing them: each pixel below −0.5 is set to black, −1, before the way back. The bright parts of the strokes stay as they are, but their darkest gray edges are wiped out, too. In
# the sixth row the background of the 0 has lost some of its blue, but not all of it. The last row, made of the true 0,
# has no trace of it.
#
# So there is probably a third way. What is left after the wiping is a few brighter dots and, above all, **the strokes**. Those of the made 0 are dim, and have
# gaps, where the true ones are white and whole. To us this looks like a badly drawn 0. To to_b it may say something about the background. We have not tested this for
# this one picture.
#
# Chu, Zhmoginov and Sandler (2017) found such a code in a CycleGAN that turns aerial photographs into maps and back:
# details that no map shows, such as black dots on a white roof, came back. The code was so faint that one could hardly see
# it. Hiding a message in a picture is called *steganography*. One of their tests was noise: if the knowledge sits in a
# faint signal, a little noise destroys it. We add noise, too. (Values are cut off at −1, so on black the noise can only
# make pixels brighter.)
#
# How much does each way tell? To be fair, we leave out the photographs whose background is plainly still there. We keep only those whose picture on black has a black border (the mean of its outermost pixels is below −0.9). Inside the border faint dots may still be visible, as around the 0. The comparison is an
# honest source: the *true* digit on black, without any code. This comparison makes the code look larger than
# it is, and we have not measured by how much. On made pictures to_b was trained to come close to the photograph. On true digits it was trained to look
# real, and to let the digit come back, but never to come close to a photograph. And, as we know from the beginning of this lesson, PSNR rewards a cautious guess more than a real-looking one.

# %%
noises = (0.0, 0.01, 0.03, 0.1, 0.3)
runs = [run for run in stored["runs"] if run["contender"] == "cycle"]
figure, ax = plt.subplots(figsize=(6.8, 3.8))
for run, marker, line in zip(runs, "os^", ("-", "--", ":"), strict=True):
    share = f"seed {run['seed']}, {100 * run['dark']:.0f} % of the photographs"
    ax.plot(range(5), run["dark_back"], f"{marker}{line}", color=plots.style.GENERATED, label=share)
    ends = run["dark_wiped"], run["dark_true"]
    ax.plot((5, 6), ends, marker, markersize=8, color=plots.style.GENERATED)
ax.axvline(4.5, color="gray", linewidth=0.8)
ax.set_xticks(range(7), [*noises, "faint\nwiped out", "true\ndigit"])
ax.set(
    xlabel="standard deviation of the noise on black        instead of noise",
    ylabel="PSNR in dB",
    ylim=(10, 24),
)
ax.set_title("The way back knows more than the true digit can say")
ax.legend(loc="lower left")
plt.show()

# %%
print("PSNR in dB, dark backgrounds only:  back, faint pixels wiped out, from the true digit")
for run in runs:
    numbers = (run["dark_back"][0], run["dark_wiped"], run["dark_true"])
    print(
        f"seed {run['seed']}: {100 * run['dark']:.0f} % of the photographs    ",
        *(f"{x:6.1f}" for x in numbers),
    )
ahead = min(run["dark_back"][0] - run["dark_true"] for run in runs)
claim("the way back is ahead of the true digit by at least", ahead, near=3.9, within=0.05, unit="dB")
by_dots = max(run["dark_back"][0] - run["dark_wiped"] for run in runs)
claim("the faint pixels alone are worth at most", by_dots, near=1.09, within=0.01, unit="dB")
controls = [run for run in stored["runs"] if run["contender"] == "no_cycle"]
for key, name in (("dark_back", "back"), ("dark_true", "from the true digit")):
    values = [np.atleast_1d(run[key])[0] for run in controls]
    print(f"without the cycle loss, {name}, seed by seed:", *(f"{x:.1f}" for x in values))

# %% [markdown]
# From the true digit on black, to_b makes a picture whose PSNR is 15 to 17 dB. From the picture that its
# partner made, it reaches 19 to 22 dB. This is 4 to 6 dB more, with each of the three seeds, although the border of these
# pictures on black is nearly black. **About 1 dB of it (0.7 to 1.1) is lost when the faint pixels are wiped out.** Not all of this need be a code: gray edges of strokes are wiped out, too, and to_b has never seen such pictures in its training. The rest must
# lie in what is brighter than −0.5, and this is mostly the strokes. Not all of that is a code, however. The strokes of
# the made picture are also a bit different from the true ones, and the photograph may agree with them. And a part is
# owed to our comparison, as said above: with true digits to_b never learned to be close. The control supports the main
# point. In the training without the cycle loss (the numbers are in the same benchmark), the way back has 7.0 to 7.3 dB,
# and from the true digit it has 7.3 to 7.7 dB. There the way back gains nothing. This fits the explanation
# that the cycle loss makes the two translators hand on the background: without it, to_a has no reason to hide anything,
# and to_b has no reason to read it. (This is weak evidence. In the control all photographs count, since no background is left. And its
# pictures on photographs are so bad that a hidden code could hardly have shown in the PSNR.)
#
# Noise of 0.1 costs half a decibel or a whole one, and fainter noise hardly anything. Noise of 0.3 costs much more, but noise of this size can be seen, and it
# disturbs the drawing of the strokes as well. Our networks have trained for a short time
# only. What they hand on is coarse: whole backgrounds, strokes, and dots that one can see after brightening. In the paper the code is so faint that a
# little noise wipes it out: a few of 256 gray levels. The longer training
# is a likely reason, which we have not tested. The two tests, faint noise and wiping, help you to find out which kind you have: a faint code, or knowledge that also sits in the
# visible parts.
#
# **So a low cycle loss is no proof of a good translation.** It says that the way back is possible. A hidden code can make it possible, or a background that was never removed, and
# it is possible even if two digits are exchanged in both directions. It does
# not say that the picture in between is what it seems to be.
#
# ## Open experiment: sharper, and still close
#
# Complete the torn digits with a Fréchet distance below that of the benchmark, and with no lower PSNR. Single runs
# differ, so train with three seeds before you compare: your first run above is the benchmark's recipe with one seed. Use
# the same generator and at most 2,000 steps of 8 pictures, and give the mean of three seeds. The function `batches`
# makes the training pairs, and `measured` returns PSNR, Fréchet distance and the share of digits kept, in this order.
# Some ideas: another λ, another weight of R1, a D with more channels or with one more layer, learning rates that fall,
# two steps of D per step of G. Some changes were tried once each, on training digits, when this recipe was chosen. Two
# thousand steps of 8 pictures were better than one thousand of 16, and λ = 3 was better than λ = 1. Learning rates twice
# as large changed hardly anything. A D of three times as many channels, with λ = 1, made odd shapes. (Do not trust the
# best of many recipes at once. It was chosen by these test digits, so it looks better than it is. Better, choose with training digits that you hold back. Then train the chosen recipe with new seeds, and use the test digits once.)

# %%
to_beat = over_seeds("torn_both", "frechet").mean()
claim("Fréchet distance to beat, mean of three seeds", to_beat, near=3.94, within=0.01)
to_keep = over_seeds("torn_both", "psnr").mean()
claim("PSNR to keep, mean of three seeds", to_keep, near=14.04, within=0.01, unit="dB")
claim("your first run above: Fréchet distance", both_distance, above=2.4, below=4.8)
claim("your first run above: PSNR", both_psnr, above=13, below=15, unit="dB")

# %% [markdown]
# ## What can go wrong
#
# | you see | likely cause | test | remedy |
# |---|---|---|---|
# | pale, broken strokes | only L1, or λ so large that D hardly counts | Fréchet distance, not PSNR | a discriminator, a smaller λ |
# | sharp pictures of the wrong thing | λ too small, or D does not see the source | PSNR far below that of L1 alone; look at D's inputs | a larger λ; source and picture into D |
# | strokes sharp, shapes odd | a patch is too small to see the shape, or D is too steep | the side of a patch (exercise 2); slope of D at real pictures | another layer in D; R1 |
# | checkerboards | transposed convolutions whose kernel is no multiple of the stride (lesson 05) | look closely | kernel 4 with stride 2, as here; it helps, but it is no guarantee (see the regular grid in the pictures without the cycle loss) |
# | pictures do not change with z | L1 punishes variety, and each source has only one target | two z, one source | accept it, or train as BicycleGAN does |
# | good in training, worse on new sources | L1 has learned its pairs by heart | PSNR on unseen pairs | more pairs, fewer steps, small shifts of both pictures (flips only where a mirrored picture is still a possible one) |
# | CycleGAN changes the class | no cycle loss, or λ too small; or an exchange of classes, which the cycle can undo | an independent judge; which class becomes which | a larger λ (does not help against an exchange); a few pairs |
# | CycleGAN keeps the background that it should remove | the cycle loss weighs more than the discriminator | look at the pictures; Fréchet distance with and without the cycle loss | a smaller λ (we have not tested it) |
# | CycleGAN brings back what nobody can see | it hides it | wipe out faint pixels on the way, or add faint noise | do not trust the cycle as a measure |
# | `Invalid shapes. Expected sources and targets of the same height and width` | a small source | the two shapes | enlarge it first, with `repeat` |
#
# ## Summary in five lines
#
# 1. Where several answers are right, the smallest squared error is reached by their mean, and the smallest absolute
#    error by their median, pixel by pixel. The mean is blurred, and the median loses strokes. PSNR rewards the blur.
# 2. pix2pix adds a discriminator that sees source and picture, patch by patch. It recognizes a blur, so G has to
#    choose one answer. This answer looks more real, but it may be a wrong one.
# 3. A U-Net hands on what it saw at each size, so edges stay in their places. G has learned to ignore its noise. Two likely reasons:
#    L1 punishes variety, and D sees only one target for each source.
# 4. Without pairs two games say only what each kind looks like. The cycle loss ties a picture to its source: the source
#    has to come back.
# 5. The cycle promises that the way back is possible, and no more. The digit may change, if the change can be undone. And
#    what the picture in between should not contain may still be in it, in plain sight or hidden.
#
# ## References
#
# * P. Isola, J.-Y. Zhu, T. Zhou, A. A. Efros, [Image-to-image translation with conditional adversarial
#   networks](https://arxiv.org/abs/1611.07004), CVPR 2017: pix2pix, PatchGAN, and what each term does.
# * O. Ronneberger, P. Fischer, T. Brox, [U-Net: convolutional networks for biomedical image
#   segmentation](https://arxiv.org/abs/1505.04597), MICCAI 2015.
# * Y. Blau, T. Michaeli, [The perception-distortion tradeoff](https://arxiv.org/abs/1711.06077), CVPR 2018.
# * J.-Y. Zhu, T. Park, P. Isola, A. A. Efros, [Unpaired image-to-image translation using cycle-consistent adversarial
#   networks](https://arxiv.org/abs/1703.10593), ICCV 2017 (a): CycleGAN.
# * J.-Y. Zhu, R. Zhang, D. Pathak, T. Darrell, A. A. Efros, O. Wang, E. Shechtman, [Toward multimodal image-to-image
#   translation](https://arxiv.org/abs/1711.11586), NeurIPS 2017 (b): BicycleGAN, several answers for one source.
# * N. Moriakov, J. Adler, J. Teuwen, [Kernel of CycleGAN as a principle homogeneous
#   space](https://arxiv.org/abs/2001.09061), ICLR 2020: which exchanges the cycle loss does not notice.
# * C. Chu, A. Zhmoginov, M. Sandler, [CycleGAN, a master of steganography](https://arxiv.org/abs/1712.02950), 2017.
#
# **Next lesson:** [14 · Steering the latent space](14_steering_the_latent_space.ipynb): what z means, and how to use it.
