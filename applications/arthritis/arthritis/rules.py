"""A rule of our own: the dose is raised once, where the disease stays active."""

from dataclasses import dataclass

import numpy as np

from pdmodel.trial import Book


@dataclass(frozen=True)
class StepUp:
    """Raise the dose once, at the first visit from a day on, where a score is still high.

    Parameters
    ----------
    dose
        The dose from then on, in the unit of the protocol.
    quantity, above
        It is raised where the quantity is above this.
    after
        Not before this day.
    """

    dose: float
    quantity: str = "DAS28"
    above: float = 3.2
    after: float = 84.0

    def apply(self, book: Book, seen: dict[str, np.ndarray], day: float) -> None:
        """Raise the dose of the patients whose score is high; only one visit looks."""
        if day < self.after or repr(self) in book.looked:
            return
        book.looked[repr(self)] = day
        active = book.treated & (seen[self.quantity] > self.above)
        book.level[active] = np.maximum(book.level[active], self.dose)

    def describe(self, unit: str) -> str:
        """Return the rule in words."""
        return (
            f"{self.dose:g} {unit} from day {self.after:g} on where {self.quantity} is above "
            f"{self.above:g}"
        )
