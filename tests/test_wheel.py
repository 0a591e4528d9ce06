"""The wheel holds the three packages and nothing else, and works where nothing else is."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path, PurePosixPath

import pytest

from pdmodel import __version__

ROOT = Path(__file__).parents[1]
PACKAGES = ("pdmodel", "equations", "fits")
OFFLINE = ("NewConnectionError", "name resolution", "Network is unreachable", "ConnectTimeout")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel from a copy, so that nothing left over in the tree gets into it."""
    source, target = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    for name in (*PACKAGES, "tests", "examples", "docs"):
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("setup.cfg", "pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--disable-pip-version-check"]
    run([*command, "--no-deps", "--no-build-isolation", "--wheel-dir", str(target), "."], source)
    (found,) = target.glob("*.whl")
    return found


def test_wheel_holds_the_packages_and_nothing_else(wheel: Path) -> None:
    """Each source file and each table is in it; tests, examples and docs are not."""
    with zipfile.ZipFile(wheel) as archive:
        names = {PurePosixPath(name) for name in archive.namelist()}
    metadata = f"pdmodel-{__version__}.dist-info"
    packed = {str(name) for name in names if name.parts[0] != metadata}
    kept = [path for name in PACKAGES for path in (ROOT / name).rglob("*") if path.is_file()]
    wanted = {str(path.relative_to(ROOT)) for path in kept if "__pycache__" not in path.parts}
    assert packed == wanted
    assert {"pdmodel/py.typed", "equations/py.typed", "fits/py.typed"} <= packed
    assert "fits/data/response.csv" in packed
    assert "LICENSE" in {name.name for name in names if name.parts[0] == metadata}


def test_wheel_works_in_an_empty_environment(wheel: Path, tmp_path: Path) -> None:
    """Installed alone, `pdmodel list` and the published data are there from another folder."""
    environment, elsewhere = tmp_path / "environment", tmp_path / "elsewhere"
    elsewhere.mkdir()
    run([sys.executable, "-m", "venv", str(environment)], elsewhere)
    binaries = environment / ("Scripts" if os.name == "nt" else "bin")
    install(binaries / "python", wheel)
    listed = run([str(binaries / "pdmodel"), "list"], elsewhere)
    for name in ("reference", "null", "responder", "nonresponder", "response"):
        assert name in listed.split()
    code = "from pdmodel import catalogue; print(catalogue.find_data('response.csv'))"
    data = Path(run([str(binaries / "python"), "-c", code], elsewhere).strip())
    assert data.is_relative_to(environment)
    assert data.is_file()


def install(python: Path, wheel: Path) -> None:
    """Install the wheel with what it depends on; skip where no package index can be reached."""
    command = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    # Bytecode of all that it depends on takes longer to write than the two commands to run.
    command += ["--no-compile", "--constraint", str(ROOT / "constraints.txt"), str(wheel)]
    done = subprocess.run(command, cwd=wheel.parent, env=clean(), capture_output=True, text=True)
    if done.returncode and any(sign in done.stderr for sign in OFFLINE):
        pytest.skip("no package index can be reached")
    assert done.returncode == 0, done.stderr


def run(command: list[str], folder: Path) -> str:
    """Run a command in a folder and return what it printed."""
    done = subprocess.run(command, cwd=folder, env=clean(), capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def clean() -> dict[str, str]:
    """Return the environment without what would let another installation in."""
    return {k: v for k, v in os.environ.items() if k not in {"PYTHONPATH", "PYTHONHOME"}}
