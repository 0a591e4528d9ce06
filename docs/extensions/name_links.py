"""Public names and commands that pages write as code become links, so that pages stay plain."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any, ClassVar

from docutils import nodes
from sphinx import addnodes
from sphinx.transforms import SphinxTransform

from docs.extensions.api_pages import public_names
from docs.extensions.command_pages import verb_names

_NAME = re.compile(r"^(?:pdmodel\.)?[A-Za-z_][\w.]*(?=\(|$)")
_COMMAND = re.compile(r"^pdmodel ([a-z-]+)(?: ([a-z-]+))?")


class NameLinks(SphinxTransform):
    """Makes links of code that is a public name, such as `pdmodel.simulate`, or a command."""

    default_priority = 200
    targets: ClassVar[dict[str, str]] = {}
    verbs: ClassVar[set[str]] = set()

    def apply(self, **kwargs: Any) -> None:
        """Go through the code of a page that is written by hand."""
        if self.env.docname.startswith("made/"):
            return
        if not self.targets:
            self.targets.update(_targets())
            self.verbs.update(verb_names())
        for literal in list(self.document.findall(nodes.literal)):
            if not _in_link(literal) and (link := self._link(literal)):
                literal.replace_self(link)

    def _link(self, literal: nodes.literal) -> nodes.Element | None:
        text = literal.astext()
        if command := _COMMAND.match(text):
            pages = [f"{command[1]}-{command[2]}", command[1]]
            page = next((page for page in pages if page in self.verbs), None)
            return page and self._pending("std", "doc", f"/made/commands/{page}", literal)
        if (name := _NAME.match(text)) and name[0] in self.targets:
            return self._pending("py", "obj", self.targets[name[0]], literal)
        return None

    def _pending(self, domain: str, kind: str, target: str, inner: nodes.Element) -> nodes.Element:
        return addnodes.pending_xref(
            "", inner.deepcopy(), refdomain=domain, reftype=kind, reftarget=target,
            refexplicit=True, refwarn=True, refdoc=self.env.docname,
        )  # fmt: skip


def _targets() -> dict[str, str]:
    """Return where a name leads: whole names, and short ones that only one thing has."""
    entries = public_names()
    whole = {f"{entry.room}.{entry.name}": f"{entry.room}.{entry.name}" for entry in entries}
    count = Counter(entry.name for entry in entries)
    short = {
        entry.name: f"{entry.room}.{entry.name}"
        for entry in entries
        if count[entry.name] == 1 and (entry.name[0].isupper() or "_" in entry.name)
    }
    return whole | short


def _in_link(node: nodes.Node) -> bool:
    while (node := node.parent) is not None:
        if isinstance(node, nodes.reference | addnodes.pending_xref | nodes.title):
            return True
    return False


def setup(app: Any) -> dict[str, bool]:
    """Add it to what is done with every page."""
    app.add_transform(NameLinks)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
