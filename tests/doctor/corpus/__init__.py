"""Small GANs that are ill, each written after a public report, and healthy ones, for the tests of the doctor.

`CASES` has all of them. A module has the patients of one kind of illness; `healthy` and `healthy_loops` have those
that are well. A case is admitted with a seed and then trained:

    patient = case.admit(seed=0)
    patient.train()

A new patient is a function with the decorator `patient`, an address of a public report, and a sign: see `signs`.
"""

# Importing a module registers its cases.
from . import data, growth, healthy, healthy_loops, losses, noise, outcomes, players, statistics, wrapped  # noqa: F401
from .registry import CASES, Case, Patient

__all__ = ["CASES", "Case", "Patient"]
