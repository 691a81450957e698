"""Published results of a trial: `published.yaml` -> findings, each with the source it was read in.

The file:

    trial: a name
    about: {title: ..., condition: ..., arms: {...}, ...}       # evidence/cards.py
    sources: {SOURCE: {citation: ..., doi: ..., pmid: ..., kind: ..., read: how much of it was read}}
    reason: why there are none            # only with an empty list of findings
    findings:
      - {id: ..., endpoint: ..., measure: ..., estimate: ..., unit: ..., population: ..., subgroup: ...,
         timepoint: ..., groups: [...], interval: {low: ..., high: ..., level: ...},
         p_value: {value: ..., bound: ..., sides: ...}, n: ..., events: ...,
         method: {name: ..., options: {...}}, definition: {...},
         origin: {source: ..., place: ..., reliability: ..., kind: ...}, reported: ..., note: ...}

`definition` is the rule of the endpoint. Of an adverse event it has `term`, `grade` (any, 3, 3+, 3-4, ...),
`criteria`, `graded_by` (laboratory, reported, not stated), and where it is so `serious`, `related`,
`leading_to` (death, discontinuation) and `counted` (events, not patients).

`estimate: null` is a result that was reported as not reached or whose number was not seen; `note` says which.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from trialist.evidence.cards import read_card
from trialist.evidence.model import TrialCard
from trialist.evidence.published_values import Values, plain, shown
from trialist.evidence.yaml_text import lines_under, read_yaml, value_under
from trialist.findings.measures import MEASURES
from trialist.findings.model import Finding, Interval, Method, Origin, PValue
from trialist.problems import Place, Problem
from trialist.protocol.model import Source

RELIABILITIES = frozenset(
    {"read", "transcribed", "digitised", "computed", "computed by source", "memory", "unreliable"}
)
GRADES = ("any", "1", "2", "3", "4", "5", "1-2", "2-3", "3-4", "3-5", "2+", "3+", "4+")
GRADED_BY = ("laboratory", "reported", "not stated")
_KINDS = frozenset({"published", "reconstructed", "observed"})
_FILE_WORDS = frozenset({"trial", "about", "sources", "reason", "findings"})
_TEXTS = ("endpoint", "measure", "unit", "population", "subgroup", "timepoint", "reported", "note")
_WORDS = frozenset(
    {
        *_TEXTS,
        *("id", "estimate", "groups", "interval", "p_value", "n", "events"),
        *("method", "origin", "definition"),
    }
)


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is published of one trial. `reason` says why there is nothing, where there is nothing."""

    trial: str
    sources: Mapping[str, Source]
    findings: tuple[Finding, ...]
    reason: str | None = None
    card: TrialCard | None = None


def read_published(path: Path) -> tuple[tuple[Finding, ...], tuple[Problem, ...]]:
    """The findings of a `published.yaml`; a finding with an error in it is left out and listed.

    Problems: E601 no readable YAML file, E602 a word that is unknown or missing, E603 a value that can't
    be what it should be, E604 a source that is not declared, E605 an id given twice.
    """
    evidence, problems = read_evidence(path)
    return (evidence.findings if evidence else ()), problems


def read_evidence(path: Path) -> tuple[Evidence | None, tuple[Problem, ...]]:
    """The whole file: findings and the sources they were read in. Problems as in `read_published`."""
    read = read_yaml(path, "E601", "the published results")
    if isinstance(read, Problem):
        return None, (read,)
    root, data = read
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
    evidence = Evidence(
        str(data.get("trial")),
        sources,
        findings,
        None if reason is None else str(reason),
        reader.card(data, sources),
    )
    return evidence, tuple(reader.problems)


class _Reader(Values):
    """Collects problems while the parts of one file are read."""

    def __init__(self, file: str, root: yaml.MappingNode) -> None:
        super().__init__(file)
        self.root = root
        self.lines: dict[str, list[int]] = {}
        self.starts: dict[str, int] = {}
        for key, value in root.value:
            self.starts[str(key.value)] = key.start_mark.line + 1
            self.lines[str(key.value)] = [
                (item[0] if isinstance(item, tuple) else item).start_mark.line + 1
                for item in (value.value if isinstance(value.value, list) else ())
            ]

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

    def card(self, data: Mapping[str, Any], sources: Mapping[str, Source]) -> TrialCard | None:
        """What the trial is, where the file says so."""
        if "about" not in data:
            return None
        about = value_under(self.root, "about")
        arms = value_under(about, "arms")
        lines = {**dict(lines_under(about)), **dict(lines_under(arms, "arms."))}
        card = read_card(
            str(data.get("trial")), data["about"], lines | {"about": self.starts.get("about", 1)}, self.add
        )
        if card is None:
            return None
        stated = {name for said in card.stated.values() for name in said}
        for name in dict.fromkeys((*card.sources, *sorted(stated))):
            if name not in sources:
                self.add(
                    "E604",
                    f"the source '{name}' is not declared",
                    "add it under 'sources:' with its citation",
                    lines.get("sources" if name in card.sources else "stated"),
                )
        return replace(card, file=self.file)

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
        texts = {word: self.text(item, word, line, name) for word in _TEXTS}
        if texts["measure"] is not None and texts["measure"] not in MEASURES:
            self.add(
                "E603",
                f"'{texts['measure']}' is no known measure",
                f"use one of {', '.join(MEASURES)}",
                line,
                name,
            )
        estimate = self.estimate(item.get("estimate"), texts["measure"], line, name)
        if estimate is None and item.get("estimate") is None and not texts["note"]:
            self.add("E602", "an estimate of null needs a note", "say why there is no number", line, name)
        origin = self._origin(item.get("origin"), sources, line, name)
        groups = item.get("groups", [])
        if not isinstance(groups, list) or not all(isinstance(g, str) for g in groups):
            self.add("E603", "'groups' is no list of arms", "write 'groups: [arm]'", line, name)
            groups = []
        interval = self.part(item, "interval", {"low", "high", "level"}, line, name)
        p_value = self.part(item, "p_value", {"value", "bound", "sides"}, line, name)
        if p_value and p_value.get("value") is None:
            self.add("E603", "the p value has no 'value'", "add it, or leave 'p_value' out", line, name)
            p_value = None
        bound = (p_value or {}).get("bound", "=")
        if bound not in ("=", "<", ">"):
            self.add("E603", f"'{bound}' is no bound of a p value", "use =, < or >", line, name)
        method = self._method(item.get("method"), line, name)
        counts = {word: self.count(item.get(word), word, line, name) for word in ("n", "events")}
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
                self.number(interval.get("low"), "interval low", line, name),
                self.number(interval.get("high"), "interval high", line, name),
                self.share(interval.get("level", 0.95), "interval level", line, name) or 0.95,
            ),
            p_value=None
            if p_value is None
            else PValue(
                self.share(p_value["value"], "p value", line, name, ends=True) or 0.0,
                bound,
                self.count(p_value.get("sides"), "sides", line, name) or 2,
            ),
            n=counts["n"],
            events=counts["events"],
            definition=self._definition(item.get("definition"), line, name),
            reported=texts["reported"],
            note=texts["note"],
        )

    def _method(self, value: Any, line: int, name: str) -> Method:
        if value is None:
            return Method("as reported")
        if (
            isinstance(value, dict)
            and isinstance(value.get("name"), str)
            and set(value) <= {"name", "options"}
        ):
            options = value.get("options") or {}
            if isinstance(options, dict) and all(plain(v) for v in options.values()):
                return Method(value["name"], tuple((str(k), v) for k, v in options.items()))
        self.add(
            "E603", "'method' is no name with plain options", "write {name: ..., options: {...}}", line, name
        )
        return Method("as reported")

    def _definition(self, value: Any, line: int, name: str) -> tuple[tuple[str, Any], ...]:
        if value is None:
            return ()
        if not isinstance(value, dict) or not all(plain(v) for v in value.values()):
            self.add("E603", "'definition' is no list of plain values", "write {word: value}", line, name)
            return ()
        allowed = {"graded_by": GRADED_BY, "grade": GRADES} if "term" in value else {}
        for word, known in allowed.items():
            if value.get(word) not in known:
                use = f"use one of {', '.join(known)}"
                self.add("E603", f"{word} of an adverse event is {shown(value.get(word))}", use, line, name)
        return tuple((str(k), v) for k, v in value.items())

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
                self.add("E603", f"origin {word} {shown(given)} is unknown", use, line, name)
                return None
        place = self.text(value, "place", line, name)
        if value["source"] not in sources:
            self.add(
                "E604",
                f"the source '{value['source']}' is not declared",
                "add it under 'sources:' with its citation",
                line,
                name,
            )
        return Origin(kind=kind, source=value["source"], place=place, reliability=reliability, entry=name)
