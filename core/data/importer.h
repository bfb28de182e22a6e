// SPDX-License-Identifier: GPL-3.0-or-later
// What the readers of the single forms share: issues, the way from a written path to a picture,
// text rules. Internal to core/data.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "core/base/json.h"
#include "core/data/dataset.h"

namespace moelora {

class Importer {
  public:
    // `out.root` is set; `record_file` is the file that is read, or "" for sidecars.
    Importer(Dataset& out, const DataOptions& data, std::string record_file);

    // Notes what was left out, and why. Beyond a few hundred of one kind only the count goes on.
    void issue(Error error, std::int64_t line, const std::string& item = {});

    // The file that a written path means: beside the record file, in images/, image/, the folder of
    // the split in the file's name. Links are resolved before the check against the root; a path
    // that leads out is never opened. Each picture's header is read once. Errors: RecordInvalid,
    // ImageOutsideRoot, ImageMissing, the image errors.
    [[nodiscard]] Result<std::string> picture(const std::string& written);

    [[nodiscard]] const DataOptions& data() const { return data_; }
    [[nodiscard]] const std::string& file() const { return file_; }
    [[nodiscard]] Dataset& out() { return out_; }
    // A path of this data set as it is grouped by: relative to the root where it lies in it.
    [[nodiscard]] std::string image_id(const std::string& path) const;

  private:
    [[nodiscard]] Result<std::string> find(const std::string& written) const;
    Dataset& out_;
    const DataOptions& data_;
    std::string file_;
    std::vector<std::string> bases_;                      // where relative paths start
    std::map<std::string, std::optional<Error>> probed_;  // by path; no error = usable
    std::map<ErrorCode, std::size_t> last_;               // index of the last issue of a kind
    std::map<ErrorCode, std::int64_t> counts_;
};

// Without white space (any Unicode kind, zero-width too) at both ends.
[[nodiscard]] std::string trimmed(std::string_view text);
[[nodiscard]] Error record_error(std::string why);

// Each appends to importer.out(). What is wrong with single records becomes an issue; what is wrong
// with the file is the error.
[[nodiscard]] Status import_coco(Importer& importer);
[[nodiscard]] Status import_messages(Importer& importer);
[[nodiscard]] Status import_sidecars(Importer& importer, const std::string& folder);

}  // namespace moelora
