// SPDX-License-Identifier: GPL-3.0-or-later
// How the fields of config.json are read and refused. Internal to core/model; torch-free.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "core/model/config.h"

namespace moelora {

inline constexpr std::int64_t max_int32 = 2147483647;
inline constexpr std::int64_t max_layers = 4096;  // lists of layers are built from it
inline constexpr double max_parameters = 0x1p56;  // far above every model, far below overflow

// Reads fields of one JSON object; the first failure is kept and every later read is a no-op, so
// that a block of reads needs one check at its end.
class Fields {
  public:
    Fields(const Json& object, std::string path, std::optional<Error>& error)
        : object_(object), path_(std::move(path)), error_(error) {}

    [[nodiscard]] const Json* find(const std::string& key) const {
        const auto at = object_.find(key);
        return at == object_.end() || at->is_null() ? nullptr : &*at;
    }
    void refuse(const std::string& field, const std::string& why) {
        if (!error_)
            error_ = Error{ErrorCode::ModelConfigInvalid,
                           {{"path", path_}, {"field", field}, {"why", why}},
                           {},
                           {}};
    }
    std::int64_t integer(const std::string& key, std::int64_t low, std::int64_t high,
                         std::optional<std::int64_t> otherwise = {}) {
        const Json* value = find(key);
        if (!value) {
            if (otherwise && object_.find(key) == object_.end()) return *otherwise;
            refuse(key, "it is missing");
            return low;
        }
        const auto number = as_int(*value);
        if (number && *number >= low && *number <= high) return *number;
        refuse(key, shown(*value) + " is not a whole number from " + std::to_string(low) + " to " +
                        std::to_string(high));
        return low;
    }
    double positive(const std::string& key, double high, std::optional<double> otherwise = {}) {
        const Json* value = find(key);
        if (!value) {
            if (otherwise) return *otherwise;
            refuse(key, "it is missing");
            return 1;
        }
        const auto number = as_double(*value);
        if (number && *number > 0 && *number <= high) return *number;
        refuse(key, shown(*value) + " is not a positive number");
        return 1;
    }
    bool flag(const std::string& key) {
        const Json* value = find(key);
        if (!value) return false;
        const auto set = as_bool(*value);
        if (!set) refuse(key, shown(*value) + " is neither true nor false");
        return set.value_or(false);
    }
    // Absent is fine; present must be one of `allowed`.
    std::string word(const std::string& key, const std::vector<std::string>& allowed) {
        const Json* value = find(key);
        if (!value) return {};
        const auto text = as_string(*value);
        if (text && std::find(allowed.begin(), allowed.end(), *text) != allowed.end()) return *text;
        std::string list;
        for (const std::string& one : allowed) list += (list.empty() ? "" : ", ") + one;
        refuse(key, shown(*value) + " is unknown; known: " + list);
        return {};
    }
    std::vector<std::int64_t> integers(const std::string& key, std::int64_t low,
                                       std::int64_t high) {
        const Json* value = find(key);
        std::vector<std::int64_t> list;
        if (!value || !value->is_array()) {
            refuse(key, value ? "it is not a list" : "it is missing");
            return list;
        }
        for (const Json& one : *value) {
            const auto number = as_int(one);
            if (!number || *number < low || *number > high) {
                refuse(key, shown(one) + " is not a whole number from " + std::to_string(low) +
                                " to " + std::to_string(high));
                return {};
            }
            list.push_back(*number);
        }
        return list;
    }
    [[nodiscard]] static std::string shown(const Json& value) {
        std::string text = value.dump(-1, ' ', false, Json::error_handler_t::replace);
        if (text.size() > 40) text = text.substr(0, 37) + "...";
        return text;
    }

  private:
    const Json& object_;
    std::string path_;
    std::optional<Error>& error_;
};

// Whether a model_type is a family with a text side only: llama, mistral, qwen2, qwen3.
[[nodiscard]] bool is_text_family(const std::string& model_type);
// All families, for the sentence that refuses another one.
[[nodiscard]] std::string known_families();
// The whole of a text-only config.json but dtype, special ids of generation and the head.
void read_text_family(const std::string& family, const Json& json, const std::string& path,
                      std::optional<Error>& error, ModelConfig& out);
// What all families have in common: sizes of the text decoder. `head_dim` and `kv_heads` are the
// defaults where the file may leave them out.
void read_text_sizes(Fields& fields, std::optional<Error>& error, TextConfig& out,
                     std::optional<std::int64_t> head_dim = {},
                     std::optional<std::int64_t> kv_heads = {});

}  // namespace moelora
