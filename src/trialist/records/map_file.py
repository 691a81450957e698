"""Any table into domains: a `map.yaml` says which of its columns is which variable.

tables:
  - file: patients.csv
    domain: dm
    columns:
      USUBJID: Patient
      SEX: {from: Sex, values: {male: M, female: F}}
      RFSTDTC: {from: Randomised, date: DD.MM.YYYY}
      STUDYID: {constant: OURS-01}
  - file: psa.csv
    domain: lb
    melt: {columns: [PSA week 0, PSA week 12], name: when, value: psa}
    columns:
      USUBJID: Patient
      LBTESTCD: {constant: PSA}
      LBSTRESN: {from: psa, unit: ng/mL}
      VISIT: {from: when, values: {PSA week 0: BASELINE, PSA week 12: WEEK 12}}
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

from trialist.problems import Place, Problem, errors
from trialist.protocol.yaml_text import Tree, read_tree
from trialist.records.domains import DOMAINS

TreePath = tuple[str | int, ...]

_WORDS: dict[str, type | tuple[type, ...]] = {
    "from": str,
    "constant": (str, int, float),
    "values": dict,
    "date": str,
    "unit": str,
}
_DATE_PARTS = re.compile("YYYY|MON|MM|DD")


@dataclass(frozen=True, slots=True)
class Source:
    """Where the values of one variable come from, and how they are rewritten."""

    column: str | None = None
    constant: str | None = None
    values: Mapping[str, str] = field(default_factory=dict)
    date: str | None = None
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class Melt:
    """Columns that hold one variable side by side; each becomes a row of its own."""

    columns: tuple[str, ...]
    name: str
    value: str


@dataclass(frozen=True, slots=True)
class MappedTable:
    """One file of a map."""

    file: str
    domain: str
    columns: Mapping[str, Source]
    melt: Melt | None
    path: TreePath


@dataclass(frozen=True)
class Map:
    """A parsed `map.yaml`."""

    tables: tuple[MappedTable, ...]
    file: str
    tree: Tree = field(repr=False)

    def place(self, *path: str | int) -> Place:
        return _place(self.tree, self.file, path)


def parse_map(text: str, file: str) -> tuple[Map | None, tuple[Problem, ...]]:
    """The map that a YAML text states, or every problem in it with its line.

    Problems  those of `protocol.yaml_text.read_tree`; E080 a word or value that does not belong there,
              E081 a word that is missing, E083 a variable that the domain does not have, E327 unknown domain
    """
    tree, problems = read_tree(text, file)
    if tree is None:
        return None, problems
    reader = _Reader(tree, file, list(problems))
    tables = reader.tables()
    if errors(reader.problems):
        return None, tuple(reader.problems)
    return Map(tables, file, tree), tuple(reader.problems)


class _Reader:
    """Walks the tree of a map; problems are gathered."""

    def __init__(self, tree: Tree, file: str, problems: list[Problem]) -> None:
        self.tree, self.file, self.problems = tree, file, problems

    def problem(self, code: str, message: str, remedy: str, *path: str | int) -> None:
        self.problems.append(Problem(code, message, remedy, _place(self.tree, self.file, path)))

    def tables(self) -> tuple[MappedTable, ...]:
        self.words(self.tree.value, {"tables"})
        listed = self.tree.value.get("tables")
        if not isinstance(listed, tuple) or not listed:
            self.problem("E081", "'tables' must list one file or more", "write '- file: ...' under 'tables:'")
            return ()
        read = [self.table(item, ("tables", number)) for number, item in enumerate(listed)]
        return tuple(table for table in read if table is not None)

    def table(self, item: Any, path: TreePath) -> MappedTable | None:
        if not self.is_block(item, path):
            return None
        self.words(item, {"file", "domain", "columns", "melt"}, *path)
        file = self.text(item, "file", path)
        domain = (self.text(item, "domain", path) or "").lower()
        if domain and domain not in DOMAINS:
            known = ", ".join(sorted(DOMAINS))
            self.problem("E327", f"there is no domain '{domain}'", f"known are {known}", *path, "domain")
        columns = item.get("columns")
        if not isinstance(columns, dict) or not columns:
            self.problem("E081", "'columns' is missing", "write 'USUBJID: your column' under it", *path)
            columns = {}
        melt = self.melt(item["melt"], (*path, "melt")) if "melt" in item else None
        sources = {n.upper(): self.source(v, (*path, "columns", n)) for n, v in columns.items()}
        if domain in DOMAINS:
            self.variables(domain, columns, path)
        if file is None or domain not in DOMAINS:
            return None
        return MappedTable(file, domain, sources, melt, path)

    def variables(self, domain: str, columns: Mapping[str, Any], path: TreePath) -> None:
        declared = [column.cdisc for column in DOMAINS[domain].columns]
        for name in columns:
            if name.upper() not in declared:
                near = get_close_matches(name.upper(), declared, n=1)
                hint = f"did you mean {near[0]}?" if near else f"it has {', '.join(declared)}"
                self.problem("E083", f"{domain} has no variable {name}", hint, *path, "columns", name)

    def source(self, value: Any, path: TreePath) -> Source:
        if isinstance(value, str) and value:
            return Source(column=value)
        if not self.is_block(value, path):
            return Source()
        self.words(value, set(_WORDS), *path)
        for word, kinds in _WORDS.items():
            if word in value and (not isinstance(value[word], kinds) or isinstance(value[word], bool)):
                self.problem("E080", f"'{word}' has another sort of value here", _REMEDY, *path, word)
                return Source()
        if ("from" in value) == ("constant" in value):
            self.problem("E081", "either 'from' or 'constant' must be there", _REMEDY, *path)
        if "date" in value and not _is_pattern(value["date"]):
            self.problem(
                "E080", "'date' must hold DD, MM (or MON) and YYYY", "for example DD.MM.YYYY", *path, "date"
            )
            return Source()
        if "unit" in value and not str(path[-1]).upper().endswith("STRESN"):
            self.problem(
                "E080", "'unit' belongs to a --STRESN variable", "map --STRESU itself", *path, "unit"
            )
        constant = value.get("constant")
        values = {str(k): str(v) for k, v in value.get("values", {}).items()}
        return Source(
            value.get("from"),
            None if constant is None else str(constant),
            values,
            value.get("date"),
            value.get("unit"),
        )

    def melt(self, value: Any, path: TreePath) -> Melt | None:
        if not self.is_block(value, path):
            return None
        self.words(value, {"columns", "name", "value"}, *path)
        columns = value.get("columns")
        if not isinstance(columns, tuple) or not columns or not all(isinstance(c, str) for c in columns):
            self.problem(
                "E081", "'columns' must list the columns that become rows", "[week 0, week 12]", *path
            )
            return None
        name, held = self.text(value, "name", path), self.text(value, "value", path)
        return Melt(columns, name, held) if name and held else None

    def words(self, block: Mapping[str, Any], known: set[str], *path: str | int) -> None:
        for word in block:
            if word not in known:
                near = get_close_matches(word, known, n=1)
                hint = f"did you mean '{near[0]}'?" if near else f"known are {', '.join(sorted(known))}"
                self.problem("E080", f"'{word}' is no word of a map here", hint, *path, word)

    def is_block(self, value: Any, path: TreePath) -> bool:
        if not isinstance(value, dict):
            self.problem("E080", f"'{path[-1]}' has another sort of value here", _REMEDY, *path)
        return isinstance(value, dict)

    def text(self, block: Mapping[str, Any], word: str, path: TreePath) -> str | None:
        value = block.get(word)
        if isinstance(value, str) and value:
            return value
        if word in block:
            self.problem("E080", f"'{word}' must be a text", "write a name", *path, word)
        else:
            self.problem("E081", f"'{word}' is missing", f"add '{word}: ...'", *path)
        return None


_REMEDY = "write a column's name, or {from: column}, {constant: value}, with values, date or unit"


def _place(tree: Tree, file: str, path: TreePath) -> Place:
    for end in range(len(path), -1, -1):
        found = tree.keys.get(path[:end]) or tree.values.get(path[:end])
        if found is not None:
            return found
    return Place(file, 1)


def _is_pattern(text: str) -> bool:
    found = _DATE_PARTS.findall(text)
    return sorted(found) in (["DD", "MM", "YYYY"], ["DD", "MON", "YYYY"])
