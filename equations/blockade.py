"""What cells see of a cytokine: all of it, or what an antibody leaves; no claims of their own."""

from sympy import Expr, Symbol

from equations.quantities import (
    antibody_elimination,
    antibody_IC50,
    il6,
    il6_antibody,
    il6_baseline,
    il6_seen,
    tnf,
    tnf_antibody,
    tnf_seen,
)
from pdmodel.model import Mechanism, hill_fall


def _left(antibody: Symbol) -> Expr:
    """Return the share of a cytokine that an antibody leaves."""
    return hill_fall(antibody, antibody_IC50, 1)


il6_seen_in_full = Mechanism(
    "il6_seen_in_full",
    slot="il6_signal",
    claim="cells see the IL-6 that is there",
    refuted_by="an antibody or a lost receptor between IL-6 and its targets",
    defines={il6_seen: il6 / il6_baseline},
)

il6_blocked = Mechanism(
    "il6_blocked",
    slot="il6_signal",
    claim="an antibody, given as `il6_antibody`, keeps IL-6 from its targets",
    refuted_by="an antibody that does not reach the nodes",
    processes={"elimination": {il6_antibody: -antibody_elimination * il6_antibody}},
    defines={il6_seen: il6 / il6_baseline * _left(il6_antibody)},
    doses={"il6_antibody": il6_antibody},
)

tnf_seen_in_full = Mechanism(
    "tnf_seen_in_full",
    slot="tnf_signal",
    claim="cells see the TNF-alpha that is there",
    refuted_by="an antibody or a shed receptor between TNF-alpha and its targets",
    defines={tnf_seen: tnf},
)

tnf_blocked = Mechanism(
    "tnf_blocked",
    slot="tnf_signal",
    claim="an antibody, given as `tnf_antibody`, keeps TNF-alpha from its targets",
    refuted_by="an antibody that does not reach the makers of IL-6",
    processes={"elimination": {tnf_antibody: -antibody_elimination * tnf_antibody}},
    defines={tnf_seen: tnf * _left(tnf_antibody)},
    doses={"tnf_antibody": tnf_antibody},
)
