"""What notation means: distributions, densities, expectations, divergences, derivatives."""
