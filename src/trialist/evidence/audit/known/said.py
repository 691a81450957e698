"""What a sentence says of a result besides its numbers: grade, time, subgroup, what is left open."""

from __future__ import annotations

import re
from collections.abc import Container

from trialist.evidence.claims.number_words import WORD, digits

GRADE = re.compile(
    r"\b(?P<any>any[\s-]grade(?!\s*(?:\d|≥|>))|all[\s-]grades?|of any grade|grades?\s*(?:1\s*(?:-"
    r"|to)\s*[45]|any))\b"
    r"|\bgrades?\s*(?P<of>≥|>=|>)?\s*(?P<first>[1-5])\s*(?P<more>\+|(?:or|and)\s+(?:higher|more|worse|above"
    r"|greater|over)|(?:-|to|or|and|/)\s*(?P<last>[2-5])\b)?"
    r"|(?:≥|>=)\s*grade\s*(?P<least>[1-5])"
    r"|\b(?P<severe>severe(?:ly)?)\b"
    r"|\b(?P<serious>serious)\s+(?:treatment-(?:emergent|related)\s+)?(?:adverse|side|TEAE|events?\b)"
    r"|\b(?P<stop>(?:stopp\w+|discontinu\w+)\b[^.;]{0,70}?\b(?:because of|due to"
    r"|for)\s+(?:an?\s+)?(?:adverse events?"
    r"|side effects?|toxicity))"
    r"|\b(?:leading|led)\s+to\s+(?:the\s+)?(?P<to>death|discontinuation)",
    re.I,
)
_TIME = re.compile(
    rf"\b(?:at|by|after)\s+(?P<n>\d+(?:\.\d+)?|{WORD})\s+(?P<unit>months?|years?"
    r"|weeks?)\b"
    rf"|\b(?P<n2>\d+(?:\.\d+)?|{WORD})[\s-](?P<unit2>year|month|week)\s+(?:overall\s+"
    r"|radiographic\s+"
    r"|progression-free\s+)*(?:survival|rate|probab|OS|PFS|rPFS)"
    r"|\bat\s+week\s+(?P<week>\d+)\b"
    rf"|\b(?P<n3>\d+|{WORD})\s+(?P<unit3>months?|years?|weeks?)\s+(?:(?:on|later|in)\s*,|into\b)"
    rf"|\b(?P<n4>\d+|{WORD})[\s-](?P<unit4>year|month|week)\s+(?:mark|point|landmark)\b",
    re.I,
)
STRONG_SUBGROUP = re.compile(
    r"\bsub-?groups?\b|\baged\b|\b(?:older|younger|elderly)\b|\b\d+\s+years\b|\bECOG\b|\bperformance "
    r"status\b|\bvisceral\b"
    r"|\bAR-?V7|\b(?:taxane|chemo\w*|hormone)[\s_-]resistan|\bsensitivity analys|\bpost[\s-]hoc\b"
    r"|\b(?:men|women|patients|people|those|participants|age[ds]?|was|were)\s+(?:under|over"
    r"|below|above)\s+(?:the age of\s+)?[4-9]\d\b(?!\s*%)"
    r"|\bNorth America|\bamong those\b|\bin those\b"
    r"|\bper[\s-]protocol\b|\bprior chemotherapy regimens\b|\bvolume\b|\bpreviously\b|\bwith baseline\b"
    r"|\brising\b|\bstopped\s+\w+\s+for\b|\bprogressed during\b|≥\s?65|≥\s?70|≥\s?75|\bsubset\b|\bstratum\b"
    r"|\b(?:men|women|patients|people|those)\s+(?:of|under|over|below|above)\s+\d\d\b(?!\s*%)"
    r"|\bwith a CTC\b|\b(?:patients|men|women|those)\s+(?:who|with|without)\s+(?:[a-z]+\s+){0,3}(?:prior"
    r"|previous|earlier)\b|\bcomparator drug\b|\bcumulative\b",
    re.I,
)
# Words for a part of the patients that hold for the sentences around them too; not those on who took part.
APART = re.compile(
    r"\bsub-?groups?\b|\bsubset\b|\bstratum\b|\bpost[\s-]hoc\b|\bsensitivity analys"
    r"|\bper[\s-]protocol\b"
    r"|\b(?:men|patients|those|women|people)\s+aged\b|\b(?:older|younger|elderly)\s+(?:men|patients"
    r"|people|women)\b|[<>≥]=?\s?(?:65|70|75)\b"
    r"|\bAR-?V7|\b(?:taxane|chemo\w*|hormone)[\s_-]resistan|\bamong those\b|\bwith a CTC\b",
    re.I,
)
TWO_PARTS = re.compile(
    r"\b(?:under|below)\s+\d+\b.*\b(?:or|and) (?:over|older|above)\b|\b(?:older|over|above"
    r"|elderly)\b.*\byounger\b|\byounger\b.*\bolder\b|\bwith\b[^;]{2,160}\b(?:and|those|men"
    r"|patients|women|\d[\d,]*)\s+without\b"
    r"|\bnegative\b.*\d.*\bpositive\b|\bpositive\b.*\d.*\bnegative\b|\bresistant\b.*\b(?:not|non"
    r"|sensitive)\b",
    re.I | re.S,
)
HEDGED = re.compile(
    r"\b(?:the plan|plans?\s+(?:called|was|were)|called for|assum\w+|expect\w+|target(?:s|ed (?:a|an"
    r"|hazard|effect|difference))?\b|planned|hypothe\w+"
    r"|power(?:ed)?\b|margin|pooled|meta-analy\w+|quartiles?|IQR"
    r"|reconstruct\w+|imput\w+|would\b|historical|predict\w+|simulat\w+|detect|projected|anticipated"
    r"|real-world)",
    re.I,
)
BOUND_BEFORE = re.compile(
    r"(?:[<>≤≥]=?|\b(?:below|above|over|under|exceed\w*|more than|less than|fewer than|at least|at most"
    r"|up to|within"
    r"|every|last|first|for|after|at|over|next|to|by|than|of at least|increase of|reduction of"
    r"|difference of|gain of|by about"
    r"|improvement of|benefit of|advantage of|decline of|fall of|drop of|additional|further|extra"
    r"|another|added|adds|adding|gained|gains))(?:\s+(?:just|only|some|a mere|no more than))?\s*$",
    re.I,
)
HALF = re.compile(r"\bhalf\b[^.]{0,120}?\b(?:lived|survived|alive|died|dead)\b(?:[^.]|\.\d){0,120}$", re.I)
ABOUT = re.compile(
    r"\b(?:about|approximately|around|roughly|nearly|almost|some|close to|circa|ca\.?|just (?:over"
    r"|under)|an estimated)"
    r"\s*(?:the\s+)?$|~\s*$",
    re.I,
)
DENIED = re.compile(  # what a sentence says that others say, or that is not so
    r"\b(?:not|un)\s?true\b|\b(?:wrong|mistaken|false|erroneous|incorrect)(?:ly)?\b"
    r"(?!\s+(?:positive|negative|discovery))"
    r"|\bmyths?\b|\bmisprint\w*|\bmisquot\w*|\bcontrary to\b"
    r"|\bsome\s+(?:web\s?sites?|web\s?pages|people|sources|newspapers|blogs)\b",
    re.I,
)
INTERIM = re.compile(
    r"\binterim\b|\bstopped early\b|\b(?:first|initial|original) (?:analysis|report|publication"
    r"|results)\b|\bearl(?:y"
    r"|ier) analysis\b|\bpreliminary\b",
    re.I,
)


def grade_of(found: re.Match[str]) -> str:
    if found["any"]:
        return "any"
    if found["serious"]:
        return "serious"
    if found["stop"]:
        return "leading_to_discontinuation"
    if found["to"]:
        return f"leading_to_{found['to'].lower()}"
    if found["severe"]:
        return "3+"
    if found["least"]:
        return f"{found['least']}+"
    first, last = found["first"], found["last"]
    if last:
        return f"{first}-{last}"
    return f"{first}+" if found["of"] or found["more"] else first


def grade_near(text: str, start: int, end: int, at: int) -> str | None:
    """The grade that stands nearest before an offset in a stretch, else the first behind it."""
    found = list(GRADE.finditer(text, start, end))
    before = [one for one in found if one.start() <= at]
    if (
        len(before) > 1
        and before[-1]["any"]
        and before[-2]["serious"]
        and before[-1].start() - before[-2].end() < 24
    ):
        return "serious"
    if before:
        stop = text.rfind(";", before[-1].end(), at)
        if (
            stop >= 0
            and len({grade_of(one) for one in before}) > 1
            and not any(o.start() > at for o in found)
        ):
            return None  # `15% of grade 2 and 6% of grade 3; on B it was 11% and 1%`: of each in turn
        return grade_of(before[-1])
    return grade_of(found[0]) if len({grade_of(one) for one in found}) == 1 else None


def severe(grade: str) -> bool:
    return grade in ("3+", "3-4", "3-5")


def months_said(text: str, start: int, end: int, skip: tuple[int, int]) -> float | None:
    """The time at which a share is, in months; None where none or several are said."""
    held: set[float] = set()
    for one in _TIME.finditer(text, start, end):
        if one.start() < skip[1] and skip[0] < one.end() and one["n"]:
            continue
        if one["week"]:
            held.add(int(one["week"]) * 7 / 30.4375)
            continue
        value = float(digits(one["n"] or one["n2"] or one["n3"] or one["n4"]))
        unit = (one["unit"] or one["unit2"] or one["unit3"] or one["unit4"]).lower()
        held.add(round(value * {"y": 12, "m": 1, "w": 7 / 30.4375}[unit[0]], 6))
    return held.pop() if len(held) == 1 else None


def months_of(timepoint: str | None) -> float | None:
    """Of a finding: `12 months`, `18 weeks`."""
    found = re.match(r"(\d+(?:\.\d+)?)\s+(month|week|year|day)", timepoint or "")
    if found is None:
        return None
    return float(found[1]) * {"month": 1.0, "week": 7 / 30.4375, "year": 12.0, "day": 1 / 30.4375}[found[2]]


_YES_NO = {"yes": True, "no": False}


def subgroup_said(subgroup: str, sentence: str) -> bool:
    """Whether a sentence speaks of a subgroup of the store (`age: >=70`, `ecog: 2`, `visceral: no`)."""
    text = sentence.casefold().replace("≥", ">=").replace("≤", "<=")
    if subgroup.casefold() in text:
        return True
    what, colon, value = subgroup.casefold().partition(":")
    value = value.strip()
    words = what.replace("_", " ").replace("-", " ").split()
    if not colon:
        return all(word in text for word in words if len(word) > 3)
    if "prior_chemo" in what or "mg" in what:
        return False
    edge = re.fullmatch(r"(>=|<|>|<=)\s*(\d+)", value)
    if edge is not None:
        number = edge[2]
        older, younger = (
            re.search(rf"\b{word}\b", text) is not None for word in ("older|elderly", "younger")
        )
        if what == "age" and older != younger and not re.search(rf"\b{number}\b", text):
            return older == (edge[1] in (">=", ">"))
        if edge[1] in (">=", ">"):
            return re.search(
                rf"(?:>=|>|at least|over|aged)\s*{number}\b(?!\s+years? or younger)"
                rf"|\b{number}(?:\s+years)?\s+(?:or|and)\s+"
                rf"(?:older|over|above|more)|\b{number}\s+years\s+of\s+age\s+(?:or|and)\s+older",
                text,
            ) is not None and not re.search(rf"(?:younger than|under|<)\s*{number}", text)
        return re.search(rf"(?:<|younger than|under|below|less than)\s*{number}\b", text) is not None
    if value in _YES_NO:
        there = all(word in text for word in words)
        no = re.search(rf"\b(?:no|without|not)\b[^.;,]{{0,20}}{re.escape(words[0])}", text) is not None
        return there and no != _YES_NO[value]
    parts = [part for part in re.split(r"[\s/_-]+", value) if part not in ("v", "or")]
    there = all(re.search(rf"(?<![\w]){re.escape(part)}", text) for part in parts)
    if value.replace("-", "").isdigit() or len(value) < 4:
        return there and all(word in text for word in words)
    return there and (any(word in text for word in words) or len(parts) > 1)


_AGES = re.compile(
    r"\bage[ds]?\b|\b(?:old|young|elder|senior)\w*|\b(?:over|under|below|above)\s+\d\d\b|\b\d\d\s+(?:and|or)\s+(?:over|above|more)",
    re.I,
)
_NO_HINT = frozenset(
    {"other", "prior", "with", "without", "from", "after", "before", "during", "another", "stopped"}
)


def hinted(subgroup: str, around: str, common: Container[str]) -> bool:
    """Whether a stretch has any word of a subgroup of the store, so that it may be of those patients.

    `common`: words that tell no subgroup, the names of drugs.
    """
    if subgroup_said(subgroup, around):
        return True
    if subgroup.startswith("age"):
        return _AGES.search(around) is not None
    words = {
        w for w in re.split(r"[^a-z0-9]+", subgroup.casefold()) if len(w) > 2 and w not in common
    } - _NO_HINT
    return any(re.search(rf"\b{re.escape(word[:7])}", around, re.I) for word in words)


_CUES = {
    "baseline": r"were present|present in|involve|baseline|at entry|at the start|at enrolment|characteristic",
    "deaths_within_30d": r"30 days",
    "disposition": r"discontinu|stopp|complet|withdr|lost to|non-?complian|patient request|off treatment",
    "exposure": r"cycles|dose|delay|reduction|intensity|duration|exposure|treatment lasted|given for",
    "subsequent": r"subsequent|afterwards|after the trial|(?<!or )later|post-study|post-treatment",
    "concomitant": r"concomitant|beside|at the same time|concurrent|took a",
    "received": r"receiv|were given",
    "outcome": r"outcome|became|stayed|best response|completed|discontinued|withdrawal|after treatment"
    r"|other reason",
    "pk": r"\bAUC|\bCmax|\bVss|pharmacokinetic|clearance|\bmean (?:auc|cmax|vss)",
    "deaths": r"death|died",
}


def cued(family: str, sentence: str) -> bool:
    """Whether a sentence has a word of a family of endpoints: `completed`, `within 30 days`."""
    cue = _CUES.get(family)
    return cue is not None and re.search(cue, sentence, re.I) is not None


def detail_said(endpoint: str, sentence: str, window: str) -> int:
    """How many letters of `baseline:visceral metastases` are said; 0 where they are not.

    Its family may be said anywhere in the sentence, the rest in a window around the number.
    """
    family, _, detail = endpoint.partition(":")
    cue = _CUES.get(family)
    text = window.casefold().replace("≥", ">=").replace("≤", "<=")
    if (
        family == "baseline"
        and " " in detail
        and re.search(rf"\bhad\s+{re.escape(detail.casefold())}\b", text)
    ):
        return len(detail)  # `87% had bone metastases`
    if cue is None or not re.search(cue, sentence, re.I):
        return 0
    detail = detail.casefold().replace("_", " ")
    if re.search(rf"(?<![\w>=<]){re.escape(detail)}(?!\w)", text):
        return len(detail)
    words = [w for w in re.split(r"[\s:,<>=()-]+", detail) if len(w) > 2 and w not in ("any", "the", "with")]
    stems = [re.sub(r"(?:ed|ion|ions|s|es|ing)$", "", w) for w in words]
    edges = re.findall(r"(?:>=|<=|<|>)\d+", detail.replace(" ", ""))
    flat = text.replace(" ", "")
    own = [word for word in words if not re.search(cue, word, re.I)]
    family_words = re.findall(rf"\b(?:{cue})\w*", sentence.casefold()) if own else []
    said = " ".join((text, *family_words))
    if len(stems) < 2 or not all(re.search(rf"\b{re.escape(stem)}", said) for stem in stems):
        return 0
    return sum(map(len, stems)) if all(edge in flat for edge in edges) else 0
