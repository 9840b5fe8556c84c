"""Programs that are handed in and run in the sandbox only. They are read as texts, never imported."""
