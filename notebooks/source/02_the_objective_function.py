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
# number into a distance between the generator's samples and the data.**
#
# After this lesson you will be able to
#
# * write V(D, G) down, term by term, and say which player wants which term large;
# * compute the best possible discriminator of two densities, and train a network to it;
# * show with numbers that V(D*, G) is the Jensen–Shannon divergence in disguise, and say why the first GAN
#   paper gave its generator another loss after all.
#
# It takes about 40 minutes to read; its cells run in about 20 seconds on two CPU cores. You should know what a
# generator and a discriminator are ([lesson 01](01_generative_vs_discriminative.ipynb)).

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

plots.use_style()
runtime.select_backend("tensorflow")  # this lesson takes gradients with TensorFlow
print(runtime.configure(seed=0))

# %% [markdown]
# ## One number, two players
#
# The discriminator D looks at a sample and returns a probability: how sure it is that the sample is real. The
# generator G turns noise z into a sample G(z). Both play for one number,
#
# $$V(D, G) = \underbrace{\mathbb{E}_{x \sim p_{data}}\,[\log D(x)]}_{\text{real samples}}
# \;+\; \underbrace{\mathbb{E}_{z}\,[\log(1 - D(G(z)))]}_{\text{generated samples}} .$$
#
# Suppose D has just seen four real samples and four generated ones. Here is what it said, and what each answer
# adds to V. (Logarithms are natural, here and in all lessons.)

# %%
said_of_real = np.array([0.9, 0.8, 0.99, 0.3])
said_of_fake = np.array([0.1, 0.4, 0.01, 0.7])

print("real sample:      D(x)     log D(x)      |  generated sample:  D(G(z))  log(1 − D(G(z)))")
for d, f in zip(said_of_real, said_of_fake, strict=True):
    print(f"{d:22.2f}  {np.log(d):11.3f}      |  {f:26.2f}  {np.log(1 - f):15.3f}")

# %% [markdown]
# Every entry is at most 0. A right and confident answer (0.99 for a real sample, 0.01 for a generated one)
# costs next to nothing; a wrong one (0.3 for a real sample) costs a lot.
#
# * **D ascends.** It wants both columns close to 0: D(x) → 1 and D(G(z)) → 0. It can move both terms.
# * **G descends.** It wants V small. It only appears in the second term, so it wants D(G(z)) → 1: to be taken
#   for real.
#
# One gains exactly what the other loses. That is a **zero-sum game**, and the paper writes it as $\min_G\max_D
# V(D,G)$.
#
# **Predict before you run:** what is V if D has no idea and answers ½ to everything? 0? −½? Something else?

# %%
no_idea = np.full(1000, 0.5)
print(f"V of a D that always says ½: {np.mean(np.log(no_idea)) + np.mean(np.log(1 - no_idea)):.4f}")
print(f"                     −log 4: {-np.log(4):.4f}")

# %% [markdown]
# Keep that number in mind: **−log 4 = −1.3863** is what a discriminator that always says ½ scores. You will see
# it again as the end of the game.
#
# ### Exercise 1: the value function
#
# Write V for any two arrays of probabilities: what D said about real samples, and what it said about generated
# ones.


# %%
def value_function(d_real, d_fake):
    return ...  # your line here


check.value_function(value_function)
# check.value_function.hint()
# check.value_function.solution()

# %% [markdown]
# ## It is cross-entropy
#
# You have trained D's objective before. Give every real sample the label 1 and every generated one the label 0
# (always this way round, in the whole course) and ask Keras for the binary cross-entropy of D's answers.

# %%
import keras

answers = np.concatenate([said_of_real, said_of_fake])
truth = np.concatenate([np.ones(4), np.zeros(4)])
cross_entropy = float(keras.losses.BinaryCrossentropy()(truth[:, None], answers[:, None]))

value = np.mean(np.log(said_of_real)) + np.mean(np.log(1 - said_of_fake))
print(f"V                   = {value:.4f}")
print(f"cross-entropy       = {cross_entropy:.4f}")
print(f"−2 × cross-entropy  = {-2 * cross_entropy:.4f}")

# %% [markdown]
# V is minus twice the cross-entropy (twice, because the cross-entropy is a mean over all eight samples, and V
# adds two means of four). So *"D maximizes V"* and *"train a classifier of real against generated with
# cross-entropy"* are the same sentence.
#
# ## The best discriminator there is
#
# Samples are noisy. To see clearly we go to one dimension, where we can write both densities down and replace
# every expectation by an integral on a fine grid. The data has two hills; the generator, for now, makes one
# broad one.

# %%
x = np.linspace(-12, 12, 4801)
p_data = theory.gaussian_mixture(x, means=(-1.5, 1.5), stds=(0.5, 0.5))
p_model = theory.gaussian(x, mean=0.0, std=1.5)

ax = plots.densities(x, p_data, p_model)
ax.set(xlim=(-4, 4), title="The data has two hills, the generator one")
plots.legend_above(ax)
plt.show()

# %% [markdown]
# Written as an integral, $V = \int \big[\,p_{data}(x) \log D(x) + p_{model}(x) \log(1 - D(x))\,\big]\,dx$, and
# D may choose its answer at each x freely. So let us look at one x at a time: which answer D makes the bracket
# largest?

# %%
answer = np.linspace(0.001, 0.999, 999)
figure, ax = plt.subplots(figsize=(7, 3.6))
for at, color in ((-1.5, plots.DISCRIMINATOR), (-2.5, plots.CLASSES[1]), (0.0, plots.ACCENT)):
    real, fake = p_data[np.argmin(abs(x - at))], p_model[np.argmin(abs(x - at))]
    bracket = real * np.log(answer) + fake * np.log(1 - answer)
    best, share = answer[bracket.argmax()], real / (real + fake)
    ax.plot(answer, bracket, color=color, label=f"x = {at:+.2f}: p_data {real:.2f}, p_model {fake:.2f}")
    ax.plot(best, bracket.max(), "o", color=color)
    print(f"x = {at:+.2f}: best answer {best:.3f}; p_data / (p_data + p_model) = {share:.3f}")
ax.set(xlabel="D's answer at this x", ylabel="what it adds to V", ylim=(-1, 0))
ax.set_title("Each x has one best answer (dots)")
ax.legend(loc="lower center", fontsize=9)
plt.show()

# %% [markdown]
# The dots follow a formula. Set the derivative $p_{data}/D - p_{model}/(1-D)$ to zero and solve:
#
# $$D^*(x) = \frac{p_{data}(x)}{p_{data}(x) + p_{model}(x)}.$$
#
# This is proposition 1 of the GAN paper, and you know it from lesson 01: it is Bayes' rule with priors ½ and ½.
#
# ### Exercise 2: the optimal discriminator


# %%
def optimal_discriminator(p_data, p_model):
    return ...  # your line here


check.optimal_discriminator(optimal_discriminator)
# check.optimal_discriminator.hint()
# check.optimal_discriminator.solution()

# %% [markdown]
# ## Can a network find it?
#
# The formula needs both densities, and a real GAN knows neither. A network that only sees samples, labelled 1
# and 0, and minimizes cross-entropy should end up at D* all the same. We give a small one 100,000 samples of
# each kind.
#
# **Predict before you run:** nobody tells the network a density, only "1" or "0" for each number. Will it find
# the curve of the formula, or a step from 0 to 1?

# %%
n = 100_000
real = data.gaussian_mixture_1d(n, means=(-1.5, 1.5), stds=(0.5, 0.5), seed=0)
fake = data.gaussian_mixture_1d(n, means=(0.0,), stds=(1.5,), seed=1)

keras.utils.set_random_seed(0)
layers = [keras.layers.Dense(64, "silu"), keras.layers.Dense(64, "silu"), keras.layers.Dense(1)]
network = keras.Sequential([keras.Input((1,)), *layers])
slower_and_slower = keras.optimizers.schedules.CosineDecay(0.01, decay_steps=8 * 200)
network.compile(
    keras.optimizers.Adam(slower_and_slower), keras.losses.BinaryCrossentropy(from_logits=True)
)
samples, truth = np.concatenate([real, fake]), np.repeat([1.0, 0.0], n)[:, None]
history = network.fit(samples, truth, batch_size=1000, epochs=8, verbose=0)

# %%
near = np.abs(x) <= 4  # the grid where samples fall
best = p_data / (p_data + p_model)
learned = keras.ops.convert_to_numpy(keras.ops.sigmoid(network(x[near, None].astype("float32"))))[:, 0]
gap = np.abs(learned - best[near])

ax = plots.densities(x[near], p_data[near], p_model[near], discriminator=learned)
ax.child_axes_d.plot(x[near], best[near], "--", color=plots.ACCENT, lw=1.6, label=r"$D^*$ by formula")
ax.set_title("A network finds D* from samples alone", pad=28)
plots.legend_above(ax)
plt.show()
print(f"largest gap on the grid below 0.05: {gap.max() < 0.05}")

# %% tags=["nbval-ignore-output"]
print(
    f"largest gap: {gap.max():.3f}, at x = {x[near][gap.argmax()]:+.2f}; average gap: {gap.mean():.3f}"
)

# %% [markdown]
# The two curves are hard to tell apart. Cross-entropy asks for honest probabilities, and on samples of both
# kinds the honest probability is D*.
#
# ## What G really minimizes
#
# Suppose D is always the best it can be. What is left of V then? Put D* in, and after two lines of algebra
# (equation 6 of the paper, in the proof of its theorem 1) out comes
#
# $$V(D^*, G) = 2\,\mathrm{JSD}(p_{data}, p_{model}) - \log 4,$$
#
# where the **Jensen–Shannon divergence** (JSD) compares both densities with their average $m = (p + q)/2$:
#
# $$\mathrm{JSD}(p, q) = \tfrac12 \mathrm{KL}(p \,\|\, m) + \tfrac12 \mathrm{KL}(q \,\|\, m), \qquad
# \mathrm{KL}(p \,\|\, m) = \int p(x) \log \frac{p(x)}{m(x)}\,dx .$$
#
# ### Exercise 3: the Jensen–Shannon divergence
#
# Write it for two densities on a grid `x`. `np.trapezoid(values, x)` integrates. Both densities are positive on
# the whole grid, so you need not fear log 0.


# %%
def jensen_shannon(p, q, x):
    return ...  # your lines here


check.jensen_shannon(jensen_shannon)
# check.jensen_shannon.hint()
# check.jensen_shannon.solution()

# %% [markdown]
# Here it is spelled out, with V beside it, for four generators: one that has become the data, two that are off,
# and one that is miles away. The first and the last row are the two ends of the scale.


# %%
def integral(values):
    return np.trapezoid(values, x)


def kl(p, q):
    return integral(p * np.log(p / q))


def jsd(p, q):
    return 0.5 * kl(p, (p + q) / 2) + 0.5 * kl(q, (p + q) / 2)


def value_at_best(p, q):
    """V(D*, G) straight from its definition: D* is p / (p + q), and 1 − D* is q / (p + q)."""
    return integral(p * np.log(p / (p + q)) + q * np.log(q / (p + q)))


# %%
data_like = theory.gaussian(x, -6, 0.5)
for name, model in {
    "equal": theory.gaussian(x, -6, 0.5),
    "half a unit off": theory.gaussian(x, -5.5, 0.5),
    "twice as wide": theory.gaussian(x, -6, 1.0),
    "disjoint": theory.gaussian(x, 6, 0.5),
}.items():
    divergence, value = jsd(data_like, model), value_at_best(data_like, model)
    row = np.round([divergence, value, 2 * divergence - np.log(4)], 6) + 0.0  # + 0.0 turns −0 into 0
    print(f"{name:16}  JSD {row[0]:.6f}   V(D*, G) {row[1]:9.6f}   2·JSD − log 4 {row[2]:9.6f}")
print(f"log 2 = {np.log(2):.6f}, −log 4 = {-np.log(4):.6f}")

# %% [markdown]
# The last two columns agree in every row. At the ends:
#
# * **equal** densities: JSD = 0, V = −log 4, and D* = ½ everywhere. Those are the police at a loss of lesson
#   01, and the number from the top of this page. No generator can push V any lower against the best D.
# * **disjoint** densities: JSD = log 2, V = 0: D is right every time.
#
# So with a perfect D, G minimizes a distance to the data, although nobody ever computes p_model. Samples and a
# classifier are enough. **That is the trick of GANs.**
#
# **Predict before you run:** we slide a generator away from the data. Does the distance keep growing?

# %%
shifts = np.linspace(0, 8, 81)
home = theory.gaussian(x, 0, 1)
distances = np.array([jsd(home, theory.gaussian(x, shift, 1)) for shift in shifts])

figure, ax = plt.subplots()
ax.plot(shifts, distances, color=plots.GENERATED)
ax.axhline(np.log(2), color=plots.MUTED, ls="--", lw=1.2)
ax.annotate("log 2", (0.05, np.log(2) + 0.012), color="#555555")
ax.set(xlabel="shift from the data, in standard deviations", ylabel="JSD, in nats", ylim=(0, 0.78))
ax.set_title("Far away, the distance is flat: nothing tells G which way to go")
plt.show()
slopes = np.gradient(distances, shifts)
print(f"slope at shift 1: {slopes[10]:.4f}; at shift 7: {slopes[70]:.4f}")

# %% [markdown]
# It does not. Beyond five standard deviations or so the densities hardly overlap, the JSD is log 2 whatever G
# does, and its slope, all that gradient descent on V has to go by, is next to nothing. Against a perfect
# discriminator V leaves the generator without directions. We come back to this in a moment.
#
# ## A game has a saddle, not a valley
#
# D goes up, G goes down, on the same V. To see the landscape we give each player a single knob. The data is
# N(0, 1); the generator makes N(θ, 1), so θ = 0 is perfect; the discriminator is D(x) = σ(w·x), and w = 0 means
# "always ½".

# %%
grid = np.linspace(-14, 14, 1401)[:, None]
real_density = theory.gaussian(grid)


def V(w, theta):
    """V for arrays of knob settings w and θ of the same length."""
    scores = grid * w  # D = σ(score), and np.logaddexp(0, s) is log(1 + e^s) = −log σ(−s)
    log_d, log_not_d = -np.logaddexp(0, -scores), -np.logaddexp(0, scores)
    return np.trapezoid(real_density * log_d + theory.gaussian(grid - theta) * log_not_d, grid, axis=0)


ws, thetas = np.meshgrid(np.linspace(-2.5, 2.5, 81), np.linspace(-3, 3, 81))
landscape = V(ws.ravel(), thetas.ravel()).reshape(ws.shape)
fine = np.linspace(-2.5, 2.5, 501)
ridge = [
    fine[V(fine, np.full(501, theta)).argmax()] for theta in thetas[:, 0]
]  # D's best answer to every θ

# %%
solid, flat = plots.landscape(ws, thetas, np.maximum(landscape, -4))
flat.plot(ridge, thetas[:, 0], color="white", ls="--", lw=1.8, label="D's best answer to θ")
flat.plot(0, 0, "o", color=plots.ACCENT, ms=9, label="equilibrium")
for ax, title in ((solid, "V over both knobs: a saddle (cut at −4)"), (flat, "The same from above")):
    ax.set(xlabel="D's knob w", ylabel="G's knob θ", title=title)
flat.legend(loc="upper right", labelcolor="white", frameon=True, facecolor="#333333")
plt.show()
on_ridge = landscape.max(axis=1)
lowest = thetas[on_ridge.argmin(), 0] + 0.0
print(f"along the ridge V is lowest at θ = {lowest:.2f}, with V = {on_ridge.min():.4f}")

# %% [markdown]
# Walk along w with G fixed, and V is highest on the ridge: D can do no better there. Walk along the ridge,
# letting D answer every move of G, and its lowest point is at θ = 0, with V = −log 4: G can do no better. At
# the dot neither player gains by moving alone. Such a point on a surface that falls to both sides in one
# direction and rises in another is a **saddle**, and it is where the game ends: the equilibrium.
#
# ## Up, down, and round about
#
# Now we let the players move, by gradient steps from the same start, w = −0.5 and θ = 2: first D alone, then G
# alone, then both in turns.
#
# **Predict before you run:** G moves alone, against a discriminator that stands still. Where does θ stop? At 0,
# where the data is?


# %%
def slope(w, theta, h=1e-4):
    """∂V/∂w and ∂V/∂θ by central differences."""
    values = V(np.array([w + h, w - h, w, w]), np.array([theta, theta, theta + h, theta - h]))
    return (values[0] - values[1]) / (2 * h), (values[2] - values[3]) / (2 * h)


# %%
def play(d_moves, g_moves, steps=150, rate=0.2):
    """Knobs (w, θ) over the steps: D ascends V, then G descends it."""
    w, theta, path = -0.5, 2.0, []
    for _ in range(steps + 1):
        path.append((w, theta))
        w += rate * slope(w, theta)[0] * d_moves
        theta -= rate * slope(w, theta)[1] * g_moves
    return np.array(path)


games = {"D alone": play(1, 0), "G alone": play(0, 1), "in turns": play(1, 1)}
for name, path in games.items():
    start, *_, end = V(*path.T)
    w, theta = np.round(path[-1], 2) + 0.0
    print(f"{name:9} V from {start:.3f} to {end:.3f}, ends at w = {w:.2f}, θ = {theta:.2f}")

# %%
figure, (left, right) = plt.subplots(1, 2, figsize=(10, 3.8))
colors = (plots.DISCRIMINATOR, plots.GENERATED, plots.ACCENT)
right.contour(ws, thetas, landscape, levels=np.linspace(-4, -0.4, 25), cmap="Greys_r", linewidths=0.8)
for (name, path), color in zip(games.items(), colors, strict=True):
    left.plot(V(*path.T), color=color, label=name)
    right.plot(*path.T, color=color, label=name)
left.axhline(-np.log(4), color=plots.MUTED, ls="--", lw=1.2)
left.set(xlabel="step", ylabel="V", ylim=(-4, 0), title="D ascends, G descends, −log 4 dashed")
left.legend(loc="lower left")
right.plot(-0.5, 2, "ko")
right.plot(0, 0, "k*", ms=11)
right.set(xlabel="D's knob w", ylabel="G's knob θ", xlim=(-2.5, 2.5), ylim=(-3, 3))
right.set_title("From the dot; star: equilibrium")
plt.show()

# %% [markdown]
# * **D alone** climbs and stops: that is ordinary training of a classifier.
# * **G alone** does not stop at the data. It runs past θ = 0, out of the picture, and V falls without end. A
#   fixed D does not say "the data is here", it says "further left!". G needs a D that keeps up.
# * **In turns** they swing around the equilibrium, overshoot it, and settle there, at V = −log 4. On the way V
#   falls and rises again: in a game, no curve simply goes down. Lesson 06 is about what happens when the swings
#   grow.
#
# ## The loss that G gets in practice
#
# Remember the flat end of the JSD curve. At the start of training G is bad, D is sure, and D(G(z)) is close to
# 0. Just there log(1 − D) is flat. The paper therefore changes G's loss, in the last paragraph of its section
#    3:
#
# * **saturating** (minimax, from V itself): G minimizes log(1 − D(G(z)));
# * **non-saturating**: G minimizes −log D(G(z)).
#
# Both fall as D(G(z)) grows. How hard do they push? A network D computes a *score* s, any number, and the
# sigmoid turns it into a probability: D = σ(s) = 1 / (1 + e^(−s)). We ask TensorFlow, whose `GradientTape`
# records what is computed under it, for the derivative of each loss with respect to s.

# %%
import tensorflow as tf

believed = np.array([0.001, 0.5, 0.999])
score = tf.Variable(np.log(believed / (1 - believed)))
with tf.GradientTape(persistent=True) as tape:
    saturating = tf.reduce_sum(-tf.nn.softplus(score))  # log(1 − σ(s)), without ever computing log 0
    non_saturating = tf.reduce_sum(tf.nn.softplus(-score))  # −log σ(s)

print("D(G(z))    d/ds log(1 − D)    d/ds (−log D)")
for row in zip(
    believed, tape.gradient(saturating, score), tape.gradient(non_saturating, score), strict=True
):
    print("{:7.3f} {:18.3f} {:16.3f}".format(*map(float, row)))

# %%
s = np.linspace(-8, 8, 400)
figure, ax = plt.subplots(figsize=(7.5, 3.6))
ax.plot(s, -np.logaddexp(0, s), color=plots.CLASSES[0], label="saturating: log(1 − D)")
ax.plot(s, np.logaddexp(0, -s), color=plots.GENERATED, label="non-saturating: −log D")
ax.axvspan(-8, -4, color=plots.MUTED, alpha=0.15, lw=0)
ax.annotate("where G starts:\nD is sure", (-7.8, -6.5), fontsize=9)
ax.set(
    xlabel="score s that D gives a generated sample",
    ylabel="G's loss",
    title="Flat against steep, exactly where it matters",
)
ax.legend()
plt.show()

# %% [markdown]
# Mirror images. Where D is sure that a sample is fake (first row) the saturating loss hardly pushes at all,
# −0.001, and the other one pushes with nearly full force. Where G already wins (last row) it is the other way
# round, and there it does no harm.
#
# ### Exercise 4: a loss that survives any score
#
# Write the non-saturating loss as a mean over a batch of raw scores. It must survive a score of −1000.


# %%
def generator_loss(scores):
    return ...  # your line here


check.generator_loss(generator_loss)
# check.generator_loss.hint()
# check.generator_loss.solution()

# %% [markdown]
# ## "Converges quicker": how much quicker?
#
# The claim is in every tutorial; let us measure it. The data is N(0, 1), the generator N(θ, 1) starts at θ = 4,
# the discriminator is the best there is at every step, and G takes plain gradient steps of the same size, once
# with each loss. We count steps until the JSD is below some targets.
#
# The gradient is an average over the generator's samples: the table's factor, times the score's slope. For
# these two densities the score of D* is s(x) = θ²/2 − θx, so its slope is −θ.


# %%
def descend(non_saturating, rate=0.1, steps=2000):
    """θ over the steps, against the best D at each of them."""
    theta, path = 4.0, []
    for _ in range(steps):
        path.append(theta)
        believed = 1 / (1 + np.exp(-(theta**2 / 2 - theta * x)))  # D*(x), as the sigmoid of its score
        push = -(1 - believed) if non_saturating else -believed  # dloss/ds, as in the table
        theta -= rate * integral(theory.gaussian(x, theta) * push * -theta)
    return np.array(path)


# %%
paths = {"saturating": descend(False), "non-saturating": descend(True)}
curves = {
    name: np.array([jsd(home, theory.gaussian(x, theta)) for theta in path])
    for name, path in paths.items()
}
for target in (0.5, 0.1, 0.01):
    slow, quick = (int(np.argmax(curve < target)) for curve in curves.values())
    print(f"steps to JSD < {target:<4}: {slow:3d} saturating, {quick:2d} non-saturating")
print("both end at the data, |θ| < 0.001:", all(abs(path[-1]) < 0.001 for path in paths.values()))

# %%
figure, ax = plt.subplots()
for (name, curve), color in zip(curves.items(), (plots.CLASSES[0], plots.GENERATED), strict=True):
    ax.plot(np.arange(1, len(curve) + 1), curve, color=color, label=name)
ax.set(
    xscale="log",
    xlabel="generator steps (logarithmic)",
    ylabel="JSD to the data, in nats",
    xlim=(1, 2000),
)
ax.set_title("Same destination, another speed")
ax.legend()
plt.show()

# %% [markdown]
# The same fixed point, and the saturating loss needs nearly half of its steps only to get away from where it
# started. From here on "the generator's loss" in this course means the non-saturating one, unless a lesson says
# otherwise.
#
# It has a price: the game is no longer zero-sum, and G no longer descends 2·JSD − log 4. Against the best D its
# gradient is that of KL(p_model ‖ p_data) − 2·JSD, another road to the same place (Arjovsky and Bottou 2017,
# theorem 2.5). We can check that on our example, where KL = θ²/2.


# %%
def g_gradient(theta):
    """Gradient of the non-saturating loss in θ, against the best D."""
    believed = theory.optimal_discriminator(home, theory.gaussian(x, theta))
    return integral(theory.gaussian(x, theta) * -(1 - believed) * -theta)


def other_road(theta, h=1e-4):
    """Gradient of KL − 2·JSD in θ, by central differences."""
    ends = [t**2 / 2 - 2 * jsd(home, theory.gaussian(x, t)) for t in (theta + h, theta - h)]
    return (ends[0] - ends[1]) / (2 * h)


for theta in (1.0, 2.0, 3.0):
    ours, theirs = g_gradient(theta), other_road(theta)
    print(f"θ = {theta}: gradient of −log D {ours:.4f}, of KL − 2·JSD {theirs:.4f}")

# %% [markdown]
# ## The same from the package
#
# What we spelled out lives in `gan_course.theory`, with checks of its inputs. Both agree:

# %%
pairs = [(p_data, p_model), (home, theory.gaussian(x, 2, 0.7)), (data_like, data_like)]
for p, q in pairs:
    best = theory.optimal_discriminator(p, q)
    d_gap = np.abs(best - p / (p + q)).max()
    v_gap = abs(theory.value_function(best, p, q, x) - value_at_best(p, q))
    j_gap = abs(theory.jensen_shannon(p, q, x) - jsd(p, q))
    print(f"largest difference in D*, V and JSD below 1e-9: {max(d_gap, v_gap, j_gap) < 1e-9}")

# %% [markdown]
# ## What can go wrong
#
# * **A sign.** V is to be maximized by D; an optimizer minimizes. D's loss is −V (the cross-entropy), G's is
#   not +V but −log D.
# * **Swapped labels.** Real is 1, generated is 0. Some guides do it the other way round; mixing both in one
#   program trains D to be wrong.
# * **A sigmoid too many, or too few.** If D ends in a raw score, the loss wants `from_logits=True`. If D ends
#   in a sigmoid, it does not. A probability taken for a score, or a score for a probability, runs; it just
#   learns badly, or not at all.
# * **log 0.** `log(sigmoid(s))` is minus infinity for a score of −1000. `-softplus(-s)` is −1000, the right
#   answer.
# * **Reading V as progress.** V rises when D sees better and falls when G fools D, which is not the same as
#   being good (see "G alone"). V near −log 4 says that D cannot tell: because G is perfect, or because D is
#   useless.
#
# ## Summary in five lines
#
# 1. V(D, G) = E log D(x) + E log(1 − D(G(z))); D ascends, G descends; −V is twice the binary cross-entropy.
# 2. The best D is D* = p_data / (p_data + p_model), and a network finds it from samples alone.
# 3. V(D*, G) = 2·JSD − log 4: from −log 4 (equal, D* = ½) to 0 (disjoint).
# 4. The game ends at a saddle; players in turns swing around it, and a fixed D sends G past the data.
# 5. In practice G minimizes −log D: same fixed point, far more push where D is sure, and no longer a zero-sum
#    game.
#
# ## References
#
# * I. Goodfellow et al., [Generative adversarial nets](https://arxiv.org/abs/1406.2661), NIPS 2014: equation 1,
#   proposition 1, theorem 1, and the change of G's loss in section 3.
# * J. Lin, [Divergence measures based on the Shannon entropy](https://doi.org/10.1109/18.61115), IEEE
#   Transactions on Information Theory 37, 1991.
# * M. Arjovsky and L. Bottou, [Towards principled methods for training generative adversarial
#   networks](https://arxiv.org/abs/1701.04862), ICLR 2017: on the flat end of the curve.
#
# **Next lesson:** [03 · The combined model](03_the_combined_model.ipynb): two networks, one of them asleep.
