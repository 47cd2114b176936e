"""Code that does not end by itself, for tests of time limits."""

import itertools
import math
from typing import NoReturn


def for_ever(*_: object) -> NoReturn:
    """Loop without end, and ignore every ordinary exception."""
    for number in itertools.count():
        try:
            math.sqrt(number)
        except Exception:  # noqa: BLE001, S112 - as careless code does
            continue
    raise AssertionError
