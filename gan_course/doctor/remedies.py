"""The code that mends each finding, in the style of the loop that was seen, and with the user's own names.

`{g}`, `{d}`, `{combined}` and `{real}` stand for the user's names; `real` and `fake` are batches, `z` is noise, and
`entropy` is a cross-entropy of raw scores.
"""

from inspect import cleandoc

STYLES = ("train_on_batch", "tape", "torch", "jax")
"""Ways to write a training loop: compiled models, tapes of TensorFlow, optimizers of PyTorch, functions of JAX."""


def style_of(loops, backend):
    """How the user writes the training loop, one of `STYLES`.

    Args:
        loops: set of the kinds of loops that were seen, as in `events.Log`.
        backend: name of Keras' backend.
    """
    if "train_on_batch" in loops or not loops:
        return "train_on_batch"
    return {"tensorflow": "tape", "torch": "torch", "jax": "jax"}.get(backend, "tape")


def remedy(name, evidence, **numbers):
    """The code for a finding.

    Args:
        name: a key of `REMEDIES`: the name of a finding, or this name, a slash and a special case of it.
        evidence: the `evidence.Evidence`, which knows the user's loop and names.
        **numbers: further names in braces of the code, and what they stand for.
    """
    texts = REMEDIES[name]
    text = texts if isinstance(texts, str) else texts[style_of(evidence.log.loops, evidence.backend)]
    names = {"g": evidence.names["generator"], "d": evidence.names["discriminator"]}
    return cleandoc(text).format(**names, combined=evidence.names["combined"], real=evidence.names["real"], **numbers)


_KERAS_ADAM = "keras.optimizers.Adam(2e-4, beta_1=0.5)  # for both players to begin with"
_TORCH_ADAM = """
    g_optimizer = torch.optim.Adam({g}.parameters(), lr=2e-4, betas=(0.5, 0.999))
    d_optimizer = torch.optim.Adam({d}.parameters(), lr=2e-4, betas=(0.5, 0.999))
"""
_KERAS_OPTIMIZERS = """
    g_optimizer = keras.optimizers.Adam(2e-4, beta_1=0.5)  # for the weights of {g} alone
    d_optimizer = keras.optimizers.Adam(2e-4, beta_1=0.5)  # a second object, for those of {d}
"""
_RANDOM_ROWS = "batch = {real}[np.random.randint(0, len({real}), batch_size)]  # drawn anew in each step"


def _framed(first="", last="", **parts):
    """Code in every style, with the same first and last line around it.

    Args:
        first: a line. Defaults to none.
        last: a line. Defaults to none.
        **parts: the lines between the two, in each of `STYLES`.

    Returns:
        Dictionary from a style to its code.
    """
    return {style: "\n".join((first, cleandoc(part), last)).strip() for style, part in parts.items()}


REMEDIES = {
    "not-built": """
        model = keras.Sequential([keras.Input(shape), ...])
        # or call {g} and {d} once on a batch before the visit
    """,
    "no-training": """
        with doctor.watch(generator={g}, discriminator={d}) as visit:
            train({g}, {d})  # the same {g} and {d}
    """,
    "no-training/stateless": """
        for variable, value in zip({g}.trainable_variables, g_weights):
            variable.assign(value)
        # the same for {d}, and then:
        visit.step()
    """,
    "sleeping-discriminator": {
        "train_on_batch": """
            {d}.trainable = True
            {d}.train_on_batch(x, y)  # D learns
            {d}.trainable = False
            {combined}.train_on_batch(z, ones)  # G learns, D does not
            # or: with gan_course.combined.frozen({d}): {combined}.train_on_batch(z, ones)
        """,
        "tape": """
            {d}.trainable = True
            with tf.GradientTape() as tape:
                d_loss = loss_of_d({d}(real, training=True), {d}(fake, training=True))  # in the tape
            gradients = tape.gradient(d_loss, {d}.trainable_variables)
            d_optimizer.apply_gradients(zip(gradients, {d}.trainable_variables))
        """,
        "torch": """
            {d}.trainable = True
            d_optimizer = torch.optim.Adam({d}.parameters(), lr=2e-4, betas=(0.5, 0.999))  # once, before the loop
            # in each step:
            d_optimizer.zero_grad()
            loss_of_d({d}(real), {d}(fake.detach())).backward()  # without backward() the step changes nothing
            d_optimizer.step()
        """,
        "jax": """
            gradients = jax.grad(loss_of_d)(d_weights, real, fake)
            d_weights, d_state = d_optimizer.stateless_apply(d_state, gradients, d_weights)
            # after the loop, or {d} keeps its first weights:
            for variable, value in zip({d}.trainable_variables, d_weights):
                variable.assign(value)
        """,
    },
    "sleeping-generator": {
        "train_on_batch": """
            {g}.trainable, {d}.trainable = True, False
            {combined} = keras.Sequential([{g}, {d}])  # the same {g} that makes the samples
            {combined}.compile(keras.optimizers.Adam(2e-4, beta_1=0.5), {d}.loss)
            # in each step, while {d} is frozen:
            {combined}.train_on_batch(z, ones)
        """,
        "tape": """
            {g}.trainable = True
            with tf.GradientTape() as tape:
                g_loss = loss_of_g({d}({g}(z, training=True), training=True))  # not predict(), not numpy()
            gradients = tape.gradient(g_loss, {g}.trainable_variables)
            g_optimizer.apply_gradients(zip(gradients, {g}.trainable_variables))
        """,
        "torch": """
            {g}.trainable = True
            g_optimizer = torch.optim.Adam({g}.parameters(), lr=2e-4, betas=(0.5, 0.999))  # once, before the loop
            # in each step:
            g_optimizer.zero_grad()
            loss_of_g({d}({g}(z))).backward()  # no detach() here
            g_optimizer.step()
        """,
        "jax": """
            gradients = jax.grad(loss_of_g)(g_weights, d_weights, z)
            g_weights, g_state = g_optimizer.stateless_apply(g_state, gradients, g_weights)
            # after the loop, or {g} keeps its first weights:
            for variable, value in zip({g}.trainable_variables, g_weights):
                variable.assign(value)
        """,
    },
    "learning-rate": {
        "train_on_batch": _KERAS_ADAM,
        "tape": _KERAS_OPTIMIZERS,
        "torch": _TORCH_ADAM,
        "jax": _KERAS_OPTIMIZERS,
    },
    "combined-trains-discriminator": {
        "train_on_batch": """
            {d}.trainable = False  # before each step of the combined model
            {combined}.train_on_batch(z, ones)
            {d}.trainable = True  # before each step of D
        """,
        "tape": """
            gradients = tape.gradient(g_loss, {g}.trainable_variables)  # G's weights alone
            g_optimizer.apply_gradients(zip(gradients, {g}.trainable_variables))
        """,
        "torch": "g_optimizer = torch.optim.Adam({g}.parameters(), lr=2e-4, betas=(0.5, 0.999))  # G's weights alone",
        "jax": """
            gradients = jax.grad(loss_of_g)(g_weights, d_weights, z)  # of the first argument, G's weights, alone
            g_weights, g_state = g_optimizer.stateless_apply(g_state, gradients, g_weights)
        """,
    },
    "shared-optimizer": {
        "train_on_batch": """
            {d}.compile(keras.optimizers.Adam(2e-4, beta_1=0.5), loss)
            {combined}.compile(keras.optimizers.Adam(2e-4, beta_1=0.5), loss)  # a second object
        """,
        "tape": _KERAS_OPTIMIZERS,
        "torch": _TORCH_ADAM,
        "jax": _KERAS_OPTIMIZERS,
    },
    "exploding": {
        "train_on_batch": """
            keras.optimizers.Adam(2e-4, beta_1=0.5, clipnorm=1.0)
            loss = keras.losses.BinaryCrossentropy(from_logits=True)  # never log(sigmoid(x)) by hand
        """,
        "tape": """
            keras.optimizers.Adam(2e-4, beta_1=0.5, clipnorm=1.0)
            entropy = keras.losses.BinaryCrossentropy(from_logits=True)  # never log(sigmoid(x)) by hand
        """,
        "torch": """
            torch.nn.utils.clip_grad_norm_({d}.parameters(), 1.0)  # before d_optimizer.step(); the same for {g}
            entropy = torch.nn.BCEWithLogitsLoss()  # never log(sigmoid(x)) by hand
        """,
        "jax": """
            keras.optimizers.Adam(2e-4, beta_1=0.5, clipnorm=1.0)
            loss = ops.mean(ops.softplus(-scores))  # instead of -log(sigmoid(scores)), which overflows
        """,
    },
    "logits-mismatch": {
        "train_on_batch": """
            keras.layers.Dense(1)  # the last layer of {d}, without an activation
            loss = keras.losses.BinaryCrossentropy(from_logits=True)  # in compile() of {d} and of {combined}
        """,
        "tape": """
            keras.layers.Dense(1)  # the last layer of {d}, without an activation
            entropy = keras.losses.BinaryCrossentropy(from_logits=True)
        """,
        "torch": """
            keras.layers.Dense(1)  # the last layer of {d}, without an activation
            entropy = torch.nn.BCEWithLogitsLoss()  # takes raw scores
        """,
        "jax": """
            keras.layers.Dense(1)  # the last layer of {d}, without an activation
            entropy = keras.losses.BinaryCrossentropy(from_logits=True)
        """,
    },
    "label-mix-up/alike": """
        # In the step of {d}: label 1 for real data, and label 0 for samples of {g}.
        # In the step of {g}: label 1, as {d} gets it for real data.
    """,
    "label-mix-up/known": """
        # In the step of {g}, replace the label {mine:.2g} by {for_reals:.2g}, which {d} gets for real data.
        # Or keep it, and give {d} the label {for_fakes:.2g} for real data and {for_reals:.2g} for samples of {g}.
    """,
    "label-mix-up/unknown": """
        # Compare three labels in your code. Usual are:
        # 1 for real data and 0 for samples of {g} in the step of {d}, and 1 for samples in the step of {g}.
    """,
    "label-range": {
        "train_on_batch": "labels = np.clip(labels, 0.0, 1.0)  # after the line that adds noise; or subtract it from 1",
        **dict.fromkeys(
            ("tape", "torch", "jax"),
            "labels = keras.ops.clip(labels, 0.0, 1.0)  # after the line that adds noise, before the loss",
        ),
    },
    "noise-mismatch": {
        "train_on_batch": """
            z = np.random.normal(size=(batch_size, latent_dim))  # in each step anew; the same when you sample
            # No seed(...) in a function that the loop calls: the same numbers would come again. Seed once, at the top.
        """,
        "tape": """
            self.seeds = keras.random.SeedGenerator()  # once, in __init__; and in each step:
            z = keras.random.normal((batch_size, latent_dim), seed=self.seeds)  # the same when you sample
            # An integer, such as seed=1337, gives the same numbers each time: pass a SeedGenerator, or no seed.
            # In a tf.function never np.random: it runs once, when the function is traced.
        """,
        "torch": """
            z = torch.randn(batch_size, latent_dim)  # in each step anew; the same when you sample
        """,
        "jax": """
            key, now = jax.random.split(key)
            z = jax.random.normal(now, (batch_size, latent_dim))  # in each step anew; the same when you sample
            # in jax.jit never np.random: it runs once, when the function is traced; and with keras.random never
            # an integer, such as seed=1337, which gives the same numbers each time, but a SeedGenerator
        """,
    },
    "stale-fakes": {
        "train_on_batch": """
            for step in range(steps):
                z = np.random.normal(size=(batch_size, latent_dim))
                fake = {g}.predict_on_batch(z)  # inside of the loop
        """,
        "tape": """
            z = tf.random.normal((batch_size, latent_dim))
            fake = {g}(z, training=True)  # inside of the step
        """,
        "torch": """
            for step in range(steps):
                fake = {g}(torch.randn(batch_size, latent_dim)).detach()  # inside of the loop
        """,
        "jax": "fake, _ = {g}.stateless_call(g_weights, g_rest, z, training=True)  # inside of the step",
    },
    "unshuffled-data": {
        "train_on_batch": _RANDOM_ROWS,
        "tape": """
            {real} = {real}[np.random.permutation(len({real}))]
            # or: tf.data.Dataset.from_tensor_slices({real}).shuffle(len({real})).batch(64)
        """,
        "torch": """
            {real} = {real}[np.random.permutation(len({real}))]  # anew in each epoch
            # or: torch.utils.data.DataLoader(data, batch_size=64, shuffle=True)
        """,
        "jax": _RANDOM_ROWS,
    },
    "batch-statistics/mode": {
        "train_on_batch": """
            {g}.trainable = True  # a frozen BatchNormalization does not learn its averages
        """,
        "tape": """
            fake = {g}(z, training=True)  # in the training step; the same for {d}
            # after it {g}(z, training=False), or {g}.predict(z)
        """,
        "torch": """
            fake = {g}(z, training=True)  # in the training step; the same for {d}
            # after it {g}(z, training=False), or {g}.predict(z)
        """,
        "jax": """
            fake, g_rest = {g}.stateless_call(g_weights, g_rest, z, training=True)  # and keep g_rest
        """,
    },
    "batch-statistics/company": """
        keras.layers.LayerNormalization()  # in {d}, instead of each BatchNormalization; or no normalization there
        # or train {d} with batches that are half real and half generated
    """,
    "batch-statistics/lag": """
        keras.layers.BatchNormalization(momentum=0.8)  # in {g}; Keras' default of 0.99 needs some hundred steps
    """,
    "vanishing-gradient": _framed(
        last="# and weaken {d}: a smaller learning rate, fewer steps, Dropout, or labels 0.9 for reals",
        train_on_batch="""
            loss = keras.losses.BinaryCrossentropy(from_logits=True)  # {d} then ends with Dense(1), no activation
            {combined}.compile(keras.optimizers.Adam(2e-4, beta_1=0.5), loss)  # the same loss for {d}
            {combined}.train_on_batch(z, ones)  # the non-saturating loss
        """,
        tape="""
            entropy = keras.losses.BinaryCrossentropy(from_logits=True)  # {d} then ends with Dense(1), no activation
            g_loss = entropy(tf.ones_like(fake_scores), fake_scores)  # the non-saturating loss
        """,
        torch="""
            entropy = torch.nn.BCEWithLogitsLoss()  # {d} then ends with Dense(1), no activation
            g_loss = entropy(fake_scores, torch.ones_like(fake_scores))  # the non-saturating loss
        """,
        jax="g_loss = ops.mean(ops.softplus(-fake_scores))  # the non-saturating loss of raw scores",
    ),
    "blind-discriminator": """
        # Give {d} more and wider layers, and a learning rate as large as that of {g}.
    """,
    "blind-discriminator/anew": """
        {arrays} = {makers}  # inside of the loop, instead of before it
    """,
    "blind-discriminator/drift": """
        labels = np.copy(labels)  # in each step, before the line that changes them; or make them anew in each step
    """,
    "blind-discriminator/labels": """
        x = np.concatenate([reals, samples])  # reals, samples: this step's batches
        y = np.repeat([[1.0], [0.0]], [len(reals), len(samples)], axis=0)
        order = np.random.permutation(len(x))
        x, y = x[order], y[order]  # samples and their labels in one and the same order
    """,
    "copying": """
        # More data, random flips and shifts, a smaller network, or an earlier end of the training.
    """,
    "mode-collapse": _framed(
        first="# Slow {g} down, or help {d} see variety:",
        last="gan_course.layers.MinibatchStandardDeviation()  # in {d}, before its last layers",
        train_on_batch="keras.optimizers.Adam(1e-4, beta_1=0.5)  # for {g}",
        tape="g_optimizer = keras.optimizers.Adam(1e-4, beta_1=0.5)",
        torch="g_optimizer = torch.optim.Adam({g}.parameters(), lr=1e-4, betas=(0.5, 0.999))",
        jax="g_optimizer = keras.optimizers.Adam(1e-4, beta_1=0.5)",
    ),
    "misread-loss": """
        before = [w.numpy() for w in {d}.weights]
        # ... a few steps ...
        print(max(abs(w.numpy() - b).max() for w, b in zip({d}.weights, before)))  # must be above 0
    """,
}
"""Name of a finding → its code, or a dictionary from a style to its code."""
