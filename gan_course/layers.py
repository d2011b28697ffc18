"""Custom Keras layers for generators and discriminators, and a constraint for weights. `.keras` files can hold them."""

import keras

from gan_course.arguments import require_count, require_number


@keras.saving.register_keras_serializable(package="gan_course")
class MinibatchStandardDeviation(keras.layers.Layer):
    """Append to each sample's features their standard deviations over the batch: `(batch, n)` to `(batch, 2n)`.

    A discriminator that judges each sample alone cannot notice that all generated samples are alike. This layer shows
    it how much the samples of a batch differ. So it can recognize a generator that makes only a few different samples.

    Example:
        >>> keras.ops.shape(MinibatchStandardDeviation()(keras.ops.ones((4, 3))))
        (4, 6)

    Reference: Karras et al. 2018, section 3, here without the mean over the features; after the minibatch
    discrimination of Salimans et al. 2016, section 3.2.
    """

    def call(self, features):
        in_float32 = keras.ops.cast(features, "float32")  # small squares vanish in float16
        deviation = keras.ops.sqrt(keras.ops.var(in_float32, axis=0, keepdims=True) + 1e-8)
        same_for_all = keras.ops.broadcast_to(deviation, keras.ops.shape(features))
        return keras.ops.concatenate([features, keras.ops.cast(same_for_all, features.dtype)], axis=-1)

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], 2 * input_shape[-1])


@keras.saving.register_keras_serializable(package="gan_course")
class Packing(keras.layers.Layer):
    """Join several samples of a batch into one pack: `(batch, ..., n)` to `(batch / size, ..., size · n)`.

    As the first layer of a discriminator it makes D give one score for `size` samples together, which are all real or
    all generated. D can then notice generated samples that are more alike than real ones.

    Do not use it in a conditional discriminator: the samples would be packed, but not their labels.

    Args:
        size: number of samples per pack. Defaults to 2.

    Attributes:
        pack_size: number of samples per pack. `GAN.fit` reads it, and then asks for batches that fill all packs.

    Raises:
        ValueError: for a size that is not an integer of at least 1, or that does not divide the batch.

    Reference: Lin et al. 2018 (PacGAN), section 2.
    """

    def __init__(self, size: int = 2, **kwargs):
        super().__init__(**kwargs)
        require_count(2, size=size)
        self.size = self.pack_size = int(size)

    def call(self, samples):
        if samples.shape[0] is not None and samples.shape[0] % self.size:
            raise ValueError(
                f"Invalid batch for packs of {self.size}. Expected a multiple of {self.size} samples. Received: "
                f"{samples.shape[0]} samples. Choose a batch_size that is a multiple of {self.size}, and leave out the "
                "last samples if they do not fill a batch."
            )
        packed_shape = self.compute_output_shape(samples.shape)
        packs = keras.ops.reshape(samples, (-1, self.size, *samples.shape[1:]))
        return keras.ops.reshape(keras.ops.moveaxis(packs, 1, -2), (-1, *packed_shape[1:]))

    def compute_output_shape(self, input_shape):
        batch = None if input_shape[0] is None else input_shape[0] // self.size
        return (batch, *input_shape[1:-1], self.size * input_shape[-1])

    def get_config(self):
        return {**super().get_config(), "size": self.size}


@keras.saving.register_keras_serializable(package="gan_course")
class InstanceNoise(keras.layers.Layer):
    """Add normal noise to the input during training, with a strength that can be changed between steps.

    As the first layer of a discriminator it blurs real and generated samples alike. The two distributions then overlap,
    and D's scores tell the generator in which direction to move. The generated samples can become only as sharp as D
    sees them, so let `callbacks.Fade(layer.stddev, steps)` take the noise away again. `keras.layers.GaussianNoise` adds
    noise whose strength stays the same.

    Args:
        stddev: standard deviation of the noise, at least 0, in units of the samples. Defaults to 0.1.
        seed: integer seed of the noise, or None for other noise in every run. Defaults to None.

    Attributes:
        stddev: the strength, a scalar weight that is not trained.

    Raises:
        ValueError: for a strength that is negative or not finite.

    Reference: Sønderby et al. 2017, on instance noise; Arjovsky and Bottou 2017, section 3.
    """

    def __init__(self, stddev: float = 0.1, seed: int | None = None, **kwargs):
        super().__init__(**kwargs)
        require_number(0.1, at_least=0, stddev=stddev)
        self.start, self.seed = float(stddev), seed
        self.seed_generator = keras.random.SeedGenerator(seed)
        self.stddev = self.add_weight(
            shape=(), initializer=keras.initializers.Constant(self.start), trainable=False, name="stddev"
        )

    def call(self, samples, training=False):
        if not training:
            return samples
        noise = keras.random.normal(keras.ops.shape(samples), dtype=samples.dtype, seed=self.seed_generator)
        return samples + keras.ops.cast(self.stddev, samples.dtype) * noise

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        return {**super().get_config(), "stddev": self.start, "seed": self.seed}


@keras.saving.register_keras_serializable(package="gan_course")
class ReconstructionError(keras.layers.Layer):
    """Mean squared difference between a sample and its reconstruction.

    It takes a list of two tensors of the same shape `(batch, ...)`, and returns `(batch, 1)` in float32.

    Example:
        >>> samples, reconstructions = keras.ops.ones((4, 8, 8, 1)), keras.ops.zeros((4, 8, 8, 1))
        >>> keras.ops.shape(ReconstructionError()([samples, reconstructions]))
        (4, 1)
    """

    def call(self, pair):
        samples, reconstructions = (keras.ops.cast(each, "float32") for each in pair)
        squares = keras.ops.square(samples - reconstructions)
        return keras.ops.mean(squares, axis=tuple(range(1, len(squares.shape))))[:, None]

    def compute_output_shape(self, input_shape):
        return (input_shape[0][0], 1)


@keras.saving.register_keras_serializable(package="gan_course")
class FirstOf(keras.layers.Layer):
    """Return the first of several tensors as it is. The others then belong to the model without changing its output.

    A functional model holds only layers that its output depends on. With this layer at its end a discriminator returns
    its scores, and keeps a second output, such as the logits of classes. A variant of `GAN` finds that by its name.

    Example:
        >>> keras.ops.shape(FirstOf()([keras.ops.ones((4, 1)), keras.ops.ones((4, 10))]))
        (4, 1)
    """

    def call(self, tensors):
        return tensors[0]

    def compute_output_shape(self, input_shape):
        return input_shape[0]


@keras.saving.register_keras_serializable(package="gan_course")
class WeightClipping(keras.constraints.Constraint):
    """Keep weights in [−limit, limit]: after each step, a weight outside is set to the nearer end of this range.

    A network whose weights are bounded is Lipschitz, with a constant that depends on the limit and on the layers.
    Put this constraint on all kernels and biases of a critic, and train with the objective "wasserstein", for a
    Wasserstein GAN. The optimizer applies the constraint after each step.

    Args:
        limit: largest absolute value of a weight, above 0. Defaults to 0.01, as in the paper.

    Raises:
        ValueError: for a limit that is not positive, or not finite.

    Example:
        ```python
        critic = networks.mlp_discriminator((2,), constraint=networks.WeightClipping(0.01))
        gan = GAN(networks.mlp_generator((2,)), critic, seed=0)
        gan.compile("rmsprop", "rmsprop", objective="wasserstein", d_steps=5)
        ```

    Reference: Arjovsky et al. 2017, algorithm 1.
    """

    def __init__(self, limit: float = 0.01):
        require_number(0.01, above=0, limit=limit)
        self.limit = float(limit)

    def __call__(self, weight):
        return keras.ops.clip(weight, -self.limit, self.limit)

    def get_config(self):
        return {"limit": self.limit}
