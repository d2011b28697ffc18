"""Watches what Keras does: methods of Keras' classes report to recorders while a visit runs, and are put back after it.

A recorder is told what is called before it runs, and may return a function that gets the result afterwards. Nothing
is added to the user's computation: arguments and results pass through unchanged.
"""

import functools

import keras

from gan_course.doctor import frameworks

FAILED = object()
"""What a recorder gets as the result of a call that raised an exception."""

RECORDERS = []
"""The recorders of the visits that run now. Visits may be nested."""

_UNDO = []


def add(recorder):
    """Report everything to a recorder from now on.

    Args:
        recorder: an object with a method for each kind of call, and `watched`, a set of identities of layers.
    """
    if not RECORDERS:
        _install()
    RECORDERS.append(recorder)


def remove(recorder):
    """Stop reporting to a recorder. With the last one, all methods of Keras are as before."""
    if recorder in RECORDERS:
        RECORDERS.remove(recorder)
    if not RECORDERS:
        _uninstall()


def after_each_batch(args, kwargs, action):
    """Add a callback to the arguments of a `fit`, unless these hold callbacks to which none can be added.

    Args:
        args: positional arguments of `fit`.
        kwargs: dictionary of its other arguments, which is changed.
        action: function of a batch's number and its logs, called at the end of each batch of training.
    """
    callbacks = kwargs.get("callbacks")
    if not isinstance(callbacks, keras.callbacks.CallbackList) and len(args) < 6:
        others = [callbacks] if isinstance(callbacks, keras.callbacks.Callback) else list(callbacks or ())
        kwargs["callbacks"] = [*others, keras.callbacks.LambdaCallback(on_train_batch_end=action)]


def _targets():
    """Triples of a class, the name of its method, and the recorder's method that is told."""
    functions = frameworks.function_class()
    return [
        (keras.Layer, "__call__", "layer_called"),
        (keras.Model, "train_on_batch", "trained_on_batch"),
        (keras.Model, "predict", "predicted"),
        (keras.Model, "predict_on_batch", "predicted"),
        (keras.Model, "fit", "fitted"),
        (keras.optimizers.Optimizer, "apply", "applied"),
        (keras.optimizers.Optimizer, "stateless_apply", "applied_stateless"),
        (keras.losses.Loss, "__call__", "loss_computed"),
        *([(functions, "__call__", "function_called")] if functions else []),
    ]


def _functions():
    """Losses that are plain functions: triples of a module, a name, and whether it takes raw scores, or None for both.

    A person who has imported such a function by its own name calls the original, which nobody sees.
    """
    own = [(keras.losses, "binary_crossentropy", None), (keras.ops, "binary_crossentropy", None)]
    return [*own, *frameworks.loss_functions()]


def _wrapped_function(name, original, raw):
    """A loss that does the same, and tells the recorders: its arguments, and whether they are raw scores."""

    @functools.wraps(original)
    def function(*args, **kwargs):
        for recorder in [*RECORDERS]:
            _guarded(recorder, recorder.function_computed, name, raw, args, kwargs)
        return original(*args, **kwargs)

    return function


def _install():
    for module, name, raw in _functions():
        original = getattr(module, name)
        setattr(module, name, _wrapped_function(name, original, raw))
        _UNDO.append((module, name, original))
    for owner, name, told in _targets():
        own = vars(owner).get(name)
        wrap = _wrapped_call if told == "layer_called" else _wrapped
        setattr(owner, name, wrap(getattr(owner, name), told))
        _UNDO.append((owner, name, own))
    steps = frameworks.torch_steps(_torch_stepped)
    steps.__enter__()
    _UNDO.append((steps, None, None))


def _uninstall():
    while _UNDO:
        owner, name, own = _UNDO.pop()
        if name is None:
            owner.__exit__(None, None, None)
        elif own is None:
            delattr(owner, name)
        else:
            setattr(owner, name, own)


def _wrapped(original, told):
    """A method that does the same, and tells the recorders. It keeps the module's name: AutoGraph leaves it alone."""

    @functools.wraps(original)
    def method(self, *args, **kwargs):
        return _report(original, told, self, args, kwargs)

    return method


def _wrapped_call(original, told):
    """As `_wrapped`, for calls of layers: most layers are nobody's players, and lose no time."""

    @functools.wraps(original)
    def method(self, *args, **kwargs):
        for recorder in RECORDERS:
            if id(self) in recorder.watched:
                return _report(original, told, self, args, kwargs)
        return original(self, *args, **kwargs)

    return method


def _report(original, told, owner, args, kwargs):
    """Call the original method between the two reports."""
    finish = [(r, _guarded(r, getattr(r, told), owner, args, kwargs)) for r in [*RECORDERS]]
    result = FAILED
    try:
        result = original(owner, *args, **kwargs)
    finally:
        for recorder, after in reversed(finish):
            if after is not None:
                _guarded(recorder, after, result)
    return result


def _torch_stepped(optimizer):
    for recorder in [*RECORDERS]:
        _guarded(recorder, recorder.torch_stepped, optimizer)


def _guarded(recorder, report, *args):
    """Call a recorder. An error in it must not stop the user's training: it is kept for the report."""
    try:
        return report(*args)
    except Exception as error:
        recorder.troubles.append(error)
        return None
