#pragma once

#include "kit/http/message.hpp"

#include <string>
#include <string_view>

namespace tw::http {

/// Finds two fields in a header that is refused before it was parsed. Origin decides who may read
/// the refusal, since a browser shows a page the answer only if it allows the page's origin.
/// Content-Type shows whether the client speaks gRPC. The bytes are passed from the request line
/// on, in pieces of any size, and only one short line of them is kept.
class RefusedHead {
 public:
    void feed(std::string_view bytes);
    /// Whether the header is over.
    bool ended() const { return ended_; }
    /// Returns the method, if the request line was read, and the two fields. A field that is there
    /// twice is left out.
    Request request() const;

 private:
    struct Field {
        int times = 0;
        std::string value;
    };
    void take_line();
    void take_request_line(std::string_view line);

    std::string line_;
    bool line_too_long_ = false;
    bool first_line_ = true;
    bool ended_ = false;
    std::string method_;
    Field origin_;
    Field content_type_;
};

}  // namespace tw::http
