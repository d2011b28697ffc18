"""Watches a patient's training from outside, for the signs: what the players are given, and who updates whom."""

import contextlib

import keras
import numpy as np
from keras import ops


class Spy:
    """What was seen. Values that are only known inside a compiled step are not seen.

    Attributes:
        g_inputs: list of the arrays that G was given.
        d_inputs: list of the arrays that D was given.
        updates: dictionary from the id of an optimizer to the names of the players whose weights it updated.
    """

    def __init__(self, patient):
        self.g_inputs, self.d_inputs, self.updates, self.constant_noise = [], [], {}, False
        self.own = {name: _identities(getattr(patient, name).weights) for name in ("generator", "discriminator")}

    def note(self, seen, inputs):
        """Remember what a player is given, if its values are known."""
        first = inputs[0] if isinstance(inputs, list | tuple) else inputs
        with contextlib.suppress(Exception):  # a tensor of a compiled step has no values
            seen.append(np.array(ops.convert_to_numpy(first)))
            return
        if seen is self.g_inputs and keras.backend.backend() == "tensorflow":
            import tensorflow as tf

            self.constant_noise |= tf.get_static_value(first) is not None

    def updated(self, optimizer, variables):
        """Remember that an optimizer updates variables."""
        names = self.updates.setdefault(id(optimizer), set())
        names |= {name for name, own in self.own.items() if own & {id(v) for v in variables}}


def _identities(weights):
    """What optimizers call these weights: Keras' variables, and on PyTorch its parameters, too."""
    torch = keras.backend.backend() == "torch"
    return {id(w) for w in weights} | ({id(w.value) for w in weights} if torch else set())


@contextlib.contextmanager
def watching(patient):
    """Context manager that yields a `Spy`, and takes away its hooks at the end."""
    spy = Spy(patient)
    with contextlib.ExitStack() as stack:
        _hook_methods(patient.generator, spy.g_inputs, spy, stack, ("predict_on_batch", "predict", "call"))
        _hook_methods(patient.discriminator, spy.d_inputs, spy, stack, ("train_on_batch", "call"))
        if patient.combined is not None:
            _hook_methods(patient.combined, spy.g_inputs, spy, stack, ("train_on_batch",))
        _hook_optimizers(spy, stack)
        yield spy


def _hook_methods(model, seen, spy, stack, names):
    for name in names:
        original = getattr(model, name)

        def hooked(inputs, *args, original=original, **kwargs):
            spy.note(seen, inputs)
            return original(inputs, *args, **kwargs)

        object.__setattr__(model, name, hooked)
        stack.callback(model.__dict__.pop, name, None)


def _hook_optimizers(spy, stack):
    base = keras.optimizers.Optimizer
    original = base.apply

    def apply(self, grads, trainable_variables=None):
        spy.updated(self, trainable_variables if trainable_variables is not None else self._trainable_variables)
        return original(self, grads, trainable_variables)

    base.apply = apply
    stack.callback(setattr, base, "apply", original)
    if keras.backend.backend() == "torch":
        from torch.optim.optimizer import register_optimizer_step_pre_hook

        def before(optimizer, *_):
            spy.updated(optimizer, [p for group in optimizer.param_groups for p in group["params"]])

        stack.callback(register_optimizer_step_pre_hook(before).remove)
