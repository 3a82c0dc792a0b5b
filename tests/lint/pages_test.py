"""The rules about what pages name. Run by lint_test.py."""

import unittest

import pages
import services

FILES = {
    "README.md": "# Tradewind\n",
    "docs/guide/calls.md": "# Calls\n\n## What a failure says\n",
    "kit/net/socket.hpp": "class Socket {\n    void close();\n};\n",
    "kit/net/socket_test.cpp": "TEST(Socket, is_closed_once) {}\n",
    "services/user/module.cpp": "",
    "services/order/module.cpp": "",
}


def find(pattern):
    parts = pattern.split("*")
    whole = [path for path in FILES if path == pattern or path.startswith(pattern + "/")]
    return whole or [path for path in FILES if len(parts) == 2 and path.startswith(parts[0]) and path.endswith(parts[1])]


class Pages(unittest.TestCase):
    def objections(self, text, page="docs/architecture.md"):
        return [(line, said) for _, line, said in pages.page_objections(page, text, FILES.get, find)]

    def test_files_that_are_there_may_be_named(self):
        for named in (
            "kit/net/socket.hpp",
            "kit/net",
            "kit/net/",
            "services/<name>/module.cpp",
            "services/{user,order}/module.cpp",
            "kit/net/socket_test.cpp::is_closed_once",
        ):
            self.assertEqual(self.objections(f"It is `{named}`.\n"), [], named)

    def test_files_that_are_not_there_may_not(self):
        self.assertEqual(self.objections("One.\nIt is `kit/net/pipe.hpp`.\n"), [(2, "there is no kit/net/pipe.hpp")])
        self.assertEqual(self.objections("Copy it: `cp kit/net/pipe.hpp x`.\n"), [(1, "there is no kit/net/pipe.hpp")])
        self.assertEqual(len(self.objections("It is `services/{user,payment}/module.cpp`.\n")), 1)
        self.assertEqual(len(self.objections("It is `services/<name>/store.cpp`.\n")), 1)
        self.assertEqual(len(self.objections("It is `kit/net/socket_test.cpp::is_closed_twice`.\n")), 1)

    def test_what_is_no_file_of_ours_is_let_pass(self):
        self.assertEqual(self.objections("`/api/users`, `http://a/b`, `kit`, `make kit`\n```\nkit/net/pipe.hpp\n```\n"), [])
        self.assertEqual(self.objections("It was `kit/net/pipe.hpp`.\n", "docs/decisions/0001-x.md"), [])

    def test_what_stands_before_a_file_is_in_it(self):
        self.assertEqual(self.objections("`Socket::close` (`kit/net/socket.hpp`)\n"), [])
        self.assertEqual(self.objections("`Socket` and\n`close()` (`kit/net/socket.hpp`)\n"), [])
        self.assertEqual(self.objections("`Socket::open` (`kit/net/socket.hpp`)\n"), [(1, "there is no open in kit/net/socket.hpp")])
        self.assertEqual(len(self.objections("`Pipe`, `Socket`\n(`kit/net/socket.hpp`)\n")), 1)

    def test_links_lead_somewhere(self):
        for target in ("guide/calls.md", "guide/calls.md#what-a-failure-says", "../README.md", "https://a.test/b", "../kit/net"):
            self.assertEqual(self.objections(f"[x]({target})\n"), [], target)
        for target in ("calls.md", "guide/calls.md#what-a-success-says", "#here"):
            self.assertEqual(len(self.objections(f"[x]({target})\n", "docs/architecture.md")), 1, target)

    def test_a_link_leads_to_an_anchor_that_the_page_has_written_out(self):
        self.assertEqual(pages.anchors('# Errors\n| <a id="email_taken"></a>`EMAIL_TAKEN` |\n'), {"errors", "email_taken"})


class DecisionsIndex(unittest.TestCase):
    RECORDS = {"0001-one.md": "# 1. One thing\n", "0002-two.md": "# 2. Two things\n\nReplaces [1](0001-one.md).\n"}
    FIRST = "| [1](0001-one.md) | One thing | It was so. | [2](0002-two.md) |\n"
    SECOND = "| [2](0002-two.md) | Two things | It is so. | |\n"

    def objections(self, index):
        return len(list(pages.index_objections(index, self.RECORDS)))

    def test_an_index_with_every_decision_is_whole(self):
        self.assertEqual(self.objections(self.FIRST + self.SECOND), 0)

    def test_a_decision_that_is_missing_or_called_otherwise_is_noticed(self):
        self.assertEqual(self.objections(self.FIRST), 1)
        self.assertEqual(self.objections(self.FIRST + self.SECOND.replace("Two", "Three")), 1)
        self.assertEqual(self.objections(self.FIRST + self.SECOND.replace("It is so.", "")), 1)
        self.assertEqual(self.objections(self.FIRST + self.SECOND + self.SECOND.replace("2](0002-two", "3](0003-three")), 1)

    def test_what_replaces_a_decision_stands_in_its_row(self):
        self.assertEqual(self.objections(self.FIRST.replace("[2](0002-two.md)", "") + self.SECOND), 1)
        self.assertEqual(self.objections(self.FIRST + self.SECOND.replace("| |", "| [1](0001-one.md) |")), 1)


class Services(unittest.TestCase):
    LISTED = [{"name": "user", "grpc_port": 50051, "operations_port": 9465}, {"name": "order", "grpc_port": 50052, "operations_port": 9466}]
    LINE = '.name = "{0}", .make = &{0}::make_module, .grpc_port = {1}, .schema = &{0}::schema\n'

    def missing(self, path, text):
        return [said for service in self.LISTED for said in services.missing(path, text, service)]

    def test_a_place_that_names_every_service_is_whole(self):
        self.assertEqual(self.missing("deploy/compose/env.example", "USER_DB_PASSWORD=\nORDER_DB_PASSWORD=\n"), [])
        self.assertEqual(self.missing("deploy/compose/postgres/init.sh", "services=(order user)\n"), [])

    def test_a_service_that_is_missing_is_said_with_its_text(self):
        self.assertEqual(self.missing("deploy/compose/env.example", "USER_DB_PASSWORD="), ["order is missing: ORDER_DB_PASSWORD="])
        self.assertEqual(self.missing("deploy/compose/postgres/init.sh", "services=(order users)\n"),
                         ["user is missing: user in services=(order users)"])  # fmt: skip

    def of_modules(self, *modules):
        text = "".join(self.LINE.format(*module) for module in modules)
        return [said for path, _, said in services.objections(self.LISTED, lambda _: text) if path == services.LIST]

    def test_the_list_has_the_modules_of_the_program_in_their_order(self):
        self.assertEqual(self.of_modules(("user", 50051), ("order", 50052)), [])
        self.assertEqual(len(self.of_modules(("order", 50052), ("user", 50051))), 1)
        self.assertEqual(len(self.of_modules(("user", 50051), ("order", 50052), ("stock", 50053))), 1)
