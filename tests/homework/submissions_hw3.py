"""Submissions of homework 3: wrong and lazy ones that its tests must refuse, and right ones that they must accept."""

from submissions import Answer

# ----------------------------------------------------------------- generators that nobody trained, for exercise 5

_LOOKUP = """
@keras.saving.register_keras_serializable()
class Lookup(layers.Layer):
    def call(self, z):
        ops = keras.ops
        number = ops.cast(ops.floor(1000 * ops.abs(ops.sum(z, axis=1))), "int32") % len(TABLE)
        return ops.take(ops.convert_to_tensor(TABLE), number, axis=0)

noise_in = keras.Input((16,))
generator = keras.Model(noise_in, Lookup()(noise_in))
"""
_BOTH = ("test_quality", "test_variety")


def _replay(table):
    return f"TABLE = ({table}).astype('float32')\n{_LOOKUP}"


def _fit(images="images", steps=300, rest="gan.compile()", networks="dcgan"):
    return f"""
learned = {images}
runtime.configure(seed=0)
g, d = networks.{networks}_generator((8, 8, 1), latent_dim=16), networks.{networks}_discriminator((8, 8, 1))
gan = GAN(g, d, seed=0)
{rest}
gan.fit(np.resize(learned, ({steps} * 16, 8, 8, 1)), batch_size=16, verbose=0)
generator = gan.generator
"""


# ------------------------------------------------------------------------------------------------ wrong and lazy

_PREPARE = [
    Answer("pixels in [0, 1]", {"prepare": [("/ 8 - 1", "/ 16")]}, lost=("test_prepare",)),
    Answer("digits taken for bytes", {"prepare": [("/ 8 - 1", "/ 127.5 - 1")]}, lost=("test_prepare",)),
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
        lost=("test_prepare",),
    ),
    Answer(
        "subtracts in the dtype that came: bytes wrap around",
        {"prepare": "def prepare(raw):\n    return ((raw.reshape(-1, 8, 8, 1) - 8) / 8).astype('float32')\n"},
        lost=("test_prepare",),
    ),
    Answer("no channel axis", {"prepare": [("(-1, 8, 8, 1)", "(-1, 8, 8)")]}, lost=("test_prepare",)),
    Answer("float64", {"prepare": [('"float32"', '"float64"')]}, lost=("test_prepare",)),
    Answer(
        "rows and columns swapped",
        {"prepare": [(".reshape(-1, 8, 8, 1)", ".reshape(-1, 8, 8, 1).swapaxes(1, 2)")]},
        lost=("test_prepare",),
    ),
    Answer(
        "works in place",
        {
            "prepare": "def prepare(raw):\n"
            "    if raw.dtype == 'float64':\n"
            "        raw /= 8\n        raw -= 1\n        return raw.reshape(-1, 8, 8, 1).astype('float32')\n"
            "    return raw.reshape(-1, 8, 8, 1).astype('float32') / 8 - 1\n"
        },
        lost=("test_prepare",),
    ),
    Answer("black and white swapped", {"prepare": [("/ 8 - 1", "/ -8 + 1")]}, lost=("test_prepare",)),
]

_BLUEPRINT = [
    Answer(
        "only the last layer's evenness",
        {"read_blueprint": [("even and kernel", "kernel")]},
        lost=("test_read_blueprint",),
    ),
    Answer(
        "even kernels taken for even layers",
        {"read_blueprint": [("% stride == 0", "% 2 == 0")]},
        lost=("test_read_blueprint",),
    ),
    Answer(
        "stride divided by kernel",
        {"read_blueprint": [("kernel % stride", "stride % kernel")]},
        lost=("test_read_blueprint",),
    ),
    Answer(
        "padding ignored",
        {"read_blueprint": [('stride * side if padding == "same" else ', "")]},
        lost=("test_read_blueprint",),
    ),
    Answer(
        "every layer doubles", {"read_blueprint": [("stride * side if", "2 * side if")]}, lost=("test_read_blueprint",)
    ),
    Answer(
        "the formula of an ordinary convolution",
        {"read_blueprint": [("stride * side if", "-(-side // stride) if")]},
        lost=("test_read_blueprint",),
    ),
    Answer(
        "a list of sides",
        {"read_blueprint": [("return side, even", "return [side], even, blueprint")]},
        lost=("test_read_blueprint",),
    ),
    Answer(
        "always the DCGAN's",
        {"read_blueprint": "def read_blueprint(side, blueprint):\n    return 8, True\n"},
        lost=("test_read_blueprint",),
    ),
]

_GENERATOR = [
    Answer("sigmoid at G's exit", {"make_generator": [('"tanh"', '"sigmoid"')]}, lost=("test_make_generator",)),
    Answer(
        "no activation at G's exit", {"make_generator": [(', activation="tanh"', "")]}, lost=("test_make_generator",)
    ),
    Answer(
        "kernel 5, stride 2",
        {"make_generator": [("Conv2DTranspose(32, 4", "Conv2DTranspose(32, 5")]},
        lost=("test_make_generator",),
    ),
    Answer(
        "kernel 3 in the last layer",
        {"make_generator": [("Conv2DTranspose(1, 4", "Conv2DTranspose(1, 3")]},
        lost=("test_make_generator",),
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
        lost=("test_make_generator",),
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
        lost=("test_make_generator",),
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
        lost=("test_make_generator",),
    ),
    Answer(
        "one model for all calls",
        {
            "make_generator": "THE_ONE = networks.dcgan_generator((8, 8, 1), latent_dim=16)\n\n"
            "def make_generator(latent_dim):\n    return THE_ONE\n"
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
        lost=("test_make_generator",),
    ),
    Answer(
        "forgets the return", {"make_generator": [("return keras", "model = keras")]}, lost=("test_make_generator",)
    ),
]

_DISCRIMINATOR = [
    Answer(
        "sigmoid in D",
        {"make_discriminator": [("Dense(1)", 'Dense(1, activation="sigmoid")')]},
        lost=("test_make_discriminator",),
    ),
    Answer(
        "softmax over one score",
        {"make_discriminator": [("Dense(1)", 'Dense(1, activation="softmax")')]},
        lost=("test_make_discriminator",),
    ),
    Answer(
        "tanh at the end",
        {"make_discriminator": [("Dense(1)", 'Dense(1, activation="tanh")')]},
        lost=("test_make_discriminator",),
    ),
    Answer(
        "BatchNormalization at D's entrance",
        {
            "make_discriminator": [
                ("keras.Input((8, 8, 1)),", "keras.Input((8, 8, 1)),\n            layers.BatchNormalization(),")
            ]
        },
        lost=("test_make_discriminator",),
    ),
    Answer(
        "BatchNormalization at D's exit",
        {"make_discriminator": [("layers.Dense(1),", "layers.Dense(1),\n            layers.BatchNormalization(),")]},
        lost=("test_make_discriminator",),
    ),
    Answer(
        "ReLU in D",
        {"make_discriminator": [("layers.LeakyReLU(0.2)", "layers.ReLU()")]},
        lost=("test_make_discriminator",),
    ),
    Answer(
        "ReLU by name",
        {"make_discriminator": [('padding="same"),', 'padding="same", activation="relu"),')]},
        lost=("test_make_discriminator",),
    ),
    Answer("a map of scores", {"make_discriminator": [("layers.Flatten(),\n", "")]}, lost=("test_make_discriminator",)),
    Answer("two classes", {"make_discriminator": [("Dense(1)", "Dense(2)")]}, lost=("test_make_discriminator",)),
    Answer(
        "dense layers only",
        {"make_discriminator": "def make_discriminator():\n    return networks.mlp_discriminator((8, 8, 1))\n"},
        lost=("test_make_discriminator",),
    ),
]

_AVERAGE = [
    Answer(
        "decay swapped",
        {"update_average": [("decay * mean + (1 - decay) * weight", "(1 - decay) * mean + decay * weight")]},
        lost=("test_update_average",),
    ),
    Answer(
        "averages into the live model",
        {"update_average": [("mean.assign(decay", "weight.assign(decay")]},
        lost=("test_update_average",),
    ),
    Answer(
        "averages BatchNormalization's averages, too",
        {
            "update_average": "def update_average(averaged, live, decay):\n"
            "    pairs = zip(averaged.get_weights(), live.get_weights())\n"
            "    averaged.set_weights([decay * a + (1 - decay) * w for a, w in pairs])\n"
        },
        lost=("test_update_average",),
    ),
    Answer(
        "forgets BatchNormalization's averages",
        {
            "update_average": "def update_average(averaged, live, decay):\n"
            "    for a, w in zip(averaged.trainable_variables, live.trainable_variables):\n"
            "        a.assign(decay * a + (1 - decay) * w)\n"
        },
        lost=("test_update_average",),
    ),
    Answer(
        "copies",
        {
            "update_average": "def update_average(averaged, live, decay):\n    averaged.set_weights(live.get_weights())\n"
        },
        lost=("test_update_average",),
    ),
    Answer(
        "the plain mean of the two",
        {"update_average": [("decay * mean + (1 - decay) * weight", "(mean + weight) / 2")]},
        lost=("test_update_average",),
    ),
    Answer(
        "adds up",
        {"update_average": [("decay * mean + (1 - decay) * weight", "mean + (1 - decay) * weight")]},
        lost=("test_update_average",),
    ),
    Answer(
        "makes new arrays and forgets them",
        {
            "update_average": "def update_average(averaged, live, decay):\n"
            "    weights = [decay * a + (1 - decay) * w for a, w in zip(averaged.get_weights(), live.get_weights())]\n"
        },
        lost=("test_update_average",),
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
        lost=("test_update_average",),
    ),
]

_WATCH = [
    Answer(
        "fresh noise for each generator",
        {
            "watch": "def watch(generators, count, seed):\n"
            "    rng = np.random.default_rng(seed)\n"
            "    noise = [rng.normal(size=(count, g.input_shape[-1])).astype('float32') for g in generators]\n"
            "    return np.stack([g(z, training=False).numpy() for g, z in zip(generators, noise)])\n"
        },
        lost=("test_watch",),
    ),
    Answer("uniform noise", {"watch": [(".normal(size=", ".uniform(-1, 1, size=")]}, lost=("test_watch",)),
    Answer(
        "uniform noise of deviation 1",
        {"watch": [(".normal(size=", ".uniform(-3**0.5, 3**0.5, size=")]},
        lost=("test_watch",),
    ),
    Answer("the seed is not used", {"watch": [("default_rng(seed)", "default_rng(0)")]}, lost=("test_watch",)),
    Answer("no seed at all", {"watch": [("default_rng(seed)", "default_rng()")]}, lost=("test_watch",)),
    Answer("drawn in training mode", {"watch": [("training=False", "training=True")]}, lost=("test_watch",)),
    Answer(
        "one z for a whole row",
        {"watch": [("size=(count, size))", "size=(1, size)).repeat(count, axis=0)")]},
        lost=("test_watch",),
    ),
    Answer("16 numbers of noise, always", {"watch": [("generators[0].input_shape[-1]", "16")]}, lost=("test_watch",)),
    Answer(
        "a list of tensors",
        {
            "watch": [
                (
                    "return np.stack([keras.ops.convert_to_numpy(g(noise, training=False))",
                    "return list([g(noise, training=False)",
                )
            ]
        },
        lost=("test_watch",),
    ),
    Answer("all in one row", {"watch": [("np.stack", "np.concatenate")]}, lost=("test_watch",)),
]

_TRAIN = [
    Answer("untrained", {"train": "generator = networks.dcgan_generator((8, 8, 1), latent_dim=16)\n"}, lost=_BOTH),
    Answer("training pictures by a lookup", {"train": _replay("images")}, lost=_BOTH),
    Answer("held-out pictures by a lookup", {"train": _replay("np.resize(unseen, (360, 8, 8, 1))")}, lost=_BOTH),
    *[
        Answer(
            f"real pictures with noise of {noise}",
            {"train": _replay(f"np.clip(images + np.random.default_rng(0).normal(0, {noise}, images.shape), -1, 1)")},
            lost=_BOTH,
        )
        for noise in (0.1, 0.3)
    ],
    Answer(
        "a table of 600 training pictures as weights",
        {
            "train": """
z = keras.Input((16,))
row = layers.Lambda(lambda z: keras.ops.cast(1000 * keras.ops.abs(keras.ops.sum(z, axis=1)), "int32") % 600)(z)
table = layers.Embedding(600, 64)
generator = keras.Model(z, layers.Reshape((8, 8, 1))(table(row)))
table.set_weights([images[:600].reshape(600, 64)])
"""
        },
        lost=_BOTH,
    ),
    Answer(
        "the mean of two stolen pictures of a digit",
        {
            "train": "friends = [images[np.roll(np.flatnonzero(labels == d), 1)] for d in range(10)]\n"
            + _replay(
                "np.concatenate([(images[labels == d] + friends[d]) / 2 for d in range(10)])[np.random.default_rng(0).permutation(1437)]"
            )
        },
        lost=_BOTH,
    ),
    Answer("one digit, really trained", {"train": _fit("images[labels == 3]")}, lost=_BOTH),
    Answer(
        "ten pictures by a lookup",
        {"train": _replay("images[[np.flatnonzero(labels == d)[0] for d in range(10)]]")},
        lost=_BOTH,
    ),
    Answer(
        "the noise is ignored, and the layer draws its own",
        {
            "train": _fit(steps=300) + "\nclass Own(layers.Layer):\n"
            "    def call(self, z):\n"
            "        return keras.random.normal(keras.ops.shape(z))\n\n"
            "noise_in = keras.Input((16,))\ngenerator = keras.Model(noise_in, gan.generator(Own()(noise_in)))\n"
        },
        lost=_BOTH,
    ),
    Answer(
        "the noise is multiplied by 0",
        {
            "train": _fit(steps=300) + "\nnoise_in = keras.Input((16,))\n"
            "generator = keras.Model(noise_in, gan.generator(layers.Rescaling(0.0)(noise_in)))\n"
        },
        lost=_BOTH,
    ),
    Answer("pixels in [0, 1]", {"train": _fit("(images + 1) / 2")}, lost=_BOTH),
    Answer(
        "Adam with β₁ = 0.9 in both players",
        {
            "train": _fit(
                rest="adam = lambda: keras.optimizers.Adam(1e-3, beta_1=0.9)\ngan.compile(adam(), adam())", steps=600
            )
        },
        lost=_BOTH,
    ),
    Answer(
        "an average that remembers too long",
        {
            "train": _fit(
                rest="gan.compile(None, keras.optimizers.Adam(1e-3, 0.5, use_ema=True, ema_momentum=0.9999))", steps=600
            )
        },
        lost=_BOTH,
    ),
    Answer("ends in no model", {"train": "generator = lambda z: images[: len(z)]\n"}, lost=_BOTH),
    Answer(
        "32 numbers of noise", {"train": "generator = networks.dcgan_generator((8, 8, 1), latent_dim=32)\n"}, lost=_BOTH
    ),
]

_WALK = [
    Answer("the straight line", {"walk": [("if angle < 1e-4:", "if True:")]}, lost=("test_walk",)),
    Answer("from b to a", {"walk": [("np.linspace(0, 1, stops)", "np.linspace(1, 0, stops)")]}, lost=("test_walk",)),
    Answer(
        "b is left out",
        {"walk": [("np.linspace(0, 1, stops)", "np.linspace(0, 1, stops, endpoint=False)")]},
        lost=("test_walk",),
    ),
    Answer("NaN where a and b are the same", {"walk": [("if angle < 1e-4:", "if False:")]}, lost=("test_walk",)),
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
    Answer("90 degrees, always", {"walk": [("np.arccos(np.clip(cosine, -1, 1))", "np.pi / 2")]}, lost=("test_walk",)),
    Answer("drawn in training mode", {"walk": [("training=False", "training=True")]}, lost=("test_walk",)),
    Answer(
        "one stop too many",
        {"walk": [("np.linspace(0, 1, stops)", "np.linspace(0, 1, stops + 1)")]},
        lost=("test_walk",),
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
_FRECHET = [
    Answer("covariance transposed", {"distance_and_floor": [("rowvar=False", "rowvar=True")]}, lost=_FLOOR),
    Answer(
        "mean over the wrong axis",
        {"distance_and_floor": [("a.mean(axis=0) - b.mean(axis=0)", "a.mean(axis=1) - b.mean(axis=1)")]},
        lost=_FLOOR,
    ),
    Answer(
        "mean over everything",
        {"distance_and_floor": [("a.mean(axis=0) - b.mean(axis=0)", "a.mean() - b.mean()")]},
        lost=_FLOOR,
    ),
    Answer(
        "means' difference not squared",
        {"distance_and_floor": [("(a.mean(axis=0) - b.mean(axis=0)) ** 2", "np.abs(a.mean(axis=0) - b.mean(axis=0))")]},
        lost=_FLOOR,
    ),
    Answer(
        "the root taken element by element",
        {"distance_and_floor": [("np.sqrt(eigenvalues).sum()", "np.trace(np.sqrt(np.abs(cov_a @ cov_b)))")]},
        lost=_FLOOR,
    ),
    Answer("the factor 2 forgotten", {"distance_and_floor": [("- 2 * np.sqrt", "- np.sqrt")]}, lost=_FLOOR),
    Answer("the root forgotten", {"distance_and_floor": [("np.sqrt(eigenvalues)", "eigenvalues")]}, lost=_FLOOR),
    Answer(
        "eigenvalues as of a symmetric matrix",
        {"distance_and_floor": [("np.linalg.eigvals(", "np.linalg.eigvalsh(")]},
        lost=_FLOOR,
    ),
    Answer(
        "NaN from eigenvalues below 0",
        {
            "distance_and_floor": [
                ("np.linalg.eigvals(cov_a @ cov_b).real.clip(0)", "np.linalg.eigvals(cov_a @ cov_b).real")
            ]
        },
        lost=_FLOOR,
    ),
    Answer(
        "the root of the distance",
        {
            "distance_and_floor": [
                ("return float(", "return np.sqrt("),
                ("shift + np.trace", "1e-12 + shift + np.trace"),
            ]
        },
        lost=_FLOOR,
    ),
    Answer("sets of different size", {"distance_and_floor": [("[:size]", "[:]")]}, lost=_FLOOR),
    Answer(
        "the two numbers swapped",
        {
            "distance_and_floor": [
                ("return frechet(real, fake), frechet(real, other)", "return frechet(real, other), frechet(real, fake)")
            ]
        },
        lost=_FLOOR,
    ),
    Answer(
        "a floor of fakes and others",
        {"distance_and_floor": [("frechet(real, other)\n", "frechet(other, fake)\n")]},
        lost=_FLOOR,
    ),
    Answer(
        "divided by the number of rows",
        {"distance_and_floor": [("rowvar=False", "rowvar=False, bias=True")]},
        lost=_FLOOR,
    ),
    Answer(
        "the package's",
        {
            "distance_and_floor": "def distance_and_floor(real, other, fake):\n"
            "    n = min(len(real), len(other), len(fake))\n"
            "    return metrics.frechet_distance(real[:n], fake[:n]), metrics.frechet_distance(real[:n], other[:n])\n"
        },
        lost=_FLOOR,
    ),
    Answer("no floor", {"distance_and_floor": [(", frechet(real, other)\n", "\n")]}, lost=_FLOOR),
    Answer(
        "means only",
        {
            "distance_and_floor": [
                ("float(shift + np.trace(cov_a + cov_b) - 2 * np.sqrt(eigenvalues).sum())", "float(shift)")
            ]
        },
        lost=_FLOOR,
    ),
]

_SHARE = ("test_suspicious_share",)
_SUSPICIOUS = [
    Answer(
        "compares with the training set only",
        {"suspicious_share": [("nearest(held_out)", "nearest(samples)")]},
        lost=_SHARE,
    ),
    Answer(
        "an absolute limit of its own",
        {"suspicious_share": [("np.quantile(nearest(held_out), level)", "1.4304")]},
        lost=_SHARE,
    ),
    Answer(
        "the level is not used",
        {"suspicious_share": [("nearest(held_out), level)", "nearest(held_out), 0.05)")]},
        lost=_SHARE,
    ),
    Answer(
        "the nearest sample of each training picture",
        {"suspicious_share": [("(pictures, training))", "(training, pictures))")]},
        lost=_SHARE,
    ),
    Answer("above the limit", {"suspicious_share": [("nearest(samples) < ", "nearest(samples) > ")]}, lost=_SHARE),
    Answer("how many, not which share", {"suspicious_share": [("np.mean(nearest", "np.sum(nearest")]}, lost=_SHARE),
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
        lost=_SHARE,
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
        lost=_SHARE,
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
        lost=_SHARE,
    ),
    Answer("exact copies only", {"suspicious_share": [("np.quantile(nearest(held_out), level)", "1e-6")]}, lost=_SHARE),
    Answer(
        "pixels of 64, always",
        {"suspicious_share": [("np.reshape(x, (len(x), -1))", "np.reshape(x, (-1, 64))")]},
        lost=_SHARE,
    ),
    Answer(
        "always 5 %",
        {"suspicious_share": "def suspicious_share(samples, training, held_out, level=0.05):\n    return 0.05\n"},
        lost=_SHARE,
    ),
]

_VERDICTS = ("test_diagnose", "test_diagnose_others")


def _diagnose(body):
    return f"def diagnose(samples, training, held_out, judge):\n{body}"


_DIAGNOSE = [
    Answer("everyone is good", {"diagnose": _diagnose("    return 'good'\n")}, lost=_VERDICTS),
    Answer("everyone is a thief", {"diagnose": _diagnose("    return 'memorizing'\n")}, lost=_VERDICTS),
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
        lost=_VERDICTS,
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
    Answer("says True and False", {"diagnose": _diagnose("    return True\n")}, lost=_VERDICTS),
]

WRONG = [
    *_PREPARE, *_BLUEPRINT, *_GENERATOR, *_DISCRIMINATOR, *_AVERAGE, *_WATCH, *_TRAIN, *_WALK, *_FRECHET, *_SUSPICIOUS, *_DIAGNOSE
]  # fmt: skip

# ------------------------------------------------------------------------------------------------------- right

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
    Answer("the blueprint by asking Keras", {"read_blueprint": "def read_blueprint(side, blueprint):\n"
        "    for kernel, stride, padding in blueprint:\n"
        "        layer = layers.Conv2DTranspose(1, kernel, strides=stride, padding=padding)\n"
        "        side = layer.compute_output_shape((1, side, side, 1))[1]\n"
        "    return [side, np.all([k % s == 0 for k, s, _ in blueprint])]\n"}),
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
    Answer("the package's two networks", {
        "make_generator": "def make_generator(latent_dim):\n    return networks.dcgan_generator((8, 8, 1), latent_dim, units=64)\n",
        "make_discriminator": "def make_discriminator():\n    return networks.dcgan_discriminator((8, 8, 1))\n"}),
    Answer("a critic with spectral normalization, dropout and pooling", {"make_discriminator": "def make_discriminator():\n"
        "    x = inputs = keras.Input((8, 8, 1))\n"
        "    x = layers.SpectralNormalization(layers.Conv2D(24, 3, padding='same'))(x)\n"
        "    x = layers.Dropout(0.2)(layers.ELU()(x))\n"
        "    x = layers.Conv2D(32, 3, padding='same', activation='leaky_relu')(layers.AveragePooling2D(2)(x))\n"
        "    return keras.Model(inputs, layers.Dense(1)(layers.GlobalAveragePooling2D()(x)))\n"}),
    Answer("the average with set_weights", {"update_average": "def update_average(averaged, live, decay):\n"
        "    is_trained = {id(v) for v in averaged.trainable_variables}\n"
        "    keep = [decay if id(v) in is_trained else 0.0 for v in averaged.weights]\n"
        "    pairs = zip(keep, averaged.get_weights(), live.get_weights())\n"
        "    averaged.set_weights([k * a + (1 - k) * w for k, a, w in pairs])\n"}),
    Answer("the average as a step towards the live weights", {"update_average": [
        ("mean.assign(decay * mean + (1 - decay) * weight)", "mean.assign_add((1 - decay) * (weight - mean))")]}),
    Answer("noise from Keras", {"watch": "def watch(generators, count, seed):\n"
        "    z = keras.random.normal((count, generators[0].inputs[0].shape[1]), seed=seed)\n"
        "    return np.array([g.predict(z, verbose=0) for g in generators])\n"}),
    Answer("noise from RandomState", {"watch": [("np.random.default_rng(seed).normal", "np.random.RandomState(seed).normal")]}),
    Answer("a dense GAN", {"train": _fit(steps=1000, networks="mlp")}),
    Answer("no average, lower rates", {"train": _fit(steps=1500, rest="adam = lambda: keras.optimizers.Adam(2e-4, beta_1=0.5)\ngan.compile(adam(), adam())")}),
    Answer(
        "a loop, networks and average of one's own",
        {
            "train": """
import tensorflow as tf
runtime.configure(seed=0)
g, d = networks.dcgan_generator((8, 8, 1), latent_dim=16), networks.dcgan_discriminator((8, 8, 1))
generator = keras.models.clone_model(g)
g_adam, d_adam = keras.optimizers.Adam(1e-3, 0.5), keras.optimizers.Adam(1e-3, 0.5)
loss = keras.losses.BinaryCrossentropy(from_logits=True)

@tf.function
def play(real):
    z = tf.random.normal((32, 16))
    with tf.GradientTape() as tape:
        s, t = d(real, training=True), d(g(z, training=True), training=True)
        d_loss = loss(tf.ones_like(s), s) + loss(tf.zeros_like(t), t)
    d_adam.apply_gradients(zip(tape.gradient(d_loss, d.trainable_variables), d.trainable_variables))
    with tf.GradientTape() as tape:
        t = d(g(z, training=True), training=True)
        g_loss = loss(tf.ones_like(t), t)
    g_adam.apply_gradients(zip(tape.gradient(g_loss, g.trainable_variables), g.trainable_variables))
    for a, w in zip(generator.weights, g.weights):
        a.assign(0.99 * a + 0.01 * w)

rng = np.random.default_rng(0)
for _ in range(1000):
    play(images[rng.integers(len(images), size=32)])
"""
        },
    ),
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
