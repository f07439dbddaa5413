"""The report of an attack as one HTML file."""

from __future__ import annotations

from rlvr_lab.attack.attacking import Attacked, as_json
from rlvr_lab.page.document import make_page


def attack_page(attacked: Attacked, before: Attacked | None) -> str:
    """Return the findings of an attack as an HTML file that opens without a network."""
    document = as_json(attacked, before)
    return make_page("attack.html", {"baseline": None, **document})
