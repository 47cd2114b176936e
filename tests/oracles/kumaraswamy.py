"""Kumaraswamy quantities by mpmath, straight from the distribution function.

Written from F(x) = 1 - (1 - x^a)^b alone: the digits, not the algebra, bear the cancellation.
"""

import mpmath as mp

from oracles.excess_bits import Number

# Digits that survive 1 - (1-u)^(1/b) at b = 1e8 and u = 1e-17, and 1 - x at x = 1 - 1e-300.
DIGITS = 120


def _precise(function):  # noqa: ANN001, ANN202
    def computed(*arguments: Number) -> Number:
        with mp.workdps(DIGITS):
            return function(*arguments)

    return computed


def _power(u: Number, b: Number) -> Number:
    """x^a at F(x) = u, and 1 - x^a beside it."""
    rest = mp.exp(mp.log(1 - u) / b)
    return (1 - rest, rest)


def _log1mexp(x: Number) -> Number:
    """log(1 - exp(x)), exp(x) possibly far below any number of digits kept."""
    return mp.log1p(-mp.exp(x)) if x < -1 else mp.log(-mp.expm1(x))


@_precise
def log_x(u: Number, a: Number, b: Number) -> Number:
    """Logarithm of the quantile."""
    power, rest = _power(u, b)
    return (mp.log(power) if rest > 1e-30 else mp.log1p(-rest)) / a


@_precise
def quantile(u: Number, a: Number, b: Number) -> Number:
    """Quantile: F(x) = u."""
    return mp.exp(log_x(u, a, b))


@_precise
def log1m_x(u: Number, a: Number, b: Number) -> Number:
    """Logarithm of 1 - quantile."""
    return _log1mexp(log_x(u, a, b))


@_precise
def by_a(u: Number, a: Number, b: Number) -> Number:
    """dx/da = -(dF/da) / f at the quantile."""
    log, rest = log_x(u, a, b), _power(u, b)[1]
    slope = b * mp.power(rest, b - 1) * mp.exp(a * log) * log
    return -slope / density_of_power(log, rest, a, b)


@_precise
def by_b(u: Number, a: Number, b: Number) -> Number:
    """dx/db = -(dF/db) / f at the quantile."""
    log, rest = log_x(u, a, b), _power(u, b)[1]
    slope = -mp.power(rest, b) * mp.log(rest)
    return -slope / density_of_power(log, rest, a, b)


def density_of_power(log: Number, rest: Number, a: Number, b: Number) -> Number:
    """f(x) = a b x^(a-1) (1 - x^a)^(b-1), given log x and 1 - x^a."""
    return a * b * mp.exp((a - 1) * log) * mp.power(rest, b - 1)


@_precise
def log_density(x: Number, a: Number, b: Number) -> Number:
    """Log density at x."""
    return log_density_at_log(mp.log(x), a, b)


@_precise
def log_density_at_log(log: Number, a: Number, b: Number) -> Number:
    """Log density at exp(log)."""
    return mp.log(a * b) + (a - 1) * log + (b - 1) * _log1mexp(a * log)


@_precise
def log_density_of_draw(u: Number, a: Number, b: Number) -> Number:
    """Log density at the quantile of u."""
    return log_density_at_log(log_x(u, a, b), a, b)


@_precise
def log_x_by_a(u: Number, a: Number, b: Number) -> Number:
    """D log x / da."""
    return by_a(u, a, b) / quantile(u, a, b)


@_precise
def log_x_by_b(u: Number, a: Number, b: Number) -> Number:
    """D log x / db."""
    return by_b(u, a, b) / quantile(u, a, b)


@_precise
def log1m_x_by_a(u: Number, a: Number, b: Number) -> Number:
    """D log(1-x) / da."""
    return by_a(u, a, b) / mp.expm1(log_x(u, a, b))


@_precise
def log1m_x_by_b(u: Number, a: Number, b: Number) -> Number:
    """D log(1-x) / db."""
    return by_b(u, a, b) / mp.expm1(log_x(u, a, b))


def cdf(x: Number, a: Number, b: Number) -> Number:
    """F(x)."""
    return 1 - mp.power(1 - mp.power(x, a), b)
