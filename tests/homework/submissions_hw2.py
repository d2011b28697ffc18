"""Submissions of homework 2: wrong and lazy ones that its tests must refuse, and right ones that they must accept."""

from submissions import Answer


def _function(head, *lines):
    """A function as source: its head and its lines, indented."""
    return f"def {head}:\n" + "".join(f"    {line}\n" for line in lines)


def _edits(cell, *, loses=None):
    """A maker of wrong answers that are edits of the instructor's cell."""

    def make(name, *edits, cells=None, lost=None):
        return Answer(name, {cell: cells or list(edits)}, lost=lost or loses or (f"test_{cell}",))

    return make


# ------------------------------------------------------------------------------------------------ wrong and lazy

_moved = _edits("who_moved")
_moved_1, _moved_2 = ("test_who_moved",), ("test_who_moved_explosion",)
_DETECTIVE = "who_moved(one_round, networks)"
_WHO_MOVED = [
    _moved(
        "keeps the weights, not copies of them", ("network.get_weights() for name", "list(network.weights) for name")
    ),
    _moved("believes the flag", ('weight.name.startswith("moving_")', "not weight.trainable")),
    _moved("takes beta for a moving statistic", ('startswith("moving_")', 'startswith(("moving_", "beta"))')),
    _moved("looks for the mean only", ('startswith("moving_")', 'startswith("moving_mean")')),
    _moved("no absolute value", ("np.abs(new - old).max()", "(new - old).max()")),
    _moved("absolute value too late", ("np.abs(new - old).max()", "abs((new - old).max())")),
    _moved("the length of the change", ("np.abs(new - old).max()", "np.linalg.norm(new - old)")),
    _moved("the mean change", ("np.abs(new - old).max()", "np.abs(new - old).mean()")),
    _moved(
        "overlooks nan",
        ("float(change) if np.isfinite(change) else np.inf", "float(np.nan_to_num(change))"),
        lost=_moved_2,
    ),
    _moved("plays twice", ("    one_round()\n", "    one_round()\n    one_round()\n"), lost=_moved_1 + _moved_2),
    _moved("does not play", ("    one_round()\n", ""), lost=_moved_1 + _moved_2),
    _moved(
        "thaws to look",
        ("    report = {}", "    report = {}\n    for n in networks.values():\n        n.trainable = True"),
    ),
    _moved(
        "compares the trainable weights only",
        cells=_function(
            _DETECTIVE,
            "before = {n: [w.numpy() for w in m.trainable_weights] for n, m in networks.items()}",
            "one_round()",
            "after = {n: [w.numpy() for w in m.trainable_weights] for n, m in networks.items()}",
            "far = lambda a, b: max([0.0, *(float(np.abs(x - y).max()) for x, y in zip(a, b))])",
            "return {n: (far(before[n], after[n]), 0.0) for n in networks}",
        ),
        lost=_moved_1 + _moved_2,
    ),
    _moved(
        "nobody ever moves",
        cells=_function(_DETECTIVE, "one_round()", "return {n: (0.0, 0.0) for n in networks}"),
        lost=_moved_1 + _moved_2,
    ),
    _moved(
        "one number a network",
        ('max(far["learned"]), max(far["drifted"])', 'max(far["learned"] + far["drifted"])'),
        lost=_moved_1 + _moved_2,
    ),
]

_still = _edits("held_still", loses=("test_held_still", "test_held_still_deep"))
_still_1, _still_2 = ("test_held_still",), ("test_held_still_deep",)
_HELD = [
    _still("all flags up afterwards", ("part.trainable = flag", "part.trainable = True")),
    _still("only the network's own flag", ("flags = [part", "parts = parts[:1]\n    flags = [part")),
    _still(
        "no finally",
        ("    try:\n        yield\n    finally:\n        for", "    yield\n    if True:\n        for"),
        lost=_still_1,
    ),
    _still("swallows the error", ("    finally:", "    except Exception:\n        pass\n    finally:"), lost=_still_1),
    _still(
        "the innermost first",
        ("in zip(parts, flags, strict=True)", "in reversed(list(zip(parts, flags, strict=True)))"),
    ),
    _still(
        "only one level of layers",
        ('parts.extend(getattr(part, "layers", []))', "break"),
        ("parts = [network]", "parts = [network, *network.layers]"),
        lost=_still_2,
    ),
    _still("freezes the first layer only", ("network.trainable = False", "network.layers[0].trainable = False")),
    _still("does not freeze", ("    network.trainable = False\n", "")),
    _still("frozen for good", ("part.trainable = flag", "pass")),
    _still(
        "the lesson's own",
        ("    parts = [network]\n", "    parts = []\n"),
        ("part.trainable = flag", "pass"),
        ("    finally:\n", "    finally:\n        network.trainable = True\n"),
    ),
    _still(
        "toggles",
        ("    flags = [part.trainable for part in parts]\n", ""),
        (
            "        for part, flag in zip(parts, flags, strict=True):\n            part.trainable = flag",
            "        network.trainable = not network.trainable",
        ),
    ),
]

_attach = _edits("attach")
_attach_1, _attach_2 = ("test_attach",), ("test_attach_step",)
_ATTACH = [
    _attach("the broken one", cells="attach = broken_attach\n", lost=_attach_1 + _attach_2),
    _attach(
        "shares D's optimizer",
        ("combined.compile(own,", "combined.compile(discriminator.optimizer,"),
        lost=_attach_1 + _attach_2,
    ),
    _attach(
        "scores taken for probabilities",
        ("keras.losses.BinaryCrossentropy(from_logits=True)", '"binary_crossentropy"'),
        lost=_attach_2,
    ),
    _attach(
        "a copy of D",
        ("[generator, discriminator]", "[generator, keras.models.clone_model(discriminator)]"),
        lost=_attach_1 + _attach_2,
    ),
    _attach("D frozen for good", ("    own =", "    discriminator.trainable = False\n    own =")),
    _attach("D's flag raised", ("    own =", "    discriminator.trainable = True\n    own =")),
    _attach(
        "a sigmoid on top", ("discriminator])", 'discriminator, keras.layers.Activation("sigmoid")])'), lost=_attach_2
    ),
    _attach(
        "D compiled again",
        (
            "    own =",
            "    discriminator.compile(keras.optimizers.Adam(0.05), keras.losses.BinaryCrossentropy(from_logits=True))\n    own =",
        ),
    ),
    _attach("not compiled", ("    combined.compile", "    lambda: combined.compile"), lost=_attach_1 + _attach_2),
    _attach("Adam", ("keras.optimizers.SGD(learning_rate)", "keras.optimizers.Adam(learning_rate)"), lost=_attach_2),
    _attach("a rate of its own", ("SGD(learning_rate)", "SGD(0.1)"), lost=_attach_2),
    _attach("the sum over the batch", ("from_logits=True)", 'from_logits=True, reduction="sum")'), lost=_attach_2),
    _attach("nothing returned", ("    return combined\n", ""), lost=_attach_1 + _attach_2),
    _attach(
        "takes a step of D to see whether it works",
        (
            "    return combined",
            "    discriminator.train_on_batch(np.ones((6, 2)), np.ones((6, 1)))\n    return combined",
        ),
    ),
]

_round = _edits("repaired_round")
_round_1, _round_2 = ("test_repaired_round",), ("test_repaired_round_error",)
_ROUND = [
    _round("the broken one", cells="repaired_round = broken_round\n", lost=_round_1 + _round_2),
    _round("D never frozen", ("discriminator.trainable = False", "pass")),
    _round(
        "D asleep where it came in asleep",
        ("    discriminator.trainable = True\n    discriminator.train", "    discriminator.train"),
    ),
    _round(
        "raised at the start, never at the end",
        ("    finally:\n        discriminator.trainable = True", "    finally:\n        pass"),
        lost=_round_1 + _round_2,
    ),
    _round(
        "raised unless there was an error",
        ("    finally:", "    except ZeroDivisionError:\n        raise\n    else:"),
        lost=_round_2,
    ),
    _round("asks for label 0", ("combined.train_on_batch(z, ones)", "combined.train_on_batch(z, zeros)")),
    _round(
        "labels swapped",
        ("train_on_batch(real, ones)", "train_on_batch(real, zeros)"),
        ("predict_on_batch(z), zeros", "predict_on_batch(z), ones"),
    ),
    _round(
        "real and generated samples in one batch",
        (
            "    discriminator.train_on_batch(real, ones)\n    discriminator.train_on_batch(generator.predict_on_batch(z), zeros)\n",
            "    both = np.concatenate([real, generator.predict_on_batch(z)])\n    discriminator.train_on_batch(both, np.concatenate([ones, zeros]))\n",
        ),
    ),
    _round("no step on real samples", ("    discriminator.train_on_batch(real, ones)\n", "")),
    _round(
        "the combined step first",
        (
            "    try:\n",
            "    try:\n        discriminator.trainable = False\n        combined.train_on_batch(z, ones)\n        discriminator.trainable = True\n        discriminator.train_on_batch(real, ones)\n",
        ),
    ),
    _round("G frozen, not D", ("        discriminator.trainable = False", "        generator.trainable = False")),
    _round("no combined step", ("        combined.train_on_batch(z, ones)\n", ""), lost=_round_1 + _round_2),
    _round(
        "all of it frozen",
        (
            "    discriminator.trainable = True\n    discriminator.train_on",
            "    discriminator.trainable = False\n    discriminator.train_on",
        ),
    ),
]

_losses = _edits("step_losses", loses=("test_step_losses", "test_step_losses_again"))
_losses_1, _losses_2 = ("test_step_losses",), ("test_step_losses_again",)
_STEP_LOSSES = [
    _losses("the broken one", cells="StepLosses = BrokenLosses\n"),
    _losses(
        "a new mean for each epoch",
        ("def on_train_batch_begin(self, batch, logs=None)", "def on_epoch_begin(self, epoch, logs=None)"),
    ),
    _losses(
        "undoes the mean as if all batches were of one size",
        (
            "    def on_train_batch_begin(self, batch, logs=None):\n        self.model.reset_metrics()  # a new mean, over one batch\n\n",
            "",
        ),
        (
            'self.losses.append(float(logs["loss"]))',
            'total = float(logs["loss"]) * (batch + 1)\n        self.losses.append(total - (self.total if batch else 0))\n        self.total = total',
        ),
        lost=_losses_2,
    ),
    _losses(
        "goes on where the last fit ended",
        (
            "def on_train_begin(self, logs=None):\n        self.losses",
            "def __init__(self):\n        super().__init__()\n        self.losses",
        ),
        lost=_losses_2,
    ),
    _losses(
        "starts anew with each epoch",
        ("def on_train_begin(self, logs=None)", "def on_epoch_begin(self, epoch, logs=None)"),
    ),
    _losses("epochs, not batches", ("on_train_batch_end(self, batch", "on_epoch_end(self, epoch")),
    _losses("the logs as they are", ('float(logs["loss"])', "dict(logs)")),
    _losses(
        "always 0",
        ("self.model.reset_metrics()  # a new mean, over one batch", "pass"),
        ('float(logs["loss"])', "0.0"),
    ),
    _losses(
        "trains once more to look",
        (
            'self.losses.append(float(logs["loss"]))',
            'self.losses.append(float(logs["loss"]))\n        self.model.train_on_batch(np.ones((1, 2)), np.ones((1, 1)))',
        ),
    ),
]

_d = _edits("discriminator_step", loses=("test_discriminator_step", "test_discriminator_step_normalization"))
_d_1, _d_2 = ("test_discriminator_step",), ("test_discriminator_step_normalization",)
_D_STEP = [
    _d("labels swapped", ("softplus(-on_real)", "softplus(on_real)"), ("softplus(on_fake)", "softplus(-on_fake)")),
    _d("real samples only", (" + tf.reduce_mean(tf.nn.softplus(on_fake))", "")),
    _d(
        "the sign of V",
        (
            "loss = tf.reduce_mean(tf.nn.softplus(-on_real)) + tf",
            "loss = -tf.reduce_mean(tf.nn.softplus(-on_real)) - tf",
        ),
    ),
    _d("sum in place of mean", ("reduce_mean", "reduce_sum")),
    _d(
        "half the sum",
        (
            "loss = tf.reduce_mean(tf.nn.softplus(-on_real)) + tf.reduce_mean(tf.nn.softplus(on_fake))",
            "loss = (tf.reduce_mean(tf.nn.softplus(-on_real)) + tf.reduce_mean(tf.nn.softplus(on_fake))) / 2",
        ),
    ),
    _d(
        "sigmoid twice",
        ("discriminator(real, training=True)", "tf.sigmoid(discriminator(real, training=True))"),
        ("discriminator(fake, training=True)", "tf.sigmoid(discriminator(fake, training=True))"),
    ),
    _d(
        "mean of the scores first",
        ("tf.reduce_mean(tf.nn.softplus(-on_real))", "tf.nn.softplus(-tf.reduce_mean(on_real))"),
        ("tf.reduce_mean(tf.nn.softplus(on_fake))", "tf.nn.softplus(tf.reduce_mean(on_fake))"),
    ),
    _d(
        "added before the mean",
        (
            "tf.reduce_mean(tf.nn.softplus(-on_real)) + tf.reduce_mean(tf.nn.softplus(on_fake))",
            "tf.reduce_mean(tf.nn.softplus(-on_real) + tf.transpose(tf.nn.softplus(on_fake))[:, :1])",
        ),
    ),
    _d(
        "one mean over both kinds",
        (
            "loss = tf.reduce_mean(tf.nn.softplus(-on_real)) + tf.reduce_mean(tf.nn.softplus(on_fake))",
            "loss = 2 * tf.reduce_mean(tf.concat([tf.nn.softplus(-on_real), tf.nn.softplus(on_fake)], 0))",
        ),
    ),
    _d(
        "both kinds in one batch",
        (
            "        on_real = discriminator(real, training=True)\n        on_fake = discriminator(fake, training=True)\n",
            "        both = discriminator(tf.concat([real, fake], 0), training=True)\n        on_real, on_fake = both[: len(real)], both[len(real) :]\n",
        ),
        lost=_d_2,
    ),
    _d("training=True forgotten", ("(real, training=True)", "(real)"), ("(fake, training=True)", "(fake)"), lost=_d_2),
    _d("training=True forgotten for the generated", ("(fake, training=True)", "(fake)"), lost=_d_2),
    _d(
        "scores taken for probabilities",
        (
            "tf.reduce_mean(tf.nn.softplus(-on_real))",
            "tf.reduce_mean(keras.losses.binary_crossentropy(tf.ones_like(on_real), on_real))",
        ),
        (
            "tf.reduce_mean(tf.nn.softplus(on_fake))",
            "tf.reduce_mean(keras.losses.binary_crossentropy(tf.zeros_like(on_fake), on_fake))",
        ),
    ),
    _d(
        "all trainable variables, fakes inside the tape",
        (
            "    fake = generator(z, training=True)\n    with tf.GradientTape() as tape:\n",
            "    with tf.GradientTape() as tape:\n        fake = generator(z, training=True)\n",
        ),
        (
            "weights = discriminator.trainable_variables",
            "weights = discriminator.trainable_variables + generator.trainable_variables",
        ),
    ),
    _d(
        "the generator's variables",
        (
            "    fake = generator(z, training=True)\n    with tf.GradientTape() as tape:\n",
            "    with tf.GradientTape() as tape:\n        fake = generator(z, training=True)\n",
        ),
        ("weights = discriminator.trainable_variables", "weights = generator.trainable_variables"),
    ),
    _d(
        "two steps, one for each kind",
        cells=_function(
            "discriminator_step(generator, discriminator, optimizer, real, z)",
            "total = 0.0",
            "for samples, sign in ((real, -1), (generator(z, training=True), 1)):",
            "    with tf.GradientTape() as tape:",
            "        loss = tf.reduce_mean(tf.nn.softplus(sign * discriminator(samples, training=True)))",
            "    weights = discriminator.trainable_variables",
            "    optimizer.apply(tape.gradient(loss, weights), weights)",
            "    total += loss",
            "return total",
        ),
    ),
    _d(
        "applied twice",
        ("    return loss", "    optimizer.apply(tape.gradient(loss, weights), weights)\n    return loss"),
        ("GradientTape()", "GradientTape(persistent=True)"),
    ),
    _d("gradients that are not applied", ("    optimizer.apply(tape", "    (tape")),
    _d(
        "scores computed outside the tape",
        cells=_function(
            "discriminator_step(generator, discriminator, optimizer, real, z)",
            "on_real, on_fake = discriminator(real, training=True), discriminator(generator(z), training=True)",
            "with tf.GradientTape() as tape:",
            "    loss = tf.reduce_mean(tf.nn.softplus(-on_real)) + tf.reduce_mean(tf.nn.softplus(on_fake))",
            "weights = discriminator.trainable_variables",
            "optimizer.apply(tape.gradient(loss, weights), weights)",
            "return loss",
        ),
    ),
    _d("the critic's loss", ("tf.nn.softplus(-on_real)", "-on_real"), ("tf.nn.softplus(on_fake)", "on_fake")),
    _d(
        "the loss after the step",
        (
            "    return loss",
            "    on_real, on_fake = discriminator(real), discriminator(fake)\n    return tf.reduce_mean(tf.nn.softplus(-on_real)) + tf.reduce_mean(tf.nn.softplus(on_fake)) + 0.01",
        ),
    ),
    _d("nothing returned", ("    return loss\n", "")),
    _d("returns the losses of the samples", ("    return loss", "    return tf.nn.softplus(-on_real)")),
    _d("noise of its own", ("generator(z, training=True)", "generator(tf.random.normal(tf.shape(z)), training=True)")),
    _d("a frozen discriminator", ("    fake =", "    discriminator.trainable = False\n    fake =")),
]

_g = _edits("generator_step", loses=("test_generator_step", "test_generator_step_normalization"))
_g_1, _g_2 = ("test_generator_step",), ("test_generator_step_normalization",)
_G_STEP = [
    _g("wrong sign", ("softplus(-scores)", "softplus(scores)")),
    _g("minus in front", ("loss = tf.reduce_mean", "loss = -tf.reduce_mean")),
    _g(
        "the saturating loss",
        ("loss = tf.reduce_mean(tf.nn.softplus(-scores))", "loss = -tf.reduce_mean(tf.nn.softplus(scores))"),
    ),
    _g(
        "the saturating gradient under the right loss",
        ("    weights = generator", "    right = loss\n    weights = generator"),
        (
            "loss = tf.reduce_mean(tf.nn.softplus(-scores))",
            "loss = -tf.reduce_mean(tf.nn.softplus(scores))\n        shown = tf.reduce_mean(tf.nn.softplus(-scores))",
        ),
        ("return loss", "return shown"),
    ),
    _g("sum in place of mean", ("reduce_mean", "reduce_sum")),
    _g(
        "sigmoid twice",
        (
            "scores = discriminator(generator(z, training=True), training=True)",
            "scores = tf.sigmoid(discriminator(generator(z, training=True), training=True))",
        ),
    ),
    _g("the critic's loss", ("tf.nn.softplus(-scores)", "-scores")),
    _g(
        "mean of the scores first",
        ("tf.reduce_mean(tf.nn.softplus(-scores))", "tf.nn.softplus(-tf.reduce_mean(scores))"),
    ),
    _g(
        "D's averages drift",
        ("    discriminator.set_weights(kept)  # the averages have moved; nothing else has\n", ""),
        lost=_g_2,
    ),
    _g("D in inference mode", ("training=True), training=True)", "training=True), training=False)"), lost=_g_2),
    _g(
        "D frozen, so in inference mode",
        ("    kept =", "    discriminator.trainable = False\n    kept ="),
        ("    return loss", "    discriminator.trainable = True\n    return loss"),
        lost=_g_2,
    ),
    _g("D frozen for good", ("    kept =", "    discriminator.trainable = False\n    kept =")),
    _g("training=True forgotten for G", ("generator(z, training=True)", "generator(z)"), lost=_g_2),
    _g(
        "G's averages put back, too",
        ("    kept =", "    own = [w.numpy() for w in generator.non_trainable_variables]\n    kept ="),
        (
            "    return loss",
            "    for weight, value in zip(generator.non_trainable_variables, own):\n        weight.assign(value)\n    return loss",
        ),
        lost=_g_2,
    ),
    _g("G asked twice", ("    with tf", "    generator(z, training=True)\n    with tf"), lost=_g_2),
    _g(
        "both networks",
        (
            "weights = generator.trainable_variables",
            "weights = generator.trainable_variables + discriminator.trainable_variables",
        ),
    ),
    _g("D's weights", ("weights = generator.trainable_variables", "weights = discriminator.trainable_variables")),
    _g(
        "samples made outside the tape",
        ("    with tf", "    made = generator(z, training=True)\n    with tf"),
        ("discriminator(generator(z, training=True), training=True)", "discriminator(made, training=True)"),
    ),
    _g("samples by predict", ("generator(z, training=True)", "generator.predict_on_batch(z)")),
    _g(
        "applied twice",
        ("    return loss", "    optimizer.apply(tape.gradient(loss, weights), weights)\n    return loss"),
        ("GradientTape()", "GradientTape(persistent=True)"),
    ),
    _g("gradients that are not applied", ("    optimizer.apply(tape", "    (tape")),
    _g("nothing returned", ("    return loss\n", "")),
    _g("noise of its own", ("generator(z, training=True)", "generator(tf.random.normal(tf.shape(z)), training=True)")),
]

_k = _edits("one_round")
_k_1, _k_2 = ("test_one_round",), ("test_one_round_refuses",)
_STEPS = "d_losses = [float(d_step(real[i * m : (i + 1) * m], noise(m))) for i in range(k)]"
_CHECK = '    if k < 1 or len(real) % k:\n        raise ValueError(f"Expected k ≥ 1 that divides {len(real)} samples. Received: k = {k}.")\n'
_K_ROUND = [
    _k(
        "the same noise for all k steps",
        (_STEPS, "z = noise(m)\n    d_losses = [float(d_step(real[i * m : (i + 1) * m], z)) for i in range(k)]"),
    ),
    _k(
        "D's last noise for G",
        (
            _STEPS,
            "zs = [noise(m) for i in range(k)]\n    d_losses = [float(d_step(real[i * m : (i + 1) * m], zs[i])) for i in range(k)]",
        ),
        ("g_step(noise(m))", "g_step(zs[-1])"),
    ),
    _k("the same samples for all k steps", ("real[i * m : (i + 1) * m]", "real[:m]")),
    _k("the whole batch for all k steps", ("real[i * m : (i + 1) * m]", "real")),
    _k("as much noise as there are samples in all", ("noise(m)))", "noise(len(real))))")),
    _k("as much noise for G as for all of D", ("g_step(noise(m))", "g_step(noise(len(real)))")),
    _k(
        "k rounds of one step each",
        (
            _STEPS,
            "d_losses = []\n    for i in range(k):\n        d_losses.append(float(d_step(real[i * m : (i + 1) * m], noise(m))))\n        g_loss = g_step(noise(m))",
        ),
        ("float(g_step(noise(m)))", "float(g_loss)"),
    ),
    _k(
        "G first",
        ("float(g_step(noise(m)))", "g_loss"),
        ("    m = len(real) // k\n", "    m = len(real) // k\n    g_loss = float(g_step(noise(m)))\n"),
    ),
    _k("k steps of G", ("float(g_step(noise(m)))", "[float(g_step(noise(m))) for _ in range(k)][0]")),
    _k("the last loss", ("np.mean(d_losses)", "d_losses[-1]")),
    _k("the sum of the losses", ("np.mean(d_losses)", "np.sum(d_losses)")),
    _k("all losses", ("float(np.mean(d_losses))", "d_losses")),
    _k("no check of k", (_CHECK, ""), lost=_k_2),
    _k(
        "checks too late",
        (_CHECK, ""),
        ("    return", '    if k < 1 or len(real) % k:\n        raise ValueError("Expected another k.")\n    return'),
        lost=_k_2,
    ),
    _k("takes negative k", ("k < 1 or ", "k == 0 or "), lost=_k_2),
    _k("cuts off what is too much", ("k < 1 or len(real) % k", "k < 1"), lost=_k_2),
    _k("an assert", ("        raise ValueError(", "        raise AssertionError("), lost=_k_2),
    _k(
        "samples with replacement",
        ("real[i * m : (i + 1) * m]", "real[np.random.default_rng(i).integers(len(real), size=m)]"),
    ),
    _k("k = 1 whatever k is", (_STEPS, "d_losses = [float(d_step(real, noise(len(real))))]")),
]

_BOTH = ("test_translated_round", "test_translated_normalization")
_t = _edits("translated_round", loses=_BOTH)
_t_norm = _edits("translated_round", loses=("test_translated_normalization",))
_TRANSLATED = [
    _t(
        "one step on the sum",
        cells=_function(
            "translated_round(generator, discriminator, d_optimizer, g_optimizer, real, z)",
            "fake = generator(z, training=False)",
            "with tf.GradientTape() as tape:",
            "    loss = tf.reduce_mean(tf.nn.softplus(-discriminator(real, training=True)))",
            "    loss += tf.reduce_mean(tf.nn.softplus(discriminator(fake, training=True)))",
            "weights = discriminator.trainable_variables",
            "d_optimizer.apply(tape.gradient(loss, weights), weights)",
            "with tf.GradientTape() as tape:",
            "    loss = tf.reduce_mean(tf.nn.softplus(-discriminator(generator(z, training=True), training=False)))",
            "weights = generator.trainable_variables",
            "g_optimizer.apply(tape.gradient(loss, weights), weights)",
        ),
    ),
    _t("labels swapped", ("((real, -1), (fake, 1))", "((real, 1), (fake, -1))")),
    _t("generated samples first", ("((real, -1), (fake, 1))", "((fake, 1), (real, -1))")),
    _t("sign of G's loss", ("softplus(-scores)", "softplus(scores)")),
    _t(
        "the saturating loss",
        ("loss = tf.reduce_mean(tf.nn.softplus(-scores))", "loss = -tf.reduce_mean(tf.nn.softplus(scores))"),
    ),
    _t("sums", ("reduce_mean", "reduce_sum")),
    _t("G's step with D's optimizer", ("g_optimizer.apply", "d_optimizer.apply")),
    _t(
        "G's step moves D, too",
        (
            "weights = generator.trainable_variables",
            "weights = generator.trainable_variables + discriminator.trainable_variables",
        ),
    ),
    _t("G's step only", ("    for samples, sign in ((real, -1), (fake, 1)):", "    for samples, sign in ():")),
    _t("fresh noise for G", ("generator(z, training=True)", "generator(tf.random.normal(tf.shape(z)), training=True)")),
    _t(
        "G's step before D's",
        cells=_function(
            "translated_round(generator, discriminator, d_optimizer, g_optimizer, real, z)",
            "fake = generator(z, training=False)",
            "with tf.GradientTape() as tape:",
            "    loss = tf.reduce_mean(tf.nn.softplus(-discriminator(generator(z, training=True), training=False)))",
            "weights = generator.trainable_variables",
            "g_optimizer.apply(tape.gradient(loss, weights), weights)",
            "weights = discriminator.trainable_variables",
            "for samples, sign in ((real, -1), (fake, 1)):",
            "    with tf.GradientTape() as tape:",
            "        loss = tf.reduce_mean(tf.nn.softplus(sign * discriminator(samples, training=True)))",
            "    d_optimizer.apply(tape.gradient(loss, weights), weights)",
        ),
    ),
    _t(
        "the combined model after all",
        cells=_function(
            "translated_round(generator, discriminator, d_optimizer, g_optimizer, real, z)",
            "loss = keras.losses.BinaryCrossentropy(from_logits=True)",
            "combined = keras.Sequential([generator, discriminator])",
            "discriminator.compile(d_optimizer, loss)",
            "combined.compile(g_optimizer, loss)",
            "classic_round(generator, discriminator, combined, np.array(real), np.array(z))",
        ),
    ),
    _t(
        "D frozen and left so",
        (
            "    with tf.GradientTape() as tape:  # a",
            "    discriminator.trainable = False\n    with tf.GradientTape() as tape:  # a",
        ),
    ),
    _t(
        "does nothing",
        cells=_function("translated_round(generator, discriminator, d_optimizer, g_optimizer, real, z)", "return None"),
    ),
    _t_norm("all in training mode", ("training=False", "training=True")),
    _t_norm("D in training mode in G's step", ("training=True), training=False)", "training=True), training=True)")),
    _t_norm(
        "generated samples in training mode",
        ("generator(z, training=False)  # predict_on_batch", "generator(z, training=True)"),
    ),
    _t_norm(
        "D in inference mode in its own steps",
        ("discriminator(samples, training=True)", "discriminator(samples, training=False)"),
    ),
    _t_norm("G in inference mode in its own step", ("generator(z, training=True)", "generator(z, training=False)")),
    _t_norm("training=True forgotten", (", training=True", ""), (", training=False", "")),
]

WRONG = [
    *_WHO_MOVED,
    *_HELD,
    *_ATTACH,
    *_ROUND,
    *_STEP_LOSSES,
    *_D_STEP,
    *_G_STEP,
    *_K_ROUND,
    *_TRANSLATED,
]

# ------------------------------------------------------------------------------------ right, written differently

RIGHT = [
    Answer(
        "D's loss by the log of a sigmoid, which is stable enough for these scores",
        {
            "discriminator_step": [
                ("tf.nn.softplus(-on_real)", "-tf.math.log(tf.sigmoid(on_real) + 1e-7)"),
                ("tf.nn.softplus(on_fake)", "-tf.math.log(1 - tf.sigmoid(on_fake) + 1e-7)"),
            ]
        },
    ),
    Answer(
        "G's loss by the log of a sigmoid, which is stable enough for these scores",
        {"generator_step": [("tf.nn.softplus(-scores)", "-tf.math.log(tf.sigmoid(scores) + 1e-7)")]},
    ),
    Answer(
        "a detective who knows BatchNormalization by its layers",
        {
            "who_moved": _function(
                _DETECTIVE,
                "def drifting(model):",
                "    for layer in model.layers:",
                "        if isinstance(layer, keras.layers.BatchNormalization):",
                "            yield from (id(layer.moving_mean), id(layer.moving_variance))",
                "        elif hasattr(layer, 'layers'):",
                "            yield from drifting(layer)",
                "old = {n: [np.copy(w) for w in m.get_weights()] for n, m in networks.items()}",
                "one_round()",
                "result = {}",
                "for n, m in networks.items():",
                "    ids, pair = set(drifting(m)), [np.float32(0), np.float32(0)]",
                "    for w, was in zip(m.weights, old[n]):",
                "        change = np.nan_to_num(np.abs(w.numpy() - was), nan=np.inf, posinf=np.inf).max()",
                "        pair[id(w) in ids] = max(pair[id(w) in ids], change)",
                "    result[n] = pair",
                "return result",
            )
        },
    ),
    Answer(
        "a recursion, and a generator that yields the network",
        {
            "held_still": "import contextlib\n\n\n"
            "def _walk(part):\n"
            "    yield part\n"
            "    for layer in getattr(part, 'layers', ()):\n"
            "        yield from _walk(layer)\n\n\n"
            "@contextlib.contextmanager\n"
            "def held_still(network):\n"
            "    flags = [(part, part.trainable) for part in _walk(network)]\n"
            "    try:\n"
            "        for part, _ in flags:\n"
            "            part.trainable = False\n"
            "        yield network\n"
            "    finally:\n"
            "        for part, flag in flags:\n"
            "            part.trainable = flag\n"
        },
    ),
    Answer(
        "a class with __enter__ and __exit__",
        {
            "held_still": "class held_still:\n"
            "    def __init__(self, network):\n"
            "        self.network = network\n\n"
            "    def __enter__(self):\n"
            "        self.parts = [self.network]\n"
            "        for part in self.parts:\n"
            "            self.parts += getattr(part, 'layers', [])\n"
            "        self.flags = [part.trainable for part in self.parts]\n"
            "        self.network.trainable = False\n\n"
            "    def __exit__(self, *error):\n"
            "        for part, flag in zip(self.parts, self.flags):\n"
            "            part.trainable = flag\n"
        },
    ),
    Answer(
        "the combined model with the functional API",
        {
            "attach": _function(
                "attach(generator, discriminator, learning_rate)",
                "z = keras.Input(generator.input_shape[1:])",
                "combined = keras.Model(z, discriminator(generator(z)))",
                "loss = keras.losses.BinaryCrossentropy(from_logits=True)",
                "combined.compile(optimizer=keras.optimizers.SGD(learning_rate=learning_rate), loss=loss)",
                "return combined",
            )
        },
    ),
    Answer(
        "with held_still, after raising the flag",
        {
            "repaired_round": _function(
                "repaired_round(generator, discriminator, combined, real, z)",
                "discriminator.trainable = True",
                "fake = generator(z).numpy()",
                "discriminator.train_on_batch(real, np.ones(len(real)))",
                "discriminator.train_on_batch(fake, np.zeros(len(fake)))",
                "with held_still(discriminator):",
                "    combined.train_on_batch(z, np.ones(len(z)))",
            )
        },
    ),
    Answer(
        "resets after each batch, and when it begins",
        {
            "step_losses": "class StepLosses(keras.callbacks.Callback):\n"
            "    def on_train_begin(self, logs=None):\n"
            "        self.losses = []\n\n"
            "    def on_train_batch_end(self, batch, logs=None):\n"
            "        self.losses.append(logs['loss'])\n"
            "        self.model.reset_metrics()\n"
        },
    ),
    Answer(
        "Keras' losses, NumPy in, everything inside the tape",
        {
            "discriminator_step": _function(
                "discriminator_step(generator, discriminator, optimizer, real, z)",
                "loss_of = keras.losses.BinaryCrossentropy(from_logits=True)",
                "with tf.GradientTape() as tape:",
                "    fake = tf.stop_gradient(generator(z, training=True))",
                "    on_fake = discriminator(fake, training=True)",
                "    on_real = discriminator(real, training=True)",
                "    loss = loss_of(tf.zeros_like(on_fake), on_fake) + loss_of(tf.ones_like(on_real), on_real)",
                "gradients = tape.gradient(loss, discriminator.trainable_weights)",
                "optimizer.apply_gradients(zip(gradients, discriminator.trainable_weights))",
                "return float(loss)",
            )
        },
    ),
    Answer(
        "log_sigmoid, fakes in the tape, the gradients of D alone",
        {
            "discriminator_step": _function(
                "discriminator_step(generator, discriminator, optimizer, real, z)",
                "with tf.GradientTape(watch_accessed_variables=False) as tape:",
                "    tape.watch([w.value for w in discriminator.trainable_variables])",
                "    on_real = discriminator(real, training=True)",
                "    on_fake = discriminator(generator(z), training=True)",
                "    value = tf.reduce_mean(tf.math.log_sigmoid(on_real)) + tf.reduce_mean(tf.math.log_sigmoid(-on_fake))",
                "    loss = -value",
                "weights = discriminator.trainable_variables",
                "optimizer.apply(tape.gradient(loss, weights), weights)",
                "return loss.numpy()",
            )
        },
    ),
    Answer(
        "the moving averages kept one by one, and Keras' loss",
        {
            "generator_step": _function(
                "generator_step(generator, discriminator, optimizer, z)",
                "kept = [tf.identity(w.value) for w in discriminator.non_trainable_variables]",
                "with tf.GradientTape() as tape:",
                "    scores = discriminator(generator(z, training=True), training=True)",
                "    loss = keras.losses.BinaryCrossentropy(from_logits=True)(tf.ones_like(scores), scores)",
                "gradients = tape.gradient(loss, generator.trainable_variables)",
                "optimizer.apply_gradients(zip(gradients, generator.trainable_variables))",
                "for weight, value in zip(discriminator.non_trainable_variables, kept):",
                "    weight.assign(value)",
                "return float(loss)",
            )
        },
    ),
    Answer(
        "asks a copy of D",
        {
            "generator_step": [
                ("kept = discriminator.get_weights()", "twin = keras.models.clone_model(discriminator)"),
                ("    with tf", "    twin.set_weights(discriminator.get_weights())\n    with tf"),
                ("scores = discriminator", "scores = twin"),
                ("    discriminator.set_weights(kept)  # the averages have moved; nothing else has\n", ""),
            ]
        },
    ),
    Answer(
        "a momentum of 1 for the length of the step",
        {
            "generator_step": _function(
                "generator_step(generator, discriminator, optimizer, z)",
                "found = [l for l in discriminator.layers if isinstance(l, keras.layers.BatchNormalization)]",
                "momenta = [layer.momentum for layer in found]",
                "for layer in found:",
                "    layer.momentum = 1.0",
                "with tf.GradientTape() as tape:",
                "    scores = discriminator(generator(z, training=True), training=True)",
                "    loss = -tf.reduce_mean(tf.math.log_sigmoid(scores))",
                "optimizer.apply(tape.gradient(loss, generator.trainable_variables), generator.trainable_variables)",
                "for layer, momentum in zip(found, momenta):",
                "    layer.momentum = momentum",
                "return loss",
            )
        },
    ),
    Answer(
        "np.split, one draw of noise cut into parts",
        {
            "one_round": _function(
                "one_round(d_step, g_step, noise, real, k)",
                "if k <= 0 or len(real) % k != 0:",
                "    raise ValueError(f'{len(real)} samples do not make {k} equal parts')",
                "z = np.split(noise(len(real) // k * (k + 1)), k + 1)",
                "total = sum(d_step(x, part) for x, part in zip(np.split(real, k), z))",
                "return np.array([total / k, g_step(z[-1])])",
            )
        },
    ),
    Answer(
        "every k-th sample, as GAN does",
        {"one_round": [("real[i * m : (i + 1) * m]", "real[i::k]")]},
    ),
    Answer(
        "Keras' loss, predict_on_batch, and a D whose averages are put back",
        {
            "translated_round": _function(
                "translated_round(generator, discriminator, d_optimizer, g_optimizer, real, z)",
                "loss_of = keras.losses.BinaryCrossentropy(from_logits=True)",
                "made = generator.predict_on_batch(z)",
                "for samples, label in ((real, 1.0), (made, 0.0)):",
                "    with tf.GradientTape() as tape:",
                "        scores = discriminator(samples, training=True)",
                "        loss = loss_of(tf.fill(tf.shape(scores), label), scores)",
                "    d_optimizer.apply(tape.gradient(loss, discriminator.trainable_weights), discriminator.trainable_weights)",
                "with tf.GradientTape() as tape:",
                "    scores = discriminator(generator(z, training=True))",
                "    loss = loss_of(tf.ones_like(scores), scores)",
                "g_optimizer.apply(tape.gradient(loss, generator.trainable_weights), generator.trainable_weights)",
            )
        },
    ),
]
