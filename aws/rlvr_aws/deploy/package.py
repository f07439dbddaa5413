"""The function's own package: the suite's file; the code is in the layer."""

from __future__ import annotations

from collections.abc import Mapping

from rlvr import Suite
from rlvr_aws.deploy.deployment import Deployment
from rlvr_aws.layer.archive import zipped
from rlvr_handler.suite_source import is_address


def package_of(suite: Suite, deployment: Deployment, further: Mapping[str, bytes] | None = None) -> bytes:
    """Zip what the function holds beside its layers.

    Args:
        suite: The suite.
        deployment: The deployment; a suite that is kept in AWS is not packaged, its address is, since Lambda takes no
            empty package.
        further: Files by name, such as a schema that the suite reads.
    """
    if is_address(deployment.suite):
        own = {"suite-address.txt": f"{deployment.suite}\n".encode()}
    else:
        own = {deployment.suite: suite.text.encode()}
    return zipped({**(further or {}), **own})
