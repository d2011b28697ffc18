"""Which of D's batches are real, where no sample of G was recognized among them."""

import numpy as np
import pytest
from made_up import REAL, RNG

from gan_course.doctor.events import Batch, Log
from gan_course.doctor.kinds import sort_batches


def log(reals, fakes, labels=(None, None), targets=(), source="train_on_batch"):
    """The log of a loop in which every batch was taken for a real one: lists of arrays by turns."""
    made = Log(generator_labels=[*targets])
    for i, pair in enumerate(zip(reals, fakes, strict=True)):
        for rows, label in zip(pair, labels, strict=True):
            made.add_batch(Batch(i, "real", source, label, features=rows, rows=rows))
    return made


def batches(low=-1, high=1, rounds=12):
    """Random batches in a range, a list of arrays `(16, 6)`."""
    return [RNG.uniform(low, high, (16, 6)) for _ in range(rounds)]


def of_real(rounds=12):
    """Batches of rows of `REAL`."""
    return [REAL[RNG.integers(0, len(REAL), 16)] for _ in range(rounds)]


def kinds(made):
    """The kinds of the batches, in the order of time."""
    return [batch.kind for batch in made.batches]


def test_rows_that_are_among_the_data_are_real_and_the_others_are_not():
    reals = of_real()
    made = log(reals, batches())
    assert sort_batches(made, REAL) is None
    assert kinds(made) == 12 * ["real", "unknown"]
    np.testing.assert_array_equal(made.real_rows(), np.concatenate(reals))
    mixed = log([np.concatenate([real, fake]) for real, fake in zip(reals, batches(), strict=True)], batches())
    assert sort_batches(mixed, REAL) is None
    np.testing.assert_array_equal(mixed.real_rows(), np.concatenate(reals))


@pytest.mark.parametrize("labels", [(1.0, 0.0), (0.0, 1.0), (-1.0, 1.0)])
def test_a_label_that_contradicts_the_one_for_the_generator_is_that_of_samples(labels):
    reals = batches()
    made = log(reals, batches(), labels, targets=5 * [labels[0]])
    assert sort_batches(made) is None
    assert kinds(made) == 12 * ["real", "fake"]
    assert [b.fake_label for b in made.batches] == 12 * [None, labels[1]]
    np.testing.assert_array_equal(made.real_rows(), np.concatenate(reals))


@pytest.mark.parametrize(
    ("labels", "fakes", "said"),
    [((1.0, 0.0), (-1, 1), "they have two different labels, 0 and 1"), ((None, None), (0.5, 1), "two kinds alternate")],
)
def test_where_nothing_tells_which_group_is_real_nothing_is_said_about_the_data(labels, fakes, said):
    made = log(batches(), batches(*fakes), labels)
    reason = sort_batches(made)
    assert said in reason
    assert "--real NAME" in reason
    assert made.real_rows() is None
    assert all(batch.features is None for batch in made.batches)


def test_data_that_d_never_gets_are_refused():
    made = log(batches(0, 1), [np.full((16, 6), -1.0), *batches(-1, 1, rounds=11)])
    reason = sort_batches(made, np.array([[0.0] * 6, [16.0] * 6]))
    assert "goes from -1 to 1, but the real data that were given go from 0 to 16." in reason
    assert made.real_rows() is None


@pytest.mark.parametrize(
    "made",
    [
        log(batches(), batches()),
        log(batches(), batches(), (0.9, 1.0), targets=[1.0]),
        log(batches(), batches(0.5, 1), source="fit"),
        log(batches(), batches(0.5, 1), source="function"),
        log(batches(rounds=2), batches(0.5, 1, rounds=2)),
        Log(),
    ],
)
def test_batches_of_one_kind_are_real(made):
    before = len(made.batches)
    assert sort_batches(made) is None
    assert sort_batches(made, REAL + 0.001) is None
    assert sum(batch.rows is not None for batch in made.batches) == before


def test_where_samples_were_recognized_the_others_are_real():
    made = log(batches(), batches(0.5, 1))
    made.batches[1].kind = "fake"
    assert sort_batches(made) is None
