"""Ids of models of Amazon Bedrock: foundation models, inference profiles, and ARNs of these and others."""

from __future__ import annotations

import re

# The areas that AWS's own inference profiles route calls in: the id of such a profile is the area, a dot and the model.
AREAS = ("us", "us-gov", "eu", "apac", "global", "jp", "au", "ca", "sa", "me", "af", "mx", "in", "il")

PROFILE = re.compile(rf"(?:{'|'.join(AREAS)})\.(?P<model>[a-z0-9-]+\..+)")
ARN = re.compile(r"arn:(?P<partition>[a-z0-9-]+):bedrock:[a-z0-9-]*:\d*:(?P<kind>[a-z-]+)/(?P<name>.+)")


def model_behind(model: str) -> str:
    """Return the foundation model of an id, a profile of AWS's own or an ARN of these; any other text as it is."""
    arn = ARN.fullmatch(model)
    name = arn["name"] if arn else model
    profile = PROFILE.fullmatch(name)
    return profile["model"] if profile else name
