"""When two findings are of one result."""

from __future__ import annotations

from trialist.findings.model import Finding

_UNSAID = (None, "not stated")


def place(finding: Finding) -> tuple[object, ...]:
    """What is measured, in whom and when; without the groups and the measure."""
    return finding.trial, finding.endpoint, finding.population, finding.subgroup, finding.timepoint


def analysis(finding: Finding) -> object:
    """Which analysis of the trial it is: its name, else its cut-off; None where neither is stated."""
    options = dict(finding.method.options)
    return options.get("analysis") or options.get("cut_off")


def may_be_one(one: Finding, other: Finding) -> bool:
    """Whether two findings of one place, measure and groups may be of one analysis, counted in one way.

    Reconstructed data are another reading of a picture: they are not set against what was published.
    """
    if (one.origin.kind == "reconstructed") != (other.origin.kind == "reconstructed"):
        return False
    first, second = analysis(one), analysis(other)
    if first is not None and second is not None and first != second:
        return False
    options = (dict(one.method.options), dict(other.method.options))
    if options[0].get("not_joined") != options[1].get("not_joined"):
        return False
    graded = (dict(one.definition).get("graded_by"), dict(other.definition).get("graded_by"))
    return graded[0] == graded[1] or graded[0] in _UNSAID or graded[1] in _UNSAID
