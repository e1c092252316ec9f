"""Of many tests that are alike, some always run. The others run with --thorough."""

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
