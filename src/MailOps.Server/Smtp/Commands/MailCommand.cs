using System.Globalization;
using MailOps.Server.Connections;
using MailOps.Smtp;

namespace MailOps.Server.Smtp.Commands;

/// <summary>MAIL (RFC 5321 section 4.1.1.2) with SIZE (RFC 1870), BODY (RFC 6152) and AUTH (RFC 4954 section 5): begins a transaction.</summary>
internal sealed class MailCommand : SmtpCommand<MailCommand.Arguments>
{
    public override string Name => "MAIL";

    public override SmtpStates States => SmtpStates.Ready;

    public override string Usage => "MAIL FROM:<address> [SIZE=octets] [BODY=7BIT|8BITMIME]";

    /// <param name="Sender">The reverse-path.</param>
    /// <param name="Size">What the client says of the message's size; 0 if nothing.</param>
    /// <param name="Problem">The reply to a parameter that cannot be taken, or null.</param>
    internal readonly record struct Arguments(SmtpPath Sender, long Size, SmtpReply? Problem);

    // The space after the colon is not in the grammar, but half the world sends it.
    protected override bool TryParse(ref SmtpReader reader, out Arguments arguments)
    {
        arguments = default;
        if (!reader.Space() || !reader.Literal("FROM:"u8) || !reader.OptionalSpace())
            return false;

        if (reader.HasNonAscii)
        {
            arguments = new Arguments(default, 0, new SmtpReply(553, new EnhancedStatusCode(5, 6, 7), "Internationalized addresses are not supported"));
            return reader.Text(out _);
        }

        if (!reader.Path(out var sender))
            return false;

        var size = 0L;
        SmtpReply? problem = null;
        while (problem is null && reader.Space() && !reader.AtEnd)
        {
            if (!reader.Parameter(out var keyword, out var value))
                return false;
            problem = Take(keyword, value, ref size);
        }

        arguments = new Arguments(sender, size, problem);
        return problem is null || reader.Text(out _);
    }

    protected override ValueTask<SmtpReply> ExecuteAsync(SmtpSession session, Arguments arguments, CancellationToken cancel)
    {
        var reply = Answer(session, arguments);
        if (reply.IsPositive)
            session.BeginTransaction(arguments.Sender);
        else
            session.Connection.Publish(new MailRefused { Command = Name, Reply = reply.ToString() });
        return ValueTask.FromResult(reply);
    }

    private static SmtpReply Answer(SmtpSession session, Arguments arguments)
    {
        if (session.Options.RequireAuthentication && session.Account is null)
            return new SmtpReply(530, new EnhancedStatusCode(5, 7, 0), "Authentication required");

        if (arguments.Problem is { } problem)
            return problem;

        return arguments.Size > session.Options.MaxMessageSize
            ? new SmtpReply(552, new EnhancedStatusCode(5, 3, 4), $"Message size exceeds the limit of {session.Options.MaxMessageSize} octets")
            : new SmtpReply(250, new EnhancedStatusCode(2, 1, 0), "Ok");
    }

    private static SmtpReply? Take(string keyword, string? value, ref long size) => keyword switch
    {
        "SIZE" => long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out size) ? null : BadValue(keyword),
        "BODY" => value?.ToUpperInvariant() is "7BIT" or "8BITMIME" ? null : BadValue(keyword),
        // Who submitted it first is of no use to a server that trusts no other (RFC 4954 section 5).
        "AUTH" => value is null ? BadValue(keyword) : null,
        _ => new SmtpReply(555, new EnhancedStatusCode(5, 5, 4), $"Parameter {keyword} not recognized"),
    };

    private static SmtpReply BadValue(string keyword) => new(501, new EnhancedStatusCode(5, 5, 4), $"Bad value of parameter {keyword}");
}
