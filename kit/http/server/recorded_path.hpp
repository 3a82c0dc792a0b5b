#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace tw::http {

/// How much of a client's text is recorded: such a text may be as long as a header.
inline constexpr std::size_t kRecordedTextBytesMax = 1024;

/// The path of a request as spans and the log have it (url.path): its first 1,024 bytes, and "***" for each segment with an "@",
/// which is somebody's e-mail address and no name of a resource. A path of the usual kind is not copied.
class RecordedPath {
 public:
    /// `path` outlives it.
    explicit RecordedPath(std::string_view path);
    std::string_view text() const { return masked_.empty() ? path_ : std::string_view{masked_}; }

 private:
    std::string_view path_;
    std::string masked_;
};

inline RecordedPath recorded_path(std::string_view path) { return RecordedPath{path}; }

}  // namespace tw::http
