"""The page in a browser; skipped, with the reason printed, where Chromium is missing."""
