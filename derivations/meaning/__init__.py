"""The meaning of notation: distributions, densities, expectations, divergences, derivatives."""
