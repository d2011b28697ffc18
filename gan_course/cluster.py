"""Several machines that train one model: who takes part, and how this process joins the others.

Each machine runs the same program. Such a process is called a worker. All workers have the same weights. In each step
a worker computes with its own part of the batch, and the workers add up their gradients. The first worker is called the
chief, and it alone writes files.

The environment says who takes part, and nothing else has to be said:

* On TensorFlow the variable `TF_CONFIG` names all workers and says which one this is. The workers train by
  `tf.distribute.MultiWorkerMirroredStrategy`.
* On JAX the variable `JAX_COORDINATOR_ADDRESS` is the address of the chief, with a port, `JAX_NUM_PROCESSES` the number
  of workers, and `JAX_PROCESS_ID` the number of this one, from 0. Where the last two are missing, JAX asks Slurm or MPI
  for them. The workers train by `jax.distributed` and `keras.distribution`.

All weights are then those that one worker would have, up to rounding, with one exception: on TensorFlow each device
takes the statistics of BatchNormalization and of `layers.MinibatchStandardDeviation` from its own part of the batch.
`BatchNormalization(synchronized=True)` takes them from the whole batch, as JAX always does.

If a worker dies, the next step of all others fails. Start all of them again, and go on from the last checkpoint.
"""

import contextlib
import functools
import json
import os
from typing import NamedTuple

import keras
import numpy as np

_BACKEND = keras.config.backend()

if _BACKEND == "tensorflow":
    import tensorflow as tf
elif _BACKEND == "jax":
    import jax
    from jax.experimental import multihost_utils


class Worker(NamedTuple):
    """One of the processes that train a model together.

    Attributes:
        index: its number, from 0.
        count: the number of workers.
    """

    index: int = 0
    count: int = 1

    @property
    def is_chief(self):
        """Whether this is the first worker, which writes the files."""
        return self.index == 0


def join() -> Worker:
    """Join the other workers, if the environment says that there are some, and wait for them.

    Call this before anything is computed: TensorFlow and JAX refuse it later.

    Returns:
        The `Worker` that this process is.

    Raises:
        ValueError: if the environment names other workers in a way that this backend does not know.
        RuntimeError: if something was computed before, or, on JAX, if the others do not come within five minutes.
    """
    if _BACKEND == "tensorflow" and worker().count > 1:
        _strategy()
    elif _BACKEND == "jax" and "JAX_COORDINATOR_ADDRESS" in os.environ:
        _join_on_jax()
    elif _BACKEND == "torch" and {"TF_CONFIG", "JAX_COORDINATOR_ADDRESS"} & {*os.environ}:
        raise ValueError(
            "Several machines cannot train on PyTorch. Expected the backend tensorflow or jax, where the environment "
            "names other machines in TF_CONFIG or JAX_COORDINATOR_ADDRESS. Received: torch. Choose another backend."
        )
    return worker()


def worker() -> Worker:
    """The `Worker` that this process is: the only one, unless the environment names others.

    On JAX this is known after `join`.

    Raises:
        ValueError: for a `TF_CONFIG` that is not in the form that TensorFlow knows.
    """
    if _BACKEND == "jax":
        return Worker(jax.process_index(), jax.process_count())
    return _worker_of(os.environ.get("TF_CONFIG", "{}")) if _BACKEND == "tensorflow" else Worker()


def _worker_of(text):
    """The `Worker` that a text in the form of `TF_CONFIG` describes."""
    try:
        config = json.loads(text)
        hosts, task = config.get("cluster", {}), config.get("task", {})
        jobs = [(name, number) for name in ("chief", "worker") for number in range(len(hosts.get(name, [])))]
        if not jobs:
            return Worker()
        return Worker(jobs.index((task["type"], int(task["index"]))), len(jobs))
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise ValueError(
            "Invalid TF_CONFIG. Expected JSON with the addresses of all workers and the number of this one, such as "
            '{"cluster": {"worker": ["a:2222", "b:2222"]}, "task": {"type": "worker", "index": 0}}. Received: '
            f"{text!r} ({error}). Correct it, or unset it to train on this machine alone."
        ) from error


@functools.cache
def _strategy():
    """The one strategy of all workers. It can be made only once in a process."""
    return tf.distribute.MultiWorkerMirroredStrategy()


@functools.cache
def _join_on_jax():
    """Join the other processes on JAX. This can be done only once in a process."""
    given = (os.environ.get(name) for name in ("JAX_NUM_PROCESSES", "JAX_PROCESS_ID"))
    numbers = [None if text is None else int(text) for text in given]
    keras.distribution.initialize(os.environ["JAX_COORDINATOR_ADDRESS"], *numbers)


@contextlib.contextmanager
def all_workers():
    """Context manager: a model that is built and trained in the `with` block trains on all devices of all workers.

    Call `join` first.
    """
    if _BACKEND == "tensorflow":
        with _strategy().scope():
            yield
    else:
        with keras.distribution.DataParallel(auto_shard_dataset=False).scope():  # `GAN.fit` gives each its part
            yield


def any_worker(flag: bool) -> bool:
    """Whether a flag is set on at least one worker. All workers have to ask at the same step, and get the same answer.

    Args:
        flag: this worker's own flag.

    Returns:
        The answer. Where there is only one worker, it is the flag.
    """
    if worker().count == 1:
        return flag
    if _BACKEND == "tensorflow":
        return float(_strategy().reduce("SUM", tf.constant(float(flag)), axis=None)) > 0
    return bool(multihost_utils.process_allgather(np.array(flag)).any())


def reducible(logs):
    """The logs of a step in the form in which Keras averages them over several machines: with an axis for that.

    On TensorFlow Keras calls `strategy.reduce("MEAN", value, axis=0)` there, which refuses scalars (Keras 3.15).

    Args:
        logs: dictionary of scalar tensors.

    Returns:
        Dictionary of tensors `(1,)`, or the logs as they are where there is only one machine.
    """
    if _BACKEND == "tensorflow" and worker().count > 1 and tf.distribute.has_strategy():
        return {name: value[None] for name, value in logs.items()}
    return logs


class SeveralMachines:
    """Mixin for a `keras.Model` that is built before it is trained: `fit` of Keras works on several machines, too.

    Keras wants to build the model from the mean of a batch. On TensorFlow it computes this mean for all machines, and
    fails, since a batch is a tuple. The model is built already. Keras has no public way to leave this out (3.13 to
    3.15).
    """

    def _maybe_symbolic_build(self, iterator=None, data_batch=None):
        if worker().count == 1:
            super()._maybe_symbolic_build(iterator, data_batch)
