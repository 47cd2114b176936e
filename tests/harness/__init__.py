"""Additions of the test suite to pytest: a seed, a device, a ledger of established claims."""

import pytest

# Their asserts are to say as much as those of the tests that call them.
pytest.register_assert_rewrite("harness.dice_commands", "harness.dice_comparisons")
