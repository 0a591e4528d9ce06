"""netCDF files that are sound, and files that only look so."""

from __future__ import annotations

import gc
import random
import sys
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from pdmodel.errors import InputError
from pdmodel.storage.files.netcdf import read_attributes, read_dataset


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Write a small file with names in it."""
    values = {"il6": ("time", np.arange(5.0)), "patient": ("time", list("abcde"))}
    path = tmp_path / "run.nc"
    xr.Dataset(values, attrs={"model_hash": "0"}).to_netcdf(path, engine="h5netcdf")
    return path


def test_what_was_written_is_read(file: Path) -> None:
    """Values and attributes come back; what is missing is named."""
    assert read_dataset(file, ["il6"], ["model_hash"])["il6"].values.tolist() == [0, 1, 2, 3, 4]
    assert read_attributes(file) == {"model_hash": "0"}
    with pytest.raises(InputError, match=r"run\.nc is damaged: tnf is missing"):
        read_dataset(file, ["tnf"])


def test_damaged_files_are_one_error_and_nothing_else(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bytes put anywhere: read or refused, and no half-open file complains when it is collected."""
    complaints: list[object] = []
    monkeypatch.setattr(sys, "unraisablehook", complaints.append)
    sound, words = file.read_bytes(), list[str]()
    for seed in range(25):
        place = random.Random(seed).randrange(len(sound))
        file.write_bytes(sound[:place] + b"\xff\xfe\x80" + sound[place:])
        for read in (read_dataset, read_attributes):
            try:
                read(file)
            except InputError as error:
                words.append(str(error))
    gc.collect()
    assert len(words) > 5
    assert not any("\n" in line for line in words)
    assert complaints == []
