"""What all tests share: no display, one thread, repeatable examples, a count of skipped tests."""

from __future__ import annotations

import base64
import gc
import locale
import os
import signal
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

ROOT = Path(__file__).parents[1]
EMPTY_IMAGE = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGP4DwABAQEAsTj2FAAAAABJRU5ErkJggg=="
)
"""A PNG of one white dot."""

# Before anything imports matplotlib or NumPy; commands that the tests start inherit it. Two
# workers with two threads each only get in each other's way.
os.environ["MPLBACKEND"] = "Agg"
for _threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(_threads, "1")

# Bytecode is kept, whatever the user says: without it each worker, and each of the commands that
# the tests start, compiles every module anew.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

_LOCALE = locale.setlocale(locale.LC_ALL)

# There is memory enough to look for garbage less often.
gc.set_threshold(20_000, 20, 20)

# What commands keep for the next one is not that of the user.
_kept = tempfile.TemporaryDirectory(prefix="pdmodel-kept-")
os.environ["PDMODEL_CACHE"] = _kept.name

# A shell that starts the tests in its background has Ctrl-C ignored, here and in all commands.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.load_profile("repeatable")


@pytest.fixture(scope="session")
def root() -> Path:
    """Return the folder of the project."""
    return ROOT


@pytest.fixture(scope="session")
def external() -> Path:
    """Return the folder of external cases, `PDMODEL_EXTERNAL`; skip where there is none."""
    folder = Path(os.environ.get("PDMODEL_EXTERNAL", ROOT / ".." / "shared" / "external"))
    if not folder.is_dir():
        pytest.skip("no external cases here; PDMODEL_EXTERNAL names their folder")
    return folder.resolve()


@pytest.fixture
def blank_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let result folders hold an empty image in place of each figure."""
    leave_figures_blank(monkeypatch)


def leave_figures_blank(patch: pytest.MonkeyPatch) -> None:
    """Let result folders hold an empty image in place of each figure, until the patch is undone.

    Figures are drawn, but not made into images, which takes longer than most commands work. It is
    for tests that ask of other things; `pdmodel.plots.save` makes images as ever.
    """

    def images(figures: Mapping[str, Any], folder: str = "figures", form: str = "png",
               size: str = "page") -> dict[str, bytes]:  # fmt: skip
        return {f"{folder}/{name}.{form}": EMPTY_IMAGE for name in figures}

    # The first two take the function from the third when they are imported, which may be now.
    for module in ("figures", "folders", "base.figure"):
        patch.setattr(f"pdmodel.plots.{module}.images", images)


def pytest_collection_finish() -> None:
    """Let the garbage collector pass over all modules and tests, which live to the end."""
    gc.collect()
    gc.freeze()


def pytest_runtest_teardown() -> None:
    """Take the locale back: COPASI sets another, in which texts would be read as ASCII."""
    if locale.setlocale(locale.LC_ALL) != _LOCALE:
        locale.setlocale(locale.LC_ALL, _LOCALE)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how many tests were skipped, also when none was."""
    terminalreporter.write_line(f"skipped tests: {len(terminalreporter.stats.get('skipped', []))}")
