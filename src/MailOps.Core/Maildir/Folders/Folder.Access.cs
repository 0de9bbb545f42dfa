using MailOps.Maildir.Access;
using MailOps.Maildir.Disk;

namespace MailOps.Maildir.Folders;

/// <content>Looks whether another program changed who has which rights here, for those who wait for news.</content>
internal sealed partial class Folder
{
    private readonly Lock _accessLock = new();
    private FileFacts? _accessFacts;

    /// <summary>True once after the access list became another.</summary>
    internal bool HasOtherAccess()
    {
        var now = Disk.Stat(System.IO.Path.Join(Path, AccessList.FileName));
        lock (_accessLock)
        {
            var isOther = now != _accessFacts;
            _accessFacts = now;
            return isOther;
        }
    }
}
