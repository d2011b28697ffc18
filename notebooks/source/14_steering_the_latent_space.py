# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#       format_version: '1.3'
#       jupytext_version: 1.19.6
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 14 · Steering the latent space
#
# [![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)](https://colab.research.google.com/github/gan-course/gan-course/blob/main/notebooks/14_steering_the_latent_space.ipynb)
#
# **The one idea: a generator that draws well is only half of a tool. The other half is to know where in its latent space to go.**
#
# After this lesson you will be able to
#
# * find a direction in the latent space that makes a digit bolder, or makes it lean, and say what else it changes;
# * derive the bound that InfoGAN raises, and measure what its codes mean, although nobody gave labels;
# * find the code of a given picture, by gradient descent and with an encoder;
# * mix the styles of two pictures, and trade variety for quality by truncation.
#
# It takes about 105 minutes to read, without exercise 2 and the open experiment. Its cells run in about 150 seconds
# on two CPU cores. (A good place for a break is before the part "From a picture to its code".) You should know the DCGAN of [lesson 05](05_gans_for_images.ipynb), precision and recall from
# [lesson 07](07_measuring_a_gan.ipynb), and the conditional GAN of [lesson 10](10_conditional_gans.ipynb).

# %% tags=["nbval-ignore-output"]
# Where the course package is missing, on Colab for example, this cell installs it first.
import importlib.util

if importlib.util.find_spec("gan_course") is None:
    print("Installing gan_course from https://github.com/gan-course/gan-course")
    # %pip install --quiet git+https://github.com/gan-course/gan-course

import matplotlib.pyplot as plt
import numpy as np

from gan_course import data, metrics, networks, plots, results, runtime
from gan_course.checks import lesson_14 as check
from gan_course.claims import answer, claim

plots.use_style()
plt.rcParams["image.interpolation"] = "nearest"  # each pixel as it is
print(runtime.configure(seed=0))

# %% [markdown]
# ## Whoever holds z holds the picture
#
# The GAN of lesson 10 obeys, because somebody had labeled its training pictures. Most pictures have no labels, and
# some wishes have none either: "a little bolder", "leaning like this one", "the same, but with other colors". Yet
# everything that a generator can draw is somewhere in its [latent space](glossary.md#latent-space). So there are
# three questions, and this lesson answers each of them:
#
# 1. **Which way?** Where do I have to go from z so that the picture changes as I wish?
# 2. **From where?** Which z belongs to the picture that I have in my hand?
# 3. **Could it be easier?** Can we train or build G in such a way that its space is easy to steer?
#
# We make three piles of digits, as in lesson 10: one for the GANs, one for the judge, and one that neither of them
# sees. The judge is the one of lesson 10: a support vector machine that looks at each picture at half its height and width.

# %%
from sklearn.svm import SVC

images, labels = data.load("mnist_5k")
learned, learned_labels = images[:3000], labels[:3000]  # for the GANs
judged_by, judged_by_labels = images[3000:], labels[3000:]  # for the judge
unseen, unseen_labels = data.load("mnist_5k", split="test")  # for neither
shape = images.shape[1:]


def halved(pictures):
    """Pictures of 14 × 14 pixels, each flattened into one row."""
    return pictures.reshape(len(pictures), 14, 2, 14, 2).mean(axis=(2, 4)).reshape(len(pictures), -1)


# %%
MOVES = ((0, 0), (1, 0), (-1, 0), (0, 1), (0, -1))
moved = np.concatenate([halved(np.roll(judged_by, move, axis=(1, 2))) for move in MOVES])
judge = SVC(C=10, gamma=0.04).fit(moved, np.tile(judged_by_labels, 5))
fair = judge.score(halved(unseen), unseen_labels)
claim("unseen digits named correctly by the judge", 100 * fair, above=92, unit="%")

# %% [markdown]
# Now we train a GAN. It is a **BiGAN**: beside its generator it has an encoder, a network that reads a z from a picture. We need the encoder, and explain it, only in the section "From a picture to its code". For
# now all that matters is that its generator is the DCGAN of lesson 05 with fewer filters, and that its z has 16
# numbers.

# %%
import keras

from gan_course.variants.encoder import BiGAN, dcgan_encoder, pair_discriminator

LATENT = 16
players = (
    networks.dcgan_generator(shape, LATENT, filters=(48, 24)),
    dcgan_encoder(shape, LATENT, filters=(16, 32)),
    pair_discriminator(shape, LATENT, filters=(16, 32)),
)
gan = BiGAN(*players, seed=0)
gan.compile(r1_weight=1.0)
history = gan.fit(np.resize(learned, (16 * 2000, *shape)), verbose=0)


# %%
def draw(z):
    """Pictures for noise z (n, 16)."""
    return keras.ops.convert_to_numpy(gan.decoder(np.asarray(z, "float32"), training=False))


def mark(ax, rows=(), columns=()):
    """Write names beside the rows of a grid of pictures, and below its columns."""
    ax.set_yticks(16.5 + 31 * np.arange(len(rows)), rows)  # 28 pixels and a gap of 3
    ax.set_xticks(16.5 + 31 * np.arange(len(columns)), columns)
    ax.tick_params(length=0, labelsize=11)


z = np.random.default_rng(3).normal(size=(2000, LATENT))
pictures = draw(z)
plots.image_grid(pictures[:40], "Drawn by the BiGAN's generator", columns=10, generated=True)
plt.show()

# %% [markdown]
# ## One number of z, one property?
#
# Many of these pictures can be read, such as the 8, the 1 and the two 2s in the first row. Some are no digit, such as the third picture of the first row. The generator is small, but it is
# good enough to learn steering.
#
# z has 16 numbers. It would be convenient if one of them were the thickness, and another one the slant. Each row of
# the next figure changes one of the first five numbers from −2.5 to 2.5, and leaves the 15 others as they are.
#
# **Predict before you run:** what will most rows show?
#
# * "one": one property changes, and everything else stays;
# * "mixed": several properties change at once, among them the digit;
# * "nothing": too little changes to be seen.

# %%
# Your prediction, "one", "mixed" or "nothing":
prediction = None

# %%
stops = np.linspace(-2.5, 2.5, 9)
walks = []
for axis in range(5):
    steps = np.tile(z[21], (len(stops), 1))
    steps[:, axis] = stops
    walks.append(draw(steps))
title = "Each row changes one number of z, from −2.5 to 2.5"
ax = plots.image_grid(np.concatenate(walks), title, columns=9, generated=True)
mark(ax, [f"number {axis + 1}" for axis in range(5)], ["−2.5", "", "", "", "0", "", "", "", "2.5"])
plt.show()


# %% [markdown]
# <details><summary>Open the answer</summary>
#
# Mixed. The second row begins with a 3 and ends with a 2. The third row begins with something between a 5 and a 3, and ends with a 3. The fourth row goes from
# a 3 to a 0. In the first and the fifth row most pictures can be read as a 3, but the shape changes in more than one way. In the first row the stroke at the top falls into pieces, until hardly a 3 is left. In the fifth row the loop at the bottom opens, and the stroke at the top shrinks. No row is the row of thickness, or that of
# slant.
#
# </details>
#
# There is a reason why nothing better can be expected. The numbers of z are independent, normal, and of the same variance. Such a distribution looks the same
# after any rotation R: Rz has the same distribution as z. And z ↦ G(Rz) is a network of the same kind, because R can be multiplied into the weights of its first dense layer. So the generator G(Rz) draws exactly the same distribution
# of pictures as G(z), and D cannot tell the one from the other. (The D of a BiGAN sees the code, too. But its first layer for the code, and the last layer of the encoder, can absorb a rotation in the same way.) **The game does not care about the axes of z.** (Adam does care a little, because it scales the step of each weight separately. But we know no reason why this should make an axis mean thickness or slant.) If a single number had a meaning, it would be an accident. A rotation would destroy this meaning, and the pictures would be as good as before.
#
# ## Directions, found by regression
#
# Nothing says that a property must lie along an *axis*. It may lie along any direction v. How do we find v? We draw
# 2,000 pictures and measure the property in each of them. Then we fit a linear function of z to it by least squares.
# Its coefficients form a vector. If the property is a linear function of z, this vector points where the property grows fastest. If it is not linear, the vector is, up to chance, the *mean* of the property's gradient over all z. (This is Stein's lemma: for standard normal z, E[z h(z)] = E[∇h(z)].)
#
# We measure two properties. The **ink** is the mean brightness. The **slant** says how many pixels a digit moves to the
# right per row upward. It is the slope of the regression of x on the height, over all ink.


# %%
def ink(pictures):
    return (pictures + 1).mean(axis=(1, 2, 3)) / 2


def slant(pictures):
    mass = (pictures[..., 0] + 1) / 2 + 1e-6
    mass = mass / mass.sum(axis=(1, 2), keepdims=True)
    height, x = np.arange(28)[::-1, None], np.arange(28)[None, :]  # row 0 is at the top
    height = height - (mass * height).sum(axis=(1, 2), keepdims=True)
    x = x - (mass * x).sum(axis=(1, 2), keepdims=True)
    return (mass * height * x).sum(axis=(1, 2)) / (mass * height**2).sum(axis=(1, 2))


# %%
from sklearn.linear_model import LinearRegression

PROPERTIES = {"ink": ink, "slant": slant}
raw = {}
for name, measure in PROPERTIES.items():
    values = measure(pictures)
    fit = LinearRegression().fit(z[:1500], values[:1500])
    raw[name] = fit.coef_ / np.linalg.norm(fit.coef_)
    r2 = fit.score(z[1500:], values[1500:])
    claim(f"{name}: share of its variance that a linear function of z explains", r2, above=0.3)


# %% [markdown]
# (The share is measured with the last 500 pictures, on which nothing was fitted.) Now we walk along these directions.
# Each row belongs to another z. From left to right only the part of z along the direction v changes, from −3 to 3. In the middle picture it is 0.


# %%
def show_walks(directions, starts, stops):
    _, axes = plt.subplots(1, 2, figsize=(7.4, 4.8), layout="constrained")
    for ax, (name, v) in zip(axes, directions.items(), strict=True):
        rows = [draw(start - (start @ v) * v + stops[:, None] * v) for start in starts]
        title = f"To the right: more {name}"
        plots.image_grid(np.concatenate(rows), title, len(stops), generated=True, ax=ax)
        mark(ax, columns=["−3", "−1.5", "0", "1.5", "3"])


starts, stops = z[[2, 9, 17, 21, 30, 35]], np.linspace(-3, 3, 5)
show_walks(raw, starts, stops)
plt.show()

# %% [markdown]
# Slant works: toward the right, most digits lean more to the right. It is not slant alone, however. In the first row a 9 becomes an 8, and in the fifth row a 2 becomes a 7 and then a 1. Ink grows, too, but look at *how*. In the second and the third row
# the digit becomes a 0. In the fourth row a 1 becomes a bold 3. In the other three rows something like a 1 becomes a ring, with or without a stroke inside.
#
# ### What goes along with ink
#
# A 0 has much ink, and a 1 has little. So the regression has found a way to more ink that we did not mean: *draw another
# digit*. It was asked for ink alone, and it took everything that goes along with ink in these pictures.
#
# The remedy is the usual one of statistics: tell the regression what else varies. We let the judge name the digit in each
# of the 2,000 pictures, and give the regression the class as ten more inputs (one-hot). What z then has to explain is
# the ink **within** a class.
#
# How do we compare two directions fairly? A shorter walk keeps more digits, but it also adds less ink. So we walk
# from z − k v to z + k v, and choose k such that both directions add the *same* ink in the mean. For the first direction k is 1. (v has
# length 1, and two random z are about 5.7 apart, so this walk is about a third of such a way.)
#
# **Predict before you run:** on what share of these walks does the digit stay the same, with the first direction and with the
# new one? And on walks of the same length in *random* directions?

# %%
# Your prediction, percent with (the first direction, the new one, random directions), for ink:
prediction = None

# %%
classes = np.eye(10)[judge.predict(halved(pictures))]
directions = {}
for name, measure in PROPERTIES.items():
    fit = LinearRegression().fit(np.concatenate([z, classes], axis=1), measure(pictures))
    directions[name] = fit.coef_[:LATENT] / np.linalg.norm(fit.coef_[:LATENT])

show_walks(directions, starts, stops)
plt.show()


# %%
def gain(make, v, starts, measure):
    return np.mean(measure(make(starts + v)) - measure(make(starts - v)))


def as_long(make, v, starts, measure, wanted):
    """k v, with k such that walks from z − k v to z + k v add `wanted` in the mean."""
    factors, some = np.linspace(0, 2, 6), starts[:500]
    return np.interp(wanted, [gain(make, k * v, some, measure) for k in factors], factors) * v


def stays(before, after):
    """For each walk: whether the judge sees the same digit at both ends."""
    return judge.predict(halved(before)) == judge.predict(halved(after))


# %%
starts = z[:600]
aimless = np.random.default_rng(6).normal(size=starts.shape)  # each walk has its own direction
along = {"random": aimless / np.linalg.norm(aimless, axis=1, keepdims=True)}
for name, measure in PROPERTIES.items():
    wanted = gain(draw, raw[name], starts, measure)
    along[f"{name}, first"] = raw[name]
    along[f"{name}, in a class"] = as_long(draw, directions[name], starts, measure, wanted)
shared = directions["ink"] @ directions["slant"]  # the cosine, since both have length 1
rest = directions["ink"] - shared * directions["slant"]
wanted = gain(draw, raw["ink"], starts, ink)
along["ink, no slant"] = as_long(draw, rest / np.linalg.norm(rest), starts, ink, wanted)

# %% tags=["nbval-ignore-output"]
percent = {}
with answer(prediction):
    print(f"{'600 walks along':18}{'length':>8}{'digit kept':>12}{'more ink':>10}{'more slant':>12}")
    for name, v in along.items():
        before, after = draw(starts - v), draw(starts + v)
        percent[name] = 100 * stays(before, after).mean()
        more = [np.mean(measure(after) - measure(before)) for measure in PROPERTIES.values()]
        length = 2 * np.linalg.norm(v.reshape(-1, LATENT)[0])
        print(f"{name:18}{length:8.2f}{percent[name]:10.0f} %{more[0]:10.3f}{more[1]:12.3f}")

# %% [markdown]
# First look at the row of random walks, because each number needs something to be compared with. A walk of this length keeps the digit in
# about 52 of 100 cases in the mean over all directions, and it adds no ink in the mean. (600 walks have a standard error of 2 points. The judge has to name a digit for every picture, even for a blot. So a change of its answer is sometimes only a change from one blot to another.) The walks along slant keep
# even a little more, about 57, so slant costs no digits beyond what any step costs. Ink costs a lot: with the first direction only about a third of the digits stay. With the class as an input no more digits stay, for the same ink. So the remedy asks the right question, but here it does not help: such walks still keep far fewer digits than random ones. On the long walks of the figure the digit changes in every row with more ink. With more slant it does not always change: the 3 of the fourth row stays a 3. In the second figure of walks the rows with more ink look nearly the same as in the first one: the second and the third
# end with a 0, the fourth with a bold 3, and the other three with a ring. The classes fill regions of the latent space, and a
# long straight line can leave its region. A linear function of z cannot know where the border is. (This is a likely reason. We did not test it.)

# %%
for name, least, most in (("ink, first", 20, 45), ("ink, in a class", 25, 50), ("random", 40, 70)):
    claim(f"{name}: the same digit at both ends", percent[name], above=least, below=most, unit="%")
less = percent["random"] - percent["ink, in a class"]
claim("ink, in a class, keeps fewer digits than random walks: points", less, above=6)
less = percent["random"] - percent["slant, in a class"]
claim("slant, in a class, keeps fewer digits than random walks: points", less, above=-8, below=10)
claim("cosine of ink and slant, in a class", shared, above=-0.4, below=0.5)

# %% [markdown]
# Shen et al. (2020) do the same with faces. A classifier says whether a generated face looks old or wears glasses, and a
# linear boundary in the latent space gives the direction. There, too, the first direction for age also put glasses on the faces. They take the
# shared part away: from the direction v they subtract its part along the other direction u, v − (v · u) u. The last row of our table does this:
# v is ink, and u is slant. Now the digits do not lean to the right any more when they get bolder: the slant changes by less than 0.01, in place of nearly 0.03. There was little to take away, because our two directions are nearly perpendicular already: their cosine is about 0.07. (A walk along slant adds about 0.44.) And the digit is kept
# no more often (31 of 100): slant was not the reason why it changed.
#
# This way needs labels. But it needs them only for pictures that G has drawn, and a program may give them.
#
# ## InfoGAN: codes that mean something, though nobody labeled anything
#
# So far we trained first, and then looked for meaning. Chen et al. (2016) let the generator give a part of its noise a
# meaning *during* training. A row of noise is now [z, c]. z is normal noise as before. c is a
# [code](glossary.md#latent-code): one of K values, each equally probable, written as a one-hot vector. (The paper also has codes that are numbers in [−1, 1]. On MNIST two of them came to mean slant and width. `InfoGAN(..., continuous=2)` has them, too.) Nobody says what
# the values mean. We only ask that **the code can be read from the picture**. So G must not hide it. It should
# use it for something that makes pictures differ visibly, and that is often what we call a class.
#
# How well can a code be read? This is what [mutual information](glossary.md#mutual-information) measures: how much
# less uncertain c is for somebody who sees the picture x = G(z, c).
#
# $$I(c;\, x) = H(c) - H(c \mid x), \qquad H(c \mid x) = -\,\mathbb E_{x}\, \mathbb E_{c \sim P(c \mid x)} \log P(c \mid x).$$
#
# H is the [entropy](glossary.md#entropy), here log K before the picture is seen. If the picture tells everything, H(c | x)
# is 0, and I = log K. If it tells nothing, I = 0.
#
# To compute it one would need P(c | x), the probability of each code given the picture. Nobody knows it. InfoGAN trains a
# network **Q(c | x)** to guess it, and uses a bound:
#
# $$I(c;\, x) \;\ge\; L_I = H(c) + \mathbb E_{c,\, z}\, \log Q(c \mid G(z, c)).$$
#
# <details><summary>Proof (Chen et al. 2016, equation 4 and lemma 5.1)</summary>
#
# For one picture x, the [KL divergence](glossary.md#kl-divergence) of P(c | x) from Q(c | x) is
#
# $$KL = \sum_c P(c \mid x) \log \frac{P(c \mid x)}{Q(c \mid x)} = \mathbb E_{c \sim P(c \mid x)} \log P(c \mid x) - \mathbb E_{c \sim P(c \mid x)} \log Q(c \mid x) \;\ge\; 0 .$$
#
# It is never negative (lesson 02). So $\mathbb E \log P(c \mid x) \ge \mathbb E \log Q(c \mid x)$ for each x, and also on average over x:
#
# $$I = H(c) + \mathbb E_x\, \mathbb E_{c \sim P(c \mid x)} \log P(c \mid x) \ge H(c) + \mathbb E_x\, \mathbb E_{c \sim P(c \mid x)} \log Q(c \mid x).$$
#
# The right side still draws c from P(c | x), which we do not know. But there are two ways to draw a pair (x, c). We can draw a picture x first, and then a code c from P(c | x). Or we can draw a code c and noise z first, and then make the picture x = G(z, c). Both ways give pairs with the same distribution, the joint distribution of x and c. This is lemma 5.1. So the right side is $H(c) + \mathbb E_{c, z} \log Q(c \mid G(z, c))$, which is L_I.
# The gap is the mean KL. It is 0 if Q is right.
#
# </details>
#
# The last term is minus the cross-entropy of a classifier: Q guesses the code, and the right answer is known, because
# *we* drew it. Both Q and G lower this cross-entropy: Q learns to read, and G learns to write legibly. So this is no game against each other: here they work together. Q is
# cheap: it is one more output of D, and shares D's layers, like the auxiliary classifier of lesson 10. There the class came
# with a real picture. Here the code comes with a generated one.
#
# ### Exercise 1: the bound (two minutes)
#
# Q has read n pictures. Row i of `q` holds the probabilities that it gives to the K values for picture i. Write L_I.


# %%
def information_bound(codes, q):
    """codes: (n,) integers, the codes that were drawn. q: (n, K) probabilities. Return L_I in nats."""
    return ...


check.information_bound(information_bound)
# check.information_bound.hint()
# check.information_bound.solution()

# %% [markdown]
# Now on digits. Q is a second output of D: `information_discriminator` is the D of lesson 05 with a second path
# behind its convolutions: one dense layer of 64 units, and then ten numbers (logits), one for each value of the code. Three choices make it work here:
#
# * **A code as loud as the noise.** z has 20 numbers of variance 1. A one-hot code has ten numbers, nine of them 0. So
#   `InfoGAN` multiplies it by √10: then the mean square of each of its numbers is 1, too.
# * **R1** with the weight 1, as in lesson 10. Without it each code soon makes one and the same picture, whatever z is.
# * **Distortion.** Q does not see G's picture itself, but the picture after a random slant, turn, stretch, move,
#   and with thicker or thinner strokes. This is not in the paper. Without it a code may hide in a few pixels, or mean "leans
#   to the right". Such distortions change how a digit is written, but they hardly change which digit it is. (They hardly change how bright the strokes are, either. So a code may still hide there: look for a gray column in the figure.)
#
# No labels are used anywhere. Beside it we train a **control**: the same networks, but the information term has the
# weight 0. There nobody asks whether the code can be read, and Q learns nothing. (So nothing needs to be distorted for it, either.)
#
# **Predict before you run:** what will the ten codes mean, with the term and without?

# %%
# Your prediction, a few words for each:
prediction = None

# %%
from gan_course.variants.information import InfoGAN, information_discriminator, purity


def train_codes(weight, steps=800):
    keras.utils.set_random_seed(1)
    generator = networks.dcgan_generator(shape, latent_dim=20 + 10, filters=(48, 24))
    reader = information_discriminator(shape, categories=10)
    info = InfoGAN(generator, reader, information_weight=weight, distortion=weight, seed=1)
    info.compile(r1_weight=1.0)
    info.fit(np.resize(learned, (16 * steps, *shape)), verbose=0)
    return info


info = {"with the information term": train_codes(1.0), "without it": train_codes(0.0)}

# %%
ten = np.arange(10)
figure, axes = plt.subplots(2, 1, figsize=(7, 6.2), layout="constrained")
for ax, (name, model) in zip(axes, info.items(), strict=True):
    rows = np.concatenate([model.generate_codes(ten, seed=row) for row in range(4)])
    plots.image_grid(rows, f"{name.capitalize()}: one code per column", 10, generated=True, ax=ax)
plt.show()

# %% [markdown]
# <details><summary>Open the answer</summary>
#
# With the term, the pictures of most columns are much alike, although z differs. Six of the ten columns can be read as one digit: the 1s, 6s, 9s, 7s, 0s and 4s, although one picture in each of a few columns is not clear. In the fifth column
# most pictures are something like a 2, and the ninth mixes 5, 3 and 8. The third and the eighth column are no digit that one can name. Their strokes are gray or blurred, and no other column looks like this. So Q may recognize the third column by its gray, since the distortions hardly change how bright the strokes are. (We did not test this.) The ten codes need not be
# the ten digits: two columns may share a digit, and another digit may have none. Without the term, most columns hold several
# digits. In two of the ten the pictures look much alike, though: the 7s of the fourth column and the 1s of the eighth. We come back to them.
#
# </details>
#
# To put it into one number, we use **purity**: for each code the judge counts its commonest digit, we add these counts up,
# and divide by the number of all pictures. If each code makes one digit only, purity is 1. If codes and digits have nothing to do with each other, it is still above 1/10, since the commonest digit of each code is counted, and more so if some digits are drawn more often than others. (The judge names a digit for every picture, even for one that is no digit. So purity can be high for columns that nobody can read.) And there is a test without a judge: Q can read codes
# from *real* digits, too. Are the digits with one code of one class?

# %%
codes = np.repeat(ten, 100)


def meaning(model):
    """Purity of generated digits and of real ones that Q reads, and the bound L_I."""
    made = model.generate_codes(codes, seed=1)
    q = keras.ops.convert_to_numpy(keras.ops.softmax(model.reader(made, training=False)))
    generated = purity(codes, judge.predict(halved(made)))
    return (
        generated,
        purity(model.read(unseen)[0], unseen_labels),
        check.information_bound.answer(codes, q),
    )


# %%
texts = ("purity of generated digits", "purity of unseen real digits, read by Q", "L_I in nats")
with_term, without = ((0.65, 1), (0.5, 1), (1.7, 2.303)), ((0.4, 0.75), (0.1, 0.4), (-1, 0.3))
for (name, model), bounds in zip(info.items(), (with_term, without), strict=True):
    for text, value, (low, high) in zip(texts, meaning(model), bounds, strict=True):
        claim(f"{name}: {text}", value, above=low, below=high)
claim("the most that L_I can be, log 10", np.log(10), near=2.3026, within=1e-4, unit="nats")


# %% [markdown]
# L_I is close to log 10: the picture tells which of the ten codes it was made from. Without the term, L_I is below 0, because
# the control's Q has learned nothing. That does not mean that I is 0: L_I is only a bound from below. I is never negative, so here the gap, the mean KL, is at least as large as L_I is below 0. But look at the purity of what is generated without the term: it is far above 1/10. A one-hot code that is as loud
# as z decides part of the picture in any case, as the label did under the blind D of lesson 10. The columns of 7s and of 1s in the control's figure fit this. The test with real
# digits needs no judge. With the term, the code that Q reads from a real digit says much about its class. The control's 0.2 is a floor to compare with. Its Q has learned nothing, so this number says nothing about the control's codes.
#
# ### Steering with the code held
#
# The walks above changed the digit, because class and style are mixed in one z. Here the code holds most of the class. So
# we repeat the regression for slant on the noise of *this* GAN. The last ten numbers of the noise are the code, and take the
# place of the class. Then we walk along the direction in z, while the code stays as it is. We do the same in the control, where
# the code means little. Again each walk is as long as it takes to change the slant by the same amount, that of the walks with slant above.


# %%
def as_function(model):
    return lambda noise: keras.ops.convert_to_numpy(
        model.generator(noise.astype("float32"), training=False)
    )


makers, held, noises = {}, {}, {}
for name, model in info.items():
    noise = keras.ops.convert_to_numpy(model.draw_noise(2000, keras.random.SeedGenerator(4)))
    makers[name], noises[name] = as_function(model), noise
    fit = LinearRegression().fit(noise, slant(makers[name](noise)))
    v = np.concatenate([fit.coef_[:20], np.zeros(10)])  # the code does not move
    held[name] = v / np.linalg.norm(v)

# %%
wanted = gain(draw, raw["slant"], starts, slant)
for name, make in makers.items():
    begin = noises[name][:600]
    v = as_long(make, held[name], begin, slant, wanted)
    before, after = make(begin - v), make(begin + v)
    claim(f"{name}: more slant", np.mean(slant(after) - slant(before)), above=0.2, below=0.8)
    percent[name] = 100 * stays(before, after).mean()
    least, most = (35, 65) if name == "without it" else (62, 95)
    claim(f"{name}: the same digit at both ends", percent[name], above=least, below=most, unit="%")
draw_info, noise = makers["with the information term"], noises["with the information term"]

# %%
starts_of_codes = [noise[np.flatnonzero(noise[:, 20 + code] > 0)[0]] for code in (0, 2, 4, 6, 8)]
walk = np.linspace(-3, 3, 9)[:, None] * held["with the information term"]
rows = np.concatenate([draw_info(start + walk) for start in starts_of_codes])
plots.image_grid(rows, "InfoGAN: one code per row, z moves towards more slant", 9, generated=True)
plt.show()

# %% [markdown]
# With the information term and the code held, the digit stays on more than 70 of 100 walks. With the control's code held it is less than half of them, fewer than in
# the BiGAN, where nothing is held (about 57 of 100). (Both add the same slant, about 0.44.) So it is not enough to hold *some* code. It seems that the code has to mean the class, but these are only two GANs with one seed each. (GANs with the information term have less variety than the
# control, as the table below shows, so the code may not deserve all of the difference.) In the figure each row leans more and more to the right, and most pictures can still be read, but for the gray ones of the second row. Far out the shape suffers, although the code is held:
# at the left end the foot of the 2 is a gray blot, and the 0 is something like an 8. At the left end the 1 has loose pieces beside it. From the fourth picture on, the 3 of the last row has a closed loop at the top, like an 8 or a 9.
#
# ### Five seeds
#
# One run may be lucky. A benchmark trained both for longer, with five seeds: `python -m benchmarks information`. It gave the GANs
# all 4,000 digits, and trained them for 1,500 steps of 16. Its judge learned from the 1,000 test digits instead, so it is no relative of the GANs. (The classifier whose features give recall and Fréchet distance learned from these test digits, too, and they are also the real pictures of the comparison. So compare these two numbers only with others of this table, which come from the same classifier.)

# %%
stored = results.load("information")


def over_seeds(name, column):
    return np.array([run[column] for run in stored["runs"] if run["contender"] == name])


columns = {
    "purity": "purity, generated digits",
    "purity_of_real": "purity, unseen real digits",
    "rarest": "share of the rarest digit",
    "matched": "the same, one code per digit",
    "recall": "recall",
    "frechet": "Fréchet distance",
}

# %%
print(f"{'median of five seeds (range)':30}{'with the term':>22}{'without it':>22}")
for column, title in columns.items():
    print(f"{title:30}", end="")
    for name in ("information", "control"):
        low, middle, high = np.quantile(over_seeds(name, column), (0, 0.5, 1))
        print(f"{middle:8.2f} ({low:.2f} to {high:.2f})", end="")
    print()
print(
    f"{'other real digits':30}",
    "recall {:.2f}, Fréchet distance {:.2f}".format(*stored["about"]["real"]),
)

# %%
runs = [run for run in stored["runs"] if run["contender"] == "information"]
runs = sorted(runs, key=lambda run: run["matched"])
figure, axes = plt.subplots(2, 1, figsize=(7, 4.9), layout="constrained")
for ax, which, run in zip(axes, ("Best", "Median"), (runs[-1], runs[2]), strict=True):
    title = f"{which}, seed {run['seed']}: purity {run['purity']:.2f}, one code per digit {run['matched']:.2f}"
    plots.image_grid(results.images(run["shown"], shape)[:30], title, columns=10, generated=True, ax=ax)
plt.show()
all_ten = sum(run["matched"] == run["purity"] for run in runs)
claim("seeds, of five, whose ten codes have ten different commonest digits", all_ten)


# %% [markdown]
# First the rows of the table. "The share of the rarest digit" would be 0.10 if all ten digits were equally frequent. "The same, one code per digit" is purity again, but each code
# gets a digit of its own, in the best way, so two codes cannot share one. It equals purity if the commonest digits of the ten codes are all different, and otherwise it is smaller.
#
# Two of the five seeds are shown. A rule chose them, not our taste: "best" has the largest purity with one code per digit, and "median" is in the middle of the five.
# Look at the best one. From left to right its columns can be read as 0, 7, 2, 4, 6, 1, 5, 9, 3 and 8: all ten digits, **found without a
# single label.** But it is not perfect. There is an 8 among the 0s, the last picture of the seventh column is hardly a 5, and the ninth column mixes 3 and 5. By the judge's count two codes even have the same commonest digit:
# with one code per digit the purity falls from 0.87 to 0.84. No seed of the five has ten codes with ten different commonest digits. (Some knowledge did go in: that there are ten groups, equally frequent, and what distortions leave a digit as it is. The recipe was also chosen by its results with other seeds.)
# In the median one, six columns can be read at once: 3, 0, 1, 2, 7 and 6, with an 8 among the 0s. The first column mixes 5 and 8, the fifth mixes 4 and 9, and the ninth is no single digit. The seventh is a 4 or a 9 in gray strokes, so there the code may hide in the brightness of the strokes. (We did not test this.) So report several
# seeds, and not only the most beautiful one.
#
# With the term, the purity of generated digits has a median of 0.84. Compare this with the control's 0.64, and not with 1/10: a code as loud as z decides part of the picture in any case, as we saw above. The purity of *real* digits that Q reads is
# lower, 0.71, since Q has never been trained on one. (Chen et al. report that with all of MNIST their code, used as a classifier, is wrong for 5 % of the digits.) It is still far above the control's, which is near 0.2. And there is a price:
# with the term, recall is 0.31, less than half of the control's 0.64. (Other real digits reach 0.90.) The Fréchet distance is worse, too. A likely reason, which we did not test: the information term rewards G for pictures whose code Q can read clearly, and odd digits are hard to read.
# The auxiliary classifier of lesson 10 paid a price of the same kind: its recall was low, too.
#
# ## From a picture to its code
#
# Now the second question: which z belongs to *this* picture? G has no inverse that one could write down. There are two
# ways.
#
# **Inversion by optimization** (Zhu et al. 2016; Creswell and Bharath 2016): G is differentiable, so we move z until G(z)
# looks like the picture x:
#
# $$z^* = \arg\min_z\; \lVert G(z) - x \rVert^2 .$$
#
# We do not change a single weight of G. The gradient is the one from lesson 03: there it went through D into the
# picture and into G's weights, here it goes through G into z. With the Jacobian J = ∂G/∂z, the chain rule gives 2 Jᵀ (G(z) − x).
#
# ### Exercise 2: find a code by gradient descent (about twenty minutes)
#
# Write it for a small generator. `make(z)` returns its picture, a vector, and `slope(z)` the Jacobian. Each step is
# z ← z − rate · 2 Jᵀ (G(z) − x). A rate that is too large can jump away from a good place, so return the **best** code that
# you have seen, the start included.


# %%
def find_code(make, slope, picture, start, rate, steps):
    """make: z (d,) to a picture (p,). slope: z to the Jacobian (p, d). Return the best code seen, (d,)."""
    return ...


check.find_code(find_code)
# check.find_code.hint()
# check.find_code.solution()

# %% [markdown]
# The package has the same for generators of Keras: `invert`. It moves the codes of many pictures at once, and uses Adam
# in place of plain gradient descent. Like every descent, it finds at best a *local* minimum, so another start may end at another code. It also adds `prior_weight` times ‖z‖² to what is minimized, so that z does not go where noise is rare. We take 200 digits that the GAN has never seen.
#
# **An encoder** is the other way: a network E that returns the code in a single call. BiGAN (Donahue et al. 2017) trains it
# *within the game*. D sees pairs of a picture and a code. There are two kinds of pairs. In (x, E(x)) the picture x is real, and E has read the code from it. In (G(z), z) the code z was drawn, and G has made the picture from it. D has to say which kind a pair is. G and E play together against D.
#
# <details><summary>Why E becomes the inverse of G (Donahue et al. 2017, theorem 2)</summary>
#
# The game is that of lesson 02, but on pairs. At the equilibrium both kinds of pairs have the same distribution. Take a
# pair (x, E(x)) of the first kind. Pairs of the second kind have one property with certainty: the picture is G of the code. If both kinds have the same distribution, pairs of the first kind have it with certainty, too. So
# x = G(E(x)) for (almost) every real x. The other way round, E(G(z)) = z for almost every z. Nobody has compared a picture with its
# reconstruction. This holds at the equilibrium. But G draws only what 16 numbers can say, so such an equilibrium exists only if real digits can be described by 16 numbers, too. No training gets there exactly, and near it "nearly the same pairs"
# may still mean "not the same picture".
#
# </details>
#
# That is how our GAN was trained, so its encoder is ready. **Predict before you run:** how many percent of the 200 digits does the judge still
# name correctly after inversion, and after G(E(x))?

# %%
# Your prediction, (percent by inversion, percent by the encoder):
prediction = None

# %%
from gan_course.variants.inversion import invert

given, given_labels = unseen[::5], unseen_labels[::5]
read = gan.encode(given)
by_encoder = draw(read)  # the same as gan.reconstruct(given)
by_descent = invert(gan.decoder, given, steps=200, prior_weight=1.0, seed=0)
from_code = invert(gan.decoder, given, steps=200, prior_weight=1.0, start=read)

# %%
ways = {
    "gradient descent": by_descent.reconstructions,
    "the encoder, G(E(x))": by_encoder,
    "gradient descent that begins at E(x)": from_code.reconstructions,
}
kept = {name: judge.predict(halved(made)) == given_labels for name, made in ways.items()}
itself = 100 * judge.score(halved(given), given_labels)
errors = {name: np.square(made - given).mean() for name, made in ways.items()}

# %% tags=["nbval-ignore-output"]
with answer(prediction):
    print(f"{'':38}{'named correctly':>15}{'squared error':>15}")
    print(f"{'the digits themselves':38}{itself:13.1f} %{0:15.3f}")
    for name in ways:
        print(f"{name:38}{100 * kept[name].mean():13.1f} %{errors[name]:15.3f}")

# %%
shown = np.array([np.flatnonzero(given_labels == digit)[1] for digit in range(10)])
sheets = {"Real digits, which the GAN has not seen": given, **ways}
figure, axes = plt.subplots(4, 1, figsize=(7, 4.4), layout="constrained")
for ax, (title, made) in zip(axes, sheets.items(), strict=True):
    title = title if made is given else f"Found by {title}"
    plots.image_grid(made[shown], title, columns=10, generated=made is not given, ax=ax)
plt.show()

# %% [markdown]
# Gradient descent finds most digits again: 85.5 % are named correctly. Of the real digits themselves the judge names 90.5 % correctly, so no way can be expected to do much better than that. (With 200 digits, such a percentage has a standard error of 2 to 3 points.) Some digits become a gray compromise, such as the 1, the 2 and the lower part of the 8: the
# squared error prefers a little ink everywhere to a stroke in the wrong place. For the 1 the descent stopped at a poor place, perhaps a local minimum, because G can draw a picture that is much nearer to this 1, as the last row shows. For the 2 and the 8 we cannot tell: perhaps this G cannot draw them. The encoder keeps fewer digits, about 75 %. Some of its pictures are clear, such as the 1 and the 5, but
# others are another digit (the 8 is nearer to a 3) or none (the 2 and the 6), and its error is more than twice as large. This is what the fold above
# warns of: the game asks for pairs that look right, and not for the same picture. But it needs a single call. A descent
# that begins at E(x) ends with the smallest error of the three, about 0.07 in place of 0.08: the encoder says roughly where to begin. It also has the largest share of digits kept, 88.5 %. But this is only six digits of 200 more than without E(x), which may be chance. Look at the 1: the descent that starts near z = 0 ends with a gray scribble, and the one that starts at E(x) ends with a 1.

# %%
claim("the digits themselves, named correctly", itself, above=88, unit="%")
for name, least, most in zip(ways, (75, 40, 80), (0.2, 0.5, 0.2), strict=True):
    claim(f"{name}: still the same digit", 100 * kept[name].mean(), above=least, unit="%")
    claim(f"{name}: mean squared error", errors[name], below=most)

# %% [markdown]
# ### Edit a real picture
#
# Now both answers come together. We take a real digit, find its code, and go in the direction of slant or ink from there.

# %%
stops = np.linspace(-1.5, 1.5, 7)
places = np.repeat(shown[[3, 4, 5]], 2)
names = ["ink", "slant"] * 3
rows = [
    draw(from_code.codes[place] + stops[:, None] * directions[name])
    for place, name in zip(places, names, strict=True)
]
figure, axes = plt.subplots(1, 2, figsize=(7.6, 5), width_ratios=(34, 220), layout="constrained")
plots.image_grid(given[places], "Real", columns=1, ax=axes[0])
title = "Edited, with the code that was found in the middle"
plots.image_grid(np.concatenate(rows), title, len(stops), generated=True, ax=axes[1])
mark(axes[0], [f"more {name}" for name in names])
mark(axes[1], columns=["−1.5", "", "", "0", "", "", "1.5"])
plt.show()


# %% [markdown]
# The code that was found is in the middle of each walk. So what is edited is near the real digit, and not exactly that. For the 5, and for the 4 with slant, the steps next to the middle change mainly the property that we asked for. The 3 and the 4 with ink are less lucky: one step with less ink makes the 3 nearly a 1, and one step with more ink makes the 4 nearly a 9. Farther out the digit changes, too, as before: with more ink the 4 becomes a 9 and then a 0, the 3 something like a 0, and the 5 something like a 6. With less ink the 3 becomes a 1. With more slant the 3 fades and ends as something like a 6, while the 4 and the 5 suffer less. The latent space of this generator is
# not easy to steer.
#
# ## A generator that is built to be steered
#
# Third question: could it be easier? Karras et al. (2019) changed neither the loss nor D. They changed how the
# noise gets into the generator, and called the result a [style-based generator](glossary.md#style-based-generator), **StyleGAN**:
#
# 1. **Mapping network.** A few dense layers turn z into a *style* w. The distribution of z is fixed, but that of w is
#    learned. Why should this help? Suppose that some combination of properties never occurs in the data, such as a very bold 1. Normal noise has no such gap, so the way from z to the properties has to be bent around it.
#    The distribution of w can have the gap itself. So properties *can* lie along straight lines in w (Karras et al. 2019, section 4). Nothing forces them to. The *axes* of w mean as little as those of z. The last dense layer of the mapping network could rotate w, and the matrices A of point 2, which read w, could undo the rotation.
#    (Before the first layer, z is scaled to the length √32, so only its direction counts.)
# 2. **Modulation per layer.** The picture begins as a trained constant. In *each* layer the style says how strong each
#    channel of its input is: s = 1 + A w + b. The layer learns the matrix A and the vector b. There are five such layers. The first one works at 7 × 7, where one pixel is as large as 4 × 4 pixels of the picture, a fifth of a digit's height. The next two work at 14 × 14, and the last two at
#    28 × 28.
#
# The first StyleGAN normalized each channel of each picture, and then scaled and shifted it by the style (adaptive instance
# normalization, their equation 1). It also added fresh noise in each layer, for details such as single hairs. We leave both out. The second one (Karras et al. 2020) scales the *weights* instead, and divides by the norm that they then
# have (their equations 1 and 3). Ours does that in all layers but the last one, which makes the colors and is only scaled. Let k_ij be the weights of the convolution from input channel i to output channel j, one for each of its 3 × 3 places, and s_i the scale of input channel i:
#
# $$k'_{ij} = s_i\, k_{ij}, \qquad k''_{ij} = k'_{ij} \Big/ \sqrt{\textstyle\sum_{i,\, \text{place}} {k'_{ij}}^{2}} .$$
#
# <details><summary>Why this norm?</summary>
#
# An output of channel j is a sum of inputs times k'. If the inputs are independent and have the variance 1, the variance
# of the sum is the sum of the squares of k'. Dividing by its root gives variance 1 again, whatever the style was. So a
# style decides how much each input channel counts in *its own* layer, compared with the other channels. It cannot make all later layers louder.
#
# </details>
#
# Now color makes sense. Each digit gets a color of its own, drawn at random from all hues. The ground stays black:


# %%
def rainbow(hue):
    """Colors (n, 3) from 0 to 1 for hues (n,) from 0 to 1: red, yellow, green, cyan, blue, magenta."""
    k = (np.array([5, 3, 1]) + 6 * hue[:, None]) % 6
    return 1 - np.clip(np.minimum(k, 4 - k), 0, 1)


def colored(pictures, seed):
    hue = np.random.default_rng(seed).uniform(size=len(pictures))
    strokes = (pictures + 1) / 2
    return (2 * strokes * rainbow(hue)[:, None, None] - 1).astype("float32")


colors = colored(np.resize(learned, (16 * 1000, *shape)), 0)  # each time in other colors
colors_unseen = colored(unseen, 1)

# %%
from gan_course.gan import GAN
from gan_course.variants.style import draw_styles, mean_style, mix_styles, style_generator, styles_of

keras.utils.set_random_seed(0)
generator = style_generator((28, 28, 3), filters=(32, 24, 12))
style_gan = GAN(generator, networks.dcgan_discriminator((28, 28, 3), filters=(16, 32)), seed=0)
style_gan.compile(r1_weight=1.0)
history = style_gan.fit(colors, verbose=0)

# %%
figure, axes = plt.subplots(1, 2, figsize=(7.6, 4.1))
plots.image_grid(colors[:24], "Real", columns=6, ax=axes[0])
plots.image_grid(style_gan.generate(24, seed=3), "Generated", columns=6, generated=True, ax=axes[1])
plt.show()

# %% [markdown]
# Nearly all pictures show strokes on black, most digits have one main color, and many shapes can be read. But many strokes have parts in another color, and some shapes are
# no digit, such as the one at the left of the last row. This generator is small, and it trained for 1,000 steps only.
#
# ### Mixing styles
#
# Each layer gets a style, so nothing forces us to give all layers the *same* one. In the next grid, each row has a style
# A and each column a style B. The first three layers, up to 14 × 14, get A. The last two, at 28 × 28, get B.
#
# **Predict before you run:** what comes from the row, and what from the column?

# %%
# Your prediction, (from the row, from the column):
prediction = None

# %%
w = styles_of(generator, np.random.default_rng(5).normal(size=(2000, 32)))


def gray(pictures):
    """The strokes without their color, in [−1, 1]: the strongest of red, green and blue."""
    return pictures.max(axis=3, keepdims=True)


# Rows: for each of seven digits the style whose picture the judge is surest of, out of 300.
sure = judge.decision_function(halved(gray(draw_styles(generator, w[:300]))))
sure = sure - np.sort(sure, axis=1)[:, -2:-1]  # the lead over the next digit
a, b = w[sure.argmax(axis=0)[[2, 3, 4, 5, 6, 8, 9]]], w[300:307]

# %%
sheet = [np.concatenate([np.ones((1, 28, 28, 3)), draw_styles(generator, b)])]
for own in a:
    mixed = mix_styles(np.repeat(own[None], len(b), axis=0), b, start=3)
    sheet.append(np.concatenate([draw_styles(generator, own[None]), draw_styles(generator, mixed)]))
title = "Top: styles B. Left: styles A. Inside: first layers of A, last layers of B"
plots.image_grid(np.concatenate(sheet), title, columns=8, generated=True)
plt.show()


# %% [markdown]
# <details><summary>Open the answer</summary>
#
# The shape comes from the row, and the color comes from the column. Along a row the shape stays nearly the same, and only gets bolder or thinner. In a
# column most strokes have nearly the same color. It is not perfect: many strokes have parts in a neighboring hue, the third style B gives pale strokes in some rows, and the fifth one makes strokes so bold that many loops are filled. Nor is the color always that of B itself: the fifth style B is blue-green, but its column is bright green. The first row is hardly a 2 and the third hardly a 4, and the sixth row, which should be an 8, looks more like a 2 or a 7. (The styles B are drawn at random, but the styles A are
# chosen: for each of seven digits, the picture of 300 of which the judge was surest.)
#
# </details>
#
# Nobody told the generator what a color is. Let us measure it, with random styles A and B. For each picture of the inside we compute its color, which is the mean
# of red, green and blue, and its strokes, which are the brightness of each pixel. Both are scaled, so that it does not count how much ink there is. Then we
# ask which of its two parents it resembles more.


# %%
def color(pictures):
    """The mean color, scaled: much or little ink does not count."""
    mean = (pictures + 1).mean(axis=(1, 2))
    return mean / np.linalg.norm(mean, axis=1, keepdims=True)


def strokes(pictures):
    """The brightness, scaled: colors do not count."""
    bright = (gray(pictures) + 1).reshape(len(pictures), -1)
    return bright / np.linalg.norm(bright, axis=1, keepdims=True)


# %%
first, later = w[:300], w[300:600]
child = draw_styles(generator, mix_styles(first, later, start=3))
parents = draw_styles(generator, first), draw_styles(generator, later)
for name, f in {"color": color, "strokes": strokes}.items():
    off = [np.linalg.norm(f(child) - f(parent), axis=1) for parent in parents]
    share = 100 * np.mean(off[0] < off[1])
    bounds = {"color": {"below": 20}, "strokes": {"above": 90}}[name]
    claim(f"{name}: nearer to A, which gave the first three layers", share, **bounds, unit="%")


# %% [markdown]
# The color is nearer to B's in about 88 of 100 pictures, and the strokes are nearer to A's in more than 99. (Without any rule it would be 50.) Why does it work so well? A likely reason, which we
# did not test: in training, half of the pictures got two styles, from a random layer on
# (*mixing regularization*, Karras et al. 2019, section 3.1; our layer `StyleMixing`). So no layer could rely on the earlier ones having got the same style. The order of the layers may help, too. A digit is large, and a layer at 7 × 7 or
# 14 × 14 can change a large part of it at once. A color can be decided in the last layers.
# To see what the layers between decide, change `start=3` to 1 or 2 in the cell that draws the grid, and run it again.
#
# ### Exercise 3: truncation (two minutes)
#
# Rare styles make strange pictures: in training they were seldom drawn, so G had little practice with them. **Truncation**
# (Karras et al. 2019, appendix B) moves every style towards the mean style w̄ by a factor ψ: w̄ + ψ (w − w̄). Write it. Take the mean over the styles that you get.


# %%
def truncate(styles, psi):
    """styles: (n, d). Return (n, d): each one moved towards the mean style."""
    return ...


check.truncate(truncate)
# check.truncate.hint()
# check.truncate.solution()

# %% [markdown]
# What does it cost? [Precision](glossary.md#precision-and-recall) is the share of generated pictures that lie among the
# real ones, and recall is the share of real ones that lie among the generated ones (lesson 07).
#
# Both are measured as Kynkäänniemi et al. (2019) do, on features of a classifier. It learned from the judge's digits in random colors. The mean style w̄ is now the mean over 10,000 random z, and not only over the styles that are drawn.
#
# **Predict before you run:** which of the two grows as ψ falls from 1 to 0? And what do you expect at ψ = 0?

# %%
# Your prediction, ("precision" or "recall", what happens at ψ = 0):
prediction = None

# %%
from gan_course.variants.style import truncate as truncate_styles

eye = metrics.feature_classifier(colored(judged_by, 2), judged_by_labels)
seen, middle = eye.features(colors_unseen), mean_style(generator)
psis = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0, 1.2, 1.5)
curve = []
for psi in psis:
    made = draw_styles(generator, truncate_styles(w[:1000], middle, psi))
    curve.append(metrics.precision_recall(seen, eye.features(made)))
precision, recall = np.transpose(curve)

# %% tags=["nbval-ignore-output"]
with answer(prediction):
    for psi, p, r in zip(psis, precision, recall, strict=True):
        print(f"ψ = {psi}: precision ≈ {p:.2f}, recall ≈ {r:.2f}")

# %%
shown_psis = (0.0, 0.4, 0.6, 0.8, 1.0, 1.5)
sheet = [draw_styles(generator, truncate_styles(w[20:28], middle, psi)) for psi in shown_psis]
title = "Truncation: one style per column"
ax = plots.image_grid(np.concatenate(sheet), title, columns=8, generated=True)
mark(ax, [f"ψ = {psi}" for psi in shown_psis])
plt.show()

# %%
figure, ax = plt.subplots(figsize=(6.4, 3.9))
ax.plot(recall, precision, "o-", color=plots.style.GENERATED)
for psi, x, y in zip(psis, recall, precision, strict=True):
    offset = (-50, -12) if psi in (0.8, 1) else (7, 5)
    ax.annotate(f"ψ = {psi}", (x, y), xytext=offset, textcoords="offset points")
ax.set(xlabel="recall", ylabel="precision", xlim=(-0.05, 1.1))
ax.set_title("The price of truncation: each point is one ψ")
plt.show()


# %% [markdown]
# (Values of ψ above 1 do the opposite of truncation: they move the styles *away* from their mean.) From ψ = 1.5 to 0.8 precision rises from about 0.73 to 0.81, and recall falls from about 0.87 to 0.70: the strangest pictures go first. From there on, precision gains hardly anything,
# and recall loses much: at ψ = 0.4 recall has fallen to about 0.24, and in the figure the pictures of the sixth and the last column have become something like an 8. Nor does precision rise at every step: at ψ = 0.2 it is lower than at ψ = 0.4. At ψ = 0 all styles are the mean style, so there is one picture,
# something like an 8 in dim and mixed colors. It lies among the real ones, for the features that we measure with, so precision is 1. And recall is 0. All generated pictures are the same, so the ball from each one to its neighbors has the radius 0, and no real picture lies in it. **A
# precision without its recall says nothing**: a generator that makes one acceptable picture has a perfect one. Published
# pictures of faces are often truncated. Ask for ψ.

# %%
claim("recall at ψ = 1", recall[psis.index(1.0)], above=0.55)
claim("recall at ψ = 0.4", recall[psis.index(0.4)], below=0.5)
claim("recall at ψ = 0", recall[0], near=0, within=0.001)
more = max(precision[2:5]) - precision[psis.index(1.5)]
claim("precision: the best of ψ = 0.4 to 0.8, above that of ψ = 1.5", more, above=0.02)

# %% [markdown]
# ### How large is a step?
#
# It helps steering if equal steps in a latent space change the picture by about equal amounts. Karras et al. (2019, section 4.1) measure the
# **path length**: take two random points, stop at a random place on the way between them, go on by a small share ε of this way, and see how far the *picture* moves.
#
# $$\ell = \mathbb E\, \frac{1}{\varepsilon^2}\, \big\lVert f\big(G(\text{way}(t))\big) - f\big(G(\text{way}(t + \varepsilon))\big) \big\rVert^2$$
#
# Here t is a random place on the way, from 0 to 1, and f are features of a classifier: those with which we measured precision and recall. We take ε = 0.01, and the paper 0.0001. A small step moves the features by about ε times their speed, so we divide the square by ε². For z the way is an arc
# ([slerp](glossary.md#slerp)), because normal noise lies near a sphere (lesson 05). For w it is a straight line. Both ways begin and end at the same two pictures, since w comes from z, so the two lengths can be compared. Where the picture jumps from one digit
# to another, a step is large, and the square makes it count more.


# %%
def arc(z1, z2, t):
    angle = np.arccos(
        np.sum(z1 * z2, axis=1) / np.linalg.norm(z1, axis=1) / np.linalg.norm(z2, axis=1)
    )[:, None]
    return (np.sin((1 - t) * angle) * z1 + np.sin(t * angle) * z2) / np.sin(angle)


def line(w1, w2, t):
    return (1 - t) * w1 + t * w2


def steps_on(way, make, ends, epsilon=0.01):
    """The squared lengths of small steps, in features of the pictures, divided by ε²."""
    t = np.random.default_rng(0).uniform(0, 1 - epsilon, size=(len(ends[0]), 1))
    before, after = (eye.features(make(way(*ends, at))) for at in (t, t + epsilon))
    return np.square(after - before).sum(axis=1) / epsilon**2


# %%
ends = np.random.default_rng(8).normal(size=(2, 1500, 32))
w_ends = [styles_of(generator, each) for each in ends]
in_z = steps_on(arc, lambda each: draw_styles(generator, styles_of(generator, each)), ends)
in_w = steps_on(line, lambda each: draw_styles(generator, each), w_ends)
for name, steps in {"z": in_z, "w": in_w}.items():
    claim(f"path length in {name}", steps.mean(), above=0)
    top = 100 * np.sort(steps)[-150:].sum() / steps.sum()
    claim(f"{name}: what the longest tenth of the steps adds to it", top, above=20, unit="%")
less = in_z - in_w
error = less.std() / len(less) ** 0.5
claim("path length in w, divided by that in z", in_w.mean() / in_z.mean(), above=0.4, below=1)
claim("w is shorter by so many standard errors", less.mean() / error, above=3)


# %%
def digit_at(t):
    return judge.predict(halved(gray(draw_styles(generator, line(*w_ends, t)))))


t = np.random.default_rng(0).uniform(0, 0.99, size=(1500, 1))  # the places of the steps above
turns = digit_at(t - 0.02) != digit_at(t + 0.03)
longest = in_w >= np.quantile(in_w, 0.9)
for text, chosen in {"the longest tenth": longest, "the others": ~longest}.items():
    bounds = {"above": 10} if text == "the longest tenth" else {"below": 15}
    share = 100 * turns[chosen].mean()
    claim(f"another digit 0.05 further along the way, {text}", share, **bounds, unit="%")

# %% [markdown]
# The mean squared step in w is about 0.76 of that in z, so it is about a quarter smaller. As a length, it is about an eighth smaller, since √0.76 ≈ 0.87. Both ways join the same pictures, so we can compare them pair by pair: the difference is more than eight of its
# standard errors. But this is one generator with one seed, so do not build on the exact number. And a shorter path is not yet better steering: for that we repeat the walks along ink and slant, in z and in w, below.
# Karras et al. report shorter paths in w, too, for one and the same generator, with features of another network (VGG16; their table 4, "traditional" with 8 mapping layers). A likely reason is simple: a straight line between two styles
# passes nearer to the mean style than its ends, so its middle is truncated. In both spaces the steps are very unequal: a tenth of the places makes
# more than a third of the sum. Are these the places where one digit turns into another? Partly: on the ways in w we show the judge two pictures for each place, one a little before it and one a little after it. They are 0.05 of the way apart. It names two different digits at nearly a fifth of these
# places, but at fewer than a tenth of the others. (The longest steps can also be changes of color or of boldness.) Karras et al. (2020) add a penalty for
# unequal steps to the loss of G.

# %%
walks = [
    draw_styles(generator, line(w[i], w[i + 8], np.linspace(0, 1, 10)[:, None])) for i in (4, 5, 6)
]
title = "Straight lines from one style (t = 0) to another (t = 1)"
ax = plots.image_grid(np.concatenate(walks), title, columns=10, generated=True)
mark(ax, columns=["t = 0", *[""] * 8, "t = 1"])
plt.show()


# %% [markdown]
# Along each line the shape bends from one to the other, and stays a stroke of its own nearly all the way: there is no cross-fade of two pictures. The colors go
# through neighboring hues: from blue over violet and magenta to red in the third row. The shapes are not all digits: the first row begins and the third row ends with a shape that is hard to name. In the second row the way from the 1 passes an 8 before it ends with something like a 6. So a straight line can meet a digit that is at neither of its ends.
#
# ### The third question: is w easier to steer?
#
# Now we can ask what the mapping network is worth for steering. We repeat the walks along ink and slant with *this*
# generator, once in z and once in w. In both spaces a regression finds the direction, with the class as ten more inputs, as for the BiGAN.
# (z is scaled to the length √32, as the generator does it.) In both spaces the walks belong to the same 600 pictures, and
# they are as long as it takes to add about 0.05 to the ink, or 0.45 to the slant. All is measured on the strokes without their color.
#
# **Predict before you run:** in which space does the digit stay the same more often, "z", "w", or "no difference"? Is it the same for ink and for slant?

# %%
# Your prediction, (for ink, for slant):
prediction = None

# %%
unscaled = np.random.default_rng(5).normal(size=w.shape)  # the noise that w came from
scaled = unscaled * 32**0.5 / np.linalg.norm(unscaled, axis=1, keepdims=True)
spaces = {
    "z": (scaled, lambda z: draw_styles(generator, styles_of(generator, z))),
    "w": (w, lambda styles: draw_styles(generator, styles)),
}
drawn = gray(draw_styles(generator, w))
named = np.eye(10)[judge.predict(halved(drawn))]


def direction(places, make, measure, wanted):
    """v, such that the walks from −v to +v add `wanted` in the mean, within a class."""
    fit = LinearRegression().fit(np.concatenate([places, named], axis=1), measure(drawn))
    c = fit.coef_[:32]  # the linear function grows by c · c when one walks by c
    v = wanted / 2 * c / (c @ c)
    return as_long(lambda place: gray(make(place)), v, places[:200], measure, wanted)


# %% tags=["nbval-ignore-output"]
ways_of, same = {}, {}
with answer(prediction):
    print(f"{'600 walks along':17}{'digit kept':>12}{'more ink':>11}{'more slant':>12}")
    for name, wanted in {"ink": 0.05, "slant": 0.45}.items():
        for space, (places, make) in spaces.items():
            v = direction(places, make, PROPERTIES[name], wanted)
            before, after = (gray(make(places[:600] + step)) for step in (-v, v))
            ways_of[name, space], same[name, space] = v, stays(before, after)
            more = [np.mean(measure(after) - measure(before)) for measure in PROPERTIES.values()]
            share = 100 * same[name, space].mean()
            print(f"{name + ', in ' + space:17}{share:10.0f} %{more[0]:11.3f}{more[1]:12.3f}")
    for name in PROPERTIES:
        lead = 100 * (same[name, "w"] * 1.0 - same[name, "z"])
        error = lead.std() / len(lead) ** 0.5
        print(f"{name}: w keeps {lead.mean():.1f} of 100 more, with a standard error of {error:.1f}")

# %%
figure, axes = plt.subplots(1, 2, figsize=(7.4, 4.1), layout="constrained")
for ax, (space, (places, make)) in zip(axes, spaces.items(), strict=True):
    steps = np.linspace(-1, 1, 5)[:, None] * ways_of["ink", space]
    rows = np.concatenate([make(place + steps) for place in places[[0, 1, 2, 3, 4]]])
    plots.image_grid(rows, f"More ink, by a walk in {space}", columns=5, generated=True, ax=ax)
    mark(ax, columns=["−v", "", "0", "", "+v"])
plt.show()

# %% [markdown]
# The rows are the first five styles. In the middle of a row stands the same picture on both sides. Most rows look alike in z and in w. In the first row the loop grows wider, the second row changes little, and in the third row a picture that is nearly an 8 becomes a 0. The last row shows a difference: in z it begins with a 2, and in w it is something like a ring all the way. But five rows prove nothing, so look at the numbers, which come from 600 walks. With the same ink added, about 43 of 100 digits stay the same in w, and only 30 in z. The difference of 13 is about seven times its standard error. For slant w is ahead by about 3 of 100, which is less than two standard errors, so it may be chance.
#
# So what is the answer to the third question, could it be easier? If we count the digits that stay: for ink **yes**, and for slant we cannot tell. But the other property does not stay better in w: a walk to more ink adds 0.037 to the slant (in z it takes 0.031 away), and a walk to more slant adds 0.015 to the ink (in z it takes 0.003 away). And easier is not easy: in w, too, more than half of the digits change on a walk to more ink. A likely reason for the lead, which we did not test, is the one
# given above: the distribution of w is learned, so a property can lie along a line that stays within it. (This is one generator with one seed. Do not compare the numbers with those of the BiGAN, which draws other pictures and adds other amounts of ink.)

# %%
for name, least, most in (("ink", 0, 30), ("slant", -8, 14)):
    lead = 100 * (same[name, "w"].mean() - same[name, "z"].mean())
    claim(f"{name}: w keeps more digits than z, points", lead, above=least, below=most)

# %% [markdown]
# ### On a line between two styles
#
# With the slider below you choose the place t on the line between two styles yourself, for six pairs at once. t = 0 is the first style, and t = 1 the second. Beyond them the line goes on. Which pictures are still digits there?


# %%
def between(t):
    middle_styles = line(w[40:46], w[50:56], t)
    plots.image_grid(draw_styles(generator, middle_styles), f"t = {t:.2f}", columns=6, generated=True)
    plt.show()


between(0.5)

# %% tags=["interactive", "nbval-ignore-output"]
from ipywidgets import interact

_ = interact(between, t=(-0.5, 1.5, 0.05))

# %% [markdown]
# ## Open experiment: an encoder that keeps the digit
#
# The encoder is fast, but it keeps the digit less often than gradient descent does. Can you train one that keeps it in more of the 200
# digits? The rules: at most 2,000 steps of 16 digits of `learned`, no labels, and a single call of E per picture. Some
# ideas: let G and E also pay for |x − G(E(x))|², in a subclass that overrides `generator_penalty`; train E alone, afterwards, on pairs
# (G(z), z) that cost nothing; a larger E; another size of z. Use three seeds. The number to beat below comes from one run, so train the BiGAN of this lesson with your three seeds, too, and compare the means. With only 200 digits, a lead of a few points may be chance. (Outside of these rules: how many steps of
# `invert(..., start=gan.encode(given))` from E's code are as good as the 200 steps above?)

# %%
claim(
    "digits kept by the encoder, the number to beat",
    100 * kept["the encoder, G(E(x))"].mean(),
    above=30,
    unit="%",
)

# %% [markdown]
# ## What can go wrong
#
# | you see | likely cause | test | remedy |
# |---|---|---|---|
# | a direction changes several things at once | properties that go together in the data, or directions that are not perpendicular | the cosine of the two directions; measure the other property on the walk | take the shared part away; measure again, since it may help little |
# | a long walk ends in a blot | G has had no practice far out, because noise is hardly ever drawn there | the norm of z against √d | shorter walks, or remove the part of z along v first |
# | InfoGAN: Q reads every code, but codes are no classes | the code went into slant, thickness, brightness, or a few hidden pixels | purity by a judge; look at the columns | distort pictures before Q reads them; another number of codes; more seeds |
# | InfoGAN: high purity, and each column is one picture | [mode collapse](glossary.md#mode-collapse): z is ignored | recall; two z with the same code | R1, fewer codes, a smaller weight |
# | the code is ignored | one-hot numbers are small beside z | mean square of each number of the noise | scale the code, as `InfoGAN` does |
# | inversion: a good error, and a z far outside | with a z that noise hardly ever has, G may draw pictures that it did not learn to draw | the norm of z | a weight on \|z\|² (`prior_weight`), or several starts |
# | the encoder makes fine digits, but other ones | BiGAN compares pairs, not pictures | share of classes kept | more steps, a term for the reconstruction, inversion from E's code |
# | style mixing changes everything, or nothing | layers count on each other, or the first ones decide all | other values of `start` | mixing in training |
#
# ## Summary in five lines
#
# 1. The axes of z mean nothing, because rotated noise is the same noise. A regression finds directions that mean something. But what goes along with a property in the pictures, such as the class, often changes with it.
# 2. InfoGAN asks that a code can be read from the picture. The entropy of the code minus the cross-entropy of the reader is a lower bound of the mutual information.
# 3. Gradient descent on z looks for a code of a given picture. It can end in a poor local minimum, even where G can draw the picture. BiGAN learns an encoder within the game: faster, less exact.
# 4. A style-based generator gives a style to each layer. So the shape of a digit can come from one style, and its color from another one.
# 5. Truncation costs recall, and at first it buys a little precision. Below ψ = 0.8 recall was lost for nearly nothing. The path length says how far a picture moves per step in the latent space. Walks to more ink kept the digit more often in w than in z; for slant there was no clear difference.
#
# ## References
#
# * X. Chen, Y. Duan, R. Houthooft, J. Schulman, I. Sutskever, P. Abbeel, [InfoGAN: interpretable representation learning
#   by information maximizing generative adversarial nets](https://arxiv.org/abs/1606.03657), NeurIPS 2016.
# * J. Donahue, P. Krähenbühl, T. Darrell, [Adversarial feature learning](https://arxiv.org/abs/1605.09782), ICLR 2017:
#   BiGAN. The same game at the same time: V. Dumoulin et al., [Adversarially learned
#   inference](https://arxiv.org/abs/1606.00704), ICLR 2017.
# * J.-Y. Zhu, P. Krähenbühl, E. Shechtman, A. Efros, [Generative visual manipulation on the natural image
#   manifold](https://arxiv.org/abs/1609.03552), ECCV 2016: inversion, and editing.
# * A. Creswell, A. A. Bharath, [Inverting the generator of a generative adversarial
#   network](https://arxiv.org/abs/1611.05644), 2016.
# * Y. Shen, J. Gu, X. Tang, B. Zhou, [Interpreting the latent space of GANs for semantic face
#   editing](https://arxiv.org/abs/1907.10786), CVPR 2020: directions, and the part that they share.
# * T. Karras, S. Laine, T. Aila, [A style-based generator architecture for generative adversarial
#   networks](https://arxiv.org/abs/1812.04948), CVPR 2019: mapping, mixing, truncation, path length.
# * T. Karras, S. Laine, M. Aittala, J. Hellsten, J. Lehtinen, T. Aila, [Analyzing and improving the image quality of
#   StyleGAN](https://arxiv.org/abs/1912.04958), CVPR 2020: modulated weights, and a penalty on the path length.
# * T. Kynkäänniemi, T. Karras, S. Laine, J. Lehtinen, T. Aila, [Improved precision and recall metric for assessing
#   generative models](https://arxiv.org/abs/1904.06991), NeurIPS 2019: with curves over ψ.
#
# **Next lesson:** [15 · Little data, and using a GAN](15_little_data_and_using_a_gan.ipynb): what a GAN is good for, measured.
