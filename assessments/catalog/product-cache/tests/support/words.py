"""Numbers of things in words, and the members of a product."""

FIELDS = ("id", "name", "category", "price_cents", "stock", "reviews", "rating")


def times(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"
