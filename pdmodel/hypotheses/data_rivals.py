"""Rival models on the same measured data: each fitted, and what AICc and BIC say of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from pdmodel.arguments import names_of
from pdmodel.errors import InputError
from pdmodel.executors import Progress, silent
from pdmodel.inference import FitRecord, Question, read_result
from pdmodel.inference.fit.folder import PACKAGES, fit_identity
from pdmodel.inference.fit.starts import StartPlan
from pdmodel.progress import watched
from pdmodel.storage import (
    ResultFolder,
    fingerprint,
    free_stale,
    holds,
    made_with,
    plain_rows,
    read_shaped,
    reading,
)
from pdmodel.text import rounded, table_lines

RIVALS = "rivals"
UNDECIDED = 2.0
"""A difference of AICc below which the data do not decide (Burnham and Anderson 2002)."""
COLUMNS = ("model", "n", "k", "log_likelihood", "aicc", "bic", "delta_aicc", "delta_bic", "weight")

Draw = Callable[[Any], Mapping[str, bytes]]
_STORED = {"data": str, "models": [{"model": str}]}


@dataclass
class DataRivals:
    """Rival models on the same data.

    Parameters
    ----------
    data
        The file.
    fits
        The fit of each model, by its name.
    """

    data: str
    fits: Mapping[str, FitRecord]

    @property
    def table(self) -> pd.DataFrame:
        """Return a row a model, the best by AICc first.

        Returns
        -------
        pandas.DataFrame
            `model`; `n` values (those beyond a limit count as one each) and `k` numbers that were
            estimated, error included; `log_likelihood`, `aicc`, `bic`; `delta_aicc` and `delta_bic`
            above the lowest; `weight`, the Akaike weight.
        """
        rows = [
            {
                "model": name, "n": s["n_data"], "k": s["n_free"],
                "log_likelihood": s["log_likelihood"], "aicc": s["aicc"], "bic": s["bic"],
            }
            for name, s in ((name, fit.summary) for name, fit in self.fits.items())
        ]  # fmt: skip
        table = pd.DataFrame(rows).astype({"aicc": float, "bic": float})
        for name in ("aicc", "bic"):
            table[f"delta_{name}"] = table[name] - table[name].min()
        likely = np.exp(-0.5 * table["delta_aicc"])
        table["weight"] = likely / likely.sum()
        ordered = table.sort_values("aicc", kind="stable", ignore_index=True)
        return ordered[list(COLUMNS)]

    @property
    def conclusion(self) -> str:
        """Return in words which models the data prefer, and what that does not say."""
        table = self.table
        near = table.loc[table["delta_aicc"] < UNDECIDED, "model"].tolist()
        best = (
            f"AICc prefers {near[0]}" if len(near) == 1
            else f"The data do not decide between {', '.join(near[:-1])} and {near[-1]}: they are "
                 f"within {UNDECIDED:g} of the lowest AICc"
        )  # fmt: skip
        return (
            f"{best}. The criterion compares models and does not say that one of them fits: look "
            "at the residuals of the best."
        )

    def to_dict(self) -> dict[str, Any]:
        """Return what is stored: plain data."""
        return {"schema_version": 1, "data": self.data, "models": plain_rows(self.table)}

    def report(self) -> str:
        """Return the table in words."""
        rows = [
            (r.model, str(r.n), str(r.k), *(rounded(getattr(r, name)) for name in COLUMNS[3:-1]),
             f"{r.weight:.3f}")
            for r in self.table.itertuples()
        ]  # fmt: skip
        words = ("model", "n", "k", "log L", "AICc", "BIC", "delta AICc", "delta BIC", "weight")
        lines = [f"Rival models on {self.data}, the same values and errors for all", ""]
        lines += table_lines(words, rows, right=set(range(1, len(words))))
        lines += [
            "",
            "n measured values, k numbers estimated.",
            self.conclusion,
        ]
        return "\n".join(lines) + "\n"


@watched
def compare_on_data(
    question: Question,
    models: Sequence[str],
    *,
    starts: int = 4,
    seed: int = 1,
    jobs: int = 1,
    max_evaluations: int = 120,
    out: Path | str | None = None,
    overwrite: bool = False,
    files: Callable[[str], Draw] | None = None,
    draw: Draw | None = None,
    progress: Progress | None = None,
) -> DataRivals:
    """Ask the same question about the same data of several models.

    Parameters
    ----------
    question
        A question about data, as of `Question(data=...)`; pooled or each.
    models
        Models, by name or place; each has what is `own` and `free`.
    starts, seed, jobs, max_evaluations
        As of `FitProblem.run`.
    out
        Folder: the fit of each model lies in one of its name, the table above. What was stopped
        goes on there.
    overwrite
        Whether another result there may be replaced.
    files
        Returns what writes the figures and other files of the fit of a model.
    draw
        Returns figures of the whole by path.
    progress
        Called with starts done, starts in all, and a text that names the model.

    Raises
    ------
    InputError
        If there are fewer than two models, two share a name, the question has no data or is about
        a population, or a model lacks what is fitted.
    FitError
        If a model cannot be fitted.
    """
    problems = _problems(question, models)
    plan = StartPlan(starts, seed, max_evaluations)
    fits: dict[str, FitRecord] = {}

    def fit_all(folder: Path | None) -> None:
        for name, problem in problems.items():
            own = None if folder is None else folder / name
            if own is not None and holds(own, "fit"):
                free_stale(own)
                fits[name] = read_result(own)
                continue
            fits[name] = problem.run(
                starts, seed, jobs, own, overwrite=own is not None, method=question.method,
                max_evaluations=max_evaluations, draw=None if files is None else files(name),
                progress=_named(progress or silent, name),
            )  # fmt: skip

    if out is None:
        fit_all(None)
        return DataRivals(_data_of(problems), fits)
    identity = {n: fingerprint(fit_identity(problem, plan)) for n, problem in problems.items()}
    with ResultFolder.take(out, RIVALS, identity, overwrite=overwrite) as folder:
        fit_all(folder.path)
        result = DataRivals(_data_of(problems), fits)
        drawn = {} if draw is None else draw(result)
        written = {"rivals.csv": result.table.to_csv(index=False), "report.txt": result.report()}
        folder.finish({**written, **drawn}, result.to_dict(), made_with(PACKAGES))
    return result


def read_rivals(folder: Path | str) -> DataRivals:
    """Read what `compare_on_data` wrote.

    Parameters
    ----------
    folder
        Its folder.

    Raises
    ------
    InputError
        If the folder holds no finished rival fits, or something in it is damaged.
    """
    folder = Path(folder)
    with reading(folder):
        if not holds(folder, RIVALS):
            raise InputError(f"folder {str(folder)!r} holds no finished rival fits")
        stored = read_shaped(Path(folder, "rivals.json"), _STORED)
        names = [row["model"] for row in stored["models"]]
        return DataRivals(stored["data"], {name: read_result(Path(folder, name)) for name in names})


def _problems(question: Question, models: Sequence[str]) -> dict[str, Any]:
    """Return the problem of each model, by its own name."""
    if question.data is None:
        raise InputError(f"question {question.name!r} is about no data: give Question(data=...)")
    if question.method == "population":
        raise InputError("rival models are fitted pooled or each, not as populations")
    wanted = names_of(models, "models")
    if len(wanted) < 2:
        raise InputError("a comparison needs two models or more")
    problems: dict[str, Any] = {}
    for reference in wanted:
        problem = question.problem(reference)
        if problem.model.name in problems:
            raise InputError(f"two of the models are called {problem.model.name!r}")
        problems[problem.model.name] = problem
    return problems


def _data_of(problems: Mapping[str, Any]) -> str:
    return str(next(iter(problems.values())).measurements.name)


def _named(progress: Progress, name: str) -> Progress:
    return lambda done, total, text: progress(done, total, f"{name}: {text}")
