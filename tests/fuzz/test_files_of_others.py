"""Damaged and forged SBML, SED-ML, PEtab and archives: something is read, or one line says why not.

A fixed handful; `FUZZ_SECONDS=600` goes on for longer.
"""

from __future__ import annotations

import random
import warnings
import zipfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from pdmodel.errors import ModelError, PdmodelError
from pdmodel.interchange import read_petab, read_sbml, read_sedml
from tests.fuzz.markup import mutated_markup
from tests.fuzz.mutation import ODD, cases, check, mutated
from tests.fuzz.mutations import copy, mutate

EXAMPLES = Path(__file__).parents[2] / "examples" / "data"
CONVERSION = EXAMPLES / "conversion"
SBML = (
    EXAMPLES / "tumour_effectors.xml",
    CONVERSION / "model.xml",
    Path(__file__).parent / "every_element.xml",
)
_WORDS = (
    "forward", "A", "a0", "sd_a", "0", "-1", "inf", "log10", "exp(A", "A*A", "A/0", "laplace",
    "unknown", "steadystate", "of_a",
)  # fmt: skip
MANIFEST = """<omexManifest xmlns="http://identifiers.org/combine.specifications/omex-manifest">
<content location="./model.xml" format="http://identifiers.org/combine.specifications/sbml"/>
<content location="./problem.yaml" format="application/x-yaml" master="true"/></omexManifest>"""


def one_line(read: Callable[[], object], shown: object) -> bool:
    """Whether something was read; of a model's faults, each has one line."""

    def quietly() -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            try:
                read()
            except ModelError as error:
                raise PdmodelError("; ".join(error.findings)) from error

    return check(quietly, shown)


def write(file: Path, text: str) -> Path:
    """Write what may be no text at all."""
    file.write_text(text, encoding="utf-8", errors="surrogatepass")
    return file


@pytest.mark.parametrize("source", SBML, ids=lambda source: source.stem)
def test_sbml(source: Path, tmp_path: Path) -> None:
    """Changed elements, attributes and operators of a model."""
    text = source.read_text("utf-8")
    assert one_line(partial(read_sbml, source), source.name)
    answers = set()
    for number, chance in enumerate(cases(60, seed=1)):
        file = write(tmp_path / "model.xml", mutated_markup(chance, text))
        answers.add(one_line(partial(read_sbml, file), f"{source.name}, case {number}"))
    assert answers == {True, False}


def test_sedml(tmp_path: Path) -> None:
    """Changed elements of the description of a run."""
    source = EXAMPLES / "tumour_effectors.sedml"
    write(tmp_path / "tumour_effectors.xml", SBML[0].read_text("utf-8"))
    answers = set()
    for number, chance in enumerate(cases(40, seed=1)):
        file = write(tmp_path / "run.sedml", mutated_markup(chance, source.read_text("utf-8")))
        answers.add(one_line(partial(read_sedml, file), f"case {number}"))
    assert answers == {True, False}


def test_petab(tmp_path: Path) -> None:
    """Changed cells, rows, words and bytes of the tables of a problem."""
    answers = set()
    for number, chance in enumerate(cases(40, seed=1)):
        place = copy(CONVERSION, tmp_path / "problem")
        tables = [place / f"{name}.tsv" for name in _TABLES]
        how = _damage(chance, chance.choice([*tables, place / "problem.yaml"]))
        answers.add(one_line(partial(read_petab, place / "problem.yaml"), f"case {number}, {how}"))
    assert answers == {True, False}


_TABLES = ("conditions", "measurements", "observables", "parameters")


def _damage(chance: random.Random, file: Path) -> str:
    if file.suffix != ".tsv" or chance.random() < 0.2:
        return mutate(file, chance)
    lines = file.read_text("utf-8").splitlines()
    row = chance.randrange(len(lines))
    cells = lines[row].split("\t")
    cells[chance.randrange(len(cells))] = chance.choice((*ODD, *_WORDS))
    lines[row] = "\t".join(cells)
    if chance.random() < 0.2:
        lines.append(lines[row])
    write(file, "\n".join(lines) + "\n")
    return f"row {row} of {file.name}"


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_archives(tmp_path: Path) -> None:
    """Odd names, a forged list of contents, broken bytes."""
    answers = set()
    readers: tuple[Callable[[Path], object], ...] = (read_sbml, read_petab, read_sedml)
    for number, chance in enumerate(cases(60, seed=1)):
        file = _archive(chance, tmp_path / "study.omex")
        read = chance.choice(readers)
        answers.add(one_line(partial(read, file), f"case {number}"))
    assert answers == {True, False}


def _archive(chance: random.Random, file: Path) -> Path:
    odd = ("../x", "/abs", "a/../../b", "con:x", "é", "a" * 300, "folder/")
    with zipfile.ZipFile(file, "w") as archive:
        for source in sorted(CONVERSION.iterdir()):
            text = source.read_text("utf-8")
            name = source.name if chance.random() < 0.97 else chance.choice(odd)
            archive.writestr(name, mutated(chance, text) if chance.random() < 0.1 else text)
        if chance.random() < 0.8:
            listed = mutated_markup(chance, MANIFEST) if chance.random() < 0.5 else MANIFEST
            archive.writestr("manifest.xml", listed.encode("utf-8", "surrogatepass"))
    if chance.random() < 0.2:
        file.write_bytes(file.read_bytes()[: chance.randrange(file.stat().st_size)])
    return file
