"""What test_cluster.py asks of TensorFlow or JAX on two machines: two processes that talk through this one's loopback.

probes/cluster.py FOLDER           starts two workers that are killed, then two that finish; compares them with one
                                   process; prints one JSON object
probes/cluster.py kill FOLDER      a worker: begins a run of `python -m gan_course train` in FOLDER/run; the second
                                   worker is killed by SIGKILL
probes/cluster.py finish FOLDER    a worker: trains by `GAN.fit`, stores the weights, and goes on with that run

Choose the backend with KERAS_BACKEND.
"""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

BACKEND = os.environ["KERAS_BACKEND"]
COUNTS = (64, 48) if BACKEND == "jax" else (79, 65)
"""Samples of two trainings in batches of 16. TensorFlow's last batches have 15 samples and 1, of which the two workers
get 8 and 7, and 1 and none. JAX divides evenly."""
LINE = "train digits --networks mlp --batch 100 --steps 20 --every 8 --seed 3"  # 14 steps per epoch
KILLED_AT = 13
LIMIT = 200  # seconds after which a worker is taken to hang
PATIENCE = {"tensorflow": 60, "jax": 5}[BACKEND]
"""Seconds that a worker gets to notice that the other one is dead. TensorFlow takes 15 s, JAX 80 s. Then it is
killed, as by Slurm or Kubernetes."""


# In a worker


def fit():
    """The weights after two trainings, and their losses."""
    import keras
    import numpy as np
    from keras import layers

    from gan_course.cluster import join
    from gan_course.devices import data_parallel
    from gan_course.gan import GAN

    join()
    images = np.random.default_rng(0).uniform(-1, 1, size=(79, 4, 4, 1)).astype("float32")
    with data_parallel(1):
        keras.utils.set_random_seed(0)
        generator = [layers.Dense(8), layers.LeakyReLU(), layers.Dense(16, "tanh"), layers.Reshape((4, 4, 1))]
        gan = GAN(
            keras.Sequential([keras.Input((3,)), *generator]),
            keras.Sequential([keras.Input((4, 4, 1)), layers.Flatten(), layers.Dense(8, "silu"), layers.Dense(1)]),
            seed=0,
        )
        gan.compile(gradient_penalty_weight=1.0, r1_weight=0.5)
        before, losses = gan.get_weights(), []
        for count in COUNTS:
            options = {"batch_size": 16, "epochs": 2, "verbose": 0, "validation_data": images[:32]}
            losses += [x for each in gan.fit(images[:count], **options).history.values() for x in each]
        samples = gan.generate(5, seed=1)
    return [*gan.get_weights(), samples, np.array(losses)], before


def kill(folder):
    """Begin a run. The second worker is killed in the middle of it."""
    from gan_course.cluster import join
    from gan_course.train import observers

    update, is_killed = observers.Progress.update, not join().is_chief

    def update_and_die(self, number, logs):
        update(self, number, logs)
        if is_killed and number == KILLED_AT:
            os.kill(os.getpid(), signal.SIGKILL)

    observers.Progress.update = update_and_die
    return train(folder / "run")


def finish(folder):
    """Train by `GAN.fit`, and then go on with the run."""
    import numpy as np

    from gan_course import __main__ as command
    from gan_course.cluster import worker

    arrays, _ = fit()
    np.savez(folder / f"fit_{worker().index}.npz", *arrays)
    return command.main(["train", "--resume", str(folder / "run")])


def train(folder):
    """The run, from its beginning: its exit status."""
    from gan_course import __main__ as command

    return command.main([*LINE.split(), "--out", str(folder)])


# In the process that starts them


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def environments():
    """What two workers find in their environments."""
    if BACKEND == "jax":
        address = {"JAX_COORDINATOR_ADDRESS": f"127.0.0.1:{free_port()}", "JAX_NUM_PROCESSES": "2"}
        return [{**address, "JAX_PROCESS_ID": str(index)} for index in range(2)]
    hosts = {"worker": [f"127.0.0.1:{free_port()}" for _ in range(2)]}
    return [{"TF_CONFIG": json.dumps({"cluster": hosts, "task": {"type": "worker", "index": i}})} for i in range(2)]


def workers(work, folder):
    """Run two workers. Their exit statuses; after the death of the second, the first has only so many seconds left."""
    started = []
    for index, environment in enumerate(environments()):
        with open(folder / f"{work}_{index}.log", "w") as log:
            line = [sys.executable, __file__, work, str(folder)]
            started.append(subprocess.Popen(line, env={**os.environ, **environment}, stdout=log, stderr=log))
    try:
        first, second = started
        second.wait(LIMIT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            first.wait(PATIENCE)
    finally:
        for process in started:
            process.kill()
    return [process.wait() for process in started]


def difference(arrays, others):
    import numpy as np

    return max(float(np.abs(np.subtract(a, b, dtype=float)).max()) for a, b in zip(arrays, others, strict=True))


def fits(folder):
    """How far `GAN.fit` of each worker ends from that of one process, and how far this one went."""
    import numpy as np

    (*weights, samples, losses), before = fit()
    found = {"weights": 0.0, "samples": 0.0, "losses": 0.0, "moved": difference(weights, before)}
    for index in range(2):
        with np.load(folder / f"fit_{index}.npz") as stored:
            *other_weights, other_samples, other_losses = (stored[name] for name in stored.files)
        found["weights"] = max(found["weights"], difference(weights, other_weights))
        found["samples"] = max(found["samples"], difference(samples, other_samples))
        found["losses"] = max(found["losses"], difference(losses, other_losses))
    return found


def runs(folder):
    """The run of two workers beside that of one process: how far it ends from it, and which files there are."""
    from gan_course.train.runs import load

    gans, files, losses = [], [], []
    for name in ("run", "one"):
        gans.append(load(folder / name)[0])
        paths = (path.relative_to(folder / name) for path in (folder / name).rglob("*") if path.is_file())
        files.append(sorted(str(path) for path in paths if "tensorboard" not in path.parts))
        lines = (folder / name / "history.jsonl").read_text("utf-8").splitlines()
        losses.append([[json.loads(line)[loss] for loss in ("d_loss", "g_loss")] for line in lines])
    return {
        "weights": difference(*(gan.get_weights() for gan in gans)),
        "losses": difference(*losses),
        "steps": [gan.steps_behind() for gan in gans],
        "files": files,
    }


def report(folder):
    found = {"backend": BACKEND, "killed": workers("kill", folder)}
    with contextlib.redirect_stdout(sys.stderr):
        from gan_course.train.runs import load

        found["checkpoint"] = load(folder / "run")[0].steps_behind()
        found["finished"] = workers("finish", folder)
        found["fit"] = fits(folder)
        train(folder / "one")
        return {**found, "run": runs(folder)}


if __name__ == "__main__":
    work, *rest = sys.argv[1:]
    if work in ("kill", "finish"):
        sys.exit({"kill": kill, "finish": finish}[work](Path(*rest)))
    print(json.dumps(report(Path(work))))
