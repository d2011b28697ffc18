"""The benchmarks' arithmetic against closed forms and made-up numbers, and a tiny run of each."""

import json
import time
from pathlib import Path

import keras
import numpy as np
import pytest

from gan_course import networks

pytest.importorskip("tensorflow")
if keras.config.backend() != "tensorflow":
    pytest.skip("the benchmarks compare loops on TensorFlow", allow_module_level=True)

from benchmarks import contenders, judges, quality, report, throughput, torch_twin

SHAPE = (8, 8, 1)


# Made-up numbers


def test_ratios_are_medians_of_the_ratios_within_a_round():
    rates = {"GAN.fit": [10.0, 20.0, 60.0], "slow": [5.0, 5.0, 20.0], "fast": [10.0, 40.0, 60.0]}
    assert throughput.ratios(rates) == {"GAN.fit": 1, "slow": 3, "fast": 1}  # by medians, slow would be 20 / 5


def test_a_throughput_table_from_made_up_numbers():
    about = {"rounds": 3, "seconds": 4.0, "machine": report.machine("keras")}
    rates = {"GAN.fit": [1000.0, 2000.0, 1500.0], "bare": [2000.0, 2000.0, 1000.0]}
    memory = {"GAN.fit": {"total": 900, "training": 100}, "bare": None}
    run = {"network": "MLP", "batch": 32, "rates": rates, "skipped": {"torch": "not here"}, "memory": memory}
    text = throughput.markdown([run], about)
    assert "| GAN.fit | 1,500 |  |  | 900 | 100 |" in text
    assert "| bare | 2,000 | 1.00 | 0.50 to 1.50 |  |  |" in text
    assert "Skipped: torch (not here)." in text


def point(seconds, distance, step=1, least=0.07):
    return {"step": step, "seconds": seconds, "distance": distance, "shares": [least, *[(1 - least) / 9] * 9]}


def test_what_was_reached_and_how_much_sooner():
    mine = [point(2.0, 50.0), point(10.0, 9.0), point(20.0, 6.5), point(60.2, 5.0), point(80.0, 1.0, least=0.01)]
    runs = [
        {"contender": "lesson", "seed": 0, "first_step": 1.0, "points": mine},
        {"contender": "lesson", "seed": 1, "first_step": 1.0, "points": [point(50.0, 8.0, least=0.05)]},
        {"contender": "tutorial", "seed": 0, "first_step": 1.0, "points": [point(50.0, 80.0), point(1000.0, 9.5)]},
    ]
    assert quality.reached(mine, 6.5) == 20.0
    assert quality.reached(mine, 0.5) is None
    first, second = quality.promises(runs)
    assert first == {"seed": 0, "seconds": 20.0, "distance": 5.0, "least": 0.07, "sooner": 100.0}
    assert second == {"seed": 1, "seconds": None, "distance": 8.0, "least": 0.05, "sooner": None}
    machine = report.machine("keras")
    about = {"samples": 10, "judge": {"accuracy": 0.99, "floor": 0.5, "images": 20}, "machine": machine}
    text = quality.markdown(runs, about)
    assert "100 times sooner" in text
    assert "not reached; 8.00 at 60 s, where the rarest class has 5.0%" in text
    assert "| the lesson's recipe | 0 | 1.0 | 20.0 | 5.00 | 1.00 | 80 | 1 | 1.0% |" in text


def test_the_watch_stands_still_while_samples_are_judged():
    now = [0.0]

    def judge():
        now[0] += 100.0  # judging is slow
        return 5.0, [0.1] * 10

    contender = quality.Contender("", None, seconds=10.0, epochs=1, first=2.0, factor=2.0, apart=3.0)
    watch = quality.Watch(judge, contender, clock=lambda: now[0])
    now[0] += 1.0  # each step takes a second
    while not watch():
        now[0] += 1.0
    assert watch.step == 10
    assert [p["seconds"] for p in watch.points] == [2, 4, 7, 10]
    assert [p["step"] for p in watch.points] == [2, 4, 7, 10]
    assert watch.first_step == 1
    watch.look()
    assert len(watch.points) == 4  # the last step was judged already


def test_runs_are_kept_unless_they_depend_on_something_else(tmp_path):
    first = report.Runs(tmp_path / "new" / "runs.json", {"cores": 2})
    first.add({"seed": 0, "name": "a"})
    again = report.Runs(first.path, {"cores": 2})
    assert again.find(seed=0, name="a") == {"seed": 0, "name": "a"}
    assert again.find(seed=1, name="a") is None
    assert report.Runs(first.path, {"cores": 4}).runs == []


# Contenders


@pytest.mark.parametrize("name", [name for name in contenders.CONTENDERS if name != "PyTorch loop"])
def test_every_contender_trains_both_networks_and_stops_when_told(name):
    keras.utils.set_random_seed(0)
    players = networks.mlp_generator(SHAPE, 4, units=(8,)), networks.mlp_discriminator(SHAPE, units=(8,))
    before = [player.get_weights() for player in players]
    train, steps = contenders.CONTENDERS[name](*players, 8), []
    images = throughput.pictures(32, SHAPE)
    train(images, 2, lambda: steps.append(1) or len(steps) == 6)
    assert len(steps) == 6
    for player, weights in zip(players, before, strict=True):
        assert all(np.abs(a - b).max() > 1e-5 for a, b in zip(player.get_weights(), weights, strict=True))


def test_pytorchs_twins_have_as_many_weights_and_the_same_shapes():
    torch = pytest.importorskip("torch")
    for shape in ((8, 8, 1), (28, 28, 3)):
        pairs = [(networks.mlp_generator(shape), networks.mlp_discriminator(shape))]
        pairs += [(networks.dcgan_generator(shape), networks.dcgan_discriminator(shape))]
        pairs += [quality.tutorial_networks(shape), quality.classic_mlp_networks(shape)]
        for generator, discriminator in pairs:
            twins = torch_twin.twin(generator), torch_twin.twin(discriminator)
            fake = twins[0](torch.randn(6, generator.input_shape[-1]))
            assert fake.shape == (6, shape[2], *shape[:2])
            assert twins[1](fake).shape == (6, 1)
            for player, twin in zip((generator, discriminator), twins, strict=True):
                trained = sum(int(np.prod(w.shape)) for w in player.trainable_variables)
                assert sum(p.numel() for p in twin.parameters()) == trained


def test_a_pytorch_loop_trains_and_stops_when_told():
    pytest.importorskip("torch")
    players, steps = throughput.build("DCGAN", SHAPE), []
    train = contenders.CONTENDERS["PyTorch loop"](*players, 8)
    train(throughput.pictures(32, SHAPE), 2, lambda: steps.append(1) or len(steps) == 6)
    assert len(steps) == 6


# Tiny runs


def test_a_tiny_run_of_throughput(tmp_path, is_a_picture):
    def missing(generator, discriminator, batch):
        raise ImportError("not installed")

    def sleeper(generator, discriminator, batch):  # a millisecond an image
        return lambda images, epochs=1: time.sleep(0.001 * len(images) * epochs)

    some = {"GAN.fit": contenders.CONTENDERS["GAN.fit"], "sleeper": sleeper, "no such thing": missing}
    arguments = (tmp_path, some, throughput.NETWORKS, (8,))
    options = {"rounds": 2, "seconds": 0.02, "steps": 0, "shape": SHAPE, "most": 64}
    throughput.run(*arguments, **options)
    stored = json.loads((tmp_path / "throughput.json").read_text("utf-8"))
    assert [(run["network"], run["batch"]) for run in stored["runs"]] == [("MLP", 8), ("DCGAN", 8)]
    for run in stored["runs"]:
        assert [*run["rates"]] == ["GAN.fit", "sleeper"]
        assert all(len(rates) == 2 and min(rates) > 0 for rates in run["rates"].values())
        assert max(run["rates"]["sleeper"]) < 1001
        assert run["skipped"] == {"no such thing": "not installed"}
    text = (tmp_path / "throughput.md").read_text("utf-8")
    assert text.count("| sleeper |") == 2
    assert is_a_picture(tmp_path / "throughput.png")

    (tmp_path / "throughput.md").unlink()
    throughput.run(*arguments, **options)  # nothing to do but to write the table again
    assert json.loads((tmp_path / "throughput.json").read_text("utf-8")) == stored
    assert (tmp_path / "throughput.md").read_text("utf-8") == text


def test_peak_memory_is_that_of_the_child():
    if not Path("/proc/self/status").is_file():
        pytest.skip("peak memory is read from /proc")
    hoard = np.ones(2**28, "uint8")  # 256 MiB here, which must not count there
    peak = throughput.peak_memory("MLP", 8, "GAN.fit", steps=2)
    assert 0 < peak["training"] < peak["total"]
    assert hoard.all()


def tiny_judge(folder, epochs=1):
    rng = np.random.default_rng(0)
    images, labels = rng.uniform(-1, 1, (300, 12, 12, 1)).astype("float32"), rng.integers(10, size=300)
    return images, judges.Judge(images[:200], labels[:200], images[200:], labels[200:], folder, epochs, samples=100)


def test_a_judge_is_trained_once(tmp_path, monkeypatch):
    images, judge = tiny_judge(tmp_path)
    assert len(list(tmp_path.iterdir())) == 1
    assert judge.real.shape == (100, 64)
    monkeypatch.setattr(keras.Model, "fit", None)  # the second one comes from the folder
    _, again = tiny_judge(tmp_path)
    np.testing.assert_array_equal(again.real, judge.real)
    assert again.floor == judge.floor
    with pytest.raises(TypeError):  # other epochs: another judge
        tiny_judge(tmp_path, epochs=2)
    distance, shares = judge.judge(images[200:])
    assert abs(distance) < 1e-6
    assert abs(sum(shares) - 1) < 1e-9


def test_the_judges_layers_are_those_of_the_promise():
    network = judges.judge_network()
    assert [type(layer).__name__ for layer in network.layers] == [
        *["Conv2D", "MaxPooling2D"] * 2,
        *["Flatten", "Dropout", "Dense", "Dense"],
    ]
    assert network.layers[-2].units == 64


@pytest.mark.usefixtures("without_graphs")
def test_a_tiny_run_of_time_to_quality(tmp_path, is_a_picture):
    images, judge = tiny_judge(tmp_path / "cache")
    tiny = {
        name: contender._replace(seconds=np.inf, epochs=1, first=0.0, factor=2.0, apart=0.0)
        for name, contender in quality.CONTENDERS.items()
    }
    quality.run(tmp_path, tiny, [0], images[:64], judge, samples=20)
    stored = json.loads((tmp_path / "time_to_quality.json").read_text("utf-8"))
    assert [(run["contender"], run["seed"]) for run in stored["runs"]] == [(name, 0) for name in tiny]
    assert [run["points"][-1]["step"] for run in stored["runs"]] == [4, 1, 2]  # batches of 16, 256 and 32
    for run in stored["runs"]:
        seconds = [p["seconds"] for p in run["points"]]
        assert seconds == sorted(seconds)
        assert all(np.isfinite(p["distance"]) and abs(sum(p["shares"]) - 1) < 1e-9 for p in run["points"])
    text = (tmp_path / "time_to_quality.md").read_text("utf-8")
    assert all(text.count(f"| {contender.title} | 0 |") == 1 for contender in tiny.values())
    assert is_a_picture(tmp_path / "time_to_quality.png")

    quality.run(tmp_path, {"lesson": None}, [0], images[:64], judge, samples=20)  # it is there: nobody trains
    assert json.loads((tmp_path / "time_to_quality.json").read_text("utf-8")) == stored
