"""The words that decide whether a text states, denies, hedges or corrects an answer, in thirteen languages.

The language of a text is never detected: every word is looked up in all languages.
A cue is a class of words; a phrase of several words is one entry.
Words of scripts with spaces are compared as whole words, those of other scripts as substrings.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import accumulate, pairwise
from operator import attrgetter
from typing import Literal, TypeAlias, get_args

import msgspec

from rlvr.patterns import lazy_pattern, lazy_table

CueKind: TypeAlias = Literal[
    "harmless",  # a phrase of negation that denies nothing: "no doubt"
    "negation",
    "wrong",  # a judgement: "wrong", "false", "a mistake"
    "right",
    "excluding",  # "except", "rule out"
    "hedge",
    "modal",
    "doubting",  # a verb or state of doubt: "I doubt", "not sure"
    "reporting",  # somebody else says it
    "past",  # a belief that is over: "at first I thought"
    "mention",  # the answer's form is spoken of
    "condition",
    "question",
    "correcting",  # opens a correction: "actually", "wait"
    "waiting",  # the same, and a doubt if nothing follows
    "refusing",  # "no", "nope" as a sentence of its own
    "retracting",  # takes back what was said: "just kidding"
    "adding",  # "also", "equally"
    "confirming",
    "or",
    "that",  # a complementizer
    "pronoun",  # points back to the answer: "that", "it"
    "boundary",  # starts a new clause: "so", "but"
    "verb",  # a finite verb, which ends the reach of a negation
    "label",  # before a colon: what follows is no answer: "Example:"
    "unable",  # the author says that the answer is not known to them
]

_UNABLE = tuple(
    f"i {unable} {verb}"
    for unable in ("cannot", "can not", "could not", "not", "do not", "am unable to", "am not able to", "m unable to")
    for verb in ("determine", "solve", "answer", "compute", "calculate", "tell", "know", "find the", "figure")
)

ALL_KINDS: frozenset[CueKind] = frozenset(get_args(CueKind))

WORDS: dict[CueKind, str] = {
    "label": """
        example, examples, an example, for example, e g, sample, a sample, placeholder, a placeholder, template, dummy,
        hypothetically, hypothetical, format, expected format, output format, ignore this, ignore the following, disregard this,
        disregard the following, skip this, forget this, for testing, test output, todo, fixme, tbd,
        beispiel, zum beispiel, platzhalter, ejemplo, por ejemplo, exemple, par exemple, exemplo, por exemplo, пример, например,
        esempio, per esempio, ad esempio, voorbeeld, bijvoorbeeld, 例, 例如, 比如, 示例, 例えば, 예, 예시, 예를 들어, उदाहरण, مثال, مثلا
    """,
    "unable": f"{', '.join(_UNABLE)}, unable to determine, unable to solve, not able to determine, not able to solve",
    "harmless": """
        in other words, in words, no doubt, without doubt, without a doubt, without any doubt, beyond doubt, beyond any doubt, beyond a doubt,
        not hard, not difficult, not surprising, not surprisingly, not only, no other, none other than, nothing else but,
        no one else but, nothing but, easy to make a mistake, easy to make an error, cannot be anything but, can not be anything but, can be nothing but,
        cannot be other than, no question, not a coincidence, not until, no more than one way, not to mention,
        no wonder, no fewer, no less than, no surprise, no matter, whether or not, why not,
        most likely, very likely, if and only if, what if, as if, without loss of generality, no later than,
        not just, cannot fail to, could not be clearer, could not be anything but, not in doubt,
        since both, because both, satisfies both, satisfy both, both sides, both conditions, both equations, both cases,
        not hesitate, never hesitate, if needed, if you like, if necessary, if you prefer, if you have, as you can see, if i may,
        kein zweifel, keine zweifel, ohne zweifel, nicht schwer, nicht schwierig, zweifellos, zweifelsohne,
        nicht überraschend, nicht nur, nichts anderes als, keine andere als, kein anderer als, keine frage,
        sin duda, sin ninguna duda, no hay duda, no cabe duda, no es difícil, no es dificil, no solo, no sólo,
        sin lugar a dudas, ni más ni menos, nada más que, no es otra que, no es otro que,
        sans aucun doute, aucun doute, nul doute, pas de doute, pas difficile, non seulement, il n est pas difficile,
        sans le moindre doute, pas surprenant, n est autre que,
        sem dúvida, sem duvida, não há dúvida, nao ha duvida, não é difícil, não só, não apenas, sem sombra de dúvida,
        без сомнения, нет сомнений, вне сомнения, несомненно, не трудно, нетрудно, не сложно, не что иное как,
        не только, без всякого сомнения, нет никаких сомнений, не иначе как,
        senza dubbio, nessun dubbio, senza alcun dubbio, non è difficile, non solo, non c è dubbio, non altro che,
        zonder twijfel, geen twijfel, zonder enige twijfel, niet moeilijk, niet alleen, ongetwijfeld, niets anders dan,
        毫无疑问, 不错, 不只, 无疑, 毋庸置疑, 没有疑问, 不难, 不仅, 不但, 不外乎, 不过是, 正是, 不是别的, 疑いなく, 疑いの余地, 間違いなく, 間違いない,
        まちがいなく, に違いない, に違いあり, にほかならない, ほかなりません, だけでなく, 의심할 여지, 의심의 여지, 틀림없이, 틀림없, 어렵지 않,
        확실히, 뿐만 아니라, 다름 아닌, 다름아닌, निस्संदेह, निःसंदेह, बेशक, कोई संदेह नहीं, मुश्किल नहीं, कठिन नहीं,
        لا شك, بلا شك, بدون شك, دون شك, ليس من الصعب, لا ريب, ليس فقط
    """,
    "negation": """
        not, never, no, neither, nor, cannot, hardly, scarcely, nobody, nothing, none, without, nowhere, far from,
        by no means, in no way, anything but, barely,
        nicht, kein, keine, keiner, keinen, keinem, nie, niemals, niemand, weder, keinesfalls, keineswegs, kaum,
        no, nunca, jamás, ni, tampoco, ningún, ninguna, nadie, apenas, difícilmente,
        pas, jamais, ni, aucun, aucune, nullement, guère, personne, non,
        não, nao, nunca, jamais, nem, nenhum, nenhuma, ninguém, dificilmente,
        не, ни, никогда, нет, вовсе, отнюдь, никак, никто, вряд, едва, нельзя,
        non, mai, né, nessun, nessuna, nessuno, neanche, nemmeno, neppure, affatto,
        niet, geen, nooit, niemand, nergens, geenszins, nauwelijks,
        不是, 并非, 不能, 不可能, 不会, 不等于, 没有, 绝非, 并不, 不应, 不该, 从不, 不要, 决不, 绝不, 非也, 不為, 不为,
        ではない, ではあり, ではなく, でない, じゃない, じゃあり, とは限, わけがない, わけではない, はずがない, とは言えない, ありえない,
        あり得ない, 否,
        아닙니다, 아니다, 아니에요, 아니라, 아니며, 아니고, 아닌, 아녜요, 않, 없, 못, 절대,
        नहीं, न तो, कभी नहीं,         ليس, ليست, لا يمكن, لن, لم, ما هي, غير, لا أعتقد, لا اعتقد, لا أظن, لا تكون, لا يكون, لا يساوي
    """,
    "wrong": """
        wrong, incorrect, false, untrue, mistaken, mistake, mistakes, error, erroneous, invalid, inaccurate, bogus,
        nonsense, fails, fail, failed, misguided, fallacy, impossible, unacceptable, flawed, rubbish, misleading,
        miscalculated, miscalculation, absurd, misconception, distractor, ridiculous, incorrectly, wrongly,
        falsely, mistakenly, out of the question, extraneous, ruled out, excluded, eliminated, rejected, discarded,
        falsch, falsche, falscher, falschen, falsches, unrichtig, inkorrekt, fehler, irrtum, irrig, unwahr, unmöglich,
        fehlerhaft, verkehrt, irrtümlich, fälschlich, unsinn, trugschluss, quatsch, geirrt, ausgeschlossen,
        incorrecto, incorrecta, falso, falsa, equivocado, equivocada, erróneo, errónea, erroneo, error, mentira,
        imposible, errores, equivocación, equivoqué, equivoco, inválido, inválida, equivocarme,
        faux, fausse, incorrect, incorrecte, erroné, erronée, erreur, mensonge, impossible, invalide, inexact, inexacte,
        tort, trompé, trompée, erronee, absurde,
        errado, errada, incorreto, incorreta, falso, falsa, equivocado, equivocada, erro, mentira, impossível, engano,
        enganei, inválido, inválida, incorrecto, enganado, enganada,
        неверно, неверный, неверна, неверен, неправильно, неправильный, неправильная, неправда, ошибка, ошибочно,
        ошибкой, ошибку, ошибся, ошиблась, ошибочный, ложь, ложно, невозможно, неправильным, ошибкою, ошибочен,
        заблуждение, неправильным, неверным, ошибаюсь,
        sbagliato, sbagliata, falso, falsa, scorretto, scorretta, errato, errata, errore, bugia, impossibile, erroneo,
        sbaglio, sbagliando, sbagliate, inesatto, inesatta, erronea,
        fout, foute, onjuist, onjuiste, verkeerd, verkeerde, onwaar, vergissing, onmogelijk, incorrect, leugen, fouten,
        vergist, misvatting,         错误, 错了, 错的, 是错, 不对, 不正确, 有误, 谎言, 荒谬, 不成立, 不准确, 不可取, 錯, 錯誤,
        誤り, 間違い, 間違っ, 間違え, 誤っ, 正しくない, 正しくあり, 違います, 違う, 不正解, 不正確, まちがい, まちがっ, 嘘, 誤答,
        틀렸, 틀린, 틀립, 오답, 잘못, 오류, 실수, 거짓, 맞지 않, 옳지 않, 틀리, 정확하지 않, 불가능, 올바르지 않,
        गलत, ग़लत, असत्य, झूठ, त्रुटि, भूल, गलती, ग़लती, असंभव, सही नहीं, ठीक नहीं, सच नहीं,
        خطأ, خاطئ, خاطئة, خطا, غلط, كاذب, غير صحيح, غير صحيحة, ليس صحيح, ليست صحيح, خاطئا, مستحيل, أخطأت, باطل, غلطة, ليس صحيحا
    """,
    "right": """
        right, correct, true, accurate, valid, works, work, fits, fit, satisfies, satisfy, hold, holds, acceptable, plausible, candidate, candidates, works too, good, so, quite, really, case, truly, exactly, answer, the answer, my answer, solution, possible, what,
        richtig, korrekt, wahr, stimmt, zutreffend, antwort, richtige, lösung, recht,
        correcto, correcta, verdad, cierto, cierta, verdadero, respuesta, verdadera, así,
        correct, correcte, vrai, vraie, exact, exacte, juste, bon, bonne, ça, cela, réponse, ca,
        correto, correta, certo, certa, verdade, verdadeiro, resposta, verdadeira,
        верно, правильно, правда, так, верен, верна, то, правильный, ответ, прав, права,
        giusto, giusta, corretto, corretta, vero, vera, esatto, esatta, così, risposta,
        juist, juiste, correct, waar, goed, klopt, antwoord, zo,
        对, 正确, 是的, 真, 答案, 正しい, 正解, 答え, 맞, 옳, 정답, 사실, सही, ठीक, सच, सत्य, صحيح, صحيحة, الصحيح, صواب
    """,
    "excluding": """
        except, excluding, other than, instead of, rather than, unlike, reject, rejects, rejected, rejecting, rule out,
        rules out, ruled out, ruling out, exclude, excludes, excluded, eliminate, eliminates, eliminated, eliminating,
        discard, discards, discarded, dismiss, dismissed, avoid, all but, everything but, anything but, apart from,
        aside from, cross out, crossed out, opposite of, contrary to, different from, strike out, cross off,
        anything other, steer clear of, as opposed to, disprove, refute, never mind, out of consideration,
        außer, ausschließen, schließen, ausgeschlossen, statt, anstatt, anstelle, ausgenommen, verwerfen, verworfen,
        abgesehen von, alles andere als, alles außer, ablehnen,
        excepto, salvo, menos, descartar, descartamos, descarto, descartado, descartada, excluir, excluimos, rechazar,
        rechazamos, rechazo, en lugar de, en vez de, distinto de, distinta de, cualquier cosa menos, todo menos,
        sauf, excepté, hormis, exclure, exclut, excluons, écarter, écartons, écarte, rejeter, rejetons, éliminer,
        éliminons, au lieu de, plutôt que, tout sauf, n importe quoi sauf, autre que, à l exception de,
        exceto, menos, descartar, descartamos, descarto, excluir, excluímos, rejeitar, rejeitamos, em vez de, tudo menos,
        diferente de, qualquer coisa menos, eliminar, eliminamos,
        кроме, исключая, исключить, исключаем, исключено, исключён, отвергаем, отвергнуть, отбросить, отбрасываем,
        вместо, что угодно кроме, отличный от, исключается,
        tranne, eccetto, salvo, escludere, escludiamo, escludo, esclude, escluso, scartare, scartiamo, scarto,
        rifiutare, invece di, anziché, piuttosto che, tutto tranne, qualsiasi cosa tranne, diverso da, diversa da,
        behalve, uitsluiten, sluiten, uitgesloten, verwerpen, in plaats van, anders dan, alles behalve, tenzij, verwerp,
        除了, 除外, 以外, 排除, 而非, 舍弃, 否定, 以外の, を除, 除外, 排除, 除い, 제외, 이외, 빼고, 배제, को छोड़कर, के अलावा, के सिवा, के बजाय, खारिज,
        باستثناء, ما عدا, سوى, عدا, استبعاد, نستبعد, نستثني, بدلا من, بدلاً من
    """,
    "hedge": """
        random guess, lucky guess, pure guess, blind guess, guessing randomly, just guessing, merely guessing,
        maybe, perhaps, possibly, probably, unverified, unconfirmed, unproven, untested, presumably, likely, supposedly, apparently,  seemingly, i guess, i d guess, d guess, would guess, my guess, best guess, only guess, can only guess, a guess, guessing, suppose, suspect, suspects, speculate, speculating, conceivably, allegedly, tentatively, arguably,
        plausibly, presume, assume, assuming, gut, hunch, unclear, tentative, it is possible, possible that, it s possible, seems, seem,
        appears, looks like, feels like, wild guess, or so, i imagine, provisionally, for now, reckon,         inclined, leaning, toss up, sort of, kind of, if i had to, approximately, in theory, at a guess, seem to,
        vielleicht, möglicherweise, eventuell, vermutlich, wahrscheinlich, wohl, womöglich, schätze, vermute,         angeblich, anscheinend, scheint, ggf, unter umständen, denkbar, scheinbar, mutmaßlich,         es kann sein, kann sein, tippe, geraten,
        quizá, quizás, quiza, quizas, tal vez, posiblemente, probablemente, acaso, supongo, sospecho, adivino, a lo mejor,
        puede que, puede ser, aparentemente, parece, imagino, es posible, presumiblemente, supuestamente, creería,
        adivinar, adivinando,
        peut être, probablement, possiblement, vraisemblablement, sans doute, suppose, devine, soupçonne, il se peut,
        semble, paraît, apparemment, éventuellement, il est possible, présume, imagine, on dirait,
        au hasard,
        talvez, possivelmente, provavelmente, suponho, suspeito, imagino, parece, chuto, aparentemente, chute,
        é possível, pode ser, porventura, quem sabe, presumo, supostamente, palpite,
        возможно, может быть, наверное, вероятно, пожалуй, предполагаю, догадываюсь, похоже, кажется, видимо, наверно,
        по видимому, полагаю, скорее всего, якобы, может, либо, вроде, предположительно, допустим, подозреваю,
        наугад,
        forse, probabilmente, magari, suppongo, sospetto, presumibilmente, sembra, immagino,         può darsi, può essere, apparentemente, eventualmente, è possibile, ipotizzo, a caso, tiro a indovinare, indovino,
        possibilmente, verosimilmente,
        misschien, wellicht, mogelijk, waarschijnlijk, vermoedelijk, vermoed, gok, lijkt, blijkbaar, schat,
        allicht, ofwel, het kan zijn, naar verluidt, mogelijkerwijs, veronderstel, schijnbaar,
        可能, 也许, 或许, 大概, 猜, 恐怕, 估计, 似乎, 好像, 兴许, 说不定, 貌似, 推测, 看来, 也許, 或許, 不一定, 八成, 要么,
        かもしれ, たぶん, おそらく, 多分, 恐らく, と思われ, らしい, ようです, 推測, かも, もしかし, のようだ, 気がする, 気がします, ひょっと,
        아마, 수도 있, 것 같, 듯, 추측, 짐작, 어쩌면, 혹시, 가능성, 모르지만, 수 있습니다, 인가 봅니다, 글쎄, 겁니다,
        शायद, संभवतः, हो सकता, संभावना, अनुमान, लगता है, मुमकिन, संभव है, सकता है, कदाचित, सकती है, अंदाज़ा, अंदाजा,
        ربما, قد تكون, قد يكون, لعل, أظن, اظن, أعتقد أنه ربما, محتمل, يحتمل, أخمن, يبدو, من الممكن, من المحتمل, على الأرجح, تخميني, أعتقد
    """,
    "modal": """
        might, may, could, would, can, könnte, könnten, dürfte, würde, kann, podría, podria, pudiera, puede, sería, seria, pourrait,
        peut, serait, poderia, pode, podia, мог, могло, могла, может, potrebbe, può, sarebbe, zou, kan, kunnen
    """,
    "doubting": """
        refuse, refuse to believe, hard to believe, can hardly, disbelieve, not believe, not think, doubt, doubts, doubtful, deny, denies, denied, disagree, unsure, uncertain, dispute, disputes, not sure, not certain,
        not so sure, no idea, not convinced, not confident, not know, not decide, i m not positive, i am not positive, we are not positive, not entirely sure, not completely sure, not quite sure, not so certain, skeptical, unlikely, not clear, hesitate, questionable,
        can not be sure, cannot be sure, not quote me, not take my word, far from certain, far from sure, anything but certain, anything but sure, less than certain, don t know, do not know, cannot decide, can t decide, unconvinced,
        bezweifle, bezweifeln, bestreite, unsicher, nicht sicher, zweifle, zweifelhaft, unwahrscheinlich, bezweifelt,
        keine ahnung, weiß nicht, bin mir nicht sicher, zweifeln, leugne, fraglich,
        dudo, dudamos, niego, dudoso, inseguro, no estoy seguro, no estoy segura, no sé, improbable, no estamos seguros,
        poco probable, no tengo idea,
        doute, doutons, nie, incertain, pas sûr, pas sûre, pas certain, ne sais pas, douteux, douter, peu probable,
        duvido, duvidamos, nego, incerto, não tenho certeza, duvidoso, não sei, não estou certo, improvável, pouco provável,
        сомневаюсь, сомнительно, отрицаю, не уверен, не уверена, сомнения, не знаю, маловероятно, сомневаемся,
        dubito, dubitiamo, nego, incerto, non sono sicuro, non sono sicura, non sono certo, non so, dubbio, improbabile, poco probabile,
        betwijfel, betwijfelen, ontken, onzeker, niet zeker, twijfel, twijfelachtig, weet niet, onwaarschijnlijk,
        怀疑, 不确定, 不认为, 不相信, 未必, 不敢肯定, 不知道, 否认, 不觉得, 不太确定, 不太可能, 难说, 懷疑,
        疑わ, 疑問, 自信がない, 自信はあり, 確信がない, 確信はあり, わからない, 分からない, わかりません, 分かりません, とは思わない, とは思いません, とは思え, 思わない, 思いません, 怪しい, 確かではあり,
        의심스럽, 의심합, 의심한, 의심이, 확신하지, 확신이 없, 확실하지, 모르겠, 생각하지 않, 자신이 없, 자신 없, 믿지 않,
        संदेह, शक है, यकीन नहीं, निश्चित नहीं, पता नहीं, नहीं लगता, नहीं मानता, नहीं सोचता, विश्वास नहीं, शंका,
        أشك, اشك, لست متأكد, لست متأكدا, لست متأكدًا, لا أعرف, لا أدري, غير متأكد, مشكوك, لست واثق, أستبعد
    """,
    "reporting": """
        says, said, claims, claimed, claim, wrote, writes, argues, argued, insists, insisted, told, tells, according to, suggests,
        suggested, student, students, friend, teacher, textbook, classmate, reader, somebody, someone, some people, they         rumor, people think, thinks, believes, believe, think, say, alleges, asserts, asserted, states that, states, announced,
        reports, reported, maintains, colleague, proposed, proposes, answered, replied, quote, quoting, key says, one might, neighbour, neighbor,
        internet, forum, website, bot, opponent, would have critic, critics,         laut, zufolge, behauptet, behauptete, behaupten, sagt, sagte, sagen, schrieb, schreibt, meint, meinte, angeblich, freund,
        lehrbuch, schüler, lehrer, jemand, manche, kollege, buch, freundin, glauben, lehrerin, nachbar, meinen,
        según, segun, dice, dijo, dicen, afirma, afirmó, afirman, escribió, opina, amigo, amiga, alumno, profesor, libro, alguien,
        algunos, sostiene, cree, creen, asegura, compañero, estudiante, profesora, piensan, piensa,
        selon, d après, dit, disent, affirme, affirment, prétend, prétendent, écrit, pense, pensent, croit, ami, élève, professeur,
        manuel, certains, quelqu un, soutient, camarade, livre, étudiant, disait,
        segundo, conforme, diz, disse, dizem, afirma, afirmou, afirmam, escreveu, acha que, pensa, pensam, amigo, aluno, livro, alguém,
        alguns, colega, estudante, acredita, acreditam, afirmavam,
        согласно, по словам, говорит, говорят, сказал, сказала, утверждает, утверждают, написал, считает, считают, друг, ученик,
        учитель, учебник, учебнику, кто то, некоторые, думает, думают, по мнению, пишет, студент, сказали,
        secondo, dice, disse, dicono, sostiene, sostengono, afferma, affermano, scrive, ha scritto, pensa, pensano, crede, credono,
        amico, amica, studente, professore, manuale, qualcuno, alcuni, compagno, libro, insegnante, detto,
        volgens, zegt, zei, zeggen, beweert, beweerde, beweren, schreef, meent, denkt, gelooft, vriend, leerling, leraar, boek,
        iemand, sommigen, vriendin, menen, student,
        据说, 有人说, 有人认为, 他说, 她说, 声称, 认为答案, 朋友, 老师, 同学, 课本, 教科书, 书上, 学生, 有人, 他们, 据称, 网友, 根据我,
        によると, によれば, と言っ, と言い, と主張, 友人, 友達, 先生, 教科書, という人, 学生, という意見, そうです, 誰か, と書い, 人もい, 人がい,
        에 따르면, 라고 말, 라고 했, 라고 주장, 주장합, 주장했, 친구, 선생님, 교과서, 누군가, 학생, 라고 합니다, 사람들, 답니다,
        के अनुसार, कहता, कहते, कहा, दावा, मित्र, दोस्त, शिक्षक, किताब, छात्र, कुछ लोग, मानते हैं, किसी ने, पुस्तक,
        وفقا, وفقًا, حسب, بحسب, يقول, قال, يدعي, يزعم, كتب, صديقي, صديق, المعلم, الكتاب, الطالب, بعض, يقولون, زعم, أحدهم, يعتقد, يظن
    """,
    "past": """
        thought, believed, initially, originally, at first, first guess, used to think, had assumed, assumed, supposed, was tempted,
        previously, formerly, my first, earlier i, was going to say, would have said, tempting, tempted, used to believe, initial,
        dachte, glaubte, zuerst, zunächst, anfangs, ursprünglich, vermutete, hielt, anfänglich,
        pensé, pensaba, creía, creí, al principio, inicialmente, supuse, creia, suponía, en un principio,
        pensais, croyais, au début, initialement, d abord, pensé, supposais, j ai cru, au départ,
        pensei, pensava, achei, achava, a princípio, inicialmente, no início, supus, acreditava, supunha,
        думал, думала, считал, считала, сначала, изначально, полагал, предполагал, вначале, первоначально, казалось, поначалу,
        pensavo, credevo, all inizio, inizialmente, pensato, supponevo, ritenevo, dapprima,
        dacht, meende, eerst, aanvankelijk, geloofde, oorspronkelijk, in het begin,
        以为, 起初, 一开始, 原本, 最初, 开始时, 原以为, 本来, 曾经, 起先, と思った, と思って, 思いました, 思っていま, 初めは, 最初は, 当初, はじめは, 思い込,
        처음에는, 처음엔, 생각했, 믿었, 원래, 줄 알았, पहले मैंने, सोचा था, शुरू में, लगा था, पहले मुझे, माना था, समझा था,
        في البداية, ظننت, اعتقدت, كنت أظن, كنت أعتقد, حسبت, أولا ظننت
    """,
    "mention": """
        format, string, phrase, sentence, words, syntax, template, for example, e g, for instance, in the form, write your, put your,
        put my, write my, placeholder, enclose, such as, quoted, to write, instruction, instructions, saying,
        zum beispiel, beispielsweise, satz, zeichenkette, vorlage, schreibe, beispiel, ausdruck,
        por ejemplo, frase, formato, cadena, plantilla, ejemplo, escribe, par exemple, phrase, modèle, chaîne, exemple, écrire, écris,
        por exemplo, exemplo, modelo, escreva, например, фраза, строка, формат, пример, шаблон, фразу,
        per esempio, ad esempio, esempio, stringa, scrivi, modello, bijvoorbeeld, zin, voorbeeld, opmaak, schrijf,
        例如, 比如, 格式, 句子, 字符串, 例えば, 形式, 文字列, たとえば, 예를 들어, 형식, 문장, 문자열, उदाहरण, प्रारूप, वाक्य, على سبيل المثال, صيغة, عبارة, مثلا
    """,
    "condition": """
        pretend, pretending, let s pretend, imagine, make believe, tun wir so, faisons semblant, finge, faz de conta, 假装,
        if, unless, provided, in case, supposing, suppose that, were it, wenn, falls, sofern, si, siempre que, a menos que, suponiendo,
        à moins que, supposons, pourvu, caso, a menos que, contanto que, если, при условии, предположим, разве, qualora,
        a meno che, purché, indien, tenzij, mits, 如果, 假如, 假设, 若, 要是, 除非, 倘若, もし, ならば, 場合, 仮に, としたら, 만약, 만일, 라면, 경우, यदि, अगर, إذا, إلا إذا, بشرط
    """,
    "question": """
        whether, 吗, 呢, 是否, ですか, ますか, でしょうか, だろうか, 입니까, 인가요, 일까, 일까요, 나요, 인지, क्या, هل, 么
    """,
    "correcting": """
        i meant, i mean to say, meant to say, should have said, quise decir, ich meinte, ich meine, je voulais dire, quis dizer, я имел в виду, имею в виду, volevo dire, intendevo, ik bedoelde,
               sino, bensì, mas sim,         actually, correction, corrected, properly, edit, rather, i mean, make that, scratch that, on second thought, on second thoughts, on reflection, on second reading, on second look, on a second look, on rereading, let me try another approach, let me try another way, let me try another method, let me try a different approach,
        sorry, oops, my bad, apologies, instead, upon review, rechecking, recheck, recompute, recomputing, recalculate, redoing, redo, recount, recounting, recalculating,
        rereading, reconsidering, looking again, update, updated, in fact, revised, let me correct, i misread, misread, misread the, my mistake,
        double checking, on closer inspection, checking again, after review, whoops, revising, let me redo, let me fix, fix, to correct,
        let me recompute, let me recalculate, let me recheck, let me recount, let me reconsider, let me rethink, let me try again, let me start over,
        tatsächlich, eigentlich, korrektur, vielmehr, entschuldigung, genauer gesagt, berichtigung, bei näherer betrachtung, sondern, korrigiere, verzeihung, besser gesagt,
        en realidad, corrección, correccion, perdón, mejor dicho, más bien, de hecho, quiero decir, disculpa, disculpas, rectifico, pensándolo bien, corrijo,
        en fait, correction, pardon, plutôt, désolé, désolée, en réalité, je veux dire, à la réflexion, erratum, rectification, je corrige, excusez moi,
        na verdade, correção, correcao, aliás, desculpe, desculpa, quer dizer, ou melhor, de fato, pensando bem, corrigindo, corrijo,
        на самом деле, исправление, точнее, вернее, поправка, извините, простите, на деле, исправлю, исправляю, поправлюсь, вообще то,
        in realtà, correzione, anzi, scusa, scusate, cioè, ripensandoci, di fatto, rettifica, correggo, pardon, voglio dire,
        eigenlijk, correctie, sorry, beter gezegd, bij nader inzien, in feite, feitelijk, ik bedoel, pardon, rectificatie, ik corrigeer, liever gezegd,
        其实, 实际上, 更正, 应该是, 应为, 抱歉, 而是, 纠正, 修正, 事实上, 更准确地说, 改正, 對不起, 对不起, 我弄错了, 重新计算, 重新检查,
        実は, 実際は, 訂正, すみません, 失礼, むしろ, 修正, 正しくは, 見直すと, よく考えると, 考え直すと, 申し訳, 実際には,
        사실은, 사실, 정정, 죄송, 수정, 실제로는, 다시 보니, 다시 생각해, 미안, 다시 계산, 정확히는, 실은, 바로잡,
        असल में, वास्तव में, सुधार, क्षमा, माफ, बल्कि, दरअसल, माफ़, दोबारा,
        في الواقع, في الحقيقة, تصحيح, عذرا, عفوا, عذراً, عفواً, بل, أقصد, عذرًا, عفوًا, الصواب, بالأحرى, آسف
    """,
    "waiting": """
        wait, hmm, hmmm, hm, i need to recheck, i have to recheck, i must recheck, i need to double check, i have to double check, we need to recheck, hold on, hang on, moment, warte, halt, augenblick, moment mal, espera, un momento, espere, attends, attendez, attendre, un instant, um momento,
        calma, espere aí, подождите, подожди, постойте, стоп, минуту, постой, погоди, хм, погодите, aspetta, aspettate, un attimo, momento, wacht, wacht even, ho even,
        等等, 等一下, 且慢, 稍等, 慢着, 等下, 待って, ちょっと, まって, お待ち, 잠깐, 잠시만, 기다려, 가만, रुको, रुकिए, ठहरो, एक मिनट, ज़रा रुको, انتظر, لحظة, مهلا, مهلًا
    """,
    "refusing": """
        no, nope, nah, not really, not quite, not at all, not so, never, nein, nö, quatsch, que no, non, não, nao, нет, nee, no no,         不对, 不，不, 不是的, いや, いいえ, いえ, 違う, 違います, 아니, 아뇨, 아니요, 아니오, नहीं, لا, كلا
    """,
    "retracting": """
        kidding, joking, joke, take that back, take it back, taking that back, take this back, took that back, retract, retracted, retraction, withdraw, disregard, ignore that, ignore this,
        ignore the, ignore my, forget that, forget it, scratch, strike that, never mind, nevermind, cancel that, psych, undo, was wrong, was mistaken, i was wrong, i erred, made an error,
        made a mistake, was a mistake, was an error, no solution, no answer, ill posed, not enough information, not enough data, insufficient information, insufficient data, is unknown, unknown, cannot be determined, not determined, does not exist, undetermined, undefined,
        don t trust, do not trust, untrustworthy, please disregard, delete that, i slipped, bluff, fooled,
        jk, i lied, is a lie, s a lie, was a lie, made that up, made this up, made it up, changed my mind, change my mind, changing my mind, changing my answer, change my answer,
        my answer has changed, the answer has changed, no longer stand by, messing with you, pulling your leg, sarcasm, sarcastic, april fool, april fools, opposite day,
        not count that, not count this, said no one, said nobody, in your dreams, that s not it, that is not it, this is not it, that not it, this not it,
        is not my answer, not my answer, is not my final answer, not my final answer, withdrawing my, my answer is withdrawn, that answer has been withdrawn,
        scherz, witz, nehme das zurück, nehme ich zurück, nehme es zurück, ziehe zurück, zurückgenommen, vergiss, vergessen sie, ignoriere, war ein fehler, keine lösung, unbekannt, habe mich geirrt, habe mich vertan, vertan, verrechnet, stimmt nicht, vergiss das, widerrufe,
        gelogen, anders überlegt, meine meinung geändert, mentí, he mentido, cambié de opinión, he cambiado de opinión, j ai menti, changé d avis, eu menti, mudei de ideia, mudei de opinião,
        я солгал, я солгала, я соврал, я соврала, передумал, передумала, ho mentito, ho cambiato idea, van gedachten veranderd,
        骗你的, 我撒谎, 改变主意, 改主意了, 気が変わ, 거짓말, 마음이 바뀌, 생각이 바뀌, झूठ बोल, मन बदल, كذبت, غيرت رأيي,
        broma, bromeaba, es broma, retiro lo dicho, me retracto, lo retiro, olvida, olvídalo, ignora, fue un error, sin solución, no tiene solución, desconocida, no existe, me equivoqué, retracto, olvida eso, no hay solución,
        plaisante, plaisantais, blague, retire, me rétracte, oubliez, oublie, ignorez, ignore, pas de solution, inconnue, aucune solution, me suis trompé, me suis trompée, je rigole, n existe pas, laisse tomber,
        brincadeira, brincando, retiro o que disse, retiro, me retrato, esqueça, esquece, ignore, foi um erro, não tem solução, desconhecida, me enganei, estou brincando, não há solução, sem solução, enganei me,
        шучу, шутка, пошутил, беру свои слова, беру назад, забудьте, забудь, игнорируйте, нет решения, решений нет, неизвестен, неизвестно, не существует, я ошибся, я ошиблась, отказываюсь от, забираю свои слова, беру слова обратно,
        scherzo, scherzavo, ritiro, ritratto, dimentica, ignora, nessuna soluzione, sconosciuta, non esiste, mi sono sbagliato, mi sono sbagliata, non ha soluzione, lascia perdere, mi rimangio, sto scherzando,
        grapje, grap, neem dat terug, neem ik terug, trek dat in, vergeet, negeer, geen oplossing, onbekend, bestaat niet, heb me vergist, vergiste me, laat maar, trek het terug, klopt niet, maak een grapje,
        开玩笑, 收回, 撤回, 忽略, 忘了它, 无解, 未知, 不存在, 我错了, 算错了, 当我没说, 作废, 搞错了, 我弄错, 無解, 别信,
        冗談, 撤回, 取り消, 忘れて, 無視, 解なし, 解はない, 解は存在し, 不明, 存在しない, 間違えました, 間違いでした, 取り下げ, 解はありません, 嘘です,
        농담, 철회, 취소, 무시, 잊어, 해가 없, 알 수 없, 존재하지, 제가 틀렸, 해는 없, 번복, 실수했, 잘못 계산,
        मज़ाक, मजाक, वापस लेता, वापस लेती, भूल जाओ, अनदेखा, कोई हल नहीं, अज्ञात, मैं गलत था, भूल जाइए, अनदेखी, कोई उत्तर नहीं, वापस ले,
        أمزح, امزح, أسحب, أتراجع, تجاهل, انس, لا يوجد حل, مجهول, غير معروف, كنت مخطئا, كنت مخطئًا, لا حل, أسحب كلامي, مزحة, انسَ, أمازح
    """,
    "adding": """
        also, equally, as well, too, another, alternatively, alternative, second candidate, second answer, second solution, other candidate, both, additionally, likewise, just as,
        auch, ebenso, ebenfalls, gleichermaßen, alternativ, weitere, genauso, gleichfalls,
        también, tambien, igualmente, asimismo, alternativamente, aussi, également, alternativement, de même,
        também, tambem, igualmente, alternativamente, также, тоже, равно, альтернативно, ещё, и         anche, ugualmente, altrettanto, in alternativa, ook, eveneens, evenzeer, anders, alternatief, net zo,
        也, 同样, 另一, 亦, また, 同様に, 別の, 또한, 역시, 마찬가지, भी, अन्य, दूसरा, أيضا, أيضًا, كذلك, آخر, أخرى
    """,
    "confirming": """
        for sure, yes, indeed, verified, confirmed, confirms, confirm, checks out, check out, certain, certainly, definitely, sure, verify, verifies, confident, works out, surely, undoubtedly, as expected, proves, proven, follows, conclude, clearly, obviously,
        ja, tatsächlich, bestätigt, sicher, bestätigen, genau, gewiss, überzeugt, sicherlich, sí, confirmado, confirma, seguro, segura, exacto, efectivamente, claro, evidente, oui, confirmé, confirme, certain, effectivement, sûr, sûre, évident, sim, confirmado, certeza, exato, com certeza, evidente,
        да, подтверждено, подтверждает, уверен, уверена, точно, очевидно, конечно, ясно, sì, confermato, conferma, sicuro, sicura, certo, esatto, evidente, bevestigd, zeker, inderdaad, precies, duidelijk,
        验证, 确认, 是的, 没错, 确实, 肯定, 显然, はい, 確認, 確かに, 確か, 明らかに, 네, 확인, 맞습니다, 분명히, 확실합, हाँ, पुष्टि, निश्चित, स्पष्ट, نعم, تأكدت, بالتأكيد, تحقق, متأكد, واضح, مؤكد
    """,
    "or": """
        or, oder, ou, ou bien, ou encore, o bien, o sea, или, либо, oppure, ofwel, 或, 或者, 还是, 抑或, 或是, 或许是, または, もしくは, あるいは, それとも,
        또는, 혹은, 아니면, 이거나, या, या फिर, अथवा, أو, أم, vs, versus
    """,
    "that": "that, dass, daß, что, que, che, dat, بأن, أن, कि",
    "pronoun": """
        that, this, it, which, they, its, i, my answer, the answer, everything above, all of the above is, the previous sentence, the previous statement, the above statement, the above is, das, dies, es, ich, diese, dieses, die antwort, eso, esto, ello, lo, la respuesta, yo, ella,
        ce, cela, ça, ceci, je, il, celle ci, cette, la réponse, isso, isto, eu, a resposta, это, то, я, он, этот, ответ, эта,
        ciò, questo, questa, quello, la risposta, io, dit, dat, ik, het, het antwoord, deze,
        这, 那, 它, 我, 答案, 此, それ, これ, 私, 答え, 그것, 이것, 그건, 이건, 저는, 제가, 답, यह, वह, ये, मैं, मैंने, هذا, هذه, ذلك, أنا, كان, الإجابة
    """,
    "boundary": """
        oh, ah, ach, well, ok, okay, uh, um, ay, eh, lol, haha, hehe, ну, ой, ох, 啊, 哦, अरे, ओह, آه,
        although, though, even though, obwohl, aunque, bien que, embora, хотя, sebbene, benché, hoewel, 虽然, 尽管, so, therefore, thus, hence, but, then, consequently, because, since, and so, yet, however, whereas, while, deshalb, somit, folglich, aber, weil, denn, also, dann, daher,
        así que, por tanto, por lo tanto, luego, entonces, pero, porque, pues, por consiguiente, donc, alors, mais, car, ainsi, par conséquent, parce que,
        portanto, logo, então, mas, porque, pois, assim, поэтому, значит, следовательно, но, итак, тогда, потому, так как, quindi, dunque, perciò, allora, ma, poiché,
        dus, daarom, maar, omdat, derhalve, 所以, 因此, 但, 但是, 因为, 那么, 则, したがって, よって, だから, しかし, なので, ゆえに, 従って, 따라서, 그러므로, 그러나, 하지만, 그래서, 왜냐하면, इसलिए, अतः, लेकिन, क्योंकि, तो, لذلك, إذن, لكن, لأن, ولكن, إذاً
    """,
    "verb": """
        is, are, was, were, equals, has, have, had, gives, makes, does, do, did, get, gets, got, need, needs, needed, left, means, holds, becomes, costs, earns, sells, find, found, obtain, conclude, give, say,
        ist, sind, war, hat, haben, ergibt, fue, era, tiene, est, sont, était, donne, são, foi, dá, sono, dà, zijn, heeft, geeft, равно, есть, имеет, составляет, получаем
    """,
}


class Cue(msgspec.Struct, frozen=True, gc=False):
    """A word or phrase of the lexicon in a text, and where it stands; a word may belong to several classes."""

    kinds: frozenset[CueKind]
    start: int
    end: int
    word: str = ""


# Scripts that are written without spaces or with endings and particles attached to a word.
_ATTACHED = "\u0590-\u1fff \u2e80-\ua4cf \uac00-\ud7ff \uf900-\ufaff \uff00-\uffef".split()
ATTACHED_SCRIPT = lazy_pattern(f"[{''.join(_ATTACHED)}]")
_WORD = lazy_pattern(r"[^\W\d_]+")
_ASCII_WORD = lazy_pattern(r"[a-z]+")
# The same words, for a split that keeps them.
_WORDS = lazy_pattern(f"({_WORD.pattern})")
_ASCII_WORDS = lazy_pattern(f"({_ASCII_WORD.pattern})")
# What may stand between the words of a phrase.
_JOINS = frozenset({" ", "'", "’", "-", ".", "\n"})


def cues_in(text: str, start: int = 0, end: int | None = None) -> list[Cue]:
    """Return the cues of a stretch of text, in order; of several that start together, the longest."""
    stretch = text[start:end]
    found = _spaced_cues(stretch, start)
    if not stretch.isascii() and ATTACHED_SCRIPT.search(stretch):
        found += _attached_cues(text, start, start + len(stretch))
        found.sort(key=lambda cue: cue.start)
    return found


_START = attrgetter("start")


def cues_between(text: str, known: Sequence[Cue], start: int, end: int) -> Sequence[Cue]:
    """Return the cues of a part of a stretch whose cues are known.

    They are found again where an end of the part may cut a word or a phrase, so that they may be others.
    """
    first = bisect_left(known, start, key=_START)
    last = bisect_left(known, end, first, key=_START)
    is_cut = _cuts(text, known, first, start) or _cuts(text, known, last, end)
    return cues_in(text, start, end) if is_cut else known[first:last]


def _cuts(text: str, known: Sequence[Cue], index: int, edge: int) -> bool:
    """Say whether a place is within a word, or within the cue before an index."""
    around = text[max(edge - 1, 0) : edge + 1]
    return (len(around) > 1 and around.isalnum()) or (index > 0 and known[index - 1].end > edge)


def may_have(text: str, start: int, end: int, kinds: frozenset[CueKind]) -> bool:
    """Return False for most stretches without a cue of some kinds, at a fraction of the time of reading all cues."""
    stretch = text[start:end]
    if stretch.isascii():
        words = _ASCII_WORD.findall(stretch.lower())
    elif ATTACHED_SCRIPT.search(stretch):
        return True
    else:
        words = [word.lower() for word in _WORD.findall(stretch)]
    return not _firsts_of(kinds).isdisjoint(words) and _has_entry(words, kinds)


def starts_cue(word: str) -> bool:
    """Return False for most words with which no cue starts; what has an apostrophe behind it may start one anyhow."""
    return word in _firsts_of(ALL_KINDS) or word > LAST_ASCII_WORD


# Words of other letters sort behind it.
LAST_ASCII_WORD = "\x7f"


def has_word_of(ascii_text: str, kinds: frozenset[CueKind], others: frozenset[str]) -> bool:
    """Return True if a text has one of some words, or a word that an entry of some kinds starts with."""
    words = _ASCII_WORD.findall(ascii_text.lower())
    return not (_firsts_of(kinds).isdisjoint(words) and others.isdisjoint(words))


def _has_entry(words: list[str], kinds: frozenset[CueKind]) -> bool:
    """Return False if no word is an entry of some kinds, and none is before the second word of an entry that it starts."""
    singles, seconds = _starts_of(kinds)
    return not singles.isdisjoint(words) or any(follower in seconds.get(word, ()) for word, follower in pairwise(words))


def _attached_cues(text: str, start: int, end: int) -> Iterator[Cue]:
    """Yield the cues of scripts without spaces: at each place the longest entry that starts with its character."""
    entries = _attached()
    position = start
    for place, character in enumerate(text[start:end], start):
        if character < "\u0590" or place < position:
            continue
        for phrase, kinds in (*entries.get(text[place : place + 2], ()), *entries.get(character, ())):
            stop = place + len(phrase)
            if stop <= end and text.startswith(phrase, place) and _is_whole(text, place, stop, character):
                yield Cue(kinds, place, stop, phrase)
                position = stop
                break


def _is_whole(text: str, start: int, end: int, first: str) -> bool:
    """Say whether an entry is a whole word, in the scripts that separate them; "and" is one letter before it in Arabic."""
    if first in _ARABIC:
        before = text[start - 1 : start] if start else ""
        joined = before in _ARABIC and not (before in "\u0648\u0641" and (start < 2 or text[start - 2] not in _ARABIC))
        return not joined and text[end : end + 1] not in _ARABIC
    if "\u0900" <= first <= "\u097f":
        return not ("\u0900" <= text[start - 1 : start] <= "\u0963") and not (
            "\u0900" <= text[end : end + 1] <= "\u0963"
        )
    return True


_ARABIC = frozenset(map(chr, range(0x0620, 0x06D4)))


def _spaced_cues(stretch: str, start: int) -> list[Cue]:
    """Find the cues of spaced scripts in a stretch that starts at a place of its text."""
    # One split gives the words and what stands between them. Most stretches have no word that starts an entry, and
    # need no places then.
    if stretch.isascii():
        parts = _ASCII_WORDS.split(stretch.lower())
        words = parts[1::2]
    else:
        parts = _WORDS.split(stretch)
        words = [word.lower() for word in parts[1::2]]
    if _firsts_of(ALL_KINDS).isdisjoint(words):
        return []
    classes, longest, seconds = _spaced()
    between = parts[::2]
    places = [*accumulate(map(len, parts), initial=start)]
    firsts, lasts = places[1::2], places[2::2]
    if "t" in words:
        _join_negations(words, between, firsts, lasts)
    found: list[Cue] = []
    behind = 0
    for index in [index for index, word in enumerate(words) if word in longest]:
        if index < behind:
            continue
        word = words[index]
        # Most words that start a phrase stand before another word than its second.
        if index + 1 < len(words) and words[index + 1] in seconds[word]:
            count, kinds = _longest_phrase(words, between, index, longest[word])
        else:
            count, kinds = 1, classes.get(word)
        if kinds is not None:
            phrase = word if count == 1 else " ".join(words[index : index + count])
            found.append(Cue(kinds, firsts[index], lasts[index + count - 1], phrase))
            behind = index + count
    return found


def _longest_phrase(
    words: list[str], between: list[str], index: int, size: int
) -> tuple[int, frozenset[CueKind] | None]:
    """Return how many words the longest entry that starts with a word has, and its kinds; None if none does."""
    classes, _, _ = _spaced()
    for count in range(min(size, len(words) - index), 0, -1):
        kinds = classes.get(words[index] if count == 1 else " ".join(words[index : index + count]))
        if kinds is not None and (count == 1 or _JOINS.issuperset(between[index + 1 : index + count])):
            return count, kinds
    return 1, None


def _join_negations(words: list[str], between: list[str], firsts: list[int], lasts: list[int]) -> None:
    """Read "isn't" and its like as "not"."""
    for index in range(len(words) - 1, 0, -1):
        if words[index] == "t" and between[index].endswith(("'", "’")) and words[index - 1].endswith("n"):
            words[index - 1 : index + 1] = ["not"]
            del between[index], firsts[index], lasts[index - 1]


@cache
def _entries() -> dict[str, frozenset[CueKind]]:
    found: dict[str, set[CueKind]] = {}
    for kind, text in WORDS.items():
        for phrase in text.replace("\n", " ").split(","):
            if phrase := phrase.strip():
                found.setdefault(phrase, set()).add(kind)
    return {phrase: frozenset(kinds) for phrase, kinds in found.items()}


@cache
def _spaced() -> tuple[dict[str, frozenset[CueKind]], dict[str, int], dict[str, set[str]]]:
    """Return the entries of spaced scripts, and by their first word the length of the longest and the second words."""
    attached = _attached_characters()
    classes = {phrase: kinds for phrase, kinds in _entries().items() if phrase.isascii() or attached.isdisjoint(phrase)}
    longest: dict[str, int] = {}
    seconds: dict[str, set[str]] = {}
    for phrase in classes:
        first, *others = phrase.split(" ")
        longest[first] = max(longest.get(first, 0), 1 + len(others))
        seconds.setdefault(first, set()).update(others[:1])
    return classes, longest, seconds


@lazy_table
def _by_kind() -> dict[CueKind, list[str]]:
    """Return the entries of spaced scripts by each of their kinds."""
    found: dict[CueKind, list[str]] = {kind: [] for kind in WORDS}
    for phrase, kinds in _spaced()[0].items():
        for kind in kinds:
            found[kind].append(phrase)
    return found


@cache
def _firsts_of(kinds: frozenset[CueKind]) -> frozenset[str]:
    """Return the words that an entry of some kinds in a spaced script starts with, and the "t" of "isn't"."""
    return frozenset({"t", *(phrase.split(" ", 1)[0] for kind in kinds for phrase in _by_kind()[kind])})


@cache
def _starts_of(kinds: frozenset[CueKind]) -> tuple[frozenset[str], dict[str, set[str]]]:
    """Return the one-word entries of some kinds with the "t" of "isn't", and by their first word the second of others."""
    singles, seconds = {"t"}, dict[str, set[str]]()
    for kind in kinds:
        for phrase in _by_kind()[kind]:
            first, *others = phrase.split(" ")
            if others:
                seconds.setdefault(first, set()).add(others[0])
            else:
                singles.add(first)
    return frozenset(singles), seconds


@cache
def _attached_characters() -> frozenset[str]:
    """Return the characters of the other scripts that entries have; to compile their pattern takes five times longer."""
    ranges = [each.split("-") for each in _ATTACHED]
    return frozenset(each for each in set("".join(_entries())) if any(first <= each <= last for first, last in ranges))


@lazy_table
def _attached() -> dict[str, list[tuple[str, frozenset[CueKind]]]]:
    """Return the entries of the other scripts by their first two characters, the longest first."""
    entries, attached = _entries(), _attached_characters()
    found: dict[str, list[tuple[str, frozenset[CueKind]]]] = {}
    phrases = [phrase for phrase in entries if not (phrase.isascii() or attached.isdisjoint(phrase))]
    for phrase in sorted(phrases, key=len, reverse=True):
        found.setdefault(phrase[:2], []).append((phrase, entries[phrase]))
    return found


# The nouns that announce an answer; a weak one counts only where no strong one stands.
STRONG_HEADS = frozenset(
    "answer answers ans eindantwoord endantwort schlussantwort respuesta respuestas réponse réponses reponse antwort antworten resposta respostas ответ ответы "
    "ответом risposta risposte antwoord antwoorden 答案 正解 答え 答 解答 정답 해답 답 답변 उत्तर जवाब الإجابة الجواب إجابة "
    "جواب الاجابة إجابتي جوابي والإجابة والجواب 回答 選択肢 选项".split()
)
WEAK_HEADS = frozenset(
    "result solution choice option solución solucion resultado opción solution résultat choix valeur option "
    "lösung ergebnis wahl option solução opção resultado решение результат вариант soluzione risultato opzione scelta "
    "oplossing uitkomst resultaat keuze optie 结果 結果 結論 결과 परिणाम हल विकल्प النتيجة الحل الخيار".split()
)
# Verbs that choose an option.
CHOOSING = frozenset(
    "choose pick select chose selecting choosing picking wähle nehme elijo escojo selecciono choisis sélectionne "
    "escolho seleciono marco выбираю выберу scelgo seleziono kies selecteer prends opto".split()
)
# The parts of these words that are looked for in a text; the first letter is left out, as it may be a capital.
ENGLISH_STEMS = ("nswer", "NSWER", "Ans", "ANS", "ans:")
LATIN_STEMS = (
    "espuesta", "ESPUESTA", "éponse", "ÉPONSE", "eponse", "ntwort", "NTWORT", "esposta", "ESPOSTA", "isposta", "RISPOSTA",
    "ntwoord", "ANTWOORD",
)  # fmt: skip
OTHER_STEMS = (
    "твет", "ТВЕТ", "答", "正解", "选", "選", "답", "उत्तर", "जवाब", "جابة", "جواب", "جابتي",
)  # fmt: skip
WEAK_STEMS = (
    "go with", "going with", "go for", "going for", "settle on", "stick with",
    "esult", "olution", "hoice", "ption", "hoose", "pick", "Pick", "elect", "olución", "pción", "ésultat", "hoix", "hoisis",
    "ösung", "rgebnis", "ähle", "olução", "pção", "scolho", "lijo", "scojo", "oluzione", "isultato", "celta", "celgo", "plossing", "itkomst", "euze", "kies", "esultado",
)  # fmt: skip
WEAK_OTHER_STEMS = (
    "ешение", "езультат", "ариант", "ыбираю", "结果", "結果", "結論", "결과", "परिणाम", "हल", "विकल्प", "لنتيجة", "لحل", "لخيار",
)  # fmt: skip

# Words that may stand between the noun and the value, beside the lexicon's: copulas first.
# Nouns of those who say something, and of what is said: nobody says "I" before them.
SOURCES = frozenset(
    "student students friend teacher textbook classmate reader somebody someone others freund freundin lehrbuch schüler lehrer "
    "lehrerin kollege nachbar buch amigo amiga alumno profesor profesora libro alguien compañero ami élève professeur manuel "
    "quelqu camarade livre étudiant aluno professor livro alguém colega друг ученик учитель учебник студент amico amica studente professore "
    "manuale compagno insegnante vriend vriendin leerling leraar boek 朋友 老师 同学 课本 教科书 学生 有人 友人 友達 先生 教科書 誰か 친구 선생님 "
    "교과서 누군가 학생 मित्र दोस्त शिक्षक किताब छात्र صديقي صديق المعلم الكتاب الطالب".split()
)

COPULAS = frozenset(
    "être essere ser sein быть zijn is are was were be been equals equal becomes comes turns works remains yields s "
    "es son era fue sea sería vale est sont était soit serait vaut ist sind lautet war sei wäre beträgt heißt é são seja era foi seria vale é "
    "равен равна равно есть является будет составляет это è sono sia era sarebbe vale is zijn luidt was bedraagt "
    "هي هو تكون يكون تساوي يساوي ليست ليس है हैं होगा होगी था थी".split()
)
FILLERS = frozenset(
    "n ne equal equals to out up down must should will shall would has have had therefore thus then hence simply just indeed clearly definitely certainly obviously "
    "exactly precisely now still again surely undoubtedly evidently naturally accordingly finally given by as follows read reads equal in fact of course "
    "likewise also really only well therefore consequently also ultimately always "
    "pues entonces simplemente exactamente claramente ciertamente definitivamente igual sin duda obviamente debe ser tiene que por "
    "donc alors simplement exactement clairement certainement évidemment bien égale doit être sans doute par conséquent ainsi "
    "also daher somit dann einfach genau sicher eindeutig offensichtlich gleich muss folglich demnach natürlich sein endgültig "
    "portanto então simplesmente exatamente claramente certamente obviamente igual deve ser assim logo "
    "значит поэтому просто точно очевидно таким образом конечно должен должна быть следовательно именно тогда "
    "quindi dunque semplicemente esattamente chiaramente certamente ovviamente uguale deve essere perciò pari "
    "dus daarom gewoon precies duidelijk zeker natuurlijk gelijk moet dan "
    "letter letra lettre buchstabe lettera option opción opção opzione optie choice буква вариант "
    "إذن إذا فقط تماما بالتأكيد इसलिए बस तो अतः".split()
)
