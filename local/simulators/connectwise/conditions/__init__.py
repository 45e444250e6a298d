"""The little filter language of the API: read text into a test of one record."""
