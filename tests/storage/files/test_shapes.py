"""Stored data are checked as they are read: the message names the file and the place."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pdmodel.errors import InputError
from pdmodel.storage import each, maybe, one_of, read_frame, read_object, read_shaped, reading

SHAPE = {
    "model": str, "seed": int, "met": bool, "starts": [{"cost": maybe(float), "njev?": int}],
    "values": each(float), "end": one_of("up", "down"),
}  # fmt: skip
GOOD = (
    '{"model": "toy", "seed": 1, "met": true, "starts": [{"cost": null}, {"cost": 2}], '
    '"values": {"k": 1.5}, "end": "up", "more": 1}'
)


def test_data_of_the_shape_are_returned(tmp_path: Path) -> None:
    """Without what the shape does not name."""
    (tmp_path / "fit.json").write_text(GOOD)
    found = read_shaped(tmp_path / "fit.json", SHAPE)
    assert found["starts"] == [{"cost": None}, {"cost": 2}]
    assert "more" not in found


WRONG = (
    ("2}]", '"2"}]', r"starts\[1\]\.cost: not a number"),
    ("2}]", "1e999}]", "too large a number"), ("2}]", "NaN}]", "NaN is no number"),
    ("2}]", f"{'9' * 400}}}]", "too large a number"),
    ('"seed": 1', '"seed": 1.5', "seed: not a whole number"),
    ('"seed": 1', '"seed": true', "seed: not a whole number"),
    ("true", "1", "met: not true or false"),
    ('"model": "toy"', '"modl": "toy"', "model: is missing"),
    ('"up"', '"left"', "end: not one of up"),
    ('"toy"', f'"{"x" * 5000}"', "model: longer than"), ('"toy"', r'"\ud800"', "cannot be read"),
    ('"k": 1.5', '"k": {}', r"values\.k: not a number"), (GOOD, "[]", "holds no object"),
    (GOOD, GOOD[:40], "cannot be read"), ("null", "[" * 100_000, "nested too deeply"),
)  # fmt: skip


@pytest.mark.parametrize(("old", "new", "message"), WRONG)
def test_what_has_another_shape_is_named(tmp_path: Path, old: str, new: str, message: str) -> None:
    """Wrong types, missing keys, words, numbers that are none, what is too deep or too long."""
    file = tmp_path / "fit.json"
    file.write_text(GOOD.replace(old, new))
    with pytest.raises(InputError, match=message) as caught:
        read_shaped(file, SHAPE)
    assert "fit.json" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_what_is_no_text_file_is_named(tmp_path: Path) -> None:
    """Bytes that are no UTF-8, a folder, a missing file; as JSON and as a table."""
    (tmp_path / "bytes").write_bytes(b'{"a": "\xff\xfe"}')
    (tmp_path / "folder").mkdir()
    (tmp_path / "empty").write_text("")
    readers: tuple[Any, ...] = (read_object, read_frame)
    for name in ("bytes", "folder", "missing", "empty"):
        for read in readers:
            with pytest.raises(InputError, match=f"{name} cannot be read"):
                read(tmp_path / name)


def test_a_table_is_checked(tmp_path: Path) -> None:
    """A missing column, and text where all is numbers."""
    (tmp_path / "a.csv").write_text("x,y\n1,a\n")
    with pytest.raises(InputError, match="column z is missing"):
        read_frame(tmp_path / "a.csv", ("x", "z"))
    with pytest.raises(InputError, match="cannot be read"):
        read_frame(tmp_path / "a.csv", digits=True)


def test_parts_that_do_not_fit_together_are_one_error() -> None:
    """Whatever they lead to; the user is told of the folder."""
    with pytest.raises(InputError, match=r"run is damaged: .* \(KeyError: 'x'\)"), reading("run"):
        raise KeyError("x")


def test_columns_of_text_stay_text(tmp_path: Path) -> None:
    """A subject `01` is not the number 1, and what is empty is no missing number."""
    (tmp_path / "a.csv").write_text(
        "subject,censored,value\n01,,1.5\nnull,below,\n", encoding="utf-8"
    )
    table = read_frame(tmp_path / "a.csv", text=("subject", "censored", "not there"))
    assert list(table["subject"]) == ["01", "null"]
    assert list(table["censored"]) == ["", "below"]
    assert table["value"].isna().tolist() == [False, True]
