"""Modules of JavaScript as one script, for a file cannot import another from an e-mail."""

from __future__ import annotations

import re
from collections.abc import Mapping

_IMPORT = re.compile(r'^import \{([^}]*)\} from "(?:[^"]*/)?(\w+)\.js";$', re.MULTILINE)
_EXPORT = re.compile(r"^export ((?:async )?function|const|let) (\w+)", re.MULTILINE)


def one_script(modules: Mapping[str, str]) -> str:
    """Return a script in which each module is a constant that holds its exports, `module_NAME`.

    Parameters
    ----------
    modules
        Sources by name, each after those that it imports by name.

    Returns
    -------
    str
        Without import and export.

    Examples
    --------
    >>> print(one_script({"a": "export const x = 1;"}))
    const module_a = (() => {
    const x = 1;
    return { x };
    })();
    """
    return "\n".join(_constant(name, source) for name, source in modules.items())


def _constant(name: str, source: str) -> str:
    exports = [match[2] for match in _EXPORT.finditer(source)]
    body = _EXPORT.sub(r"\1 \2", _IMPORT.sub(r"const {\1} = module_\2;", source))
    given = f"return {{ {', '.join(exports)} }};"
    return f"const module_{name} = (() => {{\n{body.rstrip()}\n{given}\n}})();"
