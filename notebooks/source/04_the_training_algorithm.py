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
# **The one idea: k steps of D, one step of G, on fresh samples every time, until neither can improve. There
# D = ½, and whether you have got there is to be seen in the samples, not in the losses.**
#
# After this lesson you will be able to
#
# * read algorithm 1 of the first GAN paper line by line, and write it;
# * watch a GAN go from noise to equilibrium, and check that it has arrived;
# * say what k does, and what a loss curve can tell you and what it cannot;
# * hand the same training to Keras' `fit`, and say what you gain.
#
# It takes about 45 minutes to read; its cells run in about 60 seconds on two CPU cores. You should know what D*
# and the non-saturating loss are ([lesson 02](02_the_objective_function.ipynb)) and how the step with gradients
# works ([lesson 03](03_the_combined_model.ipynb)).

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
from gan_course.claims import claim

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
# Three things to notice. Noise is drawn twice in an iteration, in line 3 and again in line 6: G is not trained
# on the very samples that D has just been trained on. Line 5 *ascends* and line 7 *descends*; an optimizer only
# descends, so D's loss is the bracket with a minus. And line 7 has the saturating loss. As the paper itself
# advises, and as lesson 02 measured, we use −log D(G(z)) there.
#
# ### Exercise 1: the loop
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
# We play on the line, where everything can be seen. The data has two hills. The noise z is one normal number, and
# the generator a small network that moves each z to some x. The discriminator gives each x a raw score.

# %%
import keras
import tensorflow as tf
from keras.layers import Dense

HILLS = {"means": (-1.2, 1.2), "stds": (0.6, 0.6)}
real = data.gaussian_mixture_1d(25_600, **HILLS, seed=0)


def make_generator():
    hidden = [Dense(32, "tanh", kernel_initializer="he_normal") for _ in range(2)]
    return keras.Sequential([keras.Input((1,)), *hidden, Dense(1)])


def make_discriminator(hidden=(64, 64)):
    layers = [Dense(units, "relu") for units in hidden]
    return keras.Sequential([keras.Input((1,)), *layers, Dense(1)])


# %% [markdown]
# Here are lines 5 and 7, the two steps of lesson 03 once more. The line `@tf.function` lets TensorFlow turn each
# step into a graph at its first call, which makes all later calls several times faster; nothing else changes.


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
# "Any standard learning rule", says the paper. We take Adam, without momentum (β₁ = 0) and with a learning rate
# that fades to zero. Neither is in algorithm 1, so a word on each. Momentum keeps pushing the way the opponent
# *was*; in a game that adds swing. And two players in turns circle around the equilibrium, as in lesson 02;
# smaller and smaller steps let the circles die out.

# %%
from types import SimpleNamespace

ITERATIONS = 1500


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
    game.rng, state = np.random.default_rng(seed), keras.random.SeedGenerator(seed)
    game.noise = tf.function(lambda: keras.random.normal((256, 1), seed=state))
    return game


# %% [markdown]
# And this is the algorithm. The comments give the line of the paper that each line of Python stands for. `look`
# is ours: it is called before the iterations named in `at`, and after the last one, so that we can film.


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
# What shall we look at? D(x) is easy: ask D on a grid. The density p_model has no formula, but G turns noise into
# samples, so we push 1,000 evenly spread z through it and put a narrow bell on each sample. (A sample beyond ±5
# is counted at ±5.)

# %%
from statistics import NormalDist

x = np.linspace(-6, 6, 601)
p_data = theory.gaussian_mixture(x, **HILLS)
even = (np.arange(1000) + 0.5) / 1000
spread = np.array([[NormalDist().inv_cdf(u)] for u in even], "float32")  # normal quantiles


def density(made):
    return theory.gaussian(x[:, None], np.clip(made, -5, 5), 0.08).mean(axis=1)


def look(game):
    made = game.G(spread).numpy()[:, 0]
    return made, tf.sigmoid(game.D(x[:, None].astype("float32"))).numpy()[:, 0]


# %% [markdown]
# ## Figure 1, in slow motion
#
# The paper's only theory figure shows one iteration as if k were huge. We play it that way once. First a few
# ordinary iterations, (a). Then D alone, 400 steps, (b). Then G alone, two steps, (c). And (d) is the end of
# another run, which we play right after. So that there is something to see, we first push the untrained
# generator's samples a bit to the left.
#
# **Predict before you run:** D learns alone until it can do no better. What curve will it draw? And where will the
# samples move when G has its turn: to the data, or to something else?

# %%
slow = new_game(seed=4)
slow.G.layers[-1].bias.assign([-1.2])
acts = play(slow, 10, look=look)[1]
for _ in range(400):
    update_d(slow.G, slow.D, slow.d_optimizer, examples(slow), slow.noise())
acts.append(look(slow))
for _ in range(2):
    update_g(slow.G, slow.D, slow.g_optimizer, slow.noise())
acts.append(look(slow))

# %% [markdown]
# And the whole game, as printed, k = 1: 1,500 iterations. We keep the losses, and a film, its
# pictures close together at first.

# %%
moments = sorted({0, *np.geomspace(1, ITERATIONS - 1, 18).astype(int)})
healthy = new_game(seed=4)
healthy_losses, film = play(healthy, look=look, at=moments)
acts.append(film[-1])
print(f"{len(healthy_losses)} iterations played, {len(film)} pictures taken")

# %%
near = np.abs(x) <= 4


def panel(ax, picture, title):
    made, d = picture
    curves = (values[near] for values in (x, p_data, density(made), d))
    plots.game(*curves, spread[20::40, 0], made[20::40], ax=ax).set_title(title, fontsize=11)


# %%
names = ("(a) a young GAN", "(b) D alone finds D*", "(c) G alone climbs D", "(d) the end")
figure, axes = plt.subplots(1, 4, figsize=(12.5, 3.6))
for ax, picture, name in zip(axes, acts, names, strict=True):
    panel(ax, picture, name)
best = theory.optimal_discriminator(p_data, density(acts[1][0]))[near]
twins = [ax.child_axes_d for ax in axes]
twins[1].plot(x[near], best, "--", color=plots.ACCENT, lw=1.5, label=r"$D^*$ by formula")
for twin in twins[:3]:
    twin.set(ylabel="", yticks=[])
curves = [*axes[1].lines[:2], twins[1].lines[0], twins[1].lines[-1]]
figure.legend(loc="outside lower center", ncols=4, handles=curves)
plt.show()

# %% [markdown]
# Read each panel from the bottom: evenly spread z go up along the lines to their x, and where lines crowd, the
# green density is high.
#
# * **(a)** G makes two heaps in the wrong places, and D has an opinion, a vague one.
# * **(b)** Given time, D draws the curve of lesson 02 (dashed: D* by formula). Far on the right no sample of
#   either kind is ever seen, and D may say what it likes there.
# * **(c)** G does not know where the data is. It climbs D: its samples have left the places where D was low and
#   crowd where D is high. Two steps, and D's opinion is out of date. That is why k steps of D come before each step
#   of G.
# * **(d)** The end. Green follows the dotted line, and D is flat: ½, for every x that occurs.
#
# And here is the whole second game as a film. It begins again after two seconds on its last picture.

# %%
times = [*moments, ITERATIONS]
plots.film(lambda i, ax: panel(ax, film[i], f"iteration {times[i]}"), len(film))

# %% [markdown]
# ## Has it arrived?
#
# The theory of lesson 02 says what to expect at equilibrium: JSD 0, D = ½ on the data's support, and losses of
# 2·log 2 and log 2. A finite network on minibatches will be near, not there. We allow a JSD of 0.1 (the first
# picture of the film has more than twice that), a D that is off by 0.1 where the data has a density above 0.05,
# and losses that are off by 0.05 on average over the last 100 iterations.

# %%
made, d = film[-1]
divergences = [theory.jensen_shannon(p_data, density(made), x) for made, _ in film]
last_d, last_g = healthy_losses[-100:].mean(axis=0)
off = np.abs(d - 0.5)[p_data > 0.05].max()
claim("JSD at the start", divergences[0], above=0.2, unit="nats")
claim("JSD at the end", divergences[-1], below=0.1, unit="nats")
claim("largest distance of D from ½ on the data's support", off, below=0.1)
print(f"2·log 2 = {2 * np.log(2):.3f}, log 2 = {np.log(2):.3f}")
claim("D's loss", last_d, above=1.336, below=1.436, unit="nats")
claim("G's loss", last_g, above=0.643, below=0.743, unit="nats")

# %% [markdown]
# It has arrived, with no formula for p_model, from samples and a classifier.
#
# ### Exercise 2: what the losses should be
#
# Suppose G stopped somewhere on the way and D were perfect. Which losses would the players show? Write them for
# two densities on a grid `x`: first D's, then the non-saturating one of G. Both densities are positive.


# %%
def losses_at_best(p_data, p_model, x):
    return ...  # two numbers: D's loss, G's loss


check.losses_at_best(losses_at_best)
# check.losses_at_best.hint()
# check.losses_at_best.solution()

# %% [markdown]
# ## How large should k be?
#
# "We used k = 1, the least expensive option." An iteration with k = 5 costs six gradient steps instead of two.
# To be fair, both get the same number of steps in all.
#
# ### Exercise 3: a fair number of iterations
#
# Given a budget of gradient steps, of both players together: how many iterations may you play with k?


# %%
def fair_iterations(steps, k):
    return ...  # your line here


check.fair_iterations(fair_iterations)
# check.fair_iterations.hint()
# check.fair_iterations.solution()

# %% [markdown]
# **Predict before you run:** 3,000 gradient steps: 1,500 iterations with k = 1, or 500 with k = 5, where G gets
# only a third of the steps. Which is nearer to the data in the second half of its training? We play two games of
# each.

# %%
curves = {1: [], 5: []}
for k in curves:
    iterations = 3000 // (k + 1)
    at = range(0, iterations, iterations // 25)
    for seed in (0, 1):
        game = new_game(seed, iterations, k)
        taken = play(game, iterations, k, look, at)[1]
        curves[k].append([theory.jensen_shannon(p_data, density(made), x) for made, _ in taken])

# %%
figure, ax = plt.subplots()
for (k, runs), color, style in zip(
    curves.items(), (plots.ACCENT, plots.DISCRIMINATOR), ("-", "--"), strict=True
):
    ax.plot(np.linspace(0, 3000, 26), np.transpose(runs), color=color, ls=style, lw=1.5)
    ax.plot([], [], color=color, ls=style, label=f"k = {k}, two games")
ax.set(yscale="log", xlabel="gradient steps of D and G together", ylabel="JSD to the data, in nats")
ax.set_title("A sharper D keeps G from circling")
ax.legend()
plt.show()
averages = {k: np.mean([run[13:] for run in runs]) for k, runs in curves.items()}
claim(
    "JSD with k = 5, as a share of that with k = 1, second half", averages[5] / averages[1], below=0.7
)

# %% tags=["nbval-ignore-output"]
print(f"average JSD in the second half: k = 1 {averages[1]:.4f}, k = 5 {averages[5]:.4f}")

# %% [markdown]
# With k = 1, D limps behind and the pair circles (the wobble of the solid lines). With k = 5, D is near D* at
# every step of G, and the fewer steps go straighter. So *here* the paper's choice is not the best for the money.
# Do not take that for a law. A D that is always near perfect can leave G without directions (lesson 02), or let it
# settle on one hill alone (lesson 06). Image GANs mostly live well with k = 1, some with 5: k is a
# hyperparameter, as the paper says.
#
# ## Four runs, one is healthy
#
# Here are the loss curves of four games on the same data. One of them is the game that
# you have just seen arrive; in the other three something was done to the players. The letters are dealt by lot, so
# that the code does not give it away.
#
# **Predict before you run the second cell:** which one is healthy? Look at the curves as you would at your own.

# %%
runs = [(healthy_losses, film[-1])]
for change in ({"d_hidden": ()}, {"d_rate": 0.3, "g_rate": 0.3}, {"g_rate": 0.00001}):
    game = new_game(seed=1, **change)
    runs.append((play(game)[0], look(game)))
dealt = np.random.default_rng(22).permutation(4)
four = {name: runs[number] for name, number in zip("ABCD", dealt, strict=True)}

# %%
figure, axes = plt.subplots(1, 4, figsize=(13, 3), sharey=True)
for ax, (name, (losses, _)) in zip(axes, four.items(), strict=True):
    ax.plot(losses[:, 0], color=plots.DISCRIMINATOR, lw=1, label="D's loss")
    ax.plot(losses[:, 1], color=plots.GENERATED, lw=1, label="G's loss")
    for level in (np.log(2), 2 * np.log(2)):
        ax.axhline(level, color=plots.MUTED, ls="--", lw=1)
    ax.set(xlabel="iteration", title=f"Run {name}", ylim=(0, 3))
axes[0].set_ylabel("loss in nats")
axes[0].legend(loc="upper right")
plt.show()

# %% [markdown]
# Three of the four end on the dashed lines, log 2 and 2·log 2, the very numbers of equilibrium. Have you made your
# choice? Now the samples.

# %%
figure, axes = plt.subplots(1, 4, figsize=(13, 2.8), sharey=True)
facts = (
    "A: a D that sees only the mean",
    "B: a learning rate of 0.3",
    "C: healthy",
    "D: a G that hardly moves",
)
for ax, (_, (made, _)), fact in zip(axes, four.values(), facts, strict=True):
    plots.densities(x, p_data, density(made), ax=ax)
    ax.set(title=fact, ylim=(0, 1.2), ylabel="")
axes[0].set_ylabel("density")
axes[0].legend(fontsize=9)
plt.show()

# %%
ends = {name: losses[-100:].mean(axis=0) - np.log([4, 2]) for name, (losses, _) in four.items()}
wrong = {name: theory.jensen_shannon(p_data, density(made), x) for name, (_, (made, _)) in four.items()}
for name in four:
    calm = {"above": 0.3} if name == "D" else {"below": 0.05}
    good = {"below": 0.1} if name == "C" else {"above": 0.1}
    claim(
        f"run {name}: how far the losses end from log 2 and 2·log 2", np.abs(ends[name]).max(), **calm
    )
    claim(f"run {name}: JSD", wrong[name], **good)

# %% tags=["nbval-ignore-output"]
for name, (losses, (_, d)) in four.items():
    d_loss, g_loss = losses[-100:].mean(axis=0)
    print(f"run {name}: D's loss {d_loss:.3f}, G's loss {g_loss:.3f}, JSD {wrong[name]:.3f}", end="")
    print(f", D's answers {d[near].min():.3f} to {d[near].max():.3f}, highest loss {losses.max():.1f}")

# %% [markdown]
# * **A** is the nasty one. Its D has no hidden layer, so it can only say "more to the left" or "more to the
#   right". As soon as both means agree, it is at a loss, and says ½ to everything. Flat, calm, perfect losses;
#   hopeless samples.
# * **B** took steps a hundred times too large. After a few explosions (above the edge of the picture) its D is as
#   good as dead. It answers ½ wherever the samples are: the numbers of equilibrium once more.
# * **C** is healthy. It gives itself away only by a small wobble at the start.
# * **D** has a D that learns and a G that cannot follow. D's loss stays low and G's high: D wins. This is the one
#   that losses do show.
#
# So losses can show that something is *wrong* (one player runs away, or they explode). They cannot show that all
# is *right*: "D says ½" has two reasons, a perfect G or a useless D. Look at samples, always; lesson 07 measures
# them.
#
# ## The same with `fit`
#
# Our loop is short; what it lacks is a progress bar, a history, callbacks, saving, other backends. Keras
# has all that in `fit`, and `fit` only asks a model for its `train_step`. `gan_course.gan.GAN` has one, and it is
# algorithm 1: `compile` takes both optimizers and k (there called `d_steps`), `fit` the examples.
#
# Is it really the same? We play ten iterations twice, two epochs, with plain SGD, from the same weights, on the
# same examples in the same order, with the same seed for the noise, and weigh.

# %%
from gan_course.gan import GAN

few = real[:2560]  # ten batches
fitted, ours = new_game(seed=5), new_game(seed=5)
gan = GAN(fitted.G, fitted.D, seed=5)
gan.compile(keras.optimizers.SGD(0.1), keras.optimizers.SGD(0.1))
history = gan.fit(few, batch_size=256, epochs=2, shuffle=False, verbose=0)

ours.d_optimizer, ours.g_optimizer = keras.optimizers.SGD(0.1), keras.optimizers.SGD(0.1)
ours.d_optimizer.build(ours.D.trainable_variables)
ours.g_optimizer.build(ours.G.trainable_variables)
batches = iter([*few.reshape(10, 256, 1)] * 2)
our_losses, _ = play(ours, 20, draw=lambda game: next(batches))

# %%
pairs = zip(
    [*gan.generator.get_weights(), *gan.discriminator.get_weights()],
    [*ours.G.get_weights(), *ours.D.get_weights()],
    strict=True,
)
gap = max(np.abs(a - b).max() for a, b in pairs)
claim("largest difference of any weight after 20 iterations", gap, below=1e-5)
print(
    f"losses of our loop: {our_losses.shape[0]} a player; of fit's history: {len(history.history['d_loss'])}"
)

# %% [markdown]
# The same weights. But where our loop returned a loss for every iteration, `history` has one for every epoch.
#
# ### Exercise 4: what history keeps
#
# It keeps the *mean over the steps of the epoch*. Write it: from the losses of all steps to those of the epochs.


# %%
def epoch_means(losses, steps_per_epoch):
    return ...  # your line here


check.epoch_means(epoch_means)
# check.epoch_means.hint()
# check.epoch_means.solution()

# %% [markdown]
# Here it is with our own losses against what `fit` kept:

# %%
kept = np.array([history.history["d_loss"], history.history["g_loss"]])
means = our_losses.reshape(2, 10, 2).mean(axis=1).T
claim("largest difference between our epochs' means and history", abs(kept - means).max(), below=1e-5)

# %% [markdown]
# Now the whole game with `fit`: 15 epochs of 100 steps, as many as our loop had. A **callback** is an object that
# Keras calls at set times; `Snapshots` from the package looks at the GAN every 100 steps, before the first and
# after the last, as our `look` did. It asks for the same noise each time (`seed=1`), so the pictures are of one
# thing growing.

# %% tags=["nbval-ignore-output"]
from gan_course.callbacks import Snapshots

game = new_game(seed=4)
gan = GAN(game.G, game.D, seed=4)
gan.compile(game.d_optimizer, game.g_optimizer, d_steps=1)
snapshots = Snapshots(lambda gan: gan.generate(2000, seed=1)[:, 0], every=100)
history = gan.fit(real, batch_size=256, epochs=15, callbacks=[snapshots], verbose=2)

# %%
fit_jsd = [theory.jensen_shannon(p_data, density(made), x) for made in snapshots.taken]
last = [history.history[name][-1] for name in ("d_loss", "g_loss")]
print(f"pictures taken at steps {snapshots.steps[0]}, {snapshots.steps[1]}, ..., {snapshots.steps[-1]}")
claim("JSD at the end", fit_jsd[-1], below=0.1, unit="nats")
off = np.abs(last - np.log([4, 2])).max()
claim("how far the losses end from log 2 and 2·log 2", off, below=0.05, unit="nats")

# %%
figure, axes = plt.subplots(1, 4, figsize=(13, 2.6), sharey=True)
for ax, number in zip(axes, (0, 1, 4, 15), strict=True):
    plots.densities(x, p_data, density(snapshots.taken[number]), ax=ax)
    ax.set(title=f"step {snapshots.steps[number]}", xlim=(-4, 4), ylim=(0, 1), ylabel="")
axes[0].set_ylabel("density")
axes[3].legend(fontsize=9)
plt.show()

# %% [markdown]
# The same equilibrium, in six lines and with a progress report. One thing to know: with `d_steps=5` the GAN
# *splits* a batch of real samples between five steps of D, and G takes its step on as many samples as each of
# these. To play our k = 5 with 256 examples a step, you would ask for a batch of 1,280.
#
# ## What the classic loop costs
#
# The combined model of lesson 03 plays the same game. A round of the classic recipe calls Keras four times:
# `predict` for the fakes, `train_on_batch` on real and on fake samples, and the combined model's. Each call packs
# up arrays, starts a graph, waits for it, and hands losses back to Python. `fit` runs the whole round in one
# compiled step.
#
# **Predict before you run:** the arithmetic is the same. How many times faster is the compiled step?

# %%
import time

from gan_course.gan import build_combined, frozen

ones = np.ones((256, 1), "float32")
classic = new_game(seed=0)
classic.D.compile(keras.optimizers.Adam(0.003), keras.losses.BinaryCrossentropy(from_logits=True))
combined = build_combined(classic.G, classic.D)


def classic_round(batch):
    fake = classic.G.predict(classic.noise(), batch_size=256, verbose=0)
    classic.D.train_on_batch(batch, ones)
    classic.D.train_on_batch(fake, 0 * ones)
    with frozen(classic.D):
        combined.train_on_batch(classic.noise(), ones)


# %%
def seconds_a_round(run, rounds):
    run(rounds)  # once for nothing: the first call traces
    start = time.perf_counter()
    run(rounds)
    return (time.perf_counter() - start) / rounds


batches = real.reshape(100, 256, 1)
classic_seconds = seconds_a_round(lambda n: [classic_round(batch) for batch in batches[:n]], 15)
loop_seconds = seconds_a_round(lambda n: play(healthy, n), 100)
fit_seconds = seconds_a_round(lambda n: gan.fit(real[: n * 256], batch_size=256, verbose=0), 100)
claim("fit is faster than the classic loop", classic_seconds / fit_seconds, above=3, unit="times")

# %% tags=["nbval-ignore-output"]
for name, seconds in {"classic": classic_seconds, "our": loop_seconds, "fit's": fit_seconds}.items():
    print(f"{name:8}loop: {1000 * seconds:5.1f} ms per round")

# %% [markdown]
# Networks as small as ours are nearly all overhead, so this is the recipe at its worst; with large networks the
# arithmetic drowns the calls. Most of the price is `predict`, which is made for large inputs and sets up a loop of
# its own at each call. If you write loops by hand, use `predict_on_batch`.
#
# ## What can go wrong
#
# | you see | likely cause | test | remedy |
# |---|---|---|---|
# | losses at 2·log 2 and log 2, poor samples | D is blind or dead | the spread of D(x) over real and random x | a larger D, a smaller learning rate |
# | D's loss near 0, G's grows | D is far ahead of G | move G's learning rate up, does it change? | balance the rates, a smaller k |
# | explosions in the loss | learning rate too large | divide it by ten | keep it there |
# | samples good, then worse, then good | the players circle | JSD or samples over time | fading rates, k above 1, averages (lesson 06) |
# | training better than it is | the same noise in lines 3 and 6 | count the draws of noise | draw twice |
# | a smooth history over a wild run | means over epochs | losses of single steps | a callback |
#
# ## Summary in five lines
#
# 1. Algorithm 1: k steps of D, one step of G, fresh noise and fresh examples for each.
# 2. At equilibrium p_model = p_data, D = ½ on the support, D's loss is 2·log 2 = 1.386 and G's log 2 = 0.693.
# 3. k buys G a D nearer to D*; here k = 5 was the better use of the same number of gradient steps, elsewhere it may not be.
# 4. Losses can show that a run is sick, never that it is healthy: a blind or a dead D says ½, too.
# 5. `GAN.compile` and `fit` run the same algorithm in one compiled step, with history and callbacks.
#
# ## References
#
# * I. Goodfellow et al., [Generative adversarial nets](https://arxiv.org/abs/1406.2661), NIPS 2014: algorithm 1,
#   figure 1, and the change of G's loss in section 3.
# * L. Mescheder, A. Geiger, S. Nowozin, [Which training methods for GANs do actually
#   converge?](https://arxiv.org/abs/1801.04406), ICML 2018: why the players circle.
# * D. Kingma and J. Ba, [Adam: a method for stochastic optimization](https://arxiv.org/abs/1412.6980), ICLR 2015.
# * Keras, [Customizing what happens in `fit()` with
#   TensorFlow](https://keras.io/guides/custom_train_step_in_tensorflow/), and [Writing your own
#   callbacks](https://keras.io/guides/writing_your_own_callbacks/).
#
# **Next lesson:** [05 · GANs for images](05_gans_for_images.ipynb): the same algorithm, now it draws.
