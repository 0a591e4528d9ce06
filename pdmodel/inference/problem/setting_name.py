"""Names of the settings of a fit: `parameter`, or `parameter__group` where a group has its own."""

from __future__ import annotations

from collections.abc import Iterable

from pdmodel.arguments import plain_name


def setting_names(settings: Iterable[tuple[str, str | None]]) -> list[str]:
    """Return a name for each setting, in order; all differ, and all are plain.

    A group may be called anything, `10 mg` or `R+`; in the name of a setting it is written with
    letters, digits and _ (lmfit takes no other), and with a number behind it where two would meet.

    Parameters
    ----------
    settings
        Parameter and group; no group where all share the value.

    Examples
    --------
    >>> setting_names([("k", None), ("k", "low"), ("k", "10 mg"), ("k", "10-mg")])
    ['k', 'k__low', 'k__10_mg', 'k__10_mg_2']
    >>> setting_names([("k", None), ("k", "low"), ("k__low", None)])
    ['k', 'k__low_2', 'k__low']
    """
    pairs = list(settings)
    taken = {parameter for parameter, group in pairs if not group}
    names = []
    for parameter, group in pairs:
        name = plain_name(f"{parameter}__{group}", taken) if group else parameter
        taken.add(name)
        names.append(name)
    return names
