"""`pdmodel cite`: what to cite when a model is used."""

from __future__ import annotations

from pdmodel.cli.console.options import ModelName

# Of the method that every run takes by default (engine/rosenbrock/tableau.py).
_METHOD = (
    "Steinebach G. Construction of Rosenbrock-Wanner method Rodas5P and numerical benchmarks "
    "within the Julia Differential Equations package. BIT Numerical Mathematics 2023;63:27, "
    "doi 10.1007/s10543-023-00967-x."
)
_WARNING = (
    "% Fields are those of the references in the model's vocabulary, titles as they were noted\n"
    "% there, and nothing is added: complete an entry from the work itself before it is printed.\n"
)


def cite(model: ModelName) -> None:
    """Print BibTeX of the works that a model's mechanisms and numbers rest on.

    An entry has only the fields that the reference states; its note has the whole reference. The
    program and the method that integrates the equations come last.

    Examples:
      pdmodel cite reference > references.bib
      pdmodel cite my_models.py:mine
    """
    from pdmodel import __version__
    from pdmodel.catalogue import load
    from pdmodel.cli.console.terminal import say
    from pdmodel.model.printing.bibtex import entry, model_bibtex

    works = model_bibtex(load(model))
    program = (
        "@misc{pdmodel,\n  author = {{The pdmodel developers}},\n  title = {{pdmodel}},\n"
        f"  version = {{{__version__}}},\n}}\n"
    )
    blocks = (_WARNING, works, program, entry("RODAS5P", _METHOD))
    say("\n".join(block for block in blocks if block).rstrip())
