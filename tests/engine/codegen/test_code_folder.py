"""Where compiled code is kept, and the fingerprint under which it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from pdmodel.engine.codegen import code_folder
from pdmodel.engine.codegen.code_folder import cache_folder, can_be_written, fingerprint


def test_fingerprint_follows_every_source_file(tmp_path: Path) -> None:
    """A changed letter, another name and a further file change it; other files do not."""
    (tmp_path / "a.py").write_text("x = 1\n")
    found = [fingerprint.__wrapped__(tmp_path)]
    (tmp_path / "a.py").write_text("x = 2\n")
    found.append(fingerprint.__wrapped__(tmp_path))
    (tmp_path / "a.py").rename(tmp_path / "b.py")
    found.append(fingerprint.__wrapped__(tmp_path))
    (tmp_path / "c.py").write_text("")
    found.append(fingerprint.__wrapped__(tmp_path))
    assert len(set(found)) == 4
    assert min(found) > 0
    (tmp_path / "d.txt").write_text("x = 1\n")
    assert fingerprint.__wrapped__(tmp_path) == found[-1]
    (tmp_path / "c.py").unlink()
    assert fingerprint.__wrapped__(tmp_path) == found[2]
    (tmp_path / "below").mkdir()
    (tmp_path / "b.py").rename(tmp_path / "below" / "b.py")
    assert fingerprint.__wrapped__(tmp_path) not in found


def test_the_first_place_that_can_be_written_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is given; then beside the sources; then the user's cache; or none."""
    given, user = tmp_path / "given", tmp_path / "user"
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(given))
    monkeypatch.setenv("PDMODEL_CACHE", str(user))
    beside = Path(code_folder.__file__).parent / "__pycache__"
    places = [given, beside, user / "machine-code"]
    for taken in range(4):
        refused = places[:taken]
        monkeypatch.setattr(
            code_folder, "can_be_written",
            lambda place, refused=refused: place not in refused and can_be_written(place),
        )  # fmt: skip
        assert cache_folder() == [*places, None][taken]
