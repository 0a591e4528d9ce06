"""The two commands, the pins and the papers of the project hold what they promise."""

from __future__ import annotations

import configparser
import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from pdmodel import __version__

ROOT = Path(__file__).parents[1]
VERBS = {
    "help",
    "fit",
    "trial",
    "predict",
    "compare",
    "test",
    "fuzz",
    "soak",
    "conformance",
    "benchmark",
    "coverage",
    "readme",
    "docs",
    "docs-check",
    "clean",
}
HIDDEN = {".ci", ".gitignore", ".pre-commit-config.yaml"}
LEFT_OUT = {"results", "build", "dist", "__pycache__", "_build", "made"}


def make(*words: str, folder: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """Run make in a folder."""
    return run(["make", *words], folder)


def run(command: Sequence[str | Path], folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a command without what an outer make has told this process."""
    told = {"MAKEFLAGS", "MAKELEVEL", "MAKEOVERRIDES", "MFLAGS", "PYTHON", "VENV"}
    environment = {name: value for name, value in os.environ.items() if name not in told}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)


def test_make_alone_prints_the_verbs() -> None:
    """Every verb with what it does, and nothing is built."""
    done = make()
    assert done.returncode == 0, done.stderr
    printed = dict(re.findall(r"^  ([\w-]+) +(\S.*)$", done.stdout, re.MULTILINE))
    assert set(printed) == VERBS


def test_make_fit_is_the_documented_command(tmp_path: Path) -> None:
    """In a fresh clone it makes the environment, installs and fits."""
    planned = make("-n", "fit", f"VENV={tmp_path / 'new'}").stdout
    order = ("-m venv", "pip install", "pdmodel fit response --starts 8 --seed 1")
    assert [planned.find(step) for step in order] == sorted(planned.find(step) for step in order)
    assert all(step in planned for step in order)


def test_changed_settings_install_again(tmp_path: Path) -> None:
    """A finished environment is used as it is until setup.cfg or the constraints change."""
    copy, stamps = tmp_path / "copy", ("created", "installed", "tested")
    (copy / ".venv").mkdir(parents=True)
    for name in ("Makefile", "setup.cfg", "pyproject.toml", "constraints.txt"):
        shutil.copy(ROOT / name, copy)
        os.utime(copy / name, (1000, 1000))
    for age, stamp in enumerate(stamps):
        (copy / ".venv" / f".{stamp}").touch()
        os.utime(copy / ".venv" / f".{stamp}", (2000 + age, 2000 + age))
    assert "pip install" not in make("-n", "test", folder=copy).stdout
    os.utime(copy / "constraints.txt", (3000, 3000))
    assert make("-n", "test", folder=copy).stdout.count("pip install") == 2
    assert "-m venv" not in make("-n", "test", folder=copy).stdout


def test_a_missing_python_is_one_clear_error(tmp_path: Path) -> None:
    """Without a Python that is new enough, make says what it needs and how to name one."""
    done = make("fit", "PYTHON=/no/such/python", f"VENV={tmp_path / 'new'}")
    assert done.returncode != 0
    assert "found no Python >= 3.11" in done.stderr
    assert not (tmp_path / "new").exists()


def test_a_failed_check_fails_the_tests_and_the_rest_still_runs(tmp_path: Path) -> None:
    """`make test` and `.ci/run` run every check, name those that failed, and exit non-zero."""
    for name in ("Makefile", "setup.cfg", "pyproject.toml", "constraints.txt"):
        shutil.copy(ROOT / name, tmp_path)
    shutil.copytree(ROOT / ".ci", tmp_path / ".ci")
    binaries = tmp_path / ".venv" / "bin"
    binaries.mkdir(parents=True)
    for stamp in ("created", "installed", "tested"):
        (tmp_path / ".venv" / f".{stamp}").touch()
    for check in ("ruff", "codespell", "mypy", "lint-imports", "pytest"):
        code = 1 if check == "mypy" else 0
        (binaries / check).write_text(f"#!/bin/sh\necho {check} ran\nexit {code}\n")
        (binaries / check).chmod(0o755)
    done = run([tmp_path / ".ci" / "run"], Path("/"))
    assert done.returncode != 0
    assert done.stdout.count("ran") == 6
    assert "pytest ran\nfailed: mypy\n" in done.stdout
    (binaries / "mypy").write_text("#!/bin/sh\n")
    assert make("test", folder=tmp_path).returncode == 0


def test_constraints_pin_every_dependency() -> None:
    """Each requirement of setup.cfg has a lower bound, and a pin that it allows, by name alone."""
    pins = {}
    for line in (ROOT / "constraints.txt").read_text().splitlines():
        if not line.startswith("#"):
            match = re.fullmatch(r"([\w.-]+)==([\w.]+)", line)
            assert match, line
            pins[canonicalize_name(match[1])] = Version(match[2])
    for requirement in map(Requirement, requirements()):
        assert ">=" in {bound.operator for bound in requirement.specifier}, requirement
        assert pins[canonicalize_name(requirement.name)] in requirement.specifier, requirement


def test_versions_agree() -> None:
    """The citation and the package have one version."""
    assert f"\nversion: {__version__}\n" in (ROOT / "CITATION.cff").read_text()


def test_hooks_are_local() -> None:
    """The pre-commit hooks fetch nothing."""
    text = (ROOT / ".pre-commit-config.yaml").read_text()
    assert re.findall(r"repo: (.*)", text) == ["local"]
    assert text.count("language: system") == text.count("- id:") == 3


@pytest.mark.parametrize(
    ("what", "pattern"),
    [
        ("a stranger's package", r"pip install (-\S+ )*pdmodel\b"),
        ("a place on one machine", r"(?<![\w.])/(home|root|tmp|work|opt)/"),
        ("an address of a package index", r"pypi\.org|files\.pythonhosted|index-url|find-links"),
    ],
)
def test_no_file_names(what: str, pattern: str) -> None:
    """The project stands alone and sends nobody astray."""
    own = Path(__file__).resolve()
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for path in texts()
        if path != own
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if re.search(pattern, line)
    ]
    assert found == [], f"{what}: {found}"


def test_contributing_is_short() -> None:
    """The guide fits on two screens, but for the tree, which has a line for each folder."""
    before, tree, after = (ROOT / "CONTRIBUTING.md").read_text("utf-8").split("```\n")
    assert tree.startswith("pdmodel/")
    assert len(before.splitlines() + after.splitlines()) < 80


def requirements() -> Sequence[str]:
    """Return all requirements of setup.cfg, those of the extras included."""
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg", encoding="utf-8")
    blocks = [config["options"]["install_requires"], *config["options.extras_require"].values()]
    return [line for block in blocks for line in block.split("\n") if line]


def texts() -> list[Path]:
    """Return every text file of the project."""
    found = []
    for top in sorted(ROOT.iterdir()):
        if top.name in LEFT_OUT or (top.name.startswith(".") and top.name not in HIDDEN):
            continue
        inside = [path for path in top.rglob("*") if path.is_file()] if top.is_dir() else [top]
        found += [
            path
            for path in inside
            if not LEFT_OUT & set(path.parts)
            and not any(part.endswith(".egg-info") for part in path.parts)
            and path.suffix not in {".png", ".nc", ".pyc"}
        ]
    return found
