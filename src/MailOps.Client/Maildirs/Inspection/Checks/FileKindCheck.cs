using MailOps.Client.Probes;
using MailOps.Maildir;
using MailOps.Maildir.Annotations;
using MailOps.Maildir.Disk;
using MailOps.Maildir.Folders;
using MailOps.Maildir.Folders.Cache;
using MailOps.Maildir.Folders.Index;
using MailOps.Maildir.Folders.Log;
using MailOps.Maildir.Layouts;
using MailOps.Maildir.Quota;

namespace MailOps.Client.Maildirs.Inspection.Checks;

/// <summary>What lies where servers have their files.</summary>
internal sealed class FileKindCheck : MaildirCheck
{
    private static readonly string[] OfFolders = [UidList.FileName, KeywordTable.FileName, KeywordTable.MoreFileName, UidSeal.FileName, ChangeLog.FileName, IndexFile.FileName, MessageCache.FileName, AnnotationFile.FileName, AppendBatch.FileName, UidList.FileName + ".lock", UidList.FileName + ".tmp", KeywordTable.FileName + ".tmp", KeywordTable.MoreFileName + ".tmp"];
    private static readonly string[] OfAccounts = [SubscriptionFile.FileName, MaildirSize.FileName, LayoutDetection.MarkerName, PendingRename.FileName, AnnotationFile.AccountFileName, SubscriptionFile.FileName + ".lock", AccountFolders.LockName, UidValidityCounter.FileName];

    internal override string Name => "FileKinds";

    internal override string Passed => "Where servers have their files there are files, or nothing.";

    internal override IEnumerable<Damage> Look(FolderScan folder)
    {
        foreach (var name in folder.IsRoot ? [.. OfFolders, .. OfAccounts] : OfFolders)
        {
            var path = folder.PathOf(name);
            if (OwnersDisk.NoFileAt(path) is { } kind)
                yield return new Damage(FindingStatus.Fail, $"A {kind} lies in {folder.Mailbox} where servers have their file '{name}': they can neither read nor replace it. Move it away.", path);
        }
    }
}
