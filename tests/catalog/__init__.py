"""The challenges that ship with Touchstone, graded for real."""
