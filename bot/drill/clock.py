"""A drill's own time: it begins when the drill does, and may go faster than the clock."""

from bot.clock import Clock


class StoryClock:
    """`pace` times as fast since `began` (UTC ms); before that it is the clock itself."""

    def __init__(self, clock: Clock, began: int, pace: int) -> None:
        self.clock, self.began, self.pace = clock, began, pace

    def now(self) -> int:
        return self.story(self.clock.now())

    def story(self, wall: int) -> int:
        return wall if wall <= self.began else self.began + (wall - self.began) * self.pace

    def wall(self, story: int) -> int:
        """When, by the clock, that moment of the drill comes; never before it has come."""
        if story <= self.began:
            return story
        return self.began - (self.began - story) // self.pace

    def monotonic(self) -> float:
        return self.clock.monotonic()

    async def sleep(self, seconds: float) -> None:
        await self.clock.sleep(seconds / self.pace)
