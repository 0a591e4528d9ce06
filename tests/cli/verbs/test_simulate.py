"""`pdmodel simulate` and `pdmodel plot` on its folder."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import pdmodel
from pdmodel.engine.run_folder import read_run, read_runs
from tests.cli.conftest import Made, made_once

WORDS = ("simulate", "reference", "--regimen", "10 mg daily", "--days", "14", "-p", "responder")
PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """Run it once for all tests."""
    place = tmp_path_factory.mktemp("made")
    return made_once(place, *WORDS, "--set", "il6_baseline=5", "--out", "run")


@pytest.fixture
def folder(made: Made, command, tmp_path: Path) -> Path:
    """Return the folder of a run, a copy for each test."""
    assert (made.outcome.code, made.outcome.err) == (0, "")
    assert made.outcome.out.endswith("wrote run/\n")
    made.copy_to(tmp_path)
    return tmp_path / "run"


def test_folder_holds_everything(folder: Path) -> None:
    """Data twice, a figure, a manifest, nothing temporary."""
    files = sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file())
    assert files == ["figures/run.png", "manifest.json", "trajectories.csv", "trajectories.nc"]
    assert [path.name for path in folder.parent.iterdir()] == ["run"]
    image = (folder / "figures" / "run.png").read_bytes()
    assert image.startswith(PNG)
    assert len(image) > 10_000


def test_files_hold_what_python_returns(folder: Path) -> None:
    """The same numbers from Python, netCDF and CSV; units in the headings."""
    values = {"tone": 2.0, "il6_baseline": 5.0}
    run = pdmodel.simulate(pdmodel.load("reference"), "10 mg daily", days=14, patient=values)
    stored = read_run(folder)
    np.testing.assert_array_equal(stored["il6"].values, run["il6"].values)
    assert stored["il6"].attrs["units"] == "pg/mL"
    table = pd.read_csv(folder / "trajectories.csv")
    assert list(table.columns[:2]) == ["time [day]", "drug_gut [mg]"]
    np.testing.assert_allclose(table["il6 [pg/mL]"], run["il6"].values, rtol=1e-9)
    assert table["il6 [pg/mL]"][0] == 5.0


def test_stored_run_gives_fluxes(folder: Path) -> None:
    """What is not stored can be computed from what is."""
    model = pdmodel.load("reference")
    table = pdmodel.flux_table(read_run(folder), "il6", model)
    assert table["clearance"].iloc[0] == pytest.approx(-5 * model.defaults["il6_clearance"])


def test_manifest_tells_how_to_run_it_again(folder: Path) -> None:
    """The command, the values and the versions."""
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    assert manifest["command"].startswith("pdmodel simulate reference --regimen '10 mg daily'")
    assert manifest["model_hash"] == pdmodel.load("reference").hash
    assert manifest["values"]["il6_baseline"] == 5.0
    assert manifest["delivered_lenalidomide"] == 140.0
    assert set(manifest["versions"]) >= {"pdmodel", "numpy", "sympy"}


def test_overwrite_replaces_the_folder(command, folder: Path) -> None:
    """Only when asked for."""
    assert command(*WORDS, "--out", "run").code == 2
    outcome = command(*WORDS, "--out", "run", "--overwrite", "--quantities", "il6,drug_effect")
    assert outcome.code == 0
    assert list(pd.read_csv(folder / "trajectories.csv").columns) == [
        "time [day]", "il6 [pg/mL]", "drug_effect [1]",
    ]  # fmt: skip
    assert (folder / "figures" / "run.png").read_bytes().startswith(PNG)


def test_plot_draws_again(command, folder: Path, tmp_path: Path) -> None:
    """Into the folder, or elsewhere."""
    figure = folder / "figures" / "run.png"
    first = figure.read_bytes()
    figure.unlink()
    outcome = command("plot", "run")
    assert (outcome.code, outcome.out) == (0, "wrote run/figures/run.png\n")
    assert figure.read_bytes() == first
    assert command("plot", "run", "--out", "slides").code == 0
    assert (tmp_path / "slides" / "run.png").read_bytes() == first


def test_plot_of_a_damaged_folder_is_one_error(command, folder: Path) -> None:
    """A truncated file is named."""
    (folder / "trajectories.nc").write_bytes(b"half")
    outcome = command("plot", "run")
    assert outcome.code == 2
    assert "trajectories.nc" in outcome.err
    assert outcome.err.count("\n") == 1


def test_json_holds_the_numbers(command, tmp_path: Path) -> None:
    """Units and values by name; nothing else on stdout, nothing written."""
    outcome = command(*WORDS, "--quantities", "il6,ANC", "--json")
    data = json.loads(outcome.out)
    assert data["units"] == {"time": "day", "il6": "pg/mL", "ANC": "1e9 cells/L"}
    days = data["values"]["time"]
    assert days == sorted(days)
    assert [days.count(float(day)) for day in range(15)] == [2] * 14 + [1]  # both sides of doses
    assert len(data["values"]["ANC"]) == len(days) > 100
    assert (data["patient"], data["regimen"]) == ("responder", "10 mg daily")
    assert list(tmp_path.iterdir()) == []


def test_summary_fits_80_columns(command, monkeypatch) -> None:
    """Every quantity is a row with unit, start, extremes and end."""
    monkeypatch.setenv("COLUMNS", "80")
    lines = command(*WORDS).out.splitlines()
    assert max(map(len, lines)) <= 80
    row = next(line.split() for line in lines if line.startswith("tumour_tissue"))
    assert row[:4] == ["tumour_tissue", "1e9", "cells", "1000"]
    assert len(row) == 9


@pytest.mark.parametrize("method", ["Radau", "BDF", "odeint"])
def test_method_is_used(command, method: str) -> None:
    """Other integrators agree with the default."""
    values = [
        json.loads(command(*WORDS, "--quantities", "il6", "--json", *more).out)["values"]["il6"]
        for more in ((), ("--method", method))
    ]
    np.testing.assert_allclose(values[0], values[1], rtol=1e-4)


def test_no_drug_changes_nothing_but_the_tumour(command) -> None:
    """`none` is a regimen."""
    words = ("simulate", "reference", "-r", "none", "-d", "10", "--quantities", "ANC,tnf", "--json")
    values = json.loads(command(*words).out)["values"]
    np.testing.assert_allclose(values["ANC"], 3.0, rtol=1e-9)
    np.testing.assert_allclose(values["tnf"], 12.4, rtol=1e-9)


def rows_of(text: str, quantity: str) -> dict[str, list[str]]:
    """Return the numbers of the rows of a quantity, by the run."""
    lines = [line.split() for line in text.splitlines() if line.startswith(f"{quantity} ")]
    return {line[2]: line[3:] for line in lines}


BLOCKED = (
    "simulate", "reference", "--days", "14", "-r", "5 mg daily", "--intervention", "tnf_blockade",
    "-p", "nonresponder", "--against", "control", "--quantities", "il6,tnf",
)  # fmt: skip


@pytest.fixture
def both(command, tmp_path: Path) -> Path:
    """Return the folder of a run with an intervention, and its control."""
    outcome = command(*BLOCKED, "--out", "both")
    assert (outcome.code, outcome.err) == (0, "")
    return tmp_path / "both"


def test_what_an_intervention_does_is_one_command(command, both: Path) -> None:
    """The same numbers as by hand: 5 mg in place of its 10, the antibody too, and without it."""
    model = pdmodel.load("reference")
    patient = pdmodel.load_patient("nonresponder")
    words = "5 mg daily + 400 mg tnf_antibody days 1-1 of 28"
    treated = pdmodel.simulate(model.swap("tnf_blocked"), words, days=14, patient=patient)
    control = pdmodel.simulate(model, "5 mg daily", days=14, patient=patient)
    runs = read_runs(both)
    assert [run.attrs["regimen"] for run in runs.values()] == [words, "5 mg daily"]
    for name, run in (("tnf_blockade", treated), ("control", control)):
        np.testing.assert_array_equal(runs[name]["il6"].values, run["il6"].values)
    ratio = float(treated["il6"][-1] / control["il6"][-1])
    rows = rows_of(command(*BLOCKED).out, "il6")
    assert float(rows["tnf_blockade"][2]) == pytest.approx(ratio, rel=1e-3)
    assert rows["control"][2] == "-"
    table = pd.read_csv(both / "runs.csv").set_index(["quantity", "run"])
    assert table.loc[("il6", "tnf_blockade"), "ratio"] == pytest.approx(ratio, rel=1e-9)
    assert table.loc[("il6", "tnf_blockade"), "day"] == 14


def test_several_runs_lie_in_one_folder(command, both: Path, tmp_path: Path) -> None:
    """Each whole in a folder of its own; one table and one figure of all, drawn again by `plot`."""
    files = {str(path.relative_to(both)) for path in both.rglob("*") if path.is_file()}
    run = {"manifest.json", "trajectories.csv", "trajectories.nc"}
    own = {f"{name}/{file}" for name in ("tnf_blockade", "control") for file in run}
    assert files == {"manifest.json", "runs.csv", "figures/runs.png"} | own
    figure = both / "figures" / "runs.png"
    first = figure.read_bytes()
    figure.unlink()
    assert command("plot", "both").out == "wrote both/figures/runs.png\n"
    assert figure.read_bytes() == first
    assert command("plot", "both/control").code == 0
    assert command(*BLOCKED, "-o", "both").code == 2
    assert command(*BLOCKED, "-o", "both", "--overwrite", "--format", "svg").code == 0
    assert [path.name for path in (both / "figures").iterdir()] == ["runs.svg"]
    page = command("report", "both")
    parts = "Simulations, Simulation (tnf_blockade), Simulation (control)"  # in the order asked
    assert page.out.startswith(f"wrote both/report.html: {parts}")


def test_a_stored_run_can_be_held_against(command, folder: Path) -> None:
    """It is drawn and tabled beside the new one under the name of its folder."""
    words = ("simulate", "reference", "-r", "placebo", "-d", "14", "-p", "responder")
    outcome = command(*words, "--quantities", "il6", "--against", "run", "--json")
    data = json.loads(outcome.out)
    assert list(data["runs"]) == ["responder", "run"]
    assert data["against"] == {"responder": "run"}
    (row,) = [row for row in data["table"] if (row["quantity"], row["run"]) == ("il6", "responder")]
    ends = [data["runs"][name]["values"]["il6"][-1] for name in ("responder", "run")]
    assert row["ratio"] == pytest.approx(ends[0] / ends[1])


def test_several_patients_and_rivals(command) -> None:
    """A curve each, with and without the rival, each patient against their own control."""
    words = ("simulate", "reference", "-r", "10 mg daily", "-d", "14", "--quantities", "il6,tnf")
    people = ("-p", "responder", "-p", "nonresponder")
    data = json.loads(command(*words, *people, "--json").out)
    assert list(data["runs"]) == ["responder", "nonresponder"]
    assert data["against"] == {}
    rival = ("--swap", "no_tolerance", "--against", "control", "--json")
    data = json.loads(command(*words, *people, *rival).out)
    assert data["against"] == {
        "responder, no_tolerance": "responder, control",
        "nonresponder, no_tolerance": "nonresponder, control",
    }
    assert data["runs"]["responder, no_tolerance"]["model"] == "reference+no_tolerance"


def test_rows_as_far_apart_as_asked(command) -> None:
    """Every hour, from an hour that is written as one; days in weeks, too."""
    words = ("simulate", "reference", "-r", "5 mg twice daily", "--quantities", "il6", "--json")
    data = json.loads(command(*words, "-d", "1 week", "--every", "1 hour").out)
    np.testing.assert_allclose(data["values"]["time"], np.arange(7 * 24 + 1) / 24, atol=1e-11)
    assert data["regimen"] == "5 mg every 12 hours"


def test_a_dose_by_weight(command) -> None:
    """The weight is part of the regimen that is stored."""
    words = ("simulate", "reference", "-d", "2", "--quantities", "il6", "--json")
    data = json.loads(command(*words, "-r", "0.1 mg/kg daily", "--weight", "70 kg").out)
    assert data["regimen"] == "0.1 mg/kg daily at 70 kg"


OWN = """
from pdmodel.hypotheses import Intervention
antibody = Intervention(
    "antibody", "by weight", "10 mg daily + 8 mg/kg tnf_antibody every 28 days", ("tnf_blocked",)
)
"""


def test_an_intervention_by_weight(command, tmp_path: Path) -> None:
    """The weight is for it, where what is said besides has no dose per kilogram."""
    (tmp_path / "own.py").write_text(OWN, encoding="utf-8")
    words = ("simulate", "reference", "-d", "2", "--quantities", "il6", "--json")
    arm = ("--intervention", "own.py:antibody", "--weight", "70 kg", "-r", "5 mg daily")
    data = json.loads(command(*words, *arm).out)
    assert data["regimen"] == "5 mg daily + 8 mg/kg tnf_antibody every 28 days at 70 kg"


def test_figures_of_any_kind(command, tmp_path: Path) -> None:
    """A run as SVG from the start, or drawn again as PDF."""
    assert (
        command(
            *WORDS, "--quantities", "il6", "-o", "run", "--format", "svg", "--size", "square"
        ).code
        == 0
    )
    assert b"<svg" in (tmp_path / "run" / "figures" / "run.svg").read_bytes()
    assert command("plot", "run", "--format", "pdf").out == "wrote run/figures/run.pdf\n"
    assert (tmp_path / "run" / "figures" / "run.pdf").read_bytes().startswith(b"%PDF")


def test_tables_are_read_in_any_unit_of_time(command, tmp_path: Path) -> None:
    """Times and days of extremes are in weeks everywhere, and the headings say so; netCDF stays."""
    few = (*WORDS, "--quantities", "il6", "--time-unit", "week")
    out = command(*few, "--out", "run").out
    assert out.splitlines()[2].split()[3:] == ["lowest", "week", "highest", "week", "end"]
    table = pd.read_csv(tmp_path / "run" / "trajectories.csv")
    assert list(table.columns) == ["time [week]", "il6 [pg/mL]"]
    np.testing.assert_allclose(table["time [week]"], read_run("run")["time"] / 7, atol=1e-9)
    arm = ("--intervention", "tnf_blockade", "--against", "control")
    data = json.loads(command(*few, *arm, "--out", "runs", "--json").out)
    assert {run["units"]["time"] for run in data["runs"].values()} == {"week"}
    assert data["runs"]["control"]["values"]["time"][-1] == 2
    assert data["table"][0]["week"] == 2
    assert 0 <= data["table"][0]["highest_week"] <= 2
    runs = pd.read_csv(tmp_path / "runs" / "runs.csv")
    assert "lowest_week" in runs
    assert [name for name in runs if "day" in name] == []
    assert "week-2 ratio" in command(*few, *arm).out


def test_what_stands_beside_a_model_is_found_by_its_name(command) -> None:
    """Patients and interventions of the file of a model, though others publish the same names."""
    assert command("new", "my_model.py", "--kind", "cytokines").code == 0
    words = ("simulate", "my_model.py:my_model", "-r", "2 mg weekly", "-d", "14", "-p", "severe")
    outcome = command(*words, "--intervention", "tnf_blockade", "--against", "control", "--json")
    data = json.loads(outcome.out)
    assert [run["model"] for run in data["runs"].values()] == ["my_model+tnf_blocked", "my_model"]
    assert [run["regimen"] for run in data["runs"].values()] == [
        "2 mg every 7 days + 300 mg tnf_antibody once", "2 mg every 7 days",
    ]  # fmt: skip
    assert "did you mean 'severe'" in command(*words[:-1], "sevre").err


def test_options_say_how_a_table_is_read(command, tmp_path: Path) -> None:
    """Units, covariates, rules and codes from the command line, as from Python."""
    text = "ID,TIME,AMT,CMT,COMP,F1\n1,0,5000,1,1,0.5\n1,24,.,.,1,0.5\n"
    (tmp_path / "doses.csv").write_text(text, "utf-8")
    first = ("simulate", "reference", "-d", "2", "--events", "doses.csv", "--time-unit", "hour")
    words = (*first, "--quantities", "drug_gut", "--amount", "ug", "--covariates", "COMP", "--json")

    def most(*more: str) -> float:
        return max(json.loads(command(*words, *more).out)["values"]["drug_gut"])

    assert most() == pytest.approx(5, rel=1e-6)  # mg
    assert most("--rules", "bioavailability:1=F1", "--rules", "lag:1=0") == pytest.approx(2.5)
    outcome = command(*words, "--rules", "late:1=2")
    assert (outcome.code, "kind of --rules" in outcome.err) == (2, True)
    outcome = command("simulate", "reference", "-d", "2", "-r", "5 mg once", "--evid", "rxode")
    assert (outcome.code, "--evid belongs to --events" in outcome.err) == (2, True)


def test_doses_after_the_end_of_a_run_are_remarked_on(command) -> None:
    """Nothing of them is given, and no line said so; those that end later are no matter."""
    words = ("simulate", "reference", "-d", "2", "--quantities", "il6", "-r")
    with pytest.warns(UserWarning, match="nothing is given of '10 mg of the main drug at day 3"):
        outcome = command(*words, "10 mg daily + 10 mg daily after 3 days")
    assert outcome.code == 0
    assert command(*words, "10 mg daily + 10 mg daily after 1 days").code == 0
