"""Edge-case runs: every claim is checked at the edge cases that its assumptions admit.

The ordinary checks draw moderate points with different sizes. Here the claims are checked at points
where a size is one, where values are equal, zero, one, or near 1e12, and at mixtures of these.
"""
