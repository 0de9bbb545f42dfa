using MailOps.Server.Connections;
using MailOps.Server.Queue.Routing;
using MailOps.Smtp;

namespace MailOps.Server.Smtp;

/// <summary>Whom an account that logged in may send as (RFC 6409 section 6.1).</summary>
internal static class SenderRights
{
    /// <summary>The reply that refuses a reverse-path, or null. The null path is everybody's: replies that must not be answered have it (RFC 8098 section 3).</summary>
    public static async ValueTask<SmtpReply?> RefusalAsync(SmtpSession session, SmtpPath sender, CancellationToken cancel) =>
        session.Options.SenderCheck is SenderCheck.None || session.Account is null || sender.IsNull
            ? null
            : await RefusalAsync(session, sender.ToCanonical().ToString(), cancel);

    /// <summary>True if the From field of the session's messages is looked at.</summary>
    public static bool LooksAtFrom(SmtpSession session) =>
        session.Options.SenderCheck is SenderCheck.EnvelopeAndFrom && session.Account is not null;

    /// <summary>The reply that refuses a message because of its From field, or null.</summary>
    public static async ValueTask<SmtpReply?> RefusalAsync(SmtpSession session, FromFields fields, CancellationToken cancel)
    {
        if (fields.IsTooLong)
            return Refused("The header is too long to be looked through for the From field");

        var addresses = fields.Addresses();
        if (addresses.Count == 0 || addresses.Any(address => address.Length == 0))
            return Refused("The From field must name an address of the account that is logged in");

        foreach (var address in addresses)
        {
            if (await RefusalAsync(session, address, cancel) is { } refusal)
                return refusal;
        }

        return null;
    }

    /// <summary>
    /// True if this server may vouch for an author with the signature of the author's domain: for whoever needs no login, and for an account in
    /// the domain of its name, in that of its sender, which was looked at, and where the address is one of its own. With
    /// <see cref="SenderCheck.None"/> everybody may be anybody.
    /// </summary>
    public static async ValueTask<bool> MayBeSignedAsync(SmtpSession session, string? author, CancellationToken cancel)
    {
        if (author is null || session.Account is not { } account || session.Options.SenderCheck is SenderCheck.None)
            return true;
        var domain = NextHops.Of(author);
        return domain == NextHops.Of(account) || (session.Sender is { IsNull: false } sender && domain == NextHops.Of(sender.ToString())) || await RefusalAsync(session, author, cancel) is null;
    }

    private static async ValueTask<SmtpReply?> RefusalAsync(SmtpSession session, string address, CancellationToken cancel)
    {
        try
        {
            return await session.Directory.MaySendAsAsync(session.Account!, address, cancel)
                ? null
                : Refused($"<{Printable(address)}>: not an address of the account that is logged in");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            session.Connection.Publish(new SessionFaulted { Exception = e });
            return SmtpReplies.LocalError;
        }
    }

    // What a message holds does not shape a reply.
    private static string Printable(string address) => string.Concat(address.Take(320).Select(c => c is >= ' ' and <= '~' ? c : '?'));

    private static SmtpReply Refused(string reason) => new(553, new EnhancedStatusCode(5, 7, 1), reason);
}
