using MailKit.Net.Imap;

namespace MailOps.Client.Mailboxes.Wire;

/// <content>Which messages have gone (QRESYNC, RFC 7162 section 3.2).</content>
internal sealed partial class ImapLane
{
    private bool _isEnabling;

    /// <summary>True if the server tells which messages are gone since a mod-sequence. Known when a folder was opened.</summary>
    public bool TellsVanished { get; private set; }

    // It has to come before a folder is opened, and goes with that command: the line is waited for once.
    private async Task WriteEnableAsync(CancellationToken cancel)
    {
        if (_isEnabling || !Capabilities.HasFlag(ImapCapabilities.QuickResync))
            return;
        _isEnabling = true;
        await _wire.WriteAsync($"{NextTag()} ENABLE QRESYNC\r\n", cancel).ConfigureAwait(false);
    }

    private void TakeEnabled(ImapResponse response)
    {
        if (response.Name == "ENABLED")
            TellsVanished |= response.Values.Any(value => string.Equals(value.Text, "QRESYNC", StringComparison.OrdinalIgnoreCase));
    }

    // VANISHED (EARLIER) 300:310,405. More than there can be is as good as nothing: then all are listed.
    private static void TakeVanished(ImapResponse response, List<uint>? gone, int most)
    {
        if (gone is null || response is not { Name: "VANISHED", Values: [{ Items: [{ Text: { } tag }] }, { Text: { } set }] } || !tag.Equals("EARLIER", StringComparison.OrdinalIgnoreCase) || gone.Count >= most)
            return;
        if (UidText.Parse(set, most) is { } uids)
            gone.AddRange(uids);
        else
            gone.AddRange(Enumerable.Repeat(0u, most));
    }
}
