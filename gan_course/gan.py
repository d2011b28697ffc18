"""The two players together: `GAN`, trained by `fit`; and the combined model, with `frozen` to hold a player still."""

import contextlib

import keras
import numpy as np
from keras import ops

from gan_course.backend import TrainStep, weights_kept
from gan_course.objectives import OBJECTIVES, Objective, gradient_penalty, r1_penalty

RANGE_TOLERANCE = 1e-6
"""How far images may leave [-1, 1], by rounding, before `GAN.fit` refuses them."""


@keras.saving.register_keras_serializable(package="gan_course")
class Players(keras.optimizers.Optimizer):
    """Two optimizers that Keras sees as one, so that `fit`, saving and JAX's state handling work unchanged.

    Args:
        d: optimizer of the discriminator. g: optimizer of the generator.
    """

    def __init__(self, d, g, name="players"):
        super().__init__(learning_rate=0.0, name=name)
        self.d, self.g = d, g

    @property
    def variables(self):
        return super().variables + self.d.variables + self.g.variables

    def build_players(self, discriminator, generator):
        """Make both optimizers' variables, each for its own network."""
        self.d.build(discriminator.trainable_variables)
        self.g.build(generator.trainable_variables)
        self.built = True

    def get_config(self):
        return {"d": keras.optimizers.serialize(self.d), "g": keras.optimizers.serialize(self.g), "name": self.name}

    @classmethod
    def from_config(cls, config, custom_objects=None):
        players = (keras.optimizers.deserialize(config[name], custom_objects) for name in ("d", "g"))
        return cls(*players, name=config["name"])


@keras.saving.register_keras_serializable(package="gan_course")
class GAN(TrainStep, keras.Model):
    """A generative adversarial network that trains with `fit`, on TensorFlow, JAX and PyTorch.

    Args:
        generator: `keras.Model` from noise `(batch, latent_dim)` to samples.
        discriminator: `keras.Model` from samples to raw scores (logits) `(batch, 1)`, positive for real.
        seed: integer seed of the noise, or None for another one each time.

    Raises:
        ValueError: if the networks do not fit, or the discriminator does not return one raw score a sample.

    Each step of `fit` plays one round of algorithm 1 of Goodfellow et al. 2014: `d_steps` steps of the discriminator,
    each on real samples of its own, then one of the generator. A step changes its own network alone, moving averages
    of BatchNormalization included: D's move in D's steps, G's in G's.

    Example:
        ```python
        gan = GAN(networks.mlp_generator((8, 8, 1), 16), networks.mlp_discriminator((8, 8, 1)), seed=0)
        gan.compile()
        gan.fit(images, batch_size=64, epochs=10)
        fakes = gan.generate(25, seed=1)  # NumPy, (25, 8, 8, 1)
        ```
    """

    def __init__(self, generator, discriminator, seed=None, **kwargs):
        require_fit(generator, discriminator)
        super().__init__(**kwargs)
        self.generator, self.discriminator, self.seed = generator, discriminator, seed
        self.seed_generator = keras.random.SeedGenerator(seed)
        self.d_loss, self.g_loss = keras.metrics.Mean(name="d_loss"), keras.metrics.Mean(name="g_loss")
        self.built = True

    def compile(
        self,
        d_optimizer=None,
        g_optimizer=None,
        objective="non_saturating",
        gradient_penalty_weight=0.0,
        r1_weight=0.0,
        d_steps=1,
        **kwargs,
    ):
        """Choose what the players minimize, and how.

        Args:
            d_optimizer, g_optimizer: an optimizer of its own for each network, or its name. Defaults to `None`: Adam
                with learning rate 2e-4 and β₁ = 0.5 (Radford et al. 2016).
            objective: a name in `objectives.OBJECTIVES`, or an `Objective`. Defaults to "non_saturating".
            gradient_penalty_weight: λ of `objectives.gradient_penalty` in D's loss. Defaults to 0: none.
            r1_weight: γ of `objectives.r1_penalty` in D's loss. Defaults to 0: none.
            d_steps: discriminator steps a generator step. A batch is split between them. Defaults to 1.
            **kwargs: as in `keras.Model.compile`: `jit_compile`, `run_eagerly`, `steps_per_execution`.

        Raises:
            ValueError: for an unknown objective or optimizer, a `d_steps` below 1, or one optimizer object for both
                players.
        """
        if not isinstance(objective, Objective) and objective not in [*OBJECTIVES]:
            raise ValueError(
                f"Unknown objective. Expected one of {list(OBJECTIVES)}, or an Objective. Received: {objective!r}. "
                'Choose one of these, for example objective="non_saturating".'
            )
        if not isinstance(d_steps, int) or isinstance(d_steps, bool) or d_steps < 1:
            raise ValueError(
                f"Invalid d_steps. Expected an integer of at least 1. Received: {d_steps!r}. Try d_steps=1."
            )
        if d_optimizer is not None and d_optimizer is g_optimizer and not isinstance(d_optimizer, str):
            raise ValueError(
                "One optimizer cannot serve two networks. Expected two optimizer objects. "
                f"Received: {d_optimizer!r} twice. Make a second one."
            )
        players = Players(
            _optimizer("d_optimizer", d_optimizer, self.discriminator),
            _optimizer("g_optimizer", g_optimizer, self.generator),
        )
        players.build_players(self.discriminator, self.generator)
        super().compile(optimizer=players, auto_scale_loss=False, **kwargs)
        self._choices = {
            "objective": objective,
            "gradient_penalty_weight": gradient_penalty_weight,
            "r1_weight": r1_weight,
            "d_steps": d_steps,
            **kwargs,
        }
        self.objective = OBJECTIVES[objective] if isinstance(objective, str) else objective
        self.gradient_penalty_weight, self.r1_weight, self.d_steps = gradient_penalty_weight, r1_weight, d_steps

    def get_compile_config(self):
        if not self.compiled:
            return None
        return {**self._choices, "optimizer": self.optimizer}

    def compile_from_config(self, config):
        choices = keras.saving.deserialize_keras_object(config)
        players = choices.pop("optimizer")
        if not isinstance(choices["objective"], str):
            choices["objective"] = Objective(*choices["objective"])
        self.compile(players.d, players.g, **choices)

    def fit(self, x=None, y=None, batch_size=None, **kwargs):
        """`keras.Model.fit`, after a look at what it is given.

        Args:
            x: real samples, an array `(n, *sample_shape)`, images in [-1, 1]; or a `tf.data.Dataset`, a
                `keras.utils.PyDataset`, ..., which nobody looks at. y: labels, or None.
            batch_size: real samples a step. Defaults to 32 for arrays.
            **kwargs: as in `keras.Model.fit`.

        Returns:
            A `keras.callbacks.History` with `d_loss` and `g_loss`, means over each epoch.

        Raises:
            ValueError: for an array of another shape than the generator's samples, with values that are not finite
                or images outside [-1, 1], with fewer samples than a batch, or with a batch, the last one included,
                that `d_steps` does not divide.
        """
        if isinstance(x, np.ndarray) or ops.is_tensor(x):
            _require_samples(x, self.generator.output_shape[1:])
            if self.compiled:  # or else Keras asks for `compile`
                _require_batches(len(x), batch_size or 32, self.d_steps)
        return super().fit(x, y, batch_size=batch_size, **kwargs)

    def save_own_variables(self, store):
        """Save the random states, too, so that a training that goes on draws what it would have drawn."""
        for number, state in enumerate(self._random_states()):
            store[str(number)] = ops.convert_to_numpy(state.value)

    def load_own_variables(self, store):
        for number, state in enumerate(self._random_states()):
            state.assign(store[str(number)])

    def _random_states(self):
        """States of the random generators of the noise and of layers such as Dropout: variables that are no weights."""
        known = {id(v) for v in (*self.weights, *self.metrics_variables)}
        return [v for v in self.variables if id(v) not in known]

    @property
    def metrics(self):
        return [self.d_loss, self.g_loss]

    def call(self, z, training=False):
        return self.generator(z, training=training)

    def noise(self, count):
        """Standard normal noise z, `(count, latent_dim)`."""
        return keras.random.normal((count, self.generator.input_shape[-1]), seed=self.seed_generator)

    def generate(self, count, seed=None, batch_size=256):
        """Draw samples.

        Args:
            count: how many. seed: integer for the same samples every time, or None to go on with the model's own
                noise. batch_size: samples made at once. Defaults to 256.

        Returns:
            NumPy array `(count, *sample_shape)`, float32, made in inference mode.
        """
        chosen = self.seed_generator if seed is None else keras.random.SeedGenerator(seed)
        z = keras.random.normal((count, self.generator.input_shape[-1]), seed=chosen)
        z = ops.convert_to_numpy(z)
        parts = [self.generator.predict_on_batch(z[i : i + batch_size]) for i in range(0, count, batch_size)]
        return np.concatenate([ops.convert_to_numpy(part) for part in parts]).astype("float32")

    def update(self, data):
        """One round on a batch of real samples; returns the mean losses of the epoch so far."""
        real, _, _ = keras.utils.unpack_x_y_sample_weight(data)
        real = ops.convert_to_tensor(real)
        if real.shape[0] is not None:  # known while the step is compiled, before it runs
            _require_divisible(real.shape[0], self.d_steps)
        for batch in ops.split(real, self.d_steps):
            self.d_loss.update_state(self.discriminator_step(batch))
        self.g_loss.update_state(self.generator_step(ops.shape(real)[0]))
        return {metric.name: metric.result() for metric in self.metrics}

    def discriminator_step(self, real):
        """Let D take one step on real samples `(batch, ...)` and as many generated ones; returns its loss."""
        return self.minimize(lambda: self.discriminator_loss(real), self.discriminator, self.optimizer.d)

    def generator_step(self, count):
        """Let G take one step on `count` samples; returns its loss."""
        return self.minimize(lambda: self.generator_loss(count), self.generator, self.optimizer.g)

    def discriminator_loss(self, real):
        """D's objective with its penalties, on real samples and as many generated ones: a scalar tensor."""
        z = self.noise(ops.shape(real)[0])
        with weights_kept(self.generator):
            fake = ops.stop_gradient(self.generator(z, training=True))
        scores = (ops.cast(self.discriminator(samples, training=True), "float32") for samples in (real, fake))
        loss = self.objective.d_loss(*scores) + _regularization(self.discriminator)
        if self.gradient_penalty_weight:
            penalty = gradient_penalty(self.discriminator, real, fake, self.seed_generator)
            loss = loss + self.gradient_penalty_weight * penalty
        if self.r1_weight:
            loss = loss + self.r1_weight * r1_penalty(self.discriminator, real)
        return loss

    def generator_loss(self, count):
        """G's objective on `count` samples: a scalar tensor."""
        fake = self.generator(self.noise(count), training=True)
        with weights_kept(self.discriminator):
            scores = ops.cast(self.discriminator(fake, training=True), "float32")
        return self.objective.g_loss(scores) + _regularization(self.generator)

    def get_config(self):
        networks = {
            name: keras.saving.serialize_keras_object(getattr(self, name)) for name in ("generator", "discriminator")
        }
        return {**networks, "seed": self.seed, "name": self.name}

    @classmethod
    def from_config(cls, config, custom_objects=None):
        networks = {
            name: keras.saving.deserialize_keras_object(config[name], custom_objects)
            for name in ("generator", "discriminator")
        }
        return cls(**{**config, **networks})


def _optimizer(name, given, network):
    """The optimizer that was asked for, with loss scaling where a layer of the network computes in float16."""
    try:
        optimizer = keras.optimizers.Adam(2e-4, beta_1=0.5) if given is None else keras.optimizers.get(given)
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"Invalid {name}. Expected a keras.optimizers.Optimizer, or the name of one. Received: {given!r}. "
            f'Try {name}="adam".'
        ) from error
    in_float16 = any(layer.compute_dtype == "float16" for layer in _layers(network))
    if in_float16 and not isinstance(optimizer, keras.optimizers.LossScaleOptimizer):
        return keras.optimizers.LossScaleOptimizer(optimizer)
    return optimizer


def _require_samples(samples, shape):
    """Raise a ValueError where real samples have another shape than G's, are not finite, or are images out of range."""
    if not _shapes_fit(samples.shape, (None, *shape)):
        raise ValueError(
            f"Invalid samples. Expected an array of shape (n, {', '.join(map(str, shape))}), as the generator makes "
            f"them. Received: {tuple(samples.shape)}. Reshape the samples, or build networks for their shape."
        )
    if not len(samples):
        return  # fewer than a batch
    samples = ops.convert_to_numpy(samples)
    low, high = float(samples.min()), float(samples.max())  # a NaN anywhere makes both NaN
    if not np.isfinite([low, high]).all():
        raise ValueError(
            f"Invalid samples. Expected finite values. Received: values from {low} to {high}. "
            "Drop the samples that hold NaN or infinity, or mend how they are made."
        )
    if len(shape) == 3 and not -1 - RANGE_TOLERANCE <= low <= high <= 1 + RANGE_TOLERANCE:
        raise ValueError(
            f"Invalid images. Expected values in [-1, 1]. Received: values from {low:g} to {high:g}. "
            "Scale them first: images / 127.5 - 1 for bytes."
        )


def _require_batches(count, batch_size, d_steps):
    """Raise a ValueError where there are fewer samples than a batch, or `d_steps` does not divide each batch."""
    if count < batch_size:
        raise ValueError(
            f"Too few samples. Expected at least one batch of {batch_size}. Received: {count}. "
            f"Give more samples, or fit with batch_size={count}."
            if count
            else f"No samples. Expected at least one batch of {batch_size}. Received: 0. Give some samples."
        )
    _require_divisible(batch_size, d_steps)
    if (last := count % batch_size) % d_steps:
        raise ValueError(
            f"Invalid number of samples. Expected a last batch that d_steps={d_steps} divides. Received: {count} "
            f"samples, which leave {last} after batches of {batch_size}. Give {count - last % d_steps} samples."
        )


def _require_divisible(batch_size, d_steps):
    if batch_size % d_steps:
        raise ValueError(
            f"Invalid batch size. Expected a multiple of d_steps={d_steps}, since each discriminator step takes its "
            f"own share of the batch. Received: {batch_size}. Try {max(batch_size - batch_size % d_steps, d_steps)}."
        )


def _regularization(network):
    """Sum of the penalties that the network's layers put on their own weights."""
    return sum((v.regularizer(v) for v in network.trainable_variables if v.regularizer is not None), 0.0)


@contextlib.contextmanager
def frozen(network):
    """Freeze a network for the length of a `with` block, and put every flag in it back afterwards.

    The combined model's way to train the generator alone. The flag has to be down while `train_on_batch` of the
    combined model runs, and up again while the discriminator's own runs: Keras 3 reads `trainable` when it trains, not
    when it compiles. JAX and PyTorch read it at every call, TensorFlow when it traces the step: at the first call,
    and again for a batch of another size. So use `frozen` around every combined step, from the first one on.

    Args:
        network: a `keras.Model` or layer. Layers and weights in it that were already frozen stay so afterwards.

    Yields:
        The network.

    Note:
        A frozen BatchNormalization layer runs in inference mode: it normalizes with its moving averages, even when
        called with `training=True`, and does not update them. A SpectralNormalization layer, though, rescales
        its kernel in every call with `training=True`, frozen or not.

    Example:
        ```python
        combined = build_combined(generator, discriminator)
        with frozen(discriminator):
            combined.train_on_batch(z, ones)  # moves the generator only
        ```
    """
    # Outermost first: setting a layer's flag sets those of all layers and weights in it.
    flags = [(part, part.trainable) for part in (*_layers(network), *network.variables)]
    network.trainable = False
    try:
        yield network
    finally:
        for part, flag in flags:
            part.trainable = flag


def build_combined(generator, discriminator, optimizer=None):
    """Stack G → D into one compiled model that trains the generator to make D say "real".

    Args:
        generator: `keras.Model` from `(batch, latent_dim)` to samples.
        discriminator: `keras.Model` from samples to raw scores (logits) of shape `(batch, 1)`.
        optimizer: an optimizer of the combined model's own; one object cannot serve two models.
            Defaults to `None`: Adam with learning rate 2e-4 and β₁ = 0.5 (Radford et al. 2016).

    Returns:
        A compiled `keras.Sequential`. Train it with label 1 inside `with frozen(discriminator):`, which gives the
        non-saturating generator loss −log D(G(z)) of Goodfellow et al. 2014, section 3.

    Raises:
        ValueError: if the generator's output does not fit the discriminator's input, or the discriminator does not
            return one raw score a sample.
    """
    require_fit(generator, discriminator)
    combined = keras.Sequential([keras.Input(generator.input_shape[1:]), generator, discriminator], name="combined")
    combined.compile(
        optimizer=optimizer or keras.optimizers.Adam(2e-4, beta_1=0.5),
        loss=keras.losses.BinaryCrossentropy(from_logits=True),
    )
    return combined


def require_fit(generator, discriminator):
    """Raise a ValueError where the networks do not fit, or D does not return one raw score a sample."""
    for name, network in (("generator", generator), ("discriminator", discriminator)):
        shapes = [_plain_shape(network, f"{end}_shape") for end in ("input", "output")]
        if None in shapes:
            raise ValueError(
                f"Invalid {name}. Expected a built model with one input and one output. Received: {network!r}, whose "
                "shapes are not known or several. Begin it with keras.Input, and join several inputs before."
            )
    made, wanted = generator.output_shape, discriminator.input_shape
    if not _shapes_fit(made, wanted):
        raise ValueError(
            "Generator and discriminator do not fit. Expected a generator whose output has the discriminator's input "
            f"shape {wanted[1:]}. Received: {made[1:]}. Build both with the same sample shape."
        )
    if tuple(discriminator.output_shape[1:]) != (1,):
        raise ValueError(
            "Invalid discriminator. Expected one score a sample, output shape (None, 1). "
            f"Received: {discriminator.output_shape}. End it with Dense(1)."
        )
    activation = _last_activation(discriminator)
    if activation not in (None, keras.activations.linear):
        raise ValueError(
            "Invalid discriminator. Expected raw scores (logits) from its last layer. "
            f"Received: a last layer with the activation {getattr(activation, '__name__', activation)!r}. "
            "End it with Dense(1) alone."
        )


def _layers(layer):
    """A layer and every layer inside it, outermost first."""
    yield layer
    for value in [layer.layers] if isinstance(layer, keras.Model) else vars(layer).values():
        for part in value if isinstance(value, (list, tuple)) else [value]:
            if isinstance(part, keras.layers.Layer):
                yield from _layers(part)


def _shapes_fit(shape, other):
    """Whether two shapes have the same rank and agree wherever both are known; None stands for any size."""
    return len(shape) == len(other) and all(None in (a, b) or a == b for a, b in zip(shape, other, strict=True))


def _plain_shape(network, name):
    """A model's input or output shape where it has one and only one, else None."""
    try:
        shape = getattr(network, name)
    except (AttributeError, ValueError):  # Keras raises either for a model that is not built
        return None
    return shape if isinstance(shape, tuple) and all(n is None or isinstance(n, int) for n in shape) else None


def _last_activation(layer):
    """The activation that a network ends with, also inside nested models and wrappers, or None."""
    if isinstance(layer, keras.Model):
        return _last_activation(getattr(layer, "operations", layer.layers)[-1])
    if isinstance(layer, keras.layers.Wrapper):
        return _last_activation(layer.layer)
    if type(layer).__name__ in (
        "Sigmoid",
        "Tanh",
        "Softmax",
    ):  # keras.ops.sigmoid(...) at the end of a functional model
        return layer
    return getattr(layer, "activation", None)
