"""Many calls at once, from threads that each have a connection of their own."""

import concurrent.futures
import typing

import httpx

from harness.system import System

Outcome = typing.TypeVar("Outcome")


def at_once(system: System, connections: int, tasks: list, call: typing.Callable[[httpx.Client, typing.Any], Outcome]) -> list[Outcome]:
    """call(client, task) for every task; what they return, in the order of `tasks`."""

    def run(share: list) -> list[Outcome]:
        with system.client() as client:
            return [call(client, task) for task in share]

    with concurrent.futures.ThreadPoolExecutor(connections) as pool:
        shares = list(pool.map(run, [tasks[number::connections] for number in range(connections)]))
    return [shares[index % connections][index // connections] for index in range(len(tasks))]
