"""Optimizers for two players: `Players`, which Keras sees as one, and `AveragingAdam`, which averages the weights."""

import keras
from keras import ops

from gan_course.validate import layers_of


@keras.saving.register_keras_serializable(package="gan_course")
class Players(keras.optimizers.Optimizer):
    """Two optimizers that Keras sees as one, so that `fit`, saving and JAX's state handling work unchanged.

    Args:
        d: optimizer of the discriminator. g: optimizer of the generator.

    Attributes:
        built_for: for D and for G, the list of variables that its optimizer was made for.
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
        """The generator's learning rate, for those who report one."""
        return self.g.learning_rate

    @learning_rate.setter
    def learning_rate(self, value):
        raise AttributeError(
            "Two players have two learning rates. Expected gan.optimizer.d.learning_rate or "
            f"gan.optimizer.g.learning_rate to be set. Received: {value!r} for both. Set them one by one, or give each "
            "optimizer a schedule of keras.optimizers.schedules."
        )

    def finalize_variable_values(self, var_list):
        """Nothing: Keras calls this on JAX after an error, too, where the averages would cost the weights."""

    def put_averages(self):
        """Put the averages in place of the weights, for each player whose optimizer keeps them (`use_ema`)."""
        for optimizer, variables in zip(self.optimizers, self.built_for, strict=True):
            if not int(ops.convert_to_numpy(optimizer.iterations)):
                continue  # Keras begins an average at zero: before the first step there is none
            optimizer.finalize_variable_values(variables)
            for variable in variables:  # a copy: JAX cannot train on where weight and average are one buffer
                variable.assign(ops.copy(variable))

    def build_players(self, discriminator, generator):
        """Make both optimizers' variables, each for its own network."""
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


# On PyTorch, `keras.optimizers.Adam` makes objects of a class that updates all weights in a few calls. A subclass of
# `Adam` would do without, so AveragingAdam is a subclass of the class that `Adam` makes here.
_Adam = type(keras.optimizers.Adam.__new__(keras.optimizers.Adam))


@keras.saving.register_keras_serializable(package="gan_course")
class AveragingAdam(_Adam):
    """Adam that keeps a moving average of the weights (`use_ema`), and begins it with a short memory.

    After t steps its momentum is (1 + t) / (10 + t), at most `ema_momentum`: the average of a training of any length
    lies near its end. With `ema_momentum` from the first step on, as in Keras, that of a few hundred steps would still
    be near the random weights that it began with.

    Args:
        learning_rate, beta_1, **kwargs: as in `keras.optimizers.Adam`. Defaults to 1e-3 and 0.5, GANs' usual β₁.
        ema_momentum: where the momentum ends. Defaults to 0.998, a memory of about 500 steps.

    Reference: `num_updates` of `tf.train.ExponentialMovingAverage`.
    """

    def __init__(self, learning_rate=1e-3, beta_1=0.5, use_ema=True, ema_momentum=0.998, **kwargs):
        super().__init__(learning_rate, beta_1, use_ema=use_ema, ema_momentum=ema_momentum, **kwargs)

    @property
    def ema_momentum(self):
        steps = ops.cast(self.iterations, "float32")
        return ops.minimum((1 + steps) / (10 + steps), self._last_momentum)

    @ema_momentum.setter
    def ema_momentum(self, value):
        self._last_momentum = value

    def get_config(self):
        return {**super().get_config(), "ema_momentum": self._last_momentum}


def _adam(name):
    """The recipe's optimizer. The generator's keeps a moving average of the weights."""
    made = AveragingAdam if name == "g_optimizer" else keras.optimizers.Adam
    return made(1e-3, beta_1=0.5, name=f"{name}_adam")


def optimizer_of(name, given, network):
    """The optimizer that was asked for, with loss scaling where a layer of the network computes in float16."""
    try:
        optimizer = _adam(name) if given is None else keras.optimizers.get(given)
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"Invalid {name}. Expected a keras.optimizers.Optimizer, or the name of one. Received: {given!r}. "
            f'Try {name}="adam".'
        ) from error
    in_float16 = any(layer.compute_dtype == "float16" for layer in layers_of(network))
    if in_float16 and not isinstance(optimizer, keras.optimizers.LossScaleOptimizer):
        return keras.optimizers.LossScaleOptimizer(optimizer)
    return optimizer
