"""A document's claims and the store: what a claim speaks of there, and whether the numbers agree."""
