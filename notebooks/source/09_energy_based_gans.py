# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 09 · Energy-based GANs
#
# [![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)](https://colab.research.google.com/github/gan-course/gan-course/blob/main/notebooks/09_energy_based_gans.ipynb)
#
# **The one idea: give every picture an energy, low where the data is and high everywhere else. Learning pushes the
# energy down at the data, and up at what the model itself makes.**
#
# After this lesson you will be able to
#
# * turn energies into probabilities, and say what the partition function Z is and when it can be computed;
# * train a restricted Boltzmann machine by contrastive divergence, and show where that method goes wrong;
# * explain the energy-based GAN (EBGAN) by the same two pushes, with a generator in place of a Markov chain, and
#   without Z;
# * say exactly what theorem 1 of the EBGAN paper promises, and check a training against it.
#
# It takes about 105 minutes to read, plus the time for the four exercises; its cells run in about 100 seconds on two CPU cores. (A good place for a break is before the part "A generator in place of the chain".) You should know the training
# algorithm ([lesson 04](04_the_training_algorithm.ipynb)), the DCGAN ([lesson 05](05_gans_for_images.ipynb)), mode
# collapse ([lesson 06](06_when_training_fails.ipynb)) and the Fréchet distance ([lesson 07](07_measuring_a_gan.ipynb)).

# %% tags=["nbval-ignore-output"]
# Where the course package is missing, on Colab for example, this cell installs it first.
import importlib.util

if importlib.util.find_spec("gan_course") is None:
    print("Installing gan_course from https://github.com/gan-course/gan-course")
    # %pip install --quiet git+https://github.com/gan-course/gan-course

import matplotlib.pyplot as plt
import numpy as np

from gan_course import data, metrics, networks, plots, results, runtime
from gan_course.checks import lesson_09 as check
from gan_course.claims import answer, claim

plots.use_style()
plt.rcParams["image.interpolation"] = "nearest"  # pixels with sharp edges; their PNGs are small
print(runtime.configure(seed=0))

# %% [markdown]
# This is where the lesson leads: four pictures that its energy-based GAN draws, chosen among the readable ones. (They
# are stored as text, since the GAN is trained further down.) First we need to know what an energy is.

# %%
import base64
import zlib

text = (
    "c-rk&?QR4i2;713{a?B2t{y0u_R^$DbN<`Rg2Tsv*Yzt$B}GbMhLuv@FhdSW?y*`G<W?Qpa8w%4WmwP-J(r<TQVVik)-XqSV"
    "t7~;u}u1(B7?H50pM{=7is<CD|nxvcH!izONQhIRY<z)Mq<X%H95m=2}`ey5w6eq{u$Y(WJs^WCX`w^y$i{Mnj{zD$xIW7G4"
    "wPA61A7i;cXTYsV<rN#CaZ^XH2s+bVS4(iX)-UZXu7CoP7DFC<A#xIm^mm_Oy!by8E2>6{hTCjzO={XlxbBs1XCh=1v7>c-!"
    "KSX4tX0PRy=|WO3SpNM*Zw>=b)D#*?7!vy(%~hnD2h<B!%mpdy)-m@O7bCA+Hz#{VKBKmddQnT=P?mj_2<@9FC=pWeP(gW9L"
    "m`r@*m@R&L`V%c!>!t_aJzPYx8@wo+L`gH3e!z{>yi4~bTp9moLoUsdQlx7SNUj{dKmdkHHb-inyT!^av=Y9PJWZVhf"
)
levels = np.frombuffer(zlib.decompress(base64.b85decode(text)), "uint8").reshape(4, 28, 28, 1)
plots.image_grid(levels / 2.5 - 1, "Where we are going", columns=4, generated=True)
plt.show()

# %% [markdown]
# ## A landscape instead of a probability
#
# A ball lies in a hilly landscape that is shaken all the time. Where will you find it? Most likely in a valley.
# How likely? Boltzmann found in 1868: a place x with the [energy](glossary.md#energy) E(x) has the probability density
#
# $$p(x) = \frac{e^{-E(x)}}{Z}, \qquad Z = \int e^{-E(x)}\,dx$$
#
# (in units in which the [temperature](glossary.md#temperature) is 1). So one can describe a distribution by a
# landscape. E may be any function for which Z is finite, for example a neural network, and it may be negative. The
# number Z is called the [partition function](glossary.md#partition-function). It makes the probabilities add up to 1. A
# model of this kind is an [energy-based model](glossary.md#energy-based-model), and training shapes the landscape so
# that its valleys lie where the data is.
#
# Below, x runs only from −3 to 3. The landscape is a shallow valley, and the data lies at −1 and 1. We change the
# landscape in three ways: **(1)** lower it by 2 everywhere; **(2)** lower it by 2 near the data; **(3)** lower it by 2
# near the data and raise it by 2 elsewhere.
#
# **Predict before you run:** by which factor does the density at x = 1, where data is, grow in each of the three ways?

# %%
# Your prediction, three factors:
prediction = None

# %%
x = np.linspace(-3, 3, 601)
near_data = np.exp(-((np.abs(x) - 1) ** 2) / 0.08)
before = 0.15 * x**2
landscapes = {
    "before": before,
    "(1) lower everywhere": before - 2,
    "(2) lower at the data": before - 2 * near_data,
    "(3) and higher elsewhere": before - 2 * near_data + 2 * (1 - near_data),
}


# %%
def boltzmann(energy):
    weights = np.exp(-energy)
    return weights / (weights.sum() * (x[1] - x[0]))


with answer(prediction):
    for (name, energy), right in zip(list(landscapes.items())[1:], (1, 3.73, 7.62), strict=True):
        factor = boltzmann(energy)[400] / boltzmann(before)[400]
        claim(f"{name:25} p(1), times as large as before", factor, near=right, within=0.01)

# %%
figure, (left, right) = plt.subplots(1, 2, figsize=(7.5, 3.7))
looks = (("0.8", "-", 8), ("0.25", ":", 2.5), ("0.25", "--", 1.5), (plots.ACCENT, "-", 2.5))
for (name, energy), (color, dashes, width) in zip(landscapes.items(), looks, strict=True):
    left.plot(x, energy, color=color, ls=dashes, lw=width, label=name)
    right.plot(x, boltzmann(energy), color=color, ls=dashes, lw=width)
for ax, floor in ((left, -2.7), (right, -0.12)):
    ax.plot([-1, 1], [floor, floor], "^", color=plots.REAL, ms=8, label="the data")
left.set(xlabel="x", ylabel="energy E(x)", title="Four landscapes")
right.set(xlabel="x", ylabel="density p(x)", title="(1) leaves the density as it was")
figure.legend(*left.get_legend_handles_labels(), loc="outside lower center", ncols=3)
plt.show()

# %% [markdown]
# Way (1) changes no density (its dotted line runs along the broad gray one): exp(−E) grows everywhere by the same factor,
# and so does Z. **Only differences of energy count.** Way (2) raises exp(−E) at x = 1 by the factor e² ≈ 7.4, but p(1)
# grows only 3.7 times, since Z doubles. In way (3) Z stays nearly the same, because the energy rises elsewhere, and
# p(1) gets the whole factor. (It even grows 7.6 times, since Z falls a little.)
#
# So to make the data likely it is not enough to lower its energy: the energy has to stay
# high, or be pushed up, at the other places. Every method of this lesson does both, and the methods differ above all in one question:
# *where* is the energy pushed up?
#
# ## A machine that is small enough to check everything
#
# A [restricted Boltzmann machine](glossary.md#restricted-boltzmann-machine) (RBM; Smolensky 1986) describes a picture of black and
# white pixels, $v_i = 0$ or 1. It also has **hidden units** $h_j$, 0 or 1, which are not part of the picture: each of
# them can learn to notice a pattern. Each pixel has a bias $a_i$, each hidden unit has a bias $b_j$, and each pair of
# a pixel and a hidden unit has a weight $W_{ij}$. The energy is
#
# $$E(v, h) = -\sum_i a_i v_i - \sum_j b_j h_j - \sum_{ij} v_i W_{ij} h_j$$
#
# A pixel and a hidden unit that are on together lower the energy by their weight (they raise it if the weight is
# negative). *Restricted* means that no weight connects two pixels, or two hidden units. This will save us much work.
#
# Our first machine has nine pixels and three hidden units, which makes 2⁹ · 2³ = 4,096 states. It is tiny on
# purpose: we can list all states, and check each formula against a plain sum. Its data is the 14 **bars and
# stripes**: all 3 × 3 pictures in which each row, or each column, has one color.

# %%
import itertools

from scipy.special import expit, logsumexp


def states(size):
    """All vectors of zeros and ones: (2 ** size, size)."""
    return np.array([*itertools.product([0.0, 1.0], repeat=size)])


def energies(v, h, weights, a, b):
    """v: (n, 9). h: (m, 3). Return E for each pair, (n, m)."""
    return -(v @ a)[:, None] - h @ b - v @ weights @ h.T


# %%
all_v, all_h = states(9), states(3)
rows, columns = np.repeat(all_h, 3, axis=1), np.tile(all_h, 3)
world = np.unique(np.concatenate([rows, columns]), axis=0)
plots.image_grid(1.6 * world.reshape(-1, 3, 3, 1) - 1, "The data: 14 pictures", columns=7)
plt.show()
rng = np.random.default_rng(0)
machine = rng.normal(0, 0.5, (9, 3)), rng.normal(0, 0.5, 9), rng.normal(0, 0.5, 3)  # W, a, b
print(f"{len(world)} pictures of {len(all_v)} possible ones")
print(f"{energies(all_v, all_h, *machine).size:,} states, each with its energy")


# %% [markdown]
# (Light pixels are on, black pixels are off.)
#
# We want p(v), whatever the hidden units do. To get it, we add up exp(−E(v, h)) over all h, and divide the sum by Z. The sum itself, before the division, is written
# exp(−F(v)), and F(v) is called the [free energy](glossary.md#free-energy) of the picture: F(v) = −log Σ_h exp(−E(v, h)). So
# p(v) = exp(−F(v)) / Z: F does for pictures what E does for states. For 3 hidden units the sum over h has
# 8 terms. For 64 it would have 2⁶⁴ terms. But no weight connects two hidden units.
# So this sum equals a product with one factor per unit, and the logarithm of the product is a short sum.
#
# ### Exercise 1: free energy
#
# Write F(v) without listing hidden states. `np.logaddexp(0, x)` is log(1 + eˣ) without overflow.


# %%
def free_energy(v, weights, a, b):
    """v: one picture, (n,). weights: (n, m). a: (n,). b: (m,). Return F(v), a number."""
    return ...


check.free_energy(free_energy)
# check.free_energy.hint()
# check.free_energy.solution()

# %% [markdown]
# The formula is
#
# $$F(v) = -\sum_i a_i v_i - \sum_j \log\left(1 + e^{x_j}\right), \qquad x_j = b_j + \sum_i v_i W_{ij}$$
#
# <details><summary>The derivation</summary>
#
# Collect the terms of the energy that contain $h_j$: −E(v, h) = Σ_i a_i v_i + Σ_j h_j x_j. So exp(−E(v, h)) is
# exp(Σ_i a_i v_i) times one factor exp(h_j x_j) per hidden unit. In the sum over all h each $h_j$ is 0 or 1,
# whatever the others are. So the sum of the products is the product of the sums 1 + exp(x_j). F(v) is minus its
# logarithm.
#
# </details>
#
# Here is the lesson's version, for many pictures at once. We test it against the sum over all hidden states, for each
# of the 512 pictures.


# %%
def free_energies(v, weights, a, b):
    return -v @ a - np.logaddexp(0, b + v @ weights).sum(axis=1)


brute_force = -logsumexp(-energies(all_v, all_h, *machine), axis=1)
formula = free_energies(all_v, *machine)
claim("largest difference from the sum", np.abs(formula - brute_force).max(), near=0, within=1e-9)
log_z = logsumexp(-formula)
claim("sum of the probabilities of all pictures", np.exp(-formula - log_z).sum(), near=1, within=1e-9)


# %% [markdown]
# ### Exercise 2: Z, from the smaller layer (20 minutes)
#
# The last cell computed log Z as a sum over all 512 pictures. The energy treats both layers alike: exchange v and h, a
# and b, and transpose W. So the same trick gives the sum over all *pictures* for one hidden state h, and Z needs only
# as many terms as the **smaller** layer has states, here 2³ = 8.
#
# Write log Z so that it always sums over the smaller layer. One of the tests has 30 pixels and 4 hidden units: 16
# terms over one layer, or a billion over the other. Another one has weights so large that exp overflows. `states` and
# `logsumexp` are at hand.


# %%
def log_partition(weights, a, b, states):
    """weights: (n, m). a: (n,). b: (m,). states(size): as above. Return log Z, a number."""
    return ...


check.log_partition(log_partition)
# check.log_partition.hint()
# check.log_partition.solution()

# %%
print(f"log Z from 512 pictures: {log_z:.6f}")
claim("log Z from 4096 states", logsumexp(-energies(all_v, all_h, *machine)), near=log_z, within=1e-6)
claim(
    "log Z from    8 hidden states",
    check.log_partition.answer(*machine, states),
    near=log_z,
    within=1e-6,
)


# %% [markdown]
# The trick has a limit. A machine for pictures of 28 × 28 pixels with 100 hidden units has 2¹⁰⁰ states in its smaller
# layer, about 10³⁰. So F(v) is still easy to compute for any picture, but Z is out of reach.
#
# ## Learning: down at the data, up at the model
#
# [Maximum likelihood](glossary.md#maximum-likelihood) says: raise the mean of log p(v) = −F(v) − log Z over the data.
# Its derivative with respect to a weight is
#
# $$\frac{\partial\, \langle\log p\rangle_\text{data}}{\partial W_{ij}} = \langle v_i h_j\rangle_\text{data} - \langle v_i h_j\rangle_\text{model}$$
#
# The brackets ⟨ ⟩ are means. ⟨v h⟩ says how often a pixel and a hidden unit are on together. In the first term the pictures are those of the data, in the
# second term they are those that *the machine itself* would draw. (This rule is due to Ackley, Hinton and Sejnowski 1985.) The first term comes from F. It lowers the energy at
# the data. The second term comes from Z. It raises the energy of the pictures that the machine draws often. If both are
# equal, nothing moves any more. The biases have the same rule, with ⟨v⟩ and ⟨h⟩.
#
# <details><summary>The derivation</summary>
#
# −F(v) = log Σ_h exp(−E(v, h)). Its derivative with respect to $W_{ij}$ is a weighted mean of −∂E/∂W_ij = v_i h_j.
# The weights are exp(−E(v, h)) / Σ_h′ exp(−E(v, h′)) = p(h | v). So the first term is v_i · p(h_j = 1 | v), averaged
# over the data. log Z = log Σ_v,h exp(−E(v, h)) has the same derivative with the weights exp(−E(v, h)) / Z = p(v, h):
# it is the mean of v_i h_j over what the machine draws. And p(h_j = 1 | v) = σ(b_j + Σ_i v_i W_ij), since h_j = 1
# lowers the energy by exactly this sum, whatever the other hidden units do.
#
# </details>
#
# In our machine both terms can be computed exactly. `pair_means` computes the three means ⟨v h⟩, ⟨v⟩ and ⟨h⟩ over
# pictures with given probabilities. To save time, the model's term sums over the 8 hidden states, as in exercise 2.


# %%
def pair_means(v, p, weights, a, b):
    """Means of v h, v and h over pictures v, (n, 9), with probabilities p, (n,)."""
    on = expit(b + v @ weights)  # expit is the sigmoid
    return (v.T * p) @ on, p @ v, p @ on


def model_means(weights, a, b):
    """The same means over what the machine draws, from the 8 hidden states."""
    pixel_inputs = a + all_h @ weights.T
    log_weights = all_h @ b + np.logaddexp(0, pixel_inputs).sum(axis=1)
    p, v = np.exp(log_weights - logsumexp(log_weights)), expit(pixel_inputs)
    return (v.T * p) @ all_h, p @ v, p @ all_h


# %%
equal = np.full(14, 1 / 14)  # each picture of the data is as likely as the others


def exact_gradient(machine):
    pairs = zip(pair_means(world, equal, *machine), model_means(*machine), strict=True)
    return [down - up for down, up in pairs]


def log_likelihood(machine):
    """Mean of log p over the data, in nats per picture."""
    return -free_energies(world, *machine).mean() - logsumexp(-free_energies(all_v, *machine))


# %% [markdown]
# We test `exact_gradient` against finite differences: move one weight a little, and see how much the log-likelihood
# changes. Log-likelihoods are printed in [nats](glossary.md#nat), the unit of the natural logarithm.

# %%
gaps = []
for i, j in itertools.product(range(9), range(3)):
    bump = 1e-4 * np.outer(np.eye(9)[i], np.eye(3)[j])
    higher, lower = (log_likelihood((machine[0] + step, *machine[1:])) for step in (bump, -bump))
    gaps.append((higher - lower) / 2e-4 - exact_gradient(machine)[0][i, j])
claim("largest difference, of 27 weights", np.abs(gaps).max(), near=0, within=1e-6)


# %% [markdown]
# ## Contrastive divergence
#
# Nobody can list the states of a larger machine, so its model term has to be estimated from *samples*. There is a way
# to draw them without Z. Given the picture, the hidden units are independent of each other, since no weight connects two of them. Each is on with
# probability σ(b_j + Σ_i v_i W_ij), where σ is the [sigmoid](glossary.md#sigmoid). In the same way, given the
# hidden units, the pixels are independent, and each is on with probability σ(a_i + Σ_j W_ij h_j). Draw the hidden units, then the
# pixels: this is one step of [Gibbs sampling](glossary.md#gibbs-sampling). Many steps one after the other make a
# [Markov chain](glossary.md#markov-chain), a sequence in which each picture depends on the one before it only. After
# many steps the chain visits each picture as often as p says.
#
# How many steps does this need? Often too many to wait for at each change of the weights. Hinton (2002) proposed not to
# wait: start the chain *at the data*, and take one step. Then lower the energy of the picture where the chain began, and raise the energy of the picture where it ended.
# For a perfect machine one step does not change the distribution of the data, so there would be nothing left to learn.
# This is [contrastive divergence](glossary.md#contrastive-divergence), CD-1; with k steps it is CD-k. It is not the
# gradient of the likelihood, since one step does not lead to what the machine draws. Does its direction at least agree with that of the gradient?
#
# Usually CD draws random numbers. In our machine we can compute its mean exactly, by following all pictures and all
# hidden states at once with their probabilities. So no noise blurs the comparison. The first function below turns the
# inputs of a layer into the probabilities of all its states. `cd_gradient` starts with equal probabilities for the
# pictures of the data. It multiplies them by the table of p(h | v), which leads to the hidden states, and then by the table of p(v | h),
# which leads back to pictures. For CD-k it goes there and back k times.


# %%
def chances(inputs, all_states):
    """inputs: (n, units), before the sigmoid. Return the probability of each state, (n, number of states)."""
    return np.exp(inputs @ all_states.T - np.logaddexp(0, inputs).sum(axis=1, keepdims=True))


# %%
def cd_gradient(machine, steps=1):
    """The mean of CD-k over all random numbers."""
    weights, a, b = machine
    v_given_h = chances(a + all_h @ weights.T, all_v)  # (8, 512)
    p_h = equal @ chances(b + world @ weights, all_h)
    if steps > 1:
        h_to_h = v_given_h @ chances(b + all_v @ weights, all_h)  # (8, 8): to pictures and back
        p_h = p_h @ np.linalg.matrix_power(h_to_h, steps - 1)
    up = pair_means(all_v, p_h @ v_given_h, *machine)
    return [d - u for d, u in zip(pair_means(world, equal, *machine), up, strict=True)]


# %%
def length(gradient):
    return np.sqrt(sum(np.sum(part**2) for part in gradient))


def cosine(one, other):
    return sum(np.sum(a * b) for a, b in zip(one, other, strict=True)) / length(one) / length(other)


# %%
def train(gradient, seed, steps=5_000, rate=0.2):
    """Follow a gradient from a small random machine. Return log-likelihoods every 50 steps, and machines."""
    rng = np.random.default_rng(seed)
    machine = [rng.normal(0, 0.3, (9, 3)), np.zeros(9), np.zeros(3)]
    curve, machines = [], {}
    for step in range(steps + 1):
        if step % 50 == 0:
            curve.append(log_likelihood(machine))
            machines[step] = machine
        machine = [part + rate * up for part, up in zip(machine, gradient(machine), strict=True)]
    return np.array(curve), machines


# %% [markdown]
# From each of three random starts we train one machine by the exact gradient and one by CD-1, for 5,000 steps. From the
# first start we also train one by CD-10.
#
# **Predict before you run:** what is the cosine of the angle between CD-1 and the exact gradient (1 is the same
# direction, 0 a right angle)? At the start of the training, and at its end?

# %%
# Your prediction, (at the start, at the end):
prediction = None

# %%
SEEDS = (0, 1, 2)
exact = [train(exact_gradient, seed) for seed in SEEDS]
cd_1 = [train(cd_gradient, seed) for seed in SEEDS]
cd_10 = train(lambda machine: cd_gradient(machine, steps=10), SEEDS[0])

with answer(prediction):
    for step, bound in ((0, {"above": 0.95}), (100, {"above": 0.9}), (5_000, {"below": 0.3})):
        found = [machines[step] for _, machines in cd_1]
        cosines = [cosine(cd_gradient(one), exact_gradient(one)) for one in found]
        worst = max(cosines) if "below" in bound else min(cosines)
        claim(f"cosine after {step:5,} steps of CD-1, three machines: worst case", worst, **bound)

# %%
figure, axes = plt.subplots(1, 3, figsize=(8.5, 3.6), sharey=True)
steps = 50 * np.arange(len(exact[0][0]))
for ax, true, short, start in zip(axes, exact, cd_1, "ABC", strict=True):
    ax.plot(steps, true[0], color=plots.MUTED, label="exact gradient")
    ax.plot(steps, short[0], "--", color=plots.ACCENT, label="CD-1")
    ax.set(xlabel="step", title=f"start {start}", xticks=(0, 2500, 5000), ylim=(-6.4, -4.2))
axes[0].plot(steps, cd_10[0], ":", color="0.25", lw=3, label="CD-10")
axes[0].set_ylabel("log p of the data, nats")
axes[0].legend(loc="lower right")
figure.suptitle("From each start, CD-1 ends below the exact gradient")
plt.show()

# %%
claim("all 512 pictures equally likely, −log 512", -np.log(512), near=-6.238, within=1e-3, unit="nats")
claim("a perfect machine, −log 14", -np.log(14), near=-2.639, within=1e-3, unit="nats")
claim("exact gradient, worst of three", min(curve[-1] for curve, _ in exact), above=-4.5, unit="nats")
claim("CD-1, best of three", max(curve[-1] for curve, _ in cd_1), below=-4.55, unit="nats")
gaps = [true[-1] - short[-1] for (true, _), (short, _) in zip(exact, cd_1, strict=True)]
claim("smallest gap between the two, of three starts", min(gaps), above=0.08, unit="nats")
claim("CD-10, distance from the exact one", abs(cd_10[0][-1] - exact[0][0][-1]), below=0.02)
claim("CD-1, gained in its last 1,000 steps", max(c[-1] - c[-21] for c, _ in cd_1), below=0.04)
shortest = min(length(exact_gradient(machines[5_000])) for _, machines in cd_1)
claim("length of the exact gradient where CD-1 ends", shortest, above=0.1)
longest = max(length(cd_gradient(machines[5_000])) for _, machines in cd_1)
claim("length of CD-1's own direction there", longest, below=0.03)

# %% [markdown]
# In the first 400 steps or so the curves nearly lie on each other, and at step 100 CD-1 still points almost the same way as the exact gradient. Later the dashed
# lines flatten out, and all three end below the gray lines. (CD-1 is not behind at every step: in panel A the gray line lies below the
# dashed one from about step 1,200 to 2,000. The exact gradient, too, can pass through a slow stretch.)
#
# Why does CD-1 end below? The main reason is not a lack of steps. In its last 1,000 steps CD-1 gains at most 0.03 nats in our run, and the smallest gap is
# several times as large. Where CD-1 ends, its own direction has nearly vanished, while the exact gradient is more than
# ten times as long. CD-1 does not follow it: in our run even the largest of the three cosines is only 0.04. So in none of the three machines does
# the direction of CD-1 still lead uphill by more than a little. The reason is not noise either, since we computed the mean. CD-1 is *biased*: even its mean over all random numbers points in another direction than the gradient. (Carreira-Perpiñán and Hinton 2005 study this bias on small machines.
# They find that it is usually small, and propose to use CD first and slower, more exact learning at the end.) A chain of one step sees only the neighborhood of the data. It does not see valleys
# farther away, nor how probability is shared between distant valleys. Ten steps see farther: the dotted line covers the
# gray one to the end, through its slow stretch, too.
#
# After 5,000 steps the gray lines still rise a little, but no training can bring this machine up to the −2.64 of a
# perfect one: three hidden units are too few. Given one of the 8 hidden states, the pixels are independent. So a hidden
# state that draws two pictures also draws every picture that takes some pixels from one and the rest from the other.
# Any two of our 14 pictures differ in at least three pixels, so a combination that differs from one of them in a single
# pixel is no data. A perfect machine would need a hidden state for each of the 14 pictures, and this one has only 8. (Strictly, with finite
# weights a hidden state draws every picture now and then. Read "draws" as "draws with more than a tiny probability".)
#
# ### The package's machine
#
# The package's `RBM` has the same formulas, and it draws random numbers. Does its CD-1 agree with our exact mean? We
# let it draw 70,000 chains. The noise of such a mean is about 0.01, and we allow up to three times as much.

# %%
from gan_course.family.boltzmann import RBM

twin = RBM(pixels=9, hidden=3)
for name, ours in {"random": machine, "trained by CD-1": cd_1[0][1][5_000]}.items():
    twin.set_parameters(*ours)
    off = np.abs(twin.free_energy(all_v) - free_energies(all_v, *ours)).max()
    claim(f"{name}: largest difference of free energies", off, near=0, within=1e-9)
    off = twin.log_likelihood(world).mean() - log_likelihood(ours)
    claim(f"{name}: difference of log-likelihoods", off, near=0, within=1e-9)
    drawn = twin.contrastive_divergence(np.repeat(world, 5000, axis=0))
    off = length([one - other for one, other in zip(drawn, cd_gradient(ours), strict=True)])
    claim(f"{name}: distance of the drawn CD-1 from its mean", off, below=0.03)

# %% [markdown]
# Why did we compare by a distance, and not by a cosine? Because at the end of the training CD-1's direction is so short that the noise of its estimate is no longer small beside it. Two estimates can then point in clearly different directions, although both are right.
#
# ## Digits
#
# Now pictures of 28 × 28 pixels, black or white: the digits of `mnist_5k`, where every pixel lighter than the middle
# gray becomes white, and every other one black. Two machines with 784 pixels and 100 hidden units learn 3,000 of them,
# one by CD-1 and one by CD-5. Nobody can list their states, and contrastive divergence does not need to. The next three figures show the machine trained by CD-5.

# %%
everything, labels = data.load("mnist_5k")
images, unseen = everything[:3000], everything[3000:]
learned, held_out = ((part.reshape(-1, 784) > 0).astype(int) for part in (images, unseen))
machines = {steps: RBM(pixels=784, hidden=100, seed=0) for steps in (1, 5)}
for steps, rbm in machines.items():
    rbm.fit(learned, epochs=15, learning_rate=0.02, steps=steps)


def as_images(v):
    return 2.0 * np.reshape(v, (-1, 28, 28, 1)) - 1


# %%
rbm = machines[5]
redrawn = rbm.visible_probabilities(rbm.hidden_probabilities(held_out))
figure, axes = plt.subplots(2, 1, figsize=(8, 2.5))
plots.image_grid(as_images(held_out[:10]), "Unseen digits …", columns=10, ax=axes[0])
title = "… and redrawn from the chances of their hidden units"
plots.image_grid(as_images(redrawn[:10]), title, columns=10, generated=True, ax=axes[1])
plt.show()
wrong = 100 * np.mean((redrawn > 0.5) != held_out)
claim("pixels that come back wrong", wrong, below=7, unit="%")
black = 100 * np.mean(held_out)
claim("the same for an all-black answer", black, above=8, below=20, unit="%")

# %% [markdown]
# The upper row shows ten unseen digits. The lower row shows what the machine redraws: from each picture it computes the chances of
# the 100 hidden units, and from these the chances of the pixels. Most digits come back, a little blurred; the thick 1 at the left comes back worst. (An all-black answer would be wrong
# in as many pixels as are white, which is no large number either.)
#
# What does a hidden unit notice? Each has 784 weights, one per pixel, so we can draw them as a picture: white where a
# white pixel switches the unit on, black where it switches the unit off, gray where it does not matter. (In each picture the strongest 1.5 % of the weights are drawn as plain white or black. Otherwise one extreme weight would make all others look gray.)

# %%
filters = rbm.weights.T.reshape(-1, 28, 28, 1)[:16]
filters = filters / np.quantile(np.abs(filters), 0.985, axis=(1, 2, 3), keepdims=True)
figure, ax = plt.subplots(figsize=(8, 2.5))
plots.image_grid(filters, "What 16 of the 100 hidden units notice", columns=8, ax=ax)
for spine in ax.spines.values():
    spine.set_color(plots.MUTED)  # neither data nor samples
plt.show()

# %% [markdown]
# Many units look for a piece of a stroke: a white line with a dark one beside it. A few have one dark spot instead:
# white pixels there switch them off.
#
# ### Where is the energy low?
#
# Here is a first test of the idea that the energy is low where the data is. We compare digits that the machine has not learned with the same digits after
# their pixels were shuffled, each picture in its own order: as many white pixels, at other places.
#
# **Predict before you run:** in what percentage of the 1,000 pairs does the digit have the lower free energy?

# %%
# Your prediction, in percent:
prediction = None

# %%
shuffled = np.random.default_rng(0).permuted(held_out, axis=1)
low, high = rbm.free_energy(held_out), rbm.free_energy(shuffled)
empty = rbm.free_energy(np.zeros((1, 784), int))[0]
with answer(prediction):
    claim("pairs in which the digit is lower", 100 * np.mean(low < high), above=99.5, unit="%")
    claim("mean difference", high.mean() - low.mean(), above=300, unit="nats")
    known = rbm.free_energy(learned).mean()
    claim("mean of unseen minus mean of learned digits", low.mean() - known, below=25, unit="nats")
    claim(
        "the empty picture minus the mean of unseen digits", empty - low.mean(), below=40, unit="nats"
    )

# %%
figure, ax = plt.subplots(figsize=(7, 3.2))
bins = np.linspace(min(low.min(), empty), high.max(), 60)
ax.hist(low, bins, color=plots.REAL, label="unseen digits")
ax.hist(high, bins, color=plots.MUTED, hatch="//", label="the same, pixels shuffled")
ax.axvline(empty, color=plots.ACCENT, ls="--", label="the empty picture")
ax.set(xlabel="free energy, nats", ylabel="pictures")
ax.set_title("Digits are in the valley, shuffled digits far above")
ax.legend(loc="upper right")
plt.show()

# %% [markdown]
# The digits are lower in practically every pair, by hundreds of nats on average. (A difference of
# 300 nats says that the machine holds the digit to be e³⁰⁰, about 10¹³⁰, times as probable as its shuffled copy.) Unseen digits lie only a little
# higher than learned ones, so the valley is not a list of training pictures. But look at the dashed line: the empty
# picture lies in the middle of the digits. It is no digit, but it agrees with the digits in most pixels, above all in the black ones around the rim. So a low energy does not prove that a picture is a digit. The test was an easy one, too: shuffling puts
# white pixels on the rim, where digits have none, and the biases of the pixels alone can notice that. Do the hidden
# units help? To answer this, one has to compare the probabilities that two models give to digits, and so one needs Z. [Lesson 11](11_models_with_a_likelihood.ipynb) estimates it by [annealed importance sampling](glossary.md#annealed-importance-sampling), for a similar machine on smaller digits with gray levels. There the hidden units help much: the same kind of model without them makes unseen digits far less probable. (For gray levels that model is a very poor one, as lesson 11 explains. So this does not tell how much the hidden units help with our black and white digits.)
#
# ### What do they dream of?
#
# Now we let both machines *dream*: their chains run for 1,000 Gibbs steps. For each machine 50 chains begin at the first 50 unseen
# digits, among which there happens to be no zero, and 50 at noise. Then a judge names the digit that it sees. The judge is a classifier
# that has learned from 1,000 other digits. It is wrong about one digit in eight (lesson 05), and probably more often
# about ragged pictures, which are what it gets here.
#
# **Predict before you run:** in what percentage of the chains from digits does the judge see a zero at the end, for
# CD-1? And does the machine of CD-5 draw all ten digits equally often?

# %%
# Your prediction, (percent, "yes" or "no"):
prediction = None

# %%
judge = metrics.feature_classifier(*data.load("mnist_5k", split="test"))
starts = {"noise": np.random.default_rng(1).integers(0, 2, (50, 784)), "digits": held_out[:50]}
ends, counts = {}, {}
for steps, name in itertools.product(machines, starts):
    ends[steps, name] = machines[steps].gibbs(starts[name], 1000, seed=2)
    counts[steps, name] = np.bincount(judge.classes(as_images(ends[steps, name])), minlength=10)
together = counts[5, "noise"] + counts[5, "digits"]  # 100 chains
with answer(prediction):
    claim("zeros among the 50 digits where chains begin", np.sum(labels[3000:3050] == 0))
    claim("CD-1, from digits: zeros after 1,000 steps", 2 * counts[1, "digits"][0], above=20, unit="%")
    claim("CD-1, from noise: zeros after 1,000 steps", 2 * counts[1, "noise"][0], above=50, unit="%")
    most = np.sort(together)[-3:].sum()
    claim("CD-5, all chains: three digits have together", most, above=50, unit="%")
    print("    these three ≈", ",".join(str(digit) for digit in sorted(np.argsort(together)[-3:])))
    three = 100 * np.sort(np.bincount(labels[3000:]))[-3:].sum() / 1000
    claim("the three most frequent of 1,000 unseen digits", three, near=32, within=1, unit="%")

# %% [markdown]
# A chain holds black and white pixels, which were drawn at random, so its pictures look ragged. As in the figure of the
# redrawn digits we show the chances of the pixels instead, given the chances of the hidden units.

# %%
figure, axes = plt.subplots(3, 1, figsize=(8, 3.9))
plots.image_grid(as_images(held_out[:10]), "Ten unseen digits …", columns=10, ax=axes[0])
for ax, steps in zip(axes[1:], (1, 5), strict=True):
    title = f"… and where their chains are 1,000 steps later, CD-{steps}"
    hidden = machines[steps].hidden_probabilities(ends[steps, "digits"][:10])
    pictures = as_images(machines[steps].visible_probabilities(hidden))
    plots.image_grid(pictures, title, columns=10, generated=True, ax=ax)
plt.show()


# %% [markdown]
# Look at the middle row, CD-1. Four of these ten chains have become zeros, one draws a 6, two draw something like a 7, and three draw no digit. The counts say the
# same: most chains from noise end as zeros, and so do more than a third of those from digits. Chains of both kinds drift
# towards zeros, although only about one digit in ten is a zero. So this machine very probably makes
# zeros far too probable. (It is no proof: as we see below, 1,000 steps are too few for the chains to forget their beginning.)
# CD-1 cannot notice it. Its chains begin at the data and end one step later. A chain that begins at
# a 3 does not come to a 0 in one step, so nothing compares the valley of the zeros with that of the threes. The bias of CD-1 on the small machine probably has the same
# cause: there a longer chain, CD-10, came up to the exact gradient.
#
# The machine of CD-5 (bottom row) does not have this favorite, but **it has favorites of its own**: in our run the judge sees one of three
# digits, 2, 3 or 7, in nearly nine of ten chains. (Another machine that we trained by CD-1 favored the zero, too. Another one by CD-5 had other favorites.) Chains
# of five steps see farther than chains of one step, but not what lies beyond five steps. (A known remedy is to let the
# chains of the training go on: each update of the weights continues the chains of the one before. This is *persistent*
# contrastive divergence, Tieleman 2008.)
#
# And samples are slow. Even after 1,000 steps, one after the other, the chains have not forgotten where they began: for the machine of CD-1, the share of zeros is still about twice as large in chains from noise as in chains from digits. The sharper the valleys, the more steps
# it takes to get from one valley to the next.
#
# ## A generator in place of the chain
#
# So the Boltzmann machine has two troubles: its Z cannot be computed once both layers are large, and its chain is slow, often too slow to wait for.
# Zhao, Mathieu and LeCun (2017) keep the landscape and drop both Z and the chain. **If we do not ask for probabilities, we need no Z.** (The price: an EBGAN cannot say how probable a picture is. One can also keep the chain and replace the Boltzmann
# machine by a deep network: Du and Mordatch 2019 train such energies on color photographs, with chains that follow the slope of the energy, plus noise.) Let
# the discriminator D be any network that gives each picture an energy, D(x) ≥ 0. And let the pictures whose energy is pushed up come
# from a second network, which looks for places where the energy is too low: a generator G. This is the [energy-based
# GAN](glossary.md#energy-based-gan), EBGAN.
#
# | | Boltzmann machine | energy-based GAN |
# |---|---|---|
# | energy | E(v, h), as above | any network D(x) ≥ 0 |
# | pushed down | at the data | at the data |
# | pushed up | where the machine's chain goes | where G goes |
# | what stops the push | a raised picture is drawn less often | the margin m |
# | who finds what is too low | a Markov chain, step by step | G, which is trained to find it, and draws in one pass |
#
# In the Boltzmann machine the upward push stops by itself: a picture whose energy was raised is drawn less often. In the
# EBGAN a change of D does not change at once what G draws; G has to learn first. So something else must keep D from raising
# energies forever. This is the [margin](glossary.md#margin) m: D gains nothing by raising the energy of a generated
# picture beyond m.
#
# $$\mathcal L_D = \mathbb E\, D(x) + \mathbb E \max(0,\; m - D(G(z))), \qquad \mathcal L_G = \mathbb E\, D(G(z))$$
#
# Here $\mathbb E$ is the mean, over real pictures x in the first term of D's loss, and over noise z in the others. Each player lowers its own loss.
#
# ### Exercise 3: both losses
#
# Return both losses as numbers. The two arrays may have different lengths, and some energies may be above the margin.


# %%
def margin_losses(real, fake, margin):
    """real, fake: energies, one per picture, in two arrays. Return D's loss and G's loss."""
    return ...


check.margin_losses(margin_losses)
# check.margin_losses.hint()
# check.margin_losses.solution()

# %% [markdown]
# ## What the theorems promise
#
# Theorems 1 and 2 of Zhao et al. are about players that can be *any* function. A [Nash
# equilibrium](glossary.md#nash-equilibrium) is a pair (G\*, D\*) from which neither player gains by changing alone.
# Then:
#
# * **Theorem 1.** If (G\*, D\*) is a Nash equilibrium, then G\* makes exactly the distribution of the data, and D's loss is exactly the margin m.
# * **Theorem 2.** Such an equilibrium exists. In each of them D\*(x) is the same number γ (gamma) at every picture that the data contains, and γ may be any number
# from 0 to m. (The paper writes "almost everywhere". We say it only of places where data is; the next paragraph says what holds elsewhere.)
#
# They do *not* promise three things. They do not say that a training arrives there. They do not say that the energy is high for pictures that neither the data nor G contains. The energy of such a picture must be at least γ, since otherwise G would move to this picture. Nothing more is required. And a loss of m is no proof of
# success: a D that gives every picture the same energy γ ≤ m has the loss γ + (m − γ) = m, whatever G makes.
#
# But a loss *below* m says something. For any D whose energies are at least 0, good or bad,
#
# $$\mathcal L_D \;\ge\; m\,(1 - \mathrm{TV}), \qquad \mathrm{TV} = \tfrac12 \sum_x |p_\text{data}(x) - p_\text{model}(x)|,$$
#
# and the best D reaches this number. TV is the [total variation distance](glossary.md#total-variation): 0
# for equal distributions, 1 for two that have no picture in common. So a D whose loss is below m proves that
# TV is at least 1 − loss / m. (Arjovsky et al. 2017 show in appendix D of the preprint that an EBGAN whose D is always the best one
# minimizes the total variation distance.)
#
# <details><summary>The proof</summary>
#
# Take one picture x, with p = p_data(x) and q = p_model(x), and let d ≥ 0 be its energy. (For densities, read
# integrals in place of the sums.) It adds p·d + q·max(0, m − d) to
# D's loss. For d ≥ m this is p·d, which does not fall as d grows. Between 0 and m it is q·m + (p − q)·d, a straight
# line. So it is smallest at
# d = 0 if p > q, with the value q·m, and at d = m if p < q, with the value p·m; if p = q, every d from 0 to m is
# equally good. In each case the smallest value is m·min(p, q). The sum over x is m·Σ min(p, q) = m·(1 − TV), since
# min(p, q) = (p + q − |p − q|)/2 and p and q each sum to 1.
#
# Theorem 1: at an equilibrium D\* is a best D, and G cannot lower its mean energy. If p and q were different, D\*
# would be 0 where p > q, and at least m where p < q. G draws some of its pictures there. It would gain by drawing
# them where D\* is 0. So p = q, and the smallest loss of D is m·(1 − 0) = m.
#
# Theorem 2: let p = q, and let D\* be the same γ everywhere. G gains nothing by a change, since all places have the
# same energy. D gains nothing either, since for p = q every energy from 0 to m is equally good. So this is an
# equilibrium. In the other direction, γ cannot be larger than m: where data is, p = q > 0, and an energy above m costs
# D more than m does. And if D\* had two values where data is, G would gain by moving to the lower one, and
# it would also gain by moving to a place without data if the energy were below γ there.
#
# </details>
#
# We test the inequality by brute force, in a world of five pictures. For each picture we try 401 energies.

# %%
p, q = np.array([0.4, 0.3, 0.2, 0.1, 0.0]), np.array([0.1, 0.3, 0.1, 0.2, 0.3])
m, tried = 0.1, np.linspace(0, 0.2, 401)
cost = p[:, None] * tried + q[:, None] * np.maximum(0, m - tried)
total_variation = np.abs(p - q).sum() / 2
best = cost.min(axis=1).sum()
claim("smallest loss of D", best, near=m * (1 - total_variation), within=1e-9)
claim("total variation distance", total_variation, near=1 - best / m, within=1e-9)

# %% [markdown]
# ## An autoencoder as the energy
#
# Which network is D? The paper takes an [autoencoder](glossary.md#autoencoder): it squeezes the picture into a short
# code, draws it again from the code, and calls the error the energy. (The paper writes the norm of the difference. We
# take the mean of its squares.) What the autoencoder can redraw has a low energy. Why is D not an ordinary network
# with one output? The paper argues: such a D has only two targets, real and fake. So different pictures of a batch push its weights in
# similar directions. A D that redraws the picture has a target for every pixel, so different pictures push in different
# directions, and D learns more from each batch. An autoencoder that is trained alone has a danger: it may learn to copy *everything*,
# and then the landscape would be flat and low. Two things prevent this here: the short code, through which not every picture
# fits, and G's pictures, which teach D what not to copy.
#
# Ours is convolutional: the encoder of a small DCGAN discriminator, and its mirror image. Both halves have [batch
# normalization](glossary.md#batch-normalization), as in the paper. (Lesson 05 explains what this means in a D: while
# it trains, the energy of a picture also depends on the other pictures of its batch. In all measurements below D uses
# its stored means instead, so the energy of a picture depends on this picture only.)

# %%
import keras
from keras import layers

from gan_course.layers import ReconstructionError


def normalized(layer):
    return [layer, layers.BatchNormalization(momentum=0.9), layers.LeakyReLU(0.2)]


# %%
def new_discriminator(code=32):
    by_two = {"strides": 2, "padding": "same"}
    encoder = [keras.Input((28, 28, 1)), layers.Conv2D(8, 4, **by_two), layers.LeakyReLU(0.2)]
    encoder += [*normalized(layers.Conv2D(16, 4, **by_two)), layers.Flatten(), layers.Dense(code)]
    decoder = [keras.Input((code,)), layers.Dense(7 * 7 * 16), *normalized(layers.Reshape((7, 7, 16)))]
    decoder += normalized(layers.Conv2DTranspose(8, 4, **by_two))
    decoder += [layers.Conv2DTranspose(1, 4, activation="tanh", **by_two)]
    encoder = keras.Sequential(encoder, name="encoder")
    decoder = keras.Sequential(decoder, name="decoder")
    x = keras.Input((28, 28, 1))
    energy = ReconstructionError(name="energy")([x, decoder(encoder(x))])
    return keras.Model(x, energy, name="discriminator")


# %%
discriminator = new_discriminator()
encoder, decoder = (discriminator.get_layer(name) for name in ("encoder", "decoder"))
drawn = keras.ops.convert_to_numpy(decoder(encoder(unseen[:100])))
by_hand = ((unseen[:100] - drawn) ** 2).mean(axis=(1, 2, 3))
by_network = keras.ops.convert_to_numpy(discriminator(unseen[:100]))[:, 0]
print(encoder.input_shape[1:], "becomes a code of", encoder.output_shape[1], "numbers")
claim("largest difference", np.abs(by_hand - by_network).max(), near=0, within=1e-4)

# %% [markdown]
# The package has both losses as `objectives.energy_based(margin)`. They agree with exercise 3:

# %%
from gan_course.objectives import energy_based, pulling_away

real_energy, fake_energy = np.array([[0.125], [0.75]]), np.array([[0.25], [1.5], [0.5]])
d_loss, g_loss = check.margin_losses.answer(real_energy, fake_energy, 1.0)
package = energy_based(margin=1.0)
claim("D's loss", float(package.d_loss(real_energy, fake_energy)), near=d_loss, within=1e-6)
claim("G's loss", float(package.g_loss(fake_energy)), near=g_loss, within=1e-6)


# %% [markdown]
# ## The pulling-away term
#
# G's loss looks at one picture at a time. So G may put all its pictures into the one place that is lowest now: [mode
# collapse](glossary.md#mode-collapse). The paper's remedy is the [pulling-away term](glossary.md#pulling-away-term).
# It looks at the *codes* that D's encoder makes of a batch of generated pictures, and asks that they are as nearly as possible at right angles to each other:
#
# $$f_{PT} = \frac{1}{N(N-1)} \sum_i \sum_{j \ne i} \left(\frac{s_i^\top s_j}{\|s_i\|\,\|s_j\|}\right)^2$$
#
# for the N codes $s_i$ of generated pictures. This is the mean squared cosine over all pairs. As in the paper, 0.1 times this
# number is added to G's loss. Only G learns from the term: its gradient passes through D's encoder, but D's weights do
# not move for it.
#
# ### Exercise 4: pull them apart
#
# Return one number. The length of a code must not matter, and the pairs of a code with itself do not count.


# %%
def pull_apart(codes):
    """codes: (N, features). Return the mean squared cosine over pairs of different codes."""
    return ...


check.pull_apart(pull_apart)
# check.pull_apart.hint()
# check.pull_apart.solution()

# %% [markdown]
# By hand, on three codes in the plane: along the x-axis, along the diagonal, along the y-axis. The three pairs have
# the cosines 1/√2, 0 and 1/√2. Squared they are ½, 0 and ½, so the mean is ⅓. How long the codes are does not matter.
# For comparison: the term is 1 if all codes point in the same direction (or in opposite ones), and on average 1/d for random directions in d dimensions. The codes of
# our D have 32 numbers, and 1/32 ≈ 0.03.

# %%
batch = np.array([[2.0, 0.0], [3.0, 3.0], [0.0, 0.5]])
claim("the package's term", float(pulling_away(batch)), near=1 / 3, within=1e-5)
claim("the check's term", check.pull_apart.answer(batch), near=1 / 3, within=1e-5)

# %% [markdown]
# ## Training an EBGAN
#
# Now the training step. `GAN`, the class of the earlier lessons, has a method for what is added to G's loss,
# `generator_penalty`. There it returns 0. An EBGAN adds 0.1 times the pulling-away term of the codes of the batch, and
# this is the only change. The losses of exercise 3 come from `compile(objective=energy_based(margin))`. The package's
# `EnergyGAN` does the same. With equal weights and equal noise, G has the same loss in both:

# %%
from gan_course.gan import GAN
from gan_course.variants.energy import EnergyGAN


class OurEnergyGAN(GAN):
    def generator_penalty(self, real, fake, noise, labels=None, training=True):
        codes = self.discriminator.get_layer("encoder")(fake, training=training)
        return 0.1 * pulling_away(codes)


players, g_losses = (networks.dcgan_generator((28, 28, 1), filters=(32, 16)), discriminator), []
for kind in (OurEnergyGAN, EnergyGAN):
    twin = kind(*players, seed=0)
    twin.compile(objective=energy_based(margin=0.1))
    g_losses.append(float(twin.generator_loss(images[:16])))
claim("G's loss, difference of the two", abs(g_losses[0] - g_losses[1]), near=0, within=1e-5)

# %% [markdown]
# The rest is as in lesson 05: a DCGAN generator (with half as many channels, to save time), Adam for both, and batches
# of 16. As there, an average of G's weights over about the last hundred steps takes their place when `fit` ends. So the
# grid below, its [Fréchet distance](glossary.md#frechet-distance) and the film show the average; the energies and all
# comparisons after 400 steps are those of G as it was at that moment.
#
# G and D train on 3,000 digits. The judge is the
# classifier that counted the zeros of the dreams. It has not seen these 3,000 digits, so it is independent of both players. It is wrong
# about one digit in eight, so we use it for comparisons only.
#
# The film further down shows twelve pictures of the averaged G, one frame per 200 steps. It begins with its last frame, so
# that a printed page shows digits. Every 100 steps we note the mean
# energies of three sets: 500 unseen digits, generated pictures, and the unseen digits
# with shuffled pixels, which neither player ever meets. We also note D's loss on unseen and generated pictures with its
# standard error (see below), and the pulling-away term of generated and of unseen pictures.

# %%
from gan_course.callbacks import Snapshots

mixed = np.random.default_rng(0).permuted(unseen[:500].reshape(500, -1), axis=1).reshape(500, 28, 28, 1)


def frechet(pictures):
    """Fréchet distance from unseen digits."""
    return metrics.frechet_distance(judge.features(unseen), judge.features(pictures))


# %%
def look(gan):
    d, made = gan.discriminator, gan.generate(500, seed=1)
    real, fake, high = (d.predict_on_batch(pictures) for pictures in (unseen[:500], made, mixed))
    margin = gan.objective.d_loss.margin
    d_loss, _ = check.margin_losses.answer(real, fake, margin)
    d_error = np.std(real + np.maximum(0, margin - fake)) / np.sqrt(len(real))
    encoder = d.get_layer("encoder")
    cosines = [float(pulling_away(encoder(pictures[:100]))) for pictures in (made, unseen)]
    with gan.averaged():
        averaged = gan.generate(12, seed=1)
    return real.mean(), fake.mean(), high.mean(), d_loss, d_error, *cosines, made, averaged


# %%
def train_ebgan(margin=0.1, weight=0.1, seed=0, steps=400, code=32):
    """steps: a multiple of 100. Return the GAN, and a dictionary of what was seen."""
    keras.utils.set_random_seed(seed)
    generator = networks.dcgan_generator((28, 28, 1), filters=(32, 16))
    gan = EnergyGAN(generator, new_discriminator(code), pulling_away_weight=weight, seed=seed)
    gan.compile(objective=energy_based(margin), steps_per_execution=50, jit_compile=False)
    film = Snapshots(look, every=100)
    pictures = np.resize(images, (16 * steps, 28, 28, 1))  # over and over, 16 per step
    gan.fit(pictures, batch_size=16, verbose=0, callbacks=[film])
    names = ["real", "generated", "shuffled", "d_loss", "d_error", "cosine_squared", "cosine_of_real"]
    names += ["pictures", "averaged"]
    return gan, dict(zip(names, zip(*film.taken, strict=True), strict=True)) | {"step": film.steps}


# %% [markdown]
# **Predict before you run:** the margin is 0.1. Where will the mean energies of unseen digits, generated pictures and
# shuffled pictures be after 2,400 steps? And D's loss: below, at or above the margin?

# %%
# Your prediction, three energies and a loss:
prediction = None

# %%
gan, seen = train_ebgan(steps=2400)
made = gan.generate(1000, seed=2)
distance = frechet(made)
with answer(prediction):
    for name, bounds in (
        ("real", {"below": 0.15}),
        ("generated", {"below": 0.15}),
        ("shuffled", {"above": 0.3}),
    ):
        claim(f"mean energy, {name}", seen[name][-1], **bounds)
    claim("D's loss, divided by the margin", seen["d_loss"][-1] / 0.1, above=0.7, below=1.4)

# %% [markdown]
# How sure is the last number, D's loss? D's loss is a mean over 500 pictures of each kind, so other pictures would give a slightly
# different number. The *standard error* says by how much, typically: it is the standard deviation of the single losses, divided by
# the square root of their number. And the training never stands still, so we look at the last eight moments, too.
#
# The first of the next two cells prints the standard error, and the smallest and the largest of D's last eight losses. The second one draws the energies and D's loss over the training.

# %%
claim(
    "standard error of D's loss at the end, divided by the margin",
    seen["d_error"][-1] / 0.1,
    below=0.05,
)
late = np.array(seen["d_loss"][-8:]) / 0.1
claim("D's loss / margin, smallest of the last eight moments", late.min(), above=0.65, below=1.2)
claim("D's loss / margin, largest of the last eight moments", late.max(), above=0.75, below=2)

# %%
figure, (ax, near) = plt.subplots(1, 2, figsize=(8, 4.1), width_ratios=(3, 2))
ax.plot(seen["step"], seen["shuffled"], ":", color=plots.MUTED, label="shuffled digits")
ax.plot(seen["step"], seen["real"], color=plots.REAL, label="unseen digits")
ax.plot(seen["step"], seen["generated"], "--", color=plots.GENERATED, label="generated")
ax.axhline(0.1, color="0.35", lw=1, label="margin")
ax.set(xlabel="step", ylabel="mean energy", ylim=(0, 1.1), title="Real and generated meet")
ax.legend(loc="upper right")
bars = {"yerr": 2 * np.array(seen["d_error"][4:]), "fmt": "o-", "ms": 4, "lw": 1.2, "capsize": 3}
near.errorbar(seen["step"][4:], seen["d_loss"][4:], color=plots.DISCRIMINATOR, **bars)
near.axhline(0.1, color="0.35", lw=1)
near.text(350, 0.098, "margin", va="top")
near.set(xlabel="step", ylabel="D's loss", ylim=(0.05, 0.2), yticks=(0.05, 0.1, 0.15, 0.2))
near.set_title("D's loss, ± 2 standard errors", size=11)
plt.show()

# %% [markdown]
# Read the left panel from left to right. At the start D can redraw nothing but gray, and gray is what an untrained G
# makes: so the dashed line begins near 0, and the other two lines begin high. Then D learns to redraw digits, and the black
# line falls. D also learns to raise the energy of what G makes. At step 100, where the dashed line has its peak, G's pictures are still nearly gray (the figure in the part "Without pulling away" shows four of them), but D no longer redraws gray well. From about step 400 on the dashed line lies near the margin. The black line comes down more slowly, and ends a little below the dashed line
# (in our run 0.075 and 0.092 at step 2,400): at the end D gives real pictures the lower energy. The dotted line stays far above, although nobody ever raised the energy
# there: D cannot redraw what it has never learned. No theorem promises this. It comes from the autoencoder.
#
# The right panel shows D's loss. Theorem 1 says that it is exactly m at an equilibrium. The training comes near to that, and
# does not stand still there: the points differ by more than their bars, which say how sure each of them is. After step
# 1,000 most points lie a little *below* the margin. In our run the last one is 11 % below it, many times its standard
# error. So by the inequality above, D shows that real and generated pictures still differ: TV is at least 0.11, up to the noise of the 500 pictures of each kind. (With another seed that we
# tried, the loss ended *above* m. Such a loss proves nothing about the pictures. It says that
# this D is not even the best one: a D that gives all pictures the same energy γ ≤ m would reach m exactly.)
#
# Next come a film of G's pictures and, for comparison, a plain GAN (lesson 05) with the same G, trained for as many
# steps on the same digits.


# %% tags=["nbval-ignore-output"]
def frame(number, ax):
    moment = (
        2 * number - 2 if number else -1
    )  # the film begins with its end, for a page that does not move
    title = f"After {seen['step'][moment]:,} steps"
    plots.image_grid(seen["averaged"][moment], title, columns=6, generated=True, ax=ax)


plots.film(frame, frames=1 + (len(seen["step"]) + 1) // 2, size=(5.5, 2.2), fps=3, colors=24)

# %%
keras.utils.set_random_seed(0)
plain_generator = networks.dcgan_generator((28, 28, 1), filters=(32, 16))
plain = GAN(plain_generator, networks.dcgan_discriminator((28, 28, 1), filters=(8, 16)), seed=0)
plain.compile(steps_per_execution=50, jit_compile=False)
plain.fit(np.resize(images, (16 * 2400, 28, 28, 1)), batch_size=16, verbose=0)
plain_made = plain.generate(1000, seed=2)  # with averaged weights, as the EBGAN's

# %%
figure, axes = plt.subplots(3, 1, figsize=(8, 6.6), height_ratios=[1.08, 3, 3])
plots.image_grid(unseen[:10], "Real, unseen", columns=10, ax=axes[0])
for ax, pictures, name in zip(axes[1:], (made, plain_made), ("EBGAN", "plain GAN"), strict=True):
    plots.image_grid(pictures[:30], f"Generated by the {name}", columns=10, generated=True, ax=ax)
plt.show()
for pictures, name, limit in ((made, "EBGAN", 12), (plain_made, "plain GAN", 20)):
    claim(f"{name}: Fréchet distance from unseen digits", frechet(pictures), below=limit)
    kinds = len(np.unique(judge.classes(pictures)))
    claim(f"{name}: kinds of digits that the judge sees", kinds, above=8.5)

# %% [markdown]
# Most pictures of the EBGAN can be read as digits, and some cannot: G is not perfect. The Fréchet distance is more than three times that of real digits (the cell of the open experiment prints both). The judge finds all ten kinds
# in both GANs, but for that one picture of each kind is enough.
#
# **Is the EBGAN better than a plain GAN?** The plain one in the figure has the same G, as many channels in its D as our
# encoder has, and the same digits, steps and seed. In our run its distance is larger, and its strokes are rougher. In two shorter trainings with other
# seeds the EBGAN was ahead, too. This is no verdict. The D of the EBGAN
# also has a decoder, and the D of the plain GAN has a wider dense layer and compares the pictures of a batch (lesson 05). So the two are not built alike, although the numbers of their weights differ little. We chose the EBGAN's margin by trying several. Nobody searched for good settings of
# this plain GAN, whose networks are much smaller than those of lesson 05.
#
# ### Without pulling away
#
# The same GAN, the same seed, without the pulling-away term, for 400 steps.
#
# **Predict before you run:** how many of the ten kinds of digits will the judge see among 500 pictures? And what will
# the mean squared cosine of the codes be?

# %%
# Your prediction, (kinds, mean squared cosine):
prediction = None

# %%
_, without = train_ebgan(weight=0.0)
settings = {
    "without": (without, {"below": 6.5}, {"above": 0.7}, {"above": 100}),
    "with": (seen, {"above": 6.5}, {"below": 0.55}, {"below": 100}),
}
with answer(prediction):
    for name, (run, kinds, cosines, distances) in settings.items():
        pictures = run["pictures"][4]  # after 400 steps
        claim(f"kinds of digits, {name} the term", len(np.unique(judge.classes(pictures))), **kinds)
        claim(f"mean squared cosine, {name} the term", run["cosine_squared"][4], **cosines)
        claim(f"Fréchet distance, {name} the term", frechet(pictures), **distances)
    for moment, steps in ((4, "400"), (-1, "2,400")):
        ours, real = (seen[name][moment] for name in ("cosine_squared", "cosine_of_real"))
        claim(f"step {steps}: mean squared cosine of unseen digits", real, above=0.03, below=0.25)
        claim("    that of generated pictures, divided by it", ours / real, above=0.5, below=6)

# %%
moments = (1, 2, 3, 4)
figure, axes = plt.subplots(2, len(moments), figsize=(8.5, 4.9))
figure.set_layout_engine("constrained", wspace=0.06)
for row, run, name in zip(axes, (without, seen), ("without", "with"), strict=True):
    for ax, moment in zip(row, moments, strict=True):
        plots.image_grid(run["pictures"][moment][:4], columns=2, generated=True, ax=ax)
    row[0].set_ylabel(f"{name} the term")
for ax, moment in zip(axes[0], moments, strict=True):
    ax.set_title(f"step {seen['step'][moment]}")
figure.suptitle("Without the term all pictures of a moment are alike")
plt.show()

# %% tags=["nbval-ignore-output"]
for name, run in (("with", seen), ("without", without)):
    loss, error = run["d_loss"][4] / 0.1, run["d_error"][4] / 0.1
    print(f"{name:8} the term, after 400 steps: D's loss / m = {loss:.2f} ± {error:.2f}, ", end="")
    print(f"so the total variation distance is at least {max(0, 1 - loss):.2f}")

# %% [markdown]
# Look at the upper row of the figure. Without the term all four pictures of a moment are alike, and at the next moment all four show something else: this is
# mode collapse, and the one picture that G draws changes all the time. (The judge still names two kinds: among 500
# pictures that are nearly alike, it takes some for one digit and some for another.) With the term the pictures differ from step 200 on. So for this GAN and these 400 steps the term decides the
# outcome; with two other seeds that we tried it was the same.
#
# How small can the mean squared cosine become? The unseen digits are the yardstick: digits resemble each other, so
# theirs is larger than the 0.03 of random directions. After 400 steps the mean squared cosine of the generated pictures is less than twice that of the unseen digits, and after 2,400 steps the two are about equal. So, as far as the codes can tell, the
# generated pictures now differ from each other as much as real digits do. (Nothing in the term stops there: its own
# aim is 0. But the rest of G's loss asks for pictures that D can redraw, and those resemble digits.) The term does not replace a look at the pictures. It sees only what the encoder sees,
# and G was trained to make this very number small. So it is no independent judge of variety.
#
# The two lines about D's loss are a warning. Your eye sees the collapse at once: G draws one picture again and again,
# and the data has thousands of different ones, so TV is near 1. The bound says only that TV is at least 0.06. And even this is
# an estimate: the loss is a mean over 500 pictures of each kind, the number after ± is its standard error, divided by m, and
# 0.06 is only about three of them. With the term the loss is above m, so the bound is 0, which says nothing.
#
# The inequality can show that two distributions differ. It cannot show that they are equal, nor even similar. (Nor does TV
# itself measure how good pictures look. Two pictures that differ in one pixel only are different pictures for TV. So if hardly any generated picture is exactly one that the data can contain, TV is near 1, however good the pictures look. This probably holds for our GAN with the term as well, so its TV is probably near 1, too.)
#
# ### Too low a margin, too high a margin
#
# **Predict before you run:** what happens with a tenth of the margin, 0.01, and with five times as much, 0.5? Again we
# take 400 steps.

# %%
# Your prediction, (too low, too high):
prediction = None

# %%
runs = {0.01: train_ebgan(0.01)[1], 0.1: seen, 0.5: train_ebgan(0.5)[1]}
with answer(prediction):
    for margin, bounds in ((0.01, {"above": 120}), (0.1, {"below": 100}), (0.5, {"above": 120})):
        pictures, cosines = (runs[margin][name][4] for name in ("pictures", "cosine_squared"))
        claim(f"margin {margin}: Fréchet distance after 400 steps", frechet(pictures), **bounds)
        kinds = len(np.unique(judge.classes(pictures)))
        print(f"    kinds of digits ≈ {kinds}, mean squared cosine ≈ {cosines:.2f}")
    gap = runs[0.01]["generated"][4] - 0.01
    claim("margin 0.01: energy of generated pictures minus margin", gap, above=0)

# %%
remarks = {0.01: ", too low", 0.1: "", 0.5: ", too high"}
figure, axes = plt.subplots(2, 3, figsize=(8.5, 5), height_ratios=(3, 2))
for (top, bottom), (margin, run) in zip(axes.T, runs.items(), strict=True):
    top.plot(run["step"][:5], run["generated"][:5], "--", color=plots.GENERATED, label="generated")
    top.plot(run["step"][:5], run["real"][:5], color=plots.REAL, label="unseen digits")
    top.axhline(margin, color="0.35", lw=1, label="margin")
    top.set(xlabel="step", ylim=(-0.05, 1), title=f"margin {margin}{remarks[margin]}")
    plots.image_grid(run["pictures"][4][:6], columns=3, generated=True, ax=bottom)
axes[0, 0].set_ylabel("energy")
axes[0, 1].legend(loc="upper right")
axes[1, 0].set_ylabel("after 400 steps")
plt.show()

# %% [markdown]
# **Too low:** the energy of the generated pictures is above the margin from early on (look at the left panel, from step 100), so D gains nothing by raising
# it further. From then on D learns almost only from real digits, and G walks down a landscape that is hardly corrected at the places where G's pictures are. Four of the
# six pictures are dark noise, and two show a pair of bright blobs.
#
# **Too high:** D has much to gain by raising generated pictures, and pays for it: from step 200 on unseen digits have a
# higher energy than with the margin 0.1. After 400 steps G's pictures are gray patterns, and all six that are shown are
# nearly the same (their mean squared cosine is far higher than with the margin 0.1): here the pulling-away term did not
# prevent a collapse.
#
# **In between** both lines come down towards the margin, and most pictures of step 400 begin to look like digits. We found
# this margin by trying. How could one guess it? The margin has the unit of the energy, so look at energies. With the
# margin 0.01 D is nearly an autoencoder that is trained alone, and in 400 steps its black line comes down to a little above
# 0.1: with our networks such a number would have been a good first guess. (MAGAN, Wang et al. 2017, goes this way: it estimates the margin
# from the energy of the real pictures, and lowers it during the training.) An ordinary GAN has no
# margin to choose. The theorems hold for every margin above 0, but in them D can be any function. How low and how high the
# energies of a real D can be depends on its network and on how long it is trained.
#
# ## Is it easier to train?
#
# The paper's claim is not that the best EBGAN beats the best GAN. It is that a setting *picked at random* works more
# often. The authors trained both on MNIST with every combination of layers, widths and dropout, and drew histograms of
# the results. This is a good and rare way to compare. But read its table 1: EBGAN always had Adam with one learning
# rate, 512 settings; GAN also had SGD and three learning rates, 6,144 settings (12 times as many: 2 × 2 optimizers × 3 rates). Figure 2 pools all of GAN's settings;
# figure 3 has one panel for each choice of GAN's two optimizers and learning rate. Each panel shows 512 GANs, and the same 512 EBGANs for comparison. From both figures the authors conclude that EBGAN trains more reliably. Our grid gives both the same choices. (The two Ds are still not equally large: EBGAN's D has the chosen hidden layers in its encoder, and once more in its decoder. The paper counts the layers of both parts together, and its decoder is a single layer.)
#
# Our grid is much smaller: digits of 8 × 8 pixels, since 256 trainings have to fit into a quarter of an hour; dense
# networks; and seven settings with two values each: the number and the width of the hidden layers of G and of D, the
# dropout of D, and the optimizer of each player, Adam or SGD. This makes 128 combinations for each of the two, with one
# seed and 1,320 steps. EBGAN runs without its pulling-away term here, as in the paper's histograms, and with the margin
# 0.2 for all, which was chosen with Adam. The numbers are loaded; `python -m benchmarks ebgan_grid` measures them anew
# ([the table](../assets/ebgan_grid.md)).
#
# A setting "makes all ten digits" if the judge sees each kind at least once among 1,000 pictures. That is an easy test.
# The score is the paper's, E KL(p(y) ‖ p(y|x)): y is the digit that the judge sees in the picture x, and p(y) is the mean of p(y|x) over all pictures. It resembles the Inception Score ([lesson
# 07](07_measuring_a_gan.ipynb)), but the two arguments of KL have changed places, and there is no exp. It is high if a
# classifier is sure about each picture and the classes come equally often. We add the Fréchet distance. **Here the
# judge is a relative**: it has learned from the same 1,437 digits as both GANs, since there are only 1,797. So it may
# overrate pictures that resemble training digits. This flatters both contenders, so compare them with each other, and
# not with real digits. (The dotted line in the figure below shows what real digits reach with this judge. It is only a rough guide.)
#
# **Predict before you run:** in how many of 100 settings does each make all ten digits?

# %%
# Your prediction, (GAN, EBGAN):
prediction = None

# %%
stored = results.load("ebgan_grid")
grid = {name: [run for run in stored["runs"] if run["contender"] == name] for name in ("gan", "ebgan")}
with answer(prediction):
    print(f"{'':28}{'all ten digits':>16}{'median score':>15}{'median distance':>18}")
    for name in ("gan", "ebgan"):
        adam = [run for run in grid[name] if run["d_optimizer"] == run["g_optimizer"] == "adam"]
        for title, some in (("every setting", grid[name]), ("Adam for both", adam)):
            ten = np.mean([run["digits"] == 10 for run in some])
            score, far = (np.median([run[what] for run in some]) for what in ("score", "frechet"))
            label = f"{name.upper()}, {title} ({len(some)})"
            print(f"{label:28}{ten:>16.0%}{score:>15.1f}{far:>18.1f}")
    failed = [run["g_optimizer"] for run in grid["ebgan"] if run["score"] < 5]
    print(f"{len(failed)} EBGANs score below 5; G had SGD in {failed.count('sgd')} of them")

# %%
figure, axes = plt.subplots(1, 2, figsize=(8, 3.4))
bins = {"score": np.linspace(0, 13.5, 28), "frechet": np.geomspace(0.8, 400, 28)}
for ax, (measure, edges) in zip(axes, bins.items(), strict=True):
    for name, color, dashes in (("gan", plots.MUTED, "-"), ("ebgan", plots.ACCENT, "--")):
        values = [run[measure] for run in grid[name]]
        style = {"color": color, "ls": dashes, "histtype": "step", "lw": 2, "label": name.upper()}
        ax.hist(values, edges, weights=np.full(len(values), 100 / len(values)), **style)
    ax.axvline(stored["about"]["real"][measure], color=plots.REAL, ls=":", label="real digits")
axes[0].set(xlabel="score, nats (right is better)", ylabel="% of settings")
axes[0].set_title("EBGAN has a tail of failures …")
axes[1].set(xscale="log", xlabel="Fréchet distance (left is better)")
axes[1].set_title("… that GAN does not have here")
figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=3)
plt.show()

# %% [markdown]
# We did **not** find what the paper found. Over all settings the plain GAN works more often. In the left panel one EBGAN in ten or so stands at a score near 0, far from most others, and in most of EBGAN's failures (16 of the 19 scores below 5) G has SGD. One possible reason is the unit of the loss: Adam hardly changes if a loss is multiplied by a
# number, and SGD's steps grow with it. EBGAN's loss is a mean squared error with a margin of 0.2, the loss of the GAN
# is a logarithm, and both had the same rate of SGD, 0.1. A rate that suits one need not suit the other. We have not
# tested this. With Adam for both players (our margin was chosen with it) EBGAN is ahead in all three columns, but with 32 settings and one
# seed each this may be chance: 97 % and 94 % are 31 and 30 settings of 32. The comparison of the paper's figure 2, EBGAN with Adam only against GAN with
# everything, is the last row of the table against its first: about equal. (Most of these dense EBGANs make all ten
# digits without the pulling-away term, unlike the convolutional one above. But that one was looked at after 400 steps only.)
#
# Does this refute the paper? No. The data is far smaller, the networks are others, and our SGD had one learning rate.
# It shows how much such a histogram depends on the *grid*: on what counts as a setting picked at random. Lucic et al.
# (2018) compared objectives at equal budgets. They found that most of them can reach similar scores, if each may try enough
# settings and seeds. Their grid is another warning of the same kind: say which settings you tried, and how often.
#
# ## An open experiment: beat this EBGAN
#
# `train_ebgan(margin, weight, seed, steps, code)` trains one in less than a minute. Always pass `steps=2400` (without it the function takes only 400 steps), and change whatever else you want: the margin, the weight of the pulling-away term, the size of the code, or the networks (for these, edit
# `new_discriminator` and the generator in `train_ebgan`). Choose
# on seeds 1 and 2, and report on seed 0. Does the term help with a D without batch normalization? Is a margin halfway
# between 0.01 and 0.1 better?
#
# To measure a setting:
#
# ```python
# mine, _ = train_ebgan(margin=0.05, steps=2400, seed=1)
# frechet(mine.generate(1000, seed=2))
# ```
#
# The next cell prints three distances: the one to beat (of seed 0, in one training), that of the plain GAN, and that of real digits, which no
# generator is likely to get below:

# %%
claim("to beat: Fréchet distance after 2,400 steps", distance, below=12)
claim("the plain GAN with the same G", frechet(plain_made), below=20)
claim("1,000 real training digits", frechet(images[:1000]), below=4)

# %% [markdown]
# ## What can go wrong
#
# | you see | likely cause | test | remedy |
# |---|---|---|---|
# | an RBM whose energies fall for all pictures alike | only the data's term | free energy of shuffled pictures | the model's term, with its minus sign |
# | the data gets *less* likely | the two terms have changed places | cosine with the exact gradient, on a tiny machine | data minus model |
# | free energies look good, and all dreams are alike | CD-1 is short-sighted | chains of 1,000 steps, from noise and from data | more steps per update (CD-5 changed the favorites here, and did not remove them), or chains that are kept from one update to the next (persistent CD, Tieleman 2008) |
# | two RBMs, and the one with lower free energies "is better" | Z differs | log Z by annealed importance sampling (lesson 11) | compare log-likelihoods |
# | an EBGAN makes one kind of picture | mode collapse | mean squared cosine of the codes | the pulling-away term |
# | G's pictures stay bad, their energy is above the margin | the margin is too low: D gains nothing by raising their energy | energies against the margin | a larger margin |
# | all of G's pictures are one gray pattern, and real pictures have a high energy | the margin is too high: D spends itself on raising generated pictures | energies of real pictures, against a smaller margin | a smaller margin |
# | everything has a low energy | D copies whatever it gets | energy of shuffled pictures, which should be far above that of digits | a shorter code |
# | the pulling-away term never falls below about 1 / N, N codes per batch | the pairs of a code with itself are in it | two codes at right angles: the term must be 0 | leave these pairs out |
#
# ## Summary in five lines
#
# 1. p = exp(−E) / Z: only differences of energy count, so learning pushes down at the data *and* up elsewhere.
# 2. An RBM's free energy is a short formula. Its Z needs a sum over the states of the smaller layer, and is out of reach
#    if both layers are large.
# 3. CD-1 begins in the right direction, and ends with a lower likelihood than the exact gradient: it sees only the
#    neighborhood of the data. On the small machine CD-10 came up to the exact gradient, from the one start that we tried.
# 4. An EBGAN needs no Z and no chain: G finds what is too low, and D raises it up to the margin. A loss of D below the
#    margin m shows that real and generated pictures differ; a loss of m or more proves nothing.
# 5. Without the pulling-away term our EBGAN had collapsed after 400 steps; with
# the term, and at a margin that suits it, it drew all ten digits.
#
# ## References
#
# * J. Zhao, M. Mathieu, Y. LeCun, [Energy-based generative adversarial network](https://arxiv.org/abs/1609.03126), ICLR
#   2017: EBGAN, theorems 1 and 2, the pulling-away term, the grid search.
# * M. Arjovsky, S. Chintala, L. Bottou, [Wasserstein GAN](https://arxiv.org/abs/1701.07875), ICML 2017: appendix D of the preprint, EBGAN and total variation.
# * P. Smolensky, Information processing in dynamical systems: foundations of harmony theory, in *Parallel Distributed
#   Processing*, volume 1, MIT Press 1986: the machine that is now called RBM.
# * D. Ackley, G. Hinton, T. Sejnowski, [A learning algorithm for Boltzmann
#   machines](https://doi.org/10.1207/s15516709cog0901_7), Cognitive Science 1985: data minus model.
# * G. Hinton, [Training products of experts by minimizing contrastive
#   divergence](https://www.cs.toronto.edu/~hinton/absps/nccd.pdf), Neural Computation 2002.
# * M. Carreira-Perpiñán, G. Hinton, [On contrastive divergence
#   learning](https://www.cs.toronto.edu/~fritz/absps/cdmiguel.pdf), AISTATS 2005: the bias, and that it is usually small.
# * T. Tieleman, [Training restricted Boltzmann machines using approximations to the likelihood
#   gradient](https://www.cs.toronto.edu/~tijmen/pcd/pcd.pdf), ICML 2008: persistent contrastive divergence.
# * G. Hinton, [A practical guide to training restricted Boltzmann
#   machines](https://www.cs.toronto.edu/~hinton/absps/guideTR.pdf), 2010: how to choose rates, sizes and steps. For
#   further reading.
# * Y. LeCun et al., [A tutorial on energy-based learning](http://yann.lecun.com/exdb/publis/pdf/lecun-06.pdf), 2006:
#   learning as the shaping of a landscape, with margins and without Z. For further reading.
# * R. Wang, A. Cully, H. J. Chang, Y. Demiris, [MAGAN: margin adaptation for generative adversarial
#   networks](https://arxiv.org/abs/1704.03817), preprint 2017.
# * Y. Du, I. Mordatch, [Implicit generation and modeling with energy-based
#   models](https://arxiv.org/abs/1903.08689), NeurIPS 2019: deep energies with chains. For further reading.
# * M. Lucic et al., [Are GANs created equal?](https://arxiv.org/abs/1711.10337), NeurIPS 2018.
#
# **Next lesson:** [10 · Conditional GANs](10_conditional_gans.ipynb): ask for a digit, and get it.
