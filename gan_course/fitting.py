"""What `GAN` does with data: `fit`, `evaluate` and `predict`, which check it before they pass it on to Keras."""

import contextlib

import keras
import numpy as np
from keras import ops

from gan_course.arguments import require_count
from gan_course.batches import Batches
from gan_course.input_pipeline import input_pipeline
from gan_course.labels import require_labels
from gan_course.random_state import preserved_random_state
from gan_course.samples import (
    as_array,
    as_samples,
    check_first_batch,
    is_array_like,
    refuse_weights,
    require_noise_array,
    require_samples,
    split_validation,
    unpack_validation_data,
)
from gan_course.validate import (
    refuse_learning_rate_callbacks,
    require_batches,
    require_full_packs,
    require_trainable,
    require_unchanged_trainable,
)

BATCH_SIZE = 16
"""Real samples per step of `GAN.fit`, where no other number is asked for."""

EVALUATION = 2**30
"""Where the random numbers of `GAN.evaluate` begin in the stream of the GAN's seed. Training never gets this far."""


def forget_restored_epoch(model):
    """Make the next `fit` begin with epoch 0, also after a `fit` that `keras.callbacks.BackupAndRestore` has resumed.

    The callback stores the epoch of its backup in the private attribute `_initial_epoch` of the model, and every later
    `fit` begins there. Keras has no public way to reset it. Tried with Keras 3.13.2 and 3.15.1.
    """
    model._initial_epoch = None


class Fitting:
    """Mixin for `GAN`: the methods of `keras.Model` that take data. It fits `GAN` alone, whose attributes it uses."""

    _validation_batches = None  # what `fit` evaluates after its epochs, once it has been checked

    def fit(
        self,
        x=None,
        y=None,
        batch_size: int | None = None,
        epochs: int = 1,
        verbose="auto",
        callbacks=None,
        validation_split: float = 0.0,
        validation_data=None,
        shuffle: bool = True,
        validation_batch_size: int | None = None,
        **kwargs,
    ) -> keras.callbacks.History:
        """Train both networks, as `keras.Model.fit` does, after a check of the data.

        With `keras.callbacks.BackupAndRestore` among the callbacks, an interrupted training continues from its last
        backup, also in the middle of an epoch (`save_freq`), and ends with the same weights as without interruption.
        At the end an optimizer with `use_ema=True` replaces the weights of its network by their averages.

        Args:
            x: real samples `(n, *sample_shape)`, images in [-1, 1]: an array, a tensor of any framework, a list of
                arrays, or anything else that NumPy can turn into an array. It may also be a data set, which then
                determines the order of its samples. Of a `keras.utils.PyDataset` only the first batch is checked, and
                of others, such as a `tf.data.Dataset`, only the shapes. Images in [0, 1], which many classifiers take,
                cause no error, but they are wrong here: scale them with `2 * images - 1`.
            y: labels `(n, ...)` for a conditional GAN. Any other GAN ignores them. Defaults to None.
            batch_size: how many real samples each step uses. The last batch may be smaller. Defaults to 16 for
                arrays: on a CPU, training with small batches makes faster progress.
            epochs: how often to go through all samples, as in `keras.Model.fit`. Defaults to 1.
            verbose: how much to print, as in `keras.Model.fit`. Defaults to "auto".
            callbacks: a `keras.callbacks.Callback`, or a list of them. Defaults to None.
            validation_split: fraction of the samples, from 0 to 1, that is not trained on but used as
                `validation_data`: the last ones of the array. Defaults to 0.
            validation_data: held-out samples, `(samples, labels)` for a conditional GAN, or a data set. After each
                epoch `evaluate` computes the losses of both networks on them. They do not change the training.
                Defaults to None.
            shuffle: whether each epoch takes the samples in a new random order, drawn from the GAN's seed. Defaults to
                True.
            validation_batch_size: batch size for `validation_data`. Defaults to `batch_size`.
            **kwargs: as in `keras.Model.fit`: `validation_freq`, `validation_steps`, `initial_epoch`,
                `steps_per_epoch`.

        Returns:
            A `keras.callbacks.History` with `d_loss` and `g_loss`, means over each epoch, and with held-out samples
            also `val_d_loss` and `val_g_loss`. If `val_d_loss` rises while `d_loss` falls, the discriminator overfits:
            it has memorized its training samples.

        Raises:
            ValueError: for samples of another shape than the generator's, for values that are not finite, and for
                images outside of [-1, 1]. For fewer samples than one batch. For a batch (also the last one) whose size
                is not a multiple of `d_steps`, or does not fill the packs of `networks.Packing`. For labels that are
                missing, that have another number or shape than expected, or that are not among the classes of
                a network's Embedding. For sample weights and class weights. For a callback that sets a learning rate
                on a version of Keras where it cannot reach two optimizers. If `trainable` of a network was changed
                after `compile`.

        Example:
            ```python
            history = gan.fit(images, epochs=10, validation_split=0.1)
            history.history["val_d_loss"]  # ten numbers
            ```
        """
        refuse_weights(**{name: kwargs.pop(name, None) for name in ("sample_weight", "class_weight")})
        refuse_learning_rate_callbacks(callbacks)
        self._require_unchanged_trainable()
        size = BATCH_SIZE if batch_size is None else batch_size
        validation_size = size if validation_batch_size is None else validation_batch_size
        require_count(BATCH_SIZE, batch_size=size, validation_batch_size=validation_size)
        forget_restored_epoch(self)
        self.position.begin(self._order_seed())
        if is_array_like(x):
            arrays = self._checked_arrays(x, y)
            if validation_split and validation_data is None:
                arrays, validation_data = split_validation(arrays, validation_split)
            x, y = self._training_batches(arrays, size, shuffle), None
            batch_size = shuffle = None
        else:
            self._check_first_batch(x)
            kwargs["validation_split"] = validation_split
        if validation_data is not None:
            samples, labels = unpack_validation_data(validation_data, self._sample_shape)
            self._validation_batches = self._evaluation_batches(samples, labels, validation_size)
            kwargs["validation_data"] = self._validation_batches
        kwargs |= {"epochs": epochs, "verbose": verbose, "callbacks": self._with_own_callbacks(callbacks)}
        try:
            return super().fit(x, y, batch_size=batch_size, shuffle=shuffle, **kwargs)
        finally:
            self._validation_batches = None

    def evaluate(self, x=None, y=None, batch_size: int | None = None, verbose="auto", sample_weight=None, **kwargs):
        """Compute the losses of both networks on samples, usually held-out ones.

        The GAN does not change. Only the means of the losses over this epoch start again, as always in Keras. The
        losses are those chosen in `compile`, with their penalties, in inference mode. Every call uses the same noise,
        drawn from the GAN's seed. So a difference between two calls comes from training alone.

        Args:
            x: samples or a data set, as in `fit`.
            y: labels, as in `fit`. Defaults to None.
            batch_size: number of samples in each batch. Defaults to 16 for arrays.
            verbose: how much to print, as in `keras.Model.evaluate`. Defaults to "auto".
            sample_weight: not supported, has to be None.
            **kwargs: as in `keras.Model.evaluate`.

        Returns:
            A list, `[d_loss, g_loss]`, or with `return_dict=True` a dictionary. Each loss is a mean over all samples.

        Raises:
            ValueError: before `compile`, and for samples or labels that `fit` would not accept either.
        """
        refuse_weights(sample_weight=sample_weight)
        if not self.compiled:  # Keras does not say so on PyTorch
            raise ValueError(
                "The GAN has no losses yet. Expected a call of compile() before evaluate(). Received: no such call. "
                "Call gan.compile() first."
            )
        size = BATCH_SIZE if batch_size is None else batch_size
        require_count(BATCH_SIZE, batch_size=size)
        if is_array_like(x):
            x, y, batch_size = self._evaluation_batches(x, y, size), None, None
        elif x is not self._validation_batches:
            self._check_first_batch(x)
        with self._evaluation_noise():
            return super().evaluate(x, y, batch_size=batch_size, verbose=verbose, **kwargs)

    def train_on_batch(self, x, y=None, sample_weight=None, class_weight=None, return_dict=False):
        """Train for one step, as `keras.Model.train_on_batch` does, on samples and labels that are checked as in `fit`.

        The weights are not replaced by their averages afterwards.

        Args:
            x: real samples `(n, *sample_shape)`.
            y: labels `(n, ...)` for a conditional GAN. Defaults to None.
            sample_weight: not supported, has to be None.
            class_weight: not supported, has to be None.
            return_dict: whether to return a dictionary. Defaults to False.

        Returns:
            A list, `[d_loss, g_loss]`, or a dictionary.

        Raises:
            ValueError: for samples or labels that `fit` would not accept either.
        """
        refuse_weights(sample_weight=sample_weight, class_weight=class_weight)
        self._require_unchanged_trainable()
        self.position.skip = 0  # it is above 0 after a `fit` that was interrupted while it skipped batches
        return super().train_on_batch(*self._checked_arrays(x, y), return_dict=return_dict)

    def test_on_batch(self, x, y=None, sample_weight=None, return_dict=False):
        """Compute the losses of both networks on one batch, with the noise of `evaluate`.

        Args:
            x: samples `(n, *sample_shape)`.
            y: labels `(n, ...)` for a conditional GAN. Defaults to None.
            sample_weight: not supported, has to be None.
            return_dict: whether to return a dictionary. Defaults to False.

        Returns:
            A list, `[d_loss, g_loss]`, or a dictionary.

        Raises:
            ValueError: for samples or labels that `fit` would not accept either.
        """
        refuse_weights(sample_weight=sample_weight)
        arrays = self._checked_arrays(x, y)
        with self._evaluation_noise():
            return super().test_on_batch(*arrays, return_dict=return_dict)

    def predict(self, x, *args, **kwargs):
        """Turn given noise into samples. `generate` draws the noise itself.

        Args:
            x: noise `(n, latent_dim)`, or `[noise, labels]` for a conditional GAN.
            *args: as in `keras.Model.predict`.
            **kwargs: as in `keras.Model.predict`.

        Returns:
            NumPy array `(n, *sample_shape)`.

        Raises:
            ValueError: for noise of another shape.
        """
        return super().predict(require_noise_array(x, self.latent_dim, self.conditional), *args, **kwargs)

    def predict_on_batch(self, x):
        """Turn given noise into samples, as `predict` does, all in one batch.

        Args:
            x: noise `(n, latent_dim)`, or `[noise, labels]` for a conditional GAN.

        Returns:
            NumPy array `(n, *sample_shape)`.

        Raises:
            ValueError: for noise of another shape.
        """
        return super().predict_on_batch(require_noise_array(x, self.latent_dim, self.conditional))

    def steps_behind(self) -> int:
        """How many training steps the generator has taken, in all calls of `fit` and `train_on_batch` together."""
        return int(ops.convert_to_numpy(self.optimizer.g.iterations))

    def _order_seed(self):
        """What the order of the samples depends on: the GAN's seed, and the steps before this `fit`."""
        seed = np.random.SeedSequence().entropy % 2**62 if self.seed is None else self.seed
        return seed, self.steps_behind() if self.compiled else 0

    def _with_own_callbacks(self, callbacks):
        """List of the user's callbacks, preceded by those of the GAN.

        The averages are assigned by a callback, so that the `on_train_end` of the user's callbacks sees them, and that
        an error leaves the weights of the last step. A training cannot be continued from the averages.
        """
        averages = keras.callbacks.LambdaCallback(on_train_end=lambda logs: self.optimizer.assign_averages())
        given = [callbacks] if isinstance(callbacks, keras.callbacks.Callback) else callbacks or []
        return [self.position, averages, *given]

    def _checked_arrays(self, x, y, call="fit(samples, labels)"):
        """Tuple of the samples and, in a conditional GAN, the labels, as NumPy arrays that have passed all checks."""
        samples = as_samples(x, self._sample_shape)
        require_samples(samples, self._sample_shape)
        y = as_array("labels", y) if self.conditional and y is not None else None
        require_labels(y, len(samples), self.generator, self.discriminator, call)
        return (samples, y) if self.conditional else (samples,)

    def _check_first_batch(self, dataset):
        """Raise a ValueError where the first batch of a `PyDataset` is none that `fit` can train on."""
        check_first_batch(dataset, self.generator, self.discriminator)

    def _batches(self, arrays, batch_size, shuffle):
        """The `Batches` of checked arrays, in the order that this `fit` takes them."""
        return Batches(arrays, batch_size, shuffle, self.position)

    def _training_batches(self, arrays, batch_size, shuffle):
        """What Keras is to train on: batches of these arrays, whose sizes have been checked."""
        batches = self._batches(arrays, batch_size, shuffle)
        if self.compiled:  # otherwise Keras asks for `compile`
            self._require_batches(batches.count, batch_size, self.d_steps)
        return input_pipeline(batches)

    def _evaluation_batches(self, x, y, batch_size):
        """What Keras is to evaluate: batches of checked arrays, or the data set that was given."""
        if not is_array_like(x):
            self._check_first_batch(x)
            return x
        arrays = self._checked_arrays(x, y, "fit(..., validation_data=(samples, labels)), or evaluate(samples, labels)")
        batches = self._batches(arrays, batch_size, False)
        batches.batch_size = min(batch_size, batches.count or 1)
        self._require_batches(batches.count, batches.batch_size, 1)
        return input_pipeline(batches)

    def _require_batches(self, count, batch_size, d_steps):
        """Raise a ValueError where the players or the devices cannot split each batch of so many samples."""
        require_batches(count, batch_size, d_steps)
        require_full_packs(self.discriminator, count, batch_size, d_steps)
        if self.compiled:
            group_size = self.d_steps * self.pack_size if self.pack_size > 1 else 1
            self.require_shareable_batches(count, batch_size, group_size)

    @contextlib.contextmanager
    def _evaluation_noise(self):
        """In the block the noise begins at a fixed point of the seed's stream. Then training's noise continues."""
        before = [(state, ops.convert_to_numpy(state.value)) for state in self._random_states()]
        noise = self.seed_generator.state
        noise.assign(np.array([ops.convert_to_numpy(noise.value)[0], EVALUATION], noise.dtype))
        try:
            with preserved_random_state():
                yield
        finally:
            self.sync_state()
            for state, value in before:
                state.assign(value)

    @property
    def _sample_shape(self):
        """Shape of one sample, without the batch axis."""
        return self.generator.output_shape[1:]

    def _require_unchanged_trainable(self):
        """Raise a ValueError where a network is frozen, or `trainable` was changed after `compile`."""
        if self.compiled:
            networks = {"discriminator": self.discriminator, "generator": self.generator}
            for name, network in networks.items():
                require_trainable(name, network)
            require_unchanged_trainable(self.optimizer.built_for, networks)
