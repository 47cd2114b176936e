"""The thin layer over SymPy on which every derivation is written; it knows no model."""
