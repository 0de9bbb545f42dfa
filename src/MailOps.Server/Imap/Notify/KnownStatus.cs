using MailOps.Maildir;

namespace MailOps.Server.Imap.Notify;

/// <summary>Where a mailbox stood when the client heard of it last.</summary>
internal readonly record struct KnownStatus(int Messages, int Unseen, uint UidNext, uint UidValidity, ulong HighestModSeq)
{
    /// <summary>Where it stands now.</summary>
    public static KnownStatus Of(MailboxStatus status) => new(status.Messages, status.Unseen, status.UidNext, status.UidValidity, status.HighestModSeq);

    /// <summary>Where the selected mailbox stands for the client.</summary>
    public static KnownStatus Of(IMailbox view) =>
        new(view.Messages.Count, view.Messages.Count(message => !message.Flags.System.HasFlag(SystemFlags.Seen)), view.UidNext, view.UidValidity, view.HighestModSeq);

    /// <summary>Where it stands when the client itself put messages into it, and nobody did more.</summary>
    /// <param name="uids">The UIDs of those messages, ascending.</param>
    public KnownStatus With(IReadOnlyList<uint> uids) => this with { Messages = Messages + uids.Count, UidNext = uids[^1] + 1 };

    /// <summary>What a STATUS has to tell (RFC 5465 sections 5.1 to 5.3).</summary>
    /// <param name="known">What the client knows; null if it has heard nothing yet.</param>
    /// <param name="events">What it wants to hear.</param>
    /// <param name="hasModSeqs">True if it hears of mod-sequences.</param>
    /// <returns>The items; none if there is nothing to tell.</returns>
    public IReadOnlyList<string> Differences(KnownStatus? known, NotifyEvents events, bool hasModSeqs)
    {
        var items = new List<string>();
        if (events.HasFlag(NotifyEvents.MessageNew) && (known?.Messages != Messages || known?.UidNext != UidNext))
            items.AddRange(["MESSAGES", "UIDNEXT"]);
        if (events.HasFlag(NotifyEvents.FlagChange) && known?.Unseen != Unseen)
            items.Add("UNSEEN");
        if (hasModSeqs && known?.HighestModSeq != HighestModSeq && (items.Count > 0 || events.HasFlag(NotifyEvents.FlagChange)))
            items.Add("HIGHESTMODSEQ");
        if ((items.Count > 0 && (known is null || items.Contains("HIGHESTMODSEQ"))) || (known is not null && known.Value.UidValidity != UidValidity))
            items.Add("UIDVALIDITY");
        return items;
    }
}
