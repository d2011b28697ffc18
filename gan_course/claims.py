"""Numbers that a lesson claims: one printed line each, with the bound that the number has to keep."""

import math

import numpy as np


def claim(text, value, *, above=None, below=None, near=None, within=None, unit=""):
    """Print a number in one line, and the bound that it has to keep.

    A number that comes out of a training differs a little from machine to machine. It is given a bound, `above` or
    `below` or both, and is printed behind "≈": `accuracy ≈ 0.972   (above 0.95)`. nbval compares the line without that
    number, see `notebooks/sanitize.cfg`. Any other number is exact and is printed behind "=", and nbval compares every
    digit of it. Where the bound does not hold, the line says so, `accuracy ≈ 0.91   (NOT above 0.95 here)`; the
    notebook goes on, and nbval fails.

    Args:
        text: what the number is, for example "accuracy on unseen digits".
        value: the number: a Python or NumPy number, or an array or a tensor with one element. No boolean.
        above: the number has to be larger than this. Defaults to `None`: no such bound.
        below: the number has to be smaller than this. Defaults to `None`: no such bound.
        near: what an exact number has to be. It goes with `within`. Defaults to `None`: no such bound.
        within: how far from `near` the number may be, above 0. As many digits of it are printed. Defaults to `None`.
        unit: printed behind the number, for example "nats" or "%". Defaults to "": none.

    Raises:
        TypeError: for a value that is no number, such as a boolean: show what it was computed from.
        ValueError: for `near` without `within` or the reverse, for either of them beside `above` or `below`, for a
            lower bound that is not below the upper one, and for a `within` that is not positive.

    Example:
        >>> claim("2·log 2", 2 * math.log(2), near=1.3863, within=1e-4, unit="nats")
        2·log 2 = 1.3863 nats   (within 0.0001 of 1.3863)
        >>> claim("accuracy on unseen digits", 0.972, above=0.95)
        accuracy on unseen digits ≈ 0.972   (above 0.95)
    """
    number = _number(value)
    _require_bounds(above, below, near, within)
    unit = f" {unit}" if unit else ""
    if near is not None:
        decimals = max(0, math.ceil(-math.log10(within)))
        bound, holds = f"within {within:g} of {near:g}", abs(number - near) <= within
        line = f"{text} = {number:.{decimals}f}{unit}"
    elif above is not None or below is not None:
        bound, holds = _range_in_words(above, below), _is_between(number, above, below)
        line = f"{text} ≈ {_rounded(number)}{unit}"
    else:
        print(f"{text} = {_rounded(number, digits=5)}{unit}")
        return
    print(f"{line}   ({bound})" if holds else f"{line}   (NOT {bound} here)")


def _number(value):
    """The value as a Python number."""
    array = np.asarray(value)
    if array.dtype.kind not in "iuf" or array.size != 1:
        raise TypeError(
            f"Invalid value. Expected one number. Received: {value!r}. Claim the number itself, not whether it keeps "
            "its bound: claim('accuracy', accuracy, above=0.95)."
        )
    return array.reshape(()).item()


def _require_bounds(above, below, near, within):
    if (near is None) != (within is None) or (near is not None and (above is not None or below is not None)):
        raise ValueError(
            "Invalid bounds. Expected near with within, or above, below or both of these, or nothing. Received: "
            f"above={above}, below={below}, near={near}, within={within}. Give an exact number near and within."
        )
    if within is not None and not 0 < within < math.inf:
        raise ValueError(f"Invalid within. Expected a number above 0. Received: {within!r}. Try within=1e-4.")
    if above is not None and below is not None and not above < below:
        raise ValueError(
            f"Invalid bounds. Expected above to be smaller than below. Received: above={above}, below={below}. "
            "Exchange them."
        )


def _is_between(number, above, below):
    return (above is None or number > above) and (below is None or number < below)  # False for NaN


def _range_in_words(above, below):
    if below is None:
        return f"above {above:g}"
    return f"below {below:g}" if above is None else f"between {above:g} and {below:g}"


def _rounded(number, digits=3):
    """A number with so many significant digits; whole numbers whole, and no exponent where a reader needs none."""
    if isinstance(number, int) or (math.isfinite(number) and 10**digits <= abs(number) < 1e6):
        return f"{number:,.0f}"
    return f"{number:.{digits}g}"
