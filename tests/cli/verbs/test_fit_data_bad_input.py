"""Whatever is wrong with measured data or what is asked of them is one line and exit code 2."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.toys.measured_laboratory import OBSERVED, courses, laboratory

__all__ = ["laboratory"]

ASK = ("fit-data", "m.py:model", "pk.csv")
POOLED = (*OBSERVED, "--free", "k")
MANY = (*OBSERVED, "--own", "k,volume", "--method", "population")
# What is asked of good data, and what the one line must say.
QUESTIONS = {
    "nothing observed": (("--free", "k"), ("Missing option '--observe'",)),
    "unknown analyte": (("--observe", "IL6=concentration"), ("analyte", "'IL6'", "known: conc")),
    "unknown quantity": (
        ("--observe", "conc=concentratoin"), ("'concentratoin'", "did you mean 'concentration'?"),
    ),
    "analyte twice": (("--observe", "a=x,a=y"), ("names 'a' twice",)),
    "two quantities alone": (("--observe", "il6,tnf"), ("--observe A=parent,B=metabolite",)),
    "half an analyte": (("--observe", "conc="), ("write ANALYTE=QUANTITY",)),
    "nothing left": (("--observe", "conc=none"), ("observed names no quantity",)),
    "unknown parameter": ((*OBSERVED, "--free", "kk"), ("'kk'", "did you mean 'k'?")),
    "unknown own": ((*OBSERVED, "--own", "volum"), ("'volum'", "did you mean 'volume'?")),
    "free and own": ((*OBSERVED, "--own", "k", "--free", "k"), ("'k' is free and own",)),
    "pooled with own": (
        (*POOLED, "--own", "volume", "--method", "pooled"), ("pooled means one value",),
    ),
    "each without own": ((*POOLED, "--method", "each"), ("needs `own`",)),
    "unknown method": ((*POOLED, "--method", "popular"), ("did you mean 'population'?",)),
    "unknown error": ((*POOLED, "--error", "loog"), ("did you mean 'log'?",)),
    "error no number": ((*POOLED, "--error", "log:x"), ("'x' is not a number",)),
    "error too long": ((*POOLED, "--error", "log:1:2"), ("one standard deviation",)),
    "error held at nothing": ((*POOLED, "--error", "log:fixed"), ("--error", "needs a number")),
    "error of another": ((*POOLED, "--error", "il6=log"), ("'il6'", "known: concentration")),
    "value outside": ((*POOLED, "--set", "k=1e9"), ("'k' = 1e+09 is outside its bounds",)),
    "value of nothing": ((*POOLED, "--set", "kk=1"), ("'kk'", "did you mean 'k'?")),
    "bounds of nothing": ((*POOLED, "--bounds", "kk=1:2"), ("'kk'", "did you mean 'k'?")),
    "bounds the wrong way": ((*POOLED, "--bounds", "k=2:1"), ("must be below high",)),
    "unit of an amount": ((*POOLED, "--amount", "L"), ("subject 1", "'L' cannot be given")),
    "unit of time": ((*POOLED, "--time", "mg"), ("mg",)),
    "no jobs": ((*POOLED, "--jobs", "0"), ("jobs must be a whole number >= 1",)),
    "no starts": ((*POOLED, "--starts", "0"), ("starts must be a whole number >= 1",)),
    "level": ((*POOLED, "--level", "2"), ("level must lie between 0 and 1",)),
    "covariance of no population": (
        (*POOLED, "--covariance", "full"), ("--covariance belongs to --method population",),
    ),
    "profiles of a population": ((*MANY, "--level", "0.9"), ("profiles are of fits",)),
    "starts of a population": ((*MANY, "--starts", "3"), ("--starts belongs to",)),
    "no jobs of a population": ((*MANY, "--jobs", "0"), ("jobs must be",)),
    "covariate": ((*MANY, "--effect", "k=AGE:power:70"), ("'AGE'", "known: WGT")),
    "kind of effect": ((*MANY, "--effect", "k=WGT:powr:70"), ("did you mean 'power'?",)),
    "half an effect": ((*MANY, "--effect", "k=WGT"), ("write PARAMETER=COVARIATE",)),
    "scale": ((*MANY, "--scale", "k=lin"), ("scale", "'lin'")),
    "spread of nothing": ((*MANY, "--spread", "q=1"), ("not --own", "'q'")),
    "negative spread": ((*MANY, "--spread", "k=-1"), ("must be", "> 0")),
    "few simulations": ((*MANY, "--simulations", "3"), ("simulations must be", ">= 20")),
    "likelihood": ((*MANY, "--likelihood", "foce"), ("did you mean 'focei'?",)),
    "block": ((*MANY, "--covariance", "k,q"), ("'q'",)),
    "held": ((*MANY, "--hold", "q"), ("'q'",)),
}  # fmt: skip
LINES = courses().splitlines()


def replaced(row: int, old: str, new: str) -> str:
    """Return the table with one row changed."""
    lines = list(LINES)
    assert old in lines[row]
    lines[row] = lines[row].replace(old, new)
    return "\n".join(lines) + "\n"


# What is wrong with the file, of which all else is asked rightly.
FILES = {
    "nothing measured": (
        "\n".join(line for line in LINES if ",conc," not in line), POOLED,
        ("holds no measured value",),
    ),
    "all censored": (
        "\n".join(line.replace("conc,0", "conc,1") for line in LINES), POOLED,
        ("all 15 values of 'concentration' are censored", "--error concentration=KIND:SD:fixed"),
    ),
    "negative on the logarithm": (
        replaced(2, LINES[2].split(",")[5], "-0.2"), POOLED,
        ("row 3", "ID 1", "no logarithm", "additive"),
    ),
    "one subject as a population": ("\n".join(LINES[:7]), MANY, ("1 patient was measured",)),
    "more effects than values": (
        "\n".join(LINES[:3] + LINES[7:9]), (*OBSERVED, "--own", "k,volume,ka", *MANY[4:]),
        ("7 numbers are sought of 2 values",),
    ),
    "empty": ("", POOLED, ("pk.csv",)),
    "semicolons": ("\n".join(LINES).replace(",", ";"), POOLED, ("semicolons",)),
    "text for a number": (replaced(2, "0.25", "often"), POOLED, ("row 3", "'often'")),
    "not named": (
        replaced(2, "conc", "tnf"), POOLED, ("'tnf' is not named", "leave it out"),
    ),
}  # fmt: skip


def refuse(command: Callable, laboratory: Path, words: tuple[str, ...], expected: tuple) -> None:
    """Assert that a command is refused in one line that says so, and leaves nothing behind."""
    before = sorted(path.name for path in laboratory.iterdir())
    outcome = command(*words)
    assert outcome.code == 2, outcome.err
    assert outcome.err.count("\n") == 1
    assert outcome.err.startswith("error: ")
    for part in expected:
        assert part in outcome.err
    assert (
        sorted(path.name for path in laboratory.iterdir() if path.name != "__pycache__") == before
    )


@pytest.mark.parametrize("case", QUESTIONS)
def test_questions_that_cannot_be_asked(case: str, command, laboratory: Path) -> None:
    """The message names what is wrong, and nothing is written."""
    words, expected = QUESTIONS[case]
    refuse(command, laboratory, (*ASK, *words), expected)


@pytest.mark.parametrize("case", FILES)
def test_files_that_cannot_be_fitted(case: str, command, laboratory: Path) -> None:
    """The message names the file, the row or the subject, and nothing is written."""
    text, words, expected = FILES[case]
    (laboratory / "pk.csv").write_text(text)
    refuse(command, laboratory, (*ASK, *words), ("pk.csv", *expected))


def test_files_that_are_missing(command, laboratory: Path) -> None:
    """A folder is no file either."""
    for name, why in (("nothing.csv", "does not exist"), (".", "is no file")):
        refuse(command, laboratory, (*ASK[:2], name, *POOLED), (repr(name), why))


def test_what_is_odd_is_said_and_counted(command, laboratory: Path) -> None:
    """A subject without values, and two values at one time; errors alone may be estimated."""
    twice = [*LINES[:3], LINES[2], *LINES[3:], "99,0,10,1,iv,.,.,0,70"]
    (laboratory / "pk.csv").write_text("\n".join(twice) + "\n")
    outcome = command(*ASK, *OBSERVED, "--starts", "1", "--jobs", "1")
    assert outcome.code == 0, outcome.err
    assert "ID 99 has no measured value and counts for nothing." in outcome.out
    assert "ID 1 has 2 values of concentration at day 0.25 (rows 3, 4); all count." in outcome.out
