"""``rlvr aws template``: a deployment as infrastructure text, for those who deploy by such."""

from __future__ import annotations

import hashlib
import shlex
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rlvr.cli.console import errors_told, out, print_json, styled
from rlvr_aws.account.options import AccountOptions, ShowOptions, spread_options
from rlvr_aws.account.plan_console import exit_on_signal
from rlvr_aws.deploy.deployment_options import DeploymentOptions, SuiteArgument, deployment_from, included_files
from rlvr_aws.layer.layer_command import tell_difference
from rlvr_aws.layer.layer_options import LayerOptions

if TYPE_CHECKING:
    from rlvr import Suite
    from rlvr_aws.deploy.deployment import Deployment
    from rlvr_aws.deploy.template import Package
    from rlvr_aws.layer.needs import Needs

_FILES: Mapping[str, str] = {"cloudformation": "template.yaml", "sam": "template.yaml", "terraform": "main.tf"}
_CAPABILITY = "--capabilities CAPABILITY_NAMED_IAM"  # the roles have names


@spread_options
def template(
    suite: SuiteArgument,
    *,
    form: Annotated[str, typer.Option("--format", help="cloudformation, sam or terraform.")] = "cloudformation",
    folder: Annotated[
        Path | None,
        typer.Option(
            "-o",
            "--output",
            help="A folder for the text and the zips that it names; by default the text is printed, as for one layer.",
            show_default=False,
        ),
    ] = None,
    bucket: Annotated[
        str, typer.Option(help="CloudFormation: the bucket that the zips will be in.", show_default=False)
    ] = "",
    prefix: Annotated[str, typer.Option(help="CloudFormation: what the zips' keys begin with.")] = "rlvr/",
    options: DeploymentOptions,
    layer_options: LayerOptions,
    account: AccountOptions,
    show: ShowOptions,
) -> None:
    """Write what `rlvr aws deploy` does as a template of CloudFormation or SAM, or as Terraform.

    It holds the function with its layer, its log and a version, the function's role, and what each platform needs to
    call it. With -o, the layer is built and tried, and the commands that come next are printed.
    """
    _check_form(form, bucket)
    with errors_told(), exit_on_signal():
        from rlvr_aws.deploy.package import package_of
        from rlvr_aws.layer.needs import needs_of

        loaded, deployment = deployment_from(suite, options, layer_options.target, account.aws())
        needs = needs_of(loaded, layer_options.requirements)
        if show.dry_run:
            _show_intent(needs, deployment, form, folder, as_json=show.as_json)
            return
        included = included_files(options.include)
        function = package_of(loaded, deployment, included)
        if folder is None:
            text = _rendered(form, deployment, _unbuilt(function, needs, deployment), bucket, prefix)
            _print_text(text, form, deployment, as_json=show.as_json)
            return
        package, files = _built(function, needs, loaded, deployment, byte_code=layer_options.byte_code, beside=included)
        files[_FILES[form]] = _rendered(form, deployment, package, bucket, prefix).encode()
        folder.mkdir(parents=True, exist_ok=True)
        for file, content in files.items():
            (folder / file).write_bytes(content)
        steps = _next_steps(form, folder, deployment, package.keys(prefix), bucket)
    _tell(folder, files, steps, form, deployment, as_json=show.as_json)


def _check_form(form: str, bucket: str) -> None:
    if form not in _FILES:
        raise typer.BadParameter(f"{form!r} is none of {', '.join(_FILES)}", param_hint="--format")
    if bucket and form != "cloudformation":
        raise typer.BadParameter(f"{form} sends the zips itself; it takes no bucket", param_hint="--bucket")


def _rendered(form: str, deployment: Deployment, package: Package, bucket: str, prefix: str) -> str:
    from rlvr_aws.deploy.template import cloudformation, sam
    from rlvr_aws.deploy.terraform import terraform

    if form == "cloudformation":
        return cloudformation(deployment, package, bucket=bucket, prefix=prefix)
    return sam(deployment, package) if form == "sam" else terraform(deployment, package)


def _unbuilt(function: bytes, needs: Needs, deployment: Deployment) -> Package:
    """Stand in for a layer that was not built: what goes into it decides, and not its bytes."""
    from rlvr_aws.deploy.template import Package

    target = deployment.target
    held = [target.runtime, target.architecture, *_distributions(needs), *needs.extra]
    return Package(function=_digest(function), layers=(_digest("\n".join(held).encode()),))


def _built(
    function: bytes,
    needs: Needs,
    suite: Suite,
    deployment: Deployment,
    *,
    byte_code: bool,
    beside: Mapping[str, bytes],
) -> tuple[Package, dict[str, bytes]]:
    """Build the layer, and return the zips by the names of their files."""
    from rlvr_aws.deploy.template import FUNCTION_FILE, Package
    from rlvr_aws.layer.build import built

    layer = built(needs, suite, deployment.target, byte_code=byte_code, row=None, beside=beside)
    tell_difference(layer, suite)
    package = Package(function=_digest(function), layers=tuple(each.digest for each in layer.archives))
    contents = [each.content for each in layer.archives]
    return package, {FUNCTION_FILE: function, **dict(zip(package.layer_files, contents, strict=True))}


def _distributions(needs: Needs) -> list[str]:
    return [f"{need.name} {need.version}" for need in (*needs.roots, *needs.local)]


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _next_steps(
    form: str, folder: Path, deployment: Deployment, keys: Mapping[str, str], bucket: str
) -> list[list[str]]:
    """Return the commands that deploy a folder, as words."""
    stack = deployment.name.replace("_", "-")  # a stack's name has no underscore
    where = str(folder)
    if form == "terraform":
        return [["terraform", f"-chdir={where}", "init"], ["terraform", f"-chdir={where}", "apply"]]
    file = str(folder / _FILES[form])
    if form == "sam":
        words = ["--template-file", file, "--stack-name", stack, *_CAPABILITY.split()]
        return [["sam", "deploy", "--guided", *words]]
    bucket = bucket or "BUCKET"
    copies = [
        ["aws", "s3", "cp", str(folder / key.rpartition("/")[2]), f"s3://{bucket}/{key}"] for key in keys.values()
    ]
    # A stack that is updated keeps its parameters' values where none are given, whatever the defaults are.
    given = [f"{name}={value}" for name, value in {"CodeBucket": bucket, **keys}.items()]
    words = ["--template-file", file, "--stack-name", stack, *_CAPABILITY.split(), "--parameter-overrides", *given]
    return [*copies, ["aws", "cloudformation", "deploy", *words]]


def _print_text(text: str, form: str, deployment: Deployment, *, as_json: bool) -> None:
    if as_json:
        print_json({"format": form, "name": deployment.name, "text": text})
    else:
        sys.stdout.write(text)


def _show_intent(needs: Needs, deployment: Deployment, form: str, output: Path | None, *, as_json: bool) -> None:
    from rlvr_aws.deploy.template import FUNCTION_FILE

    held = [*_distributions(needs), *needs.extra]
    names = [] if output is None else [_FILES[form], FUNCTION_FILE, "layer.zip"]
    paths = [str(Path(output or "") / name) for name in names]
    if as_json:
        told = {"dry_run": True, "format": form, "name": deployment.name, "files": paths, "distributions": held}
        print_json(told)
        return
    if output is None:
        out.print(styled(f"would print {form} for {deployment.name}"))
        return
    for path in paths:
        out.print(styled(f"would write {path}"))
    out.print(styled(f"would put into the layer, or several: {', '.join(held)}, and what they need", limit=2_000))


def _tell(
    folder: Path,
    files: Mapping[str, bytes],
    steps: Sequence[Sequence[str]],
    form: str,
    deployment: Deployment,
    *,
    as_json: bool,
) -> None:
    written = [(str(folder / file), len(content), _digest(content)) for file, content in files.items()]
    commands = [shlex.join(words) for words in steps]
    if as_json:
        rows: list[dict[str, Any]] = [{"path": path, "bytes": size, "sha256": digest} for path, size, digest in written]
        print_json({"format": form, "name": deployment.name, "files": rows, "next": commands})
        return
    for path, size, _ in written:
        out.print(styled(f"{path}: {size / 1e6:.2f} MB" if size > 1e5 else f"{path}: {size} bytes"))  # noqa: PLR2004  # where bytes are hard to read
    out.print("next:")
    for command in commands:
        out.print(styled(f"  {command}", limit=4_000))
