"""Processes that run what a model wrote, and the trusted side's hold on them."""
