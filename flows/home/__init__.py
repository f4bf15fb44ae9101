"""Home: the menu, the languages, and the kind line for whatever nobody else was waiting for."""
