# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Project: whose momentum makes the ring collapse?
#
# **This is an example of a small project of the third kind, "a failure, studied".** The authors of the course made it, in the form
# in which a student would hand it in. [The project's page](README.md#the-example-graded) grades it. It does not get all
# points: the prediction below is the guess that most of us would make, but nobody wrote it down with a date before the first run.

# %% tags=["nbval-ignore-output"]
# Where the course package is missing, on Colab for example, this cell installs it first.
import importlib.util

if importlib.util.find_spec("gan_course") is None:
    print("Installing gan_course from https://github.com/gan-course/gan-course")
    # %pip install --quiet git+https://github.com/gan-course/gan-course

import matplotlib.pyplot as plt
import numpy as np

from gan_course import data, plots, runtime
from gan_course.claims import claim

plots.use_style()
print(runtime.configure(seed=0))

# %% [markdown]
# ## 1. Question and prediction
#
# Lesson 06 trains a GAN on a ring of eight modes with Adam as Keras makes it, with the momentum β₁ = 0.9. It collapses. If Adam has no
# momentum in *either* player, it does not. **Does it suffice to take the momentum of one player away, and of which one?**
#
# Prediction: G's momentum does the harm. It is G that jumps from mode to mode, and with momentum it jumps too far. So I expect
# that a GAN whose G has no momentum reaches a fair share (see section 3) of more than 50 %, and one whose D has none less than
# 20 %.
#
# ## 2. Data
#
# A ring of eight Gaussians of standard deviation 0.05, made by the course's package, so there is no question of rights. The
# generator learns from 32,000 points. Another seed makes 2,500 points that it never sees.

# %%
real = data.ring(64 * 500, std=0.05, seed=0)  # the generator learns from these
unseen = data.ring(2500, std=0.05, seed=1)  # the generator never sees these
centers = data.ring_centers(8)
print(f"{len(real):,} points to learn from, {len(unseen):,} to compare with")

# %% [markdown]
# ## 3. The judge and its floor
#
# The judge knows the true centers and has learned nothing, so it is independent. A sample is of high quality if it lies within three
# standard deviations of a center, and a mode is captured if it has at least one such sample (Srivastava et al. 2017). Neither number
# is enough (see "What failed"), so the main number is a third one, the **fair share**: the percentage of samples that are of high
# quality, where each mode counts for at most one eighth of all samples. So it is 100 only if all samples are on modes and all modes
# have equally many. (It is 100 % minus a total variation distance. One list has nine shares: the samples on each of the eight modes,
# and those elsewhere. The other list is the ideal: one eighth, eight times, and 0.)
#
# A generator that does not try draws points on a plain circle through the centers. What this judge cannot see: the
# shape of a mode, and whether samples are copies of the points that G learned from.


# %%
def measure(samples):
    """The judge's numbers for some samples: {name: number}. The first one answers the question."""
    distances = np.linalg.norm(samples[:, None] - centers, axis=2)
    near = distances.min(axis=1) <= 3 * 0.05
    shares = np.bincount(distances.argmin(axis=1)[near], minlength=8) / len(samples)
    fair = 100 * np.minimum(shares, 1 / 8).sum()
    return {"fair share, %": fair, "high quality, %": 100 * near.mean(), "modes": (shares > 0).sum()}


# %%
MAIN = "fair share, %"
angles = np.random.default_rng(0).uniform(0, 2 * np.pi, 2500)
circle = np.stack([np.cos(angles), np.sin(angles)], axis=1)
floor, lazy = measure(unseen), measure(circle)
claim("real, unseen", floor[MAIN], above=94, unit="%")
claim("a plain circle", lazy[MAIN], above=30, below=45, unit="%")

# %% [markdown]
# ## 4. Baseline, change and control
#
# The baseline is lesson 06's "GAN that never rests": its networks, its batches of 64 and its 2,000 steps. All settings have the same
# number of steps, and the same networks. There are two changes, and each is one number: β₁ = 0 for G, or β₁ = 0 for D. A
# last setting has both.
#
# There is another explanation for a success of "D without momentum": perhaps D is only *weaker* then, and any weaker D would
# do. The control rules it out. Its D keeps the momentum, and is made weaker in another way: it gets a quarter of the learning rate.

# %%
import keras
from keras import layers

from gan_course.gan import GAN


def mlp(inputs, outputs):
    hidden = [layers.Dense(128, "relu"), layers.Dense(128, "relu")]
    return keras.Sequential([keras.Input((inputs,)), *hidden, layers.Dense(outputs)])


# %%
def train(seed, g_beta=0.9, d_beta=0.9, d_rate=1e-3):
    """Train a new GAN for 2,000 steps. Returns 2,500 samples after each 500 steps: (4, 2500, 2)."""
    keras.utils.set_random_seed(seed)
    gan, looks = GAN(mlp(4, 2), mlp(2, 1), seed=seed), []
    adams = keras.optimizers.Adam(d_rate, beta_1=d_beta), keras.optimizers.Adam(1e-3, beta_1=g_beta)
    gan.compile(*adams, steps_per_execution=50, jit_compile=False)
    for _ in range(4):
        gan.fit(real, batch_size=64, epochs=1, verbose=0)
        looks.append(gan.generate(2500, seed=1, batch_size=2500))
    return np.array(looks)


# %%
SETTINGS = {
    "baseline: both with momentum": {},
    "change: G without": {"g_beta": 0.0},
    "change: D without": {"d_beta": 0.0},
    "both without": {"g_beta": 0.0, "d_beta": 0.0},
    "control: D with, and slower": {"d_rate": 2.5e-4},
}

# %% [markdown]
# ## 5. Three seeds
#
# The rate of the control was chosen with seeds 10 and 11: a tenth of D's rate did not help either. These are seeds 0, 1 and 2, after
# 2,000 steps.

# %%
SEEDS = (0, 1, 2)


def train_all(names):
    return {name: [train(seed, **SETTINGS[name]) for seed in SEEDS] for name in names}


names = list(SETTINGS)
films = train_all(names[:2])

# %%
films |= train_all(names[2:4])

# %%
films |= train_all(names[4:])
results = {name: [measure(film[-1]) for film in runs] for name, runs in films.items()}

# %% tags=["nbval-ignore-output"]
for key in floor:
    print(f"{key:30}{'seeds ' + ', '.join(map(str, SEEDS)):>24}{'mean':>8}{'std':>8}")
    for name, runs in results.items():
        values = np.array([run[key] for run in runs])
        each = "".join(f"{value:8.1f}" for value in values)
        print(f"{name:30}{each}{values.mean():8.1f}{values.std(ddof=1):8.1f}")

# %% [markdown]
# ## 6. The figure

# %%
figure, ax = plt.subplots(figsize=(7, 3.4))
for row, runs in enumerate(results.values()):
    places = row + np.linspace(-0.2, 0.2, len(runs))  # a little apart, so that no mark hides another
    ax.plot([run[MAIN] for run in runs], places, "o", ms=8, color=plots.GENERATED)
ax.axvline(floor[MAIN], color=plots.REAL, ls=":", lw=2, label="real, unseen")
ax.axvline(lazy[MAIN], color=plots.MUTED, ls="--", lw=2, label="a plain circle")
ax.set_yticks(range(len(results)), results)
ax.set(xlim=(-3, 103), xlabel=MAIN, title="D's momentum makes the ring collapse")
ax.invert_yaxis()
figure.legend(loc="outside lower right", ncols=2)
plt.show()

# %% [markdown]
# Each mark is one seed, the first one on top. Here are the samples of the first seed, after 2,000 steps:

# %%
figure, axes = plt.subplots(1, 5, figsize=(10, 2.9), sharex=True, sharey=True)
for ax, (name, runs) in zip(axes, films.items(), strict=True):
    plots.clouds(unseen[:300], runs[0][-1][:600], ax)
    ax.set_title(name.replace(": ", ":\n"), fontsize=9)
plt.show()

# %% [markdown]
# ## 7. What failed
#
# **My first judge was the number of modes, and the second was the share of high quality.** Both can be fooled, and not only in
# theory. A plain circle has all of the modes. And this is what a G without momentum did with seed 10, with which I chose the
# settings, at its four looks:

# %% tags=["nbval-ignore-output"]
trial = [measure(look) for look in train(10, g_beta=0.0)]
for step, look in zip((500, 1000, 1500, 2000), trial, strict=True):
    print(
        f"step {step:4}: "
        + ", ".join(f"{key.rstrip(', %')} {value:.0f}" for key, value in look.items())
    )

# %%
point = measure(np.repeat(centers[:1], 2500, axis=0))
print("modes of a plain circle:", lazy["modes"])
claim("high quality of a single point", point["high quality, %"], near=100, within=0.1, unit="%")
claim("fair share of a single point", point[MAIN], near=12.5, within=0.1, unit="%")

# %% [markdown]
# **The first look is too early.** I wanted to save time, and to train for 500 steps only. There even the better of the two changes
# is no better than a plain circle, and I would have written that neither helps. So all runs have 2,000 steps.

# %%
early = np.mean([measure(film[0])[MAIN] for film in films["change: D without"]])
claim("D without, after 500 steps, mean", early, below=40, unit="%")

# %% [markdown]
# ## 8. What I claim, and what I do not

# %%
runs = {name.split(": ")[-1]: [run[MAIN] for run in runs] for name, runs in results.items()}
claim("D without: lowest of three seeds", min(runs["D without"]), above=45, unit="%")
claim("G without: highest of three seeds", max(runs["G without"]), below=45, unit="%")
claim("both with momentum: highest", max(runs["both with momentum"]), below=45, unit="%")
claim("control: highest", max(runs["D with, and slower"]), below=45, unit="%")


# %% [markdown]
# On this ring of eight modes, with these networks, Adam at the rate 0.001 and 2,000 steps, each of three seeds says the same: it
# suffices to take D's momentum away, and it does not suffice to take G's. **My prediction was wrong**, and the other way round it would
# have been right. It is not enough that D is weaker: with a quarter of its rate the ring collapses as before. The two settings
# that do not collapse have about the same mean, but with both momenta away the seeds differ more.
#
# I do *not* claim
#
# * that D's momentum is the cause on other data. Lesson 05 trains its DCGAN with β₁ = 0.5, and I tried no pictures;
# * that I know why. A guess: D's momentum keeps pushing where G was some steps ago. To test it, one could measure the angle
#   between D's step and its gradient;
# * that a D without momentum is as good as the data. Real samples still get a much larger fair share, and I looked for no better rate.
#
# ## 9. Sources and tools
#
# * A. Srivastava et al., [VEEGAN](https://arxiv.org/abs/1705.07761), NeurIPS 2017: how to count modes and samples of high quality.
# * Lesson 06 of this course: the ring, the networks, and the table of remedies. The function `train` follows its cells.
# * Language models: a student says here which one was used and for what, or "none".
# * It takes about a minute on two CPU cores.
