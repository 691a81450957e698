"""What is said in words: labels, doses, recommendations by jurisdiction and date; how the drug acts."""

from __future__ import annotations

from collections.abc import Iterable

from trialist.evidence.guide import printed
from trialist.evidence.guide.asked import Asked
from trialist.evidence.guide.model import Cell, Fold, Graph, Group, Part, Row, Section, Sentence, Table, Value
from trialist.evidence.guide.wording import capital
from trialist.evidence.model import Edge, Statement, Store

_LABELS = ("indication", "dose", "caution", "recommendation")
_TITLES = {
    "indication": "Approved for",
    "dose": "Doses",
    "caution": "Cautions",
    "recommendation": "Recommendations and scores of benefit",
}
_HEAD = ("Statement", "Where", "As of")
VERBS = {
    "binds": "binds",
    "blocks": "hinders",
    "causes": "causes",
    "removes": "removes",
    "reaches": "reaches",
    "resists": "resists",
    "predicts": "predicts",
    "lessens": "lessens",
}  # of an edge, as it is read


def labels(store: Store, asked: Asked) -> Section | None:
    """Statements of labels and guidelines about what the guide is of; superseded ones are folded."""
    said = [each for each in about(store, asked) if each.kind in _LABELS]
    title = "Labels and recommendations"
    parts: list[Part] = []
    current = _by_kind(each for each in said if not each.superseded_by)
    if current:
        parts.append(Table(title, _HEAD, current))
    before = _by_kind(each for each in said if each.superseded_by)
    if before:
        name = "Labels of earlier dates, superseded"
        parts.append(Fold(name, (Table(name, _HEAD, before),)))
    return Section("labels", title, tuple(parts)) if parts else None


def _by_kind(said: Iterable[Statement]) -> tuple[Group, ...]:
    listed = list(said)
    return tuple(
        Group(_TITLES[kind], tuple(_row(each) for each in listed if each.kind == kind))
        for kind in _LABELS
        if any(each.kind == kind for each in listed)
    )


def mechanism(store: Store, asked: Asked) -> Section | None:
    """The graph of what the drug does, the statement behind each arrow, and what else is said of it."""
    graph = _graph(store, asked)
    said = [each for each in about(store, asked) if each.kind == "mechanism"]
    parts: list[Part] = []
    if graph is not None:
        parts += [graph, _arrows(store, graph)]
        stands_on = {edge.statement for edge in graph.edges}
        said = [each for each in said if each.id not in stands_on]
        if said:
            parts.append(Fold("More that is said of how it acts", tuple(sentence(each) for each in said)))
    else:
        parts += [sentence(each) for each in said]
    return Section("mechanism", "How it acts", tuple(parts)) if parts else None


def _arrows(store: Store, graph: Graph) -> Table:
    """One row a statement: the arrows that stand on it, and where it was read."""
    known = {each.id: each for each in store.statements}
    labels = {node.id: node.label for node in graph.nodes}
    rows = []
    for name in dict.fromkeys(edge.statement for edge in graph.edges):
        each = known[name]
        arrows = tuple(
            Value(capital(f"{labels[edge.start]} {VERBS[edge.kind]} {labels[edge.end]}"))
            for edge in graph.edges
            if edge.statement == name
        )
        rows.append(Row((arrows, (Value(each.text, each.id, None, None, _marks(each), _cited(each)),))))
    return Table("What each arrow stands on", ("Arrow", "Statement"), (Group(None, tuple(rows)),))


def definitions(store: Store, asked: Asked) -> Section | None:
    """How endpoints of these trials were defined and are to be read, where a statement says it."""
    trials = {card.trial for card in asked.trials}
    reported = {f.endpoint for card in asked.trials for f in store.of(card.trial)}
    shown = {each.id for each in about(store, asked) if each.kind in _LABELS}
    said = [
        each
        for each in store.statements
        if each.kind in ("definition", "caution")
        and each.id not in shown
        and (trials | reported).intersection(each.about)
        and _in_condition(store, asked, each)
        and _of_trials(store, asked, each)
    ]
    if not said:
        return None
    title = "How endpoints were defined and are read"
    return Section("definitions", title, tuple(sentence(each) for each in said), folded=True)


def gaps(store: Store, asked: Asked) -> list[Statement]:
    """Statements that something was not measured or is not known."""
    return [each for each in about(store, asked) if each.kind == "gap"]


def about(store: Store, asked: Asked) -> list[Statement]:
    """Statements that speak of what the guide is of, and of no other condition."""
    names = asked.names | {
        term.drug_class
        for drug in asked.drugs
        if (term := store.words.terms("drug").get(drug)) and term.drug_class
    }
    return [
        each
        for each in store.statements
        if names.intersection(each.about)
        and _in_condition(store, asked, each)
        and _of_trials(store, asked, each)
    ]


def sentence(each: Statement) -> Sentence:
    return Sentence(each.text, (each.id,), marks=_marks(each), cites=_cited(each))


def _cited(each: Statement) -> tuple[str, ...]:
    return () if each.source == "memory" else (each.source,)


def _in_condition(store: Store, asked: Asked, statement: Statement) -> bool:
    """A statement that names diseases names one that is a case of the guide's, or that it is a case of.

    A place of metastases (a condition without a wider one) is no disease of its own.
    """
    known = store.words.terms("condition")
    wider = {name for name in known if asked.condition in store.words.under("condition", name)}
    places = {name for name, term in known.items() if not term.parents} - wider
    named = [name for name in statement.about if name in known and name not in places]
    return not named or any(name in asked.conditions | wider for name in named)


def _of_trials(store: Store, asked: Asked, statement: Statement) -> bool:
    """A statement about trials is about one of the guide's."""
    named = [name for name in statement.about if name in store.trials]
    return not named or any(card.trial in named for card in asked.trials)


def _row(each: Statement) -> Row:
    marks = _marks(each)
    first: Cell = (Value(each.text, each.id, None, each.grading, marks, _cited(each)),)
    where = _said((each.jurisdiction, each.place))
    when = each.as_of or "no date"
    return Row((first, (Value(where or "–"),), (Value(when),)), anchor=f"statement-{each.id}")


def _marks(each: Statement) -> tuple[str, ...]:
    how = printed.RECALLED if each.reliability == "memory" else each.reliability
    return tuple(
        part
        for part in (None if how == "read" else how, "superseded" if each.superseded_by else None)
        if part
    )


def _graph(store: Store, asked: Asked) -> Graph | None:
    nodes = store.mechanism.nodes
    classes = {
        term.drug_class
        for drug in asked.drugs
        if (term := store.words.terms("drug").get(drug)) and term.drug_class
    }
    subjects = [name for name in nodes if name in asked.drugs | classes]
    if not subjects:
        return None
    own = [edge for edge in store.mechanism.edges if edge.start in subjects or edge.end in subjects]
    near = {end for edge in own for end in (edge.start, edge.end)} - set(subjects)
    more = [
        edge
        for edge in store.mechanism.edges
        if edge not in own and (_touches(edge, near, nodes_of_drugs(store)))
    ]
    edges = (*own, *more)
    if not edges:
        return None
    used = dict.fromkeys(name for edge in edges for name in (edge.start, edge.end))
    title = f"What {' and '.join(nodes[name].label for name in subjects)} does"
    preclinical = frozenset(each.id for each in store.statements if "preclinical" in each.text)
    return Graph(title, tuple(subjects), tuple(nodes[name] for name in used), edges, preclinical)


def nodes_of_drugs(store: Store) -> frozenset[str]:
    return frozenset(name for name, node in store.mechanism.nodes.items() if node.kind == "drug")


def _touches(edge: Edge, near: Iterable[str], drugs: frozenset[str]) -> bool:
    """Whether an edge leads to or from something that the subject acts on (another drug is none)."""
    things = set(near) - drugs
    return edge.start in things or edge.end in things


def _said(parts: Iterable[str | None]) -> str:
    return ", ".join(part for part in parts if part)
