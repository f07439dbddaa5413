"""Scorers for rules on text; see the README for what counts as followed."""
