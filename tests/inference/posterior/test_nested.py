"""Nested sampling against integrals that are known; the prior; runs on the disk."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import kstest, lognorm, norm, uniform

from pdmodel.errors import InputError, SimulationError
from pdmodel.inference import FitProblem, Prior
from pdmodel.inference.posterior import run as module
from pdmodel.inference.posterior.likelihood import LogLikelihood
from pdmodel.inference.posterior.nested import Nested, combine, sample_nested
from pdmodel.inference.posterior.posterior import make_posterior, read_posterior
from pdmodel.inference.posterior.prior import PriorSpace
from pdmodel.inference.posterior.run import (
    NestedPlan,
    make_run,
    open_store,
    read_run,
    run_file,
    sample_posterior,
)
from pdmodel.inference.problem.ranges import Range
from tests.inference.conftest import short_targets
from tests.toys.profiles import SIGMA, concentrations, toy

pytest.importorskip("dynesty")
FOUR = PriorSpace(tuple(Range(f"a{i}", -5.0, 5.0, False) for i in range(4)), {})
PLAN = NestedPlan(live=40, runs=2, seed=3, draws=300)
QUICK = NestedPlan(live=8, runs=2, seed=1, draws=10)
"""Enough to ask about files and workers."""
EVEN = math.log(99.0)
"""Width of the prior of the toy's volume, 1 to 99 litres, in the logarithm."""


def bell(points: np.ndarray) -> np.ndarray:
    """Return the log density of four independent normals of standard deviation 0.3."""
    found: np.ndarray = norm.logpdf(points, 0.0, 0.3).sum(axis=1)
    return found


def test_a_known_integral() -> None:
    """Four normals within a box: Z is one over its volume; the draws are normal."""
    found = [sample_nested(bell, FOUR, live=50, seed=seed) for seed in (1, 2, 3)]
    exact = -4 * math.log(10.0)
    mean = np.mean([run.log_evidence for run in found])
    error = math.sqrt(sum(run.error**2 for run in found)) / 3
    assert abs(mean - exact) < 3 * error
    assert 0.2 < found[0].error < 0.45
    draws = np.concatenate([run.points[run.draw(200, 1)] for run in found])
    assert draws.std(axis=0) == pytest.approx(0.3, rel=0.15)


def test_the_same_seed_gives_the_same_run() -> None:
    """To the last bit."""
    one, other = (sample_nested(bell, FOUR, live=10, seed=1) for _ in range(2))
    assert other.log_evidence == one.log_evidence
    assert (other.points == one.points).all()


def test_what_is_impossible_takes_its_share_of_the_prior() -> None:
    """Half of the prior is impossible and the rest all alike: Z is one half."""
    space = PriorSpace((Range("a", 0.0, 1.0, False),), {})

    def half(points: np.ndarray) -> np.ndarray:
        return np.where(points[:, 0] < 0.5, -np.inf, -0.01 * (points[:, 0] - 0.75) ** 2)

    found = sample_nested(half, space, live=100, seed=1)
    assert found.log_evidence == pytest.approx(math.log(0.5), abs=0.3)
    assert (found.points[found.draw(200, 1)] >= 0.5).all()


def test_a_likelihood_that_nothing_moves() -> None:
    """Z is the likelihood, the posterior the prior; a sampler that gives up is a typed failure."""
    found = sample_nested(lambda points: np.full(len(points), -2.0), FOUR, live=40, seed=1)
    assert found.log_evidence == pytest.approx(-2, abs=0.15)
    assert np.ptp(found.points, axis=0) == pytest.approx(10, abs=1.5)

    def stops(points: np.ndarray) -> np.ndarray:
        raise RuntimeError("no way on")

    with pytest.raises(SimulationError, match="nested sampling stopped: no way on"):
        sample_nested(stops, FOUR, live=40, seed=1)


def test_the_prior_is_drawn_as_declared() -> None:
    """Even by the logarithm, even, and log-normal cut at the bounds."""
    space = PriorSpace(
        (Range("a", 0.1, 10.0, True), Range("b", 0.0, 4.0, False), Range("c", 1.0, 9.0, True)),
        {"c": Prior("c", median=2.0, cv=0.5)},
    )
    points = space.place(np.random.default_rng(1).random((2000, 3)))
    assert kstest(np.log(points[:, 0]), uniform(math.log(0.1), math.log(100)).cdf).pvalue > 0.01
    assert kstest(points[:, 1], uniform(0, 4).cdf).pvalue > 0.01
    whole = lognorm(math.sqrt(math.log(1.25)), scale=2.0)
    kept = whole.cdf(9) - whole.cdf(1)
    assert kstest(points[:, 2], lambda x: (whole.cdf(x) - whole.cdf(1)) / kept).pvalue > 0.01
    assert list(space.table["prior"]) == [
        "even in the logarithm", "even", "log-normal, median 2, CV 50%, cut at the bounds",
    ]  # fmt: skip


def sampled(problem, place: Path, plan: NestedPlan = PLAN) -> list[Nested]:
    """Return the runs of a plan, made and read back."""
    open_store(place, problem, plan)
    for run in range(plan.runs):
        make_run(problem, plan, run, place)
    return [read_run(run_file(place, run))[0] for run in range(plan.runs)]


@pytest.fixture(scope="module")
def toy_runs(tmp_path_factory: pytest.TempPathFactory) -> list[Nested]:
    """Return the runs of the toy, made once."""
    return sampled(toy(), tmp_path_factory.mktemp("toy"))


def check(runs: list[Nested], exact: float) -> None:
    """Check log Z within three standard errors."""
    found = combine(runs)
    assert abs(found.log - exact) < 3 * found.error


def test_the_evidence_of_a_fit(toy_runs: list[Nested]) -> None:
    """Concentrations are log-linear in the volume: Z and the posterior are known.

    Four rows of log-normal error s agree on log V: `Z = (2 pi s^2)^-2 s sqrt(2 pi)/2 / log(99)`.
    """
    rows = -2 * math.log(2 * math.pi * SIGMA**2)
    check(toy_runs, rows + math.log(SIGMA / 2 * math.sqrt(2 * math.pi)) - math.log(EVEN))
    posterior = make_posterior(toy(), toy_runs, PLAN.draws, PLAN.seed)
    volume = np.log(posterior.draws["volume"].values)
    assert volume.shape == (2, 300)
    assert volume.mean() == pytest.approx(math.log(20), abs=0.02)
    assert volume.std() == pytest.approx(SIGMA / 2, rel=0.2)


def test_a_prior_row_is_the_prior_and_no_data(tmp_path: Path) -> None:
    """A log-normal prior of the volume: two normals' product, the prior counted once."""
    prior = Prior("volume", median=20.0, cv=0.3)
    runs = sampled(toy(priors=[prior]), tmp_path)
    width = math.sqrt(4 / SIGMA**2 + 1 / prior.spread**2)
    rows = -2 * math.log(2 * math.pi * SIGMA**2)
    check(runs, rows - math.log(prior.spread * width))


def test_nothing_free_is_the_likelihood(tmp_path: Path) -> None:
    """Without free parameters Z is L, and there is no error."""
    problem = toy(free=())
    run = sampled(problem, tmp_path)[0]
    likelihood = LogLikelihood(problem, {s.name: s.value for s in problem.settings})
    assert run.log_evidence == likelihood(np.empty((1, 0)))[0]
    assert run.error == 0


def test_runs_are_kept_while_nothing_has_changed(tmp_path: Path) -> None:
    """A finished run is not made again, a lost one is, the same; another problem removes all."""
    problem = toy()
    before = sampled(problem, tmp_path, QUICK)
    first, second = (run_file(tmp_path, run) for run in (0, 1))
    stamp = first.stat().st_mtime_ns
    second.unlink()
    after = sampled(problem, tmp_path, QUICK)
    assert first.stat().st_mtime_ns == stamp
    assert after[1].log_evidence == before[1].log_evidence
    open_store(tmp_path, toy(concentrations(volume=21.0)), QUICK)
    assert not first.exists()
    second.write_text("no netCDF", encoding="utf-8")
    with pytest.raises(InputError, match=r"run_01\.nc cannot be read"):
        read_run(second)


def test_runs_of_one_folder_are_made_alike(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The loosest tolerance that does is sought once; a run of before had that of the problem."""
    problem = toy()

    def tolerances(folder: Path, sought: float) -> list[float | None]:
        open_store(folder, problem, QUICK)
        for run in (0, 1):
            make_run(problem, QUICK, run, folder)
            monkeypatch.setattr(module, "sampled_tolerance", lambda problem: sought)
        monkeypatch.undo()
        return [read_run(run_file(folder, run))[1]["rtol"] for run in (0, 1)]

    assert tolerances(tmp_path / "new", 1e-7) == [1e-4, 1e-4]
    monkeypatch.setattr(module, "sampled_tolerance", lambda problem: problem.rtol)
    assert tolerances(tmp_path / "before", 1e-7) == [None, None]


def test_a_posterior_is_read_back(toy_runs: list[Nested], tmp_path: Path) -> None:
    """One file: parameters, targets, log-likelihoods, bands; ArviZ reads it where it is there."""
    problem = toy()
    made = make_posterior(problem, toy_runs, 50, 1)
    made.save(tmp_path / "posterior.nc")
    read = read_posterior(tmp_path / "posterior.nc")
    assert np.array_equal(read.draws["volume"].values, made.draws["volume"].values)
    total = read.tree["log_likelihood"].to_dataset()["targets"].sum("target")
    assert np.array_equal(total.values, read.tree["sample_stats"].to_dataset()["lp"].values)
    seen = read.tree["posterior_predictive"].to_dataset()["targets"].sel(target="c1")
    expected = 10 / read.draws["volume"] * math.exp(-0.7)
    assert seen.values == pytest.approx(expected.values, rel=1e-6)
    band = read.bands()["concentration"].sel(group="one", time=1.0)
    assert band.values == pytest.approx(np.quantile(expected, band["quantile"]), rel=1e-6)
    assert np.isnan(read.bands(over_baseline=True)["concentration"]).all(), "it begins at 0"
    assert read.tree.attrs["model_hash"] == problem.model.hash
    assert list(read.parameters["parameter"]) == ["volume"]
    assert read.parameters["runs_apart"][0] < 0.5
    arviz = pytest.importorskip("arviz")  # which warns of its plans; this lets it
    assert arviz.from_netcdf(tmp_path / "posterior.nc").posterior["volume"].shape == (2, 50)


def test_the_posterior_of_one_problem(tmp_path: Path) -> None:
    """One or two workers, the same draws; the evidence goes with them."""
    problem, plan = toy(), QUICK
    one = sample_posterior(problem, tmp_path / "one", plan)
    two = sample_posterior(problem, tmp_path / "two", plan, jobs=2)
    assert one.draws.equals(two.draws)
    runs = [read_run(run_file(tmp_path / "one", run))[0] for run in range(2)]
    assert one.tree.attrs["log_evidence"] == combine(runs).log


def test_bad_plans_and_hopeless_problems() -> None:
    """Numbers that make no plan are refused; a model that never runs is a typed failure."""
    with pytest.raises(InputError, match="runs must be at least 1, got 0"):
        NestedPlan(runs=0)
    with pytest.raises(InputError, match="9 live points are too few for 4 parameters: 10"):
        sample_nested(bell, FOUR, live=9)
    problem = FitProblem(
        "reference",
        short_targets(),
        days=7,
        free=["kill_without_drug"],
        regimen="10 mg daily",
        differ=["tone"],
    )
    likelihood = LogLikelihood(problem, {s.name: s.value for s in problem.settings})
    likelihood.calls = likelihood.failures = 1023
    with pytest.raises(SimulationError, match=r"none of 1024 points .*death_natural"):
        likelihood(np.array([[0.4, 2.0]]))
