"""The catalogue: models and patients by name, as `module:object`, as `path.py:object`."""

from __future__ import annotations

from pathlib import Path

import pytest

import pdmodel
from equations.hypotheses import reference
from equations.patients import responder
from pdmodel.catalogue import find_data
from pdmodel.errors import InputError, ModelError, UnknownNameError
from pdmodel.model import Model

OWN = """
from pdmodel.model import ASSUMED, Mechanism, Model, Vocabulary
q = Vocabulary()
k = q.parameter("k", unit="1/day", value=1, bounds=(0, 2), meaning="loss", source=ASSUMED)
x = q.state("x", unit="1", initial=1, meaning="something")
q.slot("s", meaning="role", states=(x,))
mine = Model("mine", q, [Mechanism("m", "s", "it goes", processes={"loss": {x: -k * x}})])
"""


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """Return a file of a user's with one model."""
    path = tmp_path / "own.py"
    path.write_text(OWN, encoding="utf-8")
    return path


def test_published_by_name() -> None:
    """Entry points find what `equations` publishes; an object passes through."""
    assert pdmodel.load("reference") is reference
    assert pdmodel.load(reference) is reference
    assert pdmodel.load_patient("responder") is responder
    assert pdmodel.load_patient(responder) is responder
    assert pdmodel.models()["reference"] is reference
    assert {"responder", "nonresponder", "myeloma_like"} <= set(pdmodel.patients())
    pdmodel.models().clear()
    assert len(pdmodel.models()) > 10


def test_by_module_and_by_file(own: Path) -> None:
    """Names within a module are its variables'."""
    assert pdmodel.load("equations.hypotheses:tumour_il6").name == "tumour_il6"
    mine = pdmodel.load(f"{own}:mine")
    assert isinstance(mine, Model)
    assert mine.name == "mine"
    assert pdmodel.simulate(mine, days=1).sizes["time"] == 2


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("referense", "unknown model 'referense'; did you mean 'reference'"),
        ("", "unknown model ''"),
        ("equations.hypotheses:tumor_il6", "did you mean 'tumour_il6'"),
        ("equations.hypotheses:q", "unknown model in equations.hypotheses: 'q'"),
        (":reference", "unknown model ':reference'"),
    ],
)
def test_unknown_names(name: str, words: str) -> None:
    """The nearest match, or at least what is allowed."""
    with pytest.raises(UnknownNameError, match=words):
        pdmodel.load(name)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("no_such_module:x", "module 'no_such_module' cannot be imported"),
        ("..up:x", "module '..up' cannot be imported"),
        ("nowhere.py:x", "file 'nowhere.py' does not exist"),
    ],
)
def test_what_cannot_be_imported(name: str, words: str) -> None:
    """One message, not a traceback of someone else's module."""
    with pytest.raises(InputError, match=words):
        pdmodel.load(name)


def test_files_that_fail(own: Path) -> None:
    """Whatever the file raises; a model with faults keeps its own message."""
    own.write_text("1 / 0", encoding="utf-8")
    with pytest.raises(InputError, match=r"own\.py' cannot be run: division by zero"):
        pdmodel.load(f"{own}:mine")
    own.write_text(OWN.replace("-k * x", "-k"), encoding="utf-8")
    assert pdmodel.load(f"{own}:mine").name == "mine"
    own.write_text(OWN.replace("-k * x", "-x"), encoding="utf-8")
    with pytest.raises(ModelError, match=r"process 'loss' of x: is in 1, needs time\^-1"):
        pdmodel.load(f"{own}:mine")


def test_published_data() -> None:
    """Target files are found by name, and the nearest is offered."""
    assert find_data("response.csv").is_file()
    with pytest.raises(InputError, match=r"'respons\.csv' does not exist; did you mean 'response"):
        find_data("respons.csv")
