"""What the test suite adds to pytest: a seed, a device, and a ledger of what was established."""

import pytest

# Their asserts are to say as much as those of the tests that call them.
pytest.register_assert_rewrite("harness.dice_commands", "harness.dice_comparisons")
