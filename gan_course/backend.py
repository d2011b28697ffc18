"""The only module that knows which Keras backend runs: one training step and one input gradient for each of three.

`TrainStep` is a mixin for a `keras.Model` that has a method `update(data)` returning a dictionary of logs. Inside
`update`, `minimize` changes the weights of one network only. A second method `measure(data)` does for a step of
`evaluate` what `update` does for one of `fit`.

Losses are computed in a `StatelessScope` on every backend: what layers assign on the way (statistics, random states,
the kernel that SpectralNormalization rescales) stays in the scope, and gradients flow through it. Afterwards all of
it is assigned for good but the trained weights, which are the optimizer's.
"""

import contextlib

import keras

_BACKEND = keras.config.backend()

if _BACKEND == "tensorflow":
    import tensorflow as tf
elif _BACKEND == "jax":
    import jax
elif _BACKEND == "torch":
    import torch


class _PassOver:
    """`fit` passes over the batches of an epoch that restored weights have seen: as many as `self.position.skip`."""

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
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(values)
            with keras.StatelessScope(zip(weights, values, strict=True)) as scope:
                loss = loss_fn()
            # A strategy adds up the gradients of its devices, each a mean over a part of the batch.
            scaled = optimizer.scale_loss(loss) / tf.distribute.get_strategy().num_replicas_in_sync
        _assign_others(self, weights, scope)
        self.apply_gradients(optimizer, tape.gradient(scaled, values), weights)
        return loss

    def apply_gradients(self, optimizer, gradients, weights):
        """`optimizer.apply`; where the GAN may, compiled with XLA: one pass over the weights instead of a dozen."""
        # Dense, as elsewhere: an Embedding's are slices, of which Keras would clip each alone.
        gradients = [g if g is None else tf.convert_to_tensor(g) for g in gradients]
        if not self.fuse_updates or not tf.inside_function() or tf.distribute.has_strategy():
            optimizer.apply(gradients, weights)
            return
        tf.function(lambda *values: optimizer.apply(values, weights), jit_compile=True, autograph=False)(*gradients)


class _TorchStep(_PassOver):
    def train_step(self, data):
        return self.update(data)

    def test_step(self, data):
        with torch.enable_grad():  # Keras turns it off here, but a penalty is made of a gradient
            return self.measure(data)

    def pass_over(self, data):
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
one step on a scalar loss, changes the weights of that network alone, and returns the loss."""


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


def own_share(draw, count):
    """Random numbers for this device's part of a batch.

    Under a strategy of `tf.distribute` every device runs the step on a part of the batch, with the same random state.
    So each draws for the whole batch and takes its own rows: together they use what one device would have used.

    Args:
        draw: function of a count that returns that many rows. count: rows wanted here.

    Returns:
        Tensor of `count` rows.
    """
    context = tf.distribute.get_replica_context() if _BACKEND == "tensorflow" else None
    if context is None or context.num_replicas_in_sync == 1:
        return draw(count)
    start = context.replica_id_in_sync_group * count
    return draw(context.num_replicas_in_sync * count)[start : start + count]


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


def _assign_others(model, weights, scope):
    """Assign what was assigned in a scope, to all variables of a model but these weights."""
    chosen = {id(w) for w in weights}
    for variable in model.variables:
        value = None if id(variable) in chosen else scope.get_current_value(variable)
        if value is not None:
            variable.assign(value)


def _current(scope, variable):
    value = scope.get_current_value(variable)
    return variable.value if value is None else value
