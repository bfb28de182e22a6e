// SPDX-License-Identifier: GPL-3.0-or-later
// What the readers of the single forms share: issues, the way from a written path to a picture,
// text rules. Internal to core/data.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "core/base/json.h"
#include "core/data/at_work.h"
#include "core/data/dataset.h"

namespace moelora {

class Importer {
  public:
    // `out.root` is set; `record_file` is the file that is read, or "" for sidecars. `ticker`, if
    // any, is borrowed and told of every record and picture.
    // `asks`: what has no answer is a sample all the same, for nothing is learnt.
    Importer(Dataset& out, const DataOptions& data, std::string record_file,
             Ticker* ticker = nullptr, bool asks = false);

    // Notes what was left out, and why. Beyond a few hundred of one kind only the count goes on.
    void issue(Error error, std::int64_t line, const std::string& item = {});

    // The file that a written path means: beside the record file, in images/, image/, the folder of
    // the split in the file's name, data.image_root. Links are resolved before the check against
    // the root; a path that leads out is never opened. Each picture's header is read once. Errors:
    // RecordInvalid, ImageOutsideRoot, ImageMissing (or ImageNameDiffers, ImageElsewhere where it
    // can be told what was meant), the image errors.
    [[nodiscard]] Result<SharedText> picture(const std::string& written);

    // A picture and a question without an answer; where that is no sample, the error says why.
    // Errors: CaptionEmpty.
    [[nodiscard]] Status ask(DatasetSample& sample, const SharedText& picture,
                             const std::string& prompt) const;

    // Appends a sample with its origin and, from `values` (empty texts = none), task, type and
    // part.
    void add(DatasetSample sample, std::int64_t line);

    [[nodiscard]] const DataOptions& data() const { return data_; }
    [[nodiscard]] bool asks() const { return asks_; }
    [[nodiscard]] const std::string& file() const { return file_.str(); }
    [[nodiscard]] Dataset& out() { return out_; }
    [[nodiscard]] const std::string& root() const { return out_.root; }
    [[nodiscard]] const SharedText& prompt() const { return prompt_; }
    // A path of this data set as it is grouped by: relative to the root where it lies in it.
    [[nodiscard]] std::string image_id(const std::string& path) const;
    // "8 of 8 pictures found": of the different paths that were asked for.
    [[nodiscard]] std::string share_found() const;
    [[nodiscard]] std::int64_t found() const { return found_; }
    [[nodiscard]] std::int64_t asked() const { return asked_; }
    // Paths of all pictures that were found, usable or not.
    [[nodiscard]] std::vector<std::string> pictures() const;

  private:
    struct Probe {
        SharedText path;
        std::unique_ptr<Error> error;  // most have none
    };
    struct Folder {
        bool inside = false, there = false;
    };
    [[nodiscard]] Result<std::string> find(const std::string& written);
    [[nodiscard]] const Folder& folder_of(const std::string& path);
    [[nodiscard]] bool allowed(const std::string& path);
    [[nodiscard]] bool inside(const std::string& path) const;
    enum class Place { Nowhere, Outside, Here };
    [[nodiscard]] Place place_of(const std::string& path);
    [[nodiscard]] std::optional<Error> advice(const std::string& written);
    void tick() const {
        if (ticker_ != nullptr) ticker_->tick();
    }
    Dataset& out_;
    const DataOptions& data_;
    Ticker* ticker_;
    const bool asks_;
    SharedText file_, prompt_;
    std::vector<std::string> bases_;                      // where relative paths start
    std::vector<std::string> roots_;                      // where pictures may lie
    std::unordered_map<std::string, Folder> folders_;     // in a root: with links resolved
    std::unordered_map<std::string_view, Probe> probed_;  // by path; no error = usable
    std::int64_t asked_ = 0, found_ = 0, advised_ = 0;
    std::map<ErrorCode, std::size_t> last_;  // index of the last issue of a kind
    std::map<ErrorCode, std::int64_t> counts_;
};

// What columns and keys are used for, by the usual names or as data.columns says.
enum class ColumnUse { Image, Caption, Prompt, Task, SampleType, Split, Id };
inline constexpr std::size_t column_uses = 7;
class ColumnNames {
  public:
    // Errors: OptionInvalid.
    [[nodiscard]] static Result<ColumnNames> from(const DataOptions& data);
    [[nodiscard]] const std::vector<std::string>& of(ColumnUse use) const {
        return names_[static_cast<std::size_t>(use)];
    }

  private:
    std::array<std::vector<std::string>, column_uses> names_;
};
// A record's own words for task, sample type and part; what stands in a column is a text.
struct SampleMarks {
    std::string task, sample_type, split;
};
// Errors: RecordInvalid.
[[nodiscard]] Status set_marks(DatasetSample& sample, SampleMarks marks);

// Without white space (any Unicode kind, zero-width too) at both ends.
[[nodiscard]] std::string trimmed(std::string_view text);
[[nodiscard]] Error record_error(std::string why);

// Each appends to importer.out(). What is wrong with single records becomes an issue; what is wrong
// with the file is the error. `form`: as Dataset::format.
[[nodiscard]] Status import_coco(Importer& importer);
[[nodiscard]] Status import_conversations(Importer& importer, const std::string& form,
                                          const ColumnNames& names);
[[nodiscard]] Status import_table(Importer& importer, const ColumnNames& names);
[[nodiscard]] Status import_rows(Importer& importer, const ColumnNames& names);  // JSON
[[nodiscard]] Status import_sidecars(Importer& importer, const std::string& folder);

}  // namespace moelora
