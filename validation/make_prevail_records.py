"""Turn reconstructed patient data of kmdata into the `xt` records of the shipped trial.

    python validation/make_prevail_records.py FOLDER

FOLDER holds PREVAIL_1A.csv (radiographic progression-free survival) and PREVAIL_1B.csv (overall
survival) with the columns time (months), event and arm, as in kmdata (Robert Redd, MIT licence). Times
are written as printed there. Subjects of the two endpoints are different rows of two figures: they get
different identifiers because they can't be linked.
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path

RECORDS = Path(__file__).parents[1] / "src" / "trialist" / "trials" / "prevail" / "records"
FIGURES = (("PREVAIL_1A.csv", "rpfs"), ("PREVAIL_1B.csv", "os"))
CODES = {"enzalutamide": "ENZ", "placebo": "PBO"}


def main(folder: Path) -> None:
    RECORDS.mkdir(parents=True, exist_ok=True)
    with (RECORDS / "xt.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("USUBJID", "ENDPOINT", "ARMCD", "TIME", "EVENT"))
        for name, endpoint in FIGURES:
            rows = csv.DictReader((folder / name).open(encoding="utf-8", newline=""))
            for number, row in enumerate(rows, 1):
                subject = f"PREVAIL-{endpoint.upper()}-{number:04d}"
                writer.writerow((subject, endpoint, CODES[row["arm"]], row["time"], row["event"]))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
