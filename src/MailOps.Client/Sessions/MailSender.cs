using MailOps.Client.Mailboxes;
using MailOps.Wire;

namespace MailOps.Client.Sessions;

/// <summary>Sends many messages over one session. Where a login, TLS or the server's name has failed, it is not tried again for each: servers lock accounts for that.</summary>
/// <param name="session">The session; it stays the caller's.</param>
public sealed class MailSender(MailSession session)
{
    private volatile MailSessionException? _inTheWay;

    /// <summary>The session.</summary>
    public MailSession Session => session;

    /// <summary>Sends a message.</summary>
    /// <returns>What became of it for each recipient.</returns>
    public async Task<IReadOnlyList<MailSendResult>> SendAsync(OutgoingMessage message, CancellationToken cancel)
    {
        var results = await session.SendAsync(message, _inTheWay, cancel).ConfigureAwait(false);
        if (results.FirstOrDefault(one => one.Status == MailSendStatus.NotSent && IsLasting(one.Fault)) is { } failed)
            _inTheWay ??= new MailSessionException(failed.Fault!.Value, failed.Reply);
        return results;
    }

    private static bool IsLasting(MailSessionFault? fault) => fault is MailSessionFault.HostNotFound or MailSessionFault.AuthenticationFailed or MailSessionFault.AuthenticationNotOffered
        or MailSessionFault.TlsNotOffered or MailSessionFault.TlsFailed or MailSessionFault.CertificateNotTrusted;
}
