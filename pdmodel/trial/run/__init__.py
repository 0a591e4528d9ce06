"""Doing it: from visit to visit, in resumable blocks of patients."""
