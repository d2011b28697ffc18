"""Checks of lesson 10, conditional GANs: a D without labels, the projection, class accuracy, labels renamed."""

import numpy as np

from gan_course.checks.exercise import Mistake, Wrong, function_exercise

_RNG = np.random.default_rng(10)

# ------------------------------------------------------------------------------- a D that does not see the label


def _blind_best(real, made):
    p_data, p_model = real.sum(axis=1), made.sum(axis=1)
    return p_data / (p_data + p_model)


_JOINT = [_RNG.dirichlet(np.ones(12)).reshape(4, 3) for _ in range(2)]
_SQUARES = [_RNG.dirichlet(np.ones(9)).reshape(3, 3) for _ in range(2)]


def _seeing(real, made):
    return real / (real + made)


blind_best = function_exercise(
    _blind_best,
    cases=[
        (*_JOINT,),
        (*_SQUARES,),
        (np.array([[0.4, 0.1], [0.1, 0.4]]), np.array([[0.1, 0.4], [0.4, 0.1]])),
    ],
    mistakes=[
        Mistake(
            _seeing,
            "That is the best D that sees the label: one answer per pair of picture and label. A D without labels "
            "has one answer per picture.",
        ),
        Mistake(
            lambda real, made: _seeing(real, made).mean(axis=1),
            "You averaged the answers of a D that sees the label. A D without labels sees a picture with all its "
            "labels together: first add up the probabilities, and then divide.",
        ),
        Mistake(
            lambda real, made: _seeing(real, made).sum(axis=1),
            "You added up the answers of a D that sees the label. Add up the probabilities, then divide.",
        ),
        Mistake(
            lambda real, made: _seeing(real.sum(axis=0), made.sum(axis=0)),
            "You summed over the pictures and kept the labels. This D does not see the labels: sum along axis 1.",
        ),
        Mistake(
            lambda real, made: _seeing(made.sum(axis=1), real.sum(axis=1)),
            "You have exchanged real and generated pictures: D returns the probability that a picture is real.",
        ),
        Mistake(
            lambda real, made: real.sum(axis=1),
            "That is the probability of this picture in the real data. Compare it with its probability among "
            "generated pictures.",
        ),
        Mistake(
            lambda real, made: real.sum(axis=1) / made.sum(axis=1),
            "That is the ratio of the two, the odds. The probability is real / (real + made).",
        ),
        Mistake(
            lambda real, made: _seeing(real.max(axis=1), made.max(axis=1)),
            "You used only the most frequent label. A picture comes with each of its labels: sum over all of them.",
        ),
        Mistake(
            lambda real, made: (_seeing(real, made) * real).sum(axis=1) / real.sum(axis=1),
            "You averaged the answers of a D that sees the label, weighted by the data. Add up the probabilities "
            "first, real and generated, and then divide.",
        ),
        Mistake(
            lambda real, made: real.sum() / (real.sum() + made.sum()),
            "You also summed over the pictures, which always gives ½. Sum over the labels only, axis 1.",
        ),
        Mistake(
            lambda real, made: np.log(real.sum(axis=1) / made.sum(axis=1)),
            "That is the best raw score, the logarithm of the odds. Return the probability.",
        ),
        Mistake(
            lambda real, made: _seeing(real[:, 0], made[:, 0]),
            "You used only the first label. A picture comes with each of its labels: sum over all of them.",
        ),
        Mistake(
            lambda real, made: _seeing(real, made).max(axis=1),
            "You took the most certain answer of a D that sees the label. A D without labels cannot choose: add up "
            "the probabilities.",
        ),
    ],
    right="Now try it on a generator that makes perfect pictures, but gives them wrong labels.",
    hint="A D without labels sees only the picture, whose probability is the sum over all its labels: sum along axis "
    "1. Then use the formula of lesson 02.",
)

# ----------------------------------------------------------------------------------------------- the projection


def _projection_scores(features, labels, kernel, bias, table):
    return features @ kernel + bias + (table[labels] * features).sum(axis=1)


def _projection_case(count, classes, size):
    labels = _RNG.integers(classes, size=count)
    labels[0] = classes - 1
    return (
        _RNG.normal(size=(count, size)),
        labels,
        _RNG.normal(size=size),
        float(_RNG.normal()),
        _RNG.normal(size=(classes, size)),
    )


projection_scores = function_exercise(
    _projection_scores,
    cases=[_projection_case(5, 3, 4), _projection_case(2, 10, 6), _projection_case(4, 4, 4)],
    mistakes=[
        Mistake(
            lambda features, labels, kernel, bias, table: features @ kernel + bias,
            "That is the score of a D that does not see the label. Where does v_y belong?",
        ),
        Mistake(
            lambda features, labels, kernel, bias, table: (table[labels] * features).sum(axis=1),
            "That is only how well picture and label fit. The score for a real picture, w · f + b, is missing.",
        ),
        Mistake(
            lambda features, labels, kernel, bias, table: features @ kernel + (table[labels] * features).sum(axis=1),
            "The bias b is missing.",
        ),
        Mistake(
            lambda features, labels, kernel, bias, table: (features @ kernel + bias)[:, None] + features @ table.T,
            "You have a score for every class. The label tells which of them to use.",
        ),
        Mistake(
            lambda features, labels, kernel, bias, table: (
                (features @ kernel + bias)[:, None] + features @ table[labels].T
            ),
            "You combined every picture with every label of the batch. Each picture has its own label: multiply the "
            "rows elementwise, and sum along axis 1.",
        ),
        Mistake(
            lambda features, labels, kernel, bias, table: features @ kernel + bias + (features @ table.T).sum(axis=1),
            "You added the scores of all classes. Use only the row of the picture's own label.",
        ),
        Mistake(
            lambda features, labels, kernel, bias, table: features @ kernel + bias + table[labels].sum(axis=1),
            "You added the label's row without the picture, so some classes always get a higher score. Multiply the "
            "row by the features first.",
        ),
        Mistake(
            lambda features, labels, kernel, bias, table: features @ kernel + bias + labels,
            "You added the label as a number, but a 9 is not nine times as real as a 1. Look up its row: "
            "table[labels].",
        ),
        Mistake(
            lambda features, labels, kernel, bias, table: features @ kernel + bias + (table[labels] * features).sum(),
            "You summed over the whole batch, so each picture also gets the scores of the others. Sum along axis 1.",
        ),
        Mistake(
            lambda features, labels, kernel, bias, table: _projection_scores(features, labels - 1, kernel, bias, table),
            "You used the row before the right one: labels begin at 0, as the rows of the table do.",
        ),
        Mistake(
            lambda features, labels, kernel, bias, table: (
                features @ kernel + bias + (table[labels] * features).mean(axis=1)
            ),
            "A dot product is a sum over the features, but you took the mean.",
        ),
        Mistake(
            lambda features, labels, kernel, bias, table: (
                1 / (1 + np.exp(-_projection_scores(features, labels, kernel, bias, table)))
            ),
            "No sigmoid is needed: D returns raw scores in this course, and the loss contains the sigmoid.",
        ),
        Mistake(
            lambda features, labels, kernel, bias, table: (features * kernel * table[labels]).sum(axis=1) + bias,
            "You multiplied w by v_y. There are two dot products with the same features, and they are added.",
        ),
        Mistake(
            lambda features, labels, kernel, bias, table: features @ kernel + bias + (features @ table.T).max(axis=1),
            "You took the class that fits best. Use the class of the label, or else G could draw any class.",
        ),
        Mistake(
            lambda features, labels, kernel, bias, table: features @ kernel + bias + features @ table[labels[0]],
            "You used the first label for the whole batch. Each picture has its own label.",
        ),
    ],
    right="One dot product is the whole difference between the two discriminators.",
    hint="table[labels] has one row per picture, like features. v_y · f is the sum of their product along axis 1.",
)

# ----------------------------------------------------------------------------------------------- class accuracy


def _class_accuracy(asked, judged, classes):
    return np.array([np.mean(judged[asked == label] == label) for label in range(classes)])


def _classes_that_came_out(asked, judged, classes):
    return np.array([np.mean(judged[asked == label] == label) for label in np.unique(judged)])


_NEVER_SEEN = (
    "Your result leaves out a class that the judge never found. It is the worst class of all: its accuracy is 0. "
    "Loop over range(classes)."
)


def _require_class_never_seen(answer):
    """Raise `Wrong` where a class that the judge never saw does not count. Other mistakes would divide by 0 here."""
    shares = np.asarray(answer(np.array([2, 0, 1, 1]), np.array([0, 0, 1, 0]), 3), float)
    if shares.shape != (3,) or not np.allclose(shares, [1, 0.5, 0]):
        raise Wrong(_NEVER_SEEN)


class_accuracy = function_exercise(
    _class_accuracy,
    cases=[
        (np.array([0, 0, 0, 0, 1, 1, 2, 2]), np.array([0, 0, 0, 1, 1, 2, 2, 0]), 3),
        (np.array([1, 0, 1, 1, 1, 0, 1]), np.array([1, 0, 0, 1, 1, 1, 1]), 2),
        (np.array([2, 0, 2, 1, 3, 3, 3, 2, 2, 1]), np.array([2, 0, 1, 1, 3, 0, 3, 2, 3, 2]), 4),
        (np.array([3, 0, 1, 1, 2, 3, 3]), np.array([0, 3, 1, 2, 1, 1, 2]), 4),  # nothing right but a 1
    ],
    mistakes=[
        Mistake(
            lambda asked, judged, classes: np.mean(asked == judged),
            "That is one number for all classes. If there are almost no 8s, it tells nothing about the 8s. Return "
            "one number per class.",
        ),
        Mistake(
            lambda asked, judged, classes: np.full(classes, np.mean(asked == judged)),
            "You gave every class the accuracy over all pictures. Use the pictures of one class: asked == label.",
        ),
        Mistake(
            lambda asked, judged, classes: np.array(
                [np.mean(asked[judged == label] == label) for label in range(classes)]
            ),
            "You selected the pictures that were judged to be of a class. The question is what happened to those "
            "that were asked for: select by asked == label.",
        ),
        Mistake(
            lambda asked, judged, classes: np.array(
                [np.mean((asked == label) & (judged == label)) for label in range(classes)]
            ),
            "You divided by the number of all pictures. Divide by the number of pictures of this class that were "
            "asked for.",
        ),
        Mistake(
            lambda asked, judged, classes: np.array(
                [np.sum((asked == label) & (judged == label)) for label in range(classes)]
            ),
            "Those are counts. Divide by the number of pictures of each class that were asked for.",
        ),
        Mistake(
            lambda asked, judged, classes: np.array(
                [np.mean((asked == label) == (judged == label)) for label in range(classes)]
            ),
            "For class 8 you also count as right a picture that was asked for as a 3 and drawn as a 3. With ten "
            "classes, even guessing would get more than 80 %. Use only the pictures that were asked for as this class.",
        ),
        Mistake(
            lambda asked, judged, classes: (
                np.bincount(judged, minlength=classes) / np.bincount(asked, minlength=classes)
            ),
            "You compared the number of pictures drawn with the number asked for. These may be equal although every "
            "picture shows the wrong class: compare picture by picture.",
        ),
        Mistake(
            lambda asked, judged, classes: np.array(
                [np.mean(judged[asked == label] != label) for label in range(classes)]
            ),
            "Those are the fractions that are wrong. Accuracy is the fraction that is right.",
        ),
        Mistake(
            lambda asked, judged, classes: 100 * _class_accuracy(asked, judged, classes),
            "Those are percentages. Return fractions, from 0 to 1.",
        ),
        Mistake(
            lambda asked, judged, classes: _class_accuracy(asked, judged, classes).mean(),
            "You also took the mean, which hides a bad class. Return one number per class.",
        ),
        Mistake(
            lambda asked, judged, classes: np.array(
                [np.mean(judged[asked == label] == label) for label in range(1, classes)]
            ),
            "Classes begin at 0, and yours leaves out the first one: range(classes).",
        ),
        Mistake(
            _classes_that_came_out,
            _NEVER_SEEN,
        ),
        Mistake(
            lambda asked, judged, classes: np.array(
                [np.sum((asked == label) & (judged == label)) * classes / len(asked) for label in range(classes)]
            ),
            "You divided as if each class had been asked for equally often. Divide by how often each class was asked "
            "for.",
        ),
        Mistake(
            lambda asked, judged, classes: (asked == judged).astype(float),
            "That tells for each picture whether it is right. Take the mean over the pictures of each class.",
        ),
    ],
    right="Look at the worst class, too: it can tell more than the mean.",
    hint="For one label, judged[asked == label] contains the judge's answers for the pictures that were asked for. "
    "Which fraction of them is right?",
    test_last=_require_class_never_seen,
)

# ---------------------------------------------------------------------------------- accuracy after the best renaming


def _counts(asked, judged, classes):
    """How often label i was asked for and digit j was drawn, `(classes, classes)`."""
    counts = np.zeros((classes, classes), int)
    np.add.at(counts, (asked, judged), 1)
    return counts


def _renamed_accuracy(asked, judged, classes):
    from scipy.optimize import linear_sum_assignment

    counts = np.zeros((classes, classes), int)
    np.add.at(counts, (asked, judged), 1)
    labels, digits = linear_sum_assignment(counts, maximize=True)
    return counts[labels, digits].sum() / len(asked)


def _one_after_the_other(asked, judged, classes):
    """Give each label, in turn, the digit that it makes most often among those that are left."""
    counts, total = _counts(asked, judged, classes), 0
    for label in range(classes):
        digit = counts[label].argmax()
        total += max(counts[label, digit], 0)
        counts[:, digit] = -1
    return total / len(asked)


def _largest_first(asked, judged, classes):
    """Take the largest count of the table, cross out its row and its column, and go on."""
    counts, total = _counts(asked, judged, classes), 0
    for _ in range(classes):
        label, digit = np.unravel_index(counts.argmax(), counts.shape)
        total += counts[label, digit]
        counts[label], counts[:, digit] = -1, -1
    return total / len(asked)


def _fewest(asked, judged, classes):
    from scipy.optimize import linear_sum_assignment

    counts = _counts(asked, judged, classes)
    return counts[linear_sum_assignment(counts)].sum() / len(asked)


def _from_counts(counts):
    """Labels that were asked for and digits that were drawn, with these counts."""
    labels, digits = np.nonzero(counts)
    times = counts[labels, digits]
    return np.repeat(labels, times), np.repeat(digits, times), len(counts)


renamed_accuracy = function_exercise(
    _renamed_accuracy,
    cases=[
        _from_counts(np.array([[1, 5, 4], [6, 2, 2], [0, 7, 3]])),
        _from_counts(np.array([[8, 7, 0], [7, 1, 0], [3, 3, 6]])),
        _from_counts(np.array([[0, 9, 1, 0], [5, 4, 0, 1], [0, 0, 2, 8], [3, 3, 4, 0]])),
        _from_counts(np.array([[2, 1], [1, 9]])),
    ],
    mistakes=[
        Mistake(
            lambda asked, judged, classes: np.mean(asked == judged),
            "That is the ordinary accuracy, without any renaming. Try other digits for each label.",
        ),
        Mistake(
            lambda asked, judged, classes: _counts(asked, judged, classes).max(axis=1).sum() / len(asked),
            "You gave each label the digit that it makes most often, so two labels may share a digit. A renaming gives "
            "each digit to one label only.",
        ),
        Mistake(
            lambda asked, judged, classes: _counts(asked, judged, classes).max(axis=0).sum() / len(asked),
            "You gave each digit the label that makes it most often, so one label may have several digits. A renaming "
            "gives each label one digit only.",
        ),
        Mistake(
            _one_after_the_other,
            "You let the first label choose first. What it takes may be worth more to a later label: all labels have "
            "to be matched together. Look up scipy.optimize.linear_sum_assignment.",
        ),
        Mistake(
            _largest_first,
            "You matched the largest count first. A smaller one there may leave more for the others: all labels have "
            "to be matched together. Look up scipy.optimize.linear_sum_assignment.",
        ),
        Mistake(
            _fewest,
            "That is the worst renaming. linear_sum_assignment looks for the smallest sum, unless you say "
            "maximize=True.",
        ),
        Mistake(
            lambda asked, judged, classes: _renamed_accuracy(asked, judged, classes) * len(asked),
            "That is how many pictures are right. Divide by the number of pictures.",
        ),
        Mistake(
            lambda asked, judged, classes: max(
                np.mean((asked + shift) % classes == judged) for shift in range(classes)
            ),
            "You tried only the renamings that move all labels by the same number. There are many more: any digit may "
            "go to any label.",
        ),
    ],
    right="Compare it with the ordinary accuracy: the difference tells whether the labels meant something.",
    hint="Count first: counts[i, j] says how often label i was asked for and digit j was drawn. Then choose one entry "
    "in each row and in each column, so that their sum is as large as possible. For ten classes there are 3,628,800 "
    "ways; scipy.optimize.linear_sum_assignment(counts, maximize=True) finds the best one at once.",
)
