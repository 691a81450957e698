"""The rule of an endpoint as its criteria print it, and the line that a reason refers to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from trialist.endpoints import definition
from trialist.endpoints.criteria import criteria
from trialist.endpoints.derivation import ENDPOINTS
from trialist.patients.model import Clause, Paragraph, Threshold
from trialist.protocol.endpoints import (
    BONE_PRESETS,
    READS,
    CellCountResponse,
    CombinedResponse,
    Endpoint,
    OfResponse,
    ProgressionFreeSurvival,
)
from trialist.protocol.model import TrialProtocol


class _Section(NamedTuple):
    """A part of a criteria file, and what stands before its options in a rule."""

    file: str
    part: str | None = None
    prefix: str = ""


# derivation -> what it reads beside the section of its own name
_SECTIONS = MappingProxyType(
    {
        "progression_free_survival": (_Section("pfs_censoring"),),
        "psa_change": (_Section("psa_reading", "change"),),
        "adverse_event": (_Section("treatment_emergent"),),
        "laboratory_grade": (_Section("ctcae"),),
    }
)
_HIDDEN = frozenset({"derive", "criteria", "reads"})


def paragraph(endpoint: Endpoint, plan: TrialProtocol, reason: str | None) -> Paragraph:
    """The rule that an endpoint ran under, with the clauses that `reason` refers to.

    Returns   thresholds as the criteria print them, with the value in force; an option that no criteria file
              states is among `options`
    """
    part = ENDPOINTS[endpoint.derive]
    told = dict(definition(endpoint, plan))
    sections = tuple(_sections(endpoint))
    thresholds = tuple(t for section in sections for t in _thresholds(section, told))
    stated = {t.option for t in thresholds}
    read: dict[str, str] = {}
    if isinstance(endpoint, OfResponse):
        read = {word: named for word in READS if (named := getattr(endpoint, word, None)) is not None}
    options = tuple(
        (option, value)
        for option, value in told.items()
        if option not in stated | _HIDDEN | set(read) and not any(option.startswith(f"{w}.") for w in read)
    )
    files = dict.fromkeys(
        section.file
        for section in sections
        if section.part is None
        or any(t.option.startswith(section.prefix) for t in _thresholds(section, told))
    )
    return Paragraph(
        says=(part.run.__doc__ or "").partition("\n")[0],
        source=part.source,
        criteria=tuple((criteria(name)["title"], criteria(name)["source"]) for name in files),
        thresholds=thresholds,
        options=options,
        clauses=tuple(c for name in files for c in _clauses(name, told, reason)),
        read=tuple((named, paragraph(plan.endpoints[named], plan, None)) for named in read.values()),
    )


def _sections(endpoint: Endpoint) -> Iterator[_Section]:
    named = getattr(endpoint, "criteria", None)
    if named is not None and endpoint.derive in criteria(named):
        yield _Section(named, endpoint.derive)
    yield from _SECTIONS.get(endpoint.derive, ())
    if isinstance(endpoint, CellCountResponse):
        yield _Section("cell_counts", endpoint.what)
    if isinstance(endpoint, ProgressionFreeSurvival):
        yield _Section(endpoint.psa or "pcwg3", "psa_progression", "psa.")
    if getattr(endpoint, "read", None) == "lesions":
        yield _Section("recist_1_1", "tumour_response", "lesions.")
    yield from _of_scans(endpoint)


def _of_scans(endpoint: Endpoint) -> Iterator[_Section]:
    """What an endpoint reads of bone scans, and of lesions together with them."""
    preset = getattr(endpoint, "bone", None)
    if preset not in BONE_PRESETS:
        return
    if isinstance(endpoint, ProgressionFreeSurvival):
        yield _Section(preset, "bone_progression", "bone_scans.")
        return
    prefix = "" if isinstance(endpoint, CombinedResponse) else "combined."
    if prefix and getattr(endpoint, "read", None) != "combined":
        return
    yield _Section("recist_1_1", "tumour_response", f"{prefix}soft_tissue.")
    yield _Section(preset, "bone_progression", f"{prefix}bone.")
    yield _Section("pcwg3_overall", None, prefix)


def _thresholds(section: _Section, told: Mapping[str, Any]) -> Iterator[Threshold]:
    """Those thresholds of a section that the rule holds as options."""
    held = criteria(section.file)
    for name, item in (held[section.part] if section.part else held).items():
        option = f"{section.prefix}{name}"
        if isinstance(item, Mapping) and "value" in item and option in told:
            own = told[option] != item["value"]
            yield Threshold(option, told[option], item["unit"], item["source"], own)


def _clauses(name: str, told: Mapping[str, Any], reason: str | None) -> Iterator[Clause]:
    """The rules of a criteria file that its `reasons` list under that reason, as the options decide them."""
    file = criteria(name)
    for key in file.get("reasons", {}).get(reason, ()):
        rule = file["rules"][key]
        says = rule.get("always") or rule["means"].get(told.get(rule["option"]), "")
        yield Clause(key, rule["situation"], says)
