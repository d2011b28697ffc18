# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 07 · Measuring a GAN
#
# [![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)](https://colab.research.google.com/github/gan-course/gan-course/blob/main/notebooks/07_measuring_a_gan.ipynb)
#
# **The one idea: no single number tells how good a generator is. Each one is blind to something, so ask
# several, know what each cannot see, and look at the pictures.**
#
# After this lesson you will be able to
#
# * say what a GAN's losses tell, and what they do not;
# * compute the Parzen log-likelihood, the Fréchet distance, precision and recall, modes and high quality, and
#   say what each of them is blind to;
# * tell a good generator from a collapsed, a blurry and a memorizing one, by numbers;
# * report a number so that others can compare with it.
#
# It takes about 60 minutes to read; its cells run in about 90 seconds on two CPU cores, in a third of that
# where only the small digits are at hand. You should know the DCGAN of [lesson 05](05_gans_for_images.ipynb).

# %% tags=["nbval-ignore-output"]
# Where the course package is missing, on Colab for example, this cell installs it first.
import importlib.util

if importlib.util.find_spec("gan_course") is None:
    print("Installing gan_course from https://github.com/gan-course/gan-course")
    # %pip install --quiet git+https://github.com/gan-course/gan-course

import warnings

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import ListedColormap

from gan_course import data, metrics, networks, plots, runtime
from gan_course.checks import lesson_07 as check

plots.use_style()
print(runtime.configure(seed=0))

# %% [markdown]
# ## Two piles of real pictures
#
# Handwritten digits again: MNIST's where they are at hand, otherwise scikit-learn's small ones. This time the test
# pictures matter as much as the training ones. A measure of generated pictures always compares them with real
# ones, and *which* real ones decides what it can see. So we keep two piles apart: `images`, which the generator
# learns from, and `real`, which it never sees.

# %% tags=["nbval-ignore-output"]
with warnings.catch_warnings(record=True) as said:  # load says so when it has to fall back
    images, labels = data.load("mnist", offline="digits")
    unseen, unseen_labels = data.load("mnist", split="test", offline="digits")
print(*{str(warning.message).partition(". ")[0] for warning in said})
images, labels, shape = images[:40_000], labels[:40_000], images.shape[1:]
order = np.random.default_rng(0).permutation(len(unseen))  # MNIST's begin with the easy ones
unseen, unseen_labels = unseen[order], unseen_labels[order]
real = unseen[:1000]
count = len(real)
print(f"{len(images):,} pictures to learn from, {count:,} to compare with, of shape {shape}")

# %% [markdown]
# Several measures below do not look at pixels but at *features*: what a network, trained for another purpose,
# makes of a picture. `metrics.feature_classifier` trains a small one here and now: it learns to name digits,
# and its hidden layer of 64 units gives 64 numbers per picture. It is our judge, so let us first see whether it
# knows its trade.

# %%
judge = metrics.feature_classifier(images[:10_000], labels[:10_000])
real_features = judge.features(real)
accuracy = (judge.classes(unseen) == unseen_labels).mean()
print(f"{real_features.shape[1]} features a picture")
print(f"it names more than 9 in 10 new pictures correctly: {accuracy > 0.9}")

# %% [markdown]
# ## Watching the loss
#
# Now the generator: lesson 05's DCGAN and its recipe. Every 100 steps we write down three
# numbers: the mean losses of D and G since the last look, and the Fréchet distance between generated and real
# pictures. That is a measure of quality which we take apart below; here it is enough to know that less is
# better and 0 the best.
#
# **Predict before you run:** the pictures go from gray fog to digits. What will G's loss do meanwhile?

# %%
from gan_course.callbacks import Snapshots
from gan_course.gan import GAN

gan = GAN(networks.dcgan_generator(shape), networks.dcgan_discriminator(shape), seed=0)
gan.compile()


def look(gan):
    losses = float(gan.d_loss.result()), float(gan.g_loss.result())
    gan.d_loss.reset_state()
    gan.g_loss.reset_state()
    with gan.averaged():
        made = judge.features(gan.generate(count, seed=2))
    return *losses, metrics.frechet_distance(real_features, made)


# %% [markdown]
# This is the one cell that takes its time, half a minute or so. It prints nothing meanwhile: since `look` begins
# a new mean every 100 steps, a progress bar would show nonsense.

# %%
passes = np.resize(images, (40_000, *shape))  # few pictures are gone through more often
diary = Snapshots(look, every=100)
history = gan.fit(passes, verbose=0, callbacks=[diary])
print(f"{gan.steps_behind():,} steps, {len(diary.taken)} looks")

# %%
steps = np.array(diary.steps[1:])  # before the first step there are no losses
d_losses, g_losses, distances = np.array(diary.taken[1:]).T
figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.4))
left.plot(steps, d_losses, color=plots.DISCRIMINATOR, label="D")
left.plot(steps, g_losses, color=plots.GENERATED, label="G")
left.set(xlabel="step", ylabel="loss", ylim=(0, None), title="The losses go their own ways …")
left.legend()
right.semilogy(steps, distances, color=plots.REAL)
right.set(xlabel="step", ylabel="Fréchet distance", title="… while the pictures get better")
plt.show()
late, late_distance = g_losses[-5:].mean(), distances[-5:].mean()
print(f"from step 200 on the distance fell to less than half: {late_distance < distances[1] / 2}")
print(f"G's loss did not even fall to two thirds: {late > g_losses[1] * 2 / 3}")

# %% tags=["nbval-ignore-output"]
print(f"Fréchet distance: {distances[1]:.1f} after {steps[1]} steps, {distances[-1]:.1f} at the end")
print(f"G's loss: {g_losses[1]:.2f} up to step {steps[1]}, {late:.2f} in the last 500 steps")

# %% [markdown]
# The distance fell many times over, and G's loss does not show it: on the small digits it ends above where it began. That is
# no accident. G's loss says how well G fools D, *and D learns as well*: the yardstick grows with the child. In
# a game a score tells who is ahead, not how well the two play. (Lesson 04 had the extreme case: at equilibrium
# the losses are known in advance.)
# That holds for this loss; the critic of a Wasserstein GAN (lesson 08) follows the quality better.
#
# So we have to measure the pictures themselves. Here are some, and from now on they stay as they are:

# %%
pool = gan.generate(2000, seed=1)
good = pool[:count]
figure, axes = plt.subplots(2, 1, figsize=(9, 2.5))
plots.image_grid(real[:12], "real, never seen by G", columns=12, ax=axes[0])
plots.image_grid(good[:12], "generated", columns=12, generated=True, ax=axes[1])
plt.show()

# %% [markdown]
# ## The first measure: a bell on each sample
#
# A density model can be asked how likely it finds the test pictures. A GAN cannot: it has samples, and no
# density. Goodfellow et al. (2014) made one from samples. Put a Gaussian bell of width σ on each of n generated samples
# $x_i$, and call their mean the density. That is a *Parzen window*:
#
# $$\log p(x) = \log \frac1n \sum_{i=1}^n \exp\left(-\frac{\|x - x_i\|^2}{2\sigma^2}\right) - \frac d2 \log(2\pi\sigma^2)$$
#
# with d pixels, each in [0, 1]. Its mean over test pictures gave the table by which the first GAN was compared,
# on MNIST, in nats, higher is better:
#
# | DBN | stacked CAE | deep GSN | GAN |
# |---|---|---|---|
# | 138 ± 2 | 121 ± 1.6 | 214 ± 1.1 | **225 ± 2** |
#
# ### Exercise 1: the log-density of one picture
#
# Write the formula for one point. A warning: in 784 dimensions the exponents are in the hundreds, below zero.
# What is exp(−800), and what is its log?


# %%
def log_parzen(point, samples, sigma):
    """point: (d,). samples: (n, d). Return the log of the Parzen density at the point."""
    return ...


check.log_parzen(log_parzen)
# check.log_parzen.hint()
# check.log_parzen.solution()

# %% [markdown]
# For many points at once, SciPy has both parts ready: all distances, and a `logsumexp` that does not underflow.
# The package does the same, and also chooses σ. It has to be chosen on pictures that are *not* the test
# pictures: whoever tries many widths on the test set reports its luck. We halve our pile of real pictures: one
# half to choose on, one to report on.

# %%
from scipy.spatial.distance import cdist
from scipy.special import logsumexp


def pixels(pictures):
    return (pictures.reshape(len(pictures), -1) + 1) / 2  # in [0, 1], as in the paper


def log_densities(distances, sigma, size):
    """distances: (points, samples). Return the log of the density at each point, in size dimensions."""
    logs = logsumexp(-(distances**2) / (2 * sigma**2), axis=1)
    return logs - np.log(distances.shape[1]) - size / 2 * np.log(2 * np.pi * sigma**2)


test, validation = pixels(real[: count // 2]), pixels(real[count // 2 :])
ours = log_densities(cdist(test, pixels(good)), 0.2, test.shape[1]).mean()
package = metrics.parzen_log_likelihood(pixels(good), test, sigma=0.2).mean
print(f"ours and the package's agree: {np.isclose(ours, package)}")

# %% [markdown]
# ## Who wins?
#
# Three sets of the same size compete for the highest log-likelihood:
#
# * `good`, the DCGAN's samples;
# * **real pictures**, from the training pile. Nothing can be more real: a perfect generator would do as well as
#   these, and no better;
# * **centers of k-means**: we sort training pictures into as many clusters and take the mean picture of each. They have
#   seen more pictures than the second entry shows, but get no more bells; whoever sends them in knows how to average,
#   and nothing else.
#
# **Predict before you run:** put the three in order.

# %%
from sklearn.cluster import KMeans

clusters = KMeans(count, init="random", n_init=1, max_iter=10, random_state=0).fit(
    pixels(images[:5000])
)
centers = (2 * clusters.cluster_centers_ - 1).reshape(-1, *shape)
entries = {"DCGAN": good, "real pictures": images[:count], "k-means centers": centers}
scores = {
    name: metrics.parzen_log_likelihood(pixels(pictures), test, validation)
    for name, pictures in entries.items()
}
lead = scores["k-means centers"].mean - scores["real pictures"].mean
print(f"the averages beat real pictures by 3 standard errors: {lead > 3 * scores['real pictures'][1]}")
print(f"real pictures beat the DCGAN: {scores['real pictures'].mean > scores['DCGAN'].mean}")

# %% tags=["nbval-ignore-output"]
for name, (mean, error, sigma) in scores.items():
    print(f"{name:16} {mean:7.1f} ± {error:.1f} nats at σ = {sigma:.2f}")

# %%
widths, size = np.geomspace(0.08, 0.5, 16), test.shape[1]
colors = (plots.GENERATED, plots.REAL, plots.ACCENT)
for (name, pictures), color in zip(entries.items(), colors, strict=True):
    gaps = cdist(validation[:200], pixels(pictures))
    curve = [log_densities(gaps, sigma, size).mean() for sigma in widths]
    plt.semilogx(widths, curve, color=color, label=name)
top = max(score.mean for score in scores.values())
plt.gca().set(xlabel="width σ of the bells", ylabel="log-likelihood, nats", ylim=(-2 * top, 1.3 * top))
plt.xticks([0.1, 0.2, 0.5], ["0.1", "0.2", "0.5"])
plt.minorticks_off()
plt.title("Averages beat real pictures, each at its best width")
plt.legend()
plt.show()

# %% [markdown]
# At an equal number of bells the averages win, and clearly. A measure by which real pictures lose to blurred ones does not
# measure how real pictures are. Theis, van den Oord and Bethge (2016) showed it on MNIST, and we have repeated it with
# the protocol of 2014 ([our table](../assets/parzen.md)): fewer k-means centers than real digits score more than the real
# digits do. (Our own GAN is far below the 225 of 2014 there: hold numbers of one table against one another only.)
# Why does it happen? In so many dimensions even 10,000 bells are hopelessly few. A test picture is far from *every*
# sample, so the score hardly asks what a sample looks like, only how near it lies to all the pictures around it:
# and nothing lies nearer to all than their mean.
#
# A second lesson hides in the figure: move σ a little, and the numbers change by more than models differ. A
# Parzen number without its width, number of samples, and protocol says nothing.

# %%
figure, axes = plt.subplots(2, 1, figsize=(9, 2.5))
plots.image_grid(images[:12], "real pictures: the lower score", columns=12, ax=axes[0])
plots.image_grid(
    centers[:12], "k-means centers: the higher score", columns=12, generated=True, ax=axes[1]
)
plt.show()

# %% [markdown]
# ## The Fréchet distance
#
# Today's most quoted number leaves pixels behind. Take features of real and of generated pictures, describe
# each set by its mean μ and covariance Σ, as if it were Gaussian, and take the distance of the two Gaussians:
#
# $$d^2 = \|\mu_r - \mu_g\|^2 + \mathrm{tr}\left(\Sigma_r + \Sigma_g - 2\,(\Sigma_r \Sigma_g)^{1/2}\right)$$
#
# With the features of an Inception network, trained on ImageNet, it is called FID (Heusel et al. 2017). **Ours
# is not the FID.** Our judge is a small network that knows digits. Its numbers can be compared with one
# another, here, and with no published number at all.
#
# ### Exercise 2: in one dimension
#
# The formula looks worse than it is. Write it for two Gaussians on the line, given by mean and standard
# deviation. It becomes very short.


# %%
def frechet_1d(mean_a, std_a, mean_b, std_b):
    """Return the squared Fréchet distance of two Gaussians on the line."""
    return ...


check.frechet_1d(frechet_1d)
# check.frechet_1d.hint()
# check.frechet_1d.solution()

# %% [markdown]
# In many dimensions only the last term needs thought: the trace of the root of a matrix is the sum of the roots
# of its eigenvalues. So the whole distance takes four lines. Ours and the package's:


# %%
def frechet(a, b):
    cov_a, cov_b = np.cov(a, rowvar=False), np.cov(b, rowvar=False)
    eigenvalues = np.linalg.eigvals(cov_a @ cov_b).real.clip(0)  # rounding makes some barely negative
    shift = np.sum((a.mean(axis=0) - b.mean(axis=0)) ** 2)
    return shift + np.trace(cov_a + cov_b) - 2 * np.sqrt(eigenvalues).sum()


good_features = judge.features(good)
package = metrics.frechet_distance(real_features, good_features)
agree = np.isclose(frechet(real_features, good_features), package, rtol=1e-3)
print(f"ours and the package's agree: {agree}")

# %% [markdown]
# ### Seven modes, or a cloud?
#
# "As if it were Gaussian" is a strong thing to say. Two generators try to imitate a ring of eight Gaussians.
# One draws seven of the eight modes, each perfectly. The other draws one big cloud with the ring's mean and
# spread. **Predict before you run:** which of the two does the Fréchet distance prefer?

# %%
ring, ring_centers = data.ring(2500, seed=0), data.ring_centers()
seven = ring[np.linalg.norm(ring - ring_centers[0], axis=1) > 0.3]
noise = np.random.default_rng(1).normal(size=ring.shape)
cloud = ring.mean(axis=0) + ring.std(axis=0) * noise
figure, axes = plt.subplots(1, 2, figsize=(7.5, 3.9))
for ax, name, made in zip(axes, ("seven modes of eight", "one cloud"), (seven, cloud), strict=True):
    distance = metrics.frechet_distance(ring, made)
    print(f"{name}: Fréchet distance {distance:.4f}")
    plots.clouds(ring, made, ax, f"{name}: Fréchet {distance:.4f}")
    ax.set(xlabel="x₁", ylabel="x₂", xlim=(-2.6, 2.6), ylim=(-2.6, 2.6))
axes[0].legend(loc="upper left", markerscale=2)
plt.show()

# %% [markdown]
# It prefers the cloud, of which hardly a point lies where data is. Mean and covariance are right, and it asks
# for nothing else. The features of a network are seldom as odd as this ring, so in practice it works well
# enough; but more than these two it cannot see.
#
# ### Biased by the number of samples
#
# The distance of two finite samples is too large, even when both come from the same source: each mean and covariance has
# errors of its own, and errors never make a distance smaller on average. How much? We take two sets of *real*
# pictures that have nothing in common, and sets of generated ones against real ones, of more and more pictures.


# %%
every_real = np.concatenate([judge.features(images[:4000]), judge.features(unseen[:4000])])
made = judge.features(pool)
sizes = np.geomspace(50, min(len(every_real) // 2, len(made)), 8).astype(int)


def mean_distance(size, fake=None):
    rng, values = np.random.default_rng(0), []
    for _ in range(5):
        chosen = every_real[rng.permutation(len(every_real))]
        other = chosen[size : 2 * size] if fake is None else fake[rng.permutation(len(fake))[:size]]
        values.append(metrics.frechet_distance(chosen[:size], other))
    return np.mean(values)


of_real = np.array([mean_distance(size) for size in sizes])
of_made = np.array([mean_distance(size, made) for size in sizes])
print(f"{sizes[0]} real pictures look worse than many generated ones: {of_real[0] > of_made[-1]}")
print(f"with many, real pictures come out 5 times better than with few: {of_real[0] > 5 * of_real[-1]}")

# %%
plt.loglog(sizes, of_made, "o-", color=plots.GENERATED, label="generated against real")
plt.loglog(sizes, of_real, "o-", color=plots.REAL, label="real against real: should be 0")
plt.gca().set(xlabel="pictures in each set", ylabel="Fréchet distance")
plt.title("The fewer pictures, the larger the distance, even of real from real")
plt.legend()
plt.show()

# %% [markdown]
# The black line should be at zero. It falls about as one over the number of pictures, and never arrives. Two
# rules follow. **Compare only distances of equally many samples**, and say how many. And **measure the floor**:
# the distance of real from real, at the same size, is what a perfect generator would get. (The *kernel
# distance*, `metrics.kernel_distance`, known as KID, has no such bias: it is 0 on average for equal sources,
# whatever the number.)
#
# ## Precision and recall
#
# A distance mixes two faults that call for different remedies: samples that look wrong, and kinds of pictures
# that are missing. Kynkäänniemi et al. (2019) ask two questions. Around each real sample draw a ball that
# reaches to its third nearest real neighbor: together they are where real data lives. **Precision** is the
# share of generated samples inside. Then the balls go around the generated samples, and **recall** is the share
# of real ones inside.
#
# ### Exercise 3: precision
#
# Given all distances from generated to real samples, and the radius of each real sample's ball: what is the
# precision?


# %%
def precision(distances, radii):
    """distances: (generated, real). radii: (real,). Return the share of generated samples in any ball."""
    return ...


check.precision(precision)
# check.precision.hint()
# check.precision.solution()

# %% [markdown]
# In the plane one can see it. The data has four modes; a generator draws two of them, and now and then
# something in between. **Predict before you run:** which of the two numbers will be low?


# %%
def radii(points, k=3):
    return np.sort(cdist(points, points), axis=1)[:, k]  # column 0 is each point itself


def inside(points, others):
    return (cdist(points, others) <= radii(others)).any(axis=1)


rng = np.random.default_rng(0)
data_points = data.ring(120, modes=4, std=0.15, seed=0)
two_modes = data_points.mean(axis=0) + data.ring(110, modes=4, std=0.15, seed=1)
drawn = np.concatenate([two_modes[two_modes.sum(axis=1) > 0], rng.uniform(-0.4, 0.4, (12, 2))])
ours = inside(drawn, data_points).mean(), inside(data_points, drawn).mean()
package = metrics.precision_recall(data_points, drawn)
print(f"precision {ours[0]:.2f}, recall {ours[1]:.2f}")
print(f"ours and the package's agree: {np.allclose(ours, package)}")

# %%
figure, axes = plt.subplots(1, 2, figsize=(9, 4.6), sharex=True, sharey=True)
sets = (drawn, data_points, "precision", plots.GENERATED, plots.REAL)
turned = (data_points, drawn, "recall", plots.REAL, plots.GENERATED)
names = ("generated points in real balls", "real points in generated balls")
for ax, (points, others, name, color, ball), title in zip(axes, (sets, turned), names, strict=True):
    plots.balls(others, radii(others), ball, ax)
    within = inside(points, others)
    ax.scatter(*points[within].T, s=22, color=color, label="in a ball")
    ax.scatter(*points[~within].T, s=34, color=plots.ACCENT, marker="x", lw=1.5, label="in none")
    ax.set(title=f"{name} {within.mean():.2f}: {title}", xlabel="x₁", ylabel="x₂")
    ax.title.set_fontsize(10.5)
    ax.set(xlim=(-1.6, 1.75), ylim=(-1.6, 1.8))
    ax.legend(loc="lower left")
plt.show()

# %% [markdown]
# Left: of the green points only the stray ones in the middle lie outside the gray balls. Right: the green balls
# cover two heaps of four, and half of the data is marked as missing. Quality high, variety low: the mark of
# mode collapse. One distance could not have told which of the two it is.
#
# The figure shows a blind spot, too: a stray point is far from its neighbors, so its ball is huge, and it lets
# some points of the missing heaps in. And balls say where the data is, not how much of it: a generator that
# draws one digit nine times in ten, and the others rarely, can still have nearly full recall (Naeem et al. 2020).
#
# ## Modes and high quality
#
# Where we know the modes, as on the ring, we need no balls. VEEGAN and PacGAN count: a sample is of *high
# quality* within three standard deviations of the nearest mode, and a mode is *captured* if it is nearest to at
# least one such sample.
#
# ### Exercise 4: count them


# %%
def coverage(samples, centers, std):
    """samples: (n, 2). centers: (modes, 2). Return modes captured, and the share of high quality."""
    return ...


check.coverage(coverage)
# check.coverage.hint()
# check.coverage.solution()

# %% [markdown]
# A perfect sampler does not score 100 %: in the plane, a share of 1 − exp(−3²/2) of a Gaussian lies within
# three deviations. Three generators: a perfect one, one that knows a single mode, and one that finds all modes
# and is three times too wide.

# %%
samplers = {
    "perfect": ring,
    "one mode": ring_centers[0] + 0.01 * noise,
    "too wide": data.ring(2500, std=0.03, seed=2),
}
print(f"expected of a perfect sampler: {1 - np.exp(-(3**2) / 2):.1%}")
for name, made in samplers.items():
    modes, high_quality = metrics.mode_coverage(made, ring_centers, std=0.01)
    print(f"{name:9} {modes} modes, {high_quality:.1%} of high quality")

# %% [markdown]
# Each number misses what the other sees: the collapsed sampler has perfect quality, the wide one has all modes.
# Always report both. For pictures, where modes have no centers, one counts the classes that the judge sees
# (`metrics.reverse_kl` says how unequal their shares are).
#
# ## Two more questions: can you tell them apart, and is it a copy?
#
# **The two-sample test.** Mix generated and real samples, and let a classifier guess which is which. If the two
# sets come from one source it can only toss a coin: accuracy ½. The simplest classifier is the nearest other
# sample: each is taken for what its nearest neighbor is (Xu et al. 2018). **Nearest neighbors** we know from lesson 05: how far is each sample from the
# nearest training picture?
#
# Both meet a thief: training pictures with a trace of noise on them. We ask the two-sample test twice, once
# against the pictures that were stolen, once against real ones that were not. **Predict before you run** both
# accuracies.

# %%
rng = np.random.default_rng(3)
thief = np.clip(images[:count] + rng.normal(0, 0.03, images[:count].shape), -1, 1)
stolen = metrics.two_sample_test(pixels(images[:count]), pixels(thief)).accuracy
unknown = metrics.two_sample_test(real_features, judge.features(thief)).accuracy
print(f"against the stolen pictures, accuracy is below 0.05: {stolen < 0.05}")
print(f"against pictures it has not seen, between 0.4 and 0.65: {0.4 < unknown < 0.65}")

# %% tags=["nbval-ignore-output"]
print(f"accuracy {stolen:.3f} against the stolen pictures, {unknown:.3f} against unseen ones")

# %% [markdown]
# An accuracy far *below* a coin toss: each copy's nearest neighbor is its original, which is real, and each
# original's is its copy. So the test does catch thieves, but only where it is shown the stolen goods. Against
# held-out pictures, as it is usually run, the thief passes for perfect.
#
# And distances to the training set? They catch this thief. But move each stolen picture by one pixel:


# %%
def copy_distance(pictures):
    """Median distance of 200 pictures to the nearest of 3,000 training pictures."""
    return np.median(metrics.nearest_neighbors(pixels(pictures[:200]), pixels(images[:3000])).distances)


honest = copy_distance(real)
suspects = {"stolen": thief, "moved": np.roll(images[:200], 1, axis=2), "generated": good}
near = {name: copy_distance(pictures) / honest for name, pictures in suspects.items()}
print(f"the thief is much nearer than honest new pictures: {near['stolen'] < 1 / 3}")
print(f"moved by a pixel it is not: {near['moved'] > 0.7}")

# %% tags=["nbval-ignore-output"]
for name, ratio in near.items():
    print(f"{name:9} {ratio:.2f} times as far as honest new pictures")

# %% [markdown]
# A pixel's width hides the theft (in a picture of 8 × 8 that is a crude shift; at 28 × 28 you would hardly see it).
# Distances in pixels see copies, not ideas; a large distance is no proof of innocence. And we searched 3,000 pictures,
# where we knew the loot to be; a real search needs the whole training set.
#
# ## The panel
#
# Now the trial. Four generators, seven measures. Only the first generator was trained; the other three we made
# by hand, so that we know what is wrong with each:
#
# * **good**: the DCGAN's samples;
# * **collapsed**: ten of the DCGAN's samples, one of each digit, over and over. Of 2,000 samples we took those
#   whose features lie nearest to those of five training pictures, so each of the ten is a fine
#   one in the judge's eyes, and high precision is built in. The question is who sees the rest;
# * **blurry**: the good samples squeezed through ten numbers each, the first ten principal components of the
#   training pictures, and drawn anew from these: what a model with too narrow a bottleneck would draw;
# * **memorizing**: the thief from above, training pictures with a trace of noise. (The judge has learned from these
#   pictures, too; a careful study would train it on others.)

# %%
from sklearn.decomposition import PCA

features, classes = judge.features(pool), judge.classes(pool)
gaps = metrics.nearest_neighbors(features, judge.features(images[:5000]), k=5).distances[:, -1]
best = [min(np.flatnonzero(classes == digit), key=lambda i: gaps[i]) for digit in range(10)]
collapsed = pool[np.resize(best, count)]

pca = PCA(10, random_state=0).fit(pixels(images[:5000]))
redrawn = pca.inverse_transform(pca.transform(pixels(good))).reshape(good.shape)
blurry = np.clip(2 * redrawn - 1, -1, 1)

panel = {"good": good, "collapsed": collapsed, "blurry": blurry, "memorizing": thief}

# %%
figure, axes = plt.subplots(5, 1, figsize=(9, 6.6))
plots.image_grid(real[:12], "real", columns=12, ax=axes[0])
for ax, (name, pictures) in zip(axes[1:], panel.items(), strict=True):
    plots.image_grid(pictures[:12], name, columns=12, generated=True, ax=ax)
plt.show()

# %% [markdown]
# What does *caught* mean? **Clearly worse than the good generator**, by these margins: three standard errors of
# log-likelihood; 1.5 times the distance; 0.2 of precision or recall; a digit less; 0.1 more accuracy of
# the test. Copies are caught below half of the honest distance. The margins are our
# choice, and this is one seed: move them, and cells near the edge change color.
#
# **Predict before you run:** take a sheet of paper, and for each of the three failures write down which
# measures will catch it: the Parzen log-likelihood, the Fréchet distance, precision, recall, the number of
# digits drawn, the two-sample test (all these against unseen real pictures), and the distance to the training
# set (as a multiple of what honest new pictures have).


# %%
def measure(pictures):
    features = judge.features(pictures)
    precision, recall = metrics.precision_recall(real_features, features)
    return {
        "Parzen": metrics.parzen_log_likelihood(pixels(pictures), test, validation).mean,
        "Fréchet": metrics.frechet_distance(real_features, features),
        "precision": precision,
        "recall": recall,
        "digits": len(np.unique(judge.classes(pictures))),
        "two-sample": metrics.two_sample_test(real_features, features).accuracy,
        "copies": copy_distance(pictures) / honest,
    }


table = {name: measure(pictures) for name, pictures in panel.items()}

# %% [markdown]
# And who is caught?

# %%
base, error = table["good"], scores["DCGAN"].standard_error
CAUGHT = {
    "Parzen": lambda value: value < base["Parzen"] - 3 * error,
    "Fréchet": lambda value: value > 1.5 * base["Fréchet"],
    "precision": lambda value: value < base["precision"] - 0.2,
    "recall": lambda value: value < base["recall"] - 0.2,
    "digits": lambda value: value < base["digits"],
    "two-sample": lambda value: value > base["two-sample"] + 0.1,
    "copies": lambda value: value < 0.5,
}
caught = {
    name: {metric: bool(CAUGHT[metric](value)) for metric, value in row.items()}
    for name, row in table.items()
}

# %% tags=["nbval-ignore-output"]
floor_size = min(count, len(every_real) // 2)
print(f"Fréchet floor, real against real, {floor_size} each: {mean_distance(floor_size):.1f}")
FORMATS = dict(zip(CAUGHT, (".1f", ".1f", ".2f", ".2f", "d", ".2f", ".2f"), strict=True))
print(f"{'':10}" + "".join(f"{metric:>12}" for metric in CAUGHT))
for name, row in table.items():
    cells = [f"{row[m]:{FORMATS[m]}}{'!' if caught[name][m] else ' '}" for m in CAUGHT]
    print(f"{name:10}" + "".join(f"{cell:>12}" for cell in cells))
print("! caught: clearly worse than the good generator")

# %%
flags = np.array([[*row.values()] for row in caught.values()])
figure, ax = plt.subplots(figsize=(9, 3))
shades = ListedColormap(["#f2f2f2", plots.CLASSES[0]])
ax.imshow(flags, cmap=shades, aspect="auto", vmin=0, vmax=1)
for i, row in enumerate(table.values()):
    for j, (metric, value) in enumerate(row.items()):
        ax.text(j, i, f"{value:{FORMATS[metric]}}", ha="center", va="center")
ax.set(xticks=range(7), xticklabels=CAUGHT, yticks=range(4), yticklabels=table)
ax.tick_params(length=0)
ax.set(xlabel="measure", ylabel="generator")
ax.set_title("Orange: caught. Each failure is caught by some measures, and missed by others")
plt.show()

# %% [markdown]
# Read it line by line, and in between ask: who would have been fooled?

# %%
WITNESSES = {
    "collapsed": (("Parzen", "Fréchet", "recall", "two-sample"), ("precision", "digits", "copies")),
    "blurry": (("Fréchet", "recall"), ("Parzen", "precision", "digits", "copies")),
    "memorizing": (("copies",), ("Parzen", "Fréchet", "precision", "recall", "digits", "two-sample")),
}
for name, (seen_by, missed_by) in WITNESSES.items():
    print(f"{name} is caught by {', '.join(seen_by)}: {all(caught[name][m] for m in seen_by)}")
    print(f"    and missed by {', '.join(missed_by)}: {not any(caught[name][m] for m in missed_by)}")

# %% [markdown]
# * The **collapsed** generator draws ten pictures forever, and precision loves it: one by one they are fine.
#   It draws all ten digits, so counting classes finds nothing wrong either. Recall is the witness: ten pictures
#   do not cover the data.
# * The **blurry** one pleases precision, too, since an average lies in the middle of the data. The Parzen window does
#   not mind it either, as with the k-means centers, and the two-sample test is on the fence. The Fréchet distance and recall see that its pictures are too much
#   alike.
# * The **memorizing** one has stolen everything, and six measures of seven find nothing. Worse, it wins:

# %%
copies, failures = table["memorizing"], ("collapsed", "blurry", "memorizing")
print(f"the thief's log-likelihood is above the DCGAN's: {copies['Parzen'] > base['Parzen']}")
print(f"its two-sample accuracy is nearer to ½: {copies['two-sample'] < base['two-sample']}")
fine = all(table[name]["precision"] > base["precision"] - 0.05 for name in failures)
print(f"by precision none of the three failures looks worse than the DCGAN: {fine}")

# %% [markdown]
# Whoever ranks by the log-likelihood or by the two-sample test gives the prize to the thief. (By the Fréchet
# distance, too, unless the DCGAN is exceptionally good: see the table.) Whoever ranks by precision alone finds
# nothing wrong with any of the three. These measures are not broken. They ask whether the *distribution* is right, and
# training pictures are as near to it as pictures can be. Whether a picture is *new* is another question. Nor is the good generator perfect: a perfect one would have a
# two-sample accuracy near ½, and the Fréchet floor that is printed above the table.
#
# ## How to report
#
# * The features: which network, trained on what. The real set: which pictures, held out or not. Number of
#   samples, equal for all that you compare.
# * A quality and a variety number (precision *and* recall, high quality *and* modes), and a check for copies.
# * The floor: the same numbers for real pictures against real ones.
# * Several seeds. One lucky run is an anecdote.
# * A grid of samples that nobody has picked by hand.
#
# ## What can go wrong
#
# | you see | likely cause | test | remedy |
# |---|---|---|---|
# | G's loss rises, and you stop training | the loss measures the opponent, too | a measure of the pictures over time | choose the moment by that measure |
# | a Fréchet distance twice that of a paper | other features, or other numbers of samples | the floor: real against real | compare only within one protocol |
# | NaN or complex numbers in the Fréchet distance | root of a singular matrix | fewer samples than features? | sum of singular values, as the package does |
# | great precision, and a dull page of pictures | mode collapse | recall; are two samples alike? | lesson 06 |
# | a wonderful Fréchet distance | it may be a copy machine | nearest neighbors in the training set | measure copies, and against held-out pictures |
# | the log-likelihood is −∞ | exp underflows | largest exponent | logsumexp |
# | your measure and your eyes disagree | the features do not see what you see | which pictures move the number? | trust neither; look longer |
#
# ## Summary in five lines
#
# 1. A GAN's losses tell who is ahead in the game, not how good the pictures are.
# 2. The Parzen log-likelihood rewards averages: k-means centers beat real pictures.
# 3. The Fréchet distance compares means and covariances of features; it depends on the network, is biased for
#    few samples, and thieves do well by it.
# 4. Precision sees bad samples, recall missing ones; modes and high quality are the same pair where modes are
#    known.
# 5. No number catches everything: use several, know their blind spots, and look at the pictures.
#
# ## References
#
# * I. Goodfellow et al., [Generative adversarial networks](https://arxiv.org/abs/1406.2661), NIPS 2014: table
#   1, the Parzen window.
# * L. Theis, A. van den Oord, M. Bethge, [A note on the evaluation of generative
#   models](https://arxiv.org/abs/1511.01844), ICLR 2016: why it misleads.
# * M. Heusel et al., [GANs trained by a two time-scale update rule converge to a local Nash
#   equilibrium](https://arxiv.org/abs/1706.08500), NIPS 2017: the Fréchet Inception distance.
# * M. Bińkowski et al., [Demystifying MMD GANs](https://arxiv.org/abs/1801.01401), ICLR 2018: its bias, and the
#   kernel distance.
# * T. Salimans et al., [Improved techniques for training GANs](https://arxiv.org/abs/1606.03498), NIPS 2016: the Inception
#   score, which never looks at real pictures, and so sees neither copies nor what is missing within a class.
# * M. F. Naeem et al., [Reliable fidelity and diversity metrics](https://arxiv.org/abs/2002.09797), ICML 2020: blind spots
#   of precision and recall.
# * T. Kynkäänniemi et al., [Improved precision and recall metric for assessing generative
#   models](https://arxiv.org/abs/1904.06991), NeurIPS 2019.
# * A. Srivastava et al., [VEEGAN](https://arxiv.org/abs/1705.07761), NIPS 2017, and Z. Lin et al.,
#   [PacGAN](https://arxiv.org/abs/1712.04086), NeurIPS 2018: modes and high quality.
# * D. Lopez-Paz, M. Oquab, [Revisiting classifier two-sample tests](https://arxiv.org/abs/1610.06545), ICLR
#   2017; Q. Xu et al., [An empirical study on evaluation metrics of generative adversarial
#   networks](https://arxiv.org/abs/1806.07755), 2018.
#
# **Next lesson:** [08 · Other objectives](08_other_objectives.ipynb).
