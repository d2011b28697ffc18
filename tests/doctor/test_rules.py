"""Every rule on made-up evidence: it finds its illness, and says nothing of a healthy GAN or where it knows little."""

import dataclasses
from types import SimpleNamespace

import numpy as np
import pytest
from made_up import REAL, RNG, evidence, log, moments, network, outcome, windows

from gan_course.doctor import rules_data, rules_losses, rules_outcomes
from gan_course.doctor.events import Batch, LossUse, Noise, OptimizerUse
from gan_course.doctor.evidence import Evidence
from gan_course.doctor.findings import ORDER, ordered
from gan_course.doctor.visit import RULES


def found(made):
    """Names of the findings above notes, causes first."""
    findings = ordered([finding for rule in RULES if (finding := rule(made)) is not None])
    return [finding.name for finding in findings if finding.severity != "note"]


def noises(*kinds):
    """A log whose noise is given as triples of a purpose, a mean and a deviation."""
    made = [
        Noise(i, RNG.normal(mean, std, (32, 4)).astype("float32"), i, purpose)
        for purpose, mean, std in kinds
        for i in range(30)
    ]
    return log(noises=made)


def batches(change):
    """A healthy log in which each batch is changed by a function from a batch to a dictionary of changes."""
    healthy = log()
    return dataclasses.replace(healthy, batches=[dataclasses.replace(b, **change(b)) for b in healthy.batches])


def flipped_since(tick):
    """A change of batches: from a training event on, half of all labels are wrong."""

    def change(b):
        names = [name for name in ("real_label", "fake_label") if getattr(b, name) is not None]
        return dict.fromkeys(names, 0.5) | {"label_spread": 0.5} if b.tick >= tick else {}

    return change


def mixed_batches(real, fake, spread):
    made = [
        Batch(i, "mixed", "train_on_batch", real, fake, spread, [0], RNG.normal(size=(9, 6)), digest=i)
        for i in range(30)
    ]
    return log(batches=made)


def sorted_batches():
    """Batches of real data of which each has a mean of its own."""
    made = [RNG.normal(size=(32, 6)) + RNG.normal(size=6) for _ in range(30)]
    return log(batches=[Batch(i, "real", "call", features=part, digest=i) for i, part in enumerate(made)])


def optimizers(*uses):
    """A log with these optimizers: tuples of a set of players and whether they were given together."""
    made = {i: OptimizerUse("Adam", 1e-3, players, together) for i, (players, together) in enumerate(uses)}
    return log(optimizers=made, combined_moves=[])


def squared_error(shift, lead):
    """Changes for a squared error behind a sigmoid: samples have raw scores around `shift`, reals `lead` more."""
    made = [
        dataclasses.replace(m, real_scores=m.real_scores + shift, fake_scores=m.fake_scores + shift)
        for m in moments(lead=lead)
    ]
    player = network(activation="sigmoid", loss="mse", from_logits=None)
    return {D: player, "combined": player, "outcome": outcome(moments=made)}


def sure(lead=20.0, slope=1.0):
    """An outcome in which D's scores of reals are higher by `lead`, and its slope at the samples ends with `slope`."""
    made = moments(lead=lead, fakes=FAR)
    made = [dataclasses.replace(m, fake_scores=m.fake_scores - lead) for m in made]
    return outcome(moments=[*made[:-1], dataclasses.replace(made[-1], slope=slope)])


def varied(*shares):
    """Changes for a G whose samples had these shares of their usual diversity at the last four moments."""
    made = moments()
    made[-4:] = [dataclasses.replace(m, fakes=m.fakes * share) for m, share in zip(made[-4:], shares, strict=True)]
    return {"outcome": outcome(moments=made, training_fakes=made[-1].fakes)}


def clipped():
    """Windows in which D's largest weight is always the same."""
    return [dataclasses.replace(w, largest={G: 1.0, D: 0.01}) for w in windows()]


def flat_lately(center=0.0, scale=0.05, **changes):
    """Changes for a D that told reals from samples at first, and then gives both almost the same score."""
    made = moments(lead=2.0, fakes=FAR)
    made[-3:] = [
        dataclasses.replace(m, real_scores=center + scale * m.fake_scores, fake_scores=center + scale * m.fake_scores)
        for m in made[-3:]
    ]
    return {"outcome": outcome(moments=made), **changes}


G, D = "generator", "discriminator"
UNSEEN = {"real_range": None, "outcome": outcome(course={"lead": np.nan}, real=None, reference=None)}
FAR = RNG.uniform(-1, 1, (256, 6)) + 5
ILL = [
    ("not-built", {"generator": network(built=False)}),
    ("no-training", {"moved": {G: 0.0, D: 0.0}}),
    ("no-training", {"moved": {G: 0.0, D: 0.0}, "log": log(loops={"stateless"})}),
    ("sleeping-discriminator", {"moved": {G: 0.1, D: 0.0}}),
    ("sleeping-discriminator", {"moved": {G: 0.1, D: 0.0}, D: network(trainable=False)}),
    ("sleeping-discriminator", {"windows": windows(discriminator=[1e-2] + [0.0] * 7)}),
    ("sleeping-generator", {"moved": {G: 0.0, D: 0.1}}),
    ("sleeping-generator", {"moved": {G: 0.0, D: 0.1}, "log": log(loops={"apply"}, combined_moves=[])}),
    ("sleeping-generator", {"windows": windows(generator=[1e-2] * 2 + [0.0] * 6)}),
    ("combined-trains-discriminator", {"log": log(combined_moves=[True] * 50)}),
    ("combined-trains-discriminator", {"log": log(combined_moves=[True, False] * 25)}),
    ("combined-trains-discriminator", {"log": optimizers(({D}, False), ({G, D}, True))}),
    ("shared-optimizer", {"one_optimizer": True}),
    ("shared-optimizer", {"log": optimizers(({G, D}, False))}),
    ("shared-optimizer", {"log": optimizers(({G, D}, True))}),
    ("standing-still", {"windows": windows(generator=1e-6)}),
    ("standing-still", {"windows": windows(discriminator=1e-6)}),
    ("exploding", {"broken": {G: 40, D: 39}}),
    ("logits-mismatch", {D: network(activation="sigmoid")}),
    ("logits-mismatch", {D: network(from_logits=False)}),
    ("logits-mismatch", {D: network(activation=None, from_logits=False)}),
    ("logits-mismatch", {D: network(loss=None), "log": log(losses={1: LossUse("bce", False, 3)})}),
    ("label-mix-up", {"log": batches(lambda b: {"fake_label": None if b.fake_label is None else 1.0})}),
    ("label-mix-up", {"log": log(generator_labels=[0.0] * 50)}),
    ("label-mix-up", {"log": log(loss_labels=[("real", 1.0, 0.0), ("fake", 1.0, 0.0)] * 10, batches=[])}),
    ("label-mix-up", {"outcome": outcome(course={"lead": 2.0, "raised": -0.5}), "log": log(batches=[])}),
    ("label-range", {"log": log(binary_labels=(0.0, 1.2))}),
    ("label-range", {"log": log(binary_labels=(-0.2, 1.0))}),
    ("label-range", {"log": log(binary_labels=(-0.0998, 1.0998))}),  # noise of up to 0.1, as it was drawn
    ("label-range", {"log": log(binary_labels=(0.0, 1.05)), "outcome": outcome(course={"scale": 30.0})}),
    ("range-mismatch", {"real_range": (0.0, 255.0)}),
    ("range-mismatch", {"real_range": (0.0, 1.0)}),
    ("range-mismatch", {"real_range": (-1.0, 1.0), G: network(activation="sigmoid")}),
    ("range-mismatch", {"real_range": (0.0, 0.004), G: network(activation="sigmoid")}),
    ("range-mismatch", {"real_range": (-1.0, 1.0), G: network(activation="relu")}),
    ("range-mismatch", {"real_range": (0.0, 255.0), G: network(activation="linear")}),
    ("noise-mismatch", {"log": log(constant_noise=True)}),
    ("noise-mismatch", {"log": log(noises=[Noise(i, np.ones((9, 4)) * i, i, "update") for i in range(30)])}),
    ("noise-mismatch", {"log": log(noises=[Noise(i, RNG.normal(size=(9, 4)), 7, "update") for i in range(30)])}),
    ("noise-mismatch", {"log": noises(("update", 0, 1), ("other", 0.5, 0.3))}),
    ("noise-mismatch", {"log": noises(("update", 0, 1), ("judged", 0.5, 0.3))}),
    ("stale-fakes", {"log": batches(lambda b: {"ages": [b.tick] * len(b.ages)})}),
    ("unshuffled-data", {"log": sorted_batches()}),
    ("unshuffled-data", {"log": batches(lambda b: {"digest": 1 if b.kind == "real" else b.digest})}),
    ("batch-statistics", {"still_statistics": {G: True}}),
    (
        "batch-statistics",
        {D: network(batch_normalization=True), "outcome": outcome(course={"lead": 0.0}, training_auc=1.0)},
    ),
    (
        "vanishing-gradient",
        {
            "windows": windows(generator=[1e-2] * 3 + [1e-4] * 5),
            "outcome": outcome(course={"lead": 20.0, "fakes": FAR}),
        },
    ),
    ("vanishing-gradient", squared_error(shift=-9.0, lead=20.0)),
    ("vanishing-gradient", {"windows": windows(generator=[1e-2] * 2 + [0.0] * 6), "outcome": sure(slope=1e-4)}),
    ("vanishing-gradient", {"windows": windows(generator=[1e-2] * 2 + [0.0] * 6), "outcome": sure(lead=200.0)}),
    ("vanishing-gradient", {"windows": windows(generator=[1e-2] * 3 + [0.0] * 5), **UNSEEN}),
    (
        "vanishing-gradient",
        {
            "windows": windows(generator=[1e-2] * 4 + [0.0, 1e-3, 0.0, 0.0]),
            "log": log(loops={"fit"}, updates={G: 44, D: 150}),
            **UNSEEN,
        },
    ),
    ("blind-discriminator", {"outcome": outcome(course={"lead": 0.0, "scale": 0.1, "fakes": FAR})}),
    ("blind-discriminator", flat_lately()),
    ("blind-discriminator", {"log": mixed_batches(0.5, 0.5, 0.5)}),
    ("blind-discriminator", {"log": batches(flipped_since(20))}),
    ("blind-discriminator", {"log": log(loss_labels=[("real", 0.5, 0.3), ("fake", 0.5, 0.3)] * 10, batches=[])}),
    ("mode-collapse", {"outcome": outcome(course={"fakes": REAL * 0.05}, training_fakes=REAL * 0.05)}),
    ("mode-collapse", varied(0.05, 0.05, 1, 0.05)),
    ("mode-collapse", varied(0.3, 0.4, 0.4, 0)),
    ("copying", {"outcome": outcome(course={"fakes": REAL + 1e-3})}),
]


@pytest.mark.parametrize(("name", "changes"), ILL, ids=[f"{name}-{i}" for i, (name, _) in enumerate(ILL)])
def test_an_illness_is_found_and_stands_first(name, changes):
    assert found(evidence(**changes))[:1] == [name]


WELL = {
    "healthy": {},
    "labels the other way round": {
        "log": dataclasses.replace(
            batches(
                lambda b: {
                    "real_label": None if b.real_label is None else 0.0,
                    "fake_label": None if b.fake_label is None else 1.0,
                }
            ),
            generator_labels=[0.0] * 50,
        )
    },
    "one-sided smoothing": {"log": batches(lambda b: {"real_label": None if b.real_label is None else 0.9})},
    "Wasserstein labels": {
        "log": batches(lambda b: {"fake_label": None if b.fake_label is None else -1.0}),
    },
    "an energy": {"outcome": outcome(course={"lead": -1.0, "raised": -0.1, "widened": -0.1})},
    "two learning rates": {"windows": windows(generator=4e-2)},
    "a mixed batch": {"log": mixed_batches(1.0, 0.0, 0.5)},
    "small energies": flat_lately(center=0.3),
    "scores of a D that is not sure": flat_lately(scale=0.25),
    "small scores of a critic with clipped weights": flat_lately(windows=clipped()),
    "a strong D": {"outcome": outcome(course={"lead": 5.0})},
    "a collapse that has ended": varied(0.05, 0.05, 0.05, 1),
    "a single moment of collapse": varied(0.05, 1, 1, 0.05),
    "a single moment of collapse that is not total": varied(0.3, 0.4, 0.4, 0.05),
    "a single moment of total collapse after a healthy one": varied(0.3, 0.9, 0.4, 0),
    "a squared error that is steep": squared_error(shift=-1.0, lead=20.0),
    "a squared error of a D that does not win": squared_error(shift=-9.0, lead=1.0),
    "a first combined step with a D that is not frozen yet": {"log": log(combined_moves=[True] + [False] * 49)},
    "a G that waits for D": {"windows": windows(generator=[0.0] * 6 + [1e-2] * 2)},
    "a strange step of G for a D that looks at the batch": {
        "outcome": outcome(course={"lead": 2.0, "raised": -0.5}, company=3.0),
        "log": log(batches=[]),
    },
    "an untrained sigmoid": {"real_range": (0.0, 1.0), "generator": network(activation="sigmoid")},
    "data that the graph rescales": {"real_range": (0.0, 255.0), "log": log(rescaled=True)},
    "fewer than ten steps": {"log": log(rounds=3), "windows": windows(count=1), "moved": {G: 0.0, D: 1.0}},
    "a little noise on labels that does no harm": {"log": log(binary_labels=(0.0, 1.05))},
    "smooth labels of a cross-entropy": {"log": log(binary_labels=(0.0, 1.0))},
    "a critic that has five steps, without real data": {"log": log(updates={G: 30, D: 150}), **UNSEEN},
    "no real data": {"real_range": None, "outcome": outcome(real=None, reference=None)},
}


@pytest.mark.parametrize("changes", WELL.values(), ids=WELL)
def test_nothing_is_found_in_what_is_well(changes):
    assert found(evidence(**changes)) == []


def test_rules_say_nothing_without_knowledge():
    assert found(Evidence(network(), network(), watched=False)) == []


NOISE = 0.03 * RNG.normal(size=60)
LOSSES = {
    "falls": (np.linspace(1, 0.1, 60) + NOISE, True),
    "rises at first, in batches of reals and of samples": (
        np.stack([0.4 + NOISE, 1 - 0.9 * 0.6 ** np.arange(60) + NOISE], axis=1).ravel(),
        True,
    ),
    "does not change": (0.7 + NOISE, False),
    "changes too little": (np.linspace(0.73, 0.7, 60), False),
    "is too short": (np.linspace(1, 0.1, 15), False),
}


@pytest.mark.parametrize(("losses", "is_misread"), LOSSES.values(), ids=LOSSES)
def test_the_loss_of_a_sleeping_discriminator_that_changes_is_a_note(losses, is_misread):
    made = evidence(moved={G: 0.1, D: 0.0}, log=log(reported={"generator": [], "discriminator": [*losses]}))
    findings = ordered([finding for rule in RULES if (finding := rule(made)) is not None])
    assert [f.name for f in findings if f.severity == "note"] == ["misread-loss"] * is_misread
    assert findings[0].name == "sleeping-discriminator"


def test_a_generator_that_never_moved_has_not_lost_its_gradient():
    made = evidence(windows=windows(generator=0.0), moved={G: 0.0, D: 0.1}, outcome=sure())
    assert rules_outcomes.vanishing_gradient(made) is None


def test_a_consequence_becomes_a_note_that_names_its_cause():
    made = evidence(moved={G: 0.1, D: 0.0}, outcome=outcome(course={"lead": 0.0, "scale": 0.1, "fakes": FAR}))
    findings = ordered([finding for rule in RULES if (finding := rule(made)) is not None])
    blind = next(f for f in findings if f.name == "blind-discriminator")
    assert blind.severity == "note"
    assert "sleeping-discriminator" in blind.evidence


def test_what_was_measured_on_labels_is_no_consequence_of_a_range():
    made = evidence(log=batches(flipped_since(20)), real_range=(0.0, 255.0))
    findings = ordered([finding for rule in RULES if (finding := rule(made)) is not None])
    assert [(f.name, f.severity) for f in findings] == [
        ("range-mismatch", "illness"),
        ("blind-discriminator", "illness"),
    ]
    assert "consequence" not in findings[1].evidence


def test_labels_that_drift_are_made_anew_with_the_names_of_the_user():
    drifting = batches(flipped_since(20))
    named = dataclasses.replace(drifting, label_arrays={"real": ("valid", (32, 1)), "fake": ("fake", (32, 1))})
    found = [rules_outcomes.blind_discriminator(evidence(log=made)) for made in (named, drifting)]
    line = "valid, fake = np.ones((32, 1)), np.zeros((32, 1))"
    assert [f.remedy.startswith(line) for f in found] == [True, False]
    assert all(f.cause.startswith("The labels were right in the first steps, 1.00 for reals and 0.00") for f in found)
    assert "too small" not in found[0].cause
    random = rules_outcomes.blind_discriminator(evidence(log=batches(flipped_since(0))))
    assert "drift" not in random.cause
    assert "drawn at random" in random.cause


@pytest.mark.parametrize("traced", [[("fake", 1.0), ("real", 0.0), ("fake", 1.0)], []])
def test_a_label_mix_up_says_which_label_is_wrong_where_it_is_known(traced):
    made = evidence(outcome=outcome(course={"lead": 2.0, "raised": -0.5}), log=log(batches=[], traced_labels=traced))
    finding = rules_losses.label_mix_up(made)
    said = "D gets the label 1 for samples and 0 for real data, and G is trained with 1."
    assert (said in finding.cause) == bool(traced)
    assert ("replace the label 1 by 0" in finding.remedy) == bool(traced)
    assert not finding.on_labels


def test_labels_as_they_should_be_are_not_called_wrong():
    healthy = log(batches=[], traced_labels=[("real", 1.0), ("fake", 0.0), ("fake", 1.0)])
    assert rules_losses.labels_in_use(evidence(log=healthy)) is None
    assert rules_losses.labels_in_use(evidence()) is None
    assert rules_losses.labels_in_use(evidence(log=log(generator_labels=[0.0] * 50))) == (1.0, 0.0, 0.0)


@pytest.mark.parametrize("label", [0.0, 1.0])
def test_the_slope_of_a_squared_error_behind_a_sigmoid_is_its_derivative(label):
    scores, step = np.linspace(-6, 6, 50), 1e-5
    square, entropy = (
        lambda s: (1 / (1 + np.exp(-s)) - label) ** 2,
        lambda s: label * np.logaddexp(0, -s) + (1 - label) * np.logaddexp(0, s),
    )
    slopes = [np.abs(loss(scores + step) - loss(scores - step)).mean() for loss in (square, entropy)]
    assert rules_outcomes._share_of_slope(scores, label) == pytest.approx(slopes[0] / slopes[1], rel=1e-6)


def test_every_name_of_the_contract_has_a_case():
    assert {name for name, _ in ILL} | {"misread-loss"} == set(ORDER)


@pytest.mark.parametrize(("name", "changes"), ILL, ids=[f"{name}-{i}" for i, (name, _) in enumerate(ILL)])
def test_a_finding_has_a_number_a_cause_code_and_a_lesson(name, changes):
    made = evidence(**changes)
    findings = [finding for rule in RULES if (finding := rule(made)) is not None and finding.name == name]
    (finding,) = findings
    assert any(c.isdigit() for c in finding.evidence)
    assert finding.cause.endswith((".", "?"))
    assert finding.remedy
    assert finding.lesson.startswith("https://github.com/")
    assert finding.lesson.endswith(".ipynb")


def test_the_moments_of_the_helper_are_as_they_say():
    assert moments(lead=3.0)[-1].auc == pytest.approx(0.983, abs=0.02)  # Φ(3 / √2)


@pytest.mark.parametrize(("low", "high"), [(0, 16), (0, 255), (0, 1), (-1, -0.875), (-3, -2.75), (-1, 31)])
@pytest.mark.parametrize(("activation", "bottom"), [("tanh", -1), ("sigmoid", 0)])
def test_the_remedy_for_a_wrong_range_gives_the_right_one(low, high, activation, bottom):
    names = {"x_train": np.linspace(low, high, 50)}
    exec(rules_data._scaling(low, high, activation), names)
    np.testing.assert_allclose([names["x_train"].min(), names["x_train"].max()], [bottom, 1], atol=1e-6)


@pytest.mark.parametrize("low", [0, -1])
@pytest.mark.parametrize(("activation", "bottom"), [("tanh", -1), ("sigmoid", 0)])
def test_the_remedy_for_a_data_set_is_a_map_that_gives_the_right_range(low, activation, bottom):
    x = np.linspace(low, 255, 50)
    names = {
        "dataset": SimpleNamespace(map=lambda function: function(x)),
        "tf": SimpleNamespace(cast=lambda value, dtype: value.astype(dtype)),
    }
    changes = {"real_range": (low, 255.0), "range_of": "dataset", G: network(activation=activation)}
    remedy = rules_data.range_mismatch(evidence(**changes)).remedy
    assert "passed to fit must change" in remedy
    exec(remedy, names)
    np.testing.assert_allclose([names["dataset"].min(), names["dataset"].max()], [bottom, 1], atol=1e-6)


@pytest.mark.parametrize("activation", ["tanh", "sigmoid"])
def test_data_that_were_scaled_twice_are_said_to_be_so(activation):
    once = {"tanh": lambda x: x / 127.5 - 1, "sigmoid": lambda x: x / 255}[activation]
    x = np.array([0.0, 255.0])
    for twice in (once(once(x)), once(x / 255), once(x) / 255):
        changes = {"real_range": (twice.min(), twice.max()), G: network(activation=activation)}
        assert "scaled twice" in rules_data.range_mismatch(evidence(**changes)).remedy
    for other in (x, x / 16, 0.1 * once(x)):
        changes = {"real_range": (other.min(), other.max()), G: network(activation=activation)}
        found = rules_data.range_mismatch(evidence(**changes))
        assert found is None or "scaled twice" not in found.remedy


@pytest.mark.parametrize(
    ("momentum", "rounds", "severity"),
    [(0.99, 120, "risk"), (0.99, 290, "risk"), (0.99, 310, "illness"), (0.9999, 120, "illness"), (0.9, 120, "illness")],
)
def test_moving_averages_that_lag_are_a_risk_while_they_will_soon_catch_up(momentum, rounds, severity):
    g = network(activation="tanh", loss=None, from_logits=None, batch_normalization=True, momentum=momentum)
    made = evidence(generator=g, log=log(rounds), outcome=outcome(training_fakes=RNG.uniform(-1, 1, (256, 6))))
    finding = rules_outcomes.batch_statistics(made)
    assert finding.severity == severity
    needed = int(np.ceil(np.log(0.05) / np.log(momentum)))
    assert f"need about {needed:,} updates, and there were {rounds}" in finding.evidence
