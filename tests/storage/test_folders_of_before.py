"""Folders that an older pdmodel wrote still open, and those it left unfinished still resume."""

from __future__ import annotations

import hashlib
import json
import math
import re
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import scipy.linalg
import xarray as xr

from pdmodel.cli import run as command_line
from pdmodel.dosing import Regimen
from pdmodel.engine.run_folder import read_runs
from pdmodel.errors import InputError
from pdmodel.inference import (
    Target,
    read_population,
    read_posterior,
    read_predictions,
    read_profile,
    read_result,
)
from pdmodel.model import (
    ASSUMED,
    Mechanism,
    Model,
    Vocabulary,
    at_least,
    at_most,
    hill,
    hill_fall,
    positive_part,
    safe_power,
)
from pdmodel.storage import KINDS, same_content
from pdmodel.storage.identity import fingerprint
from pdmodel.trial import LogNormal
from tests.storage.folders import laboratory as lab
from tests.storage.folders.verbs import COMPARED, VERBS, at_work, folder_of

BITS = "58f7bf17c17b0d2c"
"""Of the machine that made the folders: its linear algebra and elementary functions."""
MANIFESTS = {"manifest.json", "predictions_manifest.json"}
REASONS = {"groups", "apart", "moved", "references"}
"""What comparisons of before did not write: it is for pages, and no verdict depends on it."""
CALLS = {"trial": 1, "schedules": 1, "trial comparison": 1, "hypothesis": 11, "comparison": 2}
"""Blocks of patients that are left to run; of a whole comparison there are eleven."""
FIRST_TOLD = {
    "fit": (2, 3, "starts"), "profiles": (2, 4, "sides"), "predictions": (1, 2, "sides"),
}  # fmt: skip
"""What is told of a folder before anything is computed: how much of it is there."""
same_python = pytest.mark.skipif(
    sys.version_info[:2] != (3, 11),
    reason="syntax trees, by which the code of users counts, are those of Python 3.11",
)


@pytest.fixture(autouse=True)
def work(tmp_path: Path) -> Iterator[Path]:
    """Work where the laboratory finds its tables, beside a finished comparison."""
    shutil.copytree(folder_of("comparison", "finished"), tmp_path / COMPARED)
    with at_work(tmp_path):
        lab.CALLS.clear()
        yield tmp_path


def take(kind: str, state: str) -> Path:
    """Return a copy of a stored folder in the working directory."""
    return Path(shutil.copytree(folder_of(kind, state), Path(state)))


def contents(folder: Path) -> dict[str, Any]:
    """Return what a folder holds but for manifests and figures, and the courses of fits within."""
    found: dict[str, Any] = {}
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        name = file.relative_to(folder).as_posix()
        if file.name in MANIFESTS | {".pdmodel.lock"} or file.suffix == ".png":
            continue
        if file.parent.name == "figures":
            continue  # what figures are drawn from again: folders of before have none
        if name.endswith("fit/trajectories.nc") or name.startswith("steps/"):
            continue  # of a search, noise decides on the last digits of what is nearly 0
        if file.suffix == ".nc":
            with xr.open_datatree(file) as tree:
                found[name] = {
                    node.path: node.to_dataset().load().to_dict() for node in tree.subtree
                }
        elif file.suffix == ".json":
            found[name] = json.loads(file.read_text(encoding="utf-8"))
            if name == "verdicts.json":
                found[name] = {k: v for k, v in found[name].items() if k not in REASONS}
        elif file.suffix == ".csv" and file.read_text(encoding="utf-8").strip():
            found[name] = pd.read_csv(file).to_dict("list")
        elif file.suffix == ".txt":
            # Fits of before did not write kind and unit of targets; the numbers are in targets.csv.
            text = re.sub(r"(?ms)^Targets.*?\n\n", "", file.read_text(encoding="utf-8"))
            found[name] = text.replace("evidence of 1 hypotheses", "evidence of 1 hypothesis")
    return found


def differences(one: Any, other: Any, place: str = "") -> list[str]:
    """Return where two values differ; numbers by more than 1e-6 of themselves.

    A residual of a prior is a difference of two logarithms, over a standard deviation of 0.83 here:
    1e-6 of the value moves it by more than 1e-6, however near to 0 it is.
    """
    if isinstance(one, dict) and isinstance(other, dict):
        odd = [f"{place}/{key}" for key in one.keys() ^ other.keys()]
        both = [key for key in one if key in other]
        return odd + [
            d for key in both for d in differences(one[key], other[key], f"{place}/{key}")
        ]
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        if len(one) != len(other):
            return [place]
        pairs = enumerate(zip(one, other, strict=True))
        return [d for n, pair in pairs for d in differences(*pair, f"{place}/{n}")]
    if isinstance(one, float) and isinstance(other, float):
        least = 1e-6 if place.endswith("/residual") else 1e-9
        near = math.isclose(one, other, rel_tol=1e-6, abs_tol=least)
        return (
            [] if near or (math.isnan(one) and math.isnan(other)) else [f"{place}: {one} {other}"]
        )
    return [] if one == other else [f"{place}: {one!r} {other!r}"]


def bits() -> str:
    """Return what tells whether this machine rounds as that which made the folders."""
    x = np.sin(np.arange(1.0, 25.0)).reshape(6, 4)
    parts = [x.T @ x, np.exp(x), np.log(np.abs(x)), np.abs(x) ** 1.3, *scipy.linalg.qr(x)]
    parts += list(scipy.linalg.svd(x))
    return hashlib.sha256(b"".join(np.ascontiguousarray(p).tobytes() for p in parts)).hexdigest()[
        :16
    ]


def test_every_kind_is_stored() -> None:
    """No kind of result folder is without its stored folders."""
    assert set(VERBS) == set(KINDS)
    for kind, verb in VERBS.items():
        assert (folder_of(kind, "finished") / KINDS[kind].result).is_file()
        assert folder_of(kind, "unfinished").is_dir() == verb.halves
        if verb.halves:
            assert not (folder_of(kind, "unfinished") / verb.result).exists()


def test_stored_folders_say_nothing_of_a_machine() -> None:
    """No path of the machine that made them is in the stored folders; a clone stays light."""
    home = Path(lab.__file__).parent
    files = [path for path in home.rglob("*ished/**/*") if path.is_file()]
    assert len(files) > 100
    assert sum(path.stat().st_size for path in files) < 30_700 * len(KINDS)
    for path in files:
        assert not any(
            word in path.read_bytes() for word in (b"/tmp", b"/home", b"/root", b"/work")
        )


def best_rates(folder: Path) -> list[float]:
    """Return what a fit holds."""
    values = read_result(folder).values
    return [values["k"], values["k__fast"]]


def rate(folder: Path) -> list[float]:
    """Return the typical value of a population."""
    return [read_population(folder).values["k"]]


def limits(folder: Path) -> list[float]:
    """Return the interval of the first profile."""
    row = read_profile(folder).parameters.iloc[0]
    return [row["low"], row["high"]]


def predicted(folder: Path) -> list[float]:
    """Return a prediction and its lower limit."""
    row = read_predictions(folder).predictions.iloc[0]
    return [row["best"], row["low"]]


def medians(folder: Path) -> list[float]:
    """Return the medians of a posterior."""
    return list(read_posterior(folder / "posterior.nc").parameters["median"])


def course(folder: Path) -> list[float]:
    """Return the drug at the end of a run."""
    with xr.open_dataset(folder / "trajectories.nc") as data:
        return [float(data["plasma"][-1])]


def compared_runs(folder: Path) -> list[float]:
    """Return a ratio of two runs, and the drug at the end of the other, once both were reported."""
    assert command_line(["report", str(folder), "-q"]) == 0
    (folder / "report.html").unlink()
    table = pd.read_csv(folder / "runs.csv").set_index(["quantity", "run"])
    runs = read_runs(folder)
    assert list(runs) == ["default values", "usual"]
    return [table.loc[("plasma", "default values"), "ratio"], float(runs["usual"]["plasma"][-1])]


def number(folder: Path, *path: str | int) -> float:
    """Return a number of a JSON file: the file, then keys and places in it."""
    value: Any = json.loads((folder / str(path[0])).read_text(encoding="utf-8"))
    for key in path[1:]:
        value = value[key]
    return float(value)


def reported(*path: str | int) -> Callable[[Path], list[float]]:
    """Return a reader of a number that also has `report` make a page of the folder."""

    def read(folder: Path) -> list[float]:
        assert command_line(["report", str(folder), "-q"]) == 0
        (folder / "report.html").unlink()
        return [number(folder, *path)]

    return read


def decided(folder: Path) -> list[float]:
    """Return a measurement, once a page was made of the comparison that it belongs to."""
    shutil.copytree(folder, COMPARED / "discriminate")
    assert command_line(["report", str(COMPARED), "-q"]) == 0
    assert "drug in plasma on day 2" in (COMPARED / "report.html").read_text(encoding="utf-8")
    table = pd.read_csv(folder / "measurements.csv").sort_values("measurement")
    return [table["rival"].iloc[0], float(len(table))]


READERS: dict[str, tuple[Callable[[Path], list[float]], list[float]]] = {
    "simulation": (course, [8.562778149]),
    "simulations": (compared_runs, [0.6696141373, 8.562778149]),
    "fit": (best_rates, [0.6959096455790741, 1.5443694631525677]),
    "population": (rate, [0.7964202961429057]),
    "profiles": (limits, [0.13749585390209804, 1.098365817605779]),
    "predictions": (predicted, [3.6494416370445326, 1.7918000351038101]),
    "sensitivity": (
        reported("sensitivity.json", "tables", "local", 0, "singular_value"), [13.763802361702291],
    ),
    "trial": (reported("trial.json", "patterns", 0, "share_as_extreme"), [0.285]),
    "schedules": (reported("trial.json", "schedules", 1, "benefit"), [0.75]),
    "trial comparison": (
        reported("toy/trial.json", "patterns", 0, "model"), [0.4175266757470312],
    ),
    "hypothesis": (
        lambda folder: [number(folder, "trial.json", "numbers", "median_k")],
        [0.10153185676862661],
    ),
    "comparison": (
        reported("hypotheses/toy/fit.json", "values", "k__fast"), [1.5443694631525677],
    ),
    "rivals": (
        lambda folder: [number(folder, "rivals.json", "models", 1, "delta_aicc")],
        [15.524790546826708],
    ),
    "runs": (medians, [0.4386487725417411, 1.306098051533069]),
    "evidence": (reported("evidence.json", "table", 0, "log_evidence"), [-2.652654894774729]),
    "discrimination": (decided, [0.4965731903248035, 6.0]),
}  # fmt: skip


@pytest.mark.parametrize("kind", READERS)
def test_finished_folders_open(kind: str) -> None:
    """A finished folder of an older pdmodel opens through its reader, with the same numbers."""
    read, numbers = READERS[kind]
    assert read(take(kind, "finished")) == pytest.approx(numbers, rel=1e-9)


REFUSED = {
    "fit": "a finished fit", "population": "a finished population fit",
    "profiles": "finished profiles",
    "predictions": "finished predictions", "trial": "a finished trial",
    "schedules": "finished schedules", "rivals": "finished rival fits",
}  # fmt: skip


@same_python
@pytest.mark.parametrize("kind", REFUSED)
def test_finished_folders_are_known_to_be_of_the_same_question(kind: str) -> None:
    """Asked again, a finished folder is refused as finished, not as that of another problem."""
    folder = take(kind, "finished")
    with pytest.raises(InputError, match=f"exists and holds {REFUSED[kind]};"):
        VERBS[kind].make(folder, None)
    assert not differences(contents(folder), contents(folder_of(kind, "finished")))


@same_python
@pytest.mark.parametrize("kind", ["comparison", "evidence"])
def test_finished_parts_are_taken_as_they_are(kind: str) -> None:
    """Asked again, a comparison or evidence takes its parts and comes to the same result."""
    folder = take(kind, "finished")
    before = stamps(folder)
    VERBS[kind].make(folder, None)
    parts = [name for name in before if Path(name).match("hypotheses/*/run_*.nc")]
    parts += [name for name in before if name.startswith("hypotheses/") and kind == "comparison"]
    assert len(parts) > 1
    assert {name: stamps(folder)[name] for name in parts} == {name: before[name] for name in parts}
    assert not lab.CALLS
    assert not differences(contents(folder), contents(folder_of(kind, "finished")))


def stamps(folder: Path) -> dict[str, tuple[int, int]]:
    """Return what changes of each file when it is written anew."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    found = {path.relative_to(folder).as_posix(): path.stat() for path in files}
    return {name: (stat.st_ino, stat.st_mtime_ns) for name, stat in found.items()}


@same_python
@pytest.mark.parametrize("kind", [kind for kind, verb in VERBS.items() if verb.halves])
def test_unfinished_folders_resume(kind: str) -> None:
    """An interrupted folder of an older pdmodel goes on, without what was committed, to its end."""
    folder, told = take(kind, "unfinished"), list[tuple[int, int, str]]()
    before = stamps(folder)
    VERBS[kind].make(folder, lambda done, total, text: told.append((done, total, text)))
    written = {name for name in before if stamps(folder)[name] != before[name]}
    tables = {"toy/table.csv", "toy/trial.json"} if kind == "trial comparison" else set[str]()
    assert {name for name in written if Path(name).name not in MANIFESTS} <= tables
    assert len(before) - len(written) >= 1
    assert len(lab.CALLS) == CALLS.get(kind, 0)
    assert kind not in FIRST_TOLD or told[0] == FIRST_TOLD[kind]
    whole = folder_of({"hypothesis": "comparison"}.get(kind, kind), "finished")
    wanted = contents(whole)
    if kind == "runs":
        del wanted["parameters.csv"]  # evidence writes it beside the runs
    assert not differences(contents(folder), wanted)
    if kind == "fit" and bits() == BITS:
        assert (folder / "fit.json").read_bytes() == (whole / "fit.json").read_bytes()


@same_python
def test_a_class_of_ours_that_moves_leaves_the_question_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Targets, spreads and regimens that lie in other files still belong to the same question."""
    for moved in (Target, LogNormal, Regimen):
        monkeypatch.setattr(moved, "__module__", "pdmodel.catalogue")
    for kind in ("fit", "trial"):
        folder = take(kind, "unfinished")
        VERBS[kind].make(folder, None)
        assert (folder / VERBS[kind].result).is_file()
        shutil.rmtree(folder)


def test_a_class_of_ours_that_is_renamed_is_known_by_its_former_name(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The former name of a class counts where it is declared, whatever file it was in."""
    today = {"rule": "pdmodel:Pause"}
    for before in ("rules.py:Hold", "pdmodel.trial.rules:Hold", "pdmodel:Hold"):
        assert not same_content({"rule": before}, today)
    monkeypatch.setitem(fingerprint.FORMER_NAMES, "Pause", "Hold")
    for before in ("rules.py:Hold", "pdmodel.trial.rules:Hold", "pdmodel:Hold", "pdmodel:Pause"):
        assert same_content({"rule": before}, today)
    assert not same_content({"rule": "rules.py:Stop"}, today)


def test_a_model_is_known_by_its_equations() -> None:
    """The names of our functions in equations are part of what a model is: they may not change."""
    q = Vocabulary()
    k = q.parameter("k", unit="1/day", value=2, bounds=(0, 9), meaning="rate", source=ASSUMED)
    half = q.parameter("half", unit="mg", value=3, bounds=(1, 9), meaning="half", source=ASSUMED)
    amount = q.state("amount", unit="mg", initial=0, meaning="drug")
    q.slot("drug", meaning="drug", states=(amount,))
    x = amount / half
    rates = [
        safe_power(x, 0.5), positive_part(1 - x), at_least(x, 0.1), at_most(x, 2),
        hill(amount, half, 2), hill_fall(amount, half, 2),
    ]  # fmt: skip
    processes = {f"p{n}": {amount: -k * half * rate} for n, rate in enumerate(rates)}
    made = Model("all", q, [Mechanism("all", slot="drug", claim="all", processes=processes)])
    assert made.layout[:16] == "8555be92a2ebc27e"


def test_a_class_of_a_user_is_not_taken_for_ours() -> None:
    """What differs in more than the file of a class of ours is another question."""
    ours = {"rule": {"is": "pdmodel:Hold", "below": 0.5}, "code": {}}
    before = {"rule": {"is": "rules.py:Hold", "below": 0.5}, "code": {}}
    installed = {"rule": {"is": "pdmodel.trial.rules:Hold", "below": 0.5}, "code": {}}
    assert same_content(before, ours)
    assert same_content(installed, ours)
    for other in (
        before | {"code": {"rules.py": ["0"]}}, before | {"more": 1}, {"rule": before["rule"]},
        before | {"rule": {"is": "rules.py:Stop", "below": 0.5}},
        before | {"rule": {"is": "rules.py:Hold", "below": 0.6}},
        before | {"rule": {"is": "others.rules:Hold", "below": 0.5}}, None, [before],
    ):  # fmt: skip
        assert not same_content(other, ours)
    assert not same_content({"is": "rules.py:Hold"}, {"is": "mine.py:Hold"})
