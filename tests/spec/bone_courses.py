"""Bone scans in short: `58:xy 110:-` is x and y on day 58, none on day 110, and `166:?` can't be read.

`166:(x)y` shows y and can't tell of x.
"""

from __future__ import annotations

import re


def bone_scans(courses: str) -> str:
    """The rows of `bone_scans` for lines of `subject | scans`."""
    rows = ["subject | day | lesion | readable"]
    for line in filter(None, map(str.strip, courses.splitlines())):
        subject, scans = (part.strip() for part in line.split("#")[0].split("|"))
        for day, _, shown in (scan.partition(":") for scan in scans.split()):
            for name in [""] if shown in "-?" else re.findall(r"\(\w\)|\w", shown):
                read = "no" if shown == "?" or name.startswith("(") else "yes"
                rows.append(f"{subject} | {day} | {name.strip('()')} | {read}")
    return "\n".join(rows)
