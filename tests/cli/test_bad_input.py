"""Each wrong word gives one clear error, exit code 2, and leaves nothing behind."""

from __future__ import annotations

from pathlib import Path

import pytest

import pdmodel
from pdmodel.errors import InputError, UnknownNameError
from pdmodel.model import ASSUMED, Mechanism, Vocabulary

RUN = ("simulate", "reference", "--regimen", "10 mg daily", "--days", "3", "--out", "run")


LONG = "a" * 300


def simulate(**options: str) -> tuple[str, ...]:
    """Return a command that is right but for the options given."""
    known = {"regimen": "10 mg daily", "days": "3", "out": "run"} | options
    return ("simulate", "reference", *(w for k, v in known.items() for w in (f"--{k}", v)))


CASES = {
    "model": (("show", "referenc"), ("unknown model 'referenc'", "did you mean 'reference'?")),
    "model of a module": (
        ("show", "equations.hypotheses:referense"),
        ("'referense'", "did you mean 'reference'?"),
    ),
    "module": (("show", "equations.nothing:x"), ("'equations.nothing'", "cannot be imported")),
    "file": (("check", "missing.py:x"), ("'missing.py'", "does not exist")),
    "patient": (simulate(patient="respondr"), ("patient 'respondr'", "did you mean 'responder'?")),
    "parameter": (simulate(set="tonee=2"), ("parameter 'tonee'", "did you mean 'tone'?")),
    "value too large": (simulate(set="tone=900"), ("'tone'", "900", "outside [0.1, 10]")),
    "value nan": (simulate(set="tone=nan"), ("'tone'", "nan")),
    "value text": (simulate(set="tone=high"), ("tone", "'high' is not a number")),
    "value without effect": (
        simulate(set="direct_kill_max=1"), ("'reference' does not use it", "nothing would change")
    ),
    "days without end": (simulate(days="1e300"), ("days must be a number <= 1e+15",)),
    "value missing": (simulate(set="tone"), ("'tone' is not name=value",)),
    "option twice": ((*simulate(), "--days", "4"), ("--days is given twice", "takes one value")),
    "list twice": (
        ("fit", "response", "--free", "tone", "--free", "k_in"),
        ("--free is given twice", "write --free A,B"),
    ),
    "value twice": ((*simulate(set="tone=1"), "--set", "tone=2"), ("'tone' twice",)),
    "unit": (simulate(regimen="10 mgg daily"), ("10 mgg daily", "'mgg' is not a unit")),
    "unit of another kind": (simulate(regimen="10 L daily"), ("'L'", "'mg' is needed")),
    "no unit": (simulate(regimen="10 daily"), ("10 daily",)),
    "regimen": (simulate(regimen="often"), ("'often'", "cannot", "10 mg lenalidomide daily")),
    "drug": (simulate(regimen="5 mg aspirin daily"), ("'aspirin'", "lenalidomide")),
    "drug, nearly": (
        simulate(regimen="5 mg lenalidomid daily"), ("did you mean 'lenalidomide'?",),
    ),
    "negative dose": (simulate(regimen="-10 mg daily"), ("-10", "must be > 0")),
    "negative time": (simulate(regimen="10 mg daily after -3 days"), ("after -3 days",)),
    "days 0": (simulate(days="0"), ("days must be a number > 0", "0")),
    "negative days": (simulate(days="-5"), ("days must be a number > 0", "-5")),
    "days nan": (simulate(days="nan"), ("days must be a number > 0", "nan")),
    "days for ever": (simulate(days="inf"), ("days", "inf")),
    "days text": (simulate(days="long"), ("--days", "'long' is no length", "simulate --help")),
    "days of no time": (simulate(days="3 mg"), ("'3 mg' is no length of time",)),
    "rows too far apart": (simulate(every="0 hours"), ("the time from row to row", "> 0")),
    "rows too many": (simulate(days="300", every="1e-9 hours"), ("rows every", "more than 100000")),
    "unit of the figure": (
        (*RUN, "--time-unit", "fortnight"), ("unknown unit of time 'fortnight'",),
    ),
    "unit of the table": (
        ("simulate", "reference", "-r", "10 mg daily", "-d", "3", "--time-unit", "weak"),
        ("unknown unit of time 'weak'; did you mean 'week'?",),
    ),
    "kind of file": (simulate(format="gif"), ("unknown kind of figure 'gif'", "png, svg")),
    "intervention": (
        simulate(intervention="tnf_blokade"), ("did you mean 'tnf_blockade'?",),
    ),
    "rival": (simulate(swap="no_toleranse"), ("mechanism 'no_toleranse'", "'no_tolerance'?")),
    "control of nothing": (simulate(against="control"), ("--intervention or --swap",)),
    "control of a regimen": (
        ("simulate", "reference", "-d", "3", "--intervention", "half_dose", "--against", "control"),
        ("'half_dose' is '5 mg daily' and nothing else; say by --regimen what",),
    ),
    "regimen that replaces all": (
        simulate(intervention="half_dose"), ("'10 mg daily' replaces; leave one of them out",),
    ),
    "other run": (simulate(against="nowhere"), ("'nowhere' is neither 'control' nor the folder",)),
    "weight of nothing": (simulate(weight="70 kg"), ("--weight belongs to doses",)),
    "no weight": (simulate(regimen="5 mg/kg daily"), ("--weight '70 kg'",)),
    "weight in litres": (
        simulate(regimen="5 mg/kg daily", weight="70 L"), ("body weight '70 L'",)
    ),
    "quantity": (simulate(quantities="ilm6"), ("quantity 'ilm6'", "did you mean 'il6'?")),
    "quantity without a name": (simulate(quantities="il6,,tnf"), ("empty name",)),
    "method": (simulate(method="LSODE"), ("method 'LSODE'", "did you mean 'LSODA'?", "Radau")),
    "option missing": (("simulate", "reference", "--days", "3"), ("--regimen", "--events")),
    "option unknown": (("list", "--mechanismes"), ("--mechanismes", "pdmodel list --help")),
    "verb": (("simulat",), ("simulat", "pdmodel --help")),
    "folder to plot": (("plot", "nowhere"), ("'nowhere' does not exist",)),
    "folder without a result": (("plot", "."), ("holds no",)),
    "question": (("fit", "respons"), ("fit 'respons'", "did you mean 'response'?")),
    "model to fit": (("fit", "response", "--model", "referenc"), ("did you mean 'reference'?",)),
    "starts": (("fit", "response", "--starts", "0"), ("starts", "0")),
    "jobs": (("fit", "response", "--jobs", "-1"), ("jobs", "-1")),
    "seed": (("fit", "response", "--seed", "-1"), ("seed", "-1")),
    "budget": (("fit", "response", "--max-evaluations", "0"), ("max_evaluations", "0")),
    "growing state": (
        ("check", "reference", "--growing", "tumor_tissue"), ("did you mean 'tumour_tissue'?",),
    ),
    "days to check": (("check", "reference", "--days", "0"), ("days must be a number > 0",)),
    "name of a folder too long": (simulate(out=LONG), ("--out: 'aaa", "File name too long")),
    "name below a new folder too long": (simulate(out=f"new/{LONG}"), ("File name too long",)),
    "name of a fit's folder too long": (
        ("fit", "response", f"--out={LONG}"), ("--out: 'aaa", "File name too long")
    ),
    "name of a trial's folder too long": (
        ("trial", "run", "phase2", "-n", "4", "--out", LONG), ("--out: 'aaa", "too long")
    ),
    "name of a table too long": (
        ("fit", "response", "--targets", LONG), ("--targets: file 'aaa", "does not exist")
    ),
    "folder to report too long": (("report", LONG), ("'aaa", "File name too long")),
    "regimen too long": (simulate(regimen="b " * 2500), ("--regimen: regimen 'b b", "cannot be")),
    "kind of figure": (("show", "reference", "--png", "a.txt"), ("'txt'",)),
}  # fmt: skip


@pytest.mark.parametrize(("words", "fragments"), CASES.values(), ids=CASES)
def test_one_clear_error(command, tmp_path, words, fragments) -> None:
    """The culprit is named, no traceback is shown, nothing is printed or written."""
    outcome = command(*words)
    assert outcome.code == 2, outcome
    assert outcome.out == ""
    assert outcome.err.startswith("error: ")
    assert outcome.err.count("\n") == 1
    assert len(outcome.err) < 1000
    for fragment in fragments:
        assert fragment in outcome.err
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_fails_is_told_from_a_full_stdout(command, monkeypatch) -> None:
    """The name of a file in an error says that it is the file; stdout is not silenced then."""
    for error, code in ((OSError(36, "File name too long", "run"), 2), (OSError(28, "full"), 1)):
        silenced = []
        monkeypatch.setattr("pdmodel.cli._silence_stdout", lambda: silenced.append(True))  # noqa: B023

        def fail(*_: object, error: OSError = error, **__: object) -> None:
            raise error

        monkeypatch.setattr("pdmodel.hypotheses.discrimination.with_and_without.simulate", fail)
        outcome = command(*RUN)
        assert outcome.code == code
        assert bool(silenced) == (code == 1)


def test_existing_folder_is_refused_and_kept(command, tmp_path: Path) -> None:
    """Nothing of it is touched, and the message says what to do."""
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "mine.txt").write_text("mine")
    for words in (RUN, ("fit", "response", "--starts", "1", "--out", "run")):
        outcome = command(*words)
        assert outcome.code == 2
        assert "run" in outcome.err
        assert "choose another" in outcome.err
    assert [path.name for path in tmp_path.iterdir()] == ["run"]
    assert [path.name for path in (tmp_path / "run").iterdir()] == ["mine.txt"]


def test_a_file_in_the_way_is_refused_and_kept(command, tmp_path: Path) -> None:
    """Even --overwrite does not remove a file that is no folder."""
    (tmp_path / "run").write_text("mine")
    outcome = command(*RUN, "--overwrite")
    assert outcome.code == 2
    assert "is a file" in outcome.err
    assert (tmp_path / "run").read_text() == "mine"


def test_nothing_is_left_when_the_figure_fails(command, tmp_path: Path, monkeypatch) -> None:
    """The folder appears whole or not at all, whatever happens on the way."""

    def refuse(*_: object, **__: object) -> None:
        raise InputError("no figure today")

    monkeypatch.setattr("pdmodel.plots.figures.draw_figures", refuse)
    outcome = command(*RUN)
    assert (outcome.code, outcome.err) == (2, "error: no figure today\n")
    assert list(tmp_path.iterdir()) == []


def test_a_failed_integration_exits_with_1(command, tmp_path: Path, monkeypatch) -> None:
    """The science failed, not the command; nothing is written."""
    monkeypatch.setattr("pdmodel.engine.scipy_runs.integrators._STEPS_A_POINT", 1)
    monkeypatch.setattr("pdmodel.engine.scipy_runs.integrators._FIRST_STEPS", ())
    outcome = command(*RUN, "--method", "LSODA")
    assert outcome.code == 1
    assert outcome.err.startswith("error: integration of 'reference' failed")
    assert list(tmp_path.iterdir()) == []


FAULTY = """
from sympy import Symbol
from pdmodel.model import ASSUMED, Mechanism, Model, Vocabulary

q = Vocabulary(time="day")
x = q.state("x", unit="mg", initial=0, meaning="amount")
k = q.parameter("k", unit="1/hour", value=1, bounds=(0, 2), meaning="loss", source=ASSUMED)
q.slot("x", meaning="what moves x", states=(x,))
"""


def test_check_prints_every_fault(command, tmp_path: Path) -> None:
    """Two undeclared symbols and an unknown slot are three lines, not the first alone."""
    body = 'Mechanism("m", slot="y", claim="", processes={"p": {x: -k * x + Symbol("l")}})'
    (tmp_path / "bad.py").write_text(
        FAULTY + f'bad = Model("bad", q, [{body}, Mechanism("n", slot="x", claim="", '
        'processes={"p": {x: Symbol("kk") * x}})])\n'
    )
    outcome = command("check", "bad.py:bad")
    assert outcome.code == 2
    assert "bad.py:bad: 3 faults" in outcome.out
    for fragment in ("slot 'y'", "symbol l is not declared", "symbol kk"):
        assert fragment in outcome.out


def test_check_prints_faults_of_dimension(command, tmp_path: Path) -> None:
    """A rate per hour in a model that counts days is found."""
    body = 'Mechanism("m", slot="x", claim="", processes={"p": {x: -k * x}})'
    (tmp_path / "bad.py").write_text(FAULTY + f'bad = Model("bad", q, [{body}])\n')
    outcome = command("check", "bad.py:bad")
    assert outcome.code == 2
    assert "wrong scale by 24" in outcome.out


def test_reversed_bounds_of_a_file_are_one_error(command, tmp_path: Path) -> None:
    """The parameter and its bounds are named."""
    text = FAULTY.replace("bounds=(0, 2)", "bounds=(2, 0)")
    (tmp_path / "bad.py").write_text(text)
    outcome = command("show", "bad.py:bad")
    assert (outcome.code, outcome.err) == (2, "error: parameter 'k': bounds (2, 0) are reversed\n")


def test_a_file_that_is_no_python_is_one_error(command, tmp_path: Path) -> None:
    """No traceback of the import machinery."""
    (tmp_path / "bad.py").write_text("def (:\n")
    outcome = command("show", "bad.py:bad")
    assert outcome.code == 2
    assert "'bad.py' cannot be run" in outcome.err
    assert "Traceback" not in outcome.err


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"bounds": (2, 1)}, r"'k': bounds \(2, 1\) are reversed"),
        ({"value": 3.0}, r"'k': value 3 is outside \[0, 2\]"),
        ({"status": "reportd"}, "did you mean 'reported'"),
    ],
)
def test_vocabulary_refuses(change: dict[str, object], message: str) -> None:
    """A parameter that contradicts itself is refused when it is declared."""
    words: dict[str, object] = {
        "unit": "1/day", "value": 1.0, "bounds": (0, 2), "meaning": "loss", "source": ASSUMED,
    }  # fmt: skip
    with pytest.raises(InputError, match=message):
        Vocabulary().parameter("k", **(words | change))  # type: ignore[arg-type]


def test_swap_refuses_unknown_mechanisms_and_slots() -> None:
    """The nearest name is offered."""
    model = pdmodel.load("reference")
    with pytest.raises(UnknownNameError, match=r"mechanism 'il6_from_tumor'; .*'il6_from_tumour'"):
        model.swap("il6_from_tumor")
    with pytest.raises(UnknownNameError, match="'toleranse'; did you mean 'tolerance'"):
        model.swap(Mechanism("mine", slot="toleranse", claim=""))
    with pytest.raises(UnknownNameError, match="'tnf_homeostasi'; did you mean 'tnf_homeostasis'"):
        model.without("tnf_homeostasi")
