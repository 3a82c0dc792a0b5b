#include "kit/sql/postgres/value_codec.hpp"

#include "kit/sql/postgres/numeric.hpp"
#include "kit/sql/shared/errors.hpp"

#include <bit>
#include <charconv>
#include <cstring>
#include <limits>
#include <optional>
#include <string>
#include <utility>

#include <fmt/format.h>
#include <libpq-fe.h>

namespace tw::sql::pg {
namespace {

// The object ids of pg_type.dat, which never change.
constexpr TypeId kBool = 16;
constexpr TypeId kBytea = 17;
constexpr TypeId kName = 19;
constexpr TypeId kInt8 = 20;
constexpr TypeId kInt2 = 21;
constexpr TypeId kInt4 = 23;
constexpr TypeId kText = 25;
constexpr TypeId kFloat4 = 700;
constexpr TypeId kFloat8 = 701;
constexpr TypeId kUnknown = 705;
constexpr TypeId kBpchar = 1042;
constexpr TypeId kVarchar = 1043;
constexpr TypeId kTimestamptz = 1184;
constexpr TypeId kNumeric = 1700;
constexpr TypeId kVoid = 2278;

/// The start of PostgreSQL's count of microseconds, which is 2000-01-01.
constexpr std::int64_t kEpochMicros = 946'684'800'000'000;

template <class T>
T from_network(const char* bytes) {
    T value;
    std::memcpy(&value, bytes, sizeof value);
    if constexpr (std::endian::native == std::endian::little) value = std::byteswap(value);
    return value;
}

template <class T>
int to_network(char* out, T value) {
    if constexpr (std::endian::native == std::endian::little) value = std::byteswap(value);
    std::memcpy(out, &value, sizeof value);
    return sizeof value;
}

struct WriteBinary {
    char* out;

    int operator()(Null) const { return 0; }
    int operator()(const std::string&) const { return 0; }
    int operator()(bool flag) const {
        *out = flag ? 1 : 0;
        return 1;
    }
    int operator()(std::int64_t number) const { return to_network(out, number); }
    int operator()(double number) const { return to_network(out, std::bit_cast<std::int64_t>(number)); }
    int operator()(Timestamp when) const { return to_network(out, when.unix_micros() - kEpochMicros); }
};

struct WriteText {
    char* out;
    char* end;

    void operator()(Null) const { *out = '\0'; }
    void operator()(const std::string&) const { *out = '\0'; }
    void operator()(bool flag) const { std::strcpy(out, flag ? "t" : "f"); }
    void operator()(std::int64_t number) const { *std::to_chars(out, end - 1, number).ptr = '\0'; }
    void operator()(double number) const { *std::to_chars(out, end - 1, number).ptr = '\0'; }
    void operator()(Timestamp when) const {
        const auto text = when.to_string();
        out[text.copy(out, static_cast<std::size_t>(end - out) - 1)] = '\0';
    }
};

Timestamp read_timestamp(const char* bytes) {
    const auto micros = from_network<std::int64_t>(bytes);
    // PostgreSQL's "infinity" becomes the largest timestamp.
    if (micros > std::numeric_limits<std::int64_t>::max() - kEpochMicros) {
        return Timestamp::from_unix_micros(std::numeric_limits<std::int64_t>::max());
    }
    return Timestamp::from_unix_micros(micros + kEpochMicros);
}

std::optional<Value> read_value(TypeId type, const char* bytes, std::size_t size) {
    switch (type) {
        case kInt8:
            return Value{from_network<std::int64_t>(bytes)};
        case kInt4:
            return Value{static_cast<std::int64_t>(from_network<std::int32_t>(bytes))};
        case kInt2:
            return Value{static_cast<std::int64_t>(from_network<std::int16_t>(bytes))};
        case kText:
        case kVarchar:
        case kBpchar:
        case kName:
        case kUnknown:
        case kBytea:
            return Value{std::string{bytes, size}};
        case kTimestamptz:
            return Value{read_timestamp(bytes)};
        case kBool:
            return Value{*bytes != 0};
        case kFloat8:
            return Value{std::bit_cast<double>(from_network<std::int64_t>(bytes))};
        case kFloat4:
            return Value{static_cast<double>(std::bit_cast<float>(from_network<std::int32_t>(bytes)))};
        case kVoid:
            return Value{Null{}};
        case kNumeric:
            return read_numeric({bytes, size});
        default:
            return std::nullopt;
    }
}

}  // namespace

TypeId declared_type(const Value& value) {
    switch (value.index()) {
        case 1:
            return kBool;
        case 2:
            return kInt8;
        case 3:
            return kFloat8;
        case 5:
            return kTimestamptz;
        default:
            return 0;
    }
}

void ParameterArrays::assign(std::span<const Value> values, std::span<const TypeId> declared) {
    values_.resize(values.size());
    lengths_.resize(values.size());
    formats_.resize(values.size());
    scratch_.resize(values.size());
    for (std::size_t i = 0; i < values.size(); ++i) {
        auto& scratch = scratch_[i];
        values_[i] = scratch.data();
        formats_[i] = 0;
        lengths_[i] = 0;
        if (const auto* text = std::get_if<std::string>(&values[i])) {
            values_[i] = text->c_str();
        } else if (std::holds_alternative<Null>(values[i])) {
            values_[i] = nullptr;
        } else if (i < declared.size() && declared_type(values[i]) == declared[i]) {
            lengths_[i] = std::visit(WriteBinary{scratch.data()}, values[i]);
            formats_[i] = 1;
        } else {
            std::visit(WriteText{scratch.data(), scratch.data() + scratch.size()}, values[i]);
        }
    }
}

Result<Rows> read_rows(const PGresult* result) {
    const int columns = PQnfields(result);
    const int count = PQntuples(result);
    Rows rows;
    rows.reserve(static_cast<std::size_t>(count));
    for (int row = 0; row < count; ++row) {
        std::vector<Value> values;
        values.reserve(static_cast<std::size_t>(columns));
        for (int column = 0; column < columns; ++column) {
            if (PQgetisnull(result, row, column) != 0) {
                values.emplace_back(Null{});
                continue;
            }
            const auto size = static_cast<std::size_t>(PQgetlength(result, row, column));
            auto value = read_value(PQftype(result, column), PQgetvalue(result, row, column), size);
            if (!value) {
                return internal(fmt::format("column \"{}\" has a type that no Value has (oid {}); cast it in the statement",
                                            PQfname(result, column), PQftype(result, column)));
            }
            values.push_back(std::move(*value));
        }
        rows.emplace_back(std::move(values));
    }
    return rows;
}

}  // namespace tw::sql::pg
