"""The store: every curated file that ships, and those of a folder beside them, under common names.

store = load_store()
chosen = filtered(store, Filter(endpoint="os", condition="mcrpc", line="second"))
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from trialist.evidence.model import Edge, Mechanism, Node, Statement, Store, TrialCard
from trialist.evidence.names import with_common_names
from trialist.evidence.published import read_evidence
from trialist.evidence.statements import Said, check_said, mechanism, read_statements
from trialist.evidence.vocabulary import Vocabulary, read_vocabulary, vocabulary
from trialist.findings.model import Finding
from trialist.problems import Place, Problem
from trialist.protocol.model import Source
from trialist.trials import shipped

HERE = Path(__file__).parent
_STATEMENTS = ("statements:", "nodes:")
_WORDS = ("kind:",)
_ENDINGS = (".yaml", ".yml")


@cache
def load_store(*folders: Path) -> Store:
    """What ships, and the YAML files of each folder beside it; read once in a process.

    A folder may hold files of trials, of statements (`statements:`) and of words (`kind:`).
    A folder's file of a trial that is there already adds findings to it; its card is not taken.
    Problems (in `Store.problems`): those of the files, E617 an id of a statement or node that two files use,
    E620 one of a finding, E621 a folder that can't be read, W630 a source that two files cite otherwise.
    """
    reader = _shipped().copied()
    for folder in folders:
        if not folder.is_dir():
            message, remedy = f"there is no folder {folder}", "name a folder with curated YAML files"
            reader.problems.append(Problem("E621", message, remedy, Place(str(folder))))
    files = [path for folder in folders for path in sorted(folder.glob("*.y*ml")) if path.suffix in _ENDINGS]
    words = [path for path in files if _begins(path, _WORDS)]
    if words:
        reader.words, problems = read_vocabulary(HERE / "vocabulary", *words)
        reader.problems.extend(problems)
    for path in files:
        if path in words:
            continue
        if _begins(path, _STATEMENTS):
            reader.statements(path)
        else:
            reader.trial(path)
    return reader.store()


def files_of_trials() -> tuple[Path, ...]:
    """The curated files of trials that ship."""
    own = (folder / "published.yaml" for folder in shipped().values())
    return (*sorted((HERE / "trials").glob("*.yaml")), *(file for file in own if file.is_file()))


@cache
def _shipped() -> _Reader:
    reader = _Reader()
    for path in files_of_trials():
        reader.trial(path)
    for path in sorted((HERE / "statements").glob("*.yaml")):
        reader.statements(path)
    return reader


def _begins(path: Path, words: tuple[str, ...]) -> bool:
    try:
        with path.open(encoding="utf-8") as file:
            return any(line.startswith(words) for line in file)
    except (OSError, ValueError):
        return False


@dataclass
class _Reader:
    """Collects the parts of a store over its files."""

    words: Vocabulary = field(default_factory=vocabulary)
    trials: dict[str, TrialCard] = field(default_factory=dict)
    findings: dict[str, Finding] = field(default_factory=dict)
    said: list[Said] = field(default_factory=list)
    sources: dict[str, Source] = field(default_factory=dict)
    reasons: dict[str, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def copied(self) -> _Reader:
        return _Reader(
            self.words,
            dict(self.trials),
            dict(self.findings),
            list(self.said),
            dict(self.sources),
            dict(self.reasons),
            list(self.problems),
        )

    def trial(self, path: Path) -> None:
        evidence, problems = read_evidence(path)
        self.problems.extend(problems)
        if evidence is None:
            return
        if evidence.card is None and evidence.trial not in self.trials and not evidence.findings:
            return
        card = self.trials.get(evidence.trial) or evidence.card
        if card is None:
            card = TrialCard(evidence.trial, evidence.trial, "not stated", file=str(path))
        self.trials[evidence.trial] = card
        if evidence.reason and not evidence.findings:
            self.reasons.setdefault(evidence.trial, evidence.reason)
        self._cite(evidence.sources, path)
        for finding in evidence.findings:
            entry = finding.origin.entry or finding.id
            if entry in self.findings:
                message = f"the finding '{entry}' stands in another file already"
                self.problems.append(
                    Problem("E620", message, "give it an id of its own", Place(str(path), None, None, entry))
                )
                continue
            self.findings[entry] = with_common_names(finding, card, self.words)

    def statements(self, path: Path) -> None:
        said, problems = read_statements(path)
        self.problems.extend(problems)
        self.said.append(said)
        self._cite(said.sources, path)

    def _cite(self, sources: Mapping[str, Source], path: Path) -> None:
        for name, source in sources.items():
            kept = self.sources.setdefault(name, source)
            if kept.citation != source.citation:
                message = f"the source '{name}' is cited otherwise in another file, as '{kept.citation}'"
                remedy = "give one of the two another name"
                self.problems.append(Problem("W630", message, remedy, Place(str(path), None, None, name)))

    def store(self) -> Store:
        whole = _together(self.said, self.problems)
        self.problems.extend(check_said(whole, self.sources))
        trials = dict(sorted(self.trials.items(), key=lambda item: item[0].casefold()))
        order = {name: place for place, name in enumerate(trials)}
        return Store(
            trials=trials,
            findings=tuple(sorted(self.findings.values(), key=lambda finding: order[finding.trial])),
            statements=whole.statements,
            sources=self.sources,
            mechanism=mechanism(whole) if whole.nodes else Mechanism(),
            reasons=self.reasons,
            problems=tuple(self.problems),
            words=self.words,
        )


def _together(said: Iterable[Said], problems: list[Problem]) -> Said:
    """All files as one; an id that an earlier file has is told, and its first bearer stays."""
    statements: dict[str, Statement] = {}
    nodes: dict[str, Node] = {}
    edges: list[tuple[Edge, Place]] = []
    places: dict[str, Place] = {}
    for each in said:
        given = {statement.id: statement for statement in each.statements}
        for what, names in (("statement", given.keys() & statements), ("node", each.nodes.keys() & nodes)):
            for name in sorted(names):
                message = f"the {what} '{name}' stands in another file already"
                place = each.places[name] if what == "statement" else None
                problems.append(Problem("E617", message, "give it an id of its own", place))
        statements |= {name: statement for name, statement in given.items() if name not in statements}
        nodes |= {name: node for name, node in each.nodes.items() if name not in nodes}
        edges += each.edges
        places |= {name: place for name, place in each.places.items() if name not in places}
    return Said(tuple(statements.values()), {}, nodes, tuple(edges), places)
