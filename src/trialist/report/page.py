"""The report as one HTML page: no host outside, styles and script inside, readable without the script."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.resources import files
from operator import attrgetter
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from trialist.problems import Place, Problem
from trialist.protocol.model import Protocol
from trialist.report import numbers, patient_figures, section_figures, sections, words
from trialist.report.event_figures import event_figures
from trialist.report.event_tables import event_tables
from trialist.report.exposure import exposure_tables
from trialist.report.model import ReportData
from trialist.report.participant_flow import check_flow
from trialist.report.patient_view import patient_view
from trialist.report.side_by_side import Row, SideBySide, any_recalled, told_apart

if TYPE_CHECKING:
    from jinja2 import Environment


def environment(protocol: Protocol | None = None) -> Environment:
    """The templates of this package, escaping everything that is not made by a drawing of ours.

    Places in the folder of `protocol` are shown as seen from beside it.
    """
    from jinja2 import Environment, PackageLoader, StrictUndefined
    from markupsafe import Markup

    made = Environment(
        loader=PackageLoader("trialist.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["groupby_kept"] = _runs
    folder = PurePath(protocol.file).parent if protocol else None
    made.filters["place"] = lambda place: words.place(place, folder)
    made.filters["file"] = lambda file: words.place(Place(file), folder)
    style = files("trialist.report").joinpath("templates/page.css").read_text(encoding="utf-8")
    made.globals.update(
        css=Markup(style),  # our own file
        numbers=numbers,
        words=words,
        told_apart=told_apart,
        sentence=words.sentence,
        by_method=sections.by_method,
        unit=sections.unit,
        of_somebody=sections.of_somebody,
        of_nobody=sections.of_nobody,
    )
    return made


def render_report(data: ReportData) -> str:
    """The whole report.

    Problems  E650 when the participant flow does not add up: shown beside the flow and in the list
    """
    plan = data.protocol.plan
    origin = data.provenance.origin
    joined = sections.results(data)
    wrong = check_flow(data.flow) if data.flow else ()
    cited = _cited(data)
    shown: dict[str, Any] = {
        "data": data,
        "plan": plan,
        "origin": origin,
        "headline": words.origin_headline(origin),
        "warning": words.origin_warning(origin),
        "joined": joined,
        "glance": section_figures.glance_figure(data, joined),
        "flow": section_figures.flow_figure(data),
        "flow_problems": wrong,
        "endpoints": sections.endpoint_sections(data),
        "exposures": exposure_tables(data),
        "safety": sections.safety(data),
        "swimmer": patient_figures.swimmer_figure(data),
        "patients": tuple(
            (patient_figures.why_chosen(plan, e), patient_view(e.patient, plan, origin))
            for e in data.examples
        ),
        "event_figures": event_figures(data),
        "event_tables": event_tables(plan, data.findings),
        "problems": _ordered((*wrong, *data.problems, *(p for f in data.findings for p in f.problems))),
        "analyses": tuple(_analyses(data)),
        "recalled": _any_recalled(data, joined),
        "cited": cited,
        "cited_ids": frozenset(row[0] for row in cited),
    }
    return environment(data.protocol).get_template("report.html").render(shown)


def _any_recalled(data: ReportData, joined: SideBySide) -> bool:
    return any_recalled(joined) or any(words.recalled(f.origin) for f in data.published)


def _runs(rows: Iterable[Row], path: str) -> list[tuple[str, list[Row]]]:
    """Rows grouped by an attribute, groups in the order of their first row."""
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(attrgetter(path)(row), []).append(row)
    return list(found.items())


def _ordered(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Each problem once: errors, warnings, notes."""
    rank = {"error": 0, "warning": 1, "note": 2}
    return tuple(
        sorted(dict.fromkeys(problems), key=lambda p: (rank[p.severity], p.code, str(p.place or "")))
    )


def _analyses(data: ReportData) -> Iterable[tuple[str, str, str, str, str]]:
    """(analysis, endpoint, population, methods in words, place in the protocol) for the appendix."""
    plan = data.protocol.plan
    for name, analysis in plan.analyses.items():
        estimand = plan.estimands.get(analysis.estimand or "")
        endpoint = analysis.endpoint or (estimand.endpoint if estimand else "")
        population = analysis.population or (estimand.population if estimand else "")
        ran = dict.fromkeys(words.method(f.method) for f in data.findings if f.analysis == name)
        said = words.sentence("; ".join(ran)) if ran else "No result here"
        place = data.protocol.place("analyses", name)
        where = f"protocol line {place.line}" if place.line else words.place(place)
        yield name, words.endpoint(plan, endpoint), words.population(plan, population), said, where


def _cited(data: ReportData) -> tuple[tuple[str, str, str | None, str | None], ...]:
    """(id, citation, doi, pmid) of the sources behind the published numbers."""
    used = {f.origin.source for f in data.published if f.origin.source and not words.recalled(f.origin)}
    used |= {row.source for row in data.design if row.source}
    sources = {**data.sources, **data.protocol.plan.sources}
    return tuple((s, sources[s].citation, sources[s].doi, sources[s].pmid) for s in sources if s in used)
