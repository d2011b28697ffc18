"""What a report says besides its findings: how much was seen, what was compared, what was not judged, and a legend."""

from types import SimpleNamespace

import numpy as np
import pytest
from made_up import REAL, evidence, log, outcome
from scipy.spatial.distance import pdist

from gan_course.doctor import report
from gan_course.doctor.findings import Finding

ILL = Finding("mode-collapse", "illness", "Measured 3 %.", "A cause.", "code()")


def visit(findings=(), **changes):
    made = evidence(**changes)
    return SimpleNamespace(evidence=made, findings=[*findings], remarks=[], ticks=made.log.ticks)


def text(*findings, **changes):
    """The report in one line."""
    return " ".join(report.text(visit(findings, **changes)).split())


def test_it_says_how_often_each_player_was_trained():
    said = "Seen: 150 training events, in which the weights of G changed 50 times and those of D 100 times."
    assert said in text()
    assert said in text(ILL)
    assert "In all they moved by 20.0% (G) and 20.0% (D) of their size (up to 200 % is usual)." in text()


def test_where_nothing_was_found_it_says_what_was_compared():
    tried = outcome()
    made = text(outcome=tried)
    assert "nothing wrong found (150 training events; train_on_batch)" in made
    share = pdist(tried.last.fakes).mean() / pdist(REAL).mean()
    assert "Compared: 256 samples of G with 256 real ones, at 9 moments." in made
    assert f"two samples are on average {share:.0%} as far apart as two real ones" in made
    assert "of pairs of a real and a generated sample in the right order (50 % is a coin)" in made
    assert "Watch a longer part of the training" in made
    assert "Not judged" not in made


def test_where_something_was_found_it_does_not():
    assert "Compared:" not in text(ILL)
    assert "Watch a longer" not in text(ILL)


@pytest.mark.parametrize(("events", "count"), [(3, 3), (15, 2), (60, 1), (120, 0)])
def test_it_says_what_it_could_not_judge_after_a_short_run(events, count):
    made = text(log=log(ticks=events))
    assert ("Not judged after so few training events" in made) == bool(count)
    assert made.count("events on)") == count


def test_networks_that_were_not_watched_are_said_to_be_so():
    assert "No training was watched" in text(watched=False, moved={})
    assert "Seen:" not in text(watched=False, moved={})


def test_broken_weights_have_no_share():
    assert "In all" not in text(moved={"generator": np.nan, "discriminator": 0.1})


@pytest.mark.parametrize(
    ("word", "line"),
    [
        ("illness", "An illness keeps"),
        ("risk", "A risk may"),
        ("note", "A note is only"),
        ("early intervals", "The early intervals lie"),
        ("slope", "The slope at a sample"),
        ("raw scores", "Raw scores are"),
    ],
)
def test_a_word_is_explained_where_it_is_used_and_only_there(word, line):
    severity = word if word in ("illness", "risk", "note") else "note"
    finding = Finding("copying", severity, f"Measured: {word} 3.", "A cause.", "code()")
    assert line in text(finding)
    assert line not in text()


def test_players_have_the_names_of_the_users_variables():
    names = evidence().names | {"generator": "gan.maker", "discriminator": "judge"}
    said = "G is the generator, gan.maker in your code, and D the discriminator, judge."
    assert said in text(names=names)
    assert said in report.html(visit(names=names))
    assert "A training event is a moment at which weights can change: here one call of train_on_batch." in text()


def test_without_real_data_it_does_not_say_that_nothing_is_wrong():
    without = {"outcome": outcome(real=None, reference=None), "real_range": None}
    first = (
        "Doctor's report: could not judge this GAN: most checks need real data (150 training events; train_on_batch)"
    )
    assert text(**without).startswith(first)
    assert "nothing wrong found" not in text(**without)
    assert text(ILL, **without).startswith("Doctor's report: 1 illness (")
