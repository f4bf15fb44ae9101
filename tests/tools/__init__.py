"""Small programs for whoever works on Onbelay. Not used by tests, not shipped."""
