"""Submissions of homework 5: wrong and lazy ones that its tests must refuse, and right ones that they must accept."""

from submissions import Answer
from submissions_hw4 import _right, _wrong

# ------------------------------------------------------------------------------------------------ wrong and lazy

_LABEL_ALL = ("test_with_label", "test_with_label_pictures", "test_with_label_wrong")
_LABEL = _wrong(
    "with_label",
    "with_label(x, labels, classes=10)",
    {
        "the label as a number": (
            "return tf.concat([x, tf.cast(tf.reshape(labels, (-1, *[1] * (len(x.shape) - 1))), x.dtype) + 0 * x[..., :1]], -1)"
        ),
        "the one-hot vector first": [("tf.concat([x, one_hot]", "tf.concat([one_hot, x]")],
        "always ten classes": [("tf.one_hot(labels, classes)", "tf.one_hot(labels, 10)")],
        "the label counted from 1": [("tf.one_hot(labels, classes)", "tf.one_hot(labels - 1, classes)")],
        "one-hot with −1 and 1": [("tf.one_hot(labels, classes)", "2 * tf.one_hot(labels, classes) - 1")],
        "wrong labels become zeros": [
            ('    tf.debugging.assert_non_negative(labels, "a label below 0")\n', ""),
            ('    tf.debugging.assert_less(labels, classes, "a label without a class")\n', ""),
        ],
        "rows of an identity matrix, −1 is the last": [
            ('    tf.debugging.assert_non_negative(labels, "a label below 0")\n', ""),
            ("tf.one_hot(labels, classes)", "tf.constant(np.eye(classes, dtype='float32')[labels.numpy()])"),
        ],
        "labels cut to the range": [
            (
                '    tf.debugging.assert_non_negative(labels, "a label below 0")\n',
                "    labels = tf.clip_by_value(labels, 0, classes - 1)\n",
            ),
        ],
        "only above the range": [('    tf.debugging.assert_non_negative(labels, "a label below 0")\n', "")],
        "latent vectors only": [
            ("        one_hot = one_hot[:, None, None, :] + tf.zeros_like(x[..., :1])\n", "        pass\n")
        ],
        "the label at one pixel": [
            (
                "one_hot[:, None, None, :] + tf.zeros_like(x[..., :1])",
                "tf.pad(one_hot[:, None, None, :], [[0, 0], [0, x.shape[1] - 1], [0, x.shape[2] - 1], [0, 0]])",
            )
        ],
        "planes before the picture": [
            (
                "    return tf.concat([x, one_hot], axis=-1)",
                "    return tf.concat([x, one_hot] if len(x.shape) == 2 else [one_hot, x], axis=-1)",
            )
        ],
        "the visible answer by heart": "return tf.constant([[0.5, -2, 0, 0, 1], [7, 3, 1, 0, 0]])",
    },
    other={
        "the label as a number": _LABEL_ALL,
        "the one-hot vector first": _LABEL_ALL[:2],
        "always ten classes": _LABEL_ALL[:2],
        "the label counted from 1": _LABEL_ALL[:2],
        "one-hot with −1 and 1": _LABEL_ALL[:2],
        "wrong labels become zeros": _LABEL_ALL[2:],
        "rows of an identity matrix, −1 is the last": _LABEL_ALL[2:],
        "labels cut to the range": _LABEL_ALL[2:],
        "only above the range": _LABEL_ALL[2:],
        "latent vectors only": _LABEL_ALL[1:2],
        "the label at one pixel": _LABEL_ALL[1:2],
        "planes before the picture": _LABEL_ALL[1:2],
        "the visible answer by heart": _LABEL_ALL,
    },
)

_TABLE_BOTH = ("test_best_table", "test_best_table_counts")
_TABLE = _wrong(
    "best_table",
    "best_table(real_means, fake_means, variance, real_counts=None, fake_counts=None)",
    {
        "the sign of the means": [("(real - fake) / variance", "(fake - real) / variance")],
        "the sign of the constant": [
            (
                "constant = ((fake**2).sum(axis=1) - (real**2).sum(axis=1))",
                "constant = ((real**2).sum(axis=1) - (fake**2).sum(axis=1))",
            )
        ],
        "variance forgotten": [("(real - fake) / variance", "real - fake"), ("(2 * variance)", "2")],
        "divided by the standard deviation": [("(real - fake) / variance", "(real - fake) / variance**0.5")],
        "the half forgotten": [("(2 * variance)", "variance")],
        "no constant": [("[(real - fake) / variance, constant]", "[(real - fake) / variance, 0 * constant]")],
        "the square of the difference": [
            ("(fake**2).sum(axis=1) - (real**2).sum(axis=1)", "((fake - real) ** 2).sum(axis=1)")
        ],
        "the 1 in front": [("[(real - fake) / variance, constant]", "[constant, (real - fake) / variance]")],
        "means instead of sums": [(".sum(axis=1)", ".mean(axis=1)")],
        "only the real pile": [("(real - fake) / variance", "real / variance"), ("(fake**2).sum(axis=1) - ", "-")],
        "counts ignored": [("constant + np.log(p / q)", "constant")],
        "counts, not shares": [("np.asarray(counts) / np.sum(counts)", "np.asarray(counts)")],
        "counts the other way round": [("np.log(p / q)", "np.log(q / p)")],
        "one sum for both piles": [("np.sum(counts)", "(np.sum(real_counts) + np.sum(fake_counts))")],
        "no logarithm": [("np.log(p / q)", "p / q")],
        "the real shares only": [("np.log(p / q)", "np.log(p)")],
        "the visible answer by heart": "return np.array([[2.0, 0], [0, 0]]) if real_counts is None else np.log([[1, 1.5], [1, 0.5]])",
    },
    tests=_TABLE_BOTH[:1],
    other={
        "the 1 in front": _TABLE_BOTH,
        "no constant": _TABLE_BOTH,
        "counts ignored": _TABLE_BOTH[1:],
        "counts, not shares": _TABLE_BOTH[1:],
        "counts the other way round": _TABLE_BOTH[1:],
        "one sum for both piles": _TABLE_BOTH[1:],
        "no logarithm": _TABLE_BOTH[1:],
        "the real shares only": _TABLE_BOTH[1:],
        "the visible answer by heart": _TABLE_BOTH,
    },
)

_D_BOTH = ("test_discriminator_step", "test_discriminator_step_harder")
_D = "discriminator_step(discriminator, generator, optimizer, pictures, labels, z)"
_D_STEP = _wrong(
    "discriminator_step",
    _D,
    {
        "generated pictures with other labels": [
            ("discriminator([fake, labels]", "discriminator([fake, tf.roll(labels, 1, 0)]")
        ],
        "D sees no labels": [
            ("discriminator([pictures, labels]", "discriminator([pictures, 0 * labels]"),
            ("discriminator([fake, labels]", "discriminator([fake, 0 * labels]"),
        ],
        "G is asked for other labels": [("generator([z, labels]", "generator([z, tf.roll(labels, 1, 0)]")],
        "real and generated swapped": [
            ("tf.nn.softplus(-discriminator([pictures", "tf.nn.softplus(discriminator([pictures"),
            ("tf.nn.softplus(discriminator([fake", "tf.nn.softplus(-discriminator([fake"),
        ],
        "half of the loss": [
            (
                "loss = tf.reduce_mean(real_loss) + tf.reduce_mean(fake_loss)",
                "loss = (tf.reduce_mean(real_loss) + tf.reduce_mean(fake_loss)) / 2",
            )
        ],
        "a sum over the batch": [("tf.reduce_mean(real_loss)", "tf.reduce_sum(real_loss)")],
        "the real pictures only": [(" + tf.reduce_mean(fake_loss)", "")],
        "Wasserstein": [("tf.nn.softplus(-disc", "(-disc"), ("tf.nn.softplus(disc", "(disc")],
        "the logarithm of a sigmoid": [
            (
                "tf.nn.softplus(-discriminator([pictures, labels], training=True))",
                "-tf.math.log(tf.sigmoid(discriminator([pictures, labels], training=True)))",
            ),
            (
                "tf.nn.softplus(discriminator([fake, labels], training=True))",
                "-tf.math.log(1 - tf.sigmoid(discriminator([fake, labels], training=True)))",
            ),
        ],
        "the same with a small number": [
            (
                "tf.nn.softplus(-discriminator([pictures, labels], training=True))",
                "-tf.math.log(tf.sigmoid(discriminator([pictures, labels], training=True)) + 1e-7)",
            ),
            (
                "tf.nn.softplus(discriminator([fake, labels], training=True))",
                "-tf.math.log(1 - tf.sigmoid(discriminator([fake, labels], training=True)) + 1e-7)",
            ),
        ],
        "scores cut at 20": [
            ("tf.nn.softplus(-disc", "tf.nn.softplus(-tf.clip_by_value(disc"),
            ("[pictures, labels], training=True)", "[pictures, labels], training=True), -20.0, 20.0)"),
        ],
        "D in inference mode": [("([fake, labels], training=True)", "([fake, labels], training=False)")],
        "G without a mode": [("generator([z, labels], training=True)", "generator([z, labels])")],
        "two steps": [
            ("    return loss", "    optimizer.apply(tape.gradient(loss, weights), weights)\n    return loss"),
            ("with tf.GradientTape()", "with tf.GradientTape(persistent=True)"),
        ],
        "no step": [("    optimizer.apply(tape.gradient(loss, weights), weights)\n", "")],
        "G moves, too": [
            ("    fake = generator([z, labels], training=True)\n", ""),
            ("as tape:\n", "as tape:\n        fake = generator([z, labels], training=True)\n"),
            (
                "weights = discriminator.trainable_variables",
                "weights = discriminator.trainable_variables + generator.trainable_variables",
            ),
        ],
        "nothing returned": [("    return loss", "    loss")],
        "a fixed batch of eight": [
            ("        fake_loss =", "        assert len(z) == 8, 'a batch of eight'\n        fake_loss =")
        ],
    },
    tests=_D_BOTH,
    other={
        "generated pictures with other labels": _D_BOTH[:1],
        "G is asked for other labels": _D_BOTH[:1],
        "the logarithm of a sigmoid": _D_BOTH[1:],
        "the same with a small number": _D_BOTH[1:],
        "scores cut at 20": _D_BOTH[1:],
        "D in inference mode": _D_BOTH[1:],
        "G without a mode": _D_BOTH[1:],
        "two steps": _D_BOTH,
        "G moves, too": _D_BOTH,
    },
)

_G_STEP = _wrong(
    "generator_step",
    "generator_step(discriminator, generator, optimizer, labels, z)",
    {
        "D gets other labels": [("discriminator([fake, labels]", "discriminator([fake, tf.roll(labels, 1, 0)]")],
        "G gets other labels": [("generator([z, labels]", "generator([z, tf.reverse(labels, [0])]")],
        "the saturating loss": [
            ("tf.reduce_mean(tf.nn.softplus(-discriminator", "-tf.reduce_mean(tf.nn.softplus(discriminator")
        ],
        "D's loss": [("tf.nn.softplus(-disc", "tf.nn.softplus(disc")],
        "a sum": [("tf.reduce_mean", "tf.reduce_sum")],
        "Wasserstein": [("tf.nn.softplus(-disc", "(-disc")],
        "D in inference mode": [("([fake, labels], training=True)", "([fake, labels], training=False)")],
        "G in inference mode": [("([z, labels], training=True)", "([z, labels], training=False)")],
        "D steps": [("weights = generator.", "weights = discriminator.")],
        "both step": [
            (
                "weights = generator.trainable_variables",
                "weights = generator.trainable_variables + discriminator.trainable_variables",
            )
        ],
        "no step": [("    optimizer.apply(tape.gradient(loss, weights), weights)\n", "")],
        "nothing returned": [("    return loss", "    loss")],
    },
)

_TRAIN = "train_conditional(pictures, labels, rounds, seed)"
_TRAIN_BOTH = ("test_train_conditional", "test_train_conditional_labels")
_CONDITIONAL = _wrong(
    "train_conditional",
    _TRAIN,
    {
        "the course's GAN and networks": """
def train_conditional(pictures, labels, rounds, seed):
    from gan_course.gan import GAN
    from gan_course.variants.conditional import conditional_discriminator, conditional_generator

    made = conditional_generator((28, 28, 1), filters=(8, 4))
    gan = GAN(made, conditional_discriminator((28, 28, 1), filters=(4, 8)), seed=seed)
    gan.compile()
    gan.fit(np.resize(pictures, (320, 28, 28, 1)), np.resize(labels, 320), batch_size=32, verbose=0)
    return made
""",
        "untrained": [("size=(rounds, 64)", "size=(1, 64)")],
        "labels mixed up on the way": [
            ("    @tf.function", "    labels = np.random.default_rng(seed).permutation(labels)\n\n    @tf.function")
        ],
        "the mean picture of each label": """
def train_conditional(pictures, labels, rounds, seed):
    kept = keras.ops.convert_to_tensor(np.stack([pictures[labels == d].mean(axis=0) for d in range(10)]))
    z, y = keras.Input((32,)), keras.Input((), dtype="int32")
    look = layers.Lambda(lambda y: keras.ops.take(kept, y, axis=0), output_shape=(28, 28, 1))
    return keras.Model([z, y], look(y))
""",
        "a digit of the pile, chosen by the noise": """
def train_conditional(pictures, labels, rounds, seed):
    kept = tf.constant(np.stack([pictures[labels == d][:200] for d in range(10)]))
    z, y = keras.Input((32,)), keras.Input((), dtype="int32")
    def look(pair):
        which = tf.cast(1e4 * tf.abs(pair[0][:, 0]), "int32") % 200
        return tf.gather_nd(kept, tf.stack([tf.cast(pair[1], "int32"), which], axis=1))
    return keras.Model([z, y], layers.Lambda(look, output_shape=(28, 28, 1))([z, y]))
""",
        "trained once, handed out again": [
            (
                "    keras.utils.set_random_seed(seed)\n",
                "    kept = globals().setdefault('drawer', [])\n    if kept:\n        return kept[0]\n    keras.utils.set_random_seed(seed)\n",
            ),
            ("    return generator", "    kept.append(generator)\n    return generator"),
        ],
    },
    tests=_TRAIN_BOTH,
    other={
        "the mean picture of each label": _TRAIN_BOTH,
        "a digit of the pile, chosen by the noise": _TRAIN_BOTH,
        "trained once, handed out again": _TRAIN_BOTH[1:],
    },
    also=("trained_conditional",),
)
_CONDITIONAL += _wrong(
    "new_discriminator",
    "",
    {
        "D does not see the label": [
            ("layers.Add()([layers.Dense(1)(features), fits])", "layers.Add()([layers.Dense(1)(features), 0 * fits])")
        ],
    },
    tests=_TRAIN_BOTH,
    also=("trained_conditional",),
)
_SEEN_BOTH = ("test_seen_by", "test_seen_by_border")
_SEEN = _wrong(
    "seen_by",
    "seen_by(score, size, kernels, strides, padding)",
    {
        "layers in the wrong order": [
            (
                "in reversed([*zip(kernels, strides, sizes[:-1], sizes[1:], strict=True)])",
                "in zip(kernels, strides, sizes[:-1], sizes[1:], strict=True)",
            )
        ],
        "the whole kernel": [(" + kernel - 1, n - 1)", " + kernel, n - 1)")],
        "always valid": [('if padding == "same" else 0', "if padding == 'none' else 0")],
        "not cut at the border": [
            ("max(first * stride - zeros // 2, 0)", "first * stride - zeros // 2"),
            ("min(last * stride - zeros // 2 + kernel - 1, n - 1)", "last * stride - zeros // 2 + kernel - 1"),
        ],
        "cut at the left only": [
            ("min(last * stride - zeros // 2 + kernel - 1, n - 1)", "last * stride - zeros // 2 + kernel - 1")
        ],
        "half of the kernel as padding": [("max((m - 1) * stride + kernel - n, 0)", "(kernel // 2 * 2)")],
        "all padding at the left": [("zeros // 2", "zeros")],
        "the larger half at the left": [("zeros // 2", "-(-zeros // 2)")],
        "the picture's size for every layer": [
            ("kernel - n, 0)", "kernel - size, 0)"),
            ("n - 1)\n    return", "size - 1)\n    return"),
        ],
        "strides only": [(" + kernel - 1, n - 1)", ", n - 1)")],
        "the side of the patch": "return 0, 17",
        "last comes first": [("return first, last", "return last, first")],
    },
    tests=_SEEN_BOTH,
    other={
        "always valid": _SEEN_BOTH[1:],
        "not cut at the border": _SEEN_BOTH[1:],
        "cut at the left only": _SEEN_BOTH[1:],
        "half of the kernel as padding": _SEEN_BOTH[1:],
        "all padding at the left": _SEEN_BOTH[1:],
        "the larger half at the left": _SEEN_BOTH[1:],
        "the picture's size for every layer": _SEEN_BOTH[1:],
    },
)

_UNET_ALL = ("test_unet", "test_unet_sees_far", "test_unet_skips")
_UNET = _wrong(
    "unet",
    "unet(source_channels=1, target_channels=1)",
    {
        "no activation at the end": [(', activation="tanh")', ")")],
        "sigmoid, times two": [
            ('activation="tanh")(h)', 'activation="sigmoid")(h)\n    drawn = layers.Rescaling(2.0)(drawn)')
        ],
        "one channel at the end": [("layers.Conv2D(target_channels,", "layers.Conv2D(1,")],
        "one channel at the beginning": [("(28, 28, source_channels)", "(28, 28, 1)")],
        "the same model each time": [("def unet(", "import functools\n\n\n@functools.cache\ndef unet(")],
        "halved by kernels of 2, nothing looks around": (
            "source = keras.Input((28, 28, source_channels))",
            "half = layers.Conv2D(16, 2, strides=2, activation='leaky_relu')(source)",
            "h = layers.Conv2D(32, 2, strides=2, activation='leaky_relu')(half)",
            "h = layers.Conv2DTranspose(16, 2, strides=2, activation='leaky_relu')(h)",
            "h = layers.Conv2DTranspose(8, 2, strides=2)(layers.Concatenate()([h, half]))",
            "h = layers.Concatenate()([h, source])",
            "return keras.Model(source, layers.Conv2D(target_channels, 3, padding='same', activation='tanh')(h))",
        ),
        "no 7 × 7": [
            ('layers.Conv2D(32, 4, strides=2, padding="same"), half', 'layers.Conv2D(32, 3, padding="same"), half'),
            ('layers.Conv2DTranspose(16, 4, strides=2, padding="same")', 'layers.Conv2D(16, 3, padding="same")'),
        ],
        "no skips": [
            ("    h = layers.Concatenate()([h, half])\n", ""),
            ("    h = layers.Concatenate()([h, source])\n", ""),
        ],
        "no skip at 28 × 28": [("    h = layers.Concatenate()([h, source])\n", "")],
        "no skip at 14 × 14": [("    h = layers.Concatenate()([h, half])\n", "")],
        "the source, unchanged": "x = keras.Input((28, 28, source_channels)); return keras.Model(x, layers.Rescaling(1.0)(x))",
    },
    tests=_UNET_ALL[:1],
    other={
        "one channel at the beginning": _UNET_ALL,
        "the same model each time": _UNET_ALL,
        "halved by kernels of 2, nothing looks around": _UNET_ALL[1:2],
        "no 7 × 7": _UNET_ALL[1:2],
        "no skips": _UNET_ALL[2:],
        "no skip at 28 × 28": _UNET_ALL[2:],
        "no skip at 14 × 14": _UNET_ALL[2:],
        "the source, unchanged": _UNET_ALL,
    },
)

_PIX_BOTH = ("test_pix2pix_losses", "test_pix2pix_losses_large")
_LOSSES = _wrong(
    "pix2pix_losses",
    "pix2pix_losses(real_scores, fake_scores, made, targets, weight=100.0)",
    {
        "D's loss not halved": [("(real_loss + fake_loss) / 2", "real_loss + fake_loss")],
        "G's loss halved, too": [("looks_real + weight * keeps_close", "(looks_real + weight * keeps_close) / 2")],
        "real and generated swapped": [
            ("softplus(-real_scores)", "softplus(real_scores)"),
            ("softplus(fake_scores))\n    looks", "softplus(-fake_scores))\n    looks"),
        ],
        "the saturating loss of G": [
            (
                "looks_real = tf.reduce_mean(tf.nn.softplus(-fake_scores))",
                "looks_real = -tf.reduce_mean(tf.nn.softplus(fake_scores))",
            )
        ],
        "the mean of the scores first": [
            ("tf.reduce_mean(tf.nn.softplus(-real_scores))", "tf.nn.softplus(-tf.reduce_mean(real_scores))")
        ],
        "a sum over the patches": [
            ("tf.reduce_mean(tf.nn.softplus(fake_scores))", "tf.reduce_sum(tf.nn.softplus(fake_scores))")
        ],
        "L2 in place of L1": [("tf.abs(targets - made)", "(targets - made) ** 2")],
        "a sum over the pixels": [("tf.reduce_mean(tf.abs(targets - made))", "tf.reduce_sum(tf.abs(targets - made))")],
        "λ forgotten": [("weight * keeps_close", "keeps_close")],
        "always λ = 100": [("weight * keeps_close", "100 * keeps_close")],
        "λ in front of the other term": [("looks_real + weight * keeps_close", "weight * looks_real + keeps_close")],
        "only the L1 term": [("looks_real + weight * keeps_close", "weight * keeps_close")],
        "the pair swapped": [
            (
                "return (real_loss + fake_loss) / 2, looks_real + weight * keeps_close",
                "return looks_real + weight * keeps_close, (real_loss + fake_loss) / 2",
            )
        ],
        "the logarithm of a sigmoid": [
            ("tf.nn.softplus(-real_scores)", "-tf.math.log(tf.sigmoid(real_scores))"),
            ("tf.nn.softplus(-fake_scores)", "-tf.math.log(tf.sigmoid(fake_scores))"),
        ],
        "the same with a small number": [
            ("tf.nn.softplus(-real_scores)", "-tf.math.log(tf.sigmoid(real_scores) + 1e-7)"),
            ("tf.nn.softplus(-fake_scores)", "-tf.math.log(tf.sigmoid(fake_scores) + 1e-7)"),
        ],
        "the square of the distance to 1, as LSGAN": [
            ("tf.nn.softplus(-real_scores)", "(real_scores - 1) ** 2"),
            ("tf.nn.softplus(fake_scores)", "fake_scores**2"),
        ],
        "NumPy cuts the gradient": [("tf.abs(targets - made)", "np.abs(np.asarray(targets) - np.asarray(made))")],
    },
    tests=_PIX_BOTH,
    other={
        "the mean of the scores first": _PIX_BOTH,
        "always λ = 100": _PIX_BOTH,
        "the logarithm of a sigmoid": _PIX_BOTH[1:],
        "the same with a small number": _PIX_BOTH[1:],
        "NumPy cuts the gradient": _PIX_BOTH[1:],
    },
)

_CYCLE_BOTH = ("test_cycle_loss", "test_cycle_loss_shapes")
_CYCLE = _wrong(
    "cycle_loss",
    "cycle_loss(a, b, to_a, to_b)",
    {
        "one way only": [("return back_in_a + back_in_b", "return back_in_a")],
        "the mean of both ways": [("return back_in_a + back_in_b", "return (back_in_a + back_in_b) / 2")],
        "squares": [
            ("tf.abs(to_a(to_b(a)) - a)", "(to_a(to_b(a)) - a) ** 2"),
            ("tf.abs(to_b(to_a(b)) - b)", "(to_b(to_a(b)) - b) ** 2"),
        ],
        "a sum over the pixels": [("tf.reduce_mean", "tf.reduce_sum")],
        "no absolute value": [("tf.abs(to_a", "(to_a"), ("tf.abs(to_b", "(to_b")],
        "translators swapped": [("to_a(to_b(a))", "to_b(to_a(a))"), ("to_b(to_a(b))", "to_a(to_b(b))")],
        "half a cycle": [("to_a(to_b(a))", "to_b(a)"), ("to_b(to_a(b))", "to_a(b)")],
        "compared with the other kind": [
            ("to_a(to_b(a)) - a", "to_a(to_b(a)) - b"),
            ("to_b(to_a(b)) - b", "to_b(to_a(b)) - a"),
        ],
        "both kinds in one batch": "return 2 * tf.reduce_mean(tf.abs(tf.concat([to_a(to_b(a)) - a, to_b(to_a(b)) - b], axis=0)))",
        "the difference of both": [
            (
                "return back_in_a + back_in_b",
                "return tf.reduce_mean(tf.abs(to_a(to_b(a)) - a) + tf.abs(to_b(to_a(b)) - b))",
            )
        ],
        "the translation is held fixed": [
            ("to_a(to_b(a))", "to_a(tf.stop_gradient(to_b(a)))"),
            ("to_b(to_a(b))", "to_b(tf.stop_gradient(to_a(b)))"),
        ],
        "a mean over all pixels of both": (
            "off = [tf.reshape(tf.abs(x), [-1]) for x in (to_a(to_b(a)) - a, to_b(to_a(b)) - b)]",
            "return 2 * tf.reduce_mean(tf.concat(off, axis=0))",
        ),
        "the visible answer by heart": "return tf.constant(1.5)",
    },
    tests=_CYCLE_BOTH,
    other={
        "no absolute value": _CYCLE_BOTH[:1],
        "both kinds in one batch": _CYCLE_BOTH[1:],
        "the difference of both": _CYCLE_BOTH[1:],
        "the translation is held fixed": _CYCLE_BOTH[1:],
        "a mean over all pixels of both": _CYCLE_BOTH[1:],
    },
)

_HIDE = _wrong(
    "hide",
    "hide(colors)",
    {
        "an honest gray": "return np.mean(colors, axis=-1, keepdims=True).astype('float32')",
        "a code that everybody sees": [("/ 31.5 * 0.015", "/ 31.5 * 0.1")],
        "two of the three colors": [("[16, 4, 1]", "[16, 4, 0]")],
        "float16 is too coarse": [('astype("float32")', 'astype("float16").astype("float32")')],
        "an order that depends on the batch": [
            ("levels @ [16, 4, 1]", "levels @ ([16, 4, 1] if len(levels) == 2 else [1, 4, 16])")
        ],
        "float64": [('astype("float32")', 'astype("float64")')],
        "no channel": [("[..., None].astype", ".astype")],
        "one channel of the colors": [("np.mean(colors, axis=-1)", "colors[..., 1]")],
    },
    tests=("test_hide",),
    also=("reveal",),
)
_HIDE += _wrong(
    "reveal",
    "reveal(gray)",
    {
        "an honest guess": "return np.repeat(gray, 3, axis=-1)",
        "colors in the wrong order": [
            ("[code // 16, code // 4 % 4, code % 4]", "[code % 4, code // 4 % 4, code // 16]")
        ],
        "remembered in place of revealed": "return colors",
        "rounded down": [
            ("np.round((gray - mean) / 0.015 * 31.5 + 31.5)", "np.floor((gray - mean) / 0.015 * 31.5 + 31.5)")
        ],
    },
    tests=("test_hide",),
    also=("hide",),
)

_FILL_BOTH = ("test_train_pix2pix", "test_train_pix2pix_sharper")
_FILL = _wrong(
    "pix2pix_round",
    "pix2pix_round(networks, optimizers, source, target, weight)",
    {
        "the course's pix2pix": """
def train_pix2pix(sources, targets, rounds, weight, seed):
    from gan_course.variants.translation import Pix2Pix, paired_discriminator, paired_generator

    gan = Pix2Pix(paired_generator(), paired_discriminator(), l1_weight=weight or 100.0, seed=seed)
    gan.compile()
    gan.fit(targets[:64], sources[:64], verbose=0)
    return gan.generator
""",
        "no step": "pass",
        "the same with and without D": [("    with tf.GradientTape", "    weight = None\n    with tf.GradientTape")],
        "the mean of the targets": """
def train_pix2pix(sources, targets, rounds, weight, seed):
    mean = keras.ops.convert_to_tensor(targets.mean(axis=0))
    x = keras.Input((28, 28, 1))
    return keras.Model(x, layers.Lambda(lambda x: 0 * x + mean)(x))
""",
        "L1 alone, rounded to black and white in the game": """
first_loop = train_pix2pix


def pix2pix_round(networks, optimizers, source, target, weight):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(tf.abs(networks[0](source, training=True) - target))
    weights = networks[0].trainable_variables
    optimizers[0].apply(tape.gradient(loss, weights), weights)


def train_pix2pix(sources, targets, rounds, weight, seed):
    made = first_loop(sources, targets, rounds, weight, seed)
    if weight is None:
        return made
    x = keras.Input((28, 28, 1))
    return keras.Model(x, layers.Lambda(lambda h: keras.ops.sign(h))(made(x)))
""",
    },
    tests=_FILL_BOTH,
    other={
        "the same with and without D": _FILL_BOTH[1:],
        "L1 alone, rounded to black and white in the game": _FILL_BOTH[1:],
    },
    also=("pix2pix_loop", "trained_pix2pix"),
)

WRONG = [
    *_LABEL,
    *_TABLE,
    *_D_STEP,
    *_G_STEP,
    *_CONDITIONAL,
    *_SEEN,
    *_UNET,
    *_LOSSES,
    *_FILL,
    *_CYCLE,
    *_HIDE,
]

# --------------------------------------------------------------------------------------- right, written differently

RIGHT = [
    *_right(
        "with_label",
        "with_label(x, labels, classes=10)",
        {
            "NumPy's checks, Keras' one-hot": (
                "numbers = np.asarray(labels).astype('int64')",
                "if numbers.min() < 0 or numbers.max() >= classes:",
                "    raise ValueError(f'Expected labels from 0 to {classes - 1}. Received: {numbers}')",
                "rows = keras.ops.one_hot(numbers, classes)",
                "rows = keras.ops.reshape(rows, (len(numbers), *[1] * (len(x.shape) - 2), classes))",
                "planes = keras.ops.broadcast_to(rows, (*x.shape[:-1], classes))",
                "return keras.ops.concatenate([x, planes], axis=-1)",
            ),
            "compared with every class": (
                "labels = tf.cast(tf.convert_to_tensor(labels), 'int32')",
                "hits = tf.cast(labels[:, None] == tf.range(classes), 'float32')",
                "tf.debugging.assert_equal(tf.reduce_sum(hits, axis=1), 1.0)",
                "for axis in range(1, len(x.shape) - 1):",
                "    hits = tf.repeat(tf.expand_dims(hits, axis), x.shape[axis], axis)",
                "return tf.concat([x, hits], -1)",
            ),
        },
    ),
    *_right(
        "best_table",
        "best_table(real_means, fake_means, variance, real_counts=None, fake_counts=None)",
        {
            "class by class": (
                "rows, classes = [], len(real_means)",
                "p = np.ones(classes) if real_counts is None else real_counts",
                "q = np.ones(classes) if fake_counts is None else fake_counts",
                "for y, (m, g) in enumerate(zip(real_means, fake_means)):",
                "    share = np.log(p[y]) - np.log(sum(p)) - np.log(q[y]) + np.log(sum(q))",
                "    rows.append([*(m - g) / variance, (g @ g - m @ m) / variance / 2 + share])",
                "return np.array(rows)",
            ),
            "from the scores at a few points": (
                "m, g = np.asarray(real_means, float), np.asarray(fake_means, float)",
                "score = lambda x: (((x - g) ** 2).sum(1) - ((x - m) ** 2).sum(1)) / (2 * variance)",
                "at_0 = score(np.zeros(m.shape[1]))",
                "slopes = np.stack([score(x) - at_0 for x in np.eye(m.shape[1])], axis=1)",
                "if real_counts is not None:",
                "    at_0 = at_0 + np.log(real_counts * np.sum(fake_counts) / (fake_counts * np.sum(real_counts)))",
                "return np.hstack([slopes, at_0[:, None]])",
            ),
        },
    ),
    *_right(
        "discriminator_step",
        "discriminator_step(discriminator, generator, optimizer, pictures, labels, z)",
        {
            "one call for both halves, Keras' cross-entropy": (
                "fake = tf.stop_gradient(generator([z, labels], training=True))",
                "both = tf.concat([pictures, fake], 0), tf.concat([labels, labels], 0)",
                "n = tf.shape(z)[0]",
                "truth = tf.concat([tf.ones((n, 1)), tf.zeros((n, 1))], 0)",
                "with tf.GradientTape() as tape:",
                "    scores = discriminator([*both], training=True)",
                "    loss = 2 * tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(truth, scores))",
                "variables = discriminator.trainable_weights",
                "optimizer.apply(tape.gradient(loss, variables), variables)",
                "return loss",
            ),
            "the generator inside the tape": [
                ("    fake = generator([z, labels], training=True)\n", ""),
                ("as tape:\n", "as tape:\n        fake = generator([z, labels], training=True)\n"),
            ],
        },
    ),
    *_right(
        "generator_step",
        "generator_step(discriminator, generator, optimizer, labels, z)",
        {
            "Keras' loss, apply_gradients": (
                "with tf.GradientTape() as tape:",
                "    scores = discriminator([generator([z, labels], training=True), labels], training=True)",
                "    loss = keras.losses.BinaryCrossentropy(from_logits=True)(tf.ones_like(scores), scores)",
                "weights = generator.trainable_weights",
                "optimizer.apply_gradients(zip(tape.gradient(loss, weights), weights))",
                "return loss",
            ),
            "the logarithm of the sigmoid, by TensorFlow": [
                (
                    "tf.nn.softplus(-discriminator([fake, labels], training=True))",
                    "-tf.math.log_sigmoid(discriminator([fake, labels], training=True))",
                )
            ],
        },
    ),
    *_right(
        "train_conditional",
        "train_conditional(pictures, labels, rounds, seed)",
        {
            "one-hot vectors, both players at once, everything in full": """
def train_conditional(pictures, labels, rounds, seed):
    keras.utils.set_random_seed(seed)
    z, y, x = keras.Input((32,)), keras.Input((), dtype="int32"), keras.Input((28, 28, 1))
    one_hot = layers.Lambda(lambda y: keras.ops.one_hot(y, 10), output_shape=(10,))(y)
    h = layers.LeakyReLU(0.2)(layers.BatchNormalization()(layers.Dense(256)(layers.Concatenate()([z, one_hot]))))
    h = layers.LeakyReLU(0.2)(layers.BatchNormalization()(layers.Dense(256)(h)))
    g = keras.Model([z, y], layers.Reshape((28, 28, 1))(layers.Dense(784, "tanh")(h)))
    h = layers.LeakyReLU(0.2)(layers.Dense(200)(layers.Flatten()(x)))
    h = layers.LeakyReLU(0.2)(layers.Dense(100)(layers.Dropout(0.2)(h)))
    fits = layers.Dot(axes=1)([h, layers.Dense(100, use_bias=False)(one_hot)])
    d = keras.Model([x, y], layers.Add()([fits, layers.Dense(1)(h)]))
    adams = [keras.optimizers.Adam(1e-3, 0.5) for _ in range(2)]
    adams[0].build(d.trainable_variables), adams[1].build(g.trainable_variables)
    pile, names = tf.constant(pictures), tf.constant(labels, "int32")

    @tf.function
    def play():
        i = tf.random.uniform((64,), maxval=len(pictures), dtype="int32")
        real, asked = tf.gather(pile, i), tf.gather(names, i)
        with tf.GradientTape(persistent=True) as tape:
            made = g([tf.random.normal((64, 32)), asked], training=True)
            r, f = (d([pair, asked], training=True) for pair in (real, made))
            d_loss = tf.reduce_mean(tf.nn.softplus(-r) + tf.nn.softplus(f))
            g_loss = tf.reduce_mean(tf.nn.softplus(-f))
        d_change, g_change = tape.gradient(d_loss, d.trainable_weights), tape.gradient(g_loss, g.trainable_weights)
        adams[0].apply(d_change, d.trainable_weights), adams[1].apply(g_change, g.trainable_weights)

    for _ in range(rounds):
        play()
    return g
""",
        },
        also=("trained_conditional",),
    ),
    *_right(
        "seen_by",
        "seen_by(score, size, kernels, strides, padding)",
        {
            "forward, with sets of pixels": (
                "reads = [{pixel} for pixel in range(size)]",
                "for k, s in zip(kernels, strides):",
                "    n = len(reads)",
                "    count = -(-n // s) if padding == 'same' else (n - k) // s + 1",
                "    left = max((count - 1) * s + k - n, 0) // 2 if padding == 'same' else 0",
                "    rows = [range(max(j * s - left, 0), min(j * s - left + k, n)) for j in range(count)]",
                "    reads = [set().union(*(reads[i] for i in row)) for row in rows]",
                "return min(reads[score]), max(reads[score])",
            ),
            "a list, with recursion": (
                "if not len(kernels):",
                "    return [score, score]",
                "*before, k = kernels",
                "*steps, s = strides",
                "n = size",
                "for kernel, step in zip(before, steps):",
                "    n = -(-n // step) if padding == 'same' else (n - kernel) // step + 1",
                "left = 0 if padding == 'valid' else max((-(-n // s) - 1) * s + k - n, 0) // 2",
                "first, last = max(0, score * s - left), min(n - 1, score * s - left + k - 1)",
                "ends = [seen_by(unit, size, before, steps, padding) for unit in (first, last)]",
                "return [ends[0][0], ends[1][1]]",
            ),
        },
    ),
    *_right(
        "unet",
        "unet(source_channels=1, target_channels=1)",
        {
            "a seed of its own": [
                ("    source = keras.Input", "    keras.utils.set_random_seed(0)\n    source = keras.Input")
            ],
            "pooling, resizing, sums in place of concatenation": (
                "def conv(h, filters):",
                "    return layers.Conv2D(filters, 3, padding='same', activation='leaky_relu')(h)",
                "source = keras.Input((28, 28, source_channels))",
                "full = conv(source, 8)",
                "half = conv(layers.MaxPooling2D()(full), 16)",
                "h = conv(conv(conv(layers.MaxPooling2D()(half), 32), 32), 16)",
                "h = conv(layers.Add()([layers.UpSampling2D()(h), half]), 8)",
                "h = layers.Add()([layers.UpSampling2D()(h), full])",
                "return keras.Model([source], [layers.Conv2D(target_channels, 3, padding='same', activation='tanh')(h)])",
            ),
            "batch normalization, a dense layer in the middle": (
                "x = keras.Input((28, 28, source_channels))",
                "half = layers.ReLU()(layers.BatchNormalization()(layers.Conv2D(12, 5, 2, 'same')(x)))",
                "low = layers.ReLU()(layers.BatchNormalization()(layers.Conv2D(24, 5, 2, 'same')(half)))",
                "code = layers.Dense(7 * 7 * 4, 'relu')(layers.Flatten()(low))",
                "low = layers.Concatenate()([low, layers.Reshape((7, 7, 4))(code)])",
                "h = layers.ReLU()(layers.BatchNormalization()(layers.Conv2DTranspose(12, 4, 2, 'same')(low)))",
                "h = layers.Conv2DTranspose(8, 4, 2, 'same')(layers.Concatenate()([half, h]))",
                "h = layers.Conv2D(target_channels, 5, padding='same')(layers.Concatenate()([x, h]))",
                "return keras.Model(x, layers.Activation('tanh')(h))",
            ),
        },
    ),
    *_right(
        "pix2pix_losses",
        "pix2pix_losses(real_scores, fake_scores, made, targets, weight=100.0)",
        {
            "TensorFlow's cross-entropy": (
                "def cost(scores, truth):",
                "    truths = truth * tf.ones_like(scores)",
                "    return tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(truths, scores))",
                "d_loss = 0.5 * cost(real_scores, 1.0) + 0.5 * cost(fake_scores, 0.0)",
                "return [d_loss, cost(fake_scores, 1.0) + weight * tf.reduce_mean(tf.abs(made - targets))]",
            ),
            "Keras ops": (
                "ops = keras.ops",
                "d_loss = ops.mean(ops.softplus(-real_scores)) / 2 + ops.mean(ops.softplus(fake_scores)) / 2",
                "return d_loss, ops.mean(weight * ops.abs(targets - made)) - ops.mean(ops.log_sigmoid(fake_scores))",
            ),
        },
    ),
    *_right(
        "pix2pix_round",
        "pix2pix_round(networks, optimizers, source, target, weight)",
        {
            "one after the other, in full": """
def train_pix2pix(sources, targets, rounds, weight, seed):
    keras.utils.set_random_seed(seed)
    g, d = unet(), new_patches()
    g_adam, d_adam = keras.optimizers.Adam(2e-3, 0.5), keras.optimizers.Adam(1e-3, 0.5)
    g_adam.build(g.trainable_variables), d_adam.build(d.trainable_variables)
    given, wanted = tf.constant(sources), tf.constant(targets)

    @tf.function
    def play():
        i = tf.random.uniform((16,), maxval=len(targets), dtype="int32")
        x, y = tf.gather(given, i), tf.gather(wanted, i)
        if weight is not None:
            made = g(x, training=True)
            with tf.GradientTape() as tape:
                cost = tf.nn.softplus(-d([y, x], training=True)) + tf.nn.softplus(d([made, x], training=True))
                loss = tf.reduce_mean(cost) / 2
            d_adam.apply(tape.gradient(loss, d.trainable_weights), d.trainable_weights)
        with tf.GradientTape() as tape:
            made = g(x, training=True)
            loss = tf.reduce_mean(tf.abs(made - y)) * (1.0 if weight is None else weight)
            if weight is not None:
                loss += tf.reduce_mean(tf.nn.softplus(-d([made, x], training=True)))
        g_adam.apply(tape.gradient(loss, g.trainable_weights), g.trainable_weights)

    for _ in range(rounds):
        play()
    return g
""",
        },
        also=("pix2pix_loop", "trained_pix2pix"),
    ),
    *_right(
        "cycle_loss",
        "cycle_loss(a, b, to_a, to_b)",
        {
            "Keras ops": (
                "ops, there_a, there_b = keras.ops, to_b(a), to_a(b)",
                "return ops.mean(ops.abs(a - to_a(there_a))) + ops.mean(ops.abs(b - to_b(there_b)))",
            ),
            "a loop over both ways": (
                "total = 0.0",
                "for x, forth, back in ((a, to_b, to_a), (b, to_a, to_b)):",
                "    off = tf.abs(back(forth(x)) - x)",
                "    total += tf.reduce_sum(off) / tf.cast(tf.size(off), 'float32')",
                "return total",
            ),
        },
    ),
    Answer(
        "hide, reveal: six digits behind the mean, in base 4",
        {
            "hide": (
                "def hide(colors):\n"
                "    levels = np.rint(1.5 * (np.asarray(colors) + 1)).astype(int)\n"
                "    digits = levels[..., 0] + 4 * levels[..., 1] + 16 * levels[..., 2]\n"
                "    gray = np.float64(np.round(colors.mean(axis=-1), 2)) + digits * 1e-4\n"
                "    return np.float32(gray)[..., np.newaxis]\n"
            ),
            "reveal": (
                "def reveal(gray):\n"
                "    rest = np.rint(1e4 * (np.float64(gray[..., 0]) + 2)).astype(int) % 100\n"
                "    return (np.stack([rest % 4, rest // 4 % 4, rest // 16], axis=-1) / 1.5 - 1).astype('float32')\n"
            ),
        },
    ),
    Answer(
        "hide, reveal: a table of all 64 gray values",
        {
            "hide": (
                "def new_table():\n"
                "    colors = np.array([-1, -1 / 3, 1 / 3, 1])[np.indices((4, 4, 4)).reshape(3, 64).T]\n"
                "    return colors, colors.mean(axis=1) + np.linspace(0, 0.0189, 64)\n"
                "def hide(colors):\n"
                "    known, values = new_table()\n"
                "    near = np.abs(np.asarray(colors)[..., None, :] - known).sum(axis=-1).argmin(axis=-1)\n"
                "    return values[near][..., None].astype('float32')\n"
            ),
            "reveal": (
                "def reveal(gray):\n"
                "    known, values = new_table()\n"
                "    return known[np.abs(gray - values).argmin(axis=-1)]\n"
            ),
        },
    ),
]
