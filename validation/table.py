"""Rewrites the table of docs/explanation/validation.md: the largest difference from R, method by method.

Run from the project's root: python validation/table.py   (`--check` only tells whether it is up to date)
"""

from __future__ import annotations

import re
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "explanation" / "validation.md"
START, END = "<!-- table: validation/table.py -->", "<!-- end of table -->"

sys.path.insert(0, str(ROOT / "tests" / "reference"))

from reference_cases import cases, compare, every_file, families, relative_difference  # noqa: E402

TITLES = {
    "kaplan_meier": "Kaplan-Meier: curve, quartiles, probabilities, numbers at risk",
    "median": "median of a curve that is flat at one half",
    "log_rank": "log-rank, stratified or not",
    "cox": "Cox model, Efron and Breslow, stratified or not",
    "proportion": "Clopper-Pearson and Wilson interval",
    "two_proportions": "chi-square with and without correction, Fisher, difference, odds ratio",
    "paired_t": "paired t test",
    "signed_rank": "Wilcoxon signed rank, pseudo-median",
    "spearman": "Spearman: exact, AS 89, t",
    "paired_t_power": "power of the paired t test",
    "one_proportion_power": "exact power of one proportion",
    "two_proportions_power": "power of two proportions, normal approximation",
    "two_proportions_power_exact": "exact power of Fisher's test",
}
FUNCTIONS = {
    "kaplan_meier": "survfit, quantile, summary",
    "median": "quantile",
    "log_rank": "survdiff",
    "cox": "coxph",
    "proportion": "binom.test, prop.test",
    "two_proportions": "chisq.test, fisher.test, prop.test, glm",
    "paired_t": "t.test",
    "signed_rank": "wilcox.test",
    "spearman": "cor.test",
    "paired_t_power": "power.t.test",
    "one_proportion_power": "binom.test, dbinom",
    "two_proportions_power": "power.prop.test",
    "two_proportions_power_exact": "fisher.test, dbinom",
}


def table() -> str:
    """Markdown rows: method, R function, data set, numbers compared, largest differences."""
    worst: dict[tuple[str, str], list[Any]] = defaultdict(lambda: [0, 0.0, None])
    for file in every_file():
        for case in cases(file):
            row = worst[case["method"], case["data"]]
            for quantity, r, ours in compare(case):
                row[0] += 1
                column = 2 if "p_value" in quantity else 1
                row[column] = max(row[column] or 0.0, relative_difference(quantity, r, ours))
    titles = TITLES | {key: word for family in families() for key, word in family.TITLES.items()}
    functions = FUNCTIONS | {key: word for family in families() for key, word in family.FUNCTIONS.items()}
    lines = ["| method | R function | data | numbers | estimates, errors, ends, statistics | p values |"]
    lines.append("| --- | --- | --- | ---: | ---: | ---: |")
    for (method, data), (count, value, p_value) in worst.items():
        shown = [_rounded_up(value), _rounded_up(p_value)]
        lines.append(
            f"| {titles[method]} | {functions[method]} | {data} | {count} | {shown[0]} | {shown[1]} |"
        )
    return "\n".join(lines)


def _rounded_up(difference: float | None) -> str:
    """The power of ten that bounds it: machines differ in the last bits."""
    if difference is None:
        return "none"
    if difference == 0:
        return "0"
    exponent = next(e for e in range(-16, 1) if difference <= 10.0**e)
    return f"1e{exponent}"


def main(check: bool) -> int:
    page = PAGE.read_text()
    inside = re.compile(f"{re.escape(START)}.*?{re.escape(END)}", re.DOTALL)
    wanted = inside.sub(lambda _: f"{START}\n{table()}\n{END}", page)
    if check:
        return int(wanted != page)
    PAGE.write_text(wanted)
    return 0


if __name__ == "__main__":
    raise SystemExit(main("--check" in sys.argv[1:]))
