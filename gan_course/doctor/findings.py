"""What a finding is, how findings are ordered, and which of them are consequences of others."""

from dataclasses import dataclass, replace

SEVERITIES = ("illness", "risk", "note")
"""From the worst on: an illness keeps the GAN from training, a risk may, a note is only worth knowing."""

_LESSONS = "https://github.com/gan-course/gan-course/blob/main/notebooks/"
_OF = {
    "03_the_combined_model": (
        *("sleeping-discriminator", "sleeping-generator", "combined-trains-discriminator", "batch-statistics"),
    ),
    "04_the_training_algorithm": ("shared-optimizer", "standing-still", "unshuffled-data", "stale-fakes"),
    "05_gans_for_images": ("range-mismatch", "noise-mismatch"),
    "02_the_objective_function": ("logits-mismatch", "label-range", "label-mix-up", "misread-loss"),
    "06_when_training_fails": ("vanishing-gradient", "blind-discriminator", "mode-collapse", "exploding"),
    "07_measuring_a_gan": ("copying",),
}

ORDER = (
    *("not-built", "no-training", "exploding", "shared-optimizer", "sleeping-discriminator", "sleeping-generator"),
    *("combined-trains-discriminator", "logits-mismatch", "label-mix-up", "label-range", "range-mismatch"),
    *("noise-mismatch", "stale-fakes", "unshuffled-data", "batch-statistics", "standing-still", "vanishing-gradient"),
    *("blind-discriminator", "copying", "mode-collapse", "misread-loss"),
)
"""Names of all findings; among equally bad ones, causes stand before what they may cause."""

_OUTCOMES = ("vanishing-gradient", "blind-discriminator", "mode-collapse")

CONSEQUENCES = {
    "exploding": (*_OUTCOMES, "standing-still", "batch-statistics", "copying", "label-mix-up", "sleeping-generator"),
    "shared-optimizer": (*_OUTCOMES, "sleeping-discriminator", "sleeping-generator", "standing-still"),
    "sleeping-discriminator": (*_OUTCOMES, "standing-still", "batch-statistics", "label-mix-up", "copying"),
    "sleeping-generator": (*_OUTCOMES, "standing-still", "batch-statistics", "label-mix-up"),
    "combined-trains-discriminator": (*_OUTCOMES, "label-mix-up"),
    "logits-mismatch": (*_OUTCOMES, "batch-statistics"),
    "label-mix-up": (*_OUTCOMES, "batch-statistics"),
    "range-mismatch": (*_OUTCOMES, "batch-statistics"),
    "noise-mismatch": ("mode-collapse", "vanishing-gradient"),
    "stale-fakes": _OUTCOMES,
    "unshuffled-data": _OUTCOMES,
    "batch-statistics": _OUTCOMES,
    "standing-still": _OUTCOMES,
    "vanishing-gradient": ("mode-collapse",),
    "blind-discriminator": ("mode-collapse",),
    "copying": ("mode-collapse",),
}
"""Name → names of findings that it explains."""


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong with a GAN.

    Attributes:
        name: one of `ORDER`.
        severity: "illness", "risk" or "note".
        evidence: sentence with the number that was measured, and what it would be in a healthy GAN.
        cause: how this comes about.
        remedy: code that mends it.
        on_labels: whether it was measured on the labels that the script gives, which no other finding explains.
    """

    name: str
    severity: str
    evidence: str
    cause: str
    remedy: str
    on_labels: bool = False

    @property
    def lesson(self):
        """Address of the lesson that explains it."""
        file = next((lesson for lesson, names in _OF.items() if self.name in names), "06_when_training_fails")
        return f"{_LESSONS}{file}.ipynb"


def ordered(findings):
    """Findings in the order of a report, worst first and causes before consequences.

    A finding that another one explains becomes a note that says so, but not one that was measured on labels.

    Args:
        findings: list of `Finding`, in any order.

    Returns:
        New list.
    """
    ill = [f.name for f in sorted(findings, key=_place) if f.severity != "note"]
    explained = []
    for finding in findings:
        causes = [name for name in ill if finding.name in CONSEQUENCES.get(name, ()) and name != finding.name]
        if causes and finding.severity != "note" and not finding.on_labels:
            text = f"{finding.evidence} This may be only a consequence of {causes[0]}: mend that first."
            finding = replace(finding, severity="note", evidence=text)
        explained.append(finding)
    return sorted(explained, key=_place)


def _place(finding):
    return SEVERITIES.index(finding.severity), ORDER.index(finding.name) if finding.name in ORDER else len(ORDER)
