"""What people do with a reward function before and after training.

Each folder contains its commands, in files that end in ``_command.py``. Only these and files of options import
typer and rich.
"""
