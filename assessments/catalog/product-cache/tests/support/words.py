"""What is wrong with an answer, in words for people."""

from typing import Any

FIELDS = ("id", "name", "category", "price_cents", "stock", "reviews", "rating")


def times(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def difference(shown: Any, true: Any) -> str:
    """What is wrong with a product, in words."""
    if shown is None or true is None:
        return "it says 404" if shown is None else "it still shows the product"
    if not isinstance(shown, dict):
        return "it is not a product"
    wrong = [name for name in FIELDS if shown.get(name) != true[name]]
    return (
        ", ".join(f"{name} is {shown.get(name)!r} instead of {true[name]!r}" for name in wrong)
        or "extra fields"
    )


def list_difference(shown: Any, true: dict[str, Any]) -> str:
    if not isinstance(shown, dict) or not isinstance(shown.get("products"), list):
        return "it is not a list of products"
    for one, other in zip(shown["products"], true["products"], strict=False):
        if one != other:
            return difference(one, other)
    return f"it has {times(len(shown['products']), 'product')} instead of {len(true['products'])}"
