using MailOps.Server.Connections;

namespace MailOps.Server.Imap;

/// <content>Commands that are refused, and sessions that end for what they sent.</content>
internal sealed partial class ImapProtocol
{
    private static ValueTask<bool> RefuseLiteralAsync(ImapSession session, CommandText text)
    {
        var reader = new ImapReader(text.Text);
        var tag = reader.Tag(out var found) ? found : null;
        session.Input.Advance(text);
        // RFC 7888 section 4: what comes unasked is either read or the end. What waits to be asked is simply not asked for.
        const string reason = "The literal is larger than this command may have";
        return text.Literal.Waits ? new(Reject(session, tag, Completion.Bad(reason))) : DropWithLiteralAsync(session, text.Literal, reason);
    }

    private static async ValueTask<bool> DropWithLiteralAsync(ImapSession session, LiteralHeader literal, string reason)
    {
        Drop(session, reason);
        await session.Replies.FlushAsync();
        // What is on its way is read to a point, so that the goodbye is not lost in a reset connection.
        session.Connection.ExpectWithin(ServerConnection.Grace);
        await session.Input.DiscardLiteralAsync(Math.Min(literal.Size, MaxDiscard));
        return false;
    }

    // The octets of literals that come unasked would be read as commands: they are passed over, up to a point, and what waits to be asked ends it.
    private static async ValueTask<bool> RejectWithLiteralsAsync(ImapSession session, string? tag, LiteralHeader literal, Completion refusal)
    {
        var left = session.State == ImapStates.NotAuthenticated ? session.Limits.Length : session.Options.MaxMessageSize;
        session.Connection.ExpectWithin(session.Replies.Patience);
        while (true)
        {
            if (literal.Size > left)
                return await DropWithLiteralAsync(session, literal, refusal.Text);
            if (!await session.Input.DiscardLiteralAsync(literal.Size))
                break;
            var text = await session.Input.ReadCommandAsync(session.Limits, static _ => LiteralUse.Streamed);
            if (text.Status == CommandTextStatus.TooLong)
            {
                await session.Input.DiscardAsync(text, MaxDiscard);
                return Drop(session, "The command is longer than this server takes");
            }

            left -= literal.Size + text.Text.Length;
            literal = text.Literal;
            session.Input.Advance(text);
            if (text.Status is CommandTextStatus.Interrupted or CommandTextStatus.End)
                break;
            if (text.Status == CommandTextStatus.Complete || text.Literal.Waits)
                return Reject(session, tag, refusal);
        }

        if (session.Connection.Interruption is not null)
            session.SayBye();
        return false;
    }

    private static bool Reject(ImapSession session, string? tag, Completion refusal)
    {
        if (++session.Errors >= session.Options.MaxErrors)
            return Drop(session, "Too many errors");
        if (tag is null)
            session.Replies.Bad(refusal.Text);
        else
            session.Replies.Complete(tag, refusal);
        return true;
    }

    private static bool Drop(ImapSession session, string reason)
    {
        session.Replies.Bye(reason);
        session.Connection.End = ConnectionEnd.Dropped;
        return false;
    }
}
