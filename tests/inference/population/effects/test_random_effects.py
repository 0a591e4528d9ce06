"""Random effects and the scales on which they are added."""

from __future__ import annotations

import numpy as np
import pytest

from pdmodel.errors import InputError, UnknownNameError
from pdmodel.inference import RandomEffect
from pdmodel.inference.population.effects.random_effects import Transforms, random_effects

TRANSFORMS = Transforms(
    ("a", "b", "c"), ("log", "logit", "plain"), np.array([0.0, -1.0, -9.0]), np.array([9.0, 3.0, 9])
)


def test_scales_are_inverses_with_the_right_slopes() -> None:
    """A value to its scale and back is itself; slopes are those of differences."""
    values = np.array([[0.5, 0.2, -4.0], [2.0, 2.9, 4.0]])
    scaled = TRANSFORMS.to_scale(values)
    back, slopes = TRANSFORMS.from_scale(scaled)
    np.testing.assert_allclose(back, values, rtol=1e-12)
    up, down = (TRANSFORMS.from_scale(scaled + side * 1e-6)[0] for side in (1, -1))
    np.testing.assert_allclose(slopes, (up - down) / 2e-6, rtol=1e-6)


@pytest.mark.parametrize(
    ("values", "words"),
    [([0.0, 0.5, 1.0], "'a' is on the log scale and must be above 0, got 0"),
     ([1.0, 3.0, 1.0], "'b' is on the logit scale and must lie between its bounds -1 and 3")],
)  # fmt: skip
def test_values_without_a_place_on_their_scale_are_refused(values, words: str) -> None:
    """The message names the parameter and what it may be."""
    with pytest.raises(InputError, match=words):
        TRANSFORMS.to_scale(np.array(values))


NONE = [
    ({"scale": "lg"}, "unknown scale .* 'lg'; did you mean 'log'"),
    ({"sd": 0.0}, "must be a number > 0, got 0.0"),
    ({"sd": "x"}, "sd of the random effect on 'k'"),
    ({"fixed": 1}, "True or False, got 1"),
]


@pytest.mark.parametrize(("given", "words"), NONE)
def test_effects_that_are_none_are_refused(given, words: str) -> None:
    """A scale that is unknown, a spread of nothing, and a flag that is none."""
    with pytest.raises(InputError, match=words):
        RandomEffect("k", **given)


def test_names_alone_are_effects() -> None:
    """A name is an effect on the log scale; each parameter has one."""
    assert random_effects(["k", RandomEffect("v", sd=0.1)])[0] == RandomEffect("k")
    assert random_effects("k") == (RandomEffect("k"),)
    with pytest.raises(InputError, match="'k' is given twice"):
        random_effects(["k", "k"])
    with pytest.raises(InputError, match="parameter's name or a RandomEffect, got 3"):
        random_effects([3])  # type: ignore[list-item]


def test_unknown_is_unknown() -> None:
    """The error of an unknown scale is one of unknown names."""
    with pytest.raises(UnknownNameError):
        RandomEffect("k", "normal")
