using System.Text;

namespace MailOps.Client.Sessions;

/// <summary>The envelope as the lines that carry it.</summary>
internal sealed record SmtpEnvelope(string MailLine, string Sender, IReadOnlyList<(string Line, string Address)> Recipients, bool IsLiteral)
{
    /// <summary>True if an address has characters beyond ASCII, so that the envelope needs SMTPUTF8 (RFC 6531).</summary>
    public bool NeedsUtf8 { get; } = !Ascii.IsValid(MailLine) || Recipients.Any(r => !Ascii.IsValid(r.Line));

    /// <summary>Makes the lines.</summary>
    /// <exception cref="ArgumentException">An address holds a line end: it could smuggle commands in.</exception>
    public static SmtpEnvelope Of(SmtpSendOptions options)
    {
        var mail = options.LiteralMailCommand ?? $"MAIL FROM:{Path(options.From)}";
        var sender = options.LiteralMailCommand is { } literal ? InBrackets(literal) : MessageContent.Bare(options.From);
        var parameters = string.Concat(options.RecipientParameters.Select(p => ' ' + p));
        var recipients = options.LiteralRcptCommands.Select(line => (line, InBrackets(line)))
            .Concat(options.To.Select(to => ($"RCPT TO:{Path(to)}{parameters}", MessageContent.Bare(to))))
            .ToArray();
        if (recipients.Length == 0)
            throw new ArgumentException("There is no recipient.");

        foreach (var line in recipients.Select(r => r.Item1).Prepend(mail).Concat(options.MailParameters).Append(options.HelloName ?? ""))
        {
            if (line.AsSpan().ContainsAny('\r', '\n', '\0'))
                throw new ArgumentException($"'{line.ReplaceLineEndings("⏎")}' has a line end or NUL in it, which would start another command. Use extra commands to send further lines.");
        }

        return new SmtpEnvelope(mail, sender, recipients, options.LiteralMailCommand is not null);
    }

    private static string Path(string address) => address.Trim() is ['<', .., '>'] path ? path : $"<{address.Trim()}>";

    private static string InBrackets(string line)
    {
        var open = line.IndexOf('<', StringComparison.Ordinal);
        var close = line.LastIndexOf('>');
        if (open >= 0 && close > open)
            return line[(open + 1)..close];
        var colon = line.IndexOf(':', StringComparison.Ordinal);
        return colon < 0 ? line : line[(colon + 1)..].Trim();
    }
}
