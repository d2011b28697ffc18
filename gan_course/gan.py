"""The class `GAN`: a generator and a discriminator as one Keras model, trained with `fit`."""

import contextlib
import math

import keras
import numpy as np
from keras import ops

from gan_course import runtime
from gan_course.arguments import require_count, require_number
from gan_course.backend import TrainStep, input_dtype
from gan_course.batches import Position
from gan_course.checkpoints import Checkpoints
from gan_course.combined import build_combined, frozen
from gan_course.devices import replica_slice, split_batch
from gan_course.fitting import Fitting
from gan_course.labels import require_labels
from gan_course.losses import Losses
from gan_course.objectives import OBJECTIVES, Objective
from gan_course.optimizers import AveragingAdam, Players, make_players
from gan_course.samples import as_array, call_in_parts, unpack_batch
from gan_course.stateless import current_value
from gan_course.validate import (
    input_shapes,
    pack_size,
    require_matching_networks,
    require_noise_input,
    without_single_model_options,
)

__all__ = ["GAN", "AveragingAdam", "Players", "build_combined", "frozen"]


@keras.saving.register_keras_serializable(package="gan_course")
class GAN(Losses, Fitting, Checkpoints, TrainStep, keras.Model):
    """A generative adversarial network that trains with `fit`, on TensorFlow, JAX and PyTorch.

    Each step of `fit` is one round of algorithm 1 of Goodfellow et al. 2014: `d_steps` steps of the discriminator,
    each on its own real samples, then one step of the generator. A step changes only its own network. This includes
    the moving averages of BatchNormalization: those of D change in D's steps, and those of G in G's steps.

    Args:
        generator: `keras.Model` from noise `(batch, latent_dim)` to samples.
        discriminator: `keras.Model` from samples to raw scores (logits) `(batch, 1)`, positive for real, or to a map of
            them for each sample, `(batch, height, width, 1)`, with one score for each patch of a picture.
            In a conditional GAN both networks take labels as a second input, `(batch, ...)`: [noise, labels] and
            [samples, labels].
        seed: integer seed of the noise and of the order of the samples. Defaults to None: another seed each time.
        **kwargs: as in `keras.Model`: `name`.

    Attributes:
        latent_dim: size of one noise vector, an integer.
        conditional: whether the networks take labels.
        optimizer: after `compile`, the `optimizers.Players` with the optimizers `d` and `g`.

    Raises:
        ValueError: if the networks do not fit each other, the generator's first input is not noise
            `(batch, latent_dim)`, or the discriminator does not return one raw score per sample or per patch.

    Example:
        ```python
        gan = GAN(networks.mlp_generator((8, 8, 1), 16), networks.mlp_discriminator((8, 8, 1)), seed=0)
        gan.compile()
        gan.fit(images, batch_size=64, epochs=10)
        fakes = gan.generate(25, seed=1)  # NumPy, (25, 8, 8, 1)
        gan.evaluate(held_out_images, return_dict=True)  # {"d_loss": ..., "g_loss": ...}
        ```
    """

    def __init__(self, generator: keras.Model, discriminator: keras.Model, seed: int | None = None, **kwargs):
        self._require_players(generator, discriminator)
        super().__init__(**kwargs)
        self.generator, self.discriminator, self.seed = generator, discriminator, seed
        self.seed_generator = keras.random.SeedGenerator(seed)
        self.position = Position()
        self.conditional = len(input_shapes(generator)) == 2
        self.latent_dim = input_shapes(generator)[0][-1]
        self.d_loss, self.g_loss = keras.metrics.Mean(name="d_loss"), keras.metrics.Mean(name="g_loss")
        self.built = True

    @staticmethod
    def _require_players(generator, discriminator):
        """Raise a ValueError for networks that cannot play this game. A variant with other players overrides this."""
        require_matching_networks(generator, discriminator)
        require_noise_input(generator)

    def compile(
        self,
        d_optimizer: keras.optimizers.Optimizer | str | None = None,
        g_optimizer: keras.optimizers.Optimizer | str | None = None,
        objective: Objective | str = "non_saturating",
        gradient_penalty_weight: float = 0.0,
        r1_weight: float = 0.0,
        d_steps: int = 1,
        jit_compile: bool | str = "auto",
        **kwargs,
    ):
        """Choose what the two networks minimize, and how.

        Args:
            d_optimizer: optimizer of the discriminator, or the name of one. Defaults to `None`: Adam with learning
                rate 1e-3 and β₁ = 0.5.
            g_optimizer: optimizer of the generator, or the name of one. Defaults to `None`: an `AveragingAdam` with the
                same learning rate and β₁. At the end of `fit` it replaces the generator's weights by their average
                over the last steps.
            objective: a name in `objectives.OBJECTIVES`, or an `Objective`. Defaults to "non_saturating".
            gradient_penalty_weight: λ ≥ 0, the weight of `objectives.gradient_penalty` in D's loss. Defaults to 0: no
                such penalty.
            r1_weight: γ ≥ 0, the weight of `objectives.r1_penalty` in D's loss. Defaults to 0: no such penalty.
            d_steps: k ≥ 1, how many steps the discriminator takes before each step of the generator. A batch is split
                into k equal parts, one for each of D's steps, and G's step makes as many samples as one part has. Each
                optimizer counts its own steps, so a learning-rate schedule of D must be k times as long as one of G.
                Defaults to 1.
            jit_compile: whether to compile the step with XLA. Defaults to "auto": as chosen with
                `runtime.configure(xla=...)`, or, without such a choice, always on JAX, never on PyTorch, and on
                TensorFlow only with a GPU. On a CPU XLA makes convolutions slower, so there TensorFlow compiles only
                the updates of the optimizers, and only for `runtime.FUSED_FROM` weights or more. True raises an error
                where the step cannot be compiled: on TensorFlow under a strategy with several devices, and on PyTorch
                with a penalty, since `torch.compile` has no second derivatives. Without a penalty PyTorch takes
                minutes to compile a step, and a warning says so.
            **kwargs: as in `keras.Model.compile`: `run_eagerly`, `steps_per_execution`.

        Raises:
            ValueError: for an unknown objective or optimizer, a `d_steps` below 1, a weight below 0, one optimizer
                object for both networks, `jit_compile=True` where the step cannot be compiled, and arguments that only
                fit a model with one loss (`optimizer`, `loss`, `metrics`).
        """
        chosen = _resolve_objective(objective)
        require_count(1, d_steps=d_steps)
        require_number(1.0, at_least=0, gradient_penalty_weight=gradient_penalty_weight, r1_weight=r1_weight)
        kwargs = without_single_model_options(kwargs)
        players = make_players(d_optimizer, g_optimizer, self.discriminator, self.generator)
        if jit_compile is True:
            self.require_jit(penalties=gradient_penalty_weight or r1_weight)
        weights = sum(math.prod(v.shape) for v in self.trainable_variables)
        self.fuse_updates = runtime.fuse_updates(weights) if jit_compile == "auto" else jit_compile
        may_use_xla = runtime.use_xla() and not kwargs.get("run_eagerly") and self.can_use_xla
        kwargs["jit_compile"] = may_use_xla if jit_compile == "auto" else jit_compile
        super().compile(optimizer=players, auto_scale_loss=False, **kwargs)
        self._compile_choices = {
            "objective": objective,
            "gradient_penalty_weight": gradient_penalty_weight,
            "r1_weight": r1_weight,
            "d_steps": d_steps,
            **kwargs,
            "jit_compile": jit_compile,
        }
        self.objective, self.d_steps = chosen, d_steps
        self.gradient_penalty_weight, self.r1_weight = gradient_penalty_weight, r1_weight

    def get_compile_config(self):
        """The arguments of `compile` as a dictionary, for `save`. None before `compile`."""
        if not self.compiled:
            return None
        return {**self._compile_choices, "optimizer": self.optimizer}

    def compile_from_config(self, config):
        """Compile as the GAN was compiled when `get_compile_config` returned this dictionary."""
        choices = keras.saving.deserialize_keras_object(config)
        players = choices.pop("optimizer")
        if not isinstance(choices["objective"], str):
            choices["objective"] = Objective(*choices["objective"])
        self.compile(players.d, players.g, **choices)

    @contextlib.contextmanager
    def averaged(self):
        """Context manager: in the `with` block the weights are replaced by their averages.

        This concerns the networks whose optimizer has `use_ema=True`. The end of `fit` replaces the weights in the
        same way, but permanently.

        Yields:
            The GAN.
        """
        before = [ops.convert_to_numpy(w) for w in self.trainable_variables]
        self.optimizer.assign_averages()
        try:
            yield self
        finally:
            for weight, value in zip(self.trainable_variables, before, strict=True):
                weight.assign(value)

    @property
    def pack_size(self):
        """How many samples the discriminator judges together."""
        return pack_size(self.discriminator)

    @property
    def batches_to_skip(self):
        """How many batches of this epoch the weights have already seen, because they come from a backup."""
        return self.position.skip

    @property
    def metrics(self):
        return [self.d_loss, self.g_loss]

    def call(self, inputs, training=False):
        """Samples for noise `(batch, latent_dim)`, or for [noise, labels]."""
        return self.generator(inputs, training=training)

    def noise(self, count):
        """Draw the noise of a training step, a tensor `(count, latent_dim)`."""
        return replica_slice(lambda n: self.draw_noise(n, self.seed_generator), count)

    def draw_noise(self, count, seed):
        """Draw standard normal noise z, for training and for `generate`. A variant with other noise overrides this.

        Args:
            count: how many rows, an integer or a scalar tensor.
            seed: a `keras.random.SeedGenerator`.

        Returns:
            Tensor `(count, latent_dim)`. The first rows may depend on the count.
        """
        return keras.random.normal((count, self.latent_dim), seed=seed)

    def generate(self, count: int, seed: int | None = None, labels=None, batch_size: int = 256) -> np.ndarray:
        """Generate samples.

        Args:
            count: how many, at least 1.
            seed: integer, to get the same samples in every call. Defaults to None: new samples from the GAN's own
                noise.
            labels: labels `(count, ...)` for a conditional GAN. Defaults to None.
            batch_size: how many samples to generate at once, at least 1. Defaults to 256.

        Returns:
            NumPy array `(count, *sample_shape)`, float32, generated in inference mode.

        Raises:
            ValueError: for a count or a batch size that is not an integer of at least 1, and for labels of
                a conditional GAN that `fit` would not accept either.
        """
        require_count(16, count=count)
        require_count(256, batch_size=batch_size)
        if self.conditional:
            labels = None if labels is None else as_array("labels", labels)
            call = f"generate({count}, labels=...) with {count} labels"
            require_labels(labels, count, self.generator, self.discriminator, call)
        generator = self.seed_generator if seed is None else keras.random.SeedGenerator(seed)
        z = ops.convert_to_numpy(self.draw_noise(count, generator))
        return self._generate_from([z, labels] if self.conditional else [z], batch_size)

    def _generate_from(self, inputs, batch_size):
        """Samples for a list of arrays, noise and perhaps labels, made in parts of `batch_size`."""
        return call_in_parts(self.generator, inputs, batch_size).astype("float32")

    def update(self, data):
        """Train for one round on a batch of real samples.

        Args:
            data: samples, or a tuple (samples, labels).

        Returns:
            Dictionary of the mean losses of the epoch so far, scalar tensors.
        """
        real, labels = self._to_tensors(data)
        for part, step_samples, step_labels in split_batch(real, labels, self.d_steps):
            with part:
                self.d_loss.update_state(self.discriminator_step(step_samples, step_labels))
        with part:  # G's step has the size and the labels of D's last step
            self.g_loss.update_state(self.generator_step(step_samples, step_labels))
        return {metric.name: metric.result() for metric in self.metrics}

    def measure(self, data):
        """Compute the losses of both networks on a batch, in inference mode.

        Args:
            data: samples, or a tuple (samples, labels).

        Returns:
            Dictionary of the mean losses over all batches so far, scalar tensors.
        """
        real, labels = self._to_tensors(data)
        count = ops.shape(real)[0]
        ((part, real, labels),) = split_batch(real, labels, 1)
        with part, keras.StatelessScope([(v, v.value) for v in self.variables]) as scope:
            losses = (
                self.discriminator_loss(real, labels, False),
                self.generator_loss(real, labels, False),
            )
        noise = self.seed_generator.state
        noise.assign(current_value(scope, noise))
        for metric, loss in zip(self.metrics, losses, strict=True):
            metric.update_state(loss, sample_weight=count)
        return {metric.name: metric.result() for metric in self.metrics}

    def _to_tensors(self, data):
        """Samples of a batch in the dtype that D takes, and its labels or None."""
        real, labels = unpack_batch(data, self.generator, self.conditional)
        real = ops.cast(ops.convert_to_tensor(real), input_dtype(self.discriminator))
        return real, labels if labels is None else ops.convert_to_tensor(labels)

    def get_config(self):
        """What `save` needs to build the GAN again: both networks, the seed and the name."""
        networks = {
            name: keras.saving.serialize_keras_object(getattr(self, name)) for name in ("generator", "discriminator")
        }
        return {**networks, "seed": self.seed, "name": self.name}

    @classmethod
    def from_config(cls, config, custom_objects=None):
        """Build a GAN from what `get_config` returned."""
        networks = {
            name: keras.saving.deserialize_keras_object(config[name], custom_objects)
            for name in ("generator", "discriminator")
        }
        return cls(**{**config, **networks})


def _resolve_objective(objective):
    """The `Objective` of this name, or the given one."""
    if not isinstance(objective, Objective) and objective not in [*OBJECTIVES]:
        raise ValueError(
            f"Unknown objective. Expected one of {list(OBJECTIVES)}, or an Objective. Received: {objective!r}. "
            'Choose one of these, for example objective="non_saturating".'
        )
    return OBJECTIVES[objective] if isinstance(objective, str) else objective
