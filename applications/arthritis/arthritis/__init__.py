"""An anti-TNF antibody in rheumatoid arthritis: a second application of pdmodel."""
