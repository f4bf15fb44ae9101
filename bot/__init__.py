"""What Onbelay does: receives, steps the flows, keeps the times, sends."""
