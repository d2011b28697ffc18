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
# **The one idea: the training algorithm of lesson 04 does not change. Two networks that are built for
# pictures make the difference.**
#
# After this lesson you will be able to
#
# * say what a dense network cannot know about pictures, and how convolutions know it;
# * build a DCGAN layer by layer, and say which of its usual rules matter, by how much, and how we know;
# * average a generator's weights, walk through its latent space, and test whether it draws or copies;
# * train a GAN on a folder of your own pictures.
#
# It takes about 90 minutes to read, without exercises 4 and 5. Its cells run in about 120 seconds on two
# CPU cores. (A good place for a break is before the part "A walk through latent space".) You should know what a round of training is ([lesson 04](04_the_training_algorithm.ipynb)), and what
# BatchNormalization computes ([lesson 03](03_the_combined_model.ipynb)).

# %% tags=["nbval-ignore-output"]
# Where the course package is missing, on Colab for example, this cell installs it first.
import importlib.util

if importlib.util.find_spec("gan_course") is None:
    print("Installing gan_course from https://github.com/gan-course/gan-course")
    # %pip install --quiet git+https://github.com/gan-course/gan-course

import matplotlib.pyplot as plt
import numpy as np

from gan_course import data, metrics, networks, plots, results, runtime
from gan_course.checks import lesson_05 as check
from gan_course.claims import answer, claim

plots.use_style()
plt.rcParams["image.interpolation"] = "nearest"  # pixels with sharp edges; their PNGs are small
print(runtime.configure(seed=0))

# %% [markdown]
# ## The pictures
#
# We draw handwritten digits of 28 × 28 pixels: 5,000 pictures of MNIST that need no download. We divide them
# into three parts that share no picture. The GAN trains on 3,000. Another 1,000 stay unseen: with them we
# compare what it draws. The last 1,000 train the judge, a [classifier](glossary.md#classifier), so that the
# judge has seen none of the GAN's pictures.

# %%
everything, labels = data.load("mnist_5k")
images, unseen = everything[:3000], everything[3000:4000]
judge = metrics.feature_classifier(*data.load("mnist_5k", split="test"))
shape = images.shape[1:]
plots.image_grid(images[:16], f"Real digits, the first of {len(images):,} pictures")
plt.show()
claim(
    "share of the unseen digits that the judge names correctly",
    (judge.classes(unseen) == labels[3000:4000]).mean(),
    above=0.8,
)

# %% [markdown]
# The judge learned from only 1,000 pictures, so it is wrong about roughly one digit in eight. Its word on a
# single picture is weak. So we measure only over hundreds of pictures or more. We let it judge single pictures only to choose examples for a figure.
#
# (For clothes instead of digits write `"fashion_mnist"` for `"mnist_5k"` in both places, on a machine with a
# network connection. The bounds in this lesson are those for digits.)
#
# All values lie in [−1, 1], and black is −1. The reason is the generator's last layer: the values of
# [tanh](glossary.md#tanh) lie between −1 and 1. Picture files hold bytes from 0 to 255.
#
# ### Exercise 1: pixels for tanh
#
# Write the function that takes bytes to [−1, 1]. With bytes as they are, from 0 to 255, the training would fail:
# G cannot draw a value above 1, so D would only have to look for such a value.


# %%
def to_tanh(pixels):
    """pixels: array of bytes, 0 is black and 255 is white. Return floats from -1 to 1."""
    return ...


check.to_tanh(to_tanh)
# check.to_tanh.hint()

# %% [markdown]
# ## A generator that does not know what a picture is
#
# We begin with the generator of lesson 03: [dense layers](glossary.md#dense-layer), and in the last one a unit for every pixel. (One thing differs: its latent vectors are longer here than in lesson 03. In the table of changes below they are as long as in lesson 03.) The GAN goes through the pictures 12 times, with 16 of them in each [step](glossary.md#step).
#
# **Predict before you run.** Here a pixel is called bright if its value is above −0.5, so if it is lighter than a dark gray. In handwriting, nearly every bright pixel has a bright neighbor. We call a bright pixel
# without one (above, below, left or right) a [stray pixel](glossary.md#stray-pixel). In what percentage of the
# dense generator's samples is there at least one?

# %%
# Your prediction, in percent:
prediction = None

# %%
import keras

from gan_course.gan import GAN

dense = GAN(networks.mlp_generator(shape), networks.mlp_discriminator(shape), seed=0)
dense.compile()
dense.fit(images, epochs=12, verbose=0)
dense_samples = dense.generate(2000, seed=1)


def stray_pixels(pictures):
    """Number of bright pixels in each picture without a bright neighbor above, below, left or right."""
    bright = np.pad(pictures[..., 0] > -0.5, ((0, 0), (1, 1), (1, 1)))
    above, below = bright[:, :-2, 1:-1], bright[:, 2:, 1:-1]
    left, right = bright[:, 1:-1, :-2], bright[:, 1:-1, 2:]
    return (bright[:, 1:-1, 1:-1] & ~(above | below | left | right)).sum(axis=(1, 2))


# %%
with answer(prediction):
    for name, pictures, bounds in (
        ("real", images, {"below": 20}),
        ("a dense generator", dense_samples, {"above": 40}),
    ):
        with_stray = 100 * (stray_pixels(pictures) > 0).mean()
        claim(f"{name}: pictures with a stray pixel", with_stray, **bounds, unit="%")
plots.image_grid(dense_samples[:16], "Samples of a dense generator: digits in dust", generated=True)
plt.show()

# %% [markdown]
# Some digits can be read. Around them lies dust, bright pixels where no pen has been, and some strokes fall to
# pieces.
#
# Why does it not learn that neighbors are alike? Because a dense network does not know which pixels are
# neighbors. To see this, take every picture apart, and put its pixels back in another order, the same order
# for all pictures:

# %%
order = np.random.default_rng(0).permutation(np.prod(shape))


def shuffled(pictures):
    return pictures.reshape(len(pictures), -1)[:, order].reshape(pictures.shape)


plots.image_grid(shuffled(images[:8]), "Real digits with their pixels in another order")
plt.show()

# %% [markdown]
# You cannot read them any more. For a dense network they are neither harder nor easier than before: for each network that works on the digits there is one that works just as well
# on the shuffled digits. (And training is as likely to find it, since the first weights are drawn alike for all pixels.) Here is the proof for D: take a copy of the discriminator, and put the rows of its first weight matrix (its
# [kernel](glossary.md#kernel))
# in the same order as the pixels. The copy gives each shuffled picture the score that the original gives to the
# picture itself.

# %%
first_kernel, *others = dense.discriminator.get_weights()
twin = networks.mlp_discriminator(shape)
twin.set_weights([first_kernel[order], *others])
scores = dense.discriminator.predict(images[:500], verbose=0)
twin_scores = twin.predict(shuffled(images[:500]), verbose=0)
claim("largest difference of the scores", np.abs(scores - twin_scores).max(), near=0, within=1e-3)

# %% [markdown]
# So nothing in a dense network says that two pixels are neighbors. The same holds for a dense G: put the columns of
# its last kernel, and its last biases, in the new order, and it draws shuffled digits. A dense network has to learn
# from data which pixels are neighbors. **A network made for pictures has two facts built in**:
# pixels that belong together are near each other, and a stroke is a stroke wherever it lies. So each unit of a
# [convolution](glossary.md#convolution) looks at a small neighborhood only, and the same kernel is used at every
# place.
#
# ## From noise to a picture: the transposed convolution
#
# A convolution with stride 2 moves its kernel by two pixels at a time. The picture that it makes has half the height
# and half the width. D uses two such layers. G has to go the other way, from a few numbers to many pixels. In a
# [transposed convolution](glossary.md#transposed-convolution) each input pixel presses a stamp onto the
# output: the kernel, multiplied by the pixel. The stamps are `stride` pixels apart, and where they overlap, they add
# up. Here are three inputs, and one
# stamp of 4 × 4. The weights of this stamp grow from 0 in its upper left corner, which therefore stays black, to 1 in
# its lower right corner:

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
titles = ["One pixel: one stamp", "Two pixels: two stamps", "Three in a row: they overlap"]
for column, title in enumerate(titles):
    for row, (pictures, white) in enumerate([(inputs, 1), (outputs, 1.4)]):
        axes[row, column].imshow(pictures[column, ..., 0], cmap="gray", vmin=0, vmax=white)
        axes[row, column].set(xticks=[], yticks=[])
    axes[0, column].set_title(title, size=11)
axes[0, 0].set_ylabel("input, 5 × 5")
axes[1, 0].set_ylabel("output, 10 × 10")
plt.show()

# %% [markdown]
# ### Exercise 2: how often is each pixel written?
#
# How many stamps reach each output pixel? Count them in one dimension: `side` input pixels, each pressing a stamp that
# is `kernel` pixels wide, the stamps `stride` pixels apart, and nothing cut off at the ends. (The layer above does cut: with `padding="same"` Keras removes what sticks out, here one pixel on each side. So five inputs became 10 pixels, and not 2 · 4 + 4 = 12.)


# %%
def times_written(side, kernel, stride):
    """Return how often each of the stride * (side - 1) + kernel output pixels is written, as an array."""
    return ...


check.times_written(times_written)
# check.times_written.hint()

# %% [markdown]
# The answer says which kernel to choose. If all weights of the kernel are 1, and all input pixels are 1, the layer
# counts for us:


# %%
def written(kernel, side=6):
    options = {"padding": "same", "use_bias": False, "kernel_initializer": "ones"}
    layer = keras.layers.Conv2DTranspose(1, kernel, strides=2, **options)
    return keras.ops.convert_to_numpy(layer(np.ones((1, side, side, 1), "float32")))[0, ..., 0]


figure, axes = plt.subplots(1, 3, figsize=(7.5, 2.9))
for ax, kernel in zip(axes, (3, 4, 5), strict=True):
    counts = np.unique(written(kernel)[3:9, 3:9]).astype(int)
    ax.imshow(written(kernel), cmap="gray", vmin=0, vmax=9)
    ax.set_title(f"Kernel {kernel}: {', '.join(map(str, counts))} times", size=11)
    ax.set(xticks=[], yticks=[])
plt.show()

# %% [markdown]
# Brighter pixels are written more often; the numbers are those of the inner pixels. With a kernel of 3 or 5
# and a stride of 2, G begins its training with a [checkerboard](glossary.md#checkerboard-artifact) and has to
# unlearn it. With kernel 4 every inner pixel is written four times: if the size of the kernel is a multiple of the stride, this cause of a checkerboard is gone. A pattern can still be there, at the beginning and after training, because neighboring pixels are written by different weights of the kernel. Odena, Dumoulin and Olah (2016), who explained this, therefore prefer
# another way, the **resize-convolution**: first repeat every pixel (`UpSampling2D`), then apply an ordinary
# convolution with stride 1. We take kernel 4, and test the other way below.
#
# ## The DCGAN
#
# Radford, Metz and Chintala (2016) found rules that make the training of convolutional GANs stable in most settings.
# They call such a GAN [DCGAN](glossary.md#dcgan), *deep convolutional GAN*. A convolution makes several pictures at
# once, one with each of its kernels. Each of these pictures is called a [channel](glossary.md#channel). Ours has far
# fewer
# channels than the paper's, so that a CPU trains it in about a minute. G takes a
# [latent vector](glossary.md#latent-vector) of 32 numbers. Two dense layers turn it into a small picture with 64
# channels. Then each of two transposed convolutions doubles its width and height. (A layer
# before BatchNormalization needs no bias: BatchNormalization subtracts the mean, and adds a shift of its own.)

# %%
from keras import layers

generator = [keras.Input((32,)), layers.Dense(128, use_bias=False)]
generator += [layers.BatchNormalization(), layers.ReLU()]
generator += [layers.Dense(7 * 7 * 64, use_bias=False), layers.Reshape((7, 7, 64))]
generator += [layers.BatchNormalization(), layers.ReLU()]
generator += [layers.Conv2DTranspose(32, 4, strides=2, padding="same", use_bias=False)]
generator += [layers.BatchNormalization(), layers.ReLU()]
generator += [layers.Conv2DTranspose(1, 4, strides=2, padding="same", activation="tanh")]
generator = keras.Sequential(generator)

# %% [markdown]
# D is its mirror image: two convolutions that halve the picture, a dense layer, and one raw score. (The sigmoid is
# in the loss: lesson 02.) It has [LeakyReLU](glossary.md#leakyrelu), one BatchNormalization, and a layer that looks
# at the whole batch. We come to the reasons after the pictures.

# %%
discriminator = [keras.Input(shape), layers.Conv2D(32, 4, strides=2, padding="same")]
discriminator += [layers.LeakyReLU(0.2)]
discriminator += [layers.Conv2D(64, 4, strides=2, padding="same", use_bias=False)]
discriminator += [layers.BatchNormalization(), layers.LeakyReLU(0.2)]
discriminator += [layers.Flatten(), layers.Dense(64), layers.LeakyReLU(0.2)]
discriminator += [networks.MinibatchStandardDeviation(), layers.Dense(1)]
discriminator = keras.Sequential(discriminator)
for ours, package in (
    (generator, networks.dcgan_generator(shape)),
    (discriminator, networks.dcgan_discriminator(shape)),
):
    claim(f"weights of the {package.name}", ours.count_params(), near=package.count_params(), within=1)

# %% [markdown]
# The package builds the same two networks, `networks.dcgan_generator` and `networks.dcgan_discriminator`, with as
# many weights: the number in brackets is the package's. You need not write them out again.
#
# ## Training, and watching
#
# `gan.compile()` without arguments takes [Adam](glossary.md#adam) with learning rate 10⁻³ and β₁ = 0.5 for
# both players, and keeps an average of G's weights, of which more below. `fit` takes batches of 16. The
# callback `Snapshots` draws pictures from the same latent vectors every 75 steps: with the weights as they
# are, and with their average. The film shows the pictures of the average at every second of these moments,
# so its frames are 150 steps apart.

# %%
from gan_course.callbacks import Snapshots

gan = GAN(generator, discriminator, seed=0)
gan.compile()
z = np.random.default_rng(1).normal(size=(500, 32)).astype("float32")


def draw(noise):
    return keras.ops.convert_to_numpy(gan.generator(noise))


def live_and_averaged(gan):
    live = draw(z[:18])
    with gan.averaged():
        return live, draw(z[:18])


# %%
snapshots = Snapshots(live_and_averaged, every=75)
history = gan.fit(images, epochs=12, verbose=0, callbacks=[snapshots])


# %% tags=["nbval-ignore-output"]
def frame(number, ax):
    pictures = snapshots.taken[2 * number][1]
    title = f"After {snapshots.steps[2 * number]:,} steps"
    plots.image_grid(pictures, title, columns=6, generated=True, ax=ax)


plots.film(frame, frames=(len(snapshots.taken) + 1) // 2, size=(5.5, 3.1), fps=3, colors=16)

# %% [markdown]
# The gray fog becomes blobs, the blobs become strokes, and most of the strokes become digits. Some pictures are
# no clear digit even at the end. Here are 48 samples from other latent vectors. Nobody has chosen them:

# %%
samples = gan.generate(2000, seed=1)
plots.image_grid(samples[:48], "Drawn by the DCGAN, not chosen", generated=True)
plt.show()

# %% [markdown]
# Do the [losses](glossary.md#loss) tell us that they are good? At the [equilibrium](glossary.md#equilibrium) D's
# loss would be log 4 and G's log 2 (lesson 02).

# %%
plt.figure(figsize=(7, 3))
epochs = range(1, 13)
for name, color, marker, at_rest in (
    ("d_loss", plots.DISCRIMINATOR, "o", np.log(4)),
    ("g_loss", plots.GENERATED, "s", np.log(2)),
):
    player = name[0].upper()
    plt.plot(epochs, history.history[name], color=color, marker=marker, label=f"{player}'s loss")
    plt.axhline(at_rest, color=color, ls=":", label=f"{player}'s loss at the equilibrium")
plt.gca().set(
    xlabel="times through all pictures",
    ylabel="loss",
    title="The losses do not show that the pictures improve",
    ylim=(0, 6.5),
)
plt.legend(ncols=2)
plt.show()

# %% [markdown]
# They do not. D's loss stays
# far below its dotted line and G's far above: D sees the difference all the time. After the first two passes G's loss rises a little, falls slowly, and rises a little again. But in the film most strokes become whole and sharp in this time. Each player is
# measured against the other one. If both improve, a loss can stay where it is. So we need other judges.
#
# ## Does the eye agree with the judge?
#
# Four numbers compare the samples with real pictures. *Stray pixels* we have met. The [Fréchet
# distance](glossary.md#frechet-distance) compares the [features](glossary.md#feature) that the judge sees in
# samples with those in the unseen digits; lesson 07 explains it, and for now small is good. The judge's mean
# [confidence](glossary.md#confidence) is the probability that it gives to the class it chooses: a picture that is
# between two digits lowers it. The [entropy](glossary.md#entropy) of the shares of the ten classes is log₂ 10 = 3.32
# bits if every digit is drawn equally often, and less if some are missing.


# %%
def judged(pictures):
    probabilities = judge.probabilities(pictures)
    shares = np.bincount(probabilities.argmax(axis=1), minlength=10) / len(pictures)
    return {
        "Fréchet distance": metrics.frechet_distance(judge.features(unseen), judge.features(pictures)),
        "stray pixels per picture": stray_pixels(pictures).mean(),
        "confidence": probabilities.max(axis=1).mean(),
        "bits": -(shares * np.log2(np.maximum(shares, 1e-12))).sum(),
    }


columns = {"real": images[:2000], "dense": dense_samples, "DCGAN": samples}
table = {name: judged(pictures) for name, pictures in columns.items()}

# %%
bounds = {  # of real digits, of the dense generator, of the DCGAN
    "Fréchet distance": ({"below": 3}, {"above": 10}, {"below": 9}),
    "stray pixels per picture": ({"below": 0.05}, {"above": 1.5}, {"below": 0.8}),
    "confidence": ({"above": 0.9}, {"below": 0.89}, {"above": 0.86}),
    "bits": ({"above": 3.2}, {"below": 3.32}, {"above": 3}),
}
for quality, limits in bounds.items():
    for (name, column), limit in zip(table.items(), limits, strict=True):
        claim(f"{quality}, {name}", column[quality], **limit)

# %%
figure, axes = plt.subplots(3, 1, figsize=(7, 3.9))
rows = (
    ("Real", images[16:24], False),
    ("DCGAN: hardly any dust", samples[48:56], True),
    ("Dense: dust, and strokes in pieces", dense_samples[16:24], True),
)
for ax, (name, pictures, generated) in zip(axes, rows, strict=True):
    plots.image_grid(pictures, name, generated=generated, ax=ax)
plt.show()

# %% [markdown]
# They agree. In each of the four numbers the DCGAN's samples are nearer to real digits than those of the dense
# network, which had just as many steps. And the eye sees the dust of the dense network at once. (The dense networks
# are those of lesson 03. They have no convolutions, but also no BatchNormalization and no look at the batch. With the
# table of changes below we come back to the question which of these makes the difference.) The numbers of real digits
# are the aim: even their distance is not 0, because they are compared with other digits. (Confidence alone is no aim.
# A G that draws one perfect 1 again and again can have more confidence than real digits, but it has 0 bits.)
#
# ## The reasons, one by one
#
# Every choice in the two networks has a reason that one finds in many texts. We first look at each reason
# alone, in a small computation. Then we see which of the choices change the result of a training.
#
# **LeakyReLU in D.** A ReLU passes no [gradient](glossary.md#gradient) where its input is negative, and that is
# about half of its inputs in a fresh network. LeakyReLU(0.2) multiplies negative inputs by 0.2, and the gradient
# there, too. G learns only from the gradient that comes *through* D, down to the picture, and it passes three such
# layers. **Predict before you run:** the same D, with the same weights, gets ReLU instead of LeakyReLU(0.2). How
# long is this gradient then, in percent of its length before?

# %%
# Your prediction, in percent:
prediction = None

# %%
from gan_course.backend import input_gradient


def gradient_at_the_picture(slope):
    """Mean length of the gradient of the sum of 64 scores with respect to each picture, over five fresh Ds."""
    lengths = []
    for seed in range(5):
        keras.utils.set_random_seed(seed)
        d = networks.dcgan_discriminator(shape)
        for layer in d.layers:
            if isinstance(layer, layers.LeakyReLU):
                layer.negative_slope = slope
        gradient = keras.ops.convert_to_numpy(input_gradient(d, samples[:64]))
        lengths.append(np.linalg.norm(gradient.reshape(64, -1), axis=1).mean())
    return np.mean(lengths)


# %%
with answer(prediction):
    ratio = 100 * gradient_at_the_picture(0.0) / gradient_at_the_picture(0.2)
    claim("its length with ReLU, in percent of that with LeakyReLU", ratio, above=70, below=130)

# %% [markdown]
# It is about as long as before. How can that be? Suppose that half of the inputs are negative. Then a ReLU passes 1/2
# of the squared length of a gradient. LeakyReLU(0.2)
# passes (1 + 0.2²)/2 = 0.52 of it, and that is nearly the same, because a slope of 0.2 counts only as its
# square. After three layers we expect √(0.50/0.52)³ ≈ 0.94 of the length, and BatchNormalization, which
# scales what passes, can make up for that. So the usual reason is true for one unit and says little about the network
# as it is at the start, where we measured. Below we see whether training agrees.
#
# **Adam with β₁ = 0.5.** The direction of Adam's step is an average over the past gradients, and β₁ says over how
# many of them. Its default, 0.9, suits a loss function that stays the same. But each player's loss function depends
# on the other player, so it changes with every step. Suppose that the gradient has said "up" for a long time, and now
# says "down".
# Adam's running mean m becomes β₁·m + (1 − β₁)·gradient in each step. After how many steps does it point down, too?

# %%
for beta_1 in (0.9, 0.5):
    momentum, steps = 1.0, 0  # the running mean of a gradient that was 1 all the time
    while momentum >= 0:
        momentum, steps = beta_1 * momentum + (1 - beta_1) * (-1.0), steps + 1
    print(f"β₁ = {beta_1}: after {steps} steps")

# %% [markdown]
# With β₁ = 0.9 it takes seven steps until the mean follows, with 0.5 only two.
#
# **[BatchNormalization](glossary.md#batch-normalization) between layers, and not at the two ends.** Between layers it
# keeps the outputs of all units in the same range. At the ends it takes something away. At D's entrance it removes
# the mean brightness of a batch. D gets real and generated pictures in separate batches, so a batch of faint pictures
# comes out as bright as a batch of real ones. At G's exit it depends on the layer. After a dense exit Keras
# normalizes each *pixel*, so that all pixels vary equally, the corners too, which are black in every digit. (The
# layer also has a scale for each pixel, which can learn to undo this, but it begins at 1.) After a convolution it
# normalizes each *channel*, over all pixels together.

# %%
rng = np.random.default_rng(0)
faint = 0.5 * images[:200] - 0.3  # half the contrast, and a gray veil
almost = images[:200] + rng.normal(0, 0.1, (200, *shape)).astype("float32")  # the corners hardly vary
per_channel = layers.BatchNormalization(axis=-1)(faint, training=True)
print("brightness of the faint batch, before and after BatchNormalization:")
claim("  before", faint.mean(), near=-0.7, within=0.1)
claim("  after", keras.ops.convert_to_numpy(per_channel).mean(), near=0, within=1e-4)
for name, exit_shape, corner in (("convolution", shape, 0.156), ("dense", (784,), 0.95)):
    x = almost.reshape(200, *exit_shape)
    y = keras.ops.convert_to_numpy(layers.BatchNormalization()(x, training=True)).reshape(200, 784)
    claim(f"spread of a corner pixel after a {name} exit", y[:, 0].std(), near=corner, within=0.01)

# %% [markdown]
# At D's entrance the faint batch and a batch of real digits have the same brightness, 0. Such a D cannot teach
# G how dark black is. (Whether this harms the pictures is another question: see the table below.) At G's exit, BatchNormalization after a dense layer makes a corner pixel vary about as much
# as all others. (It is 0.95 instead of 1, because Keras adds 0.001 to each variance.) After a convolution the
# corner pixel still varies little. But the channel now has mean 0, so G must bring all brightness back with its
# last two numbers, scale and shift.
#
# **BatchNormalization within D**, of which lesson 03 warned. There the combined model *froze* D, and a frozen
# BatchNormalization works with its stored averages: G would learn from another function than the one that D trains.
# `GAN.fit` does not freeze: in G's step too, D runs in [training mode](glossary.md#training-mode), with the
# statistics of the batch. So both steps use the same function. But D's score of a picture then depends on the
# other pictures of the batch, its *company*:


# %%
def spread_in_company(network, training):
    """How much a network's outputs for one picture vary over 50 companies, as a mean over the outputs."""
    batches = [np.concatenate([samples[:1], samples[i : i + 15]]) for i in range(100, 850, 15)]
    outputs = [keras.ops.convert_to_numpy(network(batch, training=training))[0] for batch in batches]
    return np.std(outputs, axis=0).mean()


before_the_look = keras.Sequential(
    gan.discriminator.layers[:-2]
)  # all but the look at the batch and the score
for name, network, training, bounds in (
    ("score, training mode", gan.discriminator, True, {"above": 0.05}),
    ("features, training mode", before_the_look, True, {"above": 0.02}),
    ("features, inference mode", before_the_look, False, {"near": 0, "within": 1e-3}),
    ("score, inference mode", gan.discriminator, False, {"above": 0.02}),
):
    claim(f"spread of one picture's {name}", spread_in_company(network, training), **bounds)

# %% [markdown]
# So our D does not judge one picture at a time: it judges batches. The *features* are what its last hidden layer
# computes, before the look at the batch: in training mode they depend on the company, through BatchNormalization. In
# inference mode they do not, because BatchNormalization then works with its stored averages. The score still does, because the look at the batch works in both modes. Its spread is even about the same in
# both. This suggests that in our trained D most of the score's spread comes from the look, and little of it from BatchNormalization. Lesson 08 needs a score that depends on one picture only, and its
# gradient with respect to this picture. This D has no such score.
#
# **A look at the whole batch, on purpose.** A D that judges every picture alone cannot notice that all of
# them are alike. BatchNormalization is of little help here, as we shall measure: it divides by the spread of
# the batch, and does not tell D how large it was. So G may find one perfect 1 and draw nothing else: [mode
# collapse](glossary.md#mode-collapse), the subject of lesson 06. [Minibatch standard
# deviation](glossary.md#minibatch-standard-deviation) shows it to D: beside each picture's features it puts
# how much these features vary over the batch. We try it on pixels in place of features:

# %%
spread = networks.MinibatchStandardDeviation()
varied, alike = images[:16].reshape(16, -1), np.repeat(images[:1].reshape(1, -1), 16, axis=0)
for name, batch, value in (
    ("sixteen digits", varied, 0.337),
    ("sixteen copies of one digit", alike, 1e-4),
):
    features = keras.ops.convert_to_numpy(spread(batch))[:, batch.shape[1] :]
    claim(f"mean spread of {name}", features.mean(), near=value, within=value / 100)

# %% [markdown]
# (For sixteen copies it is 0.0001 and not 0, because the layer adds 10⁻⁸ to each variance.)
#
# The idea of such a look is from Salimans et al. (2016), who compare the features of all pairs in the batch. The
# simpler form with the standard deviation is from Karras et al. (2018). They average these spreads over all features
# and all places into a *single* number, which they add as one more channel near D's end. Ours keeps one spread for
# each of the 64 features. That is more to learn, and more information: D sees *which* feature does not vary.
#
# **An average of G's weights.** The players never stand still: each step of D moves the target, and G runs after
# it. Here are the pictures of two latent vectors, every 75 steps in the last part of the training: with G's weights
# of that moment (live), and with their [moving average](glossary.md#exponential-moving-average).

# %%
live, averaged = (np.stack(takes) for takes in zip(*snapshots.taken[-10:-1], strict=True))
figure, axes = plt.subplots(4, 1, figsize=(7.5, 3.6))
for row, number in enumerate((8, 16)):
    for offset, (name, takes) in enumerate((("live", live), ("average", averaged))):
        ax = axes[2 * row + offset]
        plots.image_grid(takes[:, number], columns=9, generated=True, ax=ax)
        ax.set_ylabel(name, rotation=0, ha="right", va="center")
axes[0].set_title("The live weights jump, their average moves slowly")
plt.show()
change_live, change_averaged = (np.abs(np.diff(takes, axis=0)).mean() for takes in (live, averaged))
claim("change from one picture to the next, average / live", change_averaged / change_live, below=0.7)

# %% [markdown]
# The live strokes break, thicken and mend from one picture to the next; the averaged ones change slowly. We
# average weights, not pictures. So the average is no blur of the live pictures: it is a generator of its own.
# A common explanation (Yazıcı et al. 2019) is that the players circle, and that the average of their positions lies nearer to the
# middle of the circle. Lesson 06 shows such a circle in a small game.
#
# <details><summary>What <code>use_ema=True</code> costs in a GAN of your own</summary>
#
# A Keras optimizer with `use_ema=True` (*ema* stands for exponential moving average) keeps such an average, and at
# the end of `fit` it puts the average in place of the weights. But `fit` does this for `self.optimizer` alone, the
# one that `compile` got. A GAN of your own has two optimizers, say `self.d_optimizer` and `self.g_optimizer`, and
# `fit` does not know them: the average is computed and never used. So when the training ends you call
# `self.g_optimizer.finalize_variable_values(self.generator.trainable_variables)`. The memory of Keras' average also
# has its full length from the first step on. If it is long, then after a short training the average still holds a
# share of the weights that G began with. The package's `AveragingAdam` begins with a short memory, and `GAN.fit` puts
# the average in place.
# </details>
#
# ## Which of the choices matter?
#
# A reason is not yet an effect. So we took back one choice at a time, trained again, and judged the samples as above: an [ablation](glossary.md#ablation). (Two lines of the table differ from the recipe in more than one choice: "no BatchNormalization and no look", and "the dense networks of lesson 03".) *The recipe* is our DCGAN with all its choices. Each training takes 1,000
# steps, less than half of ours above, so even the recipe has a larger distance here. The table has twelve lines,
# sorted by their distance, and each entry is the mean of three seeds ± their standard deviation. These 36 trainings
# take too long for a lesson, so the numbers are stored (`python -m benchmarks ablation` computes them anew).
# **Predict before you run:** which changes make the distance largest?

# %%
# Your prediction, the name of a change: "dense networks", "no BatchNormalization in G", "no BatchNormalization in D",
# "BatchNormalization at G's exit, too", "BatchNormalization at D's entrance, too", "ReLU in D", "β₁ = 0.9",
# "resize, then convolve", "no look at the batch", "no BatchNormalization and no look"
prediction = None

# %%
ablation, runs = results.load("ablation"), {}
for run in ablation["runs"]:
    runs.setdefault(run["title"], []).append(run)
runs = dict(sorted(runs.items(), key=lambda pair: np.mean([run["frechet"] for run in pair[1]])))


def three(trained, quality, digits=1):
    """Mean and standard deviation over the three seeds, as text."""
    values = [run[quality] for run in trained]
    return f"{np.mean(values):.{digits}f} ± {np.std(values, ddof=1):.{digits}f}"


# %%
with answer(prediction):
    print(f"{'':40}{'Fréchet distance':>17}{'without average':>17}{'bits of classes':>17}")
    for title, trained in runs.items():
        numbers = (
            three(trained, "frechet"),
            three(trained, "frechet_live"),
            three(trained, "classes", 2),
        )
        print("{:40}{:>17}{:>17}{:>17}".format(title, *numbers))
    nearer = [run["frechet"] < run["frechet_live"] for trained in runs.values() for run in trained]
    print(f"the average has the smaller distance in {sum(nearer)} of {len(nearer)} trainings")

# %%
ways = {
    "frechet_live": ("s", plots.MUTED, "last weights"),
    "frechet": ("o", plots.GENERATED, "average"),
}

# %%
figure, ax = plt.subplots(figsize=(7.5, 4.2))
for key, (marker, color, label) in ways.items():
    points = [(run[key], row) for row, trained in enumerate(runs.values()) for run in trained]
    ax.plot(*zip(*points, strict=True), marker, color=color, mfc="none", mew=1.8, label=label)
ax.set(
    xscale="log",
    xlabel="Fréchet distance (farther left is better)",
    title="Five changes ruin the samples (three seeds each)",
)
real = ablation["about"]["real"]["frechet"]
ax.axvline(real, color=plots.REAL, ls=":", label="real digits")
ax.set_xticks([1, 2, 5, 10, 20, 50, 100, 200], [1, 2, 5, 10, 20, 50, 100, 200])
ax.set_yticks(range(len(runs)), list(runs))
ax.invert_yaxis()
figure.legend(loc="outside lower right", ncols=3)
plt.show()

# %%
import textwrap

shown = [(title, trained[0]) for title, trained in runs.items()]
figure, axes = plt.subplots(len(shown), 1, figsize=(7.2, 0.8 * len(shown)))
for ax, (title, run) in zip(axes, shown, strict=True):
    plots.image_grid(results.images(run["shown"], shape)[:6], generated=True, ax=ax)
    name = textwrap.fill(title, 22)
    ax.set_ylabel(f"{name}\n{run['frechet']:.1f}", rotation=0, ha="right", va="center", size=11)
axes[0].set_title("One of the three trainings each, and its distance")
plt.show()

# %% [markdown]
# Five changes ruin the samples. Worst with each seed are the convolutions alone, with neither BatchNormalization nor
# the look at the batch (358.6). In the three lines of the table above this last one, the distances of the seeds overlap, so we cannot say which of the three is worst. Without a look at the batch all three GANs collapsed: the judge names nearly always the same class, 0.10 bits on
# average. The one in the figure draws nearly the same blot for each latent vector. (Lesson 06 keeps the word *mode
# collapse* for samples that are sharp. These are not.) With BatchNormalization at G's exit, gray noise covers the
# blots, and the margin is no longer black. (What we measured above does not explain this: after a convolution the
# corners still varied little.) With dense networks, and all else alike, many digits can be read in the middle of the
# picture, but the margin is salt and pepper. With β₁ = 0.9, a change that looks small, the samples are ragged blots,
# though not all the same, and some show a grid of every second pixel: the checkerboard can come back in training, even with kernel 4. The dense networks of lesson 03, which have neither BatchNormalization nor the look at the batch, do better than those that have both: it seems that a choice can help one network and harm another. (The two generators also differ in their activation: LeakyReLU in lesson 03, ReLU here. And "all else alike" has a limit: the dense D has BatchNormalization after its first layer, the D of the recipe after its second.)
#
# This answers the question from above, what makes the difference between the dense GAN (33.4) and the DCGAN (7.8). No
# single choice that we tried does. (We did not try the look alone in the dense networks of lesson 03, nor BatchNormalization alone.) Take convolutions in place of the dense layers of lesson 03, with neither BatchNormalization
# nor the look: the last row of the figure shows one shape again and again, and the mean distance of the three seeds is 358.6. Add BatchNormalization, but no look at the batch: 254.8, and still
# the same blot again and again. Take the dense networks with BatchNormalization and the look: 261.1. All three are
# worse than the plain dense networks. So here convolutions do better than the plain dense networks only together with the look at the batch.
#
# Without BatchNormalization in G the seeds differ widely. In 35 of the 36 trainings the average of the weights has a
# smaller distance than the last weights. One caution: `generate` works with the stored averages of
# BatchNormalization, and these come from about the last 100 steps. They may fit the average of the weights better
# than the last weights. We did not measure how much of the gain is due to that. It is probably not all: without
# BatchNormalization in G, too, the average lowers the distance, from 71.6 to 25.6. The other effects are small:
# compare them with the spread of the seeds before you believe one of them. BatchNormalization at D's entrance, which the rules forbid, does no harm that the distance of the average shows; with the last weights the mean distance is 47.2 against the recipe's 30.8. (We normalized the pixels. The rule can also mean the output of D's first convolution. The authors' code has no BatchNormalization there, and our D has none there either. We did not test what it would do there.)
#
# So here are the rules of Radford et al. (2016, sections 3 and 4) as a checklist, with what we measured. The numbers
# hold for *these* networks, digits, 1,000 steps and a learning rate of 10⁻³. The paper calls this rate too high and
# takes 0.0002, and its DCGAN has no look at the batch. So a change that ruins our training may do less harm at a
# smaller rate: we have not tested it. And with other data a rule that does nothing here may matter.
#
# | the rule | distance without it; the recipe has 7.8 |
# |---|---|
# | Adam with β₁ = 0.5 | it fails: 130.6 with 0.9 |
# | no BatchNormalization at G's exit | it fails: 246.2, noise up to the margin |
# | no BatchNormalization at D's entrance | no difference that three seeds can show: 8.2 |
# | convolutions with strides in place of pooling, transposed ones in G | pooling in D: not tested; resize-convolution in G: no difference that three seeds can show, 6.9 |
# | *what the rules take for granted:* convolutions | it fails: 261.1 with dense networks, all else alike (33.4 with those of lesson 03) |
# | BatchNormalization in G | 25.6, and the seeds differ widely |
# | BatchNormalization in D | a little worse: 9.8 |
# | LeakyReLU(0.2) in D | no difference that three seeds can show: 7.9 with ReLU |
# | no dense layers inside, ReLU in G, tanh at its exit | not tested: ours has dense layers |
# | learning rate 0.0002 (the paper calls 0.001 too high), batches of 128, first weights with standard deviation 0.02 | not tested: we have 0.001, 16, and Keras' default |
# | *not in the paper:* an average of G's weights | 30.8 with the weights of the last step |
# | *not in the paper:* a look at the batch | it collapses: 254.8, the same blot again and again |
# | BatchNormalization (both) *and* the look at the batch | it fails: 358.6, and in the figure the same shape again and again |
#
# ## A walk through latent space
#
# G has turned a cloud of noise into digits. What lies *between* two digits in its [latent
# space](glossary.md#latent-space)? Take two latent vectors, and draw what is on the way from one to the other. The
# straight way has a catch. **Predict before you run:** each vector has 32 coordinates drawn from a standard normal
# distribution. The point halfway between two such vectors has a certain length on average. What percentage of all
# latent vectors is as short as that, or shorter?

# %%
# Your prediction, in percent:
prediction = None

# %%
noise = np.random.default_rng(2).normal(size=(2, 10_000, 32))
lengths = np.linalg.norm(noise[0], axis=1)
middle = np.linalg.norm(noise.mean(axis=0), axis=1).mean()
low, high = np.quantile(lengths, [0.05, 0.95])
with answer(prediction):
    print(f"length of z: {lengths.mean():.2f} on average, nine of ten between {low:.2f} and {high:.2f}")
    print(f"length of the middle of two: {middle:.2f}")
    print(f"share of all z that are as short as that: {(lengths < middle).mean():.1%}")

# %% [markdown]
# <details><summary>Why</summary>
#
# The squared length is a sum of 32 squares, each with mean 1. So it is about 32, and the length is about √32
# = 5.66 (its mean is a little smaller, 5.61, because the mean of a root is below the root of the mean). The
# density is highest at the origin, but there is so little room near it that almost no point lies there: the
# points lie in a shell. Each coordinate of the middle of two has variance ½, so its length is about √16 = 4.
# G was hardly ever trained on such a vector.
# </details>
#
# A walk along the shell, [spherical interpolation](glossary.md#slerp) (White 2016), stays among the points that G
# knows.
#
# ### Exercise 3: walk on the sphere
#
# With ω the angle between a and b, the point at t is slerp(a, b; t) = (sin((1−t)ω)·a + sin(tω)·b) / sin ω.
#
# <details><summary>Why this stays on the sphere</summary>
#
# Let both vectors have length r, so that a·b = r² cos ω, and write α = (1−t)ω and β = tω, so that α + β = ω.
# The squared length of the numerator is r² (sin²α + sin²β + 2 sin α sin β cos(α+β)). Put in cos(α+β) = cos α
# cos β − sin α sin β. The bracket becomes sin²α (1 − sin²β) + sin²β (1 − sin²α) + 2 sin α cos α sin β cos β =
# (sin α cos β + cos α sin β)² = sin²(α+β) = sin²ω. So slerp has length r for each t. Two latent vectors
# differ a little in length, and then the length of slerp changes from the one to the other.
# </details>


# %%
def slerp(a, b, t):
    """a, b: vectors. t: from 0, at a, to 1, at b. Return the point on the arc between them."""
    return ...


check.slerp(slerp)
# check.slerp.hint()

# %% [markdown]
# Here are three walks of nine stops. Their ends are chosen by the judge: for each of the digits 0, 4, 7, 6, 3 and 8,
# the one of 500 samples in which it is surest to see this digit. The walks use the check's own function, so that the
# figure does not wait for yours. The fourth row is no walk: it is the *slide show* of the first row's two ends, where
# one picture fades out while the other fades in.


# %%
def walk(a, b, stops=9):
    return np.stack([check.slerp.answer(a, b, t) for t in np.linspace(0, 1, stops)]).astype("float32")


sure, named = judge.probabilities(draw(z)).max(axis=1), judge.classes(draw(z))
surest = [int(np.where(named == digit, sure, 0).argmax()) for digit in (0, 4, 7, 6, 3, 8)]
pairs = list(zip(surest[::2], surest[1::2], strict=True))
walks = [draw(walk(z[a], z[b])) for a, b in pairs]
fade = np.linspace(0, 1, 9)[:, None, None, None]
slide_show = (1 - fade) * walks[0][0] + fade * walks[0][-1]
names = ["walk", "walk", "walk", "fade"]
figure, axes = plt.subplots(4, 1, figsize=(7.5, 3.7))
for ax, pictures, name in zip(axes, [*walks, slide_show], names, strict=True):
    plots.image_grid(pictures, columns=9, generated=True, ax=ax)
    ax.set_ylabel(name, rotation=0, ha="right", va="center")
axes[0].set_title("A walk draws new pictures on the way, a fade mixes two")
plt.show()

# %% [markdown]
# On a walk strokes bend, open and close, and most stops are sharp pictures, though in the middle not all of them are digits (look at the way from 7 to 6). The eye does not always agree with the judge: the 8 at the end of the third walk could also be a 2. In the fade we see two digits at once,
# and gray where only one of them has a stroke. To check what we see, we go halfway between 500 pairs in three ways:
# by the walk, by the straight line, and by the fade. We ask two questions: how many pixels are gray (neither nearly
# black nor nearly white), and how sure is the judge?

# %%
many = np.random.default_rng(3).normal(size=(1000, 32)).astype("float32")
halfway = np.stack([check.slerp.answer(a, b, 0.5) for a, b in zip(many[:500], many[500:], strict=True)])
drawn = draw(many)
ways = {
    "ends": drawn,
    "walk": draw(halfway.astype("float32")),
    "straight": draw((many[:500] + many[500:]) / 2),
}
ways["fade"] = (drawn[:500] + drawn[500:]) / 2
gray = {name: (np.abs(pictures) < 0.7).mean() for name, pictures in ways.items()}
confidence = {name: judged(pictures)["confidence"] for name, pictures in ways.items()}

# %%
claim("gray pixels halfway, walk / ends of the walk", gray["walk"] / gray["ends"], below=1.4)
claim(
    "gray pixels halfway, straight line / ends of the walk", gray["straight"] / gray["ends"], below=1.5
)
claim("gray pixels halfway, fade / ends of the walk", gray["fade"] / gray["ends"], above=1.8)
claim("confidence halfway, walk", confidence["walk"], above=0.82)
claim(
    "confidence halfway, straight line minus walk",
    confidence["straight"] - confidence["walk"],
    above=-0.08,
)
claim("confidence halfway, fade minus walk", confidence["fade"] - confidence["walk"], below=-0.02)

# %% [markdown]
# So a walk does not mix two pictures, as the fade does: halfway there are hardly more gray pixels than at its
# ends, and the judge is surer than in the fade. (Whether G has stored training pictures is another question: see "Is it
# memory?" below.) And the straight line? It leaves the shell, and still this G draws only a few more gray pixels
# there than at the ends, and the judge is as sure as on the arc. So for this G the straight line works nearly as
# well.
#
# Here are the two ends of the first walk, and a stop halfway between them:


# %%
def stop(start, end, t):
    if start != end:
        between = check.slerp.answer(z[start], z[end], t).astype("float32")
        plots.image_grid(
            draw(np.stack([z[start], between, z[end]])), f"start, t = {t:.2f}, end", generated=True
        )
        plt.show()


stop(*pairs[0], t=0.5)

# %% [markdown]
# With the sliders you can walk yourself (this needs a running kernel). Choose two different ends by their numbers,
# and move t:

# %% tags=["interactive", "nbval-ignore-output"]
from ipywidgets import interact

_ = interact(stop, start=(0, 499, 1), end=(0, 499, 1), t=(0.0, 1.0, 0.05))

# %% [markdown]
# ## Arithmetic
#
# A latent vector says which picture G draws. So perhaps some directions in latent space have a meaning. Nobody told G what a *leaning* digit
# is, or a *bold* one. So we measure the lean and the ink of 1,000 samples. The direction *leaning* is the mean latent
# vector of the tenth that leans most to the right, minus that of the tenth at the other end of this order; *bolder* is the same for
# the ink. **Predict before you run:** we add "bolder" to all
# latent vectors. In what percentage of the samples will the judge still see the same digit?

# %%
# Your prediction, in percent:
prediction = None


# %%
def lean(pictures):
    """How far each digit leans to the right: pixels sideways per pixel upwards, weighted with the ink."""
    ink = (pictures[..., 0] + 1) / (pictures[..., 0] + 1).sum(axis=(1, 2), keepdims=True)
    y, x = np.mgrid[:28, :28]
    down = y - (ink * y).sum(axis=(1, 2))[:, None, None]
    right = x - (ink * x).sum(axis=(1, 2))[:, None, None]
    return -(ink * right * down).sum(axis=(1, 2)) / (ink * down**2).sum(axis=(1, 2))


def direction(amount):
    """The mean latent vector of the samples with the largest amounts, minus that with the smallest."""
    ranks = np.argsort(amount)
    return many[ranks[-100:]].mean(axis=0) - many[ranks[:100]].mean(axis=0)


leaning, bolder = direction(lean(drawn)), direction(drawn.mean(axis=(1, 2, 3)))

# %%
classes = judge.classes(drawn)
with answer(prediction):
    for name, step, bounds in (
        ("half of leaning", leaning / 2, {"above": 40}),
        ("leaning", leaning, {"above": 20, "below": 80}),
        ("bolder", bolder, {"below": 60}),
    ):
        same = 100 * (judge.classes(draw(many + step)) == classes).mean()
        claim(f"same digit after {name}", same, **bounds, unit="%")
    more_lean = lean(draw(many + leaning / 2)).mean() - lean(drawn).mean()
    claim("half of leaning: more lean", more_lean, above=0.1)
    more_ink = draw(many + bolder).mean() - drawn.mean()
    claim("bolder: more ink", 127.5 * more_ink, above=2, unit="gray levels")

# %%
amounts = np.linspace(-1, 1, 9)[:, None].astype("float32")
figure, axes = plt.subplots(2, 1, figsize=(7.5, 5.9))
for ax, step, name in zip(axes, (leaning, bolder), ("leaning", "bolder"), strict=True):
    pictures = np.concatenate([draw(z[i] + amounts * step) for i in surest[1:4]])
    plots.image_grid(pictures, f"From z − {name} to z + {name}", columns=9, generated=True, ax=ax)
plt.show()

# %% [markdown]
# Each row shows one sample in nine pictures: the first one at z minus the direction, the fifth at z itself, and the
# last one at z plus the direction. The three samples are the 4, the 7 and the 6 of the walks. *Leaning* does what
# its name says: the digits stand upright or lean to the left at the first step, and lean to the right at the last. But the digit can change here, too: at the last step the 4 looks like a 5, and at the first step the 6 can no longer be read.
# With half of the direction most samples stay the same digit; with the whole direction fewer than half of them do, in
# our run.
# *Bolder* does not do what its name says. More ink comes, but the digit changes: at the first step the 4 and the 6
# have nearly become a 1, the digit with the least ink, and at the last step the 4 has become a 0, and the 7 nearly so.
# The likely reason: samples with much ink differ from samples with little ink not only in their ink. They are often other digits, too. The difference of the two means contains all of this. Such a direction shows a correlation, not a cause. Radford et al. (2016, section 6.3.2) used the same arithmetic on
# faces: they took the mean latent vector of men with glasses, minus that of men without glasses, plus that of women
# without glasses, and G drew women with glasses.
#
# ## Is it memory?
#
# A machine that keeps the training set and returns pieces of it would also give fine pictures. That would be
# [memorization](glossary.md#memorization). The first thing to look at: for each sample, the
# [nearest](glossary.md#nearest-neighbor) training picture.

# %%
from sklearn.neighbors import NearestNeighbors


def flat(pictures):
    return pictures.reshape(len(pictures), -1)


neighbors = NearestNeighbors(n_neighbors=1).fit(flat(images))
chosen = images[neighbors.kneighbors(flat(samples[:9]))[1][:, 0]]
figure, axes = plt.subplots(2, 1, figsize=(7.5, 2.5))
plots.image_grid(samples[:9], "Samples", columns=9, generated=True, ax=axes[0])
plots.image_grid(chosen, "The training picture nearest to each", columns=9, ax=axes[1])
plt.show()

# %% [markdown]
# Most pairs are similar, but in no pair are the two pictures the same. (The sixth sample, for example, has a bar at its top and a foot, and its neighbor is a plain 1.) But how near is near? Numbers need something to compare with.
# We take three groups: *newcomers*, real pictures that G has never seen; *a thief*, who hands in training pictures
# with a little noise on them; and *a clever thief*, who moves each training picture by one pixel, down and to the
# right.
#
# ### Exercise 4: the nearest picture, wherever it lies (about twenty minutes)
#
# Return for each sample the Euclidean distance, over all pixels, to the picture nearest to it, where each picture
# may first be moved by up to `reach` pixels up or down *and* left or right. Move with `np.roll`: what leaves on one
# side comes in on the other. With 300 samples, 3,000 pictures and nine moves, a loop over all pairs takes minutes.
# Loop over the moves, and let a matrix product do the rest: ‖a − b‖² = ‖a‖² − 2 a·b + ‖b‖².


# %%
def nearest(samples, images, reach):
    """samples: (m, h, w, c). images: (n, h, w, c). reach: integer. Return (m,) distances to the nearest image."""
    return ...


check.nearest(nearest)
# check.nearest.hint()

# %% [markdown]
# **Predict before you run.** We measure each group's median distance to the training pictures with reach 0. We call
# the newcomers' distance 100 %. What percentage is the distance of the clever thief, who
# only moved his copies by one pixel?

# %%
# Your prediction, in percent:
prediction = None

# %%
copies = images[:300]
noise = np.random.default_rng(4).normal(0, 0.05, copies.shape)
groups = {
    "newcomers": unseen[:300],
    "generated": samples[:300],
    "thief": np.clip(copies + noise, -1, 1).astype("float32"),
    "clever thief": np.roll(copies, (1, 1), axis=(1, 2)),
}
distances = {
    (name, reach): check.nearest.answer(group, images, reach)
    for name, group in groups.items()
    for reach in (0, 1)
}
typical = {key: np.median(values) for key, values in distances.items()}

# %%
with answer(prediction):
    for reach in (0, 1):
        for name, bounds in (
            ("clever thief", {"above": 60} if reach == 0 else {"below": 10}),
            ("thief", {"below": 50}),
            ("generated", {"above": 60}),
        ):
            share = 100 * typical[name, reach] / typical["newcomers", reach]
            claim(f"reach {reach}: {name}, of the newcomers' distance", share, **bounds, unit="%")

# %%
figure, axes = plt.subplots(1, 2, figsize=(7.5, 2.9), sharey=True)
styles = {
    "newcomers": (plots.REAL, "-"),
    "generated": (plots.GENERATED, "-"),
    "clever thief": (plots.ACCENT, "--"),
}
bins = np.linspace(0, max(values.max() for values in distances.values()), 40)
titles = "Reach 0: the clever thief looks honest", "Reach 1: his copies are found"
for ax, reach, title in zip(axes, (0, 1), titles, strict=True):
    for name, (color, ls) in styles.items():
        ax.hist(distances[name, reach], bins, color=color, ls=ls, histtype="step", lw=2, label=name)
    ax.set(xlabel="distance to the nearest training picture", title=title, ylim=(0, 50))
    ax.title.set_size(11)
axes[1].annotate("all 300, cut off", (0.7, 46), color=plots.ACCENT)
axes[0].set_ylabel("pictures")
axes[0].legend()
plt.show()

# %% [markdown]
# The plain thief is caught with either reach: his distance is about a tenth of the newcomers'. With reach 0 the
# clever thief looks honest: his copies seem farther from the training pictures than new digits are. With reach 1 he
# is caught. (His distance would be exactly 0 %, but the sums of squares are rounded, so the three terms of the formula do not cancel exactly.) G is not caught: its pictures are
# about as far away as newcomers, and in both halves of the figure none of the 300 generated pictures lies near 0. So among these 300 pictures G
# handed in no copy of a whole training picture, and none that was moved by a pixel. It could still have turned or thinned its copies, or put them together from
# pieces of several pictures: a distance finds only the thefts that it is built for. Lesson 07 looks closer.
#
# ## Now your pictures
#
# A folder of pictures is all you need. `keras.utils.image_dataset_from_directory` reads pictures of all
# sizes, in the formats JPEG, PNG, BMP and GIF. Here we make such a folder on the spot: 1,600 of our digits,
# each in one of three chalks on a blackboard.

# %%
import tempfile
from pathlib import Path

from matplotlib.colors import to_rgb

folder = tempfile.TemporaryDirectory()
chalks = ["#ffd84d", "#ff7f9f", "#6fb8ff"]  # yellow, pink, blue
colors = np.array([to_rgb(chalk) for chalk in np.random.default_rng(5).choice(chalks, 1600)])
strokes = (images[:1600] + 1) / 2
for number, picture in enumerate(255 * strokes * colors[:, None, None]):
    keras.utils.save_img(Path(folder.name, f"{number:04}.png"), picture, scale=False)

# %% [markdown]
# From here on it could be your folder: write its name for `folder.name`. `image_size` may be any height and width
# that are multiples of 4. From the middle of each picture the largest piece of this shape is cut out, and resized.
# (Called in this way, the function needs TensorFlow, also if Keras runs on another backend.)

# %%
files = keras.utils.image_dataset_from_directory(
    folder.name,
    labels=None,
    image_size=(28, 28),
    crop_to_aspect_ratio=True,
    batch_size=None,
    shuffle=False,
    verbose=False,
)
mine = np.stack(list(files.as_numpy_iterator())) / 127.5 - 1
print(f"{len(mine)} pictures of shape {mine.shape[1:]}, from {mine.min():.0f} to {mine.max():.0f}")

# %% [markdown]
# The two networks are ours, with two changes. G doubles the pictures by resize-convolutions, which were as good as the
# transposed ones in the table above, and begin without a checkerboard. And both players are smaller: they have fewer channels, and G's first dense layer has fewer units. So each step needs less computing.

# %%
import math

height, width, channels = mine.shape[1:]
small = (height // 4, width // 4, 48)
my_generator = [keras.Input((32,)), layers.Dense(96, use_bias=False)]
my_generator += [layers.BatchNormalization(), layers.ReLU()]
my_generator += [layers.Dense(math.prod(small), use_bias=False), layers.Reshape(small)]
my_generator += [layers.BatchNormalization(), layers.ReLU()]
my_generator += [layers.UpSampling2D(2), layers.Conv2D(24, 3, padding="same", use_bias=False)]
my_generator += [layers.BatchNormalization(), layers.ReLU(), layers.UpSampling2D(2)]
my_generator += [layers.Conv2D(channels, 3, padding="same", activation="tanh")]
my_generator = keras.Sequential(my_generator)

# %%
my_discriminator = networks.dcgan_discriminator(mine.shape[1:], filters=(16, 32))
my_gan = GAN(my_generator, my_discriminator, seed=0)
my_gan.compile()
my_gan.fit(mine, epochs=20, verbose=0)
my_samples = my_gan.generate(1000, seed=1)
figure, axes = plt.subplots(2, 1, figsize=(7.5, 4.1), height_ratios=[1, 2.8])
title = f"Drawn after {my_gan.steps_behind():,} steps"
plots.image_grid(mine[:9], "The folder", columns=9, ax=axes[0])
plots.image_grid(my_samples[:27], title, columns=9, generated=True, ax=axes[1])
plt.show()


# %%
def without_color(pictures):
    """Chalk of any color becomes white, as the judge knows it."""
    return pictures.max(axis=-1, keepdims=True)


for name, pictures, bound in (("the folder", mine, 0.85), ("drawn", my_samples, 0.7)):
    claim(f"the judge's confidence, {name}", judged(without_color(pictures))["confidence"], above=bound)

# %% [markdown]
# G has found out much about this folder: a black board, one sign in the middle, chalk in three colors. After 2,000
# steps many of its signs can be read as digits. Others cannot. The blue signs are mostly in one chalk. Many of the others mix pink and yellow to an orange that is
# in no picture of the folder, and there are faint specks of color on the board. But no stroke shows a checkerboard. This GAN had about half as many training pictures
# as the one above, somewhat fewer steps, smaller networks, and three channels to draw. The judge knows only white digits, so it got
# the pictures without their color. It is a little less sure of the drawn ones than of the folder's. If the pictures
# in your folder are larger, you need more of everything. For 64 × 64, G needs one more doubling, so its `small` has an eighth
# of each side and not a quarter. D needs one more halving. (The package's networks always double or halve twice.
# So write yours out, as G here and D above.) And you need a thousand pictures or more, and a GPU.
#
# ## Exercise 5: beat our digits (an open experiment)
#
# Train a GAN on `images` for at most 12 passes, in any way you like, and bring the Fréchet distance below ours.
# `judged(your_gan.generate(2000, seed=1))` measures it.

# %%
claim("the distance to beat", table["DCGAN"]["Fréchet distance"], below=12)

# %% [markdown]
# Some ideas: more channels (`networks.dcgan_generator(shape, filters=(128, 64))`); resize-convolution; learning rates
# that fade (`keras.optimizers.schedules.CosineDecay`); other batch sizes; a shorter memory of the average
# (`gan.compile(g_optimizer=AveragingAdam(ema_momentum=0.98))`, with `AveragingAdam` from `gan_course.gan`); a
# penalty (`gan.compile(r1_weight=...)`, lesson 06). The formula of this penalty is for a D that judges each picture alone. Lesson 10 uses it with a D that judges batches, like ours, and measures what it then penalizes. Change
# one thing at a time, write down each distance, and repeat the best one with two other seeds before you believe it.
#
# ## What can go wrong
#
# | you see | likely cause | test | remedy |
# |---|---|---|---|
# | D's loss falls to 0 at once | pixels from 0 to 255, and G ends in tanh | `images.max()` | scale to [−1, 1] |
# | a checkerboard in all samples | the kernel is not a multiple of the stride; or training is unstable | draw untrained samples: is it there already? | kernel 4, stride 2, or resize-convolution |
# | salt and pepper | dense layers only | `stray_pixels` | convolutions |
# | every sample is the same | D cannot notice that the samples are alike (if they are sharp: mode collapse) | the entropy of the judge's classes | a look at the batch; lesson 06 |
# | fine in training, gray in `generate` | BatchNormalization's stored averages are young | compare with `training=True` | train longer, or lower its momentum |
# | the samples change from step to step | the players circle | snapshots from the same latent vectors | average G's weights |
# | the average is never used | a GAN of your own with two optimizers | compare G's weights with the optimizer's average after `fit` | call `finalize_variable_values` |
#
# ## Summary in five lines
#
# 1. To a dense network pixels have no neighbors. Convolutions have them built in, and our DCGAN has hardly any
#    stray pixels.
# 2. A transposed convolution presses stamps. If the size of its kernel is a multiple of the stride, all inner pixels are written equally often, and the usual cause of a checkerboard is gone.
# 3. A reason is not an effect: take a choice back and train again. Here four choices matter most: a look at the batch, no BatchNormalization at G's exit, β₁ = 0.5, and convolutions in place of dense layers with all else alike. (The plain dense networks of lesson 03 fail less.) Then come the average of G's weights and BatchNormalization inside G. LeakyReLU, and
#    BatchNormalization at D's entrance, make no difference that three seeds can show.
# 4. An average of G's weights changes slowly while the live weights jump, and with our recipe the Fréchet distance of its samples is far smaller than with the last weights. (A part of the gain may come from BatchNormalization's stored averages.)
# 5. In latent space one can walk from digit to digit, and some directions have a meaning. Distances to the
#    nearest neighbor tell drawing from copying, as far as the distance can see.
#
# ## References
#
# * A. Radford, L. Metz, S. Chintala, [Unsupervised representation learning with deep convolutional
#   GANs](https://arxiv.org/abs/1511.06434), ICLR 2016: the DCGAN (section 3), how it is trained (section 4),
#   walks and arithmetic (section 6).
# * A. Odena, V. Dumoulin, C. Olah, [Deconvolution and checkerboard
#   artifacts](https://distill.pub/2016/deconv-checkerboard/), Distill 2016: also the resize-convolution.
# * T. Karras et al., [Progressive growing of GANs](https://arxiv.org/abs/1710.10196), ICLR 2018: section 3,
#   the minibatch standard deviation; appendix A.1, averaged weights.
# * Y. Yazıcı et al., [The unusual effectiveness of averaging in GAN training](https://arxiv.org/abs/1806.04498),
#   ICLR 2019.
# * T. Salimans et al., [Improved techniques for training GANs](https://arxiv.org/abs/1606.03498), NIPS 2016: section
#   3.2, minibatch discrimination.
# * T. White, [Sampling generative networks](https://arxiv.org/abs/1609.04468), 2016: spherical interpolation.
#
# **Next lesson:** [06 · When training fails](06_when_training_fails.ipynb): the same game, when it goes wrong.
