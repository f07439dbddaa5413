"""Recognise a completion without content: symbols, or only words that announce an answer.

Such texts are "master keys": judges of all sizes call many of them right.
Source: Zhao et al., One Token to Fool LLM-as-a-Judge, https://arxiv.org/abs/2507.08794.
"""

from __future__ import annotations

import re

from rlvr_judge.neutral import printed

# Longer texts of these words only are not written.
OPENER_LIMIT_CHARACTERS = 2_000
_WORD = re.compile(r"[^\W_]+")
_OPENERS = frozenset(
    """
    a about all alright an analysis and answer approach begin below break by can carefully certainly chain check chat
    clearly completion conclusion course detail detailed down essay evaluate explain explanation final finally
    find first following follows for from full given great have help here hmm i in is it its let lets ll logically look
    me moment my now of off ok okay our output post problem proceed process question quick reason reasoning reply
    response result review s sense shall so solution solve start started starting step steps story summary sure
    task text the then think thinking this thought thoughts through to together try understand us very ve want we
    well what will with work working would wow you your

    respuesta solución solucion proceso pensamiento vamos a resolver este problema paso por respuesta final
    réponse reponse solution processus de réflexion résolvons ce problème étape
    antwort lösung losung gedankengang schritt für lassen sie uns dieses lösen
    risposta soluzione resposta solução ответ решение размышление шаг за шагом
    解 解答 答案 答 思考过程 思考 让我们一步一步来思考 让我们逐步解决这个问题 解决方案 かいせつ 解説 回答 答え 풀이 해설 정답 답변
    الحل الإجابة उत्तर समाधान çözüm cevap
    """.split()
)


def has_content(text: str) -> bool:
    """Return whether a text says anything beyond symbols and words that announce an answer."""
    shown = printed(text)
    if len(shown) > OPENER_LIMIT_CHARACTERS:
        return _WORD.search(shown) is not None
    return not {word.casefold() for word in _WORD.findall(shown)} <= _OPENERS
