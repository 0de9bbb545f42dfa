namespace MailOps.Server.Imap;

/// <summary>What a command may be about of the messages that it names: the last of them, as many as the server takes at once (RFC 9738 section 3).</summary>
/// <param name="Messages">Those messages.</param>
/// <param name="Code">What says that there were more; null where there were none.</param>
internal readonly record struct LimitedMessages(MessageSelection Messages, ResponseCode? Code)
{
    /// <summary>Takes the last.</summary>
    public static LimitedMessages Of(ImapSession session, MessageSelection named)
    {
        var limit = session.Options.MaxMessagesPerCommand;
        if (limit == 0 || named.Count <= limit)
            return new LimitedMessages(named, null);
        var last = named.Part(named.Count - limit, limit);
        return new LimitedMessages(last, ResponseCode.MessageLimit(limit, session.Selected.Messages[last.Ranges[0].First].Uid));
    }

    /// <summary>The refusal of a command that is done for all messages or for none; null if they are not too many.</summary>
    public static Completion? Refusal(ImapSession session, int count) =>
        session.Options.MaxMessagesPerCommand is > 0 and var limit && count > limit
            ? Completion.No(ResponseCode.MessageLimit(limit, lowest: null), FormattableString.Invariant($"One command takes {limit} messages here"))
            : null;

    /// <summary>The end of a command that did what it could: with the code, if there were more messages.</summary>
    public Completion Ok(string text) => Code is { } code ? Completion.Ok(code, text + ", the last of them alone") : Completion.Ok(text);
}
