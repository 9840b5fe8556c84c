"""What a body must look like. Every check yields all the faults it finds, each with a JSON Pointer (RFC 6901)."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

STATUSES = ("pending", "paid", "shipped", "cancelled")


@dataclass(frozen=True)
class Fault:
    pointer: str
    message: str


Check = Callable[[object, str], Iterator[Fault]]
"""Called with a value and the pointer to it."""


def integer(low: int, high: int) -> Check:
    def check(value: object, pointer: str) -> Iterator[Fault]:
        # In Python a bool is an int; in JSON it is not.
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            yield Fault(pointer, f"must be an integer from {low} to {high}")

    return check


def one_of(*choices: str) -> Check:
    def check(value: object, pointer: str) -> Iterator[Fault]:
        if value not in choices:
            yield Fault(pointer, f"must be one of {', '.join(choices)}")

    return check


def identifier(value: object, pointer: str) -> Iterator[Fault]:
    if not isinstance(value, str) or not re.fullmatch(r"[A-Za-z0-9_-]{1,40}", value):
        yield Fault(pointer, "must be a string of 1 to 40 letters, digits, '-' or '_'")


def note(value: object, pointer: str) -> Iterator[Fault]:
    if value is not None and not (isinstance(value, str) and len(value) <= 200):
        yield Fault(pointer, "must be null or a string of at most 200 characters")


def list_of(check_item: Check, *, low: int, high: int) -> Check:
    def check(value: object, pointer: str) -> Iterator[Fault]:
        if not isinstance(value, list) or not low <= len(value) <= high:
            yield Fault(pointer, f"must be a list of {low} to {high} values")
            return
        for index, item in enumerate(value):
            yield from check_item(item, f"{pointer}/{index}")

    return check


def members(*, required: Mapping[str, Check] = {}, optional: Mapping[str, Check] = {}) -> Check:  # noqa: B006
    known = {**required, **optional}

    def check(value: object, pointer: str) -> Iterator[Fault]:
        if not isinstance(value, dict):
            yield Fault(pointer, "must be an object")
            return
        for key in required.keys() - value.keys():
            yield Fault(f"{pointer}/{key}", "is missing")
        for key, member in value.items():
            place = f"{pointer}/{escape(key)}"
            if key in known:
                yield from known[key](member, place)
            else:
                yield Fault(place, "is not known here")

    return check


def escape(key: str) -> str:
    return key.replace("~", "~0").replace("/", "~1")


new_order = members(
    required={
        "customer_id": identifier,
        "currency": one_of("EUR", "GBP", "USD"),
        "items": list_of(
            members(
                required={
                    "sku": identifier,
                    "quantity": integer(1, 1000),
                    "unit_price": integer(0, 10_000_000),
                }
            ),
            low=1,
            high=50,
        ),
    },
    optional={"note": note},
)

_change = members(optional={"status": one_of(*STATUSES), "note": note})


def change(value: object, pointer: str) -> Iterator[Fault]:
    yield from _change(value, pointer)
    if isinstance(value, dict) and not {"status", "note"} & value.keys():
        yield Fault(pointer, "must have 'status' or 'note'")
