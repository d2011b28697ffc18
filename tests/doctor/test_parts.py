"""The parts of the doctor that need no training: fingerprints, materials, scores, snapshots, ways to find players."""

import keras
import numpy as np
import pytest
from doctor_loops import LATENT, SIZE, new_players, wrapped
from keras import layers

from gan_course.doctor import evaluation, fingerprints, frameworks, materials, script, snapshots, structure

RNG = np.random.default_rng(0)


# Recognizing samples


def test_rows_are_recognized_whatever_their_dtype_and_order():
    rows = RNG.normal(size=(20, 4, 4)).astype("float32")
    memory = fingerprints.Memory()
    memory.add(rows, "stamp")
    assert memory.find(rows[::-1].astype("float64")) == ["stamp"] * 20
    assert memory.find(rows + 1) == [None] * 20


def test_the_memory_forgets_the_oldest_rows():
    memory = fingerprints.Memory(most=8)
    for i in range(10):
        memory.add(np.full((1, 3), i), i)
    assert memory.find(np.arange(10.0)[:, None] * np.ones(3)) == [None, None, *range(2, 10)]


def test_rows_are_spread_over_both_halves_of_a_batch():
    assert fingerprints.spread_rows(np.arange(128), 64)[[0, -1]].tolist() == [0, 127]
    assert len(fingerprints.spread_rows(np.arange(10), 64)) == 10


# Inputs


@pytest.mark.parametrize(
    ("rows", "kind", "low", "high"),
    [
        (RNG.uniform(-1, 1, (500, 8)), "uniform", -1, 1),
        (RNG.uniform(0, 1, (500, 8)), "uniform", 0, 1),
        (RNG.normal(size=(500, 8)), "normal", None, None),
        (np.sign(RNG.normal(size=(500, 8))), "other", -1, 1),
    ],
)
def test_noise_is_described(rows, kind, low, high):
    found, *bounds, mean, std = materials.distribution(rows)
    assert found == kind
    assert low is None or bounds == [low, high]
    assert (mean, std) == (pytest.approx(rows.mean()), pytest.approx(rows.std()))


# Scores


def test_auc_is_the_share_of_pairs():
    real, fake = RNG.normal(size=40) + 1, RNG.normal(size=30)
    pairs = (real[:, None] > fake).mean()
    assert evaluation.auc(real, fake) == pytest.approx(pairs)
    assert evaluation.auc(np.ones(3), np.ones(4)) == 0.5
    assert np.isnan(evaluation.auc(np.array([np.nan]), np.ones(2)))


def test_one_score_per_sample_whatever_d_returns():
    samples = RNG.uniform(size=(5, 4, 4, 1))
    assert evaluation.one_score(np.full((5, 1), 0.5), samples, "sigmoid") == pytest.approx(np.zeros(5))
    assert evaluation.one_score(np.full((5, 2, 2, 1), 3.0), samples, "linear").tolist() == [3.0] * 5
    assert evaluation.one_score(samples + 0.5, samples, "sigmoid") == pytest.approx(np.full(5, -0.25))


def test_everything_is_put_back_bit_for_bit():
    g, d = new_players()
    networks = {"generator": g, "discriminator": d}
    before = snapshots.History(networks).copies()
    with evaluation.restored(networks):
        for variable in (*g.trainable_variables, *d.trainable_variables):
            variable.assign(variable * 0)
    after = snapshots.History(networks).copies()
    assert all(np.array_equal(a, b) for name in networks for a, b in zip(before[name], after[name], strict=True))


def test_layers_are_as_frozen_as_before():
    _, d = new_players()
    d.layers[0].trainable = False
    before = [layer.trainable for layer in d.layers]
    with evaluation.unfrozen(d):
        assert all(layer.trainable for layer in d.layers)
    assert [layer.trainable for layer in d.layers] == before


# Snapshots


def test_the_history_keeps_the_first_and_the_last_moment_and_says_who_broke_first():
    g, d = new_players()
    history = snapshots.History({"generator": g, "discriminator": d})
    for tick in range(1, 40):
        d.trainable_variables[-2].assign_add(d.trainable_variables[-2] * 0 + 0.1)
        if tick == 35:
            g.trainable_variables[-1].assign(g.trainable_variables[-1] * np.nan)
        assert history.changed() >= {"discriminator"}
        history.note_broken(tick, history.seen)
        history.observe(tick)
    history.close(39)
    assert [s.tick for s in history.snapshots] == [0, 1, 2, 4, 8, 16, 32, 39]
    assert [w.tick for w in history.windows] == [16, 32, 39]
    assert history.broken == {"generator": 35}
    assert history.windows[0].moved["generator"] == 0
    assert history.moved("discriminator") > 0


def test_snapshots_stay_within_their_memory(monkeypatch):
    g, d = new_players()
    monkeypatch.setattr(snapshots, "MOST_BYTES", 1)
    history = snapshots.History({"generator": g, "discriminator": d})
    for tick in range(1, 65):
        history.observe(tick)
    assert [s.tick for s in history.snapshots] == [0, 32, 64]


# Structure


@pytest.mark.parametrize(
    ("last", "name"),
    [
        ([layers.Dense(4, activation="tanh")], "tanh"),
        ([layers.Dense(4), layers.Activation("sigmoid")], "sigmoid"),
        ([layers.Dense(4, activation="sigmoid"), layers.Reshape((2, 2))], "sigmoid"),
        ([layers.Dense(4)], "linear"),
        ([layers.Dense(4), layers.BatchNormalization()], "linear"),
        ([layers.Dense(4), layers.LeakyReLU()], "leakyrelu"),
        ([layers.Dense(4), layers.Lambda(lambda x: x)], None),
    ],
)
def test_the_last_activation_is_found(last, name):
    model = keras.Sequential([keras.Input((3,)), *last])
    assert structure.last_activation(model) == name
    assert structure.last_activation(keras.Sequential([keras.Input((3,)), model])) == name


def test_operations_at_the_end_of_a_functional_model_count():
    x = keras.Input((3,))
    assert structure.last_activation(keras.Model(x, keras.ops.tanh(layers.Dense(2)(x)))) == "tanh"


@pytest.mark.parametrize(
    ("loss", "expected"),
    [
        (None, (None, None)),
        ("binary_crossentropy", ("binary_crossentropy", False)),
        (keras.losses.BinaryCrossentropy(from_logits=True), ("BinaryCrossentropy", True)),
        ([keras.losses.BinaryCrossentropy()], ("BinaryCrossentropy", False)),
        ("mse", ("mse", None)),
    ],
)
def test_losses_are_described(loss, expected):
    assert structure.describe_loss(loss) == expected


# Finding the players of a script


def test_players_are_found_alone_and_in_a_combined_model():
    g, d = new_players()
    assert script.find_players([g, d]) == [(g, d, None)]
    combined = keras.Sequential([keras.Input((LATENT,)), g, d])
    assert script.find_players([d, combined, g]) == [(g, d, combined)]


def test_parts_of_larger_networks_are_no_players():
    inner = keras.Sequential([keras.Input((LATENT,)), layers.Dense(SIZE)])
    g = keras.Sequential([keras.Input((LATENT,)), inner, layers.Reshape((SIZE, 1))])
    core = keras.Sequential([keras.Input((SIZE,)), layers.Dense(1)])
    d = keras.Sequential([keras.Input((SIZE, 1)), layers.Flatten(), core])
    assert script.find_players([inner, core, d, g]) == [(g, d, None)]


def test_of_a_network_and_its_wrapper_the_outer_one_plays_unless_the_inner_one_is_compiled_or_named():
    inner_g, inner_d = new_players()
    g, d = wrapped(inner_g), wrapped(inner_d)
    z = keras.Input((LATENT,))
    combined = keras.Model(z, d(g(z)))
    models = [inner_d, g, combined, inner_g, d]
    assert script.find_players(models) == [(g, d, combined)]
    assert script.choose(models, {"generator": inner_g}) == [(inner_g, d, combined)]
    assert script.choose(models, {"generator": inner_g, "discriminator": inner_d}) == [(inner_g, inner_d, combined)]
    inner_d.compile("adam", "mse")
    assert script.find_players(models) == [(g, inner_d, combined)]


def test_a_model_that_keras_makes_for_a_sequential_one_is_no_player():
    inner, _ = new_players()
    outer = wrapped(inner)
    found = [m for m in script.living_models() if structure.is_wrapper(m, inner)]
    assert {*map(id, found)} == {id(inner), id(outer)}


def test_two_generators_are_not_clear_and_the_advice_says_what_to_pass():
    (g, d), (other, _) = new_players(), new_players(1)
    assert len(script.find_players([g, d, other])) == 2
    assert "doctor.watch(generator=" in script.advice([g, d, other], {})


# Graphs of TensorFlow


@pytest.mark.skipif(keras.config.backend() != "tensorflow", reason="graphs of TensorFlow")
def test_bounds_of_labels_in_a_graph():
    import tensorflow as tf

    found = {}

    @tf.function
    def made(count):
        ones, noise = tf.ones((count, 1)), tf.random.uniform((count, 1))
        cases = {
            "smooth": 0.9 * ones,
            "noisy": ones - 0.1 * noise,
            "from bounds": tf.random.uniform((count, 1), 0.7, 1.2),
            "clipped": tf.clip_by_value(ones + noise, 0.0, 1.0),
            "parts": tf.concat([ones, tf.zeros_like(ones)], 0) + 0.5,
            "normal": ones + tf.random.normal((count, 1)),
            "twice": noise - noise,
        }
        found.update({name: frameworks.label_bounds(labels) for name, labels in cases.items()})
        return ones

    made(tf.constant(3))
    expected = {"smooth": [(0.9, 0.9)], "noisy": [(0.9, 1.0)], "from bounds": [(0.7, 1.2)], "clipped": [(1.0, 1.0)]}
    expected |= {"parts": [(1.5, 1.5), (0.5, 0.5)], "normal": [], "twice": []}
    assert {name: [pytest.approx(b) for b in bounds] for name, bounds in expected.items()} == found
    assert frameworks.label_bounds(np.ones(3)) == []
