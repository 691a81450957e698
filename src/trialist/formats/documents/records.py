"""JSON: abstracts of CSL-JSON, and registry records of ClinicalTrials.gov (API version 2)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from trialist.evidence.claims.model import Document
from trialist.formats.documents import Read, damaged, decoded
from trialist.formats.documents.bibliography import without_abstract
from trialist.formats.documents.builder import Builder


def read_json(content: bytes, name: str) -> Read:
    text, problems = decoded(content, name)
    if text is None:
        return (), problems
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        return (), (damaged(name, str(error)),)
    studies = data.get("studies") if isinstance(data, dict) else None
    items: list[Any] = data if isinstance(data, list) else studies if isinstance(studies, list) else [data]
    found: list[Document] = []
    without: list[str] = []
    for place, item in enumerate(items, 1):
        if not isinstance(item, dict):
            continue
        if "protocolSection" in item:
            found.append(_record(item, name, text))
        elif "abstract" in item or "title" in item:
            key = str(item.get("id") or item.get("DOI") or place)
            if isinstance(item.get("abstract"), str):
                builder = Builder(f"{name}#{key}")
                builder.add([(str(item.get("title") or ""), _line(text, item.get("title")))], "heading")
                builder.add([(item["abstract"], _line(text, item["abstract"]))])
                found.append(builder.done())
            else:
                without.append(key)
    if not found and not without:
        return (), (
            damaged(name, "it is neither CSL-JSON nor a record of ClinicalTrials.gov (API version 2)"),
        )
    return tuple(found), without_abstract(name, without)


def _line(text: str, value: Any) -> int | None:
    """The line of a JSON file where a text stands."""
    if not isinstance(value, str) or not value:
        return None
    for shown in (json.dumps(value, ensure_ascii=False)[1:-1], json.dumps(value)[1:-1]):
        at = text.find(shown)
        if at >= 0:
            return text.count("\n", 0, at) + 1
    return None


def _record(item: Mapping[str, Any], name: str, text: str) -> Document:
    protocol = item["protocolSection"] if isinstance(item["protocolSection"], dict) else {}
    number = str(_at(protocol, "identificationModule", "nctId") or "record")
    builder = Builder(f"{name}#{number}")
    for value, kind in _texts(protocol):
        builder.add([(value, _line(text, value))], kind)  # type: ignore[arg-type]
    dates = [
        _at(protocol, "statusModule", word, "date") for word in ("startDateStruct", "completionDateStruct")
    ]
    if all(isinstance(date, str) for date in dates):
        builder.add([(f"Start date {dates[0]}, completion date {dates[1]}.", _line(text, dates[0]))])
    count = _at(protocol, "designModule", "enrollmentInfo", "count")
    if isinstance(count, int):
        kind = str(_at(protocol, "designModule", "enrollmentInfo", "type") or "").lower()
        builder.add([(f"{count} participants enrolled ({kind}).", None)])
    results = item.get("resultsSection")
    if isinstance(results, dict):
        for value in _prose(results):
            builder.add([(value, _line(text, value))])
    return builder.done()


def _texts(protocol: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for path, kind in (
        (("identificationModule", "officialTitle"), "heading"),
        (("descriptionModule", "briefSummary"), "text"),
        (("descriptionModule", "detailedDescription"), "text"),
    ):
        value = _at(protocol, *path)
        if isinstance(value, str):
            yield value, kind
    for arm in _at(protocol, "armsInterventionsModule", "armGroups") or ():
        if isinstance(arm, dict) and isinstance(arm.get("description"), str):
            yield arm["description"], "text"
    for word in ("primaryOutcomes", "secondaryOutcomes", "otherOutcomes"):
        for outcome in _at(protocol, "outcomesModule", word) or ():
            if isinstance(outcome, dict):
                for part in ("measure", "description"):
                    if isinstance(outcome.get(part), str):
                        yield outcome[part], "item"
    value = _at(protocol, "eligibilityModule", "eligibilityCriteria")
    if isinstance(value, str):
        yield value, "text"


def _prose(value: Any, depth: int = 0) -> Iterator[str]:
    """Sentences of the results: descriptions and comments, not cells."""
    if depth > 12:
        return
    if isinstance(value, dict):
        for word, held in value.items():
            if isinstance(held, str) and word in (
                "description",
                "statisticalComment",
                "groupDescription",
                "populationDescription",
            ):
                yield held
            elif isinstance(held, (dict, list)):
                yield from _prose(held, depth + 1)
    elif isinstance(value, list):
        for held in value:
            yield from _prose(held, depth + 1)


def _at(value: Any, *path: str) -> Any:
    for word in path:
        if not isinstance(value, dict):
            return None
        value = value.get(word)
    return value
