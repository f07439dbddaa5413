"""One suite in every trainer and evaluator.

A module for each trainer, named after it, which imports nothing of it: the trainer imports the module. All of them
stand on ``bridge``, and those that a trainer calls with one completion at a time on ``batching``.
"""
