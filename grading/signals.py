"""The one way in which grading tells the layer above that something has happened."""

from django.dispatch import Signal

grading_finished = Signal()
"""Sent once for each grading, after the commit that finished it. Keyword: `grading`, the finished
`Grading`.
"""
