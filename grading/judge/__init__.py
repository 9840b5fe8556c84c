"""What runs inside the judge's container: Python 3.13, pytest and clients, none of the platform.

The folder is copied into the judge's image as the package `judge`; on the worker it is `grading.judge`, and
only `framing` and `outcomes` are imported there.
"""
