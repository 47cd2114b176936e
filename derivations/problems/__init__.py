"""The problems: for each its title, in the order of the report."""

PROBLEMS = {
    "gaussian_vae": "The variational autoencoder",
}
"""The first part of keys, and the title of all that is derived under it."""
