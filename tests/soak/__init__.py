"""Seven nights of a large MSP on virtual time, with what a real week brings: nothing may be lost, or grow."""
