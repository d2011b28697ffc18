"""What compiled steps of TensorFlow give to G is read, and what reads it does no harm, also after the visit."""

import gc

import keras
import numpy as np
import pytest
from doctor_loops import BACKEND, BATCH, LATENT, SIZE, new_players, noise, tensorflow_step

from gan_course import doctor
from gan_course.doctor import meters

pytestmark = [
    pytest.mark.backends,
    pytest.mark.filterwarnings("ignore"),
    pytest.mark.skipif(BACKEND != "tensorflow", reason="graphs of TensorFlow"),
]
COMPILERS = pytest.mark.parametrize("jit_compile", [False, True])


@COMPILERS
def test_it_reads_the_newest_rows_in_their_order(jit_compile):
    import tensorflow as tf

    (g, _), rng = new_players(), np.random.default_rng(0)
    meters.prepare(g, (None, LATENT))

    @tf.function(jit_compile=jit_compile, reduce_retracing=True)
    def make(z):
        meters.write(g, z)
        return g(z)

    before = [rng.normal(size=(4, LATENT)).astype("float32") for _ in range(2)]
    given = [rng.normal(size=(count, LATENT)).astype("float32") for count in [16, 3] * (meters.CALLS // 2)]
    for z in before:
        make(z)
    since = meters.calls(g)
    for z in given:
        make(z)
    assert (since, meters.calls(g)) == (2, 2 + len(given))
    assert all(np.array_equal(a, b[: meters.ROWS]) for a, b in zip(meters.read(g, since), given, strict=True))
    assert len(meters.read(g, since + 60)) == len(given) - 60


def test_other_inputs_are_left_out():
    import tensorflow as tf

    g, d = new_players()

    @tf.function
    def write(x):
        meters.write(g, x)

    for shape in (None, (None, None), (None, meters.MOST_VALUES + 1)):
        meters.prepare(g, shape)
        write(tf.zeros((2, LATENT)))
    assert meters.calls(g) == 0
    meters.prepare(g, (None, LATENT))
    meters.write(g, noise())  # no tensor of a graph
    write(tf.zeros((3, LATENT + 1)))
    assert meters.calls(g) == 0
    write(tf.zeros((0, LATENT)))
    assert (meters.calls(g), meters.read(g, 0)) == (1, [])
    assert meters.calls(d) == 0


class GAN(keras.Model):
    """A training step as in the guides of Keras. `seed` is what it draws its noise with."""

    def __init__(self, generator, discriminator, seed):
        super().__init__()
        self.step = tensorflow_step(generator, discriminator, keras.optimizers.SGD)
        self.generator, self.discriminator, self.seed, self.traces = generator, discriminator, seed, 0

    def train_step(self, real):
        self.traces += 1
        self.step(real, keras.random.normal((BATCH, LATENT), seed=self.seed))
        return {"loss": keras.ops.sum(self.generator.trainable_variables[0] ** 2)}

    def call(self, z):
        return self.generator(z)


def data():
    """A data set of 30 batches whose values are made on the way."""
    import tensorflow as tf

    x = np.random.default_rng(0).normal(size=(30 * BATCH, SIZE)).astype("float32")
    return tf.data.Dataset.from_tensor_slices(x).map(lambda row: row / 2).batch(BATCH)


@COMPILERS
@pytest.mark.parametrize("seed", [1337, keras.random.SeedGenerator(0)], ids=["number", "generator"])
def test_noise_that_never_changes_is_seen_in_a_compiled_fit(seed, jit_compile):
    gan = GAN(*new_players(), seed)
    gan.compile(jit_compile=jit_compile)
    with doctor.watch(gan.generator, gan.discriminator) as visit:
        gan.fit(data(), verbose=0)
    found = [finding.evidence for finding in visit.findings if finding.name == "noise-mismatch"]
    constant = "In 30 uses in training G got the same batch of noise; it should be a new one each time."
    assert found == ([constant] if seed == 1337 else [])
    assert not visit.evidence.noise_is_hidden
    assert not visit.recorder.troubles


def test_the_traced_step_does_no_harm_after_the_visit(tmp_path):
    g, d = new_players()
    gan = GAN(g, d, keras.random.SeedGenerator(0))
    gan.compile(jit_compile=False)
    with doctor.watch(g, d):
        gan.fit(data(), verbose=0)
    traces = gan.traces
    gc.collect()
    gan.fit(data(), verbose=0)
    assert gan.traces == traces
    assert meters.calls(g) == 60
    before = [v.path for v in gan.variables]
    gan(noise())
    gan.generator.save(tmp_path / "g.keras")
    gan.export(tmp_path / "gan", verbose=False)
    assert [v.path for v in gan.variables] == before
    assert not any("meter" in path for path in before)
    loaded = keras.models.load_model(tmp_path / "g.keras")
    assert np.array_equal(loaded.predict_on_batch(noise()[:1] * 0), g.predict_on_batch(noise()[:1] * 0))


def test_a_second_visit_reads_on_and_one_that_sees_nothing_says_so():
    g, d = new_players()
    gan = GAN(g, d, 1337)
    gan.compile(jit_compile=False)
    gan.fit(data(), verbose=0)
    with doctor.watch(g, d) as blind:
        gan.fit(data(), verbose=0)
    assert blind.evidence.noise_is_hidden
    assert "The noise that G gets in training could not be examined" in " ".join(str(blind).split())
    gan.compile(jit_compile=False)  # it is traced anew
    traces = gan.traces
    with doctor.watch(g, d):
        gan.fit(data(), verbose=0)
    assert gan.traces == 2 * traces  # as often as without a visit
    with doctor.watch(g, d) as second:
        gan.fit(data(), verbose=0)
    assert "noise-mismatch" in [finding.name for finding in second.findings]
