"""A question -> the trials that answer it -> pooled findings, with what was left out."""
