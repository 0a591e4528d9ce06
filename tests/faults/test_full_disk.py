"""A full disk while a cohort streams: one line, nothing half-written, no crash at the end."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from pdmodel.engine import simulate_cohort
from tests.toys import rate_of_change

ROOT = Path(__file__).parents[2]
# 600 patients with 51 days each: 0.25 MB a quantity, in a netCDF file or in chunks of Zarr.
BEGIN = """
import resource, sys
import numpy as np
from pdmodel.engine import simulate_cohort
from pdmodel.errors import InputError
from tests.toys import rate_of_change
model = rate_of_change(lambda x, k, t: -k * x)
def stream(path, progress=None):
    try:
        simulate_cohort(model, parameters={"k": np.linspace(0.1, 1, 600)}, days=50, threads=2,
                        out=path, progress=progress)
        print("written")
    except InputError as error:
        print(error)
"""


def run(script: str, *words: object) -> list[str]:
    """Run a script in a process of its own; a crash or a line on stderr is a failed test."""
    done = subprocess.run(
        [sys.executable, "-X", "faulthandler", "-c", BEGIN + textwrap.dedent(script),
         *map(str, words)],
        cwd=ROOT, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.splitlines()


@pytest.mark.skipif(sys.platform == "win32", reason="no limit of file sizes")
@pytest.mark.parametrize(("suffix", "largest"), [("nc", 500_000), ("nc", 1_000), ("zarr", 500)])
def test_a_file_may_not_grow(tmp_path: Path, suffix: str, largest: int) -> None:
    """Too large from the first byte on, and too large in the end."""
    path = tmp_path / f"cohort.{suffix}"
    output = run("""
        resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]),) * 2)
        stream(sys.argv[1])
    """, path, largest)  # fmt: skip
    assert output == [f"cannot write to {str(path)!r}: File too large"]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="no limit of file sizes")
@pytest.mark.parametrize("suffix", ["nc", "zarr"])
def test_the_disk_fills_up_on_the_way(tmp_path: Path, suffix: str) -> None:
    """There is room at first; after some patients no file may be longer than 100 bytes."""
    path = tmp_path / f"cohort.{suffix}"
    output = run("""
        def fill(done, total):
            resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
        stream(sys.argv[1], fill)
    """, path)  # fmt: skip
    assert output == [f"cannot write to {str(path)!r}: File too large"]
    assert list(tmp_path.iterdir()) == []


def test_the_disk_is_full_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is computed for a file that has no room; the message is that of the system."""
    output = run("""
        import os
        def full(*words):
            raise OSError(28, "No space left on device")
        os.posix_fallocate = full
        stream(sys.argv[1], lambda done, total: print(done, "computed"))
    """, tmp_path / "cohort.nc")  # fmt: skip
    assert output == [f"cannot write to {str(tmp_path / 'cohort.nc')!r}: No space left on device"]
    assert list(tmp_path.iterdir()) == []


def test_what_is_laid_out_is_an_ordinary_file(tmp_path: Path) -> None:
    """NaN of a failed patient, long reasons, whole chunks and a part of one: as in memory."""
    model = rate_of_change(lambda x, k, t: k * x**2)
    table = {"k": np.linspace(0.01, 1, 131)}
    memory = simulate_cohort(model, parameters=table, days=2)
    path = tmp_path / "cohort.nc"
    simulate_cohort(model, parameters=table, days=2, out=path).close()
    with xr.open_dataset(path, engine="h5netcdf") as stored:
        for name in memory.data_vars:
            np.testing.assert_array_equal(stored[name].values, memory[name].values)
        assert stored["x"].attrs["units"] == "1"
        assert stored["steps"].attrs["long_name"] == "Steps accepted"
