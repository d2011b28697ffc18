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
# # 11 · Models with a likelihood
#
# [![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)](https://colab.research.google.com/github/gan-course/gan-course/blob/main/notebooks/11_models_with_a_likelihood.ipynb)
#
# **The one idea: a GAN only draws. Other models also say how probable a picture is. This number can be compared, and it
# is not the quality of what they draw.**
#
# After this lesson you will be able to
#
# * fit a Gaussian mixture, a hidden Markov model, a causal transformer, a normalizing flow and a Boltzmann machine;
# * write down the core of each of them in a few lines;
# * compare them by bits per pixel, and say which of these numbers are exact, which is a bound, and which is an
#   estimate;
# * explain why a good likelihood and good samples are two different things.
#
# It takes about 120 minutes to read, without the exercises; its cells run in about 80 seconds on two CPU cores. A good
# place for a break is the end of the third model, the transformer. You
# should know the map of [lesson 01](01_generative_vs_discriminative.ipynb), the measures of [lesson
# 07](07_measuring_a_gan.ipynb), and the Boltzmann machine of [lesson 09](09_energy_based_gans.ipynb).

# %% tags=["nbval-ignore-output"]
# Where the course package is missing, on Colab for example, this cell installs it first.
import importlib.util

if importlib.util.find_spec("gan_course") is None:
    print("Installing gan_course from https://github.com/gan-course/gan-course")
    # %pip install --quiet git+https://github.com/gan-course/gan-course

import matplotlib.pyplot as plt
import numpy as np

from gan_course import data, metrics, plots, runtime
from gan_course.checks import lesson_11 as check
from gan_course.claims import answer, claim

plots.use_style()
plt.rcParams["image.interpolation"] = "nearest"  # each pixel as it is
print(runtime.configure(seed=0))

# %% [markdown]
# ## Small pictures, and four piles
#
# [Lesson 01](01_generative_vs_discriminative.ipynb) drew a map of [generative
# models](glossary.md#generative-model). Some of them give the probability p(x) of a picture, its
# [likelihood](glossary.md#likelihood). Others can only draw. Lesson 01 promised a fair comparison. This lesson
# compares five models that give a probability. The [next lesson](12_codes_noise_and_games.ipynb) compares three that
# are used to draw: one of them is the GAN.
#
# The pictures are the small digits, 8 × 8 pixels with 17 gray levels, from 0 (black) to 16 (white). There is a reason
# for the small size: the transformer of this lesson draws one pixel after the other, and needs one pass of a network
# for each. For a course on a CPU, this is too slow with pictures of 28 × 28 pixels.
#
# We make four piles. The models learn from the first pile. The second pile is for choices, such as the size of a
# model; in the code it is called `validation` (in most books, the *validation set*). The third pile is **held out** (in most books, the *test set*): no model learns from it, and all
# models are examined on it. The fourth pile trains the judge, which will look at what the models have drawn. No model
# sees the judge's pictures. Otherwise the judge could prefer a model only because both have learned from the same
# pictures.

# %%
from gan_course.family.levels import to_images, to_levels

digits, labels = data.load("digits")
shuffled = np.random.default_rng(0).permutation(len(digits))
levels, labels = to_levels(digits)[shuffled], labels[shuffled]
fitted, validation, held_out = levels[:1000], levels[1000:1137], levels[1137:]
judged_by, judged_by_labels = data.load("digits", split="test")
print(f"{len(fitted)} to learn from, {len(validation)} to choose on, {len(held_out)} held out")
print(f"{len(judged_by)} for the judge")
print(f"levels from {levels.min()} to {levels.max()}, {levels.shape[1]} whole numbers per picture")


# %% [markdown]
# ## One number: bits per pixel
#
# It matters that the levels are whole numbers. The mixture of lesson 01 had a [density](glossary.md#density).
# The value of a density depends on the units, and it can be as large as you like. A picture of whole gray
# levels has a *probability*: a number below 1, which means the same for every model. So it can be compared.
#
# This probability is tiny, so we take its logarithm. With the natural logarithm its unit is the
# [nat](glossary.md#nat), and it is easier to read in another unit: how many yes-or-no questions does one need, on
# average, to find out the level of one pixel? These are the [bits per pixel](glossary.md#bits-per-pixel). A model
# that knows nothing finds all 17 levels equally likely, and needs log₂ 17 bits for each pixel. A model that predicts
# well needs fewer: **less is better**. Multiply this number by the number of pixels. The result is a file size in bits: on average, the model can be used to
# pack a picture into so many bits, up to a very small overhead.
#
# ### Exercise 1: from nats to bits
#
# One bit is log 2 ≈ 0.693 nats. `nats` holds the log-probability of each picture, so its entries are negative. How many
# bits does a pixel cost on average? (5 minutes)


# %%
def bits_per_pixel(nats, pixels):
    """nats: log-probability of each picture, (n,). pixels: number per picture. Return the mean bits."""
    return ...


check.bits_per_pixel(bits_per_pixel)
# check.bits_per_pixel.hint()
# check.bits_per_pixel.solution()

# %% [markdown]
# ### The model to beat
#
# The simplest model takes each pixel by itself. How often was this pixel black, how often did it have level 1, and so
# on? The answers are a table of 64 × 17 probabilities. (We add ⅓ to each count. Otherwise a level that this pixel never
# had would have the probability 0, and one such pixel in one held-out picture would cost infinitely many bits.)

# %%
import time

from gan_course.family.levels import bits_per_pixel as bits

counts = (fitted[:, :, None] == np.arange(17)).sum(axis=0) + 1 / 3
pixel_logs = np.log(counts / counts.sum(axis=1, keepdims=True))  # (64, 17)
alone = np.take_along_axis(pixel_logs[None], held_out[..., None], axis=2)[..., 0]  # (300, 64)
claim("nothing known", np.log2(17), unit="bits per pixel")
claim("pixels one by one", bits(alone.sum(axis=1), 64), unit="bits per pixel")

# %% [markdown]
# A good model of digits needs fewer bits than the second number. To do so, it has to say how pixels depend on one
# another.
#
# ## One table
#
# We ask every model the same questions. How many bits per pixel do held-out digits cost, if the model can compute
# this? How long does it take to draw 300 pictures, as many as are held out? (We draw ten pictures before the clock
# starts, because Keras prepares a network in its first calls. The seconds still change from run to run, so only large
# differences count.) And how good are these pictures? For the last question we use the measures of lesson 07: the
# [Fréchet distance](glossary.md#frechet-distance), and [precision and recall](glossary.md#precision-and-recall). They
# compare drawn and held-out pictures by the features that the judge, a small classifier, computes from them.
#
# Each of these numbers would be a little different with 300 other pictures. So the table also holds the
# *standard error* of the bits per pixel: their standard deviation over the pictures, divided by √300. It says how far
# the mean of 300 pictures is typically from the mean of very many.


# %%
def new_table(judge, held_out, look):
    """An empty table, and a function that writes a row. `look` makes levels into what the judge sees."""
    real, table = judge.features(look(held_out)), {}

    def enter(name, draw, nats=None, certainty="–"):
        draw(10)
        start = time.perf_counter()
        made = draw(len(held_out))
        row = {"made": made, "seconds": time.perf_counter() - start, "certainty": certainty}
        if nats is not None:
            row["bits"] = bits(nats, held_out.shape[1])
            row["error"] = nats.std() / np.sqrt(len(nats)) / held_out.shape[1] / np.log(2)
        features = judge.features(look(made))
        row["Fréchet"] = metrics.frechet_distance(real, features)
        row["precision"], row["recall"] = metrics.precision_recall(real, features)
        table[name] = row

    return table, enter


# %% [markdown]
# The first rows are two yardsticks. Real pictures, from the first pile, show what a perfect model would get. (Even
# they are not at distance 0, because the piles are small.) Pixels that are drawn one by one show the result of a model
# that knows nothing about neighbors.

# %%
from gan_course.family.levels import draw_levels

judge = metrics.feature_classifier(judged_by, judged_by_labels)
small, enter = new_table(judge, held_out, to_images)
enter("real pictures", lambda count: fitted[:count])


def draw_alone(count):
    return draw_levels(np.tile(pixel_logs, (count, 1, 1)), np.random.default_rng(0))


enter("pixels one by one", draw_alone, alone.sum(axis=1), "exact")
right = 100 * np.mean(judge.classes(to_images(held_out)) == labels[1137:])
claim("held-out digits that the judge names rightly", right, above=88, unit="%")
claim("real pictures: Fréchet distance", small["real pictures"]["Fréchet"], below=4)
claim("pixels one by one: Fréchet distance", small["pixels one by one"]["Fréchet"], above=8)

# %% [markdown]
# The judge learned from few pictures, but it knows digits: it names more than nine of ten held-out ones rightly.
#
# ## First model: a Gaussian mixture
#
# **Idea:** there are several kinds of pictures. Choose a kind k, draw every pixel from its own Gaussian, and round
# it to a whole level from 0 to 16. This is a [Gaussian mixture](glossary.md#gaussian-mixture). The probability of a
# level is the *mass of its bin*, from half a level below it to half a level above it. The bin of level 0 reaches
# down to −∞, and that of level 16 reaches up to +∞. Then we add up the kinds:
#
# $$p(x) = \sum_k w_k \prod_i \left[\Phi\left(\frac{x_i + \frac12 - \mu_{ki}}{\sigma_{ki}}\right) -
# \Phi\left(\frac{x_i - \frac12 - \mu_{ki}}{\sigma_{ki}}\right)\right]$$
#
# Here Φ(t) is the share of a standard normal distribution below t. Each kind has a share w, and for each pixel
# a mean μ and a standard deviation σ.
#
# How does one find them? If we knew of which kind each picture is, it would be easy: count the pictures of a kind, and
# take the mean and the variance of its pixels. If we knew the share, the means and the standard deviations of each kind, we could say of which kind a picture is, by
# Bayes' rule. We know neither, so we go in a circle. This is the [EM algorithm](glossary.md#em-algorithm), for
# *expectation* and *maximization* (Dempster, Laird and Rubin 1977):
#
# * **E step**: each picture n gets *shares* in the kinds, which sum to 1:
#   $r_{nk} = w_k N_k(x_n) \,/ \sum_j w_j N_j(x_n)$, where $N_k(x)$ is the density of kind k: the product of
#   the 64 bell curves of its pixels.
# * **M step**: compute weights, means and variances anew, and count each picture as much as its share says.
#
# <details><summary>Why does the density rise in each round?</summary>
#
# Take any shares $r_{nk}$ that sum to 1 over k. By the [Jensen inequality](glossary.md#jensen-inequality)
#
# $$\log \sum_k w_k N_k(x_n) = \log \sum_k r_{nk} \frac{w_k N_k(x_n)}{r_{nk}} \;\ge\; \sum_k r_{nk} \log
# \frac{w_k N_k(x_n)}{r_{nk}}.$$
#
# The E step takes those shares with which all $w_k N_k(x_n) / r_{nk}$ of a picture are equal: then both sides are
# equal, too. The M step holds the shares, and raises the right side as far as it can. There, $\sum_n r_{nk} \log
# N_k(x_n)$ is the log-density of the pictures under one Gaussian, each counted $r_{nk}$ times, and it is largest at
# their mean and their variance. The weights stand in $\sum_n \sum_k r_{nk} \log w_k$. Among all weights that sum to
# 1, this is largest where $w_k$ is the mean of the shares $r_{nk}$ over the pictures. The left side is never below
# the right one, so it rises at least as far.
#
# </details>
#
# (EM raises the mixture's *density* at the whole levels, and not the formula with Φ. So the fit is good, but not the
# best possible one. We also add $\frac1{12}$ to each variance. This is the variance of a uniform distribution over a bin of width 1. Otherwise the
# variance of a pixel that is always 0 would be 0. With this addition the M step is no longer exactly the best one. So
# the density could even fall by a little in a round, and the bound below allows this.)

# %%
from scipy.special import logsumexp


def e_step(pictures, weights, means, variances):
    """Log of w_k N_k(x), for each picture and each kind, (n, kinds)."""
    distances = (pictures[:, None] - means) ** 2 / variances + np.log(2 * np.pi * variances)
    return np.log(weights) - distances.sum(axis=2) / 2


def m_step(pictures, shares):
    total = shares.sum(axis=0)
    means = shares.T @ pictures / total[:, None]
    variances = shares.T @ pictures**2 / total[:, None] - means**2
    return total / len(pictures), means, variances + 1 / 12


# %% [markdown]
# We begin with ten kinds. At the start their means are ten training pictures, chosen at random.

# %%
rng = np.random.default_rng(0)
weights, variances = np.full(10, 1 / 10), np.tile(fitted.var(axis=0) + 1 / 12, (10, 1))
means, rounds, densities = rng.choice(fitted, 10, replace=False).astype(float), [], []
for _ in range(30):
    joint = e_step(fitted, weights, means, variances)
    log_density = logsumexp(joint, axis=1)
    weights, means, variances = m_step(fitted, np.exp(joint - log_density[:, None]))
    rounds.append(means)
    densities.append(log_density.mean())

claim("first round, mean log-density", densities[0], unit="nats")
claim("last round, mean log-density", densities[-1], above=-130, below=-90, unit="nats")
claim("smallest rise from one round to the next", np.diff(densities).min(), above=-0.05, unit="nats")

# %%
figure, axes = plt.subplots(3, 1, figsize=(7, 3.2))
for ax, number in zip(axes, (1, 3, 30), strict=True):
    plots.image_grid(rounds[number - 1].reshape(-1, 8, 8, 1) / 8 - 1, columns=10, generated=True, ax=ax)
    ax.set_title(f"the means of the ten kinds after round {number}", fontsize=11)
plt.show()

# %% [markdown]
# After one round most of the means are gray blends of several digits, but the ninth already looks like a 5. After three
# rounds the seventh kind is clearly a 0. After thirty, the second has become a 3, and one can also read a 6 (the third)
# and a 5. The inside of the 0 is grayer than before, and other kinds still blend several digits. Nobody has told
# the algorithm which digit a picture shows. It never stepped back: the mean log-density rose in each round.
#
# The package's `PixelMixture` calls scikit-learn, which does the same two steps from a better start: groups of similar
# pictures, found by another algorithm (k-means). If it has finished, one more round of our two steps should hardly
# change anything. We will test this. And how many kinds should there be? The pile for
# choices decides. **Predict before you run:** there are ten digits. We try 5, 10, 20, 40 and 80 kinds. With which of
# these numbers will the pictures of the second pile need the fewest bits?

# %%
# Your prediction, a number of kinds:
prediction = None

# %%
from gan_course.family.mixture import PixelMixture

candidates = {k: PixelMixture(components=k) for k in (5, 10, 20, 40, 80)}
for model in candidates.values():
    model.fit(fitted)
choice = {k: bits(model.log_likelihood(validation), 64) for k, model in candidates.items()}
mixture = candidates[min(choice, key=choice.get)]
mixture_nats = mixture.log_likelihood(held_out)
enter("mixture", mixture.sample, mixture_nats, "exact")
learned = {k: bits(model.log_likelihood(fitted), 64) for k, model in candidates.items()}
with answer(prediction):
    for k in choice:
        print(f"{k:2} kinds: ≈ {choice[k]:.3f} bits per pixel, and ≈ {learned[k]:.3f} where it learned")
    claim("the best number of kinds", mixture.components, above=10, below=81)
    more = choice[10] - choice[mixture.components]
    claim("10 kinds cost more than that, by", more, above=0.02, unit="bits per pixel")
    saved = small["pixels one by one"]["bits"] - small["mixture"]["bits"]
    claim("the best mixture saves, against single pixels", saved, above=0.05, unit="bits per pixel")

# %%
joint = e_step(fitted, mixture.weights, mixture.means, mixture.deviations**2)
before = logsumexp(joint, axis=1, keepdims=True)
after = logsumexp(e_step(fitted, *m_step(fitted, np.exp(joint - before))), axis=1)
claim(
    "one more round changes the mean log-density by",
    after.mean() - before.mean(),
    above=-0.05,
    below=0.05,
    unit="nats",
)

# %% [markdown]
# More kinds than digits are best, but more is not always better. From line to line, the second number always falls: with more
# kinds the mixture fits its own pictures better and better. On the second pile 80 kinds are worse than 40. This is *overfitting*: with 80 kinds there are only a dozen pictures for each. (The second pile is small, so a small difference could
# be chance. The surer sign is the gap between the two numbers of a line, which is much larger with 80 kinds than with ten.) Why are ten kinds too few? A likely reason is that people write a one, a seven or a four in several ways. A mixture can
# express this only by more kinds. Below, the formula with Φ
# is written out, and compared with the package's number for the same pictures:

# %%
from scipy.stats import norm


def mass(level, mean, std):
    high = np.where(level == 16, 1.0, norm.cdf((level + 0.5 - mean) / std))
    low = np.where(level == 0, 0.0, norm.cdf((level - 0.5 - mean) / std))
    return high - low


some = held_out[:5]
parts = zip(mixture.weights, mixture.means, mixture.deviations, strict=True)
by_hand = np.log(sum(weight * mass(some, mean, std).prod(axis=1) for weight, mean, std in parts))
claim("the masses of the 17 bins sum to", mass(np.arange(17), 3.3, 2.0).sum(), near=1, within=1e-6)
difference = np.abs(by_hand - mixture.log_likelihood(some)).max()
claim("largest difference from the package, in nats", difference, near=0, within=1e-6)


# %% [markdown]
# ## Second model: a hidden Markov model
#
# **Idea:** read the picture like a line of text, one pixel after the other. At each pixel the model is in one of a
# few *hidden states*. The state draws the level of this pixel from its own table of probabilities. Then the next
# state is drawn from a table of transitions. The same tables are used at every pixel, so nobody tells the model in
# which row or column it is. This is a [hidden Markov model](glossary.md#hidden-markov-model), HMM for short. For
# many years, speech recognizers were built on it (Rabiner 1989).
#
# The probability of a picture is a sum over all paths of hidden states. With 30 states there are $30^{64}$ of
# them. The **forward algorithm** needs only 64 steps. At pixel t it keeps one number αₜ(s) for each state s: the
# probability of the pixels so far *and* of being in state s now. Let π be the probabilities of the first state, A
# the table of transitions, B the states' tables of levels (the column $B_{{\cdot}x}$ holds the probability of
# level x in each state), n = 64 the number of pixels, and ⊙ the product entry by entry. Then
#
# $$\alpha_1 = \pi \odot B_{\cdot x_1}, \qquad \alpha_{t+1} = (\alpha_t A) \odot B_{\cdot x_{t+1}}, \qquad
# p(x) = \textstyle\sum_s \alpha_n(s)$$
#
# <details><summary>Why is this the sum over all paths?</summary>
#
# αₜ(s) is the probability of the first t pixels *and* of being in state s at pixel t. For t = 1 this is π(s) ·
# B(s, x₁). To be in state s at pixel t + 1, the model was in some state r before: the probabilities αₜ(r) ·
# A(r, s) add up over r, and then s draws the level xₜ₊₁. In the end we do not care about the last state, so we
# add up over it.
#
# </details>
#
# ### Exercise 2: the forward algorithm (20 minutes)
#
# Return log p of one picture. In a long picture α becomes too small for a floating-point number. So divide α by
# its sum at each pixel, and add up the logarithms of these sums. (The product of all these sums is p(x). For each
# pixel the sum is its probability, given the pixels before it.)


# %%
def forward(picture, start, transition, emission):
    """picture: (n,). start: (states,). transition: (from, to). emission: (states, levels). Return log p."""
    return ...


check.forward(forward)
# check.forward.hint()
# check.forward.solution()

# %% [markdown]
# The library `hmmlearn` fits the tables, by the EM algorithm again: compute with which probability each state drew
# each pixel, compute the tables from these shares, and repeat. For hidden Markov models it is called the
# *Baum-Welch algorithm*.
#
# **Predict before you run:** a single pixel's table knows exactly where it is, but nothing about its neighbors.
# The hidden Markov model knows something about its neighbors, but nobody tells it where it is. Which of the two
# needs fewer bits?

# %%
# Your prediction, "pixels one by one" or "hidden Markov":
prediction = None

# %%
from gan_course.family.markov import PixelHMM

hmm = PixelHMM(states=30)
hmm.fit(fitted, iterations=20)
hmm_nats = hmm.log_likelihood(held_out)
enter("hidden Markov", hmm.sample, hmm_nats, "exact")
with answer(prediction):
    saved = small["pixels one by one"]["bits"] - small["hidden Markov"]["bits"]
    claim("hidden Markov saves, against single pixels", saved, above=0.02, unit="bits per pixel")

# %% [markdown]
# The hidden Markov model needs fewer. But this does not show that a neighbor is worth more than the place. We test a
# model that knows only the pixel before, by a table of which level follows which. It needs more bits than single
# pixels:

# %%
follows = np.zeros((17, 17))
np.add.at(follows, (fitted[:, :-1], fitted[:, 1:]), 1)
follows = np.log((follows + 1 / 3) / (follows + 1 / 3).sum(axis=1, keepdims=True))
neighbor = alone[:, 0] + follows[held_out[:, :-1], held_out[:, 1:]].sum(axis=1)
claim("only the pixel before", bits(neighbor, 64), unit="bits per pixel")
claim("only the place", bits(alone.sum(axis=1), 64), unit="bits per pixel")


# %% [markdown]
# So the hidden state must carry more than the last level, probably a rough idea of the stroke and of the place. Here is the
# forward algorithm for all pictures at once. It keeps the log-probability of each pixel, given the pixels before it.
# We will need these numbers later.


# %%
def forward_steps(pictures, model):
    state, steps = model.start, []
    for column in pictures.T:
        joint = state * model.emission[:, column].T  # (pictures, states)
        steps.append(np.log(joint.sum(axis=1)))
        state = joint / joint.sum(axis=1, keepdims=True) @ model.transition
    return np.stack(steps, axis=1)


hmm_steps = forward_steps(held_out, hmm)
difference = np.abs(hmm_steps.sum(axis=1) - hmm_nats).max()
claim("largest difference from hmmlearn, in nats", difference, near=0, within=1e-6)


# %% [markdown]
# ## Third model: a causal transformer
#
# **Idea:** use no hidden state and no kinds, only the pixels themselves. By the [chain rule of
# probability](glossary.md#chain-rule), any probability of 64 pixels is a product:
#
# $$p(x) = p(x_1)\; p(x_2 \mid x_1)\; p(x_3 \mid x_1, x_2) \cdots p(x_{64} \mid x_1, \dots, x_{63})$$
#
# One network computes all these factors, 17 probabilities for each pixel. A model of this kind is an
# [autoregressive model](glossary.md#autoregressive-model) (for pixels: van den Oord et al. 2016). Our network is
# a [transformer](glossary.md#transformer) (Vaswani et al. 2017), of which we take only the half that predicts
# what comes next. Liu et al. (2018) used such a *decoder-only* transformer for long texts. The first GPT
# (Radford et al. 2018) was built in the same way, and GPT-2 followed in 2019. Parmar et al. (2018) and Chen et
# al. (2020, image GPT) predict pixels with transformers.
#
# In a transformer each place looks back by [self-attention](glossary.md#self-attention). Each place has a
# *query*, "what am I looking for?", a *key*, "what do I have?", and a *value*, "what do I tell?". These are
# three vectors. The dot product of query i and key j is a score: how much does place i want to hear from place
# j? A softmax turns the scores of place i into weights that sum to 1, and place i receives the weighted mean of
# the values. A query and a key have d numbers each. If all of these are independent, with the mean 0 and the
# variance 1, then a score has the standard deviation √d. Large scores would give nearly all the weight to one
# place, and then the gradient of the softmax is almost 0. So the scores are divided by √d:
#
# $$\mathrm{attention}(Q, K, V) = \mathrm{softmax}\!\left(\frac{Q K^{\mathsf T}}{\sqrt d}\right) V$$
#
# No place may look into its future. So the scores of all later places are set to −∞ before the softmax. This is
# the [causal mask](glossary.md#causal-mask).
#
# ### Exercise 3: attention that does not look ahead (10 minutes)
#
# Write attention with the causal mask. Row i of each array belongs to place i, and place i may look at itself and
# at all places before it. (In a transformer several such *heads* run side by side, each with queries, keys and
# values of its own. You write one head.)


# %%
def attend(queries, keys, values):
    """queries, keys: (n, d). values: (n, m). Return what each place receives, (n, m)."""
    return ...


check.attend(attend)
# check.attend.hint()
# check.attend.solution()

# %% [markdown]
# Two things are still missing. First, a place that may look at itself must not see its own pixel, because it
# has to predict it. So the input is moved by one place to the right, behind a start sign: place i gets the
# level of pixel i − 1. Second, attention takes a weighted mean over the places that it may look at, and their order makes no difference to this mean. So each place also gets a
# learned vector for its row and one for its column. They are added to the learned vector of its level. A layer
# `Embedding` is a table of such vectors: a whole number goes in, and its vector comes out.

# %%
from keras import layers

level, row, column = layers.Embedding(17 + 1, 48), layers.Embedding(8, 48), layers.Embedding(8, 48)


def embed(pictures):
    start, place = np.full((len(pictures), 1), 17), np.arange(64)  # 17 is the start sign
    before = np.concatenate([start, pictures[:, :-1]], axis=1)  # place i sees pixel i - 1
    return level(before) + row(place // 8) + column(place % 8)


# %% [markdown]
# A transformer is made of *blocks*. In a block, places first look at one another by attention. Then two dense
# layers work at each place alone. Each of these two parts *adds* its result to its input, so that the input is not
# lost. Before each part, `LayerNormalization` brings the numbers of each place to the mean 0 and the variance 1, and
# then scales and shifts them by learned weights. The activation `gelu` is a smooth relative of ReLU. In Keras, one
# block looks like this. The package's network has two of them. After the last block, the network has one more normalization and a dense layer with 17 outputs for each place. A softmax makes these into the probabilities of the 17 levels.


# %%
def block(hidden, width=48, heads=4):
    normal = layers.LayerNormalization()(hidden)
    attention = layers.MultiHeadAttention(heads, width // heads)
    hidden = hidden + attention(normal, normal, use_causal_mask=True)
    wide = layers.Dense(4 * width, activation="gelu")(layers.LayerNormalization()(hidden))
    return hidden + layers.Dense(width)(wide)


hidden = block(block(embed(held_out[:2])))
logits = layers.Dense(17)(layers.LayerNormalization()(hidden))
print(f"the whole network, from two pictures to 17 numbers for each pixel: {tuple(logits.shape)}")

# %% [markdown]
# The package has a layer of its own for the input. Does it compute the same as our `embed`? We give it our three tables
# of vectors.

# %%
from gan_course.family.autoregressive import PixelEmbedding, PixelTransformer

package = PixelEmbedding((8, 8), 17, 48)
package.build((None, 64))
package.set_weights([table.get_weights()[0] for table in (level, row, column)])
difference = np.abs(np.array(package(held_out[:20])) - np.array(embed(held_out[:20]))).max()
claim("largest difference from the package", difference, near=0, within=1e-6)

# %% [markdown]
# Does the package's network obey the causal mask? We change pixel 20 of a picture (pixels are counted from 0 to
# 63). For which pixels do the predicted probabilities change?

# %%
transformer = PixelTransformer(shape=(8, 8), seed=0)
changed = held_out[:1].copy()
changed[0, 20] = 16 - changed[0, 20]
before, after = (transformer.network.predict_on_batch(x) for x in (held_out[:1], changed))
affected = np.flatnonzero(np.abs(before - after).max(axis=(0, 2)) > 1e-6)
print(f"those of pixels {affected.min()} to {affected.max()}, {len(affected)} pixels in all")

# %% [markdown]
# The predictions for all pixels after it change, and no others. Now the network learns. Its loss is the
# [cross-entropy](glossary.md#cross-entropy): minus the logarithm of the probability that it gave to the level that
# really came, as a mean over all pixels. So to make this loss small is to make the likelihood large.
#
# **Predict before you run:** in the section on the mixture, the answer said how many bits per pixel it saves against
# single pixels. How many bits per pixel will the transformer save against the *mixture*?

# %%
# Your prediction, in bits per pixel:
prediction = None

# %%
history = transformer.fit(fitted, validation, epochs=10)
steps = transformer.pixel_log_likelihood(held_out)
enter("transformer", transformer.sample, steps.sum(axis=1), "exact")
with answer(prediction):
    lead = small["mixture"]["bits"] - small["transformer"]["bits"]
    claim("the transformer saves, against the mixture", lead, above=0.25, unit="bits per pixel")
    claim("the same per picture", 64 * lead, above=16, unit="bits")

# %%
from scipy.special import log_softmax

logs = log_softmax(transformer.network.predict_on_batch(held_out[:100]), axis=2)
by_hand = np.take_along_axis(logs, held_out[:100, :, None], axis=2).sum(axis=(1, 2))
difference = np.abs(by_hand - steps[:100].sum(axis=1)).max()
claim("largest difference from the package, in nats", difference, below=1e-2)

# %% [markdown]
# A fraction of a bit sounds like little. But it is saved at each of 64 pixels, and each bit per picture doubles
# the probability. In our run the transformer saves 23 bits per picture. 2²³ is more than eight million. So it finds a held-out digit millions of times as probable as the mixture does. (We have taken the mean of the logarithms, so this factor is the geometric mean of the factors of all held-out digits. For a single digit the factor can be quite different.)
#
# The transformer pays its price when it draws. If the picture is *given*, one pass computes the probabilities of all
# its pixels at once. To *draw* a picture, pixel 2 has to wait for pixel 1, and so on. That takes 64 passes. The film shows the ten finished pictures first, for readers on paper. Then it shows how they are drawn. Yellow pixels are not drawn yet.

# %%
shown = to_images(small["transformer"]["made"][:10])


def draw_scene(number, ax):
    drawn = (64, *range(0, 65, 4))[number]  # the whole pictures come first, for readers on paper
    known = np.arange(64).reshape(8, 8, 1) < drawn
    tint = np.array([0.95, 0.85, 0.55])  # a pale yellow: pixels that are not drawn yet
    plots.image_grid(np.where(known, shown, tint), columns=10, generated=True, ax=ax)
    ax.set_title(f"{drawn} of 64 pixels are drawn")


plots.film(draw_scene, 18, size=(7, 1.4), fps=3, colors=48)

# %% [markdown]
# With 28 × 28 pixels it would be 784 passes. In a pass over the whole picture, attention compares all pairs
# of places, and there are far more of them:

# %%
claim("pairs of places in a picture of 8 × 8", 64**2)
claim("pairs of places in a picture of 28 × 28", 784**2)
claim("the second number, divided by the first", 784**2 / 64**2, near=150.06, within=0.01)


# %% [markdown]
# This is why the transformer stays with small pictures here. (Our code also computes the earlier pixels anew in
# each pass. Large language models keep what they have computed for earlier places.)

# %% [markdown]
# ## Fourth model: a normalizing flow
#
# **Idea:** take noise from a standard normal distribution, and bend, stretch and squeeze the space until
# the noise looks like data. Each step can be undone. So every picture x belongs to exactly one z, and we
# can ask two questions: how dense is the normal distribution at z, and by how much has the space been
# stretched on the way? This is a [normalizing flow](glossary.md#flow), because on the way from the data to
# z it makes the data *normal*. With the map from x to z called f, its density is exact:
#
# $$\log p(x) = \log N(f(x);\, 0, I) + \log \left| \det \frac{\partial f}{\partial x} \right|$$
#
# This is the **change of variables**. The matrix ∂f/∂x is the *Jacobian*: the entry in row i and column j
# says how fast coordinate i of z changes when coordinate j of x does. The absolute value of its determinant is the factor by
# which f enlarges or shrinks a small volume.
#
# <details><summary>Why the determinant?</summary>
#
# *In one dimension.* A small piece of the x-axis, from x to x + dx, is mapped to a piece of the z-axis with
# the length dx · |f′(x)|. Both pieces hold the same probability: p(x) dx = N(f(x)) |f′(x)| dx. Divide by dx,
# and take the logarithm.
#
# *In n dimensions.* Near x, the map f is a matrix up to smaller terms: f(x + h) ≈ f(x) + J h, where J is the
# Jacobian. The small cube with the volume dx becomes a small parallelepiped (a slanted box). Its volume is |det J|
# times that of the cube: this is what a determinant measures. Again both hold the same probability: p(x) dx = N(f(x))
# |det J| dx.
#
# *Several steps.* The Jacobian of f₂(f₁(x)) is the product J₂ J₁ (the chain rule), and the determinant of a
# product is the product of the determinants. So the log-determinants of the steps add up.
#
# </details>
#
# ### The coupling
#
# A network of dense layers cannot be undone in general, and the determinant of a 64 × 64 matrix for each
# picture in each step of the training would be slow. The **affine coupling** (Dinh et al. 2017, RealNVP)
# needs neither. It divides the features into two halves by a mask. The first half, $x_a$, stays as it is. A
# network looks at it, and says by how much each feature of the second half is scaled and shifted:
#
# $$z_a = x_a, \qquad z_b = x_b \odot e^{s(x_a)} + t(x_a), \qquad
# \log \left| \det \frac{\partial z}{\partial x} \right| = \sum_i s_i(x_a)$$
#
# To undo it, read $x_a$ off $z_a$, ask the same network for s and t, and compute $x_b = (z_b - t) \odot
# e^{-s}$. The network itself is never undone, so it may be as complicated as we like. In the next coupling,
# the halves exchange their roles. (After each such pair, the package divides the features in another way. A coupling
# that only shifts, with s = 0, is older: Dinh et al. 2015, NICE.)
#
# <details><summary>Why is the determinant so simple?</summary>
#
# Sort the features so that those of $x_a$ come first. Then the Jacobian has four blocks:
#
# $$J = \begin{pmatrix} I & 0 \\ \partial z_b / \partial x_a & \mathrm{diag}(e^{s}) \end{pmatrix}$$
#
# The upper right block is 0, since $z_a$ does not depend on $x_b$. The determinant of such a *triangular*
# matrix is the product of its diagonal, $\prod_i e^{s_i}$. The block at the lower left holds all
# derivatives of the network, and it does not matter at all. (Sorting the features exchanges rows and the
# same columns, so it leaves the determinant as it is.)
#
# </details>
#
# ### Exercise 4: the density of a flow (20 minutes)
#
# Compute log p(x) of each point under a flow of several couplings. Here a mask has a 1 for each feature
# that stays. Call each network with `points * mask`: it returns the log-scales s and the shifts t of *all*
# features, and you use those where the mask is 0. At the end comes the log-density of z: −½ (z² + log 2π),
# summed over the features.


# %%
def flow_log_density(points, masks, networks):
    """points: (n, d). masks: one (d,) per coupling. networks: (n, d) to s and t, both (n, d). Return log p, (n,)."""
    return ...


check.flow_log_density(flow_log_density)
# check.flow_log_density.hint()
# check.flow_log_density.solution()

# %% [markdown]
# ### Two moons
#
# First in the plane, where we can see everything. The data is two half-moons. The package's `Flow` has
# couplings whose networks have one hidden layer each. A new coupling changes nothing: the last layer of
# its network begins with zeros, so s = 0, t = 0 and z = x. The loss is minus the log-density.

# %%
from sklearn.datasets import make_moons

from gan_course.family.flow import Flow

points, _ = make_moons(1500, noise=0.08, random_state=0)
plane = Flow(features=2, couplings=8, hidden=64, seed=0)
history = plane.fit(points, epochs=30, learning_rate=1e-2)
claim("first epoch, mean log-density", -history.history["loss"][0], below=-1.4, unit="nats")
claim("last epoch, mean log-density", -history.history["loss"][-1], above=-1.3, unit="nats")


# %% [markdown]
# Is the density correct? We test it in three ways. First, we write the couplings out, with the weights that
# have been learned. (The package bounds each log-scale, as 2 tanh(s / 2): one coupling cannot scale by more
# than e² ≈ 7.4. It also brings the points to the mean 0 and the standard deviation 1 first, which is one
# more change of variables.)


# %%
def couple(points, layer):
    """One coupling of the package, written out: z, and log |det| of each point."""
    mask = np.array(layer.mask)
    s, t = np.split(layer.network.predict_on_batch(points * mask), 2, axis=1)
    s, t = 2 * np.tanh(s / 2) * (1 - mask), t * (1 - mask)
    return points * np.exp(s) + t, s.sum(axis=1)


# %%
def log_density_by_hand(points, flow):
    z, log_det = (points - flow.mean) / flow.deviation, -np.log(flow.deviation).sum()
    for layer in flow.couplings.layers:
        if hasattr(layer, "mask"):
            z, change = couple(z, layer)
            log_det = log_det + change
    return log_det - (z**2 + np.log(2 * np.pi)).sum(axis=1) / 2


difference = np.abs(log_density_by_hand(points, plane) - plane.log_density(points)).max()
claim("largest difference from the package, in nats", difference, below=1e-3)

# %% [markdown]
# Second, a numerical Jacobian, which knows nothing of couplings: we move each point a little to both sides
# in each direction, look how far its z moves, and compute the determinant of the 2 × 2 matrix. (We print the
# median over the points: the networks use ReLU, and near one of its kinks a numerical derivative is wrong.) Third, a
# density has to integrate to 1: we add it up over a fine grid.

# %%
step, some = 1e-3, points[:200]
columns = [plane.forward(some + h)[0] - plane.forward(some - h)[0] for h in step * np.eye(2)]
numerical = np.linalg.slogdet(np.stack(columns, axis=2) / (2 * step)).logabsdet
claim(
    "median difference of log |det|", np.median(np.abs(numerical - plane.forward(some)[1])), below=1e-2
)
side = np.linspace(-4, 4, 400)
places = np.stack(np.meshgrid(side, side), axis=-1).reshape(-1, 2)
total = np.exp(plane.log_density(places)).sum() * (side[1] - side[0]) ** 2
claim("the density integrates to", total, above=0.99, below=1.01)

# %% [markdown]
# Now we watch the space being bent. The film shows its last frame first, for readers on paper. Then it begins with noise z
# and a net of straight lines, and undoes one coupling after the other. A point keeps its color: this is the direction in
# which it lay in z.
#
# **Predict before you look:** the noise is one round cloud, and the data is two separate pieces. The flow
# only bends and stretches, and it can tear nothing apart. What will it do between the two moons?

# %%
# Your prediction, in words:
prediction = None

# %%
z, t = np.random.default_rng(0).normal(size=(1500, 2)), np.linspace(-2.5, 2.5, 300)
net = [line for c in np.linspace(-2, 2, 5) for line in (np.c_[t, 0 * t + c], np.c_[0 * t + c, t])]
stages = [[z, *net]]  # from z to x, one coupling after the other
for layer in reversed(plane.couplings.layers):
    if hasattr(layer, "mask"):
        stages.append([np.array(layer.inverse(part.astype("float32"))) for part in stages[-1]])

# %%
from matplotlib.colors import hsv_to_rgb

direction = np.arctan2(*z.T) / (2 * np.pi) % 1
colors = hsv_to_rgb(np.stack([direction, np.full(1500, 0.75), np.full(1500, 0.8)], axis=1))


def draw_stage(number, ax):
    undone = (8, *range(9))[number]  # the result comes first, for readers on paper
    dots, *lines = stages[undone]
    for line in lines:
        ax.plot(*line.T, color=plots.MUTED, lw=0.8)
    ax.scatter(*dots.T, s=9, color=colors, lw=0)
    ax.set(aspect="equal", xlim=(-3.2, 3.2), ylim=(-2.8, 2.8), xticks=[], yticks=[])
    ax.set_title(f"{undone} of 8 couplings undone")


plots.film(draw_stage, 10, size=(5.6, 5), fps=1.5)

# %%
from scipy.spatial import cKDTree

drawn = plane.sample(5000, seed=1)
nearest = cKDTree(points).query(drawn)[0]  # the distance to the nearest data point
with answer(prediction):
    print("It cannot tear, so it leaves a bridge: a few points are drawn between the moons.")
    share = 100 * (nearest > 0.2).mean()
    claim("points farther than 0.2 from all data", share, above=0.02, below=6, unit="%")

# %%
figure, (left, right) = plt.subplots(1, 2, figsize=(7.5, 3))
plots.clouds(generated=drawn, ax=left, title="drawn, and ringed: far from all data")
left.scatter(*drawn[nearest > 0.2].T, s=35, facecolor="none", edgecolor=plots.ACCENT, lw=1)
plots.clouds(real=points, ax=right, title="data, and density of the flow")
plots.density_contours(lambda x: np.exp(plane.log_density(x)), points, plots.GENERATED, right)
for ax in (left, right):
    ax.set(xlim=(-1.6, 2.7), ylim=(-1.2, 1.7))
plt.show()

# %% [markdown]
# Each coupling moves the points along one axis only, to the sides or up and down. (The fifth changes little, and the seventh moves hardly more than the left end.) In the end the round cloud has become
# a wave, an S that lies on its side. Its purple and blue part climbs along the left half of the upper moon, crosses
# over, and follows the lower moon to its right end, where it is green. The red and orange part, the right half of the upper moon,
# is a side arm of this wave. The upper moon and the lower moon hang together in two places. The first is a bridge: in the film, blue points lead from one moon to the other. In the left picture this bridge lies left of x = 0, and many of the rings lie there. The second is a thin veil of yellow and light green points, which fills the
# hollow between the moons. The other rings lie mostly at the two outer ends, which are a little too long. So not every ring marks a bridge, and
# most points of the veil have no ring, because they are closer than 0.2 to some data. In the right picture the outer green line runs around both moons at once, and so does the
# next one: the blue bridge lies inside them. Much of the veil lies inside the outer line only. A map that is
# continuous and can be undone cannot tear one cloud into two.
#
# ### From points to pictures
#
# A flow has a density, and a picture of whole gray levels needs a *probability*. If we let a flow learn the whole
# numbers as they are, it can put a narrow peak on each of them, and its density grows without end while it learns
# nothing about digits. So we add noise: level 3 becomes any number between 3 and 4, and all of them are equally
# likely. This is [dequantization](glossary.md#dequantization). The probability of a picture is the mean of the flow's
# density over all noise u:
#
# $$\log P(x) = \log E_u\, p(x + u) \;\ge\; E_u \log p(x + u)$$
#
# by the [Jensen inequality](glossary.md#jensen-inequality) (Theis et al. 2016). So with one draw of noise we get a number that is, on average, a lower bound. The bound becomes tighter if we take the mean of the densities for several draws, and then the logarithm (Burda et al. 2016).
#
# One question is left: how do we bring the numbers between 0 and 17 onto the whole line? RealNVP uses the logit function, log(u / (1 −
# u)) for a number u between 0 and 1. We use a step that knows the data better (Chen and Gopinath 2000). The table of single pixels from the
# beginning of this lesson says which *rank* a noisy level has among all pictures: which share of the pictures is
# darker at this pixel, as a number between 0 and 1. Over the data such ranks are uniform. The inverse of the function Φ, which we know from the mixture, turns them into
# normal numbers, pixel by pixel. (It is called the *quantile function* of the normal distribution.) So without couplings this flow **is** the model of
# single pixels: it has the same probabilities. So what the couplings save comes from what one pixel tells about the others.

# %%
from gan_course.family.flow import PixelFlow

flow = PixelFlow(seed=0)
flow.gaussianize.count(fitted)
noise = np.random.default_rng(0).random(held_out.shape)
untrained = flow.log_density(held_out, noise)
difference = np.abs(untrained - alone.sum(axis=1)).max()
claim("without couplings: largest difference from single pixels", difference, below=0.01, unit="nats")

# %% [markdown]
# **Predict before you run:** the flow has eight couplings. How many bits per pixel will it need: fewer than
# the mixture, fewer than the transformer? To draw, the transformer
# needs 64 passes. How many times as fast will the flow draw? (The package measures the flow on the second pile after each epoch, and keeps the weights of the best
# epoch. The transformer is trained for ten epochs and keeps its last weights.)

# %%
# Your prediction, (bits per pixel, times as fast):
prediction = None

# %%
history = flow.fit(fitted, validation)
flow_nats = flow.log_likelihood_bound(held_out, draws=20)
enter("flow", flow.sample, flow_nats, "bound")
with answer(prediction):
    lead = small["mixture"]["bits"] - small["flow"]["bits"]
    claim("the flow saves at least, against the mixture", lead, above=0.1, unit="bits per pixel")
    lead = small["transformer"]["bits"] - small["flow"]["bits"]
    claim("and against the transformer", lead, above=-0.06, below=0.06, unit="bits per pixel")
    times = small["transformer"]["seconds"] / small["flow"]["seconds"]
    claim("it draws faster than the transformer, times", times, above=10)

# %% [markdown]
# Two questions about these numbers. How much does the bound depend on the draws of noise? And the difference of flow
# and transformer: is it more than chance? Both have judged the same 300 pictures, so we take the difference for each
# picture, and the standard error of its mean.

# %%
for draws in (1, 5, 20):
    bound = bits(flow.log_likelihood_bound(held_out, draws=draws), 64)
    claim(f"flow, bound with draws={draws}", bound, above=1.8, below=2.2, unit="bits per pixel")
claim("transformer, exact", small["transformer"]["bits"], below=2.1, unit="bits per pixel")
pairs = {"flow": flow_nats - steps.sum(axis=1), "mixture": mixture_nats - hmm_nats}
for name, other in (("flow", "transformer"), ("mixture", "hidden Markov")):
    saved = pairs[name] / np.log(2) / 64  # bits per pixel, for each picture
    error = saved.std() / np.sqrt(300)
    print(f"{name} against {other}: ≈ {saved.mean():.3f} bits saved, standard error ≈ {error:.3f}")

# %%
plots.image_grid(to_images(small["flow"]["made"][:20]), "Drawn by the flow", columns=10, generated=True)
plt.show()

# %% [markdown]
# Compare flow and transformer with care. The transformer's number is exact, and the flow's is a bound. (A lower bound of log P(x) is an upper bound of the bits per pixel.) In our run they are 1.935 and 1.938 bits
# per pixel, and the difference is smaller than its standard error. The flow itself needs fewer bits than its bound says,
# so it is at least about as good. How good its bound looks depends on how we compute it: with one draw of noise it is
# 2.05 bits, with 5 draws 1.96 bits, and with 20 draws 1.93 bits. With one draw the transformer would look better. So
# whoever reports a bound has to say how it was computed. The trainings were not the same, either: the flow was trained for 60 epochs
# and kept the best one, and the transformer for ten and kept the last one. (The last of the lines printed above compares two models that you know already: the
# mixture saves 0.05 bits against the Markov model, with a standard error of 0.03. With other held-out pictures the
# order of these two could change.)
#
# The two models draw in opposite ways. The transformer computes one pixel after the other, in 64 passes. The flow
# computes the whole picture in one pass, so it is faster. (The factor is rough: it comes from one
# measurement, and our transformer computes its earlier pixels again in each pass.) Some of the flow's pictures can be
# read as digits, and others are strokes that almost make one.
#
# What is the price? Each step has to be invertible. So z has as many numbers as the picture, and no step
# can throw away what does not matter. The bends are built from many couplings, each of them simple.
#
# ## Fifth model: a Boltzmann machine
#
# (This is the hardest section of the lesson. On a first reading you may take from it only that Z has to be estimated, and go on with the table.)
#
# **Idea:** give each picture an [energy](glossary.md#energy), which is low for digits. The [restricted Boltzmann
# machine](glossary.md#restricted-boltzmann-machine) of [lesson 09](09_energy_based_gans.ipynb) does so, with binary
# pixels. For gray levels, each pixel gets 16 binary units, which share one bias and one set of weights. The level x
# of the pixel says how many of its units are on (Teh and Hinton 2001). There are $\binom{16}{x}$ ways to choose them,
# so the [free energy](glossary.md#free-energy) gets one more term:
#
# $$p(x) = \frac{e^{-F(x)}}{Z}, \qquad F(x) = -a \cdot x - \sum_j \log\left(1 + e^{b_j + x \cdot W_j}\right) - \sum_i
# \log \binom{16}{x_i}$$
#
# Here a are the biases of the pixels, b those of the hidden units, and $W_j$ the weights of hidden unit j. F is easy to
# compute. But the [partition function](glossary.md#partition-function) Z is a sum over all $17^{64}$
# pictures, or over all $2^{100}$ states of 100 hidden units. It can only be **estimated**. [Annealed importance
# sampling](glossary.md#annealed-importance-sampling) (Neal 2001; for restricted Boltzmann machines with binary pixels Salakhutdinov and Murray 2008) starts
# with a simple machine, whose Z is known, and turns it into ours in many small changes. We multiply W and b by a
# number β, which rises from 0 to 1. At β = 0 pixels and hidden units are independent, and $Z_0 = 2^{100}
# \prod_i (1 + e^{a_i})^{16}$. A set of pictures goes along, one in each *chain*. At each change of β two things happen:
#
# * the weight of the chain is multiplied by $e^{-F_{new}(v)} / e^{-F_{old}(v)}$, for its picture v;
# * the picture takes a step of [Gibbs sampling](glossary.md#gibbs-sampling) (lesson 09) in the new machine.
#
# The mean weight of the chains, times $Z_0$, estimates Z.
#
# <details><summary>Why is this right on average?</summary>
#
# *One change.* v is drawn from the old machine, with the probability $e^{-F_{old}(v)} / Z_{old}$. So the mean of the
# factor is $\sum_v \frac{e^{-F_{old}(v)}}{Z_{old}} \cdot \frac{e^{-F_{new}(v)}}{e^{-F_{old}(v)}} = Z_{new} / Z_{old}$.
#
# *Many changes.* Let g(v) be the probability that a chain is at the picture v, times the mean weight so far of the
# chains that are there. At the start, g is $p_{old}$. After the factor it is $e^{-F_{new}(v)} / Z_{old} = p_{new}(v)
# \cdot Z_{new} / Z_{old}$. The Gibbs step of the new machine leaves $p_{new}$ as it is, so it leaves g as it is. Then
# the next change multiplies g by the next ratio, and so on. At the end, the sum of g over all v, which is the mean
# weight, is $Z / Z_0$.
#
# </details>

# %%
from itertools import pairwise, product

from scipy.special import expit as sigmoid


def estimate_log_z(machine, chains, changes, rng):
    """Annealed importance sampling, from the machine without weights to the given one. Return log Z and all weights."""
    a, b, w = machine.visible_bias, machine.hidden_bias, machine.weights
    v, log_weights = rng.binomial(16, sigmoid(a), (chains, 64)), np.zeros(chains)
    for old, new in pairwise(np.linspace(0, 1, changes + 1)):
        inputs = b + v @ w
        log_weights += (np.logaddexp(0, new * inputs) - np.logaddexp(0, old * inputs)).sum(axis=1)
        h = rng.random(inputs.shape) < sigmoid(new * inputs)
        v = rng.binomial(16, sigmoid(a + new * (h @ w.T)))
    log_z0 = len(b) * np.log(2) + 16 * np.logaddexp(0, a).sum()
    return log_z0 + logsumexp(log_weights) - np.log(chains), log_weights


# %% [markdown]
# We test it where the truth is known. A machine with only 10 hidden units has $2^{10} = 1024$ hidden states, and we can
# add them all up.
#
# **Predict before you run:** we estimate log Z ten times, with 20 chains each. Will the estimates lie around
# the exact value, mostly above it, or mostly below it? And what does a wrong Z do to the bits per pixel?

# %%
# Your prediction, "around", "above" or "below":
prediction = None

# %%
from gan_course.family.boltzmann import RBM

tiny = RBM(pixels=64, hidden=10, levels=17, seed=0)
tiny.fit(fitted, epochs=30)
states = np.array([*product((0, 1), repeat=10)])
inputs = tiny.visible_bias + states @ tiny.weights.T
exact = logsumexp(states @ tiny.hidden_bias + 16 * np.logaddexp(0, inputs).sum(axis=1))
errors = {
    changes: [
        estimate_log_z(tiny, 20, changes, np.random.default_rng(seed))[0] - exact for seed in range(10)
    ]
    for changes in (30, 300)
}
with answer(prediction):
    for changes, found in errors.items():
        share = 100 * np.mean(np.array(found) < 0)
        claim(f"{changes} changes: estimates that are too small", share, above=60, unit="%")
        claim(f"{changes} changes: mean error", np.mean(found), below=0, unit="nats")

# %% [markdown]
# They are mostly below it: in our run all ten times, with 30 changes and with 300. The mean of very many estimates of
# *Z* is right, but it is made of many small values and a few huge ones. So a single estimate is more often too small
# than too large, and by the Jensen inequality the mean of log Z is too small. A region of pictures that no chain has
# found is missing in the sum. In our run ten times as many changes did not help: on average the estimates were still more than 4 nats too small. So an estimate that no longer moves can still be wrong. If Z is estimated too small, the
# probabilities exp(−F) / Z come out too large, and **the model looks too good**. An error of 4.3 nats
# is 0.1 bits per pixel.
#
# Now the real machine, with 100 hidden units. It learns by [contrastive
# divergence](glossary.md#contrastive-divergence) with five steps (lesson 09). It draws by 300 steps of Gibbs sampling
# from random pictures. The package also estimates log Z. It calls the number of changes `temperatures`, and its chains
# begin at independent pixels with the means of the training pictures.
#
# **Predict before you run:** given the hidden units, each pixel is a count of 16 units, a binomial distribution.
# Does the Boltzmann machine need fewer bits than pixels one by one, with their tables?

# %%
# Your prediction, "fewer" or "more":
prediction = None

# %%
rbm = RBM(pixels=64, hidden=100, levels=17, seed=0)
rbm.fit(fitted, epochs=60, steps=5)
log_z = rbm.log_partition_ais(fitted, chains=100, temperatures=1000)
rbm_nats = rbm.log_likelihood(held_out, log_z.value)
enter("Boltzmann", lambda count: rbm.sample(count, steps=300), rbm_nats, "estimate")
ours, log_weights = estimate_log_z(rbm, 100, 1000, np.random.default_rng(0))
effective = np.exp(2 * logsumexp(log_weights) - logsumexp(2 * log_weights))
with answer(prediction):
    claim("Boltzmann, estimate", small["Boltzmann"]["bits"], below=2.75, unit="bits per pixel")
    more = small["Boltzmann"]["bits"] - small["pixels one by one"]["bits"]
    claim("more than pixels one by one, by", more, above=0.02, unit="bits per pixel")
    print(f"standard error of log Z, by the package ≈ {log_z.standard_error:.2g} nats")
    claim("our chains that count, of 100", effective, above=1, below=50)
    change = ours - log_z.value
    claim("our estimate of log Z minus the package's", change, above=-4, below=4, unit="nats")

# %%
from scipy.stats import binom

share = (fitted.mean(axis=0) + 0.01) / 16.02  # how many of the 16 units are on
one_binomial = binom.logpmf(held_out, 16, share).sum(axis=1)
claim("one binomial per pixel", bits(one_binomial, 64), unit="bits per pixel")
gained = bits(one_binomial, 64) - small["Boltzmann"]["bits"]
claim("the hidden units save, against that", gained, above=1, unit="bits per pixel")


# %% [markdown]
# The Boltzmann machine needs more bits than pixels one by one, in our run by about 0.09 bits per pixel. (Three other machines, with the seeds 1, 2 and 3, needed between 0.04 and
# 0.19 bits more.) The package's standard error of log Z is 0.3 nats, which is less than 0.01 bits per pixel. Do not trust it too much. It is
# computed from the weights of the chains, and a few of them carry most of the weight: of our own 100 chains, only five or six
# count. (This effective number is $(\sum_i w_i)^2 / \sum_i w_i^2$. It is 100 if all weights are equal.) With so few, another run can
# give another number. Here our own estimate agrees with the package's, whose chains begin elsewhere. Such an agreement is a better sign than a small standard error, but it is no proof. And no standard error can see a region that all chains have missed. This may also have happened with the small machine, whose estimates were all too small. So the estimate tends to flatter the machine, and its true number of bits is probably even
# higher. The main reason is probably the binomial. A pixel at
# the edge of a stroke is often at 0 and often at 16, but a binomial distribution has only one hump. Its width cannot
# be chosen, either: with the mean 16 q its variance is 16 q (1 − q), so its standard deviation is never more than 2
# levels. A Gaussian can be as wide as the data needs. Without hidden units this model costs 5.67 bits per pixel. This
# is more than the 4.09 bits of a model that knows nothing. The hidden units repair most of it. But given the hidden
# units, each pixel still has one narrow hump. So the number of bits says something about a model's pixels, too, and
# not only about its idea.
#
# ## The table


# %%
def show_table(table):
    print(f"{'':18}{'bits/pixel':>16} {'certainty':10}{'drawing':>9}", end="")
    print(f"{'Fréchet':>9}{'precision':>11}{'recall':>8}")
    for name, row in table.items():
        cost = f"{row['bits']:.3f} ± {row['error']:.3f}" if "bits" in row else "–"
        print(f"{name:18}{cost:>16} {row['certainty']:10}{row['seconds']:7.2f} s", end="")
        print(f"{row['Fréchet']:9.1f}{row['precision']:11.2f}{row['recall']:8.2f}")


# %%
def show_pictures(table, shape, count, columns, title):
    figure, axes = plt.subplots(len(table), 1, figsize=(7, 1.08 * len(table) + 0.3))
    for ax, (name, row) in zip(axes, table.items(), strict=True):
        drawn = to_images(row["made"][:columns], shape, count)
        plots.image_grid(drawn, name, columns=columns, generated=name != "real pictures", ax=ax)
        ax.title.set_fontsize(11)
    figure.suptitle(title, fontsize=12)


# %% tags=["nbval-ignore-output"]
show_table(small)

# %%
show_pictures(small, (8, 8), 17, 9, "Similar bits, very different pictures: mixture and Markov")
plt.show()

# %% [markdown]
# Now each model becomes a point. Further left means fewer bits, and further up means a better precision. The thin
# gray lines are standard errors. A hollow point is no exact number. The flow's bound is too high, so its arrow
# points to the left. The Boltzmann machine's estimate is probably too low, so its arrow points to the right. (The lengths of the arrows
# mean nothing.) If the likelihood were the quality of the pictures, fewer bits would always come with a better precision: all points
# would lie on one falling curve, from the upper left to the lower right.

# %%
from matplotlib.offsetbox import AnnotationBbox, OffsetImage


def place(ax, name, row, x, lift=0, color=plots.GENERATED):
    """A model as a point with its standard errors, and with the first four of its pictures beside it."""
    y, filled = row["precision"], row["certainty"] in ("exact", "–")
    ax.errorbar(x, y, np.sqrt(y * (1 - y) / 300), row.get("error"), color=plots.MUTED, lw=1, zorder=1)
    ax.plot(x, y, "o", ms=8, mew=2, color=color, mfc=color if filled else "white")
    ax.annotate(name, (x, y), (13, 11 + lift), textcoords="offset points", size=10)
    strip = np.full((8, 39), 16)
    for i, picture in enumerate(row["made"][:4]):
        strip[:, 10 * i : 10 * i + 8] = picture.reshape(8, 8)
    strip = OffsetImage(strip, zoom=2.5, cmap="gray", interpolation="nearest")
    where = {"xybox": (13, 8 + lift), "boxcoords": "offset points", "box_alignment": (0, 1)}
    ax.add_artist(AnnotationBbox(strip, (x, y), frameon=False, pad=0, **where))


# %%
def draw_models(table, right):
    ax = plt.figure(figsize=(7, 5)).add_subplot()
    lifts = {"flow": 9, "transformer": -9, "Boltzmann": -26}
    for name in ("pixels one by one", "mixture", "hidden Markov", "transformer", "flow", "Boltzmann"):
        place(ax, name, table[name], table[name]["bits"], lifts.get(name, 0))
    arrow = {"arrowstyle": "->", "color": plots.GENERATED, "lw": 1.5, "shrinkA": 5}
    for name, shift in (("flow", -0.06), ("Boltzmann", 0.06)):  # where the true number lies
        x, y = table[name]["bits"], table[name]["precision"]
        ax.annotate("", (x + shift, y), (x, y), arrowprops=arrow)
    ax.axhline(table["real pictures"]["precision"], color=plots.REAL, ls=":", lw=1.2, zorder=0)
    ax.set(xlim=(1.84, right), ylim=(-0.09, 1.02), yticks=np.linspace(0, 1, 6))
    ax.set(xlabel="bits per pixel (less is better)", ylabel="precision (more is better)")
    return ax


# %%
ax = draw_models(small, right=2.82)
ax.text(2.81, 0.915, "real pictures", size=10, ha="right")
corner = {"size": 10, "color": "#666666", "style": "italic"}
ax.text(1.86, 0.78, "few bits and good pictures:\nno model is here", **corner)
ax.set_title("The fewest bits and the best precision belong to different models")
plt.show()

# %%
claim("precision of the mixture", small["mixture"]["precision"], above=0.75)
claim("precision of the transformer", small["transformer"]["precision"], below=0.75)
claim("recall of the mixture", small["mixture"]["recall"], below=0.9)
claim("recall of the transformer", small["transformer"]["recall"], above=0.75)
claim("Fréchet distance: hidden Markov", small["hidden Markov"]["Fréchet"], above=25)
claim("Fréchet distance: pixels one by one", small["pixels one by one"]["Fréchet"], below=25)

# %% [markdown]
# In this figure "good pictures" means only a high precision. We test below what that is worth. The points do not lie on one falling curve. The mixture is near the dotted line of the real pictures, and it needs clearly more bits
# than the transformer and the flow. The Boltzmann machine needs the most bits of all, and yet its precision is about that of the transformer.
#
# Why? Look at the pictures. Pixels that are drawn one by one are *snow* (independent noise at each pixel) in the
# shape of an average digit. The mixture draws digits under a thin layer of snow: within a kind, its pixels know
# nothing of one another. The Markov model draws pieces of strokes, anywhere. The transformer draws clear strokes on a black ground, but some of its pictures are no digit. The flow comes close to it, with a stray bright or gray pixel here
# and there. The Boltzmann machine draws smooth shapes with hardly any snow. Some of them are clear digits, such as the fourth, a 9, and the seventh, a 2. Others are no digit.
#
# Now the table. The Markov model needs fewer bits than single pixels, but its pictures have a far worse precision and
# Fréchet distance. (Only its recall is better, 0.62 against 0.47.) With the Boltzmann machine it is the other way round: it needs more bits than single pixels, and
# its pictures have a better precision and recall. (Its Fréchet distance, 19.0, is worse than their 14.5. So the
# measures of pictures do not agree with each other, either.) The transformer and the flow need by far the fewest
# bits, but their precision is below the mixture's. By precision and Fréchet distance, the snowy mixture looks
# excellent, and in our run better than both of them. Only its recall is lower: 0.70 against 0.89 and 0.93. Lesson 07
# warned us that precision likes what lies in the middle of the data. And perhaps the Fréchet distance of our judge
# hardly notices snow. We can test both. We take the mixture apart, into the bare means of its kinds and the snow. The judge then looks at the bare means alone, and at real pictures on which we have put snow. For each real picture we take the kind to which it most probably belongs, and add random snow of this kind.
#
# **Predict before you run:** the bare means are only as many different pictures as there are kinds, and they have no
# snow. What are their precision and their recall?

# %%
# Your prediction, (precision, recall):
prediction = None

# %%
rng, count = np.random.default_rng(0), len(held_out)
kind = rng.choice(mixture.components, count, p=mixture.weights)
own_kind = e_step(fitted[:count], mixture.weights, mixture.means, mixture.deviations**2).argmax(axis=1)
snow = rng.normal(0, mixture.deviations[own_kind])
tests = {"bare means": mixture.means[kind], "real pictures under snow": fitted[:count] + snow}
parts, enter_part = new_table(judge, held_out, to_images)
for name, pictures in tests.items():
    made = np.clip(np.rint(pictures), 0, 16).astype("int64")
    enter_part(name, lambda count, made=made: made)
with answer(prediction):
    claim("bare means: precision", parts["bare means"]["precision"], above=0.9)
    claim("bare means: recall", parts["bare means"]["recall"], below=0.2)
    claim("real pictures: Fréchet distance", small["real pictures"]["Fréchet"], below=4)
    snowed = parts["real pictures under snow"]["Fréchet"]
    claim("real pictures under snow: Fréchet distance", snowed, below=5)
    snowed = parts["real pictures under snow"]["precision"]
    claim("real pictures under snow: precision", snowed, above=0.6)

# %%
with_real = {"real pictures": small["real pictures"]} | parts
show_pictures(with_real, (8, 8), 17, 9, "The eye sees the snow, and the Fréchet distance hardly does")
for spine in plt.gcf().axes[2].spines.values():  # half real, half generated
    spine.set(color=plots.REAL, linestyle=(0, (4, 3)))
plt.show()

# %% [markdown]
# The bare means have a nearly perfect precision and a poor recall. They are smooth average digits from the middle of
# the data. With the snow on top, the mixture keeps most of this precision, as the table shows. Real pictures under
# the same snow keep a small Fréchet distance, too, and most of their precision. Compare the first row with the third
# (its frame is dashed): there are gray dots in the dark, and the strokes are ragged. The Fréchet distance reacts to
# this only a little: it rises from 1.7 to 2.2, while that of single pixels is 14.5. The precision falls more, from 0.90 to
# 0.74, but it stays far above the 0.27 of single pixels. So if two models differ in snow, do not rely on these numbers alone: look at the pictures.
#
# ## Where does each model save its bits?
#
# We can ask three of these models pixel by pixel: how many bits does *this* pixel cost, if the pixels before it are
# known? (The flow and the Boltzmann machine have one number for the whole picture.) The transformer computes exactly
# this. For the Markov model, our forward algorithm has kept the numbers. For the mixture, the probability of the
# first i pixels is the same formula, with a product that stops at i. Its logarithm minus that of the first i − 1
# pixels belongs to pixel i.

# %%
from gan_course.family.mixture import log_mass

kinds = [
    np.log(weight) + log_mass(held_out, mean, std).cumsum(axis=1)
    for weight, mean, std in zip(mixture.weights, mixture.means, mixture.deviations, strict=True)
]
mixture_steps = np.diff(logsumexp(kinds, axis=0), axis=1, prepend=0)
difference = np.abs(mixture_steps.sum(axis=1) - mixture_nats).max()
claim("the steps add up to the whole, up to", difference, near=0, within=1e-6)

# %% [markdown]
# **Predict before you look:** we draw, row by row, how many bits each model saves against single pixels. Whose
# saving is clearly larger in the lower half of the picture than in its first row?

# %%
# Your prediction, a list of models:
prediction = None

# %%
by_pixel = {"hidden Markov": hmm_steps, "mixture": mixture_steps, "transformer": steps}
saved = {
    name: (logs - alone).mean(axis=0).reshape(8, 8).mean(axis=1) / np.log(2)
    for name, logs in by_pixel.items()
}
gain = {name: values[4:].mean() - values[0] for name, values in saved.items()}
with answer(prediction):
    print("bits per pixel saved in the lower half, minus those saved in the first row")
    claim("transformer", gain["transformer"], above=0.15)
    claim("mixture", gain["mixture"], below=0.12)
    claim("hidden Markov", gain["hidden Markov"], below=0.2)

# %%
looks = {"hidden Markov": ("#A0A0A0", "s--", 0.03), "mixture": ("#505050", "^-.", -0.02)}
looks["transformer"] = (plots.ACCENT, "o-", 0)
for name, values in saved.items():
    color, style, lift = looks[name]
    plt.plot(np.arange(1, 9), values, style, color=color)
    plt.text(8.2, values[-1] + lift, name, color=color, va="center", size=11)
plt.axhline(0, xmax=0.81, color=plots.REAL, ls=":", lw=1)
plt.text(8.2, -0.02, "pixels one by one", va="center", size=11)
plt.xlabel("row of the picture")
plt.gca().set(ylabel="bits per pixel saved", xlim=(0.7, 9.8), xticks=range(1, 9))
plt.title("The transformer saves more once much of the picture is known")
plt.show()

# %% [markdown]
# * **Pixels one by one** know where they are, and nothing about what has been drawn. They are the dotted line at zero.
# * The **Markov model** knows what was drawn a moment ago, and has only a rough idea of the place. While it draws, all
#   that it remembers is one state out of 30. (When it judges a picture, it keeps the probabilities of all 30 states.)
#   The pixel above was drawn eight steps earlier, and this state can hardly still know it. In the second row this model
#   needs even more bits than single pixels.
# * The **mixture** knows where it is. In the first rows it finds out which of its kinds this picture is, and its line
#   is highest in the second row. That is all that it can find out. Once the kind is known, its pixels are independent.
#   If a stroke lies one pixel further left than usual for its kind, each of its pixels costs extra bits. In the last
#   three rows the mixture saves little or nothing.
# * The **transformer** knows the place *and* all that has been drawn. Each pixel can look at the pixel above it, at the
#   stroke on its left, or at whatever has proved useful. So it saves more than the others in each row. It saves least
#   in the first row, where little is known, and most in the last one.
#
# A part of the mixture's disadvantage has another cause: a bell curve is a poor model of a pixel whose levels
# pile up at 0 and 16. You can see this without any kinds:

# %%
deviation = np.sqrt(fitted.var(axis=0) + 1 / 12)  # as in the package: so that none is 0
one = log_mass(held_out, fitted.mean(axis=0), deviation).sum(axis=1)
claim("one Gaussian per pixel", bits(one, 64), unit="bits per pixel")
claim("one table per pixel", bits(alone.sum(axis=1), 64), unit="bits per pixel")

# %% [markdown]
# (A bell curve in place of a table costs 0.28 bits per pixel here. For comparison, the transformer saves 0.36 bits per pixel against the mixture. With 40 kinds the loss is probably smaller, but we have not measured it. So do not think that all of the 0.36 bits are saved by looking at other pixels. A part is probably saved because the transformer has a probability for each level, and no bell curve.) Does the Markov model know, while it draws, in which row and column it is? If it does, its digits lie in the middle of the
# picture, as real ones do. The mean of many pictures shows whether they do.

# %%
real = small["real pictures"]["made"]
names = ["real pictures", "mixture", "hidden Markov", "transformer"]
figure, axes = plt.subplots(1, 4, figsize=(7, 2.2))
for ax, name in zip(axes, names, strict=True):
    mean = to_images(small[name]["made"]).mean(axis=0, keepdims=True)
    plots.image_grid(mean, name, generated=name != "real pictures", ax=ax)
    ax.title.set_fontsize(11)
plt.show()
off = {name: np.abs(small[name]["made"].mean(axis=0) - held_out.mean(axis=0)).mean() for name in names}
claim("hidden Markov: its mean is off by, in levels", off["hidden Markov"], above=1.5)
claim("mixture: its mean is off by, in levels", off["mixture"], below=0.8)

# %% [markdown]
# The means of the mixture and of the transformer look like the real one. In the first row the Markov model, too,
# knows where it is, because it has just begun. While it *draws*, nobody corrects it. So further down its mean
# picture becomes a gray cloud. It draws strokes of the right kind in the wrong places.
#
# ## Likelihood and pictures are two different things
#
# The model with the best likelihood need not draw the best pictures. Can the two really go different ways? Let us push
# it to the extreme, as Theis, van den Oord and Bethge (2016) did. Take the transformer, and spoil it: with a
# probability of 99 % it draws pure noise instead. So its probability of a picture x is 0.01 · p(x) + 0.99 ·
# p_noise(x), where p is that of the transformer. This is at least a hundredth of p(x). So the logarithm falls by at
# most log 100.
#
# **Predict before you run:** log 100 is 4.6 nats per picture. How many bits per pixel is that, with 64 pixels?
# And does the spoiled transformer still beat the mixture?

# %%
# Your prediction, (bits per pixel, "yes" or "no"):
prediction = None

# %%
noise_nats = -64 * np.log(17)  # all pictures are equally likely
spoiled = np.logaddexp(np.log(0.01) + steps.sum(axis=1), np.log(0.99) + noise_nats)
rng = np.random.default_rng(0)
is_noise, noise = rng.uniform(size=(300, 1)) < 0.99, rng.integers(17, size=(300, 64))
made = np.where(is_noise, noise, small["transformer"]["made"])
enter("spoiled transformer", lambda count: made, spoiled, "exact")
with answer(prediction):
    claim("the noise costs at most", np.log(100) / np.log(2) / 64, unit="bits per pixel")
    lead = small["mixture"]["bits"] - small["spoiled transformer"]["bits"]
    claim(
        "the spoiled transformer still saves, against the mixture",
        lead,
        above=0.12,
        unit="bits per pixel",
    )
    ratio = small["spoiled transformer"]["Fréchet"] / small["mixture"]["Fréchet"]
    claim("its Fréchet distance, divided by the mixture's", ratio, above=10)

# %%
title = "99 % noise, and yet a better likelihood than the mixture"
plots.image_grid(to_images(made[:20]), title, columns=10, generated=True)
plt.show()

# %% [markdown]
# A model that draws pure noise 99 times out of 100 has a better likelihood than the mixture. With 64 pixels, a factor
# of a hundred is a tenth of a bit per pixel. With 784 pixels it would be less than a hundredth of a bit. The
# likelihood forgives bad pictures. What it never forgives is a held-out picture that the model finds impossible.
#
# And the other way round? A model that draws training pictures at random draws perfect pictures. You have seen
# them in the first row of the table. How many of the held-out pictures have a probability above 0 for this
# model?

# %%
known = {picture.tobytes() for picture in fitted}
count = sum(picture.tobytes() in known for picture in held_out)
claim(f"held-out pictures that it finds possible, of {len(held_out)}", count)

# %% [markdown]
# None. So its bits per pixel are infinite. Here are all models once more, with these two extremes:

# %%
ax = draw_models(small, right=3.5)
bad, copies = small["spoiled transformer"], small["real pictures"]
place(ax, "99 % noise", bad, bad["bits"], color=plots.ACCENT)
place(ax, "training pictures,\ndrawn again", copies, 3.06, -44, plots.REAL)
start = small["transformer"]["bits"], small["transformer"]["precision"]
arrow = {"arrowstyle": "->", "color": plots.ACCENT, "lw": 1.5, "shrinkA": 6, "shrinkB": 6}
ax.annotate("", (bad["bits"], bad["precision"]), start, arrowprops=arrow)
ax.axvline(2.98, color=plots.MUTED, ls="--", lw=1)
ax.set_xticks([2, 2.2, 2.4, 2.6, 2.8, 3.06], ["2.0", "2.2", "2.4", "2.6", "2.8", "∞"])
ax.set_title("Noise with a good likelihood, and perfect pictures with the worst one")
plt.show()

# %% [markdown]
# Both things happen: a good likelihood with terrible pictures (orange), and perfect pictures with the worst
# likelihood there is (black, at ∞). What to ask for depends on the use. To compress
# pictures, or to judge how surprising a picture is, you need a likelihood. (If you want to detect unusual
# pictures with it, test it first: models of photographs found house numbers more probable than the
# photographs that they had learned from, Nalisnick et al. 2019.) To draw pictures for people, judge the
# pictures. To draw them quickly, take a model that needs one pass.
#
# | model | probability | draws in | learns by |
# |---|---|---|---|
# | Gaussian mixture | exact | one step | the EM algorithm |
# | hidden Markov model | exact | one cheap step per pixel | the EM algorithm |
# | transformer | exact | one pass per pixel | cross-entropy of the next pixel |
# | flow | exact for points, a bound for whole levels | one pass | the log-density of its data |
# | Boltzmann machine | estimate | many steps of [Gibbs sampling](glossary.md#gibbs-sampling) | [contrastive divergence](glossary.md#contrastive-divergence) |
#
# A sixth member of the family is the GAN. In this table its second column would be empty: it draws, and does not say
# how probable a picture is. No method of lesson 07 gives a number that can be trusted there (remember the [Parzen
# window](glossary.md#parzen-window)). There is an exception: a flow can be trained as the generator of a GAN, and
# then its likelihood can be computed. Grover et al. (2018) did so. Their GAN drew good pictures, and its likelihood
# was worse than that of a mixture that had memorized the training pictures. A usual GAN has to be compared by its
# pictures. The next lesson does that.
#
# All this is measured on one small data set, with one seed, with models of our choice, and with short trainings. On
# the second pile the lesson chose only two things: the number of kinds of the mixture, and the best epoch of the
# flow. The sizes of the other models were simply given. They differ by far: the flow and the transformer have many times as many free numbers as the others. Some things follow from how a model is built, and hold elsewhere, too: whether its probability is exact, and how many passes it needs to draw. The order of two models with similar numbers does not: with another seed it can change.
#
# ## An open experiment: below 1.9 bits
#
# Build a model of the small pictures that needs fewer bits per pixel than our transformer and our flow, with at most one minute of training. If you have beaten them, try to get below 1.9 bits. Choose all settings on `validation`, and look at `held_out` once, at the end. Some ideas:
#
# * a mixture *of models*: ½ p(x) + ½ q(x), by `np.logaddexp`. It is never worse than the better one by more
#   than one bit *per picture*. Why? And when is it better than both?
# * a larger transformer (`PixelTransformer(width=..., blocks=...)`), or a longer training;
# * more pictures: digits that are moved by one pixel are digits, too;
# * a Boltzmann machine whose pixels are no binomials.
#
# Here is the number to beat. Does your model also draw better pictures? The second number is the mixture's.

# %%
best = min(small[name]["bits"] for name in ("transformer", "flow"))
claim("to beat: the better of transformer and flow", best, above=1.8, below=2.05, unit="bits per pixel")
claim("to beat: the mixture's Fréchet distance", small["mixture"]["Fréchet"], below=5)

# %% [markdown]
# ## What can go wrong
#
# | you see | likely cause | test | remedy |
# |---|---|---|---|
# | fewer than 0 bits per pixel | a density, not a probability | do the probabilities of a pixel's levels sum to 1? | the mass of the bin |
# | the density of a flow grows without end | it puts peaks on whole numbers | look at the loss: does it ever level off? | add noise (dequantization) |
# | the density does not integrate to 1 | a log-determinant is missing, or has the wrong sign | a numerical Jacobian of one point; a sum over a grid | add the log-determinants of *all* steps, also that of the scaling |
# | a log-likelihood of −∞ | underflow, or a level that was never seen | which picture, which pixel? | work with logarithms, and divide by sums; add a little to the counts |
# | very few bits, and nonsense samples | pixels see themselves | change pixel j: do the probabilities of pixel j move? | move the input; a causal mask |
# | numbers that differ by a factor of 1.44 | nats taken for bits | log 2 = 0.693 | always name the unit |
# | two papers disagree by far | other pictures: binarized or not, another size | read how the data was made | compare on the same data only |
# | the Boltzmann machine wins | log Z was estimated too small | more changes of β, more chains, another start of the chains: does the estimate still rise? (If not, it can still be wrong, as our small machine shows.) a small model with the exact log Z | say how it was estimated |
#
# ## Summary in five lines
#
# 1. On the same pictures with whole gray levels, the probabilities of different models can be compared: bits per
#    pixel, less is better.
# 2. The mixture, the Markov model and the transformer compute them exactly, a flow over whole levels has a bound, and a
#    Boltzmann machine an estimate, which tends to flatter it. A GAN has none.
# 3. Here the transformer and the flow need the fewest bits. The transformer knows the place and all that was drawn, at the
#    price of one pass per pixel. The flow draws in one pass, and each of its steps can be undone.
# 4. EM fits models with hidden kinds or states: guess the shares, then count with them, and repeat.
# 5. Likelihood and the quality of samples are different things: one can be good while the other is
#    terrible. Precision, recall and the Fréchet distance do not see everything, either: look at the pictures.
#
# ## References
#
# * L. Theis, A. van den Oord, M. Bethge, [A note on the evaluation of generative
#   models](https://arxiv.org/abs/1511.01844), ICLR 2016: likelihood and samples.
# * A. P. Dempster, N. M. Laird, D. B. Rubin, [Maximum likelihood from incomplete data via the EM
#   algorithm](https://doi.org/10.1111/j.2517-6161.1977.tb01600.x), Journal of the Royal Statistical Society B 1977.
# * L. Rabiner, [A tutorial on hidden Markov models and selected applications in speech
#   recognition](https://doi.org/10.1109/5.18626), Proceedings of the IEEE 1989.
# * L. Dinh, J. Sohl-Dickstein, S. Bengio, [Density estimation using Real NVP](https://arxiv.org/abs/1605.08803),
#   ICLR 2017: affine couplings.
# * L. Dinh, D. Krueger, Y. Bengio, [NICE: non-linear independent components
#   estimation](https://arxiv.org/abs/1410.8516), ICLR 2015 (workshop): couplings that only shift.
# * Y. Burda, R. Grosse, R. Salakhutdinov, [Importance weighted autoencoders](https://arxiv.org/abs/1509.00519), ICLR
#   2016: more draws make a bound tighter (theorem 1).
# * A. Grover, M. Dhar, S. Ermon, [Flow-GAN: combining maximum likelihood and adversarial learning in generative
#   models](https://arxiv.org/abs/1705.08868), AAAI 2018.
# * S. S. Chen, R. A. Gopinath,
#   [Gaussianization](https://papers.nips.cc/paper/2000/hash/3c947bc2f7ff007b86a9428b74654de5-Abstract.html), NIPS
#   2000: each coordinate through its own distribution function, and then through the normal quantile function.
# * A. Vaswani et al., [Attention is all you need](https://arxiv.org/abs/1706.03762), NIPS 2017.
# * P. J. Liu et al., [Generating Wikipedia by summarizing long sequences](https://arxiv.org/abs/1801.10198),
#   ICLR 2018: a decoder-only transformer.
# * A. Radford et al., [Improving language understanding by generative
#   pre-training](https://cdn.openai.com/research-covers/language-unsupervised/language_understanding_paper.pdf),
#   OpenAI 2018 (GPT), and [Language models are unsupervised multitask
#   learners](https://cdn.openai.com/better-language-models/language_models_are_unsupervised_multitask_learners.pdf),
#   OpenAI 2019 (GPT-2).
# * A. van den Oord, N. Kalchbrenner, K. Kavukcuoglu, [Pixel recurrent neural
#   networks](https://arxiv.org/abs/1601.06759), ICML 2016: pixels one after the other, each a choice among 256
#   levels.
# * N. Parmar et al., [Image transformer](https://arxiv.org/abs/1802.05751), ICML 2018; M. Chen et al.,
#   [Generative pretraining from pixels](https://proceedings.mlr.press/v119/chen20s.html), ICML 2020 (image
#   GPT).
# * R. M. Neal, [Annealed importance sampling](https://doi.org/10.1023/A:1008923215028), Statistics and Computing
#   2001.
# * R. Salakhutdinov, I. Murray, [On the quantitative analysis of deep belief
#   networks](https://doi.org/10.1145/1390156.1390266), ICML 2008: log Z of Boltzmann machines by this method.
# * Y. W. Teh, G. E. Hinton, [Rate-coded restricted Boltzmann machines for face
#   recognition](https://papers.nips.cc/paper_files/paper/2000/hash/c366c2c97d47b02b24c3ecade4c40a01-Abstract.html),
#   NIPS 2000 (printed 2001): pixels as counts.
# * E. Nalisnick et al., [Do deep generative models know what they don't
#   know?](https://arxiv.org/abs/1810.09136), ICLR 2019.
#
# **Next lesson:** [12 · Codes, noise and games](12_codes_noise_and_games.ipynb): a VAE, a diffusion model and a GAN
# learn from the same digits of 28 × 28 pixels.
