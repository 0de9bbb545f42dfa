using System.Diagnostics.CodeAnalysis;

namespace MailOps.Trust.MtaSts;

/// <summary>The TXT record that says that a domain has a policy, and which version of it (RFC 8461 section 3.1).</summary>
/// <param name="Id">The policy's version: 1 to 32 letters and digits. It tells whether it changed, and nothing else.</param>
public sealed record MtaStsRecord(string Id)
{
    private const string Version = "v=STSv1";

    /// <summary>Finds the record among the TXT records of <c>_mta-sts.DOMAIN</c>.</summary>
    /// <param name="texts">The texts, each with its strings put together.</param>
    /// <param name="record">The record, if there is exactly one and it is valid.</param>
    /// <param name="error">Otherwise why there is none, as a sentence: the domain is then one without a policy.</param>
    public static bool TryFind(IEnumerable<string> texts, [NotNullWhen(true)] out MtaStsRecord? record, [NotNullWhen(false)] out string? error)
    {
        record = null;
        var candidates = texts.Where(IsCandidate).ToArray();
        if (candidates.Length == 1)
            return TryParse(candidates[0], out record, out error);

        error = candidates.Length == 0
            ? "No TXT record begins with v=STSv1."
            : $"{candidates.Length} TXT records begin with v=STSv1; of more than one none counts.";
        return false;
    }

    // Records for other purposes may stand beside it, such as those of a wildcard.
    private static bool IsCandidate(string text) =>
        text.StartsWith(Version, StringComparison.Ordinal) && text.AsSpan(Version.Length).TrimStart(" \t") is [';', ..];

    private static bool TryParse(string text, [NotNullWhen(true)] out MtaStsRecord? record, [NotNullWhen(false)] out string? error)
    {
        record = null;
        error = null;
        string? id = null;
        var rest = text.AsSpan(Version.Length).TrimEnd(" \t");
        if (rest is [.., ';'])
            rest = rest[..^1];
        while (!rest.IsEmpty)
        {
            // Each turn begins at the semicolon in front of a field.
            rest = rest.TrimStart(" \t")[1..];
            var end = rest.IndexOf(';');
            var field = (end < 0 ? rest : rest[..end]).Trim(" \t");
            rest = end < 0 ? [] : rest[end..];

            var equals = field.IndexOf('=');
            var name = equals < 0 ? field : field[..equals];
            var value = equals < 0 ? [] : field[(equals + 1)..];
            if (equals < 0 || !MtaStsSyntax.IsExtensionName(name) || value.IsEmpty || value.ContainsAnyExceptInRange('!', '~') || value.Contains('='))
            {
                error = $"'{field}' in the TXT record is not a field of the form name=value.";
                return false;
            }

            // Of a field that is there twice the first counts (section 3.1); other names are extensions.
            if (name is "id")
                id ??= value.ToString();
        }

        if (id is null)
            error = "The TXT record has no id.";
        else if (id.Length > 32 || !id.All(char.IsAsciiLetterOrDigit))
            error = $"The id of the TXT record is not 1 to 32 letters and digits: '{(id.Length > 40 ? id[..40] + "…" : id)}'.";
        else
            record = new MtaStsRecord(id);
        return record is not null;
    }
}
