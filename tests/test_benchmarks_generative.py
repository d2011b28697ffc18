"""The benchmark of VAE, diffusion and GAN: its parts, a table from made-up numbers, a tiny run."""

import json

import keras
import numpy as np
import pytest

pytest.importorskip("tensorflow")
if keras.config.backend() != "tensorflow":
    pytest.skip("the benchmarks run on TensorFlow", allow_module_level=True)

from benchmarks import ablation, generative, report


def test_every_way_has_a_contender_and_every_contender_a_way_for_each_length():
    assert {way.contender for way in generative.WAYS.values()} == {*generative.CONTENDERS}
    assert {way.contender for way in generative.WAYS.values() if way.always} == {*generative.CONTENDERS}
    assert {*generative.STYLES} == {key for key, way in generative.WAYS.items() if way.always}
    lengths = {len(contender.epochs) for contender in generative.CONTENDERS.values()}
    assert len(lengths) == 1
    assert lengths.pop() > generative.TABLE


def test_the_long_training_is_planned_once_and_the_others_for_each_seed_and_length():
    planned = generative.planned([*generative.CONTENDERS], seeds=(0, 1), lengths=(1, 2))
    assert [run for run in planned if run[2] == "diffusion_long"] == [(0, 2, "diffusion_long")]
    assert len(planned) == 2 * 2 * 3 + 1
    long, short = (generative.CONTENDERS[name].epochs[generative.TABLE] for name in ("diffusion_long", "diffusion"))
    assert long == 5 * short


def test_all_train_on_the_same_digits_and_levels_lose_little():
    real = generative.images(generative.real_levels())
    assert real.shape == (ablation.TRAINED_ON, 28, 28, 1)
    given = generative.data.load("mnist_5k")[0][: ablation.TRAINED_ON]
    assert np.abs(real - given).max() < 1 / 16 + 1e-6
    assert np.abs(real - given).max() > 1e-3


def made_up(name, seed, length, seconds, **distances):
    found = {"precision": 0.5, "recall": 0.25, "stray": 0.1, "confidence": 0.9, "seconds_per_1000": 2.0}
    ways = {way: {**found, "frechet": distance} for way, distance in distances.items()}
    about = {"contender": name, "seed": seed, "length": length, "epochs": 7, "seconds": seconds, "weights": 1234}
    return {**about, "ways": ways}


def test_a_table_from_made_up_numbers():
    runs = [
        made_up("gan", 1, 2, 10.0, gan=6.0),
        made_up("gan", 0, 2, 20.0, gan=4.0),
        made_up("gan", 0, 0, 3.0, gan=50.0),
        made_up("diffusion", 0, 2, 30.0, ddim_20=9.0, ddim_5=12.0),
        made_up("diffusion_long", 0, 2, 150.0, long_20=3.0),
    ]
    real = {"frechet": 1.0, "precision": 0.8, "recall": 0.7, "stray": 0.1, "confidence": 1.0}
    about = {"machine": report.machine("keras"), "samples": 10, "real": real}
    text = generative.markdown(runs, about)
    assert "| GAN | 2 | 1 | 1,234 | 15 | 5.0 ± 1.4 | 0.50 ± 0.00 | 0.25 ± 0.00 | 0.10 ± 0.00" in text
    assert "| diffusion, DDIM, 5 passes | 1 | 5 |" in text
    assert "| diffusion, 70 epochs, DDIM, 20 passes | 1 | 20 | 1,234 | 150 | 3.0 ± 0.0 |" in text
    assert "| real digits |  |  |  |  | 1.0 | 0.80 | 0.70 | 0.10 | 1.00 |  |" in text
    assert "| GAN | 1 | 7 | 3 | 50.0 ± 0.0 |" in text
    assert "VAE, mean pictures |" not in text
    lengths = text.partition("## Fréchet distance by seconds")[2]
    assert "5 passes" not in lengths


def test_a_tiny_run(tmp_path, monkeypatch, is_a_picture):
    tiny = {name: kind._replace(epochs=(1,)) for name, kind in generative.CONTENDERS.items()}
    monkeypatch.setattr(generative, "CONTENDERS", tiny)
    monkeypatch.setattr(generative, "TABLE", 0)
    monkeypatch.setattr(ablation, "TRAINED_ON", 96)
    for _ in range(2):  # the second time nothing is left to do
        generative.run(tmp_path, ["vae", "gan"], [0], [0], samples=60)
    stored = json.loads((tmp_path / "generative.json").read_text("utf-8"))
    assert [(run["contender"], run["seed"], [*run["ways"]]) for run in stored["runs"]] == [
        ("vae", 0, ["vae", "vae_mean"]),
        ("gan", 0, ["gan"]),
    ]
    found = stored["runs"][0]["ways"]["vae"]
    assert report.from_text(found["shown"], ablation.SHAPE).shape == (12, 28, 28, 1)
    assert found["frechet"] > stored["about"]["real"]["frechet"]
    assert is_a_picture(tmp_path / "generative.png")


def test_diffusion_is_drawn_with_as_many_passes_as_its_ways_say(monkeypatch):
    asked = []

    class Model:
        def sample(self, count, seed, passes=None):
            asked.append(passes)
            return np.zeros((count, 784), "int64")

    for way in generative.WAYS.values():
        if way.contender == "diffusion":
            assert way.draw(Model(), 2).shape == (2, 28, 28, 1)
    assert asked == [5, 10, 20, 50, None]
