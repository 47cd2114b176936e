"""A stranger's check of a printed derivation, which trusts nothing but the text it reads.

The words and formulas of a page are read (``page``, ``words``, ``letters``), given a meaning by a
glossary of its own (``glossary``, ``values``, ``evaluate``, ``means``, ``densities``), and every
claim is computed on both sides at random small instances (``instances``, ``verdicts``). Nothing of
``derivations`` and no computer algebra is imported.
"""
