"""Writing the PSA, one package each, the same inside: client, translate, adapter."""
