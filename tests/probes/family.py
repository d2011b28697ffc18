"""What the tests of this room ask of one backend, in a process of its own: prints one JSON object.

Choose the backend with KERAS_BACKEND. The argument says for which test file: `vae`, `transformer`, `flow`, `coupling`
or `diffusion`.
"""

import itertools
import json
import sys

import keras
import numpy as np

RNG = np.random.default_rng(0)


def striped(count, pixels, levels):
    """Pictures that count upwards from a random level, with a mistake here and there."""
    start = RNG.integers(levels, size=(count, 1))
    return (start + np.arange(pixels) + (RNG.uniform(size=(count, pixels)) < 0.1)) % levels


def vae():
    from gan_course.family.vae import PixelVAE

    model = PixelVAE(pixels=3, levels=2, latent_dim=1, hidden=16, seed=0)
    levels = striped(400, 3, 2)
    losses = model.fit(levels, levels[:50], epochs=15, learning_rate=1e-2).history["loss"]
    everything = np.array(list(itertools.product(range(2), repeat=3)))
    # One code in one dimension: the integral over all codes is a sum over a fine grid.
    codes = np.linspace(-8, 8, 4001).astype("float32")[:, None]
    logits = keras.ops.convert_to_numpy(model.decoder.predict_on_batch(codes)).astype("float64")
    logs = logits - np.log(np.exp(logits).sum(axis=-1, keepdims=True))
    given = np.exp(sum(logs[:, pixel, everything[:, pixel]] for pixel in range(3)))
    prior = np.exp(-(codes.astype("float64") ** 2) / 2)
    true = np.log((given * prior).sum(axis=0) / prior.sum())
    counted = np.bincount(model.sample(20_000, seed=1) @ [4, 2, 1], minlength=8)
    return {
        "losses": losses,
        "true": true.tolist(),
        "elbo": model.elbo(everything, draws=150).tolist(),
        "importance_5": np.mean(
            [model.log_likelihood_bound(everything, seed, draws=5) for seed in range(40)], axis=0
        ).tolist(),
        "importance_800": model.log_likelihood_bound(everything, draws=800).tolist(),
        "loss_of_all": float(np.mean([model.network.evaluate(levels, levels, verbose=0) for _ in range(10)])),
        "elbo_of_all": float(model.elbo(levels, draws=50).mean()),
        "counted": counted.tolist(),
    }


def transformer():
    from gan_course.family.autoregressive import PixelTransformer

    model = PixelTransformer(shape=(2, 3), levels=4, width=8, blocks=2, heads=2, seed=0)
    picture = RNG.integers(4, size=(1, 6))
    logits = model.network.predict_on_batch(picture)
    moved = []
    for pixel in range(6):
        other = picture.copy()
        other[0, pixel] = (other[0, pixel] + 1) % 4
        moved.append(np.abs(model.network.predict_on_batch(other) - logits).max(axis=(0, 2)).tolist())
    shorter = np.abs(model.network.predict_on_batch(picture[:, :3]) - logits[:, :3]).max()

    tiny = PixelTransformer(shape=(1, 3), levels=2, width=8, blocks=1, heads=2)
    losses = tiny.fit(striped(400, 3, 2), epochs=6, batch_size=20, learning_rate=1e-2).history["loss"]
    everything = np.array(list(itertools.product(range(2), repeat=3)))
    counted = np.bincount(tiny.sample(20_000, seed=1) @ [4, 2, 1], minlength=8)
    return {
        "moved": moved,
        "shorter": float(shorter),
        "losses": losses,
        "log_likelihood": tiny.log_likelihood(everything).tolist(),
        "counted": counted.tolist(),
    }


def coupling():
    from gan_course.family.coupling import Gaussianize, coupling_network, invert

    network = coupling_network(4, 6, 8)
    network.set_weights([RNG.normal(0, 0.4, size=weight.shape) for weight in network.get_weights()])
    points = RNG.normal(size=(6, 4))
    latent, log_det = network.predict_on_batch(points)
    layer = Gaussianize(3, seed=0)
    levels = RNG.integers(3, size=(50, 2)) // RNG.integers(1, 3, size=(50, 2))
    layer.build((None, 2))
    layer.count(levels)
    noise = RNG.uniform(0.01, 0.99, size=levels.shape)
    normal, change = map(keras.ops.convert_to_numpy, layer.transform(levels, keras.ops.array(noise, "float32")))
    return {
        "log_det": log_det[:, 0].tolist(),
        "latent": latent.tolist(),
        "weights": [weight.tolist() for weight in network.get_weights()],
        "points": points.tolist(),
        "there_and_back": invert(network, latent).tolist(),
        "levels": levels.tolist(),
        "noise": noise.tolist(),
        "normal": normal.tolist(),
        "change": change[:, 0].tolist(),
        "levels_back": layer.inverse(normal).tolist(),
    }


def flow():
    from sklearn.datasets import make_moons

    from gan_course.family.flow import Flow, PixelFlow

    points = 3 * make_moons(1000, noise=0.1, random_state=0)[0] + [10, -5]
    model = Flow(couplings=6, hidden=32, seed=0)
    losses = model.fit(points, epochs=15, learning_rate=1e-2).history["loss"]
    latent, _ = model.forward(points)
    middle, width = points.mean(axis=0), 6 * points.std(axis=0)
    # A grid of 24 × 24 cells, and in each of them 20 × 20 places at which the density is computed.
    axes = [m + w * ((np.arange(480) + 0.5) / 240 - 1) for m, w in zip(middle, width, strict=True)]
    places = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 2)
    density = np.exp(model.log_density(places)).reshape(24, 20, 24, 20)
    edges = [np.linspace(m - w, m + w, 25) for m, w in zip(middle, width, strict=True)]
    drawn = model.sample(20_000, seed=1)

    tiny = PixelFlow(pixels=2, levels=3, couplings=4, hidden=16, seed=0)
    pictures = striped(400, 2, 3)
    tiny_losses = tiny.fit(pictures, pictures[:60], epochs=10, learning_rate=1e-2).history["loss"]
    everything = np.array(list(itertools.product(range(3), repeat=2)))
    # The mean density over all noise, on a grid: the probability itself.
    noise = np.array(list(itertools.product((np.arange(150) + 0.5) / 150, repeat=2)))
    true = [np.log(np.exp(tiny.log_density(np.tile(picture, (len(noise), 1)), noise)).mean()) for picture in everything]
    return {
        "losses": losses,
        "log_density": float(model.log_density(points).mean()),
        "there_and_back": float(np.abs(model.inverse(latent) - points).max()),
        "cells": (density.sum(axis=(1, 3)) * width.prod() / 240**2).tolist(),
        "drawn": np.histogram2d(*drawn.T, bins=edges)[0].tolist(),
        "tiny_losses": tiny_losses,
        "true": np.array(true).tolist(),
        "one_draw": tiny.log_likelihood_bound(np.tile(everything, (200, 1)), draws=1)
        .reshape(200, 9)
        .mean(axis=0)
        .tolist(),
        "many_draws": tiny.log_likelihood_bound(everything, draws=150).tolist(),
        "counted": np.bincount(tiny.sample(20_000, seed=1) @ [3, 1], minlength=9).tolist(),
    }


def diffusion():
    from gan_course.family.diffusion import PixelDiffusion
    from gan_course.family.noising import sample_ddim

    model = PixelDiffusion(shape=(1, 3), levels=2, steps=20, width=8, seed=0)
    levels = striped(400, 3, 2)
    losses = model.fit(levels, levels[:50], epochs=20, learning_rate=1e-2).history["loss"]
    counted = np.bincount(model.sample(4_000, seed=1) @ [4, 2, 1], minlength=8)
    ours = model.sample(50, seed=2, passes=5)
    noise = np.random.default_rng(2).standard_normal((50, 1, 3, 1))
    own = sample_ddim(model.estimate_noise, noise, model.signal, 5, limit=1.0)
    return {
        "losses": losses,
        "counted": counted.tolist(),
        "expected": np.bincount(levels @ [4, 2, 1], minlength=8).tolist(),
        "ddim_differs": int((model.sample(50, seed=2, passes=5) != ours).sum()),
        "ddim_of_own_noise_differs": int((np.rint((own.reshape(50, 3) + 1) / 2) != ours).sum()),
    }


if __name__ == "__main__":
    probes = {"vae": vae, "transformer": transformer, "coupling": coupling, "flow": flow, "diffusion": diffusion}
    found = probes[sys.argv[1]]()
    print(json.dumps({"backend": keras.backend.backend(), **found}))
