import os
from concurrent.futures import ThreadPoolExecutor

import grpc


def shout(request, context):
    if not request:
        context.abort(grpc.StatusCode.INVALID_ARGUMENT, "there is no text")
    return request.upper()


def letters(request, context):
    for code in request:
        yield bytes([code])


methods = {
    "Shout": grpc.unary_unary_rpc_method_handler(shout),
    "Letters": grpc.unary_stream_rpc_method_handler(letters),
}
server = grpc.server(ThreadPoolExecutor(4))
server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("tiny.Text", methods),))
server.add_insecure_port(f"127.0.0.1:{os.environ['PORT']}")
server.start()
server.wait_for_termination()
