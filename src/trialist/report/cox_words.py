"""How a report says what a Cox model was made of."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from trialist.findings.model import Finding

METHODS = MappingProxyType(
    {
        "cox_ph": "Cox proportional hazards",
        "proportional_hazards": "test of proportional hazards in a Cox model",
        "subgroups": "Cox proportional hazards in subgroups",
    }
)
OPTIONS = MappingProxyType(
    {
        ("ties", "breslow"): "ties by Breslow's method",
        ("ties", "efron"): "ties by Efron's method",
        ("ties", "discrete"): "ties as discrete times",
        ("ties", "marginal"): "ties by the exact marginal likelihood",
        ("interval", "profile"): "profile likelihood interval",
        ("variance", "robust"): "robust (Lin-Wei) variance",
        ("firth", "always"): "Firth's penalised likelihood",
        ("firth", "when_separated"): "Firth's penalised likelihood where the plain one has no maximum",
        ("treatment", False): "without the arms",
        ("concordance", "harrell"): "Harrell's concordance",
        ("transform", "km"): "against 1 − the Kaplan-Meier estimate",
        ("transform", "rank"): "against the rank of time",
        ("transform", "identity"): "against time",
        ("transform", "log"): "against the log of time",
    }
)
_WITH_TERMS = frozenset({"interaction", "proportional_hazards", "model_test", "hazard_ratio_prognostic"})


def term(finding: Finding, labels: Mapping[str, str]) -> str | None:
    """What of a model a finding is about: `ECOG performance status, likelihood ratio`. None: nothing to say.

    labels  factor -> its label
    """
    told = dict(finding.method.options)
    if finding.measure not in _WITH_TERMS or "category" not in told:
        return None
    if "term" in told:
        of = str(told["term"])
        return {"arm": None, "all": "all terms"}.get(of, labels.get(of, of.replace("_", " ")))
    for name in (told.get("factor"), told.get("covariate")):
        if name is not None:
            label = labels.get(str(name), str(name).replace("_", " "))
            said = str(told["category"]).replace(str(name), label, 1)
            return said.replace(", wald", ", Wald") if finding.measure == "interaction" else said
    return str(told["category"])
