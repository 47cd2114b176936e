"""Assumptions attacked: every claim tried at the hostile points that its assumptions admit.

Its ordinary evidence draws moderate points, all sizes different. Here the same checks are run where
a size is one, where values are equal, zero, one, or twelve decades away, and at mixtures of these.
"""
