"""What a report says besides its findings: how much was seen, what was compared, what was not judged, and a legend."""

from types import SimpleNamespace

import numpy as np
import pytest
from made_up import REAL, evidence, log, outcome
from scipy.spatial.distance import pdist

from gan_course.doctor import report, summary
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
    assert "of pairs of a real and a generated sample in the right order: good, D is often unsure" in made
    assert made.count(": good") == 4
    assert "Watch a longer part of the training" in made
    assert "Not judged" not in made


@pytest.mark.parametrize(
    ("tried", "line"),
    [
        (outcome(course={"lead": 6.0}), "in the right order: bad, D knows nearly every sample"),
        (outcome(course={"fakes": 3 + REAL}), "from another real one: bad, samples are far from the data"),
    ],
)
def test_samples_that_are_not_like_the_data_are_no_success(tried, line):
    made = text(outcome=tried)
    assert made.startswith("Doctor's report: no known fault found, but G's samples are not like the data yet (150")
    assert line in made
    assert "This is no all-clear" in made
    assert summary.is_unlike(evidence(outcome=tried))
    assert not summary.is_unlike(evidence())
    assert text(ILL, outcome=tried).startswith("Doctor's report: 1 illness (")


def test_figures_of_samples_that_are_too_alike_or_leave_the_range_are_not_good():
    assert "as two real ones: bad, this is mode collapse" in text(outcome=outcome(course={"fakes": REAL / 10}))
    assert "as two real ones: not yet good, they are too alike" in text(outcome=outcome(course={"fakes": 0.4 * REAL}))
    assert "not yet good, they use a part of it" in text(outcome=outcome(course={"fakes": 0.4 * REAL}))
    assert "bad, they leave it" in text(outcome=outcome(course={"fakes": 1.5 * REAL}))


def test_a_number_and_its_percent_sign_stay_in_one_line():
    for width in range(40, 120):
        lines = report._wrapped("", "x" * width + " and more than 20 % of all of them")
        assert not any(line.strip().startswith("%") for line in lines)
        assert "\u00a0" not in "".join(lines)


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


def test_what_has_no_name_in_the_code_is_said_to_be_so():
    mine = {"called": frozenset({"discriminator"}), "names": evidence().names | {"discriminator": "self.judge"}}
    said = text(Finding("copying", "note", "G copies.", "A cause.", "combined.train_on_batch(x_train, g)"), **mine)
    assert "G is the generator, the Keras model named sequential, from (None, 6) to (None, 1)." in said
    assert "No variable that holds it was found; in remedies g stands for it." in said
    assert "D is the discriminator, self.judge in your code." in said
    assert "combined stands for the model that trains G through D. x_train stands for the array" in said
    assert "stands for" not in text(ILL)


def test_without_real_data_it_does_not_say_that_nothing_is_wrong():
    without = {"outcome": outcome(real=None, reference=None), "real_range": None}
    first = (
        "Doctor's report: could not judge this GAN: most checks need real data (150 training events; train_on_batch)"
    )
    assert text(**without).startswith(first)
    assert "nothing wrong found" not in text(**without)
    assert text(ILL, **without).startswith("Doctor's report: 1 illness (")
