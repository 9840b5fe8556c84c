import os
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pika

connection = pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"]))
channel = connection.channel()
channel.queue_declare("orders", durable=True)
channel.exchange_declare("invoices", "topic")


def work(channel, method, properties, body):
    channel.basic_publish("invoices", "invoice", body.upper())
    channel.basic_ack(method.delivery_tag)


channel.basic_consume("orders", work)
threading.Thread(target=channel.start_consuming).start()


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(204)
        self.end_headers()


HTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
