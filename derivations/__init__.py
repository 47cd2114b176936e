"""Derivations of variational inference in SymPy, each line with evidence; without torch."""
