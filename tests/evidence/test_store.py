"""The store: every figure of the registry is there, under one name, and is found by what people call it."""

from __future__ import annotations

import hashlib

import pytest

from trialist.evidence.filter import Filter, filtered, is_endpoint, read_filter
from trialist.evidence.published import GRADED_BY, GRADES
from trialist.evidence.store import load_store
from trialist.evidence.vocabulary import vocabulary
from trialist.findings.model import Finding

# Of each trial of the registry: how many figures, and a checksum of id, value, interval, n, events, p value,
# source and reliability of each, made from the registry's table and not from the files here.
REGISTRY = {
    "AFFIRM": (32, "99b7fb81b8d408dc"),
    "ALSYMPCA": (4, "585f9369e22a4e6b"),
    "CABA-V7": (43, "790314366e98c015"),
    "CABARESC": (7, "4c2046ec99742301"),
    "CARD": (109, "3c6e7722e7d29732"),
    "CORN2019": (12, "f9e39a3071043066"),
    "COU-AA-301": (23, "f004e29769dd524b"),
    "COU-AA-302": (25, "120dc43da8cc265c"),
    "CUP-DE": (10, "b54d7aadd09b6992"),
    "CUP-EU": (1, "909bb436d82f053d"),
    "DENO-20050103": (4, "089579c29386c854"),
    "EAP-AU": (5, "9d3e29b423d5ba28"),
    "FIRSTANA": (16, "ad3d0776f50818d0"),
    "FUJI": (11, "040d42e92c6c67ed"),
    "GENEVIEVE": (8, "fc802b6d72f64745"),
    "HeCOG": (10, "0d05d542d8191d91"),
    "PREVAIL": (38, "eddbfe4c88ae4b25"),
    "PROSELICA": (100, "f936ecd3a191806c"),
    "SCCHN-CABA": (7, "999bef6aa7117102"),
    "SWOG9916": (8, "704c0c31fac0eb88"),
    "TAX327": (23, "ad299a7c386e3a94"),
    "TAXYNERGY": (6, "4d5a5b51809186f7"),
    "THERAP": (17, "d30574351041235c"),
    "TRAPEZE": (4, "82f9b89e473dc6ca"),
    "TROPIC": (388, "1c55aa595472b321"),
    "VISION": (15, "b59386a2bbfa44ca"),
}
WITHOUT = {"CARVE", "CABA-BM", "CONCEPT", "PROSTY2", "CABA-BRAIN"}


def line(finding: Finding) -> str:
    ends, p = finding.interval, finding.p_value
    numbers = (
        finding.estimate,
        *((ends.low, ends.high, ends.level) if ends else (None, None, None)),
        *(finding.n, finding.events, p.value if p else None),
    )
    told = ["" if number is None else repr(float(number)) for number in numbers]
    origin = finding.origin
    return "|".join(
        [str(origin.entry), *told, p.bound if p else "", str(origin.source), str(origin.reliability)]
    )


def test_the_store_holds_every_trial_and_reads_without_a_problem() -> None:
    store = load_store()
    assert store.problems == ()
    assert set(store.trials) == set(REGISTRY) | WITHOUT
    assert len(store.findings) == 926
    assert set(store.reasons) == WITHOUT


@pytest.mark.parametrize("trial", REGISTRY)
def test_no_figure_is_lost_or_changed_on_its_way_from_the_registry(trial: str) -> None:
    lines = sorted(line(finding) for finding in load_store().of(trial))
    assert (len(lines), hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]) == REGISTRY[trial]


def test_every_group_is_an_arm_of_the_card_and_every_arm_a_treatment_of_the_vocabulary() -> None:
    store, words = load_store(), vocabulary()
    for finding in store.findings:
        assert set(finding.groups) <= set(store.trials[finding.trial].arms), finding
        assert len(store.arms(finding)) == len(finding.groups)
    for card in store.trials.values():
        assert card.condition in words.terms("condition")
        assert set(card.prior) <= {*words.terms("drug"), *words.terms("class")}
        assert card.arms
        for arm in card.arms.values():
            assert arm.treatment in words.terms("treatment"), (card.trial, arm)
            assert set(arm.drugs) <= set(words.terms("drug"))
            assert {given.drug for given in words.terms("treatment")[arm.treatment or ""].drugs} <= set(
                arm.drugs
            )


def test_every_endpoint_and_population_is_a_word_of_the_vocabulary() -> None:
    words = vocabulary()
    for finding in load_store().findings:
        family = finding.endpoint.partition(":")[0]
        assert family in words.terms("endpoint"), finding
        assert finding.population in words.terms("population"), finding
    for card in load_store().trials.values():
        for primary in card.primary:
            assert primary in words.terms("endpoint") or " " in primary, card


def test_every_adverse_event_has_its_term_its_grade_and_how_it_was_graded() -> None:
    words = vocabulary()
    adverse = filtered(load_store(), Filter(endpoint="ae"))
    assert len(adverse) == 315
    for finding in adverse:
        definition = dict(finding.definition)
        assert finding.endpoint.split(":")[1] == definition["term"] in words.terms("toxicity")
        assert definition["grade"] in GRADES
        assert definition["graded_by"] in GRADED_BY


def test_neutropenia_counted_in_the_laboratory_is_told_from_reports() -> None:
    found = filtered(load_store(), Filter(endpoint="ae:neutropenia", trial="TROPIC", measure="proportion"))
    assert {dict(f.definition)["graded_by"] for f in found if f.origin.source == "TROPIC_REPO"} == {
        "laboratory"
    }
    nausea = filtered(load_store(), Filter(endpoint="ae:nausea", trial="TROPIC"))
    assert {dict(f.definition)["graded_by"] for f in nausea} == {"reported"}


def test_one_endpoint_has_one_name_in_the_trials_of_protocols_and_in_the_others() -> None:
    psa = {f.trial for f in filtered(load_store(), Filter(endpoint="psa50"))}
    assert {"TROPIC", "CARD", "CABA-V7", "PROSELICA", "TAX327", "THERAP"} <= psa
    severe = {f.trial for f in filtered(load_store(), Filter(endpoint="ae:any:3+"))}
    assert {"TROPIC", "CARD", "VISION"} <= severe


def test_findings_are_chosen_by_condition_with_its_cases_by_line_and_by_treatment() -> None:
    store = load_store()
    wanted = Filter(endpoint="os", condition="prostate_cancer", line="second", subgroups=False)
    found = filtered(store, wanted)
    assert {"TROPIC", "PROSELICA", "AFFIRM", "COU-AA-301", "THERAP"} <= {f.trial for f in found}
    assert all(f.subgroup is None and f.endpoint == "os" for f in found)
    higher = filtered(store, Filter(endpoint="os", treatment="cabazitaxel_25", measure="hazard_ratio"))
    assert {f.trial for f in higher} == {"TROPIC", "CARD", "PROSELICA", "FIRSTANA"}
    steroid = filtered(store, Filter(drug="prednisone", trial="AFFIRM"))
    assert steroid == ()
    assert filtered(store, Filter(drug="taxane", trial="GENEVIEVE"))
    recalled = filtered(store, Filter(reliability=("memory", "unreliable")))
    assert len(recalled) == 27
    assert not is_endpoint("os", "o")


@pytest.mark.parametrize(
    ("texts", "field", "expected"),
    [
        ({"endpoint": "overall survival"}, "endpoint", "os"),
        ({"endpoint": "neutropenia"}, "endpoint", "ae:neutropenia"),
        ({"endpoint": "ae:neutropenia:3+"}, "endpoint", "ae:neutropenia:3+"),
        ({"endpoint": "baseline:age"}, "endpoint", "baseline:age"),
        ({"condition": "mCRPC"}, "condition", "mcrpc"),
        ({"line": "second"}, "line", "second"),
        ({"drug": "Jevtana"}, "drug", "cabazitaxel"),
        ({"drug": "taxanes"}, "drug", "taxane"),
        ({"trial": "nct00417079"}, "trial", "TROPIC"),
        ({"trial": "cou-aa 301"}, "trial", "COU-AA-301"),
        ({"trial": "caba_v7"}, "trial", "CABA-V7"),
        ({"measure": "HR"}, "measure", "hazard_ratio"),
        ({"population": "intention to treat"}, "population", "itt"),
        ({"reliability": "read, computed"}, "reliability", ("read", "computed")),
    ],
)
def test_what_people_write_is_read_as_words_of_the_store(
    texts: dict[str, str | None], field: str, expected: object
) -> None:
    wanted, problems = read_filter(load_store(), texts)
    assert problems == ()
    assert getattr(wanted, field) == expected


@pytest.mark.parametrize(
    ("kind", "text", "hint"),
    [
        ("condition", "mcrcp", "mcrpc"),
        ("trial", "TROPICAL", "TROPIC"),
        ("endpoint", "overall surival", "overall survival"),
        ("reliability", "sure", "known are"),
        ("line", "fortieth", "first"),
    ],
)
def test_a_word_that_stands_for_nothing_is_told_with_what_is_near_it(kind: str, text: str, hint: str) -> None:
    _, problems = read_filter(load_store(), {kind: text})
    assert [p.code for p in problems] == ["E622"]
    assert hint in problems[0].remedy
