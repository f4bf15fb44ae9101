"""What Onbelay decides: pure flows, and the small engine that steps them."""
