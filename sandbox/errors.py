"""What can go wrong in the sandbox itself.

The fate of a candidate's program is a value (`sandbox.spec.Ending`), never an exception. What is raised
here is always a failure of ours: the engine is gone, an image cannot be built, a container will not start.
The line is hard to draw in one place only: a service that dies under the candidate's load looks like our
failure and may be theirs; the grading decides that by a second run, the sandbox only reports the `Ending`.
"""


class SandboxError(Exception):
    """Base of every failure of the sandbox. The message is for an operator."""


class EngineUnavailableError(SandboxError):
    """The Docker engine does not answer."""


class ImageError(SandboxError):
    """An image is missing and could not be built. Carries the end of the build's output in its message."""


class PodError(SandboxError):
    """A pod could not be made, spoken to or removed."""
