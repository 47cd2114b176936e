"""Options and fixtures every test shares; each has a module of its own in ``harness/``."""

import os
import sys

if "PYTEST_XDIST_WORKER" in os.environ or any(word.startswith("--seeds") for word in sys.argv):
    # Workers, and seeds side by side, share the cores already: threads of their own would wait for
    # each other, for minutes.
    os.environ.setdefault("OMP_NUM_THREADS", "1")

pytest_plugins = (
    "pytester",
    "harness.device",
    "harness.false_alarms",
    "harness.ledger",
    "harness.historical",  # after the ledger, whose kinds of evidence it knows
    "harness.seed",
    "harness.seeds",
    "harness.site",
)
