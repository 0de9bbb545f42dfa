namespace MailOps.Server.Tests.Imap;

/// <summary>Which untagged responses a session may hear, by what it asked for and by the command that it sent.</summary>
/// <param name="manner">What it asked for.</param>
internal sealed class AllowedResponses(SessionManner manner)
{
    /// <summary>True if the response may be heard.</summary>
    /// <param name="told">The response.</param>
    /// <param name="verb">The command, in lower case, with UID where it has it; empty while none runs.</param>
    /// <param name="isSelected">True if a mailbox was selected when it began.</param>
    /// <param name="tags">The tags that an ESEARCH may have.</param>
    public bool Has(Untagged told, string verb, bool isSelected, IReadOnlyCollection<string> tags)
    {
        var selects = verb is "select" or "examine";
        isSelected |= selects;
        return told.Kind switch
        {
            UntaggedKind.Exists or UntaggedKind.Flags or UntaggedKind.PermanentFlags => isSelected,
            UntaggedKind.Recent => isSelected && !manner.IsRev2,
            UntaggedKind.Expunge => isSelected && !manner.HearsVanished && MayExpunge(verb),
            UntaggedKind.Vanished => isSelected && manner.HearsVanished && MayExpunge(verb),
            UntaggedKind.VanishedEarlier => selects && manner.ComesBack,
            UntaggedKind.Fetch => isSelected && !manner.IsUidOnly && told.Uid is not null && IsFetch(told, verb),
            UntaggedKind.UidFetch => isSelected && manner.IsUidOnly && IsFetch(told, verb),
            UntaggedKind.UidValidity or UntaggedKind.UidNext or UntaggedKind.MailboxId or UntaggedKind.Closed => selects,
            UntaggedKind.Unseen => selects && !manner.IsRev2 && !manner.IsUidOnly,
            UntaggedKind.HighestModSeq => selects || (isSelected && manner.HasModSeqs),
            UntaggedKind.CopyUid => verb is "move" or "uid move",
            UntaggedKind.AppendUid => verb is "replace" or "uid replace",
            UntaggedKind.Search => verb is "search" or "uid search" && !manner.IsRev2,
            UntaggedKind.ExtendedSearch => isSelected && tags.Contains(told.Name),
            UntaggedKind.Status => manner.HearsOthers || verb == "status",
            UntaggedKind.List => manner.HearsOthers || verb == "list" || (selects && manner.IsRev2),
            UntaggedKind.Enabled => verb == "enable",
            _ => false,
        };
    }

    // RFC 3501 section 7.4.1, RFC 7162 section 3.2.10.2; RFC 5465 sections 5.3 and 6.1.2.
    private bool MayExpunge(string verb) => manner.Hearing == Hearing.AtOnce || verb is not ("" or "store" or "fetch" or "search" or "sort");

    // RFC 7162 section 3.1: where mod-sequences are heard of, each that was not asked for has one.
    private bool IsFetch(Untagged told, string verb)
    {
        var isAnswer = verb is "fetch" or "uid fetch";
        if (told.ModSeq is null ? manner.HasModSeqs && !isAnswer : !manner.HasModSeqs)
            return false;
        return (told.Flags is not null || told.ModSeq is not null) && (told.Subject is null || isAnswer);
    }
}
