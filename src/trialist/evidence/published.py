"""Published results of a trial: `published.yaml` -> findings, each with the source it was read in.

The file:

    trial: a name
    sources: {SOURCE: {citation: ..., doi: ..., pmid: ..., kind: ..., read: how much of it was read}}
    reason: why there are none            # only with an empty list of findings
    findings:
      - {id: ..., endpoint: ..., measure: ..., estimate: ..., unit: ..., population: ..., subgroup: ...,
         timepoint: ..., groups: [...], interval: {low: ..., high: ..., level: ...},
         p_value: {value: ..., bound: ..., sides: ...}, n: ..., events: ...,
         method: {name: ..., options: {...}},
         origin: {source: ..., place: ..., reliability: ..., kind: ...}, reported: ..., note: ...}

`estimate: null` is a result that was reported as not reached or whose number was not seen; `note` says which.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from trialist.findings.measures import MEASURES
from trialist.findings.model import Finding, Interval, Method, Origin, PValue
from trialist.problems import Place, Problem
from trialist.protocol.model import Source

RELIABILITIES = frozenset(
    {"read", "transcribed", "digitised", "computed", "computed by source", "memory", "unreliable"}
)
_KINDS = frozenset({"published", "reconstructed"})
_FILE_WORDS = frozenset({"trial", "sources", "reason", "findings"})
_TEXTS = ("endpoint", "measure", "unit", "population", "subgroup", "timepoint", "reported", "note")
_WORDS = frozenset(
    {*_TEXTS, "id", "estimate", "groups", "interval", "p_value", "n", "events", "method", "origin"}
)
_LARGEST = 1e300  # beyond it, and for infinity and not-a-number, a number is none


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is published of one trial. `reason` says why there is nothing, where there is nothing."""

    trial: str
    sources: Mapping[str, Source]
    findings: tuple[Finding, ...]
    reason: str | None = None


def read_published(path: Path) -> tuple[tuple[Finding, ...], tuple[Problem, ...]]:
    """The findings of a `published.yaml`; a finding with an error in it is left out and listed.

    Problems: E601 no readable YAML file, E602 a word that is unknown or missing, E603 a value that can't
    be what it should be, E604 a source that is not declared, E605 an id given twice.
    """
    evidence, problems = read_evidence(path)
    return (evidence.findings if evidence else ()), problems


def read_evidence(path: Path) -> tuple[Evidence | None, tuple[Problem, ...]]:
    """The whole file: findings and the sources they were read in. Problems as in `read_published`."""
    try:
        text = Path(path).read_text(encoding="utf-8")
        root = yaml.compose(text, Loader=yaml.CSafeLoader)
        data = yaml.load(text, Loader=yaml.CSafeLoader)
    except (OSError, ValueError, RecursionError, yaml.YAMLError) as error:
        return None, (_unreadable(path, error),)
    if not isinstance(data, dict) or not isinstance(root, yaml.MappingNode):
        return None, (
            Problem(
                "E601",
                "the file holds no 'trial:', 'sources:' and 'findings:'",
                "begin the file with these three words",
                Place(str(path), 1),
            ),
        )
    reader = _Reader(str(path), root)
    sources = dict(reader.sources(data))
    findings = tuple(reader.findings(data, sources))
    reason = data.get("reason")
    evidence = Evidence(str(data.get("trial")), sources, findings, None if reason is None else str(reason))
    return evidence, tuple(reader.problems)


def _unreadable(path: Path, error: Exception) -> Problem:
    mark = getattr(error, "problem_mark", None)
    why = getattr(error, "problem", None) or getattr(error, "strerror", None)
    if why is None:
        why = "it is not UTF-8 text" if isinstance(error, UnicodeDecodeError) else str(error)
    return Problem(
        "E601",
        f"the published results can't be read: {why}",
        "give a UTF-8 YAML file",
        Place(str(path), mark.line + 1 if mark else None, mark.column + 1 if mark else None),
    )


class _Reader:
    """Collects problems while the parts of one file are read."""

    def __init__(self, file: str, root: yaml.MappingNode) -> None:
        self.file = file
        self.problems: list[Problem] = []
        self.lines: dict[str, list[int]] = {}
        self.starts: dict[str, int] = {}
        for key, value in root.value:
            self.starts[str(key.value)] = key.start_mark.line + 1
            self.lines[str(key.value)] = [
                (item[0] if isinstance(item, tuple) else item).start_mark.line + 1
                for item in (value.value if isinstance(value.value, list) else ())
            ]

    def add(self, code: str, message: str, remedy: str, line: int | None, record: str | None = None) -> None:
        self.problems.append(Problem(code, message, remedy, Place(self.file, line, None, record)))

    def sources(self, data: Mapping[str, Any]) -> Iterator[tuple[str, Source]]:
        for word in data:
            if word not in _FILE_WORDS:
                self.add(
                    "E602",
                    f"'{word}' is no word of a file of published results",
                    f"use {', '.join(sorted(_FILE_WORDS))}",
                    self.starts.get(str(word)),
                )
        if not isinstance(data.get("trial"), str):
            self.add("E602", "'trial' is missing", "name the trial as its protocol does", 1)
        stated = data.get("sources") or {}
        if not isinstance(stated, dict):
            self.add(
                "E603",
                "'sources' is not a list of names with what they stand for",
                "write 'NAME: {citation: ...}' below it",
                self.starts.get("sources"),
            )
            return
        for line, (name, value) in zip(self.lines.get("sources", ()), stated.items(), strict=False):
            try:
                yield str(name), Source.model_validate(value)
            except ValidationError as error:
                first = error.errors()[0]
                self.add(
                    "E603",
                    f"source '{name}': {'.'.join(str(p) for p in first['loc'])} {first['msg'].lower()}",
                    "give citation, and where known doi, pmid, url, kind, read",
                    line,
                    str(name),
                )

    def findings(self, data: Mapping[str, Any], sources: Mapping[str, Source]) -> Iterator[Finding]:
        items = data.get("findings")
        if not isinstance(items, list):
            self.add(
                "E602",
                "'findings' is missing",
                "list them, or write 'findings: []' and the 'reason'",
                self.starts.get("findings", 1),
            )
            return
        if not items and not data.get("reason"):
            self.add(
                "E602",
                "there are no findings and no 'reason'",
                "write why nothing is published under 'reason:'",
                self.starts.get("findings", 1),
            )
        seen: set[str] = set()
        for line, item in zip(self.lines.get("findings", ()), items, strict=False):
            before = len(self.problems)
            finding = self._finding(str(data.get("trial")), item, line, sources, seen)
            if finding is not None and len(self.problems) == before:
                yield finding

    def _finding(
        self, trial: str, item: Any, line: int, sources: Mapping[str, Source], seen: set[str]
    ) -> Finding | None:
        if not isinstance(item, dict) or not isinstance(item.get("id"), str):
            self.add("E602", "a finding has no 'id'", "give each finding an id of its own", line)
            return None
        name = item["id"]
        if name in seen:
            self.add("E605", f"the id '{name}' is given twice", "give each finding its own id", line, name)
        seen.add(name)
        for word in item:
            if word not in _WORDS:
                self.add(
                    "E602",
                    f"'{word}' is no word of a finding",
                    f"use {', '.join(sorted(_WORDS))}",
                    line,
                    name,
                )
        for word in ("endpoint", "measure", "origin"):
            if word not in item:
                self.add("E602", f"'{word}' is missing", f"add '{word}'", line, name)
        if "estimate" not in item:
            self.add("E602", "'estimate' is missing", "give it, or 'null' with a note", line, name)
        texts = {word: self._text(item, word, line, name) for word in _TEXTS}
        if texts["measure"] is not None and texts["measure"] not in MEASURES:
            self.add(
                "E603",
                f"'{texts['measure']}' is no known measure",
                f"use one of {', '.join(MEASURES)}",
                line,
                name,
            )
        estimate = self._number(item.get("estimate"), "estimate", line, name)
        if estimate is None and item.get("estimate") is None and not texts["note"]:
            self.add("E602", "an estimate of null needs a note", "say why there is no number", line, name)
        origin = self._origin(item.get("origin"), sources, line, name)
        groups = item.get("groups", [])
        if not isinstance(groups, list) or not all(isinstance(g, str) for g in groups):
            self.add("E603", "'groups' is no list of arms", "write 'groups: [arm]'", line, name)
            groups = []
        interval = self._part(item, "interval", {"low", "high", "level"}, line, name)
        p_value = self._part(item, "p_value", {"value", "bound", "sides"}, line, name)
        if p_value and p_value.get("value") is None:
            self.add("E603", "the p value has no 'value'", "add it, or leave 'p_value' out", line, name)
            p_value = None
        bound = (p_value or {}).get("bound", "=")
        if bound not in ("=", "<", ">"):
            self.add("E603", f"'{bound}' is no bound of a p value", "use =, < or >", line, name)
        method = self._method(item.get("method"), line, name)
        counts = {word: self._count(item.get(word), word, line, name) for word in ("n", "events")}
        if origin is None or texts["endpoint"] is None or texts["measure"] is None:
            return None
        return Finding(
            trial=trial,
            endpoint=texts["endpoint"],
            measure=texts["measure"],
            estimate=estimate,
            origin=origin,
            method=method,
            unit=texts["unit"],
            population=texts["population"] or "itt",
            subgroup=texts["subgroup"],
            timepoint=texts["timepoint"],
            groups=tuple(groups),
            interval=None
            if interval is None
            else Interval(
                self._number(interval.get("low"), "interval low", line, name),
                self._number(interval.get("high"), "interval high", line, name),
                self._share(interval.get("level", 0.95), "interval level", line, name) or 0.95,
            ),
            p_value=None
            if p_value is None
            else PValue(
                self._share(p_value["value"], "p value", line, name, ends=True) or 0.0,
                bound,
                self._count(p_value.get("sides"), "sides", line, name) or 2,
            ),
            n=counts["n"],
            events=counts["events"],
            reported=texts["reported"],
            note=texts["note"],
        )

    def _text(self, item: Mapping[str, Any], word: str, line: int, name: str) -> str | None:
        value = item.get(word)
        if value is None or isinstance(value, str):
            return value
        self.add("E603", f"'{word}' is {_shown(value)}, not text", "put it in quotation marks", line, name)
        return None

    def _number(self, value: Any, word: str, line: int, name: str) -> float | None:
        if value is None:
            return None
        if isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) <= _LARGEST:
            return float(value)
        self.add("E603", f"{word} is {_shown(value)}, not a number", "give a plain number", line, name)
        return None

    def _share(self, value: Any, word: str, line: int, name: str, ends: bool = False) -> float | None:
        number = self._number(value, word, line, name)
        if number is None or 0 < number < 1 or (ends and number in (0, 1)):
            return number
        self.add("E603", f"{word} is {number:g}", "give a number between 0 and 1", line, name)
        return None

    def _count(self, value: Any, word: str, line: int, name: str) -> int | None:
        if value is None or (isinstance(value, int) and not isinstance(value, bool) and value >= 0):
            return value
        self.add("E603", f"'{word}' is {_shown(value)}, not a count", "give a whole number", line, name)
        return None

    def _part(
        self, item: Mapping[str, Any], word: str, allowed: set[str], line: int, name: str
    ) -> Mapping[str, Any] | None:
        value = item.get(word)
        if value is None:
            return None
        if isinstance(value, dict) and set(value) <= allowed:
            return value
        self.add(
            "E603",
            f"'{word}' is not made of {', '.join(sorted(allowed))}",
            f"write them under '{word}'",
            line,
            name,
        )
        return None

    def _method(self, value: Any, line: int, name: str) -> Method:
        if value is None:
            return Method("as reported")
        if (
            isinstance(value, dict)
            and isinstance(value.get("name"), str)
            and set(value) <= {"name", "options"}
        ):
            options = value.get("options") or {}
            if isinstance(options, dict) and all(_plain(v) for v in options.values()):
                return Method(value["name"], tuple((str(k), v) for k, v in options.items()))
        self.add(
            "E603", "'method' is no name with plain options", "write {name: ..., options: {...}}", line, name
        )
        return Method("as reported")

    def _origin(self, value: Any, sources: Mapping[str, Source], line: int, name: str) -> Origin | None:
        if value is None:
            return None
        known = {"source", "place", "reliability", "kind"}
        if not isinstance(value, dict) or not set(value) <= known or not isinstance(value.get("source"), str):
            self.add(
                "E603",
                "'origin' names no source",
                "write {source: ..., place: ..., reliability: ...}",
                line,
                name,
            )
            return None
        kind, reliability = value.get("kind", "published"), value.get("reliability")
        for word, given, known_words in (("kind", kind, _KINDS), ("reliability", reliability, RELIABILITIES)):
            if not isinstance(given, str) or given not in known_words:
                use = f"use one of {', '.join(sorted(known_words))}"
                self.add("E603", f"origin {word} {_shown(given)} is unknown", use, line, name)
                return None
        place = self._text(value, "place", line, name)
        if value["source"] not in sources:
            self.add(
                "E604",
                f"the source '{value['source']}' is not declared",
                "add it under 'sources:' with its citation",
                line,
                name,
            )
        return Origin(kind=kind, source=value["source"], place=place, reliability=reliability, entry=name)


def _plain(value: Any) -> bool:
    """Whether an option of a method can be printed: a text, a finite number, or a list of them."""
    if isinstance(value, list):
        return all(_plain(v) for v in value)
    if isinstance(value, (int, float)):
        return abs(value) <= _LARGEST
    return value is None or isinstance(value, str)


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
