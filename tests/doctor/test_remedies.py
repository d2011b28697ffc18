"""The code of the remedies: it is Python in every style, has the user's names, and mends what it is for."""

import ast
import importlib
import re

import keras
import numpy as np
import pytest
from doctor_loops import BACKEND, BATCH, LATENT, SIZE, loss, new_players, noise
from keras import ops
from made_up import evidence, log

from gan_course.doctor import remedies
from gan_course.doctor.findings import ORDER

BACKENDS = {"train_on_batch": "torch", "tape": "tensorflow", "torch": "torch", "jax": "jax"}
NAMES = {"generator": "maker", "discriminator": "self.judge", "combined": "both", "real": "pictures"}


def in_style(style, **changes):
    """Evidence of a loop of this style."""
    loops = {"train_on_batch"} if style == "train_on_batch" else {"apply"}
    return evidence(log=log(loops=loops), backend=BACKENDS[style], **changes)


@pytest.mark.parametrize("style", remedies.STYLES)
@pytest.mark.parametrize("name", remedies.REMEDIES)
def test_a_remedy_is_code_with_the_names_of_the_user(name, style):
    numbers = {"for_reals": 1.0, "for_fakes": 0.0, "mine": 0.0, "arrays": "a, b", "makers": "c, e"}
    text = remedies.remedy(name, in_style(style, names=NAMES), **numbers)
    ast.parse(text)
    assert not re.search(r"[{}]|\b(?<!\.)[gd]\b|x_train|\bcombined\b(?!\.frozen| model)", text), text


def test_every_finding_but_those_with_code_of_their_own_has_a_remedy():
    assert {name.split("/")[0] for name in remedies.REMEDIES} - {"learning-rate"} == (
        {*ORDER} - {"range-mismatch", "standing-still"}
    )


@pytest.mark.parametrize(
    ("loops", "backend", "style"),
    [
        ({"train_on_batch"}, "jax", "train_on_batch"),
        ({"train_on_batch", "apply"}, "tensorflow", "train_on_batch"),
        (set(), "torch", "train_on_batch"),
        ({"fit"}, "tensorflow", "tape"),
        ({"tf.function"}, "tensorflow", "tape"),
        ({"torch.optim"}, "torch", "torch"),
        ({"stateless"}, "jax", "jax"),
    ],
)
def test_the_style_is_that_of_the_loop(loops, backend, style):
    assert remedies.style_of(loops, backend) == style


# Remedies that run


def compiled(g, d):
    """What the remedies for `train_on_batch` refer to, with D frozen and asleep."""
    d.compile(keras.optimizers.Adam(1e-3), loss(), jit_compile=False)
    d.trainable = False
    combined = keras.Sequential([keras.Input((LATENT,)), g, d])
    combined.compile(keras.optimizers.Adam(1e-3), loss(), jit_compile=False)
    ones = np.ones((BATCH, 1), "float32")
    return {"combined": combined, "ones": ones, "x": np.ones((BATCH, SIZE), "float32"), "y": ones, "z": noise()}


def differentiable(g, d):
    """What the remedies for tapes and for PyTorch refer to."""
    real, z = ops.convert_to_tensor(np.ones((BATCH, SIZE), "float32")), ops.convert_to_tensor(noise())
    return {
        "real": real,
        "z": z,
        "fake": g(z),
        "loss_of_d": lambda real, fake: ops.mean(ops.softplus(-real)) + ops.mean(ops.softplus(fake)),
        "loss_of_g": lambda fake: ops.mean(ops.softplus(-fake)),
        "d_optimizer": keras.optimizers.Adam(1e-3),
        "g_optimizer": keras.optimizers.Adam(1e-3),
    }


def stateless(g, d):
    """What the remedies for JAX refer to."""

    def score(d_weights, x):
        return d.stateless_call(d_weights, [v.value for v in d.non_trainable_variables], x)[0]

    def loss_of_d(d_weights, real, fake):
        return ops.mean(ops.softplus(-score(d_weights, real))) + ops.mean(ops.softplus(score(d_weights, fake)))

    def loss_of_g(g_weights, d_weights, z):
        fake, _ = g.stateless_call(g_weights, [v.value for v in g.non_trainable_variables], z)
        return ops.mean(ops.softplus(-score(d_weights, fake)))

    given = differentiable(g, d) | {"loss_of_d": loss_of_d, "loss_of_g": loss_of_g}
    for letter, network in (("g", g), ("d", d)):
        given[f"{letter}_optimizer"].build(network.trainable_variables)
        given[f"{letter}_weights"] = [v.value for v in network.trainable_variables]
        given[f"{letter}_state"] = [v.value for v in given[f"{letter}_optimizer"].variables]
    return given


HERE = {
    "train_on_batch": compiled,
    **({"tape": differentiable} if BACKEND == "tensorflow" else {}),
    **({"torch": differentiable} if BACKEND == "torch" else {}),
    **({"jax": stateless} if BACKEND == "jax" else {}),
}
MOVES = {"sleeping-discriminator": "d", "sleeping-generator": "g"}
RUN = [*((name, style) for name in MOVES for style in HERE), ("combined-trains-discriminator", "train_on_batch")]
MOVES["combined-trains-discriminator"] = "g"


def libraries():
    """The module of this backend, by the name that users give it."""
    module = importlib.import_module(BACKEND)
    return {{"tensorflow": "tf"}.get(BACKEND, BACKEND): module}


@pytest.mark.backends
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("name", "style"), RUN)
def test_a_remedy_moves_whom_it_should_and_nobody_else(name, style):
    g, d = new_players()
    space = HERE[style](g, d) | {"g": g, "d": d, "keras": keras, "np": np} | libraries()
    before = {"g": g.get_weights(), "d": d.get_weights()}
    exec(remedies.remedy(name, in_style(style)), space)
    moved = {
        letter: any(not np.array_equal(a, b) for a, b in zip(before[letter], network.get_weights(), strict=True))
        for letter, network in (("g", g), ("d", d))
    }
    both = name == "sleeping-discriminator" and style == "train_on_batch"  # its last line trains G, too
    assert moved == {letter: both or letter == MOVES[name] for letter in "gd"}
