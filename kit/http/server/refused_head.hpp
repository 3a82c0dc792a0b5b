#pragma once

#include "kit/http/message.hpp"

#include <string>
#include <string_view>

namespace tw::http {

/// Finds in a header that is refused before it was read what decides who may read the refusal, and in which form: Origin, since a
/// browser shows a page the answer only where it allows the page's origin, and Content-Type, which says whether the client speaks
/// gRPC. Takes the bytes from the request line on, in pieces of any size, and keeps one short line of them.
class RefusedHead {
 public:
    void feed(std::string_view bytes);
    /// The header is over.
    bool ended() const { return ended_; }
    /// The method where the request line was read, and the two fields; one that is there twice is left out.
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
