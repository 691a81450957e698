"""define.xml and define.json describe the ADaM data sets that stand beside them, and nothing else."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import pyarrow as pa
import pytest
from test_adam_names import DAY_0, PLAN, TEXTS
from text_tables import domain

from trialist.engines.duckdb import connect
from trialist.formats import read_table
from trialist.formats.adam.declarations import VARIABLES
from trialist.formats.adam.variables import LABELS
from trialist.formats.adam.written import write_adam
from trialist.formats.labels import column_labels, label_of
from trialist.protocol.parse import parse_protocol
from trialist.records.registered import records_from_tables
from trialist.study import Result, run_study

ODM = "{http://www.cdisc.org/ns/odm/v1.3}"
DEF = "{http://www.cdisc.org/ns/def/v2.1}"
HREF = "{http://www.w3.org/1999/xlink}href"
GRADED = """  anaemia: {derive: laboratory_grade, version: "5.0", term: Anemia, label: Anaemia}
  potassium_high: {derive: laboratory_grade, version: "5.0", term: Hyperkalemia}
  potassium_low: {derive: laboratory_grade, version: "5.0", term: Hypokalemia}
"""
LB = """
    subject | sequence | test_code | test       | value | unit   | lower_limit | upper_limit | visit    | date
    1       | 1        | HGB       | Hemoglobin | 12.5  | g/dL   | 13          | 17          | BASELINE | -2
    1       | 2        | HGB       | Hemoglobin | 9.4   | g/dL   | 13          | 17          | WEEK 3   | 21
    1       | 3        | K         | Potassium  | 5.2   | mmol/L | 3.5         | 5           | WEEK 3   | 21
    2       | 1        | HGB       | Hemoglobin | 14    | g/dL   | 13          | 17          | BASELINE | 0
"""


@pytest.fixture(scope="module")
def result() -> Result:
    protocol, problems = parse_protocol(PLAN.replace("populations:", GRADED + "populations:", 1), "tiny.yaml")
    assert protocol is not None, problems
    domains = {name: domain(name, text, day_0=DAY_0) for name, text in (TEXTS | {"lb": LB}).items()}
    records = records_from_tables(domains, origin="simulated", source="a test", connection=connect())
    return run_study(protocol, records)


@pytest.fixture(scope="module")
def home(result: Result, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("study")
    assert write_adam(result, folder, created="2024-06-01T00:00:00", format="xpt") == ()
    return folder / "adam"


@pytest.fixture(scope="module")
def version(home: Path) -> Element:
    found = ElementTree.parse(home / "define.xml").getroot().find(f"{ODM}Study/{ODM}MetaDataVersion")
    assert found is not None
    return found


def tables(home: Path) -> dict[str, pa.Table]:
    read = {file.stem: read_table(file)[0] for file in sorted(home.glob("ad*.parquet"))}
    return {name: table for name, table in read.items() if table is not None}


def named(version: Element, tag: str, attribute: str) -> list[str]:
    return [element.attrib[attribute] for element in version.iter(tag)]


def test_the_parts_stand_in_the_order_of_the_standard(version: Element) -> None:
    assert version.attrib[f"{DEF}DefineVersion"] == "2.1.0"
    assert list(dict.fromkeys(part.tag for part in version)) == [
        f"{DEF}Standards",
        f"{DEF}ValueListDef",
        f"{DEF}WhereClauseDef",
        f"{ODM}ItemGroupDef",
        f"{ODM}ItemDef",
        f"{ODM}CodeList",
        f"{ODM}MethodDef",
    ]


@pytest.mark.parametrize(
    ("reference", "attribute", "definition"),
    [
        (f"{ODM}ItemRef", "ItemOID", f"{ODM}ItemDef"),
        (f"{ODM}ItemRef", "MethodOID", f"{ODM}MethodDef"),
        (f"{ODM}CodeListRef", "CodeListOID", f"{ODM}CodeList"),
        (f"{DEF}ValueListRef", "ValueListOID", f"{DEF}ValueListDef"),
        (f"{DEF}WhereClauseRef", "WhereClauseOID", f"{DEF}WhereClauseDef"),
        (f"{ODM}ItemGroupDef", f"{DEF}StandardOID", f"{DEF}Standard"),
    ],
)
def test_what_is_referred_to_is_defined_once_and_what_is_defined_is_used(
    version: Element, reference: str, attribute: str, definition: str
) -> None:
    used = [e.attrib[attribute] for e in version.iter(reference) if attribute in e.attrib]
    defined = named(version, definition, "OID")
    assert used
    assert [oid for oid, count in Counter(defined).items() if count > 1] == []
    assert set(used) == set(defined)


def test_every_variable_of_every_data_set_is_described_in_its_order_and_no_other(
    version: Element, home: Path
) -> None:
    items = {item.attrib["OID"]: item for item in version.iter(f"{ODM}ItemDef")}
    found = {}
    for group in version.iter(f"{ODM}ItemGroupDef"):
        listed = group.findall(f"{ODM}ItemRef")
        assert [ref.attrib["OrderNumber"] for ref in listed] == [str(n + 1) for n in range(len(listed))]
        names = [items[ref.attrib["ItemOID"]].attrib["Name"] for ref in listed]
        found[group.attrib["Name"].lower()] = names
        leaf = group.find(f"{DEF}leaf")
        assert leaf is not None
        assert leaf.attrib["ID"] == group.attrib[f"{DEF}ArchiveLocationID"]
        assert (home / leaf.attrib[HREF]).is_file()
    assert found == {name: table.column_names for name, table in tables(home).items()}


def test_each_item_has_label_type_and_origin(version: Element, home: Path) -> None:
    for item in version.iter(f"{ODM}ItemDef"):
        assert item.attrib["DataType"] in {"text", "integer", "float"}
        assert int(item.attrib["Length"]) > 0
        assert (item.attrib["DataType"] == "float") == ("SignificantDigits" in item.attrib)
        origin = item.find(f"{DEF}Origin")
        assert origin is not None
        assert origin.attrib["Type"] in {"Assigned", "Derived", "Predecessor", "Protocol"}
        assert item.findtext(f"{ODM}Description/{ODM}TranslatedText")


def test_a_code_list_holds_the_codes_that_were_written_and_what_they_mean(
    version: Element, home: Path
) -> None:
    lists = {entry.attrib["OID"]: entry for entry in version.iter(f"{ODM}CodeList")}
    written = tables(home)
    plain = 0
    for item in version.iter(f"{ODM}ItemDef"):
        reference = item.find(f"{ODM}CodeListRef")
        parts = item.attrib["OID"].split(".")
        if reference is None or len(parts) > 3:
            continue
        codes = {
            code.attrib["CodedValue"]
            for code in lists[reference.attrib["CodeListOID"]]
            if "CodedValue" in code.attrib
        }
        values = written[parts[1].lower()][parts[2]].to_pylist()
        assert codes == {str(value) for value in values if value is not None}
        plain += 1
    assert plain > 20
    censored = lists["CL.ADTTE.CNSR"].findall(f"{ODM}CodeListItem")
    assert {c.attrib["CodedValue"]: "".join(c.itertext()).strip() for c in censored}["0"] == "Event"
    aliases = [a.attrib["Name"] for a in lists["CL.ADSL.ITTFL"].findall(f"{ODM}Alias")]
    assert aliases == ["C66742"]


def test_each_parameter_has_its_rule_in_words(version: Element) -> None:
    told = {
        method.attrib["OID"]: method.findtext(f"{ODM}Description/{ODM}TranslatedText") or ""
        for method in version.iter(f"{ODM}MethodDef")
    }
    pfs = told["MT.ADTTE.PFS"]
    assert "first of: radiographic_progression, death" in pfs
    assert "interval: 56" in pfs
    assert told["MT.ADSL.ITTFL"] == "Y where 'randomised' holds, else N"
    clauses = {
        clause.attrib["OID"]: clause.findtext(f"{ODM}RangeCheck/{ODM}CheckValue")
        for clause in version.iter(f"{DEF}WhereClauseDef")
    }
    assert clauses["WC.ADTTE.PFS"] == "PFS"
    assert len(clauses) == 7


def test_the_keys_tell_the_rows_apart(version: Element, home: Path) -> None:
    items = {item.attrib["OID"]: item.attrib["Name"] for item in version.iter(f"{ODM}ItemDef")}
    for group in version.iter(f"{ODM}ItemGroupDef"):
        keyed = {
            int(ref.attrib["KeySequence"]): items[ref.attrib["ItemOID"]]
            for ref in group.findall(f"{ODM}ItemRef")
            if "KeySequence" in ref.attrib
        }
        rows = tables(home)[group.attrib["Name"].lower()].to_pylist()
        assert max(Counter(tuple(r[keyed[n]] for n in sorted(keyed)) for r in rows).values()) == 1


def test_the_json_says_the_same(version: Element, home: Path) -> None:
    told = json.loads((home / "define.json").read_text(encoding="utf-8"))
    items = [v["oid"] for d in told["data_sets"] for v in d["variables"]]
    values = [v["oid"] for d in told["data_sets"] for x in d["variables"] for v in x.get("values", ())]
    assert sorted(items + values) == sorted(named(version, f"{ODM}ItemDef", "OID"))
    assert [m["oid"] for m in told["methods"]] == named(version, f"{ODM}MethodDef", "OID")


def test_every_labelled_variable_that_is_declared_says_how_it_is_made() -> None:
    names = {name.rpartition(".")[2] for name in VARIABLES}
    assert names <= set(LABELS)
    assert [name for name, of in VARIABLES.items() if not of.told] == []


@pytest.mark.parametrize("format", ["xpt", "dataset-json"])
def test_every_data_set_is_read_back_equal_from_the_other_formats(
    format: Any, result: Result, tmp_path: Path
) -> None:
    """Equal in values, names, labels and dates; a transport file knows no integers."""
    assert write_adam(result, tmp_path, created="2024-06-01T00:00:00", format=format) == ()
    suffix = {"xpt": ".xpt", "dataset-json": ".json"}[format]
    for name, table in tables(tmp_path / "adam").items():
        back, problems = read_table(tmp_path / "adam" / f"{name}{suffix}")
        assert back is not None, problems
        assert back.to_pylist() == table.to_pylist()
        assert column_labels(back) == column_labels(table)
        assert label_of(back) == label_of(table)
        dated = [field.name for field in table.schema if pa.types.is_date(field.type)]
        assert [field.name for field in back.schema if pa.types.is_date(field.type)] == dated


def test_the_keys_and_numeric_dates_stand_in_dataset_json(result: Result, tmp_path: Path) -> None:
    write_adam(result, tmp_path, created="2024-06-01T00:00:00", format="dataset-json")
    about = json.loads((tmp_path / "adam" / "adtte.json").read_text(encoding="utf-8"))
    columns = {column["name"]: column for column in about["columns"]}
    assert (columns["PARAMCD"]["keySequence"], columns["USUBJID"]["keySequence"]) == (1, 2)
    assert (columns["ADT"]["dataType"], columns["ADT"]["targetDataType"]) == ("date", "integer")
    assert about["datasetJSONCreationDateTime"] == "2024-06-01T00:00:00"
