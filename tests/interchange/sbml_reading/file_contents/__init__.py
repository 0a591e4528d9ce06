"""What a file of SBML says, element by element."""
