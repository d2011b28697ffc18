"""The two players together: `GAN`, trained by `fit`."""

import contextlib
import os

import keras
import numpy as np
from keras import ops

from gan_course import runtime
from gan_course.backend import TrainStep, own_share, pipeline, weights_kept, with_labels
from gan_course.batches import Batches, Position
from gan_course.combined import build_combined, frozen
from gan_course.objectives import OBJECTIVES, Objective, gradient_penalty, r1_penalty
from gan_course.optimizers import AveragingAdam, Players, optimizer_of
from gan_course.validate import (
    input_shapes,
    require_batches,
    require_divisible,
    require_fit,
    require_full_packs,
    require_labels,
    require_samples,
    require_schedulers_that_reach,
)

__all__ = ["GAN", "AveragingAdam", "Players", "build_combined", "frozen"]

BATCH_SIZE = 16
"""Real samples a step of `GAN.fit`, where nothing else is asked for."""

HDF5_BYTES_A_VARIABLE = 8192
"""What a file of weights may need for each variable, its groups and their names, beside the values."""


@keras.saving.register_keras_serializable(package="gan_course")
class GAN(TrainStep, keras.Model):
    """A generative adversarial network that trains with `fit`, on TensorFlow, JAX and PyTorch.

    Args:
        generator: `keras.Model` from noise `(batch, latent_dim)` to samples.
        discriminator: `keras.Model` from samples to raw scores (logits) `(batch, 1)`, positive for real.
            In a conditional GAN both take labels as a second input, `(batch, ...)`: [noise, labels] and
            [samples, labels].
        seed: integer seed of the noise and of the order of the samples, or None for another one each time.

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
            d_optimizer, g_optimizer: an optimizer of its own for each network, or its name. Defaults to `None`: Adam
                with learning rate 1e-3 and β₁ = 0.5. The generator's is an `AveragingAdam`: `fit` puts the average of
                its weights in their place at the end.
            objective: a name in `objectives.OBJECTIVES`, or an `Objective`. Defaults to "non_saturating".
            gradient_penalty_weight: λ of `objectives.gradient_penalty` in D's loss. Defaults to 0: none.
            r1_weight: γ of `objectives.r1_penalty` in D's loss. Defaults to 0: none.
            d_steps: k, the discriminator steps a generator step. A batch is split between them, and the generator's
                step has as many samples as each. D's optimizer counts its own steps: a schedule of its learning rate
                needs k times as many as one of G's. Defaults to 1.
            jit_compile: whether to compile the step with XLA. Defaults to "auto": what `runtime.configure` was asked
                for, else on a GPU. On a CPU it makes convolutions slower, and compiles the optimizers' updates alone.
            **kwargs: as in `keras.Model.compile`: `run_eagerly`, `steps_per_execution`.

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
            optimizer_of("d_optimizer", d_optimizer, self.discriminator),
            optimizer_of("g_optimizer", g_optimizer, self.generator),
        )
        players.build_players(self.discriminator, self.generator)
        in_graph = not kwargs.get("run_eagerly")
        self.fuse_updates = runtime.fuse_updates() if jit_compile == "auto" else jit_compile
        kwargs["jit_compile"] = runtime.use_xla() and in_graph if jit_compile == "auto" else jit_compile
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

    def fit(self, x=None, y=None, batch_size=None, epochs=1, verbose="auto", callbacks=None, shuffle=True, **kwargs):
        """`keras.Model.fit`, after a look at what it is given, and in an order that can be gone on with.

        Args:
            x: real samples, an array `(n, *sample_shape)`, images in [-1, 1]; or a `tf.data.Dataset`, a
                `keras.utils.PyDataset`, ..., whose samples nobody looks at, and whose order is its own affair.
            y: labels `(n, ...)` for a conditional GAN; others take none, and ignore them.
            batch_size: real samples a step. Defaults to 16 for arrays: on a CPU many small steps learn faster. The last
                batch may be smaller.
            shuffle: whether each epoch has an order of its own, drawn from the GAN's seed. Defaults to True.
            epochs, verbose, callbacks, **kwargs: as in `keras.Model.fit`.

        Returns:
            A `keras.callbacks.History` with `d_loss` and `g_loss`, means over each epoch.

        Raises:
            ValueError: for an array of another shape than the generator's samples, with values that are not finite
                or images outside [-1, 1], with fewer samples than a batch, with a batch, the last one included, that
                `d_steps` does not divide, or that leaves a pack open; for labels that are missing, of another length or
                shape, or that a network looks up in an Embedding where they are not; and for a callback that sets
                learning rates but cannot reach two optimizers.

        With `keras.callbacks.BackupAndRestore` among the callbacks, a training that was killed goes on from its last
        backup, in the middle of an epoch too (`save_freq`), and ends with the weights that it would have had. An
        optimizer with `use_ema=True` puts its averages in place of the weights at the end.
        """
        require_schedulers_that_reach(callbacks)
        self._initial_epoch = None  # BackupAndRestore leaves its epoch here, and the next fit would begin there
        entropy = np.random.SeedSequence().entropy % 2**62 if self.seed is None else self.seed
        self.position.begin((entropy, self.steps_behind() if self.compiled else 0))
        if isinstance(x, np.ndarray) or ops.is_tensor(x):
            x, y = (a if a is None or isinstance(a, np.ndarray) else ops.convert_to_numpy(a) for a in (x, y))
            require_samples(x, self.generator.output_shape[1:])
            require_labels(y, len(x), self.generator, self.discriminator)
            if self.compiled:  # or else Keras asks for `compile`
                require_batches(len(x), batch_size or BATCH_SIZE, self.d_steps)
                require_full_packs(self.discriminator, len(x), batch_size or BATCH_SIZE, self.d_steps)
            arrays = tuple(a for a in (x, y) if a is not None)
            x, y = pipeline(Batches(arrays, batch_size or BATCH_SIZE, shuffle, self.position)), None
            batch_size = shuffle = None
        given = [callbacks] if isinstance(callbacks, keras.callbacks.Callback) else callbacks or []
        options = {"epochs": epochs, "verbose": verbose, "callbacks": [self.position, *given], **kwargs}
        return super().fit(x, y, batch_size=batch_size, shuffle=shuffle, **options)

    def steps_behind(self):
        """How many training steps the generator has behind it, in all calls of `fit` together."""
        return int(ops.convert_to_numpy(self.optimizer.g.iterations))

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

    def save_weights(self, filepath, **kwargs):
        """`keras.Model.save_weights`, once it is sure that the disk has room: where it has none, HDF5 ends the process.

        Raises:
            OSError: for a file that cannot be written. An older one of that name stays, and so does the GAN.
        """
        room = sum(ops.convert_to_numpy(v).nbytes + HDF5_BYTES_A_VARIABLE for v in self._saved_variables())
        trial = f"{filepath}.trial"
        try:
            with open(trial, "wb") as file:
                file.write(bytes(room))
        finally:
            if os.path.exists(trial):
                os.remove(trial)
        super().save_weights(filepath, **kwargs)

    def load_weights(self, filepath, **kwargs):
        """`keras.Model.load_weights`; where the file does not fit, the GAN stays as it was.

        Raises:
            ValueError: for a file that holds the weights of other networks or optimizers.
        """
        variables = self._saved_variables()
        kept, position = [ops.convert_to_numpy(v) for v in variables], self.position.save()
        try:
            super().load_weights(filepath, **kwargs)
        except (ValueError, KeyError, IndexError) as error:
            for variable, value in zip(variables, kept, strict=True):
                variable.assign(value)
            self.position.load(position)
            raise ValueError(
                "The checkpoint does not fit this GAN. Expected weights of its own networks and optimizers. "
                f"Received: {filepath}, of which Keras says: {error} Choose another file, or build the networks as "
                "they were when it was saved."
            ) from error

    def _saved_variables(self):
        """The variables that a file of weights holds, the optimizers' among them."""
        return [*self.variables, *(self.optimizer.variables if self.compiled else [])]

    def save_own_variables(self, store):
        """Save the random states, too, so that a training that goes on draws what it would have drawn."""
        for number, state in enumerate(self._random_states()):
            store[str(number)] = ops.convert_to_numpy(state.value)
        store["position"] = self.position.save()

    def load_own_variables(self, store):
        for number, state in enumerate(self._random_states()):
            state.assign(store[str(number)])
        self.position.load(store["position"])

    def _random_states(self):
        """States of the random generators of the noise and of layers such as Dropout: variables that are no weights."""
        known = {id(v) for v in (*self.weights, *self.metrics_variables)}
        return [v for v in self.variables if id(v) not in known]

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
            count: how many. seed: integer for the same samples every time, or None to go on with the model's own
                noise. labels: `(count, ...)`, for a conditional GAN. batch_size: samples made at once. Defaults to 256.

        Returns:
            NumPy array `(count, *sample_shape)`, float32, made in inference mode.

        Raises:
            ValueError: for labels of a conditional GAN that `fit` would refuse, too.
        """
        if self.conditional:
            labels = None if labels is None else np.asarray(labels)
            require_labels(labels, count, self.generator, self.discriminator)
        chosen = self.seed_generator if seed is None else keras.random.SeedGenerator(seed)
        z = ops.convert_to_numpy(keras.random.normal((count, self.latent_dim), seed=chosen))
        inputs = [z, labels] if self.conditional else [z]
        parts = ([array[i : i + batch_size] for array in inputs] for i in range(0, count, batch_size))
        samples = [self.generator(part if self.conditional else part[0], training=False) for part in parts]
        return np.concatenate([ops.convert_to_numpy(sample) for sample in samples]).astype("float32")

    def update(self, data):
        """One round on a batch of real samples; returns the mean losses of the epoch so far."""
        real, labels, _ = keras.utils.unpack_x_y_sample_weight(data)
        real = ops.convert_to_tensor(real)
        if real.shape[0] is not None:  # known while the step is compiled, before it runs
            require_divisible(real.shape[0], self.d_steps)
        labels = ops.convert_to_tensor(labels) if self.conditional else None
        for first in range(self.d_steps):  # every d_steps-th sample: the same ones however many devices share a batch
            batch = real[first :: self.d_steps]
            part = None if labels is None else labels[first :: self.d_steps]
            self.d_loss.update_state(self.discriminator_step(batch, part))
        self.g_loss.update_state(self.generator_step(ops.shape(batch)[0], part))
        return {metric.name: metric.result() for metric in self.metrics}

    def discriminator_step(self, real, labels=None):
        """Let D take one step on real samples `(batch, ...)` and as many generated ones; returns its loss."""
        return self.minimize(lambda: self.discriminator_loss(real, labels), self.discriminator, self.optimizer.d)

    def generator_step(self, count, labels=None):
        """Let G take one step on `count` samples; returns its loss."""
        return self.minimize(lambda: self.generator_loss(count, labels), self.generator, self.optimizer.g)

    def discriminator_loss(self, real, labels=None):
        """D's objective with its penalties, on real samples and as many generated ones: a scalar tensor."""
        z = self.noise(ops.shape(real)[0])
        with weights_kept(self.generator):
            fake = ops.stop_gradient(self.generator(with_labels(z, labels), training=True))

        def scores(samples):
            return ops.cast(self.discriminator(with_labels(samples, labels), training=True), "float32")

        loss = self.objective.d_loss(scores(real), scores(fake)) + _regularization(self.discriminator)
        if self.gradient_penalty_weight:
            penalty = gradient_penalty(self.discriminator, real, fake, self.seed_generator, labels)
            loss = loss + self.gradient_penalty_weight * penalty
        if self.r1_weight:
            loss = loss + self.r1_weight * r1_penalty(self.discriminator, real, labels)
        return loss

    def generator_loss(self, count, labels=None):
        """G's objective on `count` samples: a scalar tensor."""
        fake = self.generator(with_labels(self.noise(count), labels), training=True)
        with weights_kept(self.discriminator):
            scores = ops.cast(self.discriminator(with_labels(fake, labels), training=True), "float32")
            penalty = self.generator_penalty(fake)
        return self.objective.g_loss(scores) + penalty + _regularization(self.generator)

    def generator_penalty(self, fake):
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
