using System.Net;
using MailOps.Client.Mailboxes;
using MailOps.Smtp;
using MailOps.Transcripts;
using MailOps.Wire;

namespace MailOps.Client.Sessions;

/// <summary>A connection to a server that takes mail, secured and logged in, for any number of messages one after the other.</summary>
internal sealed class SmtpConnection : IPooledConnection
{
    private readonly SmtpDialogue _dialogue;

    private SmtpConnection(SmtpDialogue dialogue) => _dialogue = dialogue;

    /// <summary>What the server offers.</summary>
    public SmtpCapabilities Capabilities => _dialogue.Capabilities;

    /// <summary>What is wrong with the certificate where that was not allowed to matter, or null.</summary>
    public string? CertificateProblem { get; private set; }

    /// <summary>The SASL mechanism that logged in, or null where nobody did.</summary>
    public string? AuthMechanism { get; private set; }

    /// <summary>False once the server or the network ended it, or it is not clear any more which reply answers what.</summary>
    public bool IsUsable { get; private set; } = true;

    /// <summary>Connects, secures the connection and logs in.</summary>
    /// <exception cref="MailSessionException">No connection, no TLS, no login, or a server that is silent, refuses to talk or speaks something else.</exception>
    public static async Task<SmtpConnection> OpenAsync(MailboxOptions options, TimeProvider clock, CancellationToken cancel)
    {
        CertificatePin.RequireTls(options.CertificatePins, options.Tls, options.Server);
        var transcript = Transcript.Nowhere(clock);
        if (options.Credential is { Password: { } password })
            transcript.Hide(password);
        var dialogue = await SmtpDialogue.ConnectAsync(options.Server, options.Port, SmtpTimeouts.All(options.Timeout), clock, transcript, cancel).ConfigureAwait(false);
        var connection = new SmtpConnection(dialogue);
        try
        {
            await connection.BeginAsync(options, clock, cancel).ConfigureAwait(false);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <inheritdoc/>
    public async Task<bool> IsAliveAsync(CancellationToken cancel)
    {
        if (!IsUsable || _dialogue.HasUnread)
            return false;
        try
        {
            return (await _dialogue.CommandAsync("NOOP", cancel).ConfigureAwait(false)).IsPositive && !_dialogue.IsClosing;
        }
        catch (MailSessionException)
        {
            return false;
        }
    }

    /// <summary>Sends a message to recipients, in one transaction.</summary>
    /// <param name="mail">MAIL with its parameters.</param>
    /// <param name="recipients">RCPT for each recipient, with its parameters.</param>
    /// <param name="content">The message, read from where it stands.</param>
    /// <param name="cancel">Ends the wait; a message whose end was not sent is then not delivered.</param>
    /// <returns>The answer for each recipient, or how the connection ended. What is wrong with <paramref name="content"/> itself is an exception, after which the connection is of no use.</returns>
    public async Task<SmtpTransfer> SendAsync(string mail, IReadOnlyList<string> recipients, Stream content, CancellationToken cancel)
    {
        var replies = new List<SmtpReply>(recipients.Count + 2);
        var isContent = false;

        // What stops in the middle leaves a server that takes what follows for more of it.
        IsUsable = false;
        try
        {
            var data = await AskAsync(mail, recipients, replies, cancel).ConfigureAwait(false);
            if (_dialogue.IsClosing)
                return Closed(replies[^1]);
            // Which reply is the answer to which command is not known then.
            if (_dialogue.HasUnread)
                return new SmtpTransfer([], SmtpTransferEnd.Failed, new MailSessionException(MailSessionFault.ProtocolViolation, $"{_dialogue.Host} gave more answers than it was asked for."));

            var answers = Answers(recipients.Count, replies);
            var isWanted = answers.Any(answer => answer.IsPositive);
            if (data.Code != 354)
            {
                await ResetAsync(cancel).ConfigureAwait(false);
                return new SmtpTransfer([.. answers.Select(answer => answer.IsPositive ? data : answer)]);
            }

            if (!isWanted)
            {
                // It wants a message for nobody: the final dot alone (RFC 2920 section 3.1).
                await _dialogue.SendContentAsync(Stream.Null, asIs: true, cancel).ConfigureAwait(false);
                IsUsable = !_dialogue.IsClosing;
                return new SmtpTransfer(answers);
            }

            isContent = true;
            var verdict = await _dialogue.SendContentAsync(content, asIs: false, cancel).ConfigureAwait(false);
            IsUsable = !_dialogue.IsClosing;
            return new SmtpTransfer([.. answers.Select(answer => answer.IsPositive ? Shown(verdict) : answer)]) { Length = _dialogue.ContentLength };
        }
        catch (MailSessionException e)
        {
            var end = isContent && _dialogue.IsEndSent ? SmtpTransferEnd.Unknown : e.Fault == MailSessionFault.ConnectionLost ? SmtpTransferEnd.Lost : SmtpTransferEnd.Failed;
            // Who was refused before stays refused; of the others nothing is known, or nothing was said.
            return new SmtpTransfer(end == SmtpTransferEnd.Unknown ? Answers(recipients.Count, replies) : [], end, e);
        }
    }

    /// <inheritdoc/>
    public async Task CloseAsync(CancellationToken cancel)
    {
        if (IsUsable)
            await _dialogue.QuitAsync(cancel).ConfigureAwait(false);
        IsUsable = false;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _dialogue.DisposeAsync();

    private async Task BeginAsync(MailboxOptions options, TimeProvider clock, CancellationToken cancel)
    {
        var check = new CertificateCheck(options.Server, options.SkipCertificateCheck, clock) { OwnCertificate = options.ClientCertificate, Pins = options.CertificatePins };
        if (options.Tls == TlsMode.Implicit)
            await _dialogue.SecureAsync(check, cancel).ConfigureAwait(false);
        Require(await _dialogue.GreetingAsync(cancel).ConfigureAwait(false), "greeting");
        await HelloAsync(cancel).ConfigureAwait(false);
        if (options.Tls == TlsMode.StartTls)
        {
            if (!Capabilities.Offers("STARTTLS"))
                throw new MailSessionException(MailSessionFault.TlsNotOffered, $"{options.Server} does not offer STARTTLS on port {options.Port}. Use implicit TLS on port 465 if it has that, or no TLS if the password and the mail may be seen.");
            var reply = await _dialogue.StartTlsAsync(check, cancel).ConfigureAwait(false);
            if (!reply.IsPositive)
                throw new MailSessionException(MailSessionFault.TlsNotOffered, $"{options.Server} refused STARTTLS: {reply}");
            await HelloAsync(cancel).ConfigureAwait(false);
        }

        CertificateProblem = check.Problem;
        var choice = new MechanismChoice
        {
            Server = options.Server,
            Named = options.AuthMechanism,
            Authorization = options.AuthorizationId,
            HasCredential = options.Credential is not null,
            HasToken = options.Tokens is not null,
            HasCertificate = options.ClientCertificate is not null,
            Offered = Capabilities.AuthMechanisms,
            IsSecure = _dialogue.Tls is not null,
            // To do without TLS is asked for here, and is no default.
            MayShowPassword = true,
            Binding = _dialogue.Binding,
        };
        if (options.Credential is not null || choice.IsByCertificate)
            AuthMechanism = await SmtpLogin.LogInAsync(_dialogue, choice, options.Credential ?? new NetworkCredential("", ""), options.Port, cancel).ConfigureAwait(false);
    }

    private async Task HelloAsync(CancellationToken cancel) =>
        Require(await _dialogue.HelloAsync(SmtpLogin.OwnName(_dialogue.Local), cancel).ConfigureAwait(false), "EHLO");

    private void Require(SmtpReply reply, string step)
    {
        if (!reply.IsPositive || _dialogue.IsClosing)
            throw new MailSessionException(MailSessionFault.CommandRefused, $"{_dialogue.Host} takes no mail now, by its reply to {(step == "greeting" ? "the connection" : step)}: {Shown(reply)}");
    }

    // The reply to DATA, or what stands for it where it was not said.
    private async Task<SmtpReply> AskAsync(string mail, IReadOnlyList<string> recipients, List<SmtpReply> replies, CancellationToken cancel)
    {
        if (Capabilities.Offers("PIPELINING"))
        {
            await _dialogue.PipelineAsync([mail, .. recipients, "DATA"], replies, cancel).ConfigureAwait(false);
            return replies[^1];
        }

        foreach (var line in recipients.Prepend(mail))
        {
            replies.Add(await _dialogue.CommandAsync(line, cancel).ConfigureAwait(false));
            if (_dialogue.IsClosing || !replies[0].IsPositive)
                return replies[^1];
        }

        if (replies.Skip(1).Any(reply => reply.IsPositive))
            replies.Add(await _dialogue.DataAsync(cancel).ConfigureAwait(false));
        return replies[^1];
    }

    private IReadOnlyList<SmtpReply> Answers(int count, List<SmtpReply> replies) => !replies[0].IsPositive
        ? [.. Enumerable.Repeat(Shown(replies[0]), count)]
        : [.. replies.Skip(1).Take(count).Select(Shown)];

    private SmtpTransfer Closed(SmtpReply last) => new([], SmtpTransferEnd.Lost, new MailSessionException(MailSessionFault.ConnectionLost, $"{_dialogue.Host} closed the connection: {Shown(last)}"));

    // After MAIL was taken and the message was not, the transaction is still open.
    private async Task ResetAsync(CancellationToken cancel)
    {
        try
        {
            IsUsable = (await _dialogue.ResetAsync(cancel).ConfigureAwait(false)).IsPositive && !_dialogue.IsClosing;
        }
        catch (MailSessionException)
        {
            // What was said of the message stays.
        }
    }

    // A server may repeat what it was told.
    private SmtpReply Shown(SmtpReply reply) => reply with { Lines = [.. reply.Lines.Select(_dialogue.Transcript.Mask)] };
}
