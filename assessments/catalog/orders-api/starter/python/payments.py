"""The payment provider, as far as this exercise needs it. Read-only.

Each call takes a while, as a call over the network would, and returns a number that no other call has returned.
"""

import itertools
import time

SECONDS_PER_CALL = 0.03

_charges = itertools.count(1)
_receipts = itertools.count(1)


def authorise(customer_id: str, amount: int, currency: str) -> str:
    """Reserve `amount` cents for a new order. Returns for example 'charge-17'."""
    number = next(_charges)
    time.sleep(SECONDS_PER_CALL)
    return f"charge-{number}"


def capture(charge: str) -> str:
    """Take the money that was reserved under `charge`. Returns for example 'receipt-4'."""
    number = next(_receipts)
    time.sleep(SECONDS_PER_CALL)
    return f"receipt-{number}"
