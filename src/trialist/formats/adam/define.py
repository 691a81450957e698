"""What define.xml and define.json say: data sets, variables, values, code lists and rules of ADaM tables.

One structure is made from the declarations and from the tables as they were built: every variable that a
table has, and no other; every code that it holds, and no other. Both files are that structure written out.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from trialist.endpoints import ENDPOINTS, definition
from trialist.formats.adam.declarations import (
    CONTROLLED,
    DECODES,
    WORDS_OF_CODES,
    declared,
    kind_of,
)
from trialist.formats.adam.parameters import ABOUT
from trialist.formats.labels import column_labels, label_of

if TYPE_CHECKING:
    import pyarrow as pa

    from trialist.study import Result

Described = dict[str, Any]

STANDARD = {"oid": "STD.ADAMIG", "name": "ADaMIG", "type": "IG", "version": "1.3", "status": "Final"}
_GRADES = {"ATOXGRL": "L", "ATOXGRH": "H"}
_VALUES = ("AVAL", "AVALC", *_GRADES)
_NUMBER_WIDTH = 8
_DIGITS = 12


def described(result: Result, tables: Mapping[str, pa.Table], suffix: str) -> Described:
    """The description of ADaM tables, as plain JSON values.

    Parameters
        result  of which `tables` are the ADaM data sets, by name in lower case
        suffix  of the files: .parquet, .xpt, .json
    Returns   study, standards, data_sets (each with its variables, and the values of AVAL, AVALC and
              grades by PARAMCD), code_lists, methods
    """
    plan = result.protocol.plan
    made: Described = {
        "study": {"id": plan.trial, "name": plan.trial, "description": plan.title},
        "standards": [STANDARD],
        "data_sets": [],
        "code_lists": [],
        "methods": [],
    }
    for name, table in tables.items():
        made["data_sets"].append(_data_set(name, table, suffix, result, made))
    return made


def _data_set(name: str, table: pa.Table, suffix: str, result: Result, made: Described) -> Described:
    kind = kind_of(name, table.column_names)
    labels = column_labels(table)
    about = json.loads((table.schema.metadata or {}).get(ABOUT, b"{}"))
    own = _of_the_study(about, result)
    keys = [key for key in kind.keys if key in table.column_names]
    found: Described = {
        "oid": f"IG.{name.upper()}",
        "name": name.upper(),
        "label": label_of(table) or name.upper(),
        "class": kind.kind,
        "structure": kind.structure,
        "keys": keys,
        "file": f"{name}{suffix}",
        "records": table.num_rows,
        "variables": [],
    }
    for variable in table.column_names:
        of = declared(name, variable)
        told = own.get(variable, of.told)
        oid = f"{name.upper()}.{variable}"
        entry: Described = {
            "oid": f"IT.{oid}",
            "name": variable,
            "label": labels.get(variable, variable),
            **_type(table[variable]),
            "mandatory": table.num_rows > 0 and table[variable].null_count == 0,
            "origin": of.origin,
        }
        if of.origin == "Derived" and told:
            entry["method"] = _method(made, oid, f"Derivation of {oid}", told)
        elif told:
            entry["told"] = told
        if of.coded or variable in own.get("coded", ()):
            entry["code_list"] = _code_list(made, oid, table, variable)
        if variable in _VALUES and "PARAMCD" in table.column_names:
            entry["values"] = _values(name, variable, table, about, result, made) or None
        found["variables"].append({key: value for key, value in entry.items() if value is not None})
    return found


def _of_the_study(about: Mapping[str, Any], result: Result) -> dict[str, Any]:
    """What only this study says of its columns: conditions of population flags, levels of factors."""
    plan = result.protocol.plan
    told: dict[str, Any] = {}
    for name, population in about.get("populations", {}).items():
        told[population["flag"]] = f"Y where '{plan.populations[name].where}' holds, else N"
    factors = {c: n for n, c in about.get("columns", {}).items() if n in plan.factors}
    for column, name in factors.items():
        told[column] = f"Level of the factor '{name}' of the protocol"
    return told | {"coded": tuple(factors)}


def _values(
    name: str, variable: str, table: pa.Table, about: Mapping[str, Any], result: Result, made: Described
) -> list[Described]:
    """One entry per PARAMCD of the table: its type, code list, and the rule it was derived by."""
    import pyarrow.compute as pc

    found = []
    direction = _GRADES.get(variable)
    parameters = {
        entry["paramcd"]: entry
        for entry in about.get("parameters", ())
        if entry.get("direction") == direction
    }
    for code in dict.fromkeys(table["PARAMCD"].to_pylist()):
        if direction is not None and code not in parameters:
            continue
        rows = table.filter(pc.equal(table["PARAMCD"], code))
        oid = f"{name.upper()}.{variable}.{code}"
        entry: Described = {
            "oid": f"IT.{oid}",
            "paramcd": code,
            "label": rows["PARAM"][0].as_py(),
            **_type(rows[variable]),
            "origin": "Derived",
        }
        if code in parameters:
            rule = _rule(parameters[code], result)
            of = f"{code}.{direction}" if direction else code
            entry["method"] = _method(made, f"{name.upper()}.{of}", f"Derivation of {of}", rule)
        else:
            entry["origin"], entry["told"] = "Predecessor", "LB.LBSTRESN"
        if variable != "AVAL":
            entry["code_list"] = _code_list(made, oid, rows, variable)
        found.append({key: value for key, value in entry.items() if value not in (None, "")})
    return found


def _rule(parameter: Mapping[str, Any], result: Result) -> str:
    """The derivation of an endpoint in words, with every option that it ran under."""
    plan = result.protocol.plan
    endpoint = plan.endpoints[parameter["endpoint"]]
    if parameter["estimand"] is not None:
        endpoint = result.estimands[parameter["estimand"]][1]
    entry = ENDPOINTS[endpoint.derive]
    if result.inputs.reconstructed:
        return "Times read off a published curve; the rule of the endpoint was not applied."
    summary = (entry.run.__doc__ or "").strip().split("\n\n")[0]
    options = "; ".join(f"{_plain(name)}: {_said(value)}" for name, value in definition(endpoint, plan))
    note = f" {endpoint.note}." if endpoint.note else ""
    return f"{' '.join(summary.split())} Rule: {options}.{note} Source: {entry.source}"


def _plain(name: str) -> str:
    return name.replace("_", " ")


def _said(value: Any) -> str:
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (list, tuple)):
        return ", ".join(map(_said, value)) or "none"
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {_said(told)}" for key, told in value.items())
    return str(value)


def _method(made: Described, oid: str, name: str, told: str) -> str:
    method = f"MT.{oid}"
    if all(known["oid"] != method for known in made["methods"]):
        made["methods"].append({"oid": method, "name": name, "type": "Computation", "description": told})
    return method


def _code_list(made: Described, oid: str, table: pa.Table, variable: str) -> str | None:
    """The codes that a column holds, with what each means where another column or a list says it."""
    decode = DECODES.get(variable)
    decode = decode if decode in table.column_names else None
    words: Mapping[str, str] = WORDS_OF_CODES.get(variable, {})
    seen: dict[str, str] = {}
    for row in table.select([variable, *([decode] if decode else [])]).to_pylist():
        if row[variable] is not None:
            code = str(row[variable])
            seen[code] = (row[decode] if decode else words.get(code)) or ""
    if not seen:
        return None
    nci, terms = next((v for end, v in CONTROLLED.items() if variable.endswith(end)), (None, {}))
    if nci is not None and not set(seen) <= set(terms):
        nci, terms = None, {}
    order = list(seen) if variable == "PARAMCD" else sorted(seen, key=_rank)
    entry: Described = {
        "oid": f"CL.{oid}",
        "name": f"{column_labels(table).get(variable, variable)} ({oid})",
        "type": _type(table[variable])["type"],
        "items": [
            {"code": code}
            | ({"decode": seen[code]} if seen[code] else {})
            | ({"nci": terms[code]} if code in terms else {})
            for code in order
        ],
    }
    if nci is not None:
        entry["nci"] = nci
    made["code_lists"].append(entry)
    return str(entry["oid"])


def _rank(code: str) -> tuple[float, str]:
    return (float(code), "") if code.lstrip("-").isdigit() else (float("inf"), code)


def _type(column: pa.ChunkedArray) -> Described:
    """Type and length by Define-XML: dates are SAS dates, numbers with the digits that they have."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_date(column.type):
        return {"type": "integer", "length": _NUMBER_WIDTH, "format": "DATE9."}
    if pa.types.is_integer(column.type):
        widest = max((len(str(abs(v))) for v in _ends(column)), default=1)
        return {"type": "integer", "length": max(widest, 1)}
    if pa.types.is_floating(column.type):
        shown = [f"{v:.{_DIGITS}g}" for v in pc.unique(column).to_pylist() if v is not None]
        if all(text.lstrip("-").isdigit() for text in shown):
            return {"type": "integer", "length": max((len(t.lstrip("-")) for t in shown), default=1)}
        digits = max(len(text.partition(".")[2]) for text in shown)
        return {"type": "float", "length": max(map(len, shown)), "digits": digits}
    width = pc.max(pc.utf8_length(column.cast(pa.string()))).as_py() or 1
    return {"type": "text", "length": max(int(width), 1)}


def _ends(column: pa.ChunkedArray) -> list[int]:
    import pyarrow.compute as pc

    ends = pc.min_max(column).as_py()
    return [value for value in ends.values() if value is not None]
