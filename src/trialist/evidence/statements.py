"""Sentences of our own, each with its source, and the graph of mechanisms that stands on them.

sources: {SOURCE: {citation: ...}}
statements:
  - {id: ..., kind: dose, text: ..., source: SOURCE, about: [ids], as_of: '2017',
     place: ..., reliability: read, jurisdiction: US, grading: ..., plain: ..., superseded_by: id}

nodes: {id: {label: ..., kind: target, plain: ...}}
edges: [{from: id, to: id, kind: binds, statement: id}]
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_args

from pydantic import ValidationError

from trialist.evidence.model import Edge, EdgeKind, Mechanism, Node, NodeKind, Statement, StatementKind
from trialist.evidence.published import RELIABILITIES
from trialist.evidence.published_values import Values
from trialist.evidence.yaml_text import lines_under, read_yaml, value_under
from trialist.problems import Place, Problem
from trialist.protocol.model import Source

KINDS = get_args(StatementKind)
NODE_KINDS = get_args(NodeKind)
EDGE_KINDS = get_args(EdgeKind)
_FILE = frozenset({"sources", "statements", "nodes", "edges"})
_TEXTS = ("id", "kind", "text", "source", "as_of", "place", "reliability", "jurisdiction", "grading", "plain")
_WORDS = frozenset({*_TEXTS, "superseded_by", "about"})
_NEEDED = ("id", "kind", "text", "source")


@dataclass(frozen=True, slots=True)
class Said:
    """What a file of statements holds."""

    statements: tuple[Statement, ...] = ()
    sources: Mapping[str, Source] = field(default_factory=dict)
    nodes: Mapping[str, Node] = field(default_factory=dict)
    edges: tuple[tuple[Edge, Place], ...] = ()
    places: Mapping[str, Place] = field(default_factory=dict)


def read_statements(path: Path) -> tuple[Said, tuple[Problem, ...]]:
    """The statements of one file; a faulty one is left out and listed.

    Problems: E614 no readable file, E615 a word that is unknown, missing or of another kind, E616 a source
    that no file declares (told by `check_said`), E617 an id given twice or that names nothing.
    """
    read = read_yaml(path, "E614", "the statements")
    if isinstance(read, Problem):
        return Said(), (read,)
    root, data = read
    if not isinstance(data, dict) or not _FILE.intersection(data):
        place = Place(str(path), 1)
        return Said(), (
            Problem("E614", "the file holds no statements", "begin it with 'statements:' or 'nodes:'", place),
        )
    reader = _Reader(str(path), root)
    for word in set(data) - _FILE:
        reader.add(
            "E615", f"'{word}' is no word of a file of statements", f"use {', '.join(sorted(_FILE))}", 1
        )
    return reader.said(data), tuple(reader.problems)


def check_said(said: Said, sources: Mapping[str, Source]) -> Iterator[Problem]:
    """What only the whole store can tell: sources, ids and nodes that are named and are not there."""
    known = {statement.id for statement in said.statements}
    for statement in said.statements:
        place = said.places.get(statement.id)
        if statement.source not in sources:
            yield Problem(
                "E616",
                f"the source '{statement.source}' is not declared",
                "add it under 'sources:' with its citation",
                place,
            )
        if statement.superseded_by is not None and statement.superseded_by not in known:
            yield Problem(
                "E617", f"there is no statement '{statement.superseded_by}'", "name one that is there", place
            )
    for edge, place in said.edges:
        for what, name, there in (
            ("node", edge.start, edge.start in said.nodes),
            ("node", edge.end, edge.end in said.nodes),
            ("statement", edge.statement, edge.statement in known),
        ):
            if not there:
                yield Problem("E617", f"there is no {what} '{name}'", "name one that is there", place)


def mechanism(said: Said) -> Mechanism:
    """The graph, without edges that hang on something that is not there."""
    known = {statement.id for statement in said.statements}
    whole = tuple(
        edge
        for edge, _ in said.edges
        if edge.start in said.nodes and edge.end in said.nodes and edge.statement in known
    )
    return Mechanism(said.nodes, whole)


class _Reader(Values):
    def __init__(self, file: str, root: Any) -> None:
        super().__init__(file)
        self.root = root

    def said(self, data: Mapping[str, Any]) -> Said:
        sources = dict(self._sources(data.get("sources") or {}))
        statements: list[Statement] = []
        places: dict[str, Place] = {}
        for line, item in self._items(data, "statements"):
            statement = self._statement(item, line)
            if statement is None:
                continue
            if statement.id in places:
                self.add("E617", f"the id '{statement.id}' is given twice", "give each its own", line)
                continue
            places[statement.id] = Place(self.file, line, None, statement.id)
            statements.append(statement)
        nodes = dict(self._nodes(data.get("nodes") or {}))
        edges = tuple(self._edges(data))
        return Said(tuple(statements), sources, nodes, edges, places)

    def _items(self, data: Mapping[str, Any], word: str) -> Iterator[tuple[int, Any]]:
        items = data.get(word) or []
        node = value_under(self.root, word)
        if not isinstance(items, list):
            self.add("E615", f"'{word}' is no list", f"write '{word}: [{{...}}]'", 1)
            return
        starts = [each.start_mark.line + 1 for each in node.value] if items else []
        yield from zip(starts, items, strict=True)

    def _sources(self, stated: Any) -> Iterator[tuple[str, Source]]:
        lines = dict(lines_under(value_under(self.root, "sources")))
        for name, value in stated.items() if isinstance(stated, dict) else ():
            try:
                yield str(name), Source.model_validate(value)
            except ValidationError as error:
                first = error.errors()[0]
                told = f"source '{name}': {'.'.join(str(p) for p in first['loc'])} {first['msg'].lower()}"
                self.add("E615", told, "give citation, and where known doi, pmid, url", lines.get(str(name)))

    def _statement(self, item: Any, line: int) -> Statement | None:
        before = len(self.problems)
        if not isinstance(item, dict):
            self.add("E615", "a statement is no list of words", f"write {{{', '.join(_NEEDED)}: ...}}", line)
            return None
        name = str(item.get("id"))
        for word in set(item) - _WORDS:
            use = f"use {', '.join(sorted(_WORDS))}"
            self.add("E615", f"'{word}' is no word of a statement", use, line, name)
        for word in _NEEDED:
            if word not in item:
                self.add("E615", f"'{word}' is missing", f"add '{word}'", line, name)
        for word in (*_TEXTS, "superseded_by"):
            if word in item and not isinstance(item[word], str):
                self.add("E615", f"'{word}' is not text", "put it in quotation marks", line, name)
        about = item.get("about", [])
        if not isinstance(about, list) or not all(isinstance(each, str) for each in about):
            self.add("E615", "'about' is no list of texts", "write 'about: [..., ...]'", line, name)
        for word, value, known in (
            ("kind", item.get("kind"), KINDS),
            ("reliability", item.get("reliability", "read"), RELIABILITIES),
        ):
            if isinstance(value, str) and value not in known:
                self.add(
                    "E615", f"{word} '{value}' is unknown", f"use {', '.join(sorted(known))}", line, name
                )
        if len(self.problems) > before:
            return None
        return Statement(**{**item, "about": tuple(about)})

    def _nodes(self, stated: Any) -> Iterator[tuple[str, Node]]:
        lines = dict(lines_under(value_under(self.root, "nodes")))
        for name, item in stated.items() if isinstance(stated, dict) else ():
            if (
                isinstance(item, dict)
                and set(item) <= {"label", "kind", "plain"}
                and all(isinstance(value, str) for value in item.values())
                and item.get("kind") in NODE_KINDS
                and "label" in item
            ):
                yield str(name), Node(str(name), item["label"], item["kind"], item.get("plain"))
            else:
                remedy = f"write {{label: ..., kind: one of {', '.join(NODE_KINDS)}}}"
                self.add("E615", f"node '{name}' has no label and kind", remedy, lines.get(str(name)))

    def _edges(self, data: Mapping[str, Any]) -> Iterator[tuple[Edge, Place]]:
        for line, item in self._items(data, "edges"):
            if (
                isinstance(item, dict)
                and set(item) == {"from", "to", "kind", "statement"}
                and all(isinstance(value, str) for value in item.values())
                and item["kind"] in EDGE_KINDS
            ):
                edge = Edge(item["from"], item["to"], item["kind"], item["statement"])
                yield edge, Place(self.file, line)
            else:
                remedy = f"write {{from: ..., to: ..., kind: one of {', '.join(EDGE_KINDS)}, statement: ...}}"
                self.add("E615", "an edge has other words than from, to, kind and statement", remedy, line)
