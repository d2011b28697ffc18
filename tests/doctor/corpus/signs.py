"""The signs by which a test knows, without the doctor, that a patient really has its illness.

A sign is a function from a `Course` to a truth value. Functions that make signs say so.
"""

from dataclasses import dataclass

import numpy as np
from keras import ops
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from .registry import Patient
from .spy import Spy, watching


@dataclass
class Course:
    """What is known of a patient after its training.

    Attributes:
        patient: the `Patient`.
        before: the weights before training: dictionary with lists of arrays for "generator" and "discriminator".
        after: the same after training.
        spy: the `Spy` that watched the training.
    """

    patient: Patient
    before: dict[str, list[np.ndarray]]
    after: dict[str, list[np.ndarray]]
    spy: Spy


def follow(patient):
    """Train a patient, and return its `Course`."""
    before = weights(patient)
    with watching(patient) as spy:
        patient.train()
    return Course(patient, before, weights(patient), spy)


# Measurements


def weights(patient):
    """Copies of both players' weights, whether they are frozen or not, without the states of random generators."""
    return {
        name: [np.array(ops.convert_to_numpy(w)) for w in getattr(patient, name).weights if "seed" not in w.path]
        for name in ("generator", "discriminator")
    }


def samples(patient, count=256, seed=1, training=False):
    """Samples `(count, ...)` of the generator, for standard normal noise."""
    if patient.sample is not None:
        return np.asarray(ops.convert_to_numpy(patient.sample(count)))
    z = np.random.RandomState(seed).normal(size=(count, patient.latent_dim)).astype("float32")
    return ops.convert_to_numpy(patient.generator(z, training=training))


def scores(patient, x, training=False):
    """What the discriminator says, `(count,)`. With labels as second input, the first ones are given."""
    inputs = np.asarray(x, "float32")
    if patient.labels is not None:
        inputs = [inputs, patient.labels[: len(inputs)]]
    d, flag = patient.discriminator, patient.discriminator.trainable
    d.trainable = flag or training  # a frozen BatchNormalization would run in inference mode
    found = ops.convert_to_numpy(d(inputs, training=training)).reshape(len(x), -1).mean(1)
    d.trainable = flag
    return found


def movement(course, player):
    """How far a player moved, relative to the norm of its weights."""
    pairs = list(zip(course.before[player], course.after[player], strict=True))
    moved = sum(np.sum((after.astype("float64") - before) ** 2) for before, after in pairs)
    return float(np.sqrt(moved / sum(np.sum(before.astype("float64") ** 2) for before, _ in pairs)))


def distances(x, y):
    """Euclidean distances `(len(x), len(y))`."""
    x, y = (np.asarray(array, "float64").reshape(len(array), -1) for array in (x, y))
    squared = np.sum(x**2, 1)[:, None] + np.sum(y**2, 1) - 2 * x @ y.T
    return np.sqrt(np.maximum(squared, 0))


def spread(x):
    """Mean distance of two different samples, of at most 256."""
    x = x[:256]
    return float(distances(x, x).sum() / (len(x) * (len(x) - 1)))


def relative_spread(patient):
    """Spread of the samples, relative to that of the real data."""
    return spread(samples(patient)) / spread(np.asarray(patient.real))


def auc(patient, training=False):
    """How well D's scores tell reals from samples, between 0 and 1: 0.5 is a guess."""
    real = np.asarray(patient.real[:256])
    found = [scores(patient, x, training) for x in (real, samples(patient)[: len(real)])]
    return roc_auc_score(np.repeat([1, 0], [len(f) for f in found]), np.concatenate(found))


def separable(patient):
    """How well a fresh linear classifier tells held-out reals from samples: AUC."""
    real, fake = (np.asarray(x)[:256].reshape(256, -1) for x in (patient.real, samples(patient)))
    x, y = np.concatenate([real, fake]), np.repeat([1, 0], 256)
    judge = LogisticRegression(max_iter=2000).fit(x[::2], y[::2])
    return roc_auc_score(y[1::2], judge.decision_function(x[1::2]))


# Signs


def sleeps(player):
    """Make the sign that a player does not move by a single bit, while the other does."""
    other = {"generator": "discriminator", "discriminator": "generator"}[player]
    return lambda course: movement(course, player) == 0 and movement(course, other) > 1e-3


def trained_twice(course):
    """Two different optimizers update the discriminator, and it moves."""
    twice = sum("discriminator" in names for names in course.spy.updates.values()) >= 2
    return twice and movement(course, "discriminator") > 1e-3


def shared_optimizer(course):
    """There is one optimizer, and it updates both players."""
    used = [names for names in course.spy.updates.values() if names]
    return used == [{"generator", "discriminator"}] and min(movement(course, name) for name in used[0]) > 1e-3


def out_of_range(course):
    """The data leave the range that G can reach by more than a fifth of theirs, or fill at most half of it."""
    patient = course.patient
    z = 1e4 * np.random.RandomState(0).normal(size=(256, patient.latent_dim)).astype("float32")
    reach = ops.convert_to_numpy(patient.generator(z))
    low, high, bottom, top = reach.min(), reach.max(), np.min(patient.real), np.max(patient.real)
    outside = max(low - bottom, top - high) / (top - bottom)
    return outside > 0.2 or (top - bottom) <= 0.5 * (high - low)


def misjudged(loss, of_chances):
    """Make the sign that a loss of D's scores for reals, as the person computes it, is not their cross-entropy.

    Args:
        loss: function from D and samples to a number.
        of_chances: whether D returns probabilities. Otherwise it returns raw scores.
    """

    def sign(course):
        patient = course.patient
        x = np.concatenate([patient.real[:128], samples(patient, 128)])
        found = scores(patient, x)
        right = np.mean(-np.log(found + 1e-7)) if of_chances else np.mean(np.logaddexp(0, -found))
        return abs(float(loss(patient.discriminator, x)) - right) > 0.1 * right

    return sign


def works_for_d(g_loss):
    """Make the sign that G's loss rises where the score of its samples moves towards that of the reals.

    Args:
        g_loss: function from scores to a number, in NumPy.
    """

    def sign(course):
        patient = course.patient
        fake = scores(patient, samples(patient)).astype("float64")
        gap = scores(patient, patient.real[:256]).mean() - fake.mean()
        return abs(gap) > 0.1 and g_loss(fake + 1e-3 * np.sign(gap)) > g_loss(fake)

    return sign


def goes_below_zero(labels, of_chances):
    """Make the sign that D's cross-entropy of some reals is below 0, which it never is with labels from 0 to 1.

    Args:
        labels: function from a count to labels `(count, 1)` of reals, as the person draws them.
        of_chances: whether D returns probabilities. Otherwise it returns raw scores.
    """

    def sign(course):
        found = scores(course.patient, course.patient.real[:256]).astype("float64")
        chances = np.clip(found if of_chances else 1 / (1 + np.exp(-found)), 1e-7, 1 - 1e-7)
        y = np.asarray(labels(len(found)), "float64")[:, 0]
        return np.min(-y * np.log(chances) - (1 - y) * np.log(1 - chances)) < 0

    return sign


def says_real_to_all(course):
    """D gives reals and samples the same high probability."""
    patient = course.patient
    return min(scores(patient, patient.real[:256]).min(), scores(patient, samples(patient)).min()) > 0.9


def flat_for_g(g_loss, of_chances=True):
    """Make the sign that D wins and G's loss has almost no slope: below 5 % of what the non-saturating loss has.

    Args:
        g_loss: function from scores to losses, in NumPy, as the person computes it.
        of_chances: whether D returns probabilities.
    """

    def sign(course):
        patient = course.patient
        fake = scores(patient, samples(patient)).astype("float64")
        raw = np.log(np.maximum(fake, 1e-38)) - np.log1p(-np.minimum(fake, 1 - 1e-7)) if of_chances else fake
        chance = 1 / (1 + np.exp(-raw))
        above, below = ((1 / (1 + np.exp(-raw - step)) if of_chances else raw + step) for step in (0.01, -0.01))
        slope = np.abs(g_loss(above) - g_loss(below)) / 0.02
        return auc(patient) > 0.95 and np.mean(slope) < 0.05 * np.mean(1 - chance)

    return sign


def blind(of_chances):
    """Make the sign that D says about ½ of reals and samples, although a linear classifier tells them apart.

    Args:
        of_chances: whether D returns probabilities. Otherwise it returns raw scores.
    """

    def sign(course):
        patient = course.patient
        means = np.array([scores(patient, x).mean() for x in (patient.real[:256], samples(patient))])
        chances = means if of_chances else 1 / (1 + np.exp(-means))
        guesses = auc(patient) < 0.65 or np.ptp(chances) < 0.05
        return np.abs(chances - 0.5).max() < 0.15 and guesses and separable(patient) > 0.9

    return sign


def judged_by_company(course):
    """What D in training mode says of a real depends more on the rest of its batch than on the real itself."""
    real, fake = np.asarray(course.patient.real[:64]), samples(course.patient, 64)
    alone = scores(course.patient, real, training=True)
    mixed = scores(course.patient, np.concatenate([real, fake]), training=True)[:64]
    return np.mean(np.abs(alone - mixed)) > np.std(alone)


def two_generators(course):
    """G's samples in training mode and in inference mode differ by more than 30 % of their spread."""
    fakes = [samples(course.patient, training=training) for training in (True, False)]
    return np.mean(np.diag(distances(*fakes))) > 0.3 * spread(fakes[0])


def untouched_statistics(course):
    """The moving mean and variance of every BatchNormalization in G are as they were."""
    layers = [layer for layer in course.patient.generator.layers if hasattr(layer, "moving_mean")]
    moved = [np.abs(ops.convert_to_numpy(layer.moving_mean)).max() for layer in layers]
    return bool(layers) and max(moved) == 0


def collapsed(course):
    """The samples' spread is less than a fifth of that of the data."""
    return relative_spread(course.patient) < 0.2


def copies(course):
    """Samples are varied, and much nearer to a real than two reals are to each other."""
    patient = course.patient
    real = np.unique(np.asarray(patient.real).reshape(len(patient.real), -1), axis=0)
    among = distances(real, real) + 1e9 * np.eye(len(real))
    near = np.median(distances(samples(patient), real).min(1)) / np.median(among.min(1))
    return near < 0.5 and relative_spread(patient) > 0.5


def explodes(course):
    """A weight is not finite, or a player's weights are ten times as large as before."""
    moved = [movement(course, player) for player in ("generator", "discriminator")]
    return not np.isfinite(moved).all() or max(moved) > 10


def stands_still(player):
    """Make the sign that a player moves, but less than a thousandth of how far the other does."""
    other = {"generator": "discriminator", "discriminator": "generator"}[player]
    return lambda course: 0 < movement(course, player) < 1e-3 * movement(course, other)


def same_noise(course):
    """G is always given the same noise."""
    seen = [z for z in course.spy.g_inputs if z.ndim == 2]
    return course.spy.constant_noise or (len(seen) > 50 and all(np.array_equal(z, seen[0]) for z in seen))


def repeats(draw):
    """Make the sign that a function from a count to noise draws the same again, and that both players learn."""

    def sign(course):
        some, others = (np.asarray(ops.convert_to_numpy(draw(64))) for _ in range(2))
        return np.array_equal(some, others) and both_play(course)

    return sign


def two_noises(course):
    """Some of the noise that G is given has another mean or deviation than the rest, in training or in sampling."""
    with watching(course.patient) as spy:
        samples(course.patient)
    moments = np.array([(z.mean(), z.std()) for z in course.spy.g_inputs + spy.g_inputs])
    return np.ptp(moments, axis=0).max() > 0.3


def same_fakes(course):
    """Among the batches that D is given, one is given again and again."""
    seen = [x.tobytes() for x in course.spy.d_inputs]
    return max(seen.count(x) for x in set(seen)) > 20


def in_order(course):
    """Real samples that follow each other are much nearer to each other than random ones."""
    real = np.asarray(course.patient.real)
    real = real.reshape(len(real), -1)
    return np.linalg.norm(np.diff(real, axis=0), axis=1).mean() < 0.85 * spread(_shuffled(real))


def _shuffled(x):
    """The rows of `x` in a random order."""
    return x[np.random.RandomState(0).permutation(len(x))]


def both_play(course):
    """Both players move, all weights are finite, and the samples have not collapsed."""
    moved = [movement(course, player) for player in ("generator", "discriminator")]
    return min(moved) > 1e-3 and np.isfinite(moved).all() and relative_spread(course.patient) > 0.3
