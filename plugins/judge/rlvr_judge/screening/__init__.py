"""Checks of a completion before a model is asked."""
