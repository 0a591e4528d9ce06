"""What `pdmodel export` does with a fit: its problem as files of PEtab, alone or in an archive."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pdmodel.errors import InputError


def export_problem(name: str, format_: str, out: Path | None, *, overwrite: bool) -> str:
    """Write a fit as a PEtab problem; return what was written, in words.

    Parameters
    ----------
    name
        A question, or a folder of fit-data, whose fitted values become the nominal ones.
    format_
        `petab` for a folder of files, `omex` for an archive.
    out
        Where it goes.
    overwrite
        Whether what is there may be replaced.

    Raises
    ------
    InputError
        If there is no place named, or the fit holds what PEtab cannot say.
    """
    from pdmodel.interchange import petab_files, write_petab
    from pdmodel.interchange.omex import omex_bytes
    from pdmodel.storage import write_content

    if out is None:
        raise InputError(f"--format {format_} writes files: say where with --out")
    problem, values = _problem_of(name)
    if format_ == "petab":
        return f"wrote {write_petab(problem, out, values, overwrite=overwrite)}"
    files = petab_files(problem, values)
    write_content(out, omex_bytes(files, "problem.yaml"))
    return f"wrote {out}"


def _problem_of(name: str) -> tuple[Any, Mapping[str, float] | None]:
    from pdmodel.cli.console.question import find_question, is_answer
    from pdmodel.inference import read_result

    problem = find_question(name).problem()
    return problem, dict(read_result(name).values) if is_answer(name) else None
