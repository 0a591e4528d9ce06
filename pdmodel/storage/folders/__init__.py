"""Result folders: whose they are, what is ours in them, taken up, refused or replaced."""
