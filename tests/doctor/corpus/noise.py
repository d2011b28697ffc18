"""Patients whose noise, fakes or order of the data are not what they should be."""

import keras
from keras import layers

from . import parts, signs
from .registry import Patient, patient


def other_noise_other_samples(course):
    """For the noise of the training the scores are good; for fresh noise the samples look different."""
    patient = course.patient
    return signs.relative_spread(patient) < 0.5


@patient(
    "noise-mismatch",
    source="https://github.com/tensorflow/tensorflow/issues/33018",
    backends=("torch",),
    sign=other_noise_other_samples,
)
def one_noise_batch_for_ever(seed):
    """The noise is drawn once, before the loop, so G sees the same 64 vectors in every step."""
    import torch

    x = parts.digits(0, 1)
    g, d = parts.dense_generator("sigmoid"), parts.dense_discriminator(None)
    d_optimizer = torch.optim.Adam(d.parameters(), lr=1e-3)
    g_optimizer = torch.optim.Adam(g.parameters(), lr=1e-3)
    loss = torch.nn.BCEWithLogitsLoss()

    def train():
        z = torch.randn(64, parts.LATENT)
        for _ in range(200):
            fakes = g(z)
            real_output, fake_output = d(torch.as_tensor(parts.pick(x))), d(fakes.detach())
            d_loss = loss(real_output, torch.ones(64, 1)) + loss(fake_output, torch.zeros(64, 1))
            d_optimizer.zero_grad()
            d_loss.backward()
            d_optimizer.step()
            g_loss = loss(d(fakes), torch.ones(64, 1))
            g_optimizer.zero_grad()
            g_loss.backward()
            g_optimizer.step()

    return Patient(train, g, d, None, x, parts.LATENT)


_ = keras, layers
