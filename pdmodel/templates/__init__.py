"""Files to begin with: what `pdmodel new` writes, and the templates of it."""
