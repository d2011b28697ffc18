"""The combined model, G followed by D, that trains the generator alone, and `frozen`, which keeps D unchanged in it."""

import contextlib

import keras

from gan_course.validate import layers_of, require_matching_networks


@contextlib.contextmanager
def frozen(network):
    """Context manager: a network is not trained in the `with` block, and every flag in it is restored afterwards.

    It is needed where the combined model trains the generator alone. `trainable` of the discriminator must be False
    while `train_on_batch` of the combined model runs, and True while the discriminator's own `train_on_batch` runs:
    Keras 3 reads `trainable` when it trains, not when it compiles. JAX and PyTorch read it in every call. TensorFlow
    reads it when it traces the step, which is in the first call, and again for a batch of another size. So use `frozen`
    around every combined step, from the first one on.

    Args:
        network: a `keras.Model` or layer. Layers and weights in it that were frozen before stay frozen afterwards.

    Yields:
        The network.

    Note:
        A frozen BatchNormalization layer runs in inference mode: it normalizes with its moving averages, even when it
        is called with `training=True`, and does not update them. A SpectralNormalization layer, however, rescales
        its kernel in every call with `training=True`, frozen or not.

    Example:
        ```python
        combined = build_combined(generator, discriminator)
        with frozen(discriminator):
            combined.train_on_batch(z, ones)  # changes the generator only
        ```
    """
    # Outermost first: setting the flag of a layer sets those of all layers and weights in it.
    flags = [(part, part.trainable) for part in (*layers_of(network), *network.variables)]
    network.trainable = False
    try:
        yield network
    finally:
        for part, flag in flags:
            part.trainable = flag


def build_combined(
    generator: keras.Model, discriminator: keras.Model, optimizer: keras.optimizers.Optimizer | None = None
) -> keras.Sequential:
    """Stack G → D into one compiled model that trains the generator to make D say "real".

    Args:
        generator: `keras.Model` from noise `(batch, latent_dim)` to samples.
        discriminator: `keras.Model` from samples to raw scores (logits) of shape `(batch, 1)`, or to a map of scores
            for each sample, `(batch, height, width, 1)`. With a map, give `train_on_batch` labels of the map's shape.
        optimizer: an optimizer for the combined model alone, since one optimizer object cannot serve two models.
            Defaults to `None`: Adam with learning rate 2e-4 and β₁ = 0.5 (Radford et al. 2016, section 3).

    Returns:
        A compiled `keras.Sequential`. Train it with label 1 inside `with frozen(discriminator):`. Its loss is then the
        non-saturating generator loss −log D(G(z)) of Goodfellow et al. 2014, section 3.

    Raises:
        ValueError: if the generator's output does not fit the discriminator's input, or the discriminator does not
            return one raw score per sample.
    """
    require_matching_networks(generator, discriminator)
    combined = keras.Sequential([keras.Input(generator.input_shape[1:]), generator, discriminator], name="combined")
    combined.compile(
        optimizer=optimizer or keras.optimizers.Adam(2e-4, beta_1=0.5),
        loss=keras.losses.BinaryCrossentropy(from_logits=True),
    )
    return combined
