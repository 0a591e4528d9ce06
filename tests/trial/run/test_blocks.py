"""Blocks of patients: cut by size, named by arm and number."""

from __future__ import annotations

import pandas as pd

from pdmodel.trial.population.population import Drawn
from pdmodel.trial.run.blocks import blocks_of


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
