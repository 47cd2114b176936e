"""Methods of evidence: each check ends with established, refuted or unknown."""
