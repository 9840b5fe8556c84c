"""What a grading costs, beside bare pytest, plain docker and autograder-sandbox.

Run by `make bench`; never part of the tests.
"""
