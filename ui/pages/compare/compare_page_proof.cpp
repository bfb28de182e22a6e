// SPDX-License-Identifier: GPL-3.0-or-later
// What a comparison proves of itself and says of its origin, and the way into a folder.

#include "core/eval/captions.h"
#include "core/session/compare_report.h"
#include "ui/bridge/plural.h"
#include "ui/bridge/reasons.h"
#include "ui/bridge/text.h"
#include "ui/pages/compare/captions_pane.h"
#include "ui/pages/compare/compare_page.h"
#include "ui/widgets/ask_path.h"
#include "ui/widgets/basics.h"

namespace moelora::ui {

namespace {
QString scoreText(const CaptionMetrics& m) {
    return m.samples > 0
               ? QStringLiteral("%1\u00a0/\u00a0%2").arg(countText(m.exact), countText(m.samples))
               : QStringLiteral("–");
}

// "2026-11-30 14:54:13", of "2026-11-30T14:54:13Z".
QString timeText(const std::string& utc) {
    return qs(utc).replace(QLatin1Char('T'), QLatin1Char(' ')).remove(QLatin1Char('Z'));
}
}  // namespace

// Before the comparison is whole there are captions and nothing that proves or judges them.
void ComparePage::showUnproven() {
    const bool running = m_workbench.compare.running();
    m_test->show(running ? tr("not proven yet") : tr("not proven"), Tone::Neutral);
    m_test->setToolTip(
        running ? tr("The self-test is made when all captions are there")
                : tr("The comparison ended early: nothing proves whose captions these are"));
    m_scores->setText(tr("%Ln sample(s) so far", "", m_workbench.compare.model().rowCount()));
    m_provenance->setText(QStringLiteral("\u00a0"));
}

void ComparePage::showScores() {
    if (!m_workbench.compare.model().whole()) return showUnproven();
    const Comparison& c = m_workbench.compare.model().comparison();
    const SelfTest& test = c.self_test;
    if (test.passed() && test.untrained)
        m_test->show(tr("nothing learnt yet"), Tone::Warning);
    else
        m_test->show(test.passed() ? tr("✓ self-test passed") : tr("✗ self-test failed"),
                     test.passed() ? Tone::Good : Tone::Bad);
    m_test->setToolTip(tr("Adapter off equals base: %1\nAdapter on differs: %2 (largest logit "
                          "difference %3)\nAdapted layers: %4")
                           .arg(test.adapter_off_equals_base ? tr("yes") : tr("no"),
                                test.adapter_on_differs ? tr("yes") : tr("no"),
                                realText(test.max_logit_difference, 3), countText(test.sites)));
    QString text = tr("Equal to the reference: base %1, adapted %2")
                       .arg(scoreText(c.base), scoreText(c.adapted));
    for (const auto& [task, exact] : c.adapted.by_task) {
        const auto before = c.base.by_task.find(task);
        text +=
            QStringLiteral("\n%1: %2 → %3 / %4")
                .arg(qs(task), countText(before == c.base.by_task.end() ? 0 : before->second.first),
                     countText(exact.first), countText(exact.second));
    }
    m_scores->setText(text);
    const Provenance& p = c.provenance;
    m_provenance->setText(
        tr("Model %1 (%2) · adapter %3 (%4) · %5, %6, %7 · made %8 UTC by version %9")
            .arg(shortPath(p.model_path),
                 shortHash(p.model_sha256.empty() ? p.model_fingerprint : p.model_sha256),
                 shortPath(p.adapter_path), shortHash(p.adapter_fingerprint), remarkText(p.device),
                 qs(p.dtype),
                 p.greedy ? tr("greedy") : tr("sampled, seed %1").arg(QString::number(p.seed)),
                 timeText(p.created_utc), qs(p.program_version)) +
        (p.adapter_scale ? tr(" · scale %1").arg(fixedText(*p.adapter_scale, 2)) : QString()) +
        (p.forced_expert ? tr(" · only expert %1").arg(countText(*p.forced_expert + 1))
                         : QString()) +
        askedText(p));
}

// What was asked, how long an answer might be, and which update answered.
QString ComparePage::askedText(const Provenance& p) {
    QString out;
    if (p.adapter_step > 0) out += tr(" · update %1").arg(countText(p.adapter_step));
    if (p.max_pixels > 0 || !p.resize.empty()) out += QStringLiteral(" · ") + picturesText(p);
    if (p.max_new_tokens > 0) out += tr(" · at most %Ln token(s)", "", many(p.max_new_tokens));
    for (const std::string& setting : p.settings) out += QStringLiteral(" · ") + qs(setting);
    if (p.prompts.empty()) return out;
    const QString first = qs(p.prompts.front());
    return out + (p.prompt_count > 1
                      ? tr(" · asked “%1” and %2 more").arg(first, countText(p.prompt_count - 1))
                      : tr(" · asked “%1”").arg(first));
}

// Columns that are not what they say are worse than none.
void ComparePage::showBanner() {
    if (!m_workbench.compare.model().whole()) {
        const std::optional<Error>& error = m_workbench.compare.error();
        m_banner->setVisible(error.has_value());
        if (error)
            m_banner->setText(
                tr("Do not trust these columns. %1").arg(errorText(*error).oneLine()));
        setTone(m_banner, Tone::Bad);
        return;
    }
    const SelfTest& test = m_workbench.compare.model().comparison().self_test;
    const std::pair<bool, QString> failures[] = {
        {test.sites == 0, tr("No layer is adapted.")},
        {!test.adapter_off_equals_base,
         tr("With the adapter off the model does not compute what the base computes: the column "
            "Base is not the base.")},
        {!test.adapter_on_differs && !test.untrained,
         tr("The adapter changes nothing: it has not learnt anything yet, or it is not attached.")},
        {test.picture_ignored,
         tr("Another picture gives the same answer: the picture is not looked at.")},
        {test.columns_swapped,
         tr("The captions fit the other column's model better: the columns are swapped.")}};
    QStringList said;
    for (const auto& [failed, text] : failures)
        if (failed) said << text;
    const bool untrained = said.isEmpty() && test.untrained;
    m_banner->setVisible(untrained || !said.isEmpty());
    m_banner->setText(untrained
                          ? tr("This adapter has not learnt anything yet: what it adds is zero "
                               "everywhere, so both columns are the base's.")
                          : tr("Do not trust these columns. %1").arg(said.join(QLatin1Char(' '))));
    setTone(m_banner, untrained ? Tone::Warning : Tone::Bad);
}

void ComparePage::askFolder() {
    askPath(this,
            {PathQuestion::NewFolder,
             QStringLiteral("comparisonFolder"),
             tr("Save the report as a new folder"),
             {},
             QStringLiteral("comparison")},
            [this](const QString& folder) { saveReport(folder); });
}

// Written off the GUI thread: pictures are copied.
void ComparePage::saveReport(const QString& folder) {
    m_askSave.ask(
        this,
        [comparison = m_workbench.compare.model().comparison(),
         folder = ss(folder)]() -> Result<bool> {
            MOELORA_TRY_STATUS(save_comparison(comparison, folder));
            return true;
        },
        [this, folder](const Result<bool>& saved) {
            if (!saved) {
                m_workbench.report(saved.error());
                return;
            }
            m_workbench.compare.model().setFolder(folder);
            m_workbench.say(tr("Written: %1").arg(folder));
            markStale();
        });
}

}  // namespace moelora::ui
