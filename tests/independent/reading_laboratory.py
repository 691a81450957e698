"""Laboratory grades read a second time, in plain Python, by the printed limits.

Nothing here is shared with the package. The limits are written out again for terms of every kind.
"""

from __future__ import annotations

from typing import Any

Value = dict[str, Any]


def near(a: float, b: float) -> bool:
    return abs(a - b) <= 1e-9 * abs(b)


def span(value: Value) -> tuple[float, bool, float, bool]:
    """All that a value can be: lowest, whether that is possible itself, highest, whether that is."""
    number, mark = value["value"], value["mark"]
    if mark == "<":
        return float("-inf"), False, number, False
    if mark == ">":
        return number, False, float("inf"), False
    return number, True, number, True


def above(value: Value, cut: float, itself: bool) -> bool | None:
    """Whether the value is above the cut (or the cut `itself`); None where only a part of its span is."""
    low, low_in, high, high_in = span(value)
    sure = low > cut or near(low, cut)
    if low_in and near(low, cut):
        sure = itself
    never = high < cut or near(high, cut)
    if high_in and near(high, cut):
        never = not itself
    return True if sure else False if never else None


def both(*truths: bool | None) -> bool | None:
    if False in truths:
        return False
    return None if None in truths else True


def opposite(truth: bool | None) -> bool | None:
    return None if truth is None else not truth


def banded(value: Value, edges: list[tuple[float | None, int]], low_term: bool) -> int | None:
    """Grade by edges from normal to worst: a high term is above its edge, a low term below it.

    An edge of None is a limit that is missing.
    """
    truths = []
    for place, (edge, grade) in enumerate(edges):
        nearer = edge
        further = edges[place + 1][0] if place + 1 < len(edges) else "none"
        if low_term:
            inside = None if nearer is None else opposite(above(value, nearer, True))
            beyond = True if further == "none" else above(value, further, True) if further else None
        else:
            inside = None if nearer is None else above(value, nearer, False)
            beyond = (
                True if further == "none" else opposite(above(value, further, False)) if further else None
            )
        truths.append((grade, both(inside, beyond)))
    return decided(truths)


def decided(truths: list[tuple[int, bool | None]]) -> int | None:
    held = [grade for grade, truth in truths if truth]
    if held:
        return max(held)
    return None if any(truth is None for _, truth in truths) else 0


def haemoglobin_low(value: Value) -> int | None:
    limits = {"g/dL": (10.0, 8.0), "g/L": (100.0, 80.0), "mmol/L": (6.2, 4.9)}.get(value["unit"])
    if limits is None:
        return None
    return banded(value, [(value["lower"], 1), (limits[0], 2), (limits[1], 3)], low_term=True)


def neutrophils(value: Value, version: str) -> int | None:
    scale = {"10^9/L": 1.0, "/mm3": 1000.0}.get(value["unit"])
    if scale is None:
        return None
    if version == "6.0":
        shifted: list[tuple[float | None, int]] = [
            (1.5 * scale, 1),
            (1.0 * scale, 2),
            (0.5 * scale, 3),
            (0.1 * scale, 4),
        ]
        return banded(value, shifted, low_term=True)
    edges = [(value["lower"], 1), (1.5 * scale, 2), (1.0 * scale, 3), (0.5 * scale, 4)]
    return banded(value, edges, low_term=True)


def potassium_high(value: Value) -> int | None:
    if value["unit"] not in ("mmol/L", "mEq/L"):
        return None
    return banded(value, [(value["upper"], 1), (5.5, 2), (6.0, 3), (7.0, 4)], low_term=False)


def times(reference: float | None, *numbers: float) -> list[tuple[float | None, int]]:
    return [(None if reference is None else n * reference, g) for g, n in enumerate(numbers, 1)]


def transaminase_5(value: Value, baseline: Value | None, later: bool) -> int | None:
    """Multiples of the upper limit; of the baseline where that was above its limit."""
    high = baseline_high(value, baseline)
    if not high:
        return banded(value, times(value["upper"], 1, 3, 5, 20), low_term=False)
    if not later:
        return 0
    reference = reference_of(value, baseline)
    if reference is None:
        return None
    first = both(above(value, 1.5 * reference, True), opposite(above(value, 3 * reference, False)))
    rest = banded(value, [(3 * reference, 2), (5 * reference, 3), (20 * reference, 4)], low_term=False)
    return 1 if first else rest if rest or first is False else None


def transaminase_6(value: Value, baseline: Value | None, later: bool) -> int | None:
    """As in version 5, with other multiples of an abnormal baseline, of which the baseline itself is 1.0."""
    if not baseline_high(value, baseline):
        return banded(value, times(value["upper"], 1, 3, 5, 20), low_term=False)
    if not later:
        return 1 if value is baseline else 0
    reference = reference_of(value, baseline)
    if reference is None:
        return None
    first = both(above(value, reference, True), opposite(above(value, 1.5 * reference, False)))
    rest = banded(value, [(1.5 * reference, 2), (2 * reference, 3), (4 * reference, 4)], low_term=False)
    return 1 if first else rest if rest or first is False else None


def creatinine_6(value: Value, baseline: Value | None, later: bool) -> int | None:
    """Multiples of the limit; where the baseline is low, grades 2 and 3 by those of the baseline."""
    if not baseline_low(value, baseline):
        return banded(value, times(value["upper"], 1, 1.5, 3, 6), low_term=False)
    upper, reference = value["upper"], reference_of(value, baseline)
    truths: list[tuple[int, bool | None]] = [
        (1, None if upper is None else above(value, upper, False)),
        (4, None if upper is None else above(value, 6 * upper, False)),
    ]
    if later:
        over = None if reference is None else above(value, 1.5 * reference, False)
        far = None if reference is None else above(value, 3 * reference, False)
        truths += [(2, both(over, opposite(far))), (3, far)]
    return decided(truths)


def creatinine(value: Value, baseline: Value | None, later: bool, version: str) -> int | None:
    """The worse of the multiples of the limit and, after baseline, those of the baseline."""
    upper = value["upper"]
    reference = reference_of(value, baseline)
    sets = [[(upper, n, m, g) for n, m, g in ((1, 1.5, 1), (1.5, 3, 2), (3, 6, 3), (6, None, 4))]]
    if later:
        mine = ((1, 1.5, 1), (1.5, 3, 2), (3, None, 3)) if version == "4.03" else ((1.5, 3, 2), (3, None, 3))
        sets.append([(reference, n, m, g) for n, m, g in mine])
    truths: list[tuple[int, bool | None]] = []
    for bands in sets:
        for limit, low, high, grade in bands:
            over = None if limit is None else above(value, low * limit, False)
            under: bool | None = True
            if high is not None:
                under = None if limit is None else opposite(above(value, high * limit, False))
            truths.append((grade, both(over, under)))
    return decided(truths)


def reference_of(value: Value, baseline: Value | None) -> float | None:
    """The baseline as a number, where it is one in the unit of the value."""
    if baseline is None or baseline["mark"] is not None or baseline["unit"] != value["unit"]:
        return None
    return float(baseline["value"])


def baseline_high(value: Value, baseline: Value | None) -> bool:
    """Known to be above the limit: its own, or else that of the value in the same unit."""
    if baseline is None:
        return False
    limit = baseline["upper"]
    if limit is None and baseline["unit"] == value["unit"]:
        limit = value["upper"]
    return limit is not None and above(baseline, limit, False) is True


def baseline_low(value: Value, baseline: Value | None) -> bool:
    """Known to be below the limit: its own, or else that of the value in the same unit."""
    if baseline is None:
        return False
    limit = baseline["lower"]
    if limit is None and baseline["unit"] == value["unit"]:
        limit = value["lower"]
    return limit is not None and above(baseline, limit, True) is False


def grade(
    term: str,
    version: str,
    value: Value,
    baseline: Value | None,
    options: frozenset[str] = frozenset(),
    start: int = 0,
) -> int | None:
    """`start`: the last day of the baseline."""
    later = value["day"] > start
    if "outside" in options and is_normal(term, value):
        return 0
    if "ungraded" in options and not later and baseline_high(value, baseline):
        return None
    if "above limit" in options and term == "Creatinine increased":
        return creatinine_above_limit(value, baseline, later)
    if term == "Anemia":
        return haemoglobin_low(value)
    if term == "Neutrophil count decreased":
        return neutrophils(value, version)
    if term == "Hyperkalemia":
        return potassium_high(value)
    if term == "Creatinine increased":
        if version == "6.0":
            return creatinine_6(value, baseline, later)
        return creatinine(value, baseline, later, version)
    if version == "4.03":
        return banded(value, times(value["upper"], 1, 3, 5, 20), low_term=False)
    if version == "6.0":
        return transaminase_6(value, baseline, later)
    return transaminase_5(value, baseline, later)


def is_normal(term: str, value: Value) -> bool:
    """Known to be within the limit that the term looks at, in a unit that can be graded at all."""
    if value["unit"] in ("%", "mg/dL"):
        return False
    low = term in ("Anemia", "Neutrophil count decreased")
    limit = value["lower"] if low else value["upper"]
    if limit is None:
        return False
    return above(value, limit, True) is True if low else above(value, limit, False) is False


def creatinine_above_limit(value: Value, baseline: Value | None, later: bool) -> int | None:
    """By 4.03, but grade 1 by the baseline asks for more than the larger of baseline and limit."""
    truths: list[tuple[int, bool | None]] = []
    upper, reference = value["upper"], reference_of(value, baseline)
    larger = None if upper is None or reference is None else max(upper, reference)
    rows = [(upper, upper, 1, 1.5, 1), (upper, upper, 1.5, 3, 2), (upper, upper, 3, 6, 3)]
    rows.append((upper, upper, 6, None, 4))
    if later:
        rows += [(larger, reference, 1, 1.5, 1), (reference, reference, 1.5, 3, 2)]
        rows.append((reference, reference, 3, None, 3))
    for low, high, times_low, times_high, reached in rows:
        over = None if low is None else above(value, times_low * low, False)
        under: bool | None = True
        if times_high is not None:
            under = None if high is None else opposite(above(value, times_high * high, False))
        truths.append((reached, both(over, under)))
    return decided(truths)


def worst(
    term: str,
    version: str,
    values: list[Value],
    first: int | None,
    last: int | None,
    cutoff: int | None,
    window: int,
    options: frozenset[str] = frozenset(),
) -> tuple[int | None, int | None, int | None]:
    """(grade at baseline, worst grade on treatment, first day of that)."""
    seen = [v for v in values if v["value"] is not None and (cutoff is None or v["day"] <= cutoff)]
    seen.sort(key=lambda v: (v["day"], v["sequence"]))
    start = max(0, first or 0)  # a value of the first day of treatment was taken before the dose
    early = [v for v in seen if v["day"] <= start]
    baseline = early[-1] if early else None
    before = None if baseline is None else grade(term, version, baseline, baseline, options, start)
    found = [
        (v["day"], grade(term, version, v, baseline, options, start))
        for v in after_baseline(seen, first, last, cutoff, window)
    ]
    known = [g for _, g in found if g is not None]
    if not known:
        return before, None, None
    top = max(known)
    return before, top, next(day for day, g in found if g == top)


def after_baseline(
    values: list[Value], first: int | None, last: int | None, cutoff: int | None, window: int
) -> list[Value]:
    """The values on treatment, in order: somebody without any has no value, whatever could be graded."""
    start = max(0, first or 0)
    seen = [v for v in values if v["value"] is not None and (cutoff is None or v["day"] <= cutoff)]
    seen.sort(key=lambda v: (v["day"], v["sequence"]))
    return [
        v
        for v in seen
        if v["day"] > start and first is not None and (last is None or v["day"] <= last + window)
    ]
