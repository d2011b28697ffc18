"""Saving a GAN and its weights, and continuing from them: `Checkpoints`, a part of `GAN`."""

import contextlib
import json
import os
import warnings

import numpy as np
from keras import ops

from gan_course.random_state import get_random_state, set_random_state

HDF5_BYTES_PER_VARIABLE = 8192
"""Upper bound of what a file of weights needs per variable besides the values: groups and names."""


class Checkpoints:
    """Mixin for a `keras.Model` that has a `batches.Position` named `position`.

    Once the model is compiled, its optimizer must be `optimizers.Players`.
    """

    def save(self, filepath, *args, **kwargs):
        """Save the GAN as `keras.Model.save` does, to a file whose name ends in ".keras".

        Args:
            filepath: name of the file.
            *args: as in `keras.Model.save`.
            **kwargs: as in `keras.Model.save`.

        Raises:
            ValueError: for a name that does not end in ".keras". An HDF5 file would keep the weights of a GAN, but
                Keras could not load a GAN from it.
        """
        if not str(filepath).endswith(".keras") and kwargs.get("zipped") is not False:
            raise ValueError(
                'Invalid filepath. Expected a name that ends in ".keras". '
                f'Received: {str(filepath)!r}. Save the GAN to "gan.keras", or only its weights with '
                'save_weights("gan.weights.h5").'
            )
        super().save(filepath, *args, **kwargs)

    def export(self, *args, **kwargs):
        """Not supported: export the generator instead, with `gan.generator.export(...)`.

        Args:
            *args: ignored.
            **kwargs: ignored.

        Raises:
            ValueError: always.
        """
        raise ValueError(
            "A GAN cannot be exported as a whole. Expected one of its networks. Received: both. Call "
            'gan.generator.export(...); its input is noise. To train on later, save both with save("gan.keras").'
        )

    def save_weights(self, filepath, **kwargs):
        """Save the weights as `keras.Model.save_weights` does, after a check that the disk has enough room.

        Without enough room HDF5 would end the whole process.

        Args:
            filepath: name of the file, which ends in ".weights.h5".
            **kwargs: as in `keras.Model.save_weights`.

        Raises:
            OSError: if the file cannot be written. An older file of this name is kept, and the GAN does not change.
        """
        arrays = [*map(ops.convert_to_numpy, self._saved_variables()), *get_random_state().values()]
        room = sum(array.nbytes + HDF5_BYTES_PER_VARIABLE for array in arrays)
        trial = f"{filepath}.trial"
        try:
            with open(trial, "wb") as file:
                file.write(bytes(room))
        finally:
            if os.path.exists(trial):
                os.remove(trial)
        super().save_weights(filepath, **kwargs)

    def load_weights(self, filepath, **kwargs):
        """Load weights as `keras.Model.load_weights` does. If the file does not fit, the GAN does not change.

        Args:
            filepath: name of a file that `save_weights` wrote. A GAN that is not compiled loads only the weights of
                its networks, not the state of the optimizers.
            **kwargs: as in `keras.Model.load_weights`. With `skip_mismatch=True` Keras skips whatever does not fit, and
                warns.

        Raises:
            ValueError: for a file that holds the weights of other networks or optimizers.
        """
        variables = self._saved_variables()
        values, position, states = (
            [ops.convert_to_numpy(v) for v in variables],
            self.position.save(),
            get_random_state(),
        )
        try:
            with _warnings_as_errors(not kwargs.get("skip_mismatch")):
                super().load_weights(filepath, **kwargs)
        except (ValueError, KeyError, IndexError) as error:
            for variable, value in zip(variables, values, strict=True):
                variable.assign(value)
            self.position.load(position)
            set_random_state(states)
            raise ValueError(
                "The checkpoint does not fit this GAN. Expected weights of its own networks and optimizers. "
                f"Received: {filepath}. Keras could not load it: {str(error).rstrip('. ')}. Choose a file that "
                "save_weights() of such a GAN wrote, or build and compile this GAN with the same networks and "
                "optimizers as when the file was saved."
            ) from error

    def _saved_variables(self):
        """The variables that a file of weights holds, including those of the optimizers."""
        return [*self.variables, *(self.optimizer.variables if self.compiled else [])]

    def save_own_variables(self, store):
        """Save what Keras does not: random states, the position in `fit`, and the classes of the optimizers.

        With them, a training that is continued draws the random numbers that it would have drawn without the break.

        Args:
            store: dictionary-like, from strings to arrays.
        """
        for number, state in enumerate(self._random_states()):
            store[str(number)] = ops.convert_to_numpy(state.value)
        store["position"] = self.position.save()
        for name, state in get_random_state().items():
            store[name] = state
        if self.compiled:  # text as an array of bytes, since a file of weights holds only arrays
            store["optimizers"] = np.frombuffer(json.dumps(_optimizer_classes(self.optimizer)).encode(), "uint8")

    def load_own_variables(self, store):
        """Load what `save_own_variables` saved.

        Args:
            store: dictionary-like, from strings to arrays.

        Raises:
            ValueError: for the random states of more layers than this GAN has, or other classes of optimizers.
        """
        states, saved = self._random_states(), set(store.keys())
        if self.compiled and "optimizers" in saved:  # files of older versions have no such entry
            classes = json.loads(bytes(np.asarray(store["optimizers"])))
            if classes != _optimizer_classes(self.optimizer):
                raise ValueError(
                    f"the file was saved with the optimizers {classes} (the discriminator's first, then the "
                    f"generator's), but this GAN is compiled with {_optimizer_classes(self.optimizer)}."
                )
        if str(len(states)) in saved:
            raise ValueError(
                "the file belongs to a GAN with more random layers, such as Dropout: this one has "
                f"{len(states)} sources of random numbers, the noise included, and the file has more."
            )
        for number, state in enumerate(states):
            state.assign(store[str(number)])
        self.position.load(store["position"])
        self.loaded_random_state = {name: np.array(store[name]) for name in get_random_state() if name in saved}
        set_random_state(self.loaded_random_state)

    def _random_states(self):
        """States of the random generators of the noise and of layers such as Dropout: variables, but not weights."""
        known = {id(v) for v in (*self.weights, *self.metrics_variables)}
        return [v for v in self.variables if id(v) not in known]


def _optimizer_classes(players):
    """Names of the classes of D's and of G's optimizer, each followed by that inside a `LossScaleOptimizer`."""
    pairs = ((optimizer, getattr(optimizer, "inner_optimizer", None)) for optimizer in players.optimizers)
    return [[type(part).__name__ for part in pair if part is not None] for pair in pairs]


@contextlib.contextmanager
def _warnings_as_errors(strict):
    """Raise Keras' warning that an optimizer in the file does not fit; otherwise Keras would keep the model's own."""
    with warnings.catch_warnings():
        if strict:
            warnings.filterwarnings("error", message="Skipping variable loading for optimizer")
        yield
