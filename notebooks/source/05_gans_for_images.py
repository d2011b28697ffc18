# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 05 · GANs for images
#
# [![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)](https://colab.research.google.com/github/gan-course/gan-course/blob/main/notebooks/05_gans_for_images.ipynb)
#
# **The one idea: the algorithm stays as it is; what makes it draw is what you build into the two networks about
# pictures.**
#
# After this lesson you will be able to
#
# * say what a dense network cannot know about pictures, and how convolutions know it;
# * build a DCGAN layer by layer, with a reason for each choice, and train it in a minute on a CPU;
# * average a generator's weights, walk through its latent space, and find out whether it draws or copies.
#
# It takes about 50 minutes to read; its cells run in about 90 seconds on two CPU cores, in half of that where
# only the small digits are at hand. You should know what a round of training is ([lesson
# 04](04_the_training_algorithm.ipynb)).

# %% tags=["nbval-ignore-output"]
# Where the course package is missing, on Colab for example, this cell installs it first.
import importlib.util

if importlib.util.find_spec("gan_course") is None:
    print("Installing gan_course from https://github.com/gan-course/gan-course")
    # %pip install --quiet git+https://github.com/gan-course/gan-course

import warnings

import matplotlib.pyplot as plt
import numpy as np

from gan_course import data, networks, plots, runtime
from gan_course.checks import lesson_05 as check

plots.use_style()
print(runtime.configure(seed=0))

# %% [markdown]
# ## The pictures
#
# Handwritten digits: MNIST's, 28 × 28 pixels, where they are on your machine or can be downloaded, and
# otherwise the 8 × 8 ones that came with scikit-learn. Nothing below asks which: every network takes its shape
# from the data. Of MNIST we take 40,000 pictures, once; the small set has 1,437, so we go through it more
# often. Either way both players take about 2,500 steps.

# %% tags=["nbval-ignore-output"]
with warnings.catch_warnings(record=True) as said:  # load says so when it has to fall back
    images, labels = data.load("mnist", offline="digits")
    unseen, _ = data.load("mnist", split="test", offline="digits")
print(*{str(warning.message).partition(". ")[0] for warning in said})
images, labels = images[:40_000], labels[:40_000]
shape, passes = images.shape[1:], np.concatenate([images] * (40_000 // len(images)))
plots.image_grid(images[:24], f"{len(images):,} pictures of shape {shape}", columns=12)
plt.show()

# %% [markdown]
# Their pixels lie in [−1, 1], black is −1. That is no accident: the generator will end in tanh, which gives
# exactly that range. Files usually hold bytes from 0 to 255.
#
# ### Exercise 1: pixels for tanh
#
# Write the function that takes bytes to [−1, 1]. If you stretch them to something else, you will train for an
# hour and then wonder why D always wins: it only has to look at the range.


# %%
def to_tanh(pixels):
    """pixels: array of bytes, 0 is black and 255 is white. Return floats from -1 to 1."""
    return ...


check.to_tanh(to_tanh)
# check.to_tanh.hint()

# %% [markdown]
# ## A generator that does not know what a picture is
#
# The simplest generator is the one from lesson 03: dense layers, and the last one has a unit for every pixel.
# **Predict before you run:** it will see thousands of digits and take thousands of steps. What will still be
# wrong with what it draws?

# %%
import keras

from gan_course.gan import GAN


def adam(learning_rate):
    return keras.optimizers.Adam(learning_rate, beta_1=0.5)


dense = GAN(networks.mlp_generator(shape), networks.mlp_discriminator(shape), seed=0)
dense.compile(adam(2e-4), adam(2e-4))

# %% tags=["nbval-ignore-output"]
history = dense.fit(passes, verbose=1)
plots.image_grid(dense.generate(24, seed=1), "a dense generator", columns=12, generated=True)
plt.show()

# %% [markdown]
# Strokes, even digits, and salt all over them: bright pixels on their own, where no pen has been. Let us count
# them, so that we do not have to squint: a *lonely* pixel is bright, and none of its four neighbors is.


# %%
def lonely_pixels(pictures):
    """Mean number of bright pixels in a picture without a bright neighbor above, below, left or right."""
    bright = np.pad(pictures[..., 0] > -0.5, ((0, 0), (1, 1), (1, 1)))
    above, below = bright[:, :-2, 1:-1], bright[:, 2:, 1:-1]
    left, right = bright[:, 1:-1, :-2], bright[:, 1:-1, 2:]
    return (bright[:, 1:-1, 1:-1] & ~(above | below | left | right)).sum(axis=(1, 2)).mean()


dense_lonely = lonely_pixels(dense.generate(1000, seed=1))
print(f"more than 3 times as many as in real pictures: {dense_lonely > 3 * lonely_pixels(images)}")

# %% tags=["nbval-ignore-output"]
print(f"lonely pixels in a picture: {dense_lonely:.3f} generated, {lonely_pixels(images):.3f} real")

# %% [markdown]
# Why does it not learn something so plain? Because to a dense network it is not plain at all. Take all pictures
# apart and put the pixels of each back in another order, always the same:

# %%
order = np.random.default_rng(0).permutation(np.prod(shape))


def shuffled(pictures):
    return pictures.reshape(len(pictures), -1)[:, order].reshape(pictures.shape)


plots.image_grid(shuffled(images[:12]), "the same digits, pixels in another order", columns=12)
plt.show()

# %% [markdown]
# You can no longer read them. A dense discriminator can: shuffle the rows of its first kernel in the same way,
# and it gives each shuffled picture exactly the score that the old one gave the picture.

# %%
judge, twin = networks.mlp_discriminator(shape), networks.mlp_discriminator(shape)
first_kernel, *others = judge.get_weights()
twin.set_weights([first_kernel[order], *others])
scores, twin_scores = (
    judge.predict(images[:500], verbose=0),
    twin.predict(shuffled(images[:500]), verbose=0),
)
print(f"same scores for shuffled pictures: {np.abs(scores - twin_scores).max() < 1e-5}")

# %% [markdown]
# So nothing in a dense network says that two pixels are neighbors: it has to find that out from data, for each
# pair of pixels. **A network made for pictures has it built in**: a pixel's neighbors matter more than far
# ones, and a stroke is a stroke wherever it lies. That is what a convolution is.
#
# ## From noise to a picture: the transposed convolution
#
# A convolution with stride 2 halves a picture; D uses two of them. G has to go the other way, from few numbers
# to many pixels. A *transposed convolution* lets each input pixel press a stamp, its kernel, onto the output,
# `stride` pixels apart; where stamps overlap, they add up. Here are three inputs, and one stamp of 4 × 4:

# %%
stamp = keras.layers.Conv2DTranspose(1, 4, strides=2, padding="same", use_bias=False)
stamp.build((None, 5, 5, 1))
ramp = np.add.outer(np.arange(4.0), np.arange(4.0)) / 6
stamp.set_weights([ramp[..., None, None]])
inputs = np.zeros((3, 5, 5, 1), "float32")
inputs[0, 2, 2], inputs[1, 1, 1], inputs[1, 3, 3], inputs[2, 2, 1:4] = 1, 1, 1, 1
outputs = keras.ops.convert_to_numpy(stamp(inputs))
print(f"{inputs.shape[1:3]} becomes {outputs.shape[1:3]}")

# %%
figure, axes = plt.subplots(2, 3, figsize=(7.5, 5))
for column, title in enumerate(
    ["one pixel: one stamp", "two pixels: two stamps", "three in a row: they overlap"]
):
    for row, pictures in enumerate([inputs, outputs]):
        axes[row, column].imshow(pictures[column, ..., 0], cmap="gray", vmin=0, vmax=1.4)
        axes[row, column].set(xticks=[], yticks=[], title=title if row == 0 else "")
axes[0, 0].set_ylabel("input, 5 × 5")
axes[1, 0].set_ylabel("output, 10 × 10")
plt.show()

# %% [markdown]
# ### Exercise 2: who writes how often?
#
# How many stamps reach each output pixel? Do it in one dimension: `side` input pixels, each pressing a stamp
# `kernel` pixels wide, `stride` pixels apart, and nothing cut off at the ends.


# %%
def times_written(side, kernel, stride):
    """Return how often each of the stride * (side - 1) + kernel output pixels is written, as an array."""
    return ...


check.times_written(times_written)
# check.times_written.hint()

# %% [markdown]
# The answer tells you which kernel to choose. With a kernel of all ones, on an input of all ones, the layer
# counts for us:


# %%
def written(kernel, side=6):
    layer = keras.layers.Conv2DTranspose(
        1, kernel, strides=2, padding="same", use_bias=False, kernel_initializer="ones"
    )
    return keras.ops.convert_to_numpy(layer(np.ones((1, side, side, 1), "float32")))[0, ..., 0]


figure, axes = plt.subplots(1, 3, figsize=(8.5, 3))
for ax, kernel in zip(axes, (3, 4, 5), strict=True):
    ax.imshow(written(kernel), cmap="cividis", vmin=0)
    ax.set(
        xticks=[],
        yticks=[],
        title=f"kernel {kernel}: {np.unique(written(kernel)[3:9, 3:9]).astype(int)}",
    )
plt.show()

# %% [markdown]
# Brighter pixels are written more often; the numbers are those of the inner pixels. With kernel 3 or 5 and
# stride 2, G begins life with a checkerboard, and has to unlearn it. With kernel 4 every inner pixel is written
# four times: a kernel that is a multiple of the stride has no such pattern (Odena, Dumoulin and Olah 2016). We
# take 4.
#
# ## The other choices, one by one
#
# **LeakyReLU in D.** A ReLU passes no gradient where its input is negative. In a classifier that does no harm.
# Here the gradient that G learns from comes *through* D. How much of it arrives?


# %%
def share_without_gradient(negative_slope):
    """Share of the first layer's outputs, in a fresh D, through which no gradient reaches the picture."""
    conv = keras.layers.Conv2D(32, 4, strides=2, padding="same")
    outputs = keras.ops.convert_to_numpy(conv(images[:200]))
    slopes = np.where(outputs > 0, 1.0, negative_slope)
    return (slopes == 0).mean()


silent = share_without_gradient(0.0)
print(f"ReLU silences between a third and two thirds of the first layer: {1 / 3 < silent < 2 / 3}")
print(f"LeakyReLU(0.2) silences {share_without_gradient(0.2):.0%}")

# %% [markdown]
# **Adam with β₁ = 0.5.** Adam goes where the gradients pointed on average, and β₁ says over how long. Its
# default, 0.9, suits a landscape that stays where it is. But D's landscape is G's samples, and they move.
# Suppose the gradient has said "up" for a long time, and now it says "down". When does Adam turn round?

# %%
for beta_1 in (0.9, 0.5):
    momentum, steps = 1.0, 0  # the running mean of a gradient that was 1 all the time
    while momentum >= 0:
        momentum, steps = beta_1 * momentum + (1 - beta_1) * (-1.0), steps + 1
    print(f"β₁ = {beta_1}: after {steps} steps")

# %% [markdown]
# **No BatchNormalization in the wrong place.** Within G it keeps the layers in each other's range, and G learns
# much faster. Its place is between layers, never at the two ends (Radford et al. 2016). At D's entrance, for
# example, it wipes out how bright a batch is:

# %%
keras.utils.set_random_seed(0)
real_batch, faint_batch = images[:200], images[:200] * 0.5 - 0.3  # half the contrast, and a gray veil
for name, entrance in (
    ("none", keras.layers.Identity()),
    ("BatchNormalization", keras.layers.BatchNormalization(epsilon=1e-6)),
):
    d = keras.Sequential([keras.Input(shape), entrance, keras.layers.Flatten(), keras.layers.Dense(1)])
    real_scores, faint_scores = (
        keras.ops.convert_to_numpy(d(x, training=True)) for x in (real_batch, faint_batch)
    )
    difference = np.abs(real_scores - faint_scores).mean() / real_scores.std()
    print(f"{name} at D's entrance: sees the gray veil: {difference > 0.1}")

# %% [markdown]
# Such a D could never teach G that black is black. At G's exit it does the like: it would force each pixel, the
# ones in the corners too, to vary.
#
# **A look at the whole batch.** A discriminator that judges one picture at a time cannot know that all of them
# are alike. So G may find one perfect 1, and draw nothing else: *mode collapse*, the subject of lesson 06. A
# small layer before D's last one tells it: next to each sample's features it puts their standard deviation over
# the batch (Karras et al. 2018).

# %%
spread = networks.MinibatchStandardDeviation()
varied, alike = images[:16].reshape(16, -1), np.repeat(images[:1].reshape(1, -1), 16, axis=0)
for name, batch in (("sixteen digits", varied), ("sixteen times the same", alike)):
    features = keras.ops.convert_to_numpy(spread(batch))[:, batch.shape[1] :]
    print(f"{name}: mean spread above 0.1: {features.mean() > 0.1}")

# %% [markdown]
# ## The DCGAN
#
# Now all of it together, after Radford, Metz and Chintala (2016), with far fewer channels, so that a CPU trains
# it in a minute. G: noise, two dense layers, then a small picture with 64 channels, doubled twice.

# %%
from keras import layers

height, width, channels = shape
small = (height // 4, width // 4, 64)
generator = [keras.Input((32,)), layers.Dense(128, use_bias=False)]
generator += [layers.BatchNormalization(), layers.ReLU()]
generator += [layers.Dense(int(np.prod(small)), use_bias=False), layers.Reshape(small)]
generator += [layers.BatchNormalization(), layers.ReLU()]
generator += [layers.Conv2DTranspose(32, 4, strides=2, padding="same", use_bias=False)]
generator += [layers.BatchNormalization(), layers.ReLU()]
generator += [layers.Conv2DTranspose(channels, 4, strides=2, padding="same", activation="tanh")]
generator = keras.Sequential(generator)

# %% [markdown]
# D is its mirror image: two convolutions that halve the picture, LeakyReLU, a dense layer, the look at the
# batch, and one raw score. No sigmoid: it lives in the loss (lesson 02).

# %%
discriminator = [keras.Input(shape), layers.Conv2D(32, 4, strides=2, padding="same")]
discriminator += [layers.LeakyReLU(0.2)]
discriminator += [layers.Conv2D(64, 4, strides=2, padding="same", use_bias=False)]
discriminator += [layers.BatchNormalization(), layers.LeakyReLU(0.2)]
discriminator += [layers.Flatten(), layers.Dense(64), layers.LeakyReLU(0.2)]
discriminator += [networks.MinibatchStandardDeviation(), layers.Dense(1)]
discriminator = keras.Sequential(discriminator)

# %% [markdown]
# The package has the same two networks, so that you need not write them out again: the same layers, with as many
# weights and the same shapes.


# %%
def blueprint(network):
    return [(type(x).__name__, x.count_params(), x.output.shape) for x in network.layers]


ours = [blueprint(network) for network in (generator, discriminator)]
package = networks.dcgan_generator(shape), networks.dcgan_discriminator(shape)
print("ours are the package's:", ours == [blueprint(network) for network in package])

# %% [markdown]
# ## Training, and watching
#
# `gan.compile()` without arguments chooses the recipe that we found best on held-out pictures: Adam with
# learning rate 1e-3 and β₁ = 0.5 for both, batches of 16, and an average of G's weights, of which more below.
# Two callbacks watch: `SampleGrid` draws samples from the *same* noise every 500 steps, so that you can follow
# each picture as it grows, and `Snapshots` keeps what we ask for: here the same samples from the weights as
# they are, and from their average.


# %%
from gan_course.callbacks import SampleGrid, Snapshots

gan = GAN(generator, discriminator, seed=0)
gan.compile()
z = np.random.default_rng(1).normal(size=(64, 32)).astype("float32")


def draw(noise):
    return keras.ops.convert_to_numpy(gan.generator(noise))


def live_and_averaged(gan):
    live = draw(z)
    with gan.averaged():
        return live, draw(z)


# %% tags=["nbval-ignore-output"]
film = Snapshots(live_and_averaged, every=100)
grid = SampleGrid(12, every=500, columns=12)
history = gan.fit(passes, verbose=1, callbacks=[film, grid])

# %% [markdown]
# From gray fog to blobs to strokes to digits; and once a picture has decided what it is going to be, it mostly
# stays that. Side by side with the real ones and with the dense generator's:

# %%
figure, axes = plt.subplots(3, 1, figsize=(9, 5.6))
samples = gan.generate(1000, seed=1)
plots.image_grid(images[24:48], "real", columns=12, ax=axes[0])
plots.image_grid(samples[:24], "DCGAN", columns=12, generated=True, ax=axes[1])
plots.image_grid(dense.generate(24, seed=1), "dense", columns=12, generated=True, ax=axes[2])
plt.show()
print(
    f"the DCGAN leaves less than half as many lonely pixels: {lonely_pixels(samples) < dense_lonely / 2}"
)

# %% [markdown]
# Does it draw all ten digits, or only the easy ones? We ask a classifier which digit each sample is most like,
# the nearest neighbors among real pictures. (How far such a judge is to be trusted is a question for lesson
# 07.)

# %%
from sklearn.neighbors import KNeighborsClassifier


def flat(pictures):
    return pictures.reshape(len(pictures), -1)


classifier = KNeighborsClassifier(3).fit(flat(images[:5000]), labels[:5000])
shares = np.bincount(classifier.predict(flat(samples)), minlength=10) / len(samples)
print(f"each of the ten digits is at least 2 % of the samples: {shares.min() >= 0.02}")

# %% tags=["nbval-ignore-output"]
plt.figure(figsize=(6, 2.6))
plt.bar(range(10), 100 * shares, color=plots.GENERATED)
plt.axhline(10, color=plots.REAL, ls=":")
plt.gca().set(
    xticks=range(10), xlabel="digit", ylabel="% of samples", title="What it draws; dotted: equal shares"
)
plt.show()

# %% [markdown]
# ## Before and after: the average of the weights
#
# The two players never stand still: each step of D moves the target, and G runs after it. Here is one sample,
# from the same noise, every 100 steps near the end of training, drawn with G's weights as they were at that
# moment, and with their moving average. Each step it takes in a few thousandths of the new weights.

# %%
live, averaged = (np.stack(takes) for takes in zip(*film.taken[-13:-1], strict=True))
figure, axes = plt.subplots(4, 1, figsize=(9, 4.4))
for row, number in enumerate((0, 1)):
    for offset, (name, takes) in enumerate((("live", live), ("averaged", averaged))):
        ax = axes[2 * row + offset]
        plots.image_grid(takes[:, number], columns=12, generated=True, ax=ax)
        ax.set_ylabel(name, rotation=0, ha="right", va="center")
plt.show()
flicker = {
    name: np.abs(np.diff(takes, axis=0)).mean()
    for name, takes in (("live", live), ("averaged", averaged))
}
print(f"the average flickers less than half as much: {flicker['averaged'] < flicker['live'] / 2}")

# %% [markdown]
# The live pictures twitch; the averaged ones settle. The average is not a compromise that blurs: it is a
# generator nearer to the point around which the players circle. It costs one line: an
# optimizer for G with `use_ema=True`. Our default has one, `fit` puts the average in place of the weights when it
# ends, and `gan.generate` draws with it.
#
# ## A walk through latent space
#
# G has turned a cloud of noise into digits. What lies *between* two digits? Take two points z and draw what is
# on the way from one to the other. The straight way is the obvious one, and it has a catch. **Predict before
# you run:** each z has 32 coordinates drawn from a standard normal. How long are they? And how long is the
# middle of two of them?

# %%
noise = np.random.default_rng(2).normal(size=(2, 10_000, 32))
lengths = np.linalg.norm(noise[0], axis=1)
middle = np.linalg.norm(noise.mean(axis=0), axis=1).mean()
low, high = np.quantile(lengths, [0.05, 0.95])
print(f"length of z: {lengths.mean():.2f} on average, nine of ten between {low:.2f} and {high:.2f}")
print(f"length of the middle of two: {middle:.2f}")
print(f"share of all z that are as short as that: {(lengths < middle).mean():.1%}")

# %% [markdown]
# In 32 dimensions the points lie in a shell, about √32 = 5.66 from the origin; at the origin itself, where the
# density is highest, there is nobody. The middle of a straight walk is at √32/√2 = 4: a place that G was hardly
# ever asked about. A walk along the shell, *spherical interpolation*, stays among the points that G knows.
#
# ### Exercise 3: walk on the sphere
#
# With ω the angle between a and b: slerp(a, b; t) = (sin((1−t)ω)·a + sin(tω)·b) / sin ω.


# %%
def slerp(a, b, t):
    """a, b: vectors. t: from 0, at a, to 1, at b. Return the point on the arc between them."""
    return ...


check.slerp(slerp)
# check.slerp.hint()

# %% [markdown]
# Here is the walk, with our own `slerp`, so that the figure does not wait for yours. Three pairs of digits, ten
# stops each:


# %%
def arc(a, b, steps=10):
    angle = np.arccos(a @ b / (np.linalg.norm(a) * np.linalg.norm(b)))
    t = np.linspace(0, 1, steps)[:, None]
    return ((np.sin((1 - t) * angle) * a + np.sin(t * angle) * b) / np.sin(angle)).astype("float32")


walks = np.concatenate([draw(arc(z[i], z[i + 1])) for i in (0, 2, 4)])
plots.image_grid(walks, "from one digit to another", columns=10, generated=True)
plt.show()
jumps = np.abs(np.diff(draw(arc(z[0], z[1], 200)), axis=0)).mean(axis=(1, 2, 3))
whole = np.abs(draw(z[:1]) - draw(z[1:2])).mean()
print(f"in 200 stops no step is more than a tenth of the whole way: {jumps.max() < whole / 10}")

# %% [markdown]
# No digit fades out while another fades in, as in a slide show: strokes bend, loops close. G has not stored
# pictures and does not mix them; it has found coordinates for *digits*.
#
# ## Arithmetic
#
# If it has coordinates, there should be directions. We never told G what a bold digit is. Draw 2,000 samples,
# and take the mean z of the boldest tenth minus the mean z of the thinnest:

# %%
many = np.random.default_rng(3).normal(size=(2000, 32)).astype("float32")
ink = draw(many).mean(axis=(1, 2, 3))
ranks = np.argsort(ink)
bolder = many[ranks[-200:]].mean(axis=0) - many[ranks[:200]].mean(axis=0)
steps = np.array([-2, -1, 0, 1, 2])
amounts = [draw(z + step * bolder).mean() for step in steps]
print(f"z + bolder has more ink than z, and z − bolder less: {amounts[1] < amounts[2] < amounts[3]}")

# %%
rows = np.concatenate([draw(z[i] + steps[:, None].astype("float32") * bolder) for i in range(4)])
plots.image_grid(rows, "z − 2·bolder … z … z + 2·bolder", columns=5, generated=True)
plt.show()

# %% [markdown]
# One direction makes every digit bolder or thinner. It is the same arithmetic by which Radford et al. took "man
# with glasses" minus "man" plus "woman" to a woman with glasses. Often the digit itself changes on the way:
# some digits are bolder than others, and a mean over samples takes along everything that goes with boldness. A
# direction found like this is a correlation, not a knob.
#
# ## Is it memory?
#
# A machine that keeps the training set and returns pieces of it would also give fine pictures. The first thing
# to look at: for each sample, the nearest training picture.
#
# ### Exercise 4: the nearest picture
#
# Return the distance from each sample to the picture nearest to it: Euclidean, over all pixels.


# %%
def nearest(samples, images):
    """samples: (m, h, w, c). images: (n, h, w, c). Return (m,) distances to the nearest image."""
    return ...


check.nearest(nearest)
# check.nearest.hint()

# %% [markdown]
# By hand that takes a loop; scikit-learn's `NearestNeighbors` is quicker and returns the neighbors, too.

# %%
from sklearn.neighbors import NearestNeighbors

neighbors = NearestNeighbors(n_neighbors=1).fit(flat(images))


def distance_and_picture(pictures):
    distances, indices = neighbors.kneighbors(flat(pictures))
    return distances[:, 0], images[indices[:, 0]]


figure, axes = plt.subplots(2, 1, figsize=(9, 2.4))
plots.image_grid(samples[:12], "samples", columns=12, generated=True, ax=axes[0])
_, pictures = distance_and_picture(samples[:12])
plots.image_grid(pictures, "the training picture nearest to each", columns=12, ax=axes[1])
plt.show()

# %% [markdown]
# Alike, and not the same. But how near is near? We need something to compare with. Honest newcomers: real
# pictures that G has never seen. A thief: training pictures with a little noise on them.

# %%
rng = np.random.default_rng(4)
thief = np.clip(images[:300] + rng.normal(0, 0.05, images[:300].shape), -1, 1)
groups = {"generated": samples[:300], "new real pictures": unseen[:300], "thief": thief}
distances = {name: distance_and_picture(group)[0] for name, group in groups.items()}
typical = {name: np.median(group) for name, group in distances.items()}
print(f"the thief is found out: {typical['thief'] < typical['new real pictures'] / 3}")
print(f"the GAN is no thief: {typical['generated'] > 0.6 * typical['new real pictures']}")

# %%
plt.figure(figsize=(7, 2.8))
colors = {"generated": plots.GENERATED, "new real pictures": plots.REAL, "thief": plots.ACCENT}
bins = np.linspace(0, 1.05 * max(group.max() for group in distances.values()), 40)
for name, group in distances.items():
    plt.hist(group, bins, color=colors[name], histtype="step", lw=2, label=name)
plt.gca().set(
    xlabel="distance to the nearest training picture", ylabel="pictures", title="Drawn, or copied?"
)
plt.legend()
plt.show()

# %% [markdown]
# The generated pictures are as far from the training set as real ones that nobody had seen. That speaks against
# copying whole pictures; it does not prove that nothing is remembered (a copy shifted by one pixel is far away
# in this distance). Lessons 07 and 13 look closer.
#
# ## What can go wrong
#
# | you see | likely cause | test | remedy |
# |---|---|---|---|
# | D's loss is 0 from the start | pixels in [0, 1], and G ends in tanh | `images.min()` | scale to [−1, 1] |
# | a checkerboard in all samples | kernel not a multiple of the stride | draw untrained samples | kernel 4, stride 2 |
# | salt and pepper | dense layers only | `lonely_pixels` | convolutions |
# | every sample is the same | mode collapse | the spread of a batch | a look at the batch; lesson 06 |
# | fine in training, gray in `generate` | BatchNormalization's averages are young | more steps, or `training=True` | train longer, lower its momentum |
# | the samples twitch from step to step | the players circle | snapshots from the same noise | average G's weights |
#
# ## Summary in five lines
#
# 1. To a dense network pixels have no neighbors; convolutions have them built in, and the salt disappears.
# 2. Transposed convolutions press stamps; a kernel that is a multiple of the stride leaves no checkerboard.
# 3. tanh and [−1, 1], LeakyReLU in D, β₁ = 0.5, BatchNormalization between layers only, a look at the whole
#    batch: each has a reason you can test.
# 4. An average of G's weights is calmer than G at any moment, and costs one argument.
# 5. Latent space has ways and directions; nearest neighbors tell drawing from copying, as far as a distance
#    can.
#
# ## References
#
# * A. Radford, L. Metz, S. Chintala, [Unsupervised representation learning with deep convolutional
#   GANs](https://arxiv.org/abs/1511.06434), ICLR 2016: the DCGAN, walks, arithmetic.
# * A. Odena, V. Dumoulin, C. Olah, [Deconvolution and checkerboard
#   artifacts](https://distill.pub/2016/deconv-checkerboard/), Distill 2016.
# * T. Karras et al., [Progressive growing of GANs](https://arxiv.org/abs/1710.10196), ICLR 2018: section 3, the
#   minibatch standard deviation; averaged weights.
# * Y. Yazıcı et al., [The unusual effectiveness of averaging in GAN
#   training](https://arxiv.org/abs/1806.04498), ICLR 2019.
# * T. White, [Sampling generative networks](https://arxiv.org/abs/1609.04468), 2016: spherical interpolation.
#
# **Next lesson:** [06 · When training fails](06_when_training_fails.ipynb): the same game, when it goes wrong.
