"""Names of the standard library that judges such as LeetCode import for each submission."""

from __future__ import annotations

import importlib
import re

from rlvr_code.trusted.lexical import names_bound_in, names_used_in

# The imports of LiveCodeBench, APPS, verl's ``prime_code`` and LeetCode; each name from one module.
_NAMES = {
    name: module
    for module, names in {
        "typing": "Any Callable DefaultDict Deque Dict FrozenSet Generator Generic Iterable Iterator List Literal "
        "Mapping NamedTuple Optional Sequence Set Tuple Type TypeVar Union",
        "collections": "Counter OrderedDict defaultdict deque namedtuple",
        "heapq": "heapify heappop heappush heappushpop heapreplace nlargest nsmallest",
        "bisect": "bisect bisect_left bisect_right insort insort_left insort_right",
        "functools": "cache cached_property cmp_to_key lru_cache partial reduce total_ordering wraps",
        "itertools": "accumulate chain combinations combinations_with_replacement compress count cycle dropwhile "
        "groupby islice pairwise permutations product repeat starmap takewhile zip_longest",
        "math": "acos asin atan atan2 ceil comb cos degrees dist e exp factorial floor fsum gcd hypot inf isclose "
        "isqrt lcm log log10 log2 nan perm pi prod radians sin sqrt tan",
        "operator": "add and_ itemgetter attrgetter mul or_ sub truediv xor",
        "string": "ascii_letters ascii_lowercase ascii_uppercase digits punctuation",
        "random": "choice choices randint randrange sample shuffle",
        "copy": "copy deepcopy",
        "sortedcontainers": "SortedDict SortedList SortedSet",
        "fractions": "Fraction",
        "decimal": "Decimal",
        "datetime": "date datetime timedelta",
        "io": "BytesIO StringIO",
    }.items()
    for name in names.split()
}  # fmt: skip
_MODULES = frozenset(
    """
    bisect collections copy datetime decimal fractions functools heapq io itertools json math operator os random re
    statistics string sys time typing
    """.split()
)


def imports_for(source: str, entry: str) -> str:
    """Return the imports of these names that a submission uses, and does not bind itself.

    What the tests call is never one of them: ``operator.add`` is no answer to a task that asks for ``add``.
    """
    asked = {step.removesuffix("()") for step in entry.split(".")}
    absent = names_used_in(source) - names_bound_in(source) - asked
    modules = {name for name in absent & _MODULES if name not in _NAMES or _is_module(name, source)}
    lines = [f"from {_NAMES[name]} import {name}" for name in absent & _NAMES.keys() - modules]
    lines += [f"import {name}" for name in modules]
    return "\n".join(sorted(lines))


def _is_module(name: str, source: str) -> bool:
    """Return True if a source reads attributes of a name, such as ``bisect.bisect_left``, that its module alone has."""
    found = getattr(importlib.import_module(_NAMES[name]), name)
    return any(not hasattr(found, each) for each in re.findall(rf"(?<![\w.]){name}\.(\w+)", source))
