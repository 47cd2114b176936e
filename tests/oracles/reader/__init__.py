"""Reading printed formulas back: a grammar of its own, which shares no code with the printer.

Each format has a table of tokens (``text``, ``latex``, ``typst``, ``markdown``), which ``grammar``
reads into plain tuples. ``canonical`` brings equal trees to one form; ``tree`` writes expressions of
the calculus as such tuples; ``value`` computes the number that a tree stands for.
"""
