"""What all tests share: no display, one thread, repeatable examples, a count of skipped tests."""

from __future__ import annotations

import os
import signal
import tempfile
from pathlib import Path

import pytest
from hypothesis import settings

ROOT = Path(__file__).parents[1]

# Before anything imports matplotlib or NumPy; commands that the tests start inherit it. Two
# workers with two threads each only get in each other's way.
os.environ["MPLBACKEND"] = "Agg"
for _threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(_threads, "1")

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


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how many tests were skipped, also when none was."""
    terminalreporter.write_line(f"skipped tests: {len(terminalreporter.stats.get('skipped', []))}")
