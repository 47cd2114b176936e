"""How measurements are rounded before they are written."""

import math

__all__ = ["rounded"]

_DIGITS = 5  # kept of every number


def rounded(value: float) -> float:
    """Keep five significant digits, so that files are short and repeat on other machines.

    Raises
    ------
    ArithmeticError
        If the number is not finite: it must not pass for a measurement.
    """
    if not math.isfinite(value):
        message = f"wanted a finite measurement, got {value}"
        raise ArithmeticError(message)
    return float(f"{value:.{_DIGITS}g}")
