"""Bone scans in short: `58:xy 110:-` is x and y on day 58, none on day 110, and `166:?` can't be read."""

from __future__ import annotations


def bone_scans(courses: str) -> str:
    """The rows of `bone_scans` for lines of `subject | scans`."""
    rows = ["subject | day | lesion | readable"]
    for line in filter(None, map(str.strip, courses.splitlines())):
        subject, scans = (part.strip() for part in line.split("#")[0].split("|"))
        for day, _, shown in (scan.partition(":") for scan in scans.split()):
            lesions = [""] if shown in "-?" else list(shown)
            rows += [f"{subject} | {day} | {name} | {'no' if shown == '?' else 'yes'}" for name in lesions]
    return "\n".join(rows)
