"""PEtab Select: the candidate that made the data is chosen, and nothing lies elsewhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from pdmodel.errors import InputError
from pdmodel.interchange import select_petab
from pdmodel.interchange.omex import omex_bytes
from tests.interchange.petab.written_problems import PARAMETERS, course, write_problem

pytest.importorskip("petab_select", reason="needs the package petab-select")

SELECTION = """format_version: 1.0.0
criterion: {criterion}
method: {method}
model_space_files: [space.tsv]
"""
SPACE = (
    "model_subspace_id\tmodel_subspace_petab_yaml\tback\tscale\n"
    "M\tp/problem.yaml\t0;estimate\t2;estimate\n"
)
HELD = {"offset\tlin\t-1\t1\t0.3\t1": "offset\tlin\t-1\t1\t0.3\t0", "10\t0.2\t1": "10\t0.2\t0"}


def write_selection(
    folder: Path, method: str = "brute_force", criterion: str = "AIC", space: str = SPACE
) -> Path:
    """Write candidates with and without the way back, and the scale held or not."""
    rows = "".join(
        f"of_a\t\tlow\t{2 * course(t, 1) + 0.3 + (-1) ** i * 0.01}\t{t}\toffset\tsd_a\n"
        for i, t in enumerate((0.2, 0.5, 1, 1.5, 2, 3, 4, 5))
    )
    parameters = PARAMETERS
    for old, new in HELD.items():
        parameters = parameters.replace(old, new)
    write_problem(folder / "p", rows, parameters=parameters)
    (folder / "space.tsv").write_text(space, "utf-8")
    file = folder / "selection.yaml"
    file.write_text(SELECTION.format(method=method, criterion=criterion), "utf-8")
    return file


def test_the_candidate_that_made_the_data_is_best(tmp_path: Path) -> None:
    """The way back is kept and the scale held; AIC is as Akaike has it."""
    said: list[str] = []
    found = select_petab(write_selection(tmp_path), starts=1, progress=said.append)
    assert [one.name for one in found.candidates] == said
    assert len(said) == 4
    assert set(found.best.values) == {"forward", "back"}
    assert dict(found.best.held) == {"scale": 2}
    assert found.best.values["back"] == pytest.approx(0.6, rel=0.05)
    for one in found.candidates:
        assert one.criterion == pytest.approx(2 * len(one.values) - 2 * one.log_likelihood)
    table = found.table()
    assert table["candidate"][0] == found.best.name
    assert table["AIC"].is_monotonic_increasing


def test_a_search_forward_goes_over_those_that_are_better(tmp_path: Path) -> None:
    """From the smallest; one that adds nothing ends it. From an archive too."""
    file = write_selection(tmp_path, "forward", "BIC")
    files = {
        each.relative_to(tmp_path).as_posix(): each.read_text("utf-8")
        for each in tmp_path.rglob("*") if each.is_file()
    }  # fmt: skip
    (tmp_path / "a.omex").write_bytes(omex_bytes(files, file.name))
    found = select_petab(tmp_path / "a.omex", starts=1)
    assert (found.method, found.criterion) == ("forward", "BIC")
    assert set(found.best.values) == {"forward", "back"}
    first = found.candidates[0]
    assert set(first.values) == {"forward"}
    assert found.best.predecessor == first.name


FAULTS = {
    "method 'famos' is not run": ("famos", "AIC", SPACE),
    "criterion 'SSR' is not run": ("brute_force", "SSR", SPACE),
    "line 2: problem '../p/problem.yaml' does not lie beside it": (
        "forward", "AIC", SPACE.replace("p/", "../p/"),
    ),
    "lacks column": ("forward", "AIC", SPACE.replace("petab_yaml", "yaml")),
    "cannot be compared": ("brute_force", "AIC", SPACE.replace("0;", "zero;")),
}  # fmt: skip


@pytest.mark.parametrize("message", FAULTS)
def test_what_is_not_run_is_refused(tmp_path: Path, message: str) -> None:
    """In one line, before any candidate is fitted where that can be seen."""
    with pytest.raises(InputError) as refused:
        select_petab(write_selection(tmp_path, *FAULTS[message]))
    assert message in str(refused.value)
    assert "\n" not in str(refused.value)


def test_arguments_that_name_files_are_refused(tmp_path: Path) -> None:
    """A summary of PEtab Select would be written wherever the file says."""
    file = write_selection(tmp_path)
    more = "candidate_space_arguments:\n  summary_tsv: ../summary.tsv\n"
    file.write_text(file.read_text("utf-8") + more, "utf-8")
    with pytest.raises(InputError, match="candidate_space_arguments are not read"):
        select_petab(file)
