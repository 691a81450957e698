"""Turn a registry of published results into the curated files of the store, one a trial.

    python validation/make_published.py FOLDER

FOLDER holds `findings.csv`, `trials.csv` and `sources.csv`: a row is a published result, a trial, a source.
`evidence_trials.yaml` beside this file says how each trial is named here. The figures are copied as they are;
what changes is only how they are named:

- `about:` is the row of `trials.csv` with the condition, line and arms of `evidence_trials.yaml`; what a
  design assumed goes to `stated`, under the source that states it;
- arms get the ids of the trial's protocol where there is one, populations and subgroups too; other words are
  those of the vocabulary (`src/trialist/evidence/vocabulary/`), where it knows them;
- adverse events get the id of the protocol's endpoint of that term and grade, and are called
  `ae:<term>:<grade>` where there is none; either way `definition` has term, grade, criteria and how graded;
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
import json
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from trialist.evidence.vocabulary import vocabulary

SOURCE = Path(__file__).parents[1] / "src" / "trialist"
NAMES = yaml.safe_load(Path(__file__).with_name("evidence_trials.yaml").read_text(encoding="utf-8"))
DOIS = yaml.safe_load(Path(__file__).with_name("source_dois.yaml").read_text(encoding="utf-8"))
CONTRASTS = {"hazard_ratio", "odds_ratio", "mean_difference", "p_value"}
MEASURES = {"median_months": "median_time", "rmst_months": "restricted_mean"}
RATES = {"rpfs_rate_12m": ("rpfs", "12 months"), "pfs_rate_18w": ("pfs", "18 weeks")}
RELIABILITY = {"computed by repo": "computed by source"}
RATIOS = {"hazard_ratio", "hazard_ratio_prognostic", "odds_ratio"}
COUNTED = {"proportion", "count", "survival_probability", "p_value"}
ANALYSES = ("interim", "updated interim", "final", "updated", "extended", "5 years")
NOT_JOINED = {
    "multivariable Cox": "multivariable model",
    "time from pre-screening": "time from pre-screening",
}
NOT_A_NUMBER = {"NR": "median not reached", "NE": "not estimable", "": "point estimate not seen"}
DESIGN = (
    *("target_effect", "control_assumption", "power", "alpha", "alpha_sides", "planned_events", "planned_n"),
    "interim",
)
Names = Mapping[str, Any]


def main(folder: Path) -> None:
    trials, rows, sources = (
        list(csv.DictReader((folder / f"{name}.csv").open(encoding="utf-8", newline="")))
        for name in ("trials", "findings", "sources")
    )
    by_id = {row["source_id"]: row for row in sources}
    for known in trials:
        names = NAMES[known["trial_id"]]
        mine = [row for row in rows if row["trial_id"] == known["trial_id"]]
        path, plan = place(names)
        text = "".join(curated(known, mine, names, plan, by_id))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        print(f"{path.relative_to(SOURCE)}: {len(mine)} findings")


def place(names: Names) -> tuple[Path, dict[str, Any]]:
    """Where a trial's file stands, and its protocol (empty where it has none)."""
    if names["file"].startswith("trials/"):
        return SOURCE / "evidence" / f"{names['file']}.yaml", {}
    folder = SOURCE / "trials" / names["file"]
    return folder / "published.yaml", yaml.safe_load((folder / "protocol.yaml").read_text(encoding="utf-8"))


def curated(
    known: dict[str, str], mine: list[dict[str, str]], names: Names, plan: dict[str, Any], sources: Names
) -> Iterator[str]:
    """The lines of one trial's file."""
    trial = plan.get("trial", known["trial_id"])
    card = about(known, names)
    used = dict.fromkeys(
        name for row in mine for name in (row["source_id"], row["primary_source_id"]) if name
    )
    used |= dict.fromkeys(card.get("sources", ()))
    used |= dict.fromkeys(name for said in card.get("stated", {}).values() for name in said)
    yield f"# Published results of {trial}: figures and where they were read, no sentences.\n"
    yield "# Written by validation/make_published.py; `reported` is the figure as printed.\n"
    yield f"trial: {trial}\n"
    yield "about:\n"
    for word, value in card.items():
        if word == "arms":
            yield "  arms:\n"
            yield from (f"    {name}: {flow(arm, 6)}" for name, arm in value.items())
        else:
            text = yaml.safe_dump(value, default_flow_style=True, sort_keys=False, width=10**6).strip()
            yield f"  {word}: {text.removesuffix('...').strip()}\n"
    if names.get("reason"):
        yield f"reason: {names['reason']}\n"
    yield "sources:\n" if used else "sources: {}\n"
    yield from (f"  {name}: {flow(source(sources[name]), 4)}" for name in used)
    yield "findings:\n" if mine else "findings: []\n"
    yield from (f"  - {flow(entry(row, names, plan), 4)}" for row in mine)


def about(known: dict[str, str], names: Names) -> dict[str, Any]:
    """What the trial is."""
    listed = {arm["arm"]: arm for arm in json.loads(known["arms"])}
    recalled = parted(known["memory_fields"])
    arms = {}
    for code, arm in names["arms"].items():
        row = listed[code]
        n, treated = number(str(row["n"])), number(str(row["n_treated"]))
        told = {"treatment": arm["treatment"], "label": arm["label"], "role": arm["role"]}
        told |= {"n": n, "treated": treated, "give": arm.get("give")}
        arms[arm["name"]] = {word: value for word, value in told.items() if value is not None}
    enrolled = {
        "from": "" if known["enrol_start"].endswith("(planned)") else known["enrol_start"],
        "to": known["enrol_end"],
        "n": number(known["n_total"]),
    }
    card = {
        "title": known["title"],
        "registered": parted(known["registry_ids"]),
        "phase": known["phase"],
        "condition": names["condition"],
        "setting": known["setting"],
        "line": names["line"],
        "prior": names.get("prior", []),
        "randomised": known["randomised"] == "yes",
        "ratio": known["allocation_ratio"],
        "blinding": known["blinding"],
        "strata": parted(known["stratification_factors"]),
        "eligibility": known["key_eligibility"],
        "enrolled": {word: value for word, value in enrolled.items() if value not in ("", None)},
        "sites": number(known["sites"]),
        "countries": number(known["countries"]),
        "primary": [common(text) for text in parted(known["primary_endpoint"])],
        "growth_factor": names.get("growth_factor"),
        "arms": arms,
        "stated": design(known, recalled) | names.get("stated", {}),
        "names": names.get("names"),
        "sources": parted(known["source_ids"]),
        "recalled": recalled,
        "note": names.get("note", known["note"]),
    }
    return {word: value for word, value in card.items() if value not in ("", None, [], {})}


def design(known: dict[str, str], recalled: list[str]) -> dict[str, dict[str, str]]:
    """What the design assumed, under the source that says so: memory, where the field was recalled."""
    found = {}
    for word in DESIGN:
        if known[word] and known["design_source_id"]:
            memory = any(field.split("(")[0].strip() == word for field in recalled)
            found[word] = {"memory" if memory else known["design_source_id"]: known[word]}
    return found


def parted(text: str) -> list[str]:
    """`a; b` as a list."""
    return [part.strip() for part in text.split(";") if part.strip()]


def common(text: str) -> str:
    """The common name of an endpoint: `psa_response (>=50%)` is psa50; others keep the registry's words."""
    term = vocabulary().find("endpoint", text.split("(")[0].strip())
    return term.id if term else text


def entry(row: dict[str, str], names: Names, plan: dict[str, Any]) -> dict[str, Any]:
    """One row of the registry in the words of `published.yaml`; keys without a value are left out."""
    arm_names = {code: arm["name"] for code, arm in names["arms"].items()}
    notes = [row["note"]] if row["note"] else []
    options: dict[str, str] = {}
    cutoff = row["cutoff"] or names.get("analyses", {}).get(row["source_id"], "")
    if cutoff:
        options["analysis" if cutoff in ANALYSES else "cut_off"] = cutoff
    measure, timepoint = MEASURES.get(row["measure"], row["measure"]), row["timepoint"]
    if row["endpoint"] in RATES:
        measure, timepoint = "survival_probability", RATES[row["endpoint"]][1]
    population = row["population"]
    if population == "itt" and row["subgroup"] in ("", "all"):
        population = names.get("analysed", {}).get(row["endpoint"], population)
    if population == "investigator assessed":
        options["assessed_by"] = "investigator"
    arms = [arm_names[row[k]] for k in ("arm", "comparator") if row[k]]
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
    adverse = definition(row, names)
    known = {
        "id": row["finding_id"],
        "endpoint": endpoint(row["endpoint"], adverse, plan),
        "measure": measure,
        "estimate": number(value),
        "unit": row["unit"],
        "population": counted_in(population, names, plan),
        "subgroup": subgroup(row["subgroup"], names),
        "timepoint": timepoint,
        "groups": arms,
        "interval": interval if row["ci_level"] else None,
        "p_value": {"value": number(row["p_value"]), "bound": row["p_operator"]} if row["p_value"] else None,
        "n": number(row["n"]),
        "events": number(row["events"]),
        "method": ({"name": method} | ({"options": options} if options else {})) if method else None,
        "definition": adverse,
        "origin": {k: v for k, v in origin.items() if v},
        "reported": row["reported"] or printed(value, measure),
        "note": "; ".join(dict.fromkeys(notes)),
    }
    return {k: v for k, v in known.items() if k == "estimate" or v not in (None, "", [], {})}


def definition(row: dict[str, str], names: Names) -> dict[str, Any]:
    """Term, grade, criteria and how graded, of an adverse event; nothing for another endpoint."""
    if row["endpoint"] == "sae":
        more = {"counted": "events"} if row["measure"] == "count" else {}
        return {"term": "any", "grade": "any", "graded_by": "reported", "serious": True} | more
    if not row["endpoint"].startswith("ae:"):
        return {}
    _, term, grade = row["endpoint"].split(":")
    related = term.endswith(" related")
    known = vocabulary().find("toxicity", term.removesuffix(" related"))
    if known is None:
        raise ValueError(f"no toxicity is called {term!r}")
    by_source = names.get("graded_by", {}).get(row["source_id"], "not stated")
    found: dict[str, Any] = {
        "term": known.id,
        "grade": grade.removeprefix("grade") if grade.startswith("grade") else "any",
        "criteria": names.get("criteria", {}).get(row["source_id"]) if row["method"] else None,
        "graded_by": "laboratory" if row["note"].startswith("laboratory") else by_source,
    }
    if related:
        found["related"] = True
    if grade == "serious":
        found["serious"] = True
    if grade.startswith("leading to "):
        found["leading_to"] = grade.removeprefix("leading to ")
    return {word: value for word, value in found.items() if value is not None}


def endpoint(name: str, adverse: dict[str, Any], plan: dict[str, Any]) -> str:
    """The protocol's id of the same endpoint where it has one, else the common name."""
    of_protocol = dict(adverse_events(plan))
    if name in of_protocol:
        return of_protocol[name]
    if name == "sae" and adverse.get("counted"):
        return name
    if adverse:
        kind = "serious" if adverse.get("serious") else adverse.get("leading_to", "")
        grade = f"leading_to_{kind}" if "leading_to" in adverse else kind or adverse["grade"]
        related = ":related" if adverse.get("related") else ""
        return f"ae:{adverse['term']}:{grade}{related}"
    return common(RATES[name][0] if name in RATES else name)


def adverse_events(plan: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """(registry name, protocol id) of the protocol's adverse-event endpoints."""
    for name, item in plan.get("endpoints", {}).items():
        if item["derive"] != "adverse_event":
            continue
        lowest = item.get("minimum_grade", 1)
        grade = "serious" if item.get("serious") else "any" if lowest == 1 else f"grade{lowest}+"
        yield f"ae:{item.get('term', 'any teae')}:{grade}", name


def counted_in(population: str, names: Names, plan: dict[str, Any]) -> str:
    """The population as the protocol calls it, else as the vocabulary does."""
    if population in names.get("populations", {}):
        return str(names["populations"][population])
    term = vocabulary().find("population", population)
    return term.id if term and not plan else population


def subgroup(text: str, names: Names) -> str:
    """`ecog:0-1` becomes `ecog: 0-1`; 'all' is no subgroup."""
    if text == "all":
        return ""
    return str(names.get("subgroups", {}).get(text, re.sub(":", ": ", text, count=1)))


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
        "doi": row["doi"] or DOIS.get(row["source_id"], ""),
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
