"""Advice on your own work: is it worth it, with threads or processes, with how many, and what will it bring."""

from helpers.advice.advising import advise
from helpers.advice.telling import cures

__all__ = ["advise", "cures"]
