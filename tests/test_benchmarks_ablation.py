"""The benchmark that takes back one choice of lesson 05's recipe at a time: networks, made-up numbers, a tiny run."""

import json

import keras
import numpy as np
import pytest

pytest.importorskip("tensorflow")
if keras.config.backend() != "tensorflow":
    pytest.skip("the benchmarks run on TensorFlow", allow_module_level=True)

from benchmarks import ablation, report
from gan_course import networks


def kinds(network):
    return [type(layer).__name__ for layer in network.layers]


def blueprint(network):
    return [(type(layer).__name__, layer.count_params(), layer.output.shape) for layer in network.layers]


def test_the_recipe_is_the_package_s():
    recipe = ablation.CONTENDERS["recipe"]
    assert blueprint(ablation.build_discriminator(recipe)) == blueprint(networks.dcgan_discriminator())
    generator = ablation.build_generator(recipe)
    assert kinds(generator)[-1] == "Activation"  # the package has the tanh inside the last convolution
    assert blueprint(generator)[:-1] == blueprint(networks.dcgan_generator())


def test_each_contender_takes_back_what_its_title_says():
    built = {
        name: (ablation.build_generator(contender), ablation.build_discriminator(contender))
        for name, contender in ablation.CONTENDERS.items()
    }
    norms = {
        name: tuple(kinds(network).count("BatchNormalization") for network in pair) for name, pair in built.items()
    }
    assert norms["g_norm"] == (0, 1)
    assert norms["d_norm"] == (3, 0)
    assert (norms["g_exit"], norms["d_entrance"]) == ((4, 1), (3, 2))
    assert (norms["dense"], norms["lesson_03"], norms["bare"]) == ((2, 1), (0, 0), (0, 0))
    assert all(norms[name] == (3, 1) for name in ("recipe", "relu", "beta_1", "resize", "alone"))
    assert "Conv2DTranspose" not in kinds(built["resize"][0])
    assert not any("MinibatchStandardDeviation" in kinds(built[name][1]) for name in ("alone", "bare"))
    assert kinds(built["bare"][0]).count("Conv2DTranspose") == 2
    assert not any(kind.startswith("Conv") for network in built["dense"] for kind in kinds(network))
    assert blueprint(built["lesson_03"][0]) == blueprint(networks.mlp_generator(latent_dim=32))
    assert blueprint(built["lesson_03"][1]) == blueprint(networks.mlp_discriminator())
    slopes = {layer.negative_slope for layer in built["relu"][1].layers if isinstance(layer, keras.layers.LeakyReLU)}
    assert slopes == {0.0}
    for generator, discriminator in built.values():
        assert generator.output_shape == (None, 28, 28, 1)
        assert discriminator.output_shape == (None, 1)


def test_stray_pixels_counted_by_hand():
    images = -np.ones((2, 5, 5, 1))
    images[0, 0, 0] = images[0, 4, 4] = 1  # two, in corners
    images[1, 2, 2] = images[1, 2, 3] = 1  # a pair: none
    images[1, 4, 1] = 0.5
    assert ablation.stray_pixels(images) == 1.5


def test_a_table_from_made_up_numbers():
    one = {"contender": "relu", "steps": 1000, "frechet_live": 9.0, "stray": 0.1, "confidence": 0.9, "classes": 3.3}
    runs = [{**one, "seed": 1, "frechet": 6.0, "seconds": 10.0}, {**one, "seed": 0, "frechet": 4.0, "seconds": 20.0}]
    about = {
        "machine": report.machine("keras"),
        "real": {"frechet": 1.0, "stray": 0.1, "confidence": 1, "classes": 3.32},
    }
    text = ablation.markdown(runs, about, ablation.CONTENDERS)
    assert "| ReLU in D | 5.0 ± 1.4 | 9.0 ± 0.0 | 0.10 ± 0.00 | 0.900 ± 0.000 | 3.30 ± 0.00 | 15 |" in text
    assert "| real digits | 1.0 |  | 0.10 | 1.000 | 3.32 |  |" in text


@pytest.mark.usefixtures("without_graphs")
def test_a_tiny_run_of_the_ablation(tmp_path, monkeypatch, is_a_picture):
    monkeypatch.setattr(ablation, "STEPS", 5)
    monkeypatch.setattr(ablation, "SAMPLES", 100)
    ablation.main(["--contender", "dense", "relu", "--seeds", "0", "--folder", str(tmp_path)])
    stored = json.loads((tmp_path / "ablation.json").read_text("utf-8"))
    assert [(run["contender"], run["seed"], run["steps"]) for run in stored["runs"]] == [
        ("dense", 0, 5),
        ("relu", 0, 5),
    ]
    assert all(report.from_text(run["shown"], ablation.SHAPE).shape == (12, 28, 28, 1) for run in stored["runs"])
    assert all(run["frechet"] != run["frechet_live"] for run in stored["runs"])  # the average is not the last weights
    assert is_a_picture(tmp_path / "ablation.png")
    ablation.main(["--contender", "dense", "relu", "--seeds", "0", "--folder", str(tmp_path)])  # nothing is left to do
    assert json.loads((tmp_path / "ablation.json").read_text("utf-8")) == stored
