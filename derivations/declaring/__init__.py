"""A model as a user declares it: sizes, fixed numbers, plates and random variables in formulas."""

from derivations.declaring.model import DeclaredModel
from derivations.declaring.references import Reference

__all__ = ["DeclaredModel", "Reference"]
