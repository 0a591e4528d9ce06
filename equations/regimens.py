"""Regimens of the trials and the steroid pack, in the words a command line takes."""

from pdmodel.dosing import Regimen, read_regimen

CONTINUOUS_10 = "10 mg daily"
HIGH_DOSE = "25 mg days 1-21 of 28"
FIXED_5 = "5 mg daily"
ESCALATION = "ramp 10-15-20-25 mg every 28 days"
STEROID_PACK = "pack 24-20-16-12-8-4 mg methylprednisolone"


def steroid_pack(start: float = 1.5, *, times_a_day: int = 1) -> Regimen:
    """Give the six-day methylprednisolone pack, 24-20-16-12-8-4 mg.

    Parameters
    ----------
    start
        Day of the first dose.
    times_a_day
        Divided doses; the short half-life makes them last longer.
    """
    return read_regimen(f"{STEROID_PACK} in {times_a_day} doses after {start:g} days")
