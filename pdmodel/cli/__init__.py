"""The command line: thin verbs over the Python objects, one file a verb.

Results go to stdout, progress and errors to stderr. Exit codes: 0 fine, 1 the science failed, 2 the
command was wrong, 130 interrupted, 143 terminated.
"""

from __future__ import annotations

import gc
import os
import sys
import warnings
from collections.abc import Sequence
from itertools import pairwise
from typing import NoReturn

from pdmodel.cli.console.interruption import interruption
from pdmodel.errors import PdmodelError, without_long_echoes
from pdmodel.progress import unwatched

_NARROWEST, _WIDEST = 20, 10_000
_LONG = 60  # letters of a word by which it is known again in a message that cuts it
_INTERRUPTED = 130
_CLOSED_PIPE = 141  # what a shell reports of a process that SIGPIPE ended


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run a command and end the process with its exit code.

    Parameters
    ----------
    arguments
        Words after `pdmodel`; those of the process by default.
    """
    # Imports and compilers make a million things that stay: looking through them again and again
    # for garbage takes a tenth of the time of a short command.
    gc.set_threshold(100_000, 20, 100)
    interruption.listen()
    try:
        code = run(sys.argv[1:] if arguments is None else arguments)
    except KeyboardInterrupt:  # while modules were still being imported
        code = _complain(*interruption.ending)
    interruption.close()
    sys.exit(code)


def run(arguments: Sequence[str]) -> int:
    """Run a command and return its exit code; every error a user can cause is one message."""
    _prepare_streams()
    _prepare_width()
    warnings.formatwarning = _one_line
    try:
        from pdmodel.cli.app import app

        words = list(arguments)
        with unwatched():  # verbs show what is done by themselves
            code = app(
                args=words or ["--help"], prog_name="pdmodel", standalone_mode=False, obj=words
            )
        sys.stdout.flush()
    except BaseException as error:
        answer = _answer(error, arguments)
        if answer is None:
            raise
        return answer
    if code == _INTERRUPTED:  # typer has caught it, and says nothing
        return _complain(*interruption.ending)
    return code if isinstance(code, int) else 0


def _answer(error: BaseException, words: Sequence[str]) -> int | None:
    """Print what ended a command; return its exit code, or None for a fault of ours."""
    if isinstance(error, KeyboardInterrupt) or interruption.number is not None:
        return _complain(*interruption.ending)
    import typer

    from pdmodel.cli.app import usage_error

    if isinstance(error, PdmodelError):
        return _complain(_with_option(str(error), words), error.exit_code)
    if isinstance(error, BrokenPipeError):
        _silence_stdout()
        return _CLOSED_PIPE
    if isinstance(error, typer.Abort):
        return _complain(*interruption.ending)
    if isinstance(error, usage_error):
        return _complain(_usage(error), 2)
    if isinstance(error, OSError) and error.filename is not None:
        cause = f"{os.fsdecode(error.filename)!r} cannot be used: {error.strerror}"
        return _complain(_with_option(cause, words), 2)
    if isinstance(error, OSError):  # a full disk behind stdout, which is no file with a name
        _silence_stdout()
        return _complain(str(error), 1)
    return None


def _prepare_width() -> None:
    """Leave a width to be asked for that something can be printed in; 0 would print nothing."""
    asked = os.environ.get("COLUMNS")
    if asked is not None:
        columns = int(asked) if asked.isdecimal() and len(asked) < 10 else 0
        if columns:
            os.environ["COLUMNS"] = str(min(max(columns, _NARROWEST), _WIDEST))
        else:
            del os.environ["COLUMNS"]


def _prepare_streams() -> None:
    if sys.stdout is None:  # closed by the shell, `>&-`
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 - lives to the end
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a terminal without UTF-8 gets ? for an odd character
            stream.reconfigure(errors="replace")


def _one_line(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    line: str | None = None,
) -> str:
    """Return a warning as a remark; where in our code it was raised helps nobody."""
    return f"note: {message}\n" if category is UserWarning else f"{category.__name__}: {message}\n"


def _silence_stdout() -> None:
    """Keep the interpreter from complaining when it flushes what nobody can read."""
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (OSError, ValueError):  # stdout is no file, as under a test
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115


def _with_option(message: str, words: Sequence[str]) -> str:
    """Return a message that begins with the option whose word is so long that it may be hidden."""
    for before, word in pairwise(["", *words]):
        option, _, value = word.partition("=") if word.startswith("--") else (before, "", word)
        if option.startswith("-") and len(value) >= _LONG and value[:_LONG] in message:
            return message if option in message else f"{option}: {message}"
    return message


def _complain(message: str, code: int) -> int:
    print(f"error: {without_long_echoes(message)}", file=sys.stderr)
    return code


def _usage(error: Exception) -> str:
    """Return click's message with the command whose help explains it."""
    context = getattr(error, "ctx", None)
    command = context.command_path if context is not None else "pdmodel"
    message = error.format_message() if hasattr(error, "format_message") else str(error)
    return f"{message.rstrip('.')}; see '{command} --help'"
