"""The result folder of a trial: blocks committed one by one; `trial.json` is written last."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from pdmodel.errors import InputError
from pdmodel.storage import write_json, write_text

_SETTINGS, _RESULT, _BLOCKS = "settings.json", "trial.json", "blocks"


@dataclass(frozen=True)
class TrialFolder:
    """A folder that belongs to one trial with its settings."""

    path: Path

    @classmethod
    def open(cls, path: Path, settings: Mapping[str, Any], overwrite: bool) -> TrialFolder:
        """Create the folder, or take up an unfinished one of the same trial.

        Raises
        ------
        InputError
            If it holds anything else.
        """
        text = json.dumps(settings, sort_keys=True)
        own = {"fingerprint": hashlib.sha256(text.encode()).hexdigest(), **settings}
        if path.exists() and not path.is_dir():
            raise InputError(f"{path} exists and is not a folder")
        if path.is_dir() and any(path.iterdir()):
            cls._take_over(path, own["fingerprint"], overwrite)
        (path / _BLOCKS).mkdir(parents=True, exist_ok=True)
        if not (path / _SETTINGS).exists():
            write_json(path / _SETTINGS, own)
        return cls(path)

    @staticmethod
    def _take_over(path: Path, own: str, overwrite: bool) -> None:
        if not (path / _SETTINGS).is_file():
            raise InputError(f"folder {path} exists and holds no trial; choose another --out")
        same = _fingerprint(path / _SETTINGS) == own
        finished = (path / _RESULT).exists()
        if same and not finished:
            return
        if not overwrite:
            state = "a finished trial" if same else "another trial, or one with other settings"
            raise InputError(
                f"folder {path} exists and holds {state}; choose another --out, or --overwrite"
            )
        shutil.rmtree(path)

    def read_block(self, name: str) -> pd.DataFrame | None:
        """Return the outcomes of a block, or None if it is still to be run."""
        file = self._block(name)
        if not file.exists():
            return None
        # As text first: every digit counts, whatever the version of pandas takes for precise.
        return pd.read_csv(file, dtype=str).astype(float)

    def write_block(self, name: str, outcomes: pd.DataFrame) -> None:
        """Commit the outcomes of a block."""
        write_text(self._block(name), outcomes.to_csv(index=False))

    def write(
        self, table: pd.DataFrame, curves: Mapping[str, pd.DataFrame], result: Mapping[str, Any]
    ) -> None:
        """Write the table and the curves, then what was found."""
        write_text(self.path / "table.csv", table.to_csv(index=False))
        for name, curve in curves.items():
            write_text(self.path / f"{name}.csv", curve.to_csv(index=False))
        write_json(self.path / _RESULT, result)

    def _block(self, name: str) -> Path:
        return self.path / _BLOCKS / f"{name}.csv"


def _fingerprint(file: Path) -> str:
    try:
        return str(json.loads(file.read_text(encoding="utf-8"))["fingerprint"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"{file}: is not the settings of a trial: {error}") from error
