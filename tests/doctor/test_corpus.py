"""The doctor visits every case of the corpus: it names the illness of the ill ones, and nothing of the healthy ones."""

import corpus
import keras
import pytest

from benchmarks.doctor import is_found, visit

HERE = [case for case in corpus.CASES if keras.config.backend() in case.backends]
pytestmark = [pytest.mark.corpus, pytest.mark.filterwarnings("ignore")]


@pytest.mark.parametrize("case", HERE, ids=lambda case: case.title)
def test_the_doctor_is_right(case):
    run = visit(case, seed=0)
    assert is_found(run), run
    assert set(getattr(case, "also", ())) <= {*run["found"]}
