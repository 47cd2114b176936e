"""Code that does not end by itself, for tests of what ends it."""

import itertools
import math
from typing import NoReturn


def for_ever(*_: object) -> NoReturn:
    """Loop without end, past every ordinary exception."""
    for number in itertools.count():
        try:
            math.sqrt(number)
        except Exception:  # noqa: BLE001, S112 - as careless code does
            continue
    raise AssertionError
