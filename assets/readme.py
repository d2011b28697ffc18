"""Draw assets/readme.png, the README's picture: the classic Keras recipe beside the one that works, as in lesson 03.

    python assets/readme.py

Both runs begin with the same weights and see the same pictures and noise; it takes about a minute on two CPU cores.
"""

import warnings
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

from gan_course import data, plots, runtime

ROUNDS, BATCH, LATENT = 3000, 64, 16


def players():
    """A compiled discriminator, a generator, and both stacked and compiled, the same weights at every call."""
    import keras

    from gan_course import networks
    from gan_course.gan import build_combined

    keras.utils.set_random_seed(0)
    generator = networks.mlp_generator((8, 8, 1), LATENT, units=(128, 128))
    discriminator = networks.mlp_discriminator((8, 8, 1), units=(128, 64))
    adam = keras.optimizers.Adam(2e-4, beta_1=0.5)
    discriminator.compile(adam, keras.losses.BinaryCrossentropy(from_logits=True))
    return generator, discriminator, build_combined(generator, discriminator)


def train(images, classic):
    """Play the rounds; return generated pictures and how far any of D's weights has moved after each 50 rounds."""
    from gan_course.gan import frozen

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
        if number % 50 == 0:
            moved.append(max(np.abs(a - b).max() for a, b in zip(start, discriminator.get_weights(), strict=True)))
    return generator.predict_on_batch(np.random.default_rng(1).normal(size=(20, LATENT)).astype("float32")), moved


def main():
    plots.use_style()
    print(runtime.configure(seed=0))
    warnings.simplefilter("ignore")  # Keras' one warning about the classic recipe is lesson 03's story
    images, _ = data.load("digits")
    runs = {
        "The classic recipe": train(images, True),
        "The same, with frozen": train(images, False),
    }

    figure = plt.figure(figsize=(10, 4.4))
    grid = figure.add_gridspec(2, 2, height_ratios=[1, 1.15])
    for column, (name, (pictures, _)) in enumerate(runs.items()):
        plots.image_grid(pictures, name, columns=10, generated=True, ax=figure.add_subplot(grid[0, column]))
    ax = figure.add_subplot(grid[1, :])
    steps = np.arange(0, ROUNDS, 50)
    for (name, (_, moved)), color in zip(runs.items(), (plots.ACCENT, plots.DISCRIMINATOR), strict=True):
        ax.plot(steps, moved, color=color, label=f"{name}: {moved[-1]:.2f} in the end", clip_on=False)
    ax.set(
        xlabel="round", ylabel="largest change", title="How far the discriminator's weights have moved", ylim=(0, None)
    )
    ax.legend(loc="center right")
    figure.savefig(Path(__file__).with_name("readme.png"), dpi=130, metadata={"Software": None})


if __name__ == "__main__":
    main()
