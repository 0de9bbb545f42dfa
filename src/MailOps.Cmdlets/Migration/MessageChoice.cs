using MailOps.Client.Maildirs;
using MailOps.Client.Migration;

namespace MailOps.Cmdlets.Migration;

/// <summary>Which messages of a mailbox are meant, as parameters say it, and whether that can be.</summary>
internal static class MessageChoice
{
    /// <summary>What is asked for; null for all messages.</summary>
    public static MessageFilter? Filter(IMessageChoice choice) =>
        choice.Since is null && choice.Before is null && choice.LargerThan is null && choice.SmallerThan is null && choice.Flag.Length + choice.NotFlag.Length == 0
            ? null
            : new MessageFilter
            {
                Since = choice.Since,
                Before = choice.Before,
                LargerThan = choice.LargerThan,
                SmallerThan = choice.SmallerThan,
                Flag = Array.ConvertAll(choice.Flag, MessageFlags.Normal),
                NotFlag = Array.ConvertAll(choice.NotFlag, MessageFlags.Normal),
            };

    /// <summary>What is wrong with it, and what to do; null if nothing is.</summary>
    /// <param name="choice">The parameters.</param>
    /// <param name="removesDeleted">True if copies are to go whose messages are gone from the source.</param>
    public static string? Problem(IMessageChoice choice, bool removesDeleted)
    {
        if (choice.Query?.Any(char.IsControl) == true)
            return "-Query has a line end or another control character. It is the search keys of one command, in one line.";
        if (choice.Query is not null && removesDeleted)
            return "-RemoveDeleted cannot go with -Query: what a search does not find may be there or gone. Leave one of them out, or choose messages by date, size and flags.";
        return Filter(choice)?.Contradiction;
    }

    /// <summary>What is wrong with it for one mailbox, and what to do; null if nothing is.</summary>
    public static string? ProblemOf(IMessageChoice choice, MailboxLocation source)
    {
        if (choice.Query is not null && source.Kind is not MailboxKind.Imap)
            return $"{source} is on no IMAP server, which alone searches by a query. Leave -Query out, or choose messages by date, size and flags.";
        if (choice.Flag.Length + choice.NotFlag.Length > 0 && source.Kind is MailboxKind.Pop3)
            return $"{source} knows no flags: leave -Flag and -NotFlag out, or choose messages by date and size.";
        return null;
    }
}
