"""Free numbers of a population moved until the reported patterns come out."""
