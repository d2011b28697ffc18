"""Visits of unusual networks and bad input: subclasses, models that are built late, labels, wrong data, no training."""

import keras
import numpy as np
import pytest
from doctor_loops import BACKEND, LATENT, SIZE, by_train_on_batch, loss, new_players, noise, wrapped
from keras import layers

from gan_course import doctor
from gan_course.doctor import rules_losses

pytestmark = [pytest.mark.backends, pytest.mark.filterwarnings("ignore")]


def real(count=96):
    return np.random.RandomState(0).normal(size=(count, SIZE)).astype("float32")


class Player(keras.Model):
    """A network whose shapes Keras does not know, since its `call` is code."""

    def __init__(self, units):
        super().__init__()
        self.inner, self.outer = layers.Dense(8, activation="relu"), layers.Dense(units)

    def call(self, x, training=False):
        return self.outer(self.inner(x))


def test_models_that_are_built_in_the_block_are_watched_from_then_on():
    keras.utils.set_random_seed(0)
    g, d = Player(SIZE), Player(1)
    with doctor.watch(g, d, real=real(), latent_dim=LATENT) as visit:
        d.compile("adam", keras.losses.BinaryCrossentropy(from_logits=True))
        for _ in range(12):
            d.train_on_batch(real(16), np.ones((16, 1)))
            d.train_on_batch(keras.ops.convert_to_numpy(g(noise())), np.zeros((16, 1)))
    assert 10 < visit.ticks <= 24
    assert visit.findings[0].name == "sleeping-generator"
    assert visit.evidence.outcome.problem is None


@pytest.mark.parametrize("named", ["inner", "outer"])
def test_a_wrapper_and_what_is_inside_of_it_are_one_player_whichever_was_named(named):
    inner_g, inner_d = new_players()
    g, d = wrapped(inner_g), wrapped(inner_d)
    d.compile(keras.optimizers.SGD(1e-3), loss())
    watched = (inner_g, inner_d) if named == "inner" else (g, d)
    with doctor.watch(*watched, real=real()) as visit:
        for make in (g, inner_g, g.predict_on_batch, inner_g.predict_on_batch):
            d.train_on_batch(real(16), np.ones((16, 1)))
            d.train_on_batch(keras.ops.convert_to_numpy(make(noise())), np.zeros((16, 1)))
    log = visit.evidence.log
    assert [batch.kind for batch in log.batches] == 4 * ["real", "fake"]
    assert len(log.noises) == 4
    assert visit.evidence.discriminator.loss == "BinaryCrossentropy"
    assert visit.evidence.outcome.problem is None


def test_samples_that_cannot_be_recognized_do_not_count_as_real():
    """They are rounded on their way to D, and no combined model tells which label is which."""
    (g, d), x = new_players(), real()
    d.compile(keras.optimizers.SGD(1e-3), loss())
    with doctor.watch(g, d) as visit:
        for _ in range(10):
            d.train_on_batch(x[np.random.permutation(96)[:16]], np.ones((16, 1)))  # noqa: NPY002
            d.train_on_batch(np.round(5 + g.predict_on_batch(noise()), 1), np.zeros((16, 1)))
    assert "unshuffled-data" not in [finding.name for finding in visit.findings]
    assert "Real and generated batches could not be told apart" in " ".join(visit.remarks)
    assert "got no real data" not in " ".join(visit.remarks)
    assert visit.evidence.outcome.real is None
    with doctor.watch(g, d, real=x) as visit:
        for _ in range(10):
            d.train_on_batch(x[np.random.permutation(96)[:16]], np.ones((16, 1)))  # noqa: NPY002
            d.train_on_batch(np.round(5 + g.predict_on_batch(noise()), 1), np.zeros((16, 1)))
    assert [finding.name for finding in visit.findings] == ["sleeping-generator"]
    assert {*map(tuple, visit.evidence.outcome.real)} <= {*map(tuple, x)}


def test_models_that_are_never_built_are_said_to_be_so():
    with doctor.watch(Player(SIZE), Player(1), real=real(), latent_dim=LATENT) as visit:
        pass
    assert visit.findings[0].name == "not-built"


def test_examine_sees_what_needs_no_training():
    g = keras.Sequential([keras.Input((LATENT,)), layers.Dense(SIZE, activation="tanh")])
    d = keras.Sequential([keras.Input((SIZE,)), layers.Dense(1, activation="sigmoid")])
    d.compile("adam", keras.losses.BinaryCrossentropy(from_logits=True))
    report = doctor.examine(g, d, real=np.arange(60.0).reshape(10, SIZE))
    assert [finding.name for finding in report.findings] == ["logits-mismatch", "range-mismatch"]
    assert "0.731" in report.findings[0].evidence


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"generator": "g"}, r"Invalid generator. Expected a keras.Model"),
        ({"combined": 3}, "Invalid combined"),
        ({"real": np.zeros((9, 5))}, r"input shape \(None, 6\). Received: an array of shape \(9, 5\)"),
        ({"real": iter(())}, "Invalid real. Expected an array"),
        ({"real": np.zeros((0, SIZE))}, "Invalid real. Expected an array"),
        ({"real": np.full((2, SIZE), np.nan)}, "Invalid real. Expected finite numbers. Received: 12 of 12 are NaN"),
    ],
)
def test_bad_arguments_are_refused_before_the_training(changes, message):
    g, d = new_players()
    arguments = {"generator": g, "discriminator": d} | changes
    with pytest.raises(ValueError, match=message):
        doctor.examine(**arguments)


def test_without_real_data_the_report_asks_for_them():
    g, d = new_players()
    report = doctor.examine(g, d)
    assert report.findings == []
    assert "doctor --real NAME script.py" in " ".join(str(report).split())
    assert "doctor.watch(..., real=NAME)" in str(report)
    assert "nothing wrong found" not in str(report)


def test_real_data_of_the_right_size_take_the_shape_that_d_gets():
    g = keras.Sequential([keras.Input((LATENT,)), layers.Dense(SIZE), layers.Reshape((2, SIZE // 2))])
    d = keras.Sequential([keras.Input((2, SIZE // 2)), layers.Flatten(), layers.Dense(1)])
    visit = doctor.examine(g, d, real=real())
    assert visit.evidence.outcome.problem is None
    np.testing.assert_allclose(visit.evidence.outcome.real, real())


def test_real_data_that_became_unfit_in_the_block_do_not_cost_the_report():
    (g, d), x = new_players(), real()
    with doctor.watch(g, d, real=x) as visit:
        x[0, 0] = np.nan
    assert "The real data that were given are left out. Invalid real." in " ".join(visit.remarks)
    assert [finding.name for finding in visit.findings] == ["no-training"]


def test_a_loop_that_never_trains():
    g, d = new_players()
    with doctor.watch(g, d, real=real()) as visit:
        g.predict_on_batch(noise())
    assert [finding.name for finding in visit.findings] == ["no-training"]


def test_networks_with_labels():
    """The labels that G gets are seen, and used when it is tried."""
    keras.utils.set_random_seed(0)
    z, label = keras.Input((LATENT,)), keras.Input((1,), dtype="int32")
    both = layers.Concatenate()([z, layers.Flatten()(layers.Embedding(3, 2)(label))])
    g = keras.Model([z, label], layers.Dense(SIZE)(both))
    x, name = keras.Input((SIZE,)), keras.Input((1,), dtype="int32")
    both = layers.Concatenate()([x, layers.Flatten()(layers.Embedding(3, 2)(name))])
    d = keras.Model([x, name], layers.Dense(1)(both))
    d.compile("adam", keras.losses.BinaryCrossentropy(from_logits=True))
    names = np.arange(16).reshape(16, 1) % 3
    with doctor.watch(g, d, real=real(), latent_dim=LATENT, labels=np.arange(96) % 3) as visit:
        for _ in range(10):
            d.train_on_batch([real(16), names], np.ones((16, 1)))
            d.train_on_batch([g.predict_on_batch([noise(), names]), names], np.zeros((16, 1)))
    assert visit.evidence.outcome.problem is None
    assert len(visit.evidence.outcome.moments) > 3
    assert visit.evidence.log.batches[1].kind == "fake"


def test_the_report_in_all_its_forms():
    """Without real data those are compared that D gets in the training."""
    (g, d), x = new_players(), real()
    d.trainable = False
    d.compile("adam", "binary_crossentropy")
    with doctor.watch(g, d) as visit:
        assert "still going on" in str(visit)
        by_train_on_batch(g, d, x)
    text, html = str(visit), visit._repr_html_()
    assert "training events; train_on_batch" in text
    assert "got no real data" not in text
    assert {*map(tuple, visit.evidence.outcome.real)} <= {*map(tuple, x)}
    assert "<table" in html or not visit.findings
    figure = visit.plot()
    assert len(figure.axes) == 2


@pytest.mark.skipif(BACKEND != "jax", reason="only JAX keeps weights outside of the models")
def test_a_loop_that_keeps_its_weights_outside_may_call_step():
    g, d = new_players()
    with doctor.watch(g, d, real=real()) as visit:
        for _ in range(12):
            for network in (g, d):
                network.trainable_variables[0].assign_add(network.trainable_variables[0] * 0 + 0.01)
            visit.step()
    assert visit.ticks == 12


@pytest.mark.skipif(BACKEND != "tensorflow", reason="a dataset of TensorFlow")
@pytest.mark.parametrize("scale", [1.0, 2.0])
def test_a_dataset_of_slices_gives_the_real_data_and_a_graph_its_labels(scale):
    """The training step mixes labels up, and adds noise to them that carries them over 1."""
    import tensorflow as tf

    class Mixed(keras.Model):
        def train_step(self, x):
            count = tf.shape(x)[0]
            fake = g(tf.random.normal((count, LATENT)), training=True)
            labels = tf.concat([tf.ones((count, 1)), tf.zeros((count, 1))], axis=0)
            labels += 0.05 * tf.random.uniform(tf.shape(labels))
            with tf.GradientTape() as tape:
                d_loss = entropy(labels, tf.concat([d(fake, training=True), d(x, training=True)], axis=0))
            d_optimizer.apply(tape.gradient(d_loss, d.trainable_variables), d.trainable_variables)
            with tf.GradientTape() as tape:
                scores = d(g(tf.random.normal((count, LATENT)), training=True), training=True)
                g_loss = entropy(tf.ones((count, 1)), tf.reshape(scores, (count, 1)))
            g_optimizer.apply(tape.gradient(g_loss, g.trainable_variables), g.trainable_variables)
            return {"loss": d_loss}

    (g, d), x = new_players(), real()
    entropy = keras.losses.BinaryCrossentropy(from_logits=True)
    g_optimizer, d_optimizer = keras.optimizers.SGD(1e-3), keras.optimizers.SGD(1e-3)
    model = Mixed()
    model.g, model.d = g, d
    model.compile()
    dataset = tf.data.Dataset.from_tensor_slices(x).shuffle(96).batch(16, drop_remainder=True)
    dataset = dataset if scale == 1 else dataset.map(lambda x: scale * x)
    with doctor.watch(g, d) as visit:
        model.fit(dataset, epochs=1, verbose=0)
    log = visit.evidence.log
    np.testing.assert_allclose(log.binary_labels, (0, 1.05), rtol=1e-6)
    assert log.traced_labels[:3] == [("fake", pytest.approx(1.025)), ("real", pytest.approx(0.025)), ("fake", 1.0)]
    assert rules_losses.labels_in_use(visit.evidence) == (0.0, 1.0, 1.0)
    assert "label-range" in [finding.name for finding in visit.findings]
    assert visit.evidence.range_of == ("fit" if scale == 1 else "dataset")  # a map must be run to see its values
    assert {*map(tuple, visit.evidence.outcome.real)} <= {*map(tuple, scale * x)}


@pytest.mark.parametrize(
    ("loss", "labels", "bounds"),
    [
        ("binary_crossentropy", np.full((16, 1), 0.9), (0.9, 0.9)),
        (keras.losses.BinaryCrossentropy(from_logits=True), np.full((16, 1), 1.2), (1.2, 1.2)),
        ("mse", np.full((16, 1), 1.2), None),
        (lambda y, scores: -keras.ops.mean(y * scores), np.full((16, 1), -1.0), None),
    ],
)
def test_targets_count_for_a_binary_cross_entropy_alone(loss, labels, bounds):
    g, d = new_players()
    d.compile(keras.optimizers.SGD(1e-3), loss)
    with doctor.watch(g, d) as visit:
        d.train_on_batch(real(16), labels)
    assert visit.evidence.log.binary_labels == bounds
    assert visit.evidence.log.label_arrays == {"real": ("labels", (16, 1))}


@pytest.mark.skipif(BACKEND != "tensorflow", reason="tf.data")
@pytest.mark.parametrize("given", [None, "the same", "other data"])
def test_the_data_set_that_fit_got_is_looked_at_after_the_training(given):
    import tensorflow as tf

    from gan_course.gan import GAN

    x = np.random.default_rng(0).uniform(0, 255, (320, SIZE)).astype("float32")
    x[0, :2] = 0, 255
    data = tf.data.Dataset.from_tensor_slices(x / 255).map(lambda row: row / 127.5 - 1).batch(16)
    g, d = new_players()
    gan = GAN(keras.Sequential([g, layers.Activation("tanh")]), d, seed=0)
    gan.compile()
    real = {None: None, "the same": x / 255 / 127.5 - 1, "other data": x / 127.5 - 1}[given]
    with doctor.watch(gan.generator, d, real=real) as visit:
        gan.fit(data, verbose=0)
    assert not visit.recorder.troubles
    finding = next(f for f in visit.findings if f.name == "range-mismatch")
    assert finding.severity == "illness"
    assert finding.evidence.startswith("The data given to fit go from -1 to -0.992, a small part")
    assert "scaled twice" in finding.remedy
    assert "What is passed to fit must change" in finding.remedy
    said = "but the data you gave as real= go from -1 to 1: D trains on other data"
    assert (said in " ".join(visit.remarks)) == (given == "other data")
    count = 320 if given == "the same" else 256
    assert len(visit.evidence.outcome.reference) == count
