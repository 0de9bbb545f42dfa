using System.Globalization;
using MailKit.Net.Imap;
using MailOps.Maildir.Names;
using MailOps.Wire;

namespace MailOps.Client.Mailboxes.Wire;

/// <summary>
/// A connection for many messages: the library connects and logs in, then the conversation is ours. Messages come as a stream and go
/// out one behind the other, octet for octet, without waiting for the answer to each.
/// </summary>
internal sealed partial class ImapLane : IAsyncDisposable
{
    // Messages that may have come since the folder was opened.
    private const int Slack = 100_000;

    private readonly ImapAccount _account;
    private readonly ImapWire _wire;
    private readonly string _server;
    private readonly TimeProvider _clock;
    private readonly LineMeter _meter = new();
    private ImapCompression _compression;
    private int _tag;
    private bool _isWritable;

    private ImapLane(ImapAccount account, MailboxConnection connection, ImapClient client)
    {
        (_account, _server, _clock, _compression) = (account, connection.Server, connection.Clock, connection.Compression);
        (Capabilities, AppendLimit) = (client.Capabilities, client.AppendLimit);
        _wire = new ImapWire(connection.Stream, _server, connection.StepTimeout, _clock);
    }

    /// <summary>What the server can do.</summary>
    public ImapCapabilities Capabilities { get; }

    /// <summary>The largest message that the server takes (RFC 7889); null if it does not say.</summary>
    public uint? AppendLimit { get; }

    /// <summary>True if what goes over the connection is compressed.</summary>
    public bool IsCompressed => _wire.IsCompressed;

    /// <summary>True if the server offers compression and does not know how: the connection can only be disposed.</summary>
    public bool IsBadlyCompressed => _wire.IsBroken;

    /// <summary>True until something went wrong with the conversation: then it can only be disposed.</summary>
    public bool IsUsable { get; private set; } = true;

    /// <summary>Takes over the connection of an account.</summary>
    public static ImapLane Over(ImapAccount account)
    {
        var (connection, client) = account.TakeOver();
        return new ImapLane(account, connection, client);
    }

    /// <summary>The UIDs of the messages of the open folder that a search finds, ascending, each once.</summary>
    /// <param name="keys">Search keys (RFC 9051 section 6.4.4): <c>ALL</c> for all.</param>
    /// <param name="cancel">Ends the wait.</param>
    public async Task<IReadOnlyList<uint>> UidsAsync(string keys, CancellationToken cancel)
    {
        var uids = new List<uint>();
        var isExtended = Capabilities.HasFlag(ImapCapabilities.ESearch);
        await RunAsync(isExtended ? $"UID SEARCH RETURN (ALL) {keys}" : $"UID SEARCH {keys}", $"list the messages of {Selected?.Name}", response =>
        {
            if (response is { Name: "SEARCH", Values: [{ Text: { } found }] })
                uids.AddRange(found.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(Number));
            else if (response.Name == "ESEARCH" && ValueAfter(response.Values, "ALL") is { Text: { } set })
                uids.AddRange(UidText.Parse(set, Selected!.Exists + Slack) ?? throw _wire.Violated("ESEARCH with more messages than there are."));
            if (uids.Count > Selected!.Exists + Slack)
                throw _wire.Violated("a search that finds more messages than there are.");
        }, cancel).ConfigureAwait(false);
        return Ascending(uids);
    }

    // In place and without a set: of a folder there may be a million.
    private static IReadOnlyList<uint> Ascending(List<uint> uids)
    {
        uids.Sort();
        return [.. uids.Where((uid, i) => i == 0 || uid != uids[i - 1])];
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _wire.DisposeAsync().ConfigureAwait(false);
        await _account.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>A folder's name in a command.</summary>
    private static string Quoted(string folder) =>
        "\"" + ModifiedUtf7.Encode(folder).Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal) + "\"";

    private static ImapValue? ValueAfter(IReadOnlyList<ImapValue> values, string name)
    {
        for (var i = 0; i + 1 < values.Count; i++)
        {
            if (string.Equals(values[i].Text, name, StringComparison.OrdinalIgnoreCase))
                return values[i + 1];
        }

        return null;
    }

    // What was not taken of a response.
    private static void Discard(ImapResponse response)
    {
        foreach (var value in response.Values)
            ImapValueParser.Discard(value);
    }

    private uint Number(string text) =>
        uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : throw _wire.Violated($"'{text}' where a number is.");

    private string NextTag() => string.Create(CultureInfo.InvariantCulture, $"M{++_tag}");

    // Between two commands: while one runs the server could not tell which of its octets are compressed.
    private async Task CompressIfWorthAsync(CancellationToken cancel)
    {
        if (_compression == ImapCompression.Never || !Capabilities.HasFlag(ImapCapabilities.Compress) || (_compression == ImapCompression.WhenSlow && !_meter.IsSlow))
            return;
        // A server that refuses is not asked twice.
        _compression = ImapCompression.Never;
        var answers = await TogetherAsync(["COMPRESS DEFLATE"], "compress the connection", (_, _) => { }, cancel).ConfigureAwait(false);
        if (answers[0].Name == "OK")
            await _wire.CompressAsync().ConfigureAwait(false);
    }

    // Runs a command to its end; what it says on the way is told.
    private async Task RunAsync(string command, string what, Action<ImapResponse> tell, CancellationToken cancel)
    {
        await GuardedAsync(async () =>
        {
            var tag = NextTag();
            await _wire.WriteAsync($"{tag} {command}\r\n", cancel).ConfigureAwait(false);
            await _wire.FlushAsync(cancel).ConfigureAwait(false);
            RequireOk(await AnswerAsync(tag, tell, what, cancel).ConfigureAwait(false), what);
            return true;
        }).ConfigureAwait(false);
    }

    private async ValueTask<ImapResponse> NextAsync(string what, CancellationToken cancel)
    {
        var response = await _wire.ReadAsync(cancel).ConfigureAwait(false);
        if (response.Name == "BYE")
        {
            var message = $"{_server} closed the connection when it was to {what}: {Said(response)}";
            IsUsable = false;
            throw BusyServer.Error(Said(response), message)
                ?? new MailSessionException(IsLasting(response) ? MailSessionFault.CommandRefused : MailSessionFault.ConnectionLost, message);
        }

        Follow(response);
        return response;
    }

    // Where a message was sent without asking first (LITERAL+), a server that will not take it may go instead of reading it to its end (RFC 7888 section 4): that comes again.
    private static bool IsLasting(ImapResponse goodbye) => goodbye.CodeWords is ["NOPERM" or "OVERQUOTA", ..];

    private void RequireOk(ImapResponse response, string what)
    {
        if (response.Name == "OK")
            return;
        var message = $"{_server} refused to {what}: {Said(response)}";
        throw BusyServer.Error(Said(response), message) ?? new MailSessionException(response.Code == "NONEXISTENT" ? MailSessionFault.MailboxNotFound : MailSessionFault.CommandRefused, message);
    }

    private static string Said(ImapResponse response) => response.Code is { } code ? $"[{code}] {response.Text}" : response.Text;

    // After a refusal the server listens on; after anything else nobody knows where the conversation stands.
    private async Task<T> GuardedAsync<T>(Func<Task<T>> step)
    {
        var isUsable = false;
        try
        {
            var result = await step().ConfigureAwait(false);
            isUsable = true;
            return result;
        }
        catch (MailSessionException e) when (e.Fault is MailSessionFault.CommandRefused or MailSessionFault.MailboxNotFound or MailSessionFault.ServerBusy)
        {
            isUsable = true;
            throw;
        }
        finally
        {
            IsUsable &= isUsable;
        }
    }
}
