"""What happened: domain -> table, with where the records came from.

Tables are Ibis tables with plain column names (see `records.domains`); the same expressions run on
DuckDB, Spark and PostgreSQL. A date `xxDTC` of the CDISC file becomes two columns: `..._text` (ISO 8601
as captured, possibly partial) and `...` (a date, null when the text is no full date).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from ibis.expr.types import Table

RecordsKind = Literal["observed", "reconstructed", "simulated"]


@dataclass(frozen=True)
class Records:
    """The records of one trial.

    tables       domain (`dm`, `rs`, ...) -> table with plain column names
    origin       observed | reconstructed | simulated; every finding from them carries it
    source       who collected, reconstructed or simulated them
    seed         the seed, when we simulated them
    fingerprint  of their content: the same records give the same fingerprint
    note         what a reader must know of them
    """

    tables: Mapping[str, Table]
    origin: RecordsKind
    fingerprint: str
    source: str | None = None
    seed: int | None = None
    note: str | None = None
    files: Mapping[str, str] = field(default_factory=dict)

    def __contains__(self, domain: object) -> bool:
        return domain in self.tables
