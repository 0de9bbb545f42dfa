using System.Net;
using System.Security.Cryptography;
using System.Text;
using MailOps.Sasl;
using MailOps.Server.Connections;

namespace MailOps.Server.Accounts;

/// <summary>
/// Logins as every protocol takes them: what may be offered on a connection, the exchange, the events, and the pause
/// after a failure. The protocol words the answer and does the base64.
/// </summary>
internal sealed class Authentication(IMailDirectory directory, AuthenticationOptions options, LoginGuard? guard = null, string hostName = "localhost")
{
    /// <summary>True if a password may cross this connection as it is: inside TLS, by option, or to a capturing server from loopback.</summary>
    public bool MayUsePlaintext(ServerConnection c) =>
        c.Tls is not null || options.AllowPlaintextLogin || (options.Capture && IsLoopback(c));

    /// <summary>The mechanisms to advertise on this connection now, the strongest first. Maybe none.</summary>
    public IReadOnlyList<string> Mechanisms(ServerConnection c)
    {
        var plaintext = MayUsePlaintext(c);
        return [.. SaslMechanisms.All.Where(one => IsOffered(one, plaintext, c)).Select(one => one.Name)];
    }

    private bool IsOffered(SaslMechanism mechanism, bool plaintext, ServerConnection c) => mechanism switch
    {
        { Secret: SaslSecret.Password } => plaintext,
        { Secret: SaslSecret.Token } => plaintext && options.Tokens is not null,
        { Secret: SaslSecret.Certificate } => c.CertificateNames.Count > 0,
        { ScramKeys: { } keys } => directory.OffersScram(keys) && (!mechanism.BindsChannel || (options.OfferChannelBinding && c.Binding is { CanBeOffered: true })),
        _ => directory.OffersCramMd5,
    };

    /// <summary>Starts an exchange, or returns null if the mechanism is not among <see cref="Mechanisms"/> on this connection.</summary>
    public ISaslServer? Start(string mechanism, ServerConnection c)
    {
        var offered = Mechanisms(c);
        if (!offered.Contains(mechanism, StringComparer.OrdinalIgnoreCase))
            return null;

        return SaslMechanisms.CreateServer(mechanism, new SaslServerContext(directory)
        {
            HostName = hostName,
            Binding = c.Binding,
            OffersBinding = offered.Any(name => SaslMechanisms.Find(name)!.BindsChannel),
            CertificateNames = c.CertificateNames,
            Tokens = options.Tokens is { } tokens ? new ReportedTokens(tokens, c) : null,
        });
    }

    /// <summary>True if a mechanism that is not offered here would be under TLS.</summary>
    public bool NeedsTls(string mechanism, ServerConnection c) =>
        c.Tls is null && SaslMechanisms.Find(mechanism) switch
        {
            { Secret: SaslSecret.Password } => !MayUsePlaintext(c),
            { Secret: SaslSecret.Token } => options.Tokens is not null && !MayUsePlaintext(c),
            _ => false,
        };

    /// <summary>
    /// Gives an exchange the client's response. A success is published and set as the connection's account; a failure
    /// is published and comes back only after the pause that it costs.
    /// </summary>
    /// <param name="exchange">What <see cref="Start"/> returned.</param>
    /// <param name="response">The decoded octets, or null at the start without an initial response.</param>
    /// <param name="c">The connection.</param>
    public async ValueTask<SaslStep> StepAsync(ISaslServer exchange, ReadOnlyMemory<byte>? response, ServerConnection c)
    {
        if (IsLocked(c, exchange.User))
            return await RefuseAsync(exchange.User, exchange.Mechanism, c);

        SaslStep step;
        try
        {
            step = await exchange.StepAsync(response, c.Aborted);
        }
        catch (Exception e) when (IsDirectoryFault(e))
        {
            step = Fault(e, null, c);
        }

        // Asked as soon as the name is known, before anything that only the right password brings about is told.
        if (step is SaslStep.Challenge && exchange.User is { } user && IsLocked(c, user))
            return await RefuseAsync(user, exchange.Mechanism, c);

        return await ConcludeAsync(step, exchange.Mechanism, c);
    }

    /// <summary>Checks a name and password that came by a command of the protocol's own: USER and PASS, or LOGIN.</summary>
    /// <param name="user">The name as the client sent it.</param>
    /// <param name="password">The password.</param>
    /// <param name="mechanism">What events call it: <c>USER</c> or <c>LOGIN</c>.</param>
    /// <param name="c">The connection.</param>
    /// <remarks>Whether a password may be sent here at all is asked by <see cref="MayUsePlaintext"/> before.</remarks>
    public async ValueTask<SaslStep> LoginAsync(string user, string password, string mechanism, ServerConnection c)
    {
        if (IsLocked(c, user))
            return await RefuseAsync(user, mechanism, c);

        SaslStep step;
        try
        {
            step = await PasswordCheck.CheckAsync(directory, string.Empty, user, password, c.Aborted);
        }
        catch (Exception e) when (IsDirectoryFault(e))
        {
            step = Fault(e, user, c);
        }

        return await ConcludeAsync(step, mechanism, c);
    }

    /// <summary>Whether APOP can be offered.</summary>
    public bool OffersApop => directory.OffersApop;

    /// <summary>Checks POP3's APOP: MD5 of the greeting's timestamp and the password.</summary>
    /// <param name="user">The name as the client sent it.</param>
    /// <param name="timestamp">What the greeting showed.</param>
    /// <param name="digest">What the client made of it.</param>
    /// <param name="c">The connection.</param>
    public async ValueTask<SaslStep> ApopAsync(string user, string timestamp, byte[] digest, ServerConnection c)
    {
        if (IsLocked(c, user))
            return await RefuseAsync(user, "APOP", c);

        SaslStep step;
        try
        {
            var found = directory.FindPlainPassword(user);
#pragma warning disable CA5351 // The command is defined with MD5.
            var right = MD5.HashData(Encoding.UTF8.GetBytes(timestamp + (found?.Password ?? timestamp)));
#pragma warning restore CA5351
            step = CryptographicOperations.FixedTimeEquals(right, digest) && found is { } account
                ? new SaslStep.Success(account.Account)
                : new SaslStep.Failure(SaslFailure.InvalidCredentials, user);
        }
        catch (Exception e) when (IsDirectoryFault(e))
        {
            step = Fault(e, user, c);
        }

        return await ConcludeAsync(step, "APOP", c);
    }

    private async ValueTask<SaslStep> ConcludeAsync(SaslStep step, string mechanism, ServerConnection c)
    {
        switch (step)
        {
            case SaslStep.Success success:
                if (guard?.Succeed(c, success.Account) == false && !options.Capture)
                    return await RefuseAsync(success.Account, mechanism, c);
                c.Account = success.Account;
                c.Publish(new LoginSucceeded { Account = success.Account, Mechanism = mechanism });
                break;

            // Not the client's fault: it costs no pause, and is published as a fault.
            case SaslStep.Failure { Reason: SaslFailure.TemporaryFailure }:
                break;

            case SaslStep.Failure failure:
                var failures = 0;
                if (guard is not null && !options.Capture)
                {
                    if (guard.Fail(c, failure.User) is not { } recent)
                        return await RefuseAsync(failure.User, mechanism, c);
                    failures = recent;
                }

                c.Publish(new LoginFailed { User = failure.User, Mechanism = mechanism });
                await PauseAsync(c, failures);
                break;
        }

        return step;
    }

    private bool IsLocked(ServerConnection c, string? user) => !options.Capture && guard?.IsLocked(c, user) == true;

    /// <summary>Tries nothing, and costs the longest pause.</summary>
    private async ValueTask<SaslStep> RefuseAsync(string? user, string mechanism, ServerConnection c)
    {
        c.FailedLogins++;
        c.Publish(new LoginRefused { User = user, Mechanism = mechanism });
        await PauseAsync(options.MaxFailureDelay, c);
        return new SaslStep.Failure(SaslFailure.TooManyFailures, user);
    }

    /// <summary>Waits the longer, the more logins failed: on this connection, from its address, or to the account.</summary>
    private async ValueTask PauseAsync(ServerConnection c, int failuresElsewhere)
    {
        var failures = Math.Max(c.FailedLogins++, failuresElsewhere - 1);
        if (options.Capture)
            return;

        var pause = options.FailureDelay * Math.Pow(2, Math.Min(failures, 16));
        if (pause > options.MaxFailureDelay)
            pause = options.MaxFailureDelay;
        await PauseAsync(pause, c);
    }

    private static async ValueTask PauseAsync(TimeSpan pause, ServerConnection c)
    {
        if (pause > TimeSpan.Zero)
            await Task.Delay(pause, c.Clock, c.Aborted);
    }

    private static SaslStep.Failure Fault(Exception e, string? user, ServerConnection c)
    {
        c.Publish(new SessionFaulted { Exception = e });
        return new SaslStep.Failure(SaslFailure.TemporaryFailure, user);
    }

    private static bool IsDirectoryFault(Exception e) => e is IOException or UnauthorizedAccessException;

    private static bool IsLoopback(ServerConnection c) =>
        c.Remote?.Address is { } from && IPAddress.IsLoopback(from.IsIPv4MappedToIPv6 ? from.MapToIPv4() : from);
}
