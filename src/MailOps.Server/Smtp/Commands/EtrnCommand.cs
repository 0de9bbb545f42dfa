using System.Globalization;
using MailOps.Dns;
using MailOps.Server.Queue;
using MailOps.Smtp;

namespace MailOps.Server.Smtp.Commands;

/// <summary>
/// ETRN (RFC 1985): has the mail that waits for a domain tried at once, for a server that was away. Only for domains that have a route of
/// their own, whose servers are known by it: for others anybody could have us knock anywhere. Who may send to other servers hears what came of
/// it; everybody else hears one answer for every domain, which tells nothing of our routes and of what waits.
/// </summary>
internal sealed class EtrnCommand : SmtpCommand<string>
{
    public override string Name => "ETRN";

    public override SmtpStates States => SmtpStates.Ready;

    public override bool IsJunk => true;

    public override string Usage => "ETRN domain";

    public override string? Announce(SmtpSession session) => session.Queue is null ? null : Name;

    protected override bool TryParse(ref SmtpReader reader, out string arguments)
    {
        arguments = "";
        if (!reader.Space() || !reader.Text(out var text))
            return false;

        // @ asks for all domains below one as well (section 5.3); here a domain is one queue, or its route's. # names queues that only a server itself knows.
        arguments = text.Trim().TrimStart('@');
        return arguments.Length > 0;
    }

    protected override ValueTask<SmtpReply> ExecuteAsync(SmtpSession session, string arguments, CancellationToken cancel) =>
        ValueTask.FromResult(Answer(session, arguments));

    private static SmtpReply Answer(SmtpSession session, string domain)
    {
        if (session.Queue is not { } queue)
            return new SmtpReply(502, new EnhancedStatusCode(5, 5, 1), "ETRN is not offered here: no mail waits for other servers");
        if (!DnsName.TryParse(domain, out var name, out var error) || domain.Contains('@', StringComparison.Ordinal))
            return new SmtpReply(501, new EnhancedStatusCode(5, 5, 4), error ?? "Name a domain, as in ETRN example.com");

        var started = queue.TryNow(name.Ascii);
        return started switch
        {
            _ when session.Outbound is null => new SmtpReply(250, new EnhancedStatusCode(2, 0, 0), $"OK, queuing for node {name.Ascii} started"),
            null => new SmtpReply(459, new EnhancedStatusCode(4, 7, 0), $"Node {name.Ascii} not allowed: it has no route of its own here"),
            0 => new SmtpReply(251, new EnhancedStatusCode(2, 0, 0), $"OK, no messages waiting for node {name.Ascii}"),
            var count => new SmtpReply(253, new EnhancedStatusCode(2, 0, 0), string.Create(CultureInfo.InvariantCulture, $"OK, {count} pending messages for node {name.Ascii} started")),
        };
    }
}
