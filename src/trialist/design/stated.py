"""The designs of a protocol, and a design stated without one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, get_args

from pydantic import ValidationError

from trialist.design import DESIGNS
from trialist.design.model import Design, findings, options
from trialist.findings.model import Finding, Method, Origin
from trialist.problems import Place
from trialist.protocol.assumptions import Assumption
from trialist.protocol.checks.design import design_row, rows
from trialist.protocol.model import Protocol
from trialist.protocol.part import Part

ENTRIES: Mapping[str, type[Part]] = {
    name: part
    for part in get_args(get_args(Assumption)[0])
    for name in get_args(part.model_fields["test"].annotation)
}
"""Kind of design -> the class of its entry, whose words are its options."""


def of_protocol(protocol: Protocol) -> Iterator[tuple[Part, Design]]:
    """Every `design:` entry of a protocol with what follows from it, in the order of the file."""
    for assumption, row in rows(protocol):
        yield assumption, DESIGNS[assumption.test].run(assumption, row)


def of_words(kind: str, words: Mapping[str, Any], place: Place) -> tuple[Part, Design]:
    """A design without a protocol, from its words; raises `UnusableError` for words that can't be used."""
    try:
        stated: Any = ENTRIES[kind].model_validate({"test": kind, **words})
    except ValidationError as error:
        raise UnusableError([_fault(fault) for fault in error.errors(include_url=False)]) from None
    return stated, DESIGNS[kind].run(stated, design_row(stated, place, place))


class UnusableError(ValueError):
    """Words that no design can be made of; `faults` are (word, why)."""

    def __init__(self, faults: list[tuple[str, str]]) -> None:
        super().__init__("; ".join(f"{word}: {why}" if word else why for word, why in faults))
        self.faults = faults


def as_findings(
    stated: Part, design: Design, *, trial: str, protocol: Protocol | None
) -> tuple[Finding, ...]:
    """What follows as findings: origin `designed`, every word of the entry an option of the method."""
    told: Any = stated
    estimand = protocol.plan.estimands.get(told.for_) if protocol and told.for_ else None
    endpoint = estimand.endpoint if estimand else (told.for_ or told.test)
    origin = Origin(
        "designed",
        source=told.source,
        reliability=told.reliability,
        protocol=protocol.fingerprint if protocol else None,
    )
    return findings(design, Method(told.test, options(told)), trial=trial, endpoint=endpoint, origin=origin)


def _fault(fault: Any) -> tuple[str, str]:
    return ".".join(str(step) for step in fault["loc"]), str(fault["msg"]).removeprefix("Value error, ")
