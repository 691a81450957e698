"""What the trials are: who took part, what they were given, how it was planned, what became of patients."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from trialist.evidence.guide import printed
from trialist.evidence.guide.asked import Asked
from trialist.evidence.guide.efficacy import endpoints
from trialist.evidence.guide.model import Cell, Flow, FlowArm, Group, Row, Section, Table, Value
from trialist.evidence.guide.results import lines, row, subgroup_label
from trialist.evidence.model import Arm, Given, Store, TrialCard
from trialist.evidence.vocabulary import Vocabulary
from trialist.findings.model import Finding

NOT_STATED = "not stated"
_HEAD = ("Trial", "Design", "Line and earlier treatment", "Arms", "Primary endpoint", "Growth factor")
_PLAN_HEAD = ("Trial", "Allocation", "Strata", "Planned", "Who could take part")
_FACTS = {
    "target_effect": "effect aimed at",
    "control_assumption": "assumed of the control arm",
    "power": "power",
    "alpha": "alpha",
    "alpha_sides": "sides of alpha",
    "planned_events": "events planned",
    "planned_n": "patients planned",
    "interim": "interim analyses",
    "enrolled_to": "end of enrolment",
}
_CONDUCT = ("followup", "exposure", "disposition", "subsequent", "received", "concomitant", "baseline")
_SCREENED_OUT = "screen_failures"
_STOPPED = "disposition:discontinued_"


def trials(store: Store, asked: Asked) -> Section:
    """The table of trials: design, line, arms with drugs and dose, years, patients, endpoint."""
    rows = tuple(_trial(store, asked, card) for card in asked.trials)
    return Section("trials", "The trials", (Table("The trials", _HEAD, (Group(None, rows),)),))


def protocols(store: Store, asked: Asked) -> Section:
    """How they were planned, side by side, each fact as its source states it."""
    rows = tuple(_plan(card) for card in asked.trials)
    return Section(
        "protocols",
        "Protocols side by side",
        (Table("Protocols side by side", _PLAN_HEAD, (Group(None, rows),)),),
    )


def flows(store: Store, asked: Asked) -> Section:
    """Patients from allocation to analysis, trial by trial."""
    return Section("flow", "Flow of patients", tuple(_flow(store, card) for card in asked.trials))


def conduct(store: Store, asked: Asked, disputes: Mapping[str, tuple[str, ...]]) -> Section | None:
    """Follow-up, treatment given, patients at the start: whatever is neither benefit nor harm."""
    elsewhere = {term.id for term in endpoints(store)} | {"ae", "deaths"}
    groups = []
    for card in asked.trials:
        by_endpoint: dict[str, list[Finding]] = {}
        for f in store.of(card.trial):
            family = f.endpoint.partition(":")[0]
            if family not in elsewhere and not family.startswith("deaths"):
                by_endpoint.setdefault(f.endpoint, []).append(f)
        order = sorted(by_endpoint, key=_conduct_first)
        rows = []
        for name in order:
            for line in lines(asked, card, by_endpoint[name], ours=False):
                made = row(store, line, disputes, head=endpoint_label(store.words, name))
                who = Value(
                    made.cells[0][0].text, behind=subgroup_label(line.subgroup) if line.subgroup else None
                )
                rows.append(Row(((who,), (*made.cells[1], *made.cells[2])), made.disputed))
        if rows:
            groups.append(Group(card.trial, tuple(rows)))
    if not groups:
        return None
    table = Table("Patients and treatment given", ("What", "By arm"), tuple(groups), folded=True)
    return Section("conduct", "Patients and treatment given", (table,))


def _conduct_first(name: str) -> int:
    family = name.partition(":")[0]
    return _CONDUCT.index(family) if family in _CONDUCT else len(_CONDUCT)


def endpoint_label(words: Vocabulary, name: str) -> str:
    family, _, rest = name.partition(":")
    label = words.label("endpoint", name if name in words.terms("endpoint") else family)
    text = f"{label}: {rest.replace('_pct', ' (%)').replace('pct', '%').replace('_', ' ')}" if rest else label
    return text[:1].upper() + text[1:]


def names_of_prior(words: Vocabulary, card: TrialCard) -> list[str]:
    return [
        words.label("drug", name) if words.find("drug", name) else words.label("class", name)
        for name in card.prior
    ]


def years(card: TrialCard) -> str | None:
    """`2007–2008`."""
    ends = [end[:4] for end in (card.enrolled_from, card.enrolled_to) if end]
    return printed.EN_DASH.join(dict.fromkeys(ends)) or None


def how_often(given: Given) -> str | None:
    """`every 21 d`, `daily`, `days 1 and 15 of 28 d`."""
    if given.every is None or given.every == "1 d":
        return given.every and "daily"
    return f"every {given.every}" if given.every[:1].isdigit() else given.every


def given(words: Vocabulary, arm: Arm) -> str:
    """`drug 25 mg/m2 every 21 d, at most 10 times; prednisone 10 mg daily (background)`."""
    said = []
    for each in arm.give:
        parts = (words.label("drug", each.drug), each.dose, how_often(each))
        text = " ".join(part for part in parts if part)
        if each.cycles:
            text += f", at most {each.cycles} times"
        said.append(text + (f" ({each.purpose})" if each.purpose else ""))
    return "; ".join(said)


def _trial(store: Store, asked: Asked, card: TrialCard) -> Row:
    words = store.words
    recalled = set(card.recalled)
    design = (
        f"phase {card.phase}" if card.phase and card.phase[:1].isdigit() else card.phase,
        f"randomised{' ' + card.ratio if card.ratio else ''}" if card.randomised else "not randomised",
        card.blinding,
    )
    where = f"{card.countries} countries" if card.countries and card.countries > 1 else None
    taken_part = (
        f"n {card.n}" if card.n is not None else "n not stated",
        years(card) or "years not stated",
        where,
    )
    prior = ", ".join(names_of_prior(words, card))
    first = Value(card.trial, None, None, _about(card), cites=_cited(store, card))
    design_cell: Cell = (
        Value(_said(design)),
        Value(_said(taken_part)),
        Value(words.label("condition", card.condition), behind=card.setting)
        if card.condition != asked.condition
        else Value(card.setting or ""),
    )
    design_cell = tuple(each for each in design_cell if each.text)
    line = Value(
        words.label("line", card.line), behind=f"after {prior}" if prior else "earlier drugs not stated"
    )
    arms = tuple(_arm(words, arm) for arm in card.arms.values()) or (Value(NOT_STATED),)
    primary = ", ".join(endpoint_label(words, name) for name in card.primary) or NOT_STATED
    growth = Value(
        growth_factor(words, card) or NOT_STATED,
        marks=(printed.RECALLED,) if any("growth factor" in word for word in recalled) else (),
    )
    return Row(
        ((first,), design_cell, (line,), arms, (Value(primary),), (growth,)), anchor=f"trial-{card.trial}"
    )


def _about(card: TrialCard) -> str:
    recalled = [f"{printed.RECALLED}: {', '.join(card.recalled).replace('_', ' ')}"] if card.recalled else []
    return "; ".join((card.title, *card.registered, *recalled))


def growth_factor(words: Vocabulary, card: TrialCard) -> str | None:
    """What the card says of growth factors, else the arms that were given one."""
    if card.growth_factor:
        return card.growth_factor
    known = words.terms("drug")
    given_in = [
        arm.label
        for arm in card.arms.values()
        if any(each.drug in known and known[each.drug].drug_class == "growth_factor" for each in arm.give)
    ]
    return f"given in the arm {' and in '.join(given_in)}" if given_in else None


def _arm(words: Vocabulary, arm: Arm) -> Value:
    counts = (
        f"n {arm.n}" if arm.n is not None else None,
        f"{arm.treated} treated" if arm.treated is not None else None,
    )
    return Value(given(words, arm) or "not stated", None, arm.label, _said((arm.role, *counts)))


def _plan(card: TrialCard) -> Row:
    allocation = _said((card.ratio, card.blinding)) if card.randomised else "not randomised"
    facts = tuple(
        Value(
            value,
            None,
            _FACTS.get(name, name.replace("_", " ")),
            marks=(printed.RECALLED,) if source == "memory" else (),
            cites=() if source == "memory" else (source,),
        )
        for name, said in card.stated.items()
        for source, value in said.items()
    )
    eligibility = Value(
        card.eligibility or NOT_STATED,
        marks=("partly recalled",) if any("eligibility" in word for word in card.recalled) else (),
    )
    return Row(
        (
            (Value(card.trial, None, None, card.note),),
            (Value(allocation or NOT_STATED),),
            (Value("; ".join(card.strata) or NOT_STATED),),
            facts or (Value(NOT_STATED),),
            (eligibility,),
        )
    )


def _flow(store: Store, card: TrialCard) -> Flow:
    found = store.of(card.trial)
    arms, used = [], []
    analysed, of = _analysed(card, found)
    for arm in card.arms.values():
        reasons = _stopped(arm, found)
        used += [
            printed.id_of(f) for f in (*reasons, *([analysed[arm.name]] if arm.name in analysed else []))
        ]
        counted = analysed[arm.name].n if arm.name in analysed else None
        stopped = tuple((_reason(f), _count(f) or 0) for f in reasons) or None
        arms.append(FlowArm(arm.name, arm.label, arm.n, arm.treated, stopped, counted))
    out = next((f for f in found if f.endpoint == _SCREENED_OUT and not f.groups), None)
    used += [printed.id_of(out)] if out else []
    enrolled = card.n
    if enrolled is None and arms and all(arm.allocated is not None for arm in arms):
        enrolled = sum(arm.allocated or 0 for arm in arms)
    return Flow(
        trial=card.trial,
        enrolled=enrolled,
        randomised=card.randomised,
        arms=tuple(arms),
        analysis=store.words.label("endpoint", of) if of else None,
        screened_out=_count(out) if out else None,
        ids=tuple(used),
        cites=_cited(store, card),
        missing=_missing(enrolled, arms),
    )


def _missing(enrolled: int | None, arms: Iterable[FlowArm]) -> str | None:
    arms = tuple(arms)
    unknown = [
        word
        for word, known in (
            ("allocated", all(arm.allocated is not None for arm in arms)),
            ("treated", all(arm.treated is not None for arm in arms)),
            ("analysed", all(arm.analysed is not None for arm in arms)),
        )
        if not known
    ]
    if not arms or unknown:
        return f"how many were {', '.join(unknown) or 'in an arm'} is not stated for every arm"
    allocated = sum(arm.allocated or 0 for arm in arms)
    if enrolled != allocated:
        return f"{enrolled} are in the trial and {allocated} in its arms"
    return None


def _analysed(card: TrialCard, found: Iterable[Finding]) -> tuple[dict[str, Finding], str | None]:
    """The findings that say how many of each arm were analysed for a primary endpoint."""
    for endpoint in card.primary:
        by_arm = {
            f.groups[0]: f
            for f in reversed(list(found))
            if f.endpoint == endpoint
            and len(f.groups) == 1
            and f.population == "itt"
            and f.subgroup is None
            and f.n is not None
        }
        if by_arm:
            return by_arm, endpoint
    return {}, None


def _stopped(arm: Arm, found: Iterable[Finding]) -> list[Finding]:
    """Why patients of an arm stopped, where the reasons of one source add up to all who stopped."""
    by_source: dict[str | None, dict[str, Finding]] = {}
    for f in found:
        if f.endpoint.startswith(_STOPPED) and f.groups == (arm.name,) and _count(f) is not None:
            by_source.setdefault(f.origin.source, {}).setdefault(f.endpoint, f)
    for by_endpoint in by_source.values():
        total = by_endpoint.pop(f"{_STOPPED}any", None)
        reasons = [f for f in by_endpoint.values() if _count(f)]
        if total is not None and sum(_count(f) or 0 for f in reasons) == _count(total):
            return reasons
    return []


def _count(finding: Finding) -> int | None:
    if finding.events is not None:
        return finding.events
    return round(finding.estimate) if finding.measure == "count" and finding.estimate is not None else None


def _reason(finding: Finding) -> str:
    return finding.endpoint.removeprefix(_STOPPED).replace("_", " ").replace("followup", "follow-up")


def _cited(store: Store, card: TrialCard) -> tuple[str, ...]:
    """The sources of a card, papers first."""
    papers = [name for name in card.sources if name in store.sources and store.sources[name].kind == "paper"]
    return tuple(name for name in dict.fromkeys((*papers, *card.sources)) if name != "memory")


def _said(parts: Iterable[str | None]) -> str:
    return ", ".join(part for part in parts if part)
