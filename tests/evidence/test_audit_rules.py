"""Each rule where it must speak, and where it must not: many of the second kind were met in open papers."""

from __future__ import annotations

import pytest
from audited import rules, verdicts


@pytest.mark.parametrize(
    "sentence",
    [
        "HR 0.70 (95% CI 0.59-0.83; P<0.0001).",
        "HR 0.59 (95% CI 0.35-1.01; P=0.050).",  # touches 0.05 within rounding
        "HR 0.97 (95% CI 0.70-1.35; P=0.99).",  # log-rank and Cox differ
        "HR 1.024 (97.78% CI 0.886-1.184).",
        "Median 8.8 months (IQR 3.9-12.0).",  # an uneven interval of a median is no fault
        "Median overall survival 15.2 months (95% CI 11.3-19.4).",
        "Median PFS was 4.4 v 2.7 months (HR 0.52; 95% CI 0.40-0.68).",  # medians have another ratio
        "The hazard ratio was 1.10 (95% CI 0.95-1.27; P for non-inferiority 0.001).",
        "The HR was 0.80 (95% CI 0.50-1.28), P for interaction = 0.01.",
        "The risk ratio was 0.7 (95% CI 0.13-1.2).",  # even as it is printed
        "HbA1c fell by 0.7% (95% CI -1.0 to -0.4).",
        "Response rates were 34.8% v 33.3% (P=0.94, 95% CI 0.26 to 4.25).",  # the interval is of a ratio
        "Weight rose by 1 kg over 2 years (99% CI 0.6-1.4 kg).",
        "The mean age was 4.9 years (range 12 months to 11 years).",
        "Mean 17.3 +/- 5.2 days (range 9-26 days).",
        "At a cut-off of 140/90, 50% were above target.",
        "The rate was 72% (20/20-mg group) and 53% (20/30 mg).",
        "Blocks of 2 (20%), 4 (60%) and 6 (20%) were used.",
        "Of the remaining 39 (87.2%) practices took part.",
        "Cumulative incidence: 35 of 344 patients (10.9%).",  # a percent of a curve
        "5 of 84 patients (6%) had fever.",
        "A rate of 2% (19 of 837) was cut off and not rounded: 2.2% (19 of 837).",
        "A total of 123 patients assigned to drug A, 123 to drug B, and 123 to drug C were safe.",
        "Of these 119 patients, 15 left; the remaining 104 were assigned to A (n = 52) or B (n = 52).",
        "Sampling lasted from September to February 2013.",
        "HR rose (+2.3 bpm, 95% CI -5.0 to 0.5).",
        "Reliabilities were 96.1% (95% confidence interval, 0.916 to 0.982).",
        "80 patients were randomised to saline (n = 40) or drug B (n = 40): high (n = 20) or low (n = 20).",
        "60 patients had adverse events (20 nausea, 15 vomiting).",
        "24% of the women and 16% of the men agreed.",
        "In 2003-2004 and in 1998–99 patients were enrolled at 3 sites.",
        "The protocol (AMH 2010-01-80) was approved; software 2.1.30 February 2003 was used.",
        "Over a 5-year period there is a risk of 26-50%; the trial ran from 1994 to 2003.",
        "One-hundred patients aged over 70 years were enrolled from May 2010 to January 2011.",
        "Values are mean ± SD (interquartile range). Severe adverse events (SAEs) were counted.",
        "Public service advertisement (PSA) was shown.",
        "The difference was marginally significant (P = 0.07).",
        "The groups did not differ significantly (P = 0.3).",
        "None of the differences were significant (P = 0.51).",
        "There was a 16% decrease in risk scores; men were 59% less likely to do so (OR = 0.41).",
        "An approximately 40% reduction in the risk of death was seen (HR 0.606).",
        "A Simon two-stage design with 43 patients: null 20%, target 40%, alpha 0.05, 80% power.",
        "64 patients per group give 80% power at an effect size of 0.5 between groups (two-sided 0.05).",
        "A response in 21/27 (78%) v 2/28 (7%), P = 0.001.",  # written for P < 0.001
        "HR 0.52 (95% CI 0.40-0.68; P = 0.0001).",
        "The admission rate fell by 8.3% (odds ratio 0.31, 95% CI 0.13-0.70).",
        "Biopsies of site 2 (90.1%) and stage 2/3 (92.3%) were seen; ECOG 0 to 1 (83.5%).",
        "R10 and 10/20 (24.3%, 42.4%, and 52.6%, respectively) reached it.",
        "63 patients given it every 4 weeks (90.0%) left; 17 of the 36 patients (59% of those treated) did.",
        "Data were there at six (85%) and 12 (88%) weeks; samples were fixed with 1/3 carbowax (20% glycol).",
        "Three patients (13%, 2/14 in one group and 1/9 in the other) had it.",
        "Rates of 90% and 89.5%, and a difference of 10 points or less, are assumed.",
        "Two groups of 20 practices have 89% power to detect 42.5% v 57.5% in 41 patients per practice.",
        "TG was significantly higher (P = 0.06-0.003).",
        "11.6% of the 17 million people aged 20-79 years have it.",
        "The endpoint was the objective radiographical response rate (ORR) or complete response rate (CR).",
        "With a mean age of 72 years, many are above 70 years [1-3].",
        "6 cycles of 7.4 GBq (44.4 GBq in total) were given.",
        "Blood: 10 mL at baseline and before each cycle, 100 mL in total.",
        "Toxicity was graded by CTCAE version 4.0 and NCI-CTCAE v3.0; response by iRECIST and RECIST 1.0.",
    ],
)
def test_a_sentence_that_can_be_true_passes_in_silence(sentence: str) -> None:
    assert [(v.rule, v.message) for v in verdicts(sentence)] == []


@pytest.mark.parametrize(
    ("sentence", "rule"),
    [
        ("HR 0.94 (95% CI 0.46-0.89).", "estimate_in_interval"),
        ("Median survival was 10.2 months (95% CI 11.3-19.4).", "estimate_in_interval"),
        ("Response 46.5% (95% CI 33.9-44.5).", "estimate_in_interval"),
        ("HR 0.97 (95% CI 0.87-1.35).", "uneven_interval"),
        ("HR 0.65 (95% CI 0.51-0.78).", "uneven_interval"),
        ("OR 1.33 (95% CI 0.53-3.36; P=0.027).", "p_and_interval"),
        ("HR 0.64 (95% CI 0.46-0.89; P=0.12).", "p_and_interval"),
        ("A response was seen in 22 of 27 (85%).", "percent_of_count"),
        ("36.5% of 129 patients responded.", "percent_of_count"),
        ("Of 84 patients, 19 (26.2%) responded.", "percent_of_count"),
        ("8 (9.6%) of 103 patients had it.", "percent_of_count"),
        ("Response was 41/115 (35.7%) v 15/111 (13.5%), P=0.03.", "p_of_counts"),
        ("336 children were randomly allocated: A (n = 111), B (n = 115), C (n = 111).", "parts_and_total"),
        ("There were 153 deaths (70 with drug A and 93 with drug B).", "parts_and_total"),
        ("137 patients were screened: 40 positive, 63 negative and 43 undetermined.", "parts_and_total"),
        ("Survival was 15.1 v 12.7 months, a gain of 3.4 months.", "differences"),
        ("The risk of death was reduced by 46% (HR 0.64).", "differences"),
        ("Survival was significantly longer (HR 0.91, 95% CI 0.69-1.19; P=0.52).", "words_and_results"),
        ("120 events give 90% power for a hazard ratio of 0.67 (two-sided alpha 0.05).", "design_power"),
        ("60 patients give 80% power for a hazard ratio of 0.80 (two-sided 0.05).", "design_power"),
        ("30 pairs give 80% power at an effect size of 0.82 (paired t-test, alpha 0.05).", "design_power"),
        ("20 patients per group give 90% power at an effect size of 0.5 between groups.", "design_power"),
        ("Simon two-stage, 29 patients: null 20%, target 40%, alpha 0.05, 80% power.", "two_stage_design"),
        ("We will accrue 40 patients to have 30 evaluable, expecting 50% to fail.", "accrual"),
        ("Prednisone 5 mg twice daily (20 mg daily) was given.", "amounts"),
        ("Blood is 2 x 10 mL at baseline and after cycle 2, 60 mL in total.", "amounts"),
        ("Patients were enrolled from 7 November 2000 to 17 March 2003, over 37 months.", "periods"),
        ("The trial ran from 1 January 2011 to 31 June 2013.", "periods"),
        ("Toxicity was graded with CTCAE v4.3.", "standards"),
        ("Response followed RECIST version 1.2.", "standards"),
        ("The primary endpoint was overall survival (PFS).", "acronyms"),
        ("Events follow the Medical Dictionary for Regulatory Affairs (MedDRA).", "acronyms"),
    ],
)  # fmt: skip
def test_a_sentence_that_cannot_be_true_is_told(sentence: str, rule: str) -> None:
    assert rules(sentence) == [rule]


def test_the_arithmetic_is_shown() -> None:
    (verdict,) = verdicts(
        "30 pairs give 80% power at an effect size of 0.82 (paired t-test, two-sided alpha 0.05)."
    )
    assert verdict.message == "a paired t test of 30 pairs at effect size 0.82 has power 0.99, not 0.80"
    assert verdict.arithmetic == (
        "14 pairs reach 0.8 at 0.82 (alpha 0.05, two-sided)",
        "30 pairs reach it at 0.53",
        "stated power 0.80; computed 0.991",
    )
    assert verdict.findings == ()


def test_a_percent_without_its_count_names_the_wholes_of_the_text_that_give_it() -> None:
    (verdict,) = verdicts("36.5% of 129 patients responded. Of those measured, 23 of 63 (36.5%) did.")
    assert verdict.arithmetic[-1] == "wholes of the text that give 36.5%: 23 of 63"


def test_one_in_the_last_digit_is_imprecise_and_more_cannot_be() -> None:
    assert [v.severity for v in verdicts("22 of 27 patients (82%) improved.")] == ["C"]
    assert [v.severity for v in verdicts("22 of 27 patients (85%) improved.")] == ["A"]


def test_a_fault_is_told_once_and_not_by_what_follows_from_it() -> None:
    assert rules("HR 0.94 (95% CI 0.46-0.89; P=0.008).") == ["estimate_in_interval"]


OS_13_6 = "Median OS was 13.6 months with drug A."
HR_0_64 = "The HR for death was 0.64"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (f"{OS_13_6}\n\nThe median OS with drug A was 16.3 months.", True),
        (f"{OS_13_6}\n\nThe median OS with drug B was 16.3 months.", False),
        (f"{OS_13_6}\n\nMedian OS was 14 months with drug A.", False),  # rounded
        (f"{OS_13_6}\n\nIn patients aged 70 or older median OS was 16.3 months with drug A.", False),
        (f"{OS_13_6}\n\nIn the updated analysis median OS was 14.3 months with drug A.", False),
        (f"{OS_13_6}\n\nDrug A prolonged median OS by 2.6 months.", False),
        (f"In the ONE trial {OS_13_6}\n\nIn the TWO trial median OS was 16.3 months with drug A.", False),
        (f"{HR_0_64} (95% CI 0.46-0.89).\n\n{HR_0_64} (95% CI 0.46-0.98).", True),
    ],
)  # fmt: skip
def test_one_result_is_said_one_way(text: str, told: bool) -> None:
    assert (rules(text).count("two_ways") == 1) is told
