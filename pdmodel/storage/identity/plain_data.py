"""Values as plain data: two values whose answers could differ never give the same data."""

from __future__ import annotations

import dataclasses
import enum
import functools
import hashlib
import math
import types
from collections.abc import Iterable, Mapping
from pathlib import PurePath
from typing import Any

from pdmodel.storage.identity.user_modules import OURS, label_of

_DEEPEST = 60
_ADDRESS = " at 0x"


class Described:
    """Plain data of values, and the modules and functions that were met on the way.

    Attributes
    ----------
    modules
        Names of the modules that define functions and classes.
    loose
        Functions and classes by name, in the order they were met.
    """

    def __init__(self) -> None:
        self.modules: dict[str, None] = {}
        self.loose: dict[str, Any] = {}
        self._within: list[int] = []

    def plain(self, value: Any) -> Any:
        """Return plain data of a value."""
        if value is None or isinstance(value, bool | str):
            return value
        if isinstance(value, enum.Enum):
            return f"{self._name(type(value))}.{value.name}"
        if isinstance(value, int):
            return int(value)
        if isinstance(value, float):
            return float(value) if math.isfinite(value) else repr(float(value))
        if id(value) in self._within or len(self._within) > _DEEPEST:
            return "(again)"
        self._within.append(id(value))
        try:
            return self._composed(value)
        finally:
            self._within.pop()

    def _composed(self, value: Any) -> Any:
        if isinstance(value, PurePath):
            return str(value)
        if isinstance(value, bytes | bytearray):
            return f"bytes {hashlib.sha256(value).hexdigest()}"
        if isinstance(value, Mapping):
            return {self._key(key): self.plain(part) for key, part in value.items()}
        if isinstance(value, set | frozenset):
            return sorted((self.plain(part) for part in value), key=repr)
        if isinstance(value, list | tuple) and not hasattr(value, "_fields"):
            return [self.plain(part) for part in value]
        if isinstance(value, type) or (callable(value) and hasattr(value, "__qualname__")):
            return self._function(value)
        if isinstance(value, functools.partial):
            return ["partial", *map(self.plain, (value.func, value.args, value.keywords))]
        return self._of_a_library(value)

    def _of_a_library(self, value: Any) -> Any:
        """Return what NumPy, pandas, xarray and SymPy hold, whole: none of them is loaded here."""
        if callable(getattr(value, "_identity", None)):
            return self.plain(value._identity())  # what a model is: its equations and numbers
        if hasattr(value, "dtype") and hasattr(value, "tobytes") and hasattr(value, "shape"):
            if value.shape == ():
                return self.plain(value.item())
            whole = repr(value.tolist()) if value.dtype == object else value.tobytes()
            return ["array", str(value.dtype), list(value.shape), _hash(whole)]
        if hasattr(value, "to_csv"):
            return ["table", _hash(value.to_csv())]
        if hasattr(value, "to_dict") and hasattr(value, "dims"):
            return ["dataset", _hash(repr(value.to_dict()))]
        if hasattr(value, "free_symbols") and hasattr(value, "func"):
            import sympy

            return str(sympy.srepr(value))
        if isinstance(value, Iterable) and not hasattr(value, "__dict__"):
            return [self.plain(part) for part in value]
        return self._object(value)

    def _object(self, value: Any) -> Any:
        """Return the class of an object and all its attributes, those of slots too."""
        if dataclasses.is_dataclass(value):
            fields = {
                one: getattr(value, one.name, None)
                for one in dataclasses.fields(value)
                if one.metadata.get("identity") != "never"  # words only: no answer depends on it
            }
            parts = {one.name: part for one, part in fields.items() if _counts(one) or part}
        else:
            slots = [
                n for one in type(value).__mro__ for n in _listed(getattr(one, "__slots__", ()))
            ]
            parts = {name: getattr(value, name) for name in slots if hasattr(value, name)}
            parts |= getattr(value, "__dict__", {})
        told = {"is": self._name(type(value)), **{n: self.plain(one) for n, one in parts.items()}}
        if len(told) == 1 and _ADDRESS not in repr(value):
            told["words"] = repr(value)
        return told

    def _function(self, value: Any) -> Any:
        """Return the name of a function or class, with what a closure holds."""
        bound = getattr(value, "__self__", None)
        own = getattr(value, "__func__", value)
        parts: list[Any] = [self._name(own)]
        if bound is not None and not isinstance(bound, types.ModuleType):
            parts.append(self.plain(bound))
        if cells := getattr(own, "__closure__", None):
            parts += [self.plain(_held(cell)) for cell in cells]
        if defaults := getattr(own, "__defaults__", None):
            parts.append(self.plain(defaults))
        return parts[0] if len(parts) == 1 else parts

    def _name(self, value: Any) -> str:
        for one in value.__mro__ if isinstance(value, type) else (value,):
            name = str(getattr(one, "__module__", None) or "")
            self.modules.setdefault(name)
            self.loose.setdefault(f"{name}.{getattr(one, '__qualname__', '')}", one)
        module = str(getattr(value, "__module__", None) or "")
        # What is ours goes by its name: it stays the same in another file, and however installed.
        home = OURS if module.partition(".")[0] == OURS else label_of(module)
        return f"{home}:{getattr(value, '__qualname__', type(value).__qualname__)}"

    def _key(self, key: Any) -> str:
        data = self.plain(key)
        return data if isinstance(data, str) else repr(data)


def _counts(field: dataclasses.Field[Any]) -> bool:
    """Whether a field counts when it is empty: not one that stored folders of before lack."""
    return field.metadata.get("identity") != "unless empty"


def _held(cell: Any) -> Any:
    try:
        return cell.cell_contents
    except ValueError:  # not assigned yet
        return None


def _listed(names: Any) -> list[str]:
    return [names] if isinstance(names, str) else list(names)


def _hash(whole: bytes | str) -> str:
    content = whole.encode() if isinstance(whole, str) else whole
    return hashlib.sha256(content).hexdigest()
