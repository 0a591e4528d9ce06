"""FitProblem: what groups share, what differs, what may vary."""

import pickle
from typing import Any, cast

import pytest

from pdmodel.errors import InputError, TargetError, UnknownNameError
from pdmodel.inference import FitProblem, Group, Target
from tests.inference.conftest import short_targets
from tests.toys import one_compartment

SAID = {"regimen": "10 mg daily", "differ": ["tone"]}


def test_groups_share_everything_but_what_differs(short_problem):
    """Only tone differs; it moves TNF of the responder alone."""
    values = dict(short_problem.params.valuesdict())
    responder = short_problem.group_values("responder", values)
    nonresponder = short_problem.group_values("nonresponder", values)
    assert {k for k in responder if responder[k] != nonresponder[k]} == {"tone"}
    assert (responder["tone"], nonresponder["tone"]) == (2.0, 1.0)


def test_differ_replaces_the_patients_own_difference():
    """With IL-6 inducibility as the difference, tone is the same in both groups."""
    problem = FitProblem(
        "reference", short_targets(), days=7, differ=["il6_induction"], regimen="10 mg daily"
    )
    values = dict(problem.params.valuesdict()) | {"il6_induction__responder": 0.5}
    responder = problem.group_values("responder", values)
    nonresponder = problem.group_values("nonresponder", values)
    assert responder["tone"] == nonresponder["tone"] == 1
    assert (responder["il6_induction"], nonresponder["il6_induction"]) == (0.5, 3.3)


def test_nothing_differs_where_no_target_compares_groups():
    """Without a row of two groups a parameter that differs would have one value for all."""
    alone = [Target("fall", "responder", "tnf", "fold_change", day=7, low=0.1)]
    with pytest.raises(TargetError, match="tone cannot differ: no target compares two groups"):
        FitProblem("reference", alone, days=7, regimen="10 mg daily", differ=["tone"])


def test_context_groups_keep_their_context():
    """A group that is not compared keeps its patient's values whatever differs."""
    problem = FitProblem(
        "reference",
        "response.csv",
        differ=["il6_induction"],
        regimen="10 mg daily",
        days=336,
        visit_interval=28,
    )
    values = dict(problem.params.valuesdict())
    assert problem.group_values("node_7cm", values)["node_diameter_baseline"] == 7
    assert problem.group_values("myeloma_like", values)["cd80"] == 0


def test_default_free_parameters_are_few_and_leave_literature_alone():
    """About six to eight vary; pharmacokinetics and half-lives do not."""
    problem = FitProblem(
        "reference",
        "response.csv",
        regimen="10 mg daily",
        differ=["tone"],
        days=336,
        visit_interval=28,
    )
    free = {s.name for s in problem.settings if s.vary}
    assert 6 <= len(free) <= 8
    fixed = {"ka", "CL", "V", "fu", "tnf_clearance", "il6_clearance", "MTT", "steroid_elimination"}
    assert not free & fixed
    assert "tone__responder" in free


def test_priors_free_their_parameter_and_add_a_row_that_is_no_target():
    """One residual more, the same targets."""
    plain = FitProblem(
        "reference",
        short_targets(),
        days=7,
        free=["il6_induction"],
        regimen="10 mg daily",
        differ=["tone"],
    )
    told = FitProblem(
        "reference",
        short_targets(),
        days=7,
        free=["il6_induction"],
        priors="priors.csv",
        regimen="10 mg daily",
        differ=["tone"],
    )
    assert {s.name for s in told.settings if s.vary} >= {"CL", "il6_clearance"}
    values = dict(told.params.valuesdict())
    rows = told.residuals(values)
    assert rows.size == len(told.targets) + len(told.priors)
    assert rows[: len(plain.targets)] == pytest.approx(plain.residuals(values))
    assert rows[-1] == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"free": ["kil_max"]}, "did you mean 'kill_max'"),
        ({"differ": ["ton"]}, "did you mean 'tone'"),
        ({"days": 0}, "days must be a number > 0"),
        ({"model": "refrence"}, "did you mean 'reference'"),
        ({"regimen": "10 apples daily"}, "not a unit"),
        ({"groups": {"responder": {"tonee": 2}, "nonresponder": {}}}, "did you mean 'tone'"),
    ],
)
def test_wrong_names_get_the_nearest_match(arguments, words):
    """Unknown free, differing and group parameters, models, units."""
    given = {"model": "reference", "targets": short_targets(), "days": 7, **SAID} | arguments
    with pytest.raises((InputError, UnknownNameError, Exception), match=words):
        FitProblem(**given)


def test_bounds_do_not_move_what_is_held():
    """A held value that lay outside moved to their middle, and everything was fitted around it."""
    target = Target("it", "one", "plasma", "level", day=2.0, value=3, sigma=0.1)
    problem = FitProblem(
        one_compartment(), [target], "10 mg oral once", days=2, free=["k"], groups={"one": {}}
    )
    with pytest.raises(InputError, match="'ka' is held at 5, which is not within 7 to 9: free it"):
        problem.bound("ka", 7.0, 9.0)
    problem.bound("ka", 1.0, 9.0)
    assert problem.params["ka"].value == 5
    problem.bound("k", 2.0, 8.0)
    assert problem.params["k"].value == pytest.approx(4)


def test_reversed_bounds_of_a_user_are_refused(short_problem):
    """lmfit's own Parameters are what users change; a value outside is named."""
    short_problem.params["il6_induction"].min = 5
    short_problem.params["il6_induction"].max = 4
    with pytest.raises((InputError, ValueError)):
        short_problem.run(starts=1)


def test_users_changes_reach_a_worker(short_problem):
    """Bounds, `vary` and `expr` survive the journey to another process."""
    short_problem.params["il6_induction"].max = 4
    short_problem.params["il6_brake"].vary = True
    short_problem.params["il6_acute_weight"].expr = "2*il6_brake"
    there = pickle.loads(pickle.dumps(short_problem))
    assert there.params["il6_induction"].max == 4
    assert there.params["il6_brake"].vary
    assert there.params["il6_acute_weight"].value == pytest.approx(0.6)


def test_what_would_suit_no_model_must_be_said():
    """A regimen always; days where a target names none; else the last day of the targets."""
    with pytest.raises(InputError, match=r"needs a regimen.*'10 mg lenalidomide daily'"):
        FitProblem("reference", short_targets(), days=7)
    with pytest.raises(InputError, match=r"needs a regimen.*'10 mg oral daily' or 'no drug'"):
        FitProblem(one_compartment(), [_level(3.0)], groups={"one": {}})
    assert FitProblem("reference", short_targets(), "no drug").days == 7
    open_ended = [*short_targets(), Target("open", "responder", "SPD", "best", high=0.5)]
    with pytest.raises(InputError, match="of the targets open name no day"):
        FitProblem("reference", open_ended, "no drug", visit_interval=28)
    with pytest.raises(InputError, match=r"visit_interval: say how many days.*'best' of target 'o"):
        FitProblem("reference", open_ended, "no drug", days=56)
    with pytest.raises(InputError, match="all look at day 0"):
        FitProblem("reference", short_targets()[2:], "no drug")
    assert FitProblem("reference", short_targets(), "no drug").differ == ()


def test_groups_come_in_the_order_of_the_targets_or_the_one_declared():
    """What is not named follows; an unknown name is told."""
    given = ("reference", short_targets(), "no drug")
    assert list(FitProblem(*given).groups) == ["nonresponder", "responder"]
    declared = FitProblem(*given, order=["responder"])
    assert list(declared.groups) == ["responder", "nonresponder"]
    assert list(declared.params) == list(FitProblem(*given).params)
    with pytest.raises(UnknownNameError, match=r"group of the order 'respnder'.*'responder'"):
        FitProblem(*given, order=["respnder"])


def test_values_of_compared_groups_are_not_dropped_without_a_word():
    """Twice the volume halves a level: the ratio was 1, with the default volume in both groups."""
    ratio = Target("r", "one/two", "concentration", "ratio", day=1.0, value=0.5, sigma=0.1)
    given = {"one": Group("10 mg iv once", {"volume": 40.0}), "two": Group("10 mg iv once", {})}
    with pytest.raises(TargetError, match="group 'one': its volume = 40 would do nothing"):
        FitProblem(one_compartment(), [ratio], groups=given, free=["k"])
    with pytest.raises(TargetError, match="group 'one': its volume = 40 would do nothing"):
        FitProblem(one_compartment(), [ratio], groups=given, free=["k"], differ=["ka"])
    told = FitProblem(one_compartment(), [ratio], groups=given, free=["k"], differ=["volume"])
    values = dict(told.params.valuesdict())
    assert values["volume__one"] == 40
    assert told.measure(values)[0].value == pytest.approx(0.5)
    alike = {"one": {"volume": 20.0}, "two": {}}  # the default: nothing is lost
    FitProblem(one_compartment(), [ratio], "10 mg iv once", groups=alike, free=["k"])


def _level(day):
    return Target("level", "one", "concentration", "level", day=day, low=1)


def levels(**groups):
    """Return a problem of one level on day 1 in each group, given 10 mg into plasma."""
    targets = [
        Target(name, name, "concentration", "level", day=1.0, value=0.3, sigma=0.1)
        for name in groups
    ]
    return FitProblem(one_compartment(), targets, groups=groups, free=["k"], rtol=1e-10)


def test_groups_may_be_given_different_doses():
    """Twice the dose gives twice the level; edges, slopes and words follow each group's regimen."""
    problem = levels(low=Group(regimen="5 mg iv once"), high=Group(regimen="10 mg iv once"))
    low, high = (m.value for m in problem.measure(dict(problem.params.valuesdict())))
    assert high == pytest.approx(2 * low, rel=1e-8)
    assert problem.check_gradient()["deviation"].max() < 1e-6
    assert "low: 5 mg" in problem.regimen_words
    assert "high: 10 mg" in problem.regimen_words


def test_a_group_keeps_what_its_patient_has():
    """Values of a Group's patient count, and a group without a regimen needs that of all."""
    problem = levels(low=Group(regimen="10 mg iv once", patient={"volume": 40}),
                     high=Group(regimen="10 mg iv once"))  # fmt: skip
    low, high = (m.value for m in problem.measure(dict(problem.params.valuesdict())))
    assert high == pytest.approx(2 * low, rel=1e-8)
    with pytest.raises(InputError, match="a fit needs a regimen"):
        levels(low=Group(regimen="5 mg iv once"), high=Group())
    with pytest.raises(InputError, match="patient of a group is a Patient"):
        Group(patient=cast(Any, "someone"))


def test_a_regimen_for_a_group_that_no_target_names_is_refused():
    """A slip in the name of a group would have left its regimen unused, without a word."""
    groups = {"low": Group(regimen="5 mg iv once"), "lwo": Group(regimen="10 mg iv once")}
    target = Target("a", "low", "concentration", "level", day=1.0, value=0.3, sigma=0.1)
    with pytest.raises(UnknownNameError, match="own: 'lwo'; did you mean 'low'"):
        FitProblem(one_compartment(), [target], groups=groups)
