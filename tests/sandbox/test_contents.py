"""What docs/images.md says of the interpreters and servers, asked of the images themselves."""

from contextlib import closing

import docker
import pytest

from grading.images import recipe
from sandbox.contents import INTERPRETERS, page
from sandbox.images import Images

ASK = {
    "Python": "python3 --version",
    "Node.js": "echo Node.js $(node --version | tr -d v)",
    "PostgreSQL": "/usr/lib/postgresql/17/bin/postgres --version | sed 's/.*(Post/Post/; s/QL)/QL/'",
    "Redis": "redis-server --version | sed 's/Redis server v=/Redis /; s/ sha.*//'",
    "RabbitMQ": "ls /usr/lib/rabbitmq/lib | sed 's/rabbitmq_server-/RabbitMQ /'",
}


def test_the_page_names_what_is_asked_for():
    assert all(version in page() for version in INTERPRETERS.values())


@pytest.mark.docker
@pytest.mark.parametrize("image", sorted(INTERPRETERS))
def test_an_image_holds_what_the_page_says(images: Images, image: str):
    said = INTERPRETERS[image]
    found = run(images.find_or_build(recipe(image)), ASK[said.split()[0]])
    assert found.startswith(f"{said}.")


def run(image: str, script: str) -> str:
    """What a shell script writes in a container of its own, without a network."""
    with closing(docker.from_env()) as client:
        wrote: bytes = client.containers.run(
            image, [script], entrypoint=["sh", "-c"], network_mode="none", remove=True
        )
    return wrote.decode().strip()
