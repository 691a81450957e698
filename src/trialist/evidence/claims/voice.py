"""How a sentence says something: as told, denied, in doubt, planned, asked, or as what others wrongly say."""

from __future__ import annotations

import re
from typing import Literal

Voice = Literal["told", "denied", "doubted", "planned", "asked", "refuted"]

CUT = re.compile(
    r"[;()]|:(?!\d)|\s-\s|,?\s+\b(?:but|whereas|while|although|though|however|yet)\b(?!\s+to\b)"
    r"|,\s+(?:and|so|which|because|as|since)\b(?!\s+(?:that|thus|therefore)\b)"
)
_DENIED = re.compile(
    r"\b(?:not(?!\s+(?:only|merely|just|surpris\w+|least)\b)|no(?!\s+(?:doubt|question|wonder)"
    r"\b)|never|neither|nor"
    r"|cannot|none|nobody|nothing|no one|hardly|barely|scarcely|rarely|seldom|unable|fail(?:s|ed|ing|ure)? to"
    r"|lack(?:s|ed|ing)? (?:of|any)|absence of|without|too (?:small|few|short|early|weak) to"
    r"|short of|rather than|instead of"
    r"|far from|missed|disprov\w+|refut\w+|little|few (?:trials|studies|data)|disput\w+)\b|n't\b|\bnon-?$",
    re.I,
)
_PATIENTS = (
    r"(?:patients?|men|women|people|those|participants|adults|children|persons|cases|tumou?rs?"
    r"|group|subgroup|arm|disease|population)"
)
_ATTRIBUTE = re.compile(  # of patients, not of what is said of them
    rf"\b{_PATIENTS}\s+(?:with|having|without|given|receiving|on|in)\s+(?:had\s+)?(?:no|not"
    rf"|never|none)?\b(?:\s+[\w-]+){{0,4}}"
    rf"|\b{_PATIENTS}\s+without(?:\s+[\w-]+){{1,4}}"
    r"|\b(?:who|whose\s+\w+)\s+(?:have|had|has|were|are|is|was|did|do|does)\s*(?:not\b|never\b"
    r"|no\b|n't)(?:\s+[\w-]+){1,5}"
    r"|\bin\s+spite\s+of\s+(?:no|not)\b(?:\s+[\w-]+){0,3}",
    re.I,
)
_DOUBTED = re.compile(
    r"\b(?:may|might|could|would|perhaps|possibly|maybe|suggest\w*|seem\w*|appear(?:s"
    r"|ed)? (?:to|that)|likely|probably"
    r"|whether|if|unless|hint\w*|trend\w*|tend(?:s|ed|ency)?|numerical\w*|nominal\w*"
    r"|apparent(?:ly)?|plausib\w+"
    r"|potential\w*|promising|encouraging|hop(?:e|es|ed|ing)|doubt\w*(?<!no doubt)|unclear"
    r"|unknown|unproven|untested"
    r"|uncertain|remains? to be|question (?:of|whether)|in theory|tempt\w+|slightly|looks? as"
    r"|marginal\w*|border\w*|approach(?:es|ed|ing)?|nearly|almost|close to|partial\w*)\b"
    r"|^\W*(?:should|were|had)\s",
    re.I,
)
_PLANNED = re.compile(
    r"(?<!met its )(?<!met the )(?<!met its primary )\b(?:aim(?:s|ed|ing)?|objectives?|goal"
    r"|purpose|designed|plan(?:s|ned)?|powered|intend\w*|intention"
    r"|hypothes\w+|expect(?:s|ed|ation)|anticipat\w+|assum(?:ed|es|ing|ption)|will|sought"
    r"|seeks?|set out|test(?:s|ed|ing)? (?:for|of)|sized for|ask(?:s|ed) (?:whether|if)"
    r"|(?:was|were|is|are) to (?:show|test|prove|demonstrate|establish|confirm)|to (?:test"
    r"|determine|assess|evaluate|find out|see|investigate|explore|examine|learn|detect))\b",
    re.I,
)
_PURPOSE = re.compile(  # `to confirm this`, and not `was shown to reduce`
    r"(?<!able )(?<!enough )(?<!sufficient )(?<!shown )(?<!found )(?<!proved )(?<!proven )"
    r"(?<!known )(?<!seen )(?<!reported )(?<!demonstrated )"
    r"(?<!allow )\bto\s+(?:\w+ly\s+)?(?:confirm|prove|show|demonstrate|establish|verify|reduce"
    r"|improve|lower|prevent|avoid|delay|slow|prolong|extend)$",
    re.I,
)
_BEHIND = re.compile(
    r"(?:(?!\b(?:who|whose|which|that|where|men|women|patients|those)"
    r"\b)[^.;]){0,70}?\b(?:(?:not|never|n't|cannot)\s+(?:yet\s+|been\s+|be\s+|by itself\s+"
    r"|in itself\s+)*"
    r"(?:shown|studied|proven|proved|prove|mean|imply|show|established|demonstrat\w+|tested"
    r"|known|claimed|concluded|measured"
    r"|possible|true|supported|confirmed|certain|warranted|meant|what|borne|have been|hold)"
    r"|un(?:known|proven|clear|tested|certain|studied|warranted|supported|justified|true|founded)"
    r"|wrong|false|incorrect|a?\s*myth|misconception|mistaken|misread\w*|overstat\w+"
    r"|exaggerat\w+|goes? (?:too far|beyond)"
    r"|remains? (?:open|to be|a question)|should (?:not|read)|too far|open question"
    r"|(?:may|might|could) (?:be|have been) (?:due|down|owed|chance|the play))\b"
    r"|[^.;]{0,20}?\b(?:can|could)(?:not|n't| not) be (?:ruled out|excluded|dismissed)\b"
    r"|[^.;]{0,20}?\b(?:of|by|in|with|for) (?:neither|none|no)\b|[^.;]{0,40}?\b(?:within"
    r"|compatible with|explained by|due to|put down to|down to|no more than"
    r"|by) (?:the play of |mere )?chance\b"
    r"|[^.;]{0,40}?\b(?:but|though|although|yet|albeit)\b[^.;]{0,40}?\b(?:not|n't|never|short"
    r"|fail\w*|contains?|includ\w+"
    r"|cross\w*|holds|chance)\b(?!\s+(?:overall|pro?gression|survival))",
    re.I,
)
_SAYS_WRONGLY = re.compile(
    r"\b(?:myths?|misconceptions?|misread\w*|errat\w+|corrigend\w+|correction|untrue"
    r"|not (?:true|correct|the case|so)"
    r"|nobody (?:claims|says)|contrary to|do not (?:say|write|claim|assume|conclude|read)"
    r"|don't (?:say|write|claim|assume)"
    r"|(?:claims?|statements?|words?|phrases?|sentences?) (?:to avoid|that (?:go|are not"
    r"|cannot))|wrongly|mistaken\w*"
    r"|(?:readers?|one|some|people|you) (?:might|may|could) (?:\w+ )?(?:think|conclude|say"
    r"|believe|infer|assume))\b"
    r"|^\W*(?:myth|false|wrong|do not say|avoid|claim|rumou?r)\b\W{0,4}[:.|)-]|^\W*not (?:said"
    r"|shown|proven|proved|tested|known|claimed)\b[^.;:]{0,40}:",
    re.I,
)
_WRONG_NEXT = re.compile(
    r"\W*(?:(?:this|that|it|which|the (?:claim|statement|sentence|truth))"
    r"\s+(?:\w+\s+){0,2}?(?:is|was|goes|overstates?|does|did|cannot|has|are)\b"
    r"[^.;]{0,40}?\b(?:wrong|false|untrue|not|no|myth|beyond|overstat\w+|unsupported"
    r"|misleading|incorrect|otherwise|different)\b"
    r"|fact\b|no[,.:]|not so\b|wrong\b|false\b|in (?:truth|fact|reality)\b|reality\b|untrue\b)",
    re.I,
)
FRAME = re.compile(  # of a heading, a label or a lead-in under which nothing is claimed
    r"\b(?:myths?|misconceptions?|(?:claims?|statements?|words|wording) (?:to avoid|not)|avoid"
    r"|do not (?:say|write|claim)"
    r"|don'ts?|objectives?|aims?|hypothes[ei]s|limits|limitations?|caveats?|not (?:shown|known"
    r"|claimed|proven|say|mean)"
    r"|open questions?|unanswered|unknown|cannot)\b|\bwhat\b[^.?]{0,40}(?:\b(?:not|cannot|never)\b|n't\b)",
    re.I,
)


def voice(sentence: str, start: int, end: int, behind: str = "") -> Voice:
    """How the stretch of a sentence is said; `behind`: the sentence that follows, which may take it back."""
    if sentence.rstrip(" \"'*)").endswith("?"):
        return "asked"
    if _SAYS_WRONGLY.search(sentence) or (_WRONG_NEXT.match(behind) and _reported(sentence, start)):
        return "refuted"
    whole = sentence[:start]
    if _quoted(sentence, start) and _BEHIND.match(sentence[end:]):
        return "refuted"
    before = clause_before(sentence, start)
    if _PLANNED.search(whole.rpartition(";")[2][-110:]) and not re.search(
        r"\b(?:met|reached|achieved)\b", whole, re.I
    ):
        return "planned"
    if _PURPOSE.search(before + sentence[start:end].split()[0]):
        return "planned"
    bare = _ATTRIBUTE.sub(lambda m: " " * len(m[0]) if m.end() < len(before) else m[0], before)
    if _DENIED.search(bare) or _BEHIND.match(sentence[end:]):
        return "denied"
    return "doubted" if _DOUBTED.search(before) or _DOUBTED.match(whole) else "told"


def claims_nothing(sentence: str, behind: str = "") -> bool:
    """Whether a whole sentence asks, or gives what others wrongly say."""
    asks = sentence.rstrip(" \"'*)").endswith("?")
    taken_back = _WRONG_NEXT.match(behind) is not None and _reported(sentence, len(sentence))
    return asks or taken_back or _SAYS_WRONGLY.search(sentence) is not None


def clause_before(sentence: str, at: int) -> str:
    """What stands before an offset in its clause."""
    cut = max((m.end() for m in CUT.finditer(sentence, 0, at)), default=0)
    return sentence[cut:at]


def clause_at(sentence: str, at: int) -> tuple[int, int]:
    """The clause around an offset."""
    cuts = [0, *(m.start() for m in CUT.finditer(sentence)), len(sentence)]
    return max(c for c in cuts if c <= at), min((c for c in cuts if c > at), default=len(sentence))


def _quoted(sentence: str, at: int) -> bool:
    return sentence.count('"', 0, at) % 2 == 1


def _reported(sentence: str, at: int) -> bool:
    """Whether somebody else is said to say it."""
    return _quoted(sentence, at) or re.search(
        r"\b(?:stat\w+|sa(?:y|ys|id)|claim\w*|writ\w+|wrote|report\w*|believ\w+|hear\w*|think\w*"
        r"|tell\w*|told|advert\w+)\b"
        r"|^\W*(?:myth|claim)", sentence[:at], re.I
    ) is not None  # fmt: skip
