"""What `GAN` refuses at the door, beside what test_gan.py asks: labels, second inputs, callbacks, learning rates."""

import keras
import numpy as np
import pytest
from keras import layers

from gan_course.gan import GAN
from gan_course.validate import refuse_learning_rate_callbacks

pytestmark = pytest.mark.backends

THREE_PARTS = r"Expected.+Received: .+\. \w"
POINTS = np.random.default_rng(0).uniform(-1, 1, size=(32, 2)).astype("float32")


def network(size, out, inputs=1):
    """A network from points, with as many inputs more, each one label."""
    ends = [keras.Input((size,)), *(keras.Input((1,)) for _ in range(inputs - 1))]
    joined = layers.Concatenate()(ends) if inputs > 1 else ends[0]
    return keras.Model(ends if inputs > 1 else ends[0], layers.Dense(out)(joined))


def gan_with(generator_inputs=1, discriminator_inputs=1):
    keras.utils.set_random_seed(0)
    return GAN(network(3, 2, generator_inputs), network(2, 1, discriminator_inputs), seed=0)


@pytest.mark.parametrize(("generator_inputs", "discriminator_inputs"), [(1, 2), (2, 1)])
def test_labels_for_one_network_alone_are_refused(generator_inputs, discriminator_inputs):
    with pytest.raises(ValueError, match=r"do not fit\. Expected labels.+Received: .+\. \w") as caught:
        gan_with(generator_inputs, discriminator_inputs)
    assert f"Received: {generator_inputs} and {discriminator_inputs}." in str(caught.value)


@pytest.mark.parametrize(("inputs", "name"), [((3, 3), "generator"), ((3, 1), "generator"), ((2, 3), "discriminator")])
def test_a_third_input_is_refused(inputs, name):
    with pytest.raises(ValueError, match=rf"Invalid {name}\..+" + THREE_PARTS):
        gan_with(*inputs)


def test_a_conditional_gan_needs_labels_to_fit():
    gan = gan_with(2, 2)
    gan.compile("sgd", "sgd")
    before = gan.get_weights()
    with pytest.raises(ValueError, match=r"No labels\..+" + THREE_PARTS):
        gan.fit(POINTS, batch_size=16, verbose=0)
    with pytest.raises(ValueError, match=r"Invalid labels\. .+: 32\. Received: 31\. \w"):
        gan.fit(POINTS, np.zeros((31, 1)), batch_size=16, verbose=0)
    assert all((a == b).all() for a, b in zip(before, gan.get_weights(), strict=True))


@pytest.mark.parametrize(("labels", "received"), [(None, "None"), (np.zeros((4, 1)), "4")])
def test_a_conditional_gan_needs_labels_to_generate(labels, received):
    with pytest.raises(ValueError, match=THREE_PARTS) as caught:
        gan_with(2, 2).generate(5, seed=0, labels=labels)
    assert f"Received: {received}." in str(caught.value)


def test_numbers_for_networks_that_take_one_hot_labels_are_refused():
    ends = [keras.Input((3,)), keras.Input((4,))]
    generator = keras.Model(ends, layers.Dense(2)(layers.Concatenate()(ends)), name="mine")
    ends = [keras.Input((2,)), keras.Input((4,))]
    gan = GAN(generator, keras.Model(ends, layers.Dense(1)(layers.Concatenate()(ends))))
    with pytest.raises(ValueError, match=THREE_PARTS) as caught:
        gan.generate(3, labels=[0, 3, 1])
    assert "(3, 4), as the model 'mine' takes them. Received: (3,)." in str(caught.value)
    assert gan.generate(3, labels=np.eye(4)[[0, 3, 1]]).shape == (3, 2)


def test_a_label_that_is_no_row_of_a_table_may_be_any_number():
    """Neither where there is no table, nor where another input, or something made of the label, is looked up."""
    assert np.isfinite(gan_with(2, 2).generate(2, labels=[7.5, -1.0])).all()
    ends = [keras.Input((3,)), keras.Input((), dtype="int32")]
    parity = layers.Flatten()(layers.Embedding(2, 3)(ends[1] % 2))
    generator = keras.Model(ends, layers.Dense(2)(layers.Concatenate()([ends[0], parity])))
    gan = GAN(generator, network(2, 1, inputs=2))
    samples = gan.generate(2, seed=0, labels=[0, 8])
    assert (samples == gan.generate(2, seed=0, labels=[2, 4])).all()


# ---------------------------------------------------------------------------------------------- learning rates

SCHEDULERS = {
    "scheduler": lambda: keras.callbacks.LearningRateScheduler(lambda epoch, rate: rate / 2),
    "plateau": lambda: keras.callbacks.ReduceLROnPlateau("g_loss", factor=0.5, patience=1, min_delta=100.0, mode="min"),
}
REACH = tuple(map(int, keras.__version__.split(".")[:2])) >= (3, 15)


@pytest.mark.parametrize("make", SCHEDULERS.values(), ids=SCHEDULERS)
@pytest.mark.parametrize("version", ["3.12.0", "3.14.2"])
def test_a_callback_that_cannot_reach_two_optimizers_is_refused_before_training(monkeypatch, make, version):
    monkeypatch.setattr(keras, "__version__", version)
    gan = gan_with()
    gan.compile("sgd", "sgd")
    before = gan.get_weights()
    for callbacks in (make(), [make()], [keras.callbacks.TerminateOnNaN(), make()]):
        with pytest.raises(ValueError, match=THREE_PARTS) as caught:
            gan.fit(POINTS, batch_size=16, verbose=0, callbacks=callbacks)
        assert type(make()).__name__ in str(caught.value)
        assert version in str(caught.value)
    assert all((a == b).all() for a, b in zip(before, gan.get_weights(), strict=True))


@pytest.mark.parametrize("version", ["3.12.0", "3.15.0", "3.20.1", "4.0.0"])
def test_other_callbacks_are_let_in_on_every_keras(monkeypatch, version):
    monkeypatch.setattr(keras, "__version__", version)
    other = keras.callbacks.TerminateOnNaN()
    for callbacks in (None, [], other, [other]):
        refuse_learning_rate_callbacks(callbacks)
    if version != "3.12.0":
        refuse_learning_rate_callbacks([make() for make in SCHEDULERS.values()])


@pytest.mark.skipif(not REACH, reason="Keras' scheduling callbacks know several optimizers from 3.15 on")
@pytest.mark.parametrize(("name", "halvings"), [("scheduler", 3), ("plateau", 2)])
def test_a_scheduling_callback_reaches_both_optimizers(name, halvings):
    gan = gan_with()
    gan.compile(keras.optimizers.SGD(0.08), keras.optimizers.SGD(0.02))
    gan.fit(POINTS, batch_size=16, epochs=3, verbose=0, callbacks=[SCHEDULERS[name]()])
    rates = [float(optimizer.learning_rate) for optimizer in (gan.optimizer.d, gan.optimizer.g)]
    assert np.abs(np.array(rates) - np.array([0.08, 0.02]) / 2**halvings).max() < 1e-8


def test_a_learning_rate_for_both_players_is_refused():
    gan = gan_with()
    gan.compile(keras.optimizers.SGD(0.08), keras.optimizers.SGD(0.02))
    with pytest.raises(AttributeError, match=THREE_PARTS) as caught:
        gan.optimizer.learning_rate = 0.125
    assert "Received: 0.125" in str(caught.value)
    rates = [float(optimizer.learning_rate) for optimizer in (gan.optimizer.d, gan.optimizer.g)]
    assert np.abs(np.array(rates) - [0.08, 0.02]).max() < 1e-8
    assert abs(float(gan.optimizer.learning_rate) - 0.02) < 1e-8
