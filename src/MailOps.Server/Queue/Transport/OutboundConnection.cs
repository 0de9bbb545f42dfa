using MailOps.Server.Queue.Routing;
using MailOps.Server.Queue.Spooling;
using MailOps.Smtp;
using MailOps.Transcripts;
using MailOps.Wire;

namespace MailOps.Server.Queue.Transport;

/// <summary>A connection to a next server, open for any number of messages. What goes wrong on it is a reply of class 4.</summary>
internal sealed class OutboundConnection : IAsyncDisposable
{
    private readonly SmtpDialogue _dialogue;
    private readonly bool _isLmtp;

    private OutboundConnection(SmtpDialogue dialogue, bool isLmtp)
    {
        _dialogue = dialogue;
        _isLmtp = isLmtp;
    }

    /// <summary>The server's name.</summary>
    public string Host => _dialogue.Host;

    /// <summary>The server's address and port, or null on a socket.</summary>
    public string? Remote => _dialogue.Remote?.ToString();

    /// <summary>The TLS version, or null on a plain connection.</summary>
    public string? Tls => _dialogue.Tls?.Version;

    /// <summary>True if the server passes on what senders want to hear (RFC 3461).</summary>
    public bool ReportsDelivery => _dialogue.Capabilities.Offers("DSN");

    /// <summary>False once the server or the network ended it: another is needed for the next message.</summary>
    public bool IsUsable { get; private set; } = true;

    /// <summary>Connects to the first host of a route that wants our mail.</summary>
    /// <param name="route">Where to; it has hosts.</param>
    /// <param name="options">How.</param>
    /// <param name="cancel">Ends the wait.</param>
    public static async Task<OpenedConnection> OpenAsync(Route route, TransportOptions options, CancellationToken cancel)
    {
        OpenedConnection last = default;
        foreach (var host in route.Hosts.Where(host => host.Addresses.Count > 0 || route.Target.IsSocket).Take(options.MostHosts))
        {
            last = await OpenAsync(route.Target, host, options, options.UsesTls && !route.Target.IsSocket, cancel);
            if (last.Connection is not null)
                return last;
        }

        return last;
    }

    /// <summary>Sends a message to those of its recipients who wait here.</summary>
    /// <returns>What became of each.</returns>
    public async Task<IReadOnlyList<RecipientOutcome>> SendAsync(SpooledMessage message, IReadOnlyList<RecipientState> recipients, CancellationToken cancel)
    {
        var plan = MessagePlan.For(message, recipients, _dialogue.Capabilities);
        if (plan.Refusal is { } refusal)
            return ForAll(recipients, refusal);

        var content = false;
        try
        {
            var replies = await SayAsync(plan.Lines, cancel);
            if (replies.Count < plan.Lines.Count)
            {
                IsUsable = false;
                return Closed(recipients, replies);
            }

            var data = replies[^1];
            var outcomes = Outcomes(recipients, replies);
            var taken = outcomes.Where(outcome => outcome.Reply.IsPositive).ToList();
            if (data.Code != 354)
            {
                await AgreeAsync(cancel);
                return [.. outcomes.Select(outcome => outcome.Reply.IsPositive ? outcome with { Reply = AsRefusal(data) } : outcome)];
            }

            if (taken.Count == 0)
            {
                // It wants a message for nobody: the final dot alone (RFC 2920 section 3.1).
                await _dialogue.SendContentAsync(Stream.Null, asIs: true, cancel);
                IsUsable = !_dialogue.IsClosing;
                return outcomes;
            }

            content = true;
            var answers = await SendContentAsync(message, taken.Count, cancel);
            IsUsable = !_dialogue.IsClosing;
            return [.. outcomes.Select(outcome => taken.IndexOf(outcome) is >= 0 and var i ? outcome with { Reply = AsAnswer(answers[Math.Min(i, answers.Count - 1)]) } : outcome)];
        }
        catch (MailSessionException e)
        {
            IsUsable = false;
            return ForAll(recipients, AsReply(e, content));
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

    private static async Task<OpenedConnection> OpenAsync(RouteTarget target, RouteHost host, TransportOptions options, bool withTls, CancellationToken cancel)
    {
        SmtpDialogue? dialogue = null;
        try
        {
            var transcript = Transcript.Nowhere(options.Clock);
            dialogue = target.IsSocket
                ? await SmtpDialogue.ConnectAsync(host.Name, options.Timeouts, options.Clock, transcript, cancel)
                : await SmtpDialogue.ConnectAsync(host.Name, host.Addresses, host.Port, options.Timeouts, options.Clock, transcript, cancel);
            var refusal = await GreetAsync(dialogue, target.IsLmtp, options, cancel);
            if (refusal is null && withTls && dialogue.Capabilities.Offers("STARTTLS"))
            {
                if (!await TrySecureAsync(dialogue, target.IsLmtp, options, cancel))
                {
                    // Without any TLS is better than not at all where nobody asked for more (RFC 7435 section 3).
                    await dialogue.DisposeAsync();
                    dialogue = null;
                    return await OpenAsync(target, host, options, withTls: false, cancel);
                }
            }

            if (refusal is null)
            {
                var connection = new OutboundConnection(dialogue, target.IsLmtp);
                dialogue = null;
                return new OpenedConnection(connection, host.Name, null);
            }

            await dialogue.QuitAsync(cancel);
            return new OpenedConnection(null, host.Name, refusal);
        }
        catch (MailSessionException e)
        {
            return new OpenedConnection(null, host.Name, AsReply(e));
        }
        finally
        {
            if (dialogue is not null)
                await dialogue.DisposeAsync();
        }
    }

    private static async Task<SmtpReply?> GreetAsync(SmtpDialogue dialogue, bool isLmtp, TransportOptions options, CancellationToken cancel)
    {
        var greeting = await dialogue.GreetingAsync(cancel);
        if (!greeting.IsPositive)
            return AsRefusal(greeting);
        var hello = await HelloAsync(dialogue, isLmtp, options, cancel);
        return hello.IsPositive ? null : AsRefusal(hello);
    }

    private static Task<SmtpReply> HelloAsync(SmtpDialogue dialogue, bool isLmtp, TransportOptions options, CancellationToken cancel) =>
        isLmtp ? dialogue.LhloAsync(options.HostName, cancel) : dialogue.HelloAsync(options.HostName, cancel);

    private static async Task<bool> TrySecureAsync(SmtpDialogue dialogue, bool isLmtp, TransportOptions options, CancellationToken cancel)
    {
        try
        {
            var reply = await dialogue.StartTlsAsync(new CertificateCheck(dialogue.Host, acceptAny: true, options.Clock), cancel);
            return reply.IsPositive && (await HelloAsync(dialogue, isLmtp, options, cancel)).IsPositive;
        }
        catch (MailSessionException)
        {
            return false;
        }
    }

    private async Task<IReadOnlyList<SmtpReply>> SayAsync(IReadOnlyList<string> lines, CancellationToken cancel)
    {
        if (_dialogue.Capabilities.Offers("PIPELINING"))
            return await _dialogue.PipelineAsync(lines, cancel);

        var replies = new List<SmtpReply>(lines.Count);
        foreach (var line in lines)
        {
            // Without a sender or a recipient nothing more is asked; what was not asked has the answer of the last.
            var isData = replies.Count == lines.Count - 1;
            var isHopeless = replies.Count > 0 && (!replies[0].IsPositive || (isData && !replies.Skip(1).Any(reply => reply.IsPositive)));
            replies.Add(isHopeless ? replies[^1] : await _dialogue.CommandAsync(line, cancel));
            if (_dialogue.IsClosing)
                break;
        }

        return replies;
    }

    private async Task<IReadOnlyList<SmtpReply>> SendContentAsync(SpooledMessage message, int count, CancellationToken cancel)
    {
        var replies = new List<SmtpReply>(count) { await _dialogue.SendContentAsync(message.Content.AsStream(), asIs: false, cancel) };
        // LMTP answers for each recipient that was taken (RFC 2033 section 4.2).
        while (_isLmtp && replies.Count < count && !_dialogue.IsClosing)
            replies.Add(await _dialogue.ReadReplyAsync("the message", cancel));
        return replies;
    }

    // After MAIL was taken and the message was not, the transaction is still open.
    private async Task AgreeAsync(CancellationToken cancel)
    {
        if (!_dialogue.IsClosing)
            await _dialogue.ResetAsync(cancel);
        IsUsable = !_dialogue.IsClosing;
    }

    private static IReadOnlyList<RecipientOutcome> Outcomes(IReadOnlyList<RecipientState> recipients, IReadOnlyList<SmtpReply> replies)
    {
        var sender = replies[0];
        return [.. recipients.Select((recipient, i) => new RecipientOutcome(recipient.Number, sender.IsPositive ? AsAnswer(replies[i + 1]) : AsRefusal(sender)))];
    }

    private static IReadOnlyList<RecipientOutcome> ForAll(IReadOnlyList<RecipientState> recipients, SmtpReply reply) =>
        [.. recipients.Select(recipient => new RecipientOutcome(recipient.Number, reply))];

    // The server closed in the middle: who was refused before is refused, the others have its last word.
    private static IReadOnlyList<RecipientOutcome> Closed(IReadOnlyList<RecipientState> recipients, IReadOnlyList<SmtpReply> replies) =>
        [.. recipients.Select((recipient, i) => new RecipientOutcome(recipient.Number, i + 1 < replies.Count && replies[i + 1].IsPermanent ? replies[i + 1] : AsRefusal(replies[^1])))];

    private static SmtpReply AsAnswer(SmtpReply reply) => reply.IsPositive || reply.IsTransient || reply.IsPermanent ? reply : AsRefusal(reply);

    // A code that makes no sense where it stands is no reason to give a message up.
    private static SmtpReply AsRefusal(SmtpReply reply) =>
        reply.IsTransient || reply.IsPermanent ? reply : new SmtpReply(451, new EnhancedStatusCode(4, 5, 0), $"The server answered what it cannot mean here: {reply}");
}
