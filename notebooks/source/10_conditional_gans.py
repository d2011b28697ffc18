# ---
# jupyter:
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
# * put a label into both networks, and train them;
# * measure whether a generator draws what it was asked for, and what that number does not see;
# * keep the style and change the class, and walk from one class to another.
#
# It takes about 45 minutes to read; its cells run in about 60 seconds on two CPU cores. You should know the
# DCGAN of [lesson 05](05_gans_for_images.ipynb), and precision and recall from [lesson
# 07](07_measuring_a_gan.ipynb).

# %% tags=["nbval-ignore-output"]
# Where the course package is missing, on Colab for example, this cell installs it first.
import importlib.util

if importlib.util.find_spec("gan_course") is None:
    print("Installing gan_course from https://github.com/gan-course/gan-course")
    # %pip install --quiet git+https://github.com/gan-course/gan-course

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import ListedColormap

from gan_course import data, metrics, networks, plots, runtime
from gan_course.checks import lesson_10 as check
from gan_course.claims import claim

plots.use_style()
print(runtime.configure(seed=0))

# %% [markdown]
# ## A 7, please
#
# The GAN of lesson 05 draws digits. Which one comes next, nobody can say: noise in, some digit out. If you want
# a 7, you draw until one comes, ten times on average, and you need somebody who can tell a 7.
#
# In the words of lesson 01: G has learned P(x), pictures of any kind. What we want is **P(x | y)**, pictures of
# the kind y. All that it takes is the label y of each training picture, and we have had those all the time:

# %%
images, labels = data.load("digits")
unseen, unseen_labels = data.load("digits", split="test")
half = len(images) // 2
learned, learned_labels = images[:half], labels[:half]  # for the GANs
judged_by, judged_by_labels = images[half:], labels[half:]  # for the judge
shape = images.shape[1:]
print(f"{len(learned)} for the GANs, {len(judged_by)} for the judge, {len(unseen)} for neither")

# %% [markdown]
# Why three piles? At the end a classifier will say which digits were drawn. If it had learned from the same
# pictures as the GAN, the two would have the same odd 4s in their memory, and it would nod at each of them. A judge should
# not be a relative. So ours gets pictures of its own, and a third pile tests it before it may judge.

# %%
from sklearn.svm import SVC


def flat(pictures):
    return pictures.reshape(len(pictures), -1)


judge = SVC(C=10, gamma=0.05).fit(flat(judged_by), judged_by_labels)
print(f"real digits that the judge names correctly: {judge.score(flat(unseen), unseen_labels):.1%}")

# %% [markdown]
# A support vector machine: no network at all, so that it is less likely to share D's weaknesses. It is wrong now
# and then, and that bounds what it can tell us: on ordinary digits, a score of 98 % means "as good as real".
#
# ## The objective, with labels
#
# Mirza and Osindero (2014) put the label into both players and changed nothing else:
#
# $$V(D, G) = \mathbb E_{x, y}\big[\log D(x, y)\big] + \mathbb E_{z, y}\big[\log(1 - D(G(z, y),\, y))\big].$$
#
# Read it as a rule of the game. A real picture comes with its label. A generated one comes with the label
# **that was asked for**. D says whether *the pair* is real. For each pair it is the question of lesson 02, so
# the best answer is, too:
#
# $$D^*(x, y) = \frac{p_{data}(x, y)}{p_{data}(x, y) + p_{model}(x, y)}.$$
#
# With equally many labels on both sides, at equilibrium p_model(x | y) = p_data(x | y), for every label:
# exactly what we want.
#
# ### Exercise 1: what if D does not see the label?
#
# Suppose that only G gets it. Such a D meets all pictures in one pile, whatever their label. Write its best
# answers. `real[x, y]` is the probability of picture x with label y in the data, `made[x, y]` that in what G
# makes.


# %%
def blind_best(real, made):
    """real, made: arrays (pictures, labels), each sums to 1. Return (pictures,): the best D(x)."""
    return ...


check.blind_best(blind_best)
# check.blind_best.hint()
# check.blind_best.solution()

# %% [markdown]
# Now a malicious generator. There are three pictures, a 1, a 4 and a 7, with a label each, and G draws all
# three perfectly. But whoever asks for a 1 gets a 4, whoever asks for a 4 gets a 7, and whoever asks for a 7
# gets a 1. **Predict before you run:** what do the two best discriminators say to it?

# %%
real = np.eye(3) / 3  # each picture with its own label
made = np.roll(real, 1, axis=0)  # each with another one's
with np.errstate(invalid="ignore"):  # pairs that never occur: 0 / 0
    seeing = real / (real + made)
blind = real.sum(axis=1) / (real.sum(axis=1) + made.sum(axis=1))
print("D that sees the label, pairs that are real:     ", seeing[real > 0])
print("D that sees the label, pairs that are generated:", seeing[made > 0])
print("D that does not:                                ", blind)

# %% [markdown]
# To the blind D this generator is perfect: ½ everywhere, equilibrium, nothing left to learn. **No training against this D can teach G to obey: somebody
# has to check.** The one that sees the label tells all pairs apart at once.
#
# ## How does one write a label?
#
# A network takes numbers. A label *is* a number, from 0 to 9, so why not hand it over as it is? Because numbers
# have an order and distances, and digits do not: 3 would lie between 2 and 4, and 0 and 9 farthest apart. The
# network would have to unlearn that.
#
# *One-hot* has no order: ten numbers, one of them 1. Multiplied by a matrix, it picks a row:

# %%
table = np.random.default_rng(0).normal(size=(10, 4))
one_hot = np.eye(10)[[7, 2, 7]]
off = np.abs(one_hot @ table - table[[7, 2, 7]]).max()
claim("largest difference between one-hot @ table and rows 7, 2, 7", off)

# %% [markdown]
# So we leave the zeros out, and look the row up: an *embedding*, a table with one row a class, whose rows are
# trained like all other weights. To G the row comes as more noise would, beside z; the rest is lesson 05's
# DCGAN.

# %%
import keras
from keras import layers

noise, asked = keras.Input((32,)), keras.Input((), dtype="int32")
like_noise = keras.initializers.RandomNormal(stddev=1.0)  # a label as loud as the noise
row = layers.Embedding(10, 16, embeddings_initializer=like_noise, name="label")(asked)
draw = networks.dcgan_generator(shape, latent_dim=32 + 16)
generator = keras.Model([noise, asked], draw(layers.Concatenate()([noise, row])))
print(generator.input_shape, "becomes", generator.output_shape)

# %% [markdown]
# D could take the row in the same way, as one more channel of the picture, for example. There is something
# better. Take the best score, the log of the ratio of the two densities (lesson 02), and take it apart:
#
# $$\log\frac{p_{data}(x, y)}{p_{model}(x, y)} = \underbrace{\log\frac{p_{data}(x)}{p_{model}(x)}}_{\text{is } x \text{ real?}}
# + \underbrace{\log\frac{p_{data}(y \mid x)}{p_{model}(y \mid x)}}_{\text{does } x \text{ fit its label?}}$$
#
# The first part does not know of y: that is the D we have, w · f + b, with f the 128 features before its last
# layer. The second part compares two *classifiers*. The log-probability that a linear one gives class y is v_y ·
# f, a row for each class, minus a number that is the same for all classes. So the difference of two is some v_y · f
# again, and what does not know of y goes to the first part. So Miyato and Koyama (2018) added just that, and called it the **projection**
# discriminator:
#
# $$\text{score}(x, y) = w \cdot f(x) + b + v_y \cdot f(x).$$
#
# ### Exercise 2: the projection
#
# Write the scores of a batch. `kernel` is w, `table` has the rows v_y.


# %%
def projection_scores(features, labels, kernel, bias, table):
    """features: (n, f). labels: (n,) integers. kernel: (f,). table: (classes, f). Return (n,)."""
    return ...


check.projection_scores(projection_scores)
# check.projection_scores.hint()
# check.projection_scores.solution()

# %% [markdown]
# In Keras it is one more table and one dot product:

# %%
plain = networks.dcgan_discriminator(shape)
*_, last = plain.layers
look = keras.Model(plain.inputs[0], last.input)  # all but the last layer

picture, label = keras.Input(shape), keras.Input((), dtype="int32")
features = look(picture)
rows = layers.Embedding(10, features.shape[1])(label)
fits = layers.Dot(axes=1)([rows, features])
discriminator = keras.Model([picture, label], layers.Add()([last(features), fits]))
print(discriminator.input_shape, "becomes", discriminator.output_shape)

# %% [markdown]
# The package has the same two, so that you need not write them out again. With the same weights they do the
# same:

# %%
from gan_course.variants.conditional import conditional_discriminator, conditional_generator


def gap(ours, twin, *inputs):
    """Largest difference of what two networks make of the same inputs, with the same weights."""
    twin.set_weights(ours.get_weights())
    a, b = (keras.ops.convert_to_numpy(network([*inputs], training=False)) for network in (ours, twin))
    return np.abs(a - b).max()


z = np.random.default_rng(1).normal(size=(10, 32)).astype("float32")
g_gap = gap(generator, conditional_generator(shape), z, np.arange(10))
d_gap = gap(discriminator, conditional_discriminator(shape), images[:10], labels[:10])
claim("largest difference between the two generators' pictures", g_gap, below=1e-6)
claim("largest difference between the two discriminators' scores", d_gap, below=1e-5)

# %% [markdown]
# ## Training
#
# `GAN` sees that the networks take two inputs, and wants labels: `fit(images, labels)`, `generate(count,
# labels=...)`. In each step the labels of the real pictures in the batch serve three times: beside the real
# pictures, as what G is asked for, and beside what G then makes. One more thing: D pays a fine for its slope,
# R1 (lesson 06). Why, we will see when we leave it out.
#
# We watch ten pictures grow, from one and the same noise, asked for as 0 to 9.

# %%
from gan_course.callbacks import SampleGrid
from gan_course.gan import GAN


def train(generator, discriminator, labels, steps, r1_weight=1.0, callbacks=()):
    gan = GAN(generator, discriminator, seed=0)
    gan.compile(r1_weight=r1_weight)
    pictures = np.resize(learned, (16 * steps, *shape))  # over and over, 16 a step
    gan.fit(pictures, np.resize(labels, 16 * steps), verbose=0, callbacks=[*callbacks])
    return gan


ten = np.arange(10)

# %% tags=["nbval-ignore-output"]
grid = SampleGrid(10, every=500, labels=ten, columns=10)
gan = train(generator, discriminator, learned_labels, steps=1500, callbacks=[grid])

# %% [markdown]
# After 500 steps most places hold something like their digit, and from then on it is refined. At 8 × 8 pixels, and
# with one z, it is hard to be sure by eye. So let us measure.
#
# ## Does it draw what it is asked for?
#
# We ask for a hundred of each digit, and the judge says what it sees. **Predict before you run:** which digits
# will it take for which others?

# %%
wanted = np.repeat(ten, 100)


def order(gan):
    """A hundred pictures of each digit, and what the judge takes them for."""
    pictures = gan.generate(len(wanted), seed=1, labels=wanted)
    return pictures, judge.predict(flat(pictures))


pictures, seen = order(gan)
right = np.array([(seen[wanted == digit] == digit).mean() for digit in ten])
claim("as asked for, of all pictures", 100 * right.mean(), above=95, unit="%")
claim("as asked for, of the worst digit", 100 * right.min(), above=85, unit="%")

# %% tags=["nbval-ignore-output"]
confusion = np.zeros((10, 10), int)
np.add.at(confusion, (wanted, seen), 1)
figure, ax = plt.subplots(figsize=(5.4, 4.8))
shades = ListedColormap(plt.get_cmap("Greens")(np.linspace(0, 0.7, 64)))
ax.imshow(confusion, cmap=shades, vmin=0, vmax=100)
for (i, j), number in np.ndenumerate(confusion):
    ax.text(j, i, number or "", ha="center", va="center", fontsize=9)
ax.set(xticks=ten, yticks=ten, xlabel="digit that the judge sees", ylabel="digit asked for")
ax.set_title("Of 100 asked for, nearly all are right")
plt.show()

# %% [markdown]
# Nearly all of it sits on the diagonal. The score may even be *above* the judge's own on real digits. That need be no
# miracle: a G that draws the middle of a class more often than its odd edges spares the judge the hard cases. Which should make us
# suspicious, and we will come back to it.
#
# ### Exercise 3: accuracy of each class
#
# Nobody has to ask for equally many of each. Suppose that 990 ones and 10 eights were asked for, and all eights
# failed: 99 % accuracy! Write the accuracy of each class by itself.


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
# If the label says *what*, what is left for z to say? **Predict before you run:** here each column has one z,
# and each row one label. What do the pictures of a column have in common?

# %%
z = np.random.default_rng(5).normal(size=(100, 32)).astype("float32")


def with_label(generator, digit):
    numbers = np.full(len(z), digit)
    return keras.ops.convert_to_numpy(generator([z, numbers], training=False))


sheet = np.stack([with_label(gan.generator, digit) for digit in ten])  # (10 labels, 100 z, 8, 8, 1)
plots.image_grid(
    sheet[:, :12].reshape(-1, *shape), "a row: one label; a column: one z", columns=12, generated=True
)
plt.show()

# %% [markdown]
# Columns have a *style*: some are bold, some thin, some wide, in whatever digit. Nobody has told G about
# boldness. It was left over once the digit was said, and all ten digits go through the same weights. We can check it
# with what is easiest to measure, ink: is a z that makes a bold 3 also one that makes a bold 5?

# %%
ink = sheet.mean(axis=(2, 3, 4))  # (10 labels, 100 z)
pairs = np.corrcoef(ink)[np.triu_indices(10, 1)]
claim("mean correlation of the ink of two digits", pairs.mean(), above=0.2)

# %% [markdown]
# ## One perfect picture of each?
#
# Here is a generator that would score 100 %: it keeps ten pictures in a drawer, and hands out the one that is
# asked for. The judge looks at one picture at a time, so it would never know. **Accuracy does not see
# variety**. Do our hundred 7s differ? And was the fine on D's slope worth its price? We train the same GAN
# without it.
#
# **Predict before you run:** which of the two has the higher accuracy?

# %%
careless = train(
    conditional_generator(shape),
    conditional_discriminator(shape),
    learned_labels,
    steps=1500,
    r1_weight=0,
)
same_pictures, same_seen = order(careless)
claim("as asked for, without the fine", 100 * (same_seen == wanted).mean(), above=95, unit="%")

# %%
figure, axes = plt.subplots(3, 1, figsize=(9, 3.4))
plots.image_grid(unseen[unseen_labels == 7][:12], "real 7s", columns=12, ax=axes[0])
plots.image_grid(pictures[wanted == 7][:12], "7s, with R1", columns=12, generated=True, ax=axes[1])
plots.image_grid(same_pictures[wanted == 7][:12], "7s, without", columns=12, generated=True, ax=axes[2])
plt.show()

# %% [markdown]
# Line by line they are all 7s. But in the last line they look like copies of each other. Recall (lesson 07)
# puts a number to it: which share of real 7s, never seen in training, lies among the generated 7s? We take it
# class by class, 66 pictures of each (the rarest class has no more to learn from), in the features of a small network
# that has learned from the judge's pile.

# %%
eye = metrics.feature_classifier(judged_by, judged_by_labels)


def by_class(pictures, numbers):
    """Precision and recall of pictures against the unseen ones of the same class, means over classes."""
    pairs = [
        metrics.precision_recall(
            eye.features(unseen[unseen_labels == digit]), eye.features(pictures[numbers == digit][:66])
        )
        for digit in ten
    ]
    return np.mean(pairs, axis=0)


# %%
table = {
    "real pictures": by_class(learned, learned_labels),
    "with R1": by_class(pictures, wanted),
    "without R1": by_class(same_pictures, wanted),
}
claim(
    "recall without R1, as a share of that with it",
    table["without R1"][1] / table["with R1"][1],
    below=0.5,
)

# %% tags=["nbval-ignore-output"]
accuracies = {"with R1": right.mean(), "without R1": (same_seen == wanted).mean()}
print(f"{'':15}{'accuracy':>10}{'precision':>11}{'recall':>8}")
for name, (precision, recall) in table.items():
    accuracy = f"{accuracies[name]:.3f}" if name in accuracies else ""
    print(f"{name:15}{accuracy:>10}{precision:11.2f}{recall:8.2f}")

# %% [markdown]
# Equally obedient, and one of them has almost nothing to say. By accuracy and by precision you would never have
# known. It is mode collapse (lesson 06) once more, this time *within* each class, where a count of the digits
# does not see it.
#
# Why does it happen here? Labels make D's work easier: some 72 pictures a class are soon known by heart. And
# its look at the batch (lesson 05) compares pictures of all classes, so ten different pictures, one of each,
# look varied enough. The fine makes D pay for steep walls around single pictures. That is a
# likely story, not a proof; the numbers in the table are the fact. And even with the fine we are not at the top: look
# at the recall of real pictures.
#
# ## When nobody checks, and when there is nothing to check
#
# Two experiments to be sure that it is the labels that did it.
#
# * **Blind**: G gets the label, D does not: exercise 1, now trained.
# * **Mixed up**: both get labels, but we have shuffled them, so that each picture has somebody else's. There is nothing to learn
#   from them. If our GAN still scored 95 %, we would know that something is wrong with the judging, and not with the GAN.
#
# **Predict before you run** both accuracies.


# %%
def blind_discriminator():
    picture, label = keras.Input(shape), keras.Input((1,))
    nothing = 0.0 * label  # Keras wants to see every input used
    return keras.Model([picture, label], networks.dcgan_discriminator(shape)(picture) + nothing)


shuffled = np.random.default_rng(0).permutation(learned_labels)
blind = train(conditional_generator(shape), blind_discriminator(), learned_labels, steps=1500)
mixed = train(conditional_generator(shape), conditional_discriminator(shape), shuffled, steps=1500)
orders = {"blind": order(blind), "mixed up": order(mixed)}
obeyed = {name: (numbers == wanted).mean() for name, (_, numbers) in orders.items()}
claim("blind: as asked for", 100 * obeyed["blind"], below=50, unit="%")
claim("mixed up: as asked for", 100 * obeyed["mixed up"], below=30, unit="%")

# %% tags=["nbval-ignore-output"]
results = {"as it should be": right.mean()} | obeyed
shares = [100 * share for share in results.values()]
figure, ax = plt.subplots(figsize=(7, 2.4))
ax.barh([*results], shares, color=plots.GENERATED)
ax.axvline(10, color=plots.REAL, ls=":")
ax.set(
    xlabel="% as asked for",
    xlim=(0, 100),
    title="No check, or nothing to check: G guesses; dotted: chance",
)
ax.invert_yaxis()
for place, share in enumerate(shares):
    ax.text(min(share + 1, 91), place, f"{share:.1f}", va="center")
plt.show()

# %% [markdown]
# Neither obeys. But they are not the same failure, as the next picture shows: again one z a column, and
# the labels 0 to 4, one a row.

# %%
figure, axes = plt.subplots(1, 2, figsize=(10, 3.4))
for ax, (name, model) in zip(axes, {"blind D": blind, "labels mixed up": mixed}.items(), strict=True):
    rows = np.concatenate([with_label(model.generator, digit)[:9] for digit in range(5)])
    plots.image_grid(rows, f"{name}: asked for 0 to 4, one a row", columns=9, generated=True, ax=ax)
plt.show()

# %% [markdown]
# The blind D never asked about labels, so to G the row of the table is more noise. It does change the picture,
# often even the digit, but which label makes which digit is an accident. (By luck a label may meet its own digit: each that
# does adds up to ten points, so this GAN may come out above chance.) With labels mixed up, D does ask, and the honest
# answer is that every label has pictures of all kinds: a column stays much the same from row to row. That is
# our negative control: the judge does not hand out good marks of its own accord.
#
# The blind GAN is also what we had before this lesson, a GAN without labels in all but name. Each time it
# draws, the digit is left to chance, at best fair chance; a GAN that obeys has that decided by us:

# %%
_, free = orders["blind"]
kl = {"free": metrics.reverse_kl(free, 10), "asked": metrics.reverse_kl(seen, 10)}
claim(
    "KL from equal shares where we ask, as a share of that where it is free",
    kl["asked"] / kl["free"],
    below=1,
)

# %% tags=["nbval-ignore-output"]
for name, numbers in (("free", free), ("asked", seen)):
    print(f"{name:6} {np.bincount(numbers, minlength=10)}  KL from equal shares {kl[name]:.4f}")
fair = np.random.default_rng(0).integers(0, 10, (200, len(wanted)))
by_chance = np.mean([metrics.reverse_kl(dice, 10) for dice in fair])
print(f"fair dice, {len(wanted)} throws, on average:                      KL {by_chance:.4f}")

# %% [markdown]
# On ten digits, all equally frequent, that is a small gain, not far from what fair dice would lose. Where a class is rare, a
# free GAN may leave it out and lose little. One with labels can be asked for it as often as we like. Whether what
# comes is good is another question: it met that label just as rarely.
#
# ## Between two classes
#
# G has never seen a label but these ten. Inside, though, a label is a row of the table, and between two rows
# there is room.
#
# ### Exercise 4: a label in between
#
# Write the row at t on the straight way from one class to another.


# %%
def between(table, first, second, t):
    """table: (classes, size). first, second: integers. t: from 0, at first, to 1, at second."""
    return ...


check.between(between)
# check.between.hint()
# check.between.solution()

# %% [markdown]
# (Had we handed the label over as a number, the way from 4 to 9 would lead through 5, 6, 7 and 8.) Four walks
# with one z, eleven stops each. **Predict before you run:** does the 4 fade out while the 9 fades in?

# %%
(label_table,) = gan.generator.get_layer("label").get_weights()  # (10, 16)
stops = np.linspace(0, 1, 11)


def walk(z, first, second, stops=stops):
    """Pictures from one noise vector, on the way from one class to another."""
    rows = [(1 - t) * label_table[first] + t * label_table[second] for t in stops]
    inputs = np.concatenate([np.tile(z, (len(stops), 1)), rows], axis=1)
    return keras.ops.convert_to_numpy(draw(inputs, training=False))


# %%
ways = ((4, 9), (3, 8), (1, 7), (6, 0))
films = [walk(z[2], *way) for way in ways]
title = "one z, from 4 to 9, from 3 to 8, from 1 to 7, from 6 to 0"
plots.image_grid(np.concatenate(films), title, columns=11, generated=True)
plt.show()
ends = [judge.predict(flat(np.concatenate([walk(v, *way)[[0, -1]] for v in z[:50]]))) for way in ways]
arrived = np.mean([numbers.reshape(-1, 2) == way for numbers, way in zip(ends, ways, strict=True)])
claim(
    "ends of the ways, over 50 z, that are the digit they should be", 100 * arrived, above=90, unit="%"
)

# %% [markdown]
# In part it does. At 8 × 8 a stroke can hardly move by less than itself, so single pixels do pass through gray. But it
# is no mere cross-fade: in between are outlines that neither end has; look at the way from 1 to 7. Somewhere in the
# middle is a picture that is both or neither, and nobody ever asked for one in training. Here is the way from 4 to 9 as a film, for sixteen z at once:

# %%
path = np.linspace(0, 1, 13)
reels = np.stack([walk(v, 4, 9, path) for v in z[:16]])  # (16 z, 13 stops, 8, 8, 1)


def show(i, ax):
    plots.image_grid(reels[:, i], f"{1 - path[i]:.0%} a 4, {path[i]:.0%} a 9", generated=True, ax=ax)


plots.film(show, len(path), size=(7.0, 2.6))

# %% [markdown]
# ## What can go wrong
#
# | you see | likely cause | test | remedy |
# |---|---|---|---|
# | fine digits, but not the ones asked for | only G gets the label | accuracy at chance; D's inputs | D must see it, too |
# | the same, and D does see labels | labels and pictures are out of step: shuffled, or sorted, one without the other | draw ten training pictures with their labels | keep the two together in `fit(images, labels)` |
# | the same, with loops of your own | fakes are shown to D with labels other than those they were asked for | print both | one `y` for G's input and for D's |
# | 4 looks like a mix of 3 and 5 | the label is one number | the shape of G's input | an embedding, or one-hot |
# | each class is one picture | collapse within the classes | recall by class | R1, fewer steps, more data; and look |
# | 99 % accuracy, and a class is bad | a mean over classes of unequal size | accuracy by class | report the worst one, too |
# | a wonderful accuracy | the judge learned from the GAN's pictures | a judge with a pile of its own | independent data, and the judge's own score beside it |
# | `Invalid labels. Expected integers from 0 to 9 …` | labels from 1 to 10, or of classes the table has no row for | `np.unique(labels)` | number them from 0 |
#
# ## Summary in five lines
#
# 1. A conditional GAN learns P(x | y): the label goes into G, which has to obey, and into D, which checks.
# 2. A D that does not see the label is content with perfect pictures of the wrong kind; then G treats the label as
#    noise.
# 3. A class is a row of a table that is trained; in D the projection adds v_y · f(x), a linear classifier, to the score.
# 4. Accuracy by an independent judge says whether G obeys, and a run with labels mixed up says whether to believe it;
#    neither sees variety, for which there is recall by class.
# 5. Once the label says what, z says how: style is shared by the classes in part, and between two rows of the table there are ways.
#
# ## References
#
# * M. Mirza, S. Osindero, [Conditional generative adversarial nets](https://arxiv.org/abs/1411.1784), 2014.
# * T. Miyato, M. Koyama, [cGANs with projection discriminator](https://arxiv.org/abs/1802.05637), ICLR 2018: the
#   projection, and why.
# * A. Odena, C. Olah, J. Shlens, [Conditional image synthesis with auxiliary classifier
#   GANs](https://arxiv.org/abs/1610.09585), ICML 2017: another way, D names the class; accuracy and variety of classes.
# * L. Mescheder, A. Geiger, S. Nowozin, [Which training methods for GANs do actually
#   converge?](https://arxiv.org/abs/1801.04406), ICML 2018: R1.
# * S. Ravuri, O. Vinyals, [Classification accuracy score for conditional generative
#   models](https://arxiv.org/abs/1905.10887), NeurIPS 2019: turn it round, and train the judge on what G draws.
#
# **Next lesson:** [11 · The generative family](11_the_generative_family.ipynb)
