"""Runs from beginning to end: what they write, how they stop, and that a resumed one ends as an undisturbed one."""

import dataclasses
import functools
import json
import shutil
import signal

import keras
import numpy as np
import pytest
from PIL import Image
from small_images import write_images

from gan_course import runtime
from gan_course.batches import Position
from gan_course.train import observers, players, runs
from gan_course.train.pictures import load_pictures
from gan_course.train.players import build_gan
from gan_course.train.settings import Settings

pytestmark = pytest.mark.filterwarnings("ignore:.*run_functions_eagerly")

THREE_PARTS = r"(?s)Expected.+Received: .+\. \w"
SMALL = {"size": 8, "networks": "mlp", "latent_dim": 3, "batch": 8, "steps": 6, "every": 4}
SAME = 1e-9 if keras.config.backend() == "tensorflow" else 1e-6
"""How near weights are to each other that should be the same."""


@pytest.fixture(autouse=True, scope="module")
def _eager():
    """On TensorFlow the graph of these runs of a few steps would take most of the time."""
    if keras.config.backend() != "tensorflow":
        yield
        return
    tensorflow = pytest.importorskip("tensorflow")
    tensorflow.config.run_functions_eagerly(True)
    yield
    tensorflow.config.run_functions_eagerly(False)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The folder of a run that nothing disturbs. Three steps per epoch; looks at steps 0, 4 and 6."""
    folder = tmp_path_factory.mktemp("whole")
    write_images(folder / "images")
    assert runs.start(Settings(str(folder / "images"), **SMALL), folder / "run", lambda line: None) == 0
    return folder / "run"


@pytest.fixture
def settings(whole):
    return Settings(str(whole.parent / "images"), **SMALL)


def weights(folder):
    return runs.load(folder)[0].get_weights()


def lines_of(folder):
    return [json.loads(line) for line in (folder / "history.jsonl").read_text("utf-8").splitlines()]


def difference(folder, other):
    return max(np.abs(a - b).max() for a, b in zip(weights(folder), weights(other), strict=True))


def at_step(monkeypatch, number, action):
    """Do something when so many steps are made."""
    update = observers.Progress.update

    def update_and_act(self, step, logs):
        update(self, step, logs)
        if step == number:
            action()

    monkeypatch.setattr(observers.Progress, "update", update_and_act)


@pytest.mark.backends
def test_a_run_writes_what_it_promises(whole):
    assert {path.name for path in whole.iterdir()} - {"tensorboard"} == {
        *("config.json", "checkpoint.weights.h5", "gan.keras", "history.jsonl", "samples")
    }
    grids = sorted(path.name for path in (whole / "samples").iterdir())
    assert grids == ["film.png", *(f"step_{step:06d}.png" for step in (0, 4, 6))]
    with Image.open(whole / "samples" / "film.png") as film:
        assert film.n_frames == 3
    assert [line["step"] for line in lines_of(whole)] == [4, 6]
    assert {"d_loss", "g_loss", "frechet", "precision", "recall", "d_held_out", "seconds"} <= {*lines_of(whole)[0]}
    trained, (loaded, classes) = keras.saving.load_model(whole / "gan.keras"), runs.load(whole)
    assert classes == ()
    assert np.abs(trained.generate(3, seed=1) - loaded.generate(3, seed=1)).max() < 1e-6


@pytest.mark.backends
def test_it_trains_as_fit_alone_does(settings, whole):
    runtime.configure(settings.seed)
    gan = build_gan(settings, (8, 8, 3), 0)
    gan.fit(load_pictures(settings).train, batch_size=8, epochs=2, verbose=0)
    assert max(np.abs(a - b).max() for a, b in zip(gan.get_weights(), weights(whole), strict=True)) < SAME


@pytest.mark.backends
def test_a_run_that_broke_and_was_resumed_ends_as_one_that_never_did(settings, whole, tmp_path, monkeypatch):
    """The last checkpoint is that of step 4, the first step of the second epoch."""
    with monkeypatch.context() as patch:
        at_step(patch, 5, lambda: 1 / 0)
        with pytest.raises(runs.BrokenTraining, match=r"broke at step 5: .*--resume"):
            runs.start(settings, tmp_path / "run", lambda line: None)
    assert runs.resume(tmp_path / "run", say=lambda line: None) == 0
    assert difference(tmp_path / "run", whole) < SAME
    lines, expected = lines_of(tmp_path / "run"), lines_of(whole)
    assert [line["step"] for line in lines] == [4, 6]
    assert all(abs(a["frechet"] - b["frechet"]) < 1e-3 * b["frechet"] for a, b in zip(lines, expected, strict=True))


def test_an_adaptive_augmentation_goes_on_where_it_was(settings, tmp_path, monkeypatch):
    """Here its probability always moves up, before step 5, from 0 to one half. The checkpoint is that of step 5."""
    always = functools.partial(players.AdaptiveAugmentation, target=-1, steps=8)
    monkeypatch.setattr(players, "AdaptiveAugmentation", always)
    adaptive = dataclasses.replace(settings, augment="adaptive,translation", steps=7, every=5)
    assert runs.start(adaptive, tmp_path / "whole", lambda line: None) == 0
    with monkeypatch.context() as patch:
        at_step(patch, 6, lambda: 1 / 0)
        with pytest.raises(runs.BrokenTraining):
            runs.start(adaptive, tmp_path / "run", lambda line: None)
    assert runs.resume(tmp_path / "run", say=lambda line: None) == 0
    assert difference(tmp_path / "run", tmp_path / "whole") < SAME
    gan, _ = runs.load(tmp_path / "run")
    assert float(gan.discriminator.get_layer("augmentation").probability.value) == 0.5


def test_a_run_that_broke_before_its_first_checkpoint_begins_again(settings, tmp_path, monkeypatch):
    with monkeypatch.context() as patch:
        at_step(patch, 1, lambda: 1 / 0)
        with pytest.raises(runs.BrokenTraining):
            runs.start(settings, tmp_path / "run", lambda line: None)
    assert runs.resume(tmp_path / "run", {"steps": 1}, lambda line: None) == 0
    assert lines_of(tmp_path / "run")[-1]["step"] == 1


def test_ctrl_c_saves(settings, tmp_path, monkeypatch):
    said, handler = [], signal.getsignal(signal.SIGINT)
    at_step(monkeypatch, 2, lambda: signal.raise_signal(signal.SIGINT))
    assert runs.start(settings, tmp_path / "run", said.append) == 1
    assert signal.getsignal(signal.SIGINT) is handler
    assert "Stopped at step 2 by a signal" in said[-1]
    assert runs.load(tmp_path / "run")[0].steps_behind() == 2


def test_a_finished_run_can_be_made_longer(whole, tmp_path):
    run = shutil.copytree(whole, tmp_path / "run")
    with pytest.raises(ValueError, match=THREE_PARTS):
        runs.resume(run)
    (run / "gan.keras").unlink()  # as if the disk had been full at the end
    assert runs.resume(run, say=lambda line: None) == 0
    trained = keras.saving.load_model(run / "gan.keras").get_weights()
    assert max(np.abs(a - b).max() for a, b in zip(trained, weights(whole), strict=True)) < SAME
    assert runs.resume(run, {"steps": 7}, lambda line: None) == 0
    assert runs.load(run)[0].steps_behind() == 7


def test_a_limit_of_time_ends_a_run(settings, tmp_path):
    said = []
    limited = dataclasses.replace(settings, steps=10**6, minutes=1e-6)
    assert runs.start(limited, tmp_path / "run", said.append) == 1
    assert "Stopped at step 1 after 1e-06 minutes" in said[-1]


def test_a_loss_that_is_not_finite_ends_a_run_and_spares_the_checkpoint(settings, tmp_path, monkeypatch):
    said, step_end = [], observers.Observer.on_train_batch_end

    def spoiled(self, batch, logs=None):
        step_end(self, batch, {**logs, "g_loss": float("nan")} if batch == 1 else logs)

    monkeypatch.setattr(observers.Observer, "on_train_batch_end", spoiled)
    assert runs.start(dataclasses.replace(settings, every=1), tmp_path / "run", said.append) == 1
    assert "Stopped at step 2 at a loss that is NaN" in said[-1]
    assert runs.load(tmp_path / "run")[0].steps_behind() == 1
    assert not (tmp_path / "run" / "gan.keras").exists()


def test_files_that_cannot_be_written_are_named_and_training_goes_on(settings, tmp_path, monkeypatch):
    folder, said, begin = tmp_path / "run", [], Position.begin

    def block(self, seed):
        """When `fit` begins, folders stand where the files should go."""
        begin(self, seed)
        if folder.exists():
            for name in ("new_checkpoint.weights.h5", "samples/film.png.part"):
                (folder / name).mkdir(parents=True, exist_ok=True)

    monkeypatch.setattr(Position, "begin", block)
    assert runs.start(dataclasses.replace(settings, steps=2, every=1), folder, said.append) == 1
    assert said[-2:] == [f"Not written: {folder / 'checkpoint.weights.h5'}", f"Not written: {folder}/samples/film.png"]
    assert sum("Could not write" in line for line in said) == 3  # steps 1 and 2, and the film
    assert keras.saving.load_model(folder / "gan.keras").steps_behind() == 2


def test_a_conditional_run_of_folders(settings, tmp_path, monkeypatch):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    write_images(tmp_path / "images", classes="abc")
    conditional = dataclasses.replace(settings, data=str(tmp_path / "images"), conditional=True, steps=1)
    assert runs.start(conditional, tmp_path / "run", lambda line: None) == 0
    gan, classes = runs.load(tmp_path / "run")
    assert (gan.conditional, classes) == (True, ("a", "b", "c"))
    with Image.open(tmp_path / "run" / "samples" / "step_000001.png") as grid:
        assert grid.height > 2 * grid.width  # a column for each of the three classes


@pytest.mark.parametrize(
    "wrong", [{"networks": "residual"}, {"networks": "dcgan", "size": 9}, {"devices": 99}, {"objective": "vae"}]
)
def test_what_cannot_begin_is_refused_and_writes_nothing(settings, tmp_path, wrong):
    with pytest.raises(ValueError, match=THREE_PARTS):
        runs.start(dataclasses.replace(settings, **wrong), tmp_path / "run", lambda line: None)
    assert not (tmp_path / "run").exists()


def test_a_folder_that_holds_something_is_left_as_it_is(settings, whole):
    with pytest.raises(ValueError, match=THREE_PARTS):
        runs.start(settings, whole.parent)


def test_a_run_whose_images_have_changed_is_refused(whole, tmp_path):
    run, images = (
        shutil.copytree(whole, tmp_path / "run"),
        shutil.copytree(whole.parent / "images", tmp_path / "images"),
    )
    (images / "00.png").write_bytes((images / "01.png").read_bytes())
    config = (run / "config.json").read_text("utf-8")
    (run / "config.json").write_text(config.replace(str(whole.parent), str(tmp_path)), "utf-8")
    with pytest.raises(ValueError, match=THREE_PARTS):
        runs.resume(run, {"steps": 7}, lambda line: None)


def test_a_folder_without_a_checkpoint_cannot_draw(whole, tmp_path):
    shutil.copy(whole / "config.json", tmp_path)
    with pytest.raises(ValueError, match=THREE_PARTS):
        runs.load(tmp_path)
