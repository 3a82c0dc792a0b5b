#pragma once

#include "kit/rpc/method.hpp"

#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tw::gateway {

/// Returns the OpenAPI 3.1 document of all `services` together, as indented JSON. Services may come
/// from contracts that were compiled apart. Where two of them use one name for different schemas,
/// operations or tags, the later one gets another name.
std::string openapi_document(std::span<const rpc::Routes> services, std::string_view title, std::string_view version);

/// The document that all loops of a process share. It is made when it is first asked for, because
/// that takes some milliseconds and few programs are asked. The object may be used by all threads.
class SharedOpenApi {
 public:
    explicit SharedOpenApi(std::vector<rpc::Routes> services) : services_{std::move(services)} {}

    /// Returns the document. Title and version are those of the first call.
    const std::string& text(std::string_view title, std::string_view version);

 private:
    std::vector<rpc::Routes> services_;
    std::once_flag made_;
    std::string text_;
};

}  // namespace tw::gateway
