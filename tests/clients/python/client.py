"""A client of the HTTP API with httpx. Its messages are made of proto/user.proto by protoc.

Usage: client.py URL
"""

import json
import sys
import time

import httpx
import user_pb2
from google.protobuf import json_format


class Client:
    def __init__(self, url: str):
        self.http = httpx.Client(base_url=url, timeout=10)
        self.waits = 0

    def call(self, method: str, path: str, **more) -> httpx.Response:
        """One request. It is sent again while the server asks to wait."""
        for _ in range(20):
            answer = self.http.request(method, path, **more)
            if answer.status_code != 429:
                break
            self.waits += 1
            time.sleep(int(answer.headers["Retry-After"]))
        return answer

    def users(self):
        """All users, page by page."""
        token = ""
        while True:
            answer = self.call("GET", "/api/users", params={"page_size": 2, "page_token": token})
            page = read(answer, user_pb2.ListUsersResponse())
            yield from page.users
            token = page.next_page_token
            if not token:
                return

    def rename(self, user_id: str, name: str) -> user_pb2.User:
        """Changes the user as it was read. After a change by somebody else it reads the user again."""
        while True:
            tag = self.call("GET", f"/api/users/{user_id}").headers["ETag"]
            changed = self.call("PATCH", f"/api/users/{user_id}", json={"name": name}, headers={"If-Match": tag})
            if changed.status_code != 412:
                return read(changed, user_pb2.User())


def read(answer: httpx.Response, message):
    """The message in an answer. Fields that a newer server has added are ignored."""
    if answer.status_code != 200:
        problem = answer.json()
        raise RuntimeError(f"{problem['code']}: {problem['detail']}")
    return json_format.Parse(answer.text, message, ignore_unknown_fields=True)


def main():
    client = Client(sys.argv[1])
    made = [
        read(client.call("POST", "/api/users", json={"email": f"python-{i}@example.com", "name": "Alice"}), user_pb2.User())
        for i in range(5)
    ]
    path = f"/api/users/{made[0].id}"
    first = client.call("GET", path)
    again = client.call("GET", path, headers={"If-None-Match": first.headers["ETag"]})
    client.call("PATCH", path, json={"name": "changed by another client"})
    late = client.call("PATCH", path, json={"name": "late"}, headers={"If-Match": first.headers["ETag"]})
    renamed = client.rename(made[0].id, "Alicia")
    print(json.dumps({
        "listed": len(list(client.users())),
        "unchanged": again.status_code,
        "late": late.status_code,
        "name": renamed.name,
        "version": renamed.version,
        "waited": client.waits > 0,
    }))


if __name__ == "__main__":
    main()
