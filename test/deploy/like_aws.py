"""moto behind a proxy that adds what AWS does and moto does not: revisions of a function, updates that take a while and refuse
others meanwhile, throttling, pages of ListFunctions, answers that moto leaves things out of."""
import http.client
import http.server
import json
import re
import threading
import urllib.parse

FUNCTION = re.compile(r"/2015-03-31/functions/([\w%:-]+)(/configuration)?/?(?:\?.*)?$")
LIST = re.compile(r"/2015-03-31/functions/?(?:\?.*)?$")
PAGE = 2  # functions


class LikeAws:
    """`polls`: how often an update is under way when it is asked for."""

    def __init__(self, endpoint, polls=1):
        self._moto = urllib.parse.urlsplit(endpoint).netloc
        self.polls = polls
        self.throttled = []  # [pattern of "METHOD path", times]
        self.meanwhile = {}  # function: what others do just before its next updates, one thing before each
        self.overlays = {}  # function: members of its configuration
        self.failing = {}  # function: why its update fails
        self.files = {}  # path: bytes
        self.updates = []  # the bodies of accepted updates
        self.calls = []
        self._revisions, self._busy, self._failed = {}, {}, {}
        self._lock = threading.Lock()
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def close(self):
        self._server.shutdown()
        self._server.server_close()

    def throttle(self, pattern, times):
        self.throttled.append([pattern, times])

    def change(self, name):
        """As if somebody else had changed it."""
        self._revisions[name] = self._revisions.get(name, 0) + 1

    def busy(self, name, polls):
        self._busy[name] = polls

    def is_busy(self, name):
        return bool(self._busy.get(name))

    def forward(self, method, path, headers, body):
        connection = http.client.HTTPConnection(self._moto, timeout=60)
        kept = {name: value for name, value in headers.items() if name.lower() not in ("host", "accept-encoding", "connection")}
        connection.request(method, path, body or None, kept)
        answer = connection.getresponse()
        data = answer.read()
        connection.close()
        return answer.status, dict(answer.getheaders()), data

    def answer(self, method, path, headers, body):
        with self._lock:
            self.calls.append(f"{method} {path}")
            for each in self.throttled:
                if each[1] and re.search(each[0], f"{method} {path}"):
                    each[1] -= 1
                    return error(429, "TooManyRequestsException", "Rate Exceeded.")
            function = FUNCTION.search(path)
            if method == "PUT" and function and function[2]:
                return self._update(urllib.parse.unquote(function[1]), path, headers, body)
        status, headers, data = self.forward(method, path, headers, body)
        if method == "GET" and status == 200:
            with self._lock:
                if LIST.search(path):
                    data = self._page(path, json.loads(data))
                elif function:
                    whole = json.loads(data)
                    self._complete(whole.get("Configuration", whole), asked=True)
                    self._locate(whole)
                    data = json.dumps(whole).encode()
                elif "/layers/" in path:
                    whole = json.loads(data)
                    self._locate(whole)
                    data = json.dumps(whole).encode()
        return status, headers, data

    def _update(self, name, path, headers, body):
        if self.meanwhile.get(name):
            self.meanwhile[name].pop(0)()
        if self._busy.get(name):
            return error(409, "ResourceConflictException", f"An update is in progress for resource: {name}")
        asked = json.loads(body)
        revision = asked.pop("RevisionId", None)
        if revision not in (None, str(self._revisions.get(name, 0))):
            return error(412, "PreconditionFailedException", "The Revision Id provided does not match the latest Revision Id.")
        body = json.dumps(asked).encode()
        status, headers, data = self.forward("PUT", path, {**headers, "Content-Length": str(len(body))}, body)
        if status == 200:
            self.updates.append((name, asked))
            self.change(name)
            self._busy[name] = self.polls
            self._failed[name] = self.failing.get(name)
        return status, headers, data

    def _complete(self, configuration, asked=False):
        name = configuration["FunctionName"]
        configuration["RevisionId"] = str(self._revisions.get(name, 0))
        configuration.update(self.overlays.get(name, {}))
        if asked:
            if self._busy.get(name):
                self._busy[name] -= 1
                configuration["LastUpdateStatus"] = "InProgress"
            elif self._failed.get(name):
                configuration.update(LastUpdateStatus="Failed", LastUpdateStatusReason=self._failed[name])

    def _locate(self, whole):
        """Code and layers whose bytes are here have an address, as S3 would give them one."""
        content = whole.get("Code") or whole.get("Content") or {}
        of = whole.get("LayerVersionArn") or whole.get("Configuration", {}).get("FunctionName")
        if f"/file/{of}" in self.files:
            content["Location"] = f"{self.url}/file/{of}"
            content["CodeSize"] = len(self.files[f"/file/{of}"])

    def _page(self, path, whole):
        functions = sorted(whole["Functions"], key=lambda each: each["FunctionName"])
        start = int(dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(path).query)).get("Marker", 0))
        for each in functions:
            self._complete(each)
        page = {"Functions": functions[start:start + PAGE]}
        if start + PAGE < len(functions):
            page["NextMarker"] = str(start + PAGE)
        return json.dumps(page).encode()

    def _handler(self):
        like_aws = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_any(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                path = urllib.parse.unquote(self.path)
                if path in like_aws.files:
                    first, last = map(int, self.headers["Range"].removeprefix("bytes=").split("-"))
                    self.give(206, {}, like_aws.files[path][first:last + 1])
                else:
                    self.give(*like_aws.answer(self.command, self.path, dict(self.headers), body))

            do_GET = do_PUT = do_POST = do_DELETE = handle_any

            def give(self, status, headers, data):
                self.send_response(status)
                for name, value in headers.items():
                    if name.lower() not in ("content-length", "connection", "date", "server", "transfer-encoding", "content-encoding"):
                        self.send_header(name, value)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *_):
                pass

        return Handler


def error(status, code, message):
    return status, {"Content-Type": "application/json", "x-amzn-ErrorType": code}, json.dumps({"Message": message}).encode()
