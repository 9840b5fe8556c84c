"""The orders, in memory, and the rules by which they come into being and change. Knows nothing of HTTP.

An order is an immutable value; a change puts a new version in its place, so a reader never sees half a change.
"""

import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace

import payments

TRANSITIONS = {"pending": ("paid", "cancelled"), "paid": ("shipped", "cancelled")}


class KeyReused(Exception):
    """The idempotency key belongs to another request."""


class StaleVersion(Exception):
    """The order is no longer what the client thinks it is."""


class ForbiddenTransition(Exception):
    """The order's status does not allow the change."""


@dataclass(frozen=True)
class Order:
    id: str
    number: int
    """Position in the order of creation, from 0."""
    version: int
    customer_id: str
    currency: str
    items: list[dict]
    note: str | None
    status: str
    total: int
    charge: str
    receipt: str | None


class Locks:
    """One lock for each name, made when it is first asked for."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._locks: dict[str, threading.Lock] = {}

    def __getitem__(self, name: str) -> threading.Lock:
        with self._guard:
            return self._locks.setdefault(name, threading.Lock())


class Orders:
    def __init__(self) -> None:
        self._by_age: list[Order] = []
        self._numbers: dict[str, int] = {}
        self._inserting = threading.Lock()
        self._changing = Locks()
        self._creating = Locks()
        self._created: dict[str, tuple[dict, Order]] = {}

    def get(self, order_id: str) -> Order:
        """Raises KeyError if there is no such order."""
        return self._by_age[self._numbers[order_id]]

    def create_once(self, key: str, body: dict) -> Order:
        """Create, or return the order that this key created, as it was then. Raises KeyReused.

        The lock is held during the payment: whoever comes with the same key waits for its outcome. If the payment
        fails nothing is kept, and the next in line tries again.
        """
        with self._creating[key]:
            if key not in self._created:
                self._created[key] = (body, self.create(body))
            first_body, order = self._created[key]
        if body != first_body:
            raise KeyReused
        return order

    def create(self, body: dict) -> Order:
        total = sum(item["quantity"] * item["unit_price"] for item in body["items"])
        charge = payments.authorise(body["customer_id"], total, body["currency"])
        with self._inserting:
            order = Order(
                id=uuid.uuid4().hex,
                number=len(self._by_age),
                version=1,
                customer_id=body["customer_id"],
                currency=body["currency"],
                items=body["items"],
                note=body.get("note"),
                status="pending",
                total=total,
                charge=charge,
                receipt=None,
            )
            self._by_age.append(order)
            self._numbers[order.id] = order.number
        return order

    def change(self, order_id: str, changes: dict, *, is_current: Callable[[Order], bool]) -> Order:
        """Apply 'status' and 'note' together or not at all. Raises StaleVersion, ForbiddenTransition.

        The check, the payment and the write happen under the order's own lock: of several changes to one version
        exactly one succeeds, and other orders do not wait.
        """
        with self._changing[order_id]:
            order = self.get(order_id)
            if not is_current(order):
                raise StaleVersion
            if "status" in changes and changes["status"] not in TRANSITIONS.get(order.status, ()):
                raise ForbiddenTransition
            if changes.get("status") == "paid":
                changes = {**changes, "receipt": payments.capture(order.charge)}
            changed = replace(order, version=order.version + 1, **changes)
            self._by_age[order.number] = changed
        return changed

    def page(
        self, *, offset: int, limit: int, status: str | None, customer_id: str | None
    ) -> tuple[list[Order], bool]:
        """At most `limit` orders after the first `offset`, newest first, and whether more follow."""
        found = [
            order
            for order in reversed(self._by_age)
            if status in (None, order.status) and customer_id in (None, order.customer_id)
        ]
        return found[offset : offset + limit], len(found) > offset + limit
