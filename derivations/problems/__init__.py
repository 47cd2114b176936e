"""The problems: for each its title, in the order of the report."""

PROBLEMS = {
    "dice": "Two dice whose sum picks a third",
    "kumaraswamy": "Reparameterizing Beta by Kumaraswamy",
    "softmax_gaussian": "Reparameterizing Dirichlet by a softmax of Gaussians",
    "gaussian_vae": "The variational autoencoder",
    "mmd": "Maximum mean discrepancy in place of the divergence",
    "linear_vae": "The linear VAE in closed form",
}
"""The first part of keys, and the title of all that is derived under it."""
