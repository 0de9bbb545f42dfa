using MailKit;
using MailKit.Net.Imap;

namespace MailOps.Client.Mailboxes;

/// <content>What a watch needs of a connection.</content>
public sealed partial class ImapAccount
{
    internal bool Has(ImapCapabilities capabilities) => _client.Capabilities.HasFlag(capabilities);

    internal Task<IMailFolder> FolderForWatchAsync(string name, CancellationToken cancel) =>
        _connection.StepAsync($"find the folder {name}", c => FindAsync(name, c), cancel);

    /// <summary>Has the server tell of new messages in folders (RFC 5465 section 5).</summary>
    internal Task NotifyAsync(IList<IMailFolder> folders, CancellationToken cancel)
    {
        ImapEvent[] events = [new ImapEvent.MessageNew(), ImapEvent.MessageExpunge];
        return _connection.StepAsync(
            "tell of new messages (NOTIFY)",
            c => _client.NotifyAsync(status: true, [new ImapEventGroup(ImapMailboxFilter.Selected, events), new ImapEventGroup(new ImapMailboxFilter.Mailboxes(folders), events)], c),
            cancel);
    }

    internal Task EndNotifyAsync(CancellationToken cancel) =>
        _connection.StepAsync("end NOTIFY", c => _client.DisableNotifyAsync(c), cancel);

    /// <summary>Idles until it is to end.</summary>
    internal Task IdleAsync(CancellationToken end, CancellationToken cancel) =>
        _connection.ListenAsync("answer the end of IDLE", _client.IdleAsync, end, cancel);

    /// <summary>Closes the folder that is open, if it is one of these.</summary>
    internal async Task LeaveFoldersAsync(IEnumerable<IMailFolder> folders, CancellationToken cancel)
    {
        if (folders.FirstOrDefault(folder => folder.IsOpen) is { } open)
            await _connection.StepAsync($"close the folder {open.FullName}", c => open.CloseAsync(expunge: false, c), cancel).ConfigureAwait(false);
    }
}
