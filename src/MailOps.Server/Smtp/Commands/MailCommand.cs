using System.Globalization;
using MailOps.Server.Connections;
using MailOps.Smtp;

namespace MailOps.Server.Smtp.Commands;

/// <summary>MAIL (RFC 5321 section 4.1.1.2) with its parameters: begins a transaction.</summary>
internal sealed class MailCommand : SmtpCommand<MailCommand.Arguments>
{
    public override string Name => "MAIL";

    public override SmtpStates States => SmtpStates.Ready;

    public override string Usage => "MAIL FROM:<address> [SIZE=octets] [BODY=7BIT|8BITMIME|BINARYMIME] [SMTPUTF8] [RET=FULL|HDRS] [ENVID=id] [REQUIRETLS] [MT-PRIORITY=-9..9] [HOLDFOR=seconds] [HOLDUNTIL=date] [BY=seconds;N|R[T]]";

    /// <param name="Sender">The reverse-path.</param>
    /// <param name="Parameters">The parameters.</param>
    /// <param name="Problem">The reply to a parameter that cannot be taken, or null.</param>
    internal readonly record struct Arguments(SmtpPath Sender, MailParameters Parameters, SmtpReply? Problem);

    // The space after the colon is not in the grammar, but half the world sends it.
    protected override bool TryParse(ref SmtpReader reader, out Arguments arguments)
    {
        arguments = default;
        if (!reader.Space() || !reader.Literal("FROM:"u8) || !reader.OptionalSpace())
            return false;

        if (!reader.Path(out var sender))
            return false;

        var parameters = new MailParameters();
        SmtpReply? problem = null;
        while (problem is null && reader.Space() && !reader.AtEnd)
        {
            if (!reader.Parameter(out var keyword, out var value))
                return false;
            problem = parameters.Take(keyword, value);
        }

        if (!sender.IsAscii && !parameters.IsUtf8)
            problem ??= SmtpReplies.NeedsUtf8;
        arguments = new Arguments(sender, parameters, problem);
        return problem is null || reader.Text(out _);
    }

    protected override async ValueTask<SmtpReply> ExecuteAsync(SmtpSession session, Arguments arguments, CancellationToken cancel)
    {
        var reply = session.Count(RateKind.Messages) ?? Answer(session, arguments);
        if (reply.IsPositive)
            reply = await SenderRights.RefusalAsync(session, arguments.Sender, cancel) ?? reply;
        if (reply.IsPositive)
            session.BeginTransaction(arguments.Sender, arguments.Parameters);
        else
            session.Connection.Publish(new MailRefused { Command = Name, Reply = reply.ToString() });
        return reply;
    }

    private static SmtpReply Answer(SmtpSession session, Arguments arguments)
    {
        if (session.Options.Login is LoginRule.Required && session.Account is null)
            return new SmtpReply(530, new EnhancedStatusCode(5, 7, 0), "Authentication required");

        if (arguments.Problem is { } problem)
            return problem;

        // RFC 8689 section 2: offered under TLS only, for the connection that the message comes over counts too.
        if (arguments.Parameters.RequiresTls && session.Connection.Tls is null)
            return new SmtpReply(530, new EnhancedStatusCode(5, 7, 0), "REQUIRETLS is taken only under TLS; send STARTTLS first");

        if (arguments.Parameters.DsnKeyword is { } keyword && !session.Options.ReportsDelivery)
            return SmtpReplies.NotOffered(keyword);

        if (arguments.Parameters.RelayKeyword is { } relay && !session.OffersRelay)
            return SmtpReplies.NotOffered(relay);

        if (arguments.Parameters.Hold is { } hold && HoldRefusal(session, hold) is { } refusal)
            return refusal;

        if (arguments.Parameters is { Hold: { } held, Within: { } within } && DeadlineRefusal(session.Connection.Clock.GetUtcNow(), held, within) is { } tooLate)
            return tooLate;

        if (arguments.Parameters.Size > session.Options.MaxMessageSize)
            return SmtpReplies.TooLarge(session.Options.MaxMessageSize);

        return arguments.Parameters.Priority > 0 && session.Account is null
            ? new SmtpReply(250, new EnhancedStatusCode(2, 3, 6), "0 is the new priority: only who has logged in may raise it")
            : new SmtpReply(250, new EnhancedStatusCode(2, 1, 0), "Ok");
    }

    // RFC 4865 section 5.2.2: one of the two would have to be ignored.
    private static SmtpReply? DeadlineRefusal(DateTimeOffset now, Hold hold, DeliverWithin within) => hold.ReleaseOf(now) > within.From(now).Time
        ? new SmtpReply(501, new EnhancedStatusCode(5, 5, 4), "The message would be held for longer than until it is to be delivered: give BY more time")
        : null;

    // What is begun is not counted: when the message has come it is asked again.
    private static SmtpReply? HoldRefusal(SmtpSession session, Hold hold) => session.MostHeld switch
    {
        null => SmtpReplies.NotOffered(hold.For is null ? "HOLDUNTIL" : "HOLDFOR"),
        _ when session is { Account: { } account, Queue: { MostHeldMessages: { } limit } outbound } && outbound.HeldBy(account) >= limit => SmtpReplies.HeldEnough(account, limit),
        { } most when !hold.IsWithin(session.Connection.Clock.GetUtcNow(), most) => new SmtpReply(501, new EnhancedStatusCode(5, 5, 4), string.Create(CultureInfo.InvariantCulture, $"A message is held for {(long)most.TotalSeconds} seconds at the most")),
        _ => null,
    };
}
