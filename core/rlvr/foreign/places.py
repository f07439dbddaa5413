"""The place of a reward function: a file and a name, or a module and a name."""

from __future__ import annotations

import sys
from contextlib import redirect_stdout
from hashlib import sha256
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
from linecache import cache as lines_of_files
from pathlib import Path
from types import ModuleType
from typing import Any

from rlvr.files import SuiteFile
from rlvr.foreign.calling import scorer_of_function
from rlvr.hooks import Scorer
from rlvr.patterns import lazy_pattern
from rlvr.plugins import InstalledScorer, scorer_from

_OBJECT = lazy_pattern(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*\Z")
_MODULE = lazy_pattern(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*\Z")


class ForeignError(Exception):
    """A reward function that cannot be found, imported or called."""


def foreign_scorer(scorer: str, file: SuiteFile | None, folder: str | None) -> InstalledScorer:
    """Import a function, and return the scorer that calls it.

    The folder of the suite, for a file also the folder of the file, is searched for modules that it imports, last.
    What the module prints while it is imported goes to standard error.

    Args:
        scorer: The place.
        file: The file, if the place names one; its content is run, whatever the disk has by now.
        folder: The folder of the suite; None if the suite is not a file.

    Raises:
        ForeignError: The place is malformed, or the import raised, or the function has no known convention.
    """
    place, _, name = scorer.rpartition(":")
    if not _OBJECT.match(name) or not (file is not None or _MODULE.match(place)):
        raise ForeignError(f"'{scorer}' is neither ./FILE.py:NAME nor package.module:NAME")
    base = Path(folder or "").absolute()
    for each in (base, *(((base / file.name).parent,) if file is not None else ())):
        if str(each) not in sys.path:
            sys.path.append(str(each))
    try:
        with redirect_stdout(sys.stderr):
            module = import_module(place) if file is None else _module_of(file, base)
            found: Any = module
            for part in name.split("."):
                found = getattr(found, part)
    except AttributeError as error:
        raise ForeignError(f"{place} has no `{name}`{_offers(module) if 'module' in locals() else ''}") from error
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt):
            raise
        raise ForeignError(f"importing {place} raised {type(error).__name__}: {error}{_line_of(error)}") from error
    return InstalledScorer(
        id=scorer,
        scorer=_scorer_of(found, name.rpartition(".")[2], scorer),
        distribution=place if file is not None else place.partition(".")[0],
        version="",
        package="" if file is not None else place.partition(".")[0],
    )


def _scorer_of(found: Any, name: str, place: str) -> Scorer:
    """Return the scorer of what a place names: a scorer as plugins have them, or a function of any convention."""
    if isinstance(found, Scorer) or (
        not isinstance(found, type) and (hasattr(found, "score") or hasattr(found, "score_group"))
    ):
        try:
            return scorer_from(found)
        except TypeError as error:
            raise ForeignError(f"{place}: {error}") from error
    if not callable(found):
        raise ForeignError(f"{place} is {type(found).__name__}, which is not a function")
    return scorer_of_function(found, name)


def _module_of(file: SuiteFile, base: Path) -> ModuleType:
    """Run a file as a module of a name of its own: the same content at the same place is imported once."""
    path = base / file.name
    name = f"rlvr_foreign_{sha256(f'{path}:{file.digest}'.encode()).hexdigest()[:16]}"
    known = sys.modules.get(name)
    if known is not None:
        return known
    spec = spec_from_file_location(name, path)
    if spec is None:
        raise ImportError(f"{file.name} is no Python file")
    module = module_from_spec(spec)
    lines_of_files[str(path)] = (len(file.content), None, file.text.splitlines(keepends=True), str(path))
    sys.modules[name] = module
    try:
        exec(compile(file.content, str(path), "exec"), vars(module))  # noqa: S102  # the user's own reward function
    except BaseException:
        del sys.modules[name]
        raise
    return module


def _offers(module: ModuleType) -> str:
    own = [
        name
        for name, value in vars(module).items()
        if callable(value) and not name.startswith("_") and getattr(value, "__module__", None) == module.__name__
    ]
    return f"; it has: {', '.join(own[:20])}" if own else ""


def _line_of(error: BaseException) -> str:
    traceback = error.__traceback__
    where = ""
    while traceback is not None:
        where = f" ({traceback.tb_frame.f_code.co_filename}:{traceback.tb_lineno})"
        traceback = traceback.tb_next
    return "" if isinstance(error, SyntaxError) else where
