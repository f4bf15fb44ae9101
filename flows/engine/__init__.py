"""The engine of the flows: vocabulary, tables, routing, checks. Standard library only."""
