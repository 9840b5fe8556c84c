def test_writes_an_invoice(rabbitmq):
    """An order becomes an invoice"""
    invoices = rabbitmq.observe("invoices")
    rabbitmq.publish("orders", "a")
    assert rabbitmq.get(invoices).text == "A"
