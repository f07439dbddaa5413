"""``rlvr aws …``, one file per command; typer and rich are imported here only."""
