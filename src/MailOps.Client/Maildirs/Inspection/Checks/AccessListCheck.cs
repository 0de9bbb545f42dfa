using MailOps.Client.Probes;
using MailOps.Maildir.Access;

namespace MailOps.Client.Maildirs.Inspection.Checks;

/// <summary>Lists of rights that cannot be read: such a line may deny what others grant, so both servers shut out who is not the owner.</summary>
internal sealed class AccessListCheck : MaildirCheck
{
    internal override string Name => "AccessLists";

    internal override string Passed => "Every list of rights can be read.";

    internal override string Source => "RFC 4314 section 2";

    internal override IEnumerable<Damage> Look(FolderScan folder)
    {
        var path = folder.PathOf(AccessList.FileName);
        if (folder.Disk.Stat(path) is null || folder.Disk.ReadAll(path) is not { } octets || AccessList.Parse(octets).DamagedLine is not (> 0 and var line))
            yield break;
        yield return new Damage(
            FindingStatus.Fail,
            FormattableString.Invariant($"Line {line} of the list of rights of {folder.Mailbox} cannot be read, so nobody but the owner may use the folder: a line is user=NAME, anyone, authenticated or owner, a space, and some of the letters {RightsText.Letters}. Mend it, or remove the file."),
            path);
    }
}
