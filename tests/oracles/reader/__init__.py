"""Reading printed formulas back: a grammar of its own, which shares no code with the printer.

Each format has a table of tokens (``text``, ``latex``, ``typst``, ``markdown``), which ``grammar``
reads into plain tuples. ``canonical`` brings equal trees to one form. ``statements`` writes claims
and expressions as such tuples, by ``tree`` and its siblings. ``value`` computes the number that a
tree stands for.
"""
