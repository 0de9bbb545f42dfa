using MailOps.Maildir.Disk;

namespace MailOps.Maildir;

/// <summary>A delivery on the commit thread: one body, renamed into the first target and linked into the others.</summary>
internal sealed class DeliveryCommit(MaildirDelivery delivery, string[] targets) : CommitWork
{
    private readonly string _baseName = delivery.BaseName;
    private int _published;

    private IMaildirDisk Disk => delivery.Store.Environment.Disk;

    internal override void Write()
    {
        delivery.WriteFile();

        // Of a large message a part was written long before.
        delivery.Store.Environment.Commits.RequireNoFailure(delivery.FailedSyncs);
    }

    internal override void Publish()
    {
        // The last target gets the file itself, so that the others are linked while it still has its own name.
        for (; _published < targets.Length - 1; _published++)
            LinkOrCopy(targets[_published]);
        Place(targets[^1], target => Disk.Rename(delivery.File, target));
        _published++;
        delivery.Delivered();
    }

    internal override void Undo()
    {
        for (; _published > 0; _published--)
            Disk.Unlink(NewPath(targets[_published - 1]));
    }

    internal override void AddDirectories(ISet<string> directories)
    {
        foreach (var target in targets)
            directories.Add(target);
    }

    internal override void Announce()
    {
        foreach (var target in targets)
            delivery.Store.Folders.Find(target)?.MarkDirty();
    }

    private void LinkOrCopy(string folder) => Place(folder, target =>
    {
        switch (Disk.Link(delivery.File, target))
        {
            case LinkResult.Done:
                return true;
            case LinkResult.Missing:
                return false;
            case LinkResult.Taken:
                throw new MailStoreException(StoreFault.Broken, $"Cannot deliver: the name '{target}' is taken. Two programs may make the same names: give each machine a host name of its own.");
        }

        var scratch = delivery.Store.Environment.NewScratchPath();
        if (Disk.ReadAll(delivery.File) is not { } content || !Disk.Create(scratch, [content]))
            return false;
        if (Disk.Rename(scratch, target))
            return true;
        Disk.Unlink(scratch);
        return false;
    });

    private void Place(string folder, Func<string, bool> place)
    {
        if (place(NewPath(folder)))
            return;

        // An INBOX whose directories were removed is made again; any other folder was deleted.
        if (delivery.Store.TryMakeInbox(folder) && place(NewPath(folder)))
            return;

        throw new MailStoreException(StoreFault.Broken, $"Cannot deliver to '{folder}': the folder was deleted meanwhile.");
    }

    private string NewPath(string folder) => Path.Join(folder, "new", _baseName);
}
