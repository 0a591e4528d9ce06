"""Ways in which a stored file may be damaged, edited or forged."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

_JUNK: tuple[Any, ...] = (
    None, True, -1, 0, 1e308, 10**400, 1.5, "", "x", "$x {", "$\\frac{$", "<b>&", "../../x", "\x00",
    "\ud800", "x" * 5000, [], {}, [1, [2]], {"a": {"b": []}}, "NaN", "2020-01-01",
)  # fmt: skip


def mutate(file: Path, draw: random.Random) -> str:
    """Damage a file in one way; returns in which."""
    ways = [_cut, _flip, _empty, _remove, _folder, _no_text, _deep, _noise]
    if file.suffix == ".json":
        ways += [_edit] * 12
    elif file.suffix == ".csv":
        ways += [_cells] * 6
    way = draw.choice(ways)
    way(file, draw)
    return f"{way.__name__} {file.name}"


def _cut(file: Path, draw: random.Random) -> None:
    data = file.read_bytes()
    file.write_bytes(data[: draw.randrange(len(data) + 1)])


def _flip(file: Path, draw: random.Random) -> None:
    data = bytearray(file.read_bytes())
    for _ in range(draw.randrange(1, 20)):
        if data:
            data[draw.randrange(len(data))] = draw.randrange(256)
    file.write_bytes(data)


def _empty(file: Path, draw: random.Random) -> None:
    file.write_bytes(b"")


def _remove(file: Path, draw: random.Random) -> None:
    file.unlink()


def _folder(file: Path, draw: random.Random) -> None:
    file.unlink()
    file.mkdir()
    if draw.random() < 0.5:
        (file / "x").write_text("x")


def _no_text(file: Path, draw: random.Random) -> None:
    data = file.read_bytes()
    place = draw.randrange(len(data) + 1)
    file.write_bytes(data[:place] + b"\xff\xfe\x80" + data[place:])


def _deep(file: Path, draw: random.Random) -> None:
    file.write_text('{"a":' * 50_000 if draw.random() < 0.5 else "[" * 100_000)


def _noise(file: Path, draw: random.Random) -> None:
    file.write_bytes(draw.randbytes(300))


def _edit(file: Path, draw: random.Random) -> None:
    """Change one thing in JSON, at any depth."""
    data = json.loads(file.read_text("utf-8"))
    places: list[tuple[Any, Any]] = []

    def walk(node: Any) -> None:
        for key in node if isinstance(node, dict) else range(len(node)):
            places.append((node, key))
            if isinstance(node[key], dict | list):
                walk(node[key])

    walk(data)
    if places:
        node, key = draw.choice(places)
        act = draw.randrange(5)
        if act == 0:
            del node[key]
        elif act == 1 and isinstance(node, dict):
            node[f"{key}x"] = node.pop(key)
        elif act == 2 and isinstance(node, list):
            node.extend(list(node))
        else:
            node[key] = draw.choice(_JUNK)
    file.write_text(json.dumps(data), encoding="utf-8", errors="surrogatepass")


def _cells(file: Path, draw: random.Random) -> None:
    """Change one line of a table, its heading among them."""
    lines = file.read_text("utf-8").splitlines()
    if not lines:
        return
    place = draw.randrange(len(lines))
    cells = lines[place].split(",")
    acts: list[Callable[[], None]] = [
        lambda: cells.__setitem__(draw.randrange(len(cells)), draw.choice(("", "x", "1e999", '"'))),
        lambda: cells.append("1"),
        cells.clear,
        lambda: lines.extend(lines[1:]),
    ]
    draw.choice(acts)()
    lines[place] = ",".join(cells)
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")


def copy(source: Path, target: Path) -> Path:
    """Copy a folder to where nothing is."""
    shutil.rmtree(target, ignore_errors=True)
    return Path(shutil.copytree(source, target))
