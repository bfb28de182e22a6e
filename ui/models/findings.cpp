// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/findings.h"

#include <QStringList>
#include <algorithm>

#include "ui/bridge/text.h"

namespace moelora::ui {

namespace {
QString field(QString text) {
    text.replace(QLatin1Char('"'), QStringLiteral("\"\""));
    return QLatin1Char('"') + text + QLatin1Char('"');
}
}  // namespace

std::vector<FindingGroup> groupFindings(const std::vector<Issue>& issues) {
    std::vector<FindingGroup> groups;
    for (const Issue& issue : issues) {
        auto at = std::find_if(groups.begin(), groups.end(), [&](const FindingGroup& group) {
            return group.code == issue.error.code && group.severity == issue.severity;
        });
        if (at == groups.end())
            at = groups.insert(groups.end(), {issue.severity, issue.error.code, {}, 0});
        at->issues.push_back(issue);
        at->count += issue.count;
    }
    std::stable_sort(
        groups.begin(), groups.end(),
        [](const FindingGroup& a, const FindingGroup& b) { return a.severity > b.severity; });
    return groups;
}

void SampleIndex::set(const std::vector<CaptionSample>& samples) {
    m_byPicture.clear();
    m_known.clear();
    for (const CaptionSample& sample : samples) {
        const std::vector<std::string> ids =
            sample.ids.empty() ? std::vector<std::string>{sample.id} : sample.ids;
        m_known.insert(ids.begin(), ids.end());
        const auto add = [&](const std::string& picture) {
            if (picture.empty()) return;
            auto& of = m_byPicture[picture];
            of.insert(of.end(), ids.begin(), ids.end());
        };
        add(sample.image);
        for (const PromptMessage& message : sample.messages)
            for (const PromptPart& part : message.parts)
                if (part.image != sample.image) add(part.image);
    }
}

std::vector<std::string> SampleIndex::idsOf(const Issue& issue) const {
    for (const std::string& id : {issue.where.item, std::string(issue.error.arg("sample"))})
        if (m_known.contains(id)) return {id};
    for (const std::string& path : {issue.where.file, std::string(issue.error.arg("path"))})
        if (const auto found = m_byPicture.find(path); found != m_byPicture.end())
            return found->second;
    return {};
}

QString findingsTable(const std::vector<Issue>& issues) {
    QString out = QStringLiteral("severity,code,file,line,sample,times,finding\n");
    for (const Issue& issue : issues) {
        const ErrorText text = errorText(issue.error);
        const Place& place = issue.where;
        QStringList cells;
        cells << qs(name_of(issue.severity)) << text.code << field(qs(place.file))
              << (place.line > 0 ? QString::number(place.line) : QString()) << field(qs(place.item))
              << QString::number(issue.count) << field(text.what);
        out += cells.join(QLatin1Char(',')) + QLatin1Char('\n');
    }
    return out;
}

}  // namespace moelora::ui
