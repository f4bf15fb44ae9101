"""The Telegram stand-in as a process: one JSON line in, one JSON line out.

{"do": "url"}                                where it listens
{"do": "phones", "users": [7, 8]}            people who have started the bot
{"do": "send", "user": 7, "text": "SOS"}     writes; the wall clock (ms) at that moment
{"do": "accepted", "since": 0}               [chat, text, wall clock in ms] of each message
{"do": "refused"}                            how often each error code was answered
"""

import asyncio
import json
import sys
import time
from typing import Any

from tests.standins.telegram import TelegramStandIn


async def serve(token: str) -> None:
    server = TelegramStandIn(token)
    times: list[float] = []
    server.on_accept = lambda _message: times.append(time.time() * 1000)
    await server.start()
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        print(json.dumps(answer(server, times, json.loads(line))), flush=True)
    await server.stop()


def answer(server: TelegramStandIn, times: list[float], asked: dict[str, Any]) -> Any:
    match asked["do"]:
        case "url":
            return server.url
        case "phones":
            for user in asked["users"]:
                server.phone(user).started = True
            return len(asked["users"])
        case "send":
            at = time.time() * 1000
            server.phone(asked["user"]).send(asked["text"])
            return at
        case "accepted":
            since = asked["since"]
            new = zip(server.accepted[since:], times[since:], strict=True)
            return [[message.chat, message.text, at] for message, at in new]
        case "refused":
            return dict(server.errors)
    raise ValueError(asked["do"])


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1]))
