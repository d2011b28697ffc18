"""Checks of arguments for the whole package: `require_...` raises a ValueError that says how to mend the argument."""

import math
import numbers


def is_count(value):
    """Whether a value is an integer of at least 1, Python's or NumPy's. True and False do not count."""
    return isinstance(value, numbers.Integral) and not isinstance(value, bool) and value >= 1


def require_count(example=10, /, **values):
    """Check that each value is an integer of at least 1.

    Args:
        example: a sensible value, shown in the message. Defaults to 10.
        **values: names and values of the arguments.

    Raises:
        ValueError: for a value that is not such an integer.

    Example:
        >>> require_count(64, batch_size=0)
        Traceback (most recent call last):
        ValueError: Invalid batch_size. Expected an integer of at least 1. Received: 0. Try batch_size=64.
    """
    for name, value in values.items():
        if not is_count(value):
            raise ValueError(
                f"Invalid {name}. Expected an integer of at least 1. Received: {value!r}. Try {name}={example}."
            )


def require_number(example=1.0, /, *, above=-math.inf, at_least=-math.inf, below=math.inf, at_most=math.inf, **values):
    """Check that each value is a finite real number within the bounds.

    Args:
        example: a sensible value, shown in the message. Defaults to 1.0.
        above: each value has to be larger. Defaults to −∞: no bound.
        at_least: each value has to be as large, or larger. Defaults to −∞: no bound.
        below: each value has to be smaller. Defaults to ∞: no bound.
        at_most: each value has to be as small, or smaller. Defaults to ∞: no bound.
        **values: names and values of the arguments.

    Raises:
        ValueError: for a value that is not a real number, is NaN or infinite, or lies outside of the bounds.

    Example:
        >>> require_number(0.9, at_least=0, below=1, momentum=1)
        Traceback (most recent call last):
        ValueError: Invalid momentum. Expected a number of at least 0 and below 1. Received: 1. Try momentum=0.9.
    """
    bounds = {"above": above, "of at least": at_least, "below": below, "of at most": at_most}
    said = " and ".join(f"{words} {bound:g}" for words, bound in bounds.items() if math.isfinite(bound))
    for name, value in values.items():
        is_number = isinstance(value, numbers.Real) and not isinstance(value, bool) and math.isfinite(value)
        if not (is_number and above < value < below and at_least <= value <= at_most):
            raise ValueError(
                f"Invalid {name}. Expected a {'' if said else 'finite '}number{said and ' '}{said}. "
                f"Received: {value!r}. Try {name}={example}."
            )


def require_seed(seed):
    """Check that a seed is None, or an integer that Python, NumPy and the backends all take as a seed.

    Args:
        seed: the seed, an integer from 0 to 2³² − 1, or None.

    Raises:
        ValueError: for another value.
    """
    is_integer = isinstance(seed, numbers.Integral) and not isinstance(seed, bool)
    if seed is not None and not (is_integer and 0 <= seed < 2**32):
        raise ValueError(
            f"Invalid seed. Expected None or an integer from 0 to 2**32 - 1. Received: {seed!r}. Try seed=0."
        )


def require_one_of(choices, /, **values):
    """Check that each value is one of the choices.

    Args:
        choices: the values that are allowed, hashable or not.
        **values: names and values of the arguments. An underscore in a name is shown as a space.

    Raises:
        ValueError: for a value that is not among the choices.

    Example:
        >>> require_one_of(["train", "test"], split="validation")
        Traceback (most recent call last):
        ValueError: Unknown split. Expected one of ['train', 'test']. Received: 'validation'. Choose one of these.
    """
    choices = list(choices)
    for name, value in values.items():
        if value not in choices:
            raise ValueError(
                f"Unknown {name.replace('_', ' ')}. Expected one of {choices}. Received: {value!r}. "
                "Choose one of these."
            )


def require_same_length(**values):
    """Check that all values, which are sequences or one-dimensional arrays, have the same number of elements.

    Args:
        **values: names and values of the arguments.

    Raises:
        ValueError: if two of the lengths differ, or if the sequences are empty.
    """
    lengths = {name: len(value) for name, value in values.items()}
    if len(set(lengths.values())) != 1 or 0 in lengths.values():
        raise ValueError(
            f"Invalid lengths. Expected as many elements in each of {', '.join(lengths)}, and at least one. "
            f"Received: {', '.join(f'{length} {name}' for name, length in lengths.items())}. "
            "Give one value of each per component."
        )


def require_probabilities(**values):
    """Check that each value is a sequence of probabilities that sum to one, with a tolerance of 10⁻⁶.

    Args:
        **values: names and values of the arguments.

    Raises:
        ValueError: if a probability is negative or NaN, or if the sum is not one.
    """
    for name, probabilities in values.items():
        probabilities = [float(probability) for probability in probabilities]
        if not (all(p >= 0 for p in probabilities) and abs(math.fsum(probabilities) - 1) <= 1e-6):
            raise ValueError(
                f"Invalid {name}. Expected probabilities that are not negative and sum to 1. "
                f"Received: {probabilities}, with the sum {math.fsum(probabilities):g}. Divide them by their sum."
            )
