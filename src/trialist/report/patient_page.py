"""One patient as an HTML page of its own."""

from __future__ import annotations

from trialist.findings.model import Origin
from trialist.patients.model import Patient
from trialist.protocol.model import Protocol
from trialist.report import words
from trialist.report.page import environment
from trialist.report.patient_view import patient_view
from trialist.software import software


def render_patient_page(patient: Patient, protocol: Protocol, origin: Origin) -> str:
    """The page of `trialist explain TRIAL --subject ID --out FILE.html`."""
    return (
        environment(protocol)
        .get_template("patient.html")
        .render(
            plan=protocol.plan,
            protocol=protocol,
            patient=patient_view(patient, protocol.plan, origin),
            origin=origin,
            headline=words.origin_headline(origin),
            warning=words.origin_warning(origin),
            software=software(),
        )
    )
