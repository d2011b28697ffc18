"""Draw assets/readme.png, the README's picture: what the course's GAN draws after a minute of training, and lesson 03.

    python assets/readme.py

Above, samples of `GAN` with its default recipe. Below, the classic Keras recipe beside the one that works: both begin
with the same weights and see the same pictures and noise. It takes about two minutes on two CPU cores.
"""

import warnings
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

from gan_course import data, networks, plots, runtime

SHAPE, EPOCHS = (28, 28, 1), 14
ROUNDS, BATCH, LATENT = 1000, 64, 16


def samples(images, count):
    """Train a GAN with the default recipe; return what it draws."""
    from gan_course.gan import GAN

    gan = GAN(networks.dcgan_generator(SHAPE), networks.dcgan_discriminator(SHAPE), seed=0)
    gan.compile()
    gan.fit(images, epochs=EPOCHS, verbose=0)
    return gan.generate(count, seed=1)


def players():
    """A compiled discriminator, a generator, and both stacked and compiled, the same weights at every call."""
    import keras

    from gan_course.combined import build_combined

    keras.utils.set_random_seed(0)
    generator = networks.mlp_generator(SHAPE, LATENT, units=(128, 128))
    discriminator = networks.mlp_discriminator(SHAPE, units=(128, 64))
    adam = keras.optimizers.Adam(2e-4, beta_1=0.5)
    discriminator.compile(adam, keras.losses.BinaryCrossentropy(from_logits=True))
    return generator, discriminator, build_combined(generator, discriminator)


def movement(images, classic):
    """Play the rounds; return how far any of D's weights has moved after each tenth round."""
    from gan_course.combined import frozen

    generator, discriminator, combined = players()
    start, rng, moved = discriminator.get_weights(), np.random.default_rng(0), []
    ones, zeros = np.ones((BATCH, 1)), np.zeros((BATCH, 1))
    if classic:
        discriminator.trainable = False  # once and for all: the classic recipe
    for number in range(ROUNDS):
        z = rng.normal(size=(BATCH, LATENT)).astype("float32")
        discriminator.train_on_batch(images[rng.integers(len(images), size=BATCH)], ones)
        discriminator.train_on_batch(generator.predict_on_batch(z), zeros)
        if classic:
            combined.train_on_batch(z, ones)
        else:
            with frozen(discriminator):
                combined.train_on_batch(z, ones)
        if number % 10 == 0:
            moved.append(max(np.abs(a - b).max() for a, b in zip(start, discriminator.get_weights(), strict=True)))
    return moved


def main():
    plots.use_style()
    print(runtime.configure(seed=0))
    warnings.simplefilter("ignore")  # Keras' one warning about the classic recipe is lesson 03's story
    images, _ = data.load("mnist_5k")
    curves = {"Classic recipe": movement(images, True), "The same, with frozen": movement(images, False)}

    figure = plt.figure(figsize=(10, 6.4))
    above, below = figure.add_gridspec(2, 1, height_ratios=[2.2, 1])
    title = "Drawn by the course's GAN after a minute of training on a CPU"
    plots.image_grid(samples(images, 80), title, columns=16, generated=True, ax=figure.add_subplot(above))
    ax = figure.add_subplot(below)
    styles = zip(curves.items(), (plots.ACCENT, plots.DISCRIMINATOR), ("--", "-"), strict=True)
    for (name, moved), color, line in styles:
        label = f"{name}: {moved[-1]:.2f} in the end"
        ax.plot(range(0, ROUNDS, 10), moved, line, color=color, label=label, clip_on=False)
    title = "How far the discriminator's weights have moved: on Keras 3 the classic recipe trains no discriminator"
    ax.set(xlabel="round", ylabel="largest change", title=title, ylim=(0, None))
    ax.legend(loc="center right")
    figure.savefig(Path(__file__).with_name("readme.png"), dpi=130, metadata={"Software": None})


if __name__ == "__main__":
    main()
