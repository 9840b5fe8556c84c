def check_sum(service, a, b):
    response = service.get("/add", params={"a": a, "b": b})
    assert response.status_code == 200
    assert response.json() == {"sum": a + b}
