"""The rows to label as one HTML file, which works without a network and exports the labels."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

from rlvr.runs import RunFolder, RunRow
from rlvr_lab.label.session import is_label_of
from rlvr_lab.label.showing import blocks_of
from rlvr_lab.labels import Label, key_of
from rlvr_lab.page.document import make_document
from rlvr_lab.page.visible import visible


def label_page(
    folder: RunFolder, rows: Sequence[RunRow], known: Sequence[Label], labeller: str, *, show_reward: bool
) -> str:
    """Return an HTML file that shows rows one by one, takes labels by keys, and exports them as JSON lines.

    Args:
        folder: The run.
        rows: Its rows to label.
        known: Labels that exist already; the page goes on after those of its labeller.
        labeller: The name of the person, which can be changed in the page.
        show_reward: Whether rewards and reasons are shown.
    """
    data = {
        "rows": [
            {
                "id": key_of(row.id),
                "position": row.position,
                "sample": row.sample,
                "blocks": [(visible(name), visible(text)) for name, text in blocks_of(row, show_reward=show_reward)],
            }
            for row in rows
        ],
        "known": [
            {"row": number, "label": float(label.label), "note": label.note, "labeller": label.labeller}
            for label in known
            for number, row in enumerate(rows)
            if is_label_of(label, row)
        ],
        "labeller": labeller,
        # Labels of other rows, or of answers by another suite, are others.
        "key": sha256("".join([folder.manifest.fingerprint, *map(_place_of, rows)]).encode()).hexdigest(),
    }
    context = {"name": folder.path.name, "fingerprint": folder.manifest.fingerprint}
    return make_document("label.html", context, data, "label.js")


def _place_of(row: RunRow) -> str:
    return f"{key_of(row.id)} {row.position} {row.sample} {row.completion!r}\n"
