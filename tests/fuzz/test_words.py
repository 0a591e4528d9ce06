"""Every reader of words and tables answers with a result or with one line, whatever it is given."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from pdmodel.catalogue import find_data
from pdmodel.cli.console.options import read_bounds, read_values, split_names
from pdmodel.dosing import read_events, read_regimen
from pdmodel.hypotheses.discrimination.assay import read_assays
from pdmodel.hypotheses.hypothesis import Difference, read_hypothesis
from pdmodel.inference.targets.prediction import read_prediction
from pdmodel.inference.targets.priors import read_priors
from pdmodel.inference.targets.target import read_targets
from pdmodel.trial.patterns.pattern import read_patterns
from pdmodel.units import parse_quantity, parse_unit
from tests.fuzz.mutation import cases, check, mutated

REGIMENS = (
    "10 mg daily", "25 mg days 1-21 of 28", "ramp 0-5-10 mg every 28 days", "placebo",
    "5 mg lenalidomide daily for 56 days", "pack 24-20-16 mg mp in 2 doses after 1.5 days",
    "10 mg daily + pack 8-4 mg mp; 5 mg x daily after 3 days",
    "loading 160-80 mg then 40 mg every 2 weeks until day 84", "3 mg/kg at weeks 0, 2, 6 at 70 kg",
    "5 mg twice daily on days 1-14 of 21", "100 mg over 2 hours on days 1, 8 of 28 from day 3",
)  # fmt: skip
PREDICTIONS = (
    "nonresponder:il6:fold_change:84", "responder/nonresponder:tnf:ratio:0",
    "responder:SPD:onset:84:threshold=0.5", "responder:SPD:best:scale=linear",
)  # fmt: skip
UNITS = ("mg", "1/day", "pg/mL", "1e9 cells/L", "mg^2/(L*day)")
QUANTITIES = ("10 mg", "2.5e-3 g", "50 %")
HYPOTHESES = ("reference", "tumour_il6@tone", "no_tolerance@effector_competence")
EVENTS = (
    "ID,TIME,AMT,RATE,EVID,CMT,DV,MDV,SS,II,ADDL,WT,SEX\n"
    "1,0,100,0,1,1,.,1,0,24,5,70,F\n1,12,.,.,0,1,3.5,0,0,0,0,70,F\n"
    "1,48,50,10,4,1,.,1,0,0,0,70,F\n2,0,100,-2,1,1,.,1,1,12,2,80,M\n2,30,.,.,2,.,.,1,.,.,.,81,M\n"
)  # fmt: skip


def give(words: str) -> None:
    """Read a regimen and ask it everything."""
    regimen = read_regimen(words)
    regimen.actions(400.0)
    regimen.prescribed(400.0)
    str(regimen.describe(400.0))


def hypothesis(words: str) -> None:
    """Read the name of a hypothesis."""
    both = {name: Difference(name, (name,), "", "") for name in ("tone", "effector_competence")}
    read_hypothesis(words, both, both["tone"])


READERS: dict[str, tuple[Callable[[str], object], tuple[str, ...]]] = {
    "regimen": (give, REGIMENS),
    "prediction": (read_prediction, PREDICTIONS),
    "unit": (parse_unit, UNITS),
    "quantity": (parse_quantity, QUANTITIES),
    "hypothesis": (hypothesis, HYPOTHESES),
    "value": (lambda words: read_values([words, "b=2"]), ("tone=1.5", "kill_max=1e-3")),
    "bounds": (lambda words: read_bounds([words]), ("tone=0.1:10", "k=-1:1")),
    "names": (split_names, ("il6,tnf", "a")),
}


@pytest.mark.parametrize("name", READERS)
def test_words(name: str) -> None:
    """Mutated words of every kind; some are still read, and some are not."""
    read, texts = READERS[name]
    answers = set()
    for text in texts:
        assert check(partial(read, text), text), text
    for chance in cases(150, seed=1):
        words = mutated(chance, chance.choice(texts))
        answers.add(check(partial(read, words), words))
    assert answers == {True, False}


def events(file: Path) -> None:
    """Read events and unroll what is given."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        table = read_events(file, time="hour")
    for subject in table:
        subject.actions(50.0)
        str(subject.observations)


def published(name: str) -> str:
    """Return the first rows of a published table."""
    lines = find_data(name).read_text(encoding="utf-8").splitlines()
    return "\n".join(lines[:5]) + "\n"


TABLES: dict[str, tuple[Callable[[Path], object], Callable[[], str]]] = {
    "events": (events, lambda: EVENTS.replace("-2,1", "0,1")),
    "targets": (read_targets, lambda: published("response.csv")),
    "priors": (read_priors, lambda: published("priors.csv")),
    "patterns": (read_patterns, lambda: published("trials.csv")),
    "assays": (read_assays, lambda: published("assays.csv")),
}


@pytest.mark.parametrize("name", TABLES)
def test_tables(name: str, tmp_path: Path) -> None:
    """Mutated cells, rows and bytes: file and row are named, and no other error comes out."""
    read, make = TABLES[name]
    whole, file = make(), tmp_path / "table.csv"
    file.write_text(whole, encoding="utf-8")
    assert check(lambda: read(file), whole)
    for chance in cases(100, seed=2):
        lines = whole.splitlines()
        place = chance.randrange(len(lines))
        lines[place] = mutated(chance, lines[place])
        data = ("\n".join(lines) + "\n").encode("utf-8", "surrogatepass")
        if chance.random() < 0.1:
            data = data.replace(b",", bytes([chance.randrange(256)]), 1)
        file.write_bytes(data)
        check(lambda: read(file), data)
