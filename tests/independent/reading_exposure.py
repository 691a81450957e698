"""A second reading of exposure and dose intensity, in plain Python from the published definitions."""

from __future__ import annotations

import itertools
from math import log10, sqrt
from typing import Any


def surface(formula: str, height: float, weight: float) -> float:
    """Body surface, m2, of a height in cm and a weight in kg."""
    if formula == "mosteller":
        return sqrt(height * weight / 3600)
    if formula == "du_bois":
        return 0.007184 * height**0.725 * weight**0.425
    if formula == "haycock":
        return 0.024265 * height**0.3964 * weight**0.5378
    if formula == "gehan_george":
        return 0.0235 * height**0.42246 * weight**0.51456
    if formula == "fujimoto":
        return 0.008883 * height**0.663 * weight**0.444
    if formula == "takahira":
        return 0.007241 * height**0.725 * weight**0.425
    assert formula == "boyd"
    grams = 1000 * weight
    return 0.0003207 * height**0.3 * grams ** (0.7285 - 0.0188 * log10(grams))


def exposure(
    patient: dict[str, Any], formula: str, cap: float | None, late: int, less: float
) -> dict[str, Any]:
    """What a patient was given, against `planned` mg/m2 every `interval` days.

    Each dose: day, amount (None: unknown), unit (mg or mg/m2), weight. A cycle that was omitted is 0 mg.
    """
    doses = [d for d in patient["doses"] if patient["cutoff"] is None or d["day"] <= patient["cutoff"]]
    per_m2: list[tuple[int, float | None]] = []
    reference = patient["first_weight"]
    for dose in sorted(doses, key=lambda d: d["day"]):
        weight = dose["weight"]
        if weight is not None and (reference is None or abs(weight - reference) / reference >= 0.10 - 1e-12):
            reference = weight
        held = {**dose, "weight": None if weight is None else reference}
        per_m2.append((dose["day"], _per_m2(held, patient, formula, cap)))
    while per_m2 and per_m2[0][1] == 0:
        per_m2.pop(0)
    while per_m2 and per_m2[-1][1] == 0:  # cycles after a decision to stop are not planned
        per_m2.pop()
    if not per_m2:
        return {"reason": "NOT_TREATED"}
    planned, interval = patient["planned"], patient["interval"]
    days = [day for day, _ in per_m2]
    weeks = (days[-1] - days[0] + interval) / 7
    given = [(day, x) for day, x in per_m2 if x is None or x > 0]
    result: dict[str, Any] = {
        "first_day": days[0],
        "last_day": given[-1][0],
        "doses": len(given),
        "omitted": len(per_m2) - len(given),
        "duration_weeks": weeks,
        "delays": sum(b - a > interval + late for a, b in itertools.pairwise(days)),
        "reason": "UNKNOWN_DOSE",
    }
    amounts = [x for _, x in per_m2 if x is not None]
    if len(amounts) < len(per_m2):
        return result
    total = sum(amounts)
    return result | {
        "cumulative_dose": total,
        "intensity": total / weeks,
        "relative_dose_intensity": 100 * (total / weeks) / (planned / (interval / 7)),
        "relative_dose": 100 * total / (len(amounts) * planned),
        "reductions": _reductions([x for x in amounts if x > 0], planned, less),
        "reason": "DOSED",
    }


def _per_m2(dose: dict[str, Any], patient: dict[str, Any], formula: str, cap: float | None) -> float | None:
    if dose["amount"] is None:
        return None
    if dose["amount"] == 0:
        return 0.0
    if dose["unit"] == "mg/m2":
        return float(dose["amount"])
    weight = dose["weight"]
    if patient["height"] is None or weight is None:
        return None
    area = surface(formula, patient["height"], weight)
    return float(dose["amount"]) / (area if cap is None else min(area, cap))


def _reductions(amounts: list[float], planned: float, less: float) -> int:
    """Doses below the plan that the dose before was not, or that are below that one too."""
    number = 0
    for place, dose in enumerate(amounts):
        if dose >= planned * (1 - less) - 1e-7:
            continue
        before = amounts[place - 1] if place else planned
        number += before >= planned * (1 - less) - 1e-7 or dose < before * (1 - less) - 1e-7
    return number
