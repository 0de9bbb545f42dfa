using MailOps.Wire;

namespace MailOps.Client.Mailboxes;

/// <summary>
/// An account on a server, for several commands one after the other or at once: over IMAP a connection is logged in once and used again.
/// Over POP3, where an open connection keeps the maildrop from others and sees no new mail (RFC 1939 section 4), each command logs in anew.
/// </summary>
public sealed class MailSession : IAsyncDisposable
{
    // More is asked for by nobody, and would only be kept from others: servers count connections.
    private const int MostIdle = 4;

    // A server that left says so at the next command at the latest; one that was asked a moment ago is not asked again.
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(2);

    private static int _lastId;

    private readonly MailboxOptions _options;
    private readonly TimeProvider _clock;
    private readonly Lock _lock = new();
    private readonly Stack<(ImapAccount Account, long Since)> _idle = new();
    private bool _isClosed;

    /// <summary>A session, which connects when it is used.</summary>
    /// <param name="protocol">IMAP or POP3.</param>
    /// <param name="options">Where and how.</param>
    /// <param name="clock">The clock.</param>
    public MailSession(MailProtocol protocol, MailboxOptions options, TimeProvider clock)
    {
        (Protocol, _options, _clock) = (protocol, options, clock);
        Id = Interlocked.Increment(ref _lastId);
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

    /// <summary>Who logs in; null where the certificate says it.</summary>
    public string? UserName => _options.Credential?.UserName;

    /// <summary>The SASL mechanism of the last login; null where it was the protocol's own command.</summary>
    public string? AuthMechanism { get; private set; }

    /// <summary>What is wrong with the server's certificate where that was not allowed to matter, or null.</summary>
    public string? CertificateProblem { get; private set; }

    /// <summary>True until it is removed.</summary>
    public bool IsOpen
    {
        get
        {
            lock (_lock)
                return !_isClosed;
        }
    }

    /// <summary>How many connections are logged in and wait to be used.</summary>
    public int IdleConnections
    {
        get
        {
            lock (_lock)
                return _idle.Count;
        }
    }

    /// <summary>Does something with the account over IMAP.</summary>
    /// <param name="use">What. Nothing of the connection may be used after it.</param>
    /// <param name="cancel">Ends it.</param>
    /// <exception cref="MailSessionException">The session was removed or is none of IMAP, or what <paramref name="use"/> and the login throw.</exception>
    public async Task UseImapAsync(Func<ImapAccount, Task> use, CancellationToken cancel)
    {
        Require(MailProtocol.Imap);
        var account = await RentAsync(cancel).ConfigureAwait(false);
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
            if (!isUsable || !TryKeep(account))
                await account.DisposeAsync().ConfigureAwait(false);
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

    /// <summary>Logs in, to see that it can be done.</summary>
    /// <exception cref="MailSessionException">The login failed.</exception>
    public async Task ConnectAsync(CancellationToken cancel)
    {
        if (Protocol == MailProtocol.Imap)
        {
            await UseImapAsync(_ => Task.CompletedTask, cancel).ConfigureAwait(false);
            return;
        }

        var mailbox = await OpenPop3Async(cancel).ConfigureAwait(false);
        await using (mailbox.ConfigureAwait(false))
            await mailbox.CommitAsync(cancel).ConfigureAwait(false);
    }

    /// <summary>Says goodbye on the connections that wait; what is in use ends with its use.</summary>
    public async ValueTask DisposeAsync()
    {
        List<ImapAccount> idle;
        lock (_lock)
        {
            _isClosed = true;
            idle = [.. _idle.Select(one => one.Account)];
            _idle.Clear();
        }

        foreach (var account in idle)
        {
            try
            {
                await account.CloseAsync(CancellationToken.None).ConfigureAwait(false);
            }
            catch (MailSessionException)
            {
                // It is left in any case.
            }

            await account.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public override string ToString() => $"{UserName ?? "the certificate"} at {Server}:{Port}";

    private void Require(MailProtocol protocol)
    {
        if (!IsOpen)
            throw new MailSessionException(MailSessionFault.ConnectionLost, $"Session {Id}, of {this}, was removed. New-MailSession makes another.");
        if (Protocol != protocol)
            throw new MailSessionException(MailSessionFault.ProtocolViolation, $"Session {Id}, of {this}, speaks {Protocol.ToString().ToUpperInvariant()}, and this needs {protocol.ToString().ToUpperInvariant()}.");
    }

    private async Task<ImapAccount> RentAsync(CancellationToken cancel)
    {
        while (TakeIdle() is var (account, since))
        {
            var isUsable = false;
            try
            {
                isUsable = _clock.GetElapsedTime(since) < Fresh || await account.IsAliveAsync(cancel).ConfigureAwait(false);
                if (isUsable)
                    return account;
            }
            finally
            {
                if (!isUsable)
                    await account.DisposeAsync().ConfigureAwait(false);
            }
        }

        var made = await ImapAccount.OpenAsync(_options, _clock, cancel).ConfigureAwait(false);
        (AuthMechanism, CertificateProblem) = (made.AuthMechanism, made.CertificateProblem);
        return made;
    }

    private (ImapAccount Account, long Since)? TakeIdle()
    {
        lock (_lock)
            return _idle.TryPop(out var one) ? one : null;
    }

    private bool TryKeep(ImapAccount account)
    {
        lock (_lock)
        {
            if (_isClosed || _idle.Count >= MostIdle)
                return false;
            _idle.Push((account, _clock.GetTimestamp()));
            return true;
        }
    }
}
