// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/session/series_writer.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <functional>
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

// Takes a step and its values.
using Rows = std::function<Status(std::int64_t, const std::vector<Scalar>&)>;

// The router lines of one update belong together.
class RowsOfRecords {
  public:
    explicit RowsOfRecords(const Rows& rows) : rows_(rows) {}

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
        if (const auto step = step_from_json(*json)) return rows_(step->step, series_of(*step));
        if (const auto eval = eval_from_json(*json)) return rows_(eval->step, series_of(*eval));
        return {};
    }
    Status flush() {
        if (routers_.empty()) return {};
        const std::int64_t step = routers_.front().step;
        const std::vector<Scalar> values = series_of(std::exchange(routers_, {}));
        return rows_(step, values);
    }

  private:
    const Rows& rows_;
    std::vector<RouterRecord> routers_;
};

Status for_each_row(const std::string& metrics, const Rows& rows) {
    if (std::error_code error; !fs::exists(metrics, error)) return {};
    RowsOfRecords records(rows);
    Status status;
    MOELORA_TRY_STATUS(for_each_line(metrics, [&](std::int64_t, std::string_view line) {
        status = records.line(line);
        return status.has_value();
    }));
    MOELORA_TRY_STATUS(std::move(status));
    return records.flush();
}

// Writes metrics.csv anew; the last step that has a number, -1 when none has.
Result<std::int64_t> rebuild_csv(const std::string& metrics, const std::string& csv) {
    MOELORA_TRY(AtomicFile out, AtomicFile::begin(csv));
    MOELORA_TRY_STATUS(out.write(csv_head.data(), csv_head.size()));
    std::int64_t last = -1;
    MOELORA_TRY_STATUS(
        for_each_row(metrics, [&](std::int64_t step, const std::vector<Scalar>& values) {
            last = std::max(last, step);
            const std::string text = csv_rows(step, values);
            return out.write(text.data(), text.size());
        }));
    MOELORA_TRY_STATUS(out.commit());
    return last;
}

// Under another name until all is written: what a kill leaves would be taken for the whole.
Status rebuild_events(const std::string& metrics, const std::string& folder) {
    MOELORA_TRY(AtomicFolder fresh, AtomicFolder::begin(folder));
    {
        MOELORA_TRY(EventFile events, EventFile::create(fresh.temporary(), 0));
        MOELORA_TRY_STATUS(
            for_each_row(metrics, [&](std::int64_t step, const std::vector<Scalar>& values) {
                return events.add(step, values);
            }));
    }
    return fresh.commit(false);
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
    const std::string metrics = join_path(run_folder, "metrics.jsonl"),
                      csv = join_path(run_folder, "metrics.csv"),
                      folder = join_path(run_folder, "tensorboard");
    MOELORA_TRY(const std::int64_t last, rebuild_csv(metrics, csv));
    MOELORA_TRY(AppendFile rows, AppendFile::open(csv));
    std::error_code error;
    const bool all_there = fs::exists(folder, error);
    if (!all_there && last >= 0) MOELORA_TRY_STATUS(rebuild_events(metrics, folder));
    MOELORA_TRY(EventFile events,
                EventFile::create(folder, all_there || last >= 0 ? last + 1 : -1));
    return SeriesWriter(std::move(rows), std::move(events), folder);
}

Status SeriesWriter::add(std::int64_t step, const std::vector<Scalar>& values) {
    Status status = csv_.append(csv_rows(step, values));
    if (status) status = events_.add(step, values);
    std::error_code ignored;
    if (!status) fs::remove_all(event_folder_, ignored);
    return status;
}

}  // namespace moelora
