"""The table of symbols, continued: those that only rivals of the reference model hold.

They are declared after all of `quantities.py`, so that a model without these rivals keeps the
order of its states and parameters. A number without a source is `ASSUMED`, and its bounds are how
far it is varied.
"""

from equations.quantities import q
from pdmodel.model import ASSUMED

_p, _aux = q.parameter, q.auxiliary

# --- movement of CLL cells between tissue and blood
retention_Imax = _p(
    "retention_Imax", unit="1", value=0.58, bounds=(0, 1), source="ASSUMED; IBERDOMIDE2022",
    meaning="egress from tissue that the drug stops at full effect: B cells in blood fell by as "
    "much in lupus on the strongest dose of another cereblon modulator",
)  # fmt: skip
release_gain = _p("release_gain", unit="1", value=1, bounds=(0, 10), source=ASSUMED,
                  meaning="egress from tissue that the drug adds at full effect")  # fmt: skip
motility_Imax = _p("motility_Imax", unit="1", value=0.58, bounds=(0, 1),
                   source="ASSUMED; SCHULZ2013; IBERDOMIDE2022",
                   meaning="movement in both directions that the drug stops at full effect",
)  # fmt: skip
