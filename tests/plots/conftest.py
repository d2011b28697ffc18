"""Nothing is shown, and nothing of a test's figures is left behind."""

import matplotlib.pyplot as plt
import pytest


@pytest.fixture(autouse=True)
def figures(monkeypatch):
    """Nothing may be shown; figures and style settings do not outlive a test."""
    monkeypatch.setattr(plt, "show", lambda *args, **options: pytest.fail("a plot function called show()"))
    with plt.rc_context():
        yield
    plt.close("all")
