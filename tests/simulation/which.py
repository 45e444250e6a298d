"""Which PSA a seed plays: drawn from the seed by itself, so that the stories of each PSA stay what they are."""

from __future__ import annotations

from random import Random

from tests.simulation.autotask_story import play_autotask
from tests.simulation.endings import Ending
from tests.simulation.story import play

AUTOTASK_SHARE = 0.25


def plays_autotask(seed: int) -> bool:
    """Whether the PSA of a seed is Autotask."""
    return Random(f"psa {seed}").random() < AUTOTASK_SHARE


def play_seed(seed: int) -> Ending:
    """Play one seed's story to its end, on its PSA."""
    return play_autotask(seed) if plays_autotask(seed) else play(seed)
