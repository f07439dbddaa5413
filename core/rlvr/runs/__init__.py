"""Jobs over files: writing results so that nothing on the disk is lost or replaced by surprise."""

from rlvr.runs.output import open_output

__all__ = ["open_output"]
