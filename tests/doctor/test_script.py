"""`python -m gan_course doctor script.py`: it runs a script, finds its players, and reports."""

import gc
import re
import runpy
import sys
from types import SimpleNamespace

import keras
import pytest

from gan_course import __main__ as command
from gan_course.doctor import script

pytestmark = pytest.mark.filterwarnings("ignore")  # Keras warns of the scripts' mistakes


@pytest.fixture(scope="module", autouse=True)
def _few_objects():
    """The command looks through all objects of a process again and again: here only through those of these tests."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.fixture
def doctor(tmp_path, capsys):
    """A function of a script's text and of the command's options, that returns the exit status and what was printed."""
    path = tmp_path / "script.py"

    def run(text, *options, arguments=()):
        path.write_text(text, "utf-8")
        status = command.main(["doctor", *options, str(path), *arguments])
        return status, words(capsys)

    return run


def words(capsys):
    """What was printed, in one line."""
    return " ".join(capsys.readouterr().out.split())


SCRIPT = """
import sys
from types import SimpleNamespace
import keras, numpy as np
from keras import layers
assert sys.argv[1:] == ["--epochs", "3"] and __name__ == "__main__"
g = keras.Sequential([keras.Input((4,)), layers.Dense(6, activation="tanh")])
d = keras.Sequential([keras.Input((6,)), layers.Dense(1, activation="sigmoid")])
d.compile("adam", "binary_crossentropy", jit_compile=False)
d.trainable = False
gan = keras.Sequential([keras.Input((4,)), g, d])
gan.compile("adam", "binary_crossentropy", jit_compile=False)
for step in range(20):
    d.train_on_batch(np.random.uniform(-1, 1, (8, 6)), np.ones((8, 1)))
    d.train_on_batch(g.predict_on_batch(np.random.normal(size=(8, 4))), np.zeros((8, 1)))
    gan.train_on_batch(np.random.normal(size=(8, 4)), np.ones((8, 1)))
"""


@pytest.mark.backends
def test_a_script_that_fails_gets_its_report_and_its_error_goes_on(doctor, capsys):
    """The report stands behind what the script prints."""
    with pytest.raises(OSError, match="disk full"):
        doctor(SCRIPT + "print('the end')\nraise OSError('disk full')\n", arguments=("--epochs", "3"))
    said = words(capsys)
    assert "the end Doctor's report: 1 illness" in said
    for text in ("1. sleeping-discriminator (illness)", "60 training events; train_on_batch", "OSError: disk full"):
        assert text in said
    assert "gan.train_on_batch(z, ones)" in said  # the script's name for the combined model


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
def test_two_sequential_models_and_a_tape_are_found(doctor):
    """A `Sequential` keeps a functional model inside, which is no player of its own."""
    status, said = doctor(TAPE)
    assert status == 1
    assert "1. sleeping-generator (illness)" in said
    assert "tape.gradient(g_loss, g.trainable_variables)" in said
    assert "train_on_batch" not in said


# A class whose build functions wrap a `Sequential` in a functional model, as in Keras-GAN

WRAPPED = """
import keras, numpy as np
from keras import Input, Model, Sequential, layers
from sklearn.datasets import load_digits

class GAN:
    def __init__(self):
        self.discriminator = self.build_discriminator()
        self.discriminator.compile("adam", "binary_crossentropy", metrics=["accuracy"], jit_compile=False)
        self.generator = self.build_generator()
        z = Input((8,))
        self.discriminator.trainable = False
        self.combined = Model(z, self.discriminator(self.generator(z)))
        self.combined.compile("adam", "binary_crossentropy", jit_compile=False)

    def build_generator(self):
        model = Sequential([Input((8,))])
        model.add(layers.Dense(16, activation="relu"))
        model.add(layers.Dense(64, activation="tanh"))
        model.add(layers.Reshape((8, 8, 1)))
        noise = Input((8,))
        return Model(noise, model(noise))

    def build_discriminator(self):
        model = Sequential([Input((8, 8, 1)), layers.Flatten()])
        model.add(layers.Dense(16, activation="relu"))
        model.add(layers.Dense(1, activation="sigmoid"))
        image = Input((8, 8, 1))
        return Model(image, model(image))

    def train(self, steps, count=32):
        X_train = load_digits().images[..., None] / 16 * ({high} - {low}) + {low}
        valid, fake = np.ones((count, 1)), np.zeros((count, 1))
        for step in range(steps):
            images = X_train[np.random.randint(0, len(X_train), count)]
            samples = self.generator.predict(np.random.normal(size=(count, 8)), verbose=0)
            self.discriminator.trainable = {awake}
            self.discriminator.train_on_batch(images, valid)
            self.discriminator.train_on_batch(samples, fake)
            self.discriminator.trainable = False
            self.combined.train_on_batch(np.random.normal(size=(count, 8)), valid)

keras.utils.set_random_seed({seed})
gan = GAN()
gan.train(12)
"""


@pytest.mark.parametrize(
    ("seed", "changes", "illness", "remedy"),
    [
        (0, {}, None, ""),
        (2, {"awake": False}, "sleeping-discriminator", "self.combined.train_on_batch(z, ones) # G learns"),
        (3, {"low": 0}, "range-mismatch", "X_train = 2 * (X_train.astype('float32') - low)"),
    ],
)
def test_wrapped_networks_are_the_players_and_what_they_make_is_not_real(doctor, seed, changes, illness, remedy):
    status, said = doctor(WRAPPED.format(**({"awake": True, "low": -1, "high": 1, "seed": seed} | changes)))
    assert re.findall(r"\d\. (\S+) \((?:illness|risk)\)", said) == ([illness] if illness else [])
    assert remedy in said
    assert (status == 1) == bool(illness)
    assert "G is the generator, self.generator in your code, and D the discriminator, self.discriminator." in said
    assert "x_train" not in said


# Scripts that fail early

EARLY = """
import keras, numpy as np
from keras import layers
def train(d):
    d.compile("adam", "mse", jit_compile=False)
    d.train_on_batch(np.ones((4, 5)), np.ones((4, 1)))
def build():
    g = keras.Sequential([keras.Input((4,)), layers.Dense(6)])
    d = keras.Sequential([keras.Input((6,)), layers.Dense(1)])
    g.predict_on_batch(keras.ops.ones((2, 4)))
    {line}
    return g, d
build()
"""


@pytest.mark.parametrize("line", ["raise ValueError('no data')", "layers.Dense(-1)", "train(d)"])
def test_a_script_that_fails_before_the_training_is_told_only_its_error_and_its_line(doctor, capsys, line):
    with pytest.raises(ValueError, match=r"no data|positive|shape"):
        doctor(EARLY.format(line=line))
    said = words(capsys)
    assert "Doctor's report: the script failed before the training began. ValueError: " in said
    where = "6, in train: d.train_on_batch(" if line == "train(d)" else f"11, in build: {line}"
    assert f"script.py, line {where}" in said
    assert "Repair this first" in said
    assert "NAME" not in said
    assert "no-training" not in said


# Which models play, and the exit status

PLAYERS = """
import keras, numpy as np
from keras import layers

class Players:
    def __init__(self):
        self.maker = keras.Sequential([keras.Input((4,)), layers.Dense(6)], name="the_maker")
        self.judge = keras.Sequential([keras.Input((6,)), layers.Dense(1)])

def compile(model):
    model.compile(keras.optimizers.Adam(), keras.losses.BinaryCrossentropy(from_logits=True), run_eagerly=True)

def samples():
    return keras.ops.convert_to_numpy(players.maker(np.random.normal(size=(8, 4))))

players, other = Players(), keras.Sequential([keras.Input((4,)), layers.Dense(6)])
data, ones, zeros = np.random.normal(size=(8, 6)), np.ones((8, 1)), np.zeros((8, 1))
compile(players.judge)
"""

PLAY = (
    PLAYERS
    + """
def train(steps):
    both = keras.Sequential([keras.Input((4,)), players.maker, players.judge])
    compile(both)
    for step in range(steps):
        players.judge.trainable = {awake}
        players.judge.train_on_batch(data, ones)
        players.judge.train_on_batch(samples(), zeros)
        players.judge.trainable = False
        both.train_on_batch(np.random.normal(size=(8, 4)), ones)

train({steps})
"""
)

D_ALONE = (
    PLAYERS
    + """
for step in range(12):
    players.judge.train_on_batch(data, ones)
    players.judge.train_on_batch(samples(), zeros)
"""
)


def test_nothing_found_is_status_0_and_says_how_little_was_seen(doctor):
    status, said = doctor(PLAY.format(awake=True, steps=2))
    assert status == 0
    assert "nothing wrong found (6 training events; train_on_batch)" in said
    assert "Not judged after so few training events: who moves (from 10 events on)" in said


@pytest.mark.parametrize(
    ("real", "severity", "status"), [(None, None, 2), (None, "note", 2), (None, "risk", 1), ("some", "note", 0)]
)
def test_without_real_data_nothing_found_is_no_success(real, severity, status):
    findings = [] if severity is None else [SimpleNamespace(severity=severity)]
    matchmaker = script.Matchmaker()
    outcome = SimpleNamespace(real=real, last=None)
    matchmaker.visit = SimpleNamespace(findings=findings, evidence=SimpleNamespace(outcome=outcome))
    assert matchmaker.status() == status


def test_players_may_be_attributes_and_have_their_names_in_the_remedy(doctor):
    status, said = doctor(PLAY.format(awake=False, steps=10))
    assert status == 1
    assert "players.judge.trainable = True" in said
    assert "G is the generator, players.maker in your code, and D the discriminator, players.judge." in said


def test_where_two_models_could_be_the_generator_it_is_asked_for(doctor):
    status, said = doctor(D_ALONE)
    assert status == 2
    assert "it is not clear which two play" in said
    assert "players.maker (the_maker): [(None, 4)] → (None, 6)" in said
    assert "--generator NAME --discriminator NAME" in said


@pytest.mark.parametrize("name", ["players.maker", "the_maker"])
def test_a_player_is_named_by_its_variable_or_its_keras_name(doctor, name):
    status, said = doctor(D_ALONE, "--generator", name)
    assert status == 1
    assert "1. sleeping-generator (illness)" in said
    assert f"G is the generator, {name} in your code" in said


def test_both_players_and_the_data_are_named(doctor):
    options = ("--generator", "players.maker", "--discriminator", "players.judge", "--real", "data")
    status, said = doctor(PLAY.format(awake=False, steps=10), *options)
    assert status == 1
    assert "1. sleeping-discriminator (illness)" in said
    assert "got no real data" not in said


def test_a_name_that_is_not_there_is_said_to_be_so(doctor):
    status, said = doctor(D_ALONE, "--generator", "no_such")
    assert status == 2
    assert "what you named was not found, or does not fit: --generator no_such" in said


def test_a_script_without_players_is_told_what_to_do(doctor):
    status, said = doctor("import sys\nprint('no model here', sys.argv[1:])\nsys.exit()", arguments=("--epochs", "3"))
    assert status == 2
    assert "no model here ['--epochs', '3']" in said
    assert "none that is built" in said
    assert "doctor.watch(generator=" in said


def test_the_exit_status_is_that_of_python_m_gan_course(tmp_path, monkeypatch, capsys):
    path = tmp_path / "script.py"
    path.write_text("print('no model here')", "utf-8")
    monkeypatch.setattr(sys, "argv", ["gan_course", "doctor", str(path)])
    with pytest.raises(SystemExit) as ended:
        runpy.run_module("gan_course", run_name="__main__")
    assert ended.value.code == 2
    assert "no model here Doctor's report" in words(capsys)


# The command line


def test_the_status_with_which_a_script_fails_goes_on(doctor):
    with pytest.raises(SystemExit) as ended:
        doctor(PLAY.format(awake=True, steps=2) + "\nimport sys\nsys.exit(3)")
    assert ended.value.code == 3


def test_help_says_the_options_and_the_exit_status(capsys):
    with pytest.raises(SystemExit) as ended:
        script.main(["--help"])
    assert ended.value.code == 0
    said = capsys.readouterr().out
    for text in ("--generator NAME", "--discriminator NAME", "exit status:", "script.py --epochs 3"):
        assert text in said


@pytest.mark.parametrize(("arguments", "message"), [([], "required: script"), (["no_such.py"], "'no_such.py'")])
def test_a_wrong_command_line_gets_the_help_and_status_2(capsys, arguments, message):
    with pytest.raises(SystemExit) as ended:
        script.main(arguments)
    assert ended.value.code == 2
    said = capsys.readouterr().err
    assert message in said
    assert "exit status:" in said


@pytest.mark.parametrize(("arguments", "status"), [(["--help"], 0), (["docter", "x.py"], 2)])
def test_the_package_says_which_commands_it_has(capsys, arguments, status):
    assert command.main(arguments) == status
    printed = capsys.readouterr()
    assert "python -m gan_course doctor script.py" in printed.out + printed.err
    assert ("'docter'" in printed.err) == bool(status)
