"""Recipes, and the images that are made from them."""

import gzip
import json

import pytest

from sandbox.databases import postgres_data
from sandbox.delivery import archive
from sandbox.engine import Engine
from sandbox.errors import ImageError
from sandbox.images import SHIPPED, STAGE_LABEL, Images, Recipe, base_recipe, shipped
from sandbox.pod import Pods
from sandbox.spec import ContainerSpec, Limits, PodSpec, Role
from tests.sandbox.conftest import container, wait_for_end


def test_a_recipe_is_known_by_everything_that_decides_its_content():
    parent = Recipe("p", {"Dockerfile": b"x"})
    recipe = Recipe("a", {"Dockerfile": b"x"}, parent)
    others = [
        Recipe("b", {"Dockerfile": b"x"}, parent),
        Recipe("a", {"Dockerfile": b"y"}, parent),
        Recipe("a", {"Dockerfile": b"x", "f": b""}, parent),
        Recipe("a", {"Dockerfile": b"x"}, Recipe("p", {"Dockerfile": b"z"})),
        Recipe("a", {"Dockerfile": b"x"}),
    ]
    assert recipe.digest == Recipe("a", {"Dockerfile": b"x"}, parent).digest
    assert recipe.digest not in {other.digest for other in others}


def test_extra_files_change_a_shipped_recipe():
    assert shipped("judge", {"judge/x.py": b"1"}).digest != shipped("judge").digest


def test_every_shipped_recipe_stands_on_the_same_base():
    for name in SHIPPED:
        recipe = shipped(name)
        while recipe.parent:
            recipe = recipe.parent
        assert recipe.digest == base_recipe().digest


def test_an_unknown_recipe_is_named():
    with pytest.raises(ImageError, match="cobol"):
        shipped("cobol")


def test_what_runs_a_packs_code_is_built_without_a_network():
    recipe = postgres_data(["main"], {})
    assert not recipe.online
    assert recipe.memory_bytes > 0


@pytest.mark.parametrize("name", ["Main", "a b", "postgres", 'x"; DROP', ""])
def test_a_database_with_a_strange_name_is_refused(name):
    with pytest.raises(ImageError):
        postgres_data([name], {})


@pytest.mark.docker
def test_an_image_is_built_once(images: Images):
    assert images.find_or_build(shipped("base")) == images.find_or_build(shipped("base"))


@pytest.mark.docker
def test_an_image_derived_from_ours_is_not_taken_for_it(engine: Engine, images: Images):
    ours, name = images.find_or_build(shipped("base")), "touchstone-tests/derived:latest"
    list(engine.build(archive({"Dockerfile": f"FROM {ours}\nENV DERIVED=1\n".encode()}), {"tag": name}))
    try:
        assert engine.image_id(name) not in {None, ours}
        assert Images(engine).find_or_build(shipped("base")) == ours
    finally:
        engine.remove_image(name)


@pytest.mark.docker
def test_faulty_sql_is_told_with_its_file_and_the_error(images: Images):
    recipe = postgres_data(["main"], {"schema.sql": b"SELECT 1;", "main.sql": b"\nSELECT nothing;"})
    with pytest.raises(ImageError, match=r'main\.sql: .*:2: ERROR:  column "nothing" does not exist'):
        images.find_or_build(recipe)


@pytest.mark.docker
@pytest.mark.parametrize(
    ("packed", "message"),
    [
        (gzip.compress(b"SELECT 1;" * 1000)[:-9], r"main\.sql\.gz: it cannot be unpacked with gunzip"),
        (gzip.compress(b"\nSELECT nothing;"), r'main\.sql: .*:2: ERROR:  column "nothing" does not exist'),
    ],
    ids=["cut off", "faulty"],
)
def test_a_faulty_dump_is_told_with_its_file_and_the_error(images: Images, packed: bytes, message: str):
    recipe = postgres_data(["main"], {"schema.sql": b"SELECT 1;", "main.sql.gz": packed})
    with pytest.raises(ImageError, match=message):
        images.find_or_build(recipe)


@pytest.mark.docker
def test_a_failed_build_leaves_no_stage_behind(engine: Engine, images: Images):
    recipe = Recipe("failing", {"Dockerfile": DOCKERFILE}, base_recipe())
    with pytest.raises(ImageError, match="it broke"):
        images.find_or_build(recipe)
    assert engine.images(f"{STAGE_LABEL}={recipe.digest}") == []


DOCKERFILE = b"""ARG PARENT
FROM ${PARENT} AS build
ARG STAGE
LABEL touchstone.stage=${STAGE}
RUN echo made > /made

FROM ${PARENT}
COPY --from=build /made /made
RUN echo it broke && exit 1
"""


@pytest.mark.docker
def test_nothing_of_the_building_machine_stays_in_an_image(pods: Pods, images: Images):
    script = """
import json, pathlib
names = ['/inputs', '/build', '/delta', '/etc/apt/apt.conf.d/90host', '/etc/apt/auth.conf']
print(json.dumps([name for name in names if pathlib.Path(name).exists()]))
"""
    spec = PodSpec(
        judge=container("judge", Role.JUDGE, images.find_or_build(shipped("python")), "input()"),
        candidate=container("candidate", Role.CANDIDATE, images.find_or_build(shipped("python")), script),
    )
    with pods.take(spec) as pod:
        pod.start_candidate({})
        assert wait_for_end(pod).exit_code == 0
        assert json.loads(pod.output("candidate").stdout) == []


IMPORTS = {
    "python": (
        "python3",
        "-c",
        "import fastapi, flask, grpc, httpx, pika, psycopg, redis, uvicorn, websockets; print('ok')",
    ),
    "judge": (
        "python3",
        "-c",
        "import grpc, httpx, pika, psycopg, pytest_timeout, redis, websockets\nprint('ok')",
    ),
    "node": ("node", "main.mjs"),
}
PROGRAM = b"""import express from 'express'; import fastify from 'fastify'; import pg from 'pg';
import { createClient } from 'redis'; import Redis from 'ioredis'; import amqp from 'amqplib';
import { createRequire } from 'node:module';
const require = createRequire(import.meta.url);
for (const name of ['express', 'fastify', 'pg', 'redis', 'ioredis', 'amqplib']) require(name);
const found = [express, fastify, pg.Client, createClient, Redis, amqp.connect];
console.log(found.every(Boolean) ? 'ok' : 'missing');
"""


@pytest.mark.docker
@pytest.mark.parametrize("name", IMPORTS)
def test_promised_packages_can_be_imported(pods: Pods, images: Images, name: str):
    spec = PodSpec(
        judge=container("judge", Role.JUDGE, images.find_or_build(shipped("python")), "input()"),
        candidate=ContainerSpec(
            name="candidate",
            role=Role.CANDIDATE,
            image=images.find_or_build(shipped(name)),
            command=IMPORTS[name],
            limits=Limits(),
        ),
    )
    with pods.take(spec) as pod:
        pod.start_candidate({"main.mjs": PROGRAM})
        wait_for_end(pod)
        assert pod.output("candidate").stdout == b"ok\n", pod.output("candidate")
