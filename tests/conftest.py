"""Options and fixtures every test shares; each has a module of its own in ``harness/``."""

pytest_plugins = ("pytester", "harness.device", "harness.ledger", "harness.seed")
