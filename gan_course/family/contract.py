"""What the models of the family share besides their data: the history of a training, and checks before the calls."""

import dataclasses

import numpy as np

from gan_course.arguments import require_count, require_seed


@dataclasses.dataclass
class History:
    """What `fit` returns. It is read like the history of Keras.

    Attributes:
        history: dictionary of lists with one number per epoch or iteration: `"loss"`, in nats per picture, and
            `"val_loss"` where validation pictures were given.
    """

    history: dict[str, list[float]]


def require_fitted(model):
    """Check that a model has been fitted.

    Args:
        model: a model of the family, with an attribute `fitted`.

    Raises:
        ValueError: for a model that has not been fitted.
    """
    if not model.fitted:
        raise ValueError(
            f"This {type(model).__name__} has not been fitted yet. Expected a call of fit first. "
            "Received: a new model. Call its method fit with the training data."
        )


def start_sampling(model, count, seed):
    """Check what all `sample` methods take, and make the random numbers that a seed gives.

    Args:
        model: a model of the family, with an attribute `fitted`.
        count: how many pictures to draw.
        seed: integer, or None for other random numbers each time.

    Returns:
        A `numpy.random.Generator`.

    Raises:
        ValueError: for a model that has not been fitted, a count that is not an integer of at least 1, or a bad seed.
    """
    require_fitted(model)
    require_count(count=count)
    require_seed(seed)
    return np.random.default_rng(seed)
