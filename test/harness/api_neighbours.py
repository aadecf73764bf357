#!/usr/bin/env python3
"""Programs beside a runtime, or between it and the Runtime API:

    api_neighbours.py proxy COMMAND…    the command gets the address of a proxy to the API, as under the Lambda Web Adapter
    api_neighbours.py service COMMAND…  a client of another service beside it, at the API's port and another address
    as an extension                     the proxy, at PROXY_PORT, registered for no event of its own
"""
import http.client
import http.server
import json
import os
import pathlib
import subprocess
import sys
import threading
import time

API = os.environ["AWS_LAMBDA_RUNTIME_API"]
ELSEWHERE = "127.0.0.2"


class Proxy(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    api = None  # the one connection to it, as only one runtime asks

    def body(self):
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        content = b""
        while size := int(self.rfile.readline(), 16):
            content += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return content

    def forward(self):
        body = self.body()
        kept = {name: value for name, value in self.headers.items()
                if name.lower() not in ("host", "content-length", "transfer-encoding")}
        Proxy.api = Proxy.api or http.client.HTTPConnection(API)
        Proxy.api.request(self.command, self.path, body or None, kept)
        answer = Proxy.api.getresponse()
        content = answer.read()
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in ("content-length", "transfer-encoding", "connection", "date", "server"):
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = forward

    def log_message(self, *_):
        pass


class Slow(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self):
        time.sleep(0.03)
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


def serve(address, handler):
    server = http.server.ThreadingHTTPServer(address, handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_address[1]


def ask_for_ever(port):
    other = http.client.HTTPConnection(ELSEWHERE, port)
    while True:
        other.request("GET", "/")
        other.getresponse().read()


def extension():
    serve(("127.0.0.1", int(os.environ["PROXY_PORT"])), Proxy)
    api = http.client.HTTPConnection(API)
    api.request("POST", "/2020-01-01/extension/register", json.dumps({"events": []}),
                {"Lambda-Extension-Name": pathlib.Path(__file__).name})
    answer = api.getresponse()
    answer.read()
    api.request("GET", "/2020-01-01/extension/event/next",
                headers={"Lambda-Extension-Identifier": answer.headers["Lambda-Extension-Identifier"]})
    api.getresponse().read()
    threading.Event().wait()


def main():
    if len(sys.argv) == 1:
        return extension()
    what, *command = sys.argv[1:]
    if what == "proxy":
        os.environ["AWS_LAMBDA_RUNTIME_API"] = f"127.0.0.1:{serve(('127.0.0.1', 0), Proxy)}"
    else:
        port = serve((ELSEWHERE, int(API.rpartition(":")[2])), Slow)
        threading.Thread(target=ask_for_ever, args=(port,), daemon=True).start()
    sys.exit(subprocess.call(command))


if __name__ == "__main__":
    main()
