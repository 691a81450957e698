"""Designs of trials: what was stated, what follows, and how a design performs."""
