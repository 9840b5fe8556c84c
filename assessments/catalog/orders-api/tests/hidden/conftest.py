"""What the tests of the orders service say to it, in the words of the task. Tests share one running service, so none
may rely on how many orders there are; values are random, the kinds of mistakes tried are not.
"""

import json
import random
import re
import string
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from provider import Provider

NAME_CHARACTERS = string.ascii_letters + string.digits + "-_"
STRONG_TAG = re.compile(r'"[\x21\x23-\x7e]*"')
CURSOR = re.compile(r"[A-Za-z0-9_-]+")


@dataclass(frozen=True)
class Created:
    id: str
    order: dict[str, Any]
    tag: str
    """The ETag of the answer; '' if there was none."""

    @property
    def path(self) -> str:
        return f"/orders/{self.id}"


class Api:
    def __init__(self, service: Any, rng: random.Random, provider: Provider, same: Any) -> None:
        self.service = service
        self.provider = provider
        self.rng = rng
        self.same = same

    # Random values

    def name(self, length: int = 12) -> str:
        return "".join(self.rng.choices(NAME_CHARACTERS, k=length))

    def text(self, length: int) -> str:
        return "".join(self.rng.choices(string.ascii_letters + " .,-", k=length))

    def item(self, **changes: Any) -> dict[str, Any]:
        sample = {
            "sku": self.name(8),
            "quantity": self.rng.randint(2, 900),
            "unit_price": self.rng.randint(1, 9_000_000),
        }
        return {**sample, **changes}

    def body(self, *, lines: int = 2, **changes: Any) -> dict[str, Any]:
        """A valid new order of that many items."""
        sample = {
            "customer_id": self.name(),
            "currency": self.rng.choice(["EUR", "GBP", "USD"]),
            "items": [self.item() for _ in range(lines)],
            "note": self.text(20),
        }
        return {**sample, **changes}

    # Requests

    def post(self, body: Any, *, key: str | None = None) -> Any:
        return self.send("POST", "/orders", json.dumps(body), key=key)

    def patch(self, path: str, body: Any, tag: str | None = None) -> Any:
        headers = {} if tag is None else {"If-Match": tag}
        return self.send("PATCH", path, json.dumps(body), headers=headers)

    def send(
        self,
        method: str,
        path: str,
        content: str,
        *,
        media_type: str | None = "application/json",
        key: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> Any:
        sent = dict(headers or {})
        if media_type is not None:
            sent["Content-Type"] = media_type
        if key is not None:
            sent["Idempotency-Key"] = key
        return self.service.request(method, path, content=content.encode(), headers=sent)

    # Steps that a test takes for granted

    def create(self, *, key: str | None = None, **changes: Any) -> Created:
        answer = self.post(self.body(**changes), key=key)
        return self.created(answer, "Creating a valid order")

    def created(self, answer: Any, doing: str) -> Created:
        order = self.json(answer, 201, doing)
        assert isinstance(order.get("id"), str) and order["id"], f"{doing}: the order has no id that is a string."
        return Created(id=order["id"], order=order, tag=answer.headers.get("ETag", ""))

    def read(self, created: Created) -> Created:
        answer = self.service.get(created.path)
        order = self.json(answer, 200, "Reading an order")
        return Created(id=created.id, order=order, tag=answer.headers.get("ETag", ""))

    def change(self, created: Created, **changes: Any) -> Any:
        """PATCH with the current ETag; a service without ETags is tried with '*'."""
        return self.patch(created.path, changes, self.read(created).tag or "*")

    def changed(self, created: Created, **changes: Any) -> Created:
        answer = self.change(created, **changes)
        order = self.json(answer, 200, f"Changing {' and '.join(changes)} with the current ETag")
        return Created(id=created.id, order=order, tag=answer.headers.get("ETag", ""))

    def page(self, **query: Any) -> dict[str, Any]:
        wanted = {name: value for name, value in query.items() if value is not None}
        shown = self.json(self.service.get("/orders", params=wanted), 200, f"Listing with {sorted(wanted)}")
        data, cursor = shown.get("data"), shown.get("next_cursor", "")
        assert isinstance(data, list), "A page has no list 'data'."
        assert all(isinstance(order, dict) and "id" in order for order in data), "'data' holds something that is no order."
        assert cursor is None or (isinstance(cursor, str) and CURSOR.fullmatch(cursor)), (
            "'next_cursor' is neither null nor a string of A-Z a-z 0-9 - _."
        )
        return shown

    def check_listed_once(self, customer: object, during: str) -> None:
        """Asserts that one of the newest orders at the most is this customer's; does without the filter."""
        listed = [order for order in self.page(limit=10)["data"] if order.get("customer_id") == customer]
        assert len(listed) <= 1, f"{during}: {len(listed)} orders are listed instead of one."

    # What answers look like

    def json(self, answer: Any, status: int, doing: str) -> dict[str, Any]:
        self.status(answer, status, doing)
        kind = media_type(answer)
        assert kind == "application/json", f"{doing}: the Content-Type is {kind or 'missing'}, not application/json."
        shown = answer.json()
        assert isinstance(shown, dict), f"{doing}: the answer is not a JSON object."
        return shown

    def status(self, answer: Any, status: int, doing: str) -> None:
        assert answer.status_code == status, f"{doing} should be answered with {status}, not {answer.status_code}."

    def strong_tag(self, answer: Any, doing: str) -> str:
        tag = str(answer.headers.get("ETag", ""))
        assert STRONG_TAG.fullmatch(tag), f"{doing}: the answer has no strong ETag, that is, a text in double quotes."
        return tag

    def problem(self, answer: Any, status: int, doing: str) -> dict[str, Any]:
        self.status(answer, status, doing)
        kind = media_type(answer)
        assert kind == "application/problem+json", (
            f"{doing}: the {status} has Content-Type {kind or 'missing'}, not application/problem+json."
        )
        shown = answer.json()
        assert isinstance(shown, dict), f"{doing}: the problem is not a JSON object."
        self.same(shown.get("status"), status, f"{doing}: the member 'status' of the problem is not {status}.")
        for name in ("type", "title"):
            assert isinstance(shown.get(name), str), f"{doing}: the problem has no '{name}' that is a string."
        return shown

    def faults(self, answer: Any, expected: Sequence[str] | set[str], doing: str) -> None:
        errors = self.problem(answer, 422, doing).get("errors")
        assert isinstance(errors, list), f"{doing}: the 422 has no list 'errors'."
        for error in errors:
            whole = isinstance(error, dict) and isinstance(error.get("pointer"), str)
            assert whole, f"{doing}: an entry of 'errors' has no 'pointer' that is a string."
            message = error.get("message")
            assert isinstance(message, str) and message.strip(), f"{doing}: an entry of 'errors' has no 'message'."
        pointers = sorted(error["pointer"] for error in errors)
        assert pointers == sorted(expected), f"{doing}: expected the pointers {sorted(expected)}, got {pointers}."

    # What was paid

    @contextmanager
    def charges(self, times: int, during: str) -> Iterator[None]:
        """Asserts how often `authorise` was called, by the provider's own books."""
        before = len(self.provider.charges)
        yield
        made = len(self.provider.charges) - before
        assert made == times, f"{during}: payments.authorise was called {made} times instead of {times}."

    @contextmanager
    def receipts(self, times: Callable[[], int], during: str) -> Iterator[None]:
        before = len(self.provider.receipts)
        yield
        made = len(self.provider.receipts) - before
        assert made == times(), f"{during}: payments.capture was called {made} times instead of {times()}."


def media_type(answer: Any) -> str:
    return str(answer.headers.get("Content-Type", "")).split(";")[0].strip().lower()


def at_once(calls: Sequence[Callable[[], Any]]) -> list[Any]:
    """Makes all calls at the same moment, each in a thread of its own; their results in the order of `calls`."""
    barrier = threading.Barrier(len(calls))

    def run(call: Callable[[], Any]) -> Any:
        barrier.wait()
        return call()

    with ThreadPoolExecutor(max_workers=len(calls)) as pool:
        return list(pool.map(run, calls))


@pytest.fixture
def api(service: Any, rng: random.Random, receiver: Any, same: Any) -> Api:
    return Api(service, rng, Provider(receiver), same)


@pytest.fixture(name="at_once")
def at_once_fixture() -> Callable[[Sequence[Callable[[], Any]]], list[Any]]:
    return at_once
