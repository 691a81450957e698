"""Write the vectors of what ships: each passage and statement of the store, by the extra `embedding`.

    python validation/make_vectors.py

A passage's text holds no number, so that the file is made again only when words change; a test says when.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from trialist.evidence.answers.embedding import embed, fingerprint
from trialist.evidence.answers.passages import passages
from trialist.evidence.store import load_store

FILE = Path(__file__).parents[1] / "src/trialist/evidence/answers/vectors.npz"


def main() -> int:
    texts = {fingerprint(each.text): each.text for each in passages(load_store())}
    names = sorted(texts)
    vectors = embed([texts[name] for name in names])
    if vectors is None:
        print("the extra 'embedding' is not installed", file=sys.stderr)
        return 1
    np.savez_compressed(FILE, texts=np.array(names), vectors=vectors.astype(np.float16))
    print(f"{len(names)} vectors, {FILE.stat().st_size / 1024:.0f} kB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
