"""From a suite to a running reinforcement fine-tuning job on AWS: layers, functions, data, jobs, operations.

::

    app ──▶ deploy ──▶ watch ──▶ job ──▶ data, layer, simulate ──▶ account

Each folder contains its commands, in files that end in ``_command.py``. Only these, ``app``, ``*_console.py`` and files
of options import typer and rich. boto3 is imported in ``account/session.py`` and nowhere else.
"""
