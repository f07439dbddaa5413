"""One kind of secret: its form, and what tells it from a placeholder."""

from __future__ import annotations

import msgspec

EDGE = r"(?:^|[^\w-])"
END = r"(?:$|[^\w-])"
UUID = r"[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}"


class SecretKind(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of secret.

    Attributes:
        name: Its name in reasons and evidence.
        pattern: Its pattern; group 1 is the secret.
        hint: A pattern without repetitions that matches in every text with such a secret, so that one search for all
            hints decides which patterns run.
        entropy: The least bits per character; 0.0 also accepts values that look like placeholders.
        check: The name of a function in ``opaque.CHECKS`` that confirms a value; "" for none.
        source: The page that documents the form.
    """

    name: str
    pattern: str
    hint: str
    entropy: float = 0.0
    check: str = ""
    source: str = ""
