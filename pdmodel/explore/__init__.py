"""The explorer: a page that answers at once while one moves a model (docs/explorer.md)."""
