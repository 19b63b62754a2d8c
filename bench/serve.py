"""Serves one app as `guildhall up` serves a service: `python -m bench.serve MODULE:APP PORT`."""

import gc
import sys
from importlib import import_module

import uvicorn


def main() -> None:
    """Same server, same loop, same parser and the same quiet garbage collector for whoever is compared."""
    place, port = sys.argv[1:]
    module, _, name = place.partition(":")
    app = getattr(import_module(module), name)
    gc.collect()
    gc.freeze()
    uvicorn.run(
        app,
        host="127.0.0.1",
        port=int(port),
        loop="uvloop",
        http="httptools",
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=75,
    )


if __name__ == "__main__":
    main()
