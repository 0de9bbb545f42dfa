using System.Buffers;
using System.Runtime.ExceptionServices;
using MailOps.Maildir;
using MailOps.Server.Connections;

namespace MailOps.Server.Imap.Commands;

/// <summary>
/// The messages of one APPEND on their way in: each goes into the store as it comes, and of all but the last nothing stays in memory. What
/// refuses one refuses all; then the octets that come unasked are still taken, so that none of them is read as a command.
/// </summary>
internal sealed class AppendReception(ImapSession session, string command, string mailbox, bool takesOne = false) : IAsyncDisposable
{
    // As many as a sequence set may have parts.
    private const int MostMessages = 10_000;

    private readonly List<(AppendItem Item, AppendedOctets Octets)> _messages = [];
    private readonly AppendedParts _parts = new(session);
    private Completion? _refusal;
    private ExceptionDispatchInfo? _fault;
    private MailQuotaUsage? _quota;

    private bool IsRefused => _refusal is not null || _fault is not null;

    /// <summary>What is said of a message that is larger than the server takes.</summary>
    public static Completion TooBig(ImapSession session) =>
        Completion.No(ResponseCode.TooBig, FormattableString.Invariant($"A message may have {session.Options.MaxMessageSize} octets here"));

    /// <summary>Says why no message can be taken. Whoever waits to be asked for octets hears it at once.</summary>
    public void Refuse(Completion refusal) => _refusal ??= refusal;

    /// <summary>Takes the messages up to the end of the command.</summary>
    /// <param name="line">Its first stretch.</param>
    /// <param name="cancel">Ends the wait for the store.</param>
    /// <returns>How the command ended; null if all messages are there.</returns>
    /// <exception cref="MailStoreException">The store cannot take them.</exception>
    public async ValueTask<Completion?> ReceiveAsync(AppendLine line, CancellationToken cancel)
    {
        // Between two messages as inside of them the command is under way.
        using var underWay = session.Connection.TakeMessage();
        while (true)
        {
            foreach (var step in line.Steps)
                await TakeStepAsync(step, cancel);
            if (line.Literal is not { } literal)
                return IsRefused ? Refusal() : null;
            if (!IsRefused)
                _refusal = await RefusalAsync(literal, line.Open, cancel);
            if (IsRefused && literal.Waits)
                return Refusal();
            if (!await TakeAsync(literal))
                return Gone();

            var open = line.Open;
            var text = await session.Input.ReadCommandAsync(session.Limits, octets => UseOf(octets, open));
            switch (text.Status)
            {
                case CommandTextStatus.TooLong:
                    await session.Input.DiscardAsync(text, ImapProtocol.MaxDiscard);
                    return Drop("The command is longer than this server takes");
                case CommandTextStatus.LiteralTooLarge:
                    session.Input.Advance(text);
                    return await TooLargeAsync(text.Literal);
                case CommandTextStatus.Interrupted or CommandTextStatus.End:
                    session.Input.Advance(text);
                    return Gone();
            }

            var isNext = TryParse(text.Text, open, out line);
            session.Input.Advance(text);
            if (!isNext)
                return Completion.Bad(FormattableString.Invariant($"What follows the octets of message {Math.Max(1, _messages.Count)} of {command} cannot be read"));
        }
    }

    /// <summary>The messages, ready for the store.</summary>
    public IReadOnlyList<MessageToAppend> Finish() =>
        [.. _messages.Select(message => new MessageToAppend(message.Octets.Delivery, message.Item.Flags, message.Item.Date))];

    public async ValueTask DisposeAsync()
    {
        await DropMessagesAsync();
        await _parts.DisposeAsync();
    }

    private LiteralUse UseOf(ReadOnlySequence<byte> text, AppendBrackets open)
    {
        var reader = new ImapReader(text);
        if (TryParse(ref reader, open, out var next) && next.Literal is not null)
            return LiteralUse.Streamed;
        return reader.EndsInLiteral ? LiteralUse.Part : LiteralUse.Parts;
    }

    private bool TryParse(ReadOnlySequence<byte> text, AppendBrackets open, out AppendLine line)
    {
        var reader = new ImapReader(text);
        return TryParse(ref reader, open, out line);
    }

    private bool TryParse(ref ImapReader reader, AppendBrackets open, out AppendLine line) =>
        AppendLine.TryParse(ref reader, isFirst: false, open, out line) && (!takesOne || line.Messages == 0);

    private async ValueTask TakeStepAsync(AppendStep step, CancellationToken cancel)
    {
        if (IsRefused)
            return;
        try
        {
            switch (step.Kind)
            {
                case AppendStepKind.Url:
                    _refusal = await _parts.CopyAsync(step.Url, _messages[^1].Octets, cancel);
                    break;
                case AppendStepKind.EndOfParts:
                    _refusal = _messages[^1].Octets.Length == 0 ? Empty : null;
                    break;
                default:
                    if (_messages.Count > 0)
                        await _messages[^1].Octets.RestAsync();
                    if (LimitedMessages.Refusal(session, _messages.Count + 1) is { } tooMany)
                        _refusal = tooMany;
                    else if (_messages.Count == MostMessages)
                        _refusal = Completion.No(ResponseCode.Limit, FormattableString.Invariant($"{command} takes {MostMessages} messages at once"));
                    else
                        _messages.Add((step.Item, new AppendedOctets(session.Store.BeginDelivery(), step.Item.IsBinary)));
                    return;
            }

            _refusal ??= _messages[^1].Octets.Refusal;
            _fault = _messages[^1].Octets.Fault;
        }
        catch (MailStoreException e)
        {
            _fault = ExceptionDispatchInfo.Capture(e);
        }
    }

    private static Completion Empty => Completion.No(ResponseCode.Cannot, "A message without octets cannot be kept: nothing is appended");

    private async ValueTask<Completion?> RefusalAsync(LiteralHeader literal, AppendBrackets open, CancellationToken cancel)
    {
        if (open.HasFlag(AppendBrackets.Utf8) && !session.SpeaksUtf8)
            return Completion.No(ResponseCode.Cannot, "A message in UTF8 needs ENABLE UTF8=ACCEPT");
        if (literal.Size > session.Options.MaxMessageSize - _messages[^1].Octets.Length)
            return TooBig(session);
        if (literal.Size == 0 && !open.HasFlag(AppendBrackets.Parts))
            return Empty;
        if (_messages.Count == 1)
            return null;

        // One message is asked about when it is there; of many not more comes than has room.
        if (_messages.Count == 2)
            _quota = (await session.Account.GetQuotaOfAsync(mailbox, cancel))?.Usage;
        var octets = _messages.Sum(message => message.Octets.Length) + literal.Size;
        return _quota is { } quota && (quota.Bytes + octets > quota.Limit.Bytes || quota.Messages + _messages.Count > quota.Limit.Messages)
            ? Completion.No(ResponseCode.OverQuota, "The account is over its quota")
            : null;
    }

    private async ValueTask<bool> TakeAsync(LiteralHeader literal)
    {
        if (literal.Waits)
        {
            session.Replies.Continue("OK");
            await session.Replies.FlushAsync();
        }

        if (IsRefused)
        {
            // What was taken before need not lie on the disk meanwhile.
            await DropMessagesAsync();
            return await session.Input.ReadLiteralAsync(literal.Size, static _ => { }, settle: null, session.Options.TransferTimeout) == 0;
        }

        var octets = _messages[^1].Octets;
        if (await session.Input.ReadLiteralAsync(literal.Size, octets.Write, octets.DrainAsync, session.Options.TransferTimeout) > 0)
            return false;
        _refusal = octets.Refusal;
        _fault = octets.Fault;
        return true;
    }

    private async ValueTask DropMessagesAsync()
    {
        foreach (var (_, octets) in _messages)
            await octets.DisposeAsync();
        _messages.Clear();
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

    // RFC 7888 section 4: what comes unasked is either read or the end. What waits to be asked is simply not asked for.
    private async ValueTask<Completion> TooLargeAsync(LiteralHeader literal)
    {
        const string reason = "The literal is larger than this command may have";
        if (literal.Waits)
            return Completion.Bad(reason);
        var dropped = Drop(reason);
        await session.Replies.FlushAsync();
        session.Connection.ExpectWithin(ServerConnection.Grace);
        await session.Input.DiscardLiteralAsync(Math.Min(literal.Size, ImapProtocol.MaxDiscard));
        return dropped;
    }
}
