"""The benchmark of objectives: passes counted by hand, made-up numbers, and a tiny run."""

import json

import keras
import numpy as np
import pytest

pytest.importorskip("tensorflow")
if keras.config.backend() != "tensorflow":
    pytest.skip("the benchmarks run on TensorFlow", allow_module_level=True)

from benchmarks import objectives, report, ring


@pytest.mark.parametrize(
    ("name", "d_steps", "by_hand"),
    [
        ("hinge", 1, (1 + 2 * 3) + 5),
        ("clipping", 5, 5 * (1 + 2 * 3) + 5),
        ("penalty", 1, (1 + 2 * 3 + 2 + 4) + 5),
        ("penalty", 5, 5 * (1 + 2 * 3 + 2 + 4) + 5),
        ("r1", 1, (1 + 2 * 3 + 2 + 4) + 5),
    ],
)
def test_passes_counted_by_hand_and_nearly_equal_budgets(name, d_steps, by_hand):
    contender = objectives.CONTENDERS[name]
    assert objectives.passes(contender, d_steps) == by_hand
    for problem, budget in objectives.BUDGET.items():
        steps = objectives.steps_for(problem, contender, d_steps)
        assert steps % 5 == 0
        assert abs(steps * by_hand / budget - 1) < 0.02


@pytest.mark.parametrize("problem", objectives.PROBLEMS)
@pytest.mark.parametrize("name", objectives.CONTENDERS)
def test_players_learn_as_the_table_says(name, problem):
    contender, image = objectives.CONTENDERS[name], objectives.kind(problem) == "digits"
    gan = objectives.build(problem, contender, 1e-3, 5, 0, 100)
    assert (gan.gradient_penalty_weight, gan.r1_weight) == (contender.gradient_penalty[image], contender.r1[image])
    assert gan.d_steps == 5
    kernels = [w for w in gan.discriminator.trainable_variables if w.name == "kernel"]
    assert {getattr(w.constraint, "limit", None) for w in kernels} == {contender.clipping[image]}
    for optimizer, own in zip(gan.optimizer.optimizers, (500, 100), strict=True):  # D's schedule counts D's steps
        assert (optimizer.beta_1, optimizer.beta_2) == (0.5 if image else 0.0, 0.9)
        for share, rate in ((0, 1e-3), (0.5, 5e-4), (1, 0)):
            optimizer.iterations.assign(int(share * own))
            assert abs(float(optimizer.learning_rate) - rate) < 1e-8


def test_a_digit_gets_the_same_score_in_every_batch():
    """A critic with a penalty must not compare the samples of a batch."""
    _, critic = objectives.image_networks()
    digits = np.random.default_rng(0).uniform(-1, 1, (3, *objectives.SHAPE)).astype("float32")
    together, alone = critic(digits, training=True), critic(digits[:1], training=True)
    assert np.allclose(keras.ops.convert_to_numpy(together)[:1], keras.ops.convert_to_numpy(alone), atol=1e-5)
    _, critic = objectives.image_networks(deviation=True)  # this one compares them, on purpose
    together, alone = critic(digits, training=True), critic(digits[:1], training=True)
    assert not np.allclose(keras.ops.convert_to_numpy(together)[:1], keras.ops.convert_to_numpy(alone), atol=1e-5)


def test_each_change_is_one_change():
    base = ring.CHANGES["lesson_06"]
    different = {
        name: [key for key in change._fields if key != "title" and getattr(change, key) != getattr(base, key)]
        for name, change in ring.CHANGES.items()
    }
    assert different == {
        "lesson_06": [],
        "beta_2": ["beta_2"],
        "rate": ["rate"],
        "d_slope": ["d_slope"],
        "g_slope": ["g_slope"],
        "both": ["g_slope", "d_slope"],
        "all": ["g_slope", "d_slope", "beta_2", "steps"],
    }
    for player, slope in zip(ring.networks(g_slope=0.2), (0.2, 0.0), strict=True):
        slopes = [layer.negative_slope for layer in player.layers if isinstance(layer, keras.layers.LeakyReLU)]
        assert np.allclose(slopes, [slope] * 2)


def a_run(problem, contender, seed, rate=1e-3, d_steps=1, **found):
    run = {"problem": problem, "contender": contender, "seed": seed, "rate": rate, "d_steps": d_steps}
    return {**run, "steps": 2_100, "passes": 25_200, "seconds": 3.0, **found}


def test_a_table_from_made_up_numbers():
    runs = [
        a_run("ring", "hinge", 100, modes=8, high_quality=0.5),
        a_run("ring", "hinge", 100, d_steps=5, modes=4, high_quality=0.9),  # 0.45 of both together
        a_run("ring", "hinge", 100, rate=4e-3, modes=8, high_quality=0.6),
        a_run("ring", "hinge", 1, rate=4e-3, modes=7, high_quality=0.61),
        a_run("ring", "hinge", 0, rate=4e-3, modes=8, high_quality=0.59),
        a_run("digits", "r1", 100, frechet=2.5),
        a_run("digits", "r1", 100, d_steps=5, frechet=1.5),
        a_run("digits", "r1", 0, d_steps=5, frechet=1.75),
        {"problem": "changes", "contender": "lesson_06", "seed": 3, "steps": 2_000, "modes": 8, "high_quality": 0.5},
        {"problem": "changes", "contender": "lesson_06", "seed": 4, "steps": 2_000, "modes": 7, "high_quality": 0.6},
    ]
    assert objectives.chosen(runs, "ring", "hinge") == (4e-3, 1)
    assert objectives.chosen(runs, "digits", "r1") == (1e-3, 5)
    assert [run["seed"] for run in objectives.summary(runs, "ring", "hinge")] == [0, 1]
    about = {"machine": report.machine("keras"), "floor": 0.87}
    text = objectives.markdown(runs, about, objectives.CONTENDERS)
    assert "| hinge | 7.5 ± 0.7 | 60.0 ± 1.4 % | 90.0%, 50.0%, 60.0% | 0.004 | 1 | 2,100 | 3.0 |" in text
    assert "| cross-entropy, R1 | 1.8 ± 0.0 | 2.5, 1.5 | 0.001 | 5 | 2,100 | 3.0 |" in text
    assert "| as in lesson 06 | 8, 7 | 55.0 ± 7.1 % |" in text
    assert "it is 0.87" in text


@pytest.mark.usefixtures("without_graphs")
def test_a_tiny_run_of_objectives(tmp_path, monkeypatch, is_a_picture):
    monkeypatch.setattr(objectives, "SETTINGS", dict.fromkeys(objectives.SETTINGS, ((1e-3, 1),)))
    monkeypatch.setattr(objectives, "BUDGET", dict.fromkeys(objectives.BUDGET, 90))
    monkeypatch.setattr(objectives, "SAMPLES", {"ring": 250, "digits": 200})
    monkeypatch.setattr(ring, "SEEDS", (3,))
    monkeypatch.setattr(ring, "CHANGES", {"beta_2": ring.CHANGES["beta_2"]._replace(steps=10)})
    chosen = {name: objectives.CONTENDERS[name] for name in ("clipping", "penalty")}
    objectives.run(tmp_path, chosen, ("ring", "digits"), seeds=(0,))
    stored = json.loads((tmp_path / "objectives.json").read_text("utf-8"))
    keys = [(run["problem"], run["contender"], run["seed"]) for run in stored["runs"]]
    assert keys.pop(0) == ("changes", "beta_2", 3)
    assert keys == [(p, c, s) for p in ("ring", "digits") for c in chosen for s in (objectives.SEARCH_SEED, 0)]
    assert {run["steps"] for run in stored["runs"]} == {5, 10}
    kept = {run["seed"]: run for run in stored["runs"] if run["problem"] == "digits"}
    assert report.from_text(kept[0]["shown"], objectives.SHAPE).shape == (objectives.SHOWN, *objectives.SHAPE)
    assert "shown" not in kept[objectives.SEARCH_SEED]
    assert kept[0]["frechet"] > 2 * stored["about"]["floor"]  # so few steps teach little
    assert "| Wasserstein, clipping |" in (tmp_path / "objectives.md").read_text("utf-8")
    assert is_a_picture(tmp_path / "objectives.png")
    monkeypatch.setattr(objectives, "build", None)  # it is there: nobody trains
    objectives.run(tmp_path, chosen, ("ring", "digits"), seeds=(0,))
    assert json.loads((tmp_path / "objectives.json").read_text("utf-8")) == stored


def test_the_training_digits_are_near_the_held_out_ones_and_noise_is_not():
    noise = np.random.default_rng(0).uniform(-1, 1, (500, *objectives.SHAPE))
    floor = objectives.floor()
    assert 0 < floor < 3
    assert objectives.judged(noise)["frechet"] > 10 * floor
