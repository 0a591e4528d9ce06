"""What the predictions of the reported trials rest on: one assumption changed at a time.

Run it on the calibration of a folder of `pdmodel trial compare --all`:

    python -m fits.assumptions results/predictions/calibration_grade_2_or_more.json

The calibrated numbers stay; what changes is what nobody reported. A verdict that turns over with an
assumption says nothing of the mechanism. No populations are drawn for intervals here.
"""

import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pandas as pd

from fits.reported_trials import (
    aue_2009,
    chanan_khan_2006,
    elderly_2008,
    ferrajoli_5_mg,
    ferrajoli_2008,
    high_risk_2007,
    lee_2008,
)
from pdmodel.trial import (
    Hold,
    LogNormal,
    Population,
    Protocol,
    Share,
    Stop,
    Trial,
    read_calibration,
)
from pdmodel.trial.protocol.rules import Rule

_AS_ASSUMED = "as assumed"
_OFF = Stop("SPD", fold=1.5, after=56)
"""Progression: nodes half as large again as at their best, not before the flare is over."""
_ALL = (
    ferrajoli_5_mg, chanan_khan_2006, aue_2009, elderly_2008, lee_2008, high_risk_2007,
)  # fmt: skip


def variants() -> Iterator[tuple[str, Trial]]:
    """Yield what is assumed otherwise, in words, and the trial under it; first as it is assumed."""
    for trial in _ALL:
        yield _AS_ASSUMED, trial
    for trial in (elderly_2008, lee_2008):
        yield "untreated effectors kill as others do (1.2)", _effect(trial, "kill_max", 1.0)
        yield "untreated effectors kill 1.5-fold (1.2)", _effect(trial, "kill_max", 1.5)
        yield (
            "clearance of creatinine as in relapse (65)",
            trial.with_(
                population=trial.population.with_spreads(
                    creatinine_clearance=LogNormal(0.30, 80, low=30, high=150)
                )
            ),
        )
        yield (
            "deletions as common as in relapse (25 %)",
            trial.with_(population=_share(trial.population, "high_risk", 40 / 89)),
        )
    plain = chanan_khan_2006.with_(arms=())
    yield "nobody began with care (a third)", plain
    yield "all began with care (a third)", plain.with_(protocol=chanan_khan_2006.protocols[1])
    yield "a held dose is resumed in full (5 mg less)", _resumed_in_full(chanan_khan_2006)
    # With 1.35 they have the tone that all patients of the 10 mg trial have in the mean.
    yield (
        "tone is alike with and without deletions (1.9-fold)",
        _effect(high_risk_2007, "tone", 1.35),
    )
    yield (
        "cells with deletions grow as others do (1.25)",
        _effect(high_risk_2007, "tumour_growth", 1.0),
    )
    for trial in (ferrajoli_5_mg, chanan_khan_2006):
        yield "ANC varies by 15 % from visit to visit (not at all)", _with_assay(trial, ANC=0.15)
    for trial in (chanan_khan_2006, high_risk_2007):
        yield "who progresses goes off the drug (goes on)", _with_rule(trial, _OFF)
    for trial in _ALL:
        for name in ("tone", "kill_max"):
            yield f"{name} 1.22-fold: one standard deviation between trials", _shifted(trial, name)


def _changed(trial: Trial, change: Callable[[Protocol], Protocol]) -> Trial:
    """Return a trial with the protocols of all its arms changed alike."""
    arms = [
        replace(arm, protocol=change(protocol))
        for arm, protocol in zip(trial.arms, trial.protocols, strict=False)
    ]
    return trial.with_(protocol=change(trial.protocol), arms=tuple(arms))


def _with_assay(trial: Trial, **spreads: float) -> Trial:
    return _changed(trial, lambda protocol: protocol.with_(assay={**protocol.assay, **spreads}))


def _with_rule(trial: Trial, rule: Rule) -> Trial:
    return _changed(trial, lambda protocol: protocol.with_(rules=(*protocol.rules, rule)))


def _effect(trial: Trial, parameter: str, coefficient: float) -> Trial:
    """Return a trial with another effect of what its patients have in common on a parameter."""
    covariates = {"kill_max": "untreated", "tumour_growth": "high_risk", "tone": "high_risk"}
    effects = [
        replace(effect, coefficient=coefficient)
        if (effect.parameter, effect.covariate) == (parameter, covariates[parameter])
        else effect
        for effect in trial.population.effects
    ]
    return trial.with_(population=replace(trial.population, effects=tuple(effects)))


def _share(population: Population, name: str, share: float) -> Population:
    covariate = replace(population.covariates[name], spread=Share(share))
    return replace(population, covariates={**population.covariates, name: covariate})


def _resumed_in_full(trial: Trial) -> Trial:
    def resumed(protocol: Protocol) -> Protocol:
        rules = [
            replace(rule, reduce=0.0, least=0.0) if isinstance(rule, Hold) else rule
            for rule in protocol.rules
        ]
        return protocol.with_(rules=tuple(rules))

    return _changed(trial, resumed)


def _shifted(trial: Trial, name: str) -> Trial:
    """Return a trial whose patients have 1.22 times as much of a parameter.

    The factor is put into an effect of a covariate that all patients have, so that calibrated
    medians are multiplied, too.
    """
    people = trial.population
    effect = replace(people.effects[0], parameter=name, covariate="of_this_trial", coefficient=1.22)
    everyone = replace(people.covariates["high_risk"], spread=Share(1.0))
    covariates = {**people.covariates, "of_this_trial": everyone}
    return trial.with_(
        population=replace(people, covariates=covariates, effects=(*people.effects, effect))
    )


def judged(numbers: Mapping, patients: int = 400, seed: int = 1) -> pd.DataFrame:
    """Return what each pattern becomes under each assumption.

    Parameters
    ----------
    numbers
        By free number its calibrated value.
    patients, seed
        As of `Trial.run`.

    Returns
    -------
    DataFrame
        A row a pattern and assumption: `assumption`, `trial`, `meaning`, `model`, `inside`, and
        `turned`, whether that is another verdict than as assumed.
    """
    tables = []
    for words, trial in variants():
        table = trial.with_numbers(numbers).run(patients, seed).table
        tables.append(table.assign(assumption=words, trial=trial.name))
    whole = pd.concat(tables, ignore_index=True)
    assumed = whole[whole["assumption"] == _AS_ASSUMED].set_index(["trial", "id"])["inside"]
    usual = [assumed[row.trial, row.id] for row in whole.itertuples()]
    columns = ["assumption", "trial", "id", "meaning", "model", "inside"]
    return whole[columns].assign(turned=whole["inside"] != usual)


if __name__ == "__main__":
    found = judged(read_calibration(Path(sys.argv[1]), ferrajoli_2008).numbers)
    print(found.to_csv(index=False), end="")
