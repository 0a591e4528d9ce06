"""Prior tables: a bad one gives an error that names the place; a good one reads as written."""

import math

import pytest

from pdmodel.errors import InputError
from pdmodel.inference import FitProblem, Prior, read_priors
from tests.inference.conftest import short_targets

HEADER = "parameter,median,cv,status,source\n"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("parameter,median\nCL,280\n", ["column 'cv' is missing"]),
        (HEADER + "CL,much,0.3,reported,x\n", ["row 2", "column 'median'", "not a number"]),
        (HEADER + "CL,inf,0.3,reported,x\n", ["row 2", "not a finite number"]),
        (HEADER + "CL,280,-0.3,reported,x\n", ["row 2", "column 'cv'", "must be > 0"]),
        (HEADER + "CL,280,0.3,reportd,x\n", ["row 2", "column 'status'", "'reported'"]),
        (HEADER + "CL,280,0.3,reported,x,y\n", ["row 2", "more fields"]),
        (HEADER, ["holds no row"]),
    ],
)
def test_a_bad_cell_is_named(tmp_path, content, words):
    """File, row, column, rule."""
    path = tmp_path / "mine.csv"
    path.write_text(content)
    with pytest.raises(InputError) as caught:
        read_priors(path)
    for word in ["mine.csv", *words]:
        assert word in str(caught.value)


def test_a_prior_of_no_parameter_is_refused():
    """The nearest parameter is offered."""
    with pytest.raises(InputError, match="did you mean 'kill_max'"):
        FitProblem(
            "reference",
            short_targets(),
            days=7,
            priors=[Prior("kil_max", 1.0, 0.5)],
            regimen="10 mg daily",
            differ=["tone"],
        )


def test_residual_counts_standard_deviations_of_the_logarithm():
    """One spread above the median is one; the median itself is none."""
    prior = Prior("CL", 280.8, 0.35)
    assert prior.residual(280.8) == 0
    assert prior.residual(280.8 * math.exp(prior.spread)) == pytest.approx(1)
