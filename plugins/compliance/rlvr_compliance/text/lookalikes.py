"""Letters that print as Latin ones: Cyrillic, Greek, Armenian, phonetic; boxed ones and small capitals."""
# ruff: noqa: RUF001  # what looks alike is what this table is of

from __future__ import annotations

# Each beside the Latin letter that it looks like; Unicode's table of confusables (UTS #39) lists them.
_PAIRS = (
    "аa АA вb ВB сc СC ԁd еe ЕE һh НH іi ІI јj ЈJ кk КK ӏl ӀI мm МM пn оo ОO рp РP ԛq гr ѕs ЅS тt ТT уy УY ѵv ԝw хx ХX"
    " αa ΑA βb ΒB ςc εe ΕE Ηh ιi ΙI κk ΚK Μm νv ΝN οo ΟO ρp ΡP σo τt ΤT υu ΥY χx ΧX ωw γy ΖZ ηn"
    " օo սu ոn հh ցg յj ıi ɩi ɑa ɡg"
)
TWINS = {ord(pair[0]): pair[1] for pair in _PAIRS.split()}
"""Letters of other scripts, by their code point: what they look like; some are right in words of their own script."""

_SMALL_CAPITALS = "ᴀa ʙb ᴄc ᴅd ᴇe ꜰf ɢg ʜh ɪi ᴊj ᴋk ʟl ᴍm ɴn ᴏo ᴘp ꞯq ʀr ꜱs ᴛt ᴜu ᴠv ᴡw ʏy ᴢz"
ORNATE = {start + at: chr(97 + at) for start in (0x1F150, 0x1F170, 0x1F1E6) for at in range(26)} | {
    ord(pair[0]): pair[1] for pair in _SMALL_CAPITALS.split()
}
"""Letters in boxes and rings, and small capitals: they have no compatibility form and belong to no word."""
