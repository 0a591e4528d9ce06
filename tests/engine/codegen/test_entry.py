"""Functions in machine code: kept on disk, called with words, loaded without numba."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from pdmodel.engine.codegen.entry import EntryPoint
from pdmodel.errors import InputError
from tests.engine.codegen.weighing import Display, Scales, weigh

ROOT = Path(__file__).parents[3]
KEPT = '''"""A toy."""
from pdmodel.engine.codegen.entry import entry


@entry
def twice(x):
    return 2 * x
'''


def scales(weights: np.ndarray) -> Scales:
    """Return scales with room for what they find."""
    return Scales(weights, 0.25, None, Display(1, np.zeros(2)), (3, 0.5))


def test_arguments_arrive_as_they_are() -> None:
    """Numbers, arrays by rows, by columns and with gaps, in tuples; what is written is seen."""
    whole = np.arange(12.0).reshape(3, 4)
    for weights in (whole, whole.T, whole[:, ::2], whole[::-1], whole[:0]):
        on = scales(weights)
        assert weigh(on, 3) == weights.shape[1]
        assert on.display.found[1] == 1.75 + 3 * sum(
            weights.ravel() * (1 + np.arange(weights.size))
        )


def test_a_call_is_made_again_with_what_arrays_hold_then() -> None:
    """And with another argument in the place of one, of another kind if need be."""
    on = scales(np.ones((2, 2)))
    call = weigh.on(on)
    shown = on.display.found
    assert (call(1), shown[1]) == (2, 11.75)
    on.weights[:] = 2.0
    assert (call(-1), shown[1]) == (2, -18.25)
    other = scales(np.ones((2, 6))[:, ::2])
    call.replace(0, other)
    assert (call(1), other.display.found[1], shown[1]) == (3, 22.75, -18.25)
    assert shown[0] == other.display.found[0] == 0


def test_what_it_cannot_take_is_refused() -> None:
    """Before anything is called."""
    with pytest.raises(TypeError):
        weigh("heavy", 1)


def test_an_entry_is_called_as_its_function_is() -> None:
    """It has its name and its docstring."""
    assert isinstance(weigh, EntryPoint)
    assert (weigh.name, weigh.__doc__) == (weigh.function.__name__, weigh.function.__doc__)


def test_a_change_anywhere_in_the_engine_compiles_anew(tmp_path: Path) -> None:
    """What is kept is read back without numba, until a file in another folder changes."""
    shutil.copytree(ROOT / "pdmodel", tmp_path / "pdmodel", ignore=shutil.ignore_patterns("__py*"))
    (tmp_path / "pdmodel" / "engine" / "lanes" / "toy.py").write_text(KEPT, encoding="utf-8")
    told = [_printed(tmp_path), _printed(tmp_path)]
    with (tmp_path / "pdmodel" / "engine" / "symbolic" / "idle.py").open("a") as file:
        file.write("# a comment\n")
    told.append(_printed(tmp_path))
    assert told == ["42 True", "42 False", "42 True"]


def _printed(place: Path) -> str:
    words = (
        "import sys; from pdmodel.engine.lanes.toy import twice\n"
        "print(twice(21), 'numba' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", words], cwd=place, capture_output=True, text=True,
        env={**os.environ, "PYTHONPATH": str(place), "NUMBA_CACHE_DIR": str(place / "kept")},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_another_numba_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """A version without what the door takes from inside it ends in one line with the way out."""
    from pdmodel.engine.codegen import numba_door

    monkeypatch.setattr(numba_door, "_linked", lambda library: library.moved_elsewhere)

    def thrice(x: int) -> int:
        return 3 * x

    entry = EntryPoint(thrice)
    monkeypatch.setattr("pdmodel.engine.codegen.object_cache.cache_folder", lambda: None)
    with pytest.raises(InputError, match=r"does not compile the integrator .* engine='scipy'"):
        entry(2)
