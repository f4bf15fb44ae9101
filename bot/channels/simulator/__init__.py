"""The simulator's channel: phones in this process, through the same door as the real ones."""

from bot.channels.simulator.client import Phone, Shown, Simulator

__all__ = ["Phone", "Shown", "Simulator"]
