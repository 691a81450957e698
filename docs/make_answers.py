"""Write the tables of measured answers into docs/explanation/answers.md.

python docs/make_answers.py
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "explanation" / "answers.md"
sys.path.insert(0, str(ROOT / "tests" / "answers"))


def main() -> None:
    from answers_measured import audit_table, table

    page = PAGE.read_text(encoding="utf-8")
    made = re.sub(r"(<!-- measured -->\n)[\s\S]*?(<!-- end -->)", lambda m: f"{m[1]}{table()}{m[2]}", page)
    made = re.sub(
        r"(<!-- audited -->\n)[\s\S]*?(<!-- end -->)", lambda m: f"{m[1]}{audit_table()}{m[2]}", made
    )
    PAGE.write_text(made, encoding="utf-8")


if __name__ == "__main__":
    main()
