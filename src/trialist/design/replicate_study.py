"""One planned analysis of every replicate: raw records of the batch, one derivation, counts by replicate."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from trialist.endpoints.filled import rule_for
from trialist.endpoints.inputs import DOMAIN_OF
from trialist.endpoints.intercurrent import governing, with_strategies
from trialist.endpoints.planned import planned_scans
from trialist.kernels.replicate_draws import Replicates
from trialist.protocol.endpoints import READS, OfResponse
from trialist.protocol.model import Protocol
from trialist.records.known_at import known_at
from trialist.records.registered import records_from_tables
from trialist.records.simulated.replicates import Batch, Model, simulate_replicates
from trialist.records.simulated.simulate import EVERYTHING
from trialist.study import Planned, derive_study, planned, populations

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from trialist.findings.context import Context

Integers = NDArray[np.int64]
_GROUPS: Mapping[str, frozenset[str]] = {
    "subjects": frozenset(),
    "deaths": frozenset(),
    "therapies": frozenset(),
    "responses": frozenset({"scans"}),
    "soft_tissue": frozenset({"scans"}),
    "bone": frozenset({"scans"}),
    "progressions": frozenset({"scans"}),
    "lesions": frozenset({"scans", "sizes"}),
    "bone_scans": frozenset({"scans", "sizes"}),
    "psa": frozenset({"psa"}),
    "pain": frozenset({"pain"}),
    "radiotherapies": frozenset({"pain"}),
    "skeletal_events": frozenset({"pain"}),
}
"""Input of a derivation -> the groups of simulated tables it is made from; of other inputs all are made."""


@dataclass(frozen=True, slots=True)
class OneAnalysis:
    """A planned analysis by itself.

    protocol  what it needs of the plan, and no more
    inputs    what its endpoint reads
    asked     the groups of simulated tables that these are made from
    """

    protocol: Protocol
    item: Planned
    inputs: frozenset[str]
    asked: frozenset[str]


def one_analysis(protocol: Protocol, analysis: str) -> OneAnalysis:
    """The analysis of that id, its endpoint and what this reads. Raises KeyError for an unknown id."""
    plan = protocol.plan
    item = next(item for item in planned(protocol) if item.id == analysis)
    names = _read_by(protocol, item.endpoint)
    estimand = plan.analyses[analysis].estimand
    narrow = plan.model_copy(
        update={
            "endpoints": {name: entry for name, entry in plan.endpoints.items() if name in names},
            "estimands": {estimand: plan.estimands[estimand]} if estimand else {},
            "analyses": {analysis: plan.analyses[analysis]},
        }
    )
    planned_days = planned_scans(plan)
    entries = [plan.endpoints[name] for name in names]
    if estimand:
        own = governing(plan, item.endpoint)
        entries.append(with_strategies(own, plan.estimands[estimand], plan.endpoints[item.endpoint]))
    inputs = frozenset().union(*(rule_for(entry, planned_days).reads for entry in entries))
    groups = [_GROUPS.get(name, EVERYTHING) for name in inputs]
    asked = frozenset({"therapies"}).union(*groups)
    return OneAnalysis(replace(protocol, plan=narrow), item, inputs, asked)


def _read_by(protocol: Protocol, name: str) -> set[str]:
    """The endpoint and those it is read off."""
    entry = protocol.plan.endpoints[name]
    found = {name}
    if isinstance(entry, OfResponse):
        for other in (getattr(entry, word, None) for word in READS):
            if other is not None:
                found |= _read_by(protocol, other)
    return found


def lacking(model: Model, one: OneAnalysis) -> tuple[str, ...]:
    """The domains that the endpoint needs and no replicate has: the plan says nothing of them."""
    tables = simulate_replicates(model, Replicates(0, (0,), model.size), one.asked)[0].tables
    needed = {DOMAIN_OF[name] for name in one.inputs if name in DOMAIN_OF}
    return tuple(sorted(domain for domain in needed if not set(domain.split(" or ")) & set(tables)))


@dataclass(frozen=True, slots=True)
class Analysed:
    """The endpoint of a batch beside its subjects, ready to be counted.

    table    of the analysis' population; `replicate` is position * (looks + 1) + look, the last look being
             the final analysis
    looks    interim looks of each replicate
    """

    table: Table
    context: Context
    batch: Batch
    looks: int

    def close(self) -> None:
        """Let the engine of the batch go, and its tables with it."""
        self.table.get_backend().disconnect()


def analysed(model: Model, one: OneAnalysis, replicates: Replicates, connect: Callable[[], Any]) -> Analysed:
    """Simulate the replicates and derive the endpoint of the analysis, once for all of them.

    `connect` opens the engine that the records are put into (`engines.duckdb.connect`).
    """
    batch, _ = simulate_replicates(model, replicates, one.asked)
    connection = connect()
    records = records_from_tables(
        batch.tables,
        origin="simulated",
        source="trialist",
        seed=replicates.seed,
        connection=connection,
        digest=f"replicates {replicates.numbers[0]} to {replicates.numbers[-1]} of seed {replicates.seed}",
    )
    looks = batch.looks.shape[1]
    names = _known_as(batch, replicates.size)
    known = connection.create_table("known_as", obj=names, temp=True)
    if looks:
        records = known_at(records, known.select("subject", "seen", "known_as"))
    result = derive_study(one.protocol, records)
    table, context = next(iter(populations(one.item, result)))
    lookup = known.select(known_subject="known_as", replicate="replicate")
    joined = table.inner_join(lookup, table.subject == lookup.known_subject)
    return Analysed(joined, context, batch, looks)


def _known_as(batch: Batch, size: int) -> pa.Table:
    """Every subject at every look: under the name `subject@look`, and under its own at the final analysis."""
    looks = batch.looks.shape[1]
    people = len(batch.subject)
    parts: list[pa.Table] = []
    position = np.arange(people) // size
    for look in range(looks + 1):
        final = look == looks
        if final:
            names, seen = batch.subject, np.full(people, (np.datetime64("9999-12-31") - _EPOCH).astype(int))
        else:
            names = pa.array([f"{name}@{look + 1}" for name in batch.subject.to_pylist()])
            seen = batch.look_date[:, look]
        parts.append(
            pa.table(
                {
                    "subject": batch.subject,
                    "seen": pa.array(seen.astype(np.int32)).cast(pa.date32()),
                    "known_as": names,
                    "replicate": position * (looks + 1) + look,
                }
            )
        )
    return pa.concat_tables(parts)


_EPOCH = np.datetime64("1970-01-01")
