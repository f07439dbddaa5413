"""Comparing values with those that were expected, and pairing those of two lists."""
