"""Each fault of arithmetic in several constructions, and beside it what looks alike and can be true."""

from __future__ import annotations

import pytest
from audited import rules, verdicts

FAULTS = {
    "p_and_interval": [
        "The hazard ratio was 0.81, with a 95% confidence interval running from 0.66 to 0.99 (p = 0.31).",
        "Although it did not reach significance (P = 0.24), the hazard ratio was 0.70 (95% CI 0.55-0.89).",
        "The confidence interval around the hazard ratio of 1.12 went from 0.91 to 1.38, and P was 0.003.",
        "A hazard ratio of 0.90 with a 95% interval of 0.72 to 1.13 was found (p=0.0001).",
    ],
    "percent_of_count": [
        "The safety population was 87 people. Nausea was reported by 23% of them (n = 17).",
        "Seventeen of 60 men (38%) had a response.",
        "In the cohort of 28 patients, disease control was reached in 59%.",
        "Thirty patients, or 52% of the 75 enrolled, completed all cycles.",
        "Among 64 evaluable women there were nine complete responses (24%).",
        "Nausea (n = 24, 31%) was common among the 64 patients.",
        "A total of 19 events were seen in 13 patients (21.7% of 72).",
        "Of the 52 people who took the tablets, 21 (60%) had smaller tumours.",
        "Among the 205 patients events occurred in 94 (45.9%). The most common were anaemia, in 31 patients "
        "(15.1%), and fatigue, in 18 (12.3%).",
    ],
    "parts_and_total": [
        "A total of 412 patients underwent randomisation, 207 being allocated to A and 215 to placebo.",
        "With 61 patients in the A arm and 64 in the control arm, the trial randomised 135 people in all.",
        "Of the 524 men randomised, 262 were given A while the other 252 had placebo.",
        "64 participants were randomised. Of these, 31 were allocated to exercise and 43 to usual care.",
        "- Randomised: 240 patients\n- Arm A: 122 patients\n- Arm B: 128 patients",
        "| Stage | Patients |\n| --- | --- |\n| II | 33 |\n| III | 41 |\n| IV | 30 |\n| Total | 114 |",
        "Among the 130 patients, performance status was 0 in 58, 1 in 61 and 2 in 21.",
        "Reasons for stopping in these 48 were progression (29), toxicity (9), consent (6) and death (8).",
        "In all 480 patients were recruited at 41 centres. They were randomly allocated to chemotherapy "
        "(242 patients) or to observation (248 patients).",
        "Randomised (n = 400): allocated to intervention (n = 201), allocated to control (n = 209).",
        "Best overall response (n=80): CR 5, PR 28, SD 30, PD 21, NE 4.",
        "ECOG PS 0/1/2 was recorded in 22, 30 and 6 of the 68 patients, respectively.",
        "Receptor status: positive 48%, negative 37%, unknown 25%.",
        "Of the 118 deaths, 90 were due to cancer, 12 to heart disease and 26 to other causes.",
    ],
    "design_power": [
        "Median PFS is 6 months in one arm and 9 months in the other. With 110 events the two-sided log-rank "
        "test at the 5% level has a power of 80%.",
        "Fifty patients per group give 90% power for a standardised effect size of 0.33 with a two-sample "
        "t-test at the two-sided 0.05 level.",
        "A single-arm sample of 25 patients gives 90% power to distinguish a response rate of 20% from an "
        "uninteresting rate of 10% (one-sided 5%).",
        "To show a 25% reduction in the risk of death with 80% power (two-sided 5%), 150 deaths are needed.",
        "Alpha was 0.025 one-sided. The target hazard ratio is 0.65. Power is 90% with 130 events.",
    ],
    "accrual": [
        "At a rate of five patients per month, 120 patients will be enrolled within one year.",
        "Six centres, each recruiting two patients a month, should complete the 288 patients in 12 months.",
        "- Sample: 200 patients\n- Accrual: 10 patients/month\n- Accrual period: 10 months",
        "Centres see 15 eligible patients per month, one third of whom are expected to consent, and accrual "
        "of 180 patients is to be completed in 12 months.",
        "- Number of sites: 20\n- Recruitment rate: 0.5 patients per site per month\n- Target: 240 patients\n"
        "- Recruitment period: 12 months",
        "The yearly accrual is 30 patients. The sample size of 150 will be reached within 2 years.",
        "Since 30% of the men screened are expected to be positive, 90 men will yield 45 positive men.",
        "Allowing for a drop-out rate of 10%, 66 patients will be recruited for 64 who can be evaluated.",
    ],
    "amounts": [
        "Six blood samples of 4 mL each will be drawn, for a total of 30 mL.",
        "Blood of 20 mL is taken at each of three visits, that is 80 mL in all.",
        "One 10-mL tube of blood is collected at baseline and at weeks 4, 8 and 12 (total volume 50 mL).",
        "Blood: 2 x 7.5 mL EDTA and 1 x 5 mL serum = 25 mL.",
        "At each of the 8 visits two 5 mL tubes of blood are collected, so the total volume will be 100 mL.",
        "A man with a body surface area of 2.0 m2 who is to have 75 mg/m2 is given 130 mg.",
        "It was given at 1000 mg/m2 twice daily, a daily dose of 2500 mg/m2.",
        "The total dose was 60 Gy in 25 fractions of 2 Gy.",
        "The dose was 1.5 g per day (500 mg four times daily).",
    ],
    "lengths": [
        "Patients received three cycles of 21 days each (84 days).",
        "Treatment comprised eight 3-week cycles (32 weeks).",
        "Accrual will last 24 months and follow-up 12 months, for a total duration of 48 months.",
    ],
    "periods": [
        "The study opened in 2010 and closed in 2013; during these eight years of accrual 150 people joined.",
        "Between 2012 and 2010 patients were enrolled.",
    ],
    "timeline": [
        "Study start: June 2012. Primary completion: March 2011.",
        "The first patient was enrolled in May 2018, and the data cut-off was 14 February 2018.",
        "Patients were accrued between May 2016 and May 2018. At the data cut-off (1 March 2019), "
        "median follow-up was 48.2 months.",
    ],
    "standards": [
        "Between 2003 and 2005 we treated 66 patients, and response was assessed with RECIST version 1.1.",
        "The trial recruited its last patient in 2011. Toxicity was recorded using CTCAE v5.0.",
        "Patients were treated between 2010 and 2011. Response was assessed by iRECIST.",
        "Toxicity was scored with version 4.13 of the CTCAE.",
        "Events were coded with MedDRA version 17.3.",
        "The protocol followed ICH E6(R5).",
    ],
    "acronyms": [
        "The endpoint was overall response survival (OS).",
        "Prophylaxis with G-CSF, granulocyte colony-suppressing factor, was given.",
        "Mutations of the endothelial growth factor receptor (EGFR) were excluded.",
        "Efficacy was analysed by intention to test (ITT).",
        "In men with chemotherapy-resistant prostate cancer (CRPC) it is active.",
    ],
    "two_ways": [
        "The overall response rate was 42%. It was mild. With an overall response rate of 24% it is active.",
        "Between 2013 and 2015, 212 patients were enrolled. All 221 enrolled patients were analysed.",
        "The median age was 64 years. They were well. Our patients had a median age of 46 years.",
        "Grade 3 neutropenia occurred in 34%. Later we saw grade 3 neutropenia in 22 of 91 patients.",
        "In the text median PFS was 5.8 months with drug A.\n\n| | drug A | drug B |\n| --- | --- | --- |\n"
        "| Median PFS, months | 8.5 | 4.1 |",
    ],
}  # fmt: skip


@pytest.mark.parametrize(("rule", "text"), [(rule, text) for rule, held in FAULTS.items() for text in held])
def test_a_fault_is_told_in_any_construction(rule: str, text: str) -> None:
    assert rule in rules(text)


@pytest.mark.parametrize(
    "text",
    [
        "Of the 120 patients, 96 had measurable disease; 31 of these (32%) responded.",
        "At 12 months an estimated 63% of the 48 patients were alive.",
        "Of 300 patients randomised, 295 were treated, 147 with A and 148 with B; five never started.",
        "Of the 39 participants randomised, 34 gave data at 3 months and 27 at 6 months.",
        "Of 80 patients, 66 had bone, 31 lymph node and 18 visceral metastases.",
        "Performance status was 0 in 58 and 1 in 61 of the 130 patients.",  # others are not named
        "Of the 41 participants, 25 were randomised: 12 to A and 13 to B.",
        "Performance status was 0 in 34%, 1 in 53% and 2 in 14%.",  # rounded
        "A response was seen in 35.7% and 13.5%, and a fall of PSA in 36.5% and 11.5%.",
        "A 25% reduction in the risk of death is seen with 380 deaths at 80% power (two-sided 5%).",
        "With 160 patients and 110 events the power is 80% for a hazard ratio of 0.58 (two-sided 5%).",
        "After a run-in of three months accrual is 10 patients a month, and 150 will be in within 18 months.",
        "Allowing for a 25% dropout, we will recruit 25 patients in each group, 50 patients in all.",
        "The events were 1.5 per 1,000 subjects per year; 10,000 patients were included over 3 months.",
        "The site sees four patients a week, of whom half should take part; 104 are included in a year.",
        "Five tubes of 10 mL blood are taken first, 50 mL in total, and two tubes of 10 mL later (20 mL).",
        "Eight blood samples of 3 mL each are drawn in cycle 1 and again in cycle 2 (48 mL altogether).",
        "Of these 101 patients, 39 patients (39%) dropped out from T1 to T2.",
        "Of the 205 patients 31 (15.1%) had anaemia. Of those with anaemia, 12 (39%) had a transfusion.",
        "Forms were sent to 60 people. Most of these consent forms (n=45, 88%) were returned.",
        "Of 546 people 476 were randomised. Of these, 339 (71.2%) completed the study.",
        "Among 7,557 samples 20 (0.26%) were rejected pre-training and 16 (0.16%) post-training.",
        "School was finished in 50% women and 56.7% men of the one group.",
        "The glomerular filtration rate (eGFR) was measured.",
        "A total of 62 patients were randomly allocated to two equal groups (n = 31 in each group).",
        "With an expected dropout of 14% we will randomise 50 patients to each of four dose groups and "
        "the placebo group (250 patients in total).",
        "By race, 37.5% were Hispanic, 33.9% were Asian, 17.8% were black, and the remainder were others.",
        "60 patients were included to allow a drop-out of 10% (6 subjects).",
        "Response was scored by response criteria in solid tumours (RECIST).",
        "At every one of four visits 15 mL of blood is taken, 60 mL altogether.",
        "Plasma: 10 mL at baseline, at 12 weeks and at progression = 30 mL.",
        "Treatment was given in six cycles of 28 days (24 weeks).",
        "Patients were accrued between May 2016 and May 2018; at the data cut-off (1 March 2020) the median "
        "follow-up was 28.2 months.",
        "In 2021 we reviewed the scans of patients treated between 2005 and 2007 and applied RECIST 1.1.",
        "Toxicity was graded by CTCAE 3.0 in the first cohort (2006-2009) and by CTCAE 4.0 in the second "
        "(2010-2012).",
        "Adverse effects (AEs) and the objective radiographical response rate (ORR) were recorded.",
        "A visual analog satisfaction (VAS) questionnaire and overall satisfaction (OS) were used.",
        "Men had castrate-resistant prostate carcinoma (CRPC); aspartate amino transferase (AST) rose.",
        "Median OS was 20.1 months in the low-dose arm. In the high-dose arm median OS was 23.0 months.",
        "The response rate was 24%. This response rate of 24% is below that of older series (42%).",
        "The response rate by the investigators was 31%. The response rate by central review was 26%.",
        "The median age was 67 years (68 years in the one arm and 66 years in the other).",
    ],
)
def test_what_looks_alike_and_can_be_true_passes_in_silence(text: str) -> None:
    assert [(v.rule, v.message) for v in verdicts(text)] == []
