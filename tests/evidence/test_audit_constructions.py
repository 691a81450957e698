"""Constructions that the audit reads: told where they are wrong, passed where they are right."""

from __future__ import annotations

import pytest

from trialist.evidence.audit import audit
from trialist.evidence.audit.model import Verdict
from trialist.evidence.audit.together import sources_differ
from trialist.evidence.claims.lexicon import lexicon_of
from trialist.evidence.claims.read import read_claims
from trialist.evidence.store import load_store
from trialist.formats.documents.markdown import document_of

STORE = load_store()
KNOWN = lexicon_of(STORE)


def told(text: str) -> list[Verdict]:
    return list(audit(read_claims(document_of(text, "text.md"), KNOWN), STORE))


def rules(text: str) -> set[str]:
    return {rule for v in told(text) for rule in (v.rule, *(pair[0] for pair in v.also))}


@pytest.mark.parametrize(
    ("right", "wrong", "rule"),
    [
        (  # number words
            "Nineteen of 84 women (22.6%) responded.",
            "Nineteen of 84 women (26.2%) responded.",
            "percent_of_count",
        ),
        (  # an interval behind a comma
            "In AFFIRM, the hazard ratio for time to pain progression was 0.56, 0.41-0.78.",
            "In AFFIRM, the hazard ratio for time to pain progression was 0.65, 0.41-0.78.",
            "against_findings",
        ),
        (  # a ratio that is not named again, of a piece between semicolons
            "In TROPIC, the hazard ratios for death were: age under 65 0.81 (0.61-1.08); 65 or older "
            "0.62 (0.50-0.78).",
            "In TROPIC, the hazard ratios for death were: age under 65 0.81 (0.61-1.08); 65 or older "
            "0.71 (0.50-0.78).",
            "against_findings",
        ),
        (  # endpoints behind their numbers
            "In AFFIRM 54% v 2% had a PSA response and 29% v 4% a soft-tissue response.",
            "In AFFIRM 54% v 2% had a PSA response and 39% v 4% a soft-tissue response.",
            "against_findings",
        ),
        (  # from one value to another, the first without the treatment
            "In VISION, lutetium raised median overall survival from 11.3 to 15.3 months.",
            "In VISION, lutetium raised median overall survival from 11.3 to 17.3 months.",
            "against_findings",
        ),
        (  # three values and three arms, in their order
            "In TAX 327, median OS was 18.9, 17.4 and 16.5 months with three-weekly docetaxel, weekly "
            "docetaxel "
            "and mitoxantrone.",
            "In TAX 327, median OS was 18.9, 16.5 and 17.4 months with three-weekly docetaxel, weekly "
            "docetaxel "
            "and mitoxantrone.",
            "against_findings",
        ),
        (  # an arm by what it was not given
            "In VISION, grade 3 or higher anaemia affected 4.9% of men without lutetium.",
            "In VISION, grade 3 or higher anaemia affected 12.9% of men without lutetium.",
            "against_findings",
        ),
        (  # a median in everyday words
            "In ALSYMPCA, half of the men given radium-223 lived longer than 14.9 months.",
            "In ALSYMPCA, half of the men given radium-223 lived longer than 16.9 months.",
            "against_findings",
        ),
        (  # how fast patients come
            "With 5 patients enrolled per month, 150 patients will be recruited in 30 months.",
            "With 5 patients enrolled per month, 150 patients will be recruited in 18 months.",
            "accrual",
        ),
        (  # a volume at occasions
            "Blood: 5 mL at baseline, week 4 and week 8 (15 mL in total).",
            "Blood: 5 mL at baseline, week 4 and week 8 (20 mL in total).",
            "amounts",
        ),
        (  # power by reference to the effect of the sentence before
            "A hazard ratio of 0.70 is assumed. With a two-sided log-rank test at the 5% level, 331 "
            "PFS events will "
            "give 90% power to detect this difference.",
            "A hazard ratio of 0.70 is assumed. With a two-sided log-rank test at the 5% level, 150 "
            "PFS events will "
            "give 90% power to detect this difference.",
            "design_power",
        ),
        (  # the only arm of a study
            "This was a single-arm study of olvatinib. Median PFS was 6.4 months. A median PFS of 6.4 "
            "months on "
            "olvatinib is encouraging.",
            "This was a single-arm study of olvatinib. Median PFS was 6.4 months. A median PFS of 4.6 "
            "months on "
            "olvatinib is encouraging.",
            "two_ways",
        ),
        (  # acronyms with one wording
            "Men had metastatic castration-resistant prostate cancer (mCRPC).",
            "Men had metastatic chemotherapy-resistant prostate cancer (mCRPC).",
            "acronyms",
        ),
        (  # a version before it was out, a version after it was the last
            "In TROPIC, adverse events were graded by CTCAE version 3.0.",
            "In TROPIC, adverse events were graded by CTCAE version 5.0.",
            "standards",
        ),
        (
            "Adverse events were graded with CTCAE 4.03.",
            "Adverse events should be graded with CTCAE 4.03, which is the current version.",
            "standards",
        ),
        (  # a citation of another trial; another year of its page; another journal
            "TROPIC improved survival (de Bono et al., Lancet 2010).",
            "TROPIC improved survival (Tannock et al., N Engl J Med 2004).",
            "citations",
        ),
        (
            "The medians were updated (Berthold DR et al., J Clin Oncol 2008;26:242-245).",
            "The medians were updated (Berthold DR et al., J Clin Oncol 2006;24:242-245).",
            "citations",
        ),
        (
            "CARD showed longer survival (de Wit et al., N Engl J Med 2019).",
            "CARD showed longer survival (de Wit et al., Lancet 2019).",
            "citations",
        ),
        (  # cure, absolute negatives in the passive, all patients
            "Cabazitaxel does not cure mCRPC.",
            "Cabazitaxel cures mCRPC in some men.",
            "overstated",
        ),
        (
            "Febrile neutropenia was seen with cabazitaxel.",
            "Febrile neutropenia was never seen with cabazitaxel.",
            "negatives",
        ),
        (
            "Not every man given abiraterone in COU-AA-302 had a PSA decline.",
            "Every man given abiraterone in COU-AA-302 had a PSA decline.",
            "overstated",
        ),
        (  # non-inferiority told as equality
            "PROSELICA showed 20 mg/m2 to be non-inferior to 25 mg/m2 for overall survival.",
            "PROSELICA proved that 20 mg/m2 and 25 mg/m2 are equal in efficacy.",
            "equality",
        ),
        (  # superiority on shares, of one of two schedules, against what was not compared
            "In TROPIC, the pain response was not significantly better with cabazitaxel.",
            "In TROPIC, the pain response was significantly better with cabazitaxel.",
            "superiority",
        ),
        (
            "In TAX 327, docetaxel every three weeks prolonged survival.",
            "In TAX 327, weekly docetaxel prolonged survival.",
            "superiority",
        ),
        (
            "COU-AA-301 showed abiraterone to be superior to placebo for survival.",
            "COU-AA-301 showed abiraterone to be superior to enzalutamide for survival.",
            "superiority",
        ),
        (  # patients who were not studied
            "CARD shows that cabazitaxel prolongs life in men who have received docetaxel.",
            "CARD shows that cabazitaxel prolongs life in men who have not yet received docetaxel.",
            "superiority",
        ),
        (
            "The survival gain seen in VISION holds for men whose tumours show PSMA.",
            "The survival gain seen in VISION also holds for men whose tumours do not show PSMA.",
            "superiority",
        ),
        (  # a cause made of a marker
            "In CABA-V7, AR-V7 went with shorter overall survival.",
            "In CABA-V7, AR-V7 causes shorter overall survival.",
            "causes",
        ),
        (  # a standard that trials have overtaken
            "When the disease progressed after docetaxel, mitoxantrone was the standard of care until 2010.",
            "When the disease progresses after docetaxel, mitoxantrone remains the standard of care.",
            "standard_of_care",
        ),
        (  # two countries in one sentence
            "The recommended dose of cabazitaxel in the United States is 20 mg/m2, and the European "
            "label gives "
            "25 mg/m2.",
            "The recommended dose of cabazitaxel in the United States is 25 mg/m2, and the European "
            "label gives "
            "the same.",
            "label_doses",
        ),
    ],
)
def test_what_is_wrong_is_told_and_what_is_right_passes(right: str, wrong: str, rule: str) -> None:
    assert [f"{v.rule}: {v.message}" for v in told(right)] == []
    assert rule in rules(wrong)


@pytest.mark.parametrize(
    "text",
    [
        "In FIRSTANA, longer progression-free survival does not show longer survival by itself.",
        "FIRSTANA set out to show superiority for overall survival, and neither dose did so.",
        "In CARD, the SSE result lies at the border of significance and should be quoted with its interval.",
        "In TROPIC, febrile neutropenia occurred in 28 (8%) v 5 (1%), and 18 (5%) v 9 (2%) died "
        "within 30 days of "
        "the last dose.",
        "In FUJI, median overall survival was 11.9 months and median treatment 3.4 months.",
        "In TROPIC, progression-free survival, a composite of PSA, tumour, pain progression or "
        "death, had medians of "
        "2.8 and 1.4 months.",
        "In TAX 327, the plan called for 1002 patients and an analysis after 535 deaths.",
        "In FIRSTANA, tumour responses were seen in 32.4%, 41.6% and 30.9% (nominal P=.037 for 25 "
        "mg/m2 v docetaxel).",
        "In AFFIRM, the survival HR was 0.63 both below 65 years (0.46-0.87) and from 65 years (0.51-0.78).",
        "In CARD, time to pain progression favoured cabazitaxel (median not estimable v 8.5 months).",
        "In TheraP, survival at longer follow-up did not differ significantly (HR 0.97; 0.70-1.35).",
        "What CARD did not show:\n\n- That it delays deterioration of FACT-P.",
        "TROPIC lowered the risk of death [1]; 20 mg/m2 was non-inferior to 25 mg/m2 [2].\n\nReferences\n\n"
        "1. de Bono JS, Oudard S, et al. Lancet 2010;376:1147-1154.\n"
        "2. Eisenberger M, et al. J Clin Oncol 2017;35:3198-3206.",
        "CORN2019 compared cabazitaxel with and without carboplatin.",
        "In TROPIC, half of the men on cabazitaxel lived without growth of the cancer for over 2.8 months.",
    ],
)
def test_sentences_that_were_once_misread_pass(text: str) -> None:
    assert [f"{v.rule}: {v.message}" for v in told(text)] == []


def test_a_numbered_reference_of_another_trial_cannot_support_a_sentence() -> None:
    text = (
        "TROPIC showed longer survival than with mitoxantrone.[2]\n\nReferences\n\n"
        "1. de Bono JS, Oudard S, et al. Lancet 2010;376:1147-1154.\n"
        "2. de Wit R, de Bono J, et al. N Engl J Med 2019;381:2506-2518."
    )
    assert "citations" in rules(text)
    assert "citations" not in rules(text.replace("mitoxantrone.[2]", "mitoxantrone.[1]"))


def test_one_fault_is_told_once_with_both_sides_in_it() -> None:
    [one] = told("In CARD, the hazard ratio for death was 0.94 (95% CI 0.46-0.89; P=0.008).")
    assert {rule for rule, _ in one.also} | {one.rule} >= {"estimate_in_interval", "against_findings"}
    assert any("0.64" in line for line in one.arithmetic)


def test_a_heading_governs_what_stands_under_it_whatever_is_named_in_passing() -> None:
    text = (
        "# PROSELICA\n\n- Meant to preserve half of the benefit seen in TROPIC\n\n"
        "- Median OS 13.4 months v 14.5 months\n- PSA response 29.5% v 42.9%"
    )
    assert told(text) == []
    [wrong] = told(text.replace("29.5%", "25.9%"))
    assert "PROSELICA" in wrong.message


def test_a_verdict_speaks_in_words_and_not_in_ids() -> None:
    [one] = told("In PROSELICA, the PSA response rate was 29.5% with cabazitaxel 25 mg/m2.")
    shown = " ".join((one.message, *one.arithmetic))
    assert "cabazitaxel 20 mg/m2" in shown
    assert "cabazitaxel_20" not in shown
    assert "psa50" not in shown


@pytest.mark.parametrize(
    ("text", "severity"),
    [
        ("In CARD, the hazard ratio for death was 0.64 (95% CI 0.46-1.08).", "A"),  # on the other side of 1
        ("In CARD, the hazard ratio for death was 0.64 (95% CI 0.46-0.98).", "B"),  # a digit
        ("In CARD, median overall survival was 18.6 months with cabazitaxel.", "A"),  # far off
    ],
)
def test_a_wrong_number_is_grave_where_it_misleads_about_the_result(text: str, severity: str) -> None:
    [one] = told(text)
    assert one.severity == severity


def test_where_two_sources_differ_a_true_sentence_is_no_fault() -> None:
    text = "In CARD, pain response was seen in 51 of 111 patients (46%) with cabazitaxel."
    assert told(text) == []
    assert sources_differ(read_claims(document_of(text, "text.md"), KNOWN), STORE)
