"""Discriminate hypotheses: read or make their fits, rank measurements, write the folder."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from pdmodel.errors import InputError
from pdmodel.executors import Progress
from pdmodel.hypotheses.comparison import Comparison
from pdmodel.hypotheses.discrimination.arms import control_of
from pdmodel.hypotheses.discrimination.assay import Assay
from pdmodel.hypotheses.discrimination.ensemble import Ensemble, posterior_ensemble
from pdmodel.hypotheses.discrimination.intervention import Intervention
from pdmodel.hypotheses.discrimination.rank import Discrimination, discriminate
from pdmodel.hypotheses.examination.finished import fitted, standing
from pdmodel.hypotheses.examination.folder import folder_of, open_place
from pdmodel.hypotheses.hypothesis import Hypothesis
from pdmodel.inference.posterior.posterior import read_posterior
from pdmodel.progress import watched
from pdmodel.storage import made_with, place_of

_KIND = "discrimination"
_PACKAGES = ("pdmodel", "numpy", "scipy", "sympy", "pandas", "xarray")


@watched
def decide(
    comparison: Comparison,
    names: Sequence[str] | None,
    folder: Path,
    assays: Sequence[Assay],
    arms: Mapping[str, Intervention],
    out: Path,
    *,
    posteriors: Path | None = None,
    patients: int = 10,
    members: int = 32,
    seed: int = 1,
    draw: Callable[[Discrimination], Mapping[str, bytes]] | None = None,
    progress: Progress | None = None,
) -> Discrimination:
    """Rank measurements and write them to a folder.

    Parameters
    ----------
    comparison, names
        Hypotheses by name; by default those that stand in the folder, the first twelve.
    folder
        Folder of `compare`; hypotheses that it does not hold are fitted into it.
    assays, arms
        The menu; one of the arms is the control.
    out
        Folder to write to.
    posteriors
        Folder of `evidence`: the parameter sets of a hypothesis are draws of its posterior, where
        that is there. Otherwise they are drawn around the fit.
    patients
        In each group and arm.
    members, seed
        Parameter sets of each hypothesis, and of what they are drawn.
    draw
        Returns figures of the result by path; they are written with its tables.
    progress
        Called with parts done, parts in all, and a text.

    Raises
    ------
    InputError
        If there is nothing to tell apart, a name is unknown, or a fit failed.
    """
    folder, posteriors = place_of(folder), posteriors and place_of(posteriors)
    chosen = comparison.choose(names or standing(folder))
    if len(chosen) < 2:
        raise InputError("name at least two hypotheses to tell apart")
    control = control_of(comparison, arms)
    with open_place(out, _KIND, comparison) as taken:
        fits = {h.name: fitted(comparison, h, folder).values for h in chosen}
        ranking = discriminate(
            comparison, chosen, fits, assays, arms, control=control, patients=patients,
            drawn=_drawn(comparison, chosen, posteriors, members, seed), members=members,
            seed=seed, progress=progress,
        )  # fmt: skip
        files = {
            "measurements.csv": ranking.table.to_csv(index=False),
            "pairs.csv": ranking.pairs.to_csv(index=False),
            **({} if draw is None else draw(ranking)),
        }
        taken.finish(files, ranking.to_dict(), made_with(_PACKAGES))
    return ranking


def _drawn(
    comparison: Comparison, chosen: Sequence[Hypothesis], folder: Path | None, members: int,
    seed: int,
) -> dict[str, Ensemble]:  # fmt: skip
    """Return draws of the posteriors that a folder holds of some hypotheses."""
    if folder is None:
        return {}
    files = [(h, folder_of(folder, h) / "posterior.nc") for h in chosen]
    ensembles = {
        h.name: posterior_ensemble(comparison.problem(h), read_posterior(file), members, seed)
        for h, file in files
        if file.is_file()
    }
    if not ensembles:
        raise InputError(f"{folder} holds no posterior of {', '.join(h.name for h in chosen)}")
    return ensembles
