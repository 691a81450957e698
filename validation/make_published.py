"""Turn a registry of published results into the `published.yaml` of each shipped trial.

    python validation/make_published.py FOLDER

FOLDER holds `findings.csv` and `sources.csv`: one published result, and one source, a row. The figures
are copied as they are; what changes is only how they are named, by the tables below:

- arms get the ids of the trial's protocol, populations and subgroups too where the protocol has them;
- adverse events get the id of the protocol's endpoint of that term and grade, and keep
  `ae:<term>:<grade>` where the protocol has none;
- a proportion, median or count belongs to one arm: a p value printed beside it is that of a comparison,
  and the option `p_value_against` of its method names the other side;
- what no row here can be held against (another model, another start of time) says why in the option
  `not_joined`;
- NR and NE (median not reached, not estimable) become `estimate: null` with that note;
- the data cut-off, and which of several analyses it was, become options of the method;
- times and values keep the digits of the registry in `reported`, trailing zeros too;
- results that were computed from reconstructed data have the origin `reconstructed`.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

TRIALS = Path(__file__).parents[1] / "src" / "trialist" / "trials"
CONTRASTS = {"hazard_ratio", "odds_ratio", "mean_difference", "p_value"}
MEASURES = {"median_months": "median_time"}
ENDPOINTS = {"psa_response": "psa50"}
RELIABILITY = {"computed by repo": "computed by source"}
RATIOS = {"hazard_ratio", "hazard_ratio_prognostic", "odds_ratio"}
COUNTED = {"proportion", "count", "survival_probability", "p_value"}
ANALYSES = ("interim", "extended", "5 years")
NOT_JOINED = {
    "multivariable Cox": "multivariable model",
    "time from pre-screening": "time from pre-screening",
}
NOT_A_NUMBER = {"NR": "median not reached", "NE": "not estimable", "": "point estimate not seen"}


@dataclass(frozen=True)
class Trial:
    """How one trial's rows are renamed."""

    folder: str
    id: str
    arms: dict[str, str]
    populations: dict[str, str] = field(default_factory=dict)
    subgroups: dict[str, str] = field(default_factory=dict)
    endpoints: dict[str, str] = field(default_factory=dict)
    analysed: dict[str, str] = field(default_factory=dict)
    """Registry endpoint -> population of its analysis of all patients, where the registry says `itt`."""


CHOSEN = (
    Trial(
        "tropic",
        "TROPIC",
        {"CBZ25": "cabazitaxel", "MTX12": "mitoxantrone"},
        {
            "measurable disease": "measurable",
            "baseline PSA>=20": "psa_evaluable",
            "baseline PPI>=2 or AS>=10": "pain_evaluable",
        },
        endpoints={"time_to_psa_progression": "ttpsa", "time_to_tumour_progression": "ttp"},
    ),
    Trial(
        "card",
        "CARD",
        {"CBZ25": "cabazitaxel", "ARTA": "arta"},
        {
            "measurable disease": "measurable",
            "PSA evaluable": "psa_evaluable",
            "pain evaluable": "pain_evaluable",
        },
    ),
    Trial(
        "prevail",
        "PREVAIL",
        {"ENZ": "enzalutamide", "PBO": "placebo"},
        {"measurable disease": "measurable", "investigator assessed": "investigator_assessed"},
        endpoints={"rpfs_rate_12m": "rpfs", "time_to_psa_progression": "ttpsa"},
        analysed={"rpfs": "progression_analysis", "rpfs_rate_12m": "progression_analysis"},
    ),
    Trial(
        "caba_v7",
        "CABA-V7",
        {"CBZ25": "b"},
        {"treated": "treated_b", "treated, evaluable": "ctc_evaluable", "pre-screened": "screened"},
        endpoints={"ctc_response_<5": "ctc_response"},
    ),
    Trial(
        "hecog",
        "HECOG-CABA-MBC",
        {"CBZ": "cabazitaxel"},
        subgroups={
            "taxane-resistant": "taxane_resistance: resistant",
            "taxane-non-resistant": "taxane_resistance: not resistant",
        },
    ),
)


def main(folder: Path) -> None:
    rows = list(csv.DictReader((folder / "findings.csv").open(encoding="utf-8", newline="")))
    sources = {
        r["source_id"]: r for r in csv.DictReader((folder / "sources.csv").open(encoding="utf-8", newline=""))
    }
    for trial in CHOSEN:
        plan = yaml.safe_load((TRIALS / trial.folder / "protocol.yaml").read_text(encoding="utf-8"))
        mine = [row for row in rows if row["trial_id"] == trial.id]
        entries = [entry(row, trial, plan) for row in mine]
        used = dict.fromkeys(
            name for row in mine for name in (row["source_id"], row["primary_source_id"]) if name
        )
        text = "".join(
            (
                f"# Published results of {plan['trial']}: figures and where they were read, no sentences.\n",
                "# Written by validation/make_published.py; `reported` is the figure as printed.\n",
                f"trial: {plan['trial']}\n",
                "sources:\n",
                *(f"  {name}: {flow(source(sources[name]), 4)}" for name in used),
                "findings:\n",
                *(f"  - {flow(each, 4)}" for each in entries),
            )
        )
        path = TRIALS / trial.folder / "published.yaml"
        path.write_text(text, encoding="utf-8")
        print(f"{path}: {len(entries)} findings of {len(used)} sources")


def entry(row: dict[str, str], trial: Trial, plan: dict[str, Any]) -> dict[str, Any]:
    """One row of the registry in the words of `published.yaml`; keys without a value are left out."""
    notes = [row["note"]] if row["note"] else []
    options: dict[str, str] = {}
    if row["cutoff"]:
        options["analysis" if row["cutoff"] in ANALYSES else "cut_off"] = row["cutoff"]
    measure, timepoint = MEASURES.get(row["measure"], row["measure"]), row["timepoint"]
    if row["endpoint"] == "rpfs_rate_12m":
        measure, timepoint = "survival_probability", "12 months"
    population = row["population"]
    if population == "itt" and row["subgroup"] in ("", "all"):
        population = trial.analysed.get(row["endpoint"], population)
    if population == "investigator assessed":
        options["assessed_by"] = "investigator"
    arms = [trial.arms[row[k]] for k in ("arm", "comparator") if row[k]]
    if measure not in CONTRASTS and row["p_value"] and arms:
        options["p_value_against"] = arms[1] if len(arms) == 2 else row["method"].partition(" v ")[2]
    if measure not in CONTRASTS:
        arms = arms[:1]
    reasons = [NOT_JOINED[text] for text in (row["method"], row["note"]) if text in NOT_JOINED]
    if reasons:
        options["not_joined"] = reasons[0]
    value = row["value"]
    if value in NOT_A_NUMBER:
        notes.append(NOT_A_NUMBER[value])
        value = ""
    if row["reliability"] in RELIABILITY:
        notes.append(f"computed by the authors of {row['source_id']}")
    method = row["method"] or ("as reported" if options else "")
    origin = {
        "kind": "reconstructed" if row["source_id"] == "KMDATA" else None,
        "source": row["source_id"],
        "place": f"reporting {row['primary_source_id']}" if row["primary_source_id"] else None,
        "reliability": RELIABILITY.get(row["reliability"], row["reliability"]),
    }
    interval = {
        "low": number(row["ci_low"]),
        "high": number(row["ci_high"]),
        "level": number(row["ci_level"]),
    }
    known = {
        "id": row["finding_id"],
        "endpoint": endpoint(row["endpoint"], trial, plan),
        "measure": measure,
        "estimate": number(value),
        "unit": row["unit"],
        "population": trial.populations.get(population, population),
        "subgroup": subgroup(row["subgroup"], trial),
        "timepoint": timepoint,
        "groups": arms,
        "interval": interval if row["ci_level"] else None,
        "p_value": {"value": number(row["p_value"]), "bound": row["p_operator"]} if row["p_value"] else None,
        "n": number(row["n"]),
        "events": number(row["events"]),
        "method": ({"name": method} | ({"options": options} if options else {})) if method else None,
        "origin": {k: v for k, v in origin.items() if v},
        "reported": row["reported"] or printed(value, measure),
        "note": "; ".join(notes),
    }
    return {k: v for k, v in known.items() if k == "estimate" or v not in (None, "", [])}


def endpoint(name: str, trial: Trial, plan: dict[str, Any]) -> str:
    """The protocol's id of the same endpoint where it has one."""
    renamed = trial.endpoints.get(name) or ENDPOINTS.get(name, name)
    return dict(adverse_events(plan)).get(renamed, renamed)


def adverse_events(plan: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """(registry name, protocol id) of the protocol's adverse-event endpoints."""
    for name, item in plan["endpoints"].items():
        if item["derive"] != "adverse_event":
            continue
        lowest = item.get("minimum_grade", 1)
        grade = "serious" if item.get("serious") else "any" if lowest == 1 else f"grade{lowest}+"
        yield f"ae:{item.get('term', 'any teae')}:{grade}", name


def subgroup(text: str, trial: Trial) -> str:
    """`ecog:0-1` becomes `ecog: 0-1`; 'all' is no subgroup."""
    if text == "all":
        return ""
    return trial.subgroups.get(text, text.replace(":", ": ", 1))


def printed(value: str, measure: str) -> str:
    """The digits of a time or value; ratios, shares and counts have their own form."""
    return "" if measure in RATIOS | COUNTED else value


def number(text: str) -> int | float | None:
    if not text:
        return None
    value = float(text)
    return int(value) if text.lstrip("-").isdigit() else value


def source(row: dict[str, str]) -> dict[str, str]:
    citation = ". ".join(
        part for part in (row["authors"], row["citation"], f"{row['journal']} {row['year']}".strip()) if part
    )
    if row["volume_pages"]:
        citation += f";{row['volume_pages']}"
    recalled = [part for part in row["note"].rstrip(".").split(". ") if "from memory" in part]
    known = {
        "citation": citation,
        "doi": row["doi"],
        "pmid": row["pmid"],
        "kind": row["kind"],
        "read": "; ".join([row["how_read"], *recalled]),
    }
    return {k: v for k, v in known.items() if v}


def flow(item: dict[str, Any], indent: int) -> str:
    """One mapping as YAML in braces, on lines that break between its words only."""
    lines, line = [], "{"
    for key, value in item.items():
        text = yaml.safe_dump({key: value}, default_flow_style=True, sort_keys=False, width=10**6)
        part = text.strip().removeprefix("{").removesuffix("}") + ", "
        if len(line) + len(part) + indent > 112 and len(line) > 1:
            lines.append(line.rstrip())
            line = " " * (indent + 1)
        line += part
    return "\n".join([*lines, line.removesuffix(", ") + "}"]) + "\n"


if __name__ == "__main__":
    main(Path(sys.argv[1]))
