"""Optimizers for two networks: `Players`, which Keras sees as one, and `AveragingAdam`, which averages the weights."""

import keras
from keras import ops

from gan_course.validate import layers_of


@keras.saving.register_keras_serializable(package="gan_course")
class Players(keras.optimizers.Optimizer):
    """Two optimizers that Keras sees as one, so that `fit`, saving and JAX's state handling work unchanged.

    Args:
        d: `keras.optimizers.Optimizer` of the discriminator.
        g: `keras.optimizers.Optimizer` of the generator.
        name: name of this optimizer. Defaults to "players".

    Attributes:
        built_for: for D and for G, the list of variables for which its optimizer was built.
    """

    def __init__(self, d, g, name="players"):
        super().__init__(learning_rate=0.0, name=name)
        self.d, self.g = d, g

    @property
    def variables(self):
        return super().variables + self.d.variables + self.g.variables

    @property
    def optimizers(self):
        """Both, D's first: Keras' learning-rate callbacks and TensorBoard look here (Keras 3.15 and later)."""
        return [self.d, self.g]

    @property
    def learning_rate(self):
        """The generator's learning rate, for callbacks that report a single one."""
        return self.g.learning_rate

    @learning_rate.setter
    def learning_rate(self, value):
        raise AttributeError(
            "A GAN has two optimizers, each with its own learning rate. Expected gan.optimizer.d.learning_rate or "
            f"gan.optimizer.g.learning_rate to be set. Received: {value!r} for both. Set each one by itself, or give "
            "each optimizer a schedule of keras.optimizers.schedules."
        )

    def finalize_variable_values(self, var_list):
        """Do nothing. On JAX Keras calls this after an error, too, and the averages would replace the weights there."""

    def assign_averages(self):
        """Replace the weights by their averages, for each network whose optimizer keeps averages (`use_ema`)."""
        for optimizer, variables in zip(self.optimizers, self.built_for, strict=True):
            if not int(ops.convert_to_numpy(optimizer.iterations)):
                continue  # Keras begins each average at zero, so before the first step there is no average
            optimizer.finalize_variable_values(variables)
            for variable in variables:  # a copy: JAX cannot train on where a weight and its average share a buffer
                variable.assign(ops.copy(variable))

    def build_players(self, discriminator, generator):
        """Build each optimizer for the trainable weights of its own network."""
        self.d.build(discriminator.trainable_variables)
        self.g.build(generator.trainable_variables)
        self.built_for = [discriminator.trainable_variables, generator.trainable_variables]
        self.built = True

    def get_config(self):
        return {"d": keras.optimizers.serialize(self.d), "g": keras.optimizers.serialize(self.g), "name": self.name}

    @classmethod
    def from_config(cls, config, custom_objects=None):
        players = (keras.optimizers.deserialize(config[name], custom_objects) for name in ("d", "g"))
        return cls(*players, name=config["name"])


# On PyTorch `keras.optimizers.Adam(...)` returns an object of another, faster class, which updates all weights in a few
# calls. A subclass of `Adam` would not get this speed. So AveragingAdam is a subclass of the class of that object.
_Adam = type(keras.optimizers.Adam.__new__(keras.optimizers.Adam))


@keras.saving.register_keras_serializable(package="gan_course")
class AveragingAdam(_Adam):
    """Adam with a moving average of the weights (`use_ema`) whose memory is short at first.

    After t steps the momentum of the average is min((1 + t) / (10 + t), `ema_momentum`). So the average of a training
    of any length lies near its end. Keras itself uses `ema_momentum` from the first step on. The average over a few
    hundred steps would then still be near the random weights with which training began.

    Args:
        learning_rate: a float, or a schedule of `keras.optimizers.schedules`. Defaults to 1e-3.
        beta_1: decay rate of the first moment, from 0 to 1. Defaults to 0.5, which is usual for GANs.
        use_ema: whether to keep the average. Defaults to True.
        ema_momentum: largest momentum of the average, from 0 to 1. Defaults to 0.998, a memory of about 500 steps.
        **kwargs: as in `keras.optimizers.Adam`.

    Reference: `num_updates` of `tf.train.ExponentialMovingAverage`.

    Example:
        ```python
        gan.compile(g_optimizer=AveragingAdam(2e-4, ema_momentum=0.999))
        ```
    """

    def __init__(self, learning_rate=1e-3, beta_1=0.5, use_ema=True, ema_momentum=0.998, **kwargs):
        super().__init__(learning_rate, beta_1, use_ema=use_ema, ema_momentum=ema_momentum, **kwargs)

    @property
    def ema_momentum(self):
        steps = ops.cast(self.iterations, "float32")
        return ops.minimum((1 + steps) / (10 + steps), self._largest_momentum)

    @ema_momentum.setter
    def ema_momentum(self, value):
        self._largest_momentum = value

    def get_config(self):
        return {**super().get_config(), "ema_momentum": self._largest_momentum}


def make_players(d_optimizer, g_optimizer, discriminator, generator):
    """`Players` for two networks, with an optimizer for each that is built for its trainable weights.

    Args:
        d_optimizer: as `given` in `resolve_optimizer`, for the discriminator.
        g_optimizer: as `given` in `resolve_optimizer`, for the generator.
        discriminator: `keras.Model`.
        generator: `keras.Model`.

    Returns:
        `Players`.

    Raises:
        ValueError: for one optimizer object in both places, and for anything that Keras does not take as an optimizer.
    """
    if d_optimizer is not None and d_optimizer is g_optimizer and not isinstance(d_optimizer, str):
        raise ValueError(
            "One optimizer cannot serve two networks. Expected two optimizer objects. "
            f"Received: {d_optimizer!r} for both. Create a second optimizer."
        )
    players = Players(
        resolve_optimizer("d_optimizer", d_optimizer, discriminator),
        resolve_optimizer("g_optimizer", g_optimizer, generator),
    )
    players.build_players(discriminator, generator)
    return players


def _default_optimizer(name):
    """The optimizer of `GAN.compile()` without arguments. The generator's keeps an average of the weights."""
    kind = AveragingAdam if name == "g_optimizer" else keras.optimizers.Adam
    return kind(1e-3, beta_1=0.5, name=f"{name}_adam")


def resolve_optimizer(name, given, network):
    """The optimizer for a network, with loss scaling where a layer of the network computes in float16.

    Args:
        name: "d_optimizer" or "g_optimizer".
        given: a `keras.optimizers.Optimizer`, the name of one, or None for the default one.
        network: the `keras.Model` that it will train.

    Returns:
        A `keras.optimizers.Optimizer` that is not built yet, unless the given one was.

    Raises:
        ValueError: for anything that Keras does not take as an optimizer.
    """
    try:
        optimizer = _default_optimizer(name) if given is None else keras.optimizers.get(given)
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"Invalid {name}. Expected a keras.optimizers.Optimizer, or the name of one. Received: {given!r}. "
            f'Try {name}="adam".'
        ) from error
    in_float16 = any(layer.compute_dtype == "float16" for layer in layers_of(network))
    if in_float16 and not isinstance(optimizer, keras.optimizers.LossScaleOptimizer):
        return keras.optimizers.LossScaleOptimizer(optimizer)
    return optimizer
