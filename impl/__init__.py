"""Numerical twins of the derived formulas: variational inference that runs.

Nothing here imports `derivations`: an implementation generated from the formula it is tested
against would prove nothing.
"""
