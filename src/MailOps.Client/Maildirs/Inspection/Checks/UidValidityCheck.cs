using MailOps.Client.Probes;

namespace MailOps.Client.Maildirs.Inspection.Checks;

/// <summary>Folders with one UIDVALIDITY: copied, or written by a program that takes the time for it.</summary>
internal sealed class UidValidityCheck : MaildirCheck
{
    private readonly Dictionary<uint, string> _seen = [];

    internal override string Name => "UidValidity";

    internal override string Passed => "No two folders have the same UIDVALIDITY.";

    internal override string Source => "RFC 3501 section 2.3.1.1";

    internal override IEnumerable<Damage> Look(FolderScan folder)
    {
        if (folder.Contents.List is not { } list || _seen.TryAdd(list.UidValidity, folder.Mailbox))
            yield break;
        yield return new Damage(
            FindingStatus.Warning,
            $"{folder.Mailbox} has the UIDVALIDITY of {_seen[list.UidValidity]}, {list.UidValidity}: a client that renames one to the other may mix their messages up.",
            folder.PathOf("dovecot-uidlist"));
    }
}
