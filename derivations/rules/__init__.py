"""Rules for any declared model: from its declaration to the graph, the updates and the bound.

Each takes a model or a mean field and yields the steps of a derivation. Every claim is stated with
the declared distributions, and checked by their meaning.
"""
