#pragma once

#include "kit/http/message.hpp"

#include <string>
#include <string_view>

namespace tw::http {

/// A file that the build has put into the program (tw_embed_files).
struct BuiltInFile {
    std::string_view name;
    std::string_view bytes;
};

/// A file as it is served.
struct StaticFile {
    /// "app.js"
    std::string name;
    std::string content_type;
    std::string bytes;
    /// Compressed by gzip.
    std::string zipped;
    /// A hash of the bytes, in quotes.
    std::string etag;
};

/// Makes a file of its name, which says its type, and its bytes. Compressing takes about 15 ms a
/// mebibyte.
StaticFile make_static_file(std::string_view name, std::string bytes);

/// Returns the response to GET: the file, compressed if the client accepts gzip, or 304 if the
/// client has it. Clients ask again each time whether their copy is still right.
Response static_file_response(const StaticFile& file, const Request& request);

}  // namespace tw::http
