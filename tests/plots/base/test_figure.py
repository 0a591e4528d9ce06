"""Figures are saved whole, with the same bytes every time, and leave nothing open."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path
from typing import Any

import matplotlib
import matplotlib.image
import matplotlib.pyplot as plt
import pytest
import xarray as xr

import pdmodel
from pdmodel.errors import InputError
from pdmodel.plots import (
    dose_strip,
    image,
    influence_diagram,
    plot_quantity,
    plot_run,
    plot_runs,
    response_panels,
    save,
)


def test_equal_figures_have_equal_bytes(run: xr.Dataset, result: Any) -> None:
    """Neither time nor version is written into a file."""
    for form in ("png", "svg", "pdf"):
        assert image(plot_run(run, ["il6"]), form) == image(plot_run(run, ["il6"]), form)
    first = image(response_panels(result))
    assert image(response_panels(result)) == first
    assert b"atplotlib" not in first


def test_settings_of_the_user_neither_matter_nor_change(run: xr.Dataset) -> None:
    """A user's matplotlib style does not change our bytes, nor do we change that style."""
    plain = image(plot_run(run, ["il6"]))
    with matplotlib.rc_context({"font.size": 20, "lines.linewidth": 9, "axes.grid": True}):
        assert image(plot_run(run, ["il6"])) == plain
        assert matplotlib.rcParams["font.size"] == 20


def test_pyplot_knows_nothing_of_our_figures(run: xr.Dataset, result: Any) -> None:
    """Nothing piles up in a long session."""
    plot_run(run)
    response_panels(result)
    assert plt.get_fignums() == []


def test_save_writes_figure_or_axes_and_leaves_no_rest(tmp_path: Path, run: xr.Dataset) -> None:
    """The folder is made; a second figure takes the place of the first."""
    path = tmp_path / "deep" / "il6.png"
    assert save(plot_quantity(run["il6"]), path) == path
    first = path.read_bytes()
    save(plot_run(run), path)
    assert first.startswith(b"\x89PNG")
    assert path.read_bytes() != first
    assert [p.name for p in path.parent.iterdir()] == ["il6.png"]


def test_save_refuses_what_it_cannot_write(tmp_path: Path, run: xr.Dataset) -> None:
    """An unknown ending and a place below a file are told, and nothing is written."""
    axes = plot_quantity(run["il6"])
    with pytest.raises(InputError, match=r"jpg.*known: pdf, png, svg"):
        save(axes, tmp_path / "il6.jpg")
    blocked = tmp_path / "file"
    blocked.write_text("")
    with pytest.raises(InputError, match="cannot write"):
        save(axes, blocked / "il6.png")
    assert [p.name for p in tmp_path.iterdir()] == ["file"]


def test_drawing_imports_no_fitting() -> None:
    """Plots are paid for by those who plot, fits by those who fit."""
    code = (
        "import sys, pdmodel; assert 'matplotlib' not in sys.modules; pdmodel.plots.save;"
        "assert 'matplotlib' in sys.modules and 'lmfit' not in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_public_names_exist() -> None:
    """What is promised can be had from `pdmodel.plots`."""
    for name in pdmodel.plots.__all__:
        assert getattr(pdmodel.plots, name) is not None


def test_notebooks_show_figures_and_axes(run: xr.Dataset) -> None:
    """IPython asks for `_repr_png_`: a sharp image at half its size, no pyplot needed."""
    for drawn in (plot_run(run, ["il6"]), plot_quantity(run["il6"])):
        shown: Any = drawn
        content, size = shown._repr_png_()
        assert content.startswith(b"\x89PNG")
        pixels = matplotlib.image.imread(io.BytesIO(content)).shape
        assert (size["height"], size["width"]) == (pixels[0] // 2, pixels[1] // 2)
    assert plt.get_fignums() == []


def test_importing_pyplot_changes_nothing_in_notebooks(run: xr.Dataset) -> None:
    """The width that a figure asks for holds, whoever draws: a bundle is read in any case."""
    shown: Any = plot_run(run, ["il6"])
    images, sizes = shown._repr_mimebundle_(include=None, exclude=None)
    assert images["image/png"].startswith(b"\x89PNG")
    assert sizes == {"image/png": {"width": shown._repr_png_()[1]["width"]}}


@pytest.mark.parametrize("name", ["$x {", "a $ b", "100 % $\\alpha$ ^_", "<b>", "a\nb"])
def test_names_are_no_formulas(name: str, run: xr.Dataset) -> None:
    """Whatever a user calls a run, a quantity or a figure is written as it stands."""
    titled = run["il6"].assign_attrs(long_name=name, units=name)
    assert image(plot_quantity(titled, label=name)).startswith(b"\x89PNG")
    figure = plot_runs({name: run, "other": run.assign_attrs(regimen=name)}, ["il6"])
    assert image(figure, "svg")
    assert image(dose_strip("10 mg daily", 3, drug=name))
    assert image(influence_diagram([(name, "tnf", 1), ("tnf", name, -1)], title=name))
