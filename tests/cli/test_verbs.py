"""`pdmodel list`, `check`, `doctor`, help and the ends of streams."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest

import pdmodel
from pdmodel import __version__

PDMODEL = (sys.executable, "-m", "pdmodel")


def test_list_names_everything(command) -> None:
    """Models with claims, patients with values, fits with questions."""
    out = command("list").out
    for model in pdmodel.models().values():
        assert f"{model.name} " in out
        assert model.claim in out
    for name in (*pdmodel.patients(), "response", "phase2", "high_dose", "low_dose", "reported"):
        assert f"\n{name} " in out


def test_list_mechanisms_names_slots_and_rivals(command) -> None:
    """Rivals stand under their slot."""
    out = command("list", "--mechanisms").out
    model = pdmodel.load("reference")
    for mechanism in (*model.mechanisms, *model.rivals):
        assert f"\n  {mechanism.name} " in out
    lines = [line.split()[0] for line in out.splitlines() if line.strip()]
    assert lines.index("il6") < lines.index("il6_from_stroma") < lines.index("il6_from_tumour")


def test_list_prints_json(command) -> None:
    """The same for other programs."""
    data = json.loads(command("list", "--json").out)
    assert {model["name"] for model in data["models"]} == set(pdmodel.models())
    sets = {row["name"]: row["trials"] for row in data["trial_sets"]}
    assert sets["reported"][0] == "ferrajoli_2008"
    slots = json.loads(command("list", "--mechanisms", "--json").out)
    ours = [slot for slot in slots if slot["package"] == "equations"]
    il6 = next(slot for slot in ours if slot["slot"] == "il6")
    assert [m["name"] for m in il6["mechanisms"]] == ["il6_from_stroma", "il6_from_tumour"]
    assert il6["mechanisms"][1]["models"] == ["tumour_il6"]


@pytest.mark.parametrize("words", [(), ("--json",), ("--mechanisms",), ("--hypotheses",)])
def test_list_is_told_again_as_it_was(command, monkeypatch, words: tuple[str, ...]) -> None:
    """What was found is kept, to the letter, and nothing is looked for while it holds."""
    monkeypatch.setattr("pdmodel.applications.broken", list)
    first = command("list", *words)
    for maker in ("_all", "_slots", "_hypotheses"):
        monkeypatch.setattr(f"pdmodel.cli.verbs.list.{maker}", None)
    assert command("list", *words) == first


def test_list_fits_80_columns(command, monkeypatch) -> None:
    """Claims are wrapped, names are not."""
    monkeypatch.setenv("COLUMNS", "80")
    for words in (("list",), ("list", "--mechanisms")):
        assert max(map(len, command(*words).out.splitlines())) <= 80


def test_check_says_what_moves(command) -> None:
    """The tumour grows, and IL-6 follows the share that it makes."""
    outcome = command("check", "reference")
    assert outcome.code == 0
    assert "reference: ok (18 states" in outcome.out
    assert "il6            3 -> 3.249 (x1.083)\n" in outcome.out
    assert "at first +2.2 a day" in outcome.out


def test_check_refuses_what_may_not_move(command) -> None:
    """With the states named that may grow, any other that moves is a fault."""
    outcome = command("check", "reference", "--growing", "tumour_tissue")
    assert outcome.code == 2
    assert "state 'tumour_blood' moves without drug" in outcome.out
    both = "tumour_tissue,tumour_blood"
    outcome = command("check", "reference", "--growing", both, "--days", "5", "--json")
    (report,) = json.loads(outcome.out)
    assert (outcome.code, report["faults"]) == (0, [])
    assert [row["state"] for row in report["moves"]] == both.split(",")


def test_doctor_finds_nothing(command) -> None:
    """In the environment of the tests all is well, and every requirement is looked at."""
    outcome = command("doctor", "--json")
    findings = {finding["what"]: finding for finding in json.loads(outcome.out)}
    assert outcome.code == 0, outcome.out
    assert set(findings) >= {"Python", "sympy", "lmfit", "package equations", "pdmodel.fits"}
    assert findings["numpy"]["detail"].startswith(metadata.version("numpy"))
    assert command("doctor").out.endswith("No problem found.\n")


def test_doctor_finds_old_and_missing_packages(command, monkeypatch) -> None:
    """Each is a problem of its own, with what is needed."""
    true_version = metadata.version

    def version(name: str) -> str:
        if name == "lmfit":
            raise metadata.PackageNotFoundError(name)
        return "1.2.0rc1" if name == "sympy" else true_version(name)

    monkeypatch.setattr(metadata, "version", version)
    outcome = command("doctor")
    assert outcome.code == 1
    assert "1.2.0rc1 (needs >=1.13)" in outcome.out
    assert "not installed (needs >=1.3)" in outcome.out
    assert outcome.out.endswith("2 problems.\n")


def test_doctor_finds_a_folder_it_cannot_write_to(command, monkeypatch, tmp_path: Path) -> None:
    """Results would not be stored there."""
    monkeypatch.setattr("pdmodel.cli.verbs.doctor_checks.tempfile.TemporaryFile", _refuse)
    outcome = command("doctor")
    assert outcome.code == 1
    assert f"{tmp_path} cannot be written to" in outcome.out


def _refuse(**_: object) -> None:
    raise PermissionError(13, "Permission denied")


def test_doctor_finds_shadows(tmp_path: Path) -> None:
    """A stranger's `equations` in the way of ours is named, with its place."""
    (tmp_path / "equations").mkdir()
    (tmp_path / "equations" / "__init__.py").write_text("")
    done = subprocess.run(
        [*PDMODEL, "doctor", "--json"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    findings = {finding["what"]: finding for finding in json.loads(done.stdout)}
    assert (done.returncode, done.stderr) == (1, "")
    assert not findings["package equations"]["ok"]
    place = tmp_path / "equations"
    assert findings["package equations"]["detail"].startswith(f"foreign: {place} shadows")


def test_no_words_are_a_call_for_help(command) -> None:
    """The verbs are listed; so they are with --help."""
    outcome = command()
    assert (outcome.code, outcome.err) == (0, "")
    for verb in ("list", "show", "check", "simulate", "plot", "fit", "doctor"):
        assert f" {verb} " in outcome.out
        assert f"pdmodel {verb}" in command(verb, "--help").out
    assert command("--version").out == f"pdmodel {__version__}\n"


def test_help_is_fast() -> None:
    """Help imports neither SymPy nor NumPy, which make up most of a cold start."""
    code = (
        "import sys; from pdmodel.cli import run; run(['simulate', '--help']); "
        "sys.exit(bool({'sympy', 'numpy', 'lmfit', 'matplotlib', 'pint'} & set(sys.modules)))"
    )
    subprocess.run([sys.executable, "-c", code], check=True, stdout=subprocess.DEVNULL)


def test_a_closed_pipe_is_no_error() -> None:
    """`pdmodel show reference | head -1` ends quietly."""
    with subprocess.Popen(
        [*PDMODEL, "show", "reference"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline() == b"Model reference\n"
        process.stdout.close()
        assert process.wait(30) == 141
        assert process.stderr.read() == b""


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
def test_a_full_disk_is_one_error() -> None:
    """What cannot be printed is said once."""
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [*PDMODEL, "list"], stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert done.returncode == 1
    assert "No space left" in done.stderr
    assert done.stderr.count("\n") == 1


def test_pipes_get_neither_colours_nor_padding(command) -> None:
    """Plain text for other programs."""
    for words in (("list",), ("doctor",), ("show", "null")):
        out = command(*words).out
        assert "\x1b" not in out
        assert not any(line.endswith(" ") for line in out.splitlines())


@pytest.mark.parametrize("words", [["evidence"], ["compare"], ["trial", "run"], ["profile"]])
def test_help_is_wrapped_once(words: list[str]) -> None:
    """On 80 columns paragraphs fill their lines, and each example stands on one."""
    environment = {**os.environ, "COLUMNS": "80", "NO_COLOR": "1", "TERM": "dumb"}
    done = subprocess.run(
        [*PDMODEL, *words, "--help"],
        capture_output=True, encoding="utf-8", env=environment, check=True,
    )  # fmt: skip
    told, examples = done.stdout.split("Arguments")[0].split("Examples:")
    lines = [line.strip() for line in told.splitlines()]
    for line, following in itertools.pairwise(lines):
        if line and following and "Usage" not in line:
            assert len(line) + len(following.split()[0]) > 77, line
    shown = [line.strip() for line in examples.splitlines() if line.strip(" ╭─\r")]
    assert shown
    assert all(line.startswith("pdmodel ") for line in shown)
