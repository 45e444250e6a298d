"""The refusals of the API. They come as HTTP 500 with texts, whatever was wrong (autotask-halo.md 1)."""

from __future__ import annotations

from dataclasses import dataclass

from local.simulators.answers import Answer

# Seen in a real answer to a client (autotask-halo.md 1).
OUTSIDE_CONTRACT = (
    "ContractServiceAdjustment effectiveDate must be between the start date and end date of the Contract referenced "
    "by contractID."
)
# Both are quoted by clients and by the vendor's own help (autotask-halo.md 2).
DUPLICATE_PERIOD = "Attempt to insert duplicate data into contract_service_period"
POSTED_PERIOD = (
    "Unable to make changes as it would result in the deletion/modification of an already approved and posted contract "
    "period"
)
TOO_MANY_ORS = "Queries are limited to 500 or fewer 'OR' conditions"
MISSING_RIGHT = "The logged in Resource does not have the adequate permissions"
THREADS_EXCEEDED = "The Autotask API thread threshold of 3 threads has been exceeded. Error code: Itgenatr005"


@dataclass
class ApiError(Exception):
    """`text` None: an answer without a body."""

    text: str | None
    status: int = 500

    def as_answer(self) -> Answer:
        return Answer(self.status, None if self.text is None else {"errors": [self.text]})


def refuse_method(method: str) -> Answer:
    """The answer to a method that an address has not."""
    return Answer(405, {"Message": f"The requested resource does not support http method '{method}'."})


def unknown_field(name: str, entity: str) -> ApiError:
    return ApiError(f"Unable to find {name} in the {entity} Entity.")


def missing_field(name: str) -> ApiError:
    return ApiError(f"Missing Required Field: {name}.")
