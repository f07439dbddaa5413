"""What the operating system takes from a submission's process: a stack of independent layers.

Each works without the others, as root and as any user; those that a fork inherits are applied to the zygote.
"""

from __future__ import annotations

from rlvr_code.box.sealing import ENVIRONMENT, LAYERS, Limits, Sealer

__all__ = ["ENVIRONMENT", "LAYERS", "Limits", "Sealer"]
