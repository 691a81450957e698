"""Days as arrays."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Days = NDArray[np.int64]
NEVER = np.int64(2**62)
"""Later than any day: of what did not happen, or does not end."""
