"""What an estimand's strategies make of an endpoint, and where the two part."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import TypeAdapter

from trialist.endpoints.filled import rule_for
from trialist.endpoints.intercurrent import conflicts, statements, with_strategies
from trialist.problems import Place
from trialist.protocol.analyses import Estimand
from trialist.protocol.endpoints import Endpoint
from trialist.protocol.model import Protocol, TrialProtocol

ENTRY: TypeAdapter[Endpoint] = TypeAdapter(Endpoint)
PFS = {"derive": "progression_free_survival", "first_of": ["radiographic_progression", "death"]}
PSA50 = {"derive": "psa_response"}
BONE = {"derive": "bone_progression"}


def estimand(**intercurrent: str) -> Estimand:
    return Estimand.model_validate(
        {"population": "itt", "endpoint": "e", "summary": "hazard_ratio", "intercurrent": intercurrent}
    )


@pytest.mark.parametrize(
    ("endpoint", "event", "strategy", "option", "value"),
    [
        (PFS, "new_anticancer_therapy", "hypothetical", "new_therapy", "censor"),
        (PFS, "new_anticancer_therapy", "treatment_policy", "new_therapy", "follow"),
        (PFS, "new_anticancer_therapy", "composite", "new_therapy", "event"),
        (PFS, "missed_assessments", "treatment_policy", "missed", "event"),
        (PFS, "missed_assessments", "hypothetical", "missed", "censor"),
        (PFS, "clinical_progression", "treatment_policy", "clinical", "follow"),
        (PFS, "clinical_progression", "hypothetical", "clinical", "censor"),
        (PFS, "clinical_progression", "composite", "clinical", "event"),
        (PSA50, "new_anticancer_therapy", "treatment_policy", "new_therapy", "ignore"),
        (PSA50, "new_anticancer_therapy", "composite", "new_therapy", "stop"),
        ({"derive": "overall_survival"}, "new_anticancer_therapy", "hypothetical", "new_therapy", "censor"),
        (
            {"derive": "psa_progression"},
            "new_anticancer_therapy",
            "treatment_policy",
            "new_therapy",
            "ignore",
        ),
        (BONE, "new_anticancer_therapy", "treatment_policy", "new_therapy", "ignore"),
        (BONE, "new_anticancer_therapy", "hypothetical", "new_therapy", "stop"),
        ({"derive": "adverse_event"}, "treatment_stop", "treatment_policy", "treatment_emergent", False),
    ],
)
def test_a_strategy_sets_one_option_of_the_rule(
    endpoint: dict[str, Any], event: str, strategy: str, option: str, value: object
) -> None:
    changed = with_strategies(ENTRY.validate_python(endpoint), estimand(**{event: strategy}))
    assert getattr(rule_for(changed), option) == value
    said = statements(changed, estimand(**{event: strategy}))
    assert [s.carried_out for s in said] == [True]


def test_a_principal_stratum_speaks_of_the_population_and_leaves_the_endpoint() -> None:
    endpoint = ENTRY.validate_python(PFS)
    asked = estimand(treatment_stop="principal_stratum")
    assert with_strategies(endpoint, asked) == endpoint
    assert "populations" in statements(endpoint, asked)[0].text


def test_death_is_an_event_only_where_the_endpoint_counts_it() -> None:
    asked = estimand(death="composite")
    with_death = statements(ENTRY.validate_python(PFS), asked)[0]
    without = statements(ENTRY.validate_python({**PFS, "first_of": ["radiographic_progression"]}), asked)[0]
    assert (with_death.carried_out, without.carried_out) == (True, False)


@pytest.mark.parametrize(
    ("endpoint", "counts"),
    [
        ({"derive": "pain_progression", "criteria": "ppi_analgesic"}, True),
        ({"derive": "pain_progression", "criteria": "bpi"}, False),
        ({"derive": "skeletal_event"}, True),
        ({"derive": "skeletal_event", "first_of": ["pathological_fracture"]}, False),
        ({**PFS, "first_of": ["pain_progression", "death"], "pain": "ppi_analgesic"}, True),
        ({**PFS, "first_of": ["pain_progression", "death"], "pain": "bpi"}, False),
        (PFS, False),
    ],
)
def test_palliative_radiotherapy_that_is_an_event_is_not_looked_past(
    endpoint: dict[str, Any], counts: bool
) -> None:
    (said,) = statements(
        ENTRY.validate_python(endpoint), estimand(palliative_radiotherapy="treatment_policy")
    )
    assert (said.carried_out, "is itself an event" in said.text) == (not counts, counts)
    (said,) = statements(ENTRY.validate_python(endpoint), estimand(palliative_radiotherapy="composite"))
    assert said.carried_out == counts


def test_a_strategy_that_changes_its_endpoint_s_rule_is_told() -> None:
    def told(**intercurrent: str) -> list[str]:
        plan = TrialProtocol.model_validate(
            {
                "trial": "E",
                "title": "E",
                "condition": "c",
                "randomised": True,
                "arms": {"a": {}, "b": {}},
                "allocation": {"method": "simple_random"},
                "endpoints": {"e": PFS},
                "populations": {"itt": {"label": "All", "where": "randomised"}},
                "estimands": {"main": estimand(**intercurrent)},
            }
        )
        return [p.code for p in conflicts(Protocol(plan, "p.yaml", "0", {(): Place("p.yaml", 1)}))]

    assert told(new_anticancer_therapy="hypothetical", death="composite") == []
    assert told(treatment_stop="principal_stratum") == []
    assert told(new_anticancer_therapy="treatment_policy") == ["N342"]
    assert told(death="hypothetical") == ["W341"]


def said(endpoint: dict[str, Any], event: str, strategy: str, named: dict[str, Any] | None = None) -> bool:
    by = ENTRY.validate_python(named) if named else None
    (only,) = statements(ENTRY.validate_python(endpoint), estimand(**{event: strategy}), by)
    return only.carried_out


BEST = {"derive": "best_overall_response", "confirmed": True}
ORR = {"derive": "objective_response", "of": "bor"}
BEST_CHANGE = {"derive": "psa_change", "what": "best"}
AT_DAY = {"derive": "psa_change", "what": "at_day", "day": 84}


@pytest.mark.parametrize("endpoint", [BEST_CHANGE, AT_DAY, BEST])
@pytest.mark.parametrize("event", ["new_anticancer_therapy", "death", "treatment_stop"])
def test_a_change_or_a_category_has_no_value_that_stands_for_an_event(
    endpoint: dict[str, Any], event: str
) -> None:
    assert not said(endpoint, event, "composite")
    assert not said(endpoint, event, "hypothetical")


@pytest.mark.parametrize("endpoint", [BEST_CHANGE, BEST])
@pytest.mark.parametrize("event", ["new_anticancer_therapy", "death"])
def test_a_best_value_can_be_that_of_the_time_before(endpoint: dict[str, Any], event: str) -> None:
    assert said(endpoint, event, "while_on_treatment")
    assert said(endpoint, "new_anticancer_therapy", "treatment_policy")


def test_a_value_at_a_day_can_only_be_taken_whatever_came_before_it() -> None:
    assert said(AT_DAY, "new_anticancer_therapy", "treatment_policy")
    assert not said(AT_DAY, "new_anticancer_therapy", "while_on_treatment")


@pytest.mark.parametrize("endpoint", [PSA50, BEST])
def test_a_response_counts_death_and_a_new_therapy_as_no_response_but_not_the_end_of_treatment(
    endpoint: dict[str, Any],
) -> None:
    named = ORR if endpoint is BEST else None
    assert said(endpoint, "new_anticancer_therapy", "composite", named)
    assert said(endpoint, "death", "composite", named)
    assert not said(endpoint, "treatment_stop", "composite", named)  # later assessments are read all the same
    assert said(endpoint, "treatment_stop", "treatment_policy", named)


def test_a_strategy_that_can_t_be_carried_out_changes_no_option() -> None:
    ignoring = ENTRY.validate_python({**BEST, "new_therapy": "ignore"})
    asked = estimand(new_anticancer_therapy="composite")
    assert with_strategies(ignoring, asked) == ignoring
    assert with_strategies(ignoring, asked, ENTRY.validate_python(ORR)) != ignoring
