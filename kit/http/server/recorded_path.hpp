#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace tw::http {

/// How many bytes of a client's text are recorded. Such a text may be as long as a header.
inline constexpr std::size_t kRecordedTextBytesMax = 1024;

/// The path of a request in the form for spans and the log (url.path): its first 1,024 bytes, and
/// "***" for each segment with an "@", which is an e-mail address and not the name of a resource. A
/// usual path is not copied.
class RecordedPath {
 public:
    /// `path` must outlive the object.
    explicit RecordedPath(std::string_view path);
    std::string_view text() const { return masked_.empty() ? path_ : std::string_view{masked_}; }

 private:
    std::string_view path_;
    std::string masked_;
};

inline RecordedPath recorded_path(std::string_view path) { return RecordedPath{path}; }

}  // namespace tw::http
