"""localstripe on a free loopback port, in a thread, with a log of what it was asked."""

import asyncio
import base64
import json
import logging
import threading
import urllib.parse
import urllib.request

from aiohttp import web
from localstripe import resources, server

KEY = "sk_test_paydeskoutside000000000000"


class StandIn:
    def __init__(self):
        # It keeps its objects in one file under /tmp, which two runs at once would share.
        resources.store.dump_to_disk = lambda: None
        # What it does not know makes it fall over with a trace; the log below keeps the error beside its request.
        logging.getLogger("aiohttp.server").setLevel(logging.CRITICAL)
        self.seen = []
        self._port = None
        self._ready = threading.Event()
        threading.Thread(target=self._serve, daemon=True).start()
        assert self._ready.wait(20), "localstripe did not start"

    @property
    def base(self):
        return f"http://127.0.0.1:{self._port}"

    def _serve(self):
        loop = asyncio.new_event_loop()
        asyncio.set_event_loop(loop)

        @web.middleware
        async def log(request, handler):
            entry = {"method": request.method, "path": request.path, "query": request.query_string,
                     "key": request.headers.get("Idempotency-Key"), "body": await request.text()}
            self.seen.append(entry)
            try:
                answer = await handler(request)
                entry["status"] = answer.status
                return answer
            except web.HTTPException as error:
                entry["status"] = error.status
                raise
            except Exception as error:
                entry["status"], entry["error"] = 500, repr(error)
                raise

        server.app.middlewares.insert(0, log)

        async def start():
            runner = web.AppRunner(server.app, access_log=None)
            await runner.setup()
            site = web.TCPSite(runner, "127.0.0.1", 0)
            await site.start()
            self._port = site._server.sockets[0].getsockname()[1]
            self._ready.set()

        loop.run_until_complete(start())
        loop.run_forever()

    def call(self, method, path, **fields):
        """Straight to the server, past paydesk."""
        pairs = urllib.parse.urlencode(fields)
        url, body = f"{self.base}{path}", None
        if method == "GET":
            url += f"?{pairs}" if pairs else ""
        else:
            body = pairs.encode()
        token = base64.b64encode(f"{KEY}:".encode()).decode()
        request = urllib.request.Request(url, data=body, method=method,
                                         headers={"Authorization": f"Basic {token}"})
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.loads(answer.read())

    def asked(self, method, path):
        """The requests with this method and path, in order."""
        return [entry for entry in self.seen if (entry["method"], entry["path"]) == (method, path)]
