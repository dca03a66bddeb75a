"""A registry of npm packages behind a certificate of its own, directly or as a proxy that looks into TLS.

    tls_registry.py FOLDER CERTIFICATE BEHAVIOUR

FOLDER/registry/ holds the files by their paths. The port is written to FOLDER/port, each request to FOLDER/requests.
BEHAVIOUR: serve, or an HTTP status that every request gets; "proxy" with nothing or a status behind it does the same
for CONNECT: what is behind the tunnel is served.
"""

import http.server
import pathlib
import ssl
import sys

folder, certificate, behaviour = pathlib.Path(sys.argv[1]), sys.argv[2], sys.argv[3]
is_proxy = behaviour.startswith("proxy")
refusal = int(behaviour.removeprefix("proxy").removeprefix("serve") or 0)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(certificate)


class Handler(http.server.BaseHTTPRequestHandler):
    def note(self):
        with open(folder / "requests", "a", encoding="utf-8") as requests:
            requests.write(f"{self.command} {self.path}\n")

    def refuse(self, status):
        self.send_response(status)
        if status == 407:
            self.send_header("Proxy-Authenticate", "Basic")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def do_CONNECT(self):
        self.note()
        if refusal:
            self.refuse(refusal)
            return
        self.send_response(200)
        self.end_headers()
        self.connection = context.wrap_socket(self.connection, server_side=True)
        self.setup_streams()
        self.close_connection = False

    def setup_streams(self):
        self.rfile = self.connection.makefile("rb")
        self.wfile = self.connection.makefile("wb", buffering=0)

    def do_GET(self):
        self.note()
        file = folder / "registry" / self.path.lstrip("/")
        if refusal or not file.is_file():
            self.refuse(refusal or 404)
            return
        content = file.read_bytes()
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_):
        pass


class Server(http.server.ThreadingHTTPServer):
    def handle_error(self, *_):
        pass  # who does not trust the certificate hangs up


server = Server(("localhost", 0), Handler)
if not is_proxy:
    server.socket = context.wrap_socket(server.socket, server_side=True)
(folder / "port").write_text(str(server.server_port), encoding="utf-8")
server.serve_forever()
