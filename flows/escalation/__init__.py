"""The case: phase, ladder, acknowledgement, follow-up, close. It ends with a human."""
