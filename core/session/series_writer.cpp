// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/session/series_writer.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <utility>

#include "core/io/atomic_file.h"
#include "core/io/files.h"
#include "core/record/records_json.h"
#include "core/session/csv.h"

namespace moelora {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view csv_head = "step,series,value\n";

std::string number_text(double value) {
    if (std::isnan(value)) return "nan";
    if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
    char text[32];
    return {text, std::to_chars(text, text + sizeof text, value).ptr};
}

// Turns the lines of metrics.jsonl into rows; the router lines of one update belong together.
class CsvFromRecords {
  public:
    explicit CsvFromRecords(AtomicFile& out) : out_(out) {}

    Status line(std::string_view text) {
        const auto json = parse_json(text, "metrics.jsonl");
        if (!json || !json->is_object()) return {};  // a line that nobody can read has no numbers
        if (const auto router = router_from_json(*json)) {
            if (!routers_.empty() && routers_.front().step != router->step)
                MOELORA_TRY_STATUS(flush());
            routers_.push_back(*router);
            return {};
        }
        MOELORA_TRY_STATUS(flush());
        if (const auto step = step_from_json(*json)) return rows(step->step, series_of(*step));
        if (const auto eval = eval_from_json(*json)) return rows(eval->step, series_of(*eval));
        return {};
    }
    Status flush() {
        if (routers_.empty()) return {};
        const std::int64_t step = routers_.front().step;
        const std::vector<Scalar> values = series_of(std::exchange(routers_, {}));
        return rows(step, values);
    }
    [[nodiscard]] std::int64_t last_step() const { return last_step_; }

  private:
    Status rows(std::int64_t step, const std::vector<Scalar>& values) {
        last_step_ = std::max(last_step_, step);
        const std::string text = csv_rows(step, values);
        return out_.write(text.data(), text.size());
    }
    AtomicFile& out_;
    std::vector<RouterRecord> routers_;
    std::int64_t last_step_ = -1;
};

// Writes metrics.csv anew; the last step that has a number, -1 when none has.
Result<std::int64_t> rebuild_csv(const std::string& metrics, const std::string& csv) {
    MOELORA_TRY(AtomicFile out, AtomicFile::begin(csv));
    MOELORA_TRY_STATUS(out.write(csv_head.data(), csv_head.size()));
    CsvFromRecords rows(out);
    if (std::error_code error; fs::exists(metrics, error)) {
        Status status;
        MOELORA_TRY_STATUS(for_each_line(metrics, [&](std::int64_t, std::string_view line) {
            status = rows.line(line);
            return status.has_value();
        }));
        MOELORA_TRY_STATUS(std::move(status));
        MOELORA_TRY_STATUS(rows.flush());
    }
    MOELORA_TRY_STATUS(out.commit());
    return rows.last_step();
}

}  // namespace

std::string csv_rows(std::int64_t step, const std::vector<Scalar>& values) {
    const std::string start = std::to_string(step) + ",";
    std::string out;
    for (const Scalar& scalar : values) {
        out += start;
        out += csv_field(scalar.series);
        out += ',';
        out += number_text(scalar.value);
        out += '\n';
    }
    return out;
}

Result<SeriesWriter> SeriesWriter::open(const std::string& run_folder) {
    const std::string csv = join_path(run_folder, "metrics.csv");
    MOELORA_TRY(const std::int64_t last, rebuild_csv(join_path(run_folder, "metrics.jsonl"), csv));
    MOELORA_TRY(AppendFile rows, AppendFile::open(csv));
    const std::string events = join_path(run_folder, "tensorboard");
    std::error_code error;
    const bool goes_on = fs::exists(events, error);
    MOELORA_TRY(EventFile file, EventFile::create(events, goes_on ? last + 1 : -1));
    return SeriesWriter(std::move(rows), std::move(file));
}

Status SeriesWriter::add(std::int64_t step, const std::vector<Scalar>& values) {
    MOELORA_TRY_STATUS(csv_.append(csv_rows(step, values)));
    return events_.add(step, values);
}

}  // namespace moelora
