using System.Globalization;

namespace MailOps.Client.Migration;

/// <summary>What a folder with UIDs is in, in text.</summary>
internal static class FolderState
{
    /// <summary>No message came since this was the same, and none went: a UID is given once (RFC 9051 section 2.3.1.1). Null if the server does not tell enough.</summary>
    public static string? Of(uint uidValidity, uint uidNext, int messages) =>
        uidValidity == 0 || uidNext == 0 ? null : string.Create(CultureInfo.InvariantCulture, $"{uidValidity} {uidNext} {messages}");
}
