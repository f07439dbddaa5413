"""The function's own package: the suite's file. The code is in the layer."""

from __future__ import annotations

import json
from collections.abc import Mapping

from rlvr import Suite
from rlvr_aws.deploy.deployment import Deployment
from rlvr_aws.layer.archive import zip_files
from rlvr_handler.suite_source import is_address


def package_of(suite: Suite, deployment: Deployment, further: Mapping[str, bytes] | None = None) -> bytes:
    """Return the zip of the function's own files.

    Args:
        suite: The suite.
        deployment: The deployment. For a suite in AWS, the package contains its address only, since Lambda accepts no
            empty package.
        further: Files by name, such as a schema that the suite reads.
    """
    if is_address(deployment.suite):
        own = {"suite-address.txt": f"{deployment.suite}\n".encode()}
    else:
        own = {deployment.suite: _quick_text(suite).encode()}
    return zip_files({**(further or {}), **own})


def _quick_text(suite: Suite) -> str:
    """Return YAML as JSON, which is YAML too: a cold start reads it without the import of PyYAML, a tenth of its time.

    The fingerprint of both is the same. TOML stays, and a text with an infinite number, which JSON does not have.
    """
    if suite.suffix == ".toml":
        return suite.text
    try:
        return json.dumps(suite.content, indent=2, allow_nan=False) + "\n"
    except ValueError:
        return suite.text
