"""What makes two questions the same: values without addresses, and the code of users."""

from __future__ import annotations

import dataclasses
import functools
import importlib
import itertools
import json
import math
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd
import pytest
import sympy

from pdmodel.model import ASSUMED, Mechanism, Model, Vocabulary
from pdmodel.storage import describe, fingerprint, user_code
from tests.toys import one_compartment


@dataclasses.dataclass(frozen=True)
class Rule:
    """A rule with fields."""

    quantity: str
    below: float = math.inf


class Own:
    """A rule of someone who writes no dataclasses; its repr holds an address."""

    def __init__(self, limit: float) -> None:
        self.limit = limit


def limited(limit: float) -> Any:
    """Return a function that holds a number."""
    return lambda value: value > limit


VALUES: tuple[tuple[Any, Any], ...] = (
    (1, 2), (1.0, math.nan), ("a", "b"), (Rule("il6"), Rule("il6", 2.0)), (Own(1.0), Own(2.0)),
    (limited(1.0), limited(2.0)), (np.arange(3.0), np.array([0.0, 1.0, 3.0])),
    (functools.partial(max, 1), functools.partial(max, 2)),
    (pd.DataFrame({"a": [1]}), pd.DataFrame({"a": [2]})), ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
    (sympy.Symbol("x") ** 2, sympy.Symbol("x") ** 3), ([Own(1.0)], [Own(1.5)]), (Own, Rule),
    (one_compartment(), one_compartment({"k": 0.8})),
)  # fmt: skip


@pytest.mark.parametrize(("one", "other"), VALUES)
def test_values_that_differ_give_other_data(one: Any, other: Any) -> None:
    """Plain data, the same each time, without an address; of another value another."""
    told = json.dumps(describe(one), allow_nan=False)
    assert told == json.dumps(describe(one), allow_nan=False)
    assert "0x" not in told
    assert told != json.dumps(describe(other), allow_nan=False)


def test_the_same_made_twice_is_the_same() -> None:
    """Objects that are equal in all they hold, and numbers of NumPy."""
    assert describe(Own(1.0)) == describe(Own(1.0))
    assert describe(np.float64(2.5), np.int64(3)) == [2.5, 3]
    loop: list[Any] = [1]
    loop.append(loop)
    assert describe(loop) == [1, "(again)"]


def test_numbers_of_a_model_count() -> None:
    """A constant, a starting value and a default each make another model."""

    def model(constant: float = 1.0, initial: float = 1.0, value: float = 1.0) -> Model:
        q = Vocabulary()
        k = q.parameter("k", unit="1/day", value=value, bounds=(0, 9), meaning="", source=ASSUMED)
        c = q.constant("c", unit="1", value=constant, meaning="")
        x = q.state("x", unit="1", initial=initial, meaning="")
        q.slot("s", meaning="", states=(x,))
        return Model(
            "toy", q, [Mechanism("s", slot="s", claim="", processes={"p": {x: -k * c * x}})]
        )

    made = [model(), model(constant=2.0), model(initial=2.0), model(value=2.0)]
    assert len({fingerprint({"model": describe(one)}) for one in made}) == 4


@pytest.fixture
def rules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """Return a user's module that imports another one, and that one inside a function."""
    (tmp_path / "my_helper.py").write_text("LIMIT = 1\n")
    (tmp_path / "my_late.py").write_text("LIMIT = 1\n")
    (tmp_path / "my_rules.py").write_text(
        "import json\nfrom my_helper import LIMIT\n\n\ndef rule(x):\n    import my_late\n"
        "    return x > LIMIT + my_late.LIMIT\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    yield importlib.import_module("my_rules")
    for name in ("my_rules", "my_helper", "my_late"):
        sys.modules.pop(name, None)


@pytest.mark.parametrize("file", ["my_rules.py", "my_helper.py", "my_late.py"])
def test_changed_code_is_seen(rules: ModuleType, tmp_path: Path, file: str) -> None:
    """In the module, in one that it imports, in one it imports late; twice within a second."""
    seen = [user_code(rules.rule)]
    assert set(seen[0]) == {"my_rules.py", "my_helper.py", "my_late.py"}
    text = (tmp_path / file).read_text()
    for number in "23":
        (tmp_path / file).write_text(text.replace("1", number).replace(">", "<" * (number == "2")))
        seen.append(user_code(rules.rule))
    assert all(a != b for a, b in itertools.pairwise(seen))
    (tmp_path / file).write_text(f"# a remark\n{text}\n\n")
    assert user_code(rules.rule) == seen[0]


def test_code_without_a_file_is_seen() -> None:
    """In a notebook: a class by its methods, a function by all it calls there."""
    texts = ("y = 1\ndef f(x): return x + y\ndef g(x): return f(x)", "")
    seen = []
    for y in (1, 2):
        notebook: dict[str, Any] = {"__name__": "notebook_cell"}
        code = compile(texts[0].replace("= 1", f"= {y}"), "<cell>", "exec")
        exec(code, notebook)
        seen.append(user_code(notebook["g"]))
    assert seen[0] != seen[1]
    assert len(seen[0]) == 1


def test_libraries_and_pdmodel_do_not_count() -> None:
    """Only what a user wrote."""
    assert user_code(np.mean, one_compartment(), json.dumps, Path("x")) == {}
