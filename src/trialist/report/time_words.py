"""How analyses of times to an event are named in print."""

from __future__ import annotations

from types import MappingProxyType

METHODS = MappingProxyType(
    {
        "log_rank": "log-rank test",
        "max_combo": "MaxCombo test",
        "log_rank_trend": "log-rank test for trend",
        "cumulative_incidence_function": "cumulative incidence (Aalen-Johansen)",
        "gray": "Gray's test",
        "fine_gray": "Fine-Gray model",
        "cause_specific": "cause-specific Cox model",
        "multiplicity": "adjustment for multiplicity",
    }
)
