"""The store on a terminal: the list of trials, a table of findings, and the page of one trial."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from trialist.evidence.model import Arm, Statement, Store, TrialCard
from trialist.evidence.vocabulary import Vocabulary
from trialist.findings.model import Finding
from trialist.problems import Problem
from trialist.report import evidence_words, numbers, words

_GAP = "  "
_NARROW = 90
_ID = 18
_WIDEST = 20  # of a column of the list of trials


def trials_text(store: Store, *, width: int = 100) -> str:
    """One line a trial: id, condition, line, phase, patients, arms and findings."""
    held = Counter(finding.trial for finding in store.findings)
    head = ("trial", "condition", "line", "phase", "n", "findings", "arms")
    rows = [
        (
            name,
            evidence_words.condition(store.words, card),
            card.line,
            card.phase or "",
            numbers.count(card.n) if card.n else "",
            numbers.count(held[name]),
            "; ".join(arm.label for arm in card.arms.values()),
        )
        for name, card in store.trials.items()
    ]
    sizes = [min(max(len(row[i]) for row in (head, *rows)), _WIDEST) for i in range(len(head) - 1)]
    last = width - sum(sizes) - len(_GAP) * len(sizes)
    if last < 24:
        return "\n".join(_narrow_trial(row, width) for row in rows)
    lines = [*_row(head, (*sizes, last)), "-" * width]
    for row in rows:
        lines += _row(row, (*sizes, last))
    return "\n".join(lines)


def _narrow_trial(row: tuple[str, ...], width: int) -> str:
    name, condition, line, phase, n, findings, arms = row
    parts = (condition, f"line {line}", f"phase {phase}" if phase else "", f"n {n}" if n else "", arms)
    text = f"{name}: {', '.join(p for p in parts if p)}; findings: {findings}"
    return "\n".join(textwrap.wrap(text, width, subsequent_indent="  "))


def findings_table(
    store: Store, findings: Sequence[Finding], *, width: int = 100, headed: bool = True
) -> str:
    """Findings under their endpoint and trial: id, what of whom, the number, who is behind it, the source.

    Where they are of one trial (`headed` False) its arms are called by their names in the trial.
    """
    lines: list[str] = []
    for endpoint, of_endpoint in evidence_words.in_reading_order(store.words, findings):
        if lines:
            lines.append("")
        lines += textwrap.wrap(evidence_words.endpoint(store.words, endpoint) + f"  [{endpoint}]", width)
        shown, curves = evidence_words.curves_apart(of_endpoint)
        trial = None
        for finding in shown:
            if headed and finding.trial != trial:
                card = store.trials.get(finding.trial)
                told = f", {evidence_words.condition(store.words, card)}, line {card.line}" if card else ""
                lines += textwrap.wrap(f"  {finding.trial}{told}", width, subsequent_indent="    ")
                trial = finding.trial
            lines += _finding(store, finding, width, headed)
        for points in curves:
            lines += _curve(store, points, width)
    return "\n".join(line.rstrip() for line in lines)


def _finding(store: Store, finding: Finding, width: int, headed: bool) -> list[str]:
    name = finding.origin.entry or finding.id
    whom = evidence_words.whom(store, finding, by_name=not headed)
    what = f"{evidence_words.measured(finding)}, {whom}"
    value = evidence_words.value(finding)
    behind = numbers.denominator(finding)
    number = f"{value} [{behind}]" if behind else value
    source = evidence_words.source(finding)
    if width < _NARROW:
        lines = textwrap.wrap(f"{name}  {what}", width, initial_indent="    ", subsequent_indent="      ")
        for text in (number, source):
            lines += textwrap.wrap(text, width, initial_indent="      ", subsequent_indent="      ")
        return lines
    rest = width - 4 - _ID - 3 * len(_GAP)
    sizes = (_ID, int(rest * 0.36), int(rest * 0.3), rest - int(rest * 0.36) - int(rest * 0.3))
    return [f"    {line}" for line in _row((name, what, number, source), sizes)]


def _curve(store: Store, points: Sequence[Finding], width: int) -> list[str]:
    first = points[0]
    ids = f"{points[0].origin.entry} to {points[-1].origin.entry}"
    kind = words.measure(first.measure)
    head = f"{ids}  {kind} by month, {evidence_words.whom(store, first)}; {evidence_words.source(first)}"
    lines = textwrap.wrap(head, width, initial_indent="    ", subsequent_indent="      ")
    said = evidence_words.points(points)
    return lines + textwrap.wrap(said, width, initial_indent="      ", subsequent_indent="      ")


def trial_text(
    store: Store,
    card: TrialCard,
    statements: Sequence[Statement],
    problems: Sequence[Problem],
    *,
    width: int = 100,
) -> str:
    """One trial: what it is, its arms, findings by endpoint, statements, sources, and what does not agree."""
    findings = store.of(card.trial)
    lines = textwrap.wrap(f"{card.trial}  {card.title}", width)
    lines += ["", *_pairs(evidence_words.facts(store.words, card), width)]
    lines += ["", "Arms"]
    for arm in card.arms.values():
        lines += textwrap.wrap(
            arm_line(store.words, arm),
            width,
            initial_indent="  ",
            subsequent_indent="    ",
            break_on_hyphens=False,
        )
    if card.stated:
        lines += ["", "Design, as each source states it"]
        lines += _pairs(
            [(evidence_words.stated(name), as_stated(said)) for name, said in card.stated.items()], width
        )
    lines += ["", f"Findings ({numbers.count(len(findings))})", ""]
    if findings:
        lines.append(findings_table(store, findings, width=width, headed=False))
    else:
        lines += textwrap.wrap(store.reasons.get(card.trial, "none"), width, initial_indent="  ")
    if statements:
        lines += ["", "Statements"]
        for statement in statements:
            lines += textwrap.wrap(
                statement_line(statement), width, initial_indent="  ", subsequent_indent="    "
            )
    lines += ["", "Sources"]
    for name in sources_of(store, card, statements):
        source = store.sources[name]
        links = (f"doi:{source.doi}" if source.doi else None, f"PMID {source.pmid}" if source.pmid else None)
        parts = (source.citation, *links, source.url, f"read: {source.read}" if source.read else None)
        text = f"{name}: {'; '.join(p for p in parts if p)}"
        lines += textwrap.wrap(
            text, width, initial_indent="  ", subsequent_indent="    ", break_on_hyphens=False
        )
    lines += ["", "What does not agree"]
    lines += [part for p in problems for part in _problem(p, width)] or ["  nothing was found"]
    return "\n".join(line.rstrip() for line in lines)


def arm_line(known: Vocabulary, arm: Arm) -> str:
    """An arm with its numbers and what it was given."""
    counts = (f"n {arm.n}" if arm.n is not None else None, f"{arm.treated} treated" if arm.treated else None)
    parts = (
        arm.label,
        f"[{arm.name}, {arm.role}]",
        ", ".join(c for c in counts if c),
        evidence_words.given(known, arm),
    )
    return "; ".join(p for p in parts if p)


def as_stated(said: Mapping[str, str]) -> str:
    """`324 (DESIGN); 274 (REGISTRY)`."""
    return "; ".join(f"{value} ({words.source(name)})" for name, value in said.items())


def statements_text(statements: Sequence[Statement], *, width: int = 100) -> str:
    """Statements by kind, each with its source and date."""
    lines: list[str] = []
    for kind in dict.fromkeys(statement.kind for statement in statements):
        lines += ["", kind]
        for statement in statements:
            if statement.kind == kind:
                told = f"{statement.id}: {statement_line(statement)}"
                lines += textwrap.wrap(told, width, initial_indent="  ", subsequent_indent="    ")
    return "\n".join(lines[1:])


def statement_line(statement: Statement) -> str:
    how = words.RECALLED if statement.reliability == "memory" else statement.reliability
    parts = (
        statement.source if statement.source != "memory" else None,
        statement.place,
        statement.jurisdiction,
        f"as of {statement.as_of}"
        if statement.as_of
        else "date not seen"
        if statement.jurisdiction
        else None,
        statement.grading,
        None if how == "read" else how,
        f"superseded by {statement.superseded_by}" if statement.superseded_by else None,
    )
    return f"{statement.text} [{'; '.join(p for p in parts if p)}]"


def sources_of(store: Store, card: TrialCard, statements: Iterable[Statement]) -> list[str]:
    """The sources that a trial's page cites, in the order in which they are used."""
    used = dict.fromkeys(
        name for f in store.of(card.trial) for name in (f.origin.source or "", *_reported(f))
    )
    used |= dict.fromkeys(card.sources)
    used |= dict.fromkeys(name for said in card.stated.values() for name in said)
    used |= dict.fromkeys(statement.source for statement in statements)
    return [name for name in used if name in store.sources and name != "memory"]


def _reported(finding: Finding) -> tuple[str, ...]:
    place = finding.origin.place or ""
    return (place.removeprefix("reporting "),) if place.startswith("reporting ") else ()


def _problem(problem: Problem, width: int) -> list[str]:
    text = f"{problem.code} {problem.message}"
    return textwrap.wrap(text, width, initial_indent="  ", subsequent_indent="    ", break_on_hyphens=False)


def _pairs(pairs: Sequence[tuple[str, str]], width: int) -> list[str]:
    """Name and text in two columns; a long name stands on a line of its own."""
    size = min(max((len(name) for name, _ in pairs), default=0), 40, width // 3)
    lines: list[str] = []
    for name, text in pairs:
        if len(name) > size:
            lines += textwrap.wrap(name, width, initial_indent="  ", subsequent_indent="  ")
        lines += textwrap.wrap(
            text,
            width,
            initial_indent=f"  {name if len(name) <= size else '':<{size}}  ",
            subsequent_indent=" " * (size + 4),
            break_on_hyphens=False,
        )
    return lines


def _row(cells: Sequence[str], sizes: Sequence[int]) -> list[str]:
    wrapped = [
        textwrap.wrap(cell, size, break_on_hyphens=False) or [""]
        for cell, size in zip(cells, sizes, strict=True)
    ]
    return [
        _GAP.join(
            (lines[i] if i < len(lines) else "").ljust(size)
            for lines, size in zip(wrapped, sizes, strict=True)
        ).rstrip()
        for i in range(max(map(len, wrapped)))
    ]
