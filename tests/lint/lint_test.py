#!/usr/bin/env python3
"""Each rule of lint objects to what it is there for, and to nothing else. Runs by `./dev test lint`."""

import pathlib
import shutil
import tempfile
import unittest

import arrows
import brand
import quotations
import web_dist
from code_test import Errors, FunctionLength, HeadersAlone, Reasons, Words  # noqa: F401
from contract_test import ContractOptions, ContractPage  # noqa: F401
from pages_test import DecisionsIndex, Pages, Services  # noqa: F401
from prose_test import FollowedPages, Prose, Translation  # noqa: F401
from statements_test import BothEngines, Guide, MigrationRules, StatementGrammar, StatementShards  # noqa: F401
from statements_texts_test import StatementTexts  # noqa: F401
from tools_test import Backports, Counting, LintRules, ShellAndFormat  # noqa: F401

CONTRACTS = {"user", "order"}


class Brand(unittest.TestCase):
    def lines(self, text):
        return [line for line, _ in brand.objections_to(text)]

    def test_the_name_of_a_program_is_refused_in_code_and_in_comments(self):
        self.assertEqual(self.lines('auto a = "tradewind:";\n// TRADEWIND_HTTP_ADDRESS\nint b;\n'), [1, 2])

    def test_the_name_of_the_package_is_allowed(self):
        self.assertEqual(self.lines('#include "proto/tradewind/options.pb.h"\n// tradewind/options.proto, tradewind.Caller\n'), [])
        self.assertEqual(self.lines("auto rule = field.GetExtension(tradewind::field);\n"), [])


class WebDist(unittest.TestCase):
    """The hash that web/build.mjs has written, computed without Node."""

    WEB = pathlib.Path(__file__).resolve().parents[2] / "web"

    def copy(self, folder):
        copy = pathlib.Path(folder, "web")
        shutil.copytree(self.WEB, copy, ignore=shutil.ignore_patterns("node_modules", "dev"))
        return copy

    def test_the_committed_page_is_built_from_the_committed_sources(self):
        self.assertEqual(web_dist.objections_to(self.WEB), [])

    def test_a_source_that_has_changed_is_told(self):
        with tempfile.TemporaryDirectory() as folder:
            copy = self.copy(folder)
            with (copy / "src/main.tsx").open("a") as file:
                file.write("\n")
            self.assertIn("npm run build", web_dist.objections_to(copy)[0][2])

    def test_a_lock_file_with_addresses_is_told(self):
        with tempfile.TemporaryDirectory() as folder:
            copy = self.copy(folder)
            with (copy / "package-lock.json").open("a") as file:
                file.write('"resolved": "https://example.test/x.tgz"\n')
            self.assertIn("names a registry", web_dist.objections_to(copy)[1][2])


class Quotations(unittest.TestCase):
    SOURCE = "int one() {\n    return 1;\n}\n"

    def objections(self, page):
        return [text for _, _, text in quotations.objections_to("page.md", page, {"one.cpp": self.SOURCE}.get)]

    def test_what_stands_in_the_file_is_a_quotation(self):
        self.assertEqual(self.objections("```cpp one.cpp\nint one() {\n    return 1;\n}\n```\n"), [])
        self.assertEqual(self.objections("```cpp one.cpp\nreturn 1;\n```\n"), [])

    def test_what_does_not_is_refused(self):
        self.assertEqual(self.objections("```cpp one.cpp\nreturn 2;\n```\n"), ["this does not stand in one.cpp"])
        self.assertEqual(self.objections("```cpp two.cpp\nreturn 1;\n```\n"), ["there is no two.cpp to quote"])

    def test_code_that_names_no_file_is_no_quotation(self):
        self.assertEqual(self.objections("```cpp\nreturn 2;\n```\n"), [])


class Arrows(unittest.TestCase):
    def assert_refused(self, path, target):
        self.assertIsNotNone(arrows.objection(path, target, CONTRACTS), f"{path} may include {target}")

    def assert_allowed(self, path, target):
        self.assertIsNone(arrows.objection(path, target, CONTRACTS))

    def test_a_library_never_looks_up(self):
        self.assert_refused("kit/base/error.hpp", "kit/async/task.hpp")
        self.assert_refused("kit/net/socket.cpp", "kit/http/server.hpp")
        self.assert_refused("kit/sql/store.cpp", "kit/runtime/module.hpp")

    def test_a_library_never_looks_beside_itself(self):
        self.assert_refused("kit/http/server.cpp", "kit/rpc/channel.hpp")
        self.assert_refused("kit/cache/redis.cpp", "kit/sql/store.hpp")

    def test_a_library_may_look_down_and_skip_layers(self):
        self.assert_allowed("kit/http/server.cpp", "kit/base/error.hpp")
        self.assert_allowed("kit/runtime/host.cpp", "kit/rpc/channel.hpp")
        self.assert_allowed("kit/http/server.cpp", "kit/http/server.hpp")

    def test_a_library_without_a_layer_is_noticed(self):
        self.assert_refused("kit/novelty/thing.cpp", "kit/base/error.hpp")
        self.assert_refused("kit/http/server.cpp", "kit/novelty/thing.hpp")

    def test_a_room_of_a_library_looks_at_those_below_it_alone(self):
        self.assert_refused("kit/rpc/channel.hpp", "kit/rpc/target.hpp")
        self.assert_refused("kit/rpc/wire/grpc_wire.cpp", "kit/rpc/call/served_call.hpp")
        self.assert_refused("kit/rpc/server/server_call.cpp", "kit/rpc/target.hpp")
        self.assert_refused("kit/http/client.cpp", "kit/http/json_mapping.hpp")
        self.assert_refused("kit/sql/sqlite/writer.cpp", "kit/sql/postgres/pipelined_connection.hpp")
        self.assert_allowed("kit/rpc/server/server_call.cpp", "kit/rpc/wire/grpc_wire.hpp")
        self.assert_allowed("kit/rpc/server/server_call.cpp", "kit/rpc/server.hpp")
        self.assert_allowed("kit/rpc/network/network_call.cpp", "kit/rpc/channel.hpp")
        self.assert_allowed("kit/rpc/streaming_test.cpp", "kit/rpc/server.hpp")
        self.assert_allowed("kit/sql/store.cpp", "kit/sql/postgres/postgres_store.hpp")
        self.assert_allowed("kit/sql/postgres/pipelined_connection.cpp", "kit/sql/value.hpp")

    def test_a_room_is_private_to_its_library(self):
        self.assert_refused("kit/runtime/host/loop_module.cpp", "kit/rpc/wire/grpc_wire.hpp")
        self.assert_refused("kit/gateway/calls/gateway.cpp", "kit/rpc/wire/grpc_wire.hpp")
        self.assert_refused("services/user/user_service_test.cpp", "kit/rpc/wire/grpc_wire.hpp")
        self.assert_refused("apps/tradewind/main.cpp", "kit/runtime/host/process.hpp")
        self.assert_refused("tests/install/greeter/main.cpp", "kit/runtime/host/process.hpp")
        self.assert_allowed("kit/rpc/unary_exchange.cpp", "kit/rpc/wire/grpc_wire.hpp")
        self.assert_allowed("kit/simulation/network/network_test.cpp", "kit/rpc/standard/health_service.hpp")
        self.assert_allowed("apps/tradewind/main.cpp", "kit/runtime/program.hpp")

    def test_only_tests_use_the_fakes(self):
        self.assert_refused("kit/sql/store.cpp", "kit/testing/fake_clock.hpp")
        self.assert_allowed("kit/sql/store_test.cpp", "kit/testing/fake_clock.hpp")

    def test_the_fakes_see_everything_below_the_runtime(self):
        self.assert_allowed("kit/testing/temporary_store.hpp", "kit/sql/store.hpp")
        self.assert_refused("kit/testing/host.hpp", "kit/runtime/module.hpp")

    def test_kit_knows_no_business(self):
        self.assert_refused("kit/rpc/server.cpp", "services/user/module.hpp")
        self.assert_refused("kit/rpc/server.cpp", "apps/tradewind/main.hpp")
        self.assert_refused("kit/rpc/server.cpp", "user.pb.h")
        self.assert_refused("kit/rpc/server_test.cpp", "proto/order.tw.hpp")
        self.assert_allowed("kit/rpc/status.cpp", "proto/google/rpc/status.pb.h")

    def test_a_service_never_includes_another_one(self):
        self.assert_refused("services/order/order_service.cpp", "services/user/user_store.hpp")
        self.assert_refused("services/order/order_service.cpp", "apps/tradewind/main.hpp")
        self.assert_allowed("services/order/order_service.cpp", "proto/user.tw.hpp")
        self.assert_allowed("services/order/order_service.cpp", "services/order/order_store.hpp")
        self.assert_allowed("services/order/order_service.cpp", "services/mapping/money.hpp")

    def test_headers_do_not_expose_asio_and_beast(self):
        self.assert_refused("kit/http/server.hpp", "boost/beast/http/parser.hpp")
        self.assert_refused("kit/net/socket.hpp", "boost/asio/ip/tcp.hpp")
        self.assert_refused("services/user/user_service.cpp", "boost/asio.hpp")
        self.assert_allowed("kit/net/socket.cpp", "boost/asio/ip/tcp.hpp")
        self.assert_allowed("kit/async/event_loop.hpp", "boost/asio/io_context.hpp")

    def test_the_generator_knows_no_service(self):
        self.assert_refused("codegen/main.cpp", "services/user/module.hpp")

    def test_includes_are_found_however_they_are_spaced(self):
        lines = ["#include <vector>", '#  include "kit/async/task.hpp"', '// #include "kit/async/gate.hpp"']
        self.assertEqual([m and m.group(2) for m in map(arrows.INCLUDE.match, lines)], ["vector", "kit/async/task.hpp", None])


if __name__ == "__main__":
    unittest.main()
