"""Tables, figures and pages as queries over findings and the protocol. Nothing is computed here."""

from trialist.report.drawings import draw_protocol
from trialist.report.page import render_report
from trialist.report.protocol_page import render_protocol_page

__all__ = ["draw_protocol", "render_protocol_page", "render_report"]
