#pragma once

#include "kit/http/event_source.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace tw::http {

/// Makes events of the text of a stream as it comes (WHATWG HTML §9.2.6). Fields other than "event"
/// and "data" are passed over, as comments are. Internal to the client.
class EventLines {
 public:
    void add(std::string_view text) { text_ += text; }
    /// Returns the next event that is complete.
    std::optional<ServerEvent> take();
    /// How many bytes the event has that is not complete.
    std::size_t pending_bytes() const { return text_.size() - at_ + event_.data.size(); }

 private:
    /// Returns the next whole line without its end, which may be LF, CR or CR LF.
    std::optional<std::string_view> line();
    void add_field(std::string_view line);

    std::string text_;
    /// Where the next line begins in `text_`.
    std::size_t at_ = 0;
    ServerEvent event_;
    bool has_data_ = false;
};

}  // namespace tw::http
