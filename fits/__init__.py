"""Questions put to the science; each is a short script, meant to be copied."""
