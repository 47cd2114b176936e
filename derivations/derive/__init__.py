"""Builders of derivations: from a model or a mean field to steps, results and their checks."""
