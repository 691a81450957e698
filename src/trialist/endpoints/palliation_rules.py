"""The rules of skeletal events and of performance status, and how a protocol entry fills them."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType

from trialist.endpoints.criteria import first, stated
from trialist.protocol.pain_endpoints import CategoryShift, SkeletalEvent

KINDS = MappingProxyType(
    {
        "radiotherapy": "RADIOTHERAPY",
        "pathological_fracture": "FRACTURE",
        "spinal_cord_compression": "COMPRESSION",
        "orthopaedic_surgery": "SURGERY",
    }
)


@dataclass(frozen=True, slots=True)
class SkeletalEventRule:
    """The kinds of events that count."""

    kinds: tuple[str, ...]

    @property
    def reads(self) -> frozenset[str]:
        return frozenset({"subjects", "skeletal_events"})


@dataclass(frozen=True, slots=True)
class CategoryShiftRule:
    """`worsening`: grades by which performance status is worse; days from the reference date."""

    test: str
    what: str
    from_day: int | None
    to_day: int | None
    on_treatment: bool
    window: int
    death: str
    grade_of_death: int
    worsening: int

    @property
    def idle(self) -> frozenset[str]:
        """Options that decide nothing under the others."""
        window = set() if self.on_treatment else {"window"}
        return frozenset(window if self.death == "grade_5" else {*window, "grade_of_death"})

    @property
    def reads(self) -> frozenset[str]:
        return frozenset({"subjects", "performance"})


def skeletal_event_rule(endpoint: SkeletalEvent) -> SkeletalEventRule:
    """The rule of a `skeletal_event` entry."""
    return SkeletalEventRule(tuple(KINDS[part] for part in endpoint.first_of))


def category_shift_rule(endpoint: CategoryShift) -> CategoryShiftRule:
    """The rule of a `category_shift` entry; its window is that of adverse events when omitted."""
    return CategoryShiftRule(
        test=endpoint.test.strip().upper(),
        what=endpoint.what,
        from_day=endpoint.from_day,
        to_day=endpoint.to_day,
        on_treatment=endpoint.on_treatment,
        window=first(endpoint.window, "treatment_emergent", "window"),
        death=endpoint.death,
        grade_of_death=stated("performance", "grade_of_death"),
        worsening=stated("performance", "worsening"),
    )
