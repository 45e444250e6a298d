"""Plays the Azure Functions host on this machine, with Microsoft's own parts wherever they exist.

| process | command | what it is |
|---|---|---|
| the host with the app | `python -m local.host` | `host.py`: worker library, triggers, HTTP, sign-in |
| the engine | `python -m local.host.engine` | Microsoft's in-memory Durable engine, and `engine_fixes.py` |
| Azurite | `azurite.start_azurite` | Microsoft's storage emulator, on a leash (`leash.py`) |

`launch.py` and `azurite.py` start them as child processes; `processes.py` looks after those.
Inside the host every trigger (`timers.py`, `queues.py`, `durable.py`, `http_front.py`, `admin.py`) hands its
value to `invocations.py`, which runs the function in the worker library (`worker_library.py`, `messages.py`)
and delivers its outputs.
"""
