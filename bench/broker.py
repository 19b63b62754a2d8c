"""Becomes a broker: `python -m bench.broker HOME NAME PORT MONITOR_PORT`."""

import sys
from pathlib import Path

from shared.broker import Broker

if __name__ == "__main__":
    home, name, port, monitor_port = sys.argv[1:]
    Broker(Path(home), name, int(port), int(monitor_port)).execute()
