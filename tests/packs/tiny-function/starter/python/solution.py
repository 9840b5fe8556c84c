def add(a, b):
    return 0


def word_counts(text):
    return {}


def chunks(items, size):
    return []
