"""`python -m gan_course` reports, exits 0 and helps, also where little is installed."""

import platform

import keras
import pytest

from gan_course import __main__ as main
from gan_course import __version__, data, runtime

DOWNLOAD = "not on this machine yet: it will be downloaded when it is first used"

# Runs the module as `python -m gan_course` does, on a machine where no backend can be imported.
WITHOUT_BACKENDS = """
import runpy, sys
sys.modules.update(dict.fromkeys(["tensorflow", "jax", "torch"]))
runpy.run_module("gan_course", run_name="__main__")
"""


def fields(report):
    """Label → text of a report, whose labels fill 20 columns."""
    return {line[:20].strip(): line[20:] for line in report.splitlines()}


def test_the_report_of_this_machine(run_python, tmp_path):
    (tmp_path / "mnist.npz").write_bytes(b"where it would come from; nothing reads it")
    child = run_python("-m", "gan_course", GAN_COURSE_DATA=str(tmp_path), KERAS_BACKEND=keras.config.backend())
    assert child.returncode == 0, child.stderr
    report = fields(child.stdout)
    assert report["gan_course"] == __version__
    assert report["Python"].startswith(platform.python_version())
    assert report["Keras"] == keras.__version__
    assert report["backend"].startswith(f"{keras.config.backend()} ")
    assert report["backends installed"] == ", ".join(runtime.installed_backends())
    assert report["GPU"]
    assert report["CPU"].endswith(" device(s)")
    assert report["precision"] == "float32"
    assert report["XLA"].startswith(("on", "off"))
    assert report["data: digits"] == "scikit-learn"
    assert report["data: mnist"] == str(tmp_path)
    assert report["data: fashion_mnist"] == report["data: cifar10"] == DOWNLOAD
    assert [label for label in report if label.startswith("data: ")] == [f"data: {name}" for name in data.names()]


def test_the_report_without_a_backend_says_how_to_install_one(run_python):
    child = run_python("-c", WITHOUT_BACKENDS)
    assert child.returncode == 0, child.stderr
    report = fields(child.stdout)
    assert report["Python"].startswith(platform.python_version())
    assert "not ready" in report["Keras"]
    assert runtime.install_command("tensorflow") in report["Keras"]
    assert report["data: digits"] == "scikit-learn"
    assert report["data: mnist"] == DOWNLOAD


def test_the_report_with_a_data_folder_that_does_not_exist(run_python, tmp_path):
    missing = str(tmp_path / "no-such-folder")
    child = run_python("-c", WITHOUT_BACKENDS, GAN_COURSE_DATA=missing)
    assert child.returncode == 0, child.stderr
    report = fields(child.stdout)
    assert report["data: digits"] == "scikit-learn"
    for name in ("mnist", "fashion_mnist", "cifar10"):
        assert missing in report[f"data: {name}"]
        assert "GAN_COURSE_DATA" in report[f"data: {name}"]


FACTS = {
    "keras": "3.99.0",
    "backend": "jax",
    "backend_version": "0.9",
    "installed_backends": ["tensorflow", "jax"],
    "gpus": [],
    "cpus": ["cpu:0"],
    "precision": "mixed_bfloat16",
    "xla": False,
}


@pytest.mark.usefixtures("clean_environment")
@pytest.mark.parametrize(
    ("changes", "label", "text"),
    [
        ({}, "GPU", "none found"),
        ({"gpus": ["/gpu:0", "/gpu:1"]}, "GPU", "/gpu:0, /gpu:1"),
        ({}, "XLA", "off"),
        ({"xla": True}, "XLA", "on"),
        ({}, "precision", "mixed_bfloat16"),
        ({}, "backend", "jax 0.9"),
    ],
)
def test_the_report_of_other_machines(monkeypatch, changes, label, text):
    monkeypatch.setattr(runtime, "describe", lambda: FACTS | changes)
    assert fields(main.report())[label].startswith(text)
