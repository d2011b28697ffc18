"""What can be seen of two networks without running them: shapes, last activations, layers, losses, optimizers."""

import math
from dataclasses import dataclass

import keras

from gan_course.doctor.frameworks import is_concrete
from gan_course.validate import input_shapes, layers_of, shapes_fit

PASSING = (
    *("Reshape", "Flatten", "Dropout", "Identity", "Permute", "Cropping2D", "ActivityRegularization", "InputLayer"),
    *("UpSampling2D", "ZeroPadding2D", "GaussianNoise", "GlobalAveragePooling2D", "AveragePooling2D"),
)
"""Layers that keep the range of what they get: the activation that counts stands before them."""

RANGES = {"tanh": (-1.0, 1.0), "sigmoid": (0.0, 1.0), "softmax": (0.0, 1.0), "hard_sigmoid": (0.0, 1.0)}
"""Activation → the interval that its outputs fill. `relu` and the like have no upper bound."""

STATISTICS = ("moving_mean", "moving_variance", "vector_u", "seed_generator_state")
"""Ends of the names of variables that no optimizer changes."""


@dataclass(frozen=True)
class Network:
    """Facts of one player.

    Attributes:
        name: what Keras calls it.
        built: whether its weights exist.
        inputs: list of its input shapes, tuples with None for the batch. Empty where they are not known.
        output: its first output shape, a tuple. None where it is not known.
        activation: name of the activation that it ends with, such as "tanh" or "linear". None where it is not known.
        batch_normalization: whether it has such layers.
        dropout: whether it has such layers.
        rescales: whether a layer of it changes the range of its input.
        parameters: number of its weights.
        trainable: whether any of its weights is trainable now.
        learning_rate: that of the optimizer it is compiled with. None where there is none, or it is a schedule.
        loss: text that describes the loss it is compiled with. None where it has none.
        from_logits: whether that loss expects raw scores. None where it is no cross-entropy.
        momentum: the largest momentum of its BatchNormalization, or Keras' default where there is none.
    """

    name: str
    built: bool
    inputs: list
    output: tuple | None
    activation: str | None
    batch_normalization: bool
    dropout: bool
    rescales: bool
    parameters: int
    trainable: bool
    learning_rate: float | None
    loss: str | None
    from_logits: bool | None
    momentum: float = 0.99


def look_at(network):
    """The facts of a network, a `Network`. Everything that cannot be known is None or empty.

    Args:
        network: a `keras.Model`.
    """
    kinds = {type(layer).__name__ for layer in layers_of(network)}
    loss, from_logits = describe_loss(getattr(network, "loss", None))
    return Network(
        name=network.name,
        built=bool(network.built and (network.variables or not learnable(network))),
        inputs=[shape for shape in input_shapes(network) if isinstance(shape, tuple)],
        output=output_shape(network),
        activation=last_activation(network),
        batch_normalization="BatchNormalization" in kinds,
        dropout=bool(kinds & {"Dropout", "SpatialDropout2D", "AlphaDropout"}),
        rescales=bool(kinds & {"Rescaling", "Normalization"}),
        parameters=sum(math.prod(weight.shape) for weight in network.weights),
        trainable=bool(network.trainable_variables),
        learning_rate=learning_rate(getattr(network, "optimizer", None)),
        loss=loss,
        from_logits=from_logits,
        momentum=max(
            (x.momentum for x in layers_of(network) if type(x).__name__ == "BatchNormalization"), default=0.99
        ),
    )


def output_shape(network):
    """The shape of a network's first output, a tuple, or None where it is not known."""
    try:
        shape = network.output_shape
    except (AttributeError, ValueError):
        return None
    while isinstance(shape, (list, tuple)) and shape and isinstance(shape[0], (list, tuple)):
        shape = shape[0]
    return tuple(shape) if isinstance(shape, (list, tuple)) else None


def learnable(network):
    """The weights that an optimizer could change, frozen or not: a list of variables of floats."""
    return [w for w in network.weights if "float" in str(w.dtype) and not w.path.endswith(STATISTICS)]


def statistics(network):
    """The moving averages of BatchNormalization: a list of variables."""
    return [w for w in network.weights if w.path.endswith(("moving_mean", "moving_variance"))]


def last_activation(layer):
    """Name of the activation that a network or layer ends with, also inside nested models and wrappers.

    Args:
        layer: a Keras model or layer.

    Returns:
        A name such as "tanh"; "linear" where nothing follows the last weights; None where it cannot be known, as
        for a `Lambda`, or for a subclass of `keras.Model`, which may do anything after its last layer.
    """
    if isinstance(layer, keras.Model) and not getattr(layer, "inputs", None):
        name = last_activation(layer.layers[-1]) if layer.layers else None
        return None if name == "linear" else name
    if isinstance(layer, keras.Model):
        steps = [*getattr(layer, "operations", layer.layers)]
        while steps and type(steps[-1]).__name__ in PASSING:
            steps.pop()
        return last_activation(steps[-1]) if steps else None
    kind = type(layer).__name__
    if isinstance(layer, keras.layers.Wrapper):
        return last_activation(layer.layer)
    if kind in ("Sigmoid", "Tanh", "Softmax", "ReLU", "Relu", "LeakyReLU", "PReLU", "ELU"):
        return kind.lower()
    activation = getattr(layer, "activation", None)
    if activation is not None:
        return getattr(activation, "__name__", None)
    return "linear" if kind in ("BatchNormalization", "Dense", "Conv2D", "LayerNormalization") else None


def describe_loss(loss):
    """What a compiled loss is called, and whether it expects raw scores.

    Args:
        loss: what was given to `compile`: a name, a Keras loss, a function, or a list or dictionary of these.

    Returns:
        Pair of a name and True or False. The second is None for losses other than cross-entropies; both are None
        without a loss.
    """
    if isinstance(loss, dict):
        loss = [*loss.values()]
    if isinstance(loss, (list, tuple)):
        loss = loss[0] if loss else None
    if loss is None:
        return None, None
    name = loss if isinstance(loss, str) else getattr(loss, "__name__", type(loss).__name__)
    if "crossentropy" not in name.lower().replace("_", ""):
        return name, None
    return name, bool(getattr(loss, "from_logits", False))


def learning_rate(optimizer):
    """The learning rate of a Keras optimizer as a float; None where there is none, or it follows a schedule."""
    try:
        return float(keras.ops.convert_to_numpy(optimizer.learning_rate))
    except (AttributeError, TypeError, ValueError):
        return None


def is_wrapper(model, network):
    """Whether two models are one and the same network: the same weights between inputs and outputs of the same shapes.

    `Model(x, inner(x))` is such a wrapper of `inner`.
    """
    if model is network:
        return True
    if not isinstance(model, keras.Model) or not (model.built and network.built):
        return False
    weights = [[id(w) for w in m.weights] for m in (model, network)]
    shapes = [(input_shapes(m), output_shape(m)) for m in (model, network)]
    return bool(weights[0]) and weights[0] == weights[1] and shapes[0] == shapes[1]


def contains(model, network):
    """Whether a model is a network or a wrapper of it, or has one inside: as a layer, or as an attribute."""
    return any(is_wrapper(part, network) for part in layers_of(model))


def fits(array, shape):
    """Whether an array or tensor is a batch for a network with this input shape."""
    try:
        return shape is not None and shapes_fit(tuple(array.shape), tuple(shape))
    except ValueError:  # a tensor in a graph whose number of axes is not known
        return False


def fits_batch(x, shape):
    """Whether a value is an array or tensor that is there, and fits an input shape `(batch, ...)`."""
    return hasattr(x, "shape") and is_concrete(x) and fits_shape(x, shape)


def fits_shape(x, shape):
    """Whether the shape of an array is a batch of at least one row for this input shape."""
    return fits(x, shape) and len(x.shape) > 0 and x.shape[0] > 0


def fits_output(scores, network):
    """Whether a tensor has the shape of a network's scores, apart from the batch."""
    shape = output_shape(network)
    given = tuple(scores.shape)[1:]
    return given in (shape[1:], ()) if shape is not None else given in ((1,), ())


def noise_position(network, latent_dim=None):
    """Which input of a generator takes the noise: an index. The others take labels.

    Args:
        network: the generator.
        latent_dim: size of a noise vector. Defaults to None: the largest input of floats.
    """
    shapes = [shape for shape in input_shapes(network) if isinstance(shape, tuple)]
    if latent_dim is not None:
        found = [i for i, shape in enumerate(shapes) if math.prod(n or 1 for n in shape[1:]) == latent_dim]
        if len(found) == 1:
            return found[0]
    floats = [i for i, x in enumerate(getattr(network, "inputs", None) or []) if "float" in str(x.dtype)]
    sizes = {i: math.prod(n or 1 for n in shapes[i][1:]) for i in floats if i < len(shapes)}
    return max(sizes, key=sizes.get, default=0)
