"""Times that follow a rule: a thousand doses as one line instead of a thousand."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_SAME = 2e-9  # days; times are rounded to half of it


@dataclass(frozen=True)
class Train:
    """Equally spaced times, in cycles.

    Parameters
    ----------
    first
        Day of the first.
    interval
        Days from one to the next within a cycle.
    inner
        How many a cycle holds; 0 if there are no cycles.
    cycle
        Days from cycle to cycle; 0 if there are none.
    count
        How many in all; the last cycle may be cut short.
    """

    first: float
    interval: float = 0.0
    inner: int = 0
    cycle: float = 0.0
    count: int = 1

    def time(self, pulse: int) -> float:
        """Return the day of the one at a place, from 0."""
        if not self.inner:
            return self.first + self.interval * pulse
        cycle, inside = divmod(pulse, self.inner)
        return self.first + self.cycle * cycle + self.interval * inside

    def times(self) -> list[float]:
        """Return all days."""
        return [self.time(pulse) for pulse in range(self.count)]


def split_trains(times: Sequence[float]) -> list[Train]:
    """Return the fewest trains a simple look finds that give exactly these times, in order.

    Parameters
    ----------
    times
        Days, rising.

    Examples
    --------
    >>> split_trains([0, 1, 2, 3])
    [Train(first=0, interval=1.0, inner=0, cycle=0.0, count=4)]
    >>> split_trains([0, 1, 7, 8, 14])
    [Train(first=0, interval=1.0, inner=2, cycle=7, count=5)]
    """
    return list(_trains(list(times)))


def _trains(times: list[float]) -> Iterator[Train]:
    while times:
        longest = max(_plain(times), _cyclic(times), key=lambda train: train.count)
        if longest.count == 2 and len(times) > 2:  # two of them follow any rule
            longest = Train(times[0])
        yield longest
        times = times[longest.count :]


def _plain(times: list[float]) -> Train:
    """Go on as long as one interval fits all differences to the first, rounded as they are."""
    first, count, low, high = times[0], 1, -math.inf, math.inf
    for index, time in enumerate(times[1:], 1):
        low = max(low, (time - first - _SAME / 2) / index)
        high = min(high, (time - first + _SAME / 2) / index)
        if low > high:
            break
        count += 1
    interval = (times[count - 1] - first) / (count - 1) if count > 1 else 0.0
    return Train(first, interval, count=count)


def _cyclic(times: list[float]) -> Train:
    plain = _plain(times)
    inner = plain.count
    if inner == len(times):
        return plain
    cycle = times[inner] - times[0]
    longest = _longest(Train(times[0], plain.interval, inner, cycle, len(times)), times)
    return longest if longest.count >= 2 * inner else plain


def _longest(train: Train, times: list[float]) -> Train:
    """Cut a train where the times leave its rule."""
    for index, time in enumerate(times):
        if abs(train.time(index) - time) > _SAME:
            return Train(train.first, train.interval, train.inner, train.cycle, index)
    return train
