import os
from concurrent.futures import ThreadPoolExecutor

import grpc


def shout(request, context):
    return request


methods = {"Shout": grpc.unary_unary_rpc_method_handler(shout)}
server = grpc.server(ThreadPoolExecutor(4))
server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("tiny.Text", methods),))
server.add_insecure_port(f"127.0.0.1:{os.environ['PORT']}")
server.start()
server.wait_for_termination()
