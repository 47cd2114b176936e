"""A thin layer over SymPy: formulas with indexed sums, their normal form, and mean-field models."""
