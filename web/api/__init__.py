"""The pages' actions as JSON, for scripts: the same rules, the same words, the same sign-in."""
