"""Holds the docstrings of all public names against numpydoc's rules on what must be there."""

from __future__ import annotations

from collections.abc import Iterator

from numpydoc.validate import validate

from docs.extensions.api_pages import PublicName, public_names

# GL08 there is none; PR01 a parameter is missing, PR02 one is unknown, PR03 their order is another.
RULES = {"GL08", "PR01", "PR02", "PR03"}


def faults() -> Iterator[str]:
    """Yield a line for each rule that a public name breaks."""
    for entry in public_names():
        if entry.kind == "data" or getattr(entry.thing, "_is_protocol", False):
            continue  # what only has to be there has no parameters
        for code, message in validate(f"{entry.room}.{entry.name}")["errors"]:
            if code in RULES:
                yield f"{entry.room}.{entry.name}: {code} {message}"


def without_example() -> list[PublicName]:
    """Return the functions and classes of `pdmodel` itself that show no example."""
    return [
        entry
        for entry in public_names()
        if entry.room == "pdmodel"
        and entry.kind in ("class", "function")
        and ">>>" not in (entry.thing.__doc__ or "")
    ]


def main() -> int:
    """Print all faults; return how many there are."""
    lines = [*faults(), *(f"pdmodel.{e.name}: no example" for e in without_example())]
    print("\n".join([*lines, f"docstrings: {len(lines)} faults"]))
    return len(lines)


if __name__ == "__main__":
    raise SystemExit(main())
