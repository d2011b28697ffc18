"""What the models of the family share besides their data: the history of a training, and checks of their state."""

import dataclasses
import numbers


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
            "Received: a new model. Call fit(levels) with the levels of the training pictures."
        )


def require_seed(seed):
    """Check that a seed is an integer from 0 to 2³² − 1, or None.

    Args:
        seed: the seed of a model. None stands for other random numbers each time.

    Raises:
        ValueError: for another value.
    """
    whole = isinstance(seed, numbers.Integral) and not isinstance(seed, bool)
    if seed is not None and not (whole and 0 <= seed < 2**32):
        raise ValueError(
            f"Invalid seed. Expected None or an integer from 0 to 2**32 - 1. Received: {seed!r}. Try seed=0."
        )
