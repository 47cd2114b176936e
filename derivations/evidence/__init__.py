"""Ways of knowing: each module offers checks that end established, refuted or unknown."""
