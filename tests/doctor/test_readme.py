"""README's example of the doctor: its code runs, and the report that stands there is the doctor's."""

import re
from pathlib import Path

import keras
import numpy as np
import pytest
from keras import layers
from sklearn.datasets import load_digits

README = (Path(__file__).resolve().parents[2] / "README.md").read_text("utf-8")
SECTION = README.split("## Your GAN does not train?")[1].split("\n## ")[0]
pytestmark = pytest.mark.filterwarnings("ignore")


def blocks(language):
    """The code blocks of the section in this language, a list of texts."""
    return [text for name, text in re.findall(r"```(\w*)\n(.*?)```", SECTION, re.DOTALL) if name == language]


def classic_recipe():
    """The names that README's code uses: D is frozen once, before the combined model is compiled."""
    keras.backend.clear_session()
    keras.utils.set_random_seed(0)
    x_train = (load_digits().data / 8 - 1).astype("float32")
    g = keras.Sequential([keras.Input((100,)), layers.Dense(64, "relu"), layers.Dense(64, "tanh")])
    d = keras.Sequential([keras.Input((64,)), layers.Dense(64, "relu"), layers.Dense(1, "sigmoid")])
    d.compile(keras.optimizers.Adam(2e-4, beta_1=0.5), "binary_crossentropy", jit_compile=False)
    d.trainable = False
    gan = keras.Sequential([keras.Input((100,)), g, d])
    gan.compile(keras.optimizers.Adam(2e-4, beta_1=0.5), "binary_crossentropy", jit_compile=False)
    random, ones, zeros = np.random.default_rng(0), np.ones((32, 1)), np.zeros((32, 1))

    def train(steps):
        for _ in range(steps):
            d.train_on_batch(random.choice(x_train, 32), ones)
            d.train_on_batch(g.predict_on_batch(random.normal(size=(32, 100))), zeros)
            gan.train_on_batch(random.normal(size=(32, 100)), ones)

    return {"g": g, "d": d, "gan": gan, "x_train": x_train, "train": train}


def words(report):
    """The words of a report; numbers with a point, which depend on the networks and on the machine, are left out."""
    return re.sub(r"\d+\.\d+", "…", " ".join(report.split()))


def test_the_report_in_the_readme_is_real(capsys):
    (code,), (report,) = blocks("python"), blocks("")
    exec(code, classic_recipe())
    printed = capsys.readouterr().out
    assert words(report) == words(printed), printed
