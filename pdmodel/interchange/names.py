"""Names that Antimony and SBML accept: one namespace for everything, and words that are taken."""

from __future__ import annotations

import re

# Of Antimony 3.3: keywords, constants, functions and distributions. Compared in small letters, so
# that programs that do not tell `Exp` from `exp` understand the file too.
_WORDS = """
    abs acos acosh acot acoth acsc acsch after algebraicrule and annotation arccos arccosh arccot
    arccoth arccsc arccsch arcsec arcsech arcsin arcsinh arctan arctanh area asec asech asin asinh
    at atan atanh avogadro bernoulli binomial cauchy ceil ceiling chisquare compartment const
    constraint cos cosh cot coth csc csch default delay delete divide dna e end eq event exp
    exponential exponentiale ext extent factorial false floor formula function gamma gene geq gt
    has implies import in inf infinity is laplace length leq ln log log10 lognormal lt max maximize
    min minimize minus model module nan neq normal not notanumber operator or pi piecewise plus
    poisson pow power quotient rate rateof rayleigh reaction rem root sec sech sin sinh species sqr
    sqrt substance substanceonly tan tanh time times true truncatednormal truncatedpoisson uniform
    unit unitdef var volume xor
"""
RESERVED = frozenset(_WORDS.split())


class Names:
    """Hands out identifiers, each once, and remembers which names had to change.

    Parameters
    ----------
    reserved
        Words, in small letters, that no identifier may be.

    Attributes
    ----------
    renamed
        Name that was wanted to identifier, where they differ.

    Examples
    --------
    >>> names = Names()
    >>> names.take("il6"), names.take("gamma"), names.take("il6"), names.take("2nd dose")
    ('il6', 'gamma_', 'il6_', '_2nd_dose')
    >>> names.renamed
    {'gamma': 'gamma_', '2nd dose': '_2nd_dose'}
    """

    def __init__(self, reserved: frozenset[str] = RESERVED) -> None:
        self._reserved = reserved
        self.renamed: dict[str, str] = {}
        self._taken: set[str] = set()

    def __contains__(self, name: str) -> bool:
        """Whether an identifier is taken."""
        return name in self._taken

    def take(self, wanted: str) -> str:
        """Return an identifier that nothing else has, as near to the wanted name as can be."""
        name = re.sub(r"\W", "_", wanted, flags=re.ASCII)
        if not name or name[0].isdigit():
            name = f"_{name}"
        while name.lower() in self._reserved or name in self._taken:
            name += "_"
        self._taken.add(name)
        if name != wanted and wanted not in self._taken:
            self.renamed[wanted] = name
        return name
