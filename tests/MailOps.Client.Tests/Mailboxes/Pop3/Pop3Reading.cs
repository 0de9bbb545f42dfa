using System.Runtime.CompilerServices;
using MailOps.Client.Mailboxes;

namespace MailOps.Client.Tests.Mailboxes.Pop3;

/// <summary>Reading in one call.</summary>
internal static class Pop3Reading
{
    /// <summary>Reads messages with some unique ids, or all, the first of them or all.</summary>
    internal static async IAsyncEnumerable<Pop3Message> ReadAsync(this Pop3Mailbox mailbox, string[]? uidls, bool headersOnly, int? first, [EnumeratorCancellation] CancellationToken cancel = default)
    {
        var entries = await mailbox.SelectAsync(uidls, state: null, cancel);
        await foreach (var message in mailbox.ReadAsync([.. entries.Take(first ?? int.MaxValue)], headersOnly, cancel))
            yield return message;
    }
}
