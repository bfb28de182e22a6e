// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/sample_filter.h"

#include <QCoreApplication>
#include <QFileInfo>
#include <QRegularExpression>
#include <QStringList>
#include <functional>
#include <optional>
#include <vector>

#include "ui/bridge/text.h"

namespace moelora::ui {

namespace {
struct Subject {
    const CaptionSample& sample;
    const SampleFacts& facts;
};
}  // namespace

struct SampleFilter::Node {
    std::function<bool(const Subject&)> test;
};

namespace {
using NodePtr = std::shared_ptr<const SampleFilter::Node>;
using Test = std::function<bool(const Subject&)>;

NodePtr node(Test test) {
    return std::make_shared<SampleFilter::Node>(SampleFilter::Node{std::move(test)});
}

QString captionOf(const Subject& s) {
    QStringList all;
    for (const std::string& text : s.sample.references) all << qs(text);
    return all.join(QLatin1Char('\n'));
}
QString nameOf(const Subject& s) {
    return QFileInfo(qs(s.sample.image)).fileName();
}

// Fields of text, and fields of numbers.
struct TextField {
    const char* name;
    QString (*value)(const Subject&);
    bool amongWords = true;  // a word without a field is looked for here, too
};
const TextField textFields[] = {{"caption", captionOf},
                                {"name", nameOf},
                                {"path", [](const Subject& s) { return qs(s.sample.image); }},
                                {"task", [](const Subject& s) { return qs(s.sample.task); }},
                                {"prompt", [](const Subject& s) { return qs(s.sample.prompt); }},
                                {"issue", [](const Subject& s) { return s.facts.issues; }, false}};
// A number below 0 is not known, and no comparison with it holds.
struct NumberField {
    const char* name;
    qint64 (*value)(const Subject&);
};
const NumberField numberFields[] = {
    {"chars", [](const Subject& s) { return qint64(captionOf(s).size()); }},
    {"captions", [](const Subject& s) { return qint64(s.sample.references.size()); }},
    {"tokens", [](const Subject& s) { return qint64(s.facts.tokens); }}};

// Made once a filter: making an expression for each sample takes longer than looking.
class Wanted {
  public:
    explicit Wanted(const QString& text) : m_text(text) {
        if (!text.contains(QLatin1Char('*')) && !text.contains(QLatin1Char('?'))) return;
        // A star stands for slashes too, which Qt's own conversion would not do.
        QString pattern = QRegularExpression::escape(text);
        pattern.replace(QLatin1String("\\*"), QLatin1String(".*"));
        pattern.replace(QLatin1String("\\?"), QLatin1String("."));
        m_pattern = QRegularExpression(QRegularExpression::anchoredPattern(pattern),
                                       QRegularExpression::CaseInsensitiveOption |
                                           QRegularExpression::DotMatchesEverythingOption);
        m_pattern->optimize();
    }
    [[nodiscard]] bool in(const QString& text) const {
        return m_pattern ? m_pattern->match(text).hasMatch()
                         : text.contains(m_text, Qt::CaseInsensitive);
    }

  private:
    QString m_text;
    std::optional<QRegularExpression> m_pattern;
};

class Parser {
  public:
    explicit Parser(const QString& text) {
        static const QRegularExpression token(
            QStringLiteral(
                "\\s*(?:([()])|([a-z]+)(:|!=|<=|>=|=|<|>)(\"[^\"]*\"|[^\\s()\"]+)|(\"[^\"]*\")|"
                "([^\\s()\"]+))"),
            QRegularExpression::CaseInsensitiveOption);
        qsizetype at = 0;
        while (at < text.size()) {
            const auto match = token.match(text, at, QRegularExpression::NormalMatch,
                                           QRegularExpression::AnchorAtOffsetMatchOption);
            if (!match.hasMatch()) {
                if (!text.mid(at).trimmed().isEmpty())
                    fail(QCoreApplication::translate("sampleFilter", "a quotation mark is open"));
                break;
            }
            m_tokens.push_back(match);
            at = match.capturedEnd();
        }
    }

    NodePtr parse() {
        if (m_tokens.empty()) return nullptr;
        NodePtr root = anyOf();
        if (m_at < m_tokens.size())
            fail(QCoreApplication::translate("sampleFilter", "a bracket is closed but not open"));
        return root;
    }
    [[nodiscard]] QString error() const { return m_error; }
    [[nodiscard]] QStringList fields() const { return m_fields; }

  private:
    [[nodiscard]] bool ahead(const char* word) const {
        return m_at < m_tokens.size() && m_tokens[m_at].captured(6) == QLatin1String(word);
    }
    [[nodiscard]] bool bracket(const char* sign) const {
        return m_at < m_tokens.size() && m_tokens[m_at].captured(1) == QLatin1String(sign);
    }
    void fail(const QString& why) {
        if (m_error.isEmpty()) m_error = why;
    }

    NodePtr anyOf() {
        NodePtr left = allOf();
        while (ahead("OR")) {
            ++m_at;
            NodePtr right = allOf();
            left =
                node([left, right](const Subject& s) { return left->test(s) || right->test(s); });
        }
        return left;
    }
    NodePtr allOf() {
        NodePtr left = term();
        while (m_at < m_tokens.size() && !ahead("OR") && !bracket(")")) {
            if (ahead("AND")) ++m_at;
            NodePtr right = term();
            left =
                node([left, right](const Subject& s) { return left->test(s) && right->test(s); });
        }
        return left;
    }
    NodePtr term() {
        if (m_at >= m_tokens.size() || bracket(")") || ahead("OR") || ahead("AND")) {
            fail(QCoreApplication::translate("sampleFilter", "a term is missing"));
            return node([](const Subject&) { return true; });
        }
        if (ahead("NOT")) {
            ++m_at;
            NodePtr inner = term();
            return node([inner](const Subject& s) { return !inner->test(s); });
        }
        if (bracket("(")) {
            ++m_at;
            NodePtr inner = anyOf();
            if (!bracket(")"))
                fail(QCoreApplication::translate("sampleFilter", "a bracket is not closed"));
            ++m_at;
            return inner;
        }
        const QRegularExpressionMatch token = m_tokens[m_at++];
        const auto plain = [](QString text) {
            return text.startsWith(QLatin1Char('"')) ? text.mid(1, text.size() - 2) : text;
        };
        if (!token.captured(2).isEmpty())
            return field(token.captured(2).toLower(), token.captured(3), plain(token.captured(4)));
        const QString word = plain(token.captured(token.captured(5).isEmpty() ? 6 : 5));
        return node([wanted = Wanted(word)](const Subject& s) {
            for (const TextField& f : textFields)
                if (f.amongWords && wanted.in(f.value(s))) return true;
            return false;
        });
    }

    NodePtr field(const QString& name, const QString& sign, const QString& value) {
        m_fields << name;
        if (name == QLatin1String("missing")) return missing(value.toLower());
        for (const TextField& f : textFields)
            if (name == QLatin1String(f.name)) {
                const bool no = sign == QLatin1String("!="), whole = sign == QLatin1String("=");
                return node([get = f.value, value, wanted = Wanted(value), no, whole,
                             nothing = !f.amongWords](const Subject& s) {
                    const QString text = get(s);
                    // "issue:*" asks whether there is any.
                    const bool yes =
                        !(nothing && text.isEmpty()) &&
                        (whole ? text.compare(value, Qt::CaseInsensitive) == 0 : wanted.in(text));
                    return no ? !yes : yes;
                });
            }
        for (const NumberField& f : numberFields)
            if (name == QLatin1String(f.name)) return number(f, sign, value);
        fail(QCoreApplication::translate("sampleFilter", "there is no field %1").arg(name));
        return node([](const Subject&) { return true; });
    }
    NodePtr missing(const QString& what) {
        if (what == QLatin1String("caption"))
            return node([](const Subject& s) { return captionOf(s).trimmed().isEmpty(); });
        if (what == QLatin1String("task"))
            return node([](const Subject& s) { return s.sample.task.empty(); });
        if (what == QLatin1String("picture"))
            return node([](const Subject& s) { return s.sample.image.empty(); });
        fail(QCoreApplication::translate("sampleFilter", "there is no field %1").arg(what));
        return node([](const Subject&) { return true; });
    }
    NodePtr number(const NumberField& f, const QString& sign, const QString& value) {
        bool good = false;
        const qint64 wanted = value.toLongLong(&good);
        if (!good) fail(QCoreApplication::translate("sampleFilter", "%1 is no number").arg(value));
        static const std::pair<const char*, bool (*)(qint64, qint64)> signs[] = {
            {":", [](qint64 a, qint64 b) { return a == b; }},
            {"=", [](qint64 a, qint64 b) { return a == b; }},
            {"!=", [](qint64 a, qint64 b) { return a != b; }},
            {"<", [](qint64 a, qint64 b) { return a < b; }},
            {">", [](qint64 a, qint64 b) { return a > b; }},
            {"<=", [](qint64 a, qint64 b) { return a <= b; }},
            {">=", [](qint64 a, qint64 b) { return a >= b; }}};
        for (const auto& [text, test] : signs)
            if (sign == QLatin1String(text))
                return node([get = f.value, wanted, test = test](const Subject& s) {
                    const qint64 found = get(s);
                    return found >= 0 && test(found, wanted);
                });
        return node([](const Subject&) { return true; });
    }

    std::vector<QRegularExpressionMatch> m_tokens;
    std::size_t m_at = 0;
    QString m_error;
    QStringList m_fields;
};
}  // namespace

SampleFilter::SampleFilter() = default;
SampleFilter::~SampleFilter() = default;
SampleFilter::SampleFilter(SampleFilter&&) noexcept = default;
SampleFilter& SampleFilter::operator=(SampleFilter&&) noexcept = default;

SampleFilter SampleFilter::parse(const QString& text) {
    SampleFilter filter;
    Parser parser(text);
    filter.m_root = parser.parse();
    filter.m_error = parser.error();
    filter.m_tokens = parser.fields().contains(QLatin1String("tokens"));
    if (!filter.m_error.isEmpty()) filter.m_root.reset();
    return filter;
}

bool SampleFilter::accepts(const CaptionSample& sample, const SampleFacts& facts) const {
    return !m_root || m_root->test({sample, facts});
}

}  // namespace moelora::ui
