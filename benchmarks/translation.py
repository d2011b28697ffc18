"""Pictures from pictures: pix2pix and CycleGAN, with and without each term of their losses.

    python -m benchmarks translation
    python -m benchmarks translation --contender torn_both cycle --seeds 0

Pix2pix completes digits of which only the upper twelve rows are left, and enlarges digits of 4 × 4 pixels. CycleGAN
turns digits on black into digits on photographs, and back. The GANs learn from the first 3,000 digits of `mnist_5k`.
CycleGAN gets the first half of them on black, and the second half on photographs, so that there are no pairs. Two
judges, one for gray and one for colored digits, have learned from the other 1,000 training digits. What is measured is
made from the test pictures. The table and the plot are written into assets, the numbers into gan_course/results.
Finished runs are kept.

Recipes are chosen with seed 10, and reported with other seeds.
"""

import functools
import statistics
import time
from typing import NamedTuple

import matplotlib.pyplot as plt
import numpy as np

from benchmarks import conditional, photo_digits, report
from benchmarks.round_trips import FAINT, NOISES, WIPED, on_black, there_and_back, wiped_out
from gan_course import data, metrics, plots

STEPS, BATCH = {"torn": 2_000, "enlarge": 1_000, "cycle": 1_000}, {"torn": 8, "enlarge": 16, "cycle": 8}
"""Training steps, and pictures of each kind per step, of each task."""

SEEDS, FOR_GAN, JUDGE_STEPS = (0, 1, 2), 3_000, 400
"""The seeds that are reported, the training digits for the GANs, and the steps of the judge of colored digits."""

GRAY, COLOR, SHOWN = (28, 28, 1), (28, 28, 3), 10
"""Shapes of pictures, and how many of each kind are drawn."""

TORN, SQUARE = 12, 7
"""The row from which on a picture is missing, and the side of the squares whose means make a small picture."""

R1, FILTERS = {"torn": 0.3, "enlarge": 1.0, "cycle": 0.1}, {"torn": (16, 32), "enlarge": (16, 32), "cycle": (24, 48)}
"""The weight of D's R1 penalty, and D's channels, for each task."""


class Contender(NamedTuple):
    """What is trained.

    Attributes:
        title: its name in the table and the plot.
        task: "torn", "enlarge" or "cycle".
        weight: the weight of the term that keeps the contents: of the L1 distance, or of the cycle loss.
        adversarial: whether there is a discriminator. Defaults to True.
    """

    title: str
    task: str
    weight: float
    adversarial: bool = True


CONTENDERS = {
    "torn_l1": Contender("complete a digit, L1 alone", "torn", 1.0, adversarial=False),
    "torn_both": Contender("complete a digit, L1 and adversarial", "torn", 3.0),
    "torn_adversarial": Contender("complete a digit, adversarial alone", "torn", 0.0),
    "enlarge_l1": Contender("4 × 4 → 28 × 28, L1 alone", "enlarge", 1.0, adversarial=False),
    "enlarge_both": Contender("4 × 4 → 28 × 28, L1 and adversarial", "enlarge", 1.0),
    "cycle": Contender("unpaired, with the cycle loss", "cycle", 10.0),
    "no_cycle": Contender("unpaired, without the cycle loss", "cycle", 0.0),
}


# The data


def torn(digits):
    """Digits of which only the upper rows are left. The rest is gray."""
    given = digits.copy()
    given[:, TORN:] = 0.0
    return given


def coarse(digits):
    """Digits of 4 × 4 pixels, means over squares of 7 × 7, drawn as large as before."""
    count, height, width, channels = digits.shape
    means = digits.reshape(count, height // SQUARE, SQUARE, width // SQUARE, SQUARE, channels).mean(axis=(2, 4))
    return means.repeat(SQUARE, axis=1).repeat(SQUARE, axis=2)


SOURCES = {"torn": torn, "enlarge": coarse}


def two_kinds():
    """Digits on black and other digits on photographs, both for CycleGAN."""
    half = FOR_GAN // 2
    return data.load("mnist_5k")[0][:half], data.load("photo_digits")[0][half:FOR_GAN]


# The judges


class Judge:
    """What no GAN of this benchmark is related to, and says which digits pictures show, and how real they look.

    Args:
        name: the data set whose test pictures are translated, or are what translations are compared with.
        features: function of pictures that returns features `(count, n)`.
        digits: function of pictures that returns the digits that it takes them to be, `(count,)`.

    Attributes:
        labels: the classes of the test pictures.
        accuracy: share of the test pictures that it names correctly.
    """

    def __init__(self, name, features, digits):
        pictures, self.labels = data.load(name, split="test")
        self.features, self.digits = features, digits
        self._real = features(pictures)
        self.accuracy = float(np.mean(digits(pictures) == self.labels))

    def judged(self, pictures):
        """What was made of the test pictures: the share whose class is that of its source, and the Fréchet distance."""
        distance = metrics.frechet_distance(self._real, self.features(pictures))
        kept = np.mean(self.digits(pictures) == self.labels)
        return {"kept": round(float(kept), 4), "frechet": round(float(distance), 2)}


def gray_judge():
    """The judge of the benchmark `conditional`, a support vector machine, and the features of a small classifier."""
    digits, labels = (part[FOR_GAN:] for part in data.load("mnist_5k"))
    machine, eye = conditional.judge(digits, labels), metrics.feature_classifier(digits, labels)
    return Judge("mnist_5k", eye.features, lambda pictures: machine.predict(conditional.halved(pictures)))


@functools.cache
def color_judge(steps=JUDGE_STEPS):
    """The judge of the benchmark `photo_digits`, after fewer steps.

    Args:
        steps: number of training steps, with 64 pictures each. Defaults to `JUDGE_STEPS`.
    """
    look = photo_digits.Judge(steps).look
    return Judge("photo_digits", lambda pictures: look(pictures)[0], lambda pictures: look(pictures)[1].argmax(axis=1))


def peak_ratio(pictures, targets):
    """The peak signal-to-noise ratio of pictures in [-1, 1], in dB, from the mean squared error over all of them."""
    return round(float(10 * np.log10(4 / np.mean((pictures - targets) ** 2))), 2)


# The games


def paired(contender, seed, steps, judge):
    """Train on pairs; returns what is measured, and test pictures: sources, what was made of them, and targets."""
    from gan_course.variants.translation import Pix2Pix, paired_discriminator, paired_generator

    targets, sources = data.load("mnist_5k")[0][:FOR_GAN], SOURCES[contender.task]
    which = np.arange(steps * BATCH[contender.task]) % FOR_GAN
    gan = Pix2Pix(
        paired_generator(), paired_discriminator(filters=FILTERS[contender.task]), contender.weight, seed=seed
    )
    gan.compile(r1_weight=R1[contender.task], jit_compile=False)
    start = time.process_time()
    if contender.adversarial:
        gan.fit(targets[which], sources(targets)[which], batch_size=BATCH[contender.task], verbose=0)
    else:
        regression(gan.generator, sources(targets)[which], targets[which], seed, BATCH[contender.task])
    seconds = time.process_time() - start
    wanted = data.load("mnist_5k", split="test")[0]
    made, other = (gan.translate(sources(wanted), seed=number) for number in (1, 2))
    found = {"psnr": peak_ratio(made, wanted), "by_noise": round(float(np.abs(made - other).mean()), 4)}
    return found | judge.judged(made) | {"seconds": seconds}, [sources(wanted), made, wanted]


def regression(generator, sources, targets, seed, size):
    """Train a generator with the L1 distance alone, as any network, with the optimizer that a `GAN` would have."""
    from gan_course.optimizers import AveragingAdam

    noise = np.random.default_rng(seed).normal(size=(len(sources), generator.inputs[0].shape[1])).astype("float32")
    generator.compile(AveragingAdam(), "mae", jit_compile=False)
    generator.fit([noise, sources], targets, batch_size=size, verbose=0)


def unpaired(contender, seed, steps, gray, color):
    """Train without pairs; returns what is measured, and test pictures with their translations."""
    from gan_course.variants.cycle import CycleGAN
    from gan_course.variants.translation import patch_discriminator, unet_generator

    a, b = (kind[np.arange(steps * BATCH["cycle"]) % len(kind)] for kind in two_kinds())
    translators = unet_generator(COLOR, GRAY), unet_generator(GRAY, COLOR)
    judges = (patch_discriminator(shape, FILTERS["cycle"]) for shape in (GRAY, COLOR))
    gan = CycleGAN(*translators, *judges, contender.weight, seed=seed)
    gan.compile(r1_weight=R1[contender.task], jit_compile=False)
    start = time.process_time()
    gan.fit(a, b, batch_size=BATCH["cycle"], verbose=0)
    seconds = time.process_time() - start
    found, pictures = both_ways(gan, gray, color)
    return found | {"judge": round(color.accuracy, 4), "seconds": seconds}, pictures


def both_ways(gan, gray, color):
    """What is measured of the translations of both kinds of test pictures, and the pictures."""
    a, b = (data.load(name, split="test")[0] for name in ("mnist_5k", "photo_digits"))
    made_a, made_b = gan.translate(b, to="a"), gan.translate(a, to="b")
    found = color.judged(made_b) | {f"{name}_a": value for name, value in gray.judged(made_a).items()}
    back_a, back_b = there_and_back(gan, made_b, to="a"), there_and_back(gan, made_a, to="b")
    wiped = gan.translate(wiped_out(made_a), to="b")
    found |= {"back": [peak_ratio(each, a) for each in back_a], "back_b": [peak_ratio(each, b) for each in back_b]}
    found |= {"true": peak_ratio(made_a, a), "true_b": peak_ratio(made_b, b)}
    found |= hidden(back_b, wiped, made_b, b, on_black(made_a))
    return found, [a, made_b, b, made_a, back_b[0], back_b[NOISES.index(FAINT)], wiped]


def hidden(back, wiped, honest, wanted, which):
    """The PSNR of the way back of some photographs: by the noise, after wiping, and from the true digits on black."""
    if not which.any():
        return {}
    found = {"dark": round(float(which.mean()), 4), "dark_back": [peak_ratio(x[which], wanted[which]) for x in back]}
    ends = (("dark_wiped", wiped), ("dark_true", honest))
    return found | {name: peak_ratio(made[which], wanted[which]) for name, made in ends}


def train(name, contender, seed, steps, gray, judge_steps=JUDGE_STEPS):
    """Train once; returns the run as a dictionary. Pictures are stored for the first seed only."""
    import keras

    keras.utils.set_random_seed(seed)
    if contender.task == "cycle":
        found, pictures = unpaired(contender, seed, steps, gray, color_judge(judge_steps))
    else:
        found, pictures = paired(contender, seed, steps, gray)
    if seed == SEEDS[0]:
        found["shown"] = [report.to_text(each[:SHOWN]) for each in pictures]
    return {"contender": name, "seed": seed, "steps": steps, **found, "seconds": round(found["seconds"], 1)}


# The report


COLUMNS = {
    "kept": ("class kept", ".3f"),
    "frechet": ("Fréchet distance", ".1f"),
    "psnr": ("PSNR", ".1f"),
    "by_noise": ("change by z", ".4f"),
    "kept_a": ("class kept, to black", ".3f"),
    "frechet_a": ("Fréchet distance, to black", ".1f"),
    "seconds": ("CPU s", ".0f"),
}


def entry(runs, column, form):
    """The mean of a column over the runs, with the smallest and largest value where they differ. Empty without one."""
    values = [run[column] for run in runs if column in run]
    spread = f" ({min(values):{form}} to {max(values):{form}})" if len(values) > 1 else ""
    return f"{statistics.mean(values):{form}}{spread}" if values else ""


def rows(runs, contenders, columns):
    """A row for each contender of which there are runs."""
    named = [(contender.title, report.of(runs, name)) for name, contender in contenders.items()]
    forms = [(column, COLUMNS[column][1]) for column in columns]
    return [(title, len(own), *(entry(own, *each) for each in forms)) for title, own in named if own]


def noise_rows(runs, contenders):
    """Rows for each unpaired contender: the PSNR after a cycle, by the noise on the way, for both directions.

    The third row has only the photographs whose translation is `on_black`. The last column has the true picture of the
    other kind in place of the translation. It knows nothing that it should not know. For a photograph it is the digit
    on black, and says nothing about the background.
    """
    there, back = "black → photograph → black", "photograph → black → photograph"
    ways = {
        there: ("back", "wiped", "true"),
        back: ("back_b", "wiped_b", "true_b"),
        f"{back}, if on black": ("dark_back", "dark_wiped", "dark_true"),
    }
    found = []
    for name, contender in contenders.items():
        for way, (noisy, *ends) in ways.items():
            if own := [run for run in report.of(runs, name) if noisy in run]:
                by_noise = (f"{statistics.mean(each):.1f}" for each in zip(*(run[noisy] for run in own), strict=True))
                found.append((f"{contender.title}: {way}", *by_noise, *(entry(own, end, ".1f") for end in ends)))
    return found


def markdown(runs, about, contenders):
    """The results as Markdown."""
    pairs = {name: each for name, each in contenders.items() if each.task != "cycle"}
    others = {name: each for name, each in contenders.items() if each.task == "cycle"}
    names = ("kept", "frechet", "psnr", "by_noise", "seconds"), ("kept", "frechet", "kept_a", "frechet_a", "seconds")
    heads = [["", "seeds", *(COLUMNS[column][0] for column in columns)] for columns in names]
    parts = [
        "# Pictures from pictures\n",
        f"{report.in_words(about['machine'])}. Written by `python -m benchmarks translation`.\n",
        "Means over the seeds, with the smallest and the largest value. 1,000 test pictures are translated. “Class "
        "kept” is the share of them that a judge names as the digit of the source. The judge has learned from 1,000 "
        f"other digits, and names {about['judge']:.1%} of the real test digits correctly. The Fréchet distance is that "
        "of a classifier's features from the real test pictures. It cannot be compared with the FID. PSNR is in dB; "
        "larger is nearer to the target. “Change by z” is the mean absolute difference of two pictures of one source, "
        "made with different noise; the range of values is 2.\n",
        report.table(heads[0], rows(runs, pairs, names[0])),
    ]
    if reported := [run for run in runs if "judge" in run]:
        parts += [
            "Digits on black to digits on photographs, and back (“to black”). The judge of the colored digits names "
            f"{reported[0]['judge']:.1%} of the real ones correctly.\n",
            report.table(heads[1], rows(runs, others, names[1])),
            "PSNR of pictures that were translated there and back, with normal noise of this standard deviation on the "
            "picture in between. “If on black”: only photographs whose translation has a black border, "
            f"{entry(report.of(runs, 'cycle'), 'dark', '.0%')} of them with the cycle loss. “Wiped”: pixels below "
            f"{WIPED} were set to −1 on the way. In the last column the true picture of the other kind takes the place "
            "of the one in between, a digit on black or the same digit on a photograph:\n",
            report.table(["", *NOISES, "wiped", "true picture"], noise_rows(runs, others)),
        ]
    return "\n".join(parts)


def plot(runs, contenders):
    """Draw the pictures of each contender's first seed: what was given, and what was made. Returns the figure."""
    plots.use_style()
    plt.rcParams["image.interpolation"] = "nearest"  # pixels with sharp edges; their PNGs are small
    drawn = [(each, run) for name, each in contenders.items() for run in report.of(runs, name) if "shown" in run]
    sheets = without_repeats(sheet for each, run in drawn for sheet in sheets_of(each, run["shown"]))
    figure, axes = plt.subplots(max(1, len(sheets)), 1, figsize=(8, 1.15 * max(1, len(sheets))), squeeze=False)
    for ax, (title, pictures, made) in zip(axes[:, 0], sheets, strict=False):
        plots.image_grid(pictures, title, columns=SHOWN, generated=made, ax=ax)
    return figure


def without_repeats(sheets):
    """The sheets, without real pictures that stand in an earlier sheet."""
    kept, drawn = [], set()
    for title, pictures, made in sheets:
        if made or pictures.tobytes() not in drawn:
            kept.append((title, pictures, made))
            drawn.add(pictures.tobytes())
    return kept


def sheets_of(contender, texts):
    """Triples of a title, pictures, and whether they were made, from the stored pictures of a run."""
    if contender.task == "cycle":
        shapes, made = (GRAY, COLOR, COLOR, GRAY, *[COLOR] * 3), (False, True, False, True, True, True, True)
        black, photographs = ("digits on black", contender.title), ("digits on photographs", contender.title)
        titles = (*black, *photographs, "and back", f"and back, with noise of {FAINT} on the way", "and back, wiped")
    else:
        shapes, made = (GRAY,) * 3, (False, True, False)
        titles = ("given", contender.title, "wanted")
    pictures = [report.from_text(text, shape) for text, shape in zip(texts, shapes, strict=True)]
    return list(zip(titles, pictures, made, strict=True))


def run(folder, contenders, seeds=SEEDS, steps=STEPS, judge_steps=JUDGE_STEPS):
    """Train what the folder does not hold yet, and write the table and the plot.

    Args:
        folder: where the table, the plot and, unless this is `assets`, the numbers go.
        contenders: dictionary of a name → its `Contender`.
        seeds: integers. Defaults to (0, 1, 2).
        steps: dictionary of a task → its number of training steps. Defaults to `STEPS`.
        judge_steps: training steps of the judge of colored digits. Defaults to `JUDGE_STEPS`.
    """
    gray = gray_judge()
    about = {"machine": report.machine("tensorflow", "keras", "numpy"), "judge": round(gray.accuracy, 4)}
    stored = report.Runs(report.numbers_of(folder, "translation"), about)
    stored.fill(
        [
            {"contender": name, "seed": seed, "steps": steps[contender.task]}
            for seed in seeds
            for name, contender in contenders.items()
        ],
        lambda contender, seed, steps: train(contender, contenders[contender], seed, steps, gray, judge_steps),
    )
    shown = {**CONTENDERS, **contenders}
    report.write(folder, "translation", markdown(stored.runs, about, shown), plot(stored.runs, shown), dpi=100)


def main(arguments=None):
    """Do what the command line asks for. `arguments` are those of `sys.argv` by default."""
    parser = report.contender_line("translation", "Pictures from pictures, by pix2pix and CycleGAN.", CONTENDERS, SEEDS)
    given = parser.parse_args(arguments)
    report.start()
    run(given.folder, {name: CONTENDERS[name] for name in given.contender}, given.seeds)
