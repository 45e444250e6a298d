"""Pages and API, loaded at the first request, so that an error in a page can never stop a night."""
