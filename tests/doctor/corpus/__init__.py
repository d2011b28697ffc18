"""Small GANs that are ill, each written after a public report, and healthy ones, for the tests of the doctor.

`CASES` has all of them. A module has the patients of one kind of illness, `healthy` and `healthy_loops` those that have none.
"""

from . import data, healthy, healthy_loops, losses, noise, outcomes, players, statistics  # noqa: F401  (importing a module registers its cases)
from .registry import CASES, Case, Patient

__all__ = ["CASES", "Case", "Patient"]
