"""Words that instructions speak of: function words, verbs, syllables."""

from __future__ import annotations

import re

STOP_WORDS = frozenset(
    "a about above after again against all am an and any are aren't as at be because been before being below "
    "between both but by can can't cannot could couldn't did didn't do does doesn't doing don't down during each "
    "few for from further had hadn't has hasn't have haven't having he he'd he'll he's her here here's hers "
    "herself him himself his how how's i i'd i'll i'm i've if in into is isn't it it's its itself just let's me "
    "more most mustn't my myself no nor not now of off on once only or other ought our ours ourselves out over "
    "own same shan't she she'd she'll she's should shouldn't so some such than that that's the their theirs them "
    "themselves then there there's these they they'd they'll they're they've this those through to too under "
    "until up very was wasn't we we'd we'll we're we've were weren't what what's when when's where where's which "
    "while who who's whom why why's will with won't would wouldn't you you'd you'll you're you've your yours "
    "yourself yourselves s t d ll m o re ve y".split()
)
"""English function words, with the parts that apostrophes leave of them."""

VERBS = frozenset(
    "accept achieve act adapt add adjust admit adopt advise agree aim allow analyze analyse announce answer "
    "anticipate apply approach approve argue arrange arrive ask assemble assess assign assist assume attach "
    "attempt attend avoid bake balance be beat become begin believe bend bet bind blend boil book borrow bounce "
    "break breathe bring build burn buy calculate call carry cast catch celebrate change chase check chew choose "
    "clap clarify classify clean clear click climb close collect combine come communicate compare complete "
    "compute conclude conduct configure connect consider consult contact contain continue contribute convert cook "
    "copy count cover crack craft create cross cultivate cut dance deal decide declare decrease define delete "
    "deliver delve demonstrate denote depend derive describe design determine develop discover discuss dive "
    "divide do double drag draw dream drink drive drop earn eat edit embark embrace emphasize employ enable "
    "encourage engage enhance enjoy ensure enter establish estimate evaluate examine exercise expand expect "
    "experience explain explore express extend extract face fail fall feed feel fight figure fill find finish fit "
    "fix fly fold focus follow forget form formulate gain gather generate get give go grab graduate grasp greet "
    "grow guess guide hand handle hang happen harness have hear help hide highlight hit hold hope identify ignore "
    "illustrate imagine implement improve include incorporate increase indicate inform initiate insert inspect "
    "install integrate introduce investigate invite involve join journey jump keep kick kill know label laugh "
    "launch lead lean learn leave let lift limit link list listen live locate look lose love make manage map "
    "master match measure meet mention merge minimize mix modify monitor move navigate need negotiate note notice "
    "observe obtain offer open operate optimize order organize outline overcome pack paint participate pass pay "
    "perform persuade pick picture place plan plant play point ponder post pour practice prepare present press "
    "prevent print prioritize proceed produce promote propose protect prove provide publish pull purchase push "
    "put raise reach read realize recall receive recognize recommend record reduce refer reflect refrain register "
    "regret relate relax release remain remember remind remove rent repair repeat replace reply report represent "
    "request require research resolve respond rest restart return reveal review revise ride rise roll rotate run "
    "save say scan schedule search see seek select sell send separate serve set share shift show shut sign "
    "simplify sing sit sketch sleep slice solve sort speak specify spend spread stand start state stay step stir "
    "stop store stretch study submit subtract suggest summarize support suppose switch take talk taste teach tell "
    "test thank think throw tie touch track train transform translate travel treat try turn type uncover "
    "understand unleash unlock update upgrade upload use utilize validate verify view visit visualize wait wake "
    "walk want warn wash watch wear weigh welcome win wish wonder work worry wrap write yield".split()
)
"""English verbs in the form that sentences begin with; not every one that there is."""

_VOWEL_RUN = re.compile(r"[aeiouy]+")
_SILENT = re.compile(r"(?:[^laeiouy]es|[^td]ed|[^laeiouy]e)$")


def syllables(word: str) -> int:
    """Count the syllables of an English word by its runs of vowels: right for some nine words in ten."""
    plain = re.sub(r"[^a-z]", "", word.lower())
    if not plain:
        return 0
    runs = len(_VOWEL_RUN.findall(plain))
    if _SILENT.search(plain) and runs > 1:
        runs -= 1
    return max(1, runs)
