"""The PEtab test suite and benchmark problems, run and held against their own numbers."""

from __future__ import annotations

import tarfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import yaml

from pdmodel.errors import PdmodelError
from pdmodel.interchange.petab.problem import PetabProblem, read_petab

SUITE, BENCHMARK = "petab_tests.tar.xz", "petab_benchmark.tar.xz"
# Log-likelihoods at the nominal parameters, from the problems' own simulated data or AMICI.
PUBLISHED = {
    "Boehm": -138.2220, "Crauste": -190.9640, "Rahman": -21.1535, "Bachmann": 418.4057,
    "Brannmark": -141.8889, "Fujita": 53.0838, "Weber": -296.2018, "Sneyd": 319.7918,
    "Elowitz": 63.2028, "Borghans": 83.3237, "Schwen": -943.9993, "Giordano": -287.6278,
    "Bertozzi": -158.8643,
}  # fmt: skip
# What is known of a problem that misses a bar; it counts as missed all the same.
KNOWN = {
    "Crauste": "its nominal values stand at the edge of a blow-up: with mu_EE larger by 1e-5 its "
    "pathogen grows beyond all bounds. Differences of steps of 1e-9, which move away from the "
    "edge, are 4 % from the slopes; longer ones find none",
}
_TIGHT = 1e-10
_STEPS = (1e-3, 1e-4, 1e-5, 1e-6, 1e-7)


@dataclass(frozen=True)
class PetabOutcome:
    """What became of one case of the suite."""

    name: str
    passed: bool
    words: str


@dataclass(frozen=True)
class BenchmarkOutcome:
    """What became of one benchmark problem: log-likelihood, and how far slopes are apart."""

    name: str
    log_likelihood: float
    published: float
    apart: float
    seconds: tuple[float, float]

    @property
    def passed(self) -> bool:
        """Whether log-likelihood and slopes are within the bars."""
        return abs(self.log_likelihood - self.published) < 1e-3 and self.apart < 1e-4


def suite_files(external: Path, folder: Path) -> list[Path]:
    """Unpack the suite and return the YAML file of every case, version 1 then 2."""
    with tarfile.open(external / SUITE) as archive:
        archive.extractall(folder, filter="data")
    files = folder.glob("**/cases/v*/sbml/*/_*.yaml")
    return sorted(file for file in files if "solution" not in file.name)


def case_name(file: Path) -> str:
    """Return version and number, such as `v1 0001`."""
    return f"{file.parts[-4][:2]} {file.parent.name}"


def run_case(file: Path) -> PetabOutcome:
    """Hold a case against its solution, at the tolerances it gives."""
    name = case_name(file)
    wanted = yaml.safe_load(file.with_name(f"{file.stem}_solution.yaml").read_text("utf-8"))
    try:
        problem = read_petab(file)
        faults = [*_faults(problem, wanted, file.parent)]
    except PdmodelError as error:
        faults = [str(error)]
    return PetabOutcome(name, not faults, "; ".join(faults))


def _faults(problem: PetabProblem, wanted: dict, folder: Path) -> Iterator[str]:
    sums = {"llh": problem.log_likelihood(), "chi2": problem.chi2()}
    if "unnorm_log_posterior" in wanted:
        sums["unnorm_log_posterior"] = sums["llh"] + problem.log_prior()
    for key, value in sums.items():
        if wanted.get(key) is not None and not abs(value - wanted[key]) <= wanted[f"tol_{key}"]:
            yield f"{key} {value:.6g} instead of {wanted[key]:.6g}"
    table = pd.read_csv(folder / wanted["simulation_files"][0], sep="\t")
    apart = _apart(problem.simulate(), table)
    if not apart <= wanted["tol_simulations"]:
        yield f"simulations {apart:.3g} apart"


def _apart(ours: pd.DataFrame, theirs: pd.DataFrame) -> float:
    """Return how far simulated values are apart; the suite may order its rows otherwise."""
    keys = ["observableId", "time"]
    first = ours.sort_values([*keys, "simulation"])["simulation"].to_numpy()
    second = theirs.sort_values([*keys, "simulation"])["simulation"].to_numpy()
    return float(np.abs(first - second).max()) if first.size == second.size else np.inf


def benchmark_files(external: Path, folder: Path) -> dict[str, Path]:
    """Unpack the benchmark problems and return their YAML files by name."""
    with tarfile.open(external / BENCHMARK) as archive:
        archive.extractall(folder, filter="data")
    return {file.parent.name.split("_")[0]: file for file in sorted(folder.glob("*/*.yaml"))}


def run_benchmark(name: str, file: Path) -> BenchmarkOutcome:
    """Hold a problem against the published log-likelihood, and its slopes against differences."""
    problem = read_petab(file)
    found = problem.log_likelihood()
    begun = time.process_time()
    problem.gradient()
    first = time.process_time() - begun
    problem.gradient()
    again = time.process_time() - begun - first
    return BenchmarkOutcome(name, found, PUBLISHED[name], slopes_apart(file), (first, again))


def slopes_apart(file: Path) -> float:
    """Return the largest difference of the gradient from differences, over its largest part."""
    problem = read_petab(file, rtol=_TIGHT)
    values = {s.name: s.value for s in problem.settings if s.vary}
    exact = problem.gradient()
    pairs = []
    for name, value in values.items():
        size = abs(value) or 1e-3
        pairs.append(
            (exact[name] * size, _difference(problem, name, value, size, exact[name] * size))
        )
    table = np.array(pairs)
    return float(np.abs(table[:, 0] - table[:, 1]).max() / np.abs(table).max())


def _difference(problem: PetabProblem, name: str, value: float, size: float, exact: float) -> float:
    """Return the central difference of several steps that is nearest to the exact slope.

    Long steps see curvature, short ones how the error of a run moves with its step sizes; and
    Crauste's nominal values stand at the edge of what its model can be run at: with `mu_EE` larger
    by 1e-5 its pathogen grows beyond all bounds.
    """
    differences = []
    for step in _STEPS:
        try:
            ends = [problem.log_likelihood({name: value + k * step * size}) for k in (-2, -1, 1, 2)]
        except PdmodelError:
            continue
        differences.append((ends[0] - 8 * ends[1] + 8 * ends[2] - ends[3]) / (12 * step))
    return min(differences, key=lambda one: abs(one - exact), default=np.nan)


def suite_table(outcomes: list[PetabOutcome]) -> str:
    """Return what became of the suite, as text."""
    good = sum(outcome.passed for outcome in outcomes)
    lines = [f"PEtab test suite: {good} of {len(outcomes)} pass"]
    lines += [f"    {one.name}: {one.words[:200]}" for one in outcomes if not one.passed]
    return "\n".join(lines)


def benchmark_table(outcomes: list[BenchmarkOutcome]) -> str:
    """Return what became of the benchmark problems, as text."""
    lines = ["PEtab benchmark problems: log L, published, apart, slopes apart, ms (first, again)"]
    for one in outcomes:
        apart = abs(one.log_likelihood - one.published)
        first, again = one.seconds
        lines.append(
            f"    {one.name:10s} {one.log_likelihood:12.4f} {one.published:12.4f} {apart:9.1e} "
            f"{one.apart:9.1e} {first * 1e3:8.0f} {again * 1e3:8.1f}"
            + ("" if one.passed else "  missed")
        )
        if not one.passed and one.name in KNOWN:
            lines.append(f"      known of {one.name}: {KNOWN[one.name]}")
    return "\n".join(lines)
