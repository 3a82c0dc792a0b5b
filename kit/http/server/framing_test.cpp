#include "kit/http/server/framing.hpp"

#include "kit/http/server.hpp"

#include <string>

#include <gtest/gtest.h>

namespace tw::http {
namespace {

Result<RequestHead> scan(std::string_view head) { return scan_head(head, {}); }

std::string get_with(std::string_view fields) { return "GET / HTTP/1.1\r\n" + std::string{fields} + "\r\n"; }

TEST(Framing, the_end_of_a_header_is_found_however_its_bytes_arrive) {
    const std::string_view request = "GET / HTTP/1.1\r\nHost: a\r\n\r\nrest";
    std::size_t scanned = 0;
    for (std::size_t size = 0; size < request.size() - 4; ++size) {
        EXPECT_EQ(find_head_end(request.substr(0, size), scanned, 1000, 1000).value(), 0u) << size;
    }
    EXPECT_EQ(find_head_end(request, scanned, 1000, 1000).value(), request.size() - 4);
}

TEST(Framing, a_line_that_ends_in_a_bare_line_feed_is_refused_at_once) {
    std::size_t scanned = 0;
    const auto end = find_head_end("GET / HTTP/1.1\nHost: a\n", scanned, 1000, 1000);
    ASSERT_FALSE(end);
    EXPECT_EQ(end.error().reason(), "MALFORMED_REQUEST");
}

TEST(Framing, what_does_not_start_with_a_method_is_refused_at_its_first_byte) {
    for (const std::string_view bytes : {"\x16\x03\x01", " GET", "\r\r", "\n", "{"}) {
        std::size_t scanned = 0;
        EXPECT_FALSE(find_head_end(bytes, scanned, 1000, 1000)) << bytes;
    }
}

TEST(Framing, a_header_that_is_too_large_is_refused_before_its_end) {
    const std::string endless = "GET / HTTP/1.1\r\nHost: " + std::string(1000, 'a');
    std::size_t scanned = 0;
    const auto end = find_head_end(endless, scanned, 512, 8192);
    ASSERT_FALSE(end);
    EXPECT_EQ(end.error().reason(), "HEADER_TOO_LARGE");
    scanned = 0;
    EXPECT_EQ(find_head_end(endless + "\r\n\r\n", scanned, 512, 8192).error().reason(), "HEADER_TOO_LARGE");
}

TEST(Framing, a_target_that_is_too_long_is_refused_before_its_end) {
    std::size_t scanned = 0;
    const auto endless = find_head_end("GET /" + std::string(300, 'a'), scanned, 8192, 100);
    ASSERT_FALSE(endless);
    EXPECT_EQ(endless.error().reason(), "URI_TOO_LONG");
    const auto whole = scan_head("GET /" + std::string(100, 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n", {.uri_bytes_max = 100});
    ASSERT_FALSE(whole);
    EXPECT_EQ(whole.error().reason(), "URI_TOO_LONG");
}

TEST(Framing, an_ordinary_request_is_taken_apart) {
    const std::string head =
        "POST /api/users?x=1&y HTTP/1.1\r\nHOST: example.test:8080\r\ncontent-length: 12\r\nX-Odd:\t\xc3\xa4 \r\n\r\n";
    const auto request = scan(head);
    ASSERT_TRUE(request);
    EXPECT_EQ(request->method, "POST");
    EXPECT_EQ(request->path, "/api/users");
    EXPECT_EQ(request->query, "x=1&y");
    EXPECT_EQ(request->host, "example.test:8080");
    EXPECT_EQ(request->content_length, 12u);
    EXPECT_TRUE(request->keep_alive);
    EXPECT_FALSE(request->chunked);
}

struct FramingCase {
    const char* what;
    std::string head;
    const char* reason = "MALFORMED_REQUEST";
};

TEST(Framing, a_forbidden_character_is_found_wherever_it_stands) {
    for (std::size_t at = 0; at < 24; ++at) {
        std::string text(24, 'a');
        EXPECT_TRUE(scan("GET /" + text + " HTTP/1.1\r\nHost: a\r\nX: " + text + "\r\n\r\n")) << at;
        text[at] = '\x7f';
        EXPECT_FALSE(scan("GET /" + text + " HTTP/1.1\r\nHost: a\r\n\r\n")) << at;
        EXPECT_FALSE(scan(get_with("Host: a\r\nX: " + text + "\r\n"))) << at;
        text[at] = '#';
        EXPECT_FALSE(scan("GET /" + text + " HTTP/1.1\r\nHost: a\r\n\r\n")) << at;
        text[at] = '/';
        EXPECT_FALSE(scan(get_with("Host: " + text + "\r\n"))) << at;
        text[at] = '\t';
        EXPECT_TRUE(scan(get_with("Host: a\r\nX: " + text + "\r\n"))) << at;
        text[at] = '\x01';
        EXPECT_FALSE(scan(get_with("Host: a\r\nX: " + text + "\r\n"))) << at;
    }
}

TEST(Framing, what_two_readers_could_read_differently_is_refused) {
    const std::vector<FramingCase> table{
        {"both lengths", get_with("Host: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n")},
        {"both lengths, other order", get_with("Host: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n")},
        {"differing lengths", get_with("Host: a\r\nContent-Length: 3\r\nContent-Length: 4\r\n")},
        {"repeated length", get_with("Host: a\r\nContent-Length: 3\r\nContent-Length: 3\r\n")},
        {"list of lengths", get_with("Host: a\r\nContent-Length: 3, 3\r\n")},
        {"signed length", get_with("Host: a\r\nContent-Length: +3\r\n")},
        {"negative length", get_with("Host: a\r\nContent-Length: -3\r\n")},
        {"hexadecimal length", get_with("Host: a\r\nContent-Length: 0x3\r\n")},
        {"length with a space inside", get_with("Host: a\r\nContent-Length: 1 2\r\n")},
        {"empty length", get_with("Host: a\r\nContent-Length:\r\n")},
        {"chunked twice", get_with("Host: a\r\nTransfer-Encoding: chunked, chunked\r\n")},
        {"chunked in two fields", get_with("Host: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n")},
        {"chunked not last", get_with("Host: a\r\nTransfer-Encoding: chunked, gzip\r\n")},
        {"unknown coding", get_with("Host: a\r\nTransfer-Encoding: xchunked\r\n"), "UNSUPPORTED_TRANSFER_CODING"},
        {"coding before chunked", get_with("Host: a\r\nTransfer-Encoding: gzip, chunked\r\n"), "UNSUPPORTED_TRANSFER_CODING"},
        {"identity", get_with("Host: a\r\nTransfer-Encoding: identity\r\n"), "UNSUPPORTED_TRANSFER_CODING"},
        {"empty coding", get_with("Host: a\r\nTransfer-Encoding:\r\n"), "UNSUPPORTED_TRANSFER_CODING"},
        {"chunked with vertical tab", get_with("Host: a\r\nTransfer-Encoding: \x0b"
                                               "chunked\r\n")},
        {"chunked in HTTP/1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"},
        {"space before colon", get_with("Host: a\r\nContent-Length : 3\r\n")},
        {"tab before colon", get_with("Host: a\r\nTransfer-Encoding\t: chunked\r\n")},
        {"folded line", get_with("Host: a\r\nX: 1\r\n 2\r\n")},
        {"fold right after the request line", get_with(" Host: a\r\n")},
        {"no colon", get_with("Host: a\r\nnonsense\r\n")},
        {"no name", get_with("Host: a\r\n: x\r\n")},
        {"NUL in value", get_with(std::string{"Host: a\r\nX: 1\0"
                                              "2\r\n",
                                              17})},
        {"NUL in name", get_with(std::string{"Host: a\r\nX\0: 1\r\n", 16})},
        {"bare CR in value", get_with("Host: a\r\nX: 1\rContent-Length: 3\r\n")},
        {"bare CR in name", get_with("Host: a\r\n\rX: 1\r\n")},
        {"delete character", get_with("Host: a\r\nX: \x7f\r\n")},
        {"no Host", get_with("")},
        {"two Hosts", get_with("Host: a\r\nHost: a\r\n")},
        {"no version", "GET /\r\nHost: a\r\n\r\n"},
        {"two spaces", "GET  / HTTP/1.1\r\nHost: a\r\n\r\n"},
        {"tab between", "GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n"},
        {"space at the end", "GET / HTTP/1.1 \r\nHost: a\r\n\r\n"},
        {"space in target", "GET /a b HTTP/1.1\r\nHost: a\r\n\r\n"},
        {"lower-case version", "GET / http/1.1\r\nHost: a\r\n\r\n"},
        {"long version", "GET / HTTP/1.10\r\nHost: a\r\n\r\n"},
        {"fragment", "GET /a#b HTTP/1.1\r\nHost: a\r\n\r\n"},
        {"control character in target", "GET /\x01 HTTP/1.1\r\nHost: a\r\n\r\n"},
        {"byte above ASCII in target", "GET /\xc3\xa4 HTTP/1.1\r\nHost: a\r\n\r\n"},
        {"relative target", "GET index HTTP/1.1\r\nHost: a\r\n\r\n"},
        {"asterisk without OPTIONS", "GET * HTTP/1.1\r\nHost: a\r\n\r\n"},
        {"authority form", "GET a:80 HTTP/1.1\r\nHost: a\r\n\r\n"},
        {"other scheme", "GET ftp://a/ HTTP/1.1\r\nHost: a\r\n\r\n"},
        {"absolute form with user", "GET http://me@a/ HTTP/1.1\r\nHost: a\r\n\r\n"},
        {"absolute form without host", "GET http:///x HTTP/1.1\r\nHost: a\r\n\r\n"},
        {"method with odd characters", "G(T / HTTP/1.1\r\nHost: a\r\n\r\n"},
        {"HTTP/2", "PRI * HTTP/2.0\r\n\r\n", "UNSUPPORTED_HTTP_VERSION"},
        {"HTTP/1.2", "GET / HTTP/1.2\r\nHost: a\r\n\r\n", "UNSUPPORTED_HTTP_VERSION"},
        {"HTTP/0.9", "GET / HTTP/0.9\r\nHost: a\r\n\r\n", "UNSUPPORTED_HTTP_VERSION"},
        {"CONNECT", "CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n", "METHOD_NOT_IMPLEMENTED"},
        {"unknown expectation", get_with("Host: a\r\nExpect: wonders\r\n"), "EXPECTATION_FAILED"},
    };
    for (const auto& row : table) {
        const auto head = scan(row.head);
        ASSERT_FALSE(head) << row.what;
        EXPECT_EQ(head.error().reason(), row.reason) << row.what;
    }
}

TEST(Framing, a_host_that_is_none_is_refused) {
    const std::vector<FramingCase> table{
        {"Host with a path", get_with("Host: a/b\r\n")},
        {"Host with a user", get_with("Host: me@a\r\n")},
        {"Host list", get_with("Host: a, b\r\n")},
        {"Host with a port that is none", get_with("Host: a:b\r\n")},
        {"Host with two ports", get_with("Host: a:1:2\r\n")},
        {"Host with half a bracket", get_with("Host: [::1\r\n")},
        {"Host with something behind the bracket", get_with("Host: [::1]a\r\n")},
        {"Host with a bracket inside", get_with("Host: a[b]\r\n")},
        {"Host that is a port alone", get_with("Host: :80\r\n")},
        {"absolute form with a port that is none", "GET http://a:b/ HTTP/1.1\r\nHost: a\r\n\r\n"},
    };
    for (const auto& row : table) {
        const auto head = scan(row.head);
        ASSERT_FALSE(head) << row.what;
        EXPECT_EQ(head.error().reason(), row.reason) << row.what;
    }
}

TEST(Framing, a_length_beyond_any_type_counts_as_too_large_and_not_as_nonsense) {
    EXPECT_EQ(scan(get_with("Host: a\r\nContent-Length: 99999999999999999999\r\n"))->content_length, UINT64_MAX);
}

TEST(Framing, an_absolute_target_stands_for_its_path_and_overrides_host) {
    const auto head = scan("GET http://b.test:1/x?q HTTP/1.1\r\nHost: a\r\n\r\n");
    ASSERT_TRUE(head);
    EXPECT_EQ(head->host, "b.test:1");
    EXPECT_EQ(head->path, "/x");
    EXPECT_EQ(head->query, "q");
    EXPECT_EQ(scan("GET http://b.test HTTP/1.1\r\nHost: a\r\n\r\n")->path, "/");
    EXPECT_EQ(scan("GET http://b.test?q HTTP/1.1\r\nHost: a\r\n\r\n")->path, "/");
}

TEST(Framing, a_host_may_have_a_port_and_may_be_a_literal) {
    for (const auto* host : {"a", "a:80", "a:", "A.b-c_d.", "[::1]", "[::1]:8080", "127.0.0.1:1", "a%20b", ""})
        EXPECT_TRUE(scan(get_with(std::string{"Host: "} + host + "\r\n"))) << host;
}

TEST(Framing, the_connection_stays_as_the_version_and_the_client_say) {
    EXPECT_TRUE(scan(get_with("Host: a\r\n"))->keep_alive);
    EXPECT_FALSE(scan(get_with("Host: a\r\nConnection: close\r\n"))->keep_alive);
    EXPECT_FALSE(scan(get_with("Host: a\r\nConnection: x , Close\r\n"))->keep_alive);
    EXPECT_FALSE(scan("GET / HTTP/1.0\r\n\r\n")->keep_alive);
    EXPECT_TRUE(scan("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n")->keep_alive);
    EXPECT_FALSE(scan("GET / HTTP/1.0\r\nConnection: keep-alive\r\nConnection: close\r\n\r\n")->keep_alive);
}

TEST(Framing, an_expectation_is_heard_in_one_point_one_only) {
    EXPECT_TRUE(scan(get_with("Host: a\r\nExpect: 100-Continue\r\n"))->expects_continue);
    EXPECT_FALSE(scan("GET / HTTP/1.0\r\nExpect: 100-continue\r\n\r\n")->expects_continue);
}

}  // namespace
}  // namespace tw::http
