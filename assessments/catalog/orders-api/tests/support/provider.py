"""The payment provider: it runs beside the tests, so its books are beyond the service's reach."""

import secrets
import threading
import time
from typing import Any

SECONDS_PER_CALL = 0.03


class Provider:
    """One test's books. `charges` maps a reference to what was reserved, `receipts` one to its charge."""

    def __init__(self, receiver: Any) -> None:
        self._receiver = receiver
        self._lock = threading.Lock()
        self.charges: dict[str, dict[str, Any]] = {}
        self.receipts: dict[str, str] = {}
        self._earlier: set[str] = set()
        receiver.answer(self._answer)

    def _answer(self, request: Any) -> Any:
        body = request.json()
        if request.method != "POST" or not isinstance(body, dict):
            return self._receiver.reply(400)
        if request.path == "/charges":
            reference = self._enter(self.charges, "charge", body)
        elif request.path == "/receipts":
            reference = self._enter(self.receipts, "receipt", body.get("charge"))
        else:
            return self._receiver.reply(404)
        time.sleep(SECONDS_PER_CALL)
        return self._receiver.reply(201, {"reference": reference})

    def _enter(self, book: dict[str, Any], name: str, entry: Any) -> str:
        reference = f"{name}-{secrets.token_hex(8)}"
        with self._lock:
            book[reference] = entry
        return reference

    def charge_of(self, order: dict[str, Any]) -> str:
        """The order's charge, which must be one that was made for this order."""
        reference = order.get("charge")
        entry = self.charges.get(reference) if isinstance(reference, str) else None
        assert entry is not None, "The order's 'charge' is not what the payment provider returned."
        expected = {name: order.get(name) for name in ("customer_id", "currency")}
        assert entry == {**expected, "amount": order.get("total")}, "The order's 'charge' was made for something else."
        return reference

    def check_receipt(self, order: dict[str, Any]) -> None:
        """The order's receipt must be for its own charge."""
        reference = order.get("receipt")
        charge = self.receipts.get(reference) if isinstance(reference, str) else None
        assert charge is not None, "The order's 'receipt' is not what the payment provider returned."
        assert charge == order.get("charge"), "The order's 'receipt' is for another charge."
