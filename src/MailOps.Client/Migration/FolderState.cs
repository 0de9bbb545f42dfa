using System.Globalization;

namespace MailOps.Client.Migration;

/// <summary>What a folder with UIDs is in, in text.</summary>
internal static class FolderState
{
    /// <summary>No message came since this was the same, and none went: a UID is given once (RFC 9051 section 2.3.1.1). Null if the server does not tell enough.</summary>
    public static string? Of(uint uidValidity, uint uidNext, int messages) =>
        uidValidity == 0 || uidNext == 0 ? null : string.Create(CultureInfo.InvariantCulture, $"{uidValidity} {uidNext} {messages}");

    /// <summary>No flag changed since this was the same (RFC 7162). Null if the server keeps nothing of the kind.</summary>
    public static string? OfFlags(ulong modSeq) => modSeq == 0 ? null : modSeq.ToString(CultureInfo.InvariantCulture);

    /// <summary>What <see cref="Of"/> was made of; null if the text is none.</summary>
    public static (uint UidValidity, uint UidNext, int Messages)? Read(string state) =>
        state.Split(' ') is [var validity, var next, var messages]
        && uint.TryParse(validity, NumberStyles.None, CultureInfo.InvariantCulture, out var v) && uint.TryParse(next, NumberStyles.None, CultureInfo.InvariantCulture, out var n) && int.TryParse(messages, NumberStyles.None, CultureInfo.InvariantCulture, out var m)
            ? (v, n, m)
            : null;
}
