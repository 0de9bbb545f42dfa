using System.Globalization;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using MailOps.Sasl;
using MailOps.Server.Queue.Routing;
using MailOps.Server.Queue.Security;
using MailOps.Server.Queue.TlsReports;
using MailOps.Smtp;
using MailOps.Transcripts;
using MailOps.Trust.MtaSts;
using MailOps.Trust.TlsRpt;
using MailOps.Wire;

namespace MailOps.Server.Queue.Transport;

/// <summary>Connects to the hosts of routes, from the first octet to where mail can be sent: as safely as is asked, and as both sides can where nothing is.</summary>
/// <param name="options">How.</param>
internal sealed class ConnectionOpener(TransportOptions options)
{
    // A stranger's name may have hundreds, and has us knock at each.
    private const int MostAddresses = 10;

    /// <summary>Connects to the first host of a route that wants our mail, and that it may be sent to.</summary>
    /// <param name="route">Where to; it has hosts.</param>
    /// <param name="demand">What the senders of the mail ask of the connection.</param>
    /// <param name="opening">Ends the wait, for a host or for all of them.</param>
    public async Task<OpenedConnection> OpenAsync(Route route, SecurityDemand demand, Opening opening)
    {
        OpenedConnection last = default;
        NetworkCredential? login = null;
        if (options.Logins is not null && !options.Logins.TryFind(route.Target, out login, out var problem))
            return new OpenedConnection(null, null, NoLogin(problem!));
        var sts = options.Policies is null ? null : await options.Policies.MtaStsAsync(route.Target, opening.Token);
        foreach (var host in route.Hosts.Where(host => host.Addresses.Count > 0 || route.Target.IsSocket).Take(options.MostHosts))
        {
            var opened = await TryAsync(route, host, sts, demand, login, opening);
            if (opened.Connection is not null)
                return opened;

            // For good it is only if it is so with all of them.
            if (last.Refusal is null || last.IsForGood || !opened.IsForGood)
                last = opened;
        }

        // So with all of them it is not while the DNS cannot tell where one of them is.
        return route.Hosts.Any(host => host.Record is { Addresses: null }) ? last with { IsForGood = false } : last;
    }

    private async Task<OpenedConnection> TryAsync(Route route, RouteHost host, MtaStsApplied? sts, SecurityDemand demand, NetworkCredential? login, Opening opening)
    {
        var cancel = opening.NextHost();
        try
        {
            // Over loopback nobody listens.
            var needsTrust = login is not null && !host.Addresses.All(IPAddress.IsLoopback);
            var policy = options.Policies is null
                ? HostPolicy.None(host.Name, demand) with { NeedsTrust = needsTrust }
                : await options.Policies.ForHostAsync(route, host, sts, demand, needsTrust, cancel);
            if (policy is { Refusal: { } why, RefusalFault: { } fault })
                Tell(route.Target, policy, new ConnectionSecurity(null, null, why.Lines[0]) { Fault = fault }, null);
            return policy.Refusal is { } refusal ? new OpenedConnection(null, host.Name, refusal, refusal.IsPermanent) : await OpenAsync(route.Target, host, policy, login, null, cancel);
        }
        catch (OperationCanceledException) when (opening is { IsGivenUp: true, IsAbandoned: false })
        {
            return new OpenedConnection(null, host.Name, GaveUp(host.Name, options.Clock.GetUtcNow() - opening.Began));
        }
    }

    /// <summary>What is said of a host, or of the search for one, that took longer than others could wait for.</summary>
    /// <param name="what">Its name.</param>
    /// <param name="time">How long it took.</param>
    public static SmtpReply GaveUp(string what, TimeSpan time) =>
        new(451, new EnhancedStatusCode(4, 4, 2), string.Create(CultureInfo.InvariantCulture, $"{what} took {time.TotalSeconds:0} seconds and was not ready for mail, while other destinations waited for a connection"));

    /// <summary>Connects to a host.</summary>
    /// <param name="target">The target that it is of.</param>
    /// <param name="host">The host.</param>
    /// <param name="policy">What is asked of the connection.</param>
    /// <param name="login">How to log in there, or null.</param>
    /// <param name="brokenTls">Why a handshake before this came to nothing, so that there is no other; null at first.</param>
    /// <param name="cancel">Ends the wait.</param>
    private async Task<OpenedConnection> OpenAsync(RouteTarget target, RouteHost host, HostPolicy policy, NetworkCredential? login, string? brokenTls, CancellationToken cancel)
    {
        SmtpDialogue? dialogue = null;
        try
        {
            dialogue = await ConnectAsync(target, host, cancel);
            var security = new ConnectionSecurity(null, null, brokenTls);
            SmtpReply? refusal = null;
            var isForGood = false;
            if (target.IsImplicitTls)
            {
                (security, refusal) = await SecureAsync(dialogue, policy, cancel);
                isForGood = refusal is { IsPermanent: true };
            }

            refusal ??= await GreetAsync(dialogue, target.IsLmtp, cancel);
            if (refusal is null && !target.IsImplicitTls && !target.IsSocket && brokenTls is null)
            {
                (security, refusal) = await StartTlsAsync(dialogue, target.IsLmtp, policy, cancel);
                Tell(target, policy, security, dialogue);
                isForGood = refusal is { IsPermanent: true };
                if (security is { Tls: null, Problem: { } broken } && refusal is null)
                {
                    // Without any TLS is better than not at all where nobody asked for more (RFC 7435 section 3).
                    await dialogue.DisposeAsync();
                    dialogue = null;
                    return await OpenAsync(target, host, policy, login, broken, cancel);
                }
            }

            if (refusal is null && !target.IsSocket)
            {
                refusal = Unkept(dialogue, policy);
                isForGood = refusal is not null;
            }

            if (refusal is null && login is not null)
                refusal = await LogInAsync(dialogue, login, policy, cancel);
            if (refusal is null)
            {
                var connection = new OutboundConnection(dialogue, target.IsLmtp, security, options.Scratch, options.Clock);
                dialogue = null;
                return new OpenedConnection(connection, host.Name, null);
            }

            // Behind a handshake that failed there is nobody to say goodbye to.
            if (dialogue.Tls is not null || security.Problem is null)
                await dialogue.QuitAsync(cancel);
            return new OpenedConnection(null, host.Name, refusal, isForGood);
        }
        catch (MailSessionException e)
        {
            return new OpenedConnection(null, host.Name, OutboundConnection.AsReply(e));
        }
        finally
        {
            if (dialogue is not null)
                await dialogue.DisposeAsync();
        }
    }

    private Task<SmtpDialogue> ConnectAsync(RouteTarget target, RouteHost host, CancellationToken cancel)
    {
        var transcript = Transcript.Nowhere(options.Clock);
        return target.IsSocket
            ? SmtpDialogue.ConnectAsync(host.Name, options.Timeouts, options.Clock, transcript, cancel)
            : SmtpDialogue.ConnectAsync(host.Name, [.. HostConnector.TakeTurns([.. host.Addresses]).Take(MostAddresses)], host.Port, options.Timeouts, options.Clock, transcript, cancel);
    }

    private async Task<SmtpReply?> GreetAsync(SmtpDialogue dialogue, bool isLmtp, CancellationToken cancel)
    {
        var greeting = await dialogue.GreetingAsync(cancel);
        if (!greeting.IsPositive)
            return OutboundConnection.AsRefusal(greeting);
        var hello = await HelloAsync(dialogue, isLmtp, cancel);
        return hello.IsPositive ? null : OutboundConnection.AsRefusal(hello);
    }

    private Task<SmtpReply> HelloAsync(SmtpDialogue dialogue, bool isLmtp, CancellationToken cancel) =>
        isLmtp ? dialogue.LhloAsync(options.HostName, cancel) : dialogue.HelloAsync(options.HostName, cancel);

    /// <summary>Comes to TLS as far as is asked and both sides can.</summary>
    /// <returns>How the connection is protected; a problem without TLS where there is no refusal means that it is of no more use.</returns>
    private async Task<(ConnectionSecurity Security, SmtpReply? Refusal)> StartTlsAsync(SmtpDialogue dialogue, bool isLmtp, HostPolicy policy, CancellationToken cancel)
    {
        if (!dialogue.Capabilities.Offers("STARTTLS") || !options.UsesTls)
            return (options.UsesTls ? new ConnectionSecurity { Fault = TlsFault.StartTlsNotSupported } : default, policy.RefusalInTheClear($"{policy.Host} does not offer STARTTLS."));
        var security = await HandshakeAsync(dialogue, policy, async check =>
        {
            var reply = await dialogue.StartTlsAsync(check, cancel);
            var hello = reply.IsPositive ? await HelloAsync(dialogue, isLmtp, cancel) : reply;
            return hello.IsPositive ? null : $"{policy.Host} offers STARTTLS, and answered {hello}.";
        });
        return (security, security.Tls is null ? policy.RefusalInTheClear(security.Problem!) : null);
    }

    private async Task<(ConnectionSecurity Security, SmtpReply? Refusal)> SecureAsync(SmtpDialogue dialogue, HostPolicy policy, CancellationToken cancel)
    {
        var security = await HandshakeAsync(dialogue, policy, async check =>
        {
            await dialogue.SecureAsync(check, cancel);
            return null;
        });
        return (security, security.Tls is null ? policy.RefusalInTheClear(security.Problem!) ?? new SmtpReply(451, new EnhancedStatusCode(4, 7, 5), security.Problem!) : null);
    }

    private async Task<ConnectionSecurity> HandshakeAsync(SmtpDialogue dialogue, HostPolicy policy, Func<CertificateCheck, Task<string?>> negotiate)
    {
        CertificateVerdict? verdict = null;
        var check = new CertificateCheck(policy.ServerName, acceptAny: !policy.LooksAtCertificates, options.Clock)
        {
            Judge = policy.LooksAtCertificates ? Judge : null,
        };
        try
        {
            var problem = await negotiate(check);
            return problem is null
                ? new ConnectionSecurity(dialogue.Tls!.Version, verdict?.VerifiedBy, verdict?.Problem) { Fault = verdict?.Fault }
                : new ConnectionSecurity(null, null, problem) { Fault = TlsFault.ValidationFailure };
        }
        catch (MailSessionException e)
        {
            return verdict is { Accepted: false, Problem: { } why }
                ? new ConnectionSecurity(null, null, why) { Fault = verdict.Value.Fault }
                : new ConnectionSecurity(null, null, e.Message) { Fault = TlsFault.ValidationFailure };
        }

        string? Judge(IReadOnlyList<X509Certificate2> presented)
        {
            verdict = policy.Judge(presented, options.Clock.GetUtcNow());
            return verdict.Value.Accepted ? null : verdict.Value.Problem;
        }
    }

    /// <summary>Logs in with the strongest mechanism that is offered for a password; the password itself goes under TLS and over loopback alone.</summary>
    /// <returns>Why it did not come to that, for now: what is wrong with a login is put right here, and the mail waits. Null if it did.</returns>
    private static async Task<SmtpReply?> LogInAsync(SmtpDialogue dialogue, NetworkCredential login, HostPolicy policy, CancellationToken cancel)
    {
        var offered = dialogue.Capabilities.AuthMechanisms;
        var binding = dialogue.Binding;
        if (SaslMechanisms.Choose(offered, allowPlaintext: dialogue.Tls is not null || !policy.NeedsTrust, canBind: binding is not null) is not { } mechanism)
            return NoLogin($"{policy.Host} offers no login with a password{(offered.Length > 0 ? $", but {string.Join(", ", offered)}" : "")}.");
        try
        {
            var reply = await dialogue.AuthenticateAsync(mechanism.Client(new SaslClientContext(login.UserName, login.Password) { Binding = binding, Offered = offered, Host = policy.Host }), cancel);
            return reply.IsPositive ? null : NoLogin($"{policy.Host} refused the login of {login.UserName}: {reply}");
        }
        catch (Exception e) when (e is SaslException or MailSessionException { Fault: MailSessionFault.AuthenticationFailed })
        {
            return NoLogin(e.Message);
        }
    }

    private static SmtpReply NoLogin(string problem) => new(451, new EnhancedStatusCode(4, 7, 8), problem);

    private void Tell(RouteTarget target, HostPolicy policy, ConnectionSecurity security, SmtpDialogue? dialogue)
    {
        if (options.TlsSeen is { } seen && TlsSession.Of(target, policy, security, dialogue) is { } session)
            seen(session);
    }

    // Who asked for REQUIRETLS asks the same of the next server (RFC 8689 section 4.2.1); a report goes on all the same (section 5).
    private static SmtpReply? Unkept(SmtpDialogue dialogue, HostPolicy policy) =>
        policy.Demand is SecurityDemand.Required && !dialogue.Capabilities.Offers("REQUIRETLS")
            ? new SmtpReply(550, new EnhancedStatusCode(5, 7, 30), $"The sender asked for REQUIRETLS, which {policy.Host} does not offer")
            : null;
}
