"""The HTML file: a template over the stylesheet, the script and the packed rows."""

from __future__ import annotations

import base64
import gzip
import hashlib
from collections.abc import Mapping
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal, TypeAlias

import msgspec
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from rlvr.cli.console import counted
from rlvr_lab.page.numbers import decimal, duration, percent, short, signed, whole
from rlvr_lab.page.visible import visible, visible_markup

Template: TypeAlias = Literal["attack.html", "compare.html", "label.html", "trial.html", "view.html"]

# Level 9 makes the file 1 % smaller and takes 1.6 times as long; level 1 makes it 20 % larger.
_LEVEL = 6


def make_document(template: Template, context: Mapping[str, Any], data: object, script_name: str = "script.js") -> str:
    """Return an HTML file that needs no other file; equal for equal arguments.

    Args:
        template: The template.
        context: Its variables; all are escaped.
        data: The rows, for the script.
        script_name: The file of the script.
    """
    script = asset(script_name)
    packed = base64.b64encode(gzip.compress(msgspec.json.encode(data), _LEVEL, mtime=0)).decode()
    return make_page(
        template,
        {
            **context,
            "script": Markup(script),  # noqa: S704  # a file of this package
            "data": Markup(packed),  # noqa: S704  # base64
            "script_hash": _hash(script),
        },
    )


def make_page(template: Template, context: Mapping[str, Any]) -> str:
    """Return an HTML file that needs no other file, and no script; equal for equal arguments."""
    style = asset("style.css")
    return (
        _environment()
        .get_template(template)
        .render(
            context,
            style=Markup(style),  # noqa: S704  # a file of this package
            style_hash=_hash(style),
            version=version("rlvr"),
        )
    )


def asset(name: str) -> str:
    """Return the text of a file beside the templates."""
    return (files("rlvr_lab.page") / "templates" / name).read_text(encoding="utf-8")


def files_of_run(folder: Path) -> list[Path]:
    """Return the files of a run folder that no page may replace: all but pages."""
    return [path for path in folder.iterdir() if path.suffix != ".html"]


def as_json(value: object) -> str:
    """Return a value as JSON, for an attribute of an element."""
    return msgspec.json.encode(value).decode()


@cache
def _environment() -> Environment:
    made = Environment(
        loader=PackageLoader("rlvr_lab.page"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters |= {
        "counted": counted,
        "decimal": decimal,
        "duration": duration,
        "json": as_json,
        "percent": percent,
        "plain": visible,
        "short": short,
        "signed": signed,
        "text": visible_markup,
        "whole": whole,
    }
    return made


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
