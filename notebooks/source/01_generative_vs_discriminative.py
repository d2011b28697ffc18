# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 01 · Generative against discriminative
#
# [![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)](https://colab.research.google.com/github/gan-course/gan-course/blob/main/notebooks/01_generative_vs_discriminative.ipynb)
#
# **The one idea: a discriminative model learns the border between classes; a generative model learns the
# data.**
#
# After this lesson you will be able to
#
# * train a GAN with nine lines of code, and say what each of its two networks is for;
# * say what a model of P(y | x) knows about pictures, and what it cannot know;
# * build a classifier out of densities, draw pictures from it, and ask it how likely a picture is;
# * tell generative models from discriminative ones, and place the generative ones on a map, from mixtures to
#   diffusion models and GANs.
#
# It takes about 75 minutes to read, without exercise 3 and the open experiment. Its cells
# run in about 60 seconds on two CPU cores. You should know Python and NumPy, and have trained one
# classifier. Every term that is linked is explained in the [glossary](glossary.md).

# %% tags=["nbval-ignore-output"]
# Where the course package is missing, on Colab for example, this cell installs it first.
import importlib.util

if importlib.util.find_spec("gan_course") is None:
    print("Installing gan_course from https://github.com/gan-course/gan-course")
    # %pip install --quiet git+https://github.com/gan-course/gan-course

import warnings

import matplotlib.pyplot as plt
import numpy as np

from gan_course import data, plots, runtime
from gan_course.checks import lesson_01 as check
from gan_course.claims import answer, claim

plots.use_style()
print(runtime.configure(seed=0))

# %% [markdown]
# ## First, a GAN
#
# This course is about networks that draw. So here is one, before anything is explained. The next cell loads
# 4,000 real handwritten digits, builds two networks, and lets them play against each other for nine rounds
# through the data. (The names `dcgan_generator` and `dcgan_discriminator` stand for a well-known design of the
# two networks. Lesson 05 explains it.) On two CPU cores that takes less than a minute.

# %%
from gan_course import networks
from gan_course.gan import GAN

images, labels = data.load("mnist_5k", split="train")

generator = networks.dcgan_generator((28, 28, 1))
discriminator = networks.dcgan_discriminator((28, 28, 1))
gan = GAN(generator, discriminator, seed=0)
gan.compile()
gan.fit(images, batch_size=32, epochs=9, verbose=0)
made = gan.generate(1000, seed=1)

# %%
plots.image_grid(made[:32], "Nobody wrote these: a generator drew them", generated=True)
plt.show()

# %% [markdown]
# A network whose only input is random numbers drew these pictures. Many of them could be somebody's
# handwriting, and some are not digits at all. (Are they copies of training pictures? Lessons 05 and 07 show
# how to test that.)
#
# (The frame tells you where a picture comes from, in every lesson: black for real data, green for a picture that a model made. A gray frame in this lesson stands for anything else, or for a mix of both.)
#
# Can you tell drawn digits from written ones? Of the next sixteen pictures, eight were written by a hand and
# eight were drawn by the generator. Each has its number in its corner.

# %%
test_images, test_labels = data.load("mnist_5k", split="test")
order = np.random.default_rng(5).permutation(16)
mixed = np.concatenate([test_images[:8], made[40:48]])[order]
ax = plots.image_grid(mixed, "Eight of these sixteen are real. Which ones?", columns=8)
label = {"color": "white", "backgroundcolor": "black", "fontsize": 10, "va": "top"}
for i in range(16):  # a picture is 28 pixels wide, and 3 pixels lie between two of them
    corner = 31 * (i % 8) + 5, 31 * (i // 8) + 5.5
    ax.text(*corner, str(i + 1), **label).get_bbox_patch().set_boxstyle("square", pad=0.1)
ax.spines[:].set_color(plots.MUTED)
plt.show()

# %%
# Your prediction, the numbers of the real ones, for example [1, 4, 5, 8, 9, 10, 13, 16]:
prediction = None

# %%
real, drawn = np.flatnonzero(order < 8) + 1, np.flatnonzero(order >= 8) + 1
with answer(prediction):
    if prediction is not None:
        print("real ones among those that you named:", np.isin(prediction, real).sum())
    print("written by a hand:", *real)
    print("drawn by the network:", *drawn)

# %% [markdown]
# You just did the job of the second network, the [discriminator](glossary.md#discriminator): it looks at a picture
# and says how likely it is to be real. The first network, the [generator](glossary.md#generator), learns to draw
# pictures that the discriminator takes for real. Together they are a **generative adversarial network**, a
# [GAN](glossary.md#gan).
#
# **By lesson 05 you will have written all of this yourself.** The nine lines above hide these questions:
#
# | question | lesson |
# |---|---|
# | What do the two networks want, in numbers? | [02](02_the_objective_function.ipynb) |
# | How does the generator learn through the discriminator? What does a famous recipe do on today's Keras? | [03](03_the_combined_model.ipynb) |
# | Who moves when, and when is the game over? | [04](04_the_training_algorithm.ipynb) |
# | Which layers draw good pictures, and why these? | [05](05_gans_for_images.ipynb) |
# | What can go wrong, and what helps? | [06](06_when_training_fails.ipynb) |
# | How good are the pictures? | [07](07_measuring_a_gan.ipynb) |
#
# We begin with the question that comes before all of these: what does it mean to *learn the data*?
#
# ## Labels are costly
#
# Our digits come from MNIST. Its writers filled in forms that told them which digits to write, so the labels came
# nearly for free. That is rare. For the street scenes of the data set Cityscapes, people drew by hand which pixel
# belongs to a car, to a person or to the road. One picture took more than an hour and a half on average,
# and there are 5,000 of them (Cordts et al. 2016). The camera needed a fraction of a second per picture.
#
# **Supervised** learning needs both, pictures x and labels y. **Unsupervised** learning needs the pictures
# only. Pictures without labels are much easier to get, and that is one reason to care about models that
# learn from x alone. Our GAN saw no label.

# %%
plots.image_grid(images[:16], "Real digits, 28 × 28 pixels each")
plt.show()
print(f"{len(images):,} pictures to learn from, {len(test_images):,} unseen ones to test with")
print(f"pixels from {images.min()} (black) to {images.max()} (white)")

# %% [markdown]
# Both parts come from MNIST's training set, which several hundred people wrote. They were split by picture and
# not by writer, so the two parts share writers. All scores on "unseen digits" in this lesson are therefore
# probably a little better than they would be for new writers.
#
# ## Two digits on a plane
#
# A picture of 28 × 28 pixels is a point in a space of 784 dimensions, which nobody can draw. So we begin with two
# digits that are easily confused, 3 and 8. We squeeze them onto a plane with
# [principal component analysis](glossary.md#principal-component-analysis) (PCA). It describes each picture
# by two numbers, and it chooses them so that as little as possible of the differences between pictures is
# lost.

# %%
from sklearn.decomposition import PCA


def only(digits, images, labels):
    """The pictures of two digits, flattened, and label 0 for the first digit and 1 for the second."""
    chosen = np.isin(labels, digits)
    return images[chosen].reshape(-1, 784).astype(float), (labels[chosen] == digits[1]).astype(int)


x, y = only((3, 8), images, labels)
x_test, y_test = only((3, 8), test_images, test_labels)
plane = PCA(2, random_state=0).fit(x)
points, test_points = plane.transform(x), plane.transform(x_test)
print(f"{len(points)} points on a plane, {len(test_points)} unseen ones")

# %% [markdown]
# ## Discriminative: learn the border
#
# A [discriminative model](glossary.md#discriminative-model) learns P(y | x), the probability of each class y given
# the picture x, or at least where one class ends and the other begins. Here are three famous ones. *Logistic
# regression*, which is one dense unit with a sigmoid, draws a straight line. A *support vector machine* (SVM) draws
# a curved one here, guided by the points nearest to it. The SVM gives an answer, but no probability. A *small
# neural network* bends the line wherever that lowers its loss. The figure shows 300 of the 800 points.

# %%
import keras
from sklearn.linear_model import LogisticRegression
from sklearn.svm import SVC

logistic = LogisticRegression().fit(points, y)
machine = SVC().fit(points, y)
network = keras.Sequential(
    [keras.layers.Dense(16, "relu"), keras.layers.Dense(16, "relu"), keras.layers.Dense(1, "sigmoid")]
)
network.compile(keras.optimizers.Adam(0.01), "binary_crossentropy")
network.fit(points, y, epochs=40, batch_size=32, verbose=0)

classifiers = {
    "logistic regression": lambda at: logistic.predict_proba(at)[:, 1],
    "support vectors": lambda at: machine.predict(at),
    "neural network": lambda at: network.predict(at, verbose=0).ravel(),
}


# %%
def accuracy(probability):
    return np.mean((probability(test_points) > 0.5) == y_test)


figure, axes = plt.subplots(1, 3, figsize=(7, 2.9))
for ax, (name, probability) in zip(axes, classifiers.items(), strict=True):
    title = f"{name}\n{100 * accuracy(probability):.1f} % right"
    plots.decision_regions(probability, points[:300], y[:300], ("threes", "eights"), ax=ax)
    ax.set_title(title, fontsize=11)
axes[0].set(xlabel="first component", ylabel="second component")
axes[0].legend(loc="lower right", handletextpad=0, borderpad=0.1, fontsize=9)
plt.show()
claim("the worst of the three, on unseen digits", min(map(accuracy, classifiers.values())), above=0.8)

# %% [markdown]
# The three borders have different shapes and about the same accuracy. (It is counted on 200 unseen pictures, so
# each of them is worth half a percentage point.)
#
# How sure are the models where they have never seen anything? We go to the right, ten times as far out as the data
# reaches, and ask logistic regression there. **Predict** its confidence: 50 % would mean that it cannot choose
# between 3 and 8.

# %%
# Your prediction, in percent:
prediction = None

# %%
far_away = 10 * np.array([[points[:, 0].max(), 0.0]])
with answer(prediction):
    claim(
        "logistic regression's confidence far away",
        100 * logistic.predict_proba(far_away).max(),
        above=99.9,
        unit="%",
    )

# %% [markdown]
# It is sure of its answer at a place where no digit has ever been. A model of P(y | x) has an answer
# everywhere. It cannot say "I have never seen anything like this": even an answer of 50 % would only mean that
# both digits are equally likely there. A picture makes this visible.
#
# ## "Draw me an 8"
#
# We train logistic regression once more, on all 784 pixels. It cannot draw. But we can start from a plain gray
# picture and change it, little by little, in the direction that makes the model surer that it sees an 8. We stop
# when it is 99.99 % sure.
#
# **Predict:** what will that picture look like? An 8? A blurry 8? The average of all eights? Something else?

# %%
# Your prediction, in words:
prediction = None

# %%
on_pixels = LogisticRegression(C=0.01, max_iter=1000).fit(x, y)
uphill = on_pixels.coef_[0] / np.abs(on_pixels.coef_).max()  # label 1 means eight


def climb(picture):
    """Change the picture until the classifier is 99.99 % sure of an 8."""
    while on_pixels.predict_proba(picture[None])[0, 1] < 0.9999:
        picture = np.clip(picture + 0.02 * uphill, -1, 1)
    return picture


gray = np.zeros(784)
fooling = climb(gray)
sure = on_pixels.predict_proba(np.stack([gray, fooling]))[:, 1]
with answer(prediction):
    claim("P(8 | gray picture)", sure[0], above=0.3, below=0.7)
    claim("P(8 | picture) at the end", sure[1], above=0.9999)
    claim("this classifier's accuracy on unseen digits", on_pixels.score(x_test, y_test), above=0.94)

# %% [markdown]
# And here is that picture, in the middle.

# %%
figure, axes = plt.subplots(1, 3, figsize=(7, 2.7))
plots.image_grid(gray.reshape(1, 28, 28, 1), "the start: plain gray", ax=axes[0])
axes[0].spines[:].set_color(plots.MUTED)
plots.image_grid(fooling.reshape(1, 28, 28, 1), "99.99 % sure: an 8", generated=True, ax=axes[1])
eight = x[y == 1][1]
plots.image_grid(eight.reshape(1, 28, 28, 1), "a real 8", ax=axes[2])
plt.show()

# %% [markdown]
# Hardly anybody would call the picture in the middle an 8. Yet the classifier that produced it is a good one. It knows
# **what tells an 8 from a 3**: the two bright spots on the left are where an 8 closes its loops and a 3 leaves them
# open. It does not know **what an 8 is**, because it never had to.
#
# ## Generative: learn the data
#
# A [generative model](glossary.md#generative-model) learns p(x), or p(x, y) = p(x | y) P(y): how pictures, or
# pictures of each digit, are distributed. Here p(x | y) describes the pictures of class y only, and P(y) is the
# share of class y. For points on a plane this is a [density](glossary.md#density), written p(x): it is high
# where many points lie close together. (In this course a small p is a density, and a capital P is a
# probability.) The simplest one on our plane gives each digit a bell curve, a *Gaussian*, with a mean (where
# its center is) and a covariance (how wide it is, and in which directions). To fit it we need no training loop:
# we compute the mean and the covariance of the points, and that is all.

# %%
from scipy.stats import multivariate_normal

gaussians = [multivariate_normal(points[y == k].mean(axis=0), np.cov(points[y == k].T)) for k in (0, 1)]
priors = [np.mean(y == 0), np.mean(y == 1)]


def by_bayes(at):
    """P(eight | point) by Bayes' rule from the densities p(point | digit) and the priors P(digit)."""
    joint = [prior * gaussian.pdf(at) for prior, gaussian in zip(priors, gaussians, strict=True)]
    return joint[1] / (joint[0] + joint[1])


claim("the two Gaussians' accuracy on unseen digits", accuracy(by_bayes), above=0.8)

# %%
figure, axes = plt.subplots(1, 2, figsize=(7, 3.3))
plots.decision_regions(by_bayes, points[:300], y[:300], ("threes", "eights"), ax=axes[0])
plots.two_classes(points[:300], y[:300], ("threes", "eights"), axes[1])
for k in (0, 1):
    plots.density_contours(gaussians[k].pdf, points, plots.CLASSES[k], axes[1])
axes[0].set_title("Two Gaussians make\na border, too", fontsize=11)
axes[0].set(xlabel="first component", ylabel="second component")
axes[1].set_title("What they really know: how\ndense each digit is, everywhere", fontsize=11)
axes[1].set(xticks=[], yticks=[])
axes[1].legend(loc="lower left", handletextpad=0, borderpad=0.1, fontsize=9)
plt.show()

# %% [markdown]
# On the right, each closed curve joins points of equal density, as a contour line on a map joins points of
# equal height. On the left, the border is there, and it is about as good as the three above, but nobody looked
# for it. To find it, multiply each density by its [prior](glossary.md#prior) P(y), the share of this digit in
# the data. The border is where the two products are equal. If we divide each product by their sum, we get the
# probabilities P(y | x). This is [Bayes' rule](glossary.md#bayes-rule),
#
# $$P(y \mid x) = \frac{p(x \mid y)\,P(y)}{\sum_{y'} p(x \mid y')\,P(y')}.$$
#
# The next cell asks the two Gaussians about the same point far to the right. There, their P(y | x) is as sure as that of logistic regression. But a generative
# model can also be asked for p(x), the sum below the line of the fraction. We ask for it at the point far
# to the right, and at the unseen digits.


# %%
def log_p(at):
    """log p(point): the densities of both digits, each times its prior, added up."""
    return np.logaddexp(
        *(np.log(prior) + bell.logpdf(at) for prior, bell in zip(priors, gaussians, strict=True))
    )


claim("Bayes' rule: confidence far away", 100 * by_bayes(far_away).item(), above=99.9, unit="%")
claim("log p(x) far away", log_p(far_away).item(), below=-200)
claim("log p(x), median of the unseen digits", np.median(log_p(test_points)), above=-10)

# %% [markdown]
# Here the generative model has what the others lack: a second number that can say "I have never seen anything like
# this". We come back to it, and to its limits.
#
# And now the request that the classifiers could not fulfill is easy. *Draw me a 3, and an 8*: draw a point
# from the Gaussian of that digit, and let PCA turn it back into a picture.

# %%
rng = np.random.default_rng(0)
drawn = np.concatenate([gaussian.rvs(8, random_state=rng) for gaussian in gaussians])
pictures = plane.inverse_transform(drawn).reshape(-1, 28, 28, 1)
plots.image_grid(pictures, "Two Gaussians draw: threes above, eights below", columns=8, generated=True)
plt.show()

# %% [markdown]
# They are blurred, because two numbers cannot hold a whole picture. Some of the eights look like threes, because the two clouds overlap on the plane. But
# no climb was needed, as it was for the classifier's "8": the model knows where threes and eights are, and draws there.
#
# ### Exercise 1: Bayes' rule (short)
#
# Write the rule for one picture: `likelihoods` is an array with p(x | y) for every class y, and `priors` is an array
# with P(y). Return an array with the probabilities P(y | x).


# %%
def posterior(likelihoods, priors):
    return ...  # your line here


check.posterior(posterior)
# check.posterior.hint()
# check.posterior.solution()

# %% [markdown]
# ## All ten digits: a mixture of Gaussians
#
# One Gaussian for everything is too stiff for all the ways people write. A
# [Gaussian mixture](glossary.md#gaussian-mixture) has many: it chooses one of them at random and draws a point
# from it. It needs no labels: it finds by itself which pictures belong together. We now keep 40 numbers per picture,
# instead of two, and use 30 Gaussians. (`whiten=True` rescales each of the 40 numbers to variance 1. `reg_covar`
# keeps each Gaussian from shrinking onto a few pictures.)

# %%
from sklearn.mixture import GaussianMixture
from threadpoolctl import threadpool_limits

threadpool_limits(1)  # these matrices are small: several threads would only wait for each other

flat, unseen = images.reshape(-1, 784).astype(float), test_images.reshape(-1, 784).astype(float)
space = PCA(40, whiten=True, random_state=0).fit(flat)
mixture = GaussianMixture(30, reg_covar=0.05, random_state=0).fit(space.transform(flat))
mixture.set_params(random_state=1)  # the seed of the samples
by_mixture = space.inverse_transform(mixture.sample(16)[0]).reshape(-1, 28, 28, 1)
plots.image_grid(by_mixture, "Drawn by a mixture that saw no label", generated=True)
plt.show()

# %% [markdown]
# Some look like digits that somebody might have written, and some look like two digits at once. All are softer than
# the GAN's. The idea of mixtures is old: Karl Pearson fitted two Gaussians by hand in 1894.
#
# ### Exercise 2: draw from a mixture (short)
#
# Write a function that draws from a mixture in one dimension. The arrays `weights`, `means` and `stds`
# (standard deviations) describe the Gaussians; `rng` is a NumPy generator of random numbers. Return `count`
# numbers. (The typical mistake puts most of the numbers between the Gaussians, where hardly any should be.)


# %%
def draw(count, weights, means, stds, rng):
    return ...  # your lines here


check.draw(draw)
# check.draw.hint()
# check.draw.solution()

# %% [markdown]
# ## How likely is this picture?
#
# Besides drawing, a mixture can do a second thing that no discriminative model can: say **how likely a picture is at
# all**. The number is log p(x), and its unit is the [nat](glossary.md#nat), the unit of natural logarithms. Since
# p(x) is a density, log p(x) may be positive. Only differences matter here.
#
# The mixture knows 40 of the 784 directions of the space. In each of the other 744 we assume a little
# Gaussian noise. Its variance is the one that the data has there on average (Tipping and Bishop 1999 do the
# same with a single Gaussian). The pictures above were drawn without this noise: it would lie over them like gray snow. (In the code below, `log_volume` also takes back what
# `whiten=True` has done. It divided each of the 40 numbers by its standard deviation, and a density changes when its space is squeezed or stretched.)


# %%
def log_density(pictures):
    """log p(x) of flat pictures (count, 784), in nats: the mixture in 40 directions, small noise in the other 744."""
    codes = space.transform(pictures)
    rest = np.square(pictures - space.inverse_transform(codes)).sum(axis=1)
    noise = space.noise_variance_
    log_volume = np.log(space.explained_variance_).sum() + (784 - 40) * np.log(2 * np.pi * noise)
    return mixture.score_samples(codes) - 0.5 * (rest / noise + log_volume)


likely = log_density(unseen)
shuffled = unseen[:, np.random.default_rng(0).permutation(784)]
unlikely = log_density(shuffled)

# %% [markdown]
# We ask it about the unseen digits, and about five things that are no digits: a digit with its pixels shuffled,
# the picture that fooled logistic regression, plain gray, the average of all digits, and an empty black picture.
#
# **Predict:** what percentage of the unseen digits is *less* likely than the empty black picture?

# %%
# Your prediction, in percent:
prediction = None

# %%
black, average = -np.ones(784), flat.mean(axis=0)
fooled, plain, blob, empty = log_density(np.stack([fooling, gray, average, black]))
asked = {
    "the empty picture": (empty, {"above": 98}),
    "the average picture": (blob, {"above": 98}),
    "plain gray": (plain, {"below": 2}),
    "the fooling picture": (fooled, {"below": 2}),
    "the median of the shuffled": (np.median(unlikely), {"below": 5}),
}
with answer(prediction):
    for name, (score, bound) in asked.items():
        claim(
            f"unseen digits less likely than {name}", 100 * np.mean(likely < score), unit="%", **bound
        )

# %% [markdown]
# Here they are, with log p(x) in nats below each.


# %%
def nats(score):
    return f"log p(x) = {score:,.0f}".replace("-", "−")


cast = {
    "the fooling picture": (fooling, fooled, plots.GENERATED),
    "plain gray": (gray, plain, plots.MUTED),
    "a digit, shuffled": (shuffled[0], unlikely[0], plots.MUTED),
    "an unseen digit": (unseen[0], likely[0], plots.REAL),
    "the average picture": (average, blob, plots.MUTED),
    "the empty picture": (black, empty, plots.MUTED),
}

# %%
figure, axes = plt.subplots(2, 3, figsize=(7, 5.2))
for ax, (name, (picture, score, color)) in zip(axes.flat, cast.items(), strict=True):
    plots.image_grid(picture.reshape(1, 28, 28, 1), name, ax=ax)
    ax.spines[:].set_color(color)
    ax.set_xlabel(nats(score))
figure.suptitle("From unlikely to likely, as the mixture sees it", x=0.01, ha="left", fontsize=12)
plt.show()

# %% [markdown]
# The low numbers are what we hoped for. The picture that a classifier was 99.99 % sure of lies far below
# every unseen digit. **A low p(x) is a warning that no P(y | x) can give.** But look at plain gray beside it: the
# two numbers are nearly the same. What the model finds so unlikely is mostly the gray background, because
# real digits are black there. So we let the climb of "Draw me an 8" start at the black picture instead.

# %%
from_black = climb(black)
claim("P(8 | the climb from black)", on_pixels.predict_proba(from_black[None])[0, 1], above=0.9999)
claim(
    "unseen digits less likely than the climb from black",
    100 * np.mean(likely < log_density(from_black[None])),
    above=30,
    unit="%",
)

# %%
shown = {"climb from gray": fooling, "climb from black": from_black, "a real 8": eight}
figure, axes = plt.subplots(1, 3, figsize=(7, 2.9))
for ax, (name, picture) in zip(axes, shown.items(), strict=True):
    plots.image_grid(picture.reshape(1, 28, 28, 1), name, generated=name != "a real 8", ax=ax)
    ax.set_xlabel(nats(log_density(picture[None])[0]))
plt.show()

# %% [markdown]
# The classifier is fooled as before, and p(x) gives no warning: the picture in the middle is no 8, and yet it is more
# likely than the real 8 beside it.
#
# The high numbers are a surprise. The average of all digits is a gray blob that nobody ever wrote, and the black
# picture is empty. Both are more likely than nearly all unseen digits. **A high p(x) is no certificate.**
# Nalisnick et al. found the same in 2019, in much better models. They trained flows, VAEs and PixelCNNs
# (autoregressive models; the map below places all three) on photographs of animals and vehicles. These models
# gave photographs of house numbers a *higher* [likelihood](glossary.md#likelihood), which here means p(x), than
# photographs of the kind that they knew. The authors also made pictures grayer, and the likelihood rose. Let us
# try that: we fade each unseen digit towards the average picture. The figure shows half of the contrast. In a
# running notebook, the slider below it lets you choose another contrast, from 0 to 1.5.


# %%
def show_contrast(contrast):
    faded = average + contrast * (unseen - average)
    scores = log_density(faded)
    axes = plt.subplots(1, 2, figsize=(7, 2.9), width_ratios=[1, 1.5])[1]
    plots.image_grid(
        faded[:9].reshape(-1, 28, 28, 1), f"contrast {contrast:.1f}", columns=3, ax=axes[0]
    )
    axes[0].spines[:].set_color(plots.MUTED)
    bins = np.linspace(-1000, 400, 57)
    axes[1].hist(likely, bins, color=plots.REAL, alpha=0.75, label="unseen digits")
    axes[1].hist(scores, bins, color=plots.MUTED, histtype="step", lw=2, label="the same, faded")
    axes[1].set(xlabel="log p(x), in nats", yticks=[])
    axes[1].set_title(f"{100 * np.mean(scores > likely):.0f} % become more likely")
    axes[1].legend(loc="upper left", fontsize=9)
    plt.show()


show_contrast(contrast=0.5)

# %% tags=["interactive", "nbval-ignore-output"]
from ipywidgets import interact

_ = interact(show_contrast, contrast=(0.0, 1.5, 0.1))

# %%
faded = average + 0.5 * (unseen - average)
claim(
    "digits that become more likely at half the contrast",
    100 * np.mean(log_density(faded) > likely),
    above=95,
    unit="%",
)

# %% [markdown]
# The model gives a higher density to pictures that it practically never draws than to those that it draws. How
# can that be? A density is not a probability. The probability of a small region is density times *volume*, and
# in many dimensions nearly all of the volume lies far from the center. Close to the average the density is high, but this region is tiny. Farther out, where the digits are, the density is lower, but the region is so much larger that it gets nearly all of the probability. So the model draws digits and not the average.
#
# <details><summary>For a single Gaussian: by how much does the average beat a typical picture?</summary>
#
# With mean μ and covariance Σ in d dimensions, log p(μ) − log p(x) = ½ (x − μ)ᵀ Σ⁻¹ (x − μ). Now average over x
# drawn from the Gaussian. (E stands for this average.) The number (x − μ)ᵀ Σ⁻¹ (x − μ) is the trace (tr, the
# sum of the diagonal) of the matrix Σ⁻¹ (x − μ)(x − μ)ᵀ, and E[(x − μ)(x − μ)ᵀ] = Σ. So
#
# $$\tfrac12\, E\left[(x-\mu)^T \Sigma^{-1} (x-\mu)\right] = \tfrac12\, \mathrm{tr}\left(\Sigma^{-1} \Sigma\right) = \tfrac{d}{2}.$$
#
# In d = 784 dimensions that is 392 nats: the density at the center is about e³⁹² times the density at a typical picture.
# The pictures that such a model draws lie near a shell around its center, the [typical set](glossary.md#typical-set).
# Nalisnick et al. (2019b) therefore test whether log p(x) is close to its usual value, and not whether it is high.
#
# </details>
#
# For a single Gaussian (the proof is folded away above), log p(x) of the average picture is higher than that of a typical picture, by half the number of pixels: 784/2 = 392 nats. The next cell computes this difference for the training pictures,
# with a single Gaussian. In PCA's coordinates, (x − μ)ᵀ Σ⁻¹ (x − μ) is a sum of squares: the 40 numbers (`codes`)
# have variance 1, and the rest is divided by the variance of the noise. (The result is the same for any data, since
# the Gaussian was given the variances of this data.)

# %%
codes = space.transform(flat)
rest = np.square(flat - space.inverse_transform(codes)).sum(axis=1)
gap = 0.5 * np.mean(np.square(codes).sum(axis=1) + rest / space.noise_variance_)
claim("log p(average) minus the mean log p(training digit)", gap, near=392, within=0.5, unit="nats")

# %% [markdown]
# ## Does a generative model classify worse?
#
# The generative classifier can do more. Does it pay for that with worse answers? Let us compare on all ten digits.
# Both models get the same 40 numbers per picture and all 4,000 labels. Logistic regression comes first.

# %%
unseen_codes = space.transform(unseen)
straight = LogisticRegression(max_iter=500).fit(codes, labels)
claim(
    "logistic regression, all ten digits",
    straight.score(unseen_codes, test_labels),
    above=0.87,
    below=0.93,
)

# %% [markdown]
# The generative one has one Gaussian per digit, each with its own mean and its own covariance, and answers by
# Bayes' rule. Nobody shows it a border. **Predict** its accuracy on unseen digits.

# %%
# Your prediction, in percent:
prediction = None

# %%
by_densities = check.generative_classifier.answer(codes, labels, unseen_codes, ridge=0.1)
with answer(prediction):
    found = np.mean(by_densities.argmax(axis=1) == test_labels)
    claim("ten Gaussians and Bayes' rule", 100 * found, above=95, below=98, unit="%")

# %% [markdown]
# The generative classifier wins by far. That surprises people who have heard that "discriminative models
# are more accurate in the end". Andrew Ng and Michael Jordan (2001) wrote that many people believed that discriminative classifiers are almost always to be preferred, and they examined this belief. What they
# proved is about a **matched pair**: two models with the *same* set of possible borders. Their pair is
# [naive Bayes](glossary.md#naive-bayes) (within a class, all pixels are taken as independent) and logistic
# regression, both with straight borders. (For naive Bayes that is true if each input has only two values, or if it has a Gaussian distribution with the same variance in every class. With another variance in each class, as in scikit-learn's `GaussianNB`, the borders are curved.) With enough data, the discriminative one finds the best of these
# borders (their proposition 1). So naive Bayes cannot end higher than this best border. (To be exact: logistic regression minimizes
# [cross-entropy](glossary.md#cross-entropy) and not the number of mistakes, so its border need not be exactly the
# best one.) Naive Bayes ends at the same place if its assumption about the data is true. If the assumption is false
# ([misspecification](glossary.md#misspecification)), it usually ends lower.
#
# Our two models are no matched pair. The ten covariances make the borders curved. Logistic regression
# cannot follow such borders, and Gaussians in these 40 directions seem to fit the data well enough for good answers. A discriminative model with curved borders comes close. (We
# take its default settings. With others it may do better.)

# %%
curved = SVC().fit(codes, labels).score(unseen_codes, test_labels)
claim("a support vector machine, all ten digits", 100 * curved, above=93, below=98, unit="%")

# %% [markdown]
# So a rule of thumb is: *the better its densities fit the data, the better a generative classifier can be.* (It
# is no law. To classify, it is enough that the right class gets the largest product of density and prior, so a
# model with poor densities may still classify well.) At the end of the lesson, "For the curious" repeats Ng and
# Jordan's comparison with another matched pair, on our digits.
#
# ### Exercise 3: ten Gaussians (about twenty minutes)
#
# The ten Gaussians above came from code that you have not seen. Write it. `points` is an array (count, features) with
# `labels` from 0 to K − 1; `new` is (other count, features). For each class y compute the mean μ and the
# covariance Σ = `np.cov(...)` + `ridge` · I of its points, and P(y) as its share of the points. Then return
# P(y | x) for each row of `new`, as an array (other count, K). You need
#
# $$\log p(x \mid y) = -\tfrac12 (x - \mu)^T \Sigma^{-1} (x - \mu) - \tfrac12 \log\det(2\pi\Sigma).$$
#
# (The ridge, a small number on the diagonal, makes sure that Σ can be inverted. Far away from the data, a
# density in 40 dimensions can be smaller than the smallest number that a computer can hold. It is rounded to 0. If this happens for every class, Bayes' rule divides 0 by 0, and that is no probability. The check tests such points, too.)


# %%
def generative_classifier(points, labels, new, ridge):
    return ...  # about ten lines


check.generative_classifier(generative_classifier)
# check.generative_classifier.hint()
# check.generative_classifier.solution()

# %% [markdown]
# ## A map of generative models
#
# There are two things to ask of a generative model:
#
# * *How likely is this x?* If the model can answer, it has an **explicit** density: you can write down p(x), or
#   a lower bound (a number that p(x) is never below), or p(x) up to a constant factor that nobody knows.
# * *Give me a new x.* If that is all it can do, its density is **implicit**: known through its
#   [samples](glossary.md#sample) only.
#
# The mixture above is explicit. GANs, the subject of this course, are the best-known implicit models.
#
# ### Exercise 4: place them (short)
#
# Fill in `"discriminative"`, `"explicit"` or `"implicit"` for each model. You have not met all of them yet:
# guess, and the check tells you why an answer is wrong. (GPT-2 writes a text piece by piece. A piece is a word or a part of a word. For each possible next piece it has a probability.) Two of the ten often surprise people. The map and the table that follow hold the
# answers for the generative ones.

# %%
my_map = {
    "logistic regression": ...,
    "support vector machine": ...,
    "naive Bayes": ...,
    "Gaussian mixture": ...,
    "hidden Markov model": ...,
    "variational auto-encoder": ...,
    "diffusion model": ...,
    "normalizing flow": ...,
    "GPT-2": ...,
    "GAN": ...,
}
check.kinds(my_map)
# check.kinds.hint()
# check.kinds.solution()

# %%
plots.model_map().set_title("Can you write p(x) down? The question splits the family")
plt.show()

# %% [markdown]
# | model | how it draws an x | can it say how likely an x is? | you will meet it in |
# |---|---|---|---|
# | Gaussian mixture | choose a Gaussian, draw from it | yes | this lesson, lesson 11 |
# | [hidden Markov model](glossary.md#hidden-markov-model) | walk through hidden states, emit a pixel at each | yes | lesson 11 |
# | [autoregressive model](glossary.md#autoregressive-model) (GPT-2 for text) | one pixel, or one piece of text, after the other | yes | lesson 11 |
# | normalizing [flow](glossary.md#flow) | bend noise by steps that can be undone | yes | lesson 11 |
# | [variational autoencoder](glossary.md#variational-autoencoder) (VAE) | draw a code, decode it | a lower bound | lesson 12 |
# | [diffusion model](glossary.md#diffusion-model) | start with noise, and remove noise step by step | a lower bound | lesson 12 |
# | [Boltzmann machine](glossary.md#boltzmann-machine) | draw single pixels anew, again and again | up to a constant | lessons 09 and 11 |
# | score model | follow the slope of log p(x), called its score, uphill, with noise | the slope, so p(x) up to a constant factor | not in this course |
# | generative adversarial network (GAN) | push noise through a network | no | from here on |
#
# The borders of the map are not walls. Diffusion models and score models turned out to be two cases of one kind of
# model (Song et al. 2021). This kind of model can even compute p(x) instead of a bound, by solving a differential equation for
# each x.
#
# ## From noise to data: latent space
#
# How can a model draw if nobody can write its density down? By an old trick: **draw something easy, and bend it.**
# Take a vector z of pure noise, from a Gaussian. Push it through a function G, and call what comes out a sample. The
# space of z is called [latent space](glossary.md#latent-space), from the Latin for *hidden*: real data come without any z.
#
# If G is a neural network, it is called a generator. A network that is large enough can bend a Gaussian into very
# many shapes, once it is trained. The figure shows one that is not trained yet. On the left is the noise. In the
# middle, in green, is what the generator makes of it: the distribution of these points is called p_model. On the
# right, in black, is the data, p_data: eight clusters on a ring, a favorite of GAN papers.

# %%
beginner = networks.mlp_generator((2,), latent_dim=2, units=(64, 64))
z = np.random.default_rng(0).normal(size=(2000, 2)).astype("float32")
bent = beginner.predict(z, verbose=0)
ring = data.ring(2000, modes=8, radius=1.0, std=0.03, seed=0)
distance = np.linalg.norm(bent[:, None] - data.ring_centers(8)[None], axis=-1).min(axis=1)
share = 100 * np.mean(distance < 0.1)
claim("points of the untrained generator within 0.1 of a center", share, below=15, unit="%")

# %%
figure, axes = plt.subplots(1, 3, figsize=(7, 2.9))
axes[0].scatter(*z.T, s=4, color=plots.MUTED, lw=0)
axes[0].set(title="noise z", aspect="equal")
plots.clouds(generated=bent, ax=axes[1], title=r"$p_{model}$: G(z)")
plots.clouds(real=ring, ax=axes[2], title=r"$p_{data}$: the ring")
for ax, reach in zip(axes, (4, 1.5, 1.5), strict=True):
    ax.set(xlim=(-reach, reach), ylim=(-reach, reach), xticks=[], yticks=[])
    ax.set_xlabel(f"from −{reach} to {reach}")
plt.show()

# %% [markdown]
# The noise comes out squeezed and bent (note the scales below the panels), and hardly any of it lies on the data.
# We would like to move the green cloud onto the black one. But how? To raise the likelihood p_model(x) of the data we
# would have to compute it, and we cannot: we only have samples.
#
# ## The counterfeiter and the police
#
# Ian Goodfellow and his colleagues found a way around in 2014: **learn the comparison, too.** A counterfeiter
# prints money; the police tell notes that are real from notes that are not. Every arrest teaches the
# counterfeiter what gave him away; every good forgery teaches the police to look closer. If this goes on long
# enough, and if all goes well, the forgeries cannot be told from real money, and the police may as well toss a coin.
#
# The counterfeiter is the **generator G**. The police are the **discriminator D**: a plain discriminative model,
# like the ones at the top of this lesson, that learns P(real | x). So the two halves of this lesson meet in one
# model: a GAN learns to generate by learning to discriminate.

# %%
boxes = {
    "z": (0, 0, "noise z", plots.MUTED),
    "G": (1.3, 0, "generator G\n(counterfeiter)", plots.GENERATED),
    "data": (1.3, 1.1, "real data", plots.REAL),
    "D": (2.8, 0.55, "discriminator D\n(police)", plots.DISCRIMINATOR),
    "P": (4.1, 0.55, "D(x): how likely\nis x real?", plots.DISCRIMINATOR),
}
arrows = [("z", "G", ""), ("G", "D", "G(z)"), ("data", "D", "x"), ("D", "P", "")]
ax = plots.boxes_and_arrows(boxes, arrows, size=(7, 3.2))
back = {"arrowstyle": "-|>", "color": plots.ACCENT, "lw": 2, "connectionstyle": "arc3,rad=-0.45"}
ax.annotate("", xy=(1.45, -0.36), xytext=(2.8, 0.19), arrowprops=back)
ax.text(2.45, -0.45, "what gave the fake away", color=plots.ACCENT, fontsize=10)
ax.set(ylim=(-0.75, 1.55), title="D sees both kinds, and tells G how to look more real")
plt.show()

# %% [markdown]
# The orange arrow is the heart of a GAN. D is a network, so its answer has a [gradient](glossary.md#gradient)
# with respect to the picture. This gradient says for every pixel whether a lighter or a darker one would look more real to D.
# The generator then changes its weights, so that its next pictures move in this direction (lesson 03 shows
# how). You have seen such a gradient at work, in the picture that fooled logistic regression. The difference is
# that D goes on learning. When G fools it with something that is no digit, D can learn to reject it in its next
# steps.
#
# ## The open experiment: 320 labels and 4,000 pictures
#
# Labels are costly, so suppose that only 320 of the 4,000 training pictures have one. The next cell tells how
# well ten Gaussians do with them. It averages over four random choices of the 320. (If you try many ideas, the best one is partly just lucky on these test digits. Exercise 5 of lesson 03 shows a way out: choose with other digits.) **Beat this number** with a
# generative classifier of yours: write a function with the same arguments as `ten_gaussians`, and give it to
# `with_320_labels`. In `unlabeled` your function gets the 40 numbers of each of the 4,000 training pictures, without the labels.
#
# Here are ideas, from small to large. Try another ridge. Give each digit a covariance between its own and
# the average of all ten. You can also do what logistic regression cannot do, because its
# objective has no place for it: learn from pictures without labels. Guess P(y | x) for each of them with the Gaussians that you have, fit the Gaussians anew
# with these guesses as weights, and repeat. (This is the [EM algorithm](glossary.md#em-algorithm). Measure how many of the mistakes it removes.) Then try to make it fail: is there a number of labels so small that the unlabeled
# pictures do harm?

# %%
few = [np.random.default_rng(repeat).permutation(len(codes))[:320] for repeat in range(4)]


def with_320_labels(classify):
    """Mean accuracy of a function (points, labels, unlabeled, new) that returns P(y | x), shape (len(new), 10)."""
    found = [classify(codes[some], labels[some], codes, unseen_codes) for some in few]
    return np.mean([probability.argmax(axis=1) == test_labels for probability in found])


def ten_gaussians(points, labels, unlabeled, new):
    return check.generative_classifier.answer(points, labels, new, ridge=0.1)


claim("to beat: ten Gaussians with 320 labels", with_320_labels(ten_gaussians), above=0.82, below=0.89)

# %% [markdown]
# ## For the curious: which one learns faster?
#
# Ng and Jordan's second result is about *small* data. Say that a picture has n pixels (or n other numbers).
# Under the conditions of their theorems, a number of examples that grows like log n is enough for their generative
# model to come close to its final score. For the discriminative one, the number that they give grows like n. So the generative one should lead at first, and be overtaken later. We look
# for these two regimes with a matched pair. *Nearest mean* has one Gaussian per digit, and all ten have the
# same round shape. In a round Gaussian the numbers that describe a picture are independent of each other, so nearest mean is a simple kind of naive Bayes. Its partner is logistic regression. Both have straight borders. Both get the
# 40 numbers of PCA without the rescaling of `whiten=True`, so that nearest mean measures distances as they are between the
# pictures. We take logistic regression with its usual penalty on large weights, and nearly without it. We add the Gaussians of exercise 3 for
# comparison.

# %%
from sklearn.neighbors import NearestCentroid

sizes = [20, 40, 80, 160, 320, 640, 1280, 4000]
models = {
    "nearest mean (generative)": NearestCentroid,
    "logistic regression": lambda: LogisticRegression(max_iter=300),
    "logistic regression, no penalty": lambda: LogisticRegression(C=1e4, max_iter=300),
}
unwhitened = PCA(40, random_state=0).fit(flat)
inputs, unseen_inputs = unwhitened.transform(flat), unwhitened.transform(unseen)


def curve(fit_and_score, repeats=8):
    """Accuracy on unseen digits, (repeats, sizes); every model gets the same random training sets."""
    orders = [np.random.default_rng(repeat).permutation(len(flat)) for repeat in range(repeats)]
    return np.array([[fit_and_score(order[:size]) for size in sizes] for order in orders])


# %%
def by_model(model):
    return lambda some: model().fit(inputs[some], labels[some]).score(unseen_inputs, test_labels)


def by_gaussians(some):
    if len(some) < 320:  # a covariance needs more pictures per digit than that
        return np.nan
    found = check.generative_classifier.answer(codes[some], labels[some], unseen_codes, 0.1)
    return np.mean(found.argmax(axis=1) == test_labels)


with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # "not converged", where twenty pictures are separated perfectly
    curves = {name: curve(by_model(model)) for name, model in models.items()}
curves["ten Gaussians (generative)"] = curve(by_gaussians, repeats=4)

# %%
nearest, logit, free, _ = curves.values()


def lead(first, second, size):
    """Lead of one model over another in percentage points: mean over the draws, and its standard error."""
    leads = 100 * (first - second)[:, size]
    return leads.mean(), leads.std(ddof=1) / np.sqrt(len(leads))


# %%
for rival, name, low, high in ((logit, "with", -3, 4), (free, "without", -6, 2)):
    mean_lead, error = lead(nearest, rival, 0)
    claim(
        f"lead of nearest mean with 20 pictures, {name} penalty, in points",
        mean_lead,
        above=low,
        below=high,
    )
    claim("    standard error", error, below=2)
claim(
    "lead of logistic regression with 4,000 pictures, in points", lead(logit, nearest, -1)[0], above=5
)

# %%
figure, ax = plt.subplots(figsize=(7, 3.8))
styles = (("o-", 0), ("s-", 1), ("s:", 1), ("o--", 0))
for (name, values), (style, color) in zip(curves.items(), styles, strict=True):
    mean, error = values.mean(axis=0), values.std(axis=0, ddof=1) / np.sqrt(len(values))
    ax.plot(sizes, mean, style, color=plots.CLASSES[color], label=name, ms=5)
    ax.fill_between(sizes, mean - error, mean + error, color=plots.CLASSES[color], alpha=0.25, lw=0)
ax.set(xscale="log", xlabel="training pictures (logarithmic)", ylabel="share of unseen digits right")
ax.set_xticks(sizes, sizes)
ax.minorticks_off()
ax.set_title("A matched pair starts together and ends apart")
ax.legend(loc="lower right", fontsize=9, handlelength=3.5)
plt.show()

# %% [markdown]
# The right-hand end agrees with proposition 1: the round Gaussians are wrong about the data, and nearest mean
# ends well below both versions of its partner. The left-hand end shows no clear head start. With 20 pictures the three are
# within a few points of each other. (Each band is one standard error wide on either side. The standard error
# says by how much an average over so few draws typically misses the average over very many.) On average over
# our eight draws, nearest mean leads logistic regression with the penalty by hardly more than the standard
# error. It trails logistic regression without the penalty by more than twice the standard error. So the lead of nearest mean may be chance. The lead of logistic regression without the penalty is less likely to be chance. In our draws, the generative model therefore has no clear head start over logistic regression, with the penalty or without it. Xue and Titterington (2008) came to a similar doubt with experiments of their own: the existence of two regimes may not be so reliable. The dashed olive curve shows a third thing: the ten Gaussians, whose densities are less stiff and whose borders are curved, are the best of these four in the end. (The curve begins at 320 pictures. Even these are few for ten covariances, and the estimate works only with the help of the ridge.)
#
# ## What can go wrong
#
# * **Trusting certainty.** 99.99 % means: an 8 *rather than a 3*. It does not mean that the picture is one of
#   the two. Classifiers in use meet pictures that are neither.
# * **Trusting a high density.** Our mixture finds an empty picture more likely than a digit. A low p(x) is a warning,
#   a high one is no certificate.
# * **Averaging samples** where you mean to mix densities. The average of two samples often lies
#   between the [modes](glossary.md#mode), the hills of the density, where there is no data.
# * **Comparing likelihoods** of models that live in different spaces. A density of 40 PCA coordinates must not be set
#   beside one of 784 pixels. Lesson 11 compares properly.
# * **Quoting Ng and Jordan for every pair of models.** Their theorem compares two models with the same
#   set of possible borders.
#
# ## Summary in five lines
#
# 1. A discriminative model learns P(y | x), or only the border. It does not learn how likely x itself is.
# 2. A generative model learns p(x) or p(x, y); it can draw new data, and it can often say how likely data is.
# 3. With enough data, the discriminative model of a matched pair should end at least as high (Ng and Jordan's proposition 1), and usually higher if the generative one's assumptions are false. A generative model whose densities fit can beat a discriminative one of
#    another kind.
# 4. A density is explicit (you can write it down) or implicit (you can only draw from it); a GAN's is implicit.
# 5. A generator bends noise z into data; a discriminator tells it how it gives itself away.
#
# ## References
#
# * I. Goodfellow et al., [Generative adversarial nets](https://arxiv.org/abs/1406.2661), NIPS 2014.
# * I. Goodfellow, [NIPS 2016 tutorial: generative adversarial networks](https://arxiv.org/abs/1701.00160): the
#   map of models is drawn after its figure 9.
# * A. Ng and M. Jordan, [On discriminative vs. generative classifiers: a comparison of logistic regression and
#   naive Bayes](https://papers.nips.cc/paper/2001/hash/7b7a53e239400a13bd6be6c91c4f6c4e-Abstract.html), NIPS
#   2001.
# * J.-H. Xue and D. M. Titterington, [Comment on "On discriminative vs. generative
#   classifiers"](https://doi.org/10.1007/s11063-008-9088-7), Neural Processing Letters 28, 2008.
# * E. Nalisnick et al., [Do deep generative models know what they don't know?](https://arxiv.org/abs/1810.09136),
#   ICLR 2019; and 2019b, [Detecting out-of-distribution inputs to deep generative models using
#   typicality](https://arxiv.org/abs/1906.02994).
# * M. Tipping and C. Bishop, [Probabilistic principal component
#   analysis](https://doi.org/10.1111/1467-9868.00196), Journal of the Royal Statistical Society B 61, 1999.
# * Y. Song et al., [Score-based generative modeling through stochastic differential
#   equations](https://arxiv.org/abs/2011.13456), ICLR 2021.
# * K. Pearson, [Contributions to the mathematical theory of evolution](https://doi.org/10.1098/rsta.1894.0003),
#   Philosophical Transactions of the Royal Society A 185, 1894: a mixture of two Gaussians, fitted by hand.
# * M. Cordts et al., [The Cityscapes dataset for semantic urban scene
#   understanding](https://arxiv.org/abs/1604.01685), CVPR 2016.
# * The digits: Y. LeCun et al., [Gradient-based learning applied to document
#   recognition](https://doi.org/10.1109/5.726791), Proceedings of the IEEE 86, 1998 (MNIST).
#
# **Next lesson:** [02 · The objective function](02_the_objective_function.ipynb): what exactly the two players
# want, in numbers.
