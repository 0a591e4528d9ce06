"""JSON's own types to and from tables and files."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pdmodel.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

_EMPTY = ["", "NA", "N/A", "NaN", "nan", "-nan", "null", "NULL", "None", "<NA>"]
"""Cells without a number."""
_MOST_BYTES = 256 * 2**20
"""Larger files than any that pdmodel writes are not read into memory."""


def plain(value: Any) -> Any:
    """Return JSON's own types: NumPy's numbers as Python's, NaN and infinities as None."""
    if hasattr(value, "item"):
        value = value.item()
    return None if isinstance(value, float) and not math.isfinite(value) else value


def plain_rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows of a table as plain data."""
    rows = table.to_dict("records")
    return [{str(key): plain(value) for key, value in row.items()} for row in rows]


def read_frame(
    path: Path, columns: Iterable[str] = (), *, digits: bool = False, text: Iterable[str] = ()
) -> pd.DataFrame:
    """Read a table that pdmodel wrote as CSV.

    Parameters
    ----------
    path, columns
        The file, and columns that it must have.
    digits
        Whether all is numbers, of which every digit counts.
    text
        Columns that are text whatever stands there, such as a subject `01`; none is "".

    Raises
    ------
    InputError
        If it cannot be read, or a column is missing.
    """
    import pandas as pd

    try:
        if path.stat().st_size > _MOST_BYTES:
            raise ValueError(f"it is larger than {_MOST_BYTES // 2**20} MiB")
        if digits:  # as text first, whatever the version of pandas takes for precise
            table = pd.read_csv(path, dtype=str, encoding="utf-8").astype(float)
        else:
            table = pd.read_csv(path, encoding="utf-8", **_as_text(path, text))
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}") from error
    except (ValueError, OverflowError, RecursionError, MemoryError) as error:
        words = (str(error).splitlines() or [type(error).__name__])[0]
        raise InputError(f"{path} cannot be read: {words[:200]}") from error
    missing = [name for name in columns if name not in table]
    if missing:
        raise InputError(f"{path} is damaged: column {', '.join(missing)} is missing")
    return table


def _as_text(path: Path, text: Iterable[str]) -> dict[str, Any]:
    """Return options of pandas for columns whose cells are words: a name may be `null` or `NA`."""
    import pandas as pd

    names = dict.fromkeys(text, str)
    if not names:
        return {}
    header = pd.read_csv(path, encoding="utf-8", nrows=0).columns
    others = {name: _EMPTY for name in header if name not in names}
    return {"dtype": names, "keep_default_na": False, "na_values": others}


def read_object(path: Path) -> dict[str, Any]:
    """Read a JSON file that holds an object; what it holds is checked no further.

    Raises
    ------
    InputError
        If it cannot be read, is deeper or larger than what pdmodel writes, has a number that is
        not finite, or holds something else.
    """
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise ValueError(f"it is larger than {_MOST_BYTES // 2**20} MiB")
        text = path.read_bytes().decode("utf-8")
        content = json.loads(text, parse_constant=_refuse, parse_float=_finite)
        if "\\u" in text:
            json.dumps(content, ensure_ascii=False).encode("utf-8")
    except RecursionError as error:
        raise InputError(f"{path} cannot be read: it is nested too deeply") from error
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}") from error
    except ValueError as error:
        raise InputError(f"{path} cannot be read: {error}") from error
    if not isinstance(content, dict):
        raise InputError(f"{path} is not what pdmodel writes: it holds no object")
    return content


def _refuse(word: str) -> float:
    raise ValueError(f"{word} is no number")


def _finite(word: str) -> float:
    value = float(word)
    if not math.isfinite(value):
        raise ValueError(f"{word[:20]} is too large a number")
    return value
