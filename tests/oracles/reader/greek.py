"""Greek letters by their English names, from Unicode's own names."""

from __future__ import annotations

import unicodedata

_NAMES = (
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lamda mu nu xi pi rho sigma tau "
    "upsilon phi chi psi omega"
)
GREEK = {n: unicodedata.lookup(f"GREEK SMALL LETTER {n}") for n in _NAMES.split()}
GREEK |= {n.title(): unicodedata.lookup(f"GREEK CAPITAL LETTER {n}") for n in _NAMES.split()}
GREEK |= {"lambda": GREEK["lamda"], "lam": GREEK["lamda"], "Lambda": GREEK["Lamda"]}
GREEK |= {"varepsilon": GREEK["epsilon"]}
