"""What `make docs-check` looks at: code that runs, docstrings that are whole, pages that hold."""
