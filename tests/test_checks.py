"""Every exercise check: right answers pass, each typical mistake gets its own message, stubs count as not attempted."""

import functools
import importlib
import itertools
import math
import pkgutil
import warnings
from pathlib import Path

import numpy as np
import pytest
from scipy import ndimage
from scipy.special import logsumexp
from sklearn.metrics import log_loss, roc_curve

from gan_course import checks, runtime
from gan_course.checks import (
    lesson_01,
    lesson_02,
    lesson_03,
    lesson_04,
    lesson_05,
    lesson_07,
    lesson_08,
    lesson_09,
    lesson_10,
    lesson_11,
    lesson_12,
    lesson_13,
    lesson_14,
    lesson_15,
    lesson_16,
)
from gan_course.checks.exercise import NOT_ATTEMPTED, RIGHT, WRONG, Exercise, Mistake, Wrong, function_exercise
from gan_course.metrics import density_coverage, membership_attack, parzen_log_likelihood, precision_recall

ROOT = Path(__file__).resolve().parents[1]
LESSONS = [
    importlib.import_module(f"gan_course.checks.{module.name}")
    for module in pkgutil.iter_modules(checks.__path__)
    if module.name.startswith("lesson_")
]
EXERCISES = {
    f"{lesson.__name__.rsplit('.', 1)[1]}.{name}": exercise
    for lesson in LESSONS
    for name, exercise in vars(lesson).items()
    if isinstance(exercise, Exercise)
}
MISTAKES = [(name, number) for name, exercise in EXERCISES.items() for number in range(len(exercise.mistakes))]


@pytest.fixture(autouse=True, scope="module")
def _tensorflow():
    """The gradient exercise is written for TensorFlow, as lesson 03 is."""
    pytest.importorskip("tensorflow", reason="lesson 03's gradient exercise needs TensorFlow")
    runtime.configure(seed=0)


@pytest.mark.parametrize("lesson", LESSONS)
def test_each_lesson_has_at_least_three_exercises(lesson):
    assert sum(isinstance(item, Exercise) for item in vars(lesson).values()) >= 3


@pytest.mark.parametrize("name", EXERCISES)
def test_an_exercise_stands_in_its_lesson(name):
    """An exercise that a lesson no longer asks for has no business in the package."""
    lesson, name = name.split(".")
    (source,) = (ROOT / "notebooks" / "source").glob(f"{lesson.removeprefix('lesson_')}_*.py")
    assert f"check.{name}(" in source.read_text("utf-8")


@pytest.mark.parametrize("name", EXERCISES)
def test_the_solution_is_right(name):
    assert EXERCISES[name].grade(remembered(name)).status == RIGHT


@functools.cache
def remembered(name):
    """The answer of an exercise. Two answers train for seconds, so what they return for the same input is kept."""
    answer, known = EXERCISES[name].answer, {}
    if name not in ("lesson_04.train", "lesson_07.forge"):
        return answer

    def call(*arguments):
        key = arguments[0].tobytes()  # the pictures or points to learn from
        if key not in known:
            known[key] = answer(*arguments)
        return np.array(known[key])

    return call


@pytest.mark.parametrize("name", EXERCISES)
def test_there_are_at_least_three_mistakes_with_messages(name):
    messages = {mistake.message for mistake in EXERCISES[name].mistakes}
    assert len(messages) >= 3


@pytest.mark.parametrize(("name", "number"), MISTAKES)
def test_each_mistake_gets_its_own_message(name, number):
    mistake = EXERCISES[name].mistakes[number]
    assert EXERCISES[name].grade(mistake.answer) == (WRONG, mistake.message)


@pytest.mark.parametrize("name", EXERCISES)
def test_a_stub_is_not_attempted(name):
    stub = dict.fromkeys(lesson_01.kinds.answer, ...) if name == "lesson_01.kinds" else lambda *arguments: ...
    assert EXERCISES[name].grade(stub).status == NOT_ATTEMPTED
    assert EXERCISES[name].grade(...).status == NOT_ATTEMPTED


@pytest.mark.parametrize("name", EXERCISES)
def test_nonsense_and_crashes_are_wrong_not_errors(name):
    def crash(*arguments):
        raise RuntimeError("my code broke")

    for nonsense in ("text", 3.5, crash, lambda: None):
        assert EXERCISES[name].grade(nonsense).status == WRONG


@pytest.mark.parametrize("name", EXERCISES)
def test_hint_and_solution_print(name, capsys):
    EXERCISES[name].hint()
    assert capsys.readouterr().out.startswith("Hint: ")
    EXERCISES[name].solution()
    solution = capsys.readouterr().out
    assert solution.startswith("{" if name == "lesson_01.kinds" else f"def {name.split('.')[1]}(")


@pytest.mark.parametrize("name", EXERCISES)
def test_the_solution_that_is_printed_is_right(name, capsys):
    """What `.solution()` shows can be pasted into a notebook and passes."""
    EXERCISES[name].solution()
    printed, namespace = capsys.readouterr().out, {"np": np}
    if name == "lesson_01.kinds":
        answer = eval(printed)
    else:
        exec(printed, namespace)
        answer = next(
            value for key, value in namespace.items() if callable(value) and key not in ("np", "__builtins__")
        )
    assert EXERCISES[name].grade(answer).status == RIGHT


def in_place(answer, *arguments):
    """Call an answer that then spoils its arguments, as `x *= 2` does."""
    result = np.array(answer(*arguments), float)
    for argument in arguments:
        for array in argument if isinstance(argument, list) else [argument]:
            if not callable(array):
                array *= 0
    return result


@pytest.mark.parametrize(
    "name",
    [
        name
        for name in EXERCISES
        if "repair" not in name and name.split(".")[1] not in ("draw", "kinds", "algorithm_1", "log_partition")
    ],
)
def test_an_answer_that_changes_its_arguments_spoils_nothing(name):
    exercise, answer = EXERCISES[name], remembered(name)
    for _ in range(2):
        assert exercise.grade(functools.partial(in_place, answer)).status == RIGHT
    assert exercise.grade(answer).status == RIGHT


def test_not_a_number_is_not_taken_for_a_mistake():
    status, message = lesson_02.value_function.grade(lambda d_real, d_fake: np.nan)
    assert status == WRONG
    assert "Received: nan" in message


def test_calling_a_check_prints_one_outcome(capsys):
    lesson_02.value_function(lambda d_real, d_fake: ...)
    lesson_02.value_function(lambda d_real, d_fake: np.mean(np.log(d_real)))
    lesson_02.value_function(lambda d_real, d_fake: np.log(d_real).mean() + np.log1p(-d_fake).mean())
    out = capsys.readouterr().out
    assert [sign in out for sign in ("□ Not attempted yet.", "✗ Not yet.", "✓ Right.")] == [True] * 3


def test_a_function_without_return_is_told_so():
    def forgot(p_data, p_model):
        p_data / (p_data + p_model)

    status, message = lesson_02.optimal_discriminator.grade(forgot)
    assert status == WRONG
    assert "return" in message


# Right answers written differently from ours, and wrong ones that people give although no list of ours has them.


def log_domain(picture, start, transition, emission):
    """The forward algorithm with logarithms all the way."""
    logs = np.log(start) + np.log(emission[:, picture[0]])
    for level in picture[1:]:
        logs = np.logaddexp.reduce(logs[:, None] + np.log(transition), axis=0) + np.log(emission[:, level])
    return np.logaddexp.reduce(logs)


def by_divergence(p_data, p_model, x):
    """Both losses at the best D, the first one through the Jensen-Shannon divergence."""
    g_loss = -np.trapezoid(p_model * np.log(p_data / (p_data + p_model)), x)
    return [np.log(4) - 2 * lesson_02.jensen_shannon.answer(p_data, p_model, x), g_loss]


def nearest_one_by_one(samples, images, reach):
    moves = list(itertools.product(range(-reach, reach + 1), repeat=2))
    return [min(np.linalg.norm(a - np.roll(b, m, axis=(0, 1))) for b in images for m in moves) for a in samples]


def by_convolution(side, kernel, stride):
    pressed = np.zeros(stride * (side - 1) + 1)
    pressed[::stride] = 1
    return np.convolve(pressed, np.ones(kernel))


def value_by_divergences(p, q, share, x):
    """The highest value as KL divergences from the mixture of both densities, minus the entropy of the share."""
    mixture = share * p + (1 - share) * q
    to_real, to_fake = (np.trapezoid(density * np.log(density / mixture), x) for density in (p, q))
    return share * to_real + (1 - share) * to_fake + share * np.log(share) + (1 - share) * np.log(1 - share)


def penalty_one_by_one(gradient, real, fake, weight):
    """The gradient penalty, pair by pair."""
    points = [b + u * (a - b) for a, b, u in zip(real, fake, weight, strict=True)]
    return np.mean([(np.sqrt((gradient(point[None]) ** 2).sum()) - 1) ** 2 for point in points])


def log_partition_by_free_energies(weights, a, b, states):
    """log Z as the sum over the pictures, or over the hidden states if there are fewer of them."""
    if len(a) > len(b):
        return log_partition_by_free_energies(weights.T, b, a, states)
    v = states(len(a))
    return logsumexp([v_ @ a + sum(np.logaddexp(0, b + v_ @ weights)) for v_ in v])


def by_permutation(asked, judged, classes):
    """Accuracy after the best renaming, by trying all of them."""
    return max(np.mean(np.array(names)[asked] == judged) for names in itertools.permutations(range(classes)))


def attention_place_by_place(queries, keys, values):
    rows = []
    for i, query in enumerate(queries):
        weights = np.exp(keys[: i + 1] @ query / len(query) ** 0.5)
        rows.append(weights @ values[: i + 1] / weights.sum())
    return np.array(rows)


def noised_one_by_one(pictures, times, noise, signal):
    """Row by row, with √ᾱ and √(1 − ᾱ) as the cosine and the sine of an angle."""
    angles = np.arccos(np.sqrt(signal))
    rows = zip(pictures, times, noise, strict=True)
    return [np.cos(angles[t]) * picture + np.sin(angles[t]) * chance for picture, t, chance in rows]


def ddim_by_two_factors(x, noise, t, earlier, signal):
    """Song et al. 2021, equation 13: x / √ᾱ moves along the noise by the change of √((1 − ᾱ) / ᾱ)."""
    ratio = np.sqrt((1 - signal) / signal)
    return np.sqrt(signal[earlier]) * (x / np.sqrt(signal[t]) + (ratio[earlier] - ratio[t]) * noise)


def mean_of_the_noises(x, pictures, left):
    """For each noisy picture, the noises that would lead to it from all pictures, and their weighted mean."""
    noises = [(one - np.sqrt(left) * pictures) / np.sqrt(1 - left) for one in x]
    logs = [-(noise**2).sum(axis=1) / 2 for noise in noises]
    weights = [np.exp(log - log.max()) for log in logs]
    return [np.average(noise, axis=0, weights=weight) for noise, weight in zip(noises, weights, strict=True)]


def best_by_trying(values, probabilities):
    """The two guesses with the smallest expected difference, among many."""
    tried = np.sort(np.append(np.linspace(-1, 1, 20_001), values))
    gaps = np.abs(tried[:, None] - values)
    return tried[(gaps**2 @ probabilities).argmin()].round(4), tried[(gaps @ probabilities).argmin()]


def patch_by_gradient(kernels, strides):
    """How many places of a line a number at the end depends on, layer by layer from the end."""
    first, last = 0, 0
    for kernel, stride in list(zip(kernels, strides, strict=True))[::-1]:
        first, last = first * stride, last * stride + kernel - 1
    return last - first + 1


def loss_of_the_package(a, b, to_a, to_b, d_a, d_b, weight):
    """The same, made of the parts of the package."""
    from keras import ops

    from gan_course.objectives import OBJECTIVES
    from gan_course.variants.translation import mean_absolute_difference

    fooling = [OBJECTIVES["least_squares"].g_loss(ops.convert_to_tensor(d)) for d in (d_a(to_a(b)), d_b(to_b(a)))]
    back = mean_absolute_difference(a, to_a(to_b(a))) + mean_absolute_difference(b, to_b(to_a(b)))
    return float(2 * sum(fooling) + weight * back)  # the package halves the squares, the paper does not


def codes_one_after_the_other(make, slope, picture, start, rate, steps):
    """All codes of a descent in a list, of which the best is chosen at the end."""
    codes = [np.array(start, float)]
    for _ in range(steps):
        codes.append(codes[-1] - 2 * rate * (make(codes[-1]) - picture) @ slope(codes[-1]))
    return min(codes, key=lambda z: np.linalg.norm(make(z) - picture))


def flops_of_a_layer_by_shapes(side, kernel, channels, filters, stride):
    """The numbers of outputs and of inputs as Keras' layers have them, times what each of them costs."""
    import keras

    small = keras.layers.Conv2D(filters, kernel, stride, "same").compute_output_shape((1, side, side, channels))
    return [2 * np.prod(small) * kernel * kernel * channels, 2 * side * side * channels * kernel * kernel * filters]


def gradient_sample_by_sample(gradients, counts):
    """The mean over a list in which each worker's gradient stands as often as it has samples."""
    return np.mean(np.repeat(gradients, counts.astype(int), axis=0), axis=0)


def flops_of_a_step_layer_by_layer(generator, discriminator, batch):
    """Layer by layer: how many products each of them computes in each of the two steps."""
    d_step = g_step = 0
    for network, rows in (("g", generator), ("d", discriminator)):
        for number, (side, kernel, channels, filters, stride, transposed) in enumerate(rows):
            places = (side if transposed else math.ceil(side / stride)) ** 2
            one = 2 * batch * places * kernel * kernel * channels * filters
            d_step += one if network == "g" else 2 * one * (3 if number else 2)
            g_step += one * ((3 if number else 2) if network == "g" else 2)
    return d_step, g_step


def shifted_by_padding(pictures, shifts, fill):
    """A wide border around each picture, and then the right part of it."""
    wide = np.pad(pictures, ((0, 0), (9, 9), (9, 9)), constant_values=fill)
    height, width = pictures.shape[1:]
    return [each[9 - i : 9 - i + height, 9 - j : 9 - j + width] for each, (i, j) in zip(wide, shifts, strict=True)]


def shifted_by_scipy(pictures, shifts, fill):
    pairs = zip(pictures, shifts, strict=True)
    return [ndimage.shift(each, move, order=0, mode="constant", cval=fill) for each, move in pairs]


def shifted_by_matrices(pictures, shifts, fill):
    """As a D does it: a matrix with ones beside its diagonal on the left, and another one on the right."""
    height, width = pictures.shape[1:]
    moves = [(np.eye(height, k=-down), np.eye(width, k=right)) for down, right in shifts]
    return [fill + rows @ (each - fill) @ columns for each, (rows, columns) in zip(pictures, moves, strict=True)]


def by_roc_curve(members, others):
    """The largest gap between the two rates of scikit-learn's ROC curve."""
    is_member = np.arange(len(members) + len(others)) < len(members)
    false, true, _ = roc_curve(is_member, np.concatenate([members, others]), drop_intermediate=False)
    return max(true - false)


def by_classes_and_one_more(labeled, labels, unlabeled, made):
    """With the softmax of K + 1 classes, the last of which has the logit 0."""
    more = [np.pad(logits, ((0, 0), (0, 1))) for logits in (unlabeled, made)]
    unreal = [logits[:, -1] - logsumexp(logits, axis=1) for logits in more]
    named = logsumexp(labeled, axis=1) - labeled[np.arange(len(labels)), labels]
    real = logsumexp(unlabeled, axis=1) - logsumexp(more[0], axis=1)
    return named.mean() - real.mean() - unreal[1].mean()


def semi_supervised_loss_of_keras(labeled, labels, unlabeled, made):
    """The same, made of the losses of Keras and of the package."""
    from keras import losses, ops

    from gan_course.objectives import OBJECTIVES

    scores = [ops.logsumexp(ops.convert_to_tensor(x), axis=1, keepdims=True) for x in (unlabeled, made)]
    named = losses.SparseCategoricalCrossentropy(from_logits=True)(labels, labeled)
    return float(named) + float(OBJECTIVES["non_saturating"].d_loss(*scores))


def by_confusion(asked, judged, classes):
    table = np.zeros((classes, classes))
    np.add.at(table, (asked, judged), 1)
    return table.diagonal() / table.sum(axis=1)


@pytest.mark.parametrize(
    ("exercise", "answer"),
    [
        (lesson_01.kinds, {model: f" {kind.title()}" for model, kind in lesson_01.kinds.answer.items()}),
        (lesson_04.losses_at_best, by_divergence),
        (lesson_05.to_tanh, lambda pixels: (pixels - 127.5) / 127.5),
        (lesson_05.times_written, by_convolution),
        (lesson_05.nearest, nearest_one_by_one),
        (lesson_08.penalty, penalty_one_by_one),
        (lesson_08.earth_mover, lambda a, b: min(np.abs(a - c).mean() for c in itertools.permutations(b))),
        (lesson_10.class_accuracy, by_confusion),
        (lesson_10.renamed_accuracy, by_permutation),
        (lesson_11.forward, log_domain),
        (lesson_11.attend, attention_place_by_place),
        (lesson_12.noised, noised_one_by_one),
        (lesson_12.ddim_step, ddim_by_two_factors),
        (lesson_12.best_noise, mean_of_the_noises),
        (lesson_13.best_guesses, best_by_trying),
        (lesson_13.patch_side, patch_by_gradient),
        (lesson_13.translators_loss, loss_of_the_package),
        (
            lesson_14.information_bound,
            lambda codes, q: np.log(q.shape[1]) - log_loss(codes, q, labels=range(q.shape[1])),
        ),
        (lesson_14.find_code, codes_one_after_the_other),
        (lesson_14.truncate, lambda styles, psi: psi * styles + (1 - psi) * styles.mean(axis=0)),
        (lesson_15.translate, shifted_by_padding),
        (lesson_15.translate, shifted_by_scipy),
        (lesson_15.translate, shifted_by_matrices),
        (lesson_15.advantage, lambda members, others: membership_attack(members, others).advantage),
        (lesson_15.advantage, by_roc_curve),
        (lesson_15.semi_supervised_loss, by_classes_and_one_more),
        (lesson_15.semi_supervised_loss, semi_supervised_loss_of_keras),
        (lesson_16.layer_flops, flops_of_a_layer_by_shapes),
        (lesson_16.global_gradient, gradient_sample_by_sample),
        (lesson_16.global_gradient, lambda gradients, counts: np.average(gradients, axis=0, weights=counts)),
        (lesson_16.step_flops, flops_of_a_step_layer_by_layer),
        (lesson_01.posterior, lambda likelihoods, priors: (priors * likelihoods) / np.dot(priors, likelihoods)),
        (lesson_01.posterior, lambda likelihoods, priors: list(likelihoods * priors / (likelihoods @ priors))),
        (lesson_02.value_with_share, value_by_divergences),
        (lesson_02.optimal_discriminator, lambda p_data, p_model: 1 / (1 + p_model / p_data)),
        (lesson_02.optimal_discriminator, lambda p_data, p_model: 1 / (1 + np.exp(np.log(p_model) - np.log(p_data)))),
        (lesson_02.generator_loss, lambda scores: np.mean(np.maximum(-scores, 0) + np.log1p(np.exp(-np.abs(scores))))),
        (lesson_07.frechet_1d, lambda m, s, n, t: (m - n) ** 2 + s**2 + t**2 - 2 * np.sqrt(s**2 * t**2)),
        (
            lesson_07.four_numbers,
            lambda real, fake, k: [*precision_recall(real, fake, k), *density_coverage(real, fake, k)],
        ),
        (lesson_09.free_energy, lambda v, weights, a, b: -(a @ v) - np.log1p(np.exp(v @ weights + b)).sum()),
        (lesson_09.log_partition, log_partition_by_free_energies),
        (
            lesson_09.margin_losses,
            lambda real, fake, margin: [(np.clip(margin - fake, 0, None)).mean() + real.mean(), fake.mean()],
        ),
        (
            lesson_09.pull_apart,
            lambda codes: np.mean([np.square(a @ b) / (a @ a) / (b @ b) for a, b in itertools.permutations(codes, 2)]),
        ),
        (
            lesson_07.log_parzen,
            lambda point, samples, sigma: parzen_log_likelihood(samples, point[None], sigma=sigma).mean,
        ),
    ],
)
def test_other_right_answers_pass(exercise, answer):
    assert exercise.grade(answer).status == RIGHT


@pytest.mark.parametrize(
    ("exercise", "answer"),
    [
        (lesson_01.posterior, lambda likelihoods, priors: np.round(likelihoods * priors / (likelihoods @ priors))),
        (lesson_01.posterior, lambda likelihoods, priors: np.array([1 / 9, 8 / 9])),  # what the first case wants
        (lesson_03.movement, lambda before, after: [np.sqrt(((after[0] - before[0]) ** 2).sum())]),
        (lesson_05.times_written, lambda side, kernel, stride: np.minimum(by_convolution(side, kernel, stride), 2)),
        (lesson_05.to_tanh, lambda pixels: np.clip(pixels / 127.5 - 1, -0.999, 0.999)),
        (
            lesson_08.penalty,
            lambda gradient, real, fake, weight: np.mean(
                (np.abs(gradient(fake + weight[:, None] * (real - fake))).max(axis=1) - 1) ** 2
            ),
        ),
        (
            lesson_10.projection_scores,
            lambda features, labels, kernel, bias, table: (features + table[labels]) @ kernel + bias,
        ),
        (lesson_11.attend, lambda queries, keys, values: np.cumsum(values, axis=0)),
        (lesson_12.draw_code, lambda mean, log_variance, noise: mean + np.sqrt(np.abs(log_variance)) * noise),
        (lesson_12.ddim_step, lambda x, noise, t, earlier, signal: np.sqrt(signal[earlier] / signal[t]) * x),
        (lesson_12.best_noise, lambda x, pictures, left: np.sqrt(1 - left) * x),
        (lesson_13.patch_side, lambda kernels, strides: 18),
        (lesson_15.translate, lambda pictures, shifts, fill: pictures + fill),
        (lesson_15.advantage, lambda members, others: 0.5),
        (lesson_15.semi_supervised_loss, lambda labeled, labels, unlabeled, made: np.log(2) * 3),
        (
            lesson_14.truncate,
            lambda styles, psi: np.median(styles, axis=0) + psi * (styles - np.median(styles, axis=0)),
        ),
        (
            lesson_16.layer_flops,
            lambda side, kernel, channels, filters, stride: [2 * kernel * channels * filters * side] * 2,
        ),
        (lesson_16.global_gradient, lambda gradients, counts: np.sqrt(counts) @ gradients / np.sqrt(counts).sum()),
        (lesson_16.step_flops, lambda generator, discriminator, batch: [batch * len(generator), len(discriminator)]),
        (lesson_02.value_function, lambda d_real, d_fake: np.log10(d_real).mean() + np.log10(1 - d_fake).mean()),
        (
            lesson_03.movement,
            lambda before, after: max(np.linalg.norm(b - a) for a, b in zip(before, after, strict=True)) + 1.0,
        ),
        (lesson_03.movement, lambda before, after: [np.abs(b - a).max() for a, b in zip(before, after, strict=True)]),
        (lesson_02.optimal_discriminator, lambda p_data, p_model: (p_data / (p_data + p_model))[:1]),
        (lesson_02.jensen_shannon, lambda p, q, x: np.minimum(p, q).sum()),
        (lesson_02.generator_loss, lambda scores: np.logaddexp(0, -scores)),
        (lesson_07.frechet_1d, lambda mean_a, std_a, mean_b, std_b: (mean_a + mean_b) ** 2 + (std_a - std_b) ** 2),
        (
            lesson_07.four_numbers,
            lambda real, fake, k: [*precision_recall(real, fake, k + 1), *density_coverage(real, fake, k)],
        ),
        (lesson_09.free_energy, lambda v, weights, a, b: -v @ a - 2 * np.logaddexp(0, b + v @ weights).sum()),
        (lesson_09.log_partition, lambda weights, a, b, states: a.sum() + b.sum() + weights.sum()),
    ],
)
def test_other_wrong_answers_are_refused_with_numbers(exercise, answer):
    status, message = exercise.grade(answer)
    assert status == WRONG
    assert "expected" in message.lower()
    assert "Received" in message


def test_samplers_are_judged_by_their_distribution():
    def by_inverse(count, weights, means, stds, rng):
        component = np.searchsorted(np.cumsum(weights), rng.uniform(size=count))
        return means[component] + stds[component] * rng.normal(size=count)

    def indices(count, weights, means, stds, rng):
        return rng.choice(len(weights), size=count, p=weights)

    def uniform(count, weights, means, stds, rng):
        component = rng.choice(len(weights), size=count, p=weights)
        return means[component] + stds[component] * rng.uniform(-(3**0.5), 3**0.5, size=count)

    def multinomial(count, weights, means, stds, rng):
        counts = rng.multinomial(count, weights)
        return rng.permutation(np.repeat(means, counts) + np.repeat(stds, counts) * rng.normal(size=count))

    def point_by_point(count, weights, means, stds, rng):
        components = (rng.choice(len(weights), p=weights) for _ in range(count))
        return [rng.normal(means[component], stds[component]) for component in components]

    def root_for_deviation(count, weights, means, stds, rng):
        component = rng.choice(len(weights), size=count, p=weights)
        return rng.normal(means[component], stds[component] ** 0.5)

    for right in (by_inverse, multinomial, point_by_point):
        assert lesson_01.draw.grade(right).status == RIGHT
    assert "standard deviation" in lesson_01.draw.grade(root_for_deviation).message
    assert "numbers of the components" in lesson_01.draw.grade(indices).message
    assert "bell shape" in lesson_01.draw.grade(uniform).message
    assert "return" in lesson_01.draw.grade(lambda *arguments: None).message


def test_a_round_on_one_joint_batch_is_right():
    def one_batch(generator, discriminator, combined, real, z):
        both = np.concatenate([real, generator.predict_on_batch(z)])
        discriminator.train_on_batch(both, np.repeat([1.0, 0.0], len(real))[:, None])
        discriminator.trainable = False
        combined.train_on_batch(z, np.ones((len(z), 1)))
        discriminator.trainable = True

    assert lesson_03.repair_round.grade(one_batch).status == RIGHT


def test_the_flag_may_be_set_by_hand_as_long_as_it_is_right_at_every_call():
    def by_hand(generator, discriminator, combined, real, z):
        discriminator.trainable = True
        discriminator.train_on_batch(real, np.ones((len(real), 1)))
        discriminator.train_on_batch(generator.predict_on_batch(z), np.zeros((len(z), 1)))
        discriminator.trainable = False
        combined.train_on_batch(z, np.ones((len(z), 1)))

    assert lesson_03.repair_round.grade(by_hand).status == RIGHT


def test_a_round_without_train_on_batch_is_told_so():
    def with_fit(generator, discriminator, combined, real, z):
        discriminator.fit(real, np.ones((len(real), 1)), verbose=0)

    status, message = lesson_03.repair_round.grade(with_fit)
    assert status == WRONG
    assert "train_on_batch" in message


@pytest.mark.parametrize(
    "build",
    [
        lambda generator, discriminator: lesson_03._repair_build(generator, discriminator) and discriminator,
        lambda generator, discriminator: (
            [setattr(layer, "trainable", False) for layer in discriminator.layers]
            and lesson_03._repair_build(generator, discriminator)
        ),
    ],
)
def test_builds_that_cannot_train_are_refused(build):
    status, message = lesson_03.repair_build.grade(build)
    assert status == WRONG
    assert "stack" in message or "frozen" in message


def test_smoothed_labels_are_right():
    def smoothed(generator, discriminator, combined, real, z):
        from gan_course.gan import frozen

        discriminator.train_on_batch(real, np.full((len(real), 1), 0.9))
        discriminator.train_on_batch(generator.predict_on_batch(z), np.zeros((len(z), 1)))
        with frozen(discriminator):
            combined.train_on_batch(z, np.ones((len(z), 1)))

    assert lesson_03.repair_round.grade(smoothed).status == RIGHT


def test_a_check_leaves_no_warning_behind():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for mistake in lesson_03.repair_round.mistakes[:2]:  # the flag that is never raised again, or never lowered
            lesson_03.repair_round.grade(mistake.answer)


def test_a_further_test_runs_before_the_cases_or_after_them():
    """The first one refuses answers whose values would be right; the last one is asked about right values only."""
    asked = []

    def first(answer):
        asked.append("first")
        if answer is math.fabs:
            raise Wrong("not this one")

    def last(answer):
        asked.append("last")
        if answer(-0.5) != 0.5:
            raise Wrong("only whole numbers")

    exercise = function_exercise(
        abs, [(-3,), (2,)], [Mistake(lambda x: x, "the sign")], "right", "hint", test_first=first, test_last=last
    )
    for answer, outcome, tests in [
        (abs, (RIGHT, "right"), ["first", "last"]),
        (math.fabs, (WRONG, "not this one"), ["first"]),
        (lambda x: x, (WRONG, "the sign"), ["first"]),
        (lambda x: abs(round(x)), (WRONG, "only whole numbers"), ["first", "last"]),
    ]:
        asked.clear()
        assert exercise.grade(answer) == outcome
        assert asked == tests
    asked.clear()
    assert exercise.grade(3).status == WRONG
    assert asked == []


@pytest.mark.parametrize("name", EXERCISES)
def test_no_answer_that_is_handed_back_passes(name):
    """Returning an argument, a constant, or the arguments' number is wrong everywhere."""
    for lazy in (lambda *arguments: arguments[0], lambda *arguments: arguments[-1], lambda *arguments: 1.0):
        assert EXERCISES[name].grade(lazy).status == WRONG


def test_a_count_that_stops_at_the_last_right_class_is_refused():
    """np.bincount of the right ones is too short where the last classes fail: an error on that case, and no pass."""
    short = lambda asked, judged, classes: np.bincount(asked[asked == judged]) / np.bincount(asked)  # noqa: E731
    assert lesson_10.class_accuracy.grade(short).status == WRONG


def test_densities_that_become_zero_for_large_pictures_are_refused():
    def plain(x, pictures, left):
        squares = ((x[:, None] - np.sqrt(left) * pictures) ** 2).sum(axis=2)
        weights = np.exp(-squares / (2 * (1 - left)))
        guess = weights @ pictures / weights.sum(axis=1, keepdims=True)
        return (x - np.sqrt(left) * guess) / np.sqrt(1 - left)

    outcome = lesson_12.best_noise.grade(plain)
    assert outcome.status == WRONG
    assert "784 pixels" in outcome.message


def test_probabilities_on_top_of_the_stack_are_refused():
    """Each loss by itself would fit what its model returns."""
    import keras

    def sigmoid_in_the_stack(generator, discriminator):
        discriminator.compile("sgd", keras.losses.BinaryCrossentropy(from_logits=True))
        combined = keras.Sequential([generator, discriminator, keras.layers.Activation("sigmoid")])
        combined.compile("sgd", "binary_crossentropy")
        return combined

    status, message = lesson_03.repair_build.grade(sigmoid_in_the_stack)
    assert status == WRONG
    assert "raw scores" in message


@pytest.mark.parametrize("loss", ["log_sigmoid", "cross_entropy"])
def test_the_step_may_name_its_loss_otherwise(loss):
    import keras
    import tensorflow as tf

    def step(generator, discriminator, optimizer, z):
        with tf.GradientTape() as tape:
            scores = discriminator(generator(z, training=True), training=True)
            if loss == "log_sigmoid":
                value = -tf.reduce_mean(tf.math.log_sigmoid(scores))
            else:
                value = keras.losses.BinaryCrossentropy(from_logits=True)(tf.ones_like(scores), scores)
        weights = generator.trainable_variables
        optimizer.apply(tape.gradient(value, weights), weights)

    assert lesson_03.repair_step.grade(step).status == RIGHT
