"""Tests of the pages of the site, and of what they are made with."""
