#pragma once

#include "services/console/archive.hpp"
#include "services/console/archive/archive_file.hpp"
#include "services/console/archive/batch.hpp"
#include "services/console/archive/database.hpp"
#include "services/console/archive/key_blocks.hpp"
#include "services/console/archive/log_blocks.hpp"
#include "services/console/archive/sampler.hpp"
#include "services/console/archive/stored.hpp"
#include "services/console/archive/time_blocks.hpp"
#include "services/console/archive/trace_rows.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace tw::console {

/// Orders the spans of a batch so that those of a trace stand together. Traces come in the order of
/// their first spans.
std::vector<TraceGroup> group_by_trace(Batch& batch);

/// Writes to one file. It belongs to one thread.
class FileWriter {
 public:
    /// Opens the file, and makes its tables if it is new.
    FileWriter(std::shared_ptr<ArchiveFile> file, std::int64_t now_us);
    /// Closes the file; what is in its log goes to the file itself.
    ~FileWriter();

    const ArchiveFile& file() const { return *file_; }
    const std::shared_ptr<ArchiveFile>& shared_file() const { return file_; }

    /// Stores the batch in one transaction. A trace that `previous` has (or null) is moved here as
    /// a whole when more of its spans come. Adds to `arrived`, unless it is null, what was stored.
    /// After a fault nothing of the batch is stored.
    std::optional<Fault> store(const Batch& batch, std::span<const TraceGroup> traces, FileWriter* previous, std::int64_t now_us,
                               Arrived* arrived);

 private:
    struct TraceRow {
        std::int64_t id = 0;
        /// The list of its pieces.
        std::string pieces;
        std::int64_t spans = 0;
        /// A later file has the trace, too.
        bool moved = false;
    };

    void start();
    void store_trace(const Batch& batch, const TraceGroup& group, FileWriter* previous, Arrived* arrived);
    std::optional<TraceRow> find(const TraceId& trace_id);
    /// Copies the trace from the previous file into a piece of this one, and reads its spans.
    void copy_from(FileWriter& previous, const TraceId& trace_id, TraceRow& row, std::optional<Batch>& earlier);
    /// The summary of the spans that are stored already with those that come now. `earlier` has the
    /// stored ones, or none if they are many.
    const ::console::TraceSummary& summary_with(const TraceRow& row, std::optional<Batch>& earlier,
                                                std::span<const SpanRecord> added);
    void write_trace(const TraceRow& row, const TraceId& trace_id, bool is_new, const ::console::TraceSummary& summary);
    /// Hides traces that the next file has now.
    void hide(std::span<const TraceRow> moved);
    /// Puts a piece into a pack, and names it in the trace's row.
    void add_piece(std::string_view piece, TraceRow& row);
    void write_pack();
    std::string_view make_piece(const Batch& batch, const TraceGroup& group);
    void store_keys(std::span<const SpanRecord> spans, std::int64_t trace);
    void store_log(const Batch& batch, std::size_t index, Arrived* arrived);
    /// The row of a source of the batch that is being stored.
    std::int64_t row_in_batch(const ReadSource& source);
    std::int64_t source_row(const ReadSource& source);
    void write_contents();

    std::shared_ptr<ArchiveFile> file_;
    Database database_;
    LogBlocks log_blocks_{database_};
    KeyBlocks key_blocks_{database_};
    TimeBlocks time_blocks_{database_};
    TraceRows trace_rows_;
    std::optional<StoredReader> stored_;
    /// The rows of sources, by their bytes.
    std::unordered_map<std::string, std::int64_t> sources_;
    /// The rows of the batch's sources, by their numbers; 0 where it is not known yet.
    std::vector<std::int64_t> batch_sources_;
    /// The last summary and its bytes, whose memory the next one uses.
    ::console::TraceSummary summary_;
    std::string summary_bytes_;
    /// A piece and a run of spans, and the keys of a trace.
    std::pair<std::string, std::string> buffers_;
    std::vector<std::uint64_t> keys_;
    std::int64_t next_trace_ = 1;
    std::int64_t next_log_ = 1;
    /// The pack that is being filled. It is written at the end of the transaction at the latest.
    std::int64_t next_pack_ = 1;
    std::string pack_;
    FileContents contents_;
    /// The rows of the previous file that this transaction has copied.
    std::vector<TraceRow> copied_;
};

}  // namespace tw::console
