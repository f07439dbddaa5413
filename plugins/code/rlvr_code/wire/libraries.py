"""NumPy and pandas for submissions, where a suite lists them."""

from __future__ import annotations

import contextlib
import importlib
from collections.abc import Callable, Sequence
from typing import Any

LIBRARY_FILES: dict[str, frozenset[str]] = {
    name: frozenset(names.split())
    for name, names in {
        "numpy": "load save savez savez_compressed loadtxt savetxt genfromtxt fromfile memmap fromregex show_config",
        "pandas": """
            ExcelFile ExcelWriter HDFStore eval read_clipboard read_excel read_feather read_fwf read_gbq read_hdf
            read_html read_iceberg read_json read_orc read_parquet read_pickle read_sas read_spss read_sql
            read_sql_query read_sql_table read_stata read_table read_xml show_versions test to_pickle
        """,
    }.items()
}
"""Names that look at files or run source."""

_PARTS = {
    "numpy": "numpy numpy.linalg numpy.random numpy.fft numpy.ma numpy.polynomial numpy.testing numpy.typing",
    "pandas": "pandas pandas.api.types pandas.testing",
}


def with_needed(libraries: Sequence[str]) -> tuple[str, ...]:
    """Return libraries with the ones that they are made of: pandas gives arrays of NumPy."""
    return tuple(dict.fromkeys(["numpy", *libraries] if "pandas" in libraries else libraries))


def library_modules(libraries: Sequence[str]) -> list[str]:
    """Return the modules of libraries that submissions may import."""
    return [module for name in with_needed(libraries) for module in _PARTS[name].split()]


def rehearse_libraries(libraries: Sequence[str]) -> None:
    """Use libraries once: some of their parts are imported at first use, which a sealed process cannot do."""
    for name in with_needed(libraries):
        for use in _USES[name](importlib.import_module(name)):
            with contextlib.suppress(Exception):  # a version without it
                use()


def _uses_of_numpy(numpy: Any) -> list[Callable[[], Any]]:
    array = numpy.arange(4.0).reshape(2, 2)
    return [
        lambda: (repr(array), str(array.astype("O")), array.tolist(), array.mean(), array.std(), array.max()),
        lambda: (numpy.median(array), numpy.percentile(array, 50), numpy.unique(array), numpy.sort(array)),
        lambda: (numpy.linalg.solve(array, array), numpy.fft.fft(array), numpy.einsum("ij->i", array)),
        lambda: (numpy.array(["a", "b"]).astype("U3"), numpy.datetime64("2020-01-01").astype("M8[D]")),
        lambda: (numpy.random.seed(0), numpy.random.default_rng(0).normal(size=2)),
        lambda: (numpy.concatenate([array, array]), numpy.vectorize(abs)(array), numpy.allclose(array, array)),
        lambda: numpy.ma.masked_array([1], [0]).sum(),
    ]


def _uses_of_pandas(pandas: Any) -> list[Callable[[], Any]]:
    frame = pandas.DataFrame({"a": [1, 2, 2], "b": ["x", "y", "z"], "c": pandas.date_range("2020-01-01", periods=3)})
    return [
        lambda: (repr(frame), frame.to_csv(), frame.to_dict("records"), frame.describe(), frame.isna().sum()),
        lambda: (frame.groupby("a")["c"].agg(["min", "max"]), frame.merge(frame, on="a"), frame.sort_values("b")),
        lambda: frame.pivot_table(index="a", values="b", aggfunc="count"),
        lambda: (frame["b"].str.upper(), frame["c"].dt.year, frame["b"].astype("category").cat.codes),
        lambda: (frame.apply(lambda row: row["a"], axis=1), frame.drop_duplicates("a"), frame["a"].rolling(2).mean()),
        lambda: (pandas.concat([frame, frame]), frame.iloc[0], pandas.to_datetime(["2020-01-01"])),
    ]


_USES: dict[str, Callable[[Any], list[Callable[[], Any]]]] = {"numpy": _uses_of_numpy, "pandas": _uses_of_pandas}
