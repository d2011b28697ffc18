"""What test_fitting.py asks of one backend, in a process of its own: prints one JSON object.

Choose the backend with KERAS_BACKEND.
"""

import importlib.util
import json
import warnings

import keras
import numpy as np
from keras import layers

from gan_course import networks
from gan_course.gan import GAN, frozen

POINTS = np.random.default_rng(0).uniform(-1, 1, size=(32, 2)).astype("float32")
HELD_OUT = np.random.default_rng(1).uniform(-1, 1, size=(20, 2)).astype("float32")


def small_gan(middle=(), compile=True, **choices):
    """A GAN of points with the same weights every time; layers in the middle of D are made anew."""
    keras.utils.set_random_seed(0)
    discriminator = keras.Sequential(
        [keras.Input((2,)), layers.Dense(4), *(make() for make in middle), layers.LeakyReLU(0.2), layers.Dense(1)]
    )
    gan = GAN(networks.mlp_generator((2,), 3, units=(4,)), discriminator, seed=0)
    if compile:
        gan.compile(**choices)
    return gan


def state(gan):
    """Every variable of a GAN but its metrics, in one row."""
    known = {id(v) for v in gan.metrics_variables}
    variables = [v for v in (*gan.variables, *gan.optimizer.variables) if id(v) not in known]
    return np.concatenate([np.ravel(keras.ops.convert_to_numpy(v)).astype("float64") for v in variables])


def fitted(samples, *labels, choices=None, **options):
    gan = small_gan(**(choices or {}))
    gan.fit(samples, *labels, verbose=0, **options)
    return state(gan)


def refusal(call):
    """The message of the ValueError that a call raises, or None."""
    try:
        call()
    except ValueError as error:
        return str(error)
    return None


def dtypes():
    """Largest difference to float32 after an epoch with both penalties, for the same whole numbers in each dtype."""
    choices, whole = {"r1_weight": 1.0, "gradient_penalty_weight": 1.0}, POINTS > 0
    expected = fitted(whole.astype("float32"), choices=choices)
    names = ["float64", "float16", "int64", "uint64", "bool", ">f4"]
    found = {name: fitted(whole.astype(name), choices=choices) for name in names}
    gan = small_gan(**choices)
    gan.fit(OneBatch(whole.astype("float64")), verbose=0)
    other = small_gan(**choices)
    other.fit(OneBatch(whole.astype("float32")), verbose=0)
    differences = {name: float(np.abs(after - expected).max()) for name, after in found.items()}
    return {**differences, "PyDataset": float(np.abs(state(gan) - state(other)).max())}


class OneBatch(keras.utils.PyDataset):
    def __init__(self, *parts):
        super().__init__()
        self.parts = parts

    def __len__(self):
        return 1

    def __getitem__(self, index):
        return self.parts


def in_float64():
    """Losses of an epoch where Keras computes in float64, with each penalty and with a regularizer."""
    before = keras.config.floatx()
    keras.config.set_floatx("float64")
    try:
        regular = [lambda: layers.Dense(4, kernel_regularizer="l2")]
        cases = [{"r1_weight": 1.0}, {"gradient_penalty_weight": 1.0}, {"middle": regular}]
        histories = [small_gan(**case).fit(POINTS, verbose=0).history for case in cases]
        return [losses for history in histories for losses in (history["d_loss"] + history["g_loss"])]
    finally:
        keras.config.set_floatx(before)


def tensors():
    """For each framework at hand: does its tensor train as an array does, and is it looked at?"""
    makers = {"list": list, "Keras": keras.ops.convert_to_tensor}
    if importlib.util.find_spec("torch"):
        import torch

        makers["PyTorch"] = lambda a: torch.from_numpy(a).requires_grad_()
    if importlib.util.find_spec("jax"):
        import jax

        makers["JAX"] = jax.numpy.asarray
    if importlib.util.find_spec("tensorflow"):
        import tensorflow as tf

        makers["TensorFlow"] = tf.constant
    expected, found = fitted(POINTS), {}
    for name, make in makers.items():
        message = refusal(lambda make=make: fitted(make(np.full_like(POINTS, np.nan))))
        found[name] = [float(np.abs(fitted(make(POINTS)) - expected).max()), message]
    return found


class ConstantNoise(GAN):
    def noise(self, count):
        return keras.ops.ones((count, self.latent_dim))


def losses_by_hand():
    """`evaluate` in uneven batches, and the same by hand in NumPy, for an affine D whose gradient is its kernel."""
    keras.utils.set_random_seed(1)
    generator = networks.mlp_generator((2,), 3, units=(4,))
    affine = keras.Sequential([keras.Input((2,)), layers.Dense(1, kernel_regularizer=keras.regularizers.L2(0.25))])
    gan = ConstantNoise(generator, affine, seed=0)
    gan.compile(r1_weight=0.5, gradient_penalty_weight=2.0)
    found = gan.evaluate(HELD_OUT, batch_size=8, verbose=0, return_dict=True)
    kernel, bias = (w.astype("float64") for w in affine.get_weights())
    real = HELD_OUT @ kernel + bias
    fake = generator.predict_on_batch(np.ones((1, 3), "float32")).astype("float64") @ kernel + bias
    norm = np.sqrt(np.sum(kernel**2))
    penalties = 0.25 * norm**2 + 0.5 * 0.5 * norm**2 + 2.0 * (norm - 1) ** 2
    d_loss = np.mean(np.logaddexp(0, -real)) + np.logaddexp(0, fake).item() + penalties
    return {"found": found, "by_hand": {"d_loss": d_loss, "g_loss": np.logaddexp(0, -fake).item()}}


RANDOM = [layers.BatchNormalization, lambda: layers.SpectralNormalization(layers.Dense(4)), lambda: layers.Dropout(0.5)]


def validation():
    """Does held-out data change a training, or a call of `evaluate` the GAN? And are two calls the same?"""
    choices = {"middle": RANDOM, "r1_weight": 0.1}
    plain = fitted(POINTS, choices=choices, epochs=2)
    gan = small_gan(**choices)
    history = gan.fit(POINTS, epochs=2, validation_data=HELD_OUT, verbose=0).history
    with_held_out, before = state(gan), state(gan)
    first, second = (gan.evaluate(HELD_OUT, verbose=0) for _ in range(2))
    gan.test_on_batch(HELD_OUT)
    gan.predict(np.ones((5, 3)), verbose=0)
    return {
        "fit": float(np.abs(plain - with_held_out).max()),
        "evaluate": float(np.abs(state(gan) - before).max()),
        "twice": [first, second],
        "history": history,
    }


def unbatched():
    yield (POINTS[0],)


def errors():
    """Messages for what is wrong; does it leave the GAN as it was, and does it train afterwards?"""
    gan = small_gan()
    before, found = gan.get_weights(), {}
    found["weights"] = refusal(lambda: gan.fit(OneBatch(POINTS, POINTS, POINTS[:, 0]), verbose=0))
    found["one sample in fit"] = refusal(lambda: gan.fit(unbatched(), verbose=0))
    found["one sample in evaluate"] = refusal(lambda: gan.evaluate(unbatched(), verbose=0))
    with frozen(gan.discriminator):
        found["frozen"] = refusal(lambda: gan.fit(POINTS, verbose=0))
    dense = next(layer for layer in gan.generator.layers if layer.weights)
    dense.trainable = False
    found["a frozen layer"] = refusal(lambda: gan.fit(POINTS, verbose=0))
    found["train_on_batch"] = refusal(lambda: gan.train_on_batch(POINTS))
    dense.trainable = True
    same = all((a == b).all() for a, b in zip(before, gan.get_weights(), strict=True))
    gan.fit(POINTS, verbose=0)
    moved = [float(np.abs(a - b).max()) for a, b in zip(before, gan.get_weights(), strict=True)]
    return {"messages": found, "same": same, "moved": moved}


def part_frozen():
    """How far a frozen layer and the layers after it move."""
    gan = small_gan(compile=False)
    still, last = gan.discriminator.layers[0], gan.discriminator.layers[-1]
    still.trainable = False
    gan.compile()
    before = [still.get_weights()[0], last.get_weights()[0]]
    gan.fit(POINTS, verbose=0, validation_split=0.2)
    return [
        float(np.abs(a - b).max()) for a, b in zip(before, (still.get_weights()[0], last.get_weights()[0]), strict=True)
    ]


if __name__ == "__main__":
    warnings.simplefilter("ignore")  # JAX says that it has no float64
    print(
        json.dumps(
            {
                "backend": keras.config.backend(),
                "dtypes": dtypes(),
                "in_float64": in_float64(),
                "tensors": tensors(),
                "losses_by_hand": losses_by_hand(),
                "validation": validation(),
                "errors": errors(),
                "part_frozen": part_frozen(),
            }
        )
    )
