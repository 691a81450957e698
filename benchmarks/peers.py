"""The same derivations written for other tools: pandas with numpy, polars, and one patient at a time.

Each reads what `patients.py` wrote and returns arrays in the order of `subjects`. The rules are those that
trialist derives by; here they are written out for its default options.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "independent"))

RANK = {"NE": 0, "CR": 1, "PR": 2, "SD": 3, "NON-CR/NON-PD": 4, "PD": 5}
WORDS = np.array([*RANK, "MISSING"])
NE, CR, PR, SD, NON, PD, MISSING = range(7)
FAR = 2**40
SPAN = 2**20  # more than the days of any patient: subject * SPAN + day orders rows by both


def load(folder: Path, *names: str) -> dict[str, pd.DataFrame]:
    return {name: pd.read_parquet(folder / f"{name}.parquet") for name in names}


def countable(tables: dict[str, pd.DataFrame], name: str) -> tuple[Any, pd.DataFrame]:
    """Rows up to the cut-off with the number of their subject, and the first new therapy of each subject."""
    subjects = tables["subjects"]
    number = pd.Index(subjects["subject"])
    cutoff = subjects["cutoff_day"].fillna(FAR).to_numpy()
    therapies, rows = tables["therapies"], tables[name]
    who = number.get_indexer(therapies["subject"])
    started = therapies["day"].to_numpy()
    first = np.full(len(subjects), FAR)
    kept = started <= cutoff[who]
    np.minimum.at(first, who[kept], started[kept])
    code = number.get_indexer(rows["subject"])
    rows = rows.drop(columns="subject").assign(code=code)
    return first, rows[rows["day"].to_numpy() <= cutoff[code]]


def following(key: Any, among: Any, wanted: Any) -> Any:
    """Of each row the day of the first row of `among` at or after `wanted`; FAR where there is none."""
    keys = key[among]
    at = np.searchsorted(keys, wanted)
    found = keys[np.minimum(at, max(len(keys) - 1, 0))] if len(keys) else np.zeros_like(wanted)
    same = (at < len(keys)) & (found // SPAN == wanted // SPAN)
    return np.where(same, found, FAR * SPAN), np.where(same, at, -1)


def first_of(n: int, code: Any, day: Any, which: Any) -> Any:
    found = np.full(n, FAR)
    np.minimum.at(found, code[which], day[which])
    return found


def pandas_psa(tables: dict[str, pd.DataFrame]) -> dict[str, Any]:
    """PCWG3: 25 % and 2 ng/mL over the nadir, confirmed 21 days later; before day 84 only after a fall."""
    n = len(tables["subjects"])
    therapy, rows = countable(tables, "psa")
    daily = rows.groupby(["code", "day"], sort=True)["value"].max()
    code = daily.index.get_level_values(0).to_numpy()
    day = daily.index.get_level_values(1).to_numpy()
    value = daily.to_numpy()
    early = day <= 0
    baseline = np.full(n, np.nan)
    baseline[code[early]] = value[early]  # rows are in order: the last one stays
    later = ~early & (day <= therapy[code]) & ~np.isnan(baseline[code])
    code, day, value = code[later], day[later], value[later]
    key = code * SPAN + day
    lowest = pd.Series(value).groupby(code).cummin().to_numpy()
    start = np.r_[True, code[1:] != code[:-1]] if len(code) else np.zeros(0, dtype=bool)
    before = np.where(start, np.inf, np.r_[np.inf, lowest[:-1]])
    nadir = np.minimum(before, baseline[code])
    slack = 1 - 1e-9
    meets = (value >= 1.25 * nadir * slack) & (value - nadir >= 2 * slack)
    counts = meets & ((day >= 84) | (nadir < baseline[code]))
    late, _ = following(key, slice(None), key + 21)
    fails, _ = following(key, ~meets, key + 1)
    event_day = first_of(n, code, day, counts & (late < fails))
    last = np.zeros(n, dtype=np.int64)
    np.maximum.at(last, code, day)
    event = event_day < FAR
    return {"event": event, "day": np.where(event, event_day, last)}


def pandas_best(tables: dict[str, pd.DataFrame]) -> dict[str, Any]:
    """RECIST 1.1 with confirmation after 28 days, stable disease from day 42, one NE in between."""
    n = len(tables["subjects"])
    therapy, rows = countable(tables, "responses")
    rank = rows["response"].map(RANK).to_numpy()
    after = (rows["day"].to_numpy() > 0) & (rows["day"].to_numpy() <= therapy[rows["code"].to_numpy()])
    key = rows["code"].to_numpy()[after] * SPAN + rows["day"].to_numpy()[after]
    order = np.argsort(key * 8 + rank[after])
    key, word = key[order], rank[after][order]
    last = np.r_[key[1:] != key[:-1], True] if len(key) else np.zeros(0, dtype=bool)
    key, word = key[last], word[last]  # the worst of one day
    code, day = key // SPAN, key % SPAN
    kept = day <= first_of(n, code, day, word == PD)[code]
    key, word, code, day = key[kept], word[kept], code[kept], day[kept]
    unread = np.cumsum(word == NE)
    is_complete, responded = word == CR, (word == CR) | (word == PR)
    place = np.cumsum(responded) - 1
    words, owners = word[responded], code[responded]
    previous = np.where(responded, place - 1, place)
    after_complete = (
        (previous >= 0) & (owners[np.maximum(previous, 0)] == code) & (words[np.maximum(previous, 0)] == CR)
    )
    breaks = ~(responded | (word == NE)) | ((word == PR) & after_complete)
    first_complete = first_of(n, code, day, is_complete)
    less = (first_complete[code] < day) & ((word == PR) | (word == SD) | (word == NON))
    found = {}
    for name, starts, confirms, stops in (
        ("cr", is_complete, is_complete, ~(is_complete | (word == NE))),
        ("pr", word == PR, responded, breaks),
    ):
        again, at = following(key, confirms, key + 28)
        broken, _ = following(key, stops, key + 1)
        soon = unread[confirms][np.maximum(at, 0)] - unread <= 1 if confirms.any() else at > 0
        found[name] = first_of(n, code, day, starts & (at >= 0) & (again < broken) & soon)
    late = (day >= 42) & ~less
    ranked = [
        (CR, found["cr"]),
        (PR, found["pr"]),
        (SD, first_of(n, code, day, ((word == CR) | (word == PR) | (word == SD)) & late)),
        (NON, first_of(n, code, day, (word == NON) & late)),
        (PD, first_of(n, code, day, (word == PD) | less)),
        (NE, first_of(n, code, day, np.ones(len(day), dtype=bool))),
    ]
    conditions = [at < FAR for _, at in ranked]
    value = np.select(conditions, [what for what, _ in ranked], MISSING)
    return {"value": WORDS[value], "day": np.select(conditions, [at for _, at in ranked], -1)}


def pandas_incidence(tables: dict[str, pd.DataFrame]) -> dict[str, Any]:
    """Distinct subjects with a treatment-emergent event by arm, class, term and worst grade."""
    subjects = tables["safety"]
    number = pd.Index(subjects["subject"])
    events = tables["events"]
    code = number.get_indexer(events["subject"])
    last = subjects["last_dose_day"].to_numpy()[code] + 30
    start, end = events["start_day"].to_numpy(), events["end_day"].to_numpy()
    grade, initial = events["grade"].to_numpy(), events["initial_grade"].to_numpy()
    unknown = np.isnan(start)
    on_time = (start >= 0) & (start <= last)
    emergent = ~(end < 0) & (unknown | on_time | ((start < 0) & (grade > initial)))
    seen = pd.DataFrame(
        {
            "code": code[emergent],
            "class": events["system_organ_class"].astype("category")[emergent],
            "term": events["term"].astype("category")[emergent],
            "grade": grade[emergent],
        }
    )
    arm = subjects["arm"].to_numpy()
    levels: dict[str, list[str]] = {"any": [], "class": ["class"], "term": ["class", "term"]}
    found = {}
    for name, level in levels.items():
        worst = seen.groupby(["code", *level], observed=True)["grade"].max().reset_index()
        worst["arm"] = arm[worst["code"]]
        counted = worst.groupby(["arm", *level, "grade"], observed=True).size().reset_index(name="n")
        found[name] = counted
    return found


def plain(folder: Path, what: str, n: int) -> list[tuple[Any, Any]]:
    """The first `n` patients by the plain second reading of the tests, one at a time."""
    import reading_psa
    import reading_response

    name = "psa" if what == "psa" else "responses"
    tables = load(folder, "subjects", "therapies", name)
    subjects = tables["subjects"].head(n)
    column = "value" if what == "psa" else "response"
    rows = tables[name]
    rows = rows[rows["subject"].isin(subjects["subject"])]
    of: dict[str, list[Any]] = {subject: [] for subject in subjects["subject"]}
    for subject, day, value in zip(rows["subject"], rows["day"], rows[column], strict=True):
        of[subject].append((day, value))
    started: dict[str, int] = dict(
        zip(tables["therapies"]["subject"], tables["therapies"]["day"], strict=True)
    )
    found: list[tuple[Any, Any]] = []
    for subject, cutoff in zip(subjects["subject"], subjects["cutoff_day"], strict=True):
        end = FAR if cutoff != cutoff else cutoff
        course = [(day, value) for day, value in of[subject] if day <= end]
        therapy = started.get(subject)
        if therapy is not None and therapy > end:
            therapy = None
        if what == "psa":
            found.append(reading_psa.progression(course, therapy, "pcwg3", "consecutive"))
        else:
            found.append(reading_response.best_response(course, therapy, confirmed=True))
    return found
