"""The pictures of a protocol: schedule of activities, allocation, arms."""

from __future__ import annotations

from trialist.protocol.model import Protocol
from trialist.report.allocation_drawing import allocation_svg
from trialist.report.arms_drawing import arms_svg
from trialist.report.schedule_drawing import schedule_svg


def draw_protocol(protocol: Protocol) -> dict[str, str]:
    """Name -> SVG: `schedule`, `allocation`, `arms`. Each stands alone as a file."""
    plan = protocol.plan
    return {"schedule": schedule_svg(plan), "allocation": allocation_svg(plan), "arms": arms_svg(plan)}
