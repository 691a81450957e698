"""Quantities as a protocol writes them: `21 d`, `50 %`, `25 mg/m2`, `10 mL`.

Only conversions that hold by definition are made (weeks to days). A month is not a fixed number of
days: where one is needed for display it is 365.25 / 12 = 30.4375 days, the convention of `DAYS_PER_MONTH`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

DAYS_PER_YEAR = 365.25
DAYS_PER_MONTH = 30.4375

_TEXT = re.compile(r"\s*([-+]?\d+(?:\.\d+)?)\s*([^\d\s].*?)?\s*")
_LONGEST = 60
_DAYS = {"d": 1, "day": 1, "days": 1, "wk": 7, "week": 7, "weeks": 7}
_HOURS = {"min": 1 / 60, "h": 1.0, "hour": 1.0, "hours": 1.0}
_VOLUMES = {"mL": 1.0, "ml": 1.0, "uL": 0.001, "L": 1000.0}
DOSE_UNITS = frozenset({"mg", "g", "ug", "mg/m2", "mg/kg", "ug/kg", "MBq", "kBq/kg", "GBq", "IU", "MIU"})


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number with its unit, as written."""

    value: float
    unit: str

    def __str__(self) -> str:
        number = f"{self.value:g}"
        return f"{number} {self.unit}" if self.unit else number


def parse_quantity(text: str) -> Quantity:
    """`25 mg/m2` -> Quantity(25, 'mg/m2'). Raises ValueError when it is no number with a unit."""
    if len(text) > _LONGEST:
        raise ValueError(f"'{text[:20]}...' is too long for a number with a unit")
    match = _TEXT.fullmatch(text)
    if not match:
        raise ValueError(f"'{text}' is not a number with a unit")
    return Quantity(float(match[1]), match[2] or "")


def days(text: str) -> int:
    """A duration in whole days: `21 d`, `3 wk`. Months and years are refused: they are no fixed length."""
    quantity = parse_quantity(text)
    if quantity.unit not in _DAYS:
        raise ValueError(f"'{text}' is not a duration in days or weeks (write '21 d' or '3 wk')")
    amount = quantity.value * _DAYS[quantity.unit]
    if amount != int(amount):
        raise ValueError(f"'{text}' is not a whole number of days")
    return int(amount)


def hours(text: str) -> float:
    """A duration within a day, in hours: `1 h`, `30 min`."""
    quantity = parse_quantity(text)
    if quantity.unit not in _HOURS:
        raise ValueError(f"'{text}' is not a duration in hours or minutes (write '1 h' or '30 min')")
    return quantity.value * _HOURS[quantity.unit]


def fraction(text: str) -> float:
    """`50 %` -> 0.5."""
    quantity = parse_quantity(text)
    if quantity.unit != "%":
        raise ValueError(f"'{text}' is not a percentage (write '50 %')")
    return quantity.value / 100


def millilitres(text: str) -> float:
    """`10 mL` -> 10.0."""
    quantity = parse_quantity(text)
    if quantity.unit not in _VOLUMES:
        raise ValueError(f"'{text}' is not a volume (write '10 mL')")
    return quantity.value * _VOLUMES[quantity.unit]


def dose(text: str) -> Quantity:
    """`25 mg/m2`; the unit must be one of `DOSE_UNITS`."""
    quantity = parse_quantity(text)
    if quantity.unit not in DOSE_UNITS:
        known = ", ".join(sorted(DOSE_UNITS))
        raise ValueError(f"'{text}' is not a dose in a known unit ({known})")
    if quantity.value <= 0:
        raise ValueError(f"'{text}' is not a positive dose")
    return quantity
