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
        if (!VersionedText.TryFind(texts, Version, "id", isAnyText: false, out var id, out error))
            return false;
        if (id.Length > 32 || !id.All(char.IsAsciiLetterOrDigit))
            error = $"The id of the TXT record is not 1 to 32 letters and digits: '{(id.Length > 40 ? id[..40] + "…" : id)}'.";
        else
            record = new MtaStsRecord(id);
        return record is not null;
    }
}
