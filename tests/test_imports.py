"""Code of users, run from its source as it is now, with what lies beside it."""

from __future__ import annotations

import gc
import os
import pickle
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

import pdmodel
from pdmodel.cli import run
from pdmodel.errors import InputError
from pdmodel.imports import import_file, import_module, modules_of_files

OWN = """
from pdmodel.model import ASSUMED, Mechanism, Model, Vocabulary
q = Vocabulary()
k = q.parameter("k", unit="1/day", value={value}, bounds=(0, 9), meaning="loss", source=ASSUMED)
x = q.state("x", unit="1", initial=1, meaning="something")
q.slot("s", meaning="role", states=(x,))
"""
MODEL = 'mine = Model("mine", q, [Mechanism("m", "s", "c", processes={"loss": {x: -k * x}})])\n'


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Work in a folder of its own, with bytecode allowed, and leave no trace in this process."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    monkeypatch.setattr(sys, "pycache_prefix", None)
    monkeypatch.setattr(sys, "path", list(sys.path))
    before = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - before:
        if str(tmp_path) in str(getattr(sys.modules[name], "__file__", "")):
            del sys.modules[name]


def write(path: Path, text: str) -> None:
    """Write a source under one and the same second, as a quick editor does."""
    path.write_text(text, encoding="utf-8")
    os.utime(path, (1_700_000_000, 1_700_000_000))


def test_a_file_edited_twice_within_a_second_is_run_as_it_is(folder: Path) -> None:
    """Its length and its second stay, and the value follows."""
    found = []
    for value in ("1.0", "2.0", "3.0"):
        write(folder / "p.py", OWN.format(value=value) + MODEL)
        found.append(pdmodel.load("p.py:mine").defaults["k"])
    assert found == [1.0, 2.0, 3.0]
    assert not (folder / "__pycache__").exists()


def test_a_changed_helper_beside_a_file_is_read_again(folder: Path) -> None:
    """Also one that another helper holds, within a second; unchanged ones are kept."""
    write(folder / "two.py", "from middle_man import *\n" + MODEL)
    write(folder / "middle_man.py", "from names_mine import *\n")
    found = []
    for value in ("1.0", "2.0"):
        write(folder / "names_mine.py", OWN.format(value=value))
        found.append(pdmodel.load("two.py:mine").defaults["k"])
    assert found == [1.0, 2.0]
    kept = sys.modules["names_mine"]
    pdmodel.load("two.py:mine")
    assert sys.modules["names_mine"] is kept


def test_a_module_of_the_working_folder_is_found_and_read_again(folder: Path) -> None:
    """By `module:object`, in whatever way pdmodel was started."""
    for value in ("1.0", "2.0"):
        write(folder / "my_model_here.py", OWN.format(value=value) + MODEL)
        assert pdmodel.load("my_model_here:mine").defaults["k"] == float(value)


def test_what_a_function_imports_when_it_is_called_is_found(folder: Path) -> None:
    """The folder stays on the path, behind what is installed."""
    (folder / "late_helper.py").write_text("value = 3\n", encoding="utf-8")
    (folder / "late.py").write_text(
        "def ask():\n    from late_helper import value\n    return value\n", encoding="utf-8"
    )
    assert import_file(Path("late.py")).ask() == 3


def test_packages_beside_a_file(folder: Path) -> None:
    """A package and its modules are taken from the folder too."""
    (folder / "own_parts").mkdir()
    (folder / "own_parts" / "__init__.py").write_text("from own_parts.deep import v\n")
    (folder / "own_parts" / "deep.py").write_text("v = 5\n")
    (folder / "uses.py").write_text("from own_parts import v\n")
    assert import_file(Path("uses.py")).v == 5


def test_a_file_without_a_name_gives_its_only_model_or_lists_them(folder: Path) -> None:
    """The message can be copied from."""
    write(folder / "one.py", OWN.format(value=1) + MODEL)
    assert pdmodel.load("one.py").name == pdmodel.load("one.py:").name == "mine"
    write(folder / "two.py", OWN.format(value=1) + MODEL + "other = mine.with_values('other')\n")
    with pytest.raises(InputError, match=r"holds 2 of a model; say which: two.py:mine, two.py:oth"):
        pdmodel.load("two.py")
    write(folder / "none.py", "x = 1\n")
    with pytest.raises(InputError, match=r"file 'none.py' holds no model"):
        pdmodel.load("none.py")


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("import sys; sys.exit(3)", "cannot be run: 3"),
        ("raise ValueError('a\\nb')", "cannot be run: a b"),
        ("def f(:", "cannot be run: invalid syntax"),
        ("raise RecursionError", "cannot be run: RecursionError"),
    ],
)
def test_what_a_file_raises_is_told_in_one_line(folder: Path, code: str, words: str) -> None:
    """Nothing of it ends the process, and no traceback is shown."""
    write(folder / "bad.py", code)
    with pytest.raises(InputError, match=words) as told:
        import_file(Path("bad.py"))
    assert "\n" not in str(told.value)


@pytest.mark.parametrize("name", ["", ".x", "a b", "x" * 5000, "\x00"])
def test_names_that_are_no_modules_or_files(folder: Path, name: str) -> None:
    """One short line each."""
    with pytest.raises(InputError) as told:
        import_module(name)
    assert len(str(told.value)) < 600
    with pytest.raises(InputError, match="does not exist"):
        import_file(Path(f"{name}.py"))


@pytest.mark.parametrize("columns", ["0", "-3", "1", "many", "9" * 30])
def test_an_odd_width_prints_all_the_same(
    columns: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """COLUMNS=0 is no width to print in; it is as if nobody had asked."""
    monkeypatch.setenv("COLUMNS", columns)
    assert run(["list"]) == 0
    assert "phase2" in capsys.readouterr().out


@pytest.mark.parametrize("started", ["script", "module"])
def test_siblings_and_the_working_folder_are_found_however_it_is_started(
    folder: Path, started: str
) -> None:
    """A file in a folder below takes one module from beside it and one from the working folder."""
    (folder / "below").mkdir()
    (folder / "below" / "own.py").write_text(
        "from names_beside import *\nfrom names_here import CLAIM\n"
        + MODEL.replace('"c"', "CLAIM"),
        encoding="utf-8",
    )
    (folder / "below" / "names_beside.py").write_text(OWN.format(value=1), encoding="utf-8")
    (folder / "names_here.py").write_text("CLAIM = 'it is here'\n", encoding="utf-8")
    script = Path(sys.executable).with_name("pdmodel")
    start = [str(script)] if started == "script" else [sys.executable, "-m", "pdmodel"]
    done = subprocess.run(
        [*start, "show", "below/own.py:mine"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "it is here" in done.stdout


def test_two_files_of_one_name_are_two_modules(folder: Path) -> None:
    """Their classes and functions are told apart, also by what they are pickled as."""
    for name, value in (("one", 1), ("two", 2)):
        (folder / name).mkdir()
        (folder / name / "own.py").write_text(f"def ask():\n    return {value}\n")
    first, second = (import_file(Path(name, "own.py")) for name in ("one", "two"))
    assert (first.ask(), second.ask()) == (1, 2)
    assert pickle.loads(pickle.dumps(first.ask)) is first.ask
    assert import_file(Path("one", "own.py")) is first


def test_what_a_file_defines_is_found_in_another_process(folder: Path) -> None:
    """A worker finds the file of a function by the name of its module."""
    (folder / "own.py").write_text("def ask():\n    return 7\n", encoding="utf-8")
    sent = pickle.dumps(import_file(Path("own.py")).ask).hex()
    code = f"import pdmodel, pickle; print(pickle.loads(bytes.fromhex('{sent}'))())"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=folder.parent
    )
    assert done.stdout.strip() == "7"


def test_the_line_that_fails_is_named(folder: Path) -> None:
    """Of a slip in a file, or in what it imports, the message names file and line."""
    (folder / "beside.py").write_text("\n\nknown = 1\nunknown = knwon\n", "utf-8")
    (folder / "mine.py").write_text("first = 1\nsecond = frist\n", "utf-8")
    (folder / "other.py").write_text("\nimport beside\n", "utf-8")
    with pytest.raises(InputError, match=r"'frist' is not defined.* \(mine\.py, line 2\)$"):
        import_file(folder / "mine.py")
    with pytest.raises(InputError, match=r"'knwon' is not defined.* \(beside\.py, line 4\)$"):
        import_file(folder / "other.py")


def test_a_file_that_fails_is_run_again(folder: Path) -> None:
    """Nothing half-made is kept."""
    write(folder / "bad.py", "x = 1\n1 / 0\n")
    with pytest.raises(InputError, match="division by zero"):
        import_file(Path("bad.py"))
    write(folder / "bad.py", "x = 2\n")
    assert import_file(Path("bad.py")).x == 2


def test_modules_may_come_while_they_are_looked_through() -> None:
    """What is imported while garbage is collected, at any moment, breaks no search for files."""
    names: list[str] = []

    class Restless:
        """Garbage that imports something when it is collected, and leaves more of its kind."""

        def __init__(self) -> None:
            self.itself = self

        def __del__(self) -> None:
            if len(names) < 5000:
                names.append(f"_restless_{len(names)}")
                sys.modules[names[-1]] = ModuleType(names[-1])
                Restless()

    threshold = gc.get_threshold()
    try:
        Restless()
        gc.set_threshold(1)
        for _ in range(20):
            modules_of_files()
        seen = len(names)
    finally:
        gc.set_threshold(*threshold)
        names.extend(f"_restless_{number}" for number in range(len(names), 5000))
        for name in names:
            sys.modules.pop(name, None)
    assert seen > 20
