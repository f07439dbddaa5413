"""Functions that the commands of ``rlvr aws job`` share."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec

from rlvr.cli.console import out, print_json, styled
from rlvr_aws.account.plan_console import carry_out

if TYPE_CHECKING:
    from rlvr_aws.account.options import AccountOptions, PlanOptions
    from rlvr_aws.account.plan import Step
    from rlvr_aws.account.session import Aws


def account_for(name: str, options: AccountOptions) -> Aws:
    """Return the account, in the region of ``name`` if that is an ARN: no platform calls across regions.

    Raises:
        DeploymentError: The user chose another region than that of the ARN.
    """
    from rlvr_aws.account.errors import DeploymentError

    own = name.split(":")[3] if re.match(r"arn(:[^:]+){3}:", name) else None
    if own is not None and options.region not in {None, own}:
        raise DeploymentError(name, f"is not in {options.region}", f"give --region {own}, or leave it out")
    return msgspec.structs.replace(options, region=own or options.region).aws()


def carry_out_for_job(steps: Sequence[Step], name: str, options: PlanOptions) -> None:
    """Show a plan, take its steps if the user said --yes, and print the next command."""
    outcome = carry_out(steps, options)
    if options.as_json:
        print_json({"job": name, **outcome})
    elif outcome["acted"] and outcome["changes"]:
        out.print(styled(f"`rlvr aws job status {name}` shows its status."))
