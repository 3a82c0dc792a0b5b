#pragma once

#include "kit/simulation/postgres/postgres_cell.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tw::simulation {

/// One message of PostgreSQL's protocol 3.0 (manual, "Message Formats"). A `type` of 0 means the
/// first packet of a connection.
struct PostgresMessage {
    char type = 0;
    std::string body;
};

/// Removes the first complete message from `bytes`. Returns nothing if it is not complete. `first`
/// says that the message is the first packet of a connection, which has no type.
std::optional<PostgresMessage> take_message(std::string& bytes, bool first);

/// Builds messages, one after the other.
class PostgresWriter {
 public:
    PostgresWriter& begin(char type);
    PostgresWriter& byte(char value);
    PostgresWriter& int16(std::size_t value);
    PostgresWriter& int32(std::int64_t value);
    /// Writes a text and the zero that ends it.
    PostgresWriter& text(std::string_view value);
    PostgresWriter& bytes(std::string_view value);
    void end();

    void error(char type, const SqlError& error);
    void parameter(std::string_view name, std::string_view value);

    bool empty() const { return bytes_.empty(); }
    std::string take();

 private:
    std::string bytes_;
    std::size_t begun_ = 0;
};

/// Reads the contents of a message. Throws NotModelled if the message ends too early.
class PostgresReader {
 public:
    explicit PostgresReader(std::string_view body) : rest_{body} {}
    bool at_end() const { return rest_.empty(); }
    char byte() { return bytes(1).front(); }
    int int16();
    std::int32_t int32();
    std::string_view text();
    std::string_view bytes(std::size_t size);

 private:
    std::string_view rest_;
};

}  // namespace tw::simulation
