"""Scorers that ask a model to judge what no rule can."""
