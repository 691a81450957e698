"""Sentences as unit vectors: the forward pass of a small BERT encoder, arrays in, arrays out.

Weights come as a mapping of names to arrays, under the names of Hugging Face's BertModel; tokens and their
mask come from a tokenizer. No framework of neural networks is needed for six layers of matrix products.
Source: Devlin et al. 2019, NAACL, 4171 (BERT); Wang et al. 2020, NeurIPS (MiniLM); mean pooling: Reimers and
Gurevych 2019, EMNLP, 3982.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

Singles = NDArray[np.float32]
Weights = Mapping[str, Singles]
LAYERS, HEADS, NORM = 6, 12, 1e-12


def encode(weights: Weights, tokens: NDArray[np.int64], mask: NDArray[np.int64]) -> Singles:
    """Vectors of length 1, one a row, of sentences: token ids (row, position) and a mask (1 is a token).

    A row without a token has a vector of zeros.
    """
    rows, length = tokens.shape
    hidden = (
        weights["embeddings.word_embeddings.weight"][tokens]
        + weights["embeddings.position_embeddings.weight"][:length]
        + weights["embeddings.token_type_embeddings.weight"][0]
    )
    hidden = _normed(weights, "embeddings.LayerNorm", hidden)
    away = np.where(mask, 0.0, -1e9).astype(np.float32)[:, None, None, :]
    for layer in range(LAYERS):
        name = f"encoder.layer.{layer}."
        query, key, value = (
            _heads(_dense(weights, f"{name}attention.self.{part}", hidden))
            for part in ("query", "key", "value")
        )
        scores = query @ key.transpose(0, 1, 3, 2) / np.float32(np.sqrt(query.shape[-1])) + away
        scores = np.exp(scores - scores.max(axis=-1, keepdims=True))
        scores /= scores.sum(axis=-1, keepdims=True)
        seen = (scores @ value).transpose(0, 2, 1, 3).reshape(rows, length, -1)
        seen = _dense(weights, f"{name}attention.output.dense", seen)
        hidden = _normed(weights, f"{name}attention.output.LayerNorm", hidden + seen)
        inner = _gelu(_dense(weights, f"{name}intermediate.dense", hidden))
        inner = _dense(weights, f"{name}output.dense", inner)
        hidden = _normed(weights, f"{name}output.LayerNorm", hidden + inner)
    kept = mask[:, :, None].astype(np.float32)
    mean = (hidden * kept).sum(axis=1) / np.maximum(kept.sum(axis=1), 1e-9)
    return np.asarray(mean / np.maximum(np.linalg.norm(mean, axis=1, keepdims=True), 1e-12))


def _dense(weights: Weights, name: str, x: Singles) -> Singles:
    return np.asarray(x @ weights[f"{name}.weight"].T + weights[f"{name}.bias"])


def _normed(weights: Weights, name: str, x: Singles) -> Singles:
    x = x - x.mean(axis=-1, keepdims=True)
    x = x / np.sqrt((x * x).mean(axis=-1, keepdims=True) + np.float32(NORM))
    return np.asarray(x * weights[f"{name}.weight"] + weights[f"{name}.bias"])


def _heads(x: Singles) -> Singles:
    rows, length, width = x.shape
    return x.reshape(rows, length, HEADS, width // HEADS).transpose(0, 2, 1, 3)


def _gelu(x: Singles) -> Any:
    from scipy.special import erf

    return 0.5 * x * (1 + erf(x / np.float32(np.sqrt(2))))
