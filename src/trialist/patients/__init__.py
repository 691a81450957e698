"""Single patients of a study: what the records hold of them, and every verdict with what decided it."""
