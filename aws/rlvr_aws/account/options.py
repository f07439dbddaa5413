"""Options of commands, declared once as structs, and the ones that all commands under ``rlvr aws`` share.

A block of options is a msgspec struct. Each field declares one option: its name, its type, its default, and in
``msgspec.Meta`` its help (``description``) and its range (``ge`` and ``le``). ``Meta(extra=…)`` can name the ``flag``
where it is not the field's name, a ``short`` flag, the ``metavar``, and the ``panel`` of the help page. A block needs
nothing of typer, so that a struct of the domain, such as the hyperparameters of a job, can be one.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, TypeAlias, get_args, get_origin, get_type_hints

import typer
from msgspec import Meta, Struct

if TYPE_CHECKING:
    from rlvr_aws.account.session import Aws

SuiteFile: TypeAlias = Annotated[Path, typer.Argument(help="The suite file.", show_default=False)]
FunctionName: TypeAlias = Annotated[str, typer.Argument(help="The function's name or ARN.", show_default=False)]

_Block: TypeAlias = type[Struct]
_NOT_SHOWN: tuple[object, ...] = (None, "", (), False)


class AccountOptions(Struct, frozen=True, kw_only=True):
    """The account and the region of a command."""

    panel: ClassVar[str] = "AWS account"

    region: Annotated[str | None, Meta(description="The region; the usual configuration's by default.")] = None
    profile: Annotated[str | None, Meta(description="The profile of the usual configuration.")] = None

    def aws(self) -> Aws:
        """Return the account; no call to AWS is made yet."""
        from rlvr_aws.account.session import Aws

        return Aws(region=self.region, profile=self.profile)


class OutputOptions(Struct, frozen=True, kw_only=True):
    """The form of a command's result."""

    panel: ClassVar[str] = "Output"

    as_json: Annotated[bool, Meta(description="Print the result as one JSON document.", extra={"flag": "--json"})] = (
        False
    )


class ShowOptions(OutputOptions, frozen=True, kw_only=True):
    """The form of a command's result, and dry runs; all commands of ``rlvr aws`` have these options."""

    dry_run: Annotated[bool, Meta(description="Show what would be done, and do nothing.")] = False


class PlanOptions(ShowOptions, frozen=True, kw_only=True):
    """The options of a command that changes something."""

    yes: Annotated[bool, Meta(description="Carry out the plan; without it, the plan is only shown.")] = False


def spread_options(function: Callable[..., None]) -> Callable[..., None]:
    """Return a command for typer: each parameter of the function that is a block becomes the block's options.

    The function is called with blocks of the user's values. A default of a block, an instance, gives the defaults of
    its options.

    Raises:
        ValueError: Two options have the same name.
    """
    hints = get_type_hints(function, include_extras=True)
    blocks: dict[str, _Block] = {}
    parameters: list[inspect.Parameter] = []
    for name, parameter in inspect.signature(function).parameters.items():
        hint = hints[name]
        if isinstance(hint, type) and issubclass(hint, Struct):
            blocks[name] = hint
            given = None if parameter.default is inspect.Parameter.empty else parameter.default
            parameters += _parameters_of(hint, given)
        else:
            parameters.append(parameter.replace(annotation=hint, kind=inspect.Parameter.KEYWORD_ONLY))

    def command(**given: Any) -> None:
        made = {name: _block_from(block, given) for name, block in blocks.items()}
        function(**given, **made)

    for attribute in ("__module__", "__name__", "__qualname__"):
        setattr(command, attribute, getattr(function, attribute))
    # typer keeps the ends of the source's lines, which are not those of the terminal's.
    command.__doc__ = "\n\n".join(" ".join(each.split()) for each in (function.__doc__ or "").split("\n\n"))
    vars(command)["__signature__"] = inspect.Signature(parameters)
    command.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return command


def _parameters_of(block: _Block, given: Struct | None) -> Iterator[inspect.Parameter]:
    """Yield a parameter for each field of a block; ``given`` is an instance with other defaults than the fields'."""
    hints = get_type_hints(block, include_extras=True)
    panel = getattr(block, "panel", None)
    for name in block.__struct_fields__:
        type_, meta = _type_and_meta(hints[name])
        default = _default_of(block, name) if given is None else getattr(given, name)
        option = _option(name, type_, meta, default, panel)
        yield inspect.Parameter(
            name,
            inspect.Parameter.KEYWORD_ONLY,
            default=list(default) if isinstance(default, tuple) else default,
            annotation=Annotated[_typer_type(type_), option],
        )


def _option(name: str, type_: Any, meta: Meta, default: object, panel: str | None) -> Any:
    extra: Mapping[str, Any] = meta.extra or {}
    flag = extra.get("flag", f"--{name.replace('_', '-')}")
    # Without its own flag, typer would give each switch a second one that begins with --no-.
    flags = (*filter(None, [extra.get("short")]), flag) if type_ is bool or {"flag", "short"} & extra.keys() else ()
    words = _words_of(type_)
    return typer.Option(
        *flags,
        help=meta.description,
        min=meta.ge,
        max=meta.le,
        metavar=f"[{'|'.join(words)}]" if words else extra.get("metavar"),
        parser=_choice_among(words) if words else None,
        rich_help_panel=extra.get("panel", panel),
        show_default=default not in _NOT_SHOWN,
    )


def _type_and_meta(hint: Any) -> tuple[Any, Meta]:
    if get_origin(hint) is not Annotated:
        return hint, Meta()
    type_, *metadata = get_args(hint)
    return type_, next((each for each in metadata if isinstance(each, Meta)), Meta())


def _typer_type(type_: Any) -> Any:
    """Return the type that typer has for an option that may be repeated: a list, where a struct has a tuple."""
    if not _is_repeated(type_):
        return type_
    element = str if _words_of(type_) else get_args(type_)[0]
    return list[element]  # type: ignore[valid-type]  # a type that is known when the command is made


def _is_repeated(type_: Any) -> bool:
    return get_origin(type_) is tuple and get_args(type_)[1:] == (...,)


def _words_of(type_: Any) -> tuple[str, ...]:
    """Return the words of an option that may be repeated and that has a closed set of words; empty for any other."""
    element = get_args(type_)[0] if _is_repeated(type_) else None
    return get_args(element) if get_origin(element) is Literal else ()


def _choice_among(words: tuple[str, ...]) -> Callable[[str], str]:
    """Return a parser for one word of a closed set; typer checks a ``Literal`` itself, but no list of them."""

    def parse(text: str) -> str:
        if text not in words:
            raise typer.BadParameter(f"{text!r} is none of {', '.join(words)}")
        return text

    return parse


def _default_of(block: _Block, name: str) -> Any:
    defaults = dict(zip(reversed(block.__struct_fields__), reversed(block.__struct_defaults__), strict=False))
    return defaults.get(name, inspect.Parameter.empty)


def _block_from(block: _Block, given: dict[str, Any]) -> Struct:
    """Remove the options of a block from the user's values, and return the block."""
    values = {name: given.pop(name) for name in block.__struct_fields__}
    return block(**{name: tuple(each) if isinstance(each, list) else each for name, each in values.items()})
