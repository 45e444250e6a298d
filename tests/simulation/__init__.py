"""The simulation: the real code of the night on one thread, from one seed, over a world of fakes that fails."""
