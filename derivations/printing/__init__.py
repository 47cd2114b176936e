"""Notation for the expressions of the calculus, and documents written from report nodes."""
