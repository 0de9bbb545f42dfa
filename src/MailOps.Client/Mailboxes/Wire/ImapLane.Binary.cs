using MailKit.Net.Imap;
using MailOps.Client.Migration;
using MailOps.Wire;

namespace MailOps.Client.Mailboxes.Wire;

/// <content>Messages with NULs, for which a literal is too little (RFC 3516).</content>
internal sealed partial class ImapLane
{
    // Of a message that is looked at in memory; a larger one stays as it is shown. What is shown again is the same, or smaller without its encoding.
    private const long MostRestored = 32 * 1024 * 1024;

    private bool HasBinary => Capabilities.HasFlag(ImapCapabilities.Binary);

    private bool MayHideNuls(MailContent message) => HasBinary && message.Octets is { HasLone80: true, Length: <= MostRestored };

    /// <summary>Shows a message again, with the NULs that only BINARY[] has.</summary>
    private async Task<MailContent?> RestoreAsync(MailEntry entry, CancellationToken cancel)
    {
        var uid = Number(entry.Id);
        _wire.MaxLiteral = MostRestored;
        var shown = await SectionAsync(uid, "BODY", cancel).ConfigureAwait(false);
        if (shown is null)
            return null;
        byte[]? real;
        try
        {
            real = await SectionAsync(uid, "BINARY", cancel).ConfigureAwait(false);
        }
        catch (MailSessionException e) when (e.Fault is MailSessionFault.CommandRefused)
        {
            // UNKNOWN-CTE, or another encoding that it cannot read: what it shows is all there is.
            real = null;
        }

        if (real is not null)
            NulOctets.Restore(shown, real);
        return new MailContent(entry, MessageSpool.Of(shown), Refusal: null);
    }

    private async Task<byte[]?> SectionAsync(uint uid, string section, CancellationToken cancel)
    {
        byte[]? octets = null;
        await RunAsync(FormattableString.Invariant($"UID FETCH {uid} (UID {section}.PEEK[])"), $"show a message of {Selected?.Name}", response => octets ??= OctetsOf(response, uid, section + "[]"), cancel).ConfigureAwait(false);
        return octets;
    }

    private byte[]? OctetsOf(ImapResponse response, uint uid, string section)
    {
        if (response is not { Name: "FETCH", Values: [{ Items: { } items }] } || ValueAfter(items, "UID")?.Text is not { } told || Number(told) != uid)
            return null;
        return ValueAfter(items, section) switch
        {
            { Content: { } content } => content.ToArray(),
            { Text: { } text } => System.Text.Encoding.Latin1.GetBytes(text),
            _ => null,
        };
    }
}
