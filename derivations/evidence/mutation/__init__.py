"""Formulas broken on purpose, to see whether the evidence for each claim notices.

``operators`` break one node, ``sites`` finds the nodes of a formula and puts the broken one in its
place, ``statements`` says in which checks a formula stands, ``judging`` what they make of a mutant
put there, ``table`` counts.
"""
