"""Waits until two players are there, or until their weights exist, and then lets a recorder listen."""

from gan_course.doctor import frameworks
from gan_course.doctor.hooks import after_each_batch


class Waiting:
    """A recorder that only waits. At every training event it asks whether the real one can start.

    Args:
        start: function without arguments that returns the recorder of a visit that has begun, or None.
        watched: identities of layers whose calls are events, too. Defaults to none.

    Attributes:
        recorder: the recorder that has started, or None.
    """

    def __init__(self, start, watched=frozenset()):
        self.start, self.watched, self.recorder, self.troubles = start, watched, None, []

    def try_to_start(self):
        """Start, if it is time and no graph is being traced. Returns the recorder, or None."""
        if self.recorder is None and not frameworks.inside_graph():
            self.recorder = self.start()
            return self.recorder
        return None

    def event(self, told, *call):
        """Try to start before an event, so that it is recorded, or else after it.

        Args:
            told: name of the recorder's method for this event.
            *call: what it gets.
        """
        if self.recorder is not None:
            return None
        recorder = self.try_to_start()
        if recorder is not None:
            return getattr(recorder, told)(*call)
        if told == "fitted":
            self._listen(*call)
        return lambda result: self.try_to_start()

    def _listen(self, model, args, kwargs):
        """Add a callback to a `fit`, in which the weights may come into being. `kwargs` are changed."""
        sync = getattr(model, "jax_state_sync", None)

        def after_batch(batch, logs):
            if self.recorder is not None:
                self.recorder.tick("fit", None, sync)
            elif self.start is not None:
                if sync is not None:
                    sync()
                self.try_to_start()

        after_each_batch(args, kwargs, after_batch)

    def trained_on_batch(self, *call):
        return self.event("trained_on_batch", *call)

    def fitted(self, *call):
        return self.event("fitted", *call)

    def function_called(self, *call):
        return self.event("function_called", *call)

    def applied(self, *call):
        return self.event("applied", *call)

    def applied_stateless(self, *call):
        return self.event("applied_stateless", *call)

    def torch_stepped(self, *call):
        return self.event("torch_stepped", *call)

    def layer_called(self, *call):
        return self.event("layer_called", *call)

    def predicted(self, *call):
        return self.event("predicted", *call)

    def loss_computed(self, *call):
        """A loss alone starts nothing."""

    def function_computed(self, *call):
        """A loss alone starts nothing."""
