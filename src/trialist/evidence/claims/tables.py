"""Claims of tables: a cell says what its row and column say of it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from trialist.evidence.claims.binding import Scene, bind, scene
from trialist.evidence.claims.findings import claim_of
from trialist.evidence.claims.grid import body
from trialist.evidence.claims.grid import head as head_of
from trialist.evidence.claims.items import BARE, Item, Taken
from trialist.evidence.claims.lexicon import Lexicon
from trialist.evidence.claims.model import Bound, Cell, Claim, Document, Part, Printed, Span
from trialist.evidence.claims.plain import INTEGER, NUMBER, printed
from trialist.evidence.claims.quantities import items_of
from trialist.evidence.claims.table_differences import differences_of

_N = re.compile(rf"\b[nN]\s*=\s*(?P<n>{INTEGER})")
_COUNT_PERCENT = re.compile(
    rf"^\s*(?P<x>{INTEGER})\s*(?:/\s*(?P<n>{INTEGER})\s*)?\(\s*(?P<p>{NUMBER})\s?%?\s*\)\s*$"
)
_RATIO = re.compile(
    r"\b(?:[Hh]azard [Rr]atio|HR|[Oo]dds [Rr]atio|OR|[Rr]isk [Rr]atio|[Rr]elative [Rr]isk|RR)\b"
)
_UNIT = re.compile(r"\b(months|weeks|days|years)\b", re.I)
_LONE = re.compile(rf"^\s*(?P<x>{NUMBER})(?=\s|$|[(\[])")
_P_HEAD = re.compile(r"^\s*[Pp](?:[\s-]?[Vv]alue)?\s*$")
_P_CELL = re.compile(rf"^\s*(?:[Pp]\s*)?(?P<op>[=<>≤])?\s*(?P<p>{NUMBER})\s*$")
_CI_HEAD = re.compile(r"(?P<level>\d{2}(?:\.\d+)?)?\s?%?\s*-?(?:CI|confidence interval)\b", re.I)
_ENDS = re.compile(rf"^\s*[(\[]?\s*(?P<low>{NUMBER})\s*(?:-|to|;|,)\s*(?P<high>{NUMBER})\s*[)\]]?\s*$")
_MEASURE = {"h": "hazard_ratio", "o": "odds_ratio", "r": "risk_ratio"}
_WHOLE_CELL = re.compile(rf"^\W*(?P<x>{INTEGER})\s*(?:\(\s*(?:100(?:\.0+)?|{NUMBER})\s?%?\s*\))?\W*$")
_OWN_WHOLE = re.compile(r"evaluable|measurable|assess|of those|with baseline|n\s*=|/", re.I)


def claims(document: Document, text: str, part: Part, known: Lexicon) -> Iterator[Claim]:
    if len(part.rows) < 2:
        return
    for row in body(text, part):
        if not is_prose(text, row):
            yield from _row(document, text, part, row, known)


_UNITS = frozenset({"months", "weeks", "days", "years", "patients", "men", "women"})
_WORDS = re.compile(r"[A-Za-z]{3,}")


def is_prose(text: str, row: tuple[Cell, ...]) -> bool:
    """Whether a row is a name and what is told of it in words: it is read as a sentence."""
    if len(row) != 2:
        return False
    words = set(_WORDS.findall(text, row[1].start, row[1].end)) - _UNITS
    return len(words) > (0 if re.search(r"\d", text[row[1].start : row[1].end]) else 1)


def _row(document: Document, text: str, part: Part, row: tuple[Cell, ...], known: Lexicon) -> Iterator[Claim]:
    label = text[row[0].start : row[0].end] if row else ""
    sentence = document.span(row[0].start, row[-1].end)
    corner = head_of(text, part, 0)
    ratio: Item | None = None
    for place, cell in enumerate(row[1:] if len(row) > 1 else row, 1):
        head = head_of(text, part, place)
        words = scene(f"{label} | {head}", 0, len(label) + len(head) + 3, known)
        told = text[cell.start : cell.end]
        if ratio is not None and _joined(text, cell, head, ratio):
            continue
        if _RATIO.search(head) or _RATIO.search(label):
            item = _ratio(text, cell, f"{head} {label}")
            if item is not None:
                if ratio is not None:
                    yield _made(document, sentence, ratio, _bound(words))
                ratio = item
                ratio.said["bound to"] = _bound(words)
                continue
        time = _time(text, cell, f"{label} | {head}")
        if time is not None:
            yield _made(document, sentence, time, _bound(words))
            continue
        share = _share(text, cell, head, label, corner)
        if share is not None:
            _whole_beside(text, part, row, place, share)
            share.said |= {"table": part.start, "row": row[0].start}
            yield _made(document, sentence, share, _bound(words))
        elif told.strip():
            yield from _others(document, text, cell, sentence, words, known, f"{label} | {head}")
    if ratio is not None:
        bound = ratio.said.pop("bound to")
        yield _made(document, sentence, ratio, bound)
    for item in differences_of(text, part, row):
        yield _made(document, sentence, item, Bound())


def _joined(text: str, cell: Cell, head: str, ratio: Item) -> bool:
    """Whether a cell is the interval or p value of the ratio before it."""
    body = text[cell.start : cell.end]
    p = _P_CELL.match(body) if _P_HEAD.match(head) else None
    if p is not None and "p" not in ratio.numbers:
        number = printed(text, cell.start + p.start("p"), cell.start + p.end("p"), decimal=True)
        if number is not None and number.value <= 1:
            ratio.numbers["p"] = number
            ratio.said["bound"] = {None: "=", "≤": "<"}.get(p["op"], p["op"])
            return True
    ends = _ENDS.match(body) if _CI_HEAD.search(head) and "low" not in ratio.numbers else None
    if ends is not None:
        for word in ("low", "high"):
            number = printed(text, cell.start + ends.start(word), cell.start + ends.end(word), decimal=True)
            if number is not None:
                ratio.numbers[word] = number
        level = _CI_HEAD.search(head)
        if level is not None and level["level"]:
            ratio.numbers["level"] = Printed(level["level"], float(level["level"]), cell.start, cell.start)
        return True
    return False


def _ratio(text: str, cell: Cell, around: str) -> Item | None:
    body = text[cell.start : cell.end]
    found = _LONE.match(body)
    number = (
        printed(text, cell.start + found.start("x"), cell.start + found.end("x"), decimal=True)
        if found
        else None
    )
    if number is None or "." not in number.text:
        return None
    name = _RATIO.search(around)
    item = Item(
        "ratio",
        number.start,
        number.end,
        number.start,
        {"estimate": number},
        {"measure": _MEASURE[(name[0] if name else "H")[0].lower()]},
    )
    ends = (
        BARE.match(
            text,
            number.end + len(body[found.end("x") :]) - len(body[found.end("x") :].lstrip()),
            cell.end + 1,
        )
        if found
        else None
    )
    if ends is not None and ends["low"] and ends["high"]:
        for word in ("low", "high"):
            end = printed(text, *ends.span(word), decimal=True)
            if end is not None:
                item.numbers[word] = end
    level = _CI_HEAD.search(around)
    if level is not None and level["level"]:
        item.numbers["level"] = Printed(level["level"], float(level["level"]), number.start, number.start)
    return item


def _time(text: str, cell: Cell, around: str) -> Item | None:
    """A median time whose unit its row or column says: `15.1`, `15.1 (14.1-16.3)`."""
    body = text[cell.start : cell.end]
    units, found = list(_UNIT.finditer(around)), _LONE.match(body)
    unit = units[-1] if units else None  # of the column before that of the row: a label may say a schedule
    if unit is None or found is None or not re.search(r"\bmedian\b", around, re.I) or _RATIO.search(around):
        return None
    number = printed(text, cell.start + found.start("x"), cell.start + found.end("x"))
    rest = body[found.end("x") :]
    ends = BARE.match(text, cell.start + len(body) - len(rest.lstrip()), cell.end + 1)
    if number is None or (rest.strip() and ends is None):
        return None
    said = {"unit": unit[1].lower(), "median": True}
    item = Item("time", number.start, number.end, number.start, {"estimate": number}, said)
    if ends is not None and ends["low"] and ends["high"]:
        for word in ("low", "high"):
            end = printed(text, *ends.span(word), decimal=True)
            if end is not None:
                item.numbers[word] = end
    return item


def _share(text: str, cell: Cell, head: str, label: str, corner: str) -> Item | None:
    body = text[cell.start : cell.end]
    found = _COUNT_PERCENT.match(body)
    if found is None:
        return None
    if not any("%" in words for words in (body, head, label, corner)):
        return None
    numbers: dict[str, Printed] = {}
    for word, group in (("count", "x"), ("percent", "p"), ("n", "n")):
        if found[group]:
            number = printed(text, cell.start + found.start(group), cell.start + found.end(group))
            if number is not None:
                numbers[word] = number
    form = "cell" if "n" in numbers or _N.search(label) else "cell of column"
    whole = _N.search(label) or (None if _OWN_WHOLE.search(label) else _N.search(head))
    said: dict[str, object] = {"form": form}
    if "n" not in numbers and whole is not None:
        size = printed(whole[0], whole.start("n") - whole.start(), whole.end("n") - whole.start())
        if size is not None:
            numbers["n"] = Printed(size.text, size.value, cell.start, cell.start)
            said["column"] = head if form != "cell" else None
    numbers["estimate"] = numbers["percent"]
    return Item("share", cell.start, cell.end, cell.start, numbers, said)


_SIZE_HEAD = re.compile(
    r"^\W*(?:[nN]|(?:no\.?|number)(?:\s+of\s+\w+)?|patients|participants|size)\W*$",
    re.I,
)


def _whole_beside(text: str, part: Part, row: tuple[Cell, ...], place: int, share: Item) -> None:
    """The whole of a share without one: a column of sizes in its row, a row of sizes in its column."""
    if "n" in share.numbers:
        return
    beside = [cell for k, cell in enumerate(row) if _SIZE_HEAD.match(head_of(text, part, k))]
    over = [
        other[place]
        for other in body(text, part)
        if place < len(other) and _SIZE_HEAD.match(text[other[0].start : other[0].end])
    ]
    for kind, cells in (("row", beside), ("column", over)):
        found = _WHOLE_CELL.match(text[cells[0].start : cells[0].end]) if len(cells) == 1 else None
        if found is not None:
            start = cells[0].start
            size = printed(text, start + found.start("x"), start + found.end("x"))
            if size is not None:
                share.numbers["n"] = size
                at = place if kind == "column" else "rows"
                share.said["column"] = f"{part.start}: {kind} {at}"
                return


def _others(
    document: Document, text: str, cell: Cell, sentence: Span, words: Scene, known: Lexicon, around: str
) -> Iterator[Claim]:
    seen = scene(text, cell.start, cell.end, known)
    items = items_of(text, cell.start, cell.end, Taken())
    estimates = [item for item in items if item.kind in ("ratio", "percent", "time", "share")]
    for item in estimates:
        if item.kind == "time" and re.search(r"\bmedian\b", around, re.I):
            item.said["median"] = True
        yield _made(document, sentence, item, bind(text, item, estimates, seen, words))


def _bound(words: Scene) -> Bound:
    named = [m for m in words.mentions if m.kind in ("endpoint", "toxicity")]
    first = named[0] if named else None
    return Bound(
        endpoint=None if first is None else "ae" if first.kind == "toxicity" else first.id,
        term=first.id if first is not None and first.kind == "toxicity" else None,
        groups=words.arm_ids if len(words.arm_ids) == 1 else (),
    )


def _made(document: Document, sentence: Span, item: Item, bound: Bound) -> Claim:
    empty = Scene(sentence.start, sentence.end, (), (), ())
    text = document.text
    said: Mapping[str, object] = {k: v for k, v in item.said.items() if k != "bound to"}
    item.said = dict(said)
    return claim_of(document, text, sentence, item, bound, empty)
