"""The columns that each endpoint shape promises. One row per subject of the study unless said otherwise.

Days are offsets from the reference date (day 0); a time to event is counted inclusively, so
`time_days` = day of event - day 0 + 1, as ADTTE's AVAL. Months are days / 30.4375.
"""

from __future__ import annotations

from types import MappingProxyType

SHAPE_COLUMNS = MappingProxyType(
    {
        # time_days float > 0; event: true when it happened, false when censored;
        # reason: EVNTDESC of an event (DEATH, SOFT_TISSUE ...) or CNSDTDSC of a censoring (NO_EVENT ...);
        # a time that only some have (a duration of response) has rows for those alone, and starts on
        # day - time_days + 1. A progression-free time adds causes: every component of the day of its event
        "TimeToEvent": ("subject", "day", "time_days", "event", "reason"),
        # responder: true, false, or null when not evaluable; day: first day of it; reason: why it is so
        "Response": ("subject", "responder", "day", "reason"),
        # one row per visit of a subject, beside others the values that decided it, as the derivation tells
        "Visits": ("subject", "day", "response", "reason"),
        # value: the category (CR, PR ... MISSING); day: day of the deciding assessment;
        # response_day: day of the first (confirmed) CR or PR, null where there is none
        "Category": ("subject", "value", "day", "response_day", "reason"),
        # change = value - baseline (on log scale: difference of logs); evaluable: both present
        "Measurement": (
            "subject",
            "baseline",
            "value",
            "change",
            "percent_change",
            "day",
            "evaluable",
            "reason",
        ),
        # baseline, worst: grades 0 to 4, null where undetermined; day: first day of the worst grade
        "Grade": ("subject", "baseline", "worst", "day", "reason"),
        # two linked values; null where missing
        "Pair": ("subject", "first", "second", "evaluable", "reason"),
    }
)

# reasons that several derivations share; a subject without a later assessment is no responder in the
# whole set and no member of the evaluable one
NO_BASELINE = "NO_BASELINE"
NO_POSTBASELINE = "NO_POSTBASELINE"
