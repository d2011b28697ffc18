"""The two players together: freeze one network for a while, and stack generator and discriminator in one model."""

import contextlib

import keras


@contextlib.contextmanager
def frozen(network):
    """Freeze a network for the length of a `with` block, and put every flag in it back afterwards.

    The combined model's way to train the generator alone. The flag has to be down while `train_on_batch` of the
    combined model runs, and up again while the discriminator's own runs: Keras 3 reads `trainable` when it trains, not
    when it compiles. JAX and PyTorch read it at every call, TensorFlow at a model's first call only, when it traces
    the step; so use `frozen` from the first combined step on, or compile again.

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
    made, wanted = generator.output_shape, discriminator.input_shape
    if len(made) != len(wanted) or any(None not in (a, b) and a != b for a, b in zip(made, wanted, strict=True)):
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
    combined = keras.Sequential([keras.Input(generator.input_shape[1:]), generator, discriminator], name="combined")
    combined.compile(
        optimizer=optimizer or keras.optimizers.Adam(2e-4, beta_1=0.5),
        loss=keras.losses.BinaryCrossentropy(from_logits=True),
    )
    return combined


def _layers(layer):
    """A layer and every layer inside it, outermost first."""
    yield layer
    for value in [layer.layers] if isinstance(layer, keras.Model) else vars(layer).values():
        for part in value if isinstance(value, (list, tuple)) else [value]:
            if isinstance(part, keras.layers.Layer):
                yield from _layers(part)


def _last_activation(layer):
    """The activation that a network ends with, also inside nested models and wrappers, or None."""
    if isinstance(layer, keras.Model):
        return _last_activation(layer.layers[-1])
    if isinstance(layer, keras.layers.Wrapper):
        return _last_activation(layer.layer)
    return getattr(layer, "activation", None)
