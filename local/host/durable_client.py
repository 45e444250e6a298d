"""The `durableClient` input: what the Durable Functions extension tells a function about where its engine is."""

from __future__ import annotations

import json
from dataclasses import dataclass

from local.host.functions import Binding

MAX_GRPC_MESSAGE_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True)
class DurableClientBinding:
    """`engine_address` is `host:port` of the engine; `http_address` that of this host."""

    engine_address: str
    http_address: str
    hub_name: str

    def describe(self, binding: Binding) -> str:
        """The JSON text that the function's durable client is built from."""
        hub = binding.text("taskHub") or self.hub_name
        connection = binding.text("connectionName") or "Storage"
        base_url = f"http://{self.http_address}/runtime/webhooks/durabletask"
        query = f"taskHub={hub}&connection={connection}"
        instance = f"{base_url}/instances/INSTANCEID"
        return json.dumps(
            {
                "taskHubName": hub,
                "connectionName": connection,
                "rpcBaseUrl": self.engine_address,
                "baseUrl": base_url,
                "httpBaseUrl": base_url,
                "requiredQueryStringParameters": query,
                "maxGrpcMessageSizeInBytes": MAX_GRPC_MESSAGE_BYTES,
                "creationUrls": {
                    "createNewInstancePostUri": f"{base_url}/orchestrators/{{functionName}}[/{{instanceId}}]?{query}",
                },
                "managementUrls": {
                    "id": "INSTANCEID",
                    "statusQueryGetUri": f"{instance}?{query}",
                    "sendEventPostUri": f"{instance}/raiseEvent/{{eventName}}?{query}",
                    "terminatePostUri": f"{instance}/terminate?reason={{text}}&{query}",
                    "purgeHistoryDeleteUri": f"{instance}?{query}",
                },
            }
        )
