"""The only clock: the date that a face hands down."""

from __future__ import annotations

import datetime
import os


def today() -> str:
    """Today's date, ISO 8601; SOURCE_DATE_EPOCH (seconds) stands in for it where a build must repeat."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    if epoch and epoch.isdigit():
        return datetime.datetime.fromtimestamp(int(epoch), tz=datetime.UTC).date().isoformat()
    return datetime.date.today().isoformat()
