using System.Text;
using MailOps.Server.Queue.Security;
using MailOps.Server.Queue.Spooling;
using MailOps.Smtp;
using MailOps.Wire;

namespace MailOps.Server.Queue.Transport;

/// <summary>A connection to a next server, open for any number of messages. What goes wrong on it is a reply of class 4.</summary>
internal sealed class OutboundConnection : IAsyncDisposable
{
    // Small enough that a refusal in the middle saves something, large enough that waiting for each answer costs nothing.
    private const long ChunkSize = 1024 * 1024;

    private readonly SmtpDialogue _dialogue;
    private readonly string _scratch;
    private readonly TimeProvider _clock;

    /// <summary>Takes over a dialogue that has come to where mail is sent.</summary>
    /// <param name="dialogue">The dialogue.</param>
    /// <param name="isLmtp">True if it is LMTP.</param>
    /// <param name="security">How the connection is protected.</param>
    /// <param name="scratch">The folder for messages that are converted.</param>
    /// <param name="clock">The time.</param>
    public OutboundConnection(SmtpDialogue dialogue, bool isLmtp, ConnectionSecurity security, string scratch, TimeProvider clock) => (_dialogue, IsLmtp, Security, _scratch, _clock) = (dialogue, isLmtp, security, scratch, clock);

    /// <summary>True if it is LMTP: the server delivers, and passes nothing on.</summary>
    public bool IsLmtp { get; }

    /// <summary>The server's name.</summary>
    public string Host => _dialogue.Host;

    /// <summary>The server's address and port, or null on a socket.</summary>
    public string? Remote => _dialogue.Remote?.ToString();

    /// <summary>How it is protected.</summary>
    public ConnectionSecurity Security { get; }

    /// <summary>True if the server passes on what senders want to hear (RFC 3461).</summary>
    public bool ReportsDelivery => _dialogue.Capabilities.Offers("DSN");

    /// <summary>True if the server takes deadlines (RFC 2852).</summary>
    public bool TakesDeadlines => _dialogue.Capabilities.Offers("DELIVERBY");

    /// <summary>False once the server or the network ended it: another is needed for the next message.</summary>
    public bool IsUsable { get; private set; } = true;

    /// <summary>True if it was ended before the last message began: with 421 to its MAIL, or without an answer. Of the message that says nothing.</summary>
    public bool IsSpent { get; private set; }

    /// <summary>Sends a message to those of its recipients who wait here.</summary>
    /// <returns>What became of each.</returns>
    public async Task<IReadOnlyList<RecipientOutcome>> SendAsync(SpooledMessage message, IReadOnlyList<RecipientState> recipients, CancellationToken cancel)
    {
        // Who needs no SMTPUTF8 gets the message although another, whom the server cannot take, does.
        if (!_dialogue.Capabilities.Offers("SMTPUTF8") && recipients.Where(IsAscii).ToList() is { Count: > 0 } able && able.Count < recipients.Count)
            return [.. await SendAsync(message, able, cancel), .. await SendAsync(message, [.. recipients.Where(recipient => !IsAscii(recipient))], cancel)];
        using var sent = await OutgoingContent.ForAsync(message, recipients, _dialogue.Capabilities, _scratch, cancel);
        var plan = MessagePlan.For(message, sent, recipients, _dialogue.Capabilities, IsLmtp, _clock.GetUtcNow());
        if (plan.Refusal is { } refusal)
            return ForAll(recipients, refusal);

        if (_dialogue.HasUnread)
        {
            (IsUsable, IsSpent) = (false, true);
            return ForAll(recipients, new SmtpReply(451, new EnhancedStatusCode(4, 4, 2), $"{Host} spoke before it was asked to take the message"));
        }

        var content = false;
        var replies = new List<SmtpReply>(plan.Lines.Count);
        try
        {
            await SayAsync(plan.Lines, replies, cancel);
            if (_dialogue.IsClosing)
            {
                (IsUsable, IsSpent) = (false, replies is [{ Code: 421 }, ..]);
                return Ended(recipients, replies, AsRefusal(replies[^1]));
            }

            // Which reply is the answer to which command is not known then: what is said to the end of the message may be that of a recipient.
            if (_dialogue.HasUnread)
            {
                IsUsable = false;
                return ForAll(recipients, new SmtpReply(451, new EnhancedStatusCode(4, 5, 0), $"{Host} gave more answers than it was asked for"));
            }

            var outcomes = Outcomes(recipients, replies);
            var taken = outcomes.Where(outcome => outcome.Reply.IsPositive).ToList();
            var data = IsChunked ? null : replies[^1];
            if (data is not null && data.Code != 354)
            {
                await AgreeAsync(() => _dialogue.ResetAsync(cancel));
                return [.. outcomes.Select(outcome => outcome.Reply.IsPositive ? outcome with { Reply = AsRefusal(data) } : outcome)];
            }

            if (taken.Count == 0)
            {
                // It wants a message for nobody: the final dot alone (RFC 2920 section 3.1).
                await AgreeAsync(() => data is null ? _dialogue.ResetAsync(cancel) : _dialogue.SendContentAsync(Stream.Null, asIs: true, cancel));
                return outcomes;
            }

            // What stops in the middle of the content, such as a disk that fails, leaves a server that takes all that follows for more of it.
            (content, IsUsable) = (true, false);
            var (answers, isLost) = await SendContentAsync(sent, taken.Count, cancel);
            IsUsable = !isLost && !_dialogue.IsClosing;
            if (IsChunked && IsUsable && !answers[0].IsPositive)
                await AgreeAfterChunkAsync(answers[0], cancel);
            return [.. outcomes.Select(outcome => taken.IndexOf(outcome) is >= 0 and var i ? outcome with { Reply = AsAnswer(answers[Math.Min(i, answers.Count - 1)]) } : outcome)];
        }
        catch (MailSessionException e)
        {
            (IsUsable, IsSpent) = (false, replies.Count == 0 && e.Fault is MailSessionFault.ConnectionLost);
            return Ended(recipients, replies, AsReply(e, content));
        }
    }

    /// <summary>Says goodbye if there is anybody to say it to.</summary>
    public async Task QuitAsync(CancellationToken cancel)
    {
        if (IsUsable)
            await _dialogue.QuitAsync(cancel);
        IsUsable = false;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _dialogue.DisposeAsync();

    /// <summary>What went wrong as a reply: never for good, since another try may find another server.</summary>
    internal static SmtpReply AsReply(MailSessionException e, bool wasSent = false) => new(451, e.Fault switch
    {
        MailSessionFault.ConnectFailed or MailSessionFault.HostNotFound => new EnhancedStatusCode(4, 4, 1),
        MailSessionFault.TimedOut or MailSessionFault.ConnectionLost => new EnhancedStatusCode(4, 4, 2),
        MailSessionFault.TlsFailed or MailSessionFault.TlsNotOffered or MailSessionFault.CertificateNotTrusted => new EnhancedStatusCode(4, 7, 5),
        MailSessionFault.AuthenticationFailed or MailSessionFault.AuthenticationNotOffered => new EnhancedStatusCode(4, 7, 8),
        _ => new EnhancedStatusCode(4, 5, 0),
    }, wasSent ? $"{e.Message} The message had been sent: the server may have taken it, and may get it a second time." : e.Message);

    private static bool IsAscii(RecipientState recipient) => Ascii.IsValid(recipient.Recipient.Address);

    private bool IsChunked => _dialogue.Capabilities.Offers("CHUNKING");

    private async Task SayAsync(IReadOnlyList<string> lines, List<SmtpReply> replies, CancellationToken cancel)
    {
        if (_dialogue.Capabilities.Offers("PIPELINING"))
        {
            await _dialogue.PipelineAsync(lines, replies, cancel);
            return;
        }

        foreach (var line in lines)
        {
            // Without a sender or a recipient nothing more is asked; what was not asked has the answer of the last.
            var isData = !IsChunked && replies.Count == lines.Count - 1;
            var isHopeless = replies.Count > 0 && (!replies[0].IsPositive || (isData && !replies.Skip(1).Any(reply => reply.IsPositive)));
            replies.Add(isHopeless ? replies[^1] : await _dialogue.CommandAsync(line, cancel));
            if (_dialogue.IsClosing)
                return;
        }
    }

    // Chunks go when it is known who gets them: to a server that wants nobody no content is sent, at the price of one answer waited for.
    private async Task<(IReadOnlyList<SmtpReply> Answers, bool IsLost)> SendContentAsync(OutgoingContent sent, int count, CancellationToken cancel)
    {
        var (octets, length) = (sent.Octets.AsStream(), sent.Octets.Length);
        // Over LMTP the last chunk has an answer for each recipient and others one: with a single chunk it is clear which one it is.
        var replies = new List<SmtpReply>(count)
        {
            IsChunked ? await _dialogue.SendChunksAsync(octets, length, IsLmtp ? Math.Max(length, 1) : ChunkSize, cancel) : await _dialogue.SendContentAsync(octets, asIs: false, cancel),
        };
        // LMTP answers for each recipient that was taken (RFC 2033 section 4.2). Who was answered for has it, whatever becomes of the others.
        try
        {
            while (IsLmtp && replies.Count < count && !_dialogue.IsClosing)
                replies.Add(await _dialogue.ReadReplyAsync("the message", cancel));
            return (replies, false);
        }
        catch (MailSessionException e)
        {
            replies.Add(AsReply(e, wasSent: true));
            return (replies, true);
        }
    }

    // What has a chunk refused stays in the transaction until it is ended (RFC 3030 section 2).
    private async Task AgreeAfterChunkAsync(SmtpReply answer, CancellationToken cancel)
    {
        // A server that does not know the command it has offered reads the message as commands.
        if (answer.Code is >= 500 and <= 504)
            IsUsable = false;
        else
            await AgreeAsync(() => _dialogue.ResetAsync(cancel));
    }

    // After MAIL was taken and the message was not, the transaction is still open. What was said of the message stays, also where a server
    // leaves at that.
    private async Task AgreeAsync(Func<Task<SmtpReply>> end)
    {
        try
        {
            if (!_dialogue.IsClosing)
                await end();
            IsUsable = !_dialogue.IsClosing;
        }
        catch (MailSessionException)
        {
            IsUsable = false;
        }
    }

    private static IReadOnlyList<RecipientOutcome> Outcomes(IReadOnlyList<RecipientState> recipients, IReadOnlyList<SmtpReply> replies)
    {
        var sender = replies[0];
        return [.. recipients.Select((recipient, i) => new RecipientOutcome(recipient.Number, sender.IsPositive ? AsAnswer(replies[i + 1]) : AsRefusal(sender)))];
    }

    private static IReadOnlyList<RecipientOutcome> ForAll(IReadOnlyList<RecipientState> recipients, SmtpReply reply) =>
        [.. recipients.Select(recipient => new RecipientOutcome(recipient.Number, reply))];

    // It ended in the middle: who was refused for good stays refused, the others have the last word.
    private static IReadOnlyList<RecipientOutcome> Ended(IReadOnlyList<RecipientState> recipients, List<SmtpReply> replies, SmtpReply last) => replies is [{ IsPositive: false } sender, ..]
        ? ForAll(recipients, AsRefusal(sender))
        : [.. recipients.Select((recipient, i) => new RecipientOutcome(recipient.Number, i + 1 < replies.Count && replies[i + 1].IsPermanent ? replies[i + 1] : last))];

    private static SmtpReply AsAnswer(SmtpReply reply) => reply.IsPositive || reply.IsTransient || reply.IsPermanent ? reply : AsRefusal(reply);

    // A code that makes no sense where it stands is no reason to give a message up.
    internal static SmtpReply AsRefusal(SmtpReply reply) =>
        reply.IsTransient || reply.IsPermanent ? reply : new SmtpReply(451, new EnhancedStatusCode(4, 5, 0), $"The server answered what it cannot mean here: {reply}");
}
