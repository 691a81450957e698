"""Whole batches of simulated two-arm trials: times drawn, cut at looks, tested and estimated.

    model      what a trial is: accrual, randomisation, laws of times, visits, looks
    inversion  laws as whole-number thresholds, so that a random word gives a day without rounding
    philox     the counter-based generator
    courses    every patient's days, as arrays (`course_loops`: the same by machine code)
    comparisons  log-rank and Cox by replicate, as arrays (`comparison_loops`: the same by machine code)
    simulate   one look after the other, and what each replicate found

Draws are whole numbers compared with whole numbers: with and without numba they are the same, bit for bit.
"""
