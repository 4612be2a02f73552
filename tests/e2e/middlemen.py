"""What may stand between a query and the API: a server that speaks TLS, and a proxy."""

import base64
import http.client
import http.server
import select
import socket
import ssl
import threading
import urllib.parse


class Middleman(http.server.ThreadingHTTPServer):
    """Serves on a port of its own until it is closed."""

    daemon_threads = True

    def __init__(self, handler):
        super().__init__(("127.0.0.1", 0), handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def __exit__(self, *reason):
        self.shutdown()
        super().__exit__(*reason)

    def handle_error(self, request, client_address):
        """Broken connections are what some tests are about."""


class Relay(http.server.BaseHTTPRequestHandler):
    """Passes requests on as they came, and the answers back."""

    protocol_version = "HTTP/1.1"

    def log_message(self, format, *args):
        """Nothing: tests read what the fake API logs."""

    def pass_on(self, host, target):
        upstream = http.client.HTTPConnection(host, timeout=60)
        headers = {name: value for name, value in self.headers.items() if not name.lower().startswith("proxy-")}
        upstream.request("GET", target, headers={**headers, "Accept-Encoding": "identity"})
        answer = upstream.getresponse()
        body = answer.read()
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.headers["Content-Type"])
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        upstream.close()


def tls_server(upstream, certificate):
    """Speaks TLS with a certificate of trustme's, in front of the server at this URL."""
    host = urllib.parse.urlsplit(upstream).netloc

    class Handler(Relay):
        def do_GET(self):
            self.pass_on(host, self.path)

    server = Middleman(Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    # The handshake is left to the thread of the connection.
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    return server


class Proxy(Middleman):
    """A proxy for plain requests and tunnels, which may ask for a login. It remembers what it was asked for."""

    def __init__(self, login=None):
        wanted = login and "Basic " + base64.b64encode(login.encode()).decode()
        asked = self.asked = []

        class Handler(Relay):
            def is_let_in(self):
                asked.append(self.requestline.split("?")[0])
                if wanted is None or self.headers["Proxy-Authorization"] == wanted:
                    return True
                self.send_response(407)
                self.send_header("Proxy-Authenticate", "Basic")
                self.send_header("Content-Length", "0")
                self.end_headers()
                return False

            def do_GET(self):
                if self.is_let_in():
                    url = urllib.parse.urlsplit(self.path)
                    self.pass_on(url.netloc, urllib.parse.urlunsplit(("", "", *url[2:])))

            def do_CONNECT(self):
                if self.is_let_in():
                    host, port = self.path.split(":")
                    with socket.create_connection((host, int(port))) as upstream:
                        self.send_response(200)
                        self.end_headers()
                        tunnel(self.connection, upstream)
                self.close_connection = True

        super().__init__(Handler)

    @property
    def address(self):
        return "{}:{}".format(*self.server_address)


def tunnel(one, other):
    """Passes bytes in both directions until one side ends."""
    while True:
        ready, _, _ = select.select([one, other], [], [])
        for end, opposite in ((one, other), (other, one)):
            if end in ready:
                piece = end.recv(65536)
                if not piece:
                    return
                opposite.sendall(piece)
