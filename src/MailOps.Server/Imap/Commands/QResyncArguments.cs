namespace MailOps.Server.Imap.Commands;

/// <summary>What a client knows of the mailbox it selects (RFC 7162 section 3.2.5).</summary>
/// <param name="UidValidity">The UIDVALIDITY. Where it is another one, the rest means nothing.</param>
/// <param name="ModSeq">The mod-sequence up to which it knows of changes.</param>
/// <param name="Uids">The UIDs it wants to hear of; null for all.</param>
/// <param name="Match">Sequence numbers and the UIDs that it knows them to have; null if it says nothing of that.</param>
internal sealed record QResyncArguments(uint UidValidity, ulong ModSeq, SequenceSet? Uids, SequenceMatch? Match)
{
    /// <summary>Reads what follows the name and its space.</summary>
    public static bool TryParse(ref ImapReader reader, out QResyncArguments? arguments)
    {
        arguments = null;
        if (!(reader.Is('(') && reader.Number(out var validity) && validity > 0 && reader.Space() && reader.ModSeq(out var modSeq)))
            return false;

        SequenceSet? uids = null;
        SequenceMatch? match = null;
        var more = reader.Space();
        if (more && !reader.Sees('('))
        {
            if (!reader.SequenceSet(out var known) || !IsPlain(known))
                return false;
            uids = known;
            more = reader.Space();
        }

        if (more && !SequenceMatch.TryParse(ref reader, out match))
            return false;
        arguments = new QResyncArguments(validity, modSeq, uids, match);
        return reader.Is(')');
    }

    /// <summary>True of a set without <c>*</c> and <c>$</c>, which name nothing before the mailbox is selected.</summary>
    internal static bool IsPlain(SequenceSet set) => !set.HasSaved && !set.Ranges.Any(range => range.HasStar);
}
