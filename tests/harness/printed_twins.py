"""The claim that all twins of printed formulas make: what is recorded of it, and when it holds."""

from collections.abc import Callable

import numpy as np

from harness.ledger import Ledger


def establish(
    ledger: Ledger, key: str, errors: Callable[[], list[float]], tolerance: float
) -> None:
    """Record that the code equals what is printed, and hold every error of it to a tolerance."""
    entry = ledger.record(
        key=key,
        claim="the code equals the printed formula, evaluated literally",
        kind="enumeration",
    )
    found = errors()
    largest = float(np.max(found))  # NumPy's, which NaN does not pass by
    entry.figures.update(cases=len(found), worst_error=float(f"{largest:.1e}"))
    assert len(found) > 1
    assert largest <= tolerance
