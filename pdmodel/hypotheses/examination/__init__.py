"""Each hypothesis fitted, tried in a trial and judged, in a folder that can be resumed."""
