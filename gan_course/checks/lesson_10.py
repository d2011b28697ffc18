"""Checks of lesson 10, conditional GANs: a D without labels, the projection, class accuracy, between classes."""

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
            "That is the best D that sees the label: one answer a pair. The blind one has one answer a picture.",
        ),
        Mistake(
            lambda real, made: _seeing(real, made).mean(axis=1),
            "You averaged the answers of a D that sees the label. The blind D meets the pictures of all labels in one "
            "pile: first add up the probabilities, then divide.",
        ),
        Mistake(
            lambda real, made: _seeing(real, made).sum(axis=1),
            "You added up the answers of a D that sees the label. Add up the probabilities, then divide.",
        ),
        Mistake(
            lambda real, made: _seeing(real.sum(axis=0), made.sum(axis=0)),
            "You added up the pictures and kept the labels. It is the labels that this D does not see: axis 1.",
        ),
        Mistake(
            lambda real, made: _seeing(made.sum(axis=1), real.sum(axis=1)),
            "The two piles have changed places: D says how likely it is that a picture is real.",
        ),
        Mistake(
            lambda real, made: real.sum(axis=1),
            "That is how often real pictures look like this. Compare it with how often generated ones do.",
        ),
        Mistake(
            lambda real, made: real.sum(axis=1) / made.sum(axis=1),
            "That is the ratio of the two, the odds. The probability is real / (real + made).",
        ),
        Mistake(
            lambda real, made: _seeing(real.max(axis=1), made.max(axis=1)),
            "You took the most frequent label alone. A picture comes with each of its labels: add them all up.",
        ),
        Mistake(
            lambda real, made: (_seeing(real, made) * real).sum(axis=1) / real.sum(axis=1),
            "You averaged the answers of a D that sees the label, with the data's weights. The blind one adds up the "
            "probabilities first, real and made, then divides.",
        ),
        Mistake(
            lambda real, made: real.sum() / (real.sum() + made.sum()),
            "You put all pictures in one pile as well: that is always ½. Sum over the labels only, axis 1.",
        ),
        Mistake(
            lambda real, made: np.log(real.sum(axis=1) / made.sum(axis=1)),
            "That is the best raw score, the log of the odds. Return the probability.",
        ),
        Mistake(
            lambda real, made: _seeing(real[:, 0], made[:, 0]),
            "You looked at the first label alone. A picture comes with each of its labels: add them all up.",
        ),
        Mistake(
            lambda real, made: _seeing(real, made).max(axis=1),
            "You took the surest answer of a D that sees the label. This one cannot choose: add up the probabilities.",
        ),
    ],
    right="Now try it on a generator that makes perfect pictures and gives them the wrong labels.",
    hint="What a D without labels meets are the pictures alone, each as often as with all its labels together: sum "
    "along axis 1. Then the formula of lesson 02.",
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
            "That is the score of a D that does not see the label. Where does v_y come in?",
        ),
        Mistake(
            lambda features, labels, kernel, bias, table: (table[labels] * features).sum(axis=1),
            "That is how well picture and label fit. Whether the picture is real at all, w · f + b, is missing.",
        ),
        Mistake(
            lambda features, labels, kernel, bias, table: features @ kernel + (table[labels] * features).sum(axis=1),
            "The bias b is missing.",
        ),
        Mistake(
            lambda features, labels, kernel, bias, table: (features @ kernel + bias)[:, None] + features @ table.T,
            "You have a score for every class. The label says which of them counts.",
        ),
        Mistake(
            lambda features, labels, kernel, bias, table: (
                (features @ kernel + bias)[:, None] + features @ table[labels].T
            ),
            "You paired every picture with every label of the batch. Each picture has its own: multiply the rows "
            "number by number, and sum along axis 1.",
        ),
        Mistake(
            lambda features, labels, kernel, bias, table: features @ kernel + bias + (features @ table.T).sum(axis=1),
            "You added the scores of all classes. Only the row of the picture's own label counts.",
        ),
        Mistake(
            lambda features, labels, kernel, bias, table: features @ kernel + bias + table[labels].sum(axis=1),
            "You added the label's row without looking at the picture: a bonus for some classes. Multiply it by the "
            "features first.",
        ),
        Mistake(
            lambda features, labels, kernel, bias, table: features @ kernel + bias + labels,
            "You added the label as a number. A 9 is not nine times as real as a 1: look its row up, table[labels].",
        ),
        Mistake(
            lambda features, labels, kernel, bias, table: features @ kernel + bias + (table[labels] * features).sum(),
            "You summed over the whole batch, so each picture gets the others' fit, too. Sum along axis 1.",
        ),
        Mistake(
            lambda features, labels, kernel, bias, table: _projection_scores(features, labels - 1, kernel, bias, table),
            "You are one row off: labels begin at 0, as the rows of the table do.",
        ),
        Mistake(
            lambda features, labels, kernel, bias, table: (
                features @ kernel + bias + (table[labels] * features).mean(axis=1)
            ),
            "A dot product is a sum over the features, and you took the mean.",
        ),
        Mistake(
            lambda features, labels, kernel, bias, table: (
                1 / (1 + np.exp(-_projection_scores(features, labels, kernel, bias, table)))
            ),
            "A sigmoid too many: D returns raw scores in this course, and the loss does the rest.",
        ),
        Mistake(
            lambda features, labels, kernel, bias, table: (features * kernel * table[labels]).sum(axis=1) + bias,
            "You multiplied w and v_y. They are two dot products with the same features, added.",
        ),
        Mistake(
            lambda features, labels, kernel, bias, table: features @ kernel + bias + (features @ table.T).max(axis=1),
            "You took the class that fits best. Take the one that the label names, or G may draw what it likes.",
        ),
        Mistake(
            lambda features, labels, kernel, bias, table: features @ kernel + bias + features @ table[labels[0]],
            "You used the first label for the whole batch. Each picture has its own.",
        ),
    ],
    right="This is the whole difference between the two discriminators: one dot product.",
    hint="table[labels] has one row a picture, as features has. v_y · f is the sum along axis 1 of their product.",
)

# ----------------------------------------------------------------------------------------------- class accuracy


def _class_accuracy(asked, judged, classes):
    return np.array([np.mean(judged[asked == label] == label) for label in range(classes)])


def _classes_that_came_out(asked, judged, classes):
    return np.array([np.mean(judged[asked == label] == label) for label in np.unique(judged)])


_NEVER_SEEN = (
    "A class that the judge never saw must not be left out. It is the worst of all, its accuracy is 0: go through "
    "range(classes)."
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
            "That is one number for all. If hardly any 8 was asked for, it says nothing about the 8s: one a class.",
        ),
        Mistake(
            lambda asked, judged, classes: np.full(classes, np.mean(asked == judged)),
            "You gave every class the accuracy of all together. Look at those of one class: asked == label.",
        ),
        Mistake(
            lambda asked, judged, classes: np.array(
                [np.mean(asked[judged == label] == label) for label in range(classes)]
            ),
            "You went through what was judged to be a class. The question is what became of those that were asked for: "
            "choose by asked == label.",
        ),
        Mistake(
            lambda asked, judged, classes: np.array(
                [np.mean((asked == label) & (judged == label)) for label in range(classes)]
            ),
            "You divided by the number of all pictures. Divide by how many of this class were asked for.",
        ),
        Mistake(
            lambda asked, judged, classes: np.array(
                [np.sum((asked == label) & (judged == label)) for label in range(classes)]
            ),
            "Those are counts. Divide by how many of each class were asked for.",
        ),
        Mistake(
            lambda asked, judged, classes: np.array(
                [np.mean((asked == label) == (judged == label)) for label in range(classes)]
            ),
            "You also count a 3 that was asked for and drawn as right for class 8. With ten classes that makes more "
            "than 80 % by guessing. Look only at those that were asked for.",
        ),
        Mistake(
            lambda asked, judged, classes: (
                np.bincount(judged, minlength=classes) / np.bincount(asked, minlength=classes)
            ),
            "You compared how many were drawn with how many were asked for. They may be equally many, and none of them "
            "the right ones: compare one by one.",
        ),
        Mistake(
            lambda asked, judged, classes: np.array(
                [np.mean(judged[asked == label] != label) for label in range(classes)]
            ),
            "Those are the shares that went wrong. Accuracy is the share that is right.",
        ),
        Mistake(
            lambda asked, judged, classes: 100 * _class_accuracy(asked, judged, classes),
            "Those are percentages. Return shares, from 0 to 1.",
        ),
        Mistake(
            lambda asked, judged, classes: _class_accuracy(asked, judged, classes).mean(),
            "You went on and took the mean, so a bad class hides again. Return one number a class.",
        ),
        Mistake(
            lambda asked, judged, classes: np.array(
                [np.mean(judged[asked == label] == label) for label in range(1, classes)]
            ),
            "Classes are counted from 0, and the first is missing: range(classes).",
        ),
        Mistake(
            _classes_that_came_out,
            _NEVER_SEEN,
        ),
        Mistake(
            lambda asked, judged, classes: np.array(
                [np.sum((asked == label) & (judged == label)) * classes / len(asked) for label in range(classes)]
            ),
            "You divided as if each class had been asked for equally often. Divide by how often it was.",
        ),
        Mistake(
            lambda asked, judged, classes: (asked == judged).astype(float),
            "That says for each picture whether it is right. Take the mean over those of a class.",
        ),
    ],
    right="The worst class is often the more honest number.",
    hint="For one label: judged[asked == label] is what became of those asked for. Which share is right?",
    test_last=_require_class_never_seen,
)

# ------------------------------------------------------------------------------------------ between two classes


def _between(table, first, second, t):
    return (1 - t) * table[first] + t * table[second]


def _along_the_arc(table, first, second, t):
    a, b = table[first], table[second]
    angle = np.arccos(a @ b / (np.linalg.norm(a) * np.linalg.norm(b)))
    return (np.sin((1 - t) * angle) * a + np.sin(t * angle) * b) / np.sin(angle)


between = function_exercise(
    _between,
    cases=[
        (_RNG.normal(size=(10, 4)), 4, 9, 0.3),
        (_RNG.normal(size=(3, 2)), 2, 0, 0.8),
        (_RNG.normal(size=(5, 3)), 1, 3, 0.0),
        (_RNG.normal(size=(5, 3)), 3, 1, 1.0),
    ],
    mistakes=[
        Mistake(
            lambda table, first, second, t: t * table[first] + (1 - t) * table[second],
            "You walk backwards: at t = 0 we are at the first class.",
        ),
        Mistake(
            lambda table, first, second, t: table[round((1 - t) * first + t * second)],
            "You went from number to number, and so through the classes that happen to be numbered in between. "
            "Between a 4 and a 9 there is no 6: mix the rows.",
        ),
        Mistake(
            lambda table, first, second, t: table[first] + t * table[second],
            "At t = 1 you would be at the sum of both. What comes in has to push the first out: 1 − t of it is left.",
        ),
        Mistake(
            lambda table, first, second, t: t * (table[second] - table[first]),
            "That is how far you have come. Begin at the first row and add it.",
        ),
        Mistake(
            lambda table, first, second, t: (table[first] + table[second]) / 2,
            "That is the middle, wherever t is.",
        ),
        Mistake(
            lambda table, first, second, t: table[first] if t < 0.5 else table[second],
            "That jumps from one to the other. On the way take a part of each.",
        ),
        Mistake(
            lambda table, first, second, t: (1 - t) * np.eye(len(table))[first] + t * np.eye(len(table))[second],
            "That is the label in between. Times the table it is the row: mix table[first] and table[second].",
        ),
        Mistake(
            lambda table, first, second, t: t * table[first] + t * table[second],
            "Both have weight t. The first row begins with all of it and loses what the second gains: 1 − t.",
        ),
        Mistake(
            _along_the_arc,
            "That is lesson 05's arc, made for z, which are drawn from a normal. Rows of the table are learned and lie "
            "on no sphere: the straight way, t of one and 1 − t of the other.",
        ),
        Mistake(
            lambda table, first, second, t: np.sqrt(1 - t) * table[first] + np.sqrt(t) * table[second],
            "The weights themselves sum to 1 on the straight way, not their squares.",
        ),
        Mistake(
            lambda table, first, second, t: (1 - t) * table[first - 1] + t * table[second - 1],
            "You are one row off: classes begin at 0, as the rows of the table do.",
        ),
        Mistake(
            lambda table, first, second, t: table[first] + t * (table[first] - table[second]),
            "You walk away from the second class. The way leads from the first to it: second minus first.",
        ),
        Mistake(
            lambda table, first, second, t: (1 - t) * first + t * second,
            "That is a number between two numbers. Class numbers are names: mix the rows of the table.",
        ),
    ],
    right="The same as a label that is 1 − t one class and t the other, times the table.",
    hint="A label between two classes is one-hot no longer: 1 − t in one place and t in another. Times the table, "
    "that is a sum of two rows.",
)
