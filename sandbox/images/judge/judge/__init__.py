"""The judge's own code takes this place: `shipped("judge", extra=...)` brings it."""
