"""Bundles: a suite as one Python file, for the ways into AWS that accept one file and no layer.

AWS's SDKs check a reward function by ``exec`` of one file in an empty namespace, without ``__file__``, and can create a
function from it.
The file contains a zip as text: rlvr, the handler, the plugins, and msgspec compiled for each Python and architecture
of Lambda, in files with different names.
When it is run, it unzips itself into a new folder, which is removed when the process ends.
"""

from __future__ import annotations

import base64
import hashlib
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import msgspec

from rlvr import Suite
from rlvr_aws.account.errors import DeploymentError
from rlvr_aws.layer.archive import zip_files
from rlvr_aws.layer.needs import needs_of
from rlvr_aws.layer.pruning import LayerFile, kept_files
from rlvr_aws.layer.target import ARCHITECTURES, PYTHONS, LayerTarget
from rlvr_aws.layer.trial import run_isolated
from rlvr_aws.layer.wheels import install, requirements_of

# Python 3.11 is for the SDKs' checks on a laptop.
BUNDLE_PYTHONS = ("3.11", *PYTHONS)

# Core's compiled requirements: msgspec is always compiled, PyYAML also works without its compiled part.
_COMPILED = "msgspec"
_ALSO_PURE = "pyyaml"
_LINE = 120

_CODE = """
import sys
runtime, path = sys.argv[1:]
sys.path.append(runtime)
with open(path, encoding="utf-8") as file:
    exec(file.read(), {})
"""

# Valid syntax for old Pythons too, so that they show the error message.
_TEMPLATE = '''\
"""A reward function made by `rlvr aws bundle`: {source}, fingerprint {fingerprint}.

Do not edit it, create it again: it contains rlvr itself, with the plugins {plugins}.
"""
import sys

if sys.version_info < (3, 11):
    raise ImportError(
        "rlvr needs Python 3.11 or newer, and this is %d.%d. Functions that AWS's SDK creates have python3.9: "
        "create the function yourself with --runtime python3.13, or use `rlvr aws deploy`." % sys.version_info[:2]
    )


def _unpack():
    import atexit, base64, importlib.machinery, io, os, shutil, tempfile, zipfile

    folder = tempfile.mkdtemp(prefix="rlvr-bundle-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    with zipfile.ZipFile(io.BytesIO(base64.b85decode(_PAYLOAD.replace("\\n", "")))) as archive:
        archive.extractall(folder)
    names = os.listdir(os.path.join(folder, "msgspec"))
    if not any(name == "_core" + suffix for name in names for suffix in importlib.machinery.EXTENSION_SUFFIXES):
        shutil.rmtree(os.path.join(folder, "msgspec"))
        try:
            import msgspec
        except ImportError:
            raise ImportError(
                "this bundle contains msgspec for {targets} on Linux, and this is another Python: pip install msgspec"
            ) from None
    return folder


def _load():
    import os

    folder = _unpack()
    sys.path.insert(0, folder)
    from rlvr_handler.handler import load_deployment

    return load_deployment({{"RLVR_SUITE": os.path.join(folder, "{suite}"), **os.environ}})[1]


_PAYLOAD = """
{payload}
"""

_handle = _load()


def lambda_handler(event, context=None):
    return _handle(event, context)
'''


class Bundle(msgspec.Struct, frozen=True, kw_only=True):
    """A suite as one file.

    Attributes:
        text: The Python source.
        distributions: The distributions in it.
    """

    text: str
    distributions: tuple[str, ...]

    @property
    def digest(self) -> str:
        """The SHA-256 of its bytes, in hexadecimal digits."""
        return hashlib.sha256(self.text.encode()).hexdigest()


def bundle_of(
    suite: Suite,
    extra: Sequence[str] = (),
    pythons: Sequence[str] = BUNDLE_PYTHONS,
    without: Sequence[str] = (),
) -> Bundle:
    """Return one file for a suite whose plugins are pure Python.

    Args:
        suite: The suite.
        extra: Further requirements in pure Python.
        pythons: The versions that it must run with.
        without: Distributions to leave out, such as one that a plugin can do without.

    Raises:
        DeploymentError: It cannot be built or run, or a distribution other than core's requirements is compiled.
    """
    needs = needs_of(suite, extra, without)
    files: dict[str, bytes] = {}
    distributions: set[str] = set()
    with tempfile.TemporaryDirectory(prefix="rlvr-bundle-") as name:
        requirements = requirements_of(needs, Path(name) / "wheels")
        for target in (LayerTarget(python, architecture) for python in pythons for architecture in ARCHITECTURES):
            folder = Path(name) / f"{target.python}-{target.architecture}"
            install(requirements, needs.pins, target, folder, needs.without)
            for each in _pure(kept_files(folder), suite.source):
                files.setdefault(each.name, each.content)
                distributions.add(each.distribution)
    name = f"suite{suite.suffix}"
    files[name] = suite.text.encode()
    text = _source(suite, name, files, pythons)
    _try(text, pythons)
    return Bundle(text=text, distributions=tuple(sorted(distributions)))


def _try(text: str, pythons: Sequence[str]) -> None:
    """Run the file as AWS's check does, with Lambda's own packages only and in an empty folder.

    Raises:
        DeploymentError: It cannot be run.
    """
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    if python not in pythons or not any(LayerTarget(python, each).runs_here for each in ARCHITECTURES):
        return
    with tempfile.TemporaryDirectory(prefix="rlvr-trial-") as name:
        path = Path(name) / "bundle.py"
        path.write_text(text, encoding="utf-8")
        empty = Path(name) / "empty"
        empty.mkdir()
        run_isolated("the bundle", Path(sys.executable), _CODE, [str(path)], room=Path(name), folder=empty)


def _pure(files: Sequence[LayerFile], source: str) -> Iterator[LayerFile]:
    """Yield pure files and msgspec's compiled ones; refuse other compiled files, except those that are optional."""
    for each in files:
        if each.compiled and each.distribution not in {_COMPILED, _ALSO_PURE}:
            problem = (
                f"{each.distribution} is compiled ({each.name}), and a bundle can contain pure Python plugins only"
            )
            raise DeploymentError(source, problem, "use `rlvr aws layer build` or `rlvr aws deploy`")
        if not each.compiled or each.distribution == _COMPILED:
            yield each


def _source(suite: Suite, name: str, files: Mapping[str, bytes], pythons: Sequence[str]) -> str:
    text = base64.b85encode(zip_files(files)).decode()
    plugins = sorted({entry.installed.distribution for entry in suite.entries})
    return _TEMPLATE.format(
        source=Path(suite.source).name.encode("utf-8", "replace").decode().replace("\\", "/").replace('"', "'"),
        fingerprint=suite.fingerprint,
        plugins=", ".join(plugins),
        targets=f"Python {', '.join(pythons)} and {', '.join(ARCHITECTURES)}",
        suite=name,
        payload="\n".join(text[start : start + _LINE] for start in range(0, len(text), _LINE)),
    )
