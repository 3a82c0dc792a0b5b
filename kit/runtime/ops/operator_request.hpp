#pragma once

#include "kit/base/result.hpp"
#include "kit/http/message.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tw::runtime {

/// What an operator asks a page for: the parameters of the query, or the members of the body.
class OperatorRequest {
 public:
    /// Reads the query of a GET. Fails with INVALID_ARGUMENT for a parameter that is not among
    /// `known`.
    static Result<OperatorRequest> of_query(std::string_view query, std::span<const std::string_view> known);
    /// Reads the body of a POST, a JSON object of texts. Fails with PERMISSION_DENIED
    /// (OPERATOR_HEADER) if the header field X-Operator is missing: a page of another web
    /// site cannot send it. Fails with INVALID_ARGUMENT for a body or a member that is not known.
    static Result<OperatorRequest> of_body(const http::Request& request, std::span<const std::string_view> known);

    /// Returns the text, or an empty one.
    const std::string& text(std::string_view name) const;

 private:
    std::map<std::string, std::string, std::less<>> texts_;
};

/// Whether the request has the header field X-Operator, which no form of a page can send.
bool is_from_operator(const http::Request& request);
/// The error of a change without that field: PERMISSION_DENIED, reason OPERATOR_HEADER.
Error operator_field_missing();

/// How many entries one page of a list has, by the text of `page_size`: 1 to 500, by default 50.
Result<std::int64_t> read_page_size(const std::string& text);
/// A token that stands for the texts of a position, and back. The text of a token that was not made
/// here is INVALID_ARGUMENT.
std::string make_page_token(std::span<const std::string> parts);
Result<std::vector<std::string>> read_page_token(const std::string& token, std::size_t parts);

}  // namespace tw::runtime
