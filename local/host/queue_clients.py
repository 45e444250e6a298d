"""Clients of the storage queues that bindings name, one HTTP session per connection string."""

from __future__ import annotations

from collections.abc import Mapping

from azure.storage.queue.aio import QueueClient, QueueServiceClient

from local.host.settings import find_connection_string


class QueueClients:
    def __init__(self, app_settings: Mapping[str, str]) -> None:
        self._app_settings = app_settings
        self._services: dict[str, QueueServiceClient] = {}

    def open(self, connection: str, queue_name: str) -> QueueClient:
        """A client of the queue; `connection` is the binding's, an app setting's name or empty."""
        connection_string = find_connection_string(connection, self._app_settings)
        if connection_string not in self._services:
            service = QueueServiceClient.from_connection_string(connection_string)
            self._services[connection_string] = service
        return self._services[connection_string].get_queue_client(queue_name)

    async def close(self) -> None:
        for service in self._services.values():
            await service.close()
        self._services.clear()
