"""Every patient of the corpus really has its illness, and the healthy ones are well: measured without the doctor."""

import os

import corpus
import keras
import pytest
from corpus import signs

HERE = [case for case in corpus.CASES if keras.backend.backend() in case.backends]
pytestmark = [pytest.mark.corpus, pytest.mark.filterwarnings("ignore")]


@pytest.mark.parametrize("case", HERE, ids=lambda case: case.title)
def test_the_case_is_what_it_says(case):
    course = signs.follow(case.admit(int(os.environ.get("CORPUS_SEED", "0"))))
    assert case.sign(course)
    if case.illness is None:
        assert signs.both_play(course)


def test_every_case_says_what_happened_and_where_it_was_reported():
    assert all(case.build.__doc__ and case.source.startswith("https://") for case in corpus.CASES)
    assert len({case.title for case in corpus.CASES}) == len(corpus.CASES)
