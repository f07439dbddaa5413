"""Lists, dicts and sets that a module of the submission holds by a name which the tests read.

The tests look at the same object before and after a call, such as a registry or a log, and may empty it. So the tests'
copy has the content that the submission's has now, after each request, and the other way round before each request.
"""

from __future__ import annotations

from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Callable, Sequence
from typing import Any

from rlvr_code.wire.values import Token

CHANGEABLE = (list, dict, set, deque, defaultdict, Counter, OrderedDict)
# Each costs a request in each request of the tests.
_NAMES_LIMIT = 8


class Shared:
    """The values by their names.

    Args:
        request: Asks the process of the submission.
        encode: Writes a value of the tests.
        decode: Reads a value of the submission.
    """

    def __init__(
        self,
        request: Callable[[str, Sequence[Token]], Sequence[Token]],
        encode: Callable[[object], list[Token]],
        decode: Callable[[Sequence[Token]], Any],
    ) -> None:
        self._request = request
        self._encode = encode
        self._decode = decode
        self._values: dict[str, Any] = {}
        self._known: dict[str, list[Token]] = {}

    def __bool__(self) -> bool:
        return bool(self._values)

    def value(self, name: str, value: Any) -> Any:
        """Return the one value of a name, with the content that it has now."""
        if type(value) not in CHANGEABLE:
            self._values.pop(name, None)
            return value
        known = self._values.get(name)
        if type(known) is type(value):
            replace_content(known, value)
            value = known
        elif len(self._values) >= _NAMES_LIMIT:
            return value
        self._values[name] = value
        self._known[name] = self._encode(value)
        return value

    def send(self) -> None:
        """Give the submission the content that the tests have changed."""
        for name, value in self._values.items():
            tokens = self._encode(value)
            if tokens != self._known[name]:
                self._known[name] = tokens
                self._request("change", (name, *tokens))

    def take(self) -> None:
        """Take the content that the submission has changed."""
        for name in list(self._values):
            self.value(name, self._decode(self._request("name", (name,))))


def replace_content(mine: Any, content: Any) -> None:
    """Give a list, a dict, a set or a deque the content of another one."""
    if isinstance(mine, list):
        mine[:] = content
    elif isinstance(mine, deque):
        items = list(content)
        mine.clear()
        mine.extend(items)
    else:
        items = content.copy()
        mine.clear()
        mine.update(items)
