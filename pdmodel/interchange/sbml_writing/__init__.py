"""SBML Level 3 Version 2, written with libSBML."""
