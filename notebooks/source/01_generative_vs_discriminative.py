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
# * say what a model of P(y | x) knows about pictures, and what it cannot know;
# * build a classifier out of densities, sample from it, and ask it how likely a picture is;
# * place a model on a map, from logistic regression to GPT-2 and GANs.
#
# It takes about half an hour to read; its cells run in about 40 seconds on two CPU cores. You need Python,
# NumPy, and to have trained one classifier.

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

plots.use_style()
print(runtime.configure(seed=0))

# %% [markdown]
# ## Labels are costly
#
# Here are real handwritten digits, 8 × 8 pixels each, written by 13 people and published in 1998. The pictures
# came almost for free: people filled in forms. The labels did not: somebody looked at every single one and
# typed what it is.
#
# **Supervised** learning needs both, pictures x and labels y. **Unsupervised** learning makes do with the
# pictures. That is one reason to care about models that learn from x alone: there is so much more of it.

# %%
images, labels = data.load("digits", split="train")
test_images, test_labels = data.load("digits", split="test")
plots.image_grid(
    images[:24], "Real digits: pictures x. The labels y had to be typed by hand", columns=12
)
plt.show()
print(f"{len(images)} pictures to learn from, {len(test_images)} held out")
print(f"pixels from {images.min()} to {images.max()}")

# %% [markdown]
# ## Two digits on a plane
#
# A picture of 64 pixels is a point in a space of 64 dimensions, which nobody can draw. So we begin with two
# digits that are easily confused, 8 and 9, and squeeze them onto a plane with principal component analysis
# (PCA): two numbers a picture, chosen so that as little as possible of the variation between pictures is lost.

# %%
from sklearn.decomposition import PCA


def only(digits, images, labels):
    """The pictures of two digits, flattened, and label 0 for the first digit and 1 for the second."""
    chosen = np.isin(labels, digits)
    return images[chosen].reshape(-1, 64).astype(float), (labels[chosen] == digits[1]).astype(int)


x, y = only((8, 9), images, labels)
x_test, y_test = only((8, 9), test_images, test_labels)
plane = PCA(2).fit(x)
points, test_points = plane.transform(x), plane.transform(x_test)
print(f"{len(points)} points on a plane, {len(test_points)} more held out")

# %% [markdown]
# ## Discriminative: learn the border
#
# A **discriminative** model learns P(y | x), the probability of each class y given the picture x, or at least
# where one class ends and the other begins. Three famous ones follow. *Logistic regression* draws a straight
# line. A *support vector machine* (SVM) bends it, guided by the points nearest to it; it gives an answer and no
# probability. A *small neural network* bends it wherever that lowers its loss. Each shades the plane by the
# answer it would give.

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
network.fit(points, y, epochs=60, batch_size=32, verbose=0)

classifiers = {
    "logistic regression": lambda at: logistic.predict_proba(at)[:, 1],
    "support vector machine": lambda at: machine.predict(at),
    "neural network": lambda at: network.predict(at, verbose=0).ravel(),
}


# %%
def accuracy(probability):
    return np.mean((probability(test_points) > 0.5) == y_test)


figure, axes = plt.subplots(1, 3, figsize=(10, 3.6))
for ax, (name, probability) in zip(axes, classifiers.items(), strict=True):
    title = f"{name}\n{accuracy(probability):.0%} of unseen digits right"
    plots.decision_regions(probability, points, y, ("eights", "nines"), title, ax)
axes[0].set(xlabel="first principal component", ylabel="second principal component")
axes[0].legend(loc="lower right")
plt.show()
print(
    "each of the three is right more often than 85 % of the time:",
    min(map(accuracy, classifiers.values())) > 0.85,
)

# %% [markdown]
# Three borders, three shapes, and about the same score (of 71 unseen pictures; each is worth 1.4 points). How
# sure are they where they have never seen anything? We ask at a point ten times as far out as the data reaches.

# %%
far_away = 10 * np.array([[points[:, 0].max(), points[:, 1].min()]])
surest = logistic.predict_proba(far_away).max()
print(f"logistic regression is more than 99.9 % sure there: {surest > 0.999}")

# %% [markdown]
# Sure of its answer, at a place where no digit has ever been. A discriminative model has an opinion on
# everything, and no idea of what it has never seen. Let us make that visible.
#
# ## "Draw me an 8"
#
# We train logistic regression once more, on all 64 pixels. It cannot draw. But we can start from a plain gray
# picture and change it, little by little, in the direction that makes the model surer that it sees an 8, until
# it is 99.99 % sure.
#
# **Predict before you run:** what will that picture look like? An 8? A blurry 8? The average 8?

# %%
on_pixels = LogisticRegression(max_iter=1000).fit(x, y)
uphill = -on_pixels.coef_[0] / np.abs(on_pixels.coef_).max()  # label 0 means eight

gray = np.zeros(64)
fooling, steps = gray, 0
while on_pixels.predict_proba(fooling[None])[0, 0] < 0.9999:
    fooling, steps = np.clip(fooling + 0.02 * uphill, -1, 1), steps + 1

sure = on_pixels.predict_proba(np.stack([gray, fooling]))[:, 0]
print(f"P(8 | gray picture) = {sure[0]:.2f}")
print(f"after {steps} small steps P(8 | picture) > 0.9999: {sure[1] > 0.9999}")
print(f"right on unseen digits more than 95 % of the time: {on_pixels.score(x_test, y_test) > 0.95}")

# %%
figure, axes = plt.subplots(1, 2, figsize=(6, 3.2), width_ratios=[1, 1])
plots.image_grid(x[y == 0][:1].reshape(-1, 8, 8, 1), "a real 8", ax=axes[0])
plots.image_grid(fooling.reshape(1, 8, 8, 1), "99.99 % sure: an 8", generated=True, ax=axes[1])
plt.show()

# %% [markdown]
# Nobody would call the right-hand picture an 8. Yet the classifier that produced it is a good one: it is right
# on almost all unseen eights and nines. It knows **what tells an 8 from a 9**. It does not know **what an 8
# is**, because it never had to.
#
# (The frame tells you where a picture comes from, in every lesson: black for real data, green for a picture
# that a model made.)
#
# ## Generative: learn the data
#
# A **generative** model learns P(x), or P(x, y) = P(x | y) P(y): how pictures, or pictures of each digit, are
# distributed. The simplest one on our plane gives each digit a bell curve, a *Gaussian* with a mean and a
# covariance. Fitting it takes no training loop: mean and covariance of the points are all there is.

# %%
from scipy.stats import multivariate_normal

gaussians = [multivariate_normal(points[y == k].mean(axis=0), np.cov(points[y == k].T)) for k in (0, 1)]
priors = [np.mean(y == 0), np.mean(y == 1)]


def by_bayes(at):
    """P(nine | point) by Bayes' rule from the densities p(point | digit) and the priors P(digit)."""
    joint = [prior * gaussian.pdf(at) for prior, gaussian in zip(priors, gaussians, strict=True)]
    return joint[1] / (joint[0] + joint[1])


print("right more often than 85 % of the time:", accuracy(by_bayes) > 0.85)

# %%
figure, axes = plt.subplots(1, 2, figsize=(9, 3.8))
title = f"Two Gaussians make a border, too\n{accuracy(by_bayes):.0%} of unseen digits right"
plots.decision_regions(by_bayes, points, y, ("eights", "nines"), title, axes[0])
plots.two_classes(points, y, ("eights", "nines"), axes[1])
for k in (0, 1):
    plots.density_contours(gaussians[k].pdf, points, plots.CLASSES[k], axes[1])
axes[0].set(xlabel="first principal component", ylabel="second principal component")
axes[1].set(title="What it really knows:\nhow dense each digit is, everywhere", xticks=[], yticks=[])
axes[1].legend(loc="upper left")
plt.show()

# %% [markdown]
# The border is there, at about the same place and about as good, but nobody looked for it: it is simply where
# the two densities, weighed with their priors, are equal. This is **Bayes' rule**,
#
# $$P(y \mid x) = \frac{p(x \mid y)\,P(y)}{\sum_{y'} p(x \mid y')\,P(y')}.$$
#
# And now the question that the classifiers could not answer is easy. *Draw me an 8, and a 9*: draw a point from
# the Gaussian of that digit, and let PCA turn it back into a picture.

# %%
rng = np.random.default_rng(0)
drawn = np.concatenate([gaussian.rvs(8, random_state=rng) for gaussian in gaussians])
pictures = plane.inverse_transform(drawn).reshape(-1, 8, 8, 1)
plots.image_grid(
    pictures, "Drawn by the two Gaussians: eights above, nines below", columns=8, generated=True
)
plt.show()

# %% [markdown]
# Blurred, because two numbers cannot hold a whole picture; but the upper row closes its lower loop, as an eight
# does, and the lower row leaves it open.
#
# ### Exercise 1: Bayes' rule
#
# Write the rule for one picture: `likelihoods` holds p(x | y) for every class y, `priors` holds P(y). Return
# the probabilities P(y | x).


# %%
def posterior(likelihoods, priors):
    return ...  # your line here


check.posterior(posterior)
# check.posterior.hint()
# check.posterior.solution()

# %% [markdown]
# ## All ten digits: a mixture of Gaussians
#
# One Gaussian a digit is too stiff for all the ways people write. A **Gaussian mixture** has many: it chooses
# one of them at random and draws a point from it. Nobody tells it which pictures belong together; it works
# without labels and finds out by itself. We keep 20 numbers a picture now, instead of two, and use 20
# Gaussians.

# %%
from sklearn.mixture import GaussianMixture

space = PCA(20, whiten=True).fit(images.reshape(-1, 64).astype(float))
mixture = GaussianMixture(20, reg_covar=0.01, random_state=0).fit(
    space.transform(images.reshape(-1, 64).astype(float))
)
mixture.set_params(random_state=1)
made = space.inverse_transform(mixture.sample(24)[0]).reshape(-1, 8, 8, 1)

figure, axes = plt.subplots(2, 1, figsize=(8, 3.8))
plots.image_grid(images[24:48], "Real", columns=12, ax=axes[0])
plots.image_grid(
    made, "Drawn from the mixture, which saw no label", columns=12, generated=True, ax=axes[1]
)
plt.show()

# %% [markdown]
# Some are digits that somebody might have written; some are in between. Karl Pearson fitted the first such
# mixture by hand, in 1894. The idea is old, and it draws.
#
# It can do a second thing that no discriminative model can: say **how likely a picture is at all**, log p(x),
# in nats (the unit of natural logarithms). We ask it about unseen digits, about the same digits with their
# pixels shuffled, and about the picture that fooled logistic regression.
#
# **Predict before you run:** where does the fooling picture land: with the digits, with the shuffled ones, or
# somewhere in between?


# %%
def log_density(pictures):
    """log p(x) of each picture under the mixture, in nats; larger is more likely."""
    return mixture.score_samples(space.transform(pictures.reshape(-1, 64)))


unseen = test_images.reshape(-1, 64).astype(float)
shuffled = unseen[:, np.random.default_rng(0).permutation(64)]
likely, unlikely = log_density(unseen), log_density(shuffled)
fooled, plain, average = log_density(np.stack([fooling, gray, unseen.mean(axis=0)]))
print("unseen digits above shuffled ones, on average:", likely.mean() > unlikely.mean() + 20)
print("the fooling picture is less likely than 99 % of them:", fooled < np.quantile(likely, 0.01))
print("and lies among the shuffled:", unlikely.min() < fooled < np.quantile(unlikely, 0.9))
print("so does plain gray:", unlikely.min() < plain < np.quantile(unlikely, 0.9))
print("the average of all digits scores like a digit, within 3 nats:", abs(average - likely.mean()) < 3)

# %%
figure, ax = plt.subplots(figsize=(8, 3))
bins = np.linspace(-140, 0, 57)
ax.hist(likely, bins, color=plots.REAL, alpha=0.8, label="unseen digits")
ax.hist(unlikely, bins, color=plots.MUTED, alpha=0.7, label="the same, pixels shuffled")
ax.axvline(fooled, color=plots.GENERATED, lw=3, label='"99.99 % an 8"')
ax.set(xlabel="log p(x) under the mixture, in nats", ylabel="pictures")
ax.set_title("Unseen digits score high, scattered pixels and the fooling picture low")
ax.legend(loc="upper left")
plt.show()

# %% [markdown]
# The picture that a classifier was 99.99 % sure of lies right among the shuffled ones. A low p(x) is a warning
# that no P(y | x) can give. It is a warning and no more: the plain gray that we began with scores as low, and
# the average of all digits, a gray blob, scores like a digit. This mixture knows a lot about digits, not
# everything.
#
# ### Exercise 2: draw from a mixture
#
# Write the sampler of a mixture on the line. `weights`, `means` and `stds` describe the components; `rng` is a
# NumPy generator. Return `count` numbers. (The typical mistake makes a hill exactly where no component is.)


# %%
def draw(count, weights, means, stds, rng):
    return ...  # your lines here


check.draw(draw)
# check.draw.hint()
# check.draw.solution()

# %% [markdown]
# ## Which one learns faster?
#
# So a generative classifier does more. Does it pay for that with worse answers? Andrew Ng and Michael Jordan
# asked this in 2001, for the pair **naive Bayes** (one Gaussian a class and pixel, pixels taken as independent)
# and **logistic regression**. Their finding: the generative one gets to its plateau with fewer examples; the
# discriminative one has the higher plateau.
#
# We repeat it on all ten digits with training sets from 10 to 1,400 pictures, each size drawn 8 times at
# random. Of both models we take two versions. Naive Bayes once as it is, and once *smoothed*: the largest
# variance of any pixel is added to all variances, since a pixel that happens to be black in three pictures need
# not be black forever. Logistic regression once with scikit-learn's default penalty on large weights, and once
# nearly without.
#
# **Predict before you run:** at how many pictures does logistic regression overtake, if at all?

# %%
from sklearn.naive_bayes import GaussianNB

sizes = [10, 20, 30, 50, 80, 150, 300, 1400]
models = {
    "naive Bayes, smoothed": lambda: GaussianNB(var_smoothing=1.0),
    "naive Bayes as it is": GaussianNB,
    "logistic regression": LogisticRegression,
    "logistic regression, no penalty": lambda: LogisticRegression(C=1e4),
}


# %%
def curve(model, repeats=8):
    """Accuracy on unseen digits, (repeats, sizes); every model gets the same random training sets."""
    pixels, scores = images.reshape(-1, 64), np.zeros((repeats, len(sizes)))
    for repeat in range(repeats):
        order = np.random.default_rng(repeat).permutation(len(images))
        for i, some in enumerate(order[:size] for size in sizes):
            scores[repeat, i] = model().fit(pixels[some], labels[some]).score(unseen, test_labels)
    return scores


with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # "not converged", where ten pictures are separated perfectly
    bayes, raw_bayes, logit, free_logit = (curve(model) for model in models.values())

# %%
lead = (bayes - logit).mean(axis=0)
last = np.flatnonzero(lead > 0)[-1]  # the last size at which naive Bayes leads
crossing = np.exp(np.interp(0, -lead[last : last + 2], np.log(sizes[last : last + 2])))
print(
    f"with {sizes[1]} pictures smoothed naive Bayes leads by more than half a point: {lead[1] > 0.005}"
)
print(f"with {sizes[-1]} logistic regression leads by more than 4 points: {lead[-1] < -0.04}")
print(f"the two curves cross between 25 and 90 pictures: {25 < crossing < 90}")
print(f"without its penalty logistic regression is less than 2.5 points behind at {sizes[1]}:", end=" ")
print((bayes - free_logit).mean(axis=0)[1] < 0.025)
print(f"naive Bayes as it is never leads: {np.all((raw_bayes - logit).mean(axis=0) < 0)}")

# %% tags=["nbval-ignore-output"]
paired = (bayes - logit)[:, 1]
print(f"crossing point: {crossing:.0f} pictures; lead at {sizes[1]}: {paired.mean():.3f}", end=" ")
print(f"± {paired.std() / np.sqrt(len(paired)):.3f} (standard error, same training sets)")

# %%
figure, ax = plt.subplots(figsize=(7.5, 4))
for name, values, color, style in zip(
    models,
    (bayes, raw_bayes, logit, free_logit),
    np.repeat(plots.CLASSES, 2),
    ("o-", "o:", "s-", "s:"),
    strict=True,
):
    ax.plot(sizes, values.mean(axis=0), style, color=color, label=name, ms=4)
ax.axvline(crossing, color=plots.MUTED, ls="--", lw=1.2)
ax.set(xscale="log", xlabel="training pictures (logarithmic)", ylabel="share of unseen digits right")
ax.set_title("Smoothed, the generative one starts ahead; the discriminative one ends ahead")
ax.legend(loc="lower right")
plt.show()

# %% [markdown]
# The two solid curves show both halves of the finding. With two pictures a digit, the strong assumption of
# naive Bayes (pixels independent, bell-shaped) is worth more than data. With 140 pictures a digit that same
# assumption, which is false, keeps it from getting any better, while logistic regression goes on learning.
#
# The dotted curves are the honest part. At the small end everything hangs on the smoothing: unsmoothed naive
# Bayes is hopeless there, and logistic regression without its penalty gives away next to nothing. So the
# generative one *can* need fewer examples; it need not (Xue and Titterington came to the same conclusion in
# 2008). The right-hand end is what does not change.
#
# ## A map of generative models
#
# All generative models answer one of two questions, some of them both:
#
# * *How likely is this x?* Then the model has an **explicit** density: you can write down p(x), or at least
#   bound it.
# * *Give me a new x.* If that is all it can do, its density is **implicit**: known through its samples only.
#
# The naive Bayes and the mixture above are explicit. GANs, the subject of this course, are the famous implicit
# ones.

# %%
plots.model_map().set_title("Can you write p(x) down? The question splits the family")
plt.show()

# %% [markdown]
# | model | how it draws an x | can it score an x? | you will meet it in |
# |---|---|---|---|
# | Gaussian mixture | choose a component, draw from it | yes | this lesson, lesson 11 |
# | hidden Markov model | walk through hidden states, emit a pixel at each | yes | lesson 11 |
# | Boltzmann machine | shake the pixels until they settle | up to a constant | lessons 09 and 11 |
# | variational auto-encoder (VAE) | draw a code, decode it | a lower bound | lesson 11 |
# | diffusion model | take noise away from noise, step by step | a lower bound | lesson 13 |
# | autoregressive model (GPT-2 for text) | one pixel or word after the other | yes | lesson 11 |
# | generative adversarial network (GAN) | push noise through a network | no | from here on |
#
# ### Exercise 3: place them
#
# Fill in `"discriminative"`, `"explicit"` or `"implicit"` for each model. Two of them often surprise people.

# %%
my_map = {
    "logistic regression": ...,
    "support vector machine": ...,
    "naive Bayes": ...,
    "Gaussian mixture": ...,
    "hidden Markov model": ...,
    "variational auto-encoder": ...,
    "GPT-2": ...,
    "GAN": ...,
}
check.kinds(my_map)
# check.kinds.hint()
# check.kinds.solution()

# %% [markdown]
# ## From noise to data: latent space
#
# How can a model draw without a density? By an old trick: **draw something easy, and bend it.** Take a vector z
# of pure noise, from a Gaussian; push it through a function G; call what comes out a sample. The space of z is
# called **latent space**, from the Latin for *hidden*: nobody ever observes z. There is no input but noise.
#
# If G is a neural network, it is called a **generator**, and it can bend almost anything into almost anything,
# once it is trained. Ours is not trained yet. On the left the noise; in the middle, in green, what an untrained
# generator makes of it, which is p_model; on the right, in black, where the data is, p_data: eight clusters on
# a ring, a favorite of GAN papers.

# %%
from gan_course import networks

generator = networks.mlp_generator((2,), latent_dim=2, units=(64, 64))
z = np.random.default_rng(0).normal(size=(2000, 2)).astype("float32")
made = generator.predict(z, verbose=0)
ring = data.ring(2000, modes=8, radius=1.0, std=0.03, seed=0)

# %%
figure, axes = plt.subplots(1, 3, figsize=(10, 3.5))
axes[0].scatter(*z.T, s=4, color=plots.MUTED, lw=0)
axes[0].set(title="latent space: noise z", aspect="equal")
plots.clouds(generated=made, ax=axes[1], title=r"$p_{model}$: G(z), untrained")
plots.clouds(real=ring, ax=axes[2], title=r"$p_{data}$: the ring of eight")
for ax, reach in zip(axes, (4, 1.5, 1.5), strict=True):
    ax.set(
        xlim=(-reach, reach),
        ylim=(-reach, reach),
        xlabel=f"from −{reach} to {reach}",
        xticks=[],
        yticks=[],
    )
plt.show()

# %%
distance = np.linalg.norm(made[:, None] - data.ring_centers(8)[None], axis=-1).min(axis=1)
print(
    "less than 15 % of the untrained generator's points lie within 0.1 of a cluster's center:", end=" "
)
print(np.mean(distance < 0.1) < 0.15)

# %% [markdown]
# The noise comes out squeezed and bent (mind the scales), and nowhere near the data. We would like to move the
# green cloud onto the black one. But how? To raise the likelihood of the data we would need p_model(x), and we
# cannot compute it: we only have samples.
#
# ## The counterfeiter and the police
#
# Ian Goodfellow and his colleagues found the way around in 2014: **learn the comparison, too.** A counterfeiter
# prints money; the police tell notes that are real from notes that are not. Every arrest teaches the
# counterfeiter what gave him away; every good forgery teaches the police to look closer. If this goes on long
# enough, the forgeries cannot be told from real money, and the police may as well toss a coin.
#
# The counterfeiter is the **generator G**. The police are a **discriminator D**: a plain discriminative model,
# like the ones at the top of this lesson, that learns P(real | x). So the two halves of this lesson meet in one
# model: a GAN learns to generate by learning to discriminate.

# %%
boxes = {
    "z": (0, 0, "noise z", plots.MUTED),
    "G": (1.3, 0, "generator G\n(counterfeiter)", plots.GENERATED),
    "data": (1.3, 1, "real data", plots.REAL),
    "D": (3.2, 0.5, "discriminator D\n(police)", plots.DISCRIMINATOR),
    "P": (4.6, 0.5, "D(x): how likely\nis x real?", plots.DISCRIMINATOR),
}
arrows = [("z", "G", ""), ("G", "D", "G(z)"), ("data", "D", "x"), ("D", "P", "")]
plots.boxes_and_arrows(boxes, arrows, size=(8.5, 3)).set_title(
    "D sees both kinds and tells G how it gives itself away"
)
plt.show()

# %% [markdown]
# ## What can go wrong
#
# * **Trusting certainty.** 99.99 % means: an 8 *rather than a 9*. It does not mean that the picture is one.
#   Classifiers in the wild meet pictures that are neither.
# * **Averaging samples** where you mean to mix densities: the result lies between the modes, where there is no
#   data.
# * **Comparing likelihoods** of models that live in different spaces. Our mixture scores 20 PCA coordinates;
#   its log p(x) must not be set beside that of a model of 64 pixels. Lesson 11 compares properly.
# * **Believing that generative means better.** If all you need is the border, learn the border: with enough
#   labels the discriminative model wins.
#
# ## Summary in five lines
#
# 1. A discriminative model learns P(y | x), the border, and nothing about x itself.
# 2. A generative model learns P(x) or P(x, y); it can draw new data, and often score data.
# 3. Generative classifiers can need fewer examples to get to their plateau; discriminative ones have a higher
#    plateau.
# 4. A density is explicit (you can write it down) or implicit (you can only draw from it); a GAN's is implicit.
# 5. A generator bends noise z into data; a discriminator tells it how it gives itself away.
#
# ## References
#
# * A. Ng and M. Jordan, [On discriminative vs. generative classifiers: a comparison of logistic regression and
#   naive Bayes](https://papers.nips.cc/paper/2001/hash/7b7a53e239400a13bd6be6c91c4f6c4e-Abstract.html), NIPS
#   2001.
# * K. Pearson, [Contributions to the mathematical theory of evolution](https://doi.org/10.1098/rsta.1894.0003),
#   Philosophical Transactions of the Royal Society A 185, 1894: the first mixture.
# * J.-H. Xue and D. M. Titterington, [Comment on "On discriminative vs. generative
#   classifiers"](https://doi.org/10.1007/s11063-008-9088-7), Neural Processing Letters 28, 2008.
# * I. Goodfellow et al., [Generative adversarial nets](https://arxiv.org/abs/1406.2661), NIPS 2014.
# * I. Goodfellow, [NIPS 2016 tutorial: generative adversarial networks](https://arxiv.org/abs/1701.00160): the
#   map of models is drawn after its figure 9.
# * The digits: E. Alpaydin and C. Kaynak, [Optical recognition of handwritten
#   digits](https://doi.org/10.24432/C50P49), UCI Machine Learning Repository 1998.
#
# **Next lesson:** [02 · The objective function](02_the_objective_function.ipynb): what exactly the two players
# want, in numbers.
