"""A variational autoencoder of MNIST digits: data, networks, objectives, training, figures."""
