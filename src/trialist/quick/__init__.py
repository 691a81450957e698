"""Analyses without a protocol: columns of a file or arrays in, findings out.

Nothing is computed here: the columns become the table of an endpoint's shape, the options become entries of
`analyses:`, and the same methods run as for a protocol.
"""

from trialist.quick.analysed import Analysed
from trialist.quick.responses import analyse_responses
from trialist.quick.times import analyse_times
from trialist.quick.values import analyse_pairs, analyse_values

__all__ = ["Analysed", "analyse_pairs", "analyse_responses", "analyse_times", "analyse_values"]
