"""Passages in many authors' words, right and with one fault, and how the audit takes them:
`python tests/evidence/paraphrases_measure.py NAME [PART] [-v]`.

An entry of `paraphrases/NAME.yaml` is `text`, which is true, with `swap`, the words that are put in the place
of others to make it false; or a `decoy`, which is true and looks wrong.
"""

from __future__ import annotations

import re
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import yaml

from trialist.evidence.audit import audit_together
from trialist.evidence.claims.lexicon import lexicon_of
from trialist.evidence.claims.read import read_claims
from trialist.evidence.store import load_store
from trialist.formats.documents import read_documents

HERE = Path(__file__).parent / "paraphrases"
STORE = load_store()
KNOWN = lexicon_of(STORE)
_MARKDOWN = re.compile(r"^#|^\|[ :|-]+\||\*\*|^\[\^|\]\(http", re.M)


def entries(name: str, part: str | None = None) -> list[dict[str, object]]:
    every: list[dict[str, object]] = yaml.safe_load((HERE / f"{name}.yaml").read_text(encoding="utf-8"))
    return [entry for entry in every if part in (None, entry["part"])]


def told(text: str, form: object = None) -> list[str]:
    """The verdicts on a text: rule and message."""
    suffix = form or ("md" if _MARKDOWN.search(text) else "txt")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"passage.{suffix}"
        path.write_text(text, encoding="utf-8")
        documents, _ = read_documents(path)
        readings = [read_claims(document, KNOWN) for document in documents]
        return [f"{v.rule}: {v.message}" for verdicts in audit_together(readings, STORE) for v in verdicts]


def outcomes(name: str, part: str | None = None) -> Iterator[tuple[str, str, str, list[str]]]:
    """Each passage: its kind, `true` or `false`, its text, and what was told of it."""
    for entry in entries(name, part):
        true = str(entry.get("decoy") or entry["text"])
        alarms = told(true, entry.get("form"))
        yield str(entry["kind"]), "true", true, alarms
        if "swap" in entry:
            old, new = entry["swap"]  # type: ignore[misc]
            false = true.replace(old, new)
            found = [line for line in told(false, entry.get("form")) if line not in alarms]
            yield str(entry["kind"]), "false", false, found


def main() -> None:
    asked = [word for word in sys.argv[1:] if word != "-v"]
    every = list(outcomes(asked[0], asked[1] if len(asked) > 1 else None))
    for kind in sorted({kind for kind, *_ in every}):
        false = [bool(found) for k, side, _, found in every if k == kind and side == "false"]
        true = [bool(found) for k, side, _, found in every if k == kind and side == "true"]
        print(
            f"{kind:12} found {sum(false)} of {len(false)};"
            f" alarms in {sum(true)} of {len(true)} true passages"
        )
    if "-v" in sys.argv:
        for kind, side, text, found in every:
            if bool(found) == (side == "true"):
                print(f"\n{'ALARM' if found else 'MISSED'} {kind}\n{text}", *found, sep="\n  ")


if __name__ == "__main__":
    main()
