"""Pages to fetch: a slow web server on this machine's loopback address."""

from contextlib import contextmanager, suppress
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from time import sleep

from helpers.inputs import seconds


class Server(ThreadingHTTPServer):
    """A server that lets many requests come at once: each that finds no place in the queue would wait for a second."""

    request_queue_size = 128


@contextmanager
def page_server(latency=0.1):
    """Serve pages while the block runs. Gives the server's address, such as http://127.0.0.1:49152.

    latency  seconds that each page takes, as if it came from far away

    Every path is a page. Other machines can't reach the server, nor can the pages of a web site in a browser on this
    one, even if the site's name leads here. Raises TypeError or ValueError for a latency that is no number of seconds.
    """
    seconds("latency", latency)

    class Page(BaseHTTPRequestHandler):
        def do_GET(self):
            sleep(latency)
            page = f"<h1>Page {escape(self.path)}</h1>".encode()
            with suppress(ConnectionError):  # whoever asked no longer waits
                if self.headers["Host"] != address:
                    self.send_error(403)
                    return
                self.send_response(200)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.send_header("Content-Length", str(len(page)))
                self.end_headers()
                self.wfile.write(page)

        def log_message(self, *_):
            """Log nothing: the log would end up in the notebook."""

    server = Server(("127.0.0.1", 0), Page)
    address = f"127.0.0.1:{server.server_port}"
    Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()  # it looks so often for its shutdown
    try:
        yield f"http://{address}"
    finally:
        server.shutdown()
        server.server_close()
