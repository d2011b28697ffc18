"""Saving a GAN and its weights, and going on from them: `Checkpoints`, a part of `GAN`."""

import contextlib
import json
import os
import warnings

import numpy as np
from keras import ops

from gan_course.backend import random_state, set_random_state

HDF5_BYTES_A_VARIABLE = 8192
"""What a file of weights may need for each variable, its groups and their names, beside the values."""


class Checkpoints:
    """Mixin for a `keras.Model` with a `position` and, once it is compiled, `Players` as its optimizer."""

    def save(self, filepath, *args, **kwargs):
        """`keras.Model.save`, to a file that ends in ".keras".

        Raises:
            ValueError: for another ending: HDF5 keeps the weights of a GAN, but nobody can load a GAN from it.
        """
        if not str(filepath).endswith(".keras") and kwargs.get("zipped") is not False:
            raise ValueError(
                'Invalid filepath. Expected a name that ends in ".keras". '
                f'Received: {str(filepath)!r}. Save the GAN to "gan.keras", or only its weights with '
                'save_weights("gan.weights.h5").'
            )
        super().save(filepath, *args, **kwargs)

    def export(self, *args, **kwargs):
        """Not here: whoever uses a trained GAN wants its generator.

        Raises:
            ValueError: always.
        """
        raise ValueError(
            "A GAN is not exported as a whole. Expected one of its networks. Received: both. "
            'Call gan.generator.export(...), whose input is noise; save("gan.keras") keeps both for training.'
        )

    def save_weights(self, filepath, **kwargs):
        """`keras.Model.save_weights`, once it is sure that the disk has room: where it has none, HDF5 ends the process.

        Raises:
            OSError: for a file that cannot be written. An older one of that name stays, and so does the GAN.
        """
        arrays = [*map(ops.convert_to_numpy, self._saved_variables()), *random_state().values()]
        room = sum(array.nbytes + HDF5_BYTES_A_VARIABLE for array in arrays)
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

        Args:
            filepath: a file that `save_weights` wrote. A GAN that is not compiled loads only the networks' weights,
                without the state of the optimizers.
            **kwargs: as in `keras.Model.load_weights`. With `skip_mismatch=True` what does not fit is left out, with
                Keras' warnings.

        Raises:
            ValueError: for a file that holds the weights of other networks or optimizers.
        """
        variables = self._saved_variables()
        kept, position, states = [ops.convert_to_numpy(v) for v in variables], self.position.save(), random_state()
        try:
            with _warnings_as_errors(not kwargs.get("skip_mismatch")):
                super().load_weights(filepath, **kwargs)
        except (ValueError, KeyError, IndexError) as error:
            for variable, value in zip(variables, kept, strict=True):
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
        """The variables that a file of weights holds, the optimizers' among them."""
        return [*self.variables, *(self.optimizer.variables if self.compiled else [])]

    def save_own_variables(self, store):
        """Save the random states, too, so that a training that goes on draws what it would have drawn."""
        for number, state in enumerate(self._random_states()):
            store[str(number)] = ops.convert_to_numpy(state.value)
        store["position"] = self.position.save()
        for name, state in random_state().items():
            store[name] = state
        if self.compiled:  # text, as bytes: a file of weights holds arrays only
            store["optimizers"] = np.frombuffer(json.dumps(_kinds(self.optimizer)).encode(), "uint8")

    def load_own_variables(self, store):
        states, saved = self._random_states(), set(store.keys())
        if self.compiled and "optimizers" in saved:  # files of older versions do not say it
            kinds = json.loads(bytes(np.asarray(store["optimizers"])))
            if kinds != _kinds(self.optimizer):
                raise ValueError(
                    f"the file was saved with the optimizers {kinds} (the discriminator's first, then the "
                    f"generator's), but this GAN is compiled with {_kinds(self.optimizer)}."
                )
        if str(len(states)) in saved:
            raise ValueError(
                f"the file is of a GAN with more random layers, such as Dropout: this one has {len(states)} sources of "
                "random numbers, the noise included, and the file has more."
            )
        for number, state in enumerate(states):
            state.assign(store[str(number)])
        self.position.load(store["position"])
        self.loaded_random_state = {name: np.array(store[name]) for name in random_state() if name in saved}
        set_random_state(self.loaded_random_state)

    def _random_states(self):
        """States of the random generators of the noise and of layers such as Dropout: variables that are no weights."""
        known = {id(v) for v in (*self.weights, *self.metrics_variables)}
        return [v for v in self.variables if id(v) not in known]


def _kinds(players):
    """Names of the classes of D's and of G's optimizer, each with the one inside a `LossScaleOptimizer`."""
    pairs = ((optimizer, getattr(optimizer, "inner_optimizer", None)) for optimizer in players.optimizers)
    return [[type(part).__name__ for part in pair if part is not None] for pair in pairs]


@contextlib.contextmanager
def _warnings_as_errors(strict):
    """Where a file has other optimizers, Keras only warns, and leaves those of the model as they are."""
    with warnings.catch_warnings():
        if strict:
            warnings.filterwarnings("error", message="Skipping variable loading for optimizer")
        yield
