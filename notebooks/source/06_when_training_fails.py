# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 06 · When training fails
#
# [![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)](https://colab.research.google.com/github/gan-course/gan-course/blob/main/notebooks/06_when_training_fails.ipynb)
#
# **The one idea: the game has the right equilibrium, but nobody promised that the players get there. Where they
# go instead can be seen, and each remedy can be measured.**
#
# After this lesson you will be able to
#
# * read off two eigenvalues whether a game converges, circles or explodes;
# * tell the failures of a GAN apart: circling, vanishing gradients, mode collapse;
# * choose a remedy by its numbers, ten of them tried on the same failing GAN, the useless ones included;
# * examine a sick GAN like a doctor: symptom, cause, test, remedy.
#
# It takes about 50 minutes to read; its cells run in about 120 seconds on two CPU cores. You should know the
# training algorithm ([lesson 04](04_the_training_algorithm.ipynb)) and the saturating loss ([lesson
# 02](02_the_objective_function.ipynb)).

# %% tags=["nbval-ignore-output"]
# Where the course package is missing, on Colab for example, this cell installs it first.
import importlib.util

if importlib.util.find_spec("gan_course") is None:
    print("Installing gan_course from https://github.com/gan-course/gan-course")
    # %pip install --quiet git+https://github.com/gan-course/gan-course

import matplotlib.pyplot as plt
import numpy as np

from gan_course import data, networks, plots, runtime
from gan_course.checks import lesson_06 as check

plots.use_style()
print(runtime.configure(seed=0))

# %% [markdown]
# ## The smallest GAN that fails
#
# Mescheder, Geiger and Nowozin (2018) found a GAN so small that nothing about it can be blamed but the game
# itself. The data is a single point, 0. The generator makes a single point, θ. The discriminator has one weight:
# its raw score is ψ·x. They call it the **Dirac-GAN**. The equilibrium is plain: θ = 0, the data, and ψ = 0, a D
# that says ½.
#
# The real point has the score ψ·0 = 0, the generated one ψθ, so V(ψ, θ) = log ½ + log(1 − σ(ψθ)) = −log 2 −
# log(1 + exp(ψθ)). D ascends V, G descends it. If both move at the same time, each with its own derivative for a
# speed, we get two speeds at every point (ψ, θ): a **vector field**.
#
# ### Exercise 1: the field
#
# Write the speeds of both players at (ψ, θ).


# %%
def dirac_field(psi, theta):
    """Return D's speed, that of ψ, and G's speed, that of θ."""
    return ...


check.dirac_field(dirac_field)
# check.dirac_field.hint()
# check.dirac_field.solution()

# %% [markdown]
# Here it is again, so that the lesson goes on without you. A step goes `rate` times as far as the field says. We
# play three ways: **at the same time**, both from the same point; **in turns**, G answering D's new ψ, as
# algorithm 1 does; and in turns with **R1**, a remedy: D pays ½γψ² for its own slope.
#
# **Predict before you run:** all three begin at the same point. Which of them reach the equilibrium at (0, 0)?


# %%
def sigmoid(score):
    return 1 / (1 + np.exp(-score))


def d_speed(psi, theta, gamma=0.0):
    return -theta * sigmoid(psi * theta) - gamma * psi  # R1 pulls ψ towards 0


def g_speed(psi, theta):
    return psi * sigmoid(psi * theta)


# %%
def at_once(psi, theta, rate=0.2, gamma=0.0):
    return psi + rate * d_speed(psi, theta, gamma), theta + rate * g_speed(psi, theta)


def in_turns(psi, theta, rate=0.2, gamma=0.0):
    psi = psi + rate * d_speed(psi, theta, gamma)
    return psi, theta + rate * g_speed(psi, theta)


def path(step, steps=250, **options):
    points = [(1.0, 1.0)]
    for _ in range(steps):
        points.append(step(*points[-1], **options))
    return np.array(points)


# %%
games = {
    "at the same time: out": (path(at_once), 0.0),
    "in turns: round and round": (path(in_turns), 0.0),
    "in turns, R1: in": (path(in_turns, gamma=0.5), 0.5),
}
figure, axes = plt.subplots(1, 3, figsize=(10, 3.6))
for ax, (title, (points, gamma)) in zip(axes, games.items(), strict=True):
    plots.flow(lambda p, t, gamma=gamma: (d_speed(p, t, gamma), g_speed(p, t)), reach=2.6, ax=ax)
    ax.plot(*points.T, color=plots.ACCENT, lw=1.4, zorder=2)
    ax.plot(*points[0], "s", color=plots.ACCENT, zorder=3)
    ax.set_title(title)
for ax in axes[1:]:
    ax.set_ylabel("")
plt.show()
for title, (points, _) in games.items():
    print(f"{title:26} distance from the equilibrium: {np.hypot(*points[-1]):.4f}")

# %% [markdown]
# The gray lines are the field, the square is the start. Nothing is wrong with this game: no bad network, no
# noise, no learning rate too large. Still, at the same time both players *leave*, in turns they go round for
# ever, and only with R1 do they arrive. Look at the gray lines on the left: no arrow points home. Each player's
# best move depends on where the other one is, and by the time it is made, the other one has moved.
#
# ## Two numbers that decide
#
# Near the equilibrium a field is a matrix, its **Jacobian**, and the eigenvalues λ of that matrix say it all. A
# negative real part pulls in. An imaginary part turns. The paper has formulas for them, which we hold against
# the matrix computed by small differences:
#
# * the game as it is, at once, with either loss of G: λ = ±½ i;
# * D faster than G by a factor r (*two learning rates*): λ = ±½√r i;
# * R1: λ = −γ/2 ± √(γ²/4 − ¼);
# * *instance noise*, N(0, s²) on real and generated points alike: λ = −s²/4 ± √(s⁴/16 − ¼).


# %%
def jacobian(field, h=1e-4):
    columns = [
        np.subtract(field(*step), field(*np.negative(step))) / (2 * h) for step in ((h, 0.0), (0.0, h))
    ]
    return np.array(columns).T


nodes, weights = np.polynomial.hermite_e.hermegauss(40)  # for means over N(0, 1)
weights = weights / weights.sum()


def noisy(psi, theta, s=1.0):
    real, fake = s * nodes, theta + s * nodes
    d = weights @ (real * sigmoid(-psi * real) - fake * sigmoid(psi * fake))
    return d, psi * weights @ sigmoid(psi * fake)


# %%
fields = {
    "as it is": (lambda p, t: (d_speed(p, t), g_speed(p, t)), 0.5j),
    "non-saturating": (lambda p, t: (d_speed(p, t), p * sigmoid(-p * t)), 0.5j),
    "two rates, r = 4": (lambda p, t: (4 * d_speed(p, t), g_speed(p, t)), 0.5j * np.sqrt(4)),
    "R1, γ = ½": (
        lambda p, t: (d_speed(p, t, 0.5), g_speed(p, t)),
        -0.25 + np.sqrt(0.0625 - 0.25 + 0j),
    ),
    "instance noise, s = 1": (noisy, -0.25 + np.sqrt(1 / 16 - 0.25 + 0j)),
}
worst = 0
for name, (field, formula) in fields.items():
    found = max(np.linalg.eigvals(jacobian(field)), key=lambda value: value.imag)
    worst = max(worst, abs(found - formula))
    print(f"{name:22} λ = {found.real + 0.0:7.4f} ± {found.imag:.4f} i")
print(f"largest difference from the formulas below 1e-6: {worst < 1e-6}")

# %% [markdown]
# The first three are purely imaginary: they turn and do not pull. The non-saturating loss, so useful in lesson 02,
# changes nothing here, and two learning rates only turn faster. R1 and instance noise give the real part that
# was missing. That both give *the same* numbers is no accident: to blur what D sees and to punish D's slope are
# nearly the same thing (Roth et al. 2017).
#
# ### Exercise 2: from eigenvalues to steps
#
# A step of size `rate` along the field, both players at once, multiplies a direction with eigenvalue λ by
# 1 + rate·λ. By which factor does the distance from the equilibrium change, at worst?


# %%
def growth(eigenvalues, rate):
    """eigenvalues: array of complex numbers. Return the largest factor, a real number."""
    return ...


check.growth(growth)
# check.growth.hint()
# check.growth.solution()

# %% [markdown]
# A field has eigenvalues, and so has a *step*, as the map from (ψ, θ) to the next (ψ, θ). The paper's formulas:
# at once, √(1 + h²/4) with learning rate h; in turns, exactly 1 for h below 4. We add two more remedies from the
# literature. **Lookahead** (Chavdarova et al. 2021): every k steps both players go back half of the way. And the
# **average** of all positions so far, as in lesson 05.


# %%
def lookahead(psi, theta, k=5):
    p, t = psi, theta
    for _ in range(k):
        p, t = in_turns(p, t)
    return (psi + p) / 2, (theta + t) / 2


steps = {
    "at once": (at_once, np.sqrt(1 + 0.2**2 / 4)),
    "in turns": (in_turns, 1.0),
    "at once, R1": (lambda p, t: at_once(p, t, gamma=0.5), abs(1 + 0.2 * fields["R1, γ = ½"][1])),
}
for name, (step, formula) in steps.items():
    found = np.abs(np.linalg.eigvals(jacobian(step))).max()
    print(f"{name:12} factor {found:.6f} a step; the formula says {formula:.6f}")
five = np.abs(np.linalg.eigvals(jacobian(lookahead))).max()
print(f"lookahead    factor {five**0.2:.6f} a step")

# %%
circle = path(in_turns, 1000)
mean = np.cumsum(circle, axis=0) / np.arange(1, len(circle) + 1)[:, None]
walks = {"in turns": circle, "their average": mean, "R1": path(in_turns, 1000, gamma=0.5)}
walks["lookahead"] = np.repeat(path(lookahead, 200), 5, axis=0)
figure, ax = plt.subplots()
colors = (plots.MUTED, plots.DISCRIMINATOR, plots.ACCENT, plots.GENERATED)
for (name, points), color in zip(walks.items(), colors, strict=True):
    ax.plot(np.hypot(*points.T), label=name, color=color)
ax.set(yscale="log", ylim=(1e-6, 10), xlabel="step", ylabel="distance from (0, 0)")
ax.set_title("R1 and lookahead arrive; the average only comes nearer")
ax.legend(loc="lower right", ncols=2)
plt.show()

# %% [markdown]
# Gray: in turns, the distance stays. The average of the circle is near its middle, and comes nearer
# like one over the number of steps. Lookahead jumps across the circle, and R1 has a force of its own; both get
# there at an even pace, straight lines on this scale.
#
# So much for the game near its equilibrium. A GAN begins far from it, and there two other things happen.
#
# ## Vanishing gradients: a teacher who is too good
#
# For the rest of the lesson the data is a ring of eight small Gaussians in the plane, and the generator is new:
# a blob in the middle. Suppose D now learns, alone, for a long time. Ought not a better D be a better teacher?
# Lesson 02 said no, for G's saturating loss. Here it is with a real network. After every round of 50 batches we
# measure the push on G's samples: the mean length of the gradient of G's loss with respect to a sample.
#
# **Predict before you run:** three curves. The saturating loss, the non-saturating loss, and the saturating one
# against a D that always looks through instance noise. Which of the three run dry?

# %%
import keras
from keras import layers

from gan_course.backend import input_gradient

centers = data.ring_centers(8)
ring = data.ring(64 * 500, std=0.05, seed=0)
blob = np.random.default_rng(0).normal(0, 0.1, (3200, 2)).astype("float32")


def new_discriminator(first=(), late=(), wrap=lambda layer: layer):
    hidden = [part for _ in range(2) for part in (wrap(layers.Dense(128)), layers.ReLU())]
    return keras.Sequential([keras.Input((2,)), *first, *hidden, *late, wrap(layers.Dense(1))])


# %%
def pushes(discriminator, rounds=15):
    """Mean push on G's samples under the saturating loss and under the other, before and after each round."""
    discriminator.compile("adam", keras.losses.BinaryCrossentropy(from_logits=True))
    samples, truth = np.concatenate([ring[:3200], blob]), np.repeat([1.0, 0.0], 3200)[:, None]
    rows = []
    for number in range(rounds + 1):
        scores = keras.ops.convert_to_numpy(discriminator(blob))[:, 0].astype(float)
        slopes = np.linalg.norm(keras.ops.convert_to_numpy(input_gradient(discriminator, blob)), axis=1)
        rows.append([(weight * slopes).mean() for weight in (sigmoid(scores), sigmoid(-scores))])
        if number < rounds:
            discriminator.fit(samples, truth, batch_size=128, epochs=1, verbose=0)
    return np.array(rows)


keras.utils.set_random_seed(0)
sharp = pushes(new_discriminator())
blurred = pushes(new_discriminator([keras.layers.GaussianNoise(0.5, seed=0)]))

# %%
figure, ax = plt.subplots()
ax.plot(sharp[:, 0], color=plots.ACCENT, label="saturating")
ax.plot(sharp[:, 1], color=plots.GENERATED, label="non-saturating")
ax.plot(blurred[:, 0], color=plots.DISCRIMINATOR, label="saturating, D sees through noise")
ax.set(yscale="log", xlabel="rounds that D has learned alone", ylabel="mean push on a sample")
ax.set_title("The better D is, the less it tells the saturating G")
ax.legend(loc="upper right", bbox_to_anchor=(1, 0.8))
plt.show()
fallen, other, through_noise = (
    curve.max() / curve[-1] for curve in (sharp[:, 0], sharp[:, 1], blurred[:, 0])
)
print(f"the saturating push falls to less than 1/30 of its largest: {fallen > 30}")
print(f"the non-saturating one stays within a factor of 10 of it:   {other < 10}")
print(f"through noise even the saturating one does:                 {through_noise < 10}")

# %% tags=["nbval-ignore-output"]
print(f"largest push over last push: {fallen:.0f} saturating, {other:.1f} non-saturating, ", end="")
print(f"{through_noise:.1f} through noise")

# %% [markdown]
# D is right every time, and a teacher who only says "wrong!" teaches nothing. Two ways out. The other loss asks
# "how wrong?" and keeps its push. Or D is kept from being so sure: where both sets are blurred they overlap, D*
# is not 0 or 1, and its slope points the way. The blur must fade in the end, or G need not be sharper than it.
#
# ## Mode collapse
#
# Now train. And the setting must be fair: it is easy to make a GAN fail on purpose. So **we choose nothing**. The
# networks are the common ones for this ring, two hidden layers of 128 ReLU units for each player (as G's in
# Metz et al. 2017), with Keras' default weights; Adam with Keras' default rate and momentum, the non-saturating
# loss, batches of 64, noise with four coordinates where the plane has two. It is what you get if you write down
# a GAN and do not think about it.
#
# To score it we count as the papers do (Srivastava et al. 2017). A sample is of **high quality** within three
# standard deviations of the nearest center; a mode counts as **captured** if it is the nearest to at least one
# such sample. A perfect sampler has all 8 modes and 98.9 % high quality.

# %%
from gan_course.callbacks import Fade, Lookahead, Snapshots
from gan_course.gan import GAN, AveragingAdam
from gan_course.metrics import mode_coverage

STEPS, SEEDS = 2000, (0, 1, 2)


def new_gan(seed, d=None, d_adam=None, g_adam=None, **choices):
    keras.utils.set_random_seed(seed)
    hidden = [layers.Dense(128, "relu") for _ in range(2)]
    generator = keras.Sequential([keras.Input((4,)), *hidden, layers.Dense(2)])
    gan = GAN(generator, new_discriminator(**(d() if d else {})), seed=seed)
    optimizers = [make() if make else keras.optimizers.Adam() for make in (d_adam, g_adam)]
    gan.compile(*optimizers, steps_per_execution=50, jit_compile=False, **choices)
    return gan


# %% [markdown]
# (`steps_per_execution=50` lets Keras run 50 steps in one call, and `jit_compile=False` spares us a compiler that networks as
# small as these do not pay back; both save time and change nothing else.) Each game is filmed: 2,500 samples every
# 250 steps, from the same noise.


# %%
def play(seed, callbacks=lambda gan: [], **setting):
    """Train once. Returns the modes and the quality at the end, and the film."""
    gan = new_gan(seed, **setting)
    film = Snapshots(lambda gan: gan.generate(2500, seed=1), every=250)
    epochs = STEPS // (len(ring) // 64)
    gan.fit(ring, batch_size=64, epochs=epochs, verbose=0, callbacks=[*callbacks(gan), film])
    return mode_coverage(gan.generate(2500, seed=1), centers, 0.05), film.taken


results = {"no remedy": [play(seed) for seed in SEEDS]}

# %% [markdown]
# **Predict before you look:** eight modes, 2,000 steps. How many of the eight will G have found?


# %%
def filmstrip(name, number=0, at=(0, 1, 2, 4, 6, 8)):
    axes = plt.subplots(1, len(at), figsize=(10, 2), sharex=True, sharey=True)[1]
    for ax, frame in zip(axes, at, strict=True):
        plots.clouds(
            ring[:1000], results[name][number][1][frame][:1000], ax=ax, title=f"step {250 * frame}"
        )
        ax.set(xlim=(-1.6, 1.6), ylim=(-1.6, 1.6), xticks=[], yticks=[])
    axes[0].set_ylabel(name)
    plt.show()


filmstrip("no remedy")
modes = [coverage.modes for coverage, _ in results["no remedy"]]
print(f"at most 5 of 8 modes, on average over three seeds: {np.mean(modes) <= 5}")

# %% tags=["nbval-ignore-output"]
print("modes in the end, seed by seed:", *modes)

# %% [markdown]
# All samples move as one swarm. It swings from one side of the ring to the other, passes over modes, and keeps none.
# It is not that G is too weak for eight hills: you will see the same G find them. While the swarm is in one place, D
# learns that this is where fakes are, and all samples flee together, to wherever D does not yet look; then D
# follows. Every sample gets nearly the same advice, since D judges **one sample at a time**: each may be a fine
# sample, and nobody sees that all of them are alike. This is **mode collapse**.
#
# ## Ten remedies, one table
#
# Each remedy is a layer, a callback, an objective or an argument; nothing else changes. Most we have met; here
# are the others.
#
# * **Packing** (Lin et al. 2018): D gets two samples side by side, both real or both generated, and gives one
#   score. Two that are always alike are found out.
# * **Minibatch standard deviation**: lesson 05's layer, the spread of the batch as extra inputs.
# * **One-sided label smoothing** (Salimans et al. 2016): D's label for real samples is 0.9 instead of 1.
# * **Spectral normalization** (Miyato et al. 2018): each of D's matrices is divided by its largest singular
#   value, so that no layer stretches anything.
#
# ### Exercise 3: what smoothing does to D*
#
# Real samples are labelled `label`, generated ones 0, and D minimizes the cross-entropy. What is the optimal D
# now?


# %%
def smoothed_best(p_data, p_model, label):
    """Densities at some points, and the label of real samples. Return the best D there."""
    return ...


check.smoothed_best(smoothed_best)
# check.smoothed_best.hint()
# check.smoothed_best.solution()

# %% [markdown]
# ### Exercise 4: a pack
#
# Packing is one `reshape`. A batch of n points with d coordinates becomes n / size rows.


# %%
def pack(samples, size):
    """samples: (n, d), n a multiple of size. Return (n / size, size * d): neighbors side by side."""
    return ...


check.pack(pack)
# check.pack.hint()
# check.pack.solution()

# %% [markdown]
# The package's layer does the same to tensors:

# %%
batch = np.arange(12.0).reshape(6, 2)
packed = keras.ops.convert_to_numpy(networks.Packing(2)(batch))
print(f"the layer is that reshape: {np.array_equal(packed, batch.reshape(3, 4))}")

# %% [markdown]
# Now all of them, each by itself on the failing GAN, three seeds each. The last two rows are not on every list.
# **Momentum**: lesson 04 took Adam with β₁ = 0, lesson 05 with 0.5; Keras' default is 0.9. And **together**: no
# momentum, a little R1, larger rates that fade to zero, and an average of G's weights.
#
# **Predict before you run:** which single remedy do you expect to be the best? And which will do nothing?

# %%
from gan_course.objectives import one_sided_label_smoothing

adam, cosine = keras.optimizers.Adam, keras.optimizers.schedules.CosineDecay
spectral = {"wrap": keras.layers.SpectralNormalization}
remedies = {
    "packing": {"d": lambda: {"first": [networks.Packing(2)]}},
    "minibatch deviation": {"d": lambda: {"late": [networks.MinibatchStandardDeviation()]}},
    "label smoothing": {"objective": one_sided_label_smoothing(0.9)},
    "spectral normalization": {"d": lambda: spectral},
    "R1": {"r1_weight": 0.1},
    "two learning rates": {"d_adam": lambda: adam(4e-3)},
}
results |= {name: [play(seed, **setting) for seed in SEEDS] for name, setting in remedies.items()}

# %%
remedies = {
    "average of the weights": {"g_adam": lambda: AveragingAdam(beta_1=0.9, ema_momentum=0.99)},
    "lookahead": {"callbacks": lambda gan: [Lookahead(every=50)]},
    "instance noise, fading": {
        "d": lambda: {"first": [networks.InstanceNoise(0.3, seed=0)]},
        "callbacks": lambda gan: [Fade(gan.discriminator.layers[0].stddev, 1500)],
    },
    "less momentum": {"d_adam": lambda: adam(beta_1=0.0), "g_adam": lambda: adam(beta_1=0.0)},
    "together": {
        "d_adam": lambda: adam(cosine(4e-3, STEPS), beta_1=0.0),
        "g_adam": lambda: AveragingAdam(cosine(4e-3, STEPS), beta_1=0.0, ema_momentum=0.99),
        "r1_weight": 0.01,
    },
}

# %%
results |= {name: [play(seed, **setting) for seed in SEEDS] for name, setting in remedies.items()}

# %%
figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4.6), sharey=True)
for row, (name, runs) in enumerate(results.items()):
    color = plots.GENERATED if name != "no remedy" else plots.ACCENT
    modes, quality = zip(*(coverage for coverage, _ in runs), strict=True)
    left.plot(modes, row + np.array([-0.2, 0, 0.2]), "o", color=color)
    right.plot(100 * np.array(quality), row + np.array([-0.2, 0, 0.2]), "o", color=color)
left.set(
    yticks=range(len(results)), yticklabels=results, xlim=(-0.4, 8.4), xlabel="modes captured, of 8"
)
right.set(xlim=(-2, 102), xlabel="high quality, % of samples")
right.axvline(98.9, color=plots.REAL, ls=":", lw=1.5)
left.invert_yaxis()
left.set_title("One dot a seed; dotted: a perfect sampler")
for ax in (left, right):
    ax.grid(axis="y", lw=0.4)
plt.show()

# %% tags=["nbval-ignore-output"]
print(f"{'':24}{'modes, by seed':>16}{'mean':>8}{'high quality, by seed':>25}{'mean':>8}")
for name, runs in results.items():
    modes, quality = np.transpose([coverage for coverage, _ in runs])
    seeds = "  ".join(f"{m:.0f}" for m in modes), "  ".join(f"{q:6.1%}" for q in quality)
    print(f"{name:24}{seeds[0]:>16}{modes.mean():8.1f}{seeds[1]:>25}{quality.mean():8.1%}")


# %%
def score(name):
    """Mean modes, fewest modes, lowest quality."""
    modes, quality = np.transpose([coverage for coverage, _ in results[name]])
    return modes.mean(), modes.min(), quality.min()


print(f"no remedy: at most 5 modes on average: {score('no remedy')[0] <= 5}")
print(f"together: 8 of 8 modes for each seed: {score('together')[1] == 8}")
print(f"together: at least 90 % high quality for each seed: {score('together')[2] >= 0.9}")
for name in ("packing", "minibatch deviation", "lookahead", "less momentum"):
    print(f"{name}: at least 7 modes on average: {score(name)[0] >= 7}")
for name in ("spectral normalization", "average of the weights"):
    print(f"{name}: alone no help, at most 5 modes on average: {score(name)[0] <= 5}")

# %%
for name in ("packing", "less momentum", "together"):
    filmstrip(name)

# %% [markdown]
# Did you predict it? The cheapest remedy of all is hardly on any list: **take Adam's momentum away**. With β₁ = 0.9 the
# players keep running where the opponent was ten steps ago, the whole swarm together. It is the Dirac-GAN's circle, with
# a push to the outside (Gidel et al. 2019 show that momentum *below* zero can be best). It is also why the recipes that work say
# β₁ = 0.5 or 0, and why a GAN written down with the defaults of a library fails.
#
# The others show what they are for:
#
# * **Packing** and the **minibatch deviation** find the modes, since D now sees that samples are alike. They do
#   not make them sharp.
# * **Lookahead** finds them, too, by cutting across the circle.
# * **Spectral normalization** alone and the **average** alone do not help *here*. Both are good remedies against
#   another illness: a D that is too steep, and a G that wobbles around the right place. The average of a swarm
#   that swings is in the middle of the ring, where there is nothing.
# * The rest is in between: look at the dots, and how far apart the three seeds lie. With one seed you could prove
#   what you like.
# * **Together** they are sharp as well. No momentum finds the modes; rates that fade and an average let everything
#   come to rest.
#
# So do not read this as a ranking for all GANs. It is one illness, on one patient. What carries over is the way: one
# setting, one change at a time, several seeds, a number.
#
# ## Modes over time
#
# **Predict before you run:** does a mode that was found stay found? And what comes first, all the modes or the sharp
# ones?

# %%
chosen = ("no remedy", "packing", "less momentum", "together")
figure, axes = plt.subplots(1, 2, figsize=(10, 3.6))
colors = (plots.ACCENT, plots.CLASSES[1], plots.DISCRIMINATOR, plots.GENERATED)
for name, color in zip(chosen, colors, strict=True):
    films = [[mode_coverage(frame, centers, 0.05) for frame in film] for _, film in results[name]]
    modes, quality = np.mean(films, axis=0).T
    steps_at = 250 * np.arange(len(modes))
    axes[0].plot(steps_at, modes, color=color, ls="--" if name == "together" else "-")
    axes[1].plot(
        steps_at, 100 * quality, color=color, ls="--" if name == "together" else "-", label=name
    )
axes[0].set(xlabel="step", ylabel="modes, mean of three seeds", ylim=(-0.2, 8.4))
axes[0].set_title("Found early, or visited and lost")
axes[1].set(xlabel="step", ylabel="high quality, %", ylim=(-2, 102), title="Sharpness comes last")
axes[1].axhline(98.9, color=plots.REAL, ls=":", lw=1.5)
axes[1].legend(fontsize=9)
plt.show()

# %% [markdown]
# Without a remedy, modes are visited, not kept. Without momentum they are found within a few hundred steps, and the rest of
# the time goes into sharpness. (The film shows G's weights as they are; the average enters at the end.)
#
# ## The doctor's table
#
# | symptom | likely cause | test | remedy |
# |---|---|---|---|
# | losses and samples go round and round | the players circle | samples from the same noise over time; JSD or modes over time | less momentum, fading rates, R1, lookahead, an average of G's weights |
# | all samples in one swarm, and it wanders | mode collapse | spread of a batch; `mode_coverage` | less momentum, packing, minibatch deviation, R1 |
# | some modes are missing, and stay missing | G is never told what it lacks | `mode_coverage`, shares of classes | packing, minibatch deviation, a larger batch |
# | D's loss near 0, G's gradient near 0 | D is perfect, the loss saturates | mean push on a sample | the non-saturating loss, instance noise, R1, label smoothing |
# | D's loss near 0, G's loss grows | D is too strong or too steep | norm of D's gradient at real samples | R1, spectral normalization, two learning rates |
# | good samples, then an explosion | learning rate too large | divide it by ten | a smaller or fading rate, R1 |
# | samples right but smeared, for ever | rates too large to settle; noise that does not fade | let the rates fade | fading rates, an average, `Fade` |
# | samples twitch from step to step | G wobbles around the right place | snapshots from the same noise | an average of G's weights |
# | NaN | overflow, in half precision most of all | `StopOnNonFinite` says whose loss it was | a smaller rate, raw scores instead of log(σ(·)) |
#
# ## What can go wrong
#
# | you see | likely cause | test | remedy |
# |---|---|---|---|
# | a remedy helps with one seed | luck | three seeds | report all of them |
# | packing raises an error in the last batch | its size is not a multiple of the pack | `len(images) % batch_size` | another batch size |
# | instance noise, and samples that stay blurred | the noise never faded | `layer.stddev` at the end | `callbacks.Fade` |
# | smoothed labels for generated samples, too | two-sided smoothing | what D* is where only G is (exercise 3) | real samples only |
# | a remedy "does not work" | two were changed at once | change one | a table like ours |
#
# ## Summary in five lines
#
# 1. Eigenvalues at the equilibrium: imaginary ones make players circle, and the loss of G changes nothing about it;
#    R1 and instance noise give the real part that pulls in.
# 2. A perfect D stops the saturating G; the other loss, or a D that sees through noise, keeps it going.
# 3. Mode collapse: all samples flee together, as one swarm, since D sees one sample at a time.
# 4. Here Keras' default momentum was the cause, and lowering it the best single remedy; all eight modes at more
#    than 90 % quality took several remedies together.
# 5. One change at a time, several seeds, a number: a remedy that was not measured is a rumor.
#
# ## References
#
# * L. Mescheder, A. Geiger, S. Nowozin, [Which training methods for GANs do actually
#   converge?](https://arxiv.org/abs/1801.04406), ICML 2018: the Dirac-GAN, its eigenvalues, R1.
# * K. Roth et al., [Stabilizing training of GANs through regularization](https://arxiv.org/abs/1705.09367), NIPS
#   2017: noise as a penalty.
# * T. Chavdarova et al., [Taming GANs with Lookahead-Minmax](https://arxiv.org/abs/2006.14567), ICLR 2021.
# * M. Arjovsky, L. Bottou, [Towards principled methods for training GANs](https://arxiv.org/abs/1701.04862), ICLR
#   2017: vanishing gradients, instance noise.
# * L. Metz et al., [Unrolled GANs](https://arxiv.org/abs/1611.02163), ICLR 2017: the ring.
# * A. Srivastava et al., [VEEGAN](https://arxiv.org/abs/1705.07761), NIPS 2017: how modes are counted.
# * Z. Lin et al., [PacGAN](https://arxiv.org/abs/1712.04086), NeurIPS 2018: packing.
# * T. Salimans et al., [Improved techniques for training GANs](https://arxiv.org/abs/1606.03498), NIPS 2016:
#   label smoothing, minibatch features.
# * T. Miyato et al., [Spectral normalization for GANs](https://arxiv.org/abs/1802.05957), ICLR 2018.
# * M. Heusel et al., [GANs trained by a two time-scale update rule](https://arxiv.org/abs/1706.08500), NIPS 2017:
#   two learning rates.
# * G. Gidel et al., [Negative momentum for improved game dynamics](https://arxiv.org/abs/1807.04740), AISTATS 2019.
#
# **Next lesson:** [07 · Measuring a GAN](07_measuring_a_gan.ipynb): when a picture has no eight modes to count.
