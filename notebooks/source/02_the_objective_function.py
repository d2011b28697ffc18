# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 02 · The objective function
#
# [![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)](https://colab.research.google.com/github/gan-course/gan-course/blob/main/notebooks/02_the_objective_function.ipynb)
#
# **The one idea: generator and discriminator play for one number, V(D, G). The best discriminator turns that
# number into a kind of distance between the generator's samples and the data.**
#
# After this lesson you will be able to
#
# * write V(D, G) down, term by term, and say which player wants which term large;
# * derive the best possible discriminator of two densities, and train a network that finds it;
# * prove that V(D*, G) is the Jensen–Shannon divergence in disguise, and say why the first GAN paper gave its
#   generator another loss after all.
#
# It takes about 90 minutes to read, without exercise 5 and the open experiment. Its cells run in about 30
# seconds on two CPU cores. You should know what a generator and a discriminator are ([lesson
# 01](01_generative_vs_discriminative.ipynb)), what a derivative and an integral are, and what the mean of a random number is. Most proofs are folded: you can skip these at the first reading.

# %% tags=["nbval-ignore-output"]
# Where the course package is missing, on Colab for example, this cell installs it first.
import importlib.util

if importlib.util.find_spec("gan_course") is None:
    print("Installing gan_course from https://github.com/gan-course/gan-course")
    # %pip install --quiet git+https://github.com/gan-course/gan-course

import matplotlib.pyplot as plt
import numpy as np

from gan_course import data, plots, runtime, theory
from gan_course.checks import lesson_02 as check
from gan_course.claims import answer, claim

plots.use_style()
runtime.select_backend("tensorflow")  # this lesson takes gradients with TensorFlow
print(runtime.configure(seed=0))

# %% [markdown]
# ## One number, two players
#
# The [discriminator](glossary.md#discriminator) D looks at a sample and returns a probability: how sure it is
# that the sample is real. The [generator](glossary.md#generator) G turns noise z into a sample G(z).
#
# Suppose that D has just seen four real digits and four generated ones. The fakes below come from a very simple
# generator, which needs no training: it adds up training pictures with random weights. On average over many fakes, each
# pixel has the right mean, and each pair of pixels has the right correlation. That makes a poor digit, as you will see.
# The answers above the pictures are invented, so that we can calculate with round numbers.

# %%
images, _ = data.load("mnist_5k")
center = images.mean(axis=0)
noise = np.random.default_rng(2).normal(size=(40, len(images)))
fakes = center + np.tensordot(noise, images - center, axes=1) / np.sqrt(len(images))

said_of_real = np.array([0.9, 0.8, 0.99, 0.3])
said_of_fake = np.array([0.1, 0.4, 0.01, 0.7])
figure, axes = plt.subplots(2, 4, figsize=(7, 4.3))
for row, pictures, answers, generated, name in (
    (axes[0], images[[0, 23, 31, 42]], said_of_real, False, "D(x)"),
    (axes[1], fakes[[4, 2, 3, 24]], said_of_fake, True, "D(G(z))"),
):
    for ax, picture, d in zip(row, pictures, answers, strict=True):
        plots.image_grid(picture[None], f"{name} = {d}", generated=generated, ax=ax)
figure.suptitle("What D says about real digits (black) and generated ones (green)\n", fontsize=12)
plt.show()

# %% [markdown]
# Both players play for one number, the [value function](glossary.md#value-function)
#
# $$V(D, G) = \underbrace{\mathbb{E}_{x \sim p_{data}}\,[\log D(x)]}_{\text{real samples}}
# \;+\; \underbrace{\mathbb{E}_{z}\,[\log(1 - D(G(z)))]}_{\text{generated samples}} .$$
#
# The symbol 𝔼 is an [expectation](glossary.md#expectation): the mean over all that could be drawn. The small letters below 𝔼 say what is drawn: $x \sim p_{data}$ means that x is drawn from the data, and z is drawn from the noise. If we have only some samples, we take their mean instead. Logarithms are natural, here and in all lessons. The unit that belongs to natural logarithms is called *nat*. Here is the logarithm for each answer. V is the mean of the left logarithms plus
# the mean of the right ones.

# %%
print("real sample:      D(x)     log D(x)      |  generated sample:  D(G(z))  log(1 − D(G(z)))")
for d, f in zip(said_of_real, said_of_fake, strict=True):
    print(f"{d:22.2f}  {np.log(d):11.3f}      |  {f:26.2f}  {np.log(1 - f):15.3f}")

# %% [markdown]
# Every logarithm is at most 0. A right and confident answer (0.99 for a real sample, 0.01 for a generated one)
# takes next to nothing away from V. A wrong answer (0.3 for the 6 that lies on its side, or 0.7 for the last fake)
# takes away a lot.
#
# * **D ascends.** It wants V large. So it wants all logarithms close to 0: D(x) → 1 and D(G(z)) → 0. It can change
#   both terms.
# * **G descends.** It wants V small. G appears in the second term only, so it wants D(G(z)) → 1: to be taken
#   for real.
#
# One player gains exactly what the other one loses. That is a [zero-sum game](glossary.md#minimax). The first
# GAN paper writes it as $\min_G\max_D V(D,G)$ (Goodfellow et al. 2014, equation 1). Read it from the inside:
# for each G, D makes V as large as it can. Among all G, we look for the one for which this largest value is
# smallest.
#
# **Predict before you run:** what is V if D has no idea, and answers ½ to everything? 0? −½? Something else?

# %%
# Your prediction, a number:
prediction = None

# %%
with answer(prediction):
    claim("V of a D that always says ½", np.log(0.5) + np.log(1 - 0.5), near=-1.3863, within=1e-4)
    claim("−log 4", -np.log(4), near=-1.3863, within=1e-4)

# %% [markdown]
# Keep that number in mind: **−log 4 = −1.3863** is V for a discriminator that always says ½. You will see it again
# at the end of the game.
#
# ### Exercise 1: the value function (2 minutes)
#
# Write V for any two arrays of probabilities: what D said about real samples, and what it said about generated
# ones. The two arrays may have different lengths.


# %%
def value_function(d_real, d_fake):
    return ...  # your line here


check.value_function(value_function)
# check.value_function.hint()
# check.value_function.solution()

# %% [markdown]
# ## It is cross-entropy
#
# If you have trained a classifier, you know D's objective already. Give every real sample the label 1 and every
# generated one the label 0 (always this way round, in the whole course). Then ask Keras for the binary
# [cross-entropy](glossary.md#cross-entropy) of D's answers.

# %%
import keras

said = np.concatenate([said_of_real, said_of_fake])
labels = np.concatenate([np.ones(4), np.zeros(4)])
cross_entropy = float(keras.losses.BinaryCrossentropy()(labels[:, None], said[:, None]))
value = check.value_function.answer(said_of_real, said_of_fake)  # what exercise 1 asks for
claim("V", value, near=-0.8432, within=1e-4)
claim("cross-entropy", cross_entropy, near=0.4216, within=1e-4)
claim("−2 × cross-entropy", -2 * cross_entropy, near=-0.8432, within=1e-4)

# %% [markdown]
# V is minus twice the cross-entropy. (The factor is two because the cross-entropy is one mean over all eight
# samples, while V is the sum of two means over four samples each. With different numbers of real and generated samples, this would not hold.) So *"D maximizes V"* and *"train a classifier
# of real against generated with cross-entropy"* mean the same.
#
# ## The best discriminator there is
#
# A mean over a few samples is noisy. To see clearly we go to one dimension. There we can write both
# [densities](glossary.md#density) down, and compute every expectation as an integral on a fine grid. The data has
# two hills. The generator, for now, makes one broad hill.

# %%
x = np.linspace(-12, 12, 4801)
p_data = theory.gaussian_mixture(x, means=(-1.5, 1.5), stds=(0.5, 0.5))
p_model = theory.gaussian(x, mean=0.0, std=1.5)

ax = plots.densities(x, p_data, p_model)
ax.set(xlim=(-4, 4), title="The data has two hills")
plots.legend_above(ax)
plt.show()

# %% [markdown]
# The expectation over z is a mean over generated samples x = G(z), and these samples have the density
# $p_{model}$. So both expectations are integrals over x, and the value function is
#
# $$V(D, G) = \int \big[\,p_{data}(x) \log D(x) + p_{model}(x) \log(1 - D(x))\,\big]\,dx .$$
#
# We let D be any function, so it may choose its answer at each x freely. (A network can do this only approximately,
# and only if it is large enough.) So the integral is as large as it can be if **the bracket is as large as it can be
# at every single x**. Let us look at the bracket at three places.

# %%
tried = np.linspace(0.001, 0.999, 999)
figure, ax = plt.subplots(figsize=(7, 3.8))
for at, style in (("−2", "-"), ("−2.5", "--"), ("0", "-.")):
    here = np.argmin(abs(x - float(at.replace("−", "-"))))
    bracket = p_data[here] * np.log(tried) + p_model[here] * np.log(1 - tried)
    best, top = tried[bracket.argmax()], bracket.max()
    label = f"x = {at}:  $p_{{data}}$ = {p_data[here]:.3f}, $p_{{model}}$ = {p_model[here]:.3f}"
    ax.plot(tried, bracket, color=plots.DISCRIMINATOR, ls=style, label=label)
    ax.plot(best, top, "o", color=plots.ACCENT, ms=9)
    ax.annotate(f"{best:.2f}", (best + 0.02, top + 0.02), color=plots.ACCENT)
ax.set(xlabel="D's answer at this x", ylabel="what it adds to V", ylim=(-1, 0.08))
ax.set_title("Each x has one best answer (orange)")
ax.legend(loc="lower center")
plt.show()

# %% [markdown]
# **In this lesson, orange always marks D's best answer.** Each curve has exactly one top. The larger the share of
# real samples at x, the further to the right is the top. Is there a formula for it?
#
# ### Exercise 2: the best answer (5 minutes, with a pencil)
#
# Write $a = p_{data}(x)$ and $b = p_{model}(x)$. For which $y$ between 0 and 1 is $a \log y + b \log(1 - y)$
# largest? Set the derivative to zero and solve for $y$. Then write your formula as a function of the two
# densities. (Does it give the three best answers in the figure?)


# %%
def optimal_discriminator(p_data, p_model):
    return ...  # your formula here


check.optimal_discriminator(optimal_discriminator)
# check.optimal_discriminator.hint()
# check.optimal_discriminator.solution()

# %% [markdown]
# <details><summary>Open the derivation, and the proof that the point is a maximum</summary>
#
# Let $f(y) = a \log y + b \log(1 - y)$ for $0 < y < 1$, with $a > 0$ and $b > 0$.
#
# 1. The derivative is $f'(y) = \dfrac{a}{y} - \dfrac{b}{1 - y}$. It is zero where $a(1 - y) = b\,y$, and that means
#    $y = \dfrac{a}{a + b}$. There is no other such point.
# 2. Is this point a maximum, and not a minimum? The second derivative is
#    $f''(y) = -\dfrac{a}{y^2} - \dfrac{b}{(1 - y)^2}$. Both terms are negative **for every** $y$. So the slope
#    $f'$ becomes smaller all the way from left to right: it is positive before the point, zero at the point, and
#    negative behind it. The curve climbs to the point and falls after it. A curve whose slope becomes smaller all the way is called *strictly
#    concave*, and its one flat point is its highest point.
# 3. If $a > 0$ and $b = 0$, only $a \log y$ is left. It is largest at $y = 1$, which is again $a/(a+b)$. In the same
#    way, $y = 0$ is best if $a = 0$ and $b > 0$. If both are 0, no sample is ever there, and every answer is as
#    good as any other.
# 4. This holds at every x. The bracket with $y = D^*(x)$ is at least as large as the bracket with any other
#    $y = D(x)$. So the integral over all x is also at least as large. $\blacksquare$
#
# </details>
#
# The result is
#
# $$D^*(x) = \frac{p_{data}(x)}{p_{data}(x) + p_{model}(x)} ,$$
#
# which is proposition 1 of the GAN paper. The [optimal discriminator](glossary.md#optimal-discriminator) is
# called D\*. Its formula is [Bayes' rule](glossary.md#bayes-rule) from lesson 01, with ½ and ½ as the
# shares of real and generated samples.
#
# ## Why cross-entropy asks for honest probabilities
#
# Think of one x at which 70 % of the samples are real. Which answer would you give if you had to pay a loss for
# each sample? We compare three losses. For each answer $y$ we compute the mean loss: with probability 0.7 the
# sample is real (label 1), and with probability 0.3 it is generated (label 0).

# %%
share = 0.7
mean_loss = {
    "cross-entropy": -share * np.log(tried) - (1 - share) * np.log(1 - tried),
    "squared error": share * (1 - tried) ** 2 + (1 - share) * tried**2,
    "absolute error": share * (1 - tried) + (1 - share) * tried,
}
figure, ax = plt.subplots(figsize=(7, 3.8))
for (name, loss), style in zip(mean_loss.items(), ("-", "--", "-."), strict=True):
    ax.plot(tried, loss, color=plots.DISCRIMINATOR, ls=style, label=name)
    ax.plot(tried[loss.argmin()], loss.min(), "o", color=plots.ACCENT, ms=9, clip_on=False, zorder=5)
    claim(f"cheapest answer with {name}", tried[loss.argmin()])
ax.axvline(share, color=plots.MUTED, lw=1)
ax.set(xlabel="D's answer y, where 70 % of the samples are real", ylabel="mean loss", ylim=(0, 1.6))
ax.set_title("Two losses reward the honest answer 0.7. The third rewards a lie.")
ax.legend(loc="upper center")
plt.show()

# %% [markdown]
# With the absolute error it pays to exaggerate: the cheapest answer is the largest one that we tried, 0.999,
# although 30 % of the samples are fakes. With cross-entropy (and with the squared error) the cheapest answer is
# the honest one, 0.7. A loss with this property is called a strictly [proper scoring
# rule](glossary.md#proper-scoring-rule) (Gneiting and Raftery 2007). For cross-entropy, you have proved it
# already: with the opposite sign, the mean loss is the function of exercise 2 with $a = 0.7$ and $b = 0.3$. The only maximum of that function, and so the only minimum of the loss, is at $a/(a+b) = 0.7$.
#
# ## Can a network find D\*?
#
# The formula needs both densities, and a real GAN knows neither of them. A network only sees samples, with the
# labels 1 and 0. We give a small network 100,000 samples of each kind, and let it minimize cross-entropy. Its
# last layer returns a number without bounds, called a [score](glossary.md#score). (The score models of lesson
# 01 use the same word for something else, the slope of log p(x).) `from_logits=True` tells Keras to turn the
# score into a probability with a [sigmoid](glossary.md#sigmoid) first: $\sigma(s) = 1/(1 + e^{-s})$.
#
# **Predict before you run:** nobody tells the network a density or a probability, only "1" or "0" for each number.
# Which curve will it draw: the smooth curve of the formula, or a step that is 0 where fakes are more likely and 1
# where real samples are more likely? And of all new samples to which it says "about 70 %", what percentage is real?

# %%
# Your predictions, "formula" or "step", and a number in percent:
prediction = None

# %%
n = 100_000


def draw_samples(seed):
    """Numbers, and their labels: n real ones (1), and then n generated ones (0)."""
    real = data.gaussian_mixture_1d(n, means=(-1.5, 1.5), stds=(0.5, 0.5), seed=seed)
    fake = data.gaussian_mixture_1d(n, means=(0.0,), stds=(1.5,), seed=seed + 1)
    return np.concatenate([real, fake]), np.repeat([1.0, 0.0], n)[:, None]


keras.utils.set_random_seed(0)
layers = [keras.layers.Dense(64, "silu"), keras.layers.Dense(64, "silu"), keras.layers.Dense(1)]
network = keras.Sequential([keras.Input((1,)), *layers])  # its output is a score: no sigmoid yet
slower_and_slower = keras.optimizers.schedules.CosineDecay(0.01, decay_steps=8 * 200)
network.compile(
    keras.optimizers.Adam(slower_and_slower), keras.losses.BinaryCrossentropy(from_logits=True)
)
history = network.fit(*draw_samples(seed=0), batch_size=1000, epochs=8, verbose=0)


# %%
def probability(points):
    scores = network(np.reshape(points, (-1, 1)).astype("float32"))
    return keras.ops.convert_to_numpy(keras.ops.sigmoid(scores))[:, 0]


# %%
near = np.abs(x) <= 4  # the part of the grid where samples fall
best, learned = theory.optimal_discriminator(p_data, p_model)[near], probability(x[near])
new_samples, new_labels = draw_samples(seed=2)
told = probability(new_samples)
real_of_70 = 100 * new_labels[(told > 0.65) & (told < 0.75)].mean()
with answer(prediction):
    claim("largest gap between the network and the formula", np.abs(learned - best).max(), below=0.08)
    claim("share of points where D says 0.05 to 0.95", np.mean(abs(learned - 0.5) < 0.45), above=0.6)
    claim('real among samples called "65 to 75 %"', real_of_70, above=67, below=73, unit="%")

# %% [markdown]
# And here is the answer as a figure.

# %%
ax = plots.densities(x[near], p_data[near], p_model[near], discriminator=learned)
ax.child_axes_d.plot(x[near], best, "--", color=plots.ACCENT, lw=1.8, label=r"$D^*$ by formula")
ax.set_title("A network finds D* from samples alone", pad=28)
plots.legend_above(ax)
plt.show()

# %% [markdown]
# The network draws the curve of the formula and not the step: at most of the points it says something between 0.05 and
# 0.95. The two curves are hard to tell apart. They differ a little at the edges and in the middle, where real samples
# are rare. The network is also honest: of the new samples to which it says "about 70 %", about 70 % are real. Labels
# are only 0 or 1, but cross-entropy is cheapest at the *share* of ones, and the share of real samples at x is D\*(x). (This needs many samples. A network with few samples may learn them by heart instead, and then it does not find D\*. Lesson 15 shows a discriminator that does so.)
#
# ## What G really minimizes
#
# Suppose that D is always the best that it can be. What does G minimize then? This is theorem 1 of the paper, and we
# do every step of it. Let us write $p$ for $p_{data}$, $q$ for $p_{model}$, and $m = (p + q)/2$ for their average.
#
# **Step 1.** Write D\* with the average: $D^* = \dfrac{p}{p + q} = \dfrac{p}{2m}$, and
# $1 - D^* = \dfrac{q}{p + q} = \dfrac{q}{2m}$.
#
# **Step 2.** Take logarithms: $\log D^* = \log \dfrac{p}{m} - \log 2$, and
# $\log (1 - D^*) = \log \dfrac{q}{m} - \log 2$.
#
# **Step 3.** Put both into V. Each density has the integral 1, so each integral contributes one $-\log 2$:
#
# $$V(D^*, G) = \int p \log \frac{p}{m}\,dx + \int q \log \frac{q}{m}\,dx - 2 \log 2 .$$
#
# **Step 4.** Give names to what we see. The first integral is a mean: draw x from $p$, divide the density of $p$ at x by that of $m$, and take the logarithm. The mean is large if $m$ is clearly smaller than $p$ where $p$ puts most of its samples. ($m$ is never smaller than half of $p$, so this logarithm is never larger than log 2.) The [KL divergence](glossary.md#kl-divergence) is
# $\mathrm{KL}(p \,\|\, m) = \int p \log \frac{p}{m}\,dx$, and the
# [Jensen–Shannon divergence](glossary.md#jensen-shannon-divergence) (JSD) is the mean of two of them:
#
# $$\mathrm{JSD}(p, q) = \tfrac12 \mathrm{KL}(p \,\|\, m) + \tfrac12 \mathrm{KL}(q \,\|\, m),
# \qquad\text{so}\qquad V(D^*, G) = 2\,\mathrm{JSD}(p_{data}, p_{model}) - \log 4 .$$
#
# **Step 5.** A KL divergence is never negative, and it is 0 only if both densities are equal (proof below). The
# same holds for the JSD. Therefore **V(D\*, G) is smallest, at −log 4, exactly when the density of the generator is
# that of the data.**
#
# <details><summary>Open the proof that KL ≥ 0, with Jensen's inequality proved on the way</summary>
#
# **[Jensen's inequality](glossary.md#jensen-inequality) for the logarithm.** For every positive random number $U$:
# $\;\mathbb{E}[\log U] \le \log \mathbb{E}[U]$.
#
# *Proof.* Let $\mu = \mathbb{E}[U]$. The logarithm is concave, so its curve lies below each of its tangents. The
# tangent at the point $\mu$ gives $\log U \le \log \mu + \dfrac{U - \mu}{\mu}$. Take the expectation of both
# sides. The expectation of $U - \mu$ is 0, and what is left is $\mathbb{E}[\log U] \le \log \mu$. The curve
# touches the tangent only at $\mu$, so both sides are equal only if $U$ is $\mu$ with probability 1.
#
# **KL is not negative.** Draw $x$ from $p$, and let $U = m(x)/p(x)$. Then
#
# $$-\mathrm{KL}(p \,\|\, m) = \mathbb{E}_{x \sim p}\Big[\log \frac{m(x)}{p(x)}\Big]
# \;\le\; \log \mathbb{E}_{x \sim p}\Big[\frac{m(x)}{p(x)}\Big]
# = \log \int_{p(x) > 0} p(x) \frac{m(x)}{p(x)}\,dx = \log \int_{p(x) > 0} m(x)\,dx \;\le\; \log 1 = 0 .$$
#
# So $\mathrm{KL}(p \,\|\, m) \ge 0$. When is it 0? Then both "≤" are "=". The second one says that all of $m$ lies
# where $p > 0$. The first one says that $m/p$ is constant there. Both densities have the integral 1, so this
# constant is 1, and $m = p$.
#
# **The JSD is zero only for equal densities.** JSD = 0 needs $p = m$ and $q = m$, and therefore $p = q$.
#
# **The JSD is at most log 2.** Since $m \ge p/2$, the ratio $p/m$ is at most 2, so
# $\mathrm{KL}(p \,\|\, m) \le \log 2$. The same holds for $q$. Both are equal to log 2 only if $q = 0$ wherever
# $p > 0$, and the other way round: if the densities do not overlap. $\blacksquare$
#
# </details>
#
# ### Exercise 3: the Jensen–Shannon divergence (5 minutes)
#
# Write it for two densities `p` and `q` on a grid `x`. `np.trapezoid(values, x)` integrates. Both densities are
# positive on the whole grid, so log 0 does not occur.


# %%
def jensen_shannon(p, q, x):
    return ...  # your lines here


check.jensen_shannon(jensen_shannon)
# check.jensen_shannon.hint()
# check.jensen_shannon.solution()

# %% [markdown]
# Now we test the theorem. We compute V(D\*, G) straight from the definition of V, and compare it with
# 2·JSD − log 4, for four generators. The JSD comes from the course's package.


# %%
def integral(values):
    return np.trapezoid(values, x)


def jsd(p, q):
    return theory.jensen_shannon(p, q, x)


def value_at_best(p, q):
    """V(D*, G) from its definition. No divergence is used here."""
    best = theory.optimal_discriminator(p, q)
    return theory.value_function(best, p, q, x)


def normal(mean, std=1.0):
    return theory.gaussian(x, mean, std)


# %%
print("the generator is        JSD      V(D*, G)   2·JSD − log 4")
for name, model in {
    "equal": normal(-6, 0.5),
    "half a unit off": normal(-5.5, 0.5),
    "twice as wide": normal(-6, 1.0),
    "disjoint": normal(6, 0.5),
}.items():
    divergence, value = jsd(normal(-6, 0.5), model), value_at_best(normal(-6, 0.5), model)
    row = np.round([divergence, value, 2 * divergence - np.log(4)], 6) + 0.0  # + 0.0 turns −0 into 0
    print(f"{name:16} {row[0]:12.6f} {row[1]:12.6f} {row[2]:12.6f}")
claim("log 2", np.log(2), near=0.693147, within=1e-6)
claim("−log 4", -np.log(4), near=-1.386294, within=1e-6)

# %% [markdown]
# The last two columns agree in every row. The first and the last row are the two ends of the scale:
#
# * **equal** densities: JSD = 0, V = −log 4, and D\* = ½ everywhere. This is the moment from lesson 01 when the
#   police can no longer tell real money from fake. No generator can push V any lower against the best D.
# * **disjoint** densities: JSD = log 2, and V = 0: D is right every time. (Two normal densities always overlap a
#   little. Here it is too little to show in six digits.)
#
# So against the best D, G minimizes a kind of distance to the data, although nobody ever computes p_model. Samples and a classifier are
# enough to estimate this distance, as long as the classifier is nearly the best one. **That is the trick of GANs.**
#
# Is "distance" the right word? The distance to a place two steps away must not be larger than both steps
# together (the triangle inequality). We test this with three normal densities, with means 0, 1 and 2.

# %%
step, both_steps = jsd(normal(0), normal(1)), jsd(normal(0), normal(2))
claim("JSD from 0 to 2", both_steps, near=0.3368, within=1e-4)
claim("JSD from 0 to 1, and on from 1 to 2", 2 * step, near=0.2228, within=1e-4)
claim("√JSD from 0 to 2", np.sqrt(both_steps), near=0.5804, within=1e-4)
claim("√JSD from 0 to 1, and on from 1 to 2", 2 * np.sqrt(step), near=0.6676, within=1e-4)

# %% [markdown]
# The JSD itself breaks the rule: 0.3368 is more than 0.2228. Its **square root** keeps the rule here: 0.5804 is
# less than 0.6676. And it keeps it for all densities: Endres and Schindelin (2003) proved that √JSD is a true
# distance, a *metric*. The JSD is the square of a distance, as a variance is the square of a standard deviation.
#
# **Predict before you run:** N(θ, 1) means the normal distribution with mean θ and variance 1. We slide a
# generator N(θ, 1) away from data N(0, 1). At θ = 2 the JSD is 0.3368. What is it at θ = 4, and at θ = 8?

# %%
# Your predictions, for θ = 4 and for θ = 8:
prediction = None

# %%
shifts = np.linspace(0, 8, 81)
distances = np.array([jsd(normal(0), normal(shift)) for shift in shifts])
slopes = np.gradient(distances, shifts)
with answer(prediction):
    claim("JSD at θ = 4", distances[40], near=0.6327, within=1e-4)
    claim("JSD at θ = 8", distances[80], near=0.6930, within=1e-4)
    claim("slope at θ = 1", slopes[10], near=0.199, within=1e-3)
    claim("slope at θ = 7", slopes[70], near=0.0013, within=1e-4)

# %% [markdown]
# Here is the whole curve, from θ = 0 to θ = 8.

# %%
figure, ax = plt.subplots()
ax.plot(shifts, distances, color="#555555")
ax.axhline(np.log(2), color=plots.MUTED, ls="--", lw=1.2)
ax.annotate("log 2", (0.05, np.log(2) + 0.012), color="#555555")
ax.set(xlabel="shift θ of the generator", ylabel="JSD, in nats", ylim=(0, 0.78))
ax.set_title("Far away, the JSD is flat: it hardly moves G")
plt.show()

# %% [markdown]
# The JSD never grows above log 2. Beyond θ = 5 or so the densities hardly overlap, the JSD is nearly log 2, and its
# slope is nearly 0. But against the best D, V is 2·JSD − log 4, so gradient descent on V
# has nothing to follow but this slope. Far from the data, V then hardly moves the generator: its [gradient vanishes](glossary.md#vanishing-gradient). We come back
# to this below.
#
# ## A game has a saddle, not a valley
#
# D goes up on V, and G goes down on the same V. To see the landscape we give each player a single number to turn, a
# knob. The data is N(0, 1), and the generator makes N(θ, 1), so θ = 0 is perfect. The discriminator is
# $D(x) = \sigma(w\,x)$, with the sigmoid from above.
#
# This D has no bias, so it always says ½ at x = 0. It can only say "real samples are further right" (w > 0),
# "further left" (w < 0), or nothing at all: with w = 0 it says ½ everywhere, so **V is −log 4 for every θ**.

# %%
grid = np.linspace(-14, 14, 561)[:, None]
real_density = theory.gaussian(grid)


def V(w, theta):
    """V for arrays of knob settings w and θ of the same length."""
    scores = grid * w  # D = σ(score). np.logaddexp(0, s) is log(1 + e^s), which is −log(1 − σ(s))
    log_d, log_not_d = -np.logaddexp(0, -scores), -np.logaddexp(0, scores)
    return np.trapezoid(real_density * log_d + theory.gaussian(grid - theta) * log_not_d, grid, axis=0)


w_axis, theta_axis = np.linspace(-2, 2, 801), np.linspace(-3, 3, 61)
landscape = np.array([V(w_axis, np.full(801, theta)) for theta in theta_axis])  # (θ, w)
ridge, height = w_axis[landscape.argmax(axis=1)], landscape.max(axis=1)

# %%
figure, (left, right) = plt.subplots(1, 2, figsize=(7, 3.5))
for theta, style in ((0, "-"), (1, "--"), (2, "-.")):
    row = np.abs(theta_axis - theta).argmin()
    left.plot(w_axis, landscape[row], color=plots.DISCRIMINATOR, ls=style, label=f"θ = {theta}")
    left.plot(ridge[row], height[row], "o", color=plots.ACCENT, ms=8)
right.plot(theta_axis, height, color=plots.ACCENT)
right.plot(0, -np.log(4), "*", color="#555555", ms=16, zorder=3)
for ax in (left, right):
    ax.axhline(-np.log(4), color=plots.MUTED, ls=":", lw=1.5)
left.set(xlabel="D's knob w", ylabel="V (dotted: −log 4)", ylim=(-3.1, -0.7), title="G fixed: a hill")
right.set(xlabel="G's knob θ", ylim=(-1.45, -0.8), title="D always on top: a valley")
left.legend(loc="lower left")
plt.show()
lowest = theta_axis[height.argmin()] + 0.0
print(f"The lowest of all tops is at θ = {lowest:.2f}, with V = {height.min():.4f}")

# %% [markdown]
# **Left:** G stands still, and D turns its knob. Each curve is a hill with one top, D's best answer to this θ.
# At θ = 0 the top is at w = 0: both densities are equal, and ½ is the best that D can say. **Right:** G turns
# its knob, and D answers each time with its best w. This is a valley (its vertical axis shows a smaller range
# of V than the one on the left, so the valley looks deeper), and its lowest point, the star, is at θ = 0 with V
# = −log 4. So the star is the top of a hill for D.
# For G it is the bottom of a valley, if D
# always replies. From the star, V falls if D alone turns its knob, and V rises along the path of D's best answers. At the star itself both slopes of V are 0. A point where both slopes are 0, and from which V rises in some directions and falls in others, is called a [saddle point](glossary.md#saddle-point). Here is the whole landscape from above.

# %%
figure, ax = plt.subplots(figsize=(7, 4.4))
cut, levels = np.maximum(landscape, -4), np.linspace(-4, -0.4, 19)
filled = ax.contourf(w_axis, theta_axis, cut, levels, cmap="Greys_r", vmin=-6, vmax=-0.4)
figure.colorbar(filled, ax=ax, label="V (cut at −4)", ticks=[-4, -3, -2, -1])
ax.contour(w_axis, theta_axis, landscape, [-np.log(4)], colors="#555555", linestyles="--")
ax.plot(ridge, theta_axis, color=plots.ACCENT, lw=2.5, label="the ridge: D's best answer to θ")
ax.plot([], [], "--", color="#555555", lw=1.5, label="V = −log 4 exactly")
ax.plot(0, 0, "*", color="#555555", ms=17, mec="white", label="equilibrium")
spots = ((-1.8, 2.2), (1.4, -2.4), (-1.6, -0.5), (1.3, 0.3))
for spot, text in zip(spots, ("higher", "higher", "lower", "lower"), strict=True):
    ax.text(*spot, text)
ax.set(xlabel="D's knob w", ylabel="G's knob θ")
ax.set_title("At a saddle, a level line crosses itself", pad=44)
ax.legend(loc="lower left", bbox_to_anchor=(-0.02, 1), ncols=2)
plt.show()

# %% [markdown]
# A line with the same V at all of its points is called a level line. The two dashed lines together are the level line of V = −log 4. They cross at the star and cut its neighborhood into four
# parts: two where V is higher, two where it is lower. One of the dashed lines is vertical. This is the line w = 0,
# on which D says ½ to everything, and V does not depend on θ.
#
# So look closely at what holds the game at the star, the [equilibrium](glossary.md#equilibrium). D loses if it
# leaves w = 0 while θ = 0: V falls on both sides. G neither wins nor loses if it leaves θ = 0 while w = 0. G is
# held there only by D's *reply*: as soon as θ leaves 0, D moves along the ridge, and V rises.
#
# <details><summary>Open the calculation that it is a saddle</summary>
#
# Write $\mathrm{softplus}(s) = \log(1 + e^s)$. Then $V(w, \theta) = -\mathbb{E}\,\mathrm{softplus}(-w x) -
# \mathbb{E}\,\mathrm{softplus}(w(x + \theta))$, with $x$ from N(0, 1). Near 0,
# $\mathrm{softplus}(s) = \log 2 + \frac{s}{2} + \frac{s^2}{8} + \dots$ With $\mathbb{E}\,x = 0$ and
# $\mathbb{E}\,x^2 = 1$, the terms up to second order are
#
# $$V(w, \theta) \approx -\log 4 - \tfrac12 w\,\theta - \tfrac14 w^2 .$$
#
# For a fixed θ this is largest at $w = -\theta$ (the ridge near the star), where it is
# $-\log 4 + \frac14 \theta^2$: a valley in θ. For θ = 0 it is $-\log 4 - \frac14 w^2$: a hill in $w$. The matrix
# of second derivatives is $\begin{pmatrix} -1/2 & -1/2 \\ -1/2 & 0 \end{pmatrix}$. Its determinant is $-\frac14$.
# A negative determinant means one positive and one negative curvature, and that is a saddle. $\blacksquare$
#
# </details>
#
# ## Who moves first?
#
# The paper writes $\min_G \max_D V$: G moves first, and D answers ([minimax](glossary.md#minimax)). Would the
# other order, $\max_D \min_G V$ (*maximin*), be another game? Here is the smallest example. The data has two
# points, A and B, each with probability ½. The generator is so poor that it can make only A, or only B. If it
# makes only A, $V = \tfrac12 \log D(A) + \tfrac12 \log D(B) + \log(1 - D(A))$. If it makes only B, the last
# term is $\log(1 - D(B))$.

# %%
d_a, d_b = np.meshgrid(np.linspace(0.001, 0.999, 999), np.linspace(0.001, 0.999, 999))
real_term = 0.5 * np.log(d_a) + 0.5 * np.log(d_b)  # D's answer at A, and its answer at B
only_a, only_b = real_term + np.log(1 - d_a), real_term + np.log(1 - d_b)
half_half = real_term + 0.5 * np.log(1 - d_a) + 0.5 * np.log(1 - d_b)

first_g = min(only_a.max(), only_b.max())  # for each G: D's best answer
first_d = np.minimum(only_a, only_b)  # for each D: G's best answer
claim("G moves first: min over G of max over D", first_g, near=-0.955, within=1e-3)
claim("D moves first: max over D of min over G", first_d.max(), near=-1.386, within=1e-3)
claim("D's best answer at A if D moves first", d_a.ravel()[first_d.argmax()], near=0.5, within=1e-3)
claim("G may also mix A and B, half and half: max over D", half_half.max(), near=-1.386, within=1e-3)

# %% [markdown]
# The order matters. **It is never worse to move second**, since then you know what the other one does. Here V is
# −0.955 if D moves second, and only −1.386 if D moves first. And the two orders teach G different things. If G moves
# first, it must expect the best answer of D. If D moves first, its safest answer is ½ everywhere, and then A and B
# are equally good for G. Against any D that stands still, G does best if it makes only the samples that this D likes
# most. This is one way into [mode collapse](glossary.md#mode-collapse) (Goodfellow
# 2016, section 5.1.1). Training by gradient steps is neither of the two orders, so it may behave like either.
#
# The last line shows when the two orders agree. If G may mix A and B, it chooses half and half, which is the data,
# and both numbers are −log 4. The reason is that V is concave in D (it bends downwards everywhere, like the curves before exercise 2) and linear in $p_{model}$. For such games, minimax
# theorems (von Neumann 1928, and more generally Sion 1958) say under mild conditions that the order does not matter.
# In the weights of two networks, V is in general neither concave nor linear, and these theorems do not apply.
#
# ## Let them play
#
# Back to the two knobs. Now we let the players move, by gradient steps from the same start, w = −0.5 and θ = 2:
# first D alone, then G alone, then both in turns.
#
# **Predict before you run:** G moves alone, against a discriminator that stands still at w = −0.5. Where is θ
# after 150 steps? At 0, where the data is?

# %%
# Your prediction, θ after 150 steps of G alone:
prediction = None


# %%
def slope(w, theta, h=1e-4):
    """∂V/∂w and ∂V/∂θ by central differences."""
    values = V(np.array([w + h, w - h, w, w]), np.array([theta, theta, theta + h, theta - h]))
    return (values[0] - values[1]) / (2 * h), (values[2] - values[3]) / (2 * h)


def play(d_moves, g_moves, steps=150, rate=0.2):
    """Knobs (w, θ) over the steps: D ascends V, then G descends it."""
    w, theta, path = -0.5, 2.0, []
    for _ in range(steps + 1):
        path.append((w, theta))
        w += rate * slope(w, theta)[0] * d_moves
        theta -= rate * slope(w, theta)[1] * g_moves
    return np.array(path)


# %%
games = {"D alone": play(1, 0), "G alone": play(0, 1), "in turns": play(1, 1)}
with answer(prediction):
    for name, path in games.items():
        start, *_, end = V(*path.T)
        w, theta = np.round(path[-1], 2) + 0.0
        print(f"{name:9} V from {start:.3f} to {end:.3f}, ends at w = {w:.2f}, θ = {theta:.2f}")

# %% [markdown]
# Here are the three games, step by step. On the left is V, on the right are both knobs. The dot is the start, the star is the equilibrium, and each arrow shows in which direction the players move. Each gray line joins points with the same V.

# %%
figure, (left, right) = plt.subplots(1, 2, figsize=(7, 3.7))
right.contour(w_axis, theta_axis, landscape, 10, colors="#cccccc", linestyles="-", linewidths=1)
styles = ((plots.DISCRIMINATOR, "--", 5), (plots.GENERATED, "-.", 75), ("#555555", "-", 26))
for (name, path), (color, style, step) in zip(games.items(), styles, strict=True):
    left.plot(V(*path.T), color=color, ls=style, label=name)
    right.plot(*path.T, color=color, ls=style)
    arrow = {"arrowstyle": "-|>", "color": color, "mutation_scale": 18}
    right.annotate("", path[step + 1], path[step], arrowprops=arrow)
left.axhline(-np.log(4), color=plots.MUTED, ls=":", lw=1.5)
left.set(xlabel="step", ylabel="V", ylim=(-4, 0), title="V (dotted: −log 4)")
left.legend(loc="lower left")
right.plot(-0.5, 2, "o", color="#555555")
right.plot(0, 0, "*", color="#555555", ms=15)
right.set(xlabel="D's knob w", ylabel="G's knob θ", xlim=(-2, 2), ylim=(-3, 3))
right.set_title("In turns: from dot to star")
plt.show()

# %% [markdown]
# * **D alone** climbs to the ridge and stops there: that is ordinary training of a classifier.
# * **G alone** does not stop at the data. It runs past θ = 0, out of the picture, and V falls without end. This D does not say "the data is here"; at every x it says "further left!". G needs a D that keeps up.
# * **In turns** they run a little past the equilibrium, turn around, and settle there, at V = −log 4. On the way V
#   rises a little, falls below −log 4, and rises again: in a game, a falling V is no measure of progress. Lesson 06
#   shows games in which the players swing more and more.
#
# Here is every sixth step of the game in turns once more, as densities. The green hill runs a little too far, past the
# black one. Only then does the blue line tilt the other way, and bring it back.


# %%
def frame(number, ax):
    w, theta = games["in turns"][6 * number]
    line = np.linspace(-5, 5, 201)
    d = 1 / (1 + np.exp(-w * line))
    plots.densities(line, theory.gaussian(line), theory.gaussian(line, theta), d, ax=ax)
    plots.legend_above(ax)
    ax.child_axes_d.axhline(0.5, color=plots.MUTED, ls=":", lw=1)
    ax.set(ylim=(0, 0.5), title=f"Step {6 * number}: θ = {theta:+.2f}")


w_path, theta_path = games["in turns"].T
claim("smallest θ of the game in turns", theta_path.min(), near=-0.23, within=1e-2)
claim("smallest V of the game in turns", V(w_path, theta_path).min(), near=-1.44, within=1e-2)
plots.film(frame, frames=20, size=(7, 3.4), dpi=100, fps=4, colors=24)

# %% [markdown]
# ## The loss that G gets in practice
#
# Remember the flat end of the JSD curve. At the start of training G is bad, D soon becomes sure, and D(G(z)) is
# close to 0. The paper says that $\log(1 - D(G(z)))$ *saturates* there, and it changes G's loss (section 3, last
# paragraph):
#
# * [**saturating**](glossary.md#saturation) (minimax, from V itself): G minimizes $\log(1 - D(G(z)))$;
# * [**non-saturating**](glossary.md#non-saturating-loss): G minimizes $-\log D(G(z))$.
#
# Both fall as D(G(z)) grows. But **what exactly is flat** about the first one? As a function of the probability D,
# it is not flat at all: its derivative is $-1/(1 - D)$, which is −1 at D = 0. What is flat is the sigmoid. A
# network D first computes a score s (also called [logit](glossary.md#logit)), and the sigmoid turns it into a
# probability, D = σ(s). G's gradient comes through s, and by the [chain rule](glossary.md#chain-rule) it contains the
# factor dD/ds = D(1 − D), which is nearly 0 where D is sure. We ask TensorFlow for both derivatives. (Its
# `GradientTape` records every computation in its block. With `persistent=True` we can ask it more than once.)

# %%
import tensorflow as tf

score = tf.Variable(np.log([0.001 / 0.999, 1.0, 0.999 / 0.001]))
with tf.GradientTape(persistent=True) as tape:
    d = tf.sigmoid(score)
    saturating, non_saturating = tf.math.log(1 - d), -tf.math.log(d)

print("           |   saturating, log(1 − D)   |   non-saturating, −log D")
print(" D(G(z))   |     d/dD         d/ds      |      d/dD         d/ds")
columns = [tape.gradient(loss, by) for loss in (saturating, non_saturating) for by in (d, score)]
for row in zip(d, *columns, strict=True):
    print("{:8.3f}   | {:9.3f} {:12.3f}     | {:10.3f} {:12.3f}".format(*map(float, row)))

# %% [markdown]
# Read the first row, where D is sure that the sample is fake. With respect to the *probability*, both losses have a
# slope (−1.001 and −1000). With respect to the *score*, the saturating loss has a slope of only −0.001, since −1.001 is
# multiplied by the small factor D(1 − D) = 0.001 · 0.999. The slope −1000 of the non-saturating loss is multiplied by
# the same factor, and −0.999 is left. In formulas, $\frac{d}{ds} \log(1 - \sigma(s)) = -\sigma(s)$ and
# $\frac{d}{ds} (-\log \sigma(s)) = -(1 - \sigma(s))$.
#
# The picture shows the saturating loss twice for the same answers of D, those below 0.2: on the left over the probability, on the right over the score.

# %%
d = np.linspace(0.0003, 0.2, 500)
figure, (left, right) = plt.subplots(1, 2, figsize=(7, 3.3), sharey=True)
left.plot(d, np.log(1 - d), color=plots.GENERATED, ls="--")
right.plot(np.log(d / (1 - d)), np.log(1 - d), color=plots.GENERATED, ls="--")
left.set(xlabel="probability D(G(z))", ylabel="log(1 − D)", title="Over the probability: a slope")
right.set(xlabel="score s", title="Over the score: flat on the left")
plt.show()

# %% [markdown]
# And here are both losses over the score. Where D is sure that a sample is fake (gray), the saturating loss is flat and
# the non-saturating one is steep.

# %%
s = np.linspace(-8, 8, 400)
looks = {"saturating": "--", "non-saturating": "-"}
losses = {"saturating": -np.log(1 + np.exp(s)), "non-saturating": np.log(1 + np.exp(-s))}
figure, ax = plt.subplots(figsize=(7, 3.6))
for name, loss in losses.items():
    ax.plot(s, loss, color=plots.GENERATED, ls=looks[name], label=name)
ax.axvspan(-8, -3, color=plots.MUTED, alpha=0.2, lw=0)
ax.set(xlabel="score s that D gives a generated sample", ylabel="G's loss")
ax.set_title("Flat against steep, exactly where it matters")
ax.legend(loc="upper right")
plt.show()

# %% [markdown]
# If you turn the picture by 180 degrees, each curve takes the place of the other one. On the right side, where G
# already wins, the non-saturating loss is the flat one. There a flat loss does little harm.
#
# ### Exercise 4: a loss that survives any score (5 minutes)
#
# Write the non-saturating loss as a mean over a batch of scores. It must return the right number even for a score of
# −1000, for which a computer rounds the sigmoid to 0, and log 0 is −∞. The cell that defines `V(w, theta)` uses a
# NumPy function that helps.


# %%
def generator_loss(scores):
    return ...  # your line here


check.generator_loss(generator_loss)
# check.generator_loss.hint()
# check.generator_loss.solution()

# %% [markdown]
# ## Turn the knob: θ against D\*, JSD and both gradients
#
# The data is N(0, 1) again, the generator N(θ, 1), and D is the best there is, D\*, at every θ. We ask how hard
# each loss pushes G to the left, back to the data. This push is the gradient in θ. It is an average over G's
# samples: the slope of the loss in the score (see the table), times the slope of the score in x. (A sample is
# x = z + θ, so it moves as fast as θ.) For these two densities the score of D\* is
# $s(x) = \log p_{data}(x) - \log p_{model}(x) = \theta^2/2 - \theta x$, so its slope is −θ.


# %%
def push(theta, non_saturating, x=x):
    """How hard the loss pushes N(θ, 1) to the left, against the best D."""
    d = 1 / (1 + np.exp(theta * x - theta**2 / 2))  # D*(x), the sigmoid of its score
    slope_in_score = -(1 - d) if non_saturating else -d
    return np.trapezoid(theory.gaussian(x, theta) * slope_in_score * -theta, x)


pushes = {
    "saturating": [push(shift, False) for shift in shifts],
    "non-saturating": [push(shift, True) for shift in shifts],
}


# %%
def draw_densities(theta, ax):
    shown = np.abs(x) <= 10
    p, q = normal(0)[shown], normal(theta)[shown]
    plots.densities(x[shown], p, q, theory.optimal_discriminator(p, q), ax=ax)
    ax.child_axes_d.lines[0].set(color=plots.ACCENT, label=r"$D^*(x)$")
    ax.child_axes_d.set_ylabel(r"$D^*(x)$", color=plots.ACCENT)
    plots.legend_above(ax)
    ax.set_title(f"θ = {theta:.1f}")


# %%
def draw(theta):
    _, axes = plt.subplot_mosaic([["d", "d"], ["jsd", "push"]], figsize=(7, 5.6))
    draw_densities(theta, axes["d"])
    row = np.abs(shifts - theta).argmin()
    axes["jsd"].plot(shifts, distances, color="#555555")
    axes["jsd"].plot(theta, distances[row], "o", color="#555555", ms=9)
    axes["jsd"].set(title=f"JSD = {distances[row]:.3f}", xlabel="θ", ylim=(0, 0.75))
    for name, curve in pushes.items():
        label = f"{name}: {curve[row]:.3f}"
        axes["push"].plot(shifts, curve, color=plots.GENERATED, ls=looks[name], label=label)
        axes["push"].plot(theta, curve[row], "o", color=plots.GENERATED, ms=9)
    axes["push"].set(title="Push towards the data", xlabel="θ", ylim=(0, 11))
    axes["push"].legend(loc="upper left")
    plt.show()


draw(theta=4.0)

# %% tags=["interactive", "nbval-ignore-output"]
from ipywidgets import interact

_ = interact(draw, theta=(0.0, 8.0, 0.1))

# %% [markdown]
# Move the slider of the cell above from 0 to 8. (Without a running kernel, look at the still picture for θ = 4.)
#
# * **θ near 0:** D\* is flat at ½, and both losses push equally, and only a little.
# * **θ = 4:** D\* has become a step. Most samples of G sit where D\* is almost 0. The saturating push is already
#   small, and the other one is large.
# * **θ = 8:** the JSD hardly changes any more, and the saturating push is nearly 0. The non-saturating push
#   is nearly equal to θ: the farther away G is, the stronger it becomes.
#
# ## How much quicker is it?
#
# The paper says that the new loss leads to the same fixed point of the game, with much stronger gradients
# early in learning. Let us count. The generator starts at θ = 4 and takes plain gradient steps,
# θ ← θ − 0.1 · push, once with each loss. D is the best there is at every step. The non-saturating loss
# needs 40 steps until the JSD is below 0.01.
#
# **Predict before you run:** how many steps does the saturating loss need? And does it end at the same place?

# %%
# Your prediction, in steps:
prediction = None


# %%
def descend(non_saturating, theta=4.0, steps=300, rate=0.1):
    """θ over the steps, against the best D at each of them."""
    path = []
    for _ in range(steps):
        path.append(theta)
        theta -= rate * push(theta, non_saturating)
    return np.array(path)


paths = {"saturating": descend(False), "non-saturating": descend(True)}
curves = {name: np.array([jsd(normal(0), normal(t)) for t in path]) for name, path in paths.items()}
arrival = {name: int(np.argmax(curve < 0.01)) for name, curve in curves.items()}
with answer(prediction):
    for target in (0.5, 0.1, 0.01):
        slow, quick = (int(np.argmax(curve < target)) for curve in curves.values())
        print(f"steps to JSD < {target:<4}: {slow:3d} saturating, {quick:2d} non-saturating")
    for name, path in paths.items():
        claim(f"θ after 300 steps, {name}", path[-1], near=0, within=1e-3)

# %% [markdown]
# Here is the race as a figure.

# %%
figure, ax = plt.subplots()
for name, curve in curves.items():
    ax.plot(curve[:160], color=plots.GENERATED, ls=looks[name], label=name)
    ax.plot(arrival[name], 0.01, "o", color=plots.GENERATED, ms=9)
    ax.annotate(f"{arrival[name]} steps", (arrival[name], 0.03), ha="left")
ax.set(xlabel="generator steps", ylabel="JSD to the data, in nats", ylim=(0, 0.7))
slow, quick = arrival.values()
ax.set_title(f"Same destination: {slow} steps against {quick}")
ax.legend()
plt.show()

# %% [markdown]
# The same destination, but the saturating loss needs about three times as many steps: 127 against 40. It spends
# 56 of them only on getting the JSD below 0.5.
#
# These are plain steps with exact gradients. An optimizer like [Adam](glossary.md#adam) divides each gradient by its
# usual size, so a small gradient need not mean a small step. Here is the same race with Adam's rule, at the same rate:
# from θ = 4, and from a start that is much farther away.


# %%
far = np.linspace(-12, 28, 4001)  # wide enough for a generator that starts at θ = 14


def adam(non_saturating, theta, steps=400, rate=0.1):
    """θ over the steps of Adam (β₁ = 0.9, β₂ = 0.999), against the best D at each of them."""
    path, m, v = [], 0.0, 0.0
    for step in range(1, steps + 1):
        path.append(theta)
        gradient = push(theta, non_saturating, far)
        m, v = 0.9 * m + 0.1 * gradient, 0.999 * v + 0.001 * gradient**2
        theta -= rate * (m / (1 - 0.9**step)) / (np.sqrt(v / (1 - 0.999**step)) + 1e-7)
    return path


# %%
def first_step_below(path, target=0.01):
    p = theory.gaussian(far)
    curve = [theory.jensen_shannon(p, theory.gaussian(far, theta), far) for theta in path]
    return next((step for step, value in enumerate(curve) if value < target), "never")


print("Adam:  start   first push of saturating   steps to JSD < 0.01, saturating   non-saturating")
for start in (4.0, 14.0):
    slow, quick = (first_step_below(adam(loss, start)) for loss in (False, True))
    print(f"{start:12.0f} {push(start, False, far):26.2g} {slow:>33} {quick:>16}")

# %% [markdown]
# From θ = 4, the order with Adam is the other way round. Adam divides by an average size over many past steps.
# On the way, the saturating push grows at first (see the dashed curve in the figure with the slider),
# so its steps become longer. The non-saturating push shrinks from the start, so its steps become shorter. (The table counts the steps until the JSD is below 0.01 for the first time. With the saturating loss, G then runs a little past the data, and its JSD is above 0.01 again for some steps.) Because of the division, Adam can turn a small gradient into a long step. It cannot do this if the gradient is far smaller than the number that Adam adds to the divisor (1e-7 in the code above). That is the case from θ = 14: against a D that is so sure, the saturating loss hardly moves G, even with Adam. ("Never" means: not within 400 steps.)
#
# There is a second difference. The saturating gradient weighs each sample with D(G(z)), so where D is sure of most fakes, the few samples that D likes most can decide nearly the whole mean. Let us ask how much the best tenth of G's samples decides, at θ = 4. These are the
# samples that lie closest to the data.

# %%
q, d = normal(4.0), theory.optimal_discriminator(normal(0), normal(4.0))
best_tenth = x < 4.0 - 1.2816  # D* falls with x, and N(4, 1) has a tenth of its samples here
claim("share of G's samples", 100 * integral(q * best_tenth), near=10, within=0.1, unit="%")
for name, weight, share in (("saturating", d, 90.6), ("non-saturating", 1 - d, 7.1)):
    part = 100 * integral(q * weight * best_tenth) / integral(q * weight)
    claim(f"their share of the push, {name}", part, near=share, within=0.1, unit="%")

# %% [markdown]
# So the saturating gradient rests on few samples. In a small batch there may be very few of these samples, or
# none. So this gradient varies more from batch to batch, compared with its size.
# (The other gradient has a weakness of its own. Arjovsky and Bottou 2017, theorem 2.6, show it for samples that do not overlap
# with the data: if D and its slope have independent Gaussian errors, however small, the gradient of −log D has an infinite variance.) From here on "the generator's
# loss" in this course means the non-saturating one, unless a lesson says otherwise.
#
# This loss has a price: the game is no longer zero-sum, and G no longer descends 2·JSD − log 4. What does G descend
# then?
# Against the best D, its gradient is that of $\mathrm{KL}(q \,\|\, p) - 2\,\mathrm{JSD}(p, q)$ (Arjovsky and
# Bottou 2017, theorem 2.5; as before, $p$ is the data and $q$ the generator). This difference is equal to
# $2\,\mathrm{KL}(m \,\|\, p)$, where $m$ is the average of $p$ and $q$ (Shannon et al. 2020 study it). So it is a
# divergence, too: like the JSD, it is never negative, and 0 only for equal densities. **That is why the destination
# is the same**, as long as D is the best one.
#
# <details><summary>Open the proof</summary>
#
# **The gradient.** From $s = \log D - \log(1 - D)$ follows $-\log D = -s - \log(1 - D)$. We take the gradient in
# G's parameters of the mean of both terms over G's samples. D\* is held fixed while we do so, as in training.
#
# 1. *The term $-\log(1 - D^*)$.* The gradient of $\mathbb{E}_q[\log(1 - D^*)]$, with D\* fixed, is the gradient of
#    V in G alone. It equals the gradient of $V(D^*, G) = 2\,\mathrm{JSD} - \log 4$, in which D\* follows G: at a
#    maximum over D, a small change of D changes V only in second order. So this term gives
#    $-2\,\nabla\mathrm{JSD}$.
# 2. *The term $-s$.* Here $-s = \log(q/p)$, with the $q$ inside the logarithm held fixed. The gradient of
#    $\mathrm{KL}(q \,\|\, p) = \mathbb{E}_q[\log(q/p)]$ has one part more, from the $q$ inside:
#    $\int q\,\nabla \log q\,dx = \int \nabla q\,dx = \nabla \int q\,dx = \nabla 1 = 0$. So this term gives
#    $\nabla\mathrm{KL}(q \,\|\, p)$.
#
# **The divergence.** Put everything under one integral, with $2m = p + q$:
#
# $$\mathrm{KL}(q \,\|\, p) - 2\,\mathrm{JSD}(p, q) = \int \Big[ q \log\frac{q}{p} - p \log\frac{p}{m} - q \log\frac{q}{m} \Big] dx
# = \int \Big[ q \log\frac{m}{p} + p \log\frac{m}{p} \Big] dx = 2 \int m \log\frac{m}{p}\,dx . \;\blacksquare$$
#
# </details>
#
# We check both statements on our example, where $\mathrm{KL}(q \,\|\, p) = \theta^2/2$.


# %%
def new_objective(theta):
    """2·KL(m ‖ p) for p = N(0, 1) and q = N(θ, 1)."""
    return 2 * theory.kullback_leibler((normal(0) + normal(theta)) / 2, normal(0), x)


print("      KL − 2·JSD   2·KL(m ‖ p)   |  gradient of −log D   slope of 2·KL(m ‖ p)")
for theta in (1.0, 2.0, 3.0):
    difference = theta**2 / 2 - 2 * jsd(normal(0), normal(theta))
    by_differences = (new_objective(theta + 1e-4) - new_objective(theta - 1e-4)) / 2e-4
    left_half = f"θ = {theta:.0f} {difference:10.4f} {new_objective(theta):13.4f}"
    print(f"{left_half}     | {push(theta, True):17.4f} {by_differences:21.4f}")

# %% [markdown]
# ### Exercise 5: more real samples than fakes (20 minutes, with a pencil)
#
# In V, real and generated samples count the same. What if a share π of all samples that D sees is real, and 1 − π
# is generated? Then D maximizes
#
# $$V_\pi(D, G) = \pi\, \mathbb{E}_{x \sim p}[\log D(x)] + (1 - \pi)\, \mathbb{E}_{x \sim q}[\log(1 - D(x))].$$
#
# 1. Find the best D for this game, as in exercise 2. What does it say where both densities are equal?
# 2. Put it into $V_\pi$. Write the result as a function of the two densities, the share and the grid.
# 3. On paper: go through steps 1 to 5 above. Which average takes the place of $m$? Which number takes the place of
#    −log 4? Is the result still smallest at $p = q$?


# %%
def value_with_share(p, q, share, x):
    return ...  # your lines here


check.value_with_share(value_with_share)
# check.value_with_share.hint()
# check.value_with_share.solution()

# %% [markdown]
# <details><summary>Open the answers to 1 and 3</summary>
#
# The bracket is $a \log y + b \log(1 - y)$ with $a = \pi p$ and $b = (1 - \pi) q$, so
# $D_\pi^* = \dfrac{\pi p}{\pi p + (1 - \pi) q}$. Where both densities are equal it says π. With
# $m_\pi = \pi p + (1 - \pi) q$ in the place of $m$, $\log D_\pi^* = \log \frac{p}{m_\pi} + \log \pi$ and
# $\log(1 - D_\pi^*) = \log \frac{q}{m_\pi} + \log(1 - \pi)$. So
#
# $$V_\pi(D_\pi^*, G) = \pi\,\mathrm{KL}(p \,\|\, m_\pi) + (1 - \pi)\,\mathrm{KL}(q \,\|\, m_\pi) - H(\pi), \qquad
# H(\pi) = -\pi \log \pi - (1 - \pi) \log(1 - \pi).$$
#
# The first two terms are the generalized Jensen–Shannon divergence (Lin 1991). They are never negative, and zero
# only if $p = q$. So **the destination is the same for every share** between 0 and 1. For π = ½ the result is half of
# 2·JSD − log 4.
#
# </details>
#
# ## Open experiment: make the saturating loss win
#
# In all races so far, the generator was only *shifted*. With plain gradient steps, the non-saturating loss was quicker. Is that always so? Here
# is a generator with two knobs, N(θ, σ²), and a race from any start. It counts the plain gradient steps of both losses until the
# JSD to the data, N(0, 1), is below 0.001. (Here σ is a standard deviation, not the sigmoid. The gradient in log σ
# uses x = θ + σz, as G computes its samples from noise.)

# %%
wide = np.linspace(-25, 25, 2501)
p, slope_of_log_p = theory.gaussian(wide), -wide


def steps_needed(theta, sigma, non_saturating, rate=0.05, most=2000):
    """Steps of a generator N(θ, σ²) until it is close to the data p."""
    for step in range(most):
        q, z = theory.gaussian(wide, theta, sigma), (wide - theta) / sigma
        if theory.jensen_shannon(p, q, wide) < 0.001:
            return step
        d = theory.optimal_discriminator(p, q)
        slope_in_score = -(1 - d) if non_saturating else -d
        pull = q * slope_in_score * (slope_of_log_p + z / sigma)  # dloss/ds · ds/dx at each sample x
        theta -= rate * np.trapezoid(pull, wide)
        sigma *= np.exp(-rate * np.trapezoid(pull * sigma * z, wide))
    return most


# %%
def race(theta, sigma):
    """Steps of the non-saturating loss, divided by steps of the saturating one."""
    return steps_needed(theta, sigma, True) / steps_needed(theta, sigma, False)


claim("race of a shifted generator, θ = 4, σ = 1", race(4, 1), near=0.281, within=0.005)
claim("race of a generator that is too wide, θ = 0, σ = 3", race(0, 3), near=0.403, within=0.005)
claim("number to beat", race(*check.START_TO_BEAT), near=1.191, within=0.005)

# %% [markdown]
# The first two numbers are below 1: there the non-saturating loss wins. **Find a start from which the saturating
# loss wins.** The number to beat is 1.191. The generator must start with 0 ≤ θ ≤ 4 and 0.1 ≤ σ ≤ 4. Then explain
# what you found: for which samples of G is D\* close to 1 there, and which way do they pull? When you have beaten
# the number, change the data too (`p` and `slope_of_log_p`): by how much can the saturating loss win? There is no
# check. You are done when you can explain it.
#
# <details><summary>Open a hint</summary>
#
# The saturating loss pushes hardest where D says "real", and the non-saturating loss where D says "fake". Look for
# a generator whose *outermost* samples look real to D\*. It should follow just these samples.
#
# </details>
#
# ## The same from the package
#
# `gan_course.objectives` has D's loss and G's loss of this lesson, and they take raw scores. We give them the
# scores of the eight pictures from the beginning.

# %%
from gan_course import objectives

real_scores, fake_scores = (np.log(d / (1 - d)) for d in (said_of_real, said_of_fake))
d_loss = float(objectives.cross_entropy(real_scores, fake_scores))
claim("D's loss in the package", d_loss, near=0.8432, within=1e-4)
claim("  −V", -check.value_function.answer(said_of_real, said_of_fake), near=0.8432, within=1e-4)
claim(
    "G's loss in the package", float(objectives.non_saturating(fake_scores)), near=2.0452, within=1e-4
)
claim("  exercise 4", check.generator_loss.answer(fake_scores), near=2.0452, within=1e-4)

# %% [markdown]
# ## What can go wrong
#
# * **A sign.** D wants to maximize V, but an optimizer minimizes. So D's loss is −V (twice the cross-entropy). G's
#   loss is not +V but −log D(G(z)).
# * **Swapped labels.** Real is 1, generated is 0. Some guides do it the other way round. Mixing both in one
#   program trains D to be wrong.
# * **A sigmoid too many, or too few.** If D ends in a raw score, the loss wants `from_logits=True`. If D ends in a
#   sigmoid, it does not. A probability taken for a score, or a score for a probability, runs without an error; it
#   just learns badly, or not at all.
# * **log 0.** `log(sigmoid(s))` is minus infinity for a score of −1000. `-softplus(-s)` is −1000, the right
#   answer. Here softplus(s) = log(1 + eˢ), as computed by `np.logaddexp(0, s)`.
# * **Reading V as progress.** V rises when D tells real from generated samples better. It falls when G fools D, and to fool D is not the same as being
#   good (see "G alone"). V near −log 4 can have several reasons: G is perfect and D says ½, or D says ½ because it is useless, or D sees a difference and is too sure of it (the tilted dashed line in the picture of the saddle).
#
# ## Summary in five lines
#
# 1. V(D, G) = E log D(x) + E log(1 − D(G(z))). D ascends, G descends, and −V is twice the binary cross-entropy.
# 2. The best D is D\* = p_data / (p_data + p_model). Cross-entropy rewards honest probabilities, so a network that sees many samples can come close to D\* without knowing any density.
# 3. V(D\*, G) = 2·JSD − log 4. It runs from −log 4 (equal densities, D\* = ½) to 0 (disjoint densities). √JSD is a
#    metric.
# 4. In our game with two knobs, the equilibrium is a saddle. Playing in turns, the players overshot it a little and came
#    back. In the same game, a D that stood still sent G past the data. The order of min and max can matter.
# 5. In practice G minimizes −log D, because log(1 − D) is flat in D's score where D is sure of a fake. Against
#    the best D the destination is the same, and our race took 40 plain gradient steps instead of 127. With Adam, −log D was slower from θ = 4. From θ = 14, far away, only −log D brought the JSD below 0.01 within 400 steps.
#
# ## References
#
# * I. Goodfellow et al., [Generative adversarial nets](https://arxiv.org/abs/1406.2661), NIPS 2014: equation 1,
#   proposition 1, theorem 1, and the change of G's loss in section 3.
# * I. Goodfellow, [NIPS 2016 tutorial: Generative adversarial networks](https://arxiv.org/abs/1701.00160), 2016:
#   section 5.1.1 on minimax and maximin.
# * T. Gneiting and A. Raftery, [Strictly proper scoring rules, prediction, and
#   estimation](https://doi.org/10.1198/016214506000001437), Journal of the American Statistical Association 102,
#   2007.
# * J. Lin, [Divergence measures based on the Shannon entropy](https://doi.org/10.1109/18.61115), IEEE Transactions
#   on Information Theory 37, 1991.
# * D. Endres and J. Schindelin, [A new metric for probability
#   distributions](https://doi.org/10.1109/TIT.2003.813506), IEEE Transactions on Information Theory 49, 2003.
# * J. von Neumann, [Zur Theorie der Gesellschaftsspiele](https://doi.org/10.1007/BF01448847), Mathematische
#   Annalen 100, 1928.
# * M. Sion, [On general minimax theorems](https://doi.org/10.2140/pjm.1958.8.171), Pacific Journal of Mathematics
#   8, 1958.
# * M. Arjovsky and L. Bottou, [Towards principled methods for training generative adversarial
#   networks](https://arxiv.org/abs/1701.04862), ICLR 2017: the flat end of the curve, and theorems 2.5 and 2.6.
# * M. Shannon et al., [Non-saturating GAN training as divergence minimization](https://arxiv.org/abs/2010.08029),
#   2020.
#
# **Next lesson:** [03 · The combined model](03_the_combined_model.ipynb): how G learns through D, and what
# a well-known recipe does on today's Keras.
