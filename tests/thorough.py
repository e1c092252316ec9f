"""Of many tests that are alike, some always run. The others run with --thorough."""

from itertools import cycle, islice, product

import pytest


def mostly_thorough(values, always):
    """Return the values as parameters of a test, of which only those in `always` run without --thorough.

    A tuple stands for several parameters.
    """
    return [
        pytest.param(
            *(value if isinstance(value, tuple) else (value,)), marks=() if value in always else pytest.mark.thorough
        )
        for value in values
    ]


def combined(*lists):
    """Return all combinations of values as parameters of a test. Without --thorough, each value runs in one at least.

    There the lists take turns: the first values together, then the second ones, and a short list begins again.
    """
    longest = max(map(len, lists))
    return mostly_thorough(list(product(*lists)), list(islice(zip(*map(cycle, lists), strict=True), longest)))
