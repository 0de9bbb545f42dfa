using MailOps.Client.Probes;

namespace MailOps.Client.Maildirs.Inspection.Checks;

/// <summary>Messages without a UID. Those in <c>new</c> get one when the folder is next opened, as they should.</summary>
internal sealed class UidCheck : MaildirCheck
{
    internal override string Name => "Uids";

    internal override string Passed => "Every message that a program has taken out of new has its UID.";

    internal override string Source => "RFC 3501 section 2.3.1.1";

    internal override IEnumerable<Damage> Look(FolderScan folder)
    {
        var without = folder.Contents.Messages.FindAll(file => file.Uid == 0 && !file.InNew);
        if (without.Count == 0 || (folder.Contents.List is null && folder.Disk.Stat(folder.PathOf("dovecot-uidlist")) is not null))
            yield break;
        yield return new Damage(
            FindingStatus.Warning,
            $"{Count(without.Count, "message", "messages")} in cur of {folder.Mailbox} {(without.Count == 1 ? "has" : "have")} no UID. They get one when a server next opens the folder.",
            Some(without.ConvertAll(file => file.Name)),
            new DamageFix(folder.PathOf("dovecot-uidlist"), $"Give UIDs to {Count(without.Count, "message", "messages")}", async site =>
                $"The next UID is {(await site.NumberAsync(folder.Mailbox).ConfigureAwait(false))?.UidNext} now."));
    }
}
