"""Rules for any declared model: from its declaration to the graph, the updates and the bound.

Each takes a model or a mean field and yields the steps of a derivation. Every claim is stated in
the distributions of the declaration itself, and tried by what these mean.
"""
