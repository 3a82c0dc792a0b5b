#pragma once

#include "kit/gateway/edge_policy.hpp"

#include <cstddef>
#include <string_view>
#include <unordered_map>

namespace tw::gateway {

/// Compresses answers for clients that prefer gzip (RFC 9110 §8.4.1.3, §12.5.3). These answers are
/// sent as they are:
///
/// - answers that are shorter than a bound, for which compression saves less than it costs;
/// - answers with a field that the contract calls secret, since the length of a compressed text
///   tells about its content (BREACH). No cache may store these answers either;
/// - answers of gRPC, which has its own compression, and event streams.
class GzipAnswers final : public EdgePolicy {
 public:
    /// `bytes_min` is the size from which answers are compressed.
    explicit GzipAnswers(std::size_t bytes_min) : bytes_min_{bytes_min} {}

    void on_answer(const http::Request& request, const ServiceAnswer* from, http::Response& response) override;

 private:
    bool has_secret(const rpc::Method& method);

    std::size_t bytes_min_;
    /// Whether the answer of a method has a secret.
    std::unordered_map<const rpc::Method*, bool> methods_;
};

/// Returns whether a client with this Accept-Encoding field prefers gzip to the text as it is. An
/// empty field accepts nothing but the text.
bool prefers_gzip(std::string_view accept_encoding);

}  // namespace tw::gateway
