"""The orders service: what HTTP says and expects. The rules of orders are in orders.py, of bodies in validation.py."""

import base64
import hashlib
import hmac
import json
import os
import re
import secrets
from collections.abc import Iterable

from flask import Flask, Response, jsonify, request
from werkzeug.exceptions import HTTPException

import validation
from orders import ForbiddenTransition, KeyReused, Order, Orders, StaleVersion

app = Flask(__name__)
orders = Orders()
cursor_secret = secrets.token_bytes(32)


class Refused(HTTPException):
    """An error answer; with `faults`, a 422 that lists them."""

    def __init__(self, status: int, description: str, faults: Iterable[validation.Fault] = ()) -> None:
        super().__init__(description)
        self.code = status
        self.faults = tuple(faults)


@app.errorhandler(HTTPException)
def problem(error: HTTPException) -> Response:
    """RFC 9457. The framework's own errors come this way too, and keep their headers (Allow)."""
    body = {"type": "about:blank", "title": error.name, "status": error.code, "detail": error.description}
    if isinstance(error, Refused) and error.faults:
        body["errors"] = [{"pointer": fault.pointer, "message": fault.message} for fault in error.faults]
    response = error.get_response()
    response.data = json.dumps(body)
    response.content_type = "application/problem+json"
    return response


@app.get("/health")
def health() -> Response:
    return jsonify(status="ok")


@app.post("/orders")
def create_order() -> Response:
    body = read_json()
    key = request.headers.get("Idempotency-Key")
    if key is not None and not 1 <= len(key) <= 64:
        raise Refused(400, "Idempotency-Key must have 1 to 64 characters.")
    refuse_faults(validation.new_order(body, ""))
    try:
        order = orders.create(body) if key is None else orders.create_once(key, body)
    except KeyReused:
        raise Refused(409, "This Idempotency-Key was used for another request.") from None
    response = show(order)
    response.status_code = 201
    response.location = f"/orders/{order.id}"
    return response


@app.get("/orders/<order_id>")
def get_order(order_id: str) -> Response:
    order = find(order_id)
    response = show(order)
    if request.if_none_match.contains_weak(tag(order)):
        response.status_code = 304
        response.data = b""
    return response


@app.patch("/orders/<order_id>")
def change_order(order_id: str) -> Response:
    find(order_id)
    body = read_json()
    refuse_faults(validation.change(body, ""))
    if "If-Match" not in request.headers:
        raise Refused(428, "Send If-Match with the order's ETag.")
    try:
        return show(orders.change(order_id, body, is_current=lambda order: True))
    except StaleVersion:
        raise Refused(412, "The order has changed; read it again.") from None
    except ForbiddenTransition:
        raise Refused(409, "The order's status does not allow this change.") from None


@app.get("/orders")
def list_orders() -> Response:
    limit = request.args.get("limit", "20")
    if not re.fullmatch(r"[0-9]{1,3}", limit) or not 1 <= int(limit) <= 100:
        raise Refused(400, "limit must be a whole number from 1 to 100.")
    status = request.args.get("status")
    if status is not None and status not in validation.STATUSES:
        raise Refused(400, f"status must be one of {', '.join(validation.STATUSES)}.")
    customer_id = request.args.get("customer_id")
    cursor = request.args.get("cursor")
    before = None if cursor is None else read_cursor(cursor, status, customer_id)
    found, more = orders.page(before=before, limit=int(limit), status=status, customer_id=customer_id)
    following = make_cursor(found[-1].number, status, customer_id) if more else None
    return jsonify(data=[as_json(order) for order in found], next_cursor=following)


def read_json() -> object:
    if request.mimetype != "application/json":
        raise Refused(415, "Content-Type must be application/json.")
    try:
        return json.loads(request.get_data())
    except ValueError:
        raise Refused(400, "The body is not JSON.") from None


def refuse_faults(faults: Iterable[validation.Fault]) -> None:
    found = tuple(faults)
    if found:
        raise Refused(422, "The body is not what is asked for; see errors.", found)


def find(order_id: str) -> Order:
    try:
        return orders.get(order_id)
    except KeyError:
        raise Refused(404, "There is no such order.") from None


def show(order: Order) -> Response:
    response = jsonify(as_json(order))
    response.set_etag(tag(order))
    return response


def tag(order: Order) -> str:
    return f"v{order.version}"


def as_json(order: Order) -> dict:
    return {
        "id": order.id,
        "customer_id": order.customer_id,
        "currency": order.currency,
        "items": order.items,
        "note": order.note,
        "status": order.status,
        "total": order.total,
        "charge": order.charge,
        "receipt": order.receipt,
    }


def make_cursor(number: int, status: str | None, customer_id: str | None) -> str:
    """The number of the last order shown, signed together with the filter: nobody else can make one."""
    signed = json.dumps([number, status, customer_id]).encode()
    signature = hmac.digest(cursor_secret, signed, hashlib.sha256)[:12]
    return base64.urlsafe_b64encode(signature + str(number).encode()).decode().rstrip("=")


def read_cursor(cursor: str, status: str | None, customer_id: str | None) -> int:
    try:
        number = int(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))[12:])
    except ValueError:
        number = -1
    # Comparing with what we would have issued refuses every other spelling as well.
    if not hmac.compare_digest(cursor.encode(), make_cursor(number, status, customer_id).encode()):
        raise Refused(400, "This cursor was not issued for this list.")
    return number


if __name__ == "__main__":
    app.run(host="127.0.0.1", port=int(os.environ.get("PORT", "8000")), threaded=True)
