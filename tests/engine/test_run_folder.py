"""Several runs in one folder: written, read back by name, refused where damaged."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import xarray as xr

from pdmodel.engine import simulate
from pdmodel.engine.run_folder import holds_runs, read_runs, runs_compared, write_run, write_runs
from pdmodel.errors import InputError
from tests.toys import one_compartment

RUN = simulate(one_compartment(), "10 mg iv daily", days=2)


def test_runs_are_read_back_by_their_names(tmp_path: Path) -> None:
    """Names that no folder can have, and two that differ in such letters only."""
    names = ["a/b", "a:b", "..", "Figures", "patient 1, control"]
    write_runs(dict.fromkeys(names, RUN), {"a/b": "a:b"}, tmp_path, "toy")
    folders = sorted(path.name for path in tmp_path.iterdir() if path.is_dir())
    assert folders == ["Figures_2", "a_b", "a_b_2", "patient_1_control", "run"]
    assert holds_runs(tmp_path)
    runs = read_runs(tmp_path)
    assert list(runs) == names
    for run in runs.values():
        xr.testing.assert_equal(run["plasma"], RUN["plasma"])
    assert runs_compared(tmp_path) == {"a/b": "a:b"}


def test_a_folder_of_one_run_is_read_too(tmp_path: Path) -> None:
    """Under the name of its patient, or `run`."""
    write_run(RUN, tmp_path, "toy")
    assert list(read_runs(tmp_path)) == ["run"]
    assert not holds_runs(tmp_path)


def test_a_damaged_manifest_leads_nowhere_else(tmp_path: Path) -> None:
    """A folder outside of this one is not read, whatever the manifest says."""
    write_runs({"a": RUN}, {}, tmp_path, "toy")
    file = tmp_path / "manifest.json"
    manifest = json.loads(file.read_text())
    manifest["runs"][0]["folder"] = "../elsewhere"
    file.write_text(json.dumps(manifest))
    with pytest.raises(
        InputError, match=r"is damaged: '\.\./elsewhere' is no folder within this one"
    ):
        read_runs(tmp_path)
    del manifest["runs"]
    file.write_text(json.dumps(manifest))
    with pytest.raises(InputError, match=r"manifest\.json"):
        read_runs(tmp_path)
