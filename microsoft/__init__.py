"""Reading Microsoft: clouds, tokens, Graph, tenant to snapshot."""
