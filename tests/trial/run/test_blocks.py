"""Blocks of patients: cut by size, named by arm and number."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pdmodel.trial.population.population import Drawn
from pdmodel.trial.run.blocks import blocks_of, one_below_the_other
from pdmodel.trial.run.folder import as_csv
from tests.trial.test_trial import own


def test_patients_are_cut_by_number() -> None:
    """Every block but the last is full, none is empty, and together they are the patients."""
    table = pd.DataFrame({"k": range(1030)})
    blocks = list(blocks_of(Drawn(table, table.rename(columns={"k": "age"}), {})))
    assert [len(block.patients) for block in blocks] == [512, 512, 6]
    assert pd.concat([block.patients for block in blocks]).equals(table)
    assert all((block.patients["k"] == block.covariates["age"]).all() for block in blocks)


def test_names_tell_arm_and_number() -> None:
    """The trial's own population has no arm in its name, so that folders of before resume."""
    table = pd.DataFrame({"k": [1.0]})
    drawn = Drawn(table, table, {})
    assert [block.name for block in blocks_of(drawn)] == ["block_00000"]
    assert [block.name for block in blocks_of(drawn, 2)] == ["draw_02_block_00000"]


def test_any_number_of_threads_gives_the_same_bits(tmp_path: Path) -> None:
    """Three blocks side by side, one after another, and two that were there already."""
    alone = own().run(1100, threads=1)
    together = own().run(1100, threads=3, out=tmp_path / "trial")
    pd.testing.assert_frame_equal(together.outcomes, alone.outcomes, check_exact=True)
    assert len(list((tmp_path / "trial" / "blocks").glob("*.csv"))) == 3
    again = own().run(1100, threads=2, out=tmp_path / "trial", keep=True)
    pd.testing.assert_frame_equal(again.outcomes, alone.outcomes, check_exact=True)


def test_a_trial_that_is_stopped_goes_on_in_its_folder(tmp_path: Path) -> None:
    """What had ended is kept, what ran is lost, and the numbers are those of a trial in one go."""

    def stop(done: int, total: int, text: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        own().run(1100, threads=2, out=tmp_path / "trial", progress=stop)
    assert len(list((tmp_path / "trial" / "blocks").glob("*.csv"))) == 1
    went_on = own().run(1100, threads=2, out=tmp_path / "trial")
    pd.testing.assert_frame_equal(went_on.outcomes, own().run(1100).outcomes, check_exact=True)


def test_tables_of_blocks_are_written_as_pandas_would() -> None:
    """Every digit, no number where there is none, and names that need quotes."""
    numbers = np.array([0.1, -0.0, np.nan, 1e300, 1e-320, 2.0])
    table = pd.DataFrame({"a,b": numbers, 'c"': np.arange(6), "d": numbers > 1, "": -numbers})
    assert as_csv(table) == table.to_csv(index=False)
    assert as_csv(table.assign(text="a,b")) == table.assign(text="a,b").to_csv(index=False)
    assert as_csv(table.iloc[:0]) == table.iloc[:0].to_csv(index=False)


@pytest.mark.parametrize("more", [{}, {"word": "x"}, {"yes": True}])
def test_blocks_are_put_together_as_pandas_would(more: dict[str, object]) -> None:
    """Numbers, and columns of other kinds; a block that has a column more."""
    tables = [pd.DataFrame({"a": [0.1, np.nan], "b": [-0.0, 1e300]}).assign(**more)] * 3
    expected = pd.concat(tables, ignore_index=True)
    pd.testing.assert_frame_equal(one_below_the_other([*tables]), expected, check_exact=True)
    wider = [*tables, tables[0].assign(c=1.0)]
    expected = pd.concat(wider, ignore_index=True)
    pd.testing.assert_frame_equal(one_below_the_other([*wider]), expected, check_exact=True)
