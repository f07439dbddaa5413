"""Whether a text stands by a call: denied, taken back and quoted calls are not made."""

from __future__ import annotations

import re

from rlvr import polarity_at

# The words that deny a call or take it back stand close to it.
AROUND_LIMIT_CHARACTERS = 600
# Words that introduce an example, in the line before the call; the core knows "for example" as a whole phrase.
_ABBREVIATED = r"(?:e\. ?g\.|z\. ?B\.|p\. ?ex\.)\W{0,9}"
_SPELLED = r"(?:example|beispiel|exemple|ejemplo|esempio|exemplo|voorbeeld|пример|would look like)(?!\w)[^\n.!?]{0,40}"
_EXAMPLE = re.compile(
    rf"(?<!\w)(?:{_ABBREVIATED}|{_SPELLED})\s{{0,9}}\Z|(?:例|例え|예)[^\n。]{{0,20}}\Z", re.IGNORECASE
)
# Words before a call that forbid it or imagine it, and words behind it that drop it.
_NOT_MADE = re.compile(
    r"(?:\b(?:do not|don['’]t|never|must not|should not) (?:run|execute|call|send|make|use|invoke|issue|copy)\b"
    r"[^\n.!?]{0,60}|\bif\b[^\n.!?]{0,80}\b(?:would|could|might)\b[^\n.!?]{0,40}|\bconsidered\W{0,9}(?:calling\W{0,9})?"
    r"|(?:\A|\n)[ \t]{0,3}>[ \t]?)\Z"
    # How not to do it, what another one wrote, a question that waits for leave, a label, a turn of the user.
    r"|\bhow (?:not|never) to\b[^\n.!?]{0,60}\Z"
    r"|\b(?:assistant|model|agent|someone|somebody|colleague|he|she|they)"
    r" (?:wrote|said|tried|proposed|suggested|emitted)"
    r"\W{0,4}(?:this|the following)?\W{0,4}\Z"
    r"|\b(?:should|shall|may|can|could) (?:I|we|this|that|it)\b[^\n.!?]{0,60}\?[ \t]{0,3}\Z"
    r"|\b(?:fake|dummy|sample|hypothetical|imaginary|mock|incorrect|wrong|bad) (?:call|request|output|json)\W{0,4}\Z"
    r"|(?:\A|\n)[ \t]{0,8}(?-i:while|for|with|if|elif|else|try|except|finally|def|class|async)\b[^\n]{0,80}:[ \t]{0,8}"
    r"\n[ \t]{1,16}\Z"
    r"|(?:\A|\n)[ \t*#]{0,4}(?:user|human|system)[*]{0,2}[ \t]?:[*\s]{0,4}\Z",
    re.IGNORECASE,
)
# Words right behind a call that call it an example, or wrong.
_JUDGED = re.compile(
    r"\W{0,9}(?:is|was|would be|shows?)(?: (?:just|only|merely))? (?:an?|the|how) (?:\w{1,20} ){0,2}"
    r"(?:example|sample|illustration|template|placeholder|mistake)\b"
    r"|\W{0,9}(?:but |which |and )?(?:that |this |it )?(?:is|was) (?:wrong|incorrect|invalid|a mistake|not right)\b",
    re.IGNORECASE,
)
_DROPPED = re.compile(
    r"\W{0,9}(?:but )?(?:I |we )?(?:(?:have |then )?(?:decided|chose|opted) (?:against|not to)|changed my mind)\b",
    re.IGNORECASE,
)
# Words before a call in the same sentence that offer it, ask for leave, or tell the reader to make it.
_OFFERED = re.compile(
    r"\b(?:(?:if|once|when|unless|as soon as) (?:you|we)|(?:before|until) (?:you|we|I))\b[^\n.!?:]{0,80}[ \t`\"'(]\Z"
    r"|\b(?:you|I|we|users?|one|he|she|they) (?:can|could|may|might|would)\b[^\n.!?:]{0,80}[ \t`\"'(]\Z"
    r"|\b(?:manual|docs|documentation|reference|specification)\b[^\n.!?:]{0,40}[ \t`\"'(]\Z"
    r"|\b(?:should|shall|may|can) I\b[^\n.!?:]{0,60}[ \t`\"'(]\Z"
    r"|\b(?:let me know|just say|want me to|would like me to|like me to)\b[^\n.!?:]{0,60}[ \t`\"'(]\Z"
    r"|\b(?:function|call|syntax|command|usage)\b[^\n.!?]{0,30}\b(?:looks? like|would be|reads)\b[^\n.!?]{0,20}\Z",
    re.IGNORECASE,
)
# Words right behind a call in a sentence: it waits for something, or is not made after all.
_AWAITED = re.compile(
    r"[`\"')]{0,3},?[ \t]{1,3}(?:(?:if|once|after|when|unless|as soon as) (?:you|we)\b|(?:but|yet) (?:I|we)(?:['’]| )"
    r"(?:wo|ca|do|did|have|would|will|can|shall)[ ]?(?:not\b|n['’]t\b)|nicht\b|niet\b|ikke\b|inte\b"
    r"|(?:would|could|might|can) \w|(?:is|was)(?: not|n['’]t) (?:needed|necessary|required|called|run)\b)",
    re.IGNORECASE,
)
# The next sentence asks for leave.
_LEAVE_ASKED = re.compile(
    r"[`\"')]{0,3}[.!]?\s{1,3}(?:(?:shall|should|may|can) I|(?:do you want|would you like) me to|is it o\.?k\.? to)\s"
    r"(?:go ahead|proceed|continue|(?:run|call|use|execute|send|make|do|try) (?:it|that|this))\b[^\n.!?]{0,60}\?",
    re.IGNORECASE,
)
# Marks around a call that hide it or strike it out, and the fence of a block, which is not what is quoted.
_HIDDEN = (("<!--", "-->"), ("~~", "~~"), ("<s>", "</s>"), ("<del>", "</del>"))
_FENCE_BEFORE, _FENCE_BEHIND = re.compile(r"(?:`{3,}|~{3,})\w{0,20}\s{0,9}\Z"), re.compile(r"\s{0,9}(?:`{3,}|~{3,})")
_CLOSING_QUOTES = {'"': '"', "'": "'", "“": "”", "„": "“", "‘": "’", "«": "»", "「": "」", "『": "』"}


def is_made(text: str, start: int, end: int) -> bool:
    """Return False if the words around a call deny it, take it back, or only mention it.

    The core's reading of stated answers decides, in all its languages; it sees a plain number in place of the call.
    """
    before = text[max(0, start - AROUND_LIMIT_CHARACTERS) : start]
    behind = text[end : end + AROUND_LIMIT_CHARACTERS]
    if not before.strip() and not behind.strip():
        return True
    before, behind = _FENCE_BEFORE.sub("", before), _FENCE_BEHIND.sub("", behind, count=1)
    opening, closing = before[-1:], behind[:1]
    if opening and _CLOSING_QUOTES.get(opening) == closing:
        return False
    if any(before.rstrip().endswith(mark) and behind.lstrip().startswith(end) for mark, end in _HIDDEN):
        return False
    if _EXAMPLE.search(before) or _NOT_MADE.search(before):
        return False
    if any(each.match(behind) for each in (_DROPPED, _LEAVE_ASKED, _JUDGED)):
        return False
    in_sentence = before.rpartition("\n")[2].strip() != ""
    if (in_sentence and _OFFERED.search(before)) or _AWAITED.match(behind):
        return False
    behind = _FIGURE.sub("n", behind.lower())
    text_around = f"{before}{_PLACEHOLDER}{behind}"
    polarity = polarity_at(text_around, len(before), len(before) + len(_PLACEHOLDER))
    return polarity not in {"denied", "mention", "retracted"} and not (in_sentence and polarity == "questioned")


_PLACEHOLDER = "42"
# Another value behind an answer replaces it; a figure behind a call, such as its result, does not.
_FIGURE = re.compile(r"\d[\d.,]*+")
