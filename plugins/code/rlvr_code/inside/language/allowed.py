"""What submissions may import, name, define and read."""

from __future__ import annotations

# Harmless modules of the standard library that programs for judges use, and one that they all know.
DEFAULT_MODULES: tuple[str, ...] = tuple(
    """
    __future__ abc argparse array ast asyncio atexit base64 binascii bisect builtins calendar cmath codecs collections
    collections.abc colorsys concurrent.futures contextlib copy csv dataclasses datetime decimal difflib doctest
    enum fileinput fnmatch fractions functools gc graphlib hashlib heapq hmac html io ipaddress itertools json
    keyword logging math numbers operator os os.path pathlib pprint pytest queue random re reprlib resource secrets
    sortedcontainers statistics string struct sys textwrap threading time timeit traceback types typing unicodedata
    unittest unittest.mock uuid warnings weakref xml.etree.ElementTree zlib
    """.split()
)

# Imported by the standard library when it is first used, by a name that no submission can write.
IMPLICIT_MODULES: tuple[str, ...] = tuple(
    """
    _strptime _pydatetime _pydecimal _collections_abc encodings.idna encodings.latin_1 encodings.ascii
    encodings.utf_16 encodings.utf_32 encodings.utf_8_sig encodings.cp1252 encodings.unicode_escape
    encodings.raw_unicode_escape encodings.hex_codec encodings.base64_codec encodings.rot_13
    encodings.punycode stringprep locale encodings.utf_7 encodings.utf_16_le encodings.utf_16_be encodings.utf_32_le
    encodings.utf_32_be encodings.zlib_codec encodings.quopri_codec encodings.koi8_r encodings.koi8_u
    encodings.mac_roman encodings.cp437 encodings.cp850 encodings.cp866
    """.split()
) + tuple(f"encodings.{name}" for name in (
    *(f"cp125{number}" for number in range(9)), *(f"iso8859_{number}" for number in (2, 5, 7, 8, 9, 15)),
))  # fmt: skip

# Special methods that a class may define and code may name: what makes numbers, containers, contexts and callables.
SPECIAL_METHODS: frozenset[str] = frozenset(
    f"__{name}__"
    for name in """
        init new repr str bytes format hash bool lt le eq ne gt ge call len length_hint getitem setitem
        delitem missing iter next reversed contains add sub mul matmul truediv floordiv mod divmod pow
        lshift rshift and or xor radd rsub rmul rmatmul rtruediv rfloordiv rmod rdivmod rpow rlshift rrshift
        rand ror rxor iadd isub imul imatmul itruediv ifloordiv imod ipow ilshift irshift iand ior ixor neg
        pos abs invert complex int float index round trunc floor ceil enter exit aenter aexit aiter anext
        await post_init copy deepcopy sizeof dir get set delete set_name getattr setattr delattr
        init_subclass class_getitem fspath replace
    """.split()
)

SPECIAL_NAMES: frozenset[str] = SPECIAL_METHODS | {
    "__name__", "__doc__", "__file__", "__slots__", "__all__", "__debug__", "__author__", "__version__",
}  # fmt: skip

SPECIAL_ATTRIBUTES: frozenset[str] = SPECIAL_METHODS | {
    "__name__", "__doc__", "__qualname__", "__members__", "__cause__", "__suppress_context__", "__notes__",
}  # fmt: skip

# Read through a guard that looks at what they are read from.
GUARDED_ATTRIBUTES: frozenset[str] = frozenset(
    {"__class__", "__dict__", "__module__", "mro", "format", "format_map", "register"}
)

# The guards' own names, and those that other users of RestrictedPython give theirs.
RESERVED_NAMES: frozenset[str] = frozenset({
    "_getattr_", "_getitem_", "_getiter_", "_write_", "_print_", "_print", "_inplacevar_", "_apply_",
    "_unpack_sequence_", "_iter_unpack_sequence_", "__metaclass__", "_convert_",
})  # fmt: skip
