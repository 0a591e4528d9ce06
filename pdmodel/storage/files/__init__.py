"""Files and folders that are there in full or not at all, and what is read back from them."""
