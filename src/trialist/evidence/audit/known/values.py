"""Whether the numbers of a claim are those of a finding, as ranges of rounding."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from trialist.evidence.audit.known.said import ABOUT
from trialist.evidence.checks import printed
from trialist.evidence.claims.model import Claim, Printed
from trialist.findings.model import Finding
from trialist.kernels.coherence import Range, range_of_p, rounding

_TRACED = 0.015  # a share read from a picture of a curve
_TRACED_TIME = 0.25  # months
_MONTHS = {"mo": 1.0, "we": 7 / 30.4375, "wk": 7 / 30.4375, "da": 1 / 30.4375, "ye": 12.0, "yr": 12.0}
_NATURAL = (5, 10, 20, 50, 100, 1000)
LOOSE = ("digitised", "reconstructed")


@dataclass(frozen=True, slots=True)
class Part:
    """One number of a claim beside that of a finding."""

    word: str
    said: str
    held: str
    agrees: bool

    def told(self, joined: str) -> str:
        """`value 39.2%, not 42.9%`; a p value is its own word."""
        return f"{'' if self.word == 'p' else self.word + ' '}{self.said}{joined} {self.held}"


@dataclass(frozen=True, slots=True)
class Fit:
    """How a claim's numbers stand to those of a finding; without a common number it says nothing."""

    finding: Finding
    parts: tuple[Part, ...]
    turned: bool = False

    @property
    def agrees(self) -> bool:
        return bool(self.parts) and all(part.agrees for part in self.parts)

    @property
    def main(self) -> bool:
        """Whether the value itself (not only an end, a p or a denominator) agrees."""
        return any(p.agrees and p.word in ("value", "count") for p in self.parts)

    @property
    def wrong(self) -> tuple[Part, ...]:
        return tuple(part for part in self.parts if not part.agrees)


def weigh(claim: Claim, finding: Finding, text: str) -> Fit:
    """The numbers of a claim against those of one finding."""
    return Fit(finding, tuple(_parts(claim, finding, text, turned=False)))


def weigh_turned(claim: Claim, finding: Finding, text: str) -> Fit:
    """A ratio against that of the arms the other way round."""
    return Fit(finding, tuple(_parts(claim, finding, text, turned=True)), turned=True)


def name_of(finding: Finding) -> str:
    return finding.origin.entry or finding.id


def shown(finding: Finding) -> str:
    """A finding's numbers in a line."""
    measure = printed.scale(finding)
    estimate = finding.estimate
    if estimate is None:
        value = finding.reported or "no estimate"
    elif measure == "proportion":
        share = finding.reported if finding.reported and "%" in finding.reported else f"{100 * estimate:.4g}%"
        value = (
            f"{finding.events}/{finding.n} ({share})" if finding.events is not None and finding.n else share
        )
        if finding.events is None and finding.n:
            value += f" of {finding.n}"
    else:
        value = finding.reported or f"{estimate:g}"
        value += f" {finding.unit}" if finding.unit and value[-1:].isdigit() else ""
    interval = finding.interval
    if interval is not None:
        by = 100 if measure == "proportion" else 1
        ends = ["not reached" if end is None else f"{end * by:.4g}" for end in (interval.low, interval.high)]
        value += f" ({100 * interval.level:.4g}% CI {ends[0]} to {ends[1]})"
    if finding.p_value is not None:
        bound = "" if finding.p_value.bound == "=" else finding.p_value.bound
        value += f", p {bound or '='} {finding.p_value.value:g}"
    return value


def _parts(claim: Claim, finding: Finding, text: str, *, turned: bool) -> Iterator[Part]:
    numbers = claim.numbers
    kind = printed.scale(finding)
    if finding.measure == "count" or finding.measure == "n_at_risk":
        yield from _of_count(claim, finding)
        return
    value = numbers.get("percent") or numbers.get("estimate")
    held = _held(finding)
    if value is not None and held is not None:
        said = _said(claim, value, finding, text)
        if said is not None:
            if turned:
                said = Range(1 / said.high, 1 / said.low) if said.low > 0 else said
            agrees = printed.overlap(said, held) or (
                said.low == said.high and held.low <= said.low <= held.high
            )
            if kind == "proportion" and not agrees and finding.events is not None and finding.n:
                exact = finding.events / finding.n
                agrees = said.low - 1e-9 <= exact <= said.high + 1e-9
            unit = "%" if kind == "proportion" else ""
            yield Part("value", f"{value.text.rstrip('%')}{unit}", shown(finding), agrees)
    count, n = numbers.get("count"), numbers.get("n")
    if count is not None and n is not None and _natural(claim):
        said = Range((count.value - 0.5) / n.value, (count.value + 0.5) / n.value)
        if claim.said.get("form") == "one in" and n.value not in _NATURAL:
            said = Range(count.value / (n.value + 0.5), count.value / (n.value - 0.5))
        elif n.value <= 20 or ABOUT.search(text[max(0, count.start - 30) : count.start]):
            said = Range((count.value - 0.7) / n.value, (count.value + 0.7) / n.value)
        if held is not None and value is None:
            agrees = said.meets(held)
            yield Part("value", f"{count.text} of {n.text}", shown(finding), agrees)
        return
    if count is not None and finding.events is not None and kind == "proportion":
        yield Part("count", count.text, f"{finding.events}", count.value == finding.events)
    elif count is not None and n is not None and value is None and held is not None and kind == "proportion":
        share = count.value / n.value if n.value else 0.0
        agrees = held.low - 0.5 / n.value <= share <= held.high + 0.5 / n.value
        yield Part("value", f"{count.text}/{n.text}", shown(finding), agrees)
    if n is not None and finding.n is not None and kind == "proportion":
        yield Part("n", n.text, str(finding.n), n.value == finding.n)
    yield from _interval(claim, finding, turned=turned)
    p, other = numbers.get("p"), finding.p_value
    if p is not None and other is not None and claim.said.get("about") is None:
        first, second = range_of_p(p.text, claim.said.get("bound", "=")), printed.p_value(other)
        if first is not None and second is not None:
            bound = "" if other.bound == "=" else other.bound
            agrees = first.low <= second.high and second.low <= first.high
            yield Part(
                "p", f"p {claim.said.get('bound', '=')} {p.text}", f"p {bound or '='} {other.value:g}", agrees
            )


def _of_count(claim: Claim, finding: Finding) -> Iterator[Part]:
    number = claim.numbers.get("count") or (
        claim.numbers.get("n")
        if claim.kind == "count"
        else claim.numbers.get("estimate")
        if claim.kind == "value"
        else None
    )
    if number is not None and finding.estimate is not None and not _natural(claim):
        yield Part("count", number.text, f"{finding.estimate:g}", number.value == finding.estimate)
        n = claim.numbers.get("n")
        if claim.kind == "share" and n is not None and finding.n is not None:
            yield Part("n", n.text, str(finding.n), n.value == finding.n)


def _natural(claim: Claim) -> bool:
    """`36 of 100`, `1 in 5`: a way to say a share, not a denominator."""
    n = claim.numbers.get("n")
    if claim.said.get("form") == "one in":
        return True
    return n is not None and n.value in _NATURAL and "percent" not in claim.numbers and claim.kind == "share"


def _held(finding: Finding) -> Range | None:
    held = printed.estimate(finding)
    if held is None and finding.events is not None and finding.n and printed.scale(finding) == "proportion":
        share = finding.events / finding.n
        held = Range(share - 0.5 / finding.n, share + 0.5 / finding.n)
    if held is None or finding.origin.reliability not in LOOSE:
        return held
    if printed.scale(finding) == "proportion":
        return Range(held.low - _TRACED, held.high + _TRACED)
    return (
        Range(held.low - _TRACED_TIME, held.high + _TRACED_TIME) if printed.scale(finding) == "time" else held
    )


def _said(claim: Claim, value: Printed, finding: Finding, text: str) -> Range | None:
    """What a printed number may stand for, in the unit of a finding; None where units differ in kind."""
    held = rounding(value.text.rstrip("%"))
    if held is None:
        return None
    factor = 1.0
    kind = printed.scale(finding)
    if claim.kind == "share" or "percent" in claim.numbers:
        if kind == "proportion":
            factor = 0.01
        elif finding.unit not in ("%", "percent"):
            return None
    elif claim.kind == "time":
        own = _MONTHS.get(str(claim.said.get("unit", "months"))[:2].lower())
        theirs = _MONTHS.get(str(finding.unit or "")[:2].lower())
        if own is None or theirs is None:
            return None
        factor = own / theirs
    elif claim.kind == "ratio":
        if kind != "ratio":
            return None
    elif claim.kind == "value" and kind in ("proportion", "ratio"):
        return None
    about = ABOUT.search(text[max(0, value.start - 30) : value.start]) is not None
    wide = 0.04 * abs(value.value) if about else 0.0
    return Range((held.low - wide) * factor, (held.high + wide) * factor)


def _interval(claim: Claim, finding: Finding, *, turned: bool) -> Iterator[Part]:
    if finding.interval is None or claim.said.get("spread"):
        return
    level = claim.numbers.get("level")
    if level is not None and abs(level.value / 100 - finding.interval.level) > 0.006:
        return
    by = 100.0 if printed.scale(finding) == "proportion" else 1.0
    unit = 1.0
    if claim.kind == "time":
        own = _MONTHS.get(str(claim.said.get("unit", "months"))[:2].lower())
        theirs = _MONTHS.get(str(finding.unit or "")[:2].lower())
        if own is None or theirs is None:
            return
        unit = own / theirs
    ends = ("high", "low") if turned else ("low", "high")
    for word, end in zip(("low", "high"), ends, strict=True):
        number, other = claim.numbers.get(word), getattr(finding.interval, end)
        if number is None or other is None:
            continue
        said = rounding(number.text.rstrip("%"))
        theirs_printed = rounding(f"{other * by:.{_decimals(finding, by)}f}")
        if said is None or theirs_printed is None:
            continue
        said = Range(said.low * unit, said.high * unit)
        if turned and said.low > 0:
            said = Range(1 / said.high, 1 / said.low)
        what = {"low": "lower end", "high": "upper end"}[word]
        yield Part(what, number.text, f"{other * by:g}", printed.overlap(said, theirs_printed))


def _decimals(finding: Finding, by: float) -> int:
    """The most decimals that one of a finding's estimate and ends has: 0.4 beside 0.73 is 0.40."""
    ends = (finding.interval.low, finding.interval.high) if finding.interval else ()
    numbers = [n * by for n in (finding.estimate, *ends) if n is not None]
    return max((len(f"{n:.6f}".rstrip("0").partition(".")[2]) for n in numbers), default=0)
