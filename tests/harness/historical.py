"""Historical errors: the mark that names the registered error which a test rejects.

A test that recreates an error of ``oracles.historical`` and rejects it has this mark, with the kind
of evidence of its check. The name of the error must be in the id of the test::

    @pytest.mark.historical("kernel-elementwise", kind="enumeration")
    def test_kernel_elementwise_is_rejected() -> None: ...

    @pytest.mark.parametrize("faulty", cases(FAULTY, kind="enumeration"))

``pytest -k kernel-elementwise`` runs both. A mark with a name that is not registered, or is not in
the id of the test, is an error at collection. The marks are sent with the reports, and the ledger
keeps them with the outcomes.
"""

import json
from collections.abc import Mapping
from pathlib import Path

import pytest
from oracles.historical import ERRORS

from harness.ledger import HISTORICAL, KINDS

CARRIED = pytest.StashKey[set[str]]()
"""The errors named by collected tests, whether these are selected or not."""
FILES = pytest.StashKey[set[Path]]()
"""The files that tests were collected from."""


def cases(faults: Mapping[str, object], *, kind: str) -> list[object]:
    """Return parameters with their names as ids, with a mark for each historical error.

    If a name has no space before the first comma, it is that of a registered error:
    ``kl-sign-flipped`` or ``kl-sign-flipped, alone``. Any other name is an invented error. A tuple
    is several values.
    """
    return [
        case(name, *(value if isinstance(value, tuple) else (value,)), kind=kind)
        for name, value in faults.items()
    ]


def case(name: str, *values: object, kind: str) -> object:
    """Return one parameter of a test, marked if its name is that of a historical error."""
    error = name.split(", ", maxsplit=1)[0]
    marks = () if " " in error else (pytest.mark.historical(error, kind=kind),)
    return pytest.param(*values, id=name, marks=marks)


def pytest_configure(config: pytest.Config) -> None:
    """Declare the mark."""
    config.stash[CARRIED], config.stash[FILES] = set(), set()
    config.addinivalue_line(
        "markers", "historical(name, kind): rejects that error which public code shipped"
    )


def pytest_itemcollected(item: pytest.Item) -> None:
    """Note on a test which errors it rejects; refuse a mark that names none."""
    item.config.stash[FILES].add(item.path)
    for mark in item.iter_markers("historical"):
        (name,), kind = mark.args, mark.kwargs.get("kind")
        carried = any(part in item.name for part in (name, name.replace("-", "_")))
        for said, holds in (
            ("names no registered error", name in ERRORS),
            ("is not in the test's id", carried),
            (f"wants a kind of evidence, got {kind!r}", kind in KINDS),
        ):
            if not holds:
                msg = f"{item.nodeid}: historical({name!r}) {said}"
                raise pytest.UsageError(msg)
        item.config.stash[CARRIED].add(name)
        item.extra_keyword_matches.add(name)
        item.user_properties.append((HISTORICAL, json.dumps({"name": name, "kind": kind})))
