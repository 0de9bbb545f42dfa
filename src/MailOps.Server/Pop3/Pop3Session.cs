using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using MailOps.Maildir;
using MailOps.Sasl;
using MailOps.Server.Accounts;
using MailOps.Server.Connections;

namespace MailOps.Server.Pop3;

/// <summary>The state of one POP3 session, and the way to speak to its client. Knows no verb.</summary>
internal sealed class Pop3Session(ServerConnection connection, Pop3Options options, IMailStore store, Authentication authentication, MaildropLocks locks, LoginDelays delays)
    : LineSession(connection, options.MaxLineLength, options.MaxErrors), IAsyncDisposable
{
    private Maildrop? _maildrop;
    private bool _hasLoggedIn;

    public Pop3Options Options { get; } = options;

    public Authentication Authentication { get; } = authentication;

    /// <summary>True if the client should have logged in by now, whatever it sent meanwhile.</summary>
    public bool HasTakenTooLong => !_hasLoggedIn && LoginTimeLeft <= TimeSpan.Zero;

    // Not by the maildrop: that is closed before the reply to QUIT.
    protected override TimeSpan Patience =>
        _hasLoggedIn ? Options.Timeout : LoginTimeLeft < Options.LoginTimeout ? LoginTimeLeft : Options.LoginTimeout;

    private TimeSpan LoginTimeLeft => Options.TotalLoginTimeout - Connection.Age;

    public Pop3States State => _maildrop is null ? Pop3States.Authorization : Pop3States.Transaction;

    /// <summary>The messages. Only in <see cref="Pop3States.Transaction"/>.</summary>
    public Maildrop Maildrop => _maildrop ?? throw new InvalidOperationException("No maildrop is open before the login.");

    /// <summary>What USER named, until PASS.</summary>
    public string? UserName { get; set; }

    /// <summary>The timestamp of the greeting for APOP, no two alike; null where APOP cannot be used.</summary>
    public string? Timestamp { get; } = authentication.OffersApop
        ? $"<{Convert.ToHexString(RandomNumberGenerator.GetBytes(16))}.{connection.Now.ToUnixTimeSeconds()}@{options.HostName}>"
        : null;

    /// <summary>True once the client said UTF8.</summary>
    public bool IsUtf8 { get; set; }

    /// <summary>Opens the maildrop after a login, or answers why there was none.</summary>
    public async ValueTask<Pop3Reply> ConcludeAsync(SaslStep outcome, CancellationToken cancel) => outcome switch
    {
        SaslStep.Success success => await OpenMaildropAsync(success.Account, cancel),
        SaslStep.Failure { Reason: SaslFailure.TemporaryFailure } => Pop3Reply.AccountsUnavailable,
        SaslStep.Failure { Reason: SaslFailure.TooManyFailures } => Pop3Reply.TooManyFailures,
        _ => Pop3Reply.WrongPassword,
    };

    /// <summary>Opens the maildrop of the account that logged in, or answers why not.</summary>
    public async ValueTask<Pop3Reply> OpenMaildropAsync(string account, CancellationToken cancel)
    {
        if (locks.TryTake(account) is not { } hold)
            return Pop3Reply.Err("[IN-USE] The maildrop is open in another session");

        if (!delays.TryPass(account, Options.Rules.LoginDelay))
        {
            hold.Dispose();
            return Pop3Reply.Err("[LOGIN-DELAY] The last login was too short a time ago");
        }

        try
        {
            var mailbox = await (await store.OpenAccountAsync(account, cancel)).OpenAsync(MailboxName.Inbox, readOnly: false, cancel);
            _maildrop = new Maildrop(mailbox!, Connection.ShownUidValidity(mailbox!.UidValidity), Options.Rules.UidlFormat, hold);
            _hasLoggedIn = true;
            return Pop3Reply.Ok($"{_maildrop.Count} messages ({_maildrop.Size} octets)");
        }
        catch (Exception e)
        {
            hold.Dispose();
            if (e is not MailStoreException)
                throw;
            Connection.Publish(new SessionFaulted { Exception = e });
            return Pop3Reply.StoreFailed;
        }
    }

    /// <summary>Puts a status line into the output.</summary>
    public void Write(Pop3Reply reply)
    {
        if (ReferenceEquals(reply, Pop3Reply.Silent))
            return;

        WriteRaw(reply.IsPositive ? "+OK "u8 : "-ERR "u8);
        WriteLine(reply.Text);
    }

    /// <summary>Puts one line of text into the output.</summary>
    public void WriteLine(string text)
    {
        Encoding.UTF8.GetBytes(text, Connection.Output);
        WriteRaw("\r\n"u8);
    }

    /// <summary>Puts octets into the output.</summary>
    public void WriteRaw(ReadOnlySpan<byte> octets) => Connection.Output.Write(octets);

    /// <summary>Lets another session have the maildrop: before the reply to QUIT, after which a client may log in again at once.</summary>
    public async ValueTask CloseMaildropAsync()
    {
        if (_maildrop is not { } maildrop)
            return;
        _maildrop = null;
        await maildrop.DisposeAsync();
    }

    public ValueTask DisposeAsync() => CloseMaildropAsync();
}
