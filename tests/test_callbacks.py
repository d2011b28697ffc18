"""The callbacks: when they look, what they draw, that they change nothing, and whose loss broke when."""

import contextlib
import itertools

import keras
import matplotlib.pyplot as plt
import numpy as np
import pytest
from keras import layers

from gan_course import networks
from gan_course.callbacks import AdaptiveAugmentation, Fade, Lookahead, SampleGrid, Snapshots, StopOnNonFinite
from gan_course.gan import GAN
from gan_course.objectives import OBJECTIVES, Objective, wasserstein_d, wasserstein_g
from gan_course.variants import augment

pytestmark = pytest.mark.backends

THREE_PARTS = r"Expected.+Received: .+\. \w"
IMAGE = (4, 4, 1)
ONE_STEP_AT_A_TIME = pytest.mark.skipif(keras.config.backend() == "torch", reason="PyTorch has no steps_per_execution")


def small_gan(shape=(2,), d_optimizer="sgd", g_optimizer="sgd", **choices):
    keras.utils.set_random_seed(0)
    gan = GAN(networks.mlp_generator(shape, 3, units=(4,)), networks.mlp_discriminator(shape, units=(4,)), seed=0)
    gan.compile(d_optimizer, g_optimizer, **choices)
    return gan


def samples(count, shape=(2,)):
    return np.random.default_rng(0).uniform(-1, 1, size=(count, *shape)).astype("float32")


def fit(gan, *callbacks, count=20, epochs=3):
    """Batches of 4: five steps an epoch."""
    shape = gan.generator.output_shape[1:]
    return gan.fit(samples(count, shape), batch_size=4, epochs=epochs, verbose=0, callbacks=list(callbacks))


# -------------------------------------------------------------------------------------------------- Snapshots


def steps_behind(gan):
    return gan.steps_behind()


@pytest.mark.parametrize(
    ("every", "steps"),
    [
        ("epoch", [0, 5, 10, 15]),
        (1, [*range(16)]),
        (5, [0, 5, 10, 15]),
        (4, [0, 4, 8, 12, 15]),
        (np.int64(7), [0, 7, 14, 15]),
        (100, [0, 15]),
    ],
)
def test_snapshots_are_taken_at_the_start_on_the_way_and_at_the_end(every, steps):
    film = Snapshots(steps_behind, every=every)
    fit(small_gan(), film)
    assert film.steps == steps
    assert film.taken == steps


def test_a_last_batch_that_is_smaller_is_a_step():
    film = Snapshots(steps_behind, every=2)
    fit(small_gan(), film, count=10, epochs=1)
    assert film.steps == film.taken == [0, 2, 3]


@pytest.mark.parametrize(("every", "steps"), [("epoch", [0, 5, 10, 15, 20]), (3, [0, 3, 6, 9, 10, 12, 15, 18, 20])])
def test_a_second_fit_goes_on_counting(every, steps):
    film, gan = Snapshots(steps_behind, every=every), small_gan()
    for _ in range(2):
        fit(gan, film, epochs=2)
    assert film.steps == film.taken == steps


def test_after_a_backup_in_the_middle_of_an_epoch_the_steps_are_still_right(tmp_path):
    """The backup has 8 steps, three of the second epoch."""
    backup = {"backup_dir": tmp_path, "save_freq": 4}
    steps = itertools.count(1)  # on JAX the GAN cannot be asked in the middle of an epoch
    stop = keras.callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: 1 / (next(steps) - 9))
    with pytest.raises(ZeroDivisionError):
        fit(small_gan(), keras.callbacks.BackupAndRestore(**backup), stop)
    film = Snapshots(steps_behind, every=2)
    fit(small_gan(), keras.callbacks.BackupAndRestore(**backup), film)
    assert film.steps == film.taken == [8, 10, 12, 14, 15]


@ONE_STEP_AT_A_TIME
@pytest.mark.parametrize(("every", "steps"), [(2, [0, 2, 4, 6, 8]), (3, [0, 4, 6, 8]), ("epoch", [0, 4, 8])])
def test_where_several_steps_are_one_execution_a_snapshot_waits_for_its_end(every, steps):
    film = Snapshots(steps_behind, every=every)
    fit(small_gan(steps_per_execution=2), film, count=16, epochs=2)
    assert film.steps == film.taken == steps


def test_snapshots_that_generate_with_a_seed_change_no_bit_of_the_training():
    alone, watched = (
        small_gan(d_optimizer="adam", g_optimizer="adam"),
        small_gan(d_optimizer="adam", g_optimizer="adam"),
    )
    film = Snapshots(lambda gan: gan.generate(6, seed=3), every=2)
    history, watched_history = fit(alone).history, fit(watched, film).history
    assert len(film.taken) == 9
    assert history == watched_history
    assert all((a == b).all() for a, b in zip(alone.get_weights(), watched.get_weights(), strict=True))
    assert (film.taken[-1] == watched.generate(6, seed=3)).all()
    assert np.abs(film.taken[0] - film.taken[-1]).max() > 1e-4


@pytest.mark.parametrize("every", [0, -1, 2.0, True, "batch", None])
def test_an_interval_that_is_none_is_refused(every):
    with pytest.raises(ValueError, match=r"Invalid every\. " + THREE_PARTS) as caught:
        Snapshots(steps_behind, every=every)
    assert f"Received: {every!r}." in str(caught.value)


# ------------------------------------------------------------------------------------------------- SampleGrid


@pytest.fixture
def shown(monkeypatch):
    """Titles of the figures that were shown."""
    titles = []
    monkeypatch.setattr(plt, "show", lambda: titles.append(plt.gca().get_title(loc="left") or plt.gca().get_title()))
    yield titles
    plt.close("all")


def test_a_grid_is_shown_for_each_look_from_the_same_noise(shown):
    grid, gan = SampleGrid(count=5, every=10, seed=7), small_gan(IMAGE)
    start = gan.generate(5, seed=7)
    fit(gan, grid)
    assert shown == ["step 0", "step 10", "step 15"]
    assert grid.steps == [0, 10, 15]
    assert (grid.taken[0] == start).all()
    assert (grid.taken[-1] == gan.generate(5, seed=7)).all()
    assert np.abs(grid.taken[1] - start).max() > 1e-4


def test_grids_go_into_a_folder_as_pictures_and_leave_no_figure_open(shown, tmp_path):
    before = plt.get_fignums()
    folder = tmp_path / "new" / "folder"
    fit(small_gan(IMAGE), SampleGrid(count=3, every=10, columns=2, folder=folder))
    files = sorted(folder.iterdir())
    assert [file.name for file in files] == ["step_000000.png", "step_000010.png", "step_000015.png"]
    assert all(plt.imread(file).std() > 0.01 for file in files)
    assert (plt.imread(files[0]) != plt.imread(files[-1])).any()
    assert plt.get_fignums() == before
    assert shown == []


def test_a_grid_has_the_averaged_weights_and_training_the_live_ones(shown):
    def trained(*callbacks):
        averaging = keras.optimizers.SGD(0.5, use_ema=True, ema_momentum=0.9)
        gan = small_gan(IMAGE, d_optimizer=keras.optimizers.SGD(0.5), g_optimizer=averaging)
        fit(gan, *callbacks)
        return gan

    grid, live = SampleGrid(count=3, every=5), Snapshots(lambda gan: gan.generate(3, seed=0), every=5)
    watched, alone = trained(grid, live), trained()
    assert (grid.taken[-1] == watched.generate(3, seed=0)).all()
    assert np.abs(grid.taken[1] - live.taken[1]).max() > 1e-4
    assert all((a == b).all() for a, b in zip(watched.get_weights(), alone.get_weights(), strict=True))


def test_a_grid_of_a_conditional_gan_has_the_labels_it_is_given(shown):
    keras.utils.set_random_seed(0)
    ends = [keras.Input((3,)), keras.Input((1,))]
    made = layers.Dense(16, activation="tanh")(layers.Concatenate()(ends))
    generator = keras.Model(ends, layers.Reshape(IMAGE)(made))
    ends = [keras.Input(IMAGE), keras.Input((1,))]
    discriminator = keras.Model(ends, layers.Dense(1)(layers.Concatenate()([layers.Flatten()(ends[0]), ends[1]])))
    gan = GAN(generator, discriminator, seed=0)
    gan.compile("sgd", "sgd")
    grid, labels = SampleGrid(count=2, labels=np.array([[0.0], [5.0]])), np.zeros((8, 1))
    gan.fit(samples(8, IMAGE), labels, batch_size=4, verbose=0, callbacks=[grid])
    assert grid.steps == [0, 2]
    assert (grid.taken[-1] == gan.generate(2, seed=0, labels=[[0.0], [5.0]])).all()
    assert np.abs(grid.taken[-1] - gan.generate(2, seed=0, labels=[[0.0], [0.0]]))[1].max() > 1e-3


# -------------------------------------------------------------------------------------------- StopOnNonFinite


class BreaksAt(keras.optimizers.schedules.LearningRateSchedule):
    """A learning rate that is not finite at one step, from 0: the loss is not from the step after it on."""

    def __init__(self, step, value):
        self.step, self.value = step, value

    def __call__(self, step):
        return keras.ops.where(keras.ops.equal(step, self.step), self.value, 0.01)


def log_of_negatives(scores):
    return keras.ops.mean(keras.ops.log(-keras.ops.abs(scores) - 1.0))


BROKEN = {
    # D's weights break in step 7, and G's loss in the same step, D's loss in the next: but who broke?
    "G's learning rate": ({"g_optimizer": lambda: keras.optimizers.SGD(BreaksAt(6, np.nan))}, "discriminator", 8),
    "infinite": ({"g_optimizer": lambda: keras.optimizers.SGD(BreaksAt(3, np.inf))}, "discriminator", 5),
    "D's learning rate": ({"d_optimizer": lambda: keras.optimizers.SGD(BreaksAt(6, np.nan))}, "generator", 7),
    "D's loss": ({"objective": lambda: Objective(lambda real, fake: log_of_negatives(real), wasserstein_g)}, "both", 1),
    "G's loss": ({"objective": lambda: Objective(wasserstein_d, log_of_negatives)}, "generator", 1),
}


@pytest.mark.parametrize(("make", "player", "step"), BROKEN.values(), ids=BROKEN)
def test_training_stops_at_the_first_loss_that_is_not_finite(make, player, step, capsys):
    guard, count = StopOnNonFinite(), Snapshots(steps_behind, every=1)
    gan = small_gan(**{name: choice() for name, choice in make.items()})
    fit(gan, count, guard)
    player = "discriminator" if player == "both" else player
    assert (guard.player, guard.step) == (player, step)
    assert gan.steps_behind() == count.steps[-1] == step
    (line,) = capsys.readouterr().out.strip().splitlines()
    assert line.startswith(f"Stopped: the {player}'s loss is ")
    assert f"at step {step} (epoch {(step - 1) // 5 + 1}, batch {(step - 1) % 5 + 1})." in line
    assert line.endswith(f"Try a smaller learning rate for the {player}.")


def test_nothing_is_said_and_nothing_stops_while_all_is_well(capsys):
    guard, gan = StopOnNonFinite(), small_gan()
    fit(gan, guard)
    assert (guard.player, guard.step) == (None, None)
    assert gan.steps_behind() == 15
    assert capsys.readouterr().out == ""


def test_a_guard_forgets_what_it_saw_in_an_earlier_fit(capsys):
    guard = StopOnNonFinite()
    fit(small_gan(objective=Objective(wasserstein_d, log_of_negatives)), guard)
    assert guard.player == "generator"
    fit(small_gan(objective=OBJECTIVES["hinge"]), guard)
    assert (guard.player, guard.step) == (None, None)
    assert capsys.readouterr().out.count("Stopped") == 1


# --------------------------------------------------------------------------------------------- Fade and Lookahead


def noisy_gan():
    keras.utils.set_random_seed(0)
    discriminator = keras.Sequential([keras.Input((2,)), networks.InstanceNoise(0.4, seed=1), layers.Dense(1)])
    gan = GAN(networks.mlp_generator((2,), 3, units=(4,)), discriminator, seed=0)
    gan.compile("sgd", "sgd")
    return gan


def strength(gan):
    return float(keras.ops.convert_to_numpy(gan.discriminator.layers[0].stddev.value))


def test_noise_fades_along_a_line_and_stays_away():
    gan = noisy_gan()
    fade, film = Fade(gan.discriminator.layers[0].stddev, 10), Snapshots(strength, every=1)
    fit(gan, fade, film)
    assert np.abs(np.array(film.taken) - 0.4 * np.clip(1 - np.arange(16) / 10, 0, 1)).max() < 1e-6
    fit(gan, fade, film)  # it counts all steps, those of an earlier `fit` too
    assert strength(gan) == 0


def test_the_compiled_step_sees_the_strength_that_was_set():
    """Players that stay as they are: once the noise has faded away, the losses are those of a GAN without any."""
    losses = {}
    for name, start, fade in [("faded", 0.4, True), ("none", 0.0, False), ("noise", 0.4, False)]:
        gan = noisy_gan()
        gan.compile(keras.optimizers.SGD(0.0), keras.optimizers.SGD(0.0))
        noise = gan.discriminator.layers[0].stddev
        noise.assign(start)
        first, second = (fit(gan, *[Fade(noise, 5)] * fade, epochs=1).history["d_loss"] for _ in range(2))
        losses[name] = (*first, *second)
    assert abs(losses["faded"][0] - losses["none"][0]) > 1e-4
    assert abs(losses["noise"][1] - losses["none"][1]) > 1e-4
    assert abs(losses["faded"][1] - losses["none"][1]) < 1e-6


def player_weights(gan):
    return [keras.ops.convert_to_numpy(weight.value) for weight in gan.trainable_variables]


@pytest.mark.parametrize("alpha", [0.5, 0.2])
def test_lookahead_goes_back_part_of_the_way(alpha):
    """From one common start, five steps without it and five with it: its weights lie on the line between."""
    plain, gan = small_gan(), small_gan()
    start = player_weights(gan)
    fit(plain, epochs=1)
    fit(gan, Lookahead(every=5, alpha=alpha), epochs=1)
    for first, far, found in zip(start, player_weights(plain), player_weights(gan), strict=True):
        assert np.abs(first + alpha * (far - first) - found).max() < 1e-6
    assert max(np.abs(a - b).max() for a, b in zip(start, player_weights(plain), strict=True)) > 1e-3


def test_lookahead_that_keeps_all_changes_nothing():
    plain, gan = small_gan(), small_gan()
    fit(plain)
    fit(gan, Lookahead(every=2, alpha=1.0))
    assert all(np.abs(a - b).max() < 1e-6 for a, b in zip(player_weights(plain), player_weights(gan), strict=True))


def test_lookahead_counts_steps_over_epochs():
    """Every seven steps, of fifteen in three epochs: the weights jump after steps 7 and 14, and nowhere else."""
    plain, gan = small_gan(), small_gan()
    films = [Snapshots(player_weights, every=1) for _ in range(2)]
    fit(plain, films[0])
    fit(gan, Lookahead(every=7), films[1])  # before the film: it sees what Lookahead leaves

    def steps_that(film):
        return [max(np.abs(b - a).max() for a, b in zip(*pair, strict=True)) for pair in itertools.pairwise(film)]

    assert np.abs(np.array(steps_that(films[0].taken)[:6]) - steps_that(films[1].taken)[:6]).max() < 1e-6
    start, before, after = films[1].taken[0], films[0].taken[7], films[1].taken[7]
    assert all(np.abs((a + b) / 2 - c).max() < 1e-6 for a, b, c in zip(start, before, after, strict=True))


@ONE_STEP_AT_A_TIME
def test_lookahead_with_several_steps_an_execution():
    """Forty steps in calls of ten."""
    single, several = small_gan(), small_gan(steps_per_execution=10)
    for gan in (single, several):
        fit(gan, Lookahead(every=20), count=160, epochs=1)
    assert all(np.abs(a - b).max() < 1e-6 for a, b in zip(player_weights(single), player_weights(several), strict=True))


@pytest.mark.parametrize("count", [0, -1, 2.5, True, "epoch"])
def test_counts_that_are_none_are_refused(count):
    with pytest.raises(ValueError, match=r"Invalid every.+" + THREE_PARTS):
        Lookahead(every=count)
    with pytest.raises(ValueError, match=r"Invalid steps.+" + THREE_PARTS):
        Fade(noisy_gan().discriminator.layers[0].stddev, count)


@pytest.mark.parametrize("alpha", [0, -0.5, 1.5, np.nan, None])
def test_other_shares_are_refused(alpha):
    with pytest.raises(ValueError, match=r"Invalid alpha.+" + THREE_PARTS):
        Lookahead(alpha=alpha)


class Kill(keras.callbacks.Callback):
    """Ends a training after so many steps, as if it had been killed."""

    def __init__(self, step):
        super().__init__()
        self.step = step

    def on_train_batch_end(self, batch, logs=None):
        if self.model.steps_behind() == self.step:
            raise InterruptedError


@pytest.mark.parametrize(
    "remedy", [lambda gan: Fade(gan.discriminator.layers[0].stddev, 12), lambda gan: Lookahead(every=2)]
)
def test_a_training_that_was_killed_ends_where_it_would_have_ended(remedy, tmp_path):
    whole = noisy_gan()
    fit(whole, remedy(whole))
    for kill in ([Kill(8)], []):  # in the middle of the second epoch
        gan = noisy_gan()
        backup = keras.callbacks.BackupAndRestore(tmp_path / "backup", save_freq=1)
        with contextlib.suppress(InterruptedError):
            fit(gan, remedy(gan), backup, *kill)
        assert gan.steps_behind() == (8 if kill else 15)
    assert all(np.abs(a - b).max() < 1e-6 for a, b in zip(player_weights(whole), player_weights(gan), strict=True))
    assert strength(gan) == pytest.approx(strength(whole))


# --------------------------------------------------------------------------------------------- AdaptiveAugmentation


def augmented_gan(probability=0.5, bias=0.0, rate=0.05, **choices):
    """D's first score is that of a random layer plus the bias."""
    keras.utils.set_random_seed(0)
    judge = keras.Sequential([keras.Input(IMAGE), layers.Flatten(), layers.Dense(1)])
    judge.layers[-1].bias.assign([bias])
    discriminator = augment.augmented(judge, seed=0, probability=probability)
    gan = GAN(networks.mlp_generator(IMAGE, 3, units=(4,)), discriminator, seed=0)
    gan.compile(keras.optimizers.SGD(rate), keras.optimizers.SGD(rate), **choices)
    return gan


def adaptive(gan, count=20, **choices):
    return AdaptiveAugmentation(augmentation_of(gan).probability, samples(count, IMAGE), **choices)


def augmentation_of(gan):
    return gan.discriminator.get_layer("augmentation")


def probability(gan):
    return float(keras.ops.convert_to_numpy(augmentation_of(gan).probability.value))


@pytest.mark.parametrize(("bias", "end"), [(10.0, 1.0), (-10.0, 0.0)])
def test_the_probability_goes_up_if_d_is_sure_of_its_samples_and_down_if_it_is_not(bias, end):
    """By 2 of 10 steps each time, until there is nowhere to go."""
    gan = augmented_gan(bias=bias, rate=0.0)
    adapt = adaptive(gan, every=2, steps=10)
    fit(gan, adapt)
    r = np.sign(bias)
    expected = np.clip(0.5 + r * 0.2 * np.arange(1, 8), 0, 1)
    assert [move[:2] for move in adapt.moves] == [(step, r) for step in range(2, 15, 2)]
    assert np.abs(np.array([move[2] for move in adapt.moves]) - expected).max() < 1e-6
    assert probability(gan) == pytest.approx(end)


@pytest.mark.parametrize(("target", "direction"), [(-1.0, 1), (1.0, -1)])
def test_r_is_the_mean_sign_of_the_scores_of_all_samples(target, direction):
    gan = augmented_gan(probability=0.0, rate=0.0)
    adapt = adaptive(gan, every=15, steps=30, target=target)
    scores = gan.discriminator.predict_on_batch(samples(20, IMAGE))
    fit(gan, adapt, epochs=4)
    ((step, r, after),) = adapt.moves
    assert step == 15
    assert abs(r - np.sign(scores).mean()) < 1e-6
    assert -1 < r < 1
    assert after == max(0.5 * direction, 0.0)


def test_measuring_r_changes_no_weight_and_no_moving_statistic():
    plain, gan = noisy_gan(), noisy_gan()  # for a D without an augmentation the variable is without effect
    variable = keras.Variable(0.5, trainable=False)
    fit(plain, epochs=1)
    fit(gan, AdaptiveAugmentation(variable, samples(20), every=5), epochs=1)
    assert all(np.abs(a - b).max() < 1e-6 for a, b in zip(plain.get_weights(), gan.get_weights(), strict=True))


def test_an_adaptive_training_that_was_killed_ends_where_it_would_have_ended(tmp_path):
    whole = augmented_gan()
    fit(whole, adaptive(whole, every=2, steps=20, batch_size=8))
    for kill in ([Kill(8)], []):  # in the middle of the second epoch, before the move that follows
        gan = augmented_gan()
        backup = keras.callbacks.BackupAndRestore(tmp_path / "backup", save_freq=1)
        with contextlib.suppress(InterruptedError):
            fit(gan, backup, adaptive(gan, every=2, steps=20, batch_size=8), *kill)
    assert all(np.abs(a - b).max() < 1e-6 for a, b in zip(whole.get_weights(), gan.get_weights(), strict=True))
    assert probability(gan) == pytest.approx(probability(whole))


@pytest.mark.parametrize("choice", [{"target": 2}, {"target": None}, {"steps": 0}, {"every": 1.5}, {"batch_size": -1}])
def test_other_choices_of_an_adaptive_strength_are_refused(choice):
    (name,) = choice
    with pytest.raises(ValueError, match=rf"Invalid {name}.+" + THREE_PARTS):
        AdaptiveAugmentation(keras.Variable(0.0), samples(4), **choice)
