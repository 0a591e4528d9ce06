"""Event records of patients, by the rules of NONMEM."""
