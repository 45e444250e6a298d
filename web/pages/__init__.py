"""The pages. Each is a route that loads, a pure function that makes a view, and a template that shows it."""
