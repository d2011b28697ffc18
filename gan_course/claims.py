"""Numbers that a lesson claims, each in a line with the bound that it has to satisfy, and answers that are folded."""

import contextlib
import html
import io
import math
import sys

import numpy as np

from gan_course.arguments import require_number


def claim(
    text: str,
    value,
    *,
    above: float | None = None,
    below: float | None = None,
    near: float | None = None,
    within: float | None = None,
    unit: str = "",
) -> None:
    """Print a number and the bound that it has to satisfy, in one line.

    The result of a training differs a little from machine to machine. Give it a bound, `above` or `below` or both. It
    is printed after "≈": `accuracy ≈ 0.972   (above 0.95)`. nbval, which tests the notebooks, then ignores the number
    and compares the rest of the line (see `notebooks/sanitize.cfg`). Any other number is exact: it is printed after
    "=", and nbval compares all its digits. If a number does not satisfy its bound, the line says so:
    `accuracy ≈ 0.91   (NOT above 0.95 here)`. The notebook continues, and nbval fails.

    Args:
        text: what the number is, for example "accuracy on unseen digits".
        value: the number: a Python or NumPy number, or an array or a tensor with one element, but not a boolean.
        above: the number has to be larger than this. Defaults to `None`: no such bound.
        below: the number has to be smaller than this. Defaults to `None`: no such bound.
        near: the value that an exact number has to have. Give `within`, too. Defaults to `None`: no such bound.
        within: the largest distance from `near` that is allowed, above 0. It also decides how many digits are printed.
            Defaults to `None`.
        unit: printed after the number, for example "nats" or "%". Defaults to "": none.

    Raises:
        TypeError: for a value that is not one number, for example a boolean.
        ValueError: for only one of `near` and `within`, for one of these two together with `above` or `below`, for an
            `above` that is not smaller than `below`, and for a `within` that is not positive.

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
        statement = f"{text} = {number:.{decimals}f}{unit}"
    elif above is not None or below is not None:
        bound, holds = _range_in_words(above, below), _is_between(number, above, below)
        statement = f"{text} ≈ {_rounded(number)}{unit}"
    else:
        print(f"{text} = {_rounded(number, digits=5)}{unit}")
        return
    print(f"{statement}   ({bound})" if holds else f"{statement}   (NOT {bound} here)")


@contextlib.contextmanager
def answer(prediction=None):
    """Fold away what is printed inside a `with` statement, so that a reader can predict before looking.

    A notebook shows one line, "Open the answer", and the printed text below it after a click. This is plain HTML: it
    needs no kernel, and it works in a notebook that is not trusted. Outside of a notebook the text is printed.

    Args:
        prediction: what the reader predicted; it is shown above the answer. Defaults to `None`: no prediction was
            made, and none is shown.

    Example:
        >>> with answer(prediction=0.9):
        ...     claim("accuracy", 0.972, above=0.95)
        Your prediction: 0.9
        accuracy ≈ 0.972   (above 0.95)
    """
    with contextlib.redirect_stdout(io.StringIO()) as said:
        yield
    text = said.getvalue().rstrip("\n")
    if prediction is not None:
        text = f"Your prediction: {prediction}\n{text}"
    ipython = sys.modules.get("IPython")  # a notebook has imported it
    if ipython is None or ipython.get_ipython() is None:
        print(text)
        return
    folded = f"<details><summary>Open the answer</summary><pre>{html.escape(text)}</pre></details>"
    ipython.display.display({"text/html": folded, "text/plain": text}, raw=True)


def _number(value):
    """The value as a Python number."""
    array = np.asarray(value)
    if array.dtype.kind not in "iuf" or array.size != 1:
        raise TypeError(
            f"Invalid value. Expected one number. Received: {value!r}. Claim the number itself, not the result of a "
            "comparison, for example claim('accuracy', accuracy, above=0.95)."
        )
    return array.reshape(()).item()


def _require_bounds(above, below, near, within):
    """Check that the bounds fit together."""
    if (near is None) != (within is None) or (near is not None and (above is not None or below is not None)):
        raise ValueError(
            "Invalid bounds. Expected `near` and `within` together, or `above`, or `below`, or `above` and `below`, or "
            f"none of the four. Received: above={above}, below={below}, near={near}, within={within}. Use `near` and "
            "`within` for an exact number, `above` and `below` for a number that comes from a training."
        )
    if within is not None:
        require_number(1e-4, above=0, within=within)
    if above is not None and below is not None and not above < below:
        raise ValueError(
            f"Invalid bounds. Expected `above` to be smaller than `below`. Received: above={above}, below={below}. "
            "Swap the two values."
        )


def _is_between(number, above, below):
    """Whether the number keeps the bounds that are given. NaN keeps none."""
    return (above is None or number > above) and (below is None or number < below)


def _range_in_words(above, below):
    """The bounds as they are printed."""
    if below is None:
        return f"above {above:g}"
    return f"below {below:g}" if above is None else f"between {above:g} and {below:g}"


def _rounded(number, digits=3):
    """A number as text, with so many significant digits. Integers and numbers of up to six digits have no exponent."""
    if isinstance(number, int) or (math.isfinite(number) and 10**digits - 0.5 <= abs(number) < 1e6):
        return f"{number:,.0f}"
    return f"{number:.{digits}g}"
