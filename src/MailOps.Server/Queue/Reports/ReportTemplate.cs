using System.Text;

namespace MailOps.Server.Queue.Reports;

/// <summary>
/// The words of a report in a language, as an administrator writes them: a line <c>Subject: …</c>, an empty one, and the text. A name in braces
/// stands for a value, <c>{{</c> for a brace. A line whose values are all missing is left out.
/// </summary>
/// <param name="Subject">The subject, with its placeholders.</param>
/// <param name="Lines">The lines of the text, with theirs.</param>
/// <param name="Language">The language as RFC 5646 has it, or null for whoever has no other.</param>
internal sealed record ReportTemplate(string Subject, IReadOnlyList<string> Lines, string? Language)
{
    /// <summary>The most octets of a template.</summary>
    public const int MostOctets = 64 * 1024;

    /// <summary>The recipients, each with what was wrong: it has a line of its own.</summary>
    public const string Recipients = "recipients";

    private const string SubjectStart = "Subject:";

    private static readonly string[] Placeholders = [Recipients, "host", "sender", "id", "subject", "arrived", "until", "deliver-by"];

    /// <summary>Reads a template.</summary>
    /// <param name="octets">The file.</param>
    /// <param name="language">Its language, or null.</param>
    /// <param name="problem">Told the line of each problem, from 1, and what is wrong there.</param>
    /// <returns>Null if there is a problem.</returns>
    public static ReportTemplate? Parse(ReadOnlySpan<byte> octets, string? language, Action<int, string> problem)
    {
        if (octets.Length > MostOctets)
        {
            problem(1, $"the file has more than {MostOctets} octets, and a template is some lines");
            return null;
        }

        var isGood = true;
        octets = octets.StartsWith("\uFEFF"u8) ? octets[3..] : octets;
        var lines = new List<string>();
        foreach (var range in octets.Split((byte)'\n'))
            lines.Add(TextOf(octets[range], error => Add(lines.Count + 1, error)));
        if (lines[^1].Length == 0)
            lines.RemoveAt(lines.Count - 1);

        if (lines is not [var first, ..] || !first.StartsWith(SubjectStart, StringComparison.OrdinalIgnoreCase) || string.IsNullOrWhiteSpace(first[SubjectStart.Length..]))
            Add(1, "the first line has to be the subject, as in Subject: Undelivered mail");
        else if (first.Contains($"{{{Recipients}}}", StringComparison.Ordinal))
            Add(1, $"{{{Recipients}}} has lines of its own, and is no part of a subject");
        if (lines.Count > 1 && lines[1].Length > 0)
            Add(2, "behind the subject comes an empty line, and then the text");
        for (var i = 0; i < lines.Count; i++)
            CheckPlaceholders(lines[i], error => Add(i + 1, error));
        var lists = lines.Count(line => line.Trim() == $"{{{Recipients}}}");
        if (lists != 1)
            Add(Math.Max(1, lines.Count), $"the text has to have one line {{{Recipients}}}, and has {lists}: without it nobody knows whom the report is about");
        return isGood ? new ReportTemplate(lines[0][SubjectStart.Length..].Trim(), lines[2..], language) : null;

        void Add(int line, string error)
        {
            isGood = false;
            problem(line, error);
        }
    }

    /// <summary>The subject with its values.</summary>
    /// <param name="valueOf">The value of a placeholder, empty if there is none.</param>
    public string SubjectWith(Func<string, string> valueOf) => Fill(Subject, valueOf, out _);

    /// <summary>The text with its values, each line with CRLF.</summary>
    /// <param name="valueOf">The value of a placeholder, empty if there is none.</param>
    /// <param name="recipients">The lines of the recipients, each with CRLF.</param>
    public string TextWith(Func<string, string> valueOf, string recipients)
    {
        var text = new StringBuilder();
        foreach (var line in Lines)
        {
            if (line.Trim() == $"{{{Recipients}}}")
                text.Append(recipients);
            else if (Fill(line, valueOf, out var isMissing) is var filled && !isMissing)
                text.Append(filled).Append("\r\n");
        }

        return text.ToString();
    }

    private static string Fill(string line, Func<string, string> valueOf, out bool isMissing)
    {
        var text = new StringBuilder();
        var (asked, given) = (0, 0);
        for (var i = 0; i < line.Length; i++)
        {
            if (line[i] != '{' || line.AsSpan(i).StartsWith("{{", StringComparison.Ordinal))
            {
                text.Append(line[i]);
                i += line[i] == '{' ? 1 : 0;
                continue;
            }

            var end = line.IndexOf('}', i);
            var value = valueOf(line[(i + 1)..end]);
            text.Append(value);
            asked++;
            given += value.Length > 0 ? 1 : 0;
            i = end;
        }

        isMissing = asked > 0 && given == 0;
        return text.ToString();
    }

    private static void CheckPlaceholders(string line, Action<string> problem)
    {
        for (var i = 0; i < line.Length; i++)
        {
            if (line[i] != '{')
                continue;
            if (line.AsSpan(i).StartsWith("{{", StringComparison.Ordinal))
            {
                i++;
                continue;
            }

            var end = line.IndexOf('}', i);
            if (end < 0)
            {
                problem("a brace { has no }; write {{ for a brace itself");
                return;
            }

            var name = line[(i + 1)..end];
            if (!Placeholders.Contains(name, StringComparer.Ordinal))
                problem($"there is no placeholder {{{name}}}. They are {string.Join(", ", Placeholders.Select(one => $"{{{one}}}"))}; write {{{{ for a brace itself");
            else if (name == Recipients && line.Trim() != $"{{{Recipients}}}" && !line.StartsWith(SubjectStart, StringComparison.OrdinalIgnoreCase))
                problem($"{{{Recipients}}} has to stand on a line of its own");
            i = end;
        }
    }

    private static string TextOf(ReadOnlySpan<byte> line, Action<string> problem)
    {
        line = line.EndsWith("\r"u8) ? line[..^1] : line;
        if (!System.Text.Unicode.Utf8.IsValid(line))
        {
            problem("the line is not UTF-8: save the file as UTF-8");
            return " ";
        }

        var text = Encoding.UTF8.GetString(line);
        if (text.Any(c => char.IsControl(c) && c != '\t'))
            problem("the line has a control character");
        return text;
    }
}
