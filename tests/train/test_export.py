"""The generator of a run in a file that other programs can call: its images are those of Keras."""

import keras
import numpy as np
import pytest

from gan_course import __main__ as command
from gan_course.train import runs
from gan_course.train.export import FORMATS
from gan_course.train.observers import CHECKPOINT
from gan_course.train.players import build_gan
from gan_course.train.settings import Settings, save_config

NEEDS = {"tf_saved_model": [], "onnx": ["tf2onnx", "onnxruntime"], "litert": ["ai_edge_litert"]}
COUNT = 5
pytestmark = pytest.mark.filterwarnings("ignore:.*np.object")  # Keras' patch of tf2onnx looks for it


@pytest.fixture(params=[False, True], ids=["", "conditional"], scope="module")
def run(request, tmp_path_factory):
    """The folder of a run, as far as `export` needs it."""
    folder = tmp_path_factory.mktemp("run")
    settings = Settings("digits", conditional=request.param, latent_dim=4, seed=1)
    keras.utils.set_random_seed(1)
    gan = build_gan(settings, (8, 8, 1), 3)
    gan.save_weights(folder / CHECKPOINT)
    facts = {"backend": keras.config.backend(), "checksum": "1", "shape": [8, 8, 1], "classes": ["0", "1", "2"]}
    save_config(folder, settings, facts)
    return folder


@pytest.mark.parametrize("form", FORMATS)
def test_without_gan_course_the_file_draws_what_keras_draws(run, form, start_probe, tmp_path):
    for package in NEEDS[form]:
        pytest.importorskip(package)
    if keras.config.backend() != "tensorflow":
        pytest.skip("Keras exports most formats on TensorFlow only")
    assert command.main(["export", str(run), "--format", form]) == 0
    gan, classes = runs.load(run)
    rng = np.random.default_rng(0)
    labels = [np.arange(COUNT, dtype="int32") % 3] if classes else []
    inputs = [rng.normal(size=(COUNT, 4)).astype("float32"), *labels]
    np.savez(tmp_path / "inputs.npz", *inputs)
    files = (run / FORMATS[form], tmp_path / "inputs.npz", tmp_path / "images.npy")
    child = start_probe("export", form, *files, backend="tensorflow")
    assert child.returncode == 0, child.stderr
    images, expected = np.load(tmp_path / "images.npy"), gan.generator(inputs if classes else inputs[0])
    assert images.shape == (COUNT, 8, 8, 1)
    assert np.abs(images - keras.ops.convert_to_numpy(expected)).max() < 1e-5
    assert images.std() > 1e-3


def test_what_cannot_be_exported_is_said(run, tmp_path, capsys):
    for line, text in {
        "export": "the following arguments are required: RUN",
        f"export {tmp_path}": "Expected a JSON file such as the config.json of a run",
        f"export {run} --format h5": "Unknown format. Expected one of ['tf_saved_model', 'onnx', 'litert']",
    }.items():
        with pytest.raises(SystemExit) as ended:
            command.main(line.split())
        assert ended.value.code == 2
        assert text in capsys.readouterr().err
