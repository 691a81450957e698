"""Evidence from elsewhere into curated files: our own findings, registry records with results, tables.

Every reader gives `Draft`s, one a trial; `written.write_draft` makes the curated file of each, which is read
again before it is kept.
"""

from __future__ import annotations

from trialist.formats.evidence.draft import Draft, read_drafts
from trialist.formats.evidence.written import curated_text, file_names

__all__ = ["Draft", "curated_text", "file_names", "read_drafts"]
