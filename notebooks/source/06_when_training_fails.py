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
# Here is our version, so that the lesson runs even if you skip the exercise. A step goes `rate` times as far as the
# field says. We play three ways: **at once**, both from the same point; **in turns**, G answering D's new ψ, as
# algorithm 1 does; and in turns with **R1**, a remedy: D pays ½γψ² for its own slope. (For any D it is ½γ times the mean
# of ‖∇D(x)‖² at real samples, as in `GAN.compile(r1_weight=γ)`.)
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
    "at once": (path(at_once), 0.0),
    "in turns": (path(in_turns), 0.0),
    "in turns, R1": (path(in_turns, gamma=0.5), 0.5),
}
figure, axes = plt.subplots(1, 3, figsize=(10, 3.6))
for ax, (title, (points, gamma)) in zip(axes, games.items(), strict=True):
    plots.flow(lambda p, t, gamma=gamma: (d_speed(p, t, gamma), g_speed(p, t)), reach=2.6, ax=ax)
    ax.plot(*points.T, color=plots.ACCENT, lw=1.4, zorder=2)
    ax.plot(*points[0], "s", color=plots.ACCENT, zorder=3)
    start, end = np.hypot(*points[0]), np.hypot(*points[-1])
    ax.set_title(f"{title}: {'in' if end < 0.1 else 'out' if end > 2 else 'around'}")
    print(f"{title:13} distance from the equilibrium: {start:.2f} at the start, {end:.2f} at the end")
for ax in axes[1:]:
    ax.set_ylabel("")
plt.show()

# %% [markdown]
# The gray lines are the field, the black dot is the equilibrium, the square is the start. Nothing is wrong with this
# game: no bad network, no noise, no learning rate too large (a smaller one would only make the players leave more slowly).
# Still, at once both players *leave*, in turns they go around forever, and only with R1 do they arrive. Look at the
# gray lines on the left: no arrow points home. Each player's best move depends on where the other one is, and by the
# time it is made, the other one has moved.
#
# ## Two numbers that decide
#
# Near the equilibrium the field is almost linear: a matrix, its **Jacobian**, times (ψ, θ). In some directions the
# matrix only multiplies by a number, an eigenvalue λ. Its real part says how fast the distance grows, or shrinks if
# it is negative; its imaginary part, how fast the players turn. The paper has formulas for λ, which we hold
# against the matrix computed by small differences:
#
# * the game as it is, with either loss of G: λ = ±½ i;
# * D faster than G by a factor r (*two learning rates*): λ = ±½√r i;
# * R1: λ = −γ/2 ± √(γ²/4 − ¼);
# * *instance noise*, N(0, s²) on real and generated points alike: λ = −s²/4 ± √(s⁴/16 − ¼).


# %%
def jacobian(field, size=2, small=1e-4):
    columns = [np.subtract(field(*shift), field(*-shift)) for shift in small * np.eye(size)]
    return np.array(columns).T / (2 * small)


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
        -0.25 + np.sqrt(1 / 16 - 1 / 4 + 0j),
    ),
    "instance noise, s = 1": (noisy, -1 / 4 + np.sqrt(1 / 16 - 1 / 4 + 0j)),
}
worst = 0
for name, (field, formula) in fields.items():
    found = max(np.linalg.eigvals(jacobian(field)), key=lambda value: value.imag)
    worst = max(worst, abs(found - formula))
    print(f"{name:22} λ = {found.real + 0.0:7.4f} ± {found.imag:.4f} i")
print(f"largest difference from the formulas below 1e-6: {worst < 1e-6}")

# %% [markdown]
# The first three are purely imaginary: they turn and do not pull. Two learning rates only turn faster. R1 and
# instance noise have the real part that was missing. They even agree, since we chose γ = s²/2: near the
# equilibrium, to blur what D sees acts like a penalty on D's slope (Roth et al. 2017).
#
# Where the real part is 0, though, the matrix leaves the question open: what happens is decided farther out. Does the
# non-saturating loss, so useful in lesson 02, pull a little there?


# %%
def non_saturating(psi, theta, rate=0.2):
    psi = psi + rate * d_speed(psi, theta)
    return psi, theta + rate * psi * sigmoid(-psi * theta)


slow = np.hypot(*path(non_saturating, 5000).T)
for step in (0, 250, 1000, 5000):
    print(f"non-saturating, in turns, after {step:4} steps: distance {slow[step]:.3f}")

# %% [markdown]
# It does, and the nearer it comes, the weaker it pulls. R1 and instance noise pull at an even rate, however near.
#
# ### Exercise 2: from eigenvalues to steps
#
# A step of size `rate` along the field, both players at once, multiplies a direction with eigenvalue λ by
# 1 + rate·λ. By which factor, a step, does the distance from the equilibrium change in the long run?


# %%
def growth(eigenvalues, rate):
    """eigenvalues: array of complex numbers. Return the largest factor, a real number."""
    return ...


check.growth(growth)
# check.growth.hint()
# check.growth.solution()

# %% [markdown]
# A field has eigenvalues, and so has a *step*, as the map from (ψ, θ) to the next (ψ, θ). The paper's formulas:
# at once, √(1 + h²/4) with learning rate h; in turns, exactly 1 for h below 4. Two more ways to step. **Lookahead**
# (Chavdarova et al. 2021): every k steps both players go back half of the way. And **momentum** β, as in
# Adam: each player follows a running mean of its speeds.


# %%
def lookahead(psi, theta, k=5):
    p, t = psi, theta
    for _ in range(k):
        p, t = in_turns(p, t)
    return (psi + p) / 2, (theta + t) / 2


def with_momentum(beta):
    def step(psi, theta, d_mean, g_mean, rate=0.2):
        d_mean = beta * d_mean + (1 - beta) * d_speed(psi, theta)
        psi = psi + rate * d_mean
        g_mean = beta * g_mean + (1 - beta) * g_speed(psi, theta)
        return psi, theta + rate * g_mean, d_mean, g_mean

    return step


# %%
steps = {
    "at once": (at_once, np.sqrt(1 + 0.2**2 / 4)),
    "in turns": (in_turns, 1.0),
    "at once, R1": (lambda p, t: at_once(p, t, gamma=0.5), abs(1 + 0.2 * fields["R1, γ = ½"][1])),
}
for name, (step, formula) in steps.items():
    found = np.abs(np.linalg.eigvals(jacobian(step))).max()
    print(f"{name:24} factor {found:.6f} a step; the formula says {formula:.6f}")
five = np.abs(np.linalg.eigvals(jacobian(lookahead))).max()
print(f"{'lookahead':24} factor {five**0.2:.6f} a step")  # one of its moves is five steps
for beta in (-0.5, 0.5, 0.9):
    found = np.abs(np.linalg.eigvals(jacobian(with_momentum(beta), size=4))).max()
    print(f"in turns, momentum {beta:4}   factor {found:.6f} a step")

# %%
circle = path(in_turns, 1000)
mean = np.cumsum(circle, axis=0) / np.arange(1, len(circle) + 1)[:, None]
walks = {"in turns": circle, "average of 'in turns'": mean, "R1": path(in_turns, 1000, gamma=0.5)}
walks["lookahead"] = np.repeat(path(lookahead, 200), 5, axis=0)
figure, ax = plt.subplots()
colors = (plots.MUTED, plots.DISCRIMINATOR, plots.ACCENT, plots.GENERATED)
for (name, points), color in zip(walks.items(), colors, strict=True):
    ax.plot(np.hypot(*points.T), label=name, color=color)
ax.set(yscale="log", ylim=(1e-6, 10), xlabel="step", ylabel="distance from (0, 0)")
ax.set_title("R1 and lookahead close in at an even pace, the average slower and slower")
ax.legend(loc="lower right", ncols=2)
plt.show()

# %% [markdown]
# Gray: in turns, the distance stays. Lookahead cuts across the circle, and R1 has a force of its own; both
# close in at an even pace, nearly straight lines on this scale. The plain average of all positions so far lies near the
# middle of the circle, and its bumps shrink like one over the number of steps. (Lesson 05's moving average forgets old
# positions, and would keep a small circle.) And **momentum pushes out**, the more of it the harder; below zero it
# would pull in (Gidel et al. 2019). Keep that in mind.
#
# So much for the game near its equilibrium. A GAN begins far from it, and there two other things happen.
#
# ## Vanishing gradients: a teacher who is too good
#
# For the rest of the lesson the data is a ring of eight small Gaussians in the plane, and the generator is new:
# a blob in the middle. Suppose D now learns, alone, for a long time. Shouldn't a better D be a better teacher?
# After every round of 50 batches we measure the push on G's samples: the mean length of the gradient of G's loss with
# respect to a sample. By the chain rule it is the slope of D's score, times σ(score) for the saturating loss and
# 1 − σ(score) for the other.
#
# **Predict before you run:** by which factor does the saturating push fall while D learns: 2, 10, 100? And does it help to
# train D with instance noise on its input?

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
ax.plot(blurred[:, 0], color=plots.DISCRIMINATOR, label="saturating, D trained with noise")
ax.set(yscale="log", xlabel="rounds that D has learned alone", ylabel="mean push on a sample")
ax.set_title("The better D is, the less it tells the saturating G")
ax.legend(loc="lower left", bbox_to_anchor=(0.02, 0))
plt.show()
fallen, other, with_noise = (
    curve.max() / curve[-1] for curve in (sharp[:, 0], sharp[:, 1], blurred[:, 0])
)
print(f"the saturating push falls to less than 1/30 of its largest: {fallen > 30}")
print(f"the non-saturating one stays within a factor of 10 of it:   {other < 10}")
print(f"with noise on D's input even the saturating one does:       {with_noise < 10}")

# %% tags=["nbval-ignore-output"]
print(f"largest push over last push: {fallen:.0f} saturating, {other:.1f} non-saturating, ", end="")
print(f"{with_noise:.1f} with noise")

# %% [markdown]
# A teacher who is sure that everything is wrong teaches nothing. Two ways out. The other loss asks "how wrong?", and its
# push even grows. Or D is kept from being so sure: where both sets are blurred they overlap, D* is not 0 or 1, and
# its slope points the way. The blur must fade in the end: D can hardly tell a G that is less sharp than the blur.
#
# ## Mode collapse
#
# Now train. It is easy to make a GAN fail on purpose, so here is what we chose and what we did not. **The optimizer is as
# Keras makes it**: Adam, its default rate, its default momentum. So are the initial weights. The loss is the
# non-saturating one. The networks are the common ones for this ring, two hidden layers of 128 units each (as G in Metz et al. 2017),
# batches of 64, noise with four coordinates where the plane has two: more than enough for eight hills, as you will
# see. It is what you get if you write down a GAN and do not think about it. To keep the lesson short we
# stop after 2,000 steps, and make the hills 0.05 wide; the papers take 0.01 and train far longer, so our numbers do
# not compare with theirs, and some of their plain GANs do better. This is *a* failing GAN, not *the* GAN.
#
# To score it we count as the papers do (Srivastava et al. 2017). A sample is of **high quality** within three
# standard deviations of the nearest center; a mode counts as **captured** if it is the nearest to at least one
# such sample. Two samplers to compare with: a perfect one, and one that draws a plain circle through the eight centers.

# %%
from gan_course.callbacks import Fade, Lookahead, Snapshots
from gan_course.gan import GAN, AveragingAdam
from gan_course.metrics import mode_coverage

STEPS, SEEDS = 2000, (3, 4, 5)
angles = np.random.default_rng(0).uniform(0, 2 * np.pi, 2500)
perfect = mode_coverage(ring[:2500], centers, 0.05)
plain = mode_coverage(np.stack([np.cos(angles), np.sin(angles)], axis=1), centers, 0.05)
print(f"perfect sampler: {perfect.modes} modes, {perfect.high_quality:.0%} high quality")
print(f"plain circle:    {plain.modes} modes, {plain.high_quality:.0%} high quality")

# %% [markdown]
# So eight modes alone prove little: a circle has them, too. Both numbers count.


# %%


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
# small as these do not pay back. Callbacks then act every 50 steps only.) Each game is filmed: 2,500 samples every
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
def filmstrips(*names, at=(0, 1, 2, 4, 6, 8)):
    """The first seed's film, one row a remedy."""
    size = (10, 1.7 * len(names) + 0.2)
    axes = plt.subplots(len(names), len(at), figsize=size, sharex=True, sharey=True, squeeze=False)[1]
    for row, name in zip(axes, names, strict=True):
        row[0].set_ylabel(name.replace(", ", ",\n"))
        for ax, frame in zip(row, at, strict=True):
            plots.clouds(ring[:1000], results[name][0][1][frame][:1000], ax=ax)
            ax.set(xlim=(-2.2, 2.2), ylim=(-2.2, 2.2), xticks=[], yticks=[])
    for ax, frame in zip(axes[0], at, strict=True):
        ax.set_title(f"step {250 * frame}")


filmstrips("no remedy")
plt.show()
modes = [coverage.modes for coverage, _ in results["no remedy"]]
print(f"at most 5 of 8 modes, on average over three seeds: {np.mean(modes) <= 5}")

# %% tags=["nbval-ignore-output"]
print("modes in the end, seed by seed:", *modes)

# %% [markdown]
# All samples move as one swarm. It swings about, passes over modes, and keeps none. It is not that G is too weak for
# eight hills: you will see the same G find them. While the swarm is in one place, D learns that this is where fakes are,
# and all samples flee together, to wherever D does not yet look; then D follows. What lets it happen is that D judges
# **one sample at a time**: each may be a fine sample, and nobody sees that all of them are alike. This is **mode
# collapse**. What *drives* it here, the table will show.
#
# ## Ten remedies, one table
#
# Each remedy is a layer, a callback, an objective or an argument; nothing else changes. Most we have met; here
# are the others.
#
# * **Packing** (Lin et al. 2018): D gets two samples side by side, both real or both generated, and gives one
#   score. Two that are always alike give G away.
# * **Minibatch standard deviation**: lesson 05's layer, the spread of the batch as extra inputs.
# * **One-sided label smoothing** (Salimans et al. 2016): D's label for real samples is 0.9 instead of 1.
# * **Spectral normalization** (Miyato et al. 2018): each of D's matrices is divided by its largest singular
#   value, so that no layer stretches anything.
#
# ### Exercise 3: what smoothing does to D*
#
# Real samples are labeled `label`, generated ones 0, and D minimizes the cross-entropy. What is the optimal D
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
# Now all of them, each by itself on the failing GAN, three seeds each. (The strength of each was tried on other seeds than
# these.) The last two rows are about **momentum**: lesson 04 took Adam with β₁ = 0, lesson 05 with 0.5; Keras' default
# is 0.9. First we only take it away. Then we also let larger learning rates fade to zero: two changes at once, as lesson 04
# made them.
#
# **Predict before you run:** which single remedy do you expect to be the best? And which will do nothing?

# %%
from gan_course.objectives import one_sided_label_smoothing

adam, cosine = keras.optimizers.Adam, keras.optimizers.schedules.CosineDecay
remedies = {
    "packing": {"d": lambda: {"first": [networks.Packing(2)]}},
    "minibatch deviation": {"d": lambda: {"late": [networks.MinibatchStandardDeviation()]}},
    "label smoothing": {"objective": one_sided_label_smoothing(0.9)},
    "spectral normalization": {"d": lambda: {"wrap": keras.layers.SpectralNormalization}},
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
        "callbacks": lambda gan: [Fade(gan.discriminator.layers[0].stddev, STEPS)],
    },
    "no momentum": {"d_adam": lambda: adam(beta_1=0.0), "g_adam": lambda: adam(beta_1=0.0)},
    "no momentum, fading rates": {
        "d_adam": lambda: adam(cosine(4e-3, STEPS), beta_1=0.0),
        "g_adam": lambda: adam(cosine(4e-3, STEPS), beta_1=0.0),
    },
}

# %%
results |= {name: [play(seed, **setting) for seed in SEEDS] for name, setting in remedies.items()}

# %%
figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4.8), sharey=True)
for row, (name, runs) in enumerate(results.items()):
    color = plots.GENERATED if name != "no remedy" else plots.ACCENT
    modes, quality = zip(*(coverage for coverage, _ in runs), strict=True)
    left.plot(modes, row + np.array([-0.2, 0, 0.2]), "o", color=color)
    right.plot(100 * np.array(quality), row + np.array([-0.2, 0, 0.2]), "o", color=color)
left.set(
    yticks=range(len(results)), yticklabels=results, xlim=(-0.4, 8.4), xlabel="modes captured, of 8"
)
right.set(xlim=(-2, 102), xlabel="high quality, % of samples")
right.axvline(100 * perfect.high_quality, color=plots.REAL, ls=":", lw=1.5)
right.axvline(100 * plain.high_quality, color=plots.MUTED, ls="--", lw=1.5)
left.invert_yaxis()
left.set_title("Many find all eight (one dot a seed) …")
right.set_title("… few are sharp (lines: circle, perfect)")
for ax in (left, right):
    ax.grid(axis="y", lw=0.4)
plt.show()

# %% tags=["nbval-ignore-output"]
print(f"{'':26}{'modes, by seed':>16}{'mean':>8}{'high quality, by seed':>25}{'mean':>8}")
for name, runs in results.items():
    modes, quality = np.transpose([coverage for coverage, _ in runs])
    seeds = "  ".join(f"{m:.0f}" for m in modes), "  ".join(f"{q:6.1%}" for q in quality)
    print(f"{name:26}{seeds[0]:>16}{modes.mean():8.1f}{seeds[1]:>25}{quality.mean():8.1%}")


# %%
def score(name):
    """Mean modes, fewest modes, lowest quality."""
    modes, quality = np.transpose([coverage for coverage, _ in results[name]])
    return modes.mean(), modes.min(), quality.min()


print(f"no remedy: at most 5 modes on average: {score('no remedy')[0] <= 5}")
best = "no momentum, fading rates"
print(f"{best}: 8 of 8 modes for each seed: {score(best)[1] == 8}")
print(f"{best}: at least 90 % high quality for each seed: {score(best)[2] >= 0.9}")
for name in ("packing", "minibatch deviation", "no momentum"):
    print(f"{name}: at least 7 modes on average: {score(name)[0] >= 7}")
alone = score("spectral normalization")[0]
print(f"spectral normalization: alone no help, at most 5 modes on average: {alone <= 5}")

# %%
filmstrips("packing", "no momentum", best)
plt.show()

# %% [markdown]
# Did you predict it? The cheapest remedy is older than most on the list: **take Adam's momentum away**. With β₁ = 0.9 the
# players keep running where the opponent was over the last ten steps or so, the whole swarm together. It is the factor above
# 1 that we computed for the Dirac-GAN. It is also why the recipes that work say β₁ = 0.5 or 0.
#
# The others show what they are for:
#
# * **Packing** and the **minibatch deviation** stop the swarm, since D now sees that samples are alike. Packing leaves us with
#   little more than a circle through the modes (the dashed line); the deviation is sharper, on most seeds.
# * **Lookahead** cuts across the circle. With most seeds it stops the swarm, too, and is no sharper. But with some seeds it
#   does not: which ones, depends on the machine's last digits. Its row in the table shows what happened here.
# * **R1** and **two learning rates** help, but by how much depends on the seed. With one seed you could prove what
#   you like.
# * **Label smoothing**, **spectral normalization**, **instance noise** and the **average** do little or no good here. In the
#   literature each is a good remedy against another illness: a D that is too sure or too steep, a perfect D, a G
#   that wobbles around the right place. The average plays the very same game as "no remedy"; only the weights at
#   the end are others, and the average of weights that swing lies in no mode.
# * **Fading rates** on top let everything come to rest: the best row of the table, with every seed. Would a little R1,
#   or an average, bring still more? Try it: `play(3, r1_weight=0.01, ...)`.
#
# So do not read this as a ranking for all GANs. It is one illness, on one patient. What carries over is the way: one
# setting, one change at a time, several seeds, a number.
#
# ## Modes over time
#
# The films give the same two numbers for every 250 steps.

# %%
chosen = ("no remedy", "packing", "no momentum", best)
figure, axes = plt.subplots(1, 2, figsize=(10, 3.6))
colors = (plots.ACCENT, plots.CLASSES[1], plots.DISCRIMINATOR, plots.GENERATED)
for name, color in zip(chosen, colors, strict=True):
    films = [[mode_coverage(frame, centers, 0.05) for frame in film] for _, film in results[name]]
    for ax, values in zip(axes, np.mean(films, axis=0).T, strict=True):
        ax.plot(250 * np.arange(9), values, color=color, ls="--" if name == best else "-", label=name)
axes[0].set(xlabel="step", ylabel="modes, mean of three seeds", ylim=(-0.2, 8.4))
axes[0].set_title("At once, late, or never")
axes[1].set(
    xlabel="step", ylabel="share of high quality", ylim=(-0.02, 1.02), title="Sharpness comes last"
)
axes[1].axhline(perfect.high_quality, color=plots.REAL, ls=":", lw=1.5)
figure.legend(*axes[1].get_legend_handles_labels(), loc="outside lower center", ncols=4)
plt.show()

# %% [markdown]
# Without a remedy, modes are visited, not kept. Without momentum a wide cloud covers all eight at our first look
# already, and the rest of the time goes into sharpness.
#
# ## The doctor's table
#
# | symptom | likely cause | test | remedy |
# |---|---|---|---|
# | losses and samples go around and around | the players circle | samples from the same noise over time; JSD or modes over time | less momentum, fading rates, R1, lookahead; once the circle is small, an average of G's weights |
# | all samples in one swarm, and it wanders | mode collapse | spread of a batch; `mode_coverage` | less momentum, packing, minibatch deviation, lookahead |
# | some modes are missing, and stay missing | G is never told what it lacks | `mode_coverage`, shares of classes | packing, minibatch deviation, a larger batch |
# | D's loss near 0, G's gradient near 0 | D is perfect, the loss saturates | mean push on a sample | the non-saturating loss, instance noise, R1, label smoothing |
# | D's loss near 0, G's loss grows | D is too strong or too steep | norm of D's gradient at real samples | R1, spectral normalization, two learning rates |
# | good samples, then an explosion | learning rate too large | divide it by ten | a smaller or fading rate, R1 |
# | samples right but smeared, for ever | rates too large to settle; noise that does not fade | let the rates fade | fading rates, an average, `Fade` |
# | samples twitch from step to step | G wobbles around the right place | snapshots from the same noise | an average of G's weights |
# | NaN | overflow, in half precision most of all | `StopOnNonFinite` says whose loss it was | a smaller rate, raw scores instead of log(σ(·)) |
#
# The first two rows are what this lesson measured on its ring and its Dirac-GAN, and the fourth its push on samples; the
# other remedies are those of the literature below, and still to be measured on *your* GAN.
#
# ## What can go wrong
#
# | you see | likely cause | test | remedy |
# |---|---|---|---|
# | a remedy helps with one seed | luck | three seeds | report all of them |
# | packing raises an error before the first step | a batch, or the last one, leaves a pack open | `len(images) % batch_size` | another batch size, a few samples less |
# | instance noise, and samples that stay blurred | the noise never faded | `layer.stddev` at the end | `callbacks.Fade` |
# | smoothed labels for generated samples, too | two-sided smoothing | what D* is where only G is (exercise 3) | real samples only |
# | a remedy "does not work" | two were changed at once | change one | a table like ours |
#
# ## Summary in five lines
#
# 1. Eigenvalues at the equilibrium: imaginary ones make players circle, with either loss of G; momentum pushes out, R1
#    and instance noise give the real part that pulls in.
# 2. A perfect D stops the saturating G; the other loss, or a D trained with noise, keeps it going.
# 3. Mode collapse: all samples flee together, as one swarm. A D that sees one sample at a time allows it; here
#    momentum drove it.
# 4. Taking momentum away was enough, and fading rates made it sharp; packing and minibatch deviation stopped the swarm, too, less sharply,
#    and lookahead with most seeds; four did little or nothing here.
# 5. One change at a time, several seeds, two numbers: a remedy that was not measured is a rumor.
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
