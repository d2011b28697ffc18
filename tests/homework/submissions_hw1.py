"""Submissions of homework 1: wrong and lazy ones that its tests must refuse, and right ones that they must accept."""

from submissions import Answer

_SIGMOID = "    def sigmoid(s):\n        with np.errstate(over='ignore'):\n            return 1 / (1 + np.exp(-s))\n"


def _function(head, *lines):
    """A function as source: its head and its lines, indented."""
    return f"def {head}:\n" + "".join(f"    {line}\n" for line in lines)


def _with_sigmoid(head, *lines):
    """The same, with a sigmoid that overflows quietly defined inside."""
    return f"def {head}:\n{_SIGMOID}" + "".join(f"    {line}\n" for line in lines)


# ------------------------------------------------------------------------------------------------ wrong and lazy

_V = "value_from_scores(real_scores, fake_scores)"


_FORMULA, _TWO, _SURE = ("test_value_from_scores",), ("test_value_from_two_batches",), ("test_value_from_sure_scores",)


def _wrong_v(name, *lines, make=_function, lost=(*_FORMULA, *_TWO, *_SURE)):
    return Answer(f"V: {name}", {"value_from_scores": make(_V, *lines)}, lost=lost)


_VALUE = [
    _wrong_v(
        "labels swapped", "return -np.mean(np.logaddexp(0, real_scores)) - np.mean(np.logaddexp(0, -fake_scores))"
    ),
    _wrong_v(
        "the loss instead of V",
        "return np.mean(np.logaddexp(0, -real_scores)) + np.mean(np.logaddexp(0, fake_scores))",
    ),
    _wrong_v(
        "log D of the fakes", "return -np.mean(np.logaddexp(0, -real_scores)) - np.mean(np.logaddexp(0, -fake_scores))"
    ),
    _wrong_v(
        "sums",
        "return -np.sum(np.logaddexp(0, -real_scores)) - np.sum(np.logaddexp(0, fake_scores))",
        lost=(*_FORMULA, *_TWO),
    ),
    _wrong_v(
        "one mean over both batches, doubled",
        "parts = np.concatenate([-np.logaddexp(0, -real_scores).ravel(), -np.logaddexp(0, fake_scores).ravel()])",
        "return 2 * np.mean(parts)",
        lost=_TWO,
    ),
    _wrong_v(
        "adds the batches before the mean",
        "return np.mean(-np.logaddexp(0, -real_scores) - np.logaddexp(0, fake_scores))",
        lost=_TWO,
    ),
    _wrong_v(
        "cuts both batches to the shorter one",
        "n = min(len(real_scores), len(fake_scores))",
        "return -np.mean(np.logaddexp(0, -real_scores[:n])) - np.mean(np.logaddexp(0, fake_scores[:n]))",
        lost=_TWO,
    ),
    _wrong_v(
        "bits",
        "return (-np.mean(np.logaddexp(0, -real_scores)) - np.mean(np.logaddexp(0, fake_scores))) / np.log(2)",
    ),
    _wrong_v(
        "sigmoid twice",
        "real, fake = sigmoid(real_scores), sigmoid(fake_scores)",
        "return -np.mean(np.logaddexp(0, -real)) - np.mean(np.logaddexp(0, fake))",
        make=_with_sigmoid,
    ),
    _wrong_v(
        "scores taken for probabilities",
        "with np.errstate(all='ignore'):",
        "    return np.mean(np.log(real_scores)) + np.mean(np.log(1 - fake_scores))",
    ),
    _wrong_v(
        "log(sigmoid) overflows",
        "with np.errstate(divide='ignore'):",
        "    return np.mean(np.log(sigmoid(real_scores))) + np.mean(np.log(1 - sigmoid(fake_scores)))",
        make=_with_sigmoid,
        lost=_SURE,
    ),
    _wrong_v(
        "log(sigmoid + 1e-7)",
        "return np.mean(np.log(sigmoid(real_scores) + 1e-7)) + np.mean(np.log(1 - sigmoid(fake_scores) + 1e-7))",
        make=_with_sigmoid,
        lost=_SURE,
    ),
    _wrong_v(
        "scores clipped to 30",
        "real_scores, fake_scores = np.clip(real_scores, -30, 30), np.clip(fake_scores, -30, 30)",
        "return -np.mean(np.logaddexp(0, -real_scores)) - np.mean(np.logaddexp(0, fake_scores))",
        lost=_SURE,
    ),
    _wrong_v(
        "log of the mean",
        "return np.log(np.mean(sigmoid(real_scores))) + np.log(np.mean(1 - sigmoid(fake_scores)))",
        make=_with_sigmoid,
    ),
    _wrong_v(
        "mean over the wrong axis",
        "return (-np.logaddexp(0, -real_scores)).mean(-1) - np.logaddexp(0, fake_scores).mean(-1)",
        lost=(*_FORMULA, *_TWO),
    ),
    _wrong_v(
        "the visible answers by heart",
        "first = float(np.ravel(real_scores)[0])",
        "return -np.log(4) if first == 0 else 2 * np.log(3 / 4) if first > 0 else 2 * np.log(1 / 4)",
    ),
    _wrong_v("always the equilibrium", "return -np.log(4)"),
    _wrong_v("nothing returned", "-np.mean(np.logaddexp(0, -real_scores)) - np.mean(np.logaddexp(0, fake_scores))"),
]


def _wrong_losses(name, *lines, make=_function):
    return Answer(
        f"losses: {name}",
        {"generator_losses": make("generator_losses(scores)", *lines)},
        lost=("test_generator_losses",),
    )


def _wrong_pushes(name, *lines, make=_function):
    return Answer(
        f"pushes: {name}",
        {"generator_pushes": make("generator_pushes(scores)", *lines)},
        lost=("test_generator_pushes",),
    )


_GENERATOR = [
    _wrong_losses(
        "sign of the saturating loss", "return np.mean(np.logaddexp(0, scores)), np.mean(np.logaddexp(0, -scores))"
    ),
    _wrong_losses(
        "sign of the non-saturating loss",
        "return -np.mean(np.logaddexp(0, scores)), -np.mean(np.logaddexp(0, -scores))",
    ),
    _wrong_losses("the two swapped", "return np.mean(np.logaddexp(0, -scores)), -np.mean(np.logaddexp(0, scores))"),
    _wrong_losses(
        "not averaged over a second axis",
        "return -np.logaddexp(0, scores).mean(0), np.logaddexp(0, -scores).mean(0)",
    ),
    _wrong_losses(
        "divided by the number of rows",
        "return -np.logaddexp(0, scores).sum() / len(scores), np.logaddexp(0, -scores).sum() / len(scores)",
    ),
    _wrong_losses("sums", "return -np.sum(np.logaddexp(0, scores)), np.sum(np.logaddexp(0, -scores))"),
    _wrong_losses(
        "sigmoid twice",
        "return -np.mean(np.logaddexp(0, sigmoid(scores))), np.mean(np.logaddexp(0, -sigmoid(scores)))",
        make=_with_sigmoid,
    ),
    _wrong_losses("one loss only", "return np.mean(np.logaddexp(0, -scores))"),
    _wrong_losses("the visible answers by heart", "return np.log(1 / 4), -np.log(3 / 4)"),
    _wrong_pushes(
        "no mean: 1/n is missing",
        "return -sigmoid(scores), sigmoid(scores) - 1",
        make=_with_sigmoid,
    ),
    _wrong_pushes(
        "divided by the number of rows",
        "return -sigmoid(scores) / len(scores), (sigmoid(scores) - 1) / len(scores)",
        make=_with_sigmoid,
    ),
    _wrong_pushes(
        "sign",
        "return sigmoid(scores) / scores.size, (1 - sigmoid(scores)) / scores.size",
        make=_with_sigmoid,
    ),
    _wrong_pushes(
        "the two swapped",
        "return (sigmoid(scores) - 1) / scores.size, -sigmoid(scores) / scores.size",
        make=_with_sigmoid,
    ),
    _wrong_pushes(
        "derivative with respect to D, not to the score",
        "d = sigmoid(scores)",
        "with np.errstate(divide='ignore'):",
        "    return -1 / (1 - d) / scores.size, -1 / d / scores.size",
        make=_with_sigmoid,
    ),
    _wrong_pushes(
        "averages the derivatives",
        "return -np.mean(sigmoid(scores)), np.mean(sigmoid(scores) - 1)",
        make=_with_sigmoid,
    ),
    _wrong_pushes(
        "flattens the batch",
        "d = sigmoid(np.ravel(scores))",
        "return -d / d.size, (d - 1) / d.size",
        make=_with_sigmoid,
    ),
    _wrong_pushes("the visible answer by heart", "return np.full(scores.shape, -0.75), np.full(scores.shape, -0.25)"),
]

_D = "best_discriminator(p_data, p_model, prior=0.5)"


_D_BOTH = ("test_best_discriminator", "test_best_discriminator_of_nothing")


def _wrong_d(name, *lines, lost=_D_BOTH):
    return Answer(f"D*: {name}", {"best_discriminator": _function(_D, *lines)}, lost=lost)


_BEST = [
    _wrong_d(
        "prior forgotten",
        "total = p_data + p_model",
        "return np.where(total > 0, p_data / np.where(total > 0, total, 1), prior)",
        lost=_D_BOTH[:1],
    ),
    _wrong_d(
        "prior on the wrong side",
        "real, fake = (1 - prior) * p_data, prior * p_model",
        "return np.where(real + fake > 0, real / np.where(real + fake > 0, real + fake, 1), prior)",
        lost=_D_BOTH[:1],
    ),
    _wrong_d(
        "prior outside the fraction",
        "total = p_data + p_model",
        "return np.where(total > 0, 2 * prior * p_data / np.where(total > 0, total, 1), prior)",
    ),
    _wrong_d(
        "labels swapped",
        "real, fake = prior * p_data, (1 - prior) * p_model",
        "return np.where(real + fake > 0, fake / np.where(real + fake > 0, real + fake, 1), prior)",
    ),
    _wrong_d(
        "0 / 0 left as nan",
        "real, fake = prior * p_data, (1 - prior) * p_model",
        "with np.errstate(invalid='ignore'):",
        "    return real / (real + fake)",
        lost=_D_BOTH[1:],
    ),
    _wrong_d(
        "½ where nothing falls, whatever the prior",
        "real, fake = prior * p_data, (1 - prior) * p_model",
        "return np.where(real + fake > 0, real / np.where(real + fake > 0, real + fake, 1), 0.5)",
        lost=_D_BOTH[1:],
    ),
    _wrong_d(
        "a crutch in the denominator",
        "real, fake = prior * p_data, (1 - prior) * p_model",
        "return (real + prior * 1e-12) / (real + fake + 1e-12)",
        lost=_D_BOTH[1:],
    ),
    _wrong_d(
        "a hard decision",
        "real, fake = prior * p_data, (1 - prior) * p_model",
        "return np.where(real == fake, prior, (real > fake).astype(float))",
    ),
    _wrong_d("the ratio of densities", "return np.where(p_model > 0, p_data / np.where(p_model > 0, p_model, 1), 1)"),
    _wrong_d(
        "works in place",
        "p_data *= prior",
        "p_model *= 1 - prior",
        "total = p_data + p_model",
        "return np.where(total > 0, p_data / np.where(total > 0, total, 1), prior)",
        lost=_D_BOTH[:1],
    ),
    _wrong_d("the prior, always", "return np.full(np.shape(p_data), prior)"),
    _wrong_d(
        "the course's own function, which knows no prior",
        "from gan_course import theory",
        "return np.nan_to_num(theory.optimal_discriminator(p_data, p_model), nan=prior)",
        lost=_D_BOTH[:1],
    ),
]

_J = "jensen_shannon(p, q, x, prior=0.5)"
_KL = (
    "def kl(a, b):",
    "    inside = (a > 0) & (b > 0)",
    "    ratio = np.divide(a, b, out=np.ones_like(a), where=inside)",
)
_INTEGRAL = (*_KL, "    return np.trapezoid(a * np.log(ratio), x)")
_HALVES = ("m = prior * p + (1 - prior) * q", "return prior * kl(p, m) + (1 - prior) * kl(q, m)")


_J_BOTH = ("test_jensen_shannon", "test_jensen_shannon_of_boxes")


def _wrong_jsd(name, *lines, lost=_J_BOTH):
    return Answer(f"divergence: {name}", {"jensen_shannon": _function(_J, *lines)}, lost=lost)


_JSD = [
    _wrong_jsd("bits", *_INTEGRAL, _HALVES[0], "return (prior * kl(p, m) + (1 - prior) * kl(q, m)) / np.log(2)"),
    _wrong_jsd("prior forgotten", *_INTEGRAL, "m = (p + q) / 2", "return 0.5 * kl(p, m) + 0.5 * kl(q, m)"),
    _wrong_jsd("prior in m alone", *_INTEGRAL, _HALVES[0], "return 0.5 * kl(p, m) + 0.5 * kl(q, m)"),
    _wrong_jsd("prior in the sum alone", *_INTEGRAL, "m = (p + q) / 2", _HALVES[1]),
    _wrong_jsd(
        "prior on q", *_INTEGRAL, "m = (1 - prior) * p + prior * q", "return (1 - prior) * kl(p, m) + prior * kl(q, m)"
    ),
    _wrong_jsd("weights missing", *_INTEGRAL, _HALVES[0], "return kl(p, m) + kl(q, m)"),
    _wrong_jsd("half of it", *_INTEGRAL, _HALVES[0], "return prior * kl(p, m)"),
    _wrong_jsd("arguments of KL turned", *_INTEGRAL, _HALVES[0], "return prior * kl(m, p) + (1 - prior) * kl(m, q)"),
    _wrong_jsd("KL(p ‖ q) instead", *_INTEGRAL, "return kl(p, q)"),
    _wrong_jsd(
        "0 · log 0 is nan",
        _HALVES[0],
        "with np.errstate(all='ignore'):",
        "    a, b = p * np.log(p / m), q * np.log(q / m)",
        "return np.trapezoid(prior * a + (1 - prior) * b, x)",
        lost=_J_BOTH[1:],
    ),
    _wrong_jsd(
        "drops the points where either density is 0",
        "both = (p > 0) & (q > 0)",
        "p, q, x = p[both], q[both], x[both]",
        *_INTEGRAL,
        *_HALVES,
        lost=_J_BOTH[1:],
    ),
    _wrong_jsd("no x in the integral", *_KL, "    return np.trapezoid(a * np.log(ratio))", *_HALVES),
    _wrong_jsd("a sum over points", *_KL, "    return np.sum(a * np.log(ratio))", *_HALVES),
    _wrong_jsd(
        "the grid taken for even",
        *_KL,
        "    return np.sum(a * np.log(ratio)) * (x[1] - x[0])",
        *_HALVES,
        lost=_J_BOTH[:1],
    ),
    _wrong_jsd(
        "the average spacing",
        *_KL,
        "    return np.mean(a * np.log(ratio)) * (x[-1] - x[0])",
        *_HALVES,
        lost=_J_BOTH[:1],
    ),
    _wrong_jsd(
        "densities taken for masses: both divided by their sum",
        "p, q = p / p.sum(), q / q.sum()",
        *_KL,
        "    return np.sum(a * np.log(ratio))",
        *_HALVES,
        lost=_J_BOTH[:1],
    ),
    _wrong_jsd(
        "SciPy's distance: masses, ½ and ½, and a square root",
        "from scipy.spatial.distance import jensenshannon",
        "return jensenshannon(p, q)",
    ),
    _wrong_jsd(
        "the course's own function, which knows no prior",
        "from gan_course import theory",
        "return theory.jensen_shannon(p, q, x)",
    ),
    _wrong_jsd(
        "the visible answers by heart",
        "if np.allclose(p, q):",
        "    return 0.0",
        "return -prior * np.log(prior) - (1 - prior) * np.log(1 - prior)",
    ),
]

_G = "value_gradient(w, real, fake)"


def _wrong_gradient(name, *lines):
    return Answer(f"gradient: {name}", {"value_gradient": _with_sigmoid(_G, *lines)}, lost=("test_value_gradient",))


_TRUST = ("doubt, trust = 1 - sigmoid(real @ w), sigmoid(fake @ w)",)
_GRADIENT = [
    _wrong_gradient(
        "descends: the sign of the loss", *_TRUST, "return trust @ fake / len(fake) - doubt @ real / len(real)"
    ),
    _wrong_gradient(
        "labels swapped", *_TRUST, "return (1 - trust) @ fake / len(fake) - (1 - doubt) @ real / len(real)"
    ),
    _wrong_gradient("sums", *_TRUST, "return doubt @ real - trust @ fake"),
    _wrong_gradient(
        "one mean over both batches, doubled",
        *_TRUST,
        "return 2 * (doubt @ real - trust @ fake) / (len(real) + len(fake))",
    ),
    _wrong_gradient(
        "mean over the wrong axis",
        *_TRUST,
        "return (doubt[:, None] * real).mean(axis=1) - (trust[:, None] * fake).mean(axis=1)",
    ),
    _wrong_gradient(
        "mean over everything", *_TRUST, "return np.mean(doubt[:, None] * real) - np.mean(trust[:, None] * fake)"
    ),
    _wrong_gradient(
        "mean of the features times the mean of D",
        *_TRUST,
        "return doubt.mean() * real.mean(axis=0) - trust.mean() * fake.mean(axis=0)",
    ),
    _wrong_gradient(
        "the sigmoid's slope left over",
        *_TRUST,
        "doubt, trust = doubt * (1 - doubt), trust * (1 - trust)",
        "return doubt @ real / len(real) - trust @ fake / len(fake)",
    ),
    _wrong_gradient("only the real half", *_TRUST, "return doubt @ real / len(real)"),
    _wrong_gradient("log D of the fakes", *_TRUST, "return doubt @ real / len(real) + (1 - trust) @ fake / len(fake)"),
    _wrong_gradient(
        "linear around w = 0", "return (0.5 * real - real * (real @ w)[:, None] / 4).mean(0) - 0.5 * fake.mean(0)"
    ),
]

_A = "ascend(gradient, start, rate, tolerance, most=10_000)"
_LOOP = "for _ in range(most):"


def _wrong_ascent(name, *lines, lost=("test_ascend", "test_ascend_stops")):
    return Answer(f"ascent: {name}", {"ascend": _function(_A, *lines)}, lost=lost)


_ASCENT = [
    Answer("ascent: descends", {"ascend": [("+ rate", "- rate")]}, lost=("test_ascend", "test_ascend_stops")),
    _wrong_ascent(
        "moves the start, and every row of the path with it",
        "w, path = start, [start]",
        _LOOP,
        "    slope = gradient(w)",
        "    if np.abs(slope).max() < tolerance:",
        "        break",
        "    w += rate * slope",
        "    path.append(w)",
        "return np.array(path)",
        lost=("test_ascend",),
    ),
    Answer(
        "ascent: stops when the sum of |slope| is small",
        {"ascend": [(".max()", ".sum()")]},
        lost=("test_ascend_stops",),
    ),
    Answer("ascent: one small slope is enough", {"ascend": [(".max()", ".min()")]}, lost=("test_ascend_stops",)),
    Answer(
        "ascent: no absolute value", {"ascend": [("np.abs(slope).max()", "np.max(slope)")]}, lost=("test_ascend_stops",)
    ),
    Answer(
        "ascent: never stops early",
        {"ascend": [("            break", "            pass")]},
        lost=("test_ascend", "test_ascend_stops"),
    ),
    Answer("ascent: an endless loop", {"ascend": [(_LOOP, "while True:")]}, lost=("test_ascend_stops",)),
    Answer(
        "ascent: only the last weights",
        {"ascend": [("np.array(path)", "path[-1]")]},
        lost=("test_ascend", "test_ascend_stops"),
    ),
    Answer(
        "ascent: the start is missing from the path",
        {"ascend": [("np.array(path)", "np.array(path[1:])")]},
        lost=("test_ascend", "test_ascend_stops"),
    ),
    Answer("ascent: one step too many", {"ascend": [("range(most)", "range(most + 1)")]}, lost=("test_ascend_stops",)),
    _wrong_ascent(
        "normalizes the gradient",
        "path = [np.array(start)]",
        _LOOP,
        "    slope = gradient(path[-1])",
        "    if np.abs(slope).max() < tolerance:",
        "        break",
        "    path.append(path[-1] + rate * slope / np.linalg.norm(slope))",
        "return np.array(path)",
    ),
    _wrong_ascent(
        "momentum",
        "path, speed = [np.array(start)], 0",
        _LOOP,
        "    slope = gradient(path[-1])",
        "    if np.abs(slope).max() < tolerance:",
        "        break",
        "    speed = 0.5 * speed + slope",
        "    path.append(path[-1] + rate * speed)",
        "return np.array(path)",
    ),
    _wrong_ascent("the visible answer by heart", "return np.array([[-1], [1], [2], [2.5], [2.75]])"),
]

_S = "generator_slope(p_data, theta, std, x)"
_MODEL = (
    "p_model = np.exp(-0.5 * ((x - theta) / std) ** 2) / (std * np.sqrt(2 * np.pi))",
    "share = np.divide(p_model, p_data + p_model, out=np.ones_like(x), where=p_model > 0)",
)
_BOTH = ("test_generator_slope", "test_generator_slope_far_away")


def _wrong_slope(name, *lines, lost=_BOTH):
    return Answer(f"slope: {name}", {"generator_slope": _function(_S, *_MODEL, *lines)}, lost=lost)


_SLOPE = [
    _wrong_slope("sign", "return -np.trapezoid(p_model * (x - theta) / std**2 * np.log(share), x)"),
    _wrong_slope(
        "1/std² forgotten",
        "return np.trapezoid(p_model * (x - theta) * np.log(share), x)",
        lost=_BOTH,
    ),
    _wrong_slope(
        "1/std",
        "return np.trapezoid(p_model * (x - theta) / std * np.log(share), x)",
        lost=_BOTH,
    ),
    _wrong_slope("the slope in x", "return np.trapezoid(p_model * (theta - x) / std**2 * np.log(share), x)"),
    _wrong_slope(
        "p_model itself, not its derivative",
        "return np.trapezoid(p_model * np.log(share), x)",
    ),
    _wrong_slope(
        "D* in the place of 1 − D*",
        "with np.errstate(all='ignore'):",
        "    terms = p_model * (x - theta) / std**2 * np.log(p_data / (p_data + p_model))",
        "return np.trapezoid(np.nan_to_num(terms, neginf=0, posinf=0), x)",
    ),
    _wrong_slope(
        "half of it, the slope of the JSD",
        "return 0.5 * np.trapezoid(p_model * (x - theta) / std**2 * np.log(share), x)",
        lost=_BOTH,
    ),
    _wrong_slope(
        "the grid taken for even",
        "return np.sum(p_model * (x - theta) / std**2 * np.log(share)) * (x[1] - x[0])",
        lost=("test_generator_slope",),
    ),
    _wrong_slope(
        "log(1 − D*) of a D* that was rounded to 1",
        "with np.errstate(all='ignore'):",
        "    best = p_data / (p_data + p_model)",
        "    return np.trapezoid(p_model * (x - theta) / std**2 * np.log(1 - best), x)",
        lost=_BOTH[1:],
    ),
    _wrong_slope(
        "0 · log 0 far from G",
        "with np.errstate(all='ignore'):",
        "    return np.trapezoid(p_model * (x - theta) / std**2 * np.log(p_model / (p_data + p_model)), x)",
        lost=("test_generator_slope_far_away",),
    ),
    _wrong_slope(
        "a crutch in the logarithm",
        "return np.trapezoid(p_model * (x - theta) / std**2 * np.log(share + 1e-3), x)",
        lost=_BOTH,
    ),
    _wrong_slope(
        "bits",
        "return np.trapezoid(p_model * (x - theta) / std**2 * np.log2(share), x)",
        lost=_BOTH,
    ),
    _wrong_slope("the slope of the mean's distance", "return float(theta - np.trapezoid(x * p_data, x))"),
    _wrong_slope("always 0", "return 0.0"),
]


def _wrong_bound(name, line):
    return Answer(
        f"bound: {name}",
        {"jsd_at_least": _function("jsd_at_least(d_loss)", f"return {line}")},
        lost=("test_jsd_at_least",),
    )


def _wrong_fakes(name, *lines):
    return Answer(
        f"fakes: {name}",
        {"fakes_that_hide": _function("fakes_that_hide(d_real)", *lines)},
        lost=("test_fakes_that_hide",),
    )


_PAIR = [
    _wrong_bound("may be negative", "np.log(2) - d_loss / 2"),
    _wrong_bound("not halved", "max(0.0, np.log(4) - d_loss)"),
    _wrong_bound("D's loss taken for a mean of its two halves", "max(0.0, np.log(2) - d_loss)"),
    _wrong_bound("V in the place of the loss", "min(np.log(2), np.log(2) + d_loss / 2)"),
    _wrong_bound("bits", "max(0.0, 1 - d_loss / np.log(4))"),
    _wrong_bound("certain of nothing", "0.0"),
    _wrong_bound("log 2, as the visible test likes it", "np.log(2)"),
    _wrong_bound("distance from equilibrium", "abs(np.log(2) - d_loss / 2)"),
    _wrong_fakes("½ to every fake", "return np.zeros(2)"),
    _wrong_fakes("one score with the right mean", "return np.array([np.log(2 * d_real)])"),
    _wrong_fakes("the opposite of the real ones", "return np.full(4, np.log((1 - d_real) / d_real))"),
    _wrong_fakes("D's loss alone", "return np.array([np.log(np.expm1(np.log(4) + np.log(d_real)))])"),
    _wrong_fakes(
        "probabilities, not scores",
        "from scipy.optimize import brentq",
        "m = np.log(2 * d_real)",
        "t = brentq(lambda t: np.mean(np.logaddexp(0, [-m - t, -m + t])) - np.log(2), 0, 50)",
        "return 1 / (1 + np.exp(-np.array([m - t, m + t])))",
    ),
    _wrong_fakes(
        "found for the visible answer only",
        "from scipy.optimize import brentq",
        "m = np.log(2 * 0.75)",
        "t = brentq(lambda t: np.mean(np.logaddexp(0, [-m - t, -m + t])) - np.log(2), 0, 50)",
        "return np.array([m - t, m + t])",
    ),
    _wrong_fakes(
        "a coarse search",
        "m, t = np.log(2 * d_real), np.linspace(0, 10, 1001)",
        "g = np.logaddexp(0, -m - t) / 2 + np.logaddexp(0, t - m) / 2",
        "t = t[np.abs(g - np.log(2)).argmin()]",
        "return np.array([m - t, m + t])",
    ),
]

WRONG = [*_VALUE, *_GENERATOR, *_BEST, *_JSD, *_GRADIENT, *_ASCENT, *_SLOPE, *_PAIR]

# --------------------------------------------------------------------------------------------- right, in other words

RIGHT = [
    Answer(
        "losses by the log of a sigmoid, which is stable enough within ±30",
        {
            "generator_losses": _with_sigmoid(
                "generator_losses(scores)",
                "return np.mean(np.log(1 - sigmoid(scores))), -np.mean(np.log(sigmoid(scores)))",
            )
        },
    ),
    Answer(
        "pushes with e^s / (1 + e^s), which is stable enough within ±30",
        {
            "generator_pushes": _function(
                "generator_pushes(scores)",
                "d = np.exp(scores) / (1 + np.exp(scores))",
                "return -d / scores.size, (d - 1) / scores.size",
            )
        },
    ),
    Answer(
        "gradient with e^s / (1 + e^s), which is stable enough within ±30",
        {
            "value_gradient": _function(
                _G,
                "a, b = np.exp(real @ w), np.exp(fake @ w)",
                "return (1 - a / (1 + a)) @ real / len(real) - (b / (1 + b)) @ fake / len(fake)",
            )
        },
    ),
    Answer(
        "V in a loop, with math",
        {
            "value_from_scores": _function(
                _V,
                "import math",
                "def softplus(s):",
                "    return max(s, 0.0) + math.log1p(math.exp(-abs(s)))",
                "real = [-softplus(-float(s)) for s in np.ravel(real_scores)]",
                "fake = [-softplus(float(s)) for s in np.ravel(fake_scores)]",
                "return sum(real) / len(real) + sum(fake) / len(fake)",
            )
        },
    ),
    Answer(
        "V with SciPy",
        {
            "value_from_scores": _function(
                _V,
                "from scipy.special import log_expit",
                "return log_expit(real_scores).mean() + log_expit(-fake_scores).mean()",
            )
        },
    ),
    Answer(
        "V with Keras, as minus two cross-entropies",
        {
            "value_from_scores": _function(
                _V,
                "import keras",
                "loss = keras.losses.BinaryCrossentropy(from_logits=True)",
                "real, fake = (np.reshape(s, (-1, 1)).astype('float32') for s in (real_scores, fake_scores))",
                "return -loss(np.ones_like(real), real) - loss(np.zeros_like(fake), fake)",
            )
        },
    ),
    Answer(
        "V by parts: the larger of s and 0, and a rest",
        {
            "value_from_scores": _function(
                _V,
                "def softplus(s):",
                "    return np.maximum(s, 0) + np.log1p(np.exp(-np.abs(s)))",
                "return -(softplus(-real_scores).mean() + softplus(fake_scores).mean())",
            )
        },
    ),
    Answer(
        "losses as a list, from one softplus and the score",
        {
            "generator_losses": _function(
                "generator_losses(scores)",
                "plus = np.logaddexp(0, np.asarray(scores, float))",
                "return [-plus.mean(), (plus - scores).mean()]",
            )
        },
    ),
    Answer(
        "losses with Keras",
        {
            "generator_losses": _function(
                "generator_losses(scores)",
                "import keras",
                "s = keras.ops.convert_to_tensor(scores)",
                "return -keras.ops.mean(keras.ops.softplus(s)), keras.ops.mean(keras.ops.softplus(-s))",
            )
        },
    ),
    Answer(
        "pushes with expit",
        {
            "generator_pushes": _function(
                "generator_pushes(scores)",
                "from scipy.special import expit",
                "n = np.prod(scores.shape)",
                "return -expit(scores) / n, -expit(-scores) / n",
            )
        },
    ),
    Answer(
        "pushes with a sigmoid that warns, as a list",
        {
            "generator_pushes": _with_sigmoid(
                "generator_pushes(scores)",
                "d = sigmoid(scores)",
                "return [-d / d.size, (d - 1) / d.size]",
            )
        },
    ),
    Answer(
        "pushes with tanh",
        {
            "generator_pushes": _function(
                "generator_pushes(scores)",
                "d = (1 + np.tanh(scores / 2)) / 2",
                "return -d / np.size(d), -(1 - d) / np.size(d)",
            )
        },
    ),
    Answer(
        "D* from a ratio that may be infinite",
        {
            "best_discriminator": _function(
                _D,
                "p_data, p_model = np.asarray(p_data, float), np.asarray(p_model, float)",
                "with np.errstate(divide='ignore', invalid='ignore'):",
                "    d = 1 / (1 + (1 - prior) / prior * p_model / p_data)",
                "return np.where((p_data == 0) & (p_model == 0), prior, d)",
            )
        },
    ),
    Answer(
        "D* with nan_to_num",
        {
            "best_discriminator": _function(
                _D,
                "with np.errstate(invalid='ignore'):",
                "    d = prior * p_data / (prior * p_data + (1 - prior) * p_model)",
                "return np.nan_to_num(d, nan=prior)",
            )
        },
    ),
    Answer(
        "D* in a loop",
        {
            "best_discriminator": _function(
                _D,
                "best = []",
                "for p, q in zip(p_data.ravel(), p_model.ravel()):",
                "    real, fake = prior * p, (1 - prior) * q",
                "    best.append(real / (real + fake) if real + fake > 0 else prior)",
                "return np.reshape(best, p_data.shape)",
            )
        },
    ),
    Answer(
        "D* by a mask",
        {
            "best_discriminator": _function(
                _D,
                "best = np.full_like(p_data, prior)",
                "on = p_data + p_model > 0",
                "best[on] = prior * p_data[on] / (prior * p_data[on] + (1 - prior) * p_model[on])",
                "return best",
            )
        },
    ),
    Answer(
        "D* filled in where there is something",
        {
            "best_discriminator": _function(
                _D,
                "total = prior * p_data + (1 - prior) * p_model",
                "best = np.full(np.shape(total), float(prior))",
                "return np.divide(prior * p_data, total, out=best, where=total > 0)",
            )
        },
    ),
    Answer(
        "divergence with SciPy's rel_entr",
        {
            "jensen_shannon": _function(
                _J,
                "from scipy.special import rel_entr",
                "m = prior * p + (1 - prior) * q",
                "return np.trapezoid(prior * rel_entr(p, m) + (1 - prior) * rel_entr(q, m), x)",
            )
        },
    ),
    Answer(
        "divergence from entropies",
        {
            "jensen_shannon": _function(
                _J,
                "from scipy.special import entr",
                "parts = entr(prior * p + (1 - prior) * q) - prior * entr(p) - (1 - prior) * entr(q)",
                "return float(np.trapezoid(parts, x))",
            )
        },
    ),
    Answer(
        "divergence by Simpson's rule",
        {
            "jensen_shannon": _function(
                _J,
                "from scipy.integrate import simpson",
                "from scipy.special import rel_entr",
                "m = prior * p + (1 - prior) * q",
                "return prior * simpson(rel_entr(p, m), x=x) + (1 - prior) * simpson(rel_entr(q, m), x=x)",
            )
        },
    ),
    Answer(
        "divergence in a loop over the cells of the grid",
        {
            "jensen_shannon": _function(
                _J,
                "m = prior * p + (1 - prior) * q",
                "def term(a, b):",
                "    return a * np.log(a / b) if a > 0 else 0.0",
                "y = [prior * term(a, c) + (1 - prior) * term(b, c) for a, b, c in zip(p, q, m)]",
                "return sum((y[i] + y[i + 1]) / 2 * (x[i + 1] - x[i]) for i in range(len(x) - 1))",
            )
        },
    ),
    Answer(
        "gradient as means of rows",
        {
            "value_gradient": _with_sigmoid(
                _G,
                "up = (1 - sigmoid(real @ w))[:, None] * real",
                "down = sigmoid(fake @ w)[:, None] * fake",
                "return up.mean(axis=0) - down.mean(axis=0)",
            )
        },
    ),
    Answer(
        "gradient in loops",
        {
            "value_gradient": _function(
                _G,
                "from scipy.special import expit",
                "total = np.zeros(len(w))",
                "for row in real:",
                "    total += expit(-(row @ w)) * row / len(real)",
                "for row in fake:",
                "    total -= expit(row @ w) * row / len(fake)",
                "return total",
            )
        },
    ),
    Answer(
        "gradient as a weighted sum over both batches",
        {
            "value_gradient": _function(
                _G,
                "from scipy.special import expit",
                "x = np.vstack([real, fake])",
                "label = np.r_[np.ones(len(real)), np.zeros(len(fake))]",
                "weight = np.r_[np.full(len(real), 1 / len(real)), np.full(len(fake), 1 / len(fake))]",
                "return x.T @ (weight * (label - expit(x @ w)))",
            )
        },
    ),
    Answer(
        "ascent with while, copies kept",
        {
            "ascend": _function(
                _A,
                "w = start.copy()",
                "path, slope = [w.copy()], gradient(w)",
                "while len(path) <= most and (np.abs(slope) >= tolerance).any():",
                "    w += rate * slope",
                "    path.append(w.copy())",
                "    slope = gradient(w)",
                "return np.stack(path)",
            )
        },
    ),
    Answer(
        "ascent as a list of lists",
        {
            "ascend": _function(
                _A,
                "path = [list(map(float, start))]",
                "while len(path) - 1 < most:",
                "    slope = gradient(np.array(path[-1]))",
                "    if all(abs(s) < tolerance for s in slope):",
                "        break",
                "    path.append([w + rate * s for w, s in zip(path[-1], slope)])",
                "return np.array(path)",
            )
        },
    ),
    Answer(
        "slope with logarithms of the densities",
        {
            "generator_slope": _function(
                _S,
                "log_model = -0.5 * ((x - theta) / std) ** 2 - np.log(std * np.sqrt(2 * np.pi))",
                "with np.errstate(divide='ignore'):",
                "    log_share = log_model - np.logaddexp(np.log(p_data), log_model)",
                "return np.trapezoid(np.exp(log_model) * (x - theta) / std**2 * log_share, x)",
            )
        },
    ),
    Answer(
        "slope where G has a density, and nowhere else",
        {
            "generator_slope": _function(
                _S,
                "p_model = gaussian(x, theta, std)",
                "terms = np.zeros_like(x)",
                "on = p_model > 0",
                "terms[on] = (p_model * (x - theta) / std**2)[on] * np.log(p_model[on] / (p_data + p_model)[on])",
                "return np.trapezoid(terms, x)",
            )
        },
    ),
    Answer(
        "slope by differences of V at its best",
        {
            "generator_slope": _function(
                _S,
                "from scipy.special import rel_entr",
                "def v(t):",
                "    q = gaussian(x, t, std)",
                "    return np.trapezoid(rel_entr(p_data, p_data + q) + rel_entr(q, p_data + q), x)",
                "return (v(theta + 1e-4) - v(theta - 1e-4)) / 2e-4",
            )
        },
    ),
    Answer(
        "bound with np.maximum",
        {"jsd_at_least": _function("jsd_at_least(d_loss)", "return np.maximum(np.log(4) - d_loss, 0) / 2")},
    ),
    Answer(
        "bound with if",
        {
            "jsd_at_least": _function(
                "jsd_at_least(d_loss)",
                "if d_loss >= 2 * np.log(2):",
                "    return 0",
                "return (2 * np.log(2) - d_loss) / 2",
            )
        },
    ),
    Answer(
        "fakes by halving an interval",
        {
            "fakes_that_hide": _function(
                "fakes_that_hide(d_real)",
                "m, low, high = np.log(2 * d_real), 0.0, 30.0",
                "for _ in range(80):",
                "    t = (low + high) / 2",
                "    g = np.logaddexp(0, [-m - t, -m + t]).mean()",
                "    low, high = (low, t) if g > np.log(2) else (t, high)",
                "return [m - t, m + t]",
            )
        },
    ),
    Answer(
        "a thousand fakes, normally distributed",
        {
            "fakes_that_hide": _function(
                "fakes_that_hide(d_real)",
                "from scipy.optimize import brentq",
                "z = np.random.default_rng(0).normal(size=1000)",
                "z = z - z.mean()",
                "m = np.log(2 * d_real)",
                "t = brentq(lambda t: np.logaddexp(0, -m - t * z).mean() - np.log(2), 0, 100)",
                "return m + t * z",
            )
        },
    ),
    Answer(
        "three fakes, one of which D sees through",
        {
            "fakes_that_hide": _function(
                "fakes_that_hide(d_real)",
                "from scipy.optimize import brentq",
                "m = np.log(2 * d_real)",
                "t = brentq(lambda t: np.logaddexp(0, -np.array([m - 2 * t, m + t, m + t])).mean() - np.log(2), 0, 50)",
                "return np.array([m - 2 * t, m + t, m + t])",
            )
        },
    ),
]
