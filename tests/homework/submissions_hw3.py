"""Submissions of homework 3: wrong and lazy ones that its tests must refuse, and right ones that they must accept."""

from submissions import Answer

# ------------------------------------------------------------------------------------------------ wrong and lazy

_PREPARE = [
    Answer("pixels in [0, 1]", {"prepare": [("/ 8 - 1", "/ 16")]}, lost=("test_prepare", "test_prepare_dtypes")),
    Answer(
        "digits taken for bytes",
        {"prepare": [("/ 8 - 1", "/ 127.5 - 1")]},
        lost=("test_prepare", "test_prepare_dtypes"),
    ),
    Answer(
        "scaled by the batch's own maximum",
        {
            "prepare": "def prepare(raw):\n"
            "    x = np.asarray(raw, 'float32').reshape(-1, 8, 8, 1)\n"
            "    return 2 * (x - x.min()) / max(x.max() - x.min(), 1e-9) - 1\n"
        },
        lost=("test_prepare",),
    ),
    Answer(
        "standardized",
        {
            "prepare": "def prepare(raw):\n"
            "    x = np.asarray(raw, 'float32').reshape(-1, 8, 8, 1)\n"
            "    return (x - x.mean()) / x.std()\n"
        },
        lost=("test_prepare", "test_prepare_dtypes"),
    ),
    Answer(
        "subtracts in the dtype that came: bytes wrap around",
        {"prepare": "def prepare(raw):\n    return ((raw.reshape(-1, 8, 8, 1) - 8) / 8).astype('float32')\n"},
        lost=("test_prepare_dtypes",),
    ),
    Answer(
        "no channel axis", {"prepare": [("(-1, 8, 8, 1)", "(-1, 8, 8)")]}, lost=("test_prepare", "test_prepare_dtypes")
    ),
    Answer("float64", {"prepare": [('"float32"', '"float64"')]}, lost=("test_prepare", "test_prepare_dtypes")),
    Answer(
        "rows and columns swapped",
        {"prepare": [(".reshape(-1, 8, 8, 1)", ".reshape(-1, 8, 8, 1).swapaxes(1, 2)")]},
        lost=("test_prepare", "test_prepare_dtypes"),
    ),
    Answer(
        "works in place",
        {
            "prepare": "def prepare(raw):\n"
            "    if raw.dtype == 'float64':\n"
            "        raw /= 8\n        raw -= 1\n        return raw.reshape(-1, 8, 8, 1).astype('float32')\n"
            "    return raw.reshape(-1, 8, 8, 1).astype('float32') / 8 - 1\n"
        },
        lost=("test_prepare_dtypes",),
    ),
    Answer(
        "black and white swapped", {"prepare": [("/ 8 - 1", "/ -8 + 1")]}, lost=("test_prepare", "test_prepare_dtypes")
    ),
]

_GENERATOR = [
    Answer("sigmoid at G's exit", {"make_generator": [('"tanh"', '"sigmoid"')]}, lost=("test_make_generator_pixels",)),
    Answer(
        "no activation at G's exit",
        {"make_generator": [(', activation="tanh"', "")]},
        lost=("test_make_generator_pixels",),
    ),
    Answer(
        "kernel 5, stride 2",
        {"make_generator": [("Conv2DTranspose(32, 4", "Conv2DTranspose(32, 5")]},
        lost=("test_make_generator_even",),
    ),
    Answer(
        "kernel 3 in the last layer",
        {"make_generator": [("Conv2DTranspose(1, 4", "Conv2DTranspose(1, 3")]},
        lost=("test_make_generator_even",),
    ),
    Answer(
        "BatchNormalization behind the last convolution",
        {
            "make_generator": [
                (
                    ', activation="tanh"),',
                    '),\n            layers.BatchNormalization(),\n            layers.Activation("tanh"),',
                )
            ]
        },
        lost=("test_make_generator_pixels",),
    ),
    Answer("too wide", {"make_generator": [("64", "256")]}, lost=("test_make_generator",)),
    Answer(
        "too wide for more noise",
        {
            "make_generator": [
                (
                    "layers.Dense(2 * 2 * 64, use_bias=False)",
                    "layers.Dense(1600),\n            layers.Dense(8),\n            layers.Dense(2 * 2 * 64)",
                )
            ]
        },
        lost=("test_make_generator",),
    ),
    Answer(
        "16 × 16 pixels",
        {"make_generator": [("2 * 2 * 64", "4 * 4 * 64"), ("(2, 2, 64)", "(4, 4, 64)")]},
        lost=("test_make_generator", "test_make_generator_even", "test_make_generator_pixels"),
    ),
    Answer(
        "the size of the noise hard-coded",
        {"make_generator": [("keras.Input((latent_dim,))", "keras.Input((16,))")]},
        lost=("test_make_generator",),
    ),
    Answer(
        "dense layers only",
        {
            "make_generator": "def make_generator(latent_dim):\n"
            "    return keras.Sequential([keras.Input((latent_dim,)), layers.Dense(128), layers.LeakyReLU(0.2),\n"
            "        layers.Dense(64, activation='tanh'), layers.Reshape((8, 8, 1))])\n"
        },
        lost=("test_make_generator", "test_make_generator_even"),
    ),
    Answer(
        "one model for all calls",
        {
            "make_generator": [
                ("def make_generator", "def _make_generator"),
                (
                    "    ### END SOLUTION",
                    "    ### END SOLUTION\n\n\nTHE_ONE = _make_generator(16)\n\n\ndef make_generator(latent_dim):\n    return THE_ONE",
                ),
            ]
        },
        lost=("test_make_generator",),
    ),
    Answer(
        "the noise is multiplied by 0",
        {
            "make_generator": [
                (
                    "layers.Dense(2 * 2 * 64, use_bias=False)",
                    "layers.Rescaling(0.0),\n            layers.Dense(2 * 2 * 64)",
                )
            ]
        },
        lost=("test_make_generator", "test_make_generator_pixels"),
    ),
    Answer(
        "forgets the return",
        {"make_generator": [("return keras", "model = keras")]},
        lost=("test_make_generator", "test_make_generator_even", "test_make_generator_pixels"),
    ),
]

_DISCRIMINATOR = [
    Answer(
        "sigmoid in D",
        {"make_discriminator": [("Dense(1)", 'Dense(1, activation="sigmoid")')]},
        lost=("test_make_discriminator_score",),
    ),
    Answer(
        "softmax over one score",
        {"make_discriminator": [("Dense(1)", 'Dense(1, activation="softmax")')]},
        lost=("test_make_discriminator", "test_make_discriminator_score"),
    ),
    Answer(
        "tanh at the end",
        {"make_discriminator": [("Dense(1)", 'Dense(1, activation="tanh")')]},
        lost=("test_make_discriminator_score",),
    ),
    Answer(
        "BatchNormalization at D's entrance",
        {
            "make_discriminator": [
                ("keras.Input((8, 8, 1)),", "keras.Input((8, 8, 1)),\n            layers.BatchNormalization(),")
            ]
        },
        lost=("test_make_discriminator_score",),
    ),
    Answer(
        "BatchNormalization at D's exit",
        {"make_discriminator": [("layers.Dense(1),", "layers.Dense(1),\n            layers.BatchNormalization(),")]},
        lost=("test_make_discriminator_score",),
    ),
    Answer(
        "ReLU in D",
        {"make_discriminator": [("layers.LeakyReLU(0.2)", "layers.ReLU()")]},
        lost=("test_make_discriminator_score",),
    ),
    Answer(
        "ReLU by name",
        {"make_discriminator": [('padding="same"),', 'padding="same", activation="relu"),')]},
        lost=("test_make_discriminator_score",),
    ),
    Answer(
        "a map of scores",
        {"make_discriminator": [("layers.Flatten(),\n", "")]},
        lost=("test_make_discriminator", "test_make_discriminator_score"),
    ),
    Answer(
        "two classes",
        {"make_discriminator": [("Dense(1)", "Dense(2)")]},
        lost=("test_make_discriminator", "test_make_discriminator_score"),
    ),
    Answer(
        "dense layers only",
        {
            "make_discriminator": "def make_discriminator():\n"
            "    return keras.Sequential([keras.Input((8, 8, 1)), layers.Flatten(), layers.Dense(64, 'leaky_relu'), layers.Dense(1)])\n"
        },
        lost=("test_make_discriminator",),
    ),
]

_AVERAGE = [
    Answer(
        "decay swapped",
        {"update_average": [("decay * mean + (1 - decay) * weight", "(1 - decay) * mean + decay * weight")]},
        lost=("test_update_average", "test_update_average_of_statistics"),
    ),
    Answer(
        "averages into the live model",
        {"update_average": [("mean.assign(decay", "weight.assign(decay")]},
        lost=("test_update_average", "test_update_average_of_statistics"),
    ),
    Answer(
        "averages BatchNormalization's averages, too",
        {
            "update_average": "def update_average(averaged, live, decay):\n"
            "    pairs = zip(averaged.get_weights(), live.get_weights())\n"
            "    averaged.set_weights([decay * a + (1 - decay) * w for a, w in pairs])\n"
        },
        lost=("test_update_average_of_statistics",),
    ),
    Answer(
        "forgets BatchNormalization's averages",
        {
            "update_average": "def update_average(averaged, live, decay):\n"
            "    for a, w in zip(averaged.trainable_variables, live.trainable_variables):\n"
            "        a.assign(decay * a + (1 - decay) * w)\n"
        },
        lost=("test_update_average_of_statistics",),
    ),
    Answer(
        "copies",
        {
            "update_average": "def update_average(averaged, live, decay):\n    averaged.set_weights(live.get_weights())\n"
        },
        lost=("test_update_average", "test_update_average_of_statistics"),
    ),
    Answer(
        "the plain mean of the two",
        {"update_average": [("decay * mean + (1 - decay) * weight", "(mean + weight) / 2")]},
        lost=("test_update_average", "test_update_average_of_statistics"),
    ),
    Answer(
        "adds up",
        {"update_average": [("decay * mean + (1 - decay) * weight", "mean + (1 - decay) * weight")]},
        lost=("test_update_average", "test_update_average_of_statistics"),
    ),
    Answer(
        "makes new arrays and forgets them",
        {
            "update_average": "def update_average(averaged, live, decay):\n"
            "    weights = [decay * a + (1 - decay) * w for a, w in zip(averaged.get_weights(), live.get_weights())]\n"
        },
        lost=("test_update_average", "test_update_average_of_statistics"),
    ),
    Answer(
        "kernels only",
        {
            "update_average": [
                (
                    "averaged.trainable_variables, live.trainable_variables",
                    "averaged.trainable_variables[::2], live.trainable_variables[::2]",
                )
            ]
        },
        lost=("test_update_average", "test_update_average_of_statistics"),
    ),
]

_PLAY = "play_round(generator, discriminator, g_optimizer, d_optimizer, real, z_for_d, z_for_g)"
_BOTH_ROUNDS = ("test_play_round", "test_play_round_normalization")


def _play(name, *edits, lost=_BOTH_ROUNDS):
    return Answer(f"round: {name}", {"play_round": list(edits)}, lost=lost)


_ROUND = [
    _play("labels swapped", ("softplus(-on_real)", "softplus(on_real)"), ("softplus(on_fake)", "softplus(-on_fake)")),
    _play("sign of G's loss", ("softplus(-scores)", "softplus(scores)")),
    _play(
        "the saturating loss",
        ("g_loss = tf.reduce_mean(tf.nn.softplus(-scores))", "g_loss = -tf.reduce_mean(tf.nn.softplus(scores))"),
    ),
    _play("half of D's loss", ("    d_loss = tf.reduce_mean", "    d_loss = 0.5 * tf.reduce_mean")),
    _play("only the real half", (" + tf.reduce_mean(tf.nn.softplus(on_fake))", "")),
    _play("sums", ("reduce_mean", "reduce_sum")),
    _play("D's noise for G", ("generator(z_for_g, training=True)", "generator(z_for_d, training=True)")),
    _play(
        "noise of its own",
        ("generator(z_for_g, training=True)", "generator(tf.random.normal(tf.shape(z_for_g)), training=True)"),
    ),
    _play(
        "G's step moves D, too",
        (
            "weights = generator.trainable_variables",
            "weights = generator.trainable_variables + discriminator.trainable_variables",
        ),
    ),
    _play("G never steps", ("    g_optimizer.apply(tape.gradient(g_loss, weights), weights)\n", "")),
    _play(
        "samples by predict, so that no gradient comes through",
        ("generator(z_for_g, training=True)", "generator.predict_on_batch(z_for_g)"),
    ),
    _play(
        "scores taken for probabilities",
        ("tf.nn.softplus(-scores)", "-tf.math.log(tf.clip_by_value(scores, 1e-7, 1.0))"),
    ),
    _play("one loss only", ("    return d_loss, g_loss", "    return g_loss"), lost=("test_play_round",)),
    _play(
        "the losses after the steps",
        (
            "    return d_loss, g_loss",
            "    return d_loss - 0.01, tf.reduce_mean(tf.nn.softplus(-discriminator(generator(z_for_g))))",
        ),
        lost=("test_play_round",),
    ),
    _play("in inference mode", ("training=True", "training=False"), lost=_BOTH_ROUNDS[1:]),
    _play(
        "real and generated pictures in one batch",
        (
            "on_real, on_fake = discriminator(real, training=True), discriminator(fake, training=True)",
            "on_real, on_fake = tf.split(discriminator(tf.concat([real, fake], 0), training=True), 2)",
        ),
        lost=_BOTH_ROUNDS[1:],
    ),
    _play(
        "D in inference mode in G's step",
        ("generator(z_for_g, training=True), training=True", "generator(z_for_g, training=True), training=False"),
        lost=_BOTH_ROUNDS[1:],
    ),
]

_TRAINED = ("test_quality", "test_variety", "test_diagnose_your_own")
_BOTH = _TRAINED[:2]


def _trains(name, *edits, source=None, lost=_BOTH):
    return Answer(f"training: {name}", {"train": source or list(edits)}, lost=lost, also=("trained",))


def _package(body):
    return (
        "from gan_course import networks\nfrom gan_course.gan import GAN\n\n\ndef train(pictures, steps, seed):\n"
        + body
    )


_FIT = "    gan.compile()\n    gan.fit(np.resize(pictures, (16 * steps, 8, 8, 1)), batch_size=16, verbose=0)\n    return gan.generator\n"
_OWN_LOOP = "averaged.set_weights(generator.get_weights())"

_TRAIN = [
    _trains(
        "the course's GAN and networks, four lines",
        source=_package(
            "    shape = (8, 8, 1)\n    gan = GAN(networks.dcgan_generator(shape, latent_dim=16), networks.dcgan_discriminator(shape), seed=seed)\n"
            + _FIT
        ),
    ),
    _trains(
        "the course's GAN with one's own networks",
        source=_package("    gan = GAN(make_generator(16), make_discriminator(), seed=seed)\n" + _FIT),
    ),
    _trains(
        "one's own round with the course's networks",
        (
            "generator, averaged, discriminator = make_generator(16), make_generator(16), make_discriminator()",
            "from gan_course import networks\n    shape = (8, 8, 1)\n    generator, averaged = (networks.dcgan_generator(shape, latent_dim=16) for _ in range(2))\n    discriminator = networks.dcgan_discriminator(shape)",
        ),
    ),
    _trains("untrained", ("size=(steps, 16)", "size=(1, 16)")),
    _trains("always the same pictures, whatever it is given", (_OWN_LOOP, "pictures = images\n    " + _OWN_LOOP)),
    _trains(
        "trained once, and remembered",
        ("def train(", "def _train("),
        (
            "    return averaged\n    ### END SOLUTION",
            "    return averaged\n    ### END SOLUTION\n\n\nDONE = []\n\n\ndef train(pictures, steps, seed):\n"
            "    make_generator(16), make_discriminator()\n    DONE.append(DONE[0] if DONE else _train(pictures, steps, seed))\n"
            "    return DONE[0]",
        ),
    ),
    _trains("pixels in [0, 1]", (_OWN_LOOP, "pictures = (pictures + 1) / 2\n    " + _OWN_LOOP), lost=_BOTH),
    _trains("an average that remembers too long", ("generator, 0.98)", "generator, 0.9999)")),
    _trains(
        "one digit only",
        (_OWN_LOOP, "pictures = pictures[labels == 3] if len(pictures) == len(labels) else pictures\n    " + _OWN_LOOP),
    ),
    _trains("returns the discriminator", ("    return averaged", "    return discriminator"), lost=_TRAINED),
    _trains("returns no model", ("    return averaged", "    return lambda z, training: averaged(z)"), lost=_TRAINED),
]

_WALK = [
    Answer("the straight line", {"walk": [("if angle < 1e-4:", "if True:")]}, lost=("test_walk",)),
    Answer("from b to a", {"walk": [("np.linspace(0, 1, stops)", "np.linspace(1, 0, stops)")]}, lost=("test_walk",)),
    Answer(
        "b is left out",
        {"walk": [("np.linspace(0, 1, stops)", "np.linspace(0, 1, stops, endpoint=False)")]},
        lost=("test_walk", "test_walk_straight_on"),
    ),
    Answer(
        "NaN where a and b are the same", {"walk": [("if angle < 1e-4:", "if False:")]}, lost=("test_walk_straight_on",)
    ),
    Answer(
        "the angle without lengths", {"walk": [(" / (np.linalg.norm(a) * np.linalg.norm(b))", "")]}, lost=("test_walk",)
    ),
    Answer(
        "a line stretched to the length of a",
        {
            "walk": [
                (
                    "z = (np.sin((1 - t) * angle) * a + np.sin(t * angle) * b) / np.sin(angle)",
                    "z = (1 - t) * a + t * b\n        z = z / np.linalg.norm(z, axis=1, keepdims=True) * np.linalg.norm(a)",
                )
            ]
        },
        lost=("test_walk",),
    ),
    Answer(
        "90 degrees, always",
        {"walk": [("np.arccos(np.clip(cosine, -1, 1))", "np.pi / 2")]},
        lost=("test_walk", "test_walk_straight_on"),
    ),
    Answer("drawn in training mode", {"walk": [("training=False", "training=True")]}, lost=("test_walk",)),
    Answer(
        "one stop too many",
        {"walk": [("np.linspace(0, 1, stops)", "np.linspace(0, 1, stops + 1)")]},
        lost=("test_walk", "test_walk_straight_on"),
    ),
    Answer(
        "a slide show: mixes pictures, not noise",
        {
            "walk": "def walk(generator, a, b, stops):\n"
            "    first, last = generator(np.stack([a, b]).astype('float32'), training=False).numpy()\n"
            "    return np.stack([(1 - t) * first + t * last for t in np.linspace(0, 1, stops)])\n"
        },
        lost=("test_walk",),
    ),
]

_FLOOR = ("test_distance_and_floor",)
_FLOORS = ("test_distance_and_floor", "test_distance_of_few")
_FRECHET = [
    Answer(
        "covariance transposed",
        {"distance_and_floor": [("rowvar=False", "rowvar=True")]},
        lost=_FLOORS,
    ),
    Answer(
        "mean over the wrong axis",
        {"distance_and_floor": [("a.mean(axis=0) - b.mean(axis=0)", "a.mean(axis=1) - b.mean(axis=1)")]},
        lost=_FLOORS,
    ),
    Answer(
        "mean over everything",
        {"distance_and_floor": [("a.mean(axis=0) - b.mean(axis=0)", "a.mean() - b.mean()")]},
        lost=_FLOORS,
    ),
    Answer(
        "means' difference not squared",
        {"distance_and_floor": [("(a.mean(axis=0) - b.mean(axis=0)) ** 2", "np.abs(a.mean(axis=0) - b.mean(axis=0))")]},
        lost=_FLOORS,
    ),
    Answer(
        "the root taken element by element",
        {"distance_and_floor": [("np.sqrt(eigenvalues).sum()", "np.trace(np.sqrt(np.abs(cov_a @ cov_b)))")]},
        lost=_FLOORS,
    ),
    Answer(
        "the factor 2 forgotten",
        {"distance_and_floor": [("- 2 * np.sqrt", "- np.sqrt")]},
        lost=_FLOORS,
    ),
    Answer(
        "the root forgotten",
        {"distance_and_floor": [("np.sqrt(eigenvalues)", "eigenvalues")]},
        lost=_FLOORS,
    ),
    Answer(
        "eigenvalues as of a symmetric matrix",
        {"distance_and_floor": [("np.linalg.eigvals(", "np.linalg.eigvalsh(")]},
        lost=_FLOORS,
    ),
    Answer(
        "NaN from eigenvalues below 0",
        {
            "distance_and_floor": [
                ("np.linalg.eigvals(cov_a @ cov_b).real.clip(0)", "np.linalg.eigvals(cov_a @ cov_b).real")
            ]
        },
        lost=("test_distance_of_few",),
    ),
    Answer(
        "the root of the distance",
        {
            "distance_and_floor": [
                ("return float(", "return np.sqrt("),
                ("shift + np.trace", "1e-12 + shift + np.trace"),
            ]
        },
        lost=_FLOORS,
    ),
    Answer("sets of different size", {"distance_and_floor": [("[:size]", "[:]")]}, lost=_FLOOR),
    Answer(
        "the two numbers swapped",
        {
            "distance_and_floor": [
                ("return frechet(real, fake), frechet(real, other)", "return frechet(real, other), frechet(real, fake)")
            ]
        },
        lost=_FLOORS,
    ),
    Answer(
        "a floor of fakes and others",
        {"distance_and_floor": [("frechet(real, other)\n", "frechet(other, fake)\n")]},
        lost=_FLOORS,
    ),
    Answer(
        "divided by the number of rows",
        {"distance_and_floor": [("rowvar=False", "rowvar=False, bias=True")]},
        lost=_FLOORS,
    ),
    Answer(
        "the package's",
        {
            "distance_and_floor": "def distance_and_floor(real, other, fake):\n"
            "    n = min(len(real), len(other), len(fake))\n"
            "    return metrics.frechet_distance(real[:n], fake[:n]), metrics.frechet_distance(real[:n], other[:n])\n"
        },
        lost=_FLOORS,
    ),
    Answer(
        "no floor",
        {"distance_and_floor": [(", frechet(real, other)\n", "\n")]},
        lost=_FLOORS,
    ),
    Answer(
        "means only",
        {
            "distance_and_floor": [
                ("float(shift + np.trace(cov_a + cov_b) - 2 * np.sqrt(eigenvalues).sum())", "float(shift)")
            ]
        },
        lost=_FLOORS,
    ),
]

_SHARES = ("test_suspicious_share", "test_suspicious_share_of_others")
_SUSPICIOUS = [
    Answer(
        "compares with the training set only",
        {"suspicious_share": [("nearest(held_out)", "nearest(samples)")]},
        lost=_SHARES,
    ),
    Answer(
        "an absolute limit of its own",
        {"suspicious_share": [("np.quantile(nearest(held_out), level)", "1.4304")]},
        lost=_SHARES,
    ),
    Answer(
        "the level is not used",
        {"suspicious_share": [("nearest(held_out), level)", "nearest(held_out), 0.05)")]},
        lost=("test_suspicious_share_of_others",),
    ),
    Answer(
        "the nearest sample of each training picture",
        {"suspicious_share": [("(pictures, training))", "(training, pictures))")]},
        lost=_SHARES,
    ),
    Answer(
        "above the limit",
        {"suspicious_share": [("nearest(samples) < ", "nearest(samples) > ")]},
        lost=_SHARES,
    ),
    Answer(
        "how many, not which share",
        {"suspicious_share": [("np.mean(nearest", "np.sum(nearest")]},
        lost=_SHARES,
    ),
    Answer(
        "says yes or no for each",
        {
            "suspicious_share": [
                (
                    "float(np.mean(nearest(samples) < np.quantile(nearest(held_out), level)))",
                    "nearest(samples) < np.quantile(nearest(held_out), level)",
                )
            ]
        },
        lost=_SHARES,
    ),
    Answer(
        "held-out distances to the samples",
        {
            "suspicious_share": [
                (
                    "np.quantile(nearest(held_out), level)",
                    "np.quantile(metrics.nearest_neighbors(*(x.reshape(len(x), -1) for x in (held_out, samples))).distances[:, 0], level)",
                )
            ]
        },
        lost=_SHARES,
    ),
    Answer(
        "a ratio of medians",
        {
            "suspicious_share": [
                (
                    "float(np.mean(nearest(samples) < np.quantile(nearest(held_out), level)))",
                    "float(np.median(nearest(samples)) / np.median(nearest(held_out)))",
                )
            ]
        },
        lost=_SHARES,
    ),
    Answer(
        "exact copies only",
        {"suspicious_share": [("np.quantile(nearest(held_out), level)", "1e-6")]},
        lost=_SHARES,
    ),
    Answer(
        "pixels of 64, always",
        {"suspicious_share": [("np.reshape(x, (len(x), -1))", "np.reshape(x, (-1, 64))")]},
        lost=("test_suspicious_share_of_others",),
    ),
    Answer(
        "always 5 %",
        {"suspicious_share": "def suspicious_share(samples, training, held_out, level=0.05):\n    return 0.05\n"},
        lost=_SHARES,
    ),
]

_VERDICTS = ("test_diagnose", "test_diagnose_others", "test_diagnose_your_own")


def _diagnose(body):
    return f"def diagnose(samples, training, held_out, judge):\n{body}"


_DIAGNOSE = [
    Answer(
        "everyone is good",
        {"diagnose": _diagnose("    return 'good'\n")},
        lost=_VERDICTS,
    ),
    Answer(
        "everyone is a thief",
        {"diagnose": _diagnose("    return 'memorizing'\n")},
        lost=_VERDICTS,
    ),
    Answer(
        "verdicts in the order of the tests",
        {
            "diagnose": "SAYS = iter(['good', 'collapsed', 'blurry', 'memorizing', 'good'] + 50 * ['good'])\n\n"
            "def diagnose(samples, training, held_out, judge):\n    return next(SAYS)\n"
        },
        lost=_VERDICTS,
    ),
    Answer(
        "recognizes the panel",
        {
            "diagnose": "PANEL = {name: round(float(np.std(x)), 2) for name, x in panel.items()}\n\n"
            "def diagnose(samples, training, held_out, judge):\n"
            "    return min(PANEL, key=lambda name: abs(PANEL[name] - float(np.std(samples))))\n"
        },
        lost=_VERDICTS,
    ),
    Answer(
        "looks for copies first",
        {
            "diagnose": [
                (
                    "if gap(made, made, k=2) < gap(new, new, k=2) / 4:",
                    'if gap(made, learned) < gap(new, learned) / 2:\n        return "memorizing"\n    if gap(made, made, k=2) < gap(new, new, k=2) / 4:',
                )
            ]
        },
        lost=("test_diagnose_others",),
    ),
    Answer(
        "counts digits to see collapse",
        {
            "diagnose": [
                ("gap(made, made, k=2) < gap(new, new, k=2) / 4", "len(np.unique(judge.classes(samples))) < 10")
            ]
        },
        lost=("test_diagnose", "test_diagnose_others"),
    ),
    Answer(
        "exact twins only",
        {"diagnose": [("gap(made, made, k=2) < gap(new, new, k=2) / 4", "len(np.unique(made, axis=0)) < count / 2")]},
        lost=_VERDICTS,
    ),
    Answer(
        "the nearest is the picture itself",
        {"diagnose": [("gap(made, made, k=2)", "gap(made, made, k=1)")]},
        lost=_VERDICTS,
    ),
    Answer(
        "exact copies only",
        {"diagnose": [("gap(made, learned) < gap(new, learned) / 2", "gap(made, learned) < 1e-6")]},
        lost=_VERDICTS,
    ),
    Answer(
        "copies of what was held out",
        {"diagnose": [("gap(made, learned) < gap(new, learned) / 2", "gap(made, new) < gap(learned, new) / 2")]},
        lost=_VERDICTS,
    ),
    Answer(
        "recall alone",
        {
            "diagnose": _diagnose(
                "    n = min(len(samples), len(held_out))\n"
                "    p, r = metrics.precision_recall(judge.features(held_out[:n]), judge.features(samples[:n]))\n"
                "    return 'collapsed' if r < 0.3 else 'good'\n"
            )
        },
        lost=_VERDICTS,
    ),
    Answer(
        "the Fréchet distance alone",
        {
            "diagnose": _diagnose(
                "    d = metrics.frechet_distance(judge.features(held_out), judge.features(samples))\n"
                "    return 'memorizing' if d < 2.5 else 'good' if d < 6 else 'collapsed' if d < 30 else 'blurry'\n"
            )
        },
        lost=_VERDICTS,
    ),
    Answer(
        "says True and False",
        {"diagnose": _diagnose("    return True\n")},
        lost=_VERDICTS,
    ),
]

WRONG = [
    *_PREPARE, *_GENERATOR, *_DISCRIMINATOR, *_AVERAGE, *_ROUND, *_TRAIN, *_WALK, *_FRECHET, *_SUSPICIOUS, *_DIAGNOSE
]  # fmt: skip

# ------------------------------------------------------------------------------------------------------- right

_ROUND = (
    f"def {_PLAY}:\n"
    "    loss_of = keras.losses.BinaryCrossentropy(from_logits=True)\n"
    "    with tf.GradientTape(persistent=True) as tape:\n"
    "        fake = generator(z_for_d, training=True)\n"
    "        a, b = discriminator(real, training=True), discriminator(fake, training=True)\n"
    "        loss = loss_of(tf.zeros_like(b), b) + loss_of(tf.ones_like(a), a)\n"
    "    d_optimizer.apply_gradients(zip(tape.gradient(loss, discriminator.trainable_weights), discriminator.trainable_weights))\n"
    "    with tf.GradientTape() as tape:\n"
    "        c = discriminator(generator(z_for_g, training=True), training=True)\n"
    "        g_loss = -tf.reduce_mean(tf.math.log_sigmoid(c))\n"
    "    g_optimizer.apply_gradients(zip(tape.gradient(g_loss, generator.trainable_weights), generator.trainable_weights))\n"
    "    return [loss, g_loss]\n"
)
RIGHT = [
    Answer(
        "pixels pushed about with np.interp",
        {
            "prepare": "def prepare(raw):\n"
            "    gray = np.interp(np.array(raw, float), [0, 16], [-1, 1])\n"
            "    return gray.reshape(len(raw), 8, 8)[..., None].astype('float32')\n"
        },
    ),
    Answer("pixels as a tensor", {"prepare": "def prepare(raw):\n"
        "    return keras.ops.reshape(keras.ops.cast(np.asarray(raw, float), 'float32'), (-1, 8, 8, 1)) / 8 - 1\n"}),
    Answer("the functional way, with LeakyReLU and a separate tanh", {"make_generator": "def make_generator(latent_dim):\n"
        "    z = keras.Input((latent_dim,))\n"
        "    x = layers.LeakyReLU(0.2)(layers.Dense(4 * 4 * 32)(z))\n"
        "    x = layers.Reshape((4, 4, 32))(x)\n"
        "    x = layers.Conv2DTranspose(1, 2, strides=2)(x)\n"
        "    return keras.Model(z, layers.Activation('tanh')(x))\n"}),
    Answer("a convolution at the end, two models in one", {"make_generator": "def make_generator(latent_dim):\n"
        "    body = keras.Sequential([keras.Input((latent_dim,)), layers.Dense(2 * 2 * 48), layers.Reshape((2, 2, 48)),\n"
        "        layers.Conv2DTranspose(24, 6, strides=2, padding='same'), layers.BatchNormalization(), layers.ReLU(),\n"
        "        layers.UpSampling2D()])\n"
        "    head = keras.Sequential([keras.Input((8, 8, 24)), layers.Conv2D(1, 3, padding='same', activation='tanh')])\n"
        "    return keras.Sequential([keras.Input((latent_dim,)), body, head])\n"}),
    Answer("a critic with spectral normalization, dropout and pooling", {"make_discriminator": "def make_discriminator():\n"
        "    x = inputs = keras.Input((8, 8, 1))\n"
        "    x = layers.SpectralNormalization(layers.Conv2D(24, 3, padding='same'))(x)\n"
        "    x = layers.Dropout(0.2)(layers.ELU()(x))\n"
        "    x = layers.Conv2D(32, 3, padding='same', activation='leaky_relu')(layers.AveragePooling2D(2)(x))\n"
        "    return keras.Model(inputs, layers.Dense(1)(layers.GlobalAveragePooling2D()(x)))\n"}),
    Answer("the average as a step towards the live weights", {"update_average": [
        ("mean.assign(decay * mean + (1 - decay) * weight)", "mean.assign_add((1 - decay) * (weight - mean))")]}),
    Answer("the average with set_weights", {"update_average": "def update_average(averaged, live, decay):\n"
        "    is_trained = {id(v) for v in averaged.trainable_variables}\n"
        "    keep = [decay if id(v) in is_trained else 0.0 for v in averaged.weights]\n"
        "    pairs = zip(keep, averaged.get_weights(), live.get_weights())\n"
        "    averaged.set_weights([k * a + (1 - k) * w for k, a, w in pairs])\n"}),
    Answer("the round with Keras' losses, fakes in the tape, a list returned", {"play_round": _ROUND}, also=()),
    Answer(
        "the same round with floats returned, which no tf.function can compile",
        {"play_round": _ROUND.replace("[loss, g_loss]", "[float(loss), float(g_loss)]")},
        also=(),
    ),
    Answer("training: no average, smaller rates, larger batches", {"train": [("return averaged", "return generator"), ("(steps, 16)", "(steps, 32)"), ("(2, 16, 16)", "(2, 32, 16)"), ("Adam(1e-3", "Adam(7e-4")]}, also=("trained",)),
    Answer("a walk stop by stop", {"walk": "def walk(generator, a, b, stops):\n"
        "    a, b = np.array(a, float), np.array(b, float)\n"
        "    u, v = a / np.linalg.norm(a), b / np.linalg.norm(b)\n"
        "    w = 2 * np.arctan2(np.linalg.norm(u - v), np.linalg.norm(u + v))\n"
        "    part = lambda t: t if w < 1e-6 else np.sin(t * w) / np.sin(w)\n"
        "    z = [part(1 - t) * a + part(t) * b for t in np.linspace(0, 1, stops)]\n"
        "    return np.concatenate([generator.predict(x[None].astype('float32'), verbose=0) for x in z])\n"}),
    Answer("the distance with SciPy's root", {"distance_and_floor": "def distance_and_floor(real, other, fake):\n"
        "    from scipy.linalg import sqrtm\n"
        "    n = min(map(len, (real, other, fake)))\n"
        "    def d2(a, b):\n"
        "        A, B = np.cov(a.T), np.cov(b.T)\n"
        "        half = np.real(sqrtm(A + 1e-9 * np.eye(len(A))))\n"
        "        root = np.real(sqrtm(half @ B @ half + 1e-12 * np.eye(len(A))))\n"
        "        return ((a.mean(0) - b.mean(0)) ** 2).sum() + np.trace(A + B - 2 * root)\n"
        "    return [d2(real[:n], fake[:n]), d2(real[:n], other[:n])]\n"}),
    Answer("the distance by singular values", {"distance_and_floor": [("np.sqrt(eigenvalues).sum()",
        "np.linalg.svd(root(cov_a) @ root(cov_b), compute_uv=False).sum()"),
        ("    def frechet(a, b):", "    def root(c):\n        w, v = np.linalg.eigh(c)\n        return (v * np.sqrt(w.clip(0))) @ v.T\n\n    def frechet(a, b):")]}),
    Answer("suspects with a loop", {"suspicious_share": "def suspicious_share(samples, training, held_out, level=0.05):\n"
        "    near = lambda x: min(np.sqrt(((training - x) ** 2).sum(axis=(1, 2, 3))))\n"
        "    limit = np.quantile([near(x) for x in held_out], level)\n"
        "    return np.array([near(x) < limit for x in samples]).mean()\n"}),
    Answer("suspects with scikit-learn", {"suspicious_share": "def suspicious_share(samples, training, held_out, level=0.05):\n"
        "    from sklearn.neighbors import NearestNeighbors\n"
        "    flat = lambda x: np.asarray(x, float).reshape(len(x), -1)\n"
        "    search = NearestNeighbors(n_neighbors=1, algorithm='brute').fit(flat(training))\n"
        "    gaps, limits = (search.kneighbors(flat(x))[0][:, 0] for x in (samples, held_out))\n"
        "    return (gaps < np.quantile(limits, level)).mean()\n"}),
    Answer("diagnosis by spread, copies and the pixels' variance", {"diagnose": _diagnose(
        "    from scipy.spatial.distance import cdist\n"
        "    s, t, h = (x.reshape(len(x), -1) for x in (samples, training, held_out))\n"
        "    others = np.sort(cdist(s, s), axis=1)[:, 1]\n"
        "    if np.mean(others < 0.25 * np.median(np.sort(cdist(h, h), axis=1)[:, 1])) > 0.5:\n"
        "        return 'collapsed'\n"
        "    limit = np.quantile(cdist(h, t).min(axis=1), 0.05)\n"
        "    if np.mean(cdist(s, t).min(axis=1) < limit) > 0.5:\n"
        "        return 'memorizing'\n"
        "    return 'blurry' if s.var(axis=0).sum() < 0.75 * h.var(axis=0).sum() else 'good'\n")}),
    Answer("diagnosis by edges", {"diagnose": [("np.abs(made).mean() / np.abs(new).mean()",
        "np.abs(np.diff(samples, axis=2)).mean() / np.abs(np.diff(held_out, axis=2)).mean()"), ("contrast < 0.93", "contrast < 0.9")]}),
]  # fmt: skip
