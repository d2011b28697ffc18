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
# # 12 · Codes, noise and games
#
# [![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)](https://colab.research.google.com/github/gan-course/gan-course/blob/main/notebooks/12_codes_noise_and_games.ipynb)
#
# **The one idea: a VAE, a diffusion model and a GAN learn from the same digits how to turn noise from a normal distribution into new digits. Each of
# them gives up something that the others have. The VAE gives up sharp pictures, the diffusion model gives up quick drawing, and the GAN gives up the
# bound on the probability of a picture, which the other two have.**
#
# After this lesson you will be able to
#
# * draw the code of a picture so that a gradient can pass through the draw, and say why this beats the obvious way;
# * compute the lower bound of a VAE, and turn its knob β;
# * add noise to a picture in one jump, write the loss of a diffusion model, and draw in twenty steps;
# * compare the three fairly, and say what each can be asked.
#
# It takes about 120 minutes to read, without the exercises. Its cells run in about 120 seconds on two CPU cores. (Good places for a break are before the part "Noise: the diffusion model", and before "A game: the GAN".) You
# should know the GAN of [lesson 05](05_gans_for_images.ipynb), the measures of [lesson
# 07](07_measuring_a_gan.ipynb), and the bits per pixel of [lesson 11](11_models_with_a_likelihood.ipynb).

# %% tags=["nbval-ignore-output"]
# Where the course package is missing, on Colab for example, this cell installs it first.
import importlib.util

if importlib.util.find_spec("gan_course") is None:
    print("Installing gan_course from https://github.com/gan-course/gan-course")
    # %pip install --quiet git+https://github.com/gan-course/gan-course

import matplotlib.pyplot as plt
import numpy as np

from gan_course import data, metrics, networks, plots, results, runtime
from gan_course.checks import lesson_12 as check
from gan_course.claims import answer, claim

plots.use_style()
plt.rcParams["image.interpolation"] = "nearest"  # each pixel as it is
print(runtime.configure(seed=0))

# %% [markdown]
# ## Three piles, and a judge
#
# All three models learn from the same 3,000 digits of 28 × 28 pixels. The next 1,000 are **held out**: no model sees
# them, and all samples are compared with them. The judge, a small classifier, is trained on a third pile of 1,000. So
# it has seen neither the training pictures of the models nor those that samples are compared with.
#
# The VAE and the diffusion model give a bound on the probability of a picture. For this a picture has to have whole
# gray levels (lesson 11), so they get 17 levels, from 0 to 16. The GAN gets the digits as they are, with 256 levels, and
# the pictures that we compare with have 256 levels, too. Is this an advantage for the GAN? A row of the table will tell.

# %%
import itertools
import time

from gan_course.family.levels import bits_per_pixel as bits
from gan_course.family.levels import to_images, to_levels

SHAPE = (28, 28, 1)
digits, _ = data.load("mnist_5k")
learned, held_out = digits[:3000], digits[3000:]
judged_by, judged_by_labels = data.load("mnist_5k", split="test")
levels, held_levels = to_levels(learned), to_levels(held_out)


def pictures_of(levels):
    return to_images(levels, SHAPE[:2])


print(f"{len(learned)} to learn from, {len(held_out)} held out, {len(judged_by)} for the judge")

# %% [markdown]
# Every way to draw gets a row in one table: the [Fréchet distance](glossary.md#frechet-distance), [precision and
# recall](glossary.md#precision-and-recall) of lesson 07, and the [stray pixels](glossary.md#stray-pixel) of lesson
# 05, bright pixels without a bright neighbor. Further columns are the seconds of the processor's time for drawing
# 1,000 pictures (*CPU s*, all cores added up), and the number of *passes*: how often a network is called for each picture.

# %%
judge = metrics.feature_classifier(judged_by, judged_by_labels)
held_features, table = judge.features(held_out), {}


def stray_pixels(pictures):
    bright = np.pad(pictures[..., 0] > -0.5, ((0, 0), (1, 1), (1, 1)))
    above, below = bright[:, :-2, 1:-1], bright[:, 2:, 1:-1]
    left, right = bright[:, 1:-1, :-2], bright[:, 1:-1, 2:]
    return (bright[:, 1:-1, 1:-1] & ~(above | below | left | right)).sum(axis=(1, 2)).mean()


# %%
def enter(name, draw, passes):
    """Draw 1,000 pictures, judge them, and write a row."""
    start = time.process_time()
    pictures = draw(1000)
    row = {"seconds": time.process_time() - start, "passes": passes, "pictures": pictures}
    features = judge.features(pictures)
    row["Fréchet"] = metrics.frechet_distance(held_features, features)
    row["precision"], row["recall"] = metrics.precision_recall(held_features, features)
    row["stray"] = stray_pixels(pictures)
    table[name] = row


enter("real digits", lambda count: learned[:count], 0)
enter("real digits, 17 levels", lambda count: pictures_of(levels[:count]), 0)
claim("real digits: Fréchet distance", table["real digits"]["Fréchet"], below=5)
change = table["real digits, 17 levels"]["Fréchet"] - table["real digits"]["Fréchet"]
claim("what 17 levels change about it", abs(change), below=0.5)
claim("real digits: recall", table["real digits"]["recall"], above=0.8)


# %% [markdown]
# The first number is a yardstick: even 1,000 real digits are not at distance 0 from 1,000 others. The second number tells
# how little this distance changes when the same digits have 17 levels. So in the eyes of this judge the 256 levels are hardly an advantage for the GAN.
#
# ## Codes: the variational autoencoder
#
# **Idea:** behind each picture there is a short code z of 32 numbers, drawn from a standard normal distribution. A
# network, the *decoder*, turns a code into probabilities: for each pixel, one probability for each gray level. To draw a picture, draw a code and decode
# it. This is a [variational autoencoder](glossary.md#variational-autoencoder), VAE (Kingma and Welling 2014; Rezende
# et al. 2014).
#
# How does one train it? Nobody knows the codes of the training pictures, and the probability of a picture is an
# integral over all codes, p(x) = ∫ p(x | z) p(z) dz, where p(z) is the standard normal density of the codes. So a second network, the *encoder*, guesses which codes could have
# made the picture x. It answers with a normal distribution q(z | x): a mean μ and a log-variance log σ² for each
# coordinate of z. With it we get a **lower bound**, the [evidence lower
# bound](glossary.md#evidence-lower-bound). Its second term is the [KL divergence](glossary.md#kl-divergence) of this guess from p(z):
#
# $$\log p(x) \;\ge\; \underbrace{E_{q(z|x)} \log p(x \mid z)}_{\text{how well codes explain the picture}} -
# \underbrace{\mathrm{KL}\left(q(z \mid x) \,\|\, p(z)\right)}_{\text{the price of the code}}$$
#
# <details><summary>Why is this a lower bound? And how large is the gap?</summary>
#
# Write the integral as a mean over q: p(x) = E [p(x | z) p(z) / q(z | x)], where z is drawn from q(z | x). The logarithm
# bends down, so the logarithm of a mean is at least the mean of the logarithms ([Jensen
# inequality](glossary.md#jensen-inequality)). So log p(x) ≥ E [log p(x | z)] + E [log p(z) − log q(z | x)], and the
# second mean is minus the [KL divergence](glossary.md#kl-divergence).
#
# By Bayes' rule p(x | z) p(z) = p(z | x) p(x). Put this into the bound: it is log p(x) − KL(q(z | x) ‖ p(z | x)). So the
# gap is the divergence of the encoder's guess from the true distribution of codes.
#
# *The price in closed form.* In one coordinate, log q − log p = −½ log σ² − (z − μ)²/(2σ²) + z²/2. Under q, (z − μ)² has
# the mean σ², and z² has the mean σ² + μ². So the mean of log q − log p is ½ (−log σ² − 1 + σ² + μ²). The coordinates are independent, so
# we add them up.
#
# </details>
#
# ### The trick: where does the chance come from?
#
# The first term of the bound is a mean over codes *drawn from q*, and q has the parameters μ and σ, which the encoder
# has to learn. So the mean is taken over a distribution that depends on μ and σ, and we need the gradient of this mean with respect to μ and σ. There are
# two ways. Take one coordinate, and a function f(z) in place of log p(x | z).
#
# **The obvious way** differentiates the density. It needs no derivative of f. It is called the [score-function
# gradient](glossary.md#score-function-gradient) (Williams 1992):
#
# $$\frac{\partial}{\partial \mu} E_q f(z) = \int f(z)\, \frac{\partial q(z)}{\partial \mu}\, dz = E_q\!\left[ f(z)\,
# \frac{\partial \log q(z)}{\partial \mu} \right] = E_q\!\left[ f(z)\, \frac{z - \mu}{\sigma^2} \right]$$
#
# **The trick** first moves all chance out of the way. A draw from q is z = μ + σ · ε, where ε is standard normal noise.
# The distribution of ε does not depend on any parameter. So the mean is taken over ε, and the derivative moves inside:
#
# $$\frac{\partial}{\partial \mu} E_\varepsilon f(\mu + \sigma \varepsilon) = E_\varepsilon f'(\mu + \sigma \varepsilon),
# \qquad \frac{\partial}{\partial \sigma} E_\varepsilon f(\mu + \sigma \varepsilon) = E_\varepsilon \left[ f'(\mu + \sigma
# \varepsilon)\, \varepsilon \right]$$
#
# This is the [reparameterization trick](glossary.md#reparameterization-trick). In a network it means: draw ε outside,
# multiply and add inside, and let backpropagation pass through z to μ and σ.
#
# ### Exercise 1: draw a code
#
# The encoder gives the mean and the *logarithm of the variance*, because a logarithm may have any sign. Write the draw.


# %%
def draw_code(mean, log_variance, noise):
    """mean, log_variance, noise: all (n, d). Return the codes, (n, d)."""
    return ...


check.draw_code(draw_code)
# check.draw_code.hint()
# check.draw_code.solution()

# %% [markdown]
# Both ways are right on average. But a training step has only a few draws, so it matters how much a single draw
# scatters. We test it with f(z) = z², μ = 1 and σ = ½. Here everything is known: E z² = μ² + σ², so the true
# gradient is 2μ = 2.
#
# **Predict before you run:** the variance of one draw of the trick is 4σ² = 1. What is the variance of one draw of the
# score-function gradient: about 1, about 5 or about 20?

# %%
# Your prediction, a number:
prediction = None

# %%
rng = np.random.default_rng(0)
mu, sigma, eps = 1.0, 0.5, rng.normal(size=200_000)
z = mu + sigma * eps
by_trick, by_score = 2 * z, z**2 * (z - mu) / sigma**2
with answer(prediction):
    claim("mean of the trick", by_trick.mean(), near=2, within=0.02)
    claim("mean of the score-function gradient", by_score.mean(), near=2, within=0.05)
    claim("variance of the trick", by_trick.var(), near=1, within=0.02)
    exact = mu**4 / sigma**2 + 14 * mu**2 + 15 * sigma**2
    claim("variance of the score-function gradient, formula", exact)
    claim("the same, simulated", by_score.var(), near=exact, within=0.7)

# %%
bins = np.linspace(-3, 20, 70)
plt.hist(by_score, bins, density=True, color=plots.MUTED, label="score function")
plt.hist(by_trick, bins, density=True, histtype="step", color=plots.ACCENT, lw=2, label="trick")
plt.axvline(2, color=plots.REAL, ls=":", label="true gradient")
plt.gca().set(xlabel="gradient from one draw", yticks=[])
plt.title("Same mean, but the trick scatters far less")
plt.legend()
plt.show()

# %% [markdown]
# <details><summary>Where does the formula come from?</summary>
#
# Write z = μ + σε. The score-function gradient is z² ε / σ = (μ² ε + 2μσ ε² + σ² ε³) / σ. Normal noise has E ε² = 1, E ε⁴ = 3, E
# ε⁶ = 15, and its odd moments are 0. So the mean is 2μ, and the mean of the square is (μ⁴ + 3 (4μ²σ² + 2μ²σ²) + 15σ⁴) / σ².
# Subtract (2μ)²: this leaves μ⁴/σ² + 14μ² + 15σ².
#
# </details>
#
# In the figure, most draws of the score-function gradient lie near 0, and a few are huge. Half of them (those with ε < 0)
# even have the wrong sign. The draws of the trick lie around 2. The reason: the score-function gradient multiplies noise by
# the whole *value* of f, and the trick uses only its *slope*. If we add
# 100 to f, the slope stays the same, but the score-function gradient scatters far more. In a VAE, f is a
# log-probability of minus several hundred nats. After the training of our VAE we will measure what that does.
#
# ### A VAE that can be computed by hand
#
# Before we trust the bound, we test it where everything has a closed form. Let z and x be single numbers. We write N(m, v) for the normal distribution with mean m and variance v. Let
# the decoder be p(x | z) = N(2z, 1). Then x = 2z + noise, which has the variance 4 + 1, so p(x) = N(0, 5), and the true distribution of codes of x is
# p(z | x) = N(2x/5, 1/5) by Bayes' rule (its inverse variance is 1 + 2² = 5). With a normal q, both terms of the bound have closed forms, too:
#
# $$E_q \log p(x \mid z) = -\tfrac12 \log 2\pi - \tfrac12 \left( (x - 2\mu)^2 + 4\sigma^2 \right), \qquad
# \mathrm{KL} = \tfrac12 \left( \sigma^2 + \mu^2 - 1 - \log \sigma^2 \right)$$

# %%
from scipy.stats import norm

x, exact = 1.5, norm.logpdf(1.5, 0, np.sqrt(5))
for name, mu, sigma in (("true q", 0.6, np.sqrt(0.2)), ("wrong q", 0.0, 1.0)):
    codes = mu + sigma * rng.normal(size=400_000)
    explained = -np.log(2 * np.pi) / 2 - ((x - 2 * mu) ** 2 + 4 * sigma**2) / 2
    price = (sigma**2 + mu**2 - 1 - np.log(sigma**2)) / 2
    simulated = norm.logpdf(x, 2 * codes, 1).mean()
    claim(f"{name}: first term, formula − simulated", abs(simulated - explained), below=0.02)
    simulated = (norm.logpdf(codes, mu, sigma) - norm.logpdf(codes)).mean()
    claim(f"{name}: price, formula − simulated", abs(simulated - price), below=0.02)
    gap = (5 * sigma**2 + 5 * (mu - 0.6) ** 2 - 1 - np.log(5 * sigma**2)) / 2  # KL(q ‖ true q)
    found = round(exact - (explained - price), 6) + 0.0  # no −0
    claim(f"{name}: log p(x) − bound", found, near=round(gap, 6) + 0.0, within=1e-5, unit="nats")


# %% [markdown]
# With the true q the bound *is* log p(x). With a wrong one it lies below it, by the divergence of q from the true
# distribution of codes.
#
# ### Exercise 2: the bound
#
# Encoder and decoder are trained together to raise this bound. Compute it for a batch. `explained` holds log p(x | z)
# for several drawn codes of each picture. The price of the code is ½ Σ (σ² + μ² − 1 − log σ²).


# %%
def bound(explained, mean, log_variance):
    """explained: log p(x|z), (draws, n). mean, log_variance: (n, d). Return the bound of each picture, (n,)."""
    return ...


check.bound(bound)
# check.bound.hint()
# check.bound.solution()

# %% [markdown]
# ### Training
#
# Encoder and decoder have two hidden dense layers each. At each pixel the decoder gives a probability to each of the 17
# levels. Between the encoder and the decoder stands a layer without weights. It is your exercise 1, and it adds the mean price of the codes to the
# loss (`beta` is 1 for now):

# %%
import inspect

from gan_course.family.vae import DrawCode, PixelVAE

print(inspect.getsource(DrawCode.call))

# %% [markdown]
# So a training step goes: encode a batch, draw one code for each picture, decode it. The loss is −log p(x | z) plus this price. It is an estimate of minus the bound, because only one code is drawn. Then Adam takes a step on all weights. `fit` repeats this, while the learning rate falls along a cosine.

# %%
start = time.process_time()
vae = PixelVAE(pixels=784, levels=17, latent_dim=32, hidden=128, seed=0)
history = vae.fit(levels, epochs=18, batch_size=64)
training_seconds = {"VAE": time.process_time() - start}
claim("loss of the last epoch", history.history["loss"][-1], below=1000, unit="nats per picture")

# %% [markdown]
# Here is the bound by hand, with the package's two networks and the solutions of both exercises:

# %%
from scipy.special import log_softmax

some = held_levels[:100]
mean, log_variance = vae.encoder.predict_on_batch(some)
explained = []
for noise in np.random.default_rng(0).normal(size=(10, *mean.shape)):
    code = check.draw_code.answer(mean, log_variance, noise)
    logs = log_softmax(vae.decoder.predict_on_batch(code.astype("float32")), axis=2)
    explained.append(np.take_along_axis(logs, some[..., None], axis=2).sum(axis=(1, 2)))
by_hand = check.bound.answer(np.array(explained), mean, log_variance)
claim("largest difference from the package, in nats", np.abs(by_hand - vae.elbo(some)).max(), below=0.5)

# %% [markdown]
# Now the two gradients again, in this VAE: the gradient of log p(x | z) with respect to the 32 means μ of one picture's
# code, from single draws.

# %%
import keras

from gan_course.backend import input_gradient

mean, log_variance = vae.encoder.predict_on_batch(some[:1])
noise = rng.normal(size=(300, 32)).astype("float32")
codes = check.draw_code.answer(mean, log_variance, noise)
level_shown = keras.ops.one_hot(some[0].astype("int32"), 17)
log_p = keras.ops.sum(keras.ops.log_softmax(vae.decoder.output) * level_shown, axis=(1, 2))
log_p = keras.Model(vae.decoder.input, log_p[:, None])
by_trick = keras.ops.convert_to_numpy(input_gradient(log_p, codes, training=False))
by_score = log_p.predict_on_batch(codes) * noise / np.exp(log_variance / 2)
ratio = by_score.std(axis=0).mean() / by_trick.std(axis=0).mean()
claim("mean log p(x | z)", log_p.predict_on_batch(codes).mean(), below=-100, unit="nats")
claim("the score-function gradient scatters more, times", ratio, above=10)

# %% [markdown]
# A mean over many draws scatters less. To make the score-function gradient as accurate as one draw of the trick, the number of draws has to be about the *square* of this number: here tens of thousands of draws in place of one. (One can do better by subtracting a baseline from f, which does not change the mean. Such a baseline is often used in models whose codes
# are not continuous numbers, where the trick does not work.)
#
# Now we draw. A VAE can be shown in two ways. What the model *draws* is a code, and then each pixel by its own
# probabilities. Papers often show the *mean pictures* of codes instead. They are smooth, but they are not draws from the model.
#
# **Predict before you run:** which of the two will have the smaller Fréchet distance from real digits?

# %%
# Your prediction, "draws" or "means":
prediction = None

# %%
enter("VAE, draws", lambda count: pictures_of(vae.sample(count, seed=1)), 1)
prior_codes = np.random.default_rng(1).normal(size=(1000, 32))
enter("VAE, means", lambda count: pictures_of(vae.decode(prior_codes)), 1)
with answer(prediction):
    for name in ("VAE, draws", "VAE, means"):
        claim(f"{name}: Fréchet distance", table[name]["Fréchet"], above=10)
        claim(f"{name}: stray pixels", table[name]["stray"], below=30)
    behind = table["VAE, means"]["Fréchet"] - table["VAE, draws"]["Fréchet"]
    claim("the means are farther away by", behind, above=2)

# %%
figure, axes = plt.subplots(3, 1, figsize=(7, 4.9))
rows = {
    "real digits": "Real",
    "VAE, draws": "VAE: what it draws",
    "VAE, means": "VAE: mean pictures of codes",
}
for ax, (name, title) in zip(axes, rows.items(), strict=True):
    shown = table[name]["pictures"][:20]
    plots.image_grid(shown, title, columns=10, generated=name != "real digits", ax=ax)
plt.show()

# %% [markdown]
# The draws have the smaller distance. What the VAE draws is so grainy that only a few of the pictures can be read as a digit. The reason: once the code is known, each pixel is drawn by itself,
# and no pixel knows what its neighbor has become. The mean pictures are smooth and blurred. About half of them can be read as a digit, and the others cannot. By the Fréchet distance of our judge the blur is worse than the grain. (By precision it is the other way round, as the table below will show.) The mean pictures also resemble each other more than real digits do: the table below has their recall.
#
# ### The knob β
#
# Higgins et al. (2017) give the price of the code a weight β. With β = 1 the loss is minus the bound. They raised β above 1, in the hope that
# each coordinate of a code then controls one property of the picture, for example its size. We lower it. Then the price counts less in the loss, so the encoder may make its codes more exact, and they tell more about their pictures. But
# then the codes that the encoder uses may lie farther from the standard normal codes that we draw from.
#
# **Predict before you run:** we train a second VAE with β = 0.1, for as many epochs. Will its codes explain held-out
# pictures better? And will what it draws be better?

# %%
# Your prediction, ("better" or "worse", "better" or "worse"):
prediction = None

# %%
from gan_course.family.vae import kl_divergence

loose = PixelVAE(pixels=784, levels=17, latent_dim=32, hidden=128, beta=0.1, seed=0)
loose.fit(levels, epochs=18, batch_size=64)
enter("VAE, β = 0.1, draws", lambda count: pictures_of(loose.sample(count, seed=1)), 1)

# %%
parts, terms = {"training": levels[:300], "held-out": held_levels[:300]}, {}
for name, model in (("β = 1", vae), ("β = 0.1", loose)):
    for part, some in parts.items():
        codes = model.encoder.predict_on_batch(some)
        price = keras.ops.convert_to_numpy(kl_divergence(*codes)).mean()
        terms[name, part] = model.elbo(some, draws=3).mean() + price, price

# %%
tight, free = ({part: terms[name, part] for part in parts} for name in ("β = 1", "β = 0.1"))
gain = {part: free[part][0] - tight[part][0] for part in parts}
with answer(prediction):
    for (name, part), (explained, price) in terms.items():
        print(f"{name}, {part}: log p(x | z) ≈ {explained:.0f} nats, price ≈ {price:.0f} nats")
    claim("gain of log p(x | z) on training pictures", gain["training"], above=10, unit="nats")
    claim("the same on held-out pictures", gain["held-out"], above=0, unit="nats")
    paid = free["held-out"][1] - tight["held-out"][1]
    claim("what held-out pictures pay for it", paid, above=30, unit="nats")
    claim("what they pay − what they gain", paid - gain["held-out"], above=0, unit="nats")
    claim("β = 1: Fréchet distance of what it draws", table["VAE, draws"]["Fréchet"], below=60)
    claim("β = 0.1: the same", table["VAE, β = 0.1, draws"]["Fréchet"], above=80)


# %% [markdown]
# Both have trained for 18 epochs, so the difference comes from β. With the small β the price in nats is about five times as high (in the loss it counts only one tenth),
# and the code does explain more. But the gain is smaller on held-out pictures than on the training pictures: a part of what these codes
# have learned to tell does not carry over to new pictures. On both, the price rises by more than log p(x | z), so the bound is worse: by a lot on held-out pictures, and by only a little on the training pictures.
#
# And what this VAE *draws* is far worse. Probably this is because a small β hardly forces the encoder to keep the codes of
# pictures near the standard normal distribution. But that is where the codes for drawing come from, and the decoder has hardly ever met
# such codes.
#
# ## Noise: the diffusion model
#
# **Idea:** it is easy to turn a picture into noise. Lower its contrast a little, add a little noise, and do this a hundred
# times. A network learns to undo one such step, at any of the hundred times. Then it can turn noise into a picture, step by step. This is a
# [diffusion model](glossary.md#diffusion-model) (Sohl-Dickstein et al. 2015; in its present form Ho et al. 2020).
#
# One step of the way into noise is
#
# $$x_t = \sqrt{1 - \beta_t}\; x_{t-1} + \sqrt{\beta_t}\; \varepsilon_t$$
#
# with fresh noise in each step, and a small share β_t. If $x_{t-1}$ has the variance 1, then so has $x_t$. (The pixels of our
# digits have a smaller variance, about 0.4. The formulas below hold all the same. This β has nothing to do with that of the
# VAE: the papers use the letter for both.)
#
# Do we have to take a hundred steps to get a picture at time 100? No. All the steps together are again one picture plus
# one noise. Let $\bar\alpha_t = (1 - \beta_1)(1 - \beta_2) \cdots (1 - \beta_t)$. It is the share of the picture's variance that is left. Then
#
# $$x_t = \sqrt{\bar\alpha_t}\; x_0 + \sqrt{1 - \bar\alpha_t}\; \varepsilon.$$
#
# <details><summary>Why?</summary>
#
# For t = 1 it is the definition. If it holds for t − 1, then
#
# $$x_t = \sqrt{1 - \beta_t} \sqrt{\bar\alpha_{t-1}}\, x_0 + \sqrt{1 - \beta_t} \sqrt{1 - \bar\alpha_{t-1}}\, \varepsilon
# + \sqrt{\beta_t}\, \varepsilon_t.$$
#
# The factor of $x_0$ is $\sqrt{\bar\alpha_t}$. The other two terms are independent normal noise, so their sum is normal, too, and the
# variances add up: $(1 - \beta_t)(1 - \bar\alpha_{t-1}) + \beta_t = 1 - \bar\alpha_t$.
#
# </details>
#
# ### Exercise 3: one jump into the noise
#
# Write this formula for a batch in which each picture has its own time. `signal` holds all $\bar\alpha_t$, and `signal[0]` is
# 1.


# %%
def noised(pictures, times, noise, signal):
    """pictures, noise: (n, pixels). times: (n,) integers. signal: (T + 1,). Return (n, pixels)."""
    return ...


check.noised(noised)
# check.noised.hint()
# check.noised.solution()

# %% [markdown]
# How fast should the noise come? The list of all $\bar\alpha_t$ is the [noise schedule](glossary.md#noise-schedule). Ho et
# al. let β_t rise evenly, along a line. Nichol and Dhariwal (2021) proposed a cosine, which leaves more of the picture
# in the middle. We take the linear schedule, with a hundred steps in place of the thousand of Ho et al., and each β ten times as large. So we can draw in seconds.

# %%
from gan_course.family import noising

signal, cosine = noising.linear_schedule(100), noising.cosine_schedule(100)
plt.plot(signal, color=plots.ACCENT, label="linear β (Ho et al.)")
plt.plot(cosine, "--", color=plots.MUTED, label="cosine (Nichol and Dhariwal)")
plt.gca().set(xlabel="time t", ylabel="share of the picture, ᾱ")
plt.title("With the linear schedule, more than half of the picture is gone at time 27")
plt.legend()
plt.show()
claim("first time with more noise than picture, linear", np.argmax(signal < 0.5))
claim("first time with more noise than picture, cosine", np.argmax(cosine < 0.5))

# %% [markdown]
# The line "first time with more noise than picture" means the first time with ᾱ below one half. For pictures of variance 1 the noise then has the larger
# variance. Our digits have a variance of about 0.4, so in them the noise is ahead already from about time 19. The eye can still read a digit a little later, as we will see.
#
# Does the jump give the same as the steps? We send one gray pixel of 0.8 through all steps, 50,000 times, and compare
# mean and variance with the formula.

# %%
rng = np.random.default_rng(0)
x, betas, worst = np.full(50_000, 0.8), 1 - signal[1:] / signal[:-1], {"mean": 0.0, "variance": 0.0}
for t, beta in enumerate(betas, start=1):
    x = np.sqrt(1 - beta) * x + np.sqrt(beta) * rng.normal(size=x.shape)
    worst["mean"] = max(worst["mean"], abs(x.mean() - 0.8 * np.sqrt(signal[t])))
    worst["variance"] = max(worst["variance"], abs(x.var() - (1 - signal[t])))
for name, off in worst.items():
    claim(f"{name}: largest difference from the formula, over all times", off, below=0.03)

# %%
times = np.array([0, 5, 10, 20, 30, 45, 60, 80, 100])
rows = []
for digit in held_out[[0, 3]].reshape(2, 1, 784):
    same = np.repeat(digit, len(times), axis=0)
    rows.append(check.noised.answer(same, times, rng.normal(size=same.shape), signal))
shown = np.concatenate(rows).reshape(-1, *SHAPE)
title = "Two digits on their way into noise, with the time under each column"
ax = plots.image_grid(np.clip(shown, -1, 1), title, columns=len(times))
ax.set_xticks(17 + 31 * np.arange(len(times)), times)
plt.show()


# %% [markdown]
# At time 20 both digits can still be read. At time 30 the stroke of the 1 can still be seen, and of the 9 only a bright spot. At time 45 at most a faint trace is left, and from time 60 on the eye sees nothing but noise.
#
# ### The loss: see the noise
#
# The network gets a noisy picture and its time, and has to say *which noise is in it*. Its answer is called ε_θ(x_t, t),
# and its loss is the mean squared error (Ho et al. 2020, equation 14; the formula sums over the pixels, and our code takes the mean):
#
# $$L = E_{x_0,\, t,\, \varepsilon} \left\| \varepsilon - \varepsilon_\theta\!\left(\sqrt{\bar\alpha_t}\, x_0 + \sqrt{1 -
# \bar\alpha_t}\, \varepsilon,\; t\right) \right\|^2$$
#
# That is the whole training. It is a plain regression, with no second player and no encoder to learn. Each step takes a batch of pictures, a
# random time for each of them, and fresh noise.
#
# <details><summary>Where does this loss come from?</summary>
#
# The model has a bound, too: it is a VAE with a hundred codes, x₁ to x₁₀₀, whose encoder is fixed and only adds noise.
# Apart from its first and its last term, the bound is a sum of one KL divergence per step, between two normal distributions with the same variance. One has
# the mean of $x_{t-1}$ given $x_t$ *and the true* $x_0$, the other has the network's estimate in its place. The KL divergence of
# two such normals is the squared distance of their means, up to a factor. So each term is a squared error of ε, times a
# factor that depends on t (Ho et al. 2020, equations 5, 8 and 12). Ho et al. leave this factor out. Then the terms with
# much noise count more than in the bound, and the pictures get better.
#
# </details>
#
# How much should each time count? Ho et al. count the error of ε alike at all times. Salimans and Ho (2022) propose other weights. With one of them ("SNR + 1" in their section 4) the error
# at time t is divided by $\bar\alpha_t$, so that late times count still more. That is where it is decided *which* digit it
# will be. The
# package does so, too: its short trainings drew better pictures with these weights in a trial with another seed.
#
# The next cell measures the plain error of ε, without such weights. We need it to compare the times.


# %%
def noise_error(network, pictures, times, rng):
    """The squared error of ε for each picture, as in the formula. pictures: (n, 28, 28, 1). times: (n,)."""
    noise = rng.normal(size=pictures.shape)
    left = signal[times][:, None, None, None]
    noisy = np.sqrt(left) * pictures + np.sqrt(1 - left) * noise
    estimate = network.predict_on_batch([noisy.astype("float32"), times])
    return np.square(noise - estimate).mean(axis=(1, 2, 3))


# %% [markdown]
# ### The network: a U-Net
#
# The network is a small [U-Net](glossary.md#u-net). (Ronneberger et al. 2015 invented it to find cells in pictures of a microscope. Theirs has no dense layers, and no time. Ho et al. 2020 used one for diffusion.) It takes a noisy picture and its time. Here is the one of
# this lesson. The next cell prints the convolutions, the large dense layers and the bridges on the way of the picture, in order, and the shapes that go in and come out. (It leaves out small layers such as the normalizations, which have hardly any weights.)

# %%
from keras.layers import Concatenate, Conv2D, Conv2DTranspose, Dense

from gan_course.family.diffusion import PixelDiffusion

network = PixelDiffusion(shape=(28, 28), levels=17, width=16, seed=0).network


def shapes(tensors):
    all_shapes = (tensor.shape[1:] for tensor in keras.tree.flatten(tensors))
    return " and ".join("×".join(map(str, shape)) for shape in all_shapes)


dense = [layer for layer in network.layers if isinstance(layer, Dense)]
of_time = [layer for layer in dense if layer.input.shape[-1] == 32]

# %%
for layer in network.layers:
    if isinstance(layer, Concatenate | Conv2D | Conv2DTranspose | Dense) and layer not in of_time:
        weights = f"{layer.count_params():,} weights" if layer.weights else ""
        ways = f"{shapes(layer.input):>21} → {shapes(layer.output):8}"
        print(f"{type(layer).__name__:16}{ways}{weights:>17}")
for_time = sum(layer.count_params() for layer in of_time)
print(f"\n{len(of_time)} small Dense layers for the time: {for_time:,} weights")
of_whole = sum(layer.count_params() for layer in dense if layer not in of_time)
share = 100 * of_whole / network.count_params()
claim("share of the two large dense layers in all weights", round(share, 1), unit="%")

# %% [markdown]
# The same as a diagram. A bridge is a [skip connection](glossary.md#skip-connection).

# %%
boxes = {
    "x": (0, 3, "noisy picture x\n28 × 28, 1 channel", plots.MUTED),
    "down 14": (0, 2, "14 × 14\n16 channels", plots.MUTED),
    "down 7": (0, 1, "7 × 7\n32 channels", plots.MUTED),
    "whole": (1.5, 0, "two dense layers\n1568→128→1568", plots.MUTED),
    "up 7": (3, 1, "7 × 7\n32 + 32 channels", plots.MUTED),
    "up 14": (3, 2, "14 × 14\n16 + 16 channels", plots.MUTED),
    "f": (3, 3, "correction f\n28 × 28, 1 channel", plots.MUTED),
    "noise": (1.5, 3, "estimated noise\n√(1 − ᾱ) x + √ᾱ f", plots.GENERATED),
}
path = ["x", "down 14", "down 7", "whole", "up 7", "up 14", "f", "noise"]
arrows = [(start, end, "") for start, end in itertools.pairwise(path)] + [("x", "noise", "")]
arrows += [(f"down {size}", f"up {size}", "bridge") for size in (14, 7)]

# %%
ax = plots.boxes_and_arrows(boxes, arrows, size=(7, 4.6))
circle = {"boxstyle": "circle", "fc": plots.ACCENT, "ec": "white"}
for name in ("down 14", "down 7", "whole", "up 14", "noise"):
    x, y, *_ = boxes[name]
    ax.text(x + 0.42, y + 0.32, "t", ha="center", va="center", color="white", bbox=circle)
for height in (1.5, 2.5):
    ax.text(0.08, height, "convolution, stride 2", va="center", fontsize=9)
    ax.text(2.92, height, "transposed, stride 2", va="center", ha="right", fontsize=9)
ax.set_title("The U-Net. The time t enters at each circle")
plt.show()

# %% [markdown]
# Follow the arrows from the noisy picture. **On the left the picture gets smaller.** Two convolutions with stride 2 halve height and width, from 28 to 14 and to 7.
# **At the bottom it is seen as a whole**: a convolution sees only what is near, so two dense layers look at all 7 × 7 places together. What they
# find is added to the 32 channels that they got. These two layers have most of the weights. **On the right the picture becomes large again**, by two transposed
# convolutions. **The bridges** go straight across. Each of them lays the channels of the left side beside those of the right side, so that details are
# not lost. That is why it says 32 + 32 and 16 + 16.
#
# **The time enters at the circles**, as sines and cosines (like the positions in the transformer of lesson 11). Small dense layers turn them into numbers: at the two convolutions, and at the first transposed one, a factor
# and a shift for each channel, and in the first large dense layer 128 numbers, one to be added to each unit.
#
# The last box needs the time, too, to look up ᾱ. Why is there such a box? Where almost all is noise, the right answer is almost the input itself. The box passes the input on, so the layers before it only have to find a correction f. The answer of the whole network is
# $\sqrt{1 - \bar\alpha_t}\; x_t + \sqrt{\bar\alpha_t}\; f$ (Salimans and Ho 2022, appendix D, call f the velocity v). Before any training f is 0, and the mean squared error of ε is already about 0.25. (An answer of 0 would have an error of 1.) And the squared error of ε divided by $\bar\alpha_t$ is just the squared
# error of f: that is the loss of the package.
#
# Here are forty steps of the training, with the network that we have just seen. Each takes a batch of pictures, a random time for each of
# them, and fresh noise. The weights $1 / \bar\alpha_t$ multiply the squared errors.

# %%
pictures = pictures_of(levels)
network.compile(keras.optimizers.Adam(1e-3), loss="mean_squared_error")
rng, losses = np.random.default_rng(0), []
for _ in range(40):
    times = rng.integers(1, 101, size=32)
    noise = rng.normal(size=(32, *SHAPE))
    noisy = noising.add_noise(pictures[rng.integers(len(pictures), size=32)], times, noise, signal)
    weights = 1 / signal[times].reshape(-1, 1, 1)
    network.reset_metrics()  # so that the step returns its own loss, and not a mean of all so far
    losses.append(network.train_on_batch([noisy, times], noise, sample_weight=weights))
claim("mean loss of the first five steps", np.mean(losses[:5]), above=0.6)
claim("mean loss of the last five steps", np.mean(losses[-5:]), below=0.6)

# %% [markdown]
# The package does the same steps for 12 epochs, with batches of 16 pictures and a learning rate that rises at first and then falls. Our network is a
# narrow one: `width=16` gives it half as many channels as usual, and a step takes less than half of the time. So it can make more
# steps in the seconds that it gets. It gets about as many seconds as the GAN below will get, and in our run more than the VAE got.

# %%
diffusion = PixelDiffusion(shape=(28, 28), levels=17, width=16, seed=0)
check_on = pictures_of(held_levels), np.random.default_rng(0).integers(1, 101, size=1000)
before = noise_error(diffusion.network, *check_on, np.random.default_rng(1))
start = time.process_time()
history = diffusion.fit(levels, epochs=12, batch_size=16)
training_seconds["diffusion"] = time.process_time() - start
after = noise_error(diffusion.network, *check_on, np.random.default_rng(1))
claim("error of ε before the training", before.mean(), above=0.2)
claim("error of ε after the training, held-out digits", after.mean(), below=0.12)
ours, theirs = (after / signal[check_on[1]]).mean(), history.history["loss"][-1]
claim("the same, divided by ᾱ", ours, above=0.1, below=0.35)
claim("the package's loss in the last epoch", theirs, above=0.1, below=0.35)

# %% [markdown]
# **Predict before you look:** at which times is it hardest to see the noise: early, when there is hardly any; in the middle;
# or late, when there is hardly anything else?

# %%
# Your prediction, "early", "middle" or "late":
prediction = None

# %%
times = np.array([1, 2, 4, 8, 16, 30, 50, 75, 100])
some, rng = pictures_of(held_levels[:300]), np.random.default_rng(1)
by_time = [noise_error(diffusion.network, some, np.full(300, t), rng).mean() for t in times]
with answer(prediction):
    claim("error at time 1", by_time[0], above=0.03)
    claim("error at time 30", by_time[5], below=0.2)
    claim("error at time 100", by_time[-1], below=0.05)

# %% [markdown]
# Is it as hard as that, or does our network see badly? A yardstick: the best that one can say about the noise of a pixel
# from *this one pixel*, if one knows how often each of the 17 gray levels occurs.

# %%
from scipy.special import softmax

counts, grays = np.bincount(levels.ravel().astype(int), minlength=17), np.arange(17) / 8 - 1


def noise_by_pixel(x, left):
    """The mean of the noise, given one noisy pixel at a time. left: ᾱ at this time."""
    log_p = np.log(counts) - (x[..., None] - np.sqrt(left) * grays) ** 2 / (2 * (1 - left))
    gray = softmax(log_p, axis=-1) @ grays
    return (x - np.sqrt(left) * gray) / np.sqrt(1 - left)


pixel_by_time = []
for t in times:
    noise = rng.normal(size=some[:100].shape)
    found = noise_by_pixel(noising.add_noise(some[:100], t, noise, signal), signal[t])
    pixel_by_time.append(np.square(noise - found).mean())

# %%
plt.plot(times, by_time, "o-", color=plots.ACCENT, label="our network")
plt.plot(times, pixel_by_time, "s--", color=plots.MUTED, label="best from one pixel")
plt.gca().set(xscale="log", xlabel="time t", ylabel="mean squared error of ε", ylim=(0, None))
plt.xticks(times, times)
plt.minorticks_off()
plt.title("Our network sees much noise well, and a little noise badly")
plt.legend()
plt.show()
claim(
    "time 1: the network's error, divided by that from one pixel",
    by_time[0] / pixel_by_time[0],
    above=1,
)
claim("time 30: the same", by_time[5] / pixel_by_time[5], below=1)


# %% [markdown]
# For our network it is hardest at early times. At time 1 the noise has a standard deviation of 0.03, a quarter of the gap between
# two gray levels. To see it, the network has to know each gray value much more exactly than 0.03, and after so short a training
# it does not. The dashed curve shows that one can do much better. Most pixels of a digit are black, so whatever differs there from black
# must be noise. From time 8 on it is the other way round: the network looks at the whole picture, and sees the noise better than
# anyone could who looks at one pixel at a time. At time 100 nearly all is noise, and the right answer is nearly the input itself.
#
# So most of the error of ε comes from the first thirty times, and the late times have only a tiny share in it. But which digit it will be is mostly decided at these late times. This is probably why it helped to divide by $\bar\alpha_t$, which is small there.
#
# ### Back, by DDPM
#
# To draw, we start with pure noise $x_{100}$ and go back one step at a time. In each step the network estimates the noise.
# From it we get an estimate of the picture, by solving the formula of the jump (the code also clips it to the range of gray values, −1 to 1):
#
# $$\hat x_0 = \frac{x_t - \sqrt{1 - \bar\alpha_t}\; \varepsilon_\theta(x_t, t)}{\sqrt{\bar\alpha_t}}$$
#
# If $x_0$ were known, then $x_{t-1}$ given $x_t$ would be normal, with a mean and a variance that one can compute. DDPM (for
# *denoising diffusion probabilistic model*) takes $\hat x_0$ in its place, and draws:
#
# $$x_{t-1} = \frac{\sqrt{\bar\alpha_{t-1}}\, \beta_t}{1 - \bar\alpha_t}\, \hat x_0 + \frac{\sqrt{1 - \beta_t}\, (1 -
# \bar\alpha_{t-1})}{1 - \bar\alpha_t}\, x_t + \sqrt{\tilde\beta_t}\; \varepsilon, \qquad \tilde\beta_t = \frac{1 -
# \bar\alpha_{t-1}}{1 - \bar\alpha_t}\, \beta_t$$
#
# <details><summary>Where do mean and variance come from? (Ho et al. 2020, equations 6 and 7)</summary>
#
# Given $x_0$, the density of $x_{t-1}$ is a normal with the mean $\sqrt{\bar\alpha_{t-1}} x_0$ and the variance $1 -
# \bar\alpha_{t-1}$. Given $x_{t-1}$, that of $x_t$ is a normal with the mean $\sqrt{1 - \beta_t}\, x_{t-1}$ and the variance
# $\beta_t$. By Bayes' rule the density of $x_{t-1}$ given both is proportional to their product. The exponent is a quadratic function of $x_{t-1}$, so this density is a normal one. Write it as $-\tfrac12 (a\, x_{t-1}^2 - 2 b\, x_{t-1} + \dots)$. Then the inverse variance is a: $\frac{1}{1 - \bar\alpha_{t-1}} + \frac{1 -
# \beta_t}{\beta_t} = \frac{1 - \bar\alpha_t}{(1 - \bar\alpha_{t-1}) \beta_t}$. The mean is b / a, the variance times b: $\tilde\beta_t \left( \frac{\sqrt{\bar\alpha_{t-1}}}{1 - \bar\alpha_{t-1}} x_0 + \frac{\sqrt{1 - \beta_t}}{\beta_t} x_t
# \right)$.
#
# </details>
#
# Why not jump from the noise to the picture at once? Because $\hat x_0$ at a late time is a *mean* over all pictures that
# this noisy picture could have come from, and so it is a blur. Each step decides a little more about the picture. Then fewer pictures are still possible, and the next estimate is sharper. The film below shows ten pictures on their way, and under each of them the estimate $\hat x_0$, the guess.


# %%
def by_ddpm(count, seed):
    """Draw pictures in 100 steps, and keep x and the estimate of the picture at each time."""
    rng = np.random.default_rng(seed)
    x, seen = rng.normal(size=(count, *SHAPE)), {}
    for t in range(100, 0, -1):
        noise = diffusion.estimate_noise(x, t)
        guess = np.clip((x - np.sqrt(1 - signal[t]) * noise) / np.sqrt(signal[t]), -1, 1)
        seen[t] = x, guess
        beta = 1 - signal[t] / signal[t - 1]
        mean = np.sqrt(signal[t - 1]) * beta * guess + np.sqrt(1 - beta) * (1 - signal[t - 1]) * x
        spread = np.sqrt(beta * (1 - signal[t - 1]) / (1 - signal[t]))
        x = mean / (1 - signal[t]) + spread * rng.normal(size=x.shape)
    return x, seen


# %%
drawn, seen = by_ddpm(10, seed=1)
stops = [100, 90, 80, 70, 60, 50, 40, 30, 20, 10, 1]


def show_stop(number, ax):
    x, guess = seen[stops[number]]
    both = np.clip(np.concatenate([x, guess]), -1, 1)
    plots.image_grid(
        both, f"time {stops[number]}: x, and below it the guess", 10, generated=True, ax=ax
    )


plots.film(show_stop, len(stops), size=(7, 1.9), dpi=100, fps=2, colors=24)

# %%
figure, axes = plt.subplots(5, 1, figsize=(7, 5.3))
for ax, t in zip(axes, (100, 75, 50, 25, 1), strict=True):
    plots.image_grid(seen[t][1], f"the guess at time {t}", columns=10, generated=True, ax=ax)
    ax.title.set_fontsize(10)
plt.show()


# %% [markdown]
# At time 100 all ten guesses are the same blur: the mean of all digits. At time 75 they begin to differ, but only a little. At time 50 most guesses resemble a digit, but some of them change or fall to pieces later. At time 25 most strokes are there, and at the end they are sharp.
# (At time 50 not all is decided: the first guess is a 3 there, an 8 at time 25, and a 9 at the end.) About half of the results
# can be read as digits. The others are pieces of strokes. In the sixth column one sees how strokes break: at time 50 the guess is nearly a 6.
# At time 25 its long stroke has become thin, and at time 1 there is a gap in it.
#
# ### Exercise 4: a step of DDIM (about ten minutes)
#
# A hundred passes of a network per picture are many. Song et al. (2021) found that the *same* network can draw in far fewer
# steps, without any new training. (They write α for what is ᾱ here and in Ho et al.) Their step of DDIM estimates the picture as above. But then it does not draw any fresh noise. It adds the
# **same** noise again that the network has found, in the amount that belongs to an earlier time. This time may be many steps earlier:
#
# $$x_{earlier} = \sqrt{\bar\alpha_{earlier}}\; \hat x_0 + \sqrt{1 - \bar\alpha_{earlier}}\; \varepsilon_\theta(x_t, t)$$
#
# This is the [DDIM](glossary.md#ddim) step (their equation 12, with σ = 0). Write it.


# %%
def ddim_step(x, noise, t, earlier, signal):
    """x, noise (the network's estimate): (n, ...). t, earlier: integers. signal: (T + 1,). Return x at `earlier`."""
    return ...


check.ddim_step(ddim_step)
# check.ddim_step.hint()
# check.ddim_step.solution()

# %% [markdown]
# With the solution we draw in 20 steps, and compare with the package:

# %%
start_noise = np.random.default_rng(2).normal(size=(8, *SHAPE))
stops = np.arange(100, -1, -5)
x = start_noise
for t, earlier in itertools.pairwise(stops):
    x = check.ddim_step.answer(x, diffusion.estimate_noise(x, t), t, earlier, signal)
theirs = noising.sample_ddim(diffusion.estimate_noise, start_noise, signal, passes=20)
claim("largest difference from the package", np.abs(x - theirs).max(), below=1e-3)

# %% [markdown]
# Nothing in DDIM is random but the noise at the start. So **noise is a code here, too**: the same noise gives the same
# picture, and in the next figure we see what fewer passes change about it. (Here `diffusion.sample` also clips each estimate of
# the picture to the range of gray values. In the comparison above nothing was clipped.)
#
# **Predict before you look:** from how many passes on do the shapes stay the same: 1, 2, 5, 10 or 20?

# %%
# Your prediction, a number:
prediction = None

# %%
figure, axes = plt.subplots(6, 1, figsize=(7, 6.3))
for ax, passes in zip(axes, (1, 2, 5, 10, 20, 50), strict=True):
    shown = pictures_of(diffusion.sample(10, seed=1, passes=passes))
    plots.image_grid(shown, f"DDIM, passes: {passes}", columns=10, generated=True, ax=ax)
    ax.title.set_fontsize(10)
plt.show()

# %%
enter("diffusion, DDIM 20", lambda count: pictures_of(diffusion.sample(count, seed=1, passes=20)), 20)
claim("DDIM, 20 passes: Fréchet distance", table["diffusion, DDIM 20"]["Fréchet"], below=60)

# %% [markdown]
# One pass gives the blur of all digits, and two passes give shapes. From five passes on, the shapes are the same as with
# fifty, and only the details still change. In this figure most of the shapes are no digits: the strokes are broken. More passes do not mend that, and DDPM breaks strokes, too, although about half of its ten pictures could be read. So the steps of DDIM are not the only reason. Another one may be the short training. Further below we will see what 70 epochs of a wider network make of it.
#
# ### Exercise 5: the best answer of all (about twenty minutes)
#
# Our network is small, and its training was short. Which answer would make the loss of its training, the squared error of ε, as small as possible? We call it the *best* answer. There are only 3,000 training pictures, so one can compute it. A noisy picture x at time t was made from one of them, each of
# them equally likely. Nobody says which one. The loss is a squared error, so the best answer is the *mean* of the noise, given x. Three steps lead to it.
#
# 1. How probable is each training picture, now that we see x? Use Bayes' rule (lesson 01): if x was made from the picture $x^{(i)}$, then x is normal with
#    the mean $\sqrt{\bar\alpha_t}\, x^{(i)}$ and the variance $1 - \bar\alpha_t$ in each pixel.
# 2. The mean of all training pictures with these probabilities as weights is $\hat x_0$.
# 3. Solve the formula of the jump for the noise, with $\hat x_0$ as the picture.
#
# It is what `noise_by_pixel` has done above for one pixel, but now with whole pictures. With 784 pixels the densities are far too small for a
# computer. So work with their logarithms, and turn them into probabilities by `softmax`.


# %%
def best_noise(x, pictures, left):
    """x: (n, pixels), all at one time. pictures: (m, pixels). left: ᾱ at this time. Return the noise, (n, pixels)."""
    return ...


check.best_noise(best_noise)
# check.best_noise.hint()
# check.best_noise.solution()

# %% [markdown]
# Now DDIM draws ten pictures in 20 passes, twice from the same noise: once with our network, and once with this best answer in its place.
#
# **Predict before you run:** what will the best answer draw: broken strokes, new digits, or copies of training digits?

# %%
# Your prediction, "broken", "new" or "copies":
prediction = None

# %%
flat = pictures_of(levels).reshape(3000, 784)


def best_answer(x, t):
    noise = check.best_noise.answer(x.reshape(len(x), 784), flat, signal[t])
    return noise.reshape(x.shape)


def nearest_learned(pictures):
    """For each picture the distance to the nearest training digit, and the place of this digit."""
    gaps = np.array([np.linalg.norm(flat - one, axis=1) for one in pictures.reshape(-1, 784)])
    return gaps.min(axis=1), gaps.argmin(axis=1)


# %%
same_noise = np.random.default_rng(1).normal(size=(10, *SHAPE))
by_network, by_best = (
    noising.sample_ddim(estimate, same_noise, signal, passes=20, limit=1.0)
    for estimate in (diffusion.estimate_noise, best_answer)
)

# %%
figure, axes = plt.subplots(3, 1, figsize=(7, 3.2))
copied = flat[nearest_learned(by_best)[1]].reshape(-1, *SHAPE)
titles = ("our network", "the best answer", "the training digits nearest to the row above")
for ax, shown, title in zip(axes, (by_network, by_best, copied), titles, strict=True):
    plots.image_grid(shown, title, columns=10, generated=shown is not copied, ax=ax)
    ax.title.set_fontsize(10)
plt.show()
unseen = pictures_of(held_levels[:50])
groups = {"best answer": by_best, "our network": by_network, "held-out digits": unseen}
gap = {name: nearest_learned(group)[0] for name, group in groups.items()}
with answer(prediction):
    claim("to the nearest training digit: best answer, at most", gap["best answer"].max(), below=0.001)
    claim("to the nearest training digit: our network, at least", gap["our network"].min(), above=1)
    claim(
        "to the nearest training digit: held-out digits, median",
        np.median(gap["held-out digits"]),
        above=3,
    )

# %%
rng = np.random.default_rng(8)
for part, group in {"training digits": pictures_of(levels[:50]), "held-out digits": unseen}.items():
    noise = rng.normal(size=group.shape)
    noisy = noising.add_noise(group, 8, noise, signal)
    for name, estimate in (("best answer", best_answer), ("our network", diffusion.estimate_noise)):
        bounds = {"below": 0.4}
        if name == "best answer":
            bounds = {"below": 0.01} if part == "training digits" else {"above": 1}
        error = np.square(noise - estimate(noisy, 8)).mean()
        claim(f"{name}, error of ε at time 8, {part}", error, **bounds)

# %% [markdown]
# The best answer draws copies: each picture in its row is a training digit, and the distance from it is 0, up to rounding. The errors tell the same. At time 8 the best answer makes no
# error on noisy training digits. On digits that it has never seen, its error is larger than that of an answer of 0, which is 1. Our network makes nearly the same error on both: it is worse on the training digits, and far better on unseen ones. None of its ten pictures is a copy: even the one that is nearest to a training digit is about as far from it as unseen digits usually are. (That alone does not make it a good digit. Broken strokes are far from all digits, too.) (In some columns
# the two ways still agree. In the third column both have drawn a 3 from the same noise.)
#
# So we should not wish for the smallest possible loss on the training pictures: a model that reached it would only hand them out. A diffusion model can draw new pictures only because its network does not give the best answer. Why it does not, and why its other answer is often a good one, is still a question of research. Possible reasons are few weights, a short training, and layers that treat similar pictures alike. (Karras et al. 2022, appendix B.3, give this
# best answer as a formula.) That is also why lesson 07 measures whether a generator copies.
#
# ## A game: the GAN
#
# The third way you know. It is the [DCGAN](glossary.md#dcgan) of lesson 05 with the course's recipe. No encoder, no
# times, no likelihood: a discriminator is the loss.

# %%
from gan_course.gan import GAN

start = time.process_time()
gan = GAN(networks.dcgan_generator(SHAPE, 32), networks.dcgan_discriminator(SHAPE), seed=0)
gan.compile()
history = gan.fit(learned, batch_size=16, epochs=6, verbose=0)
training_seconds["GAN"] = time.process_time() - start
enter("GAN", lambda count: gan.generate(count, seed=1), 1)

# %% tags=["nbval-ignore-output"]
sizes = {
    "VAE": vae.network.count_params(),
    "diffusion": diffusion.network.count_params(),
    "GAN": gan.generator.count_params() + gan.discriminator.count_params(),
}
for name, seconds in training_seconds.items():
    print(f"{name:10} {sizes[name]:>9,} weights, trained for {seconds:.0f} s of the processor's time")

# %% [markdown]
# In our run the three trainings took about 20 to 30 seconds of the processor's time each, the VAE the fewest and the GAN the most. The VAE has the most weights, and the diffusion model has the fewest. (Those of the GAN
# are counted in both players together.) The networks are not of one kind: the VAE's are dense layers, and the other
# two have convolutions. So the table compares these three small recipes after one short training each. It does not tell which of the three principles is better.
#
# ## The table
#
# **Predict before you run:** which of the three has the smallest Fréchet distance, the highest precision, the highest
# recall, the fewest stray pixels? Which draws the fastest?

# %%
# Your prediction, five names:
prediction = None

# %% tags=["nbval-ignore-output"]
with answer(prediction):
    titles = f"{'Fréchet':>9}{'precision':>11}{'recall':>8}{'stray':>8}"
    print(f"{'':22}{titles}{'CPU s per 1,000':>17}{'passes':>8}")
    for name, row in table.items():
        numbers = (
            f"{row['Fréchet']:9.1f}{row['precision']:11.2f}{row['recall']:8.2f}{row['stray']:8.2f}"
        )
        print(f"{name:22}{numbers}{row['seconds']:17.2f}{row['passes']:8}")

# %%
names = ("VAE, draws", "diffusion, DDIM 20", "GAN")
start = time.process_time()
vae.decoder.predict_on_batch(prior_codes.astype("float32"))
in_network = time.process_time() - start
with answer():
    claim("GAN: Fréchet distance", table["GAN"]["Fréchet"], below=20)
    claim("GAN: stray pixels", table["GAN"]["stray"], below=3)
    precisions = [table[name]["precision"] for name in names]
    claim("precision: the highest of the three − the lowest", np.ptp(precisions), below=0.25)
    ratio = table["diffusion, DDIM 20"]["seconds"] / table["GAN"]["seconds"]
    claim("DDIM with 20 passes needs more time per picture than the GAN, times", ratio, above=3)
    share = 100 * in_network / table["VAE, draws"]["seconds"]
    claim("VAE: share of its time in the network", share, below=60, unit="%")

# %%
figure, axes = plt.subplots(4, 1, figsize=(7, 6.6))
for ax, name in zip(axes, ("real digits", *names), strict=True):
    shown = table[name]["pictures"][:20]
    plots.image_grid(shown, name, columns=10, generated=name != "real digits", ax=ax)
plt.show()

# %% [markdown]
# In our run the GAN has the smallest Fréchet distance of the three models, and fewer stray pixels than what the VAE and the diffusion model draw. (Only
# the mean pictures of the VAE have still fewer. They are no draws from the model.) The eye agrees: most of the GAN's
# strokes are whole, and more than half of its digits can be read. The strokes of the diffusion model are not grainy like those of the VAE, but they are broken into pieces, with gray spots around them. The VAE has more than eighty times as many stray pixels as the GAN. In recall the GAN is first, too, and the VAE far behind the other two.
# In precision the three are close together, and the grainy VAE is even first. Precision only asks whether a picture lies near *some* real digits in the judge's features, and there the grain of this VAE seems to count little. The mean pictures are the extreme case: they have a precision of 0.99, above that of real digits, and a recall of
# 0.01. Nearly all of them lie near some real digits in the judge's features, but together they reach almost none of the variety of real digits. So read the columns together. And the GAN, like the VAE, draws
# in one pass.
#
# ### Three seeds, and longer trainings
#
# One run proves little, and these trainings were short. A benchmark in the course's repository has trained all three with three seeds, for three
# lengths each (`python -m benchmarks generative`). Here are its numbers after the longest one: 42 epochs of the VAE, 14 of
# the diffusion model and 12 of the GAN, which take about equally long. (Ours were 18, 12 and 6, and the benchmark's diffusion network is twice as wide as
# ours and takes batches of 32.) Sizes, batches and learning rates were chosen in trials with another seed. The GAN has the recipe of lesson 05, on which this course has worked for longest,
# so it may be the best tuned of the three. The benchmark ran on one thread, so its seconds of the processor's time cannot be compared with those above.

# %%
stored = results.load("generative")
WAYS = {
    "vae": "VAE, draws",
    "vae_mean": "VAE, means",
    "ddim_5": "diffusion, DDIM 5",
    "ddim_10": "diffusion, DDIM 10",
    "ddim_20": "diffusion, DDIM 20",
    "ddim_50": "diffusion, DDIM 50",
    "ddpm": "diffusion, DDPM 100",
    "gan": "GAN",
}


# %%
def runs_of(way, length):
    return [run for run in stored["runs"] if run["length"] == length and way in run["ways"]]


def over_seeds(way, column, length=2):
    """A number of each stored run of this length, one per seed."""
    return np.array([run["ways"][way][column] for run in runs_of(way, length)])


# %%
columns = {"frechet": "Fréchet", "precision": "precision", "recall": "recall", "stray": "stray"}
print(
    f"{'mean of three seeds':22}"
    + "".join(f"{title:>11}" for title in columns.values())
    + "   CPU s per 1,000"
)
for way, name in WAYS.items():
    means = "".join(f"{over_seeds(way, column).mean():11.2f}" for column in columns)
    print(f"{name:22}{means}{over_seeds(way, 'seconds_per_1000').mean():18.2f}")
print("\nFréchet distance, from the best to the worst seed:")
for way in ("vae", "ddim_20", "gan"):
    found = np.sort(over_seeds(way, "frechet"))
    print(f"{WAYS[way]:22}{found[0]:6.1f} to {found[-1]:5.1f}")
found = np.sort(over_seeds("gan", "frechet", length=1))
print(f"{'GAN after 6 epochs':22}{found[0]:6.1f} to {found[-1]:5.1f}")
claim("our own GAN, after 6 epochs", table["GAN"]["Fréchet"], below=20)

# %%
looks = {"vae": ("s", ":"), "ddim_20": ("o", "--"), "gan": ("D", "-")}
for way, (marker, line) in looks.items():
    runs = [
        (n, run["seconds"], run["ways"][way]["frechet"]) for n in range(3) for run in runs_of(way, n)
    ]
    length, seconds, distances = np.transpose(runs)
    plt.plot(seconds, distances, marker, color=plots.GENERATED, alpha=0.5, ms=6)
    means = [(seconds[length == n].mean(), distances[length == n].mean()) for n in range(3)]
    plt.plot(*zip(*means, strict=True), line, color=plots.GENERATED)
    plt.text(40.5, means[-1][1], WAYS[way], va="center")
plt.yscale("log")
plt.yticks((5, 10, 20, 50), (5, 10, 20, 50))
plt.minorticks_off()
plt.gca().set(xlabel="CPU seconds of training", ylabel="Fréchet distance", xlim=(5, 52))
plt.title("The GAN learns fastest here. Each seed is a point, lines join the means")
plt.show()

# %%
said = ("VAE", "VAE, means", "5 passes", "10", "20", "50", "100, DDPM", "GAN")
marks, means = ("s", "^", "o", "o", "o", "o", "v", "D"), {}
for way, label, mark in zip(WAYS, said, marks, strict=True):
    seconds, distances = over_seeds(way, "seconds_per_1000"), over_seeds(way, "frechet")
    plt.plot(seconds, distances, mark, color=plots.GENERATED, alpha=0.5)
    means[way] = seconds.mean(), distances.mean()
    side, place = (seconds.min(), (-34, -4)) if label == "VAE" else (seconds.max(), (8, 2))
    beside = side, means[way][1]
    plt.annotate(label, beside, xytext=place, textcoords="offset points", fontsize=10)
line = [means[way] for way in WAYS if way.startswith("ddim")]
plt.plot(*zip(*line, strict=True), "--", color=plots.GENERATED, lw=1)
names = {"xlabel": "CPU seconds per 1,000 pictures", "ylabel": "Fréchet distance"}
plt.gca().set(xscale="log", xlim=(0.08, 50), ylim=(0, 30), **names)
plt.xticks((0.1, 0.2, 0.5, 1, 2, 5, 10, 20), ("0.1", "0.2", "0.5", 1, 2, 5, 10, 20))
plt.minorticks_off()
plt.title("The GAN draws fastest. Each seed is a point, numbers are passes")
plt.show()

# %% [markdown]
# After the longest training, the GAN has a smaller Fréchet distance than the diffusion model with each of the three seeds, and
# the diffusion model has a smaller one than the VAE. By this measure, at equal seconds of training and at this size, the GAN wins. The
# diffusion model is the last to begin: after the shortest training even the VAE is ahead of it. But its line is the steepest, and in recall it has caught up with the GAN. Seeds can differ much: of its three trainings of middle length, one ends at about twice the distance of the other two.
#
# How does our own GAN fit in? After six epochs, as many as ours had, the three GANs of the benchmark lie between 6.9 and 7.4, and ours lies at about 7.1. The setting is the same: the
# same 3,000 digits, recipe, batches and judge, and 1,000 samples. Only the random numbers differ. **Yours may end elsewhere, nearer than all three or
# farther away**, because rounding differs between machines, and small differences grow while two networks play against each other. So do not trust one run.
#
# The second figure shows the other cost. The GAN draws fastest. The VAE needs one pass, too, but about
# five times as long. A likely reason is that it has to work out 17 probabilities for each of the 784 pixels. In the benchmark the mean pictures, for which no pixel is drawn, take as long on average. (The network
# takes the smaller part of this time, as we have measured above.)
# Of the diffusion model's passes, twenty are nearly as good as fifty. By this distance, a hundred passes of DDPM are *worse*
# than twenty of DDIM here, although they leave fewer stray pixels (0.16 against 0.79). And all of them stand far to the right of the GAN: with twenty passes, the diffusion model takes about
# thirty times as long for a picture as the GAN. (In our own run, with the narrower network, it was about eighteen times.) **This is the place of the GAN: sharp pictures with mostly whole strokes, in one pass.**
#
# ### What does more training make of the diffusion model?
#
# So far most pictures of the diffusion model have had broken strokes. Is the model to blame, or the short training? The
# benchmark has trained its diffusion model once more, from the beginning, with one seed: for 70 epochs, five times as many as above.
#
# **Predict before you run:** will its Fréchet distance be above or below that of the GAN? And will all strokes be whole?

# %%
# Your prediction, ("above" or "below", "yes" or "no"):
prediction = None

# %%
compared = {"ddim_20": "diffusion, DDIM 20", "long_20": "diffusion, longer", "gan": "GAN"}
firsts = {way: next(run for run in runs_of(way, 2) if run["seed"] == 0) for way in compared}
with answer(prediction):
    print(
        f"{'one seed':20}{'epochs':>8}{'CPU s':>7}"
        + "".join(f"{name:>11}" for name in columns.values())
    )
    for way, name in compared.items():
        run = firsts[way]
        numbers = "".join(f"{run['ways'][way][column]:11.2f}" for column in columns)
        print(f"{name:20}{run['epochs']:8}{run['seconds']:7.0f}{numbers}")

# %%
figure, axes = plt.subplots(4, 1, figsize=(7, 3.8))
plots.image_grid(held_out[:12], "real digits", columns=12, ax=axes[0])
for ax, (way, name) in zip(axes[1:], compared.items(), strict=True):
    run = firsts[way]
    shown = results.images(run["ways"][way]["shown"], SHAPE)
    title = f"{name}, {run['epochs']} epochs: Fréchet distance {run['ways'][way]['frechet']:.1f}"
    plots.image_grid(shown, title, columns=12, generated=True, ax=ax)
for ax in axes:
    ax.title.set_fontsize(10)
plt.show()

# %% [markdown]
# By the Fréchet distance, the recall and the stray pixels, the longer training helps a lot. The Fréchet distance falls from 9.2 to 3.4. This is below the distance of
# the GAN, 5.9, and below that of each of its three seeds. The recall rises to 0.89, which is almost as high as that of real digits.
#
# The two rows of the diffusion model begin with the same noise, column by column. In some columns pieces of strokes have
# grown together: the second picture has become a 6, the third an 8, the ninth a 3. Most of the gray spots are gone, too. But
# about half of the twelve pictures are still no digits, for example the first and the eleventh, and the
# precision is as low as before. The strokes of the GAN are still the better ones. So the short training was one reason for the broken strokes, but five times as many epochs do not remove them all. And the eye and the distance do not agree. A likely reason: the distance compares all samples with all real digits, so a good mixture of all kinds of shapes counts much in it.
#
# Two things limit what this row can tell. It is one seed, and it took about six times the seconds of the others. So it is no
# comparison at equal seconds: we have not measured what the GAN would become in as many. It shows that the diffusion model was not at its
# end after 14 epochs.
#
# ## What can each be asked?
#
# Drawing is not everything. We ask all three for three more things.
#
# ### A bound
#
# VAE and diffusion have a lower bound of log p(x), so an upper bound of the bits per pixel. For the diffusion model it is a sum over the
# hundred steps of DDPM, and the last step back, from time 1, gives a probability to each of the 17 levels. So it is a bound for DDPM:
# it says nothing about what DDIM draws in 20 passes. For the VAE we take 20 codes
# of each picture, and the logarithm of the *mean* of p(x | z) p(z) / q(z | x): this is closer to log p(x) than the bound
# above, and still below it on average (Burda et al. 2016). The same pictures, the same 17 levels: these two numbers may be
# compared. The GAN has no such number.

# %%
some = held_levels[:50]
cost = {
    "VAE": bits(vae.log_likelihood_bound(some, draws=20), 784),
    "diffusion": bits(diffusion.log_likelihood_bound(some), 784),
}
for name, value in cost.items():
    claim(f"{name}: at most", value, above=0.5, below=3, unit="bits per pixel")


# %% [markdown]
# The bound of the VAE is the lower one, although the diffusion model draws better pictures. (Both numbers are bounds, measured on only 50 pictures, so the true order is
# not proved. A model that knows nothing would need log₂ 17 ≈ 4.09 bits.) Lesson 11 has shown that likelihood and pictures are two different things. Here is a likely reason: many bits of
# a picture are spent on the exact gray level of each pixel, which is decided at the early times. Our training made these
# times count less, and the figure above has shown how large the network's error is there.
#
# ### An interpolation
#
# What lies between two pictures? The VAE has an encoder, so it can start from two *real* digits: encode both, walk from
# one code to the other, and decode. The diffusion model can do it, too. No step of DDIM is random, so its steps can be taken **backwards**: the same formula, toward later times, leads from a picture to a noise from which DDIM draws nearly this picture again (Song et al. 2021).
# Between two noises we walk along an arc ([slerp](glossary.md#slerp), lesson 05). Our GAN has no network that leads from a picture to its
# code, so it walks between two codes of its own: of 200 random ones, the two whose drawings the judge is surest to be a 6 and a 9. The real digits of
# the other two walks are a 6 and a 9, too.


# %%
def slerp(a, b, steps):
    """A walk from a to b along an arc, (steps, ...)."""
    angle = np.arccos((a * b).sum() / np.sqrt((a**2).sum() * (b**2).sum()))
    t = np.linspace(0, 1, steps).reshape(-1, *[1] * a.ndim)
    return (np.sin((1 - t) * angle) * a + np.sin(t * angle) * b) / np.sin(angle)


def to_code(pictures):
    """DDIM run backwards: from pictures, (n, 28, 28, 1), to the noise that they come from."""
    x = pictures
    for t, later in itertools.pairwise(range(0, 101, 2)):
        noise = diffusion.estimate_noise(x, max(t, 1))  # at time 0 there is none to see
        x = check.ddim_step.answer(x, noise, t, later, signal)
    return x


# %%
two = pictures_of(held_levels[[5, 3]])
codes = to_code(two)
back = noising.sample_ddim(diffusion.estimate_noise, codes, signal, 50, limit=1.0)
claim(
    "a picture, its noise, and a picture again: mean square of the difference",
    np.square(back - two).mean(),
    below=0.1,
)
claim("standard deviation of the noise", codes.std(), above=0.3, below=1.2)
ends = vae.encoder.predict_on_batch(held_levels[[5, 3]])[0]
by_vae = pictures_of(vae.decode(np.linspace(ends[0], ends[1], 11)))
walk = slerp(*codes, 11)
by_ddim = noising.sample_ddim(diffusion.estimate_noise, walk, signal, 50, limit=1.0)
latent = np.random.default_rng(5).normal(size=(200, 32)).astype("float32")
sure = judge.probabilities(gan.generator.predict_on_batch(latent))
z_six, z_nine = latent[sure[:, 6].argmax()], latent[sure[:, 9].argmax()]
by_gan = gan.generator.predict_on_batch(slerp(z_six, z_nine, 11).astype("float32"))

# %%
figure, axes = plt.subplots(3, 1, figsize=(7, 2.9))
titles = (
    "VAE, between two real digits",
    "DDIM, between the noises of the same two",
    "GAN, between two latent vectors",
)
for ax, shown, title in zip(axes, (by_vae, by_ddim, by_gan), titles, strict=True):
    plots.image_grid(shown, title, columns=11, generated=True, ax=ax)
    ax.title.set_fontsize(10)
plt.show()


# %% [markdown]
# The noise of DDIM gives both digits back, almost exactly. So the diffusion model has a code for a real picture, too. (This noise has a standard
# deviation of about 0.52, and the noise that we draw from has 1. A likely reason: a clean picture shows no noise, so in the first steps the network finds
# almost none in it.) DDIM turns the 6 into the 9. Its pictures are sharp, but in the middle the strokes break: from the sixth to the eighth picture there is no whole digit. The VAE walks between the same two. Its pictures are blurred, and each one differs only a little from the one before it.
# The GAN walks between two drawings of its own. All of its pictures are sharp, and most of the change happens in the middle: the lower loop shrinks, and an upper one opens.
#
# ### An edit
#
# Half of a digit is lost. What could have been there? A diffusion model can answer without any new training, because
# its pictures come step by step: in each step, put the *known* pixels back, with the noise that belongs to this time.
# The network then draws the rest, and in each step it sees the known pixels, so the rest should fit them (Lugmayr et al. 2022 do this with more care).


# %%
def fill_in(pictures, known, seed):
    """Draw the pixels that are not known, by DDPM. pictures: (n, 28, 28, 1). known: (28, 28, 1)."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=pictures.shape)
    for t in range(100, 0, -1):
        x = np.where(known, noising.add_noise(pictures, t, rng.normal(size=x.shape), signal), x)
        guess = noising.remove_noise(x, t, diffusion.estimate_noise(x, t), signal, limit=1.0)
        mean, variance = noising.posterior(guess, x, t, signal)
        x = mean + np.sqrt(variance) * rng.normal(size=x.shape)
    return np.where(known, pictures, x)


known = np.ones(SHAPE, bool)
known[14:] = False  # the lower half is lost
_, numbers = data.load("mnist_5k")
asked, asked_numbers = held_out[:200], numbers[3000:3200]
lost = np.where(known, asked, -1.0)
filled = fill_in(asked, known, seed=1)

# %%
figure, axes = plt.subplots(4, 1, figsize=(7, 4.2))
again = fill_in(asked[:10], known, seed=2)
titles = ("the lower half is lost", "filled in", "filled in, other noise", "the original")
for ax, shown, title in zip(axes, (lost, filled, again, asked), titles, strict=True):
    plots.image_grid(shown[:10], title, columns=10, generated=title.startswith("filled"), ax=ax)
    ax.title.set_fontsize(10)
plt.show()
right = {}
for name, shown in {"original": asked, "lower half lost": lost, "filled in": filled}.items():
    right[name] = 100 * (judge.classes(shown) == asked_numbers).mean()
    claim(f"{name}: the judge names the digit", right[name], above=10, unit="%")
print(f"gain by filling in ≈ {right['filled in'] - right['lower half lost']:.1f} points")

# %% [markdown]
# The upper half stays as it is. At the border most strokes go on, but further down many end in blobs. With other noise we get another answer. For some halves there is more than one good way to complete them, but here the answers also differ in how good they are: in the last column, the 4 becomes whole in the third row, and not in the second. Some digits become whole with both noises, for example the 7, and others remain broken. The judge names more digits after the filling than before, and far fewer than of the
# originals. (With 200 pictures each of these shares has a standard error of two to four points.)
#
# | | VAE | diffusion | GAN |
# |---|---|---|---|
# | passes per picture | one | many: here 5 to 100 | one |
# | loss | a bound, falls on average | a regression, falls on average | a game, has to be watched |
# | probability of a picture | a bound | a bound | none |
# | code of a real picture | by the encoder, at once | by DDIM run backwards (Song et al. 2021) | by a search, or by an encoder trained for it (lesson 14) |
# | walk between pictures | yes | yes, between noises | yes |
# | edit without new training | by changing its code, with a blurred result | fill in, and more | by a search for z |
#
# ## Where does each win today?
#
# Our table is one of small networks and of half a minute of training. With large networks, many pictures and long trainings the
# order can be another one.
#
#
# * **Diffusion** for quality and variety, with large networks and long trainings. Dhariwal and Nichol (2021) reported better FIDs
#   on ImageNet than the best GANs of the time, with better coverage, with the help of a classifier that guides each step. With only 25 passes per picture they were on a par with
#   BigGAN-deep, a large GAN of 2019. Many systems that draw from text, such as Stable Diffusion (Rombach et
#   al. 2022), are diffusion models or their relatives.
# * **VAE** as the first stage of others. Stable Diffusion does not work on pixels: an autoencoder with a KL term packs a
#   picture into a small code, and the diffusion model draws codes (Rombach et al. 2022). The KL term has a very small weight there, so its codes are far from
#   standard normal, as with our small β. That does no harm, because the diffusion model learns to draw such codes.
# * **GAN** where time counts, and wherever one needs a loss that does *not reward blur*:
#   * one pass: GigaGAN draws a picture of 512 × 512 pixels from a text in 0.13 s on a large GPU (Kang et al. 2023); HiFi-GAN makes speech out
#     of spectrograms 13 times as fast as real time on a CPU, in its small version (Kong et al. 2020);
#   * **inside the other two**: the autoencoder of Stable Diffusion is trained with a discriminator of patches (lesson 13), so that
#     its pictures are not blurred (Esser et al. 2021; Rombach et al. 2022). And a diffusion model can be taught to draw in
#     one to four passes with the help of a discriminator: adversarial diffusion distillation (Sauer et al. 2023);
#   * R3GAN (Huang et al. 2024), a GAN with a regularized relativistic loss and a modern network, reports FIDs that can compete with those
#     of diffusion models, on pictures of 32 × 32 to 256 × 256 pixels.
#
# So none of the three has to win over the others. Stable Diffusion, for example, has parts of all three.
#
# ## An open experiment: two passes against one
#
# Build a diffusion model that needs at most **two** passes per picture and beats the GAN of the benchmark: the same 3,000
# digits, at most one minute of the processor's time for training, and the Fréchet distance as the mean of three seeds. Some ideas:
#
# * choose the two times at which the network is called;
# * train the network at these times only;
# * *distill*: train a second network to do in one step what the first one does in two, and repeat (Salimans and Ho
#   2022);
# * add a discriminator to the loss (Sauer et al. 2023);
# * a diffusion model of the *codes* of the VAE, as in Stable Diffusion.
#
# Here is the number to beat, and where DDIM stands with five passes.

# %%
claim("to beat: the GAN, mean of three seeds", over_seeds("gan", "frechet").mean())
claim("DDIM with 5 passes, mean of three seeds", over_seeds("ddim_5", "frechet").mean())

# %% [markdown]
# ## What can go wrong
#
# | you see | likely cause | test | remedy |
# |---|---|---|---|
# | the VAE draws the same gray cloud each time | the code is ignored: its price is near 0 | print the KL term | a smaller β at first; a smaller decoder |
# | fine reconstructions, but nonsense when drawing | codes of real pictures lie elsewhere than the codes that are drawn | compare the mean of μ² + σ² with 1 | a larger β; or a second model that learns to draw the codes |
# | the VAE's training is erratic | the variance is used as the standard deviation, or noise is drawn from the wrong place | exercise 1 | z = μ + σ · ε |
# | the VAE loses to another model by very little | its number is a bound | do the bits still fall with more codes? | call it a bound |
# | the diffusion model draws noise | ᾱ is taken at the wrong time, by one | noise a picture and remove the *true* noise: is it back? | `signal[0]` is 1 |
# | pale or glaring pictures | the estimate is not clipped, or a square root is missing | print the range of $\hat x_0$ | clip to [−1, 1] |
# | strokes are fine, but no digits | too short a training, or the network sees only small regions | the loss at late times | train longer; layers that see the whole picture |
# | the ε-loss hardly falls any more, and the pictures still get better | most of the loss comes from early times, which say little about which digit it is | loss by time; the Fréchet distance of samples | judge samples, not the loss |
# | one model wins by far | more training, or a judge that knows its training pictures | seconds of training; whose pictures has the judge seen? | equal seconds, an independent judge |
#
# ## Summary in five lines
#
# 1. A VAE explains pictures by codes. Its bound is the explanation minus the price of the code, and the trick z = μ + σ · ε
#    lets a gradient pass.
# 2. A diffusion model learns to see noise. One jump makes a noisy picture for any time, and the loss is a plain
#    regression.
# 3. DDPM goes back in a hundred steps, with fresh noise in each. DDIM puts back the noise that the network has found, and here twenty passes
#    are nearly as good as fifty.
# 4. A GAN draws in one pass, here with the best strokes of the three. It gives no probability, and to find the code of a real picture it needs a
#    search or an encoder.
# 5. Compare at equal seconds, with an independent judge and several seeds, and ask what the model is for.
#
# ## References
#
# * D. P. Kingma, M. Welling, [Auto-encoding variational Bayes](https://arxiv.org/abs/1312.6114), ICLR 2014; D. J.
#   Rezende, S. Mohamed, D. Wierstra, [Stochastic backpropagation and approximate inference in deep generative
#   models](https://arxiv.org/abs/1401.4082), ICML 2014: the VAE and the trick.
# * R. J. Williams, [Simple statistical gradient-following algorithms for connectionist reinforcement
#   learning](https://doi.org/10.1007/BF00992696), Machine Learning 1992; S. Mohamed et al., [Monte Carlo gradient
#   estimation in machine learning](https://arxiv.org/abs/1906.10652), JMLR 2020: both gradients compared.
# * I. Higgins et al., [beta-VAE: learning basic visual concepts with a constrained variational
#   framework](https://openreview.net/forum?id=Sy2fzU9gl), ICLR 2017.
# * J. Sohl-Dickstein et al., [Deep unsupervised learning using nonequilibrium
#   thermodynamics](https://arxiv.org/abs/1503.03585), ICML 2015; J. Ho, A. Jain, P. Abbeel, [Denoising diffusion
#   probabilistic models](https://arxiv.org/abs/2006.11239), NeurIPS 2020.
# * O. Ronneberger, P. Fischer, T. Brox, [U-Net: convolutional networks for biomedical image
#   segmentation](https://arxiv.org/abs/1505.04597), MICCAI 2015.
# * Y. Burda, R. Grosse, R. Salakhutdinov, [Importance weighted autoencoders](https://arxiv.org/abs/1509.00519), ICLR
#   2016: the closer bound of a VAE.
# * T. Karras, M. Aittala, T. Aila, S. Laine, [Elucidating the design space of diffusion-based generative
#   models](https://arxiv.org/abs/2206.00364), NeurIPS 2022: the best answer to the loss in closed form (appendix B.3).
# * J. Song, C. Meng, S. Ermon, [Denoising diffusion implicit models](https://arxiv.org/abs/2010.02502), ICLR 2021: DDIM.
# * A. Nichol, P. Dhariwal, [Improved denoising diffusion probabilistic models](https://arxiv.org/abs/2102.09672), ICML
#   2021: the cosine; P. Dhariwal, A. Nichol, [Diffusion models beat GANs on image
#   synthesis](https://arxiv.org/abs/2105.05233), NeurIPS 2021.
# * T. Salimans, J. Ho, [Progressive distillation for fast sampling of diffusion
#   models](https://arxiv.org/abs/2202.00512), ICLR 2022: weights of the times (section 4), fewer and fewer passes.
# * A. Lugmayr et al., [RePaint: inpainting using denoising diffusion probabilistic
#   models](https://arxiv.org/abs/2201.09865), CVPR 2022.
# * P. Esser, R. Rombach, B. Ommer, [Taming transformers for high-resolution image
#   synthesis](https://arxiv.org/abs/2012.09841), CVPR 2021; R. Rombach et al., [High-resolution image synthesis with
#   latent diffusion models](https://arxiv.org/abs/2112.10752), CVPR 2022: Stable Diffusion.
# * J. Kong, J. Kim, J. Bae, [HiFi-GAN: generative adversarial networks for efficient and high fidelity speech
#   synthesis](https://arxiv.org/abs/2010.05646), NeurIPS 2020; M. Kang et al., [Scaling up GANs
#   for text-to-image synthesis](https://arxiv.org/abs/2303.05511), CVPR 2023 (GigaGAN); A. Sauer et al., [Adversarial
#   diffusion distillation](https://arxiv.org/abs/2311.17042), 2023 (ECCV 2024); Y. Huang et al., [The GAN is dead; long live the
#   GAN! A modern GAN baseline](https://arxiv.org/abs/2501.05441), NeurIPS 2024 (R3GAN).
#
# **Next lesson:** [13 · Images from images](13_images_from_images.ipynb): completing a picture, and translating it.
