"""Comparing an answer's tree with the reference's: structure by structure, down to the values of expressions."""
