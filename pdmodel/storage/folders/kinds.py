"""What result folders hold, by kind: the one list of the names of files that pdmodel writes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

MANIFEST = "manifest.json"


@dataclass(frozen=True)
class Kind:
    """One kind of result folder.

    Parameters
    ----------
    name
        As the manifest says it.
    nothing, finished, other
        What a folder holds, in words: `no fit`, `a finished fit`, `the fit of another problem`.
    result
        The file that is written last: without it a folder is unfinished.
    files
        Patterns of all other files; `*` stays within a folder. Figures and the like, whose names
        depend on what was asked, are listed in the manifest instead.
    nested
        Patterns of folders that hold results of their own, and of which kind.
    manifest
        The file that says what the folder is.
    old
        The file by which folders are known that were written before there was a kind in the
        manifest.
    beside
        The other kind that may lie in the same folder.
    replaceable
        Whether its verb has `--overwrite`.
    """

    name: str
    nothing: str
    finished: str
    other: str
    result: str
    files: tuple[str, ...]
    nested: Mapping[str, str] = field(default_factory=dict)
    manifest: str = MANIFEST
    old: str = ""
    beside: str = ""
    replaceable: bool = True

    @property
    def patterns(self) -> tuple[str, ...]:
        """Patterns of all files by which a folder of this kind is full."""
        return (self.result, self.manifest, *self.files, *filter(None, [self.old]))


_PAGE, _DIGIT = "report.html", "[0-9]"
_COURSES = (
    "figures/individual_panels_*.png", "figures/observed_fitted.png", "figures/residuals.png",
)  # fmt: skip
"""Figures of each fit to measured courses."""
_ALL = (
    Kind(
        "simulation", "no simulation", "a simulation", "another simulation", "trajectories.nc",
        ("trajectories.csv", "figures/run.png", "figures/run.svg", "figures/run.pdf", _PAGE),
    ),
    Kind(
        "simulations", "no simulations", "simulations", "other simulations", "runs.csv",
        ("figures/runs.png", "figures/runs.svg", "figures/runs.pdf", _PAGE),
        nested={"*": "simulation"},
    ),
    Kind(
        "fit", "no fit", "a finished fit", "the fit of another problem", "fit.json",
        (f"starts/start_{_DIGIT * 4}*.json", "targets.csv", "parameters.csv", "null_targets.csv",
         "moved_thresholds.csv", "trajectories.nc", "measurements.csv", "doses.csv", "courses.nc",
         "report.txt", _PAGE,
         "figures/response_panels.png", "figures/target_forest.png", "figures/start_waterfall.png",
         *_COURSES),
        old="problem.json",
    ),
    Kind(
        "population", "no population fit", "a finished population fit",
        "the population fit of another problem", "population.json",
        (f"steps/step_{_DIGIT * 4}*.json", "parameters.csv", "effects.csv", "measurements.csv",
         "courses.nc", "doses.csv", "visual_check.csv", "report.txt", _PAGE,
         "figures/individual_panels_*.png", "figures/observed_fitted.png", "figures/residuals.png",
         "figures/visual_check.png"),
    ),
    Kind(
        "profiles", "no profiles", "finished profiles", "profiles of another fit", "profile.json",
        ("profile.csv", "report.txt", "profiles/*_up.json", "profiles/*_down.json", _PAGE,
         "figures/profiles.png"),
        old="profile_problem.json", beside="predictions",
    ),
    Kind(
        "predictions", "no profiles", "finished predictions", "predictions of another fit",
        "predictions.json",
        ("predictions.csv", "predictions.txt", "predictions/*_up.json",
         "predictions/*_down.json", "figures/predictions.png", _PAGE),
        manifest="predictions_manifest.json", old="predictions_problem.json", beside="profiles",
    ),
    Kind(
        "sensitivity", "no sensitivity", "a finished sensitivity", "another sensitivity",
        "sensitivity.json",
        ("local.csv", "parameters.csv", "slopes.csv", "correlation.csv", "sobol.csv",
         "sobol_targets.csv", "report.txt", _PAGE, "figures/identifiability_map.png",
         "figures/sobol_map.png"),
        old="sensitivity.json",
    ),
    Kind(
        "trial", "no trial", "a finished trial", "another trial, or one with other settings",
        "trial.json", (f"blocks/*block_{_DIGIT * 5}.csv", "table.csv", _PAGE), old="settings.json",
    ),
    Kind(
        "schedules", "no schedules", "finished schedules", "another search, or other settings",
        "trial.json",
        (f"blocks/*block_{_DIGIT * 5}.csv", "best.csv", "schedules.csv", "figures/pareto.png",
         _PAGE),
        old="settings.json",
    ),
    Kind(
        "trial comparison", "no comparison of trials", "a finished comparison of trials",
        "another comparison of trials, or one with other settings", "trials.json",
        ("calibration*.json", "calibration*.csv", "weights.csv", "predictions.csv", _PAGE),
        nested={"*": "trial"},
    ),
    Kind(
        "hypothesis", "no hypothesis", "a finished hypothesis", "another hypothesis", "moved.json",
        ("fit.json", "trial.json", "predicted.json"), nested={"fit": "fit"},
        old="hypothesis.json",
    ),
    Kind(
        "comparison", "no comparison", "a finished comparison", "another comparison",
        "verdicts.json",
        ("table.csv", "misses.csv", "robustness.csv", "predictions.csv", "report.txt", _PAGE,
         "figures/hypothesis_map.png", "figures/predictions_map.png"),
        nested={"hypotheses/*": "hypothesis", "evidence": "evidence",
                "discriminate": "discrimination"},
        old="comparison.json",
    ),
    Kind(
        "rivals", "no rival fits", "finished rival fits", "rival fits of another question",
        "rivals.json", ("rivals.csv", "report.txt", _PAGE, "figures/rivals.png"),
        nested={"*": "fit"},
    ),
    Kind(
        "runs", "no runs", "finished runs", "runs of another problem", "posterior.nc",
        (f"run_{_DIGIT * 2}*.nc", "failure.json", "parameters.csv"), old="problem.json",
    ),
    Kind(
        "evidence", "no evidence", "finished evidence", "another evidence", "evidence.json",
        ("evidence.csv", "pairs.csv", "report.txt", _PAGE), nested={"hypotheses/*": "runs"},
        old="weighed.json", replaceable=False,
    ),
    Kind(
        "discrimination", "no discrimination", "a finished discrimination",
        "another discrimination", "discrimination.json",
        ("measurements.csv", "pairs.csv", _PAGE, "figures/diverging.png", "figures/power.png"),
        old="discrimination.json", replaceable=False,
    ),
)  # fmt: skip
KINDS: Mapping[str, Kind] = {kind.name: kind for kind in _ALL}
