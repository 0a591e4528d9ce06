"""Words of the command line that say what was measured, how it errs, and how patients differ."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from pdmodel.arguments import shown
from pdmodel.errors import InputError, require_known

if TYPE_CHECKING:
    from pdmodel.inference import RandomEffect
    from pdmodel.inference.courses.error_models import ErrorModel
    from pdmodel.inference.population.effects.covariate_effects import CovariateEffect

_NONE = "none"
"""Quantity of an analyte that is left out."""
_FIXED = "fixed"


def read_observed(words: Sequence[str]) -> str | dict[str, str | None]:
    """Return the quantity of each analyte, of `A=parent,B=metabolite`; one quantity stands for all.

    Parameters
    ----------
    words
        As they were written, each a list with commas.

    Raises
    ------
    InputError
        If a word is of no such form, or an analyte stands twice.
    """
    pairs = _pairs(words, "observe", "ANALYTE=QUANTITY, e.g. A=parent, or QUANTITY alone for all")
    alone = [value for name, value in pairs if not name]
    if alone:
        if len(pairs) > 1:
            raise InputError(
                f"--observe {alone[0]}: one quantity alone stands for all that was measured; of "
                "several say which analyte is which: --observe A=parent,B=metabolite"
            )
        return alone[0]
    return {name: None if value == _NONE else value for name, value in pairs}


def read_error(words: Sequence[str]) -> ErrorModel | dict[str, ErrorModel] | None:
    """Return error models, of `log`, `parent=log:0.3,other=additive` or `combined:1:0.2:fixed`.

    Parameters
    ----------
    words
        As they were written, each a list with commas; none for the default.

    Raises
    ------
    InputError
        If a word is of no such form, or a quantity stands twice.
    """
    pairs = _pairs(words, "error", "KIND or QUANTITY=KIND, e.g. log or parent=log:0.3")
    if not pairs:
        return None
    if any(not name for name, _ in pairs):
        if len(pairs) > 1:
            raise InputError(
                "--error: one kind alone stands for all quantities; of several say which: "
                "--error parent=log,metabolite=additive"
            )
        return _error_model(pairs[0][1])
    return {name: _error_model(text) for name, text in pairs}


def _error_model(text: str) -> ErrorModel:
    """Return the error model of `KIND[:SD][:fixed]`."""
    from pdmodel.inference.courses.error_models import KINDS

    kind, *rest = text.split(":")
    require_known("kind of --error:", KINDS, kind)
    make: Any = KINDS[kind]
    fixed = rest[-1:] == [_FIXED]
    numbers = [_number(part, f"--error {text}") for part in (rest[:-1] if fixed else rest)]
    most = len(make.names)
    if len(numbers) > most:
        several = "one standard deviation" if most == 1 else "two standard deviations"
        raise InputError(f"--error {shown(text)}: {kind} has {several}")
    try:
        model: ErrorModel = make(*numbers, fixed=fixed)
    except InputError as error:
        raise InputError(f"--error {shown(text)}: {error}") from error
    return model


def read_effects(words: Sequence[str]) -> list[CovariateEffect]:
    """Return covariate effects, of words such as `CL=WGT:power:70` and `V=APGR:below:5`.

    Parameters
    ----------
    words
        `PARAMETER=COVARIATE:KIND[:NUMBER...]`.

    Raises
    ------
    InputError
        If a word is of no such form.
    """
    form = "PARAMETER=COVARIATE:KIND[:REFERENCE], e.g. CL=WGT:power:70"
    effects = []
    for name, text in _pairs(words, "effect", form):
        covariate, _, rest = text.partition(":")
        kind, *parts = rest.split(":")
        if not (name and covariate and kind):
            raise InputError(f"--effect {shown(text)}: write {form}")
        effects.append(_effect(name, covariate, kind, parts))
    return effects


def _effect(parameter: str, covariate: str, kind: str, parts: Sequence[str]) -> CovariateEffect:
    from pdmodel.inference import Allometric, Categorical, Exponential, Power

    kinds: dict[str, tuple[Callable[..., Any], tuple[str, ...]]] = {
        "power": (Power, ("reference", "exponent")),
        "allometric": (Allometric, ("reference", "exponent")),
        "exponential": (Exponential, ("reference", "slope")),
        "below": (Categorical, ("below", "change")),
        "above": (Categorical, ("above", "change")),
        "equal": (Categorical, ("equal", "change")),
    }  # fmt: skip
    require_known("kind of --effect:", kinds, kind)
    make, names = kinds[kind]
    where = f"--effect {parameter}={covariate}:{kind}"
    if len(parts) > len(names):
        raise InputError(f"{where}: takes {' and '.join(names)} and no more numbers")
    numbers = {name: _number(part, where) for name, part in zip(names, parts, strict=False)}
    effect: CovariateEffect = make(parameter, covariate, **numbers)
    return effect


def read_random(
    own: Sequence[str], scales: Sequence[str], spreads: Sequence[str]
) -> list[RandomEffect]:
    """Return random effects: their scales of `NAME=logit`, their spreads of `NAME=0.3[:fixed]`.

    Parameters
    ----------
    own
        Parameters that differ between patients.
    scales, spreads
        Of some of them, as they were written.

    Raises
    ------
    InputError
        If a word is of no such form, or about another parameter.
    """
    from pdmodel.inference import RandomEffect

    settings: dict[str, dict[str, Any]] = {name: {} for name in own}
    for name, scale in _pairs(scales, "scale", "NAME=log, logit or plain"):
        _of(settings, name, "scale")["scale"] = scale
    for name, text in _pairs(spreads, "spread", "NAME=SD or NAME=SD:fixed, e.g. CL=0.3"):
        sd, _, word = text.partition(":")
        if word not in ("", _FIXED):
            raise InputError(f"--spread {name}={text}: after the number only :fixed may follow")
        _of(settings, name, "spread").update(
            sd=_number(sd, f"--spread {name}"), fixed=word == _FIXED
        )
    return [RandomEffect(name, **how) for name, how in settings.items()]


def _of(settings: dict[str, dict[str, Any]], name: str, option: str) -> dict[str, Any]:
    require_known(f"--{option} of a parameter that is not --own:", settings, name)
    return settings[name]


def read_covariance(words: Sequence[str]) -> str | list[list[str]]:
    """Return `diagonal`, `full`, or the blocks of random effects that go together."""
    from pdmodel.cli.console.options import split_names

    if list(words) in (["diagonal"], ["full"]):
        return words[0]
    return [split_names(word) or [] for word in words]


def _pairs(words: Sequence[str], option: str, form: str) -> list[tuple[str, str]]:
    """Return names and values of `A=1,B=2`; what stands alone has no name."""
    pairs: list[tuple[str, str]] = []
    for text in ",".join(words).split(",") if words else ():
        name, equals, value = (part.strip() for part in text.rpartition("="))
        if not value or (equals and not name):
            raise InputError(f"--{option} {shown(text)}: write {form}")
        if name and name in dict(pairs):
            raise InputError(f"--{option} names {name!r} twice")
        pairs.append((name, value))
    return pairs


def _number(text: str, where: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        raise InputError(f"{where}: {shown(text)} is not a number") from error
