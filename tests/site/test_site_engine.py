"""The playground's engine in Node, without a page: its gradients and steps are those of Keras and gan_course."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import keras
import numpy as np
import pytest
from keras import ops

from gan_course import data, metrics, networks, objectives
from gan_course.gan import GAN
from gan_course.optimizers import AveragingAdam

SOURCE = Path(__file__).resolve().parents[2] / "site" / "playground"
pytestmark = pytest.mark.skipif(shutil.which("node") is None, reason="needs Node.js")
TEMPLATE = (SOURCE.parent / "_templates" / "playground.html").read_text("utf-8")
ENGINE = re.findall(r'src="(\w+)\.js"', TEMPLATE.partition("</main>")[2].partition("picture.js")[0])
BATCH, LATENT = 16, 3


def javascript(call, given=None):
    """What a function body of (P, given) returns, where P has all of the playground's scripts that need no page."""
    request = json.dumps({"folder": str(SOURCE), "scripts": ENGINE, "call": call, "given": given})
    script = str(Path(__file__).with_name("playground_engine.js"))
    done = subprocess.run(["node", script], input=request, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


# The same weights and batches in both

ROUND = """
const game = new P.Game({ ...P.DEFAULTS, ...given.settings });
game.d.weights.set(given.d); game.g.weights.set(given.g);
const seen = [];
for (const { real, noise, mixing } of given.rounds) {
  game.traces.real.values[0].set(real); game.traces.made.values[0].set(noise[0]); game.mixing.set(mixing);
  const dLoss = game.discriminatorLoss();
  game.dOptimizer.step(game.dGradient.weights);
  if (game.settings.clip) P.clip(game.d.weights, game.settings.clip);
  game.traces.made.values[0].set(noise[1]);
  const gLoss = game.generatorLoss();
  const before = game.gOptimizer.steps;
  game.gOptimizer.step(game.gGradient.weights);
  P.moveAverage(game.average, game.g.weights, before);
  seen.push({ dLoss, gLoss });
}
return { seen, d: [...game.d.weights], g: [...game.g.weights], average: [...game.average] };
"""


def flat(model):
    """All weights in the order of the playground: each kernel output by output, then its bias."""
    return np.concatenate([np.ravel(np.asarray(w, "float64").T) for w in map(ops.convert_to_numpy, model.weights)])


class Fixed(GAN):
    """A GAN whose noise is given, one array per call."""

    given = ()

    def noise(self, count):
        return ops.convert_to_tensor(self.given.pop(0))


def make_gan(optimizers, deviation=False, constraint=None, **choices):
    keras.utils.set_random_seed(3)
    g = networks.mlp_generator((2,), latent_dim=LATENT, units=(8, 8))
    d = networks.mlp_discriminator((2,), units=(8, 8), constraint=constraint)
    if deviation:
        late = [networks.MinibatchStandardDeviation(), keras.layers.Dense(1)]
        d = keras.Sequential([keras.Input((2,)), *d.layers[:-1], *late])
    for weight in g.weights + d.weights:  # biases, too
        weight.assign(weight + 0.1 * keras.random.normal(weight.shape, seed=len(weight.shape)))
    gan = Fixed(g, d, seed=0)
    gan.compile(*optimizers, run_eagerly=True, **choices)
    return gan


def make_rounds(count):
    rng = np.random.default_rng(0)
    sizes = {"real": (BATCH, 2), "noise": (2, BATCH, LATENT), "mixing": (BATCH,)}
    return [
        {"real": rng.normal(size=sizes["real"]), "noise": rng.normal(size=sizes["noise"]), "mixing": rng.random(BATCH)}
        for _ in range(count)
    ]


def play_both(gan, settings, rounds, monkeypatch):
    """Play rounds with Keras and in JavaScript. Returns the logs of Keras and the answer of JavaScript."""
    sizes = {"dLayers": 2, "dUnits": 8, "gLayers": 2, "gUnits": 8, "latent": LATENT, "batch": BATCH}
    plain = [
        {"real": r["real"].ravel().tolist(), "noise": r["noise"].reshape(2, -1).tolist(), "mixing": list(r["mixing"])}
        for r in rounds
    ]
    given = {"settings": {**sizes, **settings}, "rounds": plain}
    given |= {"d": flat(gan.discriminator).tolist(), "g": flat(gan.generator).tolist()}
    answer, logs = javascript(ROUND, given), []
    for r in rounds:
        gan.given = [noise.astype("float32") for noise in r["noise"]]
        mixing = ops.convert_to_tensor(r["mixing"].astype("float32")[:, None])
        monkeypatch.setattr(objectives, "replica_slice", lambda draw, n, mixing=mixing: mixing)
        logs.append(gan.train_on_batch(r["real"].astype("float32"), return_dict=True))
    return logs, answer


PENALTIES = {"none": ({}, {}), "r1": ({"r1": 0.7}, {"r1_weight": 0.7})}
PENALTIES["gp"] = ({"gp": 0.7}, {"gradient_penalty_weight": 0.7})


@pytest.mark.parametrize("penalty", PENALTIES)
@pytest.mark.parametrize("objective", objectives.OBJECTIVES)
def test_gradients_are_those_of_keras(objective, penalty, monkeypatch):
    """With plain gradient descent at rate 1, a step is minus the gradient.

    Every objective is played with every penalty. In every second game D sees the minibatch deviation, so each objective
    and each penalty come with it and without it.
    """
    deviation = (list(objectives.OBJECTIVES).index(objective) + list(PENALTIES).index(penalty)) % 2 == 1
    ours, theirs = PENALTIES[penalty]
    gan = make_gan([keras.optimizers.SGD(1.0) for _ in "dg"], deviation, objective=objective, **theirs)
    before = {"d": flat(gan.discriminator), "g": flat(gan.generator)}
    settings = {"objective": objective, "deviation": deviation, "dKind": "sgd", "gKind": "sgd", "dRate": 1, "gRate": 1}
    (logs,), answer = play_both(gan, {**settings, **ours}, make_rounds(1), monkeypatch)
    for player, model in (("d", gan.discriminator), ("g", gan.generator)):
        assert np.abs(flat(model) - before[player]).max() > 0.01, "there is a gradient"
        assert np.abs(flat(model) - np.array(answer[player])).max() < 1e-5
    assert abs(float(logs["d_loss"]) - answer["seen"][0]["dLoss"]) < 1e-5
    assert abs(float(logs["g_loss"]) - answer["seen"][0]["gLoss"]) < 1e-5


def test_adam_momentum_and_average_are_those_of_keras(monkeypatch):
    adams = [keras.optimizers.Adam(0.01, beta_1=0.9), AveragingAdam(0.02, beta_1=0.5)]
    gan = make_gan(adams)
    settings = {"dRate": 0.01, "dMomentum": 0.9, "gRate": 0.02, "gMomentum": 0.5}
    _, answer = play_both(gan, settings, make_rounds(6), monkeypatch)
    assert np.abs(flat(gan.discriminator) - np.array(answer["d"])).max() < 1e-4
    assert np.abs(flat(gan.generator) - np.array(answer["g"])).max() < 1e-4
    with gan.averaged():
        assert np.abs(flat(gan.generator) - np.array(answer["average"])).max() < 1e-4


def test_momentum_fading_and_clipping_are_those_of_keras(monkeypatch):
    fading = keras.optimizers.schedules.CosineDecay
    sgds = [keras.optimizers.SGD(fading(0.1, 8), momentum=0.9), keras.optimizers.SGD(fading(0.2, 8), momentum=0.5)]
    gan = make_gan(sgds, constraint=networks.WeightClipping(0.3), objective="wasserstein")
    settings = {"dKind": "sgd", "gKind": "sgd", "dRate": 0.1, "dMomentum": 0.9, "gRate": 0.2, "gMomentum": 0.5}
    settings |= {"objective": "wasserstein", "clip": 0.3, "fade": 8}
    _, answer = play_both(gan, settings, make_rounds(5), monkeypatch)
    assert np.abs(flat(gan.discriminator) - np.array(answer["d"])).max() < 1e-5
    assert np.abs(flat(gan.generator) - np.array(answer["g"])).max() < 1e-5


# Numbers, data and measures


def test_functions_are_exact():
    x = np.concatenate([np.linspace(-40, 40, 2001), [0.0, 1e-9, -1e-9, 300.0, -300.0]])
    positive = np.concatenate([np.geomspace(1e-12, 1e12, 999), [1.0, 1 + 1e-9]])
    call = """return { exp: given.x.map(P.exp), log: given.p.map(P.log), cos: given.x.map(P.cos),
                       soft: given.x.map(P.softplus) };"""
    found = javascript(call, {"x": x.tolist(), "p": positive.tolist()})
    np.testing.assert_allclose(found["exp"], np.exp(x), rtol=1e-14)
    np.testing.assert_allclose(found["log"], np.log(positive), rtol=1e-13, atol=1e-16)
    np.testing.assert_allclose(found["cos"], np.cos(x), atol=1e-13)
    np.testing.assert_allclose(found["soft"], np.logaddexp(0, x), rtol=1e-12, atol=1e-15)


def test_random_numbers_are_normal_and_uniform():
    from scipy import stats

    call = """const r = new P.Random(7, "test");
              return [Array.from({ length: 20000 }, () => r.uniform()), [...r.normals(new Float64Array(20000))]];"""
    uniform, normal = javascript(call)
    assert stats.kstest(uniform, "uniform").pvalue > 0.001
    assert stats.kstest(normal, "norm").pvalue > 0.001
    assert abs(np.corrcoef(normal[:-1], normal[1:])[0, 1]) < 0.03


@pytest.mark.parametrize("name", ["ring", "grid", "line", "moons"])
def test_data_have_the_distribution_of_the_python_program(name):
    """The program that the reader can copy draws the same points: all moments agree."""
    call = "return [...P.makeData(given).sample(new P.Random(1, 'data'), new Float64Array(40000))];"
    ours = np.reshape(javascript(call, name), (-1, 2))
    program = javascript("return P.kerasCode({ ...P.DEFAULTS, data: given }, [], 1);", name)
    names = {"np": np, "data": data, "COUNT": 20000, "SEED": 0}
    exec(program.partition("set_random_seed(SEED)\n")[2].partition("points = points")[0], names)
    theirs = names["points"]
    for power in (1, 2, 3, 4):
        assert np.abs((ours**power).mean(axis=0) - (theirs**power).mean(axis=0)).max() < 0.03
    assert abs(np.mean(ours[:, 0] * ours[:, 1]) - np.mean(theirs[:, 0] * theirs[:, 1])) < 0.02


def test_modes_are_counted_as_in_the_lessons():
    samples = np.random.default_rng(0).normal(0, 0.6, (500, 2)) + data.ring(500, std=0.02, seed=1)
    call = "return P.modeCoverage(given, P.DATA.ring.centers(), 0.05);"
    found = javascript(call, samples.ravel().tolist())
    assert (found["modes"], found["highQuality"]) == metrics.mode_coverage(samples, data.ring_centers(8), 0.05)


def test_the_energy_distance_and_its_floor():
    from scipy.spatial.distance import cdist

    call = """const d = new P.EnergyDistance(P.makeData("ring"), new P.Random(1, "distance"));
              return { real: [...d.real], floor: d.floor, far: d.to(given) };"""
    other = np.random.default_rng(0).normal(size=(256, 2))
    found = javascript(call, other.ravel().tolist())
    real = np.reshape(found["real"], (-1, 2))
    expected = 2 * cdist(real, other).mean() - cdist(real, real).mean() - cdist(other, other).mean()
    assert abs(found["far"] - expected) < 1e-12
    floors = [energy(data.ring(256, std=0.05, seed=2 * i), data.ring(256, std=0.05, seed=2 * i + 1)) for i in range(40)]
    assert 0.3 * np.mean(floors) < found["floor"] < 3 * np.mean(floors)


def energy(x, y):
    from scipy.spatial.distance import cdist

    return 2 * cdist(x, y).mean() - cdist(x, x).mean() - cdist(y, y).mean()


# The address


def test_an_address_gives_back_the_state():
    call = """const state = { settings: { ...P.DEFAULTS, r1: 0.1, data: "drawn", deviation: true, seed: 5 },
                change: { k: 3, r1: 0 }, drawn: [[0.5, -0.25], [1.25, 1]], experiment: "hills", embed: true,
                hide: ["charts"], speed: "calm" };
              return [state, P.fromAddress(P.toAddress(state)), P.toAddress(state).length];"""
    state, again, length = javascript(call)
    assert again == state
    assert length < 200


NONSENSE = "#k=99999 #objective=no #dRate= #seed=1.5 #x=__proto__ #drawn=*** #batch=1e9 #dUnits=-3 #toString=1 #open=x"


@pytest.mark.parametrize("hash", NONSENSE.split())
def test_nonsense_in_an_address_is_ignored(hash):
    state, defaults = javascript("return [P.fromAddress(given), P.fromAddress('')];", hash)
    assert state == defaults


def test_the_same_seed_gives_the_same_run_bit_for_bit():
    call = """const run = (seed) => { const game = new P.Game({ ...P.DEFAULTS, seed, r1: 0.1 });
                for (let i = 0; i < 60; i++) game.round(); return [...game.g.weights, ...game.d.weights]; };
              return [run(4), run(4), run(5)];"""
    first, again, other = javascript(call)
    assert first == again
    assert first != other


def test_one_change_leaves_data_and_noise_as_they_were():
    call = """const made = (change) => { const game = new P.Game({ ...P.DEFAULTS, ...change });
                for (let i = 0; i < 5; i++) game.round();
                return [...game.traces.real.values[0], ...game.traces.made.values[0]]; };
              return [made({}), made({ gp: 1, dUnits: 16, objective: "hinge" })];"""
    before, after = javascript(call)
    assert before == after


# The program in Keras

GAMES = {
    "non_saturating": {"average": True, "fade": 8, "k": 2},
    "minimax": {"ahead": 2, "gKind": "sgd", "data": "moons", "calm": 2},
    "least_squares": {"data": "grid", "r1": 0.1, "dLayers": 1, "gLayers": 0, "deviation": True},
    "hinge": {"data": "drawn", "dKind": "sgd", "dMomentum": 0.5, "gMomentum": 0.9, "dRate": 0.00001},
    "wasserstein": {"data": "line", "gp": 1, "clip": 0.1, "deviation": True, "dLayers": 0},
    "dirac": {"data": "point", "objective": "non_saturating", "dKind": "sgd", "gKind": "sgd", "r1": 0.5},
}


@pytest.mark.parametrize("name", GAMES)
def test_the_program_in_keras_runs(name, capsys):
    matplotlib = pytest.importorskip("matplotlib.pyplot")
    drawn = [[0.1 * i, -0.05 * i] for i in range(9)]
    given = {"settings": {"batch": 8, "objective": name, **GAMES[name]}, "drawn": drawn}
    program = javascript("return P.kerasCode({ ...P.DEFAULTS, ...given.settings }, given.drawn, 6);", given)
    names = {}
    exec(program, names)
    matplotlib.close("all")
    assert names["samples"].shape == (2500, 2)
    assert np.isfinite(names["samples"]).all()
    gan, settings = names["gan"], given["settings"]
    assert gan._compile_choices["objective"] == settings["objective"]
    assert (gan.r1_weight, gan.gradient_penalty_weight) == (settings.get("r1", 0), settings.get("gp", 0))
    assert int(gan.optimizer.d.iterations) == {"non_saturating": 16}.get(name, 6) + settings.get("ahead", 0)
    assert ("ModeCoverage" in capsys.readouterr().out) == (settings.get("data", "ring") in ("ring", "grid", "drawn"))


def test_the_program_has_the_networks_of_the_page():
    program = javascript("return P.kerasCode({ ...P.DEFAULTS, dLayers: 3, gUnits: 16, deviation: true }, [], 6);")
    names = {}
    exec(program.partition("gan = GAN")[0], names)
    count = """const g = new P.Game({ ...P.DEFAULTS, dLayers: 3, gUnits: 16, deviation: true });
               return [g.d, g.g].map((network) => network.weights.length);"""
    assert [names["discriminator"].count_params(), names["generator"].count_params()] == javascript(count)


# The experiments


def test_an_experiment_is_the_same_whether_chosen_or_opened_by_its_address():
    call = """const { settings: own, drawn } = P.EXPERIMENTS.vanish;
              const settings = { ...P.DEFAULTS, ...own };
              const state = { ...P.fromAddress(""), settings, drawn, experiment: "vanish" };
              return [state, P.fromAddress(P.toAddress(state)), P.fromAddress("#open=vanish")];"""
    chosen, again, opened = javascript(call)
    assert chosen == again == opened


def test_every_experiment_has_a_question_and_a_word_for_each_answer():
    experiments = javascript("return P.EXPERIMENTS;")
    assert len(experiments) >= 8
    for name, experiment in experiments.items():
        assert sum(right for _, right, _ in experiment["choices"]) == 1, name
        assert all(text and len(why) > 20 for text, _, why in experiment["choices"]), name
        assert name == "drawing" or experiment["remedies"], name
        assert experiment["pause"] > 0, name


PLAY = """const { settings, remedies, drawn = [] } = P.EXPERIMENTS[given.name];
const change = given.remedy === null ? {} : remedies[given.remedy].change;
const run = new P.Run({ ...P.DEFAULTS, ...settings, ...change, seed: given.seed, drawn });
for (let i = 0; i < given.rounds; i++) run.advance();
const { modes, highQuality, samples } = run.records.at(-1);
return { modes, highQuality, distance: Math.hypot(samples[0], samples[1]), d: run.records.map((r) => r.dLoss) };"""


def outcome(name, remedy, rounds, seed=1):
    return javascript(PLAY, {"name": name, "remedy": remedy, "rounds": rounds, "seed": seed})


def test_the_dirac_gan_circles_and_r1_brings_it_home():
    assert 0.8 < outcome("dirac", None, 400)["distance"] < 1.3
    assert outcome("dirac", 0, 400)["distance"] < 0.05


def test_g_collapses_sharply_and_a_faster_d_undoes_it():
    failing = outcome("collapse", None, 1800)
    assert failing["modes"] <= 3, "the bounds of lesson 06"
    assert failing["highQuality"] > 0.8
    assert outcome("collapse", 0, 1600)["modes"] >= 5


def test_the_swarm_never_rests_but_without_momentum_it_does():
    failing, mended = outcome("swarm", None, 1000), outcome("swarm", 0, 1000)
    assert failing["highQuality"] < 0.2
    assert mended["modes"] >= 7
    assert mended["highQuality"] > failing["highQuality"] + 0.1


def test_the_gradient_vanishes_for_one_loss_only():
    assert outcome("vanish", None, 900)["highQuality"] < 0.05
    assert outcome("vanish", None, 900, seed=11)["highQuality"] < 0.05, "with another seed, too"
    assert outcome("vanish", 0, 900)["modes"] >= 10, "of 16 points"


def test_a_critic_without_a_limit_explodes():
    free, held = outcome("critic", None, 600)["d"], outcome("critic", 0, 600)["d"]
    assert min(loss for loss in free if loss is not None) < -100
    assert min(loss for loss in held if loss is not None) > -10
