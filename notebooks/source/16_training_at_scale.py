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
# # 16 · Training at scale
#
# [![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)](https://colab.research.google.com/github/gan-course/gan-course/blob/main/notebooks/16_training_at_scale.ipynb)
#
# **The one idea: count before you rent. You can work out on paper how many multiplications a step needs, and you can measure how many your machine
# can do per second. The share of this speed that your training reaches tells you how much of it is lost.**
#
# After this lesson you will be able to
#
# * count what a step of a GAN costs, and say which share of your machine's peak your training reaches;
# * say what half precision, XLA, a prefetching input pipeline and a larger batch do, and when they do nothing;
# * train with one command for hours, kill it, go on with the same weights, and watch it from outside;
# * share a batch between several devices and several processes, and say when you get the weights that one device would have got;
# * hand your generator to somebody who has neither this course nor Keras, and work out what BigGAN would cost you.
#
# It takes about 105 minutes to read, without exercise 2 and the open experiment. Its cells run in about 100 seconds on
# two CPU cores. (A good place for a break is before the part "The long run".) You should know the DCGAN of [lesson 05](05_gans_for_images.ipynb), the two steps of
# [lesson 04](04_the_training_algorithm.ipynb), and the metrics of [lesson 07](07_measuring_a_gan.ipynb).

# %% tags=["nbval-ignore-output"]
# Where the course package is missing, on Colab for example, this cell installs it first.
import importlib.util

if importlib.util.find_spec("gan_course") is None:
    print("Installing gan_course from https://github.com/gan-course/gan-course")
    # %pip install --quiet git+https://github.com/gan-course/gan-course

import matplotlib.pyplot as plt
import numpy as np

from gan_course import data, networks, plots, results, runtime
from gan_course.checks import lesson_16 as check
from gan_course.claims import answer, claim

plots.use_style()
runtime.select_backend("tensorflow")  # this lesson looks into TensorFlow's graphs
print(runtime.configure(seed=0))

# %% [markdown]
# ## From a notebook to a cluster
#
# Fifteen lessons fit on two CPU cores, because their pictures are small. Yours may not be. Then there are four questions, always the
# same, and this lesson takes them in this order:
#
# 1. **How much work is it?** We count it.
# 2. **How fast is one machine, and what slows it down?** We measure the share of its peak that we reach, and look at precision, compiler, input and batch.
# 3. **How do many devices work on one training?** We let two devices, and then two processes, share a batch, and compare the weights.
# 4. **How does one live with a training that takes days?** It gets killed, it is watched, and in the end somebody else uses what came out.
#
# Everything runs live on your two cores. Nothing here needs a GPU. Where a GPU would give other numbers, the lesson says so, and says which command
# measures them.
#
# ## What one step costs
#
# The cost of a layer is counted in [FLOPs](glossary.md#flops): floating-point operations. One multiplication is one, and one addition is one.
# Almost all of them happen in three kinds of layers. Take one picture.
#
# * A *dense* layer with n inputs and m outputs computes m sums of n products. This makes 2·n·m FLOPs: n multiplications per sum, and as many additions. (Strictly one
#   addition less per sum, but it is usual not to subtract it.)
# * A [convolution](glossary.md#convolution) does this once per pixel of its **output**: each of its values is a sum over
#   a square of kernel · kernel pixels with all their channels.
# * A [transposed convolution](glossary.md#transposed-convolution) is a convolution read backward. Each pixel of its **input**, with all channels, is
#   multiplied once by the whole kernel, and the results are written into the output, where they add up.
#
# ### Exercise 1: the FLOPs of a layer (five minutes)
#
# A picture of side · side pixels with `channels` channels goes into a layer with `filters` filters, whose kernel is kernel · kernel, with this
# stride and padding "same". How many FLOPs does a convolution need, and how many a transposed convolution? Leave the bias out. (Padding "same" adds zeros around the picture. Count
# products with these zeros, too, as everybody does.)


# %%
def layer_flops(side, kernel, channels, filters, stride):
    return ...  # [the FLOPs of the convolution, the FLOPs of the transposed convolution]


check.layer_flops(layer_flops)
# check.layer_flops.hint()
# check.layer_flops.solution()

# %% [markdown]
# Now we count our DCGAN. First we write each of its layers as a row: side of the input, kernel, channels, filters, stride, and whether it is
# transposed. A dense layer is the same as a convolution of a picture of a single pixel with a kernel of 1, so one kind of row is enough. (The second cell below contains a solution
# of exercise 1. Did you try it first?)


# %%
def rows(network):
    """One row per layer with a kernel: side, kernel, channels, filters, stride, transposed."""
    table = []
    for layer in network.layers:
        kind = type(layer).__name__
        if kind == "Dense":
            table.append((1, 1, *layer.kernel.shape, 1, 0))
        elif kind in ("Conv2D", "Conv2DTranspose"):
            channels = layer.input.shape[-1]
            row = layer.input.shape[1], layer.kernel_size[0], channels, layer.filters
            table.append((*row, layer.strides[0], kind == "Conv2DTranspose"))
    return np.array(table)


# %%
def forward_flops(table):
    side, kernel, channels, filters, stride, transposed = table.T
    places = np.where(transposed, side, -(-side // stride)) ** 2
    return 2 * kernel**2 * channels * filters * places


# %%
import keras

G, D = networks.dcgan_generator(), networks.dcgan_discriminator()
for name, table in {"G": rows(G), "D": rows(D)}.items():
    print(f"{name}   side kernel channels filters stride transposed    MFLOPs per picture")
    for row, flops in zip(table, forward_flops(table), strict=True):
        print("{:9}{:7}{:9}{:8}{:7}{:11}".format(*row), f"{flops / 1e6:17.3f}")

# %% [markdown]
# (The last layer of D has 128 inputs, although the layer before it has only 64 outputs. The other 64 come from the minibatch standard deviation of lesson 05.)
#
# That is the way *forward*. Training also goes backward, and there each layer computes two more products of the same size:
#
# * the gradient of its **weights**, so that it can learn;
# * the gradient of its **input**, which it passes on to the layer before it.
#
# So a layer that learns costs about three times its forward pass. A layer that stands still and only passes the gradient on costs about twice. And the first layer of the network
# that learns has nobody to pass a gradient to.
#
# ### Exercise 2: a whole step, from the layers (twenty minutes)
#
# Now a whole GAN. `generator` and `discriminator` are tables of rows as above, in the order of the layers. In **D's step** G draws a batch, without learning, and D learns from a real batch and from this one. In **G's step** G draws
# a batch and learns, and its gradient comes through D, which stands still. How many FLOPs does each of them need? (Try it with pencil and paper first. The check names the terms that people forget.)


# %%
def step_flops_from_rows(generator, discriminator, batch):
    return ...  # [FLOPs of D's step, FLOPs of G's step]


check.step_flops(step_flops_from_rows)
# check.step_flops.hint()
# check.step_flops.solution()

# %% [markdown]
# **Predict before you run:** which step costs more in our DCGAN, D's or G's? (The second cell below contains the sums of exercise 2.)

# %%
# Your prediction, "D" or "G", and how many times as much:
prediction = None


# %%
def step_flops(g, d, batch):
    """FLOPs of D's step and of G's step. g, d: forward FLOPs per layer and picture."""
    d_step = g.sum() + 2 * (3 * d.sum() - d[0])
    g_step = 3 * g.sum() - g[0] + 2 * d.sum()
    return batch * d_step, batch * g_step


g, d = forward_flops(rows(G)), forward_flops(rows(D))
d_cost, g_cost = step_flops(g, d, 16)
with answer(prediction):
    claim("D's step with 16 pictures, in millions of FLOPs", d_cost / 1e6, near=427.25, within=0.01)
    claim("G's step with 16 pictures, in millions of FLOPs", g_cost / 1e6, near=324.61, within=0.01)
    claim("D's step / G's step", d_cost / g_cost, near=1.316, within=0.001)

# %% [markdown]
# D's step costs more. D sees two batches in it, and learns from both.
#
# Is our count right? TensorFlow can count, too: a step is a graph of operations, and TensorFlow's profiler knows for most kinds of them what they cost. We write the two steps of
# lesson 04, let TensorFlow trace them, and ask. (A traced graph also holds operations whose results nobody uses, such as the gradients of D's weights in G's step. TensorFlow leaves them out
# when it runs, so we cut them out before we count: that is `prune`.)

# %%
import tensorflow as tf


def d_gradients(G, D, x, z):
    with tf.GradientTape() as tape:
        fake = tf.stop_gradient(G(z, training=True))
        loss = tf.reduce_mean(tf.nn.softplus(-D(x, training=True)))
        loss += tf.reduce_mean(tf.nn.softplus(D(fake, training=True)))
    return tape.gradient(loss, D.trainable_variables)


def g_gradients(G, D, z):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(tf.nn.softplus(-D(G(z, training=True), training=True)))
    return tape.gradient(loss, G.trainable_variables)


# %%
def counted_by_tensorflow(step, *shapes):
    traced = tf.compat.v1.wrap_function(step, [tf.TensorSpec(shape) for shape in shapes])
    graph = traced.prune(traced.inputs[: len(shapes)], tf.nest.flatten(traced.outputs)).graph
    options = tf.compat.v1.profiler.ProfileOptionBuilder.float_operation()
    options["output"] = "none"
    return tf.compat.v1.profiler.profile(graph, options=options).total_float_ops


# %%
z_shape, x_shape = (16, 32), (16, 28, 28, 1)
d_seen = counted_by_tensorflow(lambda x, z: d_gradients(G, D, x, z), x_shape, z_shape)
g_seen = counted_by_tensorflow(lambda z: g_gradients(G, D, z), z_shape)
claim("D's step: our count / TensorFlow's", d_cost / d_seen, above=0.97, below=1)
claim("G's step: our count / TensorFlow's", g_cost / g_seen, above=0.97, below=1)

# %% [markdown]
# Our count is about one percent below TensorFlow's. What we leave out are biases, normalization and activations: many operations, but each of them is only a few FLOPs
# per number, where most convolutions need hundreds.
#
# Which layers cost the most?

# %%
figure, axes = plt.subplots(1, 2, figsize=(8.6, 2.9), sharex=True)
parts = {"G": (g, rows(G), plots.GENERATED), "D": (d, rows(D), plots.DISCRIMINATOR)}
for ax, (name, (flops, table, color)) in zip(axes, parts.items(), strict=True):
    kinds = ["dense" if row[0] == 1 else "transposed" if row[5] else "convolution" for row in table]
    labels = [f"{kind}, {row[2]} to {row[3]}" for kind, row in zip(kinds, table, strict=True)]
    bars = ax.barh(labels, flops / 1e6, color=color)
    ax.bar_label(
        bars,
        [f"{value / 1e6:.2f}" if value > 1e4 else "<0.01" for value in flops],
        padding=3,
        fontsize=9,
    )
    ax.invert_yaxis()
    ax.set(title=f"{name}, forward", xlabel="million FLOPs per picture", xlim=(0, 4.2))
plt.show()

# %% [markdown]
# In both networks most of the cost sits in a single layer, the one between 7 · 7 and 14 · 14 pixels. It is the only convolution that has many channels on both sides: 64 and 32.
# The dense layers hold most of the
# *weights*, but each weight of a dense layer is used once per picture, and a weight of a convolution once per pixel. So the number of weights says little about the cost.

# %% [markdown]
# ## How much of the machine do we use?
#
# A machine's **peak** is the most FLOPs per second that it can do. A processor works best on a large product of two matrices, because such
# a product uses each number again and again, and hardly waits for memory. So we take its speed as the peak. An n · n product costs 2·n³ FLOPs.
#
# Then we time both steps of our DCGAN, with the updates of the optimizers, for three sizes of the batch. The share of the peak that a
# step reaches is (its FLOPs / its seconds) / peak. Papers call it [model FLOPs utilization](glossary.md#flops) (Chowdhery et al. 2022), but they take the peak from the data sheet. Our peak is measured. It
# is lower than the one on the data sheet, so our shares look better.
#
# A computer has other things to do as well, so a single measurement says little. We measure all of them in turn, five times, divide within each turn, and take the median.

# %%
import time
from statistics import median


@tf.function
def train_step(x, z):
    d_optimizer.apply(d_gradients(G, D, x, z), D.trainable_variables)
    g_optimizer.apply(g_gradients(G, D, z), G.trainable_variables)


def seconds_of(call):
    start = time.perf_counter()
    call()
    tf.test.experimental.sync_devices()  # a GPU may still be at work when Python has gone on
    return time.perf_counter() - start


# %%
d_optimizer, g_optimizer = (keras.optimizers.Adam(1e-3, beta_1=0.5) for _ in "DG")
d_optimizer.build(D.trainable_variables)
g_optimizer.build(G.trainable_variables)
images, _ = data.load("mnist_5k")
matrix = tf.random.normal((1024, 1024))
BATCHES = (16, 64, 256)
feeds = {size: (tf.constant(images[:size]), tf.random.normal((size, 32))) for size in BATCHES}


def turn():
    """FLOPs per second of the matrix product, and of a step for each batch size."""
    speed = {"peak": 4 * 2 * 1024**3 / seconds_of(lambda: [matrix @ matrix for _ in range(4)])}
    for size, feed in feeds.items():
        spent = seconds_of(lambda feed=feed, size=size: [train_step(*feed) for _ in range(256 // size)])
        speed[size] = 256 // size * sum(step_flops(g, d, size)) / spent
    return speed


# %%
turn()  # TensorFlow traces each step once; this turn does not count
turns = [turn() for _ in range(5)]

# %% [markdown]
# **Predict before you run:** which share of the peak does our step reach with a batch of 16? With 256?

# %%
# Your prediction, two shares between 0 and 1:
prediction = None

# %%
shares = {size: median(speed[size] / speed["peak"] for speed in turns) for size in BATCHES}
peak = median(speed["peak"] for speed in turns)
with answer(prediction):
    claim("peak of this machine, in billions of FLOPs per second", peak / 1e9, above=2, below=1e6)
    for size, share in shares.items():
        claim(f"share of the peak, batch {size}", share, above=0.0001, below=1)
    claim("share with 256 pictures / with 16", shares[256] / shares[16], above=1, below=20)

# %%
ax = plt.subplots(figsize=(6.4, 3.2))[1]
ax.plot(BATCHES, [100 * shares[size] for size in BATCHES], "o-", color=plots.ACCENT)
ax.axhline(100, color=plots.MUTED, ls="--")
ax.text(256, 96, "one large matrix product", ha="right", va="top", color=plots.MUTED)
ax.set_xscale("log", base=2)
ax.set_xticks(BATCHES, BATCHES)
ax.set(xlabel="pictures per step", ylabel="% of the peak", ylim=(0, 110))
ax.set_title("A step does not get all that the machine could do")
plt.show()

# %% [markdown]
# In the figure the share grows with the batch, but even with 256 pictures this small GAN leaves a large part of the machine unused. (The numbers depend on what else the machine
# does. If it has other work, the peak that we measure is much lower, and all numbers change from one run to the next.)
#
# Where does the rest go? There are always the same suspects:
#
# * **overhead**: each operation has to be started, and each step called from Python. It costs the same for 16 pictures as for 256, so a small batch suffers most from it;
# * **memory**: normalization, activations and the optimizer do only a few FLOPs per number that they read, so they wait for the memory;
# * **shape**: a layer with a single channel at one end makes thin matrices, and the processor was built for fat ones.
#
# On a GPU this is sharper. Compared with two CPU cores like those that made this page, its peak is from about forty times (a T4 in
# float32) to several thousand times as large (a large new GPU with 16 bits). If its overhead per step lasts as long as here, a GPU needs that many times as much work in each step before the overhead hardly counts. That is why the first advice for a GPU is: a larger batch. (The section on batches
# says what that does to the training.)
#
# ## Numbers with fewer bits
#
# The numbers in our networks have 32 bits (float32). TPUs (Google's processors for neural networks) and newer GPUs have special units that multiply numbers of 16 bits several times as fast, and 16 bits need half the
# memory. There are two kinds, and they spend their bits differently:
#
# | | sign | exponent (how large) | fraction (how exact) |
# |---|---|---|---|
# | float32 | 1 | 8 | 23 |
# | float16 | 1 | 5 | 10 |
# | bfloat16 | 1 | 8 | 7 |

# %%
half, brain = np.float16, tf.bfloat16.as_numpy_dtype
with np.errstate(over="ignore"):
    claim("the largest float16", float(np.finfo(half).max), near=65504, within=1)
    claim("1e-8 as a float16", float(half(1e-8)), near=0, within=1e-9)
    claim("1e-8 as a bfloat16, divided by 1e-8", float(brain(1e-8)) / 1e-8, near=1, within=0.004)
    claim("1 + 1/256 as a float16", float(half(1 + 1 / 256)), near=1.0039, within=1e-4)
    claim("1 + 1/256 as a bfloat16", float(brain(1 + 1 / 256)), near=1, within=1e-4)
    print("70,000 as a float16:", half(70_000))

# %% [markdown]
# So float16 is too *narrow*: its largest number is 65,504, numbers clearly above it become infinite, and very small numbers become 0. And bfloat16 is too *coarse*: it has the range
# of float32, but only two to three
# decimal digits.
#
# **[Mixed precision](glossary.md#mixed-precision)** uses 16 bits and 32 bits together (Micikevicius et al. 2018): layers compute with 16 bits, but the weights stay in float32. They must: a step of
# Adam changes a weight by about the learning rate, say 0.001. Added to a weight of 0.5 in bfloat16, such a step is lost.

# %%
weight, change = 0.5, 1e-3
claim("0.5 + 0.001 in bfloat16", float(brain(weight) + brain(change)), near=0.5, within=1e-6)
claim("0.5 + 0.001 in float32", float(np.float32(weight) + np.float32(change)), near=0.501, within=1e-6)

# %% [markdown]
# float16 has one more problem. Gradients can be very small. The worst case that we know is the *saturating* loss of G, log(1 − D(G(z))): its gradient vanishes when D is sure that
# the pictures are generated (lesson 02). Our training does not use it.
# It uses the non-saturating loss, −log D(G(z)), whose gradient does not vanish then. We look at the gradients of both losses with respect to the pixels of generated pictures. G and D are those that the section before has trained for a short time. Then
# we look again with a D that is sure of itself. We do not train such a D: we imitate it by multiplying D's scores by a large factor (`sharpness` in the code).
#
# The smallest float16 above 0 is 2⁻²⁴. Half of it is 2⁻²⁵. A number between this half and 2⁻²⁴ is rounded up to 2⁻²⁴, and a number that is not above the half becomes 0. How many of the gradients are so small?


# %%
def saturating(scores):
    return -tf.nn.softplus(scores)  # log(1 − D(G(z)))


def non_saturating(scores):
    return tf.nn.softplus(-scores)  # −log D(G(z))


def pixel_gradients(loss, sharpness):
    """Sizes of the gradient of G's mean loss with respect to each pixel of 256 generated pictures."""
    fake = G(feeds[256][1])
    with tf.GradientTape() as tape:
        tape.watch(fake)
        mean = tf.reduce_mean(loss(sharpness * D(fake)))
    return np.abs(tape.gradient(mean, fake).numpy()).ravel()


# %%
def lost(sizes):
    """The percentage of these numbers that float16 turns into 0."""
    return 100 * np.mean(half(sizes) == 0)


SCALE = 2.0**15
LOSSES = {"non-saturating": non_saturating, "saturating": saturating}
usual, sure = ({name: pixel_gradients(loss, k) for name, loss in LOSSES.items()} for k in (1, 10))
for name in LOSSES:
    claim(f"{name} loss, gradients that become 0", lost(usual[name]), below=5, unit="%")
claim("non-saturating loss, D is sure of itself", lost(sure["non-saturating"]), below=1, unit="%")
claim("saturating loss, D is sure of itself", lost(sure["saturating"]), above=3, below=80, unit="%")
claim("the same, scaled by 2¹⁵", lost(SCALE * sure["saturating"]), below=0.1, unit="%")

# %%
figure, axes = plt.subplots(1, 2, figsize=(9.6, 3.5), sharex=True, sharey=True)
bins, color = np.logspace(-12, 3, 91), plots.GENERATED
ZONES = {"become 0": 1e-10, "fewer bits": 1.4e-6, "all 11 bits": 0.3}
for ax, (name, size) in zip(axes, sure.items(), strict=True):
    ax.hist(size, bins, color=color, alpha=0.45, label="gradients that reach the pixels")
    for edge in (2.0**-25, 2.0**-14):
        ax.axvline(edge, color=plots.ACCENT, ls="--")
    for text, middle in ZONES.items():
        place = {"transform": ax.get_xaxis_transform(), "ha": "center", "va": "top"}
        ax.text(middle, 0.98, text, color=plots.ACCENT, fontsize=10, **place)
    ax.set(xscale="log", xlabel="size of a gradient", title=f"{name} loss")
axes[1].hist(SCALE * size, bins, histtype="step", color=color, lw=2, label="the same, times 2¹⁵")
axes[0].set(ylabel="how many", ylim=(0, 1.3 * axes[0].get_ylim()[1]))
figure.legend(*axes[1].get_legend_handles_labels(), loc="outside lower center", ncols=2)
figure.suptitle(
    "A sure D: the saturating loss needs loss scaling, the other one does not", x=0.01, ha="left"
)
plt.show()

# %% [markdown]
# Both panels show the D that is sure of itself. The dashed lines are at 2⁻²⁵, where numbers begin to become 0, and at 2⁻¹⁴, from where on a float16 has all of its 11 bits (the 10
# of its fraction, and a leading 1 that is not stored). With the saturating loss a part of the gradients lies to the left of the first line, and nearly all others have fewer bits. With the non-saturating loss, the same
# pictures and the same D, nearly none becomes 0. The first two numbers above the figure belong to D as it is, when it is less sure of itself: there hardly any gradient is lost with either loss. All this is about G. D's own loss on generated pictures is the saturating loss with the other sign. So where D is sure, its own gradients shrink by the same factor, whichever loss G has. (D has hardly anything to learn then.) So D's optimizer gets loss scaling, too, whichever loss G has.
#
# **[Loss scaling](glossary.md#loss-scaling)** is the remedy: multiply the loss by a large number before the backward pass, here by 2¹⁵, and divide the gradients by it in float32. By the chain rule every gradient on the
# way is larger by this factor. If one of them becomes infinite or NaN, the step is left out and the factor is halved. After many good steps it is doubled. Keras does this with its
# `LossScaleOptimizer`. In this course
# `runtime.configure(precision="mixed_float16")` is all you need: `GAN.compile` then wraps both optimizers. bfloat16 needs no scaling, because it has the range of float32. Where your device has bfloat16 (TPUs, and NVIDIA's GPUs since the A100), take it. (On these GPUs float32 is not quite what the table says, either. In products
# of matrices and in convolutions TensorFlow rounds the factors to 10 bits of fraction, since that is much faster. This is called TF32, and `tf.config.experimental.enable_tensor_float_32_execution(False)` turns it off.)
#
# What becomes of the memory? We count bytes. For each weight a training with Adam keeps four numbers of 32 bits: the weight, its gradient, and two running means.
# For each picture it keeps the outputs of all layers, since the backward pass needs them. Only those become half as large.


# %%
def megabytes(networks, batch, bytes_per_output):
    weights = sum(network.count_params() for network in networks)
    outputs = sum(np.prod(layer.output.shape[1:]) for net in networks for layer in net.layers)
    return 4 * 4 * weights / 1e6, bytes_per_output * batch * outputs / 1e6


for batch in (16, 2048):
    for name, count in {"float32": 4, "16 bits": 2}.items():
        fixed, per_batch = megabytes((G, D), batch, count)
        print(f"batch {batch:4}, {name}: {fixed:5.1f} MB for weights, {per_batch:6.1f} MB for outputs")

# %% [markdown]
# With small batches there is little to gain: the weights need most of the memory. With large batches nearly half of the memory is saved, so the batch can be nearly twice as large.
#
# And the speed? On a CPU mixed precision is usually *slower*: few CPUs multiply 16-bit numbers, and the others convert each number before and after. So use it on a GPU
# or a TPU only, and measure whether it pays.
#
# ## A compiler: XLA
#
# TensorFlow runs a graph operation by operation. Each one reads its numbers from memory and writes its results back. [XLA](glossary.md#xla) is a compiler that *fuses*
# neighboring operations into one loop, so that each number is read once and written once. This helps wherever the memory is the limit. Adam's update is the model case: about a dozen
# operations per weight, all of them trivial. Here it is for four million weights.

# %%


def adam(w, m, v, gradient):
    m = 0.5 * m + 0.5 * gradient
    v = 0.999 * v + 0.001 * gradient**2
    return w - 0.001 * m / (tf.sqrt(v) + 1e-7), m, v


plain, fused = tf.function(adam), tf.function(adam, jit_compile=True)
numbers = [tf.random.uniform((4_000_000,)) for _ in range(4)]
difference = max(np.abs(a - b).max() for a, b in zip(plain(*numbers), fused(*numbers), strict=True))
pairs = [(seconds_of(lambda: plain(*numbers)), seconds_of(lambda: fused(*numbers))) for _ in range(7)]
gain = median(slow / fast for slow, fast in pairs)
claim("largest difference between the two", difference, below=1e-5)
claim("time without XLA / time with XLA", gain, above=0.7, below=20)

# %% [markdown]
# **Predict before you run:** what happens with G? Most of its cost is in transposed convolutions, which TensorFlow hands to a library that has been tuned by hand for CPUs. Is G faster or slower with XLA, on a CPU?

# %%
# Your prediction, "faster" or "slower", and by which factor:
prediction = None

# %% tags=["nbval-ignore-output"]
z = feeds[64][1]
plain, fused = tf.function(G), tf.function(G, jit_compile=True)
compiling = seconds_of(lambda: fused(z))
plain(z)
pairs = [(seconds_of(lambda: plain(z)), seconds_of(lambda: fused(z))) for _ in range(7)]
with answer(prediction):
    gain = median(slow / fast for slow, fast in pairs)
    claim("time without XLA / time with XLA", gain, above=0.2, below=20)
    print(f"seconds to compile, once: {compiling:.1f}")

# %% [markdown]
# A factor clearly below 1 means that G is slower with XLA. The likely reason is that the library's convolutions are faster than those that XLA uses. (We measured only G as a whole, so this is a guess.) A factor near 1 means that for G the compiler hardly matters. So a compiler is nothing to turn on blindly. On a CPU it speeds up operations that wait for memory, and
# its effect on convolutions depends on the layer and on the machine. On a GPU it usually helps whole steps (we could not measure that here). `GAN.compile` does what follows from this: on a single GPU it compiles the whole step, and on a CPU only
# the updates of the optimizers, and those only for larger networks. Where several devices share a batch, it leaves XLA out.
#
# ## Feeding the machine
#
# Our pictures are in memory. A million photos are not: they are read from a disk, decoded, cropped. If the device waits meanwhile, you pay for a machine
# that does nothing. The remedy is to load the next batch *while* the device computes. It is called [prefetching](glossary.md#prefetching), and it is a thread and a queue, not more.
#
# We have no slow disk and no GPU here, so a short pause stands for the work of each of them. (While a GPU computes a step, the CPU only waits.) We write down who works when.

# %%
import itertools
import queue
import threading


def slow_batches(diary, count=8):
    for number in range(count):
        start = time.perf_counter()
        time.sleep(0.04)  # a disk
        diary.append(("loading", start, time.perf_counter()))
        yield number


# %%
def prefetched(batches, ahead=2):
    ready = queue.Queue(maxsize=ahead)

    def fill():
        for batch in batches:
            ready.put(batch)
        ready.put(None)  # no more

    threading.Thread(target=fill, daemon=True).start()
    return iter(ready.get, None)


# %%
def diary_of(prefetch):
    diary = []
    batches = slow_batches(diary)
    for _ in prefetched(batches) if prefetch else batches:
        start = time.perf_counter()
        time.sleep(0.04)  # a GPU
        diary.append(("training", start, time.perf_counter()))
    return diary


def length(diary):
    return max(end for _, _, end in diary) - min(start for _, start, _ in diary)


# %% [markdown]
# **Predict before you run:** eight batches, 40 ms to load and 40 ms to train on each. One after the other this takes 640 ms. How long does it take with prefetching?

# %%
# Your prediction, in milliseconds:
prediction = None

# %%
diaries = {"one after the other": diary_of(False), "prefetched": diary_of(True)}
faster = length(diaries["prefetched"]) / length(diaries["one after the other"])
with answer(prediction):
    claim("time with prefetching / without", faster, above=0.4, below=0.8)

# %%
figure, axes = plt.subplots(2, 1, figsize=(7.4, 3.0), sharex=True)
for ax, (name, diary) in zip(axes, diaries.items(), strict=True):
    begin = min(start for _, start, _ in diary)
    for who, start, end in diary:
        color = plots.MUTED if who == "loading" else plots.ACCENT
        ax.barh(who, 1000 * (end - start), left=1000 * (start - begin), color=color, edgecolor="white")
    ax.set_title(name)
axes[1].set_xlabel("milliseconds")
plt.show()

# %% [markdown]
# With prefetching the *slower* of the two sets the pace, and the other one adds its time only once: (8 + 1) · 40 ms = 360 ms. (On a machine with other work each pause takes a little longer.) If
# loading is slower than training, prefetching alone
# is not enough, and you need several loaders at once. In `tf.data` this is `.map(load, num_parallel_calls=8).prefetch(2)`. On TensorFlow, `GAN.fit` prefetches two batches by itself when you give it arrays. To a `tf.data` data set of your own, add `.prefetch(2)` yourself.
#
# How do you notice that the input is the limit? Train on one and the same batch again and again. If that is much faster, the input was the limit.

# %% [markdown]
# ## Larger batches
#
# A GPU wants large batches. Does the training want them? The gradient of a batch is a mean over its pictures, so it is an estimate of the gradient over all data. Its error shrinks like one over the
# square root of the batch, as that of every mean of independent numbers does. We measure it with D: 40 batches of each size, and the spread of their gradients around their mean.
#
# (D is a dense network here, because batch normalization and the minibatch standard deviation let the pictures of a batch influence each other. For the law of the square root they must not.)


# %%
def gradients_of(D, real, fake, size, rng, repeats=40):
    """Gradients of D's loss, (repeats, weights), each for a batch of `size` real and generated pictures."""
    losses = tf.function(lambda x, y: tf.nn.softplus(-D(x)) + tf.nn.softplus(D(y)))
    flat = []
    for _ in range(repeats):
        x, y = (pictures[rng.integers(len(pictures), size=size)] for pictures in (real, fake))
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(losses(x, y))
        flat.append(
            np.concatenate([w.numpy().ravel() for w in tape.gradient(loss, D.trainable_variables)])
        )
    return np.array(flat)


# %%
def spread(gradients):
    """Root of the mean squared distance from the mean, with n − 1 for a fair estimate."""
    return np.sqrt(gradients.var(axis=0, ddof=1).sum())


# %%
keras.utils.set_random_seed(0)
judge = networks.mlp_discriminator()
fake = G(tf.random.normal((4000, 32))).numpy()
rng, SIZES = np.random.default_rng(0), (4, 16, 64, 256)
at_start = {size: gradients_of(judge, images, fake, size, rng) for size in SIZES}
for small, large in itertools.pairwise(SIZES):
    ratio = spread(at_start[small]) / spread(at_start[large])
    claim(f"spread with {small} pictures / with {large}", ratio, above=1.5, below=2.6)

# %% [markdown]
# Four times as many pictures, half the error: that is the law. So how large should a batch be? Compare the error with what it disturbs, the length of the gradient itself. The batch at which the squared error equals the
# squared length is called the [gradient noise scale](glossary.md#gradient-noise-scale) (McCandlish et al. 2018). (To be exact, it is the paper's simple noise scale. The full one also contains the curvature of the loss.) Well below it, a batch twice as large gives a step that is nearly worth two. Well above it, the
# gradient is known well already, and further pictures hardly make the step better.
#
# The squared error of a batch of B pictures is S/B, where S is the squared error for a single picture. So the noise scale is S divided by the squared length of the gradient. (The measured mean gradient still contains a little noise, which makes it too long. In the code, the second term of `squared_length` takes this away.)
#
# **Predict before you run:** we train D for a while and measure again. Will the noise scale be smaller, the same, or larger?

# %%
# Your prediction, "smaller", "the same" or "larger":
prediction = None


# %%
def noise_scale(gradients, size):
    single = size * spread(gradients) ** 2  # S
    squared_length = (gradients.mean(axis=0) ** 2).sum() - single / size / len(gradients)
    return single / squared_length


before = noise_scale(at_start[256], 256)
judge.compile(keras.optimizers.Adam(1e-3), keras.losses.BinaryCrossentropy(from_logits=True))
both, real_or_not = np.concatenate([images, fake]), np.repeat([1.0, 0.0], 4000)
judge.fit(both, real_or_not, batch_size=64, epochs=1, verbose=0)
after = noise_scale(gradients_of(judge, images, fake, 256, rng), 256)

# %%
with answer(prediction):
    claim("noise scale of a D that has not learned anything, in pictures", before, above=2, below=60)
    claim("noise scale after the training, in pictures", after, above=10, below=5000)
    claim("after / before", after / before, above=1.3, below=500)

# %% [markdown]
# At the start the pictures agree more on what D has to learn than later, so a batch of about a dozen real pictures, and as many generated ones, is enough. Later the pictures disagree: the mean gradient is short, and what is
# left is noise. (How much it grows depends on where the training has taken D. In the run that you see here the noise scale grew more than tenfold; with other versions of the
# libraries it grew less than threefold.) Near the [equilibrium](glossary.md#equilibrium) of a game it is worst, since there the mean gradient *is* zero. This may be one reason why a long
# training of a large GAN profits from very large batches. Brock et al. (2019)
# went from 256 to 2,048 pictures, and their Inception Score rose by 46 percent. There is a price, too: with larger batches their trainings reached their best earlier, and then collapsed.
#
# And the learning rate? A less noisy gradient can be trusted for a longer step. For gradient descent the rule is: twice the batch, twice the rate (Goyal et al. 2017). For Adam, which divides by
# the size of the gradient already, it is the *root* of that: four times the batch, twice the rate (Malladi et al. 2022; their rule changes Adam's other settings, too). Both are
# rules of thumb for batches below the noise scale. With a larger rate, training usually starts with a few hundred steps in which the rate grows slowly to its full size. For a GAN the rules are a place to start a search, no more. And if a large batch does not fit into the memory? Then take it in parts: compute the gradients of several small batches with the same weights, average them, and take one step. This is called *gradient accumulation*. It brings the small noise of a large batch, but not its speed, and batch normalization sees only the small batches. The authors' PyTorch version of BigGAN gets its 2,048 pictures like this, as eight times 256.
#
# ## Several devices, one training
#
# There is one simple way to use several devices. Each has all weights. Each gets a part of the batch, computes the gradient for its part, and then all of them exchange their gradients, so that each knows the gradient of the whole
# batch. This exchange is called [all-reduce](glossary.md#all-reduce). Then each takes the same step. It is called
# [data parallelism](glossary.md#data-parallelism), and the aim is that n devices take exactly the steps that one device would take.
#
# The parts need not be equal: of 15 pictures two devices get 8 and 7.
#
# ### Exercise 3: the gradient of the whole batch (five minutes)
#
# Device i (the code calls it a worker) has `counts[i]` pictures, and `gradients[i]` is its mean gradient over them, one number per weight. What is the mean gradient over all pictures?


# %%
def global_gradient(gradients, counts):
    """gradients: (workers, weights), counts: (workers,). Return (weights,)."""
    return ...


check.global_gradient(global_gradient)
# check.global_gradient.hint()
# check.global_gradient.solution()

# %% [markdown]
# A GAN has more to share than gradients: the noise, too. Device 2 must not draw the same z as device 1. `GAN` gives each device the numbers that one device would have drawn for these pictures, and weights the gradients as in exercise 3. What you
# write is one `with`:
#
# ```python
# with data_parallel(2):                # two GPUs; two devices of the CPU if there is no GPU
#     gan = GAN(generator, discriminator)
#     gan.compile()
#     gan.fit(images, batch_size=128)   # 64 for each device
# ```
#
# To try it without two GPUs, TensorFlow can split the CPU into two *logical* devices. That has to happen before TensorFlow does anything else, so we need a fresh process. It trains a dense GAN and our DCGAN for
# three batches, each of them once on one device and once on two. The last batch has only 15 pictures, so the two devices get 8 and 7. Then we compare all weights.

# %%
import os
import subprocess
import sys
import tempfile
from pathlib import Path

FOLDER = tempfile.TemporaryDirectory()  # for all that follows; it is deleted at the end
RUNS = Path(FOLDER.name)
ON_CPU = {"CUDA_VISIBLE_DEVICES": "-1", "KERAS_BACKEND": "tensorflow", "TF_CPP_MIN_LOG_LEVEL": "3"}


# %%
def start(*arguments, **environment):
    """Start another Python process, in the folder for runs. Its messages go into a file."""
    environment = {**os.environ, **ON_CPU, **environment}
    command = [sys.executable, *map(str, arguments)]
    with open(RUNS / "log.txt", "a") as log:
        return subprocess.Popen(command, cwd=RUNS, env=environment, stdout=log, stderr=log)


# %%
_ = (RUNS / "devices.py").write_text("""
import tensorflow as tf
cpu, two = tf.config.list_physical_devices("CPU")[0], [tf.config.LogicalDeviceConfiguration()] * 2
tf.config.set_logical_device_configuration(cpu, two)
import keras, numpy as np
from gan_course import data, gan, networks
from gan_course.devices import data_parallel

images = data.load("mnist_5k")[0][:47]  # batches of 16, 16 and 15
for kind, count in [("mlp", 1), ("mlp", 2), ("dcgan", 1), ("dcgan", 2)]:
    keras.utils.set_random_seed(0)
    with data_parallel(count):
        players = (getattr(networks, f"{kind}_{player}")() for player in ("generator", "discriminator"))
        model = gan.GAN(*players, seed=0)
        model.compile()
        model.fit(images, batch_size=16, verbose=0)
    np.savez(f"{kind}_{count}.npz", *model.get_weights())
""")


# %%
def largest_difference(first, second):
    """The largest difference between two lists of arrays."""
    return max(np.abs(a - b).max() for a, b in zip(first, second, strict=True))


status = start("devices.py").wait()


def weights_after(kind, count):
    return [*np.load(RUNS / f"{kind}_{count}.npz").values()]


# %% [markdown]
# **Predict before you run:** the dense GAN has no layer that looks at more than one picture. The DCGAN has batch normalization, and its D compares the pictures of a batch (lesson 05). Which of them ends with the weights that one device would have got?

# %%
# Your prediction, "dense", "DCGAN", "both" or "none":
prediction = None

# %%
with answer(prediction):
    claim("exit status of the process", status)
    gaps = {k: largest_difference(weights_after(k, 1), weights_after(k, 2)) for k in ("mlp", "dcgan")}
    claim("dense GAN: largest difference between one and two devices", gaps["mlp"], below=1e-4)
    claim("DCGAN: largest difference between one and two devices", gaps["dcgan"], above=1e-4)

# %% [markdown]
# The dense GAN gets the same weights, up to rounding: two devices add in another order than one, so the results differ in the last decimal places. (In a long training such differences grow, as in every GAN.)
#
# The DCGAN does not. Each device normalizes with the mean and the variance of *its own* 8 pictures, and compares only these. So for such layers it is as if the batch held only the pictures of one device. (This is so in TensorFlow. On JAX a step sees the whole batch, on however many devices it is computed.) Nothing is wrong with that as long as the parts are large, and many GANs
# are trained like this. If the normalization has to see the whole batch, take `keras.layers.BatchNormalization(synchronized=True)`, which exchanges the means in every such layer, and costs an all-reduce each time. BigGAN did that in G. (The layer of our D that compares pictures still sees only those of its own device.) Or take layers that look at one picture
# alone, as many newer generators do.
#
# ## Several processes, several machines
#
# The devices of one machine can share one process. Several machines cannot: on each of them runs a process of its own, a **worker**, with the same program. Each worker has to know two things, and both come from
# outside: who the others are, and which one it is itself. TensorFlow reads them from the environment variable `TF_CONFIG`, and then it does what it does for devices, over the network
# (`tf.distribute.MultiWorkerMirroredStrategy`). `python -m gan_course train` joins by itself where it finds this variable.
#
# A network is not needed to see it. Two processes on this machine can talk through its *loopback*, the address 127.0.0.1. We start two workers with a global batch of 16, so 8 pictures for each, and, for comparison, the same
# run in a single process.

# %%
import json
import socket


def free_ports(count):
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


# %%
def start_workers(count, *arguments):
    """The same command in several processes, which train together."""
    hosts = [f"127.0.0.1:{port}" for port in free_ports(count)]
    for index in range(count):
        task = {"cluster": {"worker": hosts}, "task": {"type": "worker", "index": index}}
        yield start(*arguments, TF_CONFIG=json.dumps(task))


# %%
TRAIN = ("-m", "gan_course", "train")
SHORT = ("mnist_5k", "--networks", "mlp", "--steps", 50, "--every", 50)
together = [*start_workers(2, *TRAIN, *SHORT, "--out", "two")]
alone = start(*TRAIN, *SHORT, "--out", "one")
statuses = [process.wait() for process in (*together, alone)]

# %%
import h5py


def arrays(name):
    """All arrays of a run's checkpoint: weights, moving averages, states of the optimizers."""
    found = []
    with h5py.File(RUNS / name / "checkpoint.weights.h5") as file:
        file.visititems(lambda _, item: found.append(item[()]) if hasattr(item, "shape") else None)
    return [np.asarray(array, float) for array in found]


claim("the highest exit status of the three processes", max(statuses))
difference = largest_difference(arrays("one"), arrays("two"))
claim("largest difference between one process and two", difference, below=0.001)

# %% [markdown]
# Two processes with 8 pictures each end with the weights of one process with 16, up to rounding. So for this dense GAN, sharing a batch between two processes changes the weights only by rounding, as sharing it between two devices did. But processes on several machines need time to exchange their gradients, and what they send can be counted, too. In the usual all-reduce each of n workers sends 2 · (n − 1)/n times the bytes of the gradients per step, and receives as many. For two machines this formula gives the bytes of the gradients exactly once. They are a quarter of the memory that we counted above for weights, because that memory holds the weights, the gradients and Adam's two averages, and all of them have the same size. Divide them by the speed of your network, and compare with the time of a step. The bytes do not depend on the batch and the work does: that is why several machines need large batches and fast networks.
#
# ## The long run
#
# A notebook is the wrong place for a training of days: close the lid of your laptop, and the training is gone. The course has a command for it:
#
# ```
# python -m gan_course train mnist_5k --networks dcgan --steps 100000 --out digits
# python -m gan_course train my_photos/ --size 64 --networks residual --batch 64 --out photos
# ```
#
# It is `GAN.fit` with a callback, nothing else. All settings are explained by `python -m gan_course train --help`. Into its folder it writes sample grids, a film, measurements, logs for TensorBoard, a checkpoint, and at the end the trained GAN.
#
# Long trainings get killed: by a full cluster, a power cut, an administrator. So a run must be able to go on, and the honest test is the hard one. We start a run and leave it alone. We start the same run again, and kill it on its
# way with SIGKILL, which no program can catch. Then we resume it, and compare **all** numbers that both runs have in the end: weights, averages, and the states of the optimizers.
#
# **Predict before you run:** the largest difference between the weights, after 600 steps?

# %%
# Your prediction, a number:
prediction = None

# %%
SETTINGS = ("mnist_5k", "--steps", 600, "--every", 100, "--seed", 3)


undisturbed = start(*TRAIN, *SETTINGS, "--out", "undisturbed")
killed = start(*TRAIN, *SETTINGS, "--out", "killed")
while not (RUNS / "killed" / "checkpoint.weights.h5").exists() and killed.poll() is None:
    time.sleep(0.05)
time.sleep(0.5)  # a few steps more
killed.kill()  # SIGKILL
killed.wait()
saved = json.loads((RUNS / "killed" / "history.jsonl").read_text().splitlines()[-1])["step"]
resumed = start(*TRAIN, "--resume", "killed")
statuses = [process.wait() for process in (undisturbed, resumed)]

# %%
one, two = arrays("undisturbed"), arrays("killed")
with answer(prediction):
    claim("the killed run had last been saved at step", saved, above=50, below=550)
    claim("the highest exit status of the two others", max(statuses))
    claim("arrays that are compared", len(one), above=100, below=250)
    claim("largest difference between the two runs", largest_difference(one, two), near=0, within=1e-12)

# %% [markdown]
# Zero: both runs end with exactly the same numbers. It is not luck: the [checkpoint](glossary.md#checkpoint) holds everything that the rest of the training depends on. These are
# the weights and the averages, the states of the optimizers, the state of the random numbers, *and* the place in the order of the
# pictures. A run that does not save the last two can go on, too. But then it sees other noise and other batches than the undisturbed run, so the two can no longer be compared number by number. And the checkpoint is written into a new file that then takes the place of the old one. So a kill in the middle of
# writing leaves the old one whole.
#
# (That the numbers are exactly the same holds on a CPU. A GPU usually adds up in a changing order, and then they differ in the last decimal places, with or without a kill.)
#
# On a cluster you write `--resume` into the job itself, for the case that the run exists already. So whoever starts the job again needs to know nothing. Ctrl-C, and SIGTERM, which clusters send before they kill, end a run after the current step (with several workers, within ten steps) with a
# checkpoint.
#
# ### Watching from outside
#
# While a run trains, [TensorBoard](https://www.tensorflow.org/tensorboard) shows its curves in a browser, also from another machine:
#
# ```
# pip install tensorboard
# tensorboard --logdir digits/tensorboard
# ```
#
# (In a notebook: `%load_ext tensorboard`, then `%tensorboard --logdir digits/tensorboard`.) What it draws are *event files*: a list of small messages, each with a name, a step and a number. We can read them ourselves. Where TensorBoard is not installed, the
# run writes no event files. The same numbers are in `history.jsonl`, one line of JSON for each look.


# %%
def from_events(folder):
    """Name → list of (step, value), from TensorBoard's event files. Empty where there are none."""
    curves = {}
    for path in folder.glob("events*"):
        for record in tf.data.TFRecordDataset(str(path)):
            event = tf.compat.v1.Event.FromString(record.numpy())
            for value in event.summary.value:
                point = event.step, float(tf.make_ndarray(value.tensor))
                curves.setdefault(value.tag, []).append(point)
    return curves


def from_history(path):
    """The same, from the run's own file."""
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    return {name: [(line["step"], line[name]) for line in lines] for name in lines[0]}


# %%
folder = RUNS / "undisturbed"
curves = from_events(folder / "tensorboard") or from_history(folder / "history.jsonl")
panels = {
    "D's mean scores": {
        "d_train": ("training pictures", plots.REAL, "-"),
        "d_held_out": ("held-out pictures", plots.MUTED, ":"),
        "d_fake": ("generated pictures", plots.GENERATED, "-"),
    },
    "Fréchet distance": {"frechet": ("", plots.GENERATED, "-")},
    "Losses": {"d_loss": ("D", plots.DISCRIMINATOR, "-"), "g_loss": ("G", plots.GENERATED, "--")},
}

# %%
figure, axes = plt.subplots(1, 3, figsize=(9.6, 3.2))
for ax, (title, lines) in zip(axes, panels.items(), strict=True):
    for name, (label, color, style) in lines.items():
        steps, values = np.transpose(curves[name])
        ax.plot(steps, values, color=color, ls=style, marker="o", ms=4, label=label)
    ax.set(title=title, xlabel="step")
    if len(lines) > 1:
        ax.margins(y=0.3)
        ax.legend(fontsize=9, loc="upper left" if len(lines) == 3 else "center right")
axes[0].axhline(0, color=plots.MUTED, lw=0.8, ls="--", zorder=0)
plt.show()
first, last = (curves["frechet"][look][1] for look in (0, -1))
claim("Fréchet distance: first look / last look", first / last, above=5, below=200)

# %% [markdown]
# The Fréchet distance falls steeply and goes on falling, to about a twenty-fifth. In the right panel G's loss falls by about a quarter and rises a little at the end, and D's loss stays between 0.4 and 0.7:
# from neither could you tell how much better the pictures have become. (Each loss is the mean over all steps since the epoch began, and an epoch has 250 steps here. So the points at 300 and 600 belong to new means. The scores belong to one moment: D is in inference mode, and the generated pictures are drawn with the averages of G's weights. So scores and losses need not fit together.)
#
# In the left panel the gray line at 0 is the border between D's two answers: above it D says "real". At step 100 all three kinds of pictures still get nearly the same scores, below the
# line. From step 200 on both kinds of real pictures lie above the generated ones, and from step 300 on far above them, on the other side of the line. The held-out pictures get
# nearly the scores of the training pictures at every look, at the last one a little less: D recognizes digits, and not only those that it was shown.
#
# ### Looking early
#
# Many trainings that fail show it early. So look early, and look at numbers that can show that something is wrong:
#
# * **The Fréchet distance** (lesson 07) of a thousand pictures is cheap, and it must have fallen after the first few looks (a look is one measurement of the run). A loss does not have to fall.
# * **D's scores.** D is shown real pictures that it was never trained on. If their scores sink from those of the training pictures toward those of the generated ones, D learns its training
#   pictures by heart (lesson 15), and more steps make it worse.
# * **The grid of samples**, always of the same noise. Two neighbors that become the same picture can be the beginning of [mode collapse](glossary.md#mode-collapse).
# * **Pictures per second.** If the number falls while nothing else has changed, look at the machine, not at the GAN.
#
# And before any of this: run the whole program for two minutes, with the smallest data and the fewest steps, to its very end, and resume it once. Otherwise you find an error in the last step, such as the saving, only after three days.

# %% [markdown]
# ## Handing it on
#
# Whoever uses your generator needs neither D, nor this course, nor Keras. `export` writes the generator alone, as a graph with its weights: a *SavedModel*, which TensorFlow
# runs from Python, C++ or a server, and which converters turn into other formats.

# %%
from gan_course.train import runs

trained = runs.load(RUNS / "undisturbed")[0].generator
trained.export(RUNS / "exported", verbose=False)

z = np.random.default_rng(5).normal(size=(40, trained.input_shape[1])).astype("float32")
np.save(RUNS / "z.npy", z)
_ = (RUNS / "stranger.py").write_text("""
import sys
sys.modules["gan_course"] = sys.modules["keras"] = None  # importing either of them fails now
import numpy as np, tensorflow as tf
generator = tf.saved_model.load("exported")
np.save("drawn.npy", generator.serve(np.load("z.npy")))
""")

# %%
claim("exit status of the process", start("stranger.py").wait())
here = keras.ops.convert_to_numpy(trained(z, training=False))
there = np.load(RUNS / "drawn.npy")
claim("largest difference between Keras and the exported file", np.abs(here - there).max(), below=1e-5)
plots.image_grid(
    there, "Drawn by a process that has neither Keras nor gan_course", columns=10, generated=True
)
plt.show()

# %% [markdown]
# Both compute the same numbers, up to rounding: it is the same graph. After 600 steps some of the pictures are clear digits, and many others cannot be read yet: the training was
# only long enough to have something to hand on. Other formats come from the same call, where the packages for them are installed: `format="onnx"` for ONNX Runtime and many other
# programs,
# `format="litert"` for phones. If one is missing, Keras says which. For a run, `python -m gan_course export digits --format onnx` does the same. What the file does not say has to go with it in writing: that the numbers of z are drawn from the standard normal distribution, and that the pictures lie in [−1, 1].
#
# ## And on a GPU?
#
# This page was made on a machine without a GPU, and so were all tables of the course. We say so instead of guessing:

# %%
machine = results.load("throughput")["about"]["machine"]
print(f"the stored measurements of speed: {machine['cores']} cores, {machine['gpus']} GPUs")

# %% [markdown]
# If you have one, this measures it. It trains the MLP and the DCGAN with `GAN.fit` and with the loops that one would write instead, and puts a table and a plot into the folder `gpu`:
#
# ```
# git clone https://github.com/gan-course/gan-course && cd gan-course
# pip install -e . "tensorflow[and-cuda]>=2.20,<2.22"
# mkdir gpu && python -m benchmarks throughput --folder gpu --batches 32 128 1024
# ```
#
# And the cells of the section "How much of the machine do we use?" run on a GPU as they are, on Colab for example ("Runtime", "Change runtime type"). Some bounds in brackets are made for a CPU. If a number misses its bound, its line says "NOT … here", and the notebook goes on. Expect two things. The peak
# is much larger: in float32 the data sheet of Colab's free GPU, a T4, says 8.1 · 10¹² FLOPs per second. And the *share* of a batch of 16 should be much smaller than here, since the overhead decides (we have not measured it). (On a large GPU write 8192 instead of 1024, both in `matrix` and in its FLOPs. Products of 1,024 · 1,024 are over before such a GPU is at full speed, so the peak would come out too low, and the shares too high.)
#
# ## What would BigGAN cost?
#
# BigGAN (Brock et al. 2019) draws pictures of a thousand kinds of things that look like photographs. Much of its progress came from scale, so it is a good example of what scale costs. The networks for 128 × 128 pixels are residual networks (a [skip connection](glossary.md#skip-connection) leads past each pair of convolutions), with one layer of self-attention each.
# They have 96 channels where the pictures are large and 96 · 16 where they are small. We write their layers down as
# rows, as the authors' PyTorch version has them.


# %%
def block(side, channels, filters, shortcut=True):
    """Rows of a residual block: two convolutions, and one of a single pixel that goes around them."""
    two = [(side, 3, channels, filters, 1, 0), (side, 3, filters, filters, 1, 0)]
    return two + [(side, 1, channels, filters, 1, 0)] * shortcut


def attention(side, channels):
    """Rows of self-attention: four small convolutions, then two products of matrices, which have no weights."""
    small, half, places = channels // 8, channels // 2, side**2 // 4
    kernels = [(channels, small), (channels, small), (channels, half), (half, channels)]
    products = [(small, places), (places, half)]
    return [(side, 1, *pair, 1, 0) for pair in kernels], [(side, 1, *pair, 1, 0) for pair in products]


# %%
CH, CODE = 96, 20 + 128  # each block of G gets 20 numbers of z, and 128 for the class
UP, DOWN = (16, 16, 8, 4, 2, 1), (1, 2, 4, 8, 16)
up = list(itertools.pairwise(UP))
g_layers = [(1, 1, 20, 4 * 4 * 16 * CH, 1, 0)]
for place, (a, b) in enumerate(up):
    g_layers += block(8 * 2**place, a * CH, b * CH)
g_layers += [(128, 3, CH, 3, 1, 0)]
goes_around = (64, 1, 3, CH, 1, 0)  # in D's first block it sees the pixels after they are halved
d_layers = [*block(128, 3, CH, shortcut=False), goes_around]
for place, (a, b) in enumerate(itertools.pairwise(DOWN)):
    d_layers += block(64 // 2**place, a * CH, b * CH)
d_layers += [*block(4, 16 * CH, 16 * CH, shortcut=False), (1, 1, 16 * CH, 1, 1, 0)]
g_attention, d_attention = attention(64, 2 * CH), attention(64, CH)

# %% [markdown]
# A list like this is easily wrong. So we check it from outside: the number of weights is known exactly. Another implementation, compare_gan by Google, has a test that asks for exactly 70,433,988 weights
# in G and 87,982,370 in D. We add the weights that the rows do not show: the table of classes in each network, the normalization layers of G, which depend on the class, and a single factor for each attention layer.


# %%
def weights_of(layers, bias=True):
    return sum(kernel**2 * c * f + bias * f for _, kernel, c, f, _, _ in layers)


class_tables = sum(2 * CODE * (a + b) * CH for a, b in up) + 1000 * 128 + 2 * CH
g_weights = weights_of(g_layers) + weights_of(g_attention[0], bias=False) + 1 + class_tables
d_weights = weights_of(d_layers) + weights_of(d_attention[0], bias=False) + 1 + 1000 * 16 * CH
claim("weights of G", g_weights)
claim("weights of D", d_weights)

# %% [markdown]
# Both agree. Now the cost, with the function of exercise 2. It needs two corrections, because these networks have parts that our DCGAN has not:
#
# * D's first block has *two* convolutions that see the pixels, the first one and the one that goes around. Nobody asks for the gradient of the pixels in D's step, so neither needs it.
# * In a matrix product of the attention both factors come from the picture, and neither of them is a weight. So in G's step D has to pass on the gradients of both.
#
# A batch has 2,048 pictures, D takes two steps for each step of G, and we count
# 150,000 steps of G, as many as the authors' PyTorch version takes in its 15 days on eight V100 (GPUs by NVIDIA).
#
# **Predict before you run:** the paper used 128 cores of a TPU v3, and a day or two. How long would *this* machine need: weeks, years, decades, or centuries?

# %%
# Your prediction, in words:
prediction = None

# %%
big_g = forward_flops(np.array(g_layers + g_attention[0] + g_attention[1]))
big_d = forward_flops(np.array(d_layers + d_attention[0] + d_attention[1]))
big_d_step, big_g_step = step_flops(big_g, big_d, 2048)
big_d_step -= 2048 * 2 * forward_flops(np.array([goes_around])).sum()
big_g_step += 2048 * forward_flops(np.array(d_attention[1])).sum()
total = 1.5e5 * (2 * big_d_step + big_g_step)
claim("one picture through G, in billions of FLOPs", big_g.sum() / 1e9, near=42.239, within=0.001)
claim("one picture through D, in billions of FLOPs", big_d.sum() / 1e9, near=21.673, within=0.001)
claim("D's step, per picture, the same unit", big_d_step / 2048e9, near=172.104, within=0.001)
claim("G's step, per picture, the same unit", big_g_step / 2048e9, near=170.565, within=0.001)
claim("the whole training, in 10²⁰ FLOPs", total / 1e20, near=1.5814, within=0.0001)

# %%
YEAR = 365 * 24 * 3600
tpu = 128 * 123e12 / 2  # 128 cores; a chip has two, and 123 · 10¹² bfloat16 FLOPs per second
hours = total / tpu / 3600
v100_total = 1.5e5 * (big_d_step + big_g_step)  # the authors' own PyTorch version: one step of D
v100_share = v100_total / (8 * 15.7e12 * 15 * 24 * 3600)
with answer(prediction):
    years = total / (peak * shares[256]) / YEAR
    claim("years on this machine, at the speed of our step", years, above=0.005, below=20_000)
    claim("hours on 128 TPU cores at their peak", hours, near=5.580, within=0.001)
    claim("share of the peak, if it took 48 hours", hours / 48, near=0.116, within=0.001)
    claim("share of the peak, if it took 24 hours", hours / 24, near=0.233, within=0.001)
    claim("share of the peak of eight V100, 15 days, float32", v100_share, near=0.647, within=0.001)

# %% [markdown]
# The number of FLOPs is our own count, and for the TPUs we have assumed 150,000 steps, too. So the last three lines are an estimate of what the paper and the authors' page do not say. The TPU cores reached between about 12 and 23
# percent of what they could do. (What took the rest the paper does not say. The suspects are those from above, and all-reduce between 128 cores.)
# The eight V100 seem to reach about two thirds of their peak. With numbers of 32 bits this peak is low, and so it is easier to reach. And libraries for GPUs have algorithms that
# need fewer multiplications for a 3 · 3 convolution than we count (Winograd's). Where they are used, our share is too high. And our machine would need decades, or even centuries while it has other work to do. And the bill? Eight GPUs for 15 days are 8 · 15 · 24 = 2,880 hours of a GPU; multiply by the price of an hour. For another GPU, divide `v100_total` by its peak and by the share of the peak that your training reaches. This gives the seconds that one such GPU needs. Measure the share for a minute before you sign.
#
# The count has a second use. *Before* you rent anything, make the number smaller: the cost grows with the square of the side and with the square of the channels. At 32
# × 32 pixels and with a quarter
# of the channels, the same design costs about 1/16 · 1/16 = 1/256. Try out your idea there.

# %% [markdown]
# ## How to start it on a cluster
#
# On a cluster you do not start processes. You tell a scheduler what you need, and it starts them where there is room. What you hand in is a file. Here are three to copy. Each of them names the few places that you have to change:
#
# | you have | file | start it with |
# |---|---|---|
# | Slurm, as at many universities | [slurm.sh](https://github.com/gan-course/gan-course/blob/main/notebooks/cluster/slurm.sh) | `sbatch slurm.sh` |
# | Kubernetes with Kubeflow, TensorFlow | [tfjob.yaml](https://github.com/gan-course/gan-course/blob/main/notebooks/cluster/tfjob.yaml) | `kubectl apply -f tfjob.yaml` |
# | Kubernetes with JobSet, JAX | [jobset.yaml](https://github.com/gan-course/gan-course/blob/main/notebooks/cluster/jobset.yaml) | `kubectl apply -f jobset.yaml` |
#
# All three do the same four things, and so does any file that you write for another scheduler:
#
# 1. They start the same `python -m gan_course train` once per machine.
# 2. They tell each process who the others are: for TensorFlow in `TF_CONFIG`, and for JAX in `JAX_COORDINATOR_ADDRESS`, `JAX_NUM_PROCESSES` and `JAX_PROCESS_ID`. (On JAX the processes find each other with `jax.distributed`, and share the batch with `keras.distribution`.)
# 3. They put the run on a disk that all machines share. Only the first worker writes.
# 4. Where the run exists already, they write `--resume`. So when one machine fails, all are started again, and lose no more than the steps since the last checkpoint.
#
# Nobody has tried these files on your cluster, and we had none to try them on: read them first, start two workers for five minutes, kill one on purpose, and see whether the training goes on.

# %% [markdown]
# ## Open experiment: a larger share
#
# Our step reaches only a part of the peak. Can you make it reach more, without changing what is computed? The number to beat is the share of a batch of 16 in the section "How much of the machine do we use?".

# %%
claim("share of the peak, batch 16, the number to beat", shares[16], above=0.0001, below=1)

# %% [markdown]
# The rules: the same two networks, 16 real pictures per step, float32, the same machine, both measured in turn, the median of at least seven turns. After 10 steps from the same start, with the same noise, the weights must be those of our step, up to a difference of 0.001. Some ideas:
# several steps in one call (lesson 04); `jit_compile=True` for parts of the step; the transposed convolution written as a convolution
# whose output pixels are rearranged (`tf.nn.depth_to_space`); real and generated pictures through D in one call (why is this *not* the same, with batch normalization?); the threads of TensorFlow
# (`tf.config.threading`). Which of them helps on your machine, and which does nothing? Then do the same with a batch of 256.
#
# ## What can go wrong
#
# | you see | likely cause | test | remedy |
# |---|---|---|---|
# | a new GPU, and hardly any faster | small batch: overhead decides; or the input is the limit | the share of the peak; train on one and the same batch | larger batches, prefetching, several loaders |
# | the loss is NaN in float16 | something left the range of float16 | does it happen in bfloat16? | bfloat16, or loss scaling; losses in float32 |
# | pictures get worse with bfloat16 | weights or averages are kept in 16 bits | the dtype of the weights | mixed precision: only layers compute with 16 bits |
# | XLA compiles again and again | the shapes change, such as that of the last batch | count the compilations | `drop_remainder=True` |
# | eight GPUs are twice as fast as one | all-reduce or the input takes the time | pictures per second with 1, 2, 4, 8 | a larger batch per device, faster network, more loaders |
# | several workers, and the run stands still | one worker has died, or has another number of steps | the log of each worker | restart all; the same command everywhere |
# | a large batch trains worse than a small one, for equal pictures | far above the noise scale there are only fewer steps | the gradient noise scale | a smaller batch, or a larger rate |
# | after a resume the curves jump | the optimizer or the random state was not saved | compare with an undisturbed run, number by number | save everything that the next step reads |
# | the exported generator draws something else | exported in training mode, or before the averages were put in place | compare with Keras on the same z | export after `fit`, in inference mode |
#
# ## Summary in five lines
#
# 1. A layer costs 2 · kernel² · channels · filters FLOPs per place, training about three times that, and a GAN's two steps follow from it on paper.
# 2. A training reaches only a share of the machine's peak. Small batches, memory and waiting for input take the rest.
# 3. Half precision, XLA and prefetching help only where the thing that they speed up is the limit. A larger batch pays up to the gradient noise scale.
# 4. Several devices, or processes, that average their gradients take the step that one would take, up to rounding, unless a layer compares pictures. A killed run that has saved everything
#    goes on with exactly the same numbers, if it runs on a CPU.
# 5. Count, measure a minute, multiply: so you know the bill before you start.
#
# ## Looking back
#
# This was the last lesson. Here is what stays of all sixteen, in one or two sentences each:
#
# | lesson | what stays |
# |---|---|
# | [01](01_generative_vs_discriminative.ipynb) | A generative model knows what pictures look like, a discriminative one only which is which. |
# | [02](02_the_objective_function.ipynb) | The best D knows the ratio of two densities, and so G descends a divergence that nobody has to compute. |
# | [03](03_the_combined_model.ipynb) | G learns through D, while D stands still. Check that each of them moves. |
# | [04](04_the_training_algorithm.ipynb) | The theory promises convergence for densities, not for networks. Losses cannot tell. |
# | [05](05_gans_for_images.ipynb) | Convolutions make pictures, and few of the many rules of the trade matter. |
# | [06](06_when_training_fails.ipynb) | A game can circle, stall or collapse, and each has its test and its remedy. |
# | [07](07_measuring_a_gan.ipynb) | Every number is blind to something. Ask two. |
# | [08](08_other_objectives.ipynb) | The objective matters less than the slope of D. |
# | [09](09_energy_based_gans.ipynb) | Energies are pushed down at data and up elsewhere; D can be read as one. |
# | [10](10_conditional_gans.ipynb) | Tell both players the label, and measure whether G obeys. |
# | [11](11_models_with_a_likelihood.ipynb) | Other models give every picture a probability, and that is not the same as good pictures. |
# | [12](12_codes_noise_and_games.ipynb) | Diffusion turns one hard step into many easy ones, and pays for it at every picture. |
# | [13](13_images_from_images.ipynb) | Closeness blurs; a game makes one sharp choice. |
# | [14](14_steering_the_latent_space.ipynb) | The axes of z mean nothing, directions do. |
# | [15](15_little_data_and_using_a_gan.ipynb) | With little data D learns by heart. Augment, and test every promise with a control. |
# | 16 | Count before you rent. |
#
# ## Where to go next
#
# | you want to | go to |
# |---|---|
# | find out what you can do alone | the [homework](homework/README.md), with its tests |
# | train on your own pictures | `python -m gan_course train my_photos/`; for few pictures lesson 15 |
# | know why *your* GAN does not train | the doctor: "Your GAN does not train?" in the course's README |
# | read on: what a modern GAN looks like | [R3GAN](https://arxiv.org/abs/2501.05441) (Huang et al. 2024): a simple loss, R1 and R2, modern blocks, and no tricks |
# | read on: large | [StyleGAN-XL](https://arxiv.org/abs/2202.00273) (Sauer et al. 2022), [GigaGAN](https://arxiv.org/abs/2303.05511) (Kang et al. 2023) |
# | read on: where the game lives today | [adversarial diffusion distillation](https://arxiv.org/abs/2311.17042) (Sauer et al. 2023): a GAN loss, together with a second loss from a diffusion model as the teacher, makes a diffusion model draw in one to four steps |
#
# ## References
#
# * A. Brock, J. Donahue, K. Simonyan, [Large scale GAN training for high fidelity natural image
#   synthesis](https://arxiv.org/abs/1809.11096), ICLR 2019: BigGAN. Section 3 on the batch, appendix C on the machine. The authors' version in PyTorch, with the V100 and their 15 days:
#   [BigGAN-PyTorch](https://github.com/ajbrock/BigGAN-PyTorch). The test that counts weights: Google's [compare_gan](https://github.com/google/compare_gan).
# * Google Cloud, [TPU v3](https://cloud.google.com/tpu/docs/v3): the peak of a chip. NVIDIA, data sheet of the Tesla V100: 15.7 · 10¹² FLOPs per second in float32 for the version with NVLink (14 for PCIe).
# * A. Lavin, S. Gray, [Fast algorithms for convolutional neural networks](https://arxiv.org/abs/1509.09308), 2015: Winograd's algorithm.
# * P. Micikevicius et al., [Mixed precision training](https://arxiv.org/abs/1710.03740), ICLR 2018.
# * S. McCandlish, J. Kaplan, D. Amodei et al., [An empirical model of large-batch
#   training](https://arxiv.org/abs/1812.06162), 2018: the gradient noise scale.
# * P. Goyal et al., [Accurate, large minibatch SGD: training ImageNet in 1 hour](https://arxiv.org/abs/1706.02677), 2017; S.
#   Malladi, K. Lyu, A. Panigrahi, S. Arora, [On the SDEs and scaling rules for adaptive gradient
#   algorithms](https://arxiv.org/abs/2205.10287), NeurIPS 2022: batch and learning rate.
# * A. Chowdhery et al., [PaLM: scaling language modeling with pathways](https://arxiv.org/abs/2204.02311), 2022, appendix B: model FLOPs utilization.
# * TensorFlow, [Multi-worker training with Keras](https://www.tensorflow.org/tutorials/distribute/multi_worker_with_keras), and [Better
#   performance with the tf.data API](https://www.tensorflow.org/guide/data_performance). Keras, [Distribution](https://keras.io/api/distribution/), and
#   [Model export](https://keras.io/api/models/model_saving_apis/export/).
#
# **Next lesson:** there is no lesson 17. The next one is yours: with your own pictures, or with the [homework](homework/README.md).
