"""define.xml of ADaM data sets, by Define-XML 2.1: the structure of `define.described` as XML.

Source  CDISC Define-XML 2.1 on ODM 1.3.2: element names, attributes and their order
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from trialist.formats.adam.define import Described

ODM = "http://www.cdisc.org/ns/odm/v1.3"
DEF = "http://www.cdisc.org/ns/def/v2.1"
XLINK = "http://www.w3.org/1999/xlink"
_VERSION = "2.1.0"


def define_xml(made: Described, *, created: str, software: str) -> bytes:
    """The whole file.

    Parameters
        made      from `define.described`
        created   creation time, ISO 8601; the clock is the caller's
        software  name and version of what made the data sets
    """
    study = made["study"]
    root = Element(
        "ODM",
        {
            "xmlns": ODM,
            "xmlns:def": DEF,
            "xmlns:xlink": XLINK,
            "ODMVersion": "1.3.2",
            "FileType": "Snapshot",
            "FileOID": f"DEF.{study['id']}.ADAM",
            "CreationDateTime": created,
            "SourceSystem": software.partition(" ")[0],
            "SourceSystemVersion": software.partition(" ")[2],
            "def:Context": "Other",
        },
    )
    about = SubElement(root, "Study", {"OID": f"STUDY.{study['id']}"})
    names = SubElement(about, "GlobalVariables")
    for tag, text in (("StudyName", "name"), ("StudyDescription", "description"), ("ProtocolName", "id")):
        SubElement(names, tag).text = study[text]
    version = SubElement(
        about,
        "MetaDataVersion",
        {
            "OID": f"MDV.{study['id']}.ADAM",
            "Name": f"{study['name']}, analysis data sets",
            "def:DefineVersion": _VERSION,
        },
    )
    standards = SubElement(version, "def:Standards")
    for standard in made["standards"]:
        names_of = {"OID": "oid", "Name": "name", "Type": "type", "Version": "version", "Status": "status"}
        SubElement(standards, "def:Standard", {k: standard[v] for k, v in names_of.items()})
    for part in (_value_lists, _where_clauses, _item_groups, _items, _code_lists, _methods):
        version.extend(part(made))
    indent(root)
    written: str = tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{written}\n'.encode()


def _told(parent: Element, text: str) -> None:
    words = SubElement(SubElement(parent, "Description"), "TranslatedText")
    words.set("xml:lang", "en")
    words.text = text


def _variables(made: Described) -> Iterator[tuple[Described, Described]]:
    for data_set in made["data_sets"]:
        for variable in data_set["variables"]:
            yield data_set, variable


def _clause(data_set: Described, paramcd: str) -> str:
    return f"WC.{data_set['name']}.{paramcd}"


def _value_lists(made: Described) -> Iterator[Element]:
    for data_set, variable in _variables(made):
        if "values" not in variable:
            continue
        listed = Element("def:ValueListDef", {"OID": variable["oid"].replace("IT.", "VL.", 1)})
        for place, value in enumerate(variable["values"], 1):
            item = {"ItemOID": value["oid"], "OrderNumber": str(place), "Mandatory": "No"}
            if "method" in value:
                item["MethodOID"] = value["method"]
            reference = SubElement(listed, "ItemRef", item)
            clause = _clause(data_set, value["paramcd"])
            SubElement(reference, "def:WhereClauseRef", {"WhereClauseOID": clause})
        yield listed


def _where_clauses(made: Described) -> Iterator[Element]:
    seen: set[str] = set()
    for data_set, variable in _variables(made):
        for value in variable.get("values", ()):
            oid = _clause(data_set, value["paramcd"])
            if oid in seen:
                continue
            seen.add(oid)
            clause = Element("def:WhereClauseDef", {"OID": oid})
            check = SubElement(
                clause,
                "RangeCheck",
                {
                    "Comparator": "EQ",
                    "SoftHard": "Soft",
                    "def:ItemOID": f"IT.{data_set['name']}.PARAMCD",
                },
            )
            SubElement(check, "CheckValue").text = value["paramcd"]
            yield clause


def _item_groups(made: Described) -> Iterator[Element]:
    for data_set in made["data_sets"]:
        name, keys = data_set["name"], data_set["keys"]
        leaf = f"LF.{name}"
        group = Element(
            "ItemGroupDef",
            {
                "OID": data_set["oid"],
                "Name": name,
                "Repeating": "No" if len(keys) == 1 else "Yes",
                "IsReferenceData": "No",
                "SASDatasetName": name,
                "Purpose": "Analysis",
                "def:Structure": data_set["structure"],
                "def:ArchiveLocationID": leaf,
                "def:StandardOID": made["standards"][0]["oid"],
            },
        )
        _told(group, data_set["label"])
        for place, variable in enumerate(data_set["variables"], 1):
            item = {
                "ItemOID": variable["oid"],
                "OrderNumber": str(place),
                "Mandatory": "Yes" if variable["mandatory"] else "No",
            }
            if variable["name"] in keys:
                item["KeySequence"] = str(keys.index(variable["name"]) + 1)
            if "method" in variable:
                item["MethodOID"] = variable["method"]
            SubElement(group, "ItemRef", item)
        SubElement(group, "def:Class", {"Name": data_set["class"]})
        place_of = SubElement(group, "def:leaf", {"ID": leaf, "xlink:href": data_set["file"]})
        SubElement(place_of, "def:title").text = data_set["file"]
        yield group


def _items(made: Described) -> Iterator[Element]:
    for _, variable in _variables(made):
        yield _item(variable, variable["name"], None if "values" not in variable else variable["oid"])
        for value in variable.get("values", ()):
            yield _item(value, variable["name"], None)


def _item(entry: Described, name: str, listed: str | None) -> Element:
    item = Element(
        "ItemDef",
        {
            "OID": entry["oid"],
            "Name": name,
            "SASFieldName": name,
            "DataType": entry["type"],
            "Length": str(entry["length"]),
        },
    )
    if "digits" in entry:
        item.set("SignificantDigits", str(entry["digits"]))
    if "format" in entry:
        item.set("def:DisplayFormat", entry["format"])
    _told(item, entry["label"])
    if "code_list" in entry:
        SubElement(item, "CodeListRef", {"CodeListOID": entry["code_list"]})
    origin: dict[str, Any] = {"Type": entry["origin"]}
    if entry["origin"] in ("Derived", "Assigned", "Protocol"):
        origin["Source"] = "Sponsor"
    element = SubElement(item, "def:Origin", origin)
    if entry.get("told"):
        _told(element, entry["told"])
    if listed is not None:
        SubElement(item, "def:ValueListRef", {"ValueListOID": listed.replace("IT.", "VL.", 1)})
    return item


def _code_lists(made: Described) -> Iterator[Element]:
    for entry in made["code_lists"]:
        listed = Element("CodeList", {"OID": entry["oid"], "Name": entry["name"], "DataType": entry["type"]})
        if "nci" not in entry:
            listed.set("def:IsNonStandard", "Yes")
        decoded = all("decode" in item for item in entry["items"])
        for item in entry["items"]:
            tag = "CodeListItem" if decoded else "EnumeratedItem"
            code = SubElement(listed, tag, {"CodedValue": item["code"]})
            if decoded:
                words = SubElement(SubElement(code, "Decode"), "TranslatedText")
                words.set("xml:lang", "en")
                words.text = item["decode"]
            if "nci" in item:
                SubElement(code, "Alias", {"Context": "nci:ExtCodeID", "Name": item["nci"]})
        if "nci" in entry:
            SubElement(listed, "Alias", {"Context": "nci:ExtCodeID", "Name": entry["nci"]})
        yield listed


def _methods(made: Described) -> Iterator[Element]:
    for entry in made["methods"]:
        names = {"OID": entry["oid"], "Name": entry["name"], "Type": entry["type"]}
        method = Element("MethodDef", names)
        _told(method, entry["description"])
        yield method
