"""The audit of public libraries: the same claims, run on each, judged by other routes."""
