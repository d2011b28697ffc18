# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 04 · The training algorithm
#
# [![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)](https://colab.research.google.com/github/gan-course/gan-course/blob/main/notebooks/04_the_training_algorithm.ipynb)
#
# **The one idea: k steps of D, one step of G, on fresh samples every time, until neither can improve. Then D says
# ½. The samples show whether a training has got there; the losses alone do not.**
#
# After this lesson you will be able to
#
# * read algorithm 1 of the first GAN paper line by line, and write it;
# * watch a GAN go from a wrong start to [equilibrium](glossary.md#equilibrium), and test that it has arrived;
# * say why the theory promises this, and why the promise does not cover networks;
# * say what k does, and what a loss curve can tell you and what it cannot;
# * hand the same training to Keras' `fit`, and say what you gain and what it costs.
#
# It takes about 75 minutes to read, without exercises 3 and 4. Its cells run in about 60 seconds on two CPU
# cores. You should know the [optimal discriminator](glossary.md#optimal-discriminator) D\* and the
# [non-saturating loss](glossary.md#non-saturating-loss) ([lesson 02](02_the_objective_function.ipynb)), and
# how one step with gradients works ([lesson 03](03_the_combined_model.ipynb)).

# %% tags=["nbval-ignore-output"]
# Where the course package is missing, on Colab for example, this cell installs it first.
import importlib.util

if importlib.util.find_spec("gan_course") is None:
    print("Installing gan_course from https://github.com/gan-course/gan-course")
    # %pip install --quiet git+https://github.com/gan-course/gan-course

import matplotlib.pyplot as plt
import numpy as np

from gan_course import data, plots, runtime, theory
from gan_course.checks import lesson_04 as check
from gan_course.claims import answer, claim

plots.use_style()
runtime.select_backend("tensorflow")  # this lesson takes gradients with TensorFlow
print(runtime.configure(seed=0))

# %% [markdown]
# ## The algorithm as printed
#
# This is all of algorithm 1 of Goodfellow et al. (2014). Only the numbers in front of the lines are ours.
#
# > **Algorithm 1** Minibatch stochastic gradient descent training of generative adversarial nets. The number of
# > steps to apply to the discriminator, k, is a hyperparameter. We used k = 1, the least expensive option, in our
# > experiments.
# >
# > 1 &nbsp; **for** number of training iterations **do**<br>
# > 2 &emsp; **for** k steps **do**<br>
# > 3 &emsp;&emsp; Sample minibatch of m noise samples {z⁽¹⁾, …, z⁽ᵐ⁾} from noise prior p_g(z).<br>
# > 4 &emsp;&emsp; Sample minibatch of m examples {x⁽¹⁾, …, x⁽ᵐ⁾} from data generating distribution p_data(x).<br>
# > 5 &emsp;&emsp; Update the discriminator by ascending its stochastic gradient:
# > $\nabla_{\theta_d} \frac1m \sum_{i=1}^m \left[\log D(x^{(i)}) + \log(1 - D(G(z^{(i)})))\right]$<br>
# > &emsp;&ensp; **end for**<br>
# > 6 &emsp; Sample minibatch of m noise samples {z⁽¹⁾, …, z⁽ᵐ⁾} from noise prior p_g(z).<br>
# > 7 &emsp; Update the generator by descending its stochastic gradient:
# > $\nabla_{\theta_g} \frac1m \sum_{i=1}^m \log(1 - D(G(z^{(i)})))$<br>
# > &ensp; **end for**
# >
# > The gradient-based updates can use any standard gradient-based learning rule. We used momentum in our
# > experiments.
#
# A *minibatch* is what Keras calls a [batch](glossary.md#batch). There are three things to notice.
#
# * Noise is drawn in line 3, for D, and again in line 6, for G. So G is not trained on the very
#   [samples](glossary.md#sample) that D has just been trained on. (Here the paper writes p_g(z) for the noise
#   prior, and elsewhere p_z(z). With an x, p_g(x) is the density of the samples, our p_model.)
# * Line 5 *ascends* and line 7 *descends*. An optimizer only descends, so D's loss is the bracket with a
#   minus sign.
# * Line 7 has the saturating loss. The paper itself advises −log D(G(z)) instead, and lesson 02 measured why. We use
#   −log D(G(z)).
#
# ### Exercise 1: the loop (short)
#
# Before we fill in gradients, write the skeleton. You are given four functions: `noise()` and `examples()` each
# draw a fresh minibatch, `update_d(x, z)` and `update_g(z)` take one step. The check watches who moves when, and
# on what.


# %%
def algorithm_1(iterations, k, noise, examples, update_d, update_g):
    return ...  # two loops, four calls


check.algorithm_1(algorithm_1)
# check.algorithm_1.hint()
# check.algorithm_1.solution()

# %% [markdown]
# ## The players
#
# We play in one dimension, because there everything can be seen: both densities and D fit into one picture. The
# data has two hills. Each noise z is a single number, drawn from the normal distribution. The
# [generator](glossary.md#generator) moves each z to a place x. The [discriminator](glossary.md#discriminator) gives each x a raw score. As in lesson 03, `D(x)` in the code is this score, and D(x) in the text and in formulas is its sigmoid.
#
# We choose G's start on purpose. G(z) is z plus a shift, and a small network computes the shift. At the start its last
# layer has weights 0 and bias −1.5, so G(z) = z − 1.5: **one bell in the wrong place**. Two hills have to be learned.

# %%
import keras
import tensorflow as tf
from keras.layers import Dense

HILLS = {"means": (-1.2, 1.2), "stds": (0.6, 0.6)}
real = data.gaussian_mixture_1d(25_600, **HILLS, seed=0)


def make_generator():
    hidden = z = keras.Input((1,))
    for _ in range(2):
        hidden = Dense(32, "tanh", kernel_initializer="he_normal")(hidden)
    start = keras.initializers.Constant(-1.5)
    return keras.Model(z, z + Dense(1, kernel_initializer="zeros", bias_initializer=start)(hidden))


# %%
def make_discriminator(hidden=(64, 64)):
    layers = [Dense(units, "relu") for units in hidden]
    return keras.Sequential([keras.Input((1,)), *layers, Dense(1)])


# %% [markdown]
# Here are lines 5 and 7, the two [steps](glossary.md#step) of lesson 03 once more. `@tf.function` lets
# TensorFlow turn each step into a graph at its first call in each new game: a fixed list of operations, which it can run without
# Python. All later calls in the same game are then faster, and these two functions compute the same as before, up to rounding. (A `print` inside them would run only while the graph is made.)


# %%
@tf.function
def update_d(G, D, optimizer, x, z):
    fake = G(z)
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(tf.nn.softplus(-D(x)))  # −log D(x)
        loss += tf.reduce_mean(tf.nn.softplus(D(fake)))  # −log(1 − D(G(z)))
    optimizer.apply(tape.gradient(loss, D.trainable_variables), D.trainable_variables)
    return loss


@tf.function
def update_g(G, D, optimizer, z):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(tf.nn.softplus(-D(G(z))))  # −log D(G(z))
    optimizer.apply(tape.gradient(loss, G.trainable_variables), G.trainable_variables)
    return loss


# %% [markdown]
# "Any standard gradient-based learning rule", says the paper. We take [Adam](glossary.md#adam) without
# [momentum](glossary.md#momentum) (β₁ = 0), and a [learning rate](glossary.md#learning-rate) that fades to
# zero. Both choices are ours. Momentum keeps pushing in the direction that was right for the *earlier*
# opponent. In a game this can make the swings larger (Gidel et al. 2019). And two players who move in turns often circle around the [equilibrium](glossary.md#equilibrium). [Lesson 06](06_when_training_fails.ipynb) shows such circles, and Mescheder et al. (2018) explain when and why they arise. Adam's steps are about as large as the learning rate, even close to the equilibrium. With a rate
# that fades to zero, the circles can become small.

# %%
from types import SimpleNamespace

ITERATIONS = 1000


def new_game(seed=0, iterations=ITERATIONS, k=1, d_rate=0.003, g_rate=0.003, d_hidden=(64, 64)):
    """Two fresh players, an optimizer each, and where their noise and their examples come from."""
    keras.utils.set_random_seed(seed)
    game = SimpleNamespace(G=make_generator(), D=make_discriminator(d_hidden))
    d_rates = keras.optimizers.schedules.CosineDecay(d_rate, iterations * k)
    g_rates = keras.optimizers.schedules.CosineDecay(g_rate, iterations)
    game.d_optimizer = keras.optimizers.Adam(d_rates, beta_1=0.0)
    game.g_optimizer = keras.optimizers.Adam(g_rates, beta_1=0.0)
    game.d_optimizer.build(game.D.trainable_variables)
    game.g_optimizer.build(game.G.trainable_variables)
    game.rng, game.seeds = np.random.default_rng(seed), keras.random.SeedGenerator(seed)
    game.noise = tf.function(lambda: keras.random.normal((256, 1), seed=game.seeds))
    return game


# %% [markdown]
# And this is the algorithm. The comments name the line of the paper that each line of Python stands for. `look`
# is ours: it is called before the iterations named in `at`, and after the last one, so that we can film. (The
# cell below contains a solution of exercise 1. Did you try it first?)


# %%
def examples(game, m=256):
    return real[game.rng.integers(len(real), size=m)]


def play(game, iterations=ITERATIONS, k=1, look=lambda game: None, at=(), draw=examples):
    losses, film = [], []
    for t in range(iterations):  # line 1
        film += [look(game)] if t in at else []
        for _ in range(k):  # line 2
            z, x = game.noise(), draw(game)  # lines 3 and 4
            d_loss = update_d(game.G, game.D, game.d_optimizer, x, z)  # line 5
        z = game.noise()  # line 6
        g_loss = update_g(game.G, game.D, game.g_optimizer, z)  # line 7
        losses.append((float(d_loss), float(g_loss)))
    return np.array(losses), [*film, look(game)]


# %% [markdown]
# What shall we look at? D(x) is easy: we ask D on a grid. The density p_model has no formula, but G turns noise
# into samples. So we push 1,000 values of z through G, and put a narrow bell on each sample. The mean of these
# 1,000 bells is our estimate of p_model. These z are spread as the noise is: each stands for a thousandth of
# the normal distribution. (A sample beyond ±5 is counted at ±5.) The distance to the data is the
# [Jensen–Shannon divergence](glossary.md#jensen-shannon-divergence) of lesson 02.

# %%
from statistics import NormalDist

x = np.linspace(-6, 6, 601)
p_data = theory.gaussian_mixture(x, **HILLS)
even = (np.arange(1000) + 0.5) / 1000
spread = np.array([[NormalDist().inv_cdf(u)] for u in even], "float32")  # normal quantiles


# %%
def density(made):
    return theory.gaussian(x[:, None], np.clip(made, -5, 5), 0.08).mean(axis=1)


def jsd(made):
    return theory.jensen_shannon(p_data, density(made), x)


def look(game):
    made = game.G(spread).numpy()[:, 0]
    return made, tf.sigmoid(game.D(x[:, None].astype("float32"))).numpy()[:, 0]


# %% [markdown]
# ## Figure 1, in slow motion
#
# Figure 1 of the paper has four panels. The first three show one iteration with a very large k, and the last one
# shows the end of the training. We play it that way once:
#
# * (a) is a pair on its way to convergence, which the paper calls *near convergence*. We take it from iteration
#   60 of a game. (It is the game of panel d: same seed.)
# * (b) Then D moves alone, 400 steps.
# * (c) Then G moves alone, 8 steps. (The paper's panel shows one update. We take eight small steps, so that the change is easy to see.)
# * (d) is the end of a whole game, which we play right after.
#
# **Predict before you run:** D learns alone until it can do no better. What curve will it draw? And where do the
# samples go when G has its turn: to the data, or to something else?

# %%
# Your prediction, in words:
prediction = None

# %%
slow = new_game(seed=4)
acts = play(slow, 60, look=look)[1]
for _ in range(400):
    update_d(slow.G, slow.D, slow.d_optimizer, examples(slow), slow.noise())
acts.append(look(slow))
for _ in range(8):
    update_g(slow.G, slow.D, slow.g_optimizer, slow.noise())
acts.append(look(slow))

# %%
(before, d), (after, _) = acts[1:]
best = theory.optimal_discriminator(p_data, density(before))
with answer(prediction):
    claim(
        "mean distance of D from the D* of lesson 02, where the data is",
        np.abs(d - best)[p_data > 0.05].mean(),
        below=0.1,
    )
    claim("JSD to the data before G's turn", jsd(before), below=0.1, unit="nats")
    claim("JSD to the data after G's turn", jsd(after), below=0.1, unit="nats")
    claim("JSD after G's turn / before", jsd(after) / jsd(before), above=0.7)
    peaks = density(after).max() / density(before).max()
    claim("the highest peak of G after its turn / before", peaks, above=1.3)

# %% [markdown]
# And here is the whole game, from the start to the end, with k = 1. We keep the losses, and a film whose pictures are close together at
# first.

# %%
moments = sorted({0, *np.geomspace(8, ITERATIONS - 1, 22).astype(int)})
healthy = new_game(seed=4)
healthy_losses, film = play(healthy, look=look, at=moments)
acts.append(film[-1])
print(f"{len(healthy_losses):,} iterations played, {len(film)} pictures taken")

# %%
near = np.abs(x) <= 4


def panel(ax, picture, title, top=0.9):
    """The game of plots.game, with room for densities up to `top`."""
    made, d = picture
    curves = (values[near] for values in (x, p_data, density(made), d))
    plots.game(*curves, spread[20::40, 0], made[20::40], ax=ax).set_title(title)
    bottom = ax.get_ylim()[0]
    ax.set_ylim(bottom, top)
    ax.child_axes_d.set_ylim(1.1 * bottom / top, 1.1)


# %%
names = ("(a) on the way", "(b) D alone finds D*", "(c) G alone climbs D", "(d) the end")
figure, axes = plt.subplots(2, 2, figsize=(7.2, 6.4))
for ax, picture, name in zip(axes.flat, acts, names, strict=True):
    panel(ax, picture, name)
best = theory.optimal_discriminator(p_data, density(acts[1][0]))[near]
twin = axes[0, 1].child_axes_d
twin.plot(x[near], best, "--", color=plots.ACCENT, lw=2, label=r"$D^*$ by formula")
curves = [*axes[0, 1].lines[:2], twin.lines[0], twin.lines[-1]]
figure.legend(loc="outside lower center", ncols=4, handles=curves)
plt.show()

# %% [markdown]
# Read each panel from the bottom. The lowest line holds some values of z. They are spread as the noise is: close
# together in the middle. Each thin line leads from a z up to its x = G(z). Where the lines crowd at the top, the
# green density is high.
#
# * **(a)** Green resembles the data, but its hills are too low and its tails too wide. D is only partly
#   accurate: its curve is nearly flat. (Our pair is not very near yet. Its JSD is 0.04; the test below will ask
#   for less than 0.02.)
# * **(b)** Given time, D comes close to the curve of lesson 02 (dashed: D\* by formula). D is high where green is too low, and
#   low where green is too high.
# * **(c)** G does not know where the data is. It climbs D, so its samples leave the places where D is low, and
#   crowd where D is high. After eight steps the two green heaps are sharper than the data's hills. The JSD has
#   not fallen: here it is even a little higher (the cell above printed it before and after G's turn). D's opinion is now out of date. This
#   is why D moves before each step of G.
# * **(d)** The end. Green follows the dotted line closely, and D is nearly flat: close to ½ wherever the data is.
#
# Here is the whole game of panel (d) as a film. It stays on its last picture for two seconds, then it begins
# again.

# %%
times = [*moments, ITERATIONS]
plots.film(lambda i, ax: panel(ax, film[i], f"iteration {times[i]}", top=1.3), len(film))

# %% [markdown]
# The pair overshoots: at iteration 100 the two green heaps are much higher and narrower than the data's hills.
# Then the swings become smaller, and at the end green follows the dotted line. The next figure shows the JSD of
# each picture of the film. (The gray square, panel a, lies off the line, because the film has no picture of iteration
# 60. The line leads straight from the picture at iteration 50 to the picture at iteration 63. The game does not move so evenly: most of this fall comes after iteration 60.)

# %%
figure, ax = plt.subplots(figsize=(7.2, 3))
ax.plot(times, [jsd(made) for made, _ in film], "-o", ms=4, color=plots.ACCENT)
ax.plot(60, jsd(acts[0][0]), "s", ms=8, color=plots.MUTED, label="panel (a) of figure 1")
ax.set(yscale="log", xlabel="iteration", ylabel="JSD to the data, in nats")
ax.set_title("The game overshoots, and then settles")
ax.legend()
plt.show()

# %% [markdown]
# ## Has it arrived?
#
# At equilibrium the theory of lesson 02 expects a JSD of 0, and D = ½ on the data's *support*, which means
# wherever p_data is above 0. D's loss is then 2·log 2, and G's loss is log 2. A finite network on minibatches
# comes near these values, but does not reach them exactly. How near is near enough? A test is good only if it
# *refuses what is wrong*. So we also test two impostors (wrong densities that look right in some way), each with
# the best possible D:
#
# * **one bell** with exactly the mean and the variance of the data, but one hill instead of two;
# * **a shift**: the right two hills, each 0.6 too far to the right, which is one standard deviation of a hill.
#
# **Predict before you run:** the largest possible JSD is log 2. The one bell has one hill where the data has two. What
# is its JSD, as a percentage of log 2?

# %%
# Your prediction, in percent:
prediction = None

# %%
variance = 1.2**2 + 0.6**2  # of the hills' positions, and of each hill
impostors = {
    "one bell": theory.gaussian(x, 0, np.sqrt(variance)),
    "a shift by 0.6": theory.gaussian_mixture(x, means=(-0.6, 1.8), stds=(0.6, 0.6)),
}
distance = {name: theory.jensen_shannon(p_data, p, x) for name, p in impostors.items()}
with answer(prediction):
    claim(
        "one bell: JSD in percent of log 2",
        100 * distance["one bell"] / np.log(2),
        near=6.66,
        within=0.01,
    )
    claim("one bell: JSD", distance["one bell"], near=0.0462, within=1e-4, unit="nats")
    claim("a shift by 0.6: JSD", distance["a shift by 0.6"], near=0.0781, within=1e-4, unit="nats")

# %% [markdown]
# The numbers are small, because the densities overlap nearly everywhere. A bound of 0.1 would let both impostors pass!
# So our bound is 0.02. D may be up to 0.1 away from ½. We ask this only where p_data is above 0.05: elsewhere examples are rare. Each loss may be up to 0.05 nats away from its value at equilibrium.

# %%
support = p_data > 0.05
ours = density(film[-1][0])
last_d, last_g = healthy_losses[-100:].mean(axis=0)
claim("JSD at the start", jsd(film[0][0]), near=0.195, within=0.001, unit="nats")
claim("JSD at the end", jsd(film[-1][0]), below=0.02, unit="nats")
claim(
    "largest distance of D from ½ where p_data > 0.05",
    np.abs(film[-1][1] - 0.5)[support].max(),
    below=0.1,
)
claim("distance of D's loss from 2·log 2", abs(last_d - 2 * np.log(2)), below=0.05, unit="nats")
claim("distance of G's loss from log 2", abs(last_g - np.log(2)), below=0.05, unit="nats")
for name, p in impostors.items():
    best = theory.optimal_discriminator(p_data, p)
    claim(f"{name}: largest distance of D* from ½", np.abs(best - 0.5)[support].max())
    claim(f"{name}: distance of D's loss from 2·log 2", 2 * distance[name], unit="nats")

# %%
figure, axes = plt.subplots(1, 3, figsize=(7.2, 2.9), sharey=True)
titles = ("ours: passes", "one bell: refused", "a shift: refused")
for ax, p, title in zip(axes, (ours, *impostors.values()), titles, strict=True):
    plots.densities(x, p_data, p, ax=ax)
    ax.set(title=title, xlim=(-4, 4), ylim=(0, 0.5), ylabel="")
axes[0].set_ylabel("density")
axes[1].legend(fontsize=10, loc="upper left")
plt.show()

# %% [markdown]
# Our game passes every test, and we needed no formula for p_model. We did need the formula of p_data: for the JSD, and to know where to ask for D = ½. For pictures there is no such formula, so lesson 07 measures with samples alone. (This is one game with one seed. The section on k measures the JSD for other seeds, in shorter games.) Both impostors fail
# every test that is printed for them: the JSD is above 0.02, D\* is more than 0.1 away from ½, and D's loss is
# more than 0.05 away from 2·log 2.
#
# ### Exercise 2: what the losses should be (ten minutes)
#
# For the impostors, the code above takes *twice the JSD* as the distance of D's loss from 2·log 2. Where does
# this come from? Suppose G stopped somewhere on the way and D were perfect. Which losses would the players
# show? Write them for two densities on a grid `x`: first D's loss, then the non-saturating one of G. Both
# densities are positive.


# %%
def losses_at_best(p_data, p_model, x):
    return ...  # two numbers: D's loss, G's loss


check.losses_at_best(losses_at_best)
# check.losses_at_best.hint()
# check.losses_at_best.solution()

# %% [markdown]
# ## Why should it arrive?
#
# The paper's **proposition 2** promises it. Suppose that G and D have enough capacity (they can represent every
# function that is needed), that in each iteration D reaches its optimum D\* for the current G, and that p_model
# is then updated so as to improve V(D\*, G). Then p_model converges to p_data. (In the proof, "improve" means a
# sufficiently small step of gradient descent. It is not enough that every step improves something: the improvements could become smaller and smaller, so that p_model never comes near p_data.)
#
# <details><summary>The idea of the proof</summary>
#
# For a fixed D, the value V = ∫ (p_data log D + p_model log(1 − D)) dx is a constant plus a *linear* function
# of p_model. The criterion C(p_model) = max over D of V is a maximum of such functions, so it is convex: a
# bowl. Theorem 1 says that the bowl has one lowest point, p_model = p_data (lesson 02). And the slope of V at
# D = D\*, with D held fixed, is a slope of the bowl itself (the derivative of a maximum is the derivative of
# the function that attains it). So if the k steps of D reach D\*, one *small* step of p_model after them is a step
# of gradient descent into a bowl. (Goodfellow et al. 2014, section 4.2.)
#
# **Our step.** The slope at x is log(1 − D\*(x)). A density must stay positive with integral 1, so we step by
# multiplication (this is called exponentiated gradient descent; our step size is 1). The new density is
# proportional to p_model · exp(−slope) = p_model / (1 − D\*). Since 1 − D\* = p_model / (p_data + p_model),
# this is p_data + p_model, and after division by its integral **(p_data + p_model) / 2**. Each step halves
# the difference to the data, so the convergence is certain.
#
# </details>
#
# Look at the words "p_model is updated": the *density* itself moves freely at every x. This is called training
# in *function space*. We can play that game, without any network. One step of gradient descent, in a form that
# keeps p_model a density (derived above, folded), replaces p_model by the mean of p_model and p_data.

# %%
p = theory.gaussian(x, -1.5, 1)  # the bell where our G starts
for step in range(9):
    if step % 2 == 0:
        claim(
            f"JSD after {step} steps in function space",
            theory.jensen_shannon(p_data, p, x),
            unit="nats",
        )
    best = theory.optimal_discriminator(p_data, p)  # D is perfect
    p = p / (1 - best)  # p · exp(−slope), where the slope is log(1 − D*)
    p = p / np.trapezoid(p, x)

# %% [markdown]
# The JSD only falls: nothing circles here. But we do not move densities, we move *weights*, and in the
# weights there is no bowl. Here is a simple proof. Take our trained G, and flip the sign of every unit in its
# second hidden layer: all weights and biases into the layer, and all weights out of it. Since tanh(−a) =
# −tanh(a), the two flips cancel. The result, G's *twin*, has other weights but computes exactly the same samples.
# In a bowl, the point halfway between two equally low points is never higher than they are.
#
# **Predict before you run:** what is the JSD of the generator whose weights are halfway between G and its twin, as a
# percentage of that of the untrained G?

# %%
# Your prediction, in percent:
prediction = None

# %%
w = [weight.numpy() for weight in healthy.G.weights]
flipped = [w[0], w[1], -w[2], -w[3], -w[4], w[5]]
between, path = make_generator(), np.linspace(0, 1, 21)
samples = []
for share in path:
    between.set_weights([(1 - share) * a + share * b for a, b in zip(w, flipped, strict=True)])
    samples.append(between(spread).numpy()[:, 0])
hill = [jsd(made) for made in samples]
with answer(prediction):
    claim("JSD of the twin", hill[-1], below=0.02, unit="nats")
    claim("JSD halfway, in percent of the JSD at the start", 100 * hill[10] / jsd(film[0][0]), above=25)

# %%
figure, (left, right) = plt.subplots(1, 2, figsize=(7.2, 3.3), width_ratios=(3, 2))
left.axhline(jsd(film[0][0]), color=plots.MUTED, ls=":", label="the untrained G")
left.plot(path, hill, "-o", ms=4, color=plots.ACCENT, label="weights on the way")
left.set(xlabel="way from G's weights (0) to the twin's (1)", ylabel="JSD in nats", ylim=(0, 0.25))
left.set_title("A hill between two equal generators")
left.legend(loc="lower center")
plots.densities(x, p_data, density(samples[10]), ax=right)
right.set(title="Halfway: one bell", xlim=(-4, 4), ylim=(0, 0.55))
right.legend(loc="upper right", fontsize=10)
plt.show()

# %% [markdown]
# There is a hill between two equally low points, so the criterion is not convex in the weights. Halfway, all
# flipped weights are 0. Of the whole network only the last bias still has an effect. So G can only shift its noise: one bell again (right panel). Without convexity the proof of proposition 2 does not work, and three more of its conditions
# fail. Two of them fail in every real training: G's densities are only those that its network can make, and k
# steps do not bring D to D\*. The third fails in ours, as in most: we descend −log D instead of V. The paper
# itself says (end of section 4.2) that a network makes only a limited family of densities, and that weights are
# trained in place of densities. It then relies on experience. That is why this lesson *tests* whether a game
# has arrived.
#
# ## How large should k be?
#
# "We used k = 1, the least expensive option." An iteration with k = 5 costs six gradient steps instead of two. So there
# are two fair questions:
#
# * **equal gradient steps** (about the same cost): 600 iterations with k = 1 against 200 with k = 5, 1,200 gradient steps
#   each;
# * **equal G steps**: 200 iterations each, where k = 5 is allowed to cost three times as much.
#
# **Predict before you run:** we train three seeds with each k, and take the average JSD over the second half of
# the training. At *equal gradient steps*, what is the average with k = 5, in percent of the average with k = 1?

# %%
# Your prediction, in percent:
prediction = None

# %% [markdown]
# Each seed is a game with fresh players. `restart` copies them into the players of the first game. TensorFlow has
# made the graphs of that game already, so this saves time. It changes no number.


# %%
def variables(game):
    optimizers = (*game.d_optimizer.variables, *game.g_optimizer.variables)
    return (*game.G.weights, *game.D.weights, *optimizers, game.seeds.state)


def restart(game, fresh):
    for old, new in zip(variables(game), variables(fresh), strict=True):
        old.assign(new)
    game.rng = fresh.rng


# %%
def courses(k, iterations, seeds, **settings):
    """The JSD at 21 moments of a game, for each seed."""
    at, rows = range(0, iterations, iterations // 20), []
    game = new_game(0, iterations, k, **settings)
    for seed in seeds:
        restart(game, new_game(seed, iterations, k, **settings))
        rows.append([jsd(made) for made, _ in play(game, iterations, k, look, at)[1]])
    return np.array(rows)


contests = {(k, n): courses(k, n, range(3)) for k, n in ((1, 600), (5, 200))}
late = {contest: rows[:, 10:].mean() for contest, rows in contests.items()}
with answer(prediction):
    claim(
        "equal gradient steps: k = 5, in percent of k = 1", 100 * late[5, 200] / late[1, 600], below=85
    )
    claim("the average JSD with k = 1", late[1, 600], below=0.03, unit="nats")
    claim("the average JSD with k = 5", late[5, 200], below=0.02, unit="nats")

# %% [markdown]
# And at equal G steps?

# %%
contests[1, 200] = courses(1, 200, range(3))
late[1, 200] = contests[1, 200][:, 10:].mean()
claim("the average JSD with k = 1 and 200 G steps", late[1, 200], above=0.03, unit="nats")
claim("equal G steps: k = 5, in percent of k = 1", 100 * late[5, 200] / late[1, 200], below=60)

# %%
figure, axes = plt.subplots(1, 2, figsize=(7.2, 3.7), sharey=True)
for ax, n, end, axis in zip(
    axes, (600, 200), (1200, 200), ("gradient steps of D and G", "steps of G"), strict=True
):
    for (k, m), color, style in (((1, n), plots.MUTED, "--"), ((5, 200), plots.ACCENT, "-")):
        rows, steps = contests[k, m], np.linspace(0, end, 21)
        ax.fill_between(steps, rows.min(axis=0), rows.max(axis=0), color=color, alpha=0.2, lw=0)
        ax.plot(steps, np.median(rows, axis=0), style, color=color, label=f"k = {k}")
    ax.set(yscale="log", xlabel=axis)
axes[0].set(ylabel="JSD to the data, in nats", title="Same cost: k = 5 ends nearer")
axes[1].set_title("Same G steps: k = 5 is far nearer")
for ax in axes:
    ax.legend()
plt.show()

# %% [markdown]
# Lines are medians of three seeds, and bands go from the best to the worst seed. With k = 1 the pair overshoots: in the left panel the median JSD falls, rises again, falls a second time, and then stays low. A likely reason: D lags behind G. With
# k = 5, D has more steps to come near D\* before each step of G. Per step of G that is worth a lot: in the
# right panel the bands are far apart at the end. There k = 1 ends far from the data. A likely reason: in only
# 200 iterations, its learning rates fade to zero before the pair has come back from its swing. At the same cost (left) the median with k = 5 ends lower, too.
# But the bands still overlap at the end, so three seeds do not settle it.
#
# Do not take this for a law. Here is the same contest at equal gradient steps, with a sixth of both learning rates.

# %%
slower = {"d_rate": 0.0005, "g_rate": 0.0005}
crawl = {k: courses(k, n, (0, 1), **slower)[:, 10:].mean() for k, n in ((1, 600), (5, 200))}
claim("average JSD with k = 1, learning rate 0.0005", crawl[1], below=0.03, unit="nats")
claim("average JSD with k = 5, learning rate 0.0005", crawl[5], above=0.02, unit="nats")
claim("k = 5 as a multiple of k = 1", crawl[5] / crawl[1], above=2)

# %% [markdown]
# Now k = 5 loses clearly (two seeds each). Compare its average with the JSD at the start, 0.195: with k = 5, in the second half of the training, G is on average only a little nearer to the data than at the start. A likely reason: with small steps D keeps up already with k = 1,
# and then it matters most how many steps *G* gets. So k and the learning rate belong together. Many image
# GANs use k = 1; the Wasserstein GANs of lesson 08 were published with 5. Turn both knobs yourself: here is
# the still picture, and the cell below it has the sliders (it needs a running kernel, and takes a few seconds
# after each move).


# %%
from functools import cache


@cache  # so that the same game is not played twice
def one_game(k, rate):
    iterations = 1200 // (k + 1)
    return play(new_game(0, iterations, k, d_rate=rate, g_rate=rate), iterations, k, look)


# %%
def draw(k=1, log10_rate=-2.5):
    rate = 10**log10_rate
    losses, taken = one_game(k, rate)
    left, right = plt.subplots(1, 2, figsize=(7.2, 3))[1]
    plots.densities(x, p_data, density(taken[0][0]), ax=left)
    left.set(xlim=(-4, 4), title=f"k = {k}, rate {rate:.4f}: JSD {jsd(taken[0][0]):.3f}")
    right.plot(losses[:, 0], color=plots.DISCRIMINATOR, lw=1, label="D's loss")
    right.plot(losses[:, 1], "--", color=plots.GENERATED, lw=1, label="G's loss")
    right.set(ylim=(0, 3), xlabel="iteration", title=f"{len(losses)} iterations")
    left.legend(loc="upper left", fontsize=9)
    right.legend(loc="upper right")
    plt.show()


draw()

# %% tags=["interactive", "nbval-ignore-output"]
from ipywidgets import interact

_ = interact(draw, k=(1, 9, 1), log10_rate=(-4.0, -1.0, 0.25))

# %% [markdown]
# ## Four runs, one is healthy
#
# Here are the loss curves of four games on the same data. One of them is the game that you have just seen
# arrive. In each of the other three, one thing was spoiled, and the seed is another one. The numbers 1 to 4 are
# in random order, so that they do not give the answer away (do not read the code of the next cells too
# closely). In all four panels D's loss is blue and G's is green and dashed.
#
# **Predict before you open the answer:** which one is healthy? Look at the curves as you would at your own.

# %%
runs = [(healthy_losses, film[-1])]
changes = ({"d_hidden": ()}, {"seed": 2, "d_rate": 0.3, "g_rate": 0.3}, {"g_rate": 0.00001})
for change in changes:
    game = new_game(**{"seed": 1, **change})
    runs.append((play(game)[0], look(game)))
dealt = np.random.default_rng(22).permutation(4)
four = {name: runs[number] for name, number in zip("1234", dealt, strict=True)}

# %%
figure, axes = plt.subplots(2, 2, figsize=(7.2, 5), sharex=True, sharey=True)
for ax, (name, (losses, _)) in zip(axes.flat, four.items(), strict=True):
    for level in (np.log(2), 2 * np.log(2)):
        ax.axhline(level, color=plots.MUTED, ls=":", lw=1.5)
    ax.plot(losses[:, 0], color=plots.DISCRIMINATOR, lw=1, label="D's loss")
    ax.plot(losses[:, 1], "--", color=plots.GENERATED, lw=1, label="G's loss")
    ax.set(title=f"Run {name}", ylim=(0, 2.2))
for name, level in (("log 2", np.log(2)), ("2·log 2", 2 * np.log(2))):
    axes[1, 1].annotate(name, (1.01, level), xycoords=("axes fraction", "data"), va="center")
figure.supxlabel("iteration", fontsize=11)
figure.supylabel("loss in nats", fontsize=11)
axes[0, 1].legend(loc="upper right")
plt.show()

# %% [markdown]
# Three of the four end on the dotted lines, log 2 and 2·log 2, the very numbers of equilibrium.

# %%
# Your prediction, one of 1, 2, 3, 4:
prediction = None

# %%
with answer(prediction):
    for (name, (losses, (made, _))), number in zip(four.items(), dealt, strict=True):
        ends = np.abs(losses[-100:].mean(axis=0) - np.log([4, 2])).max()
        sleeps = {"above": 0.3} if number == 3 else {"below": 0.15}
        good = {"below": 0.02} if number == 0 else {"above": 0.03}
        claim(f"run {name}: how far the losses end from equilibrium", ends, **sleeps)
        claim(f"run {name}: JSD to the data", jsd(made), **good)

# %% [markdown]
# Have you made your choice? Then look at the samples.

# %%
figure, axes = plt.subplots(2, 2, figsize=(7.2, 5), sharex=True, sharey=True)
facts = ("1: D sees only the mean", "2: a learning rate of 0.3", "3: healthy", "4: G is too slow")
for ax, (_, (made, _)), fact in zip(axes.flat, four.values(), facts, strict=True):
    plots.densities(x, p_data, density(made), ax=ax)
    ax.set(title=fact, xlim=(-4, 4), ylim=(0, 1.1), xlabel="", ylabel="")
figure.supxlabel("x", fontsize=11)
figure.supylabel("density", fontsize=11)
axes[1, 0].legend(loc="upper right")
plt.show()

# %% [markdown]
# * **Run 1** is the dangerous one. Its discriminator has no hidden layer, so it can only say "more to the
#   left" or "more to the right". When the means of both kinds agree, the best that it can do is to answer ½ everywhere. The losses are calm and end at the right numbers, and the samples are far from the data.
# * **Run 2** had learning rates a hundred times as large as ours. After a few explosions, above the edge of the
#   picture, its discriminator is *dead*: it answers ½ wherever samples are, and it does so to the end. (The
#   likely reason: one huge step has made all its ReLU units give 0 there. A ReLU that always gives 0 has no
#   gradient, so it cannot come back. Then only the last bias can still learn, so D gives the same answer for every such x.
#   With equally many real and generated samples, the best such answer is ½.) The losses are once more those of equilibrium.
# * **Run 3** is healthy.
# * **Run 4** has a discriminator that learns and a generator that cannot follow. The discriminator's loss
#   stays below its dotted line, and the generator's above its own. This is the only run whose losses show at the
#   end that something is wrong.
#
# So losses can show that something is *wrong*: one player runs away from the other, or the losses explode. They cannot show that all is
# *right*. "D says ½" can have several reasons: a perfect G, a useless D, or a D that has not yet reacted. (At iteration 100 of the film D is nearly flat, close to ½, and the green heaps are still far from the dotted line.) Always look at samples; lesson 07 measures them.
#
# ## The same with `fit`
#
# Our loop is short. But it has no progress bar and no saving, and it runs on only one backend and one device. Keras' `fit` offers more on each of these points, and a compiled model with a `train_step` of its own can use `fit`. `gan_course.gan.GAN` has one, and
# it is algorithm 1: `compile` takes both optimizers and k (there called `d_steps`), and `fit` takes the
# examples.
#
# Is it really the same? We play two [epochs](glossary.md#epoch) of ten iterations, with plain SGD: from the same
# weights, on the same examples in the same order, with the same seed for the noise. Then we compare all weights.

# %%
from gan_course.gan import GAN

fitted, ours = new_game(seed=5), new_game(seed=5)
gan = GAN(fitted.G, fitted.D, seed=5)
gan.compile(keras.optimizers.SGD(0.1), keras.optimizers.SGD(0.1), d_steps=1)
history = gan.fit(real[:2560], batch_size=256, epochs=2, shuffle=False, verbose=0)

ours.d_optimizer, ours.g_optimizer = keras.optimizers.SGD(0.1), keras.optimizers.SGD(0.1)
ours.d_optimizer.build(ours.D.trainable_variables)
ours.g_optimizer.build(ours.G.trainable_variables)
batches = iter([*real[:2560].reshape(10, 256, 1)] * 2)
our_losses, _ = play(ours, 20, draw=lambda game: next(batches))
pairs = zip(fitted.G.weights + fitted.D.weights, ours.G.weights + ours.D.weights, strict=True)
gap = max(np.abs(a.numpy() - b.numpy()).max() for a, b in pairs)
claim("largest difference of any weight after 20 iterations", gap, below=1e-5)

# %% [markdown]
# The weights are the same. (On another machine they may differ by rounding.) One thing differs: our loop kept a loss for every iteration,
# and `history` keeps one for every epoch, the mean over its steps. An explosion that lasts two steps is easily
# missed in such a mean. (And with `d_steps=5` the GAN *splits* a batch between the five steps of D; our k = 5 with
# 256 examples per step needs `batch_size=1280`.)
#
# A **callback** is an object that Keras calls at set times. `Snapshots` of the package looks at the GAN after a
# set number of steps, here 200, and once before the first step. It keeps what it sees, as `play` did with our `look`. So the whole game with `fit` is this:

# %%
from gan_course.callbacks import Snapshots

means = our_losses.reshape(2, 10, 2).mean(axis=1)
kept = np.transpose([history.history["d_loss"], history.history["g_loss"]])
claim("largest difference of our epochs' means and `history`", np.abs(means - kept).max(), below=1e-5)

game = new_game(seed=4)
gan = GAN(game.G, game.D, seed=4)
gan.compile(game.d_optimizer, game.g_optimizer)
snapshots = Snapshots(lambda gan: gan.generator(spread).numpy()[:, 0], every=200)
gan.fit(real, batch_size=256, epochs=10, callbacks=[snapshots], verbose=0)
for step in (0, -1):
    bound = {"above": 0.15} if step == 0 else {"below": 0.02}
    claim(f"JSD after {snapshots.steps[step]:,} steps of fit", jsd(snapshots.taken[step]), **bound)

# %% [markdown]
# ## What it costs
#
# `fit` does more than our loop, so it may cost more. We compare three ways: our loop, `fit`, and the classic recipe
# of lesson 03 with the combined model. The classic recipe calls Keras four times per round: `predict` for the fakes, as in the
# published file, `train_on_batch` on real and on fake samples, and the combined model's `train_on_batch`. The
# arithmetic of all three is nearly the same. (The classic takes two small steps of D where we take one.)
#
# We measure CPU time, the work of all cores together, so that other programs on the machine do not count.
#
# **Predict before you run:** how many times as much CPU time does a round of the classic recipe take as a round
# of our loop?

# %%
# Your prediction, a factor:
prediction = None

# %%
import time

from gan_course.gan import build_combined, frozen

ones = np.ones((256, 1), "float32")
classic = new_game(seed=0)
classic.D.compile(keras.optimizers.Adam(0.003), keras.losses.BinaryCrossentropy(from_logits=True))
combined = build_combined(classic.G, classic.D)


# %%
def by_predict(z):
    return classic.G.predict(z, batch_size=256, verbose=0)


def classic_round(predict):
    fake = predict(classic.noise())
    classic.D.train_on_batch(real[:256], ones)
    classic.D.train_on_batch(fake, 0 * ones)
    with frozen(classic.D):
        combined.train_on_batch(classic.noise(), ones)


# %%
def milliseconds(run, rounds):
    """CPU time of a round: the best of two measurements, after one that does not count (it builds the graphs)."""
    seconds = []
    for _ in range(3):
        start = time.process_time()
        run(rounds)
        seconds.append(time.process_time() - start)
    return 1000 * min(seconds[1:]) / rounds


# %%
loop_time = milliseconds(lambda n: play(healthy, n), 50)
classic_time, quick_time = (
    milliseconds(lambda n, way=way: [classic_round(way) for _ in range(n)], 5)
    for way in (by_predict, classic.G.predict_on_batch)
)
with answer(prediction):
    claim("a round of the classic recipe, in rounds of our loop", classic_time / loop_time, above=5)
    share = 100 * quick_time / classic_time
    claim("with `predict_on_batch`, of the time of the classic recipe", share, below=60, unit="%")

# %% [markdown]
# Most of that is `predict`. The second number shows it: with `predict_on_batch` in its place, only a small part of
# the time is left. `predict` is made for large inputs, and sets up a loop of its own at every call. If you write such a loop by hand, use `predict_on_batch`.
#
# And `fit` against our loop? We train for 1, 10 and 100 rounds in one call of `fit`. Then we let D grow, from
# hidden layers of 64 units to layers of 512 units. The columns "our loop" and "fit" give the CPU time per round.
# The last column shows how much more time a whole call of `fit` takes than the same number of rounds of our loop. A negative number means that `fit` takes less time.


# %% tags=["nbval-ignore-output"]
def loop_and_fit(width, counts):
    """CPU time of a round: of our loop, and of `fit` for each number of rounds per call."""
    loop, other = (new_game(seed=0, d_hidden=(width, width)) for _ in range(2))
    gan = GAN(other.G, other.D, seed=0)
    gan.compile(other.d_optimizer, other.g_optimizer)

    def fit(rounds):
        gan.fit(real[: rounds * 256], batch_size=256, verbose=0)

    by_loop = milliseconds(lambda n: play(loop, n), counts[-1])
    return [(count, by_loop, milliseconds(fit, count)) for count in counts]


# %% tags=["nbval-ignore-output"]
print("width of D   rounds per call   our loop        fit   fit / loop   price of the call")
for width, counts in ((64, (1, 10, 100)), (512, (1, 10))):
    for rounds, by_loop, by_fit in loop_and_fit(width, counts):
        row = f"{width:10}{rounds:18}{by_loop:8.1f} ms{by_fit:8.1f} ms{by_fit / by_loop:13.2f}"
        print(row, f"{rounds * (by_fit - by_loop):16.0f} ms")

# %% [markdown]
# Such measurements differ from run to run, so trust only large differences. Look at the calls of a single round
# first. There `fit` takes tens of milliseconds more than our loop, with the narrow D and with the wide one: it
# prepares the data, the callbacks and the history before the first step. It pays this price once per call,
# however many rounds the call has. After that, a round of `fit` costs less than a round of our loop, clearly so with the narrow D. A likely reason: `fit` runs a whole round as one graph, and our loop starts four (noise, D, noise, G). So the last column falls when a call has
# more rounds. In a call of a hundred rounds, even with our tiny networks, `fit` is as fast as the loop, or faster. With wide networks the arithmetic counts, and it is the same in both.
# So `fit` costs next to nothing as long as one call trains for many steps. Do not call it anew for every single
# step.
#
# ## Exercise 3: train your own, then break it (about twenty minutes)
#
# The check has data of its own: three hills of different heights. Write a function that takes real examples
# of shape (25,600, 1), trains a GAN on them, and returns at least 2,000 *new* samples. You may use everything
# above: `new_game` and `play` with a `draw` of your own, or `GAN` and `fit`. The check measures the JSD,
# wants less than 0.03, and recognizes impostors. Plain k = 1 with 1,000 iterations will probably not be
# enough. You know a setting that helps.
#
# **Then break it.** Change *one* thing until the losses end within 0.05 of the numbers of equilibrium, and the check
# refuses your samples all the same.


# %%
def train(examples):
    return ...  # a GAN of your own, and samples from it


check.train(train)
# check.train.hint()
# check.train.solution()

# %% [markdown]
# ## Exercise 4: make k = 5 lose (open)
#
# At equal gradient steps and learning rates of 0.003, k = 5 had the lower average JSD. At 0.0005 it had the higher one, and the section on k says by which factor. Here it is again, as the number to beat:

# %%
claim("number to beat: JSD with k = 5, as a multiple of that with k = 1", crawl[5] / crawl[1], above=2)

# %% [markdown]
# The rules: 600 iterations with k = 1 against 200 with k = 5, two seeds, the same settings for both, and the
# average over the second half: `courses(...)[:, 10:].mean()`. You may change both learning rates, D's size, the
# batch, the start of G, the data, and the loss of line 7. And k = 1 must come near the data, to a JSD below 0.03:
# to make k = 5 bad is easy, but k = 1 has to be good at the same time. Does k = 5 lose even at equal *G steps*, 200 each?
# Write down why your change should help, before you measure it.
#
# ## What can go wrong
#
# | you see | likely cause | test | remedy |
# |---|---|---|---|
# | losses at 2·log 2 and log 2, poor samples | D is blind or dead | the spread of D(x) over real and random x | a larger D, a smaller learning rate |
# | D's loss near 0, G's grows | D is far ahead of G | raise G's learning rate: does it change? | balance the rates, a smaller k |
# | explosions in the loss | learning rate too large | divide it by ten | keep it there |
# | samples good, then worse, then good | the players circle | JSD or samples over time | fading rates, k above 1, averages (lesson 06) |
# | D's loss is lower in training than on fresh samples | D sees the same minibatch again and again | count the draws | draw inside the inner loop, as in lines 3 and 4 |
# | every GAN passes your test | the bound is too wide | give the test an impostor | a bound below the impostors |
# | a smooth history over a wild run | means over epochs | losses of single steps | a callback |
#
# ## Summary in five lines
#
# 1. Algorithm 1: k steps of D, then one step of G. Every step gets fresh noise, and every step of D gets fresh examples, too.
# 2. At equilibrium p_model = p_data, D = ½ on the support, D's loss is 2·log 2 and G's log 2; a test of it must refuse
# impostors.
# 3. In the space of densities, against a perfect D, convergence is a theorem (proposition 2). In the space of weights there is no bowl, and this theorem promises nothing.
# 4. A larger k gives D more steps to come near D\*. At the same cost, the average JSD of k = 5 was lower with the larger learning rate, and much higher with the smaller one.
# 5. Losses can show that a run is sick, never that it is healthy: a blind or a dead D says ½, too.
#
# ## References
#
# * I. Goodfellow et al., [Generative adversarial nets](https://arxiv.org/abs/1406.2661), NIPS 2014: algorithm 1,
#   figure 1, proposition 2, and the change of G's loss in section 3.
# * L. Mescheder, A. Geiger, S. Nowozin, [Which training methods for GANs do actually
#   converge?](https://arxiv.org/abs/1801.04406), ICML 2018: why the players circle.
# * G. Gidel et al., [Negative momentum for improved game dynamics](https://arxiv.org/abs/1807.04740), AISTATS
#   2019: what momentum does in a game.
# * D. Kingma and J. Ba, [Adam: a method for stochastic optimization](https://arxiv.org/abs/1412.6980), ICLR 2015.
# * Keras, [Customizing what happens in `fit()` with
#   TensorFlow](https://keras.io/guides/custom_train_step_in_tensorflow/), and [Writing your own
#   callbacks](https://keras.io/guides/writing_your_own_callbacks/).
#
# **Next lesson:** [05 · GANs for images](05_gans_for_images.ipynb): the same algorithm, now it draws.
