"""What of a network is printed where: rows and sentences of the page and the terminal."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from trialist.evidence.pooling.network import NetworkPart, PooledNetwork
from trialist.evidence.pooling.network_selection import LeftOutOfNetwork, is_ratio
from trialist.evidence.pooling.shared_arms import entry
from trialist.findings.model import Finding
from trialist.report import numbers, words

SHARED = {
    "all contrasts": "all contrasts printed",
    "counts": "counts of its arms",
    "events": "events of the shared arm",
    "patients": "errors parted by patients",
    "halves": "errors halved",
}
TAU2 = {"dersimonian_laird": "DerSimonian and Laird", "reml": "REML", "ml": "maximum likelihood"}


@dataclass(frozen=True, slots=True)
class Compared:
    """A treatment against the reference: the network, its parts, and a further trial."""

    label: str
    network: Finding
    direct: Finding | None
    indirect: Finding | None
    predicted: Finding | None
    share: Finding | None


@dataclass(frozen=True, slots=True)
class SplitRow:
    """Direct and indirect evidence of one comparison beside each other."""

    label: str
    trials: int
    share: str
    direct: str
    indirect: str
    ratio: str
    p: str


def title(pooled: PooledNetwork) -> str:
    return f"{endpoint(pooled)}: {words.measure(pooled.question.measure)} of several treatments"


def endpoint(pooled: PooledNetwork) -> str:
    """The endpoint by its label, where one was given among the labels."""
    asked = pooled.question.endpoint
    return words.sentence(pooled.labels.get(asked, asked.replace("_", " ").replace(":", ": ")))


def label(pooled: PooledNetwork, treatment: str) -> str:
    return pooled.labels.get(treatment, treatment)


def one(part: NetworkPart, measure: str, *groups: str, **definition: object) -> Finding | None:
    found = part.of(measure, *groups, **definition)
    return found[0] if found else None


def against_reference(pooled: PooledNetwork, part: NetworkPart) -> tuple[Compared, ...]:
    """Every treatment against the reference, in order of the estimates."""
    measure = pooled.question.measure
    predicted = "predicted_ratio" if is_ratio(measure) else "predicted_difference"
    found = []
    for treatment in part.treatments:
        network = one(part, measure, treatment, part.reference, evidence="network")
        if network is None:
            continue
        pair = treatment, part.reference
        found.append(
            Compared(
                label(pooled, treatment),
                network,
                one(part, measure, *pair, evidence="direct"),
                one(part, measure, *pair, evidence="indirect"),
                one(part, predicted, *pair),
                one(part, "direct_share", *pair) or one(part, "direct_share", *pair[::-1]),
            )
        )
    return tuple(sorted(found, key=lambda c: c.network.estimate or 0.0))


def ranked(part: NetworkPart) -> tuple[str, ...]:
    """Treatments by P-score, the best first."""
    scores = {f.groups[0]: f.estimate or 0.0 for f in part.of("p_score")}
    return tuple(sorted(part.treatments, key=lambda t: (-scores.get(t, 0.0), t)))


def league(pooled: PooledNetwork, part: NetworkPart) -> tuple[tuple[Finding | None, ...], ...]:
    """By P-score. Below the diagonal: column against row of the network; above: row against column, direct.

    Both read with the better treatment first.
    """
    order, measure = ranked(part), pooled.question.measure
    rows = []
    for i, row in enumerate(order):
        cells: list[Finding | None] = []
        for j, column in enumerate(order):
            if j < i:
                cells.append(one(part, measure, column, row, evidence="network"))
            elif j > i:
                cells.append(one(part, measure, row, column, evidence="direct"))
            else:
                cells.append(None)
        rows.append(tuple(cells))
    return tuple(rows)


def split_rows(pooled: PooledNetwork, part: NetworkPart) -> Iterator[SplitRow]:
    """Comparisons with evidence of both kinds."""
    measure = pooled.question.measure
    apart = "direct_over_indirect" if is_ratio(measure) else "direct_less_indirect"
    for found in part.of(apart):
        share = one(part, "direct_share", *found.groups)
        direct, indirect = (
            one(part, measure, *found.groups, evidence=kind) for kind in ("direct", "indirect")
        )
        if share is None or direct is None or indirect is None:
            continue
        yield SplitRow(
            " v ".join(label(pooled, g) for g in found.groups),
            int(dict(share.definition)["direct_trials"]),
            numbers.estimate(share),
            numbers.with_interval(direct),
            numbers.with_interval(indirect),
            numbers.with_interval(found),
            numbers.p_value(found.p_value) if found.p_value else "",
        )


def heterogeneity(part: NetworkPart) -> Iterator[str]:
    """Sentences: tau2, I2, Q and its parts."""
    tau2, i2 = one(part, "tau_squared"), one(part, "i_squared")
    if tau2 is not None and tau2.estimate is not None:
        yield f"Variance between trials (tau²) {_ends(tau2)}."
    if i2 is not None and i2.estimate is not None:
        yield f"Share of variance that is between trials (I²) {_ends(i2)}."
    for found in part.of("heterogeneity"):
        definition = dict(found.definition)
        if found.groups or found.estimate is None:
            continue
        p = f", {numbers.p_value(found.p_value)}" if found.p_value else ""
        df = definition["df"]
        yield f"Q {definition['part']}: {numbers.fixed(found.estimate, 2)} on {df} df{p}."


def _ends(finding: Finding) -> str:
    ends = finding.interval
    if ends is None or ends.low is None:
        return numbers.estimate(finding)
    return numbers.with_interval(finding)


def left_out(pooled: PooledNetwork) -> tuple[tuple[str, str], ...]:
    """Trial and reason, findings of one reason (and all subgroups) of a trial together."""
    found: dict[tuple[str, str], list[LeftOutOfNetwork]] = {}
    for each in pooled.left_out:
        why = "subgroups" if each.why.startswith("subgroup ") else each.why
        found.setdefault((each.trial, why), []).append(each)
    rows = []
    for (trial, why), several in found.items():
        ids = [entry(each.finding) for each in several if each.finding is not None]
        named = f"{ids[0]} and {len(ids) - 1} more: " if len(ids) > 1 else "".join(f"{i}: " for i in ids)
        rows.append((trial, f"{named}{why}"))
    return tuple(rows)


def draws(part: NetworkPart) -> str:
    """How ranks were drawn."""
    found = part.of("sucra")
    if not found:
        return ""
    definition = dict(found[0].definition)
    return f"{numbers.count(definition['draws'])} draws, seed {definition['seed']}"


def share(row: Compared) -> str:
    """How much of the evidence on a comparison is direct, in words."""
    if row.share is None or not dict(row.share.definition)["direct_trials"]:
        return "no trial of its own"
    return f"{numbers.estimate(row.share)} direct"


def covariance(part: NetworkPart) -> Iterator[tuple[str, str]]:
    """Trials of several arms, and how their contrasts hang together."""
    for trial in part.trials:
        if trial.shared is not None and trial.correlation is not None:
            yield trial.trial, f"{SHARED[trial.shared]}, correlation {numbers.fixed(trial.correlation, 2)}"


def cell(finding: Finding | None) -> str:
    return "" if finding is None else numbers.with_interval(finding)


def asked(pooled: PooledNetwork) -> tuple[tuple[str, str], ...]:
    """The question and the options, for the head of a page."""
    question, options = pooled.question, pooled.options
    conditions = ", ".join(sorted(question.conditions)) or "any"
    model = f"random effects, tau² by {TAU2[options.tau2]}" if options.model == "random" else "common effects"
    if options.tables == "mantel_haenszel":
        model = "common effects, tables by Mantel and Haenszel"
    return (
        ("Endpoint", endpoint(pooled)),
        ("Measure", words.sentence(words.measure(question.measure))),
        ("Condition", conditions),
        ("Line of therapy", ", ".join(sorted(question.lines)) or "any"),
        ("Population", question.population or "any"),
        ("Model", model),
        ("Intervals", f"{options.interval}, {options.level * 100:g}%"),
        ("Better", "lower" if question.lower_is_better else "higher"),
    )
