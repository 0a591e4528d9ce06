"""Evidence of hypotheses: the folder, workers, failures, and the words on AICc."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from fits.comparisons import response
from pdmodel.errors import InputError, SimulationError, UnknownNameError
from pdmodel.hypotheses import Comparison, choose_arms, read_assays
from pdmodel.hypotheses.discrimination.ensemble import posterior_ensemble
from pdmodel.hypotheses.discrimination.run import decide
from pdmodel.hypotheses.evidence import run as module
from pdmodel.hypotheses.evidence.result import EvidenceResult, Weighed
from pdmodel.hypotheses.evidence.run import weigh
from pdmodel.inference.posterior.nested import Nested
from pdmodel.inference.posterior.run import NestedPlan, make_run
from pdmodel.plots import image
from pdmodel.plots.fits.posterior_bands import posterior_bands
from pdmodel.plots.fits.posterior_forest import posterior_forest
from pdmodel.plots.hypotheses.evidence_chart import evidence_chart
from tests.hypotheses.examination.test_compare_models import contents
from tests.inference.conftest import short_targets
from tests.toys import slow_laboratory

pytest.importorskip("dynesty")
NAMES = ["reference", "no_tolerance"]
PLAN = NestedPlan(live=8, runs=2, seed=2, draws=10)


def week() -> Comparison:
    """Return a comparison by the targets of the first week, with two free parameters."""
    asked = replace(
        response.question, targets=short_targets(), days=7.0, free=("il6_induction",)
    )  # fmt: skip
    return replace(response, question=asked, hypotheses=tuple(NAMES))


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> tuple[EvidenceResult, Path]:
    """Return a result and its folder."""
    place = tmp_path_factory.mktemp("evidence")
    return weigh(week(), NAMES, place / "lab", place / "out", plan=PLAN), place


def test_tolerance_is_what_the_first_week_asks_for(done: tuple[EvidenceResult, Path]) -> None:
    """IL-6 that rises in nonresponders only: without tolerance it is improbable."""
    result, _ = done
    assert list(result.table["hypothesis"]) == NAMES
    assert result.table["weight"].sum() == pytest.approx(1)
    assert result.table["weight"][0] > 0.99
    pair = result.pairs.iloc[0]
    assert pair["log_bayes"] > 4
    assert pair["agreement"] == "-", "three rows of data are too few for an AICc"
    assert result.agreement.endswith("1 cannot be compared.")


def test_the_folder_tells_all(done: tuple[EvidenceResult, Path]) -> None:
    """Tables, runs, posteriors, words; no NaN in the JSON."""
    result, place = done
    told = json.loads(
        (place / "out" / "evidence.json").read_text("utf-8"), parse_constant=pytest.fail
    )
    assert [row["name"] for row in told["hypotheses"]] == NAMES
    assert len(told["hypotheses"][0]["runs"]) == 2
    assert all(len(row["model_hash"]) == 64 for row in told["hypotheses"])
    report = (place / "out" / "report.txt").read_text("utf-8")
    for words in ("log Z", "prior", "tone__responder", "even in the logarithm", "assumed"):
        assert words in report, words
    posterior = result.posteriors["reference"]
    assert len(posterior.members) == 2 * PLAN.draws
    fold = posterior.bands(over_baseline=True)["il6"].sel(time=7.0)
    assert (fold.sel(group="nonresponder") > fold.sel(group="responder")).all()


def test_workers_and_resuming_do_not_change_the_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two processes, and a run that was lost, write the same bytes."""
    monkeypatch.chdir(tmp_path)
    slow_laboratory.write_patterns(tmp_path)
    plan, toys = NestedPlan(live=8, runs=2, draws=5), slow_laboratory.COMPARISON
    names = [toys.hypotheses[0]]
    one, two = tmp_path / "one", tmp_path / "two"
    for jobs, place in enumerate((one, two), start=1):
        weigh(toys, names, tmp_path / "lab", place, plan=plan, jobs=jobs)
    assert contents(two) == contents(one)
    kept, lost = (two / "hypotheses" / "toy" / f"run_0{run}.nc" for run in (0, 1))
    stamp = kept.stat().st_mtime_ns
    lost.unlink()
    weigh(toys, names, tmp_path / "lab", two, plan=plan)
    assert contents(two) == contents(one)
    assert kept.stat().st_mtime_ns == stamp


def test_figures(done: tuple[EvidenceResult, Path]) -> None:
    """They are drawn of what there is, and refuse nothing at all."""
    from pdmodel.hypotheses.evidence.result import posterior_table

    result, _ = done
    tables = {one.hypothesis.name: posterior_table(one) for one in result.weighed}
    for figure in (evidence_chart(result), posterior_forest(tables)):
        assert image(figure).startswith(b"\x89PNG")
    bands = posterior_bands(result.posteriors["reference"])
    assert [ax.get_title(loc="left") for ax in bands.axes if ax.axison] == [
        "IL-6 over baseline", "TNF-α over baseline", "TNF-α",
    ]  # fmt: skip
    with pytest.raises(InputError, match="no posterior"):
        posterior_forest({})


def test_predictions_carry_the_posterior(done: tuple[EvidenceResult, Path], tmp_path: Path) -> None:
    """What would decide is found over draws of the posteriors; those of another model are refused.

    Other numbers stay as declared.
    """
    result, place = done
    assays = [one for one in read_assays(near=response) if one.quantity == "il6"]
    found = decide(
        week(), NAMES, place / "lab", assays, choose_arms(response, ["il6_blockade"]), tmp_path,
        posteriors=place / "out", members=4,
    )  # fmt: skip
    for name in NAMES:
        ensemble, posterior = found.ensembles[name], result.posteriors[name].members
        assert ensemble.source == "of the posterior"
        assert len(ensemble.members) == 4
        for column in posterior.columns:
            assert ensemble.members[column].isin(posterior[column]).all()
    problem = week().problem(response.choose(["no_tolerance"])[0])
    with pytest.raises(InputError, match="the posterior is of model 'reference'"):
        posterior_ensemble(problem, result.posteriors["reference"])
    with pytest.raises(InputError, match="holds no posterior of reference"):
        decide(
            week(),
            NAMES,
            place / "lab",
            assays,
            choose_arms(response, []),
            tmp_path,
            posteriors=tmp_path,
        )


def test_a_hypothesis_that_cannot_be_sampled(
    done: tuple[EvidenceResult, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is told of as such; the others have their evidence."""
    _, place = done

    def broken(problem, plan, run, where, watch):
        if problem.model.name == "no_tolerance":
            raise SimulationError("it does not run", {})
        make_run(problem, plan, run, where, watch)

    monkeypatch.setattr(module, "make_run", broken)
    result = weigh(week(), NAMES, place / "lab", tmp_path, plan=replace(PLAN, runs=1))
    assert result.weighed[1].failure == "it does not run"
    assert "no_tolerance: no evidence, it does not run" in result.report()
    assert result.table["weight"].isna().tolist() == [False, True]
    assert result.pairs["agreement"].tolist() == ["-"]
    assert "1 cannot be compared" in result.agreement
    json.loads((tmp_path / "evidence.json").read_text("utf-8"), parse_constant=pytest.fail)


def weighed(name: str, evidence: float, aicc: float, *, apart: float = 0.0) -> Weighed:
    """Return a hypothesis with two runs of a known evidence, each with an error of 0.1."""
    points = np.empty((1, 0))
    runs = tuple(
        Nested(z, 0.1, 1.0, points, np.zeros(1), np.zeros(1), 10)
        for z in (evidence - apart, evidence + apart)
    )
    criteria = {"log_likelihood": 0.0, "aicc": aicc, "n_free": 1}
    return Weighed(response.choose([name])[0], criteria, "", runs)


def test_a_fit_of_another_question_gives_no_aicc(
    done: tuple[EvidenceResult, Path], tmp_path: Path
) -> None:
    """The folder's fits are of the same question, or they are refused by name of what differs."""
    _, place = done
    other = replace(week(), question=replace(week().question, days=8.0))
    with pytest.raises(InputError, match=r"fit of another question \(other days\)"):
        weigh(other, NAMES, place / "lab", tmp_path / "out", plan=PLAN)


def test_agreement_is_reported_not_assumed() -> None:
    """Alike, the other way round, and too close to say, by two standard errors."""
    found = EvidenceResult(
        response, PLAN,
        [weighed("reference", -10, 20), weighed("il6_marker", -11, 18), weighed("null", -20, 90)],
    )  # fmt: skip
    assert found.pairs["agreement"].tolist() == ["NO", "yes", "yes"]
    assert "2 alike, 1 the other way round, 0 are too close" in found.agreement
    close = EvidenceResult(
        response, PLAN, [weighed("reference", -10, 20), weighed("null", -10.2, 18)]
    )  # fmt: skip
    assert close.pairs["agreement"].tolist() == ["too close"]
    assert close.table["weight"][0] == pytest.approx(1 / (1 + math.exp(-0.2)))


def test_runs_that_disagree_widen_the_error() -> None:
    """Their spread is the error where it is more than the runs say themselves."""
    assert weighed("null", -10, 1).evidence.error == pytest.approx(0.1 / math.sqrt(2))
    assert weighed("null", -10, 1, apart=1.0).evidence.error == pytest.approx(1.0)
    assert weighed("null", -10, 1, apart=1.0).evidence.spread == pytest.approx(math.sqrt(2))


def test_what_cannot_be_weighed(tmp_path: Path) -> None:
    """No comparison to take survivors of, none that survives, an unknown name."""
    with pytest.raises(InputError, match="holds no finished comparison"):
        weigh(week(), None, tmp_path, tmp_path / "out")
    rows = [{"name": "null", "verdict": {"kind": "refuted"}}]
    (tmp_path / "verdicts.json").write_text(json.dumps({"hypotheses": rows}), encoding="utf-8")
    with pytest.raises(InputError, match="is of the verdict survives"):
        weigh(week(), None, tmp_path, tmp_path / "out")
    rows = [{"name": f"{tmp_path}/bad.py:model", "verdict": {"kind": "survives"}}]
    (tmp_path / "verdicts.json").write_text(json.dumps({"hypotheses": rows}), encoding="utf-8")
    (tmp_path / "bad.py").write_text("raise SystemExit('run')", encoding="utf-8")
    with pytest.raises(InputError, match="is not published; name those you mean"):
        weigh(week(), None, tmp_path, tmp_path / "out")
    with pytest.raises(UnknownNameError, match="did you mean 'reference'"):
        weigh(week(), ["refrence"], tmp_path, tmp_path / "out")
    with pytest.raises(InputError, match="holds no evidence; choose another --out"):
        weigh(week(), NAMES, tmp_path, tmp_path)
    other = {"kind": "evidence", "fingerprint": "other"}
    (tmp_path / "manifest.json").write_text(json.dumps(other), encoding="utf-8")
    with pytest.raises(InputError, match=r"holds another evidence; choose another --out$"):
        weigh(week(), NAMES, tmp_path, tmp_path)
    with pytest.raises(InputError, match="jobs must be"):
        weigh(week(), NAMES, tmp_path, tmp_path / "out", jobs=0)
