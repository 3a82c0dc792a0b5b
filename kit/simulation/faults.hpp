#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tw::simulation {

class History;

/// Decides from the seed which faults happen. Whoever can make one asks at each place where it could; the answer is a matter of
/// chance, of the seed alone, and of what is suppressed. Each fault that happens has a number within its run, by which a later
/// run of the same seed can leave it out: that is how a failing run is shortened.
///
/// Belongs to one simulation; not thread-safe.
class Faults {
 public:
    Faults(std::uint64_t seed, History& history) : state_{seed}, history_{history} {}

    /// Whether this kind of fault ("connection cut") happens here ("order → catalog") now, which it does in `chance` of the cases
    /// (0 to 1), times the intensity. `what` completes the line in the history.
    bool happens(std::string_view kind, std::string_view place, double chance, std::string_view what = {});

    /// A number of [0, below), for how much or when; `below` is not 0.
    std::uint64_t pick(std::uint64_t below);

    /// 0: none happens, and none is drawn; 1: as often as the places say. A run begins with 0, so that a world is made in peace.
    void set_intensity(double intensity) { intensity_ = intensity; }
    double intensity() const { return intensity_; }
    /// Faults of these numbers do not happen.
    void suppress(std::set<std::uint32_t> numbers) { suppressed_ = std::move(numbers); }

    /// How many faults happened, or would have but for suppression.
    std::uint32_t count() const { return next_; }

    struct Tries {
        std::uint64_t offered = 0;
        std::uint64_t happened = 0;
    };
    /// Orders kinds and places, and finds those that are no strings.
    struct KindThenPlace {
        using is_transparent = void;
        using Views = std::pair<std::string_view, std::string_view>;
        static Views views(const Views& key) { return key; }
        static Views views(const std::pair<std::string, std::string>& key) { return {key.first, key.second}; }
        template <class One, class Other>
        bool operator()(const One& one, const Other& other) const {
            return views(one) < views(other);
        }
    };
    /// By kind and place, in their order.
    using Coverage = std::map<std::pair<std::string, std::string>, Tries, KindThenPlace>;
    const Coverage& coverage() const { return coverage_; }

 private:
    std::uint64_t draw();

    std::uint64_t state_;
    History& history_;
    double intensity_ = 0;
    std::uint32_t next_ = 0;
    std::set<std::uint32_t> suppressed_;
    Tries& tries_of(std::string_view kind, std::string_view place);

    Coverage coverage_;
};

/// While it exists no fault happens.
class Calm {
 public:
    explicit Calm(Faults& faults) : faults_{faults}, intensity_{faults.intensity()} { faults.set_intensity(0); }
    ~Calm() { faults_.set_intensity(intensity_); }
    Calm(const Calm&) = delete;
    Calm& operator=(const Calm&) = delete;

 private:
    Faults& faults_;
    double intensity_;
};

}  // namespace tw::simulation
