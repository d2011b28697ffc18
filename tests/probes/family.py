"""What test_vae.py and test_autoregressive.py ask of one backend, in a process of its own: prints one JSON object.

Choose the backend with KERAS_BACKEND. The argument says which: `vae` or `transformer`.
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
        "elbo": model.elbo(everything, draws=300).tolist(),
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


if __name__ == "__main__":
    found = {"vae": vae, "transformer": transformer}[sys.argv[1]]()
    print(json.dumps({"backend": keras.backend.backend(), **found}))
