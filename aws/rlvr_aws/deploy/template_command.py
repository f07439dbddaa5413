"""``rlvr aws template``: write a deployment as a template of CloudFormation or SAM, or as Terraform."""

from __future__ import annotations

import hashlib
import shlex
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeAlias, assert_never

import typer

from rlvr.cli.console import err, errors_told, out, print_json, styled
from rlvr_aws.account.options import AccountOptions, ShowOptions, spread_options
from rlvr_aws.account.plan_console import exit_on_signal
from rlvr_aws.deploy.deployment_options import DeploymentOptions, SuiteArgument, deployment_from, included_files
from rlvr_aws.layer.layer_command import warn_of_difference
from rlvr_aws.layer.layer_options import LayerOptions

if TYPE_CHECKING:
    from rlvr import Suite
    from rlvr_aws.deploy.deployment import Deployment
    from rlvr_aws.deploy.template import Package
    from rlvr_aws.layer.needs import Needs

TemplateFormat: TypeAlias = Literal["cloudformation", "sam", "terraform"]

_CAPABILITY = "--capabilities CAPABILITY_NAMED_IAM"  # the roles have names


@spread_options
def template(
    suite: SuiteArgument,
    *,
    form: Annotated[TemplateFormat, typer.Option("--format", help="The language.")] = "cloudformation",
    folder: Annotated[
        Path | None,
        typer.Option(
            "-o",
            "--output",
            help="A folder for the template and its zips; by default the template is printed, for one layer.",
            show_default=False,
        ),
    ] = None,
    bucket: Annotated[str, typer.Option(help="CloudFormation: the bucket of the zips.", show_default=False)] = "",
    prefix: Annotated[str, typer.Option(help="CloudFormation: the prefix of the zips' keys.")] = "rlvr/",
    options: DeploymentOptions,
    layer_options: LayerOptions,
    account: AccountOptions,
    show: ShowOptions,
) -> None:
    """Write the deployment of `rlvr aws deploy` as a template of CloudFormation or SAM, or as Terraform.

    It contains the function with its layer, its log and a version, the function's role, and each platform's role or
    policy. With -o, the layer is built and tested, and the next commands are printed.
    """
    _check_bucket(form, bucket)
    with errors_told(), exit_on_signal():
        from rlvr_aws.deploy.package import package_of
        from rlvr_aws.deploy.suite_needs import timeout_note
        from rlvr_aws.layer.needs import needs_of

        loaded, deployment = deployment_from(suite, options, layer_options.target, account.aws())
        note = timeout_note(loaded, deployment.timeout_seconds)
        if note:
            err.print(styled(f"note: {note}", limit=500))
        needs = needs_of(loaded, layer_options.requirements, layer_options.without)
        if show.dry_run:
            _show_plan(needs, deployment, form, folder, as_json=show.as_json)
            return
        included = included_files(options.include)
        function = package_of(loaded, deployment, included)
        if folder is None:
            text = _render(form, deployment, _placeholder(function, needs, deployment), bucket, prefix)
            _print_text(text, form, deployment, as_json=show.as_json)
            return
        package, files = _build(
            function, needs, loaded, deployment, byte_code=layer_options.byte_code, own_files=included
        )
        files[file_name(form)] = _render(form, deployment, package, bucket, prefix).encode()
        folder.mkdir(parents=True, exist_ok=True)
        for file, content in files.items():
            (folder / file).write_bytes(content)
        steps = _next_steps(form, folder, deployment, package.keys(prefix), bucket)
    _show_result(folder, files, steps, form, deployment, as_json=show.as_json)


def _check_bucket(form: TemplateFormat, bucket: str) -> None:
    match form:
        case "cloudformation":
            return
        case "sam" | "terraform":
            if bucket:
                raise typer.BadParameter(f"{form} uploads the zips itself and needs no bucket", param_hint="--bucket")
        case _:
            assert_never(form)


def file_name(form: TemplateFormat) -> str:
    """Return the name of a template's file."""
    match form:
        case "cloudformation" | "sam":
            return "template.yaml"
        case "terraform":
            return "main.tf"
        case _:
            assert_never(form)


def _render(form: TemplateFormat, deployment: Deployment, package: Package, bucket: str, prefix: str) -> str:
    from rlvr_aws.deploy.template import cloudformation, sam
    from rlvr_aws.deploy.terraform import terraform

    match form:
        case "cloudformation":
            return cloudformation(deployment, package, bucket=bucket, prefix=prefix)
        case "sam":
            return sam(deployment, package)
        case "terraform":
            return terraform(deployment, package)
        case _:
            assert_never(form)


def _placeholder(function: bytes, needs: Needs, deployment: Deployment) -> Package:
    """Return a package for a layer that was not built: its requirements replace its bytes in the digest."""
    from rlvr_aws.deploy.template import Package

    target = deployment.target
    content = [target.runtime, target.architecture, *_contents(needs)]
    return Package(function=_digest(function), layers=(_digest("\n".join(content).encode()),))


def _build(
    function: bytes,
    needs: Needs,
    suite: Suite,
    deployment: Deployment,
    *,
    byte_code: bool,
    own_files: Mapping[str, bytes],
) -> tuple[Package, dict[str, bytes]]:
    """Build the layer, and return the zips by the names of their files."""
    from rlvr_aws.deploy.template import FUNCTION_FILE, Package
    from rlvr_aws.layer.build import build_from

    layer = build_from(needs, suite, deployment.target, byte_code=byte_code, row=None, own_files=own_files)
    warn_of_difference(layer, suite)
    package = Package(function=_digest(function), layers=tuple(each.digest for each in layer.archives))
    contents = [each.content for each in layer.archives]
    return package, {FUNCTION_FILE: function, **dict(zip(package.layer_files, contents, strict=True))}


def _contents(needs: Needs) -> list[str]:
    """Return what decides the content of a layer."""
    return [*_distributions(needs), *needs.extra, *(f"without {name}" for name in needs.without)]


def _distributions(needs: Needs) -> list[str]:
    return [f"{need.name} {need.version}" for need in (*needs.roots, *needs.local)]


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _next_steps(
    form: TemplateFormat, folder: Path, deployment: Deployment, keys: Mapping[str, str], bucket: str
) -> list[list[str]]:
    """Return the commands that deploy a folder, as lists of words."""
    stack = deployment.name.replace("_", "-")  # the name of a stack may not have an underscore
    file = str(folder / file_name(form))
    words = ["--template-file", file, "--stack-name", stack, *_CAPABILITY.split()]
    match form:
        case "cloudformation":
            copies, given = _uploads(folder, keys, bucket)
            return [*copies, ["aws", "cloudformation", "deploy", *words, "--parameter-overrides", *given]]
        case "sam":
            return [["sam", "deploy", "--guided", *words]]
        case "terraform":
            return [["terraform", f"-chdir={folder}", "init"], ["terraform", f"-chdir={folder}", "apply"]]
        case _:
            assert_never(form)


def _uploads(folder: Path, keys: Mapping[str, str], bucket: str) -> tuple[list[list[str]], list[str]]:
    """Return the commands that upload the zips, and the values of the template's parameters."""
    bucket = bucket or "BUCKET"
    copies = [
        ["aws", "s3", "cp", str(folder / key.rpartition("/")[2]), f"s3://{bucket}/{key}"] for key in keys.values()
    ]
    # An updated stack keeps the old values of parameters that are not given, whatever their defaults are.
    return copies, [f"{name}={value}" for name, value in {"CodeBucket": bucket, **keys}.items()]


def _print_text(text: str, form: TemplateFormat, deployment: Deployment, *, as_json: bool) -> None:
    if as_json:
        print_json({"format": form, "name": deployment.name, "text": text})
    else:
        sys.stdout.write(text)


def _show_plan(
    needs: Needs, deployment: Deployment, form: TemplateFormat, output: Path | None, *, as_json: bool
) -> None:
    from rlvr_aws.deploy.template import FUNCTION_FILE

    content = _contents(needs)
    names = [] if output is None else [file_name(form), FUNCTION_FILE, "layer.zip"]
    paths = [str(Path(output or "") / name) for name in names]
    if as_json:
        document = {"dry_run": True, "format": form, "name": deployment.name, "files": paths, "distributions": content}
        print_json(document)
        return
    if output is None:
        out.print(styled(f"would print {form} for {deployment.name}"))
        return
    for path in paths:
        out.print(styled(f"would write {path}"))
    out.print(
        styled(f"would put into the layer, or several: {', '.join(content)}, and their requirements", limit=2_000)
    )


def _show_result(
    folder: Path,
    files: Mapping[str, bytes],
    steps: Sequence[Sequence[str]],
    form: TemplateFormat,
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
        out.print(styled(f"{path}: {size / 1e6:.2f} MB" if size > 1e5 else f"{path}: {size} bytes"))  # noqa: PLR2004  # large numbers of bytes are hard to read
    out.print("next:")
    for command in commands:
        out.print(styled(f"  {command}", limit=4_000))
