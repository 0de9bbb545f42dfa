using MailOps.Client.Sessions;
using MailOps.Wire;

namespace MailOps.Client.Mailboxes;

/// <summary>
/// An account on a server, for several commands one after the other or at once: over IMAP and SMTP a connection is logged in once and used again.
/// Over POP3, where an open connection keeps the maildrop from others and sees no new mail (RFC 1939 section 4), each command logs in anew.
/// </summary>
public sealed class MailSession : IAsyncDisposable
{
    private static int _lastId;

    private readonly MailboxOptions _options;
    private readonly TimeProvider _clock;
    private readonly ConnectionPool<ImapAccount> _imap;
    private readonly ConnectionPool<SmtpConnection> _smtp;

    /// <summary>A session, which connects when it is used.</summary>
    /// <param name="protocol">IMAP, POP3 or SMTP.</param>
    /// <param name="options">Where and how.</param>
    /// <param name="clock">The clock.</param>
    public MailSession(MailProtocol protocol, MailboxOptions options, TimeProvider clock)
    {
        (Protocol, _options, _clock) = (protocol, options, clock);
        Id = Interlocked.Increment(ref _lastId);
        _imap = new(OpenImapAsync, clock);
        _smtp = new(OpenSmtpAsync, clock);
    }

    /// <summary>Its number in this process.</summary>
    public int Id { get; }

    /// <summary>What is spoken.</summary>
    public MailProtocol Protocol { get; }

    /// <summary>The server's name or address.</summary>
    public string Server => _options.Server;

    /// <summary>The port.</summary>
    public int Port => _options.Port;

    /// <summary>When the connection is secured.</summary>
    public TlsMode Tls => _options.Tls;

    /// <summary>Who logs in; null where the certificate says it, or nobody does.</summary>
    public string? UserName => _options.Credential?.UserName;

    /// <summary>Whose mailbox it is where that is another than who logs in; null for one's own.</summary>
    public string? AuthorizationId => _options.AuthorizationId;

    /// <summary>The SASL mechanism of the last login; null where it was the protocol's own command.</summary>
    public string? AuthMechanism { get; private set; }

    /// <summary>What is wrong with the server's certificate where that was not allowed to matter, or null.</summary>
    public string? CertificateProblem { get; private set; }

    /// <summary>Of the last connection over SMTP: true if the server passes on what senders want to hear (RFC 3461, DSN).</summary>
    public bool ReportsDelivery { get; private set; }

    /// <summary>True until it is removed.</summary>
    public bool IsOpen => _imap.IsOpen;

    /// <summary>How many connections are logged in and wait to be used.</summary>
    public int IdleConnections => _imap.Idle + _smtp.Idle;

    /// <summary>Does something with the account over IMAP.</summary>
    /// <param name="use">What. Nothing of the connection may be used after it.</param>
    /// <param name="cancel">Ends it.</param>
    /// <exception cref="MailSessionException">The session was removed or is none of IMAP, or what <paramref name="use"/> and the login throw.</exception>
    public async Task UseImapAsync(Func<ImapAccount, Task> use, CancellationToken cancel)
    {
        Require(MailProtocol.Imap);
        var account = await _imap.RentAsync(cancel).ConfigureAwait(false);
        var isUsable = false;
        try
        {
            await use(account).ConfigureAwait(false);
            isUsable = true;
        }
        catch (MailSessionException e) when (e.IsRefusal)
        {
            // The server said no, and listens on.
            isUsable = true;
            throw;
        }
        finally
        {
            await _imap.ReturnAsync(account, isUsable).ConfigureAwait(false);
        }
    }

    /// <summary>Logs in over POP3.</summary>
    /// <exception cref="MailSessionException">The session was removed or is none of POP3, or the login failed.</exception>
    public async Task<Pop3Mailbox> OpenPop3Async(CancellationToken cancel)
    {
        Require(MailProtocol.Pop3);
        var mailbox = await Pop3Mailbox.OpenAsync(_options, _clock, cancel).ConfigureAwait(false);
        (AuthMechanism, CertificateProblem) = (mailbox.AuthMechanism, mailbox.CertificateProblem);
        return mailbox;
    }

    /// <summary>
    /// Sends a message over SMTP, on a connection that is open or a new one. A connection that is lost before the end of the message
    /// was sent is opened once more; after that nothing is sent twice.
    /// </summary>
    /// <param name="message">The message with its envelope.</param>
    /// <param name="cancel">Ends it.</param>
    /// <returns>What became of it for each recipient, in their order: also where there is no connection, no TLS or no login.</returns>
    /// <exception cref="MailSessionException">The session was removed or is none of SMTP.</exception>
    public Task<IReadOnlyList<MailSendResult>> SendAsync(OutgoingMessage message, CancellationToken cancel) => SendAsync(message, inTheWay: null, cancel);

    /// <summary>As <see cref="SendAsync(OutgoingMessage, CancellationToken)"/>; where it is known what is in the way of a connection, none is tried.</summary>
    internal async Task<IReadOnlyList<MailSendResult>> SendAsync(OutgoingMessage message, MailSessionException? inTheWay, CancellationToken cancel)
    {
        Require(MailProtocol.Smtp);
        return await new SmtpDelivery(message, _smtp, _options, _clock).RunAsync(inTheWay, cancel).ConfigureAwait(false);
    }

    /// <summary>Logs in, to see that it can be done.</summary>
    /// <exception cref="MailSessionException">The login failed.</exception>
    public async Task ConnectAsync(CancellationToken cancel)
    {
        switch (Protocol)
        {
            case MailProtocol.Imap:
                await UseImapAsync(_ => Task.CompletedTask, cancel).ConfigureAwait(false);
                break;
            case MailProtocol.Smtp:
                await _smtp.ReturnAsync(await _smtp.RentAsync(cancel).ConfigureAwait(false), isUsable: true).ConfigureAwait(false);
                break;
            default:
                var mailbox = await OpenPop3Async(cancel).ConfigureAwait(false);
                await using (mailbox.ConfigureAwait(false))
                    await mailbox.CommitAsync(cancel).ConfigureAwait(false);
                break;
        }
    }

    /// <summary>Says goodbye on the connections that wait; what is in use ends with its use.</summary>
    public async ValueTask DisposeAsync()
    {
        await _imap.DisposeAsync().ConfigureAwait(false);
        await _smtp.DisposeAsync().ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public override string ToString() => $"{UserName ?? (Protocol == MailProtocol.Smtp && _options.ClientCertificate is null ? "nobody" : "the certificate")}{(AuthorizationId is { } other ? $" as {other}" : "")} at {Server}:{Port}";

    private void Require(MailProtocol protocol)
    {
        if (!IsOpen)
            throw new MailSessionException(MailSessionFault.ConnectionLost, $"Session {Id}, of {this}, was removed. New-MailSession makes another.");
        if (Protocol != protocol)
            throw new MailSessionException(MailSessionFault.ProtocolViolation, $"Session {Id}, of {this}, speaks {Protocol.ToString().ToUpperInvariant()}, and this needs {protocol.ToString().ToUpperInvariant()}.");
    }

    private async Task<ImapAccount> OpenImapAsync(CancellationToken cancel)
    {
        var made = await ImapAccount.OpenAsync(_options, _clock, cancel).ConfigureAwait(false);
        (AuthMechanism, CertificateProblem) = (made.AuthMechanism, made.CertificateProblem);
        return made;
    }

    private async Task<SmtpConnection> OpenSmtpAsync(CancellationToken cancel)
    {
        var made = await AccessTokens.LogInAsync(_options, options => SmtpConnection.OpenAsync(options, _clock, cancel), cancel).ConfigureAwait(false);
        (AuthMechanism, CertificateProblem, ReportsDelivery) = (made.AuthMechanism, made.CertificateProblem, made.Capabilities.Offers("DSN"));
        return made;
    }
}
