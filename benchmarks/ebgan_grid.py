"""How often a setting taken at random works: EBGAN against GAN over one grid of settings, on the 8 × 8 digits.

    python -m benchmarks ebgan_grid
    python -m benchmarks ebgan_grid --contender ebgan

This is the grid search of Zhao, Mathieu and LeCun 2017 (section 4.1) at a small scale: dense networks, small digits,
fewer values per setting, short trainings. The table and the plot are written into assets, the numbers into
gan_course/results. Finished runs are kept: when the benchmark is started again, it continues after the last one.
"""

import itertools
import time

import matplotlib.pyplot as plt
import numpy as np
from scipy.special import log_softmax, logsumexp

from benchmarks import report
from gan_course import data, plots
from gan_course.metrics import feature_classifier, frechet_distance

GRID = {
    "g_layers": (1, 2),
    "d_layers": (1, 2),
    "g_units": (64, 256),
    "d_units": (64, 256),
    "d_dropout": (0.0, 0.5),
    "g_optimizer": ("adam", "sgd"),
    "d_optimizer": ("adam", "sgd"),
}
"""Numbers of hidden layers, their width, the rate of Dropout behind each, and the optimizers.

EBGAN's D is an auto-encoder: its encoder has these layers, and its decoder has them in reverse order.
"""

CONTENDERS = {"ebgan": "EBGAN", "gan": "GAN"}
MARGIN, CODE_DIM, LATENT_DIM = 0.2, 16, 16
BATCH, STEPS = 32, 1_320
SAMPLES = 1_000
"""How many samples are judged."""


def settings(grid=None):
    """Every combination of the grid: a list of dictionaries."""
    grid = GRID if grid is None else grid
    return [dict(zip(grid, values, strict=True)) for values in itertools.product(*grid.values())]


# The contenders


def build(contender, shape, setting):
    """A compiled GAN or EBGAN (without the pulling-away term) with the networks and optimizers of a setting."""
    import keras

    from gan_course import networks
    from gan_course.gan import GAN
    from gan_course.objectives import energy_based
    from gan_course.variants.energy import EnergyGAN, autoencoding_discriminator

    units = [setting["d_units"]] * setting["d_layers"]
    generator = networks.mlp_generator(shape, LATENT_DIM, [setting["g_units"]] * setting["g_layers"])
    if contender == "ebgan":
        discriminator = _with_dropout(autoencoding_discriminator(shape, units, CODE_DIM), setting["d_dropout"])
        gan, objective = EnergyGAN(generator, discriminator, 0.0, seed=0), energy_based(MARGIN)
    else:
        discriminator = _with_dropout(networks.mlp_discriminator(shape, units), setting["d_dropout"])
        gan, objective = GAN(generator, discriminator, seed=0), "non_saturating"
    optimizers = {
        "adam": lambda: keras.optimizers.Adam(1e-3, beta_1=0.5),
        "sgd": lambda: keras.optimizers.SGD(0.1, momentum=0.5),
    }
    chosen = (optimizers[setting[name]]() for name in ("d_optimizer", "g_optimizer"))
    gan.compile(*chosen, objective=objective, steps_per_execution=44, jit_compile=False)
    return gan


def _with_dropout(network, rate):
    """The same network with Dropout behind each hidden layer; in an auto-encoder's encoder and decoder, too."""
    import keras

    if not rate:
        return network

    def follow(layer):
        if isinstance(layer, keras.Sequential):
            return _sequence(layer, rate)
        return layer

    if isinstance(network, keras.Sequential):
        return _sequence(network, rate)
    return keras.models.clone_model(network, clone_function=follow)


def _sequence(network, rate):
    import keras

    layers = [keras.Input(network.input_shape[1:])]
    for layer in network.layers:
        layers.append(layer)
        if isinstance(layer, keras.layers.LeakyReLU):
            layers.append(keras.layers.Dropout(rate))
    return keras.Sequential(layers, name=network.name)


# The measurement


def score(images, judge):
    """E KL(p(y) ‖ p(y | x)) in nats, the paper's modified inception score: the higher, the better.

    Args:
        images: samples, `(n, height, width, 1)` in [-1, 1].
        judge: a `gan_course.metrics.FeatureClassifier`.
    """
    log_p = log_softmax(judge.features(images) @ judge.weights[1] + judge.biases[1], axis=1)
    log_mean = logsumexp(log_p, axis=0) - np.log(len(log_p))
    return float(np.mean(np.sum(np.exp(log_mean) * (log_mean - log_p), axis=1)))


def look(images, judge, features):
    """Score, Fréchet distance to these features, and number of digits of samples: None, None and 0 for NaN samples."""
    if not np.isfinite(images).all():
        return {"score": None, "frechet": None, "digits": 0}
    found = {"score": score(images, judge), "frechet": frechet_distance(features, judge.features(images))}
    return {**{name: round(value, 4) for name, value in found.items()}, "digits": len(set(judge.classes(images)))}


def train(contender, setting, images, judge, features, steps=STEPS):
    """Train one setting; returns the run as a dictionary."""
    import keras

    keras.utils.set_random_seed(0)
    start, gan = time.perf_counter(), build(contender, images.shape[1:], setting)
    each = len(images) // BATCH
    gan.fit(images[: each * BATCH], batch_size=BATCH, epochs=steps // each, verbose=0)
    seconds = time.perf_counter() - start
    found = look(gan.generate(SAMPLES, seed=1), judge, features)
    return {"contender": contender, **setting, "steps": steps, **found, "seconds": round(seconds, 1)}


# The report


OPTIMIZERS = {"all": ("adam", "sgd"), "Adam for both": ("adam",)}
"""Groups of settings in the table: which optimizers both players may have."""


def summary(runs, contender, optimizers=("adam", "sgd")):
    """Quartiles of a contender's scores and distances, and how many of its runs made all ten digits or broke."""
    mine = [run for run in runs if run["contender"] == contender]
    mine = [run for run in mine if {run["g_optimizer"], run["d_optimizer"]} <= {*optimizers}]
    whole = [run for run in mine if run["score"] is not None]
    quartiles = {
        name: np.quantile([run[name] for run in whole], [0.25, 0.5, 0.75]) if whole else np.full(3, np.nan)
        for name in ("score", "frechet")
    }
    ten = sum(run["digits"] == 10 for run in mine)
    return {"count": len(mine), "broken": len(mine) - len(whole), "ten": ten, **quartiles}


def markdown(runs, about):
    """The results as Markdown."""
    real, grid = about["real"], about["grid"]
    axes = "; ".join(f"{name} {', '.join(map(str, values))}" for name, values in grid.items())
    parts = [
        "# EBGAN against GAN on a grid of settings\n",
        f"{report.in_words(about['machine'])}. Written by `python -m benchmarks`.\n",
        f"{len(settings(grid))} settings, one seed each: {axes}. Adam's rate is 0.001 with β₁ = 0.5, SGD's 0.1 with "
        f"momentum 0.5. {about['steps']:,} steps of {BATCH} on the {about['images']:,} training digits of 8 × 8. "
        f"EBGAN's margin is {MARGIN}, chosen on the default networks with Adam; no pulling-away term. The score is the "
        f"paper's E KL(p(y) ‖ p(y | x)), higher is better, with a small classifier of digits in place of the paper's; "
        f"it and the Fréchet distance are of {SAMPLES:,} samples. Held-out real digits have {real['score']:.1f} nats "
        f"and {real['frechet']:.1f} (training digits' distance from them).\n",
    ]
    header = ("", "settings", "all ten digits", "broke", "score, quartiles (nats)", "Fréchet distance, quartiles")
    rows = []
    for (group, optimizers), (name, title) in itertools.product(OPTIMIZERS.items(), CONTENDERS.items()):
        found = summary(runs, name, optimizers)
        if found["count"]:
            values = [" / ".join(f"{value:.1f}" for value in found[what]) for what in ("score", "frechet")]
            share = f"{found['ten'] / found['count']:.0%}"
            rows.append((f"{title}, {group}", found["count"], share, found["broken"], *values))
    parts.append(report.table(header, rows))
    return "\n".join(parts)


def plot(runs, about):
    """Draw histograms of both scores, in percent of the settings, as in the paper's figure. Returns the figure."""
    plots.use_style()
    figure, axes = plt.subplots(1, 2, figsize=(10, 3.6))
    whole = [run for run in runs if run["score"] is not None]
    scores, distances = ([run[name] for run in whole] for name in ("score", "frechet"))
    edges = np.linspace(0, max(scores), 21), np.geomspace(min(distances), max(distances), 21)
    labels = "score E KL(p(y) ‖ p(y | x)), nats: right is better", "Fréchet distance, log scale: left is better"
    for ax, name, bins, label in zip(axes, ("score", "frechet"), edges, labels, strict=True):
        for contender, look in (("gan", {"color": "0.6"}), ("ebgan", {"color": plots.GENERATED, "alpha": 0.6})):
            mine = [run[name] for run in whole if run["contender"] == contender]
            if mine:
                share = np.full(len(mine), 100 / len(mine))
                ax.hist(mine, bins=bins, weights=share, label=CONTENDERS[contender], **look)
        ax.axvline(about["real"][name], color=plots.REAL, ls="--", label="real digits")
        ax.set(xlabel=label, ylabel="% of settings")
    axes[1].set_xscale("log")
    axes[0].legend()
    figure.suptitle(f"{len(settings(about['grid']))} settings each: where do EBGAN and GAN end?")
    return figure


def run(folder, contenders=tuple(CONTENDERS), grid=None, steps=STEPS):
    """Train what the folder does not hold yet, and write the table and the plot.

    Args:
        folder: where the table, the plot and, unless this is `assets`, the numbers go.
        contenders: names in `CONTENDERS`. Defaults to all.
        grid: dictionary of a setting's name → its values. Defaults to None: `GRID`.
        steps: number of steps of each training. Defaults to 1,320.
    """
    images, labels = data.load("digits")
    judge, test = feature_classifier(images, labels), data.load("digits", split="test")[0]
    features = judge.features(test)
    real = {"score": score(test, judge), "frechet": frechet_distance(features, judge.features(images))}
    about = {
        "machine": report.machine("tensorflow", "keras", "numpy"),
        "grid": GRID if grid is None else grid,
        "steps": steps,
        "images": len(images),
        "real": {name: round(value, 4) for name, value in real.items()},
    }
    stored = report.Runs(report.numbers_of(folder, "ebgan_grid"), about)
    stored.fill(
        [{"contender": name, **setting} for setting in settings(grid) for name in contenders],
        lambda contender, **setting: train(contender, setting, images, judge, features, steps),
    )
    report.write(folder, "ebgan_grid", markdown(stored.runs, about), plot(stored.runs, about))


def main(arguments=None):
    """Do what the command line asks for. `arguments` are those of `sys.argv` by default."""
    parser = report.command_line("ebgan_grid", "EBGAN against GAN over one grid of settings.")
    report.add_choice(parser, "--contender", CONTENDERS)
    given = parser.parse_args(arguments)
    report.start()
    run(given.folder, given.contender)
