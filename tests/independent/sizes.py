"""How many patients the second readings are compared on: one place, for all of them.

The suite compares 500. `make nightly` sets TRIALIST_PATIENTS to 10,000.
"""

from __future__ import annotations

import os

PATIENTS = max(500, int(os.environ.get("TRIALIST_PATIENTS", "500")))
