"""`python -m gan_course doctor script.py`: it runs a script, finds its players, and reports."""

import keras
import pytest

SCRIPT = """
import sys
import keras, numpy as np
from keras import layers
assert sys.argv[1:] == ["--epochs", "3"] and __name__ == "__main__"
g = keras.Sequential([keras.Input((4,)), layers.Dense(6, activation="tanh")])
d = keras.Sequential([keras.Input((6,)), layers.Dense(1, activation="sigmoid")])
d.compile("adam", "binary_crossentropy")
d.trainable = False
gan = keras.Sequential([keras.Input((4,)), g, d])
gan.compile("adam", "binary_crossentropy")
for step in range(20):
    d.train_on_batch(np.random.uniform(-1, 1, (8, 6)), np.ones((8, 1)))
    d.train_on_batch(g.predict_on_batch(np.random.normal(size=(8, 4))), np.zeros((8, 1)))
    gan.train_on_batch(np.random.normal(size=(8, 4)), np.ones((8, 1)))
"""


@pytest.mark.backends
@pytest.mark.parametrize(
    ("end", "status", "said"),
    [
        ("print('the end')", 0, ["the end", "1. sleeping-discriminator (illness)", "60 training events"]),
        ("raise OSError('disk full')", 1, ["1. sleeping-discriminator (illness)", "OSError: disk full"]),
    ],
)
def test_a_script_gets_its_report(run_python, tmp_path, end, status, said):
    path = tmp_path / "broken.py"
    path.write_text(SCRIPT + end + "\n", "utf-8")
    backend = keras.config.backend()
    child = run_python("-m", "gan_course", "doctor", path, "--epochs", "3", KERAS_BACKEND=backend)
    assert child.returncode == status, child.stderr
    for text in said:
        assert text in child.stdout
    assert ("disk full" in child.stderr) == bool(status)


TAPE = """
import keras, numpy as np, tensorflow as tf
from keras import layers
g = keras.Sequential([keras.Input((4,)), layers.Dense(6, activation="tanh")])
d = keras.Sequential([keras.Input((6,)), layers.Dense(8, activation="relu"), layers.Dense(1)])
optimizer, bce = keras.optimizers.Adam(), keras.losses.BinaryCrossentropy(from_logits=True)

@tf.function
def step(real):
    with tf.GradientTape() as tape:
        scores, fakes = d(real), d(g(tf.random.normal((8, 4))))
        loss = bce(tf.ones_like(scores), scores) + bce(tf.zeros_like(fakes), fakes)
    weights = d.trainable_variables
    optimizer.apply_gradients(zip(tape.gradient(loss, weights), weights))

for _ in range(40):
    step(tf.constant(np.random.uniform(-1, 1, (8, 6)), "float32"))
"""


@pytest.mark.skipif(keras.config.backend() != "tensorflow", reason="a tape of TensorFlow")
def test_two_sequential_models_and_a_tape_are_found(run_python, tmp_path):
    """A `Sequential` keeps a functional model inside, which is no player of its own."""
    path = tmp_path / "tape.py"
    path.write_text(TAPE, "utf-8")
    child = run_python("-m", "gan_course", "doctor", path, KERAS_BACKEND="tensorflow")
    assert child.returncode == 0, child.stderr
    assert "1. sleeping-generator (illness)" in child.stdout


def test_a_script_without_players_is_told_what_to_do(run_python, tmp_path):
    path = tmp_path / "nothing.py"
    path.write_text("print('no model here')\n", "utf-8")
    child = run_python("-m", "gan_course", "doctor", path, KERAS_BACKEND=keras.config.backend())
    assert child.returncode == 0, child.stderr
    assert "none that is built" in child.stdout
    assert "doctor.watch(generator=" in child.stdout


def test_a_path_that_does_not_exist_is_refused(run_python):
    child = run_python("-m", "gan_course", "doctor", "no_such.py", KERAS_BACKEND=keras.config.backend())
    assert child.returncode == 2
    assert "no_such.py" in child.stderr
