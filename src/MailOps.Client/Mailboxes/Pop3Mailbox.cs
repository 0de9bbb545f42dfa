using System.Globalization;
using System.Runtime.CompilerServices;
using MailKit.Net.Pop3;
using MailOps.Client.Mailboxes.Seen;
using MailOps.Client.Mailboxes.Wire;
using MailOps.Wire;

namespace MailOps.Client.Mailboxes;

/// <summary>A POP3 mailbox, open for one session. Deletions are marks until <see cref="CommitAsync"/>; a session that ends otherwise deletes nothing (RFC 1939 section 6).</summary>
public sealed class Pop3Mailbox : IAsyncDisposable
{
    // So many commands are asked ahead where the server lets that be: the next message begins when one ends.
    private const int MostAhead = 16;
    private const int MostMarksAhead = 100;

    // A line of a listing has 512 octets at the most (RFC 2449 section 4); that of a million messages with the longest unique ids has 80 MB.
    private const int MaxListingLine = 512;
    private const long MaxListing = 128 * 1024 * 1024;

    private readonly MailboxConnection _connection;
    private readonly Pop3Wire _wire;
    private readonly Pop3Capabilities _capabilities;
    private readonly SortedSet<int> _marked = [];
    private IReadOnlyList<Pop3Entry>? _listed;

    private Pop3Mailbox(Pop3Client client, MailboxConnection connection)
    {
        _connection = connection;
        _capabilities = client.Capabilities;
        Count = client.Count;
        _wire = new Pop3Wire(connection);
    }

    /// <summary>How many messages there are.</summary>
    public int Count { get; }

    /// <summary>The server's name or address.</summary>
    public string Server => _connection.Server;

    /// <summary>True if messages have unique ids (UIDL).</summary>
    public bool HasUidls => _capabilities.HasFlag(Pop3Capabilities.UIDL);

    /// <summary>What is wrong with the certificate where that was not allowed to matter, or null.</summary>
    public string? CertificateProblem => _connection.CertificateProblem;

    /// <summary>The SASL mechanism that logged in, or null where it was the protocol's own command.</summary>
    public string? AuthMechanism => _connection.AuthMechanism;

    private bool IsPipelining => _capabilities.HasFlag(Pop3Capabilities.Pipelining);

    /// <summary>Connects and logs in.</summary>
    /// <exception cref="MailSessionException">No connection, no TLS, no login, or a server that is silent or speaks something else.</exception>
    public static Task<Pop3Mailbox> OpenAsync(MailboxOptions options, TimeProvider clock, CancellationToken cancel) =>
        AccessTokens.LogInAsync(options, login => OpenOnceAsync(login, clock, cancel), cancel);

    /// <summary>What the server lists, in the order of the messages' numbers. It is asked once.</summary>
    /// <exception cref="MailSessionException">The server is silent, leaves or refuses.</exception>
    public async Task<IReadOnlyList<Pop3Entry>> ListAsync(CancellationToken cancel)
    {
        if (_listed is { } known)
            return known;
        if (Count == 0)
            return _listed = [];
        var sizes = await LinesAsync("LIST", "list its messages", cancel).ConfigureAwait(false);
        var ids = HasUidls ? await LinesAsync("UIDL", "list its unique ids", cancel).ConfigureAwait(false) : [];
        var idOf = new Dictionary<int, string>();
        foreach (var (number, id) in ids)
            idOf.TryAdd(number, id);
        return _listed = [.. sizes
            .Select(line => new Pop3Entry(line.Number, SizeIn(line.Text), idOf.GetValueOrDefault(line.Number)))
            .OrderBy(entry => entry.Number)];
    }

    /// <summary>The messages of the listing that are wanted.</summary>
    /// <param name="uidls">The unique ids of those wanted; null for all. Ids that are not there are not an error.</param>
    /// <param name="state">What is remembered of earlier sessions, which are not wanted again; null for nothing.</param>
    /// <param name="cancel">Ends the wait.</param>
    /// <exception cref="MailSessionException">The server is silent, leaves, refuses, or has no unique ids although they are needed.</exception>
    public async Task<IReadOnlyList<Pop3Entry>> SelectAsync(IReadOnlyCollection<string>? uidls, Pop3State? state, CancellationToken cancel)
    {
        if (Count > 0 && !HasUidls && (uidls is not null || state is not null))
            throw new MailSessionException(MailSessionFault.CommandRefused, $"{Server} has no unique ids (UIDL): its messages cannot be known again in another session. Select messages by what their objects say, or take and delete them in one session.");
        var listing = await ListAsync(cancel).ConfigureAwait(false);
        var wanted = uidls?.ToHashSet(StringComparer.Ordinal);
        return [.. (state?.NewAmong(listing) ?? listing).Where(entry => wanted?.Contains(entry.Uidl ?? "") != false)];
    }

    /// <summary>Reads messages of the listing one after the other.</summary>
    /// <param name="entries">Which.</param>
    /// <param name="headersOnly">True to read headers only, with TOP where the server has it.</param>
    /// <param name="cancel">Ends the reading.</param>
    /// <exception cref="MailSessionException">The server is silent, leaves or refuses.</exception>
    public async IAsyncEnumerable<Pop3Message> ReadAsync(IReadOnlyList<Pop3Entry> entries, bool headersOnly, [EnumeratorCancellation] CancellationToken cancel = default)
    {
        await foreach (var content in ContentsAsync(entries, headersOnly, cancel).ConfigureAwait(false))
        {
            if (content.Refusal is { } refusal)
                throw refusal;
            var octets = new MemoryStream();
            await content.CopyToAsync((piece, c) => octets.WriteAsync(piece, c), cancel).ConfigureAwait(false);
            yield return new Pop3Message(octets.ToArray(), headersOnly) { Number = content.Entry.Number, Size = content.Entry.Size, Uidl = content.Entry.Uidl };
        }
    }

    /// <summary>Marks a message for deletion.</summary>
    /// <param name="number">Its number.</param>
    public void Delete(int number) => _marked.Add(number);

    /// <summary>Ends the session with QUIT: what was marked is deleted. When this throws, what was marked may be there still.</summary>
    /// <returns>The messages that the server refused to delete, by their numbers, and why.</returns>
    /// <exception cref="MailSessionException">The server is silent, leaves or refuses; or could not delete what was marked.</exception>
    public async Task<IReadOnlyDictionary<int, MailSessionException>> CommitAsync(CancellationToken cancel)
    {
        var refused = new Dictionary<int, MailSessionException>();
        await _wire.DrainAsync(cancel).ConfigureAwait(false);
        foreach (var numbers in _marked.Chunk(IsPipelining ? MostMarksAhead : 1))
        {
            await _wire.SendAsync([.. numbers.Select(number => Command("DELE", number))], areLong: false, "delete messages", cancel).ConfigureAwait(false);
            foreach (var number in numbers)
            {
                try
                {
                    await _wire.ReplyAsync(string.Create(CultureInfo.InvariantCulture, $"delete message {number}"), cancel).ConfigureAwait(false);
                }
                catch (MailSessionException e) when (e.IsRefusal)
                {
                    refused.Add(number, e);
                }
            }
        }

        await _wire.AskAsync("QUIT", isLong: false, _marked.Count > refused.Count ? "delete what was marked and answer QUIT" : "answer QUIT", cancel).ConfigureAwait(false);
        return refused;
    }

    /// <summary>Closes the connection. Without <see cref="CommitAsync"/> before, nothing is deleted.</summary>
    public async ValueTask DisposeAsync()
    {
        await _wire.DisposeAsync().ConfigureAwait(false);
        _connection.Dispose();
    }

    /// <summary>What the server is to do when a message is asked for, for errors.</summary>
    internal static string SendMessage(Pop3Entry entry) => string.Create(CultureInfo.InvariantCulture, $"send message {entry.Number}");

    /// <summary>Messages of the listing as they come, one after the other, asked for ahead where the server lets that be. One that the server refuses is among them.</summary>
    /// <param name="entries">Which.</param>
    /// <param name="headersOnly">True for headers only, with TOP where the server has it.</param>
    /// <param name="cancel">Ends the reading.</param>
    internal async IAsyncEnumerable<Pop3Content> ContentsAsync(IReadOnlyList<Pop3Entry> entries, bool headersOnly, [EnumeratorCancellation] CancellationToken cancel)
    {
        var top = headersOnly && _capabilities.HasFlag(Pop3Capabilities.Top);
        var ahead = IsPipelining ? MostAhead : 1;
        var asked = 0;
        await _wire.DrainAsync(cancel).ConfigureAwait(false);
        for (var i = 0; i < entries.Count; i++)
        {
            // Half of what may be ahead is asked for together: a packet for each command would be wasted.
            if (asked < entries.Count && asked - i <= ahead / 2)
            {
                var next = entries.Skip(asked).Take(ahead - (asked - i)).ToList();
                await _wire.SendAsync([.. next.Select(entry => Command(top ? "TOP" : "RETR", entry.Number) + (top ? " 0" : ""))], areLong: true, SendMessage(entries[i]), cancel).ConfigureAwait(false);
                asked += next.Count;
            }

            MailSessionException? refusal = null;
            try
            {
                await _wire.ReplyAsync(SendMessage(entries[i]), cancel).ConfigureAwait(false);
            }
            catch (MailSessionException e) when (e.IsRefusal)
            {
                refusal = e;
            }

            var content = new Pop3Content(_wire, entries[i], refusal);
            yield return content;
            await content.CopyToAsync(static (_, _) => ValueTask.CompletedTask, cancel).ConfigureAwait(false);
        }
    }

    private async Task<IReadOnlyList<(int Number, string Text)>> LinesAsync(string command, string what, CancellationToken cancel)
    {
        await _wire.AskAsync(command, isLong: true, what, cancel).ConfigureAwait(false);
        var lines = new List<(int, string)>();
        foreach (var line in await _wire.LinesAsync(Math.Min(MaxListing, 64 * 1024 + (long)MaxListingLine * Count), what, cancel).ConfigureAwait(false))
        {
            var end = line.IndexOf(' ', StringComparison.Ordinal);
            if (end < 0 || !int.TryParse(line.AsSpan(0, end), NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number == 0)
                throw _connection.Violated(what, $"it lists '{line}'");
            lines.Add((number, line[(end + 1)..].Trim()));
        }

        return lines;
    }

    // RFC 1939 section 5: more may follow the size.
    private static long SizeIn(string text) =>
        long.TryParse(text.AsSpan(0, text.IndexOf(' ', StringComparison.Ordinal) is >= 0 and var end ? end : text.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var size) ? size : 0;

    private static string Command(string verb, int number) => string.Create(CultureInfo.InvariantCulture, $"{verb} {number}");

    private static async Task<Pop3Mailbox> OpenOnceAsync(MailboxOptions options, TimeProvider clock, CancellationToken cancel)
    {
        var reply = new LastReply();
        var tls = new LibraryTls(options.ClientCertificate);
        var client = new SecuredPop3Client(reply, tls);
        var connection = new MailboxConnection(client, reply, tls, options, clock);
        try
        {
            await connection.OpenAsync(cancel).ConfigureAwait(false);
            return new Pop3Mailbox(client, connection);
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }
}
