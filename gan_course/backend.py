"""What differs from one Keras backend to another: a training step and an input gradient for each of three.

`TrainStep` is a mixin for a `keras.Model` that has a method `update(data)` returning a dictionary of logs. Inside
`update`, `minimize` changes the weights of one network only. A second method `measure(data)` does for a step of
`evaluate` what `update` does for one of `fit`.

Losses are computed in a `StatelessScope` on every backend: what layers assign on the way (statistics, random states,
the kernel that SpectralNormalization rescales) stays in the scope, and gradients flow through it. Afterwards all of
it is assigned for good but the trained weights, which are the optimizer's.
"""

import contextlib
import warnings
from typing import ClassVar

import keras

from gan_course.devices import own_part

_BACKEND = keras.config.backend()

if _BACKEND == "tensorflow":
    import tensorflow as tf
elif _BACKEND == "jax":
    import jax
elif _BACKEND == "torch":
    import torch


class _PassOver:
    """`fit` passes over the batches of an epoch that restored weights have seen: as many as `self.position.skip`."""

    can_use_xla = True

    def settle(self):
        """Give the model back what a call of `evaluate` has taken out of it: before what it had is put back."""

    def make_train_function(self, force=False):
        made = self.train_function is None or force
        super().make_train_function(force)
        if made:
            train = self.compile_step(self.train_function)
            self.train_function = lambda *state_and_data: (
                self.pass_over(*state_and_data) if self.position.skip else self.run_step(train, *state_and_data)
            )

    def make_test_function(self, force=False):
        made = self.test_function is None or force
        super().make_test_function(force)
        if made:
            test = self.test_function
            self.test_function = lambda *state_and_data: self.run_step(test, *state_and_data)

    @property
    def devices(self):
        """How many devices share each batch."""
        return 1

    def require_jit(self, penalties):
        """Look whether the step can be compiled as a whole, as `jit_compile=True` asks for.

        Args:
            penalties: whether D's loss has a penalty on a gradient.

        Raises:
            ValueError: where this backend cannot compile such a step.
        """

    def require_parts(self, count, batch_size):
        """Look whether the devices can share each batch of so many samples, the last one included.

        Raises:
            ValueError: where they cannot.
        """
        multiple = self.batch_multiple()
        for batch in (batch_size, count % batch_size):
            if batch % multiple:
                raise ValueError(
                    f"{self.devices} devices cannot share each batch. Expected a multiple of {multiple} samples in "
                    f"every batch. Received: {count} samples in batches of {batch_size}; one of these batches has "
                    f"{batch}. Choose a batch_size and a number of samples that are both multiples of {multiple}."
                )

    def batch_multiple(self):
        """What the number of samples in each batch must be a multiple of, for the devices' sake."""
        return 1

    def compile_step(self, train):
        """Keras' train function, or one that does the same."""
        return train

    def run_step(self, train, *state_and_data):
        return train(*state_and_data)

    def leave_out(self, iterator):
        for _ in range(self.steps_per_execution):
            next(iterator)


class _TensorFlowStep(_PassOver):
    fuse_updates = False  # whether the optimizers' updates may be compiled with XLA

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

    def batch_multiple(self):
        """Parts may be unequal, or empty; packs may not lie across two of them."""
        return self.devices * self.d_steps * self.pack_size if self.devices > 1 and self.pack_size > 1 else 1

    def train_step(self, data):
        return self.update(data)

    def test_step(self, data):
        return self.measure(data)

    def compile_step(self, train):
        """Without the `Optional` that Keras puts around each step's result: for small networks it is a sixth of it."""
        if self.run_eagerly or self.steps_per_execution > 1:
            return train
        choices = {"reduce_retracing": True, "autograph": False}
        step = tf.function(self.train_step, jit_compile=self.jit_compile, **choices)
        train_on_next = tf.function(lambda iterator: step(iterator.get_next()), **choices)
        # A strategy of `tf.distribute` has iterators of its own.
        return lambda iterator: (train_on_next if isinstance(iterator, tf.data.Iterator) else train)(iterator)

    def pass_over(self, iterator):
        self.leave_out(iterator)
        return {}

    def minimize(self, loss_fn, network, optimizer):
        weights = network.trainable_variables
        # One read a weight: with several, TensorFlow's graph optimizer now and then lets one slip behind the update.
        values = [tf.convert_to_tensor(w.value) for w in weights]
        part = own_part()
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(values)
            with keras.StatelessScope(zip(weights, values, strict=True)) as scope:
                loss = loss_fn()
            loss = loss if part is None else part.weigh(loss)  # a strategy adds up the gradients of its devices
            scaled = optimizer.scale_loss(loss)
        _assign_others(self, weights, scope, part and part.shared)
        gradients = tape.gradient(scaled, values)
        self.apply_gradients(optimizer, gradients, weights)
        return loss if part is None else part.sum(loss)

    def apply_gradients(self, optimizer, gradients, weights):
        """`optimizer.apply`; where the GAN may, compiled with XLA: one pass over the weights instead of a dozen."""
        # Dense, as elsewhere: an Embedding's are slices, of which Keras would clip each alone.
        gradients = [g if g is None else tf.convert_to_tensor(g) for g in gradients]
        if not self.fuse_updates or not tf.inside_function() or tf.distribute.has_strategy():
            optimizer.apply(gradients, weights)
            return
        tf.function(lambda *values: optimizer.apply(values, weights), jit_compile=True, autograph=False)(*gradients)


class _TorchStep(_PassOver):
    loaded_random_state: ClassVar = {}  # of the last checkpoint that was loaded

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
        with torch.enable_grad():  # Keras turns it off here, but a penalty is made of a gradient
            return self.measure(data)

    def pass_over(self, data):
        set_random_state(self.loaded_random_state)  # making the epoch's iterator has drawn a number in between
        return {}

    def minimize(self, loss_fn, network, optimizer):
        weights = network.trainable_variables
        with keras.StatelessScope() as scope:
            loss = loss_fn()
        gradients = torch.autograd.grad(optimizer.scale_loss(loss), [w.value for w in weights])
        with torch.no_grad():
            _assign_others(self, weights, scope)
            optimizer.apply(gradients, weights)
        return loss.detach()


class _JaxStep(_PassOver):
    """JAX functions may not change anything, so every variable travels through the step as a value."""

    @property
    def devices(self):
        distribution = keras.distribution.distribution()
        if distribution is None:
            return 1
        mesh = distribution.device_mesh
        return mesh.shape[mesh.axis_names.index(distribution.batch_dim_name)]

    def batch_multiple(self):
        """JAX splits an array into equal parts only."""
        return self.devices

    def settle(self):
        self.jax_state_sync()

    def run_step(self, train, state, iterator):
        """`fit` takes the state out of the model; where a step raises an error, put it back."""
        try:
            return train(state, iterator)
        except BaseException:
            for variable, value in self._pairs(state):
                if not value.is_deleted():  # else the step has consumed it
                    variable.assign(value)
            raise

    def _groups(self, state):
        """The variables in the order in which Keras hands over their values; in a test without the optimizers'."""
        optimizers = [self.optimizer.variables] if len(state) == 4 else []
        return (self.trainable_variables, self.non_trainable_variables, *optimizers, self.metrics_variables)

    def _pairs(self, state):
        groups = zip(self._groups(state), state, strict=True)
        return [pair for variables, values in groups for pair in zip(variables, values, strict=True)]

    def pass_over(self, state, iterator):
        self.leave_out(iterator)
        return {}, state

    def train_step(self, state, data):
        return self._step(self.update, state, data)

    def test_step(self, state, data):
        return self._step(self.measure, state, data)

    def _step(self, step, state, data):
        with keras.StatelessScope(self._pairs(state)) as scope:
            logs = step(data)
        return logs, tuple([_current(scope, v) for v in group] for group in self._groups(state))

    def minimize(self, loss_fn, network, optimizer):
        weights = network.trainable_variables
        chosen = {id(w) for w in weights}
        others = [v for v in self.variables if id(v) not in chosen]

        def stateless_loss(values):
            pairs = [*zip(weights, values, strict=True), *((v, v.value) for v in others)]
            with keras.StatelessScope(pairs) as scope:
                loss = loss_fn()
            return optimizer.scale_loss(loss), (loss, [_current(scope, v) for v in others])

        gradient = jax.grad(stateless_loss, has_aux=True)
        gradients, (loss, updates) = gradient([w.value for w in weights])
        for variable, value in zip(others, updates, strict=True):  # BatchNormalization statistics, random states
            variable.assign(value)
        # Not `apply`: LossScaleOptimizer assigns inside a `cond`, from where no value may escape.
        slots = optimizer.variables
        moved, slot_values = optimizer.stateless_apply([v.value for v in slots], gradients, [w.value for w in weights])
        for variable, value in zip((*weights, *slots), (*moved, *slot_values), strict=True):
            variable.assign(value)
        return loss


TrainStep = {"tensorflow": _TensorFlowStep, "jax": _JaxStep, "torch": _TorchStep}[_BACKEND]
"""Mixin for a `keras.Model`: `train_step` for this backend, and `minimize(loss_fn, network, optimizer)`, which takes
one step on a scalar loss, changes the weights of that network alone, and returns the loss.

The loss is a mean over samples: on several devices, over those of this device's `devices.Part`. Each device's loss,
gradient and change of statistics counts as much as its part of the batch, and the loss that comes back is that of the
whole batch."""


def random_state():
    """The state of the generator from which a backend draws for layers that have none of their own.

    Returns:
        Dictionary of NumPy arrays of bytes: on PyTorch, whose `Dropout` without a seed draws from PyTorch's own
        generator, one of the CPU and one of the current GPU, if there is one. Empty on TensorFlow and JAX, where every
        layer of Keras has a generator of its own.
    """
    if _BACKEND != "torch":
        return {}
    states = {"torch_cpu": torch.get_rng_state()}
    if torch.cuda.is_available():
        states["torch_cuda"] = torch.cuda.get_rng_state()
    return {name: state.numpy() for name, state in states.items()}


def set_random_state(states):
    """Put back what `random_state` returned, as far as it fits this machine and backend."""
    if _BACKEND != "torch":
        return
    if "torch_cpu" in states:
        torch.set_rng_state(torch.tensor(states["torch_cpu"]))
    if "torch_cuda" in states and torch.cuda.is_available():
        torch.cuda.set_rng_state(torch.tensor(states["torch_cuda"]))


def random_state_kept():
    """In this `with` block nothing is drawn from PyTorch's own random numbers: its data loaders draw one each time.

    A Dropout without a seed of its own draws from them, too, and would go on elsewhere.
    """
    if _BACKEND != "torch":
        return contextlib.nullcontext()
    return torch.random.fork_rng(range(torch.cuda.device_count()) if torch.cuda.is_initialized() else [])


def with_labels(inputs, labels):
    """What a network takes: its one input where `labels` is None, or a list of both."""
    return inputs if labels is None else [inputs, labels]


def input_dtype(network):
    """The dtype in which a network takes its samples, where that is a float, or else Keras' own float dtype."""
    inputs = getattr(network, "inputs", None)
    dtype = keras.backend.standardize_dtype(inputs[0].dtype) if inputs else ""
    return dtype if "float" in dtype else keras.config.floatx()


def input_gradient(network, x, labels=None, training=True):
    """Gradient of a network's scores with respect to its samples, itself differentiable.

    Args:
        network: `keras.Model` from `(batch, ...)` to one score a sample.
        x: samples `(batch, ...)`, of any dtype. labels: the network's second input, or None.
        training: whether the network is called in training mode. Defaults to True.

    Returns:
        Tensor of the shape of `x`, in the network's own float dtype: each sample's own gradient, as long as no layer
        mixes samples. No statistics of the network change.
    """
    x = keras.ops.cast(keras.ops.convert_to_tensor(x), input_dtype(network))
    pairs = [(v, v.value) for v in network.variables]

    def total(x):
        with keras.StatelessScope(pairs):
            return keras.ops.sum(network(with_labels(x, labels), training=training))

    if _BACKEND == "tensorflow":
        with tf.GradientTape() as tape:
            tape.watch(x)
            score = total(x)
        return tape.gradient(score, x)
    if _BACKEND == "torch":
        x = x.detach().requires_grad_()
        return torch.autograd.grad(total(x), x, create_graph=True)[0]
    return jax.grad(total)(x)


def pipeline(batches):
    """What to hand to `keras.Model.fit` for these batches.

    Args:
        batches: a `gan_course.batches.Batches`.

    Returns:
        The batches themselves; on TensorFlow, a `tf.data.Dataset` of them. Keras would make one, too, but one whose
        autotuner `fit` waits for at its end, up to a minute (TensorFlow 2.21). The arrays are not copied as a whole.
    """
    if _BACKEND != "tensorflow":
        return batches
    evenly = len(batches.arrays[0]) % batches.batch_size == 0
    size = batches.batch_size if evenly else None

    def take(number):
        if number == 0:
            batches.on_epoch_begin()
        return batches[number]

    def batch(number):
        parts = tf.numpy_function(take, [number], [array.dtype for array in batches.arrays], stateful=True)
        pairs = zip(parts, batches.arrays, strict=True)
        return tuple(tf.ensure_shape(part, (size, *array.shape[1:])) for part, array in pairs)

    dataset = tf.data.Dataset.range(batches.num_batches).map(batch).prefetch(2)
    options = tf.data.Options()
    options.autotune.enabled = False
    options.experimental_distribute.auto_shard_policy = tf.data.experimental.AutoShardPolicy.OFF
    return dataset.with_options(options)


@contextlib.contextmanager
def weights_kept(network):
    """Calls of a network in the block leave its weights as they are, even in training mode.

    These are the statistics of BatchNormalization and the kernel that SpectralNormalization rescales. Random states,
    such as Dropout's, go on. Only the network may be called in the block: other variables would lose their changes.
    """
    kept = {id(w) for w in network.weights}
    states = [v for v in network.variables if id(v) not in kept]
    with keras.StatelessScope([(v, v.value) for v in network.variables]) as scope:
        yield
    for state in states:
        state.assign(_current(scope, state))


def _assign_others(model, weights, scope, change=None):
    """Assign what was assigned in a scope, or `change(value)` of it, to all variables of a model but these weights."""
    chosen = {id(w) for w in weights}
    for variable in model.variables:
        value = None if id(variable) in chosen else scope.get_current_value(variable)
        if value is not None:
            variable.assign(value if change is None else change(value))


def _current(scope, variable):
    value = scope.get_current_value(variable)
    return variable.value if value is None else value
