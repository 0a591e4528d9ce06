"""Theophylline in twelve subjects, pooled and one by one: numbers that others have printed."""

from pathlib import Path

import numpy as np
import pytest

from pdmodel.inference import FitProblem
from tests.toys.populations import ORAL, theophylline

HOURS = 24.0


def asked(external: Path, own: tuple[str, ...]) -> FitProblem:
    """Return the problem with the usual starts, of all and of each subject."""
    published = theophylline(external)
    free = [name for name in ("ka", "CL", "V") if name not in own]
    problem = FitProblem(ORAL, data=published.measurements, own=own, free=free)
    for setting in problem.settings:
        if setting.parameter in published.starts:
            problem.params[setting.name].set(value=published.starts[setting.parameter])
    return problem


def test_pooled(external: Path) -> None:
    """One value for all: ka 1.553 /h, CL 2.616 L/h, V 32.86 L, residual sum of squares 249.7."""
    found = asked(external, ()).run(starts=1, method="pooled")
    values, rows = found.values, found.measurements
    assert values["ka"] / HOURS == pytest.approx(1.553, abs=5e-4)
    assert values["CL"] / HOURS == pytest.approx(2.616, abs=5e-4)
    assert values["V"] == pytest.approx(32.86, abs=5e-3)
    rss = float(((rows["value"] - rows["predicted"]) ** 2).sum())
    assert rss == pytest.approx(249.7, abs=0.05)


def test_one_by_one(external: Path) -> None:
    """Means of the logarithms of each subject's own values: 0.479, 1.021, 3.452."""
    found = asked(external, ("ka", "CL", "V")).run(starts=1, method="each")
    own = found.parameters.dropna(subset=["group"])
    for name, scale, mean in (("ka", HOURS, 0.479), ("CL", HOURS, 1.021), ("V", 1.0, 3.452)):
        logs = np.log(own.loc[own["name"] == name, "value"] / scale)
        assert len(logs) == 12
        assert float(logs.mean()) == pytest.approx(mean, abs=6e-4)
