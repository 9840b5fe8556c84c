"""What a grading costs, beside bare pytest and plain docker. Run by `make bench`; never part of the tests."""
