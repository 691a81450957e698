"""Wholes and their kinds, and what else of arithmetic stands in any order of words."""

from __future__ import annotations

import pytest
from audited import rules, verdicts


@pytest.mark.parametrize(
    "text",
    [
        "Of the 96 women, 31 had receptor-positive, 58 receptor-negative and 9 unknown disease.",
        "Findings: Of 137 men screened, 40 were positive, 63 negative and 43 undetermined.",
        "The assay was positive in 44, negative in 61 and not evaluable in 25 of the 120 patients tested.",
        "A total of 120 patients were tested: 44 were positive, 61 negative and 25 inconclusive.",
        "We tested 120 patients. Of these, 44 were positive, 61 negative and 25 inconclusive.",
        "120 patients were tested, of whom 44 were positive, 61 were negative and 25 were inconclusive.",
        "In all, 64 men and 52 women (n = 126) took part.",
        "There were 64 men and 52 women among the 126 participants.",
        "Best responses among the 52 patients were complete in two, partial in 14, stable disease in 21 and "
        "progressive disease in nine, and three were not evaluable.",
        "The analysis was made in 674 men. Of these, 338 had been assigned to drug A and 346 to drug B.",
        "In this trial 410 patients were randomised 1:1. There were 204 in the drug A arm and 216 in the "
        "control arm.",
        "By the cut-off 181 patients had died, 85 in the drug A arm and 106 in the control arm.",
    ],
)
def test_kinds_that_leave_nobody_out_make_their_whole(text: str) -> None:
    assert rules(text) == ["parts_and_total"]


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("At one patient per centre and month six centres accrue the 144 patients in 12 months.", "accrual"),
        ("With six centres each enrolling about one patient a month, accrual of the 54 patients will be "
         "complete four months after the last centre opens.", "accrual"),
        ("The hazard ratio was 0.71; its 95% confidence interval (0.55 to 0.92) and P value (0.21) are "
         "of a Cox model.", "p_and_interval"),
        ("Recruitment of 300 patients at 10 per month will take 20 months.", "accrual"),
        ("About half of the men will not give a usable pair. Sixty men will therefore be accrued, of whom 45 "
         "are expected to be evaluable.", "accrual"),
        ("Between 6 February 2018 and 3 September 2019, a span of 31 months, 200 men were randomised.",
         "periods"),
        ("First patient enrolled: 2 January 2007. Last patient enrolled: 23 October 2008. Data cut-off: 25 "
         "September 2008.", "timeline"),
        ("The first patient began on 4 March 2019 and the last on 20 November 2020; follow-up was closed on "
         "15 January 2021. Median follow-up was 26.4 months.", "timeline"),
        ("Blood is drawn. First 2 x 10 mL, 20 mL. Later 3 x 10 mL, 30 mL. In total 65 mL.", "amounts"),
        ("Blood is drawn: 10 mL, then 12 mL, then 20 mL, 52 mL in total.", "amounts"),
        ("Seventy-one patients were randomised, 36 to drug A and 35 to drug B. A response was recorded in 14 "
         "(41.7%) and 9 (25.7%) patients.", "percent_of_count"),
    ],
)  # fmt: skip
def test_rates_dates_volumes_and_percents_in_other_words(text: str, rule: str) -> None:
    assert rules(text) == [rule]


@pytest.mark.parametrize(
    "text",
    [
        "Of the 96 women, 31 had receptor-positive, 58 receptor-negative and 7 unknown disease.",
        "Of 120 patients, 44 had fatigue, 61 nausea and 25 an unknown event.",
        "Of 96 women, 30 were positive for marker A and 50 negative for marker B.",
        "Of 200 men, 120 were hormone-resistant and 110 had bone metastases; status was missing in 12.",
        "Of the 100 patients, 12 had a complete response, 30 a partial response and 40 stable disease.",
        "Among the 80 patients, 50 were men; 30 of the 50 men and 10 of the 30 women had a response.",
        "Of 137 men screened, 40 were positive, of whom 25 were treated, 63 negative and 34 undetermined.",
        "Of 150 patients, 70 were PD-L1 positive, and 90 were HER2 negative.",
        "Of 90 patients, 40 were positive at baseline, 30 at week 4 and 20 were not tested.",
        "Of the 60 patients, 25 were men with and 20 men without metastases, and 15 were women.",
        "In this trial 410 patients were randomised 1:1. There were 20 women in the drug A arm and 25 in the "
        "control arm.",
        "With six centres each enrolling one patient a month, the 54 patients will be in nine months after "
        "the last centre opens.",
        "Patients were enrolled from May 2014 to March 2016; the interim data cut-off was 30 November 2015.",
        "Patients were treated from March 2014 to May 2016, 6 months after surgery.",
        "Enrolment ran from January 2015 to June 2016, 24 months before the final analysis.",
        "A tube of 10 mL is drawn. Another of 5 mL follows. In total 30 mL is drawn over two cycles.",
        "Baseline blood: 25 mL. On treatment: 3 x 10 mL, 30 mL. In total 55 mL of blood is taken.",
        "At the interim analysis the hazard ratio for overall survival was 0.65 (95% CI 0.54-0.77). At the "
        "final analysis the hazard ratio for overall survival was 0.74 (95% CI 0.64-0.86).",
        "Circulating tumor cells (CTC) were graded by Common Toxicity Criteria (CTC).",
        "The end point was imaging-based (radiographic) progression-free survival (rPFS).",
    ],
)
def test_what_only_looks_so_passes_in_silence(text: str) -> None:
    assert [(v.rule, v.message) for v in verdicts(text)] == []
