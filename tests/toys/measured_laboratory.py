"""A made-up laboratory of measured courses: three patients after 10 mg of the toy's drug."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

DAYS = (0.25, 0.5, 1.0, 2.0, 3.0)
VOLUMES = {"1": 15.0, "2": 22.0, "3": 30.0}
MODEL = """
from pdmodel.model import Model
from tests.toys import one_compartment

model = one_compartment()
lasting = Model("lasting", model.vocabulary, model.mechanisms, values={"k": 0.1})
"""
OBSERVED = ("--observe", "conc=concentration")
EACH = ("m.py:model", "pk.csv", *OBSERVED, "--own", "volume", "--free", "k")
QUICK = ("--starts", "1", "--jobs", "1")


def courses(limit: float = 0.12) -> str:
    """Return a table of courses, log-normal around the toy's exact answer; some below a limit."""
    random, lines = np.random.default_rng(3), ["ID,TIME,AMT,EVID,CMT,DV,DVID,CENS,WGT"]
    for name, volume in VOLUMES.items():
        lines.append(f"{name},0,10,1,iv,.,.,0,70")
        for day in DAYS:
            value = 10 / volume * math.exp(-0.7 * day + 0.1 * random.standard_normal())
            shown, hidden = (limit, 1) if value < limit else (value, 0)
            lines.append(f"{name},{day},.,0,.,{shown:.6g},conc,{hidden},70")
    return "\n".join(lines) + "\n"


@pytest.fixture
def laboratory(tmp_path: Path) -> Path:
    """Write a model and a data file."""
    (tmp_path / "m.py").write_text(MODEL)
    (tmp_path / "pk.csv").write_text(courses())
    return tmp_path
