"""What is made once and shared: one thread makes it, and whoever holds it keeps it alive.

Machine code is freed when nothing refers to it any more, and an address is no reference. So code
is handed out as an object that owns it, and a shelf forgets only its own reference: what a run, a
fit or another thread holds stays where it is.
"""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from functools import cached_property
from typing import Any, Generic, TypeVar, overload
from weakref import WeakValueDictionary

Thing = TypeVar("Thing")

MAKING = threading.RLock()
"""Held while symbols are worked on and code is made: one thread at a time, each thing once."""
_BOOKS = threading.RLock()


def _before_fork() -> None:
    MAKING.acquire()
    _BOOKS.acquire()


def _after_fork() -> None:
    _BOOKS.release()
    MAKING.release()


# A child must not begin with a lock that a thread holds which it does not have.
if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=_before_fork, after_in_parent=_after_fork, after_in_child=_after_fork
    )


class once(cached_property[Thing]):
    """A property that one thread computes, when it is first asked for, and all share."""

    @overload
    def __get__(self, instance: None, owner: type[Any] | None = None) -> once[Thing]: ...

    @overload
    def __get__(self, instance: object, owner: type[Any] | None = None) -> Thing: ...

    def __get__(self, instance: object | None, owner: type[Any] | None = None) -> Any:
        """Compute it under the lock; from then on it is an attribute like any other."""
        with MAKING:
            return super().__get__(instance, owner)


class Shelf(Generic[Thing]):
    """Things by key, each made once; those not asked for lately are let go.

    Parameters
    ----------
    most
        How many are kept although nobody else holds them.
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self._recent: OrderedDict[Hashable, Thing] = OrderedDict()
        self._alive: WeakValueDictionary[Hashable, Any] = WeakValueDictionary()

    def take(self, key: Hashable, make: Callable[[], Thing]) -> Thing:
        """Return the thing of a key, making it if nobody holds it.

        Parameters
        ----------
        key
            All that the thing depends on.
        make
            Called at most once at a time, under `MAKING`.
        """
        thing = self.find(key)
        if thing is not None:
            return thing
        with MAKING:
            thing = self.find(key)  # another thread may have been quicker
            return self._place(key, make()) if thing is None else thing

    def find(self, key: Hashable) -> Thing | None:
        """Return the thing of a key, or None if it was never made or has been let go."""
        with _BOOKS:
            thing: Thing | None = self._alive.get(key)
            return None if thing is None else self._place(key, thing)

    def _place(self, key: Hashable, thing: Thing) -> Thing:
        with _BOOKS:
            self._alive[key] = self._recent[key] = thing
            self._recent.move_to_end(key)
            while len(self._recent) > self.most:
                self._recent.popitem(last=False)
            return thing
