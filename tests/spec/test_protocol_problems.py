"""Every code of a protocol, by the smallest change to a good file that brings it about.

Each row: code, the file, what is changed, what it becomes, and what the remedy must say. The code must be the
only one, and its line must be the line of the marked text (the first line that differs when none is marked).
"""
# ruff: noqa: E501

from __future__ import annotations

import re
from pathlib import Path

import pytest

import trialist
from trialist.problems import Problem
from trialist.protocol.check import check_protocol
from trialist.protocol.parse import parse_protocol, read_protocol

HERE = Path(__file__).parent / "protocols"
GOOD = {name: (HERE / f"{name}.yaml").read_text(encoding="utf-8") for name in ("two_arms", "by_rule")}


def problems_of(text: str) -> tuple[Problem, ...]:
    protocol, problems = parse_protocol(text, "p.yaml")
    return problems if protocol is None else check_protocol(protocol)


@pytest.mark.parametrize("name", GOOD)
def test_a_protocol_with_nothing_to_say_has_no_problem(name: str) -> None:
    assert problems_of(GOOD[name]) == ()


WORDS = [
    ("E005", "two_arms", GOOD["two_arms"], "# nothing yet\n", "begins with 'trial:'"),
    ("E010", "two_arms", "title: A new drug or", "title: A new drug: or", "quotes"),
    ("E010", "two_arms", "[NCT00000000]", "[NCT00000000", "[a, b]"),
    ("E011", "two_arms", "  epochs: [{id: s", "\tepochs: [{id: s", "spaces"),
    ("E012", "two_arms", "blinding: open_label", "condition: cancer", "keep one"),
    ("E013", "two_arms", "condition: advanced", "condition: &c advanced", "write the part out"),
    ("E013", "two_arms", "condition: advanced cancer", "condition: *c", "write the part out"),
    ("E014", "two_arms", '"2": 0.05', "2: 0.05", '"2":'),
    ("E015", "two_arms", "accrual_months: 36", "accrual_months: !!int 36", "remove the tag"),
    ("E016", "two_arms", "records:\n", "---\nrecords:\n", "one protocol per file"),
    ("E017", "two_arms", "advanced cancer", "advanced\u0007 cancer", "delete it"),
    ("E018", "two_arms", GOOD["two_arms"], "- trial\n", "begin with 'trial:'"),
    ("E019", "two_arms", "accrual_months: 36", "accrual_months: .inf", "finite"),
    ("E019", "two_arms", "accrual_months: 36", f"accrual_months: {'9' * 400}", "shorter"),
    ("E101", "two_arms", "    soft_tissue:", "    softtissue:", "did you mean 'soft_tissue'?"),
    ("E101", "two_arms", "{new_anticancer_therapy: hyp", "{new_therapy: hyp", "did you mean 'new_anticancer_therapy'"),
    ("E102", "two_arms", "{derive: best_overall_response, confirmed: true}", "{derive: best_overall_response}",
     "add 'confirmed:'"),
    ("E103", "two_arms", "derive: overall_survival", "derive: survival", "did you mean 'overall_survival'?"),
    ("E103", "two_arms", "method: paired_t", "method: [paired_t]", "use one of kaplan_meier"),
    ("E104", "two_arms", "{method: paired_t, estimand", "{estimand", "add 'method:' with one of"),
    ("E105", "two_arms", "randomised: true", "randomised: yes", "true or false"),
    ("E105", "two_arms", "{levels: [short, long]}", "{levels: short}", "[a, b]"),
    ("E105", "two_arms", "accrual_months: 36", "accrual_months:", "write a number"),
    ("E105", "two_arms", "dose: 1000 mg", "dose: [1000 mg]", "a dose with its unit"),
    ("E106", "two_arms", "rule: fda", "rule: fdaa", "did you mean 'fda'?"),
    ("E106", "two_arms", "role: control", "role: 2", "write one of experimental"),
    ("E107", "two_arms", "alpha: 0.05, events", "alpha: 5, events", "less than 1"),
    ("E108", "two_arms", "cycle: 21 d", "cycle: 21", "write '21 d'"),
    ("E108", "two_arms", "power: 80 %, alpha: 0.05, events", "power: 0.8, alpha: 0.05, events", "write '80 %'"),
    ("E108", "two_arms", "dose: 25 mg/m2", "dose: 25 mg per m2", "mg/m2"),
    ("E108", "two_arms", "cycle: 21 d", "cycle: 1 month", "21 d"),
    ("E108", "two_arms", "cycle: 21 d", f"cycle: {'9' * 500} d", "with its unit"),
    ("E107", "two_arms", "accrual_months: 36", "accrual_months: 1000000000", "at most 600"),
    ("E107", "two_arms", "medians: {new: 8.0", "medians: {new: -8.0", "greater than 0"),
    ("E107", "two_arms", "{method: paired_t, estimand: change}", "{method: paired_t, estimand: change, level: 0.95 %}", "at least 0.5"),
    ("E107", "two_arms", "follow_up_months: 6", "follow_up_months: 601", "at most 600"),
    ("E107", "two_arms", "at_months: [6, 12]", "at_months: [6, 0]", "greater than 0"),
    ("E107", "two_arms", "at_months: [6, 12]", "at_months: [-3, 12]", "greater than 0"),
    ("E108", "two_arms", "at_months: [6, 12]", "at_months: [6, 12, 6]", "write each of them once"),
    ("E109", "two_arms", "{label: treated,", f"{{label: {'treated' * 50},", "at most 300"),
    ("E109", "two_arms", "title: A new drug or", f"title: {'A new drug ' * 50} or", "at most 500"),
    ("E107", "two_arms", "follow_up_months: 6", "follow_up_months: 6\n  psa_response: {new: 5}", "at most 1"),
    ("E107", "two_arms", "follow_up_months: 6", "follow_up_months: 6\n  objective_response: {new: -1}", "at least 0"),
    ("E107", "two_arms", "follow_up_months: 6", "follow_up_months: 6\n  adverse_events: {pain: {new: [0.2, 7]}}", "at most 1"),
    ("E107", "two_arms", "follow_up_months: 6", "follow_up_months: 6\n  markers: {MARK: [1, -3]}", "at least 0"),
    ("E107", "two_arms", "follow_up_months: 6", "follow_up_months: 6\n  cut_at_events: {rpfs: -4}", "at least 1"),
    ("E109", "two_arms", "window: [7, 6]", "window: [7]", "write all"),
    ("E109", "two_arms", "{derive: overall_survival}", "{derive: overall_survival, paramcd: SURVIVALTIME}", "at most 8"),
]  # fmt: skip

ARITHMETIC = [
    ("W118", "two_arms", "pairs: 14", "pairs: 30", "14 pairs reach 0.80 at 0.82; 30 pairs reach 0.80 at 0.53"),
    ("W119", "two_arms", "n: 35}", "n: 20}", "38 subjects reach 0.80 at 0.4; 20 subjects reach 0.80 at 0.469"),
    ("W119", "two_arms", "null: 0.2", "null: 0.4", "state the difference"),
    ("W120", "two_arms", "n: 164}", "n: 100}", "164 subjects reach 0.80 at 0.4"),
    ("W120", "two_arms", "control: 0.2", "control: 0.4", "state the difference"),
    ("W121", "two_arms", "events: 196", "events: 90", "90 events give power 0.48 at 0.67 and reach 0.80 at 0.55"),
    ("W121", "two_arms", "hazard_ratio: 0.67", "hazard_ratio: 1", "state the hazard ratio"),
    ("W122", "two_arms", "accrued: 40", "accrued: 28", "accrued reach it with probability 0.90"),
    ("W123", "two_arms", "n: 234", "n: 150", "one event at most"),
    ("W126", "two_arms", "n: 234, source", "n: 234, looks: [0.5, 1], levels: [0.01, 0.05], source", "correct levels"),
    ("W127", "two_arms", "hazard_ratio: 0.67", "hazard_ratio: 0.67, margin: 0.6", "correct hazard_ratio or margin"),
    ("W128", "two_arms", "n: 234, source", "n: 234, control_hazards: [[1, 0.1]], source", "from month 0 on"),
    ("W129", "two_arms", "n: 234, source", "n: 234, looks: [0.5, 1], source", "state boundary, spending"),
    ("W130", "two_arms", "n: 234, source", "n: 234, control_median_months: 20, accrual_months: 12, "
     "follow_up_months: 6, source", "follow until month"),
    ("W132", "two_arms", "0.05, events: 196", "0.025, sides: 1, looks: [0.5, 1], spending: pocock, futility: [4], "
     "events: 196", "lower futility"),
    ("W140", "two_arms", "  - {for: change, test: evaluability", "  - {for: response, test: simon, null: 0.1, alternative: 0.3, "
     "power: 80 %, alpha: 0.05, r1: 1, n1: 10, r: 4, n: 29}\n  - {for: change, test: evaluability", "optimal 1/10 then 5/29"),
    ("W141", "two_arms", "  - {for: change, test: evaluability", "  - {for: change, test: correlation, rho: 0.3, n: 84, "
     "power: 90 %, alpha: 0.05}\n  - {for: change, test: evaluability", "112 subjects reach 0.90"),
    ("W142", "two_arms", "  - {for: change, test: evaluability", "  - {for: response, test: precision, of: proportion, "
     "value: 0.3, half_width: 0.05, n: 100}\n  - {for: change, test: evaluability", "subjects are needed"),
    ("W143", "two_arms", "  - {for: change, test: evaluability", "  - {for: response, test: simon, null: 0.5, "
     "alternative: 0.51, power: 80 %, alpha: 0.05, largest: 30}\n  - {for: change, test: evaluability", "search further"),
    ("W124", "two_arms", "stated_total: 50 mL", "stated_total: 40 mL", "40 mL are 4 tubes, 1 tube fewer"),
    ("W124", "by_rule", "stated_total: 100 mL", "stated_total: 95 mL", "correct the total"),
    ("W125", "two_arms", 'registry: "234"', 'registry: "324"', "nothing is chosen for you"),
]  # fmt: skip

MEANING = [
    ("E201", "two_arms", "analyses: [rpfs_hr, psa], p", "analyses: [rpfs_hr, psb], p", "did you mean 'psa'?"),
    ("E201", "two_arms", "cox_ph, estimand: primary, strata: [ecog, prior], test: log_rank", "fine_gray, event_of_interest: [DEATH], estimand: primary, covariates: [age, ecogg]", "did you mean 'ecog'?"),
    ("E487", "two_arms", "holm, alpha", "holm, weights: {psa: 0.5}, alpha", "use 'fallback' or 'graph'"),
    ("E487", "two_arms", "[rpfs_hr, psa], p", "[rpfs_hr, psa, psa], p", "each analysis once"),
    ("E487", "two_arms", "holm, alpha", "fallback, weights: {psa: 0.6, rpfs_hr: 0.5}, alpha", "at most 1"),
    ("E487", "two_arms", "holm, alpha", "fallback, weights: {orr: 0.6}, alpha", "analyses of the family"),
    ("E487", "two_arms", "holm, alpha", "graph, alpha", "add 'transitions:'"),
    ("E487", "two_arms", "[rpfs_hr, psa], p", "[rpfs_hr, orr], p", "without 'by:'"),
    ("E489", "two_arms", "kaplan_meier, estimand: primary, at_months: [6, 12]", "cumulative_incidence_function, event_of_interest: [DEATH], estimand: primary", "'at_months:'"),
    ("E487", "two_arms", "holm, alpha", "graph, transitions: {psa: {psa: 1}}, alpha", "name others"),
    ("E487", "two_arms", "holm, alpha", "graph, transitions: {orr: {psa: 1}}, alpha", "analyses of the family"),
    ("E487", "two_arms", "holm, alpha", "holm, transitions: {psa: {rpfs_hr: 1}}, alpha", "procedure: graph"),
    ("E489", "two_arms", "cox_ph, estimand: primary, strata: [ecog, prior], test: log_rank", "log_rank, estimand: primary, strata: [ecog, prior], weight: {kind: tarone_ware, rho: 1}", "take them out"),
    ("E489", "two_arms", "cox_ph, estimand: primary, strata: [ecog, prior], test: log_rank", "max_combo, estimand: primary, strata: [ecog, prior], weights: [{}, {kind: modestly_weighted}]", "one of them"),
    ("E489", "two_arms", "cox_ph, estimand: primary, strata: [ecog, prior], test: log_rank", "log_rank, estimand: primary, strata: [ecog, prior], weight: {kind: log_rank, floor: 0.5}", "modestly_weighted"),
    ("E489", "two_arms", "cox_ph, estimand: primary, strata: [ecog, prior], test: log_rank", "log_rank, estimand: primary, strata: [ecog, prior], adjust: holm", "pairs"),
    ("E201", "two_arms", "endpoint: marker", "endpoint: markr", "did you mean 'marker'?"),
    ("E201", "two_arms", "compare: [new, standard], summary", "compare: [new, standart], summary", "'standard'"),
    ("E201", "two_arms", "ratio: {new: 1, standard: 1}", "ratio: {new: 1, standard: 1, other: 1}", "known are new"),
    ("E201", "two_arms", "strata: [ecog, prior]\ns", "strata: [ecog, priors]\ns", "did you mean 'prior'?"),
    ("E201", "two_arms", "{epoch: follow_up", "{epoch: followup", "did you mean 'follow_up'?"),
    ("E201", "two_arms", "at: [baseline, scan]", "at: [baseline, scans]", "did you mean 'scan'?"),
    ("E201", "two_arms", "draws: [{at: baseline", "draws: [{at: basline", "did you mean 'baseline'?"),
    ("E201", "two_arms", "of: bor", "of: bors", "did you mean 'bor'?"),
    ("E201", "two_arms", "baseline: baseline", "baseline: screening", "known are baseline"),
    ("E201", "two_arms", "population: safety", "population: treated", "known are itt"),
    ("E201", "two_arms", "estimand: response", "estimand: responses", "did you mean 'response'?"),
    ("E201", "two_arms", "by: region", "by: site", "known are ecog"),
    ("E201", "two_arms", "{for: primary", "{for: primry", "did you mean 'primary'?"),
    ("E201", "two_arms", "versus: standard", "versus: control", "known are new"),
    ("E201", "two_arms", "medians: {new: 8.0", "medians: {newer: 8.0", "did you mean 'new'?"),
    ("E201", "two_arms", "    rpfs: {medians", "    pfs: {medians", "did you mean 'rpfs'?"),
    ("E201", "two_arms", "values: {paper:", "values: {papers:", "did you mean 'paper'?"),
    ("E201", "two_arms", "n: 234, source: paper", "n: 234, source: papr", "did you mean 'paper'?"),
    ("E201", "two_arms", "  factor_levels:\n", "  blood_counts: {NEUT: {event: neutropenia, unit: 10^9/L, limits: [2, 7], "
     "values: [[2, 7], [1.5, 1.9], [1, 1.4], [0.5, 0.9], [0, 0.4]], at: [baseline]}}\n  factor_levels:\n",
     "declare it under 'simulation: adverse_events:'"),
    ("E201", "two_arms", "  factor_levels:\n", "  pain: {score: PPI, analgesic: AS, highest: 5, baseline_scores: [2, 3], "
     "baseline_analgesics: [0, 9], at_baseline: {newer: 0.5}, response: {new: 0.1}}\n  factor_levels:\n",
     "did you mean 'new'?"),
    ("E201", "by_rule", "from_arm: a", "from_arm: c", "known are a, b"),
    ("E201", "by_rule", "arm: b, reason: POSITIVE}\n    - ", "arm: bb, reason: POSITIVE}\n    - ", "did you mean 'b'?"),
    ("E202", "two_arms", "{id: E1,", "{id: I1,", "rename"),
    ("E202", "two_arms", "role: control", "code: new", "a code of its own"),
    ("E202", "two_arms", "role: control", "label: NEW", "a label that no other arm has"),
    ("E202", "two_arms", "region: {levels: [north, south]}", "region: {levels: [north, south], test: prior}", "at most 8 characters"),
    ("E474", "two_arms", "  psa: {method", "  os_hr: {method: cox_ph, endpoint: os, population: itt, compare: [new, standard], time_varying: {fall: marker}}\n  psa: {method", "name a TimeToEvent or Response"),
    ("E203", "two_arms", "{method: paired_t, estimand: change}", "{method: kaplan_meier, estimand: change}",
     "point it at 'rpfs' or 'os', or use 'paired_t' or 'wilcoxon_signed_rank' or 'sign_test' or 'two_sample_t' or 'rank_sum' or 'one_way' or 'ancova' or 'describe' or 'evaluability' for 'marker'"),
    ("E203", "two_arms", "psa: {method: compare_proportions, estimand: response}",
     "psa: {method: mcnemar, endpoint: psa50, population: itt, against: bor}", "name a Response endpoint"),
    ("E201", "two_arms", "psa: {method: compare_proportions, estimand: response}",
     "psa: {method: logistic, estimand: response, covariates: [age, regio]}", "did you mean 'region'?"),
    ("E204", "two_arms", "endpoint: marker, summary: mean_change", "endpoint: marker, summary: proportion",
     "summarised by mean_change, median_change, mean_difference"),
    ("E205", "two_arms", "endpoint: psa50, compare: [new, standard]", "endpoint: psa50, compare: [new, new]",
     "compare: [new, standard]"),
    ("E205", "two_arms", "endpoint: psa50, compare: [new, standard]", "endpoint: psa50", "compare: [new, standard]"),
    ("E206", "two_arms", "endpoint: orr, population: itt", "endpoint: orr", "'population:'"),
    ("E206", "two_arms", "estimand: response}", "estimand: response, population: safety}", "remove 'population:'"),
    ("E207", "two_arms", "death: composite", "death: treatment_policy", "choose composite"),
    ("E207", "two_arms", "first_of: [radiographic_progression, death]", "first_of: [radiographic_progression]",
     "add death to 'first_of'"),
    ("W208", "two_arms", "strata: [ecog, prior], test", "strata: [ecog, region], test", "ecog, prior"),
    ("W209", "two_arms", "{new_anticancer_therapy: hypothetical", "{new_anticancer_therapy: treatment_policy",
     "that is hypothetical"),
    ("E210", "two_arms", "of: bor", "of: os", "write 'of: bor'"),
    ("E210", "two_arms", "{derive: objective_response, of: bor}",
     "{derive: objective_response, of: bor}\n  dor: {derive: duration_of_response, of: bor, until: os}",
     "write 'until: rpfs'"),
    ("E211", "two_arms", "require: age >= 18", "require: age => 18", "age >= 18"),
    ("E211", "two_arms", "where: randomised}", "where: length(arm) > 3}", "comparison"),
    ("E212", "two_arms", "where: age >= 65", "where: ages >= 65", "did you mean 'age'?"),
    ("E212", "by_rule", "where: arm = 'b' and treated", "where: arm = b and treated", "single quotes: 'b'"),
    ("E212", "by_rule", "when: count < 3", "when: counts < 3", "did you mean 'count'?"),
    ("E213", "two_arms", "prior = 'short'", "prior = 'Short'", "did you mean 'short'?"),
    ("W234", "two_arms", "all randomised, where: randomised", "all randomised, where: not randomised", "correct the condition"),
    ("W234", "two_arms", "where: age >= 65", "where: 1 > 2", "correct the condition"),
    ("W235", "two_arms", "hazard_ratio: 0.67, power", "hazard_ratio: 1.4925, power", "write 'compare: [standard, new]'"),
    ("W236", "two_arms", "{medians: {new: 8.0, standard: 3.7}, hazard_ratio: 0.54, versus: standard, source: paper}",
     "{medians: {new: 8.0}, source: paper}", "until then the trial can't be simulated"),
    ("W214", "two_arms", "day: -7, window: [7, 6]", "day: -7, window: [7, 7]", "timeline"),
    ("W214", "two_arms", "window: [0, 3], every: 21 d", "window: [0, 21], every: 21 d", "below 21 days"),
    ("W215", "two_arms", "window: [0, 3], every: 21 d", "window: [0, 14], every: 21 d", "10 days at most"),
    ("E216", "two_arms", "day: -7, window: [7, 6]", "day: -7, window: [7, -6]", "write [7, 6]"),
    ("E217", "two_arms", "day: 63, window: [7, 7]", "day: 63, times: 2, window: [7, 7]", "add 'every:'"),
    ("W218", "two_arms", "baseline: {epoch: screening, day: -7", "baseline: {epoch: follow_up, day: -7", "epoch"),
    ("E219", "two_arms", "ratio: {new: 1, standard: 1}", "ratio: {new: 1}", "add 'standard:'"),
    ("E220", "two_arms", "block_sizes: [4, 6]", "block_sizes: [4, 7]", "multiples of 2, such as 8"),
    ("W221", "two_arms", "randomised: true", "randomised: false", "correct 'randomised'"),
    ("W222", "two_arms", "region: {levels: [north, south]}", "region: {levels: [north, south]}\n  one: {levels: [x]}", ""),
    ("E223", "by_rule", "arm: a, reason: TOO_FEW", "reason: TOO_FEW", "either 'arm:' or 'outcome:'"),
    ("W224", "by_rule", "when: marker = 'NEG'", "when: count < 2", "move it up"),
    ("W225", "by_rule", "    - {when: \"true\", outcome: pending, reason: MISSING}\n", "", "end the list with"),
    ("W226", "two_arms", "dose: 25 mg/m2", "dose: 25000 mg/m2", "number and the unit"),
    ("W227", "two_arms", "levels: [20 mg/m2, 15 mg/m2]", "levels: [15 mg/m2, 20 mg/m2]", "highest to the lowest"),
    ("W227", "two_arms", "levels: [20 mg/m2", "levels: [30 mg/m2", "begin at the dose or below"),
    ("W228", "two_arms", "over: 1 h", "over: 60 h", "'60 min' or '1 h'"),
    ("W228", "two_arms", "every: 21 d, day: 1,", "every: 21 d, day: 22,", "'cycle'"),
    ("W228", "two_arms", "every: 21 d, day: 1,", "every: 0 d, day: 1,", "'21 d'"),
    ("E229", "two_arms", '"2": 0.05', '"2": 0.15', "together 1"),
    ("W231", "two_arms", "first_of: [radiographic_progression, death]", "first_of: [radiographic_progression, psa_progression, death]", "add 'psa:'"),
    ("W231", "two_arms", "bone: pcwg2", "psa: pcwg2", "remove 'psa:'"),
    ("W231", "two_arms", "bone: pcwg2", "pain: bpi", "remove 'pain:'"),
    ("W337", "two_arms", "  psa: {method", "  os_hr: {method: cox_ph, endpoint: os, population: itt, compare: [new, standard], sensitivity: standard}\n  psa: {method", "remove 'sensitivity:'"),
    ("W338", "two_arms", "  psa: {method", "  os_by: {method: agreement, endpoint: os, population: itt, evaluator: INVESTIGATOR}\n  psa: {method", "best_overall_response"),
    ("W335", "two_arms", "bone: pcwg2\n", "bone: pcwg2 # open\n    read: lesions\n", "pcwg2_couaa302"),
    ("W336", "two_arms", "bone: pcwg2\n", "bone: pcwg2\n    visit_date: first\n", "remove 'visit_date:'"),
    ("W336", "two_arms", "    bone: pcwg2\n", "    unresolved: pd\n    bone: pcwg3\n", "'read: lesions' and 'bone:'"),
    ("W336", "two_arms", "    bone: pcwg2\n", "    bone: pcwg2\n    confirm_first_soft_tissue: true\n", "soft_tissue_progression"),
    ("W336", "two_arms", "[radiographic_progression, death]\n    soft_tissue: recist_1_1\n    bone: pcwg2\n    censoring: {", "[soft_tissue_progression, death]\n    soft_tissue: recist_1_1\n    censoring: {bone_interval: 84 d, ", "remove 'bone_interval:'"),
    ("W336", "two_arms", "bor: {derive: best_overall_response, confirmed: true}", "bor: {derive: best_overall_response, confirmed: true, unresolved: pd}", "read: combined"),
    ("W340", "two_arms", "bor: {derive: best_overall_response, confirmed: true}", "bor: {derive: best_overall_response, confirmed: true, criteria: recist_1_0, read: lesions}", "criteria: recist_1_1"),
    ("W340", "two_arms", "    soft_tissue: recist_1_1\n    bone: pcwg2\n", "    soft_tissue: recist_1_0\n    bone: pcwg3\n    read: lesions\n", "soft_tissue: recist_1_1"),
    ("W231", "two_arms", "  marker: {derive: paired_change, measurement: MARK, baseline: baseline, at: week_9}",
     "  marker: {derive: paired_change, measurement: MARK, baseline: baseline, at: week_9}\n  ctc: {derive: cell_count_response, what: conversion, fall: 30 %, measurement: CTC, baseline: baseline, at: week_9}",
     "what: decline"),
    ("E233", "two_arms", "where: age >= 65", "where: age = 'old'", "compare it with a number: age >= 18"),
    ("E233", "two_arms", "where: randomised}", "where: ecog}", "compare it with text"),
    ("E233", "two_arms", "where: randomised}", "where: treated = 'yes'}", "write it alone"),
    ("E233", "by_rule", "when: count < 3", "when: count < marker", "compare it with text"),
    ("E232", "two_arms", "baseline: baseline, at: week_9", "baseline: week_9, at: week_9", "two different visits"),
    ("E232", "two_arms", "{derive: paired_change, measurement: MARK, baseline: baseline, at: week_9}", "{derive: psa_change, what: at_day}", "add 'day:'"),
    ("W245", "two_arms", "  marker: {derive", "  grade: {derive: laboratory_grade, version: 4.3, term: Anemia}\n  marker: {derive", "write version: 4.03"),
    ("E246", "two_arms", "  marker: {derive", "  ae: {derive: adverse_events, related: true, drug: {name: drug z, column: 1}}\n  marker: {derive", "did you mean 'drug c'?"),
    ("E247", "two_arms", "endpoints:\n", "term_lists: {gut: {file: gut.csv, source: own}}\nendpoints:\n", "beside the protocol"),
    ("E237", "two_arms", "  marker: {derive", "  grade: {derive: laboratory_grade, version: 5.0, term: Anaemia}\n  marker: {derive", "did you mean 'Anemia'?"),
    ("E237", "two_arms", "  marker: {derive", "  grade: {derive: laboratory_grade, version: 5.0, term: Hypophosphatemia}\n  marker: {derive", "version 4.03"),
    ("E106", "two_arms", "  marker: {derive", "  grade: {derive: laboratory_grade, version: 4.04, term: Anemia}\n  marker: {derive", "did you mean '4.0"),
    ("E230", "two_arms", 'last_enrolled: "2018-11"', 'last_enrolled: "2014-11"', "correct one"),
    ("E230", "two_arms", "cut_off: 2019-03-27", "cut_off: 27 March 2019", "2015-11-17"),
]  # fmt: skip
# changes that need a second edit elsewhere to be the only thing wrong
ALSO = {
    "W222": [("strata: [ecog, prior]\ns", "strata: [ecog, prior, one]\ns")],
}
# where the problem is told in another line than the first that differs
LINE_OF = {
    ("E010", "[NCT00000000"): "condition: advanced",
    ("E102", "{derive: best_overall_response}"): "  bor:",
    (
        "W336",
        "[soft_tissue_progression, death]\n    soft_tissue: recist_1_1\n    censoring: {bone_interval: 84 d, ",
    ): "bone_interval",
    ("E207", "first_of: [radiographic_progression]"): "intercurrent:",
    ("W218", "baseline: {epoch: follow_up, day: -7"): "    cycle: {epoch",
    ("W214", "day: -7, window: [7, 7]"): "    cycle: {epoch",
    ("W222", "region: {levels: [north, south]}\n  one: {levels: [x]}"): "strata: [ecog, prior, one]",
    ("W221", "randomised: false"): "method: permuted_blocks",
    ("W225", ""): "  rules:",
    ("E229", '"2": 0.15'): '    ecog: {"0-1"',
    ("W119", "null: 0.4"): "test: one_proportion",
}


@pytest.mark.parametrize(
    ("code", "name", "old", "new", "remedy"),
    WORDS + ARITHMETIC + MEANING,
    ids=[f"{row[0]}-{number}" for number, row in enumerate(WORDS + ARITHMETIC + MEANING)],
)
def test_the_bad_file_of_each_code(code: str, name: str, old: str, new: str, remedy: str) -> None:
    good = GOOD[name]
    assert old in good
    text = good.replace(old, new, 1)
    for before, after in ALSO.get(code, []):
        assert before in text
        text = text.replace(before, after, 1)
    found = problems_of(text)
    assert {p.code for p in found} == {code}, "\n".join(map(str, found))
    problem = found[0]
    assert remedy in problem.remedy
    assert problem.place is not None
    assert problem.place.line is not None
    lines = text.splitlines()
    marked = LINE_OF.get((code, new))
    if marked is not None:
        assert marked in lines[problem.place.line - 1]
    else:
        first = next(
            (n for n, (a, b) in enumerate(zip(good.splitlines(), lines, strict=False), 1) if a != b), 1
        )
        assert problem.place.line == first


def test_a_log_rank_test_of_arms_needs_no_comparison_and_a_ratio_does() -> None:
    good, of = GOOD["two_arms"], "{method: cox_ph, estimand: primary, strata: [ecog, prior], test: log_rank}"
    assert of in good
    arms = "endpoint: rpfs, population: itt, arms: [new, standard]"
    assert problems_of(good.replace(of, f"{{method: log_rank, {arms}}}")) == ()
    found = problems_of(good.replace(of, f"{{method: cox_ph, {arms}}}"))
    assert [problem.code for problem in found] == ["E205"]


def test_files_that_are_no_text(tmp_path: Path) -> None:
    def codes(path: Path) -> list[str]:
        protocol, problems = read_protocol(path)
        assert protocol is None
        return [p.code for p in problems]

    latin, huge = tmp_path / "latin.yaml", tmp_path / "huge.yaml"
    latin.write_bytes("trial: A\ntitle: mg/m² é\n".encode("latin-1"))
    huge.write_bytes(b"#" * 5_000_001)
    assert codes(tmp_path / "none.yaml") == ["E002"]
    assert codes(tmp_path) == ["E003"]
    assert codes(latin) == ["E004"]
    assert codes(huge) == ["E006"]
    place = read_protocol(latin)[1][0].place
    assert place is not None
    assert place.line == 2


def test_every_code_of_the_protocol_has_its_bad_file() -> None:
    folder = Path(trialist.__file__).parent / "protocol"
    used = {
        code
        for path in folder.rglob("*.py")
        for code in re.findall(r'"([EWN]\d{3})"', path.read_text(encoding="utf-8"))
    }
    tried = {row[0] for row in WORDS + ARITHMETIC + MEANING} | {"E002", "E003", "E004", "E006"}
    assert used == tried


def test_every_page_says_what_why_and_what_to_do() -> None:
    folder = Path(trialist.__file__).parent / "problem_pages"
    for path in sorted(folder.glob("[EW][012]*.md")):
        if path.stem >= "E020" and path.stem < "E100":
            continue
        text = path.read_text(encoding="utf-8")
        assert text.startswith(f"# {path.stem}: "), path.stem
        assert re.findall(r"^## (.+)$", text, re.MULTILINE) == ["What", "Why", "What to do", "Example"], (
            path.stem
        )


def test_all_problems_come_at_once() -> None:
    text = GOOD["two_arms"].replace("rule: fda", "rule: fdaa").replace("cycle: 21 d", "cycle: 21")
    text = text.replace("derive: overall_survival", "derive: survival").replace("of: bor", "off: bor")
    assert [p.code for p in problems_of(text)] == ["E108", "E106", "E103", "E102", "E101"]


def test_a_message_speaks_plainly() -> None:
    found = problems_of(GOOD["two_arms"].replace("accrual_months: 36", "accrual_months: three years"))
    assert [str(p) for p in found] == [
        "p.yaml:96: E105 'simulation.accrual_months' is text ('three years')\n  Remedy: write a number without quotes"
    ]
