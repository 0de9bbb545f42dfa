using MailOps.Server.Connections.Faults;
using MailOps.Server.Imap;
using MailOps.Server.Pop3;
using MailOps.Server.Smtp;

namespace MailOps.Server.Hosting;

/// <summary>Looks at a fault before it is set, and completes it: the answer tells which protocols it can be for.</summary>
internal static class FaultCheck
{
    private static readonly string[] SmtpFamily = ["smtp", "submission", "lmtp"];

    private static readonly HashSet<string> Places = [
        FaultRule.Connect,
        FaultRule.Message,
        .. SmtpProtocol.CommandsOf(SmtpRole.Mx).Concat(SmtpProtocol.CommandsOf(SmtpRole.Lmtp)).Select(command => command.Name),
        .. Pop3Protocol.Commands.Select(command => command.Name),
        .. ImapProtocol.Table.Select(command => command.Name)];

    /// <exception cref="ArgumentException">The fault cannot be played; the message says why.</exception>
    public static FaultRule Complete(FaultRule rule)
    {
        rule = rule with
        {
            Protocols = [.. rule.Protocols.Select(one => one.ToLowerInvariant())],
            Commands = [.. rule.Commands.Select(one => one.ToUpperInvariant())],
        };
        if (rule.Commands.FirstOrDefault(one => !Places.Contains(one)) is { } unknown)
            throw new ArgumentException($"'{unknown}' is no command of SMTP, LMTP, POP3 or IMAP that is served here. Name one of them, {FaultRule.Connect} for the greeting, or {FaultRule.Message} for a message that has come.");
        if (rule.Protocols.FirstOrDefault(one => !SmtpFamily.Contains(one) && one is not ("pop3" or "imap")) is { } stranger)
            throw new ArgumentException($"'{stranger}' is no protocol of the server. Name smtp, submission, lmtp, pop3 or imap.");
        if (rule.Recipients.Count > 0 && rule.Commands.Any(command => command != "RCPT"))
            throw new ArgumentException("A fault for recipients is played at RCPT alone. Leave the command out, or set two faults.");
        if (rule.Commands.Count > 0 && rule.Kind is (FaultKind.TlsFailure or FaultKind.WrongCertificate or FaultKind.ExpiredCertificate))
            throw new ArgumentException($"The fault {rule.Kind} is played at TLS handshakes, and at no command. Leave the command out.");
        if (rule is { Share: <= 0 or > 1 } or { Share: double.NaN })
            throw new ArgumentException($"{rule.Share} is no share of sessions. Give one above 0 and up to 1, such as 0.25.");
        if (rule.Count <= 0 || rule.Skip < 0)
            throw new ArgumentException("A fault is played at least once, after no or some occasions.");
        if (rule.Kind is FaultKind.Delay or FaultKind.Greylist && (rule.Time <= TimeSpan.Zero || rule.Time > TimeSpan.FromHours(24)))
            throw new ArgumentException($"{rule.Time} is no time for a fault. Give one above zero and up to 24 hours.");
        if (rule.Kind is FaultKind.DropAfter or FaultKind.Truncate && rule.Number < 0)
            throw new ArgumentException("A connection cannot end after less than no octets.");
        if (rule.Kind is FaultKind.Throttle && rule.Number is < 1 or > 1_000_000)
            throw new ArgumentException("Give from 1 to 1000000 messages a minute.");
        return rule.Kind switch
        {
            FaultKind.Reply => WithProtocols(rule, ProtocolsOf(rule.Reply)),
            FaultKind.Greylist or FaultKind.Throttle => WithProtocols(rule, SmtpFamily),
            FaultKind.SwapUidValidity => WithProtocols(rule, ["pop3", "imap"]),
            _ when rule.Recipients.Count > 0 || rule.Commands.Contains(FaultRule.Message, StringComparer.Ordinal) => WithProtocols(rule, SmtpFamily),
            _ => rule,
        };
    }

    private static FaultRule WithProtocols(FaultRule rule, string[] possible)
    {
        if (rule.Protocols.FirstOrDefault(one => !possible.Contains(one)) is { } wrong)
            throw new ArgumentException($"The fault {rule.Kind}{(rule.Reply.Length > 0 ? $" with '{rule.Reply}'" : "")} is for {string.Join(", ", possible)}, and not for {wrong}.");
        return rule.Protocols.Count > 0 ? rule : rule with { Protocols = possible };
    }

    private static string[] ProtocolsOf(string reply)
    {
        if (!reply.Any(char.IsControl) && reply.Length <= 400)
        {
            if (GivenReply.TryParse(reply, out _))
                return SmtpFamily;
            if (reply.StartsWith("-ERR ", StringComparison.Ordinal) || reply == "-ERR")
                return ["pop3"];
            if (reply.StartsWith("NO ", StringComparison.Ordinal) || reply.StartsWith("BAD ", StringComparison.Ordinal) || reply.StartsWith("BYE ", StringComparison.Ordinal))
                return ["imap"];
        }

        throw new ArgumentException($"'{reply}' is no refusal of a protocol. Write '451 4.7.1 text' for SMTP, '-ERR [SYS/TEMP] text' for POP3, and 'NO [UNAVAILABLE] text', 'BAD text' or 'BYE text' for IMAP, on one line.");
    }
}
