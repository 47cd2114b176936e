"""Expressions over arrays as programs: plain instructions that another package runs on numbers."""

from derivations.programs.compiling import Program, compile_expressions

__all__ = ["Program", "compile_expressions"]
