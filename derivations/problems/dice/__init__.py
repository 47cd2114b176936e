"""Two dice whose sum picks a third: assignment 1B (2024), problem 1.1, and its updates."""

MODULES = ("model", "updates", "bound", "evidence")
"""The modules in the order of reading."""
