"""The words of the store: treatments, drugs, conditions, endpoints and the rest, each with its synonyms.

    vocabulary().find("drug", "Jevtana")     the term, or None
    vocabulary().terms("endpoint")           id -> term
    vocabulary().phrases("toxicity")         every phrase as it is compared -> term

One YAML file a kind lies beside this module. A phrase stands for one term of its kind.
"""

from __future__ import annotations

from trialist.evidence.vocabulary.reading import read_vocabulary, vocabulary
from trialist.evidence.vocabulary.terms import KINDS, Kind, Term, Vocabulary

__all__ = ["KINDS", "Kind", "Term", "Vocabulary", "read_vocabulary", "vocabulary"]
