"""The doctor visits every case of the corpus: each is what it says, and the doctor is right as often as it claims.

Every case is trained once. Its illness is measured without the doctor, by its sign.
"""

import functools
import os

import corpus
import keras
import pytest
from corpus import signs

from benchmarks import doctor as benchmark

SEED = int(os.environ.get("CORPUS_SEED", "0"))
HERE = {case.title: case for case in corpus.CASES if keras.config.backend() in case.backends}
pytestmark = [pytest.mark.corpus, pytest.mark.filterwarnings("ignore")]


@functools.cache
def visited(title):
    """The benchmark's record of a visit, and whether the case has its sign: pair of a dictionary and a truth value."""
    case, courses = HERE[title], []
    run = benchmark.visit(case, SEED, train=lambda patient: courses.append(signs.follow(patient)))
    return run, bool(case.sign(courses[0]) and (case.illness or signs.both_play(courses[0])))


def titles(wrong, is_ill):
    """Titles of the ill or of the healthy cases whose record is wrong in a way, a function of the record."""
    cases = [case for case in HERE.values() if bool(case.illness) == is_ill]
    return [case.title for case in cases if wrong(visited(case.title)[0])], len(cases)


@pytest.mark.parametrize("title", HERE)
def test_the_case_is_what_it_says(title):
    assert visited(title)[1]


def test_nearly_every_illness_is_found():
    missed, count = titles(lambda run: not benchmark.is_found(run), is_ill=True)
    assert len(missed) <= 0.05 * count, missed


def test_the_right_illness_mostly_stands_first():
    later, count = titles(lambda run: not benchmark.is_first(run), is_ill=True)
    assert len(later) <= 0.15 * count, later


def test_no_healthy_case_raises_an_alarm():
    assert titles(lambda run: run["alarms"], is_ill=False)[0] == []


def test_what_follows_from_an_illness_is_named_too():
    for title, case in HERE.items():
        assert {*case.also} <= {*visited(title)[0]["found"]}, title


def test_every_case_says_what_happened_and_where_it_was_reported():
    assert all(case.build.__doc__ and case.source.startswith("https://") for case in corpus.CASES)
    assert len({case.title for case in corpus.CASES}) == len(corpus.CASES)
