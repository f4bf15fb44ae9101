"""The record of attacks, for publishing: counted, with small numbers hidden, as CSV, JSON, HTML."""
