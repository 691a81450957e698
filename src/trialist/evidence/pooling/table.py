"""A caller's table of trials, one row each, as effects: whatever of their results it holds.

Names of columns as people write them, those of R's metafor among them; what a row does not have is empty,
`NA` or a full stop.

    effects      yi with vi or sei; hr, or, rr or estimate with low and high (and level), or a two-sided p
    log-rank     o_minus_e, v
    counts       events1, n1, events2, n2          ai, n1i, ci, n2i
    means        mean1, sd1, n1, mean2, sd2, n2    m1i, sd1i, n1i, m2i, sd2i, n2i
    rates        events1, time1, events2, time2    x1i, t1i, x2i, t2i
    proportions  events, n                         xi, ni
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from trialist.evidence.pooling.effects import OF_COUNTS, Effect, corrected, derived, of_four, scale_of
from trialist.evidence.pooling.question import Options
from trialist.kernels import effect_from_reported as reported
from trialist.kernels.effect_from_reported import Reported
from trialist.kernels.study_effects import StudyEffects, of_means, of_proportions, of_rates
from trialist.problems import Place, Problem

NAMES: Mapping[str, tuple[str, ...]] = {
    "study": ("study", "trial", "author", "slab", "name"),
    "yi": ("yi", "effect", "y"),
    "vi": ("vi", "variance"),
    "sei": ("sei", "se", "std_err"),
    "hr": ("hr", "hazard_ratio"),
    "or": ("or", "odds_ratio"),
    "rr": ("rr", "risk_ratio"),
    "estimate": ("estimate",),
    "low": ("low", "lower", "ci_low", "lci"),
    "high": ("high", "upper", "ci_high", "uci"),
    "level": ("level", "ci_level"),
    "p": ("p", "p_value"),
    "o_minus_e": ("o_minus_e", "ome", "o-e"),
    "v": ("v",),
    "events1": ("events1", "ai", "x1i"),
    "n1": ("n1", "n1i"),
    "events2": ("events2", "ci", "x2i"),
    "n2": ("n2", "n2i"),
    "mean1": ("mean1", "m1i"),
    "sd1": ("sd1", "sd1i"),
    "mean2": ("mean2", "m2i"),
    "sd2": ("sd2", "sd2i"),
    "time1": ("time1", "t1i"),
    "time2": ("time2", "t2i"),
    "events": ("events", "xi"),
    "n": ("n", "ni"),
}
MISSING = frozenset({"", "na", "n/a", "nan", "null", "."})


@dataclass(frozen=True, slots=True)
class Kind:
    """What a table holds: the parts it needs, the measures it can give (the first is the default)."""

    name: str
    needs: tuple[str, ...]
    measures: tuple[str, ...]


_ANY = (
    "effect", "hazard_ratio", "odds_ratio", "risk_ratio", "rate_ratio", "risk_difference", "mean_difference",
    "restricted_mean_difference", "standardised_difference", "ratio_of_means",
)  # fmt: skip
KINDS = (
    Kind("effects", ("yi", "vi"), _ANY),
    Kind("effects", ("yi", "sei"), _ANY),
    Kind("log_rank", ("o_minus_e", "v"), ("hazard_ratio",)),
    Kind("printed", ("hr", "low", "high"), ("hazard_ratio",)),
    Kind("printed", ("or", "low", "high"), ("odds_ratio",)),
    Kind("printed", ("rr", "low", "high"), ("risk_ratio",)),
    Kind("printed", ("estimate", "low", "high"), _ANY),
    Kind("printed", ("hr", "p"), ("hazard_ratio",)),
    Kind("printed", ("or", "p"), ("odds_ratio",)),
    Kind("printed", ("rr", "p"), ("risk_ratio",)),
    Kind("printed", ("estimate", "p"), _ANY),
    Kind(
        "means",
        ("mean1", "sd1", "n1", "mean2", "sd2", "n2"),
        ("mean_difference", "standardised_difference", "ratio_of_means"),
    ),
    Kind("rates", ("events1", "time1", "events2", "time2"), ("rate_ratio", "rate_difference")),
    Kind("counts", ("events1", "n1", "events2", "n2"), ("risk_ratio", "odds_ratio", "risk_difference")),
    Kind("proportions", ("events", "n"), ("proportion",)),
)


@dataclass(frozen=True, slots=True)
class Read:
    """The effects of a table, of which measure, and what was wrong with it."""

    effects: tuple[Effect, ...]
    measure: str
    problems: tuple[Problem, ...]


def read_table(
    rows: Sequence[Mapping[str, str]],
    file: str,
    *,
    measure: str | None = None,
    columns: Mapping[str, str] | None = None,
    options: Options | None = None,
) -> Read:
    """Effects of the rows (texts by column).

    Parameters
        columns  part -> column, where a column is named otherwise
    Problems  E641 no columns that make an effect, E642 a row that makes none, E648 a measure that the columns
              do not give, E649 a column that is not there; N645 errors out of p values, N650 empty cells
    """
    names = tuple(rows[0]) if rows else ()
    parts, absent = _parts(names, columns or {}, file)
    if absent:
        return Read((), measure or "effect", absent)
    kinds = [k for k in KINDS if all(part in parts for part in k.needs)]
    if not kinds:
        return Read((), measure or "effect", (_no_kind(names, file),))
    kind = next((k for k in kinds if measure in k.measures), kinds[0])
    chosen = measure or kind.measures[0]
    if chosen not in kind.measures:
        return Read((), chosen, (_no_measure(chosen, kind, file),))
    effects, problems = [], []
    taken = set(parts.values())
    for line, row in enumerate(rows, start=2):
        label = row.get(parts.get("study", ""), "").strip() or f"row {line}"
        made = _effect(label, _Row(row, parts), kind, chosen, options or Options())
        if isinstance(made, str):
            problems.append(_no_effect(label, made, Place(file, line)))
        else:
            more = {c: _value(t) for c, t in row.items() if c not in taken and not _gone(t)}
            extra = {
                p: _value(row[c]) for p, c in parts.items() if p in ("n", "n1", "n2") and not _gone(row[c])
            }
            effects.append(replace(made, moderators={**extra, **more}))
    return Read(_told_apart(effects), chosen, tuple(problems))


@dataclass(frozen=True, slots=True)
class _Row:
    row: Mapping[str, str]
    parts: Mapping[str, str]

    def __call__(self, part: str) -> float:
        """The number of a part; ValueError with what is wrong."""
        text = self.row.get(self.parts[part])
        if _gone(text):
            raise ValueError(f"'{self.parts[part]}' is empty")
        try:
            value = float(str(text).strip())
        except ValueError:
            raise ValueError(f"'{self.parts[part]}' is {text!r}, not a number") from None
        if not math.isfinite(value):
            raise ValueError(f"'{self.parts[part]}' is {text!r}")
        return value

    def has(self, part: str) -> bool:
        return part in self.parts and not _gone(self.row.get(self.parts[part]))


def _parts(
    names: Sequence[str], columns: Mapping[str, str], file: str
) -> tuple[dict[str, str], tuple[Problem, ...]]:
    absent = [c for c in columns.values() if c not in names]
    unknown = [part for part in columns if part not in NAMES]
    if absent or unknown:
        message = f"there is no column '{absent[0]}'" if absent else f"'{unknown[0]}' is no part of a table"
        remedy = f"the columns are {', '.join(names)}" if absent else f"parts are {', '.join(NAMES)}"
        return {}, (Problem("E649", message, remedy, Place(file, 1)),)
    lower = {name.strip().lower(): name for name in names}
    found = {}
    for part, known in NAMES.items():
        name = columns.get(part) or next((lower[k] for k in known if k in lower), None)
        if name is not None:
            found[part] = name
    return found, ()


def _effect(label: str, row: _Row, kind: Kind, measure: str, options: Options) -> Effect | str:
    try:
        return _MAKERS[kind.name](label, row, kind, measure, options)
    except ValueError as error:
        return str(error)


def _given(label: str, row: _Row, kind: Kind, measure: str, options: Options) -> Effect | str:
    y = row("yi")
    v = row("vi") if "vi" in kind.needs else row("sei") ** 2
    return Effect(label, y, v, n=_n(row)) if v > 0 else "its variance is not above 0"


def _printed(label: str, row: _Row, kind: Kind, measure: str, options: Options) -> Effect | str:
    part, scale = kind.needs[0], scale_of(measure)
    if row.has("low") and row.has("high"):
        level = row("level") if row.has("level") else 0.95
        found = reported.from_interval(row(part), row("low"), row("high"), level, scale)
    elif row.has("p"):
        found = reported.from_p_value(row(part), row("p"), 2, scale)
    else:
        return "it has neither both ends of an interval nor a p value"
    return _of_reported(label, found, row)


def _log_rank(label: str, row: _Row, kind: Kind, measure: str, options: Options) -> Effect | str:
    return _of_reported(label, reported.from_o_minus_e(row("o_minus_e"), row("v")), row)


def _of_reported(label: str, found: Reported, row: _Row) -> Effect | str:
    if found.estimate is None or found.std_err is None:
        words = {
            "order": "the estimate does not lie between low and high",
            "level": "the level is not between 0 and 1",
            "no_effect": "no effect and a p value say nothing of an error",
        }
        return words.get(found.status, "a number can't be what it should be")
    problems = (derived(label, "p_value"),) if found.how == "p_value" else ()
    return Effect(label, found.estimate, found.std_err**2, found.how, n=_n(row), problems=problems)


def _counts(label: str, row: _Row, kind: Kind, measure: str, options: Options) -> Effect | str:
    counts = tuple(_whole(row, part) for part in ("events1", "n1", "events2", "n2"))
    a, n1, c, n2 = counts
    if a > n1 or c > n2 or min(counts) < 0:
        return "a count is negative or above its n"
    assert measure in OF_COUNTS
    if (
        options.tables != "inverse_variance"
    ):  # tables as they are: a trial without an effect of its own counts
        made = of_four(label, (a, n1, c, n2), measure, add=options.add, to=options.to)  # type: ignore[arg-type]
        y, v = (made.y, made.v) if isinstance(made, Effect) else (0.0, math.inf)
        return Effect(label, y, v, "counts", n=n1 + n2, events=a + c, counts=(a, n1, c, n2))
    return of_four(label, (a, n1, c, n2), measure, add=options.add, to=options.to)  # type: ignore[arg-type]


def _means(label: str, row: _Row, kind: Kind, measure: str, options: Options) -> Effect | str:
    m1, sd1, n1, m2, sd2, n2 = ([row(part)] for part in ("mean1", "sd1", "n1", "mean2", "sd2", "n2"))
    made = of_means(m1, sd1, n1, m2, sd2, n2, measure)  # type: ignore[arg-type]
    return _of_kernel(label, made, int(row("n1") + row("n2")), None)


def _rates(label: str, row: _Row, kind: Kind, measure: str, options: Options) -> Effect | str:
    x1, t1, x2, t2 = ([row(part)] for part in ("events1", "time1", "events2", "time2"))
    add = 0.5 if options.add is None else options.add
    made = of_rates(x1, t1, x2, t2, measure, add=add, to=options.to)  # type: ignore[arg-type]
    return _of_kernel(label, made, None, int(row("events1") + row("events2")))


def _proportions(label: str, row: _Row, kind: Kind, measure: str, options: Options) -> Effect | str:
    x, n = _whole(row, "events"), _whole(row, "n")
    made = of_proportions([x], [n], options.proportions, add=options.add, to=options.to)
    return _of_kernel(label, made, n, x)


def _of_kernel(label: str, made: StudyEffects, n: int | None, events: int | None) -> Effect | str:
    if not made.usable[0]:
        return "its numbers give no effect with an error"
    problems = (corrected(label),) if made.corrected[0] else ()
    return Effect(label, float(made.y[0]), float(made.v[0]), "counts", n=n, events=events, problems=problems)


_MAKERS: Mapping[str, Callable[[str, _Row, Kind, str, Options], Effect | str]] = {
    "effects": _given,
    "log_rank": _log_rank,
    "means": _means,
    "rates": _rates,
    "counts": _counts,
    "printed": _printed,
    "proportions": _proportions,
}


def _whole(row: _Row, part: str) -> int:
    value = row(part)
    if value != int(value):
        raise ValueError(f"'{row.parts[part]}' is {value:g}, not a whole number")
    return int(value)


def _n(row: _Row) -> int | None:
    if row.has("n1") and row.has("n2"):
        return int(row("n1") + row("n2"))
    return int(row("n")) if row.has("n") else None


def _gone(text: str | None) -> bool:
    return text is None or text.strip().lower() in MISSING


def _value(text: str) -> str | float:
    try:
        value = float(text)
    except ValueError:
        return text.strip()
    return value if math.isfinite(value) else text.strip()


def _told_apart(effects: Sequence[Effect]) -> tuple[Effect, ...]:
    """A label that is there twice is numbered."""
    seen: dict[str, int] = {}
    found = []
    for effect in effects:
        seen[effect.trial] = seen.get(effect.trial, 0) + 1
        again = seen[effect.trial]
        found.append(effect if again == 1 else replace(effect, trial=f"{effect.trial} ({again})"))
    return tuple(found)


def _no_kind(names: Sequence[str], file: str) -> Problem:
    listed = "; ".join(dict.fromkeys(", ".join(kind.needs) for kind in KINDS))
    shown = ", ".join(names) or "none"
    return Problem(
        "E641", f"no columns of the table make an effect (they are {shown})", f"use {listed}", Place(file, 1)
    )


def _no_measure(measure: str, kind: Kind, file: str) -> Problem:
    return Problem(
        "E648",
        f"the columns {', '.join(kind.needs)} give no '{measure}'",
        f"use one of {', '.join(kind.measures)}",
        Place(file, 1),
    )


def _no_effect(label: str, why: str, place: Place) -> Problem:
    return Problem("E642", f"{label} has no effect: {why}", "mend the row, or take it out", place)
