using System.Runtime.ExceptionServices;
using MailOps.Maildir;
using MailOps.Server.Connections;
using MailOps.Wire;

namespace MailOps.Server.Imap.Commands;

/// <summary>
/// The messages of one APPEND on their way in: each goes into the store as it comes, and of all but the last nothing stays in memory. What
/// refuses one refuses all; then the octets that come unasked are still taken, so that none of them is read as a command.
/// </summary>
internal sealed class AppendReception(ImapSession session, string command) : IAsyncDisposable
{
    // As many as a sequence set may have parts.
    private const int MostMessages = 10_000;

    private readonly List<(AppendItem Item, AppendedOctets Octets)> _messages = [];
    private Completion? _refusal;
    private ExceptionDispatchInfo? _fault;
    private MailQuotaUsage? _quota;

    private bool IsRefused => _refusal is not null || _fault is not null;

    /// <summary>Says why no message can be taken. Whoever waits to be asked for octets hears it at once.</summary>
    public void Refuse(Completion refusal) => _refusal ??= refusal;

    /// <summary>Takes the literal that the session was given, and all that follows it up to the end of the command.</summary>
    /// <param name="item">What stood before the literal.</param>
    /// <param name="cancel">Ends the wait for the store.</param>
    /// <returns>How the command ended; null if all messages are there.</returns>
    /// <exception cref="MailStoreException">The store cannot take them.</exception>
    public async ValueTask<Completion?> ReceiveAsync(AppendItem item, CancellationToken cancel)
    {
        // Between two messages as inside of them the command is under way.
        using var underWay = session.Connection.TakeMessage();
        var literal = session.Literal;
        while (true)
        {
            if (!IsRefused)
                _refusal = await RefusalAsync(literal, cancel);
            if (IsRefused && literal.Waits)
                return Refusal();
            if (!await TakeAsync(item, literal))
                return Gone();

            var line = await session.Input.ReadLineAsync(session.Limits.Length, cancel);
            if (line.Status == WireLineStatus.TooLong)
                return Drop("The command is longer than this server takes");
            if (line.Status != WireLineStatus.Line)
                return Gone();
            var isEnd = line.Content.IsEmpty;
            var isNext = TryParseNext(line, out item, out literal);
            session.Input.Advance(line);
            if (isEnd)
                return IsRefused ? Refusal() : null;
            if (!isNext)
                return await BadAsync(literal);
            if (!IsRefused)
                await RestAsync();
        }
    }

    /// <summary>The messages, ready for the store.</summary>
    public IReadOnlyList<MessageToAppend> Finish() =>
        [.. _messages.Select(message => new MessageToAppend(message.Octets.Finish(), message.Item.Flags, message.Item.Date))];

    public async ValueTask DisposeAsync()
    {
        foreach (var (_, octets) in _messages)
            await octets.DisposeAsync();
        _messages.Clear();
    }

    // What does not continue the command is told by what it announces: its octets must not be read as commands.
    private static bool TryParseNext(WireLine line, out AppendItem item, out LiteralHeader literal)
    {
        var reader = new ImapReader(line.Content);
        if (reader.Space() && AppendItem.TryParse(ref reader, out item, out literal) && reader.End)
            return true;
        item = default;
        literal = ImapInput.Announced(line.Content) ?? new LiteralHeader(0, Waits: true);
        return false;
    }

    private async ValueTask<Completion?> RefusalAsync(LiteralHeader literal, CancellationToken cancel)
    {
        if (literal.Size > session.Options.MaxMessageSize)
            return Completion.No(ResponseCode.TooBig, FormattableString.Invariant($"A message may have {session.Options.MaxMessageSize} octets here"));
        if (literal.Size == 0)
            return Completion.No(ResponseCode.Cannot, "A message without octets cannot be kept: nothing is appended");
        if (_messages.Count == MostMessages)
            return Completion.No(ResponseCode.Limit, FormattableString.Invariant($"{command} takes {MostMessages} messages at once"));
        if (_messages.Count == 0)
            return null;

        // One message is asked about when it is there; of many not more comes than has room.
        if (_messages.Count == 1)
            _quota = await session.Account.GetQuotaAsync(cancel);
        var octets = _messages.Sum(message => message.Octets.Length) + literal.Size;
        return _quota is { } quota && (quota.Bytes + octets > quota.Limit.Bytes || quota.Messages + _messages.Count + 1 > quota.Limit.Messages)
            ? Completion.No(ResponseCode.OverQuota, "The account is over its quota")
            : null;
    }

    private async ValueTask<bool> TakeAsync(AppendItem item, LiteralHeader literal)
    {
        if (literal.Waits)
        {
            session.Replies.Continue("OK");
            await session.Replies.FlushAsync();
        }

        if (IsRefused)
        {
            // What was taken before need not lie on the disk meanwhile.
            await DisposeAsync();
            return await session.Input.ReadLiteralAsync(literal.Size, static _ => { }, settle: null, session.Options.TransferTimeout) == 0;
        }

        var octets = new AppendedOctets(session.Store.BeginDelivery(), item.IsBinary);
        _messages.Add((item, octets));
        if (await session.Input.ReadLiteralAsync(literal.Size, octets.Write, octets.DrainAsync, session.Options.TransferTimeout) > 0)
            return false;
        _refusal = octets.Refusal;
        _fault = octets.Fault;
        return true;
    }

    private async ValueTask RestAsync()
    {
        try
        {
            await _messages[^1].Octets.RestAsync();
        }
        catch (MailStoreException e)
        {
            _fault = ExceptionDispatchInfo.Capture(e);
        }
    }

    private Completion Refusal()
    {
        _fault?.Throw();
        return _refusal!.Value;
    }

    private Completion Gone()
    {
        if (session.Connection.Interruption is not null)
            return session.SayBye();
        session.Connection.End = ConnectionEnd.Dropped;
        return Completion.Hangup;
    }

    private Completion Drop(string reason)
    {
        session.Replies.Bye(reason);
        session.Connection.End = ConnectionEnd.Dropped;
        return Completion.Hangup;
    }

    private async ValueTask<Completion> BadAsync(LiteralHeader announced)
    {
        var reason = FormattableString.Invariant($"What follows message {_messages.Count} of {command} cannot be read");
        if (announced.Waits)
            return Completion.Bad(reason);
        var dropped = Drop(reason);
        await session.Replies.FlushAsync();
        await session.Input.ReadLiteralAsync(Math.Min(announced.Size, ImapProtocol.MaxDiscard), static _ => { }, settle: null, ServerConnection.Grace);
        return dropped;
    }
}
