// SPDX-License-Identifier: GPL-3.0-or-later
// The filter line of the Data page, as a small language:
//   dog                    words, in caption, prompt, name or task
//   caption:dog  name:00*  path:*/val/*  task:count  prompt:"what is"   with * and ?
//   chars>80  captions=5  tokens>400   = != < > <= >=
//   issue:DATA-007  issue:error  issue:*   code, severity and sentence of what was found
//   missing:caption  missing:task  missing:picture
//   NOT a AND b OR (c d)   NOT before AND before OR; two terms beside each other mean AND
// Pure; case does not matter.
#pragma once

#include <QString>
#include <memory>

#include "core/record/records.h"

namespace moelora::ui {

// What is known of a sample beside its record.
struct SampleFacts {
    std::int64_t tokens = -1;  // -1: not counted
    QString issues;            // a line each: code, severity, sentence; "" = none
};

class SampleFilter {
  public:
    SampleFilter();  // lets everything through
    ~SampleFilter();
    SampleFilter(SampleFilter&&) noexcept;
    SampleFilter& operator=(SampleFilter&&) noexcept;

    // A text that cannot be read lets everything through and has an error().
    [[nodiscard]] static SampleFilter parse(const QString& text);
    [[nodiscard]] bool accepts(const CaptionSample& sample, const SampleFacts& facts = {}) const;
    [[nodiscard]] bool asksTokens() const { return m_tokens; }
    [[nodiscard]] QString error() const { return m_error; }  // translated; "" = none

    struct Node;

  private:
    std::shared_ptr<const Node> m_root;
    QString m_error;
    bool m_tokens = false;
};

}  // namespace moelora::ui
