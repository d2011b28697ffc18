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
# # 10 · Conditional GANs
#
# [![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)](https://colab.research.google.com/github/gan-course/gan-course/blob/main/notebooks/10_conditional_gans.ipynb)
#
# **The one idea: tell the generator what to draw, and let the discriminator check that it did.**
#
# After this lesson you will be able to
#
# * write the objective of a GAN with labels, and say why D must see them;
# * give a label to both networks, and name three ways in which D can check it;
# * measure whether a generator draws what it was asked for, and what that number does not see;
# * keep the style and change the class, and walk from one class to another.
#
# It takes about 90 minutes to read, without exercise 4 and the open experiment. Its cells run in about 90 seconds
# on two CPU cores. (A good place for a break is before the part "What does R1 punish here?".) You should know the DCGAN of [lesson 05](05_gans_for_images.ipynb), and precision and recall
# from [lesson 07](07_measuring_a_gan.ipynb).

# %% tags=["nbval-ignore-output"]
# Where the course package is missing, on Colab for example, this cell installs it first.
import importlib.util

if importlib.util.find_spec("gan_course") is None:
    print("Installing gan_course from https://github.com/gan-course/gan-course")
    # %pip install --quiet git+https://github.com/gan-course/gan-course

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import ListedColormap

from gan_course import data, metrics, networks, plots, results, runtime
from gan_course.checks import lesson_10 as check
from gan_course.claims import answer, claim

plots.use_style()
plt.rcParams["image.interpolation"] = "nearest"  # each pixel as it is
print(runtime.configure(seed=0))

# %% [markdown]
# ## A 7, please
#
# The GAN of lesson 05 draws digits, but nobody can say which one comes next. If you want a 7, you draw
# until one comes. If all ten digits are equally frequent, this takes ten pictures on average. And somebody
# has to recognize the 7.
#
# That GAN has learned to draw from P(x): pictures of any kind. Now we want to draw from **P(x | y)**: pictures of the kind y. A GAN that
# learns this is a [conditional GAN](glossary.md#conditional-gan). It needs one more thing, the label y of each
# training picture. The data had these labels all along, but the GANs so far did not use them.
#
# Later a [classifier](glossary.md#classifier) will judge which digits were drawn. It must not learn from the
# pictures that the GAN learns from. Otherwise both could learn the same odd 4s by heart. G would copy them, and the judge
# would accept the copies. **The judge is no relative of the GAN**: it learns from other pictures. So we make three piles:

# %%
images, labels = data.load("mnist_5k")
learned, learned_labels = images[:3000], labels[:3000]  # for the GANs
judged_by, judged_by_labels = images[3000:], labels[3000:]  # for the judge
unseen, unseen_labels = data.load("mnist_5k", split="test")  # for neither
shape = images.shape[1:]
print(f"{len(learned)} for the GANs, {len(judged_by)} for the judge, {len(unseen)} for neither")

# %% [markdown]
# The judge is a support vector machine (lesson 01). It is no neural network, so it is less likely to share
# the weaknesses of D. To make the most of its 1,000 digits, it sees each of them five times: once as it is,
# and four times moved by one pixel. It gets the pictures at half their size, which makes it fast.

# %%
from sklearn.svm import SVC

MOVES = ((0, 0), (1, 0), (-1, 0), (0, 1), (0, -1))


def halved(pictures):
    """Pictures of 14 × 14 pixels, each flattened into one row."""
    return pictures.reshape(len(pictures), 14, 2, 14, 2).mean(axis=(2, 4)).reshape(len(pictures), -1)


def train_judge(pictures, numbers, moves=MOVES):
    moved = np.concatenate([halved(np.roll(pictures, move, axis=(1, 2))) for move in moves])
    return SVC(C=10, gamma=0.04).fit(moved, np.tile(numbers, len(moves)))


judge = train_judge(judged_by, judged_by_labels)
fair = judge.score(halved(unseen), unseen_labels)
claim("digits that neither has seen, named correctly by the judge", 100 * fair, above=92, unit="%")

# %% [markdown]
# What does its independence cost? We train a second judge on the 3,000 digits of the GANs, three times as many. It
# sees each of them once, which saves time. We call it a *relative* of the GANs:

# %%
relative = train_judge(learned, learned_labels, moves=MOVES[:1])
more = relative.score(halved(unseen), unseen_labels)
claim("the same digits, named correctly by the relative", 100 * more, above=94, unit="%")


# %% [markdown]
# Independence costs a few points of accuracy: the judge gets fewer different digits, and their moved copies do not make up for it. So the judge is wrong about
# some real digits, and this limits what it can tell us: a score above that of real digits does not mean
# that the pictures are better than real ones.
#
# ## The objective, with labels
#
# Mirza and Osindero (2014, equation 2) gave the label to both players and changed nothing else. They write
# D(x | y) and G(z | y), and in their second term they leave out the y of D. But D gets y there, too. We write the label as a second input, because
# that is what it is in a program:
#
# $$V(D, G) = \mathbb E_{x, y}\big[\log D(x, y)\big] + \mathbb E_{z, y}\big[\log(1 - D(G(z, y),\, y))\big].$$
#
# Read it as a rule of the game. A real picture comes with its label. A generated one comes with the label
# **that was asked for**. D says whether *the pair* is real. For each pair this is the question of lesson 02, so
# the [optimal discriminator](glossary.md#optimal-discriminator) has the same form:
#
# $$D^*(x, y) = \frac{p_{data}(x, y)}{p_{data}(x, y) + p_{model}(x, y)}.$$
#
# At the [equilibrium](glossary.md#equilibrium) D\* is ½ for every pair that can occur (lesson 02), so
# $p_{data}(x, y) = p_{model}(x, y)$ for every pair. The labels come from the training set on both sides, so p(y) is the same on both sides,
# too. We divide by it and get $p_{model}(x \mid y) = p_{data}(x \mid y)$ for every label y that occurs.
# This is exactly what we want.
#
# ### Exercise 1: what if D does not see the label?
#
# Suppose that only G gets the label. Then D meets all pictures in one pile, whatever their label. Write a function
# that returns the best D(x) for each picture. `real[x, y]` is the probability of picture x with label y in the data,
# and `made[x, y]` is its probability in what G makes.


# %%
def blind_best(real, made):
    """real, made: arrays (pictures, labels), each sums to 1. Return (pictures,): the best D(x)."""
    return ...


check.blind_best(blind_best)
# check.blind_best.hint()
# check.blind_best.solution()

# %% [markdown]
# Now imagine a malicious generator. There are three pictures, a 1, a 4 and a 7, and G draws all three perfectly. But
# whoever asks for a 1 gets a 4, whoever asks for a 4 gets a 7, and whoever asks for a 7 gets a 1.
#
# **Predict before you run:** how sure is the best D *without* labels that such a generated picture is real?

# %%
# Your prediction, in percent:
prediction = None

# %%
real = np.eye(3) / 3  # each picture with its own label
made = np.roll(real, 1, axis=0)  # each with another one's
pairs_seen = real + made > 0
seeing = real[pairs_seen] / (real + made)[pairs_seen]
with answer(prediction):
    without = 100 * check.blind_best.answer(real, made)
    claim(
        "D without labels, about each of the three pictures",
        without.max(),
        near=50,
        within=0.1,
        unit="%",
    )
    claim("D with labels, about real pairs", 100 * seeing.max(), near=100, within=0.1, unit="%")
    claim("D with labels, about generated pairs", 100 * seeing.min(), near=0, within=0.1, unit="%")

# %% [markdown]
# For the D without labels this generator is perfect. Such a D says ½ everywhere, and G has nothing left to learn.
# **No training against it can teach G to obey: somebody has to check.** The best D with labels recognizes each wrong
# pair.
#
# ## How does one write a label?
#
# A network takes numbers. A label *is* a number from 0 to 9, so why not use it as it is? Because numbers
# have an order and distances, and classes have neither. As a number, 3 lies between 2 and 4, but the
# *digit* 3 is no mixture of a 2 and a 4. And 0 and 9 would be as far apart as possible.
#
# A [one-hot vector](glossary.md#one-hot-vector) has no order: ten numbers, nine of them 0 and one of them 1.
# If we multiply it by a matrix, we get one row of the matrix:

# %%
table = np.random.default_rng(0).normal(size=(10, 4))
one_hot = np.eye(10)[[7, 2, 7]]
off = np.abs(one_hot @ table - table[[7, 2, 7]]).max()
claim("largest difference between one-hot @ table and rows 7, 2, 7", off)

# %% [markdown]
# So we leave the zeros out and look the row up. This is an [embedding](glossary.md#embedding): a table with one row
# per class, whose rows are trained like all other weights. G gets the row together with its [latent vector](glossary.md#latent-vector) z, as if it were more noise. Keras
# starts such a table with tiny numbers, from −0.05 to 0.05, and next to z they would
# hardly count at first. So we start it with a standard deviation of 1, like z. In
# the code, `keras.Input(())` stands for the label: it is one integer per picture, so its shape is empty. (In larger GANs the label often
# chooses the scale and the shift in G's normalization layers, too. This is called *conditional batch normalization*, and
# Miyato and Koyama 2018 use it.) The rest is the DCGAN of
# lesson 05, with fewer filters, so that it trains faster.

# %%
import keras
from keras import layers

noise, asked = keras.Input((32,)), keras.Input((), dtype="int32")
like_noise = keras.initializers.RandomNormal(stddev=1.0)  # a label as loud as the noise
row = layers.Embedding(10, 16, embeddings_initializer=like_noise, name="label")(asked)
draw = networks.dcgan_generator(shape, latent_dim=32 + 16, filters=(48, 24))
generator = keras.Model([noise, asked], draw(layers.Concatenate()([noise, row])))
print(generator.input_shape, "becomes", generator.output_shape)


# %% [markdown]
# ### D: three ways to see a label
#
# 1. **Concatenation** (Mirza and Osindero 2014): the label's row becomes one more input of D. In ours
#    the row has 28 × 28 numbers, and is one more channel of the picture.
# 2. **Auxiliary classifier** (AC-GAN; Odena, Olah and Shlens 2017, equations 2 and 3): D does not get the label as an input. It has a second output that guesses the class. The label is the right answer, and D pays cross-entropy for wrong guesses. G
#    pays, too, if D's second output does not name the class that was asked for. In the paper D pays for wrong
#    guesses about real *and* generated pictures. Ours pays for real ones only, as Keras' own
#    example did from [pull request 8482](https://github.com/keras-team/keras/pull/8482) (2017) on:
#    a D that learns from generated pictures learns G's mistakes as if they were right.
# 3. **Projection** (Miyato and Koyama 2018): the score gets one more term, v_y · f(x). Here f(x) are the
#    features before D's last layer, and v_y is the row of a table that belongs to the label y. This is a
#    [projection discriminator](glossary.md#projection-discriminator).
#
# We build the third, and compare all three later. Why this term? The best [score](glossary.md#score) is the
# logarithm of the ratio of the two densities (lesson 02). Each density is a product, p(x, y) = p(x) p(y |
# x), and the logarithm turns the product into a sum of two terms. Each of them answers a question:
#
# $$\log\frac{p_{data}(x, y)}{p_{model}(x, y)} = \underbrace{\log\frac{p_{data}(x)}{p_{model}(x)}}_{\text{is } x \text{ real?}}
# + \underbrace{\log\frac{p_{data}(y \mid x)}{p_{model}(y \mid x)}}_{\text{does } x \text{ fit its label?}}$$
#
# <details><summary>From here to v_y · f(x), and what is simplified on the way (Miyato and Koyama, section 3)</summary>
#
# Suppose that both p(y | x) are [softmax](glossary.md#softmax) classifiers on the *same* features f. This is the
# first simplification. Then log p_data(y | x) = a_y · f − log Z_data(f) and log p_model(y | x) = b_y · f − log
# Z_model(f). Here a_y and b_y are the rows of the two classifiers for the class y, and Z is the sum of the
# exponentials over all classes. The difference is
#
# $$(a_y - b_y) \cdot f - \big(\log Z_{data}(f) - \log Z_{model}(f)\big).$$
#
# We learn v_y = a_y − b_y as one row. The bracket does not depend on y. So the paper adds it to the first
# question, and writes ψ(f) for both together. This gives its equation 3: v_y · f + ψ(f). The paper lets ψ
# be any network. We choose ψ(f) = w · f + b, the last layer of the D that we have, and so do the networks in the authors'
# own [code](https://github.com/pfnet-research/sngan_projection). This is the second
# simplification: log Z is not linear in f, and the first question need not be, either. So w · f + b can only approximate both.
#
# </details>
#
# The first term does not depend on the label. We leave it to w · f + b, the last layer of the D that we have. Now suppose that both
# p(y | x) are softmax classifiers on f(x). Then the second term has two parts. One is v_y · f(x), which depends on the label. The other
# does not, so we leave it to w · f + b, too. (The folded text above derives this.) So the score is
#
# $$\text{score}(x, y) = w \cdot f(x) + b + v_y \cdot f(x).$$
#
# ### Exercise 2: the projection
#
# Write the scores of a batch. `kernel` is w, and `table` has the rows v_y.


# %%
def projection_scores(features, labels, kernel, bias, table):
    """features: (n, f). labels: (n,) integers. kernel: (f,). table: (classes, f). Return (n,)."""
    return ...


check.projection_scores(projection_scores)
# check.projection_scores.hint()
# check.projection_scores.solution()

# %% [markdown]
# Here is the whole discriminator in Keras. It is the D of lesson 05 with half as many filters, and with a table
# beside its features:

# %%
plain = networks.dcgan_discriminator(shape, filters=(16, 32))
*_, last = plain.layers
look = keras.Model(plain.inputs[0], last.input)  # all but the last layer

picture, label = keras.Input(shape), keras.Input((), dtype="int32")
features = look(picture)
rows = layers.Embedding(10, features.shape[1])(label)
fits = layers.Dot(axes=1)([rows, features])
discriminator = keras.Model([picture, label], layers.Add()([last(features), fits]))
print(discriminator.input_shape, "becomes", discriminator.output_shape)

# %% [markdown]
# The package has the same two networks, so you need not write them again. With the same weights, both
# versions give the same pictures and the same scores:

# %%
from gan_course.variants.conditional import conditional_discriminator, conditional_generator


def gap(ours, twin, *inputs):
    """Largest difference of what two networks make of the same inputs, with the same weights."""
    twin.set_weights(ours.get_weights())
    a, b = (keras.ops.convert_to_numpy(network([*inputs], training=False)) for network in (ours, twin))
    return np.abs(a - b).max()


z = np.random.default_rng(1).normal(size=(10, 32)).astype("float32")
g_gap = gap(generator, conditional_generator(shape, filters=(48, 24)), z, np.arange(10))
d_twin = conditional_discriminator(shape, filters=(16, 32))
d_gap = gap(discriminator, d_twin, images[:10], labels[:10])
claim("largest difference between the two generators' pictures", g_gap, below=1e-5)
claim("largest difference between the two discriminators' scores", d_gap, below=1e-4)

# %% [markdown]
# ## Training
#
# `GAN` sees that the networks take two inputs, and asks for labels: `fit(images, labels)`, `generate(count,
# labels=...)`. When D learns, the labels of the real batch are used three times. D gets them with the real
# pictures. G gets them and has to draw these digits. And D gets them again, with what G has drawn. When G learns, G and D
# get the same labels once more. G's loss is the [non-saturating](glossary.md#non-saturating-loss) one, −log D(G(z, y), y), as
# `GAN` chooses it if we do not name another.
#
# D also pays the [R1 penalty](glossary.md#r1-penalty) of lesson 06 for its slope at real pictures. We will
# see why when we leave it out. Now we watch ten pictures grow, from one and the same z, with the labels 0 to
# 9. They are drawn with the average of G's weights, as in lesson 05.

# %%
from gan_course.callbacks import Snapshots
from gan_course.gan import GAN

ten = np.arange(10)


def train(generator, discriminator, labels, steps, callbacks=(), seed=0):
    gan = GAN(generator, discriminator, seed=seed)
    gan.compile(r1_weight=1.0)
    pictures = np.resize(learned, (16 * steps, *shape))  # over and over, 16 per step
    gan.fit(pictures, np.resize(labels, 16 * steps), verbose=0, callbacks=[*callbacks])
    return gan


# %%
def growing(gan):
    with gan.averaged():
        return gan.generator([np.tile(z[:1], (10, 1)), ten], training=False)


film = Snapshots(growing, every=250)
gan = train(generator, discriminator, learned_labels, steps=2000, callbacks=[film])

# %%
frames = [keras.ops.convert_to_numpy(pictures) for pictures in film.taken]


def show_growing(i, ax):
    i = i - 1  # the film begins with the end (frame −1), so that a printed page shows digits
    title = f"step {film.steps[i]}: one z, the labels 0 to 9"
    plots.image_grid(frames[i], title, columns=5, generated=True, ax=ax)


plots.film(show_growing, len(frames) + 1, size=(5.0, 2.35), colors=24)

# %% [markdown]
# The film begins with its last picture, so that a printed page shows digits, too. At step 0 all pictures are gray. At step 500 most of them can be read already, and at step 750
# nearly all. Then the changes are smaller: the ragged foot of the 4 becomes clean, and the
# loops of the 8 open.
#
# Now for the sheet that one would show a friend: one row for each digit that was asked for, below ten real digits.

# %%
wanted = np.repeat(ten, 100)


def order(gan):
    """A hundred pictures of each digit, and what the judge takes them for."""
    pictures = gan.generate(len(wanted), seed=1, labels=wanted)
    return pictures, judge.predict(halved(pictures))


def name_rows(ax, names):
    """Write a name at the left of each row of a sheet of pictures."""
    height = len(ax.images[0].get_array()) / len(names)
    ax.set_yticks((np.arange(len(names)) + 0.5) * height, names)
    ax.tick_params(length=0)


# %%
pictures, seen = order(gan)
sheet = pictures.reshape(10, 100, *shape)[:, :10].reshape(-1, *shape)
one_each = np.stack([unseen[unseen_labels == digit][3] for digit in ten])
figure, axes = plt.subplots(2, 1, figsize=(8, 9.3), height_ratios=(1.15, 10.1))
plots.image_grid(one_each, "Real digits", columns=10, ax=axes[0])
title = "Drawn, ten pictures of each digit asked for"
plots.image_grid(sheet, title, columns=10, generated=True, ax=axes[1])
name_rows(axes[1], ten)
plt.show()

# %% [markdown]
# Most of them could be taken for handwriting. A few could not: look at the fifth 2, at the third and the eighth 4, and at the first 6. And two of them look like another digit: the first 4 is nearly a 9, and the fourth 1 nearly a 7.
#
# ## Does it draw what it is asked for?
#
# The eye is easy to please, so let us count. We ask for a hundred pictures of each digit, and the judge names the
# digit that it sees.
#
# **Predict before you run:** in what percentage of the pictures does the judge see the digit that was asked for?
# And which digit will be the worst?

# %%
# Your prediction, (percent, the worst digit):
prediction = None

# %%
right = np.array([(seen[wanted == digit] == digit).mean() for digit in ten])
with answer(prediction):
    claim("as asked for, of all pictures", 100 * right.mean(), above=92, unit="%")
    claim("as asked for, of the worst digit", 100 * right.min(), above=80, unit="%")
    print("    the worst in this run ≈", ",".join(str(digit) for digit in ten[right == right.min()]))
    claim("for comparison: real digits, named correctly", 100 * fair, above=92, unit="%")
    claim("the generated ones are ahead by", 100 * (right.mean() - fair), above=0, unit="points")
    kin = 100 * np.mean(relative.predict(halved(pictures)) == wanted)
    claim("as asked for, of all pictures, judged by the relative", kin, above=92, unit="%")

# %% tags=["nbval-ignore-output"]
confusion = np.zeros((10, 10), int)
np.add.at(confusion, (wanted, seen), 1)
figure, ax = plt.subplots(figsize=(6.4, 5.6))
shades = ListedColormap(plt.get_cmap("Greens")(np.linspace(0, 0.7, 64)))
ax.imshow(confusion, cmap=shades, vmin=0, vmax=100)
for (i, j), number in np.ndenumerate(confusion):
    ax.text(j, i, number or "", ha="center", va="center", fontsize=11)
ax.set(xticks=ten, yticks=ten, xlabel="digit that the judge sees", ylabel="digit asked for")
ax.set_title("Of 100 asked for, nearly all are right")
plt.show()


# %% [markdown]
# Nearly all pictures sit on the diagonal, where the judge sees what was asked for. In this run the 3 is the
# worst digit, and even it is right in 96 of 100 pictures. And the score is *higher* than that of real digits.
#
# The relative gives nearly the same score, and it, too, names more generated digits correctly than real ones. So in this run a
# relative would have told us nearly the same. (It finds fewer mistakes. But it is also the better judge of real digits, so this need not come from its kinship.) We know this only because we also asked an independent judge.
#
# <details><summary>How can the score be higher than that of real digits?</summary>
#
# A likely explanation: each class has typical digits and odd ones, and the judge is wrong mostly about odd
# ones. A G that draws mostly typical digits gives the judge easy cases. So the high score makes us
# suspicious: does G draw odd digits at all? We will come back to this.
#
# </details>
#
# ### Exercise 3: accuracy of each class
#
# Nobody has to ask for equally many of each digit. Suppose that somebody asks for 990 ones and 10 eights,
# that all the ones are right, and that all the eights are wrong. This is an accuracy of 99 %! Write the
# accuracy of each class by itself.


# %%
def class_accuracy(asked, judged, classes):
    """asked, judged: (n,) integers; each class is asked for. Return (classes,): the share that is right."""
    return ...


check.class_accuracy(class_accuracy)
# check.class_accuracy.hint()
# check.class_accuracy.solution()

# %% [markdown]
# ## Same z, another label
#
# If the label says *what*, what is left for z to say? In the next sheet each column has one z, and each row one label.
# **Predict before you run:** what do the pictures of a column have in common?

# %%
# Your prediction, a few words:
prediction = None

# %%
z = np.random.default_rng(5).normal(size=(100, 32)).astype("float32")


def with_label(generator, digit):
    numbers = np.full(len(z), digit)
    return keras.ops.convert_to_numpy(generator([z, numbers], training=False))


styles = np.stack([with_label(gan.generator, digit) for digit in ten])  # (10 labels, 100 z, 28, 28, 1)
sheet = styles[:, :10].reshape(-1, *shape)
ax = plots.image_grid(sheet, "One z per column, one label per row", columns=10, generated=True)
name_rows(ax, ten)
plt.show()

# %% [markdown]
# <details><summary>Open the answer</summary>
#
# The pictures of a column share a *style*: compare slant and thickness, for example in the fourth, the fifth and the tenth column.
#
# </details>
#
# Nobody has told G about styles. But the label already says which digit it is, so only the way of drawing is left for z. And all ten
# digits go through the same weights, so it is easy for G to use the same z in the same way for all of them. Can we measure a style? The ink is easy: it is the mean brightness of a
# picture. Does a z that makes a bold 3 also make a bold 5?

# %%
ink = styles.mean(axis=(2, 3, 4))  # (10 labels, 100 z)
pairs = np.corrcoef(ink)[np.triu_indices(10, 1)]
claim("mean correlation of the ink of two digits", pairs.mean(), above=0.2, below=0.9)

# %% [markdown]
# It does, on average over all pairs of digits: the correlation is clearly above 0. It is also clearly below 1: a z that
# makes one digit bolder than usual does not always make another digit bolder, too.
#
# ## One perfect picture of each?
#
# Imagine a generator that keeps ten pictures in a drawer, and hands out the one that is asked for. It would
# score 100 %, because the judge looks at one picture at a time. **Accuracy does not see variety.**
# (Another way to see it is to train a classifier on generated pictures and to test it on real ones: Ravuri and
# Vinyals 2019.)
#
# [Recall](glossary.md#precision-and-recall) (lesson 07) does see it: what share of the real 7s, never seen
# in training, lies among the generated 7s? As in lesson 07, recall needs distances between pictures. We take the distances between features of a small classifier that
# learned from the judge's pile. We measure class by class, with about a hundred real pictures of each digit and as many
# that are compared with them, and take the mean.

# %%
eye = metrics.feature_classifier(judged_by, judged_by_labels)


def by_class(pictures, numbers):
    """Means over the ten digits of the precision and the recall of pictures that should show this digit, in %."""
    found = []
    for digit in ten:
        real, made = unseen[unseen_labels == digit], pictures[numbers == digit]
        found.append(metrics.precision_recall(eye.features(real), eye.features(made[: len(real)])))
    return 100 * np.mean(found, axis=0)


# %%
real_precision, real_recall = by_class(learned, learned_labels)
claim("recall of the real digits of the first pile", real_recall, above=80, unit="%")
claim("precision of the same real digits", real_precision, above=80, unit="%")

# %% [markdown]
# So even real digits do not reach 100 %. Their recall is the number with which we compare the recall of a GAN. (The other number,
# [precision](glossary.md#precision-and-recall), is the share of the pictures of a digit that lie among the real ones of
# this digit.)
#
# One training run is not enough for a comparison: another seed may give another recall. Training several GANs would
# take too long here, so a benchmark in the course's repository has done it: `python -m benchmarks conditional`, three
# seeds, 1,000 steps each. It also trained our GAN *without* R1.
#
# **Predict before you run:** how high is the recall of the GAN whose pictures you saw above? And how high is it
# without R1?

# %%
# Your prediction, in percent:
prediction = None

# %%
stored = results.load("conditional")


def over_seeds(name, column):
    """A number of each stored run of one kind of GAN, one per seed."""
    return np.array([run[column] for run in stored["runs"] if run["contender"] == name])


with answer(prediction):
    our_precision, our_recall = by_class(pictures, wanted)
    claim("recall of the GAN whose pictures you saw above", our_recall, above=15, below=75, unit="%")
    claim("its precision", our_precision, above=70, unit="%")
    print("\nThe benchmark, from the lowest to the highest of three seeds:")
    for name, title in {"projection": "with R1", "no_r1": "without R1"}.items():
        for column in ("accuracy", "precision", "recall"):
            low, high = (100 * edge for edge in np.quantile(over_seeds(name, column), (0, 1)))
            print(f"{title:12}{column:10}{low:5.1f} % to {high:5.1f} %")

# %%
shown = {
    run["contender"]: results.images(run["shown"], shape).reshape(10, 10, *shape)
    for run in stored["runs"]
    if run["seed"] == 0
}

figure, axes = plt.subplots(3, 1, figsize=(7, 3.6))
plots.image_grid(unseen[unseen_labels == 7][:10], "real 7s", columns=10, ax=axes[0])
plots.image_grid(
    shown["projection"][7], "7s, with R1: they differ", columns=10, generated=True, ax=axes[1]
)
plots.image_grid(
    shown["no_r1"][7], "7s, without R1: ten times the same one", columns=10, generated=True, ax=axes[2]
)
plt.show()

# %% [markdown]
# The recall of our GAN is clearly below that of real digits. So it does leave out many kinds of digits, as its high
# accuracy made us suspect. In this run its precision is even a little higher than that of real digits: most of its pictures lie among the real digits, and
# what it lacks is variety. The GANs of the benchmark trained for fewer steps, and their recall is lower still.
#
# Without R1 all ten pictures are one smudged shape, between a 7 and a 9, and recall is 0 with every seed. Many people call
# this [mode collapse](glossary.md#mode-collapse) *within* each class. (Lesson 06 keeps this name for sharp pictures, and this picture is not sharp.) Accuracy falls, too, and the table further below shows how the worst digit suffers. With R1 the 7s differ: some lean, some are narrow. But the
# fourth is hardly a 7, and the ninth is broken. And in the benchmark the recall with R1 is still less than half of that of real digits.
#
# Why does R1 help? Here is a likely explanation, which we have not tested. R1 makes D pay for a steep slope at real
# pictures, so its scores change more gently from one picture to the next. Then no single 7 has a far better score than all
# similar ones, and G gains little by drawing only this one. But this cannot be all: the GAN of lesson 05 had no R1 either,
# and it drew many different digits. We do not know why the conditional one needs it more.
#
# ## What does R1 punish here?
#
# Lesson 08 has a rule: no [BatchNormalization](glossary.md#batch-normalization) in a critic with a gradient
# penalty. Its reason is that the score of a picture should not depend on the others. Two layers of our D
# go against this reason: its BatchNormalization and its [minibatch standard
# deviation](glossary.md#minibatch-standard-deviation) (lesson 05). Both make the score of one picture
# depend on the other pictures of the batch. Then "the slope of D at this picture" has two meanings:
#
# * **own slope**: ∂s_i / ∂x_i, how fast the score of a picture changes with its own pixels. This is what
#   the formula of R1 means;
# * **slope of the sum**: Σ_j ∂s_j / ∂x_i, how fast the sum of all scores changes with the pixels of one
#   picture. This is what the program computes, because automatic differentiation takes the gradient of the
#   sum of the scores.
#
# For a D that judges each picture alone both are the same: all ∂s_j / ∂x_i with j ≠ i are 0. Let us measure them for ours,
# with a batch of 16 real digits. D runs in training mode here, as in a training step. (Outside of training, BatchNormalization uses stored averages and mixes no pictures.)

# %%
from gan_course.backend import input_gradient


def norm(gradients):
    return np.sqrt(np.square(gradients).sum(axis=(-3, -2, -1)))


def slopes(network, pictures, numbers):
    """Norms of the gradients of each score (row) by each picture (column), and of their sum by each picture."""
    gradients = []
    for keep in np.eye(len(pictures), dtype="float32"):  # all scores but one are multiplied by 0
        one_score = keras.Model(network.inputs, network.output * keep[:, None])
        gradient = input_gradient(one_score, pictures, keras.ops.convert_to_tensor(numbers))
        gradients.append(keras.ops.convert_to_numpy(gradient))
    return norm(np.stack(gradients)), norm(np.sum(gradients, axis=0))


# %%
each, of_sum = slopes(gan.discriminator, learned[:16], learned_labels[:16])
own = np.diag(each)
figure, (ax, bars) = plt.subplots(1, 2, figsize=(8.5, 4.2), width_ratios=(1.25, 1))
image = ax.imshow(each, cmap="Blues", vmin=0)
fives = {"xticks": range(0, 16, 5), "yticks": range(0, 16, 5)}
ax.set(xlabel="picture whose pixels change", ylabel="picture that is scored", **fives)
ax.set_title("A score depends on the others, too", size=11)
figure.colorbar(image, ax=ax, shrink=0.8, label="slope: norm of the gradient")
number, bare = np.arange(16), {"color": "white", "edgecolor": plots.DISCRIMINATOR}
bars.barh(number - 0.2, own, 0.4, color=plots.DISCRIMINATOR, label="own slope")
bars.barh(number + 0.2, of_sum, 0.4, **bare, label="slope of the sum")
bars.set(xlabel="slope", ylim=(15.6, -0.6), yticks=fives["yticks"])
bars.set(ylabel="picture whose pixels change")
bars.set_title("… and together they weigh a lot", size=11)
figure.legend(*bars.get_legend_handles_labels(), loc="outside lower right", ncols=2)
plt.show()

# %%
others = each[~np.eye(16, dtype=bool)].mean()
claim(
    "mean slope by another picture, as a share of the own slope",
    others / own.mean(),
    above=0.01,
    below=0.6,
)
charged = np.square(of_sum).mean() / np.square(own).mean()
claim("R1 as it is computed, divided by R1 by its formula", charged, above=1.1, below=8)

# %% [markdown]
# The diagonal of the left panel is the own slope. The rest is pale, but it is not white: the pixels of one picture move the
# scores of all others a little. There are 15 others, and their small effects add up. The right panel shows the result: for each of the 16
# pictures the slope of the sum is larger than the own slope, in this run about twice as large on average. The penalty is its square, so our program computes about four times the penalty of the formula. D pays when *the sum of all scores*
# reacts to one picture. This is a penalty on D's slope, too, but not the one in the convergence
# theorem for R1 (Mescheder, Geiger and Nowozin 2018, theorem 4.1). That theorem is about a D that judges each picture
# alone, and holds only close to the equilibrium. At least one well-known GAN computes its penalty as our program does, though its D has no BatchNormalization: StyleGAN2
# (Karras et al. 2020) has a minibatch standard deviation and R1, and its program takes the gradient of the sum of the
# scores.
#
# Should we take a D that judges one picture at a time? The next table has one.
#
# ## Three ways to see a label, and a D that cannot compare
#
# Now we can compare. The benchmark trained a D with each of the three ways to see the label. It also trained the
# projection without R1, and the projection with labels that were mixed up: they were shuffled, so they say nothing about
# the pictures.
# The last change concerns the two layers of D that make the score of one picture depend on the others. One D has no
# minibatch standard deviation. In another one, GroupNormalization takes the place of BatchNormalization: it computes a
# mean and a standard deviation within each picture, for each group of channels. And one D has both changes, so it
# judges one picture at a time. All have the same G and the same number of steps, and all but one have the same weight of R1.
#
# In the table, 1.00 means 100 %. "Worst" is the accuracy of the worst digit. Precision and recall are measured
# digit by digit and averaged, as above. Each number is the mean of three seeds, and the line below it gives the lowest
# and the highest of the three. The cell below the table shows what real digits get.

# %%
names = {
    "projection": "projection",
    "concatenation": "concatenation",
    "auxiliary": "auxiliary classifier",
    "no_r1": "projection, no R1",
    "group": "projection, GroupNormalization",
    "no_deviation": "projection, no minibatch deviation",
    "per_sample": "projection, one picture at a time",
    "mixed_up": "projection, labels mixed up",
}
columns = ("accuracy", "worst", "precision", "recall")
print(f"{'mean of three seeds':36}" + "".join(f"{column:>12}" for column in columns))
for name, title in names.items():
    found = [over_seeds(name, column) for column in columns]
    print(f"{title:36}" + "".join(f"{values.mean():12.2f}" for values in found))
    ranges = (f"{values.min():.2f}–{values.max():.2f}" for values in found)
    print(f"{'    lowest and highest':36}" + "".join(f"{both:>12}" for both in ranges))

# %%
claim("for comparison, accuracy of the judge for real digits", fair, above=0.92)
claim("precision of real digits", real_precision / 100, above=0.8)
claim("recall of real digits", real_recall / 100, above=0.8)

# %%
chosen = ("projection", "concatenation", "auxiliary", "group", "no_deviation", "per_sample", "mixed_up")
figure, axes = plt.subplots(8, 1, figsize=(7, 13.6), height_ratios=(1.05, *[2] * 7))
title = f"Real digits: accuracy {fair:.2f}, recall {real_recall / 100:.2f}"
plots.image_grid(one_each, title, columns=10, ax=axes[0])
for number, (ax, name) in enumerate(zip(axes[1:], chosen, strict=True), start=1):
    rows = shown[name][:, :2].swapaxes(0, 1).reshape(-1, *shape)
    accuracy, recall = (over_seeds(name, column).mean() for column in ("accuracy", "recall"))
    title = f"{number}. {names[name]}: accuracy {accuracy:.2f}, recall {recall:.2f}"
    plots.image_grid(rows, title, columns=10, generated=True, ax=ax)
figure.suptitle("Columns: 0 to 9; two of each digit asked for")
plt.show()

# %% [markdown]
# Look first at the D that judges "one picture at a time". Its G obeys: in practically every picture the judge sees the
# digit that was asked for. And yet: **accuracy 1.00, recall 0.00**. This is almost the generator that we imagined, with its
# drawer of ten pictures. Part 6 of the figure shows it: its two rows hold nearly the same ten pictures.
#
# Which of the two changed layers is to blame? In the row "GroupNormalization" only BatchNormalization has been replaced,
# and the minibatch standard deviation has stayed. This G obeys as well as that of the projection, and has about 70 % of its
# recall (0.30 instead of 0.42). (In part 4 of the figure neither picture of the 8 looks like an 8. But the table says that with each seed even the worst digit is right in 85 % of its pictures or more. So two pictures per digit are too few to judge by eye.) In the row "no minibatch deviation" it is the
# other way round: BatchNormalization has stayed, and the recall is only 0.03. So here variety needs the minibatch
# standard deviation, and BatchNormalization, which also mixes the pictures of a batch, cannot take its place.
#
# But the minibatch standard deviation alone is not enough: the row "no R1" has it, too, and its recall is 0.00. Nor is R1 alone enough: the rows
# without the minibatch standard deviation have R1, and their recall is 0.03 and 0.00. So the explanation of R1 that we
# gave above is at best half of the story. (One caution: the same weight of R1 does not mean the same penalty. A D that judges each picture alone pays only for its own slopes, and in the last section those were
# smaller than the slopes of the sum. The benchmark tries one weight only.) We keep R1 and the layer that compares the pictures, and live with a penalty that is not exactly R1.
#
# Concatenation obeys a little less than the projection, and has a little more recall. With three seeds and
# one setting this is no verdict for other data.
#
# With the auxiliary classifier G obeys in nearly every picture, more reliably than with the projection. But its mean
# recall is only 0.05: in most columns of the figure the two digits are much alike. The theory explains a part of it. The
# second output rewards pictures that are easy to name. It does not ask for all kinds of 7s. And where classes
# overlap, it pushes G away from the pictures that two classes share (Gong et al. 2019). But digits overlap little, so this alone can hardly explain so low a recall. Nobody searched for good settings for this GAN: it has those that suit
# the projection, and R1 limits the slope of D's score, but nothing limits that of its second output. So read its row as
# an example, and not as a verdict about AC-GANs.
#
# **D's classifier is no independent judge.** G is trained to please this classifier. How often G obeys has to
# be measured by a judge that took no part in the training.
#
# With labels mixed up, the recall is 0.90, even a little higher than that of real digits. Can that be variety? We
# mix up the labels of *real* digits and measure again:

# %%
mixture = np.random.default_rng(0).permutation(learned_labels)
mixed_precision, mixed_recall = by_class(learned, mixture)
claim("recall of real digits with labels mixed up", mixed_recall, above=75, unit="%")
claim("their precision", mixed_precision, above=10, below=40, unit="%")

# %% [markdown]
# Now most of the "7s" are other digits, and the recall is about as high as with the right labels. **Recall by class does
# not see labels that are mixed up at random.** The pictures of a mixture lie far apart. So the balls around them (lesson 07) are large, and
# cover most real 7s. The other columns of the table reveal the GAN with mixed labels: its accuracy is 0.11, and its
# precision 0.25. (The real digits with mixed labels have a low precision, too: the cell above printed it.) Recall alone can deceive, just as accuracy can: read it together with accuracy and precision.
#
# ## Two tests: a blind D, and labels that mean nothing
#
# Is it really the labels that make G obey? Two experiments check it.
#
# * **Blind**: G gets the label, D does not. This is exercise 1, now trained.
# * **Mixed up**: both get labels, but we have shuffled them, so the labels have nothing to do with the
#   pictures. If this GAN scored far above 10 %, there would be a mistake in our training or in our way of judging.
#
# Both train for only 500 steps. In the film above, most digits could be read by then.
#
# Guessing gives 10 %. **Predict before you run:** in what percentage of its pictures does the G of the blind D draw
# what was asked for? Is it clearly above 10 %, near 10 %, or clearly below?

# %%
# Your prediction, in percent:
prediction = None


# %%
def blind_discriminator():
    picture, label = keras.Input(shape), keras.Input((1,))
    nothing = 0.0 * label  # Keras wants each input to be connected to the output
    scores = networks.dcgan_discriminator(shape, filters=(16, 32))(picture)
    return keras.Model([picture, label], scores + nothing)


def new_generator():
    return conditional_generator(shape, filters=(48, 24))


blind = train(new_generator(), blind_discriminator(), learned_labels, steps=500)

# %%
shuffled = np.random.default_rng(0).permutation(learned_labels)
asking = conditional_discriminator(shape, filters=(16, 32))
mixed = train(new_generator(), asking, shuffled, steps=500)

# %%
orders = {"blind": order(blind)[1], "mixed up": order(mixed)[1]}
with answer(prediction):
    for (name, numbers), bound in zip(orders.items(), (40, 16), strict=True):
        claim(f"{name}: as asked for", 100 * np.mean(numbers == wanted), below=bound, unit="%")

# %% [markdown]
# Neither obeys. With a blind D, G may land above or below the 10 % of guessing; in this run it is clearly below. The
# two do not fail in the same way, as the next picture shows, again with one z per column and one label per row, 0 to 2.

# %%
figure, axes = plt.subplots(2, 1, figsize=(7, 5.9))
titles = {
    "blind D: the label decides, but not as asked": blind,
    "labels mixed up: the label decides almost nothing": mixed,
}
for ax, (title, model) in zip(axes, titles.items(), strict=True):
    rows = np.concatenate([with_label(model.generator, digit)[:8] for digit in range(3)])
    plots.image_grid(rows, title, columns=8, generated=True, ax=ax)
    name_rows(ax, range(3))
plt.show()


# %% [markdown]
# Under the blind D the label does change the picture, often even the digit: asked for a 0 or a 1, this G draws mostly 9s. Asked for a
# 2, it draws other shapes: some are like an 8, the sixth is a 0, and the last could even be a 2. But
# which label makes which digit is an accident, because D never compared the two. With labels mixed up, D does see the
# label. But among its training pictures every label comes with digits of all kinds, so there is nothing to check. The
# columns change little from row to row: G nearly ignores the label. (It does not ignore it fully: the second column is like a 0 in two rows, and like a 6 in the row of the 1.) The seventh column is a 1 in the row of the 1, as asked, but only because
# it is much like a 1 in the other two rows, too. (After 500 steps many pictures of both GANs are still unfinished. But their labels are what we look at.)
#
# ### Exercise 4: accuracy after the best renaming (about twenty minutes)
#
# The G of the blind D may have made a language of its own, in which "1" means a 9. Then its ordinary accuracy says
# nothing about how much the label decides. Write the accuracy after the **best renaming**. A renaming gives each label
# one digit, and each digit belongs to one label. The best one makes as many pictures right as possible. There are 3,628,800 renamings of ten
# digits, so trying them all is slow. Begin with a table that counts how often each digit came for each label; the hint names a function that
# finds the best renaming in it.


# %%
def renamed_accuracy(asked, judged, classes):
    """asked, judged: (n,) integers. Return the share that is right after the best renaming of the labels."""
    return ...


check.renamed_accuracy(renamed_accuracy)
# check.renamed_accuracy.hint()
# check.renamed_accuracy.solution()

# %% [markdown]
# A renaming is chosen *after* looking, so even pure guessing gains a little by it. For comparison we make
# guesses: we shuffle the digits that the judge saw, so each digit stays as frequent as it was, but has
# nothing to do with the label.

# %%
best = check.renamed_accuracy.answer
rng = np.random.default_rng(0)
for name, numbers in {"obedient": seen, **orders}.items():
    guesses = np.mean([best(wanted, rng.permutation(numbers), 10) for _ in range(20)])
    renamed = 100 * best(wanted, numbers, 10)
    gained = renamed - 100 * np.mean(numbers == wanted)
    bounds = {"obedient": {"below": 1}, "blind": {"above": 15}, "mixed up": {"below": 15}}[name]
    print(f"{name}: right after the best renaming ≈ {renamed:.1f} %")
    claim("    gained by the renaming", gained, **bounds, unit="points")
    claim("    guesses, after the best renaming", 100 * guesses, above=10, below=20, unit="%")

# %% [markdown]
# The obedient GAN gains nothing by a renaming. With labels mixed up, the renaming gives little more than it gives for guesses. (The difference need
# not be chance: a D may learn some single pictures by heart, together with their wrong labels.) But for the blind GAN, in this run, more than half of the pictures are now right, far more than for guesses.
# So its labels decide a good part of what is drawn, in a language of its own.
#
# <details><summary>Why a blind GAN may score far from 10 %, above or below</summary>
#
# Guesses are independent: each picture gets a new one. Over a thousand pictures, they come very near to 10 %. In a
# blind GAN the row for the label "0" is the same for all pictures, so this label can make certain digits often. Which
# ones is an accident of training. Take the extreme case: each label makes one digit, and the ten digits are a random
# *permutation*. Then each label that happens to meet its own digit is worth ten points, all at once. The number of
# such labels is 1 on average, so the average accuracy is 10 %. But more than a third of all permutations have no such
# label at all, and score 0 %.
#
# </details>
#
# Imagine a blind GAN in which each label always makes one and the same digit, and no two labels make the same one. Chance has decided which digit belongs to which label, so the ten digits
# are a random permutation of the labels. If no label meets its own digit, the accuracy is 0 %. For which share of all permutations is this so? We compute it exactly, and count it among random permutations:

# %%
from math import factorial

# Permutations that move every label (derangements), by inclusion and exclusion:
none_at_home = 100 * sum((-1) ** k / factorial(k) for k in range(11))
claim("permutations in which no label stays in place", none_at_home, near=36.8, within=0.1, unit="%")
drawn = np.mean([np.all(rng.permutation(10) != ten) for _ in range(20000)])
claim("the same, among 20,000 random permutations", 100 * drawn, above=35.5, below=38, unit="%")

# %% [markdown]
# ## Between two classes
#
# In training G has met only the ten labels. But inside G a label is a row of the table, and between two
# rows there are other points: (1 − t) · row₄ + t · row₉. (If the label were a number, the way from 4 to
# 9 would lead through 5, 6, 7 and 8.) Here are four walks with one z. Each goes in ten steps, so it has eleven pictures.
#
# **Predict before you run:** does the 4 fade out while the 9 fades in?

# %%
# Your prediction, "yes" or "no":
prediction = None

# %%
(label_table,) = gan.generator.get_layer("label").get_weights()  # (10, 16)


def on_the_way(z, first, second, t):
    """Pictures of each row of z, at the place t (one number, or one per row) from one class to another."""
    t = np.broadcast_to(t, len(z))[:, None]
    rows = (1 - t) * label_table[first] + t * label_table[second]
    inputs = np.concatenate([z, rows], axis=1).astype("float32")
    return keras.ops.convert_to_numpy(draw(inputs, training=False))


# %%
ways = ((4, 9), (3, 8), (1, 7), (6, 0))
same_z = np.tile(z[4], (11, 1))
walks = np.concatenate([on_the_way(same_z, *way, np.linspace(0, 1, 11)) for way in ways])
figure, ax = plt.subplots(figsize=(8, 3.3))
title = "One z: ten steps from one digit to the other"
plots.image_grid(walks, title, columns=11, generated=True, ax=ax)
name_rows(ax, [f"{first} to {second}" for first, second in ways])
plt.show()

# %% [markdown]
# <details><summary>Open the answer</summary>
#
# The 4 does not simply fade: its open top closes to a loop. The 3 closes into an 8; on the way there is some gray in the
# gaps at its left. In the 6 the upper side of the loop turns gray and goes away, while the outer stroke closes to the 0. The way from 1 to
# 7 is less smooth: the bar of the 7 appears out of gray.
#
# </details>
#
# Do the ways end where they should? We ask the judge, for 50 z:

# %%
ends = [(on_the_way(z[:50], *way, t), way[t]) for way in ways for t in (0, 1)]
arrived = np.mean([judge.predict(halved(pictures)) == digit for pictures, digit in ends])
claim("ends of the four ways that are the digit they should be", 100 * arrived, above=85, unit="%")


# %% [markdown]
# At nearly all ends the judge sees the digit that should be there. This tests that we compute the walks correctly, and no more: their ends are ordinary labels. For what lies between them there is no right answer.
#
# With the slider below the next picture you choose the place between 4 and 9 yourself, for ten z at once. (The slider
# needs a running kernel. The picture shows t = 0.5.) Halfway some
# are still open like a 4, and others are already closed like a 9.


# %%
def between(t):
    middle = on_the_way(z[3:13], 4, 9, t)
    title = f"t = {t:.2f} on the way from 4 (t = 0) to 9 (t = 1)"
    plots.image_grid(middle, title, columns=5, generated=True)
    plt.show()


between(0.5)

# %% tags=["interactive", "nbval-ignore-output"]
from ipywidgets import interact

_ = interact(between, t=(-0.5, 1.5, 0.05))

# %% [markdown]
# Try t below 0 and above 1, too. What would be *more* than a 4, or *more* than a 9?
#
# ## In color, on photographs
#
# `data.load("photo_digits")` puts our digits on patches of two photographs, as in MNIST-M (Ganin and Lempitsky 2015).
# Each color of a pixel is |patch − digit|, so a stroke shows the photograph's colors inverted. Now a picture has two
# parts that are chosen independently: the shape of a digit, and the patch behind it. The DCGAN of lesson 05 fails here, as the last row of the
# next figure shows. A larger GAN with the projection and R1 of this lesson draws all ten digits. Its networks have more units and
# filters than those above, and its z has 64 numbers. There are two more changes:
#
# * In each step the digits lie on new patches, so D cannot easily learn the patches by heart. (The GAN of the last row gets new patches, too.)
# * The learning rates fall from 10⁻³ to a twentieth of that, along a cosine.
#
# The training takes 6,000 steps of 32 pictures, and we want it three times, with three seeds. That is too long for a lesson, so we show stored
# pictures and numbers (`python -m benchmarks photo_digits` computes them anew). The pictures are the first ones of seed 0. A convolutional classifier judges them. It has learned from
# 1,000 digits that the GAN has not seen, on patches of the same photographs. The [Fréchet
# distance](glossary.md#frechet-distance) below is that between the judge's features of the pictures and of test pictures
# (lesson 07): smaller is better, and it cannot be compared with an FID. The "real pictures" of the table are training digits on the training parts of the photographs. The test pictures show other digits on other parts, so even for real pictures this distance is not 0.

# %%
photo_runs = results.load("photo_digits")
each_run = {(run["contender"], run["seed"]): run for run in photo_runs["runs"]}
drawn, before = each_run["recipe", 0], each_run["lesson_05", 0]
photos, names_of_photos = data.load("photo_digits")
two_each = np.stack([photos[names_of_photos == digit][:2] for digit in ten], axis=1)
lesson_05 = results.images(before["shown"], (28, 28, 3))[:10]
sheets = {
    "Real": two_each.reshape(-1, 28, 28, 3),
    "Drawn as asked for, 0 to 9 (seed 0)": results.images(drawn["shown"], (28, 28, 3))[:40],
    "The GAN of lesson 05: no labels, no R1, constant rates, smaller": lesson_05,
}
figure, axes = plt.subplots(3, 1, figsize=(7, 6.1), height_ratios=(2, 4, 1))
for ax, (title, sheet) in zip(axes, sheets.items(), strict=True):
    plots.image_grid(sheet, title, columns=10, generated=title != "Real", ax=ax)
plt.show()

# %% [markdown]
# Each column was asked for one digit. Most of the digits can be read at once: pink and white strokes on green and black,
# dark ones on white, and blue ones on orange. But in none of these pictures can one recognize the striped roof, and leaves become noise. On such a rough background a
# digit can drown, as the 2 and the 3 in the second row nearly do. And not each picture clearly shows what was asked for: the first 0 could also be a 9, the 9 at the end of the first row is more like a 4, and the 6 in the third row is no clear 6. These are the first pictures
# of seed 0, not the best ones.
#
# The last row shows what the GAN of lesson 05 makes after as many steps with such pictures. Nobody could ask it for a digit,
# so its columns mean nothing. It draws mostly fog, and several pictures are much alike. In hardly any of them can one guess a
# digit; the eighth may be an 8.
#
# Now the numbers of all three seeds. In the table, "confident" is the share of pictures to which the judge gives its answer with a
# probability above 0.9, and "rarest digit" is the share of the digit that the judge names least often. For real pictures, "as asked
# for" means: named as their label.

# %%
measures = {
    "right": "as asked for",
    "worst": "worst digit",
    "confident": "confident",
    "rarest": "rarest digit",
}
measures["frechet"] = "  Fréchet distance"
three = [run for (contender, _), run in each_run.items() if contender == "recipe"]
found = np.array([[run[measure] for measure in measures] for run in three])
real = photo_runs["about"]["real"]
table_rows = {"mean of three seeds": found.mean(axis=0)}
table_rows |= {"    smallest": found.min(axis=0), "    largest": found.max(axis=0)}
table_rows["real pictures"] = [real[measure] for measure in measures]
print(f"{'':20}" + "".join(f"{title:>14}" for title in measures.values()))
for title, (*shares, distance) in table_rows.items():
    print(f"{title:20}" + "".join(f"{100 * share:12.1f} %" for share in shares) + f"{distance:18.1f}")

# %%
least = dict(zip(measures, found.min(axis=0), strict=True))
for measure, bound in {"right": 90, "worst": 75, "confident": 65, "rarest": 7}.items():
    claim(f"{measures[measure]}, smallest of three seeds", 100 * least[measure], above=bound, unit="%")
claim("Fréchet distance, largest of three seeds", found[:, -1].max(), below=30)
claim("Fréchet distance, real pictures", real["frechet"], below=6)
claim("Fréchet distance, the GAN of lesson 05", before["frechet"], above=100)

# %% [markdown]
# The judge sees what was asked for about as often as it names a real picture correctly, with each of the three seeds. But this is a mean over
# ten digits, and other columns are less kind. The worst digit is right in 84 % to 88 % of its pictures, and the worst one of the real pictures in 89.4 %. (There are about 100 pictures per digit, so the difference between 88 % and 89.4 % is one or two pictures.) And the judge is less often confident: for 79.2 % of the drawn pictures on average, and for 87.7 % of the real ones.
# (No digit is missing. The rarest digit has a larger share here than among the real pictures. This is no merit: we asked for equally many of each digit, and the real digits are not equally frequent.)
#
# The Fréchet distance sees a difference, too: it is 17.2 to 19.5, about four times as large as that of real pictures.
# But for the GAN of lesson 05 it is far larger still.
#
# The three seeds give similar numbers. The settings were chosen with yet another seed. The GAN of lesson 05 was trained with
# one seed only. And the comparison with it does not say which of our changes helped most: the GAN of lesson 05 has no labels, no R1, constant
# learning rates, and smaller networks.
#
# ## Open experiment: a D that judges one picture at a time
#
# Our program computes exactly the R1 of the formula only if D judges each picture alone. In our table the G of such a D
# has no variety. Can you change that? Build such a D, train a GAN with it on `learned` for at most 1,000 steps, and
# beat the recall of the benchmark's projection, with an accuracy of 95 % or more. Use the mean of three seeds for both
# numbers, since one seed may be lucky. (Call `keras.utils.set_random_seed(seed)` before you build the two networks, and
# hand the same seed to `train(..., seed=seed)`. The accuracy of the projection was 95.2 % with its worst seed.) Some ideas:
# spectral normalization, another weight of R1, noise on D's input, more steps of D, another learning rate, a smaller D.
# (Our `train` has a fixed R1 and fixed learning rates. To change them, copy it and change the line with `compile`.)
# The function `order` above draws the pictures and lets the judge name them, and `by_class` measures precision and recall.

# %%
number_to_beat = 100 * over_seeds("projection", "recall").mean()
claim("recall to beat, mean of three seeds", number_to_beat, near=41.6, within=0.1, unit="%")
alone = 100 * over_seeds("per_sample", "recall").mean()
claim("recall of the D that judges one picture at a time", alone, near=0, within=0.1, unit="%")

# %% [markdown]
# ## What can go wrong
#
# | you see | likely cause | test | remedy |
# |---|---|---|---|
# | fine digits, but not the ones asked for | only G gets the label | accuracy far below that of real digits, but much higher after the best renaming; look at what D gets, as an input or as the right answer of a second output | D must see it, too |
# | the same, and D does see labels | labels and pictures are out of step: one was shuffled without the other | draw ten training pictures with their labels | keep the two together in `fit(images, labels)` |
# | the same, with loops of your own | fakes are shown to D with other labels than those they were asked for | print the labels that G and D get | one `y` for G's input and for D's |
# | 4 looks like a mix of 3 and 5 (we have not tried it here) | the label is one number | the shape of G's input | an embedding, or one-hot |
# | all pictures of a class are alike | [mode collapse](glossary.md#mode-collapse) within the class | recall by class | R1, a D that compares the batch, more data |
# | 99 % accuracy, and one class is bad | a mean over classes of unequal size | accuracy by class | report the worst one, too |
# | an accuracy above that of real pictures | the judge learned from the GAN's training pictures; or G draws only easy pictures | a judge with a pile of its own; recall by class | independent data, and the judge's score on real pictures beside it |
# | `Invalid labels. Expected integers from 0 to 9 …` | labels from 1 to 10, or of classes the table has no row for | `np.unique(labels)` | number them from 0 |
#
# ## Summary in five lines
#
# 1. A conditional GAN learns P(x | y): the label goes into G, which has to obey, and D checks that the pair fits.
# 2. A D that does not see the label accepts perfect pictures of the wrong class. Then it is an accident which
#    digit a label makes.
# 3. A class is a row of a table that is trained; in D the projection adds v_y · f(x) to the score.
# 4. Accuracy by an independent judge says whether G obeys, and a run with labels mixed up says whether to
#    believe it. Neither sees variety: for this there is recall by class, read together with accuracy.
# 5. The label says what to draw, and z says how. With the same z, the pictures of all classes share a part of their style. A point between two rows of the table gives a picture, too, often one between the two classes.
#
# ## References
#
# * M. Mirza, S. Osindero, [Conditional generative adversarial nets](https://arxiv.org/abs/1411.1784), 2014.
# * T. Miyato, M. Koyama, [cGANs with projection discriminator](https://arxiv.org/abs/1802.05637), ICLR 2018: the
#   projection, and why; conditional batch normalization in G.
# * A. Odena, C. Olah, J. Shlens, [Conditional image synthesis with auxiliary classifier
#   GANs](https://arxiv.org/abs/1610.09585), ICML 2017: D names the class; accuracy and variety of classes.
# * M. Gong, Y. Xu, C. Li, K. Zhang, K. Batmanghelich, [Twin auxiliary classifiers
#   GAN](https://arxiv.org/abs/1907.02690), NeurIPS 2019: why the classes of an AC-GAN lose variety.
# * L. Mescheder, A. Geiger, S. Nowozin, [Which training methods for GANs do actually
#   converge?](https://arxiv.org/abs/1801.04406), ICML 2018: R1, and the theorem about it.
# * T. Karras, S. Laine, M. Aittala, J. Hellsten, J. Lehtinen, T. Aila, [Analyzing and improving the image
#   quality of StyleGAN](https://arxiv.org/abs/1912.04958), CVPR 2020: R1 with a minibatch standard
#   deviation.
# * S. Ravuri, O. Vinyals, [Classification accuracy score for conditional generative
#   models](https://arxiv.org/abs/1905.10887), NeurIPS 2019: the other way round, a classifier learns from
#   what G draws and is tested on real pictures.
# * Y. Ganin, V. Lempitsky, [Unsupervised domain adaptation by backpropagation](https://arxiv.org/abs/1409.7495), ICML
#   2015: MNIST-M, digits on photographs.
#
# **Next lesson:** [11 · Models with a likelihood](11_models_with_a_likelihood.ipynb): models that say how probable a picture is.
