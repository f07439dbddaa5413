"""``python -m rlvr.cli``."""

from rlvr.cli import main

main()
