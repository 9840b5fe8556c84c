import os

import uvicorn
from fastapi import Body, FastAPI, WebSocket, WebSocketDisconnect

app = FastAPI()


@app.get("/health")
def health():
    return {}


@app.post("/graphql")
def graphql(request: dict = Body()):
    if "double(" not in request["query"]:
        return {"data": None, "errors": [{"message": "no such field"}]}
    return {"data": {"double": 2 * request["variables"]["n"]}}


@app.websocket("/echo")
async def echo(socket: WebSocket):
    await socket.accept()
    try:
        while True:
            await socket.send_text(await socket.receive_text())
    except WebSocketDisconnect:
        pass


uvicorn.run(app, host="127.0.0.1", port=int(os.environ["PORT"]))
