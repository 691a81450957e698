"""The columns that each endpoint shape promises. One row per subject of the study unless said otherwise.

Days are offsets from the reference date (day 0); a time to event is counted inclusively, so
`time_days` = day of event - day 0 + 1, as ADTTE's AVAL. Months are days / 30.4375.
"""

from __future__ import annotations

from types import MappingProxyType

from trialist.endpoints.event_gaps import DETAILS

SHAPE_COLUMNS = MappingProxyType(
    {
        # time_days float > 0; event: true when it happened, false when censored;
        # reason: EVNTDESC of an event (DEATH, SOFT_TISSUE ...) or CNSDTDSC of a censoring (NO_EVENT ...);
        # a time that only some have (a duration of response) has rows for those alone, and starts on
        # day - time_days + 1. A progression-free time adds causes: every component of the day of its event,
        # and lower_days, upper_days: an event lies in (lower, upper], exactly there where both are equal
        "TimeToEvent": ("subject", "day", "time_days", "event", "reason"),
        # responder: true, false, or null when not evaluable; day: first day of it; reason: why it is so
        "Response": ("subject", "responder", "day", "reason"),
        # one row per visit of a subject, beside others the values that decided it, as the derivation tells
        "Visits": ("subject", "day", "response", "reason"),
        # value: the category (CR, PR ... MISSING); day: day of the deciding assessment;
        # response_day: day of the first (confirmed) CR or PR, null where there is none
        "Category": ("subject", "value", "day", "response_day", "reason"),
        # change = value - baseline (on log scale: difference of logs; on the percent scale: of baseline);
        # evaluable: both can be read; censored: evaluable, with a value known only as below or above a limit
        "Measurement": (
            "subject",
            "baseline",
            "value",
            "change",
            "percent_change",
            "day",
            "evaluable",
            "censored",
            "reason",
        ),
        # one row per subject and planned visit, each a Measurement; visit_number: place in the plan, from 1
        "Repeated": (
            "subject",
            "visit",
            "visit_number",
            "baseline",
            "value",
            "change",
            "percent_change",
            "day",
            "evaluable",
            "censored",
            "reason",
        ),
        # baseline, worst: grades 0 to 4, null where undetermined; day: first day of the worst grade
        "Grade": ("subject", "baseline", "worst", "day", "reason"),
        # one row per event; a subject without one has one row with no sequence, so that everybody is counted.
        # system_organ_class, term: text as it came, or Uncoded; related: null when not known;
        # serious, fatal: null when not said;
        # action: withdrawn, reduced, interrupted, other, or null when not said;
        # last_day: the end, or the last day that a partial one can mean; null where no end is known;
        # onset_day: the start on treatment, by which time at risk ends;
        # risk_start_day, risk_end_day: first and last day at risk, null when never treated;
        # died: death ended the time at risk;
        # fatal_term, fatal_terms: first term, and number of terms, of all fatal events of the subject;
        # ..._asked, ..._missing: the subject's events that a detail is asked of, and that do not tell it
        "Occurrence": (
            "subject",
            "sequence",
            "term",
            "system_organ_class",
            "grade",
            "serious",
            "related",
            "action",
            "fatal",
            "emergent",
            "start_day",
            "end_day",
            "last_day",
            "onset_day",
            "risk_start_day",
            "risk_end_day",
            "died",
            "fatal_term",
            "fatal_terms",
            *(f"{name}_{n}" for name in DETAILS for n in ("asked", "missing")),
        ),
        # one treatment: doses are cycles given (days of a daily one); doses and intensity (per week) in
        # `unit`, shares in percent of the plan; days are those of doses; null where it can't be known
        "Exposure": (
            "subject",
            "treatment",
            "first_day",
            "last_day",
            "doses",
            "unit",
            "planned_dose",
            "cumulative_dose",
            "cumulative_mg",
            "duration_weeks",
            "intensity",
            "relative_dose_intensity",
            "relative_dose",
            "delays",
            "reductions",
            "omitted",
            "reason",
        ),
        # two linked values; null where missing
        "Pair": ("subject", "first", "second", "evaluable", "censored", "reason"),
    }
)

# reasons that several derivations share; a subject without a later assessment is no responder in the
# whole set and no member of the evaluable one
NO_BASELINE = "NO_BASELINE"
NO_POSTBASELINE = "NO_POSTBASELINE"
UNDETERMINED = "UNDETERMINED"
