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

    /// <summary>Has the server look for messages.</summary>
    /// <param name="filter">Which are wanted.</param>
    /// <param name="cancel">Ends the wait.</param>
    /// <returns>Their UIDs, ascending; null where all are wanted.</returns>
    /// <exception cref="MailSessionException">The server is silent, leaves, or does not take the search.</exception>
    public Task<IReadOnlyCollection<uint>?> FindAsync(ImapFilter filter, CancellationToken cancel) =>
        _connection.StepAsync("search for messages", c => SearchAsync(filter, c), cancel);

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
                Flags = [.. MessageFlagNames.Of(summary.Flags ?? MessageFlags.None), .. summary.Keywords ?? Enumerable.Empty<string>()],
                InternalDate = summary.InternalDate,
            };
        }
    }

    /// <summary>Says LOGOUT.</summary>
    public Task CloseAsync(CancellationToken cancel) => _account.CloseAsync(cancel);

    /// <summary>Closes the connection.</summary>
    public ValueTask DisposeAsync() => _account.DisposeAsync();

    private async Task<IReadOnlyCollection<uint>?> SearchAsync(ImapFilter filter, CancellationToken cancel)
    {
        IEnumerable<UniqueId>? found = null;
        if (filter.ToSearch() is { } search)
            found = await _folder.SearchAsync(search, cancel).ConfigureAwait(false);
        if (filter.Query is { } query)
        {
            var queried = await ((MailKit.Net.Imap.ImapFolder)_folder).SearchAsync(query, cancel).ConfigureAwait(false);
            found = found?.Intersect(queried.UniqueIds) ?? queried.UniqueIds;
        }

        if (found is not null && filter.HasTimes)
            found = await WithinAsync([.. found], filter, cancel).ConfigureAwait(false);
        return found is null ? null : [.. found.Select(uid => uid.Id).Order()];
    }

    // The server searches by days alone, in its own zone.
    private async Task<IEnumerable<UniqueId>> WithinAsync(IList<UniqueId> uids, ImapFilter filter, CancellationToken cancel)
    {
        if (uids.Count == 0)
            return uids;
        var dates = await _folder.FetchAsync(uids, MessageSummaryItems.UniqueId | MessageSummaryItems.InternalDate, cancel).ConfigureAwait(false);
        return dates.Where(one => !(one.InternalDate < filter.Since) && !(one.InternalDate >= filter.Before)).Select(one => one.UniqueId);
    }

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
}
