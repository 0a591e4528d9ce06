"""The result folder of a trial: blocks committed one by one; `trial.json` is written last."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from pdmodel.storage import ResultFolder, made_with, read_frame

Draw = Callable[[Any], Mapping[str, bytes]]
TRIAL, SCHEDULES = "trial", "schedules"
_BLOCKS = "blocks"
_PACKAGES = ("pdmodel", "numpy", "scipy", "sympy", "pandas", "xarray")


class TrialFolder:
    """A folder that belongs to one trial, or one search, with its settings."""

    def __init__(self, folder: ResultFolder) -> None:
        self.folder, self.blocks = folder, folder.parts(_BLOCKS)

    @classmethod
    def open(
        cls,
        path: str | Path,
        settings: Mapping[str, Any],
        overwrite: bool,
        *,
        kind: str = TRIAL,
        keep: bool = False,
    ) -> TrialFolder:
        """Create the folder, or take up an unfinished one of the same trial.

        Parameters
        ----------
        path, kind, overwrite, keep
            As in `ResultFolder.take`.
        settings
            What makes two trials the same, as plain data.

        Raises
        ------
        InputError
            If it holds anything else.
        """
        return cls(ResultFolder.take(path, kind, settings, overwrite=overwrite, keep=keep))

    def __str__(self) -> str:
        """Return where it is."""
        return str(self.folder.path)

    def __enter__(self) -> TrialFolder:
        """Return the folder."""
        return self

    def __exit__(self, *_: object) -> None:
        """Let other processes in."""
        self.folder.close()

    def read_block(self, name: str) -> pd.DataFrame | None:
        """Return the outcomes of a block, or None if it is still to be run."""
        if f"{name}.csv" not in self.blocks:
            return None
        return read_frame(self.blocks.file(f"{name}.csv"), ("failed",), digits=True)

    def write_block(self, name: str, outcomes: pd.DataFrame) -> None:
        """Commit the outcomes of a block."""
        self.blocks[f"{name}.csv"] = as_csv(outcomes)

    def write(
        self,
        tables: Mapping[str, pd.DataFrame],
        result: Mapping[str, Any],
        figures: Mapping[str, bytes],
    ) -> None:
        """Write tables and figures, then the result."""
        files = {f"{name}.csv": table.to_csv(index=False) for name, table in tables.items()}
        self.folder.finish({**files, **figures}, result, made_with(_PACKAGES))


def as_csv(outcomes: pd.DataFrame) -> str:
    """Return the text that `to_csv(index=False)` makes of numbers, in a fourth of the time."""
    if any(dtype.kind not in "fiub" for dtype in outcomes.dtypes):
        return str(outcomes.to_csv(index=False))
    columns = []
    for number in range(outcomes.shape[1]):
        values = outcomes.iloc[:, number].to_numpy()
        cells = list(map(repr, values.tolist()))
        for row in np.flatnonzero(np.isnan(values)) if values.dtype.kind == "f" else ():
            cells[row] = ""
        columns.append(cells)
    head = str(outcomes.iloc[:0].to_csv(index=False))
    rows = [",".join(cells) for cells in zip(*columns, strict=True)]
    return head + "".join(f"{row}{os.linesep}" for row in rows)
