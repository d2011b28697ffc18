"""Numbers that a lesson claims: one printed line each, with the bound that the number has to keep."""

import math

import numpy as np


def claim(text, value, *, above=None, below=None, near=None, within=None, unit=""):
    """Print a number, and the limits that it must stay within, in one line.

    The result of a training differs a little from machine to machine. Give it a limit, `above` or `below` or both; it
    is printed after "≈": `accuracy ≈ 0.972   (above 0.95)`. nbval, which tests the notebooks, then ignores the number
    and compares the rest of the line, see `notebooks/sanitize.cfg`. Any other number is exact: it is printed after "=",
    and nbval compares all its digits. If a limit is broken, the line says so,
    `accuracy ≈ 0.91   (NOT above 0.95 here)`; the notebook continues, and nbval fails.

    Args:
        text: what the number is, for example "accuracy on unseen digits".
        value: the number: a Python or NumPy number, or an array or a tensor with one element. No boolean.
        above: the number has to be larger than this. Defaults to `None`: no such bound.
        below: the number has to be smaller than this. Defaults to `None`: no such bound.
        near: the value that an exact number must have. Give `within`, too. Defaults to `None`: no such bound.
        within: the largest allowed distance from `near`, above 0. The number is printed to this precision. Defaults to
            `None`.
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
            f"Invalid value. Expected one number. Received: {value!r}. Claim the number itself, not the result of a "
            "comparison: claim('accuracy', accuracy, above=0.95)."
        )
    return array.reshape(()).item()


def _require_bounds(above, below, near, within):
    if (near is None) != (within is None) or (near is not None and (above is not None or below is not None)):
        raise ValueError(
            "Invalid bounds. Expected `near` and `within` together, or `above`, or `below`, or `above` and `below`, or "
            f"none of the four. Received: above={above}, below={below}, near={near}, within={within}. Use `near` and "
            "`within` for an exact number, `above` and `below` for a number that comes from a training."
        )
    if within is not None and not 0 < within < math.inf:
        raise ValueError(f"Invalid within. Expected a number above 0. Received: {within!r}. Try within=1e-4.")
    if above is not None and below is not None and not above < below:
        raise ValueError(
            f"Invalid bounds. Expected `above` to be smaller than `below`. Received: above={above}, below={below}. "
            "Swap the two values."
        )


def _is_between(number, above, below):
    return (above is None or number > above) and (below is None or number < below)  # False for NaN


def _range_in_words(above, below):
    if below is None:
        return f"above {above:g}"
    return f"below {below:g}" if above is None else f"between {above:g} and {below:g}"


def _rounded(number, digits=3):
    """A number with so many significant digits; whole numbers whole, and no exponent where a reader needs none."""
    if isinstance(number, int) or (math.isfinite(number) and 10**digits - 0.5 <= abs(number) < 1e6):
        return f"{number:,.0f}"
    return f"{number:.{digits}g}"
