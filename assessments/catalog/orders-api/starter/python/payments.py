"""The payment provider's client. Read-only.

The provider is another company's service, at the address in PAYMENTS_URL. Each call takes a while, and the provider
keeps books of its own: who calls it twice has charged twice.
"""

import http.client
import json
import os
from urllib.parse import urlsplit

ADDRESS = urlsplit(os.environ.get("PAYMENTS_URL", "http://127.0.0.1:9000")).netloc
SECONDS = 10


class PaymentError(Exception):
    """The provider did not do what it was asked."""


def authorise(customer_id: str, amount: int, currency: str) -> str:
    """Reserve `amount` cents for a new order. Returns a reference such as 'charge-9f2c41d07b'."""
    return _call("/charges", {"customer_id": customer_id, "amount": amount, "currency": currency})


def capture(charge: str) -> str:
    """Take the money that was reserved under `charge`. Returns a reference such as 'receipt-51b07e22c8'."""
    return _call("/receipts", {"charge": charge})


def _call(path: str, body: dict) -> str:
    connection = http.client.HTTPConnection(ADDRESS, timeout=SECONDS)
    try:
        connection.request("POST", path, json.dumps(body), {"Content-Type": "application/json"})
        answer = connection.getresponse()
        if answer.status != 201:
            raise PaymentError(f"The payment provider answered {answer.status}.")
        return json.load(answer)["reference"]
    finally:
        connection.close()
