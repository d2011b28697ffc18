"""What `GAN` does with data: `fit`, `evaluate` and `predict`, which look at it before Keras gets it."""

import contextlib

import keras
import numpy as np
from keras import ops

from gan_course.backend import pipeline, random_state_kept
from gan_course.batches import Batches
from gan_course.labels import require_labels
from gan_course.samples import (
    as_array,
    as_samples,
    held_out,
    is_array_like,
    look_at_first_batch,
    refuse_weights,
    require_noise_array,
    require_samples,
    split_off,
)
from gan_course.validate import (
    require_batches,
    require_count,
    require_full_packs,
    require_same_trainable,
    require_schedulers_that_reach,
    require_trainable,
)

BATCH_SIZE = 16
"""Real samples a step of `GAN.fit`, where nothing else is asked for."""

EVALUATION = 2**30
"""Where the random numbers of `GAN.evaluate` begin in the stream of the GAN's seed: training never comes so far."""


class Fitting:
    """Mixin for `GAN`: the methods of `keras.Model` that take data."""

    _watched = None  # what `fit` evaluates after its epochs, and has looked at once

    def fit(
        self,
        x=None,
        y=None,
        batch_size=None,
        epochs=1,
        verbose="auto",
        callbacks=None,
        validation_split=0.0,
        validation_data=None,
        shuffle=True,
        validation_batch_size=None,
        **kwargs,
    ):
        """Train both networks, as `keras.Model.fit` does, after a check of the data.

        Args:
            x: real samples `(n, *sample_shape)`, images in [-1, 1]: an array, a tensor of any framework, a list of
                arrays, or anything else that NumPy can turn into an array. Or a dataset, which decides about the
                order of its samples itself: of a `keras.utils.PyDataset` only the first batch is checked, of others,
                such as a `tf.data.Dataset`, only the shapes.
            y: labels `(n, ...)` for a conditional GAN. Any other GAN ignores them.
            batch_size: how many real samples each step uses. Defaults to 16 for arrays: on a CPU many small steps
                learn faster. The last batch may be smaller.
            epochs, verbose, callbacks: as in `keras.Model.fit`.
            shuffle: whether each epoch takes the samples in a new random order, drawn from the GAN's seed. Defaults to
                True.
            validation_data: held-out samples, `(samples, labels)` for a conditional GAN, or a dataset. After an epoch
                `evaluate` computes the losses of both networks on them. They do not change the training.
            validation_split: share of the samples, from 0 to 1, that is not trained on but used as `validation_data`:
                the last ones of the array. Defaults to 0.
            validation_batch_size: batch size for `validation_data`. Defaults to `batch_size`.
            **kwargs: as in `keras.Model.fit`: `validation_freq`, `validation_steps`, `initial_epoch`,
                `steps_per_epoch`.

        Returns:
            A `keras.callbacks.History` with `d_loss` and `g_loss`, means over each epoch; with held-out samples
            `val_d_loss` and `val_g_loss`, too. If `val_d_loss` rises while `d_loss` falls, the discriminator overfits:
            it has memorized its training samples.

        Raises:
            ValueError: for samples of another shape than the generator's, values that are not finite, or images outside
                [-1, 1]. For fewer samples than one batch, or a batch (the last one, too) whose size is not a multiple
                of `d_steps`, or does not fill the packs of `networks.Packing`. For labels that are missing, of another
                length or shape, or not among the classes of a network's Embedding. For a callback that sets learning
                rates but cannot reach two optimizers. For weights of samples or classes. And if `trainable` of a
                network was changed after `compile`.

        With `keras.callbacks.BackupAndRestore` among the callbacks, an interrupted training continues from its last
        backup, also in the middle of an epoch (`save_freq`), and ends with the same weights as without interruption.
        An optimizer with `use_ema=True` replaces the weights by their averages at the end.
        """
        refuse_weights(**{name: kwargs.pop(name, None) for name in ("sample_weight", "class_weight")})
        require_schedulers_that_reach(callbacks)
        self._require_same_trainable()
        size = BATCH_SIZE if batch_size is None else batch_size
        held = size if validation_batch_size is None else validation_batch_size
        require_count(BATCH_SIZE, batch_size=size, validation_batch_size=held)
        self._initial_epoch = None  # BackupAndRestore leaves its epoch here, and the next fit would begin there
        entropy = np.random.SeedSequence().entropy % 2**62 if self.seed is None else self.seed
        self.position.begin((entropy, self.steps_behind() if self.compiled else 0))
        if is_array_like(x):
            arrays = self._look_at(x, y)
            if validation_split and validation_data is None:
                arrays, validation_data = split_off(arrays, validation_split)
            if self.compiled:  # or else Keras asks for `compile`
                require_batches(len(arrays[0]), size, self.d_steps)
                require_full_packs(self.discriminator, len(arrays[0]), size, self.d_steps)
                self.require_parts(len(arrays[0]), size)
            x, y = pipeline(Batches(arrays, size, shuffle, self.position)), None
            batch_size = shuffle = None
        else:
            look_at_first_batch(x, self.generator, self.discriminator)
            kwargs["validation_split"] = validation_split
        if validation_data is not None:
            self._watched = self._held_out(*held_out(validation_data, self._sample_shape), held)
            kwargs["validation_data"] = self._watched
        given = [callbacks] if isinstance(callbacks, keras.callbacks.Callback) else callbacks or []
        options = {"epochs": epochs, "verbose": verbose, "callbacks": [self.position, *given], **kwargs}
        try:
            return super().fit(x, y, batch_size=batch_size, shuffle=shuffle, **options)
        finally:
            self._watched = None

    def evaluate(self, x=None, y=None, batch_size=None, verbose="auto", sample_weight=None, **kwargs):
        """Compute the losses of both networks on samples, usually held-out ones.

        The GAN does not change. Only the means of the losses in this epoch start again, as in all of Keras. The losses
        are those chosen in `compile`, with their penalties, in inference mode. Every call uses the same noise, drawn
        from the GAN's seed. So a difference between two calls comes from training alone.

        Args:
            x, y: samples and labels, or a dataset, as in `fit`. batch_size: samples at once. Defaults to 16 for arrays.
            verbose, **kwargs: as in `keras.Model.evaluate`. sample_weight: not supported, has to be None.

        Returns:
            A list, `[d_loss, g_loss]`, or with `return_dict=True` a dictionary. Each loss is a mean over all samples.

        Raises:
            ValueError: for samples or labels that `fit` would not accept either.
        """
        refuse_weights(sample_weight=sample_weight)
        if not self.compiled:  # Keras does not say so on PyTorch
            raise ValueError(
                "The GAN has no losses yet. Expected a call of compile() before evaluate(). Received: none. Call "
                "gan.compile() first."
            )
        size = BATCH_SIZE if batch_size is None else batch_size
        require_count(BATCH_SIZE, batch_size=size)
        if is_array_like(x):
            x, y, batch_size = self._held_out(x, y, size), None, None
        elif x is not self._watched:
            look_at_first_batch(x, self.generator, self.discriminator)
        with self._noise_of_its_own():
            return super().evaluate(x, y, batch_size=batch_size, verbose=verbose, **kwargs)

    def train_on_batch(self, x, y=None, sample_weight=None, class_weight=None, return_dict=False):
        """`keras.Model.train_on_batch`: one round on a batch of samples and labels, which are looked at as in `fit`."""
        refuse_weights(sample_weight=sample_weight, class_weight=class_weight)
        self._require_same_trainable()
        self.position.skip = 0  # a `fit` that was interrupted while it passed over batches leaves some
        return super().train_on_batch(*self._look_at(x, y), return_dict=return_dict)

    def test_on_batch(self, x, y=None, sample_weight=None, return_dict=False):
        """`keras.Model.test_on_batch`: as `evaluate`, on one batch."""
        refuse_weights(sample_weight=sample_weight)
        arrays = self._look_at(x, y)
        with self._noise_of_its_own():
            return super().test_on_batch(*arrays, return_dict=return_dict)

    def predict(self, x, *args, **kwargs):
        """Samples for given noise `(n, latent_dim)`, or [noise, labels]; `generate` draws the noise itself."""
        return super().predict(require_noise_array(x, self.latent_dim, self.conditional), *args, **kwargs)

    def predict_on_batch(self, x):
        """As `predict`, all at once."""
        return super().predict_on_batch(require_noise_array(x, self.latent_dim, self.conditional))

    def _look_at(self, x, y, call="fit(samples, labels)"):
        """Samples, and labels where the GAN takes them, as a tuple of arrays that were looked at."""
        samples = as_samples(x, self._sample_shape)
        require_samples(samples, self._sample_shape)
        y = as_array("labels", y) if self.conditional and y is not None else None
        require_labels(y, len(samples), self.generator, self.discriminator, call)
        return (samples, y) if self.conditional else (samples,)

    def _held_out(self, x, y, batch_size):
        """What Keras is to evaluate: batches of arrays that were looked at, or the dataset that was given."""
        if not is_array_like(x):
            look_at_first_batch(x, self.generator, self.discriminator)
            return x
        arrays = self._look_at(x, y, "fit(..., validation_data=(samples, labels)), or evaluate(samples, labels)")
        batch_size = min(batch_size, len(arrays[0]) or 1)
        require_batches(len(arrays[0]), batch_size, 1)
        require_full_packs(self.discriminator, len(arrays[0]), batch_size, 1)
        if self.compiled:
            self.require_parts(len(arrays[0]), batch_size)
        return pipeline(Batches(arrays, batch_size, False, self.position))

    @contextlib.contextmanager
    def _noise_of_its_own(self):
        """In the block the noise begins at the same point of the seed's stream; afterwards training's goes on."""
        kept = [(state, ops.convert_to_numpy(state.value)) for state in self._random_states()]
        noise = self.seed_generator.state
        noise.assign(np.array([ops.convert_to_numpy(noise.value)[0], EVALUATION], noise.dtype))
        try:
            with random_state_kept():
                yield
        finally:
            self.settle()
            for state, value in kept:
                state.assign(value)

    @property
    def _sample_shape(self):
        return self.generator.output_shape[1:]

    def _require_same_trainable(self):
        if self.compiled:
            players = {"discriminator": self.discriminator, "generator": self.generator}
            for name, network in players.items():
                require_trainable(name, network)
            require_same_trainable(self.optimizer.built_for, players)

    def steps_behind(self):
        """How many training steps the generator has behind it, in all calls of `fit` together."""
        return int(ops.convert_to_numpy(self.optimizer.g.iterations))
