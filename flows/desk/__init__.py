"""A coordinator's own commands: lists, duty, and words about a case that go to the case."""
