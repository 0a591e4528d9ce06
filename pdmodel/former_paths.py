"""Paths by which public names were imported before modules moved; such imports go on working.

`from pdmodel.inference.targets import Target` gives `pdmodel.inference.Target`: a module of a
former name hands out the public names of its package, and nothing else.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

FORMER = {
    "pdmodel.dosing": "compartment_rules dose event_reading event_table events reading records",
    "pdmodel.engine": "gradient kernels stretch triggers",
    "pdmodel.hypotheses": "assay deciding difference evidence_result examination intervention "
    "laboratory outcome verdict",
    "pdmodel.inference": "folder nested_store prediction prediction_profile prediction_record "
    "priors profile_folder profile_record record result sampling",
    "pdmodel.model": "functions",
    "pdmodel.trial": "calibrated covariate dropout free rules schedule search spread survival "
    "weighting",
}
"""By package, the names of modules that held public names and are gone."""


def public_of(package: str) -> Callable[[str], Any]:
    """Return the `__getattr__` of a module whose names are now handed out by its package."""

    def get(name: str) -> Any:
        home = importlib.import_module(package)
        if name.startswith("_") or name not in home.__all__:
            raise AttributeError(f"no {name!r} here: the names of {package} are what is public")
        return getattr(home, name)

    return get


class _Finder:
    """Finds modules of former names; asked after all others.

    It has what Python asks of a finder and loader. Their base classes would bring a dozen modules
    into every command.
    """

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        package, _, module = name.rpartition(".")
        loader: Any = self
        return ModuleSpec(name, loader) if module in FORMER.get(package, "").split() else None

    def create_module(self, spec: ModuleSpec) -> None:
        """Leave it to Python."""

    def exec_module(self, module: ModuleType) -> None:
        vars(module)["__getattr__"] = public_of(module.__name__.rpartition(".")[0])


def install() -> None:
    """Let Python find modules of former names."""
    if not any(isinstance(finder, _Finder) for finder in sys.meta_path):
        finder: Any = _Finder()
        sys.meta_path.append(finder)
