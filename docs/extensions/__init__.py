"""What the site is made with: mathematics without scripts, and pages that the code writes."""
