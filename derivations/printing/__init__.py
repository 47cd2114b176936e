"""Printed notation for the expressions of the calculus, and documents built from report nodes."""
