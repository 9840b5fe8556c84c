"""The orders service. It works as long as nothing goes wrong."""

import json
import os

from flask import Flask, abort, jsonify, request
from werkzeug.exceptions import HTTPException

import payments

app = Flask(__name__)
orders: dict[str, dict] = {}


@app.errorhandler(HTTPException)
def problem(error: HTTPException):
    """abort(404) and the framework's own errors come this way; their headers (Allow) are kept."""
    response = error.get_response()
    response.data = json.dumps({"type": "about:blank", "title": error.name, "status": error.code})
    response.content_type = "application/problem+json"
    return response


@app.get("/health")
def health():
    return {"status": "ok"}


@app.post("/orders")
def create_order():
    body = request.get_json()
    total = sum(item["quantity"] * item["unit_price"] for item in body["items"])
    order = {
        "id": str(len(orders) + 1),
        "customer_id": body["customer_id"],
        "currency": body["currency"],
        "items": body["items"],
        "note": body.get("note"),
        "status": "pending",
        "total": total,
        "charge": payments.authorise(body["customer_id"], total, body["currency"]),
        "receipt": None,
    }
    orders[order["id"]] = order
    return jsonify(order), 201, {"Location": f"/orders/{order['id']}"}


@app.get("/orders/<order_id>")
def get_order(order_id: str):
    if order_id not in orders:
        abort(404)
    return jsonify(orders[order_id])


@app.patch("/orders/<order_id>")
def change_order(order_id: str):
    if order_id not in orders:
        abort(404)
    order = orders[order_id]
    order.update(request.get_json())
    if order["status"] == "paid":
        order["receipt"] = payments.capture(order["charge"])
    return jsonify(order)


@app.get("/orders")
def list_orders():
    return jsonify({"data": list(orders.values()), "next_cursor": None})


if __name__ == "__main__":
    # Every request gets a thread of its own.
    app.run(host="127.0.0.1", port=int(os.environ.get("PORT", "8000")), threaded=True)
