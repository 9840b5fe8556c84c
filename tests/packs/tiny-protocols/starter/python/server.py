import os

import uvicorn
from fastapi import FastAPI

app = FastAPI()


@app.get("/health")
def health():
    return {}


@app.post("/graphql")
def graphql():
    return {"data": {"double": 0}}


uvicorn.run(app, host="127.0.0.1", port=int(os.environ["PORT"]))
