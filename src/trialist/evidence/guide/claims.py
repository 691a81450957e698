"""Lines of results as plain sentences: trial, endpoint, arms, the numbers with their intervals."""

from __future__ import annotations

from collections.abc import Iterable

from trialist.evidence.guide import printed
from trialist.evidence.guide.model import Sentence
from trialist.evidence.guide.results import Line, arm_label, differing
from trialist.evidence.guide.wording import subgroup_label
from trialist.evidence.model import Store
from trialist.findings.model import Finding

_WEAK = frozenset({"memory", "unreliable"})  # never the only ground of a sentence
_WHOLE = frozenset({"itt", "all", "safety"})


def claim(store: Store, line: Line, endpoint: str) -> Sentence | None:
    """`In TRIAL, median overall survival was ... with A and ... with B; the hazard ratio was ...`.

    None where the line has no measure of its arms that a sentence can say.
    """
    whom = _whom(store, line)
    if whom is None or line.subgroup is not None:
        return None
    measure = next((m for m in ("median_time", "proportion") if _of(line.arms, m)), None)
    arms = best(_of(line.arms, measure)) if measure else []
    contrast = _beside(arms, _of(line.contrasts, "hazard_ratio"))
    if (not arms and contrast is None) or not any(f.estimate is not None for f in (*arms, contrast) if f):
        return None
    said = [f"{_counted(f)} with {arm_label(store.trials[f.trial], f.groups[0])}" for f in arms if f.groups]
    joined = "of" if measure == "proportion" else "in"
    said += [f"{_counted(f)} {joined} all groups together" for f in arms if not f.groups]
    start = f"In {line.trial}{whom}, "
    if not said:
        assert contrast is not None
        text = f"{start}the hazard ratio of {endpoint} was {_contrast(store, contrast)}"
    elif measure == "median_time":
        text = f"{start}median {endpoint} was {_listed(said)}"
    else:
        verb = "were" if "share" in endpoint else "was seen in"
        text = f"{start}{endpoint} {verb} {_listed(said)}"
    tested = [f for f in arms if f.p_value and printed.against(f)]
    if said and contrast is not None:
        text += f"; the hazard ratio{_of_another(arms[0], contrast)} was {_contrast(store, contrast)}"
    elif len(said) > 1 and tested:
        text += f" ({'; '.join(_tested(store, f, named=len(said) > 2) for f in tested)})"
    used = [*arms, *([contrast] if contrast else [])]
    if all(f.origin.reliability in _WEAK for f in used):
        return None
    return Sentence(
        f"{text}.",
        tuple(printed.id_of(f) for f in used),
        (line.trial,),
        tuple(dict.fromkeys(mark for f in used for mark in printed.marks(f))),
        tuple(dict.fromkeys(name for f in used for name in printed.cites(f))),
    )


def _beside(arms: list[Finding], contrasts: list[Finding]) -> Finding | None:
    """The ratio that belongs to the numbers of the arms: of their analysis, where one is held."""
    same = [c for c in contrasts if arms and _analysis(c) == _analysis(arms[0])]
    return next(iter(best(same) or best(contrasts)), None)


def _of_another(arm: Finding, contrast: Finding) -> str:
    """Said where numbers and ratio are of two analyses: ` of the interim analysis`."""
    one, other = _analysis(arm), _analysis(contrast)
    return f" of another analysis ({other})" if one and other and one != other else ""


def _analysis(finding: Finding) -> object:
    return dict(finding.method.options).get("analysis")


def conflicts(store: Store, line: Line, endpoint: str) -> list[Sentence]:
    """Two sources on one result: both, and what differs between them."""
    found = []
    for same, differs in differing(line):
        card = store.trials[line.trial]
        arms = " v ".join(arm_label(card, name) for name in same[0].groups) or "all groups together"
        whom = f"; {subgroup_label(store.words, line.subgroup)}" if line.subgroup else ""
        numbers = " and ".join(dict.fromkeys(_counted(f) for f in same))
        text = (
            f"{line.trial} has more than one number for {printed.measure(same[0])} of {endpoint} "
            f"({arms}{whom}): {numbers}. They differ in {differs}."
        )
        found.append(
            Sentence(
                text,
                tuple(printed.id_of(f) for f in same),
                (line.trial,),
                cites=tuple(dict.fromkeys(name for f in same for name in printed.cites(f))),
            )
        )
    return found


def _tested(store: Store, finding: Finding, *, named: bool) -> str:
    """`p=0.03`; of more than two arms with the two that it is of."""
    p, other = printed.p_value(finding), printed.against(finding)
    if not named or other is None:
        return str(p)
    card = store.trials[finding.trial]
    return f"{p}, {arm_label(card, finding.groups[0])} against {arm_label(card, other)}"


def _contrast(store: Store, finding: Finding) -> str:
    card = store.trials[finding.trial]
    first, second = (arm_label(card, name) for name in finding.groups)
    return f"{printed.value(finding)} ({first} against {second})"


def _counted(finding: Finding) -> str:
    """`39.2% (129/329; 95% CI 33.9–44.5)`, `15.1 months (95% CI 14.1–16.3)`."""
    ends = printed.interval(finding)
    count = printed.behind(finding) if finding.measure == "proportion" else None
    inner = "; ".join(part for part in (count, ends) if part)
    p = None if printed.against(finding) else printed.p_value(finding)
    text = printed.estimate(finding) + (f" ({inner})" if inner else "")
    return f"{text}, {p}" if p else text


def _whom(store: Store, line: Line) -> str | None:
    if line.population in _WHOLE:
        return ""
    label = store.words.label("population", line.population)
    return f" among patients {label}" if label.startswith(("evaluable", "with ")) else None


def _of(findings: Iterable[Finding], measure: str) -> list[Finding]:
    return [f for f in findings if f.measure == measure and f.timepoint is None]


def best(findings: Iterable[Finding]) -> list[Finding]:
    """One finding a group: of the planned analysis, from the paper itself, with an interval."""
    chosen: dict[tuple[str, ...], Finding] = {}
    listed = list(findings)
    for finding in sorted(listed, key=_worth):
        chosen.setdefault(finding.groups, finding)
    return [finding for finding in listed if chosen[finding.groups] is finding]


def _worth(finding: Finding) -> tuple[bool, bool, bool, bool]:
    options = dict(finding.method.options)
    return (
        "not_joined" in options,
        finding.origin.reliability in _WEAK,
        (finding.origin.place or "").startswith("reporting "),  # a page about the paper, not the paper
        finding.interval is None and finding.events is None,
    )


def _listed(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
