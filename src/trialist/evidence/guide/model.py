"""What a guide is made of: sections of sentences, tables and pictures, each number with the finding it is of.

Nothing here is a page: `report` draws one, on paper, in a browser or in a terminal.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from trialist.evidence.model import Edge, Node
from trialist.problems import Problem


@dataclass(frozen=True, slots=True)
class Value:
    """One printed fact.

    id      of the finding or statement that it is of; None: of the trial's card
    label   whose it is: an arm, a contrast, a measure
    behind  who is behind it (counts, population, analysis)
    marks   how it was taken, where it was not simply read
    cites   ids of sources: the paper first, then the page that it was read on
    """

    text: str
    id: str | None = None
    label: str | None = None
    behind: str | None = None
    marks: tuple[str, ...] = ()
    cites: tuple[str, ...] = ()


Cell = tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table. `disputed`: why two numbers of it do not agree; `anchor`: what links lead to."""

    cells: tuple[Cell, ...]
    disputed: tuple[str, ...] = ()
    anchor: str | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """Rows under a heading of their own; `note` is what a reader must know before reading them."""

    heading: str | None
    rows: tuple[Row, ...]
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """The first column names the row."""

    title: str
    head: tuple[str, ...]
    groups: tuple[Group, ...]

    @property
    def rows(self) -> tuple[Row, ...]:
        return tuple(row for group in self.groups for row in group.rows)


@dataclass(frozen=True, slots=True)
class Sentence:
    """A plain claim, with the findings, statements and trials (`cards`) that it was made of."""

    text: str
    ids: tuple[str, ...] = ()
    cards: tuple[str, ...] = ()
    marks: tuple[str, ...] = ()
    cites: tuple[str, ...] = ()
    warning: bool = False


@dataclass(frozen=True, slots=True)
class Ratio:
    """A line of a forest plot: a ratio as its trial printed it."""

    trial: str
    label: str
    id: str
    estimate: float
    low: float | None
    high: float | None
    printed: str
    behind: str | None = None


@dataclass(frozen=True, slots=True)
class Forest:
    """Ratios of one endpoint, each of a trial of its own; `below_one` is what a ratio below 1 favours."""

    endpoint: str
    title: str
    ratios: tuple[Ratio, ...]
    below_one: Literal["first", "second"] | None = None


@dataclass(frozen=True, slots=True)
class FlowArm:
    """One arm of the flow of patients; None: not known. `stopped`: every reason, with how many."""

    name: str
    label: str
    allocated: int | None
    treated: int | None = None
    stopped: tuple[tuple[str, int], ...] | None = None
    analysed: int | None = None


@dataclass(frozen=True, slots=True)
class Flow:
    """Patients of a trial from allocation to analysis. `missing`: why there is no picture."""

    trial: str
    enrolled: int | None
    randomised: bool
    arms: tuple[FlowArm, ...]
    analysis: str | None = None
    screened_out: int | None = None
    ids: tuple[str, ...] = ()
    cites: tuple[str, ...] = ()
    missing: str | None = None


@dataclass(frozen=True, slots=True)
class Graph:
    """How drugs act: `subjects` are the drugs that the guide is of; every edge stands on a statement.

    `preclinical`: the statements among them that speak of cells or animals.
    """

    title: str
    subjects: tuple[str, ...]
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    preclinical: frozenset[str] = frozenset()


Plain = Sentence | Table | Forest | Flow | Graph


@dataclass(frozen=True, slots=True)
class Fold:
    """What is read when asked for: folded on a page, in the annex of a document."""

    title: str
    parts: tuple[Plain, ...]


Part = Plain | Fold


@dataclass(frozen=True, slots=True)
class Section:
    """`within`: the id of the section that it is a part of; `folded`: all of it is read when asked for."""

    id: str
    title: str
    parts: tuple[Part, ...]
    within: str | None = None
    folded: bool = False

    @property
    def all_parts(self) -> tuple[Plain, ...]:
        """Parts in their order, those of folds among them."""
        return tuple(
            each for part in self.parts for each in (part.parts if isinstance(part, Fold) else (part,))
        )

    @property
    def sentences(self) -> tuple[Sentence, ...]:
        return tuple(part for part in self.all_parts if isinstance(part, Sentence))

    @property
    def tables(self) -> tuple[Table, ...]:
        return tuple(part for part in self.all_parts if isinstance(part, Table))


@dataclass(frozen=True, slots=True)
class Reference:
    """A source by the number that it is cited by. `read`: how much of it was read."""

    number: int
    id: str
    citation: str
    doi: str | None = None
    pmid: str | None = None
    url: str | None = None
    kind: str | None = None
    read: str | None = None

    @property
    def links(self) -> tuple[tuple[str, str], ...]:
        """(address, what is printed) of the paper's DOI, its PMID and its page; only addresses of the web."""
        made = (
            (f"https://doi.org/{self.doi}", f"doi:{self.doi}") if self.doi else None,
            (f"https://pubmed.ncbi.nlm.nih.gov/{self.pmid}/", f"PMID {self.pmid}") if self.pmid else None,
            (self.url, self.url) if self.url and self.url.startswith(("https://", "http://")) else None,
        )
        return tuple(each for each in made if each)


@dataclass(frozen=True, slots=True)
class Dated:
    """Which store a guide is of: its newest dated source, what it holds, and a fingerprint of that."""

    newest: str
    trials: int
    findings: int
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Guide:
    """A treatment in a condition: what its trials were, what they found, and what they do not tell.

    treatment  as it is called; condition: id, condition_label: as it is called
    """

    title: str
    treatment: str
    condition: str
    condition_label: str
    dated: Dated
    trials: tuple[str, ...]
    sections: tuple[Section, ...]
    references: tuple[Reference, ...]
    problems: tuple[Problem, ...] = field(default=())

    def section(self, name: str) -> Section | None:
        return next((each for each in self.sections if each.id == name), None)

    def values(self) -> Iterator[Value]:
        """Every printed fact of every table, in order."""
        for section in self.sections:
            for table in section.tables:
                for row in table.rows:
                    for cell in row.cells:
                        yield from cell

    def sentences(self) -> Iterator[Sentence]:
        for section in self.sections:
            yield from section.sentences

    def number_of(self, source: str) -> int | None:
        """The number of a source in the list of references."""
        return next((each.number for each in self.references if each.id == source), None)
