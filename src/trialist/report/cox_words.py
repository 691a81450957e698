"""How a report says what a Cox model was made of."""

from __future__ import annotations

from types import MappingProxyType

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
