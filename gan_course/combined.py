"""The combined model, G and then D, that trains the generator alone; `frozen` holds the discriminator still."""

import contextlib

import keras

from gan_course.validate import layers_of, require_fit


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
    flags = [(part, part.trainable) for part in (*layers_of(network), *network.variables)]
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
