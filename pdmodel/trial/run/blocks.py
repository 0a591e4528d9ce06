"""Blocks of patients of fixed size: the unit of work, of storage and of random numbers.

A block holds all it needs, so that any worker may run it and the numbers are the same.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd
import xarray as xr

from pdmodel.arrays import Array, Flags
from pdmodel.engine.schedule.build import make_schedule
from pdmodel.errors import InputError, PdmodelError, shortened
from pdmodel.executors import Work, completed
from pdmodel.model import Model
from pdmodel.trial.population.body_weight import weights_of
from pdmodel.trial.population.population import Drawn, Population
from pdmodel.trial.protocol.design import TrialDesign
from pdmodel.trial.protocol.protocol import Protocol
from pdmodel.trial.run.folder import TrialFolder
from pdmodel.trial.run.threads import ThreadShare, side_by_side
from pdmodel.trial.run.visits import BLOCK, treat

_HERE = Work()
_BLOCKS_OF_AN_ARM = 10_000
"""More than the largest trial has: patients of two arms never share their errors of assays."""
MEAN_DOSE = "mean_dose"
"""Outcome of every trial, a day in the unit of the protocol; a trial may have its own of it."""


@dataclass(frozen=True)
class PatientBlock:
    """Some patients of an arm.

    Parameters
    ----------
    arm, number
        Which population (0: the trial's own, from 1 on those that a calibration left open), and
        which of its blocks.
    patients, covariates
        One row per patient.
    prefix
        Prefix of its name in a folder that holds several trials.
    """

    arm: int
    number: int
    patients: pd.DataFrame
    covariates: pd.DataFrame
    prefix: str = ""

    @property
    def name(self) -> str:
        """The name of the block in a folder."""
        arm = f"draw_{self.arm:02d}_" if self.arm else ""
        return f"{self.prefix}{arm}block_{self.number:05d}"


def blocks_of(drawn: Drawn, arm: int = 0) -> Iterator[PatientBlock]:
    """Cut patients into blocks."""
    for number, first in enumerate(range(0, len(drawn.patients), BLOCK)):
        rows = slice(first, first + BLOCK)
        yield PatientBlock(arm, number, drawn.patients.iloc[rows], drawn.covariates.iloc[rows])


class _Part(NamedTuple):
    """The patients of a block who are in one arm, and their protocol and population."""

    number: int
    protocol: Protocol
    population: Population
    rows: Flags


def _parts(trial: TrialDesign, covariates: pd.DataFrame) -> list[_Part]:
    """Return the patients of each arm; all of them where a trial has no arms."""
    whole = np.ones(len(covariates), dtype=bool)
    rows = [covariates[arm.name].to_numpy() == 1 for arm in trial.arms] or [whole]
    parts = zip(range(len(rows)), trial.protocols, trial.populations, rows, strict=True)
    return [_Part(*each) for each in parts if each[-1].any()]


def _records_of_part(
    trial: TrialDesign,
    model: Model,
    part: _Part,
    patients: pd.DataFrame,
    covariates: pd.DataFrame,
    seeds: tuple[int, int],
    share: ThreadShare,
) -> xr.Dataset:
    """Run the patients of one arm of a block; each arm has errors of assays of its own."""
    here, properties = patients[part.rows], covariates[part.rows]
    seed, block = seeds
    return treat(
        model, here, part.protocol, share, covariates=properties,
        weights=_body_weights(part, model, here, properties),
        quantities=trial.quantities, peaks=trial.peaks,
        seeds=(seed, block + _BLOCKS_OF_AN_ARM * part.number),
    )  # fmt: skip


def run_block(
    trial: TrialDesign, model: Model, block: PatientBlock, seed: int, share: ThreadShare
) -> tuple[PatientBlock, pd.DataFrame]:
    """Return one row per patient: parameters, covariates, outcomes, mean dose, and `failed`."""
    tables = []
    for part in _parts(trial, block.covariates):
        records = _records_of_part(
            trial, model, part, block.patients, block.covariates, (seed, block.number), share
        )
        outcomes = _outcomes(trial, records)
        if not any(MEAN_DOSE in table for table in (block.patients, block.covariates, outcomes)):
            outcomes[MEAN_DOSE] = _mean_dose(records["dose"].values)
        outcomes["failed"] = (records["reason"].values != "").astype(float)
        tables.append(outcomes.set_axis(np.flatnonzero(part.rows)))
    parts = [table.reset_index(drop=True) for table in (block.patients, block.covariates)]
    return block, pd.concat([*parts, pd.concat(tables).sort_index()], axis=1)


def run_block_alone(
    trial: TrialDesign, model: Model, block: PatientBlock, seed: int
) -> tuple[PatientBlock, pd.DataFrame]:
    """Return what `run_block` does, in one thread: a task of a worker process."""
    return run_block(trial, model, block, seed, ThreadShare(1))


def check_doses(trial: TrialDesign, model: Model, drawn: Drawn) -> None:
    """Refuse doses that a model or its patients cannot be given, before anything is written.

    Raises
    ------
    InputError
        If doses are per kilogram, and the population has no body weight.
    RegimenError
        If the model does not know a drug, or the unit does not fit.
    """
    for protocol in trial.protocols:
        for regimen in protocol.given():
            make_schedule(model, regimen, protocol.days)
    for part in _parts(trial, drawn.covariates):
        _body_weights(part, model, drawn.patients[part.rows], drawn.covariates[part.rows])


def _body_weights(
    part: _Part, model: Model, patients: pd.DataFrame, covariates: pd.DataFrame
) -> Array | None:
    """Return the body weight of each patient in kg; None where no dose is per kilogram."""
    by_weight = part.protocol.by_weight
    return weights_of(part.population, model, patients, covariates) if by_weight else None


def _mean_dose(given: Array) -> Array:
    """Return the mean dose of the days that a patient was in the trial; 0 of who had none."""
    days = np.maximum((~np.isnan(given)).sum(axis=1), 1)
    return np.asarray(np.nansum(given, axis=1) / days)


def _outcomes(trial: TrialDesign, records: xr.Dataset) -> pd.DataFrame:
    """Return what a trial makes of its records, which is a user's code.

    Raises
    ------
    InputError
        If it fails, or is no row a patient of numbers, and yes or no.
    """
    what = f"the outcomes of trial {trial.name!r}"
    try:
        made = pd.DataFrame(trial.outcomes(records))
        outcomes = made.reset_index(drop=True).astype(float)
    except PdmodelError:
        raise
    except Exception as error:  # whatever a user's code may raise
        said = " ".join(f"{type(error).__name__}: {error}".split())
        raise InputError(f"{what} cannot be made: {shortened(said, 300)}") from error
    wanted = records.sizes["patient"]
    if len(outcomes) != wanted or outcomes.columns.has_duplicates:
        raise InputError(f"{what} need one row a patient, {wanted} of them, and each column once")
    if _in_other_order(made.index, records.indexes["patient"]):
        raise InputError(
            f"{what} come in another order than the patients, each of whom is a row of the "
            "records: sort them (sort_index()) before they are returned"
        )
    return outcomes


def _in_other_order(index: pd.Index, patients: pd.Index) -> bool:
    """Whether rows are labelled by patients, or by their numbers, and not in their order."""
    orders = patients, pd.RangeIndex(len(patients))
    if any(index.equals(labels) for labels in orders):
        return False
    return index.is_unique and any(index.isin(labels).all() for labels in orders)


def run_blocks(
    trial: TrialDesign,
    model: Model,
    blocks: Sequence[PatientBlock],
    seed: int,
    *,
    threads: int | None = None,
    folder: TrialFolder | None = None,
    work: Work = _HERE,
    check: Callable[[pd.DataFrame], None] | None = None,
) -> Mapping[int, pd.DataFrame]:
    """Run all blocks that a folder does not hold, and commit each when it ends.

    Parameters
    ----------
    trial, model, blocks, seed
        What is run.
    threads, folder, work
        How, and where the blocks are kept.
    check
        Takes the outcomes of each block before it is committed, and raises where they cannot be
        used: before time is spent on the others.

    Returns
    -------
    mapping
        By arm, one row per patient in the order of the patients, wherever they were run.
    """
    by_block: dict[tuple[int, int], pd.DataFrame] = {}
    left, total = [], sum(len(block.patients) for block in blocks)
    for block in blocks:
        stored = None if folder is None else folder.read_block(block.name)
        if stored is not None and len(stored) != len(block.patients):
            raise InputError(f"block {block.name} in {folder} is damaged: {len(stored)} patients")
        if stored is None:
            left.append(block)
        else:
            by_block[block.arm, block.number] = stored
    ended = _ended(trial, model, left, seed, threads, work)
    done = total - sum(len(block.patients) for block in left)
    with closing(ended):  # an error ends the threads here, and not when memory is cleared
        for block, outcomes in ended:
            if check is not None:
                check(outcomes)
            by_block[block.arm, block.number] = outcomes
            if folder is not None:
                folder.write_block(block.name, outcomes)
            done += len(block.patients)
            work.progress(done, total, "patients")
    arms = sorted({arm for arm, _ in by_block})
    return {
        arm: one_below_the_other([by_block.pop(key) for key in sorted(by_block) if key[0] == arm])
        for arm in arms
    }


def one_below_the_other(tables: list[pd.DataFrame]) -> pd.DataFrame:
    """Return the tables of an arm as one; each is let go when it is in it, where all are alike."""
    columns, ends = tables[0].columns, np.cumsum([0, *(len(table) for table in tables)])
    numbers = all(dtype == "float64" for table in tables for dtype in table.dtypes)
    if not numbers or not all(table.columns.equals(columns) for table in tables):
        return pd.concat(tables, ignore_index=True)
    values = np.empty((len(columns), ends[-1]))
    for number in range(len(tables)):
        values[:, ends[number] : ends[number + 1]] = tables[number].to_numpy().T
        tables[number] = pd.DataFrame()
    return pd.DataFrame(values.T, columns=columns)


def _ended(
    trial: TrialDesign,
    model: Model,
    blocks: Sequence[PatientBlock],
    seed: int,
    threads: int | None,
    work: Work,
) -> Generator[tuple[PatientBlock, pd.DataFrame], None, None]:
    """Yield each block with its outcomes when it ends: in threads of this process, or elsewhere."""
    from pdmodel.engine.runs.many_patients import check_threads  # brings the compiler

    def run(block: PatientBlock, share: ThreadShare) -> tuple[PatientBlock, pd.DataFrame]:
        return run_block(trial, model, block, seed, share)

    if work.executor is None:
        yield from side_by_side(run, blocks, check_threads(threads))
    else:
        tasks = [(trial, model, block, seed) for block in blocks]
        yield from completed(work.executor, run_block_alone, tasks)


def records_of(trial: TrialDesign, model: Model, patients: int, seed: int) -> xr.Dataset:
    """Return the whole courses of the first patients, at most of one block."""
    drawn = trial.draw_patients(model, min(patients, BLOCK), seed)
    from pdmodel.engine.runs.many_patients import check_threads  # brings the compiler

    share = ThreadShare(check_threads(None))
    records = [
        _records_of_part(trial, model, part, drawn.patients, drawn.covariates, (seed, 0), share)
        for part in _parts(trial, drawn.covariates)
    ]
    return records[0] if len(records) == 1 else _beside_each_other(records)


def _beside_each_other(records: Sequence[xr.Dataset]) -> xr.Dataset:
    """Return the courses of all arms as one dataset; what an arm does not measure is NaN."""
    both = [each.assign({"day_off": each["day_off"].expand_dims(patient=each["patient"])})
            for each in records]  # fmt: skip
    whole = xr.concat(both, "patient", join="outer", data_vars="all", combine_attrs="override")
    return whole.sortby("patient")
