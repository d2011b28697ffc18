"""A doctor for anybody's Keras GAN: it watches a training, and says what is wrong, with the number that proves it.

    with doctor.watch(generator=g, discriminator=d, combined=gan, real=x, latent_dim=100) as visit:
        train(...)  # your own loop, a few hundred steps
    print(visit)

It works with any Keras 3 models and any loop: `train_on_batch` with a combined model, a `train_step`,
`tf.GradientTape`, JAX, PyTorch. It changes nothing in the training: the weights are the same, bit for bit.
"""

import contextlib

from gan_course.doctor.findings import ORDER, Finding
from gan_course.doctor.names import callers, names_of
from gan_course.doctor.visit import Visit, as_samples, require_models

__all__ = ["ORDER", "Finding", "Visit", "examine", "watch"]


@contextlib.contextmanager
def watch(generator, discriminator, combined=None, real=None, latent_dim=None, labels=None, sample=None):
    """Context manager: watch a training, and afterwards say what is wrong with it.

    Args:
        generator: `keras.Model` from noise, or a list of noise and labels, to samples `(batch, ...)`.
        discriminator: `keras.Model` from samples, or a list of samples and labels, to scores.
        combined: the model that trains the generator through the discriminator. Defaults to None: there is none.
        real: array of real samples `(count, ...)`. Defaults to None: what D gets during the training.
        latent_dim: size of a noise vector. Defaults to None: that of the generator's input.
        labels: array of labels `(count, ...)` of `real`, for networks that take labels. Defaults to None: as they are
            seen in the training, or else all classes.
        sample: function from a count to samples `(count, ...)`, for generators with inputs of another kind. Defaults
            to None: the generator is called with noise.

    Yields:
        A `Visit`. After the block `visit.findings` is a list of `Finding`, and `print(visit)` prints the report. If the
        block raises an exception, the visit ends with its report all the same, and the exception goes on.

    Raises:
        ValueError: for arguments that are no Keras models, or real data that do not fit the discriminator.
    """
    visit = _visit(generator, discriminator, combined, real, latent_dim, labels, sample)
    visit.begin()
    try:
        yield visit
    except BaseException as error:
        visit.error = f"{type(error).__name__}: {str(error).strip().splitlines()[0] if str(error).strip() else ''}"
        raise
    finally:
        visit.end()


def examine(generator, discriminator, combined=None, real=None, latent_dim=None, labels=None, sample=None):
    """Say what can be seen of two networks without a training.

    Args:
        generator: as for `watch`.
        discriminator: as for `watch`.
        combined: as for `watch`.
        real: as for `watch`.
        latent_dim: as for `watch`.
        labels: as for `watch`.
        sample: as for `watch`.

    Returns:
        A `Visit` with its findings.

    Raises:
        ValueError: as for `watch`.
    """
    visit = _visit(generator, discriminator, combined, real, latent_dim, labels, sample)
    visit.examine(watched=False)
    return visit


def _visit(generator, discriminator, combined, real, latent_dim, labels, sample):
    """A new `Visit`, after all checks."""
    models = {"generator": generator, "discriminator": discriminator}
    require_models(**models, **({} if combined is None else {"combined": combined}))
    if real is not None:
        as_samples(real, discriminator)
    names = names_of(models | {"combined": combined, "real": real}, callers())
    return Visit(models, combined, real, latent_dim, labels, sample, names)
