"""One's own patients as arrays: an outcome, one or two arms, and the covariates that are to be matched."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from trialist.findings.model import Origin
from trialist.findings.rows import words_of
from trialist.problems import Place, Problem
from trialist.protocol.predicate import parse_condition
from trialist.quick.columns import Wanted, as_expression, column_names, take
from trialist.quick.statuses import Status, with_event
from trialist.software import software

Floats = NDArray[np.float64]
Kind = Literal["times", "responses", "values"]


@dataclass(frozen=True, slots=True)
class Columns:
    """Where the outcome and the arms stand in a table.

    outcome  the time, the response or the value; event: of times, 1 for an event
    status   how `event` (or the response) is written; event_is: the value that means one
    """

    kind: Kind
    outcome: str
    arm: str = "arm"
    event: str | None = None
    status: Status = "event"
    event_is: str | None = None


@dataclass(frozen=True, slots=True)
class Own:
    """Patients of one or two arms, in an order that does not depend on the file's.

    arms        the treatment of interest, then the common comparator where there is one; one that is a number
                is called by its column too
    arm         1 for the first, 0 for the other
    outcome     times, 0 and 1, or values; event: of times
    covariates  (n, p), a column for each of `names`
    """

    name: str
    kind: Kind
    arms: tuple[str, ...]
    arm: Floats
    outcome: Floats
    event: Floats
    covariates: Floats
    names: tuple[str, ...]
    origin: Origin

    @property
    def n(self) -> int:
        return int(self.arm.size)

    def rows(self, chosen: Any) -> Own:
        """The patients at these places, as often as they are named."""
        return Own(
            self.name,
            self.kind,
            self.arms,
            self.arm[chosen],
            self.outcome[chosen],
            self.event[chosen],
            self.covariates[chosen],
            self.names,
            self.origin,
        )


def own_patients(
    data: Any,
    columns: Columns,
    arms: Sequence[str],
    covariates: Sequence[str],
    *,
    name: str,
    place: Place,
    where: str | None = None,
    origin: Origin | None = None,
) -> tuple[Own | None, tuple[Problem, ...]]:
    """The patients of a table who are in these arms.

    Parameters
        covariates  columns of numbers, or conditions (`age >= 75`): 1 where one holds
        origin      of the rows; None: observed, known by their fingerprint
    Problems  E092-E096 columns that can't be used, E653 a covariate that is neither column nor condition,
              E655 arms or outcomes of which there is nothing to compare, N658 patients left out for what is
              missing
    """
    table, parts, wrong = _with_covariates(data, covariates, where, place)
    if wrong:
        return None, wrong
    numbers = dict(parts)
    either = {}
    if columns.kind == "responses":
        either["event"] = columns.outcome
    else:
        numbers["outcome"] = columns.outcome
    if columns.event is not None:
        either["event"] = columns.event
    rows, told = take(table, Wanted(numbers, {"arm": columns.arm}, either), place, where)
    if rows is None:
        return None, told
    if "event" in either:
        rows, wrong = with_event(rows, either["event"], columns.status, columns.event_is, place)
        if rows is None:
            return None, wrong
    levels = words_of(rows, "arm").levels
    absent = [arm for arm in arms if arm not in levels]
    if absent:
        return None, (_no_arm(absent[0], levels, place),)
    places = words_of(rows, "arm").places(list(arms))
    event = np.asarray(rows["event"]) if "event" in either else np.ones(rows.size)
    outcome = event if columns.kind == "responses" else np.asarray(rows["outcome"])
    x = np.column_stack([np.zeros((rows.size, 0)), *(np.asarray(rows[part]) for part in parts)])
    whole = np.column_stack([(places == 0).astype(float), outcome, event, x])
    mine = places >= 0
    known = mine & np.isfinite(whole).all(axis=1)
    whole = np.repeat(whole[known], np.asarray(rows.n)[known].astype(np.int64), axis=0)
    whole = whole[np.lexsort(whole.T[::-1])]
    made = origin or Origin("observed", records=_fingerprint(whole), software=software())
    own = Own(
        name,
        columns.kind,
        tuple(f"{columns.arm} {arm}" if arm.isdigit() else arm for arm in arms),
        whole[:, 0],
        whole[:, 1],
        whole[:, 2],
        whole[:, 3:],
        tuple(covariates),
        made,
    )
    unknown = [
        text for text, values in zip(covariates, x[mine].T, strict=True) if not np.isfinite(values).any()
    ]
    if unknown:
        return None, (_never_known(unknown, made, place),)
    missing = int(np.asarray(rows.n)[mine & ~known].sum())
    return own, (*told, *_unfit(own, place), *((_missing(missing, place),) if missing else ()))


def _with_covariates(
    data: Any, covariates: Sequence[str], where: str | None, place: Place
) -> tuple[Any, Mapping[str, str], tuple[Problem, ...]]:
    """The table with a column for each covariate, and the names of these columns."""
    names = column_names(data)
    conditions = {text: parse_condition(text)[0] for text in covariates if text not in names}
    for text, condition in conditions.items():
        strange = (
            ["it is no condition"] if condition is None else [c for c in condition.columns if c not in names]
        )
        if strange:
            return data, {}, (_no_covariate(text, strange[0], names, place),)
    chosen = parse_condition(where)[0] if where else None
    read = {column for each in (chosen, *conditions.values()) if each for column in each.columns}
    table = as_expression(data, read) if conditions else data
    parts = {f"covariate{i}": text for i, text in enumerate(covariates)}
    for part, text in parts.items():
        condition = conditions.get(text)
        if condition is None:
            continue
        try:
            table = table.mutate(**{f"{part}_holds": condition.to_ibis(table).cast("float64")})
        except (TypeError, ValueError) as error:  # a number compared with a text
            return data, {}, (_no_covariate(text, str(error).splitlines()[0], names, place),)
        parts[part] = f"{part}_holds"
    return table, parts, ()


def _fingerprint(whole: Floats) -> str:
    return hashlib.sha256(np.ascontiguousarray(whole).tobytes()).hexdigest()[:16]


def _unfit(own: Own, place: Place) -> tuple[Problem, ...]:
    """E655 where there is nothing to compare."""
    why = None
    empty = [arm for which, arm in zip((1, 0), own.arms, strict=False) if not (own.arm == which).any()]
    if empty:
        why = f"no patient of '{empty[0]}' has a known outcome and known covariates"
    elif own.kind == "times" and not own.event.any():
        why = "nobody had the event"
    elif own.kind == "times" and bool((own.outcome < 0).any()):
        why = "a time is below 0"
    if why is None:
        return ()
    return (
        Problem("E655", f"{own.name}: {why}", "look at the columns of arm, outcome and covariates", place),
    )


def _no_arm(arm: str, levels: Sequence[str], place: Place) -> Problem:
    return Problem("E655", f"nobody is in an arm '{arm}'", f"the arms are {', '.join(levels[:12])}", place)


def _no_covariate(text: str, why: str, names: Sequence[str], place: Place) -> Problem:
    said = f"it reads '{why}', which is no column" if why.isidentifier() else why
    return Problem(
        "E653",
        f"'{text}' is neither a column nor a condition on columns ({said})",
        f"the columns are {', '.join(names[:20])}",
        place,
    )


def _never_known(unknown: Sequence[str], origin: Origin, place: Place) -> Problem:
    why = (
        " (times read off a published curve have no characteristics)"
        if origin.kind == "reconstructed"
        else ""
    )
    return Problem(
        "E653",
        f"no own patient has a value of {', '.join(unknown)}{why}",
        "match on what is known of own patients; where nothing is, nothing can be adjusted for",
        place,
    )


def _missing(missing: int, place: Place) -> Problem:
    return Problem(
        "N658",
        f"{missing} patient{' is' if missing == 1 else 's are'} left out: an outcome or covariate is missing",
        "say so; if many are, match on fewer covariates and see whether the result holds",
        place,
    )


def times_of(
    data: Any, time: str, event: str, event_is: str | None, place: Place
) -> tuple[tuple[Floats, Floats] | None, tuple[Problem, ...]]:
    """Times and events of one arm's table, sorted. Problems as of `own_patients`."""
    rows, told = take(data, Wanted({"outcome": time}, {}, {"event": event}), place)
    if rows is None:
        return None, told
    rows, wrong = with_event(rows, event, "event", event_is, place)
    if rows is None:
        return None, wrong
    whole = np.column_stack([np.asarray(rows["outcome"]), np.asarray(rows["event"])])
    whole = np.repeat(whole, np.asarray(rows.n).astype(np.int64), axis=0)
    whole = whole[np.isfinite(whole).all(axis=1)]
    whole = whole[np.lexsort(whole.T[::-1])]
    if not whole.size or bool((whole[:, 0] < 0).any()) or not whole[:, 1].any():
        text = "the curve has no event, or a time below 0"
        return None, (Problem("E655", text, "give the times of one arm, with 1 for an event", place),)
    return (whole[:, 0], whole[:, 1]), ()
