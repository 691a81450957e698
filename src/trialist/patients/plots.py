"""What swimmer and spider plots draw: subjects from inputs and endpoint tables, an even selection of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import ibis

from trialist.patients.chosen import evenly
from trialist.patients.entries import doses_of, rows_of
from trialist.patients.model import Dated, Lane, Spider, Spoke, Swimmer
from trialist.protocol.endpoints import (
    BestResponse,
    ProgressionFreeSurvival,
    PsaChange,
    PsaResponse,
    TumourResponse,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ibis.expr.types import Table

    from trialist.study import Result

MOST_LANES = 60
MOST_SPOKES = 80
_NOT_PROGRESSION = ("DEATH", "NEW_THERAPY")


def swimmer(result: Result) -> Swimmer | None:
    """Lanes of at most about 60 subjects, spread evenly over each arm's follow-up, the longest first.

    Returns   None for times without people behind them, and where nobody's end is known
    """
    if result.inputs.reconstructed:
        return None
    people = result.inputs.tables["subjects"]
    in_time = people.cutoff_day.isnull() | (people.death_day <= people.cutoff_day)
    dead = (people.death_day.notnull() & in_time).fill_null(False)
    end = ibis.ifelse(dead, people.death_day, ibis.least(people.last_alive_day, people.cutoff_day))
    known = people.select("subject", "arm", dead=dead, end=end).filter(lambda t: t.end.notnull())
    chosen = evenly(known, [known.end.desc()], MOST_LANES).to_pyarrow().to_pylist()
    if not chosen:
        return None
    ids = [row["subject"] for row in chosen]
    marks: dict[str, list[Dated]] = {}
    told: dict[str, str] = {}
    for kind, label, subject, day in _marks(result, ids):
        marks.setdefault(subject, []).append(Dated(day, kind))
        if label:
            told[kind] = label
    doses: dict[str, list[tuple[int, int]]] = {}
    for subject, dose in doses_of(result, ids):
        if dose.day is not None:
            doses.setdefault(subject, []).append((dose.day, dose.end_day or dose.day))
    lanes = tuple(
        Lane(
            row["subject"],
            row["arm"],
            row["end"],
            row["dead"],
            tuple(sorted(set(doses.get(row["subject"], ())))),
            tuple(sorted(marks.get(row["subject"], ()), key=lambda m: (m.day, m.kind))),
        )
        for row in chosen
    )
    return Swimmer(lanes, {row["arm"]: row["of"] for row in chosen}, told)


def spiders(result: Result, responders: Mapping[str, str]) -> dict[str, Spider]:
    """Endpoint -> percent change over time: of PSA for a best PSA change, of the sum of target diameters
    for a tumour response. Baselines and sums are those of the endpoint tables, PSA values those of the input.

    Parameters
        responders  subject -> label of the response that they met
    """
    drawn: dict[str, Spider] = {}
    for name, endpoint in result.protocol.plan.endpoints.items():
        if name not in result.endpoints or result.inputs.reconstructed:
            continue
        if isinstance(endpoint, PsaChange) and endpoint.what == "best":
            found = _spider("PSA", *_psa_changes(result, name), responders)
        elif isinstance(endpoint, TumourResponse):
            found = _spider("Sum of target diameters", *_sum_changes(result, name), responders)
        else:
            continue
        if found.spokes:
            drawn[name] = found
    return drawn


def _marks(result: Result, ids: list[str]) -> Iterator[tuple[str, str, str, int]]:
    """(kind, label of its endpoint, subject, day)."""
    plan = result.protocol.plan
    primary = [e.endpoint for e in plan.estimands.values() if e.objective == "primary"]
    seen: set[type] = set()
    for name in dict.fromkeys((*primary, *plan.endpoints)):
        endpoint = plan.endpoints[name]
        if name not in result.endpoints or type(endpoint) in seen:
            continue
        label = endpoint.label or name
        table = result.endpoints[name]
        if isinstance(endpoint, ProgressionFreeSurvival):
            kind, day = "progression", table.day
            table = table.filter(table.event & ~table.reason.isin(_NOT_PROGRESSION))
        elif isinstance(endpoint, BestResponse):
            kind, day = "response", table.response_day
            table = table.filter(table.response_day.notnull())
        elif isinstance(endpoint, PsaResponse):
            kind, day = "PSA response", table.day
            table = table.filter(table.responder & table.day.notnull())
        else:
            continue
        seen.add(type(endpoint))
        for row in rows_of(table.select("subject", marked=day), ids):
            yield kind, label, row["subject"], row["marked"]
    therapies = result.inputs.tables["therapies"]
    first = therapies.group_by("subject").aggregate(day=therapies.day.min())
    for row in rows_of(first, ids):
        if row["day"] is not None:
            yield "new therapy", "", row["subject"], row["day"]


def _psa_changes(result: Result, name: str) -> tuple[Table, Table]:
    """Subjects with a PSA change (subject, arm, rank), and their values (subject, day, change)."""
    found = result.endpoints[name]
    found = found.filter(found.evaluable & (found.baseline > 0) & found.percent_change.notnull())
    people = result.inputs.tables["subjects"].select("subject", "arm", "cutoff_day")
    chosen = found.join(people, "subject").select(
        "subject", "arm", "cutoff_day", "baseline", rank="percent_change"
    )
    psa = result.inputs.tables["psa"]
    psa = psa.filter((psa.day > 0) & psa.value.notnull())
    values = psa.join(chosen, "subject")
    values = values.filter(values.cutoff_day.isnull() | (values.day <= values.cutoff_day))
    changes = values.select(
        "subject", "day", "sequence", change=100 * (values.value - values.baseline) / values.baseline
    )
    return chosen.select("subject", "arm", "rank"), changes


def _sum_changes(result: Result, name: str) -> tuple[Table, Table]:
    found = result.endpoints[name]
    found = found.filter((found.baseline > 0) & found["sum"].notnull() & (found.target != "NE"))
    change = 100 * (found["sum"] - found.baseline) / found.baseline
    changes = found.select("subject", "day", sequence=ibis.literal(0), change=change)
    best = changes.group_by("subject").aggregate(rank=changes.change.min())
    people = result.inputs.tables["subjects"].select("subject", "arm")
    return best.join(people, "subject").select("subject", "arm", "rank"), changes


def _spider(measure: str, chosen: Table, changes: Table, responders: Mapping[str, str]) -> Spider:
    kept: list[dict[str, Any]] = evenly(chosen, [chosen["rank"]], MOST_SPOKES).to_pyarrow().to_pylist()
    points: dict[str, list[tuple[int, float]]] = {}
    for row in rows_of(changes, [r["subject"] for r in kept], "day", "sequence"):
        points.setdefault(row["subject"], [(0, 0.0)]).append((row["day"], row["change"]))
    spokes = tuple(
        Spoke(r["subject"], r["arm"], tuple(points[r["subject"]]), responders.get(r["subject"]))
        for r in kept
        if r["subject"] in points
    )
    return Spider(measure, spokes, {r["arm"]: r["of"] for r in kept})
