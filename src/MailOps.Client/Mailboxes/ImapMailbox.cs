using System.Runtime.CompilerServices;
using MailKit;
using MailKit.Search;
using MailOps.Wire;

namespace MailOps.Client.Mailboxes;

/// <summary>One folder of an IMAP account, open for reading: no message becomes seen by it.</summary>
public sealed class ImapMailbox : IAsyncDisposable
{
    private const MessageSummaryItems Items = MessageSummaryItems.UniqueId | MessageSummaryItems.Flags | MessageSummaryItems.InternalDate | MessageSummaryItems.Size;

    // Of so many what is listed is in memory at once.
    private const int MostTogether = 500;
    private const int MostListed = 5000;

    // What a listing shows. Servers keep these at hand.
    private static readonly string[] Listed = ["From", "To", "Subject", "Date", "Message-ID"];

    private readonly ImapAccount _account;
    private readonly MailboxConnection _connection;
    private readonly IMailService _client;
    private readonly IMailFolder _folder;

    internal ImapMailbox(ImapAccount account, IMailService client, MailboxConnection connection, IMailFolder folder) =>
        (_account, _client, _connection, _folder) = (account, client, connection, folder);

    /// <summary>How many messages the folder had when it was opened.</summary>
    public int Count => _folder.Count;

    /// <summary>What is wrong with the certificate where that was not allowed to matter, or null.</summary>
    public string? CertificateProblem => _account.CertificateProblem;

    /// <summary>The SASL mechanism that logged in, or null where it was the protocol's own command.</summary>
    public string? AuthMechanism => _account.AuthMechanism;

    /// <summary>UIDs hold as long as this is the same.</summary>
    public uint UidValidity => _folder.UidValidity;

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

    /// <inheritdoc cref="ReadAsync(IReadOnlyCollection{uint}?, ImapReading, int?, CancellationToken)"/>
    /// <param name="uids">The UIDs of those wanted; null for all. UIDs that are not there are not an error.</param>
    /// <param name="headersOnly">True to read headers only.</param>
    /// <param name="first">How many at the most; null for all.</param>
    /// <param name="cancel">Ends the reading.</param>
    public IAsyncEnumerable<ImapMessage> ReadAsync(IReadOnlyCollection<uint>? uids, bool headersOnly, int? first, CancellationToken cancel = default) =>
        ReadAsync(uids, new ImapReading { Content = headersOnly ? ImapContent.Header : ImapContent.Whole }, first, cancel);

    /// <summary>Reads messages one after the other, in the order of their UIDs.</summary>
    /// <param name="uids">The UIDs of those wanted; null for all. UIDs that are not there are not an error.</param>
    /// <param name="reading">What to read of each.</param>
    /// <param name="first">How many at the most; null for all.</param>
    /// <param name="cancel">Ends the reading.</param>
    /// <exception cref="MailSessionException">The server is silent, leaves or refuses.</exception>
    public async IAsyncEnumerable<ImapMessage> ReadAsync(IReadOnlyCollection<uint>? uids, ImapReading reading, int? first, [EnumeratorCancellation] CancellationToken cancel = default)
    {
        if (_folder.Count == 0 || first is <= 0 || uids is { Count: 0 })
            yield break;

        var wanted = uids?.Where(uid => uid > 0).Distinct().Order().Select(uid => new UniqueId(uid))
            ?? await _connection.StepAsync("list its messages", c => _folder.SearchAsync(SearchQuery.All, c), cancel).ConfigureAwait(false);
        var left = first ?? int.MaxValue;
        foreach (var some in wanted.Chunk(Math.Min(MostTogether, left)))
        {
            var summaries = await _connection.StepAsync("list its messages", c => _folder.FetchAsync(some, RequestFor(reading), c), cancel).ConfigureAwait(false);
            // Of others the server may tell flags meanwhile.
            var asked = some.Select(uid => uid.Id).ToHashSet();
            foreach (var summary in summaries.Where(one => asked.Contains(one.UniqueId.Id)).OrderBy(one => one.UniqueId.Id))
            {
                if (await ReadAsync(summary, reading, cancel).ConfigureAwait(false) is not { } message)
                    continue;
                yield return message;
                if (--left == 0)
                    yield break;
            }
        }
    }

    /// <summary>What is there now with UIDs above one, in the order of UIDs; above the highest UID that there can be (RFC 9051 section 9, nz-number) is nothing.</summary>
    internal async Task<IReadOnlyList<Watching.ListedMessage>> ListAboveAsync(uint last, CancellationToken cancel)
    {
        if (last == uint.MaxValue)
            return [];
        var first = last + 1;
        // A server need not tell a search of messages that it has not told of.
        var uids = await _connection.StepAsync(
            "list its messages",
            async c =>
            {
                await _client.NoOpAsync(c).ConfigureAwait(false);
                return _folder.Count == 0 ? [] : await _folder.SearchAsync(SearchQuery.Uids(new UniqueIdRange(new UniqueId(first), UniqueId.MaxValue)), c).ConfigureAwait(false);
            },
            cancel).ConfigureAwait(false);
        var listed = new List<Watching.ListedMessage>(uids.Count);
        // The last message is found by n:* whatever n is (RFC 9051 section 9, seq-range).
        foreach (var some in uids.Where(uid => uid.Id >= first).Chunk(MostListed))
        {
            var found = await _connection.StepAsync("list its messages", c => _folder.FetchAsync(some, MessageSummaryItems.UniqueId | MessageSummaryItems.InternalDate | MessageSummaryItems.Size, c), cancel).ConfigureAwait(false);
            listed.AddRange(found.Where(one => one.UniqueId.Id >= first).Select(one => new Watching.ListedMessage(one.UniqueId.Id, one.InternalDate, one.Size)).OrderBy(one => one.Uid));
        }

        return listed;
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
            var uids = LibraryFolder.ListOf(queried.UniqueIds);
            found = found?.Intersect(uids) ?? uids;
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

    private static FetchRequest RequestFor(ImapReading reading)
    {
        var items = Items | (reading.HasStructure || reading.Parts.Count > 0 ? MessageSummaryItems.BodyStructure : MessageSummaryItems.None);
        return reading.Content == ImapContent.Listing ? new FetchRequest(items, Listed) : new FetchRequest(items);
    }

    private async Task<ImapMessage?> ReadAsync(IMessageSummary summary, ImapReading reading, CancellationToken cancel)
    {
        var octets = reading.Content == ImapContent.Listing
            ? HeaderOf(summary)
            : await ReadOneAsync(summary.UniqueId, reading.Content == ImapContent.Header, cancel).ConfigureAwait(false);
        if (octets is null)
            return null;

        return new ImapMessage(octets, reading.Content != ImapContent.Whole)
        {
            Number = summary.Index + 1,
            Uid = summary.UniqueId.Id,
            UidValidity = _folder.UidValidity,
            Folder = _folder.FullName,
            Size = summary.Size ?? (uint)octets.Length,
            Flags = [.. MessageFlagNames.Of(summary.Flags ?? MessageFlags.None), .. summary.Keywords ?? Enumerable.Empty<string>()],
            InternalDate = summary.InternalDate,
            Parts = reading.HasStructure || reading.Parts.Count > 0 ? await PartsAsync(summary, reading, cancel).ConfigureAwait(false) : null,
        };
    }

    private static byte[] HeaderOf(IMessageSummary summary)
    {
        using var octets = new MemoryStream();
        summary.Headers?.WriteTo(octets, CancellationToken.None);
        return octets.ToArray();
    }

    private async Task<IReadOnlyList<ImapMessagePart>> PartsAsync(IMessageSummary summary, ImapReading reading, CancellationToken cancel)
    {
        var parts = new List<ImapMessagePart>();
        foreach (var (section, part) in ImapMessagePart.LeavesOf(summary.Body).Where(one => reading.Parts.Count == 0 || reading.Parts.Contains(one.Section, StringComparer.Ordinal)))
        {
            var content = reading.Parts.Count == 0 ? null : await ReadPartAsync(summary.UniqueId, section, cancel).ConfigureAwait(false);
            parts.Add(ImapMessagePart.Of(section, part, content));
        }

        return parts;
    }

    private Task<byte[]?> ReadPartAsync(UniqueId uid, string section, CancellationToken cancel) =>
        ReadAsync($"send part {section} of message {uid}", (progress, c) => _folder.GetStreamAsync(uid, section, c, progress), cancel);

    private Task<byte[]?> ReadOneAsync(UniqueId uid, bool headersOnly, CancellationToken cancel) =>
        ReadAsync($"send message {uid}", (progress, c) => _folder.GetStreamAsync(uid, headersOnly ? "HEADER" : "", c, progress), cancel);

    // BODY.PEEK: reading does not set \Seen. Null if the message was expunged meanwhile.
    private Task<byte[]?> ReadAsync(string what, Func<ITransferProgress, CancellationToken, Task<Stream>> open, CancellationToken cancel) =>
        _connection.TransferAsync<byte[]?>(
            what,
            async (progressed, c) =>
            {
                try
                {
                    var octets = await open(new Progress(progressed), c).ConfigureAwait(false);
                    await using (octets.ConfigureAwait(false))
                        return await MailboxConnection.ReadOctetsAsync(octets, c).ConfigureAwait(false);
                }
                catch (MessageNotFoundException)
                {
                    return null;
                }
            },
            cancel);

    private sealed class Progress(Action progressed) : ITransferProgress
    {
        public void Report(long bytesTransferred, long totalSize) => progressed();

        public void Report(long bytesTransferred) => progressed();
    }
}
