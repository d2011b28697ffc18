# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 11 · The generative family
#
# [![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)](https://colab.research.google.com/github/gan-course/gan-course/blob/main/notebooks/11_the_generative_family.ipynb)
#
# **The one idea: a GAN is one of a family. On one data set, with one table, you see what each member can do: name
# a probability, draw quickly, draw well. None of them does all three best.**
#
# After this lesson you will be able to
#
# * fit a Gaussian mixture, a hidden Markov model, a causal transformer, a VAE, a Boltzmann machine and a GAN to the
#   same pictures;
# * compare models by bits per pixel, and say which of these numbers are exact, which are bounds, and which are
#   estimates;
# * write down the core of each model in a few lines;
# * explain why a good likelihood and good samples are two different things.
#
# It takes about 60 minutes to read; its cells run in about 90 seconds on two CPU cores. You should know the map of
# [lesson 01](01_generative_vs_discriminative.ipynb) and the measures of [lesson 07](07_measuring_a_gan.ipynb).

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

plots.use_style()
print(runtime.configure(seed=0))

# %% [markdown]
# ## One data set
#
# [Lesson 01](01_generative_vs_discriminative.ipynb) drew a map of generative models. Some name a probability p(x),
# some only draw. And it promised a comparison in fair conditions. Here it is: scikit-learn's digits, 8 × 8 pixels, each with
# one of **17 gray levels**. Everybody learns from the same pictures, and is examined on pictures that nobody has
# learned from. Of the training pictures, 150 are put aside to make choices on.

# %%
from gan_course.family.levels import to_images, to_levels

images, labels = data.load("digits")
unseen, _ = data.load("digits", split="test")
training, held_out = to_levels(images), to_levels(unseen)
order = np.random.default_rng(0).permutation(len(training))
fitted, validation = training[order[150:]], training[order[:150]]
print(f"{len(fitted)} to learn from, {len(validation)} to choose on, {len(held_out)} held out")
print(
    f"levels from {training.min()} to {training.max()}; one picture is {training.shape[1]} whole numbers"
)

# %% [markdown]
# ## One number: bits per pixel
#
# Whole numbers matter. The mixture of lesson 01 had a *density*, whose value depends on the units and can be as
# large as you like. The *probability* of a picture of whole gray levels is a number below 1, the same thing for
# every model, and so it can be compared.
#
# It is tiny, so we take the log: **nats** a picture. It becomes readable when we ask how many yes-or-no questions
# a pixel costs: **bits per pixel**. Whoever knows nothing needs log₂ 17 = 4.09. A model that predicts well needs
# less: less is better. (It is also the size of the file into which the model could pack the pictures.)
#
# ### Exercise 1: from nats to bits
#
# A bit is log 2 nats. What does a pixel cost on average?


# %%
def bits_per_pixel(nats, pixels):
    """nats: log-probability of each picture, (n,). pixels: in a picture. Return the mean cost in bits."""
    return ...


check.bits_per_pixel(bits_per_pixel)
# check.bits_per_pixel.hint()
# check.bits_per_pixel.solution()

# %% [markdown]
# ### The model to beat
#
# The simplest model takes each pixel by itself: how often was it black, how often level 1, and so on? That is a table
# of 64 × 17 shares. (A third of a picture is added to each count. Without it, a level that this pixel never had
# would be impossible, and one such pixel in one held-out picture would cost infinitely many bits.)

# %%
from gan_course.family.levels import bits_per_pixel as bits

counts = (fitted[:, :, None] == np.arange(17)).sum(axis=0) + 1 / 3
pixel_logs = np.log(counts / counts.sum(axis=1, keepdims=True))  # (64, 17)
alone = np.take_along_axis(pixel_logs[None], held_out[..., None], axis=2)[..., 0]
print(f"nothing known:      {np.log2(17):.4f} bits a pixel")
print(f"pixels one by one:  {bits(alone.sum(axis=1), 64):.4f}")

# %% [markdown]
# So whoever wants to be called a model of digits has to say something about how pixels hang together, and to end below
# the second number.
#
# ## One table
#
# Every model will be asked the same. How many bits per pixel on held-out digits, if it can say? How long does it take to
# draw 360 pictures? And how good are they? For that we take lesson 07's measures, on the features of a small
# classifier: the Fréchet distance, precision, recall. The first rows are two yardsticks: pixels drawn one by one,
# and real training pictures, which show what a perfect sampler would get.

# %%
import time

judge = metrics.feature_classifier(images, labels)
real_features = judge.features(unseen)
table = {}


def enter(name, draw, nats=None, kind=""):
    """Draw as many pictures as are held out, time and judge them, and write the model's row."""
    start = time.perf_counter()
    made = draw(len(held_out))
    row = {"seconds": time.perf_counter() - start, "made": made, "kind": kind}
    row["bits"] = None if nats is None else bits(nats, 64)
    features = judge.features(to_images(made))
    row["Fréchet"] = metrics.frechet_distance(real_features, features)
    row["precision"], row["recall"] = metrics.precision_recall(real_features, features)
    table[name] = row


# %%
from gan_course.family.levels import draw_levels

enter("real pictures", lambda count: fitted[:count])
rng, logits = np.random.default_rng(0), np.tile(pixel_logs, (len(held_out), 1, 1))
enter("pixels one by one", lambda count: draw_levels(logits, rng), alone.sum(axis=1), "exact")
print(*table, sep=", ")

# %% [markdown]
# ## Page one: a Gaussian mixture
#
# **Idea:** there are kinds of pictures. Choose a kind k, then draw every pixel from a Gaussian of its own, and round to
# a whole level. The probability of a level is the *mass of its bin*, from half a level below to half above; the
# two end bins are open. Then sum over the kinds:
#
# $$p(x) = \sum_k w_k \prod_i \left[\Phi\left(\frac{x_i + \frac12 - \mu_{ki}}{\sigma_{ki}}\right) -
# \Phi\left(\frac{x_i - \frac12 - \mu_{ki}}{\sigma_{ki}}\right)\right]$$
#
# Here Φ(t) is the share of a standard normal below t, w the share of each kind, μ and σ its mean and deviation at each
# pixel. (It is fitted by its density, as scikit-learn does it, and examined by its masses. A little variance is added everywhere, 1/12: that of a number of which only the rounded value is known.) How many
# kinds? That is what the validation pictures are for. **Predict before you run:** there are ten digits.
# Will ten kinds be best, or fewer, or more?

# %%
from gan_course.family.mixture import PixelMixture

candidates = {k: PixelMixture(components=k) for k in (5, 10, 20, 40, 80)}
for model in candidates.values():
    model.fit(fitted)
choice = {k: bits(model.log_likelihood(validation), 64) for k, model in candidates.items()}
mixture = candidates[min(choice, key=choice.get)]
mixture_nats = mixture.log_likelihood(held_out)
enter("mixture", mixture.sample, mixture_nats, "exact")
print(f"more than ten kinds are best: {mixture.components > 10}")
print(
    f"the mixture beats single pixels by 0.08 bits: {table['mixture']['bits'] < bits(alone.sum(axis=1), 64) - 0.08}"
)

# %% tags=["nbval-ignore-output"]
print({k: round(cost, 3) for k, cost in choice.items()})

# %% [markdown]
# More than ten: people write a one, a seven or a four in several ways, and a mixture has no other means to say so than another kind.
# Here is the formula in our own words, and the package's number for the same pictures:


# %%
from scipy.stats import norm


def mass(level, mean, std):
    high = np.where(level == 16, 1.0, norm.cdf((level + 0.5 - mean) / std))
    low = np.where(level == 0, 0.0, norm.cdf((level - 0.5 - mean) / std))
    return high - low


some = held_out[:5]
pairs = zip(mixture.weights, mixture.means, mixture.deviations, strict=True)
ours = np.log(sum(weight * mass(some, mean, std).prod(axis=1) for weight, mean, std in pairs))
print(f"the masses of 17 bins sum to {mass(np.arange(17), 3.3, 2.0).sum():.4f}")
print(f"ours and the package's agree: {np.allclose(ours, mixture.log_likelihood(some))}")

# %% [markdown]
# ## Page two: a hidden Markov model
#
# **Idea:** read the picture like a line of text, pixel after pixel. Behind the line walks a hidden state: at each pixel
# it draws a level from its own table, then it steps on by a table of transitions. Since the same tables serve at every
# pixel, nobody tells the model which row or column it is in. Speech recognizers worked like this for thirty years.
#
# The probability is a sum over all paths of states, and there are $30^{64}$ of them for 30 states. The **forward
# algorithm** needs only 64 steps, since it keeps what matters: how likely each state is, given the pixels so far. With start
# $\pi$, transitions A, emissions B (the states' tables of levels), n = 64 pixels, and ⊙ for "number by number",
#
# $$\alpha_1 = \pi \odot B_{\cdot x_1}, \qquad \alpha_{t+1} = (\alpha_t A) \odot B_{\cdot x_{t+1}}, \qquad
# p(x) = \textstyle\sum_s \alpha_n(s)$$
#
# ### Exercise 2: the forward algorithm
#
# Return log p of one picture. A warning: α becomes too small for a float in a long picture. Divide it by its sum at
# each pixel, and add up the logs of these sums.


# %%
def forward(picture, start, transition, emission):
    """picture: (n,). start: (states,). transition: (from, to). emission: (states, levels). Return log p."""
    return ...


check.forward(forward)
# check.forward.hint()
# check.forward.solution()

# %% [markdown]
# The package leaves the fitting to `hmmlearn`, which does it by expectation maximization (guess which state drew each pixel; refit the tables to the guess; repeat). It takes about ten seconds.
#
# **Predict before you run:** will it be better or worse than single pixels, each of which knows exactly where it is, but
# nothing of its neighbors?

# %%
from gan_course.family.markov import PixelHMM

hmm = PixelHMM(states=30)
hmm.fit(fitted, iterations=25)
hmm_nats = hmm.log_likelihood(held_out)
enter("hidden Markov", hmm.sample, hmm_nats, "exact")
print(f"it beats single pixels: {table['hidden Markov']['bits'] < table['pixels one by one']['bits']}")

# %% [markdown]
# Better. Not because a neighbor is worth more than the place: a table of "which level after which" alone is worse than
# single pixels. The hidden state carries some of both.

# %%
follows = np.zeros((17, 17))
np.add.at(follows, (fitted[:, :-1], fitted[:, 1:]), 1)
follows = np.log((follows + 1 / 3) / (follows + 1 / 3).sum(axis=1, keepdims=True))
neighbor = alone[:, 0] + follows[held_out[:, :-1], held_out[:, 1:]].sum(axis=1)
print(
    f"the neighbor alone: {bits(neighbor, 64):.4f}; the place alone: {bits(alone.sum(axis=1), 64):.4f}"
)

# %% [markdown]
# Here is our own forward algorithm, for all pictures at once. It keeps the log of each pixel's probability, given those
# before, which we will need at the end:


# %%
def forward_steps(pictures, model):
    state, steps = model.start, []
    for levels in pictures.T:
        joint = state * model.emission[:, levels].T  # (pictures, states)
        steps.append(np.log(joint.sum(axis=1)))
        state = joint / joint.sum(axis=1, keepdims=True) @ model.transition
    return np.stack(steps, axis=1)


hmm_steps = forward_steps(held_out, hmm)
print(f"ours and the package's agree: {np.allclose(hmm_steps.sum(axis=1), hmm_nats)}")

# %% [markdown]
# ## Page three: a causal transformer, GPT-2's idea
#
# **Idea:** no hidden state, no kinds. Any probability of 64 pixels is a product, by the chain rule:
#
# $$p(x) = p(x_1)\; p(x_2 \mid x_1)\; p(x_3 \mid x_1, x_2) \cdots p(x_{64} \mid x_1, \dots, x_{63})$$
#
# Let one network name each factor, 17 probabilities at a time. GPT-2 (Radford et al. 2019) does so with pieces of words; gray
# levels will do as well (image GPT, Chen et al. 2020). Each pixel looks back by *attention*: it asks all earlier pixels, and
# weighs their answers. The one thing that must not happen is that a pixel sees itself or its future.
#
# ### Exercise 3: who may see whom?
#
# Return a table of truth values: row i, column j says whether the probabilities of pixel i may depend on pixel j.


# %%
def may_see(pixels):
    """Return an array (pixels, pixels) of True and False."""
    return ...


check.may_see(may_see)
# check.may_see.hint()
# check.may_see.solution()

# %% [markdown]
# In Keras it takes two parts. The input moves one place to the right, behind a start sign, and the attention
# has `use_causal_mask=True`, so that place i sees places up to i, that is, pixels before i. Here is one block
# of the network. The package's has two, each with attention and two dense layers:

# %%
from keras import layers

from gan_course.family.autoregressive import PixelEmbedding, PixelTransformer


def block(hidden, width=48, heads=4):
    normal = layers.LayerNormalization()(hidden)
    hidden = hidden + layers.MultiHeadAttention(heads, width // heads)(
        normal, normal, use_causal_mask=True
    )
    wide = layers.Dense(4 * width, activation="gelu")(layers.LayerNormalization()(hidden))
    return hidden + layers.Dense(width)(wide)


together = block(PixelEmbedding((8, 8), 17, 48)(held_out[:2]))
print(f"two pictures through one block: {tuple(together.shape)}")

# %% [markdown]
# Does the package's network keep to the rule? We change one pixel of a picture, the one numbered 20. Whose probabilities
# move?

# %%
transformer = PixelTransformer(shape=(8, 8), seed=0)
changed = held_out[:1].copy()
changed[0, 20] = 16 - changed[0, 20]
before, after = (transformer.network.predict_on_batch(x) for x in (held_out[:1], changed))
moved = np.flatnonzero(np.abs(before - after).max(axis=(0, 2)) > 1e-6)
print(f"those of pixels {moved.min()} to {moved.max()}, {len(moved)} of them")

# %% [markdown]
# All after it, and nobody else. Now it learns, by plain cross-entropy: the log of the probability that it gave to the level
# that came. This is the longest training of the lesson, about half a minute on two CPU cores.
#
# **Predict before you run:** the mixture saved a tenth of a bit a pixel or two. How much more will the transformer save?

# %%
history = transformer.fit(fitted, validation)
steps = transformer.pixel_log_likelihood(held_out)
enter("transformer", transformer.sample, steps.sum(axis=1), "exact")
lead = table["mixture"]["bits"] - table["transformer"]["bits"]
print(f"it is more than a quarter of a bit better than the mixture: {lead > 0.25}")

# %%
from scipy.special import log_softmax

logs = log_softmax(transformer.network.predict_on_batch(held_out[:100]), axis=2)
ours = np.take_along_axis(logs, held_out[:100, :, None], axis=2).sum(axis=(1, 2))
print(f"ours and the package's agree: {np.allclose(ours, steps[:100].sum(axis=1), atol=1e-3)}")

# %% [markdown]
# A quarter of a bit sounds like little. Per picture it is 16 bits and more: the transformer finds a held-out
# digit over 65,000 times as probable as the mixture does, on geometric average.
#
# The price is drawing. The probabilities of a *given* picture come in one pass, all pixels at once. To *draw*
# one, pixel 2 has to wait for pixel 1, and so on: 64 passes. The table will show it. (Its seconds depend on how busy the machine is, and on what TensorFlow compiles on the
# way. We also compute the earlier pixels anew in each pass; GPT-2 in practice keeps what it knows of them.)
#
# ## Page four: a variational auto-encoder
#
# **Idea:** behind each picture is a short code z, 16 numbers drawn from a standard normal. A *decoder* network turns a code
# into 17 probabilities a pixel. Like a mixture, but with infinitely many kinds that blend into one another. The probability
# is an integral over all codes, which nobody can compute. So a second network, the *encoder*, guesses which codes could
# have made x, q(z | x), and we get a **lower bound** (Kingma and Welling 2014):
#
# $$\log p(x) \;\ge\; \underbrace{E_{q(z|x)} \log p(x \mid z)}_{\text{the code explains the picture}} -
# \underbrace{\mathrm{KL}\left(q(z \mid x) \,\|\, p(z)\right)}_{\text{the price of the code}}$$
#
# ### Exercise 4: the price of the code
#
# The encoder names a mean μ and a log-variance for each coordinate of z. For Gaussians the second term is
# ½ Σ (σ² + μ² − 1 − log σ²). Write it.


# %%
def kl(mean, log_variance):
    """mean, log_variance: (n, d). Return KL(q || standard normal) of each of the n, in nats."""
    return ...


check.kl(kl)
# check.kl.hint()
# check.kl.solution()

# %% [markdown]
# The bound can be tightened: draw several codes, and take the log of a mean of weights instead of a mean of logs (Burda et al. 2016).
# **Predict before you run:** more codes make a better bound. Will it come down to the transformer's number?

# %%
from gan_course.family.vae import PixelVAE

vae = PixelVAE(latent_dim=16, seed=0)
history = vae.fit(fitted, validation)
elbo, tighter = vae.elbo(held_out), vae.log_likelihood_bound(held_out, draws=100)
enter("VAE", vae.sample, tighter, "bound")
print(f"with 100 codes the bound is tighter: {tighter.mean() > elbo.mean() + 1}")
print(f"it is better than the mixture: {table['VAE']['bits'] < table['mixture']['bits'] - 0.05}")
print(
    f"the transformer stays ahead of the bound: {table['transformer']['bits'] < table['VAE']['bits'] - 0.05}"
)

# %%
mean, log_variance = vae.encoder.predict_on_batch(held_out)
noise, explained = np.random.default_rng(0).normal(size=(10, *mean.shape)), []
for draw in noise:
    code = mean + np.exp(log_variance / 2) * draw
    logs = log_softmax(vae.decoder.predict_on_batch(code.astype("float32")), axis=2)
    explained.append(np.take_along_axis(logs, held_out[..., None], axis=2).sum(axis=(1, 2)))
price = (np.exp(log_variance) + mean**2 - 1 - log_variance).sum(axis=1) / 2
ours = np.mean(explained, axis=0) - price
print(f"ours and the package's agree: {np.allclose(ours, elbo, atol=1e-2)}")

# %% tags=["nbval-ignore-output"]
print(
    f"evidence lower bound: {bits(elbo, 64):.3f} bits a pixel; with 100 codes: {bits(tighter, 64):.3f}"
)
print(f"the code costs {price.mean():.1f} nats a picture, of {-elbo.mean():.1f}")

# %% [markdown]
# In bits, a lower bound of the likelihood is an *upper* bound of the cost: the VAE costs **at most** this much. How
# much less, we do not know. A bound may be set beside exact numbers in one direction only: if the bound already beats
# the mixture, so does the model. That the transformer is ahead of the VAE *itself* has not been proved by this number.
#
# ## Page five: a Boltzmann machine
#
# **Idea:** an energy for each picture, low for digits; p(x) = exp(−F(x)) / Z. You know it from
# [lesson 09](09_energy_based_gans.ipynb). There, pixels were on or off; here each is a count from 0 to 16, of sixteen small
# units that share their weights, so it speaks of the same gray levels as everybody else. The energy is exact. But Z is a
# sum over all $17^{64}$ pictures, and with 100 hidden units it can only be **estimated**, here by annealed importance
# sampling (Salakhutdinov and Murray 2008), which is more often too small than too large. Too small a Z makes the model look too good.

# %%
from gan_course.family.boltzmann import RBM

rbm = RBM(pixels=64, hidden=100, levels=17, seed=0)
rbm.fit(fitted, epochs=200, steps=5)
log_z = rbm.log_partition_ais(fitted, chains=100, temperatures=2000, seed=0)
nats = rbm.log_likelihood(held_out, log_z.value)
enter("Boltzmann", lambda count: rbm.sample(count, seed=0), nats, "estimate")
agree = np.allclose(-rbm.free_energy(held_out) - log_z.value, nats)
print(f"minus free energy, minus log Z, is the log-likelihood: {agree}")

# %% tags=["nbval-ignore-output"]
print(
    f"log Z = {log_z.value:.1f} ± {log_z.standard_error:.2f} nats; unseen digits, minus F: {-rbm.free_energy(held_out).mean():.1f}"
)

# %% [markdown]
# ## Page six: a GAN
#
# **Idea:** you know it. The only member with no answer to the question of probability: its first column stays empty, and
# no trick of lesson 07 (remember the Parzen window) puts an honest number there. It has been told nothing about
# levels, either: we round what it draws.
#
# **Predict before you run:** on which columns will it be best?

# %%
from gan_course import networks
from gan_course.gan import GAN

shape = images.shape[1:]
gan = GAN(networks.dcgan_generator(shape), networks.dcgan_discriminator(shape), seed=0)
gan.compile()
history = gan.fit(to_images(fitted), epochs=24, verbose=0)
enter("GAN", lambda count: to_levels(gan.generate(count, seed=1)))
print(f"{gan.steps_behind()} steps")

# %% [markdown]
# ## The table

# %% tags=["nbval-ignore-output"]
print(f"{'':19}{'bits/pixel':>11}{'':10}{'drawing':>9}{'Fréchet':>10}{'precision':>11}{'recall':>8}")
for name, row in table.items():
    cost = "–" if row["bits"] is None else f"{row['bits']:.3f}"
    print(f"{name:19}{cost:>11} {row['kind']:9}{row['seconds']:7.2f} s", end="")
    print(f"{row['Fréchet']:10.1f}{row['precision']:11.2f}{row['recall']:8.2f}")

# %%
figure, axes = plt.subplots(len(table), 1, figsize=(8.5, 6.6))
for ax, (name, row) in zip(axes, table.items(), strict=True):
    drawn = to_images(row["made"][:13])
    plots.image_grid(drawn, columns=13, generated=name != "real pictures", ax=ax)
    label = name if row["bits"] is None else f"{name}\n{row['bits']:.2f} bits"
    ax.set_ylabel(label, rotation=0, ha="right", va="center", fontsize=9)
figure.suptitle("Mixture and Markov: nearly the same bits, quite different pictures", x=0.5)
plt.show()
snowy, sharp = table["mixture"], table["transformer"]
likes = snowy["precision"] > sharp["precision"]
print(f"the judge finds the mixture more precise than the transformer: {likes}")
print(f"but the transformer covers more of the real digits: {sharp['recall'] > snowy['recall']}")
enough = table["Boltzmann"]["bits"] > table["transformer"]["bits"] + 0.2
print(
    f"only a log Z more than 8.8 nats too large could hide a Boltzmann machine that is ahead: {enough}"
)

# %% [markdown]
# Look at the pictures first. Pixels drawn one by one are snow in the shape of an average digit. The mixture draws digits under a
# layer of snow: within a kind its pixels do not know of one another. So does the VAE, for the same reason, once the code is chosen. The
# Markov model draws strokes without a plan. The Boltzmann machine's digits are smudged. The transformer and the GAN draw the cleanest strokes. Did you expect the GAN to win a column? Look for it in the table:
# it is the one that has quick drawing and clean strokes together, and it pays with the empty first column.
#
# Then the table, and a surprise: by precision and Fréchet distance the mixture is excellent. Lesson 07 warned us. Precision likes what lies in the middle of the data, and the Fréchet distance hardly notices snow. We can take the
# mixture apart, into the bare means of its kinds and the snow, and let the judge look at each.

# %% tags=["nbval-ignore-output"]
rng = np.random.default_rng(0)
kind = rng.choice(mixture.components, 360, p=mixture.weights)
bare = np.rint(mixture.means[kind]).astype("int64")
snow = rng.normal(0, mixture.deviations[kind])
snowed = np.clip(np.rint(fitted[:360] + snow), 0, 16).astype("int64")
for name, pictures in (("bare means", bare), ("real under snow", snowed)):
    features = judge.features(to_images(pictures))
    precision, recall = metrics.precision_recall(real_features, features)
    distance = metrics.frechet_distance(real_features, features)
    print(f"{name:16} Fréchet {distance:5.1f}, precision {precision:.2f}, recall {recall:.2f}")

# %% [markdown]
# The bare means alone would have nearly perfect precision, and almost no recall: precision likes them so much that the
# snow on top is forgiven. And real pictures under the same snow lose precision, but keep a small distance.
#
# The transformer has a better likelihood *and* covers more of
# the digits, but its precision is far below that of real pictures: many of its clean strokes lead nowhere. Look for them in its row.
#
# ## Why this order?
#
# Every exact model can be asked pixel by pixel: how many bits does *this* pixel cost, once the pixels before it are known?
# The transformer answers in these terms. For the Markov model, our forward algorithm kept the numbers. For the mixture, the
# probability of the first i pixels is the same formula with the product stopped at i.
#
# **Predict before you run:** we draw, row by row, how many bits each model saves against single pixels. Whose saving grows from
# top to bottom?

# %%
from scipy.special import logsumexp

from gan_course.family.mixture import log_mass

parts = zip(mixture.weights, mixture.means, mixture.deviations, strict=True)
kinds = np.stack([np.log(w) + log_mass(held_out, m, s).cumsum(axis=1) for w, m, s in parts])
mixture_steps = np.diff(logsumexp(kinds, axis=0), axis=1, prepend=0)
print(f"the steps add up: {np.allclose(mixture_steps.sum(axis=1), mixture_nats)}")
one = log_mass(held_out, fitted.mean(axis=0), np.sqrt(fitted.var(axis=0) + 1 / 12)).sum(axis=1)
print(
    f"one Gaussian a pixel: {bits(one, 64):.4f}; one table a pixel: {bits(alone.sum(axis=1), 64):.4f}"
)
first, last = (-alone[:, rows].mean() / np.log(2) for rows in (slice(8), slice(56, 64)))
print(f"one table a pixel, by rows: the first costs {first:.2f} bits, the last {last:.2f}")

# %%
by_pixel = {
    "one by one": alone,
    "hidden Markov": hmm_steps,
    "mixture": mixture_steps,
    "transformer": steps,
}
saved = {
    name: (logs - alone).mean(axis=0).reshape(8, 8).mean(axis=1) / np.log(2)
    for name, logs in by_pixel.items()
}

# %%
looks = {"one by one": (plots.MUTED, ":"), "hidden Markov": (plots.CLASSES[0], "s--")}
looks |= {"mixture": (plots.CLASSES[1], "^-."), "transformer": (plots.GENERATED, "o-")}
for name, values in saved.items():
    plt.plot(np.arange(1, 9), values, looks[name][1], color=looks[name][0], label=name)
plt.gca().set(xlabel="row of the picture", ylabel="bits per pixel saved")
plt.title("The more has been drawn, the more the transformer saves, on the whole")
plt.legend()
plt.show()
gain = {name: values[4:].mean() - values[0] for name, values in saved.items()}
print(
    f"the transformer saves 0.2 bits more in the lower half than in the first row: {gain['transformer'] > 0.2}"
)
print(f"the mixture does not: {gain['mixture'] < 0.1}")

# %% [markdown]
# * **Pixels one by one** know where they are, and nothing of what has been drawn. They are the line at zero.
# * The **Markov model** knows what was drawn a moment ago, and pays for it with the place. All that it remembers fits in the
#   number of one state out of 30, and the same state has to know where in the picture it is. Eight pixels later, when the
#   stroke above would matter, it has forgotten. (Mixture and Markov model end close together;
#   another number of states, or another seed, may swap them.)
# * The **mixture** knows where it is, and in the first rows it finds out which of its kinds this is. That is all it can find
#   out. Once the kind is known, its pixels are independent, and a stroke one pixel further left is a surprise at every pixel.
#   Its line does not rise, but part of that is the shape of a Gaussian, a poor one where levels pile up at 0 and 16: a
#   single Gaussian a pixel costs more than a table a pixel, as printed above.
# * The **transformer** knows the place *and* all that has been drawn: each pixel looks at the pixel above, the stroke to the
#   left, whatever has proved useful. So it saves more in each row than the mixture, and more further down.
#
# Where does the Markov model think it is? The mean of many pictures shows it.

# %%
means = {
    "real": unseen,
    **{name: to_images(table[name]["made"]) for name in ("mixture", "hidden Markov", "transformer")},
}
figure, axes = plt.subplots(1, 4, figsize=(8, 2.4))
for ax, (name, pictures) in zip(axes, means.items(), strict=True):
    plots.image_grid(pictures.mean(axis=0, keepdims=True), name, generated=name != "real", ax=ax)
figure.suptitle("The mean of 360 pictures: the Markov model loses its place", x=0.5)
plt.show()
off = {
    name: np.abs(pictures.mean(axis=0) - unseen.mean(axis=0)).mean() for name, pictures in means.items()
}
print(
    f"the Markov model's mean is further off than the mixture's: {off['hidden Markov'] > 1.5 * off['mixture']}"
)
slow = table["transformer"]["seconds"] > 10 * table["VAE"]["seconds"]
print(f"64 passes against one: the transformer draws over 10 times as slowly as the VAE: {slow}")

# %% [markdown]
# In the first row the Markov model knows where it is: it has just begun. While it *draws*, nobody corrects it, and further
# down its mean becomes a gray cloud. (While it *reads* a real digit, the black margins may help it to find its place
# again: perhaps that is why its line above does not sink.) It draws strokes of the right kind in the wrong place.
#
# ## Likelihood and pictures are two different things
#
# Best likelihood, and not the best precision: can the two really go different ways? Let us push it to the extreme, as Theis,
# van den Oord and Bethge (2016) did. Take the transformer, and spoil it: with probability 99 % it draws pure noise instead.
#
# Its probability is at least a hundredth of the transformer's, so its log falls by log 100 = 4.6 nats at most. **Predict
# before you run:** how many bits per pixel is that? Where in the table will it end?

# %%
noise_nats = -64 * np.log(17)  # every picture is equally likely
spoiled = np.logaddexp(np.log(0.01) + steps.sum(axis=1), np.log(0.99) + noise_nats)
print(f"it costs at most {np.log(100) / np.log(2) / 64:.4f} bits a pixel more")
print(
    f"it still beats the mixture and the Markov model: {bits(spoiled, 64) < table['mixture']['bits']}"
)
rng = np.random.default_rng(0)
made = np.where(
    rng.uniform(size=(360, 1)) < 0.99, rng.integers(17, size=(360, 64)), table["transformer"]["made"]
)
frechet = metrics.frechet_distance(real_features, judge.features(to_images(made)))
print(
    f"its Fréchet distance is worse than everybody's: {frechet > max(row['Fréchet'] for row in table.values())}"
)
plots.image_grid(
    to_images(made[:16]), "A better likelihood than the mixture's", columns=16, generated=True
)
plt.show()

# %% [markdown]
# A model that draws snow 99 times out of 100 has a better likelihood than the mixture. In 64 dimensions a factor of a hundred is next to
# nothing. The likelihood forgives bad pictures; what it never forgives is a held-out picture that the model finds
# impossible.
#
# And the other way round? A model that draws training pictures at random draws perfect pictures: look at the table's first row. How
# probable does it find a held-out picture?

# %%
known = {picture.tobytes() for picture in fitted}
print(
    f"held-out pictures with a probability above 0: {sum(picture.tobytes() in known for picture in held_out)}"
)

# %% [markdown]
# None: its bits per pixel are infinite, the worst there is. So both happen, great likelihood with terrible pictures and perfect pictures with
# no likelihood. Which one to ask for depends on the use. To compress, to judge how
# surprising something is: take a likelihood, and among these models the transformer. (To detect the unusual, too, but
# test it: models of photographs found house numbers more probable than photographs, Nalisnick et al. 2019.) To draw something that people look
# at: judge pictures. To draw quickly: one pass, so a VAE or a GAN.
#
# | model | probability | draws in | learns by |
# |---|---|---|---|
# | Gaussian mixture | exact | one step | expectation maximization |
# | hidden Markov model | exact | 64 cheap steps | expectation maximization |
# | transformer | exact | 64 passes | cross-entropy of the next pixel |
# | VAE | bound | one pass | its bound |
# | Boltzmann machine | estimate | 1,000 steps of Gibbs sampling | contrastive divergence |
# | GAN | none | one pass | a game |
#
# All this is one data set of 1,287 small pictures, one seed, models of our choice, and at most about half a minute of training each. The *kinds* of
# strengths are general; the order of neighbors in the table is not.
#
# ## What can go wrong
#
# | you see | likely cause | test | remedy |
# |---|---|---|---|
# | fewer than 0 bits per pixel | a density, not a probability | do the 17 probabilities of a pixel sum to 1? | the mass of the bin |
# | a likelihood of −∞ | underflow, or a level never seen | which picture, which pixel? | logs and normalizing; smooth the counts |
# | wonderful bits, nonsense samples | pixels see themselves | change pixel j: do logits at j move? | shift the input; causal mask |
# | numbers that differ by a factor of 1.44 | nats taken for bits | log 2 = 0.693 | say which |
# | the VAE loses to an exact model by a hair | its number is a bound | does it still fall with more draws? | call it a bound |
# | the Boltzmann machine wins | log Z estimated too small | more temperatures; a small model exactly | say how it was estimated |
# | the VAE draws the same snow each time, like single pixels | the code is ignored: the KL term is near 0 | print it | smaller decoder, slower start of the KL term |
#
# ## Summary in five lines
#
# 1. On whole gray levels every probability is comparable: bits per pixel, less is better.
# 2. Mixture, Markov model and transformer have it exactly, a VAE as a bound, a Boltzmann machine as an estimate, a GAN not
#    at all.
# 3. The transformer is ahead of the other exact models: it knows the place and all that was drawn; its price is one pass a pixel.
# 4. A mixture knows the kind and no more, a Markov model one state's worth of the past.
# 5. Likelihood and quality of samples are different things: either can be excellent while the other is terrible.
#
# ## References
#
# * L. Theis, A. van den Oord, M. Bethge, [A note on the evaluation of generative
#   models](https://arxiv.org/abs/1511.01844), ICLR 2016.
# * L. Rabiner, [A tutorial on hidden Markov models and selected applications in speech
#   recognition](https://doi.org/10.1109/5.18626), Proceedings of the IEEE 1989.
# * D. P. Kingma, M. Welling, [Auto-encoding variational Bayes](https://arxiv.org/abs/1312.6114), ICLR 2014.
# * Y. Burda, R. Grosse, R. Salakhutdinov, [Importance weighted autoencoders](https://arxiv.org/abs/1509.00519), ICLR
#   2016.
# * A. Vaswani et al., [Attention is all you need](https://arxiv.org/abs/1706.03762), NIPS 2017.
# * A. van den Oord, N. Kalchbrenner, K. Kavukcuoglu, [Pixel recurrent neural
#   networks](https://arxiv.org/abs/1601.06759), ICML 2016: pixels one after the other, as classes.
# * A. Radford et al., [Language models are unsupervised multitask
#   learners](https://cdn.openai.com/better-language-models/language_models_are_unsupervised_multitask_learners.pdf), OpenAI
#   2019 (GPT-2); M. Chen et al., [Generative pretraining from
#   pixels](https://proceedings.mlr.press/v119/chen20s.html), ICML 2020 (image GPT).
# * R. Salakhutdinov, I. Murray, [On the quantitative analysis of deep belief
#   networks](https://doi.org/10.1145/1390156.1390266), ICML 2008: annealed importance sampling.
# * E. Nalisnick et al., [Do deep generative models know what they don't
#   know?](https://arxiv.org/abs/1810.09136), ICLR 2019.
# * I. Goodfellow, [NIPS 2016 tutorial: generative adversarial networks](https://arxiv.org/abs/1701.00160): the map.
#
# **Next lesson:** 12 · Training at scale (coming next).
