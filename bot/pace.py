"""How fast a platform, and each chat on it, may be written to."""

from dataclasses import dataclass, field

from bot.channels.base import Limits


@dataclass
class Bucket:
    """Tokens of a platform's rate. The `reserve` is for the urgent lane alone."""

    limits: Limits
    tokens: float = 0.0
    at: float = 0.0

    def take(self, now: float, urgent: bool) -> float:
        """0 when a token was taken, otherwise the seconds until one may be there."""
        rate = self.limits.per_second
        self.tokens = min(self.limits.burst, self.tokens + (now - self.at) * rate)
        self.at = now
        floor = 0 if urgent else self.limits.reserve
        if self.tokens - 1 >= floor:
            self.tokens -= 1
            return 0.0
        return (1 + floor - self.tokens) / rate


@dataclass
class Holds:
    """Until when (monotonic seconds) a chat, or the platform, is left alone.

    chats   the platform said so
    resting  when a chat has all of its room again; until then the rest of it is for what is urgent
    """

    chats: dict[str, float] = field(default_factory=dict)
    resting: dict[str, float] = field(default_factory=dict)
    platform: float = 0.0

    def until(self, address: str, limits: Limits, urgent: bool) -> float:
        spared = (limits.chat_burst - 1) * limits.per_chat if urgent else 0.0
        return max(self.chats.get(address, 0.0), self.resting.get(address, 0.0) - spared)

    def sent(self, address: str, now: float, limits: Limits) -> None:
        self.resting[address] = max(self.resting.get(address, 0.0), now) + limits.per_chat

    def held(self, now: float, limits: Limits, urgent: bool) -> list[str]:
        known = {**self.chats, **self.resting}
        return [each for each in known if self.until(each, limits, urgent) > now]

    def soonest(self, now: float) -> float:
        both = (*self.chats.values(), *self.resting.values())
        return min((at for at in both if at > now), default=now + 1.0) - now

    def tidy(self, now: float) -> None:
        if len(self.chats) + len(self.resting) > 10_000:
            self.chats = {a: at for a, at in self.chats.items() if at > now}
            self.resting = {a: at for a, at in self.resting.items() if at > now}
