"""What result folders hold, read for a page: JSON, tables, pictures. Files may be from others."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from pathlib import Path

from pdmodel.errors import InputError
from pdmodel.report.section import Picture, Table
from pdmodel.storage import read_frame

_PNG = b"\x89PNG\r\n\x1a\n"


def read_table(file: Path, columns: Mapping[str, str], caption: str = "") -> Table:
    """Return some columns of a CSV file under other headings.

    Raises
    ------
    InputError
        If the file or a column is missing.
    """
    table = read_frame(file, columns)
    return Table.of(table[list(columns)].rename(columns=dict(columns)), caption)


def pictures_of(
    folder: Path,
    wanted: Callable[[str], bool] = lambda stem: True,
    captions: Callable[[str], str] | None = None,
) -> list[Picture]:
    """Return the PNG files of a folder of figures in the order of their list, those of a part last.

    Parameters
    ----------
    folder
        Of figures; it may be missing.
    wanted
        Says of a name without its ending whether the figure is meant.
    captions
        Returns what stands below a figure that the list of figures does not know.

    Raises
    ------
    InputError
        If one is no PNG file.
    """
    from pdmodel.plots.figures import (  # matplotlib, where there are pictures
        describe_figure,
        place_in_list,
    )

    pictures = []
    for file in filter(lambda file: wanted(file.stem), sorted(folder.glob("*.png"))):
        content = file.read_bytes() if file.is_file() else b""
        if not content.startswith(_PNG):
            raise InputError(f"{file} is no PNG file")
        of_a_part, caption = describe_figure(file.stem)
        position = place_in_list(file.stem)
        if position is None and captions is not None:
            caption = captions(file.stem)
        rank = (of_a_part, math.inf if position is None else position)
        pictures.append((rank, Picture(caption, content)))
    return [picture for _, picture in sorted(pictures, key=lambda pair: pair[0])]
