"""A version of a standard that is named exists."""

from __future__ import annotations

from collections.abc import Iterator

from trialist.evidence.audit.model import Verdict
from trialist.evidence.claims.model import Reading
from trialist.evidence.claims.standards import known
from trialist.evidence.model import Store
from trialist.registry import entry


@entry("standards", needs="version", gives="version that does not exist", source="claims/standards.yaml")
def run(reading: Reading, store: Store | None) -> Iterator[Verdict]:
    for claim in reading.of("standard"):
        listed = known()[str(claim.said["standard"])]
        version = claim.numbers["version"].text
        if listed["read"] == "memory" or "versions" not in listed or version in listed["versions"]:
            continue
        near = listed.get("near", {}).get(version)
        yield Verdict(
            "standards", "version that does not exist", "B", claim,
            f"there is no {listed['label']} version {version}",
            (f"released: {listed['shown']} [{listed['read']}]",),
            f"did you mean {near}? Name what was used" if near else "name the version that was used",
        )  # fmt: skip
