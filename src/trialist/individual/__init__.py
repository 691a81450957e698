"""Individual patients beside published results: matched to another trial's, or pooled as restricted means.

It stands above `evidence`, which sees no patient, and above `quick` and `study`, which compare one trial's
own arms.
"""
