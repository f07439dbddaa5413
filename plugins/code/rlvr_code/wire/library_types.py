"""How values of libraries travel: as data, like plain values.

A type is looked up where its library is imported. Only the standard library's are imported to read a value: a
submission cannot have the scorer import NumPy.
"""

from __future__ import annotations

import importlib
import re
import sys
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

# An array may hold a million parts; a text in it takes four bytes for each character of the longest one.
_ARRAY_BYTES = 256 << 20
_DTYPE = re.compile(r"[<>|=]?(?:b1|[iu][1248]|f[248]|c8|c16|[US][0-9]{1,7}|O|[mM]8(?:\[[0-9]{0,3}[A-Za-z]{1,2}\])?)")
_PANDAS_DTYPE = re.compile(r"[A-Za-z0-9\[\], /_+:-]{1,60}")
_SCALARS = frozenset({bool, int, float, complex, str, bytes})


class UnreadableError(ValueError):
    """A value of a type that travels, which does not."""


class Codec(NamedTuple):
    """How a type travels: its parts, their types (None for any), and back."""

    parts: Callable[[Any], Sequence[Any]]
    types: tuple[type | None, ...]
    make: Callable[..., Any]


class _Library(NamedTuple):
    """Where a type is, and how it travels."""

    module: str
    name: str
    codec: Codec


def _numpy() -> Any:
    return sys.modules["numpy"]


def _pandas() -> Any:
    return sys.modules["pandas"]


def _array_parts(array: Any) -> Sequence[Any]:
    text = array.dtype.str
    if _DTYPE.fullmatch(text) is None:
        raise UnreadableError(f"an array of dtype {array.dtype}")
    flat = array.reshape(-1)
    items = flat.view("i8") if array.dtype.kind in "mM" else flat
    return (text, array.shape, list(flat) if array.dtype.kind == "O" else items.tolist())


def _array(text: str, shape: tuple[int, ...], items: list[Any]) -> Any:
    numpy = _numpy()
    if _DTYPE.fullmatch(text) is None:
        raise ValueError("an unknown dtype")
    dtype = numpy.dtype(text)
    if not all(type(each) is int and each >= 0 for each in shape):
        raise ValueError("a shape of other lengths")
    if dtype.itemsize * len(items) > _ARRAY_BYTES:
        raise ValueError("an array of too many bytes")
    if dtype.kind == "O":
        array = numpy.empty(len(items), dtype)
        for position, item in enumerate(items):
            array[position] = item
    elif not all(type(item) in _SCALARS for item in items):
        raise ValueError("an array of other items")
    elif dtype.kind in "mM":
        array = numpy.array(items, "i8").view(dtype)
    else:
        array = numpy.array(items, dtype)
    return array.reshape(shape)


def _scalar_parts(scalar: Any) -> Sequence[Any]:
    text, _, items = _array_parts(_numpy().asarray(scalar))
    return (text, items)


def _scalar(text: str, items: list[Any]) -> Any:
    return _array(text, (), items)[()]


def _index_parts(index: Any) -> Sequence[Any]:
    if isinstance(index, _pandas().MultiIndex):
        return ("multi", list(index), list(index.names))
    if isinstance(index, _pandas().RangeIndex):
        return ("range", range(index.start, index.stop, index.step), index.name)
    return (str(index.dtype), index.to_numpy(), index.name)


def _index(dtype: str, values: Any, name: Any) -> Any:
    pandas = _pandas()
    if dtype == "multi":
        return pandas.MultiIndex.from_tuples(values, names=name)
    if dtype == "range":
        return pandas.RangeIndex(values, name=name)
    return pandas.Index(values, dtype=_known_dtype(dtype), name=name)


def _known_dtype(dtype: str) -> str:
    if _PANDAS_DTYPE.fullmatch(dtype) is None:
        raise ValueError("an unknown dtype")
    return dtype


def _series_parts(series: Any) -> Sequence[Any]:
    return (series.to_numpy(), str(series.dtype), series.index, series.name)


def _series(values: Any, dtype: str, index: Any, name: Any) -> Any:
    return _pandas().Series(values, index=index, dtype=_known_dtype(dtype), name=name)


def _frame_parts(frame: Any) -> Sequence[Any]:
    columns = [frame.iloc[:, position] for position in range(frame.shape[1])]
    return (frame.columns, frame.index, [each.to_numpy() for each in columns], [str(each.dtype) for each in columns])


def _frame(columns: Any, index: Any, values: list[Any], dtypes: list[Any]) -> Any:
    numbered = zip(values, dtypes, strict=True)
    made = {number: _series(each, dtype, index, None) for number, (each, dtype) in enumerate(numbered)}
    frame = _pandas().DataFrame(made, index=index)
    frame.columns = columns
    return frame


def _moment_parts(moment: Any) -> Sequence[Any]:
    return (moment.value, moment.unit, None if moment.tz is None else str(moment.tz))


def _moment(value: int, unit: str, zone: str | None) -> Any:
    naive = _pandas().Timestamp(value, unit="ns").as_unit(unit)
    return naive if zone is None else naive.tz_localize("UTC").tz_convert(zone)


def _element_parts(element: Any) -> Sequence[Any]:
    if not isinstance(element.tag, str):
        raise UnreadableError("a comment or an instruction")
    return (element.tag, dict(element.attrib), element.text, element.tail, list(element))


def _element(tag: str, attributes: dict[str, Any], text: Any, tail: Any, children: list[Any]) -> Any:
    from xml.etree.ElementTree import Element

    element = Element(tag, attributes)
    element.text, element.tail = text, tail
    element.extend(children)
    return element


def _namespace(values: dict[str, Any]) -> Any:
    return sys.modules["argparse"].Namespace(**values)


def _random(state: tuple[Any, ...]) -> Any:
    generator = sys.modules["random"].Random()
    generator.setstate(state)
    return generator


def _uuid(number: int) -> Any:
    return sys.modules["uuid"].UUID(int=number)


_ELEMENT = Codec(_element_parts, (str, dict, None, None, list), _element)
_LIBRARIES: dict[str, _Library] = {
    f"{each.module}.{each.name}": each
    for each in (
        _Library("xml.etree.ElementTree", "Element", _ELEMENT),
        _Library("argparse", "Namespace", Codec(lambda x: (dict(vars(x)),), (dict,), _namespace)),
        _Library("random", "Random", Codec(lambda x: (x.getstate(),), (tuple,), _random)),
        _Library("uuid", "UUID", Codec(lambda x: (x.int,), (int,), _uuid)),
        _Library("numpy", "ndarray", Codec(_array_parts, (str, tuple, list), _array)),
        _Library("numpy", "generic", Codec(_scalar_parts, (str, list), _scalar)),
        _Library("pandas", "Index", Codec(_index_parts, (str, None, None), _index)),
        _Library("pandas", "Series", Codec(_series_parts, (None, str, None, None), _series)),
        _Library("pandas", "DataFrame", Codec(_frame_parts, (None, None, list, list), _frame)),
        _Library("pandas", "Timestamp", Codec(_moment_parts, (int, str, None), _moment)),
        _Library("pandas", "Timedelta", Codec(lambda x: (x.value,), (int,), lambda x: _pandas().Timedelta(x))),
        _Library("pandas", "NaT", Codec(lambda _: (), (), lambda: _pandas().NaT)),
        _Library("pandas", "NA", Codec(lambda _: (), (), lambda: _pandas().NA)),
    )
}
_ROOTS = frozenset(each.module.split(".")[0] for each in _LIBRARIES.values())
_STANDARD = frozenset({"xml", "argparse", "random", "uuid"})
_known: dict[type, tuple[str, Codec]] = {}


def named_codec_of(kind: type) -> tuple[str, Codec] | None:
    """Return how a type of a library travels, and its name on the way; None for other types."""
    known = _known.get(kind)
    if known is None and str(getattr(kind, "__module__", "")).split(".")[0] in _ROOTS:
        for name, library in _LIBRARIES.items():
            found = getattr(sys.modules.get(library.module), library.name, None)
            if found is not None and _is_of(kind, found, library):
                known = _known[kind] = name, library.codec
                break
    return known


def _is_of(kind: type, found: Any, library: _Library) -> bool:
    if not isinstance(found, type):
        return kind is type(found)
    if library.name == "generic":  # one class for each dtype
        return issubclass(kind, found) and kind is getattr(_numpy(), kind.__name__, None)
    if library.name == "Index":  # its subclasses say how the values are kept
        return issubclass(kind, found)
    return kind is found


def codec_named(name: str) -> Codec | None:
    """Return how a type of this name travels; None if it is unknown, or its library is not imported here."""
    library = _LIBRARIES.get(name)
    if library is None:
        return None
    if library.module.split(".")[0] in _STANDARD:
        importlib.import_module(library.module)
    return library.codec if library.module in sys.modules else None
