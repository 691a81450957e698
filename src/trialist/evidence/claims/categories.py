"""Categories of a whole in a row: `0 in 58, 1 in 61 and 2 in 21`, `progression (29)`, percents."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from trialist.evidence.claims.items import Item
from trialist.evidence.claims.model import Printed
from trialist.evidence.claims.plain import COUNT, INTEGER, NUMBER, printed
from trialist.evidence.claims.shares import WHO
from trialist.evidence.claims.splits import UNIT
from trialist.evidence.claims.wholes import numbers_of

_SCHEME = re.compile(
    r"\b(?:performance status|ECOG|stages?|Gleason|best (?:overall )?responses?|responses? w(?:as|ere)"
    r"|sex|gender|reasons?|causes?"
    r"|classified|divided|split|grouped|risk groups?|age|responders|discontinued|withdrew|stopped"
    r"|subtypes?|distribut\w+|status|result"
    r"|histolog\w+|lines of therapy"
    r"|grade)\b",
    re.I,
)
_OPEN = re.compile(
    r"\b(?:includ\w+|such as|e\.g|mainly|mostly|most|more than one|some|both|also|metasta\w+|sites? of"
    r"|comorbid\w*|symptoms?"
    r"|previous\w*|prior(?! lines)|at least|multiple|could be|among others)\b",
    re.I,
)
_LABELLED = (
    re.compile(
        rf"\b(?P<w>[A-Za-z0-9][\w/+-]*(?:\s+[a-z-]+){{0,3}}?)\s+in\s+(?P<x>{COUNT})(?!{UNIT})(?![\w-])", re.I
    ),
    re.compile(
        rf"\b(?P<w>[A-Za-z][\w-]*(?:\s+[a-z-]+){{0,3}}?)\s+\(\s*"
        rf"(?:n\s*=\s*)?(?P<x>{COUNT})\s*(?:[;,]\s*{NUMBER}\s?%\s*)?\)",
        re.I,
    ),
    re.compile(rf"\b(?P<w>CR|PR|SD|PD|NE|NR)\s*[:=]?\s+(?P<x>{COUNT})(?!{UNIT})(?![\w-])"),
    re.compile(
        rf"(?<![\w./-])(?P<x>{COUNT})\s+(?:\(\s*{NUMBER}\s?%\s*\)\s+)?(?:were\s+|was\s+|died\s+)?"
        r"(?:as|of|for|from|by|to|due to|because of|(?:had|showed|achieved)(?:\s+an?)?|an?)\s+"
        r"(?P<w>[a-z][\w+-]*(?:\s+[\w+-]+){0,3}?)(?=\s*(?:,|;|\band\b|\.|$))",
        re.I,
    ),
)
# the last category of a list that leaves nobody out
_CLOSING = re.compile(
    r"\b(?:other|others|unknown|missing|undetermined|not (?:evaluable|known|assessable|available)"
    r"|or (?:older|more|higher|above|worse)"
    r"|the rest|remaining)\b|[≥>]",
    re.I,
)
_OTHER = re.compile(r"\b(?:another|others?|the rest)\b", re.I)  # what none of the kinds before is
_DIVIDED = re.compile(
    r"\b(?:classified|divided|split|grouped|groups? (?:comprised|contained|included|had)|men|women|males?"
    r"|females?|reasons?)\b",
    re.I,
)
_ROW = re.compile(
    rf"(?<![\w./-])(?P<list>(?:{COUNT},\s+)*{COUNT},?\s+and\s+{COUNT})\s+of\s+(?:the\s+"
    rf"|all\s+)?(?P<n>{COUNT})\s+{WHO}[^.;]{{0,20}}\brespectively\b",
    re.I,
)
_CATEGORY_WHOLE = re.compile(
    rf"\b(?:of|among|in|for)\s+(?:the|these|all|our)\s+(?P<n>{COUNT})(?:\s+{WHO})?(?=\W|$)"
    rf"|\(\s*n\s*=\s*(?P<k>{INTEGER})\s*\)(?=\s*(?::|was|were|is))"
    rf"|(?<![\w.-])(?P<m>{COUNT})\s+{WHO}(?=[^.;]{{0,20}}\b(?:classified|divided|split|grouped))"
    rf"|(?<![\w.,-] )(?<![\w.-])(?P<i>{COUNT})\s+{WHO}(?=\s+(?:discontinued|stopped|withdrew|died)\b)"
    rf"|(?<![\w.,] )(?<!\w)(?:Of|Among)\s+(?P<j>{COUNT})\s+{WHO}\s*,",
    re.I,
)


def categories(text: str, start: int, end: int) -> Iterator[Item]:
    """`Among the 130 patients, performance status was 0 in 58, 1 in 61 and 2 in 21`."""
    if not _SCHEME.search(text, start, end):
        return
    for pattern in _LABELLED:
        found = list(pattern.finditer(text, start, end))
        if found and _OPEN.search(text, *_clause(text, start, end, found)):
            continue
        if len(found) < 2 or not _in_a_row(text, found, loose=pattern is _LABELLED[0]):
            continue
        wholes = [
            m for m in _CATEGORY_WHOLE.finditer(text, start, end)
            if not any(m.start(_named(m)) == f.start("x") for f in found)
        ]  # fmt: skip
        numbers = [printed(text, *m.span(_named(m))) for m in wholes]
        parts = [printed(text, *m.span("x")) for m in found]
        if len(numbers) == 1 and numbers[0] is not None:
            names = tuple(m["w"] for m in found)
            more = len(numbers_of(text, start, end)) > len(parts) + 1
            for item in _row(text, (start, end), numbers[0], parts, names):
                item.said["open"] = "row" if more else item.said["open"]
                yield item
            return


def _clause(text: str, start: int, end: int, found: list[re.Match[str]]) -> tuple[int, int]:
    """From the last semicolon before a row to the next behind it."""
    begin = max(text.rfind(";", start, found[0].start()) + 1, start)
    stop = text.find(";", found[-1].end(), end)
    return begin, stop if stop >= 0 else end


def _row(
    text: str, sentence: tuple[int, int], total: Printed, parts: list[Printed | None], names: tuple[str, ...]
) -> Iterator[Item]:
    """A whole with its categories; `open`: "row" where a category may not be named."""
    if any(part is None for part in parts):
        return
    numbers = {"total": total} | {f"part {k}": part for k, part in enumerate(parts, 1) if part is not None}
    first, last = min(n.start for n in numbers.values()), max(n.end for n in numbers.values())
    responders = re.search(r"respon(?:ders|ses)\b", text[total.end : total.end + 25])
    closed = bool(
        (names and _CLOSING.search(names[-1]))
        or _DIVIDED.search(text, *sentence)
        or (
            responders
            and {"complete", "partial"} <= {word for name in names for word in name.lower().split()}
        )
        or (not names and len(parts) > 2)
    )
    rest = bool(names and _OTHER.search(names[-1]))
    said = {"form": "categories", "names": names, "open": ":" if closed else "row", "rest": rest}
    yield Item("total", first, last, first, numbers, said)


def _named(m: re.Match[str]) -> str:
    return next(name for name in "nmkji" if m[name])


def rows(text: str, start: int, end: int) -> Iterator[Item]:
    """`performance status 0/1/2 was recorded in 22, 30 and 6 of the 68 patients, respectively`."""
    found = _ROW.search(text, start, end)
    if found is None or not _SCHEME.search(text, start, end) or _OPEN.search(text, start, end):
        return
    total = printed(text, *found.span("n"))
    parts = [printed(text, *m.span()) for m in re.compile(COUNT, re.I).finditer(text, *found.span("list"))]
    if total is not None and len(parts) > 1:
        yield from _row(text, (start, end), total, parts, ())


def _in_a_row(text: str, found: list[re.Match[str]], *, loose: bool = False) -> bool:
    """Whether pieces follow one another with a comma or `and` between; `loose`: and the words of a label."""
    between = r"\s*(?:of\s+[a-z]+)?\s*(?:,|;|and|,\s*and|;\s*and|or|,\s*or)?\s*(?:was\s+|were\s+)?"
    if loose:
        between += r"(?:[\w<>≥≤-]+\s+){0,2}?"
    return all(re.fullmatch(between, text[a.end() : b.start()]) for a, b in pairwise(found))


_SHARES = re.compile(
    rf"(?P<x>{NUMBER})\s?%\s+(?:of\s+(?:the\s+)?(?:{WHO}|[a-z]+)\s+)?(?:were\s+|was\s+|had\s+"
    rf"|as\s+)?(?P<word>[A-Za-z][\w +-]*?)(?=\s*(?:,|;|\band\b|\.|$))"
)
_WHOLE_WORDS = re.compile(
    r"\b(?:positive|negative|undetermined|unknown|complete|partial|stable|progressive|not evaluable"
    r"|resistant|sensitive|male|female|men|women)\b",
    re.I,
)


_WHOLE_SCHEME = re.compile(
    r"\b(?:performance status|ECOG(?: PS)?|stage|Gleason|best (?:overall )?response|sex|gender"
    r"|histolog\w+|lines of therapy"
    r"|(?:HER2|receptor|AR-V7|mutation|smoking) status|subtypes?|race|ethnicity"
    r"|reasons? for \w+)\b[^.;]{0,20}$",
    re.I,
)
_SHARES_BEHIND = re.compile(
    rf"(?<![\w-])(?!(?:and|or|in|of|vs?|versus)\b)(?P<word>[A-Za-z0-9][\w/+-]*(?:\s+(?!was\b"
    rf"|were\b)[a-z+-]+){{0,3}}?)\s*(?:,|:|\s+in|\s+was|\s+were)?\s+(?P<x>{NUMBER})\s?%"
)


def hundreds(text: str, start: int, end: int) -> Iterator[Item]:
    """Percents of three or more categories that leave nothing out, in either order of label and percent."""
    for pattern in (_SHARES, _SHARES_BEHIND):
        found = list(pattern.finditer(text, start, end))
        if len(found) < 3 or text.count("%", start, end) != len(found) or not _in_a_row(text, found):
            continue
        whole = all(_WHOLE_WORDS.search(m["word"]) for m in found)
        if re.search(r"\b(?:remainder|the rest|others)\b", text[found[-1].end("x") : end]):
            continue
        scheme = _WHOLE_SCHEME.search(text, start, found[0].start("x"))
        if not whole and (scheme is None or _OPEN.search(text, start, end)):
            continue
        if any(re.match(r"(?:vs?|versus|and|in|of)\b", m["word"]) for m in found):
            continue
        parts = [printed(text, *m.span("x")) for m in found]
        if parts[0] is None or any(part is None for part in parts):
            continue
        held = {"total": parts[0]} | {
            f"part {k}": part for k, part in enumerate(parts, 1) if part is not None
        }
        said = {"form": "percents", "names": tuple(m["word"] for m in found)}
        yield Item("total", parts[0].start, found[-1].end(), parts[0].start, held, said)
        return
