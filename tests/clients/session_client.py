"""Prints every Snapshot of a session once, in order, whichever nodes it takes: `tick value...`, or `gap from first reason` where some are lost.

    python3 session_client.py --metrics requests_total,requests_per_second --seconds 60 ws://gw-1:5900/ws/metrics ws://gw-2:5900/ws/metrics

A program that stores what it gets with its tick, and begins again with --session and --last-tick, misses nothing and has nothing twice.
"""
import argparse
import asyncio
import json
import random
import sys

import websockets

RETRY_MIN, RETRY_MAX = 0.5, 15.0  # seconds; doubled by each attempt that fails, and half to the whole of it passes
SILENCE_MAX = 45.0  # seconds; a Heartbeat comes every 30 s
ENDED = {4001: "another connection has taken the session over", 4002: "an operator closed the session"}


class Reader:
    def __init__(self, options):
        self.wanted = {"metrics": options.metrics.split(","), "interval_seconds": options.interval}
        self.session, self.last_tick = options.session, options.last_tick
        self.attempt, self.until = 0, options.until
        self.gap = None  # why Snapshots after last_tick are lost, until it is known where they go on
        self.repeats = True  # those up to last_tick may come again

    def url(self, base):
        query = f"?session={self.session or 'new'}"
        return base + query + (f"&last_tick={self.last_tick}" if self.last_tick is not None else "")

    async def read(self, socket):
        """Reads one connection until it is lost, which is an exception."""
        first, ours = True, False
        while True:
            event = json.loads(await asyncio.wait_for(socket.recv(), SILENCE_MAX))
            if event["type"] == "Session":
                self.session = event["session_id"]
                is_answer = not first and (event["recovered"] or event["reason"].startswith("The subscription is new"))
                ours = self.is_wanted(event["subscription"]) if first else ours or is_answer
                if first and not ours:
                    await socket.send(json.dumps(self.wanted))
                self.follow(event, continues=event["recovered"] and ours, is_answer=is_answer)
                first = False
            elif first:
                raise ConnectionError("the node knows no sessions")
            elif event["type"] == "Snapshot" and ours and not (self.repeats and event["tick"] <= (self.last_tick or 0)):
                self.show(event)
                if event["tick"] >= self.until:
                    return
            elif event["type"] == "Error":
                print(event["message"], file=sys.stderr)
                if not ours:
                    raise ConnectionError("the subscription was not taken")

    def is_wanted(self, subscription):
        wanted = (set(self.wanted["metrics"]), self.wanted["interval_seconds"], None)
        return (set(subscription["metrics"]), subscription["interval_seconds"], subscription.get("scope")) == wanted

    def follow(self, event, continues, is_answer):
        if continues and not is_answer:
            self.gap = None
        elif not continues and not is_answer and self.last_tick is not None:
            self.gap = self.gap or event.get("reason", "The subscription was not kept")
        self.repeats = continues

    def show(self, event):
        if self.gap:
            print("gap", self.last_tick, event["tick"], self.gap, flush=True)
        print(event["tick"], *(json.dumps(event[name]) for name in self.wanted["metrics"]), flush=True)
        self.last_tick, self.gap, self.repeats, self.attempt = event["tick"], None, True, 0

    async def run(self, urls):
        turn = 0
        while True:
            pause, url = 0, urls[turn % len(urls)]
            try:
                async with websockets.connect(self.url(url)) as socket:
                    return await self.read(socket)
            except websockets.exceptions.ConnectionClosed as e:
                code = e.rcvd.code if e.rcvd else 1006  # 1006: without a word
                reason = ENDED.get(code, f"closed with {code}")
                if code in ENDED:
                    raise RuntimeError(reason)
            except websockets.exceptions.InvalidHandshake as e:
                answer = getattr(e, "response", e)  # from websockets 14 on
                reason = f"answered {getattr(answer, 'status_code', None)}"
                pause = int(getattr(answer, "headers", {}).get("Retry-After", 0))
                if reason == "answered 400":
                    raise RuntimeError("the session or the last tick is not valid")
            except (OSError, asyncio.TimeoutError) as e:
                reason = str(e) or "silent"
            pause += min(RETRY_MAX, RETRY_MIN * 2**self.attempt) * random.uniform(0.5, 1)
            print(f"{url}: {reason}; the next node in {pause:.1f} s", file=sys.stderr)
            self.attempt, turn = min(self.attempt + 1, 10), turn + 1
            await asyncio.sleep(pause)


async def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("urls", nargs="+", help="the /ws/metrics of any nodes of one cluster")
    parser.add_argument("--metrics", default="requests_total", help="names with commas")
    parser.add_argument("--interval", type=int, default=1, help="seconds")
    parser.add_argument("--seconds", type=float, help="after which it ends")
    parser.add_argument("--until", type=int, default=sys.maxsize, help="the tick after which it ends")
    parser.add_argument("--session", help="the id to come back with; the node chooses one otherwise")
    parser.add_argument("--last-tick", type=int, help="the tick of the last Snapshot of that session that there is")
    options = parser.parse_args()
    reader = Reader(options)
    try:
        await asyncio.wait_for(reader.run(options.urls), options.seconds)
    except RuntimeError as e:
        sys.exit(f"{reader.session}: {e}")
    except asyncio.TimeoutError:
        pass
    print(f"--session {reader.session} --last-tick {reader.last_tick}", file=sys.stderr)


asyncio.run(main())
