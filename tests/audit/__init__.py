"""The audit of public libraries: the same claims, run on each, judged by other routes."""

SCHEMA = 1
"""Of the record that a run writes and the report reads."""
COMMAND = "tox run -e audit"
