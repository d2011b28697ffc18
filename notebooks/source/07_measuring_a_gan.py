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
# **The one idea: no single number tells how good a generator is. Each number is blind to something. So use
# several, know what each of them cannot see, and look at the pictures.**
#
# After this lesson you will be able to
#
# * say what a GAN's losses tell, and what they do not;
# * compute the Parzen log-likelihood, the Inception Score, the Fréchet and the kernel distance, precision and
#   recall, density and coverage, and say what each of them is blind to;
# * tell a good generator from a collapsed, a blurry and a memorizing one, by numbers;
# * report a number so that others can compare with it, and fool a number that is used alone.
#
# It takes about 105 minutes to read; its cells run in about 90 seconds on two CPU cores. (A good place for a break is before the part "Precision and recall".) You should know the DCGAN of
# [lesson 05](05_gans_for_images.ipynb).

# %% tags=["nbval-ignore-output"]
# Where the course package is missing, on Colab for example, this cell installs it first.
import importlib.util

if importlib.util.find_spec("gan_course") is None:
    print("Installing gan_course from https://github.com/gan-course/gan-course")
    # %pip install --quiet git+https://github.com/gan-course/gan-course

import matplotlib.pyplot as plt
import numpy as np

from gan_course import data, metrics, networks, plots, runtime
from gan_course.checks import lesson_07 as check
from gan_course.claims import answer, claim

plots.use_style()
plt.rcParams.update({"image.interpolation": "nearest", "figure.dpi": 85})  # sharp pixels, small files
print(runtime.configure(seed=0))

# %% [markdown]
# ## Three piles of real pictures
#
# We take the same digits as in lesson 05, 5,000 pictures of 28 × 28 pixels, and divide them in the same way. A
# measure compares generated pictures with real ones, and *which* real ones decides what it can see. So we keep
# three piles apart:
#
# * `images`: the 3,000 pictures that the generator learns from;
# * `unseen`: 1,000 pictures that the generator never sees. We compare its samples with these;
# * 1,000 other pictures, on which we train the judge. We use them for nothing else.
#
# The judge is a small [classifier](glossary.md#classifier). It learns to name digits, and its hidden layer of 64
# units gives 64 numbers for each picture: its [features](glossary.md#feature). Several measures below do not
# look at pixels but at these features. So we first check how well the judge names digits.

# %%
everything, labels = data.load("mnist_5k")
images, unseen = everything[:3000], everything[3000:]
judge = metrics.feature_classifier(*data.load("mnist_5k", split="test"))
shape, count = images.shape[1:], len(unseen)
unseen_features = judge.features(unseen)
print(f"{len(images):,} pictures to learn from, {count:,} to compare with, of shape {shape}")
print(f"{unseen_features.shape[1]} features per picture")
claim(
    "share of the unseen digits that the judge names correctly",
    (judge.classes(unseen) == labels[3000:]).mean(),
    above=0.8,
)

# %% [markdown]
# The judge is wrong about roughly one digit in eight, because it learned from only 1,000 pictures. So we do not
# rely on it for a single picture. We use it for comparisons over hundreds of pictures.
#
# ## Watching the loss
#
# We train the DCGAN of lesson 05 in the same way, but for 8 passes through the pictures (epochs). Before the first
# pass and after each pass, we measure the [Fréchet distance](glossary.md#frechet-distance) between 1,000 samples and
# the unseen pictures, and do so twice: with G's weights in training, which the losses belong to, and with their average
# (`averaged`, lesson 05). A later section explains this distance. Here it is enough to know that a smaller distance is
# better.

# %%
from gan_course.callbacks import Snapshots
from gan_course.gan import GAN

gan = GAN(networks.dcgan_generator(shape), networks.dcgan_discriminator(shape), seed=0)
gan.compile()


def distance_now(gan):
    return metrics.frechet_distance(unseen_features, judge.features(gan.generate(count, seed=2)))


def look(gan):
    live = distance_now(gan)
    with gan.averaged():
        return live, distance_now(gan)


# %%
snapshots = Snapshots(look, every="epoch")
history = gan.fit(images, epochs=8, verbose=0, callbacks=[snapshots]).history
live_distances, distances = np.array(snapshots.taken).T

# %%
figure, (left, right) = plt.subplots(1, 2, figsize=(8, 3.3))
passes = np.arange(1, 9)
left.plot(passes, history["d_loss"], "o-", color=plots.DISCRIMINATOR, label="D's loss")
left.plot(passes, history["g_loss"], "s-", color=plots.GENERATED, label="G's loss")
left.set(xlabel="passes through the pictures", ylabel="loss", ylim=(0, None))
left.set_title("The losses do not show it …")
left.legend(loc="center right")
right.semilogy([0, *passes], live_distances, "v--", color=plots.MUTED, label="weights in training")
right.semilogy([0, *passes], distances, "^-", color=plots.ACCENT, label="their average")
right.legend()
right.set(xlabel="passes through the pictures", ylabel="Fréchet distance")
right.set_title("… but the pictures improve")
right.set_yticks([5, 10, 100, 500], ["5", "10", "100", "500"])
plt.show()

# %%
g_losses = np.array(history["g_loss"])
claim("Fréchet distance after pass 2 / after pass 8", distances[2] / distances[8], above=1.5)
live = live_distances[6:].mean() / live_distances[1:4].mean()
claim("weights in training: mean distance after passes 6–8 / after passes 1–3", live, below=0.9)
claim("G's loss in pass 8 / in pass 2", g_losses[7] / g_losses[1], above=0.75, below=1.5)

# %% [markdown]
# From pass 2 to pass 8, the distance of the average falls, here to less than half. (The axis of the distance is
# logarithmic.) The distance of the weights in training, which the losses belong to, is larger and less steady, but it
# falls, too. The losses show little of it. Most of the fall of G's loss lies between pass 1 and pass 2. (Two curves that both fall nearly always look related: see lesson 08. Each loss in the figure is the mean over a whole pass, and each distance is measured at the end of the pass.) In our run, both losses then stay near the values that they had in pass 2: G's loss ends a little lower, and D's loss a little higher. In the last pass the pictures of the weights in training become worse
# again, and G's loss rises a little. But it rises more from pass 2 to pass 3 and from pass 4 to pass 5, and there the
# pictures become better. So a rising loss does not tell whether the pictures get better or worse. This is no accident. A loss measures a player against the other one,
# and both of them learn. In a game, a score tells who is ahead. It does not tell how well the two play. So [early
# stopping](glossary.md#early-stopping) by G's loss makes no sense. (The loss of a Wasserstein GAN's critic behaves
# differently: see [lesson 08](08_other_objectives.ipynb).)
#
# So we have to measure the pictures themselves. Here are some of them. The end of `fit` has replaced G's weights by their averages. From now on, the generator stays as it is. (Below, the Fréchet distance of this generator is 7.2, but the orange curve in the figure ends at about 9. The generator is the same, and only the 1,000 samples differ. So chance alone can change the distance this much.)

# %%
pool = gan.generate(2000, seed=1)
good = pool[:count]
figure, axes = plt.subplots(2, 1, figsize=(8, 4.7))
plots.image_grid(unseen[:16], "Real digits that G has never seen", ax=axes[0])
plots.image_grid(good[:16], "Drawn by G", generated=True, ax=axes[1])
plt.show()


# %% [markdown]
# ## The first measure: a bell on each sample
#
# Some models have a [density](glossary.md#density), and so they can say how likely the test pictures are. A GAN cannot: it gives samples,
# and no density. Goodfellow et al. (2014) used a method of Breuleux et
# al. (2011), which makes a density from the samples. Put a Gaussian bell of width σ on
# each of n generated samples $x_i$. The mean of the bells is a density, the [Parzen
# window](glossary.md#parzen-window):
#
# $$\log p(x) = \log \left( \frac1n \sum_{i=1}^n \exp\left(-\frac{\|x - x_i\|^2}{2\sigma^2}\right) \right) - \frac d2 \log(2\pi\sigma^2)$$
#
# Here d is the number of pixels, and each pixel is in [0, 1]. The first GAN was compared with other models by
# the mean of this number over test pictures of MNIST, in [nats](glossary.md#nat). Higher is better. (DBN, stacked
# CAE and deep GSN are three older kinds of generative models. You need not know them.)
#
# | DBN | stacked CAE | deep GSN | GAN |
# |---|---|---|---|
# | 138 ± 2 | 121 ± 1.6 | 214 ± 1.1 | **225 ± 2** |
#
# ### Exercise 1: the log-density of one picture
#
# Write the formula for one point. Take care: in 784 dimensions the exponents are hundreds below zero. What is
# exp(−800) on a computer, and what is the logarithm of that?


# %%
def log_parzen(point, samples, sigma):
    """point: (d,). samples: (n, d). Return the log of the Parzen density at the point."""
    return ...


check.log_parzen(log_parzen)
# check.log_parzen.hint()
# check.log_parzen.solution()

# %% [markdown]
# For many points at once, SciPy has both parts ready. `cdist` gives all distances. `logsumexp` gives the logarithm
# of a sum of exponentials, even where each exponential is so small that the computer would round it to 0.
# The package does the same. It also chooses σ, from ten widths between 0.1 and 1. The width must be chosen on pictures that are *not* the [test
# pictures](glossary.md#test-set): whoever tries many widths on the test pictures reports the luckiest of them.
# So we halve the unseen pictures. On one half we choose σ, and on the other half we report.

# %%
from scipy.spatial.distance import cdist
from scipy.special import logsumexp


def pixels(pictures):
    return (pictures.reshape(len(pictures), -1) + 1) / 2  # in [0, 1], as in the paper


def log_densities(distances, sigma, size=784):
    """distances: (points, samples). Return the log of the density at each point, in size dimensions."""
    logs = logsumexp(-(distances**2) / (2 * sigma**2), axis=1)
    return logs - np.log(distances.shape[1]) - size / 2 * np.log(2 * np.pi * sigma**2)


test, validation = pixels(unseen[: count // 2]), pixels(unseen[count // 2 :])
ours = log_densities(cdist(test, pixels(good)), 0.2).mean()
package = metrics.parzen_log_likelihood(pixels(good), test, sigma=0.2).mean
claim("difference from the package", abs(ours - package), near=0, within=1e-3, unit="nats")

# %% [markdown]
# ### Who wins?
#
# Four entries compete for the highest log-likelihood:
#
# * 1,000 **samples** of our DCGAN;
# * 1,000 **real pictures** from the training pile. Nothing can be more real: a perfect generator would do as well
#   as these, on average;
# * all 3,000 **real pictures** of the training pile. This entry has three times as many bells;
# * **mean pictures**. The algorithm k-means sorts the 3,000 training pictures into 1,000 clusters, which are groups
#   of similar pictures. We take the mean of each cluster that holds two pictures or more.
#
# **Predict before you run:** which entry wins?

# %%
# Your prediction, the name of an entry:
prediction = None

# %%
from sklearn.cluster import KMeans

clusters = KMeans(count, init="random", n_init=1, max_iter=10, random_state=0).fit(pixels(images))
cluster_sizes = np.bincount(clusters.labels_, minlength=count)
means = clusters.cluster_centers_[cluster_sizes > 1]  # the mean of one picture is real
means = (2 * means - 1).reshape(-1, *shape).astype("float32")
print(f"{len(means)} of {count:,} clusters hold two pictures or more")
entries = {"1,000 samples": good, "1,000 real pictures": images[:count]}
entries |= {"3,000 real pictures": images, "mean pictures": means}

# %%
scores = {
    name: metrics.parzen_log_likelihood(pixels(pictures), test, validation)
    for name, pictures in entries.items()
}
bounds = (
    {"below": 130},
    {"near": 136.2, "within": 0.1},
    {"near": 196.4, "within": 0.1},
    {"above": 210},
)
with answer(prediction):
    for (name, score), bound in zip(scores.items(), bounds, strict=True):
        claim(f"{name}: log-likelihood at its best width", score.mean, **bound, unit="nats")

# %%
figure, ax = plt.subplots(figsize=(7.5, 3.6))
widths = np.geomspace(0.1, 0.4, 13)
looks = ((plots.GENERATED, "-"), (plots.REAL, "--"), (plots.REAL, "-"), (plots.ACCENT, "-."))
for (name, pictures), (color, ls) in zip(entries.items(), looks, strict=True):
    gaps = cdist(validation[:200], pixels(pictures))
    curve = [log_densities(gaps, sigma).mean() for sigma in widths]
    ax.semilogx(widths, curve, color=color, ls=ls, label=name)
ax.set(xlabel="width σ of the bells", ylabel="log-likelihood, nats", ylim=(-200, 260))
ax.set_xticks([0.1, 0.15, 0.2, 0.3, 0.4], ["0.1", "0.15", "0.2", "0.3", "0.4"])
ax.minorticks_off()
ax.set_title("At their best widths, mean pictures beat real ones")
ax.legend(loc="lower center")
plt.show()

# %%
figure, axes = plt.subplots(2, 1, figsize=(8, 2.8))
plots.image_grid(images[:8], "Real pictures: the lower score", ax=axes[0])
chosen = np.linspace(0, len(means) - 1, 8).astype(int)  # from the largest cluster to the smallest
from_large_to_small = means[np.argsort(-cluster_sizes[cluster_sizes > 1], kind="stable")]
frame = plots.image_grid(from_large_to_small[chosen], "Mean pictures: the higher score", ax=axes[1])
frame.spines[:].set_color(plots.ACCENT)  # as their curve: neither real nor drawn by G
plt.show()

# %% [markdown]
# The mean pictures win, even against *all* the pictures of which they are means. (The figure shows eight of them,
# from the largest cluster on the left to a cluster of two pictures on the right.) A measure by which real pictures
# lose to blurred ones does not measure how real pictures are. Theis, van den Oord and Bethge (2016) showed this on
# MNIST. With the protocol of 2014 we found the same: 10,000 training pictures get 242 nats, and 2,000 k-means centers get 299
# ([our table](../assets/parzen.md)). The best of our own GANs reaches 156 nats there, not the 225 of 2014.
#
# Why does it happen? In so many dimensions, even thousands of bells are hopelessly few. A test picture is far
# from *every* sample. So the score hardly asks what a sample looks like. It asks how near the sample lies to the
# test pictures around it. And of all possible pictures, the mean of a group has the smallest mean squared distance
# from the group.
#
# The curves show a second fault. Take σ = 0.15 instead of 0.2: the score of the 1,000 samples falls by about as much
# as the best and the worst entry differ. (The curves use 200 of the validation pictures, and more widths. So their peaks are not
# exactly the numbers above, which come from the 500 test pictures and from the ten widths of the package.) A Parzen number without its width, its number of
# samples and its protocol says nothing.
#
# ## The Inception Score
#
# Salimans et al. (2016) did not compare pixels. They asked a classifier. A good generator draws clear pictures, so
# the classifier should be sure about each of them: P(y | x), the probability of class y for the picture x, should be
# concentrated on one class. And a good
# generator draws all classes equally often: the mean P(y) of these probabilities should be the same for each class. A
# [KL divergence](glossary.md#kl-divergence) makes one number of both, the
# [Inception Score](glossary.md#inception-score):
#
# $$\text{IS} = \exp\, \mathbb{E}_x\, \mathrm{KL}\big(P(y \mid x) \,\|\, P(y)\big)$$
#
# It is named after the Inception network, a classifier of photographs. This network knows the 1,000 classes of
# ImageNet, a collection of more than a million labeled photographs. Here our judge takes its place, with ten classes.
# The score lies between 1 and the number of classes.
#
# <details><summary>Why these two bounds</summary>
#
# Write the KL divergence out, with sums over y, and use that P(y) is the mean of P(y | x):
# E KL(P(y | x) ‖ P(y)) = E Σ P(y | x)
# log P(y | x) − Σ P(y) log P(y) = H(P(y)) − E H(P(y | x)), where H is the [entropy](glossary.md#entropy).
# A KL divergence is not negative, so the score is at least exp(0) = 1. With ten classes, H(P(y)) is at most log 10.
# And H(P(y | x)) is at least 0, so the score is at most exp(log 10) = 10. It
# reaches 10 if the classifier is certain about each picture and all ten classes come
# equally often.
# </details>
#
# In code it is one line. (`rel_entr(p, q)` is p·log(p/q), and 0 where p is 0.)

# %%
from scipy.special import rel_entr


def inception_score(p):
    """p: (samples, classes), the probabilities of each sample."""
    return np.exp(rel_entr(p, p.mean(axis=0)).sum(axis=1).mean())


probabilities = judge.probabilities(pool)
package = metrics.inception_score(probabilities).mean
difference = abs(inception_score(probabilities) - package)
claim("difference from the package", difference, near=0, within=1e-6)

# %% [markdown]
# **Predict before you run.** The first entry is real digits. The second one is our DCGAN. The third one is a
# generator that has collapsed: it draws ten pictures, again and again. For each digit, we took the one of G's
# 2,000 samples that the judge is surest about. Real digits get about 8.5. What does the third entry get?

# %%
# Your prediction, a number from 1 to 10:
prediction = None

# %%
ten = pool[probabilities.argmax(axis=0)]
with answer(prediction):
    for name, pictures, bound in (
        ("real digits", images, {"above": 8.2, "below": 8.8}),
        ("our DCGAN", pool, {"above": 7.3, "below": 8.5}),
        ("ten pictures, again and again", ten, {"above": 9.9}),
    ):
        score = inception_score(judge.probabilities(pictures))
        claim(f"Inception Score, {name}", score, **bound)

# %%
plots.image_grid(
    ten, "A nearly perfect Inception Score: ten pictures, again and again", columns=10, generated=True
)
plt.show()


# %% [markdown]
# A generator of ten pictures beats real digits, and has nearly the best score that is possible. What is wrong with
# the score? (Barratt and Sharma 2018 discuss the last two points, with Inception and ImageNet, and more faults.)
#
# * It sees nothing *within* a class. One picture per class is enough.
# * It never looks at a real picture. Copies cost nothing. A wrong slant or a wrong width of the strokes costs
#   nothing, either, as long as the judge is sure of the digit.
# * The judge is not sure about every real picture, and so pictures about which it is surer score higher, even if the eye finds them no clearer.
# * It says how sure a network is, and a network can be sure about nonsense, as in lesson 01.
# * The number depends on the network and on the number of samples. It means little for data whose classes are
#   not those of the network.
#
# ## The Fréchet distance
#
# The number that papers quote most is the FID, the Fréchet Inception
# distance. It compares generated pictures with real ones. Take the features of both. Describe
# each set by its mean μ and its covariance matrix Σ, as if it were Gaussian. (The covariance matrix says how much
# each feature varies, and which features vary together.) Then take the distance d of the two Gaussians. Pair each point of the one with a point of the other, so that the mean squared distance of the partners is as small as possible. This smallest mean is d². (d is also called the Wasserstein-2 distance.) Dowson and Landau (1982) found the formula:
#
# $$d^2 = \|\mu_r - \mu_g\|^2 + \mathrm{tr}\left(\Sigma_r + \Sigma_g - 2\,(\Sigma_r \Sigma_g)^{1/2}\right)$$
#
# Here r stands for real and g for generated, and tr, the trace, is the sum of the numbers on the diagonal. (This d
# is not the number of pixels above.) Heusel et al. (2017) took the features of the Inception network and called d²
# the Fréchet Inception distance, in short FID. We do the same: wherever this lesson prints a "Fréchet distance", the number is d², not d. **Ours is not the FID.** Our judge is
# a small network that knows digits. You can compare its distances with each other, within this lesson. You cannot
# compare them with any published number.
#
# ### Exercise 2: in one dimension
#
# The formula looks worse than it is. Write d² for two Gaussians on the line, given by mean and standard deviation. It becomes very short.


# %%
def frechet_1d(mean_a, std_a, mean_b, std_b):
    """Return the squared Fréchet distance of two Gaussians on the line."""
    return ...


check.frechet_1d(frechet_1d)
# check.frechet_1d.hint()
# check.frechet_1d.solution()

# %% [markdown]
# In many dimensions only the last term needs thought: the trace of the square root of the matrix Σ_r Σ_g. (The
# square root of a matrix M is a matrix R with R R = M. More than one matrix can have this property; we take the one
# whose eigenvalues are not negative.) There are two ways to compute this trace. The first: it is
# the sum of the square roots of the [eigenvalues](glossary.md#eigenvalue) of Σ_r Σ_g. The second: it is the sum of
# the singular values of Σ_r^½ Σ_g^½. (The singular values of a matrix A are the square roots of the eigenvalues of
# A Aᵀ.)
#
# <details><summary>Why both are the same, and which one is better</summary>
#
# The eigenvalues of the root of a matrix are the roots of its eigenvalues, and the trace of a matrix is the sum of
# its eigenvalues: this is the first way. For the second one, let
# A = Σ_r^½ Σ_g^½. Then A Aᵀ = Σ_r^½ Σ_g Σ_r^½. The matrices B C and C
# B have the same eigenvalues; with B = Σ_r^½ Σ_g and C = Σ_r^½ these are A Aᵀ and Σ_r Σ_g. So the singular
# values of A are the roots of the eigenvalues of Σ_r Σ_g.
#
# Σ_r Σ_g is not symmetric. If a covariance has no full rank (some eigenvalues are 0), for example with fewer samples
# than features, rounding can make some eigenvalues of the product slightly negative or complex, and their roots
# complex or NaN. Σ_r and Σ_g themselves are symmetric: their eigenvalues stay real, and small negative ones are set to
# 0. Singular values are never negative. The package takes this second way.
# </details>


# %%
def frechet(a, b):
    cov_a, cov_b = np.cov(a, rowvar=False), np.cov(b, rowvar=False)
    eigenvalues = np.linalg.eigvals(cov_a @ cov_b).real.clip(0)  # rounding makes some barely negative
    shift = np.sum((a.mean(axis=0) - b.mean(axis=0)) ** 2)
    return shift + np.trace(cov_a + cov_b) - 2 * np.sqrt(eigenvalues).sum()


good_features = judge.features(good)
package = metrics.frechet_distance(unseen_features, good_features)
by_eigenvalues = frechet(unseen_features, good_features)
claim("Fréchet distance of our DCGAN", package, below=15)
claim("by eigenvalues: difference from the package", abs(by_eigenvalues - package), near=0, within=0.01)

# %% [markdown]
# ### Seven modes, or a cloud?
#
# "As if it were Gaussian" is a bold assumption. Two generators try to imitate a ring of eight Gaussians.
# One draws seven of the eight modes, each perfectly. The other draws one big cloud with the ring's mean and
# spread. **Predict before you run:** which of the two does the Fréchet distance prefer?

# %%
# Your prediction, "seven" or "cloud":
prediction = None

# %%
ring, ring_centers = data.ring(2500, seed=0), data.ring_centers()
seven = ring[np.linalg.norm(ring - ring_centers[0], axis=1) > 0.3]
noise = np.random.default_rng(1).normal(size=ring.shape)
cloud = ring.mean(axis=0) + ring.std(axis=0) * noise
with answer(prediction):
    for name, made in (("seven modes of eight", seven), ("one cloud", cloud)):
        print(f"{name}: Fréchet distance {metrics.frechet_distance(ring, made):.4f}")

# %%
figure, axes = plt.subplots(1, 2, figsize=(8, 3.9), sharey=True)
for ax, name, made in zip(axes, ("seven modes of eight", "one cloud"), (seven, cloud), strict=True):
    distance = metrics.frechet_distance(ring, made)
    plots.clouds(ring, made, ax, f"{name.capitalize()}: distance {distance:.4f}")
    ax.set(xlabel="x₁", ylabel="x₂", xlim=(-3, 3), ylim=(-3, 3))
axes[1].set_ylabel("")
axes[0].legend(loc="upper left", markerscale=2)
plt.show()

# %% [markdown]
# The distance prefers the cloud, although hardly a point of the cloud lies where data is. Mean and covariance are
# right, and no other difference can show in the distance. The features of a network are not Gaussian either:
# those of our judge, for example, are never below zero. In practice the distance often agrees with the eye, but not always:
# Kynkäänniemi et al. (2023) made an FID fall without better pictures.
#
# ### Biased by the number of samples
#
# The distance of two finite samples is too large on average, even if both come from the same source: each mean
# and each covariance has errors of its own. How large is this bias? We compare two sets of *real* pictures that
# share no picture, then a set of generated pictures with a set of real ones, and let the sets grow. We do the same
# with the [kernel distance](glossary.md#kernel-distance). Its general name is the squared maximum
# mean discrepancy, MMD². With Inception features it is known as KID (Bińkowski et al. 2018). It needs a kernel, a function k that says how alike two feature vectors are. Here k(x, y) = (x·y / 64 + 1)³, where x·y is the sum of the products of their features, and 64 is the number of features. (The points of the ring have two coordinates, so there we divide by 2.)
# Let x and x′ be the features of two different real pictures, and y and y′ those of two different generated ones. 𝔼 is the mean over all pictures that their source could give. Then the kernel distance estimates
#
# $$\mathbb{E}\, k(x, x') + \mathbb{E}\, k(y, y') - 2\, \mathbb{E}\, k(x, y).$$
#
# It asks whether pictures of the same set are more alike than a real and a generated picture are. With this kernel it
# compares the means of all products of one, two or three features. So it sees means and covariances, and a little
# more, but it is blind to everything else. It prefers the cloud above, too (the numbers are printed below): the ring
# and the cloud are both symmetric about the center, so all their products of three coordinates have mean zero. Each
# expectation is estimated by a mean over pairs of *different* pictures. Such a mean is right on average for every
# number of pictures, so the whole estimate is right on average, too: it is *unbiased*. If both sets come from one
# source, the three terms cancel on average, and so the estimate is sometimes below zero.
#
# The real pictures of this experiment come from both piles, `images` and `unseen`. So the generated pictures are also compared with pictures that G has learned from. This does no harm here, because we only ask how the numbers change with the size of the sets. Each number is computed
# at least ten times, and for small sets up to two hundred times, each time with other pictures. With 1,600 pictures in
# each set, the ten draws share many of their pictures, so the bars at the right end are too short.

# %%
every_real = np.concatenate([judge.features(images), unseen_features])
made = judge.features(pool)
sizes = (50, 100, 200, 400, 800, 1600)


def repeated(distance, size, fake=None):
    """The distance of two sets of this size, ten times or more. Without fake, both sets are real."""
    values = []
    for repetition in range(max(10, 10_000 // size)):
        rng = np.random.default_rng([size, repetition])
        chosen = every_real[rng.permutation(len(every_real))[: 2 * size]]
        other = chosen[size:] if fake is None else fake[rng.permutation(len(fake))[:size]]
        values.append(distance(chosen[:size], other))
    return np.array(values)


# %%
curves = {
    (distance, name): [repeated(distance, size, fake) for size in sizes]
    for distance in (metrics.frechet_distance, metrics.kernel_distance)
    for name, fake in (("real", None), ("generated", made))
}

# %%
figure, axes = plt.subplots(1, 2, figsize=(8, 3.6))
for (distance, name), values in curves.items():
    ax = axes[int(distance is metrics.kernel_distance)]
    color, fmt, shift = (plots.REAL, "o-", 0.97) if name == "real" else (plots.GENERATED, "s--", 1.03)
    label = f"{name} against real"
    average, spread = np.array([(v.mean(), v.std()) for v in values]).T
    ax.errorbar(shift * np.array(sizes), average, spread, fmt=fmt, color=color, capsize=3, label=label)
    ax.set(xscale="log", xlabel="pictures in each set")
    ax.set_xticks(sizes, sizes, size=9)
    ax.minorticks_off()
axes[0].set(ylim=(0, None), title="Fréchet: falls, even for real pictures")
axes[1].axhline(0, color=plots.MUTED, lw=1)
axes[1].set_title("Kernel distance: no bias, but noise")
axes[0].legend()
plt.show()

# %%
floor_50, *_, floor_1600 = [values.mean() for values in curves[metrics.frechet_distance, "real"]]
claim("Fréchet distance of 50 real pictures from 50 other real ones", floor_50, above=25)
claim("Fréchet distance of 1,600 real pictures from 1,600 other real ones", floor_1600, below=2.5)
claim("Fréchet distance, real: 50 pictures / 1,600 pictures", floor_50 / floor_1600, above=16, below=64)
made_1600 = curves[metrics.frechet_distance, "generated"][-1].mean()
claim("Fréchet distance of 1,600 generated pictures from 1,600 real ones", made_1600, below=15)

# %%
few = curves[metrics.kernel_distance, "real"][0]
claim(
    "kernel distance of 50 real pictures: mean / standard error of this mean",
    few.mean() / (few.std() / np.sqrt(few.size)),
    above=-3,
    below=3,
)
difference = curves[metrics.kernel_distance, "generated"][-1].mean()
claim("kernel distance of 1,600 generated pictures from 1,600 real ones", difference, above=3)
ratio = curves[metrics.kernel_distance, "real"][-1].mean() / difference
claim("kernel distance, 1,600 pictures: real / generated", ratio, above=-0.2, below=0.2)
noise_ratio = few.std() / difference
claim("spread for 50 real pictures / kernel distance of 1,600 generated ones", noise_ratio, above=0.5)
for name, points in (("seven modes of eight", seven), ("one cloud", cloud)):
    print(f"ring and {name}: kernel distance {metrics.kernel_distance(ring, points):.4f}")

# %% [markdown]
# Each point is the mean of the repetitions, and its bar is their standard deviation. Without a bias, the black line of
# the left panel would be at zero. It falls roughly as one over the number of pictures, and never reaches zero. Fifty
# real pictures look worse than 1,600 generated ones. Two rules follow:
#
# * **Compare only distances of equally many samples**, and say how many.
# * **Measure the floor**: the distance of real pictures from real ones, for the same number. A perfect
#   generator gets the floor, not zero.
#
# The kernel distance has no bias. On the right, the black dots stay near zero: for 50 pictures, the mean of 200
# repetitions differs from zero by less than three of its standard errors, which chance explains. (The standard error
# is the standard deviation of the repetitions divided by √200. It says how far a mean of 200 repetitions typically
# lies from the truth.) But the results of single repetitions with 50 pictures spread widely: their standard deviation
# is here even larger than the difference that we want to see. An unbiased number can still be a useless one.
#
# <details><summary>How large is the bias?</summary>
#
# For the means it can be computed. If both sets have n pictures from one distribution with covariance Σ, the
# difference of their means has expectation 0 and covariance 2Σ/n, so the expected squared length of it is 2
# tr Σ / n. This is the part ‖μ_r − μ_g‖² of the distance. The errors of the covariances add another positive
# part. The bias is not the same for all generators, so equal numbers of samples do not remove it from a
# comparison completely (Chong and Forsyth 2020).
# </details>
#
# ### The real FID
#
# What changes if you compute the FID as papers do? The features are the 2,048 outputs of the Inception network's
# [last pooling layer](https://github.com/mseitzer/pytorch-fid). A covariance matrix of 2,048 features needs many
# pictures; papers usually use 50,000 generated ones. Most of them compare these with the *training* pictures, so a machine that
# copies all of them would get an FID of nearly 0 (Jiralerspong et al. 2023). Inception wants pictures of 299 × 299 pixels, so yours are
# resized, and here Parmar, Zhang and Zhu (2022) found a trap. Many libraries shrink a picture without blurring it
# first. They skip pixels, and fine patterns turn into coarse false ones (*aliasing*). The table shows some numbers
# from [their page](https://github.com/GaParmar/clean-fid). (A filter is the rule by which the new pixels are computed
# from the old ones: bicubic, Lanczos, bilinear and box are four such rules. FFHQ, CIFAR-10 and LSUN are collections
# of photographs, and StyleGAN2 is a GAN of 2020. JPEG is a way to store pictures in less space: the lower its
# quality, the more of the picture is lost.)
#
# | pictures compared | FID |
# |---|---|
# | FFHQ faces, resized by the bicubic filters of OpenCV, PyTorch or TensorFlow, against *the same faces* resized by the bicubic filter of PIL, Python's picture library | 6 or more |
# | the same, but PIL's Lanczos, bilinear and box filters against its bicubic one | at most 0.75 |
# | StyleGAN2 with mirror flips on CIFAR-10 (pictures of 32 × 32 pixels, so they are enlarged, not shrunk; 10,000 samples against the test set), as reported | 11.07 |
# | the same model, computed with their tool clean-fid | 12.96 ± 0.07 |
# | StyleGAN2 on LSUN churches, its pictures saved as JPEG of quality 87 first: the best of all qualities | 3.48 |
#
# In the last row, compression makes the number better: the same page gives 3.86 for this model as reported, and
# 4.08 ± 0.03 by clean-fid. The real pictures had been compressed, too, so compression makes the generated ones more like them. We can make something like the first
# row ourselves. The unseen digits are shrunk to 14 × 14 pixels in two ways. Then each pixel is repeated, to
# have 28 × 28 pixels again.

# %%
skipped = unseen[:, ::2, ::2].repeat(2, axis=1).repeat(2, axis=2)
averaged = unseen.reshape(-1, 14, 2, 14, 2, 1).mean(axis=(2, 4)).repeat(2, axis=1).repeat(2, axis=2)
figure, axes = plt.subplots(3, 1, figsize=(8, 4.2))
rows = {"The digits": unseen, "Every second pixel": skipped, "Means of 2 × 2 pixels": averaged}
for ax, (name, pictures) in zip(axes, rows.items(), strict=True):
    plots.image_grid(pictures[:8], name, ax=ax)
plt.show()
apart = metrics.frechet_distance(judge.features(skipped), judge.features(averaged))
claim("Fréchet distance of the same digits, shrunk in two ways", apart, above=3)
claim("distance of the two ways to shrink / distance of our DCGAN", apart / by_eigenvalues, above=0.3)


# %% [markdown]
# The two sets show the same digits. Here the distance between them is more than half of that of our DCGAN from
# real digits. So a number in a paper belongs to its preprocessing. Use one tool for all, such as clean-fid, and never
# compare two FIDs that were computed in two ways.
#
# ## Precision and recall
#
# A distance mixes two faults that need different remedies: samples that look wrong, and kinds of pictures that
# are missing. Sajjadi et al. (2018) proposed to measure them separately, as precision and recall. Their method draws a curve of pairs of these two numbers. We use the version of
# Kynkäänniemi et al. (2019). It asks two questions: which generated samples look like real ones, and which real ones
# could have been generated? Around each real sample draw a ball that reaches to
# its third nearest real neighbor. All these balls together serve as an estimate of the region where real data lives.
# [**Precision**](glossary.md#precision-and-recall) is the share of generated samples inside this region. Then
# draw such balls around the generated samples. **Recall** is the share of real samples inside the region of
# these balls.
#
# In the plane we can see it. The data has four modes. A generator draws two of them, and now and then something
# in between.


# %%
def radii(points, k=3):
    return np.sort(cdist(points, points), axis=1)[:, k]  # column 0 is each point itself


def show_balls(points, others, colors, ax):
    """Balls around the others, and which of the points lie in one of them. Return the share of these."""
    within = (cdist(points, others) <= radii(others)).any(axis=1)
    plots.balls(others, radii(others), colors[1], ax)
    ax.scatter(*points[within].T, s=22, color=colors[0], label="in a ball")
    ax.scatter(*points[~within].T, s=34, color=plots.ACCENT, marker="x", lw=1.5, label="in none")
    ax.set(xlabel="x₁", ylabel="x₂")
    ax.legend(loc="lower left")
    return within.mean()


# %%
def precision_and_recall_figure(real, fake, **limits):
    left, right = plt.subplots(1, 2, figsize=(8.5, 4.5), sharex=True, sharey=True)[1]
    precision = show_balls(fake, real, (plots.GENERATED, plots.REAL), left)
    recall = show_balls(real, fake, (plots.REAL, plots.GENERATED), right)
    left.set(title=f"precision {precision:.2f}: green in gray balls", **limits)
    right.set(title=f"recall {recall:.2f}: black in green balls", ylabel="")


# %%
data_points = data.ring(120, modes=4, std=0.15, seed=0)
two_modes = data.ring(110, modes=4, std=0.15, seed=1)
between = np.random.default_rng(0).uniform(-0.4, 0.4, (12, 2))
drawn = np.concatenate([two_modes[two_modes.sum(axis=1) > 0], between])
precision_and_recall_figure(data_points, drawn, xlim=(-1.6, 1.8), ylim=(-1.6, 1.8))
plt.show()
precision, recall = metrics.precision_recall(data_points, drawn)
print(f"the package's: precision {precision:.2f}, recall {recall:.2f}")

# %% [markdown]
# Left: the gray balls are those of the real points. The orange crosses are the generated points that lie outside all of these balls: the points in the middle, and a few points at the edges of the heaps. Right: the green balls cover most of two of
# the four heaps, and about half of the data is marked as missing. (The balls of the points in the middle are large,
# and reach a few points of the other two heaps.) Precision is the higher of the two numbers, because most of what is drawn looks right. Recall
# is lower, because two heaps are missing. High precision and low recall are the usual signs of [mode collapse](glossary.md#mode-collapse), but not of it alone: in the trial below, a blurry generator has them, too. One distance could not have said which of the two is low.
#
# ### One outlier is enough
#
# A point that lies far from all others has a huge ball. Here the data is one heap and a single
# outlier. The generator draws *nothing* of this heap: it draws another heap, and one outlier of its own.

# %%
rng = np.random.default_rng(0)
heap = rng.normal([-1.2, -1.2], 0.3, (150, 2))
data_points = np.concatenate([heap, [[1.5, 1.5]]])
drawn = np.concatenate([rng.normal([0.9, -0.3], 0.2, (150, 2)), [[-2.6, -2.0]]])
precision_and_recall_figure(data_points, drawn, xlim=(-4.3, 3.3), ylim=(-4.2, 3.4))
plt.show()
precision, recall = metrics.precision_recall(data_points, drawn)
print(f"precision {precision:.2f}, recall {recall:.2f}")


# %% [markdown]
# Precision and recall are both 0.99, although the two heaps do not even touch. On the left, the ball of one real
# outlier holds all green points but one. On the right, the ball of one generated outlier holds all black points
# but one.
#
# Naeem et al. (2020) use density in place of precision, and coverage in place of recall. In both, one outlier counts
# little:
#
# * **[Density](glossary.md#density-and-coverage)** counts in *how many* real balls a generated sample lies, on
#   average. This number is divided by k. (k says to which neighbor the balls reach; here it is 5.) Density is not a share: it
# can be above 1.
# * **Coverage** puts balls around real samples only. It is the share of real samples whose ball holds at least
#   one generated sample.
#
# Here is the example again, with balls that reach to the fifth neighbor.


# %%
def density_and_coverage_figure(real, fake, k=5, **limits):
    left, right = plt.subplots(1, 2, figsize=(8.5, 4.5), sharex=True, sharey=True)[1]
    inside = cdist(fake, real) <= radii(real, k)  # a row per generated sample, a column per real ball
    full = inside.any(axis=0)
    density, coverage = inside.sum() / (k * len(fake)), full.mean()
    plots.balls(real, radii(real, k), plots.REAL, left)
    left.scatter(*fake.T, s=22, color=plots.GENERATED, label="generated")
    left.set(xlabel="x₁", ylabel="x₂", title=f"density {density:.2f}: balls per green point, / {k}")
    plots.balls(real[full], radii(real, k)[full], plots.REAL, right)
    right.scatter(*fake.T, s=10, color=plots.GENERATED)
    right.scatter(*real[full].T, s=40, color=plots.REAL, label="its ball holds a green point")
    right.scatter(*real[~full].T, s=34, color=plots.ACCENT, marker="x", label="its ball is empty")
    right.set(xlabel="x₁", title=f"coverage {coverage:.2f}: balls with green in them", **limits)
    for ax in (left, right):
        ax.legend(loc="lower left")


# %%
density_and_coverage_figure(data_points, drawn, xlim=(-4.3, 3.3), ylim=(-4.2, 3.4))
plt.show()
density, coverage = metrics.density_coverage(data_points, drawn)
print(f"the package's: density {density:.2f}, coverage {coverage:.2f}")


# %% [markdown]
# Nearly every green point lies in just one real ball, that of the outlier. So the density is 1/5 = 0.20
# instead of 1, and the coverage is 0.01. Both see that the generator is wrong.
#
# <details><summary>What a perfect generator gets</summary>
#
# Let all N real and M generated samples come from one distribution, and let no two distances be equal. Take one
# real sample. The N − 1 other real samples and one generated one all come from one distribution, so each order of their
# N distances is equally likely. The generated one lies in the ball if it is among the k nearest of these N, so with
# probability k/N. There are N balls, so it lies in k of them on average: **the expected density is k/k = 1**.
#
# The ball holds *no* generated sample if the k nearest of the N − 1 + M others are all real. The probability
# is (N−1)/(N+M−1) · (N−2)/(N+M−2) · … · (N−k)/(N+M−k). For equal and large sets each factor is about ½. So
# **the expected coverage is about 1 − 2⁻ᵏ**, and for k = 5 this is 0.97. (Naeem et al. chose k = 5 because it
# is then above 0.95.)
# </details>
#
# ### Exercise 3: all four numbers (about twenty minutes)
#
# Compute precision, recall, density and coverage of generated samples, all four with the same k. A sample on the
# border of a ball is inside. `cdist(a, b)` of SciPy gives all distances.


# %%
def four_numbers(real, fake, k):
    """real: (n, d). fake: (m, d). k: integer. Return precision, recall, density and coverage."""
    return ...


check.four_numbers(four_numbers)
# check.four_numbers.hint()
# check.four_numbers.solution()

# %% [markdown]
# ## A trade: quality against variety
#
# Two numbers show what one number hides: many generators can trade one for the other. BigGAN (Brock et al.
# 2019) made the [truncation trick](glossary.md#truncation-trick) popular. Draw z from a normal distribution
# that is cut off at a threshold on both sides. Extreme latent vectors do not occur any more. The samples should become
# more typical, and more alike. StyleGAN (Karras et al. 2019) truncates inside the network. It replaces the
# activations w of an inner layer by w̄ + ψ(w − w̄), where w̄ is their mean, with ψ from 1 (no change) down to 0 (always
# the mean).
#
# We do both with our G. (The second way only resembles StyleGAN's: its w comes out of a separate network, and our G has none.) For the second way we split the network after its seventh layer, where the small picture of
# 7 × 7 × 64 numbers is ready.

# %%
import keras
from scipy.stats import truncnorm

head = keras.Sequential(gan.generator.layers[:7])
tail = keras.Sequential(gan.generator.layers[7:])


def run(model, inputs):
    return keras.ops.convert_to_numpy(model(inputs.astype("float32")))


# %%
z = np.random.default_rng(5).normal(size=(count, 32))
inner = run(head, z)
center = inner.mean(axis=0)
thresholds, psis = (3.0, 1.5, 1.0, 0.75, 0.5, 0.25), (1.0, 0.9, 0.8, 0.7, 0.6, 0.5, 0.3)
made_by = {
    "z cut off": {
        t: run(gan.generator, truncnorm.rvs(-t, t, size=z.shape, random_state=3)) for t in thresholds
    },
    "inner layer": {psi: run(tail, center + psi * (inner - center)) for psi in psis},
}

# %%
trade = {
    way: {
        setting: metrics.precision_recall(unseen_features, judge.features(pictures))
        for setting, pictures in made.items()
    }
    for way, made in made_by.items()
}

# %%
floor = metrics.precision_recall(unseen_features, judge.features(images[count : 2 * count]))
figure, axes = plt.subplots(1, 2, figsize=(8, 4.2), sharex=True, sharey=True)
signs = {"z cut off": ("s--", (9, -5)), "inner layer": ("o-", (6, 6))}
titles = "z cut off: both numbers fall at first", "Inner layer: a trade, by ψ"
for ax, (way, points), title in zip(axes, trade.items(), titles, strict=True):
    sign, shift = signs[way]
    places = [(recall, precision) for precision, recall in points.values()]
    ax.plot(*zip(*places, strict=True), sign, color=plots.GENERATED)
    for setting, place in zip(points, places, strict=True):
        offset = {0.75: (4, 8), 1.0: (6, -14)}.get(setting, shift) if way == "z cut off" else shift
        ax.annotate(f"{setting:g}", place, offset, textcoords="offset points", size=12)
    ax.plot(floor.recall, floor.precision, "*", ms=15, ls="", color=plots.REAL, label="real digits")
    ax.set(xlabel="recall", title=title, xlim=(-0.06, 1), ymargin=0.12)
axes[0].set_ylabel("precision")
axes[1].legend(loc="lower left")
plt.show()

# %%
cut, moved = trade["z cut off"], trade["inner layer"]
claim("typical length of z", np.sqrt(32), near=5.66, within=0.01)
claim("typical length of z, cut off at 1", np.sqrt(32 * truncnorm(-1, 1).var()), near=3.05, within=0.01)
gain = moved[0.5].precision - moved[1.0].precision
claim("inner layer, ψ = 0.5: change of precision", gain, above=0)
claim("inner layer, ψ = 0.5: change of recall", moved[0.5].recall - moved[1.0].recall, below=-0.3)
claim("z cut off at 1: change of precision", cut[1.0].precision - cut[3.0].precision, below=0.05)
claim("z cut off at 1: change of recall", cut[1.0].recall - cut[3.0].recall, below=0)
claim("z cut off at 0.25: precision", cut[0.25].precision, above=0.95)
claim("z cut off at 0.25: recall", cut[0.25].recall, below=0.1)
faint = judge.features(made_by["z cut off"][0.25])
seen = metrics.density_coverage(unseen_features, faint)
claim("z cut off at 0.25: coverage", seen.coverage, below=0.6)
black = judge.features(np.full((2, *shape), -1.0))
balls = 3 * metrics.density_coverage(unseen_features, black, k=3).density  # the density is divided by k
claim("number of real balls that hold an all-black picture", balls, near=1, within=0.1)

# %%
figure, axes = plt.subplots(4, 1, figsize=(8, 5.6))
shown = (("inner layer", 1.0), ("inner layer", 0.5), ("z cut off", 1.0), ("z cut off", 0.25))
for ax, (way, setting) in zip(axes, shown, strict=True):
    pictures = made_by[way][setting][:8]
    name = f"inner layer, ψ = {setting:g}" if way == "inner layer" else f"z cut off at {setting:g}"
    plots.image_grid(pictures, name, generated=True, ax=ax)
plt.show()

# %% [markdown]
# Each point in the figure is one strength of truncation, with its number beside it: the threshold in the left panel,
# ψ in the right one. The lines begin on the right: ψ = 1 is no truncation, and a threshold of 3 cuts off
# hardly anything. The star shows 1,000 real digits, from the training pile.
#
# The right panel shows the trade that one expects: from ψ = 1 to 0.5, precision rises a little, and recall falls by a
# lot. Follow the line of the left panel from right to left: it first goes down. With a threshold of 1, recall is lower than without truncation, and precision
# gains nothing: here *both* numbers are lower. The latent vectors become short, 3.05 instead of 5.66, and G has
# hardly ever been trained on such short vectors (lesson 05). BigGAN's authors, too, found that not every generator
# can be truncated. With an additional penalty on the generator's weights in the training, more of theirs could be.
#
# Now look at the pictures. With ψ = 0.5 they are softer and more alike than with ψ = 1: precision rewards what is
# typical. With a threshold of 1 many strokes are thick, and some of the pictures are no clear digits. With a threshold of 0.25, one of the eight pictures in the figure can be read as a 1, and the others are a faint, checkered fog. (In other trainings nearly all of them were black.) And yet more than 95 % of the 1,000 pictures with this threshold lie in the ball of a real digit! By precision they beat even real digits, the star in the figure. Of the two
# numbers, only recall tells the truth. Coverage and a look at the page tell it, too. (The coverage says that the balls of about a quarter of the real digits hold at least one of these pictures. An all-black picture lies in the ball of only one real digit. But even one ball is enough to deceive precision.) Whoever reports a number with
# truncation has to say so.
#
# ## Modes and high quality
#
# Where we know the modes, as on the ring of lesson 06, we need no balls. A sample is of
# *high quality* if it lies within three standard deviations of the center of a mode. We count the
# [modes](glossary.md#mode-coverage) that have at least one such sample, and the share of such samples among all. A perfect sampler does not get 100 %: in the plane, a share of 1 − exp(−3²/2) of a
# Gaussian lies within three deviations. Here are three samplers: a perfect one, one that knows a single mode, and
# one that finds all modes, but makes each of them three times too wide.

# %%
samplers = {
    "perfect": ring,
    "one mode": ring_centers[0] + 0.01 * noise,
    "too wide": data.ring(2500, std=0.03, seed=2),
}
print(f"expected of a perfect sampler: {1 - np.exp(-(3**2) / 2):.1%}")
for name, samples in samplers.items():
    modes, high_quality = metrics.mode_coverage(samples, ring_centers, std=0.01)
    print(f"{name:9} {modes} modes, {high_quality:.1%} of high quality")

# %% [markdown]
# Each number misses what the other one sees: the collapsed sampler has the quality of a perfect one, and the wide one
# has all modes. Always report both. For pictures, whose modes have no known centers, one counts the classes that the
# judge sees (`metrics.reverse_kl` says how unequal their shares are).
#
# ## People as judges
#
# Why not ask people? Try it. Of these 24 digits, twelve are real and twelve are drawn by our G. Which ones are
# drawn? The numbers run from 0 to 7 in the first row, from 8 to 15 in the second and from 16 to 23 in the third.

# %%
order = np.random.default_rng(24).permutation(24)
mixed = np.concatenate([unseen[100:112], good[100:112]])[order]
figure, axes = plt.subplots(3, 8, figsize=(8, 3.9))
for number, (ax, picture) in enumerate(zip(axes.ravel(), mixed, strict=True)):
    ax.imshow(picture[..., 0], cmap="gray", vmin=-1, vmax=1)
    ax.set_title(f"{number}", loc="center")
    ax.axis("off")
plt.show()

# %%
# Your prediction, a list of twelve numbers:
prediction = None

# %%
drawn_by_g = np.flatnonzero(order >= 12)
with answer(prediction):
    print("drawn by G:", ", ".join(map(str, drawn_by_g)))
    if prediction is not None:
        wrong = len(set(drawn_by_g) ^ set(prediction))
        print(f"you were wrong about {wrong} of 24 pictures: {wrong / 24:.0%}")

# %% [markdown]
# Someone who only guesses gives, on average, a wrong answer for every second picture. HYPE∞ measures the share of pictures about which people are wrong (Zhou et al. 2019).
# The people who judge are paid, and they are trained first. They may look at a picture as long as they like, and rules keep them careful. On [faces](https://stanfordhci.github.io/gen-eval)
# (FFHQ) they were wrong about 19.0 % of the pictures with StyleGAN, and about 27.6 % with StyleGAN and truncation. So here the truncated pictures fooled people more often, although there is less variety in them. Such a test does not find a lack of
# variety, or copies. People look at one picture at a time, so they hardly notice that a kind of picture never comes. And
# they do not know the training set, so nobody notices that a picture is copied from it.
#
# ## Is it a copy?
#
# **The [two-sample test](glossary.md#two-sample-test).** Mix generated and real samples, and let a classifier
# guess which is which. If the two sets come from one source, it can do no better than a coin, and its accuracy is about ½.
# The simplest classifier looks for the nearest other sample (it is called 1-nearest-neighbor, leave-one-out). If this one is real, it answers "real". If it is
# generated, it answers "generated" (Xu et al. 2018).
#
# We send a *thief* to this test, a "generator" whose samples are 1,000 training pictures with a trace of noise. The
# test is done twice, both times by the judge's features. First we compare his samples with the pictures that he has
# stolen. Then we compare them with the unseen pictures.
# **Predict before you run:** what are the two accuracies?

# %%
# Your prediction, two numbers from 0 to 1:
prediction = None

# %%
rng = np.random.default_rng(3)
thief = np.clip(images[:count] + rng.normal(0, 0.03, images[:count].shape), -1, 1)
thief_features = judge.features(thief)
stolen = metrics.two_sample_test(judge.features(images[:count]), thief_features).accuracy
unknown = metrics.two_sample_test(unseen_features, thief_features).accuracy
with answer(prediction):
    claim("accuracy against the stolen pictures", stolen, below=0.05)
    claim("accuracy against unseen pictures", unknown, above=0.45, below=0.57)


# %% [markdown]
# The two tests differ only in the real pictures. Against the stolen pictures, the accuracy is far *below* that of a
# coin. The nearest neighbor of nearly each copy is its original, which is real, and the nearest neighbor of nearly each
# original is its copy. So the test does catch thieves, but only if it is shown what they have stolen. Against unseen
# pictures, the thief passes as perfect. (The usual FID compares with the *training* pictures. It does not only miss this thief: as we saw in "The real FID", it rewards him.)
#
# **The distance to the training pictures** finds him: for each sample, the distance to its [nearest
# neighbor](glossary.md#nearest-neighbor) among all 3,000. We measure this distance in pixels, for 200 samples. We take the median, and divide it by the median of
# honest new pictures, the unseen ones: so 1 means "as far as new digits". Lesson 05 showed what this distance can miss: a thief who moves each picture by one pixel. The median can miss something,
# too: a generator that copies fewer than half of its samples may still look honest. So look at the smallest distances as well.


# %%
def copy_distance(pictures):
    """Median distance of 200 pictures to the nearest of the training pictures."""
    return np.median(metrics.nearest_neighbors(pixels(pictures[:200]), pixels(images)).distances)


honest = copy_distance(unseen)
claim("thief's distance / honest distance", copy_distance(thief) / honest, below=0.2)
claim("our DCGAN's distance / honest distance", copy_distance(good) / honest, above=0.8)

# %% [markdown]
# ## The trial
#
# Four generators, eleven measures. Only the first generator was trained. We made the other three by hand, so we
# know what is wrong with each of them:
#
# * **good**: 1,000 samples of the DCGAN;
# * **collapsed**: ten samples of the DCGAN, one for each digit that the judge names, again and again. For each digit
#   we took the samples of which the judge is more than 95 % sure, and chose the one with the smallest distance to its
#   fifth nearest training picture, in the judge's features. So each of the ten is fine in the eyes of the judge;
# * **blurry**: the good samples, squeezed through ten numbers each (the first ten [principal
#   components](glossary.md#principal-component-analysis) of the training pictures) and drawn again from these
#   numbers. A model with a narrow bottleneck draws similar pictures;
# * **memorizing**: the thief.
#
# One more column, **real**, shows 1,000 training pictures, compared with the unseen ones as the others are: the
# *floor* for each measure. (Only the last number of this column, "copies", is that of the unseen pictures. It is 1 by definition.)

# %%
from sklearn.decomposition import PCA

features, classes = judge.features(pool), judge.classes(pool)
gaps = metrics.nearest_neighbors(features, judge.features(images), k=5).distances[:, -1]
sure = probabilities.max(axis=1) > 0.95
best = [min(np.flatnonzero(sure & (classes == digit)), key=gaps.__getitem__) for digit in range(10)]
pca = PCA(10, random_state=0).fit(pixels(images))
redrawn = pca.inverse_transform(pca.transform(pixels(good))).reshape(good.shape)
panel = {
    "good": good,
    "collapsed": pool[np.resize(best, count)],
    "blurry": np.clip(2 * redrawn - 1, -1, 1),
    "memorizing": thief,
}

# %%
figure, axes = plt.subplots(5, 1, figsize=(8, 6.2))
plots.image_grid(images[count : count + 10], "real", columns=10, ax=axes[0])
for ax, (name, pictures) in zip(axes[1:], panel.items(), strict=True):
    plots.image_grid(pictures[:10], name, columns=10, generated=True, ax=ax)
plt.show()


# %%
def measure(pictures):
    features = judge.features(pictures)
    return {
        "Parzen": metrics.parzen_log_likelihood(pixels(pictures), test, validation).mean,
        "Inception Score": metrics.inception_score(judge.probabilities(pictures)).mean,
        "Fréchet": metrics.frechet_distance(unseen_features, features),
        "kernel distance": metrics.kernel_distance(unseen_features, features),
        **metrics.precision_recall(unseen_features, features)._asdict(),
        **metrics.density_coverage(unseen_features, features)._asdict(),
        "digits drawn": len(np.unique(judge.classes(pictures))),
        "two-sample test": metrics.two_sample_test(unseen_features, features).accuracy,
        "copies": copy_distance(pictures) / honest,
    }


table = {"real": measure(images[count : 2 * count]) | {"copies": 1.0}}
table |= {"good": measure(good), "good, again": measure(pool[count:])}  # the same generator twice
table |= {name: measure(panel[name]) for name in ("collapsed", "blurry", "memorizing")}

# %% [markdown]
# When is a failure **caught**? If its number is *clearly worse than that of the good generator*, by these margins.
# The margins are our choice. With other margins, a number near a margin could change from "caught" to "missed", or from "missed" to "caught". How much does a number change by
# chance? We have measured the good generator a second time, with 1,000 other samples (*good, again*). We compare with
# the mean of its two numbers, and each margin is larger than their difference from this mean. (For "digits drawn"
# there is no margin: both numbers are 10. For "copies" we do not compare with this mean, but with a fixed limit: 0.5.) Two sets of samples show only a part of what chance can do. With a third set, the
# Fréchet distance was about 9, at the end of the curve in the first figure. A second training would change it, too. Which direction is
# better? For the two distances, lower is better. For the two-sample test, 0.5 is the best value, and the test sees a
# difference if the accuracy is higher. For the copies, 1 is what honest new pictures get, and a small number means
# copies. For all other measures we count only a lower number as worse.

# %%
base = {name: (table["good"][name] + table["good, again"][name]) / 2 for name in table["good"]}
CAUGHT = {
    "Parzen": lambda value: value < base["Parzen"] - 30,
    "Inception Score": lambda value: value < base["Inception Score"] - 0.5,
    "Fréchet": lambda value: value > 1.5 * base["Fréchet"],
    "kernel distance": lambda value: value > 1.5 * base["kernel distance"],
    "precision": lambda value: value < base["precision"] - 0.2,
    "recall": lambda value: value < base["recall"] - 0.2,
    "density": lambda value: value < base["density"] - 0.2,
    "coverage": lambda value: value < base["coverage"] - 0.2,
    "digits drawn": lambda value: value < base["digits drawn"],
    "two-sample test": lambda value: value > base["two-sample test"] + 0.05,
    "copies": lambda value: value < 0.5,
}
caught = {
    name: [metric for metric in CAUGHT if CAUGHT[metric](table[name][metric])]
    for name in ("collapsed", "blurry", "memorizing")
}

# %% [markdown]
# **Predict before you look:** which of the eleven measures catch the collapsed one, the blurry one and the memorizing
# one? Most measures compare with the unseen pictures. There are three exceptions: "copies" is the distance to the
# training pictures from above, and the Inception Score and "digits drawn" compare with no pictures at all.

# %%
# Your prediction, for example {"collapsed": ["Fréchet", …], "blurry": […], "memorizing": […]}:
prediction = None

# %%
with answer(prediction):
    for name, metric_names in caught.items():
        print(f"{name}: caught by {', '.join(metric_names)}")
        print(f"    missed by {', '.join(metric for metric in CAUGHT if metric not in metric_names)}")

# %%
DECIMALS = {"Parzen": 0, "Inception Score": 1, "Fréchet": 1, "kernel distance": 1, "digits drawn": 0}
BEST = {
    "Fréchet": "↓",
    "kernel distance": "↓",
    "two-sample test": "→ ½",
    "copies": "→ 1",
    "density": "→ 1",
}


def draw_number(ax, column, row, number, decimals, is_caught):
    color = plots.ACCENT if is_caught else "#f0f0f0"
    ax.add_patch(plt.Rectangle((column - 0.48, row - 0.45), 0.96, 0.9, color=color))
    style = {"color": "white", "weight": "bold"} if is_caught else {"color": "black"}
    text = f"{number:.{decimals}f}{'  ✗' if is_caught else ''}"
    ax.text(column, row, text, ha="center", va="center", **style)


# %%
figure, ax = plt.subplots(figsize=(8, 4.8))
for row, metric in enumerate(CAUGHT):
    for column, (name, values) in enumerate(table.items()):
        decimals, is_caught = DECIMALS.get(metric, 2), metric in caught.get(name, ())
        draw_number(ax, column, row, values[metric], decimals, is_caught)
labels_with_best = [f"{name} {BEST.get(name, '↑')}" for name in CAUGHT]
ax.set(xlim=(-0.5, 5.5), ylim=(10.5, -0.5), yticks=range(11), yticklabels=labels_with_best)
ax.set_xticks(range(6), table)
ax.xaxis.tick_top()
ax.tick_params(length=0)
ax.spines[:].set_visible(False)
ax.set_title("✗ Caught: clearly worse than the good generator")
plt.show()

# %% [markdown]
# First compare *good* with *good, again*, the same generator twice. Here the kernel distance changes by about a tenth, and the Fréchet distance by less. Then read the table column by column, and ask who would have been fooled:
#
# * The **collapsed** one draws ten pictures forever. Precision and density like them: one by one they are typical
#   digits for the judge. All ten digits occur, so counting digits finds nothing, and the Inception Score is better
#   than the DCGAN's. Recall and coverage see that ten pictures do not cover the data. (Recall is 0.00 for a simple
#   reason: the nearest neighbors of each picture are copies of itself, so all its balls have radius 0.) The
#   distances, the two-sample test and Parzen's bells see it, too.
# * The **blurry** one pleases precision, density and Parzen's bells, since a blurred picture lies in the middle of
#   the data. By the bells it beats even 1,000 real pictures. (A perfect generator has a density of about 1, as we proved
#   above. The densities of this one and of the collapsed one are far *above* 1, and so a careful reader of the table
#   would suspect both: their pictures crowd where real pictures are dense. Our rule for "caught" looks only for lower
#   numbers.) Coverage hardly changes. But recall sees that its pictures are too much alike. The Inception Score is lower, too. (It falls if the judge is less sure about the pictures, or if the classes are less even. The number does not tell which.) The distances and the two-sample test catch it, too.
# * All pictures of the **memorizing** one are stolen, and ten measures of eleven find nothing. Worse, in our table nine of these ten give it a better number than the DCGAN:

# %%
thief_row = table["memorizing"]
claim("log-likelihood: thief minus DCGAN", thief_row["Parzen"] - base["Parzen"], above=5, unit="nats")
ahead = table["blurry"]["Parzen"] - thief_row["Parzen"]
claim("log-likelihood: blurry minus thief", ahead, above=0, unit="nats")
claim("Fréchet distance: thief / DCGAN", thief_row["Fréchet"] / base["Fréchet"], below=0.6)
claim("two-sample accuracy: thief", thief_row["two-sample test"], above=0.45, below=0.57)
claim("two-sample accuracy: DCGAN", base["two-sample test"], above=0.6)
lowest = min(table[name]["precision"] for name in caught)
claim(
    "precision: the lowest of the three failures minus the DCGAN's", lowest - base["precision"], above=0
)

# %% [markdown]
# Whoever ranks by a distance or by the two-sample test gives the prize to the thief. (In our run the thief's Fréchet
# distance, 1.5, is even below that of honest real pictures, 1.9. This is chance: both sets are samples of real digits.) Whoever ranks by the
# log-likelihood gives it to the blurry one, and the second prize to the thief. Whoever ranks by precision alone
# prefers each of the three failures to the DCGAN. The distances and the two-sample test are not broken. Each of them asks, as far as it can see, whether the *distribution*
# is right, and training pictures are as near to it as pictures can be. Whether a
# picture is *new* is another question. And the good generator is not perfect: compare its column with that of the
# real pictures.
#
# ## Exercise 4: fool them (an open experiment)
#
# **Design a generator that fools the Fréchet distance and recall at once.** It has to beat our DCGAN in both
# numbers, and its pictures have to be bad. The check cannot see what is bad: look for yourself. But copies would
# fool both numbers, so the check forbids them, and near copies, too: for at least nine in ten of your
# pictures, the nearest training picture must be at least 1.5 times as far away, in pixels, as it typically is for an
# honest new digit. (A set of honest digits
# would never pass: by definition, half of them are nearer than the typical distance.)
#
# Your function gets the training pictures and the judge, and returns 1,000 pictures with values in [−1, 1]. You may
# read the judge: `judge.weights` and `judge.biases` hold its two layers. For pictures x, written as rows of 784 numbers, the
# features are max(0, x W + b), with W = `judge.weights[0]` of shape (784, 64) and b = `judge.biases[0]`. The check wants a Fréchet distance below 3.5
# and a recall above 0.8. The DCGAN has these (each is the mean of the two columns *good* and *good, again*):

# %%
claim("to beat: Fréchet distance of the DCGAN", base["Fréchet"], above=3.5, below=15)
claim("to beat: recall of the DCGAN", base["recall"], above=0.55, below=0.85)


# %%
def forge(images, judge):
    """images: (3000, 28, 28, 1) in [−1, 1]. judge: a FeatureClassifier. Return (1000, 28, 28, 1)."""
    return ...


check.forge(forge)
# check.forge.hint()

# %% [markdown]
# If it passes, look at your pictures, and put them through `measure`. Which of the eleven measures catches
# them, and which ones did you fool without trying? Then make it harder: how *far* from all digits can your
# pictures be? Can you do it if you may only call `judge.features`, and not read the weights? Which change of
# the judge would stop you?
#
# ## How to report
#
# Others can compare with your number if they find beside it:
#
# * The features: which network, trained on what. The real set: which pictures, held out or not, and how they were
#   resized. The number of samples, equal for all that you compare. Settings such as k and σ.
# * A number for quality and one for variety, and a check for copies.
# * The floor: the same numbers for real pictures against real ones.
# * Several seeds. One good run may be luck.
# * Whether you truncated, and a grid of samples that nobody has chosen by hand.
#
# ## What can go wrong
#
# | you see | likely cause | test | remedy |
# |---|---|---|---|
# | G's loss rises, and you stop the training | the loss measures the opponent, too | a measure of the pictures over time | choose the moment by that measure |
# | a Fréchet distance twice as large as in a paper | other features, resizing or numbers of samples | the floor: real against real | compare only within one protocol |
# | NaN or complex numbers in the Fréchet distance | the root of a product of covariances without full rank | fewer samples than features? | singular values, as in "The Fréchet distance" above |
# | an excellent Inception Score | a few very clear pictures | recall; are two samples alike? | compare with real pictures |
# | great precision, and a dull page of pictures | mode collapse, or truncation | recall, coverage | lesson 06; no truncation |
# | precision and recall near 1, and wrong pictures | an outlier with a huge ball | density and coverage | report them, too |
# | a wonderful Fréchet distance | it may be a copy machine | nearest neighbors in the training set | measure copies, and compare with unseen pictures |
# | the log-likelihood is −∞ | exp underflows | the largest exponent | logsumexp |
# | your measure and your eyes disagree | the features do not see what you see | which pictures move the number? | trust neither, and look longer |
#
# ## Summary in five lines
#
# 1. A GAN's losses tell who is ahead in the game. They do not tell how good the pictures are.
# 2. The Parzen log-likelihood rewards mean pictures, and the Inception Score rewards one clear picture per class.
# 3. The Fréchet distance compares means and covariances of features. It depends on the network, on the
#    resizing and on the number of samples. The kernel distance is unbiased, but noisy with few samples.
# 4. Precision and density ask about quality, recall and coverage about variety. One outlier can fool precision and
#    recall; it counts little for density and coverage.
# 5. No number catches everything, and a thief does well by most: use several, and look at the pictures.
#
# ## References
#
# * I. Goodfellow et al., [Generative adversarial networks](https://arxiv.org/abs/1406.2661), NIPS 2014: table 1,
#   with the Parzen window of O. Breuleux, Y. Bengio, P. Vincent, Quickly generating representative samples from an
#   RBM-derived process, Neural Computation 2011.
# * L. Theis, A. van den Oord, M. Bethge, [A note on the evaluation of generative
#   models](https://arxiv.org/abs/1511.01844), ICLR 2016: why it misleads.
# * T. Salimans et al., [Improved techniques for training GANs](https://arxiv.org/abs/1606.03498), NIPS 2016: the
#   Inception Score.
# * S. Barratt, R. Sharma, [A note on the Inception Score](https://arxiv.org/abs/1801.01973), 2018: its faults.
# * M. Heusel et al., [GANs trained by a two time-scale update rule converge to a local Nash
#   equilibrium](https://arxiv.org/abs/1706.08500), NIPS 2017: the Fréchet Inception distance.
# * D. C. Dowson, B. V. Landau, [The Fréchet distance between multivariate normal
#   distributions](https://doi.org/10.1016/0047-259X(82)90077-X), Journal of Multivariate Analysis 1982: the formula.
# * M. Bińkowski et al., [Demystifying MMD GANs](https://arxiv.org/abs/1801.01401), ICLR 2018: the bias of the FID, and the kernel distance.
# * G. Parmar, R. Zhang, J.-Y. Zhu, [On aliased resizing and surprising subtleties in GAN
#   evaluation](https://arxiv.org/abs/2104.11222), CVPR 2022.
# * M. J. Chong, D. Forsyth, [Effectively unbiased FID and Inception Score and where to find
#   them](https://arxiv.org/abs/1911.07023), CVPR 2020: the bias differs from generator to generator, so equal
#   numbers of samples do not remove it from a comparison.
# * M. S. M. Sajjadi et al., [Assessing generative models via precision and
#   recall](https://arxiv.org/abs/1806.00035), NeurIPS 2018: precision and recall, as a curve.
# * T. Kynkäänniemi et al., [Improved precision and recall metric for assessing generative
#   models](https://arxiv.org/abs/1904.06991), NeurIPS 2019; and [The role of ImageNet classes in Fréchet Inception
#   distance](https://arxiv.org/abs/2203.06026), ICLR 2023: an FID that falls without better pictures.
# * M. Jiralerspong et al., [Feature likelihood divergence: evaluating the generalization of generative models using
#   samples](https://arxiv.org/abs/2302.04440), 2023: the usual FID compares with training pictures, and does not see
#   copies.
# * M. F. Naeem et al., [Reliable fidelity and diversity metrics for generative
#   models](https://arxiv.org/abs/2002.09797), ICML 2020: density and coverage.
# * A. Brock, J. Donahue, K. Simonyan, [Large scale GAN training for high fidelity natural image
#   synthesis](https://arxiv.org/abs/1809.11096), ICLR 2019: BigGAN, truncation.
# * T. Karras, S. Laine, T. Aila, [A style-based generator architecture for generative adversarial
#   networks](https://arxiv.org/abs/1812.04948), CVPR 2019: truncation of an inner layer.
# * A. Srivastava et al., [VEEGAN](https://arxiv.org/abs/1705.07761), NIPS 2017, and Z. Lin et al.,
#   [PacGAN](https://arxiv.org/abs/1712.04086), NeurIPS 2018: modes and high quality.
# * S. Zhou et al., [HYPE: a benchmark for human eye perceptual evaluation of generative
#   models](https://arxiv.org/abs/1904.01121), NeurIPS 2019.
# * D. Lopez-Paz, M. Oquab, [Revisiting classifier two-sample tests](https://arxiv.org/abs/1610.06545), ICLR
#   2017; Q. Xu et al., [An empirical study on evaluation metrics of generative adversarial
#   networks](https://arxiv.org/abs/1806.07755), 2018.
#
# **Next lesson:** [08 · Other objectives](08_other_objectives.ipynb).
