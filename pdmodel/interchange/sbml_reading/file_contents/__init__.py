"""What a file of SBML says: its elements, formulas and units, read through libSBML."""
