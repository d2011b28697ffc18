"""What differs from one Keras backend to another: the training step, and gradients in it.

`TrainStep` is a mixin for a `keras.Model`. It stands before the model among the bases, as in
`class MyModel(TrainStep, keras.Model)`. The model says what one step does, and `TrainStep` runs the step on
TensorFlow, JAX or PyTorch. The lists below are the whole contract between the two.
The class `Minimal` in tests/test_backend.py is the smallest model that keeps it.

The model must have:

* `update(data)`: does one training step on a batch, as the data set gave it. It calls `minimize` once for
  each step of each network, and returns a dictionary of logs, whose values are scalar tensors. No log may be called
  "loss", since Keras shows a mean of its own under this name.
* `measure(data)`: does one step of `evaluate`, and returns logs of the same names. It changes no weights. A model
  that is never evaluated does not need it.
* `optimizer`: one Keras optimizer, given to `compile` together with `auto_scale_loss=False`, since `minimize` scales
  losses itself. Its `variables` must hold those of every optimizer that `update` passes to `minimize`: JAX carries only
  them from step to step. `optimizers.Players` is such an optimizer for two networks. All of these optimizers must be
  built before the first step.

The model may set these attributes:

* `batches_to_skip`: how many batches of this epoch the weights have already seen, because they were restored from
  a backup. While it is above 0, a step takes its batch from the data set and does nothing else. `TrainStep`
  never changes the number: the model sets it to 0 before the first new batch, as `GAN` does with the callback
  `batches.Position`. Defaults to 0.
* `fuse_updates`: whether TensorFlow may compile the updates of an optimizer with XLA. Defaults to False.
* `loaded_random_state`: what `random_state.get_random_state` returned when the restored weights were saved. On
  PyTorch a step that skips its batch puts this state back. Defaults to an empty dictionary, as it is on TensorFlow
  and JAX.

`TrainStep` reads these attributes, which every `keras.Model` has:

* `variables`, `trainable_variables`, `non_trainable_variables`, `metrics_variables`: see `keras.Model`.
* `train_function`, `test_function`: what Keras made of `train_step` and `test_step`; both are wrapped here.
* `run_eagerly`, `steps_per_execution`, `jit_compile`: the arguments of `compile`.
* `distribute_strategy`: on TensorFlow, the strategy of `tf.distribute` under which the model was built.
* `jax_state_sync()`: on JAX, writes the state of a running `fit` or `evaluate` back into the variables.

`TrainStep` gives the model:

* `train_step(data)`, `test_step(data)`, `make_train_function()`, `make_test_function()`: what `fit` and `evaluate` of
  Keras call. On JAX both steps take the state first and return it last, as Keras wants it there.
* `minimize(loss_fn, network, optimizer)`: takes one step of the optimizer on a loss, changes the trainable weights
  of this network alone, and returns the loss. `loss_fn()` returns the mean of a loss over samples, a scalar tensor. A
  trainable weight that the loss does not use stays as it is. The layers that it calls may assign to their other
  variables, such as moving statistics or random states. These assignments stay if the variable is among the model's
  `variables`, and are lost otherwise. So the model must hold the network.
  On several TensorFlow devices the mean is over the part of the batch that this device has. Parts may be unequal, so
  call `minimize` in the `with` block of the `devices.ReplicaPart` that `devices.split_batch` yields with the samples.
  Outside of such a block, all parts are taken to be equal. Each device's loss, gradient and change of statistics counts
  as much as its part of the batch, and the loss that comes back is that of the whole batch.
* `devices`: how many devices share each batch.
* `can_use_xla`: whether XLA can compile the step. False on several TensorFlow devices.
* `require_jit(penalties)`: raises a ValueError where `jit_compile=True` cannot work, and on PyTorch warns where it
  only takes long. `penalties` says whether a loss has a penalty on a gradient.
* `require_shareable_batches(count, batch_size, group_size)`: raises a ValueError where the devices cannot share each
  batch of `batch_size` of the `count` samples. `group_size` samples must stay together on one device.
* `sync_state()`: on JAX, writes the state of a running `evaluate` back into the variables. Call it before you assign
  to one of them after an error. It does nothing elsewhere.

On every backend `minimize` computes the loss in a `keras.StatelessScope`, so that layers do not assign to variables
directly and gradients flow through what they would have assigned. When the loss is known, these values are assigned,
except those of the trained weights, which the optimizer changes.
"""

import warnings
from typing import ClassVar

import keras

from gan_course.cluster import SeveralMachines, reducible
from gan_course.convolutions import swap_large_kernels
from gan_course.devices import replica_part
from gan_course.random_state import set_random_state
from gan_course.stateless import assign_others, current_value

_BACKEND = keras.config.backend()

if _BACKEND == "tensorflow":
    import tensorflow as tf
elif _BACKEND == "jax":
    import jax
elif _BACKEND == "torch":
    import torch


class _Step:
    """What the steps of all backends share: defaults of the contract, and skipping batches that were seen before."""

    batches_to_skip = 0
    fuse_updates = False
    loaded_random_state: ClassVar = {}
    devices = 1
    can_use_xla = True

    def sync_state(self):
        """Write the state of a running `evaluate` back into the variables, where Keras has taken it out of them."""

    def make_train_function(self, force=False):
        is_new = self.train_function is None or force
        super().make_train_function(force)
        if is_new:
            train = self._shorten(self.train_function)
            self.train_function = lambda *state_and_data: (
                self._skip(*state_and_data) if self.batches_to_skip else self._run(train, *state_and_data)
            )

    def make_test_function(self, force=False):
        is_new = self.test_function is None or force
        super().make_test_function(force)
        if is_new:
            test = self.test_function
            self.test_function = lambda *state_and_data: self._run(test, *state_and_data)

    def require_jit(self, penalties):
        """Check that the whole step can be compiled, as `jit_compile=True` asks for.

        Args:
            penalties: whether D's loss has a penalty on a gradient.

        Raises:
            ValueError: where this backend cannot compile such a step.
        """

    def require_shareable_batches(self, count, batch_size, group_size=1):
        """Check that the devices can share each batch, the last one included.

        Args:
            count: number of samples in all.
            batch_size: number of samples in each batch but the last one, which may be smaller.
            group_size: how many samples must stay together on one device. Defaults to 1.

        Raises:
            ValueError: for a batch that cannot be shared.
        """
        multiple = self._batch_multiple(group_size)
        for batch in (batch_size, count % batch_size):
            if batch % multiple:
                raise ValueError(
                    f"{self.devices} devices cannot share each batch. Expected a multiple of {multiple} samples in "
                    f"every batch. Received: {count} samples in batches of {batch_size}; one of them has {batch} "
                    f"samples. Choose a batch_size and a number of samples that are both multiples of {multiple}."
                )

    def _batch_multiple(self, group_size):
        """The number that must divide the number of samples in each batch, so that the devices can share it."""
        return 1

    def _shorten(self, train):
        """Return a train function that does the same as Keras' own in less time, or Keras' own if there is none."""
        return train

    def _run(self, function, *state_and_data):
        """Call the train function or the test function of Keras."""
        return function(*state_and_data)

    def _drop_batches(self, iterator):
        """Take the batches of one call of the train function from the data set, and do nothing with them."""
        for _ in range(self.steps_per_execution):
            next(iterator)


class _TensorFlowStep(SeveralMachines, _Step):
    @property
    def devices(self):
        return self.distribute_strategy.num_replicas_in_sync

    @property
    def can_use_xla(self):
        """XLA compiles for one device, and cannot reach the weights on another."""
        return self.devices == 1

    def require_jit(self, penalties):
        if not self.can_use_xla:
            raise ValueError(
                "XLA cannot compile a step that several devices share. Expected jit_compile=False under a strategy of "
                f"tf.distribute. Received: jit_compile=True with {self.devices} devices. Leave jit_compile out."
            )

    def _batch_multiple(self, group_size):
        """TensorFlow's devices may have unequal or empty parts, so only groups of several samples need a multiple."""
        return self.devices * group_size if self.devices > 1 and group_size > 1 else 1

    def train_step(self, data):
        return reducible(self.update(data))

    def test_step(self, data):
        return reducible(self.measure(data))

    def _shorten(self, train):
        """Leave out the `Optional` that Keras puts around each step's result, which costs a sixth of a small step."""
        if self.run_eagerly or self.steps_per_execution > 1:
            return train
        choices = {"reduce_retracing": True, "autograph": False}
        step = tf.function(self.train_step, jit_compile=self.jit_compile, **choices)
        train_on_next = tf.function(lambda iterator: step(iterator.get_next()), **choices)
        # A strategy of `tf.distribute` has iterators of its own.
        return lambda iterator: (train_on_next if isinstance(iterator, tf.data.Iterator) else train)(iterator)

    def _skip(self, iterator):
        self._drop_batches(iterator)
        return {}

    def minimize(self, loss_fn, network, optimizer):
        weights = network.trainable_variables
        # Each weight is read once: TensorFlow's graph optimizer sometimes moves a second read behind the update.
        values = [tf.convert_to_tensor(w.value) for w in weights]
        part = replica_part()
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(values)
            with keras.StatelessScope(zip(weights, values, strict=True)) as scope:
                loss = loss_fn()
            loss = loss if part is None else part.weighted(loss)  # a strategy sums the gradients of its devices
            scaled = optimizer.scale_loss(loss)
        assign_others(self.variables, weights, scope, part and part.average)
        gradients = tape.gradient(scaled, values)
        self._apply_gradients(optimizer, gradients, weights)
        return loss if part is None else part.sum(loss)

    def _apply_gradients(self, optimizer, gradients, weights):
        """Call `optimizer.apply`, compiled with XLA if allowed: it then reads the weights once, not a dozen times."""
        # An Embedding has its gradient in slices, and Keras would clip each slice alone. So make all gradients dense.
        gradients = [g if g is None else tf.convert_to_tensor(g) for g in gradients]
        if not self.fuse_updates or not tf.inside_function() or tf.distribute.has_strategy():
            # Wait for the gradients. A counter would else count a batch that turns out not to be there.
            with tf.control_dependencies([g for g in gradients if g is not None]):
                optimizer.apply(gradients, weights)
            return
        tf.function(lambda *values: optimizer.apply(values, weights), jit_compile=True, autograph=False)(*gradients)


class _TorchStep(_Step):
    def require_jit(self, penalties):
        if penalties:
            raise ValueError(
                "torch.compile cannot differentiate twice, as a penalty on D's gradient needs. Expected "
                "jit_compile=False with gradient_penalty_weight or r1_weight on PyTorch. Received: jit_compile=True. "
                "Leave jit_compile out."
            )
        warnings.warn(
            "On PyTorch, jit_compile=True takes minutes before the first step. Leave jit_compile out, unless the "
            "training takes hours.",
            stacklevel=3,
        )

    def train_step(self, data):
        return self.update(data)

    def test_step(self, data):
        with torch.enable_grad():  # Keras turns gradients off here, but a penalty needs them
            return self.measure(data)

    def _skip(self, data):
        set_random_state(self.loaded_random_state)  # since the data loader of this epoch has drawn a number
        return {}

    def minimize(self, loss_fn, network, optimizer):
        weights = network.trainable_variables
        with keras.StatelessScope() as scope:
            loss = loss_fn()
        gradients = torch.autograd.grad(optimizer.scale_loss(loss), [w.value for w in weights], allow_unused=True)
        with torch.no_grad():
            assign_others(self.variables, weights, scope)
            optimizer.apply(gradients, weights)
        return loss.detach()


class _JaxStep(_Step):
    """A function of JAX may not change anything outside of it, so a step takes and returns the values of variables."""

    @property
    def devices(self):
        distribution = keras.distribution.distribution()
        if distribution is None:
            return 1
        mesh = distribution.device_mesh
        return mesh.shape[mesh.axis_names.index(distribution.batch_dim_name)]

    def _batch_multiple(self, group_size):
        """JAX splits an array into equal parts only."""
        return self.devices

    def sync_state(self):
        self.jax_state_sync()

    def _run(self, function, state, iterator):
        """Keras takes the state out of the model during `fit`. After an error in a step, put it back."""
        try:
            return function(state, iterator)
        except BaseException:
            for variable, value in self._values(state):
                if not value.is_deleted():  # a step that has begun may have consumed it
                    variable.assign(value)
            raise

    def _groups(self, state):
        """Lists of variables in the order in which Keras passes their values; a test has none of the optimizers'."""
        optimizers = [self.optimizer.variables] if len(state) == 4 else []
        return (self.trainable_variables, self.non_trainable_variables, *optimizers, self.metrics_variables)

    def _values(self, state):
        """Pairs of a variable and its value in a state."""
        groups = zip(self._groups(state), state, strict=True)
        return [pair for variables, values in groups for pair in zip(variables, values, strict=True)]

    def _skip(self, state, iterator):
        self._drop_batches(iterator)
        return {}, state

    def train_step(self, state, data):
        return self._with_state(self.update, state, data)

    def test_step(self, state, data):
        return self._with_state(self.measure, state, data)

    def _with_state(self, step, state, data):
        """Run a step on the values in a state. Returns its logs and the new state."""
        with keras.StatelessScope(self._values(state)) as scope:
            logs = step(data)
        return logs, tuple([current_value(scope, v) for v in group] for group in self._groups(state))

    def minimize(self, loss_fn, network, optimizer):
        weights = network.trainable_variables
        trained = {id(w) for w in weights}
        others = [v for v in self.variables if id(v) not in trained]

        def stateless_loss(values):
            pairs = [*zip(weights, values, strict=True), *((v, v.value) for v in others)]
            with keras.StatelessScope(pairs) as scope:
                loss = loss_fn()
            return optimizer.scale_loss(loss), (loss, [current_value(scope, v) for v in others])

        gradient = jax.grad(stateless_loss, has_aux=True)
        gradient = swap_large_kernels(gradient) if self.jit_compile else gradient
        gradients, (loss, updates) = gradient([w.value for w in weights])
        for variable, value in zip(others, updates, strict=True):  # BatchNormalization statistics, random states
            variable.assign(value)
        # Not `apply`: LossScaleOptimizer would assign to variables in a branch of `cond`, and the values would be lost.
        slots = optimizer.variables
        moved, slot_values = optimizer.stateless_apply([v.value for v in slots], gradients, [w.value for w in weights])
        for variable, value in zip((*weights, *slots), (*moved, *slot_values), strict=True):
            variable.assign(value)
        return loss


TrainStep = {"tensorflow": _TensorFlowStep, "jax": _JaxStep, "torch": _TorchStep}[_BACKEND]
"""The training step on this backend. The module's docstring says what it expects of a model and what it gives it."""


def with_labels(inputs, labels):
    """The input of a network: `inputs` alone where `labels` is None, else a list of both."""
    return inputs if labels is None else [inputs, labels]


def input_dtype(network):
    """The dtype of a network's first input. Where this is no float, or is not known, it is `keras.config.floatx()`."""
    inputs = getattr(network, "inputs", None)
    dtype = keras.backend.standardize_dtype(inputs[0].dtype) if inputs else ""
    return dtype if "float" in dtype else keras.config.floatx()


def input_gradient(network, x, labels=None, training=True):
    """Gradient of a network's scores with respect to its samples, itself differentiable.

    Args:
        network: `keras.Model` from samples to one score per sample, or to a map of scores. The score of a sample with
            a map is the mean of the map.
        x: samples `(batch, ...)`, of any dtype.
        labels: the network's second input `(batch, ...)`. Defaults to None: the network has one input.
        training: whether the network is called in training mode. Defaults to True.

    Returns:
        Tensor of the shape of `x`, in the float dtype of the network's input. Row i is the gradient of score i with
        respect to sample i, as long as no layer mixes samples, as BatchNormalization does in training mode. The
        network's moving statistics do not change.

    Example:
        >>> critic = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, kernel_initializer="ones")])
        >>> keras.ops.convert_to_numpy(input_gradient(critic, [[3.0, 4.0]])).tolist()
        [[1.0, 1.0]]
    """
    x = keras.ops.cast(keras.ops.convert_to_tensor(x), input_dtype(network))
    pairs = [(v, v.value) for v in network.variables]

    def total(x):
        with keras.StatelessScope(pairs):
            scores = network(with_labels(x, labels), training=training)
            if len(scores.shape) > 2:
                scores = keras.ops.mean(scores, axis=tuple(range(1, len(scores.shape))))
            return keras.ops.sum(scores)

    if _BACKEND == "tensorflow":
        with tf.GradientTape() as tape:
            tape.watch(x)
            score = total(x)
        return tape.gradient(score, x)
    if _BACKEND == "torch":
        x = x.detach().requires_grad_()
        return torch.autograd.grad(total(x), x, create_graph=True)[0]
    return jax.grad(total)(x)
