"""Ctrl-C and SIGTERM: a command ends with one line, whatever they hit.

Python raises KeyboardInterrupt wherever the program happens to be. In a callback or a destructor
it is printed and forgotten; some libraries turn it into an error of theirs. So the signal is
remembered, an exception that was forgotten is raised again, and whatever comes of one counts as it.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections import namedtuple
from types import FrameType
from typing import Any

_AGAIN = 0.05
"""Seconds after which a signal that was swallowed is sent again."""
_NO_PATIENCE = 3
"""So many signals end the process at once."""


class Interruption:
    """What has been asked of this process from outside.

    Attributes
    ----------
    number
        The signal, or None as long as there was none.
    """

    def __init__(self) -> None:
        self.number: int | None = None
        self._count = 0

    @property
    def ending(self) -> tuple[str, int]:
        """What to print, and the exit code: 128 and the number of the signal, as shells have it."""
        if self.number == signal.SIGTERM:
            return "terminated", 128 + signal.SIGTERM
        return "interrupted", 128 + signal.SIGINT

    def listen(self) -> None:
        """Answer to both signals from now on, unless who started the process has them ignored."""
        for number in (signal.SIGINT, signal.SIGTERM):
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, self._raise)
        sys.unraisablehook = self._raise_again
        sys.excepthook = self._print_others

    def close(self) -> None:
        """Let the process end in peace."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)
        # Whatever its exit code, Python ends itself with SIGINT if that had interrupted code made
        # from text, such as the methods of a dataclass; making any more of it undoes that.
        namedtuple("Nothing", ())

    def _raise(self, number: int, frame: FrameType | None) -> None:
        self.number = number
        self._count += 1
        if self._count == 1:
            raise KeyboardInterrupt
        if self._count >= _NO_PATIENCE:
            os._exit(128 + number)

    @staticmethod
    def _print_others(kind: type[BaseException], error: BaseException, trace: Any) -> None:
        """Print what nobody caught, but for an interruption.

        Compiled libraries print an exception before they hand it to the hook for those that cannot
        be raised.
        """
        if not issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error, trace)

    def _raise_again(self, unraisable: Any) -> None:
        """Send a signal again whose exception was raised where nobody could catch it."""
        if not issubclass(unraisable.exc_type, KeyboardInterrupt):
            if self.number is None:
                sys.__unraisablehook__(unraisable)
            return
        self._count = 0
        main, number = threading.main_thread().ident, self.number or signal.SIGINT
        if main is not None and hasattr(signal, "pthread_kill"):
            timer = threading.Timer(_AGAIN, signal.pthread_kill, (main, number))
            timer.daemon = True
            timer.start()


interruption = Interruption()
