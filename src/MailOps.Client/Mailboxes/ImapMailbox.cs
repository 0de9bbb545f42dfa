using System.Runtime.CompilerServices;
using MailKit;
using MailOps.Wire;

namespace MailOps.Client.Mailboxes;

/// <summary>One folder of an IMAP account, open for reading: no message becomes seen by it.</summary>
public sealed class ImapMailbox : IAsyncDisposable
{
    private const MessageSummaryItems Items = MessageSummaryItems.UniqueId | MessageSummaryItems.Flags | MessageSummaryItems.InternalDate | MessageSummaryItems.Size;

    private readonly ImapAccount _account;
    private readonly MailboxConnection _connection;
    private readonly IMailFolder _folder;

    internal ImapMailbox(ImapAccount account, MailboxConnection connection, IMailFolder folder) =>
        (_account, _connection, _folder) = (account, connection, folder);

    /// <summary>How many messages the folder had when it was opened.</summary>
    public int Count => _folder.Count;

    /// <summary>What is wrong with the certificate where that was not allowed to matter, or null.</summary>
    public string? CertificateProblem => _account.CertificateProblem;

    /// <summary>The SASL mechanism that logged in, or null where it was the protocol's own command.</summary>
    public string? AuthMechanism => _account.AuthMechanism;

    /// <summary>Connects, logs in and opens a folder with EXAMINE.</summary>
    /// <exception cref="MailSessionException">No connection, no TLS, no login, no such folder, or a server that is silent or speaks something else.</exception>
    public static async Task<ImapMailbox> OpenAsync(MailboxOptions options, string folder, TimeProvider clock, CancellationToken cancel)
    {
        var account = await ImapAccount.OpenAsync(options, clock, cancel).ConfigureAwait(false);
        try
        {
            return await account.ExamineAsync(folder, cancel).ConfigureAwait(false);
        }
        catch
        {
            await account.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Reads messages one after the other.</summary>
    /// <param name="uids">The UIDs of those wanted; null for all. UIDs that are not there are not an error.</param>
    /// <param name="headersOnly">True to read headers only.</param>
    /// <param name="first">How many at the most; null for all.</param>
    /// <param name="cancel">Ends the reading.</param>
    /// <exception cref="MailSessionException">The server is silent, leaves or refuses.</exception>
    public async IAsyncEnumerable<ImapMessage> ReadAsync(IReadOnlyCollection<uint>? uids, bool headersOnly, int? first, [EnumeratorCancellation] CancellationToken cancel = default)
    {
        if (_folder.Count == 0 || first is <= 0 || uids is { Count: 0 })
            yield break;

        var summaries = await _connection.StepAsync("list its messages", c => SummariesAsync(uids, first, c), cancel).ConfigureAwait(false);
        foreach (var summary in summaries.OrderBy(s => s.Index).Take(first ?? int.MaxValue))
        {
            var octets = await _connection.StepAsync($"send message {summary.UniqueId}", c => ReadOneAsync(summary.UniqueId, headersOnly, c), cancel).ConfigureAwait(false);
            if (octets is null)
                continue;

            yield return new ImapMessage(octets, headersOnly)
            {
                Number = summary.Index + 1,
                Uid = summary.UniqueId.Id,
                Folder = _folder.FullName,
                Size = summary.Size ?? (uint)octets.Length,
                Flags = [.. FlagNames(summary.Flags ?? MessageFlags.None), .. summary.Keywords ?? Enumerable.Empty<string>()],
                InternalDate = summary.InternalDate,
            };
        }
    }

    /// <summary>Says LOGOUT.</summary>
    public Task CloseAsync(CancellationToken cancel) => _account.CloseAsync(cancel);

    /// <summary>Closes the connection.</summary>
    public ValueTask DisposeAsync() => _account.DisposeAsync();

    private Task<IList<IMessageSummary>> SummariesAsync(IReadOnlyCollection<uint>? uids, int? first, CancellationToken cancel) =>
        uids is not null
            ? _folder.FetchAsync([.. uids.Where(u => u > 0).Select(u => new UniqueId(u))], Items, cancel)
            : _folder.FetchAsync(0, first is { } count ? count - 1 : -1, Items, cancel);

    // BODY.PEEK: reading does not set \Seen. Null if the message was expunged meanwhile.
    private async Task<byte[]?> ReadOneAsync(UniqueId uid, bool headersOnly, CancellationToken cancel)
    {
        try
        {
            var message = await _folder.GetStreamAsync(uid, headersOnly ? "HEADER" : "", cancel).ConfigureAwait(false);
            await using (message.ConfigureAwait(false))
                return await MailboxConnection.ReadOctetsAsync(message, cancel).ConfigureAwait(false);
        }
        catch (MessageNotFoundException)
        {
            return null;
        }
    }

    private static IEnumerable<string> FlagNames(MessageFlags flags) =>
        new[] { MessageFlags.Seen, MessageFlags.Answered, MessageFlags.Flagged, MessageFlags.Deleted, MessageFlags.Draft, MessageFlags.Recent }
            .Where(f => flags.HasFlag(f))
            .Select(f => $"\\{f}");
}
