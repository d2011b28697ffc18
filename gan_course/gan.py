"""The two players together: `GAN`, trained by `fit`."""

import contextlib

import keras
import numpy as np
from keras import ops

from gan_course import runtime
from gan_course.backend import TrainStep, input_dtype, weights_kept, with_labels
from gan_course.batches import Position
from gan_course.checkpoints import Checkpoints
from gan_course.combined import build_combined, frozen
from gan_course.devices import own_share, portions
from gan_course.fitting import Fitting
from gan_course.labels import require_labels
from gan_course.objectives import OBJECTIVES, Objective, gradient_penalty, r1_penalty
from gan_course.optimizers import AveragingAdam, Players, optimizer_of
from gan_course.samples import as_array, unpack_batch
from gan_course.validate import (
    input_shapes,
    pack_size,
    require_count,
    require_fit,
    require_noise,
    require_weights,
    without_keras_choices,
)

__all__ = ["GAN", "AveragingAdam", "Players", "build_combined", "frozen"]


@keras.saving.register_keras_serializable(package="gan_course")
class GAN(Fitting, Checkpoints, TrainStep, keras.Model):
    """A generative adversarial network that trains with `fit`, on TensorFlow, JAX and PyTorch.

    Args:
        generator: `keras.Model` from noise `(batch, latent_dim)` to samples.
        discriminator: `keras.Model` from samples to raw scores (logits) `(batch, 1)`, positive for real.
            In a conditional GAN both take labels as a second input, `(batch, ...)`: [noise, labels] and
            [samples, labels].
        seed: integer seed of the noise and of the order of the samples, or None for another one each time.

    Raises:
        ValueError: if the networks do not fit, the generator's first input is not noise `(batch, latent_dim)`, or the
            discriminator does not return one raw score a sample.

    Each step of `fit` plays one round of algorithm 1 of Goodfellow et al. 2014: `d_steps` steps of the discriminator,
    each on real samples of its own, then one of the generator. A step changes its own network alone, moving averages
    of BatchNormalization included: D's move in D's steps, G's in G's.

    Example:
        ```python
        gan = GAN(networks.mlp_generator((8, 8, 1), 16), networks.mlp_discriminator((8, 8, 1)), seed=0)
        gan.compile()
        gan.fit(images, batch_size=64, epochs=10)
        fakes = gan.generate(25, seed=1)  # NumPy, (25, 8, 8, 1)
        gan.evaluate(held_out_images, return_dict=True)  # {"d_loss": ..., "g_loss": ...}
        ```
    """

    def __init__(self, generator, discriminator, seed=None, **kwargs):
        require_fit(generator, discriminator)
        require_noise(generator)
        super().__init__(**kwargs)
        self.generator, self.discriminator, self.seed = generator, discriminator, seed
        self.seed_generator = keras.random.SeedGenerator(seed)
        self.position = Position()
        self.conditional = len(input_shapes(generator)) == 2
        self.latent_dim = input_shapes(generator)[0][-1]
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
        jit_compile="auto",
        **kwargs,
    ):
        """Choose what the players minimize, and how.

        Args:
            d_optimizer, g_optimizer: one optimizer, or its name, for each network. Defaults to `None`: Adam with
                learning rate 1e-3 and β₁ = 0.5. The generator's is an `AveragingAdam`: at the end of `fit` its weights
                are replaced by their average over the last steps.
            objective: a name in `objectives.OBJECTIVES`, or an `Objective`. Defaults to "non_saturating".
            gradient_penalty_weight: λ of `objectives.gradient_penalty` in D's loss. Defaults to 0: none.
            r1_weight: γ of `objectives.r1_penalty` in D's loss. Defaults to 0: none.
            d_steps: k, how many steps the discriminator takes before each step of the generator. A batch is split into
                k equal parts, one for each of D's steps; G's step makes as many samples as one part. Each optimizer
                counts its own steps, so a learning-rate schedule of D has to be k times as long as one of G. Defaults
                to 1.
            jit_compile: whether to compile the step with XLA. Defaults to "auto": what `runtime.configure` was asked
                for, else on a GPU. On a CPU it makes convolutions slower, and compiles the optimizers' updates alone.
                True is refused where the step cannot be compiled: on TensorFlow under a strategy with several devices,
                and on PyTorch with a penalty, whose second derivatives `torch.compile` does not have. Without a penalty
                PyTorch takes minutes to compile a step, and warns.
            **kwargs: as in `keras.Model.compile`: `run_eagerly`, `steps_per_execution`.

        Raises:
            ValueError: for an unknown objective or optimizer, a `d_steps` below 1, a weight below 0, one optimizer
                object for both networks, and arguments that only fit a model with one loss (`optimizer`, `loss`,
                `metrics`).
        """
        if not isinstance(objective, Objective) and objective not in [*OBJECTIVES]:
            raise ValueError(
                f"Unknown objective. Expected one of {list(OBJECTIVES)}, or an Objective. Received: {objective!r}. "
                'Choose one of these, for example objective="non_saturating".'
            )
        require_count(1, d_steps=d_steps)
        require_weights(gradient_penalty_weight=gradient_penalty_weight, r1_weight=r1_weight)
        kwargs = without_keras_choices(kwargs)
        if d_optimizer is not None and d_optimizer is g_optimizer and not isinstance(d_optimizer, str):
            raise ValueError(
                "One optimizer cannot serve two networks. Expected two optimizer objects. "
                f"Received: {d_optimizer!r} twice. Make a second one."
            )
        players = Players(
            optimizer_of("d_optimizer", d_optimizer, self.discriminator),
            optimizer_of("g_optimizer", g_optimizer, self.generator),
        )
        players.build_players(self.discriminator, self.generator)
        in_graph = not kwargs.get("run_eagerly")
        self.fuse_updates = runtime.fuse_updates() if jit_compile == "auto" else jit_compile
        if jit_compile is True:
            self.require_jit(penalties=gradient_penalty_weight or r1_weight)
        may_use_xla = runtime.use_xla() and in_graph and self.can_use_xla
        kwargs["jit_compile"] = may_use_xla if jit_compile == "auto" else jit_compile
        super().compile(optimizer=players, auto_scale_loss=False, **kwargs)
        self._choices = {
            "objective": objective,
            "gradient_penalty_weight": gradient_penalty_weight,
            "r1_weight": r1_weight,
            "d_steps": d_steps,
            **kwargs,
            "jit_compile": jit_compile,
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

    @contextlib.contextmanager
    def averaged(self):
        """In the `with` block the weights are their averages, for each player whose optimizer has `use_ema=True`.

        The same happens for good at the end of `fit`. Without `use_ema` nothing changes.
        """
        kept = [ops.convert_to_numpy(w) for w in self.trainable_variables]
        self.optimizer.put_averages()
        try:
            yield self
        finally:
            for weight, value in zip(self.trainable_variables, kept, strict=True):
                weight.assign(value)

    @property
    def pack_size(self):
        """How many samples the discriminator judges together."""
        return pack_size(self.discriminator)

    @property
    def metrics(self):
        return [self.d_loss, self.g_loss]

    def call(self, inputs, training=False):
        return self.generator(inputs, training=training)

    def noise(self, count):
        """Standard normal noise z, `(count, latent_dim)`."""
        return own_share(lambda n: keras.random.normal((n, self.latent_dim), seed=self.seed_generator), count)

    def generate(self, count, seed=None, labels=None, batch_size=256):
        """Draw samples.

        Args:
            count: how many, at least 1.
            seed: integer to get the same samples at every call, or None to get new ones from the GAN's own noise.
            labels: `(count, ...)`, for a conditional GAN.
            batch_size: samples made at once. Defaults to 256.

        Returns:
            NumPy array `(count, *sample_shape)`, float32, made in inference mode.

        Raises:
            ValueError: for a count or a batch size that is not a positive integer, and for labels of a conditional GAN
                that `fit` would refuse, too.
        """
        require_count(16, count=count)
        require_count(256, batch_size=batch_size)
        if self.conditional:
            labels = None if labels is None else as_array("labels", labels)
            call = f"generate({count}, labels=...) with {count} labels"
            require_labels(labels, count, self.generator, self.discriminator, call)
        chosen = self.seed_generator if seed is None else keras.random.SeedGenerator(seed)
        z = ops.convert_to_numpy(keras.random.normal((count, self.latent_dim), seed=chosen))
        inputs = [z, labels] if self.conditional else [z]
        parts = ([array[i : i + batch_size] for array in inputs] for i in range(0, count, batch_size))
        samples = [self.generator(part if self.conditional else part[0], training=False) for part in parts]
        return np.concatenate([ops.convert_to_numpy(sample) for sample in samples]).astype("float32")

    def update(self, data):
        """One round on a batch of real samples; returns the mean losses of the epoch so far."""
        real, labels = self._tensors(data)
        for part, batch, given in portions(real, labels, self.d_steps):
            with part:
                self.d_loss.update_state(self.discriminator_step(batch, given))
        with part:
            self.g_loss.update_state(self.generator_step(ops.shape(batch)[0], given))
        return {metric.name: metric.result() for metric in self.metrics}

    def measure(self, data):
        """The losses of both players on a batch, in inference mode; returns their means over all batches so far."""
        real, labels = self._tensors(data)
        count = ops.shape(real)[0]
        ((part, batch, given),) = portions(real, labels, 1)
        with part, keras.StatelessScope([(v, v.value) for v in self.variables]) as scope:
            losses = (
                self.discriminator_loss(batch, given, False),
                self.generator_loss(ops.shape(batch)[0], given, False),
            )
        noise = self.seed_generator.state
        noise.assign(scope.get_current_value(noise))
        for metric, loss in zip(self.metrics, losses, strict=True):
            metric.update_state(loss, sample_weight=count)
        return {metric.name: metric.result() for metric in self.metrics}

    def _tensors(self, data):
        """Samples, in the dtype that D takes, and labels of a batch."""
        real, labels = unpack_batch(data, self.generator, self.conditional)
        real = ops.cast(ops.convert_to_tensor(real), input_dtype(self.discriminator))
        return real, labels if labels is None else ops.convert_to_tensor(labels)

    def discriminator_step(self, real, labels=None):
        """Let D take one step on real samples `(batch, ...)` and as many generated ones; returns its loss."""
        return self.minimize(lambda: self.discriminator_loss(real, labels), self.discriminator, self.optimizer.d)

    def generator_step(self, count, labels=None):
        """Let G take one step on `count` samples; returns its loss."""
        return self.minimize(lambda: self.generator_loss(count, labels), self.generator, self.optimizer.g)

    def discriminator_loss(self, real, labels=None, training=True):
        """D's objective with its penalties, on real samples and as many generated ones: a scalar tensor."""
        z = self.noise(ops.shape(real)[0])
        with weights_kept(self.generator):
            fake = ops.stop_gradient(self.generator(with_labels(z, labels), training=training))
        scores = [self._scores(samples, labels, training) for samples in (real, fake)]
        loss = self.objective.d_loss(*scores)
        loss = loss + ops.cast(_regularization(self.discriminator), loss.dtype)
        if self.gradient_penalty_weight:
            penalty = gradient_penalty(self.discriminator, real, fake, self.seed_generator, labels, training)
            loss = loss + self.gradient_penalty_weight * ops.cast(penalty, loss.dtype)
        if self.r1_weight:
            penalty = r1_penalty(self.discriminator, real, labels, training)
            loss = loss + self.r1_weight * ops.cast(penalty, loss.dtype)
        return loss

    def generator_loss(self, count, labels=None, training=True):
        """G's objective on `count` samples: a scalar tensor."""
        fake = self.generator(with_labels(self.noise(count), labels), training=training)
        with weights_kept(self.discriminator):
            scores = self._scores(fake, labels, training)
            penalty = self.generator_penalty(fake, training)
        loss = self.objective.g_loss(scores)
        return loss + ops.cast(penalty, loss.dtype) + ops.cast(_regularization(self.generator), loss.dtype)

    def _scores(self, samples, labels, training):
        """D's scores, at least in float32, in which losses are computed."""
        scores = self.discriminator(with_labels(samples, labels), training=training)
        return ops.cast(scores, keras.backend.result_type(scores.dtype, "float32"))

    def generator_penalty(self, fake, training=True):
        """What a subclass adds to G's loss for generated samples `(batch, ...)`: a scalar. 0 here."""
        return 0.0

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


def _regularization(network):
    """Sum of the penalties that the network's layers put on their own weights."""
    return sum((v.regularizer(v) for v in network.trainable_variables if v.regularizer is not None), 0.0)
