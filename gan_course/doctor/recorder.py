"""Turns calls of Keras' methods into the records of `events`: who was trained, on what, with which labels."""

import contextlib
import weakref

import keras
import numpy as np

from gan_course.doctor import frameworks, meters, names
from gan_course.doctor.events import GIVEN, Batch, Log, LossUse, Noise, OptimizerUse
from gan_course.doctor.fingerprints import Memory, digest, some_values, spread_rows
from gan_course.doctor.hooks import FAILED, after_each_batch
from gan_course.doctor.labels import Labels, first_labels, is_binary
from gan_course.doctor.snapshots import PLAYERS
from gan_course.doctor.structure import (
    contains,
    fits,
    fits_batch,
    fits_output,
    is_wrapper,
    learning_rate,
    noise_position,
)
from gan_course.validate import input_shapes, layers_of


class Recorder(Labels):
    """Keeps the log of one visit.

    Args:
        generator: a Keras model that is built.
        discriminator: a Keras model that is built.
        history: the `History` of their weights.
        latent_dim: size of a noise vector, or None.
        sample_shape: shape of one sample, a tuple, or None. It counts where the discriminator does not know it.
    """

    def __init__(self, generator, discriminator, history, latent_dim=None, sample_shape=None):
        self.networks = {"generator": generator, "discriminator": discriminator}
        self.history, self.log, self.troubles = history, Log(), []
        inside = [(name, network, part) for name, network in self.networks.items() for part in layers_of(network)]
        self.players = {id(part): name for name, network, part in inside if is_wrapper(part, network)}
        self.watched, self.calling, self.used_as = {*self.players}, [], {}
        position = noise_position(generator, latent_dim)
        shapes = input_shapes(generator)
        self.noise_shape = shapes[position] if position < len(shapes) else latent_dim and (None, latent_dim)
        self.sample_shape = next(iter(input_shapes(discriminator)), sample_shape and (None, *sample_shape))
        self.owners = {frameworks.identity(w): name for name, ws in history.weights.items() for w in ws}
        self.moved_now, self.optimizers = set(), {}
        self.memory, self.doing, self.flags, self.outputs, self.roles = Memory(), [], [], [], {}
        self.traced_outputs, self.metered = [], meters.calls(generator)
        meters.prepare(generator, self.noise_shape)
        self.dataset = None

    def close(self):
        """Read what could not be read inside of a graph: learning rates, noise and data where none were seen."""
        if not self.log.training_noise():
            for rows in meters.read(self.networks["generator"], self.metered):
                rows = rows.reshape(len(rows), *self.noise_shape[1:])
                self.log.noises.append(Noise(self.log.ticks, rows, digest(rows), "update"))
        with contextlib.suppress(Exception):  # the user's data set may do anything
            for batch in frameworks.first_batches(self.dataset):
                self.discriminator_got(batch, None, "dataset")
        self.log.noise_shape, self.log.sample_shape = self.noise_shape, self.sample_shape
        for key, optimizer in self.optimizers.items():
            if key in self.log.optimizers:
                self.log.optimizers[key].learning_rate = learning_rate(optimizer)

    # Training events

    def tick(self, loop, players=None, sync=None):
        """Count one training event.

        Args:
            loop: how the training is done, such as "train_on_batch".
            players: set of the players that moved. Defaults to None: as far as a few weights tell.
            sync: function that writes the values of a running `fit` into the variables. Defaults to None: they are
                there.
        """
        log = self.log
        log.ticks += 1
        log.loops.add(loop)
        if sync is None:
            moved = players if loop == "tf.function" else self.history.changed()
            players = moved if players is None else players
            self.history.note_broken(log.ticks, self.history.seen)
        elif self.history.needs(log.ticks):
            sync()
        self.moved_now = set(PLAYERS) if players is None else players
        for player in self.moved_now:
            log.updates[player] += 1
        if self.history.needs(log.ticks):
            self.history.observe(log.ticks)

    def role(self, model):
        """Whom a model trains: "generator", "discriminator", "both", or None for a model without players."""
        if id(model) not in self.roles:
            inside = [name for name in PLAYERS if contains(model, self.networks[name])]
            self.roles[id(model)] = "both" if len(inside) == 2 else next(iter(inside), None)
        return self.roles[id(model)]

    def player_of(self, model):
        """Which player a model is, or None. A wrapper of a player that is used instead of it is kept in `used_as`."""
        if id(model) not in self.players:
            found = [name for name, network in self.networks.items() if is_wrapper(model, network)]
            self.players[id(model)] = next(iter(found), None)
            self.used_as |= {name: model for name in found if any(p is self.networks[name] for p in layers_of(model))}
        return self.players[id(model)]

    def trained_on_batch(self, model, args, kwargs):
        role, nested = self.role(model), bool(self.doing)
        if role is None:
            return None
        self.player_of(model)
        self.doing.append("train_on_batch")
        x, y = _arguments(args, kwargs, ("x", "y"))
        self.targets_given(model, y)
        if not nested and role == "discriminator":
            self.name_labels(self.discriminator_got(x, y, "train_on_batch"), y)
        elif not nested and role == "both":
            self.combined_got(x, y)

        def finish(result):
            self.doing.pop()
            if result is FAILED or nested:
                return
            self.tick("train_on_batch")
            self.after_step(role, result)

        return finish

    def after_step(self, role, result):
        """Note who moved in a step of `train_on_batch`, and the loss that it returned."""
        if role == "both":
            self.log.combined_moves.append("discriminator" in self.moved_now)
        value = result.get("loss") if isinstance(result, dict) else result  # return_dict=True
        value = value[0] if isinstance(value, (list, tuple)) else value
        if isinstance(value, (float, np.floating, np.ndarray)) and np.size(value) == 1:
            self.log.reported["generator" if role == "both" else role].append(float(value))

    def fitted(self, model, args, kwargs):
        role = self.role(model)
        if role is None:
            return None
        self.player_of(model)
        self.doing.append("fit")
        x, y = _arguments(args, kwargs, ("x", "y"))
        sync = getattr(model, "jax_state_sync", None)
        if "fit" not in self.doing[:-1]:
            after_each_batch(args, kwargs, lambda batch, logs: self.tick("fit", None, sync))
        self.targets_given(model, y)
        self.fit_got(role, x, y, kwargs)
        if role == "both" and type(model).train_step is not keras.Model.train_step and not self.log.batches:
            self.dataset = x
        return lambda result: self.doing.pop()

    def fit_got(self, role, x, y, options):
        """Note the data of a `fit`, where they are arrays."""
        if role == "generator" or x is None:
            return
        behind = frameworks.arrays_of(x)
        if behind:  # a dataset, which shuffles by itself
            x, y, options = behind, None, {}
        first = next((a for a in keras.tree.flatten(x) if fits_batch(a, self.sample_shape)), None)
        if first is None:
            if role == "both":
                self.combined_got(x, y)
            return
        self.discriminator_got(x, y if role == "discriminator" else None, "fit")
        self.log.unshuffled_fit |= options.get("shuffle") is False

    def function_called(self, function, args, kwargs):
        if self.doing or frameworks.inside_graph():
            return None
        self.doing.append("function")
        for x in keras.tree.flatten((args, kwargs)):
            if fits_batch(x, self.sample_shape):
                self.discriminator_got(x, None, "function")
            elif fits_batch(x, self.noise_shape):
                self.generator_got(x, "update")

        def finish(result):
            self.doing.pop()
            moved = set() if result is FAILED else self.history.changed()
            if moved:
                self.tick("tf.function", moved)

        return finish

    def applied(self, optimizer, args, kwargs):
        gradients, variables = _arguments(args, kwargs, ("grads", "trainable_variables"))
        players = self.used(optimizer, variables)
        traced = any(frameworks.is_symbolic(g) for g in gradients if g is not None)
        if self.doing or traced or not players:
            return None
        return lambda result: None if result is FAILED else self.tick("apply", players)

    def applied_stateless(self, optimizer, args, kwargs):
        if not self.doing:  # Keras' own methods on JAX call it, too
            self.log.loops.add("stateless")
        return None

    def used(self, optimizer, variables):
        """Note whose weights an optimizer was given. Returns the set of the players."""
        given = [self.owners.get(frameworks.identity(v)) for v in variables or ()]
        self.optimizers[id(optimizer)] = optimizer
        return self.note_use(optimizer, set(given) - {None}, None)

    def note_use(self, optimizer, players, rate):
        """Note that an optimizer was applied to the weights of these players. Returns them."""
        if players:
            use = self.log.optimizers.setdefault(id(optimizer), OptimizerUse(type(optimizer).__name__, rate))
            use.players |= players
            use.together |= len(players) == 2
            for player in players:
                use.counts[player] = use.counts.get(player, 0) + 1
        return players

    def torch_stepped(self, optimizer):
        parameters, rate = frameworks.torch_parameters(optimizer)
        players = self.note_use(optimizer, {self.owners[p] for p in parameters if p in self.owners}, rate)
        if players and not self.doing:
            self.tick("torch.optim", players)

    # Values

    def predicted(self, model, args, kwargs):
        (x,) = _arguments(args, kwargs, ("x",))
        self.doing.append("predict")

        def finish(result):
            self.doing.pop()
            if result is not FAILED and self.player_of(model) == "generator":
                self.generator_made(x, result, "other")

        return finish

    def layer_called(self, layer, args, kwargs):
        player = self.players[id(layer)]
        if player in self.calling:  # a wrapper that calls what is inside of it
            return None
        flag = kwargs.get("training")
        flag = flag if isinstance(flag, bool) or not self.flags else self.flags[-1]
        self.flags.append(flag)
        x = args[0] if args else next(iter(kwargs.values()), None)
        every = [a for a in keras.tree.flatten(x) if a is not None]
        self.learn_shape(player, every)
        concrete = bool(every) and all(frameworks.is_concrete(a) for a in every)
        if "predict" not in self.doing:
            self.log.training_flags[player].add(flag if isinstance(flag, bool) else None)
            if not concrete:
                self.traced(player, every)
            if player == "generator" and flag is not False:
                noise = next((x for x in every if fits(x, self.noise_shape)), None)
                meters.write(self.networks["generator"], noise)
        eager = concrete and (not self.doing or self.doing[-1] == "fit")
        self.calling.append(player)

        def finish(result):
            self.flags.pop()
            self.calling.remove(player)
            if result is FAILED or "predict" in self.doing:
                return
            if not eager and player == "discriminator" and frameworks.is_symbolic(keras.tree.flatten(result)[0]):
                self.remember_output(result, traced=self.kind_in_graph(every))
            if eager:
                self.called_eagerly(player, x, result, flag)
            elif concrete and player == "generator" and frameworks.is_compiled(keras.tree.flatten(result)[0]):
                self.log.constant_noise = True

        return finish

    def learn_shape(self, player, inputs):
        """Take the shape of a player's first input from a call, where a subclass of `keras.Model` does not know it."""
        name = "noise_shape" if player == "generator" else "sample_shape"
        if getattr(self, name) is None and inputs and getattr(inputs[0].shape, "rank", 1) is not None:
            setattr(self, name, (None, *tuple(inputs[0].shape)[1:]))

    def called_eagerly(self, player, x, result, flag):
        """Note values that went into a player and came out of it, outside of any graph."""
        if player == "generator":
            self.generator_made(x, result, "update" if flag is True else "other")
            return
        batch = self.discriminator_got(x, None, "call", flag)
        if batch is not None:
            self.remember_output(result, batch.kind)

    def remember_output(self, result, kind=None, traced=None):
        """Remember a score of D, so that a loss of it is recognized; `kind` or `traced`, in graphs, says of what."""
        output = keras.tree.flatten(result)[0]
        self.outputs = [*self.outputs[-7:], (weakref.ref(output), kind)]
        self.traced_outputs = [*self.traced_outputs[-7:], (weakref.ref(output), traced)]

    def traced(self, player, inputs):
        """Note where symbolic inputs of a player come from."""
        for x in inputs:
            found = frameworks.origins(x)
            if player == "generator" and fits(x, self.noise_shape):
                self.log.constant_noise |= bool(found) and found[0] <= {"Const", "Identity", "Cast"}
            if player == "discriminator" and fits(x, self.sample_shape):
                data = [names for names in found if not names & frameworks.NETWORK]
                data = [names for names in data if not any(n.startswith(frameworks.RANDOM) for n in names)]
                self.log.mixed |= 0 < len(data) < len(found)
                if data:
                    self.log.rescaled = any(names & frameworks.ARITHMETIC for names in data)

    def loss_computed(self, loss, args, kwargs):
        y_true, y_pred = _arguments(args, kwargs, ("y_true", "y_pred"))
        tensors = keras.tree.flatten(y_pred)
        if "predict" in self.doing or not tensors or not hasattr(tensors[0], "shape"):
            return None
        scores = self.networks["discriminator"]
        if fits_output(tensors[0], scores) and type(loss).__name__ != "CompileLoss":
            name = getattr(loss, "name", type(loss).__name__)
            logits = getattr(loss, "from_logits", None) if "crossentropy" in type(loss).__name__.lower() else None
            self.log.losses.setdefault(id(loss), LossUse(name, logits)).count += 1
            self.targets_computed(y_true, tensors[0], is_binary(name) or is_binary(type(loss).__name__))
        self.labels_computed(y_true, tensors[0])
        return None

    def function_computed(self, name, raw, args, kwargs):
        """Note a cross-entropy that is a plain function, if it is computed of scores of D."""
        pairs = [("target", "y_true", "labels"), ("input", "output", "y_pred", "logits")]
        named = [next((kwargs[n] for n in names if n in kwargs), None) for names in pairs]
        if raw is not None and name != "sigmoid_cross_entropy_with_logits":  # PyTorch has the scores first
            scores, labels = (args[i] if i < len(args) else n for i, n in enumerate(named[::-1]))
        else:
            labels, scores = (args[i] if i < len(args) else n for i, n in enumerate(named))
        if not any(output() is scores for output, _ in self.outputs):
            return
        raw = kwargs.get("from_logits", args[2] if len(args) > 2 else False) if raw is None else raw
        self.log.losses.setdefault((name, raw), LossUse(name, bool(raw))).count += 1
        self.targets_computed(labels, scores, True)
        self.labels_computed(labels, scores)

    def combined_got(self, x, y):
        """Note noise and labels of a step of the combined model."""
        self.generator_got(x, "update")
        labels = first_labels(y)
        if labels is not None and len(self.log.generator_labels) < 2_000:
            self.log.generator_labels.append(float(np.mean(labels)))

    def generator_got(self, x, purpose):
        """Note noise that G got. Returns the index of the record, or None."""
        every = [a for a in keras.tree.flatten(x) if frameworks.is_concrete(a)]
        noise = next((a for a in every if fits_batch(a, self.noise_shape)), None)
        if noise is None or len(self.log.noises) >= 2_000:
            return None
        values = frameworks.to_array(noise)
        extras = [spread_rows(frameworks.to_array(a)).copy() for a in every if a is not noise]
        rows = np.array(spread_rows(values), "float32")
        self.log.noises.append(Noise(self.log.ticks, rows, digest(values), purpose, extras))
        return len(self.log.noises) - 1

    def generator_made(self, x, samples, purpose):
        """Remember samples that G made, and the noise that it made them of."""
        index = self.generator_got(x, purpose)
        output = keras.tree.flatten(samples)[0]
        if frameworks.is_concrete(output):
            self.memory.add(frameworks.to_array(output), (self.log.updates["generator"], index))

    def discriminator_got(self, x, y, source, flag=None):
        """Note a batch that D got, and return the record, or None for something else than a batch of samples."""
        every = [a for a in keras.tree.flatten(x) if frameworks.is_concrete(a)]
        samples = next((a for a in every if fits_batch(a, self.sample_shape)), None)
        if samples is None:
            return None
        values = frameworks.to_array(samples)
        rows = spread_rows(values, 1024 if source in GIVEN else 64)
        found = self.memory.find(rows)
        fake = np.array([stamp is not None for stamp in found])
        batch = Batch(self.log.ticks, _kind(fake), source, digest=digest(values), training=flag)
        batch.ages = [self.log.updates["generator"] - stamp[0] for stamp in found if stamp is not None]
        for index in {stamp[1] for stamp in found if stamp is not None} - {None}:
            self.log.noises[index].purpose = "judged"
        self.note_labels(batch, y, values.shape, fake)
        if not fake.all():
            real = np.array(rows[~fake])
            batch.features = some_values(real)
            batch.rows = real
            batch.extras = [spread_rows(frameworks.to_array(a), len(rows))[~fake] for a in every if a is not samples]
        self.log.add_batch(batch)
        if batch.kind == "real":
            self.name_data(values, source == "fit")
        return batch

    def name_data(self, values, is_whole):
        """Note what the user calls the array that a batch of real samples comes from; `is_whole` if it is the batch."""
        if self.log.data_name is None and self.log.batch_count <= 4:
            with contextlib.suppress(Exception):  # names are a comfort, and the user's objects may do anything
                self.log.data_name = names.name_of_data(values, names.callers(), 1 if is_whole else 2)


def _kind(fake):
    return "fake" if fake.all() else "mixed" if fake.any() else "real"


def _arguments(args, kwargs, names):
    """The values of the first arguments of a call, given by position or by name; None for those that are missing."""
    return tuple(args[i] if i < len(args) else kwargs.get(name) for i, name in enumerate(names))
