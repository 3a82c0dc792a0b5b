#include "kit/otlp/pipeline/export_queue.hpp"

#include <utility>

namespace tw::otlp {
namespace {

/// How many used buffers are kept. A few requests consist of about as many batches: many services
/// on many loops bring small ones.
constexpr std::size_t kSpareBuffersMax = 128;
/// How many bytes all kept buffers may have. Buffers that were large once must not occupy memory
/// for good.
constexpr std::size_t kSpareBytesMax = 2 * 1024 * 1024;

}  // namespace

std::string_view drop_reason_name(DropReason reason) {
    constexpr std::array<std::string_view, kDropReasons> kNames{"queue_full", "export_failed", "rejected", "shutdown"};
    return kNames[static_cast<std::size_t>(reason)];
}

void ExportQueue::renew(telemetry::OtlpBatch& batch) {
    batch = {};
    if (spare_.empty()) return;
    batch.bytes = std::move(spare_.back());
    spare_.pop_back();
    spare_bytes_ -= batch.bytes.capacity();
}

ExportQueue::Outcome ExportQueue::push(std::size_t source, telemetry::OtlpBatch& batch) {
    if (batch.records == 0) return Outcome::kept;
    const std::lock_guard lock{mutex_};
    if (closed_ || records_ + batch.records > limits_.records_max || bytes_ + batch.bytes.size() > limits_.bytes_max) {
        count_dropped(closed_ ? DropReason::shutdown : DropReason::queue_full, batch.records);
        batch.bytes.clear();
        batch.records = 0;
        return Outcome::dropped;
    }
    records_ += batch.records;
    bytes_ += batch.bytes.size();
    batches_.push_back({source, std::move(batch)});
    renew(batch);
    if (told_ || records_ < limits_.due_records) return Outcome::kept;
    told_ = true;
    return Outcome::due;
}

std::vector<QueuedBatch> ExportQueue::take(std::size_t records_max) {
    const std::lock_guard lock{mutex_};
    told_ = false;
    std::vector<QueuedBatch> taken;
    std::size_t records = 0;
    while (!batches_.empty() && (taken.empty() || records + batches_.front().batch.records <= records_max)) {
        auto& front = batches_.front();
        records += front.batch.records;
        bytes_ -= front.batch.bytes.size();
        taken.push_back(std::move(front));
        batches_.pop_front();
    }
    records_ -= records;
    return taken;
}

void ExportQueue::recycle(std::string buffer) {
    const auto bytes = buffer.capacity();
    buffer.clear();
    const std::lock_guard lock{mutex_};
    if (closed_ || spare_.size() >= kSpareBuffersMax || spare_bytes_ + bytes > kSpareBytesMax) return;
    spare_bytes_ += bytes;
    spare_.push_back(std::move(buffer));
}

void ExportQueue::close() {
    const std::lock_guard lock{mutex_};
    closed_ = true;
    count_dropped(DropReason::shutdown, records_);
    batches_.clear();
    spare_.clear();
    records_ = bytes_ = spare_bytes_ = 0;
}

std::size_t ExportQueue::records() const {
    const std::lock_guard lock{mutex_};
    return records_;
}

std::size_t ExportQueue::bytes() const {
    const std::lock_guard lock{mutex_};
    return bytes_;
}

}  // namespace tw::otlp
