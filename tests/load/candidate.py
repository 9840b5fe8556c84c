"""One simulated candidate: opens the link, types, runs, submits, and reads back in the end what was saved.

It asks as the page's scripts do: one save at a time, what failed is sent again, and the results panel is
asked for as long as something in it is open.
"""

import asyncio
import json
import random
import re
import time
from contextlib import suppress
from dataclasses import dataclass
from html import unescape
from typing import Any

import httpx

from tests.load.figures import Figures

RETRY_SECONDS = (2, 4, 8)
ANSWER_SECONDS = 60.0
RESETS = (httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError)
PANEL = re.compile(r'hx-get="([^"]+)" hx-trigger="every ([\d.]+)(ms|s)"')
OPEN = re.compile(r'data-open-(run|submission)="yes"')
STATIC = re.compile(r'(?:src|href)="(/static/[^"]+)"')
DATA = re.compile(r'<script id="workspace-data" type="application/json">(.*?)</script>', re.S)
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


@dataclass(frozen=True, kw_only=True)
class Pace:
    """Mean seconds between two of each."""

    save: float
    run: float
    submit: float


class Gave(Exception):  # noqa: N818 - named for what it is.
    """An answer that was not expected, or none."""


class Candidate:
    def __init__(self, url: str, link: str, pace: Pace, figures: Figures, chance: random.Random) -> None:
        self._link, self._pace, self._figures, self._chance = link, pace, figures, chance
        self._http = httpx.AsyncClient(
            base_url=url,
            timeout=ANSWER_SECONDS,
            trust_env=False,
            limits=httpx.Limits(max_connections=6, keepalive_expiry=300),  # As a browser has it.
        )
        self._id = f"{chance.getrandbits(64):x}"
        self._page: dict[str, Any] = {}
        self._headers: dict[str, str] = {}
        self._files: dict[str, str] = {}
        self._main = ""
        self._revision = self._answers = self._typed = 0
        self._watching: asyncio.Task[None] | None = None

    async def sit(self, until: float) -> None:
        """From the link until this moment of the loop's clock."""
        try:
            await self.open()
            await self._work(until)
        except Gave:
            return  # It is counted.
        finally:
            if self._watching is not None:
                self._watching.cancel()
                with suppress(asyncio.CancelledError):
                    await self._watching

    async def read_back(self) -> None:
        """Is the last acknowledged edit there, and every revision that was answered?"""
        if not self._answers:
            await self._http.aclose()
            return
        try:
            there = _data(await self._ask("page", "GET", self._page["address"]))
        except Gave:
            self._figures.lost.append(f"{self._link}: could not be read back")
            return
        finally:
            await self._http.aclose()
        saved = {file["path"]: file["text"] for file in there["files"] if file["access"] == "editable"}
        if saved != self._files or there["revision"] < self._answers:
            self._figures.lost.append(
                f"{self._link}: revision {there['revision']} of {self._answers}, "
                f"edit {_edit(saved.get(self._main, ''))} of {self._typed}"
            )

    async def save(self) -> None:
        """One more line, saved; sent again until it is answered."""
        self._typed += 1
        base = self._files[self._main].partition("\n# edit ")[0]
        files = {
            **self._files,
            self._main: f"{base}\n# edit {self._typed} {'x' * self._chance.randrange(80)}\n",
        }
        body = {"language": self._page["language"], "files": files, "revision": self._revision}
        body |= {"page": self._id, "number": self._typed, "includes": {}}
        for pause in (*RETRY_SECONDS, None):
            try:
                response = await self._ask("save", "POST", self._page["urls"]["save"], json=body)
                break
            except Gave:
                if pause is None:
                    raise
                await asyncio.sleep(pause)
        self._files, self._revision = files, response.json()["revision"]
        self._answers += 1
        self._figures.acknowledged += 1

    async def open(self) -> None:
        """From the link to the editor."""
        door, _, secret = self._link.partition("#")
        page = await self._ask("link", "GET", door)
        form = {"csrfmiddlewaretoken": _found(TOKEN, page.text), "secret": secret}
        await self._ask("link", "POST", f"{door}open/", data=form)
        page = await self._ask("link", "GET", door)
        form = {"csrfmiddlewaretoken": _found(TOKEN, page.text)}
        overview = await self._ask("start", "POST", door, data=form)
        address = overview.headers["Location"] + "1/"
        page = await self._ask("page", "GET", address)
        await asyncio.gather(
            *(self._ask("static", "GET", path) for path in sorted(set(STATIC.findall(page.text))))
        )
        self._page = {**_data(page), "address": address}
        self._headers = {
            "X-CSRFToken": _found(re.compile(r'data-csrf="([^"]+)"'), page.text),
            "Accept": "application/json",
        }
        editable = [file for file in self._page["files"] if file["access"] == "editable"]
        self._files = {file["path"]: file["text"] for file in editable}
        self._main = max(self._files, key=lambda path: (path.endswith(".py"), len(self._files[path])))

    async def _work(self, until: float) -> None:
        next_run, next_submit = (self._after(seconds) for seconds in (self._pace.run, self._pace.submit))
        while (now := time.monotonic()) < until:
            await asyncio.sleep(min(self._chance.uniform(0.5, 1.5) * self._pace.save, until - now))
            await self.save()
            if time.monotonic() > next_run:
                next_run = self._after(self._pace.run)
                await self._hand_in("run")
            if time.monotonic() > next_submit:
                next_submit = self._after(self._pace.submit)
                await self._hand_in("submit")

    def _after(self, seconds: float) -> float:
        return time.monotonic() + self._chance.uniform(0, 2) * seconds

    async def _hand_in(self, what: str) -> None:
        response = await self._ask(
            what, "POST", self._page["urls"][what], expected=(200, 409), json={"revision": self._revision}
        )
        if response.status_code == 200 and (self._watching is None or self._watching.done()):
            self._watching = asyncio.create_task(self._watch(response.text))

    async def _watch(self, panel: str) -> None:
        """As long as something is open, and as often as the panel says."""
        while OPEN.search(panel) and (asks := PANEL.search(panel)):
            address, number, unit = unescape(asks[1]), float(asks[2]), asks[3]
            await asyncio.sleep(number / 1000 if unit == "ms" else number)
            with suppress(Gave):
                response = await self._ask("results", "GET", address, expected=(200, 204))
                panel = panel if response.status_code == 204 else response.text

    async def _ask(
        self,
        operation: str,
        method: str,
        address: str,
        *,
        expected: tuple[int, ...] = (200, 302),
        **more: Any,
    ) -> httpx.Response:
        began = time.perf_counter()
        try:
            response = await self._http.request(method, address, headers=self._headers, **more)
        except httpx.HTTPError as error:
            self._figures.errors[f"{operation}: {type(error).__name__}"] += 1
            self._figures.resets += isinstance(
                error, httpx.RemoteProtocolError | httpx.ReadError | httpx.WriteError
            )
            raise Gave from error
        if response.status_code not in expected:
            self._figures.errors[f"{operation}: {response.status_code}"] += 1
            raise Gave(response.text[:300])
        self._figures.seconds[operation].append(time.perf_counter() - began)
        return response


def _found(pattern: re.Pattern[str], text: str) -> str:
    match = pattern.search(text)
    if match is None:
        raise Gave(f"no {pattern.pattern} on the page")
    return match[1]


def _data(page: httpx.Response) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(_found(DATA, page.text))
    return data


def _edit(text: str) -> str:
    return text.rpartition("# edit ")[2].partition(" ")[0]
