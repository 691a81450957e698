"""Pydantic field types for quantities written as text: a protocol says `21 d`, the model holds 21."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from trialist import units


def _text(parse: Callable[[str], Any], example: str) -> BeforeValidator:
    def read(value: object) -> Any:
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            raise ValueError(f"{value} has no unit (write '{example}')")
        return parse(value) if isinstance(value, str) else value

    return BeforeValidator(read)


def _schema(example: str, what: str) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "examples": [example], "description": what})


def _not_negative(value: float) -> float:
    if value < 0:
        raise ValueError(f"{value:g} is negative")
    return value


def each_once(values: tuple[float, ...]) -> tuple[float, ...]:
    """The numbers, if none is there twice."""
    for place, value in enumerate(values):
        if value in values[:place]:
            raise ValueError(f"{value:g} is there twice (write each of them once)")
    return values


LONGEST_MONTHS = 600
"""Fifty years: no trial enrols or follows longer, and a number beyond it is a slip."""

Days = Annotated[
    int, _text(units.days, "21 d"), AfterValidator(_not_negative), _schema("21 d", "days or weeks")
]
Hours = Annotated[
    float, _text(units.hours, "1 h"), AfterValidator(_not_negative), _schema("1 h", "hours or minutes")
]
Fraction = Annotated[float, _text(units.fraction, "50 %"), _schema("50 %", "a percentage")]
Millilitres = Annotated[
    float, _text(units.millilitres, "10 mL"), AfterValidator(_not_negative), _schema("10 mL", "a volume")
]
Dose = Annotated[units.Quantity, _text(units.dose, "25 mg/m2"), _schema("25 mg/m2", "a dose")]
Share = Annotated[float, Field(ge=0, le=1)]
Change = Annotated[float, Field(ge=-1e9, le=1e9)]
Spread = Annotated[float, Field(ge=0, le=1e9)]
Months = Annotated[float, Field(gt=0, le=LONGEST_MONTHS)]
Times = Annotated[tuple[Months, ...], AfterValidator(each_once)]
Label = Annotated[str, Field(max_length=300)]
Title = Annotated[str, Field(max_length=500)]
