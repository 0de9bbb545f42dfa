using System.Globalization;
using MailOps.Server.Connections;
using MailOps.Smtp;

namespace MailOps.Server.Smtp.Commands;

/// <summary>
/// BDAT (RFC 3030): takes a counted chunk of the message; 250 to the last one means that the message is on disk. The octets
/// of a chunk that is refused are read and dropped all the same, wherever the session stands: not one is taken for a command.
/// </summary>
internal sealed class BdatCommand : SmtpCommand<BdatCommand.Arguments>
{
    public override string Name => "BDAT";

    // Anywhere, for the sake of the octets that follow; where it may do something is asked below.
    public override SmtpStates States => SmtpStates.Any;

    public override bool IsLegalInClear => true;

    public override string Usage => "BDAT octets [LAST]";

    public override string? Announce(SmtpSession session) => "CHUNKING";

    /// <param name="Octets">The length of the chunk; null if it was not said, or not so that it can be relied on.</param>
    /// <param name="IsLast">True for the last chunk.</param>
    internal readonly record struct Arguments(long? Octets, bool IsLast);

    protected override bool TryParse(ref SmtpReader reader, out Arguments arguments)
    {
        arguments = Read(ref reader);
        return reader.Text(out _);
    }

    protected override async ValueTask<SmtpReply> ExecuteAsync(SmtpSession session, Arguments arguments, CancellationToken cancel)
    {
        // It brings nothing, and could be sent for ever.
        if (arguments is { Octets: 0, IsLast: false })
            session.CountJunk();
        var replies = await AnswerAsync(session, arguments, cancel);
        // Over LMTP the last chunk alone has an answer for each recipient (RFC 2033 section 4.3).
        var reply = session.Conclude(Name, arguments.IsLast ? replies : [replies[^1]]);
        if (arguments.IsLast)
            await session.ResetAsync();
        else if (!reply.IsPositive)
            await session.FailChunksAsync();
        return reply;
    }

    private static Arguments Read(ref SmtpReader reader)
    {
        if (!reader.Space() || !reader.Number(out var octets))
            return default;
        var isApart = reader.Space();
        if (reader.AtEnd)
            return new Arguments(octets, IsLast: false);
        return isApart && reader.Literal("LAST"u8) && reader.OptionalSpace() && reader.AtEnd ? new Arguments(octets, IsLast: true) : default;
    }

    private async ValueTask<SmtpReply[]> AnswerAsync(SmtpSession session, Arguments arguments, CancellationToken cancel)
    {
        if (arguments.Octets is not { } octets)
        {
            session.EndAs(ConnectionEnd.Dropped);
            return [SmtpReplies.Syntax($"{Usage}; how many octets follow is not known, closing connection")];
        }

        if (octets > session.Options.MostOctetsRead)
        {
            session.EndAs(ConnectionEnd.Dropped);
            return session.ForAll(SmtpReplies.TooLarge(session.Options.MaxMessageSize));
        }

        return Refusal(session) is { } refusal
            ? session.ForAll(await DropAsync(session, octets, refusal))
            : await TakeAsync(session, session.BeginChunks(), octets, arguments.IsLast, cancel);
    }

    private static SmtpReply? Refusal(SmtpSession session) => session.State switch
    {
        SmtpStates.Recipients => null,
        SmtpStates.Chunks => session.HasFailedChunk ? SmtpReplies.ChunkDropped : null,
        _ => SmtpReplies.Illegal(session),
    };

    private static async ValueTask<SmtpReply> DropAsync(SmtpSession session, long octets, SmtpReply refusal)
    {
        var outcome = await ChunkTransfer.ReceiveAsync(session, octets, take: null);
        if (outcome is DataOutcome.Complete)
            return refusal;

        session.EndAs(session.Connection.Overdue ?? ConnectionEnd.ClosedByPeer);
        return outcome switch
        {
            DataOutcome.TimedOut => SmtpReplies.TimedOut,
            DataOutcome.Stopped => SmtpReplies.Stopped(session.Connection.Interruption),
            _ => refusal,
        };
    }

    private static async ValueTask<SmtpReply[]> TakeAsync(SmtpSession session, ChunkSink chunks, long octets, bool isLast, CancellationToken cancel)
    {
        // Known before the first octet of it: none is kept.
        if (chunks.Message.Exceeds(octets))
            chunks.Message.Refuse(DataOutcome.TooLarge);

        var outcome = await ChunkTransfer.ReceiveAsync(session, octets, chunks);
        if (isLast)
            chunks.End();
        if (outcome is DataOutcome.Complete)
            outcome = chunks.Message.Fault ?? DataOutcome.Complete;
        return outcome is DataOutcome.Complete && !isLast
            ? [new SmtpReply(250, new EnhancedStatusCode(2, 0, 0), string.Create(CultureInfo.InvariantCulture, $"{octets} octets received"))]
            : await chunks.Message.FinishAsync(outcome, cancel);
    }
}
