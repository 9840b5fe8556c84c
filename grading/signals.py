"""The one way in which grading tells the layer above that something has happened."""

from django.dispatch import Signal

grading_finished = Signal()
"""Sent after the commit that finished a grading, or withdrew it. Keyword: `grading`, the row as it is now.

Never twice, and not at all if the process ends between the commit and the signal: the row is the truth. Who
must miss none looks at the rows as well, as the timer does that gives candidates their time back.
"""
