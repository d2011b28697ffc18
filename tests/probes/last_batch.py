"""What test_last_batch.py asks of one backend about steps of one, two or three samples: prints one JSON object.

Choose the backend with KERAS_BACKEND. The networks have every layer that looks at its batch or draws random numbers.
"""

import json
import warnings

import keras
import numpy as np
from keras import layers

from gan_course import networks
from gan_course.gan import GAN
from gan_course.objectives import OBJECTIVES, energy_based, one_sided_label_smoothing
from gan_course.variants.energy import EnergyGAN, autoencoding_discriminator

COUNTS = (1, 2, 3)
PENALTIES = {"none": {}, "both penalties": {"gradient_penalty_weight": 1.0, "r1_weight": 1.0}}
POINTS = np.random.default_rng(0).uniform(-1, 1, size=(9, 2)).astype("float32")


def plain_gan(**choices):
    keras.utils.set_random_seed(0)
    normal = [layers.Dense(4), layers.BatchNormalization(), layers.LeakyReLU(0.2)]
    generator = keras.Sequential([keras.Input((3,)), *normal, layers.Dense(2)])
    watching = [
        networks.InstanceNoise(0.1, seed=0),
        layers.Dense(4),
        layers.BatchNormalization(),
        layers.LeakyReLU(0.2),
    ]
    watching += [layers.Dropout(0.1, seed=0), networks.MinibatchStandardDeviation()]
    gan = GAN(generator, keras.Sequential([keras.Input((2,)), *watching, layers.Dense(1)]), seed=0)
    gan.compile(**choices)
    return gan


def energy_gan(**choices):
    keras.utils.set_random_seed(0)
    discriminator = autoencoding_discriminator((2,), units=(4,), code_dim=3)
    gan = EnergyGAN(networks.mlp_generator((2,), 3, units=(4,)), discriminator, seed=0)
    gan.compile(**choices)
    return gan


def gans():
    """Names and GANs: each objective with each penalty."""
    chosen = {**{name: name for name in OBJECTIVES}, "smoothed": one_sided_label_smoothing()}
    for penalty, weights in PENALTIES.items():
        for name, objective in chosen.items():
            yield f"{name}, {penalty}", plain_gan(objective=objective, **weights)
        yield f"energy-based, {penalty}", energy_gan(objective=energy_based(0.5), **weights)


def values(gan):
    return np.concatenate([keras.ops.convert_to_numpy(v).ravel() for v in gan.weights])


def steps(gan, count):
    """One step of each player on so many samples: are losses and weights finite, and how far did each player go?"""
    before = [network.get_weights() for network in (gan.discriminator, gan.generator)]
    losses = [gan.discriminator_step(POINTS[:count]), gan.generator_step(POINTS[:count])]
    moved = [
        max(float(np.abs(a - b).max()) for a, b in zip(old, network.get_weights(), strict=True))
        for old, network in zip(before, (gan.discriminator, gan.generator), strict=True)
    ]
    return {"losses": [float(loss) for loss in losses], "moved": moved, "finite": bool(np.isfinite(values(gan)).all())}


def fitted(gan, count, **choices):
    """The losses of two epochs on so many points, and whether the weights are finite."""
    history = gan.fit(POINTS[:count], batch_size=4, epochs=2, verbose=0, **choices).history
    return {**history, "finite": bool(np.isfinite(values(gan)).all())}


def refused(action):
    """The name and the message of the error that an action raises."""
    try:
        action()
    except Exception as error:
        return [type(error).__name__, str(error)]
    return ["none", ""]


class Dataset(keras.utils.PyDataset):
    """Batches whose sizes nobody knows beforehand: four points, then the rest."""

    def __init__(self, count):
        super().__init__()
        self.count = count

    def __len__(self):
        return 2

    def __getitem__(self, index):
        return (POINTS[: self.count][4 * index : 4 * index + 4],)


def from_dataset(gan, count):
    return gan.fit(Dataset(count), epochs=1, verbose=0, shuffle=False).history


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    report = {"backend": keras.config.backend(), "counts": COUNTS, "penalties": [*PENALTIES]}
    report["steps"] = {name: [steps(gan, count) for count in COUNTS] for name, gan in gans()}
    report["fit"] = {"plain": fitted(plain_gan(), 5), "energy": fitted(energy_gan(), 5)}
    report["fit"]["two D steps"] = fitted(energy_gan(d_steps=2), 6)  # a last batch of one sample for each step
    report["dataset"] = from_dataset(energy_gan(), 5)
    report["odd"] = refused(lambda: from_dataset(energy_gan(d_steps=2), 7))
    report["short"] = refused(lambda: from_dataset(energy_gan(d_steps=2), 5))
    keras.config.set_dtype_policy("mixed_float16")
    report["fit"]["mixed precision"] = fitted(energy_gan(), 5)
    report["fit"]["mixed precision, plain"] = fitted(plain_gan(), 5)
    print(json.dumps(report))
