"""What runs inside a candidate's container before and beside their code: trusted when it starts, and from the
first line of theirs on as little as they are.

The folder is copied into the images of the languages. It stands alone: the standard library and `wire`, which
the judge has as well. Nothing it says is believed; it is only ever the input of an assertion.
"""
