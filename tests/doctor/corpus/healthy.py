"""GANs that are well, though young: the doctor must find nothing in them above a note."""

from . import parts, signs
from .registry import Patient, healthy


@healthy(source="https://github.com/keras-team/keras/issues/4674", sign=signs.both_play)
def frozen_around_each_step(seed):
    """The usual loop, with D frozen only while the combined model trains."""
    x = parts.digits()
    g, d = parts.dense_generator(), parts.dense_discriminator()
    combined = parts.compiled(g, d)
    return Patient(lambda: parts.alternate(g, d, combined, x), g, d, combined, x, parts.LATENT)
